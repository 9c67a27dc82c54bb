package main

import (
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
)

//go:embed skeleton/*.tmpl
var skeleton embed.FS

// areas in their order; a module may use those before its own.
var areas = []string{"base", "rules", "handling", "data", "project", "reach", "oversight", "openness"}

type newModule struct {
	Name  string `arg:"" help:"领域/模块，例如 handling/tolerance。"`
	Title string `help:"模块的中文名。" default:"未命名"`
}

// Run writes the files every module has, compiling and tested, with the places to fill marked by what belongs there.
func (n *newModule) Run() error {
	area, name, ok := strings.Cut(n.Name, "/")
	if !ok || !slices.Contains(areas, area) || name == "" || strings.ToLower(name) != name || strings.ContainsAny(name, "/-_ ") {
		return fmt.Errorf("名称应为 领域/模块，领域是 %s 之一，模块用小写英文单词，例如 handling/tolerance", strings.Join(areas, "、"))
	}
	dir := filepath.Join(area, name)
	if _, err := os.Stat(dir); err == nil {
		return fmt.Errorf("%s 已经存在，没有改动", dir)
	}
	data := map[string]string{"Name": name, "Title": n.Title, "Package": name, "Area": area, "Noun": strings.ToUpper(name[:1]) + name[1:]}
	for file, source := range map[string]string{
		"doc.go": "doc.go", "module.go": "module.go", "types.go": "types.go", "rules.go": "rules.go", "rules_test.go": "rules_test.go",
		"commands.go": "commands.go", "queries.go": "queries.go", "events.go": "events.go", "pages.go": "pages.go", "api.go": "api.go", "objects.go": "objects.go", "module_test.go": "module_test.go", "invariants.go": "invariants.go",
		"migrations/00001_" + name + ".sql": "migration.sql", "internal/store/queries.sql": "queries.sql",
	} {
		t, err := template.ParseFS(skeleton, "skeleton/"+source+".tmpl")
		if err != nil {
			return err
		}
		path := filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); /* #nosec G301 -- source code */ err != nil {
			return err
		}
		f, err := os.Create(path)
		if err != nil {
			return err
		}
		if err := t.Execute(f, data); err != nil {
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	fmt.Printf(`已写出 %s。接着：
 1. 在 sqlc.yaml 加上本模块一项，运行 make generate
 2. 在 cmd/tongban/modules.go 加一行 %s.New(k)
 3. 在 GLOSSARY.md 加上本模块用到的词
 4. make test
`, dir, name)
	return nil
}
