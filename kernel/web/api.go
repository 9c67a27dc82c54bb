package web

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"tongban/kernel/authz"
	"tongban/kernel/problem"
)

// API is a JSON route with typed input and output. It passes the same door as a page (session, permission, limits) and stands in
// /openapi.json. Input and output are structs in huma's manner: path, query and Body fields.
func API[I, O any](method, path string, p authz.Permission, title string, do func(r *Request, in *I) (*O, error)) Route {
	route := Route{Method: method, Path: path, Permission: p, Title: title, API: true, MaxBody: 1 << 20}
	route.register = func(api huma.API) {
		huma.Register(api, huma.Operation{
			OperationID: operationID(method, path), Method: method, Path: path, Summary: title,
			Description: "所需权限：" + string(p), Errors: []int{400, 401, 403, 404, 409, 422, 429, 503},
		}, func(ctx context.Context, in *I) (*O, error) {
			out, err := do(ctx.Value(requestKey{}).(*Request), in)
			if err != nil {
				return nil, model(err)
			}
			return out, nil
		})
	}
	return route
}

type requestKey struct{}

// operationID names the operation for generated clients: get-api-v1-track-receipt.
func operationID(method, path string) string {
	return strings.ToLower(method) + strings.NewReplacer("/", "-", "{", "", "}", "").Replace(path)
}

// model is an error as machines read it (RFC 9457), in the same words as the page.
func model(err error) *huma.ErrorModel {
	m := &huma.ErrorModel{Type: "about:blank", Status: problem.Status(err), Title: problem.KindOf(err).String(), Detail: problem.MessageFor(err)}
	if next := problem.NextFor(err); next != "" {
		m.Detail += " " + next
	}
	for _, f := range problem.FieldsOf(err) {
		m.Errors = append(m.Errors, &huma.ErrorDetail{Location: f.Name, Message: f.Message})
	}
	return m
}

// mountAPI registers the typed routes with huma, which writes the OpenAPI document and checks what comes in against it.
func (s *Site) mountAPI() {
	config := huma.DefaultConfig("通办开放接口", "1")
	config.Info.Description = "县级政务服务平台的机器接口。错误一律为 application/problem+json，说明用中文。"
	config.DocsPath, config.SchemasPath = "", "" // the usual documentation page loads scripts from elsewhere
	config.CreateHooks = nil
	api := humago.New(apiMux{s}, config)
	for _, route := range s.routes {
		if route.register != nil {
			route.register(api)
		}
	}
}

// apiMux lets huma mount its handlers behind the door.
type apiMux struct{ site *Site }

// HandleFunc implements humago.Mux.
func (m apiMux) HandleFunc(pattern string, handle func(http.ResponseWriter, *http.Request)) {
	for _, route := range m.site.routes {
		if route.register == nil || route.Pattern() != pattern {
			continue
		}
		route.Handle = func(w *Response, r *Request) error {
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
