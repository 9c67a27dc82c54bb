package chart_test

import (
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tongban/kernel/chart"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func caption(title string) chart.Caption { return chart.Caption{Title: title} }

func samples() map[string]chart.Chart {
	months := []string{"1月", "2月", "3月", "4月", "5月", "6月"}
	two := []chart.Series{{Name: "受理", Values: []float64{120, 160, math.NaN(), 210, 190, 240}}, {Name: "办结", Values: []float64{100, 150, 170, 200, 195, 230}}}
	var days []chart.Day
	for i := range 200 {
		days = append(days, chart.Day{Date: time.Date(2026, 4, 1+i, 12, 0, 0, 0, time.UTC), Value: float64(i * 7 % 23)})
	}
	return map[string]chart.Chart{
		"line":     chart.Line{Caption: caption("近半年办件量"), LabelTitle: "月份", Labels: months, Series: two, Unit: "件"},
		"grouped":  chart.Bar{Caption: caption("各月受理与办结"), Labels: months, Series: two, Unit: "件"},
		"stacked":  chart.Bar{Caption: caption("各月受理与办结"), Labels: months, Series: two, Unit: "件", Stack: chart.Stacked},
		"ranking":  chart.Bar{Caption: caption("各单位办结率"), Labels: []string{"市场监督管理局", "住房和城乡建设局", "自然资源局"}, Series: []chart.Series{{Values: []float64{98.5, 91.2, 87}}}, Unit: "%", Direction: chart.Rightwards},
		"donut":    chart.Donut{Caption: caption("来源渠道"), Slices: []chart.Slice{{Label: "窗口", Value: 320}, {Label: "网上", Value: 510}, {Label: "自助终端", Value: 70}}, Unit: "件"},
		"spark":    chart.Spark{Caption: caption("七日走势"), Values: []float64{3, 5, 2, 8, 6, 9, 7}},
		"gauge":    chart.Gauge{Caption: caption("按时办结率"), Value: 92.4, Warn: 95, Bad: 90, Unit: "%"},
		"calendar": chart.Calendar{Caption: caption("每日受理量"), Days: days, Unit: "件"},
		"flow": chart.Flow{Caption: caption("并联审批"), Nodes: []chart.Node{{ID: "a", Label: "受理", Sub: "综合窗口 1天", Class: "ok"}, {ID: "b", Label: "建设工程规划许可证核发", Sub: "自然资源局 5天", Class: "warn"},
			{ID: "c", Label: "消防设计审查", Sub: "住建局 3天"}, {ID: "d", Label: "施工许可", Sub: "住建局 2天", Href: "/w/x?a=1&b=2"}, {ID: "e", Label: "补正"}},
			Edges: []chart.Edge{{From: "a", To: "b"}, {From: "a", To: "c"}, {From: "b", To: "d"}, {From: "c", To: "d"}, {From: "c", To: "e", Label: "不合格"}, {From: "e", To: "a"}}, Critical: []string{"a", "b", "d"}},
		"hex": chart.Tiles{Caption: caption("各乡镇办件量"), Unit: "件", Tiles: []chart.Tile{{Name: "城关镇", Column: 1, Row: 1, Value: 90}, {Name: "石溪乡", Column: 0, Row: 0, Value: 12}, {Name: "龘塘瑶族乡", Column: 1, Row: 0, Value: 40},
			{Name: "南岭镇", Column: 2, Row: 1, Value: 3, Class: "bad"}, {Name: "青云镇", Column: 1, Row: 2, Value: 55}}},
		"square": chart.Tiles{Caption: caption("各乡镇办件量"), Shape: chart.Square, Tiles: []chart.Tile{{Name: "城关镇", Value: 90}, {Name: "石溪乡", Column: 1, Value: 12}}},
	}
}

// look parses a picture and returns its text; it fails on anything a strict page would refuse.
func look(t interface {
	Helper()
	Errorf(string, ...any)
}, svg string) string {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(svg))
	var text strings.Builder
	var names []string
	for {
		tok, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Errorf("not well-formed: %v\n%s", err, svg)
			return ""
		}
		switch tok := tok.(type) {
		case xml.CharData:
			text.WriteString(string(tok) + "\n")
		case xml.StartElement:
			names = append(names, tok.Name.Local)
			if tok.Name.Local == "script" || tok.Name.Local == "style" {
				t.Errorf("element %s has no place in a chart", tok.Name.Local)
			}
			for _, a := range tok.Attr {
				if a.Name.Local == "style" || strings.HasPrefix(a.Name.Local, "on") {
					t.Errorf("attribute %s has no place in a chart", a.Name.Local)
				}
				if regexp.MustCompile(`NaN|Inf|e\+|e-\d`).MatchString(a.Value) && a.Name.Local != "href" && a.Name.Local != "class" {
					t.Errorf("%s=%q is no number", a.Name.Local, a.Value)
				}
			}
		}
	}
	if len(names) < 3 || names[0] != "svg" || names[1] != "title" || names[2] != "desc" || !strings.Contains(svg, `role="img"`) {
		t.Errorf("a screen reader finds no title and description: %.200s", svg)
	}
	return text.String()
}

func TestEveryPictureCarriesItsNumbers(t *testing.T) {
	for name, c := range samples() {
		t.Run(name, func(t *testing.T) {
			svg := c.SVG()
			if dir := os.Getenv("CHARTS"); dir != "" {
				os.WriteFile(filepath.Join(dir, name+".svg"), []byte(svg), 0o644)
			}
			text := look(t, svg)
			header, rows := c.Table()
			if len(rows) == 0 {
				t.Fatal("no table beside the picture")
			}
			for _, r := range rows {
				if len(r) != len(header) {
					t.Fatalf("row %q does not fit the head %q", r, header)
				}
				if !strings.Contains(strings.ReplaceAll(text, "\n", ""), r[0]) && name != "spark" {
					t.Errorf("%q is in the table but not in the picture", r[0])
				}
				if !strings.Contains(text, r[1]) && r[1] != "—" && name != "spark" {
					t.Errorf("value %q of %q is not in the picture", r[1], r[0])
				}
			}
		})
	}
}

func TestTableOfALineNamesLabelsSeriesAndGaps(t *testing.T) {
	header, rows := samples()["line"].Table()
	if diff := cmp.Diff([]string{"月份", "受理", "办结"}, header); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"3月", "—", "170件"}, rows[2]); diff != "" {
		t.Error(diff)
	}
}

func TestNothingToShowIsSaidAndNotDrawnAsNaN(t *testing.T) {
	nan := []chart.Series{{Values: []float64{math.NaN(), math.Inf(1)}}}
	for i, c := range []chart.Chart{chart.Line{}, chart.Bar{}, chart.Donut{}, chart.Calendar{}, chart.Flow{}, chart.Tiles{}, chart.Line{Series: nan}, chart.Bar{Series: nan},
		chart.Bar{Direction: chart.Rightwards}, chart.Donut{Slices: []chart.Slice{{Label: "甲"}}}, chart.Calendar{Days: []chart.Day{{Value: 3}}}} {
		if text := look(t, c.SVG()); !strings.Contains(text, "暂无数据") {
			t.Errorf("chart %d (%T) does not say that there is no data", i, c)
		}
	}
	for _, c := range []chart.Chart{chart.Spark{}, chart.Gauge{}, chart.Gauge{Value: math.NaN()}, chart.Gauge{Min: 5, Max: 1, Value: math.Inf(1)}} {
		look(t, c.SVG())
	}
}

func TestAGaugeJudgesInBothDirections(t *testing.T) {
	tests := []struct {
		value, warn, bad float64
		want             string
	}{{99, 95, 90, "正常"}, {95, 95, 90, "预警"}, {90, 95, 90, "超限"}, {3, 5, 10, "正常"}, {5, 5, 10, "预警"}, {12, 5, 10, "超限"}, {12, 0, 0, ""}}
	for _, tt := range tests {
		_, rows := chart.Gauge{Value: tt.value, Warn: tt.warn, Bad: tt.bad}.Table()
		if rows[0][3] != tt.want {
			t.Errorf("%v with thresholds %v, %v is %q, want %q", tt.value, tt.warn, tt.bad, rows[0][3], tt.want)
		}
	}
}

func TestStackedBarsAddUp(t *testing.T) {
	svg := chart.Bar{Stack: chart.Stacked, Labels: []string{"甲"}, Series: []chart.Series{{Name: "a", Values: []float64{30}}, {Name: "b", Values: []float64{10}}}}.SVG()
	m := regexp.MustCompile(`<rect class="c[12]" x="[\d.]+" y="([\d.]+)" width="[\d.]+" height="([\d.]+)" fill="[^"]+"><title>`).FindAllStringSubmatch(svg, -1)
	if len(m) != 2 {
		t.Fatalf("%d bars, want 2", len(m))
	}
	var y, h [2]float64
	for i := range m {
		fmt.Sscan(m[i][1], &y[i])
		fmt.Sscan(m[i][2], &h[i])
	}
	if math.Abs(h[0]-3*h[1]) > 0.1 || math.Abs(y[1]+h[1]-y[0]) > 0.1 {
		t.Errorf("bars of 30 and 10 are drawn %v high at %v", h, y)
	}
}

func TestAStepStandsRightOfAllItWaitsFor(t *testing.T) {
	svg := samples()["flow"].SVG()
	x := func(label string) (v float64) {
		m := regexp.MustCompile(`<rect class="nd[^"]*" x="([\d.]+)"[^>]*><title>` + label).FindStringSubmatch(svg)
		if m == nil {
			t.Fatalf("no box %s", label)
		}
		fmt.Sscan(m[1], &v)
		return v
	}
	if !(x("受理") < x("建设工程") && x("受理") < x("消防") && x("消防") < x("施工许可") && x("建设工程") < x("施工许可")) {
		t.Error("layers are out of order")
	}
	if n := strings.Count(svg, `class="ln cr"`); n != 2 {
		t.Errorf("%d thick arrows, want the 2 of the critical path", n)
	}
	if n := strings.Count(svg, "stroke-dasharray"); n != 1 {
		t.Errorf("%d dashed arrows, want the 1 that leads back", n)
	}
	if !strings.Contains(svg, `<a href="/w/x?a=1&amp;b=2">`) {
		t.Error("the link of a box is lost")
	}
}

func TestLinksLeadNowhereElse(t *testing.T) {
	for _, href := range []string{"javascript:alert(1)", "https://x.example", "//x.example", `/\x.example`, "x"} {
		for _, c := range []chart.Chart{chart.Flow{Nodes: []chart.Node{{ID: "a", Href: href}}}, chart.Tiles{Tiles: []chart.Tile{{Href: href}}}} {
			if strings.Contains(c.SVG(), "<a ") {
				t.Errorf("%T links to %q", c, href)
			}
		}
	}
}

// Whatever the data, each chart is a valid picture, escapes all text, and has a table of even rows.
func TestAnyDataMakesAValidPicture(t *testing.T) {
	text := rapid.StringOf(rapid.SampledFrom([]rune("受理办结<>&\"'\x00\x1b]]>\n aZ0，。𬱖")))
	class := rapid.SampledFrom([]string{"", "ok", "bad", "c3", `x" onload="y`})
	number := rapid.OneOf(rapid.Float64(), rapid.Float64Range(-1000, 1000), rapid.Just(math.NaN()), rapid.Just(math.Inf(-1)), rapid.Just(0.0))
	rapid.Check(t, func(rt *rapid.T) {
		cap := chart.Caption{Title: text.Draw(rt, "title"), Desc: text.Draw(rt, "desc")}
		labels := rapid.SliceOfN(text, 0, 30).Draw(rt, "labels")
		var series []chart.Series
		for range rapid.IntRange(0, 4).Draw(rt, "series") {
			series = append(series, chart.Series{Name: text.Draw(rt, "name"), Values: rapid.SliceOfN(number, 0, 30).Draw(rt, "values"), Class: class.Draw(rt, "class")})
		}
		var slices []chart.Slice
		var days []chart.Day
		var tiles []chart.Tile
		var nodes []chart.Node
		var edges []chart.Edge
		id := rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f"})
		for range rapid.IntRange(0, 8).Draw(rt, "things") {
			v := number.Draw(rt, "value")
			slices = append(slices, chart.Slice{Label: text.Draw(rt, "label"), Value: v, Class: class.Draw(rt, "class")})
			days = append(days, chart.Day{Date: time.Date(2026, 1, rapid.IntRange(-900, 900).Draw(rt, "day"), 0, 0, 0, 0, time.UTC), Value: v})
			tiles = append(tiles, chart.Tile{Name: text.Draw(rt, "label"), Column: rapid.Int().Draw(rt, "column"), Row: rapid.IntRange(-1, 9).Draw(rt, "row"), Value: v, Href: text.Draw(rt, "href")})
			nodes = append(nodes, chart.Node{ID: id.Draw(rt, "id"), Label: text.Draw(rt, "label"), Sub: text.Draw(rt, "sub"), Class: class.Draw(rt, "class")})
			edges = append(edges, chart.Edge{From: id.Draw(rt, "from"), To: id.Draw(rt, "to"), Label: text.Draw(rt, "label")})
		}
		direction := rapid.SampledFrom([]chart.Direction{chart.Upwards, chart.Rightwards}).Draw(rt, "direction")
		stack := rapid.SampledFrom([]chart.Stack{chart.Grouped, chart.Stacked}).Draw(rt, "stack")
		shape := rapid.SampledFrom([]chart.Shape{chart.Hex, chart.Square}).Draw(rt, "shape")
		for _, c := range []chart.Chart{
			chart.Line{Caption: cap, Labels: labels, Series: series, Unit: text.Draw(rt, "unit"), Width: number.Draw(rt, "width")},
			chart.Bar{Caption: cap, Labels: labels, Series: series, Direction: direction, Stack: stack},
			chart.Spark{Caption: cap, Values: rapid.SliceOfN(number, 0, 9).Draw(rt, "spark")},
			chart.Donut{Caption: cap, Slices: slices},
			chart.Gauge{Caption: cap, Value: number.Draw(rt, "gauge"), Min: number.Draw(rt, "min"), Max: number.Draw(rt, "max"), Warn: number.Draw(rt, "warn"), Bad: number.Draw(rt, "bad")},
			chart.Calendar{Caption: cap, Days: days},
			chart.Tiles{Caption: cap, Shape: shape, Tiles: tiles},
			chart.Flow{Caption: cap, Nodes: nodes, Edges: edges, Critical: []string{"a", "b"}},
		} {
			look(rt, c.SVG())
			header, rows := c.Table()
			for _, r := range rows {
				if len(r) != len(header) {
					rt.Errorf("%T: row %q does not fit the head %q", c, r, header)
				}
			}
		}
	})
}
