package tracking

import (
	"cmp"
	"net/url"

	"github.com/a-h/templ"

	"tongban/handling/bundle"
	"tongban/kernel/audit"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

// showReadings tells a person who read her data, when and what for (个人信息保护法第四十四条 the right to know, 第四十五条 to look it up).
func (m *Module) showReadings(w *web.Response, r *web.Request) error {
	var list []audit.Reading
	var err error
	if r.Actor.Party != "" {
		if list, err = audit.Readings(r.Ctx, r.View, r.Actor.Party, r.Value("before"), perMyPage+1); err != nil {
			return err
		}
	}
	page := ui.List{Title: "谁用过我的数据", Lead: "工作人员或接入的系统查看您的完整个人信息，每一次都要写明目的，都记在这里，不能修改；您自己查看的不列。觉得不该看的，或者要更正、删除您的信息，请打 12345 或者到窗口提出。",
		Empty: ui.EmptyState{Title: "还没有人查看过", Text: "办理中用到您的信息时，这里会写明谁、什么时候、为了什么。"}}
	if len(list) > perMyPage {
		list = list[:perMyPage]
		page.Pager = ui.Pager{NextURL: "/my/readings?" + url.Values{"before": {list[perMyPage-1].ID}}.Encode(), Into: "list"}
	}
	about, err := m.aboutReadings(r, list)
	if err != nil {
		return err
	}
	page.Table = ui.Table{Caption: "谁用过我的数据", Columns: []ui.Column{{Label: "看了什么", Main: true}, {Label: "目的"}, {Label: "谁"}, {Label: "时间"}},
		Rows: ui.Rows(list, func(e audit.Reading) ui.Row {
			return ui.Row{ID: e.ID, Cells: []templ.Component{ui.Two{Main: e.What, Small: about[e.ID]}, ui.Text(e.Purpose),
				ui.Two{Main: cmp.Or(m.org.Name(e.ActorUnit), "本平台"), Small: e.ActorName}, ui.Text(e.Local())}}
		})}
	return w.ShowPublic(frame("谁用过我的数据", ui.Link{Label: "我的", URL: "/my"}), page)
}

// aboutReadings names the matter of each reading, where it is one of the person's own.
func (m *Module) aboutReadings(r *web.Request, list []audit.Reading) (map[string]string, error) {
	out, seen := map[string]string{}, map[string]string{}
	for _, e := range list {
		out[e.ID] = e.About
		if e.About != "" || e.Group == "" {
			continue
		}
		name, known := seen[e.Group]
		if !known {
			s, err := m.bundles.Find(r.Ctx, r.View, bundle.ID(e.Group))
			if err != nil && problem.KindOf(err) != problem.KindNotFound {
				return nil, err
			}
			if err == nil && s.Applicant == r.Actor.Party {
				name = s.Number + " " + s.Title
			}
			seen[e.Group] = name
		}
		out[e.ID] = name
	}
	return out, nil
}
