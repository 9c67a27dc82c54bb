package number

import (
	"context"
	"time"

	"tongban/kernel/calendar"
	"tongban/kernel/db"
)

// least is the smallest gap; margin is how many times the busiest known day the lost time may have been.
const (
	least  = 100
	margin = 10
)

// Restored leaves out, in every series, the numbers that may have been issued between the backup and now. They lie in nobody's
// register, but perhaps on paper in somebody's hands. It gives the counters it raised, as they stand now.
func Restored(ctx context.Context, tx *db.Tx, backup time.Time) ([]Counter, error) {
	counters, err := Counters(ctx, &tx.View, "")
	if err != nil {
		return nil, err
	}
	from, to := calendar.DayOf(backup), calendar.DayOf(tx.Now)
	first, last := compact(backup), compact(tx.Now)
	lost := int64(max(0, to.Since(from))) + 1 // the machine's clock may be behind the backup
	gap := gapOf(counters, backup, lost)
	var raised []Counter
	for _, c := range counters {
		if c.Period < first[:min(len(c.Period), len(first))] {
			continue // a day or year that was over when the backup was made
		}
		if _, err := tx.ExecContext(ctx, `UPDATE number_counter SET value = value + $1, skipped = skipped + $1 WHERE series = $2 AND period = $3`, gap, c.Series, c.Period); err != nil {
			return nil, err
		}
		c.Value, c.Skipped = c.Value+gap, c.Skipped+gap
		raised = append(raised, c)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO number_restore (backup_at, at, day, gap) VALUES ($1, $2, $3, $4)`, db.At(backup), db.At(tx.Now), max(first, last), gap)
	return raised, err
}

// gapOf is one gap for all series: many times what the busiest of them issues a day, for each day that is lost. A series unknown to the
// backup is covered by it too.
func gapOf(counters []Counter, backup time.Time, days int64) int64 {
	busiest := int64(0)
	for _, c := range counters {
		daily := c.Value - c.Skipped
		switch {
		case len(c.Period) == 4 && c.Period == compact(backup)[:4]:
			daily /= int64(backup.In(calendar.Zone()).YearDay())
		case len(c.Period) == 4:
			daily /= 365
		case c.Period == "":
			daily /= 30 // a series without period: as if the county were a month old
		}
		busiest = max(busiest, daily)
	}
	return max(least, margin*busiest) * days
}

func compact(t time.Time) string { return t.In(calendar.Zone()).Format("20060102") }
