package clock_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"tongban/kernel/app"
	"tongban/kernel/calendar"
	"tongban/kernel/clock"
	"tongban/kernel/db"
	"tongban/kernel/event"
	"tongban/kernel/kerneltest"
	"tongban/kernel/problem"
)

var clerk = kerneltest.Clerk("c1")

// bell is a module that writes down every crossing it hears of.
type bell struct {
	mu    sync.Mutex
	heard []clock.Crossed
}

func (b *bell) Manifest() app.Manifest {
	return app.Manifest{Name: "bell", Listeners: []event.Listener{event.On("bell.ring", func(_ context.Context, _ *db.Tx, c clock.Crossed) error {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.heard = append(b.heard, c)
		return nil
	})}}
}

// marks lists what was heard as name@day.
func (b *bell) marks() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []string
	for _, c := range b.heard {
		out = append(out, c.Mark+"@"+c.At.In(calendar.Zone()).Format("01-02"))
	}
	return out
}

// beijing is an instant of 2026 in the morning of a day.
func beijing(month time.Month, day, hour int) time.Time {
	return time.Date(2026, month, day, hour, 0, 0, 0, calendar.Zone())
}

var handling = clock.Of{Subject: "case-1", Name: "handling"}

// begin starts a clock of ten working days on Monday, 2 March 2026: half of it is used in the course of Monday the 9th, all of it with
// the end of Monday the 16th.
func begin(kt *kerneltest.Kit) clock.Begin {
	return clock.Begin{Of: handling, Title: "办结", Unit: "approval-bureau", Holder: "c1", At: kt.Watch.Now(),
		Clock: clock.Clock{Promised: clock.Workdays(10), Statutory: clock.Workdays(20)},
		Marks: []clock.Mark{{Name: "half", Side: clock.Promised, Threshold: clock.Threshold{Percent: 50}}, {Name: "late", Side: clock.Promised, Threshold: clock.Threshold{Percent: 100}}}}
}

func both(t *testing.T, f func(t *testing.T, kt *kerneltest.Kit, b *bell)) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			b := &bell{}
			kt := kerneltest.New(t, engine, func(*app.Kernel) []app.Module { return []app.Module{b} })
			kt.Move(beijing(3, 2, 10))
			kt.As(clerk).Must("test.accept", func(tx *db.Tx) error {
				_, err := kt.Clocks.Start(kt.Ctx, tx, begin(kt))
				return err
			})
			f(t, kt, b)
		})
	}
}

func enter(kt *kerneltest.Kit, e clock.Entry) error {
	return kt.As(clerk).Run("test.enter", func(tx *db.Tx) error {
		_, err := kt.Clocks.Enter(kt.Ctx, tx, handling, e)
		return err
	})
}

func due(t *testing.T, kt *kerneltest.Kit) string {
	t.Helper()
	r, err := kt.Clocks.Find(kt.Ctx, kt.Look(), handling)
	if err != nil {
		t.Fatal(err)
	}
	d, err := r.Ledger.Due(kt.Clocks.Calendar())
	if err != nil {
		t.Fatal(err)
	}
	return d.Promised.Day.String()
}

func TestMarksAreToldOnceWithTheirLegalTimeHoweverLate(t *testing.T) {
	both(t, func(t *testing.T, kt *kerneltest.Kit, b *bell) {
		kt.Settle()
		if got := b.marks(); got != nil {
			t.Fatalf("told on the first day: %v", got)
		}
		kt.Move(beijing(4, 20, 9)) // the county was down for weeks
		kt.Settle()
		kt.Settle()
		if got, want := b.marks(), []string{"half@03-09", "late@03-17"}; !slices.Equal(got, want) {
			t.Errorf("told %v, want %v", got, want)
		}
	})
}

func TestPauseAndResumptionMoveTheDayAndTheMarks(t *testing.T) {
	both(t, func(t *testing.T, kt *kerneltest.Kit, b *bell) {
		if got := due(t, kt); got != "2026-03-16" {
			t.Fatalf("due %s", got)
		}
		kt.Move(beijing(3, 4, 10))
		if err := enter(kt, clock.Entry{Kind: clock.Pause, At: kt.Watch.Now(), Code: "expert", Reason: "专家评审", Document: "告知书1号"}); err != nil {
			t.Fatal(err)
		}
		kt.Move(beijing(3, 20, 10))
		kt.Settle()
		if got := b.marks(); got != nil {
			t.Fatalf("a standing clock crossed %v", got)
		}
		if err := enter(kt, clock.Entry{Kind: clock.Resume, At: kt.Watch.Now()}); err != nil {
			t.Fatal(err)
		}
		if got := due(t, kt); got != "2026-04-01" { // 8 working days are left after the 20th
			t.Errorf("due %s after the pause", got)
		}
		if err := enter(kt, clock.Entry{Kind: clock.Resume, At: kt.Watch.Now()}); problem.KindOf(err) != problem.KindConflict {
			t.Errorf("resumed twice: %v", err)
		}
	})
}

func TestExtensionNeedsItsApproverAndMovesTheDay(t *testing.T) {
	both(t, func(t *testing.T, kt *kerneltest.Kit, _ *bell) {
		if err := enter(kt, clock.Entry{Kind: clock.Extend, At: kt.Watch.Now(), Reason: "复杂", MorePromised: 5, MoreStatutory: 5}); problem.KindOf(err) != problem.KindConflict {
			t.Errorf("extended by nobody: %v", err)
		}
		if err := enter(kt, clock.Entry{Kind: clock.Extend, At: kt.Watch.Now(), Reason: "复杂", Approver: "蒋明远", MorePromised: 5, MoreStatutory: 5}); err != nil {
			t.Fatal(err)
		}
		if got := due(t, kt); got != "2026-03-23" {
			t.Errorf("due %s", got)
		}
	})
}

func TestStoppedClockTellsNothingMore(t *testing.T) {
	both(t, func(t *testing.T, kt *kerneltest.Kit, b *bell) {
		kt.Move(beijing(3, 5, 10))
		if err := enter(kt, clock.Entry{Kind: clock.Stop, At: kt.Watch.Now()}); err != nil {
			t.Fatal(err)
		}
		kt.Move(beijing(5, 5, 10))
		kt.Settle()
		if got := b.marks(); got != nil {
			t.Errorf("told %v", got)
		}
	})
}

// The county was down over the mark, or the sweeper simply comes a moment later than the clerk: what was passed in law was passed,
// whatever is entered afterwards.
func TestMarkPassedBeforeAnEntryIsNotLost(t *testing.T) {
	for name, e := range map[string]clock.Entry{
		"pause":  {Kind: clock.Pause, Code: "expert", Reason: "专家评审", Document: "告知书1号"},
		"stop":   {Kind: clock.Stop},
		"extend": {Kind: clock.Extend, Reason: "复杂", Approver: "蒋明远", MorePromised: 10, MoreStatutory: 10},
	} {
		t.Run(name, func(t *testing.T) {
			both(t, func(t *testing.T, kt *kerneltest.Kit, b *bell) {
				kt.Move(beijing(3, 10, 10)) // half of the term was used yesterday, and nobody swept
				e.At = kt.Watch.Now()
				if err := enter(kt, e); err != nil {
					t.Fatal(err)
				}
				kt.Settle()
				if got := b.marks(); len(got) == 0 || got[0] != "half@03-09" {
					t.Errorf("told %v, want half on the 9th", got)
				}
			})
		})
	}
}

func TestHolderOfTheClockAtTheMarkIsNamed(t *testing.T) {
	both(t, func(t *testing.T, kt *kerneltest.Kit, b *bell) {
		kt.Move(beijing(3, 10, 10))
		kt.As(clerk).Must("test.hand", func(tx *db.Tx) error { return kt.Clocks.Hand(kt.Ctx, tx, handling, "other-bureau", "c2") })
		kt.Settle()
		if b.mu.Lock(); len(b.heard) != 1 || b.heard[0].Holder != "c1" || b.heard[0].Unit != "approval-bureau" {
			t.Errorf("told %+v: the card must go to whoever held the case when the mark was passed", b.heard)
		}
		b.mu.Unlock()
		r, err := kt.Clocks.Find(kt.Ctx, kt.Look(), handling)
		if err != nil || r.Unit != "other-bureau" || r.Holder != "c2" {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

func TestSeveralEntriesInOneCommand(t *testing.T) {
	both(t, func(t *testing.T, kt *kerneltest.Kit, _ *bell) {
		kt.As(clerk).Must("test.instant", func(tx *db.Tx) error {
			s := begin(kt)
			s.Subject, s.At = "instant", tx.Now
			if _, err := kt.Clocks.Start(kt.Ctx, tx, s); err != nil {
				return err
			}
			if _, err := kt.Clocks.Enter(kt.Ctx, tx, s.Of, clock.Entry{Kind: clock.Pause, At: tx.Now, Code: "expert", Reason: "专家评审", Document: "1"}); err != nil {
				return err
			}
			if _, err := kt.Clocks.Enter(kt.Ctx, tx, s.Of, clock.Entry{Kind: clock.Resume, At: tx.Now}); err != nil {
				return err
			}
			_, err := kt.Clocks.Enter(kt.Ctx, tx, s.Of, clock.Entry{Kind: clock.Stop, At: tx.Now})
			return err
		})
		if n := kt.Count(`SELECT count(*) FROM clock_entry e JOIN clock_clock c ON c.id = e.clock WHERE c.subject = 'instant' AND c.phase = 'stopped'`); n != 4 {
			t.Errorf("%d entries of a stopped clock", n)
		}
	})
}

func TestChangeOfTheCalendarRecomputesWhatRuns(t *testing.T) {
	both(t, func(t *testing.T, kt *kerneltest.Kit, b *bell) {
		kt.As(clerk).Must("test.accept", func(tx *db.Tx) error {
			s := begin(kt)
			s.Subject = "done"
			if _, err := kt.Clocks.Start(kt.Ctx, tx, s); err != nil {
				return err
			}
			_, err := kt.Clocks.Enter(kt.Ctx, tx, s.Of, clock.Entry{Kind: clock.Stop, At: kt.Watch.Now()})
			return err
		})
		off := func(days ...int) []calendar.Row {
			var rows []calendar.Row
			for _, d := range days {
				rows = append(rows, calendar.Row{Day: calendar.DayOf(beijing(3, d, 12)), Kind: calendar.Off, Name: "停办一日", Source: "县政府通知"})
			}
			return rows
		}
		var moved int
		change := func(rows []calendar.Row) {
			kt.As(clerk).Must("test.calendar", func(tx *db.Tx) (err error) {
				moved, err = kt.Clocks.Change(kt.Ctx, tx, "local", 2026, rows, "停电")
				return err
			})
		}
		change(off(11, 12))
		if got := due(t, kt); got != "2026-03-18" || moved != 1 {
			t.Errorf("two days off: due %s, %d moved", got, moved)
		}
		kt.Fsck() // the stopped clock keeps the day it ended with
		change(nil)
		if got := due(t, kt); got != "2026-03-18" {
			t.Errorf("the days off are taken back: due %s, but the later day was told", got)
		}
		kt.Move(beijing(3, 20, 10))
		kt.Settle()
		if got := b.marks(); !slices.Contains(got, "late@03-19") {
			t.Errorf("told %v", got)
		}
	})
}

func TestManyDueClocksAreAllSwept(t *testing.T) {
	both(t, func(t *testing.T, kt *kerneltest.Kit, b *bell) {
		kt.As(clerk).Must("test.many", func(tx *db.Tx) error {
			for i := range 250 {
				s := begin(kt)
				s.Subject = fmt.Sprint("many-", i)
				if _, err := kt.Clocks.Start(kt.Ctx, tx, s); err != nil {
					return err
				}
			}
			return nil
		})
		kt.Move(beijing(3, 10, 10))
		var all sync.WaitGroup
		for range 2 { // two processes sweep
			all.Go(func() {
				if _, err := kt.Clocks.Sweep(kt.Ctx, kt.DB, kt.Watch.Now()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		kt.Settle()
		if n := len(b.marks()); n != 251 {
			t.Errorf("%d of 251 marks told", n)
		}
	})
}

func TestDateWrittenByHandIsFoundByFsck(t *testing.T) {
	both(t, func(t *testing.T, kt *kerneltest.Kit, _ *bell) {
		kt.Broken()
		kt.Tamper(`UPDATE clock_clock SET promised_at = $1`, db.At(beijing(3, 13, 0)))
		if unsound := kt.Unsound(); len(unsound) != 1 || unsound[0].ID != "I9" {
			t.Errorf("fsck: %v", unsound)
		}
	})
}
