package document

import (
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Renderer draws papers. It holds the parsed fonts (about 30 MB), so keep one per process. Safe for concurrent use.
type Renderer struct {
	own    faces
	wenkai func() (*face, error)
}

// New returns a renderer. The fonts are TrueType files of the county's own, such as a licensed 仿宋; they are asked
// for each character in the order given, then the built-in face is, which is unpacked at the first Render.
func New(fonts ...[]byte) (*Renderer, error) {
	r := &Renderer{wenkai: sync.OnceValues(wenkaiFace)}
	for i, b := range fonts {
		f, err := parseFace(b)
		if err != nil {
			return nil, fmt.Errorf("第 %d 个字体：%w", i+1, err)
		}
		r.own = append(r.own, f)
	}
	return r, nil
}

func (r *Renderer) faces() (faces, error) {
	f, err := r.wenkai()
	if err != nil {
		return nil, err
	}
	return append(append(faces(nil), r.own...), f), nil
}

// Check returns a *MissingGlyphError when a character of the paper cannot be drawn, so that a draft can be refused
// before it is signed. Render checks the same.
func (r *Renderer) Check(p Paper) error {
	fs, err := r.faces()
	if err != nil {
		return err
	}
	return check(fs, p)
}

// pictured is a block with words that are drawn but are not part of Text.
type pictured interface{ pictured() string }

func check(fs faces, p Paper) error {
	all := Text(p) + clean(p.Watermark)
	for _, b := range p.Blocks {
		if b, ok := b.(pictured); ok {
			all += "\n" + b.pictured()
		}
	}
	if !utf8.ValidString(all) {
		return fmt.Errorf("文书内容含有无法识别的编码，请用 UTF-8 重新录入")
	}
	// The tab is Text's own mark between the cells of a row; clean has taken out those that were written.
	return fs.check(strings.ReplaceAll(all, "\t", " "))
}

// Render draws the paper as a PDF file. created becomes the file's date; the same paper and date give the same bytes.
// Errors: *MissingGlyphError for a character no font has, an error naming the QR text that is too long.
func (r *Renderer) Render(p Paper, created time.Time) ([]byte, error) {
	fs, err := r.faces()
	if err != nil {
		return nil, err
	}
	if err := check(fs, p); err != nil {
		return nil, err
	}
	c := compose(p, fs, p.Size.geometry())
	if p.Size == A4 && len(c.pages) == 2 {
		if t := compose(p, fs, p.Size.geometry().tight()); len(t.pages) == 1 {
			c = t
		}
	}
	if c.err != nil {
		return nil, c.err
	}
	c.end(p)
	return c.file(p, created)
}

func compose(p Paper, fs faces, g geometry) *composer {
	c := &composer{geometry: g, fs: fs, use: make([]used, len(fs))}
	c.head(p)
	for _, b := range p.Blocks {
		if b != nil {
			b.place(c)
		}
	}
	if p.QR != nil && c.height == 0 {
		p.QR.place(c)
	}
	c.foots(p)
	return c
}
