package tongban_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
)

// each calls f for every file whose path ends so, in order.
func (h house) each(suffix string, f func(name, text string)) {
	names := make([]string, 0, len(h.files))
	for name := range h.files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if strings.HasSuffix(name, suffix) {
			f(name, h.files[name])
		}
	}
}

// goFiles calls f for the syntax of every hand-written Go file that is no test.
func (h house) goFiles(f func(name string, file *ast.File, pos *token.FileSet)) {
	h.each(".go", func(name, text string) {
		if strings.HasSuffix(name, "_test.go") || generated(text) {
			return
		}
		pos := token.NewFileSet()
		if file, err := parser.ParseFile(pos, name, text, parser.ParseComments); err == nil {
			f(name, file, pos)
		}
	})
}

func generated(text string) bool {
	return strings.Contains(text[:min(len(text), 400)], "DO NOT EDIT")
}

// room names the area and module of a path; module is "" outside the areas.
func room(name string) (area, module string) {
	parts := strings.Split(strings.TrimPrefix(name, "tongban/"), "/")
	if len(parts) > 1 && slices.ContainsFunc(areas, func(a struct {
		name    string
		modules []string
	}) bool {
		return a.name == parts[0]
	}) {
		return parts[0], parts[1]
	}
	return parts[0], ""
}

// rank is the place of a package in the house; -1 when it has none.
func rank(importPath string) int {
	area, module := room(importPath)
	switch {
	case area == "kernel":
		return 0
	case area == "ui":
		return 1
	case module == "":
		return 1 << 20 // cmd, packs, test: they may use everything
	}
	for i, a := range areas {
		if a.name != area {
			continue
		}
		j := slices.Index(a.modules, module)
		if j < 0 {
			return -1
		}
		return (i+1)*1000 + j
	}
	return -1
}

func downwards(h house) (out []string) {
	for _, p := range h.packages {
		mine := rank(p.ImportPath)
		if mine < 0 {
			out = append(out, p.ImportPath+": the module has no place in the order of areas (arch_test.go)")
			continue
		}
		for _, used := range p.Imports {
			if !strings.HasPrefix(used, "tongban/") {
				continue
			}
			area, _ := room(used)
			switch {
			case strings.HasPrefix(p.ImportPath, "tongban/kernel/") && area == "ui": // the door shows pages
			case strings.HasPrefix(p.ImportPath, "tongban/ui") && area == "kernel":
				out = append(out, p.ImportPath+": ui uses "+used)
			case rank(used) > mine:
				out = append(out, p.ImportPath+": uses "+used+", which stands above it")
			}
		}
	}
	return out
}

func onePackage(h house) (out []string) {
	for _, p := range h.packages {
		_, module := room(p.ImportPath)
		parts := strings.Split(p.ImportPath, "/")
		if module != "" && len(parts) > 3 && parts[3] != "internal" {
			out = append(out, p.ImportPath+": a module is one package (and internal/store)")
		}
		for _, used := range p.Imports {
			owner, _, inside := strings.Cut(used, "/internal/")
			if inside && strings.HasPrefix(used, "tongban/") && !strings.HasPrefix(p.ImportPath+"/", owner+"/") {
				out = append(out, p.ImportPath+": uses the private "+used)
			}
		}
	}
	return out
}

func ambient(h house) (out []string) {
	h.goFiles(func(name string, file *ast.File, pos *token.FileSet) {
		if area, _ := room(name); slices.Contains([]string{"kernel", "cmd", "test"}, area) {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok {
					switch called := x.Name + "." + s.Sel.Name; called {
					case "time.Now", "time.Since", "time.Until", "context.Background", "context.TODO":
						out = append(out, name+": "+called+" at "+pos.Position(n.Pos()).String())
					}
				}
			}
			return true
		})
	})
	return out
}

func pure(h house) (out []string) {
	h.goFiles(func(name string, file *ast.File, _ *token.FileSet) {
		if base := path.Base(name); base != "rules.go" && base != "types.go" && base != "law.go" {
			return
		}
		for _, i := range file.Imports {
			if p := strings.Trim(i.Path.Value, `"`); p == "database/sql" || p == "net/http" {
				out = append(out, name+": imports "+p)
			}
		}
	})
	return out
}

var ofTheField = regexp.MustCompile(`(?i)casework|licen[cs]e|applicant|servicepoint|acceptance|tolerancecase|goodbad|onething|bundlecase`)

func fieldWords(h house) (out []string) {
	h.goFiles(func(name string, file *ast.File, pos *token.FileSet) {
		if area, _ := room(name); area != "kernel" {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && ofTheField.MatchString(id.Name) {
				out = append(out, name+": "+id.Name+" at "+pos.Position(id.Pos()).String())
			}
			return true
		})
	})
	return out
}

func lines(text string) int { return strings.Count(text, "\n") }

func short(h house) (out []string) {
	for _, suffix := range []string{".go", ".templ", ".sql"} {
		h.each(suffix, func(name, text string) {
			if lines(text) > 600 && !generated(text) {
				out = append(out, name+": more than 600 lines; split it by the words of the field")
			}
		})
	}
	return out
}

func small(h house) (out []string) {
	size := map[string]int{}
	for _, suffix := range []string{".go", ".templ"} {
		h.each(suffix, func(name, text string) {
			if area, module := room(name); module != "" && !generated(text) && !strings.HasSuffix(name, "_test.go") && !strings.HasSuffix(name, "/objects.go") { // declarations for the tests
				size[area+"/"+module] += lines(text)
			}
		})
	}
	for module, n := range size {
		if n > 4000 {
			out = append(out, module+": more than 4,000 lines; move a capability into a module of its own")
		}
	}
	return out
}

var (
	emptyWord = regexp.MustCompile(`(Manager|Utils?|Impl|DTO|Process)$`)
	romanised = regexp.MustCompile(`(?i)(banjian|shixiang|cailiao|shenpi|shenqing|bumen|yonghu|xinxi|zhengzhao|shouli|banli|chaxun|zhengwu|haocha|gongshi|qiye|renyuan)`)
)

func names(h house) (out []string) {
	h.goFiles(func(name string, file *ast.File, pos *token.FileSet) {
		look := func(id *ast.Ident) {
			if emptyWord.MatchString(id.Name) || romanised.MatchString(id.Name) {
				out = append(out, name+": "+id.Name+" at "+pos.Position(id.Pos()).String())
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch d := n.(type) {
			case *ast.TypeSpec:
				look(d.Name)
			case *ast.FuncDecl:
				look(d.Name)
			case *ast.ValueSpec:
				for _, id := range d.Names {
					look(id)
				}
			}
			return true
		})
	})
	return out
}

var handMade = regexp.MustCompile(`\b(class|style)=|<(table|input|button|select|textarea|form|script|style)\b`)

func markup(h house) (out []string) {
	h.each(".templ", func(name, text string) {
		if area, _ := room(name); area == "ui" {
			return
		}
		for i, line := range strings.Split(text, "\n") {
			if handMade.MatchString(line) {
				out = append(out, name+": line "+itoa(i+1)+": "+strings.TrimSpace(line))
			}
		}
	})
	h.goFiles(func(name string, file *ast.File, pos *token.FileSet) {
		if _, module := room(name); module == "" {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING && handMade.MatchString(l.Value) {
				out = append(out, name+": markup in "+pos.Position(l.Pos()).String())
			}
			return true
		})
	})
	return out
}

func itoa(n int) string { b, _ := json.Marshal(n); return string(b) }

var statement = regexp.MustCompile("(?s)^[`\"]\\s*(SELECT\\s.+\\sFROM\\s|INSERT INTO\\s|UPDATE\\s+\\w+\\s+SET\\s|DELETE FROM\\s)")

func sqlPlace(h house) (out []string) {
	h.goFiles(func(name string, file *ast.File, pos *token.FileSet) {
		_, module := room(name)
		base := path.Base(name)
		if module == "" || strings.Contains(name, "/internal/store/") || base == "queries.go" || base == "invariants.go" || base == "objects.go" || strings.HasSuffix(base, "_store.go") {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING && statement.MatchString(l.Value) {
				out = append(out, name+": SQL at "+pos.Position(l.Pos()).String()+"; it belongs into internal/store or queries.go")
			}
			return true
		})
	})
	return out
}

var (
	comment = regexp.MustCompile(`--[^\n]*`)
	table   = regexp.MustCompile(`(?is)CREATE TABLE (?:IF NOT EXISTS )?(\w+)\s*\((.*?)\n?\);`)
	reads   = regexp.MustCompile(`(?i)\b(?:FROM|JOIN|INTO|UPDATE)\s+(\w+)`)
)

// owner is the module, kernel package or harness whose folder a file lies in.
func owner(name string) string {
	if area, module := room(name); module != "" {
		return module
	} else if parts := strings.Split(name, "/"); (area == "kernel" || area == "test") && len(parts) > 1 {
		return parts[1]
	}
	return ""
}

func prefixes(h house) (out []string) {
	ownTables(h, func(name, tableName, body string) {
		mine := owner(name)
		kernel := mine == "db" && (strings.HasPrefix(tableName, "audit_") || strings.HasPrefix(tableName, "event_"))
		if !strings.HasPrefix(tableName, mine+"_") && !kernel {
			out = append(out, name+": table "+tableName+" does not carry the name "+mine)
		}
		if !strings.Contains(strings.ToUpper(body), "PRIMARY KEY") {
			out = append(out, name+": table "+tableName+" has no primary key")
		}
	})
	return out
}

func ownTables(h house, f func(file, table, body string)) {
	h.each(".sql", func(name, text string) {
		if !strings.Contains(name, "/migrations/") {
			return
		}
		for _, m := range table.FindAllStringSubmatch(comment.ReplaceAllString(text, ""), -1) {
			f(name, m[1], m[2])
		}
	})
}

func foreignTables(h house) (out []string) {
	of := map[string]string{}
	ownTables(h, func(file, table, _ string) { of[table] = owner(file) })
	h.each(".sql", func(name, text string) {
		if _, module := room(name); module == "" {
			return
		}
		for _, m := range reads.FindAllStringSubmatch(comment.ReplaceAllString(text, ""), -1) {
			if whose := of[m[1]]; whose != "" && whose != owner(name) && !strings.HasPrefix(m[1], whose+"_pub_") {
				out = append(out, name+": reaches into "+m[1]+" of "+whose)
			}
		}
	})
	return out
}

var oneEngine = regexp.MustCompile(`(?i)::\s*\w|\bANY\s*\(|\bnow\s*\(|\bILIKE\b|\bDISTINCT ON\b|->|\bjsonb?_\w+|\bSERIAL\b|\bAUTOINCREMENT\b|\bINTERVAL\b|\bCURRENT_TIMESTAMP\b|\barray\s*\[|\bdatetime\s*\(|\bstrftime\s*\(|\bdate_trunc\s*\(|\bINSERT OR\b|\bPRAGMA\b`)

func bothEngines(h house) (out []string) {
	h.each(".sql", func(name, text string) {
		if strings.HasSuffix(name, ".sqlite.sql") || strings.HasSuffix(name, ".postgres.sql") {
			return
		}
		for i, line := range strings.Split(text, "\n") {
			if found := oneEngine.FindString(comment.ReplaceAllString(line, "")); found != "" {
				out = append(out, name+": line "+itoa(i+1)+": "+found)
			}
		}
	})
	return out
}

func documented(h house) (out []string) {
	h.goFiles(func(name string, file *ast.File, _ *token.FileSet) {
		if file.Name.Name == "main" {
			return
		}
		bare := func(id *ast.Ident, docs ...*ast.CommentGroup) {
			if id.IsExported() && !slices.ContainsFunc(docs, func(c *ast.CommentGroup) bool { return c != nil }) {
				out = append(out, name+": "+id.Name+" is exported and not documented")
			}
		}
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				said := slices.Contains([]string{"Error", "String", "Unwrap"}, d.Name.Name) // the name says it all
				if d.Recv == nil || exportedReceiver(d) && !said {
					bare(d.Name, d.Doc)
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					switch s := s.(type) {
					case *ast.TypeSpec:
						bare(s.Name, d.Doc, s.Doc, s.Comment)
					case *ast.ValueSpec:
						// Constants of one type in a block are explained by the type and their names.
						for _, id := range s.Names {
							if !d.Lparen.IsValid() {
								bare(id, d.Doc, s.Doc, s.Comment)
							}
						}
					}
				}
			}
		}
	})
	return out
}

func exportedReceiver(d *ast.FuncDecl) bool {
	t := d.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return false
		}
	}
}

// modulesOf lists area/module of every folder that declares a manifest.
func modulesOf(h house) (out []string) {
	h.each(".go", func(name, text string) {
		area, module := room(name)
		if module != "" && !strings.HasSuffix(name, "_test.go") && strings.Contains(text, ") Manifest() app.Manifest") && !slices.Contains(out, area+"/"+module) {
			out = append(out, area+"/"+module)
		}
	})
	return out
}

func listed(h house) (out []string) {
	for _, m := range modulesOf(h) {
		if list, ok := h.files["cmd/tongban/modules.go"]; ok && !strings.Contains(list, `"tongban/`+m+`"`) {
			out = append(out, m+": not in cmd/tongban/modules.go")
		}
	}
	return out
}

func glossary(h house) (out []string) {
	text, ok := h.files["GLOSSARY.md"]
	for _, m := range modulesOf(h) {
		if ok && !regexp.MustCompile(`(?i)\b`+path.Base(m)+`\b`).MatchString(text) {
			out = append(out, m+": the glossary does not explain the word")
		}
	}
	return out
}

// explained holds every code given to a problem to the list that the page of the API shows: the type of a problem leads there.
func explained(h house) (out []string) {
	known := h.files["kernel/web/refusal.go"]
	h.goFiles(func(name string, file *ast.File, _ *token.FileSet) {
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) != 1 {
				return true
			}
			if f, ok := call.Fun.(*ast.SelectorExpr); !ok || f.Sel.Name != "Coded" {
				return true
			}
			if code, ok := call.Args[0].(*ast.BasicLit); !ok || !strings.Contains(known, "{"+code.Value+", ") {
				out = append(out, name+": gives a code that kernel/web/refusal.go does not explain")
			}
			return true
		})
	})
	return out
}
