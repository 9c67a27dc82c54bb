package main

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"runtime/debug"
	"strings"
	"testing"
)

// Everything of others that the linker puts into the product stands in its bill of materials, with the version it has there.
func TestTheBillOfMaterialsNamesEveryModuleInTheBinary(t *testing.T) {
	linked, err := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}", "tongban/cmd/tongban").Output()
	if err != nil {
		t.Fatal(err)
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || len(info.Deps) == 0 {
		t.Fatal("the binary of this test does not say what it is made of")
	}
	var text bytes.Buffer
	if err := writeMaterials(&text, info); err != nil {
		t.Fatal(err)
	}
	var b bom
	if err := json.Unmarshal(text.Bytes(), &b); err != nil || b.Format != "CycloneDX" || b.Spec != "1.6" {
		t.Fatalf("%v: %.200s", err, text.String())
	}
	named := map[string]bool{}
	for _, c := range b.Components {
		if c.Version == "" || !strings.HasPrefix(c.PURL, "pkg:golang/"+c.Name+"@") || named[c.Name+" "+c.Version] {
			t.Errorf("a component without version or address, or twice: %+v", c)
		}
		named[c.Name+" "+c.Version] = true
	}
	if len(b.Depends) != 1 || len(b.Depends[0].On) != len(b.Components) {
		t.Errorf("the product depends on %d of %d components", len(b.Depends[0].On), len(b.Components))
	}
	n := 0
	for line := range strings.Lines(string(linked)) {
		if line = strings.TrimSpace(line); line != "" {
			if n++; !named[line] {
				t.Errorf("%s is linked and not named", line)
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d packages of others: the question was wrong", n)
	}
}
