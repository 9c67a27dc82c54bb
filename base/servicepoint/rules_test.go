package servicepoint

import (
	"strings"
	"testing"
	"time"

	"tongban/kernel/calendar"
)

var all = []Opening{
	{Season: "summer", From: "05-01", To: "09-30", Days: []int{1, 2, 3, 4, 5, 6}, Times: []string{"08:30-12:00", "14:30-17:30"}},
	{Season: "winter", From: "10-01", To: "04-30", Days: []int{1, 2, 3, 4, 5}, Times: []string{"09:00-12:00", "13:30-17:30"}},
}

func TestOpenNowFollowsSeasonHolidaysAndOffTimeService(t *testing.T) {
	table, err := calendar.New(calendar.Seed())
	if err != nil {
		t.Fatal(err)
	}
	p := Point{Hours: all}
	for _, c := range []struct{ at, says string }{
		{"2025-06-11 09:00", "正在服务，12:00 结束"},
		{"2025-06-11 12:00", "现在不在服务时间，今天 14:30 开始"},       // the end belongs to nobody
		{"2025-06-11 17:30", "现在不在服务时间，6月12日（周四）08:30 开始"}, // the next day
		{"2025-06-14 10:00", "正在服务，12:00 结束"},              // a Saturday in summer: 错时服务
		{"2025-06-15 10:00", "现在不在服务时间，6月16日（周一）08:30 开始"}, // Sunday
		{"2025-05-31 10:00", "现在不在服务时间，6月3日（周二）08:30 开始"},  // 端午节 falls on that Saturday
		{"2025-09-28 15:00", "正在服务，17:30 结束"},              // a Sunday worked for 国庆节
		{"2025-09-30 17:30", "现在不在服务时间，10月9日（周四）09:00 开始"}, // over the holiday and into winter hours
		{"2025-12-31 13:00", "现在不在服务时间，今天 13:30 开始"},       // winter, over the turn of the year
		{"2025-04-30 08:45", "现在不在服务时间，今天 09:00 开始"},       // last day of winter
	} {
		at, err := time.ParseInLocation("2006-01-02 15:04", c.at, calendar.Zone())
		if err != nil {
			t.Fatal(err)
		}
		s, known := p.Serving(table, at.UTC())
		if got := s.Words(at); !known || got != c.says {
			t.Errorf("%s: %s, want %s", c.at, got, c.says)
		}
	}
	if _, known := (Point{Hours: []Opening{{Text: "逢赶集日"}}}).Serving(table, time.Date(2025, 6, 11, 1, 0, 0, 0, time.UTC)); known {
		t.Error("hours in words only are told by the clock")
	}
	if _, known := p.Serving(table, time.Date(2100, 6, 11, 1, 0, 0, 0, time.UTC)); known {
		t.Error("it is told beyond the calendar")
	}
}

func TestHoursThatCannotBeKeptAreRefused(t *testing.T) {
	change := func(f func([]Opening)) Point {
		hours := append([]Opening(nil), all...)
		f(hours)
		return Point{Hours: hours}
	}
	if bad := (Point{Hours: all}).check(); len(bad) > 0 {
		t.Errorf("sound hours are accused: %v", bad)
	}
	for says, p := range map[string]Point{
		"不是时间段":        change(func(h []Opening) { h[0].Times = []string{"早上"} }),
		"先后颠倒":         change(func(h []Opening) { h[0].Times = []string{"12:00-08:30"} }),
		"与前一段重叠":       change(func(h []Opening) { h[0].Times = []string{"08:30-12:00", "11:00-13:00"} }),
		"一起写":          change(func(h []Opening) { h[0].Days = nil }),
		"有的没有":         change(func(h []Opening) { h[1].Times, h[1].Days = nil, nil }),
		"5月1日 等 1 天不在": change(func(h []Opening) { h[0].From = "05-02" }),
		"同时在两个季节":      change(func(h []Opening) { h[1].To = "05-03" }),
	} {
		if got := strings.Join(p.check(), "；"); !strings.Contains(got, says) {
			t.Errorf("%q, want words of %q", got, says)
		}
	}
}
