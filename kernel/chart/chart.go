// Package chart draws statistics as SVG on the server: no script, no inline style, readable in print and on old screens.
//
// Colour comes from CSS classes: c1 to c6 for series, ok, warn and bad for judgements, l0 to l4 for steps of a value,
// tx, tx2 (text), gd (grid lines), ax (axes), nd (boxes), ed (arrows), cr (critical path). Where a page has no such
// CSS, the presentation attributes beside each class carry the light tokens. Colour is never the only sign: series also
// differ by dash or are labelled, and every chart gives its numbers as a table.
package chart

import (
	"encoding/xml"
	"math"
	"strconv"
	"strings"
)

// Chart is a picture with its numbers. SVG is a complete <svg> element with title and description; Table is the same
// content for those who do not see the picture, for printing and for export.
type Chart interface {
	SVG() string
	Table() (header []string, rows [][]string)
}

// Caption names a chart. Both are read aloud by a screen reader; without a Desc the numbers themselves are described.
type Caption struct {
	Title string
	Desc  string
}

// Series is one row of numbers, in the order of the labels. NaN and infinity mean that there is no value.
type Series struct {
	Name   string
	Values []float64
	Class  string // empty: c1, c2 … in order
}

// at returns value i, or NaN.
func (s Series) at(i int) float64 {
	if i >= len(s.Values) || math.IsInf(s.Values[i], 0) {
		return math.NaN()
	}
	return s.Values[i]
}

func (s Series) class(i int) string {
	if s.Class != "" {
		return s.Class
	}
	return "c" + strconv.Itoa(i%6+1)
}

// fallback is the colour a class has in a page without our CSS; all have at least 3:1 on white, text at least 5:1.
func fallback(class string) string {
	switch class {
	case "c1":
		return "#1759b3"
	case "c2":
		return "#0e7c86"
	case "c3":
		return "#7a4fb5"
	case "c4":
		return "#b05a14"
	case "c5":
		return "#5f6b78"
	case "c6":
		return "#b53a72"
	case "ok":
		return "#16703c"
	case "warn":
		return "#875200"
	case "bad", "cr":
		return "#b8261b"
	case "tx":
		return "#17212b"
	case "tx2":
		return "#475462"
	case "gd":
		return "#d9e0e8"
	case "ax", "ed":
		return "#7b8794"
	case "nd":
		return "#ffffff"
	case "l0":
		return "#eef2f7"
	case "l1":
		return "#c3d7f0"
	case "l2":
		return "#86b0e2"
	case "l3":
		return "#2f6fbd"
	case "l4":
		return "#124890"
	}
	return "#1759b3"
}

// onClass is the text colour that can be read on a filled class.
func onClass(class string) string {
	switch class {
	case "l0", "l1", "l2", "nd":
		return "#17212b"
	}
	return "#ffffff"
}

// picture is an SVG in the making.
type picture struct{ b strings.Builder }

func newPicture(w, h float64, kind string, c Caption, desc string) *picture {
	p := &picture{}
	title := c.Title
	if title == "" {
		title = "统计图"
	}
	if c.Desc != "" {
		desc = c.Desc
	}
	p.b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" class="chart ` + kind + `" viewBox="0 0 ` + num(w) + " " + num(h) + `" role="img" font-size="13"><title>`)
	p.text(title)
	p.b.WriteString("</title><desc>")
	p.text(desc)
	p.b.WriteString("</desc>")
	return p
}

func (p *picture) done() string {
	p.b.WriteString("</svg>")
	return p.b.String()
}

// text writes escaped text; what XML cannot hold becomes U+FFFD.
func (p *picture) text(s string) {
	// A strings.Builder cannot fail.
	_ = xml.EscapeText(&p.b, []byte(s))
}

// el writes an element. attrs are names and values in turn; a value may be string, float64 or int. tip, when not empty, is what
// a pointer shows.
func (p *picture) el(name, class, tip string, attrs ...any) {
	p.b.WriteString("<" + name)
	if class != "" {
		p.attr("class", class)
	}
	for i := 0; i+1 < len(attrs); i += 2 {
		switch v := attrs[i+1].(type) {
		case string:
			p.attr(attrs[i].(string), v)
		case float64:
			p.attr(attrs[i].(string), num(v))
		case int:
			p.attr(attrs[i].(string), strconv.Itoa(v))
		}
	}
	if tip == "" {
		p.b.WriteString("/>")
		return
	}
	p.b.WriteString("><title>")
	p.text(tip)
	p.b.WriteString("</title></" + name + ">")
}

func (p *picture) attr(name, value string) {
	p.b.WriteString(" " + name + `="`)
	p.text(value)
	p.b.WriteByte('"')
}

// label writes a text; anchor is start, middle or end.
func (p *picture) label(class, fill string, x, y, size float64, anchor, s string) {
	if s == "" {
		return
	}
	p.b.WriteString("<text")
	p.attr("class", class)
	p.attr("x", num(x))
	p.attr("y", num(y))
	if size != 13 {
		p.attr("font-size", num(size))
	}
	if anchor != "start" {
		p.attr("text-anchor", anchor)
	}
	p.attr("fill", fill)
	p.b.WriteByte('>')
	p.text(s)
	p.b.WriteString("</text>")
}

func (p *picture) line(class string, x1, y1, x2, y2 float64) {
	p.el("line", class, "", "x1", x1, "y1", y1, "x2", x2, "y2", y2, "stroke", fallback(class))
}

// link opens an anchor when href is a path of this site; close must be called with the same value.
func (p *picture) link(href string) bool {
	// Only our own paths: a link from data may not lead elsewhere or run a script.
	if !strings.HasPrefix(href, "/") || strings.HasPrefix(href, "//") || strings.HasPrefix(href, `/\`) {
		return false
	}
	p.b.WriteString("<a")
	p.attr("href", href)
	p.b.WriteByte('>')
	return true
}

// legend writes the names of several series above the plot and returns the height it took.
func (p *picture) legend(series []Series, x0, y, width float64) float64 {
	if len(series) < 2 {
		return 0
	}
	x := x0
	rows := 1.0
	for i, s := range series {
		w := 22 + textWidth(s.Name, 13) + 16
		if x+w > x0+width && x > x0 {
			x, y, rows = x0, y+20, rows+1
		}
		c := s.class(i)
		p.el("rect", c, "", "x", x, "y", y-10, "width", 14, "height", 10, "fill", fallback(c))
		p.label("tx2", fallback("tx2"), x+20, y, 13, "start", s.Name)
		x += w
	}
	return rows*20 + 4
}

// empty says that there is nothing to show.
func (p *picture) empty(w, h float64) string {
	p.label("tx2", fallback("tx2"), w/2, h/2, 14, "middle", "暂无数据")
	return p.done()
}

// num writes a coordinate; what is not a number becomes 0, so that no NaN reaches a browser.
func num(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		v = 0
	}
	v = math.Round(v*100) / 100
	if v == 0 {
		return "0"
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// value writes a figure for people: at most two decimals, nothing for no value.
func value(v float64, unit string) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "—"
	}
	return num(v) + unit
}

// short writes an axis figure: 12000 as 1.2万.
func short(v float64) string {
	switch a := math.Abs(v); {
	case a >= 1e8:
		return num(v/1e8) + "亿"
	case a >= 1e4:
		return num(v/1e4) + "万"
	}
	return num(v)
}

// scale maps values to a stretch of the picture, with round ticks.
type scale struct {
	lo, hi float64
	a, b   float64 // where lo and hi are drawn
	ticks  []float64
}

// limit keeps sums and axes finite.
const limit = 1e15

func newScale(values []float64, a, b float64) scale {
	lo, hi := 0.0, 0.0
	for _, v := range values {
		if !math.IsNaN(v) {
			v = min(max(v, -limit), limit)
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	if lo == hi {
		hi = 1
	}
	raw := (hi - lo) / 4
	mag := math.Pow(10, math.Floor(math.Log10(raw)))
	step := mag * 10
	for _, k := range []float64{1, 2, 5} {
		if raw <= k*mag {
			step = k * mag
			break
		}
	}
	s := scale{lo: math.Floor(lo/step) * step, hi: math.Ceil(hi/step) * step, a: a, b: b}
	for i := 0; i <= 12; i++ {
		if t := s.lo + float64(i)*step; t <= s.hi+step/2 {
			s.ticks = append(s.ticks, t)
		}
	}
	return s
}

func (s scale) at(v float64) float64 {
	v = min(max(v, s.lo), s.hi)
	return s.a + (v-s.lo)/(s.hi-s.lo)*(s.b-s.a)
}

// textWidth estimates the length of a text: Han characters are one em, the rest a little over half.
func textWidth(s string, size float64) float64 {
	w := 0.0
	for _, r := range s {
		w += runeWidth(r)
	}
	return w * size
}

func runeWidth(r rune) float64 {
	if r >= 0x2E80 {
		return 1
	}
	return 0.58
}

// wrap breaks a text into at most n lines of the given width; a mark does not begin a line; what is too long ends in ….
func wrap(s string, width, size float64, n int) []string {
	var out []string
	line, w := []rune(nil), 0.0
	runes := []rune(strings.Join(strings.Fields(s), " "))
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		rw := runeWidth(r) * size
		if w+rw > width && len(line) > 0 && !strings.ContainsRune("，。、；：？！）》”’％%)", r) {
			if len(out) == n-1 {
				if len(line) > 1 {
					line = line[:len(line)-1]
				}
				return append(out, string(line)+"…")
			}
			// A Latin word moves to the next line whole when it fits there.
			cut := len(line)
			for cut > 0 && latin(line[cut-1]) && latin(r) {
				cut--
			}
			if cut == 0 {
				cut = len(line)
			}
			rest := append([]rune(nil), line[cut:]...)
			out = append(out, strings.TrimSpace(string(line[:cut])))
			line, w = rest, textWidth(string(rest), size)
			if r == ' ' && len(line) == 0 {
				continue
			}
		}
		line = append(line, r)
		w += rw
	}
	if len(line) > 0 {
		out = append(out, string(line))
	}
	return out
}

func latin(r rune) bool {
	return r < 0x2E80 && r > ' '
}

// describe tells the numbers in words, or their range when there are many.
func describe(header []string, rows [][]string) string {
	if len(rows) == 0 {
		return "暂无数据"
	}
	var b strings.Builder
	if len(rows) > 16 {
		b.WriteString("共" + strconv.Itoa(len(rows)) + "项，全部数值见数据表。")
		rows = rows[:3]
	}
	for i, r := range rows {
		if i > 0 {
			b.WriteString("；")
		}
		for j, c := range r {
			switch {
			case j == 0:
				b.WriteString(c)
			case c == "": // nothing is said of it, rather than its heading alone
			case len(r) == 2:
				b.WriteString("：" + c)
			default:
				b.WriteString("，" + header[j] + c)
			}
		}
	}
	return b.String()
}

// seriesTable is the table of charts made of labels and series.
func seriesTable(labels []string, series []Series, unit, first string) ([]string, [][]string) {
	if first == "" {
		first = "项目"
	}
	header := []string{first}
	n := len(labels)
	for _, s := range series {
		name := s.Name
		if name == "" {
			name = "数值"
		}
		header = append(header, name)
		n = max(n, len(s.Values))
	}
	rows := make([][]string, n)
	for i := range n {
		row := []string{labelAt(labels, i)}
		for _, s := range series {
			row = append(row, value(s.at(i), unit))
		}
		rows[i] = row
	}
	return header, rows
}

func labelAt(labels []string, i int) string {
	if i < len(labels) {
		return labels[i]
	}
	return strconv.Itoa(i + 1)
}

func all(series []Series) []float64 {
	var out []float64
	for _, s := range series {
		for i := range s.Values {
			if v := s.at(i); !math.IsNaN(v) {
				out = append(out, v)
			}
		}
	}
	return out
}

// or returns v, or d when v is not a usable length.
func or(v, d float64) float64 {
	if v >= 40 && v <= 10000 {
		return v
	}
	return d
}
