package main

import (
	"bufio"
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// fdatasync is how often a second this disk syncs an appended block of 4 KB: what bounds every acknowledged act.
func fdatasync(dir string, window time.Duration) (float64, error) {
	f, err := os.CreateTemp(dir, "sync-*")
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	block := make([]byte, 4096)
	began, n := time.Now(), 0
	for time.Since(began) < window {
		if _, err := f.Write(block); err != nil {
			return 0, err
		}
		if err := syscall.Fdatasync(int(f.Fd())); err != nil {
			return 0, err
		}
		n++
	}
	return float64(n) / time.Since(began).Seconds(), nil
}

// busyness is how many programs of others wanted each core in the last minute. Figures of a busy machine are those of its scheduler.
func busyness() float64 {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(text), " ")
	load, _ := strconv.ParseFloat(first, 64)
	return load / float64(runtime.NumCPU())
}

// ticks is how many units of /proc's CPU times make a second. It is fixed on Linux.
const ticks = 100

// stat is a line of /proc/{pid}/stat after the name of the program.
func stat(pid int) ([]string, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil, err
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	return strings.Fields(rest), nil
}

// cpu is the time a process has computed so far; with its ended children where ended asks so.
func cpu(pid int, ended bool) time.Duration {
	f, err := stat(pid)
	if err != nil || len(f) < 15 {
		return 0
	}
	n := 2
	if ended {
		n = 4
	}
	var sum int64
	for _, t := range f[11 : 11+n] {
		v, _ := strconv.ParseInt(t, 10, 64)
		sum += v
	}
	return time.Duration(sum) * time.Second / ticks
}

// memory reads a line of /proc/{pid}/status in MiB: VmRSS now, VmHWM the most there ever was.
func memory(pid int, line string) float64 {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if rest, ok := strings.CutPrefix(s.Text(), line+":"); ok {
			kb, _ := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
			return kb / 1024
		}
	}
	return 0
}

// server is the PostgreSQL of the run. It serves nobody else.
type server struct {
	url        string
	postmaster int
}

func newServer(ctx context.Context, address string) (*server, error) {
	s := &server{url: address}
	return s, s.ask(ctx, "", func(c *pgx.Conn) error {
		var backend int
		if err := c.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&backend); err != nil {
			return err
		}
		if f, err := stat(backend); err == nil { // a server on another machine has no process here, and its CPU is not counted
			s.postmaster, _ = strconv.Atoi(f[1])
		}
		return nil
	})
}

// in is the URL of a database of the server.
func (s *server) in(database string) string {
	u, err := url.Parse(s.url)
	if err != nil || database == "" {
		return s.url
	}
	u.Path = "/" + database
	return u.String()
}

func (s *server) ask(ctx context.Context, database string, f func(*pgx.Conn) error) error {
	c, err := pgx.Connect(ctx, s.in(database))
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	return f(c)
}

// fresh makes an empty database.
func (s *server) fresh(ctx context.Context, name string) error {
	return s.ask(ctx, "", func(c *pgx.Conn) error {
		if _, err := c.Exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			return err
		}
		_, err := c.Exec(ctx, "CREATE DATABASE "+name)
		return err
	})
}

// size is what a database takes on disk.
func (s *server) size(ctx context.Context, name string) (n int64, err error) {
	err = s.ask(ctx, "", func(c *pgx.Conn) error {
		if _, err := c.Exec(ctx, "CHECKPOINT"); err != nil {
			return err
		}
		return c.QueryRow(ctx, "SELECT pg_database_size($1)", name).Scan(&n)
	})
	return n, err
}

// cpu is the time all processes of the server have computed so far.
func (s *server) cpu() time.Duration {
	if s == nil || s.postmaster == 0 {
		return 0
	}
	sum := cpu(s.postmaster, true)
	folders, _ := filepath.Glob("/proc/[0-9]*")
	for _, f := range folders {
		pid, _ := strconv.Atoi(filepath.Base(f))
		if fields, err := stat(pid); err == nil && fields[1] == strconv.Itoa(s.postmaster) {
			sum += cpu(pid, false)
		}
	}
	return sum
}

var tps = regexp.MustCompile(`tps = ([0-9.]+)`)

// pgbench is the server's own benchmark (TPC-B), eight clients: transactions a second.
func (s *server) pgbench(ctx context.Context, window time.Duration) (float64, error) {
	if err := s.fresh(ctx, "tpcb"); err != nil {
		return 0, err
	}
	u, err := url.Parse(s.url)
	if err != nil {
		return 0, err
	}
	to := []string{"-h", u.Hostname(), "-p", u.Port(), "-U", u.User.Username(), "tpcb"}
	if text, err := exec.CommandContext(ctx, "pgbench", append([]string{"-i", "-q", "-s", "10"}, to...)...).CombinedOutput(); err != nil {
		return 0, fmt.Errorf("pgbench: %w\n%s", err, text)
	}
	seconds := strconv.Itoa(max(1, int(window.Seconds()+0.5)))
	text, err := exec.CommandContext(ctx, "pgbench", append([]string{"-c", "8", "-j", "2", "-T", seconds}, to...)...).CombinedOutput()
	found := tps.FindSubmatch(text)
	if err != nil || found == nil {
		return 0, fmt.Errorf("pgbench: %v\n%s", err, text)
	}
	return strconv.ParseFloat(string(found[1]), 64)
}
