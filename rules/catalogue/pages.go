package catalogue

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"tongban/base/org"
	"tongban/kernel/pack"
	"tongban/kernel/web"
	"tongban/ui"
)

// pageRows is how many items stand on one page of the list.
const pageRows = 20

// facets are what narrows the list of items.
type facets struct{ q, theme, unit, subject, level string }

func (f facets) query(after string) string {
	v := url.Values{}
	for name, value := range map[string]string{"q": f.q, "theme": f.theme, "unit": f.unit, "subject": f.subject, "level": f.level, "after": after} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if len(v) == 0 {
		return "/items"
	}
	return "/items?" + v.Encode()
}

func (f facets) fits(i Item) bool {
	return (f.theme == "" || slices.Contains(i.Themes, f.theme)) && (f.unit == "" || i.Unit == f.unit) &&
		(f.subject == "" || slices.Contains(i.Subjects, f.subject)) && (f.level == "" || i.Level == f.level)
}

// found are the items that fit, in the pack's order, or those searched for by how well they fit.
func (m *Module) found(ed *pack.Edition, f facets) []Item {
	found := Items(ed)
	if f.q != "" {
		found = nil
		for _, h := range Search(ed, f.q, 200) {
			if i, err := FindItem(ed, h.Code); err == nil && h.Kind == KindItem {
				found = append(found, i)
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(found), func(i Item) bool { return !f.fits(i) })
}

// showItems is the list of items (事项目录).
func (m *Module) showItems(w *web.Response, r *web.Request) error {
	ed := m.k.Library.Current()
	f := facets{r.Value("q"), r.Value("theme"), r.Value("unit"), r.Value("subject"), r.Value("level")}
	found := m.found(ed, f)
	total := len(found)
	if at := slices.IndexFunc(found, func(i Item) bool { return i.Code == r.Value("after") }); at >= 0 {
		found = found[at+1:]
	}
	list := ui.List{Title: "事项目录", Lead: "本县依申请办理的政务服务事项。不知道叫什么，就用平常的说法搜，例如“开饭店”“上户口”。",
		Filters: m.filters(ed, f), Notice: m.bundleHint(ed, f.q),
		Pager: ui.Pager{Text: "共 " + strconv.Itoa(total) + " 项", Into: "list"},
		Empty: ui.EmptyState{Title: "没有找到符合条件的事项", Text: "换个说法再搜，或者拨打 12345，说您想办什么事。", Icon: ui.IconSearch, Action: ui.LinkButton{Label: "看全部事项", URL: "/items", Kind: ui.Secondary}}}
	if len(found) > pageRows {
		found = found[:pageRows]
		list.Pager.NextURL = f.query(found[pageRows-1].Code)
	}
	if r.Value("after") != "" {
		list.Pager.PrevURL = f.query("")
	}
	list.Table = ui.Table{Caption: "政务服务事项", Columns: []ui.Column{{Label: "事项", Main: true}, {Label: "实施单位"}, {Label: "承诺时限"}, {Label: "到现场"}, {Label: "特点", Wide: true}},
		Rows: ui.Rows(found, func(i Item) ui.Row {
			return ui.Row{ID: i.Code, URL: "/items/" + i.Code, Cells: []templ.Component{
				ui.Two{Main: i.Name, Small: KindName(i.Kind) + " · " + LevelName(i.Level)}, ui.Text(unitName(ed, i.Unit)), ui.Text(or(i.Promised.String(), "—")), ui.Text(visits(i)), badges(i)}}
		})}
	page := ui.PublicPage{Page: ui.Page{Crumbs: []ui.Link{{Label: "首页", URL: "/"}, {Label: "事项目录"}}}}
	return w.ShowPublic(page, list)
}

func visits(i Item) string {
	if i.Visits == 0 {
		return "不用跑"
	}
	return "最多 " + strconv.Itoa(i.Visits) + " 次"
}

// badges are the ways of handling that people look for.
func badges(i Item) ui.Group {
	var out ui.Group
	add := func(yes bool, words string) {
		if yes {
			out = append(out, ui.Tag{Text: words, Tone: ui.Info})
		}
	}
	add(i.Handling == Instant, "即办")
	add(i.Service.Tolerance, "可容缺")
	add(i.Service.Commitment, "告知承诺")
	add(i.Service.Online && i.Visits == 0, "全程网办")
	return out
}

// bundleHint points to a whole thing when the search meant one.
func (m *Module) bundleHint(ed *pack.Edition, q string) ui.Notice {
	if q == "" {
		return ui.Notice{}
	}
	for _, h := range Search(ed, q, 5) {
		if h.Kind == KindBundle {
			return ui.Notice{Tone: ui.Info, Title: "您可能要办的是“" + h.Title + "”", Text: h.Text,
				Actions: ui.Actions{ui.LinkButton{Label: "看一件事怎么办", URL: h.URL, Kind: ui.Secondary}}}
		}
	}
	return ui.Notice{}
}

func (m *Module) filters(ed *pack.Edition, f facets) ui.FilterBar {
	var themes, units, levels []ui.Option
	put := func(list *[]ui.Option, value, label string) {
		if value != "" && !slices.ContainsFunc(*list, func(o ui.Option) bool { return o.Value == value }) {
			*list = append(*list, ui.Option{Value: value, Label: label})
		}
	}
	for _, i := range Items(ed) {
		for _, t := range i.Themes {
			put(&themes, t, t)
		}
		put(&units, i.Unit, unitName(ed, i.Unit))
		put(&levels, i.Level, LevelName(i.Level))
	}
	bar := ui.FilterBar{Action: "/items", Into: "list", Button: "搜索", Fields: []templ.Component{
		ui.Field{Kind: ui.SearchKind, Name: "q", Label: "想办什么", Value: f.q, Width: ui.Width14},
		ui.Select{Name: "subject", Label: "谁来办", Blank: "个人和单位", Options: subjects(), Value: f.subject},
		ui.Select{Name: "theme", Label: "主题", Blank: "全部主题", Options: themes, Value: f.theme},
		ui.Select{Name: "unit", Label: "实施单位", Blank: "全部单位", Options: units, Value: f.unit},
	}}
	if len(levels) > 1 {
		bar.Fields = append(bar.Fields, ui.Select{Name: "level", Label: "层级", Blank: "全部层级", Options: levels, Value: f.level})
	}
	chip := func(value, label string, without facets) {
		if value != "" {
			bar.Chips = append(bar.Chips, ui.Chip{Label: label, RemoveURL: without.query("")})
		}
	}
	g := f
	g.q = ""
	chip(f.q, "“"+f.q+"”", g)
	g = f
	g.subject = ""
	chip(f.subject, subjectName(f.subject), g)
	g = f
	g.theme = ""
	chip(f.theme, f.theme, g)
	g = f
	g.unit = ""
	chip(f.unit, unitName(ed, f.unit), g)
	g = f
	g.level = ""
	chip(f.level, LevelName(f.level), g)
	return bar
}

func subjects() []ui.Option {
	return []ui.Option{{Value: "person", Label: "个人"}, {Value: "company", Label: "企业"}, {Value: "institution", Label: "事业单位"}, {Value: "organisation", Label: "社会组织"}}
}

func subjectName(code string) string {
	for _, o := range subjects() {
		if o.Value == code {
			return o.Label
		}
	}
	return code
}

func unitName(ed *pack.Edition, code string) string {
	if u, ok := pack.Find[org.Unit](ed, org.Kind, code); ok {
		return u.Short
	}
	return code
}
