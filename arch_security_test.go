package tongban_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// guarded are the rules of docs/security that can be read off the text of the product. Each has a small house that breaks it.
var guarded = []rule{
	{"programs are started at one place", startsPrograms, one("handling/x/a.go", "package x\nvar _ = exec.Command(name)")},
	{"no pattern is built of what somebody typed", builtPatterns, one("handling/x/a.go", "package x\nvar r = regexp.MustCompile(\"^\" + typed)")},
	{"a format is a constant", formats, one("handling/x/a.go", "package x\nfunc f(s string) string { return fmt.Sprintf(s) }")},
	{"a format is a constant, also of a problem", formats, one("handling/x/a.go", "package x\nfunc f(s string) error { return problem.Invalid(s) }")},
	{"memory is Go's", memory, one("handling/x/a.go", "package x\nimport \"unsafe\"\n")},
	{"memory is Go's, also by the linker", memory, one("handling/x/a.go", "package x\n//go:linkname a b\n")},
	{"the log has one door", logDoors, one("handling/x/a.go", "package x\nvar l = log.New(f, \"\", 0)")},
	{"the script writes no HTML", script, one("ui/static/tb.js", "e.innerHTML=t")},
	{"the script runs no text", script, one("ui/static/tb.js", "setTimeout('alert(1)',1)")},
	{"the script keeps the look and nothing else", script, one("ui/static/tb.js", "store('name',input.value)")},
	{"the script keeps nothing by another way", script, one("ui/static/tb.js", "sessionStorage.setItem('a',b)")},
	{"the script merges no objects", script, one("ui/static/tb.js", "for(k in a){b[k]=a[k]}")},
	{"the script compares strictly", script, one("ui/static/tb.js", "if(a==b){}")},
	{"the service has no rights to spare", service, one("docs/operations/tongban.service", "[Service]\nUser=root\n")},
	{"every way in is written down", waysIn, one("base/x/a.go", "package x\nfunc (m *Module) postMagic(w W, r R) error { return m.accounts.Enter(w, r, a, p) }")},
	{"how long logs are kept is written down", kept, one("base/webhook/send.go", "package webhook\nconst keepFor = 9 * 24 * time.Hour")},
	{"every way out is written down", waysOut, one("handling/x/a.go", "package x\nvar c = http.Client{}")},
	{"what costs much is written down", heavy, one("handling/x/a.go", "package x\nvar r = web.Page(\"/w/all\", p, f).Costly()")},
	{"no secret stands in the text", secrets, one("handling/x/a.go", "package x\nconst password = \"hunter2hunter2\"")},
}

// decided is where a house writes its decisions down.
const decided = "docs/security/decisions.md"

var (
	dials  = regexp.MustCompile(`\b(http\.Client\{|net\.Dialer\{|net\.Dial\(|tls\.Dialer\{|mail\.NewClient\(|sql\.Open\()`)
	costly = regexp.MustCompile(`"(/[^"]*)"[^\n]*\.Costly\(\)`)
)

// waysOut finds packages that connect to somewhere and are not in the table of decisions.
func waysOut(h house) (out []string) {
	for name, text := range h.files {
		if at := path.Dir(name); product(name) && dials.MatchString(text) && !strings.Contains(h.files[decided], "| "+at+" |") {
			out = append(out, name+": connects to somewhere, and "+decided+" does not say where")
		}
	}
	return out
}

// heavy finds addresses that cost much and are not in the table of decisions.
func heavy(h house) (out []string) {
	for name, text := range h.files {
		for _, m := range costly.FindAllStringSubmatch(text, -1) {
			if product(name) && !strings.Contains(h.files[decided], "| "+m[1]+" |") {
				out = append(out, name+": "+m[1]+" costs much, and "+decided+" does not say what bounds it")
			}
		}
	}
	return out
}

// waysIn finds functions that begin a session and are not in the table of decisions.
func waysIn(h house) (out []string) {
	for name, text := range h.files {
		if !product(name) || !strings.HasPrefix(name, "base/") && !strings.Contains(text, ".SignIn(") && !strings.Contains(text, ".Enter(w") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, 0)
		if err != nil {
			continue
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			body := text[f.Body.Pos()-1 : f.Body.End()-1]
			if way := file.Name.Name + "." + f.Name.Name; (strings.Contains(body, ".SignIn(") || strings.Contains(body, ".Enter(w")) && !regexp.MustCompile(`\b`+regexp.QuoteMeta(way)+`\b`).MatchString(h.files[decided]) {
				out = append(out, name+": "+way+" lets people in, and "+decided+" does not say how")
			}
		}
	}
	return out
}

// kept finds times after which something is forgotten that the table of logs does not tell.
func kept(h house) (out []string) {
	for name, words := range map[string]string{"base/webhook/send.go": "keepFor = 90 * 24 * time.Hour|90 days", "kernel/event/event.go": "kept = 30 * 24 * time.Hour|a month"} {
		code, told, _ := strings.Cut(words, "|")
		if text, there := h.files[name]; there && (!strings.Contains(text, code) || !strings.Contains(h.files[decided], "| "+told+" |")) {
			out = append(out, name+": "+decided+" tells another time than the code")
		}
	}
	return out
}

// spared are the exceptions, each with its reason.
var spared = map[string]string{
	"programs are started at one place: kernel/vault/vault.go":              "pg_dump and pg_restore, whose arguments are the operator's",
	"no pattern is built of what somebody typed: kernel/notify/settings.go": "the operator's own file says what a gateway's success looks like",
	"no pattern is built of what somebody typed: kernel/earlier/pattern.go": "of texts that stand in the code",
	"a format is a constant: base/party/codes.go":                           "hands on the verb it was printed with",
	"a format is a constant: kernel/audit/search.go":                        "conditions of SQL that stand beside it, with the number of a placeholder",
	"the log has one door: kernel/logging/logging.go":                       "the door itself",
	"the log has one door: kernel/job/job.go":                               "the same, with River's chatter left out",
}

// product tells whether a file is of the program as it is delivered.
func product(name string) bool {
	return path.Ext(name) == ".go" && !strings.HasSuffix(name, "_test.go") && !strings.HasSuffix(name, "_templ.go") &&
		!slices.ContainsFunc([]string{"test/", "kernel/kerneltest/", "examples/"}, func(dir string) bool { return strings.HasPrefix(name, dir) })
}

// inProduct finds the pattern in the files of the product.
func inProduct(h house, pattern *regexp.Regexp, what string) (out []string) {
	for name, text := range h.files {
		if product(name) {
			if found := pattern.FindString(text); found != "" {
				out = append(out, fmt.Sprintf("%s: %s: %.60q", name, what, found))
			}
		}
	}
	return out
}

var (
	starts  = regexp.MustCompile(`\b(exec\.Command|os\.StartProcess|syscall\.Exec\b)`)
	compile = regexp.MustCompile("\\bregexp\\.(Must)?Compile(POSIX)?\\((\"[^\"\\n]*\"|`[^`]*`)?[^\"`)]")
	doors   = regexp.MustCompile(`\b(slog\.New|log\.New|log\.SetOutput|slog\.SetDefault)\(`)
	escapes = regexp.MustCompile(`"unsafe"|import "C"|//go:linkname`)
	literal = regexp.MustCompile(`(?i)\b(password|secret|token|passphrase|api_?key)\s*(:=|=|:)\s*"[^"{}%:/ ]{8,}"`)
)

func startsPrograms(h house) []string { return inProduct(h, starts, "starts a program") }
func builtPatterns(h house) []string  { return inProduct(h, compile, "compiles what is no constant") }
func memory(h house) []string         { return inProduct(h, escapes, "goes past the language") }
func secrets(h house) []string        { return inProduct(h, literal, "looks like a secret") }

func logDoors(h house) (out []string) {
	for _, v := range inProduct(h, doors, "makes a log") {
		if !strings.HasPrefix(v, "cmd/") { // where the program begins and says which log it has
			out = append(out, v)
		}
	}
	return out
}

// formats finds calls whose format is no constant: a text of somebody's could read what it should not.
func formats(h house) (out []string) {
	takes := map[string]int{"fmt.Sprintf": 0, "fmt.Errorf": 0, "fmt.Printf": 0, "fmt.Fprintf": 1, "problem.Invalid": 0, "problem.Conflict": 0, "problem.Forbidden": 0, "problem.NotFound": 0,
		"problem.Gone": 0, "problem.Unauthenticated": 0, "problem.Internal": 0, "problem.Stale": 0, "problem.TooLarge": 0, "problem.TooMany": 1, "problem.Busy": 1}
	for name, text := range h.files {
		if !product(name) {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, 0)
		if err != nil {
			out = append(out, name+": "+err.Error())
			continue
		}
		constants := map[string]bool{"format": true} // a parameter of that name, of a function that is called with one
		ast.Inspect(file, func(n ast.Node) bool {
			if f, ok := n.(*ast.FuncType); ok && len(f.Params.List) > 1 { // who passes a format on with its arguments is itself called with a constant
				last := f.Params.List[len(f.Params.List)-1]
				if _, variadic := last.Type.(*ast.Ellipsis); variadic {
					for _, id := range f.Params.List[len(f.Params.List)-2].Names {
						constants[id.Name] = true
					}
				}
			}
			if d, ok := n.(*ast.GenDecl); ok && d.Tok == token.CONST {
				for _, s := range d.Specs {
					for _, id := range s.(*ast.ValueSpec).Names {
						constants[id.Name] = true
					}
				}
			}
			return true
		})
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			f, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			in, ok := f.X.(*ast.Ident)
			if !ok {
				return true
			}
			if at, known := takes[in.Name+"."+f.Sel.Name]; known && at < len(call.Args) && !constant(call.Args[at], constants) {
				out = append(out, fmt.Sprintf("%s: the format of %s.%s is no constant", name, in.Name, f.Sel.Name))
			}
			return true
		})
	}
	return out
}

func constant(e ast.Expr, known map[string]bool) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return true
	case *ast.Ident:
		return known[e.Name]
	case *ast.BinaryExpr:
		return constant(e.X, known) && constant(e.Y, known)
	}
	return false
}

// script holds the page's own script to what the standard asks of it.
func script(h house) (out []string) {
	forbidden := map[string]*regexp.Regexp{
		"writes HTML":         regexp.MustCompile(`\b(innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|document\.write)\b`),
		"runs text":           regexp.MustCompile(`\beval\(|new Function\(|set(Timeout|Interval)\(\s*['"]`),
		"keeps something":     regexp.MustCompile(`\b(sessionStorage|indexedDB|document\.cookie|caches)\b|localStorage\.[a-z]*Item\([^k]`),
		"merges objects":      regexp.MustCompile(`__proto__|\bfor\s*\(\s*(var |let |const )?\w+ in |Object\.assign\(\s*[^{]`),
		"compares loosely":    regexp.MustCompile(`[^=!<>]==[^=]|!=[^=]`),
		"speaks to strangers": regexp.MustCompile(`\bpostMessage\b|https?://[a-z]`),
	}
	kept := regexp.MustCompile(`\bstore\('([^']*)'`)
	for name, text := range h.files {
		if path.Ext(name) != ".js" || !strings.HasPrefix(name, "ui/static/") {
			continue
		}
		for what, pattern := range forbidden {
			if found := pattern.FindString(text); found != "" {
				out = append(out, fmt.Sprintf("%s: %s: %q", name, what, found))
			}
		}
		for _, m := range kept.FindAllStringSubmatch(text, -1) {
			if !slices.Contains([]string{"tbkeys"}, m[1]) { // whether single keys are shortcuts
				out = append(out, fmt.Sprintf("%s: keeps %s in the browser", name, m[1]))
			}
		}
	}
	return out
}

// service holds the unit that operators install to the least that the program needs.
func service(h house) (out []string) {
	for name, text := range h.files {
		if path.Ext(name) != ".service" {
			continue
		}
		for _, want := range []string{"User=tongban", "UMask=0077", "NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes", "PrivateDevices=yes"} {
			if !strings.Contains(text, want+"\n") && strings.Contains(name, "tongban.service") {
				out = append(out, name+": lacks "+want)
			}
		}
	}
	return out
}

func TestTheTextOfTheProductKeepsTheRulesOfSecurity(t *testing.T) {
	h, needed := theHouse(t), map[string]bool{}
	for _, r := range guarded {
		for _, v := range r.check(h) {
			file, _, _ := strings.Cut(v, ":")
			exception := r.name + ": " + file
			needed[exception] = true
			if spared[exception] == "" && !strings.Contains(r.name, ", also") {
				t.Errorf("%s: %s", r.name, v)
			}
		}
		if len(r.check(r.twin)) == 0 {
			t.Errorf("%s: the violating house passes", r.name)
		}
	}
	for exception := range spared {
		if !needed[exception] {
			t.Errorf("the exception %q is not needed any more", exception)
		}
	}
	sound := house{files: map[string]string{"ui/static/tb.js": "if(a===b&&c!==d){e.textContent=t;store('tbkeys','on');o=Object.assign({},p)}",
		"docs/operations/tongban.service": "User=tongban\nUMask=0077\nNoNewPrivileges=yes\nProtectSystem=strict\nProtectHome=yes\nPrivateTmp=yes\nPrivateDevices=yes\n",
		"handling/x/a.go":                 "package x\nconst words = \"%d\"\nvar r = regexp.MustCompile(`^a$`)\nfunc f(n int) string { return fmt.Sprintf(words+\"件\", n) }\n"}}
	for _, r := range guarded {
		if v := r.check(sound); len(v) > 0 {
			t.Errorf("%s: a sound house is accused: %v", r.name, v)
		}
	}
}
