package identity

import (
	"context"

	"github.com/a-h/templ"

	"tongban/base/account"
	"tongban/base/identity/internal/store"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/web"
	"tongban/ui"
)

// waysIn are the providers' buttons on the sign-in page.
func (m *Module) waysIn(side string) func(context.Context, *db.View, string) (templ.Component, error) {
	return func(ctx context.Context, v *db.View, _ string) (templ.Component, error) {
		rows, err := store.New(v).InForce(ctx, side)
		if err != nil || len(rows) == 0 {
			return nil, err
		}
		var out ui.Actions
		for _, p := range rows {
			out = append(out, ui.LinkButton{Label: "用" + p.Title + "登录", URL: "/login/with/" + p.Code, Kind: ui.Secondary, Icon: ui.IconIdCard})
		}
		return out, nil
	}
}

// ways shows a person by which providers he can sign in.
func (m *Module) ways(ctx context.Context, v *db.View, id string) (templ.Component, error) {
	a, err := m.accounts.Find(ctx, v, id)
	if err != nil {
		return nil, err
	}
	links, err := m.Links(ctx, v, id)
	if err != nil {
		return nil, err
	}
	providers, err := store.New(v).InForce(ctx, a.Kind)
	if err != nil || len(providers)+len(links) == 0 {
		return nil, err
	}
	body := ui.Group{ui.Text("关联了身份平台，就可以从那里登录，不用记本站的密码。关联和解除都会通知您。")}
	if len(links) > 0 {
		table := ui.Table{Caption: "已关联的身份平台", Columns: []ui.Column{{Label: "平台", Main: true}, {Label: "关联时间"}, {Label: "上次使用"}, {Label: "解除", Mute: true}}}
		for _, l := range links {
			note := ""
			if a.Kind == account.Citizen && l.Enough {
				note = "已由它核验实名"
			}
			table.Rows = append(table.Rows, ui.Row{ID: l.ID, Cells: []templ.Component{ui.Two{Main: l.Title, Small: note}, ui.Text(web.Stamp(l.MadeAt)), ui.Text(web.Stamp(l.UsedAt)),
				ui.Form(ui.FormSpec{Action: "/identity/links/" + l.ID + "/end", Once: m.k.DB.NewID(), Label: "解除 " + l.Title, Body: ui.Button{Label: "解除", Kind: ui.Quiet, Hidden: l.Title}})}})
		}
		body = append(body, table)
	}
	var more ui.Actions
	for _, p := range providers {
		if !hasLink(links, p.Code) {
			address, label := "/login/with/"+p.Code, "去"+p.Title+"核验实名"
			if a.Kind == account.Staff {
				address, label = "/identity/with/"+p.Code, "关联"+p.Title
			}
			more = append(more, ui.LinkButton{Label: label, URL: address, Kind: ui.Secondary})
		}
	}
	if len(more) > 0 {
		body = append(body, more)
	}
	return body, nil
}

func hasLink(links []Link, code string) bool {
	for _, l := range links {
		if l.Provider == code {
			return true
		}
	}
	return false
}

// home is where a person's own ways in stand.
func home(r *web.Request) string {
	if r.Actor.Kind == authz.Staff {
		return "/passkeys"
	}
	return "/sessions"
}

// showConnect asks a member of staff who came back from a provider whether he wants the link.
func (m *Module) showConnect(w *web.Response, r *web.Request) error {
	f, p, err := m.found(r, r.Actor.ID)
	if err != nil {
		return told(w, err)
	}
	facts := []ui.Fact{{Term: "平台", Value: p.Title}, {Term: "那里的姓名", Value: f.Name}, {Term: "本站的账户", Value: r.Actor.Name + "（" + r.Actor.Office + "）"}}
	return w.ShowDesk(ui.FormPage{Title: "关联身份平台", Lead: "关联后，用“" + p.Title + "”的这个账号就能登录您的账户。请确认是您本人的。", Back: ui.Link{Label: "不关联，返回", URL: home(r)},
		Form: ui.FormSpec{Action: "/identity/connect/" + p.Code, Once: r.Fresh()}, Fields: []templ.Component{ui.DescriptionList{Facts: facts}}, Actions: ui.Actions{ui.Button{Label: "确认关联"}}})
}

func (m *Module) postConnect(w *web.Response, r *web.Request) error {
	if _, err := r.Posted(); err != nil {
		return err
	}
	f, p, err := m.found(r, r.Actor.ID)
	if err != nil {
		return err
	}
	if _, err := r.Act("identity.connect", func(tx *db.Tx) error { return m.Connect(r.Ctx, tx, p, f) }); err != nil {
		return err
	}
	r.Take(keptFound)
	r.Flash("已关联“" + p.Title + "”。下次可以从登录页直接去那里登录。")
	return w.Go(home(r))
}

func (m *Module) postEnd(w *web.Response, r *web.Request) error {
	if _, err := r.Act("identity.end", func(tx *db.Tx) error { return m.End(r.Ctx, tx, r.PathValue("id")) }); err != nil {
		return err
	}
	r.Flash("已解除关联。")
	return w.Go(home(r))
}
