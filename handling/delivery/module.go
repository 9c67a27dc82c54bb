package delivery

import (
	"embed"

	"tongban/base/org"
	"tongban/base/party"
	"tongban/handling/casework"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/flow"
	"tongban/kernel/web"
	"tongban/ui"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Module hands over results.
type Module struct {
	k       *app.Kernel
	org     *org.Module
	parties *party.Module
	cases   *casework.Module
}

// New makes the module.
func New(k *app.Kernel, units *org.Module, parties *party.Module, cases *casework.Module) *Module {
	return &Module{k: k, org: units, parties: parties, cases: cases}
}

// Manifest implements app.Module.
func (m *Module) Manifest() app.Manifest {
	return app.Manifest{
		Name: "delivery", Title: "出件送达",
		Schema: db.Schema{Name: "delivery", Files: migrations},
		Sealed: []app.Sealed{
			{Table: "delivery_parcel", Key: []string{"id"}, Column: "phone", Purpose: sealPhone},
			{Table: "delivery_parcel", Key: []string{"id"}, Column: "address", Purpose: sealAddress},
			{Table: "delivery_parcel", Key: []string{"id"}, Column: "code", Purpose: sealCode},
			{Table: "delivery_hand", Key: []string{"id"}, Column: "agent_number", Purpose: sealAgent},
		},
		Permissions: []authz.Definition{
			{Permission: PermRead, Title: "查看送达件"},
			{Permission: PermHand, Title: "出件、登记邮寄和签收", Implies: []authz.Permission{PermRead}},
		},
		Routes:     append(m.routes(), m.api()...),
		Objects:    objects(),
		Nav:        []web.NavEntry{{Desk: web.Counter, Group: "窗口", Order: 40, Label: "统一出件", Icon: ui.IconTicket, URL: "/w/outlet", Permission: PermHand, Counts: []string{"delivery.window", "delivery.post"}}},
		Listeners:  m.listeners(),
		Facts:      facts(),
		Jobs:       m.jobs(),
		Given:      givenAnew(),
		Invariants: invariants(),
		Flows:      []func() flow.Picture{Moves().Picture},
	}
}

// outlet is the unit whose window hands over: the one asked for, else the county's service centre.
func (m *Module) outlet(asked string) string {
	if asked != "" {
		return asked
	}
	for _, code := range []string{"service-centre", "approval-bureau"} {
		if _, ok := m.org.Unit(code); ok {
			return code
		}
	}
	if all := m.org.Units(); len(all) > 0 {
		return all[0].Code
	}
	return ""
}
