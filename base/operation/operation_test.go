package operation

import (
	"testing"
	"time"

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
