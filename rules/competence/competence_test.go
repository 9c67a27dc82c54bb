package competence_test

import (
	"testing"
	"testing/fstest"

	"tongban/kernel/calendar"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/rules/catalogue"
	"tongban/rules/competence"
)

func edition(t *testing.T) *pack.Edition {
	t.Helper()
	c, _ := pack.Load(fstest.MapFS{
		"pack.yaml":      {Data: []byte("name: t\ntitle: t\narea: \"431199\"\nversion: \"1\"\ndescription: t\n")},
		"units/all.yaml": {Data: []byte("code: a\nname: 甲局\nshort: 甲\nphone: \"1\"\n---\ncode: b\nname: 乙局\nshort: 乙\nphone: \"2\"\n---\ncode: c\nname: 丙局\nshort: 丙\n---\ncode: v\nname: 垂管局\nshort: 垂管\nvertical: true\n")},
	}, []pack.Section{{Kind: "unit", Glob: "units/*.yaml", Key: "code"}})
	return pack.Preview(c)
}

func TestPowerFollowsItsTransfers(t *testing.T) {
	ed := edition(t)
	twice := catalogue.Item{Code: "x", Name: "某许可", Unit: "c", Phone: "3", Office: "审批股", Transfers: []catalogue.Transfer{
		{From: "b", To: "c", Date: "2024-01-01", Instrument: "甲文"}, {From: "a", To: "b", Date: "2019-07-01", Instrument: "乙文"}}}
	for on, want := range map[string]string{"2010-01-01": "a", "2019-06-30": "a", "2019-07-01": "b", "2023-12-31": "b", "2024-01-01": "c", "2026-11-23": "c"} {
		got, err := competence.Decider(ed, twice, calendar.MustDay(on))
		if err != nil || got != want {
			t.Errorf("on %s decides %s (%v), want %s", on, got, err, want)
		}
	}
	now, err := competence.Responsible(ed, twice, calendar.MustDay("2026-11-23"))
	if err != nil || now.Name != "丙局" || now.Phone != "3" || now.Office != "审批股" {
		t.Errorf("%+v, %v", now, err)
	}
	then, err := competence.Responsible(ed, twice, calendar.MustDay("2020-01-01"))
	if err != nil || then.Name != "乙局" || then.Phone != "2" || then.Office != "" {
		t.Errorf("the old unit is named with its own phone: %+v, %v", then, err)
	}
	if found := competence.Mismatches(ed); len(found) != 0 {
		t.Errorf("%v", found)
	}
}

func TestEntrustedUnitActsInTheNameOfAnother(t *testing.T) {
	u, err := competence.Responsible(edition(t), catalogue.Item{Unit: "a", Standing: "entrusted", Delegator: "b"}, calendar.MustDay("2026-11-23"))
	if err != nil || u.Name != "甲局" || u.Acting != "乙局" {
		t.Errorf("%+v, %v", u, err)
	}
}

func TestItemWithoutAUnitIsNobodysAndSaysSo(t *testing.T) {
	_, err := competence.Decider(edition(t), catalogue.Item{Name: "某许可", Unit: "gone"}, calendar.MustDay("2026-11-23"))
	if problem.KindOf(err) != problem.KindConflict || problem.NextFor(err) == "" {
		t.Errorf("%v", err)
	}
}

func TestMismatchesAreFound(t *testing.T) {
	c, _ := pack.Load(fstest.MapFS{
		"pack.yaml":      {Data: []byte("name: t\ntitle: t\narea: \"431199\"\nversion: \"1\"\ndescription: t\n")},
		"units/all.yaml": {Data: []byte("code: a\nshort: 甲\n---\ncode: b\nshort: 乙\n---\ncode: v\nshort: 垂管\nvertical: true\n")},
		"items/all.yaml": {Data: []byte(`code: gap
unit: b
transfers:
  - {from: a, to: b, date: "2019-01-01", instrument: x}
  - {from: a, to: b, date: "2020-01-01", instrument: x}
---
code: elsewhere
unit: a
transfers: [{from: a, to: b, date: "2019-01-01", instrument: x}]
---
code: vertical
unit: b
transfers: [{from: v, to: b, date: "2019-01-01", instrument: x}]
---
code: noted
unit: b
transfers: [{from: a, to: b, date: "2019-01-01", instrument: x, mismatch: 价格认定误划}]
---
code: sound
unit: b
transfers: [{from: a, to: b, date: "2019-01-01", instrument: x}]
`)},
	}, []pack.Section{{Kind: "unit", Glob: "units/*.yaml", Key: "code"}, {Kind: "item", Glob: "items/*.yaml", Key: "code"}})
	got := map[string]int{}
	for _, x := range competence.Mismatches(pack.Preview(c)) {
		got[x.Item]++
		if (x.Item == "noted") != x.Note {
			t.Errorf("%+v", x)
		}
	}
	for _, item := range []string{"gap", "elsewhere", "vertical", "noted"} {
		if got[item] != 1 {
			t.Errorf("%s: %d findings, want 1", item, got[item])
		}
	}
	if got["sound"] != 0 {
		t.Error("a sound transfer is complained of")
	}
}
