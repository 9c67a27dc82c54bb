package kerneltest

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"tongban/kernel/authz"
	"tongban/kernel/web"
)

// Finding is a rule that a route breaks.
type Finding struct {
	Rule  string // short and stable: no-login, no-right, wrong-unit, wrong-citizen, unclassified, unknown-id, no-way-out, no-once, markup, …
	Route string
	What  string
}

func (f Finding) String() string { return f.Rule + ": " + f.Route + ": " + f.What }

// Walked is what a walk over all routes found.
type Walked struct {
	Routes   int
	Requests int
	Findings []Finding
	Answers  map[int]int // of a siege, by hundreds of the status
	Untried  []string    // kinds of things of which the county under test has none
}

// Battery walks every declared route like an enemy and fails the test for every rule that one breaks.
func Battery(t *testing.T, kt *Kit) {
	t.Helper()
	w := kt.Walk()
	for _, f := range w.Findings {
		t.Error(f)
	}
	t.Logf("%d routes, %d requests, %d findings on %s; no thing of these kinds: %v", w.Routes, w.Requests, len(w.Findings), kt.DB.Engine, w.Untried)
}

// markup is text that would run as a script wherever it is shown unescaped, and ends attributes of either quote.
const markup = `<script>alert(1)</script>'"`

// usual are the names of parameters that pages of the product read.
var usual = []string{"q", "query", "page", "after", "before", "cursor", "limit", "next", "kind", "state", "unit", "tab", "sort", "mode",
	"theme", "from", "to", "name", "title", "note", "reason", "text", "phone", "number", "login", "code", "id", "item", "region", "step"}

type walker struct {
	*Kit
	Walked
	all   authz.Actor // every right, everywhere
	none  authz.Actor // an account without any right
	forms map[string]url.Values
}

// Walk asks every declared route everything that must be refused, and some that must not.
func (kt *Kit) Walk() Walked {
	kt.T.Helper()
	var every []authz.Permission
	for _, d := range kt.Rights().All() {
		every = append(every, d.Permission)
	}
	w := &walker{Kit: kt, all: Clerk("battery-all", every...), none: Clerk("battery-none"), forms: map[string]url.Values{}}
	w.session(w.all)
	w.session(w.none)
	var routes []web.Route
	for _, r := range kt.Site().Routes() {
		if !strings.HasPrefix(r.Path, signIn) {
			routes = append(routes, r)
		}
	}
	w.Routes = len(routes)
	if err := kt.contract.load(kt); err != nil {
		kt.T.Fatal(err)
	}
	for _, r := range routes { // pages first: their forms tell which fields there are
		if r.Method == http.MethodGet {
			w.page(r)
		}
	}
	for _, r := range routes {
		w.doors(r)
		switch {
		case r.Method == http.MethodGet:
		case r.Typed():
			w.call(r)
		default:
			w.form(r)
			w.forget(w.all) // a form of the sign-in pages may have ended the session or made it another person's
		}
	}
	w.strangers(routes)
	for _, r := range routes { // what was sent may be stored: no page may show it raw
		if r.Method == http.MethodGet {
			w.raw(r, w.ask(r, httptest.NewRequest(http.MethodGet, r.Example(), nil), w.all), "stored")
		}
	}
	return w.Walked
}

func (w *walker) find(r web.Route, rule, format string, args ...any) {
	w.Findings = append(w.Findings, Finding{rule, r.Pattern(), fmt.Sprintf(format, args...)})
}

// ask sends a request and holds every answer to what all answers owe.
func (w *walker) ask(r web.Route, hr *http.Request, actor authz.Actor) *Answer {
	w.Requests++
	if r.API {
		hr.Header.Set("Accept", "application/json")
	}
	a := w.Ask(hr, actor)
	if a.Status >= 500 {
		w.find(r, "server-error", "%d for %s", a.Status, short(a.Path))
	}
	if a.Header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(a.Header.Get("Content-Security-Policy"), "default-src 'none'") {
		w.find(r, "headers", "no Content-Security-Policy or nosniff")
	}
	return a
}

// acts counts all traces that commands leave.
func (w *walker) acts() int64 {
	return w.Count(`SELECT (SELECT count(*) FROM db_once) + (SELECT count(*) FROM audit_entry) + (SELECT count(*) FROM event_outbox)`)
}

// doors tries a route without login and without right.
func (w *walker) doors(r web.Route) {
	if r.Permission == "" {
		w.find(r, "permission", "the route declares none")
	}
	before := w.acts()
	if r.Permission != authz.Anyone {
		a := w.ask(r, w.bare(r), Nobody)
		toLogin := a.Status == http.StatusSeeOther && strings.HasPrefix(a.Header.Get("Location"), "/login")
		if a.Status != http.StatusUnauthorized && !toLogin {
			w.find(r, "no-login", "%d for a visitor without login", a.Status)
		}
	}
	if r.Permission != authz.Anyone && r.Permission != authz.SignedIn {
		if a := w.ask(r, w.bare(r), w.none); a.Status != http.StatusForbidden {
			w.find(r, "no-right", "%d for an account without the right %s", a.Status, r.Permission)
		}
	}
	if w.acts() != before {
		w.find(r, "no-right", "something was written for somebody who may not")
	}
}

// bare is the simplest request of a route, with a submission number.
func (w *walker) bare(r web.Route) *http.Request {
	if r.Method == http.MethodGet {
		return httptest.NewRequest(http.MethodGet, r.Example(), nil)
	}
	if r.Typed() {
		return JSON(r.Method, r.Example(), map[string]any{}, w.DB.NewID())
	}
	hr := Form(r.Example(), url.Values{"_once": {w.DB.NewID()}})
	hr.Method = r.Method
	return hr
}

var variable = regexp.MustCompile(`\{[a-zA-Z]`)

// page asks for a page as somebody who may do everything.
func (w *walker) page(r web.Route) {
	before := w.acts()
	a := w.ask(r, w.bare(r), w.all)
	if variable.MatchString(r.Path) && r.Probe == "" && !slices.Contains([]int{400, 403, 404, 410}, a.Status) {
		w.find(r, "unknown-id", "%d for a thing that does not exist", a.Status)
	}
	if a.root != nil && (a.Status < 300 || a.Status >= 400) {
		for _, wrong := range Page(a.root) {
			w.find(r, "page", "%s", wrong)
		}
		if r.Permission != authz.Anyone && a.Status == http.StatusOK && len(All(a.root, "main")) > 0 && !leaves(a.root) { // what is printed or hangs on a wall has no frame
			w.find(r, "no-way-out", "a page behind a login without 退出登录")
		}
		w.learn(a)
	}
	bad := []string{"-1", "0", "abc", "99999999999999999999999", "2026-13-45T99:99:99Z~x", "~", "%", "' OR 1=1 --", strings.Repeat("9", 300)}
	for _, v := range bad {
		q := url.Values{}
		for _, name := range []string{"page", "after", "before", "cursor", "limit", "offset"} {
			q.Set(name, v)
		}
		if b := w.ask(r, httptest.NewRequest(http.MethodGet, r.Example()+"?"+q.Encode(), nil), w.all); b.Status >= 500 || b.Status != a.Status && b.Status != 200 && b.Status != 400 && !(r.Typed() && b.Status == 422) {
			w.find(r, "bad-page", "%d for page parameters %q", b.Status, v)
		}
	}
	q := url.Values{}
	for _, name := range w.fields(r) {
		q.Set(name, markup)
	}
	w.raw(r, w.ask(r, httptest.NewRequest(http.MethodGet, r.Example()+"?"+q.Encode(), nil), w.all), "query")
	if variable.MatchString(r.Path) {
		path := regexp.MustCompile(`\{[^}$]*\}`).ReplaceAllString(strings.ReplaceAll(r.Path, "{$}", ""), url.PathEscape(strings.ReplaceAll(markup, "/", "")))
		w.raw(r, w.ask(r, httptest.NewRequest(http.MethodGet, path, nil), w.all), "path")
	}
	for name, v := range map[string]string{"NUL": "%00", "broken UTF-8": "%ff%fe", "64 kB": strings.Repeat("x", 64<<10)} {
		b := w.ask(r, httptest.NewRequest(http.MethodGet, r.Example()+"?q="+v+"&page="+v+"&after="+v, nil), w.all)
		if b.Status < 400 || b.Status >= 500 {
			w.find(r, "hostile-input", "%d for %s in the query", b.Status, name)
		}
	}
	if w.acts() != before {
		w.find(r, "get-writes", "opening the page left something in the database")
	}
}

// leaves reports whether a page has the button that ends the login.
func leaves(root *html.Node) bool {
	for _, f := range All(root, "form") {
		if value(f, "action") == "/logout" {
			return true
		}
	}
	return false
}

// learn remembers the fields of the forms on a page by the address they post to.
func (w *walker) learn(a *Answer) {
	for _, f := range All(a.root, "form") {
		action, _, _ := strings.Cut(value(f, "action"), "?")
		fields := w.forms[action]
		if fields == nil {
			fields = url.Values{}
			w.forms[action] = fields
		}
		for n := range f.Descendants() {
			if n.Type == html.ElementNode && (n.Data == "input" || n.Data == "select" || n.Data == "textarea" || n.Data == "button") && value(n, "name") != "" {
				fields.Set(value(n, "name"), value(n, "value"))
			}
		}
	}
}

func (w *walker) fields(r web.Route) []string {
	out := slices.Clone(usual)
	for name := range w.forms[r.Example()] {
		if !strings.HasPrefix(name, "_") && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// raw looks for the markup come back as it was sent.
func (w *walker) raw(r web.Route, a *Answer, how string) {
	if strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") && (strings.Contains(a.Body, "<script>alert(1)") || strings.Contains(a.Body, `</script>'"`)) {
		w.find(r, "markup", "markup sent in the %s comes back unescaped", how)
	}
	if l := a.Header.Get("Location"); l != "" && (!strings.HasPrefix(l, "/") || strings.HasPrefix(l, "//")) {
		w.find(r, "open-redirect", "leads to %s", l)
	}
}

// form posts to a route what must be refused.
func (w *walker) form(r web.Route) {
	send := func(fields url.Values, actor authz.Actor, change func(*http.Request)) (*Answer, bool) {
		before := w.acts()
		hr := Form(r.Example(), fields)
		hr.Method = r.Method
		if change != nil {
			change(hr)
		}
		a := w.ask(r, hr, actor)
		return a, w.acts() != before
	}
	refused := func(a *Answer) bool { return a.Status >= 400 && a.Status < 500 }

	filled := url.Values{}
	for _, name := range w.fields(r) {
		filled.Set(name, "1")
	}
	if a, wrote := send(filled, w.all, nil); wrote || !refused(a) && r.Permission != authz.Anyone {
		w.find(r, "no-once", "%d without a submission number, written: %v", a.Status, wrote)
	}
	if a, wrote := send(w.once(filled), w.all, func(hr *http.Request) { hr.Header.Set("Sec-Fetch-Site", "cross-site") }); wrote || a.Status != http.StatusForbidden {
		w.find(r, "cross-site", "%d for a form from another site, written: %v", a.Status, wrote)
	}
	if a, wrote := send(w.once(filled), w.all, func(hr *http.Request) { hr.Header.Set("Origin", "https://evil.example") }); wrote || a.Status != http.StatusForbidden {
		w.find(r, "cross-site", "%d for a form of another origin, written: %v", a.Status, wrote)
	}
	if variable.MatchString(r.Path) && r.Probe == "" {
		if a, wrote := send(w.once(filled), w.all, nil); wrote || !refused(a) {
			w.find(r, "unknown-id", "%d for a thing that does not exist, written: %v", a.Status, wrote)
		}
	}
	evil := url.Values{}
	for _, name := range w.fields(r) {
		evil.Set(name, markup)
	}
	a, _ := send(w.once(evil), w.all, nil)
	w.raw(r, a, "form")
	if l := a.Header.Get("Location"); strings.HasPrefix(l, "/") {
		w.raw(r, w.ask(r, httptest.NewRequest(http.MethodGet, l, nil), w.all), "form")
	}
	for name, v := range map[string]string{"NUL": "a\x00b", "broken UTF-8": "\xff\xfe"} {
		hostile := url.Values{}
		for _, field := range w.fields(r) {
			hostile.Set(field, v)
		}
		if a, wrote := send(w.once(hostile), w.all, nil); wrote || !refused(a) && r.Permission != authz.Anyone {
			w.find(r, "hostile-input", "%d for %s, written: %v", a.Status, name, wrote)
		}
	}
	if r.MaxBody <= 4<<20 {
		huge := w.once(url.Values{"q": {string(bytes.Repeat([]byte("x"), int(max(r.MaxBody, 1<<20))+1))}})
		if a, wrote := send(huge, w.all, nil); wrote || !refused(a) && r.Permission != authz.Anyone {
			w.find(r, "hostile-input", "%d for a body above the limit, written: %v", a.Status, wrote)
		}
	}
}

func (w *walker) once(fields url.Values) url.Values {
	out := url.Values{"_once": {w.DB.NewID()}}
	for name, v := range fields {
		out[name] = v
	}
	return out
}
