package bundle

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"tongban/handling/casework"
	"tongban/handling/guide"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/document"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/rules/form"
	"tongban/rules/material"
	"tongban/ui"
)

func (m *Module) showCheck(w *web.Response, r *web.Request) error {
	work, ok, err := m.opened(w, r, r.Value("draft"))
	if err != nil || !ok {
		return err
	}
	return w.ShowPublic(checkFrame(work), m.checkPage(r, work, Closing{}, nil))
}

func checkFrame(w Work) ui.PublicPage { return frame("核对提交", ui.Link{Label: w.Title}) }

// elementWay holds how the result is wanted, for items that ask it in the form.
const elementWay = "delivery_way"

// ways are the ways of getting the result that every item of the matter offers.
func (w Work) ways() []Way {
	var out []Way
	for _, way := range []Way{AtWindow, ByPost, Download} {
		all := true
		for _, i := range w.Items() {
			all = all && (len(i.Result.Delivery) == 0 || slices.Contains(i.Result.Delivery, string(way)))
		}
		if all {
			out = append(out, way)
		}
	}
	if len(out) == 0 {
		out = []Way{AtWindow}
	}
	return out
}

// checkPage shows everything once more before it is handed in.
func (m *Module) checkPage(r *web.Request, work Work, c Closing, cause error) ui.Wizard {
	page := ui.FormPage{Title: "核对后提交", Back: ui.Link{Label: "返回上一步", URL: work.lastURL()},
		Faults: faults(cause), Form: ui.FormSpec{Action: work.checkURL(), Once: r.Fresh(), Version: work.Version}}
	for n, f := range page.Faults { // a missing field is mended on its own page
		if f.Field != "way" && f.Field != "declared" {
			page.Faults[n].Field = "go-" + f.Field
		}
	}
	if cause != nil && len(page.Faults) == 0 {
		page.Notice = ui.Notice{Tone: ui.Bad, Text: problem.MessageFor(cause)}
	}
	missing := work.Missing()
	if cause == nil {
		page.Notice = ui.Notice{Text: "请逐项核对。要改的点“修改”，改完会回到这一页。"}
	}
	if len(missing) > 0 {
		var links []ui.NotedLink
		for _, f := range missing {
			links = append(links, ui.NotedLink{Link: ui.Link{Label: f.Message, URL: work.url(work.stepOf(f.Name)) + "&back=check#" + url.PathEscape(f.Name)}})
		}
		page.Notice = ui.Notice{Tone: ui.Warn, Title: fmt.Sprintf("还有 %d 处没有填全，补齐后才能提交", len(missing)), Body: ui.LinkList{Links: links}}
	}
	topic := ""
	for _, st := range work.steps() {
		if st.Code == stepMaterials {
			continue
		}
		change := func(string) string { return work.url(st.Code) + "&back=check" }
		for n, list := range st.Form.Summary(work.Values, change, work.guideURL(), false) {
			code := st.Form.Topics[n].Code
			if list.Title = form.TopicTitle(code); code == topic {
				list.Title = "" // the same topic goes on
			}
			topic = code
			page.Fields = append(page.Fields, list)
		}
	}
	page.Fields = append(page.Fields, m.materialSummary(work), partsTable(work))
	if form.Get(work.Values, elementWay).Text == "" {
		var options []ui.Option
		for _, way := range work.ways() {
			o := ui.Option{Value: string(way), Label: way.Label()}
			if way == ByPost {
				o.Hint = "按填写的地址寄出，寄出后发短信告知单号"
			}
			options = append(options, o)
		}
		ch := ui.Choice{Name: "way", Label: "怎样领取结果", Hint: "全部事项办好后一次送达；电子证照随时可在“我的证照”下载。", Options: options, Error: faultOf(cause, "way")}
		if c.Way != "" {
			ch.Selected = []string{string(c.Way)}
		}
		page.Fields = append(page.Fields, ch)
	}
	if r.Actor.Kind == authz.Guest {
		page.Fields = append(page.Fields, ui.Notice{Tone: ui.Info, Title: "提交前请登录", Text: "登录是为了核实申请人身份。填好的内容已经保存，登录后回到这一页提交。"})
		page.Actions = ui.Actions{ui.LinkButton{Label: "登录后提交", URL: "/login?next=" + url.QueryEscape(work.checkURL())}}
		return ui.Wizard{FormPage: page, Steps: work.way("")}
	}
	page.Fields = append(page.Fields, ui.Choice{Name: "declared", Label: "声明", Many: true, Error: faultOf(cause, "declared"),
		Options: []ui.Option{{Value: "yes", Label: "我已阅读并同意：", Hint: strings.Join(declarations(), "")}}, Selected: declaredValue(c)})
	page.Actions = ui.Actions{ui.Button{Label: "提交申请", Icon: ui.IconSend}}
	return ui.Wizard{FormPage: page, Steps: work.way("")}
}

func declaredValue(c Closing) []string {
	if c.Declared {
		return []string{"yes"}
	}
	return nil
}

// lastURL is the page before the check page.
func (w Work) lastURL() string {
	all := w.steps()
	if len(all) == 0 {
		return "/my/drafts"
	}
	return w.url(all[len(all)-1].Code)
}

// guideURL is where the answers of the guide are changed.
func (w Work) guideURL() string {
	return w.place() + "/guide/" + w.Engine.Link(w.Answers)
}

func (m *Module) materialSummary(work Work) ui.SummaryList {
	list := ui.SummaryList{Title: "材料"}
	for _, n := range work.Needs {
		a := ui.Answer{Label: n.Name}
		var names []string
		for _, p := range work.pieces(n.Code) {
			names = append(names, p.Name)
		}
		switch {
		case n.Waived():
			a.Value = "免交：" + material.WaiverWords(work.Ed, n.Waiver)
		case len(names) > 0:
			a.Value, a.ChangeURL = strings.Join(names, "、"), work.url(stepMaterials)+"&back=check#"+n.Code
		case !slices.Contains(n.Forms, "electronic"):
			a.Value = "到窗口交纸质"
		case n.Necessity == material.Tolerable:
			a.Value, a.ChangeURL = "暂缺，"+toleranceWords(n), work.url(stepMaterials)+"&back=check#"+n.Code
		default:
			a.ChangeURL = work.url(stepMaterials) + "&back=check#" + n.Code
		}
		list.Answers = append(list.Answers, a)
	}
	return list
}

// partsTable shows what will be handled by whom.
func partsTable(work Work) ui.Table {
	return ui.Table{Caption: "提交后由这些单位分头办理", ShowCaption: true,
		Columns: []ui.Column{{Label: "事项", Main: true}, {Label: "办理单位"}, {Label: "先要办好"}, {Label: "承诺办结"}},
		Rows: ui.Rows(work.Parts, func(p guide.PlannedPart) ui.Row {
			var before []string
			for _, a := range p.After {
				if b, ok := work.Part(a); ok {
					before = append(before, b.Item.Name)
				}
			}
			return ui.Row{Cells: ui.Cells(p.Item.Name, p.Unit.Name, or(strings.Join(before, "、"), "无"), fmt.Sprintf("第 %d 个工作日前", max(1, p.End)))}
		})}
}

func or(texts ...string) string {
	for _, t := range texts {
		if strings.TrimSpace(t) != "" {
			return t
		}
	}
	return ""
}

func (m *Module) postCheck(w *web.Response, r *web.Request) error {
	posted, err := r.Posted()
	if err != nil {
		return err
	}
	id := ID(r.Value("draft"))
	d, err := m.FindDraft(r.Ctx, r.View, id, proof(r))
	if err != nil {
		return err
	}
	c := Closing{Way: Way(posted.Get("way")), Declared: posted.Get("declared") == "yes"}
	if c.Way == "" {
		values, err := m.forms.Values(r.Ctx, r.View, string(id))
		if err != nil {
			return err
		}
		c.Way = Way(form.Get(values, elementWay).Text)
	}
	if d.State == "submitted" {
		return m.showAlready(w, r, d)
	}
	if r.Actor.Kind == authz.Guest {
		return w.Go("/login?next=" + url.QueryEscape(d.checkURL()))
	}
	out, err := r.Act("bundle.submit", func(tx *db.Tx) error {
		_, err := m.Submit(r.Ctx, tx, id, proof(r), c)
		return err
	})
	switch {
	case err == nil:
		trust(r, out.Reply)
		return w.Go("/done/" + out.Reply)
	case problem.KindOf(err) == problem.KindConflict: // another tab was faster, perhaps
		if d, again := m.FindDraft(r.Ctx, r.View, id, proof(r)); again == nil && d.State == "submitted" {
			return m.showAlready(w, r, d)
		}
		return err
	case !correctable(err):
		return err
	}
	work, ok, again := m.opened(w, r, string(id))
	if again != nil || !ok {
		return again
	}
	return w.PublicAgain(checkFrame(work), m.checkPage(r, work, c, err))
}

// showDone is the receipt as a page; it stays there when bookmarked.
func (m *Module) showDone(w *web.Response, r *web.Request) error {
	s, ok, err := m.tracked(w, r)
	if err != nil || !ok {
		return err
	}
	parts, err := m.Parts(r.Ctx, r.View, s.ID)
	if err != nil {
		return err
	}
	svg, err := document.QRSVG(r.BaseURL() + "/t/" + s.Number)
	if err != nil {
		return err
	}
	a := ui.Article{Title: "申请已提交", Notice: ui.Notice{Tone: ui.OK, Title: "编号 " + s.Number, Text: s.Title + "，" + moment(s.SubmittedAt) + " 收到。请记下编号，凭编号和证件号码后四位随时查进度。",
		Actions: ui.Actions{ui.LinkButton{Label: "查看办理进度", URL: "/t/" + s.Number},
			ui.LinkButton{Label: "下载收件凭证（PDF）", URL: "/done/" + s.Number + "/receipt.pdf", Kind: ui.Secondary, Icon: ui.IconDownload, Download: true}}}}
	if s.ownedBy(r.Actor) {
		a.Notice.Actions = append(a.Notice.Actions, ui.LinkButton{Label: "下载申请表（PDF）", URL: "/done/" + s.Number + "/form.pdf", Kind: ui.Quiet, Icon: ui.IconDownload, Download: true})
	}
	a.Sections = []ui.Section{
		{Title: "接下来", Body: ui.DescriptionList{Facts: []ui.Fact{
			{Term: "最迟办好", Value: or(casework.LastDay(s.Due), "以各事项受理通知为准")},
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

func (m *Module) whoTable(parts []Part) ui.Table {
	return ui.Table{Caption: "每个事项由谁办", Columns: []ui.Column{{Label: "事项", Main: true}, {Label: "办件编号", Code: true}, {Label: "办理单位"}, {Label: "现在"}},
		Rows: ui.Rows(parts, func(p Part) ui.Row {
			now := PartLabel(p.State)
			if p.State == Waiting {
				now = "等" + strings.Join(p.waitsFor(parts), "、") + "办好"
			}
			return ui.Row{ID: p.CaseNumber, Cells: ui.Cells(p.ItemName, p.CaseNumber, m.unitWords(p.Unit), now)}
		})}
}

// waitsFor names the items that are still to be granted before the part.
func (p Part) waitsFor(parts []Part) []string {
	var out []string
	for _, a := range p.After {
		if b, ok := find(parts, a); ok && b.State != Granted {
			out = append(out, b.ItemName)
		}
	}
	return out
}
