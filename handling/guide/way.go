package guide

import (
	"slices"
	"strings"

	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/rules/catalogue"
	"tongban/ui"
)

// combine is the slug under which several things are done at once; which ones stands in the link.
const combine = "combine"

// way is the address under which a guide runs: a thing, several things, or one item.
type way struct {
	base  string
	codes []string // empty for combine: the link says it
	back  ui.Link
}

// wayOf reads the way from the address. It fails when there is no such thing or item.
func (m *Module) wayOf(r *web.Request) (way, error) {
	if code := r.PathValue("code"); code != "" {
		i, err := catalogue.FindItem(m.k.Library.Current(), code)
		return way{"/items/" + code, []string{catalogue.SinglePrefix + code}, ui.Link{Label: i.Name, URL: "/items/" + code}}, err
	}
	slug := r.PathValue("slug")
	if slug == combine {
		return way{"/events/" + combine, nil, ui.Link{Label: "几件事一起办", URL: "/events/" + combine}}, nil
	}
	b, err := catalogue.FindBundle(m.k.Library.Current(), slug)
	return way{"/events/" + slug, []string{slug}, ui.Link{Label: b.Name, URL: "/events/" + slug}}, err
}

// frame is the page around a step of the way.
func (w way) frame(title string) ui.PublicPage {
	first := ui.Link{Label: "一件事一次办", URL: "/events"}
	if strings.HasPrefix(w.base, "/items/") {
		first = ui.Link{Label: "事项目录", URL: "/items"}
	}
	crumbs := []ui.Link{{Label: "首页", URL: "/"}, first, w.back, {Label: title}}
	if w.back == first {
		crumbs = slices.Delete(crumbs, 2, 3)
	}
	return ui.PublicPage{Page: ui.Page{Title: title, Crumbs: crumbs}}
}

// Follow opens a link: the engine of the edition under which it was made, and the answers. It is how a later step of a submission, or another window, takes up a
// situation that was found before.
func (m *Module) Follow(r *web.Request, link string) (*Engine, map[string]any, error) {
	number, err := EditionOf(link)
	if err != nil {
		return nil, nil, err
	}
	ed := m.k.Library.Current()
	if number != ed.Number {
		if ed, err = m.k.Library.At(r.Ctx, r.View, number); problem.KindOf(err) == problem.KindNotFound {
			return nil, nil, errLink()
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return Open(ed, link)
}

// begin finds engine and answers for the questions: by the edition in force, with what a link carries. Answers of an older edition that no longer fit are dropped.
func (m *Module) begin(r *web.Request, w way, link string) (*Engine, map[string]any, error) {
	ed := m.k.Library.Current()
	if link == "" {
		if len(w.codes) == 0 {
			return nil, nil, problem.NotFound("还没有选要一起办的事").WithNext("请先到“几件事一起办”里选。")
		}
		e, err := NewEngine(ed, w.codes...)
		return e, map[string]any{}, err
	}
	e, answers, err := m.Follow(r, link)
	if err != nil {
		return nil, nil, err
	}
	if err := w.fits(e); err != nil {
		return nil, nil, err
	}
	if e.ed.Number == ed.Number {
		return e, answers, nil
	}
	v, err := catalogue.Vocabulary(ed)
	if err != nil {
		return nil, nil, err
	}
	for name, a := range answers {
		if _, err := v.Answer(name, a); err != nil {
			delete(answers, name)
		}
	}
	now, err := NewEngine(ed, e.Codes()...)
	return now, answers, err
}

// fits refuses a link of one thing under the address of another: the page would say one name and show another's list.
func (w way) fits(e *Engine) error {
	if len(w.codes) == 1 && (len(e.Codes()) != 1 || e.Codes()[0] != w.codes[0]) {
		return errLink()
	}
	return nil
}
