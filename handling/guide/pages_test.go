package guide_test

import (
	"bytes"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"tongban/base/account"
	"tongban/base/address"
	"tongban/base/org"
	"tongban/base/servicepoint"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/pack"
	"tongban/packs/nanling"

	"tongban/handling/guide"
	"tongban/rules/catalogue"
	"tongban/rules/competence"
	"tongban/rules/form"
	"tongban/rules/material"
)

// accounts owns the right to the administrator's pages; nobody signs in here.
type accounts struct{}

func (accounts) Manifest() app.Manifest {
	return app.Manifest{Name: "account", Title: "账户", Permissions: []authz.Definition{{Permission: account.PermOperate, Title: "系统运行维护"}}}
}

// house is the part of the county that the guide needs.
func house(k *app.Kernel) []app.Module {
	units := org.New(k)
	cat := catalogue.New(k, units)
	comp := competence.New(k, cat, units)
	forms, mat := form.New(k), material.New(k)
	return []app.Module{accounts{}, units, address.New(k), servicepoint.New(k), cat, comp, forms, mat, guide.New(k, cat, comp, forms, mat, units)}
}

func open(t testing.TB) *kerneltest.Kit {
	t.Helper()
	kt := kerneltest.New(t, db.SQLite, house)
	publish(kt, func(c *pack.Content) *pack.Content { return c })
	return kt
}

func publish(kt *kerneltest.Kit, change func(*pack.Content) *pack.Content) {
	kt.T.Helper()
	c, _ := pack.Load(nanling.FS, kt.Sections())
	kt.As(kerneltest.Clerk("steward")).Must("test.publish", func(tx *db.Tx) error {
		_, err := kt.Library.Publish(kt.Ctx, tx, change(c), "test")
		return err
	})
}

var restaurant = url.Values{"owner_kind": {"individual"}, "has_licence": {"no"}, "premises_kind": {"shop"}, "food_kind": {"cooked"}, "floor_area": {"６０ 平方米"},
	"renovates": {"no"}, "investment": {""}, "fire_by_commitment": {"yes"}, "drains_to_sewer": {"yes"}, "sign_kind": {"shop_sign"}, "sells_tobacco": {"no"}, "needs_gas": {"no"}, "by_agent": {"no"}}

// answer fills in the form of the page and sends it.
func answer(kt *kerneltest.Kit, page *kerneltest.Answer, action string, with url.Values) *kerneltest.Answer {
	kt.T.Helper()
	form := url.Values(page.Values(action))
	for name, v := range with {
		form[name] = v
	}
	return kt.Post(action, form, kerneltest.Nobody)
}

func TestFromTheTilesToTheGuide(t *testing.T) {
	kt := open(t)
	get := func(path string) *kerneltest.Answer { return kt.Get(path, kerneltest.Nobody) }
	get("/events").Is(200, kerneltest.HasText("我要开餐饮店"))
	get("/events?side=person").Is(200, kerneltest.Lacks("我要开餐饮店"))
	get("/events/open-restaurant").Is(200, kerneltest.HasText("开始导办"))
	ask := get("/events/open-restaurant/ask").Is(200, kerneltest.HasText("店里的建筑面积"))
	guidePath := answer(kt, ask, "/events/open-restaurant/ask", restaurant).Goes()
	if !strings.HasPrefix(guidePath, "/events/open-restaurant/guide/") || len(guidePath) > 90 {
		t.Fatalf("leads to %s", guidePath)
	}
	page := get(guidePath).Is(200, kerneltest.HasText("食品经营许可"), kerneltest.HasText("免交的材料"), kerneltest.HasText("开始办理"), kerneltest.Lacks("烟草"))
	if !strings.Contains(page.Body, "/events/open-restaurant/apply?g=") {
		t.Error("no way to apply")
	}
	get(guidePath+"?print=1").Is(200, kerneltest.HasText("食品经营许可"), kerneltest.Lacks("开始办理"))
	pdf := get(guidePath + "/guide.pdf").Is(200)
	if !bytes.HasPrefix([]byte(pdf.Body), []byte("%PDF-")) {
		t.Error("no PDF")
	}
	again := get("/events/open-restaurant/ask?g="+guidePath[strings.LastIndex(guidePath, "/")+1:]).Is(200, kerneltest.HasText("按您的情况不用回答"))
	if got := answer(kt, again, "/events/open-restaurant/ask", nil).Goes(); got != guidePath {
		t.Errorf("the same answers lead to another address: %s, then %s", guidePath, got)
	}
}

func TestUnansweredAndWrongAnswersAreNamed(t *testing.T) {
	kt := open(t)
	ask := kt.Get("/events/open-restaurant/ask", kerneltest.Nobody)
	wrong := url.Values{}
	for k, v := range restaurant {
		wrong[k] = v
	}
	wrong["floor_area"], wrong["food_kind"], wrong["sign_kind"] = []string{"很大"}, []string{"stones"}, nil
	answer(kt, ask, "/events/open-restaurant/ask", wrong).Is(422, kerneltest.In(".errsum", kerneltest.HasText("面积"), kerneltest.HasText("招牌")), kerneltest.In("#floor_area", kerneltest.HasAttr("value", "很大")))
}

func TestOneQuestionAtATimeLeadsToTheSameGuide(t *testing.T) {
	kt := open(t)
	all := answer(kt, kt.Get("/events/open-restaurant/ask", kerneltest.Nobody), "/events/open-restaurant/ask", restaurant).Goes()
	next := "/events/open-restaurant/ask?one=1"
	asked := 0
	for strings.Contains(next, "/ask") {
		page := kt.Get(next, kerneltest.Nobody).Is(200, kerneltest.HasText("最多还有"))
		q := page.Values("/events/open-restaurant/ask")["q"][0]
		answer(kt, page, "/events/open-restaurant/ask", nil).Is(422, kerneltest.HasText("请先回答这一题"))
		next = answer(kt, page, "/events/open-restaurant/ask", url.Values{q: restaurant[q]}).Goes()
		if asked++; asked > 20 {
			t.Fatal("does not end")
		}
	}
	if next != all {
		t.Errorf("one at a time leads to %s, all at once to %s", next, all)
	}
	if asked >= len(restaurant) {
		t.Errorf("asked all %d questions although the investment does not matter without renovation", asked)
	}
}

func TestStopPageSaysWhatToDoInstead(t *testing.T) {
	kt := open(t)
	ask := kt.Get("/events/open-restaurant/ask", kerneltest.Nobody)
	to := answer(kt, ask, "/events/open-restaurant/ask", url.Values{"premises_kind": {"stall"}}).Goes()
	kt.Get(to, kerneltest.Nobody).Is(200, kerneltest.HasText("接下来"), kerneltest.HasText("便民服务中心"), kerneltest.Lacks("开始办理"))
}

func TestSeveralThingsAreDoneAsOne(t *testing.T) {
	kt := open(t)
	things := kt.Get("/events/combine", kerneltest.Nobody).Is(200, kerneltest.HasText("我要开餐饮店"))
	answer(kt, things, "/events/combine", url.Values{"thing": {"open-restaurant"}}).Is(422, kerneltest.HasText("至少选两件"))
	to := answer(kt, things, "/events/combine", url.Values{"thing": {"connect-utilities", "open-restaurant"}}).Goes()
	kt.Get(to, kerneltest.Nobody).Is(200, kerneltest.HasText("我要开餐饮店"))
	kt.Get("/events/combine/ask", kerneltest.Nobody).Is(404)
}

func TestSingleItemHasAGuideToo(t *testing.T) {
	kt := open(t)
	kt.Get("/items", kerneltest.Nobody).Is(200, kerneltest.HasText("共"))
	kt.Get("/items?q="+url.QueryEscape("开饭店"), kerneltest.Nobody).Is(200, kerneltest.HasText("我要开餐饮店"))
	kt.Get("/items/food-operation-licence", kerneltest.Nobody).Is(200, kerneltest.HasText("受理条件"), kerneltest.HasText("常见问题"), kerneltest.HasText("法定办结时限"))
	ask := kt.Get("/items/food-operation-licence/ask", kerneltest.Nobody)
	to := answer(kt, ask.Is(200), "/items/food-operation-licence/ask", restaurant).Goes()
	kt.Get(to, kerneltest.Nobody).Is(200, kerneltest.HasText("食品经营许可"))
	kt.Get("/items/nothing", kerneltest.Nobody).Is(404)
}

func TestOldLinkOpensUnderItsOwnStandard(t *testing.T) {
	kt := open(t)
	to := answer(kt, kt.Get("/events/open-restaurant/ask", kerneltest.Nobody), "/events/open-restaurant/ask", restaurant).Goes()
	publish(kt, func(c *pack.Content) *pack.Content { c.Meta.Version = "2026.12"; return c })
	kt.Get(to, kerneltest.Nobody).Is(200, kerneltest.HasText("标准已经更新"), kerneltest.HasText("食品经营许可"))
	link := to[strings.LastIndex(to, "/")+1:]
	again := answer(kt, kt.Get("/events/open-restaurant/ask?g="+link, kerneltest.Nobody), "/events/open-restaurant/ask", nil).Goes()
	kt.Get(again, kerneltest.Nobody).Is(200, kerneltest.Lacks("标准已经更新"))
	for _, bad := range []string{"/events/open-restaurant/guide/xyz", "/events/newborn/guide/" + link, to[:len(to)-1]} {
		kt.Get(bad, kerneltest.Nobody).Is(404)
	}
}

func TestEveryGuidePageObeysTheRulesOfPages(t *testing.T) {
	kt := open(t)
	to := answer(kt, kt.Get("/events/open-restaurant/ask", kerneltest.Nobody), "/events/open-restaurant/ask", restaurant).Goes()
	paths := []string{"/events", "/events/combine", "/items", to, to + "?print=1"}
	for _, b := range catalogue.Bundles(kt.Library.Current()) {
		paths = append(paths, "/events/"+b.Code, "/events/"+b.Code+"/ask", "/events/"+b.Code+"/ask?one=1")
	}
	for _, i := range catalogue.Items(kt.Library.Current()) {
		paths = append(paths, "/items/"+i.Code)
	}
	for _, path := range paths {
		a := kt.Get(path, kerneltest.Nobody)
		if a.Status == 303 {
			a = kt.Get(a.Goes(), kerneltest.Nobody)
		}
		a.Is(200, func(n *html.Node) string { return strings.Join(slices.Compact(kerneltest.Page(n)), "; ") })
		if len(a.Body) > 120_000 {
			t.Errorf("%s weighs %d bytes", path, len(a.Body))
		}
	}
}

// Whatever the first answers lead to, there is a page, a sheet and a PDF that name it.
func TestEveryThingHasAGuideOnPaper(t *testing.T) {
	kt := open(t)
	for _, b := range catalogue.Bundles(kt.Library.Current()) {
		e, err := guide.NewEngine(kt.Library.Current(), b.Code)
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
			switch q := asks[0]; q.Kind {
			case "bool":
				answers[q.Code] = true
			case "number":
				answers[q.Code] = max(q.Min, min(q.Max, 400))
			default:
				answers[q.Code] = q.Options[0].Code
			}
		}
		path := "/events/" + b.Code + "/guide/" + e.Link(answers)
		kt.Get(path, kerneltest.Nobody).Is(200, kerneltest.HasText(b.Name), func(n *html.Node) string { return strings.Join(kerneltest.Page(n), "; ") })
		if pdf := kt.Get(path+"/guide.pdf", kerneltest.Nobody).Is(200); !strings.HasPrefix(pdf.Body, "%PDF-") {
			t.Errorf("%s: no PDF", path)
		}
	}
}
