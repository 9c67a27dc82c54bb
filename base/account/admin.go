package account

import (
	"github.com/a-h/templ"

	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

func (m *Module) showStaff(w *web.Response, r *web.Request) error {
	const size = 50
	accounts, err := m.Managed(r.Ctx, r.View, r.Value("after"), size+1)
	if err != nil {
		return err
	}
	list := ui.List{Title: "账户和角色", Actions: []templ.Component{ui.LinkButton{Label: "新增账户", URL: "/admin/users/new", Icon: ui.IconPlus}},
		Empty: ui.EmptyState{Title: "还没有工作人员账户", Text: "点“新增账户”添加第一位同事。"}}
	if len(accounts) > size {
		accounts = accounts[:size]
		list.Pager.NextURL = "/admin/users?after=" + accounts[size-1].Login
	}
	list.Table = ui.Table{Caption: "工作人员账户", Columns: []ui.Column{{Label: "姓名", Main: true}, {Label: "账户名", Code: true}, {Label: "单位"}, {Label: "角色"}, {Label: "状态"}}}
	list.Table.Rows = ui.Rows(accounts, func(a Account) ui.Row {
		roles := ""
		for i, code := range a.Roles {
			if i > 0 {
				roles += "、"
			}
			roles += m.RoleTitle(code)
		}
		state := ui.Tag{Text: "已停用"}
		if a.State == "active" {
			state = ui.Tag{Text: "在用", Tone: ui.OK}
		}
		return ui.Row{ID: a.ID, URL: "/admin/users/" + a.ID, Cells: []templ.Component{ui.Text(a.Name), ui.Text(a.Login), ui.Text(m.org.Name(a.Unit)), ui.Text(roles), state}}
	})
	return w.ShowDesk(list)
}

func (m *Module) showEmploy(w *web.Response, r *web.Request) error {
	return w.ShowDesk(m.employPage(r, Create{}, nil))
}

func (m *Module) employPage(r *web.Request, c Create, cause error) ui.FormPage {
	var units, roles []ui.Option
	for _, u := range m.org.Units() {
		units = append(units, ui.Option{Value: u.Code, Label: u.Name})
	}
	for _, role := range m.Roles() {
		if role.Side != "public" {
			roles = append(roles, ui.Option{Value: role.Code, Label: role.Title, Hint: role.Note})
		}
	}
	return faults(ui.FormPage{Title: "新增账户", Back: ui.Link{Label: "返回账户列表", URL: "/admin/users"},
		Form: ui.FormSpec{Action: "/admin/users/new", Once: r.Fresh()},
		Fields: []templ.Component{
			ui.Field{Name: "name", Label: "姓名", Value: c.Name, Width: ui.Width14, Error: problem.FieldMessage(cause, "name")},
			ui.Field{Name: "login", Label: "账户名", Value: c.Login, Hint: "字母、数字，登录时使用", Width: ui.Width14, Error: problem.FieldMessage(cause, "login")},
			ui.Field{Kind: ui.Password, Name: "password", Label: "初始密码", Autocomplete: "new-password", Hint: "至少 10 个字符，当面交给本人", Error: problem.FieldMessage(cause, "password")},
			ui.Select{Name: "unit", Label: "单位", Options: units, Value: c.Unit, Blank: "请选择", Error: problem.FieldMessage(cause, "unit")},
			ui.Choice{Name: "roles", Label: "角色", Many: true, Options: roles, Selected: c.Roles, Error: problem.FieldMessage(cause, "roles")},
		},
		Actions: ui.Actions{ui.Button{Label: "保存", Shortcut: "Alt+S"}}}, cause)
}

func (m *Module) postEmploy(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	c := Create{Name: form.Get("name"), Login: form.Get("login"), Password: form.Get("password"), Unit: form.Get("unit"), Roles: form["roles"]}
	bad := problem.Invalid("有几处需要补充")
	if c.Name == "" {
		bad = bad.On("name", "请填写姓名")
	}
	if c.Login == "" {
		bad = bad.On("login", "请填写账户名")
	}
	if len(bad.Fields) > 0 {
		return w.DeskAgain(m.employPage(r, c, bad))
	}
	if _, err := r.Act("account.employ", func(tx *db.Tx) error { _, err := m.Employ(r.Ctx, tx, c); return err }); err != nil {
		return w.DeskAgain(m.employPage(r, c, err))
	}
	r.Flash("已为 " + c.Name + " 开通账户。")
	return w.Go("/admin/users")
}

func (m *Module) postDismiss(w *web.Response, r *web.Request) error {
	_, err := r.Act("account.dismiss", func(tx *db.Tx) error { return m.Dismiss(r.Ctx, tx, r.PathValue("id"), r.Version()) })
	if err == nil {
		r.Flash("账户已停用，该人员的登录立即失效。")
	}
	return w.After(err, "/admin/users")
}

func (m *Module) showInbox(w *web.Response, r *web.Request) error {
	recipients := []string{r.Actor.ID}
	if r.Actor.Party != "" {
		recipients = append(recipients, r.Actor.Party)
	}
	letters, err := m.k.Notify.Inbox(r.Ctx, r.View, recipients, r.Value("before"), 30)
	if err != nil {
		return err
	}
	list := ui.List{Title: "我的消息", Empty: ui.EmptyState{Title: "没有消息", Text: "办件有进展时，会在这里和短信里告诉您。", Icon: ui.IconInbox}}
	list.Table = ui.Table{Caption: "我的消息", Columns: []ui.Column{{Label: "消息", Main: true}, {Label: "时间"}}}
	for _, l := range letters {
		list.Table.Rows = append(list.Table.Rows, ui.Row{ID: l.ID, URL: l.URL, Cells: []templ.Component{ui.Two{Main: l.Title, Small: l.Text}, ui.Text(l.At.In(web.Beijing).Format("2006-01-02 15:04"))}})
	}
	if len(letters) == 30 {
		list.Pager.NextURL = "/inbox?before=" + letters[29].ID
	}
	if r.Actor.Kind == "staff" {
		return w.ShowDesk(list)
	}
	return w.ShowPublic(page("我的消息"), list)
}
