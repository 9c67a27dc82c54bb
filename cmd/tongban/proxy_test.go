package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"tongban/kernel/app"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
)

// Whoever invents a new address with every request is still one visitor; behind a proxy of the county two visitors are two.
func TestAForgedAddressDoesNotBuyMoreTries(t *testing.T) {
	asked := func(kt *kerneltest.Kit, from string) int {
		r := httptest.NewRequest(http.MethodGet, "/verify/NO-SUCH-LICENCE", nil)
		r.Header.Set("X-Forwarded-For", from)
		return kt.Ask(r, kerneltest.Nobody).Status
	}
	refused := func(kt *kerneltest.Kit) (n int) {
		for i := range 100 {
			if asked(kt, fmt.Sprintf("198.51.100.%d", i)) == http.StatusTooManyRequests {
				n++
			}
		}
		return n
	}
	bare, _ := founded(t, db.SQLite, app.Settings{})
	if refused(bare) == 0 {
		t.Error("100 requests of one visitor under 100 invented addresses were all answered")
	}
	c := &common{Proxies: "192.0.2.0/24"} // where httptest's requests come from
	proxies, err := c.proxies()
	if err != nil {
		t.Fatal(err)
	}
	behind, _ := founded(t, db.SQLite, app.Settings{Proxies: proxies})
	if n := refused(behind); n != 0 {
		t.Errorf("%d of 100 visitors behind the proxy were refused for what others did", n)
	}
	for _, wrong := range []string{"0.0.0.0/0", "::/0", "proxy.example", "10.0.0.0/99"} {
		if _, err := (&common{Proxies: wrong}).proxies(); err == nil {
			t.Errorf("%s is taken for a proxy", wrong)
		}
	}
}

func TestTheAuditLogNamesTheVisitorsAddress(t *testing.T) {
	proxies, err := (&common{Proxies: "192.0.2.1"}).proxies()
	if err != nil {
		t.Fatal(err)
	}
	kt, m := founded(t, db.SQLite, app.Settings{Demo: true, Proxies: proxies})
	if err := m.openDemo(t.Context(), kt.Kernel); err != nil {
		t.Fatal(err)
	}
	var login string
	if err := kt.Look().QueryRowContext(kt.Ctx, `SELECT login FROM account_account WHERE kind = 'staff' ORDER BY login LIMIT 1`).Scan(&login); err != nil {
		t.Fatal(err)
	}
	r := kerneltest.Form("/login/password", url.Values{"_once": {kt.DB.NewID()}, "login": {login}, "password": {"wrong"}})
	r.Header.Set("X-Forwarded-For", "198.51.100.9, 203.0.113.8")
	kt.Ask(r, kerneltest.Nobody)
	if n := kt.Count(`SELECT count(*) FROM audit_entry WHERE action = 'account.login' AND via = '203.0.113.8' AND detail LIKE '%login-refused%'`); n != 1 {
		t.Errorf("the refused login of %s is on record %d times with its address", login, n)
	}
}
