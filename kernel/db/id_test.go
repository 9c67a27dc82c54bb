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

// A county whose clock is set back while it does not run goes on after what it wrote before.
func TestIdentifiersGoOnAfterThoseInTheDatabase(t *testing.T) {
	var before, after ids
	now := time.UnixMilli(1_800_000_000_000)
	written := before.at(now)
	after.after(written)
	after.after("not an identifier")
	if next := after.at(now.Add(-24 * time.Hour)); next <= written {
		t.Errorf("%s came after %s", next, written)
	}
}
