package calendar

import (
	"fmt"
	"slices"
	"time"
)

// Minute is a time of day in minutes since midnight.
type Minute int

// HM returns the minute of day for hour:minute.
func HM(hour, minute int) Minute { return Minute(hour*60 + minute) }

// String returns 08:30.
func (m Minute) String() string { return fmt.Sprintf("%02d:%02d", int(m)/60, int(m)%60) }

// Opening is one stretch of office hours on a day, To excluded.
type Opening struct{ From, To Minute }

// Season is a part of the year with its own office hours (夏令时 and 冬令时
// of an office). It begins on the given day of every year and lasts until the
// next season begins.
type Season struct {
	Name  string
	Month time.Month
	Day   int
	Week  [7][]Opening // by time.Weekday
}

// Hours are the office hours of a unit. Only working days have office hours: a
// hall that opens on Saturdays does not make terms run. A weekend day that is
// worked under the notice (调休) keeps the hours of Monday unless its own
// weekday has hours. The zero Hours mean 09:00-12:00 and 13:00-17:00.
type Hours struct{ Seasons []Season }

func plainDay() []Opening { return []Opening{{HM(9, 0), HM(12, 0)}, {HM(13, 0), HM(17, 0)}} }

// Weekdays returns the same openings from Monday to Friday.
func Weekdays(o ...Opening) [7][]Opening {
	return [7][]Opening{nil, o, o, o, o, o, nil}
}

// Check refuses hours that cannot be kept: openings that overlap, run
// backwards or leave the day, seasons that begin twice on one day, and a
// season in which no day is open (a term would never end).
func (h Hours) Check() error {
	starts := map[int]bool{}
	for _, s := range h.Seasons {
		if s.Month < 1 || s.Month > 12 || s.Day < 1 || s.Day > Date(2000, s.Month+1, 0).DayOfMonth() {
			return fmt.Errorf("作息“%s”的起始日 %d月%d日 不存在，请改正", s.Name, s.Month, s.Day)
		}
		if starts[s.start()] {
			return fmt.Errorf("作息“%s”与另一段作息从同一天开始，请只留一段", s.Name)
		}
		starts[s.start()] = true
		if len(s.Week[time.Monday]) == 0 {
			return fmt.Errorf("作息“%s”没有周一的办公时间，请补上", s.Name)
		}
		for _, day := range s.Week {
			end := Minute(0)
			for _, o := range day {
				if o.From < end || o.To <= o.From || o.To > 24*60 {
					return fmt.Errorf("作息“%s”中 %s-%s 与其他时段重叠或先后颠倒，请按先后填写", s.Name, o.From, o.To)
				}
				end = o.To
			}
		}
	}
	return nil
}

func (s Season) start() int { return int(s.Month)*100 + s.Day }

// On returns the openings of d, earliest first, if d were a working day.
func (h Hours) On(d Day) []Opening {
	if len(h.Seasons) == 0 {
		return plainDay()
	}
	seasons := slices.Clone(h.Seasons)
	slices.SortFunc(seasons, func(a, b Season) int { return a.start() - b.start() })
	key := int(d.Month())*100 + d.DayOfMonth()
	s := seasons[len(seasons)-1] // before the first start of the year, last year's last season still runs
	for _, c := range seasons {
		if c.start() <= key {
			s = c
		}
	}
	if o := s.Week[d.Weekday()]; len(o) > 0 || !weekend(d) {
		return o
	}
	return s.Week[time.Monday]
}

// Worked returns the office time between two instants; negative when to is
// earlier than from.
func (t Table) Worked(h Hours, from, to time.Time) (time.Duration, error) {
	if to.Before(from) {
		w, err := t.Worked(h, to, from)
		return -w, err
	}
	var sum time.Duration
	for d := DayOf(from); !d.After(DayOf(to)); d = d.Plus(1) {
		works, err := t.IsWorkday(d)
		if err != nil {
			return 0, err
		}
		if !works {
			continue
		}
		for _, o := range h.On(d) {
			a, b := d.At(o.From), d.At(o.To)
			if a.Before(from) {
				a = from
			}
			if b.After(to) {
				b = to
			}
			if b.After(a) {
				sum += b.Sub(a)
			}
		}
	}
	return sum, nil
}

// WorkingMinutes is [Table.Worked] in whole minutes.
func (t Table) WorkingMinutes(h Hours, from, to time.Time) (int, error) {
	w, err := t.Worked(h, from, to)
	return int(w / time.Minute), err
}

// AddWorked returns the instant at which that much office time has passed
// since from. A negative time is refused.
func (t Table) AddWorked(h Hours, from time.Time, w time.Duration) (time.Time, error) {
	if w < 0 {
		return time.Time{}, fmt.Errorf("办公时间不能为负数：%v", w)
	}
	if w == 0 {
		return from.In(zone), nil
	}
	for d, idle := DayOf(from), 0; ; d = d.Plus(1) {
		works, err := t.IsWorkday(d)
		if err != nil {
			return time.Time{}, err
		}
		if !works {
			continue
		}
		open := false
		for _, o := range h.On(d) {
			a, b := d.At(o.From), d.At(o.To)
			if a.Before(from) {
				a = from
			}
			if !b.After(a) {
				continue
			}
			open = true
			if b.Sub(a) >= w {
				return a.Add(w), nil
			}
			w -= b.Sub(a)
		}
		if idle++; open {
			idle = 0
		}
		if idle > 366 {
			return time.Time{}, fmt.Errorf("作息表没有办公时间，小时期限无法推算；请先补上周一至周五的办公时间")
		}
	}
}
