package kerneltest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Provider is a small house of OpenID Connect that knows some people (统一身份认证平台). It is strict: a code counts once, for the client,
// the address and the PKCE challenge it was given for. What it says can be bent, to be a provider that lies or is lied about.
type Provider struct {
	URL            string // its issuer
	Client, Secret string
	Alg            string // RS256, ES256, or what no one should believe: none, HS256

	Bend       func(claims map[string]any)   // of an ID token, before it is signed
	BendAnswer func(answer url.Values)       // of what goes back with the browser
	BendUser   func(claims map[string]any)   // of userinfo
	BendMeta   func(metadata map[string]any) // of what it says of itself
	Stranger   bool                          // signs with a key that it does not publish
	Tamper     bool                          // changes the token after signing
	Answer     http.HandlerFunc              // answers for it at its token address, if set
	Asked      url.Values                    // of the last question

	mu     sync.Mutex
	people map[string]map[string]any
	order  []string
	codes  map[string]*grant
	rsa    *rsa.PrivateKey
	ec     *ecdsa.PrivateKey
}

type grant struct {
	sub, nonce, challenge, back string
	access                      string
	used                        bool
}

// NewProvider starts a provider and ends it with the test.
func NewProvider(t testing.TB) *Provider {
	t.Helper()
	p := &Provider{Client: "tongban", Secret: "秘密 of/the+client:1", Alg: "RS256", people: map[string]map[string]any{}, codes: map[string]*grant{}}
	var err error
	if p.rsa, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	if p.ec, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.meta)
	mux.HandleFunc("GET /favicon.ico", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /keys", p.keys)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("GET /as/{sub}", p.choose)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /userinfo", p.userinfo)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	p.URL = server.URL
	return p
}

// Knows adds a person with what the provider says of him.
func (p *Provider) Knows(sub string, claims map[string]any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.people[sub] = claims
	p.order = append(p.order, sub)
}

func (p *Provider) meta(w http.ResponseWriter, _ *http.Request) {
	m := map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys", "userinfo_endpoint": p.URL + "/userinfo",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"pairwise"}, "id_token_signing_alg_values_supported": []string{"RS256", "ES256"},
		"code_challenge_methods_supported": []string{"S256"}, "authorization_response_iss_parameter_supported": true}
	if p.BendMeta != nil {
		p.BendMeta(m)
	}
	tell(w, http.StatusOK, m)
}

func tell(w http.ResponseWriter, status int, what any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(what)
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	point, err := p.ec.PublicKey.Bytes() // 4, x, y
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	tell(w, http.StatusOK, map[string]any{"keys": []map[string]string{
		{"kty": "RSA", "use": "sig", "kid": "r1", "alg": "RS256", "n": b64(p.rsa.N.Bytes()), "e": b64(big.NewInt(int64(p.rsa.E)).Bytes())},
		{"kty": "EC", "use": "sig", "kid": "e1", "alg": "ES256", "crv": "P-256", "x": b64(point[1:33]), "y": b64(point[33:])}}})
}

// authorize asks who is there: a page with a link for each person and one for leaving.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.Asked = q
	if q.Get("client_id") != p.Client || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || q.Get("redirect_uri") == "" || !slices.Contains(strings.Fields(q.Get("scope")), "openid") {
		http.Error(w, "invalid_request", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprint(w, "<!doctype html><html lang=zh><title>身份平台</title><h1>身份平台</h1><ul>") // #nosec G104 -- a provider for tests
	for _, sub := range append(slices.Clone(p.order), "-") {
		label := "不登录"
		if sub != "-" {
			label = fmt.Sprint(p.people[sub]["name"])
		}
		fmt.Fprintf(w, "<li><a href='/as/%s?%s'>%s</a>", url.PathEscape(sub), html.EscapeString(r.URL.RawQuery), html.EscapeString(label)) // #nosec G705 -- escaped
	}
}

// choose sends the person back with a code.
func (p *Provider) choose(w http.ResponseWriter, r *http.Request) {
	q, sub := r.URL.Query(), r.PathValue("sub")
	answer := url.Values{"state": {q.Get("state")}, "iss": {p.URL}}
	if sub == "-" {
		answer.Set("error", "access_denied")
	} else {
		code := rand.Text()
		p.mu.Lock()
		p.codes[code] = &grant{sub: sub, nonce: q.Get("nonce"), challenge: q.Get("code_challenge"), back: q.Get("redirect_uri"), access: rand.Text()}
		p.mu.Unlock()
		answer.Set("code", code)
	}
	if p.BendAnswer != nil {
		p.BendAnswer(answer)
	}
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+answer.Encode(), http.StatusSeeOther) // #nosec G710 -- a provider for tests
}

func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	if p.Answer != nil {
		p.Answer(w, r)
		return
	}
	id, secret, _ := r.BasicAuth()
	id, _ = url.QueryUnescape(id)
	secret, _ = url.QueryUnescape(secret)
	if id == "" {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	if id != p.Client || secret != p.Secret {
		tell(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client"})
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	g := p.codes[r.PostFormValue("code")]
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if g == nil || g.used || g.challenge != b64(sum[:]) || g.back != r.PostFormValue("redirect_uri") {
		tell(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
		return
	}
	g.used = true
	now, hash := time.Now(), sha256.Sum256([]byte(g.access))
	claims := map[string]any{"iss": p.URL, "sub": g.sub, "aud": p.Client, "nonce": g.nonce, "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(), "auth_time": now.Unix(), "at_hash": b64(hash[:16])}
	for name, value := range p.people[g.sub] {
		if !strings.HasPrefix(name, "userinfo:") {
			claims[name] = value
		}
	}
	if p.Bend != nil {
		p.Bend(claims)
	}
	tell(w, http.StatusOK, map[string]any{"access_token": g.access, "token_type": "Bearer", "expires_in": 300, "id_token": p.signed(claims)})
}

// userinfo tells the claims whose names begin with userinfo:, under their own names.
func (p *Provider) userinfo(w http.ResponseWriter, r *http.Request) {
	access, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	p.mu.Lock()
	defer p.mu.Unlock()
	for g := range maps.Values(p.codes) {
		if g.access != access {
			continue
		}
		claims := map[string]any{"sub": g.sub}
		for name, value := range p.people[g.sub] {
			if own, there := strings.CutPrefix(name, "userinfo:"); there {
				claims[own] = value
			}
		}
		if p.BendUser != nil {
			p.BendUser(claims)
		}
		tell(w, http.StatusOK, claims)
		return
	}
	tell(w, http.StatusUnauthorized, map[string]string{"error": "invalid_token"})
}

// signed is a JWT of the claims.
func (p *Provider) signed(claims map[string]any) string {
	kid := map[string]string{"ES256": "e1"}[p.Alg]
	if kid == "" {
		kid = "r1"
	}
	part := func(v any) string {
		text, err := json.Marshal(v)
		if err != nil {
			panic(err) // claims of a test
		}
		return b64(text)
	}
	body := part(map[string]string{"alg": p.Alg, "kid": kid, "typ": "JWT"}) + "." + part(claims)
	sum := sha256.Sum256([]byte(body))
	var signature []byte
	switch p.Alg {
	case "RS256":
		key := p.rsa
		if p.Stranger {
			key, _ = rsa.GenerateKey(rand.Reader, 2048)
		}
		signature, _ = rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	case "ES256":
		r, s, _ := ecdsa.Sign(rand.Reader, p.ec, sum[:])
		signature = append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	case "HS256": // what everybody can read, the modulus, as the secret
		mac := hmac.New(sha256.New, p.rsa.N.Bytes())
		mac.Write([]byte(body))
		signature = mac.Sum(nil)
	}
	if p.Tamper {
		claims["sub"] = "somebody-else"
		body = strings.SplitN(body, ".", 2)[0] + "." + part(claims)
	}
	return body + "." + b64(signature)
}
