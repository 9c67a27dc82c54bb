package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/net/html"

	"tongban/kernel/kerneltest"
)

// person is somebody in front of a browser: with cookies, and with the headers by which the product tells its own forms from foreign ones.
type person struct {
	base   string
	client *http.Client
	name   string
	last4  string // of the citizen's number, which the outlet asks
	waited *atomic.Int64
}

// newPerson opens a browser at the county. Browsers of one client share its connections, as tabs do.
func newPerson(base string, through http.RoundTripper, waited *atomic.Int64) *person {
	jar, _ := cookiejar.New(nil) // never fails without options
	return &person{base: base, waited: waited, client: &http.Client{Jar: jar, Transport: through, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// answer is what came back.
type answer struct {
	status   int
	retry    time.Duration
	location string
	body     string
}

func (p *person) send(ctx context.Context, method, path, kind string, body io.Reader) (answer, error) {
	r, err := http.NewRequestWithContext(ctx, method, p.base+path, body)
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Accept", "text/html,application/xhtml+xml")
	r.Header.Set("Accept-Language", "zh-CN,zh;q=0.9")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	if kind != "" {
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Origin", p.base)
	}
	back, err := p.client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer back.Body.Close()
	text, err := io.ReadAll(back.Body)
	seconds, _ := strconv.Atoi(back.Header.Get("Retry-After"))
	return answer{status: back.StatusCode, retry: time.Duration(seconds) * time.Second, location: back.Header.Get("Location"), body: string(text)}, err
}

// open reads a page.
func (p *person) open(ctx context.Context, path string) (string, error) {
	a, err := p.send(ctx, http.MethodGet, path, "", nil)
	if err == nil && a.status != http.StatusOK {
		err = fmt.Errorf("GET %s: %d → %s %s", path, a.status, a.location, words(a.body))
	}
	return a.body, err
}

// post sends a form and gives the address it leads to. An answer that leads nowhere is a refusal. Where the county says that too many
// are waiting (503), the same form is sent again after the time it names: nothing was done, and its key makes it safe.
func (p *person) post(ctx context.Context, path string, fields url.Values) (string, error) {
	return p.submit(ctx, path, "application/x-www-form-urlencoded", fields.Encode())
}

func (p *person) submit(ctx context.Context, path, kind, body string) (string, error) {
	a, err := p.send(ctx, http.MethodPost, path, kind, strings.NewReader(body))
	for tries := 0; err == nil && a.status == http.StatusServiceUnavailable && tries < 10; tries++ {
		p.waited.Add(1)
		select {
		case <-time.After(a.retry):
		case <-ctx.Done():
			return "", ctx.Err()
		}
		a, err = p.send(ctx, http.MethodPost, path, kind, strings.NewReader(body))
	}
	if err == nil && a.status != http.StatusSeeOther {
		err = fmt.Errorf("POST %s: %d %s", path, a.status, words(a.body))
	}
	return a.location, err
}

// upload sends a form with one paper for each of the names.
func (p *person) upload(ctx context.Context, path string, fields url.Values, names []string, paper []byte) (string, error) {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, values := range fields {
		for _, v := range values {
			if err := w.WriteField(name, v); err != nil {
				return "", err
			}
		}
	}
	for _, name := range names {
		part, err := w.CreateFormFile(name, name+".pdf")
		if err != nil {
			return "", err
		}
		if _, err := part.Write(paper); err != nil {
			return "", err
		}
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	return p.submit(ctx, path, w.FormDataContentType(), body.String())
}

// words are what a person reads of a page that should not have come.
func words(page string) string {
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return ""
	}
	for _, where := range []string{"[role=alert]", "main", "body"} {
		if found := kerneltest.All(root, where); len(found) > 0 {
			text := []rune(kerneltest.Text(found[0]))
			return string(text[:min(len(text), 300)])
		}
	}
	return ""
}

// form is a form of a page as the browser would send it untouched.
type form struct {
	action string
	fields url.Values
	files  []string
	radios []string // names of choices that nobody has made yet
}

// form reads the form of a page whose action ends so.
func (p *person) form(ctx context.Context, path, action string) (form, error) {
	page, err := p.open(ctx, path)
	if err != nil {
		return form{}, err
	}
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		return form{}, err
	}
	for _, f := range kerneltest.All(root, "form") {
		if a := attribute(f, "action"); strings.HasSuffix(a, action) {
			return read(f, a), nil
		}
	}
	return form{}, fmt.Errorf("%s has no form %s: %s", path, action, words(page))
}

func read(f *html.Node, action string) form {
	out := form{action: action, fields: url.Values{}}
	for n := range f.Descendants() {
		name := attribute(n, "name")
		if n.Type != html.ElementNode || name == "" {
			continue
		}
		switch kind := attribute(n, "type"); {
		case n.Data == "textarea":
			out.fields.Set(name, kerneltest.Text(n))
		case n.Data == "select":
			out.fields.Set(name, "")
			for _, o := range kerneltest.All(n, "option") {
				if _, chosen := find(o, "selected"); chosen {
					out.fields.Set(name, attribute(o, "value"))
				}
			}
		case n.Data != "input" || kind == "submit":
		case kind == "file":
			out.files = append(out.files, name)
		case kind == "radio", kind == "checkbox":
			if _, chosen := find(n, "checked"); chosen {
				out.fields.Add(name, attribute(n, "value"))
			} else {
				out.radios = append(out.radios, name)
			}
		default:
			out.fields.Set(name, attribute(n, "value"))
		}
	}
	return out
}

func find(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

func attribute(n *html.Node, name string) string {
	v, _ := find(n, name)
	return v
}

// with is the form filled in: a copy with these values, and a new key, since the page was shown anew.
func (f form) with(key string, values ...string) url.Values {
	out := url.Values{}
	for name, v := range f.fields {
		out[name] = v
	}
	for i := 0; i < len(values); i += 2 {
		out.Set(values[i], values[i+1])
	}
	out.Set("_once", key)
	return out
}
