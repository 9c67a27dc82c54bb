package catalogue_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"tongban/kernel/pack"
	"tongban/packs/nanling"
	"tongban/rules/catalogue"
)

// small is a sound pack of one thing with two parts; tests break one line of it at a time.
const smallItems = `code: first
name: 甲事项
basic_code: "000731101000"
variant: "01"
kind: "07"
handling: promised
level: "4"
unit: bureau
statutory: {amount: 10, unit: workday}
promised: {amount: 5, unit: workday}
legal_basis: [{law: 某法, article: 第一条}]
elements: [{element: name}]
materials:
  - {type: photo, necessity: required, when: big}
  - {type: paper, necessity: required, waivers: [{by: result, from: second}]}
---
code: second
name: 乙事项
basic_code: "000731101001"
kind: "07"
handling: instant
level: "4"
unit: bureau
statutory: {amount: 20, unit: naturalday}
promised: {amount: 0, unit: workday}
legal_basis: [{law: 某法, article: 第二条}]
fees: [{name: 工本费, rule: "extent * 100.0"}]
`

const smallBundle = `code: thing
name: 某件事
lead: bureau
questions: [big, extent, how]
parts:
  - {item: first, when: 'how == "a"', after: [second], why: 要办甲}
  - {item: second, when: 'how != "c"', why: 要办乙}
stop:
  - {when: 'how == "c"', text: 不在这里办, next: 请到别处办}
`

const smallQuestions = `code: big
text: 大吗？
kind: bool
---
code: extent
text: 多大？
kind: number
max: 100
---
code: how
text: 怎样？
kind: choice
options: [{code: a, text: 甲}, {code: b, text: 乙}, {code: c, text: 丙}]
element: way
`

func smallPack(t *testing.T, replace ...string) (*pack.Content, []pack.Finding) {
	t.Helper()
	files := map[string]string{
		"pack.yaml":           "name: t\ntitle: t\narea: \"431199\"\nversion: \"1\"\ndescription: t\n",
		"units/all.yaml":      "code: bureau\nname: 某局\nuscc: 11431199MB0010372D\n",
		"elements/all.yaml":   "code: name\nkind: text\n---\ncode: way\nkind: select\noptions: [{code: a}, {code: b}, {code: c}]\n",
		"materials/all.yaml":  "code: photo\nname: 照片\n---\ncode: paper\nname: 文件\n",
		"items/all.yaml":      smallItems,
		"bundles/all.yaml":    smallBundle,
		"questions/all.yaml":  smallQuestions,
		"synonyms/synos.yaml": "code: s\nsay: [口语]\nitems: [first]\n",
	}
	all := fstest.MapFS{}
	for name, text := range files {
		for n := 0; n+1 < len(replace); n += 2 {
			text = strings.ReplaceAll(text, replace[n], replace[n+1])
		}
		all[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return load(all)
}

func load(folder fs.FS) (*pack.Content, []pack.Finding) {
	sections := []pack.Section{{Kind: "unit", Glob: "units/*.yaml", Key: "code"}, {Kind: "element", Glob: "elements/*.yaml", Key: "code"}, {Kind: "material", Glob: "materials/*.yaml", Key: "code"}}
	for _, s := range catalogue.Sections() {
		s.Schema = nil
		sections = append(sections, s)
	}
	c, _ := pack.Load(folder, sections)
	return c, pack.Place(c, catalogue.Check(pack.Preview(c)))
}

func TestSmallPackIsSound(t *testing.T) {
	if _, found := smallPack(t); len(found) > 0 {
		t.Fatalf("%v", found)
	}
}

func TestEveryDefectIsNamedWithLineAndRemedy(t *testing.T) {
	for _, c := range []struct {
		what     string
		replace  []string
		file     string
		say      string
		severity pack.Severity
	}{
		{"basic code of wrong length", []string{`"000731101001"`, `"00073110100"`}, "items/all.yaml", "12 位", pack.Error},
		{"item type against basic code", []string{"basic_code: \"000731101001\"\nkind: \"07\"", "basic_code: \"000731101001\"\nkind: \"01\""}, "items/all.yaml", "不一致", pack.Error},
		{"no such level", []string{`level: "4"`, `level: "9"`}, "items/all.yaml", "行使层级", pack.Error},
		{"promised longer than the law allows", []string{"promised: {amount: 5,", "promised: {amount: 11,"}, "items/all.yaml", "比法定时限", pack.Error},
		{"item without a unit", []string{"level: \"4\"\nunit: bureau\nstatutory: {amount: 20", "level: \"4\"\nstatutory: {amount: 20"}, "items/all.yaml", "没有实施主体", pack.Error},
		{"unit misspelt", []string{"level: \"4\"\nunit: bureau", "level: \"4\"\nunit: buraeu"}, "items/all.yaml", "buraeu", pack.Error},
		{"unknown element", []string{"{element: name}", "{element: nane}"}, "items/all.yaml", "nane", pack.Error},
		{"unknown material", []string{"type: photo", "type: foto"}, "items/all.yaml", "foto", pack.Error},
		{"waiver by an unknown result", []string{"from: second", "from: secund"}, "items/all.yaml", "secund", pack.Error},
		{"condition that does not compile", []string{"when: big", "when: bigg"}, "items/all.yaml", "bigg", pack.Error},
		{"fee that is no number", []string{`"extent * 100.0"`, `"how"`}, "items/all.yaml", "收费公式", pack.Error},
		{"no legal basis", []string{"legal_basis: [{law: 某法, article: 第二条}]\n", ""}, "items/all.yaml", "设定依据", pack.Error},
		{"thing names an unknown item", []string{"{item: second, when", "{item: seconds, when"}, "bundles/all.yaml", "seconds", pack.Error},
		{"after names what is not in the thing", []string{"after: [second]", "after: [third]"}, "bundles/all.yaml", "third", pack.Error},
		{"parts wait for each other", []string{"{item: second, when: 'how != \"c\"', why", "{item: second, when: 'how != \"c\"', after: [first], why"}, "bundles/all.yaml", "绕成了圈", pack.Error},
		{"dead rule", []string{`'how == "a"', after`, `'how == "a" && how == "b"', after`}, "bundles/all.yaml", "走不到", pack.Error},
		{"part behind its own stop", []string{`'how == "a"', after`, `'how == "c"', after`}, "bundles/all.yaml", "走不到", pack.Error},
		{"dead material", []string{"when: big", "when: 'big && !big'"}, "bundles/all.yaml", "不成立", pack.Error},
		{"combination that leads nowhere", []string{`'how != "c"', why`, `'how == "a"', why`}, "bundles/all.yaml", "没有着落", pack.Error},
		{"stop without a way on", []string{", next: 请到别处办", ""}, "bundles/all.yaml", "接下来", pack.Error},
		{"question outside the dictionary", []string{"questions: [big, extent, how]", "questions: [big, extent, hwo]"}, "bundles/all.yaml", "hwo", pack.Error},
		{"question that decides nothing", []string{"when: big", "when: ''"}, "bundles/all.yaml", "不影响", pack.Warn},
		{"question outside the menu", []string{"questions: [big, extent, how]", "questions: [extent, how]"}, "bundles/all.yaml", "没有排进", pack.Warn},
		{"answer that the form does not take", []string{"{code: c, text: 丙}", "{code: d, text: 丁}"}, "questions/all.yaml", "带不进表单", pack.Error},
		{"element of a question misspelt", []string{"element: way", "element: wya"}, "questions/all.yaml", "wya", pack.Error},
		{"synonym of nothing", []string{"items: [first]", "items: [frist]"}, "synonyms/synos.yaml", "frist", pack.Error},
	} {
		_, found := smallPack(t, c.replace...)
		ok := false
		for _, f := range found {
			if strings.Contains(f.Message, c.say) && f.Severity == c.severity {
				ok = f.File == c.file && f.Line > 0 && f.Remedy != ""
				if !ok {
					t.Errorf("%s: found without place or remedy: %+v", c.what, f)
				}
			}
		}
		if !ok {
			t.Errorf("%s is not found: %v", c.what, found)
		}
	}
}

func TestNearestNameIsOffered(t *testing.T) {
	_, found := smallPack(t, "type: photo", "type: foto")
	if len(found) == 0 || !strings.Contains(found[0].Remedy, "photo") {
		t.Errorf("%v", found)
	}
}

func TestChangesNameWhoIsTreatedDifferently(t *testing.T) {
	before, _ := smallPack(t)
	for _, c := range []struct {
		what    string
		replace []string
		say     []string
	}{
		{"nothing", nil, nil},
		{"wording only", []string{`how != "c"`, `!(how == "c")`}, nil},
		{"a part applies to more people", []string{`'how == "a"', after`, `'how != "c"', after`}, []string{"现在适用", "乙"}},
		{"a material for fewer", []string{"when: big", "when: 'big && extent > 50.0'"}, []string{"现在不适用"}},
		{"a limit", []string{"promised: {amount: 5,", "promised: {amount: 3,"}, []string{"5 个工作日 改为 3 个工作日"}},
		{"a new stop", []string{"stop:\n", "stop:\n  - {when: 'how == \"b\"', text: 停, next: 去别处}\n"}, []string{"现在不适用"}},
	} {
		after, _ := smallPack(t, c.replace...)
		changes := catalogue.Changes(pack.Preview(before), pack.Preview(after))
		var words []string
		for _, x := range changes {
			words = append(words, x.Text)
			for _, example := range x.Cases {
				words = append(words, example.Shown)
			}
		}
		all := strings.Join(words, "\n")
		if (c.say == nil) != (len(changes) == 0) {
			t.Errorf("%s: %d changes: %s", c.what, len(changes), all)
		}
		for _, s := range c.say {
			if !strings.Contains(all, s) {
				t.Errorf("%s: no %q in %s", c.what, s, all)
			}
		}
	}
}

func TestPeopleFindThingsUnderTheirOwnWords(t *testing.T) {
	c, _ := load(nanling.FS)
	ed := pack.Preview(c)
	for q, want := range map[string]string{"开饭店": "open-restaurant", "我要开餐饮店": "open-restaurant", "kaifandian": "open-restaurant", "spjyxk": "food-operation-licence",
		"食品经营许可": "food-operation-licence", "办营业执照": "individual-registration"} {
		hits := catalogue.Search(ed, q, 10)
		found := false
		for _, h := range hits {
			found = found || h.Code == want
		}
		if !found {
			t.Errorf("%s does not lead to %s: %+v", q, want, hits)
		}
	}
	if hits := catalogue.Search(ed, "量子纠缠", 10); len(hits) > 3 {
		t.Errorf("nonsense finds %d things", len(hits))
	}
}
