package docket

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"tongban/handling/casefile"
	"tongban/handling/casework"
	"tongban/kernel/web"
	"tongban/kernel/worklist"
	"tongban/ui"
)

// kindTitle names a kind of task; those of other modules by the module's title.
func (m *Module) kindTitle(kind string) string {
	if t := casework.TaskLabel(kind); t != "" {
		return t
	}
	name, _, _ := strings.Cut(kind, ".")
	for _, x := range m.k.Modules() {
		if x.Name == name {
			return x.Title
		}
	}
	return kind
}

// showDesk is what the person has to do today (W83).
func (m *Module) showDesk(w *web.Response, r *web.Request) error {
	counts, err := worklist.Counts(r.Ctx, r.View)
	if err != nil {
		return err
	}
	kind := r.Value("kind")
	tasks, next, err := worklist.Mine(r.Ctx, r.View, worklist.Page{Kind: kind, After: r.Value("after")})
	if err != nil {
		return err
	}
	total := 0
	for _, n := range counts {
		total += n
	}
	if to := r.Begin(); to != "" && total == 0 && !r.Actor.Holds(casework.PermRead) {
		return w.Go(to) // who handles no cases begins with what he does
	}
	tabs := ui.Tabs{Label: "待办种类", Into: "list", Tabs: []ui.Tab{{Label: "全部", URL: "/w", Count: total, Current: kind == ""}}}
	for _, k := range slices.Sorted(maps.Keys(counts)) {
		tabs.Tabs = append(tabs.Tabs, ui.Tab{Label: m.kindTitle(k), URL: "/w?kind=" + url.QueryEscape(k), Count: counts[k], Current: k == kind})
	}
	list := ui.Worklist{Title: "我的待办", Tabs: tabs, Table: ui.Table{Caption: "待办事项", Into: "list",
		Columns: []ui.Column{{Label: "事项", Main: true}, {Label: "要做什么"}, {Label: "时限"}, {Label: "单位", Wide: true}}},
		Empty: ui.EmptyState{Icon: ui.IconCircleCheck, Title: "没有待办", Text: "新的办件会自动出现在这里。"}}
	for _, t := range tasks {
		list.Table.Rows = append(list.Table.Rows, ui.Row{ID: t.Ref, URL: t.URL, Tone: casefile.Tone(t.Due, r.Now), Cells: []templ.Component{
			ui.Two{Main: t.Title, Small: t.Note}, ui.Text(m.kindTitle(t.Kind)), m.term(t, r.Now), ui.Text(m.org.Name(t.Unit))}})
	}
	if next != "" {
		list.Pager = ui.Pager{NextURL: "/w?" + url.Values{"kind": {kind}, "after": {next}}.Encode(), Into: "list"}
	}
	if list.KPIs, err = m.kpis(r); err != nil {
		return err
	}
	return w.ShowDesk(list)
}

// term is how long a task has still time. Only a case gets a card: a late answer to a card is late, and no red card.
func (m *Module) term(t worklist.Task, now time.Time) templ.Component {
	badge := m.files.TermBadge(t.Opened, t.Due, now)
	if b, ok := badge.(ui.ClockBadge); ok && b.Card == ui.RedCard && !strings.HasPrefix(t.Kind, "casework.") {
		return ui.Tag{Text: "超期 " + b.Left, Tone: ui.Bad}
	}
	return badge
}

// kpis are the numbers of the desk; each opens its list.
func (m *Module) kpis(r *web.Request) (ui.KPIStrip, error) {
	if !r.Actor.Holds(casework.PermRead) {
		return nil, nil
	}
	var out ui.KPIStrip
	for _, k := range []struct {
		label string
		f     casework.Filter
		tone  ui.Tone
	}{
		{"已超期", casework.Filter{Due: "late"}, ui.Bad}, {"今天到期", casework.Filter{Due: "today"}, ui.Warn}, {"三个工作日内到期", casework.Filter{Due: "soon"}, ui.Neutral},
		{"待受理", casework.Filter{Stage: casework.StageReceive}, ui.Neutral}, {"待审查", casework.Filter{Stage: casework.StageAssess}, ui.Neutral}, {"待决定", casework.Filter{Stage: casework.StageDecide}, ui.Neutral},
		{"交给我的", casework.Filter{Mine: true}, ui.Neutral},
	} {
		n, err := m.cases.Count(r.Ctx, r.View, k.f)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			k.tone = ui.Neutral
		}
		out = append(out, ui.KPI{Label: k.label, Value: fmt.Sprint(n), Unit: "件", URL: "/w/cases?" + k.f.Values().Encode(), Tone: k.tone})
	}
	return out, nil
}
