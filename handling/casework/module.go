package casework

import (
	"context"
	"embed"
	"time"

	"tongban/base/account"
	"tongban/base/org"
	"tongban/base/party"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/event"
	"tongban/kernel/flow"
	"tongban/kernel/problem"
	"tongban/kernel/slot"
	"tongban/rules/material"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Permissions of the module. Each is asked over the unit of the case.
const (
	PermRead    authz.Permission = "casework.read"
	PermOpen    authz.Permission = "casework.open"    // 收件
	PermAccept  authz.Permission = "casework.accept"  // 受理、补正、不予受理
	PermAssess  authz.Permission = "casework.assess"  // 审查、征求意见
	PermDecide  authz.Permission = "casework.decide"  // 准予、不予许可
	PermInstant authz.Permission = "casework.instant" // 即办件当场决定
	PermExtend  authz.Permission = "casework.extend"  // 批准延期
	PermSuspend authz.Permission = "casework.suspend" // 特别程序
	PermAssign  authz.Permission = "casework.assign"  // 指派
	PermClose   authz.Permission = "casework.close"   // 送达办结
	PermReveal  authz.Permission = "casework.reveal"  // 查看完整的个人信息
)

// Slots on the page of a case. The subject is the case's id.
const (
	SlotBanner  slot.Point = "casework.banner"
	SlotAside   slot.Point = "casework.aside"
	SlotSection slot.Point = "casework.section"
	SlotAction  slot.Point = "casework.action" // beside the acts
	SlotDecide  slot.Point = "casework.decide" // what whoever decides must see
)

var zone = calendar.Zone()

// Gate is a condition that a higher module sets on an act, such as tolerance or commitment; its error is shown to the person who acts.
type Gate func(ctx context.Context, v *db.View, act Act, c Case) error

// Reader lets a person read the papers of a case whom casework itself does not know, such as the holder of a receipt. It answers false
// where it has nothing to say.
type Reader func(ctx context.Context, v *db.View, c Case) (bool, error)

// Module keeps the cases.
type Module struct {
	k        *app.Kernel
	org      *org.Module
	accounts *account.Module
	parties  *party.Module
	mats     *material.Module
	gates    []Gate
	readers  []Reader
	marks    Marks
}

// New makes the module.
func New(k *app.Kernel, units *org.Module, accounts *account.Module, parties *party.Module, mats *material.Module) *Module {
	m := &Module{k: k, org: units, accounts: accounts, parties: parties, mats: mats, marks: DefaultMarks}
	mats.AllowReaders(m.readsGroup)
	return m
}

// readsGroup lets staff open the files of a submission in which they handle a case.
func (m *Module) readsGroup(ctx context.Context, v *db.View, group string) error {
	cases, err := m.InGroup(ctx, v, group)
	if err != nil {
		return err
	}
	for _, c := range cases {
		if v.Actor.Kind != authz.Staff {
			break
		}
		if ok, err := m.MayRead(ctx, v, c); err != nil || ok {
			return err
		}
	}
	return problem.NotFound("没有这份材料")
}

// Guard adds a condition on the acts. It is called while modules are built.
func (m *Module) Guard(g Gate) { m.gates = append(m.gates, g) }

// AllowReaders adds people who may read the papers of a case. It is called while modules are built.
func (m *Module) AllowReaders(r Reader) { m.readers = append(m.readers, r) }

// MarkBy replaces how the marks on clocks are chosen. It is called while modules are built.
func (m *Module) MarkBy(f Marks) { m.marks = f }

// Manifest implements app.Module.
func (m *Module) Manifest() app.Manifest {
	return app.Manifest{
		Name: "casework", Title: "办件",
		Schema: db.Schema{Name: "casework", Files: migrations},
		Permissions: []authz.Definition{
			{Permission: PermRead, Title: "查看办件"},
			{Permission: PermReveal, Title: "查看完整的个人信息（每次留痕）", Implies: []authz.Permission{PermRead}},
			{Permission: PermOpen, Title: "收件", Implies: []authz.Permission{PermRead}},
			{Permission: PermClose, Title: "送达办结", Implies: []authz.Permission{PermRead}},
			{Permission: PermAccept, Title: "受理、补正告知、不予受理", Implies: []authz.Permission{PermOpen, PermClose, PermReveal}},
			{Permission: PermSuspend, Title: "启动和结束特别程序", Implies: []authz.Permission{PermRead}},
			{Permission: PermAssess, Title: "审查、征求意见", Implies: []authz.Permission{PermReveal, PermSuspend}},
			{Permission: PermInstant, Title: "即办件当场决定", Implies: []authz.Permission{PermReveal}},
			{Permission: PermAssign, Title: "指派办件", Implies: []authz.Permission{PermRead}},
			{Permission: PermDecide, Title: "作出决定", Implies: []authz.Permission{PermInstant, PermReveal, PermAssign}},
			{Permission: PermExtend, Title: "批准延长期限", Implies: []authz.Permission{PermAssign}},
		},
		Objects:    objects(),
		Listeners:  m.listeners(),
		Facts:      facts(),
		Jobs:       m.jobs(),
		Sections:   Sections(),
		Validate:   Validate,
		Given:      givenAnew(),
		Invariants: m.invariants(),
		Flows:      []func() flow.Picture{moves.Picture},
	}
}

func (m *Module) listeners() []event.Listener {
	return []event.Listener{event.On("casework.deem", m.onCrossed)}
}

// today is the civil day of an instant.
func today(t time.Time) calendar.Day { return calendar.DayOf(t) }
