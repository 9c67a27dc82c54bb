package clock

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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
	d, err := b.derive(r)
	if err != nil {
		return r, said(err)
	}
	tx.Later(`INSERT INTO clock_clock (id, subject, name, title, unit, holder, marks, started_at, phase, stopped_at, promised_at, legal_at, next_at, entries, terms, swept_at)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		append([]any{r.ID, r.Subject, r.Name, r.Title, r.Unit, r.Holder, string(db.Pack(r.Marks)), db.At(s.At)}, d...)...)
	b.enter(tx, r)
	return r, nil
}

// Enter adds an entry to a clock: pause, resume, extend or stop.
func (b *Book) Enter(ctx context.Context, tx *db.Tx, of Of, e Entry) (Record, error) {
	r, err := b.Find(ctx, &tx.View, of)
	if err != nil {
		return r, err
	}
	return b.Append(tx, r, e)
}

// Append is Enter for a clock that was read in the same command.
func (b *Book) Append(tx *db.Tx, r Record, e Entry) (_ Record, err error) {
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
	return r, b.save(tx, r)
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

// save writes the last entry and what is derived from all of them.
func (b *Book) save(tx *db.Tx, r Record) error {
	d, err := b.derive(r)
	if err != nil {
		return said(err)
	}
	b.enter(tx, r)
	tx.Later(`UPDATE clock_clock SET phase = $1, stopped_at = $2, promised_at = $3, legal_at = $4, next_at = $5, entries = $6, terms = $7, swept_at = $8 WHERE id = $9`,
		append(d, r.ID)...)
	return nil
}

// derive is what stands beside the ledger to be searched by: phase, end, both due dates, the next mark, how many entries, terms, and up to
// where the marks are told.
func (b *Book) derive(r Record) ([]any, error) {
	due, err := r.Ledger.Due(b.Calendar())
	if err != nil {
		return nil, err
	}
	next, err := b.next(r)
	if err != nil {
		return nil, err
	}
	all := r.Ledger.Entries
	var stopped time.Time
	if r.Ledger.Phase() == Stopped {
		stopped = all[len(all)-1].At
	}
	return []any{string(r.Ledger.Phase()), db.At(stopped), db.At(due.Promised.End), db.At(due.Statutory.End), db.At(next), len(all),
		string(db.Pack(r.Ledger.Clock)), db.At(r.swept)}, nil
}

// enter writes the last entry of the ledger.
func (b *Book) enter(tx *db.Tx, r Record) {
	all := r.Ledger.Entries
	last := all[len(all)-1]
	tx.Later(`INSERT INTO clock_entry (clock, seq, body) VALUES ($1, $2, $3)`, r.ID, len(all), string(db.Pack(last)))
	tx.Record("clock", r.Subject+"/"+r.Name, "", string(r.Ledger.Phase()), last)
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

// All reads every clock of the subjects, by subject and each oldest first.
func (b *Book) All(ctx context.Context, v *db.View, subjects ...string) (map[string][]Record, error) {
	if len(subjects) == 0 {
		return nil, nil
	}
	w := (&db.Where{}).In("subject", subjects)
	list, err := b.read(ctx, v, w.String(), w.Args...)
	slices.SortStableFunc(list, func(x, y Record) int { return x.Ledger.Entries[0].At.Compare(y.Ledger.Entries[0].At) })
	out := map[string][]Record{}
	for _, r := range list {
		out[r.Subject] = append(out[r.Subject], r)
	}
	return out, err
}

// Named reads the clocks of one name of several subjects, by subject. A subject without such a clock is not among them.
func (b *Book) Named(ctx context.Context, v *db.View, name string, subjects []string) (map[string]Record, error) {
	if len(subjects) == 0 {
		return nil, nil
	}
	w := (&db.Where{}).And("name = ?", name).In("subject", subjects)
	list, err := b.read(ctx, v, w.String(), w.Args...)
	out := map[string]Record{}
	for _, r := range list {
		out[r.Subject] = r
	}
	return out, err
}

// read reads clocks with their ledgers, in one question.
func (b *Book) read(ctx context.Context, v *db.View, where string, args ...any) ([]Record, error) {
	rows, err := v.QueryContext(ctx, `SELECT c.id, c.subject, c.name, c.title, c.unit, c.holder, c.terms, c.marks, c.started_at, c.swept_at, e.body
 FROM (SELECT * FROM clock_clock `+where+`) c JOIN clock_entry e ON e.clock = c.id ORDER BY c.id, e.seq`, args...)
	if err != nil {
		return nil, fmt.Errorf("clock: read: %w", err)
	}
	defer rows.Close()
	var out []Record
	for rows.Next() {
		var r Record
		var terms, marks db.JSON
		var started, swept db.Time
		var body string
		if err := rows.Scan(&r.ID, &r.Subject, &r.Name, &r.Title, &r.Unit, &r.Holder, &terms, &marks, &started, &swept, &body); err != nil {
			return nil, err
		}
		if n := len(out); n == 0 || out[n-1].ID != r.ID {
			if err := errors.Join(terms.Unpack(&r.Ledger.Clock), marks.Unpack(&r.Marks)); err != nil {
				return nil, err
			}
			if r.swept = swept.Time; swept.IsZero() {
				r.swept = started.Time
			}
			out = append(out, r)
		}
		var e Entry
		if err := json.Unmarshal([]byte(body), &e); err != nil {
			return nil, err
		}
		last := &out[len(out)-1].Ledger
		last.Entries = append(last.Entries, e)
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
