package chaos

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tongban/kernel/kerneltest"
)

// Limits of reliability: what people may expect while ten times too many come. Of a short run on a busy machine half must
// come within twenty times as long.
const (
	refusalMost = 50 * time.Millisecond
	pageMost    = 500 * time.Millisecond
	servedMost  = 2 * time.Second
	normalAfter = 30 * time.Second
)

// flooding is what was seen during a flood.
type flooding struct {
	mu                     sync.Mutex
	served, refused, pages []time.Duration
	silent                 int    // neither served nor refused in time
	unkind                 string // a refusal without words or without a time to come back
}

// patience is how long anybody waits for any answer during a flood.
const patience = 4 * time.Second

func (f *flooding) one(ctx context.Context, client *http.Client, b *book, base, key string) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r := request{path: "/take", key: key}
	began := time.Now()
	status, body, header := post(ctx, client, base+r.path, r.fields())
	took := time.Since(began)
	f.mu.Lock()
	defer f.mu.Unlock()
	switch status {
	case http.StatusOK:
		f.served = append(f.served, took)
		b.mu.Lock()
		b.asked[key], b.told[key] = r, body
		b.mu.Unlock()
	case http.StatusServiceUnavailable:
		f.refused = append(f.refused, took)
		if header.Get("Retry-After") == "" || !strings.Contains(body, "排队") {
			f.unkind = fmt.Sprintf("Retry-After %q, %.300s", header.Get("Retry-After"), body)
		}
	default:
		f.silent++
	}
}

func at(list []time.Duration, percent int) time.Duration {
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return list[min(len(list)-1, len(list)*percent/100)]
}

// flood measures what the county can do, sends ten times as much for a while, and says what is wrong.
func floodIt(t *testing.T, v *victim, b *book, length time.Duration) (wrong []string) {
	t.Helper()
	v.mustStart(t)
	defer v.kill()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 512}}
	defer client.CloseIdleConnections()
	capacity := func(mark string, length time.Duration) float64 {
		f, ctx := &flooding{}, t.Context()
		end := time.Now().Add(length)
		var all sync.WaitGroup
		for n := range 8 {
			all.Go(func() {
				for i := 0; time.Now().Before(end); i++ {
					f.one(ctx, client, b, v.url, fmt.Sprintf("%s-%d-%d", mark, n, i))
				}
			})
		}
		all.Wait()
		return float64(len(f.served)) / length.Seconds()
	}
	can := capacity("before", max(2*time.Second, length/10))
	f := &flooding{}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var all sync.WaitGroup
	all.Go(func() { // somebody on the staff looks at a page now and then
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for n := 0; n < int(length/(100*time.Millisecond)); n++ {
			<-tick.C
			began := time.Now()
			if status, _ := get(t, v.url+"/list"); status != http.StatusOK {
				f.mu.Lock()
				wrong = append(wrong, fmt.Sprintf("a page of the staff gives %d", status))
				f.mu.Unlock()
			}
			f.mu.Lock()
			f.pages = append(f.pages, time.Since(began))
			f.mu.Unlock()
		}
	})
	began, sent := time.Now(), 0
	for time.Since(began) < length {
		for due := int(10 * can * time.Since(began).Seconds()); sent < due; sent++ {
			key := fmt.Sprintf("flood-%d", sent)
			all.Go(func() { f.one(ctx, client, b, v.url, key) })
		}
		time.Sleep(2 * time.Millisecond)
	}
	over := time.Now()
	all.Wait()
	for { // normal is: an application is taken within a second again
		calm := &flooding{}
		calm.one(t.Context(), client, b, v.url, fmt.Sprintf("calm-%d", time.Now().UnixNano()))
		if len(calm.served) == 1 && calm.served[0] < time.Second {
			break
		}
		if time.Since(over) > normalAfter {
			wrong = append(wrong, fmt.Sprintf("%v after the flood the county is not normal again", normalAfter))
			break
		}
	}
	normal := time.Since(over)
	slack, percent := time.Duration(1), 95
	if length < time.Minute {
		slack, percent = 20, 50
	}
	say := func(bad bool, format string, args ...any) {
		if bad {
			wrong = append(wrong, fmt.Sprintf(format, args...))
		}
	}
	good := float64(len(f.served)) / length.Seconds()
	say(good < 0.9*can/float64(min(slack, 2)), "served %.0f/s in the flood, can %.0f/s", good, can)
	say(f.silent > 0, "%d were neither served nor refused within %v", f.silent, patience)
	say(len(f.refused) == 0, "nobody was refused: nothing was tried")
	say(f.unkind != "", "an unkind refusal: %s", f.unkind)
	say(at(f.refused, percent) > slack*refusalMost, "%d %% of the refusals came within %v", percent, at(f.refused, percent))
	say(at(f.served, 99) > min(slack, 2)*servedMost, "99 %% of those served waited up to %v", at(f.served, 99))
	say(at(f.pages, percent) > slack*pageMost, "%d %% of the staff's pages came within %v", percent, at(f.pages, percent))
	v.kill()
	wrong = append(wrong, b.compare(t.Context(), v.Data, v.Database, v.Twin)...)
	t.Logf("%v: %d sent at %.0f/s, capacity %.0f/s; served %.0f/s (%.0f %%), p99 %v; refused %d, p50 %v, p95 %v; staff page p95 %v; normal after %v",
		length, sent, float64(sent)/length.Seconds(), can, good, 100*good/can, at(f.served, 99).Round(time.Millisecond), len(f.refused), at(f.refused, 50).Round(100*time.Microsecond),
		at(f.refused, 95).Round(100*time.Microsecond), at(f.pages, 95).Round(100*time.Microsecond), normal.Round(time.Millisecond))
	return wrong
}

// capped is a county whose applications take long enough that ten times its capacity can be sent on two processors.
func capped(t *testing.T, engine string, twin Twin) *victim {
	v := &victim{Options: Options{Data: t.TempDir(), Slow: 20 * time.Millisecond, Twin: twin}}
	if engine == "postgres" {
		v.Database, v.Running, v.Slow = kerneltest.Schema(t), 2, 40*time.Millisecond
	}
	return v
}

func TestTenTimesTooMuchIsRefusedKindlyAndNothingAcceptedIsLost(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			s, _ := draws(t, "-flood", flood.String())
			if wrong := floodIt(t, capped(t, engine, Sound), newBook(s), *flood); len(wrong) > 0 {
				t.Error(first(wrong))
			}
		})
	}
}

func TestFloodCatchesItsTwin(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			s, _ := draws(t)
			caught(t, 1, func() []string { return floodIt(t, capped(t, engine, QueuesWithoutEnd), newBook(s), 6*time.Second) })
		})
	}
}
