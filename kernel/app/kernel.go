package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tongban/kernel/authz"
	"tongban/kernel/check"
	"tongban/kernel/clock"
	"tongban/kernel/config"
	"tongban/kernel/crypto"
	"tongban/kernel/db"
	"tongban/kernel/document"
	"tongban/kernel/earlier"
	"tongban/kernel/event"
	"tongban/kernel/file"
	"tongban/kernel/job"
	"tongban/kernel/meter"
	"tongban/kernel/notify"
	"tongban/kernel/number"
	"tongban/kernel/outward"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/kernel/slot"
	"tongban/kernel/web"
	"tongban/kernel/worklist"
)

// Settings are what the person who starts the binary decides.
type Settings struct {
	DataDir                string
	Database               string // postgres:// URL; empty: embedded
	Demo                   bool
	BaseURL                string
	Secure                 bool
	AuditDir, AuditWebhook string // where signed heads of the audit chain go, outside the database
	Passphrase             string // wraps the key file, if the county wants that
	DB                     db.Options
	Networks               []netip.Prefix   // inner networks that webhooks and identity providers may lie in; others reach public addresses only
	Channels               []notify.Channel // by which messages leave the house, in the order in which they are tried
	Scanner                *file.Scanner    // who looks at uploads for malware; nil: nobody
	Proxies                []netip.Prefix   // machines in front of the county, whose word about visitors counts
	Idle                   time.Duration    // no login may be left alone for longer; 0: as the county's policy says
}

// Kernel is what modules stand on.
type Kernel struct {
	Settings Settings
	Watch    *Watch
	DB       *db.DB
	Keys     *crypto.Keyring
	Files    *file.Store
	Papers   *document.Renderer
	Library  *pack.Library
	Clocks   *clock.Book
	Notify   *notify.Desk
	Outward  *outward.Client
	Meter    *meter.Meter

	jobs    *job.Queue
	slots   *slot.Board
	rights  *authz.Rights
	modules []Manifest
	sealed  []Sealed
	relay   *event.Relay
	site    *web.Site
	started atomic.Bool
	filled  atomic.Pointer[string]
}

// Open opens database, keys and files. Modules are built on the result and handed to Assemble.
func Open(ctx context.Context, s Settings) (*Kernel, error) {
	if err := os.MkdirAll(s.DataDir, 0o700); err != nil { // keys and attachments lie here, whatever the database
		return nil, fmt.Errorf("不能建立数据目录 %s：%w", s.DataDir, err)
	}
	d, err := db.Open(ctx, s.Database, s.DataDir, s.DB)
	if err != nil {
		return nil, err
	}
	k := &Kernel{Settings: s, Watch: &Watch{}, DB: d, Library: pack.NewLibrary(), Meter: meter.New()}
	d.Observe(k.Meter)
	if k.Keys, err = crypto.LoadOrCreate(filepath.Join(s.DataDir, "keys.json"), s.Passphrase); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	if k.Files, err = file.Open(filepath.Join(s.DataDir, "files")); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	k.Files.Guard(s.Scanner, d)
	if k.Papers, err = document.New(); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	k.Clocks = clock.NewBook()
	k.Outward = outward.New(s.Networks)
	k.Notify = notify.NewDesk(d, k.Keys, k.Watch.Now, func() *job.Queue { return k.jobs }, s.Channels)
	return k, nil
}

// own are the tables of the kernel's packages, before those of any module.
func own() []db.Schema {
	return []db.Schema{db.Own(), config.Schema(), number.Schema(), worklist.Schema(), web.Schema(), file.Schema(), notify.Schema(), pack.Tables(), clock.Schema()}
}

// Migrate brings the schema of the kernel and of all modules up to date.
func (k *Kernel) Migrate(ctx context.Context, modules []Module) error {
	schemas := own()
	for _, m := range modules {
		if s := m.Manifest().Schema; s.Files != nil {
			schemas = append(schemas, s)
		}
	}
	if err := k.DB.Migrate(ctx, schemas); err != nil {
		return err
	}
	return job.Migrate(ctx, k.DB)
}

// Assemble wires the modules together. After it the kernel can run commands, deliver events and serve.
func (k *Kernel) Assemble(ctx context.Context, modules []Module, identify web.Identify) error {
	var (
		permissions []authz.Definition
		routes      []web.Route
		nav         []web.NavEntry
		listeners   []event.Listener
		fills       []slot.Fill
		facts       []event.Fact
		hears       []func([]event.Fact) []event.Listener
		describes   []func(*huma.OpenAPI)
		work        = append(k.Notify.Jobs(), k.housework()...)
	)
	k.Meter.Add(k.gauges()...)
	err := k.declare([]Sealed{
		{Table: "notify_sms", Key: []string{"id"}, Column: "phone", Purpose: "notify.phone"},
		{Table: "notify_sms", Key: []string{"id"}, Column: "mail", Purpose: "notify.mail"},
	})
	if err != nil {
		return err
	}
	var caller web.Caller
	for _, m := range modules {
		manifest := m.Manifest()
		k.Meter.Add(manifest.Gauges...)
		if err := k.declare(manifest.Sealed); err != nil {
			return err
		}
		if manifest.Caller != nil {
			caller = manifest.Caller
		}
		k.modules = append(k.modules, manifest)
		permissions = append(permissions, manifest.Permissions...)
		routes = append(routes, manifest.Routes...)
		nav = append(nav, manifest.Nav...)
		listeners = append(listeners, manifest.Listeners...)
		facts = append(facts, manifest.Facts...)
		if manifest.Hears != nil {
			hears = append(hears, manifest.Hears)
		}
		if manifest.Describe != nil {
			describes = append(describes, manifest.Describe)
		}
		fills = append(fills, manifest.Slots...)
		work = append(work, manifest.Jobs...)
	}
	if k.rights, err = authz.NewRights(permissions); err != nil {
		return err
	}
	for _, r := range routes {
		if r.Permission != authz.Anyone && r.Permission != authz.SignedIn && !k.rights.Known(r.Permission) {
			return fmt.Errorf("route %s asks for permission %q, which no module defines", r.Pattern(), r.Permission)
		}
	}
	for _, f := range facts {
		if !k.rights.Known(f.Right) {
			return fmt.Errorf("fact %s asks for permission %q, which no module defines", f.Event, f.Right)
		}
	}
	for _, hear := range hears {
		listeners = append(listeners, hear(facts)...)
	}
	k.slots = slot.NewBoard(fills)
	if k.relay, err = event.NewRelay(k.DB, k.Watch.Now, listeners); err != nil {
		return err
	}
	if k.jobs, err = job.Open(k.DB, work, k.poll()); err != nil {
		return err
	}
	if err := k.Recall(ctx); err != nil {
		return err
	}
	if err := k.goOnAfterRestore(ctx); err != nil {
		return err
	}
	o := web.Options{BaseURL: k.Settings.BaseURL, Demo: k.Settings.Demo, Secure: k.Settings.Secure, Idle: k.Settings.Idle, Proxies: k.Settings.Proxies, Hotline: "12345", Observe: k.Meter.Request,
		Permissions: k.rights.All(), Caller: caller, Describe: describes, Filling: k.filling,
		County: func() string { return k.Library.Current().Meta.Title }}
	k.site = web.NewSite(k.DB, k.Watch.Now, o, identify, routes, nav)
	return nil
}

// Filling says on every page how far a demo county is with filling itself; empty ends it.
func (k *Kernel) Filling(text string) { k.filled.Store(&text) }

func (k *Kernel) filling() string {
	if t := k.filled.Load(); t != nil {
		return *t
	}
	return ""
}

// poll is how often the job queue is looked at. On SQLite a job that is enqueued rings a bell; the look finds those whose time has come.
// On PostgreSQL it finds what other processes left too: a demo county waits for its jobs, a real one has time.
func (k *Kernel) poll() time.Duration {
	switch {
	case k.DB.Engine == db.SQLite:
		return 5 * time.Second
	case k.Settings.Demo:
		return 50 * time.Millisecond
	}
	return time.Second
}

// Recall reads into memory what another process may have changed: the keys, the order of identifiers, the edition in force, the calendar,
// the test clock.
func (k *Kernel) Recall(ctx context.Context) error {
	if err := k.Keys.Refresh(); err != nil {
		return err
	}
	v := k.View(authz.Machine("kernel", "recall"))
	if err := k.DB.LearnTables(ctx); err != nil {
		return err
	}
	if err := k.DB.KeepOrder(ctx); err != nil {
		return err
	}
	if err := k.Library.Refresh(ctx, v); err != nil {
		return err
	}
	if err := k.Clocks.Refresh(ctx, v); err != nil {
		return err
	}
	for _, m := range k.modules {
		if m.Recall == nil {
			continue
		}
		if err := m.Recall(ctx, v); err != nil {
			return err
		}
	}
	if !k.Settings.Demo {
		return nil
	}
	offset, err := config.Get(ctx, v, offsetSetting)
	if err != nil || offset == "" {
		return err
	}
	d, err := time.ParseDuration(offset)
	if err == nil {
		k.Watch.Shift(d)
	}
	return err
}

const offsetSetting = "demo.clock.offset"

// MoveClock moves the county's clock, for every process. Only a demo county has a clock that moves.
func (k *Kernel) MoveClock(ctx context.Context, tx *db.Tx, to time.Time) error {
	if !k.Settings.Demo {
		return problem.Forbidden("只有演示县可以拨动时钟")
	}
	offset := time.Until(to)
	tx.AfterCommit(func() { k.Watch.Shift(offset) })
	return config.Set(ctx, tx, offsetSetting, offset.String())
}

// Sections are the document kinds of all modules, for loading packs.
func (k *Kernel) Sections() []pack.Section {
	var out []pack.Section
	for _, m := range k.modules {
		out = append(out, m.Sections...)
	}
	return out
}

// CheckPack reads a pack and lets every module say what it thinks of it.
func (k *Kernel) CheckPack(folder fs.FS) (*pack.Content, []pack.Finding) {
	content, findings := pack.Load(folder, k.Sections())
	edition := pack.Preview(content)
	for _, m := range k.modules {
		if m.Validate != nil {
			findings = append(findings, m.Validate(edition)...)
		}
	}
	return content, pack.Place(content, findings)
}

// Publish puts a pack in force as the next edition and lets every module take from it what it needs, all in one command. The caller has
// checked the pack.
func (k *Kernel) Publish(ctx context.Context, tx *db.Tx, content *pack.Content, note string) (*pack.Edition, error) {
	edition, err := k.Library.Publish(ctx, tx, content, note)
	if err != nil || edition == k.Library.Current() {
		return edition, err
	}
	for _, m := range k.modules {
		if m.Published != nil {
			if err := m.Published(ctx, tx, edition); err != nil {
				return nil, err
			}
		}
	}
	return edition, nil
}

// Invariants of the kernel and of all modules.
func (k *Kernel) Invariants() []check.Invariant {
	out := append(k.ownInvariants(), k.Files.Invariants()...)
	out = append(out, k.Clocks.Invariants()...)
	for _, m := range k.modules {
		for _, inv := range m.Invariants {
			inv.Module = m.Name
			out = append(out, inv)
		}
	}
	return out
}

// View opens a question in somebody's name at the county's time.
func (k *Kernel) View(actor authz.Actor) *db.View { return k.DB.View(actor, k.Watch.Now()) }

// Jobs is the queue; it is there once the kernel is assembled.
func (k *Kernel) Jobs() *job.Queue { return k.jobs }

// Past is the county as one in which earlier things are made.
func (k *Kernel) Past() *earlier.House {
	h := &earlier.House{DB: k.DB, Keys: k.Keys}
	for _, s := range k.sealed {
		h.Sealed = append(h.Sealed, earlier.Sealed{Table: s.Table, Column: s.Column, Purpose: s.Purpose})
	}
	for _, m := range k.modules {
		h.Given = append(h.Given, m.Given)
	}
	return h
}

// Slots is the board of page fragments; it is there once the kernel is assembled.
func (k *Kernel) Slots() *slot.Board { return k.slots }

// Rights is the list of permissions; it is there once the kernel is assembled.
func (k *Kernel) Rights() *authz.Rights { return k.rights }

// Site is the door; it is there once the kernel is assembled.
func (k *Kernel) Site() *web.Site { return k.site }

// Modules are the manifests in their order.
func (k *Kernel) Modules() []Manifest { return k.modules }

// Settle delivers every due event and lets every clock that crossed a threshold fire, until nothing is left to do. Once the kernel is
// started it waits for the jobs too.
func (k *Kernel) Settle(ctx context.Context) error {
	for {
		if k.started.Load() {
			if err := k.jobs.Wait(ctx); err != nil {
				return err
			}
		}
		events, err := k.relay.Drain(ctx)
		if err != nil {
			return err
		}
		crossed, err := k.Clocks.Sweep(ctx, k.DB, k.Watch.Now())
		if err != nil {
			return err
		}
		if events+crossed == 0 {
			_, err := k.DB.SealAudit(ctx)
			return err
		}
	}
}

// TidyEvents forgets events that reached everybody long ago, and returns how many.
func (k *Kernel) TidyEvents(ctx context.Context) (int64, error) { return k.relay.Tidy(ctx) }

// Start sets the relay and the jobs going. They stop with the context; wait waits for them.
func (k *Kernel) Start(ctx context.Context) (wait func(), err error) {
	if err := k.jobs.Start(ctx); err != nil {
		return nil, err
	}
	k.started.Store(true)
	var running sync.WaitGroup
	running.Go(func() { k.relay.Run(ctx) })
	running.Go(func() { k.keepRecalling(ctx) })
	return func() {
		running.Wait()
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		if err := k.jobs.Stop(end); err != nil {
			slog.WarnContext(end, "jobs did not stop in time", "error", err)
		}
	}, nil
}

// keepRecalling follows what other processes change. Every process does it for itself, so it is no job.
func (k *Kernel) keepRecalling(ctx context.Context) {
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := errors.Join(k.Recall(ctx), k.jobs.CatchUp(ctx)); err != nil && ctx.Err() == nil {
				slog.ErrorContext(ctx, "recall", "error", err)
			}
		}
	}
}

// Close folds up the database.
func (k *Kernel) Close() error { return k.DB.Close() }
