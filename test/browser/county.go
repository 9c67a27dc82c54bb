package browser

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tongban/kernel/kerneltest"
)

// County is a demonstration county that runs in a process of its own, in a folder of its own.
type County struct {
	URL    string // such as http://127.0.0.1:40123
	t      *testing.T
	stage  *Stage
	binary string
	data   string
	db     []string // --db and the address, if the county is not kept in its folder
	flags  []string
	cmd    *exec.Cmd
	ended  chan struct{} // closed when the process is gone
	log    *transcript
}

// County starts a demonstration county with so many cases and ends it with the test. When it has ended, the folder must satisfy every
// invariant and the audit chain must hold: a journey that leaves the books wrong has failed, whatever its pages showed.
//
// Flags of `tongban serve` may be added, such as --idle.
func (s *Stage) County(t *testing.T, cases int, flags ...string) *County {
	t.Helper()
	s.Ready(t)
	return s.county(t, cases, nil, flags)
}

// PostgresCounty is a County whose books are kept in PostgreSQL, in a schema of its own. Without a PostgreSQL for tests the test is
// skipped.
func (s *Stage) PostgresCounty(t *testing.T, cases int, flags ...string) *County {
	t.Helper()
	s.Ready(t)
	return s.county(t, cases, []string{"--db", kerneltest.Schema(t)}, flags)
}

func (s *Stage) county(t *testing.T, cases int, db, flags []string) *County {
	t.Helper()
	binary, err := s.build()
	if err != nil {
		t.Fatal(err)
	}
	c := &County{t: t, stage: s, binary: binary, data: t.TempDir(), db: db, flags: flags}
	c.serve(cases)
	t.Cleanup(c.close)
	return c
}

var address = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// serve starts the program and waits until it answers.
func (c *County) serve(cases int) {
	c.t.Helper()
	addr := strings.TrimPrefix(c.URL, "http://") // a restart keeps the address, as bookmarks do
	if addr == "" {
		addr = c.free()
	}
	c.log = &transcript{found: make(chan struct{})}
	args := []string{"serve", "--demo", "--cases", fmt.Sprint(cases), "--data", c.data, "--addr", addr, "--admin", "127.0.0.1:0"}
	c.cmd = exec.Command(c.binary, slices.Concat(args, c.db, c.flags)...)
	c.cmd.Stdout, c.cmd.Stderr = c.log, c.log
	if err := c.cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	cmd, ended := c.cmd, make(chan struct{})
	c.ended = ended
	go func() { _ = cmd.Wait(); close(ended) }()
	select {
	case <-c.log.found:
	case <-ended:
		c.t.Fatalf("the program ended before it served:\n%s", c.log)
	case <-time.After(60 * time.Second):
		c.t.Fatalf("the program does not come up:\n%s", c.log)
	}
	c.URL = address.FindString(c.log.String())
	deadline := time.Now().Add(30 * time.Second)
	for {
		if answer, err := http.Get(c.URL + "/readyz"); err == nil {
			answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				c.filled()
				return
			}
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("/readyz does not answer:\n%s", c.log)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// free is an address nobody listens on. The county must know it from the start: it stands in text messages and QR codes.
func (c *County) free() string {
	c.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		c.t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// filled waits until the demonstration county stands: until then its clock and its people still move.
func (c *County) filled() {
	c.t.Helper()
	for deadline := time.Now().Add(Patience); !strings.Contains(c.log.String(), "演示县已就绪"); time.Sleep(50 * time.Millisecond) {
		select {
		case <-c.ended:
			c.t.Fatalf("the program ended while it made its county:\n%s", c.log)
		default:
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("the county is not ready after %v:\n%s", Patience, c.log)
		}
	}
}

// Stop ends the program as an operator does and waits for the running work.
func (c *County) Stop() {
	c.t.Helper()
	if c.cmd == nil {
		return
	}
	_ = c.cmd.Process.Signal(os.Interrupt)
	select {
	case <-c.ended:
	case <-time.After(30 * time.Second):
		c.t.Errorf("the program does not stop within 30 s of an interrupt")
		_ = c.cmd.Process.Kill()
		<-c.ended
	}
	c.cmd = nil
}

// Restart stops the county and starts it again on the same folder and address.
func (c *County) Restart() {
	c.t.Helper()
	c.Stop()
	c.serve(0)
}

func (c *County) close() {
	c.Stop()
	for _, line := range c.log.panics() {
		c.t.Errorf("the program logged: %s", line)
	}
	for _, check := range [][]string{{"fsck"}, {"audit", "verify"}} {
		if out, err := c.Command(check...); err != nil {
			c.t.Errorf("tongban %s: %v\n%s", strings.Join(check, " "), err, out)
		}
	}
	if c.t.Failed() && os.Getenv("TONGBAN_VERBOSE") != "" {
		c.t.Logf("log of the program:\n%s", c.log)
	}
}

// Command runs another command of the program on the county's folder.
func (c *County) Command(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, c.binary, slices.Concat(args, []string{"--data", c.data}, c.db)...).CombinedOutput()
	return string(out), err
}

// transcript keeps what the program says and tells when it names its address.
type transcript struct {
	mu    sync.Mutex
	text  bytes.Buffer
	found chan struct{}
	told  bool
}

var _ io.Writer = (*transcript)(nil)

func (l *transcript) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(b)
	if !l.told && address.Match(l.text.Bytes()) {
		l.told = true
		close(l.found)
	}
	return len(b), nil
}

func (l *transcript) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// panics are the lines of the log that no journey may cause.
func (l *transcript) panics() []string {
	var out []string
	for line := range strings.Lines(l.String()) {
		if strings.Contains(line, `"level":"ERROR"`) || strings.Contains(line, "panic:") || strings.Contains(line, "DATA RACE") {
			out = append(out, strings.TrimSpace(line))
		}
	}
	return out
}
