package identity

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"

	"tongban/base/account"
	"tongban/base/party"
	"tongban/kernel/authz"
	"tongban/kernel/crypto"
	"tongban/kernel/db"
	"tongban/kernel/openid"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

// What a session keeps between a question and its answer.
const (
	keptQuestion = "identity-question"
	keptGo       = "identity-go"
	keptFound    = "identity-found"
)

func frame(title string) ui.PublicPage {
	return ui.PublicPage{Page: ui.Page{Title: title, Crumbs: []ui.Link{{Label: "首页", URL: "/"}, {Label: "登录", URL: "/login"}, {Label: title}}}}
}

// registered is this house as the provider knows it.
func (m *Module) registered(r *web.Request, p Provider) (openid.Provider, error) {
	secret, err := m.k.Keys.OpenText(sealSecret, p.secret)
	needs := []string{p.Claims.Level}
	if p.Side == Citizens {
		needs = append(needs, p.Claims.Name, p.Claims.Number)
	}
	return openid.Provider{Issuer: p.Issuer, Client: p.Client, Secret: secret, Back: r.BaseURL() + "/login/back/" + url.PathEscape(p.Code), Scopes: p.Scopes, Needs: needs, Anew: p.Anew}, err
}

// told shows why somebody did not come in, with the way back to the sign-in page. Faults of our own and addresses that name nothing are
// answered as everywhere.
func told(w *web.Response, err error) error {
	p, ok := problem.Of(err)
	if !ok || p.Kind == problem.KindInternal || p.Kind == problem.KindNotFound {
		return err
	}
	return w.PublicAgain(frame("没有登录"), ui.Article{Title: "没有登录", Notice: ui.Notice{Tone: ui.Warn, Title: problem.MessageFor(err), Text: p.Next},
		Body: ui.Actions{ui.LinkButton{Label: "回到登录页", URL: "/login"}, ui.LinkButton{Label: "网站首页", URL: "/", Kind: ui.Quiet}}})
}

// showWith sends somebody who wants to sign in to the provider.
func (m *Module) showWith(w *web.Response, r *web.Request) error { return told(w, m.begin(w, r, "")) }

// showConnecting sends a member of staff there who wants to link his account.
func (m *Module) showConnecting(w *web.Response, r *web.Request) error {
	p, err := m.inForce(r.Ctx, r.View, r.PathValue("code"))
	if err != nil {
		return err
	}
	if p.Side != Staff || r.Actor.Kind != authz.Staff {
		return errOtherSide()
	}
	if err := m.accounts.Fresh(r); err != nil {
		return err
	}
	return told(w, m.begin(w, r, r.Actor.ID))
}

// begin sends the browser to the provider, but only if a person on a page of ours wanted it: another site could otherwise begin sign-ins
// in his name. Where the browser does not say where a request comes from, he is asked to press once more.
func (m *Module) begin(w *web.Response, r *web.Request, purpose string) error {
	p, err := m.inForce(r.Ctx, r.View, r.PathValue("code"))
	if err != nil {
		return err
	}
	token := r.Take(keptGo)
	if r.Header.Get("Sec-Fetch-Site") != "same-origin" && (token == "" || !crypto.SameSecret(r.Value("go"), token)) {
		token = crypto.Token(18)
		r.Remember(keptGo, token)
		return w.ShowPublic(frame("去身份平台登录"), ui.Article{Title: "去“" + p.Title + "”登录", Lead: "您将离开本站，到“" + p.Title + "”登录，然后自动回到这里。密码只在那里输入，本站看不到。",
			Body: ui.Actions{ui.LinkButton{Label: "去登录", URL: r.URL.Path + "?go=" + token}, ui.LinkButton{Label: "返回", URL: "/login", Kind: ui.Quiet}}})
	}
	house, err := m.registered(r, p)
	if err != nil {
		return err
	}
	address, q, err := m.desk.Ask(r.Ctx, house, p.Code+" "+purpose)
	if err != nil {
		return m.refusal(r, p, err)
	}
	r.Remember(keptQuestion, q.Pack())
	return w.Leave(address)
}

// showBack is where a provider sends people back to.
func (m *Module) showBack(w *web.Response, r *web.Request) error { return told(w, m.back(w, r)) }

func (m *Module) back(w *web.Response, r *web.Request) error {
	q := openid.Unpack(r.Take(keptQuestion)) // answered once or never
	p, err := m.inForce(r.Ctx, r.View, r.PathValue("code"))
	if err != nil {
		return err
	}
	house, err := m.registered(r, p)
	if err != nil {
		return err
	}
	code, purpose, _ := strings.Cut(q.For, " ")
	if code != p.Code || purpose != "" && purpose != r.Actor.ID {
		q = openid.Question{}
	}
	said, err := m.desk.Judge(r.Ctx, house, q, r.URL.Query())
	if err != nil {
		return m.refusal(r, p, err)
	}
	f := Found{Provider: p.Code, Subject: m.subject(p, said), Enough: p.Enough(said.Text(p.Claims.Level)), Name: said.Text(p.Claims.Name), Number: said.Text(p.Claims.Number), Phone: said.Text(p.Claims.Phone), For: purpose, At: r.Wall().Unix()}
	if purpose != "" {
		return m.keep(w, r, f, "/identity/connect/"+p.Code)
	}
	l, err := m.linked(r.Ctx, r.View, f.Subject)
	switch {
	case problem.KindOf(err) == problem.KindNotFound && err != nil:
	case err != nil:
		return err
	default:
		return m.enter(w, r, p, l, f.Enough, q.State)
	}
	switch {
	case p.Side == Staff:
		return errNotLinked(p)
	case !f.Enough:
		return errUnverified(p)
	}
	return m.keep(w, r, f, "/login/first/"+p.Code)
}

// enter lets in who is linked. The state was made for this one sign-in and is the key of its command.
func (m *Module) enter(w *web.Response, r *web.Request, p Provider, l Link, enough bool, state string) error {
	var a account.Account
	act := db.Act{Actor: r.Actor, Name: "identity.come", Now: r.Now, Key: "identity:" + state}
	if _, err := m.k.DB.Run(r.Ctx, act, func(tx *db.Tx) (err error) { a, err = m.Come(r.Ctx, tx, p, l, enough); return err }); err != nil {
		return err
	}
	proof := account.ProofOne
	if p.Side == Staff && enough && p.Anew { // a login that the intranet kept since the morning is no factor of this moment
		proof = account.ProofTwo
	}
	return m.accounts.Enter(w, r, a, proof)
}

// keep puts who was found into his session, sealed, and goes on to the page that asks him.
func (m *Module) keep(w *web.Response, r *web.Request, f Found, to string) error {
	text, err := json.Marshal(f)
	if err != nil {
		return err
	}
	sealed, err := m.k.Keys.SealText(sealFound, string(text))
	if err != nil {
		return err
	}
	r.Remember(keptFound, sealed)
	return w.Go(to)
}

// found is who came back a moment ago, and the provider he came from.
func (m *Module) found(r *web.Request, purpose string) (f Found, p Provider, err error) {
	if p, err = m.inForce(r.Ctx, r.View, r.PathValue("code")); err != nil {
		return f, p, err
	}
	if sealed := r.Recall(keptFound); sealed != "" {
		text, err := m.k.Keys.OpenText(sealFound, sealed)
		if err != nil {
			return f, p, err
		}
		if err := json.Unmarshal([]byte(text), &f); err != nil {
			return f, p, err
		}
	}
	if f.Provider != p.Code || f.For != purpose || f.Lapsed(r.Wall()) {
		return f, p, errLapsed()
	}
	return f, p, nil
}

func errLapsed() *problem.Error {
	return problem.Gone("这次登录已经用过，或者超过了 10 分钟").WithNext("请回到登录页，从头再点一次。")
}

// refusal says in words why somebody does not come in by a provider. What a provider said that is not to be believed stands in the audit
// log: somebody may be trying something.
func (m *Module) refusal(r *web.Request, p Provider, err error) error {
	var refused *openid.Refusal
	if !errors.As(err, &refused) {
		return err
	}
	slog.WarnContext(r.Ctx, "identity refused", "provider", p.Code, "kind", string(refused.Kind), "cause", refused.Cause, "from", r.Visitor())
	const other = "请稍后再试，或者用登录页上的其他方式登录。"
	switch refused.Kind {
	case openid.Lapsed:
		return errLapsed().Wrap(err)
	case openid.Cancelled:
		return problem.Conflict("您在“%s”没有完成登录", p.Title).WithNext("请回到登录页，再点一次，或者换一种方式登录。").Wrap(err)
	case openid.Denied:
		return problem.Conflict("“%s”不让本站登录", p.Title).WithNext("多半是接入设置有误，请告诉政务大厅。" + other).Wrap(err)
	case openid.Stale:
		return problem.Conflict("“%s”没有请您重新输入密码，不能确定是您本人", p.Title).WithNext("请先在那里退出，再从本站登录页登录。").Wrap(err)
	case openid.Unreachable:
		return problem.Busy(time.Minute, "“%s”现在没有答复", p.Title).WithNext("%s", other).Wrap(err)
	}
	act := db.Act{Actor: r.Actor, Name: "identity.refused", Now: r.Now}
	if _, failed := m.k.DB.Run(r.Ctx, act, func(tx *db.Tx) error {
		tx.Record("identity", p.Code, "", "", map[string]string{"event": "login-refused"})
		return nil
	}); failed != nil {
		return failed
	}
	return problem.Forbidden("“%s”的答复核对不上，为保护您的账户没有登录", p.Title).WithNext("请回到登录页再试一次；总是这样的，请告诉政务大厅。" + other).Wrap(err)
}

// showFirst asks a citizen who comes by a provider for the first time.
func (m *Module) showFirst(w *web.Response, r *web.Request) error {
	f, p, err := m.found(r, "")
	if err != nil {
		return told(w, err)
	}
	page, err := m.firstPage(r, f, p, nil)
	if err != nil {
		return told(w, err)
	}
	return w.ShowPublic(frame("首次登录"), page)
}

func (m *Module) firstPage(r *web.Request, f Found, p Provider, cause error) (templ.Component, error) {
	i, err := f.identity().Check()
	if err != nil {
		return nil, problem.Conflict("“%s”告诉的姓名或者身份证号不对", p.Title).WithNext("请在那里核对您的实名信息，或者用手机短信验证码登录。").Wrap(err)
	}
	number, err := party.ParseCitizenNumber(i.Number)
	if err != nil {
		return nil, err
	}
	a, err := m.accounts.Claimed(r.Ctx, r.View, i)
	if err != nil && problem.KindOf(err) != problem.KindNotFound {
		return nil, err
	}
	lead := "“" + p.Title + "”核验了您的实名。第一次来，将用下面的姓名和身份证号为您开通账户，用来办事、带出您已有的信息；我们依照法定职责使用，不作他用。"
	if err == nil {
		lead = "“" + p.Title + "”核验了您的实名。您在本县已有账户，确认后两边关联，以后可以直接从那里登录。"
	}
	form := ui.FormPage{Title: "首次登录", Lead: lead, Faults: web.Faults(cause), Back: ui.Link{Label: "不登录，返回", URL: "/login"}, Form: ui.FormSpec{Action: "/login/first/" + p.Code, Once: r.Fresh()},
		Fields: []templ.Component{ui.DescriptionList{Facts: []ui.Fact{{Term: "姓名", Value: i.Name}, {Term: "公民身份号码", Value: number.Masked()}}}}, Actions: ui.Actions{ui.Button{Label: "确认，登录"}}}
	if asksPhone(a, i) {
		form.Fields = append(form.Fields, ui.Choice{Name: "phone", Label: "账户里登记的手机号码 " + a.Phone.Masked() + " 是您本人的吗？", Error: problem.FieldMessage(cause, "phone"),
			Options: []ui.Option{{Value: phoneMine, Label: "是我的", Hint: "照常可以用它收短信验证码登录"}, {Value: phoneNot, Label: "不是我的", Hint: "可能有人冒用您的身份注册过：这个号码不再能登录，别处的登录全部结束"}}})
	}
	return form, nil
}

func (m *Module) postFirst(w *web.Response, r *web.Request) error { return told(w, m.agreed(w, r)) }

// agreed is what follows when the citizen wants the account.
func (m *Module) agreed(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	f, p, err := m.found(r, "")
	if err != nil {
		return err
	}
	out, err := r.Act("identity.first", func(tx *db.Tx) error {
		a, err := m.First(r.Ctx, tx, p, f, form.Get("phone"))
		tx.Answer(a.ID)
		return err
	})
	if problem.FieldMessage(err, "phone") != "" {
		page, err := m.firstPage(r, f, p, err)
		if err != nil {
			return err
		}
		return w.PublicAgain(frame("首次登录"), page)
	}
	if err == nil && out.Repeated {
		err = m.sameAgain(r, f, out.Reply)
	}
	if err != nil {
		return err
	}
	r.Take(keptFound)
	return m.accounts.Enter(w, r, account.Account{ID: out.Reply}, account.ProofOne)
}

// sameAgain refuses whoever repeats a form that was not his own: guests are all one to a form's key, and the reply kept under it names
// the account of the one who came first.
func (m *Module) sameAgain(r *web.Request, f Found, replied string) error {
	l, err := m.linked(r.Ctx, r.View, f.Subject)
	if err != nil && problem.KindOf(err) != problem.KindNotFound {
		return err
	}
	if err != nil || l.Account != replied {
		return errLapsed()
	}
	return nil
}
