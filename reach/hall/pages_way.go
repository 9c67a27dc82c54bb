package hall

import (
	"maps"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"tongban/handling/guide"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/rules/catalogue"
	"tongban/ui"
)

// mostHits is how many things and items the window offers: as many as there are number keys.
const mostHits = 9

func (m *Module) showWhat(w *web.Response, r *web.Request) error {
	i, err := m.own(r.Ctx, r.View, ID(r.PathValue("id")))
	if err != nil {
		return err
	}
	return w.ShowDesk(m.whatPage(r, i, r.Value("q"), nil))
}

func (m *Module) whatPage(r *web.Request, i Intake, q string, cause error) ui.Wizard {
	f := ui.FormPage{Title: "办什么事", Lead: m.lead(r, i), Form: ui.FormSpec{Action: at(i.ID, "what", ""), Once: r.Fresh(), Version: i.Version, Hidden: map[string]string{"listed": q}},
		Fields: []templ.Component{ui.Field{Name: "q", Label: "拼音首字母、名称或者群众的说法", Value: q, Hint: "例如 spjy、开饭店、高龄津贴；回车查找，只有一个结果时直接选中", Autocomplete: "off",
			Shortcut: "Alt+Q", MaxLength: 64, Error: problem.FieldMessage(cause, "q")}},
		Actions: ui.Actions{ui.Button{Label: "查找", Icon: ui.IconSearch}}}
	if hits := m.catalogue.Search(q, mostHits); len(hits) > 0 {
		t := ui.Table{Caption: "找到的事项", Columns: []ui.Column{{Label: "选", Mute: true}, {Label: "名称", Main: true}, {Label: "类别"}}}
		for n, h := range hits {
			kind := "事项"
			if h.Kind == catalogue.KindBundle {
				kind = "一件事"
			}
			t.Rows = append(t.Rows, ui.Row{ID: h.Code, Cells: []templ.Component{
				ui.Button{Label: "选", Hidden: h.Title, Kind: ui.Secondary, Name: "pick", Value: pickOf(h), Shortcut: strconv.Itoa(n + 1)},
				ui.Two{Main: h.Title, Small: h.Text}, ui.Tag{Text: kind, Tone: ui.Info}}})
		}
		f.Fields = append(f.Fields, t)
	} else if q != "" {
		f.Fields = append(f.Fields, ui.EmptyState{Title: "没有找到“" + q + "”", Text: "换个说法或者只输入两三个首字母再找。事项不在本县目录里的，请告诉申请人归哪里办，或打 12345 问清楚。", Icon: ui.IconSearch})
	}
	return ui.Wizard{FormPage: withFaults(f, cause), Steps: way(i, "what")}
}

// pickOf is the code under which the guide knows a hit.
func pickOf(h catalogue.Hit) string {
	if h.Kind == catalogue.KindItem {
		return catalogue.SinglePrefix + h.Code
	}
	return h.Code
}

func (m *Module) postWhat(w *web.Response, r *web.Request) error {
	typed, err := r.Posted()
	if err != nil {
		return err
	}
	i, err := m.own(r.Ctx, r.View, ID(r.PathValue("id")))
	if err != nil {
		return err
	}
	pick, q := typed.Get("pick"), typed.Get("q")
	if q != typed.Get("listed") {
		pick = "" // Enter in the box sends the first button along; whoever typed other words wants to search
	}
	if pick == "" {
		if q == "" {
			cause := problem.Invalid("请输入要办的事").On("q", "请输入拼音首字母、名称或者群众的说法")
			return w.DeskAgain(m.whatPage(r, i, q, cause))
		}
		hits := m.catalogue.Search(q, mostHits)
		if len(hits) != 1 && (len(hits) < 1 || !hits[0].Exact) {
			return w.Go(at(i.ID, "what", "") + "?q=" + url.QueryEscape(q))
		}
		pick = pickOf(hits[0])
	}
	e, err := m.guides.Engine(pick)
	if err != nil {
		return again(w, err, func(cause error) (templ.Component, error) { return m.whatPage(r, i, q, cause), nil })
	}
	return m.situate(w, r, i, e, map[string]any{})
}

// situate keeps the situation and goes to the questions that are left, or on to the form.
func (m *Module) situate(w *web.Response, r *web.Request, i Intake, e *guide.Engine, answers map[string]any) error {
	if _, err := r.Act("hall.situate", func(tx *db.Tx) error {
		_, err := m.Situate(r.Ctx, tx, i.ID, e, answers)
		return err
	}); err != nil {
		return err
	}
	return w.Go("/w/intake/" + string(i.ID))
}

// situation follows the intake's own link, with the questions that are left.
func (m *Module) situation(r *web.Request, i Intake) (e *guide.Engine, answers map[string]any, err error) {
	if i.Link == "" {
		return nil, nil, problem.Conflict("还没有选要办的事").WithNext("请先选事项。")
	}
	return m.guides.Follow(r, i.Link)
}

func (m *Module) showSituation(w *web.Response, r *web.Request) error {
	i, err := m.own(r.Ctx, r.View, ID(r.PathValue("id")))
	if err != nil {
		return err
	}
	if i.Link == "" {
		return w.Go(at(i.ID, "what", "q"))
	}
	e, answers, err := m.situation(r, i)
	if err != nil {
		return err
	}
	if r.Value("anew") != "" {
		answers = map[string]any{}
	}
	body, err := m.situationPage(r, i, e, answers, nil, nil)
	if err != nil {
		return err
	}
	return w.ShowDesk(body)
}

func (m *Module) situationPage(r *web.Request, i Intake, e *guide.Engine, answers map[string]any, typed url.Values, cause error) (ui.Wizard, error) {
	f := ui.FormPage{Title: "情形", Lead: m.lead(r, i), Form: ui.FormSpec{Action: at(i.ID, "situation", ""), Once: r.Fresh(), Version: i.Version, Hidden: map[string]string{"had": e.Link(answers)}}}
	asks, err := e.Questions(answers)
	if err != nil {
		return ui.Wizard{}, err
	}
	if given := e.Given(answers); len(given) > 0 {
		list := ui.SummaryList{Title: "已回答"}
		for _, g := range given {
			list.Answers = append(list.Answers, ui.Answer{Label: g.Question.Text, Value: g.Shown})
		}
		f.Fields = append(f.Fields, list)
		f.Actions = append(f.Actions, ui.LinkButton{Label: "重新回答", URL: at(i.ID, "situation", "") + "?anew=1", Kind: ui.Quiet})
	}
	if len(asks) == 0 {
		o, err := e.Outcome(answers, today(r.Now))
		if err != nil {
			return ui.Wizard{}, err
		}
		f.Notice = ui.Notice{Tone: ui.OK, Text: "情形问题已答完。"}
		for _, s := range o.Stops {
			f.Notice = ui.Notice{Tone: ui.Warn, Title: "“" + s.Name + "”不能这样办", Text: s.Text + "\n接下来：" + s.Next}
		}
		if len(o.Stops) == 0 && len(o.Parts) == 0 {
			f.Notice = ui.Notice{Tone: ui.Warn, Text: "按这样的情形没有需要办理的事项。请核对回答，或者另选事项。"}
		}
		if i.Draft != "" {
			f.Actions = append(ui.Actions{ui.LinkButton{Label: "继续填表单", URL: at(i.ID, "form", ""), Shortcut: "Alt+Enter"}}, f.Actions...)
		}
		return ui.Wizard{FormPage: withFaults(f, cause), Steps: way(i, "situation")}, nil
	}
	if buttons := answers1(asks); buttons != nil && cause == nil {
		f.Fields = append(f.Fields, ui.Prose{strings.TrimSpace(asks[0].Text + " " + asks[0].Help)}, ui.Hint(asks[0].Why), buttons)
		return ui.Wizard{FormPage: withFaults(f, cause), Steps: way(i, "situation")}, nil
	}
	f.Fields = append(f.Fields, ui.Field{Name: "quick", Label: "连续作答", Optional: true, Value: typed.Get("quick"), Autocomplete: "off", Width: ui.Width22,
		Hint: "按顺序输入每题的选项号；数字题输入数，再按空格。例如 1 60 2", Error: problem.FieldMessage(cause, "quick")})
	for n, a := range asks {
		f.Fields = append(f.Fields, question(n, a, typed.Get(a.Code), problem.FieldMessage(cause, a.Code)))
	}
	f.Actions = append(ui.Actions{ui.Button{Label: "保存并继续", Shortcut: "Alt+Enter"}}, f.Actions...)
	return ui.Wizard{FormPage: withFaults(f, cause), Steps: way(i, "situation")}, nil
}

// answers1 is the only question that is left as buttons, each pressed by its number; nil if there are more questions, or a figure is asked.
func answers1(asks []guide.Ask) ui.Actions {
	if len(asks) != 1 || asks[0].Kind == "number" || len(asks[0].Options) > mostHits {
		return nil
	}
	options := []catalogue.Option{{Code: "yes", Text: "是"}, {Code: "no", Text: "否"}}
	if asks[0].Kind != "bool" {
		options = asks[0].Options
	}
	var out ui.Actions
	for n, o := range options {
		out = append(out, ui.Button{Label: o.Text, Kind: ui.Secondary, Name: asks[0].Code, Value: o.Code, Shortcut: strconv.Itoa(n + 1)})
	}
	return out
}

// question asks one question with numbered options.
func question(n int, a guide.Ask, value, fault string) templ.Component {
	label := strconv.Itoa(n+1) + "．" + a.Text
	hint := strings.TrimSpace(a.Help + " " + a.Why)
	switch a.Kind {
	case "number":
		return ui.Field{Name: a.Code, Label: label, Hint: hint, Value: value, Unit: a.Unit, Width: ui.Width8, Autocomplete: "off", Error: fault}
	case "bool":
		return ui.Choice{Name: a.Code, Label: label, Hint: hint, Inline: true, Error: fault, Selected: []string{value},
			Options: []ui.Option{{Value: "yes", Label: "1 是"}, {Value: "no", Label: "2 否"}}}
	}
	c := ui.Choice{Name: a.Code, Label: label, Hint: hint, Inline: true, Error: fault, Selected: []string{value}}
	for k, o := range a.Options {
		c.Options = append(c.Options, ui.Option{Value: o.Code, Label: strconv.Itoa(k+1) + " " + o.Text, Hint: o.Help})
	}
	return c
}

func (m *Module) postSituation(w *web.Response, r *web.Request) error {
	typed, err := r.Posted()
	if err != nil {
		return err
	}
	i, err := m.own(r.Ctx, r.View, ID(r.PathValue("id")))
	if err != nil {
		return err
	}
	if _, _, err := m.situation(r, i); err != nil {
		return err
	}
	// The page says which answers it was shown with: whoever answers anew starts from none.
	e, answers, err := m.guides.Follow(r, typed.Get("had"))
	if err != nil {
		return err
	}
	said, cause := m.readAnswers(e, answers, typed)
	if cause != nil {
		return again(w, cause, func(cause error) (templ.Component, error) { return m.situationPage(r, i, e, answers, typed, cause) })
	}
	maps.Copy(answers, said)
	return m.situate(w, r, i, e, answers)
}

// readAnswers takes what was typed in one go, or else what the controls of the questions say. Every open question that was not answered is complained of only if
// nothing at all was answered: the next page asks what is left.
func (m *Module) readAnswers(e *guide.Engine, answers map[string]any, typed url.Values) (map[string]any, error) {
	asks, err := e.Questions(answers)
	if err != nil {
		return nil, err
	}
	var open []catalogue.Question
	for _, a := range asks {
		open = append(open, a.Question)
	}
	texts := map[string]string{}
	for _, q := range open {
		texts[q.Code] = typed.Get(q.Code)
	}
	if quick := typed.Get("quick"); quick != "" {
		if texts, err = ParseQuick(quick, open); err != nil {
			return nil, err
		}
	}
	vocabulary, err := catalogue.Vocabulary(e.Edition())
	if err != nil {
		return nil, err
	}
	said, bad := map[string]any{}, problem.Invalid("有几处需要改正")
	for _, q := range open {
		if texts[q.Code] == "" {
			continue
		}
		a, err := guide.ParseAnswer(q, texts[q.Code])
		if err == nil {
			a, err = vocabulary.Answer(q.Code, a)
		}
		if err != nil {
			words := err.Error()
			if _, ok := problem.Of(err); ok {
				words = problem.MessageFor(err)
			}
			bad = bad.On(q.Code, words)
			continue
		}
		said[q.Code] = a
	}
	if len(said) == 0 && len(open) > 0 && len(bad.Fields) == 0 {
		bad = bad.On("quick", "请回答至少一题")
	}
	if len(bad.Fields) > 0 {
		return nil, bad
	}
	return said, nil
}
