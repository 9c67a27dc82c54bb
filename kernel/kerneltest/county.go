package kerneltest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/check"
	"tongban/kernel/db"
	"tongban/kernel/web"
	"tongban/ui"
)

// PostgresEnv names the PostgreSQL that tests may use: the URL of a database in which they make a schema each.
const PostgresEnv = "TONGBAN_TEST_POSTGRES"

// Build makes the modules of a test on its kernel.
type Build func(*app.Kernel) []app.Module

// Setup is what a test may choose about its county. The zero value is a county on SQLite with no modules.
type Setup struct {
	Engine   db.Engine
	Modules  Build
	Settings app.Settings // DataDir and Database are filled in
	Identify web.Identify // who is behind an account that the test did not name itself
}

// Kit is a county under test.
type Kit struct {
	*app.Kernel
	T    testing.TB
	Ctx  context.Context
	List []app.Module // the modules as built

	mu       sync.Mutex
	people   map[string]authz.Actor // whoever acted so far, by account id
	cookies  map[string]string
	said     map[string]string // what the next page tells each actor
	identify web.Identify
	broken   bool
	contract contract
	through  func(http.Handler) http.Handler // a broken door, for the twins of the battery
	hears    []func(authz.Actor, *http.Request, *Answer)
}

// New boots a county with the modules on an engine.
func New(t testing.TB, engine db.Engine, modules ...Build) *Kit {
	t.Helper()
	return Open(t, Setup{Engine: engine, Modules: join(modules)})
}

// Both runs a test on both engines, each on a county of its own.
func Both(t *testing.T, f func(t *testing.T, kt *Kit), modules ...Build) {
	t.Helper()
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) { f(t, New(t, engine, modules...)) })
	}
}

func join(builds []Build) Build {
	return func(k *app.Kernel) []app.Module {
		var out []app.Module
		for _, b := range builds {
			out = append(out, b(k)...)
		}
		return out
	}
}

// Open boots a county as the setup says. When the test ends, every invariant must hold.
func Open(t testing.TB, s Setup) *Kit {
	t.Helper()
	kt := &Kit{T: t, Ctx: context.Background(), people: map[string]authz.Actor{}, cookies: map[string]string{}, said: map[string]string{}, identify: s.Identify}
	s.Settings.DataDir = t.TempDir()
	if s.Engine == db.Postgres {
		s.Settings.Database = Schema(t)
	}
	k, err := app.Open(kt.Ctx, s.Settings)
	if err != nil {
		t.Fatalf("open the county: %v", err)
	}
	kt.Kernel = k
	t.Cleanup(func() {
		if !t.Failed() && !kt.broken {
			kt.Fsck()
		}
		if err := k.Close(); err != nil {
			t.Errorf("close the county: %v", err)
		}
	})
	if s.Modules != nil {
		kt.List = s.Modules(k)
	}
	all := append([]app.Module{door{}}, kt.List...)
	if err := k.Migrate(kt.Ctx, all); err != nil {
		t.Fatalf("migrate: %v", err)
	}
	if err := k.Assemble(kt.Ctx, all, kt.who); err != nil {
		t.Fatalf("assemble: %v", err)
	}
	k.Site().Raw("GET /static/", ui.StaticHandler())
	return kt
}

// Schema makes an empty schema in the test PostgreSQL and returns the URL that leads into it. Without a PostgreSQL the test is
// skipped; `make test` always has one.
func Schema(t testing.TB) string {
	t.Helper()
	base := os.Getenv(PostgresEnv)
	if base == "" {
		t.Skipf("%s is not set: run `make test`, or .ci/with-postgres go test ./…", PostgresEnv)
	}
	admin, err := sql.Open("pgx", base)
	if err != nil {
		t.Fatal(err)
	}
	name := "t_" + strings.ToLower(rand.Text())
	if _, err := admin.Exec("CREATE SCHEMA " + name); err != nil {
		t.Fatalf("make a schema for the test: %v", err)
	}
	t.Cleanup(func() {
		defer admin.Close()
		if _, err := admin.Exec("DROP SCHEMA " + name + " CASCADE"); err != nil {
			t.Errorf("drop the schema of the test: %v", err)
		}
	})
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String()
}

// Broken says that the test damages the county on purpose, so that no fsck is owed at its end.
func (kt *Kit) Broken() { kt.broken = true }

// Move sets the county's clock.
func (kt *Kit) Move(to time.Time) { kt.Watch.Set(to) }

// Settle delivers every event and lets every due clock fire. A listener that fails, fails the test.
func (kt *Kit) Settle() {
	kt.T.Helper()
	if err := kt.Kernel.Settle(kt.Ctx); err != nil {
		kt.T.Fatalf("settle: %v", err)
	}
	rows, err := kt.Look().QueryContext(kt.Ctx, `SELECT listener, reason FROM event_delivery WHERE state <> 'done'`)
	if err != nil {
		kt.T.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var listener, reason string
		if err := rows.Scan(&listener, &reason); err != nil {
			kt.T.Fatal(err)
		}
		kt.T.Errorf("listener %s failed: %s", listener, reason)
	}
}

// Work runs relay and jobs, as a serving process does, until done reports true. It gives up after half a minute.
func (kt *Kit) Work(done func() bool) {
	kt.T.Helper()
	ctx, stop := context.WithTimeout(kt.Ctx, 30*time.Second)
	defer stop()
	wait, err := kt.Start(ctx)
	if err != nil {
		kt.T.Fatalf("start: %v", err)
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			wait()
			kt.T.Fatal("the work was not done within 30 s")
		}
	}
	stop()
	wait()
}

// Fsck checks every invariant of the kernel and of all modules.
func (kt *Kit) Fsck() {
	kt.T.Helper()
	for _, r := range kt.Unsound() {
		kt.T.Errorf("invariant %s (%s) does not hold: %s %v", r.ID, r.Title, r.Bad, errText(r.Err))
	}
}

// Unsound lists the invariants that do not hold now.
func (kt *Kit) Unsound() []check.Result {
	kt.T.Helper()
	if _, err := kt.DB.SealAudit(kt.Ctx); err != nil {
		kt.T.Fatalf("seal the audit log: %v", err)
	}
	var out []check.Result
	check.Run(kt.Ctx, kt.Look(), kt.Invariants(), func(r check.Result) {
		if !r.Holds() {
			out = append(out, r)
		}
	})
	return out
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// Look is a view in nobody's name, for what a test wants to know.
func (kt *Kit) Look() *db.View { return kt.View(authz.Machine("kerneltest", "look")) }

// Count asks for one number.
func (kt *Kit) Count(query string, args ...any) int64 {
	kt.T.Helper()
	var n int64
	if err := kt.Look().QueryRowContext(kt.Ctx, query, args...).Scan(&n); err != nil {
		kt.T.Fatalf("%v\n%s", err, query)
	}
	return n
}

// Tamper writes past every rule, as somebody with the database's password could.
func (kt *Kit) Tamper(query string, args ...any) {
	kt.T.Helper()
	if _, err := kt.DB.Writer().ExecContext(kt.Ctx, query, args...); err != nil {
		kt.T.Fatalf("%v\n%s", err, query)
	}
}

// Role is somebody about to act.
type Role struct {
	kt    *Kit
	actor authz.Actor
	key   string
}

// As acts as somebody.
func (kt *Kit) As(actor authz.Actor) Role { return Role{kt: kt, actor: actor} }

// Key gives the next act an idempotency key.
func (r Role) Key(key string) Role { r.key = key; return r }

// Run carries out a command at the county's time.
func (r Role) Run(name string, do func(tx *db.Tx) error) error {
	_, err := r.Outcome(name, do)
	return err
}

// Outcome carries out a command and tells how it ended. A test that ends inside the command (t.Fatal) undoes it and leaves the writer
// of the database alive.
func (r Role) Outcome(name string, do func(tx *db.Tx) error) (db.Outcome, error) {
	return r.kt.DB.Run(r.kt.Ctx, db.Act{Actor: r.actor, Name: name, Now: r.kt.Watch.Now(), Key: r.key}, func(tx *db.Tx) error {
		var (
			ended = make(chan struct{})
			err   = fmt.Errorf("kerneltest: the test ended inside command %s", name)
			cause any
		)
		go func() {
			defer close(ended)
			defer func() { cause = recover() }()
			err = do(tx)
		}()
		<-ended
		if cause != nil {
			panic(cause)
		}
		return err
	})
}

// Must carries out a command that is not refused.
func (r Role) Must(name string, do func(tx *db.Tx) error) {
	r.kt.T.Helper()
	if err := r.Run(name, do); err != nil {
		r.kt.T.Fatalf("%s: %v", name, err)
	}
}

// Clerk is a public servant with permissions over everything in the county, or over the given reach.
func Clerk(id string, permissions ...authz.Permission) authz.Actor {
	return authz.Actor{Kind: authz.Staff, ID: id, Name: "经办" + id, Unit: "approval-bureau",
		Grants: []authz.Grant{{Permissions: permissions, Reach: authz.Reach{Everywhere: true}}}}
}

// Person is a citizen.
func Person(id string) authz.Actor {
	return authz.Actor{Kind: authz.Citizen, ID: id, Name: "群众" + id, Party: "party-" + id}
}

// Nobody is a visitor who has not signed in.
var Nobody = authz.Actor{Kind: authz.Guest}
