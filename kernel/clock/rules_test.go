package clock

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongban/kernel/calendar"
)

func national(t testing.TB, local ...calendar.Layer) Calendar {
	t.Helper()
	tab, err := calendar.New(append([]calendar.Layer{calendar.Seed()}, local...)...)
	if err != nil {
		t.Fatal(err)
	}
	return Calendar{Table: tab}
}

// at reads 2026-11-23 or 2026-11-23 16:30; without a time it is ten o'clock.
func at(s string) time.Time {
	if len(s) == 10 {
		s += " 10:00"
	}
	d, err := time.ParseInLocation("2006-01-02 15:04", s, calendar.Zone())
	if err != nil {
		panic(err)
	}
	return d
}

func start(s string) Entry { return Entry{Kind: Start, At: at(s), Reason: "受理"} }
func pause(s string) Entry {
	return Entry{Kind: Pause, At: at(s), Code: "hearing", Reason: "听证", Document: "特别程序告知书〔2026〕3号"}
}
func resume(s string) Entry { return Entry{Kind: Resume, At: at(s)} }
func stop(s string) Entry   { return Entry{Kind: Stop, At: at(s), Reason: "作出决定"} }
func extend(s string, p, st int) Entry {
	return Entry{Kind: Extend, At: at(s), Approver: "局长 李某", Reason: "案情复杂", MorePromised: p, MoreStatutory: st}
}

func ledger(t testing.TB, cal Calendar, c Clock, es ...Entry) Ledger {
	t.Helper()
	l := Ledger{Clock: c}
	for _, e := range es {
		var err error
		if l, err = l.Append(cal, e); err != nil {
			t.Fatalf("%s at %v: %v", e.Kind, e.At, err)
		}
	}
	return l
}

func days(p, s int) Clock { return Clock{Workdays(p), Workdays(s)} }

func TestDueDates(t *testing.T) {
	cal := national(t)
	for _, c := range []struct {
		name                string
		clock               Clock
		entries             []Entry
		promised, statutory string
	}{
		{"plain week", days(5, 20), []Entry{start("2026-11-23")}, "2026-11-30", "2026-12-21"},
		{"received after hours still counts from the next day", days(5, 20), []Entry{start("2026-11-23 22:00")}, "2026-11-30", "2026-12-21"},
		{"received on a Saturday", days(5, 20), []Entry{start("2026-11-21")}, "2026-11-27", "2026-12-18"},
		{"over National Day with a worked Saturday", days(3, 20), []Entry{start("2026-09-30")}, "2026-10-10", "2026-11-03"},
		{"over Spring Festival", days(5, 20), []Entry{start("2026-02-12")}, "2026-02-26", "2026-03-18"},
		{"same day", days(0, 20), []Entry{start("2026-11-23")}, "2026-11-23", "2026-12-21"},
		{"same day, received on a Sunday", days(0, 20), []Entry{start("2026-11-22")}, "2026-11-23", "2026-12-18"},
		{"no promise", Clock{Statutory: Workdays(20)}, []Entry{start("2026-11-23")}, "", "2026-12-21"},
		{"natural days roll over National Day", Clock{Promised: Term{15, NaturalDay}}, []Entry{start("2026-09-16")}, "2026-10-08", ""},
		{"three months", Clock{Statutory: Term{3, Month}}, []Entry{start("2025-11-30")}, "", "2026-02-28"},
		{"month end is not lost when extended", Clock{Statutory: Term{1, Month}}, []Entry{start("2026-01-31"), extend("2026-02-10", 0, 1)}, "", "2026-03-31"},

		// Used on the 24th and 25th (the day of the pause), three days left after the 30th.
		{"pause", days(5, 20), []Entry{start("2026-11-23"), pause("2026-11-25"), resume("2026-11-30")}, "2026-12-03", "2026-12-24"},
		{"paused and resumed on one day", days(5, 20), []Entry{start("2026-11-23"), pause("2026-11-25 09:00"), resume("2026-11-25 17:00")}, "2026-11-30", "2026-12-21"},
		{"two pauses that meet on one day count it once", days(5, 20), []Entry{start("2026-11-23"), pause("2026-11-25 09:00"), resume("2026-11-30 09:00"), pause("2026-11-30 10:00"), resume("2026-12-02")}, "2026-12-07", "2026-12-28"},
		{"paused on the day of the start", days(5, 20), []Entry{start("2026-11-23 09:00"), pause("2026-11-23 10:00"), resume("2026-11-25")}, "2026-12-02", "2026-12-23"},
		{"pause over a weekend only", days(5, 20), []Entry{start("2026-11-23"), pause("2026-11-27"), resume("2026-11-29")}, "2026-11-30", "2026-12-21"},
		{"paused on the last day", days(5, 20), []Entry{start("2026-11-23"), pause("2026-11-30 16:00"), resume("2026-12-08")}, "2026-12-08", "2026-12-29"},
		{"paused on the last day, resumed on a Saturday", days(5, 20), []Entry{start("2026-11-23"), pause("2026-11-30 16:00"), resume("2026-12-05")}, "2026-12-07", "2026-12-25"},
		{"a pause after the promise was broken saves only the statutory date", days(5, 20), []Entry{start("2026-11-23"), pause("2026-12-01"), resume("2026-12-08")}, "2026-11-30", "2026-12-28"},
		{"pause over National Day takes out working days only", days(5, 20), []Entry{start("2026-09-28"), pause("2026-09-29"), resume("2026-10-08")}, "2026-10-13", "2026-11-03"},
		{"natural days paused", Clock{Promised: Term{10, NaturalDay}}, []Entry{start("2026-11-02"), pause("2026-11-05"), resume("2026-11-09")}, "2026-11-16", ""},
		{"natural days paused on the weekend before the rolled end", Clock{Promised: Term{12, NaturalDay}}, []Entry{start("2026-11-02"), pause("2026-11-15"), resume("2026-11-25")}, "2026-11-25", ""},

		{"extension", days(5, 20), []Entry{start("2026-11-02"), extend("2026-11-05", 5, 10)}, "2026-11-16", "2026-12-14"},
		{"extension and pause in either order", days(5, 20), []Entry{start("2026-11-02"), pause("2026-11-05"), extend("2026-11-06", 5, 10), resume("2026-11-09")}, "2026-11-18", "2026-12-16"},
		{"extended after the last day, but paused in time", days(5, 20), []Entry{start("2026-11-02"), pause("2026-11-09"), extend("2026-11-16", 5, 10), resume("2026-11-17")}, "2026-11-24", "2026-12-22"},
	} {
		l := ledger(t, cal, c.clock, c.entries...)
		due, err := l.Due(cal)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if due.Promised.Day.String() != c.promised || due.Statutory.Day.String() != c.statutory {
			t.Errorf("%s: due %s and %s; want %s and %s", c.name, due.Promised, due.Statutory, c.promised, c.statutory)
		}
		if !due.Promised.IsZero() && !due.Promised.End.Equal(due.Promised.Day.End()) {
			t.Errorf("%s: the last day ends at %v", c.name, due.Promised.End)
		}
		if err := l.Check(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestHoursRunInOfficeHoursOnly(t *testing.T) {
	cal := national(t) // 09-12, 13-17
	two := Clock{Promised: Term{2, Hour}, Statutory: Workdays(1)}
	for _, c := range []struct {
		name    string
		entries []Entry
		want    string
	}{
		{"before lunch", []Entry{start("2026-11-23 11:30")}, "2026-11-23 14:30"},
		{"before the weekend", []Entry{start("2026-11-20 16:30")}, "2026-11-23 10:30"},
		{"at night", []Entry{start("2026-11-23 22:00")}, "2026-11-24 11:00"},
		{"paused for an hour", []Entry{start("2026-11-23 09:00"), pause("2026-11-23 10:00"), resume("2026-11-23 11:00")}, "2026-11-23 12:00"},
		{"paused too late", []Entry{start("2026-11-23 09:00"), pause("2026-11-23 11:00"), resume("2026-11-23 16:00")}, "2026-11-23 11:00"},
		{"extended", []Entry{start("2026-11-23 09:00"), extend("2026-11-23 10:00", 3, 0)}, "2026-11-23 15:00"},
	} {
		due, err := ledger(t, cal, two, c.entries...).Due(cal)
		if err != nil || !due.Promised.End.Equal(at(c.want)) {
			t.Errorf("%s: %v, %v; want %s", c.name, due.Promised, err, c.want)
		}
	}
	l := ledger(t, cal, two, start("2026-11-23 09:00"))
	r, err := l.Read(cal, at("2026-11-23 10:30"))
	if err != nil || r.Promised.Elapsed != (Term{90, Minute}) || r.Promised.Remaining != (Term{30, Minute}) || r.Promised.Share != 0.75 {
		t.Errorf("%+v, %v", r.Promised, err)
	}
	if at90, known, err := l.CrossedAt(cal, Promised, Threshold{Left: 30}); err != nil || !known || !at90.Equal(at("2026-11-23 10:30")) {
		t.Errorf("half an hour left at %v, %v, %v", at90, known, err)
	}
}

func TestIllegalEntriesAreRefusedInChinese(t *testing.T) {
	cal := national(t)
	running := []Entry{start("2026-11-23")}
	no := func(e Entry, f func(*Entry)) Entry { f(&e); return e }
	for _, c := range []struct {
		name   string
		before []Entry
		e      Entry
		want   string
	}{
		{"resume without pause", running, resume("2026-11-24"), "计时没有暂停，不能恢复"},
		{"pause twice", append(running, pause("2026-11-24")), pause("2026-11-25"), "已经暂停"},
		{"pause without document", running, no(pause("2026-11-24"), func(e *Entry) { e.Document = " " }), "附书面告知的文书"},
		{"pause without reason", running, no(pause("2026-11-24"), func(e *Entry) { e.Code, e.Reason = "", "" }), "必须写明原因"},
		{"extend without approver", running, no(extend("2026-11-24", 5, 10), func(e *Entry) { e.Approver = "" }), "必须有批准人"},
		{"extend without reason", running, no(extend("2026-11-24", 5, 10), func(e *Entry) { e.Reason = "" }), "必须写明理由"},
		{"shorten", running, extend("2026-11-24", -1, 0), "不能缩短"},
		{"extend by nothing", running, extend("2026-11-24", 0, 0), "不能为零"},
		{"promise beyond the law", running, extend("2026-11-24", 16, 0), "承诺期限21个工作日长于法定期限20个工作日"},
		{"extend when it is over", running, extend("2026-12-01", 5, 10), "承诺期限已于2026年11月30日（周一）届满"},
		{"pause after stop", append(running, stop("2026-11-24")), pause("2026-11-25"), "已于2026年11月24日（周二）10:00终止"},
		{"earlier than the last", append(running, pause("2026-11-25")), resume("2026-11-24"), "早于上一笔“暂停计时”"},
		{"start twice", running, start("2026-11-24"), "已经开始"},
		{"before the start", nil, pause("2026-11-24"), "尚未开始"},
		{"without time", nil, Entry{Kind: Start}, "没有写明时间"},
		{"unknown kind", running, Entry{Kind: "rewind", At: at("2026-11-24")}, "不认识"},
		{"recomputed without record", running, Entry{Kind: Recomputed, At: at("2026-11-24")}, "日历变更的编号"},
	} {
		l := ledger(t, cal, days(5, 20), c.before...)
		after, err := l.Append(cal, c.e)
		var refused *Refused
		if !errors.As(err, &refused) || !strings.Contains(refused.Text, c.want) {
			t.Errorf("%s: %v; want %s", c.name, err, c.want)
		}
		if len(after.Entries) != len(c.before) {
			t.Errorf("%s: the refused entry is in the ledger", c.name)
		}
		bad := Ledger{l.Clock, append(append([]Entry{}, l.Entries...), c.e)}
		if err := bad.Check(); err == nil && c.name != "extend when it is over" {
			t.Errorf("%s: a loaded ledger with it passes", c.name)
		}
	}
	for _, c := range []Clock{{}, days(21, 20), {Promised: Term{5, "week"}}, {Promised: Term{5, ""}}, {Promised: Workdays(-1)}, {Promised: Workdays(9999)}} {
		if _, err := (Ledger{Clock: c}).Append(cal, start("2026-11-23")); err == nil {
			t.Errorf("clock %v was started", c)
		}
	}
}

func TestNoEntrySmugglesInADate(t *testing.T) {
	cal := national(t)
	far := calendar.MustDay("2026-12-31")
	e := start("2026-11-23")
	e.Told.Promised = Limit{Day: far, End: far.End()}
	l := ledger(t, cal, days(5, 20), e)
	if due, err := l.Due(cal); err != nil || due.Promised.Day.String() != "2026-11-30" || l.Entries[0].Told.Promised.Day.String() != "2026-11-30" {
		t.Errorf("%v, told %v, %v", due.Promised, l.Entries[0].Told, err)
	}
}

func TestAppendLeavesTheOldLedgerAlone(t *testing.T) {
	cal := national(t)
	l := ledger(t, cal, days(5, 20), start("2026-11-23"))
	a := ledger(t, cal, l.Clock, append(l.Entries, pause("2026-11-24"))...)
	b, err := l.Append(cal, stop("2026-11-25"))
	if err != nil || a.Phase() != Paused || b.Phase() != Stopped || l.Phase() != Running {
		t.Errorf("%v %v %v %v", l.Phase(), a.Phase(), b.Phase(), err)
	}
}

func TestUncoveredYearAndEstimate(t *testing.T) {
	cal := national(t)
	l := Ledger{Clock: days(5, 45)}
	_, err := l.Append(cal, start("2026-11-23"))
	var missing *calendar.NotCovered
	if !errors.As(err, &missing) || missing.Year != 2027 {
		t.Fatalf("45 working days from 23 November: %v", err)
	}
	guess := Calendar{Table: cal.Provisional(2027)}
	l = ledger(t, guess, days(5, 45), start("2026-11-23"))
	due, err := l.Due(guess)
	if err != nil || !due.Provisional || l.Entries[0].Told != (Told{}) {
		t.Errorf("an estimate counts as told: %+v, %+v, %v", due, l.Entries[0].Told, err)
	}
}

func TestReadingOfAClock(t *testing.T) {
	cal := national(t)
	l := ledger(t, cal, days(5, 20), start("2026-11-23"), pause("2026-11-25 13:00"), resume("2026-11-30"))
	for _, c := range []struct {
		now      string
		used     int
		left     int
		share    float64
		late     bool
		statLeft int
	}{
		{"2026-11-23 16:00", 0, 8, 0, false, 23}, // today does not count; the dates already know the pause
		{"2026-11-24 08:00", 1, 7, 0, false, 22},
		{"2026-11-24 13:00", 1, 7, 3.0 / 7 / 5, false, 22},
		{"2026-12-01 18:00", 3, 2, 0.6, false, 17},
		{"2026-12-03 13:00", 5, 0, (4 + 3.0/7) / 5, false, 15},
		{"2026-12-03 23:59", 5, 0, 1, false, 15},
		{"2026-12-04 00:00", 6, -1, 1, true, 14},
		{"2026-12-04 18:00", 6, -1, 1.2, true, 14},
	} {
		r, err := l.Read(cal, at(c.now))
		g := r.Promised
		if err != nil || g.Elapsed.Amount != c.used || g.Remaining.Amount != c.left || !near(g.Share, c.share) || g.Late != c.late || r.Statutory.Remaining.Amount != c.statLeft {
			t.Errorf("%s: %+v (statutory %d left), %v; want %+v", c.now, g, r.Statutory.Remaining.Amount, err, c)
		}
	}
	// Halted clocks stand still.
	p := ledger(t, cal, days(5, 20), start("2026-11-23"), pause("2026-11-25 13:00"))
	r, err := p.Read(cal, at("2026-12-20"))
	if g := r.Promised; err != nil || r.Phase != Paused || g.Elapsed.Amount != 2 || g.Remaining.Amount != 3 || g.Late || !near(g.Share, (1+3.0/7)/5) {
		t.Errorf("paused: %+v, %v", r, err)
	}
	s := ledger(t, cal, days(5, 20), start("2026-11-23"), stop("2026-11-26 17:00"))
	r, err = s.Read(cal, at("2027-06-01"))
	if g := r.Promised; err != nil || g.Elapsed != Workdays(3) || g.Late || !near(g.Share, 0.6) {
		t.Errorf("stopped: %+v, %v", r, err)
	}
}

func near(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 }

func TestThresholdsAreDatedByTheLaw(t *testing.T) {
	cal := national(t)
	ten := ledger(t, cal, days(10, 20), start("2026-11-02"))
	paused := ledger(t, cal, days(5, 20), start("2026-11-23"), pause("2026-11-30 10:00"))
	resumed := ledger(t, cal, days(5, 20), start("2026-11-23"), pause("2026-11-30 10:00"), resume("2026-12-08 15:00"))
	for _, c := range []struct {
		name string
		l    Ledger
		side Side
		th   Threshold
		want string // empty: not known
	}{
		{"half", ten, Promised, Threshold{Percent: 50}, "2026-11-09 17:00"},
		{"eighty", ten, Promised, Threshold{Percent: 80}, "2026-11-12 17:00"},
		{"ninety", ten, Promised, Threshold{Percent: 90}, "2026-11-13 17:00"},
		{"over", ten, Promised, Threshold{Percent: 100}, "2026-11-17 00:00"},
		{"far over", ten, Promised, Threshold{Percent: 120}, "2026-11-18 17:00"},
		{"one day left", ten, Promised, Threshold{Left: 1}, "2026-11-13 17:00"},
		{"statutory half", ten, Statutory, Threshold{Percent: 50}, "2026-11-16 17:00"},
		{"begins", ten, Promised, Threshold{Left: 10}, "2026-11-02 10:00"},
		{"within a day", ten, Promised, Threshold{Percent: 55}, "2026-11-10 13:30"}, // half of the sixth day's seven hours
		{"before the pause", paused, Promised, Threshold{Percent: 80}, "2026-11-27 17:00"},
		{"after the pause, still paused", paused, Promised, Threshold{Percent: 90}, ""},
		{"over, still paused", paused, Promised, Threshold{Percent: 100}, ""},
		{"on resumption", resumed, Promised, Threshold{Percent: 90}, "2026-12-08 15:00"},
		{"over after the pause", resumed, Promised, Threshold{Percent: 100}, "2026-12-09 00:00"},
		{"stopped in time", ledger(t, cal, days(5, 20), start("2026-11-23"), stop("2026-11-30 18:00")), Promised, Threshold{Percent: 100}, ""},
		{"stopped late", ledger(t, cal, days(5, 20), start("2026-11-23"), stop("2026-12-02")), Promised, Threshold{Percent: 100}, "2026-12-01 00:00"},
		{"paused late", ledger(t, cal, days(5, 20), start("2026-11-23"), pause("2026-12-02")), Promised, Threshold{Percent: 100}, "2026-12-01 00:00"},
		{"natural days", ledger(t, cal, Clock{Promised: Term{10, NaturalDay}}, start("2026-11-02")), Promised, Threshold{Percent: 45}, "2026-11-07 12:00"},
	} {
		got, known, err := c.l.CrossedAt(cal, c.side, c.th)
		if err != nil || known != (c.want != "") || known && !got.Equal(at(c.want)) {
			t.Errorf("%s: %v, %v, %v; want %q", c.name, got, known, err, c.want)
		}
	}
}

func TestNewHolidayMovesRunningClocksOnRecord(t *testing.T) {
	old := national(t)
	snow := calendar.Layer{Name: "南岭县", Rows: []calendar.Row{{Day: calendar.MustDay("2026-11-26"), Kind: calendar.Off, Name: "冰雪灾害停止办公", Source: "县人民政府公告"}}}
	closed := national(t, snow)
	l := ledger(t, old, days(5, 20), start("2026-11-23"))
	r, err := l.Recompute(old, closed, "日历变更〔2026〕1号", at("2026-11-25"))
	if err != nil || r.Entry == nil || len(r.Later) != 2 || r.After.Promised.Day.String() != "2026-12-01" {
		t.Fatalf("%+v, %v", r, err)
	}
	want := "工作日历调整（日历变更〔2026〕1号）：承诺期限由2026年11月30日（周一）顺延至2026年12月1日（周二）；法定期限由2026年12月21日（周一）顺延至2026年12月22日（周二）。"
	if r.Text != want {
		t.Error(r.Text)
	}
	l, err = l.Append(closed, *r.Entry)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := l.Recompute(old, closed, "日历变更〔2026〕1号", at("2026-11-26")); err != nil || again.Entry != nil {
		t.Errorf("the same change is recorded twice: %+v, %v", again, err)
	}

	// The office opened after all: nobody's date moves back.
	r, err = l.Recompute(closed, old, "日历变更〔2026〕2号", at("2026-11-27"))
	if err != nil || r.Entry == nil || len(r.Held) != 2 || r.After.Promised.Day.String() != "2026-12-01" || !r.After.Promised.Held {
		t.Fatalf("%+v, %v", r, err)
	}
	if !strings.Contains(r.Text, "为不缩短期限仍为2026年12月1日（周二）") {
		t.Error(r.Text)
	}
	l, err = l.Append(old, *r.Entry)
	if err != nil {
		t.Fatal(err)
	}
	for _, cal := range []Calendar{old, closed} { // even when nobody recomputes
		if due, _ := l.Due(cal); due.Promised.Day.String() != "2026-12-01" {
			t.Errorf("the date went back to %v", due.Promised)
		}
	}
	reading, err := l.Read(old, at("2026-12-01 23:00"))
	if g := reading.Promised; err != nil || g.Late || g.Share != 1 || g.Total != Workdays(6) || g.Remaining.Amount != 0 {
		t.Errorf("%+v, %v", g, err)
	}
	if over, known, _ := l.CrossedAt(old, Promised, Threshold{Percent: 100}); !known || !over.Equal(at("2026-12-02 00:00")) {
		t.Errorf("over at %v", over)
	}

	done := ledger(t, old, days(5, 20), start("2026-11-23"), stop("2026-11-24"))
	if r, err := done.Recompute(old, closed, "日历变更〔2026〕1号", at("2026-11-25")); err != nil || r.Entry != nil {
		t.Errorf("a stopped clock was recomputed: %+v, %v", r, err)
	}
	bare := Ledger{days(5, 20), []Entry{start("2026-11-23")}} // an imported ledger, nothing told
	if r, err := bare.Recompute(closed, old, "日历变更〔2026〕2号", at("2026-11-25")); err != nil || len(r.Held) != 2 || r.After.Promised.Day.String() != "2026-12-01" || !r.Entry.Told.Promised.Held {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestEstimateBecomesADateWhenTheNoticeComes(t *testing.T) {
	guess := Calendar{Table: national(t).Provisional(2027)}
	l := ledger(t, guess, Clock{Statutory: Workdays(35)}, start("2026-11-23"))
	notice := calendar.Layer{Name: "国家", Years: []int{2027}, Rows: []calendar.Row{
		{Day: calendar.MustDay("2027-01-01"), Kind: calendar.Off, Name: "元旦", Source: "通知"},
		{Day: calendar.MustDay("2027-01-09"), Kind: calendar.Work, Name: "元旦", Source: "通知"},
	}}
	r, err := l.Recompute(guess, national(t, notice), "导入2027年", at("2026-12-01"))
	if err != nil || len(r.Earlier) != 1 || r.Entry == nil || r.Entry.Told.Statutory.Day != r.After.Statutory.Day ||
		!strings.Contains(r.Text, "原按暂定日历估计为2027年1月12日（周二），按正式日历应为2027年1月11日（周一）") {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestEstimateThatHoldsIsConfirmedOnRecord(t *testing.T) {
	guess := Calendar{Table: national(t).Provisional(2027)}
	l := ledger(t, guess, Clock{Statutory: Workdays(35)}, start("2026-11-23"))
	notice := calendar.Layer{Name: "国家", Years: []int{2027}, Rows: []calendar.Row{{Day: calendar.MustDay("2027-01-01"), Kind: calendar.Off, Name: "元旦", Source: "通知"}}}
	firm := national(t, notice)
	r, err := l.Recompute(guess, firm, "导入2027年", at("2026-12-01"))
	if err != nil || r.Entry == nil || !strings.Contains(r.Text, "日期不变") {
		t.Fatalf("%+v, %v", r, err)
	}
	if l, err = l.Append(firm, *r.Entry); err != nil || l.Entries[1].Told.Statutory.Day.String() != "2027-01-12" {
		t.Errorf("%+v, %v", l.Entries, err)
	}
}

func TestLedgerSurvivesStorage(t *testing.T) {
	cal := national(t)
	l := ledger(t, cal, days(5, 20), start("2026-11-02"), pause("2026-11-05"), extend("2026-11-06", 5, 10), resume("2026-11-09"), stop("2026-11-10"))
	b, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	var back Ledger
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(l, back); d != "" {
		t.Error(d)
	}
	if b, _ := json.Marshal(Entry{Kind: Resume, At: at("2026-11-09")}); strings.Contains(string(b), "told") {
		t.Errorf("an entry with nothing told is stored as %s", b)
	}
}

func TestExplanationCanBeCountedAlong(t *testing.T) {
	cal := national(t)
	l := ledger(t, cal, days(8, 20), Entry{Kind: Start, At: at("2026-09-16"), Reason: "收件"}, pause("2026-09-21"), resume("2026-09-23"), extend("2026-09-24", 2, 10))
	steps, err := l.Explain(cal)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range steps {
		got = append(got, s.Text)
	}
	want := []string{
		"9月16日（周三）收件，当日不计入，自次日起算；承诺期限8个工作日，法定期限20个工作日。",
		"9月20日（周日）因国庆节调休上班，计入工作日。",
		"9月21日（周一）起因“听证”暂停计时（文书：特别程序告知书〔2026〕3号），暂停当日仍计入，至此已用4个工作日。",
		"9月23日（周三）恢复计时，自次日起继续计算；暂停期间2个工作日不计入期限。",
		"9月24日（周四）经局长 李某批准延长：承诺期限2个工作日，法定期限10个工作日（理由：案情复杂）。",
		"9月25日（周五）至9月27日（周日）中秋节放假，共3天，不计入。",
		"10月1日（周四）至10月7日（周三）国庆节放假，共7天，不计入。",
		"10月10日（周六）因国庆节调休上班，计入工作日。",
		"期间另有周末休息日8天，不计入工作日。",
		"承诺期限到2026年10月9日（周五）届满；法定期限到2026年11月5日（周四）届满。",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}

	late := ledger(t, cal, days(5, 20), start("2026-11-23"), pause("2026-12-01"), resume("2026-12-08"))
	steps, _ = late.Explain(cal)
	if !strings.Contains(steps[len(steps)-3].Text, "承诺期限此前已于2026年11月30日（周一）届满，不因暂停而顺延，5个工作日不计入期限") {
		t.Errorf("late pause: %v", steps)
	}
	open := ledger(t, cal, days(5, 20), start("2026-11-23"), pause("2026-11-24"))
	steps, _ = open.Explain(cal)
	if !strings.HasSuffix(steps[len(steps)-1].Text, "目前计时暂停，恢复后按实际暂停时间顺延。") {
		t.Errorf("open pause: %v", steps)
	}
	if steps, err := (Ledger{Clock: days(5, 20)}).Explain(cal); steps != nil || err != nil {
		t.Errorf("a clock that has not started explains %v, %v", steps, err)
	}
}
