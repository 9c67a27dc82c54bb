package review_test

import (
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"tongban/base/account"
	"tongban/base/org"
	"tongban/base/party"
	"tongban/handling/casefile"
	"tongban/handling/casework"
	"tongban/handling/delivery"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/oversight/efficiency"
	"tongban/oversight/review"
	"tongban/rules/catalogue"
	"tongban/rules/form"
	"tongban/rules/material"
)

var county = fstest.MapFS{
	"pack.yaml":    {Data: []byte("name: trial\ntitle: 试验县\narea: \"431199\"\nversion: \"1\"\ndescription: 测试用\n")},
	"units/u.yaml": {Data: []byte("code: approval-bureau\nname: 试验县行政审批服务局\nshort: 审批局\n---\ncode: county-government\nname: 试验县人民政府\nshort: 县政府\n")},
	"items/i.yaml": {Data: []byte("code: food-operation-licence\nname: 食品经营许可\nkind: \"01\"\nhandling: promised\nunit: approval-bureau\nstatutory: {amount: 20, unit: workday}\npromised: {amount: 8, unit: workday}\n")},
}

type trial struct {
	*kerneltest.Kit
	m     *review.Module
	cards *efficiency.Module
	cases *casework.Module
	token string
	group string
	c     casework.Case
}

func begin(t testing.TB, engine db.Engine) *trial {
	c := &trial{group: "GROUP-1"}
	var parties *party.Module
	c.Kit = kerneltest.New(t, engine, func(k *app.Kernel) []app.Module {
		units := org.New(k)
		parties = party.New(k)
		accounts, err := account.New(k, units, parties)
		if err != nil {
			t.Fatal(err)
		}
		cat, forms, materials := catalogue.New(k, units), form.New(k), material.New(k)
		c.cases = casework.New(k, units, accounts, parties, materials)
		parcels := delivery.New(k, units, parties, c.cases)
		c.cards = efficiency.New(k, units, accounts, cat, c.cases)
		c.m = review.New(k, units, accounts, parties, c.cases, parcels)
		return []app.Module{units, parties, accounts, cat, forms, materials, c.cases, casefile.New(k, units, forms, materials, c.cases), parcels, c.cards, c.m}
	})
	content, findings := pack.Load(county, []pack.Section{{Kind: "unit", Glob: "units/*.yaml", Key: "code"}, {Kind: "item", Glob: "items/*.yaml", Key: "code"}})
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	setup := c.As(authz.Machine("test", "setup"))
	setup.Must("pack.load", func(tx *db.Tx) error {
		_, err := c.Library.Publish(c.Ctx, tx, content, "")
		return err
	})
	c.Move(time.Date(2026, 11, 2, 10, 0, 0, 0, calendar.Zone()))
	setup.Must("open", func(tx *db.Tx) error {
		p, err := parties.Ensure(c.Ctx, tx, party.Identity{Kind: party.Person, Name: "何苗苗", Number: "431199199001011246", Phone: "13800000001"})
		if err != nil {
			return err
		}
		c.c, err = c.cases.Open(c.Ctx, tx, casework.Opening{Item: "food-operation-licence", Group: c.group, GroupTitle: "开餐饮店", Applicant: p.ID, ApplicantName: p.Name, Channel: casework.Online})
		return err
	})
	// The delivery of its results is told twice, part by part: one invitation comes of it.
	for range 2 {
		setup.Must("deliver", func(tx *db.Tx) error {
			tx.Publish(delivery.Completed{Group: c.group, Title: "开餐饮店", Applicant: c.c.Applicant, Way: "post", At: tx.Now})
			tx.Record("parcel", c.group, "", "delivered", nil)
			return nil
		})
	}
	c.Settle()
	if n := c.Count(`SELECT count(*) FROM review_invitation`); n != 1 {
		t.Fatalf("%d invitations", n)
	}
	letters, err := c.Notify.Inbox(c.Ctx, c.Look(), []string{c.c.Applicant}, "", 10)
	if err != nil || len(letters) != 1 || !strings.HasPrefix(letters[0].URL, "/review/") {
		t.Fatalf("inbox %v %v", letters, err)
	}
	c.token = strings.TrimPrefix(letters[0].URL, "/review/")
	return c
}

func (c *trial) rate(grade, words, key string) *kerneltest.Answer {
	return c.Post("/review/"+c.token, url.Values{"grade": {grade}, "efficiency": {"2"}, "about": {"all"}, "words": {words}, "_once": {key}}, kerneltest.Nobody)
}

func (c *trial) only() review.Review {
	c.T.Helper()
	list, _, err := c.m.List(c.Ctx, c.Look(), review.Filter{Tab: "all"})
	if err != nil || len(list) == 0 {
		c.T.Fatalf("reviews %v %v", list, err)
	}
	r, err := c.m.Find(c.Ctx, c.Look(), list[len(list)-1].ID)
	if err != nil {
		c.T.Fatal(err)
	}
	return r
}

func staff(id, unit string, p ...authz.Permission) authz.Actor {
	a := kerneltest.Clerk(id, p...)
	a.Unit = unit
	return a
}

var (
	verifier  = staff("v1", "county-government", review.PermVerify, review.PermRead)
	visitor   = staff("v2", "county-government", review.PermVerify, review.PermRead)
	rectifier = staff("r1", "approval-bureau", review.PermRectify, review.PermRead)
)

func TestALinkTakesOneReviewWithoutLogin(t *testing.T) {
	c := begin(t, db.SQLite)
	if a := c.Get("/review/"+c.token, kerneltest.Nobody); a.Status != 200 || !strings.Contains(a.Body, "非常不满意") || !strings.Contains(a.Body, "非常满意") {
		t.Fatalf("form %d", a.Status)
	}
	if a := c.rate("", "", "k0"); a.Status != 422 {
		t.Errorf("no grade: %d", a.Status)
	}
	if a := c.rate("5", "办得快，联系 13812345678，身份证 431199199001011246，何苗苗", "k1"); a.Status != 303 {
		t.Fatalf("give: %d %s", a.Status, a.Body)
	}
	if a := c.rate("1", "", "k2"); a.Status != 409 {
		t.Errorf("second review: %d", a.Status)
	}
	if a := c.Get("/review/"+c.token, kerneltest.Nobody); a.Status != 200 || !strings.Contains(a.Body, "评价已收到") {
		t.Errorf("after: %d", a.Status)
	}
	if a := c.Get("/review/AAAAAAAAAAAAAAAAAAAAAAAA", kerneltest.Nobody); a.Status != 404 {
		t.Errorf("unknown link: %d", a.Status)
	}
	// Words are public only after somebody looked, and never with what names a person.
	if a := c.Get("/reviews", kerneltest.Nobody); strings.Contains(a.Body, "办得快") {
		t.Error("unchecked words are public")
	}
	r := c.only()
	c.As(verifier).Must("publish", func(tx *db.Tx) error { return c.m.Publish(c.Ctx, tx, r.ID, true, "", "") })
	a := c.Get("/reviews", kerneltest.Nobody)
	if !strings.Contains(a.Body, "办得快") {
		t.Error("published words are not shown")
	}
	for _, secret := range []string{"13812345678", "431199199001011246", "何苗苗"} {
		if strings.Contains(a.Body, secret) {
			t.Errorf("public page names %s", secret)
		}
	}
	if strings.Contains(a.Body, "各单位评分") {
		t.Error("the score of a single review is shown")
	}
}

// I19: a bad review ends by verification, rectification and return visit of three persons, and in no other way.
func TestABadReviewCannotCloseEarly(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			c := begin(t, engine)
			if a := c.rate("1", "跑了四趟", "k1"); a.Status != 303 {
				t.Fatalf("give: %d %s", a.Status, a.Body)
			}
			r := c.only()
			say := review.Account{How: "电话联系，本人接听", Words: "情况属实"}
			refused := func(who authz.Actor, name string, kind problem.Kind, do func(tx *db.Tx) error) {
				t.Helper()
				if err := c.As(who).Run(name, do); err == nil || problem.KindOf(err) != kind {
					t.Errorf("%s: %v", name, err)
				}
			}
			visit := func(tx *db.Tx) error { return c.m.Visit(c.Ctx, tx, r.ID, true, say) }
			rectify := func(tx *db.Tx) error { return c.m.Rectify(c.Ctx, tx, r.ID, say) }
			verify := func(tx *db.Tx) error { return c.m.Verify(c.Ctx, tx, r.ID, say) }
			refused(visitor, "visit first", problem.KindConflict, visit)
			refused(rectifier, "rectify first", problem.KindConflict, rectify)
			refused(rectifier, "the unit verifies itself", problem.KindForbidden, verify)
			refused(verifier, "verify without call", problem.KindInvalid, func(tx *db.Tx) error { return c.m.Verify(c.Ctx, tx, r.ID, review.Account{Words: "属实"}) })
			c.As(verifier).Must("verify", verify)
			refused(visitor, "visit before rectification", problem.KindConflict, visit)
			if a := c.rate("5", "", "k2"); a.Status != 409 {
				t.Errorf("rated again before the end: %d", a.Status)
			}
			c.As(rectifier).Must("rectify", rectify)
			refused(verifier, "the verifier visits", problem.KindForbidden, visit)
			both := staff("r1", "approval-bureau", review.PermVerify, review.PermRectify)
			refused(both, "the rectifier visits", problem.KindForbidden, visit)
			c.As(visitor).Must("still unhappy", func(tx *db.Tx) error { return c.m.Visit(c.Ctx, tx, r.ID, false, say) })
			c.As(rectifier).Must("rectify again", rectify)
			c.As(visitor).Must("visit", visit)
			task, err := c.m.Task(c.Ctx, c.Look(), r.ID)
			if err != nil || task.State != review.Closed {
				t.Fatalf("task %+v %v", task, err)
			}
			if a := c.rate("4", "现在好了", "k3"); a.Status != 303 {
				t.Errorf("re-rating: %d", a.Status)
			}
			if a := c.rate("5", "", "k4"); a.Status != 409 {
				t.Errorf("third rating: %d", a.Status)
			}
			by, err := c.m.Tallies(c.Ctx, c.Look(), calendar.MustDay("2026-11-01"), calendar.MustDay("2026-11-30"))
			got := by["approval-bureau"]
			want := review.Tally{Invited: 1, Reviewed: 1, By: [6]int{4: 1}, BadOpened: 1, Verified: 1, Confirmed: 1, InTime: 1, Visited: 1, Pleased: 1}
			if err != nil || got != want {
				t.Errorf("tally %+v %v, want %+v", got, err, want)
			}
		})
	}
}

// The clock of 15 working days: late, the unit gets a card with the legal date.
func TestALateRectificationGetsACard(t *testing.T) {
	c := begin(t, db.SQLite)
	c.rate("2", "", "k1")
	r := c.only()
	c.Move(time.Date(2026, 11, 30, 10, 0, 0, 0, calendar.Zone()))
	c.Settle()
	cards, err := c.cards.CardsOf(c.Ctx, c.Look(), r.ID)
	if err != nil || len(cards) != 2 {
		t.Fatalf("cards %+v %v", cards, err)
	}
	red := cards[0]
	if cards[1].Severity == efficiency.Red {
		red = cards[1]
	}
	if want := time.Date(2026, 11, 24, 0, 0, 0, 0, calendar.Zone()); !red.CrossedAt.Equal(want) || red.Unit != "approval-bureau" {
		t.Errorf("red card %+v, want crossed %s", red, want)
	}
}

// A mistaken review is judged by another unit, with a reason, and counts nowhere.
func TestAMistakenReviewIsJudgedElsewhere(t *testing.T) {
	c := begin(t, db.SQLite)
	c.rate("1", "点错了", "k1")
	r := c.only()
	c.As(rectifier).Must("dispute", func(tx *db.Tx) error {
		return c.m.Dispute(c.Ctx, tx, r.ID, review.Account{Words: "评价人说点错"})
	})
	own := staff("v3", "approval-bureau", review.PermVerify)
	rule := func(tx *db.Tx) error {
		return c.m.Rule(c.Ctx, tx, r.ID, true, review.Account{Words: "录音显示评价人点错"})
	}
	if err := c.As(own).Run("own", rule); problem.KindOf(err) != problem.KindForbidden {
		t.Errorf("the unit judges itself: %v", err)
	}
	c.As(verifier).Must("rule", rule)
	by, _ := c.m.Tallies(c.Ctx, c.Look(), calendar.MustDay("2026-11-01"), calendar.MustDay("2026-11-30"))
	if got := by["approval-bureau"]; got.Reviews() != 0 || got.BadOpened != 1 || got.Verified != 1 {
		t.Errorf("tally %+v", got)
	}
}

// Staff beyond the unit do not learn who wrote; whoever calls back does, on record.
func TestWhoWroteStaysWithTheUnit(t *testing.T) {
	c := begin(t, db.SQLite)
	c.rate("1", "态度差", "k1")
	r := c.only()
	path := "/sv/reviews/" + r.ID
	if a := c.Get(path, verifier); a.Status != 200 || strings.Contains(a.Body, "何苗苗") {
		t.Errorf("verifier's page %d names the person", a.Status)
	}
	if a := c.Get(path, rectifier); a.Status != 200 || !strings.Contains(a.Body, "何苗苗") {
		t.Errorf("the unit's page %d does not name the person", a.Status)
	}
	if a := c.Post(path+"/reveal", url.Values{"_once": {"k9"}}, verifier); a.Status != 200 || !strings.Contains(a.Body, "13800000001") {
		t.Errorf("reveal: %d", a.Status)
	}
	if n := c.Count(`SELECT count(*) FROM audit_entry WHERE action = 'review.reveal'`); n == 0 {
		t.Error("the look is not on record")
	}
	if a := c.Get("/sv/reviews", kerneltest.Person("x")); a.Status != 403 {
		t.Errorf("a citizen at the desk: %d", a.Status)
	}
	for _, p := range []string{"/sv/reviews", "/sv/reviews?tab=all"} {
		if a := c.Get(p, verifier); a.Status != 200 {
			t.Errorf("%s: %d", p, a.Status)
		}
	}
	leader := kerneltest.Clerk("boss", efficiency.PermRead, review.PermRead, casework.PermRead)
	if a := c.Get("/l", leader); a.Status != 200 || !strings.Contains(a.Body, "好评率") {
		t.Errorf("cockpit %d lacks satisfaction", a.Status)
	}
	if a := c.Get("/w/cases/"+c.c.Number, leader); a.Status != 200 || !strings.Contains(a.Body, "非常不满意") {
		t.Errorf("case page %d lacks the rating", a.Status)
	}
}

func TestMasking(t *testing.T) {
	for in, want := range map[string]string{
		"电话13812345678谢谢": "电话＊＊＊谢谢", "证号43119919900101124X。": "证号＊＊＊。", "信箱 a.b@c.cn": "信箱 ＊＊＊", "车牌湘A12345": "车牌＊＊＊",
		"跑了12趟，2026年": "跑了12趟，2026年", "李小明说": "＊＊＊说",
	} {
		if got := review.Mask(in, "李小明"); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
	if p := review.Moves().Check(); len(p) > 0 {
		t.Error(p)
	}
	tally := review.Tally{Invited: 10, Reviewed: 5, By: [6]int{0, 1, 0, 1, 1, 2}}
	if tally.ReviewRate().String() != "50.0%" || tally.GoodRate().String() != "80.0%" || tally.BadRate().String() != "20.0%" || tally.Score() != 3.6 {
		t.Errorf("indicators %s %s %s %v", tally.ReviewRate(), tally.GoodRate(), tally.BadRate(), tally.Score())
	}
}

func TestRoutesStandTheBattery(t *testing.T) {
	c := begin(t, db.SQLite)
	c.rate("1", "<script>alert(1)</script>", "k1")
	kerneltest.Battery(t, c.Kit)
}
