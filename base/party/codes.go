// The codes that name a party: organisation codes, credential kinds and numbers.
// Pure rules; citizen numbers, telephones, names and amounts have their own files.

package party

import (
	"fmt"
	"strings"
	"unicode"

	"tongban/kernel/problem"
)

// usccAlphabet is the alphabet of GB 32100-2015: no I, O, S, V, Z, which are
// easily misread as 1, 0, 5, U, 2.
const usccAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// USCC is a unified social credit code (统一社会信用代码, GB 32100-2015): 18
// characters in upper case. It names organisations and is public, so it prints
// in full. Only [ParseUSCC] yields a checked one.
type USCC string

// ParseUSCC reads a code as people type it: spaces, full-width and lower-case
// characters are accepted. The error tells in Chinese which characters are wrong.
//
// The organisation code inside has a check character of its own
// ([OrgCode.Consistent]). It is not required to hold, since the outer check sees
// every single slip already and a wrongly issued code is still the only one its
// holder has; data quality rules may ask for it.
func ParseUSCC(s string) (USCC, error) {
	c := strings.ToUpper(compact(s))
	if c == "" {
		return "", problem.Invalid("请填写统一社会信用代码")
	}
	if err := checkLength("统一社会信用代码", c, 18); err != nil {
		return "", err
	}
	for i, r := range c {
		if strings.ContainsRune(usccAlphabet, r) {
			continue
		}
		if hint, ok := misread(r); ok {
			return "", problem.Invalid("统一社会信用代码第 %d 位是字母 %c，但代码里不用这个字母，是不是%s？", i+1, r, hint)
		}
		return "", problem.Invalid("统一社会信用代码第 %d 位“%c”不能用，只能是数字和大写字母", i+1, r)
	}
	for i := 2; i < 8; i++ {
		if c[i] < '0' || c[i] > '9' {
			return "", problem.Invalid("统一社会信用代码第 3 至 8 位是行政区划，应全是数字，第 %d 位不是", i+1)
		}
	}
	if usccCheck(c[:17]) != c[17] {
		return "", problem.Invalid("统一社会信用代码第 18 位校验不正确，请对照证照再看一遍")
	}
	return USCC(c), nil
}

// misread suggests what a letter outside the alphabet was probably meant to be.
func misread(r rune) (string, bool) {
	switch r {
	case 'I':
		return "数字 1", true
	case 'O':
		return "数字 0", true
	case 'S':
		return "数字 5", true
	case 'V':
		return "字母 U", true
	case 'Z':
		return "数字 2", true
	}
	return "", false
}

// usccCheck computes the 18th character: weights are the powers of 3 mod 31.
func usccCheck(body string) byte {
	sum, weight := 0, 1
	for i := range len(body) {
		sum += strings.IndexByte(usccAlphabet, body[i]) * weight
		weight = weight * 3 % 31
	}
	return usccAlphabet[(31-sum%31)%31]
}

// String returns the code without separators.
func (u USCC) String() string { return string(u) }

// OrgCode returns characters 9 to 17, the former organisation code
// (组织机构代码, GB 11714); empty for the zero USCC.
func (u USCC) OrgCode() OrgCode {
	if len(u) != 18 {
		return ""
	}
	return OrgCode(u[8:17])
}

// Area returns the six-digit division code (characters 3 to 8) of the
// registering authority, which need not be where the organisation is.
func (u USCC) Area() string {
	if len(u) != 18 {
		return ""
	}
	return string(u[2:8])
}

// Sort returns what kind of organisation the first two characters say it is
// (机关, 企业 …), "其他" for a pair without a row in the table.
func (u USCC) Sort() string {
	if len(u) != 18 {
		return ""
	}
	switch u[:2] {
	case "11":
		return "机关"
	case "12":
		return "事业单位"
	case "13":
		return "群团组织"
	case "51":
		return "社会团体"
	case "52":
		return "民办非企业单位"
	case "53":
		return "基金会"
	case "54":
		return "基层群众性自治组织"
	case "91":
		return "企业"
	case "92":
		return "个体工商户"
	case "93":
		return "农民专业合作社"
	case "N1", "N2", "N3":
		return "农村集体经济组织"
	}
	return "其他"
}

// OrgCode is a nine-character organisation code (组织机构代码, GB 11714) without
// the hyphen before its last character.
type OrgCode string

// ParseOrgCode reads an organisation code, with or without its hyphen.
func ParseOrgCode(s string) (OrgCode, error) {
	c := strings.ToUpper(strings.ReplaceAll(compact(s), "-", ""))
	if c == "" {
		return "", problem.Invalid("请填写组织机构代码")
	}
	if err := checkLength("组织机构代码", c, 9); err != nil {
		return "", err
	}
	for i, r := range c {
		if !isDigit(r) && (r < 'A' || r > 'Z') {
			return "", problem.Invalid("组织机构代码第 %d 位“%c”不能用，只能是数字和大写字母", i+1, r)
		}
	}
	o := OrgCode(c)
	if !o.Consistent() {
		return "", problem.Invalid("组织机构代码第 9 位校验不正确，请对照证照再看一遍")
	}
	return o, nil
}

// Consistent reports whether the ninth character is the check character of the
// first eight. Letters count 10 to 35, so the check cannot see a change of 11
// (A for L, 0 for B); the check of the USCC around it can.
func (o OrgCode) Consistent() bool {
	if len(o) != 9 {
		return false
	}
	weights := [8]int{3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		v := alnumValue(o[i])
		if v < 0 {
			return false
		}
		sum += v * w
	}
	return "0X987654321"[sum%11] == o[8]
}

// alnumValue gives 0-9 for digits, 10-35 for A-Z, -1 for anything else.
func alnumValue(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'Z':
		return int(c-'A') + 10
	}
	return -1
}

// String returns the code as it is printed, XXXXXXXX-X; empty for the zero value.
func (o OrgCode) String() string {
	if len(o) != 9 {
		return string(o)
	}
	return string(o[:8]) + "-" + string(o[8:])
}

// compact makes typed codes comparable: full-width forms become half-width;
// spaces of all kinds and invisible format characters (a pasted BOM, zero-width
// space) go, since nobody can see them to mend them.
func compact(s string) string {
	return strings.Map(func(r rune) rune {
		r = halfWidth(r)
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s)
}

// halfWidth maps the full-width forms of ASCII to ASCII.
func halfWidth(r rune) rune {
	switch {
	case r >= '！' && r <= '～':
		return r - '！' + '!'
	case r == '　':
		return ' '
	}
	return r
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// checkLength says by how much a code is too long or too short, counted in
// characters as a person counts them. It never repeats the code itself.
func checkLength(what, s string, want int) error {
	n := len([]rune(s))
	switch {
	case n < want:
		return problem.Invalid("%s应为 %d 位，现在是 %d 位，少了 %d 位", what, want, n, want-n)
	case n > want:
		return problem.Invalid("%s应为 %d 位，现在是 %d 位，多了 %d 位", what, want, n, n-want)
	}
	return nil
}

// formatMasked prints a masked text under any verb, so that no verb, width or
// flag brings the hidden part to light.
func formatMasked(f fmt.State, verb rune, masked string) {
	switch verb {
	case 's', 'v', 'q', 'x', 'X':
		fmt.Fprintf(f, fmt.FormatString(f, verb), masked)
	default:
		fmt.Fprint(f, masked)
	}
}
