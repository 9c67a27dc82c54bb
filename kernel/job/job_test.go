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
