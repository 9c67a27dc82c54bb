package efficiency

import (
	"context"
	"slices"

	"tongban/handling/casework"
	"tongban/kernel/calendar"
	"tongban/kernel/clock"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/worklist"
	"tongban/oversight/efficiency/internal/store"
)

// follow brings the rows of cases up to date, counts them once they are decided, and looks after the marks their clocks passed.
func (m *Module) follow(ctx context.Context, tx *db.Tx, ids []string) error {
	cases, err := m.cases.Some(ctx, &tx.View, ids)
	if err != nil {
		return err
	}
	if len(cases) != len(ids) {
		return problem.Internal("efficiency: %d cases of %v", len(cases), ids)
	}
	q := store.New(tx.Deferred())
	for _, c := range cases {
		err = q.FollowCase(ctx, store.FollowCaseParams{CaseID: string(c.ID), Number: c.Number, Item: c.Item, ItemName: c.ItemName, Unit: c.Unit, Holder: c.Holder,
			State: string(c.State), Stage: string(c.Stage), Instant: c.Instant, OpenedAt: db.At(c.OpenedAt), DueAt: db.At(c.Due), LegalAt: db.At(c.LegalDue)})
		if err != nil {
			return err
		}
	}
	records, err := m.k.Clocks.All(ctx, &tx.View, ids...)
	if err != nil {
		return err
	}
	for _, c := range cases {
		if err := m.catchUp(ctx, tx, records[string(c.ID)]); err != nil {
			return err
		}
	}
	pending, err := store.New(tx).Pending(ctx, ids)
	if err != nil {
		return err
	}
	for _, c := range cases {
		mine := records[string(c.ID)]
		if pending[string(c.ID)] {
			if err := m.settle(ctx, tx, c, mine); err != nil {
				return err
			}
		}
		i := slices.IndexFunc(mine, func(r clock.Record) bool {
			return r.Name == casework.ClockHandling && r.Ledger.Phase() == clock.Stopped
		})
		if c.DecidedAt.IsZero() || i < 0 {
			continue
		}
		if err := m.count(ctx, tx, c, mine[i]); err != nil {
			return err
		}
	}
	return nil
}

// count puts a decided case into the sums of its day, once.
func (m *Module) count(ctx context.Context, tx *db.Tx, c casework.Case, r clock.Record) error {
	x, err := MeasureOf(m.k.Clocks.Calendar(), r.Ledger)
	if err != nil {
		return err
	}
	day := calendar.DayOf(c.DecidedAt).String()
	n, err := store.New(tx).CountCase(ctx, store.CountCaseParams{CountedOn: day, Promised: x.Promised, Statutory: x.Statutory, Actual: x.Actual,
		OnTime: one(x.OnTime), Early: one(x.Early), LegalLate: one(x.LegalLate), CaseID: string(c.ID)})
	if err != nil || n == 0 {
		return err
	}
	p := store.AddDayParams{Day: day, Unit: c.Unit, Item: c.Item, OnTime: one(x.OnTime), Early: one(x.Early), LegalLate: one(x.LegalLate)}
	if !c.Instant {
		p.Timed, p.Promised, p.Statutory, p.Actual = 1, x.Promised, x.Statutory, x.Actual
	}
	return store.New(tx.Deferred()).AddDay(ctx, p)
}

// catchUp gives the cards whose marks were passed before somebody paused, extended or stopped the clock, should the sweeper not have come
// in between (F25): the ledger knows the legal instants, so nothing is lost and nothing is given twice.
func (m *Module) catchUp(ctx context.Context, tx *db.Tx, records []clock.Record) error {
	for _, r := range records {
		due, err := r.Ledger.Due(m.k.Clocks.Calendar())
		if err != nil {
			return err
		}
		for _, k := range r.Marks {
			at, known, err := r.Ledger.CrossedAt(m.k.Clocks.Calendar(), k.Side, k.Threshold)
			if err != nil {
				return err
			}
			if !known || at.After(tx.Now) {
				continue
			}
			x := clock.Crossed{Clock: r.ID, Thing: r.Subject, Name: r.Name, Title: r.Title, Unit: r.Unit, Holder: r.Holder, Mark: k.Name, At: at, Due: due.Limit(k.Side).String()}
			if err := m.onCrossed(ctx, tx, x); err != nil {
				return err
			}
		}
	}
	return nil
}

// settle ends reminders whose step is done, and urgings of a case that went on.
func (m *Module) settle(ctx context.Context, tx *db.Tx, c casework.Case, records []clock.Record) error {
	stopped := map[string]bool{}
	for _, r := range records {
		stopped[r.ID] = r.Ledger.Phase() == clock.Stopped
	}
	cards, err := m.CardsOf(ctx, &tx.View, string(c.ID))
	if err != nil {
		return err
	}
	for _, card := range cards {
		if card.Severity == Blue && card.Open() && stopped[card.Clock] {
			if err := m.step(ctx, tx, card, ActSettle, "这一步已经办完", nil); err != nil {
				return err
			}
		}
	}
	if c.Stage != casework.StageDone && c.Stage != casework.StageDeliver {
		return nil
	}
	urgings, err := m.UrgingsOf(ctx, &tx.View, string(c.ID))
	if err != nil {
		return err
	}
	for _, u := range urgings {
		if u.State != "open" || u.Kind != Urge { // an instruction ends with its report only
			continue
		}
		if _, err := store.New(tx).EndUrge(ctx, store.EndUrgeParams{State: "moved", ID: u.ID}); err != nil {
			return err
		}
		tx.Record("efficiency_urge", u.ID, "open", "moved", nil)
		worklist.Close(ctx, tx, urgeTask(u.ID))
	}
	return nil
}

func one(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// caseOf finds the case a clock is about; false for clocks of other things.
func (m *Module) caseOf(ctx context.Context, v *db.View, thing string) (casework.Case, bool, error) {
	c, err := m.cases.Find(ctx, v, casework.ID(thing))
	if err != nil && problem.KindOf(err) == problem.KindNotFound {
		return c, false, nil
	}
	return c, err == nil, err
}
