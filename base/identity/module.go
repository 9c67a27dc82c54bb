package identity

import (
	"embed"

	"tongban/base/account"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/openid"
	"tongban/kernel/slot"
	"tongban/kernel/web"
	"tongban/ui"
)

//go:embed migrations/*.sql
var migrations embed.FS

// What sealed values are bound to.
const (
	sealSecret   = "identity.secret"
	sealFound    = "identity.found"
	indexSubject = "identity.subject"
)

// Module keeps providers and links.
type Module struct {
	k        *app.Kernel
	accounts *account.Module
	desk     *openid.Desk
}

// New makes the module.
func New(k *app.Kernel, accounts *account.Module) *Module {
	m := &Module{k: k, accounts: accounts, desk: openid.New(k.Outward)}
	accounts.Closes = append(accounts.Closes, m.endAll)
	return m
}

// Manifest implements app.Module.
func (m *Module) Manifest() app.Manifest {
	return app.Manifest{
		Name: "identity", Title: "统一身份认证",
		Schema: db.Schema{Name: "identity", Files: migrations},
		Sealed: []app.Sealed{{Table: "identity_provider", Key: []string{"code"}, Column: "secret", Purpose: sealSecret}},
		Permissions: []authz.Definition{
			{Permission: PermRead, Title: "查看身份平台"},
			{Permission: PermManage, Title: "登记身份平台", Implies: []authz.Permission{PermRead}},
			{Permission: PermConfirm, Title: "复核、启用身份平台", Implies: []authz.Permission{PermRead}},
		},
		Routes: []web.Route{
			web.Page("/login/with/{code}", authz.Anyone, m.showWith),
			web.Page("/login/back/{code}", authz.Anyone, m.showBack),
			web.Page("/login/first/{code}", authz.Anyone, m.showFirst),
			web.Form("/login/first/{code}", authz.Anyone, m.postFirst),
			web.Page("/identity/with/{code}", authz.SignedIn, m.showConnecting),
			web.Page("/identity/connect/{code}", authz.SignedIn, m.showConnect),
			web.Form("/identity/connect/{code}", authz.SignedIn, m.postConnect),
			web.Form("/identity/links/{id}/end", authz.SignedIn, m.postEnd),
			web.Page("/admin/identity", PermRead, m.showProviders),
			web.Page("/admin/identity/new", PermManage, m.showNew),
			web.Form("/admin/identity/new", PermManage, m.postNew),
			web.Page("/admin/identity/{code}", PermRead, m.showProvider),
			web.Form("/admin/identity/{code}/change", PermManage, m.postChange),
			web.Form("/admin/identity/{code}/test", PermRead, m.postTest),
			web.Form("/admin/identity/{code}/rule", PermConfirm, m.postRule),
			web.Form("/admin/identity/{code}/off", PermRead, m.postOff),
		},
		Objects: objects(),
		Nav:     []web.NavEntry{{Desk: web.Admin, Group: "管理", Order: 907, Label: "身份平台", Icon: ui.IconIdCard, URL: "/admin/identity", Permission: PermRead, Counts: []string{taskConfirm}}},
		Slots: []slot.Fill{
			{Point: account.SlotCitizenIn, Order: 10, Show: m.waysIn(Citizens)},
			{Point: account.SlotStaffIn, Order: 10, Show: m.waysIn(Staff)},
			{Point: account.SlotWays, Order: 10, Show: m.ways},
		},
		Invariants: invariants(),
	}
}
