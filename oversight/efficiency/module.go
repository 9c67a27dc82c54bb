package efficiency

import (
	"context"
	"embed"
	"strconv"

	"tongban/base/account"
	"tongban/base/org"
	"tongban/handling/casework"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/event"
	"tongban/kernel/flow"
	"tongban/kernel/slot"
	"tongban/kernel/web"
	"tongban/rules/catalogue"
	"tongban/ui"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Module watches the clocks.
type Module struct {
	k        *app.Kernel
	org      *org.Module
	accounts *account.Module
	cases    *casework.Module
}

// New makes the module and has casework mark its clocks by the county's thresholds.
func New(k *app.Kernel, units *org.Module, accounts *account.Module, _ *catalogue.Module, cases *casework.Module) *Module {
	cases.MarkBy(Marks)
	return &Module{k: k, org: units, accounts: accounts, cases: cases}
}

// Manifest implements app.Module.
func (m *Module) Manifest() app.Manifest {
	return app.Manifest{
		Name: "efficiency", Title: "效能监察",
		Schema: db.Schema{Name: "efficiency", Files: migrations},
		Permissions: []authz.Definition{
			{Permission: PermRead, Title: "查看时限和预警牌"},
			{Permission: PermRemind, Title: "催办", Implies: []authz.Permission{PermRead}},
			{Permission: PermInstruct, Title: "督办、核实申辩、销号", Implies: []authz.Permission{PermRemind}},
		},
		Routes:  m.routes(),
		Objects: objects(),
		Nav: []web.NavEntry{
			{Desk: web.Leader, Group: "监督", Order: 70, Label: "领导驾驶舱", Icon: ui.IconChartLine, URL: "/l", Permission: PermRead, Key: "L"},
			{Desk: web.Leader, Group: "监督", Order: 71, Label: "红黄牌", Icon: ui.IconTriangleAlert, URL: "/sv/cards", Permission: PermRead,
				Counts: []string{kindAnswer, kindJudge, kindClose}},
		},
		Listeners: m.listeners(),
		Slots: []slot.Fill{
			{Point: casework.SlotBanner, Order: 10, Show: m.banner},
			{Point: casework.SlotAside, Order: 40, Show: m.aside},
		},
		Sections:   Sections(),
		Given:      givenAnew(),
		Invariants: m.invariants(),
		Flows:      []func() flow.Picture{moves.Picture},
	}
}

func (m *Module) listeners() []event.Listener {
	return []event.Listener{
		event.On("efficiency.crossed", m.onCrossed),
		hears[casework.Opened](m, "opened"), hears[casework.Released](m, "released"), hears[casework.WasAccepted](m, "accepted"),
		hears[casework.WasDeclined](m, "declined"), hears[casework.CorrectionAsked](m, "correction"), hears[casework.Supplemented](m, "supplemented"),
		hears[casework.Assessed](m, "assessed"), hears[casework.WasSuspended](m, "suspended"), hears[casework.Resumed](m, "resumed"),
		hears[casework.WasExtended](m, "extended"), hears[casework.Decided](m, "decided"), hears[casework.WasWithdrawn](m, "withdrawn"),
		hears[casework.HasLapsed](m, "lapsed"), hears[casework.WasClosed](m, "closed"),
	}
}

// hears follows the cases of events; what a case is now says more than the event, which may come late.
func hears[E db.Event](m *Module, name string) event.Listener {
	return event.OnAll("efficiency.case-"+name, func(ctx context.Context, tx *db.Tx, events []E) error {
		ids := make([]string, len(events))
		for i, e := range events {
			ids[i] = e.Subject()
		}
		return m.follow(ctx, tx, ids)
	})
}

func percent(f float64) string { return strconv.FormatFloat(f*100, 'f', 1, 64) + "%" }
