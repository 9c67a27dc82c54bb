package db

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"time"

	"tongban/kernel/problem"
)

// Observer hears how commands fare. It is called beside the work and must return at once.
type Observer interface {
	Command(name, outcome string, took time.Duration, statements int)
	Waited(in time.Duration) // of one command in the queue of the SQLite writer
	Committed(commands int)  // of one physical commit on SQLite
}

// Observe sets who hears of commands. It is called once at boot, before the first command.
func (d *DB) Observe(o Observer) { d.observer = o }

// told tells the observer of a command that ended.
func (d *DB) told(name string, began time.Time, out Outcome, err error) {
	if d.observer == nil {
		return
	}
	outcome := "done"
	switch {
	case err != nil:
		outcome = problem.KindOf(err).String()
	case out.Repeated:
		outcome = "repeated"
	}
	d.observer.Command(name, outcome, time.Since(began), out.Statements)
}

// taken tells the observer of a batch that is about to be committed.
func (d *DB) taken(batch []*waiting) {
	if d.observer == nil {
		return
	}
	d.observer.Committed(len(batch))
	for _, w := range batch {
		d.observer.Waited(time.Since(w.since))
	}
}

// Waiting is how many commands wait for their turn now.
func (d *DB) Waiting() int {
	d.gate.mu.Lock()
	defer d.gate.mu.Unlock()
	return d.gate.waiting + d.gate.patient
}

// Size is how many bytes the database takes on disk.
func (d *DB) Size(ctx context.Context) (int64, error) {
	var n int64
	if d.Engine == Postgres {
		return n, d.read.QueryRowContext(ctx, `SELECT pg_database_size(current_database())`).Scan(&n)
	}
	for _, name := range []string{"tongban.db", "tongban.db-wal"} {
		info, err := os.Stat(filepath.Join(filepath.Dir(d.lock.Name()), name))
		if err == nil {
			n += info.Size()
		} else if !os.IsNotExist(err) {
			return n, err
		}
	}
	return n, nil
}

// Clock is what the database believes the time to be, for comparing it with the machine's.
func (d *DB) Clock(ctx context.Context) (time.Time, error) {
	if d.Engine == SQLite {
		return time.Now(), nil // it has no clock of its own
	}
	var t time.Time
	err := d.read.QueryRowContext(ctx, `SELECT clock_timestamp()`).Scan(&t)
	return t, err
}

// Durable reports whether a commit that was acknowledged survives a power cut, and how the engine names that setting.
func (d *DB) Durable(ctx context.Context) (durable bool, setting string, err error) {
	if d.Engine == SQLite {
		var level int
		// On the connection that commits: the setting belongs to a connection, not to the file.
		err = d.Housekeep(ctx, func(tx *sql.Tx) error { return tx.QueryRowContext(ctx, `PRAGMA synchronous`).Scan(&level) })
		return level >= 2, "synchronous=" + []string{"OFF", "NORMAL", "FULL", "EXTRA"}[level&3], err
	}
	var fsync, commit string
	if err = d.write.QueryRowContext(ctx, `SELECT current_setting('fsync'), current_setting('synchronous_commit')`).Scan(&fsync, &commit); err != nil {
		return false, "", err
	}
	return fsync == "on" && commit != "off", "fsync=" + fsync + " synchronous_commit=" + commit, nil
}
