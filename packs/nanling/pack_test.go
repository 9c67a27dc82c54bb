package nanling_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"tongban/base/account"
	"tongban/base/address"
	"tongban/base/org"
	"tongban/base/party"
	"tongban/base/servicepoint"
	"tongban/kernel/authz"
	"tongban/kernel/pack"
	"tongban/packs/nanling"
	"tongban/rules/catalogue"
	"tongban/rules/form"
	"tongban/rules/material"
)

// sections are the kinds of the pack. Where the owning module has types to decode into, its own declaration is used; for the others
// the schema alone counts here.
func sections(t testing.TB) []pack.Section {
	t.Helper()
	schema := func(kind, glob, file string) pack.Section {
		data, err := os.ReadFile("../../" + file)
		if err != nil {
			t.Fatal(err)
		}
		return pack.Section{Kind: kind, Glob: glob, Schema: data, Key: "code"}
	}
	return slices.Concat(org.Sections(), address.Sections(), servicepoint.Sections(), form.Sections(), material.Sections(), catalogue.Sections(),
		[]pack.Section{
			schema("role", "roles/*.yaml", "base/account/schema/role.json"),
			schema("letter", "letters/*.yaml", "handling/casework/schema/letter.json"),
			schema("threshold", "thresholds/*.yaml", "oversight/efficiency/schema/threshold.json"),
			schema("day", "calendar/*.yaml", "base/workcalendar/schema/day.json"),
		})
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

func all[T any](t testing.TB, c *pack.Content, kind string) []T {
	t.Helper()
	out, err := pack.DecodeAll[T](c, kind)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCountyIsAsLargeAsPromised(t *testing.T) {
	c := load(t)
	towns, villages := 0, 0
	for _, r := range all[address.Region](t, c, "region") {
		switch len(r.Code) {
		case 9:
			towns++
		case 12:
			villages++
		}
	}
	for _, row := range []struct {
		what     string
		got, min int
	}{
		{"townships", towns, 14}, {"villages and communities", villages, 60},
		{"units", len(c.Docs("unit")), 30}, {"items", len(c.Docs("item")), 40}, {"things", len(c.Docs("bundle")), 6},
		{"synonyms", len(c.Docs("synonym")), 60}, {"letters", len(c.Docs("letter")), 10}, {"roles", len(c.Docs("role")), 10},
	} {
		if row.got < row.min {
			t.Errorf("%s: %d, want at least %d", row.what, row.got, row.min)
		}
		t.Logf("%s: %d", row.what, row.got)
	}
}

// Division codes follow GB/T 10114: 001-099 street, 100-199 town, 200-399 township; at village level 001-199 community, 200-399 village.
func TestDivisionCodesTellTheirKind(t *testing.T) {
	c := load(t)
	place := map[[2]int]string{}
	for _, r := range all[address.Region](t, c, "region") {
		if r.Kind == "county" {
			continue
		}
		if !c.Has("region", r.Parent) || !strings.HasPrefix(r.Code, r.Parent) {
			t.Errorf("%s %s lies in %q", r.Code, r.Name, r.Parent)
		}
		tail := r.Code[len(r.Code)-3:]
		var want string
		switch {
		case len(r.Code) == 9 && tail <= "099":
			want = "street"
		case len(r.Code) == 9 && tail <= "199":
			want = "town"
		case len(r.Code) == 9:
			want = "township"
		case tail <= "199":
			want = "community"
		default:
			want = "village"
		}
		if r.Kind != want {
			t.Errorf("%s %s is a %s, its code says %s", r.Code, r.Name, r.Kind, want)
		}
		if len(r.Code) == 9 {
			at := [2]int{r.Col, r.Row}
			if other := place[at]; other != "" || r.Col == 0 {
				t.Errorf("%s and %s share tile %v", r.Name, other, at)
			}
			place[at] = r.Name
		}
	}
}

func TestUnitsAreOneTreeWithValidCodes(t *testing.T) {
	c := load(t)
	seen := map[string]string{}
	for _, u := range all[org.Unit](t, c, "unit") {
		if u.Parent == "" && u.Code != "county-government" || u.Parent != "" && !c.Has("unit", u.Parent) {
			t.Errorf("%s belongs to %q", u.Name, u.Parent)
		}
		if !c.Has("region", u.Region) {
			t.Errorf("%s lies in %s, which is no division", u.Name, u.Region)
		}
		if !strings.HasPrefix(u.Phone, "0799-0") {
			t.Errorf("%s has a telephone number %s that somebody might own", u.Name, u.Phone)
		}
		if u.Kind == "section" {
			continue
		}
		if code, err := party.ParseUSCC(u.USCC); err != nil || string(code) != u.USCC {
			t.Errorf("%s: %s: %v", u.Name, u.USCC, err)
		}
		if u.USCC[2:8] != "431199" {
			t.Errorf("%s has a code of a real county: %s", u.Name, u.USCC)
		}
		if other := seen[u.USCC]; other != "" {
			t.Errorf("%s and %s share %s", u.Name, other, u.USCC)
		}
		seen[u.USCC] = u.Name
	}
	centres := 0
	for _, u := range all[org.Unit](t, c, "unit") {
		if u.Parent == "approval-bureau" && u.Kind == "centre" {
			centres++
		}
	}
	if centres != 3 {
		t.Errorf("one bureau and three centres: there are %d", centres)
	}
}

func TestRolesKeepDutiesApart(t *testing.T) {
	c := load(t)
	roles := map[string]account.Role{}
	for _, r := range all[account.Role](t, c, "role") {
		roles[r.Code] = r
	}
	for _, r := range roles {
		for _, other := range r.NotWith {
			if !slices.Contains(roles[other].NotWith, r.Code) {
				t.Errorf("%s excludes %s, not the other way round", r.Code, other)
			}
		}
		has := func(p authz.Permission) bool { return slices.Contains(r.Permissions, p) }
		// 受审分离: who takes a case in does not decide it; who decides does not seal it.
		if has("casework.accept") && has("casework.decide") || has("casework.decide") && has("seal.release") || has("casework.assess") && has("casework.decide") {
			t.Errorf("%s unites what must be apart: %v", r.Code, r.Permissions)
		}
		if r.Side == "administrator" && (has("casework.decide") || has("audit.read") && len(r.Permissions) > 1) {
			t.Errorf("%s is more than one of the three administrators", r.Code)
		}
	}
}

func TestServicePointsAndTheirCountersExist(t *testing.T) {
	c := load(t)
	counters := map[string]bool{}
	for _, p := range all[servicepoint.Point](t, c, "servicepoint") {
		if !c.Has("unit", p.Unit) || !c.Has("region", p.Region) {
			t.Errorf("%s: unit %s, region %s", p.Code, p.Unit, p.Region)
		}
		for _, n := range p.Counters {
			if n.Unit != "" && !c.Has("unit", n.Unit) {
				t.Errorf("%s/%s: no unit %s", p.Code, n.No, n.Unit)
			}
			counters[p.Code+"/"+n.No] = true
		}
	}
	for _, i := range all[catalogue.Item](t, c, "item") {
		for _, w := range i.Windows {
			if !counters[w] {
				t.Errorf("%s is taken in at %s, which is no counter", i.Code, w)
			}
		}
		if len(i.Windows) == 0 {
			t.Errorf("%s is taken in nowhere", i.Code)
		}
	}
	for _, b := range all[catalogue.Bundle](t, c, "bundle") {
		for _, w := range b.Windows {
			if !counters[w] {
				t.Errorf("%s is taken in at %s, which is no counter", b.Code, w)
			}
		}
	}
}

func TestDictionariesAreUsedAndComplete(t *testing.T) {
	c := load(t)
	used := map[string]bool{}
	for _, i := range all[catalogue.Item](t, c, "item") {
		asked := map[string]bool{}
		for _, e := range i.Elements {
			used["element/"+e.Element], asked[e.Element] = true, true
			if !c.Has("element", e.Element) {
				t.Errorf("%s needs element %s; meant %q?", i.Code, e.Element, c.Nearest("element", e.Element))
			}
		}
		for _, f := range i.Result.Face {
			if !asked[f] {
				t.Errorf("%s prints %s, which it does not ask", i.Code, f)
			}
		}
		for _, m := range i.Materials {
			used["material/"+m.Type] = true
			if !c.Has("material", m.Type) {
				t.Errorf("%s needs material %s; meant %q?", i.Code, m.Type, c.Nearest("material", m.Type))
			}
		}
	}
	for _, e := range all[form.Element](t, c, "element") {
		if !used["element/"+e.Code] {
			t.Errorf("element %s is asked by no item", e.Code)
		}
		for _, s := range e.Sources {
			if s.From == "answer" && !c.Has("question", s.Field) {
				t.Errorf("element %s comes from question %s, which is not asked", e.Code, s.Field)
			}
			if (s.From == "licence") != (s.Licence != "") {
				t.Errorf("element %s: source %+v", e.Code, s)
			}
		}
	}
	for _, m := range all[material.Type](t, c, "material") {
		if !used["material/"+m.Code] {
			t.Errorf("material %s is needed by no item", m.Code)
		}
	}
	for _, q := range all[catalogue.Question](t, c, "question") {
		if q.Element != "" && !c.Has("element", q.Element) {
			t.Errorf("question %s holds the fact of element %s, which does not exist", q.Code, q.Element)
		}
	}
}

// Licence types are codes of the body that defined them; what spares a material must be the thing itself.
func TestLicenceTypesMeetBetweenResultsAndWaivers(t *testing.T) {
	c := load(t)
	bodies := map[string]bool{}
	for _, u := range all[org.Unit](t, c, "unit") {
		bodies[u.USCC] = true
	}
	items := map[string]catalogue.Item{}
	for _, i := range all[catalogue.Item](t, c, "item") {
		items[i.Code] = i
		if lt := i.Result.LicenceType; lt != "" && (len(lt) != 21 || !bodies[lt[:18]]) {
			t.Errorf("%s gives licences of type %s, which no unit defined", i.Code, lt)
		}
	}
	materials := map[string]material.Type{}
	for _, m := range all[material.Type](t, c, "material") {
		materials[m.Code] = m
	}
	for _, i := range items {
		for _, m := range i.Materials {
			for _, w := range m.Waivers {
				if w.By == "result" && items[w.From].Code == "" {
					t.Errorf("%s: %s is spared by the result of %s, which is no item", i.Code, m.Type, w.From)
				}
				stands := materials[m.Type].Licence
				if w.By == "licence" && stands != "" && w.From != stands {
					t.Errorf("%s: %s is spared by licence %s, the material says %s", i.Code, m.Type, w.From, stands)
				}
				if got := items[w.From].Result.LicenceType; w.By == "result" && stands != "" && got != "" && got != stands {
					t.Errorf("%s: %s is spared by the result of %s, which is another licence", i.Code, m.Type, w.From)
				}
			}
		}
	}
}

// Local numbers and memory may not be printed as law.
func TestFactsSayHowSureTheyAre(t *testing.T) {
	for _, i := range all[catalogue.Item](t, load(t), "item") {
		if i.Marks["basic_code"] != catalogue.Local {
			t.Errorf("%s: the invented basic code is not marked", i.Code)
		}
		if i.Statutory.Mark == "" || i.Promised.Mark != catalogue.Local && i.Promised.Mark != catalogue.Verified {
			t.Errorf("%s: terms without mark: %+v %+v", i.Code, i.Statutory, i.Promised)
		}
		for _, b := range i.LegalBasis {
			if b.Text != "" && b.Article == "" {
				t.Errorf("%s quotes %s without the article", i.Code, b.Law)
			}
		}
	}
}

func TestCatalogueMayBePublished(t *testing.T) {
	c := load(t)
	for _, f := range pack.Place(c, catalogue.Check(pack.Preview(c))) {
		t.Errorf("packs/nanling/%v", f)
	}
}

func TestImplementationCodesAreDistinct(t *testing.T) {
	c := load(t)
	ed := pack.Preview(c)
	seen := map[string]string{}
	for _, i := range all[catalogue.Item](t, c, "item") {
		code := catalogue.ImplementationCodeOf(ed, i)
		if other := seen[code]; other != "" || len(code) != 33 { // 31 characters and two of the variant
			t.Errorf("%s and %q have the code %s", i.Code, other, code)
		}
		seen[code] = i.Code
	}
}

func TestPackSurvivesExport(t *testing.T) {
	c := load(t)
	out := fstest.MapFS{}
	if err := pack.Export(c, func(name string, data []byte) error {
		out[name] = &fstest.MapFile{Data: data}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	again, findings := pack.Load(out, sections(t))
	for _, f := range findings {
		t.Error(f)
	}
	if d := pack.Diff(c, again); len(d) > 0 {
		t.Errorf("%d documents differ, first %+v", len(d), d[0])
	}
}
