package main

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"
	_ "modernc.org/sqlite"             // driver "sqlite"

	"tongban/kernel/kerneltest"
)

var (
	kills = flag.Int("kills", 2, "how often the serving product is killed")
	seed  = flag.Uint64("seed", 0, "seed of the moments of killing; 0 takes a new one")
)

// told is what the people in front of the product were told, and must find again whatever happened.
type told struct {
	mu          sync.Mutex
	submissions map[string]bool   // number
	decided     map[string]bool   // number of the case
	answers     map[string]string // key of a form -> where it led
	wrong       []string
	lost        int
}

// walk is one thing on its way, form by form. A form whose answer did not come is sent again with the same key.
type walk struct {
	id, stage int
	draft, at string
	matter    matter
}

// press sends a form. ok is false when no answer came or the product asked to come back: the same form is to be sent again.
func (x *told) press(ctx context.Context, p *person, path, key string, fields url.Values) (to string, ok bool) {
	a, err := p.send(ctx, http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(fields.Encode()))
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case err != nil || a.status == http.StatusServiceUnavailable:
		x.lost++
		return "", false
	case a.status != http.StatusSeeOther:
		x.wrong = append(x.wrong, fmt.Sprintf("POST %s: %d %s", path, a.status, words(a.body)))
		return "", false
	}
	if before, again := x.answers[key]; again && before != a.location {
		x.wrong = append(x.wrong, fmt.Sprintf("POST %s led to %s and then to %s", path, before, a.location))
	}
	x.answers[key] = a.location
	return a.location, true
}

// step takes the thing one form further.
func (x *told) step(ctx context.Context, d *desk, w *walk) bool {
	key := fmt.Sprintf("kill-%d-%d-%d", d.n, w.id, w.stage)
	var ok bool
	switch {
	case w.stage == 0:
		var err error
		w.draft, err = d.draft(ctx)
		ok = err == nil
	case w.stage == 1:
		if w.at, ok = x.press(ctx, d.citizen, "/check/"+w.draft, key, d.submit.with(key, "declared", "yes")); ok {
			x.mu.Lock()
			x.submissions[strings.TrimPrefix(w.at, "/done/")] = true
			x.mu.Unlock()
		}
	case w.stage == 2:
		var err error
		w.matter, err = d.receipt(ctx, w.at)
		ok = err == nil
	case w.stage < 3+3*permits:
		c := w.matter.permits[(w.stage-3)/3]
		switch (w.stage - 3) % 3 {
		case 0:
			_, ok = x.press(ctx, d.window, c.url()+"/accept", key, form{}.with(key, "_v", "1"))
		case 1:
			_, ok = x.press(ctx, d.assessors[c.unit], c.url()+"/assess", key, d.assess[c.item].with(key, "_v", "2"))
		case 2:
			if _, ok = x.press(ctx, d.approvers[c.unit], c.url()+"/decide", key, d.decide[c.item].with(key, "_v", "3")); ok {
				x.mu.Lock()
				x.decided[c.number] = true
				x.mu.Unlock()
			}
		}
	default:
		*w = walk{id: w.id + 1}
		return true
	}
	if ok {
		w.stage++
	}
	return ok
}

// compare holds the dead product's database against what its people were told, after its own fsck has passed.
func (x *told) compare(ctx context.Context, c *county) []string {
	wrong := x.wrong
	if err := c.audit(ctx); err != nil {
		wrong = append(wrong, err.Error())
	}
	d, err := c.books()
	if err != nil {
		return append(wrong, err.Error())
	}
	defer d.Close()
	for number := range x.submissions {
		var n int
		if err := d.QueryRowContext(ctx, `SELECT count(*) FROM bundle_submission WHERE number = $1`, number).Scan(&n); err != nil || n != 1 {
			wrong = append(wrong, fmt.Sprintf("submission %s was acknowledged and is there %d times, %v", number, n, err))
		}
	}
	for number := range x.decided {
		var n int
		if err := d.QueryRowContext(ctx, `SELECT count(*) FROM casework_case WHERE number = $1 AND state IN ('granted', 'closed')`, number).Scan(&n); err != nil || n != 1 {
			wrong = append(wrong, fmt.Sprintf("case %s was granted and is not, %v", number, err))
		}
	}
	return wrong
}

// The product as it is delivered is killed while people hand in, accept, assess and decide over its real forms. Whatever they were told is
// there afterwards, once; whatever was not answered is answered when the same form is sent again.
func TestKilledProductLosesNothingItAcknowledged(t *testing.T) {
	binary, err := build(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Run("sqlite", func(t *testing.T) { killed(t, &county{binary: binary, dir: t.TempDir()}, *kills) })
	t.Run("postgres", func(t *testing.T) {
		killed(t, &county{binary: binary, dir: t.TempDir(), database: kerneltest.Schema(t)}, max(1, *kills/4))
	})
}

// killed kills a county so many times.
func killed(t *testing.T, c *county, times int) {
	t.Helper()
	s := *seed
	if s == 0 {
		s = rand.Uint64()
	}
	t.Logf("repeat: go test ./test/load -count=1 -v -run '^%s$' -args -seed %d -kills %d", strings.ReplaceAll(t.Name(), "/", "$/^"), s, *kills)
	random, ctx := rand.New(rand.NewPCG(s, 1)), t.Context()
	h, err := open(ctx, c, nil, 3)
	if err != nil {
		t.Fatalf("%v\n%s", err, c.said())
	}
	x := &told{submissions: map[string]bool{}, decided: map[string]bool{}, answers: map[string]string{}}
	walks := make([]walk, len(h.desks))
	for n := range times {
		during, stop := context.WithCancel(ctx)
		var all sync.WaitGroup
		for i, d := range h.desks {
			all.Go(func() {
				for during.Err() == nil {
					x.step(during, d, &walks[i])
				}
			})
		}
		time.Sleep(time.Duration(200+random.IntN(1500)) * time.Millisecond) // the moment of killing is what is drawn
		process := c.process
		c.process = nil
		if err := process.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		stop()
		all.Wait()
		_ = process.Wait()
		if wrong := x.compare(ctx, c); len(wrong) > 0 {
			t.Fatalf("kill %d: %s", n, strings.Join(wrong[:min(len(wrong), 5)], "\n"))
		}
		if _, err := c.start(ctx, "--demo"); err != nil {
			t.Fatal(err)
		}
		for _, d := range h.desks {
			for _, p := range d.people() {
				p.base = c.url
			}
		}
	}
	t.Logf("%d kills: %d submissions and %d decisions acknowledged, %d forms sent again, 0 violations", times, len(x.submissions), len(x.decided), x.lost)
	if err := c.stop(); err != nil {
		t.Error(err)
	}
	if len(x.submissions) == 0 {
		t.Error("nothing was acknowledged: nothing was tried")
	}
	// The twin: a county in whose books the acknowledged submissions are not found must be seen.
	if err := forget(ctx, c); err != nil {
		t.Fatal(err)
	}
	if len(x.compare(ctx, c)) == 0 {
		t.Error("a submission that disappeared was not missed")
	}
}

// people are all browsers of a desk.
func (d *desk) people() []*person {
	out := []*person{d.citizen, d.window, d.outlet}
	for _, p := range d.assessors {
		out = append(out, p)
	}
	for _, p := range d.approvers {
		out = append(out, p)
	}
	return out
}

// books are the stopped county's database.
func (c *county) books() (*sql.DB, error) {
	if c.database != "" {
		return sql.Open("pgx", c.database)
	}
	return sql.Open("sqlite", "file:"+filepath.Join(c.dir, "tongban.db"))
}

// forget gives every submission another number, as a lost write would leave it.
func forget(ctx context.Context, c *county) error {
	d, err := c.books()
	if err != nil {
		return err
	}
	defer d.Close()
	_, err = d.ExecContext(ctx, `UPDATE bundle_submission SET number = 'x' || number`)
	return err
}
