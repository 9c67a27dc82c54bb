package tracking

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/a-h/templ"

	"tongban/handling/bundle"
	"tongban/handling/casework"
	"tongban/kernel/db"
	"tongban/kernel/web"
	"tongban/ui"
)

// showMy is the citizen's own page: what must I do now, what runs, what I began.
func (m *Module) showMy(w *web.Response, r *web.Request) error {
	list, err := m.bundles.Mine(r.Ctx, r.View, "", 20)
	if err != nil {
		return err
	}
	drafts, err := m.bundles.Drafts(r.Ctx, r.View)
	if err != nil {
		return err
	}
	recipients := []string{r.Actor.ID}
	if r.Actor.Party != "" {
		recipients = append(recipients, r.Actor.Party)
	}
	letters, err := m.k.Notify.Inbox(r.Ctx, r.View, recipients, "", 5)
	if err != nil {
		return err
	}
	held, err := m.licences.InForce(r.Ctx, r.View, r.Actor.Party)
	if err != nil {
		return err
	}
	unread := 0
	for _, l := range letters {
		if !l.Read {
			unread++
		}
	}
	corrections, err := m.bundles.CorrectionsOfMine(r.Ctx, r.View, list)
	if err != nil {
		return err
	}
	parts, err := m.bundles.PartsOfMine(r.Ctx, r.View, list)
	if err != nil {
		return err
	}
	todo := todo(list, corrections, parts)
	running := slices.DeleteFunc(slices.Clone(list), func(s bundle.Submission) bool { return s.State == bundle.Delivered })
	pressing := ui.Neutral
	if len(todo) > 0 {
		pressing = ui.Warn
	}
	d := ui.Dashboard{Title: r.Actor.Name + "，您好", KPIs: ui.KPIStrip{
		{Label: "要您办的", Value: fmt.Sprint(len(todo)), Unit: "件", URL: "#todo", Tone: pressing},
		{Label: "办理中", Value: fmt.Sprint(len(running)), Unit: "件", URL: "/my/cases"},
		{Label: "没填完的", Value: fmt.Sprint(len(drafts)), Unit: "份", URL: "/my/drafts"},
		{Label: "我的证照", Value: fmt.Sprint(len(held)), Unit: "本", URL: "/my/licences"},
		{Label: "未读消息", Value: fmt.Sprint(unread), Unit: "条", URL: "/inbox"}}}
	d.Tiles = append(d.Tiles, ui.DashTile{Title: "现在要您办的", Wide: true, Body: todoView(todo)})
	if len(running) > 0 {
		d.Tiles = append(d.Tiles, ui.DashTile{Title: "正在办理", Wide: true, Flush: true, More: ui.Link{Label: "全部办件", URL: "/my/cases"}, Body: casesTable(running[:min(5, len(running))], parts)})
	}
	if len(drafts) > 0 {
		d.Tiles = append(d.Tiles, ui.DashTile{Title: "没填完的申请", More: ui.Link{Label: "全部草稿", URL: "/my/drafts"}, Body: draftLinks(r, drafts[:min(3, len(drafts))])})
	}
	var mail []ui.NotedLink
	for _, l := range letters {
		n := ui.NotedLink{Link: ui.Link{Label: l.Title, URL: cmp.Or(l.URL, "/inbox")}, Note: web.Stamp(l.At)}
		if !l.Read {
			n.Tag = ui.Tag{Text: "未读", Tone: ui.Info}
		}
		mail = append(mail, n)
	}
	body := templ.Component(ui.LinkList{Links: mail})
	if len(mail) == 0 {
		body = ui.EmptyState{Title: "没有消息"}
	}
	d.Tiles = append(d.Tiles, ui.DashTile{Title: "消息", More: ui.Link{Label: "全部消息", URL: "/inbox"}, Body: body})
	d.Tiles = append(d.Tiles, ui.DashTile{Title: "我的信息", Body: ui.LinkList{Links: []ui.NotedLink{{Link: ui.Link{Label: "谁用过我的数据", URL: "/my/readings"}, Note: "谁、什么时候、为了什么"},
		{Link: ui.Link{Label: "登录和安全", URL: "/sessions"}, Note: "在哪里登录着，用哪些办法登录"}}}})
	return w.ShowPublic(frame("我的"), d)
}

// todo is what the applicant must do now, most pressing first.
func todo(list []bundle.Submission, corrections map[bundle.ID]bundle.Corrections, parts map[bundle.ID][]bundle.Part) []ui.NotedLink {
	var out []ui.NotedLink
	for _, s := range list {
		if s.State != bundle.Running {
			continue
		}
		if open := corrections[s.ID]; len(open) > 0 {
			out = append(out, ui.NotedLink{Link: ui.Link{Label: "补正材料：" + s.Title, URL: "/t/" + s.Number + "/supplement"}, Tag: ui.Tag{Text: fmt.Sprintf("%d 处", len(open.Gaps())), Tone: ui.Warn},
				Note: casework.LastDay(open.Until()) + "前"})
		}
		blocked := 0
		for _, p := range parts[s.ID] {
			if p.State == bundle.Waiting && p.Blocked != "" {
				blocked++
			}
		}
		if blocked > 0 {
			out = append(out, ui.NotedLink{Link: ui.Link{Label: "有事项不能继续，撤回还是接着办：" + s.Title, URL: "/t/" + s.Number + "#choose"}, Tag: ui.Tag{Text: fmt.Sprintf("%d 项等您选择", blocked), Tone: ui.Warn}, Note: s.Number})
		}
	}
	return out
}

func todoView(list []ui.NotedLink) templ.Component {
	if len(list) == 0 {
		return ui.EmptyState{Title: "现在没有要您办的事", Text: "需要您补正、选择或者领取时，会显示在这里，并发短信。", Icon: ui.IconCircleCheck}
	}
	return ui.LinkList{Links: list}
}

func draftLinks(r *web.Request, drafts []bundle.Draft) ui.LinkList {
	var out ui.LinkList
	for _, d := range drafts {
		out.Links = append(out.Links, ui.NotedLink{Link: ui.Link{Label: d.Title, URL: d.ResumeURL()}, Note: fmt.Sprintf("%s 保存，%d 天后删除", web.Stamp(d.UpdatedAt), d.DaysLeft(r.Now))})
	}
	return out
}

func casesTable(list []bundle.Submission, parts map[bundle.ID][]bundle.Part) ui.Table {
	return ui.Table{Caption: "我的办件", Columns: []ui.Column{{Label: "事项", Main: true}, {Label: "状态"}, {Label: "进展"}, {Label: "最迟办好"}, {Label: "提交"}},
		Rows: ui.Rows(list, func(s bundle.Submission) ui.Row {
			due := casework.LastDay(s.Due)
			if s.State != bundle.Running {
				due = web.Date(s.DecidedAt) + "办结"
			}
			return ui.Row{ID: s.Number, URL: "/t/" + s.Number, Cells: []templ.Component{ui.Two{Main: s.Title, Small: s.Number}, s.Tag(), ui.Text(bundle.TallyOf(parts[s.ID]).String()), ui.Text(cmp.Or(due, "—")), ui.Text(web.Date(s.SubmittedAt))}}
		})}
}

// perMyPage is how many submissions one page lists.
const perMyPage = 20

func (m *Module) showMyCases(w *web.Response, r *web.Request) error {
	list, err := m.bundles.Mine(r.Ctx, r.View, bundle.ID(r.Value("after")), perMyPage+1)
	if err != nil {
		return err
	}
	page := ui.List{Title: "我的办件", Lead: "网上和窗口提交的都在这里。", Empty: ui.EmptyState{Title: "还没有办件", Text: "从“一件事一次办”开始，或者在事项目录里找。",
		Action: ui.LinkButton{Label: "去办事", URL: "/events"}}}
	if len(list) > perMyPage {
		list = list[:perMyPage]
		page.Pager = ui.Pager{NextURL: "/my/cases?after=" + string(list[perMyPage-1].ID), Into: "list"}
	}
	parts, err := m.bundles.PartsOfMine(r.Ctx, r.View, list)
	if err != nil {
		return err
	}
	page.Table = casesTable(list, parts)
	return w.ShowPublic(frame("我的办件", ui.Link{Label: "我的", URL: "/my"}), page)
}

func (m *Module) showMyDrafts(w *web.Response, r *web.Request) error {
	drafts, err := m.bundles.Drafts(r.Ctx, r.View)
	if err != nil {
		return err
	}
	page := ui.List{Title: "没填完的申请", Lead: fmt.Sprintf("保存 %d 天，之后自动删除。", bundle.KeepDays), Empty: ui.EmptyState{Title: "没有草稿", Text: "填到一半点“保存，以后再填”，就会出现在这里。"},
		Table: ui.Table{Caption: "草稿", Columns: []ui.Column{{Label: "事项", Main: true}, {Label: "填到"}, {Label: "上次保存"}, {Label: "还保留"}, {Label: "操作"}},
			Rows: ui.Rows(drafts, func(d bundle.Draft) ui.Row {
				drop := ui.Form(ui.FormSpec{Action: "/my/drafts/" + string(d.ID) + "/drop", Once: r.Fresh(), Label: "删除“" + d.Title + "”的草稿",
					Body: ui.Button{Label: "删除", Kind: ui.Quiet, Hidden: "“" + d.Title + "”的草稿"}})
				return ui.Row{ID: string(d.ID), URL: d.ResumeURL(), Label: d.Title, Cells: []templ.Component{ui.Text(d.Title), ui.Text(d.StepWords()), ui.Text(web.Stamp(d.UpdatedAt)), ui.Text(fmt.Sprintf("%d 天", d.DaysLeft(r.Now))), drop}}
			})}}
	return w.ShowPublic(frame("草稿", ui.Link{Label: "我的", URL: "/my"}), page)
}

func (m *Module) postDrop(w *web.Response, r *web.Request) error {
	if _, err := r.Posted(); err != nil {
		return err
	}
	_, err := r.Act("bundle.drop", func(tx *db.Tx) error { return m.bundles.Drop(r.Ctx, tx, bundle.ID(r.Value("draft")), "") })
	if err == nil {
		r.Flash("草稿已删除。")
	}
	return w.After(err, "/my/drafts")
}
