package web_test

import (
	"net/http"
	"sync"
	"testing"

	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
)

// A hundred reports are asked at once: two run, the others are told when to come again, a page is answered beside them, and when the
// two are done the next one runs.
func TestAHundredReportsTakeNoPageAway(t *testing.T) {
	s := &shop{hold: make(chan struct{}), goOn: make(chan struct{})}
	kt := kerneltest.New(t, db.SQLite, func(*app.Kernel) []app.Module { return []app.Module{s} })
	var running sync.WaitGroup
	for range 2 {
		running.Go(func() {
			r := kerneltest.Form("/shop/report", nil)
			r.Method = http.MethodGet
			kt.Ask(r, kerneltest.Nobody).Is(http.StatusSeeOther)
		})
		<-s.hold
	}
	for range 98 {
		a := kt.Get("/shop/report", kerneltest.Nobody).Is(http.StatusServiceUnavailable, kerneltest.HasText("正在为别人导出"))
		if a.Header.Get("Retry-After") == "" {
			t.Fatal("nobody says when to come again")
		}
	}
	kt.Get("/shop", authz.Actor{Kind: authz.Guest}).Is(http.StatusOK)
	close(s.goOn)
	running.Wait()
	s.hold = nil
	kt.Get("/shop/report", kerneltest.Nobody).Is(http.StatusSeeOther)
}
