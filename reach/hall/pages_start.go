package hall

import (
	"cmp"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"tongban/base/address"
	"tongban/base/party"
	"tongban/kernel/db"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

// The steps of an intake, in order; each is a page.
var steps = [...]struct{ code, title string }{
	{"", "身份"}, {"what", "事项"}, {"situation", "情形"}, {"form", "表单"}, {"materials", "材料"}, {"check", "核对"},
}

// at is the address of a step. Its fragment puts the cursor into the step's first box, without script too.
func at(id ID, step, focus string) string {
	a := "/w/intake/" + string(id) + "/" + step
	if focus != "" {
		a += "#" + focus
	}
	return a
}

// way shows where the clerk is; steps already done lead back.
func way(i Intake, step string) ui.Steps {
	s := ui.Steps{}
	for n, x := range steps {
		st := ui.Step{Label: x.title}
		if x.code == step {
			s.Current = n + 1
		}
		if i.ID != "" && x.code != "" && (x.code == "what" || i.Link != "" && x.code == "situation" || i.Draft != "") {
			st.URL = at(i.ID, x.code, "")
		}
		s.Steps = append(s.Steps, st)
	}
	return s
}

// lead names the applicant on every step.
func (m *Module) lead(r *web.Request, i Intake) string {
	words := "申请人：" + i.PartyName
	if p, err := m.parties.Find(r.Ctx, r.View, i.Party); err == nil {
		words += "（" + p.NumberMask + "）"
	}
	if i.Card {
		words += "，已读卡核验"
	}
	if i.Title != "" {
		words += "。办理：" + i.Title
	}
	return words + "。"
}

// withFaults puts the errors of a step at its head.
func withFaults(f ui.FormPage, cause error) ui.FormPage {
	f.Faults = web.Faults(cause)
	if cause != nil && len(f.Faults) == 0 {
		f.Notice = ui.Notice{Tone: ui.Bad, Text: strings.TrimSpace(problem.MessageFor(cause) + "。" + problem.NextFor(cause))}
	}
	return f
}

// again shows a step once more for an error that the clerk can mend; any other error goes to its own page.
func again(w *web.Response, cause error, page func(error) (templ.Component, error)) error {
	switch problem.KindOf(cause) {
	case problem.KindInvalid, problem.KindConflict, problem.KindTooLarge, problem.KindBusy:
		body, err := page(cause)
		if err != nil {
			return err
		}
		return w.DeskAgain(body)
	}
	return cause
}

func (m *Module) showStart(w *web.Response, r *web.Request) error {
	body, err := m.startPage(r, r.Value("g"), url.Values{}, nil)
	if err != nil {
		return err
	}
	return w.ShowDesk(body)
}

func (m *Module) startPage(r *web.Request, link string, typed url.Values, cause error) (templ.Component, error) {
	hidden := map[string]string{"g": link}
	f := ui.FormPage{Title: "综合受理", Lead: "请申请人把身份证放在读卡器上，按 F4。", Form: ui.FormSpec{Action: "/w/intake/card", Once: r.Fresh(), Hidden: hidden, Label: "读身份证"},
		Fields: []templ.Component{m.cards(typed)}, Actions: ui.Actions{ui.Button{Label: "读身份证", Icon: ui.IconIdCard, Shortcut: "F4"}}}
	if link != "" {
		e, answers, err := m.guides.Follow(r, link)
		if err != nil {
			return nil, err
		}
		var said []string
		for _, g := range e.Given(answers) {
			said = append(said, g.Question.Label()+"："+g.Shown)
		}
		f.Notice = ui.Notice{Tone: ui.OK, Title: "已带入办事指南：" + e.Name(), Text: strings.Join(said, "；")}
	}
	// A form of its own: Enter in one of its boxes must not read the card.
	byHand := ui.Panel(ui.PanelSpec{Title: "没有带证、读不出，或者单位办事", Body: ui.Form(ui.FormSpec{Action: "/w/intake", Once: r.Fresh(), Hidden: hidden, Label: "手工填写", Body: ui.Group{
		ui.Choice{Name: "kind", Label: "申请人", Inline: true, Options: []ui.Option{{Value: party.Person, Label: "个人"}, {Value: party.Company, Label: "单位"}},
			Selected: []string{cmp.Or(typed.Get("kind"), party.Person)}},
		ui.Field{Name: "name", Label: "姓名或单位名称", Value: typed.Get("name"), Width: ui.Width22, Autocomplete: "off", Shortcut: "Alt+N", Error: problem.FieldMessage(cause, "name")},
		ui.Field{Kind: ui.IDNumber, Name: "number", Label: "身份证号或统一社会信用代码", Value: typed.Get("number"), Autocomplete: "off", Error: problem.FieldMessage(cause, "number")},
		ui.Field{Kind: ui.Phone, Name: "phone", Label: "手机号码", Optional: true, Value: typed.Get("phone"), Autocomplete: "off", Hint: "办件进展会发到这个号码；系统里已有号码的不用再填", Error: problem.FieldMessage(cause, "phone")},
		ui.Actions{ui.Button{Label: "开始收件", Shortcut: "Alt+Enter", Kind: ui.Secondary}},
	}})})
	f = withFaults(f, cause)
	mine, err := m.Mine(r.Ctx, r.View, Open, 8)
	if err != nil {
		return nil, err
	}
	var t ui.Table
	if len(mine) > 0 {
		once := r.Fresh()
		t = ui.Table{Caption: "没有收完的", Columns: []ui.Column{{Label: "申请人", Main: true}, {Label: "办理"}, {Label: "开始"}, {Label: "放弃", Mute: true}},
			Rows: ui.Rows(mine, func(i Intake) ui.Row {
				return ui.Row{ID: string(i.ID), URL: "/w/intake/" + string(i.ID), Cells: []templ.Component{ui.Text(i.PartyName), ui.Text(cmp.Or(i.Title, "还没有选事项")), ui.Text(i.MadeAt.In(web.Beijing).Format("01-02 15:04")),
					ui.Form(ui.FormSpec{Action: at(i.ID, "drop", ""), Once: once + string(i.ID)[20:], Label: "放弃 " + i.PartyName, Body: ui.Button{Label: "放弃", Kind: ui.Quiet, Hidden: i.PartyName}})}}
			})}
	}
	out := ui.Group{ui.Wizard{FormPage: f, Steps: way(Intake{}, "")}, byHand}
	if len(t.Rows) > 0 {
		out = append(out, ui.Panel(ui.PanelSpec{Title: "没有收完的", Flush: true, Body: t}))
	}
	return titled{out, "综合受理", len(f.Faults)}, nil
}

// titled gives a group of parts the heading of its first.
type titled struct {
	ui.Group
	title  string
	faults int
}

// PageTitle is the heading, also shown on the browser tab.
func (t titled) PageTitle() string { return t.title }

// FaultCount is the number of errors shown.
func (t titled) FaultCount() int { return t.faults }

// cards lets the visitor of a demo county choose which invented person lays a card on the reader.
func (m *Module) cards(typed url.Values) templ.Component {
	if !m.k.Settings.Demo {
		return ui.Group{}
	}
	s := ui.Select{Name: "card", Label: "模拟读卡器上放的是", Hint: "演示县没有真的读卡器，这里的人都是虚构的", Value: cmp.Or(typed.Get("card"), "1")}
	for n, c := range people() {
		s.Options = append(s.Options, ui.Option{Value: strconv.Itoa(n + 1), Label: cardLabel(n, c)})
	}
	return s
}

func (m *Module) postCard(w *web.Response, r *web.Request) error {
	typed, err := r.Posted()
	if err != nil {
		return err
	}
	n, _ := strconv.Atoi(cmp.Or(typed.Get("card"), "1"))
	card, err := m.readCard(r, n-1)
	if err != nil {
		return again(w, err, func(cause error) (templ.Component, error) { return m.startPage(r, typed.Get("g"), typed, cause) })
	}
	region, rest := Locate(pack.All[address.Region](m.k.Library.Current(), address.Kind), card.Address)
	who := party.Identity{Kind: party.Person, Name: card.Name, Number: card.Number, Phone: typed.Get("phone"), Region: region, Address: rest}
	return m.receive(w, r, typed, Arrival{Identity: who, Card: true})
}

// readCard asks the reader of the window and refuses a card that is no longer valid.
func (m *Module) readCard(r *web.Request, n int) (Card, error) {
	b, err := m.bridge(r.Ctx, r.View, n)
	if err != nil {
		return Card{}, err
	}
	card, err := b.Card(r.Ctx)
	if err == nil && card.Expired(today(r.Now)) {
		err = problem.Conflict("这张身份证的有效期到 %s 为止，已经过期", card.Until).WithNext("请申请人出示有效证件，或者先到公安窗口换领；用临时身份证的，请手工填写。")
	}
	return card, err
}

func (m *Module) postStart(w *web.Response, r *web.Request) error {
	typed, err := r.Posted()
	if err != nil {
		return err
	}
	who := party.Identity{Kind: typed.Get("kind"), Name: typed.Get("name"), Number: typed.Get("number"), Phone: typed.Get("phone")}
	return m.receive(w, r, typed, Arrival{Identity: who})
}

// receive begins the intake and goes on to what is still open: the choice of the matter, or the rest of a guide that was brought along.
func (m *Module) receive(w *web.Response, r *web.Request, typed url.Values, a Arrival) error {
	a.Link = typed.Get("g")
	out, err := r.Act("hall.receive", func(tx *db.Tx) error {
		i, err := m.Receive(r.Ctx, tx, a)
		if err != nil {
			return err
		}
		if a.Link != "" {
			e, answers, err := m.guides.Follow(r, a.Link)
			if err != nil {
				return err
			}
			if _, err := m.Situate(r.Ctx, tx, i.ID, e, answers); err != nil {
				return err
			}
		}
		tx.Answer(string(i.ID))
		return nil
	})
	if err != nil {
		return again(w, err, func(cause error) (templ.Component, error) { return m.startPage(r, a.Link, typed, cause) })
	}
	return w.Go("/w/intake/" + out.Reply)
}

// showAt leads to the first step that is not done.
func (m *Module) showAt(w *web.Response, r *web.Request) error {
	i, err := m.Find(r.Ctx, r.View, ID(r.PathValue("id")))
	if err != nil {
		return err
	}
	switch {
	case i.State == Submitted:
		return w.Go(at(i.ID, "done", ""))
	case i.State == Dropped:
		return problem.Gone("这次收件已放弃，请重新开始")
	case i.Link == "":
		return w.Go(at(i.ID, "what", "q"))
	case i.Draft == "":
		return w.Go(at(i.ID, "situation", "quick"))
	}
	_, work, err := m.work(r.Ctx, r.View, i.ID)
	if err != nil {
		return err
	}
	return w.Go(at(i.ID, "form", firstOpen(work)))
}

func (m *Module) postDrop(w *web.Response, r *web.Request) error {
	_, err := r.Act("hall.give-up", func(tx *db.Tx) error { return m.GiveUp(r.Ctx, tx, ID(r.PathValue("id"))) })
	if err == nil {
		r.Flash("已放弃这次收件，填写的内容没有保留。")
	}
	return w.After(err, "/w/intake")
}
