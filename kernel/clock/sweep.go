package clock

import (
	"context"
	"fmt"
	"time"

	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/check"
	"tongban/kernel/db"
)

// Mark is a point on a clock that somebody wants to hear of when it is passed.
type Mark struct {
	Name string `json:"name"` // such as blue, yellow, red, grave
	Side Side   `json:"side"`
	Threshold
}

// Crossed tells that a clock passed a mark. At is when it did so in law, however late the sweeper came (F25).
type Crossed struct {
	Clock  string    `json:"clock"`
	Thing  string    `json:"subject"`
	Name   string    `json:"name"`
	Title  string    `json:"title"`
	Unit   string    `json:"unit"`
	Holder string    `json:"holder"`
	Mark   string    `json:"mark"`
	At     time.Time `json:"at"`
	Due    string    `json:"due"` // last day of the side the mark is on, in words
}

// EventName implements db.Event.
func (Crossed) EventName() string { return "clock.crossed" }

// Subject implements db.Event.
func (c Crossed) Subject() string { return c.Thing }

// next is the earliest mark that has not been told; zero when the clock stands or has passed all its marks.
func (b *Book) next(r Record) (time.Time, error) {
	var next time.Time
	if r.Ledger.Phase() != Running {
		return next, nil
	}
	for _, m := range r.Marks {
		at, known, err := r.Ledger.CrossedAt(b.Calendar(), m.Side, m.Threshold)
		if err != nil {
			return next, err
		}
		if known && at.After(r.swept) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next, nil
}

// batch is how many clocks one sweep takes in one command.
const batch = 100

// Sweep publishes what was crossed by now, and returns how many clocks it looked at. It may come late or twice: the marks it has
// told are known by the instant up to which a clock was swept.
func (b *Book) Sweep(ctx context.Context, d *db.DB, now time.Time) (int, error) {
	total := 0
	for {
		n := 0
		_, err := d.Run(ctx, db.Act{Actor: authz.Machine("clock", "sweep"), Name: "clock.sweep", Now: now}, func(tx *db.Tx) error {
			lock := ""
			if d.Engine == db.Postgres {
				lock = " FOR UPDATE SKIP LOCKED"
			}
			list, err := b.read(ctx, &tx.View, `WHERE next_at <= $1 ORDER BY next_at LIMIT $2`+lock, db.At(now), batch)
			if err != nil {
				return err
			}
			n = len(list)
			for _, r := range list {
				if err := b.sweep(ctx, tx, r); err != nil {
					return err
				}
			}
			return nil
		})
		total += n
		if err != nil || n < batch {
			return total, err
		}
	}
}

// tell publishes the marks passed since the last time, up to an instant, and returns up to where the marks are told now.
func (b *Book) tell(tx *db.Tx, r Record, upTo time.Time) (swept time.Time, err error) {
	if !upTo.After(r.swept) {
		return r.swept, nil
	}
	due, err := r.Ledger.Due(b.Calendar())
	if err != nil {
		return r.swept, err
	}
	for _, m := range r.Marks {
		at, known, err := r.Ledger.CrossedAt(b.Calendar(), m.Side, m.Threshold)
		if err != nil {
			return r.swept, err
		}
		if !known || !at.After(r.swept) || at.After(upTo) {
			continue
		}
		tx.Publish(Crossed{Clock: r.ID, Thing: r.Subject, Name: r.Name, Title: r.Title, Unit: r.Unit, Holder: r.Holder, Mark: m.Name, At: at, Due: due.Limit(m.Side).String()})
		tx.Record("clock", r.Subject+"/"+r.Name, "", m.Name, map[string]string{"crossed": at.UTC().Format(time.RFC3339)})
	}
	return upTo, nil
}

// sweep tells what one clock passed by now.
func (b *Book) sweep(ctx context.Context, tx *db.Tx, r Record) (err error) {
	if r.swept, err = b.tell(tx, r, tx.Now); err != nil {
		return err
	}
	next, err := b.next(r)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE clock_clock SET next_at = $1, swept_at = $2 WHERE id = $3`, db.At(next), db.At(r.swept), r.ID)
	return err
}

// Invariants of the ledgers (I9): each is legal from its first entry to its last, and the dates kept for searching are those
// derived from the entries.
func (b *Book) Invariants() []check.Invariant {
	return []check.Invariant{{ID: "I9", Title: "每个时限都由台账推出，没有悄悄变短", Module: "clock", Check: func(ctx context.Context, v *db.View) (check.Finding, error) {
		f := check.Finding{Remedy: "用台账重新推算该时限，并查明是谁改了日期"}
		after := ""
		for {
			list, err := b.read(ctx, v, `WHERE id > $1 ORDER BY id LIMIT 500`, after)
			if err != nil || len(list) == 0 {
				return f, err
			}
			for _, r := range list {
				f.Rows++
				after = r.ID
				if err := b.agrees(ctx, v, r); err != nil && f.Bad == "" {
					f.Bad = r.Subject + "/" + r.Name + "：" + err.Error()
				}
			}
		}
	}}}
}

func (b *Book) agrees(ctx context.Context, v *db.View, r Record) error {
	if err := r.Ledger.Check(); err != nil {
		return err
	}
	due, err := r.Ledger.Due(b.Calendar())
	if err != nil {
		return err
	}
	var promised, legal db.Time
	if err := v.QueryRowContext(ctx, `SELECT promised_at, legal_at FROM clock_clock WHERE id = $1`, r.ID).Scan(&promised, &legal); err != nil {
		return err
	}
	if all := r.Ledger.Entries; r.Ledger.Phase() == Stopped {
		// It ended with the days of its time: a calendar that changed later does not concern it.
		told := all[len(all)-1].Told
		due.Promised, due.Statutory = told.Promised, told.Statutory
		if due.Promised.IsZero() && due.Statutory.IsZero() {
			return nil
		}
	}
	if !promised.Equal(due.Promised.End) || !legal.Equal(due.Statutory.End) {
		return fmt.Errorf("应为 %s / %s，库中为 %s / %s", due.Promised, due.Statutory, calendar.DayOf(promised.Time), calendar.DayOf(legal.Time))
	}
	return nil
}
