package delivery_test

import (
	"bytes"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"tongban/base/account"
	"tongban/base/org"
	"tongban/base/party"
	"tongban/handling/casework"
	"tongban/handling/delivery"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/clock"
	"tongban/kernel/db"
	"tongban/kernel/document"
	"tongban/kernel/kerneltest"
	"tongban/kernel/problem"
	"tongban/rules/form"
	"tongban/rules/material"
)

var county = fstest.MapFS{
	"pack.yaml": {Data: []byte("name: trial\ntitle: 南岭县\narea: \"431199\"\nversion: \"1\"\ndescription: 测试用\n")},
	"units/u.yaml": {Data: []byte(`code: approval-bureau
name: 南岭县行政审批服务局
short: 审批局
---
code: service-centre
name: 南岭县政务服务中心
short: 政务中心
address: 南岭县南塔街道政务路1号
`)},
	"items/i.yaml": {Data: []byte(`code: food
name: 食品经营许可
kind: "01"
handling: promised
unit: approval-bureau
statutory: {amount: 20, unit: workday}
promised: {amount: 8, unit: workday}
---
code: sign
name: 户外招牌设置许可
kind: "01"
handling: promised
unit: approval-bureau
statutory: {amount: 20, unit: workday}
promised: {amount: 8, unit: workday}
`)},
}

var at = calendar.MustDay("2026-11-23").At(calendar.HM(9, 0))

var (
	work                   = []authz.Permission{casework.PermRead, casework.PermOpen, casework.PermAccept, casework.PermAssess, casework.PermDecide}
	clerk, assessor, chief = kerneltest.Clerk("clerk", work...), kerneltest.Clerk("assessor", work...), kerneltest.Clerk("chief", work...)
	outlet                 = kerneltest.Clerk("outlet", delivery.PermRead, delivery.PermHand)
	other                  = kerneltest.Clerk("other", delivery.PermRead, delivery.PermHand)
	elsewhere              = authz.Actor{Kind: authz.Staff, ID: "elsewhere", Name: "外窗口", Grants: []authz.Grant{{Permissions: []authz.Permission{delivery.PermRead, delivery.PermHand}, Reach: authz.Reach{Units: []string{"approval-bureau"}}}}}
	chen                   = party.Identity{Kind: party.Person, Name: "陈秀兰", Number: "431199198503072423", Phone: "13900000001", Address: "南岭县南塔街道文昌路18号"}
)

type trial struct {
	*kerneltest.Kit
	m       *delivery.Module
	cases   *casework.Module
	parties *party.Module
	owner   string
	food    casework.ID
	sign    casework.ID
}

// begin boots a county in which 陈秀兰 got a licence and was refused another, in one submission.
func begin(t testing.TB, engines ...db.Engine) trial {
	t.Helper()
	c := trial{}
	c.Kit = kerneltest.New(t, engineOf(engines), func(k *app.Kernel) []app.Module {
		units, parties := org.New(k), party.New(k)
		accounts, err := account.New(k, units, parties)
		if err != nil {
			t.Fatal(err)
		}
		forms, materials := form.New(k), material.New(k)
		c.parties, c.cases = parties, casework.New(k, units, accounts, parties, materials)
		c.m = delivery.New(k, units, parties, c.cases)
		return []app.Module{units, parties, accounts, forms, materials, c.cases, c.m}
	})
	c.Move(at)
	c.PutInForce(county, "unit", "item")
	c.food, c.sign = c.decide(t, "food", true), c.decide(t, "sign", false)
	return c
}

func (c *trial) decide(t testing.TB, item string, granted bool) casework.ID {
	t.Helper()
	var k casework.Case
	c.As(clerk).Must("test.open", func(tx *db.Tx) error {
		p, err := c.parties.Ensure(c.Ctx, tx, chen)
		if err != nil {
			return err
		}
		c.owner = p.ID
		k, err = c.cases.Open(c.Ctx, tx, casework.Opening{Item: item, Group: "S1", GroupTitle: "开餐饮店", Applicant: p.ID, ApplicantName: p.Name, Channel: casework.Counter, Agent: p.ID})
		return err
	})
	c.As(clerk).Must("test.accept", func(tx *db.Tx) error { _, err := c.cases.Accept(c.Ctx, tx, k.ID); return err })
	c.As(assessor).Must("test.assess", func(tx *db.Tx) error {
		return c.cases.Assess(c.Ctx, tx, k.ID, casework.Assessment{Grant: granted, Text: "已审查"})
	})
	c.As(chief).Must("test.decide", func(tx *db.Tx) error {
		_, err := c.cases.Decide(c.Ctx, tx, k.ID, casework.Verdict{Granted: granted, Reasons: "见审查意见"})
		return err
	})
	c.Settle()
	return k.ID
}

func (c trial) prepare(t testing.TB, way string, asked string, results ...casework.ID) delivery.Parcel {
	t.Helper()
	in := delivery.Parcel{Group: "S1", Title: "开餐饮店", Applicant: c.owner, Phone: "13900000001", Ways: []string{way}, Asked: asked}
	for _, id := range results {
		in.Results = append(in.Results, delivery.Result{CaseID: string(id)})
	}
	var out delivery.Parcel
	c.As(authz.Machine("bundle", "test")).Must("test.prepare", func(tx *db.Tx) (err error) { out, err = c.m.Prepare(c.Ctx, tx, in); return err })
	c.Settle()
	return out
}

func (c trial) again(t testing.TB, id delivery.ID) delivery.Parcel {
	t.Helper()
	p, err := c.m.Find(c.Ctx, c.Look(), id)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (c trial) hand(who authz.Actor, id delivery.ID, to delivery.Receiver) (h delivery.Hand, err error) {
	err = c.As(who).Run("delivery.hand", func(tx *db.Tx) error { h, err = c.m.HandOver(c.Ctx, tx, id, to, 0); return err })
	return h, err
}

func (c trial) recognise(t testing.TB, who authz.Actor, id delivery.ID, last string) (same bool, err error) {
	t.Helper()
	err = c.As(who).Run("delivery.recognise", func(tx *db.Tx) error { same, err = c.m.Recognise(c.Ctx, tx, id, last); return err })
	return same, err
}

func (c trial) states(t testing.TB) string {
	t.Helper()
	var out []string
	for _, id := range []casework.ID{c.food, c.sign} {
		k, err := c.cases.Find(c.Ctx, c.Look(), id)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(k.State))
	}
	return strings.Join(out, " ")
}

func TestHandedOverAtTheWindowTheCasesAreClosedAndTheClockStops(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) { handedOverAtTheWindowTheCasesAreClosedAndTheClockStops(t, begin(t, engine)) })
	}
}

func handedOverAtTheWindowTheCasesAreClosedAndTheClockStops(t *testing.T, c trial) {
	p := c.prepare(t, delivery.Window, "", c.food, c.sign)
	if same := c.prepare(t, delivery.Window, "", c.food, c.sign); same.ID != p.ID || same.Version != p.Version || c.Count(`SELECT count(*) FROM notify_sms`) != 1 {
		t.Error("prepared twice, it is not the same parcel told once")
	}
	code, err := c.m.Code(p)
	if err != nil || len(code) != 6 {
		t.Fatalf("code %q %v", code, err)
	}
	if at := c.Get("/w/outlet?c="+code, outlet).Goes(); at != "/w/outlet/"+string(p.ID) {
		t.Errorf("the code leads to %s", at)
	}
	if _, err := c.hand(outlet, p.ID, delivery.Receiver{}); problem.KindOf(err) != problem.KindConflict {
		t.Errorf("handed over to nobody in particular: %v", err)
	}
	if same, err := c.recognise(t, outlet, p.ID, "2423"); err != nil || !same {
		t.Fatal(same, err)
	}
	if _, err := c.hand(other, p.ID, delivery.Receiver{}); problem.KindOf(err) != problem.KindConflict {
		t.Errorf("handed over by a clerk who did not look at the person: %v", err)
	}
	if _, err := c.hand(elsewhere, p.ID, delivery.Receiver{}); problem.KindOf(err) != problem.KindForbidden {
		t.Errorf("handed over at another outlet: %v", err)
	}
	c.Move(at.AddDate(0, 0, 1))
	if _, err := c.recognise(t, outlet, p.ID, "2423"); err != nil {
		t.Fatal(err)
	}
	h, err := c.hand(outlet, p.ID, delivery.Receiver{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Clocks.Find(c.Ctx, c.Look(), clock.Of{Subject: string(c.food), Name: casework.ClockDelivery})
	if err != nil || r.Ledger.Phase() != clock.Stopped || !r.Ledger.Entries[len(r.Ledger.Entries)-1].At.Equal(h.At) {
		t.Errorf("the clock of art. 44 is %s %v", r.Ledger.Phase(), err)
	}
	c.Settle()
	if got := c.states(t); got != "closed closed" {
		t.Errorf("after handing over the cases are %s", got)
	}
	if n := c.Count(`SELECT count(*) FROM event_outbox WHERE name = 'delivery.completed'`); n != 1 {
		t.Errorf("%d delivery.completed", n)
	}
	if _, found, _ := c.m.ByCode(c.Ctx, c.Look(), code); found {
		t.Error("the code is still good")
	}
	if n := c.Count(`SELECT count(*) FROM worklist_task WHERE kind LIKE 'delivery.%'`); n != 0 {
		t.Errorf("%d tasks left", n)
	}
	receipt(t, c, p.ID, h)
}

func receipt(t *testing.T, c trial, id delivery.ID, h delivery.Hand) {
	p := c.again(t, id)
	a := c.Get("/deliveries/receipts/"+h.ID, outlet).Is(200)
	text := document.Text(c.m.Receipt(p, h))
	for _, want := range []string{"送达回证", h.Number, "陈秀兰", "食品经营许可", "不予许可决定书", "2026年11月24日"} {
		if !strings.Contains(text, want) {
			t.Errorf("the receipt does not say %q:\n%s", want, text)
		}
	}
	cmd := exec.Command("pdftotext", "-raw", "-enc", "UTF-8", "-", "-")
	cmd.Stdin = bytes.NewReader([]byte(a.Body))
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("NOT CHECKED: pdftotext: %v", err)
	}
	squeeze := func(s string) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsSpace(r) {
				return -1
			}
			return r
		}, s)
	}
	if diff := cmp.Diff(squeeze(text), squeeze(string(out))); diff != "" {
		t.Errorf("text layer (-want +got):\n%s", diff)
	}
	c.Get("/deliveries/receipts/"+h.ID, kerneltest.Person("wang")).Is(404)
}

func TestFiveWrongAnswersAndTheParcelRests(t *testing.T) {
	c := begin(t)
	p := c.prepare(t, delivery.Window, "", c.food, c.sign)
	for range 5 {
		if same, err := c.recognise(t, outlet, p.ID, "0000"); same || err != nil {
			t.Fatal(same, err)
		}
	}
	if _, err := c.recognise(t, outlet, p.ID, "2423"); problem.KindOf(err) != problem.KindTooMany {
		t.Errorf("the sixth answer was taken: %v", err)
	}
	c.Move(at.Add(16 * time.Minute))
	if same, err := c.recognise(t, outlet, p.ID, "2423"); !same || err != nil {
		t.Errorf("after resting: %v %v", same, err)
	}
	c.Move(at.Add(50 * time.Minute))
	if _, err := c.hand(outlet, p.ID, delivery.Receiver{}); problem.KindOf(err) != problem.KindConflict {
		t.Errorf("handed over long after looking at the person: %v", err)
	}
}

func TestAgentLeavesHisNumberAndHisAuthority(t *testing.T) {
	c := begin(t)
	p := c.prepare(t, delivery.Window, "", c.food, c.sign)
	if _, err := c.recognise(t, outlet, p.ID, "2423"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.hand(outlet, p.ID, delivery.Receiver{Agent: true, Name: "张𬱖"}); problem.KindOf(err) != problem.KindInvalid {
		t.Errorf("an agent without number and authority: %v", err)
	}
	h, err := c.hand(outlet, p.ID, delivery.Receiver{Agent: true, Name: "张𬱖", Number: "431199199001011238", Authority: "授权委托书"})
	if err != nil || !strings.Contains(h.AgentMask, "*") {
		t.Fatalf("%+v %v", h, err)
	}
	if n := c.Count(`SELECT count(*) FROM delivery_hand WHERE agent_number LIKE '%431199%' OR agent_mask LIKE '%19900101%'`); n != 0 {
		t.Error("the agent's number is kept in the open")
	}
	if n := c.Count(`SELECT count(*) FROM audit_entry WHERE detail LIKE '%431199199001011238%'`); n != 0 {
		t.Error("the agent's number is in the audit log")
	}
}

func TestPostedPartArrivesAndTheRestWaits(t *testing.T) {
	c := begin(t)
	p := c.prepare(t, delivery.Post, "申请人11月23日在窗口要求先领食品经营许可", c.food)
	code, _ := c.m.Code(p)
	c.As(outlet).Must("delivery.post", func(tx *db.Tx) error { return c.m.SendOff(c.Ctx, tx, p.ID, "EMS", "ea123456789cn", 0) })
	c.prepare(t, delivery.Post, "", c.sign)
	c.As(outlet).Must("delivery.arrive", func(tx *db.Tx) error { _, err := c.m.Arrive(c.Ctx, tx, p.ID, ""); return err })
	c.Settle()
	if p = c.again(t, p.ID); p.State != delivery.Ready || len(p.Waiting()) != 1 || p.Asked == "" {
		t.Errorf("%s with %d waiting, asked %q", p.State, len(p.Waiting()), p.Asked)
	}
	if got := c.states(t); got != "closed refused" {
		t.Errorf("after the first part the cases are %s", got)
	}
	if now, _ := c.m.Code(p); now != code {
		t.Error("the code changed under the applicant")
	}
	c.As(outlet).Must("delivery.post", func(tx *db.Tx) error { return c.m.SendOff(c.Ctx, tx, p.ID, "EMS", "EA123456790CN", 0) })
	c.As(outlet).Must("delivery.bounce", func(tx *db.Tx) error { return c.m.Bounce(c.Ctx, tx, p.ID, "无人签收") })
	if p = c.again(t, p.ID); p.State != delivery.Ready || p.Way != delivery.Window {
		t.Errorf("bounced, it is %s for %s", p.State, p.Way)
	}
}

func TestLaterResultsOpenAHandedParcelAgainWithANewCode(t *testing.T) {
	c := begin(t)
	p := c.prepare(t, delivery.Download, "先要证照", c.food)
	if p.State != delivery.Done {
		t.Fatalf("electronic delivery is %s", p.State)
	}
	if got := c.states(t); got != "closed refused" {
		t.Errorf("cases are %s", got)
	}
	if p = c.prepare(t, delivery.Download, "", c.sign); p.State != delivery.Done || len(p.Waiting()) != 0 {
		t.Errorf("%s with %d waiting", p.State, len(p.Waiting()))
	}
	if n := c.Count(`SELECT count(*) FROM delivery_hand`); n != 2 {
		t.Errorf("%d receipts", n)
	}
}

func TestOwnerSeesHisCodeAndChoosesTheWay(t *testing.T) {
	c := begin(t)
	p := c.prepare(t, delivery.Window, "", c.food, c.sign)
	code, _ := c.m.Code(p)
	owner := authz.Actor{Kind: authz.Citizen, ID: "chen", Name: "陈秀兰", Party: c.owner}
	path := "/my/deliveries/" + string(p.ID)
	if a := c.Get(path, owner).Is(200); !strings.Contains(a.Body, code) {
		t.Error("the owner does not see the code")
	}
	c.Get(path, kerneltest.Person("wang")).Is(404)
	c.Post(path+"/way", url.Values{"way": {"download"}}, kerneltest.Person("wang")).Is(404)
	c.Post(path+"/way", url.Values{"way": {"pigeon"}}, owner).Is(422)
	c.Post(path+"/way", url.Values{"way": {"download"}}, owner).Is(303)
	if p = c.again(t, p.ID); p.State != delivery.Done {
		t.Errorf("it is %s", p.State)
	}
	c.Get(path, owner).Is(200)
	c.Get("/w/outlet/"+string(p.ID), outlet).Is(200)
	c.Get("/w/outlet?tab=done", outlet).Is(200)
}

func TestUnclaimedParcelIsRemindedOnce(t *testing.T) {
	c := begin(t)
	c.prepare(t, delivery.Window, "", c.food, c.sign)
	c.Move(at.AddDate(0, 0, 8))
	for range 2 {
		if err := c.m.Remind(c.Ctx); err != nil {
			t.Fatal(err)
		}
	}
	if n := c.Count(`SELECT count(*) FROM notify_sms`); n != 2 {
		t.Errorf("%d messages, want one when ready and one reminder", n)
	}
	if n, err := c.m.Count(c.Ctx, c.View(outlet), delivery.Filter{Unclaimed: true}); err != nil || n != 1 {
		t.Errorf("%d unclaimed %v", n, err)
	}
	if wrong := delivery.Moves().Check(); wrong != nil {
		t.Error(wrong)
	}
}

func TestRoutesStandTheBattery(t *testing.T) {
	c := begin(t)
	for _, f := range c.Walk().Findings { // the routes of lower modules are theirs to mend
		for _, own := range []string{"/w/outlet", "/my/deliveries", "/deliveries"} {
			if strings.Contains(f.Route, " "+own) {
				t.Error(f)
			}
		}
	}
}

// engineOf is the engine asked for, or the embedded one.
func engineOf(engines []db.Engine) db.Engine {
	for _, e := range engines {
		return e
	}
	return db.SQLite
}
