package account

import (
	"github.com/a-h/templ"

	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/web"
	"tongban/ui"
)

// showSittings is where a person sees where he is signed in, and ends what he does not know.
func (m *Module) showSittings(w *web.Response, r *web.Request) error {
	list, err := r.Sittings()
	if err != nil {
		return err
	}
	end := func(id, label, hidden string, kind ui.ButtonKind) templ.Component {
		return ui.Form(ui.FormSpec{Action: "/sessions/end", Once: r.Fresh(), Hidden: map[string]string{"session": id}, Label: label + hidden, Body: ui.Button{Label: label, Kind: kind, Hidden: hidden}})
	}
	table := ui.Table{Caption: "正在进行的登录", Columns: []ui.Column{{Label: "浏览器", Main: true}, {Label: "登录时间"}, {Label: "最近使用"}, {Label: "网络地址"}, {Label: "结束", Mute: true}}}
	for _, s := range list {
		last := templ.Component(ui.Tag{Text: "就是这里", Tone: ui.OK})
		switch {
		case s.Here:
		case !r.SignedInLately():
			last = ui.Text("")
		default:
			last = end(s.ID, "结束", " "+s.Agent+" "+web.Stamp(s.Since), ui.Quiet)
		}
		table.Rows = append(table.Rows, ui.Row{ID: s.ID, Cells: []templ.Component{ui.Text(s.Agent), ui.Text(web.Stamp(s.Since)), ui.Text(web.Stamp(s.Seen)), ui.Text(s.From), last}})
	}
	d := ui.Detail{Title: "登录和安全", Sections: []ui.Section{{ID: "sittings", Title: "正在进行的登录", Lead: "有不认识的，请马上结束它；工作人员再改一次密码，办事人请拨打 12345 反映。", Body: table}}}
	if len(list) > 1 && !r.SignedInLately() {
		d.Notice = ui.Notice{Text: "要结束别处的登录，请先重新登录一次，10 分钟内办理。", Actions: ui.Actions{ui.LinkButton{Label: "重新登录", URL: "/login?next=/sessions", Kind: ui.Secondary}}}
	} else if len(list) > 1 {
		d.Actions = append(d.Actions, end("", "结束别处的全部登录", "", ui.Secondary))
	}
	if r.Actor.Kind == authz.Staff {
		return w.ShowDesk(d)
	}
	if ways := m.more(r, SlotWays, r.Actor.ID); len(ways) > 0 {
		d.Sections = append(d.Sections, ui.Section{ID: "ways", Title: "其他登录方式", Body: ways})
	}
	return w.ShowPublic(ui.PublicPage{Page: ui.Page{Title: "登录和安全", Crumbs: []ui.Link{{Label: "首页", URL: "/"}, {Label: "我的", URL: "/my"}, {Label: "登录和安全"}}}}, d)
}

func (m *Module) postEndSitting(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	if _, err := r.Act("account.end-sitting", func(tx *db.Tx) error { return r.EndSitting(tx, form.Get("session")) }); err != nil {
		return err
	}
	r.Flash("已结束。那边再打开任何一页，都要重新登录。")
	return w.Go("/sessions")
}
