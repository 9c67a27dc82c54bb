package competence

import (
	"fmt"
	"strconv"

	"github.com/a-h/templ"

	"tongban/base/org"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/pack"
	"tongban/kernel/web"
	"tongban/rules/catalogue"
	"tongban/ui"
)

// PermRead is the right to see transfers of power and what does not fit.
const PermRead authz.Permission = "competence.read"

// Module answers who decides.
type Module struct {
	k   *app.Kernel
	cat *catalogue.Module
	org *org.Module
}

// New makes the module.
func New(k *app.Kernel, cat *catalogue.Module, units *org.Module) *Module {
	return &Module{k: k, cat: cat, org: units}
}

// Manifest implements app.Module.
func (m *Module) Manifest() app.Manifest {
	return app.Manifest{
		Name: "competence", Title: "职权",
		Permissions: []authz.Definition{{Permission: PermRead, Title: "查看职权划转"}},
		Validate:    Check,
		Routes:      []web.Route{web.Page("/admin/competence", PermRead, m.showTransfers)},
		Nav:         []web.NavEntry{{Desk: web.Admin, Group: "标准", Order: 820, Label: "职权划转", Icon: ui.IconGitBranch, URL: "/admin/competence", Permission: PermRead}},
	}
}

// Check says what keeps the powers of an edition from being published. What the county itself has noted as not fitting is known and only a warning.
func Check(ed *pack.Edition) []pack.Finding {
	var out []pack.Finding
	for _, x := range Mismatches(ed) {
		f := pack.Finding{File: catalogue.KindItem + "/" + x.Item, Path: x.Path, Severity: pack.Error, Message: x.Text, Remedy: "核对划转文件，改正划出、划入单位和日期"}
		if x.Note {
			f.Severity, f.Message, f.Remedy = pack.Warn, "记有权限不匹配："+x.Text, "尽快报有权机关纠正"
		}
		out = append(out, f)
	}
	return out
}

// Decider is the code of the unit that decides the item on that day, by the edition.
func (m *Module) Decider(ed *pack.Edition, item catalogue.Item, on calendar.Day) (string, error) {
	return Decider(ed, item, on)
}

// showTransfers lists every transfer of power and what does not fit.
func (m *Module) showTransfers(w *web.Response, r *web.Request) error {
	ed := m.k.Library.Current()
	var rows []ui.Row
	for _, i := range catalogue.Items(ed) {
		for _, t := range i.Transfers {
			row := ui.Row{URL: "/items/" + i.Code, Cells: []templ.Component{ui.Two{Main: i.Name, Small: i.BasicCode}, ui.Text(m.org.Name(t.From)), ui.Text(m.org.Name(t.To)),
				ui.Text(t.Date), ui.Text(t.Instrument), ui.Text(m.supervisor(i))}}
			rows = append(rows, row)
		}
	}
	doubts := Mismatches(ed)
	list := ui.List{Title: "职权划转", Lead: "哪个事项从哪个单位划到哪个单位、从哪天起、凭什么文件。划转以后由划入单位以自己的名义决定（行政许可法第二十五条）。",
		Table: ui.Table{Caption: "划转事项", Columns: []ui.Column{{Label: "事项", Main: true}, {Label: "原实施单位"}, {Label: "现实施单位"}, {Label: "划转日期"}, {Label: "依据"}, {Label: "监管单位"}}, Rows: rows},
		Pager: ui.Pager{Text: "共 " + strconv.Itoa(len(rows)) + " 项"}, Empty: ui.EmptyState{Title: "没有划转的事项"}}
	if len(doubts) > 0 {
		var notes []ui.NotedLink
		for _, d := range doubts {
			notes = append(notes, ui.NotedLink{Link: ui.Link{Label: d.Name, URL: "/items/" + d.Item}, Note: d.Text})
		}
		list.Notice = ui.Notice{Tone: ui.Warn, Title: fmt.Sprintf("有 %d 处权限不匹配", len(doubts)), Text: "请报有权机关纠正；纠正以前，由现在的实施单位办理。", Body: ui.LinkList{Links: notes}}
	}
	return w.ShowDesk(list)
}

func (m *Module) supervisor(i catalogue.Item) string {
	if i.Supervisor == "" {
		return "—"
	}
	return m.org.Name(i.Supervisor)
}
