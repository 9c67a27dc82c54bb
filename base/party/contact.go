package party

import (
	"fmt"
	"log/slog"
	"strings"
	"unicode/utf8"
	"unique"

	"tongban/kernel/problem"
)

// Phone is a Chinese telephone number: a mobile, a landline with its area code,
// or a 400/800 service line. It prints masked everywhere, like [CitizenNumber].
// Two numbers are compared with ==. The zero value is no number.
type Phone struct {
	text unique.Handle[string]
}

// ParsePhone reads a number as people write it: spaces, hyphens, brackets,
// full-width digits and +86 are accepted; an extension follows 转 or a last
// hyphen after a landline. A landline must carry its area code, or nobody
// outside the town can call it.
func ParsePhone(s string) (Phone, error) {
	c := compact(s)
	if c == "" {
		return Phone{}, problem.Invalid("请填写联系电话")
	}
	c = strings.NewReplacer("(", "", ")", "-", "—", "-", "–", "-", "－", "-", "转", "x", "分机", "x").Replace(c)
	c = strings.TrimPrefix(c, "+")
	if rest, ok := strings.CutPrefix(c, "0086"); ok {
		c = rest
	} else if rest, ok := strings.CutPrefix(c, "86"); ok && len(digitsOf(c)) > 11 {
		c = rest
	}
	c = strings.Trim(c, "-")
	for _, r := range c {
		if !isDigit(r) && r != '-' && r != 'x' {
			return Phone{}, problem.Invalid("电话号码里有不能用的字符“%c”，请只填数字", r)
		}
	}
	d, ext, _ := strings.Cut(c, "x")
	d, ext = strings.Trim(d, "-"), digitsOf(ext)
	all := digitsOf(d)
	if isMobile(all) && ext == "" {
		return Phone{unique.Make(all)}, nil
	}
	if all != "" && all[0] == '1' {
		if len(all) != 11 {
			return Phone{}, problem.Invalid("手机号码应为 11 位，现在是 %d 位", len(all))
		}
		return Phone{}, problem.Invalid("手机号码前三位不正确，请再看一遍")
	}
	if len(all) == 10 && (strings.HasPrefix(all, "400") || strings.HasPrefix(all, "800")) {
		return Phone{unique.Make(all)}, nil
	}
	if all == "" || all[0] != '0' {
		return Phone{}, problem.Invalid("请填写 11 位手机号码，或带区号的固定电话，例如 0746-2345678")
	}
	return parseLandline(d, all, ext)
}

func parseLandline(written, all, ext string) (Phone, error) {
	// 010 and 02x are the three-digit area codes; all others have four digits.
	area := 4
	if strings.HasPrefix(all, "01") || strings.HasPrefix(all, "02") {
		area = 3
	}
	if len(all) <= area {
		return Phone{}, problem.Invalid("固定电话只有区号，请把号码填完整，例如 0746-2345678")
	}
	if parts := strings.Split(written, "-"); ext == "" && len(parts) > 2 && len(parts[0]) == area {
		ext = strings.Join(parts[2:], "")
		all = parts[0] + parts[1]
	}
	local := all[area:]
	switch {
	case len(local) == 5 && local[0] == '1': // a hotline called from outside: 0746-12345
	case (len(local) == 7 || len(local) == 8) && local[0] >= '2':
	default:
		return Phone{}, problem.Invalid("固定电话区号后面应是 7 至 8 位号码，现在是 %d 位", len(local))
	}
	if len(ext) > 6 {
		return Phone{}, problem.Invalid("分机号太长，最多 6 位")
	}
	text := all[:area] + "-" + local
	if ext != "" {
		text += "-" + ext
	}
	return Phone{unique.Make(text)}, nil
}

func isMobile(d string) bool {
	return len(d) == 11 && d[0] == '1' && d[1] >= '3' && d[1] <= '9'
}

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if isDigit(r) {
			return r
		}
		return -1
	}, s)
}

// IsZero reports whether p is no number at all.
func (p Phone) IsZero() bool { return p == Phone{} }

// IsMobile reports whether a text message can reach the number.
func (p Phone) IsMobile() bool { return isMobile(p.Full()) }

// Full returns the number: 11 digits, or area code, hyphen, number and perhaps
// hyphen and extension.
func (p Phone) Full() string {
	if p.IsZero() {
		return ""
	}
	return p.text.Value()
}

// Masked hides four digits: 138****5678, 0746-****678. Service lines belong to
// no person and stay whole.
func (p Phone) Masked() string {
	s := p.Full()
	if isMobile(s) {
		return s[:3] + "****" + s[7:]
	}
	area, rest, ok := strings.Cut(s, "-")
	if !ok {
		return s
	}
	local, _, _ := strings.Cut(rest, "-")
	if len(local) < 7 {
		return s
	}
	return area + "-****" + local[4:]
}

// String returns the masked number.
func (p Phone) String() string { return p.Masked() }

// Format prints the masked number under every verb.
func (p Phone) Format(f fmt.State, verb rune) { formatMasked(f, verb, p.Masked()) }

// LogValue puts the masked number into logs.
func (p Phone) LogValue() slog.Value { return slog.StringValue(p.Masked()) }

// MarshalText writes the masked number; store from [Phone.Full].
func (p Phone) MarshalText() ([]byte, error) { return []byte(p.Masked()), nil }

// CredentialKind is the kind of an identity document (证件类型) by the code of
// GA/T 517.
type CredentialKind string

// The kinds a county window meets. The codes are those in common use; check
// them against the standard before exchanging data by them.
const (
	IdentityCard           CredentialKind = "111" // 居民身份证
	TemporaryIdentityCard  CredentialKind = "112" // 临时居民身份证
	HouseholdRegister      CredentialKind = "113" // 户口簿
	Passport               CredentialKind = "414" // 普通护照
	TaiwanTravelPermit     CredentialKind = "511" // 台湾居民来往大陆通行证
	HongKongMacaoPermit    CredentialKind = "516" // 港澳居民来往内地通行证
	ForeignPermanentPermit CredentialKind = "553" // 外国人永久居留身份证
)

// CredentialKinds lists the known kinds in the order a form offers them.
func CredentialKinds() []CredentialKind {
	return []CredentialKind{IdentityCard, TemporaryIdentityCard, HouseholdRegister,
		HongKongMacaoPermit, TaiwanTravelPermit, ForeignPermanentPermit, Passport}
}

// Label returns the Chinese name of the kind, empty if it is not known.
func (k CredentialKind) Label() string {
	switch k {
	case IdentityCard:
		return "居民身份证"
	case TemporaryIdentityCard:
		return "临时居民身份证"
	case HouseholdRegister:
		return "户口簿"
	case Passport:
		return "普通护照"
	case TaiwanTravelPermit:
		return "台湾居民来往大陆通行证"
	case HongKongMacaoPermit:
		return "港澳居民来往内地通行证"
	case ForeignPermanentPermit:
		return "外国人永久居留身份证"
	}
	return ""
}

// holdsCitizenNumber reports whether the document carries a citizen number.
func (k CredentialKind) holdsCitizenNumber() bool {
	return k == IdentityCard || k == TemporaryIdentityCard || k == HouseholdRegister
}

// Credential is an identity document: its kind and number. The number prints
// masked everywhere, like [CitizenNumber]. Two are compared with ==.
type Credential struct {
	Kind CredentialKind
	text unique.Handle[string]
}

// ParseCredential reads the number of a document of the given kind. Documents
// that carry a citizen number are checked as such; permanent residence cards of
// 18 characters begin with 9 and bear the same check character; of the others
// only the characters and the length (5 to 20) are checked, because issuers differ.
func ParseCredential(kind CredentialKind, s string) (Credential, error) {
	if kind.Label() == "" {
		return Credential{}, problem.Invalid("证件类型“%s”不在可选范围内，请重新选择", shorten(string(kind), 12))
	}
	if kind.holdsCitizenNumber() {
		n, err := ParseCitizenNumber(s)
		if err != nil {
			return Credential{}, err
		}
		return Credential{kind, n.text}, nil
	}
	c := strings.ToUpper(strings.ReplaceAll(compact(s), "-", ""))
	if c == "" {
		return Credential{}, problem.Invalid("请填写%s号码", kind.Label())
	}
	for i, r := range []rune(c) {
		if !isDigit(r) && (r < 'A' || r > 'Z') {
			return Credential{}, problem.Invalid("%s号码第 %d 位“%c”不能用，只能是数字和字母", kind.Label(), i+1, r)
		}
	}
	if len(c) < 5 || len(c) > 20 {
		return Credential{}, problem.Invalid("%s号码应为 5 至 20 位，现在是 %d 位", kind.Label(), len(c))
	}
	if kind == ForeignPermanentPermit && len(c) == 18 {
		if c[0] != '9' || len(digitsOf(c[:17])) != 17 || citizenCheck(c[:17]) != c[17] {
			return Credential{}, problem.Invalid("外国人永久居留身份证号码不正确，18 位号码以 9 开头，请对照证件再看一遍")
		}
	}
	return Credential{kind, unique.Make(c)}, nil
}

// IsZero reports whether c is no document at all.
func (c Credential) IsZero() bool { return c == Credential{} }

// Full returns the whole number.
func (c Credential) Full() string {
	if c.text == (unique.Handle[string]{}) {
		return ""
	}
	return c.text.Value()
}

// CitizenNumber returns the citizen number the document carries, if it does.
func (c Credential) CitizenNumber() (CitizenNumber, bool) {
	if !c.Kind.holdsCitizenNumber() || c.Full() == "" {
		return CitizenNumber{}, false
	}
	return CitizenNumber{c.text}, true
}

// Masked shows at most the first two and last two characters, or those of a
// citizen number.
func (c Credential) Masked() string {
	if n, ok := c.CitizenNumber(); ok {
		return n.Masked()
	}
	s := c.Full()
	if s == "" {
		return ""
	}
	if len(s) < 7 {
		return s[:1] + strings.Repeat("*", len(s)-1)
	}
	return s[:2] + strings.Repeat("*", len(s)-4) + s[len(s)-2:]
}

// String returns the masked number.
func (c Credential) String() string { return c.Masked() }

// Format prints the masked number under every verb.
func (c Credential) Format(f fmt.State, verb rune) { formatMasked(f, verb, c.Masked()) }

// LogValue puts kind and masked number into logs.
func (c Credential) LogValue() slog.Value {
	return slog.GroupValue(slog.String("kind", string(c.Kind)), slog.String("number", c.Masked()))
}

// MarshalText writes the masked number; store from [Credential.Full].
func (c Credential) MarshalText() ([]byte, error) { return []byte(c.Masked()), nil }

// shorten keeps foreign input from flooding a message.
func shorten(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n]) + "…"
}
