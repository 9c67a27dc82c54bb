package account_test

import (
	"net/url"
	"strings"
	"testing"

	"tongban/kernel/kerneltest"
)

func TestAPersonSeesWhereHeIsSignedInAndEndsIt(t *testing.T) {
	both(t, func(t *testing.T, o *office) {
		o.employ("clerk", "clerk")
		enter := func() *kerneltest.Visitor {
			v := o.Visitor()
			if to := v.Ask(kerneltest.Form("/login/password", url.Values{"_once": {o.DB.NewID()}, "login": {"clerk"}, "password": {good}})).Goes(); to != "/w" {
				t.Fatal(to)
			}
			return v
		}
		office, left := enter(), enter()
		page := office.Get("/sessions").Is(200, kerneltest.HasText("就是这里"), kerneltest.Times("main tbody tr", 2))
		if !strings.Contains(page.Body, "结束别处的全部登录") {
			t.Error("no button for all others")
		}
		form := url.Values{"_once": {o.DB.NewID()}, "session": {""}}
		office.Ask(kerneltest.Form("/sessions/end", form)).Is(303)
		if to := left.Get("/sessions").Goes(); !strings.HasPrefix(to, "/login") {
			t.Errorf("the login left open elsewhere opens %s", to)
		}
		office.Get("/sessions").Is(200, kerneltest.Times("main tbody tr", 1), kerneltest.Lacks("结束别处的全部登录"))
		if n := o.Count(`SELECT count(*) FROM audit_entry WHERE action = 'account.end-sitting'`); n != 1 {
			t.Errorf("%d entries in the audit log", n)
		}
	})
}
