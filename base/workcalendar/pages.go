package workcalendar

import (
	"fmt"
	"strconv"

	"github.com/a-h/templ"

	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

func (m *Module) showCalendar(w *web.Response, r *web.Request) error {
	return w.ShowDesk(m.page(r, "", "", nil))
}

func (m *Module) page(r *web.Request, text, source string, cause error) templ.Component {
	table := m.k.Clocks.Calendar().Table
	year := calendar.DayOf(r.Now).Year()
	if y, err := strconv.Atoi(r.Value("year")); err == nil && y >= 2002 && y <= year+2 {
		year = y
	}
	detail := ui.Detail{Title: "工作日历", Number: fmt.Sprintf("%d 年", year)}
	if missing, yes := table.MissingYear(calendar.DayOf(r.Now)); yes {
		detail.Notice = ui.Notice{Tone: ui.Warn, Title: fmt.Sprintf("还没有 %d 年的放假安排", missing), Text: "跨年的期限暂按周末推算，导入通知后系统会重新推算，只顺延、不悄悄缩短。请在国务院办公厅通知发布后尽快导入。"}
	}
	var tabs []ui.Tab
	for y := year - 2; y <= year+2; y++ {
		tabs = append(tabs, ui.Tab{Label: fmt.Sprint(y), URL: fmt.Sprintf("/admin/calendar?year=%d", y), Current: y == year})
	}
	detail.Tabs = ui.Tabs{Label: "年份", Tabs: tabs}
	days := ui.Table{Caption: fmt.Sprintf("%d 年与平常星期不同的日子", year), Columns: []ui.Column{{Label: "日期", Main: true}, {Label: "安排"}, {Label: "名称"}, {Label: "依据"}}}
	for _, row := range table.Rows() {
		if row.Day.Year() == year {
			tag := ui.Tag{Text: "放假", Tone: ui.OK}
			if row.Kind == calendar.Work {
				tag = ui.Tag{Text: "上班", Tone: ui.Warn}
			}
			days.Rows = append(days.Rows, ui.Row{ID: row.Day.String(), Cells: []templ.Component{ui.Text(row.Day.Chinese()), tag, ui.Text(row.Name), ui.Text(row.Source)}})
		}
	}
	detail.Sections = []ui.Section{
		{Title: "放假和调休", Body: days, Flush: true},
		{Title: "导入通知", Lead: "粘贴 ICS 或 JSON 内容，先预览差别，再生效。", Body: ui.Form(ui.FormSpec{Action: "/admin/calendar/preview", Once: r.Fresh(), Label: "导入通知", Body: ui.Group{
			ui.Field{Name: "source", Label: "通知名称和文号", Value: source, Hint: "例如 国务院办公厅关于2027年部分节假日安排的通知", Error: said(cause, "source")},
			ui.Field{Kind: ui.Multiline, Name: "text", Label: "内容", Value: text, Rows: 8, Error: said(cause, "text")},
			ui.Actions{ui.Button{Label: "预览"}}}})},
	}
	return detail
}

func said(err error, field string) string {
	for _, f := range problem.FieldsOf(err) {
		if f.Name == field {
			return f.Message
		}
	}
	return ""
}

func (m *Module) postPreview(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	n, err := m.read(form.Get("text"), form.Get("source"))
	if err != nil {
		return w.DeskAgain(m.page(r, form.Get("text"), form.Get("source"), err))
	}
	changes := ui.Table{Caption: "会改变的日子", Columns: []ui.Column{{Label: "变化", Main: true}}}
	for _, c := range n.Changes {
		changes.Rows = append(changes.Rows, ui.Row{ID: c.Day.String(), Cells: []templ.Component{ui.Text(c.String())}})
	}
	body := ui.Detail{Title: "导入预览", Number: n.Source, Back: ui.Link{Label: "返回工作日历", URL: "/admin/calendar"},
		Sections: []ui.Section{
			{Title: fmt.Sprintf("共 %d 天与现在不同", len(n.Changes)), Body: changes, Flush: true},
			{Title: "确认生效", Lead: "生效后，正在计时的办件会重新推算。推迟的会留下记录并可查询；按新日历应当提前的，仍按原来告知的日期。", Body: ui.Form(ui.FormSpec{
				Action: "/admin/calendar/import", Once: r.Fresh(), Hidden: map[string]string{"text": n.Original, "source": n.Source}, Body: ui.Actions{ui.Button{Label: "确认生效"}}})},
		}}
	if len(n.Doubts) > 0 {
		body.Notice = ui.Notice{Tone: ui.Warn, Title: "请先核对", Body: ui.Prose(n.Doubts)}
	}
	return w.ShowDesk(body)
}

func (m *Module) read(text, source string) (Notice, error) {
	if source == "" {
		return Notice{}, problem.Invalid("请填写通知名称").On("source", "请填写通知名称和文号，期限说明里要引用")
	}
	return m.Read(text, source)
}

func (m *Module) postImport(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	n, err := m.read(form.Get("text"), form.Get("source"))
	if err != nil {
		return w.DeskAgain(m.page(r, form.Get("text"), form.Get("source"), err))
	}
	out, err := r.Act("calendar.import", func(tx *db.Tx) error {
		_, err := m.Import(r.Ctx, tx, n)
		return err
	})
	if err != nil {
		return err
	}
	r.Flash("日历已生效，重新推算了 " + out.Reply + " 个正在计时的期限。")
	return w.Go(fmt.Sprintf("/admin/calendar?year=%d", n.Years[0]))
}
