package account

import (
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"tongban/kernel/crypto"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

// showAccount is one account as its administrator sees it.
func (m *Module) showAccount(w *web.Response, r *web.Request) error {
	page, err := m.accountPage(r, nil)
	if err != nil {
		return err
	}
	return w.ShowDesk(page)
}

func (m *Module) accountPage(r *web.Request, cause error) (templ.Component, error) {
	a, err := m.seen(r)
	if err != nil {
		return nil, err
	}
	waiting, err := m.Waiting(r.Ctx, r.View)
	if err != nil {
		return nil, err
	}
	passkeys, err := m.Passkeys(r.Ctx, r.View, a.ID)
	if err != nil {
		return nil, err
	}
	d := ui.Detail{Title: a.Name, Number: a.Login, Back: ui.Link{Label: "返回账户列表", URL: "/admin/users"}, Facts: []ui.Fact{
		{Term: "单位", Value: m.org.Name(a.Unit)}, {Term: "角色", Value: m.titles(a.Roles)}, {Term: "动态口令", Value: map[bool]string{true: "已启用", false: "没有启用"}[a.Second]}, {Term: "通行密钥", Value: keysInWords(passkeys)}}}
	if cause != nil {
		d.Notice = ui.Notice{Tone: ui.Bad, Text: said(cause)}
	}
	for _, c := range waiting {
		if c.Account == a.ID {
			d.Notice = ui.Notice{Tone: ui.Warn, Title: "有变更在等待复核", Text: m.changeWords(c) + "。安全管理员复核后生效。"}
		}
	}
	at := "/admin/users/" + a.ID
	if a.State != "active" {
		d.Tags = []ui.Tag{{Text: "已停用"}}
		d.Sections = append(d.Sections, ui.Section{ID: "on", Title: "恢复账户", Lead: "恢复后用原来的密码登录。", Body: ui.Form(ui.FormSpec{Action: at + "/on", Once: r.Fresh(), Version: a.Version, Label: "恢复账户", Body: ui.Button{Label: "恢复", Kind: ui.Secondary}})})
		return d, nil
	}
	d.Tags = []ui.Tag{{Text: "在用", Tone: ui.OK}}
	var roles []ui.Option
	for _, role := range m.Roles() {
		if role.Side == "public" {
			continue
		}
		hint := role.Note
		if role.weighty() {
			hint = strings.TrimPrefix(hint+"；授予须由另一名管理员复核", "；")
		}
		roles = append(roles, ui.Option{Value: role.Code, Label: role.Title, Hint: hint})
	}
	reason := ui.Field{Name: "reason", Label: "理由", Optional: true, Hint: "须复核的变更必须填写，例如：接替退休的张三", MaxLength: 200, Error: problem.FieldMessage(cause, "reason")}
	d.Sections = append(d.Sections,
		ui.Section{ID: "roles", Title: "角色", Lead: "去掉的角色立即失效；本人的登录会结束，须重新登录。", Body: ui.Form(ui.FormSpec{Action: at + "/roles", Once: r.Fresh(), Version: a.Version, Label: "角色", Body: ui.Group{
			ui.Choice{Name: "roles", Label: "担任的角色", Many: true, Optional: true, Options: roles, Selected: a.Roles, Error: problem.FieldMessage(cause, "roles")}, reason, ui.Actions{ui.Button{Label: "保存角色"}}}})},
		ui.Section{ID: "restart", Title: "重置登录方式", Lead: "忘记密码、换手机时用。密码、动态口令和通行密钥都作废，本人用一次性链接自己重新设置；管理员不知道新密码。", Body: ui.Form(ui.FormSpec{Action: at + "/restart", Once: r.Fresh(), Version: a.Version, Label: "重置登录方式", Body: ui.Group{
			ui.Field{Name: "reason", Label: "重置的理由", Optional: true, Hint: "须复核的账户必须填写", MaxLength: 200}, ui.Actions{ui.Button{Label: "重置", Kind: ui.Secondary}}}})},
		ui.Section{ID: "off", Title: "停用", Lead: "离职、调出时用。登录立即失效。", Body: ui.Form(ui.FormSpec{Action: at + "/off", Once: r.Fresh(), Version: a.Version, Label: "停用账户", Body: ui.Button{Label: "停用", Kind: ui.Secondary, Hidden: a.Name}})})
	return d, nil
}

// seen finds the account of the address for an administrator of its unit.
func (m *Module) seen(r *web.Request) (Account, error) {
	a, err := m.Find(r.Ctx, r.View, r.PathValue("id"))
	if err == nil && (a.Kind != Staff || !r.Actor.May(PermManage, place(a))) {
		err = problem.NotFound("没有这个账户")
	}
	return a, err
}

// said is an error with what it says about single fields.
func said(err error) string {
	words := problem.MessageFor(err)
	for _, f := range problem.FieldsOf(err) {
		words += "。" + f.Message
	}
	return words
}

func (m *Module) titles(codes []string) string {
	var out []string
	for _, c := range codes {
		out = append(out, m.RoleTitle(c))
	}
	return strings.Join(out, "、")
}

func (m *Module) changeWords(c Change) string {
	if c.Kind == ChangeRestart {
		return "重置密码、动态口令和通行密钥"
	}
	return "授予" + m.titles(c.Roles)
}

func (m *Module) postRoles(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	waiting := ""
	if _, err := r.Act("account.set-roles", func(tx *db.Tx) error {
		waiting, err = m.SetRoles(r.Ctx, tx, r.PathValue("id"), slices.Compact(slices.Sorted(slices.Values(form["roles"]))), form.Get("reason"), r.Version())
		return err
	}); err != nil {
		return m.accountAgain(w, r, err)
	}
	r.Flash(map[bool]string{true: "角色已保存。", false: "已提交，须复核的角色等安全管理员复核后生效。"}[waiting == ""])
	return w.Go("/admin/users/" + url.PathEscape(r.PathValue("id")))
}

// accountAgain shows the account with what was wrong; an account that may not be seen stays unseen.
func (m *Module) accountAgain(w *web.Response, r *web.Request, cause error) error {
	if problem.KindOf(cause) != problem.KindInvalid {
		return cause
	}
	page, err := m.accountPage(r, cause)
	if err != nil {
		return err
	}
	return w.DeskAgain(page)
}

func (m *Module) postRestart(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	token, waiting := "", ""
	out, err := r.Act("account.restart", func(tx *db.Tx) error {
		token, waiting, err = m.Restart(r.Ctx, tx, r.PathValue("id"), form.Get("reason"), r.Version())
		return err
	})
	if err != nil {
		return m.accountAgain(w, r, err)
	}
	if out.Repeated { // what the repetition made was undone
		token = ""
	}
	if waiting != "" {
		r.Flash("已提交。安全管理员复核后，由他把一次性链接交给本人。")
		return w.Go("/admin/users/" + url.PathEscape(r.PathValue("id")))
	}
	return m.showToken(w, r, token)
}

// showToken shows the one-time link, this once: only its fingerprint is kept.
func (m *Module) showToken(w *web.Response, r *web.Request, token string) error {
	if token == "" {
		return problem.Conflict("这次重置已经办过，链接只显示一次。需要新链接请再重置一次")
	}
	return w.ShowDesk(ui.Article{Title: "把链接当面交给本人", Lead: "链接 24 小时内有效，只能用一次，只显示这一次。不要用短信或聊天软件转发。", Body: ui.Text(r.BaseURL() + "/start/" + token),
		Actions: []templ.Component{ui.LinkButton{Label: "返回", URL: "/w", Kind: ui.Secondary}}})
}

func (m *Module) postReinstate(w *web.Response, r *web.Request) error {
	_, err := r.Act("account.reinstate", func(tx *db.Tx) error { return m.Reinstate(r.Ctx, tx, r.PathValue("id"), r.Version()) })
	return w.After(err, "/admin/users/"+url.PathEscape(r.PathValue("id")))
}

// showChanges lists what waits for the second administrator.
func (m *Module) showChanges(w *web.Response, r *web.Request) error {
	list, err := m.Waiting(r.Ctx, r.View)
	if err != nil {
		return err
	}
	page := ui.List{Title: "账户变更复核", Lead: "决定、用印和管理岗位的授予与登录方式重置，由系统管理员提出、安全管理员复核（三员分立）。",
		Empty: ui.EmptyState{Title: "没有待复核的变更", Icon: ui.IconCircleCheck},
		Table: ui.Table{Caption: "待复核的变更", Columns: []ui.Column{{Label: "谁的账户", Main: true}, {Label: "变更"}, {Label: "理由"}, {Label: "提出人"}, {Label: "时间"}, {Label: "复核", Mute: true}}}}
	for _, c := range list {
		a, err := m.Find(r.Ctx, r.View, c.Account)
		if err != nil {
			return err
		}
		if !r.Actor.May(PermConfirm, place(a)) {
			continue
		}
		page.Table.Rows = append(page.Table.Rows, ui.Row{ID: c.ID, Cells: []templ.Component{ui.Two{Main: a.Name, Small: m.org.Name(a.Unit)}, ui.Text(m.changeWords(c)), ui.Text(c.Reason), ui.Text(c.AskedName),
			ui.Text(c.AskedAt.In(web.Beijing).Format("2006-01-02 15:04")),
			ui.Form(ui.FormSpec{Action: "/admin/changes/" + c.ID, Once: r.Fresh(), Label: "复核 " + a.Name, Body: ui.Actions{
				ui.Button{Label: "同意", Kind: ui.Secondary, Name: "ruling", Value: "yes", Hidden: a.Name}, ui.Button{Label: "不同意", Kind: ui.Quiet, Name: "ruling", Value: "no", Hidden: a.Name}}})}})
	}
	return w.ShowDesk(page)
}

func (m *Module) postRuling(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	ruling := form.Get("ruling")
	if ruling != "yes" && ruling != "no" {
		return problem.Invalid("请选择同意或者不同意")
	}
	c, err := m.Change(r.Ctx, r.View, r.PathValue("id"))
	if err != nil {
		return err
	}
	token := ""
	out, err := r.Act("account.rule", func(tx *db.Tx) error {
		token, err = m.Rule(r.Ctx, tx, c.ID, ruling == "yes")
		return err
	})
	if err != nil {
		return err
	}
	if out.Repeated {
		token = ""
	}
	if ruling == "yes" && c.Kind == ChangeRestart {
		return m.showToken(w, r, token)
	}
	r.Flash("已复核。")
	return w.Go("/admin/changes")
}

// showPolicy shows the profiles of password and session rules.
func (m *Module) showPolicy(w *web.Response, r *web.Request) error { return m.policyPage(w, r, nil) }

func (m *Module) policyPage(w *web.Response, r *web.Request, cause error) error {
	now, err := m.Policy(r.Ctx, r.View)
	if err != nil {
		return err
	}
	var options []ui.Option
	for _, p := range Policies() {
		options = append(options, ui.Option{Value: p.Code, Label: p.Title, Hint: p.Note})
	}
	required, err := m.PasskeysRequired(r.Ctx, r.View)
	if err != nil {
		return err
	}
	var must []string
	if required {
		must = []string{"administrators"}
	}
	f := faults(ui.FormPage{Title: "登录安全策略", Lead: "密码和会话的规定从下一次登录起适用，通行密钥的规定立即适用。", Form: ui.FormSpec{Action: "/admin/policy", Once: r.Fresh()},
		Fields: []templ.Component{ui.Choice{Name: "policy", Label: "采用的策略", Options: options, Selected: []string{now.Code}},
			ui.Choice{Name: "passkeys", Label: "通行密钥", Many: true, Optional: true, Selected: must, Error: problem.FieldMessage(cause, "passkeys"),
				Options: []ui.Option{{Value: "administrators", Label: "系统、安全、审计管理员必须有通行密钥", Hint: "没有登记的管理员仍能登录，但登记之前不能使用管理功能；您自己要先登记"}}}},
		Actions: ui.Actions{ui.Button{Label: "保存"}}}, cause)
	if cause != nil {
		return w.DeskAgain(f)
	}
	return w.ShowDesk(f)
}

func (m *Module) postPolicy(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	if _, err := r.Act("account.policy", func(tx *db.Tx) error {
		if err := m.ChoosePolicy(r.Ctx, tx, form.Get("policy")); err != nil {
			return err
		}
		return m.RequirePasskeys(r.Ctx, tx, slices.Contains(form["passkeys"], "administrators"))
	}); problem.KindOf(err) == problem.KindInvalid && err != nil {
		return m.policyPage(w, r, err)
	} else if err != nil {
		return err
	}
	r.Flash("登录安全策略已保存。")
	return w.Go("/admin/policy")
}

// showStart is where the owner of an account sets password and second factor by his one-time link.
func (m *Module) showStart(w *web.Response, r *web.Request) error {
	if _, err := m.Beginner(r.Ctx, r.View, r.PathValue("token")); err != nil {
		return err
	}
	secret, _, err := crypto.NewTOTP("通办", "工作人员")
	if err != nil {
		return err
	}
	return m.startPage(w, r, secret, nil)
}

func (m *Module) startPage(w *web.Response, r *web.Request, secret string, cause error) error {
	a, err := m.Beginner(r.Ctx, r.View, r.PathValue("token"))
	if err != nil {
		return err
	}
	policy, err := m.Policy(r.Ctx, r.View)
	if err != nil {
		return err
	}
	needed := policy.TwoForAll || m.weighty(a.Roles)
	f := faults(ui.FormPage{Title: "设置登录方式", Lead: a.Name + "，请设置自己的密码。不要告诉任何人，管理员也不需要知道。",
		Form: ui.FormSpec{Action: "/start/" + r.PathValue("token"), Once: r.Fresh(), Hidden: map[string]string{"secret": secret}},
		Fields: []templ.Component{
			ui.Field{Kind: ui.Password, Name: "password", Label: "新密码", Hint: policy.Words(), Autocomplete: "new-password", Error: problem.FieldMessage(cause, "password")},
			ui.Notice{Title: "启用动态口令", Text: "用手机验证器（支持 TOTP）扫下面的二维码；扫不了就手动添加，输入密钥：" + secret},
			ui.QR{SVG: secretQR(Setup{Secret: secret}), Label: "动态口令密钥"},
			ui.Field{Kind: ui.CodeByText, Name: "code", Label: "验证器上的 6 位数字", Optional: !needed, Error: problem.FieldMessage(cause, "code")},
		},
		Actions: ui.Actions{ui.Button{Label: "完成"}}}, cause)
	if cause != nil {
		return w.PublicAgain(page("设置登录方式"), f)
	}
	return w.ShowPublic(page("设置登录方式"), f)
}

func (m *Module) postStart(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	if _, err := r.Act("account.begin", func(tx *db.Tx) error {
		_, err = m.Begin(r.Ctx, tx, r.PathValue("token"), form.Get("password"), form.Get("secret"), form.Get("code"), r.Wall())
		return err
	}); problem.KindOf(err) == problem.KindInvalid && err != nil {
		return m.startPage(w, r, form.Get("secret"), err)
	} else if err != nil {
		return err
	}
	r.Flash("设置好了，请用新密码登录。")
	return w.Go("/login")
}

func (m *Module) showPassword(w *web.Response, r *web.Request) error {
	return m.passwordPage(w, r, nil)
}

func (m *Module) passwordPage(w *web.Response, r *web.Request, cause error) error {
	policy, err := m.Policy(r.Ctx, r.View)
	if err != nil {
		return err
	}
	f := faults(ui.FormPage{Title: "修改密码", Lead: "改好后，在别处的登录全部结束，本页也须重新登录。", Form: ui.FormSpec{Action: "/password", Once: r.Fresh()},
		Fields: []templ.Component{
			ui.Field{Kind: ui.Password, Name: "old", Label: "原密码", Error: problem.FieldMessage(cause, "old")},
			ui.Field{Kind: ui.Password, Name: "password", Label: "新密码", Hint: policy.Words(), Autocomplete: "new-password", Error: problem.FieldMessage(cause, "password")},
		},
		Actions: ui.Actions{ui.Button{Label: "修改"}}}, cause)
	if cause != nil {
		return w.PublicAgain(page("修改密码"), f)
	}
	return w.ShowPublic(page("修改密码"), f)
}

func (m *Module) postOwnPassword(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	if _, err := r.Act("account.change-password", func(tx *db.Tx) error {
		return m.ChangePassword(r.Ctx, tx, form.Get("old"), form.Get("password"))
	}); problem.KindOf(err) == problem.KindInvalid && err != nil {
		return m.passwordPage(w, r, err)
	} else if err != nil {
		return err
	}
	return w.Go("/login")
}
