package db_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/problem"
)

var clerk = kerneltest.Clerk("c1")

// notes makes a small table of its own for the tests of this package.
func notes(t *testing.T, kt *kerneltest.Kit) {
	t.Helper()
	kt.Tamper(`CREATE TABLE test_note (id text PRIMARY KEY, body text NOT NULL, number bigint NOT NULL DEFAULT 0)`)
}

func write(kt *kerneltest.Kit, id string) func(tx *db.Tx) error {
	return func(tx *db.Tx) error {
		_, err := tx.ExecContext(kt.Ctx, `INSERT INTO test_note (id, body) VALUES ($1, $2)`, id, "正文")
		return err
	}
}

func TestCommandThatSucceedsIsThereAndAudited(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		notes(t, kt)
		kt.As(clerk).Must("test.write", write(kt, "a"))
		if n := kt.Count(`SELECT count(*) FROM test_note`); n != 1 {
			t.Errorf("%d notes, want 1", n)
		}
		if n := kt.Count(`SELECT count(*) FROM audit_entry WHERE action = 'test.write' AND actor_id = 'c1'`); n != 1 {
			t.Errorf("%d audit entries, want 1", n)
		}
	})
}

func TestCommandWithoutActorOrTimeIsRefused(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		never := func(*db.Tx) error { t.Error("the command ran"); return nil }
		for _, act := range []db.Act{
			{Name: "test.write", Now: kt.Watch.Now()},
			{Name: "test.write", Now: kt.Watch.Now(), Actor: authz.Actor{Kind: authz.Staff}},
			{Name: "test.write", Actor: clerk},
		} {
			if _, err := kt.DB.Run(kt.Ctx, act, never); err == nil {
				t.Errorf("%+v was run", act)
			}
		}
	})
}

func TestFailedCommandLeavesNothingAndDoesNotTouchItsNeighbours(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		notes(t, kt)
		var all sync.WaitGroup
		for i := range 60 { // many at once, so that on SQLite they share physical commits
			all.Go(func() {
				err := kt.As(clerk).Key(fmt.Sprint("form-", i)).Run("test.write", func(tx *db.Tx) error {
					if err := write(kt, fmt.Sprint(i))(tx); err != nil {
						return err
					}
					tx.Publish(said{What: fmt.Sprint(i)})
					switch i % 3 {
					case 1:
						return problem.Conflict("第 %d 件不行", i)
					case 2:
						panic("a fault of the programmer")
					}
					return nil
				})
				switch i % 3 {
				case 0:
					if err != nil {
						t.Errorf("command %d: %v", i, err)
					}
				case 1:
					if problem.KindOf(err) != problem.KindConflict {
						t.Errorf("command %d: %v, want the conflict it reported", i, err)
					}
				case 2:
					if err == nil || problem.Status(err) != http.StatusInternalServerError {
						t.Errorf("command %d: %v, want an internal error", i, err)
					}
				}
			})
		}
		all.Wait()
		for table, want := range map[string]int64{"test_note": 20, "db_once": 20, "audit_entry": 20, "event_outbox": 20} {
			if n := kt.Count(`SELECT count(*) FROM ` + table); n != want {
				t.Errorf("%d rows in %s, want %d", n, table, want)
			}
		}
		if n := kt.Count(`SELECT count(*) FROM test_note WHERE id IN ('0', '3', '6', '57')`); n != 4 {
			t.Errorf("%d of 4 good commands are there", n)
		}
	})
}

func TestSameKeyGivesSameReplyAndDoesNothing(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		notes(t, kt)
		runs := 0
		do := func(tx *db.Tx) error {
			runs++
			tx.Answer(fmt.Sprint("回执 ", runs))
			return write(kt, fmt.Sprint(runs))(tx)
		}
		first, err := kt.As(clerk).Key("k1").Outcome("test.write", do)
		if err != nil || first.Repeated {
			t.Fatal(first, err)
		}
		second, err := kt.As(clerk).Key("k1").Outcome("test.write", do)
		if err != nil || !second.Repeated || second.Reply != "回执 1" {
			t.Errorf("repetition: %+v, %v", second, err)
		}
		looked, err := kt.As(clerk).Key("k1").Outcome("test.write", func(*db.Tx) error { return nil })
		if err != nil || !looked.Repeated || looked.Reply != "回执 1" {
			t.Errorf("a repetition that found nothing to do: %+v, %v", looked, err)
		}
		done, err := kt.As(clerk).Key("k1").Outcome("test.write", func(*db.Tx) error { return problem.Conflict("已经办过") })
		if err != nil || !done.Repeated || done.Reply != "回执 1" {
			t.Errorf("a repetition that found it done: %+v, %v", done, err)
		}
		for name, act := range map[string]func() error{
			"another actor":   func() error { return kt.As(kerneltest.Clerk("c2")).Key("k1").Run("test.write", do) },
			"another command": func() error { return kt.As(clerk).Key("k1").Run("test.erase", do) },
		} {
			if err := act(); problem.KindOf(err) != problem.KindConflict {
				t.Errorf("%s with the same key: %v, want a conflict", name, err)
			}
		}
		if n := kt.Count(`SELECT count(*) FROM test_note`); n != 1 {
			t.Errorf("%d effects of one key", n)
		}
	})
}

// The second click of a double click arrives while the first is still at work. It must read the reply of the first, and not that
// the thing is already done.
func TestSecondClickGetsTheReplyOfTheFirst(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		notes(t, kt)
		kt.As(clerk).Must("test.write", write(kt, "case"))
		bothInside := make(chan struct{})
		var inside atomic.Int64
		accept := func(tx *db.Tx) error {
			if inside.Add(1) == 2 {
				close(bothInside)
			}
			result, err := tx.ExecContext(kt.Ctx, `UPDATE test_note SET body = '已受理' WHERE id = 'case' AND body <> '已受理'`)
			if err != nil {
				return err
			}
			if n, _ := result.RowsAffected(); n == 0 {
				return problem.Conflict("这件办件已经受理")
			}
			if kt.DB.Engine == db.Postgres { // SQLite runs one command after the other
				<-bothInside
			}
			tx.Answer("受理通知书")
			return nil
		}
		var clicks sync.WaitGroup
		for range 2 {
			clicks.Go(func() {
				out, err := kt.As(clerk).Key("double-click").Outcome("test.accept", accept)
				if err != nil || out.Reply != "受理通知书" {
					t.Errorf("click: %+v, %v", out, err)
				}
			})
		}
		clicks.Wait()
	})
}

func TestOneKeyHasOneEffectWhoeverIsFirst(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		notes(t, kt)
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() {
				for i := range 100 {
					key := fmt.Sprint("key-", i)
					if err := kt.As(clerk).Key(key).Run("test.write", func(tx *db.Tx) error { return write(kt, tx.NewID())(tx) }); err != nil {
						t.Errorf("%s: %v", key, err)
					}
				}
			})
		}
		all.Wait()
		if n := kt.Count(`SELECT count(*) FROM test_note`); n != 100 {
			t.Errorf("%d effects of 100 keys", n)
		}
	})
}

func TestViewCannotWrite(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		notes(t, kt)
		if _, err := kt.Look().ExecContext(kt.Ctx, `DELETE FROM test_note`); err == nil {
			t.Error("a view wrote")
		}
	})
}

func TestAuditEntriesAreTheChangesRecorded(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		notes(t, kt)
		before := kt.Count(`SELECT count(*) FROM audit_entry`)
		kt.As(clerk).Must("test.three", func(tx *db.Tx) error {
			for i := range 3 {
				tx.Record("case", fmt.Sprint(i), "received", "accepted", map[string]int{"i": i})
			}
			return write(kt, "x")(tx)
		})
		kt.As(clerk).Must("test.look", func(tx *db.Tx) error {
			var n int
			return tx.QueryRowContext(kt.Ctx, `SELECT count(*) FROM test_note`).Scan(&n)
		})
		if n := kt.Count(`SELECT count(*) FROM audit_entry`) - before; n != 3 {
			t.Errorf("%d entries for three changes and one look", n)
		}
	})
}

func TestWhatFollowsACommitIsDoneWhenTheCallerReadsOn(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		notes(t, kt)
		for i := range 200 {
			var told atomic.Bool
			kt.As(clerk).Must("test.write", func(tx *db.Tx) error {
				tx.AfterCommit(func() { told.Store(true) })
				return write(kt, fmt.Sprint(i))(tx)
			})
			if !told.Load() {
				t.Fatalf("command %d was acknowledged before memory knew of it: the caller reads what was true before", i)
			}
		}
	})
}

func TestPanicAfterCommitDoesNotStopTheWriter(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		notes(t, kt)
		kt.As(clerk).Must("test.write", func(tx *db.Tx) error {
			tx.AfterCommit(func() { panic("a fault of the programmer") })
			return write(kt, "a")(tx)
		})
		kt.As(clerk).Must("test.write", write(kt, "b"))
	})
}

func TestFullQueueIsRefusedAtOnceWithATimeToComeBack(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			refusedAtOnce(t, kerneltest.Open(t, kerneltest.Setup{Engine: engine, Settings: settings(db.Options{Queue: 4, Batch: 1, Running: 1})}))
		})
	}
}

func refusedAtOnce(t *testing.T, kt *kerneltest.Kit) {
	notes(t, kt)
	release, inside := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		kt.As(clerk).Must("test.slow", func(tx *db.Tx) error { close(inside); <-release; return write(kt, "slow")(tx) })
	})
	<-inside
	var refused, done atomic.Int64
	begun := make(chan struct{}, 40)
	for i := range 40 {
		all.Go(func() {
			err := kt.As(clerk).Run("test.write", write(kt, fmt.Sprint(i)))
			switch {
			case err == nil:
				done.Add(1)
			case problem.KindOf(err) == problem.KindBusy && problem.RetryAfter(err) > 0:
				refused.Add(1)
			default:
				t.Error(err)
			}
			begun <- struct{}{}
		})
	}
	for range 36 { // 4 wait, 36 are refused without waiting for the slow one
		<-begun
	}
	close(release)
	all.Wait()
	if refused.Load() != 36 || done.Load() != 4 {
		t.Errorf("%d refused, %d done; want 36 and 4", refused.Load(), done.Load())
	}
	if n := kt.Count(`SELECT count(*) FROM test_note`); n != 5 {
		t.Errorf("%d notes, want the five acknowledged", n)
	}
}

// When turns are slow, even a short queue is too long: whoever would wait beyond all patience is told so on arrival. The county's own
// work is not turned away, because it follows from something that was acknowledged.
func TestWhoWouldWaitTooLongIsToldOnArrival(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			kt := kerneltest.Open(t, kerneltest.Setup{Engine: engine, Settings: settings(db.Options{Batch: 1, Running: 1, Wait: 100 * time.Millisecond})})
			notes(t, kt)
			slow := func(tx *db.Tx) error { <-time.After(60 * time.Millisecond); return nil }
			for range 12 {
				kt.As(clerk).Must("test.slow", slow)
			}
			release, inside := make(chan struct{}), make(chan struct{})
			var all sync.WaitGroup
			all.Go(func() { kt.As(clerk).Must("test.slow", func(*db.Tx) error { close(inside); <-release; return nil }) })
			<-inside
			for n := range 4 {
				all.Go(func() { kt.As(authz.Machine("test", "listener")).Must("test.write", write(kt, fmt.Sprint(n))) })
			}
			refused := make(chan struct{}, 10)
			for range 10 {
				all.Go(func() {
					if err := kt.As(clerk).Run("test.slow", slow); problem.KindOf(err) == problem.KindBusy {
						refused <- struct{}{}
					} else if err != nil {
						t.Error(err)
					}
				})
			}
			for range 7 { // at most three may wait, and the first of all is still at work
				select {
				case <-refused:
				case <-time.After(time.Minute):
					t.Fatal("people wait who would wait too long")
				}
			}
			close(release)
			all.Wait()
			if n := kt.Count(`SELECT count(*) FROM test_note`); n != 4 {
				t.Errorf("%d of 4 commands of the county itself were carried out", n)
			}
		})
	}
}

func TestCallerWhoHungUpBeforeHisTurnIsNotServed(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		notes(t, kt)
		ctx, hangUp := context.WithCancel(kt.Ctx)
		hangUp()
		_, err := kt.DB.Run(ctx, db.Act{Actor: clerk, Name: "test.write", Now: kt.Watch.Now()}, write(kt, "gone"))
		if problem.KindOf(err) != problem.KindBusy {
			t.Errorf("%v, want busy", err)
		}
		if n := kt.Count(`SELECT count(*) FROM test_note`); n != 0 {
			t.Error("the command ran")
		}
	})
}

func TestFullDiskIsSaidInWordsAndHealsByItself(t *testing.T) {
	kt := kerneltest.New(t, db.SQLite)
	notes(t, kt)
	pages := kt.Count(`PRAGMA page_count`)
	kt.Tamper(fmt.Sprintf(`PRAGMA max_page_count = %d`, pages+2))
	big := make([]byte, 20_000)
	for i := range big {
		big[i] = 'x'
	}
	var err error
	for i := 0; i < 10 && err == nil; i++ {
		err = kt.As(clerk).Run("test.write", func(tx *db.Tx) error {
			_, err := tx.ExecContext(kt.Ctx, `INSERT INTO test_note (id, body) VALUES ($1, $2)`, fmt.Sprint("big", i), string(big))
			return err
		})
	}
	if problem.KindOf(err) != problem.KindBusy || problem.RetryAfter(err) == 0 {
		t.Errorf("disk full: %v, want busy with a time to come back", err)
	}
	kt.Tamper(`PRAGMA max_page_count = 1000000`)
	kt.As(clerk).Must("test.write", write(kt, "after"))
}

func TestCloseWhileCommandsArriveLosesNoneAcknowledged(t *testing.T) {
	for range 20 {
		d, err := db.Open(t.Context(), "", t.TempDir(), db.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Migrate(t.Context(), []db.Schema{db.Own()}); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for {
					_, err := d.Run(context.Background(), db.Act{Actor: clerk, Name: "test.note", Now: time.Now()}, func(tx *db.Tx) error {
						tx.Record("note", "n", "", "", nil)
						return nil
					})
					if err != nil {
						if problem.KindOf(err) != problem.KindBusy {
							t.Error(err)
						}
						return
					}
				}
			})
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		all.Wait()
	}
}

func TestSecondProcessIsKeptOffTheSameDirectory(t *testing.T) {
	kt := kerneltest.New(t, db.SQLite)
	if d, err := db.Open(kt.Ctx, "", kt.Settings.DataDir, db.Options{}); err == nil {
		d.Close()
		t.Error("two writers on one directory")
	}
}

func TestDuplicateIsKnownOnBothEngines(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		notes(t, kt)
		kt.As(clerk).Must("test.write", write(kt, "a"))
		if err := kt.As(clerk).Run("test.write", write(kt, "a")); !db.IsDuplicate(err) {
			t.Errorf("%v is no duplicate", err)
		}
		if db.IsDuplicate(errors.New("other")) || db.IsDuplicate(nil) {
			t.Error("anything is a duplicate")
		}
	})
}

// said is an event of the tests.
type said struct {
	What string `json:"what"`
	To   string `json:"to"`
}

func (said) EventName() string { return "test.said" }
func (s said) Subject() string { return s.To }

func settings(o db.Options) app.Settings { return app.Settings{DB: o} }

// Whoever sits in front of a page goes before what listeners and jobs still have to do, and these lose nothing by it.
func TestPeopleGoBeforeMachines(t *testing.T) {
	kt := kerneltest.New(t, db.SQLite)
	notes(t, kt)
	release, inside := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() { kt.As(clerk).Must("test.slow", func(*db.Tx) error { close(inside); <-release; return nil }) })
	<-inside
	var order []string // written by the one writer only
	const machines = 40
	var queued sync.WaitGroup
	enter := func(actor authz.Actor, id string) {
		queued.Add(1)
		all.Go(func() {
			queued.Done()
			kt.As(actor).Must("test.write", func(tx *db.Tx) error { order = append(order, id); return write(kt, id)(tx) })
		})
	}
	for n := range machines {
		enter(authz.Machine("test", "listener"), fmt.Sprint("machine-", n))
	}
	queued.Wait()
	enter(clerk, "person")
	queued.Wait()
	kt.DB.AwaitQueued(machines + 1)
	close(release)
	all.Wait()
	if order[0] != "person" {
		t.Errorf("the person waited for %d machines", slices.Index(order, "person"))
	}
	if len(order) != machines+1 || kt.Count(`SELECT count(*) FROM test_note`) != machines+1 {
		t.Errorf("%d of %d commands ran", len(order), machines+1)
	}
}

// Two approvers decide the same thing in one batch: the second finds it decided. If the disk then refuses the batch, the first decision
// was never made, and nobody may have been told of it.
func TestRefusalThatRestsOnAnotherCommandStandsOrFallsWithIt(t *testing.T) {
	kt := kerneltest.New(t, db.SQLite)
	notes(t, kt)
	kt.Tamper(`CREATE TABLE test_parent (id text PRIMARY KEY)`)
	kt.Tamper(`CREATE TABLE test_late (id text PRIMARY KEY, parent text REFERENCES test_parent (id) DEFERRABLE INITIALLY DEFERRED)`)
	release, inside := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		kt.As(clerk).Must("test.slow", func(*db.Tx) error { close(inside); <-release; return nil })
	})
	<-inside
	decide := func(tx *db.Tx) error {
		var n int
		if err := tx.QueryRowContext(kt.Ctx, `SELECT count(*) FROM test_late`).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			return problem.Conflict("已经决定")
		}
		_, err := tx.ExecContext(kt.Ctx, `INSERT INTO test_late (id, parent) VALUES ('decision', 'nobody')`) // the commit will fail
		return err
	}
	told := make([]error, 2)
	for n := range told {
		all.Go(func() { told[n] = kt.As(clerk).Run("test.decide", decide) })
	}
	kt.DB.AwaitQueued(2) // so that they share a batch
	close(release)
	all.Wait()
	for _, err := range told {
		if err == nil || problem.KindOf(err) == problem.KindConflict {
			t.Errorf("somebody was told of a decision that was not made: %v", err)
		}
	}
}
