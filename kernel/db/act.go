package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"tongban/kernel/audit"
	"tongban/kernel/authz"
	"tongban/kernel/logging"
	"tongban/kernel/problem"
)

// Act describes a command before it runs: who, what, when, and under which key it may be repeated.
type Act struct {
	Actor authz.Actor
	Name  string    // module.verb, as it will stand in the audit log
	Now   time.Time // the one "now" of the command
	Key   string    // idempotency key; empty means the act is not repeatable by its caller
}

// Event is a fact other modules may listen to. Its JSON form must be self-sufficient: listeners never ask back.
type Event interface {
	EventName() string // module.fact, such as casework.decided
	Subject() string   // events of one subject reach a listener in order
}

// unaskedKey begins the keys of commands whose caller brought none. Nobody can ask for such a command twice, so on SQLite it leaves no
// reply behind; on PostgreSQL it does, because the answer to COMMIT may be lost on the way.
const unaskedKey = "auto-"

func (a Act) unasked() bool { return a.Key == "" || strings.HasPrefix(a.Key, unaskedKey) }

// Outcome tells the caller how its command ended.
type Outcome struct {
	Reply    string // what the command set with Tx.Answer
	Repeated bool   // the key had been used before: nothing was done now

	Statements int // asked of the database for it: what its cost grows with
}

// Tx is a command in progress.
type Tx struct {
	View
	tx   *sql.Tx
	conn *sql.Conn // PostgreSQL: takes the deferred statements in one round trip
	act  Act

	reply   string
	wrote   bool
	entries []audit.Entry
	later   []statement
	after   []func()
	nudge   bool
	failed  error // a deferred statement that failed: the command is refused, whoever was told
	deliver map[string][]Recipient
	ids     *ids
	folder  *folder
	asked   int // statements so far
}

type statement struct {
	query string
	args  []any
}

// Run carries out a command: all it wrote commits together, or nothing does. A key that was used before by the same actor for
// the same command gives the earlier reply and does nothing.
func (d *DB) Run(ctx context.Context, act Act, do func(*Tx) error) (Outcome, error) {
	if act.Actor.Kind == "" || act.Actor.ID == "" && act.Actor.Kind != authz.Guest {
		return Outcome{}, fmt.Errorf("db: command %s has no actor", act.Name)
	}
	if act.Now.IsZero() {
		return Outcome{}, fmt.Errorf("db: command %s has no time", act.Name)
	}
	act.Now = act.Now.UTC().Truncate(time.Microsecond)
	if act.Key == "" {
		act.Key = unaskedKey + d.ids.next()
	}
	began := time.Now()
	run := d.runPostgres
	if d.Engine == SQLite {
		run = d.enqueue
	}
	out, err := run(ctx, act, do)
	d.told(act.Name, began, out, err)
	return out, err
}

// step runs the command inside an open transaction: look up the key, do, and write what was gathered.
func (d *DB) step(ctx context.Context, conn *sql.Conn, sqlTx *sql.Tx, act Act, try int, do func(*Tx) error) (out Outcome, tx *Tx, err error) {
	tx = &Tx{tx: sqlTx, conn: conn, act: act, deliver: d.listeners, ids: &d.ids, folder: d.folder}
	tx.View = View{Actor: act.Actor, Now: act.Now, q: tx}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("db: command %s panicked: %v\n%s", act.Name, r, stack())
		}
	}()
	if try > 0 { // the first time it most likely is new, and writing down its key will tell
		if out, err := said(ctx, tx, act); err != nil || out.Repeated {
			return out, tx, err
		}
	}
	tx.wrote = false
	err = do(tx)
	if tx.failed != nil { // whatever came of it afterwards
		err = tx.failed
	}
	if err != nil {
		return Outcome{}, tx, err
	}
	if !tx.leaves() { // nor its key, so whether it came before is to be asked
		if out, err := said(ctx, tx, act); err != nil || out.Repeated {
			return out, tx, err
		}
	}
	return Outcome{Reply: tx.reply}, tx, nil
}

// said looks for the reply of an earlier run under the key.
func said(ctx context.Context, q rows, act Act) (Outcome, error) {
	if act.unasked() {
		return Outcome{}, nil // nobody else can have it
	}
	var command, actor string
	out := Outcome{Repeated: true}
	err := q.QueryRowContext(ctx, `SELECT command, actor, reply FROM db_once WHERE key = $1`, act.Key).Scan(&command, &actor, &out.Reply)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Outcome{}, nil
	case err != nil:
		return Outcome{}, err
	case command != act.Name || actor != act.Actor.ID:
		return Outcome{}, problem.Conflict("这份表单已经用过，不能再用于别的操作。请返回上一页，重新打开后再提交")
	}
	return out, nil
}

// rows is what one question needs of a connection.
type rows interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}

// leaves reports whether the command has written or will write anything.
func (tx *Tx) leaves() bool { return tx.wrote || len(tx.entries) > 0 || len(tx.later) > 0 }

// gathered is all that a finished command still has to write: its key, its audit entries, its deferred statements.
func (tx *Tx) gathered() []statement {
	if !tx.leaves() {
		return nil // it only looked
	}
	if len(tx.entries) == 0 {
		tx.Record("", "", "", "", nil)
	}
	out := tx.later
	tx.later = nil
	inOneProcess := tx.conn == nil
	if !inOneProcess || !tx.act.unasked() {
		out = append(out, statement{`INSERT INTO db_once (key, command, actor, reply, at) VALUES ($1, $2, $3, $4, $5)`,
			[]any{tx.act.Key, tx.act.Name, tx.act.Actor.ID, tx.reply, At(tx.act.Now)}})
	}
	for _, e := range tx.entries {
		out = append(out, statement{audit.InsertSQL, e.Args()})
		if !inOneProcess { // the sealer chains it
			out = append(out, statement{`INSERT INTO audit_pending (entry_id) VALUES ($1)`, []any{e.ID}})
		}
	}
	return out
}

// Require refuses the command unless its actor has the permission over the place.
func (tx *Tx) Require(p authz.Permission, at authz.Place) error {
	if tx.Actor.May(p, at) {
		return nil
	}
	return problem.Forbidden("您没有办理这一步的权限（%s）。如确需办理，请联系本单位管理员授权", p)
}

// Record writes a change into the audit log: the thing, its state before and after, and details. Details never hold a full ID or
// phone number (I21).
func (tx *Tx) Record(objectKind, objectID, from, to string, detail any) {
	if detail == nil {
		detail = struct{}{}
	}
	a := tx.Actor
	tx.entries = append(tx.entries, audit.Entry{
		ID: tx.NewID(), At: tx.Now.Format(layout),
		ActorKind: string(a.Kind), ActorID: a.ID, ActorName: a.Name, ActorUnit: a.Unit, Via: a.Via,
		Action: tx.act.Name, ObjectKind: objectKind, ObjectID: objectID, From: from, To: to,
		Detail: masked(Pack(detail)), Key: tx.act.Key,
	})
}

// masked hides full numbers that somebody typed into a reason or a purpose: what is in the log once can never be taken out (I21).
func masked(detail JSON) json.RawMessage {
	plain := string(detail)
	if hidden := logging.Mask(plain); hidden != plain && json.Valid([]byte(hidden)) { // not valid: it was a number of the program's own
		return json.RawMessage(hidden)
	}
	return json.RawMessage(plain)
}

// Publish tells the other modules a fact. It becomes visible with the commit, and reaches every listener once.
func (tx *Tx) Publish(e Event) {
	id := tx.NewID()
	tx.Later(`INSERT INTO event_outbox (id, name, subject, payload, at, via) VALUES ($1, $2, $3, $4, $5, $6)`,
		id, e.EventName(), e.Subject(), string(Pack(e)), At(tx.Now), tx.act.Name)
	for _, to := range tx.deliver[e.EventName()] {
		if to.Wants != nil && !to.Wants() {
			continue
		}
		tx.Later(`INSERT INTO event_delivery (event_id, listener, subject, state, tries, next_at, reason) VALUES ($1, $2, $3, 'due', 0, $4, '')`,
			id, to.Listener, e.Subject(), At(time.Now()))
	}
	tx.nudge = true
}

// Answer sets what a repetition under the same key will be told.
func (tx *Tx) Answer(reply string) { tx.reply = reply }

// Later defers a write whose result nobody needs to the end of the command, or to its next statement that might see it, whichever comes
// first, so that rows share statements and PostgreSQL takes several in one round trip. Whoever reads what he wrote finds it written.
func (tx *Tx) Later(query string, args ...any) {
	tx.later = append(tx.later, statement{query, args})
}

// Deferred is the command for a store whose write nobody needs the result of: it goes as Later does.
func (tx *Tx) Deferred() Deferred { return Deferred{tx} }

// Deferred is a command whose statements wait as those of Later.
type Deferred struct{ *Tx }

// ExecContext implements the query interface of the stores. How many rows it will change is not known.
func (d Deferred) ExecContext(_ context.Context, query string, args ...any) (sql.Result, error) {
	d.Later(query, args...)
	return driver.ResultNoRows, nil
}

// catchUp carries out what was deferred, before a statement that might see it.
func (tx *Tx) catchUp(ctx context.Context, query string) error {
	if len(tx.later) == 0 || tx.folder.unseen(query, tx.later) {
		return nil
	}
	list := tx.folder.fold(tx.later)
	tx.later, tx.wrote = nil, true
	if tx.conn != nil {
		tx.asked += len(list)
		tx.failed = send(ctx, tx.conn, list)
		return tx.failed
	}
	for _, s := range list {
		if _, tx.failed = tx.ExecContext(ctx, s.query, s.args...); tx.failed != nil {
			break
		}
	}
	return tx.failed
}

// patient is the context of a statement. On SQLite the commands of a batch share a transaction, and the engine undoes the whole of it when
// a write is interrupted: who hangs up must not take the others along.
func (tx *Tx) patient(ctx context.Context) context.Context {
	if tx.conn == nil {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

// AfterCommit runs f once the commit is on disk. It is for nudging what is in memory: f may be lost with the process.
func (tx *Tx) AfterCommit(f func()) { tx.after = append(tx.after, f) }

// SQL is the transaction itself, for the job library, which enqueues inside it.
func (tx *Tx) SQL() *sql.Tx { tx.wrote, tx.nudge = true, true; return tx.tx }

// Key is the idempotency key of the command.
func (tx *Tx) Key() string { return tx.act.Key }

// NewID makes an identifier: 26 letters and digits, ordered by the moment of making, not guessable.
func (tx *Tx) NewID() string { return tx.ids.next() }

// ExecContext implements the query interface of the stores.
func (tx *Tx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if err := tx.catchUp(ctx, query); err != nil {
		return nil, err
	}
	tx.wrote = true
	tx.asked++
	return tx.tx.ExecContext(tx.patient(ctx), query, args...)
}

// QueryContext implements the query interface of the stores.
func (tx *Tx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := tx.catchUp(ctx, query); err != nil {
		return nil, err
	}
	tx.asked++
	return tx.tx.QueryContext(tx.patient(ctx), query, args...)
}

// QueryRowContext implements the query interface of the stores.
func (tx *Tx) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	_ = tx.catchUp(ctx, query) // *sql.Row cannot carry its error; step refuses the command
	tx.asked++
	return tx.tx.QueryRowContext(tx.patient(ctx), query, args...)
}

// PrepareContext implements the query interface of the stores.
func (tx *Tx) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	return tx.tx.PrepareContext(ctx, query)
}
