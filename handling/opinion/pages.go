package opinion

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"tongban/handling/casework"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

// offer is the way to ask, beside the other acts on the case's page.
func (m *Module) offer(ctx context.Context, v *db.View, subject string) (templ.Component, error) {
	c, err := m.cases.Find(ctx, v, casework.ID(subject))
	if err != nil || c.State != casework.Accepted || !v.Actor.May(casework.PermAssess, authz.Place{Unit: c.Unit}) {
		return nil, err
	}
	return ui.LinkButton{Label: "征求意见", URL: c.URL() + "/opinion", Kind: ui.Quiet}, nil
}

// section shows on the case's page and beside the decision what was asked and answered.
func (m *Module) section(ctx context.Context, v *db.View, subject string) (templ.Component, error) {
	all, err := m.Of(ctx, v, casework.ID(subject))
	if err != nil || len(all) == 0 {
		return nil, err
	}
	boxes := ui.Group{}
	for _, o := range all {
		box := ui.OpinionBox{Unit: m.org.Name(o.Unit), Person: o.GivenName, When: stamp(o.GivenAt), Text: "问：" + o.Question, Verdict: ui.Tag{Text: o.Conclusion.Label(), Tone: tone(o.Conclusion)}}
		if o.Text != "" {
			box.Text += "\n答：" + o.Text
		}
		if o.Conclusion == NoAnswer {
			box.Text += "\n反馈期限：" + casework.LastDay(o.Due)
			if v.Actor.Holds(PermGive) {
				box.Body = ui.Anchor{Label: "查看、撤回", URL: o.url()}
			}
		}
		boxes = append(boxes, box)
	}
	return ui.Panel(ui.PanelSpec{Title: "征求意见", Body: boxes}), nil
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(web.Beijing).Format("2006-01-02 15:04")
}

func tone(c Conclusion) ui.Tone {
	switch c {
	case Agree:
		return ui.OK
	case Conditions, NoAnswer:
		return ui.Warn
	case Disagree:
		return ui.Bad
	}
	return ui.Neutral
}

func (m *Module) askForm(r *web.Request, c casework.Case, s web.Sent) (ui.FormPage, error) {
	_, item, err := m.cases.Pinned(r.Ctx, r.View, c)
	if err != nil {
		return ui.FormPage{}, err
	}
	var units []ui.Option
	for _, code := range item.Joint {
		units = append(units, ui.Option{Value: code, Label: m.org.Name(code)})
	}
	for _, u := range m.org.Units() {
		if u.Code != c.Unit {
			units = append(units, ui.Option{Value: u.Code, Label: u.Short})
		}
	}
	return s.Onto(ui.FormPage{Title: "征求意见", Back: ui.Link{Label: "返回办件", URL: c.URL()},
		Lead: c.Number + " " + c.ItemName + " · " + c.ApplicantName + "。征求意见不停止计时。对方有自己的反馈期限，到期未反馈可以继续办理。",
		Form: ui.FormSpec{Action: c.URL() + "/opinion", Once: r.Fresh(), Version: c.Version},
		Fields: []templ.Component{
			ui.Select{Name: "unit", Label: "征求哪个单位", Blank: "请选择", Options: units, Value: s.Get("unit"), Error: s.Fault("unit")},
			ui.Field{Kind: ui.Multiline, Name: "question", Label: "征求什么意见", Value: s.Get("question"), Error: s.Fault("question")},
			ui.Field{Kind: ui.Whole, Name: "days", Label: "反馈期限", Unit: "个工作日", Value: cmp.Or(s.Get("days"), "3"), Error: s.Fault("days")},
		},
		Actions: ui.Actions{ui.Button{Label: "发出征求意见", Shortcut: "Alt+Enter"}, ui.LinkButton{Label: "取消", URL: c.URL(), Kind: ui.Quiet}}}), nil
}

func (m *Module) showAsk(w *web.Response, r *web.Request) error {
	c, err := m.files.Asked(r)
	if err != nil {
		return err
	}
	p, err := m.askForm(r, c, web.Sent{})
	if err != nil {
		return err
	}
	return w.ShowDesk(p)
}

func (m *Module) postAsk(w *web.Response, r *web.Request) error {
	posted, err := r.Posted()
	if err != nil {
		return err
	}
	c, err := m.files.Asked(r)
	if err != nil {
		return err
	}
	days, _ := strconv.Atoi(posted.Get("days")) // no number is no term, which the command refuses
	out, err := r.Act("opinion.ask", func(tx *db.Tx) error {
		if err := m.cases.Unchanged(r.Ctx, tx, c.ID, r.Version()); err != nil {
			return err
		}
		o, err := m.Ask(r.Ctx, tx, c.ID, posted.Get("unit"), posted.Get("question"), days)
		tx.Answer("已向" + m.org.Name(o.Unit) + "征求意见，期限 " + casework.LastDay(o.Due) + "。")
		return err
	})
	if kind := problem.KindOf(err); err != nil && (kind == problem.KindInvalid || kind == problem.KindConflict) {
		p, again := m.askForm(r, c, web.Sent{Values: posted, Err: err})
		if again != nil {
			return again
		}
		return w.DeskAgain(p)
	}
	if err == nil {
		r.Flash(out.Reply)
	}
	return w.After(err, c.URL())
}

// asked reads the request of an address, for those who may read its case.
func (m *Module) asked(r *web.Request) (Opinion, casework.Case, error) {
	o, err := m.Find(r.Ctx, r.View, r.PathValue("id"))
	if err != nil {
		return o, casework.Case{}, err
	}
	c, err := m.cases.Find(r.Ctx, r.View, o.Case)
	if err != nil {
		return o, c, err
	}
	if ok, err := m.cases.MayRead(r.Ctx, r.View, c); err != nil || !ok {
		if err == nil {
			err = problem.NotFound("没有这份征求意见")
		}
		return o, c, err
	}
	return o, c, nil
}

// answerForm is how the asked unit answers, beside what the case is about. Who may recall finds that here too.
func (m *Module) answerForm(r *web.Request, o Opinion, c casework.Case, s web.Sent) (ui.FormPage, error) {
	contents, err := m.files.Contents(r, c)
	if err != nil {
		return ui.FormPage{}, err
	}
	p := ui.FormPage{Title: "反馈意见", Back: ui.Link{Label: "返回办件", URL: c.URL()},
		Lead:   c.Number + " " + c.ItemName + " · " + c.ApplicantName + "。" + m.org.Name(c.Unit) + "问：" + o.Question,
		Form:   ui.FormSpec{Action: o.url(), Once: r.Fresh()},
		Fields: []templ.Component{contents}}
	switch {
	case o.Conclusion != NoAnswer:
		p.Notice = ui.Notice{Text: "已答复：" + o.Conclusion.Label() + "。" + o.Text}
		return p, nil
	case r.Actor.May(PermGive, authz.Place{Unit: o.Unit}):
		p.Fields = append(p.Fields,
			ui.Choice{Name: "conclusion", Label: "意见", Inline: true, Error: s.Fault("conclusion"), Selected: s.Values["conclusion"], Options: []ui.Option{
				{Value: string(Agree), Label: Agree.Label()}, {Value: string(Conditions), Label: Conditions.Label()}, {Value: string(Disagree), Label: Disagree.Label()}}},
			ui.Field{Kind: ui.Multiline, Name: "words", Label: "条件或者理由", Optional: true, Value: s.Get("words"), Error: s.Fault("words")})
		p.Actions = ui.Actions{ui.Button{Label: "提交意见", Shortcut: "Alt+Enter"}}
	}
	if r.Actor.May(casework.PermAssess, authz.Place{Unit: c.Unit}) {
		p.Actions = append(p.Actions, ui.Button{Label: "不再需要，撤回", Kind: ui.Quiet, Action: o.url() + "/recall"})
	}
	return s.Onto(p), nil
}

func (m *Module) showOpinion(w *web.Response, r *web.Request) error {
	o, c, err := m.asked(r)
	if err != nil {
		return err
	}
	p, err := m.answerForm(r, o, c, web.Sent{})
	if err != nil {
		return err
	}
	return w.ShowDesk(p)
}

func (m *Module) postGive(w *web.Response, r *web.Request) error {
	posted, err := r.Posted()
	if err != nil {
		return err
	}
	o, c, err := m.asked(r)
	if err != nil {
		return err
	}
	_, err = r.Act("opinion.give", func(tx *db.Tx) error {
		return m.Give(r.Ctx, tx, o.ID, Conclusion(posted.Get("conclusion")), posted.Get("words"))
	})
	if len(problem.FieldsOf(err)) > 0 {
		p, again := m.answerForm(r, o, c, web.Sent{Values: posted, Err: err})
		if again != nil {
			return again
		}
		return w.DeskAgain(p)
	}
	if err == nil {
		r.Flash("意见已反馈给" + m.org.Name(c.Unit) + "。")
	}
	return w.After(err, "/w")
}

func (m *Module) postRecall(w *web.Response, r *web.Request) error {
	o, c, err := m.asked(r)
	if err != nil {
		return err
	}
	_, err = r.Act("opinion.recall", func(tx *db.Tx) error { return m.Recall(r.Ctx, tx, o.ID, "") })
	return w.After(err, c.URL())
}
