package db_test

import (
	"testing"
	"testing/synctest"
	"time"

	"tongban/kernel/db"
)

// A rush of a moment may fill the queue. Once people had to be refused it is kept short, so that nobody waits longer than he must, until
// nobody was refused for a while.
func TestTheQueueIsKeptShortWhileThereAreMorePeopleThanTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := db.NewGate(512, 2*time.Second, 10*time.Millisecond)
		fill := func() (n int) {
			for g.Enter() {
				n++
			}
			return n
		}
		if n := fill(); n != 151 { // those before the last have a second and a half to wait
			t.Errorf("%d wait in a rush", n)
		}
		for range 120 {
			g.Leave()
		}
		if n := fill(); n != 20 { // with the thirty-one before them half a second
			t.Errorf("%d more are let in during a flood", n)
		}
		for range 51 {
			g.Leave()
		}
		time.Sleep(3 * time.Second)
		if n := fill(); n != 151 {
			t.Errorf("%d wait in the next rush", n)
		}
	})
}

func TestACommitTakesNoMoreAlongThanPeopleMayWaitFor(t *testing.T) {
	for turn, want := range map[time.Duration]int{0: 64, time.Millisecond: 64, 20 * time.Millisecond: 12, time.Second: 1} {
		if n := db.NewGate(512, 2*time.Second, turn).Batch(64); n != want {
			t.Errorf("turns of %v: %d in a commit, want %d", turn, n, want)
		}
	}
}
