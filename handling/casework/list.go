package casework

import (
	"context"
	"iter"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongban/handling/casework/internal/store"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/problem"
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
	Query   string // a number or its beginning, the applicant's number, or part of his name
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

// where is the filter as conditions, limited to what the viewer may see. Each list has an index whose predicate it repeats word for word;
// a list of what was sought goes by the index of the number or the applicant, and must not be tempted by another.
func (m *Module) where(ctx context.Context, v *db.View, f Filter) (*db.Where, error) {
	w := &db.Where{}
	stage := "stage"
	if f.Query != "" {
		stage = "stage || ''"
		if err := m.sought(ctx, v, f.Query, w); err != nil {
			return nil, err
		}
	}
	w.Within(v.Actor.Scope(PermRead), "unit", "")
	narrow := map[string]string{"unit": f.Unit, "item": f.Item}
	if f.Stage == StageDone { // flags, terms and holders are of open work
		w.And(stage + " = 'done'")
	} else {
		w.And(stage + " <> 'done'")
		narrow["stage"], narrow["channel"] = string(f.Stage), string(f.Channel)
	}
	for _, column := range slices.Sorted(maps.Keys(narrow)) {
		if narrow[column] != "" {
			w.And(column+" = ?", narrow[column])
		}
	}
	if f.Stage == StageDone {
		return w, nil
	}
	if f.Mine {
		w.And("holder = ?", v.Actor.ID).And("holder <> ''")
	}
	if f.Flag != "" {
		w.And("CAST(flags AS text) LIKE ?", `%"`+f.Flag+`":true%`)
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

// sought limits a list to the numbers or the applicants somebody looks for.
func (m *Module) sought(ctx context.Context, v *db.View, words string, w *db.Where) error {
	if first, last, ok := numbersLike(words, today(v.Now)); ok {
		w.And("number >= ?", first).And("number <= ?", last)
		return nil
	}
	found, err := m.parties.Search(ctx, v, words)
	if err != nil {
		return err
	}
	w.In("applicant", found)
	return nil
}

// numbersLike reads a case number as people type it: whole, without its letters, a day's beginning of it, or the last digits of one of
// today's. It gives the first and the last number that may be meant.
func numbersLike(words string, day calendar.Day) (first, last string, ok bool) {
	digits := strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(words)), "TB")
	if digits == "" || len(digits) > 13 || strings.Trim(digits, "0123456789") != "" {
		return "", "", false
	}
	if len(digits) <= 5 && len(digits) == len(strings.TrimSpace(words)) {
		digits = strings.ReplaceAll(day.String(), "-", "") + strings.Repeat("0", 5-len(digits)) + digits
	}
	if len(digits) < 8 {
		return "", "", false // the beginning of half the register
	}
	rest := 13 - len(digits)
	return "TB" + digits + strings.Repeat("0", rest), "TB" + digits + strings.Repeat("9", rest), true
}

// cursorOf names the place of a case in a list: open work goes by its deadline, what has ended by its opening.
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
	clause, args, err := m.clause(ctx, v, f)
	if err != nil {
		return Page{}, err
	}
	cases, err := shownAll(store.New(v).CasesWhere(ctx, clause, args...))
	if err != nil {
		return Page{}, err
	}
	_, _, after := cut(f.After)
	_, _, back := cut(f.Before)
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
	if len(cases) > 0 && (back && more || !back && after) {
		p.Prev = cursorOf(cases[0])
	}
	return p, nil
}

// clause is a list as SQL behind the table's name. What has ended is listed unit by unit, each by its index, and put together: sorting all
// that ever ended in several units would read them all.
func (m *Module) clause(ctx context.Context, v *db.View, f Filter) (string, []any, error) {
	w, err := m.where(ctx, v, f)
	if err != nil {
		return "", nil, err
	}
	due, id, back := cut(f.Before)
	if !back {
		due, id, _ = cut(f.After)
	}
	on, order := ">", "due_at, id"
	if back != (f.Stage == StageDone) {
		on, order = "<", "due_at DESC, id DESC"
	}
	if f.Stage == StageDone {
		order = strings.TrimPrefix(strings.TrimPrefix(order, "due_at DESC, "), "due_at, ")
		if id != "" {
			w.And("id "+on+" ?", id)
		}
	} else if id != "" {
		w.And("(due_at, id) "+on+" (?, ?)", due, id)
	}
	end := " ORDER BY " + order + " LIMIT " + strconv.Itoa(f.Limit+1)
	units := v.Actor.Scope(PermRead).Units()
	if f.Stage != StageDone || f.Query != "" || f.Unit != "" || v.Actor.Scope(PermRead).Everywhere() || len(units) < 2 || len(units) > mostUnits {
		return w.String() + end, w.Args, nil
	}
	var places []string
	for _, unit := range units {
		places = append(places, w.Bind(unit))
	}
	return store.UnitByUnit(w.String(), end, places), w.Args, nil
}

// mostUnits is how many units one statement lists one by one; SQLite takes no more than 500 parts.
const mostUnits = 400

// Counts gives the number of open cases the viewer may see under the filter, by stage.
func (m *Module) Counts(ctx context.Context, v *db.View, f Filter) (map[Stage]int, error) {
	f.Stage = ""
	w, err := m.where(ctx, v, f)
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
	w, err := m.where(ctx, v, f)
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
		yield(Case{}, problem.Invalid("符合条件的办件超过 %d 件，一张表放不下。请按单位、日期或状态缩小范围再导出", mostExported))
	}
}
