package document

import (
	_ "embed"
	"fmt"
	"math"
	"strings"

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
	// Hinting instructions are for screens of twenty years ago and weigh more than the outlines.
	return s.Write(), nil
}

// faces is the order in which the fonts are asked for a character.
type faces []*face

// find returns the first face that has the character.
func (fs faces) find(r rune) (int, uint16, bool) {
	for i, f := range fs {
		if g := f.sfnt.GlyphIndex(r); g != 0 {
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
		if _, _, ok := fs.find(r); ok && r >= ' ' {
			continue
		}
		around := string(runes[max(0, i-6):min(len(runes), i+7)])
		return &MissingGlyphError{Rune: r, Where: strings.ReplaceAll(around, "\n", " ")}
	}
	return nil
}

// curves writes the outline of s as a PDF path, starting at (x, y) with the page's y axis downwards, turned by angle
// (radians, clockwise on the sheet).
func (fs faces) curves(w *path, s string, size, x, y, angle float64) {
	sin, cos := math.Sincos(angle)
	for _, r := range s {
		i, g, ok := fs.find(r)
		if !ok {
			continue
		}
		f := fs[i]
		scale := size / f.unit
		// The font's y axis points up, ours down.
		p := &glyphPen{w: w, x: x, y: y, a: cos * scale, b: sin * scale}
		if err := f.sfnt.GlyphPath(p, g, 0, 0, 0, 1, font.NoHinting); err != nil {
			continue
		}
		adv := f.width(g) * size
		x, y = x+cos*adv, y+sin*adv
	}
}

// glyphPen turns and scales the outline of one glyph.
type glyphPen struct {
	w          *path
	x, y, a, b float64
	px, py     float64 // current point in font units
}

func (p *glyphPen) at(x, y float64) (float64, float64) {
	return p.x + p.a*x + p.b*y, p.y + p.b*x - p.a*y
}

func (p *glyphPen) MoveTo(x, y float64) {
	p.px, p.py = x, y
	p.w.moveTo(p.at(x, y))
}

func (p *glyphPen) LineTo(x, y float64) {
	p.px, p.py = x, y
	p.w.lineTo(p.at(x, y))
}

func (p *glyphPen) QuadTo(cx, cy, x, y float64) {
	p.CubeTo(p.px+(cx-p.px)*2/3, p.py+(cy-p.py)*2/3, x+(cx-x)*2/3, y+(cy-y)*2/3, x, y)
}

func (p *glyphPen) CubeTo(ax, ay, bx, by, x, y float64) {
	p.px, p.py = x, y
	ax, ay = p.at(ax, ay)
	bx, by = p.at(bx, by)
	x, y = p.at(x, y)
	p.w.curveTo(ax, ay, bx, by, x, y)
}

func (p *glyphPen) Close() { p.w.close() }
