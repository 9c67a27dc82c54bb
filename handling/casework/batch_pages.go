package casework

import (
	"context"
	"fmt"

	"github.com/a-h/templ"

	"tongban/handling/casework/internal/store"
	"tongban/kernel/db"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/rules/form"
	"tongban/rules/material"
	"tongban/ui"
)

// mostAtOnce is how many cases one batch act takes.
const mostAtOnce = 100

func materialName(ed *pack.Edition, code string) string {
	t, _ := pack.Find[material.Type](ed, material.KindType, code)
	return orElse(t.Name, code)
}

func elementName(ed *pack.Edition, code string) string {
	e, _ := pack.Find[form.Element](ed, form.KindElement, code)
	return orElse(e.Label, code)
}

func (m *Module) itemName(code string) string {
	i, ok := pack.Find[struct {
		Name string `json:"name"`
	}](m.k.Library.Current(), "item", code)
	if !ok {
		return code
	}
	return i.Name
}

// SavedFilter is a filter of the case list that a person keeps under a name.
type SavedFilter struct{ ID, Name, Query string }

// SavedFilters are the viewer's own.
func (m *Module) SavedFilters(ctx context.Context, v *db.View) ([]SavedFilter, error) {
	rows, err := store.New(v).Filters(ctx, v.Actor.ID)
	if err != nil {
		return nil, fmt.Errorf("casework: filters: %w", err)
	}
	var out []SavedFilter
	for _, r := range rows {
		out = append(out, SavedFilter{r.ID, r.Name, r.Query})
	}
	return out, nil
}

// batchBar are the acts on picked rows that suit the tab.
func (m *Module) batchBar(r *web.Request, f Filter) ui.BatchBar {
	b := ui.BatchBar{Once: r.Fresh()}
	if f.Stage == StageReceive && r.Actor.Holds(PermAccept) {
		b.Buttons = append(b.Buttons, ui.Button{Label: "受理所选", Name: "do", Value: "accept"})
	}
	if f.Stage != StageDone && f.Stage != StageHold {
		b.Buttons = append(b.Buttons, ui.Button{Label: "我来办", Name: "do", Value: "take"}, ui.Button{Label: "放回待办", Name: "do", Value: "drop"})
	}
	if len(b.Buttons) > 0 {
		b.Action = "/w/cases/batch"
	}
	return b
}

// postBatch does one act on each picked case, each in a command of its own, and shows the result of every row.
func (m *Module) postBatch(w *web.Response, r *web.Request) error {
	posted, err := r.Posted()
	if err != nil {
		return err
	}
	picked, do, once := posted["case"], posted.Get("do"), posted.Get("_once")
	switch {
	case len(picked) == 0:
		return problem.Invalid("请先勾选要办理的办件")
	case len(picked) > mostAtOnce:
		return problem.Invalid("一次最多办理 %d 件，请分几次办理", mostAtOnce)
	case once == "" || len(once) > 100:
		return problem.Invalid("这份表单不完整（缺少提交编号），请返回上一页刷新后再提交")
	}
	act, label := m.batchAct(r, do)
	if act == nil {
		return problem.Invalid("请选择要做什么")
	}
	list := ui.List{Title: label + "：结果", Table: ui.Table{Caption: "每件的结果", Columns: []ui.Column{{Label: "办件编号", Code: true}, {Label: "事项", Main: true}, {Label: "结果"}, {Label: "说明"}}}}
	done := 0
	for _, no := range picked {
		row, ok := m.batchRow(r, no, do, once, act)
		if ok {
			done++
		}
		list.Table.Rows = append(list.Table.Rows, row)
	}
	list.Lead = fmt.Sprintf("共 %d 件，办成 %d 件，没有办成 %d 件", len(picked), done, len(picked)-done)
	list.Actions = []templ.Component{ui.LinkButton{Label: "返回清单", URL: "/w/cases", Kind: ui.Secondary}}
	return w.ShowDesk(list)
}

type batchAct func(tx *db.Tx, c Case) error

func (m *Module) batchAct(r *web.Request, do string) (batchAct, string) {
	switch do {
	case "accept":
		return func(tx *db.Tx, c Case) error { _, err := m.Accept(r.Ctx, tx, c.ID); return err }, "批量受理"
	case "take":
		return func(tx *db.Tx, c Case) error { return m.Assign(r.Ctx, tx, c.ID, r.Actor.ID) }, "批量认领"
	case "drop":
		return func(tx *db.Tx, c Case) error { return m.Assign(r.Ctx, tx, c.ID, "") }, "批量放回"
	}
	return nil, ""
}

// batchRow acts on one case. Its key is the form's together with the case's number, so that a batch sent twice is done once.
func (m *Module) batchRow(r *web.Request, no, do, once string, act batchAct) (row ui.Row, ok bool) {
	c, err := m.ByNumber(r.Ctx, r.View, no)
	if err == nil {
		var may bool
		if may, err = m.MayRead(r.Ctx, r.View, c); err == nil && !may {
			c, err = Case{Number: no}, problem.NotFound("没有这个办件")
		}
	}
	if err == nil {
		_, err = m.k.DB.Run(r.Ctx, db.Act{Actor: r.Actor, Name: "casework." + do, Now: r.Now, Key: "form:" + r.Actor.ID + ":" + once + ":" + no}, func(tx *db.Tx) error { return act(tx, c) })
	}
	tag, words := ui.Tag{Text: "已办", Tone: ui.OK}, ""
	if err != nil {
		tag, words = ui.Tag{Text: "没有办成", Tone: ui.Bad}, problem.MessageFor(err)
	}
	row = ui.Row{ID: no, Cells: []templ.Component{ui.Text(no), ui.Text(c.ItemName), tag, ui.Text(words)}}
	if c.ID != "" {
		row.URL = c.url()
	}
	return row, err == nil
}

// postFilter keeps or forgets a filter of the list.
func (m *Module) postFilter(w *web.Response, r *web.Request) error {
	f, err := web.ReadForm[struct {
		Name  string `form:"name"`
		Query string `form:"query"`
		Drop  string `form:"drop"`
	}](r)
	if err != nil {
		return err
	}
	_, err = r.Act("casework.filter", func(tx *db.Tx) error {
		if f.Drop != "" {
			return m.DropFilter(r.Ctx, tx, f.Drop)
		}
		return m.SaveFilter(r.Ctx, tx, f.Name, f.Query)
	})
	return w.After(err, "/w/cases?"+f.Query)
}

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
	return w.After(err, f.url()+"#opinions")
}
