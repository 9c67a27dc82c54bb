package kerneltest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"tongban/kernel/authz"
	"tongban/kernel/web"
)

// Siege is a run of hostile requests over all routes: invented from a seed, with real things in the addresses, by people of every role.
type Siege struct {
	Seed     uint64
	Requests int
	Holders  []Holder
	Rerun    string            // the command that runs it again; the seed and the number of requests are added
	Counts   map[string]string // routes that keep a count of what they refuse, with the reason: there a refused request may write
	Only     func(web.Route) bool
}

// hostile are values that have broken systems of this kind.
var hostile = []string{markup, `"><img src=x onerror=alert(1)>`, `<svg/onload=alert(1)>`, `javascript:alert(1)`, `{{7*7}}`, `${7*7}`, `' OR '1'='1`, `1; DROP TABLE account_account --`,
	`") UNION SELECT password FROM account_account --`, "a\r\nSet-Cookie: evil=1", "a\r\n\r\n<script>alert(1)</script>", "x\nlevel=ERROR msg=forged", "\x00", "a\x00b", "\xff\xfe\xfd", "../../../etc/passwd",
	`..\..\windows\win.ini`, `/etc/passwd`, "%2e%2e%2f", "file:///etc/passwd", "http://169.254.169.254/", "//evil.example", `/\evil.example`, "https://evil.example/", `=HYPERLINK("http://evil.example")`, "+1+1", "-1", "@SUM(1)",
	"\t=1+1", "0", "-9223372036854775809", "9223372036854775808", "1e309", "NaN", "0x7f", "01", "１２３", "٣", "2026-02-30", "9999-99-99", "0000-00-00", "24:61", "null", "undefined", "[]", "{}", "true", "[object Object]",
	"张𬱖", "👩‍👩‍👧", "\u202Egnp.exe", "e\u0301", "\uFEFF", "\u2028", "　", "", " ", strings.Repeat("长", 3000), strings.Repeat("9", 400), strings.Repeat("(", 500), strings.Repeat("[", 2000), "[1,2,3].all(x, [1,2,3].all(y, x == y))",
	"431199199001010010", "13900000000", "TB2026092200001", "admin", "../", ".", "..", "*", "%", "_", "~", "%00", "%ff", "%zz", "\\", "'", `"`, "`", "<!--", "]]>", "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>"}

// citizenNumber is a full number of an invented person.
var citizenNumber = regexp.MustCompile(`431199(19|20)\d{2}(0[1-9]|1[0-2])\d{5}[\dX]`)

// siege is a run.
type siege struct {
	*walker
	Siege
	dice   *rand.Rand
	things []kept
	routes []web.Route
	seen   map[string][]string // values met in forms, by field
	files  int                 // sent so far, each a little different
	manual string              // the API document, whose examples name invented people
}

// Besiege carries the siege out. A finding names the request in one line and how to run it again.
func (kt *Kit) Besiege(s Siege) Walked {
	kt.T.Helper()
	x := &siege{walker: &walker{Kit: kt, forms: map[string]url.Values{}}, Siege: s, seen: map[string][]string{}}
	x.things = kt.belongings()
	document, err := json.Marshal(kt.Site().Document())
	if err != nil {
		kt.T.Fatal(err)
	}
	x.manual = string(document)
	for _, r := range kt.Site().Routes() {
		if !strings.HasPrefix(r.Path, signIn) && (s.Only == nil || s.Only(r)) {
			x.routes = append(x.routes, r)
		}
	}
	x.Routes, x.Answers = len(x.routes), map[int]int{}
	x.all = Clerk("siege-reader", every(kt)...)
	x.dice = rand.New(rand.NewPCG(s.Seed, 0))
	for _, r := range x.routes { // the forms of real pages, so that what is sent comes near to what is taken
		if found, _ := targets(r, x.things, 2); r.Method == http.MethodGet {
			for _, t := range append(found, target{Route: r, address: r.Example()}) {
				if a := x.Ask(httptest.NewRequest(http.MethodGet, t.address, nil), x.all); a.root != nil {
					x.learn(a)
				}
			}
		}
	}
	for _, fields := range x.forms {
		for name, values := range fields {
			x.seen[name] = append(x.seen[name], values...)
		}
	}
	for name := range x.seen {
		slices.Sort(x.seen[name])
		x.seen[name] = slices.Compact(x.seen[name])
	}
	for n := range s.Requests {
		x.dice = rand.New(rand.NewPCG(s.Seed, uint64(n)+1)) // each request depends on its number alone
		x.assault(n)
		if len(x.Findings) >= 20 {
			break
		}
	}
	return x.Walked
}

func every(kt *Kit) []authz.Permission {
	var out []authz.Permission
	for _, d := range kt.Rights().All() {
		out = append(out, d.Permission)
	}
	return out
}

func (x *siege) chance(percent int) bool { return x.dice.IntN(100) < percent }

func pick[T any](d *rand.Rand, list []T) T { return list[d.IntN(len(list))] }

// assault sends one request and holds the answer to what every answer owes.
func (x *siege) assault(n int) {
	h := pick(x.dice, x.Holders)
	r := pick(x.dice, x.routes)
	t := x.aim(r)
	hr := x.compose(t)
	before := x.newest()
	x.Walked.Requests++
	if n%2000 == 1999 {
		x.things = x.belongings() // what was allowed has changed things
	}
	a := x.send(hr, h.Actor)
	x.Answers[a.Status/100]++
	report := func(rule, format string, args ...any) {
		x.find(r, rule, "%s; request %d: %s as %s; again: %s -siege.seed=%d -siege.requests=%d", fmt.Sprintf(format, args...), n, short(a.Path), h.Role, x.Rerun, x.Seed, n+1)
	}
	busy := a.Status == http.StatusServiceUnavailable && a.Header.Get("Retry-After") != ""
	if a.Status >= 500 && !busy {
		report("server-error", "%d", a.Status)
	}
	if strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
		for _, raw := range []string{"<script>alert(1)", "<img src=x onerror", "<svg/onload", `href="javascript:`} {
			if strings.Contains(a.Body, raw) {
				report("markup", "%s comes back unescaped", raw)
			}
		}
	}
	if strings.Contains(strings.Join(a.Header.Values("Set-Cookie"), " "), "evil=") {
		report("markup", "a header was forged")
	}
	if l := a.Header.Get("Location"); l != "" && web.Local(l) != l {
		report("open-redirect", "leads to %s", l)
	}
	if a.Header.Get("X-Content-Type-Options") != "nosniff" {
		report("headers", "no nosniff")
	}
	wrote := x.newest() != before
	conditional := a.Status == http.StatusPreconditionFailed || a.Status == http.StatusRequestedRangeNotSatisfiable // the reading is on record, the browser's own condition kept the bytes back
	if wrote && a.Status >= 400 && !conditional && x.Counts[r.Pattern()] == "" {
		report("partial-write", "%d, and yet something was written", a.Status)
	}
	if wrote && r.Permission != authz.Anyone && !h.Actor.Holds(r.Permission) {
		report("no-right", "%d, written without the right", a.Status)
	}
	if t.id != "" && a.Status < 400 && !turnedAway(a, t.kept.object) && !t.kept.may(r, t.id, h.Actor) && !(h.Actor.Kind == authz.Staff && (t.kept.silent(t.id) || r.Permission == authz.SignedIn)) {
		report("wrong-reader", "%d for a %s of others", a.Status, t.kept.object.Title)
	}
	if h.Actor.Kind == authz.Guest && !strings.Contains(a.Path+hr.Header.Get("Referer"), "431199199001010010") {
		if number := citizenNumber.FindString(a.Body); number != "" && number != "431199199001010010" && !strings.Contains(x.manual, number) {
			report("personal-data", "a full number is shown to a visitor")
		}
	}
}

// newest is the id of the newest audit entry; no command is without one.
func (x *siege) newest() string {
	var id string
	if err := x.Look().QueryRowContext(x.Ctx, `SELECT COALESCE(max(id), '') FROM audit_entry`).Scan(&id); err != nil {
		x.T.Fatal(err)
	}
	return id
}

// send asks without reading the page as a tree.
func (x *siege) send(hr *http.Request, actor authz.Actor) *Answer {
	if actor.Kind != authz.Guest {
		hr.Header.Add("Cookie", x.session(actor))
	}
	w := httptest.NewRecorder()
	x.Site().Handler().ServeHTTP(w, hr)
	if strings.HasPrefix(hr.URL.Path, "/login") || hr.URL.Path == "/logout" || hr.URL.Path == "/register" || strings.HasPrefix(hr.URL.Path, "/setup") {
		x.forget(actor)
	}
	return &Answer{kt: x.Kit, Path: hr.Method + " " + hr.URL.RequestURI(), Status: w.Code, Header: w.Result().Header, Body: w.Body.String()}
}

// aim fills the address: mostly with real things, else with what is hostile.
func (x *siege) aim(r web.Route) target {
	if found, _ := targets(r, x.things, 12); len(found) > 0 && x.chance(75) {
		return pick(x.dice, found)
	}
	values := make([]string, len(r.Variables()))
	for i := range values {
		values[i] = "nothing-here"
		if x.chance(60) {
			values[i] = url.PathEscape(pick(x.dice, hostile))
		}
		if values[i] == "" || values[i] == "." || values[i] == ".." {
			values[i] = "%2e"
		}
	}
	return target{Route: r, address: r.Fill(values...)}
}

func (x *siege) value(field string) string {
	if met := x.seen[field]; len(met) > 0 && x.chance(40) {
		return pick(x.dice, met)
	}
	if x.chance(25) {
		return pick(x.dice, hostile[:3]) // what would run in a browser
	}
	v := pick(x.dice, hostile)
	if x.chance(10) {
		v += pick(x.dice, hostile)
	}
	return v
}

// headers are a name and values that may lead astray.
var headers = [][]string{
	{"Accept", "application/json", "*/*", "text/html", strings.Repeat("a,", 500)},
	{"Referer", "https://evil.example/", "http://example.com/w", "::", "http://example.com//evil.example"},
	{"X-Forwarded-For", "127.0.0.1", "::1", "1.2.3.4, 5.6.7.8", "x"},
	{"X-Forwarded-Host", "evil.example"},
	{"If-Match", `"1"`, "x"},
	{"Range", "bytes=0-0", "bytes=9-1,5-", "bytes=-1"},
	{"Idempotency-Key", "same", strings.Repeat("k", 200)},
	{"Cookie", "tongban=" + strings.Repeat("A", 43), "theme=<script>alert(1)</script>", "mode=\"x"},
}

// compose makes the request: query, form or files, headers.
func (x *siege) compose(t target) *http.Request {
	query := url.Values{}
	for range x.dice.IntN(8) {
		name := pick(x.dice, usual)
		query.Set(name, x.value(name))
	}
	address := t.address
	if len(query) > 0 {
		address += "?" + query.Encode()
		if x.chance(5) {
			address += "&%zz=%"
		}
	}
	var body io.Reader
	kind := ""
	if t.Method != http.MethodGet {
		body, kind = x.fill(t)
	}
	hr := httptest.NewRequest(t.Method, address, body)
	if kind != "" {
		hr.Header.Set("Content-Type", kind)
	}
	for _, h := range headers {
		if x.chance(6) {
			hr.Header.Add(h[0], pick(x.dice, h[1:]))
		}
	}
	return hr
}

// fill makes the body of a form.
func (x *siege) fill(t target) (io.Reader, string) {
	fields := url.Values{}
	for _, name := range slices.Sorted(maps.Keys(x.forms[t.address])) {
		fields.Set(name, x.value(name))
	}
	for range x.dice.IntN(8) {
		name := pick(x.dice, usual)
		fields.Add(name, x.value(name))
	}
	if x.chance(90) {
		fields.Set("_once", x.DB.NewID())
	}
	if x.chance(50) {
		fields.Set("_v", pick(x.dice, []string{"1", "2", "3", "-1", "x", "99999999999999999999"}))
	}
	if x.chance(20) { // nobody may set what no form offers
		fields.Set("applicant[0].id", "x")
		fields.Set("role", "system-administrator")
		fields.Set("state", "granted")
	}
	switch n := x.dice.IntN(100); {
	case n < 70:
		return strings.NewReader(fields.Encode()), "application/x-www-form-urlencoded"
	case n < 90:
		return x.multipart(fields)
	case n < 93:
		return strings.NewReader(fields.Encode()), pick(x.dice, []string{"text/plain", "", "application/json", "multipart/form-data", "multipart/form-data; boundary=", "application/x-www-form-urlencoded; charset=utf-7"})
	case n < 96:
		return strings.NewReader(`{"a":` + strings.Repeat("[", x.dice.IntN(5000))), "application/json"
	}
	junk := make([]byte, x.dice.IntN(2000))
	for i := range junk {
		junk[i] = byte(x.dice.IntN(256))
	}
	return bytes.NewReader(junk), pick(x.dice, []string{"application/x-www-form-urlencoded", "multipart/form-data; boundary=x"})
}

// papers are beginnings of files that are not what they say.
var papers = []string{"\xff\xd8\xff\xe0", "\x89PNG\r\n\x1a\n", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\xc3\x50\x00\x00\xc3\x50\x08\x06\x00\x00\x00", "%PDF-1.7\n", "%PDF-1.4 <script>alert(1)</script>", "PK\x03\x04",
	`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`, "<html><script>alert(1)</script>", "GIF89a", "MZ", "", "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"}

func (x *siege) multipart(fields url.Values) (io.Reader, string) {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		for _, v := range fields[name] {
			_ = w.WriteField(name, v)
		}
	}
	for range x.dice.IntN(3) {
		name := pick(x.dice, hostile)
		if !utf8.ValidString(name) || strings.ContainsAny(name, "\r\n") {
			name = "a.pdf"
		}
		if part, err := w.CreateFormFile(pick(x.dice, []string{"file", "files", "material", "evidence", "photo", "id"}), name); err == nil {
			x.files++
			_, _ = fmt.Fprintf(part, "%s%d", pick(x.dice, papers), x.files)
		}
	}
	_ = w.Close()
	content := body.Bytes()
	if x.chance(20) && len(content) > 0 {
		content = content[:x.dice.IntN(len(content))] // the connection broke
	}
	return bytes.NewReader(content), w.FormDataContentType()
}
