package chaos

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tongban/kernel/audit"
	"tongban/kernel/authz"
	"tongban/kernel/check"
	"tongban/kernel/kerneltest"
)

var (
	cycles = flag.Int("cycles", 20, "how often each sound victim is killed")
	seed   = flag.Uint64("seed", 0, "seed of the moments of killing; 0 takes a new one")
)

// clients is how many send at once, each one form after the other.
const clients = 4

// killer drives a victim and remembers all that its clients were told.
type killer struct {
	binary, dir, database string
	twin                  Twin
	random                *rand.Rand

	mu      sync.Mutex
	told    map[string]string // form -> number in the answer
	open    []string          // forms whose answer never came: they are sent again
	next    int
	witness audit.Head
}

func TestKilledCountyLosesNothingItAcknowledged(t *testing.T) {
	binary := build(t)
	t.Run("sqlite", func(t *testing.T) {
		k := newKiller(t, binary, "", Sound)
		for n := range *cycles {
			if wrong := k.cycle(t); len(wrong) > 0 {
				t.Fatalf("cycle %d: %s", n, strings.Join(wrong, "\n"))
			}
		}
		k.report(t)
	})
	t.Run("postgres", func(t *testing.T) {
		k := newKiller(t, binary, kerneltest.Schema(t), Sound)
		for n := range max(3, *cycles/4) {
			if wrong := k.cycle(t); len(wrong) > 0 {
				t.Fatalf("cycle %d: %s", n, strings.Join(wrong, "\n"))
			}
		}
		k.report(t)
	})
}

func TestBrokenTwinsAreCaught(t *testing.T) {
	binary := build(t)
	for _, twin := range []Twin{AcknowledgesBeforeCommit, AuditsApart} {
		t.Run(string(twin), func(t *testing.T) {
			k := newKiller(t, binary, "", twin)
			for n := range 20 {
				if wrong := k.cycle(t); len(wrong) > 0 {
					t.Logf("caught in cycle %d: %s", n, wrong[0])
					return
				}
			}
			t.Error("20 killings did not show it")
		})
	}
}

func build(t *testing.T) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "victim")
	if text, err := exec.Command("go", "build", "-o", out, "./victim").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return out
}

func newKiller(t *testing.T, binary, database string, twin Twin) *killer {
	s := *seed
	if s == 0 {
		s = rand.Uint64()
	}
	t.Logf("repeat with -args -seed %d -cycles %d", s, *cycles)
	return &killer{binary: binary, dir: t.TempDir(), database: database, twin: twin, random: rand.New(rand.NewPCG(s, 1)), told: map[string]string{}}
}

func (k *killer) report(t *testing.T) {
	t.Logf("%d acknowledged, %d answers lost on the way, 0 violations", len(k.told), k.next-len(k.told))
}

// cycle starts the victim, sends, kills, and returns what is wrong afterwards.
func (k *killer) cycle(t *testing.T) []string {
	t.Helper()
	victim := exec.Command(k.binary, "-data", k.dir, "-db", k.database, "-twin", string(k.twin))
	victim.Stderr = os.Stderr
	pipe, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	address, err := bufio.NewReader(pipe).ReadString('\n')
	if err != nil {
		t.Fatalf("the victim did not start: %v", err)
	}
	var wrong []string
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for ctx.Err() == nil {
				if w := k.send("http://" + strings.TrimSpace(address)); w != "" {
					k.mu.Lock()
					wrong = append(wrong, w)
					k.mu.Unlock()
				}
			}
		})
	}
	// This is the one wait by the wall clock: the moment of killing is what the harness draws.
	time.Sleep(time.Duration(30+k.random.IntN(250)) * time.Millisecond)
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	stop()
	all.Wait()
	_ = victim.Wait()
	return append(wrong, k.compare(t)...)
}

// send sends the next form, or one again whose answer never came, and notes the answer.
func (k *killer) send(base string) string {
	k.mu.Lock()
	var form string
	if len(k.open) > 0 {
		form, k.open = k.open[0], k.open[1:]
	} else {
		form = "form-" + strconv.Itoa(k.next)
		k.next++
	}
	k.mu.Unlock()
	answer, err := http.PostForm(base+"/take", url.Values{"_once": {form}})
	var body []byte
	if err == nil {
		body, err = io.ReadAll(answer.Body)
		answer.Body.Close()
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case err != nil, answer.StatusCode == http.StatusServiceUnavailable:
		k.open = append(k.open, form)
	case answer.StatusCode != http.StatusOK:
		return fmt.Sprintf("%s was answered with %d: %s", form, answer.StatusCode, body)
	default:
		k.told[form] = string(body)
	}
	return ""
}

// compare opens what the dead victim left and holds it against what its clients were told.
func (k *killer) compare(t *testing.T) (wrong []string) {
	t.Helper()
	ctx := t.Context()
	c, err := Open(ctx, k.dir, k.database, Sound)
	if err != nil {
		return []string{"does not open: " + err.Error()}
	}
	defer c.Close()
	if err := c.Settle(ctx); err != nil {
		wrong = append(wrong, "does not settle: "+err.Error())
	}
	v := c.View(authz.Machine("chaos", "compare"))
	check.Run(ctx, v, c.Invariants(), func(r check.Result) {
		if !r.Holds() {
			wrong = append(wrong, fmt.Sprintf("invariant %s (%s): %s %v", r.ID, r.Title, r.Bad, r.Err))
		}
	})
	verdict, err := audit.Verify(ctx, v, nil, k.witness)
	if err != nil || !verdict.Whole() {
		wrong = append(wrong, fmt.Sprintf("audit: %s %v", verdict.Fault, err))
	}
	k.witness = audit.Head{Seq: verdict.Entries, Hash: verdict.Head}
	numbers := map[string]string{}
	rows, err := v.QueryContext(ctx, `SELECT form, number FROM chaos_case`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var form, n string
		if err := rows.Scan(&form, &n); err != nil {
			t.Fatal(err)
		}
		numbers[form] = n
	}
	for form, told := range k.told {
		n, there := numbers[form]
		switch {
		case !there:
			wrong = append(wrong, form+" was acknowledged and is not there")
		case told != "0" && told != n:
			wrong = append(wrong, fmt.Sprintf("%s was told number %s and has %s", form, told, n))
		}
	}
	var cases, heard, twice int
	if err := v.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM chaos_case), (SELECT count(*) FROM chaos_heard), (SELECT count(*) - count(DISTINCT case_id) FROM chaos_heard)`).Scan(&cases, &heard, &twice); err != nil {
		t.Fatal(err)
	}
	if k.twin != AuditsApart && (cases != heard || twice != 0) {
		wrong = append(wrong, fmt.Sprintf("%d applications, heard of %d, %d twice", cases, heard, twice))
	}
	return wrong
}
