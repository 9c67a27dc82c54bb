package calendar

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// zone is UTC+8 all year round. A fixed offset, because a server without
// tzdata must count the same days, and because Asia/Shanghai had summer time
// until 1991, which no deadline of today may inherit.
var zone = time.FixedZone("Asia/Shanghai", 8*60*60)

// Zone returns the time zone of every civil date here: UTC+8.
func Zone() *time.Location { return zone }

// Day is a civil date without time and zone. The zero Day means "no date".
// Days compare with ==.
type Day struct {
	n int32 // days since 0001-01-01, that day being 1
}

// Date returns the day of that year, month and day of month. Values outside
// their range are carried over as [time.Date] does: November 31 is December 1.
func Date(year int, month time.Month, day int) Day {
	return civil(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

// DayOf returns the civil date on which the instant falls in UTC+8.
func DayOf(t time.Time) Day {
	t = t.In(zone)
	return Date(t.Year(), t.Month(), t.Day())
}

// epoch is 1970-01-01 as a Day number.
const epoch = 719163

func civil(t time.Time) Day {
	s := t.Unix()
	n := s / 86400
	if s%86400 < 0 {
		n--
	}
	return Day{int32(n + epoch)}
}

func (d Day) utc() time.Time { return time.Unix((int64(d.n)-epoch)*86400, 0).UTC() }

// ParseDay reads 2026-11-23, 20261123, 2026年11月23日 (one-digit months and
// days allowed in the last form). A date that does not exist is an error.
func ParseDay(s string) (Day, error) {
	var y, m, d int
	ok := false
	switch {
	case len(s) == 8:
		ok = digits(s[:4], &y) && digits(s[4:6], &m) && digits(s[6:], &d)
	case len(s) == 10 && s[4] == '-' && s[7] == '-':
		ok = digits(s[:4], &y) && digits(s[5:7], &m) && digits(s[8:], &d)
	default:
		ok = chineseDate(s, &y, &m, &d)
	}
	if !ok {
		return Day{}, fmt.Errorf("日期“%s”写法不对，请写成 2026-11-23、20261123 或 2026年11月23日", clip(s))
	}
	day := Date(y, time.Month(m), d)
	if y < 1 || day.Year() != y || int(day.Month()) != m || day.DayOfMonth() != d {
		return Day{}, fmt.Errorf("日期“%s”不存在，请核对年月日", clip(s))
	}
	return day, nil
}

// MustDay is [ParseDay] for dates written in the program; it panics on a
// wrong one.
func MustDay(s string) Day {
	d, err := ParseDay(s)
	if err != nil {
		panic(err)
	}
	return d
}

func chineseDate(s string, y, m, d *int) bool {
	year, rest, ok := cut(s, "年")
	if !ok || len(year) != 4 {
		return false
	}
	month, rest, ok := cut(rest, "月")
	if !ok || len(month) > 2 {
		return false
	}
	day, rest, ok := cut(rest, "日")
	return ok && rest == "" && len(day) <= 2 && digits(year, y) && digits(month, m) && digits(day, d)
}

func cut(s, sep string) (before, after string, ok bool) {
	for i := 0; i+len(sep) <= len(s); i++ {
		if s[i:i+len(sep)] == sep {
			return s[:i], s[i+len(sep):], true
		}
	}
	return s, "", false
}

func digits(s string, n *int) bool {
	if s == "" {
		return false
	}
	*n = 0
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
		*n = *n*10 + int(s[i]-'0')
	}
	return true
}

// clip keeps a wrong input from flooding a message.
func clip(s string) string {
	r := []rune(s)
	if len(r) > 30 {
		return string(r[:30]) + "…"
	}
	return string(r)
}

// IsZero reports whether d is "no date".
func (d Day) IsZero() bool { return d.n == 0 }

// Year returns the year of d.
func (d Day) Year() int { return d.utc().Year() }

// Month returns the month of d.
func (d Day) Month() time.Month { return d.utc().Month() }

// DayOfMonth returns the day of the month, from 1.
func (d Day) DayOfMonth() int { return d.utc().Day() }

// Weekday returns the day of the week.
func (d Day) Weekday() time.Weekday { return time.Weekday(((d.n % 7) + 7) % 7) } // 0001-01-01 was a Monday

// Plus returns the day n natural days later (earlier when n is negative).
func (d Day) Plus(n int) Day { return Day{d.n + int32(n)} }

// Since returns the natural days from e to d: positive when d is later.
func (d Day) Since(e Day) int { return int(d.n - e.n) }

// Before reports whether d is earlier than e.
func (d Day) Before(e Day) bool { return d.n < e.n }

// After reports whether d is later than e.
func (d Day) After(e Day) bool { return d.n > e.n }

// Compare returns -1, 0 or 1 as d is earlier than, equal to or later than e.
func (d Day) Compare(e Day) int {
	switch {
	case d.n < e.n:
		return -1
	case d.n > e.n:
		return 1
	}
	return 0
}

// Equal reports whether d and e are the same date.
func (d Day) Equal(e Day) bool { return d == e }

// Start returns the first instant of d, 00:00 in UTC+8.
func (d Day) Start() time.Time { return d.At(0) }

// End returns the instant at which d is over: 00:00 of the following day.
func (d Day) End() time.Time { return d.Plus(1).Start() }

// At returns the instant on d at that time of day.
func (d Day) At(m Minute) time.Time {
	return time.Unix((int64(d.n)-epoch)*86400-8*3600+int64(m)*60, 0).In(zone)
}

// String returns 2026-11-23, or "" for no date.
func (d Day) String() string {
	if d.IsZero() {
		return ""
	}
	return d.utc().Format("2006-01-02")
}

// Chinese returns 2026年11月23日（周一）, or "" for no date.
func (d Day) Chinese() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%d年%s", d.Year(), d.Short())
}

// Short returns 11月23日（周一）, or "" for no date.
func (d Day) Short() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%d月%d日（周%s）", d.Month(), d.DayOfMonth(), [...]string{"日", "一", "二", "三", "四", "五", "六"}[d.Weekday()])
}

// MarshalText writes 2026-11-23, or nothing for no date.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what [ParseDay] reads; an empty text is no date.
func (d *Day) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = Day{}
		return nil
	}
	day, err := ParseDay(string(b))
	if err == nil {
		*d = day
	}
	return err
}

// Value stores the day as the text 2026-11-23, so that both engines order it
// rightly; no date is NULL.
func (d Day) Value() (driver.Value, error) {
	if d.IsZero() {
		return nil, nil
	}
	return d.String(), nil
}

// Scan reads a stored day: text, a time (its civil date as written), or NULL.
func (d *Day) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*d = Day{}
		return nil
	case string:
		return d.UnmarshalText([]byte(v))
	case []byte:
		return d.UnmarshalText(v)
	case time.Time:
		*d = Date(v.Year(), v.Month(), v.Day())
		return nil
	}
	return fmt.Errorf("日期栏存的是 %T，不是日期", src)
}
