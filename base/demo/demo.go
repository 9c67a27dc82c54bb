// Package demo is what only a demonstration county has (演示): a clock that visitors may move, and the page that shows the text messages
// which a real county would send.
package demo

import (
	"fmt"
	"strings"
	"time"

	"github.com/a-h/templ"

	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

// Module is there in every county and answers only in a demo county.
type Module struct{ k *app.Kernel }

// New makes the module.
func New(k *app.Kernel) *Module { return &Module{k} }

// Manifest implements app.Module.
func (m *Module) Manifest() app.Manifest {
	return app.Manifest{
		Name: "demo", Title: "演示",
		Routes: []web.Route{
			web.Page("/demo/messages", authz.Anyone, m.only(m.showMessages)),
			web.Page("/demo/clock", authz.Anyone, m.only(m.showClock)),
			web.Form("/demo/clock", authz.Anyone, m.only(m.postClock)),
		},
	}
}

// only lets a handler answer in a demo county.
func (m *Module) only(h web.Handler) web.Handler {
	return func(w *web.Response, r *web.Request) error {
		if !m.k.Settings.Demo {
			return problem.NotFound("只有演示县才有这一页")
		}
		return h(w, r)
	}
}

func page(title string) ui.PublicPage {
	return ui.PublicPage{Page: ui.Page{Title: title, Crumbs: []ui.Link{{Label: "首页", URL: "/"}, {Label: title}}}}
}

func (m *Module) showMessages(w *web.Response, r *web.Request) error {
	list, err := m.k.Notify.Outbox(r.Ctx, r.View, 50)
	if err != nil {
		return err
	}
	t := ui.Table{Caption: "短信收件页", Columns: []ui.Column{{Label: "内容", Main: true}, {Label: "收信手机", Code: true}, {Label: "时间", Code: true}}}
	for _, s := range list {
		t.Rows = append(t.Rows, ui.Row{ID: s.ID, Cells: []templ.Component{linked(s.Text), ui.Text(s.To), ui.Text(s.At.In(web.Beijing).Format("01-02 15:04"))}})
	}
	return w.ShowPublic(page("短信收件页"), ui.List{Title: "短信收件页", Lead: "演示县不发真短信。系统要发的短信都显示在这里，手机号已隐去中间四位。",
		Table: t, Empty: ui.EmptyState{Title: "还没有短信", Text: "提交一件办件或获取一次验证码，短信就会出现在这里。"}})
}

// linked is a message whose address can be pressed, as on a phone.
func linked(text string) templ.Component {
	before, url, found := strings.Cut(text, "http")
	if !found {
		return ui.Text(text)
	}
	url, after, _ := strings.Cut("http"+url, " ")
	return ui.Group{ui.Text(before), ui.Anchor{Label: url, URL: url}, ui.Text(after)}
}

// leaps are the ways to move the clock.
var leaps = []struct {
	label string
	step  func(time.Time, calendar.Table) (time.Time, error)
}{
	{"往后 1 小时", func(t time.Time, _ calendar.Table) (time.Time, error) { return t.Add(time.Hour), nil }},
	{"到下一个工作日上午 9 点", func(t time.Time, c calendar.Table) (time.Time, error) { return workdays(t, c, 1) }},
	{"往后 5 个工作日", func(t time.Time, c calendar.Table) (time.Time, error) { return workdays(t, c, 5) }},
	{"往后 20 个工作日", func(t time.Time, c calendar.Table) (time.Time, error) { return workdays(t, c, 20) }},
}

func workdays(t time.Time, c calendar.Table, n int) (time.Time, error) {
	d, err := c.Add(calendar.DayOf(t), n)
	return d.At(calendar.HM(9, 0)), err
}

func (m *Module) showClock(w *web.Response, r *web.Request) error {
	var buttons ui.Actions
	for i, l := range leaps {
		buttons = append(buttons, ui.Button{Label: l.label, Kind: ui.Secondary, Name: "leap", Value: fmt.Sprint(i)})
	}
	return w.ShowPublic(page("演示时钟"), ui.FormPage{Title: "演示时钟",
		Lead:   "现在的演示时间是 " + r.Now.In(web.Beijing).Format("2006年1月2日 15:04") + "。往后拨动，时限、黄牌红牌会照实发生。时钟只能往前走，不能倒退。",
		Form:   ui.FormSpec{Action: "/demo/clock", Once: r.Fresh()},
		Fields: []templ.Component{buttons}})
}

func (m *Module) postClock(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	var to time.Time
	for i, l := range leaps {
		if form.Get("leap") == fmt.Sprint(i) {
			if to, err = l.step(r.Now, m.k.Clocks.Calendar().Table); err != nil {
				return problem.Conflict("日历还没有那么远，不能再往后拨").Wrap(err)
			}
		}
	}
	if to.IsZero() {
		return problem.Invalid("请点一个按钮选择拨到什么时候")
	}
	if _, err := r.Act("demo.move-clock", func(tx *db.Tx) error { return m.k.MoveClock(r.Ctx, tx, to) }); err != nil {
		return err
	}
	r.Flash("演示时间已拨到 " + to.In(web.Beijing).Format("2006年1月2日 15:04") + "。")
	return w.Go("/demo/clock")
}
