package browser

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
)

// Thing is one node of the accessibility tree: what a screen reader would speak of.
type Thing struct {
	Role, Name, Describes, Value string
	State                        map[string]string // checked, disabled, expanded, required, invalid, level …
	node                         cdp.BackendNodeID
	id, parent                   accessibility.NodeID
}

func (t Thing) String() string { return fmt.Sprintf("%s 「%s」", t.Role, t.Name) }

// Things is the page as a screen reader knows it, in reading order.
func (p *Person) Things() []Thing {
	p.t.Helper()
	tree, err := call(p.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		p.t.Fatalf("%s: accessibility tree: %v", p.where(), err)
	}
	var out []Thing
	for _, n := range tree.Nodes {
		if n.Ignored {
			out = append(out, Thing{Role: "ignored", id: n.NodeID, parent: n.ParentID})
			continue
		}
		t := Thing{Role: text(n.Role), Name: squeeze(text(n.Name)), Describes: squeeze(text(n.Description)), Value: text(n.Value),
			State: map[string]string{}, node: n.BackendDOMNodeID, id: n.NodeID, parent: n.ParentID}
		for _, property := range n.Properties {
			t.State[string(property.Name)] = text(property.Value)
		}
		out = append(out, t)
	}
	return out
}

func text(v *accessibility.Value) string {
	if v == nil || len(v.Value) == 0 {
		return ""
	}
	var s any
	if err := json.Unmarshal(v.Value, &s); err != nil {
		return ""
	}
	return fmt.Sprint(s)
}

// squeeze drops what separates words on the screen only.
func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

var (
	pressable = []string{"button", "link", "DisclosureTriangle", "tab", "menuitem"}
	writable  = []string{"textbox", "searchbox", "spinbutton", "combobox", "TextField"}
	tickable  = []string{"radio", "checkbox", "switch"}
	groups    = []string{"group", "radiogroup", "form", "region", "row", "article", "listitem", "dialog", "table", "Details"}
)

// matches ranks how well a name fits the words: 3 whole, 2 beginning, 1 part, 0 not.
func matches(name, words string) int {
	switch {
	case name == words:
		return 3
	case strings.HasPrefix(name, words):
		return 2
	case strings.Contains(name, words):
		return 1
	}
	return 0
}

// find gives the first of the best-fitting things, waiting a moment for it to appear. within, if not empty, is the name of a group, row
// or part of the page around it.
func (p *Person) find(roles []string, words, within string) (Thing, bool) {
	p.t.Helper()
	for wait := time.Now().Add(4 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		if best, ok := pick(p.Things(), roles, words, within); ok {
			return best, true
		}
		if time.Now().After(wait) {
			return Thing{}, false
		}
	}
}

func pick(things []Thing, roles []string, words, within string) (best Thing, found bool) {
	inside := func(Thing) bool { return true }
	if within != "" {
		inside = around(things, within)
	}
	rank, page := 0, map[string]Thing{}
	for _, t := range things {
		page[string(t.id)] = t
	}
	for _, t := range things {
		if !slices.Contains(roles, t.Role) || t.State["disabled"] == "true" {
			continue
		}
		r := 2 * matches(t.Name, words)
		if r > 0 && inMain(t, page) {
			r++ // the eye is on the page, not on its frame
		}
		if r > rank && inside(t) {
			best, rank = t, r
		}
	}
	return best, rank > 0
}

// around tells whether a thing lies in a group whose name has the words; the innermost fitting kind is enough.
func around(things []Thing, words string) func(Thing) bool {
	byID := map[accessibility.NodeID]Thing{}
	spoken := map[accessibility.NodeID]string{} // what stands inside a row that has no name of its own
	for _, t := range things {
		byID[t.id] = t
	}
	for _, t := range things {
		if t.Role != "StaticText" {
			continue
		}
		for at, ok := byID[t.parent]; ok; at, ok = byID[at.parent] {
			if at.Role == "row" || at.Role == "listitem" || at.Role == "article" {
				spoken[at.id] += t.Name
			}
			if at.Role == "DisclosureTriangle" { // its words name all that unfolds with it
				spoken[at.parent] += t.Name
			}
		}
	}
	return func(t Thing) bool {
		for at, ok := byID[t.parent]; ok; at, ok = byID[at.parent] {
			if !slices.Contains(groups, at.Role) {
				continue
			}
			if matches(at.Name, words) > 0 || strings.Contains(spoken[at.id], words) {
				return true
			}
		}
		return false
	}
}

func (p *Person) need(roles []string, words, within string) Thing {
	p.t.Helper()
	if t, ok := p.find(roles, words, within); ok {
		return t
	}
	var have []string
	for _, t := range p.Things() {
		if slices.Contains(roles, t.Role) {
			have = append(have, t.String())
		}
	}
	place := ""
	if within != "" {
		place = " within 「" + within + "」"
	}
	p.Picture("missing")
	p.t.Fatalf("%s: there is no %s 「%s」%s. There are: %s\n%s", p.where(), strings.Join(roles, "/"), words, place, strings.Join(have, ", "), clip(p.Main(), 800))
	return Thing{}
}

func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
