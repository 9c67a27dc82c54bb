package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/notify"
)

// browser posts forms and keeps its cookies.
type browser struct {
	t    *testing.T
	kt   *kerneltest.Kit
	at   string
	http http.Client
}

func browse(t *testing.T, kt *kerneltest.Kit) *browser {
	t.Helper()
	server := httptest.NewServer(kt.Site().Handler())
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, kt, server.URL, http.Client{Jar: jar}}
}

// post sends a form and returns where that led and what stands there.
func (b *browser) post(path string, form url.Values) (landed, page string) {
	b.t.Helper()
	form.Set("_once", b.kt.DB.NewID())
	r, err := b.http.PostForm(b.at+path, form)
	if err != nil {
		b.t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return r.Request.URL.Path, string(body)
}

func TestACitizenSignsInByACodeThatARealGatewayCarried(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			heard := make(chan string, 1)
			gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				heard <- string(body)
				io.WriteString(w, "OK")
			}))
			defer gateway.Close()
			list, err := notify.Parse([]byte("sms: [{name: 移动, url: "+gateway.URL+", body: '{{.To}} {{.Text}}', success: '^OK$'}]"), "", nil)
			if err != nil {
				t.Fatal(err)
			}
			kt := real(t, engine, list)
			b := browse(t, kt)
			if landed, page := b.post("/login/code", url.Values{"phone": {"139 0000 0077"}}); landed != "/login/code" || strings.Contains(page, "/demo/") {
				t.Fatalf("asking for a code leads to %s", landed)
			}
			var text string
			kt.Work(func() bool {
				select {
				case text = <-heard:
					return true
				default:
					return false
				}
			})
			code := regexp.MustCompile(`验证码是 (\d{6})`).FindStringSubmatch(text)
			if code == nil || !strings.HasPrefix(text, "13900000077 ") {
				t.Fatalf("the gateway heard %q", text)
			}
			if landed, _ := b.post("/login/enter", url.Values{"code": {code[1]}}); landed != "/register" {
				t.Fatalf("the right code leads to %s", landed)
			}
			if landed, _ := b.post("/register", url.Values{"name": {"陈小满"}, "number": {"431199196803152426"}, "kind": {"staff"}, "roles": {"system-administrator"}, "unit": {"approval-bureau"}}); landed != "/my" {
				t.Errorf("registering leads to %s", landed)
			}
			if n := kt.Count(`SELECT (SELECT count(*) FROM account_account WHERE kind = 'staff' OR unit <> '') + (SELECT count(*) FROM account_role)`); n != 0 {
				t.Error("who registers gave himself a kind, a unit or a role")
			}
		})
	}
}

func TestWithoutAGatewayNobodyWaitsForACode(t *testing.T) {
	kt := real(t, db.SQLite, nil)
	landed, page := browse(t, kt).post("/login/code", url.Values{"phone": {"13900000077"}})
	if landed != "/login/code" || !strings.Contains(page, "还没有开通短信验证码登录") || kt.Count(`SELECT count(*) FROM notify_sms`) != 0 {
		t.Errorf("%s: %s", landed, page)
	}
}

func TestAMessageThatNobodyCarriesComesToWhoRunsTheCounty(t *testing.T) {
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "余额不足") }))
	defer gateway.Close()
	list, err := notify.Parse([]byte("sms: [{name: 移动, longest: 60, url: "+gateway.URL+", body: '{{.Text}}', success: '^OK$'}]"), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	kt := real(t, db.SQLite, list)
	admin := authz.Actor{Kind: authz.Staff, ID: "a1", Name: "系统管理员", Grants: []authz.Grant{{Permissions: []authz.Permission{"system.operate"}, Reach: authz.Reach{Everywhere: true}}}}
	test := func(to string) *kerneltest.Answer {
		return kt.Post("/admin/channels/test", url.Values{"channel": {"移动"}, "to": {to}}, admin)
	}
	test("0746-2345678").Is(422, kerneltest.HasText("固定电话收不到短信"))
	test("13900000001").Is(303)
	kt.As(admin).Must("test.tell", func(tx *db.Tx) error {
		return kt.Notify.Send(kt.Ctx, tx, notify.Message{Phone: "13900000001", Text: strings.Repeat("长", 61)})
	})
	kt.Work(func() bool {
		return kt.Count(`SELECT count(*) FROM notify_sms WHERE tries > 0`) == 2 && kt.Count(`SELECT count(*) FROM worklist_task WHERE ref = 'operation.undelivered'`) == 1
	})
	kt.Get("/admin/channels", admin).Is(200, kerneltest.HasText("连续失败 1 次"), kerneltest.HasText("余额不足"), kerneltest.HasText("139****0001"), kerneltest.HasText("超过本通道的 60 字"))
	id := ""
	if err := kt.Look().QueryRowContext(kt.Ctx, `SELECT id FROM notify_sms WHERE state = 'failed'`).Scan(&id); err != nil {
		t.Fatal(err)
	}
	kt.Post("/admin/channels/"+id+"/retry", nil, admin).Is(303)
	kt.Post("/admin/channels/seen", nil, admin).Is(303)
	if n := kt.Count(`SELECT count(*) FROM worklist_task WHERE ref = 'operation.undelivered'`); n != 0 {
		t.Error("what was seen stays on the list")
	}
}
