package ui

import (
	"bytes"
	"compress/gzip"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func sheet(t *testing.T) string {
	t.Helper()
	b, err := files.ReadFile("static/tb.css")
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(string(b), "")
}

// block gives the declarations of the first rule with exactly this selector.
func block(t *testing.T, css, selector string) map[string]string {
	t.Helper()
	m := regexp.MustCompile(`(?s)(?:^|\})\s*` + regexp.QuoteMeta(selector) + `\{(.*?)\}`).FindStringSubmatch(css)
	if m == nil {
		t.Fatalf("no rule %s", selector)
	}
	vars := map[string]string{}
	for _, d := range strings.Split(m[1], ";") {
		if k, v, ok := strings.Cut(strings.TrimSpace(d), ":"); ok {
			vars[strings.TrimPrefix(k, "--")] = strings.TrimSpace(v)
		}
	}
	return vars
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(strings.TrimPrefix(hex, "#"), 16, 32)
	if err != nil || len(hex) != 7 {
		t.Fatalf("%q is no colour of six digits", hex)
	}
	lin := func(c uint64) float64 {
		v := float64(c&255) / 255
		if v <= .03928 {
			return v / 12.92
		}
		return math.Pow((v+.055)/1.055, 2.4)
	}
	return .2126*lin(n>>16) + .7152*lin(n>>8) + .0722*lin(n)
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	if x < y {
		x, y = y, x
	}
	return (x + .05) / (y + .05)
}

// Text must stand out at 5:1 on every ground it is set on, borders of fields at 3:1 (WCAG 2.2 AA asks 4.5 and 3).
func TestEveryTextStandsOutInEveryTheme(t *testing.T) {
	css := sheet(t)
	light := block(t, css, ":root")
	pairs := []struct {
		ink   string
		on    string
		least float64
	}{
		{"ink", "surface", 7}, {"ink", "bg", 7}, {"ink", "surface-2", 7}, {"ink", "p-50", 7}, {"ink", "hover", 7}, {"ink", "field", 7},
		{"ink", "ok-50", 7}, {"ink", "warn-50", 7}, {"ink", "bad-50", 7},
		{"ink-2", "surface", 5}, {"ink-2", "bg", 5}, {"ink-2", "surface-2", 5}, {"ink-2", "p-50", 5}, {"ink-2", "field", 5},
		{"ink-3", "surface", 5}, {"ink-3", "bg", 5},
		{"line-strong", "surface", 3}, {"line-strong", "bg", 3}, {"line-strong", "field", 3},
		{"p-600", "surface", 5}, {"p-600", "bg", 5}, {"p-600", "surface-2", 5}, {"p-600", "p-50", 5}, {"p-700", "surface", 5}, {"p-700", "p-50", 5}, {"p-800", "p-100", 5}, {"p-800", "p-50", 5},
		{"on-btn", "btn", 5}, {"on-btn", "btn-hover", 5}, {"on-mast", "mast", 7}, {"on-bad", "bad-fill", 5},
		{"bad", "surface", 5}, {"bad", "bg", 5}, {"bad", "bad-50", 5}, {"ok", "surface", 5}, {"ok", "ok-50", 5}, {"warn", "surface", 5}, {"warn", "warn-50", 5},
		{"tag-ink", "tag", 5}, {"focus", "ring", 7},
	}
	for name, over := range map[string]map[string]string{"light": nil, "dark": block(t, css, "[data-theme=dark]"), "screen": block(t, css, "[data-mode=screen]")} {
		value := func(token string) string {
			if v, ok := over[token]; ok {
				return v
			}
			return light[token]
		}
		for _, p := range pairs {
			if name == "screen" && p.on == "field" {
				continue // a big screen takes no hand
			}
			if got := contrast(t, value(p.ink), value(p.on)); got < p.least {
				t.Errorf("%s: %s %s on %s %s is %.2f, want at least %.1f", name, p.ink, value(p.ink), p.on, value(p.on), got, p.least)
			}
		}
	}
}

// The computed figures of the design are facts; whoever changes a colour must look at them again.
func TestDesignColoursKeepTheirFigures(t *testing.T) {
	v := block(t, sheet(t), ":root")
	for _, c := range []struct {
		ink, on string
		want    float64
	}{{"ink", "surface", 16.29}, {"ink", "bg", 15.03}, {"ink-2", "surface", 7.74}, {"ink-3", "surface", 5.44}, {"line-strong", "surface", 3.66}, {"p-600", "surface", 6.74}, {"p-700", "surface", 8.92}, {"p-800", "surface", 11.71}, {"p-800", "p-100", 9.25}, {"seal", "surface", 6.30}, {"bad", "bad-50", 5.67}, {"ok", "ok-50", 5.53}, {"warn", "warn-50", 5.98}, {"focus", "ink", 9.89}} {
		if got := contrast(t, v[c.ink], v[c.on]); math.Abs(got-c.want) > .06 {
			t.Errorf("%s on %s is %.2f, design says %.2f", c.ink, c.on, got, c.want)
		}
	}
}

func TestModesKeepTheirSizes(t *testing.T) {
	css := sheet(t)
	for _, c := range []struct{ rule, token, want string }{
		{":root", "fs-base", "18px"}, {":root", "ctl", "48px"}, {".dense", "fs-base", "14px"}, {".dense", "ctl", "32px"},
		{"[data-mode=elder]", "fs-base", "24px"}, {"[data-mode=elder]", "ctl", "64px"}, {"[data-mode=elder]", "target", "60px"},
		{"[data-mode=kiosk]", "ctl", "72px"}, {"[data-mode=screen]", "fs-num", "3.5rem"}} {
		if got := block(t, css, c.rule)[c.token]; got != c.want {
			t.Errorf("%s --%s is %q, want %q", c.rule, c.token, got, c.want)
		}
	}
}

func TestSheetReadsInChromium78(t *testing.T) {
	css := sheet(t)
	for _, no := range []string{"@layer", ":has(", "&", "inset:", "inset-inline", "inset-block", "aspect-ratio", "clamp(", "padding-inline", "margin-inline", "padding-block", "margin-block", "place-content", ":is(", ":where(", "color-mix", "@container"} {
		if i := strings.Index(strings.ReplaceAll(css, "@supports not (inset:0)", ""), no); i >= 0 {
			t.Errorf("%s would fail in Chromium 78 (at %d)", no, i)
		}
	}
	i := strings.Index(css, "@supports not (inset:0)")
	if i < 0 {
		t.Fatal("no fallback for the missing flex gap")
	}
	fallback := css[i:]
	for _, m := range regexp.MustCompile(`([^{}]+)\{([^{}]*display:(?:inline-)?flex[^{}]*)\}`).FindAllStringSubmatch(css[:i], -1) {
		gap := regexp.MustCompile(`(?:^|;)gap:([^;}]+)`).FindStringSubmatch(m[2])
		if gap == nil || gap[1] == "0" {
			continue
		}
		for _, s := range strings.Split(strings.TrimSpace(m[1]), ",") {
			if !strings.Contains(fallback, s+">") && !strings.Contains(fallback, strings.TrimSuffix(s, " ul")+" li+li") && !strings.Contains(fallback, strings.TrimSuffix(s, " ol")+" li+li") {
				t.Errorf("%s has a flex gap and no margin twin", s)
			}
		}
	}
}

func zipped(t *testing.T, name string) int {
	t.Helper()
	body, err := files.ReadFile("static/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var z bytes.Buffer
	w, _ := gzip.NewWriterLevel(&z, gzip.BestCompression)
	w.Write(body)
	w.Close()
	return z.Len()
}

func TestAssetsStaySmall(t *testing.T) {
	for name, most := range map[string]int{"tb.css": 20 << 10, "tb.js": 6 << 10} {
		if n := zipped(t, name); n > most {
			t.Errorf("%s is %d bytes zipped, budget %d", name, n, most)
		}
	}
}

func TestScriptIsES2017(t *testing.T) {
	b, _ := files.ReadFile("static/tb.js")
	for _, no := range []string{"??", "replaceAll(", ".at(", "structuredClone", "matchAll(", ".flat("} {
		if strings.Contains(string(b), no) {
			t.Errorf("tb.js uses %s, unknown to old kiosks", no)
		}
	}
}
