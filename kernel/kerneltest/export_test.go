package kerneltest

import (
	"net/http"
	"strings"
)

// LetEverybodyIn breaks the door: whoever comes is taken for somebody with every right.
func (kt *Kit) LetEverybodyIn() {
	kt.through = func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			kt.mu.Lock()
			cookie := kt.cookies["battery-all"]
			kt.mu.Unlock()
			if cookie != "" && !strings.HasPrefix(r.URL.Path, signIn) {
				r.Header.Set("Cookie", cookie)
			}
			h.ServeHTTP(w, r)
		})
	}
}

// Breaches lists what Contract would report.
func (kt *Kit) Breaches() []string { return kt.contract.breaches(kt) }

// GiveKeys breaks the door: whoever comes without an Idempotency-Key is given one.
func (kt *Kit) GiveKeys() {
	kt.through = func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Idempotency-Key") == "" {
				r.Header.Set("Idempotency-Key", kt.DB.NewID())
			}
			h.ServeHTTP(w, r)
		})
	}
}
