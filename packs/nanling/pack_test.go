package nanling_test

import (
	"os"
	"slices"
	"testing"

	"tongban/base/account"
	"tongban/base/address"
	"tongban/base/org"
	"tongban/base/servicepoint"
	"tongban/handling/casework"
	"tongban/kernel/pack"
	"tongban/oversight/efficiency"
	"tongban/packs/nanling"
	"tongban/rules/catalogue"
	"tongban/rules/form"
	"tongban/rules/material"
)

func sections(t testing.TB) []pack.Section {
	t.Helper()
	day, err := os.ReadFile("../../kernel/calendar/schema/day.json")
	if err != nil {
		t.Fatal(err)
	}
	return slices.Concat(org.Sections(), address.Sections(), servicepoint.Sections(), account.Sections(),
		form.Sections(), material.Sections(), catalogue.Sections(), casework.Sections(), efficiency.Sections(),
		[]pack.Section{{Kind: "day", Glob: "calendar/*.yaml", Schema: day, Key: "code"}})
}

func load(t testing.TB) *pack.Content {
	t.Helper()
	c, findings := pack.Load(nanling.FS, sections(t))
	for _, f := range findings {
		t.Errorf("packs/nanling/%v", f)
	}
	if t.Failed() {
		t.FailNow()
	}
	return c
}

func TestPackHasNoFindings(t *testing.T) {
	c := load(t)
	for _, s := range c.Sections() {
		t.Logf("%s: %d", s.Kind, len(c.Docs(s.Kind)))
	}
}
