package kerneltest

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"tongban/kernel/authz"
)

// Visitor keeps a session like somebody's browser, through pages and logins. It runs no script.
type Visitor struct {
	kt     *Kit
	cookie string
}

// Visitor is somebody new, not signed in.
func (kt *Kit) Visitor() *Visitor { return &Visitor{kt: kt} }

// Ask sends any request in the session.
func (v *Visitor) Ask(r *http.Request) *Answer {
	v.kt.T.Helper()
	if v.cookie != "" {
		r.Header.Set("Cookie", v.cookie)
	}
	a := v.kt.Ask(r, Nobody)
	if set := a.Header.Get("Set-Cookie"); strings.HasPrefix(set, "tongban=") {
		v.cookie, _, _ = strings.Cut(set, ";")
	}
	return a
}

// Get opens a page.
func (v *Visitor) Get(path string) *Answer {
	v.kt.T.Helper()
	return v.Ask(httptest.NewRequest(http.MethodGet, path, nil))
}

// Send fills in the form of a page and posts it.
func (v *Visitor) Send(page *Answer, action string, with url.Values) *Answer {
	v.kt.T.Helper()
	form := url.Values(page.Values(action))
	for name, value := range with {
		form[name] = value
	}
	return v.Ask(Form(action, form))
}

// SignIn starts a login in the session.
func (v *Visitor) SignIn(actor authz.Actor) {
	v.kt.T.Helper()
	v.kt.mu.Lock()
	v.kt.people[actor.ID] = actor
	v.kt.mu.Unlock()
	v.Get(signIn + url.PathEscape(actor.ID))
}

// Forget loses the session, as a browser does that was closed.
func (v *Visitor) Forget() { v.cookie = "" }
