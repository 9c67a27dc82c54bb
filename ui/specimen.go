package ui

import (
	"net/url"
	"slices"

	"github.com/a-h/templ"
)

// The looks of the gallery: the modes of a page, the public one and the dense one of the desks by name.
const (
	publicLook = "public"
	denseLook  = "dense"
	elderLook  = string(Elder)
	kioskLook  = string(KioskMode)
	screenLook = string(BigScreen)
)

func galleryLooks() []Option {
	return []Option{{Value: publicLook, Label: "标准版"}, {Value: denseLook, Label: "工作台"}, {Value: elderLook, Label: "长辈版"}, {Value: kioskLook, Label: "自助终端"}, {Value: screenLook, Label: "大屏"}}
}

// Specimen is an archetype or a whole layout, filled with invented data.
type Specimen struct {
	Key   string   // last part of its address
	Label string   // what it is, in the words of the gallery
	Modes []string // what it can be shown in; the first is its usual dress

	title   string
	body    templ.Component
	aside   templ.Component
	special func(mode, theme string, show templ.Component) templ.Component // instead of the body in the layout of the mode; nil = take that
}

// Page shows the specimen in a mode, the usual one if empty; nil where the mode is none of its own.
func (s Specimen) Page(mode, theme string) templ.Component {
	mode = lookOf(mode, s.Modes[0])
	if !slices.Contains(s.Modes, mode) {
		return nil
	}
	show := galleryModes("/ui/"+s.Key, mode, theme, s.Modes)
	if s.special != nil {
		if page := s.special(mode, theme, show); page != nil {
			return page
		}
	}
	p := galleryFrame(s.title, mode, theme)
	if f, ok := s.body.(faulty); ok {
		p.Faults = f.FaultCount()
	}
	p.Body = Group{show, s.body}
	return galleryLayout(mode, p, s.aside)
}

// GalleryPage shows every component with invented data, in one of the modes of Specimen and a Theme. A big screen takes no
// components one by one: it shows the layout itself.
func GalleryPage(mode, theme string) templ.Component {
	mode = lookOf(mode, publicLook)
	p := galleryFrame("组件陈列", mode, theme)
	if mode == screenLook {
		p.Title = "南岭县政务服务运行大屏"
		p.Body = galleryModes("/ui", mode, theme, nil)
		return galleryScreen(p)
	}
	p.Body = galleryAll(mode, theme)
	return galleryLayout(mode, p, galleryAside())
}

// lookOf also reads the word by which the head of a page leads back from 长辈版.
func lookOf(mode, usual string) string {
	if mode == "standard" {
		return publicLook
	}
	return or(mode, usual)
}

func galleryLayout(mode string, p Page, aside templ.Component) templ.Component {
	switch mode {
	case denseLook:
		return Desk(DeskPage{Page: p, Desk: "审批工作台", Inbox: 8, Menu: []Link{{Label: "我的资料", URL: "/ui"}, {Label: "常用语", URL: "/ui"}}, Logout: "/ui"})
	case kioskLook:
		return Kiosk(KioskPage{Page: p, HomeURL: "/ui/kiosk", BackURL: "/ui", Idle: 3600, Clock: "14:22"})
	}
	return Public(PublicPage{Page: p, Aside: aside, SiteCode: "0000000000"})
}

func galleryFrame(title, mode, theme string) Page {
	p := Page{Title: title, County: "南岭县", Theme: Theme(theme), User: User{Name: "陈秀兰"}}
	switch mode {
	case denseLook:
		p.User = User{Name: "邓志强", Unit: "行政审批服务局 投资建设股"}
		p.Nav = galleryNav()
	case elderLook, kioskLook, screenLook:
		p.Mode = Mode(mode)
	}
	if mode != denseLook {
		p.Crumbs = []Link{{Label: "首页", URL: "/"}, {Label: "一件事一次办", URL: "/events"}, {Label: title}}
	}
	p.Demo = Demo{On: true, Role: p.User.Name, SwitchURL: "/ui", Clock: "2026-11-23 14:22"}
	return p
}

// galleryURL keeps the mode and the theme from page to page.
func galleryURL(page, mode, theme string) string {
	q := url.Values{"mode": {mode}}
	if theme != "" {
		q.Set("theme", theme)
	}
	return page + "?" + q.Encode()
}

// galleryModes leads to the other modes of a page (all of them for nil) and to its other theme.
func galleryModes(page, mode, theme string, modes []string) templ.Component {
	t := Tabs{Label: "样子"}
	for _, l := range galleryLooks() {
		if modes == nil || slices.Contains(modes, l.Value) {
			t.Tabs = append(t.Tabs, Tab{Label: l.Label, URL: galleryURL(page, l.Value, theme), Current: l.Value == mode})
		}
	}
	if mode != screenLook { // a big screen is dark by itself
		other := "dark"
		if theme == other {
			other = ""
		}
		t.Tabs = append(t.Tabs, Tab{Label: map[string]string{"": "日间", "dark": "夜间"}[other], URL: galleryURL(page, mode, other)})
	}
	if page != "/ui" {
		t.Tabs = append(t.Tabs, Tab{Label: "全部组件", URL: galleryURL("/ui", mode, theme)})
	}
	return t
}

// gallerySpecimens is the table of all whole pages with the modes each has.
func gallerySpecimens(theme string) Table {
	t := Table{Caption: "整页样张", Columns: []Column{{Label: "样张", Main: true}, {Label: "可看的样子"}}}
	for _, s := range Specimens() {
		var ways Group
		for _, l := range galleryLooks() {
			if slices.Contains(s.Modes, l.Value) {
				ways = append(ways, Anchor{Label: l.Label, URL: galleryURL("/ui/"+s.Key, l.Value, theme)}, Text(" "))
			}
		}
		t.Rows = append(t.Rows, Row{Cells: []templ.Component{Text(s.Label), ways}})
	}
	return t
}

// Specimens are the archetypes, each in every mode it can be shown in, and the whole layouts, for the gallery at /ui. A big screen
// is read from afar and takes no hand: of the archetypes only the dashboard stands on it.
func Specimens() []Specimen {
	reader := []string{publicLook, elderLook, kioskLook, denseLook}
	staff := []string{denseLook, publicLook, elderLook, kioskLook}
	missing := ErrorInfo{Status: 404, Number: "E-7K2M"}
	conflict := ErrorInfo{Status: 409, What: "欧文静 在 14:20 已受理 TB202611231001，您的改动没有保存。", Second: Link{Label: "看最新内容", URL: "/ui"}}
	return []Specimen{
		{Key: "start", Label: "首页（公众）", Modes: []string{publicLook, elderLook}, special: galleryFront},
		{Key: "list", Label: "列表", Modes: staff, title: "事项目录", body: galleryList()},
		{Key: "detail", Label: "详情", Modes: staff, title: "食品经营许可（小餐饮）", body: galleryDetail()},
		{Key: "form", Label: "表单", Modes: staff, title: "登记咨询", body: galleryForm()},
		{Key: "wizard", Label: "分步填写", Modes: reader, title: "经营者信息", body: galleryWizard(), aside: galleryAside()},
		{Key: "worklist", Label: "工作清单", Modes: staff, title: "待办办件", body: galleryWorklist()},
		{Key: "article", Label: "文章", Modes: reader, title: "食品经营许可（小餐饮）办事指南", body: galleryArticle(), aside: galleryAside()},
		{Key: "dashboard", Label: "看板", Modes: append(staff[:len(staff):len(staff)], screenLook), title: "本单位运行", body: galleryDashboard(), special: galleryBoard},
		{Key: "check", Label: "核对提交", Modes: reader, title: "核对提交", body: galleryCheck()},
		{Key: "kiosk", Label: "自助终端首页", Modes: []string{kioskLook}, special: galleryTerminal},
		{Key: "screen", Label: "大屏", Modes: []string{screenLook}, special: func(_, theme string, show templ.Component) templ.Component {
			p := galleryFrame("南岭县政务服务运行大屏", screenLook, theme)
			p.Body = show
			return galleryScreen(p)
		}},
		{Key: "paper", Label: "打印件", Modes: []string{publicLook}, special: func(string, string, templ.Component) templ.Component {
			p := galleryFrame("收件凭证", publicLook, "")
			p.Body = galleryPaper()
			return Paper(PaperPage{Page: p, Unit: "南岭县行政审批服务局", Number: "南审批收〔2026〕1123 号", Date: "2026 年 11 月 23 日", QR: galleryQR()})
		}},
		{Key: "error-404", Label: "出错页", Modes: reader, title: missing.PageTitle(), body: missing},
		{Key: "error-409", Label: "冲突页", Modes: reader, title: conflict.PageTitle(), body: conflict},
	}
}

// galleryFront is the front page of the county.
func galleryFront(mode, theme string, show templ.Component) templ.Component {
	p := galleryFrame("首页", mode, theme)
	p.Crumbs, p.Demo = nil, Demo{}
	p.Nav = []NavGroup{{Items: []NavItem{{Label: "首页", URL: "/", Current: true}, {Label: "我要看", URL: "/open"}, {Label: "我要查", URL: "/t"}, {Label: "我要办", URL: "/items"}, {Label: "我要问", URL: "/ask"}}}}
	p.Body = Group{show, galleryStart()}
	return Public(PublicPage{Page: p, Top: galleryHero(), SiteCode: "0000000000", Bottom: []NavItem{
		{Icon: IconHouse, Label: "首页", URL: "/", Current: true}, {Icon: IconClipboardList, Label: "办事", URL: "/items"}, {Icon: IconIdCard, Label: "证照", URL: "/my/licences"}, {Icon: IconMail, Label: "消息", URL: "/my/inbox", Count: 2}, {Icon: IconUser, Label: "我的", URL: "/my"}}})
}

// galleryTerminal is what a self-service terminal shows to whoever walks up.
func galleryTerminal(mode, theme string, show templ.Component) templ.Component {
	p := galleryFrame("自助服务", mode, theme)
	p.Crumbs, p.Demo, p.User = nil, Demo{}, User{}
	p.Body = Group{show, galleryKiosk()}
	return Kiosk(KioskPage{Page: p, HomeURL: "/ui/kiosk", Idle: 3600, Clock: "2026-11-23 14:22"})
}

// galleryBoard is the dashboard on a big screen; in the other modes it is a page as any.
func galleryBoard(mode, theme string, show templ.Component) templ.Component {
	if mode != screenLook {
		return nil
	}
	d := galleryDashboard()
	p := galleryFrame(d.Title, mode, theme)
	p.Body = show
	tile := func(i int) []ScreenTile { return []ScreenTile{{Title: d.Tiles[i].Title, Body: d.Tiles[i].Body}} }
	return Screen(ScreenPage{Page: p, Owner: "行政审批服务局", Clock: "2026-11-23 14:22 星期一", Age: d.Updated, KPIs: d.KPIs, Left: tile(0), Middle: tile(2), Right: tile(1)})
}
