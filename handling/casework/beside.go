package casework

import (
	"context"
	"time"

	"tongban/handling/casework/internal/store"
	"tongban/kernel/authz"
	"tongban/kernel/clock"
	"tongban/kernel/db"
)

// What goes on beside a case, such as asking another unit, belongs to other modules. They ask here whether the person may act, run clocks
// of their own under the case, and leave their deeds in its history; the state never moves by it.

// hold keeps everybody else from moving the case until the command ends, so that a deed beside it stands in its history where it happened.
// A command that moves the case needs no hold: it refuses to save over a version it has not read.
func hold(ctx context.Context, tx *db.Tx, id ID) error {
	return store.New(tx).HoldCase(ctx, string(id))
}

// Admit loads the case for an act beside it, and refuses the act to who may not do it.
func (m *Module) Admit(ctx context.Context, tx *db.Tx, id ID, p authz.Permission, act Act) (Case, error) {
	if err := hold(ctx, tx, id); err != nil {
		return Case{}, err
	}
	s, err := m.begin(ctx, tx, id, p, act)
	if err != nil {
		return Case{}, err
	}
	return s.Case, nil
}

// Remark writes an act beside the case into its history. Who may do it was asked before.
func (m *Module) Remark(ctx context.Context, tx *db.Tx, c Case, act Act, note string, detail any) error {
	if err := hold(ctx, tx, c.ID); err != nil {
		return err
	}
	c, err := m.Find(ctx, &tx.View, c.ID)
	if err != nil {
		return err
	}
	return (&step{Case: c, m: m, act: act, from: c.State}).record(ctx, tx, told{note: note, detail: detail})
}

// StartBeside starts a clock under the case for a step of the unit, and tells the first instant that is too late.
func (m *Module) StartBeside(ctx context.Context, tx *db.Tx, c Case, name, title, unit string, term clock.Term) (time.Time, error) {
	ed, _, err := m.Pinned(ctx, &tx.View, c)
	if err != nil {
		return time.Time{}, err
	}
	terms := clock.Clock{Promised: term}
	r, err := m.k.Clocks.Start(ctx, tx, clock.Begin{Of: c.of(name), Title: title, Unit: unit, Clock: terms, At: tx.Now, Marks: m.marks(ed, "step", terms)})
	if err != nil {
		return time.Time{}, err
	}
	due, err := r.Ledger.Due(m.k.Clocks.Calendar())
	return due.Promised.End, err
}

// StopBeside ends such a clock now.
func (m *Module) StopBeside(ctx context.Context, tx *db.Tx, c Case, name string) error {
	return m.stopClock(ctx, tx, c, name, tx.Now)
}
