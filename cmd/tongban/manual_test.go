package main

import (
	"compress/gzip"
	"html"
	"io"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/danielgtaylor/huma/v2"

	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/problem"
	"tongban/kernel/web"
)

func TestTheManualTellsTheWholeAPI(t *testing.T) {
	kt, _ := house(t, db.SQLite)
	kerneltest.Contract(t, kt)
	page := kt.Get("/api", kerneltest.Nobody).Is(200)
	ids := map[string]bool{}
	for _, m := range regexp.MustCompile(`\sid="([^"]+)"`).FindAllStringSubmatch(page.Body, -1) {
		if ids[m[1]] {
			t.Errorf("the anchor %s stands twice", m[1])
		}
		ids[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(page.Body, -1) {
		if !ids[m[1]] {
			t.Errorf("#%s leads nowhere", m[1])
		}
	}
	for kind := problem.KindInternal; kind <= problem.KindBusy; kind++ {
		if !ids[kind.String()] {
			t.Errorf("the type of the problem %s leads nowhere", kind)
		}
	}
	for _, refusal := range web.Refusals() {
		if !ids[refusal.Code] || len(refusal.Statuses) == 0 || !chinese(refusal.Means) || !chinese(refusal.Mend) {
			t.Errorf("the problem %s is not explained", refusal.Code)
		}
	}
	words, operations := html.UnescapeString(page.Body), 0
	for path, item := range kt.Site().Document().Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Delete, item.Patch} {
			if op == nil {
				continue
			}
			operations++
			says, _, _ := strings.Cut(op.Description, "\n\n")
			if !ids[op.OperationID] || !strings.Contains(words, op.Method+" "+path) || !strings.Contains(words, says) {
				t.Errorf("%s %s does not stand in the manual", op.Method, path)
			}
			if !chinese(op.Summary) || !chinese(says) {
				t.Errorf("%s %s is not described in Chinese", op.Method, path)
			}
		}
	}
	if operations < 20 {
		t.Errorf("only %d operations", operations)
	}
	text := page.Body
	for _, m := range regexp.MustCompile(`href="(/api-try/[^"]+)"`).FindAllStringSubmatch(page.Body, -1) {
		own := kt.Get(m[1], kerneltest.Nobody).Is(200, kerneltest.HasText("答复的内容"))
		text += own.Body
	}
	told := regexp.MustCompile(`data-l="说明">([^<]*)`).FindAllStringSubmatch(text, -1)
	for _, cell := range told {
		if !chinese(cell[1]) {
			t.Errorf("a thing is described as %q", cell[1])
		}
	}
	if weight := compressed(t, page.Body); weight > 30<<10 {
		t.Errorf("the manual weighs %d bytes", weight)
	}
	if len(told) < 400 {
		t.Errorf("only %d things are described", len(told))
	}
	t.Logf("%d operations, %d KB, %d KB compressed", operations, len(page.Body)>>10, compressed(t, page.Body)>>10)
}

// A call that the manual shows is understood by the county as it stands: the thing of the example may be missing, but not a part of the call.
func TestEveryCallOfTheManualIsUnderstood(t *testing.T) {
	kt, _ := house(t, db.SQLite)
	page := kt.Get("/api", kerneltest.Nobody).Is(200)
	all := regexp.MustCompile(`(?s)<code>(curl .*?)</code>`).FindAllStringSubmatch(page.Body, -1)
	if len(all) < 20 {
		t.Fatalf("only %d calls", len(all))
	}
	var permissions []string
	for _, r := range kt.Site().Routes() {
		if r.Typed() && strings.Contains(string(r.Permission), ".") {
			permissions = append(permissions, string(r.Permission))
		}
	}
	whole := enrol(t, kt, "样例", append(permissions, "bundle.intake")...)
	for _, m := range all {
		line := html.UnescapeString(m[1])
		method, address, body := "GET", "", ""
		r := httptest.NewRequest("GET", "/", nil)
		words := shell(strings.ReplaceAll(line, "\\\n", " "))
		for i := 1; i < len(words); i++ {
			switch words[i] {
			case "-X":
				i++
				method = words[i]
			case "-H":
				i++
				name, value, _ := strings.Cut(words[i], ": ")
				r.Header.Set(name, strings.NewReplacer("$TOKEN", whole.token, "$(uuidgen)", kt.DB.NewID()).Replace(value))
			case "-d", "--data-binary":
				i++
				body = words[i]
			case "--data-urlencode":
				i++
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				body += words[i] + "&"
			default:
				address = words[i]
			}
		}
		sent := httptest.NewRequest(method, address, strings.NewReader(body))
		sent.Header = r.Header
		a := kt.Ask(sent, kerneltest.Nobody)
		for _, wrong := range []string{"与接口说明不符", "请求体不能识别", `"code":"media-type"`, `"code":"idempotency-key"`, `"code":"if-match"`, `"code":"if-match-required"`, "没有这个网页", `"code":"token"`, "invalid_request"} {
			if strings.Contains(a.Body, wrong) {
				t.Errorf("%s\nis answered %d %s", line, a.Status, a.Body)
				break
			}
		}
		if a.Status >= 500 {
			t.Errorf("%s\nis answered %d", line, a.Status)
		}
	}
}

// shell takes a line apart as a shell does, as far as the manual needs it.
func shell(line string) (words []string) {
	var word strings.Builder
	var quote rune
	begun, escaped := false, false
	for _, c := range line + " " {
		switch {
		case escaped:
			word.WriteRune(c)
			escaped = false
		case c == '\\' && quote != '\'':
			escaped = true
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '\'' || c == '"'):
			quote, begun = c, true
		case quote == 0 && unicode.IsSpace(c):
			if begun {
				words = append(words, word.String())
			}
			word.Reset()
			begun = false
		default:
			word.WriteRune(c)
			begun = true
		}
	}
	return words
}

func chinese(s string) bool {
	return strings.ContainsFunc(s, func(c rune) bool { return unicode.Is(unicode.Han, c) })
}

func compressed(t *testing.T, text string) int {
	t.Helper()
	n := 0
	w := gzip.NewWriter(counter{&n})
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return n
}

type counter struct{ n *int }

func (c counter) Write(b []byte) (int, error) { *c.n += len(b); return len(b), nil }
