// Package screens walks through the whole county in every role and looks at each page: no dead link, no error, no barrier.
package screens

import (
	"fmt"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tongban/test/browser"
)

var stage *browser.Stage

func TestMain(m *testing.M) { os.Exit(browser.Main(m, &stage)) }

// roles are the people of the demonstration county whose pages differ.
var roles = []string{"", "demo-chen", "window", "assessor", "approver", "outlet", "leader", "county", "supervisor", "admin", "keeper", "steward", "security", "auditor"}

// starts are where a walk begins; everything else is found by following links.
var starts = []string{"/", "/sitemap", "/w", "/my", "/l", "/admin"}

// TestEveryPageOfEveryRole follows every link from the first pages, in each role, and looks at each kind of page once in the browser.
func TestEveryPageOfEveryRole(t *testing.T) {
	county := stage.County(t, 20)
	looked := map[string]bool{} // kinds of pages seen by an equal kind of reader
	for _, role := range roles {
		name := role
		if name == "" {
			name = "guest"
		}
		t.Run(name, func(t *testing.T) {
			p := county.As(t, name, browser.Desktop)
			if role != "" {
				p.Enter(role)
			}
			walk(t, p, role, looked)
		})
	}
}

// most pages of one role that are looked at in the browser; more of one kind show nothing new.
const most = 70

func walk(t *testing.T, p *browser.Person, role string, looked map[string]bool) {
	queue, from, kinds, asked := slices.Clone(starts), map[string]string{}, map[string]int{}, 0
	seen := map[string]bool{}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		if seen[path] || strings.Contains(path, "mode=") || strings.Contains(path, "theme=") { // the look would stay changed
			continue
		}
		seen[path] = true
		kind := kindOf(path)
		if kinds[kind]++; kinds[kind] > 3 {
			continue
		}
		asked++
		page := p.Get(path)
		switch {
		case page.Status >= 500:
			t.Errorf("%s (linked from %s) answers %d", path, from[path], page.Status)
		case page.Status >= 400 && from[path] != "":
			t.Errorf("dead link: %s (linked from %s) answers %d", path, from[path], page.Status)
		}
		if page.Status != 200 || !strings.HasPrefix(page.Type, "text/html") {
			if to := local(path, page.Location); to != "" && from[to] == "" {
				from[to] = path
				queue = append(queue, to)
			}
			continue
		}
		for _, link := range links(path, page.Body) {
			if !seen[link] && from[link] == "" {
				from[link] = path
				queue = append(queue, link)
			}
		}
		key := kind + " " + audience(path, role)
		if kinds[kind] == 1 && !looked[key] && len(looked) < most*len(roles) {
			looked[key] = true
			p.Open(path)
		}
	}
	t.Logf("%s: %d pages asked for, %d kinds", p, asked, len(kinds))
}

// audience is who sees the same page in the same way: public pages look alike to all staff.
func audience(path, role string) string {
	for _, inner := range []string{"/w", "/l", "/admin", "/my", "/sv"} {
		if path == inner || strings.HasPrefix(path, inner+"/") {
			if slices.Contains([]string{"window", "leader", "admin"}, role) {
				return role
			}
			return "others" // the rest see the same desks; what only they see is looked at all the same
		}
	}
	return "public"
}

var (
	href    = regexp.MustCompile(`(?:href|formaction)="([^"]*)"`)
	number  = regexp.MustCompile(`^[0-9A-Za-z_-]*[0-9][0-9A-Za-z_-]*$`)
	element = strings.NewReplacer("&amp;", "&", "&#38;", "&", "&#34;", `"`, "&#39;", "'")
)

// kindOf drops what is only the number of a thing, so that one case stands for all cases.
func kindOf(path string) string {
	u, err := url.Parse(path)
	if err != nil {
		return path
	}
	parts := strings.Split(u.Path, "/")
	for i, s := range parts {
		if i > 1 && number.MatchString(s) {
			parts[i] = "#"
		}
	}
	if len(parts) > 2 && slices.Contains([]string{"items", "units", "halls", "events"}, parts[1]) {
		parts[2] = "#"
	}
	if len(parts) > 4 && parts[3] == "guide" {
		parts[4] = "#"
	}
	var keys []string
	for k := range u.Query() {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return strings.Join(parts, "/") + "?" + strings.Join(keys, "&")
}

func links(base, body string) []string {
	var out []string
	for _, m := range href.FindAllStringSubmatch(body, -1) {
		if strings.Contains(m[0], "formaction") {
			continue
		}
		if to := local(base, element.Replace(m[1])); to != "" {
			out = append(out, to)
		}
	}
	return out
}

// local is the address of a link within the county without its fragment, or empty.
func local(base, link string) string {
	b, err := url.Parse(base)
	if err != nil || link == "" {
		return ""
	}
	u, err := b.Parse(link)
	if err != nil || u.Host != "" || u.Scheme != "" && u.Scheme != "http" || u.Path == "" {
		return ""
	}
	u.Fragment = ""
	if strings.HasPrefix(u.Path, "/static/") {
		return ""
	}
	return fmt.Sprint(u)
}
