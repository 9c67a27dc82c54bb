package chaos

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tongban/kernel/kerneltest"
)

func TestKilledCountyLosesNothingItAcknowledged(t *testing.T) {
	for engine, times := range map[string]int{"sqlite": *cycles, "postgres": max(2, *cycles/4)} {
		t.Run(engine, func(t *testing.T) {
			s, random := draws(t, "-cycles", fmt.Sprint(*cycles))
			v, b := &victim{Options: Options{Data: t.TempDir()}}, newBook(s)
			if engine == "postgres" {
				v.Database = kerneltest.Schema(t)
			}
			for n := range times {
				// The county's clock jumps between two lives, forward and back, by up to a week: no order may come from it.
				v.Skew = time.Duration(random.Int64N(int64(14*24*time.Hour))) - 7*24*time.Hour
				if wrong := v.cycle(t, b, func() { pause(30 + random.IntN(250)) }); len(wrong) > 0 {
					t.Fatalf("cycle %d: %s", n, first(wrong))
				}
			}
			b.report(t, fmt.Sprintf("%d kills", times))
		})
	}
}

// pause waits by the wall clock: the moment of harm is what the harness draws.
func pause(milliseconds int) { time.Sleep(time.Duration(milliseconds) * time.Millisecond) }

func TestKillingCatchesItsTwins(t *testing.T) {
	for _, twin := range []Twin{AcknowledgesBeforeCommit, AuditsApart, HearsApart} {
		t.Run(string(twin), func(t *testing.T) {
			s, random := draws(t)
			v, b := &victim{Options: Options{Data: t.TempDir(), Twin: twin}}, newBook(s)
			caught(t, 20, func() []string { return v.cycle(t, b, func() { pause(30 + random.IntN(250)) }) })
		})
	}
}

// A kill by the clock rarely hits the moment between two writes. Here the county dies exactly at its n-th write or sync, also while it
// starts for the first time, migrates, or recovers from the kill before.
func TestCountyThatDiesAtTheNthWriteLosesNothing(t *testing.T) {
	tool(t, "strace", "what a kill at exactly the n-th write or sync leaves")
	s, random := draws(t, "-points", fmt.Sprint(*points))
	v, b := &victim{Options: Options{Data: t.TempDir()}}, newBook(s)
	reached := 0
	for n := range *points {
		call := []string{"pwrite64", "pwrite64", "fdatasync", "fsync", "ftruncate"}[random.IntN(5)]
		at := 1 + random.IntN(25)
		if n == 0 {
			call, at = "pwrite64", 1+random.IntN(200) // in the making of the schema
		}
		v.via = []string{"strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + call, "-e", fmt.Sprintf("inject=%s:signal=SIGKILL:when=%d", call, at)}
		where := fmt.Sprintf("point %d, %s %d", n, call, at)
		if err := v.start(t); err != nil {
			reached++ // dead before it was ready
			if wrong := b.compare(t.Context(), v.Data, "", Sound); len(wrong) > 0 {
				t.Fatalf("%s: %s", where, first(wrong))
			}
			continue
		}
		wrong, dead := v.untilDead(t, b, 1500*time.Millisecond)
		if dead {
			reached++
		}
		if len(wrong) > 0 {
			t.Fatalf("%s: %s", where, first(wrong))
		}
	}
	b.report(t, fmt.Sprintf("%d points, %d reached", *points, reached))
	if reached == 0 {
		t.Error("no point was reached: nothing was tried")
	}
}

// untilDead loads the started victim until it dies, or kills it when it does not in time.
func (v *victim) untilDead(t *testing.T, b *book, patience time.Duration) (wrong []string, dead bool) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan []string)
	go func() { done <- b.load(ctx, clients, func() string { return v.url }) }()
	select {
	case <-v.ended:
		dead = true
	case <-time.After(patience):
	}
	v.kill()
	stop()
	return append(<-done, b.compare(t.Context(), v.Data, v.Database, v.Twin)...), dead
}
