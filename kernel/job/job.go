// Package job runs work outside a request: what takes long or leaves the database (a signature, an SMS, a department's system), and
// what comes round by the clock. A job is enqueued inside the command that needs it and exists only if that commits; River
// keeps it, retries it and shares it between processes.
package job

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"tongban/kernel/authz"
	"tongban/kernel/db"
)

// Args is the content of a job; its Kind names the work.
type Args = river.JobArgs

// Options are what a kind of job may ask for; its Args give them by InsertOpts.
type Options = river.InsertOpts

// Again is the error of work that shall be done once more after a while of its own choosing; such rounds are not counted as failures.
func Again(wait time.Duration) error { return river.JobSnooze(max(0, wait)) }

// Queues for work that waits for strangers. Such work asks for one of them, so that nobody's signature waits with it, nor a message to a
// person with one to a program.
const (
	Outward  = "outward"  // to addresses that somebody typed
	Messages = "messages" // to people's phones and mailboxes
)

// abreast is how many jobs of a queue run at once. Who waits for strangers mostly waits, and there are many strangers.
func abreast(queue string) int {
	switch queue {
	case Outward:
		return 16
	case Messages:
		return 8
	}
	return 4
}

// died is after how long a job whose process was killed under it is taken up again. It must be longer than a job may take.
const (
	longest = 2 * time.Minute
	died    = 5 * time.Minute
)

// Work is one kind of job and the code that does it.
type Work struct {
	add   func(*river.Workers)
	queue string
	every *river.PeriodicJob
}

// Handle declares the code for jobs with these arguments. It may run more than once for the same job, so it must do its database
// work in a command keyed by what the job is about.
func Handle[A Args](do func(ctx context.Context, args A) error) Work {
	var args A
	queue := river.QueueDefault
	if choosy, ok := any(args).(river.JobArgsWithInsertOpts); ok && choosy.InsertOpts().Queue != "" {
		queue = choosy.InsertOpts().Queue
	}
	return Work{queue: queue, add: func(w *river.Workers) {
		river.AddWorker(w, river.WorkFunc(func(ctx context.Context, j *river.Job[A]) error { return do(ctx, j.Args) }))
	}}
}

// Every declares work that comes round by the clock; one process of several does it.
func Every[A Args](interval time.Duration, args A, do func(ctx context.Context, args A) error) Work {
	w := Handle(do)
	w.every = river.NewPeriodicJob(river.PeriodicInterval(interval), func() (river.JobArgs, *river.InsertOpts) { return args, nil }, &river.PeriodicJobOpts{RunOnStart: true})
	return w
}

// Queue holds the jobs of the county.
type Queue struct {
	db     *db.DB
	client *river.Client[*sql.Tx]
}

// Migrate brings River's own tables up to date.
func Migrate(ctx context.Context, d *db.DB) error {
	migrator, err := rivermigrate.New(driver(d), &rivermigrate.Config{Logger: quiet()})
	if err != nil {
		return err
	}
	return d.Alone(ctx, func() error {
		if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
			return fmt.Errorf("migrations of the job queue: %w", err)
		}
		return nil
	})
}

func driver(d *db.DB) riverdriver.Driver[*sql.Tx] {
	if d.Engine == db.SQLite {
		return newRung(riversqlite.New(d.Writer()))
	}
	return riverdatabasesql.New(d.Writer())
}

func quiet() *slog.Logger { return slog.New(levelAbove{slog.Default().Handler(), slog.LevelWarn}) }

// Open prepares the queue for the declared work. poll is how often it looks for new jobs.
func Open(d *db.DB, work []Work, poll time.Duration) (*Queue, error) {
	workers := river.NewWorkers()
	config := &river.Config{
		Logger: quiet(), Workers: workers, MaxAttempts: 12,
		FetchCooldown: min(poll, 50*time.Millisecond), FetchPollInterval: poll, JobTimeout: longest, RescueStuckJobsAfter: died,
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: abreast(river.QueueDefault)}},
	}
	for _, w := range work {
		w.add(workers)
		config.Queues[w.queue] = river.QueueConfig{MaxWorkers: abreast(w.queue)}
		if w.every != nil {
			config.PeriodicJobs = append(config.PeriodicJobs, w.every)
		}
	}
	client, err := river.NewClient(driver(d), config)
	if err != nil {
		return nil, fmt.Errorf("job queue: %w", err)
	}
	return &Queue{db: d, client: client}, nil
}

// Enqueue adds a job to the command: it exists if and only if the command commits.
func (q *Queue) Enqueue(ctx context.Context, tx *db.Tx, args Args) error {
	_, err := q.client.InsertTx(ctx, tx.SQL(), args, nil)
	return err
}

// Start works until Stop.
func (q *Queue) Start(ctx context.Context) error {
	if err := q.CatchUp(ctx); err != nil {
		return err
	}
	return q.client.Start(ctx)
}

// CatchUp makes due what waits for a time that has been already: the machine's clock was set back, which the newest job shows by having
// been made in the future. Else no job would run until the clock has come as far again, and nobody could be elected to wake any, because a
// leader that is long dead seems to have hours left. A job that comes too early looks for itself whether it is its time.
func (q *Queue) CatchUp(ctx context.Context) error {
	now, future := `now()`, `created_at > now() + interval '1 minute'`
	if q.db.Engine == db.SQLite {
		now, future = `datetime('now', 'subsec')`, `unixepoch(created_at) > unixepoch('now') + 60`
	}
	var back bool
	err := q.db.View(authz.Machine("job", "clock"), time.Now()).QueryRowContext(ctx,
		`SELECT COALESCE((SELECT `+future+` FROM river_job ORDER BY id DESC LIMIT 1), FALSE)`).Scan(&back)
	if err != nil || !back {
		return err
	}
	slog.WarnContext(ctx, "the machine's clock was set back; jobs that waited for a time to come are done now")
	return q.db.Housekeep(ctx, func(tx *sql.Tx) error {
		for _, statement := range []string{
			`DELETE FROM river_leader`,
			`UPDATE river_job SET scheduled_at = ` + now + ` WHERE state IN ('available', 'scheduled', 'retryable')`,
			`UPDATE river_job SET attempted_at = ` + now + ` WHERE state = 'running'`,
		} {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
}

// Stop lets running jobs finish.
func (q *Queue) Stop(ctx context.Context) error { return q.client.Stop(ctx) }

type levelAbove struct {
	slog.Handler
	least slog.Level
}

func (h levelAbove) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= h.least && h.Handler.Enabled(ctx, l)
}

// Wait returns once no job is waiting or running; jobs that failed and wait to be tried again do not count. It is for tests and demo
// scenes, which go on only when everything that follows from an act has happened.
func (q *Queue) Wait(ctx context.Context) error {
	for {
		var n int
		err := q.db.View(authz.Machine("job", "wait"), time.Now()).QueryRowContext(ctx,
			`SELECT count(*) FROM river_job WHERE state IN ('available', 'running')`).Scan(&n)
		if err != nil || n == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}
