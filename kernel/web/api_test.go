package web_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/problem"
	"tongban/kernel/web"
)

const permCount authz.Permission = "till.count"

// till is a module with an API: one sum that only grows, and its version.
type till struct {
	sum, version int64
	caller       authz.Actor // whom the token "good" stands for
}

type (
	sumBody struct {
		Sum int64 `json:"sum" doc:"合计，分" example:"100"`
	}
	sumOut struct {
		ETag string `header:"ETag"`
		Link string `header:"Link"`
		Body sumBody
	}
	addIn struct {
		ID   string `path:"id" doc:"哪个抽屉" example:"1"`
		Body struct {
			Cents int64  `json:"cents" minimum:"1" doc:"加多少，分" example:"100"`
			Note  string `json:"note,omitempty" maxLength:"20" doc:"备注" example:"找零"`
		}
	}
	readIn struct {
		ID    string `path:"id" doc:"哪个抽屉" example:"1"`
		After string `query:"after" doc:"从哪里接着读" example:"x"`
	}
)

func (m *till) Manifest() app.Manifest {
	return app.Manifest{Name: "till", Objects: []web.Object{web.WholeObject("钱箱", "/api/v1/tills/{id}", "/api/v1/tills/{id}/coins")}, Permissions: []authz.Definition{{Permission: permCount, Title: "点钱"}},
		Caller: func(_ context.Context, _ *db.View, token string) (authz.Actor, error) {
			if token != "good" {
				return authz.Actor{}, problem.Unauthenticated("令牌无效")
			}
			return m.caller, nil
		},
		Routes: []web.Route{
			web.API("GET", "/api/v1/tills/{id}", permCount, "看合计", func(r *web.Request, in *readIn) (*sumOut, error) {
				if in.ID != "1" {
					return nil, problem.NotFound("没有这个抽屉")
				}
				return &sumOut{ETag: web.ETag(m.version), Link: r.NextPage("下一个"), Body: sumBody{m.sum}}, nil
			}).In("抽屉").Saying("抽屉里一共有多少。"),
			web.API("POST", "/api/v1/tills/{id}/coins", permCount, "放钱", func(r *web.Request, in *addIn) (*sumOut, error) {
				b, err := web.Do(r, "till.add", func(tx *db.Tx) (sumBody, error) {
					if in.ID != "1" {
						return sumBody{}, problem.NotFound("没有这个抽屉")
					}
					if err := r.Unchanged("抽屉", m.version); err != nil {
						return sumBody{}, err
					}
					m.sum, m.version = m.sum+in.Body.Cents, m.version+1
					tx.Record("till", in.ID, "", "", nil)
					return sumBody{m.sum}, nil
				})
				return &sumOut{Body: b}, err
			}).In("抽屉").Saying("往抽屉里放钱。").Matched().Made(),
			web.Page("/till", permCount, func(w *web.Response, r *web.Request) error { return w.Go("/till/2") }),
		}}
}

func tills(t *testing.T, f func(t *testing.T, kt *kerneltest.Kit, m *till)) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			m := &till{version: 1, caller: kerneltest.Clerk("c1", permCount)}
			f(t, kerneltest.New(t, engine, func(*app.Kernel) []app.Module { return []app.Module{m} }), m)
		})
	}
}

func coin(key, match string, body any) *http.Request {
	r := kerneltest.JSON("POST", "/api/v1/tills/1/coins", body, key)
	r.Header.Set("Authorization", "Bearer good")
	if match != "" {
		r.Header.Set("If-Match", match)
	}
	return r
}

func problemIn(t *testing.T, a *kerneltest.Answer) web.Problem {
	t.Helper()
	var p web.Problem
	if err := json.Unmarshal([]byte(a.Body), &p); err != nil || a.Header.Get("Content-Type") != "application/problem+json" || p.Status != a.Status || p.Code == "" || p.Instance == "" {
		t.Fatalf("%s is no problem: %v %s", a.Path, err, a.Body)
	}
	return p
}

func TestCallUnderOneKeyIsDoneOnceAndAnsweredAlike(t *testing.T) {
	tills(t, func(t *testing.T, kt *kerneltest.Kit, m *till) {
		first := kt.Ask(coin("the-same-key", `"v1"`, map[string]any{"cents": 5}), kerneltest.Nobody).Is(201)
		again := kt.Ask(coin("the-same-key", `"v1"`, map[string]any{"cents": 5}), kerneltest.Nobody).Is(201)
		if m.sum != 5 || first.Body != again.Body || first.Header.Get("Idempotency-Replayed") != "" || again.Header.Get("Idempotency-Replayed") != "true" {
			t.Errorf("sum %d; first %s %v, again %s %v", m.sum, first.Body, first.Header, again.Body, again.Header)
		}
		for _, key := range []string{"", "short", strings.Repeat("x", 101), "with a space", "中文的编号不行"} {
			if p := problemIn(t, kt.Ask(coin(key, `"v2"`, map[string]any{"cents": 5}), kerneltest.Nobody).Is(400)); p.Code != "idempotency-key" {
				t.Errorf("key %q: %+v", key, p)
			}
		}
	})
}

func TestWhoHasNotReadTheLatestIsRefused(t *testing.T) {
	tills(t, func(t *testing.T, kt *kerneltest.Kit, m *till) {
		r := httptest.NewRequest("GET", "/api/v1/tills/1?after=%E4%B8%8A", nil)
		r.Header.Set("Authorization", "Bearer good")
		read := kt.Ask(r, kerneltest.Nobody).Is(200)
		if read.Header.Get("ETag") != `"v1"` || read.Header.Get("Cache-Control") != "no-store" || !strings.HasPrefix(read.Header.Get("Link"), "</api/v1/tills/1?after=%E4%B8%8B") || !strings.HasSuffix(read.Header.Get("Link"), `rel="next"`) {
			t.Errorf("headers %v", read.Header)
		}
		kt.Ask(coin("key-one-1", read.Header.Get("ETag"), map[string]any{"cents": 5}), kerneltest.Nobody).Is(201)
		for match, want := range map[string]int{read.Header.Get("ETag"): 412, "": 428, "*": 400, `W/"v2"`: 400, `"v+2"`: 400} {
			p := problemIn(t, kt.Ask(coin("key-two-2", match, map[string]any{"cents": 5}), kerneltest.Nobody).Is(want))
			if p.Next == "" && want != 400 {
				t.Errorf("%d does not say what to do: %+v", want, p)
			}
		}
		if m.sum != 5 {
			t.Errorf("sum %d", m.sum)
		}
	})
}

func TestWhatIsWrongWithACallIsSaidInChinese(t *testing.T) {
	tills(t, func(t *testing.T, kt *kerneltest.Kit, m *till) {
		for body, want := range map[string]string{
			`{}`: "缺少必填项 cents", `{"cents":0}`: "不能小于 1", `{"cents":"five"}`: "要写成数字", `{"cents":1,"admin":true}`: "接口没有这一项",
			`{"cents":1,"note":"` + strings.Repeat("长", 21) + `"}`: "最多 20 个字符", `{"cents":1`: "不是完整的 JSON", ``: "缺少请求体", `[]`: "要写成对象",
		} {
			a := kt.Ask(coin("key-one-1", `"v1"`, []byte(body)), kerneltest.Nobody)
			p := problemIn(t, a)
			said := p.Detail
			for _, f := range p.Errors {
				said += " " + f.Location + " " + f.Message
			}
			if a.Status != 422 && a.Status != 400 || !strings.Contains(said, want) || strings.Contains(said, "expected") {
				t.Errorf("%s: %d %s", body, a.Status, a.Body)
			}
		}
		if m.sum != 0 {
			t.Errorf("sum %d", m.sum)
		}
	})
}

func TestTokenOpensTheAPIAndNothingElse(t *testing.T) {
	tills(t, func(t *testing.T, kt *kerneltest.Kit, m *till) {
		ask := func(path, authorization string, as authz.Actor) *kerneltest.Answer {
			r := httptest.NewRequest("GET", path, nil)
			if authorization != "" {
				r.Header.Set("Authorization", authorization)
			}
			return kt.Ask(r, as)
		}
		ask("/api/v1/tills/1", "Bearer good", kerneltest.Nobody).Is(200)
		ask("/api/v1/tills/1", "bearer good", kerneltest.Nobody).Is(200)
		a := ask("/api/v1/tills/1", "Bearer bad", kerneltest.Clerk("c2", permCount)).Is(401) // the session does not mend a bad token
		if p := problemIn(t, a); p.Code != "unauthenticated" || !strings.Contains(a.Header.Get("WWW-Authenticate"), "invalid_token") {
			t.Errorf("%+v %v", p, a.Header)
		}
		a = ask("/api/v1/tills/1", "", kerneltest.Nobody).Is(401)
		if c := a.Header.Get("WWW-Authenticate"); !strings.HasPrefix(c, "Bearer") || strings.Contains(c, "error") {
			t.Errorf("challenge %q", c)
		}
		if to := ask("/till", "Bearer good", kerneltest.Nobody).Goes(); !strings.HasPrefix(to, "/login") {
			t.Errorf("a token opened a page: %s", to)
		}
		ask("/api/v1/tills/1", "", kerneltest.Clerk("c2", permCount)).Is(200)
		m.caller = kerneltest.Clerk("c1")
		if p := problemIn(t, ask("/api/v1/tills/1", "Bearer good", kerneltest.Nobody).Is(403)); p.Code != "scope" || !strings.Contains(p.Detail, string(permCount)) {
			t.Errorf("%+v", p)
		}
	})
}

func TestDocumentIsWholeAndEveryBreachIsSeen(t *testing.T) {
	tills(t, func(t *testing.T, kt *kerneltest.Kit, _ *till) {
		kerneltest.Contract(t, kt)
		kerneltest.Battery(t, kt)
		a := kt.Get("/openapi.json", kerneltest.Nobody).Is(200)
		for _, want := range []string{`"openapi":"3.1.0"`, `"tokenUrl":"/api/v1/token"`, `"till.count":"点钱"`, "Idempotency-Key", "If-Match"} {
			if !strings.Contains(a.Body, want) {
				t.Errorf("the document lacks %s", want)
			}
		}
	})
}
