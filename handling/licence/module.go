package licence

import (
	"embed"

	"tongban/base/org"
	"tongban/base/party"
	"tongban/handling/seal"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/flow"
	"tongban/kernel/web"
	"tongban/rules/form"
	"tongban/ui"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Module makes and keeps licences.
type Module struct {
	k       *app.Kernel
	org     *org.Module
	parties *party.Module
	forms   *form.Module
	seals   *seal.Module
	limit   *limiter
}

// New makes the module and offers its licences to forms as a source of values.
func New(k *app.Kernel, units *org.Module, parties *party.Module, forms *form.Module, seals *seal.Module) *Module {
	m := &Module{k: k, org: units, parties: parties, forms: forms, seals: seals, limit: newLimiter(maxCallers)}
	forms.AddPrefiller("licence", m)
	return m
}

// Manifest implements app.Module.
func (m *Module) Manifest() app.Manifest {
	return app.Manifest{
		Name: "licence", Title: "电子证照",
		Schema: db.Schema{Name: "licence", Files: migrations},
		Sealed: []app.Sealed{
			{Table: "licence_licence", Key: []string{"id"}, Column: "face", Purpose: sealedFace},
		},
		Permissions: []authz.Definition{
			{Permission: PermRead, Title: "查看证照"},
			{Permission: PermIssue, Title: "制证、重新制证", Implies: []authz.Permission{PermRead}},
			{Permission: PermRevoke, Title: "撤销、撤回、吊销、注销证照", Implies: []authz.Permission{PermRead}},
		},
		Routes:  m.routes(),
		Objects: objects(),
		Nav: []web.NavEntry{
			{Desk: web.Public, Group: "办事", Order: 60, Label: "证照验真", Icon: ui.IconShieldCheck, URL: "/verify", Permission: authz.Anyone},
			{Desk: web.Counter, Group: "文书", Order: 50, Label: "证照", Icon: ui.IconBadgeCheck, URL: "/w/licences", Permission: PermRead, Counts: []string{"licence.fault"}},
		},
		Listeners:  m.listeners(),
		Facts:      facts(),
		Jobs:       m.jobs(),
		Validate:   Check,
		Given:      givenAnew(),
		Invariants: m.invariants(),
		Flows:      []func() flow.Picture{Moves().Picture},
	}
}
