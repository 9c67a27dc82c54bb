package kerneltest

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"tongban/kernel/authz"
	"tongban/kernel/db"
)

// Questions remembers what pages ask of the database. Its Hear is the Trace of the database's options.
type Questions struct {
	mu   sync.Mutex
	page string // the one that is open; empty: nobody listens
	all  map[string]question
}

type question struct {
	page, query string
	args        []any
}

// Hear takes down a question, once.
func (q *Questions) Hear(query string, args []any) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if _, known := q.all[query]; q.page == "" || known {
		return
	}
	if q.all == nil {
		q.all = map[string]question{}
	}
	q.all[query] = question{q.page, query, args}
}

// Add adds a question as if a page had asked it.
func (q *Questions) Add(page, query string, args ...any) {
	q.open(page)
	q.Hear(query, args)
	q.open("")
}

func (q *Questions) open(page string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.page = page
}

// Plans opens every declared page, with its tabs, filters and the pages that follow, in the name of each of the people, and looks at the
// plan of every question that was asked: no page may skip rows by OFFSET or read a large table, or the whole of an index of one, from end
// to end. Large are the tables that grow with every thing that is done. What must be read so stands in agreed with its reason, under a
// piece of the query.
func Plans(t *testing.T, kt *Kit, q *Questions, who []authz.Actor, large []string, agreed map[string]string) {
	t.Helper()
	n, findings := kt.Explain(q, who, large)
	used := map[string]bool{}
	for _, f := range findings {
		excused := false
		for piece := range agreed {
			if strings.Contains(f, piece) {
				excused, used[piece] = true, true
			}
		}
		if !excused {
			t.Error(f)
		}
	}
	for piece := range agreed {
		if !used[piece] {
			t.Errorf("%q needs no agreement any more", piece)
		}
	}
	t.Logf("%d different questions", n)
}

// Explain opens the pages and tells what is wrong with the plans.
func (kt *Kit) Explain(q *Questions, who []authz.Actor, large []string) (questions int, findings []string) {
	kt.T.Helper()
	things := kt.belongings()
	for _, r := range kt.Site().Routes() {
		if len(who) == 0 || r.Method != http.MethodGet || sink(r) || strings.HasPrefix(r.Path, signIn) {
			continue
		}
		addresses := []string{r.Example()}
		if found, _ := targets(r, things, 2); len(found) > 0 {
			addresses = addresses[:0]
			for _, x := range found {
				addresses = append(addresses, x.address)
			}
		}
		for _, a := range who {
			for _, address := range addresses {
				kt.browse(q, r.Pattern(), address, a)
			}
		}
	}
	q.open("")
	p := kt.planner(large)
	defer p.conn.Close()
	for _, x := range q.all {
		if strings.Contains(x.query, "WHERE FALSE") {
			continue // nobody of that name is known: the database reads nothing, whatever its plan says
		}
		if fault := p.fault(x); fault != "" {
			findings = append(findings, fmt.Sprintf("%s: %s\n%s", x.page, fault, strings.Join(strings.Fields(x.query), " ")))
		}
	}
	slices.Sort(findings)
	return len(q.all), findings
}

var within = regexp.MustCompile(`href="([^"]*\?[^"#]*)`)

// tried are words that somebody may search for.
var tried = []string{"小满", "TB2026112300001", "食品"}

// browse opens a page and what it links to of itself.
func (kt *Kit) browse(q *Questions, page, address string, a authz.Actor) {
	const most = 12
	next, seen := []string{address}, map[string]bool{address: true}
	path, _, _ := strings.Cut(address, "?")
	for len(next) > 0 && len(seen) <= most {
		q.open(page)
		answer := kt.Ask(httptest.NewRequest(http.MethodGet, next[0], nil), a)
		q.open("")
		next = next[1:]
		var more []string
		for _, m := range within.FindAllStringSubmatch(answer.Body, -1) {
			if to := html.UnescapeString(m[1]); strings.HasPrefix(to, path+"?") || strings.HasPrefix(to, "?") {
				more = append(more, path+to[strings.Index(to, "?"):])
			}
		}
		if strings.Contains(answer.Body, `name="q"`) {
			for _, words := range tried {
				more = append(more, path+"?q="+url.QueryEscape(words))
			}
		}
		for _, to := range more {
			if !seen[to] && len(seen) <= most {
				seen[to] = true
				next = append(next, to)
			}
		}
	}
}

type planner struct {
	kt      *Kit
	conn    *sql.Conn
	large   map[string]bool
	partial map[string]bool // indexes of a part of a table
}

func (kt *Kit) planner(large []string) planner {
	kt.T.Helper()
	p := planner{kt: kt, large: map[string]bool{}, partial: map[string]bool{}}
	for _, t := range large {
		p.large[t] = true
	}
	var err error
	if p.conn, err = kt.DB.Writer().Conn(kt.Ctx); err != nil {
		kt.T.Fatal(err)
	}
	parts := `SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'`
	if kt.DB.Engine == db.Postgres { // SQLite plans by the schema alone: a county gathers no statistics there
		kt.Tamper(`ANALYZE`)
		parts = `SELECT indexrelid::regclass::text FROM pg_index WHERE indpred IS NOT NULL`
		// What can be found by an index is: these tables are not as large as those they stand for.
		for _, set := range []string{`SET enable_seqscan = off`, `SET enable_hashjoin = off`, `SET enable_mergejoin = off`} {
			if _, err := p.conn.ExecContext(kt.Ctx, set); err != nil {
				kt.T.Fatal(err)
			}
		}
	}
	rows, err := p.conn.QueryContext(kt.Ctx, parts)
	if err != nil {
		kt.T.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			kt.T.Fatal(err)
		}
		p.partial[name[strings.LastIndex(name, ".")+1:]] = true
	}
	return p
}

var offset = regexp.MustCompile(`(?i)\bOFFSET\b`)

func (p planner) fault(x question) string {
	if offset.MatchString(x.query) {
		return "it skips rows by OFFSET"
	}
	if p.kt.DB.Engine == db.Postgres {
		return p.postgres(x)
	}
	return p.sqlite(x)
}

var (
	scanned = regexp.MustCompile(`^SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?`)
	named   = regexp.MustCompile(`(?i)\b(?:FROM|JOIN|,)\s+(\w+)(?:\s+AS)?\s+(\w+)\b`)
)

func (p planner) sqlite(x question) string {
	alias := map[string]string{}
	for _, m := range named.FindAllStringSubmatch(x.query, -1) {
		alias[m[2]] = m[1]
	}
	rows, err := p.conn.QueryContext(p.kt.Ctx, `EXPLAIN QUERY PLAN `+x.query, x.args...)
	if err != nil {
		return err.Error()
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var id, parent, other int
		var line string
		if err := rows.Scan(&id, &parent, &other, &line); err != nil {
			return err.Error()
		}
		lines = append(lines, line)
	}
	stops := strings.Contains(strings.ToUpper(x.query), "LIMIT") && !slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, "TEMP B-TREE") })
	for _, l := range lines {
		m := scanned.FindStringSubmatch(l)
		if m == nil || !p.large[m[1]] && !p.large[alias[m[1]]] {
			continue
		}
		if m[2] == "" || !stops && !p.partial[m[2]] {
			return l
		}
	}
	return ""
}

// node is a part of a plan of PostgreSQL.
type node struct {
	Type     string `json:"Node Type"`
	Relation string `json:"Relation Name"`
	Index    string `json:"Index Name"`
	Cond     string `json:"Index Cond"`
	Plans    []node
}

func (p planner) postgres(x question) string {
	var text string
	if err := p.conn.QueryRowContext(p.kt.Ctx, `EXPLAIN (FORMAT JSON) `+x.query, x.args...).Scan(&text); err != nil {
		return err.Error()
	}
	var plans []struct{ Plan node }
	if err := json.Unmarshal([]byte(text), &plans); err != nil {
		return err.Error()
	}
	return p.look(plans[0].Plan, false)
}

// look goes down a plan. stops: what lies below is read only as far as a limit above it wants.
func (p planner) look(n node, stops bool) string {
	switch n.Type {
	case "Limit":
		stops = true
	case "Sort", "Aggregate", "Hash", "Unique", "Incremental Sort", "Bitmap Heap Scan":
		stops = false
	}
	whole := n.Type == "Seq Scan" || strings.Contains(n.Type, "Index") && n.Cond == "" && !stops && !p.partial[n.Index]
	if whole && p.large[cmp.Or(n.Relation, p.tableOf(n.Index))] {
		return strings.TrimSpace(n.Type + " on " + n.Relation + " " + n.Index)
	}
	for _, below := range n.Plans {
		if fault := p.look(below, stops); fault != "" {
			return fault
		}
	}
	return ""
}

// tableOf is the table of an index, by their names.
func (p planner) tableOf(index string) string {
	longest := ""
	for t := range p.large {
		if strings.HasPrefix(index, t) && len(t) > len(longest) {
			longest = t
		}
	}
	return longest
}
