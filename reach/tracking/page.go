package tracking

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/a-h/templ"

	"tongban/handling/bundle"
	"tongban/handling/casework"
	"tongban/kernel/chart"
	"tongban/kernel/pack"
	"tongban/kernel/web"
	"tongban/ui"
)

// seen is all that the tracking page shows of a submission.
type seen struct {
	now time.Time
	bundle.Submission
	parts  []bundle.Part
	cases  map[casework.ID]casework.Case
	duties map[casework.ID]casework.Duty
	open   bundle.Corrections
	later  []bundle.Tolerated
	ed     *pack.Edition // under which it was submitted
}

func (m *Module) see(r *web.Request, s bundle.Submission) (seen, error) {
	x := seen{Submission: s, now: r.Now, cases: map[casework.ID]casework.Case{}, duties: map[casework.ID]casework.Duty{}}
	var err error
	if x.parts, err = m.bundles.Parts(r.Ctx, r.View, s.ID); err != nil {
		return x, err
	}
	all, err := m.cases.InGroup(r.Ctx, r.View, string(s.ID))
	if err != nil {
		return x, err
	}
	for _, c := range all {
		x.cases[c.ID] = c
	}
	var running []casework.Case
	for _, p := range x.parts {
		if !p.Ended() {
			running = append(running, x.cases[p.Case])
		}
	}
	if x.duties, err = m.cases.Duties(r.Ctx, r.View, running); err != nil {
		return x, err
	}
	if x.open, err = m.bundles.Corrections(r.Ctx, r.View, s.ID); err != nil {
		return x, err
	}
	if x.ed, err = m.k.Library.At(r.Ctx, r.View, s.Edition); err != nil {
		return x, err
	}
	x.later, err = m.bundles.ToHandIn(r.Ctx, r.View, s)
	return x, err
}

// due is by when the whole is promised: the latest date of the cases that run, else what was said at the beginning.
func (x seen) due() time.Time {
	last := x.Due
	for _, c := range x.cases {
		if c.State == casework.Accepted && c.Due.After(last) {
			last = c.Due
		}
	}
	return last
}

func (m *Module) showTrack(w *web.Response, r *web.Request) error {
	s, ok, err := m.tracked(w, r)
	if err != nil || !ok {
		return err
	}
	x, err := m.see(r, s)
	if err != nil {
		return err
	}
	page, err := m.trackPage(r, x, nil)
	if err != nil {
		return err
	}
	return w.ShowPublic(frame("办理进度"), page)
}

// trackPage is the page; cause is what was wrong with a material just handed in.
func (m *Module) trackPage(r *web.Request, x seen, cause error) (ui.Detail, error) {
	s := x.Submission
	owner := s.OwnedBy(r.Actor)
	name := s.ApplicantName
	if !owner {
		name = maskName(name)
	}
	d := ui.Detail{Title: s.Title, Number: s.Number, Tags: []ui.Tag{s.Tag()}, Facts: []ui.Fact{
		{Term: "申请人", Value: name}, {Term: "提交时间", Value: web.Stamp(s.SubmittedAt)}, {Term: "进展", Value: bundle.TallyOf(x.parts).String()},
		{Term: dueTerm(s), Value: x.dueValue()}, {Term: "结果", Value: s.Way.Label()}}}
	d.Actions = []templ.Component{ui.LinkButton{Label: "收件凭证", URL: "/done/" + s.Number, Kind: ui.Secondary}}
	if owner && bundle.TallyOf(x.parts).Waiting+bundle.TallyOf(x.parts).Handling > 0 {
		d.Actions = append(d.Actions, ui.LinkButton{Label: "撤回申请", URL: "/t/" + s.Number + "/withdraw", Kind: ui.Quiet})
	}
	d.Notice = x.notice(owner)
	if blocked := m.blockedSection(r, x, owner); blocked.Body != nil {
		d.Sections = append(d.Sections, blocked)
	}
	if later := m.laterSection(r, x, cause); later.Body != nil {
		d.Sections = append(d.Sections, later)
	}
	d.Sections = append(d.Sections, ui.Section{ID: "parts", Title: "每个事项办到哪了", Flush: true, Body: m.partsView(x)})
	if owner && s.MayReleasePartly(x.parts) {
		d.Sections = append(d.Sections, ui.Section{ID: "partly", Title: "想先领已办好的？", Lead: "通常全部办好后一次送达。您急用的话，可以先领已办好的，其余办好一项送一项。",
			Body: ui.Form(ui.FormSpec{Action: "/t/" + s.Number + "/partly", Once: r.Fresh(), Label: "先领已办好的", Body: ui.Actions{ui.Button{Label: "先领已办好的", Kind: ui.Secondary}}})})
	}
	line, err := m.timeline(r, x)
	if err != nil {
		return d, err
	}
	d.Sections = append(d.Sections, ui.Section{ID: "timeline", Title: "办理经过", Body: line})
	if len(x.parts) > 1 {
		d.Aside = append(d.Aside, ui.Section{ID: "order", Title: "办理顺序", Body: x.picture(m)})
	}
	why, err := m.whyDates(r, x)
	if err != nil {
		return d, err
	}
	if why != nil {
		d.Aside = append(d.Aside, ui.Section{ID: "why", Title: "为什么是这个日期", Body: why})
	}
	papers, err := m.papers(r, x, owner)
	if err != nil {
		return d, err
	}
	if papers.Body != nil {
		d.Sections = append(d.Sections, papers)
	}
	return d, nil
}

func dueTerm(s bundle.Submission) string {
	if s.State == bundle.Running {
		return "最迟办好"
	}
	return "办结时间"
}

func (x seen) dueValue() string {
	if x.State != bundle.Running {
		return web.Date(x.DecidedAt)
	}
	return cmp.Or(casework.LastDay(x.due()), "以各事项受理通知为准")
}

// maskName leaves the first character of a person's name for those who only know the receipt.
func maskName(name string) string {
	r := []rune(name)
	if len(r) < 2 || len(r) > 5 {
		return name // names of firms are public
	}
	return string(r[0]) + strings.Repeat("*", len(r)-1)
}

// notice is the one thing the applicant must know first.
func (x seen) notice(owner bool) ui.Notice {
	switch {
	case len(x.open) > 0:
		return ui.Notice{Tone: ui.Warn, Title: "请您补正材料", Text: fmt.Sprintf("共 %d 处，请在%s前补齐。等您补正的时间不计入办理时限。", len(x.open.Gaps()), casework.LastDay(x.open.Until())),
			Actions: ui.Actions{ui.LinkButton{Label: "去补正", URL: "/t/" + x.Number + "/supplement"}}}
	case len(x.later) > 0:
		return ui.Notice{Tone: ui.Warn, Title: "还有容缺材料要补交", Text: fmt.Sprintf("共 %d 种，没有补齐的，有关事项不能准予或者不能领证。", len(x.later)),
			Actions: ui.Actions{ui.LinkButton{Label: "去补交", URL: "#later"}}}
	case x.State == bundle.Delivered:
		return ui.Notice{Tone: ui.OK, Title: "全部办完，结果已送达", Text: "感谢您。证照随时可以在“我的证照”查看和出示。"}
	case x.State == bundle.Decided:
		return ui.Notice{Tone: ui.OK, Title: "全部事项都有结果了", Text: "正在制证和送达：" + x.Way.Label() + "。备好后会发短信告诉您。"}
	case !x.PartialAt.IsZero():
		return ui.Notice{Text: "您已在" + web.Date(x.PartialAt) + "申请先领已办好的，办好一项会通知您一项。"}
	}
	return ui.Notice{}
}

// blockedSection lets the applicant choose about parts that cannot begin.
func (m *Module) blockedSection(r *web.Request, x seen, owner bool) ui.Section {
	var options []ui.Option
	cause := ""
	for _, p := range x.parts {
		if p.State == bundle.Waiting && p.Blocked != "" {
			options = append(options, ui.Option{Value: p.Item, Label: p.ItemName, Hint: "由" + m.org.Name(p.Unit) + "核对"})
			cause = p.Blocked
		}
	}
	if len(options) == 0 {
		return ui.Section{}
	}
	s := ui.Section{ID: "choose", Title: "请您选择", Lead: "“" + cause + "”没有办成，排在它后面的事项暂时不能开始。如果您已经另行取得所需证照，可以继续办；不想办了，可以撤回。"}
	if !owner {
		var names ui.Prose
		for _, o := range options {
			names = append(names, o.Label)
		}
		s.Body = ui.Group{names, ui.Text("请申请人登录后选择，或者到窗口、打电话办理。")}
		return s
	}
	s.Body = ui.Form(ui.FormSpec{Action: "/t/" + x.Number + "/continue", Once: r.Fresh(), Label: "继续或者撤回", Body: ui.Group{
		ui.Choice{Name: "item", Label: "哪些已另行取得所需证照", Many: true, Options: options},
		ui.Actions{ui.Button{Label: "继续办选中的"}, ui.LinkButton{Label: "撤回", URL: "/t/" + x.Number + "/withdraw", Kind: ui.Quiet}}}})
	return s
}

// partsView says of each part where it is, who holds it, what comes next, and by when (I11).
func (m *Module) partsView(x seen) ui.Table {
	return ui.Table{Caption: "事项进展、由谁负责、下一步", Columns: []ui.Column{{Label: "事项", Main: true}, {Label: "状态"}, {Label: "谁在办", Code: true}, {Label: "下一步"}, {Label: "这一步最迟"}},
		Rows: ui.Rows(x.parts, func(p bundle.Part) ui.Row {
			d, held := x.duties[p.Case]
			next, by := reasonWords(p), "—"
			who := ui.Two{Main: m.org.Name(p.Unit)}
			if held {
				who = ui.Two{Main: strings.TrimSpace(d.UnitName + " " + d.Person), Small: d.Phone}
				next, by = d.Next, cmp.Or(casework.LastDay(d.By), "—")
				if !d.By.IsZero() && !x.now.Before(d.By) {
					by += "，已超期" // the unit owes the applicant the truth, and its phone stands beside it
				}
			}
			switch {
			case p.State == bundle.Waiting && p.Blocked == "":
				next = "等" + strings.Join(p.WaitsFor(x.parts), "、") + "办好后自动开始"
			case p.State == bundle.Waiting:
				next, by = "“"+p.Blocked+"”没有办成，等您选择", "—"
			case p.State == bundle.Granted && p.LicenceNumber != "":
				next = "证照编号 " + p.LicenceNumber
			case p.State == bundle.Granted:
				next = "正在制证"
			}
			if !p.DeliveredAt.IsZero() {
				next += "，" + web.Date(p.DeliveredAt) + "送达"
			}
			tag := p.Tag()
			if c := x.cases[p.Case]; p.State == bundle.Handling {
				tag.Text = casework.StateLabel(c.State)
				if c.State == casework.Correcting {
					tag.Tone = ui.Warn
				}
			}
			return ui.Row{ID: p.CaseNumber, Cells: []templ.Component{ui.Two{Main: p.ItemName, Small: p.CaseNumber}, tag, who, ui.Text(cmp.Or(next, "—")), ui.Text(by)}}
		})}
}

// reasonWords says why a part ended as it did.
func reasonWords(p bundle.Part) string {
	switch {
	case p.Reason == "":
		return ""
	case p.State == bundle.Refused || p.State == bundle.NotTaken:
		return "理由：" + p.Reason
	}
	return p.Reason
}

// picture draws who waits for whom.
func (x seen) picture(m *Module) ui.FlowPicture {
	f := chart.Flow{Caption: chart.Caption{Title: "办理顺序", Desc: x.Title + "的事项和先后"}}
	var steps []string
	for _, p := range x.parts {
		class := ""
		switch {
		case p.State == bundle.Granted:
			class = "ok"
		case p.State == bundle.Handling:
			class = "c1"
		case p.Blocked != "":
			class = "warn"
		case p.Ended():
			class = "bad"
		}
		f.Nodes = append(f.Nodes, chart.Node{ID: p.Item, Label: p.ItemName, Sub: p.Tag().Text, Class: class})
		for _, a := range p.After {
			f.Edges = append(f.Edges, chart.Edge{From: a, To: p.Item})
		}
		line := p.ItemName + "（" + m.org.Name(p.Unit) + "）：" + p.Tag().Text
		if w := p.WaitsFor(x.parts); len(w) > 0 && p.State == bundle.Waiting {
			line += "，等" + strings.Join(w, "、")
		}
		steps = append(steps, line)
	}
	return ui.FlowPicture{SVG: f.SVG(), Steps: steps}
}

// papers lists the official papers and licences; their owner opens them.
func (m *Module) papers(r *web.Request, x seen, owner bool) (ui.Section, error) {
	var links []ui.NotedLink
	for _, p := range x.parts {
		list, err := m.cases.Notices(r.Ctx, r.View, p.Case)
		if err != nil {
			return ui.Section{}, err
		}
		for _, n := range list {
			l := ui.NotedLink{Link: ui.Link{Label: n.Title + "（" + n.Number + "）"}, Note: p.ItemName + "，" + web.Date(n.IssuedAt)}
			if owner {
				l.URL = "/papers/" + n.ID
			}
			links = append(links, l)
		}
	}
	if len(links) == 0 {
		return ui.Section{}, nil
	}
	s := ui.Section{ID: "papers", Title: "文书", Body: ui.LinkList{Links: links}}
	if !owner {
		s.Lead = "文书全文请申请人登录后查看。"
	}
	return s, nil
}

func (m *Module) channel(s bundle.Submission) string {
	switch s.Channel {
	case casework.Counter:
		return "窗口"
	case casework.Kiosk:
		return "自助终端"
	case casework.Helper:
		return "帮代办"
	case casework.Mobile:
		return "手机"
	case casework.Post:
		return "邮寄"
	case casework.Cross:
		return "跨域通办"
	}
	return "网上"
}
