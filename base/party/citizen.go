package party

import (
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"
	"unique"

	"tongban/kernel/problem"
)

// CitizenNumber is a citizen identification number (公民身份号码, GB 11643-1999).
// It prints masked under every verb, in logs and in JSON; only
// [CitizenNumber.Full] and [CitizenNumber.Grouped] give it away, and stand out
// where they are called. Two numbers are compared with ==. The zero value is no
// number.
type CitizenNumber struct {
	// The handle keeps the text behind a pointer: printing a struct that holds
	// a number in an unexported field bypasses our methods and then shows an
	// address only.
	text unique.Handle[string]
}

// Sex as coded in GB/T 2261.1.
type Sex int

const (
	Male   Sex = 1 // 男
	Female Sex = 2 // 女
)

// String returns 男, 女 or 未知.
func (s Sex) String() string {
	switch s {
	case Male:
		return "男"
	case Female:
		return "女"
	}
	return "未知"
}

// ParseCitizenNumber reads an 18-character number as people type it: spaces are
// ignored, full-width digits and a lower-case x accepted. Residence permits of
// Hong Kong, Macao and Taiwan residents carry such numbers too (81, 82, 83).
// The error says in Chinese which group of digits is wrong and never repeats
// the number. Whether the birth date lies in the future is asked with
// [CitizenNumber.BornAfter], since that needs today.
func ParseCitizenNumber(s string) (CitizenNumber, error) {
	c := strings.ToUpper(compact(s))
	if c == "" {
		return CitizenNumber{}, problem.Invalid("请填写身份证号码")
	}
	if n := len([]rune(c)); n == 15 {
		return CitizenNumber{}, problem.Invalid("这是 15 位的旧号码，请填写现在身份证上的 18 位号码")
	}
	if err := checkLength("身份证号码", c, 18); err != nil {
		return CitizenNumber{}, err
	}
	for i, r := range []rune(c) {
		switch {
		case isDigit(r):
		case i == 17 && r == 'X':
		case i == 17:
			return CitizenNumber{}, problem.Invalid("身份证号码第 18 位应是数字或 X")
		case r == 'O':
			return CitizenNumber{}, problem.Invalid("身份证号码第 %d 位是字母 O，是不是数字 0？", i+1)
		default:
			return CitizenNumber{}, problem.Invalid("身份证号码第 %d 位应是数字，现在是“%c”", i+1, r)
		}
	}
	if c[0] == '9' {
		return CitizenNumber{}, problem.Invalid("以 9 开头的 18 位号码是外国人永久居留身份证号码，请把证件类型改为“外国人永久居留身份证”")
	}
	if !provinceDigits(c[:2]) {
		return CitizenNumber{}, problem.Invalid("身份证号码第 1 至 6 位地区码不正确，请对照证件再看一遍")
	}
	if _, _, _, ok := birthDate(c[6:14]); !ok {
		return CitizenNumber{}, problem.Invalid("身份证号码第 7 至 14 位出生日期不存在，请对照证件再看一遍")
	}
	if citizenCheck(c[:17]) != c[17] {
		return CitizenNumber{}, problem.Invalid("第 18 位校验不正确，请对照证件再看一遍")
	}
	return CitizenNumber{unique.Make(c)}, nil
}

// ImportCitizenNumber reads a number from an old register: 18 characters, or
// the 15 digits of before 1999, which are widened with the century 19 and the
// check character. Forms filled in today use [ParseCitizenNumber].
func ImportCitizenNumber(s string) (CitizenNumber, error) {
	c := compact(s)
	if len(c) != 15 {
		return ParseCitizenNumber(s)
	}
	for i, r := range c {
		if !isDigit(r) {
			return CitizenNumber{}, problem.Invalid("15 位旧身份证号码第 %d 位应是数字", i+1)
		}
	}
	body := c[:6] + "19" + c[6:]
	return ParseCitizenNumber(body + string(citizenCheck(body)))
}

// citizenCheck computes the 18th character (ISO 7064 MOD 11-2).
func citizenCheck(body string) byte {
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += int(body[i]-'0') * w
	}
	return "10X98765432"[sum%11]
}

// provinceDigits reports whether two digits open a division code of GB/T 2260
// or a residence permit of Hong Kong (81), Macao (82) or Taiwan (83) residents.
func provinceDigits(d string) bool {
	switch d {
	case "11", "12", "13", "14", "15", "21", "22", "23",
		"31", "32", "33", "34", "35", "36", "37",
		"41", "42", "43", "44", "45", "46", "50", "51", "52", "53", "54",
		"61", "62", "63", "64", "65", "71", "81", "82", "83":
		return true
	}
	return false
}

// birthDate reads yyyymmdd and reports whether such a day exists.
func birthDate(d string) (year int, month time.Month, day int, ok bool) {
	y, _ := strconv.Atoi(d[:4])
	m, _ := strconv.Atoi(d[4:6])
	dd, _ := strconv.Atoi(d[6:])
	if y < 1800 || y > 2099 {
		return 0, 0, 0, false
	}
	t := time.Date(y, time.Month(m), dd, 0, 0, 0, 0, time.UTC)
	if t.Year() != y || int(t.Month()) != m || t.Day() != dd {
		return 0, 0, 0, false
	}
	return y, time.Month(m), dd, true
}

// IsZero reports whether n is no number at all.
func (n CitizenNumber) IsZero() bool { return n == CitizenNumber{} }

// Full returns all 18 characters. Store it sealed, and show it only to those
// who may see it.
func (n CitizenNumber) Full() string {
	if n.IsZero() {
		return ""
	}
	return n.text.Value()
}

// Grouped returns the full number in groups of 6-8-4 for reading it aloud and
// comparing it with the card. Like [CitizenNumber.Full] it hides nothing.
func (n CitizenNumber) Grouped() string {
	s := n.Full()
	if s == "" {
		return ""
	}
	return s[:6] + " " + s[6:14] + " " + s[14:]
}

// Masked returns the first six and the last four characters with stars between.
func (n CitizenNumber) Masked() string {
	s := n.Full()
	if s == "" {
		return ""
	}
	return s[:6] + "********" + s[14:]
}

// Area returns the six digits of the division where the number was first given.
func (n CitizenNumber) Area() string {
	s := n.Full()
	if s == "" {
		return ""
	}
	return s[:6]
}

// Born returns the birth date in the number, in the shape of [time.Time.Date];
// zeros for no number.
func (n CitizenNumber) Born() (year int, month time.Month, day int) {
	s := n.Full()
	if s == "" {
		return 0, 0, 0
	}
	year, month, day, _ = birthDate(s[6:14])
	return year, month, day
}

// BornAfter reports whether the birth date lies after the given day, which no
// living person's does: ParseCitizenNumber(s) and then n.BornAfter(now.Date()).
func (n CitizenNumber) BornAfter(year int, month time.Month, day int) bool {
	y, m, d := n.Born()
	return !n.IsZero() && dayNumber(y, m, d) > dayNumber(year, month, day)
}

// CheckBorn returns the error for a birth date after the given day (today), nil
// if there is none.
func (n CitizenNumber) CheckBorn(year int, month time.Month, day int) error {
	if n.BornAfter(year, month, day) {
		return problem.Invalid("身份证号码第 7 至 14 位出生日期晚于今天，请对照证件再看一遍")
	}
	return nil
}

// AgeOn returns the full years of age (周岁) reached on the given day, counting
// the birthday itself as reached; one born on 29 February reaches it on 1 March
// in common years. Negative before birth. A rule that counts from the day after
// the birthday asks about the day before.
func (n CitizenNumber) AgeOn(year int, month time.Month, day int) int {
	y, m, d := n.Born()
	age := year - y
	if month < m || month == m && day < d {
		age--
	}
	return age
}

func dayNumber(y int, m time.Month, d int) int { return y*10000 + int(m)*100 + d }

// Sex returns the sex coded in the 17th digit: odd is male.
func (n CitizenNumber) Sex() Sex {
	s := n.Full()
	switch {
	case s == "":
		return 0
	case (s[16]-'0')%2 == 1:
		return Male
	}
	return Female
}

// String returns the masked number.
func (n CitizenNumber) String() string { return n.Masked() }

// Format prints the masked number under every verb.
func (n CitizenNumber) Format(f fmt.State, verb rune) { formatMasked(f, verb, n.Masked()) }

// LogValue puts the masked number into logs.
func (n CitizenNumber) LogValue() slog.Value { return slog.StringValue(n.Masked()) }

// MarshalText writes the masked number, so JSON made from a struct that happens
// to hold one gives nothing away. There is no way back: what must be kept is
// stored from [CitizenNumber.Full].
func (n CitizenNumber) MarshalText() ([]byte, error) { return []byte(n.Masked()), nil }
