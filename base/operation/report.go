package operation

import (
	"bytes"
	"fmt"
	"time"

	"github.com/a-h/templ"

	"tongban/kernel/audit"
	"tongban/kernel/document"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

// showReport prints the monthly report of the audit (审计月报): the last checkpoint of every day of the month, to be signed and kept on
// paper, where nobody who rules the machines can change it.
func (m *Module) showReport(w *web.Response, r *web.Request) error {
	month, err := time.ParseInLocation("2006-01", r.Value("month"), web.Beijing)
	if err != nil {
		if r.Value("month") != "" {
			return problem.Invalid("月份写成 2026-11 的样子")
		}
		month = r.Now.In(web.Beijing)
		month = time.Date(month.Year(), month.Month(), 1, 0, 0, 0, 0, web.Beijing)
	}
	all, err := m.k.Checkpoints()
	if err != nil {
		return problem.Conflict("%s。请先查明原因，月报不能建立在被改动的见证上", err)
	}
	days, before := daily(all, month)
	if len(days) == 0 {
		return problem.NotFound("%s没有审计见证。系统每小时签署一次，有新的办理才有新的见证", month.Format("2006年1月"))
	}
	pdf, err := m.k.Papers.Render(report(month, days, before), r.Now.In(web.Beijing))
	if err != nil {
		return err
	}
	return w.Download("审计月报"+month.Format("2006-01")+".pdf", "application/pdf", r.Now, true, bytes.NewReader(pdf))
}

// reports leads to the newest monthly report; to none before the first checkpoint, and to the reason where they cannot be read.
func (m *Module) reports() []templ.Component {
	link := ui.LinkButton{Label: "审计月报", URL: "/admin/audit/report.pdf", Kind: ui.Secondary, NewTab: true}
	switch all, err := m.k.Checkpoints(); {
	case err == nil && len(all) == 0:
		return nil
	case err == nil:
		month := all[len(all)-1].At.In(web.Beijing)
		link.Label, link.URL = month.Format("2006年1月")+"审计月报", link.URL+"?month="+month.Format("2006-01")
	}
	return []templ.Component{link}
}

// daily is the last checkpoint of each day of the month, and how long the chain was before the month.
func daily(all []audit.Checkpoint, month time.Time) (days []audit.Checkpoint, before int64) {
	end := month.AddDate(0, 1, 0)
	for _, c := range all {
		switch {
		case c.At.Before(month):
			before = c.Seq
		case c.At.Before(end):
			if n := len(days); n > 0 && days[n-1].At.In(web.Beijing).Day() == c.At.In(web.Beijing).Day() {
				days[n-1] = c
			} else {
				days = append(days, c)
			}
		}
	}
	return days, before
}

func report(month time.Time, days []audit.Checkpoint, before int64) document.Paper {
	last := days[len(days)-1]
	table := document.Table{Columns: []document.Column{{Title: "签署时间", Weight: 1.3}, {Title: "链长（行）", Weight: 1, Align: document.Right}, {Title: "链头 SM3", Weight: 4}}}
	for _, c := range days {
		table.Rows = append(table.Rows, []string{c.At.In(web.Beijing).Format("01-02 15:04"), fmt.Sprint(c.Seq), c.Hash})
	}
	return document.Paper{Issuer: last.County, Title: "审计月报", Number: month.Format("2006年1月"), Creator: "通办", Blocks: []document.Block{
		document.Paragraph{Text: fmt.Sprintf("本月审计链由第 %d 行增至第 %d 行，新增 %d 行。下表是每天最后一次签署的链头。任何人改动、删除、插入、调换或截去此前的任何一行，链头都会与本表不符；用 tongban audit verify 可核对。", before, last.Seq, last.Seq-before)},
		table,
		document.Heading{Text: "月末见证", Level: 2},
		document.Paragraph{Text: "签名内容：" + last.Statement(), Flush: true},
		document.Paragraph{Text: fmt.Sprintf("SM2 签名（DER，十六进制）：%x", last.Signature), Flush: true},
		document.Fields{Rows: []document.Field{{Label: "审计管理员（签字）", Value: "　"}, {Label: "单位负责人（签字）", Value: "　"}, {Label: "日期", Value: "　"}}},
	}}
}
