package web

import (
	"context"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"tongban/kernel/authz"
	"tongban/kernel/worklist"
	"tongban/ui"
)

var guestActor = authz.Actor{Kind: authz.Guest}

// NavEntry is a module's line in the menu of a desk. Menus show only what the person may open.
type NavEntry struct {
	Desk       Desk
	Group      string
	Order      int
	Label      string
	Icon       ui.Icon
	URL        string
	Permission authz.Permission
	Counts     []string // kinds of to-do tasks whose number stands beside the label
	Key        string   // letter after G on the keyboard
	Shortcut   string   // key that opens the page from anywhere at the desk, such as N
}

// EveryTask as the one of Counts stands for the to-do tasks of all kinds.
const EveryTask = "*"

// Desk is one of the working places; each has one layout and one menu.
type Desk string

const (
	Public  Desk = "public"  // citizens and firms
	Counter Desk = "counter" // windows and back office
	Leader  Desk = "leader"
	Admin   Desk = "admin"
)

type chrome struct{ nav []NavEntry }

func newChrome(nav []NavEntry) *chrome {
	nav = slices.Clone(nav)
	slices.SortStableFunc(nav, func(a, b NavEntry) int { return a.Order - b.Order })
	return &chrome{nav}
}

// groups builds the menu of a desk for the actor, with the entry of the present address marked.
func (c *chrome) groups(r *Request, counts map[string]int, desks ...Desk) []ui.NavGroup {
	var out []ui.NavGroup
	best := -1
	var current *ui.NavItem
	for _, e := range c.nav {
		if !slices.Contains(desks, e.Desk) || !r.Actor.Holds(e.Permission) {
			continue
		}
		i := slices.IndexFunc(out, func(g ui.NavGroup) bool { return g.Title == e.Group })
		if i < 0 {
			out = append(out, ui.NavGroup{Title: e.Group})
			i = len(out) - 1
		}
		item := ui.NavItem{Icon: e.Icon, Label: e.Label, URL: e.URL, Go: e.Key, Shortcut: e.Shortcut}
		for _, kind := range e.Counts {
			item.Count += counts[kind]
			if kind == EveryTask {
				for _, n := range counts {
					item.Count += n
				}
			}
		}
		out[i].Items = append(out[i].Items, item)
	}
	for i := range out {
		for j := range out[i].Items {
			item := &out[i].Items[j]
			path, _, _ := strings.Cut(item.URL, "?")
			if (r.URL.Path == path || strings.HasPrefix(r.URL.Path, path+"/")) && len(item.URL) > best {
				if item.URL != r.URL.RequestURI() && strings.Contains(item.URL, "?") {
					continue
				}
				best, current = len(item.URL), item
			}
		}
	}
	if current != nil {
		current.Current = true
	}
	return out
}

// page gathers what every layout needs.
func (r *Request) page(body templ.Component) ui.Page {
	s := r.site
	if mode := r.URL.Query().Get("mode"); r.Method == "GET" && mode != "" {
		r.Remember("mode", mode)
	}
	if theme := r.URL.Query().Get("theme"); r.Method == "GET" && theme != "" {
		r.Remember("theme", theme)
	}
	p := ui.Page{County: s.options.County(), Body: body}
	if r.Recall("mode") == "elder" {
		p.Mode = ui.Elder
	}
	if r.Recall("theme") == "dark" {
		p.Theme = ui.Dark
	}
	if r.Actor.Kind == authz.Citizen || r.Actor.Kind == authz.Staff {
		p.User = ui.User{Name: r.Actor.Name, Unit: r.Actor.Office}
		r.lasting(&p)
	}
	if said := r.heard(); said != "" {
		p.Flash = ui.Notice{Tone: ui.OK, Text: said}
	}
	if s.options.Demo {
		p.Demo = ui.Demo{On: true, Role: r.Actor.Name, SwitchURL: "/login", Clock: r.Now.In(Beijing).Format("2006-01-02 15:04"), ClockURL: "/demo/clock", MessagesURL: "/demo/messages"}
		if s.options.Filling != nil {
			p.Demo.Filling = s.options.Filling()
		}
	}
	return p
}

// ShowPublic shows a page for citizens.
func (w *Response) ShowPublic(p ui.PublicPage, body templ.Component) error {
	return w.publicStatus(200, p, body)
}

// PublicAgain shows a citizen's form once more with its errors.
func (w *Response) PublicAgain(p ui.PublicPage, body templ.Component) error {
	return w.publicStatus(422, p, body)
}

func (w *Response) publicStatus(status int, p ui.PublicPage, body templ.Component) error {
	crumbs, title := p.Crumbs, p.Title
	p.Page = w.r.page(body)
	p.Crumbs, p.Title = crumbs, title
	p.Nav = w.r.site.chrome.groups(w.r, nil, Public)
	p.Logout = "/logout"
	if w.r.Actor.Kind == authz.Staff {
		p.Home = "/w"
	}
	return w.ShowStatus(status, ui.Public(p))
}

// ShowDesk shows a page for staff, with the menu of what the person may open and the number of things to do.
func (w *Response) ShowDesk(body templ.Component) error { return w.deskStatus(200, body) }

// DeskAgain shows a clerk's form once more with its errors.
func (w *Response) DeskAgain(body templ.Component) error { return w.deskStatus(422, body) }

func (w *Response) deskStatus(status int, body templ.Component) error {
	counts, err := worklist.Counts(w.r.Ctx, w.r.View)
	if err != nil {
		return err
	}
	p := ui.DeskPage{Page: w.r.page(body), Desk: "审批工作台", Logout: "/logout", InboxURL: "/inbox",
		Menu: []ui.Link{{Label: "网站首页", URL: "/"}}}
	p.Nav = w.r.site.chrome.groups(w.r, counts, Counter, Leader, Admin)
	p.NoCases = !w.r.mayOpen("/w/scan")
	return w.ShowStatus(status, ui.Desk(p))
}

// mayOpen reports whether the reader may open the page at the path.
func (r *Request) mayOpen(path string) bool {
	for _, route := range r.site.routes {
		if route.Method == "GET" && route.Path == path {
			return r.Actor.Holds(route.Permission)
		}
	}
	return false
}

// Begin is where the person's desk begins: the first page of the menu that he may open, or empty.
func (r *Request) Begin() string {
	for _, g := range r.site.chrome.groups(r, nil, Counter, Leader, Admin) {
		for _, i := range g.Items {
			return i.URL
		}
	}
	return ""
}

// Person is a named reader of the page, for greetings and prefill.
func (r *Request) Person() string { return r.Actor.Name }

// Background is the request's context without its end: for work that must be finished once begun.
func (r *Request) Background() context.Context { return context.WithoutCancel(r.Ctx) }
