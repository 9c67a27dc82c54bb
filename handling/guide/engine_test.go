package guide_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tongban/kernel/calendar"
	"tongban/kernel/pack"
	"tongban/packs/nanling"

	"tongban/handling/guide"
	"tongban/rules/catalogue"
	"tongban/rules/form"
	"tongban/rules/material"
)

var today = calendar.MustDay("2026-11-23")

func county(t testing.TB) *pack.Edition {
	t.Helper()
	c, _ := pack.Load(nanling.FS, slices.Concat(catalogue.Sections(), form.Sections(), material.Sections(), []pack.Section{
		{Kind: "unit", Glob: "units/*.yaml", Key: "code"},
		{Kind: "region", Glob: "regions/*.yaml", Key: "code"},
		{Kind: "servicepoint", Glob: "servicepoints/*.yaml", Key: "code"}}))
	return pack.Preview(c)
}

// fingerprint is all of an outcome that an applicant would notice.
func fingerprint(o guide.Outcome) string {
	var b strings.Builder
	for _, s := range o.Stops {
		fmt.Fprintf(&b, "stop %s %s\n", s.Bundle, s.When)
	}
	for _, p := range o.Parts {
		fmt.Fprintf(&b, "part %s after %v %d-%d %v\n", p.Item.Code, p.After, p.Begin, p.End, p.Critical)
	}
	for _, n := range o.Needs {
		fmt.Fprintf(&b, "need %s %s %v %s %d/%d\n", n.Code, n.Necessity, n.Items, n.Waiver.By, n.Originals, n.Copies)
	}
	for _, f := range o.Form.Fields() {
		fmt.Fprintf(&b, "field %s %v %v\n", f.Code, f.Optional, f.Items)
	}
	fmt.Fprintf(&b, "%v %d", o.Fees, o.Total)
	return b.String()
}

// anyAnswer draws an answer, with figures on both sides of the usual thresholds.
func anyAnswer(t *rapid.T, q catalogue.Question) any {
	switch q.Kind {
	case "bool":
		return rapid.Bool().Draw(t, q.Code)
	case "number":
		high := q.Max
		if high == 0 {
			high = 1000
		}
		n := rapid.SampledFrom([]float64{q.Min, 30, 30.01, 50, 50.01, 51, 150, 200, 300, 300.01, 500, 501, high}).Draw(t, q.Code)
		return min(high, max(q.Min, n))
	}
	return q.Options[rapid.IntRange(0, len(q.Options)-1).Draw(t, q.Code)].Code
}

func anyThings(t *rapid.T, ed *pack.Edition) []string {
	var all []string
	for _, b := range catalogue.Bundles(ed) {
		all = append(all, b.Code)
	}
	for _, i := range catalogue.Items(ed)[:3] {
		all = append(all, catalogue.SinglePrefix+i.Code)
	}
	return rapid.SliceOfNDistinct(rapid.SampledFrom(all), 1, 3, rapid.ID).Draw(t, "things")
}

// The guide asks until nothing can change the outcome, in any order, and no answer to what it left out changes it.
func TestGuideAsksAllThatMattersAndNothingElse(t *testing.T) {
	ed := county(t)
	rapid.Check(t, func(t *rapid.T) {
		e, err := guide.NewEngine(ed, anyThings(t, ed)...)
		if err != nil {
			t.Fatal(err)
		}
		answers := map[string]any{}
		for {
			asks, err := e.Questions(answers)
			if err != nil {
				t.Fatal(err)
			}
			if len(asks) == 0 {
				break
			}
			a := asks[rapid.IntRange(0, len(asks)-1).Draw(t, "next")]
			if a.Why == "" {
				t.Fatalf("asks %s without saying why", a.Code)
			}
			if _, twice := answers[a.Code]; twice {
				t.Fatalf("asks %s twice", a.Code)
			}
			answers[a.Code] = anyAnswer(t, a.Question)
		}
		o, err := e.Outcome(answers, today)
		if err != nil {
			t.Fatal(err)
		}
		if !o.Decided || len(o.Parts)+len(o.Stops) == 0 {
			t.Fatalf("after all questions the outcome is open or empty: %v", answers)
		}
		want := fingerprint(o)
		full := map[string]any{}
		for _, q := range e.Menu() {
			full[q.Code] = anyAnswer(t, q)
		}
		for k, v := range answers {
			full[k] = v
		}
		other, err := e.Outcome(full, today)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, fingerprint(other)); d != "" {
			t.Fatalf("a question that was not asked changes the outcome:\n%s\nasked %v\nall %v", d, answers, full)
		}
		few, err := e.Relevant(full)
		if err != nil {
			t.Fatal(err)
		}
		less, err := e.Outcome(few, today)
		if err != nil || !less.Decided || fingerprint(less) != want {
			t.Fatalf("dropping answers that do not count changes the outcome: %v to %v", full, few)
		}
		again, back, err := guide.Open(ed, e.Link(few))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(few, back); d != "" || !slices.Equal(again.Codes(), e.Codes()) {
			t.Fatalf("the link does not give back the situation: %s", d)
		}
		checkPlan(t, o)
	})
}

// checkPlan holds what is true of every plan: nothing begins before what it waits for, and the whole takes as long as its longest chain.
func checkPlan(t *rapid.T, o guide.Outcome) {
	longest, sum := 0, 0
	for n, p := range o.Parts {
		for _, a := range p.After {
			at := slices.IndexFunc(o.Parts, func(x guide.PlannedPart) bool { return x.Item.Code == a })
			if at < 0 || at >= n || o.Parts[at].End > p.Begin {
				t.Fatalf("%s stands before %s, which it waits for", p.Item.Code, a)
			}
		}
		longest, sum = max(longest, p.End), sum+p.Item.Promised.Workdays()
	}
	if o.Promised != longest || o.Promised > sum {
		t.Fatalf("promised %d days, longest chain %d, sum %d", o.Promised, longest, sum)
	}
	chain := 0
	for _, c := range o.Critical {
		p, _ := o.Part(c)
		chain += p.Item.Promised.Workdays()
	}
	if chain != o.Promised {
		t.Fatalf("the critical path %v takes %d days, the whole %d", o.Critical, chain, o.Promised)
	}
}

func TestRestaurantOfSixtySquareMetres(t *testing.T) {
	ed := county(t)
	e, err := guide.NewEngine(ed, "open-restaurant")
	if err != nil {
		t.Fatal(err)
	}
	answers := map[string]any{"owner_kind": "individual", "has_licence": false, "premises_kind": "shop", "food_kind": "cooked", "floor_area": 60.0,
		"renovates": false, "fire_by_commitment": true, "drains_to_sewer": true, "sign_kind": "shop_sign", "sells_tobacco": false, "needs_gas": false, "by_agent": false}
	asks, err := e.Questions(answers)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range asks {
		t.Errorf("still asks %s: %s", a.Code, a.Why)
	}
	o, err := e.Outcome(answers, today)
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range []string{"individual-registration", "food-operation-licence", "fire-opening-check", "sewer-discharge", "shop-sign", "tax-registration"} {
		if _, ok := o.Part(item); !ok {
			t.Errorf("%s is missing", item)
		}
	}
	for _, item := range []string{"company-registration", "tobacco-retail", "fire-acceptance-record", "gas-connection"} {
		if _, ok := o.Part(item); ok {
			t.Errorf("%s is not needed", item)
		}
	}
	licence := slices.IndexFunc(o.Needs, func(n material.Need) bool { return n.Code == "business-licence" })
	if licence < 0 || o.Needs[licence].Waiver.By != "result" {
		t.Errorf("the business licence comes out of this very submission and is not to be handed in")
	}
	if f, ok := o.Form.Field("premises_area"); !ok || f.Asked() || f.Known.Text != "60.00" {
		t.Errorf("the area was asked by the guide and is asked again: %+v", f.Known)
	}
	if f, ok := o.Form.Field("credit_code"); ok && f.Asked() {
		t.Errorf("nobody can know the credit code of a business that this submission registers")
	}
	if o.Promised == 0 || o.Statutory < o.Promised {
		t.Errorf("promised %d, statutory %d", o.Promised, o.Statutory)
	}
}

func TestStallIsTurnedAwayWithAWayOn(t *testing.T) {
	e, err := guide.NewEngine(county(t), "open-restaurant")
	if err != nil {
		t.Fatal(err)
	}
	answers := map[string]any{"premises_kind": "stall"}
	asks, _ := e.Questions(answers)
	o, err := e.Outcome(answers, today)
	if err != nil || len(asks) > 0 || len(o.Stops) != 1 || len(o.Parts) != 0 || o.Stops[0].Next == "" {
		t.Fatalf("one answer decides: asks %v, outcome %+v, %v", asks, o, err)
	}
}

func TestChangedLinkIsRefused(t *testing.T) {
	ed := county(t)
	e, _ := guide.NewEngine(ed, "open-restaurant")
	link := e.Link(map[string]any{"floor_area": 60.0})
	for n := range link {
		for _, c := range "Az0_" {
			changed := link[:n] + string(c) + link[n+1:]
			if changed == link {
				continue
			}
			if _, _, err := guide.Open(ed, changed); err == nil {
				t.Fatalf("%s opens although it was changed from %s", changed, link)
			}
		}
	}
	for _, bad := range []string{"", "x", strings.Repeat("A", 700), link + "A", link[1:], "AQ" + link} {
		if _, _, err := guide.Open(ed, bad); err == nil {
			t.Errorf("%q opens", bad)
		}
	}
}
