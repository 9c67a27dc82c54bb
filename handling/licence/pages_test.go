package licence_test

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tongban/base/party"
	"tongban/handling/licence"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/problem"
	"tongban/rules/form"
)

// issued is a county with one licence in force.
func issued(t *testing.T) (trial, licence.Licence) {
	t.Helper()
	c := begin(t, true)
	l := c.grant(t, "food-operation-licence", chen, face)
	c.drain(t)
	return c, c.again(t, l.ID)
}

func holder(l licence.Licence) authz.Actor {
	return authz.Actor{Kind: authz.Citizen, ID: "chen", Name: "陈秀兰", Party: l.Holder}
}

func TestAnybodyCanCheckTheFileWithOpenSSL(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("NOT CHECKED: openssl is not installed")
	}
	c, l := issued(t)
	dir := t.TempDir()
	keep := func(name, path string, who authz.Actor) string {
		a := c.Get(path, who).Is(200)
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(a.Body), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	pdf := keep("licence.pdf", "/licences/"+string(l.ID)+"/pdf", holder(l))
	sig := keep("licence.sig", "/verify/"+l.Code+"/signature", kerneltest.Nobody)
	cert := keep("seal.pem", "/seals/approval.pem", kerneltest.Nobody)
	pub := filepath.Join(dir, "pub.pem")
	key, err := exec.Command("openssl", "x509", "-in", cert, "-pubkey", "-noout").Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(pub, key, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("openssl", "dgst", "-sm3", "-verify", pub, "-sigopt", "distid:1234567812345678", "-signature", sig, pdf).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "Verified OK") {
		t.Errorf("openssl: %v %s", err, out)
	}
	content, _ := os.ReadFile(pdf)
	_ = os.WriteFile(pdf, append(content, ' '), 0o600)
	if out, _ := exec.Command("openssl", "dgst", "-sm3", "-verify", pub, "-sigopt", "distid:1234567812345678", "-signature", sig, pdf).CombinedOutput(); strings.Contains(string(out), "Verified OK") {
		t.Error("a changed file still verifies")
	}
}

func TestCheckingShowsTheMaskedHolderAndNothingMore(t *testing.T) {
	c, l := issued(t)
	for _, asked := range []string{l.Code, l.Number, l.Identifier, strings.ToLower(l.Code)} {
		a := c.Get("/verify/"+url.PathEscape(asked), kerneltest.Nobody).Is(200)
		for _, want := range []string{"真实有效", "陈**", l.Number} {
			if !strings.Contains(a.Body, want) {
				t.Errorf("asked %s: the page does not say %q", asked, want)
			}
		}
		for _, hidden := range []string{"陈秀兰", "文昌路", chen.Number, string(l.ID), l.CaseNumber} {
			if strings.Contains(a.Body, hidden) {
				t.Errorf("asked %s: the page tells %q", asked, hidden)
			}
		}
	}
}

func TestRevokedShowsRevokedAtOnce(t *testing.T) {
	c, l := issued(t)
	end := licence.Ending{Act: licence.ActRevoke, Reason: "以虚假材料取得许可", Basis: "行政许可法第六十九条第二款", Document: "南审撤〔2026〕1号"}
	revoke := func(who authz.Actor, e licence.Ending) error {
		return c.As(who).Run("licence.end", func(tx *db.Tx) error { return c.licences.End(c.Ctx, tx, l.ID, e, l.Version) })
	}
	if err := revoke(outsider, end); problem.KindOf(err) != problem.KindForbidden {
		t.Errorf("a clerk of another unit revoked: %v", err)
	}
	if err := revoke(clerk, end); problem.KindOf(err) != problem.KindForbidden {
		t.Errorf("a clerk without the right revoked: %v", err)
	}
	if err := revoke(chief, licence.Ending{Act: licence.ActRevoke, Reason: "有误"}); problem.KindOf(err) != problem.KindInvalid {
		t.Errorf("revoked without a legal ground: %v", err)
	}
	if err := revoke(chief, end); err != nil {
		t.Fatal(err)
	}
	if a := c.Get("/verify/"+l.Code, kerneltest.Nobody).Is(200); !strings.Contains(a.Body, "已撤销") || strings.Contains(a.Body, "真实有效") || !strings.Contains(a.Body, "第六十九条第二款") {
		t.Error("the checking page does not say that it is revoked, and why")
	}
	if types, err := c.licences.Types(c.Ctx, c.Look(), l.Holder); err != nil || len(types) > 0 {
		t.Errorf("a revoked licence still spares materials: %v %v", types, err)
	}
	c.Settle()
	if n := c.Count(`SELECT count(*) FROM notify_message WHERE recipient = $1 AND title LIKE '证照撤销'`, l.Holder); n != 1 {
		t.Errorf("the holder was told %d times", n)
	}
	if err := revoke(chief, end); problem.KindOf(err) != problem.KindConflict {
		t.Errorf("revoked twice: %v", err)
	}
}

var digitsAndTimes = regexp.MustCompile(`[0-9:\-]+`)

func TestUnknownNumbersAllAnswerAlike(t *testing.T) {
	c, l := issued(t)
	making := c.grant(t, "food-operation-licence", rare, face) // ordered, not issued
	var first string
	for _, asked := range []string{"JY431199202699999", "NOSUCHCODE00", strings.Repeat("9", 400), "<script>", "' OR 1=1 --", making.Code, l.CaseNumber, string(l.ID)} {
		a := c.Get("/verify/"+url.PathEscape(asked), kerneltest.Nobody).Is(404)
		got := digitsAndTimes.ReplaceAllString(a.Body, "0")
		if first == "" {
			first = got
		}
		if got != first {
			t.Errorf("%.30q is answered differently from other unknown numbers", asked)
		}
	}
	known := c.Get("/verify/"+l.Code, kerneltest.Nobody).Is(200)
	if a, b := strings.Count(known.Body, "<dt"), strings.Count(first, "<dt"); a != b {
		t.Errorf("a known licence shows %d facts, an unknown one %d", a, b)
	}
	keys := func(body string) []string {
		var m map[string]any
		if err := json.Unmarshal([]byte(body), &m); err != nil {
			t.Fatal(err)
		}
		var out []string
		for k := range m {
			out = append(out, k)
		}
		slices.Sort(out)
		return out
	}
	yes, no := c.Get("/api/v1/licences/"+l.Code, kerneltest.Nobody).Is(200), c.Get("/api/v1/licences/NOSUCHCODE00", kerneltest.Nobody).Is(404)
	if strings.Contains(yes.Body, "陈秀兰") || slices.Contains(keys(no.Body), "number") {
		t.Errorf("JSON tells too much:\n%s\n%s", yes.Body, no.Body)
	}
}

func TestTryingNumbersIsSlowedDown(t *testing.T) {
	c, l := issued(t)
	slowed := false
	for range licence.MaxAsking + 5 {
		a := c.Get("/verify/NOSUCHCODE00", kerneltest.Nobody)
		if a.Status == 429 {
			slowed = true
			if a.Header.Get("Retry-After") == "" {
				t.Error("429 without Retry-After")
			}
		}
	}
	if !slowed {
		t.Error("nobody slowed the caller down")
	}
	r := httptest.NewRequest("GET", "/verify/"+l.Code, nil)
	r.RemoteAddr = "198.51.100.7:4711"
	c.Ask(r, kerneltest.Nobody).Is(200)
}

func TestLimiterForgetsAndStaysSmall(t *testing.T) {
	limit, now := licence.NewLimit(3), time.Now()
	for range licence.MaxAsking {
		if d := licence.Wait(limit, "a", now); d != 0 {
			t.Fatal("refused within the burst")
		}
	}
	if licence.Wait(limit, "a", now) == 0 {
		t.Error("the burst has no end")
	}
	if licence.Wait(limit, "a", now.Add(3*time.Second)) != 0 {
		t.Error("still refused after waiting")
	}
	for _, k := range []string{"b", "c", "d"} {
		licence.Wait(limit, k, now)
	}
	if licence.Wait(limit, "a", now.Add(3*time.Second)) != 0 {
		t.Error("the caller not seen for longest was not forgotten")
	}
}

func TestOutlivedLicenceIsNotValidEvenBeforeItIsMarked(t *testing.T) {
	c, l := issued(t)
	c.Move(l.ValidUntil.Plus(1).At(calendar.HM(9, 0)))
	if a := c.Get("/verify/"+l.Code, kerneltest.Nobody).Is(200); !strings.Contains(a.Body, "已失效") {
		t.Error("shown as valid after its last day")
	}
	for range 2 {
		if err := c.licences.Expire(c.Ctx); err != nil {
			t.Fatal(err)
		}
	}
	if l = c.again(t, l.ID); l.State != licence.Expired {
		t.Errorf("marked %s", l.State)
	}
}

func TestDocumentIsForItsHolderAndTheStaffOfTheUnit(t *testing.T) {
	c, l := issued(t)
	path := "/licences/" + string(l.ID) + "/pdf"
	c.Get(path, holder(l)).Is(200)
	c.Get(path, kerneltest.Person("wang")).Is(404)
	c.Get(path, outsider).Is(404)
	c.Get(path, kerneltest.Nobody).Is(303)
	before := c.Count(`SELECT count(*) FROM audit_entry WHERE action = 'licence.read'`)
	c.Get(path, chief).Is(200)
	if n := c.Count(`SELECT count(*) FROM audit_entry WHERE action = 'licence.read'`) - before; n != 1 {
		t.Errorf("reading by staff left %d entries", n)
	}
	if a := c.Get("/my/licences", holder(l)).Is(200); !strings.Contains(a.Body, l.Number) || !strings.Contains(a.Body, "<svg") {
		t.Error("the wallet does not show the licence with its code")
	}
	if a := c.Get("/my/licences", kerneltest.Person("wang")).Is(200); strings.Contains(a.Body, l.Number) {
		t.Error("somebody else's wallet shows the licence")
	}
	c.Get("/w/licences", chief).Is(200)
	c.Get("/w/licences/"+string(l.ID), chief).Is(200)
	c.Get("/w/licences/"+string(l.ID), outsider).Is(404)
	c.Get("/w/licences/export.xlsx", chief).Is(200)
	c.Post("/w/licences/"+string(l.ID)+"/end", url.Values{"act": {"revoke"}}, chief).Is(422)
}

func TestLicenceFillsTheNextForm(t *testing.T) {
	c, l := issued(t)
	e, err := c.licences.Prefill(c.Ctx, c.Look(), l.Holder, []form.Field{{Element: form.Element{Code: "business_name", Sources: []form.Source{{From: "licence", Licence: l.Type, Field: "name"}}}},
		{Element: form.Element{Code: "premises_address"}}})
	if err != nil || len(e) != 1 || e[0].Text != face["business_name"] || !strings.Contains(e[0].Source, l.Number) {
		t.Errorf("%+v %v", e, err)
	}
	if types, _ := c.licences.Types(c.Ctx, c.Look(), l.Holder); !slices.Equal(types, []string{l.Type}) {
		t.Errorf("types %v", types)
	}
}

func TestNumberReadWronglyIsNoNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := licence.Number("JY", "431199", 2026, rapid.Int64Range(1, 99999).Draw(t, "seq"))
		i := rapid.IntRange(2, len(n)-2).Draw(t, "place")
		wrong := []byte(n)
		wrong[i] = byte('0' + (int(n[i]-'0')+rapid.IntRange(1, 9).Draw(t, "by"))%10)
		if licence.Checks(string(wrong[2:len(wrong)-1])) == n[len(n)-1] {
			t.Fatalf("%s and %s have the same check digit", n, wrong)
		}
	})
}

func TestMasksAndTerms(t *testing.T) {
	for _, tt := range []struct{ kind, name, want string }{{party.Person, "陈秀兰", "陈**"}, {party.Person, "张𬱖", "张*"}, {party.Company, "南岭县好味餐饮有限公司", "南岭县好味餐饮有限公司"}, {party.Person, "", ""},
		{party.Person, "阿卜杜拉·买买提", "阿******"}} {
		if got := licence.MaskHolder(tt.kind, tt.name); got != tt.want {
			t.Errorf("MaskHolder(%s) = %s, want %s", tt.name, got, tt.want)
		}
	}
	for _, tt := range []struct {
		from  string
		years int
		want  string
	}{{"2026-11-23", 5, "2031-11-22"}, {"2024-02-29", 3, "2027-02-28"}, {"2026-01-01", 1, "2026-12-31"}} {
		if got := licence.Until(calendar.MustDay(tt.from), tt.years); got.String() != tt.want {
			t.Errorf("%s for %d years: %s, want %s", tt.from, tt.years, got, tt.want)
		}
	}
	if !licence.Until(calendar.MustDay("2026-11-23"), 0).IsZero() {
		t.Error("a long-term licence ends")
	}
	if wrong := licence.Moves().Check(); wrong != nil {
		t.Error(wrong)
	}
}

func TestRoutesStandTheBattery(t *testing.T) {
	c := begin(t, true)
	for _, f := range c.Walk().Findings { // the routes of lower modules are theirs to mend
		for _, own := range []string{"/verify", "/api/v1/licences", "/my/licences", "/licences/", "/w/licences", "/seals", "/w/seals"} {
			if strings.Contains(f.Route, " "+own) {
				t.Error(f)
			}
		}
	}
}
