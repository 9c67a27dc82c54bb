package identity_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"tongban/base/account"
	"tongban/base/identity"
	"tongban/base/org"
	"tongban/base/party"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
)

var county = fstest.MapFS{"pack.yaml": {Data: []byte("{name: trial, title: 试县, area: '431199', version: '1', description: 测试}")}, "roles/r.yaml": {Data: []byte(`code: clerk
title: 受理员
side: staff
scope: unit
permissions: []
---
code: approver
title: 决定岗
side: staff
scope: unit
confirm: true
permissions: []
---
code: system-administrator
title: 系统管理员
side: administrator
scope: county
permissions: [account.manage, identity.manage]
---
code: security-administrator
title: 安全管理员
side: administrator
scope: county
permissions: [account.confirm, identity.confirm]
`)}}

type office struct {
	*kerneltest.Kit
	m        *identity.Module
	accounts *account.Module
	parties  *party.Module
	theirs   *kerneltest.Provider
}

// open is a county whose provider for the side is in force.
func open(t *testing.T, engine db.Engine, side string) *office {
	t.Helper()
	o := &office{theirs: kerneltest.NewProvider(t)}
	settings := app.Settings{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, BaseURL: "https://county.example"}
	o.Kit = kerneltest.Open(t, kerneltest.Setup{Engine: engine, Settings: settings, Modules: func(k *app.Kernel) []app.Module {
		units := org.New(k)
		o.parties = party.New(k)
		var err error
		if o.accounts, err = account.New(k, units, o.parties); err != nil {
			t.Fatal(err)
		}
		o.m = identity.New(k, o.accounts)
		return []app.Module{units, o.parties, o.accounts, o.m}
	}, Identify: func(ctx context.Context, v *db.View, id string) (authz.Actor, error) {
		return o.accounts.Identify(ctx, v, id)
	}})
	content, findings := pack.Load(county, account.Sections())
	if pack.Failed(findings) {
		t.Fatal(findings)
	}
	o.machine(func(tx *db.Tx) error { _, err := o.Library.Publish(o.Ctx, tx, content, ""); return err })
	o.employ("system", "system-administrator")
	o.employ("security", "security-administrator")
	o.put(o.provider(side))
	o.theirs.Knows("chen-xiaoman-0077", map[string]any{"name": "陈小满", "id_number": "431199196803152426", "phone_number": "13900000077", "acr": "L3"})
	o.theirs.Knows("zhou", map[string]any{"name": "周大河", "userinfo:id_number": "431199199001011238", "acr": "L3"})
	o.theirs.Knows("nobody", map[string]any{"name": "路人", "acr": "L1"})
	return o
}

func both(t *testing.T, side string, f func(t *testing.T, o *office)) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) { f(t, open(t, engine, side)) })
	}
}

func (o *office) machine(do func(*db.Tx) error) {
	o.T.Helper()
	o.As(authz.Machine("test", "setup")).Must("test.setup", do)
}

const good = "Correct horse 电池"

func (o *office) employ(login string, roles ...string) {
	o.T.Helper()
	o.machine(func(tx *db.Tx) error {
		_, err := o.accounts.Create(o.Ctx, tx, account.Create{Kind: account.Staff, Login: login, Name: "员工" + login, Unit: "bureau", Password: good, Roles: roles})
		return err
	})
}

func (o *office) actor(login string) authz.Actor {
	o.T.Helper()
	a, err := o.accounts.ActorOf(o.Ctx, o.Look(), login)
	if err != nil {
		o.T.Fatal(err)
	}
	return a
}

func (o *office) provider(side string) identity.Provider {
	p := identity.Provider{Code: "trial", Title: "试验平台", Side: side, Issuer: o.theirs.URL, Client: o.theirs.Client, Scopes: []string{"profile"}, Claims: identity.Usual, Levels: []string{"L3", "L4"}}
	if side == identity.Staff {
		p.Levels = []string{"mfa"}
	}
	return p
}

// put puts a provider down and in force, each by its administrator.
func (o *office) put(p identity.Provider) {
	o.T.Helper()
	var version int64
	if old, err := o.m.Find(o.Ctx, o.Look(), p.Code); err == nil {
		version = old.Version
	}
	o.As(o.actor("system")).Must("identity.put", func(tx *db.Tx) error { return o.m.Put(o.Ctx, tx, p, o.theirs.Secret, version) })
	o.As(o.actor("security")).Must("identity.rule", func(tx *db.Tx) error { return o.m.Rule(o.Ctx, tx, p.Code, true, version+1) })
}

func kind(t *testing.T, err error, want problem.Kind) {
	t.Helper()
	if err == nil || problem.KindOf(err) != want {
		t.Errorf("%v, want kind %v", err, want)
	}
}

// press opens a page as a browser does that came from a page of ours.
func press(v *kerneltest.Visitor, path string) *kerneltest.Answer {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return v.Ask(r)
}

// away goes to the provider, chooses the person, and tells to which address of ours he is sent back.
func (o *office) away(v *kerneltest.Visitor, from, who string) string {
	o.T.Helper()
	a := press(v, from)
	if a.Status != http.StatusSeeOther || !strings.HasPrefix(a.Header.Get("Location"), o.theirs.URL+"/authorize?") {
		o.T.Fatalf("%s does not lead to the provider: %d %s", from, a.Status, a.Header.Get("Location"))
	}
	return o.choose(a.Header.Get("Location"), who)
}

// choose is what the browser does at the provider.
func (o *office) choose(address, who string) string {
	o.T.Helper()
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := browser.Get(strings.Replace(address, "/authorize", "/as/"+who, 1))
	if err != nil {
		o.T.Fatal(err)
	}
	answer.Body.Close()
	back, err := answer.Location()
	if err != nil || back.Scheme+"://"+back.Host != "https://county.example" {
		o.T.Fatalf("sent back to %v: %v", back, err)
	}
	return back.RequestURI()
}

// come signs somebody in whom the county has seen by this provider before, or leads to the page for the first time.
func (o *office) come(v *kerneltest.Visitor, who string) *kerneltest.Answer {
	o.T.Helper()
	return v.Get(o.away(v, "/login/with/trial", who))
}

func inside(v *kerneltest.Visitor) bool { return v.Get("/inbox").Status == http.StatusOK }

func TestACitizenComesByAProviderAndAgain(t *testing.T) {
	both(t, identity.Citizens, func(t *testing.T, o *office) {
		v := o.Visitor()
		v.Get("/login").Is(200, kerneltest.HasText("用试验平台登录"))
		a := o.come(v, "chen-xiaoman-0077")
		if to := a.Goes(); to != "/login/first/trial" {
			t.Fatalf("the first time leads to %s", to)
		}
		if inside(v) || o.Count(`SELECT count(*) FROM account_account WHERE kind = 'citizen'`) != 0 {
			t.Fatal("somebody got an account before he agreed")
		}
		first := v.Get("/login/first/trial").Is(200, kerneltest.HasText("陈小满"), kerneltest.Lacks("431199196803152426"))
		if to := v.Send(first, "/login/first/trial", nil).Goes(); to != "/my" || !inside(v) {
			t.Fatalf("agreeing leads to %s", to)
		}
		again := o.Visitor()
		if to := o.come(again, "chen-xiaoman-0077").Goes(); to != "/my" || !inside(again) {
			t.Fatalf("the second time leads to %s", to)
		}
		o.come(again, "zhou").Goes() // another at the same screen, whose number stands in userinfo only
		if to := again.Send(again.Get("/login/first/trial").Is(200, kerneltest.HasText("周大河")), "/login/first/trial", nil).Goes(); to != "/my" {
			t.Fatal(to)
		}
		if n := o.Count(`SELECT count(DISTINCT account) FROM identity_link WHERE state = 'linked'`); n != 2 {
			t.Errorf("%d accounts of two people", n)
		}
		if n := o.Count(`SELECT count(*) FROM audit_entry WHERE action = 'identity.come'`); n != 1 {
			t.Errorf("%d sign-ins of somebody known in the audit log, want 1", n)
		}
		for _, secret := range []string{"chen-xiaoman-0077", "431199196803152426", o.theirs.Secret} {
			if n := o.Count(`SELECT (SELECT count(*) FROM identity_link WHERE subject LIKE $1) + (SELECT count(*) FROM web_session WHERE data LIKE $1) + (SELECT count(*) FROM identity_provider WHERE secret LIKE $1)`, "%"+secret+"%"); n != 0 {
				t.Errorf("%q lies open in the database", secret)
			}
		}
	})
}

// The session must not be one that somebody prepared, and another site cannot begin a sign-in in somebody's name.
func TestSigningInByAProviderIsNobodyElsesDoing(t *testing.T) {
	o := open(t, db.SQLite, identity.Citizens)
	v := o.Visitor()
	for name, set := range map[string]func(*http.Request){
		"no word of where from": func(*http.Request) {},
		"another site":          func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"a neighbouring host":   func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
		"a guessed token":       func(r *http.Request) { r.URL.RawQuery = "go=guess" },
	} {
		r := httptest.NewRequest(http.MethodGet, "/login/with/trial", nil)
		set(r)
		if a := v.Ask(r).Is(200, kerneltest.HasText("您将离开本站")); a.Header.Get("Location") != "" {
			t.Errorf("%s: led away without a person's pressing", name)
		}
	}
	page := v.Get("/login/with/trial") // an old browser says nothing, and its owner presses
	var link string
	for _, a := range kerneltest.All(page.Root(), "a") {
		for _, at := range a.Attr {
			if at.Key == "href" && strings.Contains(at.Val, "?go=") {
				link = at.Val
			}
		}
	}
	if a := v.Get(link); a.Status != http.StatusSeeOther || !strings.HasPrefix(a.Header.Get("Location"), o.theirs.URL) {
		t.Errorf("pressing leads to %d %s", a.Status, a.Header.Get("Location"))
	}
	v.Get(link).Is(200, kerneltest.HasText("您将离开本站")) // the token counts once

	attacker, victim := o.Visitor(), o.Visitor()
	back := o.away(attacker, "/login/with/trial", "chen-xiaoman-0077")
	victim.Get(back).Is(422) // made to open the attacker's answer he would be signed in as the attacker
	if inside(victim) {
		t.Error("signed in as somebody else")
	}
	if to := attacker.Get(back).Goes(); to != "/login/first/trial" {
		t.Fatal(to)
	}
	attacker.Get(back).Is(422)
	victim.Get("/login/first/trial").Is(422)
	before := o.Visitor()
	press(before, "/login/with/trial")
	set := before.Get(o.away(before, "/login/with/trial", "chen-xiaoman-0077"))
	if to := set.Goes(); to != "/login/first/trial" {
		t.Fatal(to)
	}
	if a := before.Send(before.Get("/login/first/trial"), "/login/first/trial", nil); !strings.HasPrefix(a.Header.Get("Set-Cookie"), "tongban=") {
		t.Error("the session kept the token it had before signing in")
	}
}

// What comes back wrong, for whatever reason, is a page in words, and nobody is let in.
func TestEveryFailureIsSaidInWords(t *testing.T) {
	o := open(t, db.SQLite, identity.Citizens)
	for name, c := range map[string]struct {
		bend  func()
		who   string
		words string
	}{
		"turned back":    {func() {}, "-", "没有完成登录"},
		"not real-named": {func() {}, "nobody", "还没有实名"},
		"forged":         {func() { o.theirs.Bend = func(c map[string]any) { c["nonce"] = "another" } }, "chen-xiaoman-0077", "核对不上"},
		"of another":     {func() { o.theirs.BendAnswer = func(a url.Values) { a.Set("iss", "https://evil.example") } }, "chen-xiaoman-0077", "核对不上"},
		"we are unknown": {func() { o.theirs.Secret = "changed" }, "chen-xiaoman-0077", "不让本站登录"},
		"out of order": {func() {
			o.theirs.Answer = func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "down", http.StatusBadGateway) }
		}, "chen-xiaoman-0077", "没有答复"},
	} {
		t.Run(name, func(t *testing.T) {
			o.theirs.Bend, o.theirs.BendAnswer, o.theirs.Answer = nil, nil, nil
			secret := o.theirs.Secret
			v := o.Visitor()
			back := o.away(v, "/login/with/trial", c.who)
			c.bend()
			if c.who == "chen-xiaoman-0077" && o.theirs.BendAnswer != nil { // bent before the browser is sent back
				back = o.away(v, "/login/with/trial", c.who)
			}
			v.Get(back).Is(422, kerneltest.HasText("回到登录页"), kerneltest.HasText(c.words))
			if inside(v) {
				t.Error("let in")
			}
			o.theirs.Secret = secret
		})
	}
	if n := o.Count(`SELECT count(*) FROM audit_entry WHERE action = 'identity.refused'`); n != 2 {
		t.Errorf("%d refusals of what was not to be believed in the audit log, want 2", n)
	}
	o.Visitor().Get("/login/back/trial?code=a&code=b&state=x&state=y").Is(422, kerneltest.HasText("从头再点一次"))
	if n := o.Count(`SELECT count(*) FROM audit_entry WHERE action = 'identity.refused'`); n != 2 {
		t.Errorf("anybody writes into the audit log by opening an address: %d entries, want the 2", n)
	}
	o.Visitor().Get("/login/with/nothing").Is(404)
	p, _ := o.m.Find(o.Ctx, o.Look(), "trial")
	o.As(o.actor("security")).Must("identity.off", func(tx *db.Tx) error { return o.m.TurnOff(o.Ctx, tx, "trial", p.Version) })
	o.Visitor().Get("/login").Is(200, kerneltest.Lacks("试验平台"))
	o.Visitor().Get("/login/with/trial").Is(404, kerneltest.HasText("没有启用"))
}

// Whoever registered under a name and number by a phone only said that they were his. The person for whom the platform vouches decides.
func TestWhoIsVouchedForGetsHisAccountBackFromWhoeverRegisteredAsHim(t *testing.T) {
	both(t, identity.Citizens, func(t *testing.T, o *office) {
		register := func(name, number, phone string) (a account.Account) {
			o.As(kerneltest.Nobody).Must("account.register", func(tx *db.Tx) (err error) {
				a, err = o.accounts.Register(o.Ctx, tx, party.Identity{Kind: party.Person, Name: name, Number: number, Phone: phone})
				return err
			})
			return a
		}
		thief := register("周大河", "431199199001011238", "13900000666")
		v := o.Visitor()
		if to := o.come(v, "zhou").Goes(); to != "/login/first/trial" {
			t.Fatal(to)
		}
		page := v.Get("/login/first/trial").Is(200, kerneltest.HasText("139****0666"), kerneltest.Lacks("13900000666"))
		v.Send(page, "/login/first/trial", nil).Is(422, kerneltest.HasText("请选择"))
		if to := v.Send(page, "/login/first/trial", url.Values{"_once": {o.DB.NewID()}, "phone": {"not"}}).Goes(); to != "/my" {
			t.Fatal(to)
		}
		a, err := o.accounts.Find(o.Ctx, o.Look(), thief.ID)
		if err != nil || !a.Phone.IsZero() || a.Version == thief.Version {
			t.Errorf("the stranger's phone still opens the account, or he is still signed in: %+v %v", a, err)
		}
		phone, _ := party.ParsePhone("13900000666")
		if _, err := o.accounts.ByPhone(o.Ctx, o.Look(), phone); problem.KindOf(err) != problem.KindNotFound {
			t.Errorf("a code sent to the stranger opens it: %v", err)
		}
		own := register("陈小满", "431199196803152426", "13900000077") // the phone that the platform vouches for
		w := o.Visitor()
		o.come(w, "chen-xiaoman-0077")
		w.Send(w.Get("/login/first/trial").Is(200, kerneltest.Lacks("是您本人的吗")), "/login/first/trial", nil).Goes()
		if b, _ := o.accounts.Find(o.Ctx, o.Look(), own.ID); b.Phone.IsZero() || b.Version != own.Version {
			t.Errorf("his own phone was taken away: %+v", b)
		}
		o.theirs.Knows("other", map[string]any{"name": "周小河", "id_number": "431199199001011238", "acr": "L3"})
		x := o.Visitor()
		o.come(x, "other")
		x.Get("/login/first/trial").Is(422, kerneltest.HasText("不一致"))
	})
}

func TestASwitchedOffAccountIsNotOpenedAnewByAProvider(t *testing.T) {
	both(t, identity.Citizens, func(t *testing.T, o *office) {
		o.As(kerneltest.Nobody).Must("account.register", func(tx *db.Tx) error {
			_, err := o.accounts.Register(o.Ctx, tx, party.Identity{Kind: party.Person, Name: "陈小满", Number: "431199196803152426", Phone: "13900000077"})
			return err
		})
		o.Tamper(`UPDATE account_account SET state = 'off' WHERE kind = 'citizen'`)
		v := o.Visitor()
		o.come(v, "chen-xiaoman-0077")
		v.Send(v.Get("/login/first/trial").Is(200), "/login/first/trial", nil).Is(422, kerneltest.HasText("已停用"), kerneltest.HasText("政务大厅窗口"))
		if n := o.Count(`SELECT count(*) FROM account_account WHERE kind = 'citizen'`); n != 1 || inside(v) {
			t.Errorf("%d accounts", n)
		}
		if n := o.Count(`SELECT count(*) FROM identity_link`); n != 0 {
			t.Errorf("%d links", n)
		}
	})
}

func TestStaffComeByALinkOfTheirOwnMakingOnly(t *testing.T) {
	both(t, identity.Staff, func(t *testing.T, o *office) {
		o.employ("clerk", "clerk")
		o.theirs.Knows("clerk@intranet", map[string]any{"name": "员工clerk", "acr": "pwd"})
		stranger := o.Visitor()
		o.come(stranger, "clerk@intranet").Is(422, kerneltest.HasText("还没有关联"))
		stranger.Get("/login/first/trial").Is(422)
		if n := o.Count(`SELECT count(*) FROM account_account`); n != 3 {
			t.Errorf("%d accounts: a stranger got one", n)
		}
		v := o.Visitor()
		v.Ask(kerneltest.Form("/login/password", url.Values{"_once": {o.DB.NewID()}, "login": {"clerk"}, "password": {good}})).Goes()
		press(v, "/identity/with/trial").Is(403, kerneltest.HasText("10 分钟内")) // a password alone makes no new way in
		connect := func(p identity.Provider, f identity.Found) error {
			return o.As(o.actor("clerk")).Run("identity.connect", func(tx *db.Tx) error { return o.m.Connect(o.Ctx, tx, p, f) })
		}
		p, _ := o.m.Find(o.Ctx, o.Look(), "trial")
		kind(t, connect(p, identity.Found{Provider: "trial", Subject: "x", For: "somebody-else"}), problem.KindConflict)
	})
}

// The demonstration county spares people the second factor.
func TestAMemberOfStaffLinksSignsInAndUndoes(t *testing.T) {
	o := open(t, db.SQLite, identity.Staff)
	o.Settings.Demo = true
	o.employ("clerk", "clerk")
	o.employ("chief", "approver")
	o.theirs.Knows("c", map[string]any{"name": "员工clerk", "acr": "pwd"})
	o.theirs.Knows("c2", map[string]any{"name": "员工chief", "acr": "pwd"})
	v := o.Visitor()
	enter := func(v *kerneltest.Visitor, login string) {
		v.Ask(kerneltest.Form("/login/demo", url.Values{"_once": {o.DB.NewID()}, "login": {login}})).Goes()
	}
	enter(v, "clerk")
	if to := v.Get(o.away(v, "/identity/with/trial", "c")).Goes(); to != "/identity/connect/trial" {
		t.Fatal(to)
	}
	page := v.Get("/identity/connect/trial").Is(200, kerneltest.HasText("员工clerk"))
	v.Send(page, "/identity/connect/trial", nil).Goes()
	ways := v.Get("/passkeys").Is(200, kerneltest.HasText("已关联的身份平台"))
	w := o.Visitor()
	if to := o.come(w, "c").Goes(); to != "/w" || !inside(w) {
		t.Fatalf("the link leads to %s", to)
	}
	chief := o.Visitor()
	enter(chief, "chief")
	chief.Get(o.away(chief, "/identity/with/trial", "c")).Goes()
	chief.Send(chief.Get("/identity/connect/trial"), "/identity/connect/trial", nil).Is(409, kerneltest.HasText("已经关联过")) // another's
	chief.Get(o.away(chief, "/identity/with/trial", "c2")).Goes()
	chief.Send(chief.Get("/identity/connect/trial"), "/identity/connect/trial", nil).Goes()
	two := o.Visitor()
	o.come(two, "c2").Is(422, kerneltest.HasText("两步验证")) // who decides needs two factors
	o.theirs.Bend = func(c map[string]any) { c["acr"] = "mfa" }
	if to := o.come(two, "c2").Goes(); to != "/w" {
		t.Error(to)
	}
	o.theirs.Bend = nil
	switched := o.Visitor() // begins as one, comes back as another
	enter(switched, "clerk")
	back := o.away(switched, "/identity/with/trial", "c2")
	enter(switched, "chief")
	switched.Get(back).Is(422)

	for action := range forms(ways) {
		if strings.HasSuffix(action, "/end") {
			chief.Ask(kerneltest.Form(action, url.Values{"_once": {o.DB.NewID()}})).Is(404) // not his
			v.Send(ways, action, nil).Goes()
			v.Ask(kerneltest.Form(action, url.Values{"_once": {o.DB.NewID()}})).Is(404)
		}
	}
	o.come(o.Visitor(), "c").Is(422, kerneltest.HasText("还没有关联"))
	system := o.actor("system")
	a, _ := o.accounts.ByLogin(o.Ctx, o.Look(), "chief")
	o.As(system).Must("account.dismiss", func(tx *db.Tx) error { return o.accounts.Dismiss(o.Ctx, tx, a.ID, a.Version) })
	o.theirs.Bend = func(c map[string]any) { c["acr"] = "mfa" }
	o.come(o.Visitor(), "c2").Is(422, kerneltest.HasText("已停用"))
	if n := o.Count(`SELECT count(*) FROM notify_message WHERE title = '登录方式有变动'`); n < 3 {
		t.Errorf("%d notices of two links and one undone", n)
	}
}

func forms(a *kerneltest.Answer) map[string]bool {
	out := map[string]bool{}
	for _, f := range kerneltest.All(a.Root(), "form") {
		for _, at := range f.Attr {
			if at.Key == "action" {
				out[at.Val] = true
			}
		}
	}
	return out
}

// A new start takes every way in, also the one by the intranet: it may be what was lost.
func TestANewStartEndsLinks(t *testing.T) {
	both(t, identity.Staff, func(t *testing.T, o *office) {
		o.employ("clerk", "clerk")
		a, err := o.accounts.ByLogin(o.Ctx, o.Look(), "clerk")
		if err != nil {
			t.Fatal(err)
		}
		p, _ := o.m.Find(o.Ctx, o.Look(), "trial")
		o.As(o.actor("clerk")).Must("identity.connect", func(tx *db.Tx) error {
			return o.m.Connect(o.Ctx, tx, p, identity.Found{Provider: "trial", Subject: "x", For: a.ID, At: time.Now().Unix()})
		})
		o.As(o.actor("system")).Must("account.restart", func(tx *db.Tx) error {
			_, _, err := o.accounts.Restart(o.Ctx, tx, a.ID, "", a.Version)
			return err
		})
		if links, err := o.m.Links(o.Ctx, o.Look(), a.ID); err != nil || len(links) != 0 {
			t.Errorf("%v %v", links, err)
		}
	})
}

// One administrator alone, who could name a house of his own as provider, would be anybody.
func TestNobodyAlonePutsAProviderInForce(t *testing.T) {
	both(t, identity.Citizens, func(t *testing.T, o *office) {
		o.employ("almighty", "system-administrator", "security-administrator")
		p := o.provider(identity.Citizens)
		p.Code, p.Title = "second", "另一平台"
		system, security, almighty := o.As(o.actor("system")), o.As(o.actor("security")), o.As(o.actor("almighty"))
		put := func(by kerneltest.Role, p identity.Provider, secret string, version int64) error {
			return by.Run("identity.put", func(tx *db.Tx) error { return o.m.Put(o.Ctx, tx, p, secret, version) })
		}
		rule := func(by kerneltest.Role, version int64) error {
			return by.Run("identity.rule", func(tx *db.Tx) error { return o.m.Rule(o.Ctx, tx, "second", true, version) })
		}
		kind(t, put(security, p, "s", 0), problem.KindForbidden)
		kind(t, put(almighty, p, "", 0), problem.KindInvalid)
		if err := put(almighty, p, "s", 0); err != nil {
			t.Fatal(err)
		}
		kind(t, put(almighty, p, "s", 0), problem.KindInvalid) // the code is taken
		kind(t, rule(system, 1), problem.KindForbidden)
		kind(t, rule(almighty, 1), problem.KindForbidden)
		o.Visitor().Get("/login/with/second").Is(404)
		if err := rule(security, 1); err != nil {
			t.Fatal(err)
		}
		kind(t, rule(security, 2), problem.KindConflict)
		o.As(kerneltest.Nobody).Must("test.link", func(tx *db.Tx) error { // somebody known by the house as it was
			_, err := o.m.First(o.Ctx, tx, identity.Provider{Code: "second", Side: identity.Citizens}, identity.Found{Provider: "second", Subject: "s1", Enough: true, Name: "陈小满", Number: "431199196803152426"}, "")
			return err
		})
		kind(t, put(system, p, "", 1), problem.KindConflict) // an old page
		p.Issuer = "https://other.example"
		kind(t, put(system, p, "", 2), problem.KindInvalid) // another house gets no secret of the former
		if err := put(system, p, "t", 2); err != nil {
			t.Fatal(err)
		}
		o.Visitor().Get("/login/with/second").Is(404) // until confirmed again
		if n := o.Count(`SELECT count(*) FROM identity_link WHERE state = 'linked' AND provider = 'second'`); n != 0 {
			t.Error("who was known by the former house is known by the new one")
		}
		for field, bend := range map[string]func(*identity.Provider){
			"issuer": func(p *identity.Provider) { p.Issuer = "https://10.0.0.1/" }, "code": func(p *identity.Provider) { p.Code = "../x" }, "title": func(p *identity.Provider) { p.Title = "" },
			"side": func(p *identity.Provider) { p.Side = "both" }, "client": func(p *identity.Provider) { p.Client = "" }, "number_claim": func(p *identity.Provider) { p.Claims.Number = "" },
			"levels": func(p *identity.Provider) { p.Levels = nil }, "level_claim": func(p *identity.Provider) { p.Claims.Level = "" }, "scopes": func(p *identity.Provider) { p.Scopes = []string{"a\"b"} },
		} {
			q := o.provider(identity.Citizens)
			q.Code = "third"
			bend(&q)
			if err := put(system, q, "s", 0); problem.FieldMessage(err, field) == "" {
				t.Errorf("%s: %v", field, err)
			}
		}
	})
}

func TestRoutesStandTheBattery(t *testing.T) {
	o := open(t, db.SQLite, identity.Citizens)
	o.employ("clerk", "clerk")
	kerneltest.Battery(t, o.Kit)
}

// What somebody is called at one provider says nothing of who is called so at another.
func TestTheSameNameAtAnotherProviderIsAnotherPerson(t *testing.T) {
	o := open(t, db.SQLite, identity.Citizens)
	v := o.Visitor()
	o.come(v, "chen-xiaoman-0077")
	v.Send(v.Get("/login/first/trial"), "/login/first/trial", nil).Goes()
	evil := kerneltest.NewProvider(t)
	evil.Knows("chen-xiaoman-0077", map[string]any{"name": "路人", "id_number": "431199198507070011", "acr": "L3"})
	p := o.provider(identity.Citizens)
	p.Code, p.Issuer = "second", evil.URL
	o.put(p)
	w := o.Visitor()
	away := func() string {
		return o.choose(press(w, "/login/with/second").Header.Get("Location"), "chen-xiaoman-0077")
	}
	if a := w.Get(strings.Replace(away(), "/login/back/second", "/login/back/trial", 1)); a.Status == http.StatusSeeOther { // mix-up
		t.Errorf("one provider's answer counts at another's door: %s", a.Header.Get("Location"))
	}
	if a := w.Get(strings.Replace(away(), "state=", "stale=", 1)); a.Status == http.StatusSeeOther {
		t.Error("an answer without its state counts")
	}
	if landed := w.Get(away()).Goes(); landed != "/login/first/second" {
		t.Errorf("the stranger of the same name is led to %s", landed)
	}
	w.Get("/login/first/second").Is(200, kerneltest.HasText("路人"), kerneltest.Lacks("陈小满"))
}
