package operation

import (
	"github.com/a-h/templ"

	"tongban/kernel/app"
	"tongban/kernel/web"
	"tongban/ui"
)

// showDoctor is tongban doctor as a page, for a county that is running.
func (m *Module) showDoctor(w *web.Response, r *web.Request) error {
	list := ui.List{Title: "运行检查", Lead: "与 tongban doctor 相同：这台机器和它周围是否具备运行条件，每一条都写明怎么办。",
		Actions: []templ.Component{ui.LinkButton{Label: "运行状况", URL: "/admin/health", Kind: ui.Secondary}},
		Table:   ui.Table{Caption: "运行检查", Columns: []ui.Column{{Label: "检查"}, {Label: "结果"}, {Label: "说明", Main: true}}}}
	ill := 0
	for _, d := range m.k.Diagnose(r.Ctx) {
		tag := ui.Tag{Text: "正常", Tone: ui.OK}
		switch d.Severity {
		case app.Advice:
			tag = ui.Tag{Text: "建议", Tone: ui.Warn}
		case app.Ill:
			tag = ui.Tag{Text: "有问题", Tone: ui.Bad}
			ill++
		}
		list.Table.Rows = append(list.Table.Rows, ui.Row{ID: d.Name, Cells: []templ.Component{ui.Text(d.Name), tag, ui.Text(d.Text)}})
	}
	if ill > 0 {
		list.Notice = ui.Notice{Tone: ui.Bad, Text: "有问题的请今天处理，建议请安排时间处理。"}
	}
	return w.ShowDesk(list)
}
