package ui

import (
	"context"
	"io"
	"strconv"

	"github.com/a-h/templ"
)

// Mode is the dress of the page: the same components with other token values.
type Mode string

// The modes a reader can choose or a device is set to.
const (
	Standard  Mode = ""       // 标准版
	Elder     Mode = "elder"  // 长辈版: 24 px text, 64 px targets, no side matter
	KioskMode Mode = "kiosk"  // 自助终端
	BigScreen Mode = "screen" // 大屏
)

// Theme is the colouring of the page; dark is only ever chosen by the reader.
type Theme string

// The two themes.
const (
	Light Theme = ""
	Dark  Theme = "dark"
)

// Link is a word that leads somewhere.
type Link struct {
	Label  string
	URL    string
	Icon   Icon
	Hidden string // more words for screen readers, such as what 修改 changes
	Into   string // id of the region the answer goes into; empty loads the whole page
}

// User is the person signed in. The zero value is a visitor.
type User struct {
	Name string
	Unit string // unit or company the person acts for
}

// NavItem is one entry of a menu.
type NavItem struct {
	Icon    Icon
	Label   string
	URL     string
	Count   int    // 0 shows nothing
	Hot     bool   // the count needs attention today
	Current bool   // the page being read
	Go      string // letter that follows G on the keyboard, such as "T" for 待办

	Shortcut string // key that opens the page from anywhere at the desk
}

// NavGroup is a titled group of a menu. The public side shows the items of all groups in one row.
type NavGroup struct {
	Title string
	Items []NavItem
}

// Demo is the bar of a demonstration county: it says that all people are invented, and switches roles and clock.
type Demo struct {
	On          bool
	Role        string // role now played, such as 窗口人员 欧文静
	SwitchURL   string // where roles are chosen
	Clock       string // time of the test clock in words
	ClockURL    string // where the test clock is moved; empty hides the link
	MessagesURL string // where text messages are read that a real county would send
	Filling     string // how far the county is with filling itself; empty when it stands
}

// Session is how long the reader's login lasts without use. At 90 % the script warns and lets him go on; who has no script reads it.
type Session struct {
	Seconds   int    // from now; 0: nobody is logged in
	Until     string // the same as a time of day
	ExtendURL string // POST here is use
}

// Page is what every layout needs to know.
type Page struct {
	Title  string // text of the browser tab; empty takes the title of Body when Body is an archetype
	Faults int    // errors on the page: the tab then starts with 「错误：」; 0 asks Body
	County string // 南岭县
	Mode   Mode
	Theme  Theme
	User   User
	Nav    []NavGroup
	Crumbs []Link // last one is the page itself and needs no URL
	Demo   Demo
	Flash  Notice // what the last action did; zero shows nothing

	Session Session

	Body templ.Component // main content; children of the layout follow it
}

// titled is a body that knows its own heading, as all archetypes do.
type titled interface{ PageTitle() string }

// faulty is a body that knows how many errors it shows.
type faulty interface{ FaultCount() int }

func (p Page) faults() int {
	if f, ok := p.Body.(faulty); ok && p.Faults == 0 {
		return f.FaultCount()
	}
	return p.Faults
}

func (p Page) tab() string {
	t := p.Title
	if b, ok := p.Body.(titled); ok && t == "" {
		t = b.PageTitle()
	}
	if p.faults() > 0 {
		t = "错误：" + t
	}
	if t == "" {
		return "通办"
	}
	return t + " - 通办"
}

func (p Page) county() string {
	if p.County == "" {
		return "本县"
	}
	return p.County
}

func (p Page) htmlAttrs(force Mode) templ.Attributes {
	a := templ.Attributes{}
	m := p.Mode
	if force != "" {
		m = force
	}
	if m != "" {
		a["data-mode"] = string(m)
	}
	if p.Theme != "" {
		a["data-theme"] = string(p.Theme)
	}
	return a
}

func (p Page) bodyAttrs() templ.Attributes {
	a := templ.Attributes{}
	if p.Session.Seconds > 0 {
		a["data-expires"] = strconv.Itoa(p.Session.Seconds)
		a["data-extend"] = p.Session.ExtendURL
	}
	return a
}

func (p Page) navItems() (items []NavItem) {
	for _, g := range p.Nav {
		items = append(items, g.Items...)
	}
	return items
}

// PublicPage is a page for citizens and companies.
type PublicPage struct {
	Page
	Brand    string          // words beside the seal; empty = County + 政务服务
	Elder    Link            // switch to 长辈版 or back; zero = "?mode=elder" / "?mode=standard"
	Login    Link            // shown to visitors; zero = 登录 → /login
	Home     string          // person's own space, link behind the name; zero = /my
	Logout   string          // form target of 退出; empty hides it
	Top      templ.Component // full-width band under the masthead (start page)
	Aside    templ.Component // side column; hidden in 长辈版
	Bottom   []NavItem       // bottom bar on phones: three to five
	Footer   []Link          // more links beside 12345; zero = 网站地图、无障碍声明、我要找错
	SiteCode string          // 网站标识码
	Records  string          // 备案号 line
}

func (p PublicPage) brand() string {
	if p.Brand != "" {
		return p.Brand
	}
	return p.county() + "政务服务"
}

func (p PublicPage) elder() Link {
	if p.Elder.Label != "" {
		return p.Elder
	}
	if p.Mode == Elder {
		return Link{Label: "返回标准版", URL: "?mode=standard", Icon: IconAccessibility}
	}
	return Link{Label: "长辈版", URL: "?mode=elder", Icon: IconAccessibility}
}

func (p PublicPage) login() Link {
	if p.Login.Label != "" {
		return p.Login
	}
	return Link{Label: "登录", URL: "/login", Icon: IconLogIn}
}

func (p PublicPage) home() string {
	if p.Home == "" {
		return "/my"
	}
	return p.Home
}

func (p PublicPage) footer() []Link {
	if p.Footer != nil {
		return p.Footer
	}
	return []Link{{Label: "网站地图", URL: "/sitemap"}, {Label: "无障碍声明", URL: "/accessibility"}, {Label: "隐私说明", URL: "/privacy"}, {Label: "我要找错", URL: "/report-error"}}
}

// DeskPage is a page for staff: window, office, leader, administrator. Each desk has one menu, filled by the kernel.
type DeskPage struct {
	Page
	Desk      string // name of the desk, such as 审批工作台
	DeskURL   string // zero = /w
	SearchURL string // GET target of the search box with parameter q; zero = /w/search
	Query     string // words searched for
	ScanURL   string // GET target of scans with parameter c; zero = /w/scan
	NoCases   bool   // the reader has nothing to do with cases: no search, no scan
	InboxURL  string // zero = /w/inbox
	Inbox     int    // unread messages
	Menu      []Link // entries of the user's menu
	Logout    string // form target of 退出; empty hides it
	Watermark string // name and time printed faintly behind pages with personal data
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// KioskPage is a page of a self-service terminal.
type KioskPage struct {
	Page
	HomeURL string // where the terminal returns to; zero = /k
	BackURL string // empty hides 返回上一步
	HelpURL string // 呼叫工作人员; zero = /k/help
	Idle    int    // seconds without touch until it returns home; 0 = 60
	Clock   string // time shown in the head
}

// ScreenPage is a big screen of 16:9, read from afar; names on it are masked by the caller.
type ScreenPage struct {
	Page
	Owner  string // who shows it, such as 行政审批服务局
	Clock  string // date and time of the data
	Age    string // age of the data, always visible, such as 数据 12 秒前更新
	Live   string // address of server-sent events that refresh the page; empty = none
	KPIs   KPIStrip
	Left   []ScreenTile
	Middle []ScreenTile
	Right  []ScreenTile
}

// ScreenTile is one framed part of a big screen.
type ScreenTile struct {
	Title string
	Body  templ.Component
}

// PaperPage is a sheet to be printed on A4: receipts, lists, reports. Official papers are PDFs, not this.
type PaperPage struct {
	Page
	Unit   string // issuing unit, heads the sheet
	Number string // number of the paper
	Date   string // date in words
	QR     string // SVG of a code for checking
	Roll   bool   // printed on the 80 mm roll of a window instead of A4
}

// ErrorInfo says what went wrong and what the reader can do now.
type ErrorInfo struct {
	Status  int
	Title   string // empty takes the usual words of the status
	What    string // what happened, in plain words
	WhatNow string // how to mend it
	Number  string // number to quote when asking
	Phone   string // zero = 12345
	Retry   Link   // the way out; zero = 返回首页
	Second  Link   // another way, such as the case already submitted
	Page    Page   // county, mode, user of the page around it
}

// PageTitle is the heading of the error.
func (e ErrorInfo) PageTitle() string { return e.words().Title }

// Render writes the error without the page around it.
func (e ErrorInfo) Render(ctx context.Context, w io.Writer) error {
	return e.words().view().Render(ctx, w)
}

func (e ErrorInfo) page() Page {
	p := e.Page
	e.Page = Page{}
	p.Body = e
	return p
}

func (e ErrorInfo) words() ErrorInfo {
	w := errorWords(e.Status)
	e.Title = or(e.Title, w.Title)
	e.What = or(e.What, w.What)
	e.WhatNow = or(e.WhatNow, w.WhatNow)
	e.Phone = or(e.Phone, "12345")
	if e.Retry.URL == "" {
		e.Retry = Link{Label: "返回首页", URL: "/"}
	}
	return e
}

func errorWords(status int) ErrorInfo {
	switch status {
	case 400:
		return ErrorInfo{Title: "这次请求不完整", What: "浏览器送来的内容缺了一部分，没有做任何改动。", WhatNow: "请返回上一页，重新填写后再提交。"}
	case 401:
		return ErrorInfo{Title: "请先登录", What: "您还没有登录，或者登录已过期。", WhatNow: "请登录后再继续，已保存的内容不会丢失。"}
	case 403:
		return ErrorInfo{Title: "您没有权限查看这一页", What: "这一页只对经办人员或本人开放。", WhatNow: "如确需办理，请换用有权限的账户登录，或联系本单位管理员。"}
	case 404:
		return ErrorInfo{Title: "没有找到这一页", What: "地址可能写错了，或者内容已经移走。", WhatNow: "请检查地址，或从首页搜索您要办的事。"}
	case 405:
		return ErrorInfo{Title: "这一步不能这样打开", What: "这个地址只接受表单提交。", WhatNow: "请返回上一页，点页面上的按钮办理。"}
	case 409:
		return ErrorInfo{Title: "这件事刚刚有人办过了", What: "您打开页面之后，内容已被更新，您的改动没有保存。", WhatNow: "请查看最新内容，确认后再办。"}
	case 413:
		return ErrorInfo{Title: "文件太大", What: "上传的文件超过了允许的大小，没有保存。", WhatNow: "请把照片拍小一些，或分成几份上传；每份不超过 10 MB。"}
	case 422:
		return ErrorInfo{Title: "有一处需要修改", What: "填写的内容有一处不符合要求，没有做任何改动。", WhatNow: "请返回上一页，改好后再提交。"}
	case 429:
		return ErrorInfo{Title: "操作太频繁", What: "短时间内请求太多，系统暂时不再受理。", WhatNow: "请等一分钟再试，已保存的内容不会丢失。"}
	case 503:
		return ErrorInfo{Title: "系统正在维护", What: "服务暂时停一会儿，已提交的办件不受影响。", WhatNow: "请过几分钟再打开；急事请打电话或到大厅窗口办理。"}
	}
	return ErrorInfo{Title: "系统出了问题", What: "不是您的操作有误，是我们的系统出了问题，已自动记录。", WhatNow: "请过几分钟再试。已保存的内容不会丢失。"}
}
