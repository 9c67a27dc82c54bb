package account

import (
	"encoding/json"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"tongban/kernel/authz"
	"tongban/kernel/crypto"
	"tongban/kernel/db"
	"tongban/kernel/passkey"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

// freshness is how long after a second factor the ways of signing in may be changed.
const freshness = 10 * time.Minute

// Proof is how somebody has shown who he is.
type Proof string

// The proofs; ProofTwo are two factors, by one-time password or passkey.
const (
	ProofOne  Proof = "one"
	ProofTwo  Proof = "two"
	ProofDemo Proof = "demo" // a visitor of a demonstration county, where nobody has a secret
)

// proved notes in the session when a second factor was seen, or that none was.
func (m *Module) proved(r *web.Request, p Proof) {
	at := ""
	if p == ProofTwo || p == ProofDemo {
		at = strconv.FormatInt(r.Wall().Unix(), 10)
	}
	r.Remember("second-factor", at)
}

// Fresh refuses whoever has not shown a second factor a moment ago: a screen left alone must not be enough to get a key of one's own.
func (m *Module) Fresh(r *web.Request) error {
	at, err := strconv.ParseInt(r.Recall("second-factor"), 10, 64)
	if err != nil || r.Wall().Sub(time.Unix(at, 0)) > freshness {
		return problem.Forbidden("改变登录方式前，请先退出，用密码加动态口令（或者通行密钥）重新登录，并在 10 分钟内办理").WithNext("没有启用动态口令的，请管理员“重置登录方式”后自己设置。")
	}
	return nil
}

// site is the site as the visitor's browser sees it. A key cannot be bound to an address in digits: a county tried out on one machine is
// opened as localhost for that.
func site(r *web.Request) passkey.Site {
	u, err := url.Parse(r.BaseURL())
	if err != nil {
		return passkey.Site{}
	}
	if ip := net.ParseIP(u.Hostname()); ip != nil && ip.IsLoopback() && strings.HasPrefix(r.Host, "localhost:") {
		u.Host = r.Host
	}
	return passkey.Site{Host: u.Hostname(), Origin: u.Scheme + "://" + u.Host}
}

// challengeLife is how long a browser may take to answer.
const challengeLife = 5 * time.Minute

// challenge makes a question for this session and one purpose.
func challenge(r *web.Request, purpose string) string {
	c := crypto.Token(32)
	r.Remember("challenge", purpose+" "+strconv.FormatInt(r.Wall().Add(challengeLife).Unix(), 10)+" "+c)
	return c
}

// asked takes the question out of the session: it is answered once or never.
func asked(r *web.Request, purpose string) string {
	words := strings.Fields(r.Take("challenge"))
	if len(words) != 3 || words[0] != purpose {
		return ""
	}
	if until, err := strconv.ParseInt(words[1], 10, 64); err != nil || r.Wall().Unix() > until {
		return ""
	}
	return words[2]
}

// tell answers the page's script.
func tell(w *web.Response, question any) error {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	return json.NewEncoder(w).Encode(question)
}

// askUse gives the browser the question of a sign-in by passkey.
func (m *Module) askUse(w *web.Response, r *web.Request) error {
	if _, err := r.Posted(); err != nil {
		return err
	}
	return tell(w, map[string]any{"get": site(r).AskUse(challenge(r, "get"))})
}

func (m *Module) postPasskey(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	question := asked(r, "get")
	run := func(do func(*db.Tx) error) error { return r.Try("account.login", do) }
	a, err := m.CheckPasskey(r.Ctx, run, r.View, site(r), question, form.Get("credential"))
	if err != nil {
		return w.PublicAgain(page("登录"), m.loginPage(r, err))
	}
	return m.Enter(w, r, a, ProofTwo)
}

func (m *Module) showPasskeys(w *web.Response, r *web.Request) error {
	return m.passkeysPage(w, r, "", nil)
}

// passkeysPage is where a member of staff sees his own ways of signing in.
func (m *Module) passkeysPage(w *web.Response, r *web.Request, title string, cause error) error {
	if r.Actor.Kind != authz.Staff {
		return problem.NotFound("通行密钥只用于工作人员账户")
	}
	a, err := m.Find(r.Ctx, r.View, r.Actor.ID)
	if err != nil {
		return err
	}
	list, err := m.Passkeys(r.Ctx, r.View, a.ID)
	if err != nil {
		return err
	}
	d := ui.Detail{Title: "登录方式", Number: a.Login, Facts: []ui.Fact{
		{Term: "密码", Value: "用于登录；可以随时修改"}, {Term: "动态口令", Value: map[bool]string{true: "已启用", false: "没有启用"}[a.Second]}, {Term: "通行密钥", Value: keysInWords(list)}},
		Actions: []templ.Component{ui.LinkButton{Label: "修改密码", URL: "/password", Kind: ui.Secondary}}}
	lacking, err := m.lacksPasskey(r.Ctx, r.View, a)
	if err != nil {
		return err
	}
	switch fresh := m.Fresh(r); {
	case cause != nil:
		d.Notice = ui.Notice{Tone: ui.Bad, Text: said(cause)}
	case lacking:
		d.Notice = ui.Notice{Tone: ui.Warn, Title: "您的岗位必须有通行密钥", Text: "登记之前，管理员的各项功能暂不开放。"}
	case fresh != nil:
		d.Notice = ui.Notice{Text: problem.MessageFor(fresh) + "。"}
	}
	table := ui.Table{Caption: "我的通行密钥", Columns: []ui.Column{{Label: "名称", Main: true}, {Label: "登记时间"}, {Label: "上次使用"}, {Label: "删除", Mute: true}}}
	for _, p := range list {
		where := "只在登记它的设备上"
		if p.Key.Synced {
			where = "可由厂商云同步到本人的其他设备"
		}
		table.Rows = append(table.Rows, ui.Row{ID: p.ID, Cells: []templ.Component{ui.Two{Main: p.Title, Small: where}, ui.Text(web.Stamp(p.MadeAt)), ui.Text(orDash(web.Stamp(p.UsedAt))),
			ui.Form(ui.FormSpec{Action: "/passkeys/" + p.ID + "/remove", Once: r.Fresh(), Version: a.Version, Label: "删除 " + p.Title, Body: ui.Button{Label: "删除", Kind: ui.Quiet, Hidden: p.Title}})}})
	}
	if len(list) > 0 {
		d.Sections = append(d.Sections, ui.Section{ID: "keys", Title: "我的通行密钥", Body: table})
	}
	d.Sections = append(d.Sections, ui.Section{ID: "add", Title: "登记通行密钥", Lead: "用指纹、面容或者 PIN 登录，不用输密码和动态口令，也骗不走：假网站拿不到它。密钥留在电脑、手机或者 USB 钥匙里，本站只存公钥。登记或者删除后，在别处的登录全部结束。",
		Body: ui.Form(ui.FormSpec{Action: "/passkeys", Once: r.Fresh(), Label: "登记通行密钥", Passkey: "/passkeys/ask", Hidden: map[string]string{"credential": ""}, Body: ui.Group{
			ui.Field{Name: "title", Label: "名称", Value: title, Hint: "例如：办公室电脑、USB 钥匙", MaxLength: 30, Width: ui.Width14, Error: problem.FieldMessage(cause, "title")},
			ui.Actions{ui.Button{Label: "登记"}}}})})
	if ways := m.more(r, SlotWays, a.ID); len(ways) > 0 {
		d.Sections = append(d.Sections, ui.Section{ID: "ways", Title: "其他登录方式", Body: ways})
	}
	if cause != nil {
		return w.DeskAgain(d)
	}
	return w.ShowDesk(d)
}

func orDash(s string) string {
	if s == "" {
		return "还没有用过"
	}
	return s
}

// askCreate gives the browser the question for a new key.
func (m *Module) askCreate(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	if form.Get("_once") == "" {
		return problem.Invalid("这份表单不完整。请刷新本页再试")
	}
	if err := m.Fresh(r); err != nil {
		return err
	}
	a, err := m.Find(r.Ctx, r.View, r.Actor.ID)
	if err != nil {
		return err
	}
	list, err := m.Passkeys(r.Ctx, r.View, a.ID)
	if err != nil {
		return err
	}
	var have []passkey.Key
	for _, p := range list {
		have = append(have, p.Key)
	}
	return tell(w, map[string]any{"create": site(r).AskCreate(challenge(r, "create"), "通办", passkey.Person{Holder: []byte(a.ID), Login: a.Login, Name: a.Name}, have)})
}

func (m *Module) postAddPasskey(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	title := form.Get("title")
	if err := m.Fresh(r); err != nil {
		return err
	}
	question := asked(r, "create")
	if err := m.changeOwn(r, "account.add-passkey", func(tx *db.Tx) (Account, error) {
		return m.AddPasskey(r.Ctx, tx, site(r), question, title, form.Get("credential"))
	}); problem.KindOf(err) == problem.KindInvalid && err != nil {
		return m.passkeysPage(w, r, title, err)
	} else if err != nil {
		return err
	}
	r.Flash("已登记“" + title + "”。下次登录点“用通行密钥登录”。")
	return w.Go("/passkeys")
}

func (m *Module) postRemovePasskey(w *web.Response, r *web.Request) error {
	if err := m.Fresh(r); err != nil {
		return err
	}
	if err := m.changeOwn(r, "account.remove-passkey", func(tx *db.Tx) (Account, error) {
		return m.RemovePasskey(r.Ctx, tx, r.PathValue("id"), r.Version())
	}); err != nil {
		return err
	}
	r.Flash("已删除，在别处的登录已结束。")
	return w.Go("/passkeys")
}

// changeOwn changes the person's own account; the session in which he does it goes on, under a new token.
func (m *Module) changeOwn(r *web.Request, name string, do func(*db.Tx) (Account, error)) error {
	out, err := r.Act(name, func(tx *db.Tx) error {
		a, err := do(tx)
		tx.Answer(a.session())
		return err
	})
	if err != nil {
		return err
	}
	return r.Resume(out.Reply)
}

// passkeyForm is what the sign-in form by passkey looks like.
func passkeyForm(r *web.Request) templ.Component {
	return ui.Form(ui.FormSpec{Action: "/login/passkey", Once: r.Fresh(), Label: "用通行密钥登录", Passkey: "/login/passkey/ask", Hidden: map[string]string{"credential": ""}, Body: ui.Group{ // #nosec G101 -- empty until the browser answers
		ui.Actions{ui.Button{Label: "用通行密钥登录", Kind: ui.Secondary, Icon: ui.IconShieldCheck}}}})
}
