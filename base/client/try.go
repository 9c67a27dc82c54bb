package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"
	"github.com/danielgtaylor/huma/v2"

	"tongban/kernel/authz"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

// tryPath is where operations are tried out, by their name in the document.
const tryPath = "/api-try/"

// ownProgram is chosen by who brings a key of his own, or none.
const ownProgram = "own"

// mostShown is how much of an answer a page shows, in bytes.
const mostShown = 20_000

// tried is a call as somebody tries it out: what he wrote, and what came of it.
type tried struct {
	form  url.Values
	fault error
	steps []exchange
}

// exchange is a request and its answer, as they went through the door.
type exchange struct {
	title    string
	request  *http.Request
	body     string
	status   int
	head     http.Header
	answered []byte
}

// triable reports whether a call can be written down in a form. A token is fetched with every trial, and files are better sent with curl.
func (p manual) triable(op told) bool {
	if op.Route.Path == web.TokenPath {
		return false
	}
	return op.RequestBody == nil || op.RequestBody.Content["application/json"] != nil
}

// operation finds what is to be tried.
func (p manual) operation(routes []web.Route, id string) (told, error) {
	all := p.operations(routes)
	at := slices.IndexFunc(all, func(op told) bool { return op.OperationID == id && p.triable(op) })
	if at < 0 {
		return told{}, problem.NotFound("没有这个接口，或者它不能在网页上试。请在接口说明里选择")
	}
	return all[at], nil
}

func (m *Module) showTry(w *web.Response, r *web.Request) error { return m.tryPage(w, r, tried{}) }

// postTry makes the call that the form describes, through the door and with the token that its key is worth. The key is in the memory of
// this one request and nowhere else: it is not logged, not kept in the session, and not on the page that answers.
func (m *Module) postTry(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	p := m.manual(r)
	op, err := p.operation(m.k.Site().Routes(), r.PathValue("operation"))
	if err != nil {
		return err
	}
	t := tried{form: form}
	call, body, err := p.call(op, form)
	if err != nil {
		t.fault = err
		return m.tryPage(w, r, t)
	}
	id, secret, err := m.key(r, form)
	if err != nil {
		return err
	}
	if id != "" {
		asked := url.Values{"grant_type": {"client_credentials"}}.Encode()
		fetch, err := http.NewRequest(http.MethodPost, web.TokenPath, strings.NewReader(asked))
		if err != nil {
			return err
		}
		fetch.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		fetch.SetBasicAuth(id, secret)
		step := m.exchange(r, "换取令牌", fetch, asked)
		var said Token
		if json.Unmarshal(step.answered, &said) == nil && said.AccessToken != "" {
			call.Header.Set("Authorization", "Bearer "+said.AccessToken)
			step.answered = bytes.ReplaceAll(step.answered, []byte(said.AccessToken), []byte(prefix+"…"))
		}
		if t.steps = append(t.steps, step); step.status != http.StatusOK {
			return m.tryPage(w, r, t)
		}
	}
	t.steps = append(t.steps, m.exchange(r, op.Summary, call, body))
	return m.tryPage(w, r, t)
}

// key is the key that the form names: the visitor's own, or that of a program of the demo county.
func (m *Module) key(r *web.Request, form url.Values) (id, secret string, err error) {
	programs, err := m.demonstrators(r.Ctx, r.View)
	if err != nil {
		return "", "", err
	}
	for _, c := range programs {
		if string(c.ID) == form.Get("program") {
			return string(c.ID), DemoSecret, nil
		}
	}
	return form.Get("client_id"), form.Get("client_secret"), nil
}

// call is the request that the form describes.
func (p manual) call(op told, form url.Values) (*http.Request, string, error) {
	address, query, head := op.Route.Path, url.Values{}, http.Header{}
	bad := problem.Invalid("有几处需要修改")
	for _, q := range op.Parameters {
		value := form.Get(fieldOf(q))
		switch q.In {
		case "path":
			if value == "" {
				bad = bad.On(fieldOf(q), "请填写，地址里不能没有它")
			}
			address = strings.ReplaceAll(address, "{"+q.Name+"}", url.PathEscape(value))
		case "query":
			if value != "" {
				query.Set(q.Name, value)
			}
		case "header":
			if strings.ContainsFunc(value, func(c rune) bool { return c < ' ' || c == 0x7f }) {
				bad = bad.On(fieldOf(q), "请写在一行里，不要有控制字符")
			} else if value != "" {
				head.Set(q.Name, value)
			}
		}
	}
	if len(bad.Fields) > 0 {
		return nil, "", bad
	}
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	body := ""
	if op.RequestBody != nil {
		body = form.Get("body")
		head.Set("Content-Type", "application/json")
	}
	call, err := http.NewRequest(op.Route.Method, address, strings.NewReader(body))
	if err != nil {
		return nil, "", problem.Invalid("地址里有不能识别的字符，请改正后再试").Wrap(err)
	}
	call.Header = head
	return call, body, nil
}

// fieldOf is the field of the form for a parameter.
func fieldOf(q *huma.Param) string { return q.In + "-" + q.Name }

// exchange sends a request of our own through the door, as coming from the visitor.
func (m *Module) exchange(r *web.Request, title string, call *http.Request, body string) exchange {
	call = call.WithContext(stranger{r.Ctx})
	call.Host, call.RemoteAddr, call.TLS = r.Host, r.RemoteAddr, r.TLS
	shown := call.Clone(call.Context())
	for _, name := range []string{"X-Forwarded-For", "X-Forwarded-Proto"} { // whom a proxy of the county saw
		call.Header[name] = r.Header.Values(name)
	}
	heard := &hearer{head: http.Header{}}
	m.k.Site().Handler().ServeHTTP(heard, call)
	return exchange{title: title, request: shown, body: body, status: heard.status, head: heard.head, answered: heard.body.Bytes()}
}

// stranger is the context of a call that ends with the visitor's request and knows nothing else of it. With its values the call would come
// in under the visitor's session, and a clerk would lend his rights to a page that anybody may send him to.
type stranger struct{ context.Context }

// Value implements context.Context.
func (stranger) Value(any) any { return nil }

// hearer takes down an answer.
type hearer struct {
	head   http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (h *hearer) Header() http.Header { return h.head }

// WriteHeader implements http.ResponseWriter.
func (h *hearer) WriteHeader(status int) {
	if h.status == 0 {
		h.status = status
	}
}

// Write implements http.ResponseWriter.
func (h *hearer) Write(b []byte) (int, error) {
	h.WriteHeader(http.StatusOK)
	return h.body.Write(b)
}

func (m *Module) tryPage(w *web.Response, r *web.Request, t tried) error {
	p := m.manual(r)
	op, err := p.operation(m.k.Site().Routes(), r.PathValue("operation"))
	if err != nil {
		return err
	}
	who, err := m.whoTries(r, t.form)
	if err != nil {
		return err
	}
	sent := web.Sent{Values: t.form, Err: t.fault}
	fields := append(p.askedFields(r, op, sent), who...)
	text, _, _ := strings.Cut(op.Description, "\n\n")
	page := ui.Article{Title: "试一试：" + op.Summary, Lead: text, Body: ui.DescriptionList{Facts: []ui.Fact{{Term: "接口", Value: op.Pattern()}, {Term: "谁可以用", Value: p.who(op)}}}}
	if t.fault != nil {
		page.Notice = ui.Notice{Tone: ui.Bad, Text: problem.MessageFor(t.fault)}
	}
	for n, step := range t.steps {
		page.Sections = append(page.Sections, step.section(n))
	}
	page.Sections = append(page.Sections, ui.Section{ID: "try", Title: "填写请求", Lead: lead(op), Body: ui.Form(ui.FormSpec{Action: tryPath + op.OperationID, Once: r.Fresh(), Label: "试一试",
		Body: append(ui.Group(fields), ui.Actions{ui.Button{Label: "发出请求"}})})})
	page.Sections = append(page.Sections, ui.Section{ID: "answer", Title: "答复的内容", Body: p.answer(op)})
	whole := ui.PublicPage{Page: ui.Page{Crumbs: []ui.Link{{Label: "首页", URL: "/"}, {Label: "接口说明", URL: web.RefusalsPath + "#" + op.OperationID}, {Label: "试一试"}}}}
	w.Header().Set("Cache-Control", "no-store")
	return w.ShowPublic(whole, page)
}

func lead(op told) string {
	if op.Route.Method == http.MethodGet {
		return "发出的是真的请求，答复和程序收到的一样。"
	}
	return "发出的是真的请求：办成了就是办成了，以应用的名义留痕。"
}

// askedFields are the parts of the call, filled with the examples of the document.
func (p manual) askedFields(r *web.Request, op told, sent web.Sent) []templ.Component {
	order := []string{"path", "query", "header"}
	all := slices.Clone(op.Parameters)
	slices.SortStableFunc(all, func(a, b *huma.Param) int { return slices.Index(order, a.In) - slices.Index(order, b.In) })
	var out []templ.Component
	for _, q := range all {
		f := ui.Field{Name: fieldOf(q), Label: q.Name, Hint: p.text(q.Description, q.Schema), Optional: !q.Required, Error: sent.Fault(fieldOf(q))}
		switch {
		case sent.Has(f.Name):
			f.Value = sent.Get(f.Name)
		case q.Name == "Idempotency-Key":
			f.Value = r.Fresh()
		case q.Required:
			f.Value = plain(exampleOf(q))
		}
		if len(q.Schema.Enum) == 0 {
			out = append(out, f)
			continue
		}
		choice := ui.Select{Name: f.Name, Label: f.Label, Hint: f.Hint, Optional: f.Optional, Error: f.Error, Value: f.Value, Blank: "不写"}
		for _, v := range q.Schema.Enum {
			choice.Options = append(choice.Options, ui.Option{Value: plain(v), Label: plain(v)})
		}
		out = append(out, choice)
	}
	if op.RequestBody != nil {
		content := op.RequestBody.Content["application/json"]
		f := ui.Field{Kind: ui.Multiline, Name: "body", Label: "请求体（JSON）", Rows: 10, Value: "{}"}
		if len(p.fields(content.Schema, true)) > 0 {
			f.Value = example(content.Schema, p)
		}
		if sent.Has("body") {
			f.Value = sent.Get("body")
		}
		out = append(out, f)
	}
	return out
}

// whoTries asks by whose key the call is made. The secret is never written back.
func (m *Module) whoTries(r *web.Request, form url.Values) ([]templ.Component, error) {
	programs, err := m.demonstrators(r.Ctx, r.View)
	if err != nil {
		return nil, err
	}
	var out []templ.Component
	if len(programs) > 0 {
		chosen := ui.Choice{Name: "program", Label: "以哪个应用的名义", Selected: []string{string(programs[0].ID)}, Hint: "演示应用的密钥都是 " + DemoSecret + "，用 curl 也行"}
		if form != nil {
			chosen.Selected = []string{form.Get("program")}
		}
		for _, c := range programs {
			chosen.Options = append(chosen.Options, ui.Option{Value: string(c.ID), Label: c.Name, Hint: m.rights(c.Permissions) + "。标识 " + string(c.ID)})
		}
		chosen.Options = append(chosen.Options, ui.Option{Value: ownProgram, Label: "自己的应用，或者不用令牌"})
		out = append(out, chosen)
	}
	return append(out,
		ui.Field{Name: "client_id", Label: "应用标识（client_id）", Value: form.Get("client_id"), Optional: true, Autocomplete: "off", Hint: "用自己的应用时填；不填就是没有令牌，只有任何人可用的接口会答复"},
		ui.Field{Kind: ui.Password, Name: "client_secret", Label: "密钥（client_secret）", Optional: true, Autocomplete: "off", Hint: "只用于这一次换取令牌，不保存，也不会写回页面"}), nil
}

func (m *Module) rights(given []authz.Permission) string {
	words := make([]string, len(given))
	for i, p := range given {
		words[i] = m.k.Rights().Title(p)
	}
	return strings.Join(words, "、")
}

// section shows one exchange, letter by letter, without what is secret.
func (e exchange) section(n int) ui.Section {
	request := e.request.Method + " " + e.request.URL.String() + " HTTP/1.1\n"
	for _, name := range heads(e.request.Header) {
		value := e.request.Header.Get(name)
		if name == "Authorization" {
			scheme, _, _ := strings.Cut(value, " ")
			value = scheme + " …（不显示）"
		}
		request += name + ": " + value + "\n"
	}
	if e.body != "" {
		request += "\n" + e.body
	}
	answer := fmt.Sprintf("HTTP/1.1 %d %s\n", e.status, http.StatusText(e.status))
	for _, name := range heads(e.head) {
		if slices.Contains([]string{"Content-Type", "Content-Disposition", "Etag", "Link", "Retry-After", "Idempotency-Replayed", "Www-Authenticate", "Cache-Control"}, name) {
			answer += name + ": " + e.head.Get(name) + "\n"
		}
	}
	tag := ui.Tag{Text: fmt.Sprint(e.status), Tone: ui.OK}
	if e.status >= http.StatusBadRequest {
		tag.Tone = ui.Bad
	}
	return ui.Section{ID: fmt.Sprintf("step-%d", n+1), Title: e.title, Tag: tag,
		Body: ui.Group{ui.Prose{"请求："}, ui.Listing(request), ui.Prose{"答复："}, ui.Listing(answer + "\n" + e.content())}}
}

func heads(h http.Header) []string {
	var names []string
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// content is the body of an answer as a page can show it.
func (e exchange) content() string {
	var neat bytes.Buffer
	if json.Indent(&neat, e.answered, "", "  ") != nil {
		if !utf8.Valid(e.answered) || strings.HasPrefix(e.head.Get("Content-Type"), "application/pdf") {
			return fmt.Sprintf("（文件，%d 字节）", len(e.answered))
		}
		neat.Reset()
		neat.Write(e.answered)
	}
	if neat.Len() <= mostShown {
		return neat.String()
	}
	return strings.ToValidUTF8(neat.String()[:mostShown], "") + fmt.Sprintf("\n（后面还有 %d 字节，这里不显示）", neat.Len()-mostShown)
}
