// Package meter counts and times what the product does, and answers Prometheus on the loopback port. Some numbers are told as things
// happen (commands, requests); the others are read from the database when somebody asks (gauges of the kernel and of every module).
package meter

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Gauge is a number that is read when it is asked for.
type Gauge struct {
	Name  string // tongban_…
	Help  string
	Label string // by what several values are told apart; empty: there is one
	Read  func(ctx context.Context) ([]Value, error)
}

// Value is one reading of a gauge.
type Value struct {
	Label string
	N     float64
}

// One is the reading of a gauge that has no label.
func One[N int | int64 | float64](n N) []Value { return []Value{{N: float64(n)}} }

// Meter is all numbers of one process.
type Meter struct {
	registry *prometheus.Registry

	commands *prometheus.CounterVec
	took     *prometheus.HistogramVec
	asked    *prometheus.CounterVec
	waited   prometheus.Histogram
	batches  prometheus.Histogram
	requests *prometheus.CounterVec
	answered *prometheus.HistogramVec
	failures prometheus.Counter

	mu     sync.Mutex
	gauges []gauge
}

type gauge struct {
	Gauge
	desc *prometheus.Desc
}

// New makes a meter with the numbers of Go and of the process.
func New() *Meter {
	buckets := []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5}
	m := &Meter{
		registry: prometheus.NewRegistry(),
		commands: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tongban_commands_total", Help: "Commands by name and outcome: done, repeated, or the kind of the refusal."}, []string{"command", "outcome"}),
		took:     prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "tongban_command_seconds", Help: "From asking for a command to its commit on disk.", Buckets: buckets}, []string{"command"}),
		asked:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tongban_command_statements_total", Help: "Statements that commands asked of the database."}, []string{"command"}),
		waited:   prometheus.NewHistogram(prometheus.HistogramOpts{Name: "tongban_db_queue_wait_seconds", Help: "How long commands waited for the SQLite writer.", Buckets: buckets}),
		batches:  prometheus.NewHistogram(prometheus.HistogramOpts{Name: "tongban_db_batch_commands", Help: "Commands in one physical commit on SQLite.", Buckets: []float64{1, 2, 4, 8, 16, 32, 64, 128}}),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "tongban_http_requests_total", Help: "Requests by route, kind (page, form, api) and class of the answer."}, []string{"route", "kind", "code"}),
		answered: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "tongban_http_request_seconds", Help: "From the request to the last byte of its answer.", Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5}}, []string{"route"}),
		failures: prometheus.NewCounter(prometheus.CounterOpts{Name: "tongban_gauge_failures_total", Help: "Gauges that could not be read."}),
	}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		m.commands, m.took, m.asked, m.waited, m.batches, m.requests, m.answered, m.failures, readings{m})
	return m
}

// Command implements db.Observer.
func (m *Meter) Command(name, outcome string, took time.Duration, statements int) {
	m.commands.WithLabelValues(name, outcome).Inc()
	m.took.WithLabelValues(name).Observe(took.Seconds())
	m.asked.WithLabelValues(name).Add(float64(statements))
}

// Waited implements db.Observer.
func (m *Meter) Waited(in time.Duration) { m.waited.Observe(in.Seconds()) }

// Committed implements db.Observer.
func (m *Meter) Committed(commands int) { m.batches.Observe(float64(commands)) }

// Request tells of a request that was answered. route is the pattern, never the address: addresses hold numbers of things.
func (m *Meter) Request(route, kind string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, kind, strconv.Itoa(status/100)+"xx").Inc()
	m.answered.WithLabelValues(route).Observe(took.Seconds())
}

// Add adds gauges. It is called before the first request for numbers.
func (m *Meter) Add(gauges ...Gauge) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, g := range gauges {
		var labels []string
		if g.Label != "" {
			labels = []string{g.Label}
		}
		m.gauges = append(m.gauges, gauge{g, prometheus.NewDesc(g.Name, g.Help, labels, nil)})
	}
}

// Handler answers Prometheus.
func (m *Meter) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 2})
}

// readings reads the gauges. It describes none beforehand, since modules add theirs after the registry is made.
type readings struct{ m *Meter }

// Describe implements prometheus.Collector.
func (readings) Describe(chan<- *prometheus.Desc) {}

// patience is how long all gauges together may take.
const patience = 5 * time.Second

// Collect implements prometheus.Collector. A gauge that cannot be read is left out and counted: the others are needed then most.
func (r readings) Collect(out chan<- prometheus.Metric) {
	r.m.mu.Lock()
	gauges := r.m.gauges
	r.m.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, g := range gauges {
		values, err := g.Read(ctx)
		if err != nil {
			r.m.failures.Inc()
			slog.WarnContext(ctx, "gauge", "name", g.Name, "error", err)
			continue
		}
		for _, v := range values {
			var labels []string
			if g.Label != "" {
				labels = []string{v.Label}
			}
			out <- prometheus.MustNewConstMetric(g.desc, prometheus.GaugeValue, v.N, labels...)
		}
	}
}
