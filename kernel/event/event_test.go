package event_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"tongban/kernel/app"
	"tongban/kernel/db"
	"tongban/kernel/event"
	"tongban/kernel/kerneltest"
)

var clerk = kerneltest.Clerk("c1")

type decided struct {
	Case string `json:"case"`
	Step int    `json:"step"`
}

func (decided) EventName() string { return "test.decided" }
func (d decided) Subject() string { return d.Case }

// ears is a module whose listeners write down what they hear, and fail when told to.
type ears struct {
	mu    sync.Mutex
	first func() error // before anything is written
	fails func(listener string, d decided) error
}

func (e *ears) Manifest() app.Manifest {
	var listeners []event.Listener
	for _, name := range []string{"test.letter", "test.statistics"} {
		listeners = append(listeners, event.On(name, func(ctx context.Context, tx *db.Tx, d decided) error {
			if e.first != nil {
				if err := e.first(); err != nil {
					return err
				}
			}
			_, err := tx.ExecContext(ctx, `INSERT INTO test_heard (id, listener, subject, step) VALUES ($1, $2, $3, $4)`, tx.NewID(), name, d.Case, d.Step)
			e.mu.Lock()
			defer e.mu.Unlock()
			if e.fails != nil {
				err = errors.Join(err, e.fails(name, d))
			}
			return err
		}))
	}
	return app.Manifest{Name: "test", Listeners: listeners}
}

// both boots a county with ears on both engines.
func both(t *testing.T, f func(t *testing.T, kt *kerneltest.Kit, e *ears)) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			e := &ears{}
			kt := kerneltest.New(t, engine, func(*app.Kernel) []app.Module { return []app.Module{e} })
			kt.Tamper(`CREATE TABLE test_heard (id text PRIMARY KEY, listener text NOT NULL, subject text NOT NULL, step bigint NOT NULL)`)
			f(t, kt, e)
		})
	}
}

func tell(kt *kerneltest.Kit, d ...decided) func(*db.Tx) error {
	return func(tx *db.Tx) error {
		for _, one := range d {
			tx.Publish(one)
		}
		return nil
	}
}

func heard(t *testing.T, kt *kerneltest.Kit, listener, subject string) []int {
	t.Helper()
	rows, err := kt.Look().QueryContext(kt.Ctx, `SELECT step FROM test_heard WHERE listener = $1 AND subject = $2 ORDER BY id`, listener, subject)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []int
	for rows.Next() {
		var n int
		if err := rows.Scan(&n); err != nil {
			t.Fatal(err)
		}
		out = append(out, n)
	}
	return out
}

func TestEventReachesEveryListenerOnceAndInOrder(t *testing.T) {
	both(t, func(t *testing.T, kt *kerneltest.Kit, _ *ears) {
		for step := range 30 {
			kt.As(clerk).Must("test.decide", tell(kt, decided{fmt.Sprint("case-", step%3), step}))
		}
		kt.Settle()
		for _, listener := range []string{"test.letter", "test.statistics"} {
			for c := range 3 {
				want := []int{}
				for step := c; step < 30; step += 3 {
					want = append(want, step)
				}
				if got := heard(t, kt, listener, fmt.Sprint("case-", c)); !slices.Equal(got, want) {
					t.Errorf("%s heard of case %d: %v, want %v", listener, c, got, want)
				}
			}
		}
	})
}

func TestRefusedCommandTellsNobody(t *testing.T) {
	both(t, func(t *testing.T, kt *kerneltest.Kit, _ *ears) {
		_ = kt.As(clerk).Run("test.decide", func(tx *db.Tx) error {
			tx.Publish(decided{"case", 1})
			return errors.New("refused in the end")
		})
		kt.Settle()
		if n := kt.Count(`SELECT (SELECT count(*) FROM test_heard) + (SELECT count(*) FROM event_outbox) + (SELECT count(*) FROM event_delivery)`); n != 0 {
			t.Errorf("%d traces of what never happened", n)
		}
	})
}

func TestListenerThatCrashesHasItsEffectOnceInTheEnd(t *testing.T) {
	both(t, func(t *testing.T, kt *kerneltest.Kit, e *ears) {
		crashes := 0
		e.fails = func(listener string, d decided) error {
			if listener == "test.letter" && crashes < 2 {
				crashes++
				if crashes == 1 {
					panic("the printer is on fire")
				}
				return errors.New("no paper")
			}
			return nil
		}
		kt.As(clerk).Must("test.decide", tell(kt, decided{"case", 1}, decided{"case", 2}))
		for range 4 {
			if err := kt.Kernel.Settle(kt.Ctx); err != nil {
				t.Fatal(err)
			}
			kt.Tamper(`UPDATE event_delivery SET next_at = $1 WHERE state = 'due'`, db.At(time.Now())) // the wait is over
		}
		kt.Settle()
		for _, listener := range []string{"test.letter", "test.statistics"} {
			if got := heard(t, kt, listener, "case"); !slices.Equal(got, []int{1, 2}) {
				t.Errorf("%s heard %v, want 1 then 2", listener, got)
			}
		}
		if crashes != 2 {
			t.Errorf("crashed %d times", crashes)
		}
	})
}

func TestHopelessDeliveryIsParkedWithItsReasonAndTheOthersGoOn(t *testing.T) {
	both(t, func(t *testing.T, kt *kerneltest.Kit, e *ears) {
		kt.Broken() // a parked event is what fsck reports
		e.fails = func(listener string, d decided) error {
			if listener == "test.letter" && d.Case == "bad" && d.Step == 1 {
				return errors.New("没有这个收件人")
			}
			return nil
		}
		kt.As(clerk).Must("test.decide", tell(kt, decided{"bad", 1}, decided{"bad", 2}, decided{"good", 1}))
		for range 10 {
			if err := kt.Kernel.Settle(kt.Ctx); err != nil {
				t.Fatal(err)
			}
			if got := heard(t, kt, "test.letter", "good"); !slices.Equal(got, []int{1}) {
				t.Fatalf("another subject waits: %v", got)
			}
			kt.Tamper(`UPDATE event_delivery SET next_at = $1 WHERE state = 'due'`, db.At(time.Now()))
		}
		if got := heard(t, kt, "test.letter", "bad"); !slices.Equal(got, []int{2}) {
			t.Errorf("heard of the bad case: %v", got)
		}
		if n := kt.Count(`SELECT count(*) FROM event_delivery WHERE state = 'parked' AND tries = 8 AND reason = '没有这个收件人'`); n != 1 {
			t.Errorf("%d parked with the reason", n)
		}
		unsound := kt.Unsound()
		if len(unsound) != 1 || unsound[0].ID != "I15-parked" {
			t.Errorf("fsck: %v", unsound)
		}
	})
}

// Two processes relay the same outbox. One fails over a delivery that the other has just made: the receipt of the other counts.
func TestDeliveryMadeByAnotherProcessIsNotUndoneByAFailure(t *testing.T) {
	e := &ears{}
	kt := kerneltest.New(t, db.Postgres, func(*app.Kernel) []app.Module { return []app.Module{e} })
	var other sync.WaitGroup
	e.first = func() error {
		other.Go(func() { // waits for the row, and has it once this one is undone
			kt.Tamper(`UPDATE event_delivery SET state = 'done', heard_at = next_at`)
		})
		return errors.New("lost the race")
	}
	kt.As(clerk).Must("test.decide", tell(kt, decided{"case", 1}))
	if err := kt.Kernel.Settle(kt.Ctx); err != nil {
		t.Fatal(err)
	}
	other.Wait()
	if n := kt.Count(`SELECT count(*) FROM event_delivery WHERE state = 'due'`); n != 0 {
		t.Error("a delivery that was made is due again")
	}
}

func TestRelayWaitsWhereOthersAreTurnedAway(t *testing.T) {
	e := &ears{}
	kt := kerneltest.Open(t, kerneltest.Setup{Engine: db.SQLite, Modules: func(*app.Kernel) []app.Module { return []app.Module{e} },
		Settings: app.Settings{DB: db.Options{Queue: 1}}})
	kt.Tamper(`CREATE TABLE test_heard (id text PRIMARY KEY, listener text NOT NULL, subject text NOT NULL, step bigint NOT NULL)`)
	kt.As(clerk).Must("test.decide", tell(kt, decided{"case", 1}))
	release, inside := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		kt.As(clerk).Must("test.slow", func(*db.Tx) error { close(inside); <-release; return nil })
	})
	<-inside
	refused := make(chan struct{}, 2)
	for range 2 { // one at most waits in the queue of one, so another is refused
		all.Go(func() {
			if kt.As(clerk).Run("test.fills-the-queue", func(*db.Tx) error { return nil }) != nil {
				refused <- struct{}{}
			}
		})
	}
	<-refused
	all.Go(kt.Settle) // the relay is let in where people are turned away, and waits
	close(release)
	all.Wait()
	if n := kt.Count(`SELECT sum(tries) FROM event_delivery`); n != 0 {
		t.Errorf("%d tries counted against listeners that never heard anything", n)
	}
	if got := heard(t, kt, "test.letter", "case"); !slices.Equal(got, []int{1}) {
		t.Errorf("heard %v", got)
	}
}

func TestTwoRelaysDeliverOnce(t *testing.T) {
	both(t, func(t *testing.T, kt *kerneltest.Kit, _ *ears) {
		for step := range 20 {
			kt.As(clerk).Must("test.decide", tell(kt, decided{"case", step}))
		}
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				if err := kt.Kernel.Settle(kt.Ctx); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		kt.Settle()
		if n := kt.Count(`SELECT count(*) FROM test_heard`); n != 40 {
			t.Errorf("%d effects of 20 events with two listeners", n)
		}
	})
}

func TestListenersWithOneNameAreRefusedAtBoot(t *testing.T) {
	kt := kerneltest.New(t, db.SQLite)
	l := event.On("test.twice", func(context.Context, *db.Tx, decided) error { return nil })
	if _, err := event.NewRelay(kt.DB, kt.Watch.Now, []event.Listener{l, l}); err == nil {
		t.Error("two listeners share a receipt")
	}
}

func TestEventsAreForgottenOnlyOnceTheyReachedEverybodyLongAgo(t *testing.T) {
	both(t, func(t *testing.T, kt *kerneltest.Kit, e *ears) {
		kt.Broken() // a parked event is what fsck reports
		e.fails = func(listener string, d decided) error {
			if d.Case == "bad" && listener == "test.letter" {
				return errors.New("没有这个收件人")
			}
			return nil
		}
		kt.As(clerk).Must("test.decide", tell(kt, decided{"good", 1}, decided{"good", 2}, decided{"bad", 1}))
		for range 10 {
			if err := kt.Kernel.Settle(kt.Ctx); err != nil {
				t.Fatal(err)
			}
			kt.Tamper(`UPDATE event_delivery SET next_at = $1 WHERE state = 'due'`, db.At(time.Now()))
		}
		tidy := func() int64 {
			t.Helper()
			n, err := kt.TidyEvents(kt.Ctx)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		if n := tidy(); n != 0 {
			t.Errorf("%d events of today are forgotten", n)
		}
		kt.Move(kt.Watch.Now().AddDate(0, 0, 31))
		kt.As(clerk).Must("test.decide", tell(kt, decided{"new", 1}))
		if n := tidy(); n != 2 {
			t.Errorf("%d events are forgotten, two reached everybody a month ago", n)
		}
		for query, want := range map[string]int64{`SELECT count(*) FROM event_outbox`: 2, `SELECT count(*) FROM event_delivery WHERE state = 'parked'`: 1,
			`SELECT count(*) FROM event_delivery WHERE state = 'due'`: 2, `SELECT count(*) FROM event_delivery WHERE state = 'done'`: 1} {
			if n := kt.Count(query); n != want {
				t.Errorf("%s: %d, want %d", query, n, want)
			}
		}
		if n := tidy(); n != 0 {
			t.Errorf("%d more are forgotten", n)
		}
	})
}
