// Package chaos does to a serving county what can happen to one, again and again under load, and compares what its clients were told
// with what is there: it is killed at any moment and at any write, loses its power, its disk, the room on it, its database server, those it tells, or
// only the answer; it is asked for too much, twice at once, and by two who want the opposite.
//
// county.go and acts.go are the victim: a county with one module that takes applications and decides them; outside.go lets it tell others. clients.go are the people
// in front of it, who remember every answer. Each *_test.go is a kind of fault. The victim can be made to lie in several ways (Twin); a
// harness that does not catch its twin is worth nothing.
package chaos

import (
	"context"
	"embed"
	"sync"
	"time"

	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/check"
	"tongban/kernel/db"
	"tongban/kernel/event"
	"tongban/kernel/web"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Twin is a way in which the victim is broken on purpose.
type Twin string

// Sound is not broken; the others are.
const (
	Sound                    Twin = ""
	AcknowledgesBeforeCommit Twin = "acknowledges-before-commit"
	AuditsApart              Twin = "audits-apart"       // the audit entry goes in a second transaction
	NeverSyncs               Twin = "never-syncs"        // synchronous=OFF
	SaysYesAnyway            Twin = "says-yes-anyway"    // a failed write is answered with 200
	Keyless                  Twin = "keyless"            // a repeated form is a new application
	ChecksThenActs           Twin = "checks-then-acts"   // two approvers both find the case undecided
	CountsThenWrites         Twin = "counts-then-writes" // the next number is read before the command
	HearsApart               Twin = "hears-apart"        // the listener's work is not part of its receipt
	QueuesWithoutEnd         Twin = "queues-without-end" // nobody is refused, so nobody is served
	TellsInside              Twin = "tells-inside"       // the gateway is asked in the middle of the command
	TellsOnce                Twin = "tells-once"         // the gateway is asked once, after the commit
)

// Options are what a victim is started with.
type Options struct {
	Data, Database string
	Twin           Twin
	Slow           time.Duration // every application takes so long: capacity that two processors can be ten times beyond
	Running        int           // commands at work at once on PostgreSQL
	Skew           time.Duration // how far the county's clock is off
	Release        Release
	Gateway        string // address of a gateway for text messages; empty: the county tells nobody outside
}

// County is a county that takes applications and decides them.
type County struct {
	*app.Kernel
	options Options
	outside *outside // nil: it tells nobody
	behind  sync.WaitGroup
	counted sync.Map // twin CountsThenWrites
}

// Open opens the county.
func Open(ctx context.Context, o Options) (*County, error) {
	s := app.Settings{DataDir: o.Data, Database: o.Database, DB: db.Options{Running: o.Running, Unsafe: o.Twin == NeverSyncs}}
	if o.Twin == QueuesWithoutEnd {
		s.DB.Queue, s.DB.Wait = 1<<20, time.Hour
	}
	var err error
	if o.Gateway != "" {
		if s, err = reaching(s, o.Gateway); err != nil {
			return nil, err
		}
	}
	k, err := app.Open(ctx, s)
	if err != nil {
		return nil, err
	}
	k.Watch.Shift(o.Skew)
	c := &County{Kernel: k, options: o}
	modules := []app.Module{c}
	if o.Gateway != "" {
		modules = append(c.more(), c)
	}
	if err := k.Migrate(ctx, modules); err != nil {
		return nil, err
	}
	nobody := func(context.Context, *db.View, string) (authz.Actor, error) { return authz.Actor{}, web.ErrNoAccount }
	return c, k.Assemble(ctx, modules, nobody)
}

// taken and decided are the two facts of an application's life.
type taken struct {
	Case string `json:"case"`
	Form string `json:"form"`
}

// EventName implements db.Event.
func (taken) EventName() string { return "chaos.taken" }

// Subject implements db.Event.
func (t taken) Subject() string { return t.Case }

type decided struct {
	Case string `json:"case"`
	Form string `json:"form"`
}

// EventName implements db.Event.
func (decided) EventName() string { return "chaos.decided" }

// Subject implements db.Event.
func (d decided) Subject() string { return d.Case }

// Manifest implements app.Module.
func (c *County) Manifest() app.Manifest {
	return app.Manifest{Name: "chaos", Schema: c.options.Release.schema(),
		Routes: []web.Route{
			web.Form("/take", authz.Anyone, c.postTake),
			web.Form("/decide", authz.Anyone, c.postDecide),
			web.Page("/list", authz.Anyone, c.showList),
			web.Page("/readyz", authz.Anyone, c.showReady),
			heard(),
		},
		Permissions: []authz.Definition{{Permission: permHear, Title: "听"}},
		Facts:       told(),
		Listeners: []event.Listener{
			event.On("chaos.hear", func(ctx context.Context, tx *db.Tx, t taken) error { return c.hear(ctx, tx, t.Case, "taken") }),
			event.On("chaos.hear-more", func(ctx context.Context, tx *db.Tx, d decided) error { return c.hear(ctx, tx, d.Case, "decided") }),
		},
		Invariants: []check.Invariant{
			{ID: "chaos-1", Title: "每件申请恰有一条受理记录", Check: check.None(`SELECT count(*) FROM chaos_case`,
				`SELECT c.id FROM chaos_case c WHERE (SELECT count(*) FROM audit_entry e WHERE e.object_kind = 'application' AND e.object_id = c.id AND e.to_state = 'taken') <> 1`, "")},
			{ID: "chaos-2", Title: "一张表单只有一件申请", Check: check.None(`SELECT count(*) FROM chaos_case`,
				`SELECT form FROM chaos_case GROUP BY form HAVING count(*) > 1`, "")},
			{ID: "chaos-3", Title: "编号不断号、不重号", Check: check.None(`SELECT count(*) FROM chaos_case`,
				`SELECT n || ' 件，最大编号 ' || m FROM (SELECT count(*) AS n, count(DISTINCT number) AS d, COALESCE(max(number), 0) AS m FROM chaos_case) s WHERE n <> d OR n <> m`, "")},
			{ID: "chaos-4", Title: "一件申请只有一个决定，审计记录与之相符", Check: check.None(`SELECT count(*) FROM chaos_case`,
				`SELECT c.form FROM chaos_case c WHERE (SELECT count(*) FROM audit_entry e WHERE e.object_kind = 'application' AND e.object_id = c.id AND e.from_state = 'taken')
 <> CASE WHEN c.state = 'taken' THEN 0 ELSE 1 END`, "")},
			{ID: "chaos-5", Title: "每件事只听到一次", Check: check.None(`SELECT count(*) FROM chaos_heard`,
				`SELECT h.case_id FROM chaos_heard h JOIN chaos_heard e ON e.case_id = h.case_id AND e.id <> h.id AND e.what = h.what`, "")},
		}}
}
