package document

import (
	"strconv"
	"strings"
)

// plain collects the text of a paper, one line per line, cells of a row parted by a tab.
type plain struct{ b strings.Builder }

func (t *plain) line(s string) {
	if s = clean(s); s != "" {
		t.b.WriteString(s)
		t.b.WriteByte('\n')
	}
}

func (t *plain) cells(cells []string) {
	row := make([]string, len(cells))
	for i, c := range cells {
		row[i] = clean(c)
	}
	t.b.WriteString(strings.Join(row, "\t"))
	t.b.WriteByte('\n')
}

// Text returns the exact text that stands in the paper, in reading order: the same characters, spaces and line ends
// apart, that a reader copies out of the rendered file. It is what is signed, searched and read aloud.
func Text(p Paper) string {
	var t plain
	t.line(p.Issuer)
	t.line(p.Title)
	t.line(p.Number)
	roll := p.Size == Receipt80 || p.Size == Receipt58
	if p.QR != nil && !roll {
		t.line(p.QR.Caption)
	}
	for _, b := range p.Blocks {
		if b != nil {
			b.text(&t)
		}
	}
	if p.QR != nil && roll {
		t.line(p.QR.Caption)
	}
	t.line(p.Footer)
	return t.b.String()
}

func (b Heading) text(t *plain)   { t.line(b.Text) }
func (b Paragraph) text(t *plain) { t.line(b.Text) }
func (b QR) text(t *plain)        { t.line(b.Caption) }
func (b Seal) text(*plain)        {}
func (b Spacer) text(*plain)      {}

func (b Fields) text(t *plain) {
	for _, r := range b.Rows {
		t.cells([]string{r.Label, r.Value})
	}
}

func (b Table) text(t *plain) {
	if len(b.Columns) == 0 {
		return
	}
	t.cells(b.head())
	for _, r := range b.Rows {
		t.cells(b.row(r))
	}
}

// head returns the column titles.
func (b Table) head() []string {
	out := make([]string, len(b.Columns))
	for i, c := range b.Columns {
		out[i] = c.Title
	}
	return out
}

// row returns the cells of one row, as many as there are columns.
func (b Table) row(r []string) []string {
	out := make([]string, len(b.Columns))
	copy(out, r)
	return out
}

func (b List) text(t *plain) {
	for i, s := range b.Items {
		t.line(b.mark(i) + s)
	}
}

func (b Signature) text(t *plain) {
	t.line(b.Issuer)
	t.line(b.Date)
}

// mark returns the number before item i, counted from 0.
func (b List) mark(i int) string {
	switch b.Style {
	case Arabic:
		return strconv.Itoa(i+1) + "．"
	case Bracket:
		return "（" + chineseNumber(i+1) + "）"
	case Chinese:
		return chineseNumber(i+1) + "、"
	}
	return ""
}

// chineseNumber writes 1 to 99 in Chinese; above that, which no paper numbers so, in digits.
func chineseNumber(n int) string {
	digits := []string{"", "一", "二", "三", "四", "五", "六", "七", "八", "九"}
	switch {
	case n < 1 || n > 99:
		return strconv.Itoa(n)
	case n < 10:
		return digits[n] // #nosec G602 -- 1 to 9
	case n < 20:
		return "十" + digits[n-10] // #nosec G602 -- 10 to 19
	}
	return digits[n/10] + "十" + digits[n%10] // #nosec G602 -- 20 to 99
}

// clean brings the line ends to \n, a tab to a space, and drops empty lines at the end.
func clean(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\t", " ", "\u00a0", " ").Replace(s)
	return strings.TrimRight(s, "\n ")
}
