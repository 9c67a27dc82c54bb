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

	"tongban/kernel/check"
	"tongban/kernel/db"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema is the package's tables.
func Schema() db.Schema { return db.Schema{Name: "number", Files: migrations} }

// Next takes the next number of a series in a period, starting at 1. The period is the year for documents (〔2026〕1号: "2026"), the
// day for receipts ("20261123"), and "" for a series that never starts again.
func Next(ctx context.Context, tx *db.Tx, series, period string) (int64, error) {
	return Several(ctx, tx, series, period, 1)
}

// Several takes the next n numbers at once and returns the first. The command uses every one of them.
func Several(ctx context.Context, tx *db.Tx, series, period string, n int) (first int64, err error) {
	var last int64
	err = tx.QueryRowContext(ctx, `INSERT INTO number_counter (series, period, value, skipped)
 SELECT $1, $2, COALESCE(MAX(gap), 0) + CAST($3 AS bigint), COALESCE(MAX(gap), 0) FROM number_restore WHERE $2 <= substr(day, 1, length($2))
 ON CONFLICT (series, period) DO UPDATE SET value = number_counter.value + CAST($3 AS bigint) RETURNING value`, series, period, n).Scan(&last)
	if err != nil {
		return 0, fmt.Errorf("number: next of %s %s: %w", series, period, err)
	}
	return last - int64(n) + 1, nil
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

// Complete makes the invariant that a register holds every number its counters gave out, and no other (I7): issued and skipped make
// the counter. The register is asked by a query for series, period, how many, and the largest.
func Complete(prefix, register string) func(context.Context, *db.View) (check.Finding, error) {
	return func(ctx context.Context, v *db.View) (check.Finding, error) {
		f := check.Finding{Remedy: "停止该序列赋号，核对登记和最近一次恢复的备份；计数器只能调大，不能调小"}
		counters, err := Counters(ctx, v, prefix)
		if err != nil {
			return f, err
		}
		type at struct{ series, period string }
		counted := map[at]Counter{}
		for _, c := range counters {
			counted[at{c.Series, c.Period}] = c
		}
		rows, err := v.QueryContext(ctx, register)
		if err != nil {
			return f, err
		}
		defer rows.Close()
		for rows.Next() {
			var s at
			var count, last int64
			if err := rows.Scan(&s.series, &s.period, &count, &last); err != nil {
				return f, err
			}
			f.Rows += count
			c := counted[s]
			delete(counted, s)
			if f.Bad == "" && (count+c.Skipped != c.Value || last > c.Value) {
				f.Bad = fmt.Sprintf("%s %s：计数器 %d（恢复时跳过 %d），登记 %d 个，最大 %d", s.series, s.period, c.Value, c.Skipped, count, last)
			}
		}
		for _, c := range counters { // a counter without any number in the register
			if _, left := counted[at{c.Series, c.Period}]; left && f.Bad == "" && c.Value != c.Skipped {
				f.Bad = fmt.Sprintf("%s %s：计数器 %d（恢复时跳过 %d），登记 0 个", c.Series, c.Period, c.Value, c.Skipped)
			}
		}
		return f, rows.Err()
	}
}
