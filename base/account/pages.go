package account

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"tongban/base/party"
	"tongban/kernel/authz"
	"tongban/kernel/crypto"
	"tongban/kernel/db"
	"tongban/kernel/document"
	"tongban/kernel/problem"
	"tongban/kernel/slot"
	"tongban/kernel/web"
	"tongban/ui"
)

func (m *Module) routes() []web.Route {
	return []web.Route{
		web.Page("/login", authz.Anyone, m.showLogin),
		web.Form("/login/password", authz.Anyone, m.postPassword),
		web.Form("/login/passkey", authz.Anyone, m.postPasskey),
		web.Form("/login/passkey/ask", authz.Anyone, m.askUse),
		web.Form("/login/code", authz.Anyone, m.postSendCode),
		web.Page("/login/code", authz.Anyone, m.showCode),
		web.Form("/login/enter", authz.Anyone, m.postEnterCode),
		web.Page("/register", authz.Anyone, m.showRegister),
		web.Form("/register", authz.Anyone, m.postRegister),
		web.Form("/login/demo", authz.Anyone, m.postDemo),
		web.Form("/login/stay", authz.Anyone, m.postStay),
		web.Form("/logout", authz.Anyone, m.postLogout),
		web.Page("/start/{token}", authz.Anyone, m.showStart),
		web.Form("/start/{token}", authz.Anyone, m.postStart),
		web.Page("/password", authz.SignedIn, m.showPassword),
		web.Form("/password", authz.SignedIn, m.postOwnPassword),
		web.Page("/passkeys", authz.SignedIn, m.showPasskeys),
		web.Form("/passkeys", authz.SignedIn, m.postAddPasskey),
		web.Form("/passkeys/ask", authz.SignedIn, m.askCreate),
		web.Form("/passkeys/{id}/remove", authz.SignedIn, m.postRemovePasskey),
		web.Page("/sessions", authz.SignedIn, m.showSittings),
		web.Form("/sessions/end", authz.SignedIn, m.postEndSitting),
		web.Page("/setup/{token}", authz.Anyone, m.showSetup),
		web.Form("/setup/{token}", authz.Anyone, m.postSetup),
		web.Page("/inbox", authz.SignedIn, m.showInbox),
		web.Page("/admin/users", PermManage, m.showStaff),
		web.Page("/admin/users/new", PermManage, m.showEmploy),
		web.Form("/admin/users/new", PermManage, m.postEmploy),
		web.Page("/admin/users/{id}", PermManage, m.showAccount),
		web.Form("/admin/users/{id}/roles", PermManage, m.postRoles),
		web.Form("/admin/users/{id}/restart", PermManage, m.postRestart),
		web.Form("/admin/users/{id}/on", PermManage, m.postReinstate),
		web.Form("/admin/users/{id}/off", PermManage, m.postDismiss),
		web.Page("/admin/changes", PermConfirm, m.showChanges),
		web.Form("/admin/changes/{id}", PermConfirm, m.postRuling),
		web.Page("/admin/policy", PermConfirm, m.showPolicy),
		web.Form("/admin/policy", PermConfirm, m.postPolicy),
	}
}

func (m *Module) nav() []web.NavEntry {
	return []web.NavEntry{
		{Desk: web.Counter, Group: "我的账户", Order: 990, Label: "登录方式", Icon: ui.IconUser, URL: "/passkeys", Permission: authz.SignedIn},
		{Desk: web.Counter, Group: "我的账户", Order: 991, Label: "登录和安全", Icon: ui.IconShieldCheck, URL: "/sessions", Permission: authz.SignedIn},
		{Desk: web.Admin, Group: "管理", Order: 900, Label: "账户和角色", Icon: ui.IconUsers, URL: "/admin/users", Permission: PermManage},
		{Desk: web.Admin, Group: "管理", Order: 905, Label: "账户变更复核", Icon: ui.IconShieldCheck, URL: "/admin/changes", Permission: PermConfirm, Counts: []string{"account.confirm"}},
		{Desk: web.Admin, Group: "管理", Order: 906, Label: "登录安全策略", Icon: ui.IconShieldCheck, URL: "/admin/policy", Permission: PermConfirm},
	}
}

// page is the frame of the small public pages of this module.
func page(title string) ui.PublicPage {
	return ui.PublicPage{Page: ui.Page{Title: title, Crumbs: []ui.Link{{Label: "首页", URL: "/"}, {Label: title}}}}
}

func (m *Module) showLogin(w *web.Response, r *web.Request) error {
	if next := r.Value("next"); next != "" {
		r.Remember("next", web.Local(next))
	}
	return w.ShowPublic(page("登录"), m.loginPage(r, nil))
}

func (m *Module) loginPage(r *web.Request, cause error) templ.Component {
	sections := []ui.Section{
		{Title: "个人登录", Lead: "用手机短信验证码登录，不用记密码。", Body: ui.Group{ui.Form(ui.FormSpec{Action: "/login/code", Once: r.Fresh(), Label: "短信登录", Body: ui.Group{
			ui.Field{Kind: ui.Phone, Name: "phone", Label: "手机号码", Error: problem.FieldMessage(cause, "phone")},
			ui.Actions{ui.Button{Label: "获取验证码"}, ui.LinkButton{Label: "第一次使用，去注册", URL: "/register", Kind: ui.Quiet}},
		}}), m.more(r, SlotCitizenIn, "")}},
		{Title: "工作人员登录", Body: ui.Group{ui.Form(ui.FormSpec{Action: "/login/password", Once: r.Fresh(), Label: "工作人员登录", Body: ui.Group{
			ui.Field{Name: "login", Label: "账户名", Autocomplete: "username", Width: ui.Width14},
			ui.Field{Kind: ui.Password, Name: "password", Label: "密码"},
			ui.Field{Kind: ui.CodeByText, Name: "totp", Label: "动态口令", Optional: true, Hint: "管理员和启用了二次验证的账户填写"},
			ui.Actions{ui.Button{Label: "登录", Kind: ui.Secondary}},
		}}), passkeyForm(r), m.more(r, SlotStaffIn, "")}},
	}
	if m.k.Settings.Demo {
		sections = append([]ui.Section{m.roleSwitch(r)}, sections...)
	}
	a := ui.Article{Title: "登录", Sections: sections}
	switch at := r.Ended(); {
	case cause != nil:
		a.Notice = ui.Notice{Tone: ui.Bad, Text: problem.MessageFor(cause)}
	case at != "":
		a.Notice = ui.Notice{Tone: ui.Warn, Title: "登录已在 " + at + " 过期", Text: "很久没有操作，为保护您的信息已退出登录。重新登录后回到刚才这一步，保存过的内容都在。"}
	}
	return a
}

// more is what other modules show at a point. Without it people still get in, so a fault there is only told to the log.
func (m *Module) more(r *web.Request, p slot.Point, subject string) ui.Group {
	parts, err := m.k.Slots().Show(r.Ctx, r.View, p, subject)
	if err != nil {
		slog.ErrorContext(r.Ctx, "ways of signing in", "point", p, "error", err)
	}
	return parts
}

// Enter starts the session and goes on to where the person wanted to go.
func (m *Module) Enter(w *web.Response, r *web.Request, a Account, p Proof) error {
	next := r.Take("next")
	a, err := m.Find(r.Ctx, r.View, a.ID)
	if err != nil {
		return err
	}
	policy, err := m.Policy(r.Ctx, r.View)
	if err != nil {
		return err
	}
	if err := r.SignIn(a.session(), policy.Term()); err != nil {
		return err
	}
	m.proved(r, p)
	lacking, err := m.lacksPasskey(r.Ctx, r.View, a)
	if err != nil {
		return err
	}
	switch {
	case lacking:
		next = "/passkeys"
	case next != "":
	case a.Kind == Staff:
		next = m.start(a)
	default:
		next = "/my"
	}
	return w.Go(next)
}

func (m *Module) postPassword(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	run := func(do func(*db.Tx) error) error { return r.Try("account.login", do) }
	a, err := m.CheckPassword(r.Ctx, run, r.View, form.Get("login"), form.Get("password"), form.Get("totp"), r.Wall())
	if err != nil {
		return w.PublicAgain(page("登录"), m.loginPage(r, err))
	}
	proof := ProofOne
	if a.Second {
		proof = ProofTwo
	}
	why, err := m.Due(r.Ctx, r.View, a)
	if err != nil {
		return err
	}
	if why == "" {
		return m.Enter(w, r, a, proof)
	}
	// Whoever knows only the password of somebody with a passkey must not get a second factor of his own by it.
	if have, err := m.Passkeys(r.Ctx, r.View, a.ID); err != nil {
		return err
	} else if len(have) > 0 && !a.Second {
		return w.PublicAgain(page("登录"), m.loginPage(r, problem.Unauthenticated("您的岗位要求两步验证，请用通行密钥登录")))
	}
	token := ""
	act := db.Act{Actor: authz.Actor{Kind: authz.Guest, ID: a.ID, Name: a.Name}, Name: "account.own-start", Now: r.Now}
	if _, err := m.k.DB.Run(r.Ctx, act, func(tx *db.Tx) error { token, err = m.OwnStart(r.Ctx, tx, a); return err }); err != nil {
		return err
	}
	r.Flash(why)
	return w.Go("/start/" + token)
}

func (m *Module) postSendCode(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	phone, err := party.ParsePhone(form.Get("phone"))
	if err != nil {
		return w.PublicAgain(page("登录"), m.loginPage(r, problem.Invalid("手机号码不对").On("phone", problem.MessageFor(err))))
	}
	if _, err := r.Act("account.send-code", func(tx *db.Tx) error { return m.SendCode(r.Ctx, tx, phone, "login", r.Subscriber()) }); err != nil {
		return w.PublicAgain(page("登录"), m.loginPage(r, err))
	}
	r.Remember("phone", phone.Full())
	return w.Go("/login/code")
}

func (m *Module) showCode(w *web.Response, r *web.Request) error {
	return w.ShowPublic(page("输入验证码"), m.codePage(r, nil))
}

func (m *Module) codePage(r *web.Request, cause error) ui.FormPage {
	phone, _ := party.ParsePhone(r.Recall("phone"))
	f := ui.FormPage{Title: "输入验证码", Lead: "短信已发往 " + phone.Masked() + "，10 分钟内有效。", Back: ui.Link{Label: "换一个手机号码", URL: "/login"},
		Form:    ui.FormSpec{Action: "/login/enter", Once: r.Fresh()},
		Fields:  []templ.Component{ui.Field{Kind: ui.CodeByText, Name: "code", Label: "6 位验证码", Error: problem.FieldMessage(cause, "code")}},
		Actions: ui.Actions{ui.Button{Label: "登录"}}}
	if m.k.Settings.Demo {
		f.Notice = ui.Notice{Text: "演示县不发真短信，验证码请到短信收件页查看。", Actions: ui.Actions{ui.LinkButton{Label: "打开短信收件页", URL: "/demo/messages", Kind: ui.Quiet, NewTab: true}}}
	}
	return faults(f, cause)
}

func (m *Module) postEnterCode(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	phone, err := party.ParsePhone(r.Recall("phone"))
	if err != nil {
		return w.Go("/login")
	}
	run := func(do func(*db.Tx) error) error { return r.Try("account.try-code", do) }
	if err := m.CheckCode(r.Ctx, run, r.View, phone, "login", form.Get("code")); err != nil {
		return w.PublicAgain(page("输入验证码"), m.codePage(r, err))
	}
	a, err := m.ByPhone(r.Ctx, r.View, phone)
	if problem.KindOf(err) == problem.KindNotFound && err != nil {
		r.Remember("proven", phone.Full())
		return w.Go("/register")
	}
	if err != nil {
		return err
	}
	return m.Enter(w, r, a, ProofOne)
}

func (m *Module) showRegister(w *web.Response, r *web.Request) error {
	if r.Recall("proven") == "" {
		r.Flash("请先用手机验证码登录，再补充姓名和身份证号完成注册。")
		return w.Go("/login")
	}
	return w.ShowPublic(page("注册"), m.registerPage(r, party.Identity{}, nil))
}

func (m *Module) registerPage(r *web.Request, i party.Identity, cause error) ui.FormPage {
	return faults(ui.FormPage{Title: "完成注册", Lead: "姓名和身份证号用来核实身份、自动带出您已有的信息。我们依照法定职责使用，不作他用。",
		Form: ui.FormSpec{Action: "/register", Once: r.Fresh()},
		Fields: []templ.Component{
			ui.Field{Name: "name", Label: "姓名", Value: i.Name, Autocomplete: "name", Width: ui.Width14, Error: problem.FieldMessage(cause, "name")},
			ui.Field{Kind: ui.IDNumber, Name: "number", Label: "公民身份号码", Value: i.Number, Hint: "18 位，末位可能是字母 X", Error: problem.FieldMessage(cause, "number")},
		},
		Actions: ui.Actions{ui.Button{Label: "完成注册"}}}, cause)
}

func (m *Module) postRegister(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	phone := r.Recall("proven")
	if phone == "" {
		return w.Go("/login")
	}
	i := party.Identity{Kind: party.Person, Name: form.Get("name"), Number: form.Get("number"), Phone: phone}
	if _, err := i.Check(); err != nil {
		return w.PublicAgain(page("注册"), m.registerPage(r, i, err))
	}
	out, err := r.Act("account.register", func(tx *db.Tx) error {
		a, err := m.Register(r.Ctx, tx, i)
		tx.Answer(a.ID)
		return err
	})
	if problem.KindOf(err) == problem.KindConflict && err != nil {
		r.Take("proven") // or one proven phone would do to ask about one number after another
		return err
	}
	if err != nil {
		return w.PublicAgain(page("注册"), m.registerPage(r, i, err))
	}
	r.Take("proven")
	if out.Repeated { // the key of a form is no secret: what was said under it is for the phone that was proven here
		proven, err := party.ParsePhone(phone)
		if err != nil {
			return err
		}
		if a, err := m.ByPhone(r.Ctx, r.View, proven); err != nil || a.ID != out.Reply {
			return problem.Conflict("这份表单已经用过。请重新用手机验证码登录")
		}
	}
	return m.Enter(w, r, Account{ID: out.Reply, Kind: Citizen}, ProofOne)
}

// postStay is what the reader presses when he is told that his login is about to end. That it was asked is use enough.
func (m *Module) postStay(w *web.Response, r *web.Request) error {
	if r.Actor.Kind == authz.Guest {
		return problem.Unauthenticated("登录已过期，请重新登录")
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (m *Module) postLogout(w *web.Response, r *web.Request) error {
	if err := r.SignOut(); err != nil {
		return err
	}
	return w.Go("/")
}

func (m *Module) showSetup(w *web.Response, r *web.Request) error {
	if err := m.invited(r); err != nil {
		return err
	}
	secret, _, err := crypto.NewTOTP("通办", "管理员")
	if err != nil {
		return err
	}
	return w.ShowPublic(page("初始设置"), m.setupPage(r, Setup{Secret: secret}, nil))
}

func (m *Module) invited(r *web.Request) error {
	ok, err := m.Invited(r.Ctx, r.View, r.PathValue("token"), FirstAdmin)
	if err == nil && !ok {
		err = problem.NotFound("这个初始设置链接不存在、已经用过或超过 24 小时。请重新启动 tongban serve，使用新打印的链接")
	}
	return err
}

func (m *Module) setupPage(r *web.Request, s Setup, cause error) ui.FormPage {
	return faults(ui.FormPage{Title: "初始设置", Lead: "设置县名和第一位系统管理员。其余单位、事项和人员登录后在管理台维护。",
		Form: ui.FormSpec{Action: "/setup/" + r.PathValue("token"), Once: r.Fresh(), Hidden: map[string]string{"secret": s.Secret}},
		Fields: []templ.Component{
			ui.Field{Name: "county", Label: "县（市、区）名称", Value: s.County, Hint: "例如 南岭县", Width: ui.Width14, Error: problem.FieldMessage(cause, "county")},
			ui.Field{Name: "region", Label: "区划代码", Value: s.Region, Hint: "6 位数字，例如 431199", Width: ui.Width8, Error: problem.FieldMessage(cause, "region")},
			ui.Field{Kind: ui.Multiline, Name: "units", Label: "单位", Value: strings.Join(s.Units, "\n"), Rows: 8, Hint: "每行一个单位全称，第一行写您所在的单位；以后可以增加", Error: problem.FieldMessage(cause, "units")},
			ui.Field{Name: "name", Label: "管理员姓名", Value: s.Name, Width: ui.Width14, Error: problem.FieldMessage(cause, "name")},
			ui.Field{Name: "login", Label: "账户名", Value: s.Login, Hint: "字母和数字", Autocomplete: "username", Width: ui.Width14, Error: problem.FieldMessage(cause, "login")},
			ui.Field{Kind: ui.Password, Name: "password", Label: "密码", Hint: "至少 10 个字符", Autocomplete: "new-password", Error: problem.FieldMessage(cause, "password")},
			ui.Notice{Title: "启用动态口令", Text: "用手机验证器（支持 TOTP）扫下面的二维码；扫不了就手动添加，输入密钥：" + s.Secret},
			ui.QR{SVG: secretQR(s), Label: "动态口令密钥"},
			ui.Field{Kind: ui.CodeByText, Name: "code", Label: "验证器上的 6 位数字", Error: problem.FieldMessage(cause, "code")},
		},
		Actions: ui.Actions{ui.Button{Label: "完成设置"}}}, cause)
}

func (m *Module) postSetup(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	if err := m.invited(r); err != nil {
		return err
	}
	s := Setup{County: form.Get("county"), Region: form.Get("region"), Units: lines(form.Get("units")), Name: form.Get("name"), Login: form.Get("login"), Password: form.Get("password"), Secret: form.Get("secret"), Code: form.Get("code")}
	bad := problem.Invalid("有几处需要补充")
	for _, f := range []struct{ name, value, ask string }{
		{"county", s.County, "请填写县（市、区）名称"}, {"region", s.Region, "请填写 6 位区划代码"}, {"units", strings.Join(s.Units, ""), "请至少填写您所在的单位"},
		{"name", s.Name, "请填写管理员姓名"}, {"login", s.Login, "请填写账户名"}} {
		if f.value == "" {
			bad = bad.On(f.name, f.ask)
		}
	}
	if s.Region != "" && (len(s.Region) != 6 || strings.Trim(s.Region, "0123456789") != "") {
		bad = bad.On("region", "区划代码是 6 位数字，请对照民政部门公布的代码填写")
	}
	if len(bad.Fields) > 0 {
		return w.PublicAgain(page("初始设置"), m.setupPage(r, s, bad))
	}
	out, err := r.Act("account.set-up", func(tx *db.Tx) error {
		a, err := m.SetUp(r.Ctx, tx, r.PathValue("token"), s, r.Wall())
		tx.Answer(a.ID)
		return err
	})
	if err != nil {
		return w.PublicAgain(page("初始设置"), m.setupPage(r, s, err))
	}
	return m.Enter(w, r, Account{ID: out.Reply, Kind: Staff}, ProofTwo)
}

// lines splits what was typed into lines that say something.
func lines(text string) []string {
	var out []string
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// secretQR draws the address an authenticator app scans.
func secretQR(s Setup) string {
	svg, err := document.QRSVG("otpauth://totp/" + url.PathEscape("通办:"+"管理员") + "?issuer=" + url.QueryEscape("通办") + "&secret=" + s.Secret)
	if err != nil {
		return "" // the secret stands beside it in letters
	}
	return svg
}

// faults heads a form with the errors it was refused for.
func faults(f ui.FormPage, err error) ui.FormPage {
	f.Faults = web.Faults(err)
	if err != nil && len(f.Faults) == 0 {
		f.Notice = ui.Notice{Tone: ui.Bad, Text: problem.MessageFor(err)}
	}
	return f
}
