package earlier

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"tongban/kernel/calendar"
	"tongban/kernel/crypto"
	"tongban/kernel/db"
)

// Sealed is a column that the county's keys sealed.
type Sealed struct{ Table, Column, Purpose string }

// House is the county in which things are copied.
type House struct {
	DB     *db.DB
	Keys   *crypto.Keyring
	Sealed []Sealed
	Given  []Given
}

// Mark remembers what stood in the county before a thing was begun.
type Mark struct {
	tables []db.Table
	rows   map[string]map[string][]any // by table and primary key
	since  string                      // ids are later than this one
	begun  time.Time
}

// Mark takes down what there is. The county may not be large yet. begun is the county's time.
func (h *House) Mark(ctx context.Context, begun time.Time) (Mark, error) {
	var id ulid.ULID
	if err := id.SetTime(ulid.Now()); err != nil {
		return Mark{}, err
	}
	m := Mark{rows: map[string]map[string][]any{}, begun: begun, since: id.String()}
	tables, err := h.DB.Tables(ctx)
	if err != nil {
		return m, err
	}
	for _, t := range tables {
		if apart(t.Name) || strings.HasPrefix(t.Name, "river_") || strings.HasSuffix(t.Name, "_migration") {
			continue
		}
		m.tables = append(m.tables, t)
		rows := map[string][]any{}
		if err := h.DB.Dump(ctx, t, func(row []any) error { rows[keyOf(t, row)] = row; return nil }); err != nil {
			return m, fmt.Errorf("earlier: %s: %w", t.Name, err)
		}
		m.rows[t.Name] = rows
	}
	return m, nil
}

func keyOf(t db.Table, row []any) string {
	var b strings.Builder
	for _, i := range t.Key {
		fmt.Fprintf(&b, "%v\x00", row[i])
	}
	return b.String()
}

// Pattern is everything that one thing left in the county.
type Pattern struct {
	Begun time.Time // the county's time when it began

	rows   []row
	sums   []sum
	ids    []ulid.ULID // in their order
	counts []count
	codes  []code
	tokens int      // texts that the caller replaces
	dates  []moment // days that stand in it
}

type row struct {
	table db.Table
	rank  int // of the table, by when it was made
	cells []cell
}

// cell is a value: as it is, or made of parts.
type cell struct {
	as      any
	parts   []part
	purpose string // it is sealed for that
	seq     int    // 1 + the count whose sequence it is
	period  int    // 1 + the count whose period it is
}

type part struct {
	kind kind
	text string
	n    int
}

type kind int

const (
	plain kind = iota
	id
	token
	numbered
	coded
	indexed
	dated
)

// count is a number that was given out; its forms are the texts in which it stands.
type count struct {
	series, period string
	seq            int64
	at             calendar.Day
	forms          []form
}

type form struct {
	like  string
	again func(like, period string, seq int64) string
}

type code struct {
	like, index, purpose string
}

// moment is a day as it is written in a text.
type moment struct {
	day  calendar.Day
	form dateForm
}

type dateForm int

const (
	iso dateForm = iota
	inFull
	monthAndDay
)

type sum struct {
	table db.Table
	row   []any // the key; beside it what the thing added
}

var word = regexp.MustCompile(`[A-Za-z0-9_-]{6,}`)

// Pattern is what came into the county since the mark. tokens are the texts by which its people stand in it; a copy brings others. A
// thing that changed what others had left is no pattern.
func (h *House) Pattern(ctx context.Context, before Mark, tokens []string) (*Pattern, error) {
	after, err := h.Mark(ctx, before.begun)
	if err != nil {
		return nil, err
	}
	p := &Pattern{Begun: before.begun, tokens: len(tokens)}
	fresh := map[string][][]any{}
	for _, t := range after.tables {
		was := before.rows[t.Name]
		for _, key := range slices.Sorted(maps.Keys(after.rows[t.Name])) {
			now := after.rows[t.Name][key]
			old, known := was[key]
			switch {
			case h.adds(t.Name):
				if added, any, err := difference(t, now, old); err != nil {
					return nil, err
				} else if any {
					p.sums = append(p.sums, sum{t, added})
				}
			case !known:
				fresh[t.Name] = append(fresh[t.Name], now)
			case !slices.Equal(old, now):
				return nil, fmt.Errorf("earlier: the thing changed a row of %s that was there before: %v", t.Name, old)
			}
		}
	}
	r := reader{h: h, p: p, since: before.since, tokens: tokens, ids: map[string]int{}, dates: map[moment]int{}, begun: calendar.DayOf(before.begun)}
	if err := r.open(after.tables, fresh); err != nil {
		return nil, err
	}
	for rank, t := range after.tables {
		for _, values := range fresh[t.Name] {
			one := r.row(t, values)
			one.rank = rank
			p.rows = append(p.rows, one)
		}
	}
	return p, nil
}

func (h *House) adds(table string) bool {
	return slices.ContainsFunc(h.Given, func(g Given) bool { return slices.Contains(g.Sums, table) })
}

// difference is what a thing added to a row of sums.
func difference(t db.Table, now, old []any) (added []any, any bool, err error) {
	added = slices.Clone(now)
	for i := range now {
		if slices.Contains(t.Key, i) {
			continue
		}
		n, err := strconv.ParseInt(fmt.Sprint(now[i]), 10, 64)
		if err != nil {
			return nil, false, fmt.Errorf("earlier: %s.%s is no sum: %w", t.Name, t.Columns[i], err)
		}
		if old != nil {
			was, err := strconv.ParseInt(fmt.Sprint(old[i]), 10, 64)
			if err != nil {
				return nil, false, err
			}
			n -= was
		}
		added[i], any = n, any || n != 0
	}
	return added, any, nil
}

// reader cuts the texts of a pattern into what stays and what a copy has anew.
type reader struct {
	h      *House
	p      *Pattern
	since  string
	begun  calendar.Day
	tokens []string
	ids    map[string]int
	dates  map[moment]int
	known  []named // texts that are looked for, the longest first
	find   *regexp.Regexp
	sealed map[string]string // table.column: purpose
}

type named struct {
	text string
	part part
}

// open finds ids, numbers and codes before any text is cut.
func (r *reader) open(tables []db.Table, fresh map[string][][]any) error {
	r.sealed = map[string]string{}
	for _, s := range r.h.Sealed {
		r.sealed[s.Table+"."+s.Column] = s.Purpose
	}
	for i, t := range r.tokens {
		if t != "" {
			r.known = append(r.known, named{t, part{kind: token, n: i}})
		}
	}
	words := map[string]bool{}
	all := map[string]bool{}
	for _, t := range tables {
		for _, row := range fresh[t.Name] {
			for i := range row {
				text, _, isText := r.text(t, i, row[i])
				if !isText {
					continue
				}
				for _, w := range word.FindAllString(text, -1) {
					words[w] = true
				}
				for _, one := range ulids.FindAllString(text, -1) {
					if one > r.since {
						all[one] = true
					}
				}
			}
		}
	}
	for i, one := range slices.Sorted(maps.Keys(all)) {
		parsed, err := ulid.ParseStrict(one)
		if err != nil {
			return fmt.Errorf("earlier: %s is no id: %w", one, err)
		}
		r.ids[one] = i
		r.p.ids = append(r.p.ids, parsed)
	}
	for _, g := range r.h.Given {
		for _, n := range g.Numbers {
			if err := r.numbers(n, tables, fresh[n.Table]); err != nil {
				return err
			}
		}
		for _, c := range g.Codes {
			if err := r.codes(c, tables, fresh[c.Table], words); err != nil {
				return err
			}
		}
	}
	slices.SortStableFunc(r.known, func(a, b named) int { return cmp.Compare(len(b.text), len(a.text)) })
	texts := make([]string, 0, len(r.known)+3)
	for _, k := range r.known {
		texts = append(texts, regexp.QuoteMeta(k.text))
	}
	r.find = regexp.MustCompile(strings.Join(append(texts, ulids.String(), `\d{4}-\d{2}-\d{2}`, `\d{4}年\d{1,2}月\d{1,2}日`, `\d{1,2}月\d{1,2}日`), "|"))
	return nil
}

var ulids = regexp.MustCompile(`[0-7][0-9A-HJKMNP-TV-Z]{25}`)

// text is what a value says; sealed ones are opened.
func (r *reader) text(t db.Table, column int, v any) (text, purpose string, isText bool) {
	text, isText = v.(string)
	if purpose, sealed := r.sealed[t.Name+"."+t.Columns[column]]; sealed && text != "" {
		if opened, err := r.h.Keys.OpenText(purpose, text); err == nil { // a column may hold both
			return opened, purpose, true
		}
	}
	return text, "", isText
}

func tableOf(tables []db.Table, name string) (db.Table, error) {
	i := slices.IndexFunc(tables, func(t db.Table) bool { return t.Name == name })
	if i < 0 {
		return db.Table{}, fmt.Errorf("earlier: there is no table %s", name)
	}
	return tables[i], nil
}

// numbers finds which counters gave the numbers of the rows.
func (r *reader) numbers(n Numbered, tables []db.Table, rows [][]any) error {
	t, err := tableOf(tables, n.Table)
	if err != nil {
		return err
	}
	for _, row := range rows {
		cell := func(column string) string { return fmt.Sprint(row[t.Column(column)]) }
		like := cell(n.Column)
		if like == "" {
			continue
		}
		series, period, seq, ok := n.Read(cell)
		if !ok {
			return fmt.Errorf("earlier: no counter gives out %s in %s", like, n.Table)
		}
		at, err := day(cell(n.At))
		if err != nil {
			return fmt.Errorf("earlier: %s.%s: %w", n.Table, n.At, err)
		}
		i := slices.IndexFunc(r.p.counts, func(c count) bool { return c.series == series && c.period == period && c.seq == seq })
		if i < 0 {
			i = len(r.p.counts)
			r.p.counts = append(r.p.counts, count{series: series, period: period, seq: seq, at: at})
		}
		c := &r.p.counts[i]
		if slices.ContainsFunc(c.forms, func(f form) bool { return f.like == like }) {
			continue
		}
		if again := n.Again(like, period, seq); again != like {
			return fmt.Errorf("earlier: %s written again is %s", like, again)
		}
		r.known = append(r.known, named{like, part{kind: numbered, n: i<<8 | len(c.forms)}})
		c.forms = append(c.forms, form{like, n.Again})
	}
	return nil
}

// day reads the day in China of an instant as either engine writes it, or of a day.
func day(s string) (calendar.Day, error) {
	for _, layout := range []string{"2006-01-02T15:04:05.999999Z", "2006-01-02 15:04:05.999999-07", "2006-01-02 15:04:05.999999-07:00"} {
		if at, err := time.Parse(layout, s); err == nil {
			return calendar.DayOf(at), nil
		}
	}
	return calendar.ParseDay(s)
}

// codes finds the random texts of a column, and for a blind index the text it was made of.
func (r *reader) codes(c Code, tables []db.Table, rows [][]any, words map[string]bool) error {
	t, err := tableOf(tables, c.Table)
	if err != nil {
		return err
	}
	for _, row := range rows {
		value := fmt.Sprint(row[t.Column(c.Column)])
		if value == "" {
			continue
		}
		n := len(r.p.codes)
		if c.Purpose == "" {
			r.p.codes = append(r.p.codes, code{like: value})
			r.known = append(r.known, named{value, part{kind: coded, n: n}})
			continue
		}
		like := ""
		for w := range words {
			if r.h.Keys.Index(c.Purpose, w) == value {
				like = w
			}
		}
		if like == "" {
			return fmt.Errorf("earlier: nothing tells of what %s.%s is the index", c.Table, c.Column)
		}
		r.p.codes = append(r.p.codes, code{like, value, c.Purpose})
		r.known = append(r.known, named{like, part{kind: coded, n: n}}, named{value, part{kind: indexed, n: n}})
	}
	return nil
}

// row cuts a row.
func (r *reader) row(t db.Table, values []any) row {
	out := row{table: t, cells: make([]cell, len(values))}
	for i, v := range values {
		c := &out.cells[i]
		c.as = v
		text, purpose, isText := r.text(t, i, v)
		if !isText {
			continue
		}
		if parts := r.cut(text); len(parts) > 1 || len(parts) == 1 && parts[0].kind != plain {
			c.parts, c.purpose = parts, purpose
		}
	}
	for _, g := range r.h.Given {
		for _, n := range g.Numbers {
			if n.Table == t.Name && n.Seq != "" {
				r.repeat(n, t, out)
			}
		}
	}
	return out
}

// repeat marks the columns that repeat the parts of a number.
func (r *reader) repeat(n Numbered, t db.Table, out row) {
	like := fmt.Sprint(out.cells[t.Column(n.Column)].as)
	for i, c := range r.p.counts {
		if slices.ContainsFunc(c.forms, func(f form) bool { return f.like == like }) {
			out.cells[t.Column(n.Seq)].seq = 1 + i
			out.cells[t.Column(n.Period)].period = 1 + i
		}
	}
}

// cut cuts a text at everything that a copy has anew.
func (r *reader) cut(text string) (parts []part) {
	from := 0
	for _, at := range r.find.FindAllStringIndex(text, -1) {
		p, found := r.part(text[at[0]:at[1]], strings.HasSuffix(text[:at[0]], "年"))
		if !found {
			continue
		}
		if at[0] > from {
			parts = append(parts, part{text: text[from:at[0]]})
		}
		parts, from = append(parts, p), at[1]
	}
	if from < len(text) {
		parts = append(parts, part{text: text[from:]})
	}
	return parts
}

func (r *reader) part(s string, afterYear bool) (part, bool) {
	for _, k := range r.known {
		if k.text == s {
			return k.part, true
		}
	}
	if len(s) == 26 && ulids.MatchString(s) {
		n, known := r.ids[s]
		return part{kind: id, n: n}, known
	}
	m := moment{form: inFull}
	var err error
	switch {
	case strings.Contains(s, "-"):
		m.form = iso
		m.day, err = calendar.ParseDay(s)
	case strings.Contains(s, "年"):
		m.day, err = calendar.ParseDay(s)
	case afterYear:
		return part{}, false
	default:
		m.form = monthAndDay
		m.day, err = calendar.ParseDay(fmt.Sprintf("%d年%s", r.begun.Year(), s))
		if err == nil && m.day.Before(r.begun.Plus(-180)) {
			m.day, err = calendar.ParseDay(fmt.Sprintf("%d年%s", r.begun.Year()+1, s))
		}
	}
	// What lies before the thing began, such as somebody's birthday, stays; and so does "never".
	if err != nil || m.day.Before(r.begun.Plus(-1)) || m.day.Year() >= 9000 {
		return part{}, false
	}
	n, known := r.dates[m]
	if !known {
		n = len(r.p.dates)
		r.dates[m] = n
		r.p.dates = append(r.p.dates, m)
	}
	return part{kind: dated, n: n}, true
}

// Since is an identifier: what was made after the mark has later ones.
func (m Mark) Since() string { return m.since }

// Tables are the tables in which the thing left rows: they grow with everything that is done.
func (p *Pattern) Tables() []string {
	out := []string{"audit_chain"}
	for _, r := range p.rows {
		if !slices.Contains(out, r.table.Name) {
			out = append(out, r.table.Name)
		}
	}
	return out
}
