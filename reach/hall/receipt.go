package hall

import (
	"bytes"
	"strings"

	"github.com/a-h/templ"

	"tongban/handling/bundle"
	"tongban/kernel/document"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/rules/material"
	"tongban/ui"
)

// receipt is all that stands on the paper the applicant takes home.
type receipt struct {
	Intake
	submission bundle.Submission
	parts      []bundle.Part
	papers     []document.Field // material, and what was shown of it
	url        string           // of the tracking page
	clerk      string
	unit       string
	phone      string
}

// receiptOf gathers the receipt of a submitted intake.
func (m *Module) receiptOf(r *web.Request) (receipt, error) {
	i, err := m.Find(r.Ctx, r.View, ID(r.PathValue("id")))
	if err != nil {
		return receipt{}, err
	}
	if i.State != Submitted {
		return receipt{Intake: i}, problem.Conflict("这次收件还没有提交，没有回执").WithNext("请收齐后提交。")
	}
	x := receipt{Intake: i, url: r.BaseURL() + "/t/" + i.Number, clerk: i.ClerkName, unit: i.Unit}
	if x.submission, err = m.bundles.ByNumber(r.Ctx, r.View, i.Number); err != nil {
		return x, err
	}
	if x.parts, err = m.bundles.Parts(r.Ctx, r.View, x.submission.ID); err != nil {
		return x, err
	}
	if u, ok := m.org.Unit(i.Unit); ok {
		x.unit, x.phone = u.Name, u.Phone
	}
	marks, err := m.Marks(r.Ctx, r.View, i.ID)
	if err != nil {
		return x, err
	}
	pieces, err := m.materials.Pieces(r.Ctx, r.View, string(x.submission.ID))
	if err != nil {
		return x, err
	}
	ed, err := m.k.Library.At(r.Ctx, r.View, x.submission.Edition)
	if err != nil {
		return x, err
	}
	seen := map[string]bool{}
	for _, p := range pieces {
		if seen[p.Type] {
			continue
		}
		seen[p.Type] = true
		words := p.State.Label()
		if mark := marks[p.Type]; mark.Handed() {
			words = mark.String()
			if mark == Original {
				words += "（核验后退还）"
			}
		}
		name := p.Type
		if t, ok := pack.Find[material.Type](ed, material.KindType, p.Type); ok {
			name = t.Name
		}
		x.papers = append(x.papers, document.Field{Label: name, Value: words})
	}
	return x, nil
}

// deemed is what the law says of silence (行政许可法第三十二条).
const deemed = "五个工作日内没有一次告知需要补正的全部内容的，自收到申请材料之日起即为受理。"

func (x receipt) facts() []document.Field {
	out := []document.Field{{Label: "编号", Value: x.Number}, {Label: "申请人", Value: x.PartyName}, {Label: "办理", Value: x.submission.Title},
		{Label: "收到时间", Value: x.SubmittedAt.In(web.Beijing).Format("2006-01-02 15:04")}, {Label: "收件人", Value: x.clerk}, {Label: "收件单位", Value: x.unit}}
	if x.phone != "" {
		out = append(out, document.Field{Label: "电话", Value: x.phone})
	}
	if due := dueWords(x.submission); due != "" {
		out = append(out, document.Field{Label: "时限", Value: due})
	}
	return append(out, document.Field{Label: "领取", Value: x.submission.Way.Label()})
}

func (x receipt) items() []string {
	var out []string
	for _, p := range x.parts {
		out = append(out, p.ItemName)
	}
	return out
}

const queryWords = "凭编号和证件号码后四位查进度，或扫二维码。"

func (m *Module) showDone(w *web.Response, r *web.Request) error {
	x, err := m.receiptOf(r)
	if err != nil {
		return m.elsewhere(w, x.Intake, err)
	}
	d := ui.Detail{Title: "已收件：" + x.submission.Title, Number: x.Number, Tags: []ui.Tag{{Text: "已提交", Tone: ui.OK}},
		Actions: []templ.Component{ui.LinkButton{Label: "打印回执", URL: at(x.ID, "receipt", "print"), Icon: ui.IconPrinter, Shortcut: "F8"},
			ui.LinkButton{Label: "回执 PDF", URL: at(x.ID, "receipt.pdf", ""), Kind: ui.Secondary, NewTab: true},
			ui.LinkButton{Label: "收下一件", URL: "/w/intake", Kind: ui.Secondary, Shortcut: "N"}},
		Notice: ui.Notice{Tone: ui.OK, Title: "编号 " + x.Number, Text: strings.TrimSpace("已交给承办单位。" + dueWords(x.submission) + "。请打印回执交给申请人。")}}
	for _, f := range x.facts()[1:] {
		d.Facts = append(d.Facts, ui.Fact{Term: f.Label, Value: f.Value})
	}
	t := ui.Table{Caption: "办件", Columns: []ui.Column{{Label: "办件编号", Code: true}, {Label: "事项", Main: true}, {Label: "承办单位"}, {Label: "状态"}}}
	for _, p := range x.parts {
		t.Rows = append(t.Rows, ui.Row{ID: p.CaseNumber, URL: "/w/cases/" + p.CaseNumber, Cells: []templ.Component{ui.Text(p.CaseNumber), ui.Text(p.ItemName), ui.Text(m.org.Name(p.Unit)), ui.Tag{Text: bundle.PartLabel(p.State), Tone: ui.Info}}})
	}
	d.Sections = append(d.Sections, ui.Section{ID: "cases", Title: "办件", Flush: true, Body: t})
	return w.ShowDesk(d)
}

// showReceipt is the receipt for the 80 mm printer of the window, as a page.
func (m *Module) showReceipt(w *web.Response, r *web.Request) error {
	x, err := m.receiptOf(r)
	if err != nil {
		return m.elsewhere(w, x.Intake, err)
	}
	qr, err := document.QRSVG(x.url)
	if err != nil {
		return err
	}
	list := func(fields []document.Field) ui.DescriptionList {
		var d ui.DescriptionList
		for _, f := range fields {
			d.Facts = append(d.Facts, ui.Fact{Term: f.Label, Value: f.Value})
		}
		return d
	}
	body := ui.Group{list(x.facts()[1:]), ui.Panel(ui.PanelSpec{Title: "办理事项", Body: ui.Prose(x.items())})}
	if len(x.papers) > 0 {
		body = append(body, ui.Panel(ui.PanelSpec{Title: "收到的材料", Body: list(x.papers)}))
	}
	body = append(body, ui.Prose{deemed, queryWords})
	return w.Show(ui.Paper(ui.PaperPage{Page: ui.Page{Title: "收件回执", County: m.k.Library.Current().Meta.Title, Body: body}, Unit: x.unit, Number: x.Number,
		Date: today(x.SubmittedAt).Chinese(), QR: qr, Roll: true}))
}

// pdfReceipt is the receipt as a file, 80 mm wide and as long as its text.
func (m *Module) pdfReceipt(w *web.Response, r *web.Request) error {
	x, err := m.receiptOf(r)
	if err != nil {
		return m.elsewhere(w, x.Intake, err)
	}
	p := document.Paper{Title: "收件回执", Issuer: x.unit, Number: x.Number, Size: document.Receipt80, Creator: "tongban", QR: &document.QR{Text: x.url, Caption: "扫码查进度"},
		Blocks: []document.Block{document.Fields{Plain: true, Rows: x.facts()[1:]}, document.Heading{Text: "办理事项", Level: 3}, document.List{Items: x.items()}}}
	if len(x.papers) > 0 {
		p.Blocks = append(p.Blocks, document.Heading{Text: "收到的材料", Level: 3}, document.Fields{Plain: true, Rows: x.papers})
	}
	p.Blocks = append(p.Blocks, document.Paragraph{Text: deemed}, document.Paragraph{Text: queryWords})
	pdf, err := m.k.Papers.Render(p, x.SubmittedAt)
	if err != nil {
		return err
	}
	return w.Download("收件回执"+x.Number+".pdf", "application/pdf", x.SubmittedAt, true, bytes.NewReader(pdf))
}
