package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"tongban/kernel/kerneltest"
	"tongban/test/load/bound"
)

// round is one round of product and bound, one right after the other.
type round struct {
	product window
	group   bound.Result // the bound as fast as it goes: group commit on SQLite, statement by statement on PostgreSQL
	alone   bound.Result // SQLite only: every act synced alone
	sync    float64      // fdatasync a second
	pgbench float64
}

// measured is all that was found out about one engine.
type measured struct {
	engine string
	rounds map[int][]round // by clients
	bytes  float64         // a thing
	idle   still
	pages  []pages
}

// still is a county in which nobody does anything.
type still struct {
	cold, empty time.Duration // from the start to the first page: this county, and an empty folder
	memory      float64       // MiB
	cpu         float64       // share of a core
}

func (p plan) run(ctx context.Context) error {
	dir, err := os.MkdirTemp(p.dir, "tongban-load-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if p.binary == "" {
		fmt.Println("building …")
		if p.binary, err = build(ctx, dir); err != nil {
			return err
		}
	}
	began, busy := time.Now(), busyness()
	if busy > 0.5 {
		fmt.Printf("Others use this machine (%.1f programs wait for each core): only CPU and bytes a thing mean something.\n", busy)
	}
	var all []measured
	for _, engine := range p.engines {
		m, err := p.engine(ctx, engine, filepath.Join(dir, engine))
		if err != nil {
			return fmt.Errorf("%s: %w", engine, err)
		}
		all = append(all, m)
	}
	file, err := os.Stat(p.binary)
	if err != nil {
		return err
	}
	report := goals(all, float64(file.Size())/1e6)
	report.machine["programs a core before the run"] = busy
	before, err := readBaseline(p.baseline)
	if err != nil {
		return err
	}
	report.print(os.Stdout, before)
	fmt.Printf("\n%d rounds of %v, medians; took %v.\n", p.rounds, p.window, time.Since(began).Round(time.Second))
	if p.write {
		return report.write(p.baseline)
	}
	return nil
}

// engine measures the product on one database.
func (p plan) engine(ctx context.Context, engine, dir string) (m measured, err error) {
	m = measured{engine: engine, rounds: map[int][]round{}}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return m, err
	}
	c := &county{binary: p.binary, dir: filepath.Join(dir, "county")}
	var s *server
	if engine == "postgres" {
		url := os.Getenv(kerneltest.PostgresEnv)
		if url == "" {
			return m, errors.New(kerneltest.PostgresEnv + " is not set: run make bench, or .ci/with-postgres go run ./test/load")
		}
		if s, err = newServer(ctx, url); err != nil {
			return m, err
		}
		if err := s.fresh(ctx, "load_product"); err != nil {
			return m, err
		}
		if err := s.fresh(ctx, "load_bound"); err != nil {
			return m, err
		}
		c.database = s.in("load_product")
	}
	fmt.Printf("\n%s: the county is made, %d clients sign in …\n", engine, slices.Max(p.clients))
	if p.cases > 0 {
		if err := c.command(ctx, "demo", "--cases", strconv.Itoa(p.cases)); err != nil {
			return m, err
		}
	}
	h, err := open(ctx, c, s, slices.Max(p.clients))
	defer func() { err = errors.Join(err, c.stop()) }()
	if err != nil {
		return m, err
	}
	before, err := h.size(ctx)
	if err != nil {
		return m, err
	}
	things := h.things
	for n := range p.rounds {
		for _, clients := range p.clients {
			r, err := p.round(ctx, h, dir, clients)
			if err != nil {
				return m, fmt.Errorf("%d clients: %w", clients, err)
			}
			m.rounds[clients] = append(m.rounds[clients], r)
			fmt.Printf("  round %d, %2d clients: product %5.1f things/s, bound %5.1f, p50 %v p99 %v, %4.1f ms CPU a thing; licences %4.1f/s, %4.1f ms CPU each%s\n", n+1, clients,
				r.product.things(), r.group.Things, at(r.product.times, 50).Round(10*time.Microsecond), at(r.product.times, 99).Round(10*time.Microsecond), r.product.cpuPerThing(),
				r.product.licences(), r.product.cpuPerLicence(), map[bool]string{true: " (the outlet ran empty)"}[r.product.short])
			if r.product.waited > 0 {
				fmt.Printf("    %d forms were told to wait and sent again\n", r.product.waited)
			}
		}
	}
	if m.pages, err = p.pages(ctx, h); err != nil {
		return m, err
	}
	after, err := h.size(ctx)
	if err != nil {
		return m, err
	}
	m.bytes = float64(after-before) / float64(max(h.things-things, 1))
	if err := c.stop(); err != nil {
		return m, err
	}
	fmt.Printf("  fsck and audit verify …\n")
	if err := c.audit(ctx); err != nil {
		return m, err
	}
	m.idle, err = p.rest(ctx, c, s, dir)
	return m, err
}

// licences is how many were sealed a second from the end of the round until the last one was.
func (w window) licences() float64 { return float64(permits*w.decided) / w.settled.Seconds() }

func (w window) cpuPerLicence() float64 {
	return w.settleCPU.Seconds() * 1000 / float64(max(1, permits*w.decided))
}

// round lets the product work, then the bound, on the same disk and with as many clients.
func (p plan) round(ctx context.Context, h *hall, dir string, clients int) (r round, err error) {
	if r.product, err = h.round(ctx, clients, p.window, p.profile); err != nil {
		return r, err
	}
	if r.sync, err = fdatasync(dir, p.window/6); err != nil {
		return r, err
	}
	drive := func(d bound.Database, err error) (bound.Result, error) {
		if err != nil {
			return bound.Result{}, err
		}
		out, err := bound.Drive(ctx, d, clients, p.window)
		return out, errors.Join(err, d.Close())
	}
	if h.server != nil {
		if r.group, err = drive(bound.Postgres(ctx, h.server.in("load_bound"), clients)); err != nil || clients != 8 {
			return r, err
		}
		// Last, because filling its tables keeps the disk busy; the size that is asked afterwards waits for a checkpoint.
		if r.pgbench, err = h.server.pgbench(ctx, p.window); err == nil {
			_, err = h.server.size(ctx, "tpcb")
		}
		return r, err
	}
	file := filepath.Join(dir, "bound.db")
	forget := func() {
		for _, x := range []string{"", "-wal", "-shm"} {
			_ = os.Remove(file + x)
		}
	}
	defer forget()
	if r.group, err = drive(bound.SQLite(ctx, file, true)); err != nil || clients != 1 {
		return r, err
	}
	forget()
	r.alone, err = drive(bound.SQLite(ctx, file, false))
	return r, err
}

// profile keeps a CPU profile of the product in a folder. A round is not lost with its profile.
func (h *hall) profile(name string, length time.Duration) {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return
	}
	answer, err := http.Get(fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", h.admin, max(1, int(math.Ceil(length.Seconds())))))
	if err != nil {
		return
	}
	defer answer.Body.Close()
	out, err := os.Create(name)
	if err != nil {
		return
	}
	defer out.Close()
	_, _ = io.Copy(out, answer.Body)
}

// size is what the county takes on disk, without its papers.
func (h *hall) size(ctx context.Context) (n int64, err error) {
	if h.server != nil {
		return h.server.size(ctx, "load_product")
	}
	for _, x := range []string{"tongban.db", "tongban.db-wal"} {
		if f, err := os.Stat(filepath.Join(h.dir, x)); err == nil {
			n += f.Size()
		}
	}
	return n, nil
}

// rest measures the county while nobody does anything: as it runs in earnest, not as a demo county.
func (p plan) rest(ctx context.Context, c *county, s *server, dir string) (r still, err error) {
	const times = 3
	var cold, empty []time.Duration
	for n := range times {
		took, err := c.start(ctx)
		if err != nil {
			return r, err
		}
		cold = append(cold, took)
		if n == times-1 {
			time.Sleep(2 * time.Second)
			before := cpu(c.process.Process.Pid, false)
			time.Sleep(5 * time.Second)
			r.cpu = (cpu(c.process.Process.Pid, false) - before).Seconds() / 5
			r.memory = memory(c.process.Process.Pid, "VmRSS")
		}
		if err := c.stop(); err != nil {
			return r, err
		}
	}
	for n := range times {
		fresh := &county{binary: c.binary, dir: filepath.Join(dir, "empty-"+strconv.Itoa(n))}
		if s != nil {
			if err := s.fresh(ctx, "load_empty"); err != nil {
				return r, err
			}
			fresh.database = s.in("load_empty")
		}
		took, err := fresh.start(ctx, "--demo", "--cases", "0")
		if err := errors.Join(err, fresh.stop()); err != nil {
			return r, err
		}
		empty = append(empty, took)
	}
	slices.Sort(cold)
	slices.Sort(empty)
	r.cold, r.empty = cold[times/2], empty[times/2]
	return r, nil
}

// at is a percentile.
func at(times []time.Duration, percent int) time.Duration {
	if len(times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(times))
	return sorted[min(len(sorted)*percent/100, len(sorted)-1)]
}

// median of a figure over the rounds.
func median(list []round, f func(round) float64) float64 {
	var v []float64
	for _, r := range list {
		if x := f(r); !math.IsNaN(x) && x != 0 {
			v = append(v, x)
		}
	}
	if len(v) == 0 {
		return math.NaN()
	}
	slices.Sort(v)
	return v[len(v)/2]
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1000 }
