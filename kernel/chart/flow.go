package chart

import (
	"math"
	"sort"
	"strings"
)

// Node is one box of a Flow.
type Node struct {
	ID    string
	Label string
	Sub   string // second line, smaller: unit or time
	Class string // ok, warn, bad, c1 … ; empty: plain box
	Href  string // path on this site, optional
}

// Edge is one arrow. Edges to unknown nodes are left out.
type Edge struct {
	From, To string
	Label    string
}

// Flow is boxes and arrows in layers from left to right. A node stands right of all it comes after; an arrow that leads
// back is drawn dashed. Critical names the nodes of the critical path in order; it is drawn thick in class cr.
type Flow struct {
	Caption
	Nodes    []Node
	Edges    []Edge
	Critical []string
}

// Table gives one row per box: label, sub-label, what comes next, and whether it is on the critical path.
func (c Flow) Table() ([]string, [][]string) {
	name, critical := map[string]string{}, map[string]bool{}
	for _, n := range c.Nodes {
		name[n.ID] = n.Label
	}
	for _, id := range c.Critical {
		critical[id] = true
	}
	var rows [][]string
	for _, n := range c.Nodes {
		var next []string
		for _, e := range c.Edges {
			if to, ok := name[e.To]; ok && e.From == n.ID {
				if e.Label != "" {
					to += "（" + e.Label + "）"
				}
				next = append(next, to)
			}
		}
		mark := ""
		if critical[n.ID] {
			mark = "是"
		}
		rows = append(rows, []string{n.Label, n.Sub, strings.Join(next, "、"), mark})
	}
	return []string{"环节", "说明", "下一环节", "关键路径"}, rows
}

// placed is a node with its place.
type placed struct {
	Node
	layer      int
	order      float64
	x, y, h    float64
	lines, sub []string
}

const (
	boxWidth = 132.0
	boxGap   = 20.0
	layerGap = 56.0
)

// SVG draws the flow.
func (c Flow) SVG() string {
	header, rows := c.Table()
	nodes, edges, back := c.layers()
	if len(nodes) == 0 {
		return newPicture(420, 140, "flow", c.Caption, "暂无数据").empty(420, 140)
	}
	w, h := place(nodes, edges, back)
	p := newPicture(w, h, "flow", c.Caption, describe(header, rows))
	step := map[[2]string]bool{}
	on := map[string]bool{}
	for i, id := range c.Critical {
		on[id] = true
		if i > 0 {
			step[[2]string{c.Critical[i-1], id}] = true
		}
	}
	for i, e := range edges {
		from, to := &nodes[e[0]], &nodes[e[1]]
		class, width := "ed", 1.5
		if step[[2]string{from.ID, to.ID}] {
			class, width = "cr", 3
		}
		p.arrow(from, to, class, width, back[i], c.Edges, h)
	}
	for i := range nodes {
		p.box(&nodes[i], on[nodes[i].ID])
	}
	return p.done()
}

// layers gives each node its layer: the longest way from a start. It returns the nodes, the edges as indexes, and which
// edges lead back.
func (c Flow) layers() (nodes []placed, edges [][2]int, back []bool) {
	index := map[string]int{}
	for _, n := range c.Nodes {
		if _, twice := index[n.ID]; !twice {
			index[n.ID] = len(nodes)
			nodes = append(nodes, placed{Node: n})
		}
	}
	seen := map[[2]int]bool{}
	next := make([][]int, len(nodes)) // edges by from
	for _, e := range c.Edges {
		a, ok1 := index[e.From]
		b, ok2 := index[e.To]
		if k := [2]int{a, b}; ok1 && ok2 && a != b && !seen[k] {
			seen[k] = true
			next[a] = append(next[a], len(edges))
			edges = append(edges, k)
		}
	}
	// An edge to a node still open in a depth-first walk leads back. The walk keeps its own stack: data may be deep.
	back = make([]bool, len(edges))
	state := make([]int, len(nodes))
	var order []int // reverse topological
	for root := range nodes {
		if state[root] != 0 {
			continue
		}
		type frame struct{ node, at int }
		stack := []frame{{root, 0}}
		state[root] = 1
		for len(stack) > 0 {
			f := &stack[len(stack)-1]
			if f.at == len(next[f.node]) {
				state[f.node] = 2
				order = append(order, f.node)
				stack = stack[:len(stack)-1]
				continue
			}
			e := next[f.node][f.at]
			f.at++
			switch to := edges[e][1]; state[to] {
			case 0:
				state[to] = 1
				stack = append(stack, frame{to, 0})
			case 1:
				back[e] = true
			}
		}
	}
	for i := len(order) - 1; i >= 0; i-- {
		for _, e := range next[order[i]] {
			if !back[e] {
				to := edges[e][1]
				nodes[to].layer = max(nodes[to].layer, nodes[order[i]].layer+1)
			}
		}
	}
	return nodes, edges, back
}

// place orders the nodes of each layer by the middle of their neighbours, so that arrows cross little, and gives all a
// place. It returns the size of the picture.
func place(nodes []placed, edges [][2]int, back []bool) (w, h float64) {
	last := 0
	for i := range nodes {
		last = max(last, nodes[i].layer)
	}
	layers := make([][]int, last+1)
	for i := range nodes {
		n := &nodes[i]
		n.lines = wrap(n.Label, boxWidth-16, 13, 3)
		n.sub = wrap(n.Sub, boxWidth-16, 11, 2)
		n.h = 14 + float64(len(n.lines))*17 + float64(len(n.sub))*14
		n.order = float64(len(layers[n.layer]))
		layers[n.layer] = append(layers[n.layer], i)
	}
	for range 4 {
		for _, side := range []int{1, 0} {
			for k := range layers {
				l := layers[k]
				if side == 0 {
					l = layers[last-k]
				}
				for _, i := range l {
					sum, n := 0.0, 0.0
					for e, ab := range edges {
						if ab[side] == i && !back[e] {
							sum += nodes[ab[1-side]].order
							n++
						}
					}
					if n > 0 {
						nodes[i].order = sum / n
					}
				}
				sort.SliceStable(l, func(a, b int) bool { return nodes[l[a]].order < nodes[l[b]].order })
				for j, i := range l {
					nodes[i].order = float64(j) - float64(len(l)-1)/2
				}
			}
		}
	}
	tall := 0.0
	heights := make([]float64, len(layers))
	for k, l := range layers {
		for _, i := range l {
			heights[k] += nodes[i].h + boxGap
		}
		heights[k] -= boxGap
		tall = max(tall, heights[k])
	}
	anyBack := false
	for _, b := range back {
		anyBack = anyBack || b
	}
	for k, l := range layers {
		y := 10 + (tall-heights[k])/2
		for _, i := range l {
			nodes[i].x, nodes[i].y = 8+float64(k)*(boxWidth+layerGap), y
			y += nodes[i].h + boxGap
		}
	}
	w, h = 16+float64(last)*(boxWidth+layerGap)+boxWidth, tall+20
	if anyBack {
		h += 26
	}
	return w, h
}

func (p *picture) box(n *placed, critical bool) {
	linked := p.link(n.Href)
	stroke, width, class := "ax", 1.2, n.Class
	if class != "" {
		stroke, width = class, 2
	}
	if critical {
		stroke, width = "cr", 2.5
	}
	p.el("rect", strings.TrimSpace("nd "+class+"-box st-"+stroke), n.Label+" "+n.Sub, "x", n.x, "y", n.y, "width", boxWidth, "height", n.h, "rx", 6,
		"fill", fallback("nd"), "stroke", fallback(stroke), "stroke-width", width)
	if class != "" {
		// The bar at the left carries the judgement; the words stay dark on white.
		p.el("rect", class, "", "x", n.x, "y", n.y+4, "width", 5, "height", n.h-8, "fill", fallback(class))
	}
	y := n.y + 20
	for _, l := range n.lines {
		p.label("tx", fallback("tx"), n.x+boxWidth/2, y, 13, "middle", l)
		y += 17
	}
	for _, l := range n.sub {
		p.label("tx2", fallback("tx2"), n.x+boxWidth/2, y-1, 11, "middle", l)
		y += 14
	}
	if linked {
		p.b.WriteString("</a>")
	}
}

// arrow draws an edge; one that leads back runs below all boxes.
func (p *picture) arrow(from, to *placed, class string, width float64, back bool, edges []Edge, h float64) {
	x0, y0 := from.x+boxWidth, from.y+from.h/2
	x1, y1 := to.x, to.y+to.h/2
	d, tx, ty := "", (x0+x1)/2, (y0+y1)/2-4
	attrs := []any{"fill", "none", "stroke", fallback(class), "stroke-width", width}
	if back {
		attrs = append(attrs, "stroke-dasharray", "5 4")
		x0, y0 = from.x+boxWidth/2, from.y+from.h
		x1, y1 = to.x+boxWidth/2, to.y+to.h
		low := h - 14
		d = "M" + num(x0) + " " + num(y0) + "L" + num(x0) + " " + num(low) + "L" + num(x1) + " " + num(low) + "L" + num(x1) + " " + num(y1+7)
		tx, ty = (x0+x1)/2, low-4
	} else {
		bend := max((x1-x0)/2, 20)
		if x1-x0 > boxWidth {
			bend = layerGap * 0.7
		}
		d = "M" + num(x0) + " " + num(y0) + "C" + num(x0+bend) + " " + num(y0) + " " + num(x1-bend) + " " + num(y1) + " " + num(x1-7) + " " + num(y1)
	}
	p.el("path", "ln "+class, "", append([]any{"d", d}, attrs...)...)
	points := num(x1) + "," + num(y1) + " " + num(x1-9) + "," + num(y1-5) + " " + num(x1-9) + "," + num(y1+5)
	if back {
		points = num(x1) + "," + num(y1) + " " + num(x1-5) + "," + num(y1+9) + " " + num(x1+5) + "," + num(y1+9)
	}
	p.el("polygon", class, "", "points", points, "fill", fallback(class))
	for _, e := range edges {
		if e.From == from.ID && e.To == to.ID {
			if tw := textWidth(e.Label, 11) + 6; e.Label != "" {
				ty = math.Max(ty, 10)
				p.el("rect", "nd", "", "x", tx-tw/2, "y", ty-10, "width", tw, "height", 14, "fill", fallback("nd"))
				p.label("tx2", fallback("tx2"), tx, ty, 11, "middle", e.Label)
			}
			break
		}
	}
}
