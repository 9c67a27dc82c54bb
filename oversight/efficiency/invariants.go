package efficiency

import (
	"context"
	"slices"
	"time"

	"tongban/handling/casework"
	"tongban/kernel/check"
	"tongban/kernel/clock"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/oversight/efficiency/internal/store"
)

// invariants: no mark gives two cards (the table's UNIQUE), no card without its crossing, no sum that the cases do not bear out.
func (m *Module) invariants() []check.Invariant {
	return []check.Invariant{
		{ID: "efficiency-1", Title: "一个时限的一个警戒点最多一张牌", Check: check.None(
			`SELECT count(*) FROM efficiency_card`,
			`SELECT clock || '/' || mark FROM efficiency_card GROUP BY clock, mark HAVING count(*) > 1`,
			"重复发牌：保留先发的一张，撤销其余")},
		{ID: "efficiency-2", Title: "红牌和严重牌对应的时限确已届满", Check: m.reallyPassed},
		{ID: "efficiency-3", Title: "每日汇总与逐件重算一致", Check: check.None(
			`SELECT count(*) FROM efficiency_day`,
			`SELECT d.day || ' ' || d.unit || ' ' || d.item FROM efficiency_day d LEFT JOIN (
 SELECT counted_on AS day, unit AS unit, item AS item, count(*) AS closed, SUM(on_time) AS on_time, SUM(early) AS early, SUM(legal_late) AS legal_late,
  SUM(CASE WHEN instant THEN 0 ELSE 1 END) AS timed, SUM(CASE WHEN instant THEN 0 ELSE promised END) AS promised,
  SUM(CASE WHEN instant THEN 0 ELSE statutory END) AS statutory, SUM(CASE WHEN instant THEN 0 ELSE actual END) AS actual
 FROM efficiency_case WHERE counted_on <> '' GROUP BY counted_on, unit, item) c ON c.day = d.day AND c.unit = d.unit AND c.item = d.item
 WHERE c.closed IS NULL OR c.closed <> d.closed OR c.on_time <> d.on_time OR c.early <> d.early OR c.legal_late <> d.legal_late OR c.timed <> d.timed
  OR c.promised <> d.promised OR c.statutory <> d.statutory OR c.actual <> d.actual`,
			"按 efficiency_case 重新汇总这一天")},
		{ID: "efficiency-4", Title: "计入汇总的用时与台账一致", Check: m.measuredRight},
		{ID: "efficiency-5", Title: "预警牌的状态都有流转记录", Check: check.None(
			`SELECT count(*) FROM efficiency_card`,
			`SELECT number FROM efficiency_card c WHERE c.state <> 'issued' AND NOT EXISTS (SELECT 1 FROM efficiency_entry e WHERE e.card = c.id AND e.to_state = c.state)`,
			"查明谁改了状态")},
	}
}

// each calls f for every id of a table's column, in batches.
func each(ctx context.Context, v *db.View, query string, f func(id string) error) error {
	for after := ""; ; {
		ids, err := texts(ctx, v, query, []any{after})
		if err != nil || len(ids) == 0 {
			return err
		}
		for _, id := range ids {
			after = id
			if err := f(id); err != nil {
				return err
			}
		}
	}
}

// reallyPassed judges each red card by the ledger as it stood when the card was given: what was entered later may have moved the date.
func (m *Module) reallyPassed(ctx context.Context, v *db.View) (check.Finding, error) {
	f := check.Finding{Remedy: "核对该时限的台账；没有届满的，撤销该牌"}
	cal := m.k.Clocks.Calendar()
	err := each(ctx, v, `SELECT id FROM efficiency_card WHERE severity IN ('red', 'grave') AND id > $1 ORDER BY id LIMIT 500`, func(id string) error {
		f.Rows++
		c, err := m.Card(ctx, v, id)
		if err != nil {
			return err
		}
		r, err := m.k.Clocks.Find(ctx, v, clock.Of{Subject: c.Thing, Name: c.ClockName})
		if err != nil && problem.KindOf(err) != problem.KindNotFound {
			return err
		}
		if err != nil || !passed(cal, r, c) {
			if f.Bad == "" {
				f.Bad = c.Number + "（" + c.Title + "）"
			}
		}
		return nil
	})
	return f, err
}

func passed(cal clock.Calendar, r clock.Record, c Card) bool {
	i := slices.IndexFunc(r.Marks, func(k clock.Mark) bool { return k.Name == c.Mark })
	if i < 0 {
		return false
	}
	l := clock.Ledger{Clock: r.Ledger.Clock}
	for _, e := range r.Ledger.Entries {
		if !e.At.After(c.IssuedAt) {
			l.Entries = append(l.Entries, e)
		}
	}
	at, known, err := l.CrossedAt(cal, r.Marks[i].Side, r.Marks[i].Threshold)
	return err == nil && known && !at.After(c.IssuedAt) && at.Truncate(time.Microsecond).Equal(c.CrossedAt)
}

func (m *Module) measuredRight(ctx context.Context, v *db.View) (check.Finding, error) {
	f := check.Finding{Remedy: "按台账重新计算该件用时并更正当日汇总"}
	cal := m.k.Clocks.Calendar()
	err := each(ctx, v, `SELECT case_id FROM efficiency_case WHERE counted_on <> '' AND case_id > $1 ORDER BY case_id LIMIT 500`, func(id string) error {
		f.Rows++
		row, err := store.New(v).CaseRow(ctx, id)
		if err != nil {
			return err
		}
		r, err := m.k.Clocks.Find(ctx, v, clock.Of{Subject: id, Name: casework.ClockHandling})
		if err != nil {
			return err
		}
		x, err := MeasureOf(cal, r.Ledger)
		if err != nil {
			return err
		}
		same := x.Promised == row.Promised && x.Statutory == row.Statutory && x.Actual == row.Actual && one(x.OnTime) == row.OnTime && one(x.Early) == row.Early && one(x.LegalLate) == row.LegalLate
		if !same && f.Bad == "" {
			f.Bad = row.Number
		}
		return nil
	})
	return f, err
}
