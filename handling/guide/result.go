package guide

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"tongban/kernel/calendar"
	"tongban/kernel/chart"
	"tongban/kernel/document"
	"tongban/kernel/rule"
	"tongban/kernel/web"
	"tongban/rules/catalogue"
	"tongban/rules/material"
	"tongban/ui"
)

// result is what a link leads to.
type result struct {
	way     way
	engine  *Engine
	answers map[string]any
	link    string
	outcome Outcome
	base    string // address of the product, for codes
	day     calendar.Day
}

// resultOf follows the link of the request. An undecided one leads back to the questions.
func (m *Module) resultOf(r *web.Request) (result, error) {
	way, err := m.wayOf(r)
	if err != nil {
		return result{}, err
	}
	out := result{way: way, link: r.Value("hash"), base: r.BaseURL(), day: calendar.DayOf(r.Now)}
	if out.engine, out.answers, err = m.Follow(r, out.link); err != nil {
		return out, err
	}
	if err := way.fits(out.engine); err != nil {
		return out, err
	}
	out.outcome, err = out.engine.Outcome(out.answers, out.day)
	return out, err
}

// showGuide shows the applicant's own guide (我的办事指南).
func (m *Module) showGuide(w *web.Response, r *web.Request) error {
	x, err := m.resultOf(r)
	if err != nil {
		return err
	}
	if !x.outcome.Decided {
		return w.Go(x.way.base + "/ask?g=" + x.link)
	}
	if r.Value("print") != "" {
		svg, err := document.QRSVG(x.address())
		if err != nil {
			return err
		}
		page := ui.Page{Title: x.title(), County: x.engine.ed.Meta.Title, Body: sheetOf(x.article(true))}
		return w.Show(ui.Paper(ui.PaperPage{Page: page, Unit: x.engine.ed.Meta.Title, Date: x.day.Chinese(), QR: svg}))
	}
	frame := x.way.frame("我的办事指南")
	if frame.Aside, err = x.aside(); err != nil {
		return err
	}
	page := x.article(false)
	if now := m.k.Library.Current(); x.engine.ed.Number != now.Number {
		page.Notice = ui.Notice{Tone: ui.Warn, Title: "标准已经更新", Text: fmt.Sprintf("这份指南按 %s 发布的第 %d 版标准出具，现在是第 %d 版。已经提交的办件按原来的版本办；还没有提交的，请按现行标准再看一遍。",
			calendar.DayOf(x.engine.ed.PublishedAt).Short(), x.engine.ed.Number, now.Number),
			Actions: ui.Actions{ui.LinkButton{Label: "按现行标准重新导办", URL: x.way.base + "/ask?g=" + x.link}}}
	}
	return w.ShowPublic(frame, page)
}

// sheetOf lays an article out on paper, where the sheet brings its own head.
func sheetOf(a ui.Article) templ.Component {
	out := ui.Group{ui.Text(a.Lead), a.Body}
	for _, s := range a.Sections {
		out = append(out, ui.Panel(ui.PanelSpec{Title: s.Title, Body: s.Body}))
	}
	return out
}

// pdfGuide gives the same guide as a PDF.
func (m *Module) pdfGuide(w *web.Response, r *web.Request) error {
	x, err := m.resultOf(r)
	if err != nil {
		return err
	}
	if !x.outcome.Decided {
		return w.Go(x.way.base + "/ask?g=" + x.link)
	}
	pdf, err := m.k.Papers.Render(x.paper(), r.Now)
	if err != nil {
		return err
	}
	return w.Download(x.title()+".pdf", "application/pdf", r.Now, true, strings.NewReader(string(pdf)))
}

func (x result) title() string { return x.engine.Name() + " 办事指南" }

func (x result) path() string { return x.way.base + "/guide/" + x.link }

func (x result) address() string { return x.base + x.path() }

// total says how long it all takes, in words.
func (x result) total(days int) string {
	about := ""
	if !x.outcome.Exact {
		about = "约 "
	}
	if days == 0 {
		return "当场办结"
	}
	return fmt.Sprintf("%s%d 个工作日", about, days)
}

func (x result) fee() string {
	if x.outcome.Total == 0 {
		return "不收费"
	}
	return ui.Yuan(x.outcome.Total) + " 元"
}

// article is the guide as a page; on paper there are no buttons and no links to change answers.
func (x result) article(paper bool) ui.Article {
	o := x.outcome
	a := ui.Article{Title: x.title(), Lead: "按您的回答，" + x.lead(), Meta: []string{fmt.Sprintf("标准数据第 %d 版", x.engine.ed.Number), x.day.Chinese() + "查询"}}
	var stops ui.Group
	for _, s := range o.Stops {
		text := s.Text
		if why := rule.Because(s.Because); why != "" {
			text = why + "。" + text
		}
		stops = append(stops, ui.Notice{Tone: ui.Warn, Title: "“" + s.Name + "”不能这样办", Text: text + "\n接下来：" + s.Next})
	}
	if len(o.Parts) == 0 {
		a.Lead = "按您的回答，不在这里办。下面写明了原因和该怎么办。"
		a.Body = stops
		a.Sections = []ui.Section{{ID: "situation", Title: "您的情况", Body: x.situation(paper)}}
		if !paper {
			a.Actions = []templ.Component{ui.LinkButton{Label: "改一改回答", URL: x.way.base + "/ask?g=" + x.link}}
		}
		return a
	}
	if len(o.Conflicts) > 0 {
		stops = append(stops, ui.Notice{Tone: ui.Warn, Title: "有几件事互相等待", Text: strings.Join(x.names(o.Conflicts), "、") + "的先后顺序要由牵头单位协调。请分开办理，或拨打 12345。"})
	}
	hand, sign := handed(o.Needs), drawn(o.Needs)
	spared := len(o.Needs) - len(hand) - len(sign)
	a.Body = append(stops, ui.KPIStrip{
		{Label: "要办", Value: fmt.Sprint(len(o.Parts)), Unit: "个事项", URL: "#parts"},
		{Label: "要交", Value: fmt.Sprint(len(hand)), Unit: "种材料", Note: sparing(hand, spared), URL: "#materials"},
		{Label: "最多", Value: fmt.Sprint(o.Promised), Unit: "个工作日", Note: "法定 " + x.total(o.Statutory), URL: "#flow"},
		{Label: "费用", Value: x.fee(), URL: "#fees"},
	})
	if !paper {
		a.Actions = []templ.Component{ui.LinkButton{Label: "开始办理", URL: x.way.base + "/apply?g=" + x.link}, ui.LinkButton{Label: "改一改回答", URL: x.way.base + "/ask?g=" + x.link, Kind: ui.Secondary}}
	}
	a.Sections = []ui.Section{
		{ID: "parts", Title: "要办的事项", Lead: "由下列单位决定；您交一次申请，系统分送。", Body: noted(x.parts(paper), checked(o.Parts, func(p PlannedPart) (string, catalogue.Mark) { return p.Item.Name, p.Mark }))},
		{ID: "flow", Title: "流程和时间", Lead: x.flowLead(), Body: x.flow()},
		{ID: "materials", Title: "要交的材料", Lead: "同样的材料只交一次，所有事项共用。", Body: noted(x.materials(hand), checked(hand, markOf))},
	}
	if len(sign) > 0 {
		var names []string
		for _, n := range sign {
			names = append(names, n.Name)
		}
		a.Sections = append(a.Sections, ui.Section{ID: "sign", Title: "只签名的申请表", Lead: fmt.Sprintf("这 %d 份由系统按您填的表单生成，您核对、签名就行，不用另外准备。", len(sign)), Body: ui.Text(strings.Join(names, "、"))})
	}
	if spared > 0 {
		a.Sections = append(a.Sections, ui.Section{ID: "spared", Title: "免交的材料", Lead: "这些不用您交。", Body: x.spared()})
	}
	visits := "网上就能办，不用到现场。"
	if o.Visits > 0 {
		visits = fmt.Sprintf("最多到现场 %d 次。", o.Visits)
	}
	a.Sections = append(a.Sections,
		ui.Section{ID: "form", Title: "要填的信息", Body: x.fields()},
		ui.Section{ID: "fees", Title: "收费", Body: x.fees()},
		ui.Section{ID: "windows", Title: "到哪里办", Lead: visits + "想到窗口办的，到专窗出示本页二维码，窗口打开的就是这份指南。", Body: x.windows()},
		ui.Section{ID: "situation", Title: "您的回答", Lead: "指南按这些回答得出；情况有变，改了再看。", Body: x.situation(paper)})
	return a
}

// sparing tells what need not be brought, or what a login may still spare.
func sparing(hand []material.Need, spared int) string {
	if spared > 0 {
		return fmt.Sprintf("另有 %d 种免交", spared)
	}
	maybe := 0
	for _, n := range hand {
		if len(n.Possible) > 0 {
			maybe++
		}
	}
	if maybe > 0 {
		return fmt.Sprintf("登录后最多免交 %d 种", maybe)
	}
	return "同样的只交一次"
}

func (x result) lead() string {
	o := x.outcome
	return fmt.Sprintf("要办 %d 个事项，最多 %s办好，%s。", len(o.Parts), x.total(o.Promised), map[bool]string{true: "不收费", false: "费用 " + x.fee()}[o.Total == 0])
}

func (x result) situation(paper bool) templ.Component {
	change := func(code string) string { return x.way.base + "/ask?g=" + x.link + "#" + code }
	if paper {
		change = nil
	}
	given := x.engine.Given(x.answers)
	if len(given) == 0 {
		return ui.Text("这件事对谁都一样，不用回答问题。")
	}
	return situation(given, change)
}

func (x result) parts(paper bool) templ.Component {
	var rows []ui.Row
	for _, p := range x.outcome.Parts {
		why := p.Why
		if words := rule.Because(p.Because); words != "" {
			why += "（" + words + "）"
		}
		if p.Basis != "" {
			why += "。依据：" + p.Basis
		}
		if p.Unit.Acting != "" {
			why += "。以" + p.Unit.Acting + "名义办理"
		}
		unit := ui.Two{Main: p.Unit.Short, Small: cmp.Or(p.Unit.Phone, "12345")}
		row := ui.Row{Cells: []templ.Component{ui.Text(p.Item.Name), ui.Text(why), unit, ui.Two{Main: cmp.Or(p.Item.Promised.String(), "—"), Small: "法定 " + cmp.Or(p.Item.Statutory.String(), "—")}}}
		if !paper {
			row.URL = "/items/" + p.Item.Code
		}
		rows = append(rows, row)
	}
	return ui.Table{Caption: "要办的事项", Columns: []ui.Column{{Label: "事项", Main: true}, {Label: "为什么要办"}, {Label: "谁来办，电话", Code: true}, {Label: "承诺时限", Code: true}}, Rows: rows}
}

// checked says in one sentence what of a list is local practice and what is still to be checked against the sources; a tag on every row
// would make the reader doubt all and see none.
func checked[T any](list []T, of func(T) (name string, m catalogue.Mark)) string {
	names := map[string][]string{}
	for _, x := range list {
		name, m := of(x)
		if words := catalogue.MarkWords(m); words != "" {
			names[words] = append(names[words], name)
		}
	}
	var out strings.Builder
	for _, words := range slices.Sorted(maps.Keys(names)) {
		which := strings.Join(names[words], "、")
		if len(names[words]) == len(list) {
			which = "以上各项"
		}
		out.WriteString(words + "：" + which + "。")
	}
	if out.Len() > 0 {
		out.WriteString("以受理时的审查为准。")
	}
	return out.String()
}

// noted is a table with the sentence that goes with it.
func noted(t templ.Component, words string) templ.Component {
	if words == "" {
		return t
	}
	return ui.Group{t, ui.Hint(words)}
}

func (x result) waitsFor(p PlannedPart) string {
	if len(p.After) == 0 {
		return "马上可办"
	}
	return strings.Join(x.names(p.After), "、")
}

func (x result) names(items []string) []string {
	var out []string
	for _, i := range items {
		if p, ok := x.outcome.Part(i); ok {
			out = append(out, p.Item.Name)
		}
	}
	return out
}

func (x result) flowLead() string {
	o := x.outcome
	words := "全部办好最多 " + x.total(o.Promised) + "（承诺），法定上限 " + x.total(o.Statutory) + "；能同时办的同时办，所以是最长的一条路，不是相加。"
	if len(o.Critical) > 1 {
		words += "最长的一条：" + strings.Join(x.names(o.Critical), " → ") + "。"
	}
	return words
}

// picture draws the parts and which waits for which; the critical path stands out.
func (x result) picture() chart.Flow {
	f := chart.Flow{Caption: chart.Caption{Title: x.engine.Name() + "的办理流程"}, Critical: append([]string{"begin"}, x.outcome.Critical...)}
	f.Nodes = append(f.Nodes, chart.Node{ID: "begin", Label: "提交申请", Sub: "一张表一套材料"})
	waited := map[string]bool{}
	for _, p := range x.outcome.Parts {
		f.Nodes = append(f.Nodes, chart.Node{ID: p.Item.Code, Label: p.Item.Name, Sub: p.Unit.Short + " " + cmp.Or(p.Item.Promised.String(), "—")})
		for _, a := range p.After {
			waited[a] = true
			f.Edges = append(f.Edges, chart.Edge{From: a, To: p.Item.Code})
		}
		if len(p.After) == 0 {
			f.Edges = append(f.Edges, chart.Edge{From: "begin", To: p.Item.Code})
		}
	}
	f.Nodes = append(f.Nodes, chart.Node{ID: "end", Label: "一次送达", Sub: "最多 " + x.total(x.outcome.Promised)})
	for _, p := range x.outcome.Parts {
		if !waited[p.Item.Code] {
			f.Edges = append(f.Edges, chart.Edge{From: p.Item.Code, To: "end"})
		}
	}
	if n := len(x.outcome.Critical); n > 0 {
		f.Critical = append(f.Critical, "end")
	}
	return f
}

func (x result) flow() templ.Component {
	var steps []string
	for _, p := range x.outcome.Parts {
		s := fmt.Sprintf("%s（%s，%s）", p.Item.Name, p.Unit.Short, cmp.Or(p.Item.Promised.String(), "—"))
		if len(p.After) > 0 {
			s += "，等" + strings.Join(x.names(p.After), "、") + "办好后开始"
		}
		if p.Critical {
			s += "，决定总时间"
		}
		steps = append(steps, s)
	}
	picture := x.picture()
	return ui.FlowPicture{Title: picture.Title, SVG: picture.SVG(), Steps: steps}
}

// markOf is the mark of a material: that of the first use that has one.
func markOf(n material.Need) (string, catalogue.Mark) {
	for _, u := range n.Uses {
		if catalogue.MarkWords(u.Need.Mark) != "" {
			return n.Name, u.Need.Mark
		}
	}
	return n.Name, ""
}

func (x result) materials(hand []material.Need) templ.Component {
	if len(hand) == 0 {
		return ui.Text("不用交材料。")
	}
	var rows []ui.Row
	for _, n := range hand {
		rows = append(rows, ui.Row{Cells: []templ.Component{ui.Two{Main: n.Name, Small: n.Help}, ui.Text(strings.Join(n.Reasons(), "；\n")), ui.Text(x.given(n)), ui.Two{Main: n.Necessity.String(), Small: tolerated(n)}}})
	}
	return ui.Table{Caption: "要交的材料", Columns: []ui.Column{{Label: "材料", Main: true}, {Label: "为什么要"}, {Label: "怎么交"}, {Label: "必要性"}}, Rows: rows}
}

// given says how a material may be handed in, and what would spare it.
func (x result) given(n material.Need) string {
	electronic, paper := false, false
	for _, f := range n.Forms {
		electronic, paper = electronic || f == "electronic", paper || f == "paper"
	}
	var out []string
	switch {
	case electronic && paper:
		out = append(out, "网上传照片或交纸质")
	case electronic:
		out = append(out, "网上传")
	default:
		out = append(out, "交纸质")
	}
	if paper && n.Originals > 0 {
		out = append(out, fmt.Sprintf("原件 %d 份", n.Originals))
	}
	if paper && n.Copies > 0 {
		out = append(out, fmt.Sprintf("复印件 %d 份", n.Copies))
	}
	for _, w := range n.Possible {
		out = append(out, "或："+material.WaiverWords(x.engine.ed, w))
	}
	return strings.Join(out, "\n")
}

func tolerated(n material.Need) string {
	if n.Necessity != material.Tolerable || n.Tolerance.Days == 0 {
		return ""
	}
	return fmt.Sprintf("受理后 %d 个工作日内补；%s", n.Tolerance.Days, n.Tolerance.Consequence)
}

func (x result) spared() templ.Component {
	var rows []ui.Row
	for _, n := range x.outcome.Needs {
		if !n.Waived() {
			continue
		}
		var items []string
		for _, u := range n.Uses {
			items = append(items, u.ItemName)
		}
		rows = append(rows, ui.Row{Cells: []templ.Component{ui.Text(n.Name), ui.Text(material.WaiverWords(x.engine.ed, n.Waiver)), ui.Text(strings.Join(items, "、"))}})
	}
	return ui.Table{Caption: "免交的材料", Columns: []ui.Column{{Label: "材料", Main: true}, {Label: "为什么免交"}, {Label: "用在哪里"}}, Rows: rows}
}

func (x result) fields() templ.Component {
	var facts []ui.Fact
	all, known := 0, 0
	for _, t := range x.outcome.Form.Topics {
		var names []string
		for _, f := range t.Fields {
			all++
			name := f.Label
			switch {
			case f.Later != "":
				name += "（办好“" + f.Later + "”后自动填入）"
			case !f.Asked():
				known++
				name += "（已答：" + f.Known.Shown + "）"
			case f.Optional:
				name += "（选填）"
			}
			names = append(names, name)
		}
		facts = append(facts, ui.Fact{Term: t.Title, Value: strings.Join(names, "、")})
	}
	lead := fmt.Sprintf("一张表 %d 项，每项只填一次；其中 %d 项刚才已经答过。登录后，您账户、证照和以前办件里有的会自动带出。", all, known)
	return ui.Group{ui.Text(lead), ui.Disclosure(ui.DisclosureSpec{Summary: "看看都填什么", Body: ui.DescriptionList{Facts: facts}})}
}

func (x result) fees() templ.Component {
	if len(x.outcome.Fees) == 0 {
		return ui.Text("不收费。")
	}
	var rows []ui.Row
	for _, f := range x.outcome.Fees {
		p, _ := x.outcome.Part(f.Item)
		name := ui.Group{ui.Two{Main: f.Name, Small: p.Item.Name}}
		if f.Local {
			name = append(name, ui.Tag{Text: "本县规定", Tone: ui.Warn})
		}
		rows = append(rows, ui.Row{Cells: []templ.Component{name, ui.Money{Fen: f.Cents}, ui.Text(cmp.Or(f.Text, "—")), ui.Text(cmp.Or(f.Waive, "—"))}})
	}
	return ui.Group{ui.Table{Caption: "收费", Columns: []ui.Column{{Label: "项目", Main: true}, {Label: "金额", Number: true}, {Label: "标准"}, {Label: "减免"}}, Rows: rows}, ui.Text("合计：" + x.fee() + "。")}
}

func (x result) windows() templ.Component {
	facts := catalogue.WindowFacts(x.engine.ed, x.outcome.Windows)
	if len(facts) == 0 {
		for _, p := range x.outcome.Parts {
			facts = append(facts, ui.Fact{Term: p.Item.Name, Value: p.Unit.Name + "\n" + p.Unit.Address + "\n电话 " + cmp.Or(p.Unit.Phone, "12345")})
		}
	}
	return ui.DescriptionList{Facts: facts}
}

// aside carries the guide away: code, print, PDF.
func (x result) aside() (templ.Component, error) {
	svg, err := document.QRSVG(x.address())
	if err != nil {
		return nil, err
	}
	return ui.Panel(ui.PanelSpec{Title: "带走这份指南", Body: ui.Group{
		ui.QR{SVG: svg, Label: "打开这份办事指南", Caption: "扫码打开；在任何窗口出示都行。码里只有您的回答，没有个人信息。", URL: x.path()},
		ui.Actions{ui.LinkButton{Label: "打印", URL: x.path() + "?print=1", Kind: ui.Secondary, Icon: ui.IconPrinter, NewTab: true},
			ui.LinkButton{Label: "下载 PDF", URL: x.path() + "/guide.pdf", Kind: ui.Secondary, Icon: ui.IconDownload, NewTab: true}}}}), nil
}

// paper is the guide as a sheet of its own, closed by the answers it rests on.
func (x result) paper() document.Paper {
	p := x.findings()
	p.Blocks = append(p.Blocks, document.Heading{Text: "您的回答"}, document.Paragraph{Text: x.spoken()})
	return p
}

func (x result) findings() document.Paper {
	o := x.outcome
	p := document.Paper{Title: x.title(), Creator: "tongban", QR: &document.QR{Text: x.address(), Caption: "扫码打开"},
		Footer: fmt.Sprintf("%s查询，按标准数据第 %d 版。仅供办理参考，以受理时的审查为准。咨询请拨 12345。", x.day.Chinese(), x.engine.ed.Number)}
	add := func(b ...document.Block) { p.Blocks = append(p.Blocks, b...) }
	for _, s := range o.Stops {
		add(document.Heading{Text: "“" + s.Name + "”不能这样办"}, document.Paragraph{Text: s.Text}, document.Paragraph{Text: "接下来：" + s.Next})
	}
	if len(o.Parts) == 0 {
		return p
	}
	add(document.Paragraph{Text: x.lead() + x.flowLead()})
	parts := document.Table{Columns: []document.Column{{Title: "要办的事项", Weight: 3}, {Title: "谁来办", Weight: 3}, {Title: "承诺时限", Weight: 2}, {Title: "法定时限", Weight: 2}, {Title: "要等", Weight: 3}}}
	for _, part := range o.Parts {
		parts.Rows = append(parts.Rows, []string{part.Item.Name, part.Unit.Short + " " + part.Unit.Phone, cmp.Or(part.Item.Promised.String(), "—"), cmp.Or(part.Item.Statutory.String(), "—"), x.waitsFor(part)})
	}
	add(document.Heading{Text: "要办的事项"}, parts)
	hand := document.Table{Columns: []document.Column{{Title: "要交的材料", Weight: 3}, {Title: "怎么交", Weight: 4}, {Title: "用在哪里", Weight: 4}}}
	spared := document.Table{Columns: []document.Column{{Title: "不用准备的材料", Weight: 3}, {Title: "为什么", Weight: 8}}}
	for _, n := range o.Needs {
		switch {
		case n.Waived():
			spared.Rows = append(spared.Rows, []string{n.Name, material.WaiverWords(x.engine.ed, n.Waiver)})
			continue
		case n.Generated():
			spared.Rows = append(spared.Rows, []string{n.Name, "系统按表单生成，您签名即可"})
			continue
		}
		var items []string
		for _, u := range n.Uses {
			items = append(items, u.ItemName)
		}
		hand.Rows = append(hand.Rows, []string{n.Name + "（" + n.Necessity.String() + "）", x.given(n), strings.Join(items, "、")})
	}
	add(document.Heading{Text: "材料"})
	if len(hand.Rows) > 0 {
		add(hand)
	}
	if len(spared.Rows) > 0 {
		add(document.Spacer{MM: 3}, spared)
	}
	add(document.Heading{Text: "收费"})
	if len(o.Fees) == 0 {
		add(document.Paragraph{Text: "不收费。"})
	} else {
		fees := document.Table{Columns: []document.Column{{Title: "项目", Weight: 3}, {Title: "金额（元）", Align: document.Right}, {Title: "标准", Weight: 4}}}
		for _, f := range o.Fees {
			fees.Rows = append(fees.Rows, []string{f.Name, ui.Yuan(f.Cents), f.Text})
		}
		add(fees)
	}
	add(document.Heading{Text: "到哪里办"})
	var where document.List
	where.Style = document.Unmarked
	for _, f := range catalogue.WindowFacts(x.engine.ed, o.Windows) {
		where.Items = append(where.Items, f.Term+"："+strings.ReplaceAll(f.Value, "\n", "；"))
	}
	where.Items = append(where.Items, "网上办理："+x.address())
	add(where)
	return p
}

// spoken are the answers in one sentence.
func (x result) spoken() string {
	var out []string
	for _, g := range x.engine.Given(x.answers) {
		out = append(out, g.Question.Label()+"："+g.Shown)
	}
	if len(out) == 0 {
		return "这件事对谁都一样，不用回答问题。"
	}
	return strings.Join(out, "；") + "。情况有变的，请扫码改了回答再看。"
}
