package client

import (
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

// useDays is how far back the page of a program shows its calls.
const useDays = 30

func (m *Module) showList(w *web.Response, r *web.Request) error {
	const size = 50
	all, err := m.Page(r.Ctx, r.View, ID(r.Value("after")), size+1)
	if err != nil {
		return err
	}
	list := ui.List{Title: "接入应用", Lead: "通过接口办事的业务系统、平台和设备。每个应用只在所属单位的范围内、按给它的权限办事，每一步都留痕。",
		Actions: []templ.Component{ui.LinkButton{Label: "登记应用", URL: "/admin/clients/new", Icon: ui.IconPlus}, ui.LinkButton{Label: "接口说明", URL: "/api", Kind: ui.Quiet}},
		Empty:   ui.EmptyState{Title: "还没有接入应用", Text: "业务系统要通过接口办事的，点“登记应用”，发给标识和密钥。"}}
	if len(all) > size {
		all = all[:size]
		list.Pager.NextURL = "/admin/clients?after=" + url.QueryEscape(string(all[size-1].ID))
	}
	list.Table = ui.Table{Caption: "接入应用", Columns: []ui.Column{{Label: "应用", Main: true}, {Label: "单位"}, {Label: "权限", Number: true}, {Label: "最近换取令牌"}, {Label: "状态"}},
		Rows: ui.Rows(all, func(c Client) ui.Row {
			return ui.Row{ID: string(c.ID), URL: "/admin/clients/" + string(c.ID), Cells: []templ.Component{ui.Two{Main: c.Name, Small: string(c.ID)}, ui.Text(m.org.Name(c.Unit)),
				ui.Text(strconv.Itoa(len(c.Permissions)) + " 项"), ui.Text(stamp(c.TokenAt)), stateTag(c.State)}}
		})}
	return w.ShowDesk(list)
}

func stateTag(s State) ui.Tag {
	if s == Active {
		return ui.Tag{Text: s.Label(), Tone: ui.OK}
	}
	return ui.Tag{Text: s.Label(), Tone: ui.Warn}
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "还没有"
	}
	return t.In(web.Beijing).Format("2006-01-02 15:04")
}

func (m *Module) showNew(w *web.Response, r *web.Request) error {
	return w.ShowDesk(m.newPage(r, Registration{PerMinute: 120, PerDay: 20_000}, nil))
}

// fields are what can be chosen at any time.
func (m *Module) fields(reg Registration, cause error) []templ.Component {
	options := []ui.Option{}
	for _, p := range m.Offered() {
		options = append(options, ui.Option{Value: string(p), Label: m.k.Rights().Title(p), Hint: string(p)})
	}
	chosen := make([]string, len(reg.Permissions))
	for i, p := range reg.Permissions {
		chosen[i] = string(p)
	}
	return []templ.Component{
		ui.Choice{Name: "permissions", Label: "权限", Hint: "只给用得着的。受理、审查、决定要职责分离，不要都给同一个应用。", Many: true, Options: options, Selected: chosen, Error: faultOf(cause, "permissions")},
		ui.Field{Name: "per_minute", Label: "每分钟最多调用", Value: strconv.Itoa(reg.PerMinute), Width: ui.Width8, Unit: "次", Error: faultOf(cause, "per_minute")},
		ui.Field{Name: "per_day", Label: "每天最多调用", Value: strconv.Itoa(reg.PerDay), Width: ui.Width8, Unit: "次", Error: faultOf(cause, "per_day")},
		ui.Field{Name: "contact", Label: "负责人和联系方式", Value: reg.Contact, Hint: "例如：数据股 内线 612", Error: faultOf(cause, "contact")},
		ui.Field{Kind: ui.Multiline, Name: "note", Label: "说明", Value: reg.Note, Rows: 2, Optional: true},
	}
}

func (m *Module) newPage(r *web.Request, reg Registration, cause error) ui.FormPage {
	var units []ui.Option
	for _, u := range m.org.Units() {
		units = append(units, ui.Option{Value: u.Code, Label: u.Name})
	}
	page := ui.FormPage{Title: "登记接入应用", Back: ui.Link{Label: "返回接入应用", URL: "/admin/clients"}, Form: ui.FormSpec{Action: "/admin/clients/new", Once: r.Fresh()},
		Fields: append([]templ.Component{
			ui.Field{Name: "name", Label: "应用名称", Value: reg.Name, Hint: "会写进审计日志，写明是哪个系统", Error: faultOf(cause, "name")},
			ui.Select{Name: "unit", Label: "所属单位", Options: units, Value: reg.Unit, Blank: "请选择", Error: faultOf(cause, "unit")},
		}, m.fields(reg, cause)...),
		Actions: ui.Actions{ui.Button{Label: "登记，发给密钥"}}}
	return withFaults(page, cause)
}

func withFaults(page ui.FormPage, cause error) ui.FormPage {
	for _, f := range problem.FieldsOf(cause) {
		page.Faults = append(page.Faults, ui.Fault{Field: f.Name, Text: f.Message})
	}
	if cause != nil && len(page.Faults) == 0 {
		page.Notice = ui.Notice{Tone: ui.Bad, Text: problem.MessageFor(cause)}
	}
	return page
}

func faultOf(err error, name string) string {
	for _, f := range problem.FieldsOf(err) {
		if f.Name == name {
			return f.Message
		}
	}
	return ""
}

func registration(form url.Values) Registration {
	reg := Registration{Name: form.Get("name"), Unit: form.Get("unit"), Contact: form.Get("contact"), Note: form.Get("note")}
	reg.PerMinute, _ = strconv.Atoi(form.Get("per_minute")) // no number is none: Check refuses it
	reg.PerDay, _ = strconv.Atoi(form.Get("per_day"))
	for _, p := range form["permissions"] {
		reg.Permissions = append(reg.Permissions, authz.Permission(p))
	}
	return reg
}

func (m *Module) postNew(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	reg, secret := registration(form), NewSecret()
	out, err := r.Act("client.register", func(tx *db.Tx) error {
		c, err := m.Register(r.Ctx, tx, reg, secret)
		tx.Answer(string(c.ID))
		return err
	})
	if problem.KindOf(err) == problem.KindInvalid && err != nil {
		return w.DeskAgain(m.newPage(r, reg, err))
	}
	if err != nil {
		return err
	}
	return m.showSecret(w, r, ID(out.Reply), secret, out)
}

// showSecret shows a secret, this once. A form that is sent again did nothing, and its first secret is nowhere any more.
func (m *Module) showSecret(w *web.Response, r *web.Request, id ID, secret string, out db.Outcome) error {
	if out.Repeated {
		r.Flash("刚才已经办好。密钥只显示一次；没有记下来的，请换发密钥。")
		return w.Go("/admin/clients/" + string(id))
	}
	c, err := m.Find(r.Ctx, r.View, id)
	if err != nil {
		return err
	}
	return w.ShowDesk(ui.Detail{Title: c.Name, Number: string(c.ID), Back: ui.Link{Label: "到应用页", URL: "/admin/clients/" + string(id)},
		Notice: ui.Notice{Tone: ui.Warn, Title: "请现在记下密钥", Text: "密钥只显示这一次，平台不保存原文。请用安全的方式交给对方，不要发在群里、写进代码。"},
		Facts:  []ui.Fact{{Term: "应用标识（client_id）", Value: string(c.ID)}, {Term: "密钥（client_secret）", Value: secret}, {Term: "换取令牌", Value: r.BaseURL() + web.TokenPath}, {Term: "接口说明", Body: ui.Anchor{Label: r.BaseURL() + "/api", URL: "/api"}}}})
}

func (m *Module) showClient(w *web.Response, r *web.Request) error {
	return m.clientPage(w, r, nil, nil)
}

func (m *Module) clientPage(w *web.Response, r *web.Request, typed *Registration, cause error) error {
	c, err := m.Find(r.Ctx, r.View, ID(r.PathValue("id")))
	if err == nil && !r.Actor.May(PermManage, authz.Place{Unit: c.Unit}) {
		err = problem.NotFound("没有这个接入应用")
	}
	if err != nil {
		return err
	}
	today := calendar.DayOf(r.Now)
	use, err := m.UseSince(r.Ctx, r.View, c.ID, today.Plus(-useDays))
	if err != nil {
		return err
	}
	if now := m.meters.unwritten(c.ID, today.String()); now.Calls+now.Refused > 0 {
		if len(use) == 0 || use[0].Day != now.Day {
			use = append([]Use{{Day: now.Day}}, use...)
		}
		use[0].Calls, use[0].Refused = use[0].Calls+now.Calls, use[0].Refused+now.Refused
	}
	reg := Registration{Contact: c.Contact, Note: c.Note, Permissions: c.Permissions, PerMinute: c.PerMinute, PerDay: c.PerDay}
	if typed != nil {
		reg = *typed
	}
	base := "/admin/clients/" + string(c.ID)
	d := ui.Detail{Title: c.Name, Number: string(c.ID), Tags: []ui.Tag{stateTag(c.State)}, Back: ui.Link{Label: "返回接入应用", URL: "/admin/clients"},
		Facts:   []ui.Fact{{Term: "所属单位", Value: m.org.Name(c.Unit)}, {Term: "登记", Value: stamp(c.MadeAt)}, {Term: "现在的密钥发于", Value: stamp(c.RotatedAt)}, {Term: "最近换取令牌", Value: stamp(c.TokenAt)}},
		Actions: []templ.Component{m.turnForm(r, c)},
		Sections: []ui.Section{
			{ID: "use", Title: "调用次数", Lead: fmt.Sprintf("最近 %d 天。被拒的是超过每分钟或者每天的次数。", useDays), Body: useTable(use)},
			{ID: "change", Title: "权限和次数", Lead: "改动从下一次调用起生效。", Body: ui.Form(ui.FormSpec{Action: base + "/change", Once: r.Fresh(), Version: c.Version, Label: "修改权限和次数",
				Body: append(ui.Group(m.fields(reg, cause)), ui.Button{Label: "保存修改"})})},
			{ID: "rotate", Title: "换发密钥", Lead: "怀疑泄露时马上换发：旧密钥和所有令牌立即失效，对方换上新密钥之前不能调用。",
				Body: ui.Form(ui.FormSpec{Action: base + "/rotate", Once: r.Fresh(), Version: c.Version, Label: "换发密钥", Body: ui.Button{Label: "换发密钥", Kind: ui.Danger}})},
		}}
	if r.Actor.May(permAudit, authz.Place{}) {
		d.Actions = append([]templ.Component{ui.LinkButton{Label: "它做过什么", URL: "/admin/audit?actor=" + url.QueryEscape(c.Name), Kind: ui.Secondary}}, d.Actions...)
	}
	if cause != nil {
		d.Notice = ui.Notice{Tone: ui.Bad, Title: "没有保存", Text: problem.MessageFor(cause)}
		return w.DeskAgain(d)
	}
	return w.ShowDesk(d)
}

func useTable(use []Use) templ.Component {
	if len(use) == 0 {
		return ui.EmptyState{Title: "还没有调用", Text: "对方换取令牌、调用接口以后，这里按天计数。"}
	}
	return ui.Table{Caption: "每天的调用次数", Columns: []ui.Column{{Label: "日期", Main: true}, {Label: "调用", Number: true}, {Label: "被拒", Number: true}},
		Rows: ui.Rows(use, func(u Use) ui.Row {
			return ui.Row{ID: u.Day, Cells: ui.Cells(u.Day, strconv.FormatInt(u.Calls, 10), strconv.FormatInt(u.Refused, 10))}
		})}
}

func (m *Module) turnForm(r *web.Request, c Client) templ.Component {
	to, label, kind := Suspended, "停用", ui.Danger
	if c.State == Suspended {
		to, label, kind = Active, "恢复使用", ui.Secondary
	}
	return ui.Form(ui.FormSpec{Action: "/admin/clients/" + string(c.ID) + "/turn", Once: r.Fresh(), Version: c.Version, Hidden: map[string]string{"to": string(to)}, Label: label,
		Body: ui.Button{Label: label, Kind: kind}})
}

func (m *Module) postChange(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	reg := registration(form)
	_, err = r.Act("client.change", func(tx *db.Tx) error { return m.Change(r.Ctx, tx, ID(r.PathValue("id")), reg, r.Version()) })
	if problem.KindOf(err) == problem.KindInvalid && err != nil {
		return m.clientPage(w, r, &reg, err)
	}
	if err == nil {
		r.Flash("已保存，从下一次调用起生效。")
	}
	return w.After(err, "/admin/clients/"+r.PathValue("id"))
}

func (m *Module) postRotate(w *web.Response, r *web.Request) error {
	id, secret := ID(r.PathValue("id")), NewSecret()
	out, err := r.Act("client.rotate", func(tx *db.Tx) error { return m.Rotate(r.Ctx, tx, id, secret, r.Version()) })
	if err != nil {
		return err
	}
	return m.showSecret(w, r, id, secret, out)
}

func (m *Module) postTurn(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	to := State(form.Get("to"))
	_, err = r.Act("client.turn", func(tx *db.Tx) error { return m.Turn(r.Ctx, tx, ID(r.PathValue("id")), to, r.Version()) })
	if err == nil {
		r.Flash(map[State]string{Active: "已恢复，应用重新换取令牌后可以调用。", Suspended: "已停用，它的令牌立即失效。"}[to])
	}
	return w.After(err, "/admin/clients/"+r.PathValue("id"))
}
