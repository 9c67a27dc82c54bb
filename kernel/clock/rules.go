package clock

import (
	"slices"
	"strings"
	"time"

	"tongban/kernel/calendar"
)

// Ledger is a clock with its entries in order of time. It is a value: Append
// returns a new one.
type Ledger struct {
	Clock
	Entries []Entry
}

// Phase is where a ledger stands.
type Phase string

// The phases of a ledger.
const (
	Idle    Phase = ""        // not started
	Running Phase = "running" // 计时中
	Paused  Phase = "paused"  // 已暂停
	Stopped Phase = "stopped" // 已终止
)

// Phase tells where the ledger stands after its last entry.
func (l Ledger) Phase() Phase {
	p := Idle
	for _, e := range l.Entries {
		p = p.after(e.Kind)
	}
	return p
}

func (p Phase) after(k Kind) Phase {
	switch k {
	case Start, Resume:
		return Running
	case Pause:
		return Paused
	case Stop:
		return Stopped
	}
	return p
}

// Check refuses a ledger whose clock or entries break the rules; use it on what
// was loaded or imported.
func (l Ledger) Check() error {
	if err := l.Clock.Check(); err != nil {
		return err
	}
	done := Ledger{Clock: l.Clock}
	for i, e := range l.Entries {
		if err := done.admit(e); err != nil {
			return err
		}
		done.Entries = l.Entries[:i+1]
	}
	return nil
}

// Append adds an entry, or refuses it with a [Refused] that says why: resume
// without pause, extension without approver or after the term is over, pause
// without document, anything after stop, an entry earlier than the one before.
// It records in the entry the due dates that now hold.
func (l Ledger) Append(cal Calendar, e Entry) (Ledger, error) {
	if err := l.Clock.Check(); err != nil {
		return l, err
	}
	if err := l.admit(e); err != nil {
		return l, err
	}
	if e.Kind == Extend {
		due, err := l.Due(cal)
		if err != nil {
			return l, err
		}
		for side, more := range map[Side]int{Promised: e.MorePromised, Statutory: e.MoreStatutory} {
			// A clock that was paused in time is still in time.
			if lim := due.Limit(side); more > 0 && lim.Passed(l.effective(e.At)) {
				return l, refuse("%s已于%s届满，不能再延长；逾期情况请如实记录并说明", side, lim)
			}
		}
	}
	if e.Kind != Recomputed { // no other entry may bring a date of its own along
		e.Told = Told{}
	}
	n := Ledger{l.Clock, append(slices.Clip(l.Entries), e)}
	due, err := n.Due(cal)
	if err != nil {
		return l, err
	}
	last := &n.Entries[len(n.Entries)-1]
	last.Told = Told{}
	if !due.Provisional {
		last.Told = Told{due.Promised, due.Statutory}
	}
	return n, nil
}

// admit checks an entry against those before it, without a calendar.
func (l Ledger) admit(e Entry) error {
	name, ok := kindNames[e.Kind]
	if !ok {
		return refuse("计时记录的种类“%s”不认识", e.Kind)
	}
	if e.At.IsZero() {
		return refuse("%s没有写明时间，请补上", name)
	}
	phase := l.Phase()
	if n := len(l.Entries); n > 0 {
		if last := l.Entries[n-1]; e.At.Before(last.At) {
			return refuse("%s的时间%s早于上一笔“%s”的时间%s，请核对", name, moment(e.At), last.Kind, moment(last.At))
		}
	}
	switch {
	case e.Kind == Start && phase != Idle:
		return refuse("计时已经开始，不能再次开始")
	case e.Kind != Start && phase == Idle:
		return refuse("计时尚未开始，不能%s；请先登记开始", name)
	case phase == Stopped:
		return refuse("计时已于%s终止，不能再%s", moment(l.Entries[len(l.Entries)-1].At), name)
	}
	switch e.Kind {
	case Pause:
		if phase == Paused {
			return refuse("计时已经暂停，不能再次暂停；请先恢复")
		}
		if e.Code == "" && blank(e.Reason) || blank(e.Document) {
			return refuse("暂停计时必须写明原因，并附书面告知的文书")
		}
	case Resume:
		if phase != Paused {
			return refuse("计时没有暂停，不能恢复")
		}
	case Extend:
		return l.admitExtension(e)
	case Recomputed:
		if blank(e.Change) {
			return refuse("重算期限必须注明日历变更的编号")
		}
	}
	return nil
}

func (l Ledger) admitExtension(e Entry) error {
	switch {
	case blank(e.Approver):
		return refuse("延长期限必须有批准人，请填写批准延长的负责人")
	case blank(e.Reason):
		return refuse("延长期限必须写明理由，并告知申请人")
	case e.MorePromised < 0 || e.MoreStatutory < 0:
		return refuse("延长的时间不能为负数：期限只能延长，不能缩短")
	case e.MorePromised == 0 && e.MoreStatutory == 0:
		return refuse("延长的时间不能为零，请填写延长多少")
	case e.MorePromised > 0 && l.Promised.None(), e.MoreStatutory > 0 && l.Statutory.None():
		return refuse("没有这项期限，不能延长")
	}
	p, s := e.MorePromised, e.MoreStatutory
	for _, x := range l.Entries {
		p, s = p+x.MorePromised, s+x.MoreStatutory
	}
	return l.check(p, s)
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }

// effective is the instant at which the clock stands when it is t: a paused or
// stopped clock stands where it was halted.
func (l Ledger) effective(t time.Time) time.Time {
	if n := len(l.Entries); n > 0 {
		for i := n - 1; i >= 0; i-- {
			switch e := l.Entries[i]; e.Kind {
			case Pause, Stop:
				if e.At.Before(t) {
					return e.At
				}
				return t
			case Start, Resume:
				return t
			}
		}
	}
	return t
}

// Due derives both limits from the entries and the calendar. A ledger that has
// not started has no limits; a year that is not covered is a
// [calendar.NotCovered].
func (l Ledger) Due(cal Calendar) (Due, error) {
	var due Due
	var err error
	if len(l.Entries) == 0 {
		return due, nil
	}
	if due.Promised, err = l.limit(cal, Promised); err != nil {
		return Due{}, err
	}
	if due.Statutory, err = l.limit(cal, Statutory); err != nil {
		return Due{}, err
	}
	due.Suspended = l.Phase() == Paused
	for y, last := calendar.DayOf(l.Entries[0].At).Year(), max(due.Promised.Day.Year(), due.Statutory.Day.Year()); y <= last; y++ {
		due.Provisional = due.Provisional || cal.IsProvisional(y)
	}
	return due, nil
}

// limit walks the entries once. It keeps the end of the term as it stood at
// each of them, because whether a pause or an extension came in time is judged
// by the end that was in force on that day.
func (l Ledger) limit(cal Calendar, side Side) (Limit, error) {
	term := l.Term(side)
	if term.None() || len(l.Entries) == 0 || l.Entries[0].Kind != Start {
		return Limit{}, nil
	}
	start := l.Entries[0].At
	r := ruler{cal, term.Unit}
	total := term.Amount
	end, err := r.reach(start, r.count(start, 0, total))
	if err != nil {
		return Limit{}, err
	}
	var paused time.Time // zero while running, or when the pause came too late to matter
	for _, e := range l.Entries {
		switch e.Kind {
		case Pause:
			if paused = e.At; end.Passed(paused) {
				paused = time.Time{}
			}
		case Resume, Stop:
			if paused.IsZero() {
				break
			}
			if end, err = r.shift(end, paused, e.At); err != nil {
				return Limit{}, err
			}
			paused = time.Time{}
		case Extend:
			if more := e.more(side); more > 0 {
				if end, err = r.lengthen(end, r.count(start, total, total+more)); err != nil {
					return Limit{}, err
				}
				total += more
			}
		}
		told := e.Told.Promised
		if side == Statutory {
			told = e.Told.Statutory
		}
		if told.End.After(end.End) {
			end = mark{Limit: Limit{told.Day, told.End, true}, raw: told.Day}
		}
	}
	return end.Limit, nil
}

func (e Entry) more(s Side) int {
	if s == Statutory {
		return e.MoreStatutory
	}
	return e.MorePromised
}

// mark is an end together with the unrolled last day, so that a shift of a
// term in natural days does not add the days it was rolled by.
type mark struct {
	Limit
	raw calendar.Day
}

// ruler measures in one unit: working days, natural days, or nanoseconds of
// office time.
type ruler struct {
	cal  Calendar
	unit Unit
}

func (r ruler) timed() bool { return r.unit == Hour || r.unit == Minute }

// count converts the stretch of a term from a to b units into what the ruler
// measures. A month is as long as the months after the start make it.
func (r ruler) count(start time.Time, a, b int) int64 {
	switch r.unit {
	case Month:
		d := calendar.DayOf(start)
		return int64(d.PlusMonths(b).Since(d.PlusMonths(a)))
	case Hour:
		return int64(b-a) * int64(time.Hour)
	case Minute:
		return int64(b-a) * int64(time.Minute)
	}
	return int64(b - a)
}

func (r ruler) day(raw calendar.Day) (mark, error) {
	d, err := r.cal.Roll(raw)
	return mark{Limit{Day: d, End: d.End()}, raw}, err
}

func (r ruler) instant(t time.Time) mark {
	d := calendar.DayOf(t)
	return mark{Limit{Day: d, End: t}, d}
}

// reach returns the end of a term of n that begins at from.
func (r ruler) reach(from time.Time, n int64) (mark, error) {
	if r.timed() {
		t, err := r.cal.AddWorked(r.cal.Hours, from, time.Duration(n))
		return r.instant(t), err
	}
	return r.after(calendar.DayOf(from), n)
}

func (r ruler) after(d calendar.Day, n int64) (mark, error) {
	if r.unit != Workday {
		return r.day(d.Plus(int(n)))
	}
	d, err := r.cal.Add(d, int(n))
	if err != nil {
		return mark{}, err
	}
	return r.day(d)
}

func (r ruler) lengthen(m mark, n int64) (mark, error) {
	var out mark
	var err error
	if r.timed() {
		out, err = r.reach(m.End, n)
	} else {
		out, err = r.after(m.raw, n)
	}
	out.Held = m.Held
	return out, err
}

// span measures from a to b: for days those of (a, b].
func (r ruler) span(a, b time.Time) (int64, error) {
	switch {
	case r.timed():
		w, err := r.cal.Worked(r.cal.Hours, a, b)
		return int64(w), err
	case r.unit == Workday:
		n, err := r.cal.Between(calendar.DayOf(a), calendar.DayOf(b))
		return int64(n), err
	}
	return int64(calendar.DayOf(b).Since(calendar.DayOf(a))), nil
}

// shift moves an end that was in force when the clock was paused by the time
// the pause took.
func (r ruler) shift(m mark, pause, resume time.Time) (mark, error) {
	n, err := r.span(pause, resume)
	if err != nil {
		return mark{}, err
	}
	out, err := r.lengthen(m, n)
	if err != nil {
		return mark{}, err
	}
	// Paused on the last day: the clock may not resume into a term already over.
	if r.timed() {
		if out.End.Before(resume) {
			out = r.instant(resume)
		}
	} else if d := calendar.DayOf(resume); out.raw.Before(d) {
		if out, err = r.day(d); err != nil {
			return mark{}, err
		}
	}
	out.Held = m.Held
	return out, nil
}

// Recomputation is what a change of the calendar does to one ledger.
type Recomputation struct {
	Before, After Due
	// Later and Held name the sides that move to a later date, and those that
	// the new calendar would make earlier and that therefore stay.
	Later, Held []Side
	// Earlier names the sides whose estimate (see Due.Provisional) turned out
	// too late. An estimate is no promise, so these do move, on record.
	Earlier []Side
	Text    string // one Chinese sentence for the record and the notice; empty when there is nothing to say
	Entry   *Entry // to be appended; nil when nothing moves and no estimate became firm
}

// Recompute compares the due dates under the old and the new calendar. A later
// date comes with the entry that records it; an earlier one is never taken
// over: the old date stays and the text says so. Change is the number of the
// calendar change, at the instant it takes effect; a change that the ledger
// already records gives no second entry. A stopped clock is left
// alone: its outcome was judged by the calendar of its day.
func (l Ledger) Recompute(old, new Calendar, change string, at time.Time) (Recomputation, error) {
	var out Recomputation
	if p := l.Phase(); p == Idle || p == Stopped {
		return out, nil
	}
	var err error
	if out.Before, err = l.Due(old); err != nil {
		return out, err
	}
	if out.After, err = l.Due(new); err != nil {
		return out, err
	}
	var texts []string
	for _, side := range []Side{Promised, Statutory} {
		b, a := out.Before.Limit(side), out.After.Limit(side)
		switch {
		case a.End.After(b.End):
			out.Later = append(out.Later, side)
			texts = append(texts, side.String()+"由"+b.String()+"顺延至"+a.String())
		case a.End.Before(b.End) && out.Before.Provisional:
			out.Earlier = append(out.Earlier, side)
			texts = append(texts, side.String()+"原按暂定日历估计为"+b.String()+"，按正式日历应为"+a.String())
		case a.End.Before(b.End):
			// Nobody was told through an entry, but this date was in force.
			b.Held = true
			*out.After.limit(side) = b
			fallthrough
		case a.Held && !b.Held:
			out.Held = append(out.Held, side)
			texts = append(texts, side.String()+"按新日历应提前，为不缩短期限仍为"+b.String())
		}
	}
	if len(texts) == 0 && out.Before.Provisional && !out.After.Provisional {
		texts = append(texts, "原按暂定日历推算的期限已按正式日历核定，日期不变")
	}
	recorded := slices.ContainsFunc(l.Entries, func(e Entry) bool { return e.Kind == Recomputed && e.Change == change })
	if len(texts) == 0 || recorded { // running the same change again records nothing twice
		return out, nil
	}
	out.Text = "工作日历调整（" + change + "）：" + strings.Join(texts, "；") + "。"
	if last := l.Entries[len(l.Entries)-1].At; at.Before(last) {
		at = last
	}
	e := Entry{Kind: Recomputed, At: at, Change: change, Reason: out.Text}
	if !out.After.Provisional {
		e.Told = Told{out.After.Promised, out.After.Statutory}
	}
	out.Entry = &e
	return out, nil
}

func (d *Due) limit(s Side) *Limit {
	if s == Statutory {
		return &d.Statutory
	}
	return &d.Promised
}
