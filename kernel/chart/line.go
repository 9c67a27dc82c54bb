package chart

import (
	"math"
	"strings"
)

// Line is a line chart; a missing value is a gap.
type Line struct {
	Caption
	Labels        []string
	LabelTitle    string // head of the first table column, such as 月份
	Series        []Series
	Unit          string
	Width, Height float64 // of the view box; zero: 640 × 300
}

// Table gives one row per label.
func (c Line) Table() ([]string, [][]string) {
	return seriesTable(c.Labels, c.Series, c.Unit, c.LabelTitle)
}

// SVG draws the chart.
func (c Line) SVG() string {
	w, h := or(c.Width, 640), or(c.Height, 300)
	header, rows := c.Table()
	p := newPicture(w, h, "line", c.Caption, describe(header, rows))
	vals := all(c.Series)
	if len(vals) == 0 {
		return p.empty(w, h)
	}
	left, right, bottom := 52.0, w-16, h-34
	top := 22 + p.legend(c.Series, left, 16, right-left)
	y := newScale(vals, bottom, top)
	p.axis(y, left, right, c.Unit)
	n := len(rows)
	x := func(i int) float64 {
		if n < 2 {
			return (left + right) / 2
		}
		return left + 10 + float64(i)*(right-left-20)/float64(n-1)
	}
	// Labels that would run into each other are thinned out; the table keeps all.
	widest := 0.0
	for _, l := range c.Labels {
		widest = max(widest, textWidth(l, 12))
	}
	every := max(1, int(math.Ceil((widest+10)*float64(n)/(right-left))))
	for i := 0; i < n; i += every {
		p.label("tx2", fallback("tx2"), x(i), bottom+18, 12, "middle", labelAt(c.Labels, i))
	}
	for k, s := range c.Series {
		class := s.class(k)
		var d strings.Builder
		pen := false
		for i := range n {
			v := s.at(i)
			if math.IsNaN(v) {
				pen = false
				continue
			}
			if pen {
				d.WriteString("L")
			} else {
				d.WriteString("M")
			}
			pen = true
			d.WriteString(num(x(i)) + " " + num(y.at(v)))
		}
		if d.Len() == 0 {
			continue
		}
		attrs := []any{"d", d.String(), "fill", "none", "stroke", fallback(class), "stroke-width", 2}
		if k > 0 {
			attrs = append(attrs, "stroke-dasharray", []string{"6 3", "2 3", "9 3 2 3", "12 4", "4 2"}[(k-1)%5])
		}
		p.el("path", "ln "+class, "", attrs...)
		for i := range n {
			if v := s.at(i); !math.IsNaN(v) {
				p.el("circle", "pt "+class, labelAt(c.Labels, i)+" "+s.Name+"："+value(v, c.Unit), "cx", x(i), "cy", y.at(v), "r", 3.5, "fill", fallback(class))
			}
		}
	}
	return p.done()
}

// axis draws the horizontal grid with its figures.
func (p *picture) axis(y scale, left, right float64, unit string) {
	for _, t := range y.ticks {
		class := "gd"
		if t == 0 {
			class = "ax"
		}
		p.line(class, left, y.at(t), right, y.at(t))
		p.label("tx2", fallback("tx2"), left-6, y.at(t)+4, 12, "end", short(t))
	}
	if unit != "" {
		p.label("tx2", fallback("tx2"), left-6, y.b-9, 12, "end", unit)
	}
}

// Spark is a small line without axes, to stand beside a figure.
type Spark struct {
	Caption
	Labels        []string
	Values        []float64
	Unit          string
	Class         string  // empty: c1
	Width, Height float64 // zero: 120 × 40
}

// Table gives one row per value.
func (c Spark) Table() ([]string, [][]string) {
	return seriesTable(c.Labels, []Series{{Values: c.Values}}, c.Unit, "")
}

// SVG draws the line; its last point is marked.
func (c Spark) SVG() string {
	w, h := or(c.Width, 120), or(c.Height, 40)
	header, rows := c.Table()
	p := newPicture(w, h, "spark", c.Caption, describe(header, rows))
	s := Series{Values: c.Values, Class: c.Class}
	class := s.class(0)
	vals := all([]Series{s})
	if len(vals) == 0 {
		p.line("gd", 2, h/2, w-2, h/2)
		return p.done()
	}
	lo, hi := vals[0], vals[0]
	for _, v := range vals {
		lo, hi = min(lo, v), max(hi, v)
	}
	var d strings.Builder
	var lx, ly float64
	step := (w - 8) / float64(max(len(c.Values)-1, 1))
	pen := "M"
	for i := range c.Values {
		v := s.at(i)
		if math.IsNaN(v) {
			pen = "M"
			continue
		}
		lx, ly = 4+float64(i)*step, h/2
		if hi > lo {
			// Halves first: the span of two extreme values may not be finite.
			ly = h - 4 - (v/2-lo/2)/(hi/2-lo/2)*(h-8)
		}
		d.WriteString(pen + num(lx) + " " + num(ly))
		pen = "L"
	}
	p.el("path", "ln "+class, "", "d", d.String(), "fill", "none", "stroke", fallback(class), "stroke-width", 2)
	p.el("circle", "pt "+class, "", "cx", lx, "cy", ly, "r", 3, "fill", fallback(class))
	return p.done()
}
