package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"tongban/kernel/authz"
	"tongban/kernel/kerneltest"
)

// mood is how a system outside behaves for a while.
type mood string

const (
	well      mood = "well"
	slow      mood = "slow"      // answers, at last
	hangs     mood = "hangs"     // takes the request and never answers
	dead      mood = "dead"      // cuts every connection
	refuses   mood = "refuses"   // says no
	busy      mood = "busy"      // says no and when to come back
	forgets   mood = "forgets"   // takes it and says no: it will get it twice
	drips     mood = "drips"     // says yes, and then goes on saying it
	elsewhere mood = "elsewhere" // sends to somebody else
)

var moods = []mood{well, slow, hangs, dead, refuses, busy, forgets, drips, elsewhere}

// stranger is a system outside that the county tells something, with moods, and a memory of what it took in.
type stranger struct {
	url string
	sms bool

	mu    sync.Mutex
	mood  mood
	heard map[string]map[string]string // about which form -> under which id -> what
	twice int                          // messages that came again
	wrong []string
}

func newStranger(t *testing.T, sms bool) *stranger {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &stranger{url: "http://" + l.Addr().String() + "/", sms: sms, mood: well, heard: map[string]map[string]string{}}
	ctx, leave := context.WithCancel(context.Background())
	server := &http.Server{Handler: s, ReadHeaderTimeout: time.Minute, BaseContext: func(net.Listener) context.Context { return ctx }}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { leave(); _ = server.Close() })
	return s
}

func (s *stranger) is() mood {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mood
}

func (s *stranger) turn(to mood) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mood = to
}

// ServeHTTP answers as the mood is.
func (s *stranger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	yes := "taken"
	m := s.is()
	wait := func(d time.Duration) bool {
		select {
		case <-time.After(d):
			return true
		case <-r.Context().Done():
			return false
		}
	}
	switch m {
	case well:
	case slow:
		if !wait(time.Second) {
			return
		}
	case hangs:
		wait(time.Minute)
		return
	case dead:
		panic(http.ErrAbortHandler)
	case refuses:
		w.WriteHeader(http.StatusInternalServerError)
		return
	case busy:
		w.Header().Set("Retry-After", "2")
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	case forgets:
		s.take(r, string(body))
		w.WriteHeader(http.StatusBadGateway)
		return
	case drips:
		s.take(r, string(body))
		for range 50 {
			if _, err := fmt.Fprint(w, strings.Repeat("taken ", 100)); err != nil || http.NewResponseController(w).Flush() != nil || !wait(100*time.Millisecond) {
				return
			}
		}
		return
	case elsewhere:
		http.Redirect(w, r, "http://127.0.0.1:9/", http.StatusTemporaryRedirect)
		return
	}
	s.take(r, string(body))
	_, _ = fmt.Fprint(w, yes)
}

// take keeps a message by its id, as every receiver should: what comes again under a known id must be the same.
func (s *stranger) take(r *http.Request, body string) {
	var id, form, what string
	if s.sms { // id, number, text
		var number string
		if _, err := fmt.Sscanf(body, "%s %s 受理 %s", &id, &number, &form); err != nil {
			s.mu.Lock()
			s.wrong = append(s.wrong, "a text message cannot be read: "+body)
			s.mu.Unlock()
			return
		}
		what = body
	} else {
		var e struct {
			ID   string
			Data struct{ Number, State string }
		}
		err := json.Unmarshal([]byte(body), &e)
		if id = r.Header.Get("Webhook-Id"); err != nil || id != e.ID {
			s.mu.Lock()
			s.wrong = append(s.wrong, fmt.Sprintf("an event cannot be read (%v): %s", err, body))
			s.mu.Unlock()
			return
		}
		form, what = e.Data.Number+" "+e.Data.State, body
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.heard[form] == nil {
		s.heard[form] = map[string]string{}
	}
	if before, again := s.heard[form][id]; again {
		s.twice++
		if before != what {
			s.wrong = append(s.wrong, fmt.Sprintf("message %s came again with another content: %s and %s", id, before, what))
		}
	}
	s.heard[form][id] = what
}

// missing are the forms that the stranger should have heard of and has not.
func (s *stranger) missing(want map[string]bool) (out []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for form := range want {
		if len(s.heard[form]) == 0 {
			out = append(out, form)
		}
	}
	return out
}

// faults is what is wrong with what the stranger heard: of one thing under two ids, or of a thing that is not there.
func (s *stranger) faults(want map[string]bool) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.wrong
	for form, ids := range s.heard {
		if !want[form] {
			out = append(out, fmt.Sprintf("%s was told of %q, which never happened", s.url, form))
		}
		if len(ids) > 1 {
			out = append(out, fmt.Sprintf("%s was told of %q under %d ids", s.url, form, len(ids)))
		}
	}
	return out
}

// abroad is a county with its outside: a gateway and three programs, the last of which is never ill.
type abroad struct {
	v        *victim
	b        *book
	random   *rand.Rand
	gateway  *stranger
	programs []*stranger
	spared   bool // nobody is ill
}

func newAbroad(t *testing.T, engine string, twin Twin, counts ...string) *abroad {
	t.Helper()
	s, random := draws(t, counts...)
	a := &abroad{b: newBook(s), random: random, gateway: newStranger(t, true)}
	a.v = &victim{Options: Options{Data: t.TempDir(), Twin: twin, Gateway: a.gateway.url}}
	if engine == "postgres" {
		a.v.Database = kerneltest.Schema(t)
	}
	var addresses []string
	for range 3 {
		p := newStranger(t, false)
		a.programs, addresses = append(a.programs, p), append(addresses, p.url)
	}
	a.with(t, func(c *County) error { return c.Introduce(t.Context(), addresses...) })
	return a
}

// with opens the county in this process, while no victim serves it.
func (a *abroad) with(t *testing.T, do func(c *County) error) {
	t.Helper()
	o := a.v.Options
	o.Twin = Sound
	c, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := do(c); err != nil {
		t.Error(err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// ill are those whose mood changes.
func (a *abroad) ill() []*stranger { return append([]*stranger{a.gateway}, a.programs[:2]...) }

// prompt is how long a program that is well may wait for the news while all others hang.
const prompt = 20 * time.Second

// events are those that people were told of: what any program must hear of sooner or later.
func (a *abroad) events() map[string]bool {
	a.b.mu.Lock()
	defer a.b.mu.Unlock()
	out := map[string]bool{}
	for key, answer := range a.b.told {
		if r := a.b.asked[key]; r.path == "/take" {
			out[key+" taken"] = true
		} else if answer != "conflict" {
			out[r.of+" decided"] = true
		}
	}
	return out
}

// hanging is how long a gateway that never answers is watched at first. It is nobody's business who is at the door.
const hanging = 5 * time.Second

// life starts the county, lets people send while the moods outside change, and kills it or ends it in order.
func (a *abroad) life(t *testing.T, gently bool) (wrong []string) {
	t.Helper()
	a.v.mustStart(t)
	a.gateway.turn(hangs)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan []string)
	go func() { done <- a.b.load(ctx, clients, func() string { pause(50); return a.v.url }) }()
	_, served := a.b.answered(ctx, time.Now(), hanging)
	for range 4 + a.random.IntN(5) {
		for _, s := range a.ill() {
			if s.turn(moods[a.random.IntN(len(moods))]); a.spared {
				s.turn(well)
			}
		}
		pause(200 + a.random.IntN(400))
	}
	stop()
	wrong = <-done
	events := a.events()
	for _, s := range a.ill() {
		if s.turn(hangs); a.spared {
			s.turn(well)
		}
	}
	if !a.spared && !waitFor(t, prompt, func() bool { return len(a.programs[2].missing(events)) == 0 }) {
		wrong = append(wrong, fmt.Sprintf("a program that is well has not heard of %d of %d things after %v, because others hang", len(a.programs[2].missing(events)), len(events), prompt))
	}
	if !served {
		wrong = append(wrong, fmt.Sprintf("nobody was served within %v because the gateway does not answer", hanging))
	}
	if files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", a.v.pid)); err == nil && len(files) > 300 {
		wrong = append(wrong, fmt.Sprintf("%d open files", len(files)))
	}
	if threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", a.v.pid)); err == nil && len(threads) > 100 {
		wrong = append(wrong, fmt.Sprintf("%d threads", len(threads)))
	}
	if gently {
		a.v.stop()
	} else {
		a.v.kill()
	}
	return wrong
}

// want is what everybody must have heard of: all that is in the books of the county, and nothing else.
func (a *abroad) want(ctx context.Context, c *County) (texts, events map[string]bool, err error) {
	texts, events = map[string]bool{}, map[string]bool{}
	rows, err := c.View(authz.Machine("chaos", "want")).QueryContext(ctx, `SELECT form, state FROM chaos_case`)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var form, state string
		if err := rows.Scan(&form, &state); err != nil {
			return nil, nil, err
		}
		texts[form], events[form+" taken"] = true, true
		if state != "taken" {
			events[form+" decided"] = true
		}
	}
	return texts, events, rows.Err()
}

// elapse lets time pass for a county that does not serve.
func elapse(t *testing.T) func(*County) error {
	return func(c *County) error { return c.Elapse(t.Context()) }
}

// settle lets everybody outside be well, something happen to the time, and the county work; then it holds what was heard against what happened.
func (a *abroad) settle(t *testing.T, patience time.Duration, pass func(*County) error) (wrong []string) {
	t.Helper()
	for _, s := range a.ill() {
		s.turn(well)
	}
	a.with(t, func(c *County) error {
		if err := pass(c); err != nil {
			return err
		}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		wait, err := c.Start(ctx)
		if err != nil {
			return err
		}
		texts, events, err := a.want(ctx, c)
		if err != nil {
			return err
		}
		waitFor(t, patience, func() bool {
			missing := len(a.gateway.missing(texts))
			for _, p := range a.programs {
				missing += len(p.missing(events))
			}
			return missing == 0
		})
		stop()
		wait()
		for _, s := range append([]*stranger{a.gateway}, a.programs...) {
			want := events
			if s.sms {
				want = texts
			}
			for _, form := range s.missing(want) {
				wrong = append(wrong, fmt.Sprintf("%s never heard of %q", s.url, form))
			}
			wrong = append(wrong, s.faults(want)...)
		}
		return nil
	})
	return append(wrong, a.b.compareIn(t.Context(), Options{Data: a.v.Data, Database: a.v.Database, Gateway: a.v.Gateway}, a.v.Twin)...)
}

func (a *abroad) report(t *testing.T, faults string) {
	t.Helper()
	twice := a.gateway.twice
	for _, p := range a.programs {
		twice += p.twice
	}
	a.b.report(t, fmt.Sprintf("%s; %d text messages, %d events told to each of 3 programs, %d came twice under their id", faults, len(a.gateway.heard), len(a.programs[0].heard), twice))
}

// The gateway and two of three programs are slow, hang, cut the line, refuse, take a message and deny it, or drip; and the county is killed
// in the middle of that. It serves people as ever, the third program hears of everything, and once the others are well again each has heard
// of everything that happened and of nothing that did not, under one id.
func TestAnOutsideThatIsIllTakesNothingFromTheCounty(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			a := newAbroad(t, engine, Sound, "-outsides", fmt.Sprint(*outsides))
			for n := range *outsides {
				if wrong := a.life(t, n%2 == 1); len(wrong) > 0 {
					t.Fatalf("life %d: %s", n, first(wrong))
				}
				a.with(t, elapse(t))
			}
			if wrong := a.settle(t, time.Minute+time.Duration(*outsides)*10*time.Second, elapse(t)); len(wrong) > 0 {
				t.Fatal(first(wrong))
			}
			a.report(t, fmt.Sprintf("%d lives among strangers", *outsides))
		})
	}
}

func TestAnOutsideThatIsIllCatchesItsTwins(t *testing.T) {
	t.Run(string(TellsInside), func(t *testing.T) {
		a := newAbroad(t, "sqlite", TellsInside)
		caught(t, 1, func() []string { return a.life(t, false) })
	})
	t.Run(string(TellsOnce), func(t *testing.T) {
		a := newAbroad(t, "sqlite", TellsOnce)
		caught(t, 3, func() []string { return append(a.life(t, false), a.settle(t, 3*time.Second, elapse(t))...) })
	})
}

// All of the outside is away for a long time, and nobody moves a clock: what happened meanwhile arrives by itself when it is back.
func TestAnOutsideThatWasAwayForLongHearsOfEverything(t *testing.T) {
	if *away == 0 {
		t.Skip("NOT PROVED HERE, because it takes as long as it says: that everything arrives after a long outage. Run with -away 20m, as `make chaos` does.")
	}
	a := newAbroad(t, "sqlite", Sound, "-away", away.String())
	for _, s := range append([]*stranger{a.gateway}, a.programs...) {
		s.turn(dead)
	}
	a.v.mustStart(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan []string)
	go func() { done <- a.b.load(ctx, 1, func() string { pause(500); return a.v.url }) }()
	time.Sleep(*away)
	stop()
	wrong := <-done
	for _, s := range append([]*stranger{a.gateway}, a.programs...) {
		s.turn(well)
	}
	back := time.Now()
	texts, events := map[string]bool{}, a.events()
	for event := range events {
		if form, is := strings.CutSuffix(event, " taken"); is {
			texts[form] = true
		}
	}
	longest := 20 * time.Minute // a channel is left alone for ten minutes at most, a receiver for an hour, less after a shorter outage
	arrived := waitFor(t, max(longest, *away), func() bool {
		missing := len(a.gateway.missing(texts))
		for _, p := range a.programs {
			missing += len(p.missing(events))
		}
		return missing == 0
	})
	if took := time.Since(back); !arrived {
		t.Errorf("%v after the outside was back it had not heard of everything: %d of %d texts missing", took, len(a.gateway.missing(texts)), len(texts))
	} else {
		a.report(t, fmt.Sprintf("away for %v, and %v later everything had arrived", *away, took.Round(time.Second)))
	}
	a.v.kill()
	if wrong = append(wrong, a.settle(t, time.Minute, elapse(t))...); len(wrong) > 0 {
		t.Fatal(first(wrong))
	}
}
