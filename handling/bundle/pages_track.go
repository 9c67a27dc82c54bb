package bundle

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"tongban/handling/casework"
	"tongban/kernel/chart"
	"tongban/kernel/clock"
	"tongban/kernel/db"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

func (m *Module) showAsk(w *web.Response, r *web.Request) error {
	return w.ShowPublic(frame("查进度"), m.askPage(r, r.Value("no"), nil))
}

func (m *Module) askPage(r *web.Request, number string, cause error) ui.FormPage {
	page := ui.FormPage{Title: "查进度", Lead: "输入收件凭证上的编号，和申请人证件号码的后四位。不用登录。", Faults: faults(cause),
		Form: ui.FormSpec{Action: "/t", Once: r.Fresh()},
		Fields: []templ.Component{
			ui.Field{Name: "no", Label: "编号", Value: number, Hint: "14 位数字，在收件凭证和短信里", Width: ui.Width14, MaxLength: 24, Autocomplete: "off"},
			ui.Field{Name: "tail", Label: "证件号码后四位", Hint: "个人填身份证号后四位，末位可能是 X；单位填统一社会信用代码后四位", Width: ui.Width8, MaxLength: 4, Autocomplete: "off", Error: faultOf(cause, "tail")},
		}, Actions: ui.Actions{ui.Button{Label: "查询", Icon: ui.IconSearch}}}
	if cause != nil && len(page.Faults) == 0 {
		page.Notice = ui.Notice{Tone: ui.Bad, Text: problem.MessageFor(cause)}
	}
	if r.Actor.ID == "" {
		page.Actions = append(page.Actions, ui.LinkButton{Label: "登录查看我的全部办件", URL: "/login?next=/my/cases", Kind: ui.Quiet})
	}
	return page
}

func (m *Module) postAsk(w *web.Response, r *web.Request) error {
	posted, err := r.Posted()
	if err != nil {
		return err
	}
	run := func(do func(*db.Tx) error) error { _, err := r.Act("bundle.wrong-tail", do); return err }
	s, err := m.Prove(r.Ctx, run, r.View, posted.Get("no"), posted.Get("tail"), visitor(r))
	if err != nil {
		if correctable(err) {
			return w.PublicAgain(frame("查进度"), m.askPage(r, posted.Get("no"), err))
		}
		return err
	}
	trust(r, s.Number)
	return w.Go("/t/" + s.Number)
}

// seen is all that the tracking page shows of a submission.
type seen struct {
	now time.Time
	Submission
	parts  []Part
	cases  map[casework.ID]casework.Case
	duties map[casework.ID]casework.Duty
	open   []Correction
	later  []Tolerated
	ed     *pack.Edition // under which it was submitted
}

func (m *Module) see(r *web.Request, s Submission) (seen, error) {
	x := seen{Submission: s, now: r.Now, cases: map[casework.ID]casework.Case{}, duties: map[casework.ID]casework.Duty{}}
	var err error
	if x.parts, err = m.Parts(r.Ctx, r.View, s.ID); err != nil {
		return x, err
	}
	all, err := m.cases.InGroup(r.Ctx, r.View, string(s.ID))
	if err != nil {
		return x, err
	}
	for _, c := range all {
		x.cases[c.ID] = c
	}
	for _, p := range x.parts {
		if p.Ended() {
			continue
		}
		if x.duties[p.Case], err = m.cases.Responsible(r.Ctx, r.View, p.Case); err != nil {
			return x, err
		}
	}
	if x.open, err = m.Corrections(r.Ctx, r.View, s.ID); err != nil {
		return x, err
	}
	if x.ed, err = m.k.Library.At(r.Ctx, r.View, s.Edition); err != nil {
		return x, err
	}
	x.later, err = m.ToHandIn(r.Ctx, r.View, s)
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
	owner := s.ownedBy(r.Actor)
	name := s.ApplicantName
	if !owner {
		name = maskName(name)
	}
	d := ui.Detail{Title: s.Title, Number: s.Number, Tags: []ui.Tag{s.tag()}, Facts: []ui.Fact{
		{Term: "申请人", Value: name}, {Term: "提交时间", Value: moment(s.SubmittedAt)}, {Term: "进展", Value: tally(x.parts).String()},
		{Term: dueTerm(s), Value: x.dueValue()}, {Term: "结果", Value: s.Way.Label()}}}
	d.Actions = []templ.Component{ui.LinkButton{Label: "收件凭证", URL: "/done/" + s.Number, Kind: ui.Secondary}}
	if owner && tally(x.parts).Waiting+tally(x.parts).Handling > 0 {
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
	if owner && s.State == Running && s.PartialAt.IsZero() && len(deliverable(x.parts, true)) > 0 {
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

func dueTerm(s Submission) string {
	if s.State == Running {
		return "最迟办好"
	}
	return "办结时间"
}

func (x seen) dueValue() string {
	if x.State != Running {
		return day(x.DecidedAt)
	}
	return or(casework.LastDay(x.due()), "以各事项受理通知为准")
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
		return ui.Notice{Tone: ui.Warn, Title: "请您补正材料", Text: fmt.Sprintf("共 %d 处，请在%s前补齐。等您补正的时间不计入办理时限。", len(gaps(x.open)), casework.LastDay(deadline(x.open))),
			Actions: ui.Actions{ui.LinkButton{Label: "去补正", URL: "/t/" + x.Number + "/supplement"}}}
	case len(x.later) > 0:
		return ui.Notice{Tone: ui.Warn, Title: "还有容缺材料要补交", Text: fmt.Sprintf("共 %d 种，没有补齐的，有关事项不能准予或者不能领证。", len(x.later)),
			Actions: ui.Actions{ui.LinkButton{Label: "去补交", URL: "#later"}}}
	case x.State == Delivered:
		return ui.Notice{Tone: ui.OK, Title: "全部办完，结果已送达", Text: "感谢您。证照随时可以在“我的证照”查看和出示。"}
	case x.State == Decided:
		return ui.Notice{Tone: ui.OK, Title: "全部事项都有结果了", Text: "正在制证和送达：" + x.Way.Label() + "。备好后会发短信告诉您。"}
	case !x.PartialAt.IsZero():
		return ui.Notice{Text: "您已在" + day(x.PartialAt) + "申请先领已办好的，办好一项会通知您一项。"}
	}
	return ui.Notice{}
}

// blockedSection lets the applicant choose about parts that cannot begin.
func (m *Module) blockedSection(r *web.Request, x seen, owner bool) ui.Section {
	var options []ui.Option
	cause := ""
	for _, p := range x.parts {
		if p.State == Waiting && p.Blocked != "" {
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
		Rows: ui.Rows(x.parts, func(p Part) ui.Row {
			d, held := x.duties[p.Case]
			next, by := reasonWords(p), "—"
			who := ui.Two{Main: m.org.Name(p.Unit)}
			if held {
				who = ui.Two{Main: strings.TrimSpace(d.UnitName + " " + d.Person), Small: d.Phone}
				next, by = d.Next, or(casework.LastDay(d.By), "—")
				if !d.By.IsZero() && !x.now.Before(d.By) {
					by += "，已超期" // the unit owes the applicant the truth, and its phone stands beside it
				}
			}
			switch {
			case p.State == Waiting && p.Blocked == "":
				next = "等" + strings.Join(p.waitsFor(x.parts), "、") + "办好后自动开始"
			case p.State == Waiting:
				next, by = "“"+p.Blocked+"”没有办成，等您选择", "—"
			case p.State == Granted && p.LicenceNumber != "":
				next = "证照编号 " + p.LicenceNumber
			case p.State == Granted:
				next = "正在制证"
			}
			if !p.DeliveredAt.IsZero() {
				next += "，" + day(p.DeliveredAt) + "送达"
			}
			tag := partTag(p)
			if c := x.cases[p.Case]; p.State == Handling {
				tag.Text = casework.StateLabel(c.State)
				if c.State == casework.Correcting {
					tag.Tone = ui.Warn
				}
			}
			return ui.Row{ID: p.CaseNumber, Cells: []templ.Component{ui.Two{Main: p.ItemName, Small: p.CaseNumber}, tag, who, ui.Text(or(next, "—")), ui.Text(by)}}
		})}
}

// reasonWords says why a part ended as it did.
func reasonWords(p Part) string {
	switch {
	case p.Reason == "":
		return ""
	case p.State == Refused || p.State == NotTaken:
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
		case p.State == Granted:
			class = "ok"
		case p.State == Handling:
			class = "c1"
		case p.Blocked != "":
			class = "warn"
		case p.Ended():
			class = "bad"
		}
		f.Nodes = append(f.Nodes, chart.Node{ID: p.Item, Label: p.ItemName, Sub: partTag(p).Text, Class: class})
		for _, a := range p.After {
			f.Edges = append(f.Edges, chart.Edge{From: a, To: p.Item})
		}
		line := p.ItemName + "（" + m.org.Name(p.Unit) + "）：" + partTag(p).Text
		if w := p.waitsFor(x.parts); len(w) > 0 && p.State == Waiting {
			line += "，等" + strings.Join(w, "、")
		}
		steps = append(steps, line)
	}
	return ui.FlowPicture{SVG: f.SVG(), Steps: steps}
}

// timeline tells what happened, of all parts together, newest last, and what comes.
func (m *Module) timeline(r *web.Request, x seen) (ui.Timeline, error) {
	type entry struct {
		at time.Time
		e  ui.Event
	}
	list := []entry{{x.SubmittedAt, ui.Event{When: moment(x.SubmittedAt), Title: "提交申请", Who: m.channel(x.Submission), Text: fmt.Sprintf("收到申请，共 %d 个事项", len(x.parts)), Tone: ui.OK}}}
	for _, p := range x.parts {
		deeds, err := m.cases.Timeline(r.Ctx, r.View, p.Case, true)
		if err != nil {
			return ui.Timeline{}, err
		}
		for _, d := range deeds {
			if d.Act == casework.ActOpen {
				continue
			}
			e := ui.Event{When: moment(d.At), Title: p.ItemName + "：" + casework.ActLabel(d.Act), Who: m.org.Name(orUnit(d.Unit, p.Unit)), Text: d.Note}
			switch d.Act {
			case casework.ActGrant, casework.ActAccept:
				e.Tone = ui.OK
			case casework.ActRefuse, casework.ActDecline, casework.ActLapse:
				e.Tone = ui.Bad
			case casework.ActAsk, casework.ActSuspend:
				e.Tone = ui.Warn
			}
			list = append(list, entry{d.At, e})
		}
		if !p.DeliveredAt.IsZero() {
			list = append(list, entry{p.DeliveredAt, ui.Event{When: moment(p.DeliveredAt), Title: p.ItemName + "：结果送达", Tone: ui.OK}})
		}
	}
	slices.SortStableFunc(list, func(a, b entry) int { return a.at.Compare(b.at) })
	var out ui.Timeline
	for _, l := range list {
		out.Events = append(out.Events, l.e)
	}
	if n := len(out.Events); n > 0 && x.State != Delivered {
		out.Events[n-1].Now = true
		later := ui.Event{Later: true, Title: "全部办好，一次送达", Text: x.Way.Label()}
		if x.State == Running {
			later.When = casework.LastDay(x.due())
		}
		out.Events = append(out.Events, later)
	}
	return out, nil
}

func orUnit(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

func (m *Module) channel(s Submission) string {
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

// whyDates explains each running term step by step.
func (m *Module) whyDates(r *web.Request, x seen) (templ.Component, error) {
	var out ui.Group
	for _, p := range x.parts {
		if p.State != Handling {
			continue
		}
		all, err := m.k.Clocks.All(r.Ctx, r.View, string(p.Case))
		if err != nil {
			return nil, err
		}
		for _, c := range all {
			if c.Ledger.Phase() == clock.Stopped {
				continue
			}
			steps, err := c.Ledger.Explain(m.k.Clocks.Calendar())
			if err != nil {
				continue // a year without a calendar; the page still shows everything else
			}
			var lines ui.Prose
			for _, s := range steps {
				lines = append(lines, s.Text)
			}
			out = append(out, ui.Disclosure(ui.DisclosureSpec{Summary: c.Title, Body: lines}))
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	return out, nil
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
			l := ui.NotedLink{Link: ui.Link{Label: n.Title + "（" + n.Number + "）"}, Note: p.ItemName + "，" + day(n.IssuedAt)}
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

// tracking is the answer of the API: the same as the page, without names.
type tracking struct {
	Number      string         `json:"number"`
	Title       string         `json:"title"`
	State       State          `json:"state"`
	StateText   string         `json:"state_text"`
	SubmittedAt time.Time      `json:"submitted_at"`
	Due         string         `json:"due"`
	ToDo        []string       `json:"to_do"`
	Parts       []trackingPart `json:"parts"`
}

type trackingPart struct {
	Item      string    `json:"item"`
	Name      string    `json:"name"`
	Case      string    `json:"case"`
	State     PartState `json:"state"`
	StateText string    `json:"state_text"`
	Unit      string    `json:"unit"`
	Phone     string    `json:"phone,omitempty"`
	Next      string    `json:"next,omitempty"`
	By        string    `json:"by,omitempty"`
	After     []string  `json:"after"`
}

func (m *Module) apiTrack(w *web.Response, r *web.Request) error {
	number := tidy(r.Value("receipt"))
	s, err := m.ByNumber(r.Ctx, r.View, number)
	if err != nil && problem.KindOf(err) != problem.KindNotFound {
		return err
	}
	if err != nil || !s.ownedBy(r.Actor) {
		run := func(do func(*db.Tx) error) error {
			_, err := m.k.DB.Run(r.Ctx, db.Act{Actor: r.Actor, Name: "bundle.wrong-tail", Now: r.Now}, do)
			return err
		}
		if s, err = m.Prove(r.Ctx, run, r.View, number, r.Value("tail"), visitor(r)); err != nil {
			if problem.KindOf(err) == problem.KindInvalid {
				return problem.NotFound("%s", problem.MessageFor(err)) // the same for a wrong number and for wrong digits
			}
			return err
		}
	}
	x, err := m.see(r, s)
	if err != nil {
		return err
	}
	out := tracking{Number: s.Number, Title: s.Title, State: s.State, StateText: s.State.Label(), SubmittedAt: s.SubmittedAt, Due: x.dueValue(), ToDo: []string{}, Parts: []trackingPart{}}
	for _, g := range gaps(x.open) {
		out.ToDo = append(out.ToDo, "补正："+g.Name)
	}
	for _, g := range x.later {
		out.ToDo = append(out.ToDo, "容缺补交："+materialName(x.ed, g.Type))
	}
	for _, p := range x.parts {
		d := x.duties[p.Case]
		t := trackingPart{Item: p.Item, Name: p.ItemName, Case: p.CaseNumber, State: p.State, StateText: partTag(p).Text, Unit: m.org.Name(p.Unit), Phone: d.Phone, Next: d.Next,
			By: casework.LastDay(d.By), After: p.After}
		if t.After == nil {
			t.After = []string{}
		}
		out.Parts = append(out.Parts, t)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	return json.NewEncoder(w).Encode(out)
}
