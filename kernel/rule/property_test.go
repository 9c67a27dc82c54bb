package rule

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// vocabularies and rules at random. Rules are generated from shapes people write; with
// exact they keep to comparisons of one variable with constants.

func drawVocabulary(t *rapid.T) *Vocabulary {
	var vars []Variable
	for i := range rapid.IntRange(2, 3).Draw(t, "variables") {
		x := Variable{Name: fmt.Sprintf("v%d", i), Label: fmt.Sprintf("问题%d", i), Kind: Kind(rapid.IntRange(1, 4).Draw(t, "kind"))}
		switch x.Kind {
		case Choice:
			for j := range rapid.IntRange(1, 4).Draw(t, "options") {
				x.Options = append(x.Options, Option{fmt.Sprintf("c%d", j), fmt.Sprintf("选项%d", j)})
			}
		case Number:
			x.Whole = rapid.Bool().Draw(t, "whole")
			if rapid.Bool().Draw(t, "bounded") {
				x.Min, x.Max = ptr(0), ptr(3)
			}
		}
		vars = append(vars, x)
	}
	v, err := NewVocabulary(vars...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func drawRule(t *rapid.T, v *Vocabulary, depth int, exact bool) string {
	if depth > 0 {
		sub := func() string { return drawRule(t, v, depth-1, exact) }
		switch rapid.IntRange(0, 6).Draw(t, "shape") {
		case 0, 1:
			return "(" + sub() + " && " + sub() + ")"
		case 2, 3:
			return "(" + sub() + " || " + sub() + ")"
		case 4:
			return "!(" + sub() + ")"
		case 5:
			return "(" + sub() + " ? " + sub() + " : " + sub() + ")"
		case 6:
			return "((" + sub() + ") == (" + sub() + "))"
		}
	}
	x := rapid.SampledFrom(v.vars).Draw(t, "variable")
	op := rapid.SampledFrom([]string{"==", "!=", "<", "<=", ">", ">="}).Draw(t, "op")
	equal := rapid.SampledFrom([]string{"==", "!="}).Draw(t, "equal")
	lit := func() string { return fmt.Sprint(rapid.IntRange(-1, 4).Draw(t, "number")) }
	switch x.Kind {
	case Bool:
		return rapid.SampledFrom([]string{x.Name, "!" + x.Name, x.Name + " == true", x.Name + " in [false]"}).Draw(t, "bool")
	case Choice:
		code := rapid.SampledFrom(x.Options).Draw(t, "code").Code
		if rapid.Bool().Draw(t, "in") {
			return fmt.Sprintf("%s in [%q, %q]", x.Name, code, x.Options[0].Code)
		}
		return fmt.Sprintf("%s %s %q", x.Name, equal, code)
	case Text:
		if !exact && rapid.Bool().Draw(t, "contains") {
			return fmt.Sprintf("%s.contains(%q)", x.Name, rapid.SampledFrom([]string{"a", "b"}).Draw(t, "part"))
		}
		return fmt.Sprintf("%s %s %q", x.Name, equal, rapid.SampledFrom([]string{"", "a", "ab"}).Draw(t, "text"))
	}
	if !exact && rapid.Bool().Draw(t, "arithmetic") {
		y := x
		for _, z := range v.vars {
			if z.Kind == Number {
				y = z
			}
		}
		return fmt.Sprintf("%s * 2 - %s %s %s", x.Name, y.Name, op, lit())
	}
	switch rapid.IntRange(0, 3).Draw(t, "form") {
	case 0:
		return fmt.Sprintf("%s %s %s", lit(), op, x.Name)
	case 1:
		return fmt.Sprintf("%s %s (%s ? %s : %s)", x.Name, op, drawRule(t, v, 0, true), lit(), lit())
	case 2:
		return fmt.Sprintf("%s in [%s, %s]", x.Name, lit(), lit())
	}
	return fmt.Sprintf("%s %s %s", x.Name, op, lit())
}

// values are answers that tell all generated constants apart.
func values(x Variable) []any {
	switch x.Kind {
	case Bool:
		return []any{false, true}
	case Choice:
		var out []any
		for _, o := range x.Options {
			out = append(out, o.Code)
		}
		return out
	case Text:
		return []any{"", "a", "ab", "b", "z"}
	}
	var out []any
	for n := -2.0; n <= 5; n += 0.5 {
		if x.allows(n) {
			out = append(out, n)
		}
	}
	return out
}

func drawAnswers(t *rapid.T, v *Vocabulary, gaps bool) map[string]any {
	out := map[string]any{}
	for _, x := range v.vars {
		if !gaps || rapid.Bool().Draw(t, "answered") {
			out[x.Name] = rapid.SampledFrom(values(x)).Draw(t, x.Name)
		}
	}
	return out
}

// completions calls f with every way to fill the gaps.
func completions(v *Vocabulary, names []string, answers map[string]any, f func(map[string]any)) {
	for _, name := range names {
		if _, ok := answers[name]; !ok {
			x, _ := v.Variable(name)
			for _, a := range values(x) {
				full := maps.Clone(answers)
				full[name] = a
				completions(v, names, full, f)
			}
			return
		}
	}
	f(answers)
}

func must[T any](t *rapid.T, what string) func(T, error) T {
	return func(x T, err error) T {
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		return x
	}
}

// A partial verdict holds on every completion; an open one has completions of both kinds;
// and a variable is open exactly when two completions that differ in it alone differ in
// the outcome.
func TestPartialAgreesWithEveryCompletion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawVocabulary(t)
		exact := rapid.Bool().Draw(t, "exact")
		src := drawRule(t, v, rapid.IntRange(0, 3).Draw(t, "depth"), exact)
		r := must[*Rule](t, src)(v.Compile(src))
		answers := drawAnswers(t, v, true)
		p := must[Partial](t, src)(r.Partial(answers))
		reach := map[bool]bool{}
		change := map[string]map[string]bool{} // variable -> rest and outcome seen
		matters := map[string]bool{}
		completions(v, r.names, answers, func(full map[string]any) {
			got := must[bool](t, src)(r.Eval(full))
			reach[got] = true
			if p.Verdict != Open && got != (p.Verdict == True) {
				t.Fatalf("%s is %v under %v but %v under %v", src, p.Verdict, answers, got, full)
			}
			for _, name := range r.names {
				if _, known := answers[name]; known {
					continue
				}
				rest := maps.Clone(full)
				delete(rest, name)
				key := name + fmt.Sprint(rest)
				if change[key] == nil {
					change[key] = map[string]bool{}
				}
				change[key][fmt.Sprint(got)] = true
				matters[name] = matters[name] || len(change[key]) == 2
			}
		})
		for _, name := range r.names {
			open := slices.Contains(p.Open, name)
			if matters[name] && !open {
				t.Fatalf("%s under %v: %s matters but is not open", src, answers, name)
			}
			if exact && open && !matters[name] {
				t.Fatalf("%s under %v: %s is open but cannot matter", src, answers, name)
			}
		}
		if exact && p.Verdict == Open && len(reach) != 2 {
			t.Fatalf("%s under %v is open but always %v", src, answers, reach)
		}
		// The residual is a rule of its own and says the same.
		left := must[*Rule](t, p.Residual)(v.Compile(p.Residual))
		completions(v, r.names, answers, func(full map[string]any) {
			if must[bool](t, src)(r.Eval(full)) != must[bool](t, src)(left.Eval(full)) {
				t.Fatalf("%s under %v leaves %s, which differs at %v", src, answers, p.Residual, full)
			}
		})
	})
}

// The reasons given alone force the verdict, and none of them can be spared.
func TestReasonsAreSufficientAndMinimal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawVocabulary(t)
		src := drawRule(t, v, 3, rapid.Bool().Draw(t, "exact"))
		r := must[*Rule](t, src)(v.Compile(src))
		answers := drawAnswers(t, v, false)
		want := verdict(must[bool](t, src)(r.Eval(answers)))
		reasons := must[[]Reason](t, src)(r.Explain(answers))
		only := map[string]any{}
		for _, x := range reasons {
			only[x.Variable] = x.Answer
		}
		if got := must[Verdict](t, src)(r.Verdict(only)); got != want {
			t.Fatalf("%s: reasons %v give %v, want %v", src, reasons, got, want)
		}
		for _, x := range reasons {
			less := maps.Clone(only)
			delete(less, x.Variable)
			if got := must[Verdict](t, src)(r.Verdict(less)); got != Open {
				t.Fatalf("%s: reason %v can be spared", src, x)
			}
		}
	})
}

// Asking the needed questions one after another decides everything, each question could
// matter when asked, and the outcomes are those of evaluating with all answers.
func TestGuideAsksAllThatMattersAndNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawVocabulary(t)
		var outcomes []Outcome
		for i := range rapid.IntRange(1, 4).Draw(t, "outcomes") {
			o := Outcome{Name: fmt.Sprintf("o%d", i)}
			for range rapid.IntRange(0, 2).Draw(t, "rules") {
				src := drawRule(t, v, 2, true)
				o.Rules = append(o.Rules, must[*Rule](t, src)(v.Compile(src)))
			}
			outcomes = append(outcomes, o)
		}
		s := must[*RuleSet](t, "set")(NewRuleSet(v, outcomes...))
		full := drawAnswers(t, v, false)
		given := map[string]any{}
		for {
			needs := must[[]Need](t, "questions")(s.Questions(given))
			if len(needs) == 0 {
				break
			}
			for _, n := range needs {
				x, _ := v.Variable(n.Variable)
				for _, name := range n.Because {
					o, flips := outcomes[s.index[name]], false
					rest := slices.DeleteFunc(slices.Clone(s.names), func(n string) bool { return n == x.Name })
					completions(v, rest, given, func(c map[string]any) {
						seen := map[bool]bool{}
						for _, a := range values(x) {
							if flips {
								return
							}
							c = maps.Clone(c)
							c[x.Name] = a
							seen[all(t, o, c)] = true
							flips = flips || len(seen) == 2
						}
					})
					if !flips {
						t.Fatalf("asked %s because of %s, which it cannot change", x.Name, name)
					}
				}
			}
			n := rapid.SampledFrom(needs).Draw(t, "next").Variable
			given[n] = full[n]
		}
		got := must[map[string]Verdict](t, "outcomes")(s.Outcomes(given))
		for _, o := range outcomes {
			if got[o.Name] != verdict(all(t, o, full)) {
				t.Fatalf("%s: %v after %v, but %v with all answers %v", o.Name, got[o.Name], given, all(t, o, full), full)
			}
		}
	})
}

func all(t *rapid.T, o Outcome, full map[string]any) bool {
	for _, r := range o.Rules {
		if !must[bool](t, r.source)(r.Eval(full)) {
			return false
		}
	}
	return true
}

// Diff finds a change exactly when some combination of answers is decided differently,
// and its examples are such combinations.
func TestDiffFindsEveryChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := drawVocabulary(t)
		set := func() (*RuleSet, *Rule) {
			src := drawRule(t, v, 2, true)
			r := must[*Rule](t, src)(v.Compile(src))
			return must[*RuleSet](t, src)(NewRuleSet(v, Outcome{Name: "o", Rules: []*Rule{r}})), r
		}
		old, a := set()
		new, b := set()
		changes := Diff(old, new)
		var names []string
		for _, x := range v.vars {
			names = append(names, x.Name)
		}
		differs := false
		completions(v, names, map[string]any{}, func(c map[string]any) {
			differs = differs || must[bool](t, "")(a.Eval(c)) != must[bool](t, "")(b.Eval(c))
		})
		if differs != (len(changes) > 0) {
			t.Fatalf("%s → %s: differs %v, changes %v", a.source, b.source, differs, changes)
		}
		for _, c := range changes {
			for _, x := range c.Cases {
				was, is := must[Verdict](t, "")(a.Verdict(x.Answers)), must[Verdict](t, "")(b.Verdict(x.Answers))
				if was == Open || is == Open || was == is || (is == True) != (c.Kind == Gained) {
					t.Fatalf("%s → %s: %s %v is no example: %v → %v", a.source, b.source, c.Kind, x, was, is)
				}
			}
		}
	})
}

func hostile() []string {
	deep := strings.Repeat("(", 1900) + "true" + strings.Repeat(")", 1900)
	var thresholds, parity, lifted []string
	for i := range 250 {
		thresholds = append(thresholds, fmt.Sprintf("area > %d", i))
	}
	for i := range 120 {
		parity = append(parity, fmt.Sprintf("(area * %d > seats)", i+2))
		lifted = append(lifted, fmt.Sprintf("(gas ? %d : seats)", i))
	}
	return []string{
		deep, strings.Repeat("!", 3999), strings.Repeat("!(", 1999), strings.Repeat("[", 3999), strings.Repeat("-", 3000) + "1 > 0",
		strings.Repeat("gas ? ", 660), strings.Repeat("gas ? gas : ", 300) + "gas", strings.Repeat("name + ", 500) + `name == "a"`,
		strings.Repeat("a.", 1900) + "b", strings.Repeat("gas || ", 560) + "gas", strings.Join(thresholds, " || "),
		strings.Join(parity, " == "), "(" + strings.Join(parity[:60], ") == (") + ")", strings.Join(lifted, " + ") + " > area",
		strings.Repeat("面", 4000), strings.Repeat("\"", 3999), strings.Repeat("(,", 1900), strings.Repeat("{", 3999), "\xff\xfe", strings.Repeat("x", 100000),
		`name.contains(` + strings.Repeat(`name + `, 400) + `"x")`, strings.Repeat("((((((((((gas))))))))))==", 40) + "gas",
	}
}

// A hostile text costs no more than a moment, whether refused or accepted.
func TestHostileSourceEndsQuickly(t *testing.T) {
	v := restaurant(t)
	compile(t, v, "gas") // the parser warms up its tables once per process
	for _, src := range hostile() {
		start := time.Now()
		r, err := v.Compile(src)
		if err == nil {
			_, err = r.Partial(map[string]any{"gas": true})
		}
		if took := time.Since(start); took > 50*time.Millisecond {
			t.Errorf("%.40s… took %v (%v)", src, took, err != nil)
		}
	}
}

func FuzzCompile(f *testing.F) {
	for _, src := range hostile() {
		f.Add(src)
	}
	f.Add(`kind in ["snack"] && area / seats < 2 || name.startsWith("湘")`)
	v := restaurant(f)
	f.Fuzz(func(t *testing.T, src string) {
		start := time.Now()
		defer func() {
			if took := time.Since(start); took > time.Second {
				t.Errorf("took %v", took)
			}
		}()
		r, err := v.Compile(src)
		if err != nil {
			return
		}
		full := map[string]any{"kind": "snack", "area": 12.5, "seats": 3, "tobacco": true, "gas": false, "name": "湘味馆"}
		want, err := r.Eval(full)
		if err != nil {
			t.Fatalf("%s: %v", src, err)
		}
		p, err := r.Partial(map[string]any{"kind": "snack", "area": 12.5})
		if err != nil || p.Verdict != Open && p.Verdict != verdict(want) {
			t.Fatalf("%s: partial %v %v, full %v", src, p, err, want)
		}
		if p, err = r.Partial(full); err != nil || p.Verdict != verdict(want) {
			t.Fatalf("%s: diagram says %v %v, evaluation %v", src, p.Verdict, err, want)
		}
	})
}
