package chart

import (
	"math"
	"sort"
	"strconv"
	"time"
)

// Day is one day of a Calendar.
type Day struct {
	Date  time.Time
	Value float64
}

// Calendar is a heat calendar: one column per week, Monday on top, five steps of colour from none to the most.
type Calendar struct {
	Caption
	Days []Day // any order; days of one date are added up
	Unit string
}

// Table gives one row per day, in order.
func (c Calendar) Table() ([]string, [][]string) {
	var rows [][]string
	for _, d := range c.days() {
		rows = append(rows, []string{d.Date.Format(time.DateOnly), value(d.Value, c.Unit)})
	}
	return []string{"日期", "数值"}, rows
}

// days returns the days in order, one per date, at most ten years of them.
func (c Calendar) days() []Day {
	sums := map[time.Time]float64{}
	for _, d := range c.Days {
		if d.Date.IsZero() || math.IsNaN(d.Value) {
			continue
		}
		at := time.Date(d.Date.Year(), d.Date.Month(), d.Date.Day(), 0, 0, 0, 0, time.UTC)
		sums[at] = finite(sums[at] + finite(d.Value))
	}
	out := make([]Day, 0, len(sums))
	for at, v := range sums {
		out = append(out, Day{at, v})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Date.Before(out[j].Date) })
	for len(out) > 0 && out[len(out)-1].Date.Sub(out[0].Date) > 3660*24*time.Hour {
		out = out[1:]
	}
	return out
}

// SVG draws the calendar.
func (c Calendar) SVG() string {
	header, rows := c.Table()
	days := c.days()
	if len(days) == 0 {
		return newPicture(420, 140, "calendar", c.Caption, "暂无数据").empty(420, 140)
	}
	monday := func(t time.Time) time.Time { return t.AddDate(0, 0, -(int(t.Weekday())+6)%7) }
	const cell, gap, left, top = 14.0, 3.0, 26.0, 24.0
	start := monday(days[0].Date)
	weeks := int(days[len(days)-1].Date.Sub(start).Hours()/24)/7 + 1
	w, h := max(left+float64(weeks)*(cell+gap)+8, 240), top+7*(cell+gap)+30
	p := newPicture(w, h, "calendar", c.Caption, describe(header, rows))
	most := 0.0
	for _, d := range days {
		most = max(most, d.Value)
	}
	for i, name := range []string{"一", "", "三", "", "五", "", "日"} {
		p.label("tx2", fallback("tx2"), left-8, top+float64(i)*(cell+gap)+11, 11, "end", name)
	}
	month, lastX := time.Month(0), -100.0
	for _, d := range days {
		n := int(d.Date.Sub(start).Hours() / 24)
		x, y := left+float64(n/7)*(cell+gap), top+float64(n%7)*(cell+gap)
		class := "l" + strconv.Itoa(level(d.Value, most))
		p.el("rect", class, d.Date.Format(time.DateOnly)+"："+value(d.Value, c.Unit), "x", x, "y", y, "width", cell, "height", cell, "rx", 2, "fill", fallback(class))
		if d.Date.Month() != month && x-lastX > 30 {
			month, lastX = d.Date.Month(), x
			p.label("tx2", fallback("tx2"), x, top-8, 11, "start", strconv.Itoa(int(month))+"月")
		}
	}
	p.steps(left, h-18, most, c.Unit)
	return p.done()
}

// level returns the step of a value, 0 for nothing to 4 for the most.
func level(v, most float64) int {
	if v <= 0 || most <= 0 {
		return 0
	}
	return min(4, 1+int(v/most*3.9999))
}

// steps is the legend of l0 to l4.
func (p *picture) steps(x, y, most float64, unit string) {
	p.label("tx2", fallback("tx2"), x, y+11, 11, "start", "少")
	for i := range 5 {
		class := "l" + strconv.Itoa(i)
		p.el("rect", class, "", "x", x+16+float64(i)*16, "y", y, "width", 13, "height", 13, "rx", 2, "fill", fallback(class))
	}
	p.label("tx2", fallback("tx2"), x+100, y+11, 11, "start", "多（最多 "+value(most, unit)+"）")
}

// Shape is the form of the tiles of a map.
type Shape int

// Hex tiles touch six neighbours, Square tiles four.
const (
	Hex Shape = iota
	Square
)

// Tile is one place of a tile map. With no Class the value decides between l0 and l4.
type Tile struct {
	Name        string
	Column, Row int // from 0; odd rows of hex tiles are moved half a tile to the right
	Value       float64
	Class       string
	Href        string // path on this site, optional
}

// Tiles is a schematic map of places. It says in the picture that it is no map of boundaries.
type Tiles struct {
	Caption
	Shape Shape
	Tiles []Tile
	Unit  string
}

// Table gives one row per place.
func (c Tiles) Table() ([]string, [][]string) {
	var rows [][]string
	for _, t := range c.Tiles {
		rows = append(rows, []string{t.Name, value(t.Value, c.Unit)})
	}
	return []string{"区域", "数值"}, rows
}

// SVG draws the map.
func (c Tiles) SVG() string {
	header, rows := c.Table()
	if len(c.Tiles) == 0 {
		return newPicture(420, 140, "tiles", c.Caption, "暂无数据").empty(420, 140)
	}
	const size = 48.0 // radius of a hexagon, half side of a square
	clamp := func(v int) float64 { return float64(min(max(v, 0), 60)) }
	centre := func(t Tile) (float64, float64) {
		col, row := clamp(t.Column), clamp(t.Row)
		if c.Shape == Square {
			return size + 4 + col*(2*size+4), size + 4 + row*(2*size+4)
		}
		half := size * math.Sqrt(3) / 2
		return half + 4 + col*(2*half+3) + float64(int(row)%2)*(half+1.5), size + 4 + row*(size*1.5+3)
	}
	w, h, most := 260.0, 0.0, 0.0
	ranked := false
	for _, t := range c.Tiles {
		x, y := centre(t)
		w, h = max(w, x+size+4), max(h, y+size+8)
		most = max(most, finite(t.Value))
		ranked = ranked || t.Class == ""
	}
	foot := 22.0
	if ranked {
		foot = 42
	}
	p := newPicture(w, h+foot, "tiles", c.Caption, describe(header, rows))
	for _, t := range c.Tiles {
		x, y := centre(t)
		class := t.Class
		if class == "" {
			class = "l" + strconv.Itoa(level(finite(t.Value), most))
		}
		linked := p.link(t.Href)
		tip := t.Name + "：" + value(t.Value, c.Unit)
		if c.Shape == Square {
			p.el("rect", class, tip, "x", x-size, "y", y-size, "width", 2*size, "height", 2*size, "rx", 4, "fill", fallback(class))
		} else {
			points := ""
			for i := range 6 {
				sin, cos := math.Sincos(float64(i) * math.Pi / 3)
				points += num(x+size*sin) + "," + num(y-size*cos) + " "
			}
			p.el("polygon", class, tip, "points", points[:len(points)-1], "fill", fallback(class))
		}
		ls := wrap(t.Name, size*1.5, 13, 2)
		top := y - float64(len(ls))*8 + 4
		for i, l := range ls {
			p.label("on-"+class, onClass(class), x, top+float64(i)*15, 13, "middle", l)
		}
		p.label("on-"+class, onClass(class), x, top+float64(len(ls))*15+2, 14, "middle", value(t.Value, ""))
		if linked {
			p.b.WriteString("</a>")
		}
	}
	if ranked {
		p.steps(4, h+2, most, c.Unit)
	}
	p.label("tx2", fallback("tx2"), 4, h+foot-6, 11, "start", "示意图，非行政区划界线")
	return p.done()
}
