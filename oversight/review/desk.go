package review

import (
	"context"
	"fmt"
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"tongban/handling/casework"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/file"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/oversight/review/internal/store"
	"tongban/ui"
)

func gradeTag(g Grade) ui.Tag {
	switch {
	case g.Bad():
		return ui.Tag{Text: g.String(), Tone: ui.Bad}
	case g == Fair:
		return ui.Tag{Text: g.String()}
	}
	return ui.Tag{Text: g.String(), Tone: ui.OK}
}

func (m *Module) showDesk(w *web.Response, r *web.Request) error {
	f := Filter{Tab: r.Value("tab"), Unit: r.Value("unit"), After: r.Value("after")}
	if f.Tab == "" {
		f.Tab = "bad"
	}
	list, next, err := m.List(r.Ctx, r.View, f)
	if err != nil {
		return err
	}
	counts, err := m.Counts(r.Ctx, r.View, f)
	if err != nil {
		return err
	}
	address := func(tab, after string) string {
		q := url.Values{"tab": {tab}}
		if f.Unit != "" {
			q.Set("unit", f.Unit)
		}
		if after != "" {
			q.Set("after", after)
		}
		return "/sv/reviews?" + q.Encode()
	}
	var units []ui.Option
	for _, u := range m.org.Units() {
		if r.Actor.May(PermRead, place(u.Code)) {
			units = append(units, ui.Option{Value: u.Code, Label: u.Short})
		}
	}
	page := ui.List{Title: "好差评", Lead: "差评要由专人核实、单位整改、另一人回访，三步由三个人办完才能办结。",
		Filters: ui.FilterBar{Into: "list", Keep: map[string]string{"tab": f.Tab}, Fields: []templ.Component{ui.Select{Name: "unit", Label: "单位", Blank: "全部单位", Value: f.Unit, Options: units}}},
		Table: ui.Table{Caption: "评价", Columns: []ui.Column{{Label: "办理事项", Main: true}, {Label: "评价"}, {Label: "说的话"}, {Label: "单位"}, {Label: "时间"}, {Label: "差评整改"}},
			Rows: ui.Rows(list, func(l Listed) ui.Row {
				state := "—"
				if l.State != "" {
					state = moves.Label(l.State)
				}
				title := l.Title
				if l.Round == 2 {
					title += "（整改后再评）"
				}
				return ui.Row{ID: l.ID, URL: "/sv/reviews/" + l.ID, Cells: []templ.Component{ui.Text(title), gradeTag(l.Grade), ui.Text(l.Shown), ui.Text(m.org.Name(l.Unit)),
					ui.Text(calendar.DayOf(l.At).String()), ui.Text(state)}}
			})},
		Empty: ui.EmptyState{Title: "这里没有评价"}}
	for _, t := range tabs {
		page.Tabs.Tabs = append(page.Tabs.Tabs, ui.Tab{Label: t.Label, URL: address(t.Code, ""), Count: counts[t.Code], Current: t.Code == f.Tab})
	}
	page.Tabs.Into = "list"
	if next != "" {
		page.Pager = ui.Pager{NextURL: address(f.Tab, next), Into: "list"}
	}
	return w.ShowDesk(page)
}

func (m *Module) readable(r *web.Request) (Review, error) {
	x, err := m.Find(r.Ctx, r.View, r.PathValue("id"))
	if err == nil && !r.Actor.May(PermRead, place(x.Unit)) {
		err = problem.NotFound("没有这条评价")
	}
	return x, err
}

func (m *Module) showOne(w *web.Response, r *web.Request) error {
	x, err := m.readable(r)
	if err != nil {
		return err
	}
	page, err := m.onePage(r, x, nil)
	if err != nil {
		return err
	}
	return w.ShowDesk(page)
}

// onePage shows a review. Who wrote it is shown to the unit it is about alone; whoever calls back asks for the phone on record.
func (m *Module) onePage(r *web.Request, x Review, cause error) (ui.Detail, error) {
	inv, err := m.invitation(r.Ctx, r.View, x.Invitation)
	if err != nil {
		return ui.Detail{}, err
	}
	d := ui.Detail{Title: inv.Title, Tags: []ui.Tag{gradeTag(x.Grade)}, Back: ui.Link{Label: "返回好差评", URL: "/sv/reviews"},
		Facts: []ui.Fact{{Term: "被评单位", Value: m.org.Name(x.Unit)}, {Term: "评价时间", Value: when(x.At)}, {Term: "渠道", Value: channel(x.Channel)}}}
	if x.Round == 2 {
		d.Tags = append(d.Tags, ui.Tag{Text: "整改后再评"})
	}
	if x.Excluded {
		d.Tags = append(d.Tags, ui.Tag{Text: "不计入", Tone: ui.Warn})
	}
	for _, k := range Dimensions(inv.Way) {
		if g, ok := x.Dimensions[k.Code]; ok {
			d.Facts = append(d.Facts, ui.Fact{Term: k.Label, Value: g.String()})
		}
	}
	if r.Actor.Unit == x.Unit {
		d.Facts = append(d.Facts, ui.Fact{Term: "评价人", Value: inv.ApplicantName})
		for _, p := range inv.Parts {
			if x.About == "" || x.About == p.CaseID {
				d.Facts = append(d.Facts, ui.Fact{Term: p.ItemName, Body: ui.Anchor{Label: p.Number, URL: "/w/cases/" + p.Number}})
			}
		}
	} else {
		d.Facts = append(d.Facts, ui.Fact{Term: "评价人", Value: "对被评单位以外的人员保密"})
	}
	d.Sections = append(d.Sections, ui.Section{ID: "words", Title: "说的话", Body: m.words(r, x)})
	t, err := m.Task(r.Ctx, r.View, x.ID)
	if problem.KindOf(err) == problem.KindNotFound && err != nil {
		return d, nil
	}
	if err != nil {
		return d, err
	}
	life, err := m.Life(r.Ctx, r.View, x.ID)
	if err != nil {
		return d, err
	}
	d.Tags = append(d.Tags, ui.Tag{Text: moves.Label(t.State)})
	d.Facts = append(d.Facts, ui.Fact{Term: "整改期限", Value: casework.LastDay(t.Due)})
	if cause != nil {
		d.Notice = ui.Notice{Tone: ui.Bad, Title: "没有办成", Text: problem.MessageFor(cause)}
	}
	if forms := m.stepForms(r, x, t, life, cause); len(forms) > 0 {
		d.Sections = append(d.Sections, ui.Section{ID: "do", Title: "处理", Body: ui.Group(forms)})
	}
	history := []ui.Event{{When: when(t.OpenedAt), Title: "收到差评", Who: "系统"}}
	for _, s := range life {
		e := ui.Event{When: when(s.At), Title: moves.ActLabel(s.Act), Who: m.org.Name(s.Unit) + " " + s.ActorName, Text: s.Words}
		if s.How != "" {
			e.Text = "回访：" + s.How + "\n" + s.Words
		}
		if s.Evidence != "" {
			e.Body = ui.Anchor{Label: "整改证明", URL: "/sv/reviews/" + x.ID + "/evidence/" + s.Evidence}
		}
		history = append(history, e)
	}
	d.Sections = append(d.Sections, ui.Section{ID: "life", Title: "经过", Body: ui.Timeline{Events: history}})
	return d, nil
}

func channel(c string) string {
	if n, ok := map[string]string{"online": "网上", "mobile": "手机", "window": "窗口", "kiosk": "自助终端", "hotline": "12345 热线", "paper": "书面"}[c]; ok {
		return n
	}
	return c
}

func (m *Module) words(r *web.Request, x Review) templ.Component {
	if x.Words == "" {
		return ui.Text("没有写文字。")
	}
	body := ui.Group{ui.Text(x.Shown)}
	if x.Publication != Waiting || !r.Actor.May(PermVerify, place(x.Unit)) {
		return append(body, ui.Text(map[Publication]string{Waiting: "等待审核公开", Published: "已公开", Withheld: "不公开"}[x.Publication]))
	}
	return append(body, ui.Form(ui.FormSpec{Action: "/sv/reviews/" + x.ID + "/publish", Once: r.Fresh(), Label: "审核公开", Body: ui.Group{
		ui.Field{Kind: ui.Multiline, Name: "shown", Label: "公开的文字", Hint: "系统已隐去号码；请再看一遍，隐去能认出人的内容", Value: x.Shown, MaxLength: 500},
		ui.Field{Name: "reason", Label: "不公开的理由", Optional: true},
		ui.Actions{ui.Button{Label: "公开", Name: "do", Value: "show"}, ui.Button{Label: "不公开", Name: "do", Value: "keep", Kind: ui.Secondary}}}}))
}

var hints = map[Act]string{
	ActVerify: "经核实的情况", ActDispute: "为什么是误评或恶意差评", ActReject: "复核意见（申诉不成立）", ActExclude: "复核意见和依据（申诉成立）",
	ActRectify: "整改措施和结果", ActAgain: "评价人还不满意的地方", ActVisit: "回访结果",
}

// stepForms are the forms of what the viewer may do now.
func (m *Module) stepForms(r *web.Request, x Review, t Task, life []Step, cause error) []templ.Component {
	var out []templ.Component
	verify, rectify := r.Actor.May(PermVerify, place(t.Unit)), r.Actor.May(PermRectify, place(t.Unit))
	for _, mv := range moves.Allowed(t.State) {
		mine := verify
		if mv.Act == ActRectify || mv.Act == ActDispute {
			mine = rectify
		}
		if (mv.Act == ActExclude || mv.Act == ActReject) && r.Actor.Unit == t.Unit {
			mine = false
		}
		if _, yes := barred(life, mv.Act, r.Actor); !mine || yes {
			continue
		}
		var body ui.Group
		if calls(mv.Act) {
			body = append(body, ui.Field{Name: "how", ID: "how-" + string(mv.Act), Label: "怎样联系到评价人", Hint: "例如 11月24日上午电话联系，本人接听", Error: problem.FieldMessage(cause, "how")})
		}
		body = append(body, ui.Field{Kind: ui.Multiline, Name: "words", ID: "words-" + string(mv.Act), Label: hints[mv.Act], MaxLength: 2000, Error: problem.FieldMessage(cause, "words")})
		if mv.Act == ActRectify {
			body = append(body, ui.Upload{Name: "evidence", Label: "整改证明", Optional: true})
		}
		kind := ui.Primary
		if len(out) > 0 {
			kind = ui.Secondary
		}
		body = append(body, ui.Actions{ui.Button{Label: mv.Label, Kind: kind}})
		out = append(out, ui.Form(ui.FormSpec{ID: "do-" + string(mv.Act), Action: "/sv/reviews/" + x.ID + "/" + string(mv.Act), Once: r.Fresh(), Files: mv.Act == ActRectify, Label: mv.Label, Body: body}))
	}
	if verify && !moves.Ended(t.State) {
		out = append(out, ui.Form(ui.FormSpec{Action: "/sv/reviews/" + x.ID + "/reveal", Once: r.Fresh(), Label: "查看联系方式", Body: ui.Group{
			ui.Text("回访要用评价人的姓名和电话时点这里；每次查看都会留下记录。"), ui.Actions{ui.Button{Label: "查看联系方式", Kind: ui.Quiet}}}}))
	}
	return out
}

func (m *Module) postStep(w *web.Response, r *web.Request) error {
	x, err := m.readable(r)
	if err != nil {
		return err
	}
	form, err := r.Posted()
	if err != nil {
		return err
	}
	act := Act(r.PathValue("act"))
	if act == "reveal" {
		return m.reveal(w, r, x)
	}
	a := Account{How: form.Get("how"), Words: form.Get("words")}
	var blob file.Blob
	if act == ActRectify && r.MultipartForm != nil && len(r.MultipartForm.File["evidence"]) > 0 {
		head := r.MultipartForm.File["evidence"][0]
		f, err := head.Open()
		if err != nil {
			return err
		}
		defer f.Close()
		if blob, err = m.k.Files.Receive(r.Ctx, r.View, head.Filename, f); err != nil {
			return err
		}
	}
	_, err = r.Act("review."+string(act), func(tx *db.Tx) error {
		switch act {
		case "publish":
			return m.Publish(r.Ctx, tx, x.ID, form.Get("do") == "show", form.Get("shown"), form.Get("reason"))
		case ActVerify:
			return m.Verify(r.Ctx, tx, x.ID, a)
		case ActDispute:
			return m.Dispute(r.Ctx, tx, x.ID, a)
		case ActReject, ActExclude:
			return m.Rule(r.Ctx, tx, x.ID, act == ActExclude, a)
		case ActRectify:
			if blob.Hash != "" {
				o, err := file.Keep(r.Ctx, tx, blob)
				if err != nil {
					return err
				}
				a.Evidence = o.ID
			}
			return m.Rectify(r.Ctx, tx, x.ID, a)
		case ActVisit, ActAgain:
			return m.Visit(r.Ctx, tx, x.ID, act == ActVisit, a)
		}
		return problem.NotFound("没有这个操作")
	})
	if err != nil && len(problem.FieldsOf(err)) > 0 {
		page, again := m.onePage(r, x, err)
		if again != nil {
			return again
		}
		return w.DeskAgain(page)
	}
	if err == nil {
		r.Flash("已记录")
	}
	return w.After(err, "/sv/reviews/"+x.ID)
}

// reveal shows name and phone once, in the answer to the form; they are in no address and no session.
func (m *Module) reveal(w *web.Response, r *web.Request, x Review) error {
	var name, phone string
	out, err := r.Act("review.reveal", func(tx *db.Tx) (err error) {
		name, phone, err = m.Reveal(r.Ctx, tx, x.ID)
		return err
	})
	if err != nil {
		return err
	}
	if out.Repeated {
		return w.Go("/sv/reviews/" + x.ID)
	}
	page, err := m.onePage(r, x, nil)
	if err != nil {
		return err
	}
	if phone == "" {
		phone = "没有登记电话，请通过办件的联系地址联系"
	}
	page.Notice = ui.Notice{Tone: ui.Info, Title: "联系方式（已留痕）", Text: name + "，" + phone}
	return w.ShowDesk(page)
}

func (m *Module) showEvidence(w *web.Response, r *web.Request) error {
	x, err := m.readable(r)
	if err != nil {
		return err
	}
	life, err := m.Life(r.Ctx, r.View, x.ID)
	if err != nil {
		return err
	}
	for _, s := range life {
		if s.Evidence == "" || s.Evidence != r.PathValue("file") {
			continue
		}
		o, err := file.Find(r.Ctx, r.View, s.Evidence)
		if err != nil {
			return err
		}
		f, err := m.k.Files.Open(o.Hash)
		if err != nil {
			return err
		}
		defer f.Close()
		return w.Download(o.Name, o.Kind.MIME(), o.At, true, f)
	}
	return problem.NotFound("没有这份证明")
}

// section shows the rating on the page of a case.
func (m *Module) section(ctx context.Context, v *db.View, subject string) (templ.Component, error) {
	if v.Actor.Kind != authz.Staff {
		return nil, nil
	}
	id, err := store.New(v).InvitationOfCase(ctx, subject)
	if err != nil {
		return nil, ignoreNone(err)
	}
	given, err := m.Of(ctx, v, id)
	if err != nil {
		return nil, err
	}
	body := ui.Group{}
	for _, x := range given {
		o := ui.OpinionBox{Unit: "群众评价", When: when(x.At), Verdict: gradeTag(x.Grade), Text: x.Shown}
		if t, err := m.Task(ctx, v, x.ID); err == nil {
			o.Text += "\n差评整改：" + moves.Label(t.State)
		}
		if v.Actor.May(PermRead, place(x.Unit)) {
			o.Body = ui.Anchor{Label: "查看评价", URL: "/sv/reviews/" + x.ID}
		}
		body = append(body, o)
	}
	if len(given) == 0 {
		body = append(body, ui.Text("已邀请评价，还没有收到。"))
	}
	return ui.Panel(ui.PanelSpec{Title: "好差评", Body: body}), nil
}

// cockpit shows the satisfaction of the last twelve months to leaders.
func (m *Module) cockpit(ctx context.Context, v *db.View, unit string) (templ.Component, error) {
	if !v.Actor.Holds(PermRead) {
		return nil, nil
	}
	to := calendar.DayOf(v.Now)
	by, err := m.Tallies(ctx, v, to.PlusMonths(-12), to)
	if err != nil {
		return nil, err
	}
	units := map[string]bool{}
	if unit != "" {
		for _, u := range m.org.Below(unit) {
			units[u] = true
		}
	}
	t := Total(by, func(u string) bool { return (unit == "" || units[u]) && v.Actor.May(PermRead, place(u)) })
	score := "—"
	if t.Reviews() > 0 {
		score = fmt.Sprintf("%.2f", t.Score())
	}
	open := t.Confirmed - t.Pleased + t.BadOpened - t.Verified
	return ui.KPIStrip{
		{Label: "好评率（近一年）", Value: t.GoodRate().String(), Note: strconv.Itoa(t.Reviews()) + " 条评价", URL: "/sv/reviews?tab=all"},
		{Label: "平均分", Value: score, Unit: "分", URL: "/sv/reviews?tab=all"},
		{Label: "未办结差评", Value: strconv.Itoa(open), Unit: "件", URL: "/sv/reviews?tab=bad"},
		{Label: "差评按期整改率", Value: t.InTimeRate().String(), URL: "/sv/reviews?tab=all"},
	}, nil
}
