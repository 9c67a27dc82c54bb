package casework

import (
	"fmt"
	"time"

	"github.com/a-h/templ"

	"tongban/ui"
)

// Tone marks rows that are late or due today.
func Tone(due, now time.Time) ui.Tone {
	switch {
	case due.IsZero():
		return ui.Neutral
	case !now.Before(due):
		return ui.Bad
	case !today(now).End().Before(due):
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
	last := today(due.Add(-time.Nanosecond))
	b := ui.ClockBadge{Due: LastDay(due)}
	left, err := table.Between(today(now), last)
	total, err2 := table.Between(today(start), last)
	if err != nil || err2 != nil {
		return ui.Text(LastDay(due))
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
func (c Case) began() time.Time {
	switch c.State {
	case Accepted, Suspended:
		return c.AcceptedAt
	case Granted, Refused:
		return c.DecidedAt
	}
	return c.ReceivedAt
}

// Badge shows how much of the term of the case's present step is left.
func (m *Module) Badge(c Case, now time.Time) templ.Component {
	switch {
	case c.State == Suspended:
		return ui.ClockBadge{Left: "暂停计时", Paused: "特别程序"}
	case c.Stage == StageDone:
		return ui.Text(orElse(plainDay(c.ClosedAt), "—"))
	}
	return m.TermBadge(c.began(), c.Due, now)
}

// Tags are the state of a case and its flags.
func Tags(c Case) []ui.Tag {
	tone := ui.Info
	switch c.State {
	case Granted, Closed:
		tone = ui.OK
	case Refused, Declined, Lapsed, Withdrawn:
		tone = ui.Neutral
	case Correcting, Suspended:
		tone = ui.Warn
	}
	label := StateLabel(c.State)
	if c.Stage != StageDone && c.Stage != StageDeliver {
		label = StageLabel(c.Stage)
	}
	out := []ui.Tag{{Text: label, Tone: tone}}
	for _, x := range []struct {
		on   bool
		text string
		tone ui.Tone
	}{{c.Flags.Urgent, "加急", ui.Bad}, {c.Flags.Green, "绿色通道", ui.OK}, {c.Flags.Deemed, "视为受理", ui.Warn}, {c.Flags.Extended, "已延期", ui.Warn},
		{c.Flags.Contested, "有异议", ui.Bad}, {c.Instant && c.Stage != StageDone, "即办件", ui.Info}} {
		if x.on {
			out = append(out, ui.Tag{Text: x.text, Tone: x.tone})
		}
	}
	return out
}

var channels = map[Channel]string{Online: "网上", Counter: "窗口", Mobile: "手机", Kiosk: "自助终端", Helper: "帮代办", Post: "邮寄", Cross: "跨域"}

// Channels are all channels, the common ones first.
func Channels() []Channel { return []Channel{Online, Mobile, Counter, Kiosk, Helper, Post, Cross} }

// Label is the channel in Chinese.
func (c Channel) Label() string { return channels[c] }
