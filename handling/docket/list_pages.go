package docket

import (
	"cmp"
	"net/url"
	"time"

	"github.com/a-h/templ"

	"tongban/handling/casefile"
	"tongban/handling/casework"
	"tongban/kernel/authz"
	"tongban/kernel/pack"
	"tongban/kernel/web"
	"tongban/rules/catalogue"
	"tongban/ui"
)

// stages are the tabs of the list, in the order of the work.
var stages = []casework.Stage{casework.StageReceive, casework.StageCorrect, casework.StageAssess, casework.StageDecide, casework.StageSuspend,
	casework.StageDeliver, casework.StageHold, casework.StageDone}

var dueLabels = []ui.Option{{Value: "late", Label: "已超期"}, {Value: "today", Label: "今天到期"}, {Value: "soon", Label: "三个工作日内到期"}}

// showList is the list of cases (W88): tabs with counts, filters in the address, batch acts.
func (m *Module) showList(w *web.Response, r *web.Request) error {
	f := casework.FilterOf(r.URL.Query())
	page, err := m.cases.List(r.Ctx, r.View, f)
	if err != nil {
		return err
	}
	saved, err := m.SavedFilters(r.Ctx, r.View)
	if err != nil {
		return err
	}
	list := ui.List{Title: "办件", Table: m.table(page.Cases, f, r.Now), Filters: m.filterBar(r, f, saved), Batch: batchBar(r, f),
		Empty: ui.EmptyState{Icon: ui.IconInbox, Title: "没有符合条件的办件", Text: "换一个状态，或者减少筛选条件。"},
		Pager: ui.Pager{PrevURL: place(f, "before", page.Prev), NextURL: place(f, "after", page.Next), Into: "list"}}
	if list.Batch.Action != "" {
		list.Table.Check = "case"
	}
	if r.Actor.Holds(PermExport) {
		list.Actions = append(list.Actions, ui.LinkButton{Label: "导出表格", URL: "/w/cases/export?" + f.Values().Encode(), Icon: ui.IconDownload, Kind: ui.Secondary, Download: true})
	}
	list.Actions = append(list.Actions, keeping(r, f, saved)...)
	list.Tabs, err = m.tabs(r, f)
	if err != nil {
		return err
	}
	return w.ShowDesk(list)
}

// tabs are the stages with the number of cases in each.
func (m *Module) tabs(r *web.Request, f casework.Filter) (ui.Tabs, error) {
	counts, err := m.cases.Counts(r.Ctx, r.View, f)
	if err != nil {
		return ui.Tabs{}, err
	}
	total := 0
	for _, n := range counts {
		total += n
	}
	out := ui.Tabs{Into: "list", Tabs: []ui.Tab{{Label: "在办", URL: address(f, func(g *casework.Filter) { g.Stage = "" }), Count: total, Current: f.Stage == ""}}}
	for _, s := range stages {
		out.Tabs = append(out.Tabs, ui.Tab{Label: casework.StageLabel(s), URL: address(f, func(g *casework.Filter) { g.Stage = s }), Count: counts[s], Current: f.Stage == s})
	}
	return out, nil
}

// address is the list under a changed filter.
func address(f casework.Filter, change func(*casework.Filter)) string {
	change(&f)
	return "/w/cases?" + f.Values().Encode()
}

// place is the list from a cursor on; nothing at the ends.
func place(f casework.Filter, name, cursor string) string {
	if cursor == "" {
		return ""
	}
	q := f.Values()
	q.Set(name, cursor)
	return "/w/cases?" + q.Encode()
}

// table is the rows of a list; each leads into the case with the list's filter, so that next and previous stay inside it.
func (m *Module) table(cases []casework.Case, f casework.Filter, now time.Time) ui.Table {
	in := url.QueryEscape(f.Values().Encode())
	return ui.Table{Caption: "办件清单", Into: "list",
		Columns: []ui.Column{{Label: "办件编号", Code: true}, {Label: "事项", Main: true}, {Label: "申请人"}, {Label: "状态"}, {Label: "时限"}, {Label: "承办单位", Wide: true}},
		Rows: ui.Rows(cases, func(c casework.Case) ui.Row {
			tags := ui.Group{}
			for _, t := range casefile.Tags(c) {
				tags = append(tags, t)
			}
			return ui.Row{ID: c.Number, Label: c.Number + " " + c.ItemName, URL: c.URL() + "?in=" + in, Tone: casefile.Tone(c.Due, now), Cells: []templ.Component{
				ui.Text(c.Number), ui.Two{Main: c.ItemName, Small: c.GroupTitle}, ui.Text(c.ApplicantName), tags, m.files.Badge(c, now), ui.Text(m.org.Name(c.Unit))}}
		})}
}

// filterBar is how the list is narrowed: the fields, a chip for each condition that holds, and the filters the person keeps.
func (m *Module) filterBar(r *web.Request, f casework.Filter, saved []SavedFilter) ui.FilterBar {
	var items, units, channels, flags []ui.Option
	for _, i := range pack.All[catalogue.Item](m.k.Library.Current(), "item") {
		if r.Actor.May(casework.PermRead, authz.Place{Unit: i.Unit}) {
			items = append(items, ui.Option{Value: i.Code, Label: i.Name})
		}
	}
	for _, u := range m.org.Units() {
		if r.Actor.May(casework.PermRead, authz.Place{Unit: u.Code}) {
			units = append(units, ui.Option{Value: u.Code, Label: u.Short})
		}
	}
	for _, c := range casework.Channels() {
		channels = append(channels, ui.Option{Value: string(c), Label: c.Label()})
	}
	for _, name := range casework.FlagNames() {
		flags = append(flags, ui.Option{Value: name, Label: casework.FlagLabel(name)})
	}
	mine := ""
	if f.Mine {
		mine = "1"
	}
	bar := ui.FilterBar{Action: "/w/cases", Into: "list", Keep: map[string]string{"tab": string(f.Stage)},
		Fields: []templ.Component{
			ui.Field{Kind: ui.SearchKind, Name: "q", Label: "编号、申请人", Value: f.Query, Optional: false},
			ui.Select{Name: "item", Label: "事项", Blank: "全部事项", Options: items, Value: f.Item},
			ui.Select{Name: "due", Label: "时限", Blank: "不限", Options: dueLabels, Value: f.Due},
			ui.Select{Name: "mine", Label: "经办人", Blank: "不限", Value: mine, Options: []ui.Option{{Value: "1", Label: "交给我的"}}},
		},
		More: []templ.Component{
			ui.Select{Name: "unit", Label: "承办单位", Blank: "全部单位", Options: units, Value: f.Unit},
			ui.Select{Name: "channel", Label: "来源渠道", Blank: "全部渠道", Options: channels, Value: string(f.Channel)},
			ui.Select{Name: "flag", Label: "标记", Blank: "不限", Options: flags, Value: f.Flag},
		}, Chips: m.chips(f)}
	for _, s := range saved {
		if s.Query != f.Values().Encode() {
			bar.Chips = append(bar.Chips, ui.Chip{Label: "常用：" + s.Name, URL: "/w/cases?" + s.Query})
		}
	}
	return bar
}

// chips are the conditions that hold, each to be taken away.
func (m *Module) chips(f casework.Filter) (out []ui.Chip) {
	drop := func(on bool, label string, change func(*casework.Filter)) {
		if on {
			out = append(out, ui.Chip{Label: label, RemoveURL: address(f, change)})
		}
	}
	drop(f.Query != "", "含“"+f.Query+"”", func(g *casework.Filter) { g.Query = "" })
	drop(f.Item != "", m.itemName(f.Item), func(g *casework.Filter) { g.Item = "" })
	for _, d := range dueLabels {
		drop(f.Due == d.Value, d.Label, func(g *casework.Filter) { g.Due = "" })
	}
	drop(f.Mine, "交给我的", func(g *casework.Filter) { g.Mine = false })
	drop(f.Unit != "", m.org.Name(f.Unit), func(g *casework.Filter) { g.Unit = "" })
	drop(f.Channel != "", f.Channel.Label(), func(g *casework.Filter) { g.Channel = "" })
	drop(f.Flag != "", casework.FlagLabel(f.Flag), func(g *casework.Filter) { g.Flag = "" })
	return out
}

func (m *Module) itemName(code string) string {
	i, _ := pack.Find[catalogue.Item](m.k.Library.Current(), "item", code)
	return cmp.Or(i.Name, code)
}

// keeping are the forms that keep the filter under a name and forget those kept before.
func keeping(r *web.Request, f casework.Filter, saved []SavedFilter) (out []templ.Component) {
	q := f.Values().Encode()
	fold := func(label string, body ui.Group) {
		out = append(out, ui.Disclosure(ui.DisclosureSpec{Summary: label, Body: ui.Form(ui.FormSpec{Action: "/w/cases/filters", Once: r.Fresh(), Label: label,
			Hidden: map[string]string{"query": q}, Body: body})}))
	}
	if q != "" {
		fold("保存筛选", ui.Group{ui.Field{Name: "name", ID: "filter-name", Label: "名称", Width: ui.Width14, MaxLength: 20}, ui.Button{Label: "保存", Kind: ui.Secondary}})
	}
	if len(saved) > 0 {
		drop := ui.Group{}
		for _, x := range saved {
			drop = append(drop, ui.Button{Label: "删除“" + x.Name + "”", Kind: ui.Quiet, Name: "drop", Value: x.ID})
		}
		fold("管理常用筛选", drop)
	}
	return out
}
