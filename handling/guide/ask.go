package guide

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"tongban/base/party"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/rules/catalogue"
	"tongban/ui"
)

// showAsk asks the questions: all on one page as a menu, or with ?one=1 one at a time.
func (m *Module) showAsk(w *web.Response, r *web.Request) error {
	way, err := m.wayOf(r)
	if err != nil {
		return err
	}
	e, answers, err := m.begin(r, way, r.Value("g"))
	if err != nil {
		return err
	}
	if len(e.Menu()) == 0 {
		return m.toGuide(w, way, e, answers)
	}
	if r.Value("one") == "" {
		page, err := m.menuPage(r, way, e, answers, nil, nil)
		if err != nil {
			return err
		}
		return w.ShowPublic(way.frame("情形问题"), page)
	}
	asks, err := e.Questions(answers)
	if err != nil {
		return err
	}
	code := r.Value("q")
	if code == "" && len(asks) == 0 {
		return m.toGuide(w, way, e, answers)
	}
	page, err := m.onePage(r, way, e, answers, asks, code, "", "")
	if err != nil {
		return err
	}
	return w.ShowPublic(way.frame("情形问题"), page)
}

// postAsk takes answers. Nothing is stored: they travel in the address.
func (m *Module) postAsk(w *web.Response, r *web.Request) error {
	way, err := m.wayOf(r)
	if err != nil {
		return err
	}
	posted, err := r.Posted()
	if err != nil {
		return err
	}
	e, answers, err := m.begin(r, way, posted.Get("g"))
	if err != nil {
		return err
	}
	if posted.Get("one") != "" {
		return m.postOne(w, r, way, e, answers, posted)
	}
	shown := strings.Split(posted.Get("shown"), ",")
	typed, faults, err := e.read(answers, shown, posted)
	if err != nil {
		return err
	}
	asks, err := e.Questions(answers)
	if err != nil {
		return err
	}
	for _, a := range asks { // what could be answered and still counts must be answered
		named := slices.ContainsFunc(faults, func(f ui.Fault) bool { return f.Field == a.Code })
		if slices.Contains(shown, a.Code) && !named {
			faults = append(faults, ui.Fault{Field: a.Code, Text: "请回答：" + a.Text})
		}
	}
	if len(asks) == 0 && len(faults) == 0 {
		return m.toGuide(w, way, e, answers)
	}
	page, err := m.menuPage(r, way, e, answers, typed, faults)
	if err != nil {
		return err
	}
	return w.PublicAgain(way.frame("情形问题"), page)
}

func (m *Module) postOne(w *web.Response, r *web.Request, way way, e *Engine, answers map[string]any, posted url.Values) error {
	code := posted.Get("q")
	asks, err := e.Questions(answers)
	if err != nil {
		return err
	}
	before := answers[code]
	typed, faults, err := e.read(answers, []string{code}, posted)
	if err != nil {
		return err
	}
	if len(faults) > 0 || answers[code] == nil {
		fault := "请先回答这一题"
		if len(faults) > 0 {
			fault = faults[0].Text
		}
		answers[code] = before
		if before == nil {
			delete(answers, code)
		}
		page, err := m.onePage(r, way, e, answers, asks, code, typed[code], fault)
		if err != nil {
			return err
		}
		return w.PublicAgain(way.frame("情形问题"), page)
	}
	left, err := e.Questions(answers)
	if err != nil {
		return err
	}
	if len(left) == 0 {
		return m.toGuide(w, way, e, answers)
	}
	return w.Go(way.base + "/ask?one=1&g=" + e.Link(answers))
}

func (m *Module) toGuide(w *web.Response, way way, e *Engine, answers map[string]any) error {
	relevant, err := e.Relevant(answers)
	if err != nil {
		return err
	}
	return w.Go(way.base + "/guide/" + e.Link(relevant))
}

// read takes the posted answers to the questions that were shown into answers; an emptied one is taken out. typed keeps what was written into a box that could
// not be read.
func (e *Engine) read(answers map[string]any, shown []string, posted url.Values) (typed map[string]string, faults []ui.Fault, err error) {
	v, err := catalogue.Vocabulary(e.ed)
	if err != nil {
		return nil, nil, err
	}
	typed = map[string]string{}
	for _, q := range e.Menu() {
		if !slices.Contains(shown, q.Code) {
			continue
		}
		text := posted.Get(q.Code)
		typed[q.Code] = text
		delete(answers, q.Code)
		if text == "" {
			continue
		}
		a, err := ParseAnswer(q, text)
		if err == nil {
			a, err = v.Answer(q.Code, a)
		}
		if err != nil {
			words := err.Error()
			if _, ok := problem.Of(err); ok {
				words = problem.MessageFor(err)
			}
			faults = append(faults, ui.Fault{Field: q.Code, Text: words})
			continue
		}
		answers[q.Code] = a
	}
	return typed, faults, nil
}

// ParseAnswer reads what was posted or said as an answer to the question. Figures may carry their unit; areas also come in 亩 or 公顷.
func ParseAnswer(q catalogue.Question, text string) (any, error) {
	switch q.Kind {
	case "bool":
		switch text {
		case "yes":
			return true, nil
		case "no":
			return false, nil
		}
		return nil, problem.Invalid("“%s”请选择是或否", q.Label())
	case "number":
		return figure(q, text)
	}
	return text, nil
}

func figure(q catalogue.Question, text string) (any, error) {
	if q.Unit == "㎡" {
		h, err := party.ParseArea(text)
		return float64(h) / hundredths, err
	}
	s := strings.Map(func(c rune) rune {
		switch {
		case c >= '０' && c <= '９':
			return c - '０' + '0'
		case c == '．':
			return '.'
		case c == ',' || c == '，' || c == ' ' || c == '　':
			return -1
		}
		return c
	}, text)
	s = strings.TrimSuffix(s, q.Unit)
	if q.Unit == "万元" {
		s = strings.TrimSuffix(s, "万")
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || n != n || n > 1e12 || n < -1e12 {
		unit := ""
		if q.Unit != "" {
			unit = "（单位：" + q.Unit + "）"
		}
		return nil, problem.Invalid("“%s”请填一个数%s", q.Label(), unit)
	}
	return Round(n), nil
}

// posted is an answer as its control sends it.
func postedForm(a any) string {
	switch v := a.(type) {
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

// control asks one question. why is said beneath it.
func control(q catalogue.Question, value, why, fault string) templ.Component {
	hint := q.Help
	if why != "" {
		hint = strings.TrimSpace(hint + " " + why + "。")
	}
	var picked []string
	if value != "" {
		picked = []string{value}
	}
	switch q.Kind {
	case "bool":
		return ui.Choice{Name: q.Code, Label: q.Text, Hint: hint, Error: fault, Inline: true, Selected: picked,
			Options: []ui.Option{{Value: "yes", Label: "是"}, {Value: "no", Label: "否"}}}
	case "number":
		return ui.Field{Kind: ui.Area, Name: q.Code, Label: q.Text, Hint: hint, Error: fault, Value: value, Unit: cmp.Or(q.Unit, " ")}
	}
	c := ui.Choice{Name: q.Code, Label: q.Text, Hint: hint, Error: fault, Selected: picked}
	for _, o := range q.Options {
		c.Options = append(c.Options, ui.Option{Value: o.Code, Label: o.Text, Hint: o.Help})
	}
	return c
}

// menuPage shows all questions that count at present. What no longer counts folds away.
func (m *Module) menuPage(r *web.Request, way way, e *Engine, answers map[string]any, typed map[string]string, faults []ui.Fault) (templ.Component, error) {
	asks, err := e.Questions(answers)
	if err != nil {
		return nil, err
	}
	relevant, err := e.Relevant(answers)
	if err != nil {
		return nil, err
	}
	why := map[string]string{}
	for _, a := range asks {
		why[a.Code] = a.Why
	}
	faultOf := func(code string) string {
		for _, f := range faults {
			if f.Field == code {
				return f.Text
			}
		}
		return ""
	}
	var fields []templ.Component
	var shown []string
	var idle []string
	for _, q := range e.Menu() {
		_, counts := relevant[q.Code]
		_, open := why[q.Code]
		if !counts && !open && faultOf(q.Code) == "" {
			idle = append(idle, q.Label())
			continue
		}
		value := postedForm(answers[q.Code])
		if value == "" {
			value = typed[q.Code]
		}
		shown = append(shown, q.Code)
		fields = append(fields, control(q, value, why[q.Code], faultOf(q.Code)))
	}
	if len(idle) > 0 {
		fields = append(fields, ui.Disclosure(ui.DisclosureSpec{Summary: fmt.Sprintf("还有 %d 个问题按您的情况不用回答", len(idle)), Body: ui.Text(strings.Join(idle, "、") + "。改了上面的回答，需要时会再出现。")}))
	}
	link := ""
	if len(answers) > 0 || len(way.codes) == 0 {
		link = e.Link(answers)
	}
	page := ui.FormPage{Title: e.Name(), Lead: "回答下面的问题，就知道您要办哪些事、交哪些材料、要多久。只问会影响结果的；不记录您是谁。", Back: way.back, Faults: faults,
		Form:   ui.FormSpec{Action: way.base + "/ask", Once: r.Fresh(), Hidden: map[string]string{"g": link, "shown": strings.Join(shown, ",")}},
		Fields: fields, Actions: ui.Actions{ui.Button{Label: "看办事指南"}, ui.LinkButton{Label: "一次只答一题", URL: way.base + "/ask?one=1" + amp(link), Kind: ui.Quiet}}}
	if len(asks) > 0 && len(answers) > 0 && len(faults) == 0 {
		page.Notice = ui.Notice{Text: fmt.Sprintf("按您已经回答的，还要再答 %d 题。", len(asks))}
	}
	return page, nil
}

func amp(link string) string {
	if link == "" {
		return ""
	}
	return "&g=" + link
}

// onePage shows one question, the answers so far, and how many may still come.
func (m *Module) onePage(r *web.Request, way way, e *Engine, answers map[string]any, asks []Ask, code, typed, fault string) (templ.Component, error) {
	if code == "" && len(asks) > 0 {
		code = asks[0].Code
	}
	menu := e.Menu()
	at := slices.IndexFunc(menu, func(q catalogue.Question) bool { return q.Code == code })
	if at < 0 {
		return nil, problem.NotFound("没有这个问题").WithNext("请回到问题列表重新开始。")
	}
	why := ""
	for _, a := range asks {
		if a.Code == code {
			why = a.Why
		}
	}
	value := typed
	if value == "" {
		value = postedForm(answers[code])
	}
	link := e.Link(answers)
	given := e.Given(answers)
	page := ui.FormPage{Title: e.Name(), Lead: fmt.Sprintf("已答 %d 题，最多还有 %d 题。", len(given), len(asks)), Back: way.back,
		Form:    ui.FormSpec{Action: way.base + "/ask", Once: r.Fresh(), Hidden: map[string]string{"g": link, "one": "1", "q": code}},
		Fields:  []templ.Component{control(menu[at], value, why, fault)},
		Actions: ui.Actions{ui.Button{Label: "下一步"}, ui.LinkButton{Label: "所有问题放在一页", URL: way.base + "/ask?g=" + link, Kind: ui.Quiet}}}
	if fault != "" {
		page.Faults = []ui.Fault{{Field: code, Text: fault}}
	}
	if n := len(given); n > 0 {
		last := given[n-1].Question.Code
		page.Back = ui.Link{Label: "上一题", URL: way.base + "/ask?one=1&g=" + link + "&q=" + last}
	}
	if len(given) > 0 {
		list := situation(given, func(code string) string { return way.base + "/ask?one=1&g=" + link + "&q=" + code })
		page.Fields = append(page.Fields, ui.Disclosure(ui.DisclosureSpec{Summary: fmt.Sprintf("看看已经回答的 %d 题", len(given)), Body: list}))
	}
	if len(asks) == 0 {
		page.Lead = "问题都答完了。改好这一题，就看新的办事指南。"
	}
	return page, nil
}

// situation lists the answers; change gives the address where one is changed, nil for paper.
func situation(given []Given, change func(code string) string) ui.SummaryList {
	var list ui.SummaryList
	for _, g := range given {
		a := ui.Answer{Label: g.Question.Text, Value: g.Shown}
		if change != nil {
			a.ChangeURL = change(g.Question.Code)
		}
		list.Answers = append(list.Answers, a)
	}
	return list
}
