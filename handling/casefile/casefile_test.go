package casefile_test

import (
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"tongban/base/account"
	"tongban/base/org"
	"tongban/base/party"
	"tongban/handling/casefile"
	"tongban/handling/casework"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/pack"
	"tongban/rules/catalogue"
	"tongban/rules/form"
	"tongban/rules/material"
)

// county is a small pack: three units, one licence with review points and a special procedure, one item decided on the spot. The tests of cases have the same.
var county = os.DirFS("../casework/testdata/county")

type trial struct {
	*kerneltest.Kit
	m     *casework.Module
	pages *casefile.Module
	forms *form.Module
	mats  *material.Module
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
		pages     *casefile.Module
		forms     *form.Module
		materials *material.Module
	)
	kt := kerneltest.New(t, engine, func(k *app.Kernel) []app.Module {
		units, parties := org.New(k), party.New(k)
		accounts, err := account.New(k, units, parties)
		if err != nil {
			t.Fatal(err)
		}
		forms = form.New(k)
		materials = material.New(k)
		m = casework.New(k, units, accounts, parties, materials)
		pages = casefile.New(k, units, forms, materials, m)
		return []app.Module{units, parties, accounts, forms, materials, m, pages}
	})
	kt.PutInForce(county, "unit", "item", "letter", "element", "material")
	kt.Move(at)
	return trial{kt, m, pages, forms, materials}
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

func (c trial) act(t testing.TB, who authz.Actor, name string, do func(tx *db.Tx) error) {
	t.Helper()
	if err := c.As(who).Run("casework."+name, do); err != nil {
		t.Fatalf("%s: %v", name, err)
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

// rules holds a page to what every page of the product obeys. Leaving is the layout's form, and leaving twice does no harm.
func rules(n *html.Node) string {
	wrong := slices.DeleteFunc(kerneltest.Page(n), func(s string) bool { return strings.Contains(s, `"/logout"`) })
	return strings.Join(wrong, "; ")
}

const idNumber = "431199199003070011"

// submitted opens a case with what its applicant filled in and handed over.
func (c trial) submitted(t *testing.T) casework.Case {
	t.Helper()
	k := c.open(t, casework.Opening{Group: "S1", GroupTitle: "我要开餐饮店"})
	c.act(t, citizen, "fill", func(tx *db.Tx) error {
		_, err := c.mats.Lack(c.Ctx, tx, "S1", "floor-plan", "施工后补交")
		if err != nil {
			return err
		}
		return c.forms.Keep(c.Ctx, tx, "S1", []form.Value{{Element: "applicant_name", Text: "李小满"}, {Element: "applicant_id", Text: idNumber}, {Element: "secret_of_another_item", Text: "别的单位的事"}})
	})
	return k
}

func with(values map[string][]string, more ...string) url.Values {
	out := url.Values(values)
	for i := 0; i < len(more); i += 2 {
		out[more[i]] = []string{more[i+1]}
	}
	return out
}

func TestACaseIsHandledThroughItsPages(t *testing.T) {
	onBoth(t, func(t *testing.T, c trial) {
		k := c.submitted(t)
		path := "/w/cases/" + k.Number
		page := c.Get(path+"?in=tab%3Dreceive", clerk).Is(200, rules, kerneltest.HasText("审查要点"), kerneltest.HasText("为什么是这个日期"), kerneltest.HasText("平面布置图"),
			kerneltest.HasText("公民身份号码"), kerneltest.Lacks(idNumber), kerneltest.Lacks("别的单位的事"))
		if to := c.Post(path+"/accept", page.Values(path+"/accept"), clerk).Goes(); to != path+"?in=tab%3Dreceive" {
			t.Errorf("after acceptance: %s", to)
		}
		c.Get(path, clerk).Is(200, rules, kerneltest.HasText("下一步：审查申请材料"), kerneltest.HasText("试审受字〔2026〕1号"))
		form := c.Get(path+"/assess", assessor).Is(200, rules)
		sent := with(form.Values(path+"/assess"), "grant", "yes", "point-0", "yes")
		c.Post(path+"/assess", sent, assessor).Is(422, rules, kerneltest.HasText("还有 1 项审查要点没有核对"))
		sent["point-1"], sent["_once"] = []string{"yes"}, []string{"another"}
		c.Post(path+"/assess", sent, clerk).Is(403)
		c.Post(path+"/assess", sent, assessor).Goes()
		form = c.Get(path+"/decide", chief).Is(200, rules, kerneltest.HasText("建议准予"))
		c.Post(path+"/decide", with(form.Values(path+"/decide"), "granted", "no"), chief).Is(422, rules, kerneltest.HasText("应当说明理由"))
		form = c.Get(path+"/decide", chief)
		c.Post(path+"/decide", with(form.Values(path+"/decide"), "granted", "yes"), chief).Goes()
		if got := c.now(t, k.ID); got.State != casework.Granted {
			t.Errorf("%+v", got)
		}
		c.Get(path, clerk).Is(200, rules, kerneltest.HasText("已送达，办结"))
	})
}

func TestEveryFormOpensAndObeysTheRulesOfPages(t *testing.T) {
	c := begin(t, db.SQLite)
	k := c.submitted(t)
	path := "/w/cases/" + k.Number
	for _, p := range []string{path + "/correct", path + "/decline"} {
		c.Get(p, clerk).Is(200, rules)
	}
	form := c.Get(path+"/correct", clerk)
	c.Post(path+"/correct", form.Values(path+"/correct"), clerk).Is(422, rules, kerneltest.HasText("至少列出一项"))
	c.accept(t, k.ID)
	for _, p := range []string{"/assess", "/suspend", "/extend", "/decide"} {
		c.Get(path+p, head).Is(200, rules)
	}
	form = c.Get(path+"/suspend", head)
	c.Post(path+"/suspend", with(form.Values(path+"/suspend"), "procedure", "hearing", "days", "3", "reason", "听证"), head).Goes()
	c.Get(path, clerk).Is(200, rules, kerneltest.HasText("特别程序已结束，恢复办理"))
	page := c.Get(path, head)
	c.Post(path+"/resume", page.Values(path+"/resume"), head).Goes()
}

func TestPagesOfTheOfficeAreForThoseWithTheRight(t *testing.T) {
	c := begin(t, db.SQLite)
	k := c.submitted(t)
	path := "/w/cases/" + k.Number
	owner := citizen
	owner.Grants = []authz.Grant{{Permissions: []authz.Permission{casework.PermRead}}} // the role of citizens holds it over their own
	other := kerneltest.Clerk("other", casework.PermRead, casework.PermAccept)
	other.Grants[0].Reach = authz.Reach{Units: []string{"fire"}}
	c.Get(path, owner).Is(403)
	c.Get(path, other).Is(404)
	c.Post(path+"/accept", url.Values{}, other).Is(404)
	c.Get(path, kerneltest.Nobody).Is(303)
	c.Get("/w/cases/TB0", clerk).Is(404)
}

func TestAPageOlderThanTheCaseIsRefused(t *testing.T) {
	c := begin(t, db.SQLite)
	k := c.submitted(t)
	path := "/w/cases/" + k.Number
	old := c.Get(path, clerk).Values(path + "/accept")
	c.act(t, assessor, "mark", func(tx *db.Tx) error {
		return c.m.Mark(c.Ctx, tx, k.ID, func(f *casework.Flags) { f.Urgent = true }, "")
	})
	c.Post(path+"/accept", old, clerk).Is(409, kerneltest.HasText("有了变化"))
}

func TestPapersAreForTheApplicantAndTheOffice(t *testing.T) {
	c := begin(t, db.SQLite)
	k := c.submitted(t)
	c.accept(t, k.ID)
	list, err := c.m.Notices(c.Ctx, c.Look(), k.ID)
	if err != nil {
		t.Fatal(err)
	}
	path := "/papers/" + list[0].ID
	for _, who := range []authz.Actor{citizen, clerk} {
		a := c.Get(path, who).Is(200)
		if !strings.HasPrefix(a.Body, "%PDF-") || a.Header.Get("Content-Type") != "application/pdf" {
			t.Errorf("%s gets %s", who.ID, a.Header.Get("Content-Type"))
		}
	}
	c.Get(path, kerneltest.Person("wang")).Is(404)
	c.Get(path, kerneltest.Nobody).Is(303)
	c.Get("/papers/none", citizen).Is(404)
}

func TestNextAndPreviousStayInsideTheList(t *testing.T) {
	onBoth(t, func(t *testing.T, c trial) {
		var open []casework.Case
		for i := range 5 {
			c.Move(at.AddDate(0, 0, -i)) // the later opened, the earlier due
			open = append(open, c.open(t, casework.Opening{}))
		}
		c.Move(at)
		other := c.open(t, casework.Opening{Item: "individual-registration"})
		v, f := c.View(clerk), casework.Filter{Item: "food-operation-licence", Limit: 2}
		var seen []string
		for {
			p, err := c.m.List(c.Ctx, v, f)
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range p.Cases {
				seen = append(seen, k.Number)
			}
			if f.After = p.Next; f.After == "" {
				break
			}
		}
		if len(seen) != 5 || strings.Contains(strings.Join(seen, " "), other.Number) {
			t.Fatalf("pages of two show %v", seen)
		}
		for i, no := range seen {
			k, err := c.m.ByNumber(c.Ctx, v, no)
			if err != nil {
				t.Fatal(err)
			}
			prev, next, err := c.m.Neighbours(c.Ctx, v, casework.Filter{Item: "food-operation-licence"}, k)
			want := func(j int) string {
				if j < 0 || j >= len(seen) {
					return ""
				}
				return seen[j]
			}
			if err != nil || prev != want(i-1) || next != want(i+1) {
				t.Errorf("beside %s: %s, %s (%v)", no, prev, next, err)
			}
		}
		_ = open
	})
}

func TestReadingPersonalDataLeavesATrace(t *testing.T) {
	c := begin(t, db.SQLite)
	k := c.submitted(t)
	path := "/w/cases/" + k.Number + "/reveal"
	c.Post(path, url.Values{}, clerk).Is(422)
	c.Post(path, url.Values{"purpose": {"核对证件号码"}}, kerneltest.Clerk("reader", casework.PermRead)).Is(403)
	c.Post(path, url.Values{"purpose": {"核对证件号码"}}, clerk).Is(200, rules, kerneltest.HasText(idNumber))
	if n := c.Count(`SELECT count(*) FROM audit_entry WHERE action = 'casework.reveal' AND object_kind = 'reading' AND object_id = $1 AND detail LIKE '%核对证件号码%'`, string(k.ID)); n != 1 {
		t.Errorf("%d traces of the reading", n)
	}
}

// The walk over the routes of this module; those of the modules below are walked in their own tests.
func TestEveryRouteWithstandsTheBattery(t *testing.T) {
	c := begin(t, db.SQLite)
	c.submitted(t)
	own := map[string]bool{}
	for _, r := range c.pages.Manifest().Routes {
		own[r.Pattern()] = true
	}
	for _, f := range c.Walk().Findings {
		if own[f.Route] {
			t.Error(f)
		}
	}
}

func TestTheDecisionPageTellsWhatStillLacks(t *testing.T) {
	c := begin(t, db.SQLite)
	k := c.open(t, casework.Opening{Group: "S1", GroupTitle: "我要开餐饮店"})
	c.act(t, citizen, "lack", func(tx *db.Tx) error {
		_, err := c.mats.Lack(c.Ctx, tx, "S1", "premises-proof", "最晚在作出决定前")
		return err
	})
	c.accept(t, k.ID)
	c.assess(t, k.ID)
	c.Get("/w/cases/"+k.Number+"/decide", chief).Is(200, rules, kerneltest.HasText("“场所使用证明”容缺待补"))
}
