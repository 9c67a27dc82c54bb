package crypto

import (
	_ "embed"
	"strings"
	"unicode"
)

// frequentList are passwords that many people chose, one a line, in small letters: of the 49,000 most frequent of leaked collections, as
// zxcvbn-ts publishes them, all of ten characters or more and the first 3,500 of eight and nine.
//
//go:embed frequent.txt
var frequentList string

// Frequent reports whether a password is one that is tried first: one of those that leaked most often, also with digits and signs put
// before or behind it, in capitals, or written twice.
func Frequent(password string) bool {
	p := strings.ToLower(password)
	tail := strings.TrimRightFunc(p, notLetter)
	for _, try := range []string{p, tail, strings.TrimLeftFunc(tail, notLetter), strings.TrimFunc(p, notWord), p[:len(p)/2]} {
		if listed(try) && (try != p[:len(p)/2] || try+try == p) {
			return true
		}
	}
	return false
}

func listed(p string) bool {
	return p != "" && !strings.Contains(p, "\n") && strings.Contains("\n"+frequentList, "\n"+p+"\n")
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) }
func notWord(r rune) bool   { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
