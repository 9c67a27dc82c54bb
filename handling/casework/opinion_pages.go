package casework

import (
	"github.com/a-h/templ"

	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

// opinionForm is how the asked unit answers, beside what the case is about.
func (m *Module) opinionForm(r *web.Request, f *file, o Opinion, s sent) ui.FormPage {
	p := f.page(r, "反馈意见", m.org.Name(f.Unit)+"问："+o.Question, "", "提交意见")
	p.Form.Action, p.Form.Version = "/w/opinions/"+o.ID, 0
	p.Fields = []templ.Component{m.sideBySide(f)}
	if o.Conclusion != NoAnswer {
		p.Notice = ui.Notice{Text: "已答复：" + ConclusionLabel(o.Conclusion) + "。" + o.Text}
		p.Actions = nil
		return p
	}
	p.Fields = append(p.Fields,
		ui.Choice{Name: "conclusion", Label: "意见", Inline: true, Error: s.fault("conclusion"), Selected: s.Values["conclusion"], Options: []ui.Option{
			{Value: string(Agree), Label: "同意"}, {Value: string(Conditions), Label: "有条件同意"}, {Value: string(Disagree), Label: "不同意"}}},
		ui.Field{Kind: ui.Multiline, Name: "words", Label: "条件或者理由", Optional: true, Value: s.Get("words"), Error: s.fault("words")})
	return s.onto(p)
}

// opinionAsked reads the request of an address, for people of the unit that was asked.
func (m *Module) opinionAsked(r *web.Request) (Opinion, *file, error) {
	o, err := m.Opinion(r.Ctx, r.View, r.PathValue("id"))
	if err != nil {
		return o, nil, err
	}
	c, err := m.Find(r.Ctx, r.View, o.Case)
	if err != nil {
		return o, nil, err
	}
	if ok, err := m.MayRead(r.Ctx, r.View, c); err != nil || !ok {
		if err == nil {
			err = problem.NotFound("没有这份征求意见")
		}
		return o, nil, err
	}
	f, err := m.file(r, c)
	return o, f, err
}

func (m *Module) showOpinion(w *web.Response, r *web.Request) error {
	o, f, err := m.opinionAsked(r)
	if err != nil {
		return err
	}
	return w.ShowDesk(m.opinionForm(r, f, o, sent{}))
}

func (m *Module) postOpinion(w *web.Response, r *web.Request) error {
	posted, err := r.Posted()
	if err != nil {
		return err
	}
	o, f, err := m.opinionAsked(r)
	if err != nil {
		return err
	}
	_, err = r.Act("casework.opine", func(tx *db.Tx) error {
		return m.GiveOpinion(r.Ctx, tx, o.ID, Conclusion(posted.Get("conclusion")), posted.Get("words"))
	})
	if len(problem.FieldsOf(err)) > 0 {
		return w.DeskAgain(m.opinionForm(r, f, o, sent{posted, err}))
	}
	if err == nil {
		r.Flash("意见已反馈给" + m.org.Name(f.Unit) + "。")
	}
	return w.After(err, "/w")
}

func (m *Module) postRecall(w *web.Response, r *web.Request) error {
	o, f, err := m.opinionAsked(r)
	if err != nil {
		return err
	}
	_, err = r.Act("casework.recall", func(tx *db.Tx) error { return m.RecallOpinion(r.Ctx, tx, o.ID, "") })
	return w.After(err, f.URL()+"#opinions")
}
