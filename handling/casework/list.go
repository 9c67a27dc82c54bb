package casework

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"tongban/handling/casework/internal/store"
	"tongban/kernel/db"
)

// Filter says which cases a list shows. It lives in the address of the page, so that a link is a filter.
type Filter struct {
	Stage   Stage  // zero: all that are open; StageDone: those that have ended
	Unit    string //
	Item    string //
	Channel Channel
	Due     string // late, today, soon (three working days)
	Flag    string // urgent, deemed, extended, contested, green_channel
	Mine    bool   // given to the viewer
	Query   string // part of the number, the applicant's or the item's name
	After   string // cursor
	Before  string // cursor, for going back
	Limit   int
}

// FilterOf reads a filter from an address. Unknown values narrow nothing.
func FilterOf(q url.Values) Filter {
	f := Filter{Unit: q.Get("unit"), Item: q.Get("item"), Channel: Channel(q.Get("channel")), Mine: q.Get("mine") == "1", Query: strings.TrimSpace(q.Get("q")),
		After: q.Get("after"), Before: q.Get("before")}
	if _, ok := stageLabels[Stage(q.Get("tab"))]; ok {
		f.Stage = Stage(q.Get("tab"))
	}
	if d := q.Get("due"); slices.Contains([]string{"late", "today", "soon"}, d) {
		f.Due = d
	}
	if _, ok := flagLabels[q.Get("flag")]; ok {
		f.Flag = q.Get("flag")
	}
	return f
}

// Values writes the filter as an address, without the place in the list.
func (f Filter) Values() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"tab": string(f.Stage), "unit": f.Unit, "item": f.Item, "channel": string(f.Channel), "due": f.Due, "flag": f.Flag, "q": f.Query} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if f.Mine {
		q.Set("mine", "1")
	}
	return q
}

var flagLabels = map[string]string{"urgent": "加急", "deemed": "视为受理", "extended": "已延期", "contested": "申请人有异议", "green_channel": "绿色通道"}

// FlagNames are the flags a list may be narrowed to.
func FlagNames() []string { return slices.Sorted(maps.Keys(flagLabels)) }

// FlagLabel is a flag in Chinese.
func FlagLabel(name string) string { return flagLabels[name] }

// where is the filter as conditions, limited to what the viewer may see.
func (m *Module) where(v *db.View, f Filter) (*db.Where, error) {
	w := &db.Where{}
	w.Within(v.Actor.Scope(PermRead), "unit", "")
	switch f.Stage {
	case "":
		w.And("stage <> 'done'")
	case StageDone:
		w.And("stage = 'done'")
	default:
		w.And("stage = ?", string(f.Stage)).And("stage <> 'done'") // the second part lets the partial index serve
	}
	for column, value := range map[string]string{"unit": f.Unit, "item": f.Item, "channel": string(f.Channel)} {
		if value != "" {
			w.And(column+" = ?", value)
		}
	}
	if f.Mine {
		w.And("holder = ?", v.Actor.ID)
	}
	if f.Flag != "" {
		w.And("CAST(flags AS text) LIKE ?", `%"`+f.Flag+`":true%`)
	}
	if f.Query != "" {
		part := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(f.Query) + "%"
		w.And(`(number LIKE ? ESCAPE '\' OR applicant_name LIKE ? ESCAPE '\' OR item_name LIKE ? ESCAPE '\')`, strings.ToUpper(part), part, part)
	}
	switch f.Due {
	case "late":
		w.And("due_at <= ?", db.At(v.Now))
	case "today":
		w.And("due_at > ?", db.At(v.Now)).And("due_at <= ?", db.At(today(v.Now).End()))
	case "soon":
		last, err := m.k.Clocks.Calendar().Add(today(v.Now), 3)
		if err != nil {
			return nil, said(err)
		}
		w.And("due_at > ?", db.At(v.Now)).And("due_at <= ?", db.At(last.End()))
	}
	return w, nil
}

func cursorOf(c Case) string {
	return far(c.Due).UTC().Format(time.RFC3339Nano) + "~" + string(c.ID)
}

func cut(s string) (due db.Time, id string, ok bool) {
	at, id, found := strings.Cut(s, "~")
	t, err := time.Parse(time.RFC3339Nano, at)
	return db.At(t), id, found && err == nil // a damaged link shows the first page
}

// Page is a part of a list with the cursors of its neighbours, empty at the ends.
type Page struct {
	Cases []Case
	Prev  string
	Next  string
}

// List shows the cases the viewer may see, the most pressing first; those that have ended, the newest first.
func (m *Module) List(ctx context.Context, v *db.View, f Filter) (Page, error) {
	if f.Limit <= 0 || f.Limit > 200 {
		f.Limit = 30
	}
	w, err := m.where(v, f)
	if err != nil {
		return Page{}, err
	}
	back := f.Before != ""
	moved := false
	if due, id, ok := cut(f.Before); back && ok {
		w.And("(due_at, id) "+before(f.Stage)+" (?, ?)", due, id)
		moved = true
	} else if due, id, ok := cut(f.After); ok {
		back, moved = false, true
		w.And("(due_at, id) "+after(f.Stage)+" (?, ?)", due, id)
	} else {
		back = false
	}
	cases, err := shownAll(store.New(v).CasesWhere(ctx, w.String()+" ORDER BY "+order(f.Stage, back)+" LIMIT "+w.Bind(f.Limit+1), w.Args...))
	if err != nil {
		return Page{}, err
	}
	more := len(cases) > f.Limit
	if more {
		cases = cases[:f.Limit]
	}
	if back {
		slices.Reverse(cases)
	}
	p := Page{Cases: cases}
	if len(cases) > 0 && (more || back) {
		p.Next = cursorOf(cases[len(cases)-1])
	}
	if len(cases) > 0 && moved && (more || !back) {
		p.Prev = cursorOf(cases[0])
	}
	return p, nil
}

// Ended cases carry due_at "never", so the order by (due_at, id) is there the order of opening.
func order(s Stage, back bool) string {
	if (s == StageDone) != back {
		return "due_at DESC, id DESC"
	}
	return "due_at, id"
}

func after(s Stage) string {
	if s == StageDone {
		return "<"
	}
	return ">"
}

func before(s Stage) string {
	if s == StageDone {
		return ">"
	}
	return "<"
}

// Counts gives the number of open cases the viewer may see under the filter, by stage.
func (m *Module) Counts(ctx context.Context, v *db.View, f Filter) (map[Stage]int, error) {
	f.Stage = ""
	w, err := m.where(v, f)
	if err != nil {
		return nil, err
	}
	counted, err := store.New(v).CountWhere(ctx, "stage", w.String(), w.Args...)
	out := map[Stage]int{}
	for _, c := range counted {
		out[Stage(c.Key)] = c.N
	}
	return out, err
}

// Count gives the number of cases under the filter.
func (m *Module) Count(ctx context.Context, v *db.View, f Filter) (int, error) {
	w, err := m.where(v, f)
	if err != nil {
		return 0, err
	}
	counted, err := store.New(v).CountWhere(ctx, "stage", w.String(), w.Args...)
	n := 0
	for _, c := range counted {
		n += c.N
	}
	return n, err
}

// Neighbours are the numbers of the case before and after this one in the list of the filter: next and previous stay inside the list.
func (m *Module) Neighbours(ctx context.Context, v *db.View, f Filter, c Case) (prev, next string, err error) {
	f.Limit = 1
	f.After, f.Before = cursorOf(c), ""
	p, err := m.List(ctx, v, f)
	if err != nil {
		return "", "", err
	}
	if len(p.Cases) > 0 {
		next = p.Cases[0].Number
	}
	f.After, f.Before = "", cursorOf(c)
	if p, err = m.List(ctx, v, f); err != nil {
		return "", "", err
	}
	if len(p.Cases) > 0 {
		prev = p.Cases[0].Number
	}
	return prev, next, nil
}

// mostExported is the longest list written to one sheet.
const mostExported = 20_000

// Each walks all cases under the filter, page by page.
func (m *Module) Each(ctx context.Context, v *db.View, f Filter) iter.Seq2[Case, error] {
	return func(yield func(Case, error) bool) {
		f.Limit, f.Before, f.After = 200, "", ""
		for n := 0; n < mostExported; {
			p, err := m.List(ctx, v, f)
			if err != nil {
				yield(Case{}, err)
				return
			}
			for _, c := range p.Cases {
				n++
				if !yield(c, nil) {
					return
				}
			}
			if p.Next == "" || len(p.Cases) == 0 {
				return
			}
			f.After = p.Next
		}
		yield(Case{}, fmt.Errorf("casework: more than %d cases", mostExported))
	}
}
