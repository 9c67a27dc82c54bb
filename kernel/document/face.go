package document

import (
	"bytes"
	_ "embed"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"unicode"

	"github.com/klauspost/compress/zstd"
	"github.com/tdewolff/font"
)

//go:embed font/LXGWWenKai-Regular.ttf.zst
var wenkai []byte

// face is one parsed font file. It is read only: the subsetter of the font library writes into the tables it is given,
// therefore subset works on a copy.
type face struct {
	sfnt *font.SFNT
	name string
	unit float64 // one em in font units

	glyphs sync.Map // what was looked up before: the font's own table is searched from its beginning each time
}

// glyph finds the glyph of a character; 0 when the font has none.
func (f *face) glyph(r rune) uint16 {
	if g, known := f.glyphs.Load(r); known {
		return g.(uint16)
	}
	g := f.sfnt.GlyphIndex(r)
	if g != 0 { // what a font can draw is limited, what somebody may write is not
		f.glyphs.Store(r, g)
	}
	return g
}

func parseFace(b []byte) (*face, error) {
	f, err := font.ParseFont(b, 0)
	if err != nil {
		return nil, fmt.Errorf("字体文件无法读取，请提供 TrueType（.ttf）格式的字体：%w", err)
	}
	if !f.IsTrueType || f.Glyf == nil {
		return nil, fmt.Errorf("字体文件不是 TrueType 轮廓，请提供 .ttf 格式（不支持 .otf、.ttc）")
	}
	name := "Face"
	if r := f.Name.Get(font.NamePostScript); len(r) > 0 {
		name = pdfNameOf(r[0].String())
	}
	return &face{sfnt: f, name: name, unit: float64(f.Head.UnitsPerEm)}, nil
}

func wenkaiFace() (*face, error) {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer d.Close()
	b, err := d.DecodeAll(wenkai, make([]byte, 0, 16<<20))
	if err != nil {
		return nil, fmt.Errorf("内置字体已损坏，请重新安装程序：%w", err)
	}
	return parseFace(b)
}

// width returns the advance of a glyph in em.
func (f *face) width(glyph uint16) float64 { return float64(f.sfnt.GlyphAdvance(glyph)) / f.unit }

// subset returns a font file with just these glyphs, in this order; a glyph may come twice under two code points.
func (f *face) subset(glyphs []uint16) ([]byte, error) {
	own := *f.sfnt
	maxp, head, hhea := *own.Maxp, *own.Head, *own.Hhea
	own.Maxp, own.Head, own.Hhea = &maxp, &head, &hhea
	s, err := own.Subset(append([]uint16(nil), glyphs...), font.SubsetOptions{Tables: font.KeepPDFTables})
	if err != nil {
		return nil, err
	}
	return fontFile(s.Tables)
}

// faces is the order in which the fonts are asked for a character.
type faces []*face

// find returns the first face that has the character.
func (fs faces) find(r rune) (int, uint16, bool) {
	for i, f := range fs {
		if g := f.glyph(r); g != 0 {
			return i, g, true
		}
	}
	return 0, 0, false
}

// width returns the length of s in em.
func (fs faces) width(s string) float64 {
	w := 0.0
	for _, r := range s {
		w += fs.runeWidth(r)
	}
	return w
}

func (fs faces) runeWidth(r rune) float64 {
	i, g, ok := fs.find(r)
	if !ok {
		return 1
	}
	return fs[i].width(g)
}

// MissingGlyphError says that no font at hand can draw a character. Nothing is rendered: a paper with a hole in a
// person's name is worse than none.
type MissingGlyphError struct {
	Rune  rune
	Where string // the text around it
}

// Error names the character, its code point and the way out.
func (e *MissingGlyphError) Error() string {
	return fmt.Sprintf("字库缺字：“%c”（U+%04X），出现在“%s”；请联系管理员加装含有该字的字体文件后重新生成", e.Rune, e.Rune, e.Where)
}

// check returns an error for the first character of s that no face has, invisible ones included.
func (fs faces) check(s string) error {
	runes := []rune(s)
	for i, r := range runes {
		if r == '\n' {
			continue
		}
		// A character that shows nothing (Cf: zero width, direction marks) would be signed unseen.
		if _, _, ok := fs.find(r); ok && !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			continue
		}
		around := string(runes[max(0, i-6):min(len(runes), i+7)])
		return &MissingGlyphError{Rune: r, Where: strings.ReplaceAll(around, "\n", " ")}
	}
	return nil
}

// curves draws s as filled outlines, starting at (x, y) and turned by angle (radians, clockwise on the sheet). Outlines are
// written in whole font units under a matrix of their own: exact, and a third of the bytes.
func (fs faces) curves(w *path, s string, size, x, y, angle float64) {
	sin, cos := math.Sincos(angle)
	for _, r := range s {
		i, g, ok := fs.find(r)
		if !ok {
			continue
		}
		f := fs[i]
		adv := f.width(g) * size
		pen := &glyphPen{}
		if err := f.sfnt.GlyphPath(pen, g, 0, 0, 0, 1, font.NoHinting); err == nil && pen.b.Len() > 0 {
			k := size / f.unit
			fmt.Fprintf(w, "q %.5f %.5f %.5f %.5f %.2f %.2f cm\n", cos*k, -sin*k, sin*k, cos*k, x, -y)
			w.Write(pen.b.Bytes())
			w.WriteString("f\nQ\n")
		}
		x, y = x+cos*adv, y+sin*adv
	}
}

// glyphPen writes the outline of one glyph in font units.
type glyphPen struct {
	b      bytes.Buffer
	px, py float64 // current point
}

func (p *glyphPen) op(op string, vs ...float64) {
	for _, v := range vs {
		p.b.Write(strconv.AppendInt(p.b.AvailableBuffer(), int64(math.Round(v)), 10))
		p.b.WriteByte(' ')
	}
	p.b.WriteString(op)
	p.b.WriteByte('\n')
}

// MoveTo, LineTo, QuadTo, CubeTo and Close are what the font library draws with.
func (p *glyphPen) MoveTo(x, y float64) {
	p.px, p.py = x, y
	p.op("m", x, y)
}

func (p *glyphPen) LineTo(x, y float64) {
	p.px, p.py = x, y
	p.op("l", x, y)
}

func (p *glyphPen) QuadTo(cx, cy, x, y float64) {
	p.CubeTo(p.px+(cx-p.px)*2/3, p.py+(cy-p.py)*2/3, x+(cx-x)*2/3, y+(cy-y)*2/3, x, y)
}

func (p *glyphPen) CubeTo(ax, ay, bx, by, x, y float64) {
	p.px, p.py = x, y
	p.op("c", ax, ay, bx, by, x, y)
}

// Close needs no operator: filling closes.
func (p *glyphPen) Close() {}
