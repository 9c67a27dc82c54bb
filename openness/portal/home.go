package portal

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"tongban/base/servicepoint"
	"tongban/handling/bundle"
	"tongban/handling/casework"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/web"
	"tongban/rules/catalogue"
	"tongban/ui"
)

var beijing = web.Beijing

// Sides of the first page.
const (
	person  = "person"
	company = "company"
)

// icon is the picture of a thing; one that the kit does not have gives way to that of its side.
func icon(b catalogue.Bundle) ui.Icon {
	if i := ui.Icon(b.Icon); drawn(i) {
		return i
	}
	switch b.Icon {
	case "plug-zap":
		return ui.IconHammer
	case "door-closed":
		return ui.IconLogOut
	case "flower":
		return ui.IconSprout
	}
	if b.Side == company {
		return ui.IconBriefcase
	}
	return ui.IconUsers
}

// drawn tells whether the kit has the picture: unknown ones draw nothing.
func drawn(i ui.Icon) bool {
	var b strings.Builder
	return i != "" && i.Render(context.Background(), &b) == nil && strings.Contains(b.String(), "<path")
}

// page is the frame of a public page below the first.
func page(title string, above ...ui.Link) ui.PublicPage {
	crumbs := append([]ui.Link{{Label: "首页", URL: "/"}}, above...)
	return ui.PublicPage{Page: ui.Page{Title: title, Crumbs: append(crumbs, ui.Link{Label: title})}}
}

// elder tells whether the reader sees the page in large type, where the side column is left out.
func elder(r *web.Request) bool {
	if mode := r.URL.Query().Get("mode"); mode != "" {
		return mode == string(ui.Elder)
	}
	return r.Recall("mode") == string(ui.Elder)
}

func (m *Module) showHome(w *web.Response, r *web.Request) error {
	side := person
	if r.URL.Query().Get("side") == company {
		side = company
	}
	county := m.k.Library.Current().Meta.Title
	mine, err := m.running(r)
	if err != nil {
		return err
	}
	wanted, err := m.Wanted(r.Ctx, r.View, 60)
	if err != nil {
		return err
	}
	body := ui.Group{}
	if mine != nil {
		body = append(body, mine)
	}
	figures, err := m.figures(r)
	if err != nil {
		return err
	}
	voices, err := m.voices(r)
	if err != nil {
		return err
	}
	body = append(body, figures, m.events(side), m.popular(side, wanted), voices)
	aside := ui.Group{}
	aside = append(aside, m.trackForm(r))
	if h := m.hallPanel(r.Now); h != nil {
		aside = append(aside, h)
	}
	aside = append(aside, m.helpPanel())
	p := ui.PublicPage{Page: ui.Page{Title: cmp.Or(county, "本县") + "政务服务"}, Top: m.hero(side), Bottom: m.bottom("/")}
	if elder(r) {
		body = append(body, aside...)
	} else {
		p.Aside = aside
	}
	return w.ShowPublic(p, body)
}

// bottom is the bar at the thumb on phones.
func (m *Module) bottom(at string) []ui.NavItem {
	var out []ui.NavItem
	for _, i := range []ui.NavItem{
		{Icon: ui.IconHouse, Label: "首页", URL: "/"},
		{Icon: ui.IconSearch, Label: "搜索", URL: "/search"},
		{Icon: ui.IconClock, Label: "查进度", URL: "/t"},
		{Icon: ui.IconUser, Label: "我的", URL: "/my"},
	} {
		if m.served(i.URL) {
			i.Current = i.URL == at
			out = append(out, i)
		}
	}
	return out
}

// hero is the question of the first page. What is offered under it are things people say, each of which finds something.
func (m *Module) hero(side string) templ.Component {
	h := ui.Hero{Title: "您想办什么事？", Text: "说您平时的话就行，也可以打拼音首字母，例如 spjy。", Action: "/search",
		Tabs: ui.Tabs{Label: "办事人", Tabs: []ui.Tab{
			{Label: "个人办事", URL: "/?side=" + person, Current: side == person},
			{Label: "企业办事", URL: "/?side=" + company, Current: side == company},
		}}}
	for _, b := range m.things(side) {
		if len(b.Aliases) > 0 && len(h.Hot) < 4 && m.served("/events/"+b.Code) {
			h.Hot = append(h.Hot, ui.Link{Label: b.Aliases[0], URL: "/events/" + b.Code})
		}
	}
	return h
}

// stages are the events of a life and of a business in their order; things of other events come before the last.
var stages = [...]string{"生育", "入学", "就业", "婚姻", "置业", "开办企业", "建设投产", "经营发展", "退休", "退出市场", "身后"}

// things lists the things of a side, or of both, in the order of life.
func (m *Module) things(side string) []catalogue.Bundle {
	rank := func(b catalogue.Bundle) int {
		if n := slices.Index(stages[:], b.Event); n >= 0 {
			return n
		}
		return slices.Index(stages[:], "退休")
	}
	out := slices.DeleteFunc(catalogue.Bundles(m.k.Library.Current()), func(b catalogue.Bundle) bool { return side != "" && b.Side != side })
	slices.SortStableFunc(out, func(a, b catalogue.Bundle) int { return cmp.Compare(rank(a), rank(b)) })
	return out
}

// events are the things (一件事) of a side as tiles.
func (m *Module) events(side string) templ.Component {
	t := ui.Tiles{Title: "一件事一次办"}
	if m.served("/events") {
		t.More = ui.Link{Label: "全部一件事", URL: "/events"}
	}
	for _, b := range m.things(side) {
		url := "/events/" + b.Code
		if m.served(url) {
			t.Tiles = append(t.Tiles, ui.Tile{Icon: icon(b), Label: b.Name, Text: b.Summary, URL: url})
		}
	}
	if len(t.Tiles) == 0 {
		return ui.Group{}
	}
	return t
}

// mostPopular is how many items the first page shows.
const mostPopular = 8

// popular are the items of a side most asked for in the last three months, filled up with those that belong to the side's things.
func (m *Module) popular(side string, wanted []string) templ.Component {
	ed := m.k.Library.Current()
	// As long as nobody has come: the first item of every thing, then the second of every thing, and so on.
	var inThings []string
	for n, more := 0, true; more; n++ {
		more = false
		for _, b := range m.things(side) {
			if n < len(b.Parts) {
				more = true
				inThings = append(inThings, b.Parts[n].Item)
			}
		}
	}
	rank := func(i catalogue.Item) int {
		if n := slices.Index(wanted, i.Code); n >= 0 {
			return n
		}
		if n := slices.Index(inThings, i.Code); n >= 0 {
			return len(wanted) + n
		}
		return len(wanted) + len(inThings)
	}
	var items []catalogue.Item
	for _, i := range catalogue.Items(ed) {
		if m.fits(i, side) && m.served("/items/"+i.Code) {
			items = append(items, i)
		}
	}
	slices.SortStableFunc(items, func(a, b catalogue.Item) int { return cmp.Compare(rank(a), rank(b)) })
	l := ui.LinkList{}
	for _, i := range items[:min(mostPopular, len(items))] {
		l.Links = append(l.Links, itemLink(i, m.org.Name(i.Unit)))
	}
	if len(l.Links) == 0 {
		return ui.Group{}
	}
	title := "常办的事项"
	if len(wanted) > 0 {
		title = "近三个月办得多的事项"
	}
	panel := ui.PanelSpec{Title: title, Body: l}
	if m.served("/items") {
		panel.Actions = []templ.Component{ui.Anchor{Label: "全部事项", URL: "/items"}}
	}
	return ui.Panel(panel)
}

// fits tells whether an item is for the side: one that belongs to things goes where they go, any other by whom it serves.
func (m *Module) fits(i catalogue.Item, side string) bool {
	inThings := false
	for _, b := range catalogue.Bundles(m.k.Library.Current()) {
		if slices.ContainsFunc(b.Parts, func(p catalogue.Part) bool { return p.Item == i.Code }) {
			if b.Side == side {
				return true
			}
			inThings = true
		}
	}
	if inThings {
		return false
	}
	if side == person {
		return slices.Contains(i.Subjects, person)
	}
	return slices.ContainsFunc(i.Subjects, func(s string) bool { return s != person })
}

// itemLink names an item with its unit, or where it can be given in, and its promise.
func itemLink(i catalogue.Item, where string) ui.NotedLink {
	l := ui.NotedLink{Link: ui.Link{Label: i.Name, URL: "/items/" + i.Code}, Note: where}
	switch {
	case i.Handling == catalogue.Instant:
		l.Tag = ui.Tag{Text: "即办", Tone: ui.OK}
	case i.Promised.Unit != "" && i.Promised.Amount == 0:
		l.Note = strings.TrimPrefix(where+" · 当场办结", " · ")
	case i.Promised.Unit != "":
		l.Note = strings.TrimPrefix(where+" · 承诺 "+strings.TrimSuffix(i.Promised.String(), "办结")+"办结", " · ")
	}
	return l
}

// hallPanel tells where to go and when it is open.
func (m *Module) hallPanel(now time.Time) templ.Component {
	for _, p := range m.points.All() {
		if p.Kind != "hall" {
			continue
		}
		return ui.Panel(ui.PanelSpec{Title: "到窗口办", Lead: p.Name, Body: ui.Group{
			ui.DescriptionList{Facts: []ui.Fact{
				{Term: "地址", Value: p.Address},
				{Term: "开门时间", Value: strings.Replace(openingNow(p, now), " ", "\n", 1)},
				{Term: "电话", Body: tel(p.Phone)},
			}},
			ui.Anchor{Label: "乡镇和村里也能办", URL: "/halls"},
		}})
	}
	return nil
}

// openingNow is the stretch of opening hours that holds on the day.
func openingNow(p servicepoint.Point, now time.Time) string {
	day := now.In(beijing).Format("01-02")
	for _, h := range p.Hours {
		if h.From == "" || h.From <= h.To && h.From <= day && day <= h.To || h.From > h.To && (day >= h.From || day <= h.To) {
			return h.Text
		}
	}
	return ""
}

func tel(number string) templ.Component {
	if number == "" {
		return ui.Text("")
	}
	return ui.Anchor{Label: number, URL: "tel:" + number}
}

func (m *Module) helpPanel() templ.Component {
	links := []ui.NotedLink{{Link: ui.Link{Label: "打 12345 问", URL: "tel:12345", Icon: ui.IconPhone}}}
	for _, l := range m.links(ui.Link{Label: "查证照真假", URL: "/verify", Icon: ui.IconShieldCheck}, ui.Link{Label: "我要找错", URL: "/report-error", Icon: ui.IconFlag}) {
		links = append(links, ui.NotedLink{Link: l})
	}
	return ui.Panel(ui.PanelSpec{Title: "需要帮忙", Body: ui.LinkList{Links: links}})
}

// trackForm asks for a receipt number and the end of the applicant's number. It posts to the tracking page, so that neither stands in an address.
func (m *Module) trackForm(r *web.Request) templ.Component {
	return ui.Panel(ui.PanelSpec{Title: "办件查询", Lead: "不用登录。编号在收件凭证和短信里。", Body: ui.Form(ui.FormSpec{Action: "/t", Once: r.Fresh(), Label: "办件查询", Body: ui.Group{
		ui.Field{Name: "no", Label: "编号", Width: ui.Width14, MaxLength: 24, Autocomplete: "off"},
		ui.Field{Name: "tail", Label: "证件号码后四位", Width: ui.Width8, MaxLength: 4, Autocomplete: "off"},
		ui.Actions{ui.Button{Label: "查进度", Icon: ui.IconSearch, Kind: ui.Secondary}},
	}})})
}

// figures tell how the county does its work, over thirty days; nothing as long as nothing is decided.
func (m *Module) figures(r *web.Request) (templ.Component, error) {
	today := calendar.DayOf(r.Now)
	s, err := m.cases.Rates(r.Ctx, r.View, "", today.Plus(-30), today)
	if err != nil || s.Closed == 0 {
		return ui.Group{}, err
	}
	return ui.KPIStrip{
		{Label: "近 30 天办结", Value: fmt.Sprint(s.Closed), Unit: "件", Note: "每件有编号，随时可查"},
		{Label: "按承诺时限办结", Value: s.OnTimeRate().String(), Tone: ui.OK, Note: "超期的有人督办"},
		{Label: "比法定时限快", Value: s.LegalSpeedUp().String(), Tone: ui.OK, Note: "平均用时"},
		{Label: "一件事一次办", Value: fmt.Sprint(len(catalogue.Bundles(m.k.Library.Current()))), Unit: "件", Note: fmt.Sprintf("含 %d 个事项", len(catalogue.Items(m.k.Library.Current()))), URL: "/events"},
	}, nil
}

// mostVoices is how many reviews the first page shows.
const mostVoices = 3

// voices are the last words that people let be read about what was done for them.
func (m *Module) voices(r *web.Request) (templ.Component, error) {
	list, _, err := m.ratings.Public(r.Ctx, r.View, "", "", mostVoices)
	if err != nil || len(list) == 0 {
		return ui.Group{}, err
	}
	l := ui.LinkList{}
	for _, x := range list {
		l.Links = append(l.Links, ui.NotedLink{Link: ui.Link{Label: "“" + x.Shown + "”", URL: "/reviews"}, Note: x.Title + " · " + x.Grade.String(), Tag: ui.Tag{}})
	}
	return ui.Panel(ui.PanelSpec{Title: "办完事的人怎么说", Actions: []templ.Component{ui.Anchor{Label: "全部评价", URL: "/reviews"}}, Body: l}), nil
}

// mostRunning is how many of the reader's own matters the first page shows.
const mostRunning = 3

// running is the strip of the reader's own running matters; nil for visitors, for staff, and for who has none.
func (m *Module) running(r *web.Request) (templ.Component, error) {
	if r.Actor.Kind != authz.Citizen {
		return nil, nil
	}
	all, err := m.bundles.Mine(r.Ctx, r.View, "", 20)
	if err != nil {
		return nil, err
	}
	l := ui.LinkList{}
	for _, s := range all {
		if s.State == bundle.Delivered || len(l.Links) == mostRunning {
			continue
		}
		note := "编号 " + s.Number
		tag := ui.Tag{Text: s.State.Label(), Tone: ui.Info}
		if s.State == bundle.Decided {
			tag.Tone = ui.OK
		} else if !s.Due.IsZero() {
			note += " · 承诺最迟 " + casework.LastDay(s.Due) + "前办好"
		}
		l.Links = append(l.Links, ui.NotedLink{Link: ui.Link{Label: s.Title, URL: "/t/" + s.Number}, Note: note, Tag: tag})
	}
	if len(l.Links) == 0 {
		return nil, nil
	}
	return ui.Panel(ui.PanelSpec{Title: "我的办件", Actions: []templ.Component{ui.Anchor{Label: "全部办件", URL: "/my"}}, Body: l}), nil
}
