package job_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"tongban/kernel/app"
	"tongban/kernel/db"
	"tongban/kernel/job"
	"tongban/kernel/kerneltest"
)

type sign struct {
	Licence string `json:"licence"`
}

func (sign) Kind() string { return "test_sign" }

// signer is a module with one kind of job.
type signer struct {
	fails atomic.Int64 // that many runs fail
	runs  atomic.Int64
	done  atomic.Int64
	last  atomic.Value
}

func (s *signer) Manifest() app.Manifest {
	return app.Manifest{Name: "test", Jobs: []job.Work{job.Handle(func(_ context.Context, args sign) error {
		s.runs.Add(1)
		if s.fails.Add(-1) >= 0 {
			return errors.New("the signing machine does not answer")
		}
		s.last.Store(args.Licence)
		s.done.Add(1)
		return nil
	})}}
}

func TestJobExistsIfAndOnlyIfItsCommandCommits(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			s := &signer{}
			kt := kerneltest.New(t, engine, func(*app.Kernel) []app.Module { return []app.Module{s} })
			clerk := kerneltest.Clerk("c1")
			enqueue := func(licence string, err error) func(*db.Tx) error {
				return func(tx *db.Tx) error { return errors.Join(kt.Jobs().Enqueue(kt.Ctx, tx, sign{licence}), err) }
			}
			if err := kt.As(clerk).Run("test.issue", enqueue("never", errors.New("refused"))); err == nil {
				t.Fatal("the command was not refused")
			}
			if n := kt.Count(`SELECT count(*) FROM river_job WHERE kind = 'test_sign'`); n != 0 {
				t.Fatalf("%d jobs of a refused command", n)
			}
			kt.As(clerk).Must("test.issue", enqueue("A1", nil))
			kt.Work(func() bool { return s.done.Load() == 1 })
			if s.runs.Load() != 1 || s.last.Load() != "A1" {
				t.Errorf("%d runs, last %v", s.runs.Load(), s.last.Load())
			}
		})
	}
}

func TestFailedJobIsTriedAgain(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			s := &signer{}
			s.fails.Store(1)
			kt := kerneltest.New(t, engine, func(*app.Kernel) []app.Module { return []app.Module{s} })
			kt.As(kerneltest.Clerk("c1")).Must("test.issue", func(tx *db.Tx) error { return kt.Jobs().Enqueue(kt.Ctx, tx, sign{"A1"}) })
			kt.Work(func() bool { return s.done.Load() == 1 })
			if s.runs.Load() != 2 {
				t.Errorf("%d runs, want a failure and a success", s.runs.Load())
			}
		})
	}
}

// A job that was enqueued by a clock hours ahead is due, and a leader who is dead is none, once the clock is right.
func TestAClockThatWasSetBackHoldsNoJobUp(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			s := &signer{}
			kt := kerneltest.New(t, engine, func(*app.Kernel) []app.Module { return []app.Module{s} })
			kt.As(kerneltest.Clerk("c1")).Must("test.issue", func(tx *db.Tx) error { return kt.Jobs().Enqueue(kt.Ctx, tx, sign{"A1"}) })
			ahead := time.Now().Add(3 * time.Hour).UTC().Format("2006-01-02 15:04:05.000")
			kt.Tamper(`UPDATE river_job SET created_at = $1, scheduled_at = $1`, ahead)
			kt.Tamper(`INSERT INTO river_leader (elected_at, expires_at, leader_id) VALUES ($1, $1, 'dead')`, ahead)
			kt.Work(func() bool { return s.done.Load() == 1 })
			// A county at work notices too, and then leaves what waits for its time alone.
			kt.As(kerneltest.Clerk("c1")).Must("test.issue", func(tx *db.Tx) error { return kt.Jobs().Enqueue(kt.Ctx, tx, sign{"A2"}) })
			kt.Tamper(`UPDATE river_job SET scheduled_at = $1, state = 'scheduled' WHERE state = 'available'`, ahead)
			waits := func() int64 {
				return kt.Count(`SELECT count(*) FROM river_job WHERE state = 'scheduled' AND scheduled_at = $1`, ahead)
			}
			before := waits()
			if err := kt.Jobs().CatchUp(kt.Ctx); err != nil || before != 1 || waits() != 1 {
				t.Errorf("%d jobs wait for their time, then %d, %v", before, waits(), err)
			}
			kt.Tamper(`UPDATE river_job SET created_at = $1 WHERE state = 'scheduled'`, ahead)
			if err := kt.Jobs().CatchUp(kt.Ctx); err != nil || waits() != 0 {
				t.Errorf("%d jobs wait for a time that has been, %v", waits(), err)
			}
		})
	}
}

func TestWorkThatComesRoundIsDoneAtTheStart(t *testing.T) {
	var rounds atomic.Int64
	kt := kerneltest.New(t, db.SQLite, func(*app.Kernel) []app.Module {
		return []app.Module{periodic{job.Every(time.Hour, tick{}, func(context.Context, tick) error { rounds.Add(1); return nil })}}
	})
	kt.Work(func() bool { return rounds.Load() > 0 })
}

type tick struct{}

func (tick) Kind() string { return "test_tick" }

type periodic struct{ work job.Work }

func (p periodic) Manifest() app.Manifest {
	return app.Manifest{Name: "test", Jobs: []job.Work{p.work}}
}
