package calendar

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func national(t testing.TB, local ...Layer) Table {
	t.Helper()
	tab, err := New(append([]Layer{Seed()}, local...)...)
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func TestDayIsReadInThreeWaysOfWriting(t *testing.T) {
	for _, s := range []string{"2026-11-23", "20261123", "2026年11月23日"} {
		if d, err := ParseDay(s); err != nil || d.String() != "2026-11-23" {
			t.Errorf("%q: %v, %v", s, d, err)
		}
	}
	if d := MustDay("2026年2月3日"); d.Chinese() != "2026年2月3日（周二）" || d.Short() != "2月3日（周二）" {
		t.Errorf("Chinese form is %s, %s", d.Chinese(), d.Short())
	}
	for _, s := range []string{"", "2026-02-29", "2026-13-01", "20260431", "2026年11月", "26年1月1日", "2026-1-1", "0000-01-01", "２０２６1123", "2026年001月1日", "2026-11-23 "} {
		if d, err := ParseDay(s); err == nil {
			t.Errorf("%q was read as %v", s, d)
		}
	}
}

func TestDayFallsInChinaWhateverTheServerZone(t *testing.T) {
	at := time.Date(2026, 11, 22, 16, 30, 0, 0, time.UTC) // 00:30 of the 23rd in China
	d := DayOf(at)
	if d != MustDay("2026-11-23") || d.Weekday() != time.Monday {
		t.Errorf("%v is %v", at, d.Chinese())
	}
	if !d.Start().Equal(time.Date(2026, 11, 22, 16, 0, 0, 0, time.UTC)) || !d.End().Equal(d.Start().Add(24*time.Hour)) {
		t.Errorf("day runs from %v to %v", d.Start(), d.End())
	}
}

func TestDayAgreesWithTimePackage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(-700_000, 700_000).Draw(t, "days")
		u := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n)
		d := MustDay("2026-11-23").Plus(n)
		if d.Year() != u.Year() || d.Month() != u.Month() || d.DayOfMonth() != u.Day() || d.Weekday() != u.Weekday() {
			t.Fatalf("%v is not %v", d, u)
		}
		if d.Year() >= 1 && d.Year() <= 9999 {
			if back, err := ParseDay(d.String()); err != nil || back != d {
				t.Fatalf("%v read back as %v, %v", d, back, err)
			}
			if back, err := ParseDay(strings.Split(d.Chinese(), "（")[0]); err != nil && d.Year() > 999 || err == nil && back != d {
				t.Fatalf("%v read back as %v, %v", d.Chinese(), back, err)
			}
		}
	})
}

func TestDayIsStoredAsTextAndReadBack(t *testing.T) {
	type row struct{ D, None Day }
	in := row{D: MustDay("2026-11-23")}
	b, err := json.Marshal(in)
	if err != nil || string(b) != `{"D":"2026-11-23","None":""}` {
		t.Fatalf("%s, %v", b, err)
	}
	var out row
	if err := json.Unmarshal(b, &out); err != nil || out != in {
		t.Errorf("%v, %v", out, err)
	}
	for _, src := range []any{"2026-11-23", []byte("2026-11-23"), time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)} {
		var d Day
		if err := d.Scan(src); err != nil || d != in.D {
			t.Errorf("scan %T: %v, %v", src, d, err)
		}
	}
	var d = in.D
	if err := d.Scan(nil); err != nil || !d.IsZero() {
		t.Errorf("NULL is %v, %v", d, err)
	}
	if err := d.Scan(3); err == nil {
		t.Error("a number was read as a date")
	}
	if v, _ := (Day{}).Value(); v != nil {
		t.Errorf("no date is stored as %v", v)
	}
}

func TestWorkingDaysOfAYear(t *testing.T) {
	tab := national(t)
	for year, want := range map[int]int{2002: 249, 2013: 250, 2020: 249, 2024: 251, 2025: 248, 2026: 248} {
		got, err := tab.Between(Date(year, 1, 1), Date(year, 12, 31))
		if err != nil || got != want { // 1 January is never worked
			t.Errorf("%d: %d working days, %v; want %d", year, got, err, want)
		}
	}
}

func TestNoticeOf2026(t *testing.T) {
	tab := national(t)
	var work, off []string
	for _, r := range tab.Rows() {
		if r.Day.Year() != 2026 {
			continue
		}
		if r.Source != "国务院办公厅关于2026年部分节假日安排的通知" {
			t.Errorf("%s is credited to %q", r.Day, r.Source)
		}
		if s := r.Day.String()[5:]; r.Kind == Work {
			work = append(work, s)
		} else {
			off = append(off, s)
		}
	}
	if d := cmp.Diff(strings.Fields("01-04 02-14 02-28 05-09 09-20 10-10"), work); d != "" {
		t.Error("make-up working days:", d)
	}
	want := "01-01 01-02 01-03 02-15 02-16 02-17 02-18 02-19 02-20 02-21 02-22 02-23 04-04 04-05 04-06 05-01 05-02 05-03 05-04 05-05 " +
		"06-19 06-20 06-21 09-25 09-26 09-27 10-01 10-02 10-03 10-04 10-05 10-06 10-07"
	if d := cmp.Diff(strings.Fields(want), off); d != "" {
		t.Error("days off:", d)
	}
}

func TestEveryRowOfTheSeedNamesItsNotice(t *testing.T) {
	title := map[string]bool{}
	for _, n := range Notices() {
		title[n.Title] = true
	}
	l := Seed()
	for _, r := range l.Rows {
		if !title[r.Source] || r.Name == "" {
			t.Errorf("%s %q is credited to %q, which is not among the notices", r.Day, r.Name, r.Source)
		}
		if r.Kind == Work && !weekend(r.Day) {
			t.Errorf("%s is a make-up working day on a weekday", r.Day)
		}
	}
	for y := 2008; y <= 2026; y++ { // the seven holidays of today exist since 2008
		if d := Doubts(y, l.Rows); d != nil {
			t.Errorf("%d: %v", y, d)
		}
	}
	if len(l.Years) != 25 || l.Years[0] != 2002 || l.Years[24] != 2026 {
		t.Errorf("covered years: %v", l.Years)
	}
}

func TestTermsAcrossHolidays(t *testing.T) {
	tab := national(t)
	for _, c := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-11-23", 1, "2026-11-24"},
		{"2026-11-23", 5, "2026-11-30"},
		{"2026-11-21", 1, "2026-11-23"}, // received on a Saturday
		{"2026-09-18", 1, "2026-09-20"}, // Friday; Sunday is worked for National Day
		{"2026-09-30", 1, "2026-10-08"}, // over National Day
		{"2026-09-30", 3, "2026-10-10"}, // Saturday worked
		{"2026-02-13", 2, "2026-02-24"}, // Saturday 14 worked, then Spring Festival
		{"2026-02-13", 20, "2026-03-19"},
		{"2025-01-24", 3, "2025-02-05"},  // Sunday 26 worked, then nine days
		{"2020-01-23", 1, "2020-02-03"},  // Spring Festival prolonged in the epidemic
		{"2019-04-30", 1, "2019-05-05"},  // Labour Day as amended
		{"2015-09-02", 1, "2015-09-06"},  // Victory anniversary
		{"2005-12-30", 1, "2005-12-31"},  // Saturday worked for New Year 2006
		{"2013-10-11", 1, "2013-10-12"},  // Saturday worked, missing from one public table
		{"2026-11-23", 0, "2026-11-23"},  // no days
		{"2026-10-08", -1, "2026-09-30"}, // seven days before a hearing and the like
		{"2026-10-05", -1, "2026-09-30"},
	} {
		got, err := tab.Add(MustDay(c.from), c.n)
		if err != nil || got.String() != c.want {
			t.Errorf("%s plus %d working days is %v, %v; want %s", c.from, c.n, got, err, c.want)
		}
	}
}

func TestNaturalDaysAndMonthsEndOnAWorkingDay(t *testing.T) {
	tab := national(t)
	if d, err := tab.AddNatural(MustDay("2026-09-16"), 15); err != nil || d.String() != "2026-10-08" {
		t.Errorf("15 natural days end on %v, %v", d, err) // 1 October rolls over the holiday
	}
	if d, err := tab.AddMonths(MustDay("2026-08-31"), 1); err != nil || d.String() != "2026-09-30" {
		t.Errorf("a month from 31 August ends on %v, %v", d, err)
	}
	if d, err := tab.AddMonths(MustDay("2025-11-30"), 3); err != nil || d.String() != "2026-02-28" {
		t.Errorf("three months from 30 November end on %v, %v", d, err) // a worked Saturday
	}
	if d := MustDay("2024-02-29").PlusMonths(12); d.String() != "2025-02-28" {
		t.Errorf("a year from 29 February is %v", d)
	}
	if d := MustDay("2026-03-31").PlusMonths(-1); d.String() != "2026-02-28" {
		t.Errorf("a month before 31 March is %v", d)
	}
}

func TestUncoveredYearIsNamed(t *testing.T) {
	tab := national(t)
	ask := map[string]func() error{
		"add":     func() error { _, err := tab.Add(MustDay("2026-12-31"), 1); return err },
		"look":    func() error { _, err := tab.Look(MustDay("2027-01-04")); return err },
		"works":   func() error { _, err := tab.IsWorkday(MustDay("2027-01-04")); return err },
		"between": func() error { _, err := tab.Between(MustDay("2026-12-31"), MustDay("2027-01-04")); return err },
		"natural": func() error { _, err := tab.AddNatural(MustDay("2026-12-20"), 30); return err },
		"hours": func() error {
			_, err := tab.AddWorked(Hours{}, MustDay("2026-12-31").At(HM(16, 0)), 2*time.Hour)
			return err
		},
	}
	for name, f := range ask {
		var missing *NotCovered
		if err := f(); !errors.As(err, &missing) || missing.Year != 2027 || !strings.Contains(err.Error(), "2027年") {
			t.Errorf("%s: %v", name, err)
		}
	}
	var missing *NotCovered
	if _, err := tab.Add(MustDay("2002-01-04"), -10); !errors.As(err, &missing) || missing.Year != 2001 {
		t.Errorf("counting back: %v", err)
	}
	if _, err := (Table{}).Add(MustDay("2026-11-23"), 1); !errors.As(err, &missing) || missing.Year != 2026 {
		t.Errorf("zero table: %v", err)
	}
	gap, err := New(Layer{Years: []int{2024, 2026}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := gap.Between(MustDay("2024-12-30"), MustDay("2026-01-05")); !errors.As(err, &missing) || missing.Year != 2025 {
		t.Errorf("gap year: %v", err)
	}
}

func TestAlarmForNextYearBeginsInNovember(t *testing.T) {
	tab := national(t)
	for day, want := range map[string]int{"2026-10-31": 0, "2026-11-01": 2027, "2026-11-23": 2027, "2027-03-01": 2027, "2025-12-01": 0} {
		y, missing := tab.MissingYear(MustDay(day))
		if y != want || missing != (want != 0) {
			t.Errorf("%s: %d, %v", day, y, missing)
		}
	}
	if y, missing := tab.Provisional(2027).MissingYear(MustDay("2026-11-23")); !missing || y != 2027 {
		t.Error("an estimated year silences the alarm")
	}
}

func TestProvisionalYearIsAnEstimateThatSaysSo(t *testing.T) {
	tab := national(t).Provisional(2026, 2027)
	d, err := tab.Add(MustDay("2026-12-31"), 1)
	if err != nil || d.String() != "2027-01-04" { // Friday 1 January, weekend
		t.Errorf("%v, %v", d, err)
	}
	if !tab.IsProvisional(2027) || tab.IsProvisional(2026) {
		t.Error("2026 has its notice, 2027 has not")
	}
	if w, _ := tab.IsWorkday(MustDay("2026-10-10")); !w {
		t.Error("2026 lost its notice")
	}
}

func TestLocalLayerLiesAboveTheNation(t *testing.T) {
	snow := Layer{Name: "南岭县", Rows: []Row{{MustDay("2026-01-20"), Off, "冰雪灾害停止办公", "县人民政府公告"}}}
	tab := national(t, snow)
	m, err := tab.Look(MustDay("2026-01-20"))
	if err != nil || m.Work || m.Layer != "南岭县" || m.Name != "冰雪灾害停止办公" {
		t.Errorf("%+v, %v", m, err)
	}
	if m, _ := tab.Look(MustDay("2026-10-10")); !m.Work || m.Layer != "国家" || m.Name != "国庆节" {
		t.Errorf("%+v", m)
	}
	changes := Diff(national(t), tab)
	if len(changes) != 1 || !changes[0].Moves() || changes[0].String() != "2026年1月20日（周二）：班改为休（冰雪灾害停止办公）" {
		t.Errorf("%v", changes)
	}
	for _, bad := range []Row{{Kind: Off}, {MustDay("2026-01-01"), "rest", "", ""}} {
		if _, err := New(Layer{Rows: []Row{bad}}); err == nil {
			t.Errorf("%v was taken", bad)
		}
	}
	d := MustDay("2026-01-20")
	if _, err := New(Layer{Rows: []Row{{d, Off, "", ""}, {d, Work, "", ""}}}); err == nil {
		t.Error("a day both worked and off was taken")
	}
}

// oracle walks from day to day and asks only Look.
func oracle(t *rapid.T, tab Table, from Day, n int) Day {
	step, left := 1, n
	if n < 0 {
		step, left = -1, -n
	}
	for d := from; ; {
		if left == 0 {
			return d
		}
		d = d.Plus(step)
		m, err := tab.Look(d)
		if err != nil {
			t.Fatal(err)
		}
		if m.Work {
			left--
		}
	}
}

func TestAddAgreesWithWalkingDayByDay(t *testing.T) {
	plain := national(t)
	rapid.Check(t, func(t *rapid.T) {
		from := MustDay("2003-01-01").Plus(rapid.IntRange(0, 8300).Draw(t, "from"))
		n := rapid.IntRange(-200, 200).Draw(t, "n")
		var l Layer
		for range rapid.IntRange(0, 6).Draw(t, "closures") {
			d := from.Plus(rapid.IntRange(-100, 100).Draw(t, "closed"))
			l.Rows = append(l.Rows, Row{d, Off, "停止办公", "公告"})
		}
		tab, err := New(Seed(), l)
		if err != nil {
			t.Fatal(err)
		}
		got, err := tab.Add(from, n)
		if err != nil {
			t.Fatal(err)
		}
		if want := oracle(t, tab, from, n); got != want {
			t.Fatalf("%v plus %d is %v, walking gives %v", from, n, got, want)
		}
		if back, err := tab.Between(from, got); err != nil || back != n {
			t.Fatalf("between %v and %v are %d working days, %v; want %d", from, got, back, err, n)
		}
		if before, _ := plain.Add(from, n); n > 0 && got.Before(before) {
			t.Fatalf("closing the office shortened the term: %v before %v", got, before)
		}
	})
}

func TestOfficeHoursChangeWithTheSeason(t *testing.T) {
	tab := national(t)
	summer := Season{"夏季", 5, 1, Weekdays(Opening{HM(8, 0), HM(12, 0)}, Opening{HM(15, 0), HM(18, 0)})}
	winter := Season{"冬季", 10, 1, Weekdays(Opening{HM(8, 0), HM(12, 0)}, Opening{HM(14, 30), HM(17, 30)})}
	h := Hours{[]Season{winter, summer}}
	if err := h.Check(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		from, to string
		want     int
	}{
		{"2026-07-01 14:30", "2026-07-01 15:30", 30},  // summer afternoon begins at 15:00
		{"2026-11-23 14:30", "2026-11-23 15:30", 60},  // winter at 14:30
		{"2026-01-05 14:30", "2026-01-05 15:30", 60},  // winter began last year
		{"2026-11-23 11:30", "2026-11-23 15:00", 60},  // lunch stops the clock
		{"2026-11-20 17:00", "2026-11-23 08:30", 60},  // so does the weekend
		{"2026-10-10 09:00", "2026-10-10 10:00", 60},  // a worked Saturday keeps Monday's hours
		{"2026-09-30 17:30", "2026-10-08 08:30", 60},  // National Day, and the season changes in it
		{"2026-10-08 08:30", "2026-09-30 17:30", -60}, // backwards
		{"2026-11-23 18:00", "2026-11-24 07:00", 0},
	} {
		from, to := instant(t, c.from), instant(t, c.to)
		got, err := tab.WorkingMinutes(h, from, to)
		if err != nil || got != c.want {
			t.Errorf("%s to %s: %d minutes, %v; want %d", c.from, c.to, got, err, c.want)
		}
		if c.want > 0 {
			end, err := tab.AddWorked(h, from, time.Duration(c.want)*time.Minute)
			if back, _ := tab.WorkingMinutes(h, from, end); err != nil || back != c.want || end.After(to) {
				t.Errorf("%s plus %d minutes is %v, %v", c.from, c.want, end, err)
			}
		}
	}
	if end, err := tab.AddWorked(Hours{}, instant(t, "2026-11-23 16:00"), 2*time.Hour); err != nil || !end.Equal(instant(t, "2026-11-24 10:00")) {
		t.Errorf("two hours from 16:00 end at %v, %v", end, err)
	}
	for name, bad := range map[string]Season{
		"overlap":  {"", 1, 1, Weekdays(Opening{60, 120}, Opening{90, 150})},
		"reversed": {"", 1, 1, Weekdays(Opening{120, 60})},
		"no date":  {"", 2, 30, Weekdays(Opening{60, 120})},
		"closed":   {"", 1, 1, Weekdays()},
	} {
		if (Hours{[]Season{bad}}).Check() == nil {
			t.Errorf("%s: hours were accepted", name)
		}
	}
	if _, err := tab.AddWorked(Hours{[]Season{{}}}, instant(t, "2020-01-02 09:00"), time.Hour); err == nil {
		t.Error("an office that never opens finished an hour's work")
	}
}

func instant(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", s, Zone())
	if err != nil {
		t.Fatal(err)
	}
	return at
}
