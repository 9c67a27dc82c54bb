package db

import "time"

// AwaitQueued waits until so many commands stand in the queues of the SQLite writer.
func (d *DB) AwaitQueued(n int) {
	for len(d.people)+len(d.machines) < n {
		time.Sleep(time.Millisecond)
	}
}

// Gate is the gate, for tests of how it decides.
type Gate struct{ gate }

// NewGate makes a gate whose turns take so long.
func NewGate(limit int, patience, turn time.Duration) *Gate {
	return &Gate{gate{limit: limit, patience: patience, turn: turn}}
}

// Enter lets one person wait, or not.
func (g *Gate) Enter() bool { return g.enter(false) }

// Leave ends somebody's waiting.
func (g *Gate) Leave() { g.leave(false) }

// Batch is how many commands one commit may take along.
func (g *Gate) Batch(most int) int { return g.batch(most) }
