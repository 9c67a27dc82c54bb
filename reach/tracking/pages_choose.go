package tracking

import (
	"slices"

	"github.com/a-h/templ"

	"tongban/handling/bundle"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

// showWithdraw asks once more before an application is taken back.
func (m *Module) showWithdraw(w *web.Response, r *web.Request) error {
	s, ok, err := m.tracked(w, r)
	if err != nil || !ok {
		return err
	}
	return w.ShowPublic(withdrawFrame(s), m.withdrawPage(r, s, nil))
}

func (m *Module) withdrawPage(r *web.Request, s bundle.Submission, cause error) templ.Component {
	parts, err := m.bundles.Parts(r.Ctx, r.View, s.ID)
	if err != nil {
		cause = err
	}
	options := []ui.Option{{Value: "all", Label: "全部还没有决定的事项"}}
	for _, p := range parts {
		if !p.Ended() {
			options = append(options, ui.Option{Value: p.Item, Label: p.ItemName, Hint: m.org.Name(p.Unit) + "，" + p.Tag().Text})
		}
	}
	page := ui.FormPage{Title: "撤回申请", Lead: "作出决定前可以撤回。撤回后要办需重新申请；排在它后面的事项也不能继续。", Back: ui.Link{Label: "返回办理进度", URL: "/t/" + s.Number}, Faults: web.Faults(cause),
		Form: ui.FormSpec{Action: "/t/" + s.Number + "/withdraw", Once: r.Fresh()}}
	if len(options) == 1 {
		page.Fields = []templ.Component{ui.EmptyState{Title: "没有可以撤回的事项", Text: "全部事项都已经有结果。"}}
		return page
	}
	selected := []string{}
	if item := r.Value("item"); item != "" {
		selected = append(selected, item)
	}
	page.Fields = []templ.Component{
		ui.Choice{Name: "item", Label: "撤回哪些", Many: true, Options: options, Selected: selected, Error: problem.FieldMessage(cause, "item")},
		ui.Field{Kind: ui.Multiline, Name: "reason", Label: "原因", Optional: true, Rows: 3, MaxLength: 200},
	}
	page.Actions = ui.Actions{ui.Button{Label: "确认撤回", Kind: ui.Danger}}
	return page
}

func (m *Module) postWithdraw(w *web.Response, r *web.Request) error {
	posted, err := r.Posted()
	if err != nil {
		return err
	}
	s, ok, err := m.tracked(w, r)
	if err != nil || !ok {
		return err
	}
	items := posted["item"]
	if len(items) == 0 {
		return w.PublicAgain(withdrawFrame(s), m.withdrawPage(r, s, problem.Invalid("请选择").On("item", "请选择撤回哪些事项")))
	}
	if slices.Contains(items, "all") {
		items = []string{""}
	}
	if _, err := r.Act("bundle.withdraw", func(tx *db.Tx) error {
		for _, item := range items {
			if err := m.bundles.Withdraw(r.Ctx, tx, s.ID, item, posted.Get("reason")); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	r.Flash("已撤回。")
	return w.Go("/t/" + s.Number)
}

func (m *Module) postContinue(w *web.Response, r *web.Request) error {
	posted, err := r.Posted()
	if err != nil {
		return err
	}
	s, ok, err := m.tracked(w, r)
	if err != nil || !ok {
		return err
	}
	if len(posted["item"]) == 0 {
		r.Flash("请先勾选要继续办的事项。")
		return w.Go("/t/" + s.Number + "#choose")
	}
	if _, err := r.Act("bundle.continue", func(tx *db.Tx) error {
		for _, item := range posted["item"] {
			if err := m.bundles.Continue(r.Ctx, tx, s.ID, item); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	r.Flash("已记下您的说明，马上开始办理，请把另行取得的证照准备好备查。")
	return w.Go("/t/" + s.Number)
}

func (m *Module) postPartly(w *web.Response, r *web.Request) error {
	if _, err := r.Posted(); err != nil {
		return err
	}
	s, ok, err := m.tracked(w, r)
	if err != nil || !ok {
		return err
	}
	if _, err := r.Act("bundle.partly", func(tx *db.Tx) error { return m.bundles.ReleasePartly(r.Ctx, tx, s.ID) }); err != nil {
		return err
	}
	r.Flash("已申请先领已办好的，备好后会通知您。")
	return w.Go("/t/" + s.Number)
}

func withdrawFrame(s bundle.Submission) ui.PublicPage {
	return frame("撤回申请", ui.Link{Label: "办理进度", URL: "/t/" + s.Number})
}
