package bundle

import (
	"context"
	"strings"

	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/number"
)

// nextNumber takes the next submission number of the day.
func nextNumber(ctx context.Context, tx *db.Tx) (string, error) {
	day := tx.Now.In(calendar.Zone()).Format("20060102")
	n, err := number.Next(ctx, tx, "submission", day)
	return submissionNumber(day, n), err
}

// Tidy brings a number as people type it into its form: full-width digits, spaces and dashes between groups.
func Tidy(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		case r == ' ' || r == '-' || r == '　' || r == '—' || r == '－':
			return -1
		}
		return r
	}, strings.TrimSpace(s))
}
