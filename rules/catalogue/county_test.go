package catalogue_test

import (
	"testing"

	"tongban/kernel/pack"
	"tongban/packs/nanling"
	"tongban/rules/catalogue"
)

// county reads the pack of the invented county, without the schemas of other modules.
func county(t testing.TB) (*pack.Content, *pack.Edition) {
	t.Helper()
	c, _ := pack.Load(nanling.FS, append(catalogue.Sections(),
		pack.Section{Kind: "unit", Glob: "units/*.yaml", Key: "code"},
		pack.Section{Kind: "servicepoint", Glob: "servicepoints/*.yaml", Key: "code"},
		pack.Section{Kind: "element", Glob: "elements/*.yaml", Key: "code"},
		pack.Section{Kind: "material", Glob: "materials/*.yaml", Key: "code"}))
	return c, pack.Preview(c)
}

func TestCountyMayBePublished(t *testing.T) {
	content, ed := county(t)
	for _, f := range pack.Place(content, catalogue.Check(ed)) {
		if f.Severity == pack.Warn || len(content.Docs("servicepoint")) == 0 && f.Path[:7] == "windows" {
			t.Log(f)
			continue
		}
		t.Error(f)
	}
}
