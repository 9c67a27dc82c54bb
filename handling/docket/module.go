package docket

import (
	"embed"

	"tongban/base/org"
	"tongban/handling/casefile"
	"tongban/handling/casework"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

//go:embed migrations/*.sql
var migrations embed.FS

// PermExport lets a list of cases out of the house (导出). What a list shows is limited by casework.read.
const PermExport authz.Permission = "docket.export"

// Module is the desk of those who handle cases.
type Module struct {
	k     *app.Kernel
	org   *org.Module
	cases *casework.Module
	files *casefile.Module
}

// New makes the module.
func New(k *app.Kernel, units *org.Module, cases *casework.Module, files *casefile.Module) *Module {
	return &Module{k: k, org: units, cases: cases, files: files}
}

// Manifest implements app.Module.
func (m *Module) Manifest() app.Manifest {
	return app.Manifest{
		Name: "docket", Title: "办件簿",
		Schema:      db.Schema{Name: "docket", Files: migrations},
		Permissions: []authz.Definition{{Permission: PermExport, Title: "导出办件清单", Implies: []authz.Permission{casework.PermRead}}},
		Routes:      m.routes(),
		Nav:         nav(),
	}
}

func (m *Module) routes() []web.Route {
	page := func(path string, p authz.Permission, h web.Handler) web.Route { return web.Page(path, p, staff(h)) }
	form := func(path string, p authz.Permission, h web.Handler) web.Route { return web.Form(path, p, staff(h)) }
	return append(m.api(),
		page("/w", authz.SignedIn, m.showDesk),
		page("/w/cases", casework.PermRead, m.showList),
		page("/w/cases/export", PermExport, m.exportList).Costly(),
		form("/w/cases/batch", casework.PermRead, m.postBatch),
		form("/w/cases/filters", casework.PermRead, m.postFilter),
		page("/w/search", casework.PermRead, m.showSearch),
		page("/w/scan", casework.PermRead, m.showScan),
	)
}

func nav() []web.NavEntry {
	return []web.NavEntry{
		{Desk: web.Counter, Group: "办理", Order: 10, Label: "我的待办", Icon: ui.IconInbox, URL: "/w", Permission: casework.PermRead, Counts: []string{web.EveryTask}, Key: "T"},
		{Desk: web.Counter, Group: "办理", Order: 20, Label: "办件", Icon: ui.IconFolderOpen, URL: "/w/cases", Permission: casework.PermRead, Key: "C"},
		{Desk: web.Counter, Group: "办理", Order: 30, Label: "已结束", Icon: ui.IconHistory, URL: "/w/cases?tab=done", Permission: casework.PermRead, Key: "D"},
	}
}

// staff keeps the pages of the office to the office: a citizen too holds casework.read, over his own cases.
func staff(h web.Handler) web.Handler {
	return func(w *web.Response, r *web.Request) error {
		if r.Actor.Kind != authz.Staff {
			return problem.Forbidden("这一页供工作人员使用。您的办件请在“我的办件”里查看")
		}
		return h(w, r)
	}
}
