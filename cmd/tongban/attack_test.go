package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/logging"
)

// Somebody guesses receipts and last digits, from one machine, under a new invented address each time. After a handful of answers he is
// told to wait; he has seen nothing. How far many machines get with one receipt is reckoned in reach/tracking.
func TestGuessingReceiptsFindsNothing(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			kt, _ := founded(t, engine, app.Settings{})
			answered, waits := 0, 0
			for n := range 300 {
				number := fmt.Sprintf("20261123%05d", 1+n%3)
				for d := range 10 { // the check digit is public arithmetic: the guesser tries all ten
					r := kerneltest.Form("/t", url.Values{"_once": {kt.DB.NewID()}, "no": {number + fmt.Sprint(d)}, "tail": {fmt.Sprintf("%04d", n)}})
					r.Header.Set("X-Forwarded-For", fmt.Sprintf("198.51.100.%d", n%250))
					switch a := kt.Ask(r, kerneltest.Nobody); {
					case a.Status == http.StatusSeeOther:
						t.Fatalf("a guess was let in: %s", a.Header.Get("Location"))
					case strings.Contains(a.Body, "查询输错次数较多"):
						waits++
					default:
						answered++
					}
				}
			}
			wrong := kt.Count(`SELECT count(*) FROM audit_entry WHERE detail LIKE '%wrong-tail%'`)
			if wrong > 10 || waits < 200 {
				t.Errorf("of 3000 guesses %d were judged, %d answered, %d told to wait", wrong, answered, waits)
			}
		})
	}
}

// The session cookie of a county behind TLS, and what every answer says to the browser.
func TestTheSessionCookieIsLockedUp(t *testing.T) {
	kt, _ := founded(t, db.SQLite, app.Settings{Secure: true})
	a := kt.Get("/kerneltest/sign-in/somebody", kerneltest.Nobody)
	cookie := a.Header.Get("Set-Cookie")
	for _, want := range []string{"__Host-tongban=", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("the cookie %q lacks %s", cookie, want)
		}
	}
	if strings.Contains(cookie, "Domain=") || strings.Contains(cookie, "Max-Age") || strings.Contains(cookie, "Expires") {
		t.Errorf("the cookie %q outlives the browser or leaves the host", cookie)
	}
	for _, path := range []string{"/", "/no-such-page", "/api/v1/nothing", "/verify/NOSUCHCODE00"} {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Origin", "https://evil.example")
		a := kt.Ask(r, kerneltest.Nobody)
		if !strings.HasPrefix(a.Header.Get("Strict-Transport-Security"), "max-age=31536000") {
			t.Errorf("%s: no Strict-Transport-Security", path)
		}
		if a.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s may be read by another site", path)
		}
	}
	plain, _ := founded(t, db.SQLite, app.Settings{})
	if plain.Get("/", kerneltest.Nobody).Header.Get("Strict-Transport-Security") != "" {
		t.Error("a county without TLS locks its visitors out")
	}
	for _, method := range []string{http.MethodTrace, http.MethodConnect, "PROPFIND"} {
		if a := kt.Ask(httptest.NewRequest(method, "/", nil), kerneltest.Nobody); a.Status < 400 {
			t.Errorf("%s is answered with %d", method, a.Status)
		}
	}
	for _, folder := range []string{"/static/", "/files/", "/static/../"} {
		if a := kt.Get(folder, kerneltest.Nobody); a.Status == http.StatusOK {
			t.Errorf("%s is listed", folder)
		}
	}
}

// Two people at one screen, a kiosk's or a counter's. The first signs out; the second has his cookie, his back button and his addresses.
func TestNothingIsLeftAtTheScreenAfterSigningOut(t *testing.T) {
	kt, m := house(t, db.SQLite)
	if err := m.openDemo(t.Context(), kt.Kernel); err != nil {
		t.Fatal(err)
	}
	chen, err := m.account.ActorOf(t.Context(), kt.Look(), "demo-chen")
	if err != nil {
		t.Fatal(err)
	}
	screen := kt.Visitor()
	screen.SignIn(chen)
	for _, path := range []string{"/my", "/my/licences", "/my/readings", "/inbox"} {
		if a := screen.Get(path).Is(http.StatusOK); a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s is kept by the browser: %q", path, a.Header.Get("Cache-Control"))
		}
	}
	out := screen.Ask(kerneltest.Form("/logout", url.Values{"_once": {kt.DB.NewID()}}))
	if out.Status != http.StatusSeeOther || !strings.Contains(out.Header.Get("Clear-Site-Data"), `"cache"`) {
		t.Errorf("signing out answers %d, Clear-Site-Data %q", out.Status, out.Header.Get("Clear-Site-Data"))
	}
	for _, path := range []string{"/my", "/my/licences", "/my/readings", "/inbox"} {
		if a := screen.Get(path); a.Status != http.StatusSeeOther || !strings.HasPrefix(a.Header.Get("Location"), "/login") {
			t.Errorf("%s is answered with %d after signing out", path, a.Status)
		}
	}
	if page := screen.Get("/"); strings.Contains(page.Body, "陈秀兰") {
		t.Error("the first page still greets the one before")
	}
	if page := screen.Get("/login"); strings.Contains(page.Body, "13900") {
		t.Error("the login page holds the number of the one before")
	}
}

// A citizen adds fields to his forms that the page does not have: a role, a kind, a unit, a version, another applicant.
func TestNobodyGivesHimselfARoleByAFieldOfHisOwn(t *testing.T) {
	kt, m := house(t, db.SQLite)
	if err := m.openDemo(t.Context(), kt.Kernel); err != nil {
		t.Fatal(err)
	}
	chen, err := m.account.ActorOf(t.Context(), kt.Look(), "demo-chen")
	if err != nil {
		t.Fatal(err)
	}
	before := kt.Count(`SELECT count(*) FROM account_role`) + kt.Count(`SELECT count(*) FROM account_account WHERE kind = 'staff'`)
	extra := url.Values{"role": {"system-administrator"}, "roles": {"system-administrator"}, "kind": {"staff"}, "unit": {"approval-bureau"}, "state": {"active"}, "account": {"demo-admin"},
		"party": {"x"}, "applicant": {"x"}, "actor": {"demo-admin"}, "Actor.Grants[0].Everywhere": {"true"}, "Roles[0]": {"system-administrator"}, "id": {"1"}, "version": {"9"}, "_v": {"9"}}
	tried := 0
	for _, route := range kt.Site().Routes() {
		if route.Method != http.MethodPost || route.API || strings.Contains(route.Path, "{") || strings.HasPrefix(route.Path, "/demo/") || strings.HasPrefix(route.Path, "/logout") {
			continue
		}
		tried++
		kt.Post(route.Path, extra, chen)
	}
	now, err := m.account.ActorOf(t.Context(), kt.Look(), "demo-chen")
	if err != nil || now.Kind != authz.Citizen || now.Party != chen.Party || now.Unit != "" || len(now.Grants) != len(chen.Grants) {
		t.Errorf("after %d forms the citizen is %+v, %v", tried, now, err)
	}
	if after := kt.Count(`SELECT count(*) FROM account_role`) + kt.Count(`SELECT count(*) FROM account_account WHERE kind = 'staff'`); after != before || tried < 10 {
		t.Errorf("%d forms, %d roles and staff before, %d after", tried, before, after)
	}
}

// Names, addresses and headers try to write lines of their own into the log. Every line stays one JSON object that the product wrote.
func TestNobodyWritesALineIntoTheLog(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(logging.New(&locked{w: &log}, "debug"))
	t.Cleanup(func() { slog.SetDefault(before) })
	kt, _ := founded(t, db.SQLite, app.Settings{})
	for _, line := range []string{"\n{\"level\":\"ERROR\",\"msg\":\"forged\"}\n", "\r\nforged", "\x1b[2Jforged", "\u2028forged", "\"}\n{\"msg\":\"forged\"}"} {
		kt.Post("/login/password", url.Values{"login": {"admin" + line}, "password": {line}}, kerneltest.Nobody)
		r := httptest.NewRequest(http.MethodGet, "/search?q="+url.QueryEscape(line), nil)
		r.Header["User-Agent"], r.Header["Referer"], r.Header["X-Forwarded-For"] = []string{line}, []string{line}, []string{line}
		kt.Ask(r, kerneltest.Nobody)
		slog.Warn("told "+line, "value", line, "list", []string{line}, "error", fmt.Errorf("failed: %s", line))
	}
	n := 0
	for line := range strings.Lines(log.String()) {
		n++
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil || entry["msg"] == "forged" || entry["level"] == nil || entry["time"] == nil {
			t.Errorf("a line of somebody else's: %s", line)
		}
		if strings.ContainsAny(line, "\x1b\r\u2028") {
			t.Errorf("a terminal would obey %q", line)
		}
	}
	if n < 5 {
		t.Errorf("only %d lines were written", n)
	}
}

// A clerk tries what is not his, a visitor sends a form of another site: both are in the log, with who and from where.
func TestRefusedAttemptsAreInTheLog(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(logging.New(&locked{w: &log}, "info"))
	t.Cleanup(func() { slog.SetDefault(before) })
	kt, _ := founded(t, db.SQLite, app.Settings{})
	kt.Get("/admin/audit", kerneltest.Clerk("curious")).Is(http.StatusForbidden)
	r := kerneltest.Form("/login/password", url.Values{"_once": {"x"}})
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	kt.Ask(r, kerneltest.Nobody).Is(http.StatusForbidden)
	for _, want := range []string{`"msg":"refused"`, `"path":"/admin/audit"`, `"actor":"curious"`, `"from":"192.0.2.1"`, `"path":"/login/password"`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, log.String())
		}
	}
}
