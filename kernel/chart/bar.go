package chart

import "math"

// Direction is the way bars grow.
type Direction int

// Upwards suits few short labels, Rightwards long names and rankings.
const (
	Upwards Direction = iota
	Rightwards
)

// Stack says whether the series of a Bar stand side by side or on one another.
type Stack int

// Grouped stands side by side; Stacked on one another.
const (
	Grouped Stack = iota
	Stacked
)

// Bar is a bar chart.
type Bar struct {
	Caption
	Labels        []string
	LabelTitle    string // head of the first table column
	Series        []Series
	Unit          string
	Direction     Direction
	Stack         Stack
	Width, Height float64 // zero: 640 × 300, Rightwards as high as its bars
}

// Table gives one row per label.
func (c Bar) Table() ([]string, [][]string) {
	return seriesTable(c.Labels, c.Series, c.Unit, c.LabelTitle)
}

// SVG draws the chart.
func (c Bar) SVG() string {
	header, rows := c.Table()
	n := len(rows)
	slots := max(1, len(c.Series))
	if c.Stack == Stacked {
		slots = 1
	}
	w, h := or(c.Width, 640), or(c.Height, 300)
	if c.Direction == Rightwards && c.Height == 0 {
		h = min(44+float64(n)*(float64(slots)*16+14)+24, 10000)
	}
	p := newPicture(w, h, "bar", c.Caption, describe(header, rows))
	if len(all(c.Series)) == 0 {
		return p.empty(w, h)
	}
	var ends []float64
	for i := range n {
		up, down := 0.0, 0.0
		for _, s := range c.Series {
			v := finite(s.at(i))
			if c.Stack == Grouped {
				ends = append(ends, v)
			}
			if v > 0 {
				up += v
			} else {
				down += v
			}
		}
		if c.Stack == Stacked {
			ends = append(ends, up, down)
		}
	}
	if c.Direction == Rightwards {
		c.right(p, w, h, n, slots, ends)
	} else {
		c.up(p, w, h, n, slots, ends)
	}
	return p.done()
}

func finite(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return min(max(v, -limit), limit)
}

func (c Bar) up(p *picture, w, h float64, n, slots int, ends []float64) {
	left, right, bottom := 52.0, w-12, h-34
	top := 26 + p.legend(c.Series, left, 16, right-left)
	y := newScale(ends, bottom, top)
	p.axis(y, left, right, c.Unit)
	band := (right - left) / float64(n)
	thick := min(band*0.7/float64(slots), 48)
	c.bars(n, slots, func(i, slot int, class, tip string, v, from, to float64) {
		x := left + (float64(i)+0.5)*band + (float64(slot)-float64(slots)/2)*thick
		y0, y1 := y.at(from), y.at(to)
		p.el("rect", class, tip, "x", x, "y", min(y0, y1), "width", max(thick-1, 0.5), "height", math.Abs(y0-y1), "fill", fallback(class))
		if c.Stack == Grouped && thick >= textWidth(short(v), 11) {
			p.label("tx", fallback("tx"), x+thick/2, min(y0, y1)-4, 11, "middle", short(v))
		}
	})
	lines := 2
	for i := range n {
		for j, l := range wrap(labelAt(c.Labels, i), max(band-2, 24), 12, lines) {
			p.label("tx2", fallback("tx2"), left+(float64(i)+0.5)*band, bottom+16+float64(j)*14, 12, "middle", l)
		}
	}
}

func (c Bar) right(p *picture, w, h float64, n, slots int, ends []float64) {
	wide := 0.0
	for i := range n {
		wide = max(wide, textWidth(labelAt(c.Labels, i), 13))
	}
	left := min(max(wide, 40), w*0.36) + 14
	right, bottom := w-58, h-22
	top := 8 + p.legend(c.Series, left, 16, w-left)
	x := newScale(ends, left, right)
	for _, t := range x.ticks {
		class := "gd"
		if t == 0 {
			class = "ax"
		}
		p.line(class, x.at(t), top, x.at(t), bottom)
		p.label("tx2", fallback("tx2"), x.at(t), bottom+16, 12, "middle", short(t))
	}
	if c.Unit != "" {
		p.label("tx2", fallback("tx2"), w-4, bottom+16, 12, "end", c.Unit)
	}
	band := (bottom - top) / float64(n)
	thick := min(band*0.75/float64(slots), 26)
	c.bars(n, slots, func(i, slot int, class, tip string, v, from, to float64) {
		y := top + (float64(i)+0.5)*band + (float64(slot)-float64(slots)/2)*thick
		x0, x1 := x.at(from), x.at(to)
		p.el("rect", class, tip, "x", min(x0, x1), "y", y, "width", math.Abs(x0-x1), "height", max(thick-1, 0.5), "fill", fallback(class))
		if c.Stack == Grouped {
			p.label("tx", fallback("tx"), max(x0, x1)+5, y+thick/2+4, 12, "start", short(v))
		}
	})
	for i := range n {
		ls := wrap(labelAt(c.Labels, i), left-14, 13, max(1, int(band/15)))
		for j, l := range ls {
			y := top + (float64(i)+0.5)*band + 4.5 + (float64(j)-float64(len(ls)-1)/2)*15
			p.label("tx", fallback("tx"), left-8, y, 13, "end", l)
		}
	}
}

// bars calls draw for each value with the stretch its bar covers.
func (c Bar) bars(n, slots int, draw func(i, slot int, class, tip string, v, from, to float64)) {
	for i := range n {
		up, down := 0.0, 0.0
		for k, s := range c.Series {
			v := s.at(i)
			if math.IsNaN(v) {
				continue
			}
			tip := labelAt(c.Labels, i) + " " + s.Name + "：" + value(v, c.Unit)
			v = finite(v)
			from, slot := 0.0, k
			if c.Stack == Stacked {
				slot = 0
				if v > 0 {
					from = up
					up += v
				} else {
					from = down
					down += v
				}
			}
			draw(i, slot, s.class(k), tip, v, from, from+v)
		}
	}
}
