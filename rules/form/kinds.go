package form

import (
	"cmp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tongban/base/party"
	"tongban/kernel/calendar"
	"tongban/kernel/pack"
	"tongban/kernel/problem"

	"tongban/base/address"
)

const (
	yes = "yes"
	no  = "no"
)

// outside is the region of an address that is not in the county.
const outside = "outside"

// The longest texts where an element does not set its own limit, in characters.
const (
	maxText     = 200
	maxLongText = 2000
)

// regions knows the divisions of an edition.
type regions struct {
	all  []address.Region
	name map[string]string
}

func regionsOf(ed *pack.Edition) *regions {
	r, _ := pack.Cached(ed, "form.regions", func() (*regions, error) {
		out := &regions{all: pack.All[address.Region](ed, address.Kind), name: map[string]string{}}
		for _, x := range out.all {
			out.name[x.Code] = x.Name
		}
		return out, nil
	})
	return r
}

// words is the full name of a division, from the county down.
func (r *regions) words(code string) string {
	s := ""
	for _, n := range []int{6, 9, 12} {
		if len(code) >= n {
			s += r.name[code[:n]]
		}
	}
	return s
}

// canonical brings what was typed into the one form in which it is stored, or says what is wrong and how to mend it. An empty text is for the caller to judge.
//
// Stored forms: money in cents; area in square metres with two decimals; a day as 2026-11-23; yes or no; select and region as codes; an address as region code,
// a vertical bar and the rest; everything else as written.
func canonical(e Element, typed string, r *regions) (string, error) {
	typed = strings.TrimSpace(typed)
	if !utf8.ValidString(typed) {
		return "", problem.Invalid("%s里有无法识别的字符，请重新输入", e.Label)
	}
	switch e.Kind {
	case Name:
		return party.ParsePersonName(typed)
	case CitizenNumber:
		n, err := party.ParseCitizenNumber(typed)
		return n.Full(), err
	case CreditCode:
		u, err := party.ParseUSCC(typed)
		return u.String(), err
	case Phone:
		p, err := party.ParsePhone(typed)
		return p.Full(), err
	case Day:
		d, err := parseDay(typed)
		return d.String(), err
	case Money:
		c, err := party.ParseMoney(typed)
		if err != nil {
			return "", err
		}
		return strconv.FormatInt(c, 10), nil
	case Area:
		h, err := party.ParseArea(typed)
		if err != nil {
			return "", err
		}
		return strings.ReplaceAll(party.FormatArea(h), ",", ""), nil
	case Count:
		return parseCount(e, typed)
	case YesNo:
		if typed != yes && typed != no {
			return "", problem.Invalid("请选择“是”或“否”")
		}
		return typed, nil
	case Select:
		for _, o := range e.Options {
			if o.Code == typed {
				return typed, nil
			}
		}
		return "", problem.Invalid("请从给出的选项里选择%s", e.Label)
	case Region:
		if r.name[typed] == "" {
			return "", problem.Invalid("请选择%s所在的乡镇（街道）和村（社区）", e.Label)
		}
		return typed, nil
	case Address:
		return parseAddress(e, typed, r)
	}
	return parseText(e, typed)
}

func parseText(e Element, typed string) (string, error) {
	limit := e.Max
	if limit == 0 {
		limit = maxText
		if e.Kind == LongText {
			limit = maxLongText
		}
	}
	if n := utf8.RuneCountInString(typed); n > limit {
		return "", problem.Invalid("%s最多 %d 个字，现在是 %d 个字，请删减一些", e.Label, limit, n)
	}
	for _, c := range typed {
		if c < ' ' && c != '\n' && c != '\t' {
			return "", problem.Invalid("%s里有看不见的控制字符，请删去后重新输入", e.Label)
		}
	}
	if e.Kind != LongText {
		typed = strings.Join(strings.Fields(typed), " ")
	}
	return typed, nil
}

func parseCount(e Element, typed string) (string, error) {
	s := strings.Map(func(c rune) rune {
		switch {
		case c >= '０' && c <= '９':
			return c - '０' + '0'
		case c == ',' || c == '，' || c == ' ':
			return -1
		}
		return c
	}, typed)
	if e.Unit != "" {
		s = strings.TrimSuffix(s, e.Unit)
	}
	n, err := strconv.ParseInt(s, 10, 64)
	switch {
	case err != nil:
		return "", problem.Invalid("%s应填整数，例如 12", e.Label)
	case n < 0:
		return "", problem.Invalid("%s不能是负数", e.Label)
	case n > 1_000_000_000:
		return "", problem.Invalid("%s的数太大，请检查是否多写了位数", e.Label)
	}
	return strconv.FormatInt(n, 10), nil
}

// parseDay also takes a date pasted with dots or slashes, and full-width figures.
func parseDay(typed string) (calendar.Day, error) {
	s := strings.NewReplacer("/", "-", ".", "-", "－", "-", "／", "-", "。", "-", " ", "", "　", "").Replace(typed)
	s = strings.Map(func(c rune) rune {
		if c >= '０' && c <= '９' {
			return c - '０' + '0'
		}
		return c
	}, s)
	if parts := strings.Split(s, "-"); len(parts) == 3 && len(parts[0]) == 4 {
		for n := 1; n < 3; n++ {
			if len(parts[n]) == 1 {
				parts[n] = "0" + parts[n]
			}
		}
		s = strings.Join(parts, "-")
	}
	d, err := calendar.ParseDay(s)
	if err != nil {
		return d, problem.Invalid("%s", err.Error())
	}
	if d.Year() < 1900 || d.Year() > 2200 {
		return d, problem.Invalid("日期的年份是 %d，请核对", d.Year())
	}
	return d, nil
}

func parseAddress(e Element, typed string, r *regions) (string, error) {
	code, rest, both := strings.Cut(typed, "|")
	if !both {
		code, rest = "", typed
	}
	code, rest = strings.TrimSpace(code), strings.Join(strings.Fields(rest), " ")
	switch {
	case code == "":
		return "", problem.Invalid("请选择%s所在的乡镇（街道）和村（社区）；不在本县的，选“本县以外”", e.Label)
	case code != outside && r.name[code] == "":
		return "", problem.Invalid("没有这个乡镇（街道）或村（社区），请重新选择")
	case rest == "":
		return "", problem.Invalid("请把%s写到门牌号", e.Label)
	case utf8.RuneCountInString(rest) > maxText:
		return "", problem.Invalid("%s最多 %d 个字，请删减一些", e.Label, maxText)
	case strings.Contains(rest, "|"):
		return "", problem.Invalid("%s里不能有竖线“|”，请删去", e.Label)
	}
	return code + "|" + rest, nil
}

// plausible judges a well-formed value by the time at which it is given.
func plausible(e Element, text string, now time.Time) error {
	if e.Kind != CitizenNumber || text == "" {
		return nil
	}
	n, err := party.ParseCitizenNumber(text)
	if err != nil {
		return err
	}
	today := calendar.DayOf(now)
	if n.BornAfter(today.Year(), today.Month(), today.DayOfMonth()) {
		return problem.Invalid("身份号码里的出生日期还没有到，请对照证件再看一遍")
	}
	return nil
}

// shown is a stored value as people read it, in full.
func (r *regions) shown(e Element, text string) string {
	if text == "" {
		return ""
	}
	switch e.Kind {
	case Day:
		if d, err := calendar.ParseDay(text); err == nil {
			return strings.TrimSuffix(d.Chinese(), d.Chinese()[strings.Index(d.Chinese(), "（"):])
		}
	case Money:
		if c, err := strconv.ParseInt(text, 10, 64); err == nil {
			return party.FormatMoney(c) + " 元"
		}
	case Area:
		if h, err := party.ParseArea(text); err == nil {
			return party.FormatArea(h) + " ㎡"
		}
	case YesNo:
		if text == yes {
			return "是"
		}
		return "否"
	case Select:
		for _, o := range e.Options {
			if o.Code == text {
				return o.Text
			}
		}
	case Region:
		return cmp.Or(r.words(text), text)
	case Address:
		code, rest, _ := strings.Cut(text, "|")
		return r.words(code) + rest
	case Count:
		if e.Unit != "" {
			return text + " " + e.Unit
		}
	}
	return text
}

// masked is a stored value as it may stand in lists, on screens others can see and in messages.
func (r *regions) masked(e Element, text string) string {
	if !e.Personal || text == "" {
		return r.shown(e, text)
	}
	switch e.Kind {
	case CitizenNumber:
		if n, err := party.ParseCitizenNumber(text); err == nil {
			return n.Masked()
		}
	case Phone:
		if p, err := party.ParsePhone(text); err == nil {
			return p.Masked()
		}
	case Name:
		name := []rune(text)
		return string(name[0]) + strings.Repeat("*", max(1, len(name)-1))
	case Address:
		code, _, _ := strings.Cut(text, "|")
		return cmp.Or(r.words(code), "本县以外") + "****"
	case YesNo, Select, Region:
		return r.shown(e, text)
	}
	all := []rune(r.shown(e, text))
	if len(all) <= 4 {
		return "****"
	}
	return string(all[:2]) + "****" + string(all[len(all)-2:])
}

// trimNumber writes a number without needless decimals.
func trimNumber(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

func itoa(n int) string { return strconv.Itoa(n) }

func cents(text string) (int64, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}
