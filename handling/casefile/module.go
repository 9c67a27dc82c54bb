package casefile

import (
	"tongban/base/org"
	"tongban/handling/casework"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/rules/form"
	"tongban/rules/material"
)

// Module is the pages of a case.
type Module struct {
	k     *app.Kernel
	org   *org.Module
	forms *form.Module
	mats  *material.Module
	cases *casework.Module
}

// New makes the module.
func New(k *app.Kernel, units *org.Module, forms *form.Module, mats *material.Module, cases *casework.Module) *Module {
	return &Module{k: k, org: units, forms: forms, mats: mats, cases: cases}
}

// Manifest implements app.Module.
func (m *Module) Manifest() app.Manifest {
	return app.Manifest{Name: "casefile", Title: "案卷", Routes: m.routes(), Objects: objects()}
}

func (m *Module) routes() []web.Route {
	page := func(path string, p authz.Permission, h web.Handler) web.Route { return web.Page(path, p, staff(h)) }
	form := func(path string, p authz.Permission, h web.Handler) web.Route { return web.Form(path, p, staff(h)) }
	return append(m.api(),
		page("/w/cases/{no}", casework.PermRead, m.showCase),
		form("/w/cases/{no}/accept", casework.PermAccept, m.postAccept),
		page("/w/cases/{no}/decline", casework.PermAccept, m.showDecline),
		form("/w/cases/{no}/decline", casework.PermAccept, m.postDecline),
		page("/w/cases/{no}/correct", casework.PermAccept, m.showCorrect),
		form("/w/cases/{no}/correct", casework.PermAccept, m.postCorrect),
		form("/w/cases/{no}/supplement", casework.PermOpen, m.postSupplement),
		form("/w/cases/{no}/lapse", casework.PermAccept, m.postLapse),
		form("/w/cases/{no}/withdraw", casework.PermAccept, m.postWithdraw),
		page("/w/cases/{no}/assess", casework.PermAssess, m.showAssess),
		form("/w/cases/{no}/assess", casework.PermAssess, m.postAssess),
		page("/w/cases/{no}/suspend", casework.PermSuspend, m.showSuspend),
		form("/w/cases/{no}/suspend", casework.PermSuspend, m.postSuspend),
		form("/w/cases/{no}/resume", casework.PermSuspend, m.postResume),
		page("/w/cases/{no}/extend", casework.PermExtend, m.showExtend),
		form("/w/cases/{no}/extend", casework.PermExtend, m.postExtend),
		page("/w/cases/{no}/decide", casework.PermInstant, m.showDecide),
		form("/w/cases/{no}/decide", casework.PermInstant, m.postDecide),
		form("/w/cases/{no}/send-back", casework.PermDecide, m.postSendBack),
		form("/w/cases/{no}/close", casework.PermClose, m.postClose),
		form("/w/cases/{no}/assign", casework.PermRead, m.postAssign),
		form("/w/cases/{no}/mark", casework.PermAssign, m.postMark),
		form("/w/cases/{no}/reveal", casework.PermReveal, m.postReveal),
		form("/papers/{id}/served", casework.PermAccept, m.postServed),
		web.Page("/papers/{id}", authz.Anyone, m.showPaper),
	)
}

// staff keeps the pages of the office to the office: a citizen too holds casework.read, over his own cases.
func staff(h web.Handler) web.Handler {
	return func(w *web.Response, r *web.Request) error {
		if r.Actor.Kind != authz.Staff {
			return problem.Forbidden("这一页供工作人员使用。您的办件请在“我的办件”里查看")
		}
		return h(w, r)
	}
}
