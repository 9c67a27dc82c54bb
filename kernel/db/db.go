// Package db gives the one kind of transaction there is: a command. It carries who acts, one "now", and an idempotency key;
// state, audit entry, outbox row and jobs commit together or not at all, and nothing is acknowledged before the commit is on
// disk.
//
// The same SQL runs on embedded SQLite and on PostgreSQL. What differs is how commands reach the disk: SQLite has one writer
// that commits several commands at once, each in its own savepoint (group.go); PostgreSQL runs them side by side and repeats
// one that lost a race or its connection (postgres.go).
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"
	_ "modernc.org/sqlite"             // driver "sqlite"
)

// Engine is one of the two databases.
type Engine string

const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// Options are the limits of a database. The zero value is what a county runs with.
type Options struct {
	Queue   int                            // commands that may wait for their turn; beyond that they are refused (503)
	Wait    time.Duration                  // longest time a person's command may wait; one that is likely to wait longer is refused at once
	Batch   int                            // SQLite: most commands in one physical commit
	Running int                            // PostgreSQL: commands at work at the same time
	Readers int                            // reading connections
	Trace   func(query string, args []any) // told of every question that a view asks: tests pin the plans of what pages ask
	Unsafe  bool                           // synchronous=OFF: only the broken twin of the power-loss harness asks for it
}

func (o Options) orDefault() Options {
	if o.Queue == 0 {
		o.Queue = 512
	}
	if o.Wait == 0 {
		o.Wait = 2 * time.Second
	}
	if o.Batch == 0 {
		o.Batch = 64
	}
	if o.Running == 0 {
		o.Running = 12
	}
	if o.Readers == 0 {
		o.Readers = 4
	}
	return o
}

// DB is an open database.
type DB struct {
	Engine Engine

	write    *sql.DB // SQLite: one connection; PostgreSQL: the pool
	read     *sql.DB
	options  Options
	gate     gate
	ill      atomic.Bool   // the last write could not be brought to the disk
	running  chan struct{} // PostgreSQL: one place for each command at work
	people   chan *waiting // SQLite: commands that somebody waits for
	machines chan *waiting // and those of listeners, jobs and sweeps
	stopped  chan struct{}
	door     sync.RWMutex // held for reading while a command enters the queue, for writing while it is closed
	closed   bool
	lock     *os.File
	ids      ids
	folder   *folder

	listeners map[string][]Recipient // by event name; set once by Route before the first command
	observer  Observer
	nudges    []func() // told after each commit that published or enqueued something
}

// Open opens the county's database: url is a postgres:// URL, or empty for the embedded database in dir.
func Open(ctx context.Context, url, dir string, options Options) (*DB, error) {
	options = options.orDefault()
	switch {
	case url == "":
		return openSQLite(ctx, dir, options)
	case strings.HasPrefix(url, "postgres://"), strings.HasPrefix(url, "postgresql://"):
		return openPostgres(ctx, url, options)
	}
	return nil, fmt.Errorf("不认识的数据库地址 %q：请写成 postgres://用户:口令@主机:端口/库名，或不写（使用内置数据库）", url)
}

func openSQLite(ctx context.Context, dir string, options Options) (*DB, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("不能建立数据目录 %s：%w", dir, err)
	}
	lock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	synchronous := "FULL" // legal records: WAL with NORMAL loses acknowledged commits on power loss
	if options.Unsafe {
		synchronous = "OFF"
	}
	file := "file:" + filepath.Join(dir, "tongban.db")
	common := "?_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_pragma=temp_store(2)"
	write, err := openRemembering(file + common + "&_pragma=cache_size(-32000)&_pragma=journal_mode(WAL)&_pragma=synchronous(" + synchronous + ")&_pragma=wal_autocheckpoint(2000)&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	write.SetMaxOpenConns(1)
	write.SetMaxIdleConns(1)
	if err := write.PingContext(ctx); err != nil {
		return nil, fmt.Errorf("打不开数据库 %s：%w", dir, err)
	}
	// Each of the readers has a cache of its own, and what it does not hold lies in that of the system.
	read, err := openRemembering(file + common + "&_pragma=cache_size(-12000)&_pragma=query_only(1)")
	if err != nil {
		return nil, err
	}
	read.SetMaxOpenConns(options.Readers)
	read.SetMaxIdleConns(options.Readers)
	d := &DB{Engine: SQLite, folder: newFolder(), write: write, read: read, options: options, lock: lock,
		gate:   gate{limit: options.Queue, patience: options.Wait},
		people: make(chan *waiting, options.Queue), machines: make(chan *waiting, options.Queue), stopped: make(chan struct{})}
	go d.writer()
	return d, nil
}

// ErrInUse is that another process has the embedded database open.
var ErrInUse = errors.New("数据目录正被另一个 tongban 进程使用")

// lockDir keeps a second process off the same embedded database: two group writers would each believe they are alone.
func lockDir(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("%w：%s。请先停止它，或换一个 --data 目录；多进程请改用 --db postgres://…", ErrInUse, dir)
	}
	return f, nil
}

// Route tells the database which listeners an event must reach. It is called once at boot, before the first command.
func (d *DB) Route(listeners map[string][]Recipient) { d.listeners = listeners }

// Recipient is a listener as the outbox addresses it.
type Recipient struct {
	Listener string
	Wants    func() bool // nil: always; asked at every event, so it may only look into memory
}

// Nudge registers a function that is told after a commit left work behind (events, jobs). It must return at once.
func (d *DB) Nudge(f func()) { d.nudges = append(d.nudges, f) }

func (d *DB) nudge() {
	for _, f := range d.nudges {
		f()
	}
}

// Writer is the writing pool, for libraries that keep their own tables (jobs, migrations).
func (d *DB) Writer() *sql.DB { return d.write }

// Close drains the writer, folds the log into the database and releases the directory.
func (d *DB) Close() error {
	d.door.Lock()
	again := d.closed
	d.closed = true
	if d.Engine == SQLite && !again {
		close(d.people)
		close(d.machines)
	}
	d.door.Unlock()
	if again {
		return nil
	}
	if d.Engine == Postgres {
		return errors.Join(d.read.Close(), d.write.Close())
	}
	<-d.stopped
	_, checkpoint := d.write.Exec("PRAGMA wal_checkpoint(TRUNCATE)")
	err := errors.Join(checkpoint, d.read.Close(), d.write.Close())
	d.lock.Close()
	return err
}

// Ready reports whether the database answers, and after a write that did not reach the disk, whether one does again. A full disk is
// no reason to be unready: reading goes on, and who wants to write is told in words.
func (d *DB) Ready(ctx context.Context) error {
	var one int
	if err := d.read.QueryRowContext(ctx, "SELECT 1").Scan(&one); err != nil || !d.ill.Load() {
		return err
	}
	return d.Housekeep(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE audit_lock SET at = $1 WHERE id = 1`, At(time.Now()))
		return err
	})
}

// Housekeep runs technical writes that are nobody's act: sessions, leases, expired rows. Business data never passes here. On SQLite
// they wait for the writer like commands and share its commit, so that a session costs no sync of its own.
func (d *DB) Housekeep(ctx context.Context, f func(*sql.Tx) error) error {
	if d.Engine == SQLite {
		_, err := d.wait(&waiting{ctx: ctx, chore: f})
		return err
	}
	tx, err := d.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := f(tx); err != nil {
		return err
	}
	return d.feel(tx.Commit())
}

// feel notes whether a commit reached the disk.
func (d *DB) feel(err error) error {
	if err == nil || diskFailed(err) {
		d.ill.Store(err != nil)
	}
	return err
}

// KeepOrder makes further identifiers later than all that stand in the database: events are delivered and histories read in the order
// of identifiers, also when the machine's clock was set back while nothing ran, or differs between two processes.
func (d *DB) KeepOrder(ctx context.Context) error {
	for _, table := range []string{"audit_entry", "event_outbox"} {
		var last sql.NullString
		if err := d.read.QueryRowContext(ctx, "SELECT MAX(id) FROM "+table).Scan(&last); err != nil {
			return err
		}
		d.ids.after(last.String)
	}
	return nil
}

// NewID makes an identifier outside a command, such as an idempotency key for a form about to be shown.
func (d *DB) NewID() string { return d.ids.next() }
