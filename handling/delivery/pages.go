package delivery

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/a-h/templ"

	"tongban/handling/casework"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/document"
	"tongban/kernel/file"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

func (m *Module) routes() []web.Route {
	return []web.Route{
		web.Page("/w/outlet", PermRead, m.showOutlet),
		web.Page("/w/outlet/{id}", PermRead, m.showParcel),
		web.Form("/w/outlet/{id}/recognise", PermHand, m.postRecognise),
		web.Form("/w/outlet/{id}/hand", PermHand, m.postHand),
		web.Form("/w/outlet/{id}/post", PermHand, m.postPost),
		web.Form("/w/outlet/{id}/arrive", PermHand, m.postArrive),
		web.Form("/w/outlet/{id}/bounce", PermHand, m.postBounce),
		web.Page("/my/deliveries/{id}", authz.SignedIn, m.showMine),
		web.Form("/my/deliveries/{id}/way", authz.SignedIn, m.postWay),
		web.Page("/deliveries/receipts/{id}", authz.SignedIn, m.serveReceipt),
	}
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format("2006-01-02 15:04")
}

func tag(p Parcel) ui.Tag {
	return ui.Tag{Text: Moves().Label(p.State), Tone: map[State]ui.Tone{Ready: ui.Warn, Posted: ui.Info, Done: ui.OK}[p.State]}
}

// staffOnly keeps people whose right covers their own things only off the desk.
func staffOnly(r *web.Request) error {
	if r.Actor.Kind != authz.Staff {
		return problem.Forbidden("这一页供出件窗口使用")
	}
	return nil
}

var tabs = []struct {
	key, label string
	f          Filter
}{
	{"", "窗口待领", Filter{Way: Window, State: Ready}},
	{"post", "待寄出", Filter{Way: Post, State: Ready}},
	{"sent", "已寄出待签收", Filter{State: Posted}},
	{"unclaimed", "超过一周未领", Filter{Unclaimed: true}},
	{"done", "已送达", Filter{State: Done}},
}

func (m *Module) showOutlet(w *web.Response, r *web.Request) error {
	if err := staffOnly(r); err != nil {
		return err
	}
	list := ui.Worklist{Title: "统一出件", Notice: ui.Notice{}}
	if code := strings.ReplaceAll(r.Value("c"), " ", ""); code != "" {
		p, found, err := m.ByCode(r.Ctx, r.View, code)
		if err != nil {
			return err
		}
		if found && MayRead(r.View, p) {
			return w.Go("/w/outlet/" + string(p.ID))
		}
		list.Notice = ui.Notice{Tone: ui.Warn, Title: "没有这个取件码的待领件", Text: "请核对六位数字。已经领取的件，取件码随即失效；也可能在别的出件窗口。"}
	}
	key := r.Value("tab")
	f := tabs[0].f
	for _, t := range tabs {
		current := t.key == key
		if current {
			f = t.f
		}
		n := 0
		if t.key != "done" {
			var err error
			if n, err = m.Count(r.Ctx, r.View, t.f); err != nil {
				return err
			}
		}
		list.Tabs.Tabs = append(list.Tabs.Tabs, ui.Tab{Label: t.label, URL: "/w/outlet?tab=" + t.key, Count: n, Current: current})
	}
	list.Tabs.Into = "list"
	f.After = ID(r.Value("after"))
	all, next, err := m.List(r.Ctx, r.View, f)
	if err != nil {
		return err
	}
	list.Filters = ui.FilterBar{Action: "/w/outlet", Button: "查找", Fields: []templ.Component{ui.Field{Kind: ui.CodeByText, Name: "c", Label: "取件码", Hint: "请领取人出示，六位数字，可扫码", Shortcut: "F2", Width: ui.Width8, MaxLength: 12}}}
	list.Empty = ui.EmptyState{Title: "这里没有送达件", Text: "办好的结果会自动放到出件窗口。", Icon: ui.IconTicket}
	list.Table = ui.Table{Caption: "送达件", Columns: []ui.Column{{Label: "申请", Main: true}, {Label: "申请人"}, {Label: "件数", Number: true}, {Label: "方式"}, {Label: "放入时间"}, {Label: "状态"}}}
	list.Table.Rows = ui.Rows(all, func(p Parcel) ui.Row {
		return ui.Row{ID: string(p.ID), URL: "/w/outlet/" + string(p.ID), Cells: []templ.Component{ui.Two{Main: p.Title, Small: p.Asked}, ui.Text(p.ApplicantName), ui.Text(fmt.Sprint(len(p.Results))),
			ui.Text(WayName(p.Way)), ui.Text(stamp(p.ReadyAt)), tag(p)}}
	})
	if next != "" {
		list.Pager = ui.Pager{NextURL: "/w/outlet?tab=" + key + "&after=" + string(next), Into: "list"}
	}
	return w.ShowDesk(list)
}

func (m *Module) showParcel(w *web.Response, r *web.Request) error {
	page, err := m.parcelPage(r, nil)
	if err != nil {
		return err
	}
	return w.ShowDesk(page)
}

func (m *Module) parcelPage(r *web.Request, cause error) (ui.Detail, error) {
	if err := staffOnly(r); err != nil {
		return ui.Detail{}, err
	}
	p, err := m.Find(r.Ctx, r.View, ID(r.PathValue("id")))
	if err == nil && !r.Actor.May(PermRead, place(p)) {
		err = problem.NotFound("没有这份送达件")
	}
	if err != nil {
		return ui.Detail{}, err
	}
	hands, err := m.Hands(r.Ctx, r.View, p.ID)
	if err != nil {
		return ui.Detail{}, err
	}
	d := ui.Detail{Title: p.Title, Tags: []ui.Tag{tag(p)}, Back: ui.Link{Label: "返回统一出件", URL: "/w/outlet"},
		Facts: []ui.Fact{{Term: "申请人", Value: p.ApplicantName}, {Term: "领取方式", Value: WayName(p.Way)}, {Term: "放入时间", Value: stamp(p.ReadyAt)}}}
	if due := m.due(r.Ctx, r.View, p); !due.IsZero() {
		d.Facts = append(d.Facts, ui.Fact{Term: "最晚送达", Value: casework.LastDay(due)})
	}
	if p.Asked != "" {
		d.Facts = append(d.Facts, ui.Fact{Term: "先领部分", Value: p.Asked})
	}
	if cause != nil {
		d.Notice = ui.Notice{Tone: ui.Bad, Title: "没有办成", Text: words(cause)}
	}
	d.Sections = append(d.Sections, ui.Section{ID: "results", Title: "结果", Flush: true, Body: resultTable(p, r.Actor.Kind == authz.Staff)})
	if r.Actor.May(PermHand, place(p)) {
		if s, ok := m.actSection(r, p, cause); ok {
			d.Sections = append(d.Sections, s)
		}
	}
	if s, ok := handSection(hands); ok {
		d.Sections = append(d.Sections, s)
	}
	return d, nil
}

func resultTable(p Parcel, staff bool) ui.Table {
	t := ui.Table{Caption: "结果", Columns: []ui.Column{{Label: "事项", Main: true}, {Label: "办件编号", Code: true}, {Label: "结果"}, {Label: "状态"}}}
	for _, x := range p.Results {
		what := templ.Component(ui.Text("不予许可决定书"))
		if x.Granted {
			what = ui.Text("准予")
		}
		if x.Licence != "" {
			url := "/my/licences"
			if staff {
				url = "/w/licences/" + x.Licence
			}
			what = ui.Anchor{Label: orElse(x.Number, "证照、文书"), URL: url}
		}
		state := ui.Tag{Text: "待交付", Tone: ui.Warn}
		switch {
		case x.Hand != "":
			state = ui.Tag{Text: "已交付", Tone: ui.OK}
		case x.Sent:
			state = ui.Tag{Text: "邮寄中", Tone: ui.Info}
		}
		t.Rows = append(t.Rows, ui.Row{ID: x.CaseID, Cells: []templ.Component{ui.Text(x.Name), ui.Text(x.CaseNumber), what, state}})
	}
	return t
}

func handSection(hands []Hand) (ui.Section, bool) {
	var line ui.Timeline
	for _, h := range hands {
		who := h.Receiver
		if h.Agent {
			who += "（代领，" + h.Authority + "，证件 " + h.AgentMask + "）"
		}
		text := "送达回证 " + h.Number
		if h.Tracking != "" {
			text += "，" + h.Carrier + " " + h.Tracking
		}
		line.Events = append(line.Events, ui.Event{When: stamp(h.At), Title: WayName(h.Way) + "：" + who, Who: h.ClerkName, Text: text, Tone: ui.OK,
			Body: ui.Anchor{Label: "送达回证（PDF）", URL: "/deliveries/receipts/" + h.ID}})
	}
	return ui.Section{ID: "receipts", Title: "送达回证", Body: line}, len(hands) > 0
}

// actSection offers what the clerk can do next, and only that.
func (m *Module) actSection(r *web.Request, p Parcel, cause error) (ui.Section, bool) {
	base := "/w/outlet/" + string(p.ID)
	form := func(act, label string, body ...templ.Component) templ.Component {
		return ui.Form(ui.FormSpec{Action: base + "/" + act, Once: r.Fresh(), Version: p.Version, Label: label, Body: ui.Group(body)})
	}
	switch {
	case p.State == Posted:
		return ui.Section{ID: "act", Title: "邮寄：" + p.Carrier + " " + p.Tracking, Lead: "寄出时间 " + stamp(p.PostedAt), Body: ui.Group{
			form("arrive", "登记签收", ui.Field{Name: "receiver", Label: "签收人", Value: p.ApplicantName, Width: ui.Width14}, ui.Button{Label: "登记签收", Shortcut: "Alt+Enter"}),
			ui.Disclosure(ui.DisclosureSpec{Summary: "邮件退回了", Open: fault(cause, "reason") != "", Body: form("bounce", "登记退回", ui.Field{Name: "reason", Label: "退回原因", Error: fault(cause, "reason")}, ui.Button{Label: "登记退回", Kind: ui.Secondary})})}}, true
	case p.State == Ready && p.Way == Post:
		address, phone, err := m.PostTo(p)
		if err != nil {
			address = "地址无法读取，请联系管理员"
		}
		return ui.Section{ID: "act", Title: "寄出", Body: ui.Group{ui.DescriptionList{Facts: []ui.Fact{{Term: "收件人", Value: p.ApplicantName}, {Term: "地址", Value: orElse(address, "申请人没有留地址，请电话联系")}, {Term: "电话", Value: orElse(phone, "—")}}},
			form("post", "登记寄出", ui.Field{Name: "carrier", Label: "快递公司", Value: "EMS", Width: ui.Width14}, ui.Field{Name: "tracking", Label: "快递单号", Width: ui.Width22, Error: fault(cause, "tracking")}, ui.Button{Label: "登记寄出", Shortcut: "Alt+Enter"})}}, true
	case p.State == Ready && !p.checked(r.Actor.ID, r.Now):
		return ui.Section{ID: "act", Title: "第一步　核对领取人", Lead: "请领取人说出申请人证件号码（统一社会信用代码）的后四位。连续五次不符将暂停十五分钟。",
			Body: form("recognise", "核对领取人", ui.Field{Name: "last", Label: "后四位", Width: ui.Width4, MaxLength: 4, Shortcut: "F2", Error: fault(cause, "last")}, ui.Button{Label: "核对", Shortcut: "Alt+Enter"})}, true
	case p.State == Ready:
		return ui.Section{ID: "act", Title: "第二步　交付签收", Tag: ui.Tag{Text: "后四位相符", Tone: ui.OK}, Lead: fmt.Sprintf("请当面点清 %d 项结果，领取人签收后交付。", len(p.Waiting())),
			Body: form("hand", "交付签收",
				ui.Choice{Name: "who", Label: "谁来领取", Inline: true, Selected: []string{"self"}, Options: []ui.Option{{Value: "self", Label: "申请人本人"},
					{Value: "agent", Label: "代领", Reveal: ui.Group{ui.Field{Name: "receiver", Label: "代领人姓名", Width: ui.Width14, Error: fault(cause, "receiver")},
						ui.Field{Kind: ui.IDNumber, Name: "number", Label: "代领人身份证号码", Error: fault(cause, "number")}, ui.Field{Name: "authority", Label: "凭什么代领", Hint: "例如：授权委托书", Error: fault(cause, "authority")}}}}},
				ui.Button{Label: "交付并签收", Shortcut: "Alt+Enter"})}, true
	}
	return ui.Section{}, false
}

func fault(err error, field string) string {
	if p, ok := problem.Of(err); ok {
		for _, f := range p.Fields {
			if f.Name == field {
				return f.Message
			}
		}
	}
	return ""
}

func words(err error) string {
	out := []string{problem.MessageFor(err)}
	if p, ok := problem.Of(err); ok {
		for _, f := range p.Fields {
			out = append(out, f.Message)
		}
	}
	return strings.Join(out, "\n")
}

// done shows the parcel's page again: with what was wrong in the form, or with what was done.
func (m *Module) done(w *web.Response, r *web.Request, err error, said string) error {
	if p, ok := problem.Of(err); ok && (p.Kind == problem.KindInvalid || p.Kind == problem.KindConflict) {
		page, fault := m.parcelPage(r, err)
		if fault != nil {
			return fault
		}
		return w.DeskAgain(page)
	}
	if err == nil {
		r.Flash(said)
	}
	return w.After(err, "/w/outlet/"+r.PathValue("id"))
}

func (m *Module) postRecognise(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	out, err := r.Act("delivery.recognise", func(tx *db.Tx) error {
		same, err := m.Recognise(r.Ctx, tx, ID(r.PathValue("id")), form.Get("last"))
		if same {
			tx.Answer("same")
		}
		return err
	})
	if err == nil && out.Reply != "same" {
		err = problem.Invalid("后四位不符，不能交付").On("last", "与申请人证件号码的后四位不符，请领取人再说一遍，或核对证件原件")
	}
	return m.done(w, r, err, "后四位相符，可以交付。")
}

func (m *Module) postHand(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	to := Receiver{Agent: form.Get("who") == "agent"}
	if to.Agent {
		to.Name, to.Number, to.Authority = form.Get("receiver"), form.Get("number"), form.Get("authority")
	}
	_, err = r.Act("delivery.hand", func(tx *db.Tx) error {
		_, err := m.HandOver(r.Ctx, tx, ID(r.PathValue("id")), to, r.Version())
		return err
	})
	return m.done(w, r, err, "已送达，请打印送达回证由领取人签名。")
}

func (m *Module) postPost(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	_, err = r.Act("delivery.post", func(tx *db.Tx) error {
		return m.SendOff(r.Ctx, tx, ID(r.PathValue("id")), form.Get("carrier"), form.Get("tracking"), r.Version())
	})
	return m.done(w, r, err, "已登记寄出，申请人会收到快递单号。")
}

func (m *Module) postArrive(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	_, err = r.Act("delivery.arrive", func(tx *db.Tx) error {
		_, err := m.Arrive(r.Ctx, tx, ID(r.PathValue("id")), form.Get("receiver"))
		return err
	})
	return m.done(w, r, err, "已登记签收。")
}

func (m *Module) postBounce(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	_, err = r.Act("delivery.bounce", func(tx *db.Tx) error { return m.Bounce(r.Ctx, tx, ID(r.PathValue("id")), form.Get("reason")) })
	return m.done(w, r, err, "已登记退回，改为窗口领取并通知了申请人。")
}

// mine reads a parcel for its owner; to anybody else it does not exist.
func (m *Module) mine(r *web.Request) (Parcel, error) {
	p, err := m.Find(r.Ctx, r.View, ID(r.PathValue("id")))
	if err == nil && !owns(r.Actor, p) {
		err = problem.NotFound("没有这份送达件")
	}
	return p, err
}

func (m *Module) showMine(w *web.Response, r *web.Request) error {
	page, body, err := m.minePage(r, nil)
	if err != nil {
		return err
	}
	return w.ShowPublic(page, body)
}

func (m *Module) minePage(r *web.Request, cause error) (ui.PublicPage, ui.Detail, error) {
	page := ui.PublicPage{Page: ui.Page{Crumbs: []ui.Link{{Label: "首页", URL: "/"}, {Label: "我的", URL: "/my"}, {Label: "领取结果"}}}}
	p, err := m.mine(r)
	if err != nil {
		return page, ui.Detail{}, err
	}
	hands, err := m.Hands(r.Ctx, r.View, p.ID)
	if err != nil {
		return page, ui.Detail{}, err
	}
	code, err := m.Code(p)
	if err != nil {
		return page, ui.Detail{}, err
	}
	u, _ := m.org.Unit(p.Outlet)
	d := ui.Detail{Title: "领取结果：" + p.Title, Tags: []ui.Tag{tag(p)}, Facts: []ui.Fact{{Term: "领取方式", Value: WayName(p.Way)}}}
	switch {
	case p.State == Ready && p.Way == Window:
		d.Facts = append(d.Facts, ui.Fact{Term: "取件码", Value: code}, ui.Fact{Term: "地点", Value: orElse(u.Name, "政务服务中心") + "　" + u.Address}, ui.Fact{Term: "时间", Value: u.Hours}, ui.Fact{Term: "电话", Value: u.Phone})
		d.Notice = ui.Notice{Tone: ui.Info, Title: "可以领取了", Text: "请带本人证件，向出件窗口出示取件码。请别人代领的，带授权委托书和代领人身份证。"}
	case p.State == Posted:
		d.Facts = append(d.Facts, ui.Fact{Term: "快递", Value: p.Carrier + " " + p.Tracking}, ui.Fact{Term: "寄出时间", Value: stamp(p.PostedAt)})
	}
	if cause != nil {
		d.Notice = ui.Notice{Tone: ui.Bad, Title: "没有办成", Text: words(cause)}
	}
	d.Sections = append(d.Sections, ui.Section{ID: "results", Title: "结果", Flush: true, Body: resultTable(p, false)})
	if p.State == Ready {
		d.Sections = append(d.Sections, ui.Section{ID: "way", Title: "改领取方式", Body: ui.Form(ui.FormSpec{Action: "/my/deliveries/" + string(p.ID) + "/way", Once: r.Fresh(), Version: p.Version, Label: "改领取方式", Body: ui.Group{
			ui.Choice{Name: "way", Label: "怎样领取", Selected: []string{p.Way}, Error: fault(cause, "way"), Options: []ui.Option{{Value: Window, Label: "到出件窗口领"},
				{Value: Post, Label: "邮寄", Reveal: ui.Field{Name: "address", Label: "收件地址", Hint: "写到门牌号；不填则寄到您登记的地址", Optional: true, Error: fault(cause, "address")}},
				{Value: Download, Label: "只要电子证照", Hint: "选定后即视为送达，可在“我的证照”下载"}}},
			ui.Button{Label: "保存领取方式", Kind: ui.Secondary}}})})
	}
	if s, ok := handSection(hands); ok {
		d.Sections = append(d.Sections, s)
	}
	return page, d, nil
}

func (m *Module) postWay(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	if _, err := m.mine(r); err != nil {
		return err
	}
	_, err = r.Act("delivery.choose", func(tx *db.Tx) error {
		return m.Choose(r.Ctx, tx, ID(r.PathValue("id")), form.Get("way"), form.Get("address"), r.Version())
	})
	if p, ok := problem.Of(err); ok && p.Kind == problem.KindInvalid {
		page, body, again := m.minePage(r, err)
		if again != nil {
			return again
		}
		return w.PublicAgain(page, body)
	}
	if err == nil {
		r.Flash("领取方式已更新。")
	}
	return w.After(err, "/my/deliveries/"+r.PathValue("id"))
}

// serveReceipt draws the receipt (送达回证) of a handing over, always the same from the same row.
func (m *Module) serveReceipt(w *web.Response, r *web.Request) error {
	h, err := m.Hand(r.Ctx, r.View, r.PathValue("id"))
	if err != nil {
		return err
	}
	p, err := m.Find(r.Ctx, r.View, h.Parcel)
	if err != nil {
		return err
	}
	if !MayRead(r.View, p) {
		return problem.NotFound("没有这份送达回证")
	}
	pdf, err := m.k.Papers.Render(m.Receipt(p, h), h.At.In(zone))
	if err != nil {
		return err
	}
	return w.Download("送达回证 "+h.Number+".pdf", file.PDF.MIME(), h.At, true, bytes.NewReader(pdf))
}

// Receipt is the 送达回证 of a handing over.
func (m *Module) Receipt(p Parcel, h Hand) document.Paper {
	u, _ := m.org.Unit(h.Unit)
	table := document.Table{Columns: []document.Column{{Title: "序号", Weight: 1, Align: document.Centre}, {Title: "事项", Weight: 5}, {Title: "办件编号", Weight: 3}, {Title: "送达文书", Weight: 3}}}
	for _, x := range p.Results {
		if x.Hand != h.ID {
			continue
		}
		what := "不予许可决定书"
		if x.Granted {
			what = orElse(x.Number, "准予决定及证照、文书")
		}
		table.Rows = append(table.Rows, []string{fmt.Sprint(len(table.Rows) + 1), x.Name, x.CaseNumber, what})
	}
	rows := []document.Field{{Label: "受送达人", Value: p.ApplicantName}, {Label: "送达方式", Value: WayName(h.Way)}, {Label: "送达时间", Value: h.At.In(zone).Format("2006年1月2日15时04分")}}
	if h.Tracking != "" {
		rows = append(rows, document.Field{Label: "邮寄单号", Value: h.Carrier + " " + h.Tracking})
	}
	receiver := h.Receiver
	if h.Agent {
		receiver += "（代领，" + h.Authority + "，证件号码 " + h.AgentMask + "）"
	}
	rows = append(rows, document.Field{Label: "签收人", Value: receiver}, document.Field{Label: "送达人", Value: h.ClerkName}, document.Field{Label: "签收人签名", Value: "　"}, document.Field{Label: "备注", Value: orElse(p.Asked, "　")})
	return document.Paper{Title: "送达回证", Number: h.Number, Creator: "tongban", Blocks: []document.Block{
		document.Paragraph{Text: "“" + p.Title + "”的下列结果已经送达。"}, table, document.Spacer{MM: 4}, document.Fields{Rows: rows},
		document.Signature{Issuer: orElse(u.Name, m.org.Name(h.Unit)), Date: h.At.In(zone).Format("2006年1月2日")}}}
}
