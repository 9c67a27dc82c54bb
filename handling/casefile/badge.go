package casefile

import (
	"fmt"
	"time"

	"github.com/a-h/templ"

	"tongban/handling/casework"
	"tongban/kernel/calendar"
	"tongban/kernel/web"
	"tongban/ui"
)

// Tone marks rows that are late or due today.
func Tone(due, now time.Time) ui.Tone {
	switch {
	case due.IsZero():
		return ui.Neutral
	case !now.Before(due):
		return ui.Bad
	case !calendar.DayOf(now).End().Before(due):
		return ui.Warn
	}
	return ui.Neutral
}

// TermBadge shows how much of a term is left, in working days.
func (m *Module) TermBadge(start, due, now time.Time) templ.Component {
	if due.IsZero() {
		return ui.Text("不计时限")
	}
	table := m.k.Clocks.Calendar().Table
	last := calendar.DayOf(due.Add(-time.Nanosecond))
	b := ui.ClockBadge{Due: casework.LastDay(due)}
	left, err := table.Between(calendar.DayOf(now), last)
	total, err2 := table.Between(calendar.DayOf(start), last)
	if err != nil || err2 != nil {
		return ui.Text(casework.LastDay(due))
	}
	switch {
	case !now.Before(due):
		b.Card, b.Used, b.Left = ui.RedCard, 100, fmt.Sprintf("%d 个工作日", max(1, -left))
	case left == 0:
		b.Left, b.Used = "不到 1 个工作日", 95
	default:
		b.Left = fmt.Sprintf("%d 个工作日", left)
		if total > 0 {
			b.Used = min(100, max(0, (total-left)*100/total))
		}
	}
	return b
}

// began is when the term of the present step began.
func began(c casework.Case) time.Time {
	switch c.State {
	case casework.Accepted, casework.Suspended:
		return c.AcceptedAt
	case casework.Granted, casework.Refused:
		return c.DecidedAt
	}
	return c.ReceivedAt
}

// Badge shows how much of the term of the case's present step is left.
func (m *Module) Badge(c casework.Case, now time.Time) templ.Component {
	switch {
	case c.State == casework.Suspended:
		return ui.ClockBadge{Left: "暂停计时", Paused: "特别程序"}
	case c.Stage == casework.StageDone:
		return ui.Text(ended(c.ClosedAt))
	}
	return m.TermBadge(began(c), c.Due, now)
}

// Tags are the state of a case and its flags.
func Tags(c casework.Case) []ui.Tag {
	tone := ui.Info
	switch c.State {
	case casework.Granted, casework.Closed:
		tone = ui.OK
	case casework.Refused, casework.Declined, casework.Lapsed, casework.Withdrawn:
		tone = ui.Neutral
	case casework.Correcting, casework.Suspended:
		tone = ui.Warn
	}
	label := casework.StateLabel(c.State)
	if c.Stage != casework.StageDone && c.Stage != casework.StageDeliver {
		label = casework.StageLabel(c.Stage)
	}
	out := []ui.Tag{{Text: label, Tone: tone}}
	for _, x := range []struct {
		on   bool
		text string
		tone ui.Tone
	}{{c.Flags.Urgent, "加急", ui.Bad}, {c.Flags.Green, "绿色通道", ui.OK}, {c.Flags.Deemed, "视为受理", ui.Warn}, {c.Flags.Extended, "已延期", ui.Warn},
		{c.Flags.Contested, "有异议", ui.Bad}, {c.Instant && c.Stage != casework.StageDone, "即办件", ui.Info}} {
		if x.on {
			out = append(out, ui.Tag{Text: x.text, Tone: x.tone})
		}
	}
	return out
}

// ended is the day a case was closed.
func ended(at time.Time) string {
	if at.IsZero() {
		return "—"
	}
	return at.In(web.Beijing).Format("2006年1月2日")
}
