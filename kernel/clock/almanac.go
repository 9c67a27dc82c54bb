package clock

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tongban/kernel/calendar"
	"tongban/kernel/db"
)

// almanac is a version of the county's calendar in memory.
type almanac struct {
	version int64
	layers  []calendar.Layer
	table   calendar.Table
}

// seeded is the calendar that ships with the product, the year after the last notice estimated so that dates near its end can be
// shown as provisional.
func seeded() *almanac {
	a, err := arrange(0, []calendar.Layer{calendar.Seed()})
	if err != nil {
		panic("clock: seed calendar: " + err.Error()) // embedded, tested
	}
	return a
}

func arrange(version int64, layers []calendar.Layer) (*almanac, error) {
	table, err := calendar.New(layers...)
	if err != nil {
		return nil, err
	}
	last := slices.Max(table.Years())
	return &almanac{version, layers, table.Provisional(last+1, last+2)}, nil
}

// Calendar is what the county counts with now.
func (b *Book) Calendar() Calendar { return Calendar{Table: b.almanac.Load().table} }

// Version is the number of the calendar the county counts with now; 0 is the one that ships with the product.
func (b *Book) Version() int64 { return b.almanac.Load().version }

// Refresh brings the county's own calendar into memory. Another process may have changed it.
func (b *Book) Refresh(ctx context.Context, v *db.View) error {
	var version int64
	if err := v.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) FROM clock_calendar`).Scan(&version); err != nil {
		return err
	}
	if version == b.almanac.Load().version {
		return nil
	}
	layers, err := ownLayers(ctx, v)
	if err != nil {
		return err
	}
	a, err := arrange(version, layers)
	if err == nil {
		b.almanac.Store(a)
	}
	return err
}

// ownLayers is the shipped layer, then those of the county in the order of their names.
func ownLayers(ctx context.Context, v *db.View) ([]calendar.Layer, error) {
	rows, err := v.QueryContext(ctx, `SELECT layer, day, kind, name, source FROM clock_day ORDER BY layer, day`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	layers := []calendar.Layer{calendar.Seed()}
	for rows.Next() {
		var layer string
		var row calendar.Row
		if err := rows.Scan(&layer, &row.Day, &row.Kind, &row.Name, &row.Source); err != nil {
			return nil, err
		}
		if last := &layers[len(layers)-1]; last.Name != layer || len(layers) == 1 {
			layers = append(layers, calendar.Layer{Name: layer})
		}
		last := &layers[len(layers)-1]
		last.Rows = append(last.Rows, row)
		if year := row.Day.Year(); complete(layer) && !slices.Contains(last.Years, year) {
			last.Years = append(last.Years, year)
		}
	}
	return layers, rows.Err()
}

// complete layers, those called national…, are complete for the years they speak of; a local layer only adds days.
func complete(layer string) bool { return strings.HasPrefix(layer, "national") }

// Change replaces the rows of one year in a layer of the calendar and recomputes every running clock. A clock whose date would
// come earlier keeps the date that was told; one that moves later gets a record (F20).
func (b *Book) Change(ctx context.Context, tx *db.Tx, layer string, year int, rows []calendar.Row, note string) (moved int, err error) {
	old := b.Calendar()
	from, until := fmt.Sprintf("%04d-01-01", year), fmt.Sprintf("%04d-12-31", year)
	if _, err := tx.ExecContext(ctx, `DELETE FROM clock_day WHERE layer = $1 AND day >= $2 AND day <= $3`, layer, from, until); err != nil {
		return 0, err
	}
	for _, r := range rows {
		if _, err := tx.ExecContext(ctx, `INSERT INTO clock_day (layer, day, kind, name, source) VALUES ($1, $2, $3, $4, $5)`, layer, r.Day, string(r.Kind), r.Name, r.Source); err != nil {
			return 0, err
		}
	}
	var version int64
	if err := tx.QueryRowContext(ctx, `SELECT COALESCE(MAX(version), 0) + 1 FROM clock_calendar`).Scan(&version); err != nil {
		return 0, err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO clock_calendar (version, changed_at, changed_by, note) VALUES ($1, $2, $3, $4)`, version, db.At(tx.Now), tx.Actor.Name, note); err != nil {
		return 0, err
	}
	layers, err := ownLayers(ctx, &tx.View)
	if err != nil {
		return 0, err
	}
	a, err := arrange(version, layers)
	if err != nil {
		return 0, said(err)
	}
	tx.Record("calendar", layer, "", "", map[string]any{"year": year, "rows": len(rows), "note": note})
	moved, err = b.recompute(ctx, tx, old, a)
	tx.AfterCommit(func() { b.almanac.Store(a) })
	return moved, err
}

// recompute enters the change into every clock whose date it moves.
func (b *Book) recompute(ctx context.Context, tx *db.Tx, old Calendar, a *almanac) (moved int, err error) {
	after := ""
	fresh := &Book{}
	fresh.almanac.Store(a)
	for {
		list, err := b.read(ctx, &tx.View, `WHERE phase <> 'stopped' AND id > $1 ORDER BY id LIMIT 500`, after)
		if err != nil || len(list) == 0 {
			return moved, err
		}
		for _, r := range list {
			after = r.ID
			re, err := r.Ledger.Recompute(old, fresh.Calendar(), fmt.Sprint(a.version), tx.Now)
			if err != nil {
				return moved, said(err)
			}
			if re.Entry == nil {
				continue
			}
			moved++
			if r.swept, err = b.tell(tx, r, tx.Now); err != nil {
				return moved, said(err)
			}
			r.Ledger.Entries = append(r.Ledger.Entries, *re.Entry)
			if err := fresh.save(tx, r); err != nil {
				return moved, err
			}
		}
	}
}

// Layer gives the rows of one layer of the county's own calendar, by year.
func (b *Book) Layer(ctx context.Context, v *db.View, name string) (map[int][]calendar.Row, error) {
	layers, err := ownLayers(ctx, v)
	if err != nil {
		return nil, err
	}
	out := map[int][]calendar.Row{}
	for _, l := range layers[1:] {
		if l.Name == name {
			for _, r := range l.Rows {
				out[r.Day.Year()] = append(out[r.Day.Year()], r)
			}
		}
	}
	return out, nil
}
