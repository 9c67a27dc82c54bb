package licence

import (
	"container/list"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Checking is open to everybody, so it is slow for whoever tries numbers: bursts of sixty, then one in two seconds for each address.
const (
	checkBurst = 60
	checkEvery = 2 * time.Second
	maxCallers = 10_000 // beyond it the caller not seen for longest is forgotten
)

// limiter bounds how often each caller may ask. Its memory is bounded too.
type limiter struct {
	mu      sync.Mutex
	callers map[string]*list.Element
	order   *list.List // most recent first
	most    int
}

type caller struct {
	key  string
	rate *rate.Limiter
}

func newLimiter(most int) *limiter {
	return &limiter{callers: map[string]*list.Element{}, order: list.New(), most: most}
}

// wait is how long the caller must wait before he may ask; zero: he may ask now.
func (l *limiter) wait(key string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, known := l.callers[key]
	if !known {
		if l.order.Len() >= l.most {
			oldest := l.order.Back()
			delete(l.callers, oldest.Value.(*caller).key)
			l.order.Remove(oldest)
		}
		e = l.order.PushFront(&caller{key: key, rate: rate.NewLimiter(rate.Every(checkEvery), checkBurst)})
		l.callers[key] = e
	}
	l.order.MoveToFront(e)
	r := e.Value.(*caller).rate.ReserveN(now, 1)
	if d := r.DelayFrom(now); d > 0 {
		r.CancelAt(now)
		return d
	}
	return 0
}
