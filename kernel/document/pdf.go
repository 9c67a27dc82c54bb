package document

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/klauspost/compress/zlib"
)

// path writes PDF path operators. Its y axis points down from the top of the sheet, in points.
type path struct{ bytes.Buffer }

func (p *path) nums(op string, vs ...float64) {
	for _, v := range vs {
		b := strconv.AppendFloat(p.AvailableBuffer(), v, 'f', 2, 64)
		if bytes.IndexByte(b, '.') >= 0 {
			b = bytes.TrimRight(bytes.TrimRight(b, "0"), ".")
		}
		if len(b) == 2 && b[0] == '-' && b[1] == '0' {
			b = b[1:]
		}
		p.Write(b)
		p.WriteByte(' ')
	}
	p.WriteString(op)
	p.WriteByte('\n')
}

func (p *path) moveTo(x, y float64) { p.nums("m", x, -y) }
func (p *path) lineTo(x, y float64) { p.nums("l", x, -y) }
func (p *path) curveTo(ax, ay, bx, by, x, y float64) {
	p.nums("c", ax, -ay, bx, -by, x, -y)
}
func (p *path) close()                  { p.nums("h") }
func (p *path) rect(x, y, w, h float64) { p.nums("re", x, -y-h, w, h) }

// use draws a form with its origin at (x, y).
func (p *path) use(name string, x, y float64) {
	p.nums("q")
	p.nums("cm", 1, 0, 0, 1, x, -y)
	p.WriteString(name + " Do\n")
	p.nums("Q")
}

// circle adds a circle of four curves.
func (p *path) circle(x, y, r float64) {
	const k = 0.5522847498
	p.moveTo(x+r, y)
	p.curveTo(x+r, y+k*r, x+k*r, y+r, x, y+r)
	p.curveTo(x-k*r, y+r, x-r, y+k*r, x-r, y)
	p.curveTo(x-r, y-k*r, x-k*r, y-r, x, y-r)
	p.curveTo(x+k*r, y-r, x+r, y-k*r, x+r, y)
	p.close()
}

// ink is a colour, 0xRRGGBB.
type ink uint32

const (
	black   ink = 0x000000
	sealRed ink = 0xC8201A
	pale    ink = 0xE6EBF0
	grey    ink = 0x59616B
)

func (k ink) part(shift int) float64 { return float64(k>>shift&0xFF) / 255 }

func (p *path) fillInk(k ink)   { p.nums("rg", k.part(16), k.part(8), k.part(0)) }
func (p *path) strokeInk(k ink) { p.nums("RG", k.part(16), k.part(8), k.part(0)) }

// used is what one file takes from one face. A code point has a character code of its own even where the font draws two
// code points with one glyph: only so does the text layer give back what was written.
type used struct {
	code   map[rune]uint16
	runes  []rune
	glyphs []uint16
}

func (u *used) of(r rune, glyph uint16) uint16 {
	if c, ok := u.code[r]; ok {
		return c
	}
	if u.code == nil {
		u.code = map[rune]uint16{}
		u.glyphs = []uint16{0}
	}
	c := uint16(len(u.glyphs))
	u.code[r] = c
	u.runes = append(u.runes, r)
	u.glyphs = append(u.glyphs, glyph)
	return c
}

// pdf is a file in the making: objects in order, written once each.
type pdf struct {
	buf     bytes.Buffer
	offsets []int
	packer  *zlib.Writer
}

func newPDF() *pdf {
	// Speed counts: a licence is drawn for every grant, and the last tenth of smallness costs as much computing as all the rest of the
	// drawing. The level is known good, and a bytes.Buffer cannot fail.
	packer, _ := zlib.NewWriterLevel(nil, zlib.BestSpeed)
	w := &pdf{packer: packer}
	w.buf.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	return w
}

// reserve gives out the number of an object that is written later.
func (w *pdf) reserve() int {
	w.offsets = append(w.offsets, 0)
	return len(w.offsets)
}

func (w *pdf) object(n int, body string) {
	w.offsets[n-1] = w.buf.Len()
	fmt.Fprintf(&w.buf, "%d 0 obj\n%s\nendobj\n", n, body)
}

func (w *pdf) stream(n int, dict string, data []byte) {
	var z bytes.Buffer
	w.packer.Reset(&z)
	_, _ = w.packer.Write(data)
	_ = w.packer.Close()
	w.offsets[n-1] = w.buf.Len()
	fmt.Fprintf(&w.buf, "%d 0 obj\n<<%s/Filter/FlateDecode/Length %d>>stream\n", n, dict, z.Len())
	w.buf.Write(z.Bytes())
	w.buf.WriteString("\nendstream\nendobj\n")
}

// font writes one subset font and returns nothing but its error; ref is the number pages refer to.
func (w *pdf) font(ref int, f *face, u *used) error {
	program, err := f.subset(u.glyphs)
	if err != nil {
		return fmt.Errorf("字体子集生成失败：%w", err)
	}
	scale := 1000 / f.unit
	var widths strings.Builder
	for i, g := range u.glyphs[1:] {
		if i > 0 {
			widths.WriteByte(' ')
		}
		widths.WriteString(strconv.Itoa(int(float64(f.sfnt.GlyphAdvance(g))*scale + 0.5)))
	}
	sum := sha256.Sum256([]byte(string(u.runes)))
	tag := make([]byte, 6)
	for i := range tag {
		tag[i] = 'A' + sum[i]%26
	}
	name := string(tag) + "+" + f.name
	desc, cid, file, uni := w.reserve(), w.reserve(), w.reserve(), w.reserve()
	w.stream(file, fmt.Sprintf("/Length1 %d", len(program)), program)
	w.stream(uni, "", toUnicode(u.runes))
	at := func(v int16) int { return int(float64(v) * scale) }
	h := f.sfnt.Head
	w.object(desc, fmt.Sprintf("<</Type/FontDescriptor/FontName/%s/Flags 4/FontBBox[%d %d %d %d]/ItalicAngle 0/Ascent %d/Descent %d/CapHeight %d/StemV 80/FontFile2 %d 0 R>>",
		name, at(h.XMin), at(h.YMin), at(h.XMax), at(h.YMax), at(f.sfnt.Hhea.Ascender), at(f.sfnt.Hhea.Descender), at(f.sfnt.OS2.SCapHeight), file))
	w.object(cid, fmt.Sprintf("<</Type/Font/Subtype/CIDFontType2/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/CIDToGIDMap/Identity/DW 1000/W[1[%s]]/FontDescriptor %d 0 R>>",
		name, widths.String(), desc))
	w.object(ref, fmt.Sprintf("<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>", name, cid, uni))
	return nil
}

// toUnicode maps codes 1, 2, 3 … to their code points, at most 100 to a block as the format asks.
func toUnicode(runes []rune) []byte {
	var b bytes.Buffer
	b.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n" +
		"/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def\n/CMapName/Adobe-Identity-UCS def\n/CMapType 2 def\n" +
		"1 begincodespacerange\n<0000><FFFF>\nendcodespacerange\n")
	code := 1
	for part := range slices.Chunk(runes, 100) {
		fmt.Fprintf(&b, "%d beginbfchar\n", len(part))
		for _, r := range part {
			fmt.Fprintf(&b, "<%04X><", code)
			for _, u := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&b, "%04X", u)
			}
			b.WriteString(">\n")
			code++
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString("endcmap\nCMapName currentdict/CMap defineresource pop\nend\nend")
	return b.Bytes()
}

// finish writes the table of objects and returns the file. The file's id is the hash of what stands before it.
func (w *pdf) finish(root, info int) []byte {
	id := sha256.Sum256(w.buf.Bytes())
	start := w.buf.Len()
	fmt.Fprintf(&w.buf, "xref\n0 %d\n0000000000 65535 f \n", len(w.offsets)+1)
	for _, o := range w.offsets {
		fmt.Fprintf(&w.buf, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&w.buf, "trailer\n<</Size %d/Root %d 0 R/Info %d 0 R/ID[<%x><%x>]>>\nstartxref\n%d\n%%%%EOF\n",
		len(w.offsets)+1, root, info, id[:16], id[:16], start)
	return w.buf.Bytes()
}

// pdfText writes a string as UTF-16 in hexadecimal: no character needs escaping.
func pdfText(s string) string {
	var b strings.Builder
	b.WriteString("<FEFF")
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04X", u)
	}
	b.WriteByte('>')
	return b.String()
}

// pdfDate writes a moment with its offset from UTC.
func pdfDate(t time.Time) string {
	zone := t.Format("-0700")
	return "(D:" + t.Format("20060102150405") + zone[:3] + "'" + zone[3:] + "')"
}

// pdfNameOf keeps of a font's name what a PDF name may hold.
func pdfNameOf(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '-' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' {
			return r
		}
		return -1
	}, s)
	if s == "" {
		return "Face"
	}
	return s
}
