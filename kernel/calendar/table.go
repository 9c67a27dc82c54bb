package calendar

import (
	"fmt"
	"slices"
	"time"
)

// Kind says whether a listed day is a day off or a working day.
type Kind string

// The two kinds of a listed day.
const (
	Off  Kind = "off"  // 放假
	Work Kind = "work" // 调休上班: a weekend day that is worked
)

// Row is one day that differs from the plain week.
type Row struct {
	Day    Day    `json:"date"`
	Kind   Kind   `json:"kind"`
	Name   string `json:"name"`   // 国庆节
	Source string `json:"source"` // title of the notice that says so
}

// Layer is a set of rows from one authority. Years lists the years for which
// that authority's arrangement is complete; a local layer leaves it empty.
type Layer struct {
	Name  string `json:"name"`
	Years []int  `json:"years"`
	Rows  []Row  `json:"rows"`
}

// NotCovered is the error of every question that needs a year whose holiday
// notice is not in the table.
type NotCovered struct {
	Year int // the missing year
	Day  Day // the first day that was asked for in it
}

func (e *NotCovered) Error() string {
	return fmt.Sprintf("工作日历缺少%d年的放假安排，无法推算到%s；请先导入国务院办公厅关于%d年部分节假日安排的通知", e.Year, e.Day.Chinese(), e.Year)
}

// Table answers what is a working day. It is immutable and safe to share.
// The zero Table covers no year and refuses every question.
type Table struct {
	rows        map[Day]mark
	covered     map[int]bool
	provisional map[int]bool
	layers      []Layer
	spans       []span // contiguous covered years, ascending
}

type mark struct {
	Row
	layer string
}

// span holds one run of covered years: the working days in order, and for
// each natural day how many working days came before it in the run.
type span struct {
	first, last Day
	work        []Day
	before      []int32 // len = days+1
}

// New builds a table from layers; where two speak about the same day, the
// later layer wins. It refuses a row without date or of unknown kind, and two
// rows of one layer that contradict each other.
func New(layers ...Layer) (Table, error) {
	t := Table{rows: map[Day]mark{}, covered: map[int]bool{}, layers: slices.Clone(layers)}
	for _, l := range layers {
		seen := map[Day]Kind{}
		for _, r := range l.Rows {
			if r.Day.IsZero() {
				return Table{}, fmt.Errorf("日历层“%s”中“%s”没有日期，请补上", l.Name, r.Name)
			}
			if r.Kind != Off && r.Kind != Work {
				return Table{}, fmt.Errorf("日历层“%s”中 %s 的类别“%s”不认识，只能是 off（休）或 work（班）", l.Name, r.Day, r.Kind)
			}
			if k, twice := seen[r.Day]; twice && k != r.Kind {
				return Table{}, fmt.Errorf("日历层“%s”中 %s 既写休又写班，请只留一行", l.Name, r.Day)
			}
			seen[r.Day] = r.Kind
			t.rows[r.Day] = mark{r, l.Name}
		}
		for _, y := range l.Years {
			t.covered[y] = true
		}
	}
	t.index()
	return t, nil
}

// Provisional returns the table with the given years, as far as they are not
// covered, taken as plain weeks plus the statutory holidays whose date is
// fixed (元旦, 劳动节, 国庆节). Dates that reach into such a year are estimates:
// tell the reader ([Table.IsProvisional]) and recompute when the notice is
// there.
func (t Table) Provisional(years ...int) Table {
	missing := Layer{Name: "暂按周末推算"}
	p := map[int]bool{}
	for _, y := range years {
		if t.Covered(y) {
			continue
		}
		p[y] = true
		missing.Years = append(missing.Years, y)
		for _, f := range fixedHolidays {
			if d := Date(y, f.month, f.day); t.rows[d].Day.IsZero() {
				missing.Rows = append(missing.Rows, Row{d, Off, f.name, "全国年节及纪念日放假办法"})
			}
		}
	}
	if len(p) == 0 {
		return t
	}
	n, err := New(append(slices.Clone(t.layers), missing)...)
	if err != nil { // the layers built a table before
		return t
	}
	n.provisional = p
	for y := range t.provisional {
		n.provisional[y] = true
	}
	return n
}

// fixedHolidays are the days off of 全国年节及纪念日放假办法 that fall on the same
// date every year, as amended from 2025.
var fixedHolidays = []struct {
	month time.Month
	day   int
	name  string
}{{1, 1, "元旦"}, {5, 1, "劳动节"}, {5, 2, "劳动节"}, {10, 1, "国庆节"}, {10, 2, "国庆节"}, {10, 3, "国庆节"}}

// IsProvisional reports whether the year is only estimated.
func (t Table) IsProvisional(year int) bool { return t.provisional[year] }

// Covered reports whether the arrangement of that year is in the table.
func (t Table) Covered(year int) bool { return t.covered[year] }

// Years lists the covered years in order.
func (t Table) Years() []int {
	ys := make([]int, 0, len(t.covered))
	for y := range t.covered {
		ys = append(ys, y)
	}
	slices.Sort(ys)
	return ys
}

// MissingYear tells which year's notice is wanting: the current one, or from
// November on (when the notice is usually issued) the next one.
func (t Table) MissingYear(today Day) (year int, missing bool) {
	switch y := today.Year(); {
	case !t.Covered(y) || t.IsProvisional(y):
		return y, true
	case today.Month() >= time.November && (!t.Covered(y+1) || t.IsProvisional(y+1)):
		return y + 1, true
	}
	return 0, false
}

// Rows lists every listed day in order, after the layers are laid over each
// other.
func (t Table) Rows() []Row {
	rs := make([]Row, 0, len(t.rows))
	for _, m := range t.rows {
		rs = append(rs, m.Row)
	}
	slices.SortFunc(rs, func(a, b Row) int { return a.Day.Compare(b.Day) })
	return rs
}

// Mark is what the table knows about one day.
type Mark struct {
	Day    Day
	Work   bool
	Name   string // 国庆节, 周末; empty on an ordinary working day
	Source string // the notice, when the day is listed
	Layer  string // the layer that decided, when the day is listed
}

// Look tells whether d is worked and why.
func (t Table) Look(d Day) (Mark, error) {
	if !t.Covered(d.Year()) {
		return Mark{}, &NotCovered{d.Year(), d}
	}
	return t.plain(d), nil
}

// IsWorkday reports whether d is a working day.
func (t Table) IsWorkday(d Day) (bool, error) {
	s, err := t.span(d)
	if err != nil {
		return false, err
	}
	return s.works(d), nil
}

// Add returns the n-th working day after d. The starting day is not counted,
// whether worked or not (行政许可法第八十二条：期限以工作日计算，不含法定节假日).
// Add(d, 0) is d itself; a negative n counts back, for notices that must be
// given so many days before an event.
func (t Table) Add(d Day, n int) (Day, error) {
	s, err := t.span(d)
	if err != nil {
		return Day{}, err
	}
	if n == 0 {
		return d, nil
	}
	i := int(s.before[d.Since(s.first)]) // working days of the span before d
	if n < 0 {
		if i += n; i < 0 {
			y := s.first.Year() - 1
			return Day{}, &NotCovered{y, Date(y, 12, 31)}
		}
		return s.work[i], nil
	}
	if s.works(d) {
		i++
	}
	if i += n - 1; i >= len(s.work) {
		y := s.last.Year() + 1
		return Day{}, &NotCovered{y, Date(y, 1, 1)}
	}
	return s.work[i], nil
}

// Between returns the working days after a up to and including b; when b is
// earlier, the negative count of those from b up to but not including a. So
// Between(d, Add(d, n)) is n for every n.
func (t Table) Between(a, b Day) (int, error) {
	s, err := t.span(a)
	if err != nil {
		return 0, err
	}
	if e, err := t.span(b); err != nil {
		return 0, err
	} else if e != s {
		y := s.last.Year() + 1
		if b.Before(a) {
			y = e.last.Year() + 1
		}
		return 0, &NotCovered{y, Date(y, 1, 1)}
	}
	i, j := a.Since(s.first), b.Since(s.first)
	if b.Before(a) {
		return int(s.before[j]) - int(s.before[i]), nil
	}
	return int(s.before[j+1]) - int(s.before[i+1]), nil
}

// Next returns the first working day after d.
func (t Table) Next(d Day) (Day, error) { return t.Add(d, 1) }

// Roll returns d if it is worked, else the first working day after it: a term
// that would end on a day off ends on the next working day.
func (t Table) Roll(d Day) (Day, error) {
	works, err := t.IsWorkday(d)
	if err != nil || works {
		return d, err
	}
	return t.Next(d)
}

// AddNatural returns the last day of a term of n natural days (自然日): the
// starting day is not counted, and a last day off moves to the next working
// day (民法典第二百零一条、第二百零三条).
func (t Table) AddNatural(d Day, n int) (Day, error) { return t.Roll(d.Plus(n)) }

// AddMonths returns the last day of a term of n months: the same day number
// n months later, or the month's last day where there is none, moved to the
// next working day when it is off (民法典第二百零二条、第二百零三条).
func (t Table) AddMonths(d Day, n int) (Day, error) { return t.Roll(d.PlusMonths(n)) }

// PlusMonths returns the same day number n months later, or that month's last
// day where it is shorter.
func (d Day) PlusMonths(n int) Day {
	first := Date(d.Year(), d.Month()+time.Month(n), 1)
	if last := Date(first.Year(), first.Month()+1, 0); d.DayOfMonth() > last.DayOfMonth() {
		return last
	}
	return first.Plus(d.DayOfMonth() - 1)
}

func weekend(d Day) bool { return d.Weekday() == time.Saturday || d.Weekday() == time.Sunday }

func (s *span) works(d Day) bool {
	i := d.Since(s.first)
	return s.before[i+1] > s.before[i]
}

func (t Table) span(d Day) (*span, error) {
	for i := range t.spans { // one or two in practice
		if s := &t.spans[i]; !d.Before(s.first) && !d.After(s.last) {
			return s, nil
		}
	}
	return nil, &NotCovered{d.Year(), d}
}

// index lays the covered years out, so that a deadline costs two look-ups
// instead of a walk.
func (t *Table) index() {
	for _, y := range t.Years() {
		first, last := Date(y, 1, 1), Date(y, 12, 31)
		if k := len(t.spans); k == 0 || t.spans[k-1].last.Plus(1) != first {
			t.spans = append(t.spans, span{first: first, before: []int32{0}})
		}
		s := &t.spans[len(t.spans)-1]
		s.last = last
		for d := first; !d.After(last); d = d.Plus(1) {
			works := !weekend(d)
			if m, listed := t.rows[d]; listed {
				works = m.Kind == Work
			}
			if works {
				s.work = append(s.work, d)
			}
			s.before = append(s.before, int32(len(s.work)))
		}
	}
}
