package chart

import (
	"math"
	"strconv"
)

// Slice is one part of a Donut. A value that is not positive has no part.
type Slice struct {
	Label string
	Value float64
	Class string // empty: c1, c2 … in order
}

// Donut shows parts of a whole, the sum in the middle.
type Donut struct {
	Caption
	Slices        []Slice
	Unit          string
	Width, Height float64 // zero: 420 × 220
}

func (c Donut) total() float64 {
	sum := 0.0
	for _, s := range c.Slices {
		sum += max(0, finite(s.Value))
	}
	return sum
}

// Table gives label, value and share.
func (c Donut) Table() ([]string, [][]string) {
	total := c.total()
	var rows [][]string
	for _, s := range c.Slices {
		rows = append(rows, []string{s.Label, value(s.Value, c.Unit), percent(finite(s.Value), total)})
	}
	return []string{"项目", "数值", "占比"}, rows
}

func percent(v, total float64) string {
	if total <= 0 || v <= 0 {
		return "0%"
	}
	return strconv.FormatFloat(math.Round(v/total*1000)/10, 'f', -1, 64) + "%"
}

// SVG draws ring and legend.
func (c Donut) SVG() string {
	w, h := or(c.Width, 420), or(c.Height, 220)
	header, rows := c.Table()
	p := newPicture(w, h, "donut", c.Caption, describe(header, rows))
	total := c.total()
	if total <= 0 {
		return p.empty(w, h)
	}
	r := min(h/2-10, w/4)
	cx, cy, thick := r+12, h/2, r*0.36
	from := 0.0
	y := cy - float64(len(c.Slices)-1)*11 + 4
	for i, s := range c.Slices {
		class := Series{Class: s.Class}.class(i)
		share := max(0, finite(s.Value)) / total
		tip := s.Label + "：" + value(s.Value, c.Unit) + "（" + rows[i][2] + "）"
		switch {
		case share >= 1-1e-9:
			p.el("circle", "ln "+class, tip, "cx", cx, "cy", cy, "r", r-thick/2, "fill", "none", "stroke", fallback(class), "stroke-width", thick)
		case share > 0:
			p.el("path", "ln "+class, tip, "d", arc(cx, cy, r-thick/2, from, from+share), "fill", "none", "stroke", fallback(class), "stroke-width", thick)
		}
		from += share
		p.el("rect", class, "", "x", 2*r+34, "y", y-10, "width", 12, "height", 12, "fill", fallback(class))
		p.label("tx", fallback("tx"), 2*r+52, y, 13, "start", s.Label+"　"+value(s.Value, c.Unit)+"　"+rows[i][2])
		y += 22
	}
	p.label("tx", fallback("tx"), cx, cy+4, 22, "middle", short(total))
	p.label("tx2", fallback("tx2"), cx, cy+22, 12, "middle", "合计"+c.Unit)
	return p.done()
}

// arc is a stretch of a circle; from and to are shares of a turn, clockwise from the top.
func arc(cx, cy, r, from, to float64) string {
	s0, c0 := math.Sincos(from * 2 * math.Pi)
	s1, c1 := math.Sincos(to * 2 * math.Pi)
	large := "0"
	if to-from > 0.5 {
		large = "1"
	}
	return "M" + num(cx+r*s0) + " " + num(cy-r*c0) + "A" + num(r) + " " + num(r) + " 0 " + large + " 1 " + num(cx+r*s1) + " " + num(cy-r*c1)
}

// Gauge shows one figure against its range. With thresholds it is judged ok, warn or bad; the word stands beside.
type Gauge struct {
	Caption
	Value         float64
	Min, Max      float64 // both zero: 0 to 100
	Warn, Bad     float64 // thresholds; equal values: not judged. Bad above Warn: high is bad; below: low is bad
	Unit          string
	Width, Height float64 // zero: 240 × 160
}

// judge returns the class and the word for the figure.
func (c Gauge) judge() (class, word string) {
	if c.Warn == c.Bad || math.IsNaN(c.Value) {
		return "c1", ""
	}
	v, warn, bad := c.Value, c.Warn, c.Bad
	if bad < warn {
		v, warn, bad = -v, -warn, -bad
	}
	switch {
	case v >= bad:
		return "bad", "超限"
	case v >= warn:
		return "warn", "预警"
	}
	return "ok", "正常"
}

// Table gives the figure, its range and its judgement.
func (c Gauge) Table() ([]string, [][]string) {
	lo, hi := c.span()
	_, word := c.judge()
	return []string{"指标", "数值", "范围", "状态"}, [][]string{{c.Title, value(c.Value, c.Unit), value(lo, "") + "–" + value(hi, c.Unit), word}}
}

func (c Gauge) span() (lo, hi float64) {
	lo, hi = finite(c.Min), finite(c.Max)
	if lo == 0 && hi == 0 {
		hi = 100
	}
	if hi <= lo {
		hi = lo + 1
	}
	return lo, hi
}

// SVG draws a half ring, filled up to the figure.
func (c Gauge) SVG() string {
	w, h := or(c.Width, 240), or(c.Height, 160)
	header, rows := c.Table()
	p := newPicture(w, h, "gauge", c.Caption, describe(header, rows))
	lo, hi := c.span()
	class, word := c.judge()
	r := min(w/2-16, h-44)
	cx, cy, thick := w/2, h-34, r*0.24
	p.el("path", "ln gd", "", "d", arc(cx, cy, r-thick/2, -0.25, 0.25), "fill", "none", "stroke", fallback("gd"), "stroke-width", thick)
	if !math.IsNaN(c.Value) {
		share := (min(max(c.Value, lo), hi) - lo) / (hi - lo)
		if share > 0.002 {
			p.el("path", "ln "+class, value(c.Value, c.Unit), "d", arc(cx, cy, r-thick/2, -0.25, -0.25+share/2), "fill", "none", "stroke", fallback(class), "stroke-width", thick)
		}
	}
	p.label("tx", fallback("tx"), cx, cy-4, 26, "middle", value(c.Value, c.Unit))
	p.label("tx2", fallback("tx2"), cx-r+thick/2, cy+16, 12, "middle", short(lo))
	p.label("tx2", fallback("tx2"), cx+r-thick/2, cy+16, 12, "middle", short(hi))
	p.label(class, fallback(class), cx, cy+20, 14, "middle", word)
	return p.done()
}
