package calendar

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fault is one place in an imported file that could not be read.
type Fault struct {
	Line int // from 1
	Text string
}

func (f Fault) Error() string { return fmt.Sprintf("第%d行：%s", f.Line, f.Text) }

// Import is what was read from a file. Rows are ordered and unique by day;
// nothing of it counts until it is put into a [Layer]. A file with faults
// should not be taken over.
type Import struct {
	Years  []int // years the file claims to be complete for; nil when it does not say
	Rows   []Row
	Faults []Fault
}

// Limits that keep a hostile or broken file from filling memory: a notice
// lists about forty days a year, its longest block had ten.
const (
	maxBlock = 31
	maxRows  = 5000
)

type reader struct {
	Import
	kinds map[Day]Kind
}

func (r *reader) fault(line int, format string, args ...any) {
	if len(r.Faults) < 200 {
		r.Faults = append(r.Faults, Fault{line, fmt.Sprintf(format, args...)})
	}
}

func (r *reader) add(line int, row Row) {
	if k, seen := r.kinds[row.Day]; seen {
		if k != row.Kind {
			r.fault(line, "%s 前面写作“%s”，这里写作“%s”，请只留一种", row.Day.Chinese(), k.Chinese(), row.Kind.Chinese())
		}
		return
	}
	if len(r.Rows) >= maxRows {
		if len(r.Rows) == maxRows {
			r.fault(line, "超过%d天，文件过大，请按年度分开导入", maxRows)
		}
		return
	}
	if r.kinds == nil {
		r.kinds = map[Day]Kind{}
	}
	r.kinds[row.Day] = row.Kind
	r.Rows = append(r.Rows, row)
}

func (r *reader) done() Import {
	slices.SortFunc(r.Rows, func(a, b Row) int { return a.Day.Compare(b.Day) })
	slices.Sort(r.Years)
	r.Years = slices.Compact(r.Years)
	return r.Import
}

// Chinese returns 休 or 班.
func (k Kind) Chinese() string {
	if k == Work {
		return "班"
	}
	return "休"
}

// ReadICS reads all-day events of an iCalendar file (a subset of RFC 5545:
// VEVENT with DTSTART, DTEND — exclusive — SUMMARY and CATEGORIES). An event is
// a day off when its summary, else its description or categories, says 休 or
// 放假, and a working day when it says 班. Source is the notice the rows are
// credited to.
func ReadICS(src []byte, source string) Import {
	r := &reader{}
	var stack []icsLine // the blocks that are open, with the line where each began
	var ev event
	begun := false
	for _, l := range unfold(src) {
		if strings.TrimSpace(l.text) == "" {
			continue
		}
		p, ok := property(l.text)
		if !ok {
			r.fault(l.no, "“%s”不是日历文件的格式（应为 名称:值）", clip(l.text))
			continue
		}
		switch p.name {
		case "BEGIN":
			if p.value == "VCALENDAR" {
				begun = true
			}
			if p.value == "VEVENT" {
				ev = event{line: l.no}
			}
			if len(stack) > 20 {
				r.fault(l.no, "嵌套过深，文件可能已损坏")
				return r.done()
			}
			stack = append(stack, icsLine{l.no, p.value})
			continue
		case "END":
			if len(stack) == 0 || stack[len(stack)-1].text != p.value {
				r.fault(l.no, "END:%s 没有对应的 BEGIN:%s", clip(p.value), clip(p.value))
				continue
			}
			stack = stack[:len(stack)-1]
			if p.value == "VEVENT" {
				ev.close(r, source)
			}
			continue
		}
		// An alarm inside an event has properties of its own.
		if len(stack) > 0 && stack[len(stack)-1].text == "VEVENT" {
			ev.set(r, l.no, p)
		}
	}
	if !begun {
		r.fault(1, "找不到 BEGIN:VCALENDAR，这不是 ICS 日历文件")
	}
	if len(stack) > 0 {
		open := stack[len(stack)-1]
		r.fault(open.no, "%s 没有结束，文件可能被截断", clip(open.text))
	}
	return r.done()
}

type icsLine struct {
	no   int
	text string
}

// unfold joins continued lines (RFC 5545, 3.1) and remembers where each began.
func unfold(src []byte) []icsLine {
	var out []icsLine
	text := strings.TrimPrefix(string(src), "\ufeff")
	for i, s := range strings.Split(text, "\n") {
		s = strings.TrimSuffix(s, "\r")
		if len(out) > 0 && s != "" && (s[0] == ' ' || s[0] == '\t') {
			out[len(out)-1].text += s[1:]
			continue
		}
		out = append(out, icsLine{i + 1, s})
	}
	return out
}

type icsProperty struct {
	name   string
	params string
	value  string
}

func property(s string) (icsProperty, bool) {
	quoted := false
	for i, c := range s {
		switch {
		case c == '"':
			quoted = !quoted
		case c == ':' && !quoted:
			name, params, _ := strings.Cut(s[:i], ";")
			return icsProperty{strings.ToUpper(name), strings.ToUpper(params), s[i+1:]}, name != ""
		}
	}
	return icsProperty{}, false
}

var unescape = strings.NewReplacer(`\\`, `\`, `\,`, `,`, `\;`, `;`, `\n`, " ", `\N`, " ")

type event struct {
	line      int
	from, to  Day
	summary   string
	other     string
	bad       bool
	cancelled bool
}

func (e *event) set(r *reader, line int, p icsProperty) {
	switch p.name {
	case "DTSTART", "DTEND":
		d, err := icsDay(p.value)
		if err != nil {
			r.fault(line, "%s：%v", p.name, err)
			e.bad = true
			return
		}
		if p.name == "DTSTART" {
			e.from = d
		} else {
			e.to = d
		}
	case "SUMMARY":
		e.summary = unescape.Replace(p.value)
	case "CATEGORIES", "DESCRIPTION":
		e.other += unescape.Replace(p.value) + " "
	case "STATUS":
		e.cancelled = e.cancelled || p.value == "CANCELLED"
	case "RRULE", "RDATE":
		r.fault(line, "不支持重复事件，请逐日列出")
		e.bad = true
	}
}

// icsDay accepts a date, and a date with midnight, which some programs write
// for all-day events.
func icsDay(s string) (Day, error) {
	if len(s) > 8 && strings.HasPrefix(s[8:], "T") {
		if t := strings.TrimSuffix(s[9:], "Z"); t != "000000" || strings.HasSuffix(s, "Z") {
			return Day{}, fmt.Errorf("“%s”带有时刻，放假安排应为全天事件", clip(s))
		}
		s = s[:8]
	}
	if len(s) != 8 {
		return Day{}, fmt.Errorf("日期“%s”应写成 20261123", clip(s))
	}
	return ParseDay(s)
}

func (e *event) close(r *reader, source string) {
	if e.bad || e.cancelled {
		return
	}
	if e.from.IsZero() {
		r.fault(e.line, "事件“%s”没有开始日期 DTSTART", clip(e.summary))
		return
	}
	kind, ok := says(e.summary)
	if !ok {
		if kind, ok = says(e.other); !ok {
			r.fault(e.line, "事件“%s”看不出是休还是班，请在标题写明（休）或（班）", clip(e.summary))
			return
		}
	}
	last := e.from
	if !e.to.IsZero() && e.to != e.from {
		last = e.to.Plus(-1) // DTEND is the first day no longer meant
	}
	switch n := last.Since(e.from) + 1; {
	case n < 1:
		r.fault(e.line, "事件“%s”的结束早于开始", clip(e.summary))
		return
	case n > maxBlock:
		r.fault(e.line, "事件“%s”长达%d天，放假安排不会超过%d天，请核对", clip(e.summary), n, maxBlock)
		return
	}
	for d := e.from; !d.After(last); d = d.Plus(1) {
		r.add(e.line, Row{d, kind, bare(e.summary), source})
	}
}

// says reads 班 before 休, because 调休上班 holds both.
func says(s string) (Kind, bool) {
	switch {
	case strings.Contains(s, "班"):
		return Work, true
	case strings.Contains(s, "休"), strings.Contains(s, "放假"):
		return Off, true
	}
	return "", false
}

var bareName = strings.NewReplacer("（", "", "）", "", "(", "", ")", "", "调休", "", "补班", "", "上班", "", "放假", "", "休", "", "班", "", " ", "")

func bare(s string) string {
	if b := bareName.Replace(s); b != "" {
		return b
	}
	return strings.TrimSpace(s)
}

// ReadJSON reads rows from JSON: an array of them, or an object with the
// array under "rows" or "days" and optionally "year" or "years" for which it is
// complete. A row has "date", "name" and either "kind" (off or work) or
// "isOffDay" (true or false), and may have a "source"; rows without one are
// credited to the given source.
func ReadJSON(src []byte, source string) Import {
	r := &reader{}
	j := &jsonReader{reader: r, src: src, source: source}
	j.dec = json.NewDecoder(bytes.NewReader(src))
	if err := j.file(); err != nil {
		at := j.dec.InputOffset()
		var syn *json.SyntaxError
		if errors.As(err, &syn) {
			at = syn.Offset
		}
		switch {
		case errors.Is(err, errShape):
			r.fault(j.line(at), "内容应为放假安排的数组，或含 rows（或 days）数组的对象")
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			r.fault(j.line(int64(len(src))), "文件没有写完，可能被截断")
		default:
			r.fault(j.line(at), "不是正确的 JSON，请检查逗号、引号和括号")
		}
	}
	return r.done()
}

var errShape = errors.New("neither array nor object with rows")

type jsonReader struct {
	*reader
	dec    *json.Decoder
	src    []byte
	source string
}

func (j *jsonReader) line(at int64) int {
	at = max(0, min(at, int64(len(j.src))))
	return 1 + bytes.Count(j.src[:at], []byte("\n"))
}

// here is the line of the value that comes next.
func (j *jsonReader) here() int {
	at := j.dec.InputOffset()
	for at < int64(len(j.src)) && strings.IndexByte(" \t\r\n,:", j.src[at]) >= 0 {
		at++
	}
	return j.line(at)
}

func (j *jsonReader) file() error {
	tok, err := j.dec.Token()
	if err != nil {
		return err
	}
	switch tok {
	case json.Delim('['):
		return j.rows()
	case json.Delim('{'):
	default:
		return errShape
	}
	found := false
	for j.dec.More() {
		key, err := j.dec.Token()
		if err != nil {
			return err
		}
		line := j.here()
		switch key {
		case "rows", "days":
			if tok, err = j.dec.Token(); err != nil {
				return err
			}
			if tok != json.Delim('[') {
				return errShape
			}
			found = true
			if err := j.rows(); err != nil {
				return err
			}
		case "year", "years":
			var raw json.RawMessage
			if err := j.dec.Decode(&raw); err != nil {
				return err
			}
			j.years(line, raw)
		default:
			var skip json.RawMessage
			if err := j.dec.Decode(&skip); err != nil {
				return err
			}
		}
	}
	if _, err := j.dec.Token(); err != nil {
		return err
	}
	if !found {
		return errShape
	}
	return nil
}

func (j *jsonReader) years(line int, raw json.RawMessage) {
	var ys []int
	var y int
	if json.Unmarshal(raw, &y) == nil {
		ys = []int{y}
	} else if json.Unmarshal(raw, &ys) != nil {
		j.fault(line, "年度应为数字，如 2027")
		return
	}
	for _, y := range ys {
		if y < 1949 || y > 2200 {
			j.fault(line, "年度 %d 不合理", y)
			continue
		}
		j.Years = append(j.Years, y)
	}
}

func (j *jsonReader) rows() error {
	for j.dec.More() {
		line := j.here()
		var raw json.RawMessage
		if err := j.dec.Decode(&raw); err != nil {
			return err
		}
		var in struct {
			Date, Kind, Name, Source string
			IsOffDay                 *bool
		}
		if err := json.Unmarshal(raw, &in); err != nil {
			j.fault(line, "这一行的栏目类型不对，应有 date、name 和 kind（或 isOffDay）")
			continue
		}
		d, err := ParseDay(in.Date)
		if err != nil {
			j.fault(line, "%v", err)
			continue
		}
		kind := Kind(in.Kind)
		if in.IsOffDay != nil {
			kind = map[bool]Kind{true: Off, false: Work}[*in.IsOffDay]
		}
		if kind != Off && kind != Work {
			j.fault(line, "%s 没有写明休（off）还是班（work）", d)
			continue
		}
		if in.Source == "" {
			in.Source = j.source
		}
		j.add(line, Row{d, kind, in.Name, in.Source})
	}
	_, err := j.dec.Token() // the closing bracket
	return err
}

// Doubts lists what makes the rows of a year look unlike a complete notice:
// a holiday that is missing, a weekday marked as make-up work, a weird number
// of working days. They are warnings for the person who imports, not errors.
func Doubts(year int, rows []Row) []string {
	var out []string
	names := ""
	days := 0
	for _, r := range rows {
		if r.Day.Year() != year {
			continue
		}
		names += r.Name + " "
		switch {
		case r.Kind == Work && !weekend(r.Day):
			out = append(out, r.Day.Chinese()+"本来就是工作日，却写作调休上班，请核对")
		case r.Kind == Work:
			days++
		case !weekend(r.Day):
			days--
		}
	}
	for _, h := range []string{"元旦", "春节", "清明", "劳动", "端午", "中秋", "国庆"} {
		if !strings.Contains(names, h) && !(h == "中秋" && strings.Contains(names, "国庆")) {
			out = append(out, strconv.Itoa(year)+"年没有“"+h+"”的放假安排，请核对通知")
		}
	}
	for d := Date(year, time.January, 1); d.Year() == year; d = d.Plus(1) {
		if !weekend(d) {
			days++
		}
	}
	if days < 246 || days > 253 {
		out = append(out, fmt.Sprintf("%d年推算出%d个工作日，历年在248至252之间，请核对", year, days))
	}
	return out
}

// Change is one day about which two tables differ.
type Change struct {
	Day           Day
	Before, After Mark
	New           bool // the year was not covered before
}

// Moves reports whether the day changes between worked and off, so that
// deadlines may move; otherwise only its name or source changes.
func (c Change) Moves() bool { return c.Before.Work != c.After.Work }

// String returns 2026年10月10日（周六）：休改为班（国庆节）.
func (c Change) String() string {
	word := map[bool]string{true: "班", false: "休"}
	if !c.Moves() {
		return fmt.Sprintf("%s：仍为%s，名称或依据由“%s”改为“%s”", c.Day.Chinese(), word[c.After.Work], c.Before.Name, c.After.Name)
	}
	name := c.After.Name
	if name == "" {
		name = "取消“" + c.Before.Name + "”"
	}
	return fmt.Sprintf("%s：%s改为%s（%s）", c.Day.Chinese(), word[c.Before.Work], word[c.After.Work], name)
}

// Diff lists the days about which the new table says something else than the
// old one, in order. A day in a year the old table does not cover is compared
// with the plain week.
func Diff(old, new Table) []Change {
	days := map[Day]bool{}
	for d := range old.rows {
		days[d] = true
	}
	for d := range new.rows {
		days[d] = true
	}
	var out []Change
	for d := range days {
		b, a := old.plain(d), new.plain(d)
		if b.Work == a.Work && b.Name == a.Name && b.Source == a.Source {
			continue
		}
		out = append(out, Change{d, b, a, !old.Covered(d.Year())})
	}
	slices.SortFunc(out, func(a, b Change) int { return a.Day.Compare(b.Day) })
	return out
}

// plain is Look without asking for coverage.
func (t Table) plain(d Day) Mark {
	if m, listed := t.rows[d]; listed {
		return Mark{d, m.Kind == Work, m.Name, m.Source, m.layer}
	}
	if weekend(d) {
		return Mark{Day: d, Name: "周末"}
	}
	return Mark{Day: d, Work: true}
}
