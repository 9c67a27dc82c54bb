package db

import (
	"sync"
	"time"
)

// gate decides at arrival whether a command may wait for its turn. It knows how long turns have taken lately, so that a command which
// would wait too long is refused at once, while trying again still helps, and not after it has waited in vain: a queue that is longer
// than patience makes everybody late and serves nobody more.
type gate struct {
	limit    int           // commands that may wait
	patience time.Duration // longest wait that may be in sight at arrival

	mu      sync.Mutex
	waiting int           // people
	patient int           // the county's own commands
	turn    time.Duration // from one command's end to the next, smoothed
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
	if g.waiting >= g.limit || time.Duration(g.waiting)*g.turn > g.patience {
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
}
