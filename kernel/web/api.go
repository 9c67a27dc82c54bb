package web

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/problem"
)

// Headers by which an API call says what a form says with hidden fields.
const (
	headerKey   = "Idempotency-Key"
	headerMatch = "If-Match"
)

// API is a JSON route with typed input and output. It passes the same door as a page (actor, permission, limits) and stands in
// /openapi.json. Input and output are structs in huma's manner: path, query, header and Body fields, described by `doc` and `example`.
// What changes something is sent with an Idempotency-Key.
func API[I, O any](method, path string, p authz.Permission, title string, do func(r *Request, in *I) (*O, error)) Route {
	route := Route{Method: method, Path: path, Permission: p, Title: title, API: true, MaxBody: usualBody}
	route.doc.keyed = method != http.MethodGet
	route.register = func(api huma.API, route Route) {
		op := route.operation(api.OpenAPI())
		defer route.finish(api.OpenAPI(), op)
		huma.Register(api, op, func(ctx context.Context, in *I) (*O, error) {
			r := ctx.Value(requestKey{}).(*Request)
			out, err := do(r, in)
			if err != nil {
				err = db.Fault(err)
				if wait := problem.RetryAfter(err); wait > 0 {
					return nil, huma.ErrorWithHeaders(problemOf(r, err), http.Header{"Retry-After": {seconds(wait)}})
				}
				return nil, problemOf(r, err)
			}
			return out, nil
		})
	}
	return route
}

// Answer is the output of an API route that says nothing beside its body.
type Answer[T any] struct{ Body T }

// doc is how a typed route stands in the document.
type doc struct {
	tag, text string
	status    int
	keyed     bool // needs an Idempotency-Key
	matched   bool // needs an If-Match
	mayMatch  bool
	fields    []field // of a body that is a form
	failing   []int   // statuses answered in the shape of the good answer
	file      bool    // answers a file
}

type field struct{ name, text, example string }

// In puts the operation into a group of the document.
func (r Route) In(tag string) Route { r.doc.tag = tag; return r }

// Saying describes the operation: what it does, on which ground, what comes next.
func (r Route) Saying(text string) Route { r.doc.text = text; return r }

// Made answers 201 instead of 200: the call brought something about.
func (r Route) Made() Route { r.doc.status = http.StatusCreated; return r }

// Matched wants the version of the thing as the caller read it (If-Match); the act is refused with 412 once somebody else changed it.
func (r Route) Matched() Route { r.doc.matched = true; return r }

// Matching takes an If-Match where the caller sends one.
func (r Route) Matching() Route { r.doc.mayMatch = true; return r }

// Unkeyed drops the Idempotency-Key: the call changes nothing, or a repetition does no harm.
func (r Route) Unkeyed() Route { r.doc.keyed = false; return r }

// Posting says that the body is a form with such a field.
func (r Route) Posting(name, text, example string) Route {
	r.doc.fields = append(r.doc.fields[:len(r.doc.fields):len(r.doc.fields)], field{name, text, example})
	return r
}

// Failing says that some refusals are answered in the shape of the good answer, as a standard wants it.
func (r Route) Failing(statuses ...int) Route { r.doc.failing = statuses; return r }

// Giving says that the good answer is a file: a File in Go.
func (r Route) Giving() Route { r.doc.file = true; return r }

// File is the output of an API route that answers a file.
type File struct {
	Type        string `header:"Content-Type" doc:"文件的种类，按内容识别"`
	Disposition string `header:"Content-Disposition" doc:"文件名"`
	Body        []byte
}

// Attached is a file as an answer: to be kept, not to be shown by a browser.
func Attached(name, mimeType string, content []byte) *File {
	return &File{Type: mimeType, Disposition: mime.FormatMediaType("attachment", map[string]string{"filename": name}), Body: content}
}

// Repeatable reports whether the route does no harm when it is called twice, so that it needs no key.
func (r Route) Repeatable() bool { return !r.doc.keyed }

// UpTo allows a body of so many bytes.
func (r Route) UpTo(max int64) Route { r.MaxBody = max; return r }

// Typed reports whether the route stands in the API document.
func (r Route) Typed() bool { return r.register != nil }

type requestKey struct{}

// operationID names the operation for generated clients: get-api-v1-track-receipt.
func operationID(method, path string) string {
	return strings.ToLower(method) + strings.NewReplacer("/", "-", "{", "", "}", "").Replace(path)
}

// mountAPI registers the typed routes with huma, which writes the OpenAPI document and checks what comes in against it.
func (s *Site) mountAPI() {
	config := huma.DefaultConfig("通办开放接口", "1")
	config.Info.Description = "县级政务服务平台的机器接口。办事的每一步，网页上能做的，接口也能做，走同样的命令、同样的权限、同样的留痕。\n\n" +
		"- 身份：接入应用用客户端凭证换取令牌（RFC 6749 第4.4节），放在 Authorization: Bearer 请求头里；标明“不需要令牌”的接口任何人可用。\n" +
		"- 只办一次：改变数据的请求带 Idempotency-Key，同一编号重发，得到同样的答复，不会重复办理。\n" +
		"- 不覆盖别人：读到的 ETag 在办理时用 If-Match 带回；期间被别人改过，答复 412。\n" +
		"- 翻页：答复头 Link 里 rel=\"next\" 是下一页的地址，没有就是到头了。\n" +
		"- 错误一律为 application/problem+json（RFC 9457），说明用中文，code 稳定不变。"
	config.DocsPath, config.SchemasPath = "", "" // the usual documentation page loads scripts from elsewhere
	config.CreateHooks = nil
	config.Transformers = []huma.Transformer{translate}
	if s.options.BaseURL != "" {
		config.Servers = []*huma.Server{{URL: s.options.BaseURL}}
	} else {
		config.Servers = []*huma.Server{{URL: "/"}}
	}
	config.Components.SecuritySchemes = s.securitySchemes()
	api := humago.New(apiMux{s}, config)
	for _, route := range s.routes {
		if route.register != nil {
			route.register(api, route)
		}
	}
	s.document = api.OpenAPI()
	for _, theirs := range []string{"ErrorModel", "ErrorDetail"} { // huma's own shape of an error: ours is Problem
		delete(s.document.Components.Schemas.Map(), theirs)
	}
	s.document.Tags = s.groups()
	for _, describe := range s.options.Describe {
		describe(s.document)
	}
}

// Document is the OpenAPI document of the product, for the page that shows it and the tests that hold it to the router.
func (s *Site) Document() *huma.OpenAPI { return s.document }

// Document is the OpenAPI document of the product.
func (r *Request) Document() *huma.OpenAPI { return r.site.document }

// apiMux lets huma mount its handlers behind the door.
type apiMux struct{ site *Site }

// HandleFunc implements humago.Mux.
func (m apiMux) HandleFunc(pattern string, handle func(http.ResponseWriter, *http.Request)) {
	for _, route := range m.site.routes {
		if route.register == nil || route.Pattern() != pattern {
			continue
		}
		route.Handle = func(w *Response, r *Request) error {
			if err := route.complete(r); err != nil {
				return err
			}
			w.Header().Set("Cache-Control", "no-store")
			handle(w, r.WithContext(context.WithValue(r.Context(), requestKey{}, r)))
			return nil
		}
		m.site.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { m.site.serve(route, w, r) })
		return
	}
	m.site.mux.HandleFunc(pattern, handle) // the OpenAPI document itself
}

// ServeHTTP implements humago.Mux.
func (m apiMux) ServeHTTP(w http.ResponseWriter, r *http.Request) { m.site.mux.ServeHTTP(w, r) }

// complete refuses a call that lacks the headers its operation needs.
func (r Route) complete(q *Request) error {
	if key := q.Header.Get(headerKey); r.doc.keyed && !goodKey(key) {
		return problem.Invalid("这个接口会改变数据，请求头里要带 Idempotency-Key：8 到 100 个可见的英文字符，每办一次换一个").
			WithNext("网络中断等原因没有收到答复的，用同一个编号重发，不会重复办理。").Coded("idempotency-key")
	}
	if r.doc.matched {
		if q.Header.Get(headerMatch) == "" {
			return problem.Unmatched("请求头里要带 If-Match：读取时答复头里的 ETag").WithNext("请先读取一次，看清最新情况再办。")
		}
		if _, err := q.matched(); err != nil {
			return err
		}
	}
	if r.Method == http.MethodGet || !strings.HasPrefix(q.Header.Get("Content-Type"), "application/json") {
		return nil
	}
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return badBody(err)
	}
	if !utf8.Valid(body) || bytes.Contains(body, []byte(`\u0000`)) { // the databases cannot keep it
		return problem.Invalid("请求体里有不能识别的字符，请用 UTF-8 编码，去掉空字符（\\u0000）")
	}
	q.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}

// goodKey reports whether a key can stand in a header and in the database.
func goodKey(key string) bool {
	return len(key) >= 8 && len(key) <= 100 && !strings.ContainsFunc(key, func(c rune) bool { return c <= ' ' || c > '~' })
}

// ETag is the version of a thing as a header.
func ETag(version int64) string { return `"v` + strconv.FormatInt(version, 10) + `"` }

// matched is the version that the caller has read; 0 when it sent none.
func (r *Request) matched() (int64, error) {
	tag := r.Header.Get(headerMatch)
	if tag == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimPrefix(tag, `"v`), `"`), 10, 64)
	if err != nil || ETag(n) != tag {
		return 0, problem.Invalid(`If-Match 要原样写读取时答复头里的 ETag，例如 "v3"`).Coded("if-match")
	}
	return n, nil
}

// Unchanged refuses an act on a thing that is not as the caller read it (RFC 9110 §13.1.1). A call without If-Match is taken at its word.
func (r *Request) Unchanged(what string, version int64) error {
	seen, err := r.matched()
	if err != nil || seen == 0 || seen == version {
		return err
	}
	return problem.Stale("%s在您读取之后有了变化", what).WithNext("请重新读取，看清最新情况再办。")
}

// Challenge sets how the caller may show who it is, for a refusal that is no error of ours.
func (r *Request) Challenge(scheme string) { r.answer.Set("WWW-Authenticate", scheme) }

// NextPage is the Link header that leads to the rows after the cursor; empty when there are none (RFC 8288).
func (r *Request) NextPage(after string) string {
	if after == "" {
		return ""
	}
	q := r.URL.Query()
	q.Set("after", after)
	return "<" + r.URL.Path + "?" + q.Encode() + `>; rel="next"`
}

// Do carries out the command of an API call and gives its answer. A repetition under the same key gets the same answer, and a header that
// says so.
func Do[T any](r *Request, name string, do func(tx *db.Tx) (T, error)) (T, error) {
	var answer T
	out, err := r.Act(name, func(tx *db.Tx) error {
		made, err := do(tx)
		if err != nil {
			return err
		}
		text, err := json.Marshal(made)
		tx.Answer(string(text))
		return err
	})
	if err != nil {
		return answer, err
	}
	if out.Repeated {
		r.answer.Set("Idempotency-Replayed", "true")
	}
	return answer, json.Unmarshal([]byte(out.Reply), &answer)
}
