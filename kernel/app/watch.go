package app

import (
	"sync/atomic"
	"time"
)

// Watch is the county's clock. In a demo county it can be moved; everywhere else it is the machine's.
type Watch struct{ offset atomic.Int64 }

// Now is the county's time.
func (w *Watch) Now() time.Time {
	return time.Now().Add(time.Duration(w.offset.Load())).UTC().Truncate(time.Microsecond)
}

// Set moves the clock so that it now shows t and goes on from there.
func (w *Watch) Set(t time.Time) { w.offset.Store(int64(time.Until(t))) }

// Offset is how far the clock is off the machine's.
func (w *Watch) Offset() time.Duration { return time.Duration(w.offset.Load()) }

// Shift sets how far the clock is off the machine's.
func (w *Watch) Shift(d time.Duration) { w.offset.Store(int64(d)) }
