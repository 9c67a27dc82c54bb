package portal

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

func (m *Module) showReport(w *web.Response, r *web.Request) error {
	f := Fault{Page: r.URL.Query().Get("page")}
	if back, err := url.Parse(r.Header.Get("Referer")); f.Page == "" && err == nil && back.Host == r.Host {
		f.Page = back.Path // the page the reader came from; its query stays out, it may hold what was searched for
	}
	return w.ShowPublic(page("我要找错"), m.reportPage(r, f, nil))
}

func (m *Module) reportPage(r *web.Request, f Fault, cause error) ui.FormPage {
	var kinds []ui.Option
	for _, k := range faultKinds {
		kinds = append(kinds, ui.Option{Value: k.code, Label: k.title})
	}
	return faults(ui.FormPage{Title: "我要找错", Lead: "这里只收网站内容的差错。办件进展请用“办件查询”，投诉和求助请拨打 12345。我们 3 个工作日内处理并答复。",
		Form: ui.FormSpec{Action: "/report-error", Once: r.Fresh()},
		Fields: []templ.Component{
			ui.Field{Name: "page", Label: "哪一页", Value: f.Page, Optional: true, Hint: "网址或页面标题", MaxLength: 300, Error: problem.FieldMessage(cause, "page")},
			ui.Choice{Name: "kind", Label: "是哪一类问题", Options: kinds, Selected: []string{f.Kind}, Error: problem.FieldMessage(cause, "kind")},
			ui.Field{Kind: ui.Multiline, Name: "words", Label: "哪里不对，应该是什么", Value: f.Words, Hint: "请不要写身份证号等个人信息", MaxLength: longestReport, Error: problem.FieldMessage(cause, "words")},
			ui.Field{Kind: ui.Phone, Name: "phone", Label: "手机号码", Value: f.Phone, Optional: true, Hint: "留下就用短信告诉您处理结果，不作别的用处", Error: problem.FieldMessage(cause, "phone")},
		},
		Actions: ui.Actions{ui.Button{Label: "提交"}}}, cause)
}

func (m *Module) postReport(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	f := Fault{Page: form.Get("page"), Kind: form.Get("kind"), Words: form.Get("words"), Phone: form.Get("phone")}
	out, err := r.Act("portal.report", func(tx *db.Tx) error {
		kept, err := m.ReportFault(r.Ctx, tx, f)
		tx.Answer(kept.Number)
		return err
	})
	if err != nil {
		if len(problem.FieldsOf(err)) > 0 {
			return w.PublicAgain(page("我要找错"), m.reportPage(r, f, err))
		}
		return err
	}
	return w.Go("/report-error/done?no=" + url.QueryEscape(out.Reply))
}

func (m *Module) showReported(w *web.Response, r *web.Request) error {
	number := r.URL.Query().Get("no")
	if len(number) != 13 || !strings.HasPrefix(number, "ZC") {
		return w.Go("/report-error")
	}
	return w.ShowPublic(page("已收到", ui.Link{Label: "我要找错", URL: "/report-error"}), ui.Article{Title: "已收到，谢谢您",
		Notice: ui.Notice{Tone: ui.OK, Title: "找错编号 " + number, Text: "已转给负责这一页的单位，3 个工作日内处理。留了手机号的，会收到短信答复。"},
		Body:   ui.Actions{ui.LinkButton{Label: "返回首页", URL: "/"}}})
}

// faults puts the errors of a form at its head.
func faults(f ui.FormPage, cause error) ui.FormPage {
	f.Faults = web.Faults(cause)
	if cause != nil && len(f.Faults) == 0 {
		f.Notice = ui.Notice{Tone: ui.Bad, Text: problem.MessageFor(cause)}
	}
	return f
}

// reportsPage is how many reports a page of the list shows.
const reportsPage = 40

func (m *Module) showReports(w *web.Response, r *web.Request) error {
	open := r.URL.Query().Get("tab") != "done"
	list, err := m.Reports(r.Ctx, r.View, open, r.Value("after"), reportsPage+1)
	if err != nil {
		return err
	}
	l := ui.List{Title: "网站找错", Lead: "办事人报告的内容差错。3 个工作日内处理；留了手机号的，处理结果自动用短信告诉本人。",
		Tabs:  ui.Tabs{Into: "list", Tabs: []ui.Tab{{Label: "待处理", URL: "/w/reports", Current: open}, {Label: "已处理", URL: "/w/reports?tab=done", Current: !open}}},
		Empty: ui.EmptyState{Title: "没有待处理的找错", Text: "有人报告时会出现在这里和待办里。", Icon: ui.IconFlag}}
	if !open {
		l.Empty = ui.EmptyState{Title: "还没有处理过的找错"}
	}
	if len(list) > reportsPage {
		list = list[:reportsPage]
		v := url.Values{"after": {list[reportsPage-1].ID}}
		if !open {
			v.Set("tab", "done")
		}
		l.Pager = ui.Pager{NextURL: "/w/reports?" + v.Encode(), Into: "list"}
	}
	l.Table = ui.Table{Caption: "网站找错", Columns: []ui.Column{{Label: "编号", Code: true}, {Label: "内容", Main: true}, {Label: "单位"}, {Label: "状态"}, {Label: "收到"}},
		Rows: ui.Rows(list, func(x Report) ui.Row {
			return ui.Row{ID: x.ID, URL: "/w/reports/" + x.ID, Cells: []templ.Component{ui.Text(x.Number), ui.Two{Main: short(x.Fault.Words, 60), Small: faultTitle(x.Fault.Kind) + " · " + x.Fault.Page},
				ui.Text(m.org.Name(x.Unit)), stateTag(x.State), ui.Text(x.MadeAt.In(beijing).Format("01-02 15:04"))}}
		})}
	return w.ShowDesk(l)
}

func stateTag(s State) ui.Tag {
	switch s {
	case Mended:
		return ui.Tag{Text: s.String(), Tone: ui.OK}
	case Declined:
		return ui.Tag{Text: s.String()}
	}
	return ui.Tag{Text: s.String(), Tone: ui.Warn}
}

func (m *Module) showOneReport(w *web.Response, r *web.Request) error {
	x, err := m.FindReport(r.Ctx, r.View, r.PathValue("id"))
	if err != nil {
		return err
	}
	return w.ShowDesk(m.oneReport(r, x, "", "", nil))
}

func (m *Module) oneReport(r *web.Request, x Report, state, answer string, cause error) ui.Detail {
	d := ui.Detail{Title: "找错：" + faultTitle(x.Fault.Kind), Number: x.Number, Tags: []ui.Tag{stateTag(x.State)}, Back: ui.Link{Label: "返回列表", URL: "/w/reports"},
		Facts: []ui.Fact{{Term: "哪一页", Value: cmp.Or(x.Fault.Page, "没有写明")}, {Term: "归谁处理", Value: m.org.Name(x.Unit)}, {Term: "收到", Value: x.MadeAt.In(beijing).Format("2006-01-02 15:04")},
			{Term: "手机", Value: cmp.Or(x.Fault.Phone, "没有留")}},
		Sections: []ui.Section{{ID: "words", Title: "报告的内容", Body: ui.Text(x.Fault.Words)}}}
	if strings.HasPrefix(x.Fault.Page, "/") && m.served(x.Fault.Page) {
		d.Actions = []templ.Component{ui.LinkButton{Label: "打开这一页", URL: x.Fault.Page, Kind: ui.Secondary, NewTab: true}}
	}
	if x.State != Open {
		d.Sections = append(d.Sections, ui.Section{ID: "answer", Title: "处理结果", Body: ui.OpinionBox{Unit: m.org.Name(x.Unit), Person: x.AnsweredBy,
			When: x.AnsweredAt.In(beijing).Format("2006-01-02 15:04"), Verdict: stateTag(x.State), Text: x.Answer}})
		return d
	}
	if due := m.answerBy(x.MadeAt); !due.IsZero() {
		d.Clock = ui.Tag{Text: "请在 " + due.Add(-1).In(beijing).Format("1月2日") + " 前处理", Tone: ui.Warn}
	}
	f := faults(ui.FormPage{}, cause)
	d.Sections = append(d.Sections, ui.Section{ID: "do", Title: "处理", Body: ui.Form(ui.FormSpec{Action: "/w/reports/" + x.ID, Once: r.Fresh(), Version: x.Version, Label: "处理", Body: ui.Group{
		ui.ErrorSummary{Faults: f.Faults}, f.Notice,
		ui.Choice{Name: "state", Label: "处理结果", Inline: true, Options: []ui.Option{{Value: string(Mended), Label: "已改正"}, {Value: string(Declined), Label: "经核实无误，不改"}},
			Selected: []string{state}, Error: problem.FieldMessage(cause, "state")},
		ui.Field{Kind: ui.Multiline, Name: "answer", Label: "答复", Value: answer, Hint: "写明改了什么，或者为什么不改；会原样发给报告的人", MaxLength: longestReport, Error: problem.FieldMessage(cause, "answer")},
		ui.Actions{ui.Button{Label: "办结并答复", Shortcut: "Alt+Enter"}},
	}})})
	return d
}

func (m *Module) postAnswer(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	x, err := m.FindReport(r.Ctx, r.View, r.PathValue("id"))
	if err != nil {
		return err
	}
	_, err = r.Act("portal.answer", func(tx *db.Tx) error {
		return m.AnswerFault(r.Ctx, tx, x.ID, r.Version(), State(form.Get("state")), form.Get("answer"))
	})
	if len(problem.FieldsOf(err)) > 0 {
		return w.DeskAgain(m.oneReport(r, x, form.Get("state"), form.Get("answer"), err))
	}
	if err == nil {
		r.Flash("找错 " + x.Number + " 已办结。")
	}
	return w.After(err, "/w/reports")
}

func (m *Module) showMisses(w *web.Response, r *web.Request) error {
	list, err := m.Misses(r.Ctx, r.View, 100)
	if err != nil {
		return err
	}
	l := ui.List{Title: "搜不到的词", Lead: "办事人搜了、没有找到的说法，搜得多的在前。补上同义词并发布后，在这里点“已处理”。",
		Empty: ui.EmptyState{Title: "没有搜不到的词", Text: "所有搜索都找到了内容。", Icon: ui.IconSearch}}
	l.Table = ui.Table{Caption: "搜不到的词", Columns: []ui.Column{{Label: "说法", Main: true}, {Label: "次数", Number: true}, {Label: "第一次"}, {Label: "最近一次"}, {Label: "处理", Mute: true}},
		Rows: ui.Rows(list, func(x Miss) ui.Row {
			return ui.Row{ID: x.Words, URL: searchURL(x.Words, ""), Cells: []templ.Component{ui.Text(x.Words), ui.Text(itoa(int(x.Times))), ui.Text(day(x.FirstAt)), ui.Text(day(x.LastAt)),
				ui.Form(ui.FormSpec{Action: "/w/misses", Once: r.Fresh(), Hidden: map[string]string{"words": x.Words}, Label: "处理 " + x.Words,
					Body: ui.Button{Label: "已处理", Kind: ui.Quiet, Hidden: x.Words}})}}
		})}
	return w.ShowDesk(l)
}

func (m *Module) postMiss(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	_, err = r.Act("portal.settle-miss", func(tx *db.Tx) error { return m.SettleMiss(r.Ctx, tx, form.Get("words"), "") })
	if err == nil {
		r.Flash("“" + form.Get("words") + "”已处理。")
	}
	return w.After(err, "/w/misses")
}
