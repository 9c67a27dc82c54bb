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
