package casefile

import (
	"time"

	"fmt"
	"slices"

	"github.com/a-h/templ"

	"tongban/handling/casework"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/rules/form"
	"tongban/ui"
)

// aside is who answers, why the dates are what they are, and handing the case to a person.
func (m *Module) aside(r *web.Request, f *file, d casework.Duty) ([]ui.Section, error) {
	var since time.Time
	if n := len(f.deeds); n > 0 {
		since = f.deeds[n-1].At
	}
	out := []ui.Section{{Body: ui.ResponsibleCard{Unit: d.UnitName, Person: d.Person, Phone: d.Phone, Since: stamp(since), Due: casework.LastDay(d.By), Next: d.Next}}}
	for _, c := range f.clocks {
		steps, err := c.Ledger.Explain(m.k.Clocks.Calendar())
		if err != nil {
			continue // the calendar does not reach that far yet; the date shown is provisional
		}
		t := ui.Timeline{}
		for _, s := range steps {
			t.Events = append(t.Events, ui.Event{Title: s.Day.Chinese(), Text: s.Text})
		}
		out = append(out, ui.Section{Body: ui.Disclosure(ui.DisclosureSpec{Summary: c.Title + "：为什么是这个日期", Body: t, Open: c.Name == f.RunningClock()})})
	}
	hand, err := m.handing(r, f)
	if err != nil {
		return nil, err
	}
	if hand != nil {
		out = append(out, ui.Section{Title: "经办人", Body: hand})
	}
	more, err := m.slot(r, casework.SlotAside, f.ID)
	for _, x := range more {
		out = append(out, ui.Section{Body: x})
	}
	if rest := m.seldom(r, f); len(rest) > 0 {
		out = append(out, ui.Section{Title: "其他操作", Body: rest})
	}
	return out, err
}

// handing is the form that gives the step to a person.
func (m *Module) handing(r *web.Request, f *file) (templ.Component, error) {
	if f.Stage == casework.StageDone || f.Stage == casework.StageHold {
		return nil, nil
	}
	spec := ui.FormSpec{Action: f.URL() + "/assign", Once: r.Fresh(), Version: f.Version, Label: "经办人", Hidden: keepIn(r)}
	switch {
	case r.Actor.May(casework.PermAssign, f.Place()):
		able, err := m.cases.Able(r.Ctx, r.View, f.Case)
		if err != nil {
			return nil, err
		}
		var options []ui.Option
		for _, a := range able {
			options = append(options, ui.Option{Value: a.ID, Label: a.Name})
		}
		spec.Body = ui.Group{ui.Select{Name: "account", Label: "指派给", Blank: "不指定，大家都可以办", Options: options, Value: f.Holder}, ui.Button{Label: "指派", Kind: ui.Secondary}}
	case f.Holder == "" && r.Actor.May(f.Right(), f.Place()):
		spec.Body = ui.Button{Label: "我来办", Kind: ui.Secondary, Name: "account", Value: r.Actor.ID}
	case f.Holder == r.Actor.ID:
		spec.Body = ui.Button{Label: "放回待办", Kind: ui.Quiet, Name: "account", Value: ""}
	default:
		return nil, nil
	}
	return ui.Form(spec), nil
}

// seldom are the acts a clerk needs now and then, folded away.
func (m *Module) seldom(r *web.Request, f *file) ui.Group {
	var out ui.Group
	fold := func(label, path string, fields ...templ.Component) {
		out = append(out, ui.Disclosure(ui.DisclosureSpec{Summary: label, Body: ui.Form(ui.FormSpec{Action: f.URL() + path, Once: r.Fresh(), Version: f.Version,
			Label: label, Hidden: keepIn(r), Body: append(ui.Group(fields), ui.Button{Label: label, Kind: ui.Secondary})})}))
	}
	may := func(p authz.Permission) bool { return r.Actor.May(p, f.Place()) }
	if f.State == casework.Correcting && may(casework.PermAccept) && !f.Due.IsZero() && !r.Now.Before(f.Due) {
		fold("确认逾期未补正", "/lapse", ui.Field{Kind: ui.Multiline, Name: "note", ID: "lapse-note", Label: "怎样联系过申请人"})
	}
	if casework.Moves().Can(f.State, casework.ActWithdraw) && may(casework.PermAccept) {
		fold("登记申请人撤回", "/withdraw", ui.Field{Name: "reason", ID: "withdraw-reason", Label: "撤回的原因"})
	}
	if !casework.Ended(f.State) && may(casework.PermAssign) {
		var on []string
		for name, flag := range map[string]bool{"urgent": f.Flags.Urgent, "green": f.Flags.Green, "contested": f.Flags.Contested} {
			if flag {
				on = append(on, name)
			}
		}
		fold("修改标记", "/mark", ui.Choice{Name: "flag", Label: "标记", Many: true, Optional: true, Selected: on, Options: []ui.Option{
			{Value: "urgent", Label: "加急"}, {Value: "green", Label: "绿色通道"}, {Value: "contested", Label: "申请人有异议"}}},
			ui.Field{Name: "note", ID: "mark-note", Label: "说明", Optional: true})
	}
	return out
}

// revealing asks for the purpose before personal values are shown in full; the reading is recorded.
func (m *Module) revealing(r *web.Request, f *file) []templ.Component {
	personal := slices.ContainsFunc(f.values, func(v form.Value) bool {
		e, _ := pack.Find[form.Element](f.ed, form.KindElement, v.Element)
		return e.Personal && v.Text != ""
	})
	if !personal || !r.Actor.May(casework.PermReveal, f.Place()) {
		return nil
	}
	return []templ.Component{ui.Disclosure(ui.DisclosureSpec{Summary: "查看完整的个人信息", Body: ui.Form(ui.FormSpec{Action: f.URL() + "/reveal", Once: r.Fresh(), Label: "查看完整的个人信息",
		Body: ui.Group{ui.Field{Name: "purpose", Label: "查看的目的", Hint: "会记入审计日志，例如：核对身份证件号码", MaxLength: 60}, ui.Button{Label: "查看", Kind: ui.Secondary}}})})}
}

// postReveal shows personal values in full, after the reading is on record with its purpose (I16).
func (m *Module) postReveal(w *web.Response, r *web.Request) error {
	c, err := m.Asked(r)
	if err != nil {
		return err
	}
	f, err := m.file(r, c)
	if err != nil {
		return err
	}
	posted, err := r.Posted()
	if err != nil {
		return err
	}
	purpose := posted.Get("purpose")
	if len([]rune(purpose)) < 2 {
		return problem.Invalid("请写明查看完整个人信息的目的，会记入审计日志").On("purpose", "请写明目的")
	}
	var read []string
	for _, v := range f.values {
		read = append(read, v.Element)
	}
	if _, err := r.Act("casework.reveal", func(tx *db.Tx) error {
		if err := tx.Require(casework.PermReveal, c.Place()); err != nil {
			return err
		}
		return tx.Read(db.Reading{Party: c.Applicant, Kind: "case", ID: string(c.ID), What: fmt.Sprintf("申请表全文（%d 项）", len(read)), Purpose: purpose, About: c.Number + " " + c.ItemName})
	}); err != nil {
		return err
	}
	return w.ShowDesk(ui.Article{Title: "完整的申请内容", Lead: c.Number + " " + c.ItemName, Meta: []string{"查看人：" + r.Actor.Name, "目的：" + purpose, stamp(r.Now)},
		Body:    ui.DescriptionList{Facts: shownValues(f.ed, f.values, form.ShownInFull)},
		Actions: []templ.Component{ui.LinkButton{Label: "返回办件", URL: c.URL(), Kind: ui.Secondary}}, Source: fmt.Sprintf("本次查看已记入审计日志，共 %d 项。", len(read))})
}
