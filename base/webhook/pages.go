package webhook

import (
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"tongban/base/client"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

func (m *Module) showList(w *web.Response, r *web.Request) error {
	const size = 50
	all, err := m.Page(r.Ctx, r.View, ID(r.Value("after")), size+1)
	if err != nil {
		return err
	}
	list := ui.List{Title: "事件推送", Lead: "办件有了进展，平台主动告诉订阅的业务系统，对方不用反复来查。推送内容只有编号和状态，没有个人信息。",
		Actions: []templ.Component{ui.LinkButton{Label: "新建订阅", URL: "/admin/webhooks/new", Icon: ui.IconPlus},
			ui.LinkButton{Label: "没有送达的", URL: "/admin/webhooks/undelivered", Kind: ui.Secondary}, ui.LinkButton{Label: "给对方看的说明", URL: "/api#webhooks", Kind: ui.Quiet}},
		Empty: ui.EmptyState{Title: "还没有订阅", Text: "业务系统要第一时间知道办件进展的，点“新建订阅”，写明推送到哪里、推送哪些事件。"}}
	if len(all) > size {
		all = all[:size]
		list.Pager.NextURL = "/admin/webhooks?after=" + url.QueryEscape(string(all[size-1].ID))
	}
	list.Table = ui.Table{Caption: "推送订阅", Columns: []ui.Column{{Label: "应用", Main: true}, {Label: "单位"}, {Label: "推送到"}, {Label: "事件", Number: true}, {Label: "最近送达"}, {Label: "状态"}}}
	for _, s := range all {
		c, err := m.clients.Find(r.Ctx, r.View, s.Client)
		if err != nil {
			return err
		}
		list.Table.Rows = append(list.Table.Rows, ui.Row{ID: string(s.ID), URL: s.page(), Cells: []templ.Component{ui.Text(c.Name), ui.Text(m.org.Name(s.Unit)), ui.Text(host(s.URL)),
			ui.Text(strconv.Itoa(len(s.Events)) + " 种"), ui.Text(stamp(s.SentAt)), s.tag(m.k.Outward.Now())}})
	}
	return w.ShowDesk(list)
}

func (s Subscription) page() string { return "/admin/webhooks/" + string(s.ID) }

func (s Subscription) tag(now time.Time) ui.Tag {
	switch {
	case s.State == Active && s.Failures >= breakAfter:
		return ui.Tag{Text: fmt.Sprintf("连续失败 %d 次", s.Failures), Tone: ui.Bad}
	case s.State == Active && s.Failures > 0:
		return ui.Tag{Text: "刚才没有送到", Tone: ui.Warn}
	case s.State == Active:
		return ui.Tag{Text: s.State.Label(), Tone: ui.OK}
	case s.State == Paused:
		return ui.Tag{Text: s.State.Label(), Tone: ui.Warn}
	}
	return ui.Tag{Text: s.State.Label(), Tone: ui.Neutral}
}

func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Host
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "还没有"
	}
	return web.Stamp(t)
}

func (m *Module) showNew(w *web.Response, r *web.Request) error {
	page, err := m.newPage(r, client.ID(r.Value("client")), Wish{Algorithm: SHA256}, nil)
	if err != nil {
		return err
	}
	return w.ShowDesk(page)
}

// fields are what can be chosen at any time.
func (m *Module) fields(w Wish, cause error) []templ.Component {
	var options []ui.Option
	for _, f := range m.facts {
		options = append(options, ui.Option{Value: f.Event, Label: f.Title, Hint: typePrefix + f.Event + "（" + m.k.Rights().Title(f.Right) + "）"})
	}
	return []templ.Component{
		ui.Field{Name: "url", Label: "推送到", Value: w.URL, Hint: "对方接收事件的网址，以 https:// 开头。只推送到公网地址；内部网段要由运维人员在启动参数里列出", Error: faultOf(cause, "url")},
		ui.Choice{Name: "events", Label: "事件", Hint: "括号里是应用要有的权限；它自己申报的，没有权限也推送", Many: true, Options: options, Selected: w.Events, Error: faultOf(cause, "events")},
		ui.Choice{Name: "algorithm", Label: "签名算法", Selected: []string{string(w.Algorithm)}, Error: faultOf(cause, "algorithm"), Options: []ui.Option{
			{Value: string(SHA256), Label: SHA256.Label(), Hint: "现成的程序库都支持，一般选这个"},
			{Value: string(SM3), Label: SM3.Label(), Hint: "对方要求用商用密码时选"}}},
	}
}

func faultOf(err error, name string) string {
	for _, f := range problem.FieldsOf(err) {
		if f.Name == name {
			return f.Message
		}
	}
	return ""
}

func (m *Module) newPage(r *web.Request, chosen client.ID, wish Wish, cause error) (ui.FormPage, error) {
	programs, err := m.clients.Page(r.Ctx, r.View, "", 500)
	if err != nil {
		return ui.FormPage{}, err
	}
	var options []ui.Option
	for _, c := range programs {
		options = append(options, ui.Option{Value: string(c.ID), Label: c.Name + "（" + m.org.Name(c.Unit) + "）"})
	}
	page := ui.FormPage{Title: "新建推送订阅", Back: ui.Link{Label: "返回事件推送", URL: "/admin/webhooks"}, Form: ui.FormSpec{Action: "/admin/webhooks/new", Once: r.Fresh()},
		Faults: web.Faults(cause),
		Fields: append([]templ.Component{ui.Select{Name: "client", Label: "接入应用", Options: options, Value: string(chosen), Blank: "请选择", Hint: "只推送这个应用有权看到的、它自己申报的", Error: faultOf(cause, "client")}},
			m.fields(wish, cause)...),
		Actions: ui.Actions{ui.Button{Label: "开始推送，发给密钥"}}}
	if len(options) == 0 {
		page.Notice = ui.Notice{Tone: ui.Warn, Title: "还没有接入应用", Text: "请先在“接入应用”里登记对方的系统。"}
	}
	if cause != nil && len(page.Faults) == 0 {
		page.Notice = ui.Notice{Tone: ui.Bad, Text: problem.MessageFor(cause)}
	}
	return page, nil
}

func wish(form url.Values) Wish {
	return Wish{URL: form.Get("url"), Events: form["events"], Algorithm: Algorithm(form.Get("algorithm"))}
}

func (m *Module) postNew(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	wanted, secret, program := wish(form), NewSecret(), client.ID(form.Get("client"))
	out, err := r.Act("webhook.subscribe", func(tx *db.Tx) error {
		id, err := m.Subscribe(r.Ctx, tx, program, wanted, secret)
		tx.Answer(string(id))
		return err
	})
	if err != nil && problem.KindOf(err) == problem.KindInvalid {
		page, failed := m.newPage(r, program, wanted, err)
		if failed != nil {
			return failed
		}
		return w.DeskAgain(page)
	}
	if err != nil {
		return err
	}
	return m.showSecret(w, r, ID(out.Reply), secret, out)
}

// showSecret shows a secret, this once. A form that is sent again did nothing, and its first secret is shown nowhere any more.
func (m *Module) showSecret(w *web.Response, r *web.Request, id ID, secret string, out db.Outcome) error {
	if out.Repeated {
		r.Flash("刚才已经办好。密钥只显示一次；没有记下来的，请换发密钥。")
		return w.Go("/admin/webhooks/" + string(id))
	}
	s, err := m.Find(r.Ctx, r.View, id)
	if err != nil {
		return err
	}
	c, err := m.clients.Find(r.Ctx, r.View, s.Client)
	if err != nil {
		return err
	}
	return w.ShowDesk(ui.Detail{Title: "推送给 " + c.Name, Back: ui.Link{Label: "到订阅页", URL: s.page()},
		Notice: ui.Notice{Tone: ui.Warn, Title: "请现在记下密钥", Text: "密钥只显示这一次。对方用它核对每条推送确实来自本平台、没有被改过。请用安全的方式交给对方，不要发在群里、写进代码。"},
		Facts: []ui.Fact{{Term: "密钥", Value: secret}, {Term: "签名算法", Value: s.Algorithm.Label()}, {Term: "推送到", Value: s.URL},
			{Term: "怎样核对", Body: ui.Anchor{Label: r.BaseURL() + "/api#webhooks", URL: "/api#webhooks"}}}})
}

// own finds a subscription for who may manage it; for others there is none.
func (m *Module) own(r *web.Request) (Subscription, error) {
	s, err := m.Find(r.Ctx, r.View, ID(r.PathValue("id")))
	if err == nil && !r.Actor.May(client.PermManage, authz.Place{Unit: s.Unit}) {
		err = problem.NotFound("没有这个推送订阅")
	}
	return s, err
}

func (m *Module) showSubscription(w *web.Response, r *web.Request) error {
	return m.subscriptionPage(w, r, nil, nil)
}

// logStates are the parts in which the log of a subscription can be read.
var logStates = []MessageState{"", Waiting, Sent, Dead}

func (m *Module) subscriptionPage(w *web.Response, r *web.Request, typed *Wish, cause error) error {
	s, err := m.own(r)
	if err != nil {
		return err
	}
	c, err := m.clients.Find(r.Ctx, r.View, s.Client)
	if err != nil {
		return err
	}
	body, err := m.logSection(r, s)
	if err != nil {
		return err
	}
	now := m.k.Outward.Now()
	d := ui.Detail{Title: "推送给 " + c.Name, Tags: []ui.Tag{s.tag(now)}, Back: ui.Link{Label: "返回事件推送", URL: "/admin/webhooks"},
		Facts:    []ui.Fact{{Term: "推送到", Value: s.URL}, {Term: "负责", Value: m.org.Name(s.Unit) + " " + c.Contact}, {Term: "签名算法", Value: s.Algorithm.Label()}, {Term: "最近送达", Value: stamp(s.SentAt)}},
		Sections: []ui.Section{body}}
	switch {
	case s.State == Paused:
		d.Notice = ui.Notice{Tone: ui.Warn, Title: "已暂停", Text: s.Reason + "。暂停期间的事件都留着，恢复后补发。"}
		if s.Reason == "" {
			d.Notice.Text = "暂停期间的事件都留着，恢复后补发。"
		}
	case s.State == Ended:
		d.Notice = ui.Notice{Tone: ui.Neutral, Title: "已终止", Text: "不再推送，记录保留 90 天。"}
	case s.QuietUntil.After(now):
		d.Notice = ui.Notice{Tone: ui.Bad, Title: fmt.Sprintf("连续 %d 次没有送到", s.Failures), Text: "约 " + span(s.QuietUntil.Sub(now)) + "后再试。请联系对方检查；对方恢复后，等待的消息会自动补上。"}
	}
	if cause != nil {
		d.Notice = ui.Notice{Tone: ui.Bad, Title: "没有保存", Text: problem.MessageFor(cause)}
	}
	if s.State != Ended {
		wanted := Wish{s.URL, s.Events, s.Algorithm}
		if typed != nil {
			wanted = *typed
		}
		d.Actions = m.turns(r, s)
		d.Sections = append(d.Sections, ui.Section{ID: "change", Title: "推送什么、推送到哪里", Body: ui.Form(ui.FormSpec{Action: s.page() + "/change", Once: r.Fresh(), Version: s.Version, Label: "修改订阅",
			Body: append(ui.Group(m.fields(wanted, cause)), ui.Actions{ui.Button{Label: "保存修改"}})})}, m.secretSection(r, s, now))
	}
	if cause != nil {
		return w.DeskAgain(d)
	}
	return w.ShowDesk(d)
}

func (m *Module) turns(r *web.Request, s Subscription) []templ.Component {
	turn := func(to State, label string, kind ui.ButtonKind) templ.Component {
		return ui.Form(ui.FormSpec{Action: s.page() + "/turn", Once: r.Fresh(), Version: s.Version, Hidden: map[string]string{"to": string(to)}, Label: label, Body: ui.Button{Label: label, Kind: kind}})
	}
	if s.State == Paused {
		return []templ.Component{turn(Active, "恢复推送", ui.Primary), turn(Ended, "终止订阅", ui.Danger)}
	}
	return []templ.Component{ui.Form(ui.FormSpec{Action: s.page() + "/test", Once: r.Fresh(), Label: "推送测试", Body: ui.Button{Label: "推送测试", Kind: ui.Secondary}}),
		turn(Paused, "暂停推送", ui.Secondary), turn(Ended, "终止订阅", ui.Danger)}
}

func (m *Module) secretSection(r *web.Request, s Subscription, now time.Time) ui.Section {
	body := ui.Group{ui.Form(ui.FormSpec{Action: s.page() + "/rotate", Once: r.Fresh(), Version: s.Version, Label: "换发密钥", Body: ui.Button{Label: "换发密钥", Kind: ui.Secondary}})}
	lead := "换发后 24 小时内，每条推送带新旧两个签名，对方在这段时间里换上新密钥就不会漏收。"
	if s.former != "" && s.FormerUntil.After(now) {
		lead = "刚换过密钥，旧密钥还有约 " + span(s.FormerUntil.Sub(now)) + "失效。对方已经换好，或者旧密钥已经泄露的，马上作废。"
		body = ui.Group{ui.Form(ui.FormSpec{Action: s.page() + "/forget", Once: r.Fresh(), Version: s.Version, Label: "作废旧密钥", Body: ui.Button{Label: "旧密钥马上作废", Kind: ui.Danger}})}
	}
	return ui.Section{ID: "secret", Title: "密钥", Lead: lead, Body: body}
}

// span is a duration as people say it.
func span(d time.Duration) string {
	switch {
	case d >= 90*time.Minute:
		return fmt.Sprintf("%d 小时", int((d+30*time.Minute)/time.Hour))
	case d >= 90*time.Second:
		return fmt.Sprintf("%d 分钟", int((d+30*time.Second)/time.Minute))
	}
	return fmt.Sprintf("%d 秒", max(1, int(d/time.Second)))
}

func (m *Module) postChange(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	wanted := wish(form)
	_, err = r.Act("webhook.change", func(tx *db.Tx) error { return m.Change(r.Ctx, tx, ID(r.PathValue("id")), wanted, r.Version()) })
	if err != nil && problem.KindOf(err) == problem.KindInvalid {
		return m.subscriptionPage(w, r, &wanted, err)
	}
	if err == nil {
		r.Flash("已保存，从下一个事件起生效。")
	}
	return w.After(err, "/admin/webhooks/"+r.PathValue("id"))
}

func (m *Module) postRotate(w *web.Response, r *web.Request) error {
	id, secret := ID(r.PathValue("id")), NewSecret()
	out, err := r.Act("webhook.rotate", func(tx *db.Tx) error { return m.Rotate(r.Ctx, tx, id, secret, r.Version()) })
	if err != nil {
		return err
	}
	return m.showSecret(w, r, id, secret, out)
}

func (m *Module) postForget(w *web.Response, r *web.Request) error {
	_, err := r.Act("webhook.forget", func(tx *db.Tx) error { return m.Forget(r.Ctx, tx, ID(r.PathValue("id")), r.Version()) })
	if err == nil {
		r.Flash("旧密钥已作废。")
	}
	return w.After(err, "/admin/webhooks/"+r.PathValue("id"))
}

func (m *Module) postTurn(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	to := State(form.Get("to"))
	_, err = r.Act("webhook.turn", func(tx *db.Tx) error { return m.Turn(r.Ctx, tx, ID(r.PathValue("id")), to, r.Version()) })
	if err == nil {
		r.Flash(map[State]string{Active: "已恢复，暂停期间的事件正在补发。", Paused: "已暂停，事件会留着，恢复后补发。", Ended: "已终止，不再推送。"}[to])
	}
	return w.After(err, "/admin/webhooks/"+r.PathValue("id"))
}

func (m *Module) postTest(w *web.Response, r *web.Request) error {
	_, err := r.Act("webhook.test", func(tx *db.Tx) error { return m.Test(r.Ctx, tx, ID(r.PathValue("id"))) })
	if err == nil {
		r.Flash("测试消息已发出，几秒后刷新本页，在推送记录里看结果。")
	}
	return w.After(err, "/admin/webhooks/"+r.PathValue("id"))
}
