package document

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func newFaces(t *testing.T) faces {
	t.Helper()
	r, err := New()
	if err != nil {
		t.Fatal(err)
	}
	fs, err := r.faces()
	if err != nil {
		t.Fatal(err)
	}
	return fs
}

func joined(ls []line) []string {
	var out []string
	for _, l := range ls {
		var b strings.Builder
		for _, u := range l.units {
			b.WriteString(u.text)
		}
		out = append(out, b.String())
	}
	return out
}

func TestNoLineBeginsWithAClosingMarkOrEndsWithAnOpeningOne(t *testing.T) {
	fs := newFaces(t)
	tests := []struct {
		text  string
		width float64
		want  string
	}{
		{"申请材料齐全，予以受理。", 6, "申请材料齐|全，予以受|理。"},
		{"申请材料齐，予以受理", 5.5, "申请材料齐，|予以受理"}, // the blank half of the comma may hang over
		{"依照《许可法》办理", 3, "依照|《许可|法》办|理"},
		{"编号TB2026办结", 4, "编号|TB2026|办结"},
		{"等等……再议", 3, "等|等……|再议"},
	}
	for _, tt := range tests {
		if got := strings.Join(joined(fs.set(tt.text, tt.width, 0)), "|"); got != tt.want {
			t.Errorf("set(%q, %v) = %s, want %s", tt.text, tt.width, got, tt.want)
		}
	}
}

func TestBreakingKeepsEveryCharacterAndEveryRule(t *testing.T) {
	fs := newFaces(t)
	rapid.Check(t, func(rt *rapid.T) {
		// Marks never come in long rows in real texts; where they do, a line must break between two of them.
		s := strings.Join(rapid.SliceOf(rapid.SampledFrom([]string{"申请", "材料，", "《许可法》", "（新办）", "“受理”。", "2026", "ABC", "乙、"})).Draw(rt, "text"), "")
		width := rapid.Float64Range(8, 30).Draw(rt, "width")
		ls := fs.set(s, width, 2)
		if got := strings.Join(joined(ls), ""); got != s {
			rt.Fatalf("breaking changed the text: %q became %q", s, got)
		}
		for i, l := range ls {
			if i > 0 && strings.Contains(neverFirst, l.units[0].text) {
				rt.Errorf("line %d begins with %q", i, l.units[0].text)
			}
			if i < len(ls)-1 && strings.Contains(neverLast, l.units[len(l.units)-1].text) {
				rt.Errorf("line %d ends with %q", i, l.units[len(l.units)-1].text)
			}
			if room := width + 0.51; l.width > room {
				rt.Errorf("line %d is %.2f em wide, room for %.2f", i, l.width, room)
			}
		}
	})
}

func TestQRPictureIsTheCode(t *testing.T) {
	const text = `https://nanling.example/t?a=1&b=<"受理">`
	svg, err := QRSVG(text)
	if err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(strings.NewReader(svg))
	title := ""
	for {
		tok, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		if c, ok := tok.(xml.CharData); ok {
			title += string(c)
		}
	}
	if !strings.Contains(title, text) {
		t.Errorf("title %q does not name the text", title)
	}
	bars, side, err := modules(text)
	if err != nil {
		t.Fatal(err)
	}
	// The finder pattern in the upper left: seven dark, then one, one, … dark at both ends.
	if bars[0] != [3]int{0, 0, 7} || (side-17)%4 != 0 {
		t.Errorf("first bar %v, side %d: not a QR code", bars[0], side)
	}
	for _, bad := range []string{"", strings.Repeat("长", 2000)} {
		if _, err := QRSVG(bad); err == nil {
			t.Errorf("no error for a text of %d bytes", len(bad))
		}
	}
}

func TestChineseNumbers(t *testing.T) {
	for n, want := range map[int]string{1: "一", 10: "十", 11: "十一", 20: "二十", 47: "四十七", 99: "九十九", 100: "100"} {
		if got := chineseNumber(n); got != want {
			t.Errorf("chineseNumber(%d) = %s, want %s", n, got, want)
		}
	}
}
