package servicepoint

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tongban/kernel/calendar"
)

// Hours are the opening hours of one day, read from the pack's words (08:30-12:00).
func (o Opening) hours() ([]calendar.Opening, error) {
	var out []calendar.Opening
	end := calendar.Minute(-1)
	for _, text := range o.Times {
		var fh, fm, th, tm int
		if n, err := fmt.Sscanf(text, "%d:%d-%d:%d", &fh, &fm, &th, &tm); n != 4 || err != nil || fh > 23 || th > 24 || fm > 59 || tm > 59 {
			return nil, fmt.Errorf("“%s”不是时间段，写成 08:30-12:00 的样子", text)
		}
		h := calendar.Opening{From: calendar.HM(fh, fm), To: calendar.HM(th, tm)}
		if h.To <= h.From || h.From <= end || h.To > 24*60 {
			return nil, fmt.Errorf("时间段“%s”先后颠倒，或与前一段重叠", text)
		}
		end = h.To
		out = append(out, h)
	}
	return out, nil
}

// holds reports whether the opening is that of the season in which a day lies.
func (o Opening) holds(d calendar.Day) bool {
	day := fmt.Sprintf("%02d-%02d", d.Month(), d.DayOfMonth())
	return o.From == "" || o.From <= o.To && o.From <= day && day <= o.To || o.From > o.To && (day >= o.From || day <= o.To)
}

// on is when people are served on a day. Monday to Friday follow the working calendar: closed on holidays, and a weekend day worked under
// the yearly notice (调休) has the hours of Monday. A Saturday or Sunday that the point itself lists (错时服务) is open unless it is a holiday.
func (p Point) on(t calendar.Table, d calendar.Day) ([]calendar.Opening, error) {
	for _, o := range p.Hours {
		if !o.holds(d) || len(o.Times) == 0 {
			continue
		}
		mark, err := t.Look(d)
		if err != nil {
			return nil, err
		}
		weekday := int(d.Weekday()+6)%7 + 1 // 1 is Monday
		weekend := weekday > 5
		switch {
		case mark.Work && weekend && !slices.Contains(o.Days, weekday):
			weekday = 1
		case !mark.Work && (!weekend || mark.Layer != ""): // a listed day of rest is a holiday
			return nil, nil
		}
		if slices.Contains(o.Days, weekday) {
			return o.hours()
		}
		return nil, nil
	}
	return nil, nil
}

// Serving is whether people are served at an instant, and when that changes next; At is zero when it does not within two weeks.
type Serving struct {
	Open bool
	At   time.Time
}

// Serving answers "open now?". known is false where the pack gives the hours in words only, or the calendar does not reach.
func (p Point) Serving(t calendar.Table, at time.Time) (s Serving, known bool) {
	if !slices.ContainsFunc(p.Hours, func(o Opening) bool { return len(o.Times) > 0 }) {
		return s, false
	}
	for d, n := calendar.DayOf(at), 0; n < 15; d, n = d.Plus(1), n+1 {
		hours, err := p.on(t, d)
		if err != nil {
			return Serving{}, n > 0 // the calendar ends ahead of us: what is said of today holds
		}
		for _, h := range hours {
			from, to := d.At(h.From), d.At(h.To)
			if !at.Before(from) && at.Before(to) {
				return Serving{Open: true, At: to}, true
			}
			if at.Before(from) {
				return Serving{At: from}, true
			}
		}
	}
	return s, true
}

// check says what is wrong with the hours of a point.
func (p Point) check() (out []string) {
	timed := 0
	for _, o := range p.Hours {
		if _, err := o.hours(); err != nil {
			out = append(out, err.Error())
		}
		if len(o.Times) > 0 {
			timed++
		}
		if (len(o.Days) == 0) != (len(o.Times) == 0) {
			out = append(out, "days 和 times 要一起写")
		}
		if (o.From == "") != (o.To == "") {
			out = append(out, "季节的 from 和 to 要一起写")
		}
	}
	if timed == 0 {
		return out
	}
	if timed < len(p.Hours) {
		out = append(out, "有的季节写了 times，有的没有")
	}
	var none, twice []string
	for d := calendar.Date(2028, 1, 1); d.Year() == 2028; d = d.Plus(1) { // a leap year has every day there is
		n := 0
		for _, o := range p.Hours {
			if o.holds(d) {
				n++
			}
		}
		day := fmt.Sprintf("%d月%d日", d.Month(), d.DayOfMonth())
		if n == 0 {
			none = append(none, day)
		} else if n > 1 {
			twice = append(twice, day)
		}
	}
	if len(none) > 0 {
		out = append(out, fmt.Sprintf("%s 等 %d 天不在任何季节里", none[0], len(none)))
	}
	if len(twice) > 0 {
		out = append(out, fmt.Sprintf("%s 等 %d 天同时在两个季节里", twice[0], len(twice)))
	}
	return out
}

// Words is the answer as a reader at that instant understands it.
func (s Serving) Words(at time.Time) string {
	local := s.At.In(calendar.Zone())
	when := local.Format("15:04")
	switch days := calendar.DayOf(at).String(); {
	case s.At.IsZero() && !s.Open:
		return "两周内不开门"
	case s.Open:
		return "正在服务，" + when + " 结束"
	case calendar.DayOf(s.At).String() == days:
		return "现在不在服务时间，今天 " + when + " 开始"
	}
	return "现在不在服务时间，" + strings.TrimSpace(fmt.Sprintf("%d月%d日（周%s）%s 开始", local.Month(), local.Day(), []string{"日", "一", "二", "三", "四", "五", "六"}[local.Weekday()], when))
}
