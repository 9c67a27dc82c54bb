package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/notify"
	"tongban/packs/nanling"
)

// empty boots every module of the product without any county in it.
func empty(t *testing.T, engine db.Engine, settings app.Settings) (*kerneltest.Kit, *county) {
	t.Helper()
	var m *county
	kt := kerneltest.Open(t, kerneltest.Setup{Engine: engine, Settings: settings,
		Modules: func(k *app.Kernel) []app.Module {
			var err error
			if m, err = modules(k); err != nil {
				t.Fatal(err)
			}
			return m.list
		},
		Identify: func(ctx context.Context, v *db.View, id string) (authz.Actor, error) {
			return m.account.Identify(ctx, v, id)
		}})
	return kt, m
}

// founded is the product with the sample county in force.
func founded(t *testing.T, engine db.Engine, settings app.Settings) (*kerneltest.Kit, *county) {
	t.Helper()
	kt, m := empty(t, engine, settings)
	if err := loadPack(t.Context(), kt.Kernel, nanling.FS, "测试"); err != nil {
		t.Fatal(err)
	}
	return kt, m
}

// house is the sample county as a demonstration.
func house(t *testing.T, engine db.Engine) (*kerneltest.Kit, *county) {
	t.Helper()
	return founded(t, engine, app.Settings{Demo: true})
}

// real is the sample county as one that is no demonstration, with the channels of a file.
func real(t *testing.T, engine db.Engine, channels []notify.Channel) *kerneltest.Kit {
	t.Helper()
	kt, _ := founded(t, engine, app.Settings{Channels: channels})
	return kt
}

func TestTheDemoCountyFillsItselfAndEveryInvariantHolds(t *testing.T) {
	kt, _ := lived(t, db.SQLite, 40)
	var cases, licences int
	if err := kt.Kernel.View(authz.Machine("test", "count")).QueryRowContext(t.Context(),
		`SELECT (SELECT count(*) FROM casework_case), (SELECT count(*) FROM licence_licence WHERE state = 'valid')`).Scan(&cases, &licences); err != nil {
		t.Fatal(err)
	}
	if cases < 30 || licences < 5 {
		t.Errorf("the demo county has %d cases and %d licences", cases, licences)
	}
}

func TestANewCountyIsFoundedWithItsFirstAdministrator(t *testing.T) {
	kt, m := empty(t, db.SQLite, app.Settings{})
	m.account.Found = founding(kt.Kernel)
	err := kt.As(authz.Machine("test", "setup")).Run("account.found", func(tx *db.Tx) error {
		return m.account.Found(t.Context(), tx, "清江县", "431198", []string{"清江县行政审批服务局", "清江县市场监督管理局"})
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := kt.Kernel.Library.Current().Meta.Title; got != "清江县" {
		t.Errorf("the county is called %q", got)
	}
	if len(m.account.Roles()) == 0 {
		t.Error("a new county has no roles to give")
	}
}

func TestTheSkeletonOfANewModuleIsComplete(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := (&newModule{Name: "handling/tolerance", Title: "容缺受理"}).Run(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"doc.go", "module.go", "types.go", "rules.go", "rules_test.go", "commands.go", "queries.go", "events.go", "pages.go", "migrations/00001_tolerance.sql", "internal/store/queries.sql"} {
		if _, err := os.Stat(filepath.Join("handling/tolerance", name)); err != nil {
			t.Errorf("the skeleton lacks %s", name)
		}
	}
	for _, bad := range []string{"tolerance", "nowhere/x", "handling/Bad-Name", "handling/tolerance"} {
		if err := (&newModule{Name: bad}).Run(); err == nil {
			t.Errorf("a module called %q was written", bad)
		}
	}
}
