package main

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/logging"
)

// overheard keeps what a county says while it is walked through: where full numbers stood that nobody may see there, and to which staff
// personal data were shown in full without a reading on record.
type overheard struct {
	kt      *kerneltest.Kit
	owners  map[string]string // party by full number and full phone
	answers int
	spilt   map[string]int
	unread  map[string]int
	log     *bytes.Buffer
}

// overhear listens to a county from now on; its log too.
func overhear(t *testing.T, kt *kerneltest.Kit, m *county, logger func(io.Writer) *slog.Logger) *overheard {
	t.Helper()
	o := &overheard{kt: kt, owners: map[string]string{}, spilt: map[string]int{}, unread: map[string]int{}, log: &bytes.Buffer{}}
	rows, err := kt.Look().QueryContext(kt.Ctx, `SELECT id FROM party_party WHERE kind = 'person'`)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	rows.Close()
	for _, id := range ids {
		i, err := m.party.Reveal(kt.Ctx, kt.Look(), id)
		if err != nil {
			t.Fatal(err)
		}
		o.owners[i.Number] = id
		if i.Phone != "" {
			o.owners[i.Phone] = id
		}
	}
	before := slog.Default()
	slog.SetDefault(logger(&locked{w: o.log}))
	t.Cleanup(func() { slog.SetDefault(before) })
	kt.Listen(o.hear)
	return o
}

type locked struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *locked) Write(b []byte) (int, error) { l.mu.Lock(); defer l.mu.Unlock(); return l.w.Write(b) }

func (o *overheard) hear(who authz.Actor, r *http.Request, a *kerneltest.Answer) {
	o.answers++
	route, _ := o.kt.Site().Match(r)
	if strings.HasPrefix(r.URL.Path, "/demo/") || r.URL.Path == "/api" {
		return // the sink of messages of a demo county shows everything, a real county has none; the manual's examples are the demo's people
	}
	if kind := a.Header.Get("Content-Type"); a.Status == http.StatusOK && strings.HasPrefix(kind, "text/html") && !strings.Contains(a.Header.Get("Cache-Control"), "no-store") && who.Kind != authz.Guest {
		o.spilt[route.Pattern()+" a page that the browser keeps: "+a.Header.Get("Cache-Control")]++
	}
	for _, s := range kerneltest.Spilt(a) {
		o.spilt[route.Pattern()+" "+s]++
	}
	if !who.Official() || a.Status >= 300 || strings.Contains(a.Header.Get("Content-Type"), "pdf") {
		return
	}
	for _, n := range logging.Full(a.Body) {
		owner, known := o.owners[n]
		if known && o.kt.Count(`SELECT count(*) FROM audit_reading r JOIN audit_entry e ON e.id = r.entry_id WHERE r.party = $1 AND e.actor_id = $2`, owner, who.ID) == 0 {
			o.unread[route.Pattern()]++
		}
	}
}

// wrong is everything that was overheard and should not have been.
func (o *overheard) wrong() []string {
	var out []string
	for _, s := range slices.Sorted(maps.Keys(o.spilt)) {
		out = append(out, fmt.Sprintf("full number in %s (%d times)", s, o.spilt[s]))
	}
	for _, s := range slices.Sorted(maps.Keys(o.unread)) {
		out = append(out, fmt.Sprintf("%s shows staff a full number without a reading on record (%d times)", s, o.unread[s]))
	}
	for line := range strings.Lines(o.log.String()) {
		if full := logging.Full(line); len(full) > 0 {
			out = append(out, "full number in the log: "+strings.TrimSpace(line))
		}
	}
	return out
}

// The broken twins: a log that masks nothing, an address with a number in it, a desk that shows a number without saying why.
func TestAFullNumberInLogAddressOrDeskIsOverheard(t *testing.T) {
	kt, m := lived(t, db.SQLite, 5)
	o := overhear(t, kt, m, func(w io.Writer) *slog.Logger { return slog.New(slog.NewJSONHandler(w, nil)) })
	number := slices.Sorted(maps.Keys(o.owners))[0]
	slog.Info("looked up " + number)
	kt.Get("/search?q="+url.QueryEscape(number), kerneltest.Nobody)
	kt.Site().Raw("GET /twin", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, "<p>%s</p>", number) }))
	kt.Get("/twin", kerneltest.Clerk("curious"))
	kt.Site().Raw("GET /twin.csv", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/csv")
		fmt.Fprintf(w, "姓名,号码\n陈,%s\n", number)
	}))
	kt.Get("/twin.csv", kerneltest.Nobody)
	all := strings.Join(o.wrong(), "\n")
	for _, want := range []string{"in the log", "address: " + number, "without a reading on record", "cells: " + number} {
		if !strings.Contains(all, want) {
			t.Errorf("not overheard: %s in\n%s", want, all)
		}
	}
}

// products is the logger as the product makes it, at its most talkative.
func products(w io.Writer) *slog.Logger { return logging.New(w, "debug") }

// Whatever staff of any role read in full is on record with a purpose, and the person it is about finds it on her page.
func TestWhoeverIsReadInFullSeesByWhomWhenAndWhatFor(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			kt, _ := lived(t, engine, 5)
			chen := kerneltest.Person("reads-her-own")
			var no string
			if err := kt.Look().QueryRowContext(kt.Ctx, `SELECT number, applicant FROM casework_case ORDER BY id LIMIT 1`).Scan(&no, &chen.Party); err != nil {
				t.Fatal(err)
			}
			clerk := kerneltest.Clerk("reader", "casework.read", "casework.reveal", "licence.read")
			clerk.Name = "周审查"
			before := kt.Count(`SELECT count(*) FROM audit_reading WHERE party = $1`, chen.Party)
			kt.Post("/w/cases/"+no+"/reveal", url.Values{"purpose": {""}}, clerk).Is(422, kerneltest.HasText("请写明查看完整个人信息的目的"))
			kt.Post("/w/cases/"+no+"/reveal", url.Values{"purpose": {"核对经营者身份"}}, clerk).Is(200)
			if n := kt.Count(`SELECT count(*) FROM audit_reading WHERE party = $1`, chen.Party) - before; n != 1 {
				t.Errorf("one look is %d readings", n)
			}
			kt.Get("/my/readings", chen).Is(200, kerneltest.HasText("核对经营者身份"), kerneltest.HasText("周审查"), kerneltest.HasText(no), kerneltest.HasText("申请表全文"))
			kt.Get("/my", chen).Is(200, kerneltest.HasText("谁用过我的数据"))
			for _, other := range []authz.Actor{kerneltest.Person("somebody-else"), clerk} {
				if a := kt.Get("/my/readings", other).Is(200); strings.Contains(a.Body, no) {
					t.Errorf("%s sees who read her data", other.Name)
				}
			}
			kt.Get("/my/readings", kerneltest.Nobody).Is(303)
			for range 25 {
				kt.Post("/w/cases/"+no+"/reveal", url.Values{"purpose": {"核对"}}, clerk).Is(200)
			}
			page := kt.Get("/my/readings", chen).Is(200)
			if !strings.Contains(page.Body, "/my/readings?before=") {
				t.Error("no second page")
			}
		})
	}
}
