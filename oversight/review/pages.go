package review

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/file"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

func (m *Module) routes() []web.Route {
	return []web.Route{
		web.Page("/review/{token}", authz.Anyone, m.showForm),
		web.Form("/review/{token}", authz.Anyone, m.postForm),
		web.Page("/reviews", authz.Anyone, m.showPublic),
		web.Page("/sv/reviews", PermRead, m.staff(m.showDesk)),
		web.Page("/sv/reviews/{id}", PermRead, m.staff(m.showOne)),
		web.Upload("/sv/reviews/{id}/{act}", PermRead, file.MaxBytes+1<<20, m.staff(m.postStep)),
		web.Page("/sv/reviews/{id}/evidence/{file}", PermRead, m.staff(m.showEvidence)),
	}
}

// staff keeps citizens, who may read their own reviews, off the desk.
func (m *Module) staff(h web.Handler) web.Handler {
	return func(w *web.Response, r *web.Request) error {
		if r.Actor.Kind != authz.Staff {
			return problem.Forbidden("这一页供工作人员使用。公开的评价请看“好差评”")
		}
		return h(w, r)
	}
}

func (m *Module) showForm(w *web.Response, r *web.Request) error {
	inv, err := m.ByToken(r.Ctx, r.View, r.PathValue("token"))
	if err != nil {
		return err
	}
	given, err := m.Of(r.Ctx, r.View, inv.ID)
	if err != nil {
		return err
	}
	if _, err := m.round(r.Ctx, r.View, given); err != nil {
		return w.ShowPublic(ui.PublicPage{}, m.thanks(r, inv, given))
	}
	return w.ShowPublic(ui.PublicPage{}, m.form(r, inv, given, Words{}, nil))
}

// thanks tells what becomes of a review that was given.
func (m *Module) thanks(r *web.Request, inv Invitation, given []Review) ui.Article {
	last := given[len(given)-1]
	a := ui.Article{Title: "评价已收到", Lead: "“" + inv.Title + "”：" + last.Grade.String(), Meta: []string{when(last.At)},
		Body: ui.Prose{"谢谢您的评价。评价对工作人员保密，文字经隐去个人信息后才会公开。"}}
	if last.Grade.Bad() && last.Round == 1 {
		a.Notice = ui.Notice{Tone: ui.Info, Title: "接下来", Text: "会有专人联系您核实情况，由" + m.org.Name(last.Unit) + "整改，再由另一位人员回访您。整改后您可以用这个链接再评价一次。"}
		if t, err := m.Task(r.Ctx, r.View, last.ID); err == nil {
			a.Notice.Text += "目前：" + moves.Label(t.State) + "。"
		}
	}
	a.Actions = []templ.Component{ui.LinkButton{Label: "看看公开的评价", URL: "/reviews", Kind: ui.Secondary}}
	return a
}

var five = []Grade{VeryGood, Good, Fair, Bad, VeryBad}

func grades() []ui.Option {
	var out []ui.Option
	for _, g := range five {
		out = append(out, ui.Option{Value: strconv.Itoa(int(g)), Label: g.String()})
	}
	return out
}

func (m *Module) form(r *web.Request, inv Invitation, given []Review, w Words, cause error) ui.FormPage {
	f := ui.FormPage{Title: "请评价这次办事", Lead: inv.Title + "。不用登录，一次办事评价一次；评价对工作人员保密。",
		Form: ui.FormSpec{Action: "/review/" + r.PathValue("token"), Once: r.Fresh()}, Actions: ui.Actions{ui.Button{Label: "提交评价"}}}
	if len(given) == 1 {
		f.Title = "整改后请您再评价一次"
		f.Lead = inv.Title + "。您上次的评价是“" + given[0].Grade.String() + "”，两次评价都会保留。"
	}
	picked := func(g Grade) []string {
		if g == 0 {
			return nil
		}
		return []string{strconv.Itoa(int(g))}
	}
	f.Fields = append(f.Fields, ui.Choice{Name: "grade", Label: "总的来说，您对这次服务满意吗？", Options: grades(), Selected: picked(w.Grade), Error: problem.FieldMessage(cause, "grade")})
	var more ui.Group
	for _, d := range Dimensions(inv.Way) {
		more = append(more, ui.Choice{Name: d.Code, Label: d.Label, Inline: true, Optional: true, Options: grades(), Selected: picked(w.Dimensions[d.Code])})
	}
	f.Fields = append(f.Fields, ui.Disclosure(ui.DisclosureSpec{Summary: "分项评价（选填）", Open: len(w.Dimensions) > 0, Body: more}))
	if len(inv.Parts) > 1 {
		options := []ui.Option{{Value: "all", Label: "整件事"}}
		for _, p := range inv.Parts {
			options = append(options, ui.Option{Value: p.CaseID, Label: p.ItemName, Hint: m.org.Name(p.Unit)})
		}
		about := w.About
		if about == "" {
			about = "all"
		}
		f.Fields = append(f.Fields, ui.Choice{Name: "about", Label: "您主要评价的是哪一项？", Optional: true, Options: options, Selected: []string{about}, Error: problem.FieldMessage(cause, "about")})
	}
	f.Fields = append(f.Fields, ui.Field{Kind: ui.Multiline, Name: "words", Label: "想说的话", Optional: true, MaxLength: 500, Value: w.Text,
		Hint: "哪里好、哪里不好，都可以写。请不要写身份证号、电话等个人信息。", Error: problem.FieldMessage(cause, "words")})
	f.Faults = web.Faults(cause)
	return f
}

func grade(s string) Grade {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > 5 {
		return 0
	}
	return Grade(n)
}

func (m *Module) postForm(w *web.Response, r *web.Request) error {
	token := r.PathValue("token")
	inv, err := m.ByToken(r.Ctx, r.View, token)
	if err != nil {
		return err
	}
	form, err := r.Posted()
	if err != nil {
		return err
	}
	words := Words{Grade: grade(form.Get("grade")), Dimensions: map[string]Grade{}, About: form.Get("about"), Text: form.Get("words"), Channel: "online"}
	if words.About == "all" {
		words.About = ""
	}
	for _, d := range Dimensions(inv.Way) {
		if g := grade(form.Get(d.Code)); g > 0 {
			words.Dimensions[d.Code] = g
		}
	}
	_, err = r.Act("review.give", func(tx *db.Tx) error {
		_, err := m.Give(r.Ctx, tx, token, words)
		return err
	})
	if err != nil && len(problem.FieldsOf(err)) > 0 {
		given, again := m.Of(r.Ctx, r.View, inv.ID)
		if again != nil {
			return again
		}
		return w.PublicAgain(ui.PublicPage{}, m.form(r, inv, given, words, err))
	}
	return w.After(err, "/review/"+token)
}

func yearOf(r *web.Request) (from, to calendar.Day) {
	to = calendar.DayOf(r.Now)
	return to.PlusMonths(-12), to
}

func (m *Module) showPublic(w *web.Response, r *web.Request) error {
	unit := r.Value("unit")
	list, next, err := m.Public(r.Ctx, r.View, unit, r.Value("after"), 20)
	if err != nil {
		return err
	}
	from, to := yearOf(r)
	by, err := m.Tallies(r.Ctx, r.View, from, to)
	if err != nil {
		return err
	}
	all := Total(by, func(string) bool { return true })
	var codes []string
	for code, t := range by {
		if t.Reviews() >= leastPublic {
			codes = append(codes, code)
		}
	}
	slices.SortFunc(codes, func(a, b string) int {
		if d := by[b].Score() - by[a].Score(); d != 0 {
			return map[bool]int{true: 1, false: -1}[d > 0]
		}
		return strings.Compare(a, b)
	})
	scores := ui.Table{Caption: "各单位评分（近一年，满 " + strconv.Itoa(leastPublic) + " 条评价才公布）", ShowCaption: true, Columns: []ui.Column{{Label: "单位", Main: true}, {Label: "评价", Number: true},
		{Label: "平均分", Number: true}, {Label: "好评率", Number: true}, {Label: "按期整改率", Number: true}}}
	for _, code := range codes {
		t := by[code]
		scores.Rows = append(scores.Rows, ui.Row{ID: code, URL: "/reviews?unit=" + url.QueryEscape(code), Cells: ui.Cells(m.org.Name(code), strconv.Itoa(t.Reviews()), fmt.Sprintf("%.2f", t.Score()), t.GoodRate().String(), t.InTimeRate().String())})
	}
	title := "好差评"
	if unit != "" {
		title = m.org.Name(unit) + "的评价"
	}
	a := ui.Article{Title: title, Lead: "办完事的人打的分。文字隐去个人信息后公开；差评件件核实、整改、回访。"}
	a.Sections = append(a.Sections, ui.Section{ID: "total", Title: "近一年", Body: ui.DescriptionList{Wide: true, Facts: []ui.Fact{
		{Term: "评价", Value: strconv.Itoa(all.Reviews()) + " 条"}, {Term: "评价率", Value: all.ReviewRate().String()}, {Term: "好评率", Value: all.GoodRate().String()},
		{Term: "差评按期整改率", Value: all.InTimeRate().String()}, {Term: "回访满意率", Value: all.PleasedRate().String()}}}})
	if len(scores.Rows) > 0 {
		a.Sections = append(a.Sections, ui.Section{ID: "units", Title: "各单位", Flush: true, Body: scores})
	}
	var said []ui.Event
	for _, l := range list {
		e := ui.Event{When: calendar.DayOf(l.At).Chinese(), Title: l.Grade.String() + "：" + l.Title, Who: m.org.Name(l.Unit), Text: l.Shown, Tone: ui.OK}
		if l.Grade.Bad() {
			e.Tone = ui.Warn
			if l.State != "" {
				e.Who += "，" + moves.Label(l.State)
			}
		}
		said = append(said, e)
	}
	body := ui.Group{ui.Timeline{Events: said}}
	if len(said) == 0 {
		body = ui.Group{ui.EmptyState{Title: "还没有公开的评价", Text: "办完事后，可以用收到的链接评价。"}}
	}
	if next != "" {
		body = append(body, ui.Pager{NextURL: "/reviews?" + url.Values{"unit": {unit}, "after": {next}}.Encode()})
	}
	a.Sections = append(a.Sections, ui.Section{ID: "words", Title: "大家说的话", Body: body})
	return w.ShowPublic(ui.PublicPage{}, a)
}
