package ui

import (
	"sort"
	"strconv"
	"strings"

	"github.com/a-h/templ"
)

func goKey(i NavItem) templ.Attributes {
	a := templ.Attributes{}
	if i.Go != "" {
		a["data-go"] = i.Go
	}
	if i.Shortcut != "" {
		a["aria-keyshortcuts"] = i.Shortcut
	}
	return a
}

func idle(seconds int) string {
	if seconds <= 0 {
		seconds = 60
	}
	return strconv.Itoa(seconds)
}

func live(url string) templ.Attributes {
	if url == "" {
		return nil
	}
	return templ.Attributes{"data-live": url}
}

func into(region string) templ.Attributes {
	if region == "" {
		return nil
	}
	return templ.Attributes{"data-into": region}
}

func ident(id string) templ.Attributes {
	if id == "" {
		return nil
	}
	return templ.Attributes{"id": id}
}

// ordered gives the keys of m in a fixed order, so that pages do not change by chance.
func ordered(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// controlGroup ties hint and error to a group of controls.
func controlGroup(name, hint, fault string) templ.Attributes {
	a := controlAttrs("", "", hint, fault)
	delete(a, "id")
	delete(a, "name")
	delete(a, "aria-invalid") // not allowed on a group
	by := ""
	if hint != "" {
		by = name + "-h"
	}
	if fault != "" {
		by += " " + name + "-e"
	}
	if by != "" {
		a["aria-describedby"] = strings.TrimSpace(by)
	}
	return a
}

func dateAttrs(d DateBoxes, id, part string) templ.Attributes {
	a := templ.Attributes{"id": id, "name": d.Name + "." + part}
	if d.Error != "" {
		a["aria-invalid"] = "true"
	}
	if d.Birth {
		a["autocomplete"] = "bday-" + part
	}
	return a
}

func (d DateBoxes) hint() string { return or(d.Hint, "例如 2026 年 12 月 18 日") }

func (u Upload) hint() string {
	many := ""
	if u.Multiple {
		many = "，可多选"
	}
	return or(u.Hint, "JPG、PNG 或 PDF，每个不超过 10 MB"+many)
}

// upperOf echoes an amount typed in 元; anything that is no amount echoes nothing.
func upperOf(yuan string) string {
	whole, cents, _ := strings.Cut(strings.ReplaceAll(strings.TrimSpace(yuan), ",", ""), ".")
	if whole == "" || len(whole) > 13 || len(cents) > 2 {
		return ""
	}
	n, err := strconv.ParseUint(whole+(cents + "00")[:2], 10, 62)
	if err != nil {
		return ""
	}
	return YuanUpper(int64(n))
}

func itoa(n int) string { return strconv.Itoa(n) }

func ariaSort(c Column) templ.Attributes {
	if c.Sort == Unsorted {
		return nil
	}
	return templ.Attributes{"aria-sort": string(c.Sort)}
}

func cellLabel(c Column) templ.Attributes {
	if c.Mute || c.Main || c.Label == "" {
		return nil
	}
	return templ.Attributes{"data-l": c.Label}
}

func current(yes bool) templ.Attributes {
	if !yes {
		return nil
	}
	return templ.Attributes{"aria-current": "page"}
}

func sectionID(s Section, i int) string {
	return or(s.ID, "s"+strconv.Itoa(i+1))
}

func nowStep(yes bool) templ.Attributes {
	if !yes {
		return nil
	}
	return templ.Attributes{"aria-current": "step"}
}

func (s SourceNote) words() string {
	if s.When == "" {
		return "来源：" + s.From
	}
	return "来源：" + s.From + "（" + s.When + "）"
}

// reach lets the keyboard push a strip of numbers sideways on a narrow desk when none of them is a link.
func (s KPIStrip) reach() templ.Attributes {
	for _, k := range s {
		if k.URL != "" {
			return nil
		}
	}
	return templ.Attributes{"tabindex": "0"}
}

// reach lets the keyboard push a wide table sideways when nothing in its rows takes the focus.
func (t Table) reach() templ.Attributes {
	if t.Check != "" {
		return nil
	}
	for _, r := range t.Rows {
		if r.URL != "" {
			return nil
		}
	}
	return templ.Attributes{"tabindex": "0", "role": "group", "aria-label": or(t.Caption, "表格")}
}
