package portal

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
	"time"

	"tongban/kernel/web"
	"tongban/rules/catalogue"
	"tongban/ui"
)

// day writes a date as people read it; nothing for none.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(beijing).Format("2006年1月2日")
}

// chapter is a part of the map of the site.
type chapter struct {
	title string
	links []ui.Link
}

// chapters are all public pages of this build that anybody may open, and nothing else.
func (m *Module) chapters() []chapter {
	ed := m.k.Library.Current()
	do := []ui.Link{{Label: "首页", URL: "/"}, {Label: "搜索", URL: "/search"}, {Label: "一件事一次办", URL: "/events"}, {Label: "事项目录", URL: "/items"}, {Label: "办事规定的变化", URL: "/changes"},
		{Label: "办件查询", URL: "/t"}, {Label: "证照和文书查验", URL: "/verify"}}
	about := []ui.Link{{Label: "关于本站", URL: "/about"}, {Label: "接口说明", URL: "/api"}, {Label: "无障碍声明", URL: "/accessibility"}, {Label: "隐私说明", URL: "/privacy"},
		{Label: "我要找错", URL: "/report-error"}, {Label: "登录", URL: "/login"}}
	var events, items, units, halls []ui.Link
	for _, b := range catalogue.Bundles(ed) {
		events = append(events, ui.Link{Label: b.Name, URL: "/events/" + b.Code})
	}
	for _, i := range catalogue.Items(ed) {
		items = append(items, ui.Link{Label: i.Name, URL: "/items/" + i.Code})
	}
	for _, u := range m.org.Units() {
		units = append(units, ui.Link{Label: u.Name, URL: "/units/" + u.Code})
	}
	for _, p := range m.points.All() {
		halls = append(halls, ui.Link{Label: p.Name, URL: "/halls/" + p.Code})
	}
	var out []chapter
	for _, c := range []chapter{{"办事", do}, {"一件事一次办", events}, {"事项", items},
		{"部门和单位", append([]ui.Link{{Label: "全部部门和单位", URL: "/units"}}, units...)},
		{"大厅和网点", append([]ui.Link{{Label: "全部大厅和网点", URL: "/halls"}}, halls...)}, {"本站", about}} {
		if c.links = m.links(c.links...); len(c.links) > 0 {
			out = append(out, c)
		}
	}
	return out
}

func (m *Module) showSitemap(w *web.Response, r *web.Request) error {
	a := ui.Article{Title: "网站地图", Lead: "本站不用登录就能看的全部页面。"}
	for n, c := range m.chapters() {
		l := ui.LinkList{}
		for _, link := range c.links {
			l.Links = append(l.Links, ui.NotedLink{Link: link})
		}
		a.Sections = append(a.Sections, ui.Section{ID: fmt.Sprintf("part-%d", n+1), Title: c.title, Body: l})
	}
	return w.ShowPublic(page("网站地图"), a)
}

// showSitemapXML is the map for search engines (sitemaps.org protocol 0.9).
func (m *Module) showSitemapXML(w *web.Response, r *web.Request) error {
	type address struct {
		Loc     string `xml:"loc"`
		LastMod string `xml:"lastmod,omitempty"`
	}
	set := struct {
		XMLName xml.Name  `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
		URLs    []address `xml:"url"`
	}{}
	changed := ""
	if at := m.k.Library.Current().PublishedAt; !at.IsZero() {
		changed = at.In(beijing).Format("2006-01-02")
	}
	for _, c := range m.chapters() {
		for _, l := range c.links {
			a := address{Loc: r.BaseURL() + l.URL}
			if strings.HasPrefix(l.URL, "/items/") || strings.HasPrefix(l.URL, "/events/") {
				a.LastMod = changed
			}
			set.URLs = append(set.URLs, a)
		}
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	if err := xml.NewEncoder(&b).Encode(set); err != nil {
		return err
	}
	return plain(w, "application/xml; charset=utf-8", b.Bytes())
}

// closed are the parts of the site that search engines have no business in: personal or of the staff.
var closed = [...]string{"/w", "/l", "/admin", "/my", "/t", "/check", "/done", "/u/", "/agenda/", "/files/", "/inbox", "/login", "/register", "/review/", "/report-error/", "/ui", "/demo/", "/api-try/", "/search"}

func (m *Module) showRobots(w *web.Response, r *web.Request) error {
	var b strings.Builder
	b.WriteString("User-agent: *\n")
	for _, path := range closed {
		b.WriteString("Disallow: " + path + "\n")
	}
	b.WriteString("\nSitemap: " + r.BaseURL() + "/sitemap.xml\n")
	return plain(w, "text/plain; charset=utf-8", []byte(b.String()))
}

func plain(w *web.Response, mime string, body []byte) error {
	w.Header().Set("Content-Type", mime)
	w.Header().Set("Cache-Control", "public, max-age=3600")
	w.WriteHeader(http.StatusOK)
	_, err := w.Write(body)
	return err
}
