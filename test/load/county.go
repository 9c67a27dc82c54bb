package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// county is the product as it is delivered: its binary, a folder, perhaps a PostgreSQL, one process.
type county struct {
	binary   string
	dir      string
	database string // URL; empty for the embedded database
	url      string
	admin    string
	process  *exec.Cmd
	log      string
}

// build makes the binary as a release is made.
func build(ctx context.Context, dir string) (string, error) {
	out := filepath.Join(dir, "tongban")
	make := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", out, "tongban/cmd/tongban")
	make.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := make.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, text)
	}
	return out, nil
}

// free is an address nobody listens on.
func free() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// start starts the process and gives how long it took to its first page.
func (c *county) start(ctx context.Context, flags ...string) (time.Duration, error) {
	addr, err := free()
	if err != nil {
		return 0, err
	}
	if c.admin, err = free(); err != nil {
		return 0, err
	}
	c.url, c.log = "http://"+addr, filepath.Join(c.dir, "log-"+strings.ToLower(rand.Text()[:6]))
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return 0, err
	}
	log, err := os.Create(c.log)
	if err != nil {
		return 0, err
	}
	defer log.Close()
	args := append([]string{"serve", "--addr", addr, "--admin", c.admin}, flags...)
	c.process = exec.Command(c.binary, append(args, c.place()...)...)
	c.process.Stdout, c.process.Stderr = log, log
	began := time.Now()
	if err := c.process.Start(); err != nil {
		return 0, err
	}
	for ctx.Err() == nil && time.Since(began) < time.Minute {
		if answer, err := http.Get(c.url + "/"); err == nil {
			_, err = io.Copy(io.Discard, answer.Body)
			answer.Body.Close()
			if err == nil && answer.StatusCode == http.StatusOK {
				return time.Since(began), nil
			}
		}
		time.Sleep(2 * time.Millisecond)
	}
	return 0, fmt.Errorf("the county does not come up:\n%s", c.said())
}

// said is the end of what the process wrote into its log.
func (c *county) said() string {
	text, _ := os.ReadFile(c.log)
	return string(text[max(0, len(text)-4000):])
}

func (c *county) place() []string {
	out := []string{"--data", c.dir}
	if c.database != "" {
		out = append(out, "--db", c.database)
	}
	return out
}

// stop ends the process as an operator does.
func (c *county) stop() error {
	if c.process == nil {
		return nil
	}
	p := c.process
	c.process = nil
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- p.Wait() }()
	select {
	case err := <-ended:
		return err
	case <-time.After(time.Minute):
		return errors.Join(errors.New("the county does not stop within a minute"), p.Process.Kill(), <-ended)
	}
}

// command runs another command of the binary on the county.
func (c *county) command(ctx context.Context, args ...string) error {
	if text, err := exec.CommandContext(ctx, c.binary, append(args, c.place()...)...).CombinedOutput(); err != nil {
		return fmt.Errorf("tongban %s: %w\n%s", strings.Join(args, " "), err, text)
	}
	return nil
}

// audit holds the stopped county to all its invariants and to its audit chain. Speed that leaves wrong books is none.
func (c *county) audit(ctx context.Context) error {
	return errors.Join(c.command(ctx, "fsck"), c.command(ctx, "audit", "verify"))
}
