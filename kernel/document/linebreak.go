package document

import "strings"

// 避头尾: marks that may not begin a line, and marks that may not end one (GB/T 15834-2011).
const (
	neverFirst = "、。，．！？：；》〉」』】〕）］｝〗〙”’…—～·％‰℃,.!?:;)]}>%°"
	neverLast  = "《〈「『【〔（［｛〖〘“‘￥＄([{<¥$№"
	// Full-width marks whose right half is blank: at the end of a line they count for half their width.
	halfBlank = "、。，．！？：；》〉」』】〕）］｝〗〙"
)

// line is one set line, without the blank at its end, and its width in em.
type line struct {
	units []unit
	width float64
	first bool // first line of its paragraph: indented
	last  bool // last line of its paragraph: not justified
}

// unit is a piece that is never broken: one Han character, a mark, or a run of Latin letters and digits.
type unit struct {
	text  string
	width float64
	blank bool
}

func wordRune(r rune) bool {
	return r > ' ' && r < 0x2000 && !strings.ContainsRune("\"'", r) || r == '‑' || r == '℃'
}

// units cuts a text without line feeds. A word wider than limit is cut to pieces.
func (fs faces) units(s string, limit float64) []unit {
	var out []unit
	word, width := strings.Builder{}, 0.0
	flush := func() {
		if word.Len() > 0 {
			out = append(out, unit{text: word.String(), width: width})
			word.Reset()
			width = 0
		}
	}
	for _, r := range s {
		w := fs.runeWidth(r)
		if wordRune(r) {
			if width+w > limit {
				flush()
			}
			word.WriteRune(r)
			width += w
			continue
		}
		flush()
		out = append(out, unit{text: string(r), width: w, blank: r == ' '})
	}
	flush()
	return out
}

// set breaks a text into lines of the given width (em); the first line of each paragraph is shorter by indent.
func (fs faces) set(s string, width, indent float64) []line {
	var out []line
	if width < 2 {
		width = 2
	}
	if indent > width-2 {
		indent = 0
	}
	for _, para := range strings.Split(s, "\n") {
		us := fs.units(para, width)
		room := width - indent
		for len(us) > 0 {
			n := fit(us, room)
			l := lineOf(us[:n], n == len(us))
			l.first = room < width
			out = append(out, l)
			us = us[n:]
			for len(us) > 0 && us[0].blank {
				us = us[1:]
			}
			room = width
		}
	}
	return out
}

// fit returns how many units go on a line of this width, at least one.
func fit(us []unit, room float64) int {
	n, w := 0, 0.0
	for n < len(us) {
		next := us[n].width
		if us[n].blank || strings.Contains(halfBlank, us[n].text) {
			next /= 2
		}
		if n > 0 && w+next > room+1e-6 {
			break
		}
		w += us[n].width
		n++
	}
	if n == len(us) {
		return n
	}
	// Push characters to the next line until the break is lawful; a line of marks only is broken as it stands.
	for k := n; k > 0; k-- {
		if lawful(us[k-1].text, us[k].text) {
			return k
		}
	}
	return n
}

// lawful reports whether a line may end after a and the next begin with b.
func lawful(a, b string) bool {
	if strings.Contains(neverFirst, b) || strings.Contains(neverLast, a) {
		return false
	}
	return !(a == b && (a == "…" || a == "—"))
}

func lineOf(us []unit, last bool) line {
	for len(us) > 1 && us[len(us)-1].blank {
		us = us[:len(us)-1]
	}
	l := line{last: last, units: us}
	for _, u := range us {
		l.width += u.width
	}
	return l
}
