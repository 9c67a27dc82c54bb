package rule

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// Eighteen pairs that must agree, asked in the worst order: the diagram would need a node
// for every combination of the first eighteen answers. The rule is coarse, and still says
// nothing false; the outcome beside it stays exact.
func TestCoarseRuleStaysRight(t *testing.T) {
	var vars []Variable
	var parts []string
	full := map[string]any{"yes": true}
	for _, side := range []string{"a", "b"} {
		for i := range 18 {
			name := fmt.Sprintf("%s%d", side, i)
			vars = append(vars, Variable{Name: name, Label: name, Kind: Bool})
			full[name] = i%2 == 0
			if side == "a" {
				parts = append(parts, fmt.Sprintf("a%d == b%d", i, i))
			}
		}
	}
	vars = append(vars, Variable{Name: "yes", Label: "是否", Kind: Bool})
	v, err := NewVocabulary(vars...)
	if err != nil {
		t.Fatal(err)
	}
	r := compile(t, v, strings.Join(parts, " && "))
	start := time.Now()
	if !r.Coarse() {
		t.Fatal("not coarse: the test proves nothing")
	}
	t.Logf("given up after %v", time.Since(start))
	for _, c := range []struct {
		answers map[string]any
		want    Verdict
		open    int
	}{
		{nil, Open, 36},
		{map[string]any{"a3": true, "b3": false}, False, 0},
		{map[string]any{"a3": true, "b3": true}, Open, 34},
		{full, True, 0},
	} {
		p, err := r.Partial(c.answers)
		if err != nil || p.Verdict != c.want || len(p.Open) != c.open {
			t.Errorf("%v: %v %v %v", c.answers, p.Verdict, len(p.Open), err)
		}
	}
	s, err := NewRuleSet(v, Outcome{Name: "coarse", Rules: []*Rule{r}}, Outcome{Name: "exact", Rules: []*Rule{compile(t, v, "yes || !yes && a0")}})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Outcomes(full); err != nil || got["coarse"] != True || got["exact"] != True {
		t.Errorf("%v %v", got, err)
	}
	found := s.Check()
	if len(found) != 1 || found[0].Kind != Unexamined {
		t.Errorf("%+v", found)
	}
	if found = s.CheckGroups(Group{Name: "组", Outcomes: []string{"coarse", "exact"}, Law: AtLeastOne}); len(found) != 1 || found[0].Kind != Unexamined {
		t.Errorf("%+v", found)
	}
}
