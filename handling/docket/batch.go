package docket

import (
	"fmt"

	"github.com/a-h/templ"

	"tongban/handling/casework"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

// mostAtOnce is how many cases one batch act takes.
const mostAtOnce = 100

// batchBar are the acts on picked rows that suit the tab.
func batchBar(r *web.Request, f casework.Filter) ui.BatchBar {
	b := ui.BatchBar{Once: r.Fresh()}
	if f.Stage == casework.StageReceive && r.Actor.Holds(casework.PermAccept) {
		b.Buttons = append(b.Buttons, ui.Button{Label: "受理所选", Name: "do", Value: "accept"})
	}
	if f.Stage != casework.StageDone && f.Stage != casework.StageHold {
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
	act, ok := m.batchActs(r)[do]
	if !ok {
		return problem.Invalid("请选择要做什么")
	}
	list := ui.List{Title: act.label + "：结果", Table: ui.Table{Caption: "每件的结果", Columns: []ui.Column{{Label: "办件编号", Code: true}, {Label: "事项", Main: true}, {Label: "结果"}, {Label: "说明"}}}}
	done := 0
	for _, no := range picked {
		row, ok := m.batchRow(r, no, once, act)
		if ok {
			done++
		}
		list.Table.Rows = append(list.Table.Rows, row)
	}
	list.Lead = fmt.Sprintf("共 %d 件，办成 %d 件，没有办成 %d 件", len(picked), done, len(picked)-done)
	list.Actions = []templ.Component{ui.LinkButton{Label: "返回清单", URL: "/w/cases", Kind: ui.Secondary}}
	return w.ShowDesk(list)
}

// batchAct is what a button of the bar does with each picked case; its name is that of the command in the audit log.
type batchAct struct {
	name, label string
	do          func(tx *db.Tx, c casework.Case) error
}

func (m *Module) batchActs(r *web.Request) map[string]batchAct {
	assign := func(to string) func(*db.Tx, casework.Case) error {
		return func(tx *db.Tx, c casework.Case) error { return m.cases.Assign(r.Ctx, tx, c.ID, to) }
	}
	return map[string]batchAct{
		"accept": {"casework.accept", "批量受理", func(tx *db.Tx, c casework.Case) error { _, err := m.cases.Accept(r.Ctx, tx, c.ID); return err }},
		"take":   {"casework.assign", "批量认领", assign(r.Actor.ID)},
		"drop":   {"casework.assign", "批量放回", assign("")},
	}
}

// batchRow acts on one case. Its key is the form's together with the case's number, so that a batch sent twice is done once.
func (m *Module) batchRow(r *web.Request, no, once string, act batchAct) (row ui.Row, ok bool) {
	c, err := m.cases.ByNumber(r.Ctx, r.View, no)
	if err == nil {
		var may bool
		if may, err = m.cases.MayRead(r.Ctx, r.View, c); err == nil && !may {
			c, err = casework.Case{Number: no}, problem.NotFound("没有这个办件")
		}
	}
	if err == nil {
		err = r.Still()
	}
	if err == nil {
		_, err = m.k.DB.Run(r.Ctx, db.Act{Actor: r.Actor, Name: act.name, Now: r.Now, Key: "form:" + r.Actor.ID + ":" + once + ":" + no}, func(tx *db.Tx) error { return act.do(tx, c) })
	}
	tag, words := ui.Tag{Text: "已办", Tone: ui.OK}, ""
	if err != nil {
		tag, words = ui.Tag{Text: "没有办成", Tone: ui.Bad}, problem.MessageFor(err)
	}
	row = ui.Row{ID: no, Cells: []templ.Component{ui.Text(no), ui.Text(c.ItemName), tag, ui.Text(words)}}
	if c.ID != "" {
		row.URL = c.URL()
	}
	return row, err == nil
}
