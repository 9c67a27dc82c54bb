package main

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"tongban/base/account"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
)

// A clerk is in the middle of an intake at the window, an assessor has a case open. Their roles are taken away. Neither can do the next
// step, in the session they are in, and nothing is written.
func TestRightsWithdrawnInTheMiddleOfAFormTakeEffectAtOnce(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			kt, m := lived(t, engine, 5)
			employ := func(login string, roles ...string) account.Account {
				t.Helper()
				var a account.Account
				kt.As(authz.Machine("test", "employ")).Must("test.employ", func(tx *db.Tx) (err error) {
					a, err = m.account.Create(t.Context(), tx, account.Create{Kind: account.Staff, Login: login, Name: login, Unit: "approval-bureau", Roles: roles})
					return err
				})
				return a
			}
			for name, withdraw := range map[string]func(tx *db.Tx, a account.Account) error{
				"role taken": func(tx *db.Tx, a account.Account) error {
					_, err := m.account.SetRoles(t.Context(), tx, a.ID, nil, "调离窗口", a.Version)
					return err
				},
				"dismissed": func(tx *db.Tx, a account.Account) error { return m.account.Dismiss(t.Context(), tx, a.ID, a.Version) },
			} {
				a := employ("midway-"+strings.ReplaceAll(name, " ", "-"), "window-clerk")
				session := "/kerneltest/sign-in/" + a.ID
				cookie, _, _ := strings.Cut(kt.Ask(httptest.NewRequest(http.MethodGet, session, nil), kerneltest.Nobody).Header.Get("Set-Cookie"), ";")
				send := func(r *http.Request) *kerneltest.Answer {
					r.Header.Set("Cookie", cookie)
					return kt.Ask(r, kerneltest.Nobody)
				}
				begun := send(kerneltest.Form("/w/intake", url.Values{"_once": {kt.DB.NewID()}, "kind": {"person"}, "name": {"陈小满"}, "number": {"431199196803152426"}, "phone": {"13900000001"}}))
				at := begun.Header.Get("Location")
				if !regexp.MustCompile(`^/w/intake/\w+`).MatchString(at) {
					t.Fatalf("%s: the intake did not begin: %d %s", name, begun.Status, at)
				}
				send(httptest.NewRequest(http.MethodGet, at, nil)).Is(http.StatusSeeOther)
				kt.As(authz.Actor{Kind: authz.Staff, ID: "boss", Name: "管理员", Unit: "approval-bureau", Grants: []authz.Grant{{Permissions: []authz.Permission{account.PermManage}, Reach: authz.Reach{Everywhere: true}}}}).
					Must("test.withdraw", func(tx *db.Tx) error {
						now, err := m.account.Find(t.Context(), &tx.View, a.ID)
						if err != nil {
							return err
						}
						return withdraw(tx, now)
					})
				before := kt.Count(`SELECT count(*) FROM audit_entry`)
				for _, r := range []*http.Request{
					httptest.NewRequest(http.MethodGet, at, nil), httptest.NewRequest(http.MethodGet, "/w/cases", nil),
					kerneltest.Form(at+"/drop", url.Values{"_once": {kt.DB.NewID()}}),
					kerneltest.Form("/w/intake", url.Values{"_once": {kt.DB.NewID()}, "kind": {"person"}, "name": {"陈小满"}, "number": {"431199196803152426"}}),
				} {
					if s := send(r).Status; s != http.StatusSeeOther && s != http.StatusForbidden && s != http.StatusUnauthorized {
						t.Errorf("%s: %s %s is answered with %d", name, r.Method, r.URL.Path, s)
					}
				}
				if n := kt.Count(`SELECT count(*) FROM audit_entry`) - before; n != 0 {
					t.Errorf("%s: %d acts after it", name, n)
				}
			}
		})
	}
}
