package worklist

import (
	"strings"
	"time"

	"tongban/kernel/db"
)

// A cursor names the last row of a page: its deadline and its ref.
func cursor(due db.Time, ref string) string {
	return due.UTC().Format(time.RFC3339Nano) + "~" + ref
}

func cut(s string) (due db.Time, ref string, ok bool) {
	at, ref, found := strings.Cut(s, "~")
	t, err := time.Parse(time.RFC3339Nano, at)
	if !found || err != nil {
		return db.Time{}, "", false // a damaged link shows the first page
	}
	return db.At(t), ref, true
}
