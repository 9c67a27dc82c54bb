package tracking

import (
	"embed"

	"tongban/base/org"
	"tongban/base/party"
	"tongban/handling/bundle"
	"tongban/handling/casework"
	"tongban/handling/licence"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/web"
	"tongban/rules/material"
	"tongban/ui"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Module shows submissions to those who handed them in.
type Module struct {
	k         *app.Kernel
	org       *org.Module
	parties   *party.Module
	materials *material.Module
	cases     *casework.Module
	licences  *licence.Module
	bundles   *bundle.Module
}

// New makes the module.
func New(k *app.Kernel, units *org.Module, parties *party.Module, mats *material.Module, cases *casework.Module, licences *licence.Module, bundles *bundle.Module) *Module {
	return &Module{k: k, org: units, parties: parties, materials: mats, cases: cases, licences: licences, bundles: bundles}
}

// Manifest implements app.Module.
func (m *Module) Manifest() app.Manifest {
	return app.Manifest{
		Name: "tracking", Title: "办理进度",
		Schema: db.Schema{Name: "tracking", Files: migrations},
		Routes: m.routes(),
		Nav: []web.NavEntry{
			{Desk: web.Public, Group: "办事", Order: 40, Label: "查进度", Icon: ui.IconSearch, URL: "/t", Permission: authz.Anyone},
			{Desk: web.Public, Group: "办事", Order: 90, Label: "我的", Icon: ui.IconUser, URL: "/my", Permission: authz.SignedIn},
		},
		Jobs: m.jobs(),
	}
}
