package bundle

import (
	"context"
	"strings"

	"github.com/a-h/templ"

	"tongban/handling/casework"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/slot"
	"tongban/kernel/web"
	"tongban/ui"
)

func (m *Module) fills() []slot.Fill {
	return []slot.Fill{{Point: casework.SlotAside, Order: 20, Show: m.sisters}}
}

// sisters shows, beside a case, the other cases of its submission and who waits for whom.
func (m *Module) sisters(ctx context.Context, v *db.View, subject string) (templ.Component, error) {
	p, ok, err := m.OfCase(ctx, v, casework.ID(subject))
	if err != nil || !ok {
		return nil, err
	}
	s, err := m.Find(ctx, v, p.Submission)
	if err != nil {
		return nil, err
	}
	parts, err := m.Parts(ctx, v, s.ID)
	if err != nil {
		return nil, err
	}
	list := ui.TaskList{}
	for _, x := range parts {
		t := ui.Task{Label: x.ItemName, Hint: m.org.Name(x.Unit), Words: partTag(x).Text}
		if v.Actor.May(casework.PermRead, authz.Place{Unit: x.Unit}) {
			t.URL = "/w/cases/" + x.CaseNumber
		}
		switch {
		case x.Case == p.Case:
			t.Label, t.URL, t.State = t.Label+"（本件）", "", ui.TaskBegun
		case x.Ended():
			t.State = ui.TaskDone
		case x.State == Waiting:
			t.State = ui.TaskBlocked
			t.Hint += "，等" + strings.Join(x.waitsFor(parts), "、")
		}
		list.Tasks = append(list.Tasks, t)
	}
	list.Title = "同一件事的其他事项"
	return ui.Group{list, ui.DescriptionList{Facts: []ui.Fact{{Term: "申请编号", Body: ui.Anchor{Label: s.Number, URL: "/w/submissions/" + s.Number}},
		{Term: "牵头单位", Value: m.org.Name(s.Lead)}, {Term: "领取方式", Value: s.Way.Label()}, {Term: "进展", Value: tally(parts).String()}}}}, nil
}

// showSubmission is the office's page of a whole matter: its parts, the order, and what the applicant was told.
func (m *Module) showSubmission(w *web.Response, r *web.Request) error {
	s, err := m.ByNumber(r.Ctx, r.View, r.Value("number"))
	if err != nil {
		return err
	}
	if may, err := m.mayTrack(r.Ctx, r.View, s); err != nil || !may {
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
	d := ui.Detail{Title: s.Title, Number: s.Number, Tags: []ui.Tag{s.tag()}, Facts: []ui.Fact{{Term: "申请人", Value: s.ApplicantName}, {Term: "提交", Value: moment(s.SubmittedAt) + "，" + m.channel(s)},
		{Term: "牵头单位", Value: m.org.Name(s.Lead)}, {Term: "进展", Value: tally(x.parts).String()}, {Term: dueTerm(s), Value: x.dueValue()}, {Term: "领取方式", Value: s.Way.Label()}},
		Actions: []templ.Component{ui.LinkButton{Label: "申请表（PDF）", URL: "/done/" + s.Number + "/form.pdf", Kind: ui.Secondary, NewTab: true}}}
	if s.AgentName != "" {
		d.Facts = append(d.Facts, ui.Fact{Term: "代为提交", Value: s.AgentName})
	}
	if !s.PartialAt.IsZero() {
		d.Facts = append(d.Facts, ui.Fact{Term: "先领已办好的", Value: moment(s.PartialAt) + "申请"})
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
		for _, g := range gaps(x.open) {
			asked = append(asked, g.Name+"：\n"+strings.Join(g.Why, "\n"))
		}
		d.Aside = append(d.Aside, ui.Section{Title: "等申请人补正", Lead: casework.LastDay(deadline(x.open)) + "前", Body: asked})
	}
	return w.ShowDesk(d)
}
