package chaos

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

var (
	seed       = flag.Uint64("seed", 0, "seed of all that is drawn; 0 takes a new one")
	cycles     = flag.Int("cycles", 20, "kill -9 of each sound victim (PostgreSQL: a quarter)")
	points     = flag.Int("points", 6, "kills at the n-th write or sync")
	outages    = flag.Int("outages", 1, "losses of power; needs root")
	restarts   = flag.Int("restarts", 3, "immediate restarts of PostgreSQL, and as many cuts of all its connections")
	swallows   = flag.Int("swallows", 12, "answers to COMMIT that are swallowed")
	rounds     = flag.Int("rounds", 5, "rounds of a hundred contenders")
	rolls      = flag.Int("rolls", 1, "rolling restarts of two processes")
	outsides   = flag.Int("outsides", 1, "lives among outside systems that are slow, dead or lie")
	away       = flag.Duration("away", 0, "how long all outside systems are away in one stretch, by the clock on the wall")
	setbacks   = flag.Int("setbacks", 1, "times the machine's clock is set back between two lives")
	previous   = flag.String("earlier", "", "commit whose release is the old one beside the new; empty: today's, beside one with further migrations")
	sideBySide = flag.Duration("beside", time.Second, "how long an old and a new release serve side by side, twice")
	flood      = flag.Duration("flood", 4*time.Second, "how long ten times too much comes in")
)

// clients is how many send at once, each one form after the other.
const clients = 4

// draws is the source of what a test draws. It prints the line that repeats the test.
func draws(t *testing.T, counts ...string) (uint64, *rand.Rand) {
	t.Helper()
	s := *seed
	if s == 0 {
		s = rand.Uint64()
	}
	t.Logf("repeat: go test ./test/chaos -count=1 -v -run '%s' -args -seed %d %s", "^"+strings.ReplaceAll(t.Name(), "/", "$/^")+"$", s, strings.Join(counts, " "))
	return s, rand.New(rand.NewPCG(s, 2))
}

var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "tongban-chaos-*") // outlives one test; TestMain removes it
	if err != nil {
		return "", err
	}
	out := filepath.Join(dir, "victim")
	if text, err := exec.Command("go", "build", "-o", out, "./victim").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, text)
	}
	return out, nil
})

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if path, err := binary(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// victim is a county to be started, harmed and started again.
type victim struct {
	Options
	via     []string // a program that runs it and does the harm
	program string   // empty: that of this working tree

	process *exec.Cmd
	ended   chan struct{}
	url     string
	pid     int
}

// start starts the victim; an error means that it died before it was ready, which a fault may bring about.
func (v *victim) start(t *testing.T) error {
	t.Helper()
	path := v.program
	if path == "" {
		var err error
		if path, err = binary(); err != nil {
			t.Fatal(err)
		}
	}
	args := append(append([]string{}, v.via...), append([]string{path}, v.flags()...)...)
	p := exec.Command(args[0], args[1:]...)
	if name := os.Getenv("CHAOS_LOG"); name != "" { // what the victim says of its troubles
		log, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer log.Close()
		p.Stderr = log
	}
	pipe, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	address, err := bufio.NewReader(pipe).ReadString('\n')
	ended := make(chan struct{})
	go func() { _ = p.Wait(); close(ended) }()
	v.process, v.ended, v.url, v.pid = p, ended, "http://"+strings.TrimSpace(address), p.Process.Pid
	if err != nil {
		v.kill()
		return fmt.Errorf("the victim did not become ready: %w", err)
	}
	if len(v.via) > 0 {
		v.pid = child(p.Process.Pid)
	}
	return nil
}

// flags are those that say something: an earlier release may not know the others.
func (v *victim) flags() []string {
	out := []string{"-data", v.Data}
	for name, value := range map[string]string{"db": v.Database, "twin": string(v.Twin), "gateway": v.Gateway, "release": string(v.Release)} {
		if value != "" {
			out = append(out, "-"+name, value)
		}
	}
	for name, value := range map[string]time.Duration{"slow": v.Slow, "skew": v.Skew} {
		if value != 0 {
			out = append(out, "-"+name, value.String())
		}
	}
	if v.Running != 0 {
		out = append(out, "-running", fmt.Sprint(v.Running))
	}
	return out
}

func (v *victim) mustStart(t *testing.T) {
	t.Helper()
	if err := v.start(t); err != nil {
		t.Fatal(err)
	}
}

// child is the first child of a process.
func child(pid int) int {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	var c int
	_, _ = fmt.Sscan(string(text), &c)
	return c
}

func (v *victim) kill() {
	if v.pid > 0 {
		_ = syscall.Kill(v.pid, syscall.SIGKILL)
	}
	if v.process != nil && v.pid != v.process.Process.Pid {
		select {
		case <-v.ended: // the program it runs under ends with it
		case <-time.After(5 * time.Second):
			_ = v.process.Process.Kill()
		}
	}
	if v.ended != nil {
		<-v.ended
	}
	v.process, v.pid = nil, 0
}

// stop ends the victim in order.
func (v *victim) stop() {
	_ = syscall.Kill(v.pid, syscall.SIGTERM)
	<-v.ended
	v.process, v.pid = nil, 0
}

// cycle starts the victim, lets clients send until harm returns, ends it, and returns what is wrong afterwards.
func (v *victim) cycle(t *testing.T, b *book, harm func()) []string {
	t.Helper()
	v.mustStart(t)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan []string)
	go func() { done <- b.load(ctx, clients, func() string { return v.url }) }()
	harm()
	v.kill()
	stop()
	return append(<-done, b.compare(t.Context(), v.Data, v.Database, v.Twin)...)
}

// caught fails the test unless one of so many tries shows what is wrong with a broken twin.
func caught(t *testing.T, tries int, try func() []string) {
	t.Helper()
	for n := range tries {
		if wrong := try(); len(wrong) > 0 {
			t.Logf("caught at try %d: %.300s", n+1, wrong[0])
			return
		}
	}
	t.Errorf("%d tries did not show it", tries)
}

// root skips a test that only root can carry out, and says what is then not known.
func root(t *testing.T, unproved string) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skipf("NOT PROVED HERE, because it needs root: %s. Run `make chaos` as root.", unproved)
	}
}

// tool skips a test without a program of the system.
func tool(t *testing.T, name, unproved string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("NOT PROVED HERE, because %s is not installed: %s. `make chaos` installs it.", name, unproved)
	}
}

// first are the first of what is wrong, enough to begin with.
func first(wrong []string) string {
	more := ""
	if len(wrong) > 5 {
		wrong, more = wrong[:5], fmt.Sprintf("\nand %d more", len(wrong)-5)
	}
	return strings.Join(wrong, "\n") + more
}
