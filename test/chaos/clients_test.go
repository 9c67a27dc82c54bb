package chaos

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tongban/kernel/audit"
	"tongban/kernel/authz"
	"tongban/kernel/check"
)

// request is a form somebody sends, again and again with the same key until it is answered.
type request struct {
	path, key   string
	of, verdict string // of a decision: the form of the application, and what is wanted
}

func (r request) fields() url.Values {
	return url.Values{"_once": {r.key}, "case": {r.of}, "verdict": {r.verdict}}
}

// book is what the people in front of the county remember: every answer they got, and what they still wait for.
type book struct {
	mu      sync.Mutex
	random  *rand.Rand
	told    map[string]string  // key -> the answer
	asked   map[string]request // key -> what was asked
	open    []request          // sent without an answer, or refused for the moment
	next    int
	tried   int // requests sent
	lost    int // answers that never came
	busy    int // 503
	last    time.Time
	witness audit.Head
}

func newBook(seed uint64) *book {
	return &book{random: rand.New(rand.NewPCG(seed, 1)), told: map[string]string{}, asked: map[string]request{}, last: time.Now()}
}

// draw says what the next client does: mostly a new application, sometimes sent with two clicks; sometimes two approvers want to decide
// the same application at once, one for it and one against; and what was not answered is sent again.
func (b *book) draw() request {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tried++
	if len(b.open) > 0 {
		r := b.open[0]
		b.open = b.open[1:]
		return r
	}
	b.next++
	if b.next > 3 && b.random.IntN(4) == 0 {
		of := "form-" + strconv.Itoa(1+b.random.IntN(b.next-1))
		if a := b.asked[of]; a.path == "/take" && b.told[of] != "" {
			grant := request{path: "/decide", key: fmt.Sprintf("grant-%d", b.next), of: of, verdict: "granted"}
			refuse := request{path: "/decide", key: fmt.Sprintf("refuse-%d", b.next), of: of, verdict: "refused"}
			b.open = append(b.open, refuse)
			return grant
		}
	}
	r := request{path: "/take", key: "form-" + strconv.Itoa(b.next)}
	if b.random.IntN(8) == 0 {
		b.open = append(b.open, r)
	}
	return r
}

// impatient is how long a client waits for an answer.
const impatient = 15 * time.Second

// send sends one form and notes the answer. It returns what no county may answer.
func (b *book) send(ctx context.Context, client *http.Client, base string, r request) (wrong string) {
	ctx, cancel := context.WithTimeout(ctx, impatient)
	defer cancel()
	status, body, _ := post(ctx, client, base+r.path, r.fields())
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked[r.key] = r
	switch status {
	case 0:
		b.lost++
		b.open = append(b.open, r)
	case http.StatusServiceUnavailable:
		b.busy++
		b.open = append(b.open, r)
	case http.StatusOK, http.StatusConflict:
		if status == http.StatusConflict {
			body = "conflict"
		}
		b.last = time.Now()
		if before, again := b.told[r.key]; again && before != body {
			return fmt.Sprintf("%s was told %q and then %q", r.key, before, body)
		}
		b.told[r.key] = body
	default:
		return fmt.Sprintf("%s %s was answered with %d: %.300s", r.path, r.key, status, body)
	}
	return ""
}

// post gives status 0 when no whole answer came.
func post(ctx context.Context, client *http.Client, address string, fields url.Values) (status int, body string, header http.Header) {
	hr, err := http.NewRequestWithContext(ctx, http.MethodPost, address, nil)
	if err != nil {
		return 0, "", nil
	}
	hr.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	hr.Body = io.NopCloser(strings.NewReader(fields.Encode()))
	return do(client, hr)
}

func do(client *http.Client, hr *http.Request) (status int, body string, header http.Header) {
	answer, err := client.Do(hr)
	if err != nil {
		return 0, "", nil
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, "", nil
	}
	return answer.StatusCode, string(text), answer.Header
}

// load lets n clients send until the context ends, each one form after the other, to whichever address bases gives.
func (b *book) load(ctx context.Context, n int, base func() string) (wrong []string) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: n}}
	defer client.CloseIdleConnections()
	var mu sync.Mutex
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			for ctx.Err() == nil {
				if w := b.send(ctx, client, base(), b.draw()); w != "" {
					mu.Lock()
					wrong = append(wrong, w)
					mu.Unlock()
				}
			}
		})
	}
	all.Wait()
	return wrong
}

// compare opens what is left of the county and holds it against what its clients were told.
func (b *book) compare(ctx context.Context, data, database string, twin Twin) (wrong []string) {
	return b.compareIn(ctx, Options{Data: data, Database: database}, twin)
}

func (b *book) compareIn(ctx context.Context, o Options, twin Twin) (wrong []string) {
	c, err := Open(ctx, o)
	if err != nil {
		return []string{"does not open: " + err.Error()}
	}
	defer c.Close()
	return b.compareOpen(ctx, c, twin)
}

func (b *book) compareOpen(ctx context.Context, c *County, twin Twin) (wrong []string) {
	if err := c.Settle(ctx); err != nil {
		wrong = append(wrong, "does not settle: "+err.Error())
	}
	v := c.View(authz.Machine("chaos", "compare"))
	check.Run(ctx, v, c.Invariants(), func(r check.Result) {
		if !r.Holds() {
			wrong = append(wrong, fmt.Sprintf("invariant %s (%s): %s %v", r.ID, r.Title, r.Bad, r.Err))
		}
	})
	b.mu.Lock()
	defer b.mu.Unlock()
	verdict, err := audit.Verify(ctx, v, nil, b.witness)
	if err != nil || !verdict.Whole() {
		wrong = append(wrong, fmt.Sprintf("audit: %s %v", verdict.Fault, err))
	}
	b.witness = audit.Head{Seq: verdict.Entries, Hash: verdict.Head}
	type row struct{ number, state string }
	there := map[string]row{}
	rows, err := v.QueryContext(ctx, `SELECT form, number, state FROM chaos_case`)
	if err != nil {
		return append(wrong, err.Error())
	}
	defer rows.Close()
	for rows.Next() {
		var form string
		var x row
		if err := rows.Scan(&form, &x.number, &x.state); err != nil {
			return append(wrong, err.Error())
		}
		there[form] = x
	}
	for key, told := range b.told {
		r := b.asked[key]
		switch {
		case r.path == "/take":
			if x, is := there[key]; !is {
				wrong = append(wrong, key+" was acknowledged and is not there")
			} else if told != "0" && told != x.number {
				wrong = append(wrong, fmt.Sprintf("%s was told number %s and has %s", key, told, x.number))
			}
		case told == "conflict" && there[r.of].state == "taken":
			wrong = append(wrong, fmt.Sprintf("%s was told that %s is decided; it is not", key, r.of))
		case told != "conflict" && there[r.of].state != told:
			wrong = append(wrong, fmt.Sprintf("%s was told %q of %s, which is %q", key, told, r.of, there[r.of].state))
		}
	}
	var cases, heard, ends, heardEnds int
	err = v.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM chaos_case), (SELECT count(*) FROM chaos_heard WHERE what = 'taken'),
 (SELECT count(*) FROM chaos_case WHERE state <> 'taken'), (SELECT count(*) FROM chaos_heard WHERE what = 'decided')`).Scan(&cases, &heard, &ends, &heardEnds)
	if err != nil {
		wrong = append(wrong, err.Error())
	}
	if twin != AuditsApart && twin != Keyless && (cases != heard || ends != heardEnds) {
		wrong = append(wrong, fmt.Sprintf("%d applications, heard of %d; %d decided, heard of %d", cases, heard, ends, heardEnds))
	}
	slices.Sort(wrong)
	return wrong
}

// report says how much was tried.
func (b *book) report(t *testing.T, faults string) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	t.Logf("%s: %d forms sent, %d acknowledged, %d answers lost on the way, %d asked to come back, 0 violations", faults, b.tried, len(b.told), b.lost, b.busy)
}

// answered waits until the county has given an answer that counts after the moment, and says how long that took.
func (b *book) answered(ctx context.Context, after time.Time, patience time.Duration) (time.Duration, bool) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for time.Since(after) < patience && ctx.Err() == nil {
		b.mu.Lock()
		last := b.last
		b.mu.Unlock()
		if last.After(after) {
			return last.Sub(after), true
		}
		<-tick.C
	}
	return time.Since(after), false
}
