package tracking

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"tongban/handling/bundle"
	"tongban/handling/casework"
	"tongban/kernel/clock"
	"tongban/kernel/web"
	"tongban/ui"
)

// timeline tells what happened, of all parts together, newest last, and what comes.
func (m *Module) timeline(r *web.Request, x seen) (ui.Timeline, error) {
	type entry struct {
		at time.Time
		e  ui.Event
	}
	list := []entry{{x.SubmittedAt, ui.Event{When: web.Stamp(x.SubmittedAt), Title: "提交申请", Who: m.channel(x.Submission), Text: fmt.Sprintf("收到申请，共 %d 个事项", len(x.parts)), Tone: ui.OK}}}
	for _, p := range x.parts {
		deeds, err := m.cases.Timeline(r.Ctx, r.View, p.Case, true)
		if err != nil {
			return ui.Timeline{}, err
		}
		for _, d := range deeds {
			if d.Act == casework.ActOpen {
				continue
			}
			e := ui.Event{When: web.Stamp(d.At), Title: p.ItemName + "：" + casework.ActLabel(d.Act), Who: m.org.Name(cmp.Or(d.Unit, p.Unit)), Text: strings.TrimSpace(d.Note + "\n" + clockWords(d.Act))}
			switch d.Act {
			case casework.ActGrant, casework.ActAccept:
				e.Tone = ui.OK
			case casework.ActRefuse, casework.ActDecline, casework.ActLapse:
				e.Tone = ui.Bad
			case casework.ActAsk, casework.ActSuspend:
				e.Tone = ui.Warn
			}
			list = append(list, entry{d.At, e})
		}
		if !p.DeliveredAt.IsZero() {
			list = append(list, entry{p.DeliveredAt, ui.Event{When: web.Stamp(p.DeliveredAt), Title: p.ItemName + "：结果送达", Tone: ui.OK}})
		}
	}
	slices.SortStableFunc(list, func(a, b entry) int { return a.at.Compare(b.at) })
	var out ui.Timeline
	for _, l := range list {
		out.Events = append(out.Events, l.e)
	}
	if n := len(out.Events); n > 0 && x.State != bundle.Delivered {
		out.Events[n-1].Now = true
		later := ui.Event{Later: true, Title: "全部办好，一次送达", Text: x.Way.Label()}
		if x.State == bundle.Running {
			later.When = casework.LastDay(x.due())
		}
		out.Events = append(out.Events, later)
	}
	return out, nil
}

// clockWords says what an act does to the time in which the office must answer.
func clockWords(a casework.Act) string {
	switch a {
	case casework.ActAsk:
		return "办理时限停下，等您补正。"
	case casework.ActSupplement:
		return "退回原经办人。时限重新起算：收到补正之日起五个工作日内决定是否受理（行政许可法第三十二条）。"
	case casework.ActSuspend:
		return "办理时限停下：特别程序所需时间不计入（行政许可法第四十五条）。"
	case casework.ActResume:
		return "办理时限接着计算。"
	}
	return ""
}

// whyDates explains each running term step by step.
func (m *Module) whyDates(r *web.Request, x seen) (templ.Component, error) {
	var (
		out   ui.Group
		cases []string
	)
	handling := slices.DeleteFunc(slices.Clone(x.parts), func(p bundle.Part) bool { return p.State != bundle.Handling })
	for _, p := range handling {
		cases = append(cases, string(p.Case))
	}
	clocks, err := m.k.Clocks.All(r.Ctx, r.View, cases...)
	if err != nil {
		return nil, err
	}
	for _, p := range handling {
		for _, c := range clocks[string(p.Case)] {
			if c.Ledger.Phase() == clock.Stopped {
				continue
			}
			steps, err := c.Ledger.Explain(m.k.Clocks.Calendar())
			if err != nil {
				continue // a year without a calendar; the page still shows everything else
			}
			var lines ui.Prose
			for _, s := range steps {
				lines = append(lines, s.Text)
			}
			out = append(out, ui.Disclosure(ui.DisclosureSpec{Summary: c.Title, Body: lines}))
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	return out, nil
}
