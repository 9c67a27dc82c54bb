package rule

import (
	"fmt"
)

// Outcome is something a set of rules decides: a part that applies, a material that is
// needed. It holds when all its rules hold; without rules it always holds.
type Outcome struct {
	Name  string
	Label string // what people read; Name when empty
	Rules []*Rule
}

func (o Outcome) label() string {
	if o.Label != "" {
		return o.Label
	}
	return o.Name
}

// Need is a question that must still be asked, and the outcomes it can still change.
type Need struct {
	Variable string
	Because  []string // outcome names, in set order
}

// RuleSet is an immutable group of outcomes over one vocabulary. It may be used by
// several goroutines.
type RuleSet struct {
	vocabulary *Vocabulary
	outcomes   []Outcome
	index      map[string]int
	names      []string // variables any rule mentions
	space      *space
	roots      []int32 // per outcome; -1 is coarse
}

// NewRuleSet gathers outcomes. The rules must have been compiled by v, and the names must
// differ.
func NewRuleSet(v *Vocabulary, outcomes ...Outcome) (*RuleSet, error) {
	s := &RuleSet{vocabulary: v, outcomes: outcomes, index: make(map[string]int, len(outcomes))}
	used := map[string]bool{}
	var all []*logic
	for i, o := range outcomes {
		if _, dup := s.index[o.Name]; dup || o.Name == "" {
			return nil, fmt.Errorf("规则结果的名称 %q 为空或重复，请改正", o.Name)
		}
		s.index[o.Name] = i
		for _, r := range o.Rules {
			if r == nil || r.vocabulary != v {
				return nil, fmt.Errorf("结果 %s 的规则不是用同一套变量编译的，请用本规则集的变量重新编译", o.Name)
			}
			all = append(all, r.logic)
			for _, name := range r.names {
				used[name] = true
			}
		}
	}
	s.names = v.inOrder(used)
	s.space = newSpace(v.vars, MaxSetEdges, all)
	s.roots = s.space.conjunctions(outcomes)
	return s, nil
}

// conjunctions builds the root of every outcome. What does not fit into the diagram any
// more is coarse (-1); the rules built before stay exact.
func (s *space) conjunctions(outcomes []Outcome) []int32 {
	roots := make([]int32, len(outcomes))
	for i, o := range outcomes {
		root := int32(1)
		limit := s.diagram.limit
		s.diagram.limit = min(limit, s.diagram.edges+MaxRuleEdges)
		for _, r := range o.Rules {
			root = s.diagram.and(root, s.build(r.logic))
		}
		s.diagram.limit = limit
		if s.diagram.full {
			root = -1
			s.diagram.full = false
			// The memo may hold results cut off at the limit.
			clear(s.diagram.memo)
		}
		roots[i] = root
	}
	clear(s.diagram.memo)
	return roots
}

// Names returns the names of the outcomes in order.
func (s *RuleSet) Names() []string {
	names := make([]string, len(s.outcomes))
	for i, o := range s.outcomes {
		names[i] = o.Name
	}
	return names
}

// state calls f with verdict and open variables of every outcome.
func (s *RuleSet) state(answers map[string]any, asked bool, f func(i int, v Verdict, open map[string]bool)) error {
	known, err := s.vocabulary.known(answers, s.names)
	if err != nil {
		return err
	}
	fixed, err := s.space.fix(known)
	if err != nil {
		return err
	}
	for i := range s.outcomes {
		v, open, err := s.decide(i, known, fixed, asked)
		if err != nil {
			return err
		}
		f(i, v, open)
	}
	return nil
}

// decide gives the verdict of outcome i and, when asked, its open variables.
func (s *RuleSet) decide(i int, known map[string]any, fixed []int, asked bool) (Verdict, map[string]bool, error) {
	if root := s.roots[i]; root >= 0 {
		v := s.space.diagram.settle(root, fixed)
		if v != Open || !asked {
			return v, nil, nil
		}
		return v, s.space.open(s.space.diagram.support(root, fixed), known), nil
	}
	all, open := True, map[string]bool{}
	for _, r := range s.outcomes[i].Rules {
		v, names, err := r.state(known)
		if err != nil {
			return Open, nil, err
		}
		if v == False {
			return False, nil, nil
		}
		if v == Open {
			all = Open
		}
		for name := range names {
			open[name] = true
		}
	}
	return all, open, nil
}

// Outcomes decides every outcome as far as the answers reach.
func (s *RuleSet) Outcomes(answers map[string]any) (map[string]Verdict, error) {
	out := make(map[string]Verdict, len(s.outcomes))
	err := s.state(answers, false, func(i int, v Verdict, _ map[string]bool) { out[s.outcomes[i].Name] = v })
	return out, err
}

// Open returns the outcomes that are not decided yet, in order.
func (s *RuleSet) Open(answers map[string]any) ([]Outcome, error) {
	var out []Outcome
	err := s.state(answers, false, func(i int, v Verdict, _ map[string]bool) {
		if v == Open {
			out = append(out, s.outcomes[i])
		}
	})
	return out, err
}

// Questions returns what must still be asked, in vocabulary order: exactly the unknown
// variables some outcome still depends on. When it is empty every outcome is decided.
// Ask the first one, add its answer and call again: later questions may fall away.
func (s *RuleSet) Questions(answers map[string]any) ([]Need, error) {
	because := map[string][]string{}
	err := s.state(answers, true, func(i int, _ Verdict, open map[string]bool) {
		for name := range open {
			because[name] = append(because[name], s.outcomes[i].Name)
		}
	})
	if err != nil {
		return nil, err
	}
	var out []Need
	for _, name := range s.names {
		if len(because[name]) > 0 {
			out = append(out, Need{Variable: name, Because: because[name]})
		}
	}
	return out, nil
}

// Explain returns a smallest set of answers the verdict on the outcome rests on.
func (s *RuleSet) Explain(outcome string, answers map[string]any) ([]Reason, error) {
	i, ok := s.index[outcome]
	if !ok {
		return nil, fmt.Errorf("规则集里没有叫 %s 的结果", outcome)
	}
	known, err := s.vocabulary.known(answers, s.names)
	if err != nil {
		return nil, err
	}
	return s.vocabulary.explain(known, func(k map[string]any) (Verdict, error) {
		fixed, err := s.space.fix(k)
		if err != nil {
			return Open, err
		}
		v, _, err := s.decide(i, k, fixed, false)
		return v, err
	})
}
