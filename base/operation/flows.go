package operation

import (
	"net/url"
	"slices"

	"tongban/kernel/flow"
	"tongban/kernel/web"
	"tongban/ui"
)

// pictures are the tables of all modules, the richest first: that is the one by which cases move.
func (m *Module) pictures() []flow.Picture {
	var out []flow.Picture
	for _, x := range m.k.Modules() {
		for _, draw := range x.Flows {
			out = append(out, draw())
		}
	}
	slices.SortStableFunc(out, func(a, b flow.Picture) int { return len(b.Rows) - len(a.Rows) })
	return out
}

// showFlows draws the tables by which things change their state, one at a time.
func (m *Module) showFlows(w *web.Response, r *web.Request) error {
	all := m.pictures()
	if len(all) == 0 {
		return w.ShowDesk(ui.EmptyState{Title: "没有流转表"})
	}
	shown := all[0]
	for _, p := range all {
		if p.Name == r.Value("table") {
			shown = p
		}
	}
	tabs := ui.Tabs{Label: "哪张流转表"}
	for _, p := range all {
		tabs.Tabs = append(tabs.Tabs, ui.Tab{Label: p.Name, URL: "/admin/flows?table=" + url.QueryEscape(p.Name), Current: p.Name == shown.Name})
	}
	t := ui.Table{Caption: shown.Name + "流转表", Columns: []ui.Column{{Label: "操作", Main: true}, {Label: "现状态"}, {Label: "新状态"}, {Label: "条件"}, {Label: "由谁"}, {Label: "依据"}}}
	var steps []string
	for _, x := range shown.Rows {
		t.Rows = append(t.Rows, ui.Row{Cells: ui.Cells(x.Act, x.From, x.To, x.Guard, x.By, x.Basis)})
		steps = append(steps, x.From+"，"+x.Act+"，到"+x.To)
	}
	return w.ShowDesk(ui.Detail{Title: "流转表", Facts: []ui.Fact{{Term: shown.Name, Value: "只按这张表变更状态，任何途径都一样。"}}, Tabs: tabs, Sections: []ui.Section{
		{Title: "流转图", Body: ui.FlowPicture{Title: shown.Name + "流转图", SVG: shown.SVG, Steps: steps, Rich: true}}, {Title: "流转表", Flush: true, Body: t}}})
}
