package db

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Folding puts rows that a command inserts into one table into one statement. Each statement costs the database more than each row, and a
// command that opens four cases says everything four times. The order in which a command asked for its statements is kept as far as anybody
// can tell: a row is moved up only past statements that write other tables, read none, and write no table its own one refers to.

// sentence is what folding needs to know of the text of a statement.
type sentence struct {
	table string // what it writes; empty where that is not plain to see, and then nothing passes it
	bound string // what it writes, plain or not; empty where it only reads
	head  string // of an insert of one row of plain values: up to the row
	row   string
	tail  string
	keys  []int // of an insert that changes what it finds: the arguments that name the row
}

var (
	insertion = regexp.MustCompile(`(?s)^\s*(?:--[^\n]*\n\s*)?(INSERT INTO (\w+)\s*\(([^()]*)\)\s*VALUES\s*)(\([^()]*\))\s*(ON CONFLICT \(([\w, ]+)\) DO UPDATE SET .*)?$`)
	change    = regexp.MustCompile(`^\s*(?:--[^\n]*\n\s*)?(?:UPDATE|DELETE FROM) (\w+)`)
	parameter = regexp.MustCompile(`\$\d+`)
	writing   = regexp.MustCompile(`\b(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)`)
)

// parse reads a statement's text.
func parse(query string) sentence {
	s := plain(query)
	if m := writing.FindStringSubmatch(query); m != nil {
		s.bound = m[1]
	}
	return s
}

func plain(query string) sentence {
	if strings.Contains(query, "SELECT") || strings.Contains(query, "RETURNING") {
		return sentence{}
	}
	if m := change.FindStringSubmatch(query); m != nil {
		return sentence{table: m[1]}
	}
	m := insertion.FindStringSubmatch(query)
	if m == nil || strings.Contains(m[5], "$") {
		return sentence{}
	}
	s := sentence{table: m[2], head: m[1], row: m[4], tail: m[5]}
	if s.tail == "" {
		return s
	}
	columns, values := strings.Split(m[3], ","), strings.Split(strings.Trim(s.row, "()"), ",")
	for _, key := range strings.Split(m[6], ",") {
		at := -1
		for i, column := range columns {
			if strings.TrimSpace(column) == strings.TrimSpace(key) && i < len(values) {
				at = argument(strings.TrimSpace(values[i]))
			}
		}
		if at < 0 {
			return sentence{table: s.table}
		}
		s.keys = append(s.keys, at)
	}
	return s
}

// argument is the place of $n among the arguments; -1 for what is no parameter.
func argument(value string) int {
	n, err := strconv.Atoi(strings.TrimPrefix(value, "$"))
	if err != nil || !strings.HasPrefix(value, "$") {
		return -1
	}
	return n - 1
}

// rows is the text for so many rows of so many arguments each.
func (s sentence) rows(n, arguments int) string {
	var b strings.Builder
	b.WriteString(s.head)
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(parameter.ReplaceAllStringFunc(s.row, func(p string) string { return "$" + strconv.Itoa(argument(p)+1+i*arguments) }))
	}
	if s.tail != "" {
		b.WriteString(" " + s.tail)
	}
	return b.String()
}

// sizes are how many rows a statement may have: few, so that few texts have to be compiled.
var sizes = [...]int{1, 2, 3, 4, 6, 8, 12, 16, 24, 32}

// folder knows the texts of the product's statements and which table refers to which.
type folder struct {
	mu        sync.Mutex
	sentences map[string]sentence
	texts     map[string][]string // by the text of one row: that of each size
	parents   map[string][]string // nil until learnt: then no row passes another statement
}

func newFolder() *folder {
	return &folder{sentences: map[string]sentence{}, texts: map[string][]string{}}
}

func (f *folder) of(query string) sentence {
	s, known := f.sentences[query]
	if !known {
		s = parse(query)
		if len(f.sentences) < mostKept {
			f.sentences[query] = s
		}
	}
	return s
}

// group is rows that go into one table by one statement.
type group struct {
	sentence
	query string
	rows  [][]any
}

// fold gives the statements with rows of one table put together.
func (f *folder) fold(list []statement) []statement {
	if len(list) < 2 {
		return list
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var groups []*group
next:
	for _, st := range list {
		s := f.of(st.query)
		rises := true
		for i := len(groups) - 1; i >= 0 && s.head != ""; i-- {
			g := groups[i]
			if g.query == st.query && !s.meets(st.args, g.rows) && (rises || f.sinks(s.table, groups[i+1:])) {
				g.rows = append(g.rows, st.args)
				if !rises {
					groups = append(slices.Delete(groups, i, i+1), g)
				}
				continue next
			}
			if g.table == "" || g.table == s.table {
				break
			}
			rises = rises && f.passes(s.table, g.table)
		}
		groups = append(groups, &group{s, st.query, [][]any{st.args}})
	}
	out := make([]statement, 0, len(groups))
	for _, g := range groups {
		for len(g.rows) > 0 {
			size := 0
			for size+1 < len(sizes) && sizes[size+1] <= len(g.rows) {
				size++
			}
			n, one := sizes[size], statement{g.query, g.rows[0]}
			if n > 1 {
				one = statement{f.text(g.query, g.sentence, size, len(g.rows[0])), nil}
				for _, args := range g.rows[:n] {
					one.args = append(one.args, args...)
				}
			}
			out, g.rows = append(out, one), g.rows[n:]
		}
	}
	return out
}

// unseen reports whether a statement may be carried out before others that wait: it names none of the tables they write, and what it
// writes itself neither refers to one of those nor is referred to by one.
func (f *folder) unseen(query string, waiting []statement) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.parents == nil {
		return false
	}
	s := f.of(query)
	last := ""
	for _, w := range waiting {
		if w.query == last {
			continue
		}
		last = w.query
		table := f.of(w.query).table
		if table == "" || strings.Contains(query, table) || s.bound != "" && (slices.Contains(f.parents[s.bound], table) || slices.Contains(f.parents[table], s.bound)) {
			return false
		}
		if strings.Contains(w.query, "DELETE") && f.takesAlong(table, query) {
			return false
		}
	}
	return true
}

// takesAlong reports whether the statement names a table whose rows may go with those of this one.
func (f *folder) takesAlong(table, query string) bool {
	for child, parents := range f.parents {
		if slices.Contains(parents, table) && strings.Contains(query, child) {
			return true
		}
	}
	return false
}

// sinks reports whether rows of a table may be written after other statements: none of them refers to it, and none takes away what it refers
// to. A row waits so for the row it refers to, and takes along the earlier ones of its table.
func (f *folder) sinks(table string, past []*group) bool {
	for _, g := range past {
		if f.parents == nil || g.table == "" || g.table == table || slices.Contains(f.parents[g.table], table) {
			return false
		}
		if strings.Contains(g.query, "DELETE") && slices.Contains(f.parents[table], g.table) {
			return false
		}
	}
	return true
}

// passes reports whether a row of a table may be written before another statement.
func (f *folder) passes(table, other string) bool {
	if f.parents == nil || other == "" || other == table {
		return false
	}
	return !slices.Contains(f.parents[table], other)
}

// meets reports whether a row would change one of the others: then it has to come after it.
func (s sentence) meets(row []any, others [][]any) bool {
	if len(s.keys) == 0 {
		return false
	}
	name := func(args []any) string {
		var b strings.Builder
		for _, k := range s.keys {
			fmt.Fprintf(&b, "%v\x00", args[k])
		}
		return b.String()
	}
	mine := name(row)
	for _, o := range others {
		if name(o) == mine {
			return true
		}
	}
	return false
}

// text is the statement for so many rows.
func (f *folder) text(query string, s sentence, size, arguments int) string {
	known := f.texts[query]
	for len(known) <= size {
		known = append(known, s.rows(sizes[len(known)], arguments))
	}
	f.texts[query] = known
	return known[size]
}

// LearnTables reads which tables refer to which. It is called once at boot, when the tables stand; until then nothing passes anything.
func (d *DB) LearnTables(ctx context.Context) error {
	query := `SELECT m.name, f."table" FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'`
	if d.Engine == Postgres {
		query = `SELECT c.relname, p.relname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class p ON p.oid = k.confrelid WHERE k.contype = 'f'`
	}
	rows, err := d.read.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	parents := map[string][]string{}
	for rows.Next() {
		var child, parent string
		if err := rows.Scan(&child, &parent); err != nil {
			return err
		}
		parents[child] = append(parents[child], parent)
	}
	d.folder.mu.Lock()
	defer d.folder.mu.Unlock()
	d.folder.parents = parents
	return rows.Err()
}
