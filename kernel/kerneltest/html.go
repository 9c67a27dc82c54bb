package kerneltest

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Check is a demand on a piece of a page; it returns what is wrong, or "".
type Check func(n *html.Node) string

// Is demands a status and that the page satisfies the checks, and returns the answer for more.
func (a *Answer) Is(status int, checks ...Check) *Answer {
	a.kt.T.Helper()
	if a.Status != status {
		a.kt.T.Fatalf("%s: status %d, want %d\n%s", a.Path, a.Status, status, short(a.Body))
	}
	if len(checks) > 0 && a.root == nil {
		a.kt.T.Fatalf("%s: no page but %s", a.Path, a.Header.Get("Content-Type"))
	}
	for _, c := range checks {
		if wrong := c(a.root); wrong != "" {
			a.kt.T.Errorf("%s: %s", a.Path, wrong)
		}
	}
	return a
}

// Goes demands a redirect (303) and returns where it leads.
func (a *Answer) Goes() string {
	a.kt.T.Helper()
	a.Is(303)
	return a.Header.Get("Location")
}

func short(s string) string {
	if len(s) > 2000 {
		return s[:2000] + "…"
	}
	return s
}

// In demands that the selector finds something and that the first find satisfies all checks. A selector is made of tag, #id, .class,
// [attr] and [attr=value], with spaces between descendants.
func In(selector string, checks ...Check) Check {
	return func(n *html.Node) string {
		found := All(n, selector)
		if len(found) == 0 {
			return "no " + selector
		}
		for _, c := range checks {
			if wrong := c(found[0]); wrong != "" {
				return "in " + selector + ": " + wrong
			}
		}
		return ""
	}
}

// HasText demands words, spaces not counted exactly.
func HasText(words string) Check {
	return func(n *html.Node) string {
		if text := Text(n); !strings.Contains(text, words) {
			return fmt.Sprintf("no text %q in %q", words, short(text))
		}
		return ""
	}
}

// Lacks demands that words do not appear.
func Lacks(words string) Check {
	return func(n *html.Node) string {
		if strings.Contains(Text(n), words) {
			return fmt.Sprintf("text %q should not be there", words)
		}
		return ""
	}
}

// HasAttr demands an attribute with a value.
func HasAttr(name, value string) Check {
	return func(n *html.Node) string {
		if got, ok := attr(n, name); !ok || got != value {
			return fmt.Sprintf("%s=%q, want %q", name, got, value)
		}
		return ""
	}
}

// Times demands how often the selector is found.
func Times(selector string, want int) Check {
	return func(n *html.Node) string {
		if got := len(All(n, selector)); got != want {
			return fmt.Sprintf("%d × %s, want %d", got, selector, want)
		}
		return ""
	}
}

// Values are the names and values of the inputs of the first form that posts to the address, as a browser would send them untouched.
func (a *Answer) Values(action string) map[string][]string {
	out := map[string][]string{}
	for _, f := range All(a.root, "form") {
		if got, _ := attr(f, "action"); got != action {
			continue
		}
		for _, i := range append(All(f, "input"), All(f, "textarea")...) {
			name, _ := attr(i, "name")
			value, _ := attr(i, "value")
			kind, _ := attr(i, "type")
			_, checked := attr(i, "checked")
			if name == "" || (kind == "checkbox" || kind == "radio") && !checked {
				continue
			}
			out[name] = append(out[name], value)
		}
		return out
	}
	return out
}

// All finds every node of the selector, in the order of the page.
func All(n *html.Node, selector string) []*html.Node {
	found := []*html.Node{n}
	for _, part := range strings.Fields(selector) {
		var next []*html.Node
		for _, f := range found {
			for d := range f.Descendants() {
				if d.Type == html.ElementNode && fits(d, part) && !slices.Contains(next, d) {
					next = append(next, d)
				}
			}
		}
		found = next
	}
	return found
}

// fits reports whether a node answers to one compound selector.
func fits(n *html.Node, part string) bool {
	at := strings.IndexAny(part, "#.[")
	if at < 0 {
		return n.Data == part
	}
	if at > 0 && n.Data != part[:at] {
		return false
	}
	for part = part[at:]; part != ""; {
		end := strings.IndexAny(part[1:], "#.[") + 1
		if end == 0 {
			end = len(part)
		}
		one := part[:end]
		part = part[end:]
		switch one[0] {
		case '#':
			if id, _ := attr(n, "id"); id != one[1:] {
				return false
			}
		case '.':
			if class, _ := attr(n, "class"); !slices.Contains(strings.Fields(class), one[1:]) {
				return false
			}
		case '[':
			name, want, valued := strings.Cut(strings.TrimSuffix(one[1:], "]"), "=")
			got, has := attr(n, name)
			if !has || valued && got != strings.Trim(want, `"`) {
				return false
			}
		}
	}
	return true
}

// Text is the text of a node, without scripts and styles, spaces folded.
func Text(n *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data + " ")
		}
		if n.Type == html.ElementNode && (n.Data == "script" || n.Data == "style" || n.Data == "template") {
			return
		}
		for c := range n.ChildNodes() {
			walk(c)
		}
	}
	walk(n)
	return strings.Join(strings.Fields(b.String()), " ")
}

func attr(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// Root is the whole page as a tree; nil when the answer was no page.
func (a *Answer) Root() *html.Node { return a.root }
