package client

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tongban/kernel/authz"
	"tongban/kernel/crypto"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/web"
)

// purposeToken binds the signature of a token to this use.
const purposeToken = "client.token"

func (m *Module) sign(body string) string { return m.k.Keys.Index(purposeToken, body) }

// errToken is the same for a forged, a worn out and a withdrawn token.
func errToken() error {
	return problem.Unauthenticated("令牌无效或者已过期").WithNext("请用客户端凭证重新换取；应用被停用或者换过密钥的，请联系平台管理员。").Coded("token")
}

// bearer implements web.Caller: the actor behind a token, with the rights of this moment.
func (m *Module) bearer(ctx context.Context, v *db.View, token string) (authz.Actor, error) {
	said, ok := read(token, m.sign, crypto.SameSecret)
	if !ok || v.Now.Unix() >= said.Until {
		return authz.Actor{}, errToken()
	}
	c, err := m.Find(ctx, v, said.Client)
	if err != nil && problem.KindOf(err) != problem.KindNotFound {
		return authz.Actor{}, err
	}
	if err != nil || c.State != Active || c.epoch != said.Epoch {
		return authz.Actor{}, errToken()
	}
	if err := m.meters.count(ctx, v, c); err != nil {
		return authz.Actor{}, err
	}
	return m.actor(c, said.Scope), nil
}

// actor is the program with what the token allows, as far as it still has it.
func (m *Module) actor(c Client, scope []authz.Permission) authz.Actor {
	var still []authz.Permission
	for _, p := range scope {
		if kept, ok := within([]authz.Permission{p}, c.Permissions); ok {
			still = append(still, kept...)
		}
	}
	return authz.Actor{Kind: authz.Client, ID: string(c.ID), Name: c.Name, Unit: c.Unit, Office: m.org.Name(c.Unit), Via: "接口",
		Grants: []authz.Grant{{Permissions: m.k.Rights().Closure(still), Reach: authz.Reach{Units: m.org.Below(c.Unit)}}}}
}

type (
	tokenIn struct {
		Authorization string `header:"Authorization" doc:"客户端凭证，HTTP Basic：应用标识和密钥；也可以放在请求体里" example:"Basic YXBwLTAxOnRic19zZWNyZXQ="`
		RawBody       []byte `contentType:"application/x-www-form-urlencoded"`
	}
	tokenOut struct {
		Status int
		Body   Token
	}
)

// Token is the answer of the token endpoint (RFC 6749 sections 5.1 and 5.2).
type Token struct {
	AccessToken string `json:"access_token,omitempty" doc:"令牌，放在 Authorization: Bearer 请求头里" example:"tbt_eyJjIjoi.x"`
	TokenType   string `json:"token_type,omitempty" enum:"Bearer" doc:"令牌种类" example:"Bearer"`
	ExpiresIn   int    `json:"expires_in,omitempty" doc:"还有多少秒过期" example:"900"`
	Scope       string `json:"scope,omitempty" doc:"权限范围，用空格分开" example:"casework.read casework.accept"`
	Error       string `json:"error,omitempty" enum:"invalid_request,invalid_client,unsupported_grant_type,invalid_scope" doc:"没有换成的原因" example:"invalid_client"`
	Description string `json:"error_description,omitempty" doc:"原因的中文说明" example:"应用标识或者密钥不对"`
}

func (m *Module) apiToken() web.Route {
	return web.API("POST", web.TokenPath, authz.Anyone, "换取令牌", m.giveToken).In("令牌").Unkeyed().
		Posting("grant_type", "固定写 client_credentials", "client_credentials").
		Posting("scope", "要哪些权限，用空格分开；不写是这个应用的全部权限", "casework.read").
		Posting("client_id", "应用标识；没有用 HTTP Basic 时写", "app-01jdq6z3k8").
		Posting("client_secret", "密钥；没有用 HTTP Basic 时写", "tbs_secret").
		Failing(http.StatusBadRequest, http.StatusUnauthorized).
		Saying("接入应用用自己的标识和密钥换取令牌（OAuth 2.0 客户端凭证，RFC 6749 第4.4节）。令牌 15 分钟内有效，过期重新换取；" +
			"应用被停用、换过密钥，令牌立即失效。标识和密钥由平台管理员在“接入应用”里发给。")
}

func (m *Module) giveToken(r *web.Request, in *tokenIn) (*tokenOut, error) {
	refuse := func(status int, code, words string) (*tokenOut, error) {
		return &tokenOut{status, Token{Error: code, Description: words}}, nil
	}
	form, err := url.ParseQuery(string(in.RawBody))
	if err != nil || len(form["grant_type"]) != 1 || len(form["scope"]) > 1 {
		return refuse(http.StatusBadRequest, "invalid_request", "请求体要用 application/x-www-form-urlencoded，写明一个 grant_type")
	}
	if form.Get("grant_type") != "client_credentials" {
		return refuse(http.StatusBadRequest, "unsupported_grant_type", "grant_type 只支持 client_credentials")
	}
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = form.Get("client_id"), form.Get("client_secret")
	}
	c, err := m.Find(r.Ctx, r.View, ID(id))
	if err != nil && problem.KindOf(err) != problem.KindNotFound {
		return nil, err
	}
	// The secret is compared even for an unknown id: both take the same way.
	if good := crypto.SameSecret(c.secretHash, hash(secret)); err != nil || !good || c.State != Active {
		r.Challenge(`Basic realm="tongban"`)
		return refuse(http.StatusUnauthorized, "invalid_client", "应用标识或者密钥不对，或者应用已停用")
	}
	var wanted []authz.Permission
	for _, p := range strings.Fields(form.Get("scope")) {
		wanted = append(wanted, authz.Permission(p))
	}
	scope, ok := within(wanted, c.Permissions)
	if !ok {
		return refuse(http.StatusBadRequest, "invalid_scope", "要的权限里有这个应用没有的，请对照“接入应用”里的权限")
	}
	if err := m.meters.count(r.Ctx, r.View, c); err != nil {
		return nil, err
	}
	act := db.Act{Actor: m.actor(c, nil), Name: "client.token", Now: r.Now}
	if _, err := m.k.DB.Run(r.Ctx, act, func(tx *db.Tx) error { return m.noteToken(r.Ctx, tx, c, scope) }); err != nil {
		return nil, err
	}
	words := make([]string, len(scope))
	for i, p := range scope {
		words[i] = string(p)
	}
	said := claim{Client: c.ID, Epoch: c.epoch, Until: r.Now.Add(Lifetime).Unix(), Scope: scope}
	return &tokenOut{http.StatusOK, Token{AccessToken: said.write(m.sign), TokenType: "Bearer", ExpiresIn: int(Lifetime / time.Second), Scope: strings.Join(words, " ")}}, nil
}
