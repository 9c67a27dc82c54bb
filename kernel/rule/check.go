package rule

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Law is what a group of outcomes must keep to.
type Law int

// The laws a group can be under.
const (
	ExactlyOne Law = iota + 1
	AtLeastOne
	AtMostOne
)

// Group names outcomes of which, under every combination of answers, exactly one, at
// least one or at most one must hold — e.g. the branches of a form of handling.
type Group struct {
	Name     string
	Outcomes []string // outcome names
	Law      Law
	When     *Rule // only combinations under which it holds count; nil is all
}

// FindingKind says what a check found.
type FindingKind string

// What RuleSet.Check and RuleSet.CheckGroups can find.
const (
	Dead       FindingKind = "dead"       // 永远不成立
	Always     FindingKind = "always"     // 永远成立, though it mentions variables
	Idle       FindingKind = "idle"       // a variable is mentioned but no outcome depends on it
	Undecided  FindingKind = "undecided"  // a combination of answers no outcome of the group covers
	Ambiguous  FindingKind = "ambiguous"  // a combination two outcomes of the group claim
	Unexamined FindingKind = "unexamined" // too intricate for exact analysis
	Misnamed   FindingKind = "misnamed"   // a group names an outcome that is not in the set
)

// Case is a combination of answers, as an example. Variables left out do not matter.
type Case struct {
	Answers    map[string]any
	Conditions []string // conditions over several variables assumed to hold, e.g. "area / seats < 2.0"
	Shown      string   // the combination in Chinese, in vocabulary order
}

// Finding is one thing wrong, or worth a look, in a rule set.
type Finding struct {
	Kind     FindingKind
	Outcome  string // outcome or group name
	Rule     string // source of the rule at fault, when it is one rule
	Text     string // Chinese: what is wrong and how to mend it
	Case     Case   // Undecided, Ambiguous: an example
	Possible bool   // the example rests on Conditions that arithmetic may exclude
}

// Check looks for rules and outcomes that never hold, that always hold, and for variables
// no outcome depends on. It covers all combinations of answers by the decision diagram,
// so it needs no enumeration; outcomes beyond [MaxRuleEdges] are reported as Unexamined
// and only their single rules are checked.
func (s *RuleSet) Check() []Finding {
	var found []Finding
	matters := map[string]bool{}
	none := s.space.none()
	for i, o := range s.outcomes {
		root := s.roots[i]
		if root < 0 {
			found = append(found, Finding{Kind: Unexamined, Outcome: o.Name,
				Text: fmt.Sprintf("“%s”的规则太复杂，无法检查全部组合，只逐条检查了规则；请拆分或简化", o.label())})
		} else {
			maps.Copy(matters, s.space.open(s.space.diagram.support(root, none), nil))
		}
		blamed := false
		for _, r := range o.Rules {
			own := r.space()
			switch {
			case own == nil:
				for _, name := range r.names {
					matters[name] = true
				}
			case r.root == 0:
				blamed = true
				found = append(found, Finding{Kind: Dead, Outcome: o.Name, Rule: r.source,
					Text: fmt.Sprintf("“%s”的规则 %s 在任何答案下都不成立；请改正或删除", o.label(), r.source)})
			case r.root == 1 && len(r.names) > 0:
				found = append(found, Finding{Kind: Always, Outcome: o.Name, Rule: r.source,
					Text: fmt.Sprintf("“%s”的规则 %s 在任何答案下都成立；如果本意如此请写 true", o.label(), r.source)})
			}
		}
		if root == 0 && !blamed {
			found = append(found, Finding{Kind: Dead, Outcome: o.Name,
				Text: fmt.Sprintf("“%s”的各条规则互相矛盾，合起来永远不成立；请检查", o.label())})
		}
	}
	for _, name := range s.names {
		if !matters[name] {
			x, _ := s.vocabulary.Variable(name)
			found = append(found, Finding{Kind: Idle, Outcome: name,
				Text: fmt.Sprintf("“%s”（%s）写在规则里，但不影响任何结果，不会被问到", x.Label, name)})
		}
	}
	return found
}

// none is the state in which nothing is known.
func (s *space) none() []int {
	fixed := make([]int, len(s.dims))
	for i := range fixed {
		fixed[i] = -1
	}
	return fixed
}

// CheckGroups looks for combinations of answers under which a group of outcomes breaks
// its law, one example for each break.
func (s *RuleSet) CheckGroups(groups ...Group) []Finding {
	var all []*logic
	for _, o := range s.outcomes {
		for _, r := range o.Rules {
			all = append(all, r.logic)
		}
	}
	for _, g := range groups {
		if g.When != nil {
			all = append(all, g.When.logic)
		}
	}
	sp := newSpace(s.vocabulary.vars, 2*MaxSetEdges, all)
	roots := sp.conjunctions(s.outcomes)
	var found []Finding
	for _, g := range groups {
		found = append(found, s.group(sp, roots, g)...)
	}
	return found
}

func (s *RuleSet) group(sp *space, roots []int32, g Group) (found []Finding) {
	d := sp.diagram
	when := int32(1)
	if g.When != nil {
		when = sp.build(g.When.logic)
	}
	covered, idle := int32(0), true
	var members []int
	for _, name := range g.Outcomes {
		i, ok := s.index[name]
		if !ok {
			return append(found, Finding{Kind: Misnamed, Outcome: g.Name, Text: fmt.Sprintf("分组“%s”里的 %s 不在规则集中；请改正名称", g.Name, name)})
		}
		idle = idle && roots[i] >= 0
		members = append(members, i)
	}
	tooMuch := Finding{Kind: Unexamined, Outcome: g.Name, Text: fmt.Sprintf("分组“%s”的规则太复杂，无法检查全部组合；请拆分或简化", g.Name)}
	if !idle {
		return append(found, tooMuch)
	}
	for n, i := range members {
		if g.Law != AtLeastOne {
			both := d.and(when, d.and(covered, roots[i]))
			if c, possible, ok := sp.example(s.vocabulary, both); ok && !d.full {
				other := ""
				for _, j := range members[:n] {
					if d.settle(d.and(both, roots[j]), sp.none()) != False {
						other = s.outcomes[j].label()
						break
					}
				}
				found = append(found, Finding{Kind: Ambiguous, Outcome: g.Name, Case: c, Possible: possible,
					Text: fmt.Sprintf("分组“%s”：%s时，“%s”和“%s”同时成立；请让它们互斥", g.Name, c.Shown, other, s.outcomes[i].label())})
			}
		}
		covered = d.or(covered, roots[i])
	}
	if g.Law != AtMostOne {
		if c, possible, ok := sp.example(s.vocabulary, d.and(when, d.not(covered))); ok && !d.full {
			found = append(found, Finding{Kind: Undecided, Outcome: g.Name, Case: c, Possible: possible,
				Text: fmt.Sprintf("分组“%s”：%s时，没有任何结果成立；请补一条规则", g.Name, c.Shown)})
		}
	}
	if d.full {
		d.full = false
		clear(d.memo)
		return []Finding{tooMuch}
	}
	return found
}

// example returns a combination that leads from n to true.
func (s *space) example(v *Vocabulary, n int32) (c Case, possible, ok bool) {
	s.diagram.paths(n, func(way map[int32]int) bool {
		c, ok = s.show(v.vars, way), true
		return false
	})
	return c, len(c.Conditions) > 0, ok
}

// show puts a way through the diagram into words.
func (s *space) show(vars []Variable, way map[int32]int) Case {
	c := Case{Answers: map[string]any{}}
	var parts []string
	for _, level := range slices.Sorted(maps.Keys(way)) {
		dim, cell := &s.dims[level], way[level]
		if dim.opaque != nil {
			text := dim.opaque.text
			if cell == 0 {
				text = "!(" + text + ")"
			}
			c.Conditions = append(c.Conditions, text)
			parts = append(parts, text)
			continue
		}
		c.Answers[dim.variable.Name] = dim.cells[cell]
		parts = append(parts, dim.variable.Label+"为"+dim.variable.Show(dim.cells[cell]))
	}
	c.Shown = strings.Join(parts, "、")
	if c.Shown == "" {
		c.Shown = "任何答案"
	}
	return c
}
