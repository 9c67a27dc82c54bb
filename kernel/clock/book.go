package clock

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/problem"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema is the tables of ledgers and of the working calendar.
func Schema() db.Schema { return db.Schema{Name: "clock", Files: migrations} }

// Book keeps all running clocks of the county and the calendar they are counted with.
type Book struct {
	almanac atomic.Pointer[almanac]
}

// NewBook makes a book that counts with the calendar shipped with the product, until Refresh reads the county's own.
func NewBook() *Book {
	b := &Book{}
	b.almanac.Store(seeded())
	return b
}

// Of names a clock: the thing it is about and which of its clocks.
type Of struct {
	Subject string // such as a case's id
	Name    string // such as handling, correction, delivery
}

// Begin is all that is needed to start a clock.
type Begin struct {
	Of
	Title  string // what must be done by then, as people read it
	Unit   string // who must do it
	Holder string
	Clock
	At    time.Time // when it began in law
	Marks []Mark    // the crossings somebody wants to hear of
}

// Record is a clock with its ledger.
type Record struct {
	ID string
	Of
	Title  string
	Unit   string
	Holder string
	Ledger Ledger
	Marks  []Mark
	swept  time.Time // the marks are told up to here
}

// Start starts a clock. A subject has one clock of a name.
func (b *Book) Start(ctx context.Context, tx *db.Tx, s Begin) (Record, error) {
	r := Record{ID: tx.NewID(), Of: s.Of, Title: s.Title, Unit: s.Unit, Holder: s.Holder, Ledger: Ledger{Clock: s.Clock}, Marks: s.Marks, swept: s.At}
	l, err := r.Ledger.Append(b.Calendar(), Entry{Kind: Start, At: s.At})
	if err != nil {
		return r, said(err)
	}
	r.Ledger = l
	_, err = tx.ExecContext(ctx, `INSERT INTO clock_clock (id, subject, name, title, unit, holder, terms, phase, started_at, marks, entries)
 VALUES ($1, $2, $3, $4, $5, $6, $7, '', $8, $9, 0)`, r.ID, r.Subject, r.Name, r.Title, r.Unit, r.Holder, db.Pack(r.Ledger.Clock), db.At(s.At), db.Pack(r.Marks))
	if err != nil {
		return r, fmt.Errorf("clock: start %s of %s: %w", r.Name, r.Subject, err)
	}
	return r, b.save(ctx, tx, r, 1)
}

// Enter adds an entry to a clock: pause, resume, extend or stop.
func (b *Book) Enter(ctx context.Context, tx *db.Tx, of Of, e Entry) (Record, error) {
	r, err := b.Find(ctx, &tx.View, of)
	if err != nil {
		return r, err
	}
	before := r
	if r.Ledger, err = r.Ledger.Append(b.Calendar(), e); err != nil {
		return r, said(err)
	}
	// What was passed before the entry was passed, whether or not anybody has looked since.
	upTo := e.At
	if upTo.After(tx.Now) {
		upTo = tx.Now
	}
	if r.swept, err = b.tell(tx, before, upTo); err != nil {
		return r, said(err)
	}
	return r, b.save(ctx, tx, r, 1)
}

// Hand moves a clock to another unit or person; the time goes on as it was. Marks passed until now still name whoever held it.
func (b *Book) Hand(ctx context.Context, tx *db.Tx, of Of, unit, holder string) error {
	r, err := b.Find(ctx, &tx.View, of)
	if problem.KindOf(err) == problem.KindNotFound && err != nil {
		return nil // a subject without this clock has nothing to hand over
	}
	if err != nil {
		return err
	}
	if r.swept, err = b.tell(tx, r, tx.Now); err != nil {
		return said(err)
	}
	next, err := b.next(r)
	if err != nil {
		return said(err)
	}
	tx.Record("clock", r.Subject+"/"+r.Name, "", "", map[string]string{"from": r.Unit + "/" + r.Holder, "to": unit + "/" + holder})
	tx.Later(`UPDATE clock_clock SET swept_at = $1, next_at = $2 WHERE id = $3`, db.At(r.swept), db.At(next), r.ID)
	_, err = tx.ExecContext(ctx, `UPDATE clock_clock SET unit = $1, holder = $2 WHERE subject = $3 AND name = $4`, unit, holder, of.Subject, of.Name)
	return err
}

// save writes the last n entries and what is derived from all of them.
func (b *Book) save(ctx context.Context, tx *db.Tx, r Record, n int) error {
	due, err := r.Ledger.Due(b.Calendar())
	if err != nil {
		return said(err)
	}
	next, err := b.next(r)
	if err != nil {
		return said(err)
	}
	all := r.Ledger.Entries
	for i := len(all) - n; i < len(all); i++ {
		tx.Later(`INSERT INTO clock_entry (clock, seq, body) VALUES ($1, $2, $3)`, r.ID, i+1, string(db.Pack(all[i])))
		tx.Record("clock", r.Subject+"/"+r.Name, "", string(r.Ledger.Phase()), all[i])
	}
	var stopped time.Time
	if r.Ledger.Phase() == Stopped {
		stopped = all[len(all)-1].At
	}
	tx.Later(`UPDATE clock_clock SET phase = $1, stopped_at = $2, promised_at = $3, legal_at = $4, next_at = $5, entries = $6, terms = $7, swept_at = $8 WHERE id = $9`,
		string(r.Ledger.Phase()), db.At(stopped), db.At(due.Promised.End), db.At(due.Statutory.End), db.At(next), len(all), string(db.Pack(r.Ledger.Clock)), db.At(r.swept), r.ID)
	return nil
}

// Find reads a clock.
func (b *Book) Find(ctx context.Context, v *db.View, of Of) (Record, error) {
	list, err := b.read(ctx, v, `WHERE subject = $1 AND name = $2`, of.Subject, of.Name)
	if err == nil && len(list) == 0 {
		return Record{}, problem.NotFound("没有这个时限的记录")
	}
	if err != nil {
		return Record{}, err
	}
	return list[0], nil
}

// All reads every clock of a subject, oldest first.
func (b *Book) All(ctx context.Context, v *db.View, subject string) ([]Record, error) {
	return b.read(ctx, v, `WHERE subject = $1 ORDER BY started_at, id`, subject)
}

func (b *Book) read(ctx context.Context, v *db.View, where string, args ...any) ([]Record, error) {
	rows, err := v.QueryContext(ctx, `SELECT id, subject, name, title, unit, holder, terms, marks, started_at, swept_at FROM clock_clock `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("clock: read: %w", err)
	}
	defer rows.Close()
	var out []Record
	for rows.Next() {
		var r Record
		var terms, marks db.JSON
		var started, swept db.Time
		if err := rows.Scan(&r.ID, &r.Subject, &r.Name, &r.Title, &r.Unit, &r.Holder, &terms, &marks, &started, &swept); err != nil {
			return nil, err
		}
		if err := errors.Join(terms.Unpack(&r.Ledger.Clock), marks.Unpack(&r.Marks)); err != nil {
			return nil, err
		}
		if r.swept = swept.Time; swept.IsZero() {
			r.swept = started.Time
		}
		out = append(out, r)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for i := range out {
		if out[i].Ledger.Entries, err = entries(ctx, v, out[i].ID); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func entries(ctx context.Context, v *db.View, clock string) ([]Entry, error) {
	rows, err := v.QueryContext(ctx, `SELECT body FROM clock_entry WHERE clock = $1 ORDER BY seq`, clock)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Entry
	for rows.Next() {
		var body string
		var e Entry
		if err := rows.Scan(&body); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(body), &e); err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, rows.Err()
}

// said turns a refusal of the ledger into what a page shows.
func said(err error) error {
	var refused *Refused
	if errors.As(err, &refused) {
		return problem.Conflict("%s", refused.Text)
	}
	var missing *calendar.NotCovered
	if errors.As(err, &missing) {
		return problem.Conflict("%s", missing.Error())
	}
	return err
}
