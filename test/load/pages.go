package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// pages is how a page answers: one reader after the other, 32 at once, and at a steady rate whoever is slow.
type pages struct {
	goal, what string
	alone      []time.Duration
	busy       float64 // requests a second, 32 readers
	steady     []time.Duration
	rate       int
	plain      float64 // requests a second of a trivial handler that answers with as many bytes
}

// looked are the pages that are measured: who opens what, for which goal.
var looked = []struct {
	goal, what, path string
	who              func(*desk) *person
	rate             int
}{
	{"G8", "item guide, signed out", "/items/food-operation-licence", nil, 500},
	{"G9", "approver's to-do page", "/w", func(d *desk) *person { return d.approvers[bureau] }, 100},
	{"G10", "list of cases", "/w/cases", func(d *desk) *person { return d.approvers[bureau] }, 0},
	{"G10", "list of ended cases", "/w/cases?tab=done", func(d *desk) *person { return d.approvers[bureau] }, 0},
	{"G10", "search of cases by name", "/w/search?q=" + "%E9%82%93%E5%9B%BD", func(d *desk) *person { return d.window }, 0},
	{"G10", "applicant's own matters", "/my", func(d *desk) *person { return d.citizen }, 0},
	{"G10", "outlet", "/w/outlet", func(d *desk) *person { return d.outlet }, 0},
}

// pages reads each page as often as fits into the window.
func (p plan) pages(ctx context.Context, h *hall) ([]pages, error) {
	var out []pages
	for _, l := range looked {
		who := newPerson(h.url, &http.Transport{MaxIdleConnsPerHost: 64}, new(atomic.Int64))
		if l.who != nil {
			who.client.Jar = l.who(h.desks[0]).client.Jar
		}
		x := pages{goal: l.goal, what: l.what, rate: l.rate}
		read := func() error { _, err := who.open(ctx, l.path); return err }
		var err error
		if x.alone, err = repeat(1, p.window/2, read); err != nil {
			return nil, err
		}
		many, err := repeat(32, p.window/2, read)
		if err != nil {
			return nil, err
		}
		x.busy = float64(len(many)) / (p.window / 2).Seconds()
		if l.rate > 0 {
			if x.steady, err = steadily(l.rate, p.window, read); err != nil {
				return nil, err
			}
		}
		if l.goal == "G8" {
			page, err := who.open(ctx, l.path)
			if err != nil {
				return nil, err
			}
			if x.plain, err = p.plain(ctx, len(page)); err != nil {
				return nil, err
			}
		}
		fmt.Printf("  %s %s: p50 %v p99 %v alone, %.0f/s at 32\n", x.goal, x.what, at(x.alone, 50).Round(10*time.Microsecond), at(x.alone, 99).Round(10*time.Microsecond), x.busy)
		out = append(out, x)
	}
	return out, nil
}

// repeat lets so many readers read again and again for the length of the window.
func repeat(readers int, length time.Duration, read func() error) (times []time.Duration, err error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	until := time.Now().Add(length)
	for range readers {
		wg.Go(func() {
			var mine []time.Duration
			var failed error
			for time.Now().Before(until) && failed == nil {
				began := time.Now()
				failed = read()
				mine = append(mine, time.Since(began))
			}
			mu.Lock()
			defer mu.Unlock()
			times = append(times, mine...)
			if err == nil {
				err = failed
			}
		})
	}
	wg.Wait()
	return times, err
}

// steadily reads at a rate, whether or not the answer before has come. Times count from when the reading was due, so that waiting
// readers are not forgotten.
func steadily(rate int, length time.Duration, read func() error) ([]time.Duration, error) {
	due := make(chan time.Time, rate)
	go func() {
		defer close(due)
		began := time.Now()
		for n := 0; ; n++ {
			at := began.Add(time.Duration(n) * time.Second / time.Duration(rate))
			if at.Sub(began) > length {
				return
			}
			time.Sleep(time.Until(at))
			due <- at
		}
	}()
	var mu sync.Mutex
	var wg sync.WaitGroup
	var times []time.Duration
	var err error
	for range 64 {
		wg.Go(func() {
			for at := range due {
				failed := read()
				took := time.Since(at)
				mu.Lock()
				times = append(times, took)
				if err == nil {
					err = failed
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return times, err
}

// plainFlag starts this program as a trivial server: a handler that only writes bytes, in a process of its own as the product is.
const plainFlag = "-plain-server"

func servePlain(where string) {
	addr, size, _ := strings.Cut(where, "/")
	var n int
	_, _ = fmt.Sscan(size, &n)
	body := []byte(strings.Repeat("页面", n/6+1)[:n])
	fmt.Fprintln(os.Stderr, http.ListenAndServe(addr, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(body)
	})))
}

// plain measures the trivial server with the same reader.
func (p plan) plain(ctx context.Context, size int) (float64, error) {
	addr, err := free()
	if err != nil {
		return 0, err
	}
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	server := exec.CommandContext(ctx, self, plainFlag, fmt.Sprintf("%s/%d", addr, size))
	if err := server.Start(); err != nil {
		return 0, err
	}
	defer func() { _ = server.Process.Kill(); _ = server.Wait() }()
	reader := newPerson("http://"+addr, &http.Transport{MaxIdleConnsPerHost: 64}, new(atomic.Int64))
	for range 500 {
		answer, err := http.Get(reader.base)
		if err == nil {
			_, _ = io.Copy(io.Discard, answer.Body)
			answer.Body.Close()
			break
		}
		time.Sleep(2 * time.Millisecond)
	}
	times, err := repeat(32, p.window/2, func() error { _, err := reader.open(ctx, "/"); return err })
	return float64(len(times)) / (p.window / 2).Seconds(), err
}
