package casework

import (
	"tongban/base/account"
	"tongban/kernel/authz"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

func (m *Module) routes() []web.Route {
	page := func(path string, p authz.Permission, h web.Handler) web.Route { return web.Page(path, p, staff(h)) }
	form := func(path string, p authz.Permission, h web.Handler) web.Route { return web.Form(path, p, staff(h)) }
	return []web.Route{
		page("/w/cases/{no}", PermRead, m.showCase),
		form("/w/cases/{no}/accept", PermAccept, m.postAccept),
		page("/w/cases/{no}/decline", PermAccept, m.showDecline),
		form("/w/cases/{no}/decline", PermAccept, m.postDecline),
		page("/w/cases/{no}/correct", PermAccept, m.showCorrect),
		form("/w/cases/{no}/correct", PermAccept, m.postCorrect),
		form("/w/cases/{no}/supplement", PermOpen, m.postSupplement),
		form("/w/cases/{no}/lapse", PermAccept, m.postLapse),
		form("/w/cases/{no}/withdraw", PermAccept, m.postWithdraw),
		page("/w/cases/{no}/assess", PermAssess, m.showAssess),
		form("/w/cases/{no}/assess", PermAssess, m.postAssess),
		page("/w/cases/{no}/suspend", PermSuspend, m.showSuspend),
		form("/w/cases/{no}/suspend", PermSuspend, m.postSuspend),
		form("/w/cases/{no}/resume", PermSuspend, m.postResume),
		page("/w/cases/{no}/extend", PermExtend, m.showExtend),
		form("/w/cases/{no}/extend", PermExtend, m.postExtend),
		page("/w/cases/{no}/decide", PermInstant, m.showDecide),
		form("/w/cases/{no}/decide", PermInstant, m.postDecide),
		form("/w/cases/{no}/send-back", PermDecide, m.postSendBack),
		form("/w/cases/{no}/close", PermClose, m.postClose),
		form("/w/cases/{no}/assign", PermRead, m.postAssign),
		form("/w/cases/{no}/mark", PermAssign, m.postMark),
		form("/w/cases/{no}/reveal", PermReveal, m.postReveal),
		form("/papers/{id}/served", PermAccept, m.postServed),
		web.Page("/papers/{id}", authz.Anyone, m.showPaper),
		page("/admin/flows", account.PermOperate, m.showFlows),
	}
}

func (m *Module) nav() []web.NavEntry {
	return []web.NavEntry{{Desk: web.Admin, Group: "管理", Order: 960, Label: "办件流转表", Icon: ui.IconRoute, URL: "/admin/flows", Permission: account.PermOperate}}
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

// showFlows draws the table by which cases move.
func (m *Module) showFlows(w *web.Response, r *web.Request) error {
	t := ui.Table{Caption: "办件流转表", Columns: []ui.Column{{Label: "现状态"}, {Label: "操作", Main: true}, {Label: "新状态"}, {Label: "条件"}, {Label: "由谁"}, {Label: "依据"}}}
	var steps []string
	for _, x := range moves.Moves {
		t.Rows = append(t.Rows, ui.Row{Cells: ui.Cells(moves.Label(x.From), x.Label, moves.Label(x.To), x.Guard, x.By, x.Basis)})
		steps = append(steps, moves.Label(x.From)+"，"+x.Label+"，到"+moves.Label(x.To))
	}
	return w.ShowDesk(ui.Article{Title: "办件流转表", Lead: "办件只按这张表变更状态，任何途径都一样。", Sections: []ui.Section{
		{Title: "流转图", Body: ui.FlowPicture{Title: "办件流转图", SVG: moves.SVG(), Steps: steps}}, {Title: "流转表", Flush: true, Body: t}}})
}
