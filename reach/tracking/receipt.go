package tracking

import (
	"bytes"
	"cmp"
	"strings"

	"tongban/handling/bundle"
	"tongban/handling/casework"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/document"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/rules/material"
	"tongban/ui"
)

// showDone is the receipt as a page; it stays there when bookmarked.
func (m *Module) showDone(w *web.Response, r *web.Request) error {
	s, ok, err := m.tracked(w, r)
	if err != nil || !ok {
		return err
	}
	parts, err := m.bundles.Parts(r.Ctx, r.View, s.ID)
	if err != nil {
		return err
	}
	svg, err := document.QRSVG(r.BaseURL() + "/t/" + s.Number)
	if err != nil {
		return err
	}
	a := ui.Article{Title: "申请已提交", Notice: ui.Notice{Tone: ui.OK, Title: "编号 " + s.Number, Text: s.Title + "，" + web.Stamp(s.SubmittedAt) + " 收到。请记下编号，凭编号和证件号码后四位随时查进度。",
		Actions: ui.Actions{ui.LinkButton{Label: "查看办理进度", URL: "/t/" + s.Number},
			ui.LinkButton{Label: "下载收件凭证（PDF）", URL: "/done/" + s.Number + "/receipt.pdf", Kind: ui.Secondary, Icon: ui.IconDownload, Download: true}}}}
	if s.OwnedBy(r.Actor) {
		a.Notice.Actions = append(a.Notice.Actions, ui.LinkButton{Label: "下载申请表（PDF）", URL: "/done/" + s.Number + "/form.pdf", Kind: ui.Quiet, Icon: ui.IconDownload, Download: true})
	}
	a.Sections = []ui.Section{
		{Title: "接下来", Body: ui.DescriptionList{Facts: []ui.Fact{
			{Term: "最迟办好", Value: cmp.Or(casework.LastDay(s.Due), "以各事项受理通知为准")},
			{Term: "牵头单位", Value: m.unitWords(s.Lead)},
			{Term: "是否受理", Value: "各单位在五个工作日内决定受理，或者一次告知需要补正的全部内容"},
			{Term: "怎样通知您", Value: "站内信和短信；结果" + s.Way.Label()}}}},
		{Title: "谁来办", Flush: true, Body: m.whoTable(parts)},
		{Title: "扫码查进度", Body: ui.QR{SVG: svg, Label: "查办理进度 " + s.Number, Caption: "编号 " + s.Number, URL: "/t/" + s.Number}},
	}
	return w.ShowPublic(frame("申请已提交"), a)
}

func (m *Module) unitWords(code string) string {
	u, ok := m.org.Unit(code)
	if !ok || u.Phone == "" {
		return m.org.Name(code)
	}
	return u.Name + "，电话 " + u.Phone
}

func (m *Module) whoTable(parts []bundle.Part) ui.Table {
	return ui.Table{Caption: "每个事项由谁办", Columns: []ui.Column{{Label: "事项", Main: true}, {Label: "办件编号", Code: true}, {Label: "办理单位"}, {Label: "现在"}},
		Rows: ui.Rows(parts, func(p bundle.Part) ui.Row {
			now := bundle.PartLabel(p.State)
			if p.State == bundle.Waiting {
				now = "等" + strings.Join(p.WaitsFor(parts), "、") + "办好"
			}
			return ui.Row{ID: p.CaseNumber, Cells: ui.Cells(p.ItemName, p.CaseNumber, m.unitWords(p.Unit), now)}
		})}
}

// receipt is the 收件凭证: what was handed in, when, under which number.
func (m *Module) receipt(r *web.Request, s bundle.Submission) (document.Paper, error) {
	parts, err := m.bundles.Parts(r.Ctx, r.View, s.ID)
	if err != nil {
		return document.Paper{}, err
	}
	pieces, err := m.materials.Pieces(r.Ctx, r.View, string(s.ID))
	if err != nil {
		return document.Paper{}, err
	}
	ed, err := m.k.Library.At(r.Ctx, r.View, s.Edition)
	if err != nil {
		return document.Paper{}, err
	}
	who, err := m.parties.Find(r.Ctx, r.View, s.Applicant)
	if err != nil {
		return document.Paper{}, err
	}
	rows := [][]string{}
	for _, p := range parts {
		rows = append(rows, []string{p.ItemName, p.CaseNumber, m.org.Name(p.Unit)})
	}
	papers := [][]string{}
	for _, p := range pieces {
		what := p.State.Label()
		if p.Note != "" && !p.Has() {
			what += "：" + p.Note
		}
		papers = append(papers, []string{material.NameOf(ed, p.Type), cmp.Or(p.Name, "—"), what})
	}
	unit, _ := m.org.Unit(s.Lead)
	paper := document.Paper{Title: "收件凭证", Issuer: ed.Meta.Title + "政务服务", Number: "编号 " + s.Number, Blocks: []document.Block{
		document.Fields{Rows: []document.Field{{Label: "申请事项", Value: s.Title}, {Label: "申请人", Value: s.ApplicantName + "（" + who.NumberMask + "）"},
			{Label: "收到时间", Value: web.Stamp(s.SubmittedAt)}, {Label: "最迟办好", Value: cmp.Or(casework.LastDay(s.Due), "以受理通知为准")},
			{Label: "牵头单位", Value: m.unitWords(s.Lead)}, {Label: "领取方式", Value: s.Way.Label()}}},
		document.Heading{Text: "办理事项", Level: 2},
		document.Table{Columns: []document.Column{{Title: "事项", Weight: 3}, {Title: "办件编号", Weight: 2}, {Title: "办理单位", Weight: 2}}, Rows: rows},
	}}
	if len(papers) > 0 {
		paper.Blocks = append(paper.Blocks, document.Heading{Text: "收到的材料", Level: 2},
			document.Table{Columns: []document.Column{{Title: "材料", Weight: 2}, {Title: "文件", Weight: 2}, {Title: "状态", Weight: 3}}, Rows: papers})
	}
	paper.Blocks = append(paper.Blocks,
		document.Paragraph{Text: "本凭证证明上述申请已经收到，不是受理决定。各单位将在五个工作日内决定是否受理，或者一次告知需要补正的全部内容；逾期不告知的，自收到申请材料之日起即为受理（行政许可法第三十二条）。"},
		document.Signature{Issuer: unit.Name, Date: calendar.DayOf(s.SubmittedAt).Chinese()})
	paper.QR = &document.QR{Text: r.BaseURL() + "/t/" + s.Number, Caption: "扫码查进度"}
	return paper, nil
}

func (m *Module) downloadReceipt(w *web.Response, r *web.Request) error {
	s, ok, err := m.tracked(w, r)
	if err != nil || !ok {
		return err
	}
	paper, err := m.receipt(r, s)
	if err != nil {
		return err
	}
	pdf, err := m.k.Papers.Render(paper, s.SubmittedAt)
	if err != nil {
		return err
	}
	return w.Download("收件凭证-"+s.Number+".pdf", "application/pdf", s.SubmittedAt, true, bytes.NewReader(pdf))
}

// downloadForm gives the one form as it was submitted (申请表), for the applicant and for who handles one of its cases. Reading it is on
// record where staff do.
func (m *Module) downloadForm(w *web.Response, r *web.Request) error {
	s, ok, err := m.tracked(w, r)
	if err != nil || !ok {
		return err
	}
	if may, err := m.bundles.MayRead(r.Ctx, r.View, s); err != nil || !may {
		return problem.Forbidden("申请表里有个人信息，请申请人登录后下载")
	}
	work, err := m.bundles.WorkOf(r.Ctx, r.View, s)
	if err != nil {
		return err
	}
	if r.Actor.Kind == authz.Staff {
		if _, err := m.k.DB.Run(r.Ctx, db.Act{Actor: r.Actor, Name: "tracking.read-form", Now: r.Now}, func(tx *db.Tx) error {
			return tx.Read(db.Reading{Party: s.Applicant, Kind: "submission", ID: string(s.ID), What: "申请表全文", Purpose: "办理申请", About: s.Number + " " + s.Title})
		}); err != nil {
			return err
		}
	}
	paper := document.Paper{Title: s.Title + "申请表", Issuer: work.Ed.Meta.Title + "政务服务", Number: "编号 " + s.Number}
	for _, list := range work.Form.Summary(work.Values, nil, "", false) {
		rows := make([]document.Field, 0, len(list.Answers))
		for _, a := range list.Answers {
			rows = append(rows, document.Field{Label: a.Label, Value: cmp.Or(a.Value, "未填写")})
		}
		paper.Blocks = append(paper.Blocks, document.Heading{Text: list.Title, Level: 2}, document.Fields{Rows: rows})
	}
	paper.Blocks = append(paper.Blocks, document.Heading{Text: "申请人声明", Level: 2}, document.List{Items: s.Declared},
		document.Signature{Issuer: s.ApplicantName, Date: calendar.DayOf(s.SubmittedAt).Chinese()})
	pdf, err := m.k.Papers.Render(paper, s.SubmittedAt)
	if err != nil {
		return err
	}
	return w.Download("申请表-"+s.Number+".pdf", "application/pdf", s.SubmittedAt, true, bytes.NewReader(pdf))
}
