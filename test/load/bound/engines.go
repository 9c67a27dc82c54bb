package bound

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5/pgxpool"
	_ "modernc.org/sqlite" // driver "sqlite"
)

// errMissed is a statement that did not find its row: the bound itself would be wrong.
func errMissed(n int64, query string) error {
	return fmt.Errorf("bound: %d rows touched by %s", n, query)
}

// Postgres opens an empty database for transactions statement by statement: one round trip each, as most programs do it.
func Postgres(ctx context.Context, url string, clients int) (Database, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.MaxConns = int32(clients)
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	drop := "DROP TABLE IF EXISTS thing, permit, task, event, outbox\n"
	for _, line := range strings.Split(drop+schema, "\n") {
		if _, err := pool.Exec(ctx, line); err != nil {
			pool.Close()
			return nil, err
		}
	}
	return postgres{pool}, nil
}

type postgres struct{ pool *pgxpool.Pool }

func (p postgres) Close() error { p.pool.Close(); return nil }

func (p postgres) Do(ctx context.Context, list []statement) error {
	tx, err := p.pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(ctx) }()
	for _, s := range list {
		done, err := tx.Exec(ctx, s.query, s.args...)
		if err != nil {
			return err
		}
		if done.RowsAffected() != 1 {
			return errMissed(done.RowsAffected(), s.query)
		}
	}
	return tx.Commit(ctx)
}

// SQLite opens an empty database in a file that does not exist yet. With group, whatever waits goes into one synced commit, each
// transaction in a savepoint of its own; without, every transaction is synced alone.
func SQLite(ctx context.Context, file string, group bool) (Database, error) {
	d, err := sql.Open("sqlite", "file:"+file+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-64000)")
	if err != nil {
		return nil, err
	}
	d.SetMaxOpenConns(1)
	for _, line := range strings.Split(schema, "\n") {
		if _, err := d.ExecContext(ctx, line); err != nil {
			return nil, errors.Join(err, d.Close())
		}
	}
	l := &sqlite{db: d, prepared: map[string]*sql.Stmt{}}
	if group {
		l.queue, l.ended = make(chan *waiting, 256), make(chan struct{})
		go l.write()
	}
	return l, nil
}

type sqlite struct {
	db       *sql.DB
	prepared map[string]*sql.Stmt
	alone    sync.Mutex // without group: who writes
	queue    chan *waiting
	ended    chan struct{}
}

type waiting struct {
	list []statement
	done chan error
	err  error
}

func (l *sqlite) Close() error {
	if l.queue != nil {
		close(l.queue)
		<-l.ended
	}
	return l.db.Close()
}

func (l *sqlite) Do(_ context.Context, list []statement) error {
	w := &waiting{list: list, done: make(chan error, 1)}
	if l.queue != nil {
		l.queue <- w
		return <-w.done
	}
	l.alone.Lock()
	defer l.alone.Unlock()
	if err := l.commit([]*waiting{w}); err != nil {
		return err
	}
	return w.err
}

// write commits what waits, again and again: while one commit is synced the next batch gathers.
func (l *sqlite) write() {
	defer close(l.ended)
	for w := range l.queue {
		batch := []*waiting{w}
		for more := true; more && len(batch) < cap(l.queue); {
			select {
			case w, open := <-l.queue:
				if more = open; open {
					batch = append(batch, w)
				}
			default:
				more = false
			}
		}
		err := l.commit(batch)
		for _, w := range batch {
			w.done <- errors.Join(err, w.err)
		}
	}
}

func (l *sqlite) commit(batch []*waiting) error {
	if err := l.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	for _, w := range batch {
		if err := l.exec("SAVEPOINT act"); err != nil {
			return err
		}
		if w.err = l.run(w.list); w.err != nil {
			if err := l.exec("ROLLBACK TO act"); err != nil {
				return err
			}
		}
		if err := l.exec("RELEASE act"); err != nil {
			return err
		}
	}
	return l.exec("COMMIT")
}

func (l *sqlite) run(list []statement) error {
	for _, s := range list {
		done, err := l.statement(s.query).Exec(s.args...)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n != 1 {
			return errors.Join(err, errMissed(n, s.query))
		}
	}
	return nil
}

func (l *sqlite) exec(query string) error {
	_, err := l.statement(query).Exec()
	return err
}

// statement compiles a statement once for the life of the only connection.
func (l *sqlite) statement(query string) *sql.Stmt {
	if p := l.prepared[query]; p != nil {
		return p
	}
	p, err := l.db.Prepare(query)
	if err != nil {
		panic(err) // the text stands in this package
	}
	l.prepared[query] = p
	return p
}
