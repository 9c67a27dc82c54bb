package journeys

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"tongban/test/browser"
)

// public are the pages of the way from the guide to tracking, as addresses that anybody may open.
var public = []string{"/", "/search?q=开饭店", "/events", "/events/open-restaurant", "/events/open-restaurant/ask", "/events/open-restaurant/ask?one=1",
	"/items", "/t", "/login", "/halls", "/verify", "/report-error", "/accessibility"}

// TestNarrowAndZoomed is journey 15: on a phone of 320 pixels and at 200 % zoom nothing scrolls sideways (looked at on every page), nothing
// that matters is hidden, and everything that is pressed is at least 44 pixels high and wide.
func TestNarrowAndZoomed(t *testing.T) {
	county := stage.County(t, 0)
	for _, v := range []struct {
		name string
		view browser.View
	}{{"320px", browser.Narrow}, {"zoom200", browser.Zoomed}, {"320px-without-script", browser.Narrow.WithoutScript()}} {
		t.Run(v.name, func(t *testing.T) {
			p := county.As(t, v.name, v.view)
			for _, path := range public {
				p.Open(path)
				fingers(t, p)
			}
			p.Enter("demo-chen")
			begin(t, p)
			fingers(t, p)
			complete(t, p, owner)
			fingers(t, p)
			number := submit(t, p)
			fingers(t, p)
			p.Open("/t/" + number)
			p.See(number, "谁在办", "下一步", "最迟办好", "为什么是这个日期")
			fingers(t, p)
		})
	}
}

func fingers(t *testing.T, p *browser.Person) {
	t.Helper()
	if small := p.SmallTargets(44); len(small) > 0 {
		t.Errorf("%s: smaller than a finger: %s", p.Address(), strings.Join(small, "; "))
	}
}

// TestElder is journey 17: the large-type version is one press from the first page, stays through pages and login, its main text has 24
// pixels (18 points) and no hint less than 22, no target is below 60, and there is one way back.
func TestElder(t *testing.T) {
	county := stage.County(t, 0)
	p := county.Person("elder", browser.Desktop)
	p.Open("/")
	p.Press("长辈版")
	p.See("返回标准版", "朗读", "12345")
	for _, path := range []string{"/", "/events", "/events/open-restaurant", "/events/open-restaurant/ask", "/t", "/login"} {
		p.Open(path)
		p.See("返回标准版")
		if small := p.SmallText(22); len(small) > 0 {
			t.Errorf("%s: text below 22 px: %s", path, strings.Join(small, "; "))
		}
		if small := p.SmallTargets(60); len(small) > 0 {
			t.Errorf("%s: targets below 60 px: %s", path, strings.Join(small, "; "))
		}
	}
	p.Enter("demo-elder")
	p.See("返回标准版", "张𬱖")
	p.Press("返回标准版")
	p.See("长辈版")
	p.SeeNot("返回标准版")
}

var (
	han      = regexp.MustCompile(`\p{Han}`)
	controls = []string{"button", "link", "textbox", "searchbox", "combobox", "radio", "checkbox", "spinbutton", "tab", "DisclosureTriangle"}
)

// TestNames is journey 16: whoever does not see the page hears every control named in Chinese, errors beside their field, tables with
// caption and headings, and what changed after a part of the page was replaced.
func TestNames(t *testing.T) { everywhere(t, names) }

func names(t *testing.T, view browser.View) {
	county := stage.County(t, 20)
	citizen := county.Person("chen", view)
	citizen.Enter("demo-chen")
	begin(t, citizen)
	named(t, citizen)

	// An error is told on arrival, in the summary and with the field.
	citizen.Type("手机号码", "123")
	citizen.Press("保存并继续")
	citizen.See("有 1 处需要改正")
	named(t, citizen)
	heard := false
	for _, th := range citizen.Things() {
		if th.Name == "手机号码" && th.Role == "textbox" {
			heard = true
			if th.State["invalid"] != "true" || !strings.Contains(th.Describes, "错误") {
				t.Errorf("the wrong field is not told as wrong: %v, described by %q", th.State, th.Describes)
			}
		}
	}
	if !heard {
		t.Error("no field is named 手机号码")
	}
	if focus := citizen.Focus(); !strings.Contains(focus, "需要改正") {
		t.Errorf("the reader is not brought to the summary of errors but to %q", focus)
	}

	window := clerk(county, "window")
	window.Open("/w/cases")
	named(t, window)
	tables(t, window)
	window.Press("待审查")
	if status := window.Announced(); !han.MatchString(status) {
		t.Errorf("after the list was replaced nothing is announced: %q", status)
	}
	window.Open("/w/cases")
	window.Key("j")
	window.Key("Enter")
	window.See("申请内容")
	named(t, window)
	tables(t, window)
}

// named requires a Chinese name of every control, and no two alike that lead to different places in one group.
func named(t *testing.T, p *browser.Person) {
	t.Helper()
	n := 0
	for _, th := range p.Things() {
		if !slices.Contains(controls, th.Role) {
			continue
		}
		n++
		if !han.MatchString(th.Name) && !regexp.MustCompile(`^[\dA-Z-]+$`).MatchString(th.Name) { // numbers of cases and the hotline name themselves
			t.Errorf("%s: a %s is named %q", p.Address(), th.Role, th.Name)
		}
	}
	if n < 5 {
		t.Errorf("%s: only %d controls", p.Address(), n)
	}
}

// tables requires that every table has a name and headings.
func tables(t *testing.T, p *browser.Person) {
	t.Helper()
	things := p.Things()
	heads, count := 0, 0
	for _, th := range things {
		switch th.Role {
		case "table":
			count++
			if !han.MatchString(th.Name) {
				t.Errorf("%s: a table has no caption", p.Address())
			}
		case "columnheader":
			heads++
		}
	}
	if count == 0 || heads < 2*count {
		t.Errorf("%s: %d tables with %d headings", p.Address(), count, heads)
	}
}
