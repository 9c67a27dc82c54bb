package docket

import (
	"bytes"
	"time"

	"tongban/handling/casework"
	"tongban/kernel/calendar"
	"tongban/kernel/sheet"
	"tongban/kernel/web"
)

// exportList writes the list as a table file.
func (m *Module) exportList(w *web.Response, r *web.Request) error {
	f := casework.FilterOf(r.URL.Query())
	var file bytes.Buffer
	err := sheet.Write(&file, sheet.Sheet{Name: "办件", Columns: []sheet.Column{{Title: "办件编号", Width: 20}, {Title: "事项", Width: 26}, {Title: "申请人", Width: 16}, {Title: "状态"},
		{Title: "承办单位"}, {Title: "来源渠道"}, {Title: "所属申请", Width: 20}, {Title: "收件日期", Kind: sheet.Date}, {Title: "受理日期", Kind: sheet.Date},
		{Title: "承诺期限", Kind: sheet.Date}, {Title: "法定期限", Kind: sheet.Date}, {Title: "决定日期", Kind: sheet.Date}},
		Rows: func(yield func([]any, error) bool) {
			for c, err := range m.cases.Each(r.Ctx, r.View, f) {
				if err != nil {
					yield(nil, err)
					return
				}
				if !yield([]any{c.Number, c.ItemName, c.ApplicantName, casework.StateLabel(c.State), m.org.Name(c.Unit), c.Channel.Label(), c.GroupTitle,
					local(c.ReceivedAt), local(c.AcceptedAt), lastInstant(c.Due), lastInstant(c.LegalDue), local(c.DecidedAt)}, nil) {
					return
				}
			}
		}})
	if err != nil {
		return err
	}
	return w.Download("办件-"+calendar.DayOf(r.Now).String()+".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", r.Now, false, bytes.NewReader(file.Bytes()))
}

func local(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(calendar.Zone())
}

func lastInstant(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Add(-time.Nanosecond).In(calendar.Zone())
}
