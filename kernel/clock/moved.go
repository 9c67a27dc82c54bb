package clock

import (
	"context"
	"slices"
	"time"

	"tongban/kernel/calendar"
	"tongban/kernel/db"
)

// Since are the clocks that were started after an identifier was made.
func (b *Book) Since(ctx context.Context, v *db.View, id string) ([]Record, error) {
	return b.read(ctx, v, `WHERE id > $1`, id)
}

// Moved tells of a clock that would have run so many days later: whether every date of it had moved by just as many, and when it would
// cross its next mark. Dates move along only where the calendar looks the same, with its days off and its office hours.
func (b *Book) Moved(r Record, days int) (alike bool, next time.Time, err error) {
	cal := b.Calendar()
	due, err := r.Ledger.Due(cal)
	if err != nil {
		return false, next, err
	}
	l := r.Ledger
	l.Entries = slices.Clone(l.Entries)
	last := calendar.DayOf(l.Entries[0].At)
	for i, e := range l.Entries {
		last = later(later(last, calendar.DayOf(e.At)), later(e.Told.Promised.Day, e.Told.Statutory.Day))
		e.At = e.At.AddDate(0, 0, days)
		e.Told.Promised, e.Told.Statutory = e.Told.Promised.plus(days), e.Told.Statutory.plus(days)
		l.Entries[i] = e
	}
	last = later(last, later(due.Promised.Day, due.Statutory.Day))
	for d := calendar.DayOf(r.Ledger.Entries[0].At).Plus(-1); !d.After(last.Plus(1)); d = d.Plus(1) {
		if same, err := cal.alike(d, d.Plus(days)); err != nil || !same {
			return false, next, nil // the calendar does not reach that far, or looks different
		}
	}
	moved, err := l.Due(cal)
	if err != nil || !moved.Promised.same(due.Promised.plus(days)) || !moved.Statutory.same(due.Statutory.plus(days)) {
		return false, next, nil
	}
	r.swept = r.swept.AddDate(0, 0, days)
	r.Ledger = l
	next, err = b.next(r)
	return true, next, err
}

func later(a, b calendar.Day) calendar.Day {
	if b.After(a) {
		return b
	}
	return a
}

func (l Limit) plus(days int) Limit {
	if !l.IsZero() {
		l.Day, l.End = l.Day.Plus(days), l.End.AddDate(0, 0, days)
	}
	return l
}

func (l Limit) same(o Limit) bool { return l.Day == o.Day && l.End.Equal(o.End) }

func (c Calendar) alike(a, b calendar.Day) (bool, error) {
	x, err := c.IsWorkday(a)
	if err != nil {
		return false, err
	}
	y, err := c.IsWorkday(b)
	return x == y && slices.Equal(c.Hours.On(a), c.Hours.On(b)), err
}
