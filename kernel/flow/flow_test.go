package flow

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

type status string
type act string

// handling is the life of an application under the licensing law (行政许可), as a table.
func handling() Table[status, act] {
	return Table[status, act]{
		Name: "办件",
		States: []State[status]{
			{Name: "submitted", Label: "已提交", Start: true},
			{Name: "correcting", Label: "待补正"},
			{Name: "accepted", Label: "已受理"},
			{Name: "assessing", Label: "审查中"},
			{Name: "suspended", Label: "中止（特别程序）"},
			{Name: "decided", Label: "已决定"},
			{Name: "delivered", Label: "已送达", End: true},
			{Name: "declined", Label: "不予受理", End: true},
			{Name: "withdrawn", Label: "已撤回", End: true},
		},
		Moves: []Move[status, act]{
			{From: "submitted", Act: "accept", To: "accepted", Label: "受理", Guard: "材料齐全、符合法定形式", By: "窗口"},
			{From: "submitted", Act: "correct", To: "correcting", Label: "一次性告知补正"},
			{From: "submitted", Act: "decline", To: "declined", Label: "不予受理"},
			{From: "correcting", Act: "resubmit", To: "submitted", Label: "补齐重报"},
			{From: "correcting", Act: "withdraw", To: "withdrawn", Label: "撤回"},
			{From: "accepted", Act: "assess", To: "assessing", Label: "开始审查"},
			{From: "accepted", Act: "withdraw", To: "withdrawn", Label: "撤回"},
			{From: "assessing", Act: "extend", To: "assessing", Label: "延期"},
			{From: "assessing", Act: "suspend", To: "suspended", Label: "中止"},
			{From: "suspended", Act: "resume", To: "assessing", Label: "恢复"},
			{From: "assessing", Act: "grant", To: "decided", Label: "准予许可"},
			{From: "assessing", Act: "refuse", To: "decided", Label: "不予许可"},
			{From: "assessing", Act: "withdraw", To: "withdrawn", Label: "撤回"},
			{From: "decided", Act: "deliver", To: "delivered", Label: "送达"},
		},
	}
}

func TestRefusalNamesTheStateAndWhatIsPossible(t *testing.T) {
	table := handling()
	if to, err := table.Step("submitted", "accept"); to != "accepted" || err != nil {
		t.Errorf("%s %v", to, err)
	}
	to, err := Step(table, "correcting", "grant")
	if to != "correcting" || err == nil || err.Error() != "办件处于“待补正”状态，不能准予许可；现在可以：补齐重报、撤回" {
		t.Errorf("%s %v", to, err)
	}
	var r *Refusal
	if _, err = table.Step("delivered", "withdraw"); !errors.As(err, &r) || r.State != "已送达" ||
		err.Error() != "办件处于“已送达”状态，不能撤回；这一状态下没有可办的操作" {
		t.Errorf("%v", err)
	}
}

func TestCheckFindsBrokenTables(t *testing.T) {
	if got := handling().Check(); got != nil {
		t.Errorf("a sound table is blamed: %v", got)
	}
	broken := Table[status, act]{
		States: []State[status]{{Name: "a", Label: "甲", Start: true}, {Name: "b", Label: "乙"}, {Name: "c", Label: "丙", End: true},
			{Name: "d", Label: "丁"}, {Name: "e", Label: "戊"}},
		Moves: []Move[status, act]{{From: "a", Act: "go", To: "b", Label: "走"}, {From: "a", Act: "go", To: "c", Label: "走"},
			{From: "d", Act: "go", To: "c"}, {From: "a", Act: "turn", To: "e"}, {From: "e", Act: "turn", To: "e"}, {From: "a", Act: "x", To: "f"}},
	}
	want := []string{
		"状态“甲”下“走”写了两行，去向不明；请只留一行",
		"状态“乙”没有出路又不是终点；请补一条流转或标为终点",
		"状态“丁”从起点到不了；请补一条流转或删除它",
		"状态“戊”永远到不了任何终点；请补一条通向终点的流转",
		"状态“f”没有声明；请在状态表中补上",
		"状态“f”没有出路又不是终点；请补一条流转或标为终点",
	}
	if diff := cmp.Diff(want, broken.Check()); diff != "" {
		t.Error(diff)
	}
}

func TestMarkdownKeepsItsColumns(t *testing.T) {
	table := Table[status, act]{Name: "件", Moves: []Move[status, act]{{From: "a", Act: "b", To: "c", Label: "甲|乙\n丙"}}}
	if !strings.Contains(table.Markdown(), `| a | 甲\|乙 丙 | c |`) {
		t.Error(table.Markdown())
	}
	if !strings.Contains(handling().Markdown(), "| 已提交 | 受理 | 已受理 | 材料齐全、符合法定形式 | 窗口 |  |") {
		t.Error(handling().Markdown())
	}
}

func drawTable(t *rapid.T) Table[string, string] {
	n := rapid.IntRange(1, 9).Draw(t, "states")
	state := rapid.Custom(func(t *rapid.T) string { return fmt.Sprintf("s%d", rapid.IntRange(0, n-1).Draw(t, "state")) })
	table := Table[string, string]{Name: rapid.String().Draw(t, "name")}
	for i := range n {
		table.States = append(table.States, State[string]{Name: fmt.Sprintf("s%d", i), Label: rapid.SampledFrom([]string{"受理", "特别程序中止办理期间", "<&\">", ""}).Draw(t, "label")})
	}
	for range rapid.IntRange(0, 20).Draw(t, "moves") {
		table.Moves = append(table.Moves, Move[string, string]{From: state.Draw(t, "from"), Act: fmt.Sprintf("a%d", rapid.IntRange(0, 4).Draw(t, "act")),
			To: state.Draw(t, "to"), Label: rapid.SampledFrom([]string{"", "办", "一次性告知补正", "]]>"}).Draw(t, "verb")})
	}
	return table
}

func TestOnlyMovesInTheTableHappen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := drawTable(t)
		now := table.States[0].Name
		for range 30 {
			a := fmt.Sprintf("a%d", rapid.IntRange(0, 5).Draw(t, "act"))
			to, err := table.Step(now, a)
			i := slices.IndexFunc(table.Moves, func(m Move[string, string]) bool { return m.From == now && m.Act == a })
			switch {
			case (err == nil) != (i >= 0) || table.Can(now, a) != (err == nil):
				t.Fatalf("%s by %s: %v, in the table: %v", now, a, err, i >= 0)
			case err != nil && to != now:
				t.Fatalf("a refused act moved %s to %s", now, to)
			case err == nil && to != table.Moves[i].To:
				t.Fatalf("%s by %s went to %s", now, a, to)
			}
			now = to
		}
	})
}

func TestPictureIsWellFormedAndNothingOverlaps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := drawTable(t)
		picture := table.SVGAt(table.States[0].Name)
		dec := xml.NewDecoder(strings.NewReader(picture))
		for {
			tok, err := dec.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%v in %s", err, picture)
			}
			if e, ok := tok.(xml.StartElement); ok {
				for _, a := range e.Attr {
					if a.Name.Local == "style" || strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") {
						t.Fatalf("%s=%q", a.Name.Local, a.Value)
					}
				}
			}
		}
		d := table.layout()
		for i, p := range d.points {
			if p.x-p.w/2 < 0 || p.x+p.w/2 > d.width || p.y-p.h/2 < 0 || p.y+p.h/2 > d.height {
				t.Fatalf("%v lies outside", p)
			}
			for _, q := range d.points[i+1:] {
				if abs(p.x-q.x) < (p.w+q.w)/2 && abs(p.y-q.y) < (p.h+q.h)/2 {
					t.Fatalf("%v lies on %v", p, q)
				}
			}
		}
	})
}

func abs(x float64) float64 { return max(x, -x) }

func TestPictureOfHandlingFitsThePage(t *testing.T) {
	if d := handling().layout(); d.width > 900 {
		t.Errorf("width %v", d.width)
	}
	if path := os.Getenv("FLOW_PICTURE"); path != "" { // for looking at it
		if err := os.WriteFile(path, []byte(handling().SVGAt("assessing")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
