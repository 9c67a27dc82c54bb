// Package clock keeps legal deadlines as ledgers. A deadline is not a column:
// every start, pause, extension and change of the calendar is an entry, and
// the due date is derived from the entries and the working calendar, can be
// explained step by step, and never gets earlier in silence.
//
// How days are counted:
//   - The day of an event is not counted (行政许可法第八十二条与民法典第二百零一条):
//     a term started on D begins to run on the day after D.
//   - A pause (第四十五条, 所需时间不计算在期限内) is treated the same way: the day
//     on which it is ordered still counts as used, the day on which it ends is
//     the last that does not. A pause from P to R takes the days of (P, R] out
//     of the term; pauses cannot overlap, so no day is taken out twice, and due =
//     start + term + the days taken out.
//   - A pause on the last day is in time. The term then ends on the day of
//     resumption, or on the next working day when that one is off.
//   - A pause ordered after the term is over does not bring it back.
//   - A term in natural days or months that would end on a day off ends on the
//     next working day (民法典第二百零三条).
//   - A term in hours runs in office hours only.
//
// This half of the package is pure: no database, no wall clock.
package clock

import (
	"fmt"
	"time"

	"tongban/kernel/calendar"
)

// Unit is what a term is counted in.
type Unit string

// The units. Minute also serves to state how much of a term in hours is used.
const (
	Workday    Unit = "workday"    // 工作日
	NaturalDay Unit = "naturalday" // 自然日
	Month      Unit = "month"
	Hour       Unit = "hour"
	Minute     Unit = "minute"
)

// maxAmount bounds a term in any unit: ten years of days. More is a typing
// error, and would overflow the arithmetic of the short units.
const maxAmount = 3660

// Term is a time limit. The zero Term is "no limit"; an amount of 0 with a
// unit is "on the same day".
type Term struct {
	Amount int  `json:"amount"`
	Unit   Unit `json:"unit"`
}

// Workdays returns a term of n working days.
func Workdays(n int) Term { return Term{n, Workday} }

// None reports whether there is no limit.
func (t Term) None() bool { return t.Unit == "" }

// Check refuses a term of unknown unit, of negative or absurd length.
func (t Term) Check() error {
	switch t.Unit {
	case Workday, NaturalDay, Month, Hour, Minute:
	case "":
		if t.Amount == 0 {
			return nil
		}
		return refuse("期限 %d 没有写明单位，请选择工作日、自然日、月或小时", t.Amount)
	default:
		return refuse("期限单位“%s”不认识，请选择工作日、自然日、月或小时", t.Unit)
	}
	if t.Amount < 0 || t.Amount > maxAmount {
		return refuse("期限 %d 超出范围，应在 0 至 %d 之间", t.Amount, maxAmount)
	}
	return nil
}

// String returns 5个工作日, 20天, 3个月, 2小时, 90分钟; "" for no limit.
func (t Term) String() string {
	switch t.Unit {
	case Workday:
		return fmt.Sprintf("%d个工作日", t.Amount)
	case NaturalDay:
		return fmt.Sprintf("%d天", t.Amount)
	case Month:
		return fmt.Sprintf("%d个月", t.Amount)
	case Hour:
		return fmt.Sprintf("%d小时", t.Amount)
	case Minute:
		return fmt.Sprintf("%d分钟", t.Amount)
	}
	return ""
}

// Calendar is what terms are counted with: working days and, for terms in
// hours and for the share of a day, office hours.
type Calendar struct {
	calendar.Table
	Hours calendar.Hours
}

// Side is one of the two limits a clock keeps side by side.
type Side string

// The two sides of a clock.
const (
	Promised  Side = "promised"  // 承诺期限
	Statutory Side = "statutory" // 法定期限
)

func (s Side) String() string {
	if s == Statutory {
		return "法定期限"
	}
	return "承诺期限"
}

// Clock holds the two limits that run side by side. Either may be no limit.
type Clock struct {
	Promised  Term `json:"promised"`
	Statutory Term `json:"statutory"`
}

// Term returns the limit of that side.
func (c Clock) Term(s Side) Term {
	if s == Statutory {
		return c.Statutory
	}
	return c.Promised
}

// Check refuses a promise longer than the law allows and a clock without any
// limit.
func (c Clock) Check() error { return c.check(0, 0) }

func (c Clock) check(morePromised, moreStatutory int) error {
	for _, t := range []Term{c.Promised, c.Statutory} {
		if err := t.Check(); err != nil {
			return err
		}
	}
	if c.Promised.None() && c.Statutory.None() {
		return refuse("承诺期限和法定期限都没有填写，无法计时，请至少填写一项")
	}
	p, s := c.Promised.Amount+morePromised, c.Statutory.Amount+moreStatutory
	if max(p, s) > maxAmount {
		return refuse("延长后的期限超出范围，最长 %d", maxAmount)
	}
	if c.Promised.Unit == c.Statutory.Unit && p > s {
		return refuse("承诺期限%s长于法定期限%s，请缩短承诺期限", Term{p, c.Promised.Unit}, Term{s, c.Statutory.Unit})
	}
	return nil
}

// Kind is what an entry does to the clock.
type Kind string

// The kinds of entry.
const (
	Start      Kind = "start"
	Pause      Kind = "pause"      // 中止计时: needs a reason and a document
	Resume     Kind = "resume"     // 恢复计时
	Extend     Kind = "extend"     // 延长: needs an approver and a reason
	Stop       Kind = "stop"       // 终止计时
	Recomputed Kind = "recomputed" // the calendar changed: needs the record of that change
)

var kindNames = map[Kind]string{
	Start: "开始计时", Pause: "暂停计时", Resume: "恢复计时", Extend: "延长期限", Stop: "终止计时", Recomputed: "重算期限",
}

// String returns the Chinese name.
func (k Kind) String() string {
	if n, ok := kindNames[k]; ok {
		return n
	}
	return string(k)
}

// Entry is one line of a ledger. Entries are never changed or removed.
type Entry struct {
	Kind     Kind      `json:"kind"`
	At       time.Time `json:"at"`                 // when it took effect in law
	Code     string    `json:"code,omitempty"`     // pause: machine code of the reason
	Reason   string    `json:"reason,omitempty"`   // in words, shown to the applicant
	Document string    `json:"document,omitempty"` // pause: number or name of the written notice
	Approver string    `json:"approver,omitempty"` // extend: who approved
	// Extend: by how much each side grows, in that side's own unit.
	MorePromised  int `json:"more_promised,omitempty"`
	MoreStatutory int `json:"more_statutory,omitempty"`
	// Recomputed: number of the calendar change.
	Change string `json:"change,omitempty"`
	// Told is the due date as it stood once this entry was made: what people
	// were told. Later calendars cannot make the due date earlier than that.
	// It is empty where the calendar was provisional, because an estimate is no
	// promise. [Ledger.Append] fills it in.
	Told Told `json:"told,omitzero"`
}

// Told holds the due dates that were made known.
type Told struct {
	Promised  Limit `json:"promised,omitzero"`
	Statutory Limit `json:"statutory,omitzero"`
}

// Limit is when a term is over.
type Limit struct {
	Day calendar.Day `json:"day"` // the last day
	// End is the first instant that is too late: the midnight after Day, or for
	// a term in hours the instant itself.
	End time.Time `json:"end"`
	// Held says that the calendar of today would give an earlier date, and the
	// one that was told is kept.
	Held bool `json:"held,omitempty"`
}

// IsZero reports whether there is no limit.
func (l Limit) IsZero() bool { return l.End.IsZero() }

// Passed reports whether now is too late.
func (l Limit) Passed(now time.Time) bool { return !l.IsZero() && !now.Before(l.End) }

// String returns 2026年12月4日（周五）, for a term in hours with the time of day.
func (l Limit) String() string {
	if l.IsZero() {
		return "无期限"
	}
	if l.End.Equal(l.Day.End()) {
		return l.Day.Chinese()
	}
	return l.Day.Chinese() + l.End.In(calendar.Zone()).Format("15:04")
}

// Due is the state of both limits.
type Due struct {
	Promised  Limit
	Statutory Limit
	// Suspended: the clock is paused, and both dates will move by as long as the
	// pause lasts (unless they had passed before).
	Suspended bool
	// Provisional: the count runs into a year whose holidays are only estimated.
	Provisional bool
}

// Limit returns the limit of that side.
func (d Due) Limit(s Side) Limit {
	if s == Statutory {
		return d.Statutory
	}
	return d.Promised
}

// Refused is the error of an entry or a clock that the rules forbid. Text is a
// Chinese sentence that says what is wrong and how to mend it.
type Refused struct{ Text string }

func (e *Refused) Error() string { return e.Text }

func refuse(format string, args ...any) error { return &Refused{fmt.Sprintf(format, args...)} }
