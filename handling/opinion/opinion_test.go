package opinion_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/net/html"

	"tongban/base/account"
	"tongban/base/org"
	"tongban/base/party"
	"tongban/handling/casefile"
	"tongban/handling/casework"
	"tongban/handling/opinion"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/check"
	"tongban/kernel/clock"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/problem"
	"tongban/rules/form"
	"tongban/rules/material"
)

var county = fstest.MapFS{
	"pack.yaml": {Data: []byte("name: trial\ntitle: 试验县\narea: \"431199\"\nversion: \"1\"\ndescription: 测试用\n")},
	"units/u.yaml": {Data: []byte(`code: approval-bureau
name: 试验县行政审批服务局
short: 审批局
---
code: fire
name: 试验县消防救援大队
short: 消防大队
`)},
	"items/i.yaml": {Data: []byte(`code: food-operation-licence
name: 食品经营许可
kind: "01"
handling: promised
unit: approval-bureau
statutory: {amount: 20, unit: workday}
promised: {amount: 8, unit: workday}
joint: [fire]
`)},
}

type trial struct {
	*kerneltest.Kit
	m     *opinion.Module
	cases *casework.Module
}

// at is a moment of working time: Monday, 23 November 2026, nine o'clock.
var at = calendar.MustDay("2026-11-23").At(calendar.HM(9, 0))

var (
	work     = []authz.Permission{casework.PermRead, casework.PermOpen, casework.PermAccept, casework.PermAssess, casework.PermInstant, casework.PermDecide}
	clerk    = kerneltest.Clerk("clerk", work...)
	assessor = of("approval-bureau", append(work, opinion.PermGive)...)
	chief    = kerneltest.Clerk("chief", work...)
	fire     = of("fire", opinion.PermGive)
)

func of(unit string, p ...authz.Permission) authz.Actor {
	return authz.Actor{Kind: authz.Staff, ID: unit + "-1", Name: "参谋", Unit: unit, Grants: []authz.Grant{{Permissions: p, Reach: authz.Reach{Units: []string{unit}}}}}
}

func onBoth(t *testing.T, f func(t *testing.T, c trial)) {
	t.Helper()
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) { f(t, begin(t, engine)) })
	}
}

func begin(t testing.TB, engine db.Engine) trial {
	t.Helper()
	c := trial{}
	c.Kit = kerneltest.New(t, engine, func(k *app.Kernel) []app.Module {
		units, parties := org.New(k), party.New(k)
		accounts, err := account.New(k, units, parties)
		if err != nil {
			t.Fatal(err)
		}
		forms, materials := form.New(k), material.New(k)
		c.cases = casework.New(k, units, accounts, parties, materials)
		files := casefile.New(k, units, forms, materials, c.cases)
		c.m = opinion.New(k, units, c.cases, files)
		return []app.Module{units, parties, accounts, forms, materials, c.cases, files, c.m}
	})
	c.PutInForce(county, "unit", "item")
	c.Move(at)
	return c
}

// accepted is a case in examination.
func (c trial) accepted(t testing.TB) casework.Case {
	t.Helper()
	var out casework.Case
	c.As(kerneltest.Person("li")).Must("casework.open", func(tx *db.Tx) (err error) {
		out, err = c.cases.Open(c.Ctx, tx, casework.Opening{Item: "food-operation-licence", Applicant: "party-li", ApplicantName: "李小满"})
		return err
	})
	c.As(clerk).Must("casework.accept", func(tx *db.Tx) error { _, err := c.cases.Accept(c.Ctx, tx, out.ID); return err })
	return out
}

func (c trial) assess(t testing.TB, id casework.ID) {
	t.Helper()
	c.As(assessor).Must("casework.assess", func(tx *db.Tx) error {
		return c.cases.Assess(c.Ctx, tx, id, casework.Assessment{Grant: true})
	})
}

func (c trial) ask(t testing.TB, id casework.ID) (o opinion.Opinion) {
	t.Helper()
	c.As(assessor).Must("opinion.ask", func(tx *db.Tx) (err error) {
		o, err = c.m.Ask(c.Ctx, tx, id, "fire", "疏散通道是否符合要求", 3)
		return err
	})
	return o
}

func (c trial) refused(t testing.TB, who authz.Actor, words string, do func(tx *db.Tx) error) {
	t.Helper()
	before := c.Count(`SELECT count(*) FROM audit_entry`)
	if err := c.As(who).Run("opinion.try", do); err == nil || !strings.Contains(problem.MessageFor(err), words) {
		t.Errorf("by %s: %v, want a refusal saying %q", who.ID, err, words)
	}
	if n := c.Count(`SELECT count(*) FROM audit_entry`) - before; n != 0 {
		t.Errorf("a refusal left %d entries", n)
	}
}

// rules holds a page to what every page of the product obeys. Leaving is the layout's form, and leaving twice does no harm.
func rules(n *html.Node) string {
	wrong := slices.DeleteFunc(kerneltest.Page(n), func(s string) bool { return strings.Contains(s, `"/logout"`) })
	return strings.Join(wrong, "; ")
}

func TestAskedUnitsAnswerBeforeTheDecision(t *testing.T) {
	onBoth(t, func(t *testing.T, c trial) {
		k := c.accepted(t)
		ask := func(unit, question string, days int) func(*db.Tx) error {
			return func(tx *db.Tx) error { _, err := c.m.Ask(c.Ctx, tx, k.ID, unit, question, days); return err }
		}
		c.refused(t, fire, "没有办理这一步的权限", ask("fire", "看看", 3))
		c.refused(t, assessor, "要征求意见的单位", ask("approval-bureau", "看看", 3))
		c.refused(t, assessor, "反馈期限", ask("fire", "看看", 0))
		c.refused(t, assessor, "要征求什么意见", ask("fire", " ", 3))
		if ok, err := c.cases.MayRead(c.Ctx, c.View(fire), k); ok || err != nil {
			t.Errorf("nobody asked the fire brigade yet: %v, %v", ok, err)
		}
		o := c.ask(t, k.ID)
		c.assess(t, k.ID)
		decide := func(tx *db.Tx) error {
			_, err := c.cases.Decide(c.Ctx, tx, k.ID, casework.Verdict{Granted: true})
			return err
		}
		c.refused(t, chief, "等待消防大队反馈意见", decide)
		if ok, err := c.cases.MayRead(c.Ctx, c.View(fire), k); !ok || err != nil {
			t.Errorf("who is asked may read: %v, %v", ok, err)
		}
		c.refused(t, fire, "条件或者理由", func(tx *db.Tx) error { return c.m.Give(c.Ctx, tx, o.ID, opinion.Disagree, "") })
		c.refused(t, of("market", opinion.PermGive), "权限", func(tx *db.Tx) error { return c.m.Give(c.Ctx, tx, o.ID, opinion.Agree, "") })
		give := func(tx *db.Tx) error { return c.m.Give(c.Ctx, tx, o.ID, opinion.Agree, "") }
		c.As(fire).Must("opinion.give", give)
		c.refused(t, fire, "已经答复", give)
		c.As(chief).Must("casework.decide", decide)
		c.Settle()
		if n := c.Count(`SELECT count(*) FROM worklist_task WHERE kind = 'opinion.give'`); n != 0 {
			t.Errorf("%d tasks are left after the answer", n)
		}
		line, err := c.cases.Timeline(c.Ctx, c.Look(), k.ID, false)
		if err != nil || !slices.ContainsFunc(line, func(d casework.Deed) bool {
			return d.Act == casework.ActGiveOpinion && d.Note == "消防大队：同意"
		}) {
			t.Errorf("the history tells no answer: %+v (%v)", line, err)
		}
	})
}

func TestTheDecisionWaitsNoLongerThanTheDeadline(t *testing.T) {
	onBoth(t, func(t *testing.T, c trial) {
		k := c.accepted(t)
		o := c.ask(t, k.ID)
		c.assess(t, k.ID)
		r, err := c.Clocks.Find(c.Ctx, c.Look(), clock.Of{Subject: string(k.ID), Name: "opinion-1"})
		if err != nil || r.Unit != "fire" || casework.LastDay(o.Due) != "2026年11月26日（周四）" {
			t.Errorf("three working days of the fire brigade: %+v, %s (%v)", r, casework.LastDay(o.Due), err)
		}
		c.Move(calendar.MustDay("2026-11-27").At(calendar.HM(9, 0)))
		c.As(chief).Must("casework.decide", func(tx *db.Tx) error {
			_, err := c.cases.Decide(c.Ctx, tx, k.ID, casework.Verdict{Granted: true})
			return err
		})
		c.As(fire).Must("opinion.give", func(tx *db.Tx) error { return c.m.Give(c.Ctx, tx, o.ID, opinion.Conditions, "加装喷淋") }) // late, and on file all the same
	})
}

func TestAskingAndAnsweringThroughThePages(t *testing.T) {
	c := begin(t, db.SQLite)
	k := c.accepted(t)
	path := k.URL()
	c.Get(path, assessor).Is(200, rules, kerneltest.In("a[href="+path+"/opinion]"))
	form := c.Get(path+"/opinion", assessor).Is(200, rules).Values(path + "/opinion")
	form["days"] = []string{"2"}
	c.Post(path+"/opinion", form, assessor).Is(422, rules, kerneltest.HasText("请选择要征求意见的单位"))
	form["unit"], form["question"], form["_once"] = []string{"fire"}, []string{"通道是否畅通"}, []string{"again"}
	if to := c.Post(path+"/opinion", form, assessor).Goes(); to != path {
		t.Error(to)
	}
	c.Get(path, assessor).Is(200, rules, kerneltest.HasText("等待反馈"), kerneltest.HasText("通道是否畅通"))
	list, err := c.m.Of(c.Ctx, c.Look(), k.ID)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	at := "/w/opinions/" + list[0].ID
	c.Get(at, assessor).Is(200, rules, kerneltest.HasText("不再需要，撤回"), kerneltest.Lacks("提交意见"))
	c.Get(at, of("market", opinion.PermGive)).Is(404)
	answer := c.Get(at, fire).Is(200, rules, kerneltest.HasText("通道是否畅通"), kerneltest.Lacks("撤回")).Values(at)
	answer["conclusion"] = []string{"disagree"}
	c.Post(at, answer, fire).Is(422, rules, kerneltest.HasText("请写明"))
	answer["words"], answer["_once"] = []string{"通道被占"}, []string{"again"}
	c.Post(at, answer, fire).Goes()
	c.assess(t, k.ID)
	c.Get(path+"/decide", chief).Is(200, rules, kerneltest.HasText("答：通道被占"))
	c.Get(at, fire).Is(200, rules, kerneltest.HasText("已答复：不同意"))
}

func TestARequestNoLongerNeededIsTakenBack(t *testing.T) {
	c := begin(t, db.SQLite)
	k := c.accepted(t)
	o := c.ask(t, k.ID)
	at := "/w/opinions/" + o.ID
	c.Post(at+"/recall", c.Get(at, assessor).Values(at), assessor).Goes()
	if got, err := c.m.Find(c.Ctx, c.Look(), o.ID); err != nil || got.Conclusion != opinion.Recalled {
		t.Errorf("%+v, %v", got, err)
	}
	c.refused(t, fire, "已经答复或者撤回", func(tx *db.Tx) error { return c.m.Give(c.Ctx, tx, o.ID, opinion.Agree, "") })
}

func TestFsckFindsAnAnswerOfNobody(t *testing.T) {
	c := begin(t, db.SQLite)
	c.Broken()
	o := c.ask(t, c.accepted(t).ID)
	c.Tamper(`UPDATE opinion_opinion SET conclusion = 'agree' WHERE id = $1`, o.ID)
	if !slices.ContainsFunc(c.Unsound(), func(r check.Result) bool { return r.ID == "opinion-answers" }) {
		t.Error("an answer that nobody gave passes")
	}
}

func TestEveryRouteWithstandsTheBattery(t *testing.T) {
	c := begin(t, db.SQLite)
	c.ask(t, c.accepted(t).ID)
	own := map[string]bool{}
	for _, r := range c.m.Manifest().Routes {
		own[r.Pattern()] = true
	}
	for _, f := range c.Walk().Findings {
		if own[f.Route] {
			t.Error(f)
		}
	}
}
