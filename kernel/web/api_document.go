package web

import (
	"net/http"
	"reflect"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"tongban/kernel/authz"
)

// Names of the ways to show who calls, as they stand in the document.
const (
	byToken   = "token"
	bySession = "session"
)

// TokenPath is where programs get their tokens.
const TokenPath = "/api/v1/token" // #nosec G101 -- an address

func (s *Site) securitySchemes() map[string]*huma.SecurityScheme {
	scopes := map[string]string{}
	for _, d := range s.options.Permissions {
		scopes[string(d.Permission)] = d.Title
	}
	return map[string]*huma.SecurityScheme{
		byToken: {Type: "oauth2", Description: "接入应用用客户端凭证换取令牌（RFC 6749 第4.4节）。权限范围是平台的权限，只在该应用所属单位的范围内有效。",
			Flows: &huma.OAuthFlows{ClientCredentials: &huma.OAuthFlow{TokenURL: TokenPath, Scopes: scopes}}},
		bySession: {Type: "apiKey", In: "cookie", Name: s.sessions.Cookie.Name, Description: "在网页上登录后的会话，只供本网站的页面使用。"},
	}
}

// groups are the tags of the document, in the order of the house, each described by what can be done in it.
func (s *Site) groups() []*huma.Tag {
	var out []*huma.Tag
	for _, route := range s.routes {
		if route.doc.tag == "" {
			continue
		}
		at := slices.IndexFunc(out, func(t *huma.Tag) bool { return t.Name == route.doc.tag })
		if at < 0 {
			out = append(out, &huma.Tag{Name: route.doc.tag, Description: route.Title})
			continue
		}
		out[at].Description += "、" + route.Title
	}
	return out
}

// operation is the route as it stands in the document.
func (r Route) operation(document *huma.OpenAPI) huma.Operation {
	op := huma.Operation{OperationID: operationID(r.Method, r.Path), Method: r.Method, Path: r.Path, Summary: r.Title, Description: r.doc.text,
		DefaultStatus: r.doc.status, MaxBodyBytes: r.MaxBody}
	if r.doc.tag != "" {
		op.Tags = []string{r.doc.tag}
	}
	codes := []int{http.StatusBadRequest, http.StatusNotFound, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable}
	switch r.Permission {
	case authz.Anyone:
		op.Security = []map[string][]string{{}} // known, but not needed
		codes = append(codes, http.StatusUnauthorized)
	case authz.SignedIn:
		op.Security = []map[string][]string{{byToken: {}}, {bySession: {}}}
		codes = append(codes, http.StatusUnauthorized, http.StatusForbidden)
	default:
		op.Security = []map[string][]string{{byToken: {string(r.Permission)}}, {bySession: {}}}
		codes = append(codes, http.StatusUnauthorized, http.StatusForbidden)
		op.Description += "\n\n所需权限：" + string(r.Permission)
	}
	if r.Method != http.MethodGet {
		codes = append(codes, http.StatusForbidden, http.StatusConflict, http.StatusGone, http.StatusUnsupportedMediaType)
	}
	if r.doc.keyed {
		op.Parameters = append(op.Parameters, &huma.Param{Name: headerKey, In: "header", Required: true, Example: "01JDQ6Z3K8-submit-1",
			Description: "本次办理的编号。每办一次换一个；没收到答复就用同一个重发。", Schema: &huma.Schema{Type: huma.TypeString, MinLength: ptr(8), MaxLength: ptr(100)}})
	}
	if r.doc.matched || r.doc.mayMatch {
		op.Parameters = append(op.Parameters, &huma.Param{Name: headerMatch, In: "header", Required: r.doc.matched, Example: `"v3"`,
			Description: "读取时答复头里的 ETag；期间被别人改过的，答复 412。", Schema: &huma.Schema{Type: huma.TypeString}})
		codes = append(codes, http.StatusPreconditionFailed)
	}
	if r.doc.matched {
		codes = append(codes, http.StatusPreconditionRequired)
	}
	op.Responses = map[string]*huma.Response{}
	shape := document.Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	for _, code := range codes {
		op.Responses[strconv.Itoa(code)] = &huma.Response{Description: meaning(code),
			Content: map[string]*huma.MediaType{"application/problem+json": {Schema: shape}}}
	}
	good := http.StatusOK
	if r.doc.status != 0 {
		good = r.doc.status
	}
	op.Responses[strconv.Itoa(good)] = &huma.Response{Description: "办成。" + map[bool]string{true: "重发的请求另有答复头 Idempotency-Replayed: true。"}[r.doc.keyed]}
	if r.doc.file {
		op.Responses[strconv.Itoa(good)].Content = map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}
	}
	return op
}

// finish adds to the registered operation what huma cannot know.
func (r Route) finish(document *huma.OpenAPI, op huma.Operation) {
	if len(r.doc.fields) > 0 {
		body := &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{}}
		for _, f := range r.doc.fields {
			body.Properties[f.name] = &huma.Schema{Type: huma.TypeString, Description: f.text, Examples: []any{f.example}}
		}
		document.Paths[r.Path].Post.RequestBody.Content["application/x-www-form-urlencoded"].Schema = body
	}
	good := op.Responses[strconv.Itoa(http.StatusOK)]
	for _, status := range r.doc.failing {
		op.Responses[strconv.Itoa(status)].Content["application/json"] = good.Content["application/json"]
	}
}

// meaning is what a status says in this product.
func meaning(code int) string {
	switch code {
	case http.StatusBadRequest:
		return "请求不完整，或者格式不对"
	case http.StatusUnauthorized:
		return "没有令牌，或者令牌已失效"
	case http.StatusForbidden:
		return "没有这项权限，或者不在权限范围内"
	case http.StatusNotFound:
		return "没有这个内容，或者您不能查看"
	case http.StatusConflict:
		return "现在的状态不允许这样办"
	case http.StatusGone:
		return "已经撤下或者删除"
	case http.StatusPreconditionFailed:
		return "读取之后被别人改过"
	case http.StatusRequestEntityTooLarge:
		return "内容太大"
	case http.StatusUnsupportedMediaType:
		return "Content-Type 不是这个接口接受的"
	case http.StatusUnprocessableEntity:
		return "有填写项不符合要求，errors 逐项说明"
	case http.StatusPreconditionRequired:
		return "缺少 If-Match"
	case http.StatusTooManyRequests:
		return "调用太频繁，或者当天的额度已用完；Retry-After 是要等的秒数"
	case http.StatusInternalServerError:
		return "系统出了问题，已经记录"
	case http.StatusServiceUnavailable:
		return "系统正忙，什么都没有办；Retry-After 是要等的秒数"
	}
	return http.StatusText(code)
}

func ptr[T any](v T) *T { return &v }
