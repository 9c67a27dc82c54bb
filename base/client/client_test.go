package client_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"tongban/base/client"
	"tongban/base/org"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/web"
)

const permStamp, permBurn authz.Permission = "mill.stamp", "mill.burn"

// mill is a module whose API says who called.
type mill struct{}

type callerOut struct {
	Name string `json:"name" doc:"谁在调用" example:"乡镇平台"`
	Unit string `json:"unit" doc:"为哪个单位" example:"bureau"`
}

func (mill) Manifest() app.Manifest {
	say := func(r *web.Request, _ *struct{}) (*web.Answer[callerOut], error) {
		return &web.Answer[callerOut]{Body: callerOut{r.Actor.Name, r.Actor.Unit}}, nil
	}
	stampIt := func(r *web.Request, _ *struct{}) (*web.Answer[callerOut], error) {
		out, err := web.Do(r, "mill.stamp", func(tx *db.Tx) (callerOut, error) {
			if err := tx.Require(permStamp, authz.Place{Unit: "bureau-centre"}); err != nil {
				return callerOut{}, err
			}
			tx.Record("mill", "1", "", "", nil)
			return callerOut{tx.Actor.Name, tx.Actor.Unit}, nil
		})
		return &web.Answer[callerOut]{Body: out}, err
	}
	return app.Manifest{Name: "mill", Permissions: []authz.Definition{{Permission: permStamp, Title: "盖戳"}, {Permission: permBurn, Title: "烧"}}, Routes: []web.Route{
		web.API("GET", "/api/v1/mill", permStamp, "谁", say).In("磨").Saying("谁在调用。"),
		web.API("POST", "/api/v1/mill", permStamp, "盖戳", stampIt).In("磨").Saying("盖一个戳。"),
		web.API("GET", "/api/v1/fire", permBurn, "谁", say).In("磨").Saying("谁在烧。"),
	}}
}

// trial is a county with three units: a bureau, its centre, and another bureau.
type trial struct {
	*kerneltest.Kit
	m *client.Module
}

var admin = kerneltest.Clerk("admin", client.PermManage)

func open(t *testing.T, engine db.Engine) *trial {
	t.Helper()
	c := &trial{}
	c.Kit = kerneltest.New(t, engine, func(k *app.Kernel) []app.Module {
		units := org.New(k)
		c.m = client.New(k, units)
		return []app.Module{units, c.m, mill{}}
	})
	c.Move(time.Date(2026, 11, 23, 9, 0, 0, 0, web.Beijing))
	c.PutInForce(kerneltest.ThreeUnits(), "unit")
	return c
}

// register takes a program in through the page, and gives its id and secret as the page shows them.
func (c *trial) register(unit string, perMinute, perDay int, permissions ...string) (id, secret string) {
	c.T.Helper()
	a := c.Post("/admin/clients/new", url.Values{"name": {"乡镇平台"}, "unit": {unit}, "contact": {"数据股 612"}, "permissions": permissions,
		"per_minute": {fmt.Sprint(perMinute)}, "per_day": {fmt.Sprint(perDay)}}, admin).Is(200)
	return found(c.T, a.Body, `app-[0-9a-z]{26}`), found(c.T, a.Body, `tbs_[A-Za-z0-9_-]{40,}`)
}

func found(t testing.TB, text, pattern string) string {
	t.Helper()
	s := regexp.MustCompile(pattern).FindString(text)
	if s == "" {
		t.Fatalf("no %s in %s", pattern, text)
	}
	return s
}

func (c *trial) exchange(id, secret, scope string) (*kerneltest.Answer, client.Token) {
	c.T.Helper()
	form := url.Values{"grant_type": {"client_credentials"}}
	if scope != "" {
		form.Set("scope", scope)
	}
	r := kerneltest.Form(web.TokenPath, form)
	r.SetBasicAuth(id, secret)
	a := c.Ask(r, kerneltest.Nobody)
	var said client.Token
	if err := json.Unmarshal([]byte(a.Body), &said); err != nil {
		c.T.Fatalf("%v: %s", err, a.Body)
	}
	return a, said
}

func (c *trial) call(method, path, token string) *kerneltest.Answer {
	c.T.Helper()
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("Authorization", "Bearer "+token)
	if method == http.MethodPost {
		r.Header.Set("Idempotency-Key", c.DB.NewID())
	}
	return c.Ask(r, kerneltest.Nobody)
}

func both(t *testing.T, f func(t *testing.T, c *trial)) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) { f(t, open(t, engine)) })
	}
}

func TestProgramActsForItsUnitWithWhatItWasGiven(t *testing.T) {
	both(t, func(t *testing.T, c *trial) {
		id, secret := c.register("bureau", 600, 1000, string(permStamp))
		a, said := c.exchange(id, secret, "")
		if a.Status != 200 || said.TokenType != "Bearer" || said.ExpiresIn != 900 || said.Scope != string(permStamp) || a.Header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%d %s %v", a.Status, a.Body, a.Header)
		}
		got := c.call("GET", "/api/v1/mill", said.AccessToken).Is(200)
		if !strings.Contains(got.Body, `"乡镇平台"`) || !strings.Contains(got.Body, `"bureau"`) {
			t.Error(got.Body)
		}
		c.call("POST", "/api/v1/mill", said.AccessToken).Is(200) // the centre is below the bureau
		c.call("GET", "/api/v1/fire", said.AccessToken).Is(403)
		if n := c.Count(`SELECT count(*) FROM audit_entry WHERE action = 'mill.stamp' AND actor_kind = 'client' AND actor_id = $1 AND actor_name = '乡镇平台' AND actor_unit = 'bureau' AND via LIKE '接口%'`, id); n != 1 {
			t.Errorf("%d entries of the program", n)
		}
		if n := c.Count(`SELECT count(*) FROM client_client WHERE secret_hash = $1`, secret); n != 0 {
			t.Error("the secret itself is kept")
		}
		other, hidden := c.register("other", 600, 1000, string(permStamp))
		_, theirs := c.exchange(other, hidden, "")
		c.call("POST", "/api/v1/mill", theirs.AccessToken).Is(403)
	})
}

func TestTokenIsRefusedWhereTheStandardSaysSo(t *testing.T) {
	both(t, func(t *testing.T, c *trial) {
		id, secret := c.register("bureau", 600, 1000, string(permStamp))
		a, said := c.exchange(id, "tbs_wrong", "")
		if a.Status != 401 || said.Error != "invalid_client" || !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), "Basic") {
			t.Errorf("wrong secret: %d %+v %v", a.Status, said, a.Header)
		}
		if b, unknown := c.exchange("app-unknown", "tbs_wrong", ""); b.Status != 401 || unknown != said {
			t.Errorf("an unknown program is told from a wrong secret: %+v", unknown)
		}
		if a, said := c.exchange(id, secret, string(permBurn)); a.Status != 400 || said.Error != "invalid_scope" {
			t.Errorf("foreign scope: %d %+v", a.Status, said)
		}
		for want, body := range map[string]string{"unsupported_grant_type": "grant_type=password", "invalid_request": "grant_type=a&grant_type=b"} {
			r := httptest.NewRequest("POST", web.TokenPath, strings.NewReader(body))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.SetBasicAuth(id, secret)
			if a := c.Ask(r, kerneltest.Nobody); a.Status != 400 || !strings.Contains(a.Body, want) {
				t.Errorf("%s: %d %s", body, a.Status, a.Body)
			}
		}
		in := kerneltest.Form(web.TokenPath, url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}})
		c.Ask(in, kerneltest.Nobody).Is(200)
	})
}

// Whatever a token says, it counts only as long as the program is let in.
func TestTokenEndsAtOnce(t *testing.T) {
	both(t, func(t *testing.T, c *trial) {
		id, secret := c.register("bureau", 600, 1000, string(permStamp), string(permBurn))
		_, said := c.exchange(id, secret, "")
		c.call("GET", "/api/v1/fire", said.AccessToken).Is(200)

		change := url.Values{"contact": {"数据股"}, "permissions": {string(permStamp)}, "per_minute": {"600"}, "per_day": {"1000"}, "_v": {"1"}}
		c.Post("/admin/clients/"+id+"/change", change, admin).Goes()
		c.call("GET", "/api/v1/fire", said.AccessToken).Is(403)
		c.call("GET", "/api/v1/mill", said.AccessToken).Is(200)
		c.Post("/admin/clients/"+id+"/change", change, admin).Is(409) // the page is old

		a := c.Post("/admin/clients/"+id+"/rotate", url.Values{"_v": {"2"}}, admin).Is(200)
		c.call("GET", "/api/v1/mill", said.AccessToken).Is(401)
		if a, _ := c.exchange(id, secret, ""); a.Status != 401 {
			t.Error("the old secret is still good")
		}
		_, said = c.exchange(id, found(t, a.Body, `tbs_[A-Za-z0-9_-]{40,}`), "")
		c.call("GET", "/api/v1/mill", said.AccessToken).Is(200)

		c.Post("/admin/clients/"+id+"/turn", url.Values{"_v": {"3"}, "to": {"suspended"}}, admin).Goes()
		c.call("GET", "/api/v1/mill", said.AccessToken).Is(401)
		c.Post("/admin/clients/"+id+"/turn", url.Values{"_v": {"4"}, "to": {"active"}}, admin).Goes()
		c.call("GET", "/api/v1/mill", said.AccessToken).Is(401) // it has to get a new one

		_, said = c.exchange(id, found(t, a.Body, `tbs_[A-Za-z0-9_-]{40,}`), "")
		for n := range len(said.AccessToken) - 8 { // one changed letter anywhere makes it worthless
			if n%7 == 0 {
				forged := []byte(said.AccessToken)
				if forged[n] == 'A' {
					forged[n] = 'B'
				} else {
					forged[n] = 'A'
				}
				c.call("GET", "/api/v1/mill", string(forged)).Is(401)
			}
		}
		c.call("GET", "/api/v1/mill", said.AccessToken).Is(200)
		c.Move(c.Watch.Now().Add(client.Lifetime + time.Second))
		c.call("GET", "/api/v1/mill", said.AccessToken).Is(401)
	})
}

func TestProgramMayCallSoOftenAndNoMore(t *testing.T) {
	both(t, func(t *testing.T, c *trial) {
		id, secret := c.register("bureau", 5, 12, string(permStamp))
		_, said := c.exchange(id, secret, "")
		for range 4 { // the exchange was the first
			c.call("GET", "/api/v1/mill", said.AccessToken).Is(200)
		}
		a := c.call("GET", "/api/v1/mill", said.AccessToken).Is(429)
		if !strings.Contains(a.Body, `"code":"rate"`) || a.Header.Get("Retry-After") == "" {
			t.Errorf("%s %v", a.Body, a.Header)
		}
		c.Move(c.Watch.Now().Add(time.Minute))
		for range 5 {
			c.call("GET", "/api/v1/mill", said.AccessToken).Is(200)
		}
		c.Move(c.Watch.Now().Add(time.Minute))
		for range 2 {
			c.call("GET", "/api/v1/mill", said.AccessToken).Is(200)
		}
		if a := c.call("GET", "/api/v1/mill", said.AccessToken).Is(429); !strings.Contains(a.Body, `"code":"quota"`) {
			t.Error(a.Body)
		}
		c.Get("/admin/clients/"+id, admin).Is(200, kerneltest.HasText("2026-11-23 12 2"))
		// Another process on the same database knows what was used.
		again := client.New(c.Kernel, org.New(c.Kernel))
		c.Move(c.Watch.Now().Add(time.Minute))
		c.call("GET", "/api/v1/mill", said.AccessToken).Is(429)
		if use, err := again.UseSince(c.Ctx, c.Look(), client.ID(id), calendar.DayOf(c.Watch.Now())); err != nil || len(use) != 1 || use[0].Calls != 12 {
			t.Errorf("%+v %v", use, err)
		}
		c.Move(time.Date(2026, 11, 24, 0, 0, 1, 0, web.Beijing))
		_, said = c.exchange(id, secret, "")
		c.call("GET", "/api/v1/mill", said.AccessToken).Is(200)
	})
}

func TestSecretIsShownOnceAndOnlyUsefulRightsAreGiven(t *testing.T) {
	both(t, func(t *testing.T, c *trial) {
		form := url.Values{"_once": {"the-same-form"}, "name": {"甲"}, "unit": {"bureau"}, "contact": {"x"}, "permissions": {string(permStamp)}, "per_minute": {"5"}, "per_day": {"5"}}
		c.Post("/admin/clients/new", form, admin).Is(200, kerneltest.HasText("密钥只显示这一次"))
		if to := c.Post("/admin/clients/new", form, admin).Goes(); !strings.HasPrefix(to, "/admin/clients/app-") {
			t.Errorf("leads to %s", to)
		}
		if n := c.Count(`SELECT count(*) FROM client_client`); n != 1 {
			t.Errorf("%d programs", n)
		}
		for field, value := range map[string]string{"permissions": string(client.PermManage), "per_minute": "0", "per_day": "x", "name": " ", "contact": "", "unit": "nowhere"} {
			bad := url.Values{"name": {"甲"}, "unit": {"bureau"}, "contact": {"x"}, "permissions": {string(permStamp)}, "per_minute": {"5"}, "per_day": {"5"}}
			bad.Set(field, value)
			c.Post("/admin/clients/new", bad, admin).Is(422)
		}
		local := authz.Actor{Kind: authz.Staff, ID: "local", Name: "股长", Unit: "other", Grants: []authz.Grant{{Permissions: []authz.Permission{client.PermManage}, Reach: authz.Reach{Units: []string{"other"}}}}}
		c.Post("/admin/clients/new", url.Values{"name": {"甲"}, "unit": {"bureau"}, "contact": {"x"}, "permissions": {string(permStamp)}, "per_minute": {"5"}, "per_day": {"5"}}, local).Is(403)
		kerneltest.Contract(t, c.Kit)
		kerneltest.Battery(t, c.Kit)
	})
}
