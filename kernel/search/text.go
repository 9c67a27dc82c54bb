// Package search finds Chinese names and texts: by characters, by pinyin, by pinyin
// initials (首字母) and by what people call a thing in daily speech.
//
// The functions here are pure. [Bigrams] and [Query] serve a full-text column of either
// engine (SQLite FTS5, PostgreSQL to_tsvector('simple', …)); [Index] is a small search in
// memory for lists of up to about 10,000 entries.
package search

import (
	"slices"
	"strings"
	"unicode"
)

// normal brings full-width letters and digits to half width and everything to lower case.
func normal(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 0xff01 && r <= 0xff5e:
			r -= 0xfee0
		case r == 0x3000:
			return ' '
		}
		return unicode.ToLower(r)
	}, text)
}

// runs splits text into runs of Han characters and Latin words; everything else divides.
func runs(text string) []string {
	var out []string
	var run []rune
	han := false
	flush := func() {
		if len(run) > 0 {
			out = append(out, string(run))
			run = run[:0]
		}
	}
	for _, r := range normal(text) {
		h := unicode.Is(unicode.Han, r)
		if !h && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			flush()
			continue
		}
		if h != han {
			flush()
			han = h
		}
		run = append(run, r)
	}
	flush()
	return out
}

func isHan(run string) bool {
	for _, r := range run {
		return unicode.Is(unicode.Han, r)
	}
	return false
}

// pairs are the bigrams of a Han run; one character is its own.
func pairs(run string) []string {
	r := []rune(run)
	if len(r) == 1 {
		return []string{run}
	}
	out := make([]string, 0, len(r))
	for i := range len(r) - 1 {
		out = append(out, string(r[i:i+2]))
	}
	return out
}

// Bigrams cuts text into the words of a full-text column, separated by blanks: every two
// neighbouring Han characters, the last character of a run by itself, Latin words and
// numbers in lower case. Because of the last characters every character begins some
// word, so that a search for one character is a prefix search.
func Bigrams(text string) string {
	var out []string
	for _, run := range runs(text) {
		if !isHan(run) {
			out = append(out, run)
			continue
		}
		r := []rune(run)
		if len(r) > 1 {
			out = append(out, pairs(run)...)
		}
		out = append(out, string(r[len(r)-1:]))
	}
	return strings.Join(out, " ")
}

// Plan is how to look a query up in a column made by Bigrams. Words contain only letters
// and digits, so they need no escaping in either query language.
type Plan struct {
	Words  []string // all must occur; when nothing is found, some may (ranked)
	Prefix []string // single Han characters: words that begin so must occur
}

// Query plans a search.
func Query(text string) Plan {
	var p Plan
	for _, run := range runs(text) {
		switch {
		case !isHan(run):
			p.Words = append(p.Words, run)
		case len([]rune(run)) == 1:
			p.Prefix = append(p.Prefix, run)
		default:
			for _, w := range pairs(run) {
				if !slices.Contains(p.Words, w) {
					p.Words = append(p.Words, w)
				}
			}
		}
	}
	return p
}

// Empty says that there is nothing to look for.
func (p Plan) Empty() bool { return len(p.Words)+len(p.Prefix) == 0 }

// Match writes the plan for SQLite: column MATCH ?. With any, one word is enough.
func (p Plan) Match(any bool) string {
	return p.write(`"`, `"*`, map[bool]string{false: " AND ", true: " OR "}[any])
}

// TSQuery writes the plan for PostgreSQL: column @@ to_tsquery('simple', $1). With any,
// one word is enough.
func (p Plan) TSQuery(any bool) string {
	return p.write(`'`, `':*`, map[bool]string{false: " & ", true: " | "}[any])
}

func (p Plan) write(quote, prefix, join string) string {
	var out []string
	for _, w := range p.Words {
		out = append(out, quote+w+quote)
	}
	for _, w := range p.Prefix {
		out = append(out, quote+w+prefix)
	}
	return strings.Join(out, join)
}

// Synonyms maps what people say to what the law calls it: 开饭店 → 食品经营许可, 餐饮.
// It is content that stewards keep; failed searches tell them what is missing.
type Synonyms map[string][]string

// Expand returns the terms for every saying that occurs in the query, longer sayings
// first, without repetition.
func (s Synonyms) Expand(text string) []string {
	q := strings.Join(runs(text), "")
	type saying struct{ key, raw string }
	var said []saying
	for raw := range s {
		if key := strings.Join(runs(raw), ""); key != "" && strings.Contains(q, key) {
			said = append(said, saying{key, raw})
		}
	}
	slices.SortFunc(said, func(a, b saying) int {
		if d := len(b.key) - len(a.key); d != 0 {
			return d
		}
		return strings.Compare(a.raw, b.raw)
	})
	var out []string
	for _, x := range said {
		for _, term := range s[x.raw] {
			if !slices.Contains(out, term) {
				out = append(out, term)
			}
		}
	}
	return out
}
