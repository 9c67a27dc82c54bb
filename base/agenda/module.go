package agenda

import (
	"embed"

	"tongban/base/account"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/web"
	"tongban/ui"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Module keeps the addresses of feeds.
type Module struct {
	k        *app.Kernel
	accounts *account.Module
}

// New makes the module.
func New(k *app.Kernel, accounts *account.Module) *Module { return &Module{k: k, accounts: accounts} }

// Manifest implements app.Module.
func (m *Module) Manifest() app.Manifest {
	return app.Manifest{
		Name: "agenda", Title: "日程订阅",
		Schema: db.Schema{Name: "agenda", Files: migrations},
		Routes: []web.Route{
			web.Page("/w/agenda", authz.SignedIn, m.showLink),
			web.Form("/w/agenda", authz.SignedIn, m.postLink),
			web.Form("/w/agenda/end", authz.SignedIn, m.postEnd),
			web.Page("/agenda/{secret}", authz.Anyone, m.showFeed),
		},
		Objects:    []web.Object{web.BearerObject("日程订阅", "/agenda/{secret}")},
		Nav:        []web.NavEntry{{Desk: web.Counter, Group: "我的账户", Order: 985, Label: "日程订阅", Icon: ui.IconCalendar, URL: "/w/agenda", Permission: authz.SignedIn}},
		Invariants: invariants(),
	}
}
