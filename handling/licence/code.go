package licence

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"tongban/base/party"
	"tongban/kernel/problem"
)

// identifierRoot is the object identifier all electronic licences share.
const identifierRoot = "1.2.156.3005.2"

// Identifier is the identifier of an electronic licence (电子证照标识, GB/T 36904).
// It names one version of one licence in the whole country. Two are compared
// with ==. Only [NewIdentifier] and [ParseIdentifier] yield checked ones.
type Identifier struct {
	// Type is the licence type (证照类型代码), 21 characters: the USCC of the body
	// that defined the type and three digits.
	Type string
	// Issuer is the code of the issuing body (颁发机构代码): its USCC, or the
	// six-digit division code that some cities use instead.
	Issuer string
	// Serial is the issuer's serial number (流水号): digits and upper-case letters.
	Serial string
	// Version is 1 for the first issue and one more at each change, up to 999.
	Version int
}

// maxSerial bounds serial numbers; published ones have 9 to 32 characters.
const maxSerial = 64

// NewIdentifier builds an identifier from its parts; case does not matter.
func NewIdentifier(licenceType, issuer, serial string, version int) (Identifier, error) {
	id := Identifier{Type: strings.ToUpper(licenceType), Issuer: strings.ToUpper(issuer), Serial: strings.ToUpper(serial), Version: version}
	if len(id.Type) != 21 {
		return Identifier{}, problem.Invalid("证照类型代码应为 21 位，现在是 %d 位", len([]rune(id.Type)))
	}
	if _, err := party.ParseUSCC(id.Type[:18]); err != nil {
		return Identifier{}, problem.Invalid("证照类型代码前 18 位应是定义机构的统一社会信用代码：%s", problem.MessageFor(err)).Wrap(err)
	}
	if !digits(id.Type[18:]) {
		return Identifier{}, problem.Invalid("证照类型代码最后 3 位应是数字")
	}
	switch {
	case len(id.Issuer) == 6 && digits(id.Issuer):
	case len(id.Issuer) == 18:
		if _, err := party.ParseUSCC(id.Issuer); err != nil {
			return Identifier{}, problem.Invalid("颁发机构代码应是统一社会信用代码：%s", problem.MessageFor(err)).Wrap(err)
		}
	default:
		return Identifier{}, problem.Invalid("颁发机构代码应是 18 位统一社会信用代码，或 6 位行政区划代码")
	}
	if len(id.Serial) < 1 || len(id.Serial) > maxSerial || strings.IndexFunc(id.Serial, notAlnum) >= 0 {
		return Identifier{}, problem.Invalid("流水号应是 1 至 %d 位数字或字母", maxSerial)
	}
	if version < 1 || version > 999 {
		return Identifier{}, problem.Invalid("版本号应在 1 至 999 之间，现在是 %d", version)
	}
	return id, nil
}

// ParseIdentifier reads an identifier as printed on a licence or in its file
// name. Spaces, full-width forms and case do not matter. The error says in
// Chinese which part is wrong.
func ParseIdentifier(s string) (Identifier, error) {
	c := strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' {
			r = r - '！' + '!'
		}
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, s)
	if c == "" {
		return Identifier{}, problem.Invalid("请填写电子证照标识")
	}
	rest, ok := strings.CutPrefix(c, identifierRoot+".")
	if !ok {
		return Identifier{}, problem.Invalid("电子证照标识应以 %s. 开头", identifierRoot)
	}
	parts := strings.Split(rest, ".")
	if len(parts) != 5 {
		return Identifier{}, problem.Invalid("电子证照标识在 %s 之后应有 5 段，用点分开，现在是 %d 段", identifierRoot, len(parts))
	}
	if len(parts[3]) != 3 || !digits(parts[3]) {
		return Identifier{}, problem.Invalid("电子证照标识的版本号应是 3 位数字")
	}
	version, err := strconv.Atoi(parts[3])
	if err != nil {
		return Identifier{}, problem.Invalid("电子证照标识的版本号应是 3 位数字").Wrap(err)
	}
	id, err := NewIdentifier(parts[0], parts[1], parts[2], version)
	if err != nil {
		return Identifier{}, err
	}
	if parts[4] != string(id.Check()) {
		return Identifier{}, problem.Invalid("电子证照标识的校验位不正确，请对照证照再看一遍")
	}
	return id, nil
}

// IsZero reports whether id is no identifier at all.
func (id Identifier) IsZero() bool { return id == Identifier{} }

// Check returns the check character over type, issuer, serial and version.
func (id Identifier) Check() byte {
	return checkCharacter(id.Type + id.Issuer + id.Serial + fmt.Sprintf("%03d", id.Version))
}

// String returns the whole identifier with its dots; empty for the zero value.
func (id Identifier) String() string {
	if id.IsZero() {
		return ""
	}
	return fmt.Sprintf("%s.%s.%s.%s.%03d.%c", identifierRoot, id.Type, id.Issuer, id.Serial, id.Version, id.Check())
}

// Next returns the identifier of the licence after a change or renewal. The new
// licence carries the old identifier as 关联证照标识.
func (id Identifier) Next() (Identifier, error) {
	return NewIdentifier(id.Type, id.Issuer, id.Serial, id.Version+1)
}

// MarshalText writes the identifier as [Identifier.String] does.
func (id Identifier) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (id *Identifier) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*id = Identifier{}
		return nil
	}
	read, err := ParseIdentifier(string(text))
	if err != nil {
		return err
	}
	*id = read
	return nil
}

const checkAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// checkCharacter is ISO/IEC 7064 MOD 37,36 over digits and upper-case letters.
func checkCharacter(s string) byte {
	p := 36
	for i := range len(s) {
		p = (p + strings.IndexByte(checkAlphabet, s[i])) % 36
		if p == 0 {
			p = 36
		}
		p = p * 2 % 37
	}
	return checkAlphabet[(37-p)%36]
}

func digits(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

func notAlnum(r rune) bool { return (r < '0' || r > '9') && (r < 'A' || r > 'Z') }
