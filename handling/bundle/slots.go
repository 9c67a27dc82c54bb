package bundle

import (
	"context"
	"strings"

	"github.com/a-h/templ"

	"tongban/handling/casework"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/slot"
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
		t := ui.Task{Label: x.ItemName, Hint: m.org.Name(x.Unit), Words: x.Tag().Text}
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
			t.Hint += "，等" + strings.Join(x.WaitsFor(parts), "、")
		}
		list.Tasks = append(list.Tasks, t)
	}
	list.Title = "同一件事的其他事项"
	return ui.Group{list, ui.DescriptionList{Facts: []ui.Fact{{Term: "申请编号", Body: ui.Anchor{Label: s.Number, URL: "/w/submissions/" + s.Number}},
		{Term: "牵头单位", Value: m.org.Name(s.Lead)}, {Term: "领取方式", Value: s.Way.Label()}, {Term: "进展", Value: TallyOf(parts).String()}}}}, nil
}

// Tag is the state of a part as a pill.
func (p Part) Tag() ui.Tag {
	t := ui.Tag{Text: PartLabel(p.State)}
	switch p.State {
	case Granted:
		t.Tone = ui.OK
	case Refused, NotTaken, Lapsed:
		t.Tone = ui.Bad
	case Handling:
		t.Tone = ui.Info
	case Waiting:
		if p.Blocked != "" {
			t = ui.Tag{Text: "等您选择", Tone: ui.Warn}
		}
	}
	return t
}

// Tag is the state of a submission as a pill.
func (s Submission) Tag() ui.Tag {
	t := ui.Tag{Text: s.State.Label(), Tone: ui.Info}
	if s.State != Running {
		t.Tone = ui.OK
	}
	return t
}
