package chaos

import (
	"fmt"
	"testing"
	"time"
)

// setBack is one life of a county that dies, and then a machine whose clock has been ahead by so much and is right now. Nobody outside is ill.
func setBack(t *testing.T, a *abroad, by time.Duration, hidden bool, patience time.Duration) []string {
	t.Helper()
	wrong := a.life(t, false)
	return append(wrong, a.settle(t, patience, func(c *County) error { return c.SetBack(t.Context(), by, hidden) })...)
}

// A machine whose clock was hours or days ahead is set right while the county is down. Events that were about to be delivered, jobs, messages
// and the election among processes all carry times that lie ahead; none of them may wait for the clock to come as far again.
func TestAClockThatWasSetBackHoldsNothingUp(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			a := newAbroad(t, engine, Sound, "-setbacks", fmt.Sprint(*setbacks))
			a.spared = true
			for n := range *setbacks {
				by := time.Duration(2+a.random.IntN(10*24*60)) * time.Minute
				if wrong := setBack(t, a, by, false, time.Minute); len(wrong) > 0 {
					t.Fatalf("set back for the %d. time, by %v: %s", n+1, by, first(wrong))
				}
			}
			a.report(t, fmt.Sprintf("clock set back %d times", *setbacks))
		})
	}
}

// The twin: a county that has no means to notice waits, and the harness sees that.
func TestAClockThatWasSetBackCatchesItsTwin(t *testing.T) {
	a := newAbroad(t, "sqlite", Sound)
	a.spared = true
	caught(t, 3, func() []string { return setBack(t, a, 3*time.Hour, true, 3*time.Second) })
}
