package rule

import (
	"encoding/binary"
	"math"
)

// diagram is a reduced ordered decision diagram with many-valued nodes (Kam and others'
// MDD, after Bryant's BDD). Node 0 is false, node 1 is true. Equal functions are the same
// node, and a level occurs under a node exactly when its function depends on it.
type diagram struct {
	nodes  []node
	unique map[string]int32
	memo   map[[3]int32]int32
	edges  int
	limit  int  // edges allowed
	full   bool // the limit was passed; results are meaningless
	key    []byte
}

type node struct {
	level int32
	kids  []int32
}

const terminal = math.MaxInt32

func newDiagram(limit int) *diagram {
	return &diagram{
		nodes:  []node{{level: terminal}, {level: terminal}},
		unique: map[string]int32{}, memo: map[[3]int32]int32{}, limit: limit,
	}
}

// leaf is the node of a constant.
func leaf(b bool) int32 {
	if b {
		return 1
	}
	return 0
}

// make returns the node that goes to kids[cell]. It keeps kids.
func (d *diagram) make(level int32, kids []int32) int32 {
	same := true
	for _, k := range kids[1:] {
		same = same && k == kids[0]
	}
	if same {
		return kids[0]
	}
	d.key = binary.AppendUvarint(d.key[:0], uint64(level))
	for _, k := range kids {
		d.key = binary.AppendUvarint(d.key, uint64(k))
	}
	if n, ok := d.unique[string(d.key)]; ok {
		return n
	}
	d.edges += len(kids)
	if d.edges > d.limit || len(d.memo) > 2*d.limit {
		d.full = true
	}
	if d.full {
		return 0
	}
	n := int32(len(d.nodes))
	d.nodes = append(d.nodes, node{level, kids})
	d.unique[string(d.key)] = n
	return n
}

// choose is "f ? g : h".
func (d *diagram) choose(f, g, h int32) int32 {
	switch {
	case d.full || f == 0:
		return h
	case f == 1 || g == h:
		return g
	case g == 1 && h == 0:
		return f
	}
	memo := [3]int32{f, g, h}
	if n, ok := d.memo[memo]; ok {
		return n
	}
	level := min(d.nodes[f].level, d.nodes[g].level, d.nodes[h].level)
	width := 0
	for _, n := range memo {
		if d.nodes[n].level == level {
			width = len(d.nodes[n].kids)
		}
	}
	kids := make([]int32, width)
	for i := range kids {
		kids[i] = d.choose(d.kid(f, level, i), d.kid(g, level, i), d.kid(h, level, i))
	}
	n := d.make(level, kids)
	d.memo[memo] = n
	return n
}

func (d *diagram) kid(n, level int32, cell int) int32 {
	if d.nodes[n].level == level {
		return d.nodes[n].kids[cell]
	}
	return n
}

func (d *diagram) and(f, g int32) int32 { return d.choose(f, g, 0) }
func (d *diagram) or(f, g int32) int32  { return d.choose(f, 1, g) }
func (d *diagram) not(f int32) int32    { return d.choose(f, 0, 1) }
func (d *diagram) iff(f, g int32) int32 { return d.choose(f, g, d.not(g)) }

// settle says what f comes to when the cells in fixed are known (-1 is unknown): the
// verdict, without building anything.
func (d *diagram) settle(f int32, fixed []int) Verdict {
	var seen map[int32]bool
	var reach [2]bool
	var walk func(int32)
	walk = func(n int32) {
		for d.nodes[n].level != terminal && fixed[d.nodes[n].level] >= 0 {
			n = d.nodes[n].kids[fixed[d.nodes[n].level]]
		}
		if d.nodes[n].level == terminal {
			reach[n] = true
			return
		}
		if seen[n] {
			return
		}
		if seen == nil {
			seen = map[int32]bool{}
		}
		seen[n] = true
		for _, k := range d.nodes[n].kids {
			if reach[0] && reach[1] {
				return
			}
			walk(k)
		}
	}
	walk(f)
	switch {
	case reach[0] && reach[1]:
		return Open
	case reach[1]:
		return True
	}
	return False
}

// support returns the levels on which f still depends once fixed is known: the reduced
// diagram of the restricted function is built aside, so d stays untouched and several
// goroutines may ask at once.
func (d *diagram) support(f int32, fixed []int) map[int32]bool {
	aside := newDiagram(math.MaxInt / 4)
	done := map[int32]int32{}
	var walk func(int32) int32
	walk = func(n int32) int32 {
		for d.nodes[n].level != terminal && fixed[d.nodes[n].level] >= 0 {
			n = d.nodes[n].kids[fixed[d.nodes[n].level]]
		}
		if d.nodes[n].level == terminal {
			return n
		}
		if m, ok := done[n]; ok {
			return m
		}
		kids := make([]int32, len(d.nodes[n].kids))
		for i, k := range d.nodes[n].kids {
			kids[i] = walk(k)
		}
		m := aside.make(d.nodes[n].level, kids)
		done[n] = m
		return m
	}
	walk(f)
	levels := map[int32]bool{}
	for _, n := range aside.nodes[2:] {
		levels[n.level] = true
	}
	return levels
}

// paths calls f with the cells (level to cell) of ways from n to true, until f says stop.
// Every way found is a different combination; levels not on it do not matter.
func (d *diagram) paths(n int32, f func(map[int32]int) bool) {
	way := map[int32]int{}
	var walk func(int32) bool
	walk = func(n int32) bool {
		if n == 0 {
			return true
		}
		if n == 1 {
			return f(way)
		}
		level := d.nodes[n].level
		for i, k := range d.nodes[n].kids {
			way[level] = i
			if !walk(k) {
				return false
			}
		}
		delete(way, level)
		return true
	}
	walk(n)
}
