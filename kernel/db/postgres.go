package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"tongban/kernel/audit"
	"tongban/kernel/authz"
	"tongban/kernel/problem"
)

func openPostgres(ctx context.Context, url string, options Options) (*DB, error) {
	pool, err := sql.Open("pgx", url)
	if err != nil {
		return nil, fmt.Errorf("数据库地址有误：%w", err)
	}
	keepConnections(pool, options.Running+4) // a few more than there are commands at work: jobs and sessions write past the gate
	if err := pool.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("连不上 PostgreSQL：%w", err), pool.Close())
	}
	read, err := sql.Open("pgx", url) // its own connections: a page never waits behind commands
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	keepConnections(read, 2*options.Readers)
	return &DB{Engine: Postgres, folder: newFolder(), write: pool, read: read, options: options,
		gate: gate{limit: options.Queue, patience: options.Wait}, running: make(chan struct{}, options.Running)}, nil
}

// keepConnections lets a pool grow so far, and keeps what it opened while it is in use now and then: a new connection costs the server a
// process and the planning of every statement anew, many times what a command does.
func keepConnections(pool *sql.DB, most int) {
	pool.SetMaxOpenConns(most)
	pool.SetMaxIdleConns(most)
	pool.SetConnMaxIdleTime(10 * time.Minute)
}

// attempts is how often a command that lost a race or its connection is repeated. Its key makes the repetition safe even when
// only the answer to COMMIT was lost.
const attempts = 6

// turn waits for a place among the commands at work; end gives it back.
func (d *DB) turn(ctx context.Context, who authz.Actor) (end func(), err error) {
	machine := who.Kind == authz.System
	if !d.gate.enter(machine) {
		return nil, errBusy()
	}
	defer d.gate.leave(machine)
	patience := time.NewTimer(d.options.Wait)
	defer patience.Stop()
	late := patience.C
	if machine {
		late = nil
	}
	select {
	case d.running <- struct{}{}:
	case <-late:
		return nil, errBusy()
	case <-ctx.Done():
		return nil, errBusy()
	}
	began := time.Now()
	return func() {
		<-d.running
		d.gate.took(time.Since(began), d.options.Running)
	}, nil
}

func (d *DB) runPostgres(ctx context.Context, act Act, do func(*Tx) error) (out Outcome, err error) {
	end, err := d.turn(ctx, act.Actor)
	if err != nil {
		return Outcome{}, err
	}
	defer end()
	for try := range attempts {
		if try > 0 {
			pause := time.Duration(10<<try) * time.Millisecond
			select {
			case <-time.After(pause/2 + rand.N(pause)): // #nosec G404 -- spreads repetitions; nothing is guessed from it
			case <-ctx.Done():
				return Outcome{}, errBusy()
			}
		}
		var tx *Tx
		out, tx, err = d.tryPostgres(ctx, act, try, do)
		if err == nil {
			if !out.Repeated {
				d.finish(tx)
			}
			return out, nil
		}
		var refused *problem.Error
		if errors.As(err, &refused) || !repeatable(err) {
			// The same form may have been committed by another click while this one was at work; then its reply counts,
			// and not that the thing is already done.
			if out, asked := said(ctx, d.read, act); asked == nil && out.Repeated {
				return out, nil
			}
			return Outcome{}, Fault(err)
		}
	}
	return Outcome{}, Fault(err)
}

func (d *DB) tryPostgres(ctx context.Context, act Act, try int, do func(*Tx) error) (Outcome, *Tx, error) {
	conn, err := d.write.Conn(ctx)
	if err != nil {
		return Outcome{}, nil, err
	}
	defer conn.Close()
	sqlTx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return Outcome{}, nil, err
	}
	defer sqlTx.Rollback()
	out, tx, err := d.step(ctx, conn, sqlTx, act, try, do)
	if err != nil {
		return Outcome{}, tx, err
	}
	list := d.folder.fold(tx.gathered())
	if err := send(ctx, conn, list); err != nil {
		return Outcome{}, tx, err
	}
	out.Statements = tx.asked + len(list)
	return out, tx, sqlTx.Commit()
}

// send takes the deferred statements to the server in one round trip.
func send(ctx context.Context, conn *sql.Conn, list []statement) error {
	if len(list) == 0 {
		return nil
	}
	return conn.Raw(func(driver any) error {
		batch := &pgx.Batch{}
		for _, s := range list {
			batch.Queue(s.query, s.args...)
		}
		return driver.(*stdlib.Conn).Conn().SendBatch(ctx, batch).Close()
	})
}

// repeatable reports whether running the command again may succeed: a lost race, the same key committed by somebody else a moment ago,
// or a lost connection.
func repeatable(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code {
		case "40001", "40P01":
			return true
		case "23505":
			return pg.TableName == "db_once" // the reply is there now
		}
	}
	return lostConnection(err)
}

// lostConnection reports a server that went away or is not there yet.
func lostConnection(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return slices.Contains([]string{"57P01", "57P02", "57P03", "08006", "08003"}, pg.Code)
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, sql.ErrNoRows) {
		return false
	}
	var refused *pgconn.ConnectError
	return pgconn.SafeToRetry(err) || errors.As(err, &refused) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, errBadConn) || isNetwork(err)
}

// SealAudit chains pending audit entries. On PostgreSQL one process at a time does it, under the lock of audit_lock.
func (d *DB) SealAudit(ctx context.Context) (int, error) {
	if d.Engine == SQLite {
		return 0, nil
	}
	total := 0
	for {
		n, err := d.sealSome(ctx, 500)
		total += n
		if err != nil || n < 500 {
			return total, err
		}
	}
}

// sealSome chains the oldest pending entries.
func (d *DB) sealSome(ctx context.Context, limit int) (int, error) {
	conn, err := d.write.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback()
	var id int64
	err = tx.QueryRowContext(ctx, `SELECT id FROM audit_lock WHERE id = 1 FOR UPDATE SKIP LOCKED`).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil // another process is sealing
	}
	if err != nil {
		return 0, err
	}
	entries, err := audit.Unchained(ctx, tx, limit)
	if err != nil || len(entries) == 0 {
		return 0, err
	}
	head, err := audit.ReadHead(ctx, tx)
	if err != nil {
		return 0, err
	}
	list, _ := chained(head, entries)
	ids := make([]string, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
	}
	list = append(d.folder.fold(list), statement{`DELETE FROM audit_pending WHERE entry_id = ANY($1)`, []any{ids}})
	if err := send(ctx, conn, list); err != nil {
		return 0, err
	}
	return len(entries), d.feel(tx.Commit())
}
