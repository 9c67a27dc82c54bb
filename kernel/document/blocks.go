package document

import "math"

func (b Spacer) place(c *composer) {
	h := max(0, b.MM) * mm
	if math.IsNaN(h) || math.IsInf(h, 0) {
		return
	}
	if c.height != 0 {
		h = min(h, max(0, c.foot()-c.y))
	}
	c.y += h
}

func (b Heading) place(c *composer) {
	size, pitch := c.body*1.08, c.pitch
	switch {
	case b.Level == 2:
		size = c.body
	case b.Level >= 3:
		size, pitch = c.small, c.smallPitch
	}
	c.y += pitch * 0.2
	c.need(pitch * 2)
	c.lines(b.Text, c.inner(), 0, pitch, Left, false, style{size: size, ink: black, bold: true})
}

func (b Paragraph) place(c *composer) {
	indent := 2.0
	if b.Flush || b.Align != Left {
		indent = 0
	}
	c.lines(b.Text, c.inner(), indent, c.pitch, b.Align, b.Align == Left, style{size: c.body, ink: black, bold: b.Bold})
}

func (b List) place(c *composer) {
	for i, s := range b.Items {
		Paragraph{Text: b.mark(i) + s}.place(c)
	}
}

// grid is a table in the making: columns at x, each with its own lines.
type grid struct {
	x      []float64 // left edges and the right edge of the last column
	align  []Align
	size   float64
	pitch  float64
	pad    float64
	border bool
}

// cell is the set text of one cell.
type cell struct {
	lines []line
	bold  bool
}

func (c *composer) cells(g grid, texts []string, bold func(int) bool) []cell {
	out := make([]cell, len(texts))
	for i, s := range texts {
		w := (g.x[i+1] - g.x[i] - 2*g.pad) / g.size
		out[i] = cell{lines: c.fs.set(clean(s), w, 0), bold: bold(i)}
	}
	return out
}

// row draws one row, over a page's end if it must. again is called after each page break to repeat the head.
func (c *composer) row(g grid, cells []cell, again func()) {
	n := 1
	for _, k := range cells {
		n = max(n, len(k.lines))
	}
	full := float64(n)*g.pitch + 2*g.pad
	if c.need(full) && again != nil {
		again()
	}
	for from := 0; from < n; {
		take := n - from
		if room := c.foot() - c.y - 2*g.pad; float64(take)*g.pitch > room+0.01 {
			take = max(1, int(room/g.pitch))
		}
		h := float64(take)*g.pitch + 2*g.pad
		for i, k := range cells {
			if from == 0 && len(k.lines) < take {
				c.cell(g, i, k, 0, len(k.lines), c.y+(h-float64(len(k.lines))*g.pitch)/2)
				continue
			}
			c.cell(g, i, k, from, min(from+take, len(k.lines)), c.y+g.pad)
		}
		c.lattice(g, h)
		c.y += h
		from += take
		if from < n {
			c.newPage()
			if again != nil {
				again()
			}
		}
	}
}

func (c *composer) cell(g grid, i int, k cell, from, to int, y float64) {
	for j := from; j < to; j++ {
		c.put(k.lines[j], g.x[i]+g.pad, y, g.x[i+1]-g.x[i]-2*g.pad, g.pitch, g.align[i], g.align[i] == Left, style{size: g.size, ink: black, bold: k.bold})
		y += g.pitch
	}
}

// lattice draws the borders of a row of height h at the current place.
func (c *composer) lattice(g grid, h float64) {
	if !g.border {
		return
	}
	p := c.p
	p.nums("w", 0.6)
	p.rect(g.x[0], c.y, g.x[len(g.x)-1]-g.x[0], h)
	for _, x := range g.x[1 : len(g.x)-1] {
		p.moveTo(x, c.y)
		p.lineTo(x, c.y+h)
	}
	p.nums("S")
	c.started = true
}

func (b Fields) place(c *composer) {
	if len(b.Rows) == 0 {
		return
	}
	size, pitch, pad := c.small, c.smallPitch, c.small*0.45
	if c.height == 0 {
		pad = c.small * 0.2
	} else if b.Plain {
		size, pitch, pad = c.body, c.pitch, c.body*0.1
	}
	widest := 0.0
	for _, r := range b.Rows {
		for _, l := range c.fs.set(clean(r.Label), c.inner()*0.36/size, 0) {
			widest = max(widest, l.width*size)
		}
	}
	label := min(widest+2*pad+1, c.inner()*0.4)
	if b.Plain {
		label += size * 1.2
	}
	if !b.Plain {
		label = max(label, c.inner()*0.2)
	}
	g := grid{x: []float64{c.left, c.left + label, c.width - c.right}, align: []Align{Left, Left}, size: size, pitch: pitch, pad: pad,
		border: !b.Plain && c.height != 0}
	c.y += pitch * 0.2
	for _, r := range b.Rows {
		c.row(g, c.cells(g, []string{r.Label, r.Value}, func(int) bool { return false }), nil)
	}
	c.y += pitch * 0.35
}

func (b Table) place(c *composer) {
	if len(b.Columns) == 0 {
		return
	}
	total := 0.0
	weight := func(i int) float64 {
		if w := b.Columns[i].Weight; w > 0 && !math.IsInf(w, 0) {
			return w
		}
		return 1
	}
	for i := range b.Columns {
		total += weight(i)
	}
	g := grid{x: []float64{c.left}, size: c.small, pitch: c.smallPitch, pad: c.small * 0.35, border: true}
	x := c.left
	for i, col := range b.Columns {
		x += c.inner() * weight(i) / total
		g.x = append(g.x, x)
		g.align = append(g.align, col.Align)
	}
	head := g
	head.align = make([]Align, len(b.Columns))
	for i := range head.align {
		head.align[i] = Centre
	}
	c.y += c.smallPitch * 0.2
	titles := c.cells(head, b.head(), func(int) bool { return true })
	c.need(2 * (c.smallPitch + 2*g.pad))
	c.row(head, titles, nil)
	var again repeated
	for _, r := range b.Rows {
		c.row(g, c.cells(g, b.row(r), func(int) bool { return false }), func() {
			if again.name == "" {
				again = c.picture(head, titles)
			}
			c.repeat(head, again)
		})
	}
	c.y += c.smallPitch * 0.35
}

// repeated is a table head as picture: on the next page the words stand again for the eye, but in the text only once.
type repeated struct {
	name   string
	height float64
}

func (c *composer) picture(g grid, cells []cell) repeated {
	n := 1
	for _, k := range cells {
		n = max(n, len(k.lines))
	}
	r := repeated{height: float64(n)*g.pitch + 2*g.pad}
	p := &path{}
	for i, k := range cells {
		y := (r.height - float64(len(k.lines))*g.pitch) / 2
		for _, l := range k.lines {
			s := ""
			for _, u := range l.units {
				s += u.text
			}
			x := g.x[i] + (g.x[i+1]-g.x[i]-l.width*g.size)/2
			c.outline(p, s, g.size, x, baseline(y, g.pitch, g.size), 0, black)
			y += g.pitch
		}
	}
	r.name = c.form(p)
	return r
}

// repeat draws a table head again, unless it would take half of the page.
func (c *composer) repeat(g grid, r repeated) {
	if r.height > (c.foot()-c.y)/2 {
		return
	}
	c.p.use(r.name, 0, c.y)
	c.lattice(g, r.height)
	c.y += r.height
}

func (b Signature) place(c *composer) {
	em := c.body
	st := style{size: em, ink: black}
	width := c.inner() * 0.8
	issuer := c.fs.set(clean(b.Issuer), width/em, 0)
	date := c.fs.set(clean(b.Date), width/em, 0)
	wide := 0.0
	for _, l := range append(append([]line(nil), issuer...), date...) {
		wide = max(wide, l.width*em)
	}
	r := c.seal / 2
	text := float64(len(issuer)+len(date)) * c.pitch
	// The mark is centred a little above the date and reaches up over the issuer (骑年盖月).
	above := max(c.pitch, r-text+c.pitch*0.9)
	below := max(c.pitch*0.4, r-c.pitch*0.9)
	if c.height == 0 && b.Seal == nil {
		above, below = c.pitch*0.4, 0
	}
	c.need(above + text + below)
	c.y += above
	// 成文日期右空四字; a long issuer stands two characters from the edge. Issuer and date share one centre.
	space := 4 * em
	if c.height == 0 {
		space = 0
	} else if len(issuer) > 0 && issuer[0].width > 9 {
		space = 2 * em
	}
	wide = max(wide, min(c.seal, c.inner()-space))
	x := max(c.left, c.width-c.right-space-wide)
	for _, l := range append(issuer, date...) {
		c.need(c.pitch)
		c.put(l, x, c.y, wide, c.pitch, Centre, false, st)
		c.y += c.pitch
	}
	if b.Seal != nil {
		b.Seal.draw(c, x+wide/2, c.y-c.pitch*0.9, r)
	}
	c.y += below
}

func (b Seal) pictured() string { return clean(b.Name) + "\n" + clean(b.Note) }

func (b Signature) pictured() string {
	if b.Seal == nil {
		return ""
	}
	return b.Seal.pictured()
}

func (b Seal) place(c *composer) {
	r := c.seal / 2
	c.need(2*r + 2*mm)
	b.draw(c, c.width/2, c.y+r+mm, r)
	c.y += 2*r + 2*mm
	c.started = true
}

// draw paints the mark: ring, star, the name along the upper arc from left to right, the note below the star.
func (b Seal) draw(c *composer, x, y, r float64) {
	p := c.p
	p.WriteString("q /M gs\n") // like ink: the words below stay readable
	p.strokeInk(sealRed)
	p.fillInk(sealRed)
	p.nums("w", r*0.055)
	p.circle(x, y, r*0.97)
	p.nums("S")
	for i := range 10 {
		radius := r * 0.33
		if i%2 == 1 {
			radius *= 0.382
		}
		sin, cos := math.Sincos(float64(i) * math.Pi / 5)
		if i == 0 {
			p.moveTo(x+radius*sin, y-radius*cos)
		} else {
			p.lineTo(x+radius*sin, y-radius*cos)
		}
	}
	p.close()
	p.nums("f")
	name := []rune(clean(b.Name))
	if n := float64(len(name)); n > 0 {
		size := min(r*0.28, r*0.74*math.Pi*1.4/n)
		at := r*0.90 - size/2
		step := min(math.Pi*1.4/n, math.Pi/6.2)
		for i, ch := range name {
			phi := (float64(i) - (n-1)/2) * step
			sin, cos := math.Sincos(phi)
			half, drop := c.fs.runeWidth(ch)*size/2, 0.37*size
			c.fs.curves(p, string(ch), size, x+at*sin-half*cos-drop*sin, y-at*cos-half*sin+drop*cos, phi)
		}
	}
	if note := clean(b.Note); note != "" {
		size := r * 0.19
		if w := c.fs.width(note); w*size > r*1.1 {
			size = r * 1.1 / w
		}
		c.fs.curves(p, note, size, x-c.fs.width(note)*size/2, y+r*0.66, 0)
	}
	p.nums("Q")
}
