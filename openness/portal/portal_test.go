package portal_test

import (
	"bytes"
	"compress/gzip"
	"image"
	"image/png"
	"net/url"
	"regexp"
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
	"tongban/kernel/db"
	"tongban/kernel/file"
	"tongban/kernel/kerneltest"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/kernel/worklist"
	"tongban/openness/portal"
	"tongban/oversight/efficiency"
	"tongban/oversight/review"
	"tongban/packs/nanling"
	"tongban/rules/catalogue"
	"tongban/rules/competence"
	"tongban/rules/form"
	"tongban/rules/material"
)

// county boots the portal over the pages it leads to, with the sample county published.
func county(t *testing.T, engine db.Engine) (*kerneltest.Kit, *portal.Module) {
	t.Helper()
	var m *portal.Module
	kt := kerneltest.New(t, engine, func(k *app.Kernel) []app.Module {
		units, points, parties := org.New(k), servicepoint.New(k), party.New(k)
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
		parcels := delivery.New(k, units, parties, cases)
		guides := guide.New(k, cat, comp, forms, mats, units)
		bundles := bundle.New(k, units, accounts, parties, cat, comp, forms, mats, guides, cases, licences, parcels)
		supervision, ratings := efficiency.New(k, units, accounts, cat, cases), review.New(k, units, accounts, parties, cases, parcels)
		m = portal.New(k, units, points, bundles, supervision, ratings)
		return []app.Module{units, address.New(k), points, parties, accounts, cat, comp, forms, mats, seals, cases, licences, parcels, guides, bundles, deaf{supervision}, ratings, m}
	})
	content, _ := pack.Load(nanling.FS, kt.Sections())
	kt.As(authz.Machine("pack", "load")).Must("pack.publish", func(tx *db.Tx) error {
		_, err := kt.Library.Publish(kt.Ctx, tx, content, "测试")
		return err
	})
	kt.Move(time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)) // a Monday, 10:00 in Beijing
	return kt, m
}

// deaf is a module that has its tables and hears nothing: the events of these tests have no cases behind them.
type deaf struct{ app.Module }

// Manifest implements app.Module.
func (d deaf) Manifest() app.Manifest {
	a := d.Module.Manifest()
	return app.Manifest{Name: a.Name, Title: a.Title, Schema: a.Schema, Permissions: a.Permissions, Sections: a.Sections}
}

var steward = kerneltest.Clerk("steward", portal.PermSteward)

func gz(body string) int {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(body))
	_ = w.Close()
	return b.Len()
}

var hrefs = regexp.MustCompile(`href="([^"]*)"`)

// Every link of every public page leads to a page that is there, every page is small, and every page obeys the rules of the house.
func TestNoLinkOfThePublicPagesIsDead(t *testing.T) {
	kt, _ := county(t, db.SQLite)
	todo := []string{"/", "/?side=company", "/?mode=elder", "/?mode=standard", "/search", "/search?q=%E5%BC%80%E9%A5%AD%E5%BA%97", "/search?q=qqqq", "/sitemap", "/report-error", "/report-error/done?no=ZC20261123001", "/about"}
	seen := map[string]bool{}
	for len(todo) > 0 && len(seen) < 600 {
		at := todo[0]
		todo = todo[1:]
		path, _, _ := strings.Cut(at, "?")
		if seen[at] || strings.HasPrefix(at, "/items?") {
			continue
		}
		seen[at] = true
		page := kt.Get(at, kerneltest.Nobody)
		if path == "/register" {
			continue // it begins with a phone code
		}
		if page.Status == 303 && strings.HasPrefix(page.Header.Get("Location"), "/login") {
			continue // 我的 asks who is there
		}
		if page.Status != 200 {
			t.Errorf("%s answers %d", at, page.Status)
			continue
		}
		if slices.ContainsFunc([]string{"/items", "/events", "/t", "/verify", "/login", "/static", "/ui"}, func(p string) bool { return strings.HasPrefix(path, p) }) {
			continue // their modules answer for what stands on them
		}
		page.Is(200)
		if n := gz(page.Body); n > 30<<10 {
			t.Errorf("%s weighs %d bytes", at, n)
		}
		for _, found := range hrefs.FindAllStringSubmatch(page.Body, -1) {
			link := strings.TrimPrefix(strings.ReplaceAll(found[1], "&amp;", "&"), "http://example.com") // a feed is read elsewhere and names the county
			switch {
			case strings.HasPrefix(link, "tel:"), strings.HasPrefix(link, "#"), strings.HasPrefix(link, "?"), link == "/logout":
			case strings.HasPrefix(link, "/"):
				link, _, _ = strings.Cut(link, "#")
				todo = append(todo, link)
			default:
				t.Errorf("%s links to %q outside the product", at, link)
			}
		}
	}
	if len(seen) < 150 {
		t.Errorf("only %d pages were reached from the first page and the map", len(seen))
	}
}

func TestTheMapListsEveryItemAndUnitAndNothingThatIsNotThere(t *testing.T) {
	kt, _ := county(t, db.SQLite)
	xml := kt.Get("/sitemap.xml", kerneltest.Nobody)
	if xml.Status != 200 || !strings.HasPrefix(xml.Header.Get("Content-Type"), "application/xml") {
		t.Fatalf("sitemap.xml: %d %s", xml.Status, xml.Header.Get("Content-Type"))
	}
	ed := kt.Library.Current()
	for _, i := range catalogue.Items(ed) {
		if !strings.Contains(xml.Body, "/items/"+i.Code+"</loc>") {
			t.Errorf("item %s is not on the map", i.Code)
		}
	}
	for _, b := range catalogue.Bundles(ed) {
		if !strings.Contains(xml.Body, "/events/"+b.Code+"</loc>") {
			t.Errorf("thing %s is not on the map", b.Code)
		}
	}
	for _, loc := range regexp.MustCompile(`<loc>[^<]*example\.com(/[^<]*)</loc>`).FindAllStringSubmatch(xml.Body, -1) {
		if got := kt.Get(loc[1], kerneltest.Nobody); got.Status != 200 {
			t.Errorf("%s is on the map and answers %d", loc[1], got.Status)
		}
	}
	robots := kt.Get("/robots.txt", kerneltest.Nobody)
	for _, line := range []string{"Disallow: /w\n", "Disallow: /my\n", "Sitemap: "} {
		if !strings.Contains(robots.Body, line) {
			t.Errorf("robots.txt lacks %q", line)
		}
	}
}

func TestSearchFindsWhatPeopleSay(t *testing.T) {
	kt, _ := county(t, db.SQLite)
	for _, c := range []struct{ say, link string }{
		{"食品经营许可", "/items/food-operation-licence"},
		{"spjyxk", "/items/food-operation-licence"}, // initials
		{"健康证", "/items/food-operation-licence"},    // a synonym of the stewards
		{"审批局", "/units/approval-bureau"},           // short name of a unit
		{"青石街道便民服务中心", "/halls/qingshi"},
	} {
		kt.Get("/search?q="+url.QueryEscape(c.say), kerneltest.Nobody).Is(200, kerneltest.In(`a[href=`+c.link+`]`))
	}
	if n := kt.Count(`SELECT count(*) FROM portal_miss`); n != 0 {
		t.Errorf("%d words counted as missed although all were found", n)
	}
}

// What nobody finds is counted for the stewards, a word once, numbers never; and the reader is shown a way on.
func TestWhatIsNotFoundIsCountedAndSettled(t *testing.T) {
	kt, m := county(t, db.SQLite)
	for _, q := range []string{"xyzzyq", "XYZZYQ ", "431199199001011234", "办理13800000000", "<script>alert(1)</script>"} {
		kt.Get("/search?q="+url.QueryEscape(q), kerneltest.Nobody).Is(200, kerneltest.In(`a[href=tel:12345]`), kerneltest.In(`a[href=/halls]`), kerneltest.Times("main script", 0))
	}
	misses, err := m.Misses(kt.Ctx, kt.Look(), 10)
	if err != nil || len(misses) != 2 || misses[0].Words != "xyzzyq" || misses[0].Times != 2 {
		t.Fatalf("misses = %+v, %v", misses, err)
	}
	for _, x := range misses {
		if strings.ContainsAny(x.Words, "<>() ") || strings.Contains(x.Words, "431199") {
			t.Errorf("kept %q", x.Words)
		}
	}
	kt.Get("/w/misses", steward).Is(200, kerneltest.HasText("xyzzyq"))
	kt.Post("/w/misses", url.Values{"words": {"xyzzyq"}}, steward).Goes()
	kt.Get("/w/misses", steward).Is(200, kerneltest.In("main table", kerneltest.Lacks("xyzzyq")))
	if got := kt.Post("/w/misses", url.Values{"words": {"xyzzyq"}}, steward); got.Status != 409 {
		t.Errorf("settling twice answers %d", got.Status)
	}
}

// A reported fault reaches the unit that answers for the page, is answered once, and the reporter is told.
func TestAReportedFaultIsAnswered(t *testing.T) {
	kt, m := county(t, db.SQLite)
	item, _ := pack.Find[catalogue.Item](kt.Library.Current(), catalogue.KindItem, "tobacco-retail")
	form := url.Values{"page": {"/items/tobacco-retail"}, "kind": {"law"}, "words": {"材料清单里还写着要复印件"}, "phone": {"138 0000 0000"}}
	at := kt.Post("/report-error", form, kerneltest.Nobody).Goes()
	kt.Get(at, kerneltest.Nobody).Is(200, kerneltest.HasText("ZC20261123001"))

	own := authz.Actor{Kind: authz.Staff, ID: "own", Name: "本单位", Unit: item.Unit, Grants: []authz.Grant{{Permissions: []authz.Permission{portal.PermSteward}, Reach: authz.Reach{Units: []string{item.Unit}}}}}
	other := own
	other.ID, other.Grants = "other", []authz.Grant{{Permissions: []authz.Permission{portal.PermSteward}, Reach: authz.Reach{Units: []string{"fire"}}}}
	if tasks, _, _ := worklist.Mine(kt.Ctx, kt.View(other), worklist.Page{}); len(tasks) != 0 {
		t.Errorf("another unit sees %v", tasks)
	}
	tasks, _, err := worklist.Mine(kt.Ctx, kt.View(own), worklist.Page{})
	if err != nil || len(tasks) != 1 {
		t.Fatalf("tasks of %s = %v, %v", item.Unit, tasks, err)
	}
	if want := time.Date(2026, 11, 26, 16, 0, 0, 0, time.UTC); !tasks[0].Due.Equal(want) {
		t.Errorf("due %v, want the end of the third working day %v", tasks[0].Due, want)
	}
	page := kt.Get(tasks[0].URL, own)
	page.Is(200, kerneltest.HasText("材料清单里还写着要复印件"), kerneltest.Lacks("13800000000"))
	if got := kt.Get(tasks[0].URL, other); got.Status != 404 {
		t.Errorf("another unit opens the report: %d", got.Status)
	}
	again := kt.Post(tasks[0].URL, url.Values{"state": {"mended"}, "answer": {"改"}}, own)
	again.Is(422, kerneltest.HasText("请写明改了什么"))
	answer := url.Values{"state": {"mended"}, "answer": {"已删去复印件要求"}, "_v": {"1"}}
	kt.Post(tasks[0].URL, answer, own).Goes()
	if got := kt.Post(tasks[0].URL, answer, own); got.Status != 409 {
		t.Errorf("answered twice: %d", got.Status)
	}
	if tasks, _, _ := worklist.Mine(kt.Ctx, kt.View(own), worklist.Page{}); len(tasks) != 0 {
		t.Errorf("the task is still there: %v", tasks)
	}
	sent, err := kt.Notify.Outbox(kt.Ctx, kt.Look(), 5)
	if err != nil || len(sent) != 1 || !strings.Contains(sent[0].Text, "已删去复印件要求") || sent[0].To != "138****0000" {
		t.Errorf("sms = %+v, %v", sent, err)
	}
	done, err := m.Reports(kt.Ctx, kt.View(own), false, "", 10)
	if err != nil || len(done) != 1 || done[0].State != portal.Mended {
		t.Errorf("done = %+v, %v", done, err)
	}
}

func TestAReportWithoutWordsIsAskedAgain(t *testing.T) {
	kt, _ := county(t, db.SQLite)
	kt.Post("/report-error", url.Values{"words": {"错"}, "phone": {"12"}}, kerneltest.Nobody).Is(422,
		kerneltest.HasText("请选择是哪一类问题"), kerneltest.HasText("请写明哪里不对"))
	if n := kt.Count(`SELECT count(*) FROM portal_report`); n != 0 {
		t.Errorf("%d reports kept", n)
	}
}

// The form needs no login, so an hour takes only so many.
func TestReportsAreBounded(t *testing.T) {
	kt, m := county(t, db.SQLite)
	var err error
	for range 61 {
		err = kt.As(kerneltest.Nobody).Run("portal.report", func(tx *db.Tx) error {
			_, err := m.ReportFault(kt.Ctx, tx, portal.Fault{Kind: "other", Words: "重复的内容"})
			return err
		})
	}
	if problem.KindOf(err) != problem.KindTooMany {
		t.Errorf("the 61st report of the hour: %v", err)
	}
	kt.Move(kt.Watch.Now().Add(61 * time.Minute))
	kt.As(kerneltest.Nobody).Must("portal.report", func(tx *db.Tx) error {
		_, err := m.ReportFault(kt.Ctx, tx, portal.Fault{Kind: "other", Words: "一小时以后的"})
		return err
	})
}

// What the first page calls much asked for is what was opened, not what somebody likes.
func TestTheFirstPageShowsWhatIsAskedForMost(t *testing.T) {
	kt, m := county(t, db.SQLite)
	open := func(item string, n int) {
		for range n {
			kt.As(authz.Machine("casework", "test")).Must("casework.open", func(tx *db.Tx) error {
				id := casework.ID(tx.NewID())
				tx.Record("case", string(id), "", "received", nil)
				tx.Publish(casework.Opened{About: casework.About{CaseID: id, Item: item, At: tx.Now}})
				return nil
			})
		}
	}
	open("tobacco-retail", 3)
	open("shop-sign", 5)
	kt.Move(kt.Watch.Now().AddDate(0, 1, 0))
	open("shop-sign", 1)
	kt.Settle()
	got, err := m.Wanted(kt.Ctx, kt.Look(), 5)
	if err != nil || len(got) != 2 || got[0] != "shop-sign" {
		t.Fatalf("wanted = %v, %v", got, err)
	}
	home := kt.Get("/?side=company", kerneltest.Nobody)
	home.Is(200, kerneltest.HasText("近三个月办得多的事项"))
	if a, b := strings.Index(home.Body, "/items/shop-sign"), strings.Index(home.Body, "/items/tobacco-retail"); a < 0 || b < 0 || a > b {
		t.Errorf("shop-sign at %d, tobacco-retail at %d", a, b)
	}
	kt.Move(kt.Watch.Now().AddDate(0, 6, 0))
	if got, _ := m.Wanted(kt.Ctx, kt.Look(), 5); len(got) != 0 {
		t.Errorf("half a year later still %v", got)
	}
}

func TestBothEnginesKeepTheSameCounts(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			kt, m := county(t, engine)
			kt.Get("/search?q=qqqqx", kerneltest.Nobody)
			kt.Get("/search?q=qqqqx", kerneltest.Nobody)
			kt.Post("/report-error", url.Values{"kind": {"old"}, "words": {"电话已经换了"}}, kerneltest.Nobody).Goes()
			misses, err := m.Misses(kt.Ctx, kt.Look(), 5)
			if err != nil || len(misses) != 1 || misses[0].Times != 2 {
				t.Errorf("misses = %v, %v", misses, err)
			}
			kt.Get("/w/reports", steward).Is(200, kerneltest.HasText("电话已经换了"))
		})
	}
}

// Who is signed in sees his own running matters on the first page, and nobody else's.
func TestTheFirstPageShowsTheReadersOwnMatters(t *testing.T) {
	kt, _ := county(t, db.SQLite)
	var bundles *bundle.Module
	var parties *party.Module
	for _, m := range kt.List {
		switch m := m.(type) {
		case *bundle.Module:
			bundles = m
		case *party.Module:
			parties = m
		}
	}
	chen := kerneltest.Person("chen")
	kt.As(authz.Machine("test", "setup")).Must("test.person", func(tx *db.Tx) error {
		p, err := parties.Ensure(kt.Ctx, tx, party.Identity{Kind: party.Person, Name: "唐桂英", Number: "431199194103080020", Phone: "13807460001", Region: "431199001", Address: "解放路18号"})
		chen.Party = p.ID
		return err
	})
	var page bytes.Buffer
	if err := png.Encode(&page, image.NewGray(image.Rect(0, 0, 40, 40))); err != nil {
		t.Fatal(err)
	}
	picture, err := kt.Files.Put("材料.png", file.PNG, page.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	var number string
	kt.As(chen).Must("bundle.intake", func(tx *db.Tx) error {
		s, err := bundles.Intake(kt.Ctx, tx, bundle.Intake{Start: bundle.Start{Bundles: []string{catalogue.SinglePrefix + "elder-allowance"}, Answers: map[string]any{"by_agent": false}},
			Values:  []form.Value{{Element: "applicant_bank", Text: "6217000000000000000"}},
			Files:   map[string][]file.Blob{"id-card": {picture}, "bank-card": {picture}},
			Closing: bundle.Closing{Way: bundle.AtWindow, Declared: true}})
		number = s.Number
		return err
	})
	kt.Get("/", chen).Is(200, kerneltest.HasText("我的办件"), kerneltest.In(`a[href=/t/`+number+`]`))
	kt.Get("/", kerneltest.Person("zhou")).Is(200, kerneltest.Lacks(number))
	kt.Get("/", kerneltest.Nobody).Is(200, kerneltest.Lacks("我的办件"))
}
