package main

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tongban/handling/casework"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/notify"
	"tongban/kernel/worklist"
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

// The county has the cases that were asked for, one at least in every state and at every stage, and work on every desk of the tour.
func TestTheDemoCountyFillsItselfAndEveryInvariantHolds(t *testing.T) {
	const asked = 40
	kt, m := lived(t, db.SQLite, asked)
	v := kt.Kernel.View(authz.Machine("test", "count"))
	count := func(what, query string, least int, args ...any) {
		t.Helper()
		var n int
		if err := v.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n < least {
			t.Errorf("%s: %d, want at least %d", what, n, least)
		}
	}
	count("cases", `SELECT count(*) FROM casework_case`, asked)
	count("licences", `SELECT count(*) FROM licence_licence WHERE state = 'valid'`, 5)
	for _, s := range casework.Moves().States {
		count(s.Label, `SELECT count(*) FROM casework_case WHERE state = $1`, 1, string(s.Name))
	}
	for _, s := range []casework.Stage{casework.StageHold, casework.StageReceive, casework.StageCorrect, casework.StageAssess, casework.StageDecide, casework.StageSuspend, casework.StageDeliver, casework.StageDone} {
		count(casework.StageLabel(s), `SELECT count(*) FROM casework_case WHERE stage = $1`, 1, string(s))
	}
	count("opinions asked for", `SELECT count(*) FROM opinion_opinion`, 1)
	count("urgings", `SELECT count(*) FROM efficiency_urge`, 1)
	for _, login := range []string{"window", "assessor", "approver", "supervisor", "market-regulation-assessor"} {
		who, err := m.account.ActorOf(t.Context(), v, login)
		if err != nil {
			t.Fatal(err)
		}
		if todo, err := worklist.Counts(t.Context(), kt.Kernel.View(who)); err != nil || len(todo) == 0 {
			t.Errorf("%s has nothing to do (%v)", login, err)
		}
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

func TestEveryTableOfTheHouseIsDrawnForItsAdministrator(t *testing.T) {
	kt := real(t, db.SQLite, nil)
	operator := kerneltest.Clerk("admin", "system.operate")
	kt.Get("/admin/flows", operator).Is(200, kerneltest.HasText("视为受理"), kerneltest.HasText("办件流转图"))
	for _, name := range []string{"办件", "一件事的事项", "证照", "送达件", "印章", "用印", "预警牌", "差评整改", "材料"} {
		kt.Get("/admin/flows?table="+url.QueryEscape(name), operator).Is(200, kerneltest.HasText(name+"流转图"))
	}
}

// What a change of the data means for people is told when it is published, and ever after on the page of the edition.
func TestAnEditionTellsWhoseOutcomeItAlters(t *testing.T) {
	kt := real(t, db.SQLite, nil)
	operator := kerneltest.Clerk("admin", "system.operate")
	kt.Get("/admin/editions/1", operator).Is(200, kerneltest.HasText("没有可以比较的上一版"))
	kt.Get("/admin/editions/2", operator).Is(404)
	dir := filepath.Join(t.TempDir(), "pack")
	if err := (&packExport{Dir: dir}).Run(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "bundles/open-restaurant.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const was, is = "when: floor_area > 50.0", "when: floor_area > 100.0"
	if !strings.Contains(string(text), was) {
		t.Fatalf("%s has no rule %q to change", file, was)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), was, is, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := loadPack(t.Context(), kt.Kernel, os.DirFS(dir), "从一百平方米起"); err != nil {
		t.Fatal(err)
	}
	kt.Get("/admin/editions", operator).Is(200, kerneltest.In("a[href=/admin/editions/2]"))
	kt.Get("/admin/editions/2", operator).Is(200, kerneltest.HasText("公众聚集场所投入使用、营业前消防安全检查”原来适用、现在不适用"), kerneltest.HasText("面积为51 ㎡"))
}

func TestADemoCountyNamesItsPeopleAndSaysHowFarItIs(t *testing.T) {
	kt, m := house(t, db.SQLite)
	var said strings.Builder
	m.introduce(&said)
	for _, login := range []string{"demo-chen", "window", "assessor", "approver", "leader", "county", "admin"} {
		if !strings.Contains(said.String(), login) {
			t.Errorf("the terminal does not name %s:\n%s", login, said.String())
		}
	}
	out, err := os.Create(filepath.Join(t.TempDir(), "terminal"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	progress(kt.Kernel, out)(80, 320, "演示数据")
	kt.Get("/", kerneltest.Nobody).Is(200, kerneltest.HasText("正在填入数据：80/320 件"))
	kt.Kernel.Filling("")
	if strings.Contains(kt.Get("/", kerneltest.Nobody).Is(200).Body, "正在填入数据") {
		t.Error("a county that stands still says that it is being filled")
	}
	if got := barLine("写备份", 1, 4); got != "[##########                              ]  25% 写备份" {
		t.Errorf("the bar is %q", got)
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
