package web

import (
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/ui"
)

// Beijing is the one zone of the country.
var Beijing = time.FixedZone("北京时间", 8*3600)

// showError is the one place where the kind of an error becomes a page.
func (s *Site) showError(w *Response, err error, api bool) {
	r, err := w.r, db.Fault(err)
	code := problem.Status(err)
	switch {
	case code == http.StatusServiceUnavailable && errors.Unwrap(err) == nil: // only too many at once: in numbers, not line by line
		slog.DebugContext(r.Ctx, "turned away", "request", r.ID, "path", r.URL.Path)
	case code >= 500:
		slog.ErrorContext(r.Ctx, "request failed", "request", r.ID, "path", r.URL.Path, "error", err)
	}
	var p *problem.Error
	if !asError(err, &p) {
		p = problem.Internal("")
	}
	if code == http.StatusForbidden || code == http.StatusTooManyRequests { // an attempt that somebody may want to look into
		slog.WarnContext(r.Ctx, "refused", "request", r.ID, "method", r.Method, "path", r.URL.Path, "status", code, "actor", r.Actor.ID, "from", r.Visitor())
	}
	if wait := p.RetryAfter; wait > 0 {
		w.Header().Set("Retry-After", seconds(wait))
	}
	if sent, ok := w.ResponseWriter.(*status); ok && sent.code != 0 {
		return // half an answer is out already; nothing better can be said
	}
	if api || isAPI(r.Request) {
		s.showProblem(w, code, err)
		return
	}
	if p.Kind == problem.KindUnauthenticated && r.Method == http.MethodGet {
		http.Redirect(w, r.Request, "/login?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
		return
	}
	info := ui.ErrorInfo{Status: code, What: problem.MessageFor(err), WhatNow: p.Next, Number: r.ID, Phone: s.options.Hotline,
		Page: s.around(r)}
	switch {
	case p.Kind == problem.KindUnauthenticated:
		info.Retry = ui.Link{Label: "去登录", URL: "/login"}
		if back, err := url.Parse(r.Header.Get("Referer")); err == nil && back.Host == r.Host && back.Path != "" {
			info.Retry.URL += "?next=" + url.QueryEscape(Local(back.RequestURI())) // back to the form that was being sent
		}
	case r.Method != http.MethodGet && r.Header.Get("Referer") != "":
		if back, err := url.Parse(r.Header.Get("Referer")); err == nil && back.Host == r.Host {
			info.Retry = ui.Link{Label: "返回上一页", URL: Local(back.RequestURI())}
		}
	case code == http.StatusServiceUnavailable:
		info.Retry = ui.Link{Label: "再试一次", URL: Local(r.URL.RequestURI())}
	}
	if len(p.Fields) > 0 {
		var lines []string
		for _, f := range p.Fields {
			lines = append(lines, f.Message)
		}
		info.What += "\n" + strings.Join(lines, "\n")
	}
	if err := w.ShowStatus(code, ui.ErrorPage(info)); err != nil {
		slog.ErrorContext(r.Ctx, "error page failed", "request", r.ID, "error", err)
	}
}

// seconds is a wait as Retry-After gives it.
func seconds(wait time.Duration) string { return strconv.Itoa(int(math.Ceil(wait.Seconds()))) }

// around is the page around an error. It leaves the session alone: the error may be that the session cannot be read.
func (s *Site) around(r *Request) ui.Page {
	p := ui.Page{County: s.options.County()}
	if r.Actor.Kind == authz.Citizen || r.Actor.Kind == authz.Staff {
		p.User = ui.User{Name: r.Actor.Name, Unit: r.Actor.Office}
	}
	return p
}

// showProblem answers machines (RFC 9457).
func (s *Site) showProblem(w *Response, code int, err error) {
	body := problemOf(w.r, err)
	if code == http.StatusUnauthorized {
		challenge := `Bearer realm="tongban"`
		if w.r.Header.Get("Authorization") != "" {
			challenge += `, error="invalid_token"`
		}
		w.Header().Set("WWW-Authenticate", challenge)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body)
}

// unknown answers addresses that no route has; a known address asked in the wrong way gets 405.
func (s *Site) unknown(hw http.ResponseWriter, hr *http.Request) {
	actor, err := s.actor(hr)
	w := &Response{&status{ResponseWriter: hw}, s.request(hr, actor)}
	if err == nil {
		err = problem.NotFound("没有这个网页：地址可能写错了，或者内容已经移走。")
	}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if method == hr.Method {
			continue
		}
		probe := hr.Clone(hr.Context())
		probe.Method = method
		if _, pattern := s.mux.Handler(probe); pattern != "" && pattern != "/" {
			w.Header().Set("Allow", method)
			_ = w.ShowStatus(http.StatusMethodNotAllowed, ui.ErrorPage(ui.ErrorInfo{Status: 405, Number: w.r.ID, Phone: s.options.Hotline, Page: s.around(w.r)}))
			return
		}
	}
	s.showError(w, err, false)
}
