package docket_test

import (
	"net/url"
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
	"tongban/handling/docket"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
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
`)},
}

type trial struct {
	*kerneltest.Kit
	m       *docket.Module
	cases   *casework.Module
	parties *party.Module
}

// at is a moment of working time: Monday, 23 November 2026, nine o'clock.
var at = calendar.MustDay("2026-11-23").At(calendar.HM(9, 0))

var (
	work     = []authz.Permission{casework.PermRead, casework.PermOpen, casework.PermAccept, casework.PermAssess, casework.PermAssign, docket.PermExport}
	clerk    = kerneltest.Clerk("clerk", work...)
	assessor = kerneltest.Clerk("assessor", work...)
	reader   = kerneltest.Clerk("reader", casework.PermRead)
)

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
		c.parties, c.cases = parties, casework.New(k, units, accounts, parties, materials)
		files := casefile.New(k, units, forms, materials, c.cases)
		c.m = docket.New(k, units, c.cases, files)
		return []app.Module{units, parties, accounts, forms, materials, c.cases, files, c.m}
	})
	c.PutInForce(county, "unit", "item")
	c.Move(at)
	return c
}

// open receives an application of 李小满.
func (c trial) open(t testing.TB, o casework.Opening) casework.Case {
	t.Helper()
	var out casework.Case
	c.As(clerk).Must("casework.open", func(tx *db.Tx) error {
		p, err := c.parties.Ensure(c.Ctx, tx, party.Identity{Kind: party.Person, Name: "李小满", Number: "431199199003070012", Phone: "13900000002"})
		if err != nil {
			return err
		}
		o.Item, o.Applicant, o.ApplicantName = "food-operation-licence", p.ID, p.Name
		out, err = c.cases.Open(c.Ctx, tx, o)
		return err
	})
	return out
}

// rules holds a page to what every page of the product obeys. Leaving is the layout's form, and leaving twice does no harm.
func rules(n *html.Node) string {
	wrong := slices.DeleteFunc(kerneltest.Page(n), func(s string) bool { return strings.Contains(s, `"/logout"`) })
	return strings.Join(wrong, "; ")
}

func TestTheDeskShowsWhatIsToDoAndLeadsThere(t *testing.T) {
	onBoth(t, func(t *testing.T, c trial) {
		k := c.open(t, casework.Opening{})
		c.Get("/w", clerk).Is(200, rules, kerneltest.HasText("食品经营许可"), kerneltest.HasText("三个工作日内到期"), kerneltest.In("a[href="+k.URL()+"]"))
		c.Get("/w?kind=casework.assess", clerk).Is(200, rules, kerneltest.HasText("没有待办"))
		c.Get("/w/cases?tab=receive", clerk).Is(200, rules, kerneltest.HasText(k.Number), kerneltest.HasText("受理所选"))
		for _, p := range []string{"/w/cases", "/w/cases?tab=done", "/w/cases?q=李&due=soon&mine=1", "/w/cases?after=damaged", "/w/search", "/w/scan"} {
			c.Get(p, clerk).Is(200, rules)
		}
	})
}

func TestListsShowNoMoreThanOneMaySee(t *testing.T) {
	c := begin(t, db.SQLite)
	k := c.open(t, casework.Opening{})
	owner := kerneltest.Person("li")
	owner.Grants = []authz.Grant{{Permissions: []authz.Permission{casework.PermRead}}} // the role of citizens holds it over their own
	other := kerneltest.Clerk("other", casework.PermRead)
	other.Grants[0].Reach = authz.Reach{Units: []string{"fire"}}
	c.Get("/w/cases", owner).Is(403)
	for _, p := range []string{"/w/cases", "/w/cases?unit=approval-bureau", "/w/cases?q=" + k.Number, "/w/search?q=" + k.Number, "/w/search?q=李小满"} {
		c.Get(p, other).Is(200, rules, kerneltest.Lacks(k.ItemName+k.ApplicantName), kerneltest.Lacks(`/w/cases/`+k.Number))
	}
}

func TestBatchTellsTheResultOfEveryRow(t *testing.T) {
	onBoth(t, func(t *testing.T, c trial) {
		a, b, held := c.open(t, casework.Opening{}), c.open(t, casework.Opening{}), c.open(t, casework.Opening{Hold: true})
		sent := url.Values{"case": {a.Number, b.Number, held.Number, "TB0"}, "do": {"accept"}, "_once": {"batch-1"}}
		c.Post("/w/cases/batch", sent, clerk).Is(200, rules, kerneltest.HasText("共 4 件，办成 2 件，没有办成 2 件"), kerneltest.HasText("等待前置事项"), kerneltest.HasText("没有这个办件"))
		c.Post("/w/cases/batch", sent, clerk).Is(200, kerneltest.HasText("办成 2 件"))
		if n := c.Count(`SELECT count(*) FROM casework_notice`); n != 2 {
			t.Errorf("a batch sent twice issued %d papers", n)
		}
		c.Post("/w/cases/batch", url.Values{"do": {"accept"}}, clerk).Is(400)
	})
}

func TestFiltersLiveInTheAddressAndAreKeptByName(t *testing.T) {
	c := begin(t, db.SQLite)
	c.open(t, casework.Opening{})
	q := url.Values{"tab": {"receive"}, "due": {"soon"}, "mine": {"1"}, "q": {"李"}, "flag": {"urgent"}, "channel": {"online"}, "item": {"x"}, "unit": {"y"}}
	if got := casework.FilterOf(q).Values(); got.Encode() != q.Encode() {
		t.Errorf("%s became %s", q.Encode(), got.Encode())
	}
	if got := casework.FilterOf(url.Values{"tab": {"'; DROP"}, "due": {"x"}}).Values(); len(got) != 0 {
		t.Errorf("unknown values narrow: %v", got)
	}
	c.Post("/w/cases/filters", url.Values{"name": {"今天必办"}, "query": {"due=today"}}, clerk).Goes()
	c.Get("/w/cases", clerk).Is(200, rules, kerneltest.HasText("常用：今天必办"))
	c.Get("/w/cases", assessor).Is(200, kerneltest.Lacks("今天必办"))
	saved, err := c.m.SavedFilters(c.Ctx, c.View(clerk))
	if err != nil || len(saved) != 1 {
		t.Fatal(saved, err)
	}
	c.Post("/w/cases/filters", url.Values{"drop": {saved[0].ID}}, assessor).Goes() // of somebody else: nothing happens
	c.Get("/w/cases", clerk).Is(200, kerneltest.HasText("常用：今天必办"))
	c.Post("/w/cases/filters", url.Values{"drop": {saved[0].ID}}, clerk).Goes()
	c.Get("/w/cases", clerk).Is(200, kerneltest.Lacks("常用：今天必办"))
}

func TestNumbersOfTheDeskOpenTheirLists(t *testing.T) {
	onBoth(t, func(t *testing.T, c trial) {
		late := c.open(t, casework.Opening{})
		c.As(clerk).Must("casework.accept", func(tx *db.Tx) error { _, err := c.cases.Accept(c.Ctx, tx, late.ID); return err })
		c.As(assessor).Must("casework.mark", func(tx *db.Tx) error {
			return c.cases.Mark(c.Ctx, tx, late.ID, func(f *casework.Flags) { f.Urgent = true }, "申请人急用")
		})
		c.Move(calendar.MustDay("2026-12-07").At(calendar.HM(9, 0)))
		fresh := c.open(t, casework.Opening{})
		for _, x := range []struct {
			f    casework.Filter
			want string
		}{{casework.Filter{Due: "late"}, late.Number}, {casework.Filter{Flag: "urgent"}, late.Number}, {casework.Filter{Stage: casework.StageReceive}, fresh.Number},
			{casework.Filter{Query: strings.ToLower(fresh.Number)}, fresh.Number}} {
			n, err := c.cases.Count(c.Ctx, c.View(clerk), x.f)
			p, err2 := c.cases.List(c.Ctx, c.View(clerk), x.f)
			if err != nil || err2 != nil || n != 1 || len(p.Cases) != 1 || p.Cases[0].Number != x.want {
				t.Errorf("%+v: %d, %+v (%v, %v), want %s", x.f, n, p.Cases, err, err2, x.want)
			}
		}
		c.Get("/w", clerk).Is(200, rules, kerneltest.In("a[href=/w/cases?due=late]"))
	})
}

func TestANumberScannedOrTypedOpensItsCase(t *testing.T) {
	c := begin(t, db.SQLite)
	k := c.open(t, casework.Opening{})
	if to := c.Get("/w/search?q="+strings.ToLower(k.Number), clerk).Goes(); to != "/w/cases/"+k.Number {
		t.Error(to)
	}
	if to := c.Get("/w/scan?c="+k.Number, clerk).Goes(); !strings.HasSuffix(to, k.Number) {
		t.Error(to)
	}
	if to := c.Get("/w/scan?c="+url.QueryEscape("https://evil.example/x/"+k.Number), clerk).Goes(); to != "/w/search?q="+k.Number {
		t.Errorf("a foreign address leads to %s", to)
	}
	c.Get("/w/search?q=李小", clerk).Is(200, rules, kerneltest.HasText(k.Number))
	for _, q := range []string{"00001", k.Number[2:], "20261123", "431199199003070012", "小满"} {
		c.Get("/w/search?q="+q, clerk).Is(200, rules, kerneltest.HasText(k.Number))
	}
	c.Get("/w/search?q=食品", clerk).Is(200, rules, kerneltest.In("a[href=/w/cases?item=food-operation-licence]"))
	c.Get("/w/search?q=00002", clerk).Is(200, kerneltest.Lacks(k.Number))
	c.Get("/w/search?q=%25", clerk).Is(200, rules, kerneltest.Lacks(k.Number)) // a percent sign is no wildcard
}

func TestTheListIsExportedAsATable(t *testing.T) {
	c := begin(t, db.SQLite)
	c.open(t, casework.Opening{})
	a := c.Get("/w/cases/export?tab=receive", clerk).Is(200)
	if !strings.HasPrefix(a.Body, "PK") || !strings.Contains(a.Header.Get("Content-Disposition"), ".xlsx") {
		t.Errorf("%s, %d bytes", a.Header.Get("Content-Disposition"), len(a.Body))
	}
	c.Get("/w/cases/export", reader).Is(403)
}

func TestEveryRouteWithstandsTheBattery(t *testing.T) {
	c := begin(t, db.SQLite)
	c.open(t, casework.Opening{})
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

// However many parties are called so, a search reads a bounded number of names and asks for more words.
func TestANameOfTooManyIsAskedForInFull(t *testing.T) {
	onBoth(t, func(t *testing.T, c trial) {
		k := c.open(t, casework.Opening{})
		c.Tamper(`INSERT INTO party_gram (gram, party) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT '小满', 'p' || i FROM n`)
		c.Get("/w/search?q=小满", clerk).Is(400, kerneltest.HasText("写全一些"))
		c.Get("/w/search?q=李小满", clerk).Is(200, kerneltest.HasText(k.Number))
	})
}
