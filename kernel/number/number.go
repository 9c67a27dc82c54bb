// Package number issues numbers exactly once: the counter moves inside the command that uses the number, so a number exists if
// and only if its document does, and a command that fails leaves no gap (I7).
package number

import (
	"context"
	"embed"
	"fmt"

	"tongban/kernel/db"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema is the package's table.
func Schema() db.Schema { return db.Schema{Name: "number", Files: migrations} }

// Next takes the next number of a series in a period, starting at 1. The period is the year for documents (〔2026〕1号) and the day
// for receipts; a series that never starts again has the period "".
func Next(ctx context.Context, tx *db.Tx, series, period string) (int64, error) {
	var n int64
	err := tx.QueryRowContext(ctx, `INSERT INTO number_counter (series, period, value) VALUES ($1, $2, 1)
 ON CONFLICT (series, period) DO UPDATE SET value = number_counter.value + 1 RETURNING value`, series, period).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("number: next of %s %s: %w", series, period, err)
	}
	return n, nil
}

// Last is the last number issued in a series and period; 0 when none was.
func Last(ctx context.Context, v *db.View, series, period string) (int64, error) {
	var n int64
	err := v.QueryRowContext(ctx, `SELECT COALESCE(MAX(value), 0) FROM number_counter WHERE series = $1 AND period = $2`, series, period).Scan(&n)
	return n, err
}
