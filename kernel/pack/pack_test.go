package pack_test

import (
	"encoding/json"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"tongban/kernel/pack"
)

const thingSchema = `{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object", "additionalProperties": false, "required": ["code", "name"],
  "properties": {
    "code": {"type": "string", "pattern": "^[a-z][a-z0-9-]*$", "description": "英文代码", "examples": ["food-shop"]},
    "name": {"type": "string", "minLength": 1, "description": "名称"},
    "kind": {"enum": ["bureau", "centre"]},
    "phone": {"type": "string"},
    "promised": {"$ref": "#/$defs/limit"},
    "materials": {"type": "array", "items": {"type": "object", "additionalProperties": false, "required": ["type"],
      "properties": {"type": {"type": "string"}, "copies": {"type": "integer", "minimum": 0}}}},
    "open": {"type": "boolean"}
  },
  "$defs": {"limit": {"type": "object", "additionalProperties": false,
    "properties": {"amount": {"type": "integer", "description": "天数"}, "unit": {"type": "string"}}}}
}`

var sections = []pack.Section{
	{Kind: "thing", Glob: "things/*.yaml", Schema: []byte(thingSchema), Key: "code", Versioned: true},
	{Kind: "word", Glob: "words.yaml", Key: "code"},
}

const meta = "name: test\ntitle: 试验县\narea: \"431199\"\nversion: \"1\"\ndescription: 只供测试\n"

func tree(files map[string]string) fs.FS {
	m := fstest.MapFS{"pack.yaml": {Data: []byte(meta)}}
	for name, data := range files {
		m[name] = &fstest.MapFile{Data: []byte(data)}
	}
	return m
}

func TestEveryMistakeIsAnsweredWithPlaceAndRemedy(t *testing.T) {
	for name, c := range map[string]struct {
		file, yaml string
		want       []string // parts of one finding's line
	}{
		"word for a number":       {"things/a.yaml", "code: a\nname: 甲\npromised:\n  amount: 5天\n", []string{"things/a.yaml:4 ", "字段 promised.amount：应为整数", "写成 5，不要写“5天”"}},
		"number for a word":       {"things/a.yaml", "code: a\nname: 甲\nphone: 12345\n", []string{"things/a.yaml:3 ", "字段 phone：应为文字", `写成 "12345"`}},
		"leading zero":            {"things/a.yaml", "code: a\nname: 甲\nphone: 0799\n", []string{":3 ", "以 0 开头", `"0799"`}},
		"yes for true":            {"things/a.yaml", "code: a\nname: 甲\nopen: yes\n", []string{":3 ", "true 或 false"}},
		"missing field":           {"things/a.yaml", "code: a\n", []string{":1 ", "字段 name：没有填写", "补上 name（名称）"}},
		"misspelt field":          {"things/a.yaml", "code: a\nname: 甲\nmaterails: []\n", []string{":3 ", "没有这个字段", "是不是想写 materials？"}},
		"misspelt choice":         {"things/a.yaml", "code: a\nname: 甲\nkind: center\n", []string{":3 ", "“center”不在可选范围内", "是不是想写 centre？"}},
		"bad code":                {"things/a.yaml", "code: 餐饮\nname: 甲\n", []string{":1 ", "写法不对", "英文代码，例如 food-shop"}},
		"in a list":               {"things/a.yaml", "code: a\nname: 甲\nmaterials:\n- type: x\n- type: y\n  copies: -1\n", []string{":6 ", "materials[1].copies", "不能小于 0"}},
		"list for a mapping":      {"things/a.yaml", "code: a\nname: 甲\npromised:\n- 1\n", []string{":3 ", "应为一组", "换行缩进"}},
		"field twice":             {"things/a.yaml", "code: a\nname: 甲\nname: 乙\n", []string{":3 ", "字段写了两次（第 2 行已有）"}},
		"code twice in one file":  {"things/a.yaml", "- code: a\n  name: 甲\n- code: a\n  name: 乙\n", []string{":3 ", "代码 a 与 things/a.yaml:1 重复"}},
		"tab":                     {"things/a.yaml", "code: a\nname: 甲\npromised:\n\tamount: 5\n", []string{":4 ", "制表符", "用空格缩进"}},
		"GBK":                     {"things/a.yaml", "code: a\nname: \xb2\xcd\xd2\xfb\n", []string{":2 ", "不是 UTF-8", "另存为 UTF-8"}},
		"UTF-16":                  {"things/a.yaml", "\xff\xfec\x00o\x00", []string{"UTF-16"}},
		"colon in a value":        {"things/a.yaml", "code: a\nname: 时间: 上午\n", []string{":2 ", "冒号", "引号"}},
		"open quote":              {"things/a.yaml", "code: a\nname: \"甲\n", []string{"引号没有配对"}},
		"alias":                   {"things/a.yaml", "code: &c a\nname: *c\n", []string{":1 ", "不支持锚点和引用"}},
		"merge":                   {"things/a.yaml", "code: a\nname: 甲\n<<: {kind: bureau}\n", []string{":3 ", "字段名只能是普通文字"}},
		"binary tag":              {"things/a.yaml", "code: a\nname: !!binary aGk=\n", []string{":2 ", "不支持这种写法"}},
		"not a number":            {"things/a.yaml", "code: a\nname: .nan\n", []string{":2 ", "不是可用的数值"}},
		"scalar for a document":   {"things/a.yaml", "just words\n", []string{":1 ", "应是一份“字段: 值”的内容"}},
		"control character":       {"things/a.yaml", "code: a\nname: \"甲\x01\"\n", []string{":2", "控制字符"}},
		"stray file":              {"things/a.xlsx", "PK", []string{"things/a.xlsx:1 ", "不应有这种文件", "things/*.yaml"}},
		"wrong ending":            {"things/a.yml", "code: a\n", []string{"改名为 a.yaml"}},
		"empty entry":             {"things/a.yaml", "code: a\nname: 甲\nmaterials:\n-\n", []string{":4", "列表里有空项"}},
		"document without a code": {"words.yaml", "text: 甲\n", []string{"words.yaml:1 ", "没有可用的代码"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, findings := pack.Load(tree(map[string]string{c.file: c.yaml}), sections)
			if !pack.Failed(findings) {
				t.Fatal("nothing was found wrong")
			}
			for _, f := range findings {
				line := f.String()
				all := f.Remedy != ""
				for _, part := range c.want {
					all = all && strings.Contains(line, part)
				}
				if all {
					return
				}
			}
			t.Errorf("want a finding with %q, got:\n%v", c.want, findings)
		})
	}
}

func TestMissingPackFileIsNamed(t *testing.T) {
	_, findings := pack.Load(fstest.MapFS{}, sections)
	if len(findings) != 1 || findings[0].File != "pack.yaml" {
		t.Errorf("got %v", findings)
	}
}

func TestAllMistakesAreReportedAtOnce(t *testing.T) {
	_, findings := pack.Load(tree(map[string]string{
		"things/a.yaml": "code: a\nkind: x\npromised: {amount: five}\n",
		"things/b.yaml": "code: B\nname: 乙\n",
	}), sections)
	if len(findings) != 4 {
		t.Errorf("want 4 findings in one round, got %d:\n%v", len(findings), findings)
	}
}

func TestOneFileHoldsOneDocumentOrMany(t *testing.T) {
	c, findings := pack.Load(tree(map[string]string{
		"things/a.yaml": "code: a\nname: 甲\n",
		"things/b.yaml": "- code: b\n  name: 乙\n- code: c\n  name: 丙\n",
		"things/d.yaml": "code: d\nname: 丁\n---\ncode: e\nname: 戊\n",
		"words.yaml":    "# 暂无内容\n",
	}), sections)
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	var codes, places []string
	for _, d := range c.Docs("thing") {
		codes = append(codes, d.Code)
	}
	if diff := cmp.Diff([]string{"a", "b", "c", "d", "e"}, codes); diff != "" {
		t.Error(diff, places)
	}
	if d, _ := c.Doc("thing", "e"); d.Line != 4 {
		t.Errorf("line of the second document: %d", d.Line)
	}
}

func TestSameMeaningHasSameDigest(t *testing.T) {
	load := func(y string) pack.Doc {
		c, findings := pack.Load(tree(map[string]string{"things/a.yaml": y}), sections)
		if len(findings) > 0 {
			t.Fatal(findings)
		}
		d, _ := c.Doc("thing", "a")
		return d
	}
	one := load("code: a\nname: 甲\npromised: {amount: 5, unit: workday}\n")
	for _, other := range []string{
		"name: '甲' # 注\ncode: \"a\"\npromised:\n  unit: workday\n  amount: 5\nphone:\nmaterials: []\n",
		"{code: a, name: 甲, phone: '', promised: {unit: workday, amount: 5.0}}\n",
	} {
		if d := load(other); d.Digest != one.Digest {
			t.Errorf("%s\nis not\n%s", d.JSON, one.JSON)
		}
	}
	if load("code: a\nname: 甲\n").Digest == one.Digest {
		t.Error("a different document has the same digest")
	}
	if string(one.JSON) != `{"code":"a","name":"甲","promised":{"amount":5,"unit":"workday"}}` {
		t.Errorf("canonical form: %s", one.JSON)
	}
}

func TestDecodeRefusesFieldsTheTypeDoesNotHave(t *testing.T) {
	c, _ := pack.Load(tree(map[string]string{"things/a.yaml": "code: a\nname: 甲\nopen: true\n"}), sections)
	d, _ := c.Doc("thing", "a")
	type full struct {
		Code, Name string
		Open       bool
	}
	if v, err := pack.Decode[full](d); err != nil || v != (full{"a", "甲", true}) {
		t.Errorf("%v %v", v, err)
	}
	if _, err := pack.Decode[struct{ Code, Name string }](d); err == nil || !strings.Contains(err.Error(), "things/a.yaml:1") {
		t.Errorf("want an error naming the file, got %v", err)
	}
}

func TestLineOfFieldsAndWrongReferences(t *testing.T) {
	c, _ := pack.Load(tree(map[string]string{"things/a.yaml": "code: business-registration\nname: 甲\nmaterials:\n- type: x\n- type: y\n  copies: 2\n"}), sections)
	d := c.Docs("thing")[0]
	for path, want := range map[string]int{"name": 2, "materials": 3, "materials[1].copies": 6, "materials.1.copies": 6, "materials[9].copies": 3, "phone": 1} {
		if got := d.LineOf(path); got != want {
			t.Errorf("%s is on line %d, got %d", path, want, got)
		}
	}
	if got := c.Nearest("thing", "busines-registration"); got != "business-registration" {
		t.Errorf("suggestion: %q", got)
	}
	if got := c.Nearest("thing", "tobacco"); got != "" {
		t.Errorf("a far word is no suggestion: %q", got)
	}
	if f := d.Finding("materials[1].type", "没有 y", "改成 x"); f.String() != "things/a.yaml:5 字段 materials[1].type：没有 y。改法：改成 x" {
		t.Error(f)
	}
}

func TestDiffNamesWhatChanged(t *testing.T) {
	old, _ := pack.Load(tree(map[string]string{"things/a.yaml": "- {code: a, name: 甲, promised: {amount: 5}}\n- {code: b, name: 乙}\n- {code: c, name: 丙}\n"}), sections)
	now, _ := pack.Load(tree(map[string]string{"things/a.yaml": "- {code: a, name: 甲, promised: {amount: 3}, materials: [{type: x}]}\n- {code: c, name: 丙}\n- {code: d, name: 丁}\n"}), sections)
	want := []pack.Change{
		{Kind: "thing", Code: "a", Act: pack.Changed, Versioned: true, Fields: []pack.Field{{Path: "materials", New: `[{"type":"x"}]`}, {Path: "promised.amount", Old: "5", New: "3"}}},
		{Kind: "thing", Code: "b", Act: pack.Removed, Versioned: true},
		{Kind: "thing", Code: "d", Act: pack.Added, Versioned: true},
	}
	if diff := cmp.Diff(want, pack.Diff(old, now)); diff != "" {
		t.Error(diff)
	}
	if got, want := pack.Diff(old, now)[0].String(), "改动 thing a\n  materials：新增 [{\"type\":\"x\"}]\n  promised.amount：由 5 改为 3"; got != want {
		t.Errorf("in words: %q, want %q", got, want)
	}
	if d := pack.Diff(nil, now); len(d) != 3 {
		t.Errorf("an empty county gets all three: %v", d)
	}
}

func TestExportedPackReadsBackTheSame(t *testing.T) {
	c, findings := pack.Load(tree(map[string]string{
		"things/a.yaml": "- {code: a, name: \"true\", phone: \"0799\", promised: {amount: 5, unit: \"多行\\n文字\"}}\n- {code: b, name: \"#乙: [x]\", open: false}\n",
		"words.yaml":    "- {code: 甲/乙, n: 1.5}\n- {code: 丙, n: \"2026-01-01\"}\n",
	}), sections)
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	out := fstest.MapFS{}
	if err := pack.Export(c, func(name string, data []byte) error {
		if out[name] != nil {
			t.Errorf("%s is written twice", name)
		}
		out[name] = &fstest.MapFile{Data: data}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	again, findings := pack.Load(out, sections)
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	if d := pack.Diff(c, again); len(d) > 0 || again.Len() != 4 || again.Meta != c.Meta {
		t.Errorf("differs: %+v", d)
	}
	want := "# yaml-language-server: $schema=../schemas/thing.json\ncode: a\nname: \"true\"\nphone: \"0799\"\npromised:\n  amount: 5\n  unit: |-\n    多行\n    文字\n"
	if diff := cmp.Diff(want, string(out["things/a.yaml"].Data)); diff != "" {
		t.Error(diff)
	}
	raw := map[string][]json.RawMessage{}
	for _, s := range sections {
		for _, d := range c.Docs(s.Kind) {
			raw[s.Kind] = append(raw[s.Kind], d.JSON)
		}
	}
	assembled, findings := pack.Assemble(c.Meta, sections, raw)
	if d := pack.Diff(c, assembled); len(d)+len(findings) > 0 {
		t.Errorf("assembled from JSON: %v %v", d, findings)
	}
}

func TestHostileFilesAreBounded(t *testing.T) {
	for name, data := range map[string]string{
		"deep flow":  strings.Repeat("[", 30_000),
		"deep maps":  strings.Repeat("{a: ", 15_000),
		"spread out": strings.Repeat("[\n", 30_000),
		"deep block": func() string {
			var b strings.Builder
			for i := range 900 {
				b.WriteString(strings.Repeat(" ", i) + "a:\n")
			}
			return b.String()
		}(),
		"laughs": "a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c]\n",
		"self":   "a: &a [*a]\n",
		"huge":   "a: " + strings.Repeat("x", 3<<20),
		"wide":   strings.Repeat("- {code: a}\n", 100_000),
	} {
		t.Run(name, func(t *testing.T) {
			_, findings := pack.Load(tree(map[string]string{"things/a.yaml": data}), sections)
			if !pack.Failed(findings) {
				t.Error("accepted")
			}
			if len(findings) > 501 {
				t.Errorf("%d findings", len(findings))
			}
		})
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte("code: a\nname: 甲\npromised: {amount: 5天}\n"))
	f.Add([]byte("- code: a\n  name: &x 甲\n- *x\n---\n? [a]\n: b\n"))
	f.Add([]byte("code: !!binary aGk=\nname: |\n  x\n<<: {}\n"))
	f.Add([]byte("{code: a, name: [[[[]]]], n: 1e999, m: 0x1F, o: 012, p: .inf}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, findings := pack.Load(fstest.MapFS{"pack.yaml": {Data: []byte(meta)}, "things/a.yaml": {Data: data}}, sections)
		for _, finding := range findings {
			if finding.Message == "" || finding.Remedy == "" || finding.File == "" {
				t.Errorf("a finding without place or remedy: %+v", finding)
			}
		}
		if pack.Failed(findings) {
			return
		}
		out := fstest.MapFS{}
		if err := pack.Export(c, func(name string, data []byte) error {
			out[name] = &fstest.MapFile{Data: data}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		again, findings := pack.Load(out, sections)
		if d := pack.Diff(c, again); len(d)+len(findings) > 0 {
			t.Errorf("round trip: %v %v", d, findings)
		}
	})
}
