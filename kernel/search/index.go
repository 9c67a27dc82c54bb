package search

import (
	"cmp"
	"slices"
	"strings"
)

// Document is an entry of an Index.
type Document struct {
	ID      string
	Title   string
	Aliases []string // colloquial names
	Text    string
}

// Match says how an entry was found, best first.
type Match int

// The kinds of match, in the order they rank.
const (
	Exact      Match = iota + 1 // title or alias equals the query
	TitleStart                  // title begins with the query
	TitlePart                   // title contains the query
	Alias                       // an alias contains the query
	ByInitials                  // initials or pinyin contain the query
	AllWords                    // all bigrams occur
	BySynonym                   // found by a synonym of the query
	SomeWords                   // some bigrams occur; only when nothing better was found
)

// Hit is an entry found.
type Hit struct {
	ID    string
	Title string
	Match Match
	Term  string // Alias: the alias; BySynonym: the term looked up instead
	score float64
	at    int
}

// entry is a document made ready.
type entry struct {
	title    string
	aliases  []string
	text     string
	initials []string
	pinyin   []string
}

// Index searches in memory. It is immutable once built and may be used by several
// goroutines.
type Index struct {
	documents []Document
	entries   []entry
	synonyms  Synonyms
	words     map[string][]int32 // word → entries, ascending
	titles    map[string][]int32 // the same for title and aliases only
}

// Build makes an index; phrases add readings for pinyin.
func Build(documents []Document, synonyms Synonyms, phrases ...Phrases) *Index {
	x := &Index{documents: slices.Clone(documents), synonyms: Synonyms{}, words: map[string][]int32{}, titles: map[string][]int32{}}
	for k, v := range synonyms {
		x.synonyms[k] = slices.Clone(v)
	}
	add := func(to map[string][]int32, text string, i int32) {
		for word := range strings.FieldsSeq(Bigrams(text)) {
			if l := to[word]; len(l) == 0 || l[len(l)-1] != i {
				to[word] = append(l, i)
			}
		}
	}
	for i, d := range x.documents {
		e := entry{title: squeeze(d.Title), text: squeeze(d.Text)}
		for j, name := range append([]string{d.Title}, d.Aliases...) {
			if j > 0 {
				e.aliases = append(e.aliases, squeeze(name))
			}
			s := syllables(name, phrases)
			e.initials = append(e.initials, initials(s))
			e.pinyin = append(e.pinyin, join(s, ""))
			add(x.titles, name, int32(i))
			add(x.words, name, int32(i))
		}
		add(x.words, d.Text, int32(i))
		x.entries = append(x.entries, e)
	}
	return x
}

// squeeze is the text without anything that divides.
func squeeze(text string) string { return strings.Join(runs(text), "") }

// MaxQuery is how many characters of a query count.
const MaxQuery = 64

// Search returns at most limit hits, best first.
func (x *Index) Search(query string, limit int) []Hit {
	if r := []rune(query); len(r) > MaxQuery {
		query = string(r[:MaxQuery])
	}
	q := squeeze(query)
	if q == "" || limit <= 0 {
		return nil
	}
	best := map[int]Hit{}
	keep := func(i int, m Match, term string, score float64) {
		if old, ok := best[i]; ok && (old.Match < m || old.Match == m && old.score >= score) {
			return
		}
		best[i] = Hit{ID: x.documents[i].ID, Title: x.documents[i].Title, Match: m, Term: term, score: score, at: i}
	}
	latin := !strings.ContainsFunc(q, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	for i := range x.entries {
		x.entries[i].names(q, latin, func(m Match, n int, score float64) {
			term := ""
			if n > 0 {
				term = x.documents[i].Aliases[n-1]
			}
			keep(i, m, term, score)
		})
	}
	plan := Query(query)
	for i, score := range x.count(plan, true) {
		keep(i, AllWords, "", score)
	}
	for _, term := range x.synonyms.Expand(query) {
		for i, score := range x.count(Query(term), true) {
			keep(i, BySynonym, term, score)
		}
	}
	if len(best) == 0 {
		for i, score := range x.count(plan, false) {
			keep(i, SomeWords, "", score)
		}
	}
	out := make([]Hit, 0, len(best))
	for _, h := range best {
		out = append(out, h)
	}
	slices.SortFunc(out, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(a.Match, b.Match), cmp.Compare(b.score, a.score), cmp.Compare(len(a.Title), len(b.Title)), cmp.Compare(a.at, b.at))
	})
	return out[:min(limit, len(out))]
}

// names compares the query with title, aliases and their pinyin; n is 0 for the title,
// else the number of the alias.
func (e *entry) names(q string, latin bool, keep func(m Match, n int, score float64)) {
	switch {
	case e.title == q:
		keep(Exact, 0, 2)
	case strings.HasPrefix(e.title, q):
		keep(TitleStart, 0, 1)
	case strings.Contains(e.title, q):
		keep(TitlePart, 0, 1)
	}
	for n, a := range e.aliases {
		switch {
		case a == q:
			keep(Exact, n+1, 1)
		case strings.HasPrefix(a, q):
			keep(Alias, n+1, 2)
		case strings.Contains(a, q):
			keep(Alias, n+1, 1)
		}
	}
	// One letter is the initial of too much.
	if !latin || len(q) < 2 {
		return
	}
	for n := range e.initials {
		switch {
		case e.initials[n] == q:
			keep(ByInitials, n, 4)
		case strings.HasPrefix(e.initials[n], q):
			keep(ByInitials, n, 3)
		case strings.Contains(e.initials[n], q), strings.HasPrefix(e.pinyin[n], q):
			keep(ByInitials, n, 2)
		case len(q) > 3 && strings.Contains(e.pinyin[n], q):
			keep(ByInitials, n, 1)
		}
	}
}

// count scores the entries in which all, or some, words of the plan occur: words in the
// title or an alias count double.
func (x *Index) count(p Plan, all bool) map[int]float64 {
	out := map[int]float64{}
	if p.Empty() {
		return out
	}
	found := make([]uint16, len(x.entries))
	score := make([]uint16, len(x.entries))
	for _, w := range p.Words {
		for _, i := range x.words[w] {
			found[i]++
			score[i]++
		}
		for _, i := range x.titles[w] {
			score[i]++
		}
	}
	for _, c := range p.Prefix {
		for i := range x.entries {
			e := &x.entries[i]
			switch {
			case strings.Contains(e.title, c):
				found[i]++
				score[i] += 2
			case strings.Contains(e.text, c), slices.ContainsFunc(e.aliases, func(a string) bool { return strings.Contains(a, c) }):
				found[i]++
				score[i]++
			}
		}
	}
	need := uint16(len(p.Words) + len(p.Prefix))
	for i, n := range found {
		if n > 0 && (!all || n == need) {
			out[i] = float64(score[i])
		}
	}
	return out
}
