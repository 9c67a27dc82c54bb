package db

import (
	"testing"
	"time"
)

// The order of identifiers is the order of events: a machine whose clock is set back by NTP must not put a later event first.
func TestIdentifiersDoNotGoBackWithTheClock(t *testing.T) {
	var g ids
	now := time.UnixMilli(1_800_000_000_000)
	before := g.at(now)
	if after := g.at(now.Add(-time.Hour)); after <= before {
		t.Errorf("%s came after %s", after, before)
	}
}
