// Package workcalendar keeps the county's working calendar (工作日历): the State Council's yearly notice is imported, local days are
// added, and every change recomputes the running clocks with a record. The days themselves live in kernel/clock.
package workcalendar

import (
	"context"
	"fmt"

	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

// PermManage is the right to change the calendar.
const PermManage authz.Permission = "calendar.manage"

// Layers a county may change: the national notices, and its own days.
const (
	National = "national-import"
	Local    = "local"
)

// Module keeps the calendar.
type Module struct{ k *app.Kernel }

// New makes the module.
func New(k *app.Kernel) *Module { return &Module{k} }

// Manifest implements app.Module.
func (m *Module) Manifest() app.Manifest {
	return app.Manifest{
		Name: "workcalendar", Title: "工作日历",
		Sections:    Sections(),
		Published:   m.published,
		Permissions: []authz.Definition{{Permission: PermManage, Title: "维护工作日历"}},
		Routes: []web.Route{
			web.Page("/admin/calendar", PermManage, m.showCalendar),
			web.Form("/admin/calendar/preview", PermManage, m.postPreview),
			web.Form("/admin/calendar/import", PermManage, m.postImport),
		},
		Nav: []web.NavEntry{{Desk: web.Admin, Group: "管理", Order: 920, Label: "工作日历", Icon: ui.IconCalendar, URL: "/admin/calendar", Permission: PermManage}},
	}
}

// Notice is a yearly arrangement as it was read from a file, ready to be looked at before it is put in force.
type Notice struct {
	Source   string
	Years    []int
	Rows     []calendar.Row
	Doubts   []string
	Changes  []calendar.Change
	Original string
}

// Read reads an ICS or JSON file and compares it with the calendar in force.
func (m *Module) Read(text, source string) (Notice, error) {
	read := calendar.ReadJSON
	if len(text) >= 15 && text[:15] == "BEGIN:VCALENDAR" {
		read = calendar.ReadICS
	}
	in := read([]byte(text), source)
	if len(in.Faults) > 0 {
		bad := problem.Invalid("这个文件有 %d 处读不懂，没有导入", len(in.Faults))
		for _, f := range in.Faults {
			bad = bad.On("text", f.Error())
		}
		return Notice{}, bad
	}
	if len(in.Rows) == 0 {
		return Notice{}, problem.Invalid("文件里没有放假或调休的日期").On("text", "请粘贴国务院办公厅放假通知对应的 ICS 或 JSON 内容")
	}
	n := Notice{Source: source, Years: in.Years, Rows: in.Rows, Original: text}
	for _, y := range in.Years {
		n.Doubts = append(n.Doubts, calendar.Doubts(y, in.Rows)...)
	}
	now := m.k.Clocks.Calendar().Table
	next, err := calendar.New(calendar.Seed(), calendar.Layer{Name: National, Years: in.Years, Rows: in.Rows})
	if err != nil {
		return n, problem.Invalid("%s", err.Error())
	}
	for _, c := range calendar.Diff(now, next) {
		for _, y := range in.Years {
			if c.Day.Year() == y && c.Moves() {
				n.Changes = append(n.Changes, c)
			}
		}
	}
	return n, nil
}

// Import puts a notice in force, year by year, and recomputes every running clock: later dates are taken over with a record,
// earlier ones never silently. It returns how many clocks moved.
func (m *Module) Import(ctx context.Context, tx *db.Tx, n Notice) (moved int, err error) {
	if err := tx.Require(PermManage, authz.Place{}); err != nil {
		return 0, err
	}
	for _, year := range n.Years {
		var rows []calendar.Row
		for _, r := range n.Rows {
			if r.Day.Year() == year {
				rows = append(rows, r)
			}
		}
		count, err := m.k.Clocks.Change(ctx, tx, National, year, rows, n.Source)
		if err != nil {
			return moved, err
		}
		moved += count
	}
	tx.Answer(fmt.Sprint(moved))
	return moved, nil
}
