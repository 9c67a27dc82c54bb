package efficiency

import (
	"math"
	"slices"
	"strings"

	"tongban/handling/casework"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/clock"
	"tongban/kernel/flow"
	"tongban/kernel/pack"
)

type move = flow.Move[State, Act]

// moves is the life of a card. 触发 → 送达 → 申辩 → 核实 → 整改反馈 → 销号, local practice everywhere.
var moves = flow.Table[State, Act]{
	Name: "预警牌",
	States: []flow.State[State]{
		{Name: Issued, Label: "待签收", Start: true},
		{Name: Served, Label: "待答复"},
		{Name: Defended, Label: "申辩核实中"},
		{Name: Upheld, Label: "申辩不成立，待整改"},
		{Name: Answered, Label: "已反馈，待销号"},
		{Name: Withdrawn, Label: "已撤销", End: true},
		{Name: Closed, Label: "已销号", End: true},
	},
	Moves: []move{
		{From: Issued, Act: ActServe, To: Served, Label: "签收", By: "责任人"},
		{From: Issued, Act: ActDefend, To: Defended, Label: "提出申辩", Guard: "写明理由；只能申辩一次", By: "责任人"},
		{From: Issued, Act: ActAnswer, To: Answered, Label: "反馈整改", Guard: "写明整改措施", By: "责任人"},
		{From: Issued, Act: ActSettle, To: Closed, Label: "提醒已生效", Guard: "蓝色提醒，这一步已经办完", By: "系统"},
		{From: Served, Act: ActSettle, To: Closed, Label: "提醒已生效", Guard: "蓝色提醒，这一步已经办完", By: "系统"},
		{From: Served, Act: ActDefend, To: Defended, Label: "提出申辩", Guard: "写明理由；只能申辩一次", By: "责任人"},
		{From: Served, Act: ActAnswer, To: Answered, Label: "反馈整改", Guard: "写明整改措施", By: "责任人"},
		{From: Defended, Act: ActUphold, To: Upheld, Label: "申辩不成立", Guard: "写明核实情况；核实人没有经办过该事", By: "效能监督"},
		{From: Defended, Act: ActWithdraw, To: Withdrawn, Label: "申辩成立，撤销", Guard: "写明核实情况；核实人没有经办过该事", By: "效能监督"},
		{From: Upheld, Act: ActAnswer, To: Answered, Label: "反馈整改", Guard: "写明整改措施", By: "责任人"},
		{From: Answered, Act: ActReturn, To: Served, Label: "退回重新整改", Guard: "写明理由", By: "效能监督"},
		{From: Answered, Act: ActClose, To: Closed, Label: "销号", Guard: "整改到位；销号人没有经办过该事", By: "效能监督"},
	},
}

// Moves is the life of a card, for the pages that draw it.
func Moves() flow.Table[State, Act] { return moves }

// Terms of the steps of a card's life, in working days. One published practice lets a unit answer within 5; judging and closing follow it.
const (
	answerDays = 5
	judgeDays  = 5
	closeDays  = 5
)

// Threshold is a document of the pack: at which point of which clock which card is given.
type Threshold struct {
	Code      string   `json:"code"`
	Name      string   `json:"name"`
	Subject   string   `json:"subject"` // case, step, correction, suspension
	Clock     string   `json:"clock"`   // promised, statutory, inner
	Card      string   `json:"card"`    // blue, yellow, red, severe
	At        string   `json:"at"`      // percent, left, over
	Value     float64  `json:"value"`
	LeastDays int      `json:"least_days"`
	Tell      []string `json:"tell"` // holder, section, leader, supervisor
	Reply     struct {
		Amount int `json:"amount"`
	} `json:"reply"`
	Points float64 `json:"points"`
}

// Severity of the card the threshold gives.
func (t Threshold) Severity() Severity {
	if t.Card == "severe" {
		return Grave
	}
	return Severity(t.Card)
}

// ReplyDays is how long the holder has to answer; 0 for a reminder.
func (t Threshold) ReplyDays() int {
	switch {
	case t.Severity() == Blue:
		return 0
	case t.Reply.Amount > 0:
		return t.Reply.Amount
	}
	return answerDays
}

// Marks are the crossings that the thresholds of an edition want to hear of, for a clock of the given kind (case, step, correction,
// suspension). Each mark carries the code of its threshold. casework takes this function through MarkBy. A pack without thresholds gets
// blue at half, yellow at nine tenths, red at the end of the promised and grave at the end of the statutory term.
func Marks(e *pack.Edition, subject string, c clock.Clock) []clock.Mark {
	all := pack.All[Threshold](e, "threshold")
	if len(all) == 0 {
		return usual(c)
	}
	var out []clock.Mark
	for _, t := range all {
		side := clock.Side(t.Clock)
		if t.Clock == "inner" { // an inner step has one limit, whichever side it stands on
			if side = clock.Promised; c.Promised.None() {
				side = clock.Statutory
			}
		}
		limit := c.Term(side)
		if t.Subject != subject || limit.None() || limit.Unit == clock.Workday && limit.Amount < t.LeastDays {
			continue
		}
		m := clock.Mark{Name: t.Code, Side: side}
		switch {
		case t.At == "percent":
			m.Percent = int(math.Round(t.Value))
		case t.At == "left":
			m.Left = int(t.Value)
			if limit.Unit == clock.Workday && m.Left >= limit.Amount {
				continue // the whole term is no more than that: the mark would be crossed at the start
			}
		case t.Value > 0:
			m.Left = -int(t.Value)
		default:
			m.Percent = 100
		}
		out = append(out, m)
	}
	return out
}

func usual(c clock.Clock) []clock.Mark {
	side := clock.Promised
	if c.Promised.None() {
		side = clock.Statutory
	}
	at := func(name Severity, s clock.Side, percent int) clock.Mark {
		return clock.Mark{Name: string(name), Side: s, Threshold: clock.Threshold{Percent: percent}}
	}
	out := []clock.Mark{at(Blue, side, 50), at(Yellow, side, 90), at(Red, side, 100)}
	if !c.Statutory.None() {
		out = append(out, at(Grave, clock.Statutory, 100))
	}
	return out
}

// thresholdOf finds what a mark of a clock means; false where it gives no card. Modules without thresholds of their own name their marks
// by severity.
func thresholdOf(e *pack.Edition, clockName, mark string) (Threshold, bool) {
	if clockName == "correction" {
		return Threshold{}, false // the applicant's own time
	}
	if t, ok := pack.Find[Threshold](e, "threshold", mark); ok {
		if strings.HasPrefix(clockName, "notice") && t.Subject == "step" && t.At == "over" {
			return t, false // the end of the five days of art. 32 is told by the mark "deemed"
		}
		return t, true
	}
	everybody := []string{"holder", "section", "leader", "supervisor"}
	switch mark {
	case "deemed":
		if t, ok := pack.Find[Threshold](e, "threshold", "correction-over"); ok {
			return t, true
		}
		return Threshold{Name: "收件满五个工作日未告知（视为受理）", Card: "red", Tell: everybody, Points: 3}, true
	case "blue", "warn":
		return Threshold{Name: "期限提醒", Card: "blue", Tell: everybody[:1]}, true
	case "yellow":
		return Threshold{Name: "期限将到（黄牌）", Card: "yellow", Tell: everybody[:2], Points: 1}, true
	case "red":
		return Threshold{Name: "超过期限（红牌）", Card: "red", Tell: everybody, Points: 3}, true
	case "grave":
		return Threshold{Name: "超过法定期限（严重）", Card: "severe", Tell: everybody, Points: 10}, true
	}
	return Threshold{}, false
}

// MayAnswer says whether the actor may sign for, defend and answer the card: its holder, anybody of the unit who handles cases when it is
// nobody's in particular, and the head of the unit.
func MayAnswer(c Card, a authz.Actor) bool {
	return a.Kind == authz.Staff && (c.Holder == a.ID || c.Holder == "" && handles(a, c.Unit) || a.May(PermRemind, authz.Place{Unit: c.Unit}))
}

// handles reports whether somebody of the unit handles its cases. An administrator who sits there does not (三员分立).
func handles(a authz.Actor, unit string) bool {
	return a.Unit == unit && a.May(casework.PermRead, authz.Place{Unit: unit})
}

// MayJudge says whether the actor may judge or close the card: whoever held, handled or defended the matter does not judge himself.
func MayJudge(c Card, life []Entry, deeds []authz.Deed, a authz.Actor) (why string, ok bool) {
	switch {
	case a.ID == c.Holder:
		return "这张牌发给了您本人，不能由您核实或销号，请由其他监督人员办理", false
	case slices.ContainsFunc(life, func(e Entry) bool {
		return e.Actor == a.ID && (e.Act == ActDefend || e.Act == ActAnswer || e.Act == ActServe)
	}):
		return "您答复过这张牌，不能再由您核实或销号，请由其他监督人员办理", false
	case slices.ContainsFunc(deeds, func(d authz.Deed) bool { return d.Actor == a.ID }):
		return "您经办过这个办件，不能由您核实或销号，请由其他监督人员办理", false
	}
	return "", true
}

// Day is a working day in minutes of office time; terms in hours count 8 to the day.
const Day = 480

// Measure is how long a decided case took beside what was allowed, in minutes of office time.
type Measure struct {
	Promised, Statutory, Actual int64
	OnTime, Early, LegalLate    bool
}

// MeasureOf reads a stopped ledger. Actual is working time with the pauses left out; a case decided on the day of acceptance took 0 days.
// A term in natural days counts as many working days as lie in it.
func MeasureOf(cal clock.Calendar, l clock.Ledger) (Measure, error) {
	var m Measure
	if len(l.Entries) == 0 {
		return m, nil
	}
	end := l.Entries[len(l.Entries)-1].At
	r, err := l.Read(cal, end)
	if err != nil {
		return m, err
	}
	if m.Promised, err = minutes(cal, l, clock.Promised, r.Promised); err != nil {
		return m, err
	}
	if m.Statutory, err = minutes(cal, l, clock.Statutory, r.Statutory); err != nil {
		return m, err
	}
	switch {
	case r.Promised.Elapsed.Unit == clock.Minute:
		m.Actual = int64(r.Promised.Elapsed.Amount)
	default:
		plain := clock.Ledger{Clock: clock.Clock{Promised: clock.Workdays(1)}}
		for _, e := range l.Entries {
			if e.Kind == clock.Start || e.Kind == clock.Pause || e.Kind == clock.Resume || e.Kind == clock.Stop {
				e.Told = clock.Told{}
				plain.Entries = append(plain.Entries, e)
			}
		}
		days, err := plain.Read(cal, end)
		if err != nil {
			return m, err
		}
		m.Actual = int64(days.Promised.Elapsed.Amount) * Day
	}
	m.OnTime = !r.Promised.Late
	m.LegalLate = r.Statutory.Late
	m.Early = m.OnTime && m.Promised > 0 && m.Actual < m.Promised
	return m, nil
}

func minutes(cal clock.Calendar, l clock.Ledger, side clock.Side, g clock.Gauge) (int64, error) {
	switch g.Total.Unit {
	case clock.Workday:
		return int64(g.Total.Amount) * Day, nil
	case clock.Minute:
		return int64(g.Total.Amount), nil
	case clock.NaturalDay:
		from := calendar.DayOf(l.Entries[0].At)
		n, err := cal.Between(from, from.Plus(g.Total.Amount))
		return int64(n) * Day, err
	}
	return 0, nil
}

// Sums are what the rates of a time are made of.
type Sums struct {
	Closed, OnTime, Early, LegalLate int64
	Timed                            int64 // cases in the sums of time: those decided on the spot (即办件) are left out
	Promised, Statutory, Actual      int64 // minutes
}

// Add is the sums of two times together.
func (s Sums) Add(o Sums) Sums {
	return Sums{s.Closed + o.Closed, s.OnTime + o.OnTime, s.Early + o.Early, s.LegalLate + o.LegalLate, s.Timed + o.Timed,
		s.Promised + o.Promised, s.Statutory + o.Statutory, s.Actual + o.Actual}
}

// Rate is a share; Known is false where there is nothing to divide by.
type Rate struct {
	Value float64
	Known bool
}

func share(part, whole int64) Rate {
	if whole == 0 {
		return Rate{}
	}
	return Rate{float64(part) / float64(whole), true}
}

// OnTimeRate is 按时办结率: decided within the promised term, of all decided.
func (s Sums) OnTimeRate() Rate { return share(s.OnTime, s.Closed) }

// EarlyRate is 提前办结率: decided in less than the promised term.
func (s Sums) EarlyRate() Rate { return share(s.Early, s.Closed) }

// LateRate is 超时率.
func (s Sums) LateRate() Rate { return share(s.Closed-s.OnTime, s.Closed) }

// LegalSpeedUp is 平均法定办理时间提速率 = (Σ法定 − Σ实际) / Σ法定. It is negative where cases took longer than the law allows.
func (s Sums) LegalSpeedUp() Rate { return share(s.Statutory-s.Actual, s.Statutory) }

// PromisedSpeedUp is 承诺办理时间提速率 = (Σ承诺 − Σ实际) / Σ承诺.
func (s Sums) PromisedSpeedUp() Rate { return share(s.Promised-s.Actual, s.Promised) }

// String writes the rate with one decimal, or a dash.
func (r Rate) String() string {
	if !r.Known {
		return "—"
	}
	return percent(r.Value)
}
