// Package event carries facts from the module that knows them to the modules that care.
//
// An event is written to the outbox inside the command that made it true (db.Tx.Publish) together with one delivery row for each
// listener. The relay then gives it to each listener in a command of the listener's own, in order for each subject: the listener's work
// and the receipt commit together, so its effect in the database happens once. What fails is tried again later and at last parked
// with the reason, for a person to look at; it never blocks other subjects.
package event

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/problem"
)

// Listener hears one kind of event.
type Listener struct {
	Name  string // module.what-it-does: unique and stable, it is the receipt's key
	Event string
	wants func() bool
	hear  func(context.Context, *db.Tx, []Heard) error
}

// Heard is an event as it was told.
type Heard struct {
	ID, Name string
	At       time.Time // when the command was
	Payload  []byte
}

// On makes a listener that hears one event after the other. Its function runs inside a command whose actor is the machine named after the
// listener.
func On[E db.Event](name string, hear func(context.Context, *db.Tx, E) error) Listener {
	return OnAll(name, func(ctx context.Context, tx *db.Tx, events []E) error {
		for _, e := range events {
			if err := hear(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

// OnAll makes a listener that hears what came together at once, so that it can read and write in few statements what they all are about. No
// two of the events are of one subject. When it fails for several it hears each by itself, so one bad event holds up no other.
func OnAll[E db.Event](name string, hear func(context.Context, *db.Tx, []E) error) Listener {
	var zero E
	return Listener{Name: name, Event: zero.EventName(), hear: func(ctx context.Context, tx *db.Tx, heard []Heard) error {
		events := make([]E, len(heard))
		for i, h := range heard {
			if err := json.Unmarshal(h.Payload, &events[i]); err != nil {
				return fmt.Errorf("event: payload of %s: %w", zero.EventName(), err)
			}
		}
		return hear(ctx, tx, events)
	}}
}

// Relay delivers events to listeners.
type Relay struct {
	db        *db.DB
	now       func() time.Time
	listeners map[string]Listener
	wake      chan struct{}
}

// tries is how often a delivery is attempted before it is parked for a person.
const tries = 8

// NewRelay wires the listeners to the outbox. It must be called before the first command.
func NewRelay(d *db.DB, now func() time.Time, listeners []Listener) (*Relay, error) {
	r := &Relay{db: d, now: now, listeners: map[string]Listener{}, wake: make(chan struct{}, 1)}
	route := map[string][]db.Recipient{}
	for _, l := range listeners {
		if _, twice := r.listeners[l.Name]; twice {
			return nil, fmt.Errorf("event: two listeners are called %s", l.Name)
		}
		r.listeners[l.Name] = l
		route[l.Event] = append(route[l.Event], db.Recipient{Listener: l.Name, Wants: l.wants})
	}
	d.Route(route)
	d.Nudge(func() {
		select {
		case r.wake <- struct{}{}:
		default:
		}
	})
	return r, nil
}

// Run delivers until the context ends. It looks again every second, so a nudge lost with a process costs no more than that.
func (r *Relay) Run(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		if _, err := r.Drain(ctx); err != nil && ctx.Err() == nil {
			slog.ErrorContext(ctx, "relay", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-r.wake:
		case <-tick.C:
		}
	}
}

type delivery struct {
	id, listener, name, payload string
	at                          db.Time
	tries                       int64
}

// Drain delivers until nothing is due and returns how many deliveries succeeded.
func (r *Relay) Drain(ctx context.Context) (int, error) {
	total := 0
	for {
		list, err := r.due(ctx)
		if err != nil || len(list) == 0 {
			return total, err
		}
		n, err := r.deliverAll(ctx, list)
		total += n
		if err != nil {
			return total, err
		}
	}
}

// together is how many deliveries of one listener share a command: what a command costs beside its work, they pay once. It stays small,
// because people's acts wait behind it.
const together = 8

// abreast is how many such commands stand in the queue of the SQLite writer at once. It carries them out one after the other all the same,
// but one sync to disk serves them all.
const abreast = 8

// deliverAll delivers what is due: no two of the list are of one listener and subject. On PostgreSQL commands would run side by side and
// two listeners might each miss what the other just wrote, so there one follows the other.
func (r *Relay) deliverAll(ctx context.Context, list []delivery) (int, error) {
	many := 1
	if r.db.Engine == db.SQLite {
		many = abreast
	}
	var (
		all   sync.WaitGroup
		done  atomic.Int64
		once  sync.Once
		first error
	)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	places := make(chan struct{}, many)
	for _, some := range byListener(list) {
		places <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		all.Go(func() {
			defer func() { <-places }()
			n, err := r.deliver(ctx, some)
			done.Add(int64(n))
			if err != nil {
				once.Do(func() { first = err; stop() })
			}
		})
	}
	all.Wait()
	return int(done.Load()), first
}

// byListener puts deliveries of one listener and one kind of event together, in the order of each bundle's first.
func byListener(list []delivery) [][]delivery {
	var out [][]delivery
	type ear struct{ listener, event string }
	open := map[ear]int{} // its bundle that has room
	for _, d := range list {
		of := ear{d.listener, d.name}
		at, known := open[of]
		if !known || len(out[at]) == together {
			at = len(out)
			open[of], out = at, append(out, nil)
		}
		out[at] = append(out[at], d)
	}
	return out
}

// longestWait is more than any delivery waits for its next try. What seems to wait longer was written before the clock was set back.
const longestWait = 5 * time.Minute

// due reads the next deliveries: for every listener and subject only the oldest, so that order is kept.
func (r *Relay) due(ctx context.Context) ([]delivery, error) {
	v, now := r.db.View(authz.Machine("relay", ""), r.now()), time.Now()
	rows, err := v.QueryContext(ctx, `SELECT d.event_id, d.listener, d.tries, o.name, o.payload, o.at
 FROM event_delivery d JOIN event_outbox o ON o.id = d.event_id
 WHERE d.state = 'due' AND (d.next_at <= $1 OR d.next_at > $2) AND NOT EXISTS (
  SELECT 1 FROM event_delivery e WHERE e.state = 'due' AND e.listener = d.listener AND e.subject = d.subject AND e.event_id < d.event_id)
 ORDER BY d.event_id LIMIT 100`, db.At(now), db.At(now.Add(longestWait)))
	if err != nil {
		return nil, fmt.Errorf("event: read due deliveries: %w", err)
	}
	defer rows.Close()
	var out []delivery
	for rows.Next() {
		var d delivery
		if err := rows.Scan(&d.id, &d.listener, &d.tries, &d.name, &d.payload, &d.at); err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, rows.Err()
}

// errHeard is that the listener has done its work for one of the deliveries: another process was faster, or somebody made it due again.
var errHeard = errors.New("event: heard before")

// deliver lets a listener hear some events in one command. When one of them fails the command is undone, and each is delivered by itself.
func (r *Relay) deliver(ctx context.Context, list []delivery) (int, error) {
	l, known := r.listeners[list[0].listener]
	entered := false
	_, err := r.db.Run(ctx, db.Act{Actor: authz.Machine(list[0].listener, "event:"+list[0].name), Name: list[0].listener, Now: r.now()}, func(tx *db.Tx) error {
		entered = true
		if !known {
			return fmt.Errorf("event: no listener is called %s", list[0].listener)
		}
		if err := sign(ctx, tx, list); err != nil {
			return err
		}
		heard := make([]Heard, len(list))
		for i, d := range list {
			heard[i] = Heard{d.id, d.name, d.at.Time, []byte(d.payload)}
		}
		return l.hear(ctx, tx, heard)
	})
	switch {
	case err == nil:
		return len(list), nil
	case ctx.Err() != nil:
		return 0, ctx.Err()
	case !entered && problem.KindOf(err) == problem.KindBusy || db.Unavailable(err):
		return 0, err // overload or a database that is away is no failure of the listener
	case len(list) > 1:
		return r.oneByOne(ctx, list)
	case errors.Is(err, errHeard):
		return 0, r.heardBefore(ctx, list[0])
	}
	slog.WarnContext(ctx, "listener failed", "listener", list[0].listener, "event", list[0].id, "try", list[0].tries+1, "error", err)
	return 0, r.postpone(ctx, list[0], err)
}

// sign writes the receipts of deliveries: this command, and no other, has the listener hear them.
func sign(ctx context.Context, tx *db.Tx, list []delivery) error {
	args, marks := []any{db.At(tx.Now), list[0].listener}, make([]string, len(list))
	for i, d := range list {
		args, marks[i] = append(args, d.id), fmt.Sprintf("$%d", i+3)
	}
	out, err := tx.ExecContext(ctx, `UPDATE event_delivery SET state = 'done', heard_at = $1
 WHERE listener = $2 AND heard_at IS NULL AND event_id IN (`+strings.Join(marks, ", ")+`)`, args...)
	if err != nil {
		return err
	}
	if n, err := out.RowsAffected(); err != nil || n != int64(len(list)) {
		return errors.Join(errHeard, err)
	}
	return nil
}

func (r *Relay) oneByOne(ctx context.Context, list []delivery) (int, error) {
	total := 0
	for _, d := range list {
		n, err := r.deliver(ctx, []delivery{d})
		total += n
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// heardBefore ends a delivery that is due though its listener has done its work. Without this the relay would come back to it for ever.
func (r *Relay) heardBefore(ctx context.Context, d delivery) error {
	return r.db.Housekeep(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE event_delivery SET state = 'done' WHERE event_id = $1 AND listener = $2 AND heard_at IS NOT NULL`, d.id, d.listener)
		return err
	})
}

// postpone waits longer after every failure and parks the delivery at last. It runs on the wall clock: a test clock that is moved
// must not change how failures are retried.
func (r *Relay) postpone(ctx context.Context, d delivery, cause error) error {
	state := "due"
	if d.tries+1 >= tries {
		state = "parked"
	}
	_, err := r.db.Run(ctx, db.Act{Actor: authz.Machine("relay", d.listener), Name: "event.postpone", Now: r.now()}, func(tx *db.Tx) error {
		tx.Record("event_delivery", d.id, "due", state, map[string]string{"listener": d.listener})
		_, err := tx.ExecContext(ctx, `UPDATE event_delivery SET state = $1, tries = tries + 1, next_at = $2, reason = $3 WHERE event_id = $4 AND listener = $5 AND state = 'due'`,
			state, db.At(time.Now().Add(time.Second<<d.tries)), cause.Error(), d.id, d.listener)
		return err
	})
	return err
}

// kept is how long an event that reached everybody stays to be looked at.
const kept = 30 * 24 * time.Hour

// Tidy forgets events that reached all their listeners long ago, some at a time, and returns how many. What is due or parked stays, however
// old. What happened stands in the audit log; this was only the way it travelled.
func (r *Relay) Tidy(ctx context.Context) (int64, error) {
	const some = 500
	var total int64
	for {
		var n int64
		err := r.db.Housekeep(ctx, func(tx *sql.Tx) error {
			old := `SELECT o.id FROM event_outbox o WHERE o.at < $1 AND NOT EXISTS (
 SELECT 1 FROM event_delivery d WHERE d.event_id = o.id AND d.state <> 'done') ORDER BY o.id LIMIT $2`
			before := db.At(r.now().Add(-kept))
			if _, err := tx.ExecContext(ctx, `DELETE FROM event_delivery WHERE event_id IN (`+old+`)`, before, some); err != nil {
				return err
			}
			out, err := tx.ExecContext(ctx, `DELETE FROM event_outbox WHERE id IN (`+old+`)`, before, some)
			if err == nil {
				n, err = out.RowsAffected()
			}
			return err
		})
		total += n
		if err != nil || n < some {
			return total, err
		}
	}
}
