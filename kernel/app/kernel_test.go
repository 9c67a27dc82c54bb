package app_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/event"
	"tongban/kernel/kerneltest"
	"tongban/kernel/number"
	"tongban/kernel/problem"
	"tongban/kernel/vault"
	"tongban/kernel/web"
)

// odd is a module made of a manifest.
type odd struct{ manifest app.Manifest }

func (o odd) Manifest() app.Manifest { return o.manifest }

func nobody(context.Context, *db.View, string) (authz.Actor, error) {
	return authz.Actor{}, web.ErrNoAccount
}

func TestFaultOfTheProgrammerIsRefusedAtBoot(t *testing.T) {
	page := func(p authz.Permission) []web.Route {
		return []web.Route{web.Page("/x", p, func(*web.Response, *web.Request) error { return nil })}
	}
	hear := event.On("x.hear", func(context.Context, *db.Tx, told) error { return nil })
	for says, m := range map[string]app.Manifest{
		"no module defines": {Name: "x", Routes: page("x.nowhere")},
		`permission ""`:     {Name: "x", Routes: page("")},
		"defined twice":     {Name: "x", Permissions: []authz.Definition{{Permission: "x.a"}, {Permission: "x.a"}}},
		"two listeners":     {Name: "x", Listeners: []event.Listener{hear, hear}},
	} {
		k, err := app.Open(t.Context(), app.Settings{DataDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		modules := []app.Module{odd{m}}
		if err := k.Migrate(t.Context(), modules); err != nil {
			t.Fatal(err)
		}
		if err := k.Assemble(t.Context(), modules, nobody); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", says, err)
		}
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	}
}

type told struct{ N int }

func (told) EventName() string { return "x.told" }
func (told) Subject() string   { return "s" }

func TestSettleGoesOnUntilNothingIsLeft(t *testing.T) {
	var heard []int
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		heard = nil
		kt.As(kerneltest.Clerk("c1")).Must("x.tell", func(tx *db.Tx) error { tx.Publish(told{1}); return nil })
		kt.Settle()
		if len(heard) != 5 {
			t.Errorf("heard %v", heard)
		}
	}, func(*app.Kernel) []app.Module {
		return []app.Module{odd{app.Manifest{Name: "x", Listeners: []event.Listener{event.On("x.hear", func(_ context.Context, tx *db.Tx, e told) error {
			heard = append(heard, e.N)
			if e.N < 5 {
				tx.Publish(told{e.N + 1}) // a listener tells on
			}
			return nil
		})}}}}
	})
}

func TestClockOfARealCountyDoesNotMove(t *testing.T) {
	kt := kerneltest.New(t, db.SQLite)
	err := kt.As(kerneltest.Clerk("c1")).Run("demo.clock", func(tx *db.Tx) error { return kt.MoveClock(kt.Ctx, tx, time.Now().AddDate(1, 0, 0)) })
	if problem.KindOf(err) != problem.KindForbidden || kt.Watch.Offset() != 0 {
		t.Errorf("%v, off by %v", err, kt.Watch.Offset())
	}
}

func TestClockOfADemoCountyMovesForEveryProcessAndAfterARestart(t *testing.T) {
	kt := kerneltest.Open(t, kerneltest.Setup{Engine: db.Postgres, Settings: app.Settings{Demo: true}})
	to := time.Now().AddDate(0, 1, 0)
	kt.As(kerneltest.Clerk("c1")).Must("demo.clock", func(tx *db.Tx) error { return kt.MoveClock(kt.Ctx, tx, to) })
	other, err := app.Open(kt.Ctx, app.Settings{DataDir: kt.Settings.DataDir, Database: kt.Settings.Database, Demo: true})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := other.Recall(kt.Ctx); err != nil {
		t.Fatal(err)
	}
	for name, k := range map[string]*app.Kernel{"the same process": kt.Kernel, "another process": other} {
		if off := k.Watch.Now().Sub(to); off < -time.Minute || off > time.Minute {
			t.Errorf("%s is off by %v", name, off)
		}
	}
}

func TestSeveralProcessesMayStartAtOnce(t *testing.T) {
	url, dir := kerneltest.Schema(t), t.TempDir()
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			k, err := app.Open(t.Context(), app.Settings{DataDir: dir, Database: url})
			if err != nil {
				t.Error(err)
				return
			}
			defer k.Close()
			if err := k.Migrate(t.Context(), nil); err != nil {
				t.Error(err)
			}
			if err := k.Assemble(t.Context(), nil, nobody); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func TestRestoredCountyIssuesNoNumberAgain(t *testing.T) {
	kt := kerneltest.New(t, db.SQLite)
	next := func(k *app.Kernel) (n int64) {
		_, err := k.DB.Run(t.Context(), db.Act{Actor: kerneltest.Clerk("c1"), Name: "test.number", Now: k.Watch.Now()}, func(tx *db.Tx) error {
			var err error
			n, err = number.Next(t.Context(), tx, "licence", tx.Now.Format("2006"))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	next(kt.Kernel)
	file, dir := filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "restored")
	const passphrase = "correct horse battery"
	if _, err := vault.Backup(t.Context(), vault.Source{DataDir: kt.Settings.DataDir}, file, passphrase, kt.Watch.Now()); err != nil {
		t.Fatal(err)
	}
	lost := next(kt.Kernel) // after the backup: on paper, and in no database that is left
	if _, err := vault.Restore(t.Context(), vault.Source{DataDir: dir}, file, passphrase); err != nil {
		t.Fatal(err)
	}
	var last int64
	for start := range 2 { // the consequence is drawn once, not at every start
		k, err := app.Open(t.Context(), app.Settings{DataDir: dir})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(k.Migrate(t.Context(), nil), k.Assemble(t.Context(), nil, nobody)); err != nil {
			t.Fatal(err)
		}
		n := next(k)
		if start == 0 && n <= lost || start == 1 && n != last+1 {
			t.Errorf("start %d of the restored county issues number %d; %d had been issued, its last was %d", start+1, n, lost, last)
		}
		last = n
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	}
}
