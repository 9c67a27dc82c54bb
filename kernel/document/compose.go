package document

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// mm is one millimetre in points.
const mm = 72 / 25.4

// geometry is the sheet and its type sizes, in points.
type geometry struct {
	width, height            float64 // height 0: a roll, as long as its text
	top, left, right, bottom float64 // margins
	body, pitch              float64 // running text: size and line pitch
	small, smallPitch        float64 // tables, captions, foot
	title, number, issuer    float64
	seal                     float64 // diameter of the seal
	code                     float64 // side of a QR code
}

func (s Size) geometry() geometry {
	switch s {
	case Receipt80:
		return geometry{width: 80 * mm, top: 4 * mm, left: 4 * mm, right: 4 * mm, bottom: 6 * mm, body: 9.5, pitch: 14,
			small: 9, smallPitch: 13, title: 14, number: 9, issuer: 10, seal: 28 * mm, code: 30 * mm}
	case Receipt58:
		return geometry{width: 58 * mm, top: 3 * mm, left: 3 * mm, right: 3 * mm, bottom: 6 * mm, body: 8.5, pitch: 12.5,
			small: 8, smallPitch: 11.5, title: 12, number: 8, issuer: 9, seal: 22 * mm, code: 26 * mm}
	case Landscape:
		return geometry{width: 297 * mm, height: 210 * mm, top: 27 * mm, left: 34 * mm, right: 34 * mm, bottom: 24 * mm,
			body: 17, pitch: 31, small: 14, smallPitch: 22, title: 34, number: 13, issuer: 18, seal: 42 * mm, code: 26 * mm}
	}
	// GB/T 9704: 37 mm above, 28 mm at the left, type area 156 × 225 mm, 22 lines of 28 characters of size 三号.
	return geometry{width: 210 * mm, height: 297 * mm, top: 37 * mm, left: 28 * mm, right: 26 * mm, bottom: 35 * mm,
		body: 15.75, pitch: 28.9, small: 12, smallPitch: 18, title: 22, number: 14, issuer: 24, seal: 42 * mm, code: 25 * mm}
}

// tight is the second try for an A4 paper that runs just over its page: GB/T 9704 allows size and pitch to be adjusted
// so that the seal does not end up alone on a sheet.
func (g geometry) tight() geometry {
	g.body, g.pitch, g.small, g.smallPitch = 14, 22.5, 11, 15.5
	g.top, g.bottom, g.issuer = 32*mm, 27*mm, 22
	return g
}

// composer sets one paper, page by page. y runs down from the top of the sheet.
type composer struct {
	geometry
	fs      faces
	use     []used
	pages   []*path
	forms   []*path // drawn once, used on many pages
	p       *path
	y       float64
	started bool // something stands on the current page
	err     error
}

func (c *composer) inner() float64 { return c.width - c.left - c.right }

func (c *composer) foot() float64 {
	if c.height == 0 {
		return math.Inf(1)
	}
	return c.height - c.bottom
}

func (c *composer) newPage() {
	c.p = &path{}
	c.pages = append(c.pages, c.p)
	c.y = c.top
	c.started = false
}

// need starts a new page when h does not fit on this one and something already stands there.
func (c *composer) need(h float64) bool {
	if c.y+h <= c.foot()+0.01 || !c.started {
		return false
	}
	c.newPage()
	return true
}

// style is how a text is drawn.
type style struct {
	size   float64
	ink    ink
	bold   bool
	spread float64 // extra space after each unit, in points
}

// show writes the units of a line as text at a baseline.
func (c *composer) show(us []unit, x, base float64, st style) {
	if len(us) == 0 {
		return
	}
	p := c.p
	coloured := st.ink != black || st.bold
	if coloured {
		p.nums("q")
		p.fillInk(st.ink)
	}
	p.nums("BT")
	if st.bold {
		p.strokeInk(st.ink)
		p.nums("w", st.size*0.032)
		p.nums("Tr", 2)
	}
	p.nums("Td", x, -base)
	font, spread, open := -1, math.NaN(), false
	end := func() {
		if open {
			p.WriteString(">Tj\n")
			open = false
		}
	}
	for n, u := range us {
		runes := []rune(u.text)
		for i, r := range runes {
			want := 0.0
			if i == len(runes)-1 && n < len(us)-1 {
				want = st.spread
			}
			f, g, ok := c.fs.find(r)
			if !ok {
				continue // refused by check before anything is drawn
			}
			if f != font {
				end()
				font = f
				fmt.Fprintf(p, "/F%d ", f)
				p.nums("Tf", st.size)
			}
			if want != spread {
				end()
				spread = want
				fmt.Fprintf(p, "%.3f Tc\n", want)
			}
			if !open {
				p.WriteByte('<')
				open = true
			}
			fmt.Fprintf(p, "%04X", c.use[f].of(r, g))
		}
	}
	end()
	p.nums("ET")
	if coloured {
		p.nums("Q")
	}
	c.started = true
}

// put draws one set line in a width. A line is stretched to the full width only while the gaps stay invisible.
func (c *composer) put(l line, x, top, width, pitch float64, align Align, justify bool, st style) {
	w := l.width * st.size
	switch {
	case align == Centre:
		x += (width - w) / 2
	case align == Right:
		x += width - w
	case justify && !l.last && len(l.units) > 1:
		if strings.Contains(halfBlank, l.units[len(l.units)-1].text) {
			w -= st.size / 2
		}
		if g := (width - w) / float64(len(l.units)-1); math.Abs(g) <= 0.12*st.size {
			st.spread = g
		}
	}
	c.show(l.units, x, baseline(top, pitch, st.size), st)
}

// baseline centres a line of Han characters in its pitch.
func baseline(top, pitch, size float64) float64 { return top + pitch/2 + 0.36*size }

// lines draws running text over as many pages as it takes.
func (c *composer) lines(s string, width, indent, pitch float64, align Align, justify bool, st style) {
	for _, l := range c.fs.set(clean(s), width/st.size, indent) {
		c.need(pitch)
		x, w := c.left, width
		if l.first {
			x += indent * st.size
			w -= indent * st.size
		}
		c.put(l, x, c.y, w, pitch, align, justify, st)
		c.y += pitch
	}
}

// head draws issuer, title, number and the QR code of the paper.
func (c *composer) head(p Paper) {
	c.newPage()
	roll := c.height == 0
	if p.QR != nil && !roll {
		defer c.corner(*p.QR)
	}
	issuerInk := sealRed
	if roll {
		issuerInk = black
	}
	centre := func(s string, size, pitch, above float64, st style) {
		if s == "" {
			return
		}
		c.y += above
		st.size = size
		c.lines(s, c.inner(), 0, pitch, Centre, false, st)
	}
	centre(p.Issuer, c.shrink(p.Issuer, c.issuer), c.issuer*1.5, 0, style{ink: issuerInk, bold: true})
	if p.Issuer != "" && p.Size == A4 {
		c.y += 2 * mm
		c.rule(c.left, c.y, c.width-c.right, 1.1, sealRed)
		c.y += 3 * mm
	}
	centre(p.Title, c.title, c.title*1.5, c.body*0.3, style{ink: black, bold: true})
	centre(p.Number, c.number, c.number*1.8, 0, style{ink: black})
	if p.Issuer != "" || p.Title != "" || p.Number != "" {
		c.y += c.pitch * 0.4
	}
}

// shrink makes a size small enough for the text to stand on one line, within reason.
func (c *composer) shrink(s string, size float64) float64 {
	if w := c.fs.width(s) * size; w > c.inner() {
		size = max(size*c.inner()/w*0.999, size*0.6)
	}
	return size
}

// rule draws a horizontal line.
func (c *composer) rule(x0, y, x1, width float64, k ink) {
	c.p.nums("q")
	c.p.strokeInk(k)
	c.p.nums("w", width)
	c.p.moveTo(x0, y)
	c.p.lineTo(x1, y)
	c.p.nums("S")
	c.p.nums("Q")
}

// outline draws a text as curves: picture, not text.
func (c *composer) outline(p *path, s string, size, x, y, angle float64, k ink) {
	p.nums("q")
	p.fillInk(k)
	c.fs.curves(p, s, size, x, y, angle)
	p.nums("Q")
}

// foots draws the foot of the last page.
func (c *composer) foots(p Paper) {
	if p.Footer != "" {
		ls := c.fs.set(clean(p.Footer), c.inner()/c.small, 0)
		h := float64(len(ls))*c.smallPitch + 2*mm
		c.y += 2 * mm
		c.need(h)
		if c.height != 0 {
			c.y = max(c.y, c.foot()-h)
		}
		c.rule(c.left, c.y, c.width-c.right, 0.5, grey)
		c.y += 2 * mm
		for _, l := range ls {
			c.need(c.smallPitch)
			c.put(l, c.left, c.y, c.inner(), c.smallPitch, Left, false, style{size: c.small, ink: grey})
			c.y += c.smallPitch
		}
	}
}

// end draws what stands on every page, once their number is known.
func (c *composer) end(p Paper) {
	if c.height == 0 {
		c.height = c.y + c.bottom
	}
	mark := ""
	if w := clean(p.Watermark); w != "" {
		mark = c.watermark(w)
	}
	for i, page := range c.pages {
		under := &path{}
		if mark != "" {
			under.WriteString(mark)
		}
		if p.Size == Landscape {
			c.frame(under)
		}
		if p.Size == A4 && len(c.pages) > 1 {
			s := fmt.Sprintf("第 %d 页　共 %d 页", i+1, len(c.pages))
			c.outline(page, s, 10.5, (c.width-c.fs.width(s)*10.5)/2, c.height-c.bottom+9*mm, 0, grey)
		}
		under.Write(page.Bytes())
		c.pages[i] = under
	}
}

// form keeps a picture to be used many times and returns its name.
func (c *composer) form(p *path) string {
	c.forms = append(c.forms, p)
	return fmt.Sprintf("/X%d", len(c.forms)-1)
}

// watermark repeats a pale text over the whole sheet, rising to the right, and returns the operators that draw it.
func (c *composer) watermark(s string) string {
	const angle = -math.Pi / 7
	size := max(11, c.width/28)
	w := c.fs.width(s) * size
	if w == 0 {
		return ""
	}
	one := &path{}
	c.outline(one, s, size, 0, 0, angle, pale)
	name := c.form(one)
	var p path
	dx, dy := w*0.9+size*5, size*6
	for row := 0; float64(row)*dy < c.height+w*0.5; row++ {
		for x := -float64(row%2) * dx / 2; x < c.width; x += dx {
			p.use(name, x, float64(row)*dy+size)
		}
	}
	return p.String()
}

// frame draws the double border of a licence, with a step cut out of each corner.
func (c *composer) frame(p *path) {
	box := func(inset, step, width float64) {
		x0, y0, x1, y1 := inset, inset, c.width-inset, c.height-inset
		p.nums("w", width)
		p.moveTo(x0+step, y0)
		for _, q := range [][2]float64{{x1 - step, y0}, {x1 - step, y0 + step}, {x1, y0 + step}, {x1, y1 - step}, {x1 - step, y1 - step},
			{x1 - step, y1}, {x0 + step, y1}, {x0 + step, y1 - step}, {x0, y1 - step}, {x0, y0 + step}, {x0 + step, y0 + step}} {
			p.lineTo(q[0], q[1])
		}
		p.close()
		p.nums("S")
	}
	p.nums("q")
	p.strokeInk(sealRed)
	box(11*mm, 6*mm, 2.4)
	box(13.2*mm, 6*mm, 0.7)
	p.nums("Q")
}

// file writes the pages, fonts and properties.
func (c *composer) file(p Paper, created time.Time) ([]byte, error) {
	w := newPDF()
	root, tree, info := w.reserve(), w.reserve(), w.reserve()
	var fonts strings.Builder
	for i := range c.use {
		if len(c.use[i].runes) == 0 {
			continue
		}
		ref := w.reserve()
		if err := w.font(ref, c.fs[i], &c.use[i]); err != nil {
			return nil, err
		}
		fmt.Fprintf(&fonts, "/F%d %d 0 R", i, ref)
	}
	var pictures strings.Builder
	for i, f := range c.forms {
		n := w.reserve()
		w.stream(n, fmt.Sprintf("/Type/XObject/Subtype/Form/BBox[%.0f %.0f %.0f %.0f]", -c.width, -c.width, 2*c.width, 2*c.width), f.Bytes())
		fmt.Fprintf(&pictures, "/X%d %d 0 R", i, n)
	}
	var kids strings.Builder
	for _, page := range c.pages {
		n, body := w.reserve(), w.reserve()
		var moved path
		moved.nums("cm", 1, 0, 0, 1, 0, c.height)
		moved.Write(page.Bytes())
		w.stream(body, "", moved.Bytes())
		w.object(n, fmt.Sprintf("<</Type/Page/Parent %d 0 R/MediaBox[0 0 %.2f %.2f]/Resources<</Font<<%s>>/XObject<<%s>>/ExtGState<</M<</BM/Multiply>>>>>>/Contents %d 0 R>>",
			tree, c.width, c.height, fonts.String(), pictures.String(), body))
		fmt.Fprintf(&kids, "%d 0 R ", n)
	}
	w.object(tree, fmt.Sprintf("<</Type/Pages/Count %d/Kids[%s]>>", len(c.pages), strings.TrimSpace(kids.String())))
	w.object(root, fmt.Sprintf("<</Type/Catalog/Pages %d 0 R/Lang(zh-CN)/ViewerPreferences<</DisplayDocTitle true>>>>", tree))
	props := "<</CreationDate" + pdfDate(created) + "/ModDate" + pdfDate(created)
	for _, kv := range [][2]string{{"Title", p.Title}, {"Author", p.Issuer}, {"Subject", p.Number}, {"Creator", p.Creator}} {
		if kv[1] != "" {
			props += "/" + kv[0] + pdfText(clean(kv[1]))
		}
	}
	w.object(info, props+">>")
	return w.finish(root, info), nil
}
