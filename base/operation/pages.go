package operation

import (
	"fmt"
	"net/url"

	"github.com/a-h/templ"

	"tongban/kernel/audit"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

func (m *Module) showAudit(w *web.Response, r *web.Request) error {
	if !r.Actor.May(permAudit, authz.Place{}) {
		return problem.Forbidden("审计日志是全县的，只有范围为全县的审计管理员可以查看")
	}
	const size = 50
	entries, err := audit.Search(r.Ctx, r.View, audit.Filter{Actor: r.Value("actor"), Object: r.Value("object"), Action: r.Value("action"), Before: r.Value("before")}, size+1)
	if err != nil {
		return err
	}
	keep := url.Values{"actor": {r.Value("actor")}, "object": {r.Value("object")}, "action": {r.Value("action")}}
	list := ui.List{Title: "审计日志", Actions: m.reports(), Lead: "每一次办理都在这里，只能增加，不能修改。用 tongban audit verify 可核对整条链。",
		Filters: ui.FilterBar{Action: "/admin/audit", Fields: []templ.Component{
			ui.Field{Name: "actor", Label: "人员", Value: r.Value("actor"), Hint: "姓名"},
			ui.Field{Name: "object", Label: "对象编号", Value: r.Value("object")},
			ui.Field{Name: "action", Label: "操作", Value: r.Value("action"), Hint: "例如 casework"}}},
		Empty: ui.EmptyState{Title: "没有符合条件的记录", Text: "换个条件再查。"}}
	if len(entries) > size {
		entries = entries[:size]
		keep.Set("before", entries[size-1].ID)
		list.Pager.NextURL = "/admin/audit?" + keep.Encode()
	}
	list.Table = ui.Table{Caption: "审计日志", Columns: []ui.Column{{Label: "时间", Code: true}, {Label: "谁"}, {Label: "做了什么", Main: true}, {Label: "对象"}, {Label: "变化"}, {Label: "经由"}},
		Rows: ui.Rows(entries, func(e audit.Entry) ui.Row {
			change := e.To
			if e.From != "" {
				change = e.From + " → " + e.To
			}
			return ui.Row{ID: e.ID, Cells: []templ.Component{ui.Text(e.Local()), ui.Two{Main: e.ActorName, Small: e.ActorUnit}, ui.Text(e.Action), ui.Two{Main: e.ObjectKind, Small: e.ObjectID}, ui.Text(change), ui.Text(e.Via)}}
		})}
	return w.ShowDesk(list)
}

func (m *Module) showHealth(w *web.Response, r *web.Request) error {
	h, err := m.LastCheck(r.Ctx, r.View)
	if err != nil {
		return err
	}
	bad := 0
	table := ui.Table{Caption: "不变量", Columns: []ui.Column{{Label: "编号", Code: true}, {Label: "必须成立", Main: true}, {Label: "查了多少行", Number: true}, {Label: "结果"}}}
	for _, l := range h.Lines {
		var result templ.Component = ui.Tag{Text: "成立", Tone: ui.OK}
		if l.Bad != "" {
			bad++
			result = ui.Group{ui.Tag{Text: "不成立", Tone: ui.Bad}, ui.Text(l.Bad + "。补救：" + l.Remedy)}
		}
		table.Rows = append(table.Rows, ui.Row{ID: l.ID, Cells: []templ.Component{ui.Text(l.ID), ui.Text(l.Title), ui.Text(fmt.Sprint(l.Rows)), result}})
	}
	d := ui.Dashboard{Title: "运行状况", Updated: "每天自动检查一次",
		Actions: []templ.Component{ui.Form(ui.FormSpec{Action: "/admin/health/check", Once: r.Fresh(), Label: "立即检查", Body: ui.Button{Label: "立即检查", Kind: ui.Secondary, Icon: ui.IconRefreshCw}})},
		KPIs: ui.KPIStrip{
			{Label: "不变量", Value: fmt.Sprint(len(h.Lines)), Note: "每天核对"},
			{Label: "不成立", Value: fmt.Sprint(bad), Tone: toneOf(bad)},
			{Label: "标准数据", Value: fmt.Sprintf("第 %d 版", m.k.Library.Current().Number), URL: "/admin/editions"},
			{Label: "数据库", Value: string(m.k.DB.Engine)},
		},
		Tiles: []ui.DashTile{{Title: "最近一次检查", Body: table, Wide: true, Flush: true}}}
	if h.At.IsZero() {
		d.Tiles = []ui.DashTile{{Title: "最近一次检查", Wide: true, Body: ui.EmptyState{Title: "还没有检查过", Text: "点“立即检查”核对全部不变量。"}}}
	} else {
		d.Updated = "检查于 " + h.At.In(web.Beijing).Format("2006-01-02 15:04") + fmt.Sprintf("，用时 %.1f 秒", h.Seconds)
	}
	return w.ShowDesk(d)
}

func toneOf(bad int) ui.Tone {
	if bad > 0 {
		return ui.Bad
	}
	return ui.OK
}

func (m *Module) postCheck(w *web.Response, r *web.Request) error {
	h, err := m.Check(r.Background(), r.Actor)
	if err != nil {
		return err
	}
	if _, err := r.Act("operation.check", func(tx *db.Tx) error { return m.Keep(r.Ctx, tx, h) }); err != nil {
		return err
	}
	r.Flash("检查完成。")
	return w.Go("/admin/health")
}

func (m *Module) showEditions(w *web.Response, r *web.Request) error {
	editions, err := m.k.Library.Editions(r.Ctx, r.View, 100)
	if err != nil {
		return err
	}
	list := ui.List{Title: "标准数据版本", Lead: "事项、材料、规则、文书等都随版本发布。正在办理的办件沿用受理时的版本。",
		Table: ui.Table{Caption: "标准数据版本", Columns: []ui.Column{{Label: "版本", Main: true}, {Label: "发布时间"}, {Label: "发布人"}, {Label: "说明"}}},
		Empty: ui.EmptyState{Title: "还没有发布标准数据", Text: "用 tongban pack export 导出示例，改好后用 tongban pack load 发布。"}}
	for _, e := range editions {
		list.Table.Rows = append(list.Table.Rows, ui.Row{ID: fmt.Sprint(e.Number), URL: fmt.Sprintf("/admin/editions/%d", e.Number), Cells: []templ.Component{ui.Text(fmt.Sprintf("第 %d 版", e.Number)), ui.Text(e.PublishedAt.In(web.Beijing).Format("2006-01-02 15:04")), ui.Text(e.PublishedBy), ui.Text(e.Note)}})
	}
	return w.ShowDesk(list)
}
