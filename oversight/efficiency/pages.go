package efficiency

import (
	"cmp"
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"tongban/handling/casework"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

// A card reaches whoever held the matter, also where his role does not read the cards of others; so its pages ask for an account only,
// and the handler asks whose card it is.
func (m *Module) routes() []web.Route {
	return []web.Route{
		web.Page("/l", PermRead, m.showCockpit),
		web.Page("/l/units/{code}", PermRead, m.showUnit),
		web.Page("/l/cases", PermRead, m.showCases),
		web.Page("/sv/cards", PermRead, m.showCards),
		web.Page("/sv/cards/{id}", authz.SignedIn, m.showCard),
		web.Form("/sv/cards/{id}/{act}", authz.SignedIn, m.postCard),
		web.Form("/sv/cases/{id}/urge", PermRemind, m.postUrge),
		web.Page("/sv/urges/{id}", authz.SignedIn, m.showUrge),
		web.Form("/sv/urges/{id}", authz.SignedIn, m.postReply),
	}
}

func tone(s Severity) ui.Tone {
	switch s {
	case Red, Grave:
		return ui.Bad
	case Yellow:
		return ui.Warn
	}
	return ui.Info
}

func (m *Module) cardTag(c Card) ui.Tag {
	return ui.Tag{Text: c.Severity.String(), Tone: tone(c.Severity)}
}

func (m *Module) showCards(w *web.Response, r *web.Request) error {
	f := Filter{Tab: Tab(r.Value("tab")), Severity: Severity(r.Value("severity")), Unit: r.Value("unit"), After: r.Value("after"), Limit: 30}
	if f.Tab == "" {
		f.Tab = TabOpen
	}
	cards, next, err := m.Cards(r.Ctx, r.View, f)
	if err != nil {
		return err
	}
	counts, err := m.CardCounts(r.Ctx, r.View, f)
	if err != nil {
		return err
	}
	address := func(tab Tab, after string) string {
		q := url.Values{"tab": {string(tab)}}
		for k, v := range map[string]string{"severity": string(f.Severity), "unit": f.Unit, "after": after} {
			if v != "" {
				q.Set(k, v)
			}
		}
		return "/sv/cards?" + q.Encode()
	}
	list := ui.List{Title: "红黄牌", Lead: "每张牌都按期限届满或警戒的法定时刻记录，发给当时经手的单位和人员。",
		Filters: ui.FilterBar{Into: "list", Keep: map[string]string{"tab": string(f.Tab)}, Fields: []templ.Component{
			ui.Select{Name: "severity", Label: "级别", Blank: "全部级别", Value: string(f.Severity), Options: []ui.Option{{Value: "blue", Label: "蓝色提醒"}, {Value: "yellow", Label: "黄牌"}, {Value: "stern", Label: "红牌和严重"}, {Value: "red", Label: "红牌"}, {Value: "grave", Label: "严重"}}},
			ui.Select{Name: "unit", Label: "单位", Blank: "全部单位", Value: f.Unit, Options: m.unitOptions(r.View)},
		}},
		Table: ui.Table{Caption: "预警牌", Columns: []ui.Column{{Label: "编号", Main: true}, {Label: "级别"}, {Label: "事由"}, {Label: "单位 / 经手人"}, {Label: "触发时间"}, {Label: "状态"}, {Label: "处理期限"}},
			Rows: ui.Rows(cards, func(c Card) ui.Row {
				row := ui.Row{ID: c.ID, URL: "/sv/cards/" + c.ID, Cells: []templ.Component{ui.Text(c.Number), m.cardTag(c), ui.Two{Main: c.about(), Small: c.Basis},
					ui.Two{Main: m.org.Name(c.Unit), Small: cmp.Or(c.HolderName, "本单位")}, ui.Text(moment(c.CrossedAt)), ui.Text(moves.Label(c.State)), ui.Text(lastDay(c))}}
				if c.Open() && c.Severity != Blue && !c.DueAt.IsZero() && !r.Now.Before(c.DueAt) {
					row.Tone = ui.Bad
				}
				return row
			})},
		Empty: ui.EmptyState{Title: "这里没有预警牌", Text: "换一个状态或放宽筛选条件再看。"}}
	for _, t := range tabs {
		list.Tabs.Tabs = append(list.Tabs.Tabs, ui.Tab{Label: t.Label, URL: address(t.Tab, ""), Count: counts[t.Tab], Current: t.Tab == f.Tab})
	}
	list.Tabs.Into = "list"
	if next != "" {
		list.Pager = ui.Pager{NextURL: address(f.Tab, next), Into: "list"}
	}
	return w.ShowDesk(list)
}

func lastDay(c Card) string {
	if c.DueAt.IsZero() {
		return "—"
	}
	return casework.LastDay(c.DueAt)
}

func (m *Module) unitOptions(v *db.View) []ui.Option {
	var out []ui.Option
	for _, u := range m.org.Units() {
		if v.Actor.May(PermRead, authz.Place{Unit: u.Code}) {
			out = append(out, ui.Option{Value: u.Code, Label: u.Short})
		}
	}
	return out
}

// readable finds a card the viewer may see: within his reach, or his own.
func (m *Module) readable(r *web.Request) (Card, error) {
	c, err := m.Card(r.Ctx, r.View, r.PathValue("id"))
	if err == nil && !r.Actor.May(PermRead, authz.Place{Unit: c.Unit}) && !MayAnswer(c, r.Actor) {
		err = problem.NotFound("没有这张预警牌")
	}
	return c, err
}

func (m *Module) showCard(w *web.Response, r *web.Request) error {
	c, err := m.readable(r)
	if err != nil {
		return err
	}
	page, err := m.cardPage(r, c, nil)
	if err != nil {
		return err
	}
	return w.ShowDesk(page)
}

func (m *Module) cardPage(r *web.Request, c Card, cause error) (ui.Detail, error) {
	life, err := m.Life(r.Ctx, r.View, c.ID)
	if err != nil {
		return ui.Detail{}, err
	}
	holder := cmp.Or(c.HolderName, "当时还没有人认领，由本单位答复")
	if c.HolderName == "" {
		duties, err := m.duties(r, []Card{c})
		if err != nil {
			return ui.Detail{}, err
		}
		if duty := duties[casework.ID(c.Thing)]; duty.Person != "" {
			holder += "；办件现在由" + duty.Person + "办理"
		}
	}
	d := ui.Detail{Title: c.Severity.String() + "：" + c.about(), Number: c.Number, Tags: []ui.Tag{m.cardTag(c), {Text: moves.Label(c.State)}},
		Back: ui.Link{Label: "返回红黄牌", URL: "/sv/cards"},
		Facts: []ui.Fact{{Term: "事由", Value: c.Title + "，" + c.Basis}, {Term: "触发时间", Value: moment(c.CrossedAt)}, {Term: "期限", Value: c.Due},
			{Term: "单位", Value: m.org.Name(c.Unit)}, {Term: "经手人", Value: holder}, {Term: "计分", Value: points(c)}}}
	if c.CaseNumber != "" {
		d.Facts = append(d.Facts, ui.Fact{Term: "办件", Body: ui.Anchor{Label: c.CaseNumber, URL: "/w/cases/" + c.CaseNumber}})
	}
	if todo := m.whatToDo(c); todo != "" && c.Open() {
		d.Notice = ui.Notice{Tone: tone(c.Severity), Title: "下一步", Text: todo}
	}
	if cause != nil {
		d.Notice = ui.Notice{Tone: ui.Bad, Title: "没有办成", Text: problem.MessageFor(cause)}
	}
	history := []ui.Event{{When: moment(c.IssuedAt), Title: "发出" + c.Severity.String(), Who: "系统", Text: c.Basis}}
	for _, e := range life {
		history = append(history, ui.Event{When: moment(e.At), Title: moves.ActLabel(e.Act), Who: cmp.Or(m.org.Name(e.Unit), "") + " " + e.ActorName, Text: e.Words})
	}
	d.Sections = append(d.Sections, ui.Section{ID: "life", Title: "经过", Body: ui.Timeline{Events: history}})
	forms := m.cardForms(r, c, life, problem.FieldMessage(cause, "words"))
	if len(forms) > 0 {
		d.Sections = append([]ui.Section{{ID: "do", Title: "处理", Body: ui.Group(forms)}}, d.Sections...)
	}
	return d, nil
}

func points(c Card) string {
	if c.State == Withdrawn {
		return "已撤销，不计分"
	}
	return strconv.FormatFloat(float64(c.Points)/100, 'f', -1, 64) + " 分"
}

// cardForms are the forms of what the viewer may do with the card now.
func (m *Module) cardForms(r *web.Request, c Card, life []Entry, fault string) []templ.Component {
	if c.Severity == Blue {
		return nil
	}
	var out []templ.Component
	form := func(act Act, label, hint string, kind ui.ButtonKind, words bool) {
		var body ui.Group
		if words {
			body = append(body, ui.Field{Kind: ui.Multiline, Name: "words", ID: "words-" + string(act), Label: label, Hint: hint, MaxLength: 2000, Error: fault})
		}
		body = append(body, ui.Actions{ui.Button{Label: moves.ActLabel(act), Kind: kind}})
		out = append(out, ui.Form(ui.FormSpec{ID: "do-" + string(act), Action: "/sv/cards/" + c.ID + "/" + string(act), Once: r.Fresh(), Version: c.Version, Label: moves.ActLabel(act), Body: body}))
	}
	defended := false
	for _, e := range life {
		defended = defended || e.Act == ActDefend
	}
	if MayAnswer(c, r.Actor) {
		if moves.Can(c.State, ActServe) {
			form(ActServe, "", "", ui.Secondary, false)
		}
		if moves.Can(c.State, ActAnswer) {
			form(ActAnswer, "整改情况", "发生了什么、怎么处理、以后怎样避免", ui.Primary, true)
		}
		if moves.Can(c.State, ActDefend) && !defended {
			form(ActDefend, "申辩理由", "例如系统故障、不可抗力、申请人原因，并说明依据", ui.Secondary, true)
		}
	}
	if r.Actor.May(PermInstruct, authz.Place{Unit: c.Unit}) {
		for _, act := range []Act{ActWithdraw, ActUphold, ActClose, ActReturn} {
			if moves.Can(c.State, act) {
				kind := ui.Secondary
				if act == ActClose || act == ActWithdraw {
					kind = ui.Primary
				}
				form(act, "核实情况（"+moves.ActLabel(act)+"）", "写明核实经过和理由", kind, true)
			}
		}
	}
	return out
}

func (m *Module) postCard(w *web.Response, r *web.Request) error {
	c, err := m.readable(r)
	if err != nil {
		return err
	}
	form, err := r.Posted()
	if err != nil {
		return err
	}
	act, words := Act(r.PathValue("act")), form.Get("words")
	_, err = r.Act("efficiency."+string(act), func(tx *db.Tx) error {
		switch act {
		case ActServe:
			return m.Serve(r.Ctx, tx, c.ID)
		case ActDefend:
			return m.Defend(r.Ctx, tx, c.ID, words)
		case ActAnswer:
			return m.Answer(r.Ctx, tx, c.ID, words)
		case ActUphold, ActWithdraw:
			return m.Judge(r.Ctx, tx, c.ID, act == ActWithdraw, words)
		case ActClose:
			return m.Close(r.Ctx, tx, c.ID, words)
		case ActReturn:
			return m.Return(r.Ctx, tx, c.ID, words)
		}
		return problem.NotFound("没有这个操作")
	})
	if k := problem.KindOf(err); err != nil && k == problem.KindInvalid && len(problem.FieldsOf(err)) > 0 {
		page, again := m.cardPage(r, c, err)
		if again != nil {
			return again
		}
		return w.DeskAgain(page)
	}
	if err == nil {
		r.Flash("已" + moves.ActLabel(act) + "：" + c.Number)
	}
	return w.After(err, "/sv/cards/"+c.ID)
}

func (m *Module) postUrge(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	c, err := m.cases.Find(r.Ctx, r.View, casework.ID(r.PathValue("id")))
	if err != nil {
		return err
	}
	days, _ := strconv.Atoi(form.Get("days"))
	_, err = r.Act("efficiency.urge", func(tx *db.Tx) error {
		if form.Get("kind") == string(Instruct) {
			u, err := m.Order(r.Ctx, tx, c.ID, form.Get("words"), days)
			tx.Answer(u.ID)
			return err
		}
		u, err := m.Remind(r.Ctx, tx, c.ID, form.Get("words"))
		tx.Answer(u.ID)
		return err
	})
	if err == nil {
		r.Flash("已发出，经手人会在站内信和待办里看到")
	}
	return w.After(err, "/w/cases/"+c.Number)
}

func (m *Module) readableUrge(r *web.Request) (Urging, error) {
	u, err := m.Urging(r.Ctx, r.View, r.PathValue("id"))
	if err == nil && u.By != r.Actor.ID && !MayReply(u, r.Actor) && !r.Actor.May(PermRead, authz.Place{Unit: u.Unit}) {
		err = problem.NotFound("没有这份催办或督办")
	}
	return u, err
}

func (m *Module) showUrge(w *web.Response, r *web.Request) error {
	u, err := m.readableUrge(r)
	if err != nil {
		return err
	}
	return w.ShowDesk(m.urgePage(r, u, nil))
}

func (m *Module) urgePage(r *web.Request, u Urging, cause error) ui.Detail {
	title := "催办"
	if u.Kind == Instruct {
		title = "督办"
	}
	d := ui.Detail{Title: title + "：" + u.ItemName, Number: u.Number, Back: ui.Link{Label: "返回办件", URL: "/w/cases/" + u.CaseNumber},
		Facts: []ui.Fact{{Term: "办件", Body: ui.Anchor{Label: u.CaseNumber, URL: "/w/cases/" + u.CaseNumber}}, {Term: "发给", Value: m.org.Name(u.Unit)},
			{Term: "发出", Value: u.ByName + "，" + when(u.At)}, {Term: "要求", Value: u.Words}}}
	if !u.Due.IsZero() {
		d.Facts = append(d.Facts, ui.Fact{Term: "报告期限", Value: casework.LastDay(u.Due)})
	}
	switch {
	case u.State == "answered":
		d.Sections = append(d.Sections, ui.Section{ID: "answer", Title: "回复", Body: ui.Timeline{Events: []ui.Event{{When: when(u.AnsweredAt), Title: "已回复", Who: u.AnsweredName, Text: u.Answer}}}})
	case u.State == "moved":
		d.Notice = ui.Notice{Tone: ui.OK, Text: "办件已经办出结果，这份催办自动结束。"}
	case MayReply(u, r.Actor):
		d.Sections = append(d.Sections, ui.Section{ID: "reply", Title: "回复", Body: ui.Form(ui.FormSpec{Action: "/sv/urges/" + u.ID, Once: r.Fresh(), Body: ui.Group{
			ui.Field{Kind: ui.Multiline, Name: "words", Label: "办理进展", Hint: "做到哪一步、什么时候完成", MaxLength: 2000, Error: problem.FieldMessage(cause, "words")},
			ui.Actions{ui.Button{Label: "回复"}}}})})
	}
	return d
}

func (m *Module) postReply(w *web.Response, r *web.Request) error {
	u, err := m.readableUrge(r)
	if err != nil {
		return err
	}
	form, err := r.Posted()
	if err != nil {
		return err
	}
	_, err = r.Act("efficiency.reply", func(tx *db.Tx) error { return m.Reply(r.Ctx, tx, u.ID, form.Get("words")) })
	if err != nil && len(problem.FieldsOf(err)) > 0 {
		return w.DeskAgain(m.urgePage(r, u, err))
	}
	if err == nil {
		r.Flash("已回复")
	}
	return w.After(err, "/sv/urges/"+u.ID)
}
