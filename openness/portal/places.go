package portal

import (
	"cmp"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"tongban/base/org"
	"tongban/base/servicepoint"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/rules/catalogue"
	"tongban/ui"
)

// unitKinds are the groups of the list of units, in the order of the page.
var unitKinds = [...]struct{ kind, title string }{
	{"government", "县人民政府"}, {"bureau", "县级部门"}, {"centre", "县级中心"}, {"township", "乡镇和街道"}, {"station", "便民服务中心和服务站"},
	{"institution", "事业单位"}, {"company", "公用企业"}, {"federation", "群团组织"}, {"party", "党群机关"},
}

// itemsOf lists the items a unit decides today.
func (m *Module) itemsOf(unit string) []catalogue.Item {
	var out []catalogue.Item
	for _, i := range catalogue.Items(m.k.Library.Current()) {
		if i.Unit == unit {
			out = append(out, i)
		}
	}
	return out
}

func (m *Module) showUnits(w *web.Response, r *web.Request) error {
	a := ui.Article{Title: "部门和单位", Lead: "谁负责什么、电话是多少、在哪里办。"}
	for _, k := range unitKinds {
		l := ui.LinkList{}
		for _, u := range m.org.Units() {
			if u.Kind != k.kind {
				continue
			}
			note := u.Phone
			if n := len(m.itemsOf(u.Code)); n > 0 {
				note = "办理 " + itoa(n) + " 项 · " + note
			}
			l.Links = append(l.Links, ui.NotedLink{Link: ui.Link{Label: u.Name, URL: "/units/" + u.Code}, Note: note})
		}
		if l.Links != nil {
			a.Sections = append(a.Sections, ui.Section{ID: k.kind, Title: k.title, Body: l})
		}
	}
	return w.ShowPublic(page("部门和单位"), a)
}

func (m *Module) showUnit(w *web.Response, r *web.Request) error {
	u, ok := m.org.Unit(r.PathValue("code"))
	if !ok {
		return problem.NotFound("没有这个单位，可能已经更名或合并").WithNext("请到“部门和单位”里查找。")
	}
	d := ui.Detail{Title: u.Name, Facts: unitFacts(u)}
	if parent, ok := m.org.Unit(u.Parent); ok {
		d.Facts = append(d.Facts, ui.Fact{Term: "上级", Body: ui.Anchor{Label: parent.Name, URL: "/units/" + parent.Code}})
	}
	if u.Vertical {
		d.Tags = append(d.Tags, ui.Tag{Text: "垂直管理"})
	}
	if u.Note != "" {
		d.Sections = append(d.Sections, ui.Section{ID: "duties", Title: "职责", Body: ui.Text(u.Note)})
	}
	items := m.itemsOf(u.Code)
	if len(items) > 0 {
		l := ui.LinkList{}
		for _, i := range items {
			l.Links = append(l.Links, itemLink(i, ""))
		}
		d.Sections = append(d.Sections, ui.Section{ID: "items", Title: "办理的事项", Lead: "共 " + itoa(len(items)) + " 项。", Body: l})
	} else {
		d.Sections = append(d.Sections, ui.Section{ID: "items", Title: "办理的事项", Body: ui.EmptyState{Title: "本单位没有自己办理的事项",
			Text: "要办的事可以在上面搜索，或拨打 12345 问清楚归谁办。", Icon: ui.IconClipboardList}})
	}
	var where ui.LinkList
	for _, p := range m.points.All() {
		if p.Unit == u.Code {
			where.Links = append(where.Links, ui.NotedLink{Link: ui.Link{Label: p.Name, URL: "/halls/" + p.Code}, Note: p.Address})
			continue
		}
		for _, c := range p.Counters {
			if c.Unit == u.Code {
				where.Links = append(where.Links, ui.NotedLink{Link: ui.Link{Label: p.Name, URL: "/halls/" + p.Code}, Note: c.No + " " + c.Name + "窗口"})
			}
		}
	}
	if len(where.Links) > 0 {
		d.Sections = append(d.Sections, ui.Section{ID: "places", Title: "到哪里办", Body: where})
	}
	var below ui.LinkList
	for _, x := range m.org.Units() {
		if x.Parent == u.Code {
			below.Links = append(below.Links, ui.NotedLink{Link: ui.Link{Label: x.Name, URL: "/units/" + x.Code}, Note: x.Phone})
		}
	}
	// The county government stands above everybody; its list is the page of all units.
	if n := len(below.Links); n > 0 && u.Kind != "government" {
		d.Sections = append(d.Sections, ui.Section{ID: "below", Title: "下属单位", Body: below})
	}
	return w.ShowPublic(page(u.Name, ui.Link{Label: "部门和单位", URL: "/units"}), d)
}

func unitFacts(u org.Unit) []ui.Fact {
	f := []ui.Fact{{Term: "电话", Body: tel(u.Phone)}, {Term: "地址", Value: u.Address}, {Term: "办公时间", Value: u.Hours}}
	if u.USCC != "" {
		f = append(f, ui.Fact{Term: "统一社会信用代码", Value: u.USCC})
	}
	return f
}

// pointKinds are the groups of the list of service points, in the order of the page.
var pointKinds = [...]struct{ kind, title string }{
	{"hall", "县政务服务大厅"}, {"branch", "专业分厅"}, {"township", "乡镇（街道）便民服务中心"}, {"village", "村（社区）便民服务站"}, {"park", "园区服务站"},
	{"hospital", "医院服务点"}, {"school", "学校服务点"}, {"driving", "车驾管服务点"}, {"bank", "银行服务点"},
}

func (m *Module) showHalls(w *web.Response, r *web.Request) error {
	body := ui.Group{ui.Heading{Title: "办事大厅和服务网点", Lead: "离家最近的地方在哪里、几点开门、有没有方便老人和残疾人的设施。"}}
	points := m.points.All()
	for _, k := range pointKinds {
		var rows []ui.Row
		for _, p := range points {
			if p.Kind != k.kind {
				continue
			}
			rows = append(rows, ui.Row{ID: p.Code, Cells: []templ.Component{
				ui.Anchor{Label: p.Name, URL: "/halls/" + p.Code}, ui.Text(openingNow(p, r.Now)), tel(p.Phone), ease(p)}})
		}
		if rows != nil {
			body = append(body, ui.Panel(ui.PanelSpec{ID: k.kind, Title: k.title, Flush: true, Body: ui.Table{Caption: k.title,
				Columns: []ui.Column{{Label: "网点", Main: true}, {Label: "开门时间"}, {Label: "电话"}, {Label: "方便设施"}}, Rows: rows}}))
		}
	}
	if len(points) == 0 {
		body = append(body, ui.EmptyState{Title: "还没有登记服务网点", Text: "请拨打 12345 询问到哪里办理。", Icon: ui.IconMapPin})
	}
	return w.ShowPublic(page("办事大厅"), body)
}

// ease is what makes the point usable for everybody, in one line (无障碍环境建设法第四十条 asks service halls for low counters).
func ease(p servicepoint.Point) templ.Component {
	if slices.ContainsFunc(p.Counters, func(c servicepoint.Counter) bool { return c.Low }) {
		return ui.Tag{Text: "有低位柜台", Tone: ui.OK, Icon: ui.IconAccessibility}
	}
	if len(p.Facilities) > 0 {
		return ui.Text(p.Facilities[0])
	}
	return ui.Text("—")
}

func (m *Module) showHall(w *web.Response, r *web.Request) error {
	p, ok := m.points.Find(r.PathValue("code"))
	if !ok {
		return problem.NotFound("没有这个服务网点，可能已经搬迁或合并").WithNext("请到“办事大厅”里查找，或拨打 12345。")
	}
	d := ui.Detail{Title: p.Name,
		Facts: []ui.Fact{{Term: "地址", Value: p.Address}, {Term: "电话", Body: tel(p.Phone)}, {Term: "开门时间", Value: openingNow(p, r.Now)}}}
	if now, known := m.points.Serving(p, r.Now); known {
		d.Facts = append(d.Facts, ui.Fact{Term: "现在", Value: now.Words(r.Now)})
	}
	if u, ok := m.org.Unit(p.Unit); ok {
		d.Facts = append(d.Facts, ui.Fact{Term: "管理单位", Body: ui.Anchor{Label: u.Name, URL: "/units/" + u.Code}})
	}
	if len(p.Hours) > 1 {
		var facts []ui.Fact
		for _, h := range p.Hours {
			term, from := season(h)
			facts = append(facts, ui.Fact{Term: term, Value: from + h.Text})
		}
		d.Sections = append(d.Sections, ui.Section{ID: "hours", Title: "全年开门时间", Body: ui.DescriptionList{Facts: facts}})
	}
	if len(p.Counters) > 0 {
		t := ui.Table{Caption: "窗口", Columns: []ui.Column{{Label: "窗口", Code: true}, {Label: "办什么", Main: true}, {Label: "单位"}, {Label: "方便设施"}}}
		for _, c := range p.Counters {
			var low templ.Component = ui.Text("—")
			if c.Low {
				low = ui.Tag{Text: "低位柜台", Tone: ui.OK, Icon: ui.IconAccessibility}
			}
			t.Rows = append(t.Rows, ui.Row{ID: c.No, Cells: []templ.Component{ui.Text(c.No), ui.Two{Main: c.Name, Small: c.Note}, ui.Text(m.org.Name(c.Unit)), low}})
		}
		d.Sections = append(d.Sections, ui.Section{ID: "counters", Title: "窗口（" + itoa(len(p.Counters)) + " 个）", Flush: true, Body: t})
	}
	if len(p.Facilities) > 0 {
		d.Sections = append(d.Sections, ui.Section{ID: "facilities", Title: "方便设施", Body: ui.Text(strings.Join(p.Facilities, "、") + "。")})
	}
	var here ui.LinkList
	for _, i := range catalogue.Items(m.k.Library.Current()) {
		for _, at := range i.Windows {
			if point, counter, _ := strings.Cut(at, "/"); point == p.Code && m.served("/items/"+i.Code) {
				here.Links = append(here.Links, itemLink(i, counter+" 窗口"))
				break
			}
		}
	}
	if len(here.Links) > 0 {
		d.Sections = append(d.Sections, ui.Section{ID: "items", Title: "这里能办的事项", Body: ui.Disclosure(ui.DisclosureSpec{Summary: "展开 " + itoa(len(here.Links)) + " 项", Body: here})})
	}
	return w.ShowPublic(page(p.Name, ui.Link{Label: "办事大厅", URL: "/halls"}), d)
}

// season names a stretch of opening hours, and its days where it has any.
func season(h servicepoint.Opening) (term, days string) {
	term = cmp.Or(map[string]string{"summer": "夏季", "winter": "冬季", "all": "全年"}[h.Season], "开门时间")
	if h.From != "" && h.To != "" {
		days = monthDay(h.From) + "至" + monthDay(h.To) + "，"
	}
	return term, days
}

// monthDay reads 05-01 as 5月1日.
func monthDay(s string) string {
	month, day, ok := strings.Cut(s, "-")
	if !ok {
		return s
	}
	return strings.TrimLeft(month, "0") + "月" + strings.TrimLeft(day, "0") + "日"
}
