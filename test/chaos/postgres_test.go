package chaos

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"
)

// server is a PostgreSQL of our own, to be killed at will. It syncs, as a county's does.
type server struct {
	bin, dir, data string
	port           int
	as             []string // PostgreSQL refuses to run as root
	settings       string
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := aServer(t)
	s.data = s.dir + "/data"
	s.begin(t)
	return s
}

// aServer is a server that has no data yet.
func aServer(t *testing.T) *server {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if path, err := exec.LookPath("initdb"); err == nil {
		found = append(found, path)
	}
	if len(found) == 0 {
		t.Skip("NOT PROVED HERE, because PostgreSQL is not installed: what restarts of the server do.")
	}
	dir, err := os.MkdirTemp("", "tongban-chaos-pg-*")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{bin: filepath.Dir(found[0]), dir: dir}
	if os.Getuid() == 0 {
		if _, err := user.Lookup("postgres"); err != nil {
			t.Skip("NOT PROVED HERE, because there is no user postgres: what restarts of the server do.")
		}
		run(t, "chown", "postgres", dir)
		s.as = []string{"runuser", "-u", "postgres", "--"}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	l.Close()
	t.Cleanup(func() { os.RemoveAll(dir) })
	return s
}

// begin makes the data and starts the server, until the test ends.
func (s *server) begin(t *testing.T) {
	t.Helper()
	s.run(t, "initdb", "-D", s.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
	s.start(t)
	t.Cleanup(func() { s.control(t, "stop", "-m", "immediate") })
}

func (s *server) start(t *testing.T) {
	t.Helper()
	s.control(t, "start", "-o", fmt.Sprintf("-p %d -c listen_addresses=127.0.0.1 -c unix_socket_directories=%s -c max_connections=200 %s", s.port, s.dir, s.settings))
}

func (s *server) run(t *testing.T, name string, args ...string) {
	t.Helper()
	all := append(append(append([]string{}, s.as...), filepath.Join(s.bin, name)), args...)
	c := exec.Command(all[0], all[1:]...)
	c.Dir = s.dir
	if text, err := c.CombinedOutput(); err != nil {
		said, _ := os.ReadFile(s.dir + "/log")
		t.Fatalf("%s: %v\n%s\n%s", name, err, text, said[max(0, len(said)-2000):])
	}
}

func (s *server) control(t *testing.T, how string, more ...string) {
	t.Helper()
	s.run(t, "pg_ctl", append([]string{"-D", s.data, "-l", s.dir + "/log", "-s", "-w", how}, more...)...)
}

// url is where the server is reached; through gives another port, that of a proxy.
func (s *server) url(through int) string {
	if through == 0 {
		through = s.port
	}
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", through)
}

// cut ends all connections of clients, as an administrator or a failover does.
func (s *server) cut(t *testing.T) {
	t.Helper()
	d, err := sql.Open("pgx", s.url(0))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := d.ExecContext(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'`); err != nil {
		t.Fatal(err)
	}
}

// harmed runs one victim on a server, lets harm be done to the server, and compares at the end. Nobody restarts the victim.
func harmed(t *testing.T, v *victim, b *book, direct string, harm func(ctx context.Context)) []string {
	t.Helper()
	v.mustStart(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan []string)
	go func() { done <- b.load(ctx, clients, func() string { return v.url }) }()
	harm(ctx)
	stop()
	wrong := <-done
	v.kill()
	return append(wrong, b.compare(t.Context(), v.Data, direct, v.Twin)...)
}

func TestRestartsOfTheServerLoseNothing(t *testing.T) {
	server := newServer(t)
	s, random := draws(t, "-restarts", fmt.Sprint(*restarts))
	v, b := &victim{Options: Options{Data: t.TempDir(), Database: server.url(0)}}, newBook(s)
	var longest time.Duration
	wrong := harmed(t, v, b, server.url(0), func(ctx context.Context) {
		for n := range 2 * *restarts {
			pause(100 + random.IntN(500))
			if n%2 == 0 {
				server.control(t, "restart", "-m", "immediate")
			} else {
				server.cut(t)
			}
			took, ok := b.answered(ctx, time.Now(), 30*time.Second)
			longest = max(longest, took)
			if !ok {
				t.Errorf("no answer within %v after the server was there again", took)
				return
			}
		}
	})
	if len(wrong) > 0 {
		t.Fatal(first(wrong))
	}
	if longest > 10*time.Second {
		t.Errorf("after a restart the first answer came only after %v", longest)
	}
	b.report(t, fmt.Sprintf("%d immediate restarts, %d times all connections cut, first answer after at most %v", *restarts, *restarts, longest.Round(time.Millisecond)))
}

// swallower stands between the county and its server and lets the answers to some commits disappear: the server has committed, the
// county hears nothing and finds its connection closed.
type swallower struct {
	listener net.Listener
	to       string
	eager    atomic.Bool // the next commit is swallowed
	eaten    atomic.Int64
	all      sync.WaitGroup
}

func newSwallower(t *testing.T, to int) *swallower {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &swallower{listener: l, to: fmt.Sprintf("127.0.0.1:%d", to)}
	s.all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.all.Go(func() { s.carry(c) })
		}
	})
	t.Cleanup(func() { l.Close() })
	return s
}

func (s *swallower) port() int { return s.listener.Addr().(*net.TCPAddr).Port }

// carry passes bytes both ways. A commit is the simple query "commit" (Q, length, text, NUL).
func (s *swallower) carry(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", s.to)
	if err != nil {
		return
	}
	defer server.Close()
	var deaf atomic.Bool
	s.all.Go(func() {
		defer client.Close()
		buffer := make([]byte, 64<<10)
		for {
			n, err := server.Read(buffer)
			if err != nil || deaf.Load() { // the answer is here: the commit is done, and nobody hears of it
				return
			}
			if _, err := client.Write(buffer[:n]); err != nil {
				return
			}
		}
	})
	buffer := make([]byte, 64<<10)
	for {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}
		if bytes.HasSuffix(bytes.ToLower(buffer[:n]), []byte("commit\x00")) && s.eager.CompareAndSwap(true, false) {
			s.eaten.Add(1)
			deaf.Store(true)
		}
		if _, err := server.Write(buffer[:n]); err != nil {
			return
		}
		if deaf.Load() {
			_, _ = io.Copy(io.Discard, client) // until the other direction closes it
			return
		}
	}
}

// swallow lets so many answers disappear, one after the other.
func (s *swallower) swallow(ctx context.Context, t *testing.T, times int) {
	for range times {
		before := s.eaten.Load()
		s.eager.Store(true)
		if !waitFor(t, 20*time.Second, func() bool { return s.eaten.Load() > before || ctx.Err() != nil }) {
			t.Error("no commit passed by")
			return
		}
		pause(50) // so that the repetition gets through, and the next answer lost is somebody else's
	}
}

func TestLostAnswersToCommitChangeNothing(t *testing.T) {
	server := newServer(t)
	between := newSwallower(t, server.port)
	s, _ := draws(t, "-swallows", fmt.Sprint(*swallows))
	v, b := &victim{Options: Options{Data: t.TempDir(), Database: server.url(between.port())}}, newBook(s)
	wrong := harmed(t, v, b, server.url(0), func(ctx context.Context) { between.swallow(ctx, t, *swallows) })
	if len(wrong) > 0 {
		t.Fatal(first(wrong))
	}
	b.report(t, fmt.Sprintf("%d answers to COMMIT swallowed", between.eaten.Load()))
}

func TestLostAnswersCatchTheirTwin(t *testing.T) {
	server := newServer(t)
	between := newSwallower(t, server.port)
	s, _ := draws(t)
	v, b := &victim{Options: Options{Data: t.TempDir(), Database: server.url(between.port()), Twin: Keyless}}, newBook(s)
	caught(t, 3, func() []string {
		return harmed(t, v, b, server.url(0), func(ctx context.Context) { between.swallow(ctx, t, 6) })
	})
}

// Two processes on one database are replaced one after the other, as an upgrade without interruption does. A client that does as the
// answers tell it (send the same form again, after Retry-After or when the connection is gone) sees no error at all.
func TestRollingRestartShowsNoErrorToWhoTriesAgain(t *testing.T) {
	server := newServer(t)
	s, _ := draws(t, "-rolls", fmt.Sprint(*rolls))
	b := newBook(s)
	data := t.TempDir()
	pair := [2]*victim{{Options: Options{Data: data, Database: server.url(0)}}, {Options: Options{Data: data, Database: server.url(0)}}}
	var door struct { // the load balancer: which of the two take requests
		sync.Mutex
		open [2]string
		turn int
	}
	for n, v := range pair {
		v.mustStart(t)
		door.open[n] = v.url
	}
	next := func() string {
		door.Lock()
		defer door.Unlock()
		door.turn++
		if u := door.open[door.turn%2]; u != "" {
			return u
		}
		return door.open[(door.turn+1)%2]
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan []string)
	go func() { done <- b.load(ctx, clients, next) }()
	var longest time.Duration
	for range 2 * *rolls {
		for n, v := range pair {
			pause(200)
			if n == 0 { // an operator who takes it out of the balancer first, and one who does not
				door.Lock()
				door.open[n] = ""
				door.Unlock()
			}
			at := time.Now()
			v.stop()
			v.mustStart(t)
			door.Lock()
			door.open[n] = v.url
			door.Unlock()
			took, ok := b.answered(ctx, at, 30*time.Second)
			longest = max(longest, took)
			if !ok {
				t.Error("nobody was served while one of two processes was replaced")
			}
		}
	}
	stop()
	wrong := <-done
	for _, v := range pair {
		v.stop()
	}
	if wrong = append(wrong, b.compare(t.Context(), data, server.url(0), Sound)...); len(wrong) > 0 {
		t.Fatal(first(wrong))
	}
	b.report(t, fmt.Sprintf("%d replacements of one of two processes, longest time without any answer %v", 4**rolls, longest.Round(time.Millisecond)))
}

func TestRollingRestartCatchesItsTwin(t *testing.T) {
	server := newServer(t)
	s, random := draws(t)
	v, b := &victim{Options: Options{Data: t.TempDir(), Database: server.url(0), Twin: Keyless}}, newBook(s)
	caught(t, 10, func() []string {
		v.mustStart(t)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan []string)
		go func() { done <- b.load(ctx, clients, func() string { return v.url }) }()
		pause(100 + random.IntN(200))
		v.kill()
		stop()
		return append(<-done, b.compare(t.Context(), v.Data, server.url(0), Keyless)...)
	})
}
