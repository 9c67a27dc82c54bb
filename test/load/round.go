package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// hall is a county at work: its process, and a desk for every client there will be.
type hall struct {
	*county
	server *server // nil for the embedded database
	desks  []*desk
	ready  []parcel          // waiting at the outlet, to be handed over in the next round
	known  map[string]bool   // parcels ever seen
	last4  map[string]string // of each applicant by name
	pace   float64           // things a second of the last round with so many clients, to know how many drafts the next one needs
	things int               // ever begun
}

// open starts the county, makes the demo county in it and lets the clients in.
func open(ctx context.Context, c *county, s *server, clients int) (*hall, error) {
	if err := c.command(ctx, "demo", "--cases", "0"); err != nil {
		return nil, err
	}
	if _, err := c.start(ctx, "--demo"); err != nil {
		return nil, err
	}
	return newHall(ctx, c, s, clients)
}

// newHall signs the clients in and lets each walk the way of a thing once on its pages.
func newHall(ctx context.Context, c *county, s *server, clients int) (*hall, error) {
	h := &hall{county: c, server: s, known: map[string]bool{}, last4: map[string]string{}, pace: 10}
	for n := range clients {
		d, err := newDesk(ctx, c.url, n)
		if err != nil {
			return nil, fmt.Errorf("client %d signs in: %w", n, err)
		}
		h.last4[d.citizen.name] = d.citizen.last4
		h.desks = append(h.desks, d)
	}
	if err := each(h.desks, func(d *desk) error { return d.rehearse(ctx) }); err != nil {
		return nil, fmt.Errorf("rehearsal: %w", err)
	}
	h.things = clients
	return h, h.settle(ctx, clients, 0)
}

// each lets all desks do something side by side.
func each(desks []*desk, f func(*desk) error) error {
	errs := make([]error, len(desks))
	var wg sync.WaitGroup
	for n, d := range desks {
		wg.Go(func() { errs[n] = f(d) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// window is what was measured in one round.
type window struct {
	from      time.Time
	took      time.Duration
	acts      int
	times     []time.Duration // of each act, from the click to the answer that it is done
	cpu       time.Duration   // of product and database
	settled   time.Duration   // from the end of the round until the last licence of its things was sealed
	settleCPU time.Duration   // of product and database meanwhile
	decided   int             // things decided in the round: each has four licences made
	peak      float64         // MiB
	short     bool            // the outlet ran out of parcels
	waited    int64           // forms that were sent again because too many were waiting
}

func (w window) actsPerSecond() float64 { return float64(w.acts) / w.took.Seconds() }
func (w window) things() float64        { return w.actsPerSecond() / acts }
func (w window) cpuPerThing() float64 {
	return w.cpu.Seconds() * 1000 * acts / float64(w.acts)
}

func (h *hall) cpu() time.Duration { return cpu(h.process.Process.Pid, false) + h.server.cpu() }

// between waits for two moments and gives the CPU time spent from the one to the other.
func (h *hall) between(from, until time.Time) time.Duration {
	time.Sleep(time.Until(from))
	before := h.cpu()
	time.Sleep(time.Until(until))
	return h.cpu() - before
}

// round lets the first so many clients bring thing after thing for the length of the window. Their drafts are written beforehand; what
// they hand over are parcels of earlier rounds, because a licence is sealed by a job, not within an act.
func (h *hall) round(ctx context.Context, clients int, length time.Duration, profiles string) (window, error) {
	desks := h.desks[:clients]
	drafts := make([][]string, clients)
	want := int(h.pace*length.Seconds()/float64(clients)*1.8) + 2
	if err := each(desks, func(d *desk) error {
		for range want {
			draft, err := d.draft(ctx)
			if err != nil {
				return fmt.Errorf("draft: %w", err)
			}
			drafts[d.n] = append(drafts[d.n], draft)
		}
		return nil
	}); err != nil {
		return window{}, err
	}
	stock := make(chan parcel, len(h.ready))
	for _, p := range h.ready {
		stock <- p
	}
	close(stock)
	w := window{from: time.Now().Add(length / 4), took: length} // a quarter more to get out of step
	var mu sync.Mutex
	var meter sync.WaitGroup
	meter.Go(func() { w.cpu = h.between(w.from, w.from.Add(length)) })
	if profiles != "" {
		time.AfterFunc(time.Until(w.from), func() { h.profile(filepath.Join(profiles, fmt.Sprintf("acts-%d.pprof", clients)), length) })
		time.AfterFunc(time.Until(w.from.Add(length+2*time.Second)), func() { h.profile(filepath.Join(profiles, fmt.Sprintf("licences-%d.pprof", clients)), length) })
	}
	err := each(desks, func(d *desk) error {
		mine := window{from: w.from, took: length}
		before := d.waited.Load()
		err := d.work(ctx, &mine, drafts[d.n], stock)
		mine.waited = d.waited.Load() - before
		mu.Lock()
		defer mu.Unlock()
		w.acts, w.times, w.decided, w.short = w.acts+mine.acts, append(w.times, mine.times...), w.decided+mine.decided, w.short || mine.short
		w.waited += mine.waited
		return err
	})
	meter.Wait()
	w.peak = memory(h.process.Process.Pid, "VmHWM")
	if err != nil {
		return w, err
	}
	h.ready = nil
	for p := range stock {
		h.ready = append(h.ready, p)
	}
	h.pace = max(w.things(), 1)
	h.things += w.decided
	before, began := h.cpu(), time.Now()
	err = h.settle(ctx, w.decided, len(h.ready))
	w.settled, w.settleCPU = time.Since(began), h.cpu()-before
	return w, err
}

// work is one client until the window closes. A thing that was begun is carried to its decisions, so that its parcel comes.
func (d *desk) work(ctx context.Context, w *window, drafts []string, stock <-chan parcel) error {
	until := w.from.Add(w.took)
	act := func(do func() error) error {
		began := time.Now()
		if err := do(); err != nil {
			return err
		}
		if now := time.Now(); now.After(w.from) && now.Before(until) {
			w.acts++
			w.times = append(w.times, now.Sub(began))
		}
		return nil
	}
	for time.Now().Before(until) {
		if len(drafts) == 0 {
			draft, err := d.draft(ctx)
			if err != nil {
				return err
			}
			drafts = []string{draft}
		}
		var at string
		if err := act(func() (err error) { at, err = d.submitted(ctx, drafts[0]); return err }); err != nil {
			return err
		}
		drafts = drafts[1:]
		m, err := d.receipt(ctx, at)
		if err != nil {
			return err
		}
		for _, step := range []func(context.Context, permit) error{d.accept, d.assessed, d.decided} {
			for _, c := range m.permits {
				if err := act(func() error { return step(ctx, c) }); err != nil {
					return err
				}
			}
		}
		w.decided++
		p, there := <-stock
		if !there {
			w.short = true
			continue
		}
		if err := act(func() error { return d.recognise(ctx, p) }); err != nil {
			return err
		}
		if err := act(func() error { return d.handOver(ctx, p) }); err != nil {
			return err
		}
	}
	return nil
}

var (
	parcelRow = regexp.MustCompile(`(?s)<tr[^>]*>.*?</tr>`)
	parcelURL = regexp.MustCompile(`/w/outlet/([0-9A-Z]{26})`)
	nextURL   = regexp.MustCompile(`/w/outlet\?[^"]*after=([0-9A-Z]{26})`)
)

// settle waits until the licences of so many things are sealed and their parcels at the outlet, and takes stock: no parcel that was
// handed over may still be there.
func (h *hall) settle(ctx context.Context, things, left int) error {
	deadline := time.Now().Add(5 * time.Minute)
	for {
		there, err := h.outlet(ctx)
		if err != nil {
			return err
		}
		fresh := slices.DeleteFunc(slices.Clone(there), func(p parcel) bool { return h.known[p.id] })
		if len(fresh) >= things {
			if len(there) != left+things {
				return fmt.Errorf("%d parcels at the outlet, there should be %d", len(there), left+things)
			}
			for _, p := range fresh {
				h.known[p.id] = true
			}
			h.ready = append(h.ready, fresh...)
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d of %d things have their licences after five minutes", len(fresh), things)
		}
		time.Sleep(250 * time.Millisecond)
	}
}

// outlet reads the list of parcels that wait at the window, page after page.
func (h *hall) outlet(ctx context.Context) ([]parcel, error) {
	var out []parcel
	for at := "/w/outlet"; at != ""; {
		page, err := h.desks[0].outlet.open(ctx, at)
		if err != nil {
			return nil, err
		}
		for _, r := range parcelRow.FindAllString(page, -1) {
			id := parcelURL.FindStringSubmatch(r)
			if id == nil {
				continue
			}
			for name, last4 := range h.last4 {
				if strings.Contains(r, name) {
					out = append(out, parcel{id[1], last4})
				}
			}
		}
		more := nextURL.FindStringSubmatch(page)
		at = ""
		if more != nil {
			at = "/w/outlet?tab=&after=" + more[1]
		}
	}
	return out, nil
}
