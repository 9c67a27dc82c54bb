package web

import (
	"encoding/base64"
	"net/http"
)

// mostSaid bounds what a flash carries: a cookie of a browser holds 4 KB.
const mostSaid = 800

// Flash says on the next page what the act just did. It travels in a cookie of its own and not in the session: otherwise every act would
// be followed by two more writes, one to keep the words and one to forget them.
func (r *Request) Flash(words string) {
	if text := []rune(words); len(text) > mostSaid {
		words = string(text[:mostSaid]) + "…"
	}
	r.said = words
}

func (s *Site) saidCookie(value string, age int) *http.Cookie {
	c := &http.Cookie{Name: "tongban-said", Value: value, Path: "/", MaxAge: age, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: s.options.Secure} // #nosec G124 -- a county tried out without TLS would have no cookie at all
	if s.options.Secure {
		c.Name = "__Host-tongban-said" // no neighbouring host can put words into the product's mouth
	}
	return c
}

// say sends the words along with a redirect.
func (w *Response) say() {
	if w.r.said != "" {
		http.SetCookie(w, w.r.site.saidCookie(base64.RawURLEncoding.EncodeToString([]byte(w.r.said)), 60))
	}
}

// heard gives the words for this page, those of this request or those of the one before. They are said once.
func (r *Request) heard() string {
	if r.said != "" {
		return r.said
	}
	c, err := r.Cookie(r.site.saidCookie("", 0).Name)
	if err != nil {
		return ""
	}
	r.forget = true
	words, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil || !readable(string(words)) {
		return ""
	}
	return string(words)
}
