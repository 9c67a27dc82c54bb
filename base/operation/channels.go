package operation

import (
	"context"
	"fmt"
	"net/mail"
	"strings"

	"github.com/a-h/templ"

	"tongban/base/party"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/notify"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/kernel/worklist"
	"tongban/ui"
)

const undelivered = "operation.undelivered"

// tell puts what found no way out on the list of those who keep the county running: one task, however many messages.
func (m *Module) tell(ctx context.Context, tx *db.Tx, u notify.Undelivered) error {
	return worklist.Open(ctx, tx, worklist.Task{Ref: undelivered, Kind: undelivered, Title: "有短信或邮件没有发出", Note: u.Reason, Right: permOperate, URL: "/admin/channels"})
}

func (m *Module) showChannels(w *web.Response, r *web.Request) error {
	page, err := m.channelsPage(r, nil, nil)
	if err != nil {
		return err
	}
	return w.ShowDesk(page)
}

// channelsPage shows the channels, a test for each, and what did not get out. typed and cause are of a test that was refused.
func (m *Module) channelsPage(r *web.Request, typed map[string]string, cause error) (templ.Component, error) {
	standings, err := m.k.Notify.Standings(r.Ctx, r.View)
	if err != nil {
		return nil, err
	}
	trouble, err := m.k.Notify.Trouble(r.Ctx, r.View, 100)
	if err != nil {
		return nil, err
	}
	d := ui.Detail{Title: "短信和邮件", Sections: []ui.Section{{Title: "没有发出的消息", Lead: "收件人的站内信已经收到同样的内容。号码已隐去中间几位。", Flush: true, Body: m.troubleTable(r, trouble),
		Actions: []templ.Component{ui.Form(ui.FormSpec{Action: "/admin/channels/seen", Once: r.Fresh(), Label: "已查看", Body: ui.Button{Label: "已查看，移出待办", Kind: ui.Secondary}})}}}}
	if cause != nil {
		d.Notice = ui.Notice{Tone: ui.Bad, Text: problem.MessageFor(cause)}
	}
	if len(standings) == 0 {
		d.Notice = ui.Notice{Tone: ui.Warn, Title: "还没有配置通道", Text: "群众收不到短信，也不能用短信验证码登录。请在数据目录中写好 notify.yaml 后重新启动，写法见运维手册。演示县不发真短信。"}
		return d, nil
	}
	table := ui.Table{Caption: "通道，按使用顺序", Columns: []ui.Column{{Label: "通道", Main: true}, {Label: "状态"}, {Label: "今天用了", Number: true}, {Label: "每天上限", Number: true}, {Label: "每号每天", Number: true}, {Label: "最近一次失败"}}}
	sections := []ui.Section{{Title: "通道", Flush: true, Lead: "排在前面的先用，发不出去再用下一个。"}}
	for i, s := range standings {
		state, failed := ui.Tag{Text: "在用", Tone: ui.OK}, ""
		if !s.Paused.IsZero() {
			state = ui.Tag{Text: "暂停至 " + s.Paused.In(web.Beijing).Format("15:04:05"), Tone: ui.Bad}
		} else if s.Failures > 0 {
			state = ui.Tag{Text: fmt.Sprintf("连续失败 %d 次", s.Failures), Tone: ui.Warn}
		}
		if !s.FailedAt.IsZero() {
			failed = s.FailedAt.In(web.Beijing).Format("01-02 15:04 ") + s.Reason
		}
		table.Rows = append(table.Rows, ui.Row{ID: s.Name, Cells: []templ.Component{ui.Two{Main: s.Name, Small: s.Means.Title()}, state, ui.Text(fmt.Sprint(s.Used)), ui.Text(limit(s.PerDay)), ui.Text(limit(s.PerNumber)), ui.Text(failed)}})
		field := ui.Field{Kind: ui.Phone, Name: "to", ID: fmt.Sprint("to-", i), Label: "收测试短信的手机", Value: typed[s.Name]}
		if s.Means == notify.Mail {
			field = ui.Field{Kind: ui.Email, Name: "to", ID: fmt.Sprint("to-", i), Label: "收测试邮件的邮箱", Value: typed[s.Name]}
		}
		sections = append(sections, ui.Section{Title: "测试“" + s.Name + "”", Body: ui.Form(ui.FormSpec{Action: "/admin/channels/test", Once: r.Fresh(), Label: "测试" + s.Name,
			Hidden: map[string]string{"channel": s.Name}, Body: ui.Group{field, ui.Actions{ui.Button{Label: "发送测试", Kind: ui.Secondary}}}})})
	}
	sections[0].Body = table
	d.Sections = append(sections, d.Sections...)
	return d, nil
}

func limit(n int) string {
	if n == 0 {
		return "不限"
	}
	return fmt.Sprint(n)
}

func (m *Module) troubleTable(r *web.Request, list []notify.SMS) templ.Component {
	if len(list) == 0 {
		return ui.EmptyState{Title: "都发出了", Text: "没有发送失败或过期的消息。"}
	}
	t := ui.Table{Caption: "没有发出的消息", Columns: []ui.Column{{Label: "时间", Code: true}, {Label: "收件人"}, {Label: "状态"}, {Label: "原因", Main: true}, {Label: "办理"}}}
	for _, s := range list {
		state, again := ui.Tag{Text: fmt.Sprintf("第 %d 次失败，等待重发", s.Tries), Tone: ui.Warn}, templ.Component(ui.Text(""))
		switch s.State {
		case "failed":
			state = ui.Tag{Text: "没有发出", Tone: ui.Bad}
			again = ui.Form(ui.FormSpec{Action: "/admin/channels/" + s.ID + "/retry", Once: r.Fresh(), Label: "重发", Body: ui.Button{Label: "重发", Kind: ui.Quiet, Hidden: "给 " + s.To}})
		case "expired":
			state = ui.Tag{Text: "已过期", Tone: ui.Neutral}
		}
		t.Rows = append(t.Rows, ui.Row{ID: s.ID, Cells: []templ.Component{ui.Text(s.At.In(web.Beijing).Format("01-02 15:04")), ui.Text(s.To), state, ui.Text(s.Reason), again}})
	}
	return t
}

func (m *Module) postTest(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	channel, to := form.Get("channel"), form.Get("to")
	standings, err := m.k.Notify.Standings(r.Ctx, r.View)
	if err != nil {
		return err
	}
	for _, s := range standings {
		if s.Name == channel {
			to, err = address(s.Means, to)
		}
	}
	if err == nil {
		_, err = r.Act("operation.test-channel", func(tx *db.Tx) error {
			if err := tx.Require(permOperate, authz.Place{}); err != nil {
				return err
			}
			return m.k.Notify.Try(r.Ctx, tx, channel, to)
		})
	}
	if err != nil {
		page, failed := m.channelsPage(r, map[string]string{channel: form.Get("to")}, err)
		if failed != nil {
			return failed
		}
		return w.DeskAgain(page)
	}
	r.Flash("测试消息已交给“" + channel + "”，几秒后刷新本页看结果。")
	return w.Go("/admin/channels")
}

// address reads where a test shall go.
func address(means notify.Means, to string) (string, error) {
	if means == notify.Mail {
		a, err := mail.ParseAddress(to)
		if err != nil || strings.ContainsAny(to, "<>") {
			return "", problem.Invalid("请填写邮箱地址，例如 name@nanling.example")
		}
		return a.Address, nil
	}
	p, err := party.ParsePhone(to)
	if err == nil && !p.IsMobile() {
		err = problem.Invalid("请填写 11 位手机号码，固定电话收不到短信")
	}
	return p.Full(), err
}

func (m *Module) postRetry(w *web.Response, r *web.Request) error {
	_, err := r.Act("operation.retry", func(tx *db.Tx) error {
		if err := tx.Require(permOperate, authz.Place{}); err != nil {
			return err
		}
		return m.k.Notify.Retry(r.Ctx, tx, r.PathValue("id"))
	})
	return w.After(err, "/admin/channels")
}

func (m *Module) postSeen(w *web.Response, r *web.Request) error {
	return w.After(m.seen(r, undelivered), "/admin/channels")
}

// seen takes a task off the list of those who keep the county running.
func (m *Module) seen(r *web.Request, task string) error {
	_, err := r.Act("operation.seen", func(tx *db.Tx) error {
		if err := tx.Require(permOperate, authz.Place{}); err != nil {
			return err
		}
		tx.Record("task", task, "open", "closed", nil)
		worklist.Close(r.Ctx, tx, task)
		return nil
	})
	return err
}
