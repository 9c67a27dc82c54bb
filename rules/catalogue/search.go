package catalogue

import (
	"strings"

	"tongban/kernel/pack"
	"tongban/kernel/search"
)

// Hit is an item or a thing that was found.
type Hit struct {
	Kind  string // KindItem or KindBundle
	Code  string
	Title string
	Text  string // one line about it
	URL   string
	Term  string // the word under which it was found, when it is not in the title: 您搜的“开饭店”
	Exact bool
}

// Search looks for items and things by name, by what people call them (synonyms of the pack), by pinyin and its initials. Things come before items among equals:
// who looks for 开饭店 wants it all done. At most limit hits.
func Search(ed *pack.Edition, q string, limit int) []Hit {
	x, err := pack.Cached(ed, "catalogue.search", func() (*search.Index, error) { return indexOf(ed), nil })
	if err != nil {
		return nil
	}
	var out []Hit
	for _, h := range x.Search(q, limit) {
		kind, code, _ := strings.Cut(h.ID, "/")
		hit := Hit{Kind: kind, Code: code, Title: h.Title, Exact: h.Match == search.Exact}
		if h.Match == search.Alias || h.Match == search.BySynonym {
			hit.Term = h.Term
		}
		switch kind {
		case KindBundle:
			b, _ := FindBundle(ed, code)
			hit.Text, hit.URL = b.Summary, "/events/"+code
		default:
			i, _ := FindItem(ed, code)
			hit.Text, hit.URL = KindName(i.Kind)+" · "+unitName(ed, i.Unit), "/items/"+code
		}
		out = append(out, hit)
	}
	return out
}

func indexOf(ed *pack.Edition) *search.Index {
	synonyms := search.Synonyms{}
	called := map[string][]string{}
	for _, s := range pack.All[Synonym](ed, KindSynonym) {
		for _, say := range s.Say {
			synonyms[say] = append(synonyms[say], s.Words...)
		}
		for _, i := range s.Items {
			called[KindItem+"/"+i] = append(called[KindItem+"/"+i], s.Say...)
		}
		for _, b := range s.Bundles {
			called[KindBundle+"/"+b] = append(called[KindBundle+"/"+b], s.Say...)
		}
	}
	var docs []search.Document
	for _, b := range Bundles(ed) {
		id := KindBundle + "/" + b.Code
		text := []string{b.Event, b.Summary}
		for _, p := range b.Parts {
			if i, err := FindItem(ed, p.Item); err == nil {
				text = append(text, i.Name)
			}
		}
		docs = append(docs, search.Document{ID: id, Title: b.Name, Aliases: append(called[id], b.Aliases...), Text: strings.Join(text, " ")})
	}
	for _, i := range Items(ed) {
		id := KindItem + "/" + i.Code
		docs = append(docs, search.Document{ID: id, Title: i.Name, Aliases: append(called[id], i.Aliases...),
			Text: strings.Join(append([]string{i.Result.Name, unitName(ed, i.Unit), i.BasicCode}, i.Themes...), " ")})
	}
	return search.Build(docs, synonyms)
}
