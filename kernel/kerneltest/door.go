package kerneltest

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"golang.org/x/net/html"

	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/web"
)

// door is the back door of the tests: it signs anybody in. It is mounted only here.
type door struct{}

const signIn = "/kerneltest/sign-in/"

// Manifest implements app.Module.
func (door) Manifest() app.Manifest {
	return app.Manifest{Name: "kerneltest", Routes: []web.Route{web.Page(signIn+"{account}", authz.Anyone, func(w *web.Response, r *web.Request) error {
		if err := r.SignIn(r.PathValue("account"), web.Term{}); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	})}}
}

// who finds the actor behind an account: whoever acted in the test, or whom the setup knows.
func (kt *Kit) who(ctx context.Context, v *db.View, account string) (authz.Actor, error) {
	kt.mu.Lock()
	actor, known := kt.people[account]
	kt.mu.Unlock()
	if known {
		return actor, nil
	}
	if kt.identify == nil {
		return authz.Actor{}, web.ErrNoAccount
	}
	return kt.identify(ctx, v, account)
}

// Answer is what came back through the door.
type Answer struct {
	kt     *Kit
	Path   string
	Status int
	Header http.Header
	Body   string
	root   *html.Node
}

// Get opens a page as somebody.
func (kt *Kit) Get(path string, actor authz.Actor) *Answer {
	kt.T.Helper()
	return kt.Ask(httptest.NewRequest(http.MethodGet, path, nil), actor)
}

// Post sends a form as somebody, with a fresh submission number unless the form has one.
func (kt *Kit) Post(path string, form url.Values, actor authz.Actor) *Answer {
	kt.T.Helper()
	sent := url.Values{"_once": {kt.DB.NewID()}}
	for name, values := range form {
		sent[name] = values
	}
	return kt.Ask(Form(path, sent), actor)
}

// Form is a request that posts a form, exactly as given.
func Form(path string, form url.Values) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// Upload is a request that posts a form with one file.
func Upload(path string, form url.Values, field, name string, content []byte) *http.Request {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for key, values := range form {
		for _, v := range values {
			_ = w.WriteField(key, v)
		}
	}
	part, _ := w.CreateFormFile(field, name)
	_, _ = part.Write(content)
	_ = w.Close()
	r := httptest.NewRequest(http.MethodPost, path, &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return r
}

// Ask sends any request as somebody, through the whole door.
func (kt *Kit) Ask(r *http.Request, actor authz.Actor) *Answer {
	kt.T.Helper()
	if actor.Kind != authz.Guest {
		if cookie := kt.session(actor); cookie != "" {
			r.Header.Add("Cookie", cookie)
		}
	}
	kt.mu.Lock()
	if said := kt.said[actor.ID]; said != "" {
		r.Header.Add("Cookie", said)
		delete(kt.said, actor.ID)
	}
	kt.mu.Unlock()
	sent := sentForm(r)
	w := httptest.NewRecorder()
	through := kt.through
	if through == nil {
		through = func(h http.Handler) http.Handler { return h }
	}
	through(kt.Site().Handler()).ServeHTTP(w, r)
	answer := w.Result()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		kt.T.Fatal(err)
	}
	for _, c := range answer.Cookies() {
		if strings.HasSuffix(c.Name, "-said") && c.MaxAge > 0 {
			kt.mu.Lock()
			kt.said[actor.ID] = c.Name + "=" + c.Value
			kt.mu.Unlock()
		}
	}
	a := &Answer{kt: kt, Path: r.Method + " " + r.URL.RequestURI(), Status: answer.StatusCode, Header: answer.Header, Body: string(body)}
	if strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") {
		if a.root, err = html.Parse(strings.NewReader(a.Body)); err != nil {
			kt.T.Fatalf("%s: %v", a.Path, err)
		}
	}
	for _, hear := range kt.hears {
		hear(actor, r, a)
	}
	kt.sendAgain(r, sent, a)
	if route, ok := kt.Site().Match(r); ok && route.Typed() {
		if wrong := kt.contract.breach(kt, route, a); wrong != "" {
			kt.T.Errorf("the answer breaks the API document: %s", wrong)
		}
	}
	return a
}

// session signs the actor in once and keeps the cookie. The actor's rights are those given at the latest call.
func (kt *Kit) session(actor authz.Actor) string {
	kt.T.Helper()
	kt.mu.Lock()
	kt.people[actor.ID] = actor
	cookie, known := kt.cookies[actor.ID]
	kt.mu.Unlock()
	if known {
		return cookie
	}
	a := kt.Ask(httptest.NewRequest(http.MethodGet, signIn+url.PathEscape(actor.ID), nil), Nobody)
	cookie, _, _ = strings.Cut(a.Header.Get("Set-Cookie"), ";")
	if a.Status != http.StatusNoContent || cookie == "" {
		kt.T.Fatalf("sign in as %s: %d %s", actor.ID, a.Status, a.Body)
	}
	kt.mu.Lock()
	defer kt.mu.Unlock()
	kt.cookies[actor.ID] = cookie
	return cookie
}

// forget drops the actor's cookie, so that the next request signs in anew.
func (kt *Kit) forget(actor authz.Actor) {
	kt.mu.Lock()
	defer kt.mu.Unlock()
	delete(kt.cookies, actor.ID)
}
