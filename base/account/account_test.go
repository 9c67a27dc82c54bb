package account_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/pquerna/otp/totp"

	"tongban/base/account"
	"tongban/base/org"
	"tongban/base/party"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/notify"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
)

var county = fstest.MapFS{"pack.yaml": {Data: []byte("{name: trial, title: 试县, area: '431199', version: '1', description: 测试}")}, "roles/r.yaml": {Data: []byte(`code: clerk
title: 受理员
side: staff
scope: unit
permissions: []
not_with: [approver]
---
code: chief
title: 领导
side: staff
scope: unit
start: /l
permissions: []
---
code: approver
title: 决定岗
side: staff
scope: unit
confirm: true
permissions: [account.manage]
not_with: [clerk]
---
code: system-administrator
title: 系统管理员
side: administrator
scope: county
permissions: [account.manage]
not_with: [security-administrator]
---
code: security-administrator
title: 安全管理员
side: administrator
scope: county
permissions: [account.confirm]
not_with: [system-administrator]
`)}}

type office struct {
	*kerneltest.Kit
	m       *account.Module
	parties *party.Module
}

func open(t *testing.T, engine db.Engine) *office {
	t.Helper()
	return found(t, engine, app.Settings{Demo: true})
}

func found(t *testing.T, engine db.Engine, settings app.Settings) *office {
	t.Helper()
	o := &office{}
	o.Kit = kerneltest.Open(t, kerneltest.Setup{Engine: engine, Settings: settings, Modules: func(k *app.Kernel) []app.Module {
		units, parties := org.New(k), party.New(k)
		o.parties = parties
		var err error
		if o.m, err = account.New(k, units, parties); err != nil {
			t.Fatal(err)
		}
		return []app.Module{units, parties, o.m}
	}, Identify: func(ctx context.Context, v *db.View, id string) (authz.Actor, error) { return o.m.Identify(ctx, v, id) }})
	content, findings := pack.Load(county, account.Sections())
	if pack.Failed(findings) {
		t.Fatal(findings)
	}
	o.machine(func(tx *db.Tx) error { _, err := o.Library.Publish(o.Ctx, tx, content, ""); return err })
	return o
}

func (o *office) machine(do func(*db.Tx) error) {
	o.T.Helper()
	o.As(authz.Machine("test", "setup")).Must("test.setup", do)
}

const good = "Correct horse 电池"

func (o *office) employ(login string, roles ...string) account.Account {
	o.T.Helper()
	var a account.Account
	o.machine(func(tx *db.Tx) (err error) {
		a, err = o.m.Create(o.Ctx, tx, account.Create{Kind: account.Staff, Login: login, Name: "员工" + login, Unit: "bureau", Password: good, Roles: roles})
		return err
	})
	return o.now(a.ID)
}

func (o *office) now(id string) account.Account {
	o.T.Helper()
	a, err := o.m.Find(o.Ctx, o.Look(), id)
	if err != nil {
		o.T.Fatal(err)
	}
	return a
}

// as is the person with the rights of this moment.
func (o *office) as(a account.Account) kerneltest.Role {
	o.T.Helper()
	actor, err := o.m.ActorOf(o.Ctx, o.Look(), a.Login)
	if err != nil {
		o.T.Fatal(err)
	}
	return o.As(actor)
}

func both(t *testing.T, f func(t *testing.T, o *office)) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) { f(t, open(t, engine)) })
	}
}

func kind(t *testing.T, err error, want problem.Kind) {
	t.Helper()
	if err == nil || problem.KindOf(err) != want {
		t.Errorf("%v, want kind %v", err, want)
	}
}

func TestAPowerfulRoleNeedsASecondAdministratorAndATakenOneEndsAtOnce(t *testing.T) {
	both(t, func(t *testing.T, o *office) {
		system, security, clerk := o.employ("system", "system-administrator"), o.employ("security", "security-administrator"), o.employ("clerk", "clerk")
		var waiting string
		set := func(roles []string, reason string, version int64) error {
			return o.as(system).Run("account.set-roles", func(tx *db.Tx) (err error) {
				waiting, err = o.m.SetRoles(o.Ctx, tx, clerk.ID, roles, reason, version)
				return err
			})
		}
		kind(t, set([]string{"clerk", "approver"}, "工作需要", clerk.Version), problem.KindInvalid) // 受审分离
		kind(t, set([]string{"approver"}, "", clerk.Version), problem.KindInvalid)              // no reason
		if got := o.now(clerk.ID); !slices.Equal(got.Roles, []string{"clerk"}) || got.Version != clerk.Version {
			t.Fatalf("something was written by a refused change: %+v", got)
		}
		if err := set([]string{"approver"}, "接替退休的同事", clerk.Version); err != nil || waiting == "" {
			t.Fatal(err, waiting)
		}
		if got := o.now(clerk.ID); len(got.Roles) != 0 {
			t.Errorf("before the second administrator: %v; the old role must be gone and the new one not there", got.Roles)
		}
		rule := func(by account.Account, yes bool) error {
			return o.as(by).Run("account.rule", func(tx *db.Tx) error { _, err := o.m.Rule(o.Ctx, tx, waiting, yes); return err })
		}
		kind(t, rule(system, true), problem.KindForbidden)
		if err := rule(security, true); err != nil {
			t.Fatal(err)
		}
		if got := o.now(clerk.ID); !slices.Equal(got.Roles, []string{"approver"}) {
			t.Errorf("after it: %v", got.Roles)
		}
		kind(t, rule(security, true), problem.KindConflict)
		kind(t, set(nil, "", clerk.Version), problem.KindConflict) // an old page
		if err := set(nil, "", o.now(clerk.ID).Version); err != nil || len(o.now(clerk.ID).Roles) != 0 {
			t.Error("a right could not be taken away at once", err)
		}
		kind(t, o.as(clerk).Run("account.set-roles", func(tx *db.Tx) error {
			_, err := o.m.SetRoles(o.Ctx, tx, system.ID, nil, "", o.now(system.ID).Version)
			return err
		}), problem.KindForbidden)
	})
}

func TestNobodyAloneBecomesAnotherPerson(t *testing.T) {
	both(t, func(t *testing.T, o *office) {
		system, security, boss := o.employ("system", "system-administrator"), o.employ("security", "security-administrator"), o.employ("boss", "approver")
		var token, waiting string
		err := o.as(system).Run("account.restart", func(tx *db.Tx) (err error) {
			token, waiting, err = o.m.Restart(o.Ctx, tx, boss.ID, "换了手机", boss.Version)
			return err
		})
		if err != nil || token != "" || waiting == "" {
			t.Fatalf("one administrator got the link of an approver: %q %q %v", token, waiting, err)
		}
		o.as(security).Must("account.rule", func(tx *db.Tx) (err error) { token, err = o.m.Rule(o.Ctx, tx, waiting, true); return err })
		secret := "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
		code, err := totp.GenerateCode(secret, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		begin := func(password, code string) error {
			return o.As(kerneltest.Nobody).Run("account.begin", func(tx *db.Tx) error {
				_, err := o.m.Begin(o.Ctx, tx, token, password, secret, code, time.Now())
				return err
			})
		}
		kind(t, begin("battery staple 12", ""), problem.KindInvalid) // an approver needs a second factor
		kind(t, begin(good, code), problem.KindInvalid)              // the password before
		kind(t, begin("boss员工boss", code), problem.KindInvalid)
		if err := begin("battery staple 12", code); err != nil {
			t.Fatal(err)
		}
		kind(t, begin("battery staple 13", code), problem.KindGone)
		if got := o.now(boss.ID); !got.Second {
			t.Error("no second factor after the new start")
		}
	})
}

// The first security administrator is appointed by the system administrator alone; from then on nobody is.
func TestTheFirstSecondAdministratorIsAppointedAlone(t *testing.T) {
	o := open(t, db.SQLite)
	system, first, second := o.employ("system", "system-administrator"), o.employ("first"), o.employ("second")
	appoint := func(a account.Account) (waiting string) {
		o.as(system).Must("account.set-roles", func(tx *db.Tx) (err error) {
			waiting, err = o.m.SetRoles(o.Ctx, tx, a.ID, []string{"security-administrator"}, "任命", o.now(a.ID).Version)
			return err
		})
		return waiting
	}
	if waiting := appoint(first); waiting != "" || len(o.now(first.ID).Roles) != 1 {
		t.Fatal("the first security administrator waits for a confirmation that nobody can give")
	}
	o.as(system).Must("account.dismiss", func(tx *db.Tx) error { return o.m.Dismiss(o.Ctx, tx, first.ID, o.now(first.ID).Version) })
	if waiting := appoint(second); waiting == "" || len(o.now(second.ID).Roles) != 0 {
		t.Error("having dismissed the second administrator, the first one acts alone")
	}
}

func TestLeadersBeginAtTheCockpitAndOthersAtTheirDesk(t *testing.T) {
	o := open(t, db.SQLite)
	for login, start := range map[string]string{"clerk": "/w", "chief": "/l"} {
		o.employ(login, login)
		if to := o.Post("/login/password", url.Values{"login": {login}, "password": {good}}, kerneltest.Nobody).Goes(); to != start {
			t.Errorf("%s begins at %s, want %s", login, to, start)
		}
	}
}

func TestSessionsEndWithTheRightsTheyWereOpenedUnder(t *testing.T) {
	o := open(t, db.SQLite)
	system, _ := o.employ("system", "system-administrator"), o.employ("security", "security-administrator")
	enter := func(login string) string {
		t.Helper()
		a := o.Post("/login/password", url.Values{"login": {login}, "password": {good}}, kerneltest.Nobody)
		if to := a.Goes(); to != "/w" {
			t.Fatalf("%s was sent to %s", login, to)
		}
		cookie, _, _ := strings.Cut(a.Header.Get("Set-Cookie"), ";")
		return cookie
	}
	inside := func(cookie string) bool {
		r := kerneltest.Form("/x", nil)
		r.Method, r.URL.Path, r.RequestURI = "GET", "/inbox", "/inbox"
		r.Header.Set("Cookie", cookie)
		return o.Ask(r, kerneltest.Nobody).Status == 200
	}
	for name, end := range map[string]func(tx *db.Tx, a account.Account) error{
		"dismissed": func(tx *db.Tx, a account.Account) error { return o.m.Dismiss(o.Ctx, tx, a.ID, a.Version) },
		"role taken": func(tx *db.Tx, a account.Account) error {
			_, err := o.m.SetRoles(o.Ctx, tx, a.ID, nil, "", a.Version)
			return err
		},
		"login restart": func(tx *db.Tx, a account.Account) error {
			_, _, err := o.m.Restart(o.Ctx, tx, a.ID, "", a.Version)
			return err
		},
	} {
		a := o.employ(strings.ReplaceAll(name, " ", "-"), "clerk")
		cookie := enter(a.Login)
		if !inside(cookie) {
			t.Fatalf("%s: not in at all", name)
		}
		o.as(system).Must("test.end", func(tx *db.Tx) error { return end(tx, o.now(a.ID)) })
		if inside(cookie) {
			t.Errorf("%s: the session lives on", name)
		}
	}
	own := o.employ("own", "clerk")
	cookie := enter("own")
	o.as(own).Must("account.change-password", func(tx *db.Tx) error { return o.m.ChangePassword(o.Ctx, tx, good, "battery staple 12") })
	if inside(cookie) {
		t.Error("a session outlives the password it was opened with")
	}
}

func TestALockedAccountStaysShutForTheRightPasswordToo(t *testing.T) {
	o := open(t, db.SQLite)
	o.employ("clerk", "clerk")
	try := func(password string) *kerneltest.Answer {
		return o.Post("/login/password", url.Values{"login": {"clerk"}, "password": {password}}, kerneltest.Nobody)
	}
	for range 5 {
		try("guess guess guess").Is(422)
	}
	try(good).Is(422, kerneltest.HasText("已锁定"))
	o.Move(o.Watch.Now().Add(16 * time.Minute))
	try(good).Is(303)
	unknown := o.Post("/login/password", url.Values{"login": {"nobody-of-this-name"}, "password": {good}}, kerneltest.Nobody)
	if wrong := try("guess guess guess"); kerneltest.Text(wrong.Root()) != kerneltest.Text(unknown.Root()) {
		t.Error("the page tells whether the account exists")
	}
}

func TestPolicies(t *testing.T) {
	both, around := account.Policies(), []string{"wangwu", "南岭县", "南岭", "nanling", "审批局"}
	for _, c := range []struct {
		password     string
		asvs, scheme bool
	}{{"Correct horse 电池", true, true}, {"lower case only", true, false}, {"short", false, false}, {"aaaaaaaaaaaaaa", false, false}, {"password123", false, false},
		{"wangwu12345", false, false}, {"Basketball", false, false}, {"Manchester2024!", false, false}, {"1qaz2wsx3edc", false, false}, {"footballfootball", false, false},
		{"WangWu@Nanling2026", false, false}, {"Woaini5201314!", false, false}, {"南岭县审批局2026", false, false}, {"Zhengwu#12345", false, false}, {"Abcdefghij1234!", false, false},
		{"Basketball manchester Salamander7", true, true}, {"Nanling 的雪下在哪 7", true, true}, {strings.Repeat("Aa1 ", 33), false, false}} {
		if got := both[0].Check(c.password, around...) == nil; got != c.asvs {
			t.Errorf("asvs %q: %v", c.password, got)
		}
		if got := both[1].Check(c.password, around...) == nil; got != c.scheme {
			t.Errorf("mlps3 %q: %v", c.password, got)
		}
	}
	o := open(t, db.SQLite)
	security, clerk := o.employ("security", "security-administrator"), o.employ("clerk", "clerk")
	due := func() string { why, err := o.m.Due(o.Ctx, o.Look(), o.now(clerk.ID)); kind0(t, err); return why }
	if why := due(); why != "" {
		t.Errorf("a clerk may not go in under ASVS: %s", why)
	}
	if why, _ := o.m.Due(o.Ctx, o.Look(), security); why == "" {
		t.Error("an administrator goes in without a second factor")
	}
	o.as(security).Must("account.policy", func(tx *db.Tx) error { return o.m.ChoosePolicy(o.Ctx, tx, "mlps3") })
	if due() == "" {
		t.Error("under 等保三级 a clerk goes in without a second factor")
	}
	change := func(password string) error {
		return o.as(clerk).Run("account.change-password", func(tx *db.Tx) error { return o.m.ChangePassword(o.Ctx, tx, good, password) })
	}
	for _, bad := range []string{"Yungongclerk 1", "Shixian@Clerk2026", "员工clerk2026试县!A"} { // name, county and account, as the house knows them
		kind(t, change(bad), problem.KindInvalid)
	}
	if err := change("Yuangong hat 7 Wochen"); err != nil {
		t.Errorf("a word about the account in a long sentence: %v", err)
	}
	kind(t, o.as(clerk).Run("account.policy", func(tx *db.Tx) error { return o.m.ChoosePolicy(o.Ctx, tx, "asvs") }), problem.KindForbidden)
}

func kind0(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A code of six digits cannot be guessed in five tries, and a phone cannot be flooded.
func TestCodesAreNeitherGuessedNorSentInFloods(t *testing.T) {
	o := open(t, db.SQLite)
	phone, err := party.ParsePhone("13900001234")
	if err != nil {
		t.Fatal(err)
	}
	sent := 0
	for range 600 { // ten minutes, once a second
		err := o.As(kerneltest.Nobody).Run("account.send-code", func(tx *db.Tx) error { return o.m.SendCode(o.Ctx, tx, phone, "login", "198.51.100.7") })
		if err == nil {
			sent++
		} else {
			kind(t, err, problem.KindTooMany)
		}
		if t.Failed() {
			return
		}
		o.Move(o.Watch.Now().Add(time.Second))
	}
	if sent != 10 {
		t.Errorf("%d text messages in ten minutes", sent)
	}
	o.Move(o.Watch.Now().Add(23 * time.Hour))
	kind(t, o.As(kerneltest.Nobody).Run("account.send-code", func(tx *db.Tx) error { return o.m.SendCode(o.Ctx, tx, phone, "login", "198.51.100.8") }), problem.KindTooMany)
	o.Move(o.Watch.Now().Add(time.Hour))
	o.As(kerneltest.Nobody).Must("account.send-code", func(tx *db.Tx) error { return o.m.SendCode(o.Ctx, tx, phone, "login", "198.51.100.7") })
	run := func(do func(*db.Tx) error) error { return o.As(kerneltest.Nobody).Run("account.try-code", do) }
	taken := 0
	for n := range 200 {
		code := fmt.Sprintf("%06d", n)
		if o.m.CheckCode(o.Ctx, run, o.Look(), phone, "login", code) == nil {
			taken++
		}
	}
	if n := o.Count(`SELECT tries FROM account_code`); taken == 0 && n != 5 {
		t.Errorf("%d tries counted, five allowed", n)
	}
}

// Whoever asks for codes to ever new phones spends the county's messages, and fills strangers' phones.
func TestOneNetworkAsksForAHundredCodesAnHour(t *testing.T) {
	lines, err := notify.Parse([]byte("sms: [{name: x, url: 'https://sms.example', body: '{{.Text}}', success: OK}]"), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		o := found(t, engine, app.Settings{Channels: lines})
		ask := func(n int, from string) error {
			phone, err := party.ParsePhone(fmt.Sprintf("139%08d", n))
			if err != nil {
				t.Fatal(err)
			}
			return o.As(kerneltest.Nobody).Run("account.send-code", func(tx *db.Tx) error { return o.m.SendCode(o.Ctx, tx, phone, "login", from) })
		}
		for n := range 100 {
			if err := ask(n, "198.51.100.7"); err != nil {
				t.Fatalf("code %d: %v", n, err)
			}
		}
		kind(t, ask(100, "198.51.100.7"), problem.KindTooMany)
		kind(t, ask(101, "198.51.100.7"), problem.KindTooMany)
		if err := ask(100, "203.0.113.9"); err != nil {
			t.Errorf("another network pays for it: %v", err)
		}
		if n := o.Count(`SELECT count(*) FROM notify_sms`); n != 101 {
			t.Errorf("%d messages, 101 allowed", n)
		}
		if n := o.Count(`SELECT count(*) FROM account_sent WHERE who LIKE '%198%' OR who LIKE '%139000%'`); n != 0 {
			t.Error("an address or a phone lies open in the database")
		}
		o.Move(o.Watch.Now().Add(61 * time.Minute))
		if err := ask(101, "198.51.100.7"); err != nil {
			t.Errorf("an hour later: %v", err)
		}
	}
}

func TestRoutesStandTheBattery(t *testing.T) {
	o := open(t, db.SQLite)
	o.employ("system", "system-administrator")
	o.employ("clerk", "clerk")
	kerneltest.Battery(t, o.Kit)
}
