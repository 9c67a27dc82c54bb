package webhook

import "sync"

const (
	mostLanes = 2   // jobs of one process that may be at one receiver at once
	atOnce    = 500 // messages brought forward when a receiver is well again; the rest have their hour
)

// lanes keeps a receiver that answers slowly from taking all places of the queue.
type lanes struct {
	mu   sync.Mutex
	at   map[ID]int      // jobs at a receiver
	held map[string]bool // messages that are being tried
}

func newLanes() *lanes { return &lanes{at: map[ID]int{}, held: map[string]bool{}} }

// enter takes a place at a receiver, if there is one.
func (l *lanes) enter(s ID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.at[s] >= mostLanes {
		return false
	}
	l.at[s]++
	return true
}

// leave gives the place back.
func (l *lanes) leave(s ID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.at[s]--; l.at[s] == 0 {
		delete(l.at, s)
	}
}

// hold takes a message in hand, unless somebody has it.
func (l *lanes) hold(id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held[id] {
		return false
	}
	l.held[id] = true
	return true
}

// release lets a message go.
func (l *lanes) release(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.held, id)
}

// pick is the first message that nobody has in hand.
func (l *lanes) pick(list []Message) (Message, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range list {
		if !l.held[m.ID] {
			return m, true
		}
	}
	return Message{}, false
}
