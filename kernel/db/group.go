package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"tongban/kernel/audit"
	"tongban/kernel/authz"
	"tongban/kernel/problem"
)

// waiting is a command in the queue of the SQLite writer.
type waiting struct {
	ctx   context.Context
	act   Act
	do    func(*Tx) error
	chore func(*sql.Tx) error // instead of a command: a technical write that joins the same commit
	since time.Time
	done  chan result
	out   Outcome
	err   error // why it was refused; told with the others' answers
	tx    *Tx
}

type result struct {
	out Outcome
	err error
}

// errBusy is what a citizen reads when more comes in than the disk can take. Nothing was done; trying again is safe.
func errBusy() *problem.Error {
	return problem.Busy(2*time.Second, "现在办理的人较多，系统正在排队。您填写的内容没有丢失，请稍等几秒后再点一次提交")
}

// enqueue hands the command to the writer and waits until it is on disk or refused.
func (d *DB) enqueue(ctx context.Context, act Act, do func(*Tx) error) (Outcome, error) {
	return d.wait(&waiting{ctx: ctx, act: act, do: do})
}

func (d *DB) wait(w *waiting) (Outcome, error) {
	w.since, w.done = time.Now(), make(chan result, 1)
	if !d.gate.enter(w.patient()) {
		return Outcome{}, errBusy()
	}
	if !d.queued(w) {
		d.gate.leave(w.patient())
		return Outcome{}, errBusy()
	}
	// Once taken, the command is waited for even if the caller has gone: its answer decides what the caller is told later
	// under the same key.
	r := <-w.done
	return r.out, r.err
}

// queued puts the command into its queue unless the county is closing. There is room for people: the gate lets in no more than the queue
// holds; and the county's own commands wait for it.
func (d *DB) queued(w *waiting) bool {
	d.door.RLock()
	defer d.door.RUnlock()
	if d.closed {
		return false
	}
	if w.machine() {
		d.machines <- w
	} else {
		d.people <- w
	}
	return true
}

// machine reports whether nobody sits in front of a page and waits for this: what listeners, jobs and sweeps do.
func (w *waiting) machine() bool { return w.chore == nil && w.act.Actor.Kind == authz.System }

// patient reports whether the command is never turned away: the county's own work, and the small writes of the house.
func (w *waiting) patient() bool { return w.chore != nil || w.machine() }

// writer is the only goroutine that runs commands on SQLite. It gathers what is waiting into one physical commit.
func (d *DB) writer() {
	defer close(d.stopped)
	for {
		batch := d.gather()
		if len(batch) == 0 {
			return
		}
		d.commit(batch)
	}
}

// People first: a commit that somebody waits for takes only few machine commands along, so that work left behind by the acts of a busy
// morning is done between them and not before them; one that is all machines stays short, because somebody may come in meanwhile. None of
// it is put off for ever, and it loses nothing: it is in the outbox or among the jobs.
const (
	machinesBeside = 2
	machinesAlone  = 4
)

// gather takes what is waiting: while one commit is being synced to disk the next batch forms. It waits only while there is nothing at
// all, and gives nothing once both queues are closed and empty.
func (d *DB) gather() []*waiting {
	batch := take(nil, d.people, d.gate.batch(d.options.Batch))
	most := len(batch) + machinesBeside
	if len(batch) == 0 {
		most = machinesAlone
	}
	if batch = take(batch, d.machines, most); len(batch) > 0 {
		return batch
	}
	people, machines := d.people, d.machines
	for people != nil || machines != nil {
		select {
		case w, open := <-people:
			if open {
				return take(append(batch, w), d.people, d.gate.batch(d.options.Batch))
			}
			people = nil
		case w, open := <-machines:
			if open {
				return append(batch, w)
			}
			machines = nil
		}
	}
	return nil
}

// take adds what is already in a queue, until there are so many.
func take(batch []*waiting, queue <-chan *waiting, most int) []*waiting {
	for len(batch) < most {
		select {
		case w, open := <-queue:
			if !open {
				return batch
			}
			batch = append(batch, w)
		default:
			return batch
		}
	}
	return batch
}

// commit runs a batch in one transaction, each command in its own savepoint, and answers each only when the commit is on disk.
func (d *DB) commit(batch []*waiting) {
	ctx := context.Background() // a caller who hangs up must not abort the others in the batch
	began, live := time.Now(), batch[:0]
	for _, w := range batch {
		d.gate.leave(w.patient())
		if began.Sub(w.since) > d.options.Wait && !w.patient() || w.ctx.Err() != nil {
			w.done <- result{err: errBusy()}
			continue
		}
		live = append(live, w)
	}
	if len(live) == 0 {
		return
	}
	d.taken(live)
	d.gate.begin(len(live))
	err := d.runBatch(ctx, live)
	d.gate.took(time.Since(began), len(live))
	if d.feel(err) != nil {
		slog.Error("commit failed", "commands", len(live), "error", err)
	}
	for _, w := range live {
		switch {
		case err != nil:
			w.done <- result{err: Fault(err)}
		case w.err != nil:
			w.done <- result{err: Fault(w.err)}
		default:
			d.finish(w.tx) // before the answer: whoever reads on must find in memory what he just changed
			w.done <- result{out: w.out}
		}
	}
}

// runBatch runs the commands, each in its own savepoint: one that is refused is undone and leaves the others alone. A refusal too is told
// only after the commit: it may rest on what an earlier command of the batch did ("already decided"), and stands or falls with that.
func (d *DB) runBatch(ctx context.Context, batch []*waiting) error {
	sqlTx, err := d.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer sqlTx.Rollback()
	head, err := audit.ReadHead(ctx, sqlTx)
	if err != nil {
		return err
	}
	if len(batch) == 1 { // who is alone needs no savepoint: the transaction is his
		w := batch[0]
		out, tx, _, err := d.one(ctx, sqlTx, w, head)
		if Unavailable(err) {
			return err
		}
		if err != nil {
			w.out, w.err = answered(ctx, d.read, w.act, err)
			return nil
		}
		w.out, w.tx = out, tx
	} else {
		for _, w := range batch {
			if head, err = d.aside(ctx, sqlTx, w, head); err != nil {
				return err
			}
		}
	}
	if err := sqlTx.Commit(); err != nil {
		// A commit that is refused for a reason of the data leaves the transaction open in the one connection there is.
		_, _ = d.write.ExecContext(ctx, "ROLLBACK")
		return err
	}
	return nil
}

// aside runs one of several commands in a savepoint.
func (d *DB) aside(ctx context.Context, sqlTx *sql.Tx, w *waiting, head audit.Head) (audit.Head, error) {
	if _, err := sqlTx.ExecContext(ctx, "SAVEPOINT command"); err != nil {
		return head, err
	}
	out, tx, next, err := d.one(ctx, sqlTx, w, head)
	if err != nil {
		if _, undo := sqlTx.ExecContext(ctx, "ROLLBACK TO command"); undo != nil {
			// The whole transaction is gone, as with a full disk: the first error is the one to tell.
			return head, errors.Join(err, undo)
		}
		w.out, w.err = answered(ctx, sqlTx, w.act, err)
	} else {
		w.out, w.tx, head = out, tx, next
	}
	_, err = sqlTx.ExecContext(ctx, "RELEASE command")
	return head, err
}

// answered is how a command ends that failed and is undone: when it failed because it had been done before under its key, that counts and
// not that the thing is already done.
func answered(ctx context.Context, q rows, act Act, err error) (Outcome, error) {
	out, asked := said(ctx, q, act)
	switch {
	case asked == nil && out.Repeated:
		return out, nil
	case problem.KindOf(asked) == problem.KindConflict:
		return Outcome{}, asked
	}
	return Outcome{}, err
}

// one runs what waits: a command with all it gathered, or a chore.
func (d *DB) one(ctx context.Context, sqlTx *sql.Tx, w *waiting, head audit.Head) (Outcome, *Tx, audit.Head, error) {
	if w.chore != nil {
		return Outcome{}, nil, head, safely(w.chore, sqlTx)
	}
	out, tx, err := d.step(ctx, nil, sqlTx, w.act, 0, w.do)
	if err == nil {
		head, err = d.flush(ctx, tx, head)
		out.Statements = tx.asked
	}
	return out, tx, head, err
}

// safely keeps a fault of a chore from stopping the writer.
func safely(chore func(*sql.Tx) error, tx *sql.Tx) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("db: a technical write panicked: %v\n%s", cause, stack())
		}
	}()
	return chore(tx)
}

// flush writes what the command gathered and chains its audit entries.
func (d *DB) flush(ctx context.Context, tx *Tx, head audit.Head) (audit.Head, error) {
	list := tx.gathered()
	links, head := chained(head, tx.entries)
	for _, s := range d.folder.fold(append(list, links...)) {
		if _, err := tx.ExecContext(ctx, s.query, s.args...); err != nil {
			return head, err
		}
	}
	return head, nil
}

// chained are the rows that chain entries, and the new end of the chain.
func chained(head audit.Head, entries []audit.Entry) ([]statement, audit.Head) {
	var list []statement
	for _, e := range entries {
		head = head.Next(e)
		list = append(list, statement{audit.ChainSQL, head.Args(e)})
	}
	return list, head
}

// finish tells memory about a commit that is on disk. Nothing that goes wrong here may undo it or stop the writer.
func (d *DB) finish(tx *Tx) {
	if tx == nil {
		return
	}
	defer func() {
		if cause := recover(); cause != nil {
			slog.Error("panic after commit", "command", tx.act.Name, "cause", cause, "stack", stack())
		}
	}()
	for _, f := range tx.after {
		f()
	}
	if tx.nudge {
		d.nudge()
	}
}
