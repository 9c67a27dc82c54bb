package tracking_test

import (
	"cmp"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"tongban/base/account"
	"tongban/base/address"
	"tongban/base/org"
	"tongban/base/party"
	"tongban/base/servicepoint"
	"tongban/handling/bundle"
	"tongban/handling/casework"
	"tongban/handling/delivery"
	"tongban/handling/guide"
	"tongban/handling/licence"
	"tongban/handling/seal"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/file"
	"tongban/kernel/kerneltest"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/packs/nanling"
	"tongban/reach/tracking"
	"tongban/rules/catalogue"
	"tongban/rules/competence"
	"tongban/rules/form"
	"tongban/rules/material"
)

// trial is the county 南岭 with a noodle shop that 盘小兰 has applied for.
type trial struct {
	*kerneltest.Kit
	m         *tracking.Module
	bundles   *bundle.Module
	cases     *casework.Module
	materials *material.Module
	citizen   authz.Actor
	s         bundle.Submission
}

// at is a Monday morning; tail the last four digits of the applicant.
var (
	at   = calendar.MustDay("2026-11-23").At(calendar.HM(9, 0))
	tail = "0024"
)

var everything = []authz.Permission{casework.PermRead, casework.PermOpen, casework.PermAccept, casework.PermAssess, casework.PermDecide, casework.PermInstant, casework.PermClose}

var (
	clerk  = kerneltest.Clerk("clerk", everything...)
	chief  = kerneltest.Clerk("chief", everything...)
	helper = kerneltest.Clerk("helper", append([]authz.Permission{bundle.PermIntake}, everything...)...)
)

// begin boots the county and hands the shop in through the window, without the materials named.
func begin(t testing.TB, engine db.Engine, lacking ...string) *trial {
	t.Helper()
	c := &trial{}
	c.Kit = kerneltest.New(t, engine, func(k *app.Kernel) []app.Module {
		units, parties := org.New(k), party.New(k)
		accounts, err := account.New(k, units, parties)
		if err != nil {
			t.Fatal(err)
		}
		cat := catalogue.New(k, units)
		comp := competence.New(k, cat, units)
		forms, mats := form.New(k), material.New(k)
		seals := seal.New(k, units, accounts)
		cases := casework.New(k, units, accounts, parties, mats)
		licences := licence.New(k, units, parties, forms, seals)
		deliveries := delivery.New(k, units, parties, cases)
		guides := guide.New(k, cat, comp, forms, mats, units)
		c.bundles = bundle.New(k, units, accounts, parties, cat, comp, forms, mats, guides, cases, licences, deliveries)
		c.m = tracking.New(k, units, parties, mats, cases, licences, c.bundles)
		c.cases, c.materials = cases, mats
		return []app.Module{units, address.New(k), servicepoint.New(k), parties, accounts, cat, comp, forms, mats, seals, cases, licences, guides, deliveries, c.bundles, c.m}
	})
	setup := authz.Machine("test", "setup")
	content, _ := pack.Load(nanling.FS, c.Sections())
	c.As(setup).Must("test.publish", func(tx *db.Tx) error {
		_, err := c.Library.Publish(c.Ctx, tx, content, "test")
		return err
	})
	c.Move(at)
	var who party.Party
	c.As(setup).Must("test.person", func(tx *db.Tx) (err error) {
		parties := c.List[slices.IndexFunc(c.List, func(m app.Module) bool { _, ok := m.(*party.Module); return ok })].(*party.Module)
		who, err = parties.Ensure(c.Ctx, tx, party.Identity{Kind: party.Person, Name: "盘小兰", Number: "431199198803150024", Phone: "13807460001"})
		return err
	})
	c.citizen = authz.Actor{Kind: authz.Citizen, ID: "pan", Name: "盘小兰", Party: who.ID}
	in := bundle.Intake{Start: bundle.Start{Bundles: []string{"open-restaurant"}, Answers: shop(), Applicant: who.ID}, Files: map[string][]file.Blob{},
		Closing: bundle.Closing{Way: bundle.AtWindow, Declared: true}}
	o, err := c.bundles.Plan(c.Ctx, c.Look(), in.Start)
	if err != nil {
		t.Fatal(err)
	}
	in.Values = filling(o.Form)
	for _, n := range o.Needs {
		if !n.Waived() && slices.Contains(n.Forms, "electronic") && !slices.Contains(lacking, n.Code) {
			in.Files[n.Code] = []file.Blob{c.photo(n.Code + ".pdf")}
		}
	}
	c.As(helper).Must("bundle.intake", func(tx *db.Tx) (err error) { c.s, err = c.bundles.Intake(c.Ctx, tx, in); return err })
	c.Settle()
	return c
}

// onBoth runs a test on both engines.
func onBoth(t *testing.T, f func(t *testing.T, engine db.Engine)) {
	t.Helper()
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) { f(t, engine) })
	}
}

// shop is a noodle shop of 60 square metres.
func shop() map[string]any {
	return map[string]any{"owner_kind": "individual", "has_licence": false, "premises_kind": "shop", "food_kind": "cooked", "floor_area": 60.0, "renovates": false,
		"drains_to_sewer": true, "sign_kind": "shop_sign", "sells_tobacco": false, "needs_gas": false, "by_agent": false, "fire_by_commitment": true}
}

// filling gives every field of a form something believable.
func filling(f form.Form) []form.Value {
	texts := map[form.Kind]string{form.Name: "盘小兰", form.CitizenNumber: "431199198803150024", form.Phone: "13807460001", form.Day: "2026-12-01", form.Money: "10000000",
		form.Area: "60", form.Count: "3", form.YesNo: "no", form.Region: "431199001", form.Address: "431199001|文庙路 12 号", form.CreditCode: "91431199MA4L0000XX"}
	var out []form.Value
	for _, x := range f.Fields() {
		text := cmp.Or(texts[x.Kind], "面")
		if x.Kind == form.Select {
			text = x.Options[0].Code
		}
		if x.Asked() {
			out = append(out, form.Value{Element: x.Code, Text: text})
		}
	}
	return out
}

// photo is the smallest file that counts as one.
func (c *trial) photo(name string) file.Blob {
	c.T.Helper()
	b, err := c.Files.Put(name, file.PDF, []byte("%PDF-1.4\n%"+name))
	if err != nil {
		c.T.Fatal(err)
	}
	return b
}

func (c *trial) part(item string) bundle.Part {
	c.T.Helper()
	list, err := c.bundles.Parts(c.Ctx, c.Look(), c.s.ID)
	if err != nil {
		c.T.Fatal(err)
	}
	return list[slices.IndexFunc(list, func(p bundle.Part) bool { return p.Item == item })]
}

func TestWrongDigitsAndUnknownNumbersGetTheSameAnswer(t *testing.T) {
	onBoth(t, func(t *testing.T, engine db.Engine) {
		c := begin(t, engine)
		s := c.s
		run := func(do func(*db.Tx) error) error { return c.As(kerneltest.Nobody).Run("tracking.wrong-tail", do) }
		prove := func(number, digits, from string) (bundle.Submission, error) {
			return c.m.Prove(c.Ctx, run, c.View(kerneltest.Nobody), number, digits, from)
		}
		if got, err := prove(s.Number, tail, "1.1.1.1"); err != nil || got.ID != s.ID {
			t.Fatalf("the right digits: %v", err)
		}
		_, wrong := prove(s.Number, "0000", "2.2.2.2")
		_, unknown := prove("20261123000990", "0000", "3.3.3.3")
		if wrong == nil || unknown == nil || problem.MessageFor(wrong) != problem.MessageFor(unknown) || problem.Status(wrong) != problem.Status(unknown) {
			t.Errorf("wrong: %v; unknown: %v", wrong, unknown)
		}
		for range 4 {
			_, _ = prove(s.Number, "1111", "2.2.2.2")
		}
		if _, err := prove(s.Number, tail, "2.2.2.2"); problem.KindOf(err) != problem.KindTooMany {
			t.Errorf("after five wrong answers: %v", err)
		}
		c.Move(at.Add(2 * time.Minute))
		if _, err := prove(s.Number, tail, "2.2.2.2"); err != nil {
			t.Errorf("after the pause: %v", err)
		}
	})
}

func TestTheOfficeReadsTheWholeMatter(t *testing.T) {
	c := begin(t, db.SQLite)
	other := kerneltest.Person("zhou")
	c.Get("/w/submissions/"+c.s.Number, clerk).Is(200, kerneltest.HasText("等个体工商户设立登记办好后自动开始"), kerneltest.HasText("盘小兰"), kerneltest.HasText("返回办件清单"))
	c.Get("/w/submissions/"+c.s.Number, other).Is(403)
	stranger := clerk
	stranger.ID, stranger.Grants = "stranger", []authz.Grant{{Permissions: everything, Reach: authz.Reach{Units: []string{"statistics-bureau"}}}}
	c.Get("/w/submissions/"+c.s.Number, stranger).Is(404)
	c.Get("/t/"+c.s.Number, other).Goes() // another citizen must show the digits
}

// The owner reads everything; who only holds the receipt sees no name and takes nothing back.
func TestTheReceiptOpensTheProgress(t *testing.T) {
	c := begin(t, db.SQLite)
	number, done := c.s.Number, "/done/"+c.s.Number
	b := c.Visitor()
	b.SignIn(c.citizen)
	b.Get(done).Is(200, kerneltest.HasText(number), kerneltest.HasText("最迟办好"))
	for _, pdf := range []string{done + "/receipt.pdf", done + "/form.pdf"} {
		if a := b.Get(pdf).Is(200); !strings.HasPrefix(a.Body, "%PDF-") {
			t.Errorf("%s is no PDF", pdf)
		}
	}
	b.Get("/t/"+number).Is(200, kerneltest.HasText("每个事项办到哪了"), kerneltest.HasText("为什么是这个日期"), kerneltest.HasText("撤回申请"))
	b.Get("/my").Is(200, kerneltest.HasText("正在办理"), kerneltest.HasText(number))
	b.Get("/my/cases").Is(200, kerneltest.HasText(number))
	b.Get("/my/drafts").Is(200, kerneltest.HasText("没有草稿"))
	// Somebody with the receipt in hand.
	v := c.Visitor()
	if got := v.Get("/t/" + number).Goes(); got != "/t?no="+number {
		t.Errorf("a stranger is sent to %s", got)
	}
	ask := v.Get("/t").Is(200)
	v.Send(ask, "/t", url.Values{"no": {number}, "tail": {"0000"}}).Is(422, kerneltest.HasText("编号或者证件号码后四位不对"))
	if got := v.Send(v.Get("/t"), "/t", url.Values{"no": {" " + number[:8] + " " + number[8:]}, "tail": {tail}}).Goes(); got != "/t/"+number {
		t.Errorf("the right digits lead to %s", got)
	}
	v.Get("/t/"+number).Is(200, kerneltest.HasText("盘**"), kerneltest.Lacks("盘小兰"), kerneltest.Lacks("撤回申请"))
	v.Get(done + "/receipt.pdf").Is(200)
	if a := v.Get(done + "/form.pdf"); a.Status == 200 {
		t.Error("who only knows the digits reads the whole form")
	}
	api := v.Get("/api/v1/track/" + number + "?tail=" + tail).Is(200)
	var told struct {
		Number string `json:"number"`
		Parts  []struct {
			State string `json:"state"`
		} `json:"parts"`
	}
	if err := json.Unmarshal([]byte(api.Body), &told); err != nil || told.Number != number || len(told.Parts) != 6 {
		t.Errorf("the API says %s (%v)", api.Body, err)
	}
}

func TestEveryRouteKeepsTheRules(t *testing.T) {
	c := begin(t, db.SQLite)
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
