package web

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"

	"tongban/kernel/calendar"
	"tongban/kernel/problem"
	"tongban/ui"
)

// Response shows the answer of a handler.
type Response struct {
	http.ResponseWriter
	r *Request
}

// Show sends a page. It is rendered whole before the first byte leaves, so that a fault in a template becomes an error page and not
// half a page.
func (w *Response) Show(c templ.Component) error { return w.ShowStatus(http.StatusOK, c) }

// Again shows a form once more with its errors.
func (w *Response) Again(c templ.Component) error {
	return w.ShowStatus(http.StatusUnprocessableEntity, c)
}

// ShowStatus sends a page with a status.
func (w *Response) ShowStatus(status int, c templ.Component) error {
	var page bytes.Buffer
	if err := c.Render(w.r.Ctx, &page); err != nil {
		return err
	}
	if w.r.forget {
		http.SetCookie(w, w.r.site.saidCookie("", -1))
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
	}
	w.WriteHeader(status)
	_, err := page.WriteTo(w)
	return ignoreGone(err)
}

// Go sends the visitor on after a form (303), so that a refresh repeats the page and not the act. Only addresses of this product are
// accepted.
func (w *Response) Go(address string) error {
	w.say()
	http.Redirect(w.ResponseWriter, w.r.Request, Local(address), http.StatusSeeOther)
	return nil
}

// Leave sends the visitor to a page of another house. Its address comes of what the county configured, never of what a visitor sent. It
// answers a page and no form: form-action of our policy lets browsers follow no form out of the house (ADR 16).
func (w *Response) Leave(address string) error {
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w.ResponseWriter, w.r.Request, address, http.StatusSeeOther)
	return nil
}

// After is the usual end of a form: the command's error, or on to the address.
func (w *Response) After(err error, address string) error {
	if err != nil {
		return err
	}
	return w.Go(address)
}

// Download sends a file. inline lets the browser show it; the type is the server's own, never the uploader's.
func (w *Response) Download(name, mimeType string, modified time.Time, inline bool, content io.ReadSeeker) error {
	how := "attachment"
	if inline {
		how = "inline"
	}
	h := w.Header()
	h.Set("Content-Type", mimeType)
	h.Set("Content-Disposition", mime.FormatMediaType(how, map[string]string{"filename": name}))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox; style-src 'unsafe-inline'")
	h.Set("Cache-Control", "private, no-store")
	http.ServeContent(w.ResponseWriter, w.r.Request, "", modified, content)
	return nil
}

// Local turns an address into one inside this product; anything else becomes the first page (no open redirect). Control characters
// are refused because browsers drop some of them: "/<tab>/evil.example" would lead away.
func Local(address string) string {
	foreign := func(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' }
	if !strings.HasPrefix(address, "/") || strings.HasPrefix(address, "//") || strings.ContainsFunc(address, foreign) {
		return "/"
	}
	return address
}

// Faults heads a form with what was wrong.
func Faults(err error) []ui.Fault {
	var out []ui.Fault
	for _, f := range problem.FieldsOf(err) {
		out = append(out, ui.Fault{Field: f.Name, Text: f.Message})
	}
	return out
}

// Stamp is a moment as pages show it, day and minute in Beijing; empty for no moment.
func Stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(Beijing).Format("2006-01-02 15:04")
}

// Date is a day as pages write it out; empty for no moment.
func Date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return calendar.DayOf(t).Chinese()
}
