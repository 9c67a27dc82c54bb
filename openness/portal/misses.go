package portal

import (
	"context"
	"database/sql"
	"time"

	"tongban/handling/casework"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/openness/portal/internal/store"
)

// mostMisses bounds the list: beyond it only words already known are counted, so that nobody can fill the disk by searching for nonsense.
const mostMisses = 5000

// noteMiss counts words that a search did not find. It is no act of a person and changes nothing in any matter, so it is housekeeping and not a command: it
// leaves no audit row that would name who searched for what.
func (m *Module) noteMiss(ctx context.Context, query string, now time.Time) error {
	words := missWords(query)
	if words == "" {
		return nil
	}
	return m.k.DB.Housekeep(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		known, err := q.MissKnown(ctx, words)
		if err != nil {
			return err
		}
		if known == 0 {
			if n, err := q.CountMisses(ctx); err != nil || n >= mostMisses {
				return err
			}
		}
		return q.Missed(ctx, store.MissedParams{Words: words, FirstAt: db.At(now)})
	})
}

// Misses lists what people searched for in vain, most often first.
func (m *Module) Misses(ctx context.Context, v *db.View, limit int) ([]Miss, error) {
	rows, err := store.New(v).OpenMisses(ctx, int32(limit))
	if err != nil {
		return nil, err
	}
	var out []Miss
	for _, r := range rows {
		out = append(out, Miss{Words: r.Words, Times: r.Times, FirstAt: r.FirstAt.Time, LastAt: r.LastAt.Time})
	}
	return out, nil
}

// SettleMiss takes words off the list: a synonym was added, or the county does not do such a thing.
func (m *Module) SettleMiss(ctx context.Context, tx *db.Tx, words, note string) error {
	if err := tx.Require(PermSteward, authz.Place{Unit: tx.Actor.Unit}); err != nil {
		return err
	}
	n, err := store.New(tx).SettleMiss(ctx, store.SettleMissParams{Note: note, DoneBy: tx.Actor.ID, Words: words})
	if err != nil {
		return err
	}
	if n == 0 {
		return problem.Conflict("“%s”已经处理过了", words).WithNext("请刷新列表，看看还有哪些词。")
	}
	tx.Record("miss", words, "open", "done", map[string]string{"note": note})
	return nil
}

// onOpened counts how often an item is asked for; the first page shows the most wanted.
func (m *Module) onOpened(ctx context.Context, tx *db.Tx, e casework.Opened) error {
	return store.New(tx).Wanted(ctx, store.WantedParams{Item: e.Item, Month: month(e.At)})
}

func month(t time.Time) string { return t.In(beijing).Format("2006-01") }

// Wanted lists the codes of the items asked for most in the last three months.
func (m *Module) Wanted(ctx context.Context, v *db.View, limit int) ([]string, error) {
	rows, err := store.New(v).Demand(ctx, store.DemandParams{Month: month(v.Now.AddDate(0, -2, 0)), Limit: int32(limit)})
	if err != nil {
		return nil, err
	}
	var out []string
	for _, r := range rows {
		out = append(out, r.Item)
	}
	return out, nil
}
