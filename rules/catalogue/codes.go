package catalogue

import (
	"strings"
	"unicode"

	"tongban/base/party"
	"tongban/kernel/problem"
)

// BasicCode is the basic code of an item (基本编码, GB/T 39554.1), 12 characters
// in upper case: 2 for the nation (00) or the province that made the item, 2 item
// type, 2 national department, 3 main item, 3 sub item. Provinces put letters
// into the sub item.
type BasicCode string

// ImplementationCode is the code of one row of an implementation list (实施编码),
// 31 characters in upper case: 18 USCC of the implementing body, 1 level, 12
// basic code.
type ImplementationCode string

// HandlingCode is the code of one way an item is handled (业务办理项编码): the
// implementation code and two digits.
type HandlingCode string

// ParseBasicCode reads a basic code; case and spaces do not matter.
func ParseBasicCode(s string) (BasicCode, error) {
	c, err := codeOf("基本编码", s, 12)
	if err != nil {
		return "", err
	}
	if err := checkBasic(c, 0); err != nil {
		return "", err
	}
	return BasicCode(c), nil
}

// checkBasic checks 12 characters that begin after the given number of others.
func checkBasic(c string, before int) error {
	for i := range 9 {
		if c[i] < '0' || c[i] > '9' {
			return problem.Invalid("编码第 %d 位应是数字，只有最后三位子项可以有字母", before+i+1)
		}
	}
	if KindName(c[2:4]) == "" {
		return problem.Invalid("编码第 %d、%d 位是事项类型，“%s”不在事项类型里", before+3, before+4, c[2:4])
	}
	return nil
}

// Maker returns "00" for an item of the national catalogue, else the first two
// digits of the province that made it (43 湖南).
func (b BasicCode) Maker() string { return part(string(b), 12, 0, 2) }

// Kind returns the two digits of the item type; [KindName] gives its name.
func (b BasicCode) Kind() string { return part(string(b), 12, 2, 4) }

// Department returns the two digits of the department of the State Council.
func (b BasicCode) Department() string { return part(string(b), 12, 4, 6) }

// Main returns the three digits of the main item (主项).
func (b BasicCode) Main() string { return part(string(b), 12, 6, 9) }

// Sub returns the three characters of the sub item (子项), 000 where there is none.
func (b BasicCode) Sub() string { return part(string(b), 12, 9, 12) }

// National reports whether the item is of the national catalogue.
func (b BasicCode) National() bool { return b.Maker() == "00" }

// String returns the code without separators.
func (b BasicCode) String() string { return string(b) }

// ParseImplementationCode reads an implementation code and checks the USCC in
// it. Published codes carry lower-case letters now and then: case does not
// matter, and the result is upper case, so results are compared with ==.
func ParseImplementationCode(s string) (ImplementationCode, error) {
	c, err := codeOf("实施编码", s, 31)
	if err != nil {
		return "", err
	}
	if err := checkImplementation(c); err != nil {
		return "", err
	}
	return ImplementationCode(c), nil
}

func checkImplementation(c string) error {
	if _, err := party.ParseUSCC(c[:18]); err != nil {
		return problem.Invalid("编码前 18 位应是实施主体的统一社会信用代码：%s", problem.MessageFor(err)).Wrap(err)
	}
	if LevelName(c[18:19]) == "" {
		return problem.Invalid("编码第 19 位是行使层级，应为 1 至 6，现在是“%s”", c[18:19])
	}
	return checkBasic(c[19:31], 19)
}

// MakeImplementationCode joins body, level digit and basic code.
func MakeImplementationCode(body party.USCC, level string, basic BasicCode) (ImplementationCode, error) {
	if len(level) != 1 {
		return "", problem.Invalid("行使层级应是一位数字，1 至 6")
	}
	return ParseImplementationCode(string(body) + level + string(basic))
}

// Body returns the USCC of the implementing body.
func (c ImplementationCode) Body() party.USCC { return party.USCC(part(string(c), 31, 0, 18)) }

// Level returns the digit of the level at which the power is used; [LevelName]
// gives its name.
func (c ImplementationCode) Level() string { return part(string(c), 31, 18, 19) }

// Basic returns the basic code.
func (c ImplementationCode) Basic() BasicCode { return BasicCode(part(string(c), 31, 19, 31)) }

// String returns the code without separators.
func (c ImplementationCode) String() string { return string(c) }

// Grouped returns the code as a person compares it:
// 11431022006554231J 4 43-10-64-019-W00.
func (c ImplementationCode) Grouped() string {
	if len(c) != 31 {
		return string(c)
	}
	b := c.Basic()
	return string(c.Body()) + " " + c.Level() + " " +
		strings.Join([]string{b.Maker(), b.Kind(), b.Department(), b.Main(), b.Sub()}, "-")
}

// ParseHandlingCode reads a handling code.
func ParseHandlingCode(s string) (HandlingCode, error) {
	c, err := codeOf("业务办理项编码", s, 33)
	if err != nil {
		return "", err
	}
	if err := checkImplementation(c[:31]); err != nil {
		return "", err
	}
	if c[31] < '0' || c[31] > '9' || c[32] < '0' || c[32] > '9' {
		return "", problem.Invalid("业务办理项编码最后两位应是数字")
	}
	return HandlingCode(c), nil
}

// MakeHandlingCode joins an implementation code and the two digits of the variant.
func MakeHandlingCode(item ImplementationCode, variant string) (HandlingCode, error) {
	if len(variant) != 2 {
		return "", problem.Invalid("业务办理项序号应是两位数字")
	}
	return ParseHandlingCode(string(item) + variant)
}

// Item returns the implementation code.
func (c HandlingCode) Item() ImplementationCode {
	return ImplementationCode(part(string(c), 33, 0, 31))
}

// Variant returns the two digits that tell the ways of handling one item apart.
func (c HandlingCode) Variant() string { return part(string(c), 33, 31, 33) }

// String returns the code without separators.
func (c HandlingCode) String() string { return string(c) }

// codeOf makes a typed code comparable and checks its length and alphabet.
func codeOf(what, s string, length int) (string, error) {
	c := strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' {
			r = r - '！' + '!' // full-width forms
		}
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || r == '-' {
			return -1
		}
		return unicode.ToUpper(r)
	}, s)
	if c == "" {
		return "", problem.Invalid("请填写%s", what)
	}
	for i, r := range []rune(c) {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') {
			return "", problem.Invalid("%s第 %d 位“%c”不能用，只能是数字和字母", what, i+1, r)
		}
	}
	if len(c) != length {
		return "", problem.Invalid("%s应为 %d 位，现在是 %d 位", what, length, len(c))
	}
	return c, nil
}

// part cuts a code, and gives nothing of one that is not whole.
func part(c string, whole, from, to int) string {
	if len(c) != whole {
		return ""
	}
	return c[from:to]
}

// LevelName returns the Chinese name of a level digit (行使层级), empty for an
// unknown one.
func LevelName(digit string) string {
	switch digit {
	case "1":
		return "国家级"
	case "2":
		return "省级"
	case "3":
		return "市级"
	case "4":
		return "县级"
	case "5":
		return "乡级"
	case "6":
		return "村级"
	}
	return ""
}

// KindName returns the Chinese name of an item type (事项类型) by its two digits,
// empty for an unknown one.
func KindName(digits string) string {
	switch digits {
	case "01":
		return "行政许可"
	case "02":
		return "行政处罚"
	case "03":
		return "行政强制"
	case "04":
		return "行政征收"
	case "05":
		return "行政给付"
	case "06":
		return "行政检查"
	case "07":
		return "行政确认"
	case "08":
		return "行政奖励"
	case "09":
		return "行政裁决"
	case "10":
		return "其他行政权力"
	case "20":
		return "公共服务"
	}
	return ""
}

// Kinds returns the digits of all item types in their order.
func Kinds() []string {
	return []string{"01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "20"}
}
