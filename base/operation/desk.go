package operation

import (
	"cmp"
	"slices"

	"tongban/kernel/authz"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

// showDesk is where an administrator begins: what he may do, as the modules declare it.
func (m *Module) showDesk(w *web.Response, r *web.Request) error {
	if r.Actor.Kind != authz.Staff {
		return problem.Forbidden("这一页供工作人员使用")
	}
	entries := m.entries(r.Actor)
	a := ui.Article{Title: "管理事务", Lead: "您的权限可以办的。"}
	if len(entries) == 0 {
		a.Lead, a.Body = "", ui.EmptyState{Title: "您的账号没有管理事务", Text: "如工作需要，请联系本单位管理员授权。"}
	}
	for _, e := range entries {
		at := slices.IndexFunc(a.Sections, func(s ui.Section) bool { return s.Title == e.Group })
		if at < 0 {
			a.Sections, at = append(a.Sections, ui.Section{ID: "group-" + e.URL[1:], Title: e.Group, Body: ui.LinkList{}}), len(a.Sections)
		}
		l := a.Sections[at].Body.(ui.LinkList)
		l.Links = append(l.Links, ui.NotedLink{Link: ui.Link{Label: e.Label, URL: e.URL}})
		a.Sections[at].Body = l
	}
	return w.ShowDesk(a)
}

// entries are the places of the administration that somebody may open, in the order of the menu.
func (m *Module) entries(who authz.Actor) []web.NavEntry {
	var out []web.NavEntry
	for _, x := range m.k.Modules() {
		for _, e := range x.Nav {
			if e.Desk == web.Admin && who.Holds(e.Permission) && e.URL != "/admin" {
				out = append(out, e)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b web.NavEntry) int { return cmp.Compare(a.Order, b.Order) })
	return out
}
