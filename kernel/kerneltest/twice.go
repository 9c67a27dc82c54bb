package kerneltest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
)

// sentForm is the body of a form that shall be sent again, as somebody does who got no answer; nil: it shall not. Whoever runs the tests
// asks for it: TONGBAN_TWICE=1 go test ./handling/...
func sentForm(r *http.Request) []byte {
	if os.Getenv("TONGBAN_TWICE") == "" || r.Method != http.MethodPost || r.Body == nil || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return nil
	}
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil || !bytes.Contains(body, []byte("_once=")) {
		return nil
	}
	return body
}

// sendAgain sends a form that was taken once more under the same number, and holds the second answer against the first (I2).
func (kt *Kit) sendAgain(r *http.Request, body []byte, first *Answer) {
	kt.T.Helper()
	if len(body) == 0 || first.Status != http.StatusSeeOther {
		return
	}
	second := r.Clone(r.Context())
	second.Body = io.NopCloser(bytes.NewReader(body))
	w := httptest.NewRecorder()
	kt.Site().Handler().ServeHTTP(w, second)
	if to := w.Header().Get("Location"); w.Code != http.StatusSeeOther || to != first.Header.Get("Location") {
		kt.T.Errorf("%s was answered with %s, and when it was sent again with %d %s", first.Path, first.Header.Get("Location"), w.Code, to)
	}
}
