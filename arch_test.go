// Package tongban_test guards the house: which room may use which, what may stand in a file of a name, and how things are called.
// Every rule is a function from the house to its violations, and has a small violating house that it must catch.
package tongban_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// areas in their order, each with its modules in theirs. A module may use what stands before it.
var areas = []struct {
	name    string
	modules []string
}{
	{"base", []string{"org", "address", "servicepoint", "party", "account", "identity", "client", "webhook", "agenda", "workcalendar", "operation", "demo"}},
	{"rules", []string{"licensing", "catalogue", "competence", "form", "material", "knowledge"}},
	{"handling", []string{"seal", "casework", "casefile", "opinion", "docket", "licence", "tolerance", "commitment", "sitevisit", "delivery", "guide", "bundle", "handover", "crossregion"}},
	{"data", []string{"basedata", "datacatalog", "exchange", "connector", "governance", "dashboard"}},
	{"project", []string{"construction", "standardland", "intermediary"}},
	{"reach", []string{"tracking", "filing", "hall", "kiosk", "assist"}},
	{"oversight", []string{"efficiency", "review", "inspection", "credit", "bizenv", "mailbox", "hotline", "appraisal"}},
	{"openness", []string{"content", "portal", "disclosure", "inforequest", "consultation", "policy", "outreach"}},
}

// allowed are the exceptions, each with its reason. An exception that is no longer needed is itself a violation.
var allowed = map[string]string{
	"a migration locks no table in use: handling/bundle/migrations/00002_wrong_moves.sql": "from before the first release: no county has the table yet",
	"a migration locks no table in use: kernel/notify/migrations/00002_channels.sql":      "from before the first release: no county has the table yet",
	"time and context are arguments: openness/portal/home.go":                             "asks whether a picture is drawn; no request stands behind it",
}

// house is what the rules look at: the packages as go list sees them, and the text of every file by its path.
type house struct {
	packages []pkg
	files    map[string]string
}

type pkg struct {
	ImportPath string
	Name       string
	Imports    []string
}

// rule returns the violations, each beginning with the path of the file or package.
type rule struct {
	name  string
	check func(house) []string
	twin  house // a small house that violates it
}

var rules = []rule{
	{"imports only downwards", downwards, house{packages: []pkg{{ImportPath: "tongban/base/org", Imports: []string{"tongban/handling/casework"}}}}},
	{"imports only earlier modules of the area", downwards, house{packages: []pkg{{ImportPath: "tongban/handling/casework", Imports: []string{"tongban/handling/bundle"}}}}},
	{"every module has its place in the order", downwards, house{packages: []pkg{{ImportPath: "tongban/handling/invented"}}}},
	{"the kernel stands on nothing above it", downwards, house{packages: []pkg{{ImportPath: "tongban/kernel/web", Imports: []string{"tongban/base/org"}}}}},
	{"the kit of pages holds no data", downwards, house{packages: []pkg{{ImportPath: "tongban/ui", Imports: []string{"tongban/kernel/db"}}}}},
	{"a module is one package", onePackage, house{packages: []pkg{{ImportPath: "tongban/handling/casework/decision"}}}},
	{"a store is private to its module", onePackage, house{packages: []pkg{{ImportPath: "tongban/handling/bundle", Imports: []string{"tongban/handling/casework/internal/store"}}}}},
	{"time and context are arguments", ambient, one("handling/x/a.go", "package x\nimport \"time\"\nvar t = time.Now()")},
	{"rules and types are pure", pure, one("handling/x/rules.go", "package x\nimport \"database/sql\"\nvar _ sql.DB")},
	{"the kernel knows no word of the field", fieldWords, one("kernel/x/a.go", "package x\ntype CaseworkView struct{}")},
	{"files stay short", short, one("handling/x/a.go", strings.Repeat("//\n", 601))},
	{"modules stay small", small, one("handling/seal/a.go", strings.Repeat("//\n", 4001))},
	{"names mean something", names, one("handling/x/a.go", "package x\ntype CaseManager struct{}")},
	{"names are English", names, one("handling/x/a.go", "package x\nfunc chaBanjian() {}")},
	{"modules draw no markup of their own", markup, one("handling/x/a.templ", "package x\ntempl a() {\n<table></table>\n}")},
	{"modules style nothing", markup, one("handling/x/a.templ", "package x\ntempl a() {\n<p class=\"x\"></p>\n}")},
	{"SQL stands in stores, queries and invariants", sqlPlace, one("handling/x/pages.go", "package x\nconst q = `SELECT id FROM x_y WHERE id = $1`")},
	{"a table carries the name of its module", prefixes, one("handling/casework/migrations/00001_a.sql", "CREATE TABLE cases (id text PRIMARY KEY);")},
	{"a table has a primary key", prefixes, one("handling/casework/migrations/00001_a.sql", "CREATE TABLE casework_case (id text);")},
	{"a module reads its own tables", foreignTables, house{files: map[string]string{
		"handling/casework/migrations/00001_a.sql":       "CREATE TABLE casework_case (id text PRIMARY KEY);",
		"handling/bundle/internal/store/queries.sql":     "SELECT id FROM casework_case;",
		"handling/bundle/migrations/00001_bundle.sql":    "CREATE TABLE bundle_draft (id text PRIMARY KEY);",
		"handling/casework/internal/store/queries.sql":   "SELECT id FROM casework_case;",
		"openness/portal/internal/store/unrelated.sql":   "",
		"handling/casework/migrations/00002_comment.sql": "-- FROM casework_case",
	}}},
	{"shared SQL is known to both engines", bothEngines, one("handling/x/internal/store/queries.sql", "SELECT id::text FROM x_y;")},
	{"shared SQL takes its time as an argument", bothEngines, one("handling/x/migrations/00001_x.sql", "CREATE TABLE x_y (id text PRIMARY KEY, at timestamptz DEFAULT now());")},
	{"a migration locks no table in use", gentle, harsh("ALTER TABLE x_y ALTER COLUMN n TYPE bigint;")},
	{"what others may use is documented", documented, one("handling/x/a.go", "package x\nfunc Open() {}")},
	{"a code of a problem is explained to callers", explained, house{files: map[string]string{"kernel/web/refusal.go": `package web`, "handling/x/a.go": "package x\nvar e = problem.Conflict(\"已办结\").Coded(\"closed-already\")"}}},
	{"every module is in the list of the house", listed, house{files: map[string]string{"cmd/tongban/modules.go": "package main", "handling/casework/module.go": "package casework\nfunc (m *Module) Manifest() app.Manifest {}"}}},
	{"every module is explained in the glossary", glossary, house{files: map[string]string{"GLOSSARY.md": "| 办件 | Case | |", "handling/seal/module.go": "package seal\nfunc (m *Module) Manifest() app.Manifest {}"}}},
}

func one(name, text string) house { return house{files: map[string]string{name: text}} }

func TestHouseKeepsItsRules(t *testing.T) {
	h := theHouse(t)
	needed, told := map[string]bool{}, map[string]bool{}
	for _, r := range rules {
		for _, v := range r.check(h) {
			file, _, _ := strings.Cut(v, ":")
			exception := r.name + ": " + file
			needed[exception] = true
			if allowed[exception] == "" && !told[v] { // several rules of the table share a function
				told[v] = true
				t.Errorf("%s: %s", r.name, v)
			}
		}
	}
	for exception := range allowed {
		if !needed[exception] {
			t.Errorf("the exception %q is not needed any more", exception)
		}
	}
}

func TestEveryRuleCanFail(t *testing.T) {
	for _, r := range rules {
		if len(r.check(r.twin)) == 0 {
			t.Errorf("%s: the violating house passes", r.name)
		}
	}
	sound := house{packages: []pkg{{ImportPath: "tongban/handling/bundle", Imports: []string{"tongban/kernel/db", "tongban/ui", "tongban/base/org", "tongban/handling/casework", "tongban/handling/bundle/internal/store"}}},
		files: map[string]string{
			"handling/bundle/bundle.go":                           "// Package bundle is sound.\npackage bundle\n\n// Open opens.\nfunc Open() {}\n\n// A Draft is one.\ntype Draft struct{}\n",
			"handling/bundle/migrations/00001_bundle.sql":         "-- now() and x::y in a comment\nCREATE TABLE bundle_draft (\n  id text,\n  PRIMARY KEY (id)\n);",
			"handling/bundle/migrations/00002_more.sql":           "-- +goose Up\nALTER TABLE bundle_draft ADD COLUMN n bigint NOT NULL DEFAULT 0;\nALTER TABLE bundle_draft ADD CONSTRAINT positive CHECK (n >= 0) NOT VALID;\nCREATE TABLE bundle_new (\n  id text PRIMARY KEY\n);\nCREATE INDEX bundle_new_id ON bundle_new (id);\n-- +goose Down\nDROP TABLE bundle_new;",
			"handling/bundle/migrations/00003_index.postgres.sql": "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX CONCURRENTLY bundle_draft_n ON bundle_draft (n);",
			"handling/bundle/migrations/00003_index.sqlite.sql":   "-- +goose Up\nCREATE INDEX bundle_draft_n ON bundle_draft (n);",
			"handling/bundle/internal/store/queries.sql":          "-- name: Draft :one\nSELECT id FROM bundle_draft WHERE id = $1;",
			"handling/bundle/queries.go":                          "package bundle\nconst q = `SELECT id FROM bundle_draft`",
			"handling/bundle/pages.templ":                         "package bundle\ntempl a() {\n@ui.Table()\n}",
		}}
	for _, r := range rules {
		if v := r.check(sound); len(v) > 0 {
			t.Errorf("%s: a sound house is accused: %v", r.name, v)
		}
	}
}

// theHouse reads the work tree.
func theHouse(t *testing.T) house {
	t.Helper()
	h := house{files: map[string]string{}}
	list, err := exec.Command("go", "list", "-e", "-json=ImportPath,Name,Imports", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for d := json.NewDecoder(bytes.NewReader(list)); d.More(); {
		var p pkg
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		h.packages = append(h.packages, p)
	}
	err = fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if name != "." && strings.HasPrefix(path.Base(name), ".") {
				return fs.SkipDir
			}
			return err
		}
		if slices.Contains([]string{".go", ".templ", ".sql", ".md", ".js", ".service"}, path.Ext(name)) {
			text, err := os.ReadFile(name)
			h.files[name] = string(text)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}
