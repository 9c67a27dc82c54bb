package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tongban/kernel/problem"
	"tongban/ui"
)

// crowd turns people away at the door while more want to change something than can be let in. The command would refuse them too, but only
// after session, account, form and page: ten times as many as can be served would keep the processors busy with refusals, and those who
// are served waiting.
func (s *Site) crowd(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions {
			next.ServeHTTP(w, r)
			return
		}
		if err := s.db.Crowded(); err != nil {
			s.turnAway(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// atTheDoor stands in the numbers of requests for those who came no further.
const atTheDoor = "(door)"

func (s *Site) turnAway(w http.ResponseWriter, r *http.Request, err error) {
	began := time.Now()
	if isAPI(r) {
		s.showError(&Response{w, s.request(r, guestActor)}, err, true)
	} else {
		page := s.fullHouse(err)
		h, body := w.Header(), page.plain
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Cache-Control", "no-store")
		h.Set("Retry-After", page.wait)
		h.Add("Vary", "Accept-Encoding")
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			body = page.packed
		}
		h.Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write(body) // who has left has left
	}
	if s.options.Observe != nil {
		s.options.Observe(atTheDoor, "page", http.StatusServiceUnavailable, time.Since(began))
	}
}

// busyPage is the page for who is turned away, as it goes over the wire. It is the same for everybody.
type busyPage struct {
	county        string
	wait          string
	plain, packed []byte
}

// fullHouse makes the page once for as long as the county is called what it is called.
func (s *Site) fullHouse(err error) *busyPage {
	county := s.options.County()
	if p := s.busy.Load(); p != nil && p.county == county {
		return p
	}
	p := &busyPage{county: county, wait: seconds(problem.RetryAfter(err))}
	info := ui.ErrorInfo{Status: http.StatusServiceUnavailable, What: problem.MessageFor(err), Phone: s.options.Hotline, Page: ui.Page{County: county},
		WhatNow: "请用浏览器的“返回”回到刚才的页面，过几秒再提交一次：已经办成的不会重复办理。"}
	var plain, packed bytes.Buffer
	_ = ui.ErrorPage(info).Render(context.Background(), &plain) // into memory, with nothing that could fail
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(plain.Bytes())
	_ = z.Close()
	p.plain, p.packed = plain.Bytes(), packed.Bytes()
	s.busy.Store(p)
	return p
}
