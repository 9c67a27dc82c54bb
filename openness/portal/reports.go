package portal

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tongban/base/party"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/notify"
	"tongban/kernel/number"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/kernel/worklist"
	"tongban/openness/portal/internal/store"
	"tongban/rules/catalogue"
)

// purpose binds a sealed phone number to this table.
const purpose = "portal.report.phone"

// taskKind is the kind of the stewards' tasks on the to-do list.
const taskKind = "portal.report"

const (
	longestReport = 1000
	// mostOpenPerHour bounds how many open reports an hour may bring, from everybody together: the form needs no login.
	mostOpenPerHour = 60
)

// check validates a reported fault.
func (f Fault) check() (Fault, error) {
	bad := problem.Invalid("有几处需要补充")
	f.Page, f.Words = strings.TrimSpace(f.Page), strings.TrimSpace(f.Words)
	if !slices.ContainsFunc(faultKinds[:], func(k struct{ code, title string }) bool { return k.code == f.Kind }) {
		bad = bad.On("kind", "请选择是哪一类问题")
	}
	switch n := utf8.RuneCountInString(f.Words); {
	case n < 4:
		bad = bad.On("words", "请写明哪里不对，至少 4 个字")
	case n > longestReport:
		bad = bad.On("words", fmt.Sprintf("最多 %d 个字，现在是 %d 个字，请写短一些", longestReport, n))
	}
	if utf8.RuneCountInString(f.Page) > 300 {
		bad = bad.On("page", "网址太长，请只留下网址本身")
	}
	if f.Phone != "" {
		phone, err := party.ParsePhone(f.Phone)
		if err != nil {
			bad = bad.On("phone", problem.MessageFor(err))
		}
		f.Phone = phone.Full()
	}
	if len(bad.Fields) > 0 {
		return f, bad
	}
	return f, nil
}

// unitOf finds who answers for a page: the unit of the item or thing it shows, else the unit that runs the hall.
func (m *Module) unitOf(page string) string {
	_, path, _ := strings.Cut(page, "://")
	if path == "" {
		path = page
	}
	if i := strings.Index(path, "/"); i >= 0 {
		path = path[i+1:]
	}
	path, _, _ = strings.Cut(path, "?")
	ed := m.k.Library.Current()
	if parts := strings.Split(path, "/"); len(parts) > 1 {
		switch parts[0] {
		case "items":
			if i, ok := pack.Find[catalogue.Item](ed, catalogue.KindItem, parts[1]); ok {
				return i.Unit
			}
		case "events":
			if b, ok := pack.Find[catalogue.Bundle](ed, catalogue.KindBundle, parts[1]); ok {
				return b.Lead
			}
		case "units":
			if u, ok := m.org.Unit(parts[1]); ok {
				return u.Code
			}
		}
	}
	return m.keeper()
}

// keeper is the unit that runs the county's hall and this site.
func (m *Module) keeper() string {
	for _, p := range m.points.All() {
		if p.Kind == "hall" {
			return p.Unit
		}
	}
	if units := m.org.Units(); len(units) > 0 {
		return units[0].Code
	}
	return ""
}

// ReportFault keeps what a reader says is wrong and puts it on the list of the unit's stewards. Anybody may report.
func (m *Module) ReportFault(ctx context.Context, tx *db.Tx, f Fault) (Report, error) {
	f, err := f.check()
	if err != nil {
		return Report{}, err
	}
	q := store.New(tx)
	if n, err := q.OpenReports(ctx, db.At(tx.Now.Add(-time.Hour))); err != nil {
		return Report{}, err
	} else if n >= mostOpenPerHour {
		return Report{}, problem.TooMany(time.Hour, "这一小时收到的找错太多，暂时不再接收。请过一会儿再提交，急事请拨打 12345")
	}
	day := tx.Now.In(beijing).Format("20060102")
	n, err := number.Next(ctx, tx, "portal.report", day)
	if err != nil {
		return Report{}, err
	}
	r := Report{ID: tx.NewID(), Number: fmt.Sprintf("ZC%s%03d", day, n), Fault: f, Unit: m.unitOf(f.Page), State: Open, MadeAt: tx.Now, Version: 1}
	var sealed string
	if f.Phone != "" {
		phone, err := party.ParsePhone(f.Phone)
		if err != nil {
			return r, err
		}
		if sealed, err = m.k.Keys.SealText(purpose, phone.Full()); err != nil {
			return r, err
		}
		r.Fault.Phone = phone.Masked()
	}
	err = q.InsertReport(ctx, store.InsertReportParams{ID: r.ID, Number: r.Number, Page: f.Page, Kind: f.Kind, Words: f.Words, Phone: sealed,
		PhoneMask: r.Fault.Phone, Unit: r.Unit, MadeAt: db.At(tx.Now)})
	if err != nil {
		return r, err
	}
	tx.Record("report", r.ID, "", string(Open), map[string]string{"number": r.Number, "unit": r.Unit, "kind": f.Kind})
	return r, worklist.Open(ctx, tx, worklist.Task{Ref: taskKind + ":" + r.ID, Kind: taskKind, Title: "网站找错：" + faultTitle(f.Kind), Note: short(f.Words, 60),
		Unit: r.Unit, Right: PermSteward, URL: "/w/reports/" + r.ID, Due: m.answerBy(tx.Now)})
}

// answerBy is the first instant that is too late to answer what was reported at t; zero where the calendar does not reach.
func (m *Module) answerBy(t time.Time) time.Time {
	day, err := m.k.Clocks.Calendar().Table.Add(calendar.DayOf(t), workdaysToAnswer)
	if err != nil {
		return time.Time{}
	}
	return day.End()
}

// AnswerFault closes a report: mended, or found right after checking. Who left a phone number is told by SMS.
func (m *Module) AnswerFault(ctx context.Context, tx *db.Tx, id string, version int64, to State, answer string) error {
	q := store.New(tx)
	row, err := q.Report(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return problem.NotFound("没有这条找错")
	}
	if err != nil {
		return err
	}
	if err := tx.Require(PermSteward, authz.Place{Unit: row.Unit}); err != nil {
		return err
	}
	bad := problem.Invalid("有几处需要补充")
	if to != Mended && to != Declined {
		bad = bad.On("state", "请选择处理结果")
	}
	if n := utf8.RuneCountInString(answer); n < 4 || n > longestReport {
		bad = bad.On("answer", "请写明改了什么，或者为什么不改（4 到 1000 个字）")
	}
	if len(bad.Fields) > 0 {
		return bad
	}
	n, err := q.AnswerReport(ctx, store.AnswerReportParams{State: string(to), Answer: answer, AnsweredBy: tx.Actor.Name, AnsweredAt: db.At(tx.Now), ID: id, Version: version})
	if err != nil {
		return err
	}
	if n == 0 {
		return problem.Conflict("这条找错已由%s处理", cmp.Or(row.AnsweredBy, "别的同事")).WithNext("请打开查看处理结果，不用再办。")
	}
	tx.Record("report", id, row.State, string(to), map[string]string{"number": row.Number})
	worklist.Close(ctx, tx, taskKind+":"+id)
	if row.Phone == "" {
		return nil
	}
	phone, err := m.k.Keys.OpenText(purpose, row.Phone)
	if err != nil {
		return err
	}
	return m.k.Notify.Send(ctx, tx, notify.Message{Phone: phone, Title: "找错处理结果",
		Text: fmt.Sprintf("您在%s政务服务网的找错（%s）%s：%s", m.k.Library.Current().Meta.Title, row.Number, to, short(answer, 120))})
}

// FindReport reads a report; not-found for one outside the viewer's reach.
func (m *Module) FindReport(ctx context.Context, v *db.View, id string) (Report, error) {
	row, err := store.New(v).Report(ctx, id)
	if err == nil && !v.Actor.May(PermSteward, authz.Place{Unit: row.Unit}) || errors.Is(err, sql.ErrNoRows) {
		return Report{}, problem.NotFound("没有这条找错，或者它归别的单位处理")
	}
	return read(row), err
}

func read(r store.PortalReport) Report {
	return Report{ID: r.ID, Number: r.Number, Fault: Fault{Page: r.Page, Kind: r.Kind, Words: r.Words, Phone: r.PhoneMask}, Unit: r.Unit, State: State(r.State),
		Answer: r.Answer, AnsweredBy: r.AnsweredBy, MadeAt: r.MadeAt.Time, AnsweredAt: r.AnsweredAt.Time, Version: r.Version}
}

func short(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
