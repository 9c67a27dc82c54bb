package portal

import (
	"embed"
	"strings"
	"sync"

	"tongban/base/org"
	"tongban/base/servicepoint"
	"tongban/handling/bundle"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/earlier"
	"tongban/kernel/event"
	"tongban/kernel/web"
	"tongban/oversight/efficiency"
	"tongban/oversight/review"
	"tongban/ui"
)

//go:embed migrations/*.sql
var migrations embed.FS

// PermSteward is the right to answer reported faults and to settle words nobody's search found, within the unit.
const PermSteward authz.Permission = "portal.steward"

// Module serves the public face.
type Module struct {
	k       *app.Kernel
	org     *org.Module
	points  *servicepoint.Module
	bundles *bundle.Module
	cases   *efficiency.Module
	ratings *review.Module

	once  sync.Once
	paths [][]string // of the pages of this build, split at the slashes
}

// New makes the module.
func New(k *app.Kernel, units *org.Module, points *servicepoint.Module, bundles *bundle.Module, supervision *efficiency.Module, ratings *review.Module) *Module {
	return &Module{k: k, org: units, points: points, bundles: bundles, cases: supervision, ratings: ratings}
}

// Manifest implements app.Module.
func (m *Module) Manifest() app.Manifest {
	return app.Manifest{
		Name: "portal", Title: "门户",
		Schema: db.Schema{Name: "portal", Files: migrations},
		Given:  earlier.Given{Sums: []string{"portal_demand"}},
		Sealed: []app.Sealed{
			{Table: "portal_report", Key: []string{"id"}, Column: "phone", Purpose: purpose},
		},
		Permissions: []authz.Definition{{Permission: PermSteward, Title: "处理网站找错和搜不到的词"}},
		Objects:     objects(),
		Routes: []web.Route{
			web.Page("/{$}", authz.Anyone, m.showHome),
			web.Page("/search", authz.Anyone, m.showSearch),
			web.Page("/units", authz.Anyone, m.showUnits),
			web.Page("/units/{code}", authz.Anyone, m.showUnit),
			web.Page("/halls", authz.Anyone, m.showHalls),
			web.Page("/halls/{code}", authz.Anyone, m.showHall),
			web.Page("/accessibility", authz.Anyone, m.showAccessibility),
			web.Page("/privacy", authz.Anyone, m.showPrivacy),
			web.Page("/about", authz.Anyone, m.showAbout),
			web.Page("/sitemap", authz.Anyone, m.showSitemap),
			web.Page("/sitemap.xml", authz.Anyone, m.showSitemapXML),
			web.Page("/robots.txt", authz.Anyone, m.showRobots),
			web.Page("/report-error", authz.Anyone, m.showReport),
			web.Form("/report-error", authz.Anyone, m.postReport),
			web.Page("/report-error/done", authz.Anyone, m.showReported),
			web.Page("/ui", authz.Anyone, m.showGallery),
			web.Page("/ui/{key}", authz.Anyone, m.showSpecimen),
			web.Page("/w/reports", PermSteward, m.showReports),
			web.Page("/w/reports/{id}", PermSteward, m.showOneReport),
			web.Form("/w/reports/{id}", PermSteward, m.postAnswer),
			web.Page("/w/misses", PermSteward, m.showMisses),
			web.Form("/w/misses", PermSteward, m.postMiss),
		},
		Nav: []web.NavEntry{
			{Desk: web.Public, Order: 10, Label: "首页", URL: "/", Permission: authz.Anyone},
			{Desk: web.Public, Order: 60, Label: "办事大厅", URL: "/halls", Permission: authz.Anyone},
			{Desk: web.Public, Order: 70, Label: "部门", URL: "/units", Permission: authz.Anyone},
			{Desk: web.Counter, Group: "事项管理", Order: 620, Label: "网站找错", Icon: ui.IconFlag, URL: "/w/reports", Permission: PermSteward, Counts: []string{taskKind}},
			{Desk: web.Counter, Group: "事项管理", Order: 630, Label: "搜不到的词", Icon: ui.IconSearch, URL: "/w/misses", Permission: PermSteward},
		},
		Listeners: []event.Listener{event.On("portal.demand", m.onOpened)},
	}
}

// served tells whether a page of this build answers the path. The portal shows no link for which it does not.
func (m *Module) served(address string) bool {
	m.once.Do(func() {
		for _, r := range m.k.Site().Routes() {
			if r.Method == "GET" {
				m.paths = append(m.paths, strings.Split(r.Path, "/"))
			}
		}
	})
	path, _, _ := strings.Cut(address, "?")
	want := strings.Split(path, "/")
	for _, p := range m.paths {
		if matches(p, want) {
			return true
		}
	}
	return false
}

func matches(pattern, path []string) bool {
	for i, p := range pattern {
		switch {
		case strings.HasSuffix(p, "...}"):
			return i < len(path)
		case i >= len(path):
			return false
		case p == "{$}":
			return len(path) == i+1 && path[i] == ""
		case strings.HasPrefix(p, "{"):
			if path[i] == "" {
				return false
			}
		case p != path[i]:
			return false
		}
	}
	return len(pattern) == len(path)
}

// links drops the links no page of this build answers.
func (m *Module) links(list ...ui.Link) []ui.Link {
	var out []ui.Link
	for _, l := range list {
		if strings.HasPrefix(l.URL, "tel:") || m.served(l.URL) {
			out = append(out, l)
		}
	}
	return out
}
