package rule

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"cel.dev/cel-go/common/types"
)

// dimension is one level of a diagram: a variable cut into cells, or an opaque condition.
type dimension struct {
	variable Variable // zero for an opaque condition
	cells    []any    // one value out of each cell; false, true for an opaque condition
	cuts     []float64
	place    []int  // Number: the cell of interval 2k (below cut k) and 2k+1 (on cut k)
	opaque   *logic // set for an opaque condition
}

// space is what a group of rules can tell apart: the dimensions, and the diagram over
// them. Immutable after newSpace.
type space struct {
	dims    []dimension
	byName  map[string]int32
	byText  map[string]int32
	diagram *diagram
}

// newSpace cuts the variables along every constant the given rules mention.
func newSpace(vars []Variable, limit int, rules []*logic) *space {
	s := &space{byName: map[string]int32{}, byText: map[string]int32{}, diagram: newDiagram(limit)}
	used := map[string]bool{}
	numbers, texts := map[string][]float64{}, map[string][]string{}
	var conditions []*logic
	for _, l := range rules {
		l.atoms(func(a *logic) {
			if a.shape == opaque {
				if _, ok := s.byText[a.text]; !ok {
					s.byText[a.text] = -1
					conditions = append(conditions, a)
				}
				return
			}
			used[a.variable] = true
			for _, c := range a.consts {
				switch x := c.(type) {
				case float64:
					numbers[a.variable] = append(numbers[a.variable], x)
				case string:
					texts[a.variable] = append(texts[a.variable], x)
				}
			}
		})
	}
	for _, v := range vars {
		if !used[v.Name] {
			continue
		}
		dim := dimension{variable: v}
		switch v.Kind {
		case Bool:
			dim.cells = []any{false, true}
		case Choice:
			for _, o := range v.Options {
				dim.cells = append(dim.cells, o.Code)
			}
		case Number:
			dim.cutNumber(numbers[v.Name])
		case Text:
			dim.cutText(texts[v.Name])
		}
		s.byName[v.Name] = int32(len(s.dims))
		s.dims = append(s.dims, dim)
	}
	for _, c := range conditions {
		s.byText[c.text] = int32(len(s.dims))
		s.dims = append(s.dims, dimension{cells: []any{false, true}, opaque: c})
	}
	return s
}

// cutText makes one cell for every literal and one for all other texts.
func (d *dimension) cutText(literals []string) {
	slices.Sort(literals)
	other := "其他"
	for slices.Contains(literals, other) {
		other += "…"
	}
	for _, l := range slices.Compact(literals) {
		d.cells = append(d.cells, l)
	}
	d.cells = append(d.cells, other)
}

// cutNumber makes cells for every cut and every gap between cuts that holds a number
// allowed by Min, Max and Whole.
func (d *dimension) cutNumber(cuts []float64) {
	slices.Sort(cuts)
	d.cuts = slices.Compact(cuts)
	v := d.variable
	n := len(d.cuts)
	d.place = make([]int, 2*n+1)
	for i := range d.place {
		var sample float64
		var ok bool
		if i%2 == 1 {
			sample, ok = d.cuts[i/2], v.allows(d.cuts[i/2])
		} else {
			sample, ok = v.between(d.cuts, i/2)
		}
		d.place[i] = -1
		if ok {
			d.place[i] = len(d.cells)
			d.cells = append(d.cells, sample)
		}
	}
}

// between finds a number strictly between cut k-1 and cut k that the variable allows,
// a round one if possible because people read it in witnesses.
func (x Variable) between(cuts []float64, k int) (float64, bool) {
	lo, hi := math.Inf(-1), math.Inf(1)
	if k > 0 {
		lo = cuts[k-1]
	}
	if k < len(cuts) {
		hi = cuts[k]
	}
	candidates := []float64{math.Floor(lo) + 1, math.Ceil(hi) - 1, 0, lo/2 + hi/2, math.Nextafter(lo, math.Inf(1)), math.Nextafter(hi, math.Inf(-1))}
	for _, bound := range []*float64{x.Min, x.Max} {
		if bound != nil {
			candidates = append(candidates, *bound, math.Ceil(*bound), math.Floor(*bound))
		}
	}
	for _, c := range candidates {
		if lo < c && c < hi && x.allows(c) {
			return c, true
		}
	}
	return 0, false
}

func (x Variable) allows(n float64) bool {
	_, err := x.answer(n)
	return err == nil
}

// cell finds the cell of an answer; -1 when it lies in none.
func (d *dimension) cell(answer any) int {
	if d.variable.Kind == Number {
		n := answer.(float64)
		i := sort.SearchFloat64s(d.cuts, n)
		if i < len(d.cuts) && d.cuts[i] == n {
			return d.place[2*i+1]
		}
		return d.place[2*i]
	}
	if i := slices.Index(d.cells, answer); i >= 0 {
		return i
	}
	if d.variable.Kind == Text {
		return len(d.cells) - 1
	}
	return -1
}

// build turns logic into a node.
func (s *space) build(l *logic) int32 {
	d := s.diagram
	switch l.shape {
	case constant:
		return leaf(l.truth)
	case and:
		n := int32(1)
		for _, k := range l.kids {
			n = d.and(n, s.build(k))
		}
		return n
	case or:
		n := int32(0)
		for _, k := range l.kids {
			n = d.or(n, s.build(k))
		}
		return n
	case not:
		return d.not(s.build(l.kids[0]))
	case iff:
		return d.iff(s.build(l.kids[0]), s.build(l.kids[1]))
	case choose:
		return d.choose(s.build(l.kids[0]), s.build(l.kids[1]), s.build(l.kids[2]))
	case opaque:
		return d.make(s.byText[l.text], []int32{0, 1})
	}
	level := s.byName[l.variable]
	dim := &s.dims[level]
	kids := make([]int32, len(dim.cells))
	for i, c := range dim.cells {
		kids[i] = leaf(holds(l.op, c, l.consts))
	}
	return d.make(level, kids)
}

// fix places the known answers: the cell of every dimension, -1 where it is open.
func (s *space) fix(known map[string]any) ([]int, error) {
	fixed := make([]int, len(s.dims))
	for i := range s.dims {
		dim := &s.dims[i]
		fixed[i] = -1
		if dim.opaque == nil {
			if a, ok := known[dim.variable.Name]; ok {
				fixed[i] = dim.cell(a)
			}
			continue
		}
		all := true
		for _, name := range dim.opaque.names {
			_, ok := known[name]
			all = all && ok
		}
		if all {
			out, _, err := dim.opaque.program.Eval(known)
			if err != nil {
				return nil, fmt.Errorf("计算 %s：%w", dim.opaque.text, err)
			}
			fixed[i] = int(leaf(out == types.True))
		}
	}
	return fixed, nil
}

// open lists the unknown variables behind the levels.
func (s *space) open(levels map[int32]bool, known map[string]any) map[string]bool {
	names := map[string]bool{}
	for l := range levels {
		if dim := &s.dims[l]; dim.opaque == nil {
			names[dim.variable.Name] = true
		} else {
			for _, name := range dim.opaque.names {
				if _, ok := known[name]; !ok {
					names[name] = true
				}
			}
		}
	}
	return names
}
