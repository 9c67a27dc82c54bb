package document

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"

	qrcode "github.com/skip2/go-qrcode"
)

// quiet is the blank border of a QR code in modules (ISO/IEC 18004).
const quiet = 4

// modules returns the dark modules of a QR code as horizontal bars {x, y, width}, and the side, in modules.
func modules(text string) (bars [][3]int, side int, err error) {
	if text == "" {
		return nil, 0, fmt.Errorf("二维码内容为空，请填写要编码的网址或编号")
	}
	q, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return nil, 0, fmt.Errorf("二维码内容过长（%d 字节），请缩短网址或编号：%w", len(text), err)
	}
	q.DisableBorder = true
	m := q.Bitmap()
	for y, row := range m {
		for x := 0; x < len(row); {
			if !row[x] {
				x++
				continue
			}
			from := x
			for x < len(row) && row[x] {
				x++
			}
			bars = append(bars, [3]int{from, y, x - from})
		}
	}
	return bars, len(m), nil
}

// QRSVG returns a QR code (error level M, blank border included) as an SVG picture without style or script. The text is
// the picture's name for those who cannot see it. Errors: empty text, or more than about 2,300 bytes.
func QRSVG(text string) (string, error) {
	bars, side, err := modules(text)
	if err != nil {
		return "", err
	}
	var name bytes.Buffer
	if err := xml.EscapeText(&name, []byte(text)); err != nil {
		return "", err
	}
	var b strings.Builder
	full := side + 2*quiet
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" shape-rendering="crispEdges"><title>二维码：%s</title><path fill="#fff" d="M0 0h%dv%dH0z"/><path fill="#000" d="`,
		full, full, name.String(), full, full)
	for _, m := range bars {
		fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", m[0]+quiet, m[1]+quiet, m[2], m[2])
	}
	b.WriteString(`"/></svg>`)
	return b.String(), nil
}

// qrAt draws a QR code with its upper left corner, blank border not counted, at (x, y).
func (c *composer) qrAt(text string, x, y, side float64) {
	bars, n, err := modules(text)
	if err != nil {
		if c.err == nil {
			c.err = err
		}
		return
	}
	// One module is one unit of a matrix of its own.
	unit := side / float64(n)
	fmt.Fprintf(c.p, "q %.4f 0 0 %.4f %.2f %.2f cm\n", unit, unit, x, -y)
	for _, m := range bars {
		c.p.rect(float64(m[0]), float64(m[1]), float64(m[2]), 1)
	}
	c.p.nums("f")
	c.p.nums("Q")
	c.started = true
}

// corner draws the code of the paper in the upper right corner, in the margin, clear of the letter head.
func (c *composer) corner(q QR) {
	side := 21 * mm
	x, y := c.width-c.right-side, c.top-side-5.5*mm
	if c.top < 30*mm { // a licence: inside its frame
		x, y = c.width-20*mm-side, 19*mm
	}
	c.qrAt(q.Text, x, y, side)
	st := style{size: 8.5, ink: black}
	for i, l := range c.fs.set(clean(q.Caption), (side+6*mm)/st.size, 0) {
		c.put(l, x-3*mm, y+side+1*mm+float64(i)*10, side+6*mm, 10, Centre, false, st)
	}
}

func (b QR) place(c *composer) {
	st := style{size: c.small, ink: black}
	ls := c.fs.set(clean(b.Caption), c.inner()/st.size, 0)
	gap := 2 * mm
	c.need(c.geometry.code + 2*gap + float64(len(ls))*c.smallPitch)
	c.y += gap
	c.qrAt(b.Text, (c.width-c.geometry.code)/2, c.y, c.geometry.code)
	c.y += c.geometry.code + gap
	for _, l := range ls {
		c.need(c.smallPitch)
		c.put(l, c.left, c.y, c.inner(), c.smallPitch, Centre, false, st)
		c.y += c.smallPitch
	}
}
