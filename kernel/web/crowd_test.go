package web_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/web"
)

// counter is a desk at which one person takes his time.
type counter struct {
	came         atomic.Int64
	inside, goOn chan struct{}
}

func (c *counter) Manifest() app.Manifest {
	return app.Manifest{Name: "counter", Routes: []web.Route{
		web.Page("/counter", authz.Anyone, func(w *web.Response, _ *web.Request) error { return w.Go("/") }),
		web.Form("/counter", authz.Anyone, func(w *web.Response, r *web.Request) error {
			c.came.Add(1)
			form, err := r.Posted()
			if err != nil {
				return err
			}
			_, err = r.Act("counter.take", func(tx *db.Tx) error {
				if form.Get("slow") != "" {
					c.inside <- struct{}{}
					<-c.goOn
				}
				tx.Record("thing", "1", "", "", nil)
				return nil
			})
			return w.After(err, "/counter")
		})}}
}

// While nobody can be let in, people are told so at the door, in words and with a time to come back, before anything is done for them; who
// only looks is let in; and when there is room again everybody is.
func TestWhoComesToAFullHouseIsToldAtTheDoor(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			c := &counter{inside: make(chan struct{}), goOn: make(chan struct{})}
			kt := kerneltest.Open(t, kerneltest.Setup{Engine: engine, Settings: app.Settings{DB: db.Options{Queue: 1, Batch: 1, Running: 1}}, Modules: func(*app.Kernel) []app.Module { return []app.Module{c} }})
			door := kt.Site().Handler()
			ask := func(r *http.Request) *httptest.ResponseRecorder {
				w := httptest.NewRecorder()
				door.ServeHTTP(w, r)
				return w
			}
			post := func(key, slow string) *http.Request {
				return kerneltest.Form("/counter", url.Values{"_once": {kt.DB.NewID() + key}, "slow": {slow}})
			}
			var all sync.WaitGroup
			all.Go(func() { ask(post("a", "yes")) })
			<-c.inside
			all.Go(func() { ask(post("b", "")) })
			for kt.DB.Waiting() == 0 {
				runtime.Gosched()
			}
			came := c.came.Load()
			for _, packed := range []bool{false, true} {
				r := post("c", "")
				if packed {
					r.Header.Set("Accept-Encoding", "gzip")
				}
				w := ask(r)
				body := io.Reader(w.Body)
				if packed != (w.Header().Get("Content-Encoding") == "gzip") {
					t.Errorf("packed: %t, %v", packed, w.Header())
				} else if packed {
					var err error
					if body, err = gzip.NewReader(w.Body); err != nil {
						t.Fatal(err)
					}
				}
				text, err := io.ReadAll(body)
				if err != nil || w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || !strings.Contains(string(text), "正在排队") || !strings.Contains(string(text), "返回") {
					t.Errorf("%d, %v, %s, %v", w.Code, w.Header(), text, err)
				}
				if w.Header().Get("Content-Security-Policy") == "" || w.Header().Get("Cache-Control") != "no-store" {
					t.Errorf("%v", w.Header())
				}
			}
			program := post("d", "")
			program.Header.Set("Accept", "application/json")
			if w := ask(program); w.Code != http.StatusServiceUnavailable || w.Header().Get("Content-Type") != "application/problem+json" || w.Header().Get("Retry-After") == "" {
				t.Errorf("a program is told %d, %v, %s", w.Code, w.Header(), w.Body)
			}
			if n := c.came.Load(); n != came {
				t.Errorf("%d who could not be let in came as far as the handler", n-came)
			}
			if w := ask(httptest.NewRequest(http.MethodGet, "/counter", nil)); w.Code != http.StatusSeeOther {
				t.Errorf("who only looks is answered with %d", w.Code)
			}
			close(c.goOn)
			all.Wait()
			if w := ask(post("e", "")); w.Code != http.StatusSeeOther {
				t.Errorf("when there is room again: %d", w.Code)
			}
		})
	}
}
