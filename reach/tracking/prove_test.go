package tracking

import (
	"testing"
	"time"
)

func TestWrongAnswersSlowDownAndNeverLockOut(t *testing.T) {
	for times, want := range map[int64]time.Duration{0: 0, 4: 0, 5: time.Minute, 6: 2 * time.Minute, 7: 4 * time.Minute, 11: time.Hour, 500: time.Hour} {
		if got := pause(times); got != want {
			t.Errorf("after %d: %s, want %s", times, got, want)
		}
	}
}
