package sheet_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"testing"
	"time"

	"tongban/kernel/sheet"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

func rows(rs ...[]any) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, r := range rs {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func read(t testing.TB, b []byte, lim sheet.Limits) ([][]string, error) {
	t.Helper()
	var out [][]string
	for row, err := range sheet.Read(bytes.NewReader(b), lim) {
		if err != nil {
			return out, err
		}
		out = append(out, row.Cells)
	}
	return out, nil
}

func columns() []sheet.Column {
	return []sheet.Column{{Title: "申请人"}, {Title: "件数", Kind: sheet.Int}, {Title: "金额（元）", Kind: sheet.Money}, {Title: "受理日期", Kind: sheet.Date}, {Title: "评分", Kind: sheet.Number}}
}

func TestATableComesBackAsItWasWritten(t *testing.T) {
	// Half past midnight in Beijing is still the day before in UTC: the day of the zone counts.
	at := time.Date(2026, 11, 23, 0, 30, 0, 0, time.FixedZone("", 8*3600))
	s := sheet.Sheet{Name: "办件[2026]:清单", Columns: columns(), Rows: rows([]any{"张𬱖", 3, int64(123450), at, 4.5}, []any{"龘某", nil, int64(-7), time.Time{}, nil}, []any{nil, nil, nil, nil, 0.25})}
	var x, c bytes.Buffer
	if err := sheet.Write(&x, s); err != nil {
		t.Fatal(err)
	}
	if err := sheet.WriteCSV(&c, s); err != nil {
		t.Fatal(err)
	}
	head := []string{"申请人", "件数", "金额（元）", "受理日期", "评分"}
	got, err := read(t, x.Bytes(), sheet.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{head, {"张𬱖", "3", "1,234.50", "2026-11-23", "4.5"}, {"龘某", "", "-0.07"}, {"", "", "", "", "0.25"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("xlsx (-want +got):\n%s", diff)
	}
	if !strings.HasPrefix(c.String(), "\ufeff申请人,") || !strings.Contains(c.String(), "\r\n") {
		t.Errorf("CSV lacks the mark or line ends Excel needs: %q", c.String())
	}
	got, err = read(t, c.Bytes(), sheet.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want[1][2] = "1234.50"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("csv (-want +got):\n%s", diff)
	}
}

func TestWhatACitizenTypesNeverBecomesAFormula(t *testing.T) {
	evil := []string{"=1+1", "+86 139", "-2", "@SUM(A1)", "\t=1", "\r=1", `=HYPERLINK("http://x","y")`, "＝1+1"}
	for _, e := range evil {
		s := sheet.Sheet{Columns: []sheet.Column{{Title: "姓名"}}, Rows: rows([]any{e})}
		var x, c bytes.Buffer
		if err := sheet.Write(&x, s); err != nil {
			t.Fatal(err)
		}
		f, err := excelize.OpenReader(&x)
		if err != nil {
			t.Fatal(err)
		}
		name := f.GetSheetList()[0]
		if formula, _ := f.GetCellFormula(name, "A2"); formula != "" {
			t.Errorf("%q became the formula %q", e, formula)
		}
		if kind, _ := f.GetCellType(name, "A2"); kind != excelize.CellTypeInlineString && kind != excelize.CellTypeSharedString {
			t.Errorf("%q has cell type %v, want a string", e, kind)
		}
		id, _ := f.GetCellStyle(name, "A2")
		if style, err := f.GetStyle(id); err != nil || (style.NumFmt != 49 && (style.CustomNumFmt == nil || *style.CustomNumFmt != "@")) {
			t.Errorf("%q would turn into a formula on editing: its cell is not in text format", e)
		}
		if err := sheet.WriteCSV(&c, s); err != nil {
			t.Fatal(err)
		}
		body := strings.TrimPrefix(c.String(), "\ufeff姓名\r\n")
		if !strings.HasPrefix(strings.TrimPrefix(body, `"`), "'") {
			t.Errorf("CSV cell %q is not defused: %q", e, body)
		}
	}
}

func TestTenThousandRowsGoThrough(t *testing.T) {
	const n = 10_000
	s := sheet.Sheet{Name: "办件", Columns: columns(), Rows: func(yield func([]any, error) bool) {
		for i := range n {
			if !yield([]any{fmt.Sprintf("申请人%05d", i), i, int64(i), time.Date(2026, 1, 1+i%300, 0, 0, 0, 0, time.UTC), float64(i) / 2}, nil) {
				return
			}
		}
	}}
	var b bytes.Buffer
	start := time.Now()
	if err := sheet.Write(&b, s); err != nil {
		t.Fatal(err)
	}
	wrote := time.Since(start)
	got, err := read(t, b.Bytes(), sheet.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("wrote %d rows in %v (%d KB), read in %v", n, wrote, b.Len()>>10, time.Since(start)-wrote)
	if len(got) != n+1 || got[n][0] != "申请人09999" || got[n][2] != "99.99" {
		t.Errorf("%d rows came back, last %q", len(got), got[len(got)-1])
	}
}

func TestErrorsSayHowToMendTheFile(t *testing.T) {
	var good bytes.Buffer
	if err := sheet.Write(&good, sheet.Sheet{Columns: []sheet.Column{{Title: "甲"}, {Title: "乙"}}, Rows: rows([]any{"长长长长长", "2"}, []any{"3", "4"})}); err != nil {
		t.Fatal(err)
	}
	var bomb bytes.Buffer
	z := zip.NewWriter(&bomb)
	e, _ := z.Create("xl/worksheets/sheet1.xml")
	e.Write(bytes.Repeat([]byte(" "), 4<<20))
	z.Close()
	tests := map[string]struct {
		file []byte
		lim  sheet.Limits
		want string
	}{
		"empty":           {nil, sheet.Limits{}, "空的"},
		"too big":         {good.Bytes(), sheet.Limits{Bytes: 100}, "拆成几份"},
		"zip bomb":        {bomb.Bytes(), sheet.Limits{Unpacked: 1 << 20}, "解开后超过 1 MB"},
		"too many rows":   {good.Bytes(), sheet.Limits{Rows: 2}, "超过 2 行"},
		"too wide":        {good.Bytes(), sheet.Limits{Columns: 1}, "最多 1 列"},
		"cell too long":   {good.Bytes(), sheet.Limits{Cell: 3}, "第 2 行第 1 列"},
		"old xls":         {[]byte{0xD0, 0xCF, 0x11, 0xE0, 1, 2}, sheet.Limits{}, "另存为 .xlsx"},
		"GBK text":        {[]byte{0xC9, 0xEA, 0xC7, 0xEB, ',', 'a'}, sheet.Limits{}, "另存为 .xlsx"},
		"half a quote":    {[]byte("a,\"b\n"), sheet.Limits{}, "引号"},
		"broken zip":      {[]byte("PK\x03\x04 nothing"), sheet.Limits{}, "另存为 .xlsx"},
		"cut off":         {good.Bytes()[:good.Len()/2], sheet.Limits{}, "另存为 .xlsx"},
		"broken transfer": {nil, sheet.Limits{}, "重新上传"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var r io.Reader = bytes.NewReader(tt.file)
			if name == "broken transfer" {
				r = io.MultiReader(strings.NewReader("PK"), failing{})
			}
			var last error
			for _, err := range sheet.Read(r, tt.lim) {
				last = err
			}
			if last == nil || !strings.Contains(last.Error(), tt.want) {
				t.Errorf("err = %v, want it to say %q", last, tt.want)
			}
		})
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

func TestAWrongValueIsNamedByRowAndColumn(t *testing.T) {
	stop := errors.New("database gone")
	tests := []struct {
		rows iter.Seq2[[]any, error]
		want string
	}{
		{rows([]any{"a", 1, 12.5, nil, nil}), "第 1 行“金额（元）”列"},
		{rows([]any{"a", "1", nil, nil, nil}), "第 1 行“件数”列"},
		{rows([]any{"a"}), "第 1 行有 1 个单元格"},
		{rows([]any{strings.Repeat("长", 40000), nil, nil, nil, nil}), "放不下"},
		{func(yield func([]any, error) bool) { yield(nil, stop) }, "database gone"},
	}
	for _, tt := range tests {
		for _, write := range []func(io.Writer, sheet.Sheet) error{sheet.Write, sheet.WriteCSV} {
			if err := write(io.Discard, sheet.Sheet{Columns: columns(), Rows: tt.rows}); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("err = %v, want %q", err, tt.want)
			}
		}
	}
}

func TestAnyTextComesBackFromBothFormats(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		cell := rapid.StringOf(rapid.SampledFrom([]rune("申请张𬱖=+-@'\",;<>&\n aZ09_x"))).Draw(rt, "cell")
		s := sheet.Sheet{Name: cell, Columns: []sheet.Column{{Title: "编号", Kind: sheet.Int}, {Title: "文字"}}, Rows: rows([]any{1, cell})}
		for name, write := range map[string]func(io.Writer, sheet.Sheet) error{"xlsx": sheet.Write, "csv": sheet.WriteCSV} {
			var b bytes.Buffer
			if err := write(&b, s); err != nil {
				rt.Fatal(err)
			}
			got, err := read(t, b.Bytes(), sheet.Limits{})
			if err != nil {
				rt.Fatal(err)
			}
			want := []string{"1"}
			if c := strings.TrimSpace(cell); c != "" {
				want = append(want, c)
			}
			if diff := cmp.Diff(want, got[1]); diff != "" {
				rt.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	})
}

func TestApostrophesOfTheWriterAreNotTakenForOurs(t *testing.T) {
	for _, cell := range []string{"'=", "''=1", "'", "''", "'甲", "=''", "'+86"} {
		var b bytes.Buffer
		if err := sheet.WriteCSV(&b, sheet.Sheet{Columns: []sheet.Column{{Title: "文字"}}, Rows: rows([]any{cell})}); err != nil {
			t.Fatal(err)
		}
		got, err := read(t, b.Bytes(), sheet.Limits{})
		if err != nil || len(got) != 2 || got[1][0] != cell {
			t.Errorf("%q came back as %q, %v", cell, got, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte("a,b\n1,2\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for range sheet.Read(bytes.NewReader(b), sheet.Limits{Unpacked: 1 << 20}) {
		}
	})
}
