package flow

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"unicode/utf8"
)

// The drawing is layered from top to bottom. Every arrow runs through a chain of points,
// one per layer, and its label is itself a point with a width, so labels, arrows and
// boxes cannot lie on each other.

const (
	boxHeight   = 40.0
	labelHeight = 18.0
	rowGap      = 22.0 // between layers
	columnGap   = 22.0
	margin      = 16.0
	wrapAt      = 8 // characters of a label line
)

// point is a state, a label or a bend.
type point struct {
	lines  []string // text; none for a bend
	state  int      // index of the state, -1 otherwise
	loop   []string // labels of moves from the state to itself
	w, h   float64
	x, y   float64 // centre
	up     []int   // neighbours in the layer above
	down   []int
	target float64
}

// route is an arrow: the chain of points from the state above to the state below.
type route struct {
	chain []int
	back  bool // the arrow really points up
}

type drawing struct {
	points []point
	layers [][]int
	routes []route
	width  float64
	height float64
}

// SVG draws the table. The picture carries its own colours as presentation attributes,
// which rank below any style sheet: the classes flow-state, flow-start, flow-end,
// flow-now, flow-line, flow-act and flow-label let a page restyle it.
func (t Table[S, A]) SVG() string { return t.svg(-1) }

// SVGAt draws the table and marks the present state.
func (t Table[S, A]) SVGAt(now S) string {
	return t.svg(slices.IndexFunc(t.all(), func(x State[S]) bool { return x.Name == now }))
}

func (t Table[S, A]) svg(now int) string {
	d := t.layout()
	states := t.all()
	hash := fnv.New32a()
	hash.Write([]byte(t.Markdown()))
	id := fmt.Sprintf("flow-%08x-%d", hash.Sum32(), now+1)
	title := t.Name
	if title == "" {
		title = "状态"
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" class="flow" role="img" aria-labelledby="%s-t %s-d" viewBox="0 0 %.0f %.0f" width="%.0f" height="%.0f" font-size="14" text-anchor="middle">`,
		id, id, d.width, d.height, d.width, d.height)
	fmt.Fprintf(&b, `<title id="%s-t">%s流转图</title><desc id="%s-d">`, id, escape(title), id)
	for _, m := range t.Moves {
		fmt.Fprintf(&b, "%s，%s，到%s。", escape(t.Label(m.From)), escape(m.label()), escape(t.Label(m.To)))
	}
	b.WriteString("</desc>")
	fmt.Fprintf(&b, `<defs><marker id="%s-a" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto-start-reverse"><path class="flow-head" d="M0 1L9 5L0 9z" fill="#475462"/></marker></defs>`, id)
	for _, r := range d.routes {
		ends := fmt.Sprintf(`marker-end="url(#%s-a)"`, id)
		if r.back {
			ends = fmt.Sprintf(`marker-start="url(#%s-a)" stroke-dasharray="5 3"`, id)
		}
		fmt.Fprintf(&b, `<path class="flow-line" d="%s" fill="none" stroke="#7b8794" stroke-width="1.5" %s/>`, d.path(r), ends)
	}
	for _, p := range d.points {
		switch {
		case p.state >= 0:
			d.state(&b, p, states[p.state].Start, states[p.state].End, p.state == now, id)
		case len(p.lines) > 0:
			fmt.Fprintf(&b, `<rect class="flow-act" x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="#ffffff"/>`, p.x-p.w/2, p.y-p.h/2, p.w, p.h)
			text(&b, "flow-label", p.x, p.y, 13, "#475462", p.lines)
		}
	}
	b.WriteString("</svg>")
	return b.String()
}

func (d drawing) state(b *strings.Builder, p point, start, end, now bool, id string) {
	class, fill, stroke, width, ink := "flow-state", "#ffffff", "#7b8794", "1.5", "#17212b"
	w := stateWidth(p.lines)
	x := p.x - p.w/2
	if start {
		class, fill, stroke = class+" flow-start", "#d8e6f8", "#1759b3"
	}
	if end {
		class = class + " flow-end"
	}
	if now {
		class, fill, stroke, ink = class+" flow-now", "#1759b3", "#124890", "#ffffff"
	}
	fmt.Fprintf(b, `<g class="%s"><rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="8" fill="%s" stroke="%s" stroke-width="%s"/>`,
		class, x, p.y-p.h/2, w, p.h, fill, stroke, width)
	if end {
		fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="5" fill="none" stroke="%s" stroke-width="1"/>`,
			x+3, p.y-p.h/2+3, w-6, p.h-6, stroke)
	}
	text(b, "flow-name", x+w/2, p.y, 14, ink, p.lines)
	b.WriteString("</g>")
	if len(p.loop) > 0 {
		right := x + w
		fmt.Fprintf(b, `<path class="flow-line" d="M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f" fill="none" stroke="#7b8794" stroke-width="1.5" marker-end="url(#%s-a)"/>`,
			right, p.y-10, right+26, p.y-14, right+26, p.y+14, right+1, p.y+10, id)
		text(b, "flow-label", right+24+linesWidth(p.loop, 13)/2, p.y, 13, "#475462", p.loop)
	}
}

// text writes lines centred around y.
func text(b *strings.Builder, class string, x, y, size float64, fill string, lines []string) {
	y -= float64(len(lines)-1) * labelHeight / 2
	for i, l := range lines {
		fmt.Fprintf(b, `<text class="%s" x="%.1f" y="%.1f" font-size="%.0f" fill="%s">%s</text>`,
			class, x, y+float64(i)*labelHeight+size*0.36, size, fill, escape(l))
	}
}

// path runs smoothly through the chain, upright at every point.
func (d drawing) path(r route) string {
	var b strings.Builder
	for i, n := range r.chain {
		p := d.points[n]
		x := p.x
		if p.state >= 0 {
			x = d.port(r, i)
		}
		top, bottom := p.y-p.h/2, p.y+p.h/2
		switch {
		case i == 0:
			fmt.Fprintf(&b, "M%.1f %.1f", x, bottom)
			continue
		case i == len(r.chain)-1:
			bottom = top
		}
		q := d.points[r.chain[i-1]]
		qx := q.x
		if q.state >= 0 {
			qx = d.port(r, i-1)
		}
		from := q.y + q.h/2
		mid := (from + top) / 2
		fmt.Fprintf(&b, "C%.1f %.1f %.1f %.1f %.1f %.1f", qx, mid, x, mid, x, top)
		if bottom != top {
			fmt.Fprintf(&b, "V%.1f", bottom)
		}
	}
	return b.String()
}

// port is where a route touches its first or last state: the arrows of a side are spread
// over it in the order of where they lead.
func (d drawing) port(r route, i int) float64 {
	n := r.chain[i]
	p := d.points[n]
	side, next := p.down, r.chain[min(1, len(r.chain)-1)]
	if i > 0 {
		side, next = p.up, r.chain[i-1]
	}
	side = slices.Clone(side)
	slices.SortStableFunc(side, func(a, b int) int { return cmp.Compare(d.points[a].x, d.points[b].x) })
	w := stateWidth(p.lines)
	left := p.x - p.w/2
	return left + w*float64(slices.Index(side, next)+1)/float64(len(side)+1)
}

// layout ranks, orders and places the points.
func (t Table[S, A]) layout() drawing {
	d := drawing{}
	states := t.all()
	index := map[S]int{}
	for i, x := range states {
		index[x.Name] = i
		lines := wrap(t.Label(x.Name))
		d.points = append(d.points, point{lines: lines, state: i, w: stateWidth(lines), h: max(boxHeight, float64(len(lines))*labelHeight+14)})
	}
	// Moves between the same two states share an arrow.
	type pair struct{ from, to int }
	var pairs []pair
	labels := map[pair][]string{}
	for _, m := range t.Moves {
		e := pair{index[m.From], index[m.To]}
		if _, ok := labels[e]; !ok && e.from != e.to {
			pairs = append(pairs, e)
		}
		if !slices.Contains(labels[e], m.label()) {
			labels[e] = append(labels[e], m.label())
		}
	}
	for i := range states {
		if l, ok := labels[pair{i, i}]; ok {
			p := &d.points[i]
			for _, x := range l {
				p.loop = append(p.loop, wrap(x)...)
			}
			p.w += 2 * (linesWidth(p.loop, 13) + 30) / 2
			p.h = max(p.h, float64(len(p.loop))*labelHeight)
		}
	}
	next := make([][]int, len(states))
	for _, e := range pairs {
		next[e.from] = append(next[e.from], e.to)
	}
	var starts []int
	for _, s := range t.starts() {
		starts = append(starts, index[s])
	}
	back := backward(next, starts)
	rank := ranks(next, back)
	for i := range states {
		d.put(i, 2*rank[i])
	}
	for _, e := range pairs {
		r := route{back: back[[2]int{e.from, e.to}]}
		from, to := e.from, e.to
		at := 2*rank[from] + 1
		if r.back {
			from, to = to, from
			at = 2*rank[to] - 1
		}
		var lines []string
		for _, l := range labels[e] {
			lines = append(lines, wrap(l)...)
		}
		r.chain = append(r.chain, from)
		for layer := 2*rank[from] + 1; layer < 2*rank[to]; layer++ {
			p := point{state: -1, w: 8}
			if layer == at {
				p.lines, p.w, p.h = lines, linesWidth(lines, 13)+8, float64(len(lines))*labelHeight
			}
			d.points = append(d.points, p)
			d.put(len(d.points)-1, layer)
			r.chain = append(r.chain, len(d.points)-1)
		}
		r.chain = append(r.chain, to)
		for i := 1; i < len(r.chain); i++ {
			a, b := r.chain[i-1], r.chain[i]
			d.points[a].down = append(d.points[a].down, b)
			d.points[b].up = append(d.points[b].up, a)
		}
		d.routes = append(d.routes, r)
	}
	d.place()
	return d
}

func (d *drawing) put(p, layer int) {
	for len(d.layers) <= layer {
		d.layers = append(d.layers, nil)
	}
	d.layers[layer] = append(d.layers[layer], p)
}

// backward finds the moves that lead back to a state on the way to themselves.
func backward(next [][]int, starts []int) map[[2]int]bool {
	back := map[[2]int]bool{}
	state := make([]int, len(next)) // 0 new, 1 on the way, 2 done
	var walk func(int)
	walk = func(n int) {
		state[n] = 1
		for _, m := range next[n] {
			switch state[m] {
			case 0:
				walk(m)
			case 1:
				back[[2]int{n, m}] = true
			}
		}
		state[n] = 2
	}
	for _, n := range starts {
		if state[n] == 0 {
			walk(n)
		}
	}
	for n := range next {
		if state[n] == 0 {
			walk(n)
		}
	}
	return back
}

// ranks is the longest way from a start, moves back aside.
func ranks(next [][]int, back map[[2]int]bool) []int {
	rank := make([]int, len(next))
	for range next {
		for n, to := range next {
			for _, m := range to {
				a, b := n, m
				if back[[2]int{n, m}] {
					a, b = m, n
				}
				rank[b] = max(rank[b], rank[a]+1)
			}
		}
	}
	return rank
}

// place orders every layer by where its neighbours are and sets the coordinates.
func (d *drawing) place() {
	for _, layer := range d.layers {
		for i, p := range layer {
			d.points[p].x = float64(i)
		}
	}
	mean := func(of []int, fallback float64) float64 {
		if len(of) == 0 {
			return fallback
		}
		sum := 0.0
		for _, p := range of {
			sum += d.points[p].x
		}
		return sum / float64(len(of))
	}
	for round := range 12 {
		for k := range d.layers {
			layer := d.layers[k]
			if round%2 == 1 {
				layer = d.layers[len(d.layers)-1-k]
			}
			for _, p := range layer {
				of := d.points[p].up
				if round%2 == 1 {
					of = d.points[p].down
				}
				d.points[p].target = mean(of, d.points[p].x)
			}
			slices.SortStableFunc(layer, func(a, b int) int { return cmp.Compare(d.points[a].target, d.points[b].target) })
			for i, p := range layer {
				d.points[p].x = float64(i) - float64(len(layer))/2
			}
		}
	}
	for _, layer := range d.layers {
		d.spread(layer)
	}
	for round := range 40 {
		for k := range d.layers {
			layer := d.layers[k]
			if round%2 == 1 {
				layer = d.layers[len(d.layers)-1-k]
			}
			for _, p := range layer {
				both := slices.Concat(d.points[p].up, d.points[p].down)
				d.points[p].target = mean(both, d.points[p].x)
			}
			d.spread(layer)
		}
	}
	left, right := 0.0, 0.0
	for i, p := range d.points {
		if i == 0 || p.x-p.w/2 < left {
			left = p.x - p.w/2
		}
		if i == 0 || p.x+p.w/2 > right {
			right = p.x + p.w/2
		}
	}
	y := margin
	for _, layer := range d.layers {
		tall := 0.0
		for _, p := range layer {
			tall = max(tall, d.points[p].h)
		}
		for _, p := range layer {
			d.points[p].x += margin - left
			d.points[p].y = y + tall/2
		}
		y += tall + rowGap
	}
	d.width, d.height = right-left+2*margin, max(y-rowGap, 0)+margin
}

// spread moves the points of a layer as near to their targets as order and widths allow:
// least squares by pooling neighbours that push each other (isotonic regression).
func (d *drawing) spread(layer []int) {
	type pool struct {
		sum   float64
		count int
	}
	var pools []pool
	offsets := make([]float64, len(layer))
	for i, p := range layer {
		if i > 0 {
			q := layer[i-1]
			offsets[i] = offsets[i-1] + (d.points[q].w+d.points[p].w)/2 + columnGap
		}
		pools = append(pools, pool{d.points[p].target - offsets[i], 1})
		for n := len(pools); n > 1 && pools[n-2].sum/float64(pools[n-2].count) >= pools[n-1].sum/float64(pools[n-1].count); n = len(pools) {
			pools[n-2].sum += pools[n-1].sum
			pools[n-2].count += pools[n-1].count
			pools = pools[:n-1]
		}
	}
	i := 0
	for _, p := range pools {
		for range p.count {
			d.points[layer[i]].x = p.sum/float64(p.count) + offsets[i]
			i++
		}
	}
}

func wrap(s string) []string {
	var out []string
	r := []rune(s)
	for len(r) > wrapAt+2 {
		out, r = append(out, string(r[:wrapAt])), r[wrapAt:]
	}
	return append(out, string(r))
}

func linesWidth(lines []string, size float64) float64 {
	w := 0.0
	for _, l := range lines {
		n := 0.0
		for _, r := range l {
			if r < utf8.RuneSelf {
				n += 0.6
			} else {
				n++
			}
		}
		w = max(w, n*size)
	}
	return w
}

func stateWidth(lines []string) float64 { return linesWidth(lines, 14) + 28 }

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder does not fail
	return b.String()
}
