package clock

import (
	"fmt"
	"strings"
	"time"

	"tongban/kernel/calendar"
)

// Step is one line of the explanation of a due date.
type Step struct {
	Kind StepKind
	Day  calendar.Day // the day the step is about
	Text string       // a Chinese sentence
}

// StepKind says what a step shows, so that a page can choose a sign for it.
type StepKind string

// The kinds of step. The entries of the ledger keep their own names.
const (
	StepHoliday StepKind = "holiday" // days off under a notice
	StepMakeUp  StepKind = "makeup"  // weekend days that are worked
	StepWeekend StepKind = "weekend" // how many ordinary weekend days fell out
	StepDue     StepKind = "due"     // the result; always the last
)

// Explain shows, in the order of time, how the due dates come about, in words
// an applicant can follow and count along. The last step states the dates that
// [Ledger.Due] gives.
func (l Ledger) Explain(cal Calendar) ([]Step, error) {
	due, err := l.Due(cal)
	if err != nil || len(l.Entries) == 0 {
		return nil, err
	}
	x := explainer{l: l, cal: cal}
	end := due.Promised.Day
	if due.Statutory.Day.After(end) {
		end = due.Statutory.Day
	}
	x.day = calendar.DayOf(l.Entries[0].At)
	for i := range l.Entries {
		if err := x.walk(calendar.DayOf(l.Entries[i].At), end); err != nil {
			return nil, err
		}
		if err := x.entry(i); err != nil {
			return nil, err
		}
	}
	if l.Phase() != Stopped {
		if err := x.walk(end, end); err != nil {
			return nil, err
		}
	}
	if x.weekends > 0 {
		x.step(StepWeekend, x.day, "期间另有周末休息日%d天，不计入工作日。", x.weekends)
	}
	x.step(StepDue, end, "%s", l.verdict(due))
	return x.steps, nil
}

type explainer struct {
	l        Ledger
	cal      Calendar
	steps    []Step
	day      calendar.Day // walked so far, this day included
	paused   bool
	weekends int
}

func (x *explainer) step(k StepKind, d calendar.Day, format string, args ...any) {
	x.steps = append(x.steps, Step{k, d, fmt.Sprintf(format, args...)})
}

// byWorkdays reports whether a side leaves days off out of its count.
func (l Ledger) byWorkdays() bool {
	for _, u := range []Unit{l.Promised.Unit, l.Statutory.Unit} {
		if u == Workday || u == Hour || u == Minute {
			return true
		}
	}
	return false
}

// walk tells of the days off and the worked weekends up to and including to,
// but not beyond the end of the terms. Days inside a pause are left out anyway
// and are not told one by one.
func (x *explainer) walk(to, end calendar.Day) error {
	if to.After(end) {
		to = end
	}
	if x.paused || !x.l.byWorkdays() {
		if to.After(x.day) {
			x.day = to
		}
		return nil
	}
	for !x.day.Plus(1).After(to) {
		x.day = x.day.Plus(1)
		m, err := x.cal.Look(x.day)
		if err != nil {
			return err
		}
		switch {
		case m.Work && m.Source != "":
			x.step(StepMakeUp, x.day, "%s因%s调休上班，计入工作日。", x.day.Short(), m.Name)
		case !m.Work && m.Source == "":
			x.weekends++
		case !m.Work:
			first := x.day
			for !x.day.Plus(1).After(to) {
				n, err := x.cal.Look(x.day.Plus(1))
				if err != nil {
					return err
				}
				if n.Work || n.Name != m.Name {
					break
				}
				x.day = x.day.Plus(1)
			}
			if first == x.day {
				x.step(StepHoliday, first, "%s%s放假，不计入。", first.Short(), m.Name)
			} else {
				x.step(StepHoliday, first, "%s至%s%s放假，共%d天，不计入。", first.Short(), x.day.Short(), m.Name, x.day.Since(first)+1)
			}
		}
	}
	return nil
}

func (x *explainer) entry(i int) error {
	e := x.l.Entries[i]
	d := calendar.DayOf(e.At)
	add := func(format string, args ...any) { x.step(StepKind(e.Kind), d, format, args...) }
	switch e.Kind {
	case Start:
		word := e.Reason
		if word == "" {
			word = "开始计时"
		}
		if x.l.timed() {
			add("%s%s%s；%s。按小时计算的期限只计办公时间，按日计算的期限当日不计入。", d.Short(), clockTime(e.At), word, x.l.limits())
		} else {
			add("%s%s，当日不计入，自次日起算；%s。", d.Short(), word, x.l.limits())
		}
	case Pause:
		x.paused = true
		why := e.Reason
		if why == "" {
			why = e.Code
		}
		used, err := x.used(e.At)
		if err != nil {
			return err
		}
		add("%s起因“%s”暂停计时（文书：%s），暂停当日仍计入，至此已用%s。", d.Short(), why, e.Document, used)
	case Resume:
		x.paused = false
		out, err := x.excluded(i)
		if err != nil {
			return err
		}
		add("%s恢复计时，自次日起继续计算；暂停期间%s。", d.Short(), out)
	case Extend:
		var parts []string
		for _, s := range []Side{Promised, Statutory} {
			if n := e.more(s); n > 0 {
				parts = append(parts, fmt.Sprintf("%s%s", s, Term{n, x.l.Term(s).Unit}))
			}
		}
		add("%s经%s批准延长：%s（理由：%s）。", d.Short(), e.Approver, strings.Join(parts, "，"), e.Reason)
	case Stop:
		x.paused = false
		word := e.Reason
		if word == "" {
			word = "终止计时"
		}
		add("%s%s，计时到此为止。", d.Short(), word)
	case Recomputed:
		text := e.Reason
		if text == "" {
			text = "工作日历调整（" + e.Change + "），期限重新推算。"
		}
		add("%s%s", d.Short(), text)
	}
	return nil
}

// used says how much of the first limit there is was used at t.
func (x *explainer) used(t time.Time) (string, error) {
	unit := x.l.Promised.Unit
	if x.l.Promised.None() {
		unit = x.l.Statutory.Unit
	}
	r := ruler{x.cal, unit}
	n, _, err := x.l.position(r, t)
	return r.term(n).String(), err
}

// excluded says how long the pause ended by entry i lasted, side by side where
// the two count differently, and whether it still mattered.
func (x *explainer) excluded(i int) (string, error) {
	pause := x.l.Entries[i]
	for j := i - 1; j >= 0; j-- {
		if x.l.Entries[j].Kind == Pause {
			pause = x.l.Entries[j]
			break
		}
	}
	var said []string
	for _, s := range []Side{Promised, Statutory} {
		t := x.l.Term(s)
		if t.None() {
			continue
		}
		r := ruler{x.cal, t.Unit}
		n, err := r.span(pause.At, x.l.Entries[i].At)
		if err != nil {
			return "", err
		}
		before := Ledger{x.l.Clock, x.l.Entries[:i]}
		lim, err := before.limit(x.cal, s)
		if err != nil {
			return "", err
		}
		text := r.term(n).String() + "不计入期限"
		if lim.Passed(pause.At) {
			text = s.String() + "此前已于" + lim.String() + "届满，不因暂停而顺延"
		}
		if len(said) == 0 || said[len(said)-1] != text {
			said = append(said, text)
		}
	}
	return strings.Join(said, "，"), nil
}

// verdict is the last line.
func (l Ledger) verdict(due Due) string {
	var parts []string
	for _, s := range []Side{Promised, Statutory} {
		lim := due.Limit(s)
		if lim.IsZero() {
			continue
		}
		text := fmt.Sprintf("%s到%s届满", s, lim)
		if lim.Held {
			text += "（按现行日历本应更早，为不缩短已告知的期限而保留）"
		}
		parts = append(parts, text)
	}
	text := strings.Join(parts, "；") + "。"
	if due.Suspended {
		text += "目前计时暂停，恢复后按实际暂停时间顺延。"
	}
	if due.Provisional {
		text += "部分日期所在年度的放假安排尚未公布，暂按周末和固定节日推算，公布后重新推算并告知。"
	}
	return text
}

func (l Ledger) timed() bool {
	return ruler{unit: l.Promised.Unit}.timed() || ruler{unit: l.Statutory.Unit}.timed()
}

func (l Ledger) limits() string {
	var parts []string
	for _, s := range []Side{Promised, Statutory} {
		if t := l.Term(s); !t.None() {
			text := t.String()
			if t.Amount == 0 {
				text = "当日"
			}
			parts = append(parts, s.String()+text)
		}
	}
	return strings.Join(parts, "，")
}

func clockTime(t time.Time) string { return t.In(calendar.Zone()).Format("15:04") }

func moment(t time.Time) string { return calendar.DayOf(t).Chinese() + clockTime(t) }
