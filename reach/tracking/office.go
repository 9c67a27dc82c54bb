package tracking

import (
	"strings"

	"github.com/a-h/templ"

	"tongban/handling/bundle"
	"tongban/handling/casework"
	"tongban/kernel/authz"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

// showSubmission is the office's page of a whole matter: its parts, the order, and what the applicant was told.
func (m *Module) showSubmission(w *web.Response, r *web.Request) error {
	s, err := m.bundles.ByNumber(r.Ctx, r.View, r.Value("number"))
	if err != nil {
		return err
	}
	if may, err := m.bundles.MayRead(r.Ctx, r.View, s); err != nil || !may || r.Actor.Kind != authz.Staff { // the applicant has /t
		if err == nil {
			err = problem.NotFound("没有这个编号的申请，请核对编号")
		}
		return err
	}
	x, err := m.see(r, s)
	if err != nil {
		return err
	}
	line, err := m.timeline(r, x)
	if err != nil {
		return err
	}
	d := ui.Detail{Title: s.Title, Number: s.Number, Back: ui.Link{Label: "返回办件清单", URL: "/w/cases"}, Tags: []ui.Tag{s.Tag()}, Facts: []ui.Fact{{Term: "申请人", Value: s.ApplicantName}, {Term: "提交", Value: web.Stamp(s.SubmittedAt) + "，" + m.channel(s)},
		{Term: "牵头单位", Value: m.org.Name(s.Lead)}, {Term: "进展", Value: bundle.TallyOf(x.parts).String()}, {Term: dueTerm(s), Value: x.dueValue()}, {Term: "领取方式", Value: s.Way.Label()}},
		Actions: []templ.Component{ui.LinkButton{Label: "申请表（PDF）", URL: "/done/" + s.Number + "/form.pdf", Kind: ui.Secondary, NewTab: true}}}
	if s.AgentName != "" {
		d.Facts = append(d.Facts, ui.Fact{Term: "代为提交", Value: s.AgentName})
	}
	if !s.PartialAt.IsZero() {
		d.Facts = append(d.Facts, ui.Fact{Term: "先领已办好的", Value: web.Stamp(s.PartialAt) + "申请"})
	}
	parts := m.partsView(x)
	for n, p := range x.parts {
		if r.Actor.May(casework.PermRead, authz.Place{Unit: p.Unit}) {
			parts.Rows[n].URL = "/w/cases/" + p.CaseNumber
		}
	}
	d.Sections = []ui.Section{{Title: "事项", Flush: true, Body: parts}, {Title: "办理经过", Body: line}}
	if len(x.parts) > 1 {
		d.Aside = []ui.Section{{Title: "办理顺序", Body: x.picture(m)}}
	}
	if len(x.open) > 0 {
		var asked ui.Prose
		for _, g := range x.open.Gaps() {
			asked = append(asked, g.Name+"：\n"+strings.Join(g.Why, "\n"))
		}
		d.Aside = append(d.Aside, ui.Section{Title: "等申请人补正", Lead: casework.LastDay(x.open.Until()) + "前", Body: asked})
	}
	return w.ShowDesk(d)
}
