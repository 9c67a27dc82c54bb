package clock

import (
	"time"

	"tongban/kernel/calendar"
)

// Gauge is how one side of a clock stands at an instant. Total, Elapsed and
// Remaining are in working days, natural days (also for months) or minutes
// (for hours), as the term counts.
type Gauge struct {
	Due   Limit
	Total Term // the term with its extensions
	// Elapsed counts the days used, today included, pauses left out.
	Elapsed Term
	// Remaining counts the days after today; 0 is the last day, negative is
	// late.
	Remaining Term
	// Share is the part of the term that is used, a day under way by the office
	// hours gone by. In time it is at most 1.
	Share float64
	Late  bool
}

// Reading is a clock read at an instant.
type Reading struct {
	Phase               Phase
	Promised, Statutory Gauge
}

// Gauge returns the gauge of that side.
func (r Reading) Gauge(s Side) Gauge {
	if s == Statutory {
		return r.Statutory
	}
	return r.Promised
}

// Read tells how much of both limits is used at now. A paused or stopped clock
// is read as it stood when it was halted.
func (l Ledger) Read(cal Calendar, now time.Time) (Reading, error) {
	out := Reading{Phase: l.Phase()}
	due, err := l.Due(cal)
	if err != nil {
		return Reading{}, err
	}
	if out.Promised, err = l.gauge(cal, Promised, due.Promised, now); err != nil {
		return Reading{}, err
	}
	out.Statutory, err = l.gauge(cal, Statutory, due.Statutory, now)
	return out, err
}

func (l Ledger) gauge(cal Calendar, side Side, due Limit, now time.Time) (Gauge, error) {
	g := Gauge{Due: due}
	if due.IsZero() {
		return g, nil
	}
	if now.Before(l.Entries[0].At) {
		now = l.Entries[0].At
	}
	now = l.effective(now)
	r := ruler{cal, l.Term(side).Unit}
	total, err := l.total(r, side, due)
	if err != nil {
		return g, err
	}
	used, part, err := l.position(r, now)
	if err != nil {
		return g, err
	}
	left := total - used
	if l.Phase() != Paused { // a running clock: what lies between now and the end
		end := due.End
		if !r.timed() {
			end = due.Day.Start()
		}
		if left, err = r.span(now, end); err != nil {
			return g, err
		}
	}
	g.Total, g.Elapsed, g.Remaining = r.term(total), r.term(used), r.term(left)
	g.Late = due.Passed(now)
	switch {
	case total > 0:
		g.Share = (float64(used) + part) / float64(total)
	case g.Late:
		g.Share = 1
	default: // due on the same day
		if g.Share, err = r.partOfDay(calendar.DayOf(now), now); err != nil {
			return g, err
		}
	}
	if g.Late {
		g.Share = max(g.Share, 1)
	} else {
		g.Share = min(g.Share, 1)
	}
	return g, nil
}

// term states a measure in the unit people read.
func (r ruler) term(n int64) Term {
	switch {
	case r.timed():
		return Term{int(n / int64(time.Minute)), Minute}
	case r.unit == Workday:
		return Term{int(n), Workday}
	}
	return Term{int(n), NaturalDay}
}

// total is the length of the term with its extensions. Where an earlier date
// is held off, it is as long as the kept date makes it.
func (l Ledger) total(r ruler, side Side, due Limit) (int64, error) {
	if due.Held {
		end := due.End
		if !r.timed() {
			end = due.Day.Start()
		}
		used, _, err := l.position(r, end)
		return used, err
	}
	total := l.Term(side).Amount
	for _, e := range l.Entries {
		total += e.more(side)
	}
	return r.count(l.Entries[0].At, 0, total), nil
}

// stretch is a time during which the clock ran; to is zero for the last one
// while it runs on.
type stretch struct{ from, to time.Time }

func (l Ledger) stretches() []stretch {
	var ss []stretch
	for _, e := range l.Entries {
		switch e.Kind {
		case Start, Resume:
			ss = append(ss, stretch{from: e.At})
		case Pause, Stop:
			if n := len(ss); n > 0 && ss[n-1].to.IsZero() {
				ss[n-1].to = e.At
			}
		}
	}
	return ss
}

// position measures what is used at t: whole units including the day under
// way, and by how much of a day that is too much (part, 0 or negative).
func (l Ledger) position(r ruler, t time.Time) (used int64, part float64, err error) {
	for _, s := range l.stretches() {
		if s.from.After(t) {
			break
		}
		end := t
		if !s.to.IsZero() && s.to.Before(t) {
			end = s.to
		}
		n, err := r.span(s.from, end)
		if err != nil {
			return 0, 0, err
		}
		used += n
		part = 0
		if day := calendar.DayOf(end); n > 0 && !r.timed() {
			counted := true
			if r.unit == Workday {
				if counted, err = r.cal.IsWorkday(day); err != nil {
					return 0, 0, err
				}
			}
			if counted {
				p, err := r.partOfDay(day, end)
				if err != nil {
					return 0, 0, err
				}
				part = p - 1
			}
		}
	}
	return used, part, nil
}

// partOfDay is the part of the day gone by: of its office hours for working
// days, of its 24 hours otherwise.
func (r ruler) partOfDay(d calendar.Day, t time.Time) (float64, error) {
	a, b := t.Sub(d.Start()), 24*time.Hour
	if r.unit == Workday {
		whole, err := r.cal.Worked(r.cal.Hours, d.Start(), d.End())
		if err != nil {
			return 0, err
		}
		if whole > 0 {
			if a, err = r.cal.Worked(r.cal.Hours, d.Start(), t); err != nil {
				return 0, err
			}
			b = whole
		}
	}
	return float64(a) / float64(b), nil
}

// Threshold is a mark on the way to the end of a term: a percentage of it
// used, or, when Percent is 0, so many of its days (minutes for a term in
// hours) left.
type Threshold struct {
	Percent int `json:"percent,omitempty"`
	Left    int `json:"left,omitempty"`
}

// CrossedAt returns the instant at which in law the threshold was or will be
// crossed, whenever somebody looks: a sweeper that was down dates its events by
// it. 100 percent is crossed when the term is over (the last day's midnight),
// lesser ones within the office hours of the day that reaches them. It is not
// known (false) while the clock is paused before the threshold, and when the
// clock was stopped before it. A threshold lying in a pause day after the
// moment of the pause is crossed on resumption.
func (l Ledger) CrossedAt(cal Calendar, side Side, th Threshold) (time.Time, bool, error) {
	due, err := l.limit(cal, side)
	if err != nil || due.IsZero() {
		return time.Time{}, false, err
	}
	r := ruler{cal, l.Term(side).Unit}
	total, err := l.total(r, side, due)
	if err != nil {
		return time.Time{}, false, err
	}
	hundredths := total * int64(th.Percent)
	if th.Percent == 0 {
		left := int64(th.Left)
		if r.timed() {
			left *= int64(time.Minute)
		}
		hundredths = (total - left) * 100
	}
	at, known, err := l.crossing(r, total, hundredths, due)
	if err != nil || !known {
		return time.Time{}, false, err
	}
	return at.In(calendar.Zone()), true, nil
}

func (l Ledger) crossing(r ruler, total, hundredths int64, due Limit) (time.Time, bool, error) {
	ss := l.stretches()
	if hundredths >= total*100 {
		last := ss[len(ss)-1]
		// A halt before the end leaves the end open; one after it changes nothing.
		if !last.to.IsZero() && last.to.Before(due.End) {
			return time.Time{}, false, nil
		}
		if hundredths == total*100 {
			return due.End, true, nil
		}
	}
	if hundredths <= 0 {
		return ss[0].from, true, nil
	}
	for _, s := range ss {
		at, err := r.instantAt(s.from, hundredths)
		if err != nil {
			return time.Time{}, false, err
		}
		if s.to.IsZero() || !s.to.Before(at) {
			if hundredths > total*100 && at.Before(due.End) {
				at = due.End
			}
			return at, true, nil
		}
		n, err := r.span(s.from, s.to)
		if err != nil {
			return time.Time{}, false, err
		}
		hundredths = max(0, hundredths-n*100)
	}
	return time.Time{}, false, nil
}

// instantAt is when that many hundredths of a unit are used after from.
func (r ruler) instantAt(from time.Time, hundredths int64) (time.Time, error) {
	if hundredths == 0 {
		return from, nil
	}
	if r.timed() {
		return r.cal.AddWorked(r.cal.Hours, from, time.Duration(hundredths/100))
	}
	n, part := (hundredths+99)/100, (hundredths-1)%100+1
	d := calendar.DayOf(from)
	if r.unit != Workday {
		return d.Plus(int(n)).Start().Add(24 * time.Hour * time.Duration(part) / 100), nil
	}
	d, err := r.cal.Add(d, int(n))
	if err != nil {
		return time.Time{}, err
	}
	whole, err := r.cal.Worked(r.cal.Hours, d.Start(), d.End())
	if err != nil {
		return time.Time{}, err
	}
	if whole == 0 {
		return d.Start().Add(24 * time.Hour * time.Duration(part) / 100), nil
	}
	return r.cal.AddWorked(r.cal.Hours, d.Start(), whole*time.Duration(part)/100)
}
