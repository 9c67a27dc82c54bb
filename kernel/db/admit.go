package db

import (
	"sync"
	"time"
)

// gate decides at arrival whether a command may wait for its turn. It knows how long turns have taken lately, so that a command which
// would wait too long is refused at once, while trying again still helps, and not after it has waited in vain: a queue that is longer
// than patience makes everybody late and serves nobody more.
//
// A rush of a moment may wait nearly as long as patience lasts. Once somebody had to be refused there are more people than turns, and a
// long queue only makes everybody in it late: it is kept short until nobody has been refused for a while.
type gate struct {
	limit    int           // commands that may wait
	patience time.Duration // longest wait that anybody has

	mu      sync.Mutex
	waiting int           // people
	patient int           // the county's own commands
	working int           // SQLite: commands of the batch that is being committed
	turn    time.Duration // from one command's end to the next, smoothed
	refused time.Time     // when somebody was last turned away
}

// full reports whether one more would wait too long, and remembers that somebody was turned away for it.
func (g *gate) full() bool {
	now, most := time.Now(), g.patience*3/4
	if now.Sub(g.refused) < g.patience {
		most = g.patience / 4
	}
	ahead := time.Duration(g.waiting+g.working) * g.turn
	if g.waiting < g.limit && (ahead <= most || g.waiting == 0) {
		return false
	}
	g.refused = now
	return true
}

// crowded reports whether nobody could be let in now.
func (g *gate) crowded() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.full()
}

// batch is how many commands one commit may take along: no more than fit into a part of everybody's patience, because all of them are
// answered only when the last of them is on disk.
func (g *gate) batch(most int) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.turn <= 0 {
		return most
	}
	return max(1, min(most, int(g.patience/8/g.turn)))
}

// begin notes how many commands the commit that begins takes along.
func (g *gate) begin(commands int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.working = commands
}

// enter lets the command wait, or not. The county's own work (listeners, jobs) is what follows from something acknowledged: it may
// be late but is never turned away, and there are never more than a few at once.
func (g *gate) enter(patient bool) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if patient {
		g.patient++
		return true
	}
	if g.full() {
		return false
	}
	g.waiting++
	return true
}

// leave ends the waiting of one command, because its turn has come or it gave up.
func (g *gate) leave(patient bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if patient {
		g.patient--
	} else {
		g.waiting--
	}
}

// took notes how long each of the commands that just ended was the next one's obstacle.
func (g *gate) took(whole time.Duration, commands int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.turn += (whole/time.Duration(max(1, commands)) - g.turn) / 8
	g.working = 0
}

// Crowded refuses whoever wants to change something while nobody can be let in; nil: he may try. It costs nothing, so that it can be asked
// before anything else is done for him.
func (d *DB) Crowded() error {
	if d.gate.crowded() {
		return errBusy()
	}
	return nil
}
