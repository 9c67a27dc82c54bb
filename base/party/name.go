package party

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"tongban/kernel/problem"
)

// Lengths of names in characters. Nobody is turned away for a long name: the
// upper limits only keep out texts that are no names.
const (
	maxPersonName       = 80
	maxOrganisationName = 120
)

// ParsePersonName reads the name of a natural person and returns it in the one
// spelling we store and compare: any Han character including the extension
// blocks; the middle dot of names such as 阿依古丽·买买提 as U+00B7, whichever of
// its look-alikes was typed; Latin letters, spaces, hyphens, apostrophes and
// full stops for foreigners. Spaces between Han characters go (王  强).
func ParsePersonName(s string) (string, error) {
	s = visible(s)
	if s == "" {
		return "", problem.Invalid("请填写姓名")
	}
	if !utf8.ValidString(s) {
		return "", problem.Invalid("姓名里有无法识别的字符，请重新输入")
	}
	han := strings.ContainsFunc(s, isHan)
	var b strings.Builder
	letters := 0
	for _, r := range s {
		switch {
		case isMiddleDot(r), r == '.' && han:
			b.WriteRune('·')
		case isHan(r), unicode.Is(unicode.Latin, r):
			letters++
			b.WriteRune(r)
		case unicode.IsSpace(r):
			b.WriteRune(' ')
		case r == '’' || r == '‘' || r == '\'':
			b.WriteRune('\'')
		case !han && (r == '-' || r == '.' || r == ','), unicode.Is(unicode.Mn, r) && !han:
			b.WriteRune(r)
		case unicode.IsDigit(r):
			return "", problem.Invalid("姓名里不能有数字")
		case unicode.Is(unicode.Co, r):
			return "", problem.Invalid("姓名里有旧系统的自造字，别的系统认不出，请用输入法重新输入这个字；打不出来请到窗口办理")
		default:
			return "", problem.Invalid("姓名里不能有“%c”", r)
		}
	}
	name := tidySpaces(b.String())
	if strings.HasPrefix(name, "·") || strings.HasSuffix(name, "·") || strings.Contains(name, "··") {
		return "", problem.Invalid("姓名里的间隔号应在两段名字之间，只写一个")
	}
	if han && letters < 2 {
		return "", problem.Invalid("请填写完整的姓名，不要只填姓")
	}
	if letters == 0 {
		return "", problem.Invalid("请填写姓名")
	}
	if utf8.RuneCountInString(name) > maxPersonName {
		return "", problem.Invalid("姓名太长，最多 %d 个字", maxPersonName)
	}
	return name, nil
}

// ParseOrganisationName reads the name of an organisation (单位名称) as on its
// licence and returns the spelling we store and compare: brackets in a Chinese
// name are full-width （）, spaces between Han characters go.
func ParseOrganisationName(s string) (string, error) {
	s = visible(s)
	if s == "" {
		return "", problem.Invalid("请填写单位名称")
	}
	if !utf8.ValidString(s) {
		return "", problem.Invalid("单位名称里有无法识别的字符，请重新输入")
	}
	han := strings.ContainsFunc(s, isHan)
	var b strings.Builder
	letters, depth := 0, 0
	for _, r := range s {
		switch {
		case r == '(' || r == '（' || r == '〔':
			depth++
			b.WriteRune(bracket(han, '（', '('))
		case r == ')' || r == '）' || r == '〕':
			depth--
			b.WriteRune(bracket(han, '）', ')'))
		case isMiddleDot(r):
			b.WriteRune('·')
		case unicode.IsLetter(r):
			letters++
			b.WriteRune(r)
		case unicode.IsSpace(r):
			b.WriteRune(' ')
		case unicode.IsDigit(r), unicode.Is(unicode.Mn, r), strings.ContainsRune("&-.,'’、“”《》+/#", r):
			b.WriteRune(r)
		default:
			return "", problem.Invalid("单位名称里不能有“%c”", r)
		}
		if depth < 0 {
			break
		}
	}
	if depth != 0 {
		return "", problem.Invalid("单位名称里的括号不成对")
	}
	name := tidySpaces(b.String())
	if letters < 2 {
		return "", problem.Invalid("请填写完整的单位名称，与证照上的一致")
	}
	if utf8.RuneCountInString(name) > maxOrganisationName {
		return "", problem.Invalid("单位名称太长，最多 %d 个字", maxOrganisationName)
	}
	return name, nil
}

func bracket(han bool, full, half rune) rune {
	if han {
		return full
	}
	return half
}

// visible trims a typed text, turns full-width letters and digits into plain
// ones, and drops what nobody can see and therefore nobody can mend: format
// characters and variation selectors.
func visible(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) || r >= 0xFE00 && r <= 0xFE0F || r >= 0xE0100 && r <= 0xE01EF {
			return -1
		}
		// The full-width full stop is a middle dot in names, decided later.
		if r >= '０' && r <= '９' || r >= 'Ａ' && r <= 'Ｚ' || r >= 'ａ' && r <= 'ｚ' ||
			r == '　' || r == '．' || r == '－' || r == '＆' {
			return halfWidth(r)
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// isHan reports whether r is a Han character in any block up to extension J;
// the newest blocks are named because Unicode tables lag behind the standard.
func isHan(r rune) bool {
	return unicode.Is(unicode.Han, r) ||
		r >= 0x2EBF0 && r <= 0x2EE5D || // extension I
		r >= 0x323B0 && r <= 0x33479 // extension J
}

// isMiddleDot knows the dots that keyboards and old systems put into names.
func isMiddleDot(r rune) bool {
	switch r {
	case '·', '•', '‧', '∙', '⋅', '・', '･', '．':
		return true
	}
	return false
}

// tidySpaces removes spaces that touch a Han character, middle dot or full-width
// bracket, and leaves single ones elsewhere.
func tidySpaces(s string) string {
	words := strings.Fields(s)
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			before, _ := utf8.DecodeLastRuneInString(words[i-1])
			after, _ := utf8.DecodeRuneInString(w)
			if !closes(before) && !closes(after) {
				b.WriteByte(' ')
			}
		}
		b.WriteString(w)
	}
	return b.String()
}

func closes(r rune) bool { return isHan(r) || r == '·' || r == '（' || r == '）' }
