package bundle

import (
	"bytes"

	"tongban/handling/casework"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/document"
	"tongban/kernel/problem"
	"tongban/kernel/web"
)

// receipt is the 收件凭证: what was handed in, when, under which number.
func (m *Module) receipt(r *web.Request, s Submission) (document.Paper, error) {
	parts, err := m.Parts(r.Ctx, r.View, s.ID)
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
		papers = append(papers, []string{materialName(ed, p.Type), or(p.Name, "—"), what})
	}
	unit, _ := m.org.Unit(s.Lead)
	paper := document.Paper{Title: "收件凭证", Issuer: ed.Meta.Title + "政务服务", Number: "编号 " + s.Number, Blocks: []document.Block{
		document.Fields{Rows: []document.Field{{Label: "申请事项", Value: s.Title}, {Label: "申请人", Value: s.ApplicantName + "（" + who.NumberMask + "）"},
			{Label: "收到时间", Value: moment(s.SubmittedAt)}, {Label: "最迟办好", Value: or(casework.LastDay(s.Due), "以受理通知为准")},
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
	if may, err := m.mayTrack(r.Ctx, r.View, s); err != nil || !may {
		return problem.Forbidden("申请表里有个人信息，请申请人登录后下载")
	}
	work, err := m.Work(r.Ctx, r.View, Draft{ID: s.ID, Bundles: s.Bundles, Edition: s.Edition, Answers: s.Answers})
	if err != nil {
		return err
	}
	if r.Actor.Kind == authz.Staff {
		if _, err := m.k.DB.Run(r.Ctx, db.Act{Actor: r.Actor, Name: "bundle.read-form", Now: r.Now}, func(tx *db.Tx) error {
			tx.Record("submission", string(s.ID), "", "read", map[string]string{"purpose": "办理"})
			return nil
		}); err != nil {
			return err
		}
	}
	paper := document.Paper{Title: s.Title + "申请表", Issuer: work.Ed.Meta.Title + "政务服务", Number: "编号 " + s.Number}
	for _, list := range work.Form.Summary(work.Values, nil, "", false) {
		rows := make([]document.Field, 0, len(list.Answers))
		for _, a := range list.Answers {
			rows = append(rows, document.Field{Label: a.Label, Value: or(a.Value, "未填写")})
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
