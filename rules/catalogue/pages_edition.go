package catalogue

import (
	"fmt"
	"strconv"

	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

// showEdition tells what an edition changed for people, compared with the one before.
func (m *Module) showEdition(w *web.Response, r *web.Request) error {
	number, err := strconv.ParseInt(r.Value("number"), 10, 64)
	if err != nil || number < 1 {
		return problem.NotFound("没有第 %s 版标准数据", r.Value("number"))
	}
	is, err := m.k.Library.At(r.Ctx, r.View, number)
	if err != nil {
		return err
	}
	d := ui.Detail{Title: fmt.Sprintf("标准数据第 %d 版", number), Back: ui.Link{Label: "返回标准数据版本", URL: "/admin/editions"},
		Facts: []ui.Fact{{Term: "发布时间", Value: is.PublishedAt.In(web.Beijing).Format("2006-01-02 15:04")}, {Term: "发布人", Value: is.PublishedBy}, {Term: "说明", Value: is.Note}}}
	if number == 1 {
		d.Notice = ui.Notice{Text: "这是第一版，没有可以比较的上一版。"}
		return w.ShowDesk(d)
	}
	was, err := m.k.Library.At(r.Ctx, r.View, number-1)
	if err != nil {
		return err
	}
	changes, err := changed(was, is)
	if err != nil {
		return err
	}
	d.Facts = append(d.Facts, ui.Fact{Term: "和上一版比", Value: fmt.Sprintf("%d 处办事结果不同", len(changes))})
	t := ui.Table{Caption: "办事结果的变化", Columns: []ui.Column{{Label: "一件事或者事项", Main: true}, {Label: "变化"}}}
	for n, c := range changes {
		t.Rows = append(t.Rows, ui.Row{ID: strconv.Itoa(n + 1), Cells: ui.Cells(c.Name, c.Text)})
	}
	body := ui.Section{ID: "changes", Title: "对办事人有什么变化", Lead: "比较的是结果，不是文字：谁要多办、少办什么，材料、时限、收费哪里不同。", Flush: true, Body: t}
	if len(changes) == 0 {
		body.Flush, body.Body = false, ui.EmptyState{Title: "办事结果没有变化", Text: "只改了文字或者其他数据。"}
	}
	d.Sections = []ui.Section{body}
	return w.ShowDesk(d)
}
