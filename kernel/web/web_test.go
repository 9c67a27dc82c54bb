package web_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

const perm authz.Permission = "shop.work"

// shop is a module with a route for everything that may go wrong.
type shop struct {
	fault error
	hold  chan struct{} // the report says that it has begun
	goOn  chan struct{} // and takes until the test lets it go
}

func (s *shop) Manifest() app.Manifest {
	return app.Manifest{Name: "shop", Permissions: []authz.Definition{{Permission: perm, Title: "办理"}}, Routes: []web.Route{
		web.Page("/shop", authz.Anyone, func(w *web.Response, r *web.Request) error {
			return w.ShowPublic(ui.PublicPage{Page: ui.Page{Title: "店"}}, ui.Article{Title: "店", Lead: strings.Repeat("公示内容。", 500)})
		}),
		web.Page("/shop/report", authz.Anyone, func(w *web.Response, r *web.Request) error {
			if s.hold != nil {
				s.hold <- struct{}{}
				<-s.goOn
			}
			return w.Go("/shop")
		}).Costly(),
		web.Page("/shop/note", authz.Anyone, func(w *web.Response, r *web.Request) error { // writes the session when it has ended
			s.hold <- struct{}{}
			<-s.goOn
			r.Remember("mode", "elder")
			return w.Go("/shop")
		}),
		web.Page("/shop/sittings", authz.SignedIn, func(w *web.Response, r *web.Request) error {
			list, err := r.Sittings()
			if err == nil {
				err = json.NewEncoder(w).Encode(list)
			}
			return err
		}),
		web.Form("/shop/sittings", authz.SignedIn, func(w *web.Response, r *web.Request) error {
			form, err := r.Posted()
			if err == nil {
				_, err = r.Act("shop.end-sitting", func(tx *db.Tx) error { return r.EndSitting(tx, form.Get("session")) })
			}
			return w.After(err, "/shop")
		}),
		web.Page("/shop/fault", authz.Anyone, func(*web.Response, *web.Request) error { return s.fault }),
		web.Page("/shop/panic", authz.Anyone, func(*web.Response, *web.Request) error { panic("a secret of the programmer") }),
		web.Page("/shop/half", authz.Anyone, func(w *web.Response, _ *web.Request) error {
			return w.Show(templ.Join(templ.Raw("<p>first half"), failing{}))
		}),
		web.Page("/shop/go", authz.Anyone, func(w *web.Response, r *web.Request) error { return w.Go(r.Value("next")) }),
		web.Page("/shop/work", perm, func(w *web.Response, r *web.Request) error { return w.ShowDesk(ui.Article{Title: "办理"}) }),
		web.Form("/shop/work", perm, func(w *web.Response, r *web.Request) error {
			out, err := r.Act("shop.work", func(tx *db.Tx) error {
				tx.Record("thing", "1", "", "", nil)
				tx.Answer("第一次的答复")
				return nil
			})
			if err != nil {
				return err
			}
			r.Flash("办好了：" + out.Reply)
			return w.Go("/shop/work")
		}),
		{Method: http.MethodPost, Path: "/shop/unlimited", Permission: authz.Anyone, Handle: func(w *web.Response, r *web.Request) error {
			if _, err := r.Posted(); err != nil {
				return err
			}
			return w.Go("/shop")
		}},
		web.Form("/shop/sign-in", authz.Anyone, func(w *web.Response, r *web.Request) error {
			return w.After(r.SignIn("c1", web.Term{}), "/shop")
		}),
	}}
}

type failing struct{ templ.Component }

func (failing) Render(context.Context, io.Writer) error { return errors.New("the template fails") }

func boot(t *testing.T, f func(t *testing.T, kt *kerneltest.Kit, s *shop)) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			s := &shop{}
			f(t, kerneltest.New(t, engine, func(*app.Kernel) []app.Module { return []app.Module{s} }), s)
		})
	}
}

func TestKindOfAnErrorDecidesThePage(t *testing.T) {
	boot(t, func(t *testing.T, kt *kerneltest.Kit, s *shop) {
		for _, c := range []struct {
			err    error
			status int
			says   string
		}{
			{problem.Invalid("日期不对"), 400, "日期不对"},
			{problem.Invalid("日期不对").On("day", "请写成 2026-01-02"), 422, "请写成 2026-01-02"},
			{problem.Forbidden("您没有权限"), 403, "您没有权限"},
			{problem.NotFound("没有这件办件"), 404, "没有这件办件"},
			{problem.Conflict("已经办结"), 409, "已经办结"},
			{problem.Gone("已经撤下"), 410, "已经撤下"},
			{problem.TooLarge("太大"), 413, "太大"},
			{problem.TooMany(time.Minute, "太频繁"), 429, "太频繁"},
			{problem.Busy(90*time.Second, "请稍候"), 503, "请稍候"},
			{fmt.Errorf("pq: password is hunter2"), 500, ""},
		} {
			s.fault = c.err
			a := kt.Get("/shop/fault", kerneltest.Nobody).Is(c.status, kerneltest.HasText(c.says))
			if strings.Contains(a.Body, "hunter2") {
				t.Error("the page shows what belongs into the log")
			}
			for _, wrong := range kerneltest.Page(a.Root()) {
				t.Errorf("page of %d: %s", c.status, wrong)
			}
			r := httptest.NewRequest("GET", "/shop/fault", nil)
			r.Header.Set("Accept", "application/json")
			a = kt.Ask(r, kerneltest.Nobody).Is(c.status)
			var body struct {
				Status        int
				Title, Detail string
				Errors        []struct{ Name, Detail string }
			}
			if err := json.Unmarshal([]byte(a.Body), &body); err != nil || body.Status != c.status || !strings.HasPrefix(a.Header.Get("Content-Type"), "application/problem+json") {
				t.Errorf("machine's answer of %d: %v %s", c.status, err, a.Body)
			}
			if strings.Contains(a.Body, "hunter2") {
				t.Error("the machine's answer shows what belongs into the log")
			}
			if c.status == 503 && a.Header.Get("Retry-After") != "90" {
				t.Errorf("Retry-After %q", a.Header.Get("Retry-After"))
			}
		}
	})
}

func TestFaultOfTheProgrammerIsAPageAndNoSecret(t *testing.T) {
	boot(t, func(t *testing.T, kt *kerneltest.Kit, _ *shop) {
		for _, path := range []string{"/shop/panic", "/shop/half"} {
			a := kt.Get(path, kerneltest.Nobody).Is(500)
			if strings.Contains(a.Body, "secret") || strings.Contains(a.Body, "first half") || strings.Contains(a.Body, "template") {
				t.Errorf("%s: %s", path, a.Body)
			}
		}
	})
}

func TestNobodyIsLedOutOfTheHouse(t *testing.T) {
	for address, want := range map[string]string{
		"/w/cases?state=open#top": "/w/cases?state=open#top", "": "/", "//evil.example": "/", "https://evil.example": "/", `/\evil.example`: "/",
		"/\t/evil.example": "/", "/\n/evil.example": "/", "evil.example": "/", "javascript:alert(1)": "/", "/a\x00b": "/", " /x": "/",
	} {
		if got := web.Local(address); got != want {
			t.Errorf("Local(%q) = %q, want %q", address, got, want)
		}
	}
	boot(t, func(t *testing.T, kt *kerneltest.Kit, _ *shop) {
		for _, next := range []string{"%09//evil.example", "/%09/evil.example", "//evil.example", "https:evil.example"} {
			if to := kt.Get("/shop/go?next="+next, kerneltest.Nobody).Goes(); to != "/" {
				t.Errorf("next=%s leads to %q", next, to)
			}
		}
	})
}

func TestSessionGetsANewTokenAtSignIn(t *testing.T) {
	boot(t, func(t *testing.T, kt *kerneltest.Kit, _ *shop) {
		before := cookie(kt.Get("/shop?mode=elder", kerneltest.Nobody)) // a guest's session, which an attacker may have planted
		if before == "" {
			t.Fatal("no session to begin with")
		}
		r := kerneltest.Form("/shop/sign-in", nil)
		r.Header.Set("Cookie", before)
		a := kt.Ask(r, kerneltest.Nobody).Is(303)
		after := cookie(a)
		if after == "" || after == before {
			t.Fatalf("token before %q, after %q", before, after)
		}
		for _, flag := range []string{"HttpOnly", "SameSite=Lax"} {
			if !strings.Contains(a.Header.Get("Set-Cookie"), flag) {
				t.Errorf("cookie without %s", flag)
			}
		}
		if n := kt.Count(`SELECT count(*) FROM web_session WHERE token = $1`, strings.TrimPrefix(after, "tongban=")); n != 0 {
			t.Error("the database holds the token itself: whoever reads a backup is signed in")
		}
	})
}

// A window left open over lunch, or a browser that never closes, is not an open door.
func TestSessionEndsWhenLeftAloneAndInAnyCase(t *testing.T) {
	boot(t, func(t *testing.T, kt *kerneltest.Kit, _ *shop) {
		kt.Get("/shop/work", kerneltest.Clerk("c1", perm)).Is(200)
		began := time.Now()
		signIn := func() string { return cookie(kt.Ask(kerneltest.Form("/shop/sign-in", nil), kerneltest.Nobody).Is(303)) }
		inside := func(token string, after time.Duration) bool {
			kt.Site().SetWall(began.Add(after))
			r := httptest.NewRequest(http.MethodGet, "/shop/work", nil)
			r.Header.Set("Cookie", token)
			return kt.Ask(r, kerneltest.Nobody).Status == 200
		}
		kt.Site().SetWall(began)
		alone := signIn()
		if !inside(alone, 29*time.Minute) || !inside(alone, 58*time.Minute) {
			t.Error("somebody at work was thrown out")
		}
		if inside(alone, 89*time.Minute) || inside(alone, 60*time.Minute) {
			t.Error("a session left alone for half an hour lives, or came back")
		}
		kt.Site().SetWall(began)
		busy := signIn()
		for at := time.Duration(0); at < 12*time.Hour-time.Minute; at += 20 * time.Minute {
			if !inside(busy, at) {
				t.Fatalf("thrown out at work after %s", at)
			}
		}
		if inside(busy, 12*time.Hour) {
			t.Error("a session of twelve hours goes on")
		}
	})
}

func cookie(a *kerneltest.Answer) string {
	c, _, _ := strings.Cut(a.Header.Get("Set-Cookie"), ";")
	return c
}

func TestRouteIsRefusedBeforeItsHandler(t *testing.T) {
	boot(t, func(t *testing.T, kt *kerneltest.Kit, _ *shop) {
		if to := kt.Get("/shop/work?a=b", kerneltest.Nobody).Goes(); to != "/login?next="+url.QueryEscape("/shop/work?a=b") {
			t.Errorf("a visitor is sent to %s", to)
		}
		kt.Post("/shop/work", nil, kerneltest.Nobody).Is(401)
		kt.Get("/shop/work", kerneltest.Person("p1")).Is(403)
		kt.Get("/shop/work", kerneltest.Clerk("c1", perm)).Is(200)
		kt.Get("/shop/work", kerneltest.Clerk("c1")).Is(403) // rights are read afresh: a dismissed clerk is out at once
	})
}

func TestFormIsDoneOnceAndSaysSoOnTheNextPage(t *testing.T) {
	boot(t, func(t *testing.T, kt *kerneltest.Kit, _ *shop) {
		clerk := kerneltest.Clerk("c1", perm)
		form := url.Values{"_once": {"the-same-form"}}
		for range 3 {
			if to := kt.Post("/shop/work", form, clerk).Goes(); to != "/shop/work" {
				t.Error(to)
			}
			kt.Get("/shop/work", clerk).Is(200, kerneltest.HasText("办好了：第一次的答复"))
			kt.Get("/shop/work", clerk).Is(200, kerneltest.Lacks("办好了"))
		}
		if n := kt.Count(`SELECT count(*) FROM audit_entry WHERE action = 'shop.work'`); n != 1 {
			t.Errorf("done %d times", n)
		}
		kt.Ask(kerneltest.Form("/shop/work", url.Values{}), clerk).Is(400, kerneltest.HasText("缺少提交编号"))
	})
}

func TestFormOfAnotherSiteIsRefused(t *testing.T) {
	boot(t, func(t *testing.T, kt *kerneltest.Kit, _ *shop) {
		for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
			r := kerneltest.Form("/shop/work", url.Values{"_once": {"k"}})
			r.Header.Set(name, value)
			kt.Ask(r, kerneltest.Clerk("c1", perm)).Is(403, kerneltest.HasText("不是从本网站打开的"))
		}
	})
}

func TestKnownAddressAskedInTheWrongWay(t *testing.T) {
	boot(t, func(t *testing.T, kt *kerneltest.Kit, _ *shop) {
		a := kt.Ask(kerneltest.Form("/shop", url.Values{}), kerneltest.Nobody).Is(405)
		if a.Header.Get("Allow") != "GET" {
			t.Errorf("Allow %q", a.Header.Get("Allow"))
		}
		kt.Get("/shop/sign-in", kerneltest.Nobody).Is(405)
		kt.Get("/nowhere", kerneltest.Nobody).Is(404, kerneltest.HasText("没有这个网页"))
	})
}

func TestHostileAddressesAndBodiesAreRefused(t *testing.T) {
	boot(t, func(t *testing.T, kt *kerneltest.Kit, _ *shop) {
		kt.Get("/shop?q=%00", kerneltest.Nobody).Is(400)
		kt.Get("/shop?q=%ff", kerneltest.Nobody).Is(400)
		kt.Get("/shop?q="+strings.Repeat("x", 9<<10), kerneltest.Nobody).Is(413)
		kt.Get("/shop?q="+url.QueryEscape(strings.Repeat("南岭县", 50)), kerneltest.Nobody).Is(200)
		big := url.Values{"text": {strings.Repeat("x", 1<<20)}}
		kt.Post("/shop/unlimited", big, kerneltest.Nobody).Is(413, kerneltest.HasText("最多 1 MB"))
		kt.Post("/shop/work", url.Values{"text": {"\xff"}}, kerneltest.Clerk("c1", perm)).Is(400)
	})
}

func TestEveryAnswerIsGuardedAndPagesAreCompressed(t *testing.T) {
	boot(t, func(t *testing.T, kt *kerneltest.Kit, _ *shop) {
		r := httptest.NewRequest("GET", "/shop", nil)
		r.Header.Set("Accept-Encoding", "gzip")
		a := kt.Ask(r, kerneltest.Nobody).Is(200)
		if a.Header.Get("Content-Encoding") != "gzip" {
			t.Error("not compressed")
		}
		z, err := gzip.NewReader(strings.NewReader(a.Body))
		if err != nil {
			t.Fatal(err)
		}
		plain, err := io.ReadAll(z)
		if err != nil || !strings.Contains(string(plain), "公示内容") {
			t.Error(err)
		}
		if csp := a.Header.Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") || !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("CSP %q", csp)
		}
		if a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("a page of a person may be kept: %q", a.Header.Get("Cache-Control"))
		}
	})
}

func TestStaticFilesAreKeptByTheirHash(t *testing.T) {
	kt := kerneltest.New(t, db.SQLite)
	a := kt.Get(ui.Asset("tb.css"), kerneltest.Nobody).Is(200)
	if !strings.Contains(a.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("Cache-Control %q", a.Header.Get("Cache-Control"))
	}
	kt.Get("/static/tb.00000000.css", kerneltest.Nobody).Is(404)
}
