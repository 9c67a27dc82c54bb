package portal

import (
	"fmt"
	"log/slog"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"tongban/kernel/pack"
	"tongban/kernel/search"
	"tongban/kernel/web"
	"tongban/rules/catalogue"
	"tongban/ui"
)

// The parts of the county that the search looks through; each is a tab of the results.
const (
	inEvents = "event"
	inItems  = "item"
	inUnits  = "unit"
	inHalls  = "hall"
)

var partTitles = [...]struct{ code, title string }{
	{inEvents, "一件事"}, {inItems, "事项"}, {inUnits, "部门"}, {inHalls, "网点"},
}

func partTitle(code string) string {
	for _, p := range partTitles {
		if p.code == code {
			return p.title
		}
	}
	return ""
}

// found is one thing the search found.
type found struct {
	in   string
	link ui.NotedLink
	weak bool // only some of the words occur
}

// index is made once for each edition.
func (m *Module) index(ed *pack.Edition) (*search.Index, error) {
	return pack.Cached(ed, "portal.index", func() (*search.Index, error) {
		said := search.Synonyms{}
		byCode := map[string][]string{}
		for _, s := range pack.All[catalogue.Synonym](ed, catalogue.KindSynonym) {
			for _, say := range s.Say {
				said[say] = append(said[say], s.Words...)
			}
			for _, b := range s.Bundles {
				byCode["/events/"+b] = append(byCode["/events/"+b], s.Say...)
			}
			for _, i := range s.Items {
				byCode["/items/"+i] = append(byCode["/items/"+i], s.Say...)
			}
		}
		var docs []search.Document
		add := func(url, title, text string, aliases []string) {
			docs = append(docs, search.Document{ID: url, Title: title, Aliases: append(aliases, byCode[url]...), Text: text})
		}
		for _, b := range catalogue.Bundles(ed) {
			add("/events/"+b.Code, b.Name, b.Summary+" "+b.Event, b.Aliases)
		}
		for _, i := range catalogue.Items(ed) {
			add("/items/"+i.Code, i.Name, strings.Join(i.Themes, " ")+" "+i.Result.Name, i.Aliases)
		}
		for _, u := range m.org.Units() {
			add("/units/"+u.Code, u.Name, u.Note+" "+u.Address, []string{u.Short})
		}
		for _, p := range m.points.All() {
			add("/halls/"+p.Code, p.Name, p.Address+" "+strings.Join(p.Facilities, " "), nil)
		}
		return search.Build(docs, said), nil
	})
}

// most is how many results a page of the search shows.
const most = 40

// find searches items, things, units and service points by words, pinyin, initials and what people call them.
func (m *Module) find(query string) ([]found, error) {
	ed := m.k.Library.Current()
	x, err := m.index(ed)
	if err != nil {
		return nil, err
	}
	var out []found
	for _, h := range x.Search(query, most) {
		if !m.served(h.ID) {
			continue
		}
		f := found{weak: h.Match == search.SomeWords}
		code := h.ID[strings.LastIndex(h.ID, "/")+1:]
		switch {
		case strings.HasPrefix(h.ID, "/events/"):
			b, err := catalogue.FindBundle(ed, code)
			if err != nil {
				return nil, err
			}
			f.in, f.link = inEvents, ui.NotedLink{Link: ui.Link{Label: b.Name, URL: h.ID}, Note: b.Summary}
		case strings.HasPrefix(h.ID, "/items/"):
			i, err := catalogue.FindItem(ed, code)
			if err != nil {
				return nil, err
			}
			f.in, f.link = inItems, itemLink(i, m.org.Name(i.Unit))
		case strings.HasPrefix(h.ID, "/units/"):
			u, _ := m.org.Unit(code)
			f.in, f.link = inUnits, ui.NotedLink{Link: ui.Link{Label: u.Name, URL: h.ID}, Note: u.Phone}
		default:
			p, _ := m.points.Find(code)
			f.in, f.link = inHalls, ui.NotedLink{Link: ui.Link{Label: p.Name, URL: h.ID}, Note: p.Address}
		}
		if h.Term != "" && h.Match == search.BySynonym {
			f.link.Note = strings.Trim("也叫“"+h.Term+"” · "+f.link.Note, " ·")
		}
		out = append(out, f)
	}
	return out, nil
}

func (m *Module) showSearch(w *web.Response, r *web.Request) error {
	query := short(r.URL.Query().Get("q"), search.MaxQuery)
	query = strings.TrimSpace(strings.ToValidUTF8(query, ""))
	part := r.URL.Query().Get("in")
	p := page("搜索")
	p.Crumbs = nil // the search field stands where they would
	p.Bottom = m.bottom("/search")
	p.Top = ui.Hero{Title: "搜索", Action: "/search", Query: query}
	if query == "" {
		return w.ShowPublic(p, m.common("试试这些", "说您平时的话就行，例如“开饭店”“上户口”，也可以打拼音首字母。"))
	}
	p.Title = "搜索：" + query
	all, err := m.find(query)
	if err != nil {
		return err
	}
	if len(all) == 0 || all[0].weak {
		if err := m.noteMiss(r.Ctx, query, r.Now); err != nil { // the reader is served all the same
			slog.WarnContext(r.Ctx, "search that found nothing was not counted", "error", err)
		}
	}
	if len(all) == 0 {
		return w.ShowPublic(p, ui.Group{ui.Panel(ui.PanelSpec{Body: m.nothing(query)}), m.common("大家常办的", "")})
	}
	counts := map[string]int{}
	links := ui.LinkList{}
	for _, f := range all {
		counts[f.in]++
		if part == "" || part == f.in {
			f.link.Tag = ui.Tag{Text: partTitle(f.in), Tone: ui.Info}
			links.Links = append(links.Links, f.link)
		}
	}
	title, lead := fmt.Sprintf("“%s”找到 %d 条", query, len(all)), ""
	if all[0].weak {
		title, lead = "没有完全相符的", fmt.Sprintf("下面 %d 条有一部分相符。“%s”这个说法已记下，事项管理员会补上；急办请打 12345 问。", len(all), query)
	}
	tabs := ui.Tabs{Label: "范围", Tabs: []ui.Tab{{Label: "全部", URL: searchURL(query, ""), Count: len(all), Current: part == ""}}}
	for _, t := range partTitles {
		if counts[t.code] > 0 {
			tabs.Tabs = append(tabs.Tabs, ui.Tab{Label: t.title, URL: searchURL(query, t.code), Count: counts[t.code], Current: part == t.code})
		}
	}
	body := ui.Group{links}
	if len(links.Links) == 0 {
		body = ui.Group{ui.EmptyState{Title: "这个范围里没有", Text: "请点“全部”查看其他范围找到的内容。", Icon: ui.IconSearch}}
	}
	if len(tabs.Tabs) > 2 || part != "" {
		body = append(ui.Group{tabs}, body...)
	}
	return w.ShowPublic(p, ui.Panel(ui.PanelSpec{Title: title, Lead: lead, Body: body}))
}

// nothing is what an empty search says: what happens with it, and three ways on.
func (m *Module) nothing(query string) ui.EmptyState {
	links := ui.Actions{ui.LinkButton{Label: "打 12345 问", URL: "tel:12345", Icon: ui.IconPhone}}
	for _, l := range m.links(ui.Link{Label: "看全部事项", URL: "/items"}, ui.Link{Label: "到大厅去问", URL: "/halls"}) {
		links = append(links, ui.LinkButton{Label: l.Label, URL: l.URL, Kind: ui.Secondary})
	}
	return ui.EmptyState{Title: "没有找到“" + query + "”", Icon: ui.IconSearch, Action: links,
		Text: "换个说法再搜一次，例如去掉地名，只留要办的事。没有搜到的词会记下来，事项管理员据此补充说法；记下的只有词，不记是谁搜的。"}
}

// common are the things most people come for.
func (m *Module) common(title, lead string) templ.Component {
	l := ui.LinkList{}
	for _, b := range m.things("") {
		if m.served("/events/" + b.Code) {
			l.Links = append(l.Links, ui.NotedLink{Link: ui.Link{Label: b.Name, URL: "/events/" + b.Code}, Note: b.Summary})
		}
	}
	return ui.Panel(ui.PanelSpec{Title: title, Lead: lead, Body: l})
}

func searchURL(query, part string) string {
	v := url.Values{"q": {query}}
	if part != "" {
		v.Set("in", part)
	}
	return "/search?" + v.Encode()
}
