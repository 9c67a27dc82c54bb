package sheet

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"iter"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// Kind is what a column holds. The zero value is Text.
type Kind int

// The kinds of column and the Go values their cells take; nil is an empty cell in each.
const (
	Text   Kind = iota // string or fmt.Stringer
	Int                // any integer
	Money              // int64, in 分 (cents); shown in yuan with two decimals
	Date               // time.Time, its calendar day in its own zone; the zero time is empty
	Number             // float64; NaN and infinity are empty
)

// Column is one column.
type Column struct {
	Title string
	Kind  Kind
	Width float64 // in characters; zero takes a width that suits the kind
}

// Sheet is one table. Rows yields the cells in the order of the columns, or the error that ends the table; a nil Rows is
// an empty table.
type Sheet struct {
	Name    string
	Columns []Column
	Rows    iter.Seq2[[]any, error]
}

const (
	maxRows = 1048576 // of a worksheet, head included
	maxCell = 32767   // characters of a cell
)

// Write streams the sheet as an xlsx file: bold frozen head, one style for each column. Text cells are typed strings in
// text format, so that "=1+1" stays "=1+1" even when somebody edits the cell. Errors name the row and column.
func Write(w io.Writer, s Sheet) (err error) {
	f := excelize.NewFile()
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	name := sheetName(s.Name)
	if err := f.SetSheetName("Sheet1", name); err != nil {
		return err
	}
	head, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, NumFmt: 49,
		Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E8EEF6"}}})
	if err != nil {
		return err
	}
	styles := map[Kind]int{}
	for kind, format := range map[Kind]string{Text: "@", Int: "0", Money: "#,##0.00", Date: "yyyy-mm-dd", Number: "General"} {
		if styles[kind], err = f.NewStyle(&excelize.Style{CustomNumFmt: &format}); err != nil {
			return err
		}
	}
	sw, err := f.NewStreamWriter(name)
	if err != nil {
		return err
	}
	titles := make([]any, len(s.Columns))
	for i, c := range s.Columns {
		if err := sw.SetColWidth(i+1, i+1, c.width()); err != nil {
			return err
		}
		titles[i] = excelize.Cell{StyleID: head, Value: c.Title}
	}
	if err := sw.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	if err := sw.SetRow("A1", titles); err != nil {
		return err
	}
	cells := make([]any, len(s.Columns))
	err = s.each(func(n int, row []any) error {
		if n+1 > maxRows {
			return fmt.Errorf("数据超过 %d 行，一张工作表放不下，请缩小范围后分次导出", maxRows-1)
		}
		for i, c := range s.Columns {
			v, err := c.xlsx(row[i])
			if err != nil {
				return fmt.Errorf("第 %d 行“%s”列：%w", n, c.Title, err)
			}
			cells[i] = excelize.Cell{StyleID: styles[c.Kind], Value: v}
		}
		return sw.SetRow("A"+strconv.Itoa(n+1), cells)
	})
	if err != nil {
		return err
	}
	if err := sw.Flush(); err != nil {
		return err
	}
	_, err = f.WriteTo(w)
	return err
}

// WriteCSV writes the sheet as CSV in UTF-8 with byte order mark and CRLF, as Excel and WPS expect. A text that a
// spreadsheet would take for a formula gets an apostrophe in front.
func WriteCSV(w io.Writer, s Sheet) error {
	b := bufio.NewWriter(w)
	if _, err := b.WriteString("\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(b)
	out.UseCRLF = true
	record := make([]string, len(s.Columns))
	for i, c := range s.Columns {
		record[i] = inert(c.Title)
	}
	if len(record) > 0 {
		if err := out.Write(record); err != nil {
			return err
		}
	}
	err := s.each(func(n int, row []any) error {
		for i, c := range s.Columns {
			v, err := c.csv(row[i])
			if err != nil {
				return fmt.Errorf("第 %d 行“%s”列：%w", n, c.Title, err)
			}
			record[i] = v
		}
		if len(record) == 0 {
			return nil
		}
		return out.Write(record)
	})
	if err != nil {
		return err
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return err
	}
	return b.Flush()
}

// each calls f for the rows, counted from 1, with as many cells as there are columns.
func (s Sheet) each(f func(n int, row []any) error) error {
	if s.Rows == nil {
		return nil
	}
	n := 0
	for row, err := range s.Rows {
		if err != nil {
			return err
		}
		n++
		if len(row) != len(s.Columns) {
			return fmt.Errorf("第 %d 行有 %d 个单元格，表头有 %d 列，两者必须一致", n, len(row), len(s.Columns))
		}
		if err := f(n, row); err != nil {
			return err
		}
	}
	return nil
}

func (c Column) width() float64 {
	if c.Width > 0 {
		return min(c.Width, 255)
	}
	w := float64(2*utf8.RuneCountInString(c.Title) + 2)
	switch c.Kind {
	case Text:
		return min(max(w, 20), 60)
	case Money:
		return max(w, 16)
	}
	return min(max(w, 12), 60)
}

// xlsx returns the value of a cell as the file's own type.
func (c Column) xlsx(v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	switch c.Kind {
	case Text:
		s, err := text(v)
		if err != nil {
			return nil, err
		}
		if utf8.RuneCountInString(s) > maxCell {
			return nil, fmt.Errorf("文字超过 %d 个字符，单元格放不下，请改为附件", maxCell)
		}
		return s, nil
	case Int:
		return integer(v)
	case Money:
		cents, ok := v.(int64)
		if !ok {
			return nil, fmt.Errorf("金额要用分为单位的整数（int64），实际是 %T", v)
		}
		return float64(cents) / 100, nil
	case Date:
		t, ok := v.(time.Time)
		if !ok {
			return nil, fmt.Errorf("日期要用 time.Time，实际是 %T", v)
		}
		if t.IsZero() {
			return nil, nil
		}
		// The serial number of a spreadsheet has no zone: keep the day that the zone shows.
		return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC), nil
	case Number:
		f, ok := v.(float64)
		if !ok {
			return nil, fmt.Errorf("数值要用 float64，实际是 %T", v)
		}
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, nil
		}
		return f, nil
	}
	return nil, fmt.Errorf("列的类型 %d 不认识", c.Kind)
}

func (c Column) csv(v any) (string, error) {
	x, err := c.xlsx(v)
	if err != nil || x == nil {
		return "", err
	}
	switch x := x.(type) {
	case string:
		return inert(x), nil
	case time.Time:
		return x.Format(time.DateOnly), nil
	case float64:
		if c.Kind == Money {
			return yuan(v.(int64)), nil
		}
		return strconv.FormatFloat(x, 'f', -1, 64), nil
	}
	return fmt.Sprint(x), nil
}

// yuan writes cents as yuan, exact at any size.
func yuan(cents int64) string {
	sign, u := "", uint64(cents)
	if cents < 0 {
		sign, u = "-", -u
	}
	return fmt.Sprintf("%s%d.%02d", sign, u/100, u%100)
}

func text(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case fmt.Stringer:
		return v.String(), nil
	}
	return "", fmt.Errorf("文本列要用 string，实际是 %T", v)
}

func integer(v any) (any, error) {
	switch v.(type) {
	case int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64:
		return v, nil
	}
	return nil, fmt.Errorf("整数列要用整数，实际是 %T", v)
}

// inert puts an apostrophe before a text that a spreadsheet would run as a formula when it opens a CSV file. A text that
// begins with apostrophes before such a sign gets one more, or Read could not tell them from ours.
func inert(s string) string {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(s, "'"))
	if strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return "'" + s
	}
	return s
}

// sheetName makes a name the format allows: 1 to 31 characters, none of []:*?/\, no apostrophe at either end.
func sheetName(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\`, r) || r < ' ' {
			return '_'
		}
		return r
	}, s)
	// The format counts UTF-16 units: a character outside the BMP is two.
	for r := []rune(s); len(utf16.Encode(r)) > 31; {
		r = r[:len(r)-1]
		s = string(r)
	}
	if s = strings.Trim(s, "' "); s == "" {
		return "数据"
	}
	return s
}
