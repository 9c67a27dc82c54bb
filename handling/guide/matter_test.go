package guide_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"tongban/handling/guide"
	"tongban/kernel/pack"
	"tongban/rules/catalogue"
	"tongban/rules/form"
	"tongban/rules/material"
)

// A made-up world of three questions, small enough to try every combination of answers.
const questions = `{code: b, text: 是否, kind: bool}
---
{code: c, text: 哪个, kind: choice, options: [{code: x, text: x}, {code: y, text: y}, {code: z, text: z}]}
---
{code: n, text: 多少, kind: number, min: 0, max: 10}
`

// all are the cases that any rule over atoms below can tell apart.
func all() (out []map[string]any) {
	for _, b := range []bool{false, true} {
		for _, c := range []string{"x", "y", "z"} {
			for _, n := range []float64{1, 5, 9} {
				out = append(out, map[string]any{"b": b, "c": c, "n": n})
			}
		}
	}
	return out
}

func condition() *rapid.Generator[string] {
	atom := rapid.SampledFrom([]string{"b", "!b", `c == "x"`, `c != "y"`, `c in ["x", "z"]`, "n > 3.0", "n <= 7.0", "n > 3.0 && n <= 7.0", "true", "b || !b"})
	return rapid.Custom(func(t *rapid.T) string {
		parts := rapid.SliceOfN(atom, 1, 3).Draw(t, "atoms")
		s := "(" + parts[0] + ")"
		for _, p := range parts[1:] {
			s = "(" + s + rapid.SampledFrom([]string{" && ", " || "}).Draw(t, "op") + "(" + p + "))"
		}
		return s
	})
}

// world draws a thing of two parts with a conditional material, field, fee and stop.
func world(t *rapid.T) *pack.Edition {
	when := func(name string) string { return condition().Draw(t, name) }
	item := func(code string) string {
		fee := ""
		if rapid.Bool().Draw(t, code+" fee") {
			fee = fmt.Sprintf("fees: [{name: f, when: '%s', rule: 'n * 10.0'}]\n", when(code+" fee when"))
		}
		return fmt.Sprintf("code: %s\nname: %s\nunit: u\npromised: {amount: %d, unit: workday}\nmaterials: [{type: m, when: '%s'}]\nelements: [{element: e, when: '%s', optional: %v}]\n%s",
			code, code, rapid.IntRange(0, 3).Draw(t, code+" days"), when(code+" material"), when(code+" element"), rapid.Bool().Draw(t, code+" optional"), fee)
	}
	stop := ""
	if rapid.Bool().Draw(t, "has stop") {
		stop = fmt.Sprintf("stop: [{when: '%s', text: s, next: s}, {when: '%s', text: t, next: t}]\n", when("stop"), when("stop 2"))
	}
	files := map[string]string{
		"pack.yaml": "name: t\ntitle: t\narea: \"431199\"\nversion: \"1\"\ndescription: t\n", "q/q.yaml": questions,
		"u/u.yaml": "code: u\nname: u\n", "e/e.yaml": "code: e\nlabel: e\nkind: text\n", "m/m.yaml": "code: m\nname: m\n",
		"i/i.yaml": item("i1") + "---\n" + item("i2"),
		"b/b.yaml": fmt.Sprintf("code: t\nname: t\nquestions: [b, c, n]\nparts: [{item: i1, when: '%s'}, {item: i2, when: '%s', after: [i1]}]\n%s", when("part 1"), when("part 2"), stop),
	}
	fs := fstest.MapFS{}
	for name, text := range files {
		fs[name] = &fstest.MapFile{Data: []byte(text)}
	}
	c, found := pack.Load(fs, []pack.Section{{Kind: "question", Glob: "q/*", Key: "code"}, {Kind: "unit", Glob: "u/*", Key: "code"}, {Kind: form.KindElement, Glob: "e/*", Key: "code"},
		{Kind: material.KindType, Glob: "m/*", Key: "code"}, {Kind: catalogue.KindItem, Glob: "i/*", Key: "code"}, {Kind: catalogue.KindBundle, Glob: "b/*", Key: "code"}})
	if len(found) > 0 {
		t.Fatal(found)
	}
	return pack.Preview(c)
}

// At every state of answers the guide asks exactly the questions that can still change the outcome, as found by trying them all.
func TestGuideAsksExactlyWhatCanStillMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e, err := guide.NewEngine(world(t), "t")
		if err != nil {
			t.Fatal(err)
		}
		print := map[string]string{}
		for _, a := range all() {
			o, err := e.Outcome(a, today)
			if err != nil {
				t.Fatal(err)
			}
			print[fmt.Sprint(a)] = fingerprint(o)
		}
		answers := map[string]any{}
		for _, name := range rapid.SliceOfDistinct(rapid.SampledFrom([]string{"b", "c", "n"}), rapid.ID).Draw(t, "known") {
			answers[name] = rapid.SampledFrom(all()).Draw(t, name)[name]
		}
		asks, err := e.Questions(answers)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"b", "c", "n"} {
			if _, known := answers[name]; known {
				continue
			}
			matters := false
			for _, x := range all() {
				for _, y := range all() {
					if agrees(x, y, answers, name) && print[fmt.Sprint(x)] != print[fmt.Sprint(y)] {
						matters = true
					}
				}
			}
			asked := slices.ContainsFunc(asks, func(a guide.Ask) bool { return a.Code == name })
			// The figure of a fee is asked for only once it is certain that the fee is due.
			feeLater := name == "n" && !asked && len(asks) > 0
			if asked != matters && !feeLater {
				t.Fatalf("with %v the guide asks %s: %v, it matters: %v", answers, name, asked, matters)
			}
		}
		if len(asks) == 0 {
			var seen []string
			for _, x := range all() {
				if agrees(x, x, answers, "") {
					seen = append(seen, print[fmt.Sprint(x)])
				}
			}
			if len(slices.Compact(seen)) != 1 {
				t.Fatalf("nothing left to ask with %v, yet there are different outcomes:\n%s", answers, strings.Join(seen, "\n--\n"))
			}
		}
	})
}

// agrees tells whether x and y both fit the answers and differ at most in one question.
func agrees(x, y, answers map[string]any, free string) bool {
	for name := range x {
		if a, ok := answers[name]; ok && (x[name] != a || y[name] != a) {
			return false
		}
		if name != free && x[name] != y[name] {
			return false
		}
	}
	return true
}
