package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"time"
)

// goal is a line of the table: what was measured, against what, and whether it is what the product must reach.
type goal struct {
	id, what string
	value    float64
	unit     string
	anchor   float64 // what it is held against in the same run; NaN: a fixed limit
	against  string
	must     string
	reached  bool
}

// ratio is the part of the anchor that was reached.
func (g goal) ratio() float64 { return g.value / g.anchor }

type report struct {
	goals   []goal
	machine map[string]float64
}

// Figures of the two systems the product is compared with, measured once on such a machine; they do not run here.
const (
	pocketBase = 36.0   // things a second, batch, 32 clients
	temporal   = 15.0   // things a second, development server, 32 clients
	temporalPG = 11.0   // the same on PostgreSQL
	djangoPart = 0.1035 // requests a second of Django with a page of 28 KB, as a part of the trivial handler's
)

// goals draws up the table of what was measured.
func goals(all []measured, binary float64) report {
	r := report{machine: map[string]float64{}}
	add := func(g goal) { r.goals = append(r.goals, g) }
	limit := func(id, what string, value float64, unit string, most float64) {
		add(goal{id, what, value, unit, math.NaN(), "", fmt.Sprintf("<= %g", most), value <= most})
	}
	for _, m := range all {
		things := func(clients int) float64 {
			return median(m.rounds[clients], func(x round) float64 { return x.product.things() })
		}
		fast := func(clients int) float64 {
			return median(m.rounds[clients], func(x round) float64 { return x.group.Things })
		}
		r.machine["fdatasync/s, "+m.engine] = median(m.all(), func(x round) float64 { return x.sync })
		p99 := median(m.rounds[8], func(x round) float64 { return milliseconds(at(x.product.times, 99)) })
		cpu := median(m.rounds[32], func(x round) float64 { return x.product.cpuPerThing() })
		if m.engine == "sqlite" {
			if v, b := things(32), fast(32); v > 0 {
				add(goal{"G1", "things/s, SQLite, 32 clients", v, "/s", b, "bound", fmt.Sprintf(">= 0.20x, >= %.0f/s", max(5*pocketBase, 15*temporal)), v >= 0.20*b && v >= max(5*pocketBase, 15*temporal)})
			}
			if v, b := things(1), median(m.rounds[1], func(x round) float64 { return x.alone.Things }); v > 0 {
				add(goal{"G2", "things/s, SQLite, 1 client", v, "/s", b, "bound, each synced alone", ">= 0.35x", v >= 0.35*b})
			}
			if v, b := median(m.rounds[32], func(x round) float64 { return x.product.actsPerSecond() }), r.machine["fdatasync/s, sqlite"]; v > 0 {
				add(goal{"G4", "acts/s, SQLite, 32 clients", v, "/s", b, "fdatasync/s", ">= 0.5x", v >= 0.5*b})
			}
			limit("G5", "CPU a thing, SQLite, 32 clients", cpu, "ms", 8)
			limit("G6", "p99 of an act, SQLite, 8 clients", p99, "ms", 10)
			if v, b := things(64), things(8); v > 0 && b > 0 {
				add(goal{"G7", "things/s at 64 clients, SQLite", v, "/s", b, "at 8 clients", ">= 1.2x", v >= 1.2*b})
			}
		} else {
			if v, b := things(32), fast(32); v > 0 {
				add(goal{"G3", "things/s, PostgreSQL, 32 clients", v, "/s", b, "bound, one by one", fmt.Sprintf(">= 0.65x, >= %.0f/s", 8*temporalPG), v >= 0.65*b && v >= 8*temporalPG})
			}
			if v, b := median(m.rounds[8], func(x round) float64 { return x.product.actsPerSecond() }), median(m.rounds[8], func(x round) float64 { return x.pgbench }); v > 0 {
				add(goal{"G4", "acts/s, PostgreSQL, 8 clients", v, "/s", b, "pgbench TPC-B", ">= 0.4x", v >= 0.4*b})
			}
			limit("G5", "CPU a thing, PostgreSQL, 32 clients", cpu, "ms", 18)
			limit("G6", "p99 of an act, PostgreSQL, 8 clients", p99, "ms", 30)
		}
		for _, p := range m.pages {
			of := ", " + m.engine
			switch p.goal {
			case "G8":
				add(goal{"G8", p.what + of + ", 32 readers", p.busy, "/s", p.plain, "trivial handler", fmt.Sprintf(">= %.3fx", 1.5*djangoPart), p.busy >= 1.5*djangoPart*p.plain})
				limit("G8", fmt.Sprintf("%s%s, p99 at %d/s", p.what, of, p.rate), milliseconds(at(p.steady, 99)), "ms", 10)
			case "G9":
				limit("G9", p.what+of+", p99 alone", milliseconds(at(p.alone, 99)), "ms", 10)
				limit("G9", fmt.Sprintf("%s%s, p99 at %d/s", p.what, of, p.rate), milliseconds(at(p.steady, 99)), "ms", 10)
			default:
				limit(p.goal, p.what+of+", p99 alone", milliseconds(at(p.alone, 99)), "ms", 100)
			}
		}
		limit("G14", "first page, existing county, "+m.engine, milliseconds(m.idle.cold), "ms", 300)
		limit("G14", "first page, empty folder, "+m.engine, milliseconds(m.idle.empty), "ms", 3000)
		limit("G16", "memory idle, "+m.engine, m.idle.memory, "MiB", 80)
		limit("G16", "memory under load, "+m.engine, median(m.all(), func(x round) float64 { return x.product.peak }), "MiB", 300)
		limit("G16", "CPU idle, "+m.engine, m.idle.cpu*100, "% of a core", 0.5)
		limit("G17", "stored a thing, "+m.engine, m.bytes/1000, "KB", 40)
		add(goal{"+", "licences sealed, " + m.engine, median(m.rounds[32], func(x round) float64 { return x.product.licences() }), "/s", math.NaN(), "", "", true})
		add(goal{"+", "CPU a sealed licence, " + m.engine, median(m.rounds[32], func(x round) float64 { return x.product.cpuPerLicence() }), "ms", math.NaN(), "", "", true})
	}
	limit("G15", "binary", binary, "MB", 60)
	return r
}

func (m measured) all() []round {
	var out []round
	for _, list := range m.rounds {
		out = append(out, list...)
	}
	return out
}

// kept is a figure of the baseline. Figures of two runs are compared by their ratios where they have one: machines differ from hour to hour.
type kept struct {
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	Ratio float64 `json:"ratio,omitempty"`
}

type baseline struct {
	On      string             `json:"on"`
	Machine map[string]float64 `json:"machine"`
	Goals   map[string]kept    `json:"goals"`
}

func readBaseline(file string) (b baseline, err error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return b, nil
	}
	if err != nil {
		return b, err
	}
	return b, json.Unmarshal(text, &b)
}

func (r report) write(file string) error {
	b := baseline{On: time.Now().Format(time.DateOnly), Machine: map[string]float64{}, Goals: map[string]kept{}}
	for name, v := range r.machine {
		if !math.IsNaN(v) {
			b.Machine[name] = short(v)
		}
	}
	for _, g := range r.goals {
		if math.IsNaN(g.value) {
			continue
		}
		k := kept{Value: short(g.value), Unit: g.unit}
		if !math.IsNaN(g.anchor) {
			k.Ratio = short(g.ratio())
		}
		b.Goals[g.id+" "+g.what] = k
	}
	text, err := json.MarshalIndent(b, "", "\t")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}

// short keeps four figures.
func short(v float64) float64 {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	scale := math.Pow(10, 3-math.Floor(math.Log10(math.Abs(v))))
	return math.Round(v*scale) / scale
}

// print writes the table: measure, result, what it is held against, ratio, what it must be, whether it is, and the change since the baseline.
func (r report) print(w io.Writer, before baseline) {
	fmt.Fprintf(w, "\n%-4s %-46s %12s %22s %7s %-20s %-8s %s\n", "", "measure", "result", "against", "ratio", "MUST", "reached", "since "+before.On)
	for _, g := range r.goals {
		if math.IsNaN(g.value) {
			continue
		}
		against, ratio, reached, since := "", "", map[bool]string{true: "yes", false: "NO"}[g.reached], ""
		old, compared := before.Goals[g.id+" "+g.what]
		now, then := g.value, old.Value
		if !math.IsNaN(g.anchor) {
			against, ratio = fmt.Sprintf("%s %.1f", g.against, g.anchor), fmt.Sprintf("%.2f", g.ratio())
			now, then = g.ratio(), old.Ratio
		}
		if compared && then != 0 {
			since = fmt.Sprintf("%+.0f %%", (now/then-1)*100)
		}
		if g.must == "" {
			reached = ""
		}
		fmt.Fprintf(w, "%-4s %-46s %12s %22s %7s %-20s %-8s %s\n", g.id, g.what, fmt.Sprintf("%.4g %s", g.value, g.unit), against, ratio, g.must, reached, since)
	}
	for name, v := range r.machine {
		if !math.IsNaN(v) {
			fmt.Fprintf(w, "     this machine: %s %.1f\n", name, v)
		}
	}
}
