package opinion

import (
	"embed"

	"tongban/base/org"
	"tongban/handling/casefile"
	"tongban/handling/casework"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/slot"
	"tongban/kernel/web"
)

//go:embed migrations/*.sql
var migrations embed.FS

// PermGive answers for the unit that was asked (反馈意见). Who assesses a case may ask.
const PermGive authz.Permission = "opinion.give"

// Module keeps what units were asked and answered.
type Module struct {
	k     *app.Kernel
	org   *org.Module
	cases *casework.Module
	files *casefile.Module
}

// New makes the module, which sets its condition on decisions and lets those who were asked read the case.
func New(k *app.Kernel, units *org.Module, cases *casework.Module, files *casefile.Module) *Module {
	m := &Module{k: k, org: units, cases: cases, files: files}
	cases.Guard(m.waits)
	cases.AllowReaders(m.reads)
	return m
}

// Manifest implements app.Module.
func (m *Module) Manifest() app.Manifest {
	page := func(path string, p authz.Permission, h web.Handler) web.Route { return web.Page(path, p, staff(h)) }
	form := func(path string, p authz.Permission, h web.Handler) web.Route { return web.Form(path, p, staff(h)) }
	return app.Manifest{
		Name: "opinion", Title: "征求意见",
		Schema:      db.Schema{Name: "opinion", Files: migrations},
		Permissions: []authz.Definition{{Permission: PermGive, Title: "反馈意见"}},
		Routes: append(m.api(),
			page("/w/cases/{no}/opinion", casework.PermAssess, m.showAsk),
			form("/w/cases/{no}/opinion", casework.PermAssess, m.postAsk),
			page("/w/opinions/{id}", PermGive, m.showOpinion),
			form("/w/opinions/{id}", PermGive, m.postGive),
			form("/w/opinions/{id}/recall", casework.PermAssess, m.postRecall),
		),
		Objects: objects(),
		Slots: []slot.Fill{
			{Point: casework.SlotAction, Order: 10, Show: m.offer},
			{Point: casework.SlotSection, Order: 10, Show: m.section},
			{Point: casework.SlotDecide, Order: 10, Show: m.section},
		},
		Invariants: invariants(),
	}
}

// staff keeps the pages to the office.
func staff(h web.Handler) web.Handler {
	return func(w *web.Response, r *web.Request) error {
		if r.Actor.Kind != authz.Staff {
			return problem.Forbidden("这一页供工作人员使用。您的办件请在“我的办件”里查看")
		}
		return h(w, r)
	}
}
