package operation

import (
	"context"
	"testing"
	"time"

	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/check"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/web"
)

func TestCountyIsCheckedOnceANightAndNeverForgotten(t *testing.T) {
	at := func(day, hour int) time.Time { return time.Date(2026, 11, day, hour, 30, 0, 0, web.Beijing) }
	for _, x := range []struct {
		last, now time.Time
		due       bool
		why       string
	}{
		{time.Time{}, at(23, 10), true, "never checked"},
		{at(23, 2), at(24, 2), true, "the next night"},
		{at(23, 4), at(24, 1), true, "the next night, earlier"},
		{at(24, 2), at(24, 4), false, "the same night"},
		{at(23, 2), at(23, 15), false, "office hours"},
		{at(23, 2), at(24, 15), false, "office hours after a missed night"},
		{at(23, 2), at(25, 15), true, "two nights missed"},
	} {
		if due(x.last, x.now) != x.due {
			t.Errorf("%s: due is %v", x.why, !x.due)
		}
	}
}

// ledger is a module whose books are looked at: two figures that every command leaves equal.
type ledger struct{ invariants []check.Invariant }

// Manifest implements app.Module.
func (l ledger) Manifest() app.Manifest {
	return app.Manifest{Name: "ledger", Title: "账本", Invariants: l.invariants}
}

// A check reads its figures one after the other; what a clerk commits in between is no damage, and nobody is called out of bed for it.
func TestWorkOfTheMomentIsNoDamage(t *testing.T) {
	committing := 0
	between := check.Invariant{ID: "ledger-1", Title: "两笔相等", Check: func(ctx context.Context, v *db.View) (check.Finding, error) {
		f := check.Finding{Rows: 1}
		if committing++; committing%2 == 1 { // the clerk commits between the first two queries
			f.Bad = "第一笔和第二笔不相等"
		}
		return f, nil
	}}
	damaged := check.Invariant{ID: "ledger-2", Title: "没有缺页", Check: func(ctx context.Context, v *db.View) (check.Finding, error) {
		return check.Finding{Rows: 1, Bad: "缺第 7 页"}, nil
	}}
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		kt.Broken()
		m := &Module{k: kt.Kernel}
		h, err := m.Check(kt.Ctx, authz.Machine("operation", "nightly"))
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]string{}
		for _, l := range h.Lines {
			found[l.ID] = l.Bad
		}
		if bad, looked := found["ledger-1"]; !looked || bad != "" {
			t.Errorf("the work of a moment is reported as %q (looked at: %v)", bad, looked)
		}
		if found["ledger-2"] != "缺第 7 页" {
			t.Errorf("damage is reported as %q", found["ledger-2"])
		}
	}, func(*app.Kernel) []app.Module {
		return []app.Module{ledger{[]check.Invariant{between, damaged}}}
	})
}
