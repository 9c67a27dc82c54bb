package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// annexe is a copy of the house with modules more, laid over the real tree without touching it.
type annexe struct {
	t    *testing.T
	root string // of the real tree
	dir  string
	over map[string]string
}

func annex(t *testing.T) annexe {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return annexe{t, root, t.TempDir(), map[string]string{}}
}

// module writes a new module; alter changes one of its files.
func (a annexe) module(name, title string, alter func(file, text string) string) {
	a.t.Helper()
	a.t.Chdir(a.dir)
	if err := (&newModule{Name: name, Title: title}).Run(); err != nil {
		a.t.Fatal(err)
	}
	err := filepath.WalkDir(filepath.Join(a.dir, filepath.FromSlash(name)), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		file, err := filepath.Rel(a.dir, path)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		a.over[filepath.Join(a.root, file)] = path
		return os.WriteFile(path, []byte(alter(filepath.Base(file), string(text))), 0o600)
	})
	if err != nil {
		a.t.Fatal(err)
	}
}

// file lays a text over a file of the tree.
func (a annexe) file(name, text string) {
	a.t.Helper()
	path := filepath.Join(a.dir, strings.ReplaceAll(name, "/", "-"))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		a.t.Fatal(err)
	}
	a.over[filepath.Join(a.root, name)] = path
}

// test builds the tests of a package of the annexe and runs those that match.
func (a annexe) test(pkg, run string) (said string, passed bool) {
	a.t.Helper()
	plan, err := json.Marshal(map[string]any{"Replace": a.over})
	if err != nil {
		a.t.Fatal(err)
	}
	overlay, program := filepath.Join(a.dir, "overlay.json"), filepath.Join(a.dir, filepath.Base(pkg)+".test")
	if err := os.WriteFile(overlay, plan, 0o600); err != nil {
		a.t.Fatal(err)
	}
	build := exec.CommandContext(a.t.Context(), "go", "test", "-c", "-vet=off", "-ldflags=-w", "-overlay", overlay, "-o", program, pkg)
	build.Dir = a.root
	if out, err := build.CombinedOutput(); err != nil {
		a.t.Fatalf("%s does not build: %v\n%s", pkg, err, out)
	}
	tests := exec.CommandContext(a.t.Context(), program, "-test.v", "-test.run", run)
	tests.Dir = a.dir
	out, err := tests.CombinedOutput()
	return string(out), err == nil && strings.Contains(string(out), "--- PASS")
}

func asWritten(_, text string) string { return text }

// What new-module writes declares itself and does nothing more. It passes the tests that it brings, and hung into the house by one line it
// has everything that the house gives: see testdata/inherits_test.go.txt.
func TestAModuleThatOnlyDeclaresItselfInheritsTheHouse(t *testing.T) {
	read := func(name string) string {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	inherits, list := read("testdata/inherits_test.go.txt"), read("modules.go")
	hung := strings.NewReplacer("\t\"tongban/kernel/app\"", "\t\"tongban/handling/tolerance\"\n\t\"tongban/kernel/app\"", "seals, cases, files,", "seals, cases, files, tolerance.New(k),").Replace(list)
	if strings.Count(hung, "tolerance") != 2 {
		t.Fatal("the list of modules is written otherwise than this test thinks")
	}
	a := annex(t)
	a.module("handling/tolerance", "容缺受理", asWritten)
	if said, ok := a.test("./handling/tolerance", "/sqlite"); !ok {
		t.Errorf("the tests that a new module brings fail:\n%s", said)
	}
	a.file("cmd/tongban/modules.go", hung)
	a.file("cmd/tongban/inherits_test.go", inherits)
	if said, ok := a.test("./cmd/tongban", "^TestTheNewModuleInherits$"); !ok {
		t.Errorf("a new module does not inherit:\n%s", said)
	}
}

// A module that does not say whose its things are, or asks for a permission that nobody defined, does not pass its own tests.
func TestAModuleThatHidesSomethingFailsItsOwnTests(t *testing.T) {
	for name, twin := range map[string]struct{ from, to, says string }{
		"silent": {"\t\tObjects: objects(),\n", "", "unclassified"},
		"vague":  {`web.Form("/w/vague", PermOpen`, `web.Form("/w/vague", "vague.anything"`, "no module defines"},
	} {
		t.Run(name, func(t *testing.T) {
			a := annex(t)
			a.module("handling/"+name, "双胞胎", func(file, text string) string {
				if file != "module.go" {
					return text
				}
				return strings.Replace(text, twin.from, twin.to, 1)
			})
			said, ok := a.test("./handling/"+name, "Battery/sqlite")
			if ok || !strings.Contains(said, twin.says) {
				t.Errorf("it passes, or fails for another reason:\n%s", said)
			}
		})
	}
}
