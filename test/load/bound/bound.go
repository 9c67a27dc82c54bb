// Package bound is the practical upper bound for the product's speed: one thing through its life (a submission of four permits, four times
// accept, assess and decide, one delivery: fourteen transactions) in hand-written SQL, each writing its state, an event, a task and
// where due an outbox row, and nothing else: no rights, no chain, no clocks, no pages.
//
// It runs beside the product in the same minutes on the same disk; only the ratio of the two means anything.
package bound

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// permits is how many permits a thing has.
const permits = 4

// Acts is how many transactions a thing takes.
const Acts = 2 + 3*permits

// schema is one statement a line: both engines take it.
const schema = `CREATE TABLE thing (id bigint PRIMARY KEY, applicant text NOT NULL, form text NOT NULL, state text NOT NULL, open integer NOT NULL, at bigint NOT NULL)
CREATE TABLE permit (id bigint PRIMARY KEY, thing bigint NOT NULL, item text NOT NULL, unit integer NOT NULL, state text NOT NULL, version integer NOT NULL, due bigint NOT NULL, at bigint NOT NULL)
CREATE INDEX permit_thing ON permit (thing)
CREATE INDEX permit_due ON permit (due) WHERE state <> 'decided'
CREATE TABLE task (id bigint PRIMARY KEY, permit bigint NOT NULL, kind text NOT NULL, holder integer NOT NULL, state text NOT NULL, due bigint NOT NULL, done_at bigint)
CREATE INDEX task_open ON task (holder, due) WHERE state = 'open'
CREATE TABLE event (id bigint PRIMARY KEY, thing bigint NOT NULL, permit bigint, actor integer NOT NULL, kind text NOT NULL, at bigint NOT NULL, body text NOT NULL)
CREATE INDEX event_thing ON event (thing, id)
CREATE TABLE outbox (id bigint PRIMARY KEY, topic text NOT NULL, body text NOT NULL, sent_at bigint)`

// The statements. Every one of them must touch exactly one row.
const (
	addThing   = `INSERT INTO thing (id, applicant, form, state, open, at) VALUES ($1, $2, $3, 'open', $4, $5)`
	addPermit  = `INSERT INTO permit (id, thing, item, unit, state, version, due, at) VALUES ($1, $2, $3, $4, 'new', 0, $5, $6)`
	addTask    = `INSERT INTO task (id, permit, kind, holder, state, due) VALUES ($1, $2, $3, $4, 'open', $5)`
	addEvent   = `INSERT INTO event (id, thing, permit, actor, kind, at, body) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	addOutbox  = `INSERT INTO outbox (id, topic, body) VALUES ($1, $2, $3)`
	movePermit = `UPDATE permit SET state = $1, version = version + 1, at = $2 WHERE id = $3 AND state = $4`
	endTask    = `UPDATE task SET state = 'done', done_at = $1 WHERE id = $2 AND state = 'open'`
	countDown  = `UPDATE thing SET open = open - 1 WHERE id = $1`
	deliver    = `UPDATE thing SET state = 'delivered' WHERE id = $1 AND open = 0`
)

var steps = []struct{ kind, before, after string }{{"accept", "new", "accepted"}, {"assess", "accepted", "assessed"}, {"decide", "assessed", "decided"}}

// A form of some thirty fields, and the body of an event or outbox row, at the size the product has them.
var (
	form = `{"name":"` + strings.Repeat("湘", 20) + `","address":"` + strings.Repeat("南岭", 60) + `","fields":"` + strings.Repeat("x", 600) + `"}`
	body = `{"note":"` + strings.Repeat("y", 160) + `"}`
)

type statement struct {
	query string
	args  []any
}

// Database carries out a transaction and returns once it is on disk.
type Database interface {
	Do(ctx context.Context, list []statement) error
	Close() error
}

// Result is what a round of the bound achieved.
type Result struct {
	Things, Acts float64 // a second
	Times        []time.Duration
}

// Drive lets so many clients take things through their lives, each one transaction after the other, for the length of the window.
func Drive(ctx context.Context, d Database, clients int, window time.Duration) (Result, error) {
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		out   Result
		first error
		acts  atomic.Int64
	)
	began := time.Now()
	until := began.Add(window)
	for range clients {
		wg.Go(func() {
			times, err := drive(ctx, d, until, &acts)
			mu.Lock()
			defer mu.Unlock()
			out.Times = append(out.Times, times...)
			if first == nil {
				first = err
			}
		})
	}
	wg.Wait()
	out.Acts = float64(acts.Load()) / time.Since(began).Seconds()
	out.Things = out.Acts / Acts
	return out, first
}

// last makes the ids of a process unique, also over several databases.
var last atomic.Int64

func next() int64 { return last.Add(1) }

// drive is one client. It ends with the window, in the middle of a thing if need be: acts are counted, not things.
func drive(ctx context.Context, d Database, until time.Time, acts *atomic.Int64) (times []time.Duration, err error) {
	do := func(list []statement) bool {
		began := time.Now()
		if err = d.Do(ctx, list); err != nil {
			return false
		}
		times = append(times, time.Since(began))
		acts.Add(1)
		return time.Now().Before(until)
	}
	for {
		th := thing{id: next()}
		for n := range permits {
			th.permits[n], th.tasks[n] = next(), next()
		}
		if !do(th.submit()) {
			return times, err
		}
		for step := range steps {
			for n := range permits {
				if !do(th.step(n, step)) {
					return times, err
				}
			}
		}
		if !do(th.deliver()) {
			return times, err
		}
	}
}

type thing struct {
	id             int64
	permits, tasks [permits]int64
}

func (th *thing) submit() []statement {
	now := time.Now().UnixMilli()
	list := []statement{
		{addThing, []any{th.id, "applicant", form, permits, now}},
		{addEvent, []any{next(), th.id, nil, 1, "submit", now, body}},
	}
	for n, id := range th.permits {
		list = append(list,
			statement{addPermit, []any{id, th.id, fmt.Sprintf("item-%d", n), n, now + 864e5, now}},
			statement{addTask, []any{th.tasks[n], id, "accept", id % 200, now + 864e5}},
			statement{addEvent, []any{next(), th.id, id, 1, "open", now, body}})
	}
	return append(list, statement{addOutbox, []any{next(), "submitted", body}})
}

func (th *thing) step(n, step int) []statement {
	now := time.Now().UnixMilli()
	id, s := th.permits[n], steps[step]
	list := []statement{
		{movePermit, []any{s.after, now, id, s.before}},
		{endTask, []any{now, th.tasks[n]}},
		{addEvent, []any{next(), th.id, id, id % 200, s.kind, now, body}},
	}
	if step+1 < len(steps) {
		th.tasks[n] = next()
		return append(list, statement{addTask, []any{th.tasks[n], id, steps[step+1].kind, id % 200, now + 864e5}})
	}
	return append(list, statement{countDown, []any{th.id}}, statement{addOutbox, []any{next(), "decided", body}})
}

func (th *thing) deliver() []statement {
	now := time.Now().UnixMilli()
	return []statement{{deliver, []any{th.id}}, {addEvent, []any{next(), th.id, nil, 1, "deliver", now, body}}, {addOutbox, []any{next(), "delivered", body}}}
}
