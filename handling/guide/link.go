package guide

import (
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"math"
	"slices"
	"strings"

	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/rules/catalogue"
)

// A link holds a situation in a few characters, so that the same result opens at any window. It names the edition of the standard and carries a checksum, and
// holds nothing about the person: only answers out of the dictionary of questions.
//
// The bytes, before base64url: format, edition, number of things, their places in the edition (items after the things), then for each question of the menu one
// unsigned number (0 not answered; else 1 + place of the answer, or of the figure), and the low three bytes of a CRC-32.
const linkFormat = 1

// hundredths is how exact a figure in a link is.
const hundredths = 100

// Link writes the answers down. Answers that change nothing should have been dropped by [Engine.Relevant].
func (e *Engine) Link(answers map[string]any) string {
	b := binary.AppendUvarint([]byte{linkFormat}, uint64(e.ed.Number))
	b = binary.AppendUvarint(b, uint64(len(e.Bundles())))
	all := things(e.ed)
	for _, code := range e.Codes() {
		b = binary.AppendUvarint(b, uint64(slices.Index(all, code)))
	}
	var given []uint64
	for _, q := range e.Menu() {
		given = append(given, encode(q, answers[q.Code]))
	}
	for len(given) > 0 && given[len(given)-1] == 0 {
		given = given[:len(given)-1]
	}
	for _, n := range given {
		b = binary.AppendUvarint(b, n)
	}
	sum := crc32.ChecksumIEEE(b)
	return base64.RawURLEncoding.EncodeToString(append(b, byte(sum>>16), byte(sum>>8), byte(sum)))
}

// things are all that a link can name, in a fixed order: an edition never changes.
func things(ed *pack.Edition) []string {
	var out []string
	for _, b := range catalogue.Bundles(ed) {
		out = append(out, b.Code)
	}
	for _, i := range catalogue.Items(ed) {
		out = append(out, catalogue.SinglePrefix+i.Code)
	}
	return out
}

func encode(q catalogue.Question, answer any) uint64 {
	switch a := answer.(type) {
	case bool:
		if a {
			return 2
		}
		return 1
	case string:
		if n := slices.IndexFunc(q.Options, func(o catalogue.Option) bool { return o.Code == a }); n >= 0 {
			return uint64(n) + 1
		}
	case float64:
		n := int64(math.Round(a * hundredths))
		return uint64(n<<1^n>>63) + 1 // zigzag, so that figures below zero stay short too
	}
	return 0
}

func decode(q catalogue.Question, n uint64) (any, bool) {
	n--
	switch q.Kind {
	case "bool":
		return n == 1, n < 2
	case "number":
		return float64(int64(n>>1)^-int64(n&1)) / hundredths, n>>1 < 1<<53
	}
	if n >= uint64(len(q.Options)) {
		return nil, false
	}
	return q.Options[n].Code, true
}

// Round brings a figure to the exactness of a link, so that what a page shows and what its link says are the same.
func Round(figure float64) float64 { return math.Round(figure*hundredths) / hundredths }

// maxLink bounds what is read as a link.
const maxLink = 600

func errLink() *problem.Error {
	return problem.NotFound("这个办事指南的链接不完整或者被改动过").WithNext("请重新扫码，或者回到“一件事一次办”再答一遍问题。")
}

// EditionOf reads which edition a link was made under.
func EditionOf(link string) (int64, error) {
	b, err := unwrap(link)
	if err != nil {
		return 0, err
	}
	n, used := binary.Uvarint(b[1:])
	if used <= 0 || n > 1<<40 {
		return 0, errLink()
	}
	return int64(n), nil
}

// unwrap undoes base64 and proves the checksum.
func unwrap(link string) ([]byte, error) {
	if len(link) > maxLink || strings.ContainsAny(link, "\r\n") {
		return nil, errLink()
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(link)
	if err != nil || len(b) < 6 || b[0] != linkFormat {
		return nil, errLink()
	}
	b, sum := b[:len(b)-3], b[len(b)-3:]
	if c := crc32.ChecksumIEEE(b); byte(c>>16) != sum[0] || byte(c>>8) != sum[1] || byte(c) != sum[2] {
		return nil, errLink()
	}
	return b, nil
}

// Open reads a link that was made under the edition: the engine for its things, and the answers.
func Open(ed *pack.Edition, link string) (*Engine, map[string]any, error) {
	b, err := unwrap(link)
	if err != nil {
		return nil, nil, err
	}
	b = b[1:]
	next := func() (uint64, bool) {
		n, used := binary.Uvarint(b)
		if used <= 0 {
			return 0, false
		}
		b = b[used:]
		return n, true
	}
	number, ok := next()
	if !ok || number != uint64(ed.Number) {
		return nil, nil, errLink()
	}
	count, ok := next()
	all := things(ed)
	if !ok || count == 0 || count > 20 {
		return nil, nil, errLink()
	}
	var codes []string
	for range count {
		n, ok := next()
		if !ok || n >= uint64(len(all)) {
			return nil, nil, errLink()
		}
		codes = append(codes, all[n])
	}
	e, err := NewEngine(ed, codes...)
	if err != nil {
		return nil, nil, err
	}
	answers := map[string]any{}
	for _, q := range e.Menu() {
		if len(b) == 0 {
			break
		}
		n, ok := next()
		if !ok {
			return nil, nil, errLink()
		}
		if n == 0 {
			continue
		}
		a, ok := decode(q, n)
		if !ok {
			return nil, nil, errLink()
		}
		answers[q.Code] = a
	}
	if len(b) > 0 {
		return nil, nil, errLink()
	}
	return e, answers, nil
}
