package browser

import (
	"slices"
	"strings"
)

// Facts are what a person can say when asked: the words of a label (or their beginning) and the answer.
type Facts map[string]string

// Fill answers on the page every question that stands open and that the facts know; it gives the labels it could not answer. A page
// that shows a further question only after an answer is read again.
func (p *Person) Fill(facts Facts) (unknown []string) {
	p.t.Helper()
	asked := map[string]bool{}
	for again := true; again; {
		again, unknown = false, nil
		for _, q := range p.questions() {
			answer, ok := facts.of(q.label)
			switch {
			case q.answered:
			case !ok:
				unknown = append(unknown, q.label)
			case asked[q.label]:
			default:
				asked[q.label], again = true, true
				p.give(q, answer)
			}
		}
	}
	return unknown
}

func (f Facts) of(label string) (string, bool) {
	best := ""
	for k := range f {
		if strings.HasPrefix(label, k) && len(k) > len(best) {
			best = k
		}
	}
	return f[best], best != ""
}

// question is one thing a form asks: a box, a drop-down list, a date of three boxes, or a set of answers to pick from.
type question struct {
	label, kind string
	thing       Thing
	answered    bool
}

func (p *Person) questions() []question {
	p.t.Helper()
	things := p.Things()
	byID := map[string]Thing{}
	for _, t := range things {
		byID[string(t.id)] = t
	}
	group := func(t Thing) Thing {
		for at, ok := byID[string(t.parent)]; ok; at, ok = byID[string(at.parent)] {
			if (at.Role == "group" || at.Role == "radiogroup") && at.Name != "" {
				return at
			}
		}
		return Thing{}
	}
	var out []question
	at := map[string]int{}
	put := func(q question) {
		if i, ok := at[q.label]; ok {
			out[i].answered = out[i].answered || q.answered
			return
		}
		at[q.label] = len(out)
		out = append(out, q)
	}
	for _, t := range things {
		if !inMain(t, byID) {
			continue
		}
		switch {
		case t.Role == "radio" || t.Role == "checkbox":
			if g := group(t); g.Name != "" {
				put(question{g.Name, "choice", t, t.State["checked"] == "true"})
			} else {
				put(question{t.Name, "tick", t, t.State["checked"] == "true"})
			}
		case slices.Contains(writable, t.Role):
			if g := group(t); g.Name != "" && (t.Name == "年" || t.Name == "月" || t.Name == "日") {
				put(question{g.Name, "date", t, t.Value != ""})
				continue
			}
			kind := "text"
			if t.Role == "combobox" && t.State["hasPopup"] == "menu" {
				kind = "list"
			}
			put(question{t.Name, kind, t, t.Value != "" && !strings.HasPrefix(t.Value, "请选择")})
		}
	}
	return out
}

// inMain tells whether a thing stands in the main part of the page, not in its head or foot.
func inMain(t Thing, byID map[string]Thing) bool {
	for at, ok := byID[string(t.parent)]; ok; at, ok = byID[string(at.parent)] {
		if at.Role == "main" {
			return true
		}
	}
	return false
}

func (p *Person) give(q question, answer string) {
	p.t.Helper()
	switch q.kind {
	case "date":
		p.Date(q.label, answer)
	case "choice", "tick":
		for _, a := range strings.Split(answer, "、") {
			if q.kind == "tick" {
				p.tick(q.thing)
			} else {
				p.Answer(q.label, a)
			}
		}
	case "list":
		p.selects(q.thing, answer)
	default:
		p.Type(q.label, answer)
	}
}

// Questions are the labels of all that the page asks.
func (p *Person) Questions() []string {
	p.t.Helper()
	var out []string
	for _, q := range p.questions() {
		out = append(out, q.label)
	}
	return out
}

// Offers tells whether a question may be answered with these words.
func (p *Person) Offers(question, answer string) bool {
	p.t.Helper()
	_, ok := pick(p.Things(), tickable, answer, question)
	return ok
}
