package webhook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

const (
	logSize    = 50
	mostAtOnce = 100
)

// logSection is what was sent to a subscriber, or waits.
func (m *Module) logSection(r *web.Request, s Subscription) (ui.Section, error) {
	state := MessageState(r.Value("state"))
	if state.Label() == "" {
		state = ""
	}
	list, err := m.Log(r.Ctx, r.View, s.ID, state, r.Value("before"), logSize+1)
	if err != nil {
		return ui.Section{}, err
	}
	tabs := ui.Tabs{Label: "推送记录"}
	for _, one := range logStates {
		tab := ui.Tab{Label: "全部", URL: s.page(), Current: one == state}
		if one != "" {
			tab.Label, tab.URL = one.Label(), s.page()+"?state="+string(one)
		}
		tabs.Tabs = append(tabs.Tabs, tab)
	}
	body := ui.Group{tabs}
	more := ""
	if len(list) > logSize {
		list = list[:logSize]
		more = s.page() + "?" + url.Values{"state": {string(state)}, "before": {list[logSize-1].ID}}.Encode()
	}
	if len(list) == 0 {
		body = append(body, ui.EmptyState{Title: "没有推送记录", Text: "有了订阅的事件，这里逐条显示推送的结果。想马上看看通不通，点“推送测试”。"})
	} else {
		body = append(body, ui.Table{Caption: "推送记录，新的在前", Columns: []ui.Column{{Label: "时间", Code: true}, {Label: "事件", Main: true}, {Label: "编号", Code: true}, {Label: "试过", Number: true}, {Label: "结果"}},
			Rows: ui.Rows(list, func(msg Message) ui.Row {
				return ui.Row{ID: msg.ID, URL: msg.page(), Tone: msg.tone(), Cells: []templ.Component{ui.Text(web.Stamp(msg.MadeAt)), ui.Text(m.title(msg.Name)), ui.Text(msg.Subject),
					ui.Text(strconv.Itoa(msg.Tries) + " 次"), msg.result(m.k.Outward.Now())}}
			})}, ui.Pager{NextURL: more})
	}
	return ui.Section{ID: "log", Title: "推送记录", Flush: true, Body: body}, nil
}

func (m Message) page() string {
	return "/admin/webhooks/" + string(m.Subscription) + "/messages/" + m.ID
}

func (m Message) tone() ui.Tone {
	if m.State == Dead {
		return ui.Bad
	}
	return ""
}

// result is how a message stands, in a tag.
func (m Message) result(now time.Time) ui.Tag {
	switch {
	case m.State == Sent:
		return ui.Tag{Text: m.State.Label(), Tone: ui.OK}
	case m.State == Dead:
		return ui.Tag{Text: m.State.Label(), Tone: ui.Bad}
	case m.State == Waiting && m.Tries > 0 && m.NextAt.After(now):
		return ui.Tag{Text: "约 " + span(m.NextAt.Sub(now)) + "后再试", Tone: ui.Warn}
	case m.State == Waiting:
		return ui.Tag{Text: m.State.Label(), Tone: ui.Info}
	}
	return ui.Tag{Text: m.State.Label(), Tone: ui.Neutral}
}

func (m *Module) showMessage(w *web.Response, r *web.Request) error {
	s, err := m.own(r)
	if err != nil {
		return err
	}
	msg, err := m.Message(r.Ctx, r.View, r.PathValue("message"))
	if err == nil && msg.Subscription != s.ID {
		err = problem.NotFound("没有这条推送消息，或者已过保存期")
	}
	if err != nil {
		return err
	}
	tries, err := m.Tries(r.Ctx, r.View, msg.ID)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := json.Indent(&text, []byte(msg.Body), "", "  "); err != nil {
		return err
	}
	d := ui.Detail{Title: m.title(msg.Name), Number: msg.Subject, Tags: []ui.Tag{msg.result(m.k.Outward.Now())}, Back: ui.Link{Label: "返回订阅", URL: s.page()},
		Facts: []ui.Fact{{Term: "发生", Value: web.Stamp(msg.MadeAt)}, {Term: "推送到", Value: s.URL}, {Term: "webhook-id", Value: msg.Event}},
		Sections: []ui.Section{{Title: "试过几次", Flush: true, Body: triesTable(tries)},
			{Title: "推送的内容", Lead: "只有编号和状态；对方凭编号，用自己的权限读详情。", Body: ui.Listing(text.String())}}}
	if msg.Reason != "" {
		d.Notice = ui.Notice{Tone: ui.Warn, Text: msg.Reason}
	}
	if s.State != Ended && (msg.State == Dead || msg.State == Sent || msg.State == Dropped) {
		d.Actions = append(d.Actions, m.one(r, msg, "replay", "重新推送", ui.Primary))
	}
	if msg.State == Dead {
		d.Actions = append(d.Actions, m.one(r, msg, "drop", "不再推送", ui.Secondary))
	}
	return w.ShowDesk(d)
}

// one is a button that does something with a single message.
func (m *Module) one(r *web.Request, msg Message, do, label string, kind ui.ButtonKind) templ.Component {
	return ui.Form(ui.FormSpec{Action: "/admin/webhooks/batch", Once: r.Fresh(), Hidden: map[string]string{"message": msg.ID, "do": do}, Label: label, Body: ui.Button{Label: label, Kind: kind}})
}

func triesTable(tries []Try) templ.Component {
	if len(tries) == 0 {
		return ui.EmptyState{Title: "还没有试过", Text: "几秒后刷新本页。"}
	}
	return ui.Table{Caption: "每次推送的结果，新的在前", Columns: []ui.Column{{Label: "时间", Code: true}, {Label: "结果", Main: true}, {Label: "对方答复", Number: true}, {Label: "用时", Number: true}, {Label: "对方说"}},
		Rows: ui.Rows(tries, func(t Try) ui.Row {
			status, result := "没有答复", t.Reason
			if t.Status > 0 {
				status = strconv.Itoa(t.Status)
			}
			if result == "" {
				result = "送达"
			}
			return ui.Row{ID: t.At.String(), Cells: ui.Cells(t.At.In(web.Beijing).Format("01-02 15:04:05"), result, status, fmt.Sprintf("%d 毫秒", t.Millis), t.Answer)}
		})}
}

// showUndelivered is what lies with its owner: to be sent again, or given up.
func (m *Module) showUndelivered(w *web.Response, r *web.Request) error {
	all, err := m.Undelivered(r.Ctx, r.View, r.Value("before"), logSize+1)
	if err != nil {
		return err
	}
	list := ui.List{Title: "没有送达的推送", Lead: "试了两天仍没有送到、或者对方说不再接收的事件。请先联系对方修好，再重新推送；不用补的，点“不再推送”。",
		Actions: []templ.Component{ui.LinkButton{Label: "全部订阅", URL: "/admin/webhooks", Kind: ui.Secondary}},
		Empty:   ui.EmptyState{Title: "都送到了", Text: "没有等待处理的推送。"}}
	if len(all) > logSize {
		all = all[:logSize]
		list.Pager.NextURL = "/admin/webhooks/undelivered?before=" + url.QueryEscape(all[logSize-1].ID)
	}
	list.Table = ui.Table{Caption: "没有送达的推送，新的在前", Check: "message", Columns: []ui.Column{{Label: "时间", Code: true}, {Label: "事件", Main: true}, {Label: "推送给"}, {Label: "谁来处理"}, {Label: "原因"}}}
	type owner struct{ to, who templ.Component }
	owners := map[ID]owner{}
	for _, msg := range all {
		if _, known := owners[msg.Subscription]; !known {
			s, err := m.Find(r.Ctx, r.View, msg.Subscription)
			if err != nil {
				return err
			}
			c, err := m.clients.Find(r.Ctx, r.View, s.Client)
			if err != nil {
				return err
			}
			owners[s.ID] = owner{ui.Two{Main: c.Name, Small: host(s.URL)}, ui.Two{Main: m.org.Name(s.Unit), Small: c.Contact}}
		}
		o := owners[msg.Subscription]
		list.Table.Rows = append(list.Table.Rows, ui.Row{ID: msg.ID, Label: m.title(msg.Name) + " " + msg.Subject, URL: msg.page(),
			Cells: []templ.Component{ui.Text(web.Stamp(msg.MadeAt)), ui.Two{Main: m.title(msg.Name), Small: msg.Subject}, o.to, o.who, ui.Text(msg.Reason)}})
	}
	if len(all) > 0 {
		list.Batch = ui.BatchBar{Action: "/admin/webhooks/batch", Once: r.Fresh(), Noun: "条",
			Buttons: []ui.Button{{Label: "重新推送所选", Name: "do", Value: "replay"}, {Label: "所选不再推送", Name: "do", Value: "drop"}}}
	}
	return w.ShowDesk(list)
}

// postBatch sends the picked messages again, or gives them up, each in a command of its own under the form's key.
func (m *Module) postBatch(w *web.Response, r *web.Request) error {
	posted, err := r.Posted()
	if err != nil {
		return err
	}
	picked, do, once := posted["message"], posted.Get("do"), posted.Get("_once")
	name, act := "webhook.replay", m.Replay
	if do == "drop" {
		name, act = "webhook.drop", m.Drop
	}
	switch {
	case len(picked) == 0:
		return problem.Invalid("请先勾选推送")
	case len(picked) > mostAtOnce:
		return problem.Invalid("一次最多处理 %d 条，请分几次", mostAtOnce)
	case once == "" || len(once) > 100:
		return problem.Invalid("这份表单不完整（缺少提交编号），请返回上一页刷新后再提交")
	case do != "replay" && do != "drop":
		return problem.Invalid("请选择要做什么")
	}
	done := 0
	var failed error
	for _, id := range picked {
		_, err := m.k.DB.Run(r.Ctx, db.Act{Actor: r.Actor, Name: name, Now: r.Now, Key: "form:" + r.Actor.ID + ":" + once + ":" + id}, func(tx *db.Tx) error { return act(r.Ctx, tx, id) })
		if err != nil {
			failed = err
			continue
		}
		done++
	}
	if done == 0 {
		return failed
	}
	words := fmt.Sprintf("%d 条正在重新推送。", done)
	if do == "drop" {
		words = fmt.Sprintf("%d 条不再推送。", done)
	}
	if failed != nil {
		words += fmt.Sprintf("另有 %d 条没有办成：%s", len(picked)-done, problem.MessageFor(failed))
	}
	r.Flash(words)
	if len(picked) == 1 {
		if msg, err := m.Message(r.Ctx, r.View, picked[0]); err == nil {
			return w.Go(msg.page())
		}
	}
	return w.Go("/admin/webhooks/undelivered")
}
