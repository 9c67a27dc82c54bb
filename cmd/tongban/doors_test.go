package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// handwork are the acts of the main job that have pages and no operation of the API, each with its reason.
var handwork = map[string]string{
	"bundle.reuse":       "an applicant is shown his own earlier papers; a program sends the file",
	"delivery.recognise": "handing over by program says the digits in the same call",
	"docket.filter":      "a person's own lists",
	"hall.fill":          "the counter's draft: a program has /api/v1/drafts",
	"hall.give-up":       "the counter's draft",
	"hall.receive":       "the counter's draft",
	"hall.situate":       "the counter's draft",
	"hall.submit":        "the counter's draft",
	"hall.take-in":       "the counter's draft, with papers scanned there",
	"licence.end":        "what takes a licence away is decided by a person, upon a document",
	"licence.remake":     "repair at the desk that issues",
	"licence.retry":      "repair at the desk that issues",
	"seal.establish":     "a seal is kept by a person, who alone moves it (印章管理)",
	"seal.move":          "likewise",
	"seal.release":       "likewise",
	"seal.rule":          "likewise",
	"seal.void":          "likewise",
}

// What a person does on the pages of the main job, from the draft to the delivery, a program does by the API: same command, same name.
func TestEveryActOfTheMainJobHasItsOperation(t *testing.T) {
	root := os.DirFS("../..")
	byHand, byProgram := map[string]string{}, map[string]string{}
	for _, area := range []string{"handling", "reach"} {
		err := fs.WalkDir(root, area, func(name string, d fs.DirEntry, err error) error {
			if err != nil || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
				return err
			}
			source, err := fs.ReadFile(root, name)
			if !bytes.Contains(source, []byte(`"tongban/kernel/web"`)) { // answers nobody: a job, a listener
				return err
			}
			for _, act := range actsIn(t, name, source) {
				if strings.HasPrefix(path.Base(name), "api") {
					byProgram[act] = name
				} else {
					byHand[act] = name
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, act := range slices.Sorted(maps.Keys(byHand)) {
		if byProgram[act] == "" && handwork[act] == "" {
			t.Errorf("%s is done in %s, and no program can", act, byHand[act])
		}
	}
	for act := range handwork {
		if byHand[act] == "" || byProgram[act] != "" {
			t.Errorf("the exception for %s is not needed any more", act)
		}
	}
	if len(byHand) < 40 || len(byProgram) < 25 {
		t.Errorf("only %d acts by hand and %d by program were found", len(byHand), len(byProgram))
	}
	t.Logf("%d acts by hand, %d by program, %d exceptions", len(byHand), len(byProgram), len(handwork))
}

var commandName = regexp.MustCompile(`^[a-z]+\.[a-z_-]+$`)

// actsIn are the names of the commands that a file's handlers carry out for whoever asks. On a case the helpers name the act alone.
func actsIn(t *testing.T, name string, source []byte) (out []string) {
	file, err := parser.ParseFile(token.NewFileSet(), name, source, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		called := ""
		switch f := call.Fun.(type) {
		case *ast.Ident:
			called = f.Name
		case *ast.SelectorExpr:
			called = f.Sel.Name
		}
		if !slices.Contains([]string{"Act", "Do", "as", "changing", "ending", "acting", "submit", "act"}, called) {
			return true
		}
		last := ""
		for _, arg := range call.Args[:min(3, len(call.Args))] {
			if l, ok := arg.(*ast.BasicLit); ok && l.Kind == token.STRING {
				last, _ = strconv.Unquote(l.Value)
			}
		}
		switch {
		case commandName.MatchString(last):
			out = append(out, last)
		case last != "" && (called == "submit" || called == "act"):
			out = append(out, "casework."+last)
		}
		return true
	})
	return out
}

func TestAnActIsFoundWhereverItStands(t *testing.T) {
	found := actsIn(t, "x.go", []byte(`package x
func a() { r.Act("delivery.hand", nil); web.Do(r, "bundle.submit", nil); m.submit(w, r, "accept", nil, nil); act(m, "send-back", "send_back", p); m.k.DB.Run(c, db.Act{Name: "job.own"}); fmt.Println("not.one") }`))
	if got := strings.Join(found, " "); got != "delivery.hand bundle.submit casework.accept casework.send_back" {
		t.Errorf("found %s", got)
	}
}
