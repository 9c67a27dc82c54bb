// Package number issues numbers exactly once: the counter moves inside the command that uses the number, so a number exists if
// and only if its document does, and a command that fails leaves no gap (I7).
//
// A restored county does not know what was issued after its backup was made. It leaves out a gap that is larger than what can have
// been issued, and says so in the counter (restore.go).
package number

import (
	"context"
	"embed"
	"fmt"

	"tongban/kernel/db"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema is the package's tables.
func Schema() db.Schema { return db.Schema{Name: "number", Files: migrations} }

// Next takes the next number of a series in a period, starting at 1. The period is the year for documents (〔2026〕1号: "2026"), the
// day for receipts ("20261123"), and "" for a series that never starts again.
func Next(ctx context.Context, tx *db.Tx, series, period string) (int64, error) {
	var n int64
	err := tx.QueryRowContext(ctx, `INSERT INTO number_counter (series, period, value, skipped)
 SELECT $1, $2, COALESCE(MAX(gap), 0) + 1, COALESCE(MAX(gap), 0) FROM number_restore WHERE $2 <= substr(day, 1, length($2))
 ON CONFLICT (series, period) DO UPDATE SET value = number_counter.value + 1 RETURNING value`, series, period).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("number: next of %s %s: %w", series, period, err)
	}
	return n, nil
}

// Counter is how far a series has counted in a period.
type Counter struct {
	Series, Period string
	Value          int64 // the last number
	Skipped        int64 // numbers up to it that were left out at a restore
}

// Counters are the counters of all series whose name begins so.
func Counters(ctx context.Context, v *db.View, prefix string) ([]Counter, error) {
	rows, err := v.QueryContext(ctx, `SELECT series, period, value, skipped FROM number_counter WHERE substr(series, 1, length($1)) = $1 ORDER BY series, period`, prefix)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Counter
	for rows.Next() {
		var c Counter
		if err := rows.Scan(&c.Series, &c.Period, &c.Value, &c.Skipped); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// Last is the last number issued in a series and period; 0 when none was.
func Last(ctx context.Context, v *db.View, series, period string) (int64, error) {
	var n int64
	err := v.QueryRowContext(ctx, `SELECT COALESCE(MAX(value), 0) FROM number_counter WHERE series = $1 AND period = $2`, series, period).Scan(&n)
	return n, err
}
