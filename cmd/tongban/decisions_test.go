package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"tongban/base/account"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/pack"
)

func page(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/security/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// unclassified lists the sealed columns to which the page gives no class.
func unclassified(text string, sealed []app.Sealed) (out []string) {
	for _, s := range sealed {
		column := s.Table + "." + s.Column
		if !slices.ContainsFunc([]string{"secret", "sensitive", "personal"}, func(class string) bool { return strings.Contains(text, "| "+column+" | "+class+" |") }) {
			out = append(out, column)
		}
	}
	return out
}

func TestEverySealedColumnHasItsClass(t *testing.T) {
	kt := real(t, db.SQLite, nil)
	text, sealed := page(t, "decisions.md"), []app.Sealed{}
	for _, m := range kt.List {
		sealed = append(sealed, m.Manifest().Sealed...)
	}
	if len(sealed) < 12 {
		t.Fatalf("only %d sealed columns are known", len(sealed))
	}
	for _, column := range unclassified(text, sealed) {
		t.Errorf("docs/security/decisions.md does not say what %s is", column)
	}
	if len(unclassified(strings.Replace(text, "| party_party.number | sensitive |", "", 1), sealed)) != 1 {
		t.Error("a column that is not on the page is not missed")
	}
}

// The page of permissions tells each with its words and the roles that have it, and no role has one that is not there.
func TestThePageOfPermissionsIsThatOfTheHouse(t *testing.T) {
	kt := real(t, db.SQLite, nil)
	text := page(t, "permissions.md")
	roles := pack.All[account.Role](kt.Library.Current(), "role")
	if len(roles) < 10 {
		t.Fatalf("only %d roles", len(roles))
	}
	for _, d := range kt.Rights().All() {
		var by []string
		for _, r := range roles {
			if slices.Contains(kt.Rights().Closure(r.Permissions), d.Permission) {
				by = append(by, r.Title+" ("+r.Scope+")")
			}
		}
		row := fmt.Sprintf("| %s | %s | %s |", d.Permission, d.Title, strings.Join(by, ", "))
		if !strings.Contains(text, row) {
			t.Errorf("docs/security/permissions.md should say:\n%s", row)
		}
	}
}

// What served to build and to look into the program does not stand on the county's site, and a county that is no demonstration has none of
// its doors.
func TestNothingOfTheWorkshopIsServed(t *testing.T) {
	kt := real(t, db.SQLite, nil)
	for _, path := range []string{"/.git/HEAD", "/.git/config", "/.svn/entries", "/.env", "/go.mod", "/debug/pprof/", "/debug/vars", "/metrics", "/static/", "/static/../go.mod", "/keys.json", "/tongban.db", "/files/", "/demo/messages", "/demo/clock", "/kerneltest/"} {
		if a := kt.Get(path, kerneltest.Nobody); a.Status == http.StatusOK {
			t.Errorf("%s is served", path)
		}
	}
	if a := kt.Post("/login/demo", map[string][]string{"login": {"admin"}}, kerneltest.Nobody); a.Status < 400 {
		t.Errorf("somebody stepped into a role: %d", a.Status)
	}
	for _, method := range []string{"TRACE", "TRACK", "DEBUG"} {
		if a := kt.Ask(httptest.NewRequest(method, "/", nil), kerneltest.Nobody); a.Status < 400 {
			t.Errorf("%s is answered: %d", method, a.Status)
		}
	}
	// The twin: a demonstration county has these doors, so the addresses above are the right ones.
	demo, _ := empty(t, db.SQLite, app.Settings{Demo: true})
	if a := demo.Get("/demo/messages", kerneltest.Nobody); a.Status == http.StatusNotFound {
		t.Error("not even a demonstration county knows /demo/messages: this test proves nothing")
	}
}

// Nobody has an account in a new county, no program, no provider and no key that another county has too.
func TestANewCountyHasNoSecretThatIsKnown(t *testing.T) {
	one, two := real(t, db.SQLite, nil), real(t, db.SQLite, nil)
	if n := one.Count(`SELECT (SELECT count(*) FROM account_account) + (SELECT count(*) FROM client_client) + (SELECT count(*) FROM identity_provider) + (SELECT count(*) FROM account_invitation)`); n != 0 {
		t.Errorf("%d ways in before anybody came", n)
	}
	if one.Keys.Index("x", "y") == two.Keys.Index("x", "y") {
		t.Error("two counties have the same keys")
	}
	sealed, err := one.Keys.SealText("x", "y")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := two.Keys.OpenText("x", sealed); err == nil {
		t.Error("one county opens what another sealed")
	}
	for _, p := range []authz.Actor{kerneltest.Nobody} {
		one.Get("/admin/users", p).Goes()
	}
}
