package identity

import (
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"tongban/kernel/db"
	"tongban/kernel/openid"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

func (p Provider) page() string { return "/admin/identity/" + p.Code }

func (p Provider) tag() ui.Tag {
	return ui.Tag{Text: p.State.Label(), Tone: map[State]ui.Tone{On: ui.OK, Waiting: ui.Warn, Off: ui.Neutral}[p.State]}
}

func sideLabel(side string) string {
	return map[string]string{Citizens: "办事人登录", Staff: "工作人员登录"}[side]
}

func (m *Module) showProviders(w *web.Response, r *web.Request) error {
	all, err := m.All(r.Ctx, r.View)
	if err != nil {
		return err
	}
	list := ui.List{Title: "身份平台", Lead: "办事人可以用国家、省的统一身份认证平台登录，工作人员可以用政务内网的统一登录。登记后由另一位管理员复核启用。",
		Empty: ui.EmptyState{Title: "还没有身份平台", Text: "向平台申请接入，拿到客户端标识和密钥后，在这里登记。"}}
	if r.Actor.Holds(PermManage) {
		list.Actions = []templ.Component{ui.LinkButton{Label: "登记身份平台", URL: "/admin/identity/new", Icon: ui.IconPlus}}
	}
	list.Table = ui.Table{Caption: "身份平台", Columns: []ui.Column{{Label: "平台", Main: true}, {Label: "给谁用"}, {Label: "发行者"}, {Label: "状态"}}}
	for _, p := range all {
		list.Table.Rows = append(list.Table.Rows, ui.Row{ID: p.Code, URL: p.page(), Cells: []templ.Component{ui.Text(p.Title), ui.Text(sideLabel(p.Side)), ui.Text(p.Issuer), p.tag()}})
	}
	return w.ShowDesk(list)
}

// fields are what can be put down of a provider.
func (m *Module) fields(p Provider, fresh bool, cause error) []templ.Component {
	fault := func(name string) string { return problem.FieldMessage(cause, name) }
	kept := "平台发给本县的 client_secret。加密保存，不再显示"
	if !fresh {
		kept += "；不改的留空"
	}
	text := func(name, label, value, hint string) ui.Field {
		return ui.Field{Name: name, Label: label, Value: value, Hint: hint, Error: fault(name), Autocomplete: "off", Width: ui.Width22}
	}
	anew := []string{}
	if p.Anew {
		anew = []string{"yes"}
	}
	optional := func(f ui.Field) ui.Field { f.Optional = true; return f }
	out := []templ.Component{
		text("title", "平台名称", p.Title, "登录按钮上显示，例如 湖南省统一身份认证平台"),
		ui.Choice{Name: "side", Label: "给谁用", Selected: []string{p.Side}, Error: fault("side"), Options: []ui.Option{
			{Value: Citizens, Label: "办事人", Hint: "按平台核验过的姓名和身份证号找到或者开通账户"},
			{Value: Staff, Label: "工作人员", Hint: "只认本人登录后自己关联过的账号，不会因此开通账户"}}},
		ui.Field{Name: "issuer", Label: "发行者网址（issuer）", Value: p.Issuer, Hint: "与平台文档一字不差，以 https:// 开头；内网地址要由运维人员在 --webhook-networks 里列出网段", Error: fault("issuer"), Autocomplete: "off"},
		text("client", "客户端标识（client_id）", p.Client, ""),
		ui.Field{Kind: ui.Password, Name: "secret", Label: "密钥（client_secret）", Hint: kept, Optional: !fresh, Autocomplete: "off", Error: fault("secret")},
		optional(text("scopes", "权限范围（scope）", strings.Join(p.Scopes, " "), "openid 以外的，用空格隔开，例如 profile phone")),
		optional(text("name_claim", "姓名字段", p.Claims.Name, "一般是 name；办事人平台必填")),
		optional(text("number_claim", "身份证号字段", p.Claims.Number, "办事人平台必填，按平台文档填写")),
		optional(text("phone_claim", "手机号码字段", p.Claims.Phone, "平台核验过的手机号码；不告诉的留空")),
		optional(text("level_claim", "等级字段", p.Claims.Level, "一般是 acr")),
		optional(text("levels", "够格的等级", strings.Join(p.Levels, " "), "办事人平台：算实名的值，用空格隔开，都已实名的填 *。工作人员平台：表示用了两步验证的值，没有的留空")),
		ui.Choice{Name: "anew", Label: "每次都要重新登录", Many: true, Optional: true, Selected: anew, Options: []ui.Option{{Value: "yes", Label: "要求平台每次都请本人重新登录", Hint: "大厅里的公用电脑和自助终端应当选；平台须支持 prompt=login 和 auth_time"}}},
	}
	if fresh {
		out = append([]templ.Component{text("code", "代码", p.Code, "出现在网址里，小写字母、数字，例如 province；登记后不能改")}, out...)
	}
	return out
}

func typed(form url.Values) Provider {
	return Provider{Code: form.Get("code"), Title: form.Get("title"), Side: form.Get("side"), Issuer: form.Get("issuer"), Client: form.Get("client"), Scopes: strings.Fields(form.Get("scopes")),
		Claims: Claims{form.Get("name_claim"), form.Get("number_claim"), form.Get("phone_claim"), form.Get("level_claim")}, Levels: strings.Fields(form.Get("levels")), Anew: form.Get("anew") == "yes"}
}

func (m *Module) newPage(r *web.Request, p Provider, cause error) ui.FormPage {
	f := ui.FormPage{Title: "登记身份平台", Back: ui.Link{Label: "返回身份平台", URL: "/admin/identity"}, Faults: web.Faults(cause), Form: ui.FormSpec{Action: "/admin/identity/new", Once: r.Fresh()},
		Notice: ui.Notice{Text: "向平台申请接入时，回调地址填 " + r.BaseURL() + "/login/back/ 加上下面的代码。"}, Fields: m.fields(p, true, cause), Actions: ui.Actions{ui.Button{Label: "登记，送复核"}}}
	if cause != nil && len(f.Faults) == 0 {
		f.Notice = ui.Notice{Tone: ui.Bad, Text: problem.MessageFor(cause)}
	}
	return f
}

func (m *Module) showNew(w *web.Response, r *web.Request) error {
	return w.ShowDesk(m.newPage(r, Provider{Side: Citizens, Scopes: []string{"profile"}, Claims: Usual}, nil))
}

func (m *Module) postNew(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	p := typed(form)
	_, err = r.Act("identity.put", func(tx *db.Tx) error { return m.Put(r.Ctx, tx, p, form.Get("secret"), 0) })
	if err != nil && problem.KindOf(err) == problem.KindInvalid {
		return w.DeskAgain(m.newPage(r, p, err))
	}
	if err == nil {
		r.Flash("已登记，等另一位管理员复核启用。")
	}
	return w.After(err, p.page())
}

func (m *Module) showProvider(w *web.Response, r *web.Request) error {
	p, err := m.Find(r.Ctx, r.View, r.PathValue("code"))
	if err != nil {
		return err
	}
	return w.ShowDesk(m.providerPage(r, p, p, nil))
}

func (m *Module) providerPage(r *web.Request, p, wanted Provider, cause error) ui.Detail {
	yes := map[bool]string{true: "每次", false: "由平台决定"}
	d := ui.Detail{Title: p.Title, Number: p.Code, Tags: []ui.Tag{p.tag()}, Back: ui.Link{Label: "返回身份平台", URL: "/admin/identity"}, Facts: []ui.Fact{
		{Term: "给谁用", Value: sideLabel(p.Side)}, {Term: "发行者", Value: p.Issuer}, {Term: "客户端标识", Value: p.Client}, {Term: "回调地址", Value: r.BaseURL() + "/login/back/" + p.Code},
		{Term: "字段", Value: strings.Join([]string{"姓名 " + p.Claims.Name, "身份证号 " + p.Claims.Number, "手机 " + p.Claims.Phone, "等级 " + p.Claims.Level}, "；")},
		{Term: "够格的等级", Value: strings.Join(p.Levels, " ")}, {Term: "重新登录", Value: yes[p.Anew]}, {Term: "登记时间", Value: web.Stamp(p.SetAt)}}}
	act := func(to, label string, kind ui.ButtonKind, hidden map[string]string) templ.Component {
		return ui.Form(ui.FormSpec{Action: p.page() + to, Once: r.Fresh(), Version: p.Version, Hidden: hidden, Label: label, Body: ui.Button{Label: label, Kind: kind}})
	}
	d.Actions = append(d.Actions, act("/test", "试连接", ui.Secondary, nil))
	if p.State == Waiting {
		d.Notice = ui.Notice{Tone: ui.Warn, Title: "等待复核", Text: "由安全管理员核对发行者、字段和等级后启用；登记的人不能自己启用。"}
	}
	if r.Actor.Holds(PermConfirm) && p.State != On {
		d.Actions = append(d.Actions, act("/rule", "复核通过，启用", ui.Primary, map[string]string{"to": "on"}))
	}
	if p.State != Off {
		d.Actions = append(d.Actions, act("/off", "停用", ui.Danger, nil))
	}
	if cause != nil {
		d.Notice = ui.Notice{Tone: ui.Bad, Title: "没有保存", Text: problem.MessageFor(cause)}
	}
	if r.Actor.Holds(PermManage) {
		d.Sections = append(d.Sections, ui.Section{ID: "change", Title: "修改", Lead: "修改后要重新复核，复核之前这个平台不能登录。换了发行者的，原来的关联全部解除。",
			Body: ui.Form(ui.FormSpec{Action: p.page() + "/change", Once: r.Fresh(), Version: p.Version, Label: "修改身份平台", Body: append(ui.Group(m.fields(wanted, false, cause)), ui.Actions{ui.Button{Label: "保存，送复核", Kind: ui.Secondary}})})})
	}
	return d
}

func (m *Module) postChange(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	p, err := m.Find(r.Ctx, r.View, r.PathValue("code"))
	if err != nil {
		return err
	}
	wanted := typed(form)
	wanted.Code = p.Code
	if r.Version() == 0 {
		return problem.Invalid("这份表单不完整。请刷新本页再提交")
	}
	_, err = r.Act("identity.put", func(tx *db.Tx) error { return m.Put(r.Ctx, tx, wanted, form.Get("secret"), r.Version()) })
	if err != nil && problem.KindOf(err) == problem.KindInvalid {
		return w.DeskAgain(m.providerPage(r, p, wanted, err))
	}
	if err == nil {
		r.Flash("已保存，等另一位管理员复核启用。")
	}
	return w.After(err, p.page())
}

// postTest asks the provider who it is. It changes nothing here.
func (m *Module) postTest(w *web.Response, r *web.Request) error {
	if _, err := r.Posted(); err != nil {
		return err
	}
	p, err := m.Find(r.Ctx, r.View, r.PathValue("code"))
	if err != nil {
		return err
	}
	if err := m.desk.Meet(r.Ctx, p.Issuer); openid.KindOf(err) != "" {
		return problem.Conflict("连不上，或者对方的说明不对：%s", err).WithNext("请核对发行者网址、网络和对方的证书。")
	} else if err != nil {
		return err
	}
	r.Flash("连接正常：对方的说明与发行者一致。")
	return w.Go(p.page())
}

func (m *Module) postRule(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	code := r.PathValue("code")
	_, err = r.Act("identity.rule", func(tx *db.Tx) error { return m.Rule(r.Ctx, tx, code, form.Get("to") == "on", r.Version()) })
	if err == nil {
		r.Flash("已办好。")
	}
	return w.After(err, "/admin/identity/"+code)
}

func (m *Module) postOff(w *web.Response, r *web.Request) error {
	if _, err := r.Posted(); err != nil {
		return err
	}
	code := r.PathValue("code")
	_, err := r.Act("identity.off", func(tx *db.Tx) error { return m.TurnOff(r.Ctx, tx, code, r.Version()) })
	if err == nil {
		r.Flash("已停用，从现在起不能用它登录。")
	}
	return w.After(err, "/admin/identity/"+code)
}
