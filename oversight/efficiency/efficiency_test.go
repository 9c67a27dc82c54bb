package efficiency_test

import (
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"tongban/base/account"
	"tongban/base/org"
	"tongban/base/party"
	"tongban/handling/casefile"
	"tongban/handling/casework"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/clock"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/oversight/efficiency"
	"tongban/rules/catalogue"
	"tongban/rules/form"
	"tongban/rules/licensing"
	"tongban/rules/material"
)

var county = fstest.MapFS{
	"pack.yaml": {Data: []byte("name: trial\ntitle: 试验县\narea: \"431199\"\nversion: \"1\"\ndescription: 测试用\n")},
	"units/u.yaml": {Data: []byte(`code: approval-bureau
name: 试验县行政审批服务局
short: 审批局
phone: "0799-0100001"
---
code: fire
name: 试验县消防救援大队
short: 消防大队
`)},
	"roles/r.yaml": {Data: []byte(`code: boss
title: 局领导
side: staff
scope: unit
permissions: [casework.read, efficiency.instruct]
---
code: hand
title: 审查岗
side: staff
scope: unit
permissions: [casework.assess, efficiency.read]
`)},
	"items/i.yaml": {Data: []byte(`code: food-operation-licence
name: 食品经营许可
kind: "01"
handling: promised
unit: approval-bureau
statutory: {amount: 20, unit: workday}
promised: {amount: 8, unit: workday}
points: [{text: 经营场所与申请一致}]
`)},
	"letters/l.yaml": {Data: []byte(`code: acceptance-notice
title: 受理通知书
series: 试审受字
format: '{series}〔{year}〕{no}号'
seal: special
to: '{{applicant}}：'
paragraphs: ['自{{accepted}}起受理。']
`)},
	"thresholds/t.yaml": {Data: []byte(`{code: half, name: 承诺时限过半提醒, subject: case, clock: promised, card: blue, at: percent, value: 50, least_days: 3, tell: [holder], mark: local}
---
{code: nine, name: 承诺时限用到九成, subject: case, clock: promised, card: yellow, at: percent, value: 90, tell: [holder, section], reply: {amount: 3, unit: workday}, points: 1, mark: local}
---
{code: over, name: 超过承诺时限, subject: case, clock: promised, card: red, at: over, value: 0, tell: [holder, section, leader], reply: {amount: 5, unit: workday}, points: 3, mark: local}
---
{code: law, name: 超过法定时限, subject: case, clock: statutory, card: severe, at: over, value: 0, tell: [holder, leader], points: 10, mark: local}
`)},
}

type trial struct {
	*kerneltest.Kit
	m        *efficiency.Module
	cases    *casework.Module
	accounts *account.Module
	leader   authz.Actor // has an account in the bureau
}

// monday is an ordinary week: 2026-11-02.
func at(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, calendar.Zone())
	if err != nil {
		panic(err)
	}
	return t
}

func begin(t testing.TB, engine db.Engine) trial {
	var c trial
	c.Kit = kerneltest.New(t, engine, func(k *app.Kernel) []app.Module {
		units, parties := org.New(k), party.New(k)
		accounts, err := account.New(k, units, parties)
		if err != nil {
			t.Fatal(err)
		}
		cat, forms, materials := catalogue.New(k, units), form.New(k), material.New(k)
		c.cases = casework.New(k, units, accounts, parties, materials)
		c.m = efficiency.New(k, units, accounts, cat, c.cases)
		c.accounts = accounts
		return []app.Module{units, parties, accounts, cat, forms, materials, c.cases, casefile.New(k, units, forms, materials, c.cases), c.m}
	})
	sections := append([]pack.Section{{Kind: "unit", Glob: "units/*.yaml", Key: "code"}, {Kind: "item", Glob: "items/*.yaml", Key: "code"},
		{Kind: "letter", Glob: "letters/*.yaml", Key: "code"}, {Kind: "role", Glob: "roles/*.yaml", Key: "code"}}, efficiency.Sections()...)
	content, findings := pack.Load(county, sections)
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	c.As(authz.Machine("test", "setup")).Must("pack.load", func(tx *db.Tx) error {
		_, err := c.Library.Publish(c.Ctx, tx, content, "")
		return err
	})
	c.Move(at("2026-11-02 09:30"))
	c.As(authz.Machine("test", "setup")).Must("account", func(tx *db.Tx) error {
		_, err := c.accounts.Create(c.Ctx, tx, account.Create{Kind: account.Staff, Login: "boss", Name: "卢局长", Unit: "approval-bureau", Roles: []string{"boss"}})
		if err != nil {
			return err
		}
		_, err = c.accounts.Create(c.Ctx, tx, account.Create{Kind: account.Staff, Login: "hand", Name: "文审查", Unit: "approval-bureau", Roles: []string{"hand"}})
		return err
	})
	var err error
	if c.leader, err = c.accounts.ActorOf(c.Ctx, c.Look(), "boss"); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c trial) hand() authz.Actor {
	a, err := c.accounts.ActorOf(c.Ctx, c.Look(), "hand")
	if err != nil {
		c.T.Fatal(err)
	}
	return a
}

// accepted opens and accepts a case.
func (c trial) accepted() casework.Case {
	c.T.Helper()
	var out casework.Case
	clerk := kerneltest.Clerk("c1", casework.PermAccept, casework.PermOpen, casework.PermRead)
	c.As(clerk).Must("open", func(tx *db.Tx) (err error) {
		out, err = c.cases.Open(c.Ctx, tx, casework.Opening{Item: "food-operation-licence", Group: tx.NewID(), GroupTitle: "开餐饮店", Applicant: "p1", ApplicantName: "何苗苗", Channel: casework.Counter})
		return err
	})
	c.As(clerk).Must("accept", func(tx *db.Tx) error {
		_, err := c.cases.Accept(c.Ctx, tx, out.ID)
		return err
	})
	c.As(authz.Machine("test", "assign")).Must("assign", func(tx *db.Tx) error { return c.cases.Assign(c.Ctx, tx, out.ID, c.hand().ID) })
	c.Settle()
	return out
}

func (c trial) decide(id casework.ID) {
	c.T.Helper()
	c.As(authz.Machine("assess", "test")).Must("assess", func(tx *db.Tx) error {
		return c.cases.Assess(c.Ctx, tx, id, casework.Assessment{Points: []casework.Checked{{Point: 0, Text: "经营场所与申请一致", Passed: true}}, Grant: true, Text: "符合条件"})
	})
	c.As(authz.Machine("decide", "test")).Must("decide", func(tx *db.Tx) error {
		_, err := c.cases.Decide(c.Ctx, tx, id, casework.Verdict{Granted: true, Basis: "《中华人民共和国食品安全法》第三十五条"})
		return err
	})
}

func (c trial) card(id casework.ID, s efficiency.Severity) efficiency.Card {
	c.T.Helper()
	cards, err := c.m.CardsOf(c.Ctx, c.Look(), string(id))
	if err != nil {
		c.T.Fatal(err)
	}
	var found []efficiency.Card
	for _, x := range cards {
		if x.Severity == s {
			found = append(found, x)
		}
	}
	if len(found) != 1 {
		c.T.Fatalf("%d cards of severity %s, want 1: %+v", len(found), s, cards)
	}
	return found[0]
}

// Down for days over the end of the term: on return each mark gives one card, dated with its legal instant (F25), and the leader is told.
func TestCardsAfterDowntimeBearTheLegalTimeAndComeOnce(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			c := begin(t, engine)
			x := c.accepted()
			c.Move(at("2026-11-18 10:00")) // promised 8 working days from Monday 11-02 end with 11-12
			c.Settle()
			c.Settle()
			red := c.card(x.ID, efficiency.Red)
			if want := at("2026-11-13 00:00"); !red.CrossedAt.Equal(want) {
				t.Errorf("red card dated %s, want %s", red.CrossedAt, want)
			}
			if !red.IssuedAt.After(red.CrossedAt) || red.Holder != c.hand().ID || red.HolderName != "文审查" || red.Unit != "approval-bureau" {
				t.Errorf("red card %+v", red)
			}
			if y := c.card(x.ID, efficiency.Yellow); y.CrossedAt.Format("2006-01-02") == "" || !y.CrossedAt.Before(red.CrossedAt) {
				t.Errorf("yellow %s not before red", y.CrossedAt)
			}
			c.card(x.ID, efficiency.Blue)
			letters, err := c.Notify.Inbox(c.Ctx, c.Look(), []string{c.leader.ID}, "", 20)
			if err != nil || len(letters) == 0 || !strings.Contains(letters[0].Title, "红牌") {
				t.Errorf("leader's inbox %v %v", letters, err)
			}
			page := c.Get("/l", c.leader)
			if page.Status != 200 || !strings.Contains(page.Body, x.Number) || !strings.Contains(page.Body, "0799-0100001") {
				t.Errorf("cockpit %d shows no red case with its phone", page.Status)
			}
			if !strings.Contains(page.Body, "severity=stern") || !strings.Contains(c.Get("/sv/cards?tab=live&severity=stern", c.leader).Body, red.Number) {
				t.Error("the number of red cards does not open their list")
			}
			for _, path := range []string{"/l/cases?show=late", "/l/units/approval-bureau", "/sv/cards", "/sv/cards/" + red.ID, "/sv/cards?tab=all&severity=red"} {
				if a := c.Get(path, c.leader); a.Status != 200 {
					t.Errorf("%s: %d", path, a.Status)
				}
			}
			c.Get("/l/cases?show=open&item="+x.Item, c.leader).Is(200, kerneltest.HasText(x.Number))
			if a := c.Get("/l/cases?show=open&item=another", c.leader); strings.Contains(a.Body, x.Number) {
				t.Error("the list of another item shows this case")
			}
			if a := c.Get("/w/cases/"+x.Number, c.leader); !strings.Contains(a.Body, "红牌") || !strings.Contains(a.Body, "催办、督办") {
				t.Errorf("case page (%d) lacks banner or urge form", a.Status)
			}
			if a := c.Get("/sv/cards/"+red.ID, kerneltest.Person("p9")); a.Status != 404 {
				t.Errorf("a citizen reads a card: %d", a.Status)
			}
		})
	}
}

// A clock that stands crosses nothing; a mark crossed before somebody stopped the clock is not lost although the sweeper never came.
func TestPauseGivesNoCardAndADecisionDoesNotHideOne(t *testing.T) {
	c := begin(t, db.SQLite)
	paused, late := c.accepted(), c.accepted()
	c.Move(at("2026-11-03 10:00"))
	c.As(authz.Machine("test", "pause")).Must("suspend", func(tx *db.Tx) error {
		_, err := c.cases.Suspend(c.Ctx, tx, paused.ID, casework.Suspension{Procedure: licensing.Hearing, Name: "听证", Days: 20, Reason: "依法听证", Document: "试听〔2026〕1号"})
		return err
	})
	c.Move(at("2026-11-17 10:00"))
	c.decide(late.ID) // before any sweep
	c.Settle()
	c.card(late.ID, efficiency.Red)
	if cards, _ := c.m.CardsOf(c.Ctx, c.Look(), string(paused.ID)); len(cards) != 0 {
		t.Errorf("cards of a suspended case: %+v", cards)
	}
	if b := c.card(late.ID, efficiency.Blue); b.State != efficiency.Closed {
		t.Errorf("a reminder outlives its step: %s", b.State)
	}
	s, err := c.m.Rates(c.Ctx, c.Look(), "approval-bureau", calendar.MustDay("2026-11-01"), calendar.MustDay("2026-11-30"))
	if err != nil || s.Closed != 1 || s.OnTime != 0 || s.Actual != 11*efficiency.Day || s.Promised != 8*efficiency.Day || s.Statutory != 20*efficiency.Day {
		t.Errorf("rates %+v %v", s, err)
	}
}

// Journey 19: reply with a defence, accepted by somebody who had no part in it, card withdrawn, score restored.
func TestDefenceWithdrawsTheCardAndItsPoints(t *testing.T) {
	c := begin(t, db.SQLite)
	x := c.accepted()
	c.Move(at("2026-11-13 10:00"))
	c.Settle()
	red := c.card(x.ID, efficiency.Red)
	points := func() int64 {
		n, err := c.m.Points(c.Ctx, c.Look(), "", calendar.MustDay("2026-11-01"), calendar.MustDay("2026-11-30"))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if points() != 400 {
		t.Fatalf("points %d, want yellow 1 + red 3", points())
	}
	stranger := kerneltest.Clerk("other", efficiency.PermRead)
	stranger.Unit = "fire"
	if err := c.As(stranger).Run("serve", func(tx *db.Tx) error { return c.m.Serve(c.Ctx, tx, red.ID) }); problem.KindOf(err) != problem.KindForbidden {
		t.Errorf("a stranger signs: %v", err)
	}
	c.As(c.hand()).Must("serve", func(tx *db.Tx) error { return c.m.Serve(c.Ctx, tx, red.ID) })
	if err := c.As(c.hand()).Run("defend", func(tx *db.Tx) error { return c.m.Defend(c.Ctx, tx, red.ID, "  ") }); problem.KindOf(err) != problem.KindInvalid {
		t.Errorf("defence without reason: %v", err)
	}
	answer := c.Post("/sv/cards/"+red.ID+"/defend", url.Values{"words": {"11月10日至12日政务外网中断，有通信公司证明"}, "_once": {"k1"}}, c.hand())
	if answer.Status != 303 {
		t.Fatalf("defend: %d %s", answer.Status, answer.Body)
	}
	involved := kerneltest.Clerk("c1", efficiency.PermInstruct) // accepted the case
	if err := c.As(involved).Run("judge", func(tx *db.Tx) error { return c.m.Judge(c.Ctx, tx, red.ID, true, "属实") }); problem.KindOf(err) != problem.KindForbidden {
		t.Errorf("who handled the case judges its card: %v", err)
	}
	c.As(c.leader).Must("judge", func(tx *db.Tx) error { return c.m.Judge(c.Ctx, tx, red.ID, true, "外网中断属实") })
	c.Settle()
	if got, _ := c.m.Card(c.Ctx, c.Look(), red.ID); got.State != efficiency.Withdrawn || points() != 100 {
		t.Errorf("state %s, points %d", got.State, points())
	}
	if a := c.Get("/w/cases/"+x.Number, c.leader); strings.Contains(a.Body, "红牌：") {
		t.Error("a withdrawn card still stands on the case page")
	}
}

// The usual way: answer, return, answer, close; unanswered in time the leaders hear of it and no further card comes.
func TestLifeOfACard(t *testing.T) {
	c := begin(t, db.SQLite)
	x := c.accepted()
	c.Move(at("2026-11-13 10:00"))
	c.Settle()
	c.card(x.ID, efficiency.Red)
	before := c.Count(`SELECT count(*) FROM efficiency_card`)
	c.Move(at("2026-11-23 10:00")) // five working days from 11-13 end with 11-20
	c.Settle()
	red := c.card(x.ID, efficiency.Red)
	if red.Overdue != 1 || c.Count(`SELECT count(*) FROM efficiency_card`) != before {
		t.Errorf("overdue %d, cards %d (before %d)", red.Overdue, c.Count(`SELECT count(*) FROM efficiency_card`), before)
	}
	c.As(c.hand()).Must("answer", func(tx *db.Tx) error { return c.m.Answer(c.Ctx, tx, red.ID, "已办结") })
	c.As(c.leader).Must("return", func(tx *db.Tx) error { return c.m.Return(c.Ctx, tx, red.ID, "没有说明原因") })
	c.As(c.hand()).Must("answer", func(tx *db.Tx) error { return c.m.Answer(c.Ctx, tx, red.ID, "漏看待办，已设专人每日查看") })
	if err := c.As(c.hand()).Run("close", func(tx *db.Tx) error { return c.m.Close(c.Ctx, tx, red.ID, "") }); problem.KindOf(err) != problem.KindForbidden {
		t.Errorf("the holder closes his own card: %v", err)
	}
	c.As(c.leader).Must("close", func(tx *db.Tx) error { return c.m.Close(c.Ctx, tx, red.ID, "") })
	if got, _ := c.m.Card(c.Ctx, c.Look(), red.ID); got.State != efficiency.Closed {
		t.Errorf("state %s", got.State)
	}
}

func TestUrgingReachesTheHolderAndEndsWithTheCase(t *testing.T) {
	c := begin(t, db.SQLite)
	x := c.accepted()
	var u, o efficiency.Urging
	c.As(c.leader).Must("urge", func(tx *db.Tx) (err error) { u, err = c.m.Remind(c.Ctx, tx, x.ID, "请今天办结"); return })
	c.As(c.leader).Must("order", func(tx *db.Tx) (err error) { o, err = c.m.Order(c.Ctx, tx, x.ID, "书面报告原因", 3); return })
	if !strings.HasPrefix(o.Number, "督办〔2026〕1号") || o.Due.IsZero() {
		t.Errorf("instruction %+v", o)
	}
	if a := c.Get("/w/cases/"+x.Number, c.hand()); !strings.Contains(a.Body, "书面报告原因") {
		t.Error("the holder does not see the instruction on the case page")
	}
	if letters, _ := c.Notify.Inbox(c.Ctx, c.Look(), []string{c.hand().ID}, "", 20); len(letters) < 2 {
		t.Errorf("holder's inbox: %v", letters)
	}
	if a := c.Post("/sv/urges/"+o.ID, url.Values{"words": {"等申请人现场核查，周五办结"}, "_once": {"k2"}}, c.hand()); a.Status != 303 {
		t.Errorf("reply: %d %s", a.Status, a.Body)
	}
	c.decide(x.ID)
	c.Settle()
	if got, _ := c.m.Urging(c.Ctx, c.Look(), u.ID); got.State != "moved" {
		t.Errorf("urging is %s after the decision", got.State)
	}
}

// 提速率 of domain practice: working time minus pauses, against promised and statutory terms; natural days by the working days in them.
func TestSpeedUpFormulas(t *testing.T) {
	cal := clock.NewBook().Calendar()
	entries := func(kinds ...clock.Entry) []clock.Entry { return kinds }
	on := func(k clock.Kind, s string) clock.Entry {
		return clock.Entry{Kind: k, At: at(s + " 10:00"), Reason: "听证", Document: "一号"}
	}
	week := clock.Clock{Promised: clock.Workdays(5), Statutory: clock.Workdays(20)}
	natural := clock.Clock{Promised: clock.Workdays(5), Statutory: clock.Term{Amount: 30, Unit: clock.NaturalDay}}
	for _, x := range []struct {
		name                        string
		c                           clock.Clock
		e                           []clock.Entry
		promised, statutory, actual int64 // days
		onTime, early, legalLate    bool
	}{
		{"same day", week, entries(on(clock.Start, "2026-11-02"), on(clock.Stop, "2026-11-02")), 5, 20, 0, true, true, false},
		{"on the last day", week, entries(on(clock.Start, "2026-11-02"), on(clock.Stop, "2026-11-09")), 5, 20, 5, true, false, false},
		{"one day late", week, entries(on(clock.Start, "2026-11-02"), on(clock.Stop, "2026-11-10")), 5, 20, 6, false, false, false},
		{"pause left out", week, entries(on(clock.Start, "2026-11-02"), on(clock.Pause, "2026-11-03"), on(clock.Resume, "2026-11-17"), on(clock.Stop, "2026-11-18")), 5, 20, 2, true, true, false},
		{"over the law", week, entries(on(clock.Start, "2026-11-02"), on(clock.Stop, "2026-12-01")), 5, 20, 21, false, false, true},
		{"natural days", natural, entries(on(clock.Start, "2026-11-02"), on(clock.Stop, "2026-11-04")), 5, 22, 2, true, true, false},
	} {
		l := clock.Ledger{Clock: x.c}
		var err error
		for _, e := range x.e {
			if l, err = l.Append(cal, e); err != nil {
				t.Fatal(x.name, err)
			}
		}
		got, err := efficiency.MeasureOf(cal, l)
		want := efficiency.Measure{Promised: x.promised * efficiency.Day, Statutory: x.statutory * efficiency.Day, Actual: x.actual * efficiency.Day, OnTime: x.onTime, Early: x.early, LegalLate: x.legalLate}
		if err != nil || got != want {
			t.Errorf("%s: %+v %v, want %+v", x.name, got, err, want)
		}
	}
	s := efficiency.Sums{Closed: 4, OnTime: 3, Early: 2, Promised: 20, Statutory: 80, Actual: 16}
	for name, x := range map[string][2]string{"on time": {s.OnTimeRate().String(), "75.0%"}, "early": {s.EarlyRate().String(), "50.0%"}, "law": {s.LegalSpeedUp().String(), "80.0%"},
		"promise": {s.PromisedSpeedUp().String(), "20.0%"}, "slower than the law": {efficiency.Sums{Statutory: 10, Actual: 15}.LegalSpeedUp().String(), "-50.0%"},
		"nothing": {efficiency.Sums{}.OnTimeRate().String(), "—"}} {
		if x[0] != x[1] {
			t.Errorf("%s: %s, want %s", name, x[0], x[1])
		}
	}
}

// Every threshold gives a mark under its own code, so that no two thresholds of one colour hide each other.
func TestMarksCarryTheirThreshold(t *testing.T) {
	c := begin(t, db.SQLite)
	names := map[string]clock.Mark{}
	for _, m := range efficiency.Marks(c.Library.Current(), "case", clock.Clock{Promised: clock.Workdays(8), Statutory: clock.Workdays(20)}) {
		names[m.Name] = m
	}
	if len(names) != 4 || names["nine"].Percent != 90 || names["law"].Side != clock.Statutory {
		t.Errorf("marks %v", names)
	}
	if short := efficiency.Marks(c.Library.Current(), "case", clock.Clock{Promised: clock.Workdays(1)}); len(short) != 2 {
		t.Errorf("a one-day term is not reminded at half: %v", short)
	}
	if p := efficiency.Moves().Check(); len(p) > 0 {
		t.Error(p)
	}
}

func TestACardThatIsNobodysIsAnsweredByThoseWhoHandleCasesOfTheUnit(t *testing.T) {
	at := func(unit string, p authz.Permission) authz.Actor {
		return authz.Actor{Kind: authz.Staff, ID: "someone", Unit: unit, Grants: []authz.Grant{{Permissions: []authz.Permission{p}, Reach: authz.Reach{Everywhere: true}}}}
	}
	card, urging := efficiency.Card{Unit: "a"}, efficiency.Urging{Unit: "a"}
	for _, c := range []struct {
		who  authz.Actor
		want bool
	}{{at("a", casework.PermRead), true}, {at("b", casework.PermRead), false}, {at("a", "account.manage"), false}, {at("a", "audit.read"), false}} {
		if got := efficiency.MayAnswer(card, c.who); got != c.want {
			t.Errorf("%s of %s: may answer the card: %v", c.who.Grants[0].Permissions, c.who.Unit, got)
		}
		if got := efficiency.MayReply(urging, c.who); got != c.want {
			t.Errorf("%s of %s: may reply to the urging: %v", c.who.Grants[0].Permissions, c.who.Unit, got)
		}
	}
}

func TestRoutesStandTheBattery(t *testing.T) {
	c := begin(t, db.SQLite)
	c.accepted()
	c.Move(at("2026-11-18 10:00"))
	c.Settle()
	kerneltest.Battery(t, c.Kit)
}
