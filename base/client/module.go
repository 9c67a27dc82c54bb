package client

import (
	"embed"

	"tongban/base/org"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/web"
	"tongban/ui"
)

//go:embed migrations/*.sql
var migrations embed.FS

// PermManage is the right to register and suspend programs.
const PermManage authz.Permission = "client.manage"

// permAudit is defined by base/account: who holds it is shown the way to what a program did.
const permAudit authz.Permission = "audit.read"

// Module keeps the programs.
type Module struct {
	k      *app.Kernel
	org    *org.Module
	meters *meters
}

// New makes the module.
func New(k *app.Kernel, units *org.Module) *Module {
	return &Module{k: k, org: units, meters: newMeters(k.DB)}
}

// Manifest implements app.Module.
func (m *Module) Manifest() app.Manifest {
	return app.Manifest{
		Name: "client", Title: "接入应用",
		Schema:      db.Schema{Name: "client", Files: migrations},
		Permissions: []authz.Definition{{Permission: PermManage, Title: "管理接入应用"}},
		Caller:      m.bearer,
		Describe:    describe,
		Routes: []web.Route{
			m.apiToken(),
			web.Page(web.RefusalsPath, authz.Anyone, m.showManual),
			web.Page(tryPath+"{operation}", authz.Anyone, m.showTry),
			web.Form(tryPath+"{operation}", authz.Anyone, m.postTry),
			web.Page("/admin/clients", PermManage, m.showList),
			web.Page("/admin/clients/new", PermManage, m.showNew),
			web.Form("/admin/clients/new", PermManage, m.postNew),
			web.Page("/admin/clients/{id}", PermManage, m.showClient),
			web.Form("/admin/clients/{id}/change", PermManage, m.postChange),
			web.Form("/admin/clients/{id}/rotate", PermManage, m.postRotate),
			web.Form("/admin/clients/{id}/turn", PermManage, m.postTurn),
		},
		Nav:        []web.NavEntry{{Desk: web.Admin, Group: "管理", Order: 905, Label: "接入应用", Icon: ui.IconRoute, URL: "/admin/clients", Permission: PermManage}},
		Objects:    objects(),
		Invariants: invariants(),
	}
}
