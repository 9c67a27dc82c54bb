package clock

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tongban/kernel/calendar"
)

// The oracle below knows nothing of ledgers, tables or working-day counts: it
// lives through a history day after day, as a clerk with a paper calendar who
// crosses off one square for every day that counts. It must agree with the
// package on every history.

// history is what happened to one clock, in plain numbers: days since the
// first day of the world, each at a given minute.
type history struct {
	start    int
	promised int
	legal    int
	natural  bool // both terms in natural days
	events   []happening
}

type happening struct {
	kind   Kind
	day    int
	amount int // extension, for both sides
}

// world is the paper calendar: true is a working day. Day 0 is 2024-01-01.
type world []bool

const worldDays = 366 + 365 + 365

var worldStart = calendar.MustDay("2024-01-01")

// squares crosses off days for one side and returns the last day of its term.
// Whether a day counts is settled in the morning: the clock must run, and the
// first day never counts. Whether the term is over is settled in the evening:
// nothing left, the clock running, and somebody at work today.
func (w world) squares(h history, limit int) int {
	left, running, next := limit, true, 0
	for day := h.start; ; day++ {
		if day > h.start && running && (h.natural || w[day]) {
			left--
		}
		for ; next < len(h.events) && h.events[next].day == day; next++ {
			switch e := h.events[next]; e.kind {
			case Pause:
				running = false
			case Resume:
				running = true
				left = max(left, 0) // days off at its end are not owed
			case Extend:
				left += e.amount
			}
		}
		if left <= 0 && running && w[day] {
			return day
		}
	}
}

// twice is a broken twin of the package: it takes the day of the pause out of
// the term although it was used already.
func twice(cal Calendar, l Ledger) (calendar.Day, error) {
	n := l.Promised.Amount
	var p calendar.Day
	for _, e := range l.Entries {
		n += e.MorePromised
		switch e.Kind {
		case Pause:
			p = calendar.DayOf(e.At).Plus(-1)
		case Resume:
			k, err := cal.Between(p, calendar.DayOf(e.At))
			if err != nil {
				return calendar.Day{}, err
			}
			n += k
		}
	}
	return cal.Add(calendar.DayOf(l.Entries[0].At), n)
}

func (w world) calendar(t interface{ Fatal(...any) }) Calendar {
	l := calendar.Layer{Name: "世界", Years: []int{2024, 2025, 2026}}
	for i, works := range w {
		d := worldStart.Plus(i)
		if plain := d.Weekday() != time.Saturday && d.Weekday() != time.Sunday; plain != works {
			k := calendar.Off
			if works {
				k = calendar.Work
			}
			l.Rows = append(l.Rows, calendar.Row{Day: d, Kind: k, Name: "假日", Source: "通知"})
		}
	}
	tab, err := calendar.New(l)
	if err != nil {
		t.Fatal(err)
	}
	return Calendar{Table: tab}
}

// aWorld has weekends, holiday blocks of up to nine days and worked weekends.
func aWorld(r *rand.Rand) world {
	w := make(world, worldDays)
	for i := range w {
		w[i] = i%7 < 5 // 2024-01-01 was a Monday
	}
	for range 5 + r.IntN(25) {
		first, n := r.IntN(worldDays), 1+r.IntN(9)
		for i := first; i < min(first+n, worldDays); i++ {
			w[i] = false
		}
	}
	for range r.IntN(30) {
		w[r.IntN(worldDays/7)*7+5] = true // a Saturday
	}
	return w
}

func aHistory(r *rand.Rand) history {
	h := history{start: 30 + r.IntN(300), promised: r.IntN(25), natural: r.IntN(6) == 0}
	h.legal = h.promised + r.IntN(30)
	day, paused := h.start, false
	for range r.IntN(7) {
		day += []int{0, 0, 1, 1, 2, 3, 5, 8, 13}[r.IntN(9)]
		switch {
		case !paused && r.IntN(3) > 0:
			h.events = append(h.events, happening{Pause, day, 0})
			paused = true
		case paused && r.IntN(4) > 0:
			h.events = append(h.events, happening{Resume, day, 0})
			paused = false
		default:
			h.events = append(h.events, happening{Extend, day, 1 + r.IntN(15)})
		}
	}
	if paused {
		h.events = append(h.events, happening{Resume, day + r.IntN(20), 0})
	}
	return h
}

// ledger writes the history down, each entry a minute after the one before.
// Nothing is told, so that the dates are derived from the entries alone.
func (h history) ledger() Ledger {
	unit := Workday
	if h.natural {
		unit = NaturalDay
	}
	l := Ledger{Clock: Clock{Term{h.promised, unit}, Term{h.legal, unit}}}
	minute := 9 * 60
	put := func(day int, e Entry) {
		e.At = worldStart.Plus(day).At(calendar.Minute(minute))
		minute++
		l.Entries = append(l.Entries, e)
	}
	put(h.start, Entry{Kind: Start})
	for _, e := range h.events {
		switch e.kind {
		case Pause:
			put(e.day, Entry{Kind: Pause, Code: "x", Document: "x"})
		case Resume:
			put(e.day, Entry{Kind: Resume})
		case Extend:
			put(e.day, Entry{Kind: Extend, Approver: "x", Reason: "x", MorePromised: e.amount, MoreStatutory: e.amount})
		}
	}
	return l
}

// lawful drops the extensions that came after either term was over, which
// Append would refuse.
func (h history) lawful(w world) history {
	g := h
	g.events = nil
	for _, e := range h.events {
		if e.kind == Extend {
			so := g
			paused := 0
			for _, x := range so.events {
				switch x.kind {
				case Pause:
					paused = 1
				case Resume:
					paused = 0
				}
			}
			if paused == 1 { // look at it as if it resumed now
				so.events = append(append([]happening{}, so.events...), happening{Resume, e.day, 0})
			}
			if w.squares(so, so.promised) < e.day || w.squares(so, so.legal) < e.day {
				continue
			}
		}
		g.events = append(g.events, e)
	}
	return g
}

func (h history) String() string {
	return fmt.Sprintf("start %v promised %d legal %d natural %v %v", worldStart.Plus(h.start), h.promised, h.legal, h.natural, h.events)
}

// histories is how many the test lives through. TONGBAN_CLOCK_HISTORIES raises it.
func histories() int {
	if n, err := strconv.Atoi(os.Getenv("TONGBAN_CLOCK_HISTORIES")); err == nil && n > 0 {
		return n
	}
	return 120_000
}

const historiesPerWorld = 400

func TestLedgerAgreesWithAClerkAndAPaperCalendar(t *testing.T) {
	total, caught := histories(), 0
	for seed := range uint64(total / historiesPerWorld) {
		r := rand.New(rand.NewPCG(seed, 45))
		w := aWorld(r)
		cal := w.calendar(t)
		for range historiesPerWorld {
			h := aHistory(r).lawful(w)
			checkHistory(t, w, cal, h)
			if d, err := twice(cal, h.ledger()); !h.natural && (err != nil || d != worldStart.Plus(w.squares(h, h.promised))) {
				caught++
			}
		}
	}
	if caught < total/10 {
		t.Errorf("counting the day of a pause twice was noticed in only %d of %d histories", caught, total)
	}
	t.Logf("%d histories; the broken twin was caught in %d", total, caught)
}

func checkHistory(t *testing.T, w world, cal Calendar, h history) {
	t.Helper()
	l := h.ledger()
	if err := l.Check(); err != nil {
		t.Fatalf("%v: %v", h, err)
	}
	due, err := l.Due(cal)
	if err != nil {
		t.Fatalf("%v: %v", h, err)
	}
	for side, limit := range map[Side]int{Promised: h.promised, Statutory: h.legal} {
		if got, want := due.Limit(side).Day, worldStart.Plus(w.squares(h, limit)); got != want {
			t.Fatalf("%v: %s ends on %v, crossing off gives %v", h, side, got, want)
		}
	}
}

// A term in hours is lived through minute by minute: a minute counts when the
// office is open in it and the clock runs.
func TestHoursAgreeWithAClerkAndAStopwatch(t *testing.T) {
	open := func(m int) bool { return m >= 9*60 && m < 12*60 || m >= 13*60 && m < 17*60 }
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 7))
		w := aWorld(r)
		l := Ledger{Clock: Clock{Promised: Term{1 + r.IntN(30), Hour}}}
		minute := (30+r.IntN(300))*24*60 + r.IntN(24*60)
		var at []int
		for i := range 1 + 2*r.IntN(4) {
			at = append(at, minute)
			e := Entry{At: worldStart.At(calendar.Minute(minute)), Code: "x", Document: "x"}
			e.Kind = []Kind{Resume, Pause}[i%2]
			if i == 0 {
				e.Kind = Start
			}
			l.Entries = append(l.Entries, e)
			minute += r.IntN(900)
		}
		left, next := l.Promised.Amount*60, 1
		running := true
		end := at[0]
		for ; ; end++ {
			for ; next < len(at) && at[next] == end; next++ {
				if left > 0 || !running { // a pause after the end is too late
					running = l.Entries[next].Kind == Resume
				}
			}
			if left == 0 && running {
				break
			}
			if w[end/(24*60)] && open(end%(24*60)) && running {
				left--
			}
		}
		due, err := l.Due(w.calendar(t))
		if want := worldStart.At(calendar.Minute(end)); err != nil || !due.Promised.End.Equal(want) {
			t.Fatalf("%s, entries at minutes %v: due %v, %v; the stopwatch says %v", l.Promised, at, due.Promised, err, want)
		}
	}
}

// The same, with histories that shrink to the smallest failing one.
func TestPropertiesOfALedger(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "world"), 82))
		w := aWorld(r)
		cal := w.calendar(t)
		h := aHistory(r).lawful(w)
		n := rapid.IntRange(0, len(h.events)).Draw(t, "events")
		if h.events = h.events[:n]; h.ledger().Phase() == Paused {
			h.events = append(h.events, happening{Resume, h.events[n-1].day + 3, 0})
		}
		l := h.ledger()
		due := must(l.Due(cal))

		// Pauses add up: due = start + limit + extensions + pauses, as long as
		// every pause came in time (and rolled when the last day is off).
		if !h.natural {
			total, inTime := h.promised, true
			var p time.Time
			for i, e := range l.Entries {
				before := must(Ledger{l.Clock, l.Entries[:i]}.limit(cal, Promised))
				switch e.Kind {
				case Extend:
					total += e.MorePromised
				case Pause:
					p = e.At
					inTime = inTime && !before.Passed(p)
				case Resume:
					total += must(cal.Between(calendar.DayOf(p), calendar.DayOf(e.At)))
				}
			}
			sum := must(cal.Roll(must(cal.Add(calendar.DayOf(l.Entries[0].At), total))))
			exact := due.Promised.Day == sum
			if inTime && !exact && !rolledWithin(w, h) {
				t.Fatalf("%v: due %v, start + limit + pauses is %v", h, due.Promised, sum)
			}
		}

		// A new holiday never shortens.
		w2 := append(world{}, w...)
		for range 1 + r.IntN(4) {
			w2[h.start+r.IntN(80)] = false
		}
		due2 := must(l.Due(w2.calendar(t)))
		if due2.Promised.End.Before(due.Promised.End) || due2.Statutory.End.Before(due.Statutory.End) {
			t.Fatalf("%v: holidays moved %v to %v", h, due, due2)
		}

		// Told dates never shorten either, whatever the calendar becomes.
		told := Ledger{Clock: l.Clock}
		for _, e := range l.Entries {
			var err error
			if told, err = told.Append(cal, e); err != nil {
				t.Fatalf("%v: %v", h, err)
			}
		}
		w3 := append(world{}, w...)
		for i := range 60 {
			w3[h.start+i] = true
		}
		all := w3.calendar(t)
		if d := must(told.Due(all)); d.Promised.End.Before(due.Promised.End) || d.Statutory.End.Before(due.Statutory.End) {
			t.Fatalf("%v: told %v, now %v", h, due, d)
		}

		// An extension lengthens.
		last := l.Entries[len(l.Entries)-1].At
		if !due.Promised.Passed(last) && !due.Statutory.Passed(last) {
			more, err := told.Append(cal, Entry{Kind: Extend, At: last, Approver: "x", Reason: "x", MorePromised: 5, MoreStatutory: 5})
			if err != nil {
				t.Fatalf("%v: %v", h, err)
			}
			longer := must(more.Due(cal))
			if !h.natural && (!longer.Promised.End.After(due.Promised.End) || !longer.Statutory.End.After(due.Statutory.End)) || longer.Promised.End.Before(due.Promised.End) {
				t.Fatalf("%v: extended from %v to %v", h, due, longer)
			}
		}

		// The explanation ends with the dates.
		steps := must(l.Explain(cal))
		final := steps[len(steps)-1]
		if final.Kind != StepDue || !strings.Contains(final.Text, "承诺期限到"+due.Promised.String()+"届满") || !strings.Contains(final.Text, "法定期限到"+due.Statutory.String()+"届满") {
			t.Fatalf("%v: due %v, explained as %s", h, due, final.Text)
		}

		// The share reaches a threshold exactly when the threshold is crossed,
		// and thresholds are crossed in order.
		var prev time.Time
		for _, percent := range []int{10, 50, 80, 90, 100} {
			at, known, err := l.CrossedAt(cal, Promised, Threshold{Percent: percent})
			if err != nil || !known || at.Before(prev) {
				t.Fatalf("%v: %d%% at %v, %v, %v; before it %v", h, percent, at, known, err, prev)
			}
			prev = at
			if h.promised == 0 || at.Before(last) {
				continue
			}
			g := must(l.Read(cal, at)).Promised
			if g.Share < float64(percent)/100-1e-9 {
				t.Fatalf("%v: at %v, the instant of %d%%, the share is %v", h, at, percent, g.Share)
			}
			if early := at.Add(-time.Second); early.After(last) && percent < 100 {
				if g := must(l.Read(cal, early)).Promised; g.Share >= float64(percent)/100 {
					t.Fatalf("%v: a second before %v, the instant of %d%%, the share is %v", h, at, percent, g.Share)
				}
			}
		}
		if !prev.Equal(due.Promised.End) {
			t.Fatalf("%v: over at %v, due %v", h, prev, due.Promised)
		}
	})
}

// rolledWithin: a same-day term begun on a day off, or a pause that ended on
// one: the term may roll to the next working day in the middle of the sum.
func rolledWithin(w world, h history) bool {
	if h.promised == 0 && !w[h.start] {
		return true
	}
	for _, e := range h.events {
		if e.kind == Resume && !w[e.day] {
			return true
		}
	}
	return false
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
