package catalogue

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/a-h/templ"

	"tongban/kernel/db"
	"tongban/kernel/pack"
	"tongban/kernel/web"
	"tongban/ui"
)

// mostEditions is how many editions back the public is told what changed.
const mostEditions = 6

// feedPath is where programs that collect news read the same.
const feedPath = "/changes.atom"

// renewed is an edition and what it changed for people.
type renewed struct {
	number  int64
	at      time.Time
	changes []Change
}

// changed is what changed between two editions, worked out once.
func changed(was, is *pack.Edition) ([]Change, error) {
	return pack.Cached(is, fmt.Sprintf("catalogue.changes.%d", was.Number), func() ([]Change, error) { return Changes(was, is), nil })
}

// renewals are the latest editions that changed something for people, newest first. Who published them and his note stay in the house.
func (m *Module) renewals(ctx context.Context, v *db.View) ([]renewed, error) {
	list, err := m.k.Library.Editions(ctx, v, mostEditions)
	if err != nil {
		return nil, err
	}
	var out []renewed
	for _, e := range list {
		if e.Number == 1 { // nothing stood before
			continue
		}
		is, err := m.k.Library.At(ctx, v, e.Number)
		if err != nil {
			return nil, err
		}
		was, err := m.k.Library.At(ctx, v, e.Number-1)
		if err != nil {
			return nil, err
		}
		changes, err := changed(was, is)
		if err != nil {
			return nil, err
		}
		if len(changes) > 0 {
			out = append(out, renewed{e.Number, e.PublishedAt, changes})
		}
	}
	return out, nil
}

// at is where one reads about the thing as it is now; empty when it is gone.
func (m *Module) at(c Change) string {
	switch {
	case c.Bundle != "":
		if _, err := m.FindBundle(c.Bundle); err == nil {
			return "/events/" + url.PathEscape(c.Bundle)
		}
	case c.Item != "":
		if _, err := m.FindItem(c.Item); err == nil {
			return "/items/" + url.PathEscape(c.Item)
		}
	}
	return ""
}

// showChanges tells the public what has become different in its matters.
func (m *Module) showChanges(w *web.Response, r *web.Request) error {
	all, err := m.renewals(r.Ctx, r.View)
	if err != nil {
		return err
	}
	a := ui.Article{Title: "办事规定的变化", Lead: "谁要多办、少办什么，材料、时限、收费哪里不同。已经提交的申请按提交时的规定办。",
		Actions: []templ.Component{ui.LinkButton{Label: "订阅（Atom）", URL: feedPath, Kind: ui.Secondary}}}
	if len(all) == 0 {
		a.Body = ui.EmptyState{Title: "近来没有变化", Text: "办事规定有变化的，会写在这里。"}
	}
	for _, e := range all {
		l := ui.LinkList{}
		for _, c := range e.changes {
			l.Links = append(l.Links, ui.NotedLink{Link: ui.Link{Label: c.Name, URL: m.at(c)}, Note: c.Text})
		}
		a.Sections = append(a.Sections, ui.Section{ID: fmt.Sprintf("edition-%d", e.number), Title: e.at.In(web.Beijing).Format("2006年1月2日"), Body: l})
	}
	return w.ShowPublic(ui.PublicPage{Page: ui.Page{Crumbs: []ui.Link{{Label: "首页", URL: "/"}, {Label: "事项目录", URL: "/items"}, {Label: a.Title}}}}, a)
}

// Feed in Atom (RFC 4287), as far as it is used here.
type (
	atomFeed struct {
		XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		ID      string      `xml:"id"`
		Title   string      `xml:"title"`
		Updated string      `xml:"updated"`
		Links   []atomLink  `xml:"link"`
		Author  atomPerson  `xml:"author"`
		Entries []atomEntry `xml:"entry"`
	}
	atomLink struct {
		Rel  string `xml:"rel,attr"`
		Type string `xml:"type,attr"`
		Href string `xml:"href,attr"`
	}
	atomPerson struct {
		Name string `xml:"name"`
	}
	atomEntry struct {
		ID      string     `xml:"id"`
		Title   string     `xml:"title"`
		Updated string     `xml:"updated"`
		Links   []atomLink `xml:"link"`
		Summary string     `xml:"summary"`
	}
)

// feed writes what changed for programs that collect news. The id of an entry is made of edition and place, which never change.
func (m *Module) feed(base, county string, all []renewed, begun time.Time) atomFeed {
	f := atomFeed{ID: base + feedPath, Title: county + "办事规定的变化", Updated: begun.Format(time.RFC3339), Author: atomPerson{county},
		Links: []atomLink{{"self", "application/atom+xml", base + feedPath}, {"alternate", "text/html", base + "/changes"}}}
	for n, e := range all {
		if n == 0 {
			f.Updated = e.at.In(web.Beijing).Format(time.RFC3339)
		}
		for k, c := range e.changes {
			at := m.at(c)
			if at == "" {
				at = fmt.Sprintf("/changes#edition-%d", e.number)
			}
			f.Entries = append(f.Entries, atomEntry{ID: fmt.Sprintf("%s/changes#edition-%d-%d", base, e.number, k+1), Title: c.Name, Updated: e.at.In(web.Beijing).Format(time.RFC3339),
				Links: []atomLink{{"alternate", "text/html", base + at}}, Summary: c.Text})
		}
	}
	return f
}

func (m *Module) showFeed(w *web.Response, r *web.Request) error {
	all, err := m.renewals(r.Ctx, r.View)
	if err != nil {
		return err
	}
	now := m.k.Library.Current()
	var b bytes.Buffer
	b.WriteString(xml.Header)
	if err := xml.NewEncoder(&b).Encode(m.feed(r.BaseURL(), now.Meta.Title, all, now.PublishedAt)); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/atom+xml; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	w.WriteHeader(http.StatusOK)
	_, err = w.Write(b.Bytes())
	return err
}
