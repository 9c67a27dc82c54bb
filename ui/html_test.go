package ui

import (
	"bytes"
	"context"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/a-h/templ"
)

// looks are the modes of the gallery by the words of its address.
var looks = []string{"public", "dense", "elder", "kiosk", "screen"}

// pages are all pages of the gallery: every component and every archetype in every mode and both themes, and every error.
func pages() map[string]templ.Component {
	all := map[string]templ.Component{}
	for _, theme := range []string{"", "dark"} {
		for _, mode := range looks {
			all["gallery "+mode+theme] = GalleryPage(mode, theme)
		}
		for _, s := range Specimens() {
			for _, mode := range s.Modes {
				all[s.Key+" "+mode+theme] = s.Page(mode, theme)
			}
		}
	}
	for _, status := range []int{400, 401, 403, 404, 405, 409, 413, 429, 500, 503} {
		all["error "+strconv.Itoa(status)] = ErrorPage(ErrorInfo{Status: status, Number: "E-1"})
	}
	return all
}

func render(t *testing.T, c templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// element is a start tag with its attributes.
type element struct {
	name string
	attr map[string]string
	path []string // names of the open elements around it
}

// elements parses HTML, failing on tags that are not closed in order.
func elements(t *testing.T, html string) []element {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(strings.Replace(html, "<!doctype html>", "", 1)))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	var all []element
	var open []string
	for {
		tok, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("does not parse: %v", err)
		}
		switch x := tok.(type) {
		case xml.StartElement:
			e := element{x.Name.Local, map[string]string{}, append([]string{}, open...)}
			for _, a := range x.Attr {
				if _, twice := e.attr[a.Name.Local]; twice {
					t.Errorf("<%s> has %s twice", e.name, a.Name.Local)
				}
				e.attr[a.Name.Local] = a.Value
			}
			all = append(all, e)
			open = append(open, e.name)
		case xml.EndElement:
			if len(open) == 0 || open[len(open)-1] != x.Name.Local {
				t.Fatalf("</%s> closes %v", x.Name.Local, open)
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Fatalf("left open: %v", open)
	}
	return all
}

func TestPagesObeyTheSecurityPolicyAndCanBeReadByAll(t *testing.T) {
	for name, page := range pages() {
		t.Run(name, func(t *testing.T) {
			all := elements(t, render(t, page))
			ids, labelled, count := map[string]bool{}, map[string]bool{}, map[string]int{}
			for _, e := range all {
				count[e.name]++
				if id := e.attr["id"]; id != "" {
					if ids[id] {
						t.Errorf("id %s stands twice", id)
					}
					ids[id] = true
				}
				if e.name == "label" {
					labelled[e.attr["for"]] = true
				}
			}
			if count["main"] != 1 || count["title"] < 1 {
				t.Errorf("%d main, %d title", count["main"], count["title"])
			}
			if count["h1"] != 1 {
				t.Errorf("%d headings of the first order, want 1", count["h1"])
			}
			for _, e := range all {
				if _, ok := e.attr["style"]; ok {
					t.Errorf("<%s> carries a style", e.name)
				}
				if e.name == "style" || e.name == "script" && e.attr["src"] == "" {
					t.Errorf("inline <%s>", e.name)
				}
				for k := range e.attr {
					if strings.HasPrefix(k, "on") {
						t.Errorf("<%s> carries %s", e.name, k)
					}
				}
				switch e.name {
				case "input", "select", "textarea":
					if e.attr["type"] != "hidden" && !labelled[e.attr["id"]] && e.attr["aria-label"] == "" {
						t.Errorf("<%s name=%s> has no label", e.name, e.attr["name"])
					}
					if _, ok := e.attr["required"]; ok {
						t.Errorf("%s lets the browser validate", e.attr["name"])
					}
				case "form":
					if m := e.attr["method"]; m != "post" && m != "get" {
						t.Errorf("form with method %q", m)
					}
					for _, p := range e.path {
						if p == "form" {
							t.Error("form inside a form")
						}
					}
				case "svg":
					if e.attr["aria-hidden"] != "true" && !inside(e, "div") {
						t.Error("picture without words")
					}
				case "nav":
					if e.attr["aria-label"] == "" {
						t.Error("nav without a name")
					}
				case "table":
					// the caption is checked below by count
				}
				for _, ref := range strings.Fields(e.attr["aria-describedby"] + " " + e.attr["aria-labelledby"]) {
					if !ids[ref] {
						t.Errorf("<%s> refers to %s, which is not on the page", e.name, ref)
					}
				}
				if href := e.attr["href"]; e.name == "a" && len(href) > 1 && href[0] == '#' && !ids[href[1:]] {
					t.Errorf("link to %s leads nowhere", href)
				}
				if into := e.attr["data-into"]; into != "" && !ids[into] && !strings.HasPrefix(name, "gallery") {
					t.Errorf("region %s is not on the page", into)
				}
			}
			if count["caption"] != count["table"] {
				t.Errorf("%d tables, %d captions", count["table"], count["caption"])
			}
		})
	}
}

func inside(e element, name string) bool {
	for _, p := range e.path {
		if p == name {
			return true
		}
	}
	return false
}

// The gallery is where a person looks up how a page of a kind looks to everybody who may meet it.
func TestEveryArchetypeStandsInEveryModeThatCanShowIt(t *testing.T) {
	index := render(t, GalleryPage("", ""))
	shown := map[string]Specimen{}
	for _, s := range Specimens() {
		shown[s.Key] = s
		for _, mode := range looks {
			page := s.Page(mode, "")
			if slices.Contains(s.Modes, mode) != (page != nil) {
				t.Errorf("%s says it is shown in %v, but %s: %v", s.Key, s.Modes, mode, page != nil)
			}
			if page == nil {
				continue
			}
			if !strings.Contains(index, `href="/ui/`+s.Key+`?mode=`+mode+`"`) {
				t.Errorf("no link of the gallery leads to %s in %s", s.Key, mode)
			}
			html := render(t, page)
			for _, other := range s.Modes {
				if len(s.Modes) > 1 && !strings.Contains(html, `href="/ui/`+s.Key+`?mode=`+other+`"`) {
					t.Errorf("%s in %s does not lead to %s", s.Key, mode, other)
				}
			}
			dress := map[string]string{"public": `<html lang="zh-CN">`, "dense": `<body class="dense"`}[mode]
			if !strings.Contains(html, or(dress, `data-mode="`+mode+`"`)) {
				t.Errorf("%s in %s wears something else", s.Key, mode)
			}
			if dark := render(t, s.Page(mode, "dark")); s.Key != "paper" && !strings.Contains(dark, `data-theme="dark"`) {
				t.Errorf("%s in %s has no night", s.Key, mode)
			}
		}
	}
	for _, archetype := range []string{"list", "detail", "form", "wizard", "worklist", "article", "dashboard"} {
		for _, mode := range looks {
			if takes := mode != "screen" || archetype == "dashboard"; slices.Contains(shown[archetype].Modes, mode) != takes {
				t.Errorf("%s in %s: want %v", archetype, mode, takes)
			}
		}
	}
}

func TestTabTellsOfErrors(t *testing.T) {
	html := render(t, Public(PublicPage{Page: Page{Body: galleryWizard()}}))
	if !strings.Contains(html, "<title>错误：经营者信息 - 通办</title>") {
		t.Error("the tab does not start with 错误：")
	}
	if !strings.Contains(html, `role="alert"`) || strings.Count(html, "身份证号第 18 位校验不正确，请对照证件再看一遍") != 2 {
		t.Error("the words of an error must stand in the summary and beside the field")
	}
	if html := render(t, Public(PublicPage{Page: Page{Body: galleryArticle()}})); !strings.Contains(html, "<title>食品经营许可（小餐饮） - 通办</title>") {
		t.Error("the tab takes the heading of the body")
	}
}

func TestFormCarriesItsPins(t *testing.T) {
	html := render(t, Form(FormSpec{Action: "/x", Once: "k1", Version: 7, CSRF: "c", Hidden: map[string]string{"b": "2", "a": "1"}, Into: "list", Body: Text("hi")}))
	for _, want := range []string{`name="_once" value="k1"`, `name="_v" value="7"`, `name="_csrf" value="c"`, `novalidate`, `method="post"`, `data-into="list"`} {
		if !strings.Contains(html, want) {
			t.Errorf("%s is missing in %s", want, html)
		}
	}
	if strings.Index(html, `name="a"`) > strings.Index(html, `name="b"`) {
		t.Error("hidden values change their order by chance")
	}
}

// Whatever a person types must come out as words.
func TestMarkupInTextsIsOnlyText(t *testing.T) {
	evil := `"><script>alert(1)</script>`
	parts := []templ.Component{Text(evil), Field{Name: "a", Label: evil, Value: evil, Hint: evil, Error: evil}, Tag{Text: evil}, Two{evil, evil},
		Notice{Title: evil, Text: evil}, Choice{Name: "c", Label: evil, Options: []Option{{Value: evil, Label: evil}}}, Select{Name: "s", Label: evil, Options: []Option{{Value: evil, Label: evil}}},
		LinkButton{Label: evil, URL: "javascript:alert(1)"}, Anchor{Label: evil, URL: "/" + evil}, OpinionBox{Text: evil}, List{Title: evil, Table: Table{Caption: evil, Rows: []Row{{ID: evil, URL: evil, Cells: Cells(evil)}}, Check: "id"}}}
	for i, p := range parts {
		if html := render(t, p); strings.Contains(html, "<script") {
			t.Errorf("part %d (%T) lets markup through: %s", i, p, html)
		}
	}
}

// Zero values stay silent, so that callers need no conditions.
func TestZeroValuesRenderNothing(t *testing.T) {
	for _, c := range []templ.Component{Tag{}, Notice{}, ErrorSummary{}, CardBadge{}, SourceNote{}, Tabs{}, Pager{}, FilterBar{}, KPIStrip{}, Actions{}, Steps{}, Chips{}, Icon("no such icon"), Once("", 0), Group{nil}} {
		if html := render(t, c); strings.TrimSpace(html) != "" {
			t.Errorf("%T{} renders %q", c, html)
		}
	}
	for _, c := range []templ.Component{Field{Name: "a", Label: "甲"}, Choice{Name: "a", Label: "甲"}, Table{Caption: "空"}, EmptyState{}, List{}, Detail{}, FormPage{}, Wizard{}, Worklist{}, Article{}, Dashboard{}, Timeline{}, ClockBadge{}} {
		elements(t, "<div>"+render(t, c)+"</div>")
	}
}

func TestAmounts(t *testing.T) {
	for _, c := range []struct {
		fen          int64
		plain, upper string
	}{
		{0, "0.00", "零元整"}, {1, "0.01", "壹分"}, {50, "0.50", "伍角整"}, {100, "1.00", "壹元整"}, {105, "1.05", "壹元零伍分"},
		{123450, "1,234.50", "壹仟贰佰叁拾肆元伍角整"}, {1000000, "10,000.00", "壹万元整"}, {1000100, "10,001.00", "壹万零壹元整"},
		{10010000, "100,100.00", "壹拾万零壹佰元整"}, {10000500000, "100,005,000.00", "壹亿零伍仟元整"}, {12000000, "120,000.00", "壹拾贰万元整"},
		{-2050, "-20.50", "负贰拾元伍角整"}, {1010000000000, "10,100,000,000.00", "壹佰零壹亿元整"}, {-9223372036854775808, "-92,233,720,368,547,758.08", ""},
	} {
		if got := Yuan(c.fen); got != c.plain {
			t.Errorf("Yuan(%d) = %s, want %s", c.fen, got, c.plain)
		}
		if got := YuanUpper(c.fen); c.upper != "" && got != c.upper {
			t.Errorf("YuanUpper(%d) = %s, want %s", c.fen, got, c.upper)
		}
	}
}

func TestPersonalNumbersAreMasked(t *testing.T) {
	for in, want := range map[string]string{"431199196803152426": "431199********2426", "13900001234": "139****1234", "12345": "****45", "1": "****", "": "****"} {
		if got := Masked(in); got != want {
			t.Errorf("Masked(%s) = %s, want %s", in, got, want)
		}
	}
}

func TestAssetsAreKeptForEver(t *testing.T) {
	for _, name := range []string{"tb.css", "tb.js", "seal.svg", "LICENSES"} {
		for _, coding := range []string{"", "gzip"} {
			r := httptest.NewRequest("GET", Asset(name), nil)
			r.Header.Set("Accept-Encoding", coding)
			w := httptest.NewRecorder()
			StaticHandler().ServeHTTP(w, r)
			if w.Code != http.StatusOK || w.Header().Get("Content-Encoding") != coding || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
				t.Errorf("%s %q: %d %v", name, coding, w.Code, w.Header())
			}
		}
	}
	w := httptest.NewRecorder()
	StaticHandler().ServeHTTP(w, httptest.NewRequest("GET", "/static/tb.00000000.css", nil))
	if w.Code != http.StatusNotFound {
		t.Errorf("an old name answers %d", w.Code)
	}
}

func TestLayoutsKnowWhoReads(t *testing.T) {
	visitor, person := render(t, Public(PublicPage{})), render(t, Public(PublicPage{Page: Page{User: User{Name: "陈秀兰"}, Mode: Elder}}))
	if !strings.Contains(visitor, "登录") || strings.Contains(person, ">登录<") || !strings.Contains(person, "返回标准版") || !strings.Contains(person, "打电话问 12345") {
		t.Error("tools of the head do not fit the reader")
	}
	if !strings.Contains(person, `data-mode="elder"`) || strings.Contains(visitor, "data-mode") {
		t.Error("the mode is not on the page")
	}
}
