package rule

import (
	"fmt"
	"math"
	"slices"
)

// ChangeKind says how an outcome differs between two rule sets.
type ChangeKind string

// How outcomes and variables change.
const (
	Added      ChangeKind = "added"      // the outcome is new
	Removed    ChangeKind = "removed"    // the outcome is gone
	Gained     ChangeKind = "gained"     // under these answers it did not hold and now does
	Lost       ChangeKind = "lost"       // under these answers it held and no longer does
	Retyped    ChangeKind = "retyped"    // a variable changed its kind; outcomes using it are not compared
	Uncompared ChangeKind = "uncompared" // too intricate to compare
)

// MaxWitnesses bounds the examples of one change.
const MaxWitnesses = 5

// Change is one difference between two rule sets, with examples.
type Change struct {
	Outcome  string // outcome name; variable name for Retyped
	Kind     ChangeKind
	Text     string // Chinese
	Cases    []Case // at most MaxWitnesses, all different
	Possible bool   // every example rests on conditions that arithmetic may exclude
}

// Diff tells which combinations of answers lead to another outcome under new than under
// old: what a published version changes for people. Outcomes that differ in wording only
// are not reported.
func Diff(old, new *RuleSet) []Change {
	vars, retyped := merge(old.vocabulary.vars, new.vocabulary.vars)
	var out []Change
	for _, name := range retyped {
		out = append(out, Change{Outcome: name, Kind: Retyped, Text: fmt.Sprintf("变量 %s 的类型变了，用到它的结果没有比较", name)})
	}
	touched := func(o Outcome) bool {
		for _, r := range o.Rules {
			for _, name := range r.names {
				if slices.Contains(retyped, name) {
					return true
				}
			}
		}
		return false
	}
	var before, after []Outcome
	var all []*logic
	for _, o := range old.outcomes {
		i, ok := new.index[o.Name]
		switch {
		case !ok:
			out = append(out, Change{Outcome: o.Name, Kind: Removed, Text: fmt.Sprintf("取消了“%s”", o.label())})
		case touched(o) || touched(new.outcomes[i]):
			out = append(out, Change{Outcome: o.Name, Kind: Uncompared, Text: fmt.Sprintf("“%s”用到的变量换了类型，没有比较", o.label())})
		default:
			before, after = append(before, o), append(after, new.outcomes[i])
			for _, r := range slices.Concat(o.Rules, new.outcomes[i].Rules) {
				all = append(all, r.logic)
			}
		}
	}
	sp := newSpace(vars, 2*MaxSetEdges, all)
	d := sp.diagram
	was, is := sp.conjunctions(before), sp.conjunctions(after)
	for i, o := range after {
		uncompared := Change{Outcome: o.Name, Kind: Uncompared, Text: fmt.Sprintf("“%s”的规则太复杂，无法比较全部组合", o.label())}
		if was[i] < 0 || is[i] < 0 {
			out = append(out, uncompared)
			continue
		}
		gained, lost := d.and(is[i], d.not(was[i])), d.and(was[i], d.not(is[i]))
		if d.full {
			d.full = false
			clear(d.memo)
			out = append(out, uncompared)
			continue
		}
		if gained != 0 {
			out = append(out, sp.change(vars, o, Gained, "原来不适用、现在适用", gained))
		}
		if lost != 0 {
			out = append(out, sp.change(vars, o, Lost, "原来适用、现在不适用", lost))
		}
	}
	for _, o := range new.outcomes {
		if _, ok := old.index[o.Name]; !ok {
			out = append(out, Change{Outcome: o.Name, Kind: Added, Text: fmt.Sprintf("新增了“%s”", o.label())})
		}
	}
	return out
}

func (s *space) change(vars []Variable, o Outcome, kind ChangeKind, words string, n int32) Change {
	c := Change{Outcome: o.Name, Kind: kind, Possible: true}
	s.diagram.paths(n, func(way map[int32]int) bool {
		example := s.show(vars, way)
		c.Possible = c.Possible && len(example.Conditions) > 0
		c.Cases = append(c.Cases, example)
		return len(c.Cases) < MaxWitnesses
	})
	c.Text = fmt.Sprintf("“%s”%s，例如%s时", o.label(), words, c.Cases[0].Shown)
	return c
}

// merge joins two declarations of the variables so that every answer possible under
// either is possible.
func merge(old, new []Variable) (vars []Variable, retyped []string) {
	vars = slices.Clone(new)
	for _, x := range old {
		i := slices.IndexFunc(vars, func(y Variable) bool { return y.Name == x.Name })
		if i < 0 {
			vars = append(vars, x)
			continue
		}
		y := &vars[i]
		if x.Kind != y.Kind {
			retyped = append(retyped, x.Name)
			continue
		}
		y.Options = slices.Clone(y.Options)
		for _, o := range x.Options {
			if !y.has(o.Code) {
				y.Options = append(y.Options, o)
			}
		}
		y.Min, y.Max, y.Whole = wider(x.Min, y.Min, math.Min), wider(x.Max, y.Max, math.Max), x.Whole && y.Whole
	}
	return vars, retyped
}

func wider(a, b *float64, f func(x, y float64) float64) *float64 {
	if a == nil || b == nil {
		return nil
	}
	n := f(*a, *b)
	return &n
}
