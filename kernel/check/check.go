// Package check holds the invariants that must hold whatever happened: each module registers its own, and `tongban fsck` reads them
// all. A check never writes.
package check

import (
	"context"
	"fmt"
	"time"

	"tongban/kernel/db"
)

// Finding is what a check saw.
type Finding struct {
	Rows   int64  // rows looked at
	Bad    string // the first bad row, named so that a person can find it; empty when all is well
	Remedy string // what to do about it, in Chinese
}

// Invariant is one law of the data.
type Invariant struct {
	ID     string // I7 of the reliability catalogue, or module-number for the module's own
	Title  string // what must be true, in Chinese
	Module string
	Check  func(context.Context, *db.View) (Finding, error)
}

// Result is an invariant together with what was found.
type Result struct {
	Invariant
	Finding
	Err  error
	Took time.Duration
}

// Holds reports whether the invariant holds.
func (r Result) Holds() bool { return r.Err == nil && r.Bad == "" }

// Run checks every invariant in turn and tells each about its result.
func Run(ctx context.Context, v *db.View, invariants []Invariant, each func(Result)) (allHold bool) {
	allHold = true
	for _, inv := range invariants {
		began := time.Now()
		finding, err := inv.Check(ctx, v)
		r := Result{Invariant: inv, Finding: finding, Err: err, Took: time.Since(began)}
		allHold = allHold && r.Holds()
		if each != nil {
			each(r)
		}
	}
	return allHold
}

// Again makes the invariants fit for a county at work: the queries of one check are not one snapshot, so a command that commits between
// two of them can look like damage. What does not hold is looked at once more after a moment; damage is still there, a command is done.
func Again(invariants []Invariant, moment time.Duration) []Invariant {
	patient := make([]Invariant, len(invariants))
	for i, inv := range invariants {
		look := inv.Check
		inv.Check = func(ctx context.Context, v *db.View) (Finding, error) {
			f, err := look(ctx, v)
			if err != nil || f.Bad == "" {
				return f, err
			}
			select {
			case <-ctx.Done():
				return f, ctx.Err()
			case <-time.After(moment):
				return look(ctx, v)
			}
		}
		patient[i] = inv
	}
	return patient
}

// None makes a check of two queries: one that counts the rows looked at, and one that selects the name of bad rows, of which there
// must be none.
func None(count, bad, remedy string, args ...any) func(context.Context, *db.View) (Finding, error) {
	return func(ctx context.Context, v *db.View) (Finding, error) {
		f := Finding{}
		if err := v.QueryRowContext(ctx, count).Scan(&f.Rows); err != nil {
			return f, fmt.Errorf("check: %w\n%s", err, count)
		}
		rows, err := v.QueryContext(ctx, bad+" LIMIT 1", args...)
		if err != nil {
			return f, fmt.Errorf("check: %w\n%s", err, bad)
		}
		defer rows.Close()
		if rows.Next() {
			f.Remedy = remedy
			if err := rows.Scan(&f.Bad); err != nil {
				return f, err
			}
		}
		return f, rows.Err()
	}
}
