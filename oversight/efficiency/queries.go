package efficiency

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/oversight/efficiency/internal/store"
)

var zone = calendar.Zone()

// Card reads a card.
func (m *Module) Card(ctx context.Context, v *db.View, id string) (Card, error) {
	row, err := store.New(v).Card(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return Card{}, problem.NotFound("没有这张预警牌")
	}
	return readCard(row), err
}

// CardsOf lists the cards of a thing, such as a case, oldest first.
func (m *Module) CardsOf(ctx context.Context, v *db.View, thing string) ([]Card, error) {
	rows, err := store.New(v).CardsOf(ctx, thing)
	var out []Card
	for _, row := range rows {
		out = append(out, readCard(row))
	}
	return out, err
}

// Life lists what happened to a card, oldest first.
func (m *Module) Life(ctx context.Context, v *db.View, card string) ([]Entry, error) {
	rows, err := store.New(v).Entries(ctx, card)
	var out []Entry
	for _, r := range rows {
		out = append(out, Entry{Act: Act(r.Act), From: State(r.FromState), To: State(r.ToState), Words: r.Words, Actor: r.Actor, ActorName: r.ActorName, Unit: r.Unit, At: r.At.Time})
	}
	return out, err
}

func readCard(r store.EfficiencyCard) Card {
	return Card{ID: r.ID, Number: r.Number, Clock: r.Clock, Mark: r.Mark, Thing: r.Thing, ClockName: r.ClockName, Title: r.Title, CaseNumber: r.CaseNumber,
		ItemName: r.ItemName, Unit: r.Unit, Holder: r.Holder, HolderName: r.HolderName, Severity: Severity(r.Severity), Basis: r.Basis, Points: r.Points,
		CrossedAt: r.CrossedAt.Time, Due: r.DueWords, IssuedAt: r.IssuedAt.Time, State: State(r.State), DueAt: r.DueAt.Time, Overdue: r.Overdue,
		EndedAt: r.EndedAt.Time, Version: r.Version, term: r.Term}
}

// Tab of the list of cards.
type Tab string

// The tabs.
const (
	TabLive   Tab = "live"  // 未结束, all that the numbers of the cockpit count
	TabOpen   Tab = "open"  // 待答复
	TabJudge  Tab = "judge" // 申辩核实
	TabClose  Tab = "close" // 待销号
	TabEnded  Tab = "ended" // 已结束
	TabBlue   Tab = "blue"  // 提醒
	TabAnyway Tab = "all"   // 全部
)

// live is the condition that a card is not done with, in the words of its index.
const live = "state NOT IN ('closed', 'withdrawn')"

var tabs = []struct {
	Tab   Tab
	Label string
	where string
}{
	{TabLive, "未结束", live},
	{TabOpen, "待答复", live + " AND severity <> 'blue' AND state IN ('issued', 'served', 'upheld')"},
	{TabJudge, "申辩核实中", live + " AND state = 'defended'"},
	{TabClose, "待销号", live + " AND state = 'answered'"},
	{TabEnded, "已结束", "severity <> 'blue' AND state IN ('closed', 'withdrawn')"},
	{TabBlue, "蓝色提醒", "severity = 'blue'"},
	{TabAnyway, "全部", "TRUE"},
}

// stern asks for red and grave together: both are red cards to the eye.
const stern Severity = "stern"

// Filter narrows the cards.
type Filter struct {
	Tab      Tab
	Severity Severity
	Unit     string
	After    string // id of the last card seen
	Limit    int    // 0 means 50
}

func (m *Module) cardWhere(v *db.View, f Filter, tab bool) *db.Where {
	w := (&db.Where{}).Within(v.Actor.Scope(PermRead), "unit", "")
	for _, t := range tabs {
		if tab && t.Tab == f.Tab {
			w.And(t.where)
		}
	}
	switch f.Severity {
	case "":
	case stern:
		w.And("severity IN ('red', 'grave')")
	default:
		w.And("severity = ?", string(f.Severity))
	}
	if f.Unit != "" {
		w.In("unit", m.org.Below(f.Unit))
	}
	return w
}

// Cards lists cards within the viewer's reach, newest first.
func (m *Module) Cards(ctx context.Context, v *db.View, f Filter) (cards []Card, next string, err error) {
	if f.Limit <= 0 || f.Limit > 200 {
		f.Limit = 50
	}
	w := m.cardWhere(v, f, true)
	if f.After != "" {
		w.And("id < ?", f.After)
	}
	ids, err := texts(ctx, v, `SELECT id FROM efficiency_card`+w.String()+` ORDER BY id DESC LIMIT `+w.Bind(f.Limit+1), w.Args)
	if err != nil {
		return nil, "", err
	}
	if len(ids) > f.Limit {
		ids = ids[:f.Limit]
		next = ids[f.Limit-1]
	}
	for _, id := range ids {
		c, err := m.Card(ctx, v, id)
		if err != nil {
			return nil, "", err
		}
		cards = append(cards, c)
	}
	return cards, next, nil
}

// CardCounts counts the cards of each tab of live ones within the viewer's reach: the others are too many to be counted for every page.
func (m *Module) CardCounts(ctx context.Context, v *db.View, f Filter) (map[Tab]int, error) {
	out := map[Tab]int{}
	for _, t := range tabs {
		if !strings.HasPrefix(t.where, live) {
			continue
		}
		f.Tab = t.Tab
		w := m.cardWhere(v, f, true)
		var n int
		if err := v.QueryRowContext(ctx, `SELECT count(*) FROM efficiency_card`+w.String(), w.Args...).Scan(&n); err != nil {
			return nil, err
		}
		out[t.Tab] = n
	}
	return out, nil
}

func texts(ctx context.Context, v *db.View, query string, args []any) ([]string, error) {
	rows, err := v.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

const sums = `COALESCE(SUM(closed), 0), COALESCE(SUM(on_time), 0), COALESCE(SUM(early), 0), COALESCE(SUM(legal_late), 0), COALESCE(SUM(timed), 0),
 COALESCE(SUM(promised), 0), COALESCE(SUM(statutory), 0), COALESCE(SUM(actual), 0)`

func (s *Sums) into() []any {
	return []any{&s.Closed, &s.OnTime, &s.Early, &s.LegalLate, &s.Timed, &s.Promised, &s.Statutory, &s.Actual}
}

func (m *Module) sumsWhere(unit string, from, to calendar.Day) *db.Where {
	w := (&db.Where{}).And("day >= ?", from.String()).And("day <= ?", to.String())
	if unit != "" {
		w.In("unit", m.org.Below(unit))
	}
	return w
}

// Rates are the sums over the cases a unit, with all below it, decided from one day to another, both included; an empty unit is the whole
// county. They are numbers without persons, open to every module.
func (m *Module) Rates(ctx context.Context, v *db.View, unit string, from, to calendar.Day) (Sums, error) {
	var s Sums
	w := m.sumsWhere(unit, from, to)
	err := v.QueryRowContext(ctx, `SELECT `+sums+` FROM efficiency_day`+w.String(), w.Args...).Scan(s.into()...)
	return s, err
}

// By says what rates are grouped by.
type By string

// The groupings.
const (
	ByUnit By = "unit"
	ByItem By = "item"
)

// RatesBy are the rates of each unit or item.
func (m *Module) RatesBy(ctx context.Context, v *db.View, by By, unit string, from, to calendar.Day) (map[string]Sums, error) {
	w := m.sumsWhere(unit, from, to)
	column := "unit"
	if by == ByItem {
		column = "item"
	}
	rows, err := v.QueryContext(ctx, `SELECT `+column+`, `+sums+` FROM efficiency_day`+w.String()+` GROUP BY `+column, w.Args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]Sums{}
	for rows.Next() {
		var key string
		var s Sums
		if err := rows.Scan(append([]any{&key}, s.into()...)...); err != nil {
			return nil, err
		}
		out[key] = s
	}
	return out, rows.Err()
}

// Month is the rates of a calendar month.
type Month struct {
	Label string // 2026-11
	Sums
}

// Months are the rates of the last n months up to and with that of the day.
func (m *Module) Months(ctx context.Context, v *db.View, unit string, until calendar.Day, n int) ([]Month, error) {
	first := calendar.Date(until.Year(), until.Month(), 1).PlusMonths(1 - n)
	w := m.sumsWhere(unit, first, until)
	rows, err := v.QueryContext(ctx, `SELECT substr(day, 1, 7), `+sums+` FROM efficiency_day`+w.String()+` GROUP BY substr(day, 1, 7)`, w.Args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := map[string]Sums{}
	for rows.Next() {
		var label string
		var s Sums
		if err := rows.Scan(append([]any{&label}, s.into()...)...); err != nil {
			return nil, err
		}
		found[label] = s
	}
	var out []Month
	for i := range n {
		label := first.PlusMonths(i).String()[:7]
		out = append(out, Month{label, found[label]})
	}
	return out, rows.Err()
}

// Points are those of the cards given in a time and not withdrawn, in hundredths, by unit.
func (m *Module) Points(ctx context.Context, v *db.View, unit string, from, to calendar.Day) (int64, error) {
	w := (&db.Where{}).And("issued_at >= ?", db.At(from.Start())).And("issued_at < ?", db.At(to.End())).And("state <> 'withdrawn'")
	if unit != "" {
		w.In("unit", m.org.Below(unit))
	}
	var n int64
	err := v.QueryRowContext(ctx, `SELECT COALESCE(SUM(points), 0) FROM efficiency_card`+w.String(), w.Args...).Scan(&n)
	return n, err
}

// Load is what a unit has before it now.
type Load struct {
	Unit                         string
	Open, Today, Late, LegalLate int
	Blue, Yellow, Red            int // open cards; Red holds the grave ones too
}

// running are the stages in which the county's own clock runs.
const running = "stage NOT IN ('done', 'hold', 'correct', 'suspend')"

// Loads are the loads of the units within the viewer's reach.
func (m *Module) Loads(ctx context.Context, v *db.View, unit string) ([]Load, error) {
	found := map[string]*Load{}
	var order []string
	at := func(u string) *Load {
		if found[u] == nil {
			found[u] = &Load{Unit: u}
			order = append(order, u)
		}
		return found[u]
	}
	w := (&db.Where{}).Within(v.Actor.Scope(PermRead), "unit", "").And("stage <> 'done'")
	if unit != "" {
		w.In("unit", m.org.Below(unit))
	}
	now, midnight := db.At(v.Now), db.At(calendar.DayOf(v.Now).End())
	a, b, c, d := w.Bind(now), w.Bind(midnight), w.Bind(now), w.Bind(now)
	rows, err := v.QueryContext(ctx, `SELECT unit, count(*), SUM(CASE WHEN `+running+` AND due_at > `+a+` AND due_at <= `+b+` THEN 1 ELSE 0 END),
 SUM(CASE WHEN `+running+` AND due_at <= `+c+` THEN 1 ELSE 0 END), SUM(CASE WHEN `+running+` AND legal_at <= `+d+` THEN 1 ELSE 0 END)
 FROM efficiency_case`+w.String()+` GROUP BY unit ORDER BY unit`, w.Args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var l Load
		if err := rows.Scan(&l.Unit, &l.Open, &l.Today, &l.Late, &l.LegalLate); err != nil {
			return nil, err
		}
		*at(l.Unit) = l
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	w = (&db.Where{}).Within(v.Actor.Scope(PermRead), "unit", "").And(live)
	if unit != "" {
		w.In("unit", m.org.Below(unit))
	}
	cards, err := v.QueryContext(ctx, `SELECT unit, severity, count(*) FROM efficiency_card`+w.String()+` GROUP BY unit, severity ORDER BY unit`, w.Args...)
	if err != nil {
		return nil, err
	}
	defer cards.Close()
	for cards.Next() {
		var u string
		var s Severity
		var n int
		if err := cards.Scan(&u, &s, &n); err != nil {
			return nil, err
		}
		switch s {
		case Blue:
			at(u).Blue = n
		case Yellow:
			at(u).Yellow = n
		default:
			at(u).Red += n
		}
	}
	var out []Load
	for _, u := range order {
		out = append(out, *found[u])
	}
	return out, cards.Err()
}

// CaseRow is a case as the lists of the cockpit show it.
type CaseRow struct {
	ID, Number, ItemName, Unit, Holder, State, Stage string
	Due, Legal                                       time.Time
}

// Show says which cases a list shows.
type Show string

// The lists behind the numbers of the cockpit.
const (
	ShowOpen   Show = "open"
	ShowToday  Show = "today"
	ShowLate   Show = "late"
	ShowLegal  Show = "legal"
	ShowClosed Show = "closed" // decided this month
	ShowMissed Show = "missed" // decided this month, not on time
)

// Watched lists cases for the cockpit, the most pressing first.
func (m *Module) Watched(ctx context.Context, v *db.View, show Show, unit, item, after string, limit int) ([]CaseRow, string, error) {
	w := (&db.Where{}).Within(v.Actor.Scope(PermRead), "unit", "")
	if unit != "" {
		w.In("unit", m.org.Below(unit))
	}
	if item != "" {
		w.And("item = ?", item)
	}
	today := calendar.DayOf(v.Now)
	month := calendar.Date(today.Year(), today.Month(), 1).String()
	switch show {
	case ShowToday:
		w.And(running).And("due_at > ?", db.At(v.Now)).And("due_at <= ?", db.At(today.End()))
	case ShowLate:
		w.And(running).And("due_at <= ?", db.At(v.Now))
	case ShowLegal:
		w.And(running).And("legal_at <= ?", db.At(v.Now))
	case ShowClosed:
		w.And("counted_on >= ?", month)
	case ShowMissed:
		w.And("counted_on >= ?", month).And("on_time = 0")
	default:
		w.And("stage <> 'done'")
	}
	if after != "" {
		w.And("case_id > ?", after)
	}
	rows, err := v.QueryContext(ctx, `SELECT case_id, number, item_name, unit, holder, state, stage, due_at, legal_at FROM efficiency_case`+w.String()+` ORDER BY case_id LIMIT `+w.Bind(limit+1), w.Args...)
	if err != nil {
		return nil, "", err
	}
	defer rows.Close()
	var out []CaseRow
	for rows.Next() {
		var c CaseRow
		var due, legal db.Time
		if err := rows.Scan(&c.ID, &c.Number, &c.ItemName, &c.Unit, &c.Holder, &c.State, &c.Stage, &due, &legal); err != nil {
			return nil, "", err
		}
		if len(out) == limit {
			return out, out[limit-1].ID, nil
		}
		c.Due, c.Legal = due.Time, legal.Time
		out = append(out, c)
	}
	return out, "", rows.Err()
}
