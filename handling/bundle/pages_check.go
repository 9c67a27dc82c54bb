package bundle

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"tongban/handling/guide"
	"tongban/kernel/authz"
	"tongban/kernel/db"
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

// checkPage shows everything once more before it is handed in.
func (m *Module) checkPage(r *web.Request, work Work, c Closing, cause error) ui.Wizard {
	page := ui.FormPage{Title: "核对后提交", Back: ui.Link{Label: "返回上一步", URL: work.lastURL()},
		Faults: web.Faults(cause), Form: ui.FormSpec{Action: work.checkURL(), Once: r.Fresh(), Version: work.Version}}
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
	if form.Get(work.Values, ElementWay).Text == "" {
		var options []ui.Option
		for _, way := range work.Ways() {
			o := ui.Option{Value: string(way), Label: way.Label()}
			if way == ByPost {
				o.Hint = "按填写的地址寄出，寄出后发短信告知单号"
			}
			options = append(options, o)
		}
		ch := ui.Choice{Name: "way", Label: "怎样领取结果", Hint: "全部事项办好后一次送达；电子证照随时可在“我的证照”下载。", Options: options, Error: problem.FieldMessage(cause, "way")}
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
	page.Fields = append(page.Fields, ui.Choice{Name: "declared", Label: "声明", Many: true, Error: problem.FieldMessage(cause, "declared"),
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
			return ui.Row{Cells: ui.Cells(p.Item.Name, p.Unit.Name, cmp.Or(strings.Join(before, "、"), "无"), fmt.Sprintf("第 %d 个工作日前", max(1, p.End)))}
		})}
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
		c.Way = Way(form.Get(values, ElementWay).Text)
	}
	if r.Actor.Kind == authz.Guest {
		if d.State == "submitted" {
			return m.showAlready(w, r, d)
		}
		return w.Go("/login?next=" + url.QueryEscape(d.checkURL()))
	}
	// Whoever did not get the answer sends the same form again and gets it: that the draft is submitted is asked only after its key.
	out, err := r.Act("bundle.submit", func(tx *db.Tx) error {
		_, err := m.Submit(r.Ctx, tx, id, proof(r), c)
		return err
	})
	switch {
	case err == nil:
		return w.Go("/done/" + out.Reply)
	case problem.KindOf(err) == problem.KindConflict: // another tab was faster, perhaps
		if d, again := m.FindDraft(r.Ctx, r.View, id, proof(r)); again == nil && d.State == "submitted" {
			return m.showAlready(w, r, d)
		}
		return err
	case !problem.Mendable(err):
		return err
	}
	work, ok, again := m.opened(w, r, string(id))
	if again != nil || !ok {
		return again
	}
	return w.PublicAgain(checkFrame(work), m.checkPage(r, work, c, err))
}
