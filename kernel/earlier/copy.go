package earlier

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"tongban/kernel/audit"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/number"
)

// Copy is one more thing like a pattern.
type Copy struct {
	*Pattern
	Days   int      // how far its days lie from those of the pattern: whole weeks
	Tokens []string // in the order of those of the pattern
}

// Writer writes copies, many in one transaction.
type Writer struct {
	h        *House
	dice     *rand.Rand
	counters map[counter]int64
	drawn    map[string]bool // short codes, which chance would give twice
	work     chan batch
	done     chan error
	next     batch
}

type counter struct{ series, period string }

// batch is what one transaction writes.
type batch struct {
	tables  []db.Table // in the order in which they were made
	ranks   []int
	cells   map[string][]any
	entries []audit.Entry
	counted map[counter]int64
	sums    map[string]sum
	copies  int
}

// most copies in one transaction: enough that a commit costs nothing, and few enough for memory.
const most = 500

// Writer begins to write. The seed decides about codes and ids.
func (h *House) Writer(ctx context.Context, seed uint64) (*Writer, error) {
	w := &Writer{h: h, dice: rand.New(rand.NewPCG(seed, 7)), counters: map[counter]int64{}, drawn: map[string]bool{}, work: make(chan batch, 1), done: make(chan error, 1)} // #nosec G404 -- codes of things that never were
	list, err := number.Counters(ctx, h.DB.View(authz.Machine("earlier", "writer"), time.Unix(0, 0)), "")
	if err != nil {
		return nil, err
	}
	for _, c := range list {
		w.counters[counter{c.Series, c.Period}] = c.Value
	}
	w.next = newBatch()
	go w.write(ctx)
	return w, nil
}

func newBatch() batch {
	return batch{cells: map[string][]any{}, counted: map[counter]int64{}, sums: map[string]sum{}}
}

// Add adds a copy.
func (w *Writer) Add(c Copy) error {
	if err := w.render(c); err != nil {
		return err
	}
	if w.next.copies++; w.next.copies < most {
		return nil
	}
	return w.hand()
}

// hand gives the batch to the goroutine that writes, or tells why that has stopped.
func (w *Writer) hand() error {
	select {
	case w.work <- w.next:
		w.next = newBatch()
		return nil
	case err := <-w.done:
		w.done <- err
		return err
	}
}

// Close writes the rest.
func (w *Writer) Close() error {
	var err error
	if w.next.copies > 0 {
		err = w.hand()
	}
	close(w.work)
	if written := <-w.done; written != nil {
		return written
	}
	return err
}

func (w *Writer) write(ctx context.Context) {
	for b := range w.work {
		if err := w.h.DB.Bulk(ctx, func(bulk *db.Bulk) error { return b.write(ctx, bulk) }); err != nil {
			w.done <- fmt.Errorf("earlier: %w", err)
			return
		}
	}
	w.done <- nil
}

func (b batch) write(ctx context.Context, bulk *db.Bulk) error {
	for _, t := range b.tables {
		if err := bulk.Insert(ctx, t, b.cells[t.Name]); err != nil {
			return err
		}
	}
	if err := bulk.Chain(ctx, b.entries); err != nil {
		return err
	}
	for c, value := range b.counted {
		if err := bulk.Exec(ctx, `INSERT INTO number_counter (series, period, value) VALUES ($1, $2, $3)
 ON CONFLICT (series, period) DO UPDATE SET value = excluded.value`, c.series, c.period, value); err != nil {
			return err
		}
	}
	for _, s := range b.sums {
		if err := s.write(ctx, bulk); err != nil {
			return err
		}
	}
	return nil
}

// write adds to a row of sums.
func (s sum) write(ctx context.Context, bulk *db.Bulk) error {
	var key, marks, set []string
	for i, c := range s.table.Columns {
		marks = append(marks, fmt.Sprintf("$%d", i+1))
		set = append(set, fmt.Sprintf("%s = %s.%s + excluded.%s", c, s.table.Name, c, c))
	}
	for n := len(s.table.Key) - 1; n >= 0; n-- {
		i := s.table.Key[n]
		key = append(key, s.table.Columns[i])
		set = append(set[:i], set[i+1:]...)
	}
	return bulk.Exec(ctx, fmt.Sprintf(`INSERT INTO %s (%s) VALUES (%s) ON CONFLICT (%s) DO UPDATE SET %s`, s.table.Name, strings.Join(s.table.Columns, ", "),
		strings.Join(marks, ", "), strings.Join(key, ", "), strings.Join(set, ", ")), s.row...)
}

// anew is everything that a copy has of its own.
type anew struct {
	Copy
	ids     []string
	counts  []struct{ period, seq string }
	forms   [][]string
	codes   []string
	indexes []string
	dates   []string
}

func (w *Writer) render(c Copy) error {
	if len(c.Tokens) != c.tokens {
		return fmt.Errorf("earlier: the pattern has %d texts of people, the copy %d", c.tokens, len(c.Tokens))
	}
	a := anew{Copy: c}
	w.identify(&a)
	for _, x := range c.counts {
		w.number(&a, x)
	}
	for _, x := range c.codes {
		like := w.draw(x)
		index := ""
		if x.purpose != "" {
			index = w.h.Keys.Index(x.purpose, like)
		}
		a.codes, a.indexes = append(a.codes, like), append(a.indexes, index)
	}
	for _, m := range c.dates {
		a.dates = append(a.dates, m.write(c.Days))
	}
	for _, r := range c.rows {
		if err := w.row(&a, r); err != nil {
			return err
		}
	}
	for _, s := range c.sums {
		w.sum(&a, s)
	}
	return nil
}

// identify makes the ids of the copy: in the order of those of the pattern, from the moment when the copy began.
func (w *Writer) identify(a *anew) {
	chance := w.dice.Uint64()
	for n, like := range a.Pattern.ids {
		at := a.Begun.AddDate(0, 0, a.Days).UnixMilli() + int64(like.Time()-a.Pattern.ids[0].Time()) // #nosec G115 -- both are milliseconds of our age
		made := ulid.ULID{6: byte(chance >> 56), 7: byte(chance >> 48), 8: byte(chance >> 40), 9: byte(chance >> 32), 10: byte(chance >> 24), 11: byte(chance >> 16),
			12: byte(chance >> 8), 13: byte(chance), 14: byte(n >> 8), 15: byte(n)}
		_ = made.SetTime(uint64(at)) // #nosec G104 G115 -- it is a time of our age
		a.ids = append(a.ids, made.String())
	}
}

// number takes the next number of the series on the day of the copy.
func (w *Writer) number(a *anew, x count) {
	period, at := x.period, x.at.Plus(a.Days)
	switch len(period) {
	case 4:
		period = strconv.Itoa(at.Year())
	case 8:
		period = strings.ReplaceAll(at.String(), "-", "")
	}
	key := counter{x.series, period}
	w.counters[key]++
	seq := w.counters[key]
	w.next.counted[key] = seq
	a.counts = append(a.counts, struct{ period, seq string }{period, strconv.FormatInt(seq, 10)})
	forms := make([]string, len(x.forms))
	for i, f := range x.forms {
		forms[i] = f.again(f.like, period, seq)
	}
	a.forms = append(a.forms, forms)
}

// draw draws a code of the same shape: digits for digits, letters for letters.
func (w *Writer) draw(x code) string {
	const digits, upper, lower = "0123456789", "ABCDEFGHJKMNPQRSTVWXYZ", "abcdefghijkmnopqrstuvwxyz"
	for {
		out := []byte(x.like)
		for i, c := range out {
			of := ""
			switch {
			case c >= '0' && c <= '9':
				of = digits
			case c >= 'A' && c <= 'Z':
				of = upper
			case c >= 'a' && c <= 'z':
				of = lower
			default:
				continue
			}
			out[i] = of[w.dice.IntN(len(of))]
		}
		if len(out) >= 12 {
			return string(out)
		}
		if name := x.purpose + ":" + string(out); !w.drawn[name] {
			w.drawn[name] = true
			return string(out)
		}
	}
}

func (m moment) write(days int) string {
	d := m.day.Plus(days)
	switch m.form {
	case iso:
		return d.String()
	case monthAndDay:
		return fmt.Sprintf("%d月%d日", d.Month(), d.DayOfMonth())
	}
	return fmt.Sprintf("%d年%d月%d日", d.Year(), d.Month(), d.DayOfMonth())
}

// row writes a row of the copy into the batch.
func (w *Writer) row(a *anew, r row) error {
	name := r.table.Name
	cells, known := w.next.cells[name]
	if !known {
		w.next.place(r.table, r.rank)
	}
	first := len(cells)
	for _, c := range r.cells {
		v, err := w.cell(a, c)
		if err != nil {
			return err
		}
		cells = append(cells, v)
	}
	w.next.cells[name] = cells
	if name == "audit_entry" {
		w.next.entries = append(w.next.entries, entry(r.table, cells[first:]))
	}
	return nil
}

// place keeps the tables in the order in which they were made, because rows refer to rows of earlier ones.
func (b *batch) place(t db.Table, rank int) {
	at, _ := slices.BinarySearch(b.ranks, rank)
	b.tables, b.ranks = slices.Insert(b.tables, at, t), slices.Insert(b.ranks, at, rank)
}

func (w *Writer) cell(a *anew, c cell) (any, error) {
	switch {
	case c.seq > 0:
		return a.counts[c.seq-1].seq, nil
	case c.period > 0:
		return a.counts[c.period-1].period, nil
	case c.parts == nil:
		return c.as, nil
	}
	var b strings.Builder
	for _, p := range c.parts {
		switch p.kind {
		case plain:
			b.WriteString(p.text)
		case id:
			b.WriteString(a.ids[p.n])
		case token:
			b.WriteString(a.Tokens[p.n])
		case numbered:
			b.WriteString(a.forms[p.n>>8][p.n&0xff])
		case coded:
			b.WriteString(a.codes[p.n])
		case indexed:
			b.WriteString(a.indexes[p.n])
		case dated:
			b.WriteString(a.dates[p.n])
		}
	}
	if c.purpose != "" {
		return w.h.Keys.SealText(c.purpose, b.String())
	}
	return b.String(), nil
}

func entry(t db.Table, cells []any) audit.Entry {
	text := func(column string) string { return fmt.Sprint(cells[t.Column(column)]) }
	return audit.Entry{ID: text("id"), At: text("at"), ActorKind: text("actor_kind"), ActorID: text("actor_id"), ActorName: text("actor_name"), ActorUnit: text("actor_unit"),
		Via: text("via"), Action: text("action"), ObjectKind: text("object_kind"), ObjectID: text("object_id"), From: text("from_state"), To: text("to_state"),
		Detail: json.RawMessage(text("detail")), Key: text("once_key")}
}

// sum adds what a copy adds to the sums of its day or month.
func (w *Writer) sum(a *anew, s sum) {
	row := append([]any{}, s.row...)
	name := s.table.Name
	for _, i := range s.table.Key {
		text := fmt.Sprint(row[i])
		if d, err := calendar.ParseDay(text); err == nil && len(text) == 10 {
			text = d.Plus(a.Days).String()
		} else if len(text) == 7 && text[4] == '-' {
			text = calendar.DayOf(a.Begun).Plus(a.Days).String()[:7]
		}
		row[i] = text
		name += "\x00" + text
	}
	old, known := w.next.sums[name]
	if known {
		for i, v := range old.row {
			if n, isNumber := v.(int64); isNumber {
				row[i] = n + row[i].(int64)
			}
		}
	}
	w.next.sums[name] = sum{s.table, row}
}

// Texts are the texts that stand in a column now.
func (h *House) Texts(ctx context.Context, table, column string) (map[string]bool, error) {
	tables, err := h.DB.Tables(ctx)
	if err != nil {
		return nil, err
	}
	t, err := tableOf(tables, table)
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	return out, h.DB.Dump(ctx, t, func(row []any) error { out[fmt.Sprint(row[t.Column(column)])] = true; return nil })
}
