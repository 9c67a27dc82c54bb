package bundle_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"tongban/base/account"
	"tongban/base/address"
	"tongban/base/org"
	"tongban/base/party"
	"tongban/base/servicepoint"
	"tongban/handling/bundle"
	"tongban/handling/casefile"
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
	"tongban/rules/catalogue"
	"tongban/rules/competence"
	"tongban/rules/form"
	"tongban/rules/material"
)

// trial is the county 南岭 with every module that a matter passes through, and one citizen.
type trial struct {
	*kerneltest.Kit
	m         *bundle.Module
	cases     *casework.Module
	licences  *licence.Module
	parties   *party.Module
	forms     *form.Module
	materials *material.Module
	citizen   authz.Actor
	other     authz.Actor
}

// at is a Monday morning.
var at = calendar.MustDay("2026-11-23").At(calendar.HM(9, 0))

func begin(t testing.TB, engine db.Engine) *trial {
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
		c.m = bundle.New(k, units, accounts, parties, cat, comp, forms, mats, guides, cases, licences, deliveries)
		c.cases, c.licences, c.parties, c.forms, c.materials = cases, licences, parties, forms, mats
		return []app.Module{units, address.New(k), servicepoint.New(k), parties, accounts, cat, comp, forms, mats, seals, cases, casefile.New(k, units, forms, mats, cases), licences, guides, deliveries, c.m}
	})
	content, _ := pack.Load(nanling.FS, c.Sections())
	c.As(machine).Must("test.publish", func(tx *db.Tx) error {
		_, err := c.Library.Publish(c.Ctx, tx, content, "test")
		return err
	})
	c.Move(at)
	c.citizen = c.person("chen", "盘小兰", "43119919900307002X")
	c.other = c.person("zhou", "周远山", "431199198512120014")
	return c
}

// onBoth runs a test on both engines.
func onBoth(t *testing.T, f func(t *testing.T, c *trial)) {
	t.Helper()
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) { f(t, begin(t, engine)) })
	}
}

var machine = authz.Machine("test", "setup")

// person makes a citizen whom the county knows. The number gets its right check character.
func (c *trial) person(id, name, number string) authz.Actor {
	c.T.Helper()
	var p party.Party
	c.As(machine).Must("test.person", func(tx *db.Tx) error {
		var err error
		p, err = c.parties.Ensure(c.Ctx, tx, party.Identity{Kind: party.Person, Name: name, Number: citizenNumber(number), Phone: "13807460001"})
		return err
	})
	return authz.Actor{Kind: authz.Citizen, ID: id, Name: name, Party: p.ID}
}

// citizenNumber replaces the last character by the check character of GB 11643.
func citizenNumber(number string) string {
	sum := 0
	for i, w := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(number[i]-'0') * w
	}
	return number[:17] + string("10X98765432"[sum%11])
}

// restaurant is a noodle shop of 60 square metres: registration first, then food licence, fire check, drains and sign side by side.
func restaurant() map[string]any {
	return map[string]any{"owner_kind": "individual", "has_licence": false, "premises_kind": "shop", "food_kind": "cooked", "floor_area": 60.0, "renovates": false,
		"drains_to_sewer": true, "sign_kind": "shop_sign", "sells_tobacco": false, "needs_gas": false, "by_agent": false, "fire_by_commitment": true}
}

// filling gives every field of a form something believable.
func filling(f form.Form) []form.Value {
	var out []form.Value
	for _, x := range f.Fields() {
		if !x.Asked() {
			continue
		}
		text := "面"
		switch x.Kind {
		case form.Name:
			text = "盘小兰"
		case form.CitizenNumber:
			text = citizenNumber("43119919900307002X")
		case form.CreditCode:
			text = "91431199MA4L0000XX"
		case form.Phone:
			text = "13807460001"
		case form.Day:
			text = "2026-12-01"
		case form.Money:
			text = "10000000"
		case form.Area:
			text = "60"
		case form.Count:
			text = "3"
		case form.YesNo:
			text = "no"
		case form.Select:
			text = x.Options[0].Code
		case form.Region:
			text = "431199001"
		case form.Address:
			text = "431199001|文庙路 12 号"
		}
		out = append(out, form.Value{Element: x.Code, Text: text})
	}
	return out
}

// photo is the smallest picture that counts as one.
func (c *trial) photo(name string) file.Blob {
	c.T.Helper()
	b, err := c.Files.Put(name, file.PDF, []byte("%PDF-1.4\n%"+name))
	if err != nil {
		c.T.Fatal(err)
	}
	return b
}

// full begins a draft and gives everything it asks for.
func (c *trial) full(who authz.Actor, answers map[string]any) bundle.Draft {
	c.T.Helper()
	var d bundle.Draft
	c.As(who).Must("bundle.begin", func(tx *db.Tx) error {
		var err error
		d, err = c.m.Begin(c.Ctx, tx, bundle.Start{Bundles: []string{"open-restaurant"}, Answers: answers}, "")
		return err
	})
	w, err := c.m.Work(c.Ctx, c.View(who), d)
	if err != nil {
		c.T.Fatal(err)
	}
	c.As(who).Must("bundle.fill", func(tx *db.Tx) error { return c.m.Fill(c.Ctx, tx, d.ID, "", filling(w.Form), "check") })
	for _, n := range w.Needs {
		if n.Waived() || !slices.Contains(n.Forms, "electronic") {
			continue
		}
		c.As(who).Must("bundle.attach", func(tx *db.Tx) error {
			return c.m.Attach(c.Ctx, tx, d.ID, "", bundle.Files{n.Code: {c.photo(n.Code + ".pdf")}}, "")
		})
	}
	return d
}

// intake is a whole matter ready to be handed in at once.
func (c *trial) intake(things ...string) bundle.Intake {
	c.T.Helper()
	if len(things) == 0 {
		things = []string{"open-restaurant"}
	}
	in := bundle.Intake{Start: bundle.Start{Bundles: things, Answers: restaurant()}, Files: map[string][]file.Blob{}, Closing: closing}
	o, err := c.m.Plan(c.Ctx, c.Look(), in.Start)
	if err != nil {
		c.T.Fatal(err)
	}
	in.Values = filling(o.Form)
	for _, n := range o.Needs {
		if !n.Waived() && slices.Contains(n.Forms, "electronic") {
			in.Files[n.Code] = []file.Blob{c.photo(n.Code + ".pdf")}
		}
	}
	return in
}

func TestAClerkHandsInForAnApplicantWhoIsPresent(t *testing.T) {
	c := begin(t, db.SQLite)
	in := c.intake()
	in.Applicant = c.citizen.Party
	helper := kerneltest.Clerk("helper", append([]authz.Permission{bundle.PermIntake}, everything...)...)
	if err := c.As(clerk).Run("bundle.intake", func(tx *db.Tx) error { _, err := c.m.Intake(c.Ctx, tx, in); return err }); problem.KindOf(err) != problem.KindForbidden {
		t.Errorf("a clerk without the right handed in: %v", err)
	}
	var s bundle.Submission
	c.As(helper).Must("bundle.intake", func(tx *db.Tx) error {
		var err error
		s, err = c.m.Intake(c.Ctx, tx, in)
		return err
	})
	c.Settle()
	if s.Applicant != c.citizen.Party || s.Agent != helper.ID || s.Channel != casework.Counter {
		t.Errorf("handed in as %+v", s)
	}
	// The applicant follows it from home; whoever handed it in may not decide it.
	if list, err := c.m.Mine(c.Ctx, c.View(c.citizen), "", 5); err != nil || len(list) != 1 || list[0].Number != s.Number {
		t.Errorf("the applicant sees %v %v", list, err)
	}
	kase := c.parts(s.ID)["individual-registration"].Case
	if got, _ := c.cases.Find(c.Ctx, c.Look(), kase); got.Agent != helper.ID || got.Channel != casework.Counter {
		t.Errorf("the case came by %s through %s", got.Agent, got.Channel)
	}
}

var closing = bundle.Closing{Way: bundle.AtWindow, Declared: true}

func (c *trial) submit(who authz.Actor, d bundle.Draft, cl bundle.Closing) bundle.Submission {
	c.T.Helper()
	var s bundle.Submission
	c.As(who).Must("bundle.submit", func(tx *db.Tx) error {
		var err error
		s, err = c.m.Submit(c.Ctx, tx, d.ID, "", cl)
		return err
	})
	c.Settle()
	return s
}

func (c *trial) parts(id bundle.ID) map[string]bundle.Part {
	c.T.Helper()
	list, err := c.m.Parts(c.Ctx, c.Look(), id)
	if err != nil {
		c.T.Fatal(err)
	}
	out := map[string]bundle.Part{}
	for _, p := range list {
		out[p.Item] = p
	}
	return out
}

var everything = []authz.Permission{casework.PermRead, casework.PermOpen, casework.PermAccept, casework.PermAssess, casework.PermDecide, casework.PermInstant, casework.PermClose}

var (
	clerk    = kerneltest.Clerk("clerk", everything...)
	assessor = kerneltest.Clerk("assessor", everything...)
	chief    = kerneltest.Clerk("chief", everything...)
)

// decide takes a case that runs to its decision, by three people.
func (c *trial) decide(p bundle.Part, granted bool) {
	c.T.Helper()
	kase, err := c.cases.Find(c.Ctx, c.Look(), p.Case)
	if err != nil {
		c.T.Fatal(err)
	}
	verdict := casework.Verdict{Granted: granted, Reasons: "经营场所与申请不符"}
	if granted {
		verdict.Reasons = ""
	}
	if kase.State == casework.Received {
		c.As(clerk).Must("casework.accept", func(tx *db.Tx) error { _, err := c.cases.Accept(c.Ctx, tx, p.Case); return err })
	}
	if !kase.Instant {
		c.As(assessor).Must("casework.assess", func(tx *db.Tx) error {
			ed, _ := c.Library.At(c.Ctx, &tx.View, kase.Edition)
			item, _ := catalogue.FindItem(ed, kase.Item)
			a := casework.Assessment{Grant: granted, Text: "已审查"}
			for n := range item.Points {
				a.Points = append(a.Points, casework.Checked{Point: n, Passed: granted, Note: "已核对"})
			}
			return c.cases.Assess(c.Ctx, tx, p.Case, a)
		})
	}
	c.As(chief).Must("casework.decide", func(tx *db.Tx) error { _, err := c.cases.Decide(c.Ctx, tx, p.Case, verdict); return err })
	c.Settle()
}

// issue tells that the licence of a part is there, as the licence module does when its job is done.
func (c *trial) issue(p bundle.Part) {
	c.T.Helper()
	c.As(machine).Must("test.issue", func(tx *db.Tx) error {
		tx.Record("test", p.CaseNumber, "", "", nil)
		tx.Publish(licence.IssuedEvent{Told: licence.Told{Licence: licence.ID("L-" + p.CaseNumber), Number: "JY" + p.CaseNumber, CaseID: string(p.Case), Group: string(p.Submission), At: tx.Now}})
		return nil
	})
	c.Settle()
}

func TestOneFormOpensOneCaseForEachItem(t *testing.T) {
	onBoth(t, func(t *testing.T, c *trial) {
		d := c.full(c.citizen, restaurant())
		s := c.submit(c.citizen, d, closing)
		if !bundle.IsNumber(s.Number) || !strings.HasPrefix(s.Number, "2026112300001") {
			t.Errorf("number %s", s.Number)
		}
		parts := c.parts(s.ID)
		if len(parts) != 6 {
			t.Fatalf("%d parts: %v", len(parts), parts)
		}
		for item, p := range parts {
			want := bundle.Waiting
			if item == "individual-registration" {
				want = bundle.Handling
			}
			kase, err := c.cases.Find(c.Ctx, c.Look(), p.Case)
			if err != nil || p.State != want || kase.Flags.Hold != (want == bundle.Waiting) || kase.Group != string(d.ID) || kase.Edition != d.Edition {
				t.Errorf("%s is %s, held %v: %v", item, p.State, kase.Flags.Hold, err)
			}
		}
		if n := c.Count(`SELECT count(*) FROM notify_sms`); n != 1 {
			t.Errorf("%d SMS for one submission", n)
		}
	})
}

func TestTwentyImpatientFingersMakeOneSubmission(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			c := begin(t, engine)
			d := c.full(c.citizen, restaurant())
			var wg sync.WaitGroup
			numbers := make([]string, 20)
			errs := make([]error, 20)
			for n := range numbers {
				wg.Add(1)
				go func() {
					defer wg.Done()
					key := "form:one" // the same page, clicked again and again
					if n%2 == 1 {
						key = fmt.Sprintf("form:tab-%d", n) // and other tabs
					}
					out, err := c.As(c.citizen).Key(key).Outcome("bundle.submit", func(tx *db.Tx) error {
						_, err := c.m.Submit(c.Ctx, tx, d.ID, "", closing)
						return err
					})
					numbers[n], errs[n] = out.Reply, err
				}()
			}
			wg.Wait()
			c.Settle()
			said := ""
			for n := range numbers {
				if errs[n] == nil {
					if said != "" && numbers[n] != said {
						t.Errorf("two numbers: %s and %s", said, numbers[n])
					}
					said = numbers[n]
				}
			}
			for _, err := range errs {
				if err != nil && (problem.KindOf(err) != problem.KindConflict || !strings.Contains(problem.MessageFor(err), "已提交，编号 "+said)) {
					t.Errorf("refused with %v", err)
				}
			}
			if n := c.Count(`SELECT count(*) FROM bundle_submission`); n != 1 {
				t.Errorf("%d submissions", n)
			}
			if n := c.Count(`SELECT count(*) FROM casework_case`); n != 6 {
				t.Errorf("%d cases", n)
			}
			if n := c.Count(`SELECT count(*) FROM notify_sms`); n != 1 {
				t.Errorf("%d SMS", n)
			}
		})
	}
}

func TestARefusedSubmissionLeavesNothing(t *testing.T) {
	c := begin(t, db.SQLite)
	d := c.full(c.citizen, restaurant())
	err := c.As(c.citizen).Run("bundle.submit", func(tx *db.Tx) error {
		_, err := c.m.Submit(c.Ctx, tx, d.ID, "", bundle.Closing{Way: bundle.AtWindow})
		return err
	})
	if problem.Status(err) != 422 {
		t.Fatalf("submitted without declaration: %v", err)
	}
	if n := c.Count(`SELECT (SELECT count(*) FROM bundle_submission) + (SELECT count(*) FROM casework_case) + (SELECT count(*) FROM notify_message)`); n != 0 {
		t.Errorf("%d rows are left", n)
	}
	if s := c.submit(c.citizen, d, closing); !strings.HasPrefix(s.Number, "2026112300001") {
		t.Errorf("the refused attempt took a number: %s", s.Number)
	}
}

func TestAPrefilledValueKeepsItsSourceAndWhatItSaid(t *testing.T) {
	c := begin(t, db.SQLite)
	var d bundle.Draft
	c.As(c.citizen).Must("bundle.begin", func(tx *db.Tx) error {
		var err error
		d, err = c.m.Begin(c.Ctx, tx, bundle.Start{Bundles: []string{"open-restaurant"}, Answers: restaurant()}, "")
		return err
	})
	values, _ := c.forms.Values(c.Ctx, c.View(c.citizen), string(d.ID))
	name, phone := form.Get(values, "applicant_name"), form.Get(values, "applicant_phone")
	if name.Text != "盘小兰" || name.Source == "" || phone.Text == "" {
		t.Fatalf("nothing was filled in: %+v %+v", name, phone)
	}
	c.As(c.citizen).Must("bundle.fill", func(tx *db.Tx) error {
		return c.m.Fill(c.Ctx, tx, d.ID, "", []form.Value{{Element: "applicant_phone", Text: "13907460002"}, {Element: "applicant_name", Text: "盘小兰"}}, "")
	})
	values, _ = c.forms.Values(c.Ctx, c.View(c.citizen), string(d.ID))
	if p := form.Get(values, "applicant_phone"); p.Text != "13907460002" || p.Original != phone.Text || p.Source != phone.Source {
		t.Errorf("one of the two values is lost: %+v", p)
	}
	if n := form.Get(values, "applicant_name"); n.Source != name.Source || n.Original != "" {
		t.Errorf("an unchanged value lost its source: %+v", n)
	}
}

func TestAGuestsDraftGoesToTheAccountThatSignsIn(t *testing.T) {
	onBoth(t, func(t *testing.T, c *trial) {
		const proof = bundle.Proof("a-session-keeps-this-proof")
		var d bundle.Draft
		c.As(kerneltest.Nobody).Must("bundle.begin", func(tx *db.Tx) error {
			var err error
			d, err = c.m.Begin(c.Ctx, tx, bundle.Start{Bundles: []string{"open-restaurant"}, Answers: restaurant()}, proof)
			return err
		})
		c.As(kerneltest.Nobody).Must("bundle.fill", func(tx *db.Tx) error {
			return c.m.Fill(c.Ctx, tx, d.ID, proof, []form.Value{{Element: "applicant_phone", Text: "13907460002"}}, "business")
		})
		for who, p := range map[string]bundle.Proof{"with nothing": "", "with another proof": "another-session-keeps-this"} {
			if _, err := c.m.FindDraft(c.Ctx, c.View(c.citizen), d.ID, p); problem.KindOf(err) != problem.KindNotFound {
				t.Errorf("a stranger %s sees the draft: %v", who, err)
			}
		}
		err := c.As(kerneltest.Nobody).Run("bundle.submit", func(tx *db.Tx) error { _, err := c.m.Submit(c.Ctx, tx, d.ID, proof, closing); return err })
		if problem.KindOf(err) != problem.KindUnauthenticated {
			t.Errorf("a guest submitted: %v", err)
		}
		c.As(c.citizen).Must("bundle.claim", func(tx *db.Tx) error { return c.m.Claim(c.Ctx, tx, d.ID, proof) })
		got, err := c.m.FindDraft(c.Ctx, c.View(c.citizen), d.ID, "")
		if err != nil || got.Account != c.citizen.ID || got.Step != "business" {
			t.Fatalf("claimed: %+v %v", got, err)
		}
		values, _ := c.forms.Values(c.Ctx, c.View(c.citizen), string(d.ID))
		if form.Get(values, "applicant_phone").Text != "13907460002" || form.Get(values, "applicant_name").Text != "盘小兰" {
			t.Error("what was typed must stay, what was empty is filled in")
		}
		if _, err := c.m.FindDraft(c.Ctx, c.View(kerneltest.Nobody), d.ID, proof); err == nil {
			t.Error("the old proof still opens a draft that belongs to an account")
		}
	})
}

func TestAnUntouchedDraftIsRemovedAfterNinetyDays(t *testing.T) {
	onBoth(t, func(t *testing.T, c *trial) {
		d := c.full(c.citizen, restaurant())
		c.Move(at.AddDate(0, 0, 89))
		if n, err := c.m.Sweep(c.Ctx); n != 0 || err != nil {
			t.Fatalf("removed %d early: %v", n, err)
		}
		c.Move(at.AddDate(0, 0, 91))
		if n, err := c.m.Sweep(c.Ctx); n != 1 || err != nil {
			t.Fatalf("removed %d: %v", n, err)
		}
		if values, _ := c.forms.Values(c.Ctx, c.Look(), string(d.ID)); len(values) != 0 {
			t.Errorf("%d values of a removed draft are kept", len(values))
		}
	})
}
