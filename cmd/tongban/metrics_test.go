package main

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/problem"
	"tongban/kernel/vault"
)

var metricName = regexp.MustCompile(`\b(?:tongban|process|go)_[a-z_]+\b`)

// scrape reads /metrics: the text, and the names in it.
func scrape(t *testing.T, kt *kerneltest.Kit) (text string, names []string) {
	t.Helper()
	w := httptest.NewRecorder()
	kt.Meter.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	text = w.Body.String()
	for _, line := range strings.Split(text, "\n") {
		if rest, ok := strings.CutPrefix(line, "# TYPE "); ok {
			name, _, _ := strings.Cut(rest, " ")
			names = append(names, name)
		}
	}
	return text, names
}

// named are the metrics that a text speaks of.
func named(text string) []string {
	var out []string
	for _, n := range metricName.FindAllString(text, -1) {
		for _, suffix := range []string{"_bucket", "_sum", "_count"} {
			if base, ok := strings.CutSuffix(n, suffix); ok && !strings.HasPrefix(n, "go_") {
				n = base
			}
		}
		out = append(out, n)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestDashboardAlertsAndGuideNameTheMetricsThatExist(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			kt, _ := house(t, engine)
			kt.Get("/login", kerneltest.Nobody).Is(200)
			kt.As(kerneltest.Clerk("c1")).Must("test.note", func(tx *db.Tx) error { tx.Record("x", "1", "", "", nil); return nil })
			text, names := scrape(t, kt)
			guide := read(t, "monitoring.md")
			var dashboard struct {
				Panels []struct{ Targets []struct{ Expr string } }
			}
			if err := json.Unmarshal([]byte(read(t, "grafana.json")), &dashboard); err != nil || len(dashboard.Panels) == 0 {
				t.Fatal(err)
			}
			var alerts struct {
				Groups []struct {
					Rules []struct {
						Alert, Expr string
						Annotations map[string]string
					}
				}
			}
			if err := yaml.Unmarshal([]byte(read(t, "alerts.yaml")), &alerts); err != nil {
				t.Fatal(err)
			}
			asked := named(guide)
			for _, p := range dashboard.Panels {
				for _, target := range p.Targets {
					asked = append(asked, named(target.Expr)...)
				}
			}
			for _, r := range alerts.Groups[0].Rules {
				asked = append(asked, named(r.Expr)...)
				if r.Annotations["summary"] == "" || r.Annotations["action"] == "" {
					t.Errorf("the alert %s does not say what to do", r.Alert)
				}
			}
			sometimes := []string{"tongban_jobs", "tongban_messages", "tongban_channel_paused"} // shown only when there are any
			for _, n := range asked {
				if !slices.Contains(names, n) && !slices.Contains(sometimes, n) {
					t.Errorf("nothing is called %s", n)
				}
			}
			for _, n := range names {
				if strings.HasPrefix(n, "tongban_") && !strings.Contains(guide, "`"+n+"`") {
					t.Errorf("the guide does not explain %s", n)
				}
			}
			if !strings.Contains(text, "tongban_gauge_failures_total 0") {
				t.Errorf("a gauge could not be read")
			}
			if strings.Contains(text, "13900000") || strings.Contains(text, "431199") {
				t.Error("personal data stands in the metrics")
			}
		})
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/operations/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

type happened struct{}

func (happened) EventName() string { return "test.happened" }
func (happened) Subject() string   { return "s" }

func TestMetricsTellWhatHappened(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			kt, _ := house(t, engine)
			clerk := kt.As(kerneltest.Clerk("c1"))
			for range 3 {
				clerk.Must("test.note", func(tx *db.Tx) error { tx.Record("x", "1", "", "", nil); return nil })
			}
			_ = clerk.Run("test.note", func(tx *db.Tx) error { return problem.Conflict("不行") })
			act := db.Act{Actor: authz.Machine("test", "x"), Name: "test.twice", Now: kt.Watch.Now(), Key: "twice"}
			for range 2 {
				if _, err := kt.DB.Run(kt.Ctx, act, func(tx *db.Tx) error { tx.Record("x", "2", "", "", nil); return nil }); err != nil {
					t.Fatal(err)
				}
			}
			kt.Get("/admin/health", kerneltest.Clerk("c1")).Is(403)
			made := time.Now().Add(-time.Hour)
			if err := vault.Note(kt.Settings.DataDir, vault.LastBackup, vault.Record{At: made}); err != nil {
				t.Fatal(err)
			}
			kt.Broken() // what follows leaves an event for a listener that does not exist
			kt.DB.Route(map[string][]db.Recipient{"test.happened": {{Listener: "test.nobody"}}})
			clerk.Must("test.tell", func(tx *db.Tx) error { tx.Publish(happened{}); return nil })
			kt.Tamper(`UPDATE event_delivery SET state = 'parked' WHERE listener = 'test.nobody'`)
			text, _ := scrape(t, kt)
			for _, want := range []string{
				`tongban_commands_total{command="test.note",outcome="done"} 3`,
				`tongban_commands_total{command="test.note",outcome="conflict"} 1`,
				`tongban_commands_total{command="test.twice",outcome="done"} 1`,
				`tongban_commands_total{command="test.twice",outcome="repeated"} 1`,
				`tongban_command_seconds_count{command="test.note"} 4`,
				`tongban_http_requests_total{code="4xx",kind="page",route="GET /admin/health"} 1`,
				`tongban_outbox_parked 1`,
				`tongban_info{engine="` + string(engine) + `"} 1`,
				`tongban_restore_drill_timestamp_seconds 0`,
			} {
				if !strings.Contains(text, want) {
					t.Errorf("/metrics does not say %s", want)
				}
			}
			if !regexp.MustCompile(`tongban_backup_timestamp_seconds [1-9]`).MatchString(text) || !regexp.MustCompile(`tongban_db_bytes [1-9]`).MatchString(text) {
				t.Error("backup or size are not told")
			}
			if engine == db.SQLite && !strings.Contains(text, `tongban_db_batch_commands_count`) {
				t.Error("no batch is told")
			}
		})
	}
}
