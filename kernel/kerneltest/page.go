package kerneltest

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Page holds a page to the rules that every page of the product obeys, and lists what it breaks.
func Page(root *html.Node) []string {
	var wrong []string
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if top := All(root, "html"); len(top) == 0 || !strings.HasPrefix(value(top[0], "lang"), "zh") {
		say("no lang=zh on <html>: a screen reader would read Chinese as English")
	}
	if title := All(root, "head title"); len(title) != 1 || Text(title[0]) == "" {
		say("no title")
	}
	if n := len(All(root, "h1")); n != 1 {
		say("%d first headings (h1), want one", n)
	}
	ids := map[string]bool{}
	labels := map[string]bool{}
	for _, l := range All(root, "label") {
		labels[value(l, "for")] = true
	}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if id, has := attr(n, "id"); has {
			if ids[id] {
				say("id %q twice", id)
			}
			ids[id] = true
		}
		inline(n, say)
		switch n.Data {
		case "input", "select", "textarea":
			if !labelled(n, labels) {
				say("<%s name=%q> has no label", n.Data, value(n, "name"))
			}
		case "form":
			// Signing out twice is signing out.
			if strings.EqualFold(value(n, "method"), "post") && value(n, "action") != "/logout" && len(All(n, "input[name=_once]")) == 0 {
				say("form to %q posts without _once: a second click would act twice", value(n, "action"))
			}
		}
	}
	return wrong
}

// inline finds code and style that the Content-Security-Policy forbids: the browser would ignore it, or an attacker use it.
func inline(n *html.Node, say func(string, ...any)) {
	switch {
	case n.Data == "style":
		say("inline <style>")
	case n.Data == "script" && value(n, "src") == "" && !slices.Contains([]string{"application/json", "application/ld+json"}, value(n, "type")): // data, which nobody carries out
		say("inline <script>")
	}
	for _, a := range n.Attr {
		switch {
		case a.Key == "style":
			say("style attribute on <%s>", n.Data)
		case strings.HasPrefix(a.Key, "on"):
			say("%s attribute on <%s>", a.Key, n.Data)
		case slices.Contains([]string{"href", "src", "action", "formaction"}, a.Key) && strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Val)), "javascript:"):
			say("javascript: address on <%s>", n.Data)
		}
	}
}

// labelled reports whether a person who cannot see the page hears what the field is for.
func labelled(n *html.Node, labels map[string]bool) bool {
	if kind := value(n, "type"); n.Data == "input" && slices.Contains([]string{"hidden", "submit", "button", "reset"}, kind) {
		return true
	}
	if value(n, "aria-label") != "" || value(n, "aria-labelledby") != "" || value(n, "id") != "" && labels[value(n, "id")] {
		return true
	}
	for p := range n.Ancestors() {
		if p.Data == "label" {
			return true
		}
	}
	return false
}

func value(n *html.Node, name string) string {
	v, _ := attr(n, name)
	return v
}
