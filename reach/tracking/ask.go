package tracking

import (
	"github.com/a-h/templ"

	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

func (m *Module) showAsk(w *web.Response, r *web.Request) error {
	return w.ShowPublic(frame("查进度"), m.askPage(r, r.Value("no"), nil))
}

func (m *Module) askPage(r *web.Request, number string, cause error) ui.FormPage {
	page := ui.FormPage{Title: "查进度", Lead: "输入收件凭证上的编号，和申请人证件号码的后四位。不用登录。", Faults: web.Faults(cause),
		Form: ui.FormSpec{Action: "/t", Once: r.Fresh()},
		Fields: []templ.Component{
			ui.Field{Name: "no", Label: "编号", Value: number, Hint: "14 位数字，在收件凭证和短信里", Width: ui.Width14, MaxLength: 24, Autocomplete: "off"},
			ui.Field{Name: "tail", Label: "证件号码后四位", Hint: "个人填身份证号后四位，末位可能是 X；单位填统一社会信用代码后四位", Width: ui.Width8, MaxLength: 4, Autocomplete: "off", Error: problem.FieldMessage(cause, "tail")},
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
	run := func(do func(*db.Tx) error) error { return r.Try("tracking.wrong-tail", do) }
	s, err := m.Prove(r.Ctx, run, r.View, posted.Get("no"), posted.Get("tail"), r.Subscriber())
	if err != nil {
		if problem.Mendable(err) {
			return w.PublicAgain(frame("查进度"), m.askPage(r, posted.Get("no"), err))
		}
		return err
	}
	trust(r, s.Number)
	return w.Go("/t/" + s.Number)
}
