package casework_test

import (
	"testing"

	"tongban/handling/casework"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/clock"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/rules/licensing"
)

func TestSpecialProcedureStopsTheClockOnPaper(t *testing.T) {
	onBoth(t, func(t *testing.T, c trial) {
		k := c.open(t, casework.Opening{})
		c.accept(t, k.ID)
		suspend := func(x casework.Suspension) func(*db.Tx) error {
			return func(tx *db.Tx) error { _, err := c.m.Suspend(c.Ctx, tx, k.ID, x); return err }
		}
		c.refused(t, assessor, "suspend", "不在行政许可法第四十五条", suspend(casework.Suspension{Procedure: "consultation", Name: "征求意见", Days: 5}))
		c.refused(t, assessor, "suspend", "最多 7 个工作日", suspend(casework.Suspension{Procedure: "publicity", Name: "公示", Days: 8}))
		c.refused(t, assessor, "suspend", "工作日数", suspend(casework.Suspension{Procedure: licensing.Hearing}))
		c.act(t, assessor, "suspend", suspend(casework.Suspension{Procedure: licensing.Hearing, Days: 5, Reason: "利害关系人申请听证"}))
		if got := c.now(t, k.ID); got.State != casework.Suspended || c.ledger(t, k.ID, casework.ClockHandling).Phase() != clock.Paused {
			t.Errorf("suspended: %+v", got)
		}
		c.refused(t, chief, "decide", "特别程序中", func(tx *db.Tx) error {
			_, err := c.m.Decide(c.Ctx, tx, k.ID, casework.Verdict{Granted: true})
			return err
		})
		c.Move(calendar.MustDay("2026-11-30").At(calendar.HM(9, 0)))
		c.act(t, assessor, "resume", func(tx *db.Tx) error { return c.m.Resume(c.Ctx, tx, k.ID, "听证结束") })
		if got := c.now(t, k.ID); casework.LastDay(got.Due) != "2026年12月10日（周四）" {
			t.Errorf("five working days later than 3 December: %s", casework.LastDay(got.Due))
		}
	})
}

func TestExtensionNeedsTheHeadAndAReason(t *testing.T) {
	onBoth(t, func(t *testing.T, c trial) {
		k := c.open(t, casework.Opening{})
		c.accept(t, k.ID)
		extend := func(x casework.Extension) func(*db.Tx) error {
			return func(tx *db.Tx) error { _, err := c.m.Extend(c.Ctx, tx, k.ID, x); return err }
		}
		c.refused(t, kerneltest.Clerk("nobody", casework.PermAssess), "extend", "没有办理这一步的权限", extend(casework.Extension{Days: 5, Reason: "复杂", By: licensing.AgencyHead}))
		c.refused(t, head, "extend", "最多可以延长10个工作日", extend(casework.Extension{Days: 11, Reason: "复杂", By: licensing.AgencyHead}))
		c.act(t, head, "extend", extend(casework.Extension{Days: 6, Reason: "需要核实产权", By: licensing.AgencyHead}))
		if got := c.now(t, k.ID); !got.Flags.Extended || casework.LastDay(got.LegalDue) != "2026年12月29日（周二）" || casework.LastDay(got.Due) != "2026年12月11日（周五）" {
			t.Errorf("extended: %s, %s", casework.LastDay(got.Due), casework.LastDay(got.LegalDue))
		}
		c.refused(t, head, "extend", "已延长6个", extend(casework.Extension{Days: 5, Reason: "再延", By: licensing.AgencyHead}))
	})
}

func TestAssessmentLooksAtEveryPoint(t *testing.T) {
	c := begin(t, db.SQLite)
	k := c.open(t, casework.Opening{})
	c.accept(t, k.ID)
	one := c.points()[:1]
	failed := c.points()
	failed[1].Passed = false
	for words, a := range map[string]casework.Assessment{
		"还有 1 项审查要点没有核对": {Points: one, Grant: true},
		"有 1 项审查要点不符合":   {Points: failed, Grant: true},
		"请写明理由":          {Points: failed},
	} {
		c.refused(t, assessor, "assess", words, func(tx *db.Tx) error { return c.m.Assess(c.Ctx, tx, k.ID, a) })
	}
	c.refused(t, chief, "decide", "还没有审查意见", func(tx *db.Tx) error {
		_, err := c.m.Decide(c.Ctx, tx, k.ID, casework.Verdict{Granted: true})
		return err
	})
	c.assess(t, k.ID)
	c.act(t, chief, "send_back", func(tx *db.Tx) error { return c.m.SendBack(c.Ctx, tx, k.ID, "再核实面积") })
	if got := c.now(t, k.ID); got.Stage != casework.StageAssess {
		t.Errorf("sent back: %+v", got)
	}
	c.assess(t, k.ID)
	c.refused(t, chief, "decide", "应当说明理由", func(tx *db.Tx) error { _, err := c.m.Decide(c.Ctx, tx, k.ID, casework.Verdict{}); return err })
}

func TestHeldCaseWaitsForItsTurn(t *testing.T) {
	onBoth(t, func(t *testing.T, c trial) {
		k := c.open(t, casework.Opening{Hold: true})
		c.refused(t, clerk, "accept", "等待前置事项", func(tx *db.Tx) error { _, err := c.m.Accept(c.Ctx, tx, k.ID); return err })
		c.Move(at.AddDate(0, 0, 20))
		c.Settle()
		if got := c.now(t, k.ID); got.State != casework.Received || got.Stage != casework.StageHold {
			t.Errorf("no term runs while it waits: %+v", got)
		}
		c.act(t, authz.Machine("bundle", "event"), "release", func(tx *db.Tx) error { return c.m.Release(c.Ctx, tx, k.ID) })
		if got := c.now(t, k.ID); got.Stage != casework.StageReceive || today(got.ReceivedAt) != "2026-12-13" {
			t.Errorf("released: %+v", got)
		}
	})
}

func TestApplicantMayWithdrawBeforeTheDecision(t *testing.T) {
	onBoth(t, func(t *testing.T, c trial) {
		k := c.open(t, casework.Opening{})
		c.accept(t, k.ID)
		withdraw := func(tx *db.Tx) error { return c.m.Withdraw(c.Ctx, tx, k.ID, "不办了") }
		c.refused(t, kerneltest.Person("wang"), "withdraw", "没有这个办件", withdraw)
		c.act(t, citizen, "withdraw", withdraw)
		c.refused(t, citizen, "withdraw", "已撤回", withdraw)
		c.refused(t, clerk, "accept", "最近一次操作", func(tx *db.Tx) error { _, err := c.m.Accept(c.Ctx, tx, k.ID); return err })
		if p := c.ledger(t, k.ID, casework.ClockHandling).Phase(); p != clock.Stopped {
			t.Errorf("clock is %s", p)
		}
	})
}

func TestDoubleClickAcceptsOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, c trial) {
		k := c.open(t, casework.Opening{})
		for range 2 {
			out, err := c.As(clerk).Key("form:clerk:1").Outcome("casework.accept", func(tx *db.Tx) error {
				r, err := c.m.Accept(c.Ctx, tx, k.ID)
				tx.Answer(r.Notice.Number)
				return err
			})
			if err != nil || out.Reply != "试审受字〔2026〕1号" {
				t.Errorf("%+v, %v", out, err)
			}
		}
		if n := c.Count(`SELECT count(*) FROM casework_notice`); n != 1 {
			t.Errorf("%d papers for one acceptance", n)
		}
	})
}

func TestPaperSaysWhatWasDecidedThen(t *testing.T) {
	c := begin(t, db.SQLite)
	k := c.open(t, casework.Opening{})
	c.accept(t, k.ID)
	list, err := c.m.Notices(c.Ctx, c.Look(), k.ID)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	n := list[0]
	want := "您于2026年11月23日提出的食品经营许可申请，现自2026年11月23日起受理，承诺在2026年12月3日（周四）前办结。"
	if n.Number != "试审受字〔2026〕1号" || n.Wording.Paragraphs[0] != want || n.Wording.Rows[0].Value != k.Number || n.Wording.To != "李小满：" {
		t.Errorf("%+v", n)
	}
}

func TestBracesInANameAreNoPlaceholders(t *testing.T) {
	c := begin(t, db.SQLite)
	var k casework.Case
	c.act(t, citizen, "open", func(tx *db.Tx) (err error) {
		k, err = c.m.Open(c.Ctx, tx, casework.Opening{Item: "food-operation-licence", Applicant: citizen.Party, ApplicantName: "{{court}}小吃店"})
		return err
	})
	c.accept(t, k.ID)
	if list, _ := c.m.Notices(c.Ctx, c.Look(), k.ID); list[0].Wording.To != "{{court}}小吃店：" {
		t.Errorf("%q", list[0].Wording.To)
	}
}

func TestResponsibleIsAlwaysOneUnit(t *testing.T) {
	c := begin(t, db.SQLite)
	k := c.open(t, casework.Opening{})
	d, err := c.m.Responsible(c.Ctx, c.Look(), k)
	if err != nil || d.UnitName != "审批局" || d.Phone != "0799-0100001" || d.Next == "" || d.By.IsZero() {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestAChangedCalendarReachesTheLists(t *testing.T) {
	onBoth(t, func(t *testing.T, c trial) {
		k := c.open(t, casework.Opening{})
		c.act(t, authz.Machine("test", "calendar"), "calendar", func(tx *db.Tx) error {
			_, err := c.Clocks.Change(c.Ctx, tx, "local", 2026, []calendar.Row{{Day: calendar.MustDay("2026-11-26"), Kind: calendar.Off, Name: "县庆", Source: "试验"}}, "县庆放假一天")
			return err
		})
		if n, err := c.m.Redate(c.Ctx); n != 1 || err != nil {
			t.Errorf("%d cases redated (%v)", n, err)
		}
		if got := c.now(t, k.ID); casework.LastDay(got.Due) != "2026年12月1日（周二）" {
			t.Errorf("the list still says %s", casework.LastDay(got.Due))
		}
		if n, err := c.m.Redate(c.Ctx); n != 0 || err != nil {
			t.Errorf("%d cases redated again (%v)", n, err)
		}
	})
}

func TestFsckFindsAStateChangedBehindTheTable(t *testing.T) {
	c := begin(t, db.SQLite)
	c.Broken()
	k := c.open(t, casework.Opening{})
	c.Tamper(`UPDATE casework_case SET state = 'granted' WHERE id = $1`, string(k.ID))
	bad := map[string]bool{}
	for _, r := range c.Unsound() {
		bad[r.ID] = true
	}
	if !bad["I5"] || !bad["I6-decision"] {
		t.Errorf("found only %v", bad)
	}
}
