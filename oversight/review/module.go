package review

import (
	"context"
	"embed"

	"tongban/base/account"
	"tongban/base/org"
	"tongban/base/party"
	"tongban/handling/casework"
	"tongban/handling/delivery"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/earlier"
	"tongban/kernel/event"
	"tongban/kernel/flow"
	"tongban/kernel/problem"
	"tongban/kernel/slot"
	"tongban/kernel/web"
	"tongban/oversight/efficiency"
	"tongban/ui"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Module keeps the reviews.
type Module struct {
	k        *app.Kernel
	org      *org.Module
	accounts *account.Module
	parties  *party.Module
	cases    *casework.Module
}

// New makes the module.
func New(k *app.Kernel, units *org.Module, accounts *account.Module, parties *party.Module, cases *casework.Module, _ *delivery.Module) *Module {
	return &Module{k: k, org: units, accounts: accounts, parties: parties, cases: cases}
}

// Manifest implements app.Module.
func (m *Module) Manifest() app.Manifest {
	return app.Manifest{
		Name: "review", Title: "好差评",
		Schema: db.Schema{Name: "review", Files: migrations},
		Permissions: []authz.Definition{
			{Permission: PermRead, Title: "查看评价"},
			{Permission: PermRectify, Title: "差评整改、申诉", Implies: []authz.Permission{PermRead}},
			{Permission: PermVerify, Title: "差评核实、回访、公开审核", Implies: []authz.Permission{PermRead}},
		},
		Routes:  m.routes(),
		Objects: objects(),
		Nav: []web.NavEntry{
			{Desk: web.Public, Order: 60, Label: "好差评", Icon: ui.IconStar, URL: "/reviews", Permission: authz.Anyone},
			{Desk: web.Leader, Group: "监督", Order: 75, Label: "好差评", Icon: ui.IconStar, URL: "/sv/reviews", Permission: PermRead,
				Counts: []string{kindVerify, kindRectify, kindVisit, kindPublish}},
		},
		Listeners: []event.Listener{event.On("review.invite", m.invite)},
		Slots: []slot.Fill{
			{Point: casework.SlotSection, Order: 80, Show: m.section},
			{Point: efficiency.SlotCockpit, Order: 10, Show: m.cockpit},
		},
		Given:      earlier.Given{Codes: []earlier.Code{{Table: "review_invitation", Column: "token", Purpose: purposeToken}}},
		Invariants: m.invariants(),
		Flows:      []func() flow.Picture{moves.Picture},
	}
}

// invite asks for a review of what was delivered: one for each group, however many parts came apart.
func (m *Module) invite(ctx context.Context, tx *db.Tx, e delivery.Completed) error {
	_, err := m.Invite(ctx, tx, e.Group, wayOf(e.Way))
	if err != nil && problem.KindOf(err) == problem.KindConflict {
		return nil // invited with an earlier part
	}
	return err
}

// wayOf chooses the template: what was fetched at a window is a visit, the rest was done online.
func wayOf(way string) Way {
	if way == "window" {
		return Offline
	}
	return Online
}
