package guide

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"tongban/kernel/calendar"
	"tongban/kernel/web"
	"tongban/rules/catalogue"
	"tongban/rules/material"
	"tongban/ui"
)

// showEvents shows the things (一件事) as tiles, by stage of life or of a business.
func (m *Module) showEvents(w *web.Response, r *web.Request) error {
	ed := m.k.Library.Current()
	side := r.Value("side")
	counts := map[string]int{}
	tiles := map[string][]ui.Tile{}
	for _, b := range catalogue.Bundles(ed) {
		counts[b.Side]++
		if side == "" || b.Side == side {
			tiles[b.Side] = append(tiles[b.Side], ui.Tile{Icon: icon(r.Ctx, b), Label: b.Name, Text: b.Summary, URL: "/events/" + b.Code, Tag: ui.Tag{Text: b.Event}})
		}
	}
	board := ui.Dashboard{Title: "一件事一次办", Lead: "几个部门的事合成一件：一次告知、一张表单、一套材料、一次送达。",
		Actions: []templ.Component{ui.LinkButton{Label: "几件事一起办", URL: "/events/combine", Kind: ui.Secondary}},
		Tabs: ui.Tabs{Label: "谁来办", Tabs: []ui.Tab{
			{Label: "全部", URL: "/events", Current: side == "", Count: counts["person"] + counts["company"]},
			{Label: "个人", URL: "/events?side=person", Current: side == "person", Count: counts["person"]},
			{Label: "企业", URL: "/events?side=company", Current: side == "company", Count: counts["company"]}}}}
	for _, s := range []struct{ side, title string }{{"person", "个人和家庭"}, {"company", "办企业、做生意"}} {
		if len(tiles[s.side]) > 0 {
			board.Tiles = append(board.Tiles, ui.DashTile{Title: s.title, Wide: true, Body: ui.Tiles{Tiles: tiles[s.side]}})
		}
	}
	if len(board.Tiles) == 0 {
		board.Notice = ui.Notice{Title: "这里还没有一件事", Text: "单个事项请到事项目录里找。", Actions: ui.Actions{ui.LinkButton{Label: "事项目录", URL: "/items", Kind: ui.Secondary}}}
	}
	page := ui.PublicPage{Page: ui.Page{Crumbs: []ui.Link{{Label: "首页", URL: "/"}, {Label: "一件事一次办"}}}}
	return w.ShowPublic(page, board)
}

// icon is the picture of a thing; one that the kit does not have is replaced by that of its side.
func icon(ctx context.Context, b catalogue.Bundle) ui.Icon {
	var drawn strings.Builder
	if err := ui.Icon(b.Icon).Render(ctx, &drawn); err == nil && drawn.Len() > 0 {
		return ui.Icon(b.Icon)
	}
	if b.Side == "person" {
		return ui.IconUsers
	}
	return ui.IconStore
}

// showEvent says what a thing brings, at most, before anything is asked.
func (m *Module) showEvent(w *web.Response, r *web.Request) error {
	ed := m.k.Library.Current()
	b, err := catalogue.FindBundle(ed, r.Value("slug"))
	if err != nil {
		return err
	}
	e, err := NewEngine(ed, b.Code)
	if err != nil {
		return err
	}
	o, err := e.Outcome(nil, calendar.DayOf(r.Now))
	if err != nil {
		return err
	}
	asks, err := e.Questions(nil)
	if err != nil {
		return err
	}
	hand := handed(o.Needs)
	var parts []ui.Row
	for _, p := range o.Parts {
		parts = append(parts, ui.Row{URL: "/items/" + p.Item.Code, Cells: []templ.Component{ui.Text(p.Item.Name), ui.Text(reasonOf(p)), ui.Text(p.Unit.Short), ui.Text(cmp.Or(p.Item.Promised.String(), "—"))}})
	}
	page := ui.Article{Title: b.Name, Lead: b.Summary, Meta: []string{"牵头单位：" + m.org.Name(b.Lead)},
		Actions: []templ.Component{ui.LinkButton{Label: "开始导办", URL: "/events/" + b.Code + "/ask"}, ui.LinkButton{Label: "一次只答一题", URL: "/events/" + b.Code + "/ask?one=1", Kind: ui.Secondary}},
		Body: ui.Group{b.Linked(r, ed), ui.KPIStrip{
			{Label: "最多问", Value: fmt.Sprint(len(asks)), Unit: "题", Note: "只问与您有关的"},
			{Label: "最多办", Value: fmt.Sprint(len(o.Parts)), Unit: "个事项", Note: "按您的情况确定"},
			{Label: "最多交", Value: fmt.Sprint(len(hand)), Unit: "种材料", Note: "同样的只交一次"},
			{Label: "最多跑", Value: fmt.Sprint(o.Visits), Unit: "次"},
		}},
		Sections: []ui.Section{
			{ID: "parts", Title: "可能要办的事项", Lead: "不是都要办。回答几个问题，就知道您要办哪几项。",
				Body: ui.Table{Caption: "可能要办的事项", Columns: []ui.Column{{Label: "事项", Main: true}, {Label: "什么时候要办"}, {Label: "谁来办"}, {Label: "承诺时限"}}, Rows: parts}},
			{ID: "how", Title: "怎么办", Body: ui.Timeline{Events: []ui.Event{
				{Title: "一次告知", Text: "答几个问题，得到您自己的清单：办哪些、交什么、多久、多少钱。"},
				{Title: "一张表单、一套材料", Text: "一样的信息只填一次，已有的信息自动带出，电子证照免交。"},
				{Title: "一次联办", Text: "各单位同时办，有先后的自动接上；进度在一个页面看。"},
				{Title: "一次送达", Text: "证照一起领，或邮寄，或下载电子证照。"}}}},
			{ID: "windows", Title: "到哪里办", Lead: "网上能办；也可以到专窗，说一声就行。", Body: ui.DescriptionList{Facts: catalogue.WindowFacts(ed, b.Windows)}},
			{ID: "basis", Title: "依据", Body: bases(b.Basis)},
		}}
	if len(b.Aliases) > 0 {
		page.Source = "大家也叫它：" + strings.Join(b.Aliases, "、")
	}
	frame := ui.PublicPage{Page: ui.Page{Crumbs: []ui.Link{{Label: "首页", URL: "/"}, {Label: "一件事一次办", URL: "/events"}, {Label: b.Name}}}}
	return w.ShowPublic(frame, page)
}

func reasonOf(p PlannedPart) string { return cmp.Or(p.Why, "—") }

// handed are the needs that somebody has to bring.
func handed(needs []material.Need) []material.Need {
	return slices.DeleteFunc(slices.Clone(needs), func(n material.Need) bool { return !n.Asked() })
}

// drawn are the papers that are drawn up from the form and only signed.
func drawn(needs []material.Need) []material.Need {
	return slices.DeleteFunc(slices.Clone(needs), func(n material.Need) bool { return n.Waived() || !n.Generated() })
}

func bases(list []catalogue.LegalBasis) templ.Component {
	var out ui.Group
	for _, b := range list {
		body := ui.Group{}
		if words := catalogue.MarkWords(b.Mark); words != "" {
			body = append(body, ui.Tag{Text: words, Tone: ui.Warn})
		}
		body = append(body, ui.Text(cmp.Or(b.Text, "条文见发布机关网站。")))
		out = append(out, ui.Disclosure(ui.DisclosureSpec{Summary: "《" + b.Law + "》" + b.Number + b.Article, Body: body}))
	}
	return out
}

// showCombine lets a person pick several things that are then done as one.
func (m *Module) showCombine(w *web.Response, r *web.Request) error {
	return w.ShowPublic(way{base: "/events/combine", back: ui.Link{Label: "一件事一次办", URL: "/events"}}.frame("几件事一起办"), m.combinePage(r, nil, ""))
}

func (m *Module) combinePage(r *web.Request, picked []string, fault string) ui.FormPage {
	c := ui.Choice{Name: "thing", Label: "选出您要一起办的事", Hint: "至少选两件，最多五件。相同的问题只问一次，相同的材料只交一次。", Many: true, Error: fault, Selected: picked}
	for _, b := range catalogue.Bundles(m.k.Library.Current()) {
		c.Options = append(c.Options, ui.Option{Value: b.Code, Label: b.Name, Hint: b.Summary})
	}
	page := ui.FormPage{Title: "几件事一起办", Lead: "比如开店的同时报装水电气：选好以后，一起问、一起填、一起办、一起送达。", Back: ui.Link{Label: "一件事一次办", URL: "/events"},
		Form: ui.FormSpec{Action: "/events/combine", Once: r.Fresh()}, Fields: []templ.Component{c}, Actions: ui.Actions{ui.Button{Label: "开始导办"}}}
	if fault != "" {
		page.Faults = []ui.Fault{{Field: "thing", Text: fault}}
	}
	return page
}

func (m *Module) postCombine(w *web.Response, r *web.Request) error {
	posted, err := r.Posted()
	if err != nil {
		return err
	}
	picked := slices.Compact(slices.Sorted(slices.Values(posted["thing"])))
	fault := ""
	switch {
	case len(picked) < 2:
		fault = "请至少选两件；只办一件的，直接从那件事进去"
	case len(picked) > 5:
		fault = "一次最多五件，请分开办"
	}
	if fault != "" {
		return w.PublicAgain(way{base: "/events/combine", back: ui.Link{Label: "一件事一次办", URL: "/events"}}.frame("几件事一起办"), m.combinePage(r, picked, fault))
	}
	e, err := m.Engine(picked...)
	if err != nil {
		return err
	}
	return w.Go("/events/combine/ask?g=" + e.Link(nil))
}
