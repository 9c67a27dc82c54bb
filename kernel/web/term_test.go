package web_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"tongban/kernel/app"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
)

// A login ends after half an hour without use and not before; every use begins the time anew, what a page asks by itself does not.
func TestALoginEndsWithoutUse(t *testing.T) {
	kt := kerneltest.New(t, db.SQLite, func(*app.Kernel) []app.Module { return []app.Module{&shop{}} })
	now := time.Now().Truncate(time.Second)
	kt.Site().SetWall(now)
	after := func(d time.Duration) { now = now.Add(d); kt.Site().SetWall(now) }
	clerk := kerneltest.Clerk("clerk", perm)
	v := kt.Visitor()
	v.SignIn(clerk)
	v.Get("/shop?mode=elder").Is(200, kerneltest.In("body[data-expires=1800]"), kerneltest.HasText("登录保持到"))
	for range 5 { // two hours and more of slow work
		after(29 * time.Minute)
		v.Get("/shop/work").Is(200)
	}
	after(16 * time.Minute)
	live := httptest.NewRequest(http.MethodGet, "/shop/work", nil)
	live.Header.Set("X-TB-Live", "1")
	v.Ask(live).Is(200)
	after(15 * time.Minute)
	if to := v.Get("/shop/work").Goes(); to != "/login?next=%2Fshop%2Fwork" {
		t.Errorf("half an hour after the last use the page leads to %s", to)
	}
	v.Get("/shop").Is(200, kerneltest.Lacks("登录保持到"), kerneltest.In("html[data-mode=elder]"))
	v.Send(kt.Get("/shop", kerneltest.Nobody), "/shop/work", nil).Is(http.StatusUnauthorized, kerneltest.HasText("过期"))
	v.SignIn(clerk)
	v.Get("/shop/work").Is(200)
}
