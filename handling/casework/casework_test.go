package casework_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"tongban/base/account"
	"tongban/base/org"
	"tongban/base/party"
	"tongban/handling/casework"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/clock"
	"tongban/kernel/db"
	"tongban/kernel/file"
	"tongban/kernel/kerneltest"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/rules/catalogue"
	"tongban/rules/form"
	"tongban/rules/licensing"
	"tongban/rules/material"
)

// county is a small pack: three units, one licence with review points and a special procedure, one item decided on the spot.
var county = os.DirFS("testdata/county")

type trial struct {
	*kerneltest.Kit
	m    *casework.Module
	mats *material.Module
}

// at is a moment of working time: Monday, 23 November 2026, nine o'clock.
var at = calendar.MustDay("2026-11-23").At(calendar.HM(9, 0))

func onBoth(t *testing.T, f func(t *testing.T, c trial)) {
	t.Helper()
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) { f(t, begin(t, engine)) })
	}
}

func begin(t testing.TB, engine db.Engine) trial {
	t.Helper()
	var (
		m         *casework.Module
		materials *material.Module
	)
	kt := kerneltest.New(t, engine, func(k *app.Kernel) []app.Module {
		units, parties := org.New(k), party.New(k)
		accounts, err := account.New(k, units, parties)
		if err != nil {
			t.Fatal(err)
		}
		forms := form.New(k)
		materials = material.New(k)
		m = casework.New(k, units, accounts, parties, materials)
		return []app.Module{units, parties, accounts, forms, materials, m}
	})
	kt.PutInForce(county, "unit", "item", "letter", "element", "material")
	kt.Move(at)
	return trial{kt, m, materials}
}

// everything is what a person may hold in these tests; separation must hold all the same.
var everything = []authz.Permission{casework.PermRead, casework.PermOpen, casework.PermAccept, casework.PermAssess, casework.PermSuspend, casework.PermDecide,
	casework.PermInstant, casework.PermExtend, casework.PermAssign, casework.PermClose, casework.PermReveal}

var (
	citizen  = kerneltest.Person("li")
	clerk    = kerneltest.Clerk("clerk", everything...)
	assessor = kerneltest.Clerk("assessor", everything...)
	chief    = kerneltest.Clerk("chief", everything...)
	head     = kerneltest.Clerk("head", everything...)
)

func today(t time.Time) string { return calendar.DayOf(t).String() }

func (c trial) act(t testing.TB, who authz.Actor, name string, do func(tx *db.Tx) error) {
	t.Helper()
	if err := c.As(who).Run("casework."+name, do); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func (c trial) refused(t testing.TB, who authz.Actor, name, words string, do func(tx *db.Tx) error) {
	t.Helper()
	before := c.Count(`SELECT count(*) FROM audit_entry`) + c.Count(`SELECT count(*) FROM casework_deed`) + c.Count(`SELECT count(*) FROM number_counter`) + c.Count(`SELECT COALESCE(SUM(value), 0) FROM number_counter`)
	err := c.As(who).Run("casework."+name, do)
	if err == nil || !strings.Contains(problem.MessageFor(err)+problem.NextFor(err), words) {
		t.Errorf("%s by %s: %v, want a refusal saying %q", name, who.ID, err, words)
	}
	after := c.Count(`SELECT count(*) FROM audit_entry`) + c.Count(`SELECT count(*) FROM casework_deed`) + c.Count(`SELECT count(*) FROM number_counter`) + c.Count(`SELECT COALESCE(SUM(value), 0) FROM number_counter`)
	if before != after {
		t.Errorf("%s by %s was refused and left %d rows", name, who.ID, after-before)
	}
}

func (c trial) open(t testing.TB, o casework.Opening) casework.Case {
	t.Helper()
	if o.Item == "" {
		o.Item = "food-operation-licence"
	}
	o.Applicant, o.ApplicantName = citizen.Party, "李小满"
	var out casework.Case
	c.act(t, citizen, "open", func(tx *db.Tx) (err error) { out, err = c.m.Open(c.Ctx, tx, o); return err })
	return out
}

func (c trial) now(t testing.TB, id casework.ID) casework.Case {
	t.Helper()
	out, err := c.m.Find(c.Ctx, c.Look(), id)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (c trial) accept(t testing.TB, id casework.ID) {
	t.Helper()
	c.act(t, clerk, "accept", func(tx *db.Tx) error { _, err := c.m.Accept(c.Ctx, tx, id); return err })
}

func (c trial) assess(t testing.TB, id casework.ID) {
	t.Helper()
	c.act(t, assessor, "assess", func(tx *db.Tx) error {
		return c.m.Assess(c.Ctx, tx, id, casework.Assessment{Points: c.points(), Grant: true})
	})
}

func (c trial) points() []casework.Checked {
	item, _ := pack.Find[catalogue.Item](c.Library.Current(), "item", "food-operation-licence")
	return casework.AllPassed(item)
}

func (c trial) ledger(t testing.TB, id casework.ID, name string) clock.Ledger {
	t.Helper()
	r, err := c.Clocks.Find(c.Ctx, c.Look(), clock.Of{Subject: string(id), Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return r.Ledger
}

func TestFromReceiptToClose(t *testing.T) {
	onBoth(t, func(t *testing.T, c trial) {
		k := c.open(t, casework.Opening{Group: "S1", GroupTitle: "我要开餐饮店"})
		if k.Number != "TB2026112300001" || k.State != casework.Received || casework.LastDay(k.LegalDue) != "2026年11月30日（周一）" || k.Unit != "approval-bureau" {
			t.Errorf("received as %+v", k)
		}
		c.accept(t, k.ID)
		if got := c.now(t, k.ID); got.State != casework.Accepted || got.Stage != casework.StageAssess || casework.LastDay(got.Due) != "2026年12月3日（周四）" || casework.LastDay(got.LegalDue) != "2026年12月21日（周一）" {
			t.Errorf("accepted as %+v: eight working days promised, twenty by law", got)
		}
		c.assess(t, k.ID)
		c.act(t, chief, "decide", func(tx *db.Tx) error {
			n, err := c.m.Decide(c.Ctx, tx, k.ID, casework.Verdict{Granted: true})
			if err == nil && n.Kind != casework.NoticeGrant {
				t.Errorf("decision on paper: %+v", n)
			}
			return err
		})
		if got := c.now(t, k.ID); got.State != casework.Granted || casework.LastDay(got.LegalDue) != "2026年12月7日（周一）" {
			t.Errorf("granted as %+v: the certificate is due in ten working days", got)
		}
		c.act(t, clerk, "close", func(tx *db.Tx) error { return c.m.Close(c.Ctx, tx, k.ID) })
		if got := c.now(t, k.ID); got.State != casework.Closed || !casework.Ended(got.State) {
			t.Errorf("closed as %+v", got)
		}
		c.Settle()
		for _, name := range []string{casework.ClockNotice, casework.ClockHandling, casework.ClockDelivery} {
			if p := c.ledger(t, k.ID, name).Phase(); p != clock.Stopped {
				t.Errorf("clock %s is %s after the close", name, p)
			}
		}
		if n := c.Count(`SELECT count(*) FROM worklist_task`); n != 0 {
			t.Errorf("%d tasks are left", n)
		}
		line, err := c.m.Timeline(c.Ctx, c.Look(), k.ID, true)
		if err != nil || len(line) != 4 {
			t.Errorf("the applicant sees %d acts (%v), not receipt, acceptance, decision and close", len(line), err)
		}
	})
}

// A paper is handed over while the case is being closed: the deed waits for the close and stands behind it in the history. Replaying the
// audit log (I5, at the end of every test) would accuse a deed that still saw the state before.
func TestAHandOverBesideACloseStandsWhereItHappened(t *testing.T) {
	onBoth(t, func(t *testing.T, c trial) {
		k := c.open(t, casework.Opening{})
		c.accept(t, k.ID)
		c.assess(t, k.ID)
		var paper casework.Notice
		c.act(t, chief, "decide", func(tx *db.Tx) (err error) {
			paper, err = c.m.Decide(c.Ctx, tx, k.ID, casework.Verdict{Granted: true})
			return err
		})
		served := make(chan error, 1)
		c.act(t, clerk, "close", func(tx *db.Tx) error {
			if err := c.m.Close(c.Ctx, tx, k.ID); err != nil {
				return err
			}
			other := c.As(clerk)
			go func() {
				served <- other.Run("serve", func(tx *db.Tx) error { return c.m.Serve(c.Ctx, tx, paper.ID, "当面送达") })
			}()
			select {
			case err := <-served:
				t.Errorf("handed over (%v) in the middle of the close", err)
				served <- err
			case <-time.After(200 * time.Millisecond): // it waits
			}
			return nil
		})
		if err := <-served; err != nil {
			t.Error(err)
		}
		deeds, err := c.m.Timeline(c.Ctx, c.Look(), k.ID, false)
		if err != nil || len(deeds) == 0 {
			t.Fatalf("no history: %v", err)
		}
	})
}

func TestNumbersOfADayRunOn(t *testing.T) {
	c := begin(t, db.SQLite)
	c.open(t, casework.Opening{})
	if k := c.open(t, casework.Opening{}); k.Number != "TB2026112300002" {
		t.Errorf("second case of the day is %s", k.Number)
	}
	c.Move(at.AddDate(0, 0, 1))
	if k := c.open(t, casework.Opening{}); k.Number != "TB2026112400001" {
		t.Errorf("first case of the next day is %s", k.Number)
	}
}

func TestSilenceIsAcceptanceAsOfTheDayOfReceiptEvenAfterDowntime(t *testing.T) {
	onBoth(t, func(t *testing.T, c trial) {
		k := c.open(t, casework.Opening{})
		c.Move(calendar.MustDay("2026-11-30").At(calendar.HM(23, 59))) // the fifth working day is not over
		c.Settle()
		if got := c.now(t, k.ID); got.State != casework.Received {
			t.Fatalf("deemed accepted too early: %+v", got)
		}
		c.Move(calendar.MustDay("2026-12-04").At(calendar.HM(10, 0))) // the system was down on the day
		c.Settle()
		got := c.now(t, k.ID)
		if got.State != casework.Accepted || !got.Flags.Deemed || !got.AcceptedAt.Equal(k.ReceivedAt) || casework.LastDay(got.LegalDue) != "2026年12月21日（周一）" {
			t.Errorf("after five days of silence: %+v", got)
		}
		if e := c.ledger(t, k.ID, casework.ClockNotice).Entries; !e[len(e)-1].At.Equal(calendar.MustDay("2026-11-30").End()) {
			t.Errorf("silence became acceptance at %v, not at the end of the fifth working day", e[len(e)-1].At)
		}
		c.refused(t, clerk, "ask", "处于“审查中”状态", func(tx *db.Tx) error {
			_, err := c.m.AskCorrection(c.Ctx, tx, k.ID, []casework.Defect{{Kind: casework.OfMaterial, Name: "平面图", What: "缺"}})
			return err
		})
		c.Settle()
	})
}

func TestAfterTheFifthDayNobodyMayDeclineOrAsk(t *testing.T) {
	c := begin(t, db.SQLite)
	k := c.open(t, casework.Opening{})
	c.Move(calendar.MustDay("2026-12-01").At(calendar.HM(9, 0))) // before the sweeper came by
	c.refused(t, clerk, "ask", "自收到之日起即为受理", func(tx *db.Tx) error {
		_, err := c.m.AskCorrection(c.Ctx, tx, k.ID, []casework.Defect{{Kind: casework.OfMaterial, Name: "平面图", What: "缺"}})
		return err
	})
	c.refused(t, clerk, "decline", "自收到之日起即为受理", func(tx *db.Tx) error {
		_, err := c.m.Decline(c.Ctx, tx, k.ID, licensing.NotCompetent, "应向市级申请")
		return err
	})
	c.accept(t, k.ID)
	if got := c.now(t, k.ID); !got.Flags.Deemed || !got.AcceptedAt.Equal(k.ReceivedAt) {
		t.Errorf("a late acceptance counts from receipt: %+v", got)
	}
}

func TestOneNoticeSaysEverything(t *testing.T) {
	onBoth(t, func(t *testing.T, c trial) {
		k := c.open(t, casework.Opening{})
		plan := casework.Defect{Kind: casework.OfMaterial, Thing: "floor-plan", Name: "平面图", What: "没有标明操作间", How: "重新画一张"}
		lease := casework.Defect{Kind: casework.OfMaterial, Thing: "lease", Name: "租赁合同", What: "缺少最后一页"}
		ask := func(d ...casework.Defect) func(*db.Tx) error {
			return func(tx *db.Tx) error { _, err := c.m.AskCorrection(c.Ctx, tx, k.ID, d); return err }
		}
		c.refused(t, clerk, "ask", "至少列出一项", ask())
		c.act(t, clerk, "ask", ask(plan))
		if got := c.now(t, k.ID); got.State != casework.Correcting || c.ledger(t, k.ID, casework.ClockNotice).Phase() != clock.Stopped {
			t.Errorf("waiting for correction: %+v", got)
		}
		c.refused(t, kerneltest.Person("wang"), "supplement", "没有这个办件", func(tx *db.Tx) error { _, err := c.m.Supplement(c.Ctx, tx, k.ID); return err })
		c.Move(at.AddDate(0, 0, 3))
		c.act(t, citizen, "supplement", func(tx *db.Tx) error { _, err := c.m.Supplement(c.Ctx, tx, k.ID); return err })
		if got := c.now(t, k.ID); got.State != casework.Received || today(got.ReceivedAt) != "2026-11-26" || c.ledger(t, k.ID, "notice-2").Phase() != clock.Running {
			t.Errorf("supplemented: %+v", got)
		}
		c.refused(t, clerk, "ask", "第一次告知没有提到“租赁合同”", ask(plan, lease))
		c.act(t, clerk, "ask", ask(plan))
		c.Move(calendar.MustDay("2026-12-25").At(calendar.HM(9, 0)))
		c.Settle()
		if c.Count(`SELECT count(*) FROM worklist_task WHERE kind = 'casework.lapse'`) != 1 || c.now(t, k.ID).State != casework.Correcting {
			t.Error("when the applicant's time is over a clerk is asked, no machine ends the case")
		}
		c.act(t, clerk, "lapse", func(tx *db.Tx) error { return c.m.Lapse(c.Ctx, tx, k.ID, "电话联系，申请人表示不再办理") })
		if got := c.now(t, k.ID); got.State != casework.Lapsed || got.Stage != casework.StageDone {
			t.Errorf("lapsed: %+v", got)
		}
	})
}

func TestDecliningHasTwoLawfulGroundsOnly(t *testing.T) {
	c := begin(t, db.SQLite)
	k := c.open(t, casework.Opening{})
	c.refused(t, clerk, "decline", "只有两种法定情形", func(tx *db.Tx) error {
		_, err := c.m.Decline(c.Ctx, tx, k.ID, licensing.RequestAll, "材料不齐")
		return err
	})
	c.act(t, clerk, "decline", func(tx *db.Tx) error {
		n, err := c.m.Decline(c.Ctx, tx, k.ID, licensing.NotCompetent, "应向市级机关申请")
		if text := strings.Join(n.Wording.Paragraphs, ""); err == nil && (!strings.Contains(text, "六十日内向试验县人民政府申请行政复议") || !strings.Contains(text, "应向市级机关申请")) {
			t.Errorf("the paper tells no remedy: %s", text)
		}
		return err
	})
	if got := c.now(t, k.ID); got.State != casework.Declined {
		t.Errorf("%+v", got)
	}
}

// The matrix of D1: who did the first act may not do the second, whatever rights he holds.
func TestSeparationOfDuties(t *testing.T) {
	c := begin(t, db.SQLite)
	for _, x := range []struct {
		accepts, assesses, decides authz.Actor
		refusedAt                  string
	}{
		{clerk, assessor, chief, ""},
		{clerk, clerk, chief, "assess"},
		{clerk, assessor, assessor, "decide"},
		{clerk, assessor, clerk, "decide"},
	} {
		k := c.open(t, casework.Opening{})
		c.act(t, x.accepts, "accept", func(tx *db.Tx) error { _, err := c.m.Accept(c.Ctx, tx, k.ID); return err })
		assess := func(tx *db.Tx) error {
			return c.m.Assess(c.Ctx, tx, k.ID, casework.Assessment{Points: c.points(), Grant: true})
		}
		if x.refusedAt == "assess" {
			c.refused(t, x.assesses, "assess", "受审分离", assess)
			continue
		}
		c.act(t, x.assesses, "assess", assess)
		for _, granted := range []bool{true, false} {
			decide := func(tx *db.Tx) error {
				_, err := c.m.Decide(c.Ctx, tx, k.ID, casework.Verdict{Granted: granted, Reasons: "见审查意见"})
				return err
			}
			if x.refusedAt == "decide" {
				c.refused(t, x.decides, "decide", "分离", decide)
			} else if granted {
				c.act(t, x.decides, "decide", decide)
			}
		}
	}
	own := c.open(t, casework.Opening{})
	relative := clerk
	relative.Party = citizen.Party
	c.refused(t, relative, "accept", "回避", func(tx *db.Tx) error { _, err := c.m.Accept(c.Ctx, tx, own.ID); return err })
}

func TestAWindowClerkMayDecideAnInstantItemAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, c trial) {
		k := c.open(t, casework.Opening{Item: "individual-registration"})
		c.act(t, clerk, "decide", func(tx *db.Tx) error {
			_, err := c.m.DecideAtOnce(c.Ctx, tx, k.ID, casework.Verdict{Granted: true})
			return err
		})
		c.Settle()
		got := c.now(t, k.ID)
		if got.State != casework.Granted || got.AcceptedAt.IsZero() || c.ledger(t, k.ID, casework.ClockHandling).Phase() != clock.Stopped {
			t.Errorf("decided on the spot: %+v", got)
		}
		slow := c.open(t, casework.Opening{})
		c.refused(t, clerk, "decide", "不是即办件", func(tx *db.Tx) error {
			_, err := c.m.DecideAtOnce(c.Ctx, tx, slow.ID, casework.Verdict{Granted: true})
			return err
		})
	})
}

// What was allowed to lack until the decision bars the grant and nothing else.
func TestNothingIsGrantedWhileAToleratedMaterialLacks(t *testing.T) {
	onBoth(t, func(t *testing.T, c trial) {
		lack := func(group string) casework.Case {
			k := c.open(t, casework.Opening{Group: group, GroupTitle: "我要开餐饮店"})
			c.act(t, citizen, "lack", func(tx *db.Tx) error {
				_, err := c.mats.Lack(c.Ctx, tx, group, "premises-proof", "最晚在作出决定前")
				return err
			})
			c.accept(t, k.ID)
			c.assess(t, k.ID)
			return k
		}
		k := lack("S1")
		grant := func(tx *db.Tx) error {
			_, err := c.m.Decide(c.Ctx, tx, k.ID, casework.Verdict{Granted: true})
			return err
		}
		c.refused(t, chief, "decide", "“场所使用证明”容缺待补，补齐后才能准予。请提醒申请人在办件进度页补交", grant)
		b, err := c.Files.Put("lease.pdf", file.PDF, []byte("%PDF-1.4"))
		if err != nil {
			t.Fatal(err)
		}
		c.act(t, citizen, "attach", func(tx *db.Tx) error {
			_, err := c.mats.AttachAll(c.Ctx, tx, "S1", "premises-proof", material.ByUpload, []file.Blob{b})
			return err
		})
		c.act(t, chief, "decide", grant)
		other := lack("S2")
		c.act(t, chief, "decide", func(tx *db.Tx) error {
			_, err := c.m.Decide(c.Ctx, tx, other.ID, casework.Verdict{Reasons: "场所不能用于经营"})
			return err
		})
		if got := c.now(t, other.ID); got.State != casework.Refused {
			t.Errorf("a refusal waits for no paper: %+v", got)
		}
	})
}

func TestCounterReceivesAndAcceptsInOneAct(t *testing.T) {
	c := begin(t, db.SQLite)
	var k casework.Case
	c.act(t, clerk, "intake", func(tx *db.Tx) error {
		o, err := c.m.Open(c.Ctx, tx, casework.Opening{Item: "food-operation-licence", Applicant: "party-li", ApplicantName: "李小满", Channel: casework.Counter})
		if err != nil {
			return err
		}
		r, err := c.m.Accept(c.Ctx, tx, o.ID)
		k = r.Case
		return err
	})
	c.Settle()
	if p := c.ledger(t, k.ID, casework.ClockNotice).Phase(); p != clock.Stopped {
		t.Errorf("the clock of art. 32 is %s after acceptance at the counter", p)
	}
	if n := c.Count(`SELECT count(*) FROM worklist_task WHERE kind = 'casework.deliver-notice'`); n != 1 {
		t.Errorf("%d papers to hand over, want the acceptance notice", n)
	}
}
