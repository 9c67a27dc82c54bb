package main

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"tongban/base/client"
	"tongban/kernel/app"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
)

const (
	tryList   = "/api-try/get-api-v1-cases"
	tryAccept = "/api-try/post-api-v1-cases-number-accept"
)

// answered are the status lines that a page of a trial shows, in order.
func answered(a *kerneltest.Answer) []string {
	var out []string
	for _, m := range regexp.MustCompile(`HTTP/1\.1 (\d{3}) `).FindAllStringSubmatch(a.Body, -1) {
		out = append(out, m[1])
	}
	return out
}

func TestAVisitorOfTheDemoCountyTriesTheAPIOnThePage(t *testing.T) {
	kt, m := house(t, db.SQLite)
	kt.Get(tryList, kerneltest.Nobody).Is(200, kerneltest.Lacks("演示应用"))
	if err := m.enlist(kt.Kernel).Play(kt.Ctx, &app.Stage{Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	page := kt.Get(tryList, kerneltest.Nobody).Is(200, kerneltest.HasText("以哪个应用的名义"))
	programs := regexp.MustCompile(`value="(app-[0-9a-z]{26})"`).FindAllStringSubmatch(page.Body, -1)
	if len(programs) != 3 {
		t.Fatalf("%d programs to choose from", len(programs))
	}
	front, examiner := programs[0][1], programs[1][1]

	did := kt.Post(tryList, url.Values{"program": {front}, "query-limit": {"5"}}, kerneltest.Nobody).Is(200)
	if got := strings.Join(answered(did), " "); got != "200 200" {
		t.Errorf("answered %s", got)
	}
	text := html.UnescapeString(did.Body)
	for _, want := range []string{"GET /api/v1/cases?limit=5 HTTP/1.1", "POST /api/v1/token HTTP/1.1", "Authorization: Bearer …", "Authorization: Basic …", "tbt_…"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	if regexp.MustCompile(`tbt_[A-Za-z0-9]`).MatchString(text) {
		t.Error("the token stands on the page")
	}

	// What is tried is done, by the program and on record; who lacks the right is told so.
	number := enrol(t, kt, "别的平台", "bundle.intake").submits()
	if got := strings.Join(answered(kt.Post(tryAccept, url.Values{"program": {examiner}, "path-number": {number}, "header-Idempotency-Key": {"a-first-trial"}, "body": {"{}"}}, kerneltest.Nobody).Is(200, kerneltest.HasText(`"code": "scope"`))), " "); got != "200 403" {
		t.Errorf("who may not accept was answered %s", got)
	}
	accept := url.Values{"program": {front}, "path-number": {number}, "header-Idempotency-Key": {"a-second-trial"}, "body": {"{}"}}
	if got := strings.Join(answered(kt.Post(tryAccept, accept, kerneltest.Nobody).Is(200, kerneltest.HasText(`"state": "accepted"`))), " "); got != "200 200" {
		t.Errorf("answered %s", got)
	}
	const acceptances = `SELECT count(*) FROM audit_entry WHERE action = 'casework.accept' AND actor_kind = 'client' AND actor_id = $1`
	once := kt.Count(acceptances, front)
	kt.Post(tryAccept, accept, kerneltest.Nobody).Is(200, kerneltest.HasText("Idempotency-Replayed: true"))
	if n := kt.Count(acceptances, front); once == 0 || n != once {
		t.Errorf("%d entries of the acceptance, then %d", once, n)
	}
	kt.Post(tryAccept, url.Values{"program": {front}, "header-Idempotency-Key": {"a-third-trial"}, "body": {"{}"}}, kerneltest.Nobody).Is(200, kerneltest.HasText("地址里不能没有它"))
	kt.Post(tryAccept, url.Values{"program": {front}, "path-number": {"../../admin"}, "header-Idempotency-Key": {"a-fourth-trial"}, "body": {"{"}}, kerneltest.Nobody).Is(200, kerneltest.HasText(`"code":`))
}

// A key is used for the one call it was pasted for. Who is signed in lends nothing of his own to it.
func TestATrialWithAKeyOfOnesOwnLeavesNothingBehind(t *testing.T) {
	kt := real(t, db.SQLite, nil)
	a := kt.Post("/admin/clients/new", url.Values{"name": {"自己的应用"}, "unit": {"approval-bureau"}, "contact": {"数据股"}, "permissions": {"casework.read"}, "per_minute": {"60"}, "per_day": {"900"}},
		kerneltest.Clerk("admin", client.PermManage)).Is(200)
	id, secret := regexp.MustCompile(`app-[0-9a-z]{26}`).FindString(a.Body), regexp.MustCompile(`tbs_[A-Za-z0-9_-]{40,}`).FindString(a.Body)
	reader := kerneltest.Clerk("reader", "casework.read")

	did := kt.Post(tryList, url.Values{"client_id": {id}, "client_secret": {secret}}, reader).Is(200)
	if got := strings.Join(answered(did), " "); got != "200 200" || strings.Contains(did.Body, secret) || did.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("answered %s, %v; the secret on the page: %t", got, did.Header, strings.Contains(did.Body, secret))
	}
	if n := kt.Count(`SELECT count(*) FROM audit_entry WHERE CAST(detail AS text) LIKE '%' || $1 || '%'`, secret); n != 0 {
		t.Errorf("the secret stands in the audit log")
	}
	for name, form := range map[string]url.Values{
		"401":   {},                                                        // the session of the visitor is not the program's
		"401 ":  {"client_id": {id}, "client_secret": {secret + "x"}},      // and a wrong key ends it before the call
		"401  ": {"client_id": {id}, "client_secret": {client.DemoSecret}}, // the public key of demo counties opens nothing here
	} {
		if got := strings.Join(answered(kt.Post(tryList, form, reader).Is(200)), " "); got != strings.TrimSpace(name) {
			t.Errorf("%v is answered %s", form, got)
		}
	}
	if page := kt.Get(tryList, reader).Is(200); strings.Contains(page.Body, client.DemoSecret) {
		t.Error("a real county offers the public key of demo counties")
	}
	kt.Get("/api-try/post-api-v1-token", reader).Is(404)
	kt.Get("/api-try/post-api-v1-drafts-id-materials-type", reader).Is(404)
}
