package openid_test

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"tongban/kernel/kerneltest"
	"tongban/kernel/openid"
	"tongban/kernel/outward"
)

var inside = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// house is a provider with one person, and this house as it is registered there.
func house(t *testing.T) (*kerneltest.Provider, openid.Provider) {
	t.Helper()
	p := kerneltest.NewProvider(t)
	p.Knows("chen", map[string]any{"name": "陈小满", "acr": "L3", "userinfo:id_number": "431199196803152426", "userinfo:name": "别的名字"})
	return p, openid.Provider{Issuer: p.URL, Client: p.Client, Secret: p.Secret, Back: "https://county.example/login/back/trial", Scopes: []string{"profile"}, Needs: []string{"name", "id_number"}}
}

// visit goes to the provider as a browser would, chooses the person, and tells with what he is sent back.
func visit(t *testing.T, address, who string) url.Values {
	t.Helper()
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := browser.Get(strings.Replace(address, "/authorize", "/as/"+who, 1))
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	back, err := answer.Location()
	if err != nil {
		t.Fatal(err)
	}
	return back.Query()
}

func signIn(t *testing.T, d *openid.Desk, p openid.Provider) (openid.Said, error) {
	t.Helper()
	address, q, err := d.Ask(t.Context(), p, "")
	if err != nil {
		return openid.Said{}, err
	}
	return d.Judge(t.Context(), p, openid.Unpack(q.Pack()), visit(t, address, "chen"))
}

func TestWhatAProviderSaysIsBelieved(t *testing.T) {
	for _, alg := range []string{"RS256", "ES256"} {
		t.Run(alg, func(t *testing.T) {
			theirs, p := house(t)
			theirs.Alg = alg
			said, err := signIn(t, openid.New(outward.New(inside)), p)
			if err != nil {
				t.Fatal(err)
			}
			if said.Subject != "chen" || said.Issuer != theirs.URL || said.Text("name") != "陈小满" || said.Text("id_number") != "431199196803152426" || said.Text("acr") != "L3" || said.Text("nothing") != "" {
				t.Errorf("%+v; what was signed stands before what userinfo says", said)
			}
		})
	}
}

// The secret may have to travel in the form; the question carries all that protects it.
func TestTheQuestionIsBoundAndTheSecretTravelsAsTheProviderWants(t *testing.T) {
	theirs, p := house(t)
	theirs.BendMeta = func(m map[string]any) { m["token_endpoint_auth_methods_supported"] = []string{"client_secret_post"} }
	d := openid.New(outward.New(inside))
	if _, err := signIn(t, d, p); err != nil {
		t.Error(err)
	}
	p.Anew = true
	one, q1, err := d.Ask(t.Context(), p, "")
	if err != nil {
		t.Fatal(err)
	}
	_, q2, _ := d.Ask(t.Context(), p, "")
	u, _ := url.Parse(one)
	v := u.Query()
	if v.Get("code_challenge_method") != "S256" || v.Get("code_challenge") == q1.Verifier || v.Get("state") != q1.State || v.Get("nonce") != q1.Nonce || v.Get("redirect_uri") != p.Back || v.Get("prompt") != "login" || v.Get("max_age") != "0" {
		t.Errorf("the question %s", one)
	}
	if q1.State == q2.State || q1.Nonce == q2.Nonce || q1.Verifier == q2.Verifier || len(q1.State) < 40 || len(q1.Nonce) < 40 || len(q1.Verifier) < 43 || strings.Contains(one, q1.Verifier) {
		t.Errorf("questions can be guessed: %+v, %+v", q1, q2)
	}
}

// Each of these is a way by which somebody else's sign-in, an old one or an invented one would be taken for this one.
func TestNoForgedAnswerIsBelieved(t *testing.T) {
	claim := func(name string, value any) func(*kerneltest.Provider) {
		return func(p *kerneltest.Provider) {
			p.Bend = func(c map[string]any) {
				if c[name] = value; value == nil {
					delete(c, name)
				}
			}
		}
	}
	answer := func(name string, value ...string) func(*kerneltest.Provider) {
		return func(p *kerneltest.Provider) { p.BendAnswer = func(a url.Values) { a[name] = value } }
	}
	now := time.Now().Unix()
	for name, c := range map[string]struct {
		bend func(*kerneltest.Provider)
		want openid.Kind
	}{
		"another nonce":             {claim("nonce", "another"), openid.Untrue},
		"no nonce":                  {claim("nonce", nil), openid.Untrue},
		"another audience":          {claim("aud", "another-county"), openid.Untrue},
		"two audiences, no party":   {claim("aud", []string{"tongban", "another-county"}), openid.Untrue},
		"another party":             {claim("azp", "another-county"), openid.Untrue},
		"another issuer":            {claim("iss", "https://evil.example"), openid.Untrue},
		"no subject":                {claim("sub", ""), openid.Untrue},
		"endless subject":           {claim("sub", strings.Repeat("x", 256)), openid.Untrue},
		"expired":                   {claim("exp", now-1), openid.Untrue},
		"no end":                    {claim("exp", nil), openid.Untrue},
		"not yet":                   {claim("nbf", now+3600), openid.Untrue},
		"made long ago":             {claim("iat", now-3600), openid.Untrue},
		"made in the future":        {claim("iat", now+3600), openid.Untrue},
		"never made":                {claim("iat", nil), openid.Untrue},
		"of another access token":   {claim("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"), openid.Untrue},
		"signed by nobody":          {func(p *kerneltest.Provider) { p.Alg = "none" }, openid.Untrue},
		"signed by a public secret": {func(p *kerneltest.Provider) { p.Alg = "HS256" }, openid.Untrue},
		"both allowed by itself": {func(p *kerneltest.Provider) {
			p.Alg = "HS256"
			p.BendMeta = func(m map[string]any) { m["id_token_signing_alg_values_supported"] = []string{"none", "HS256"} }
		}, openid.Untrue},
		"signed by a stranger":     {func(p *kerneltest.Provider) { p.Stranger = true }, openid.Untrue},
		"changed after signing":    {func(p *kerneltest.Provider) { p.Tamper = true }, openid.Untrue},
		"userinfo of another":      {func(p *kerneltest.Provider) { p.BendUser = func(c map[string]any) { c["sub"] = "zhou" } }, openid.Untrue},
		"userinfo of nobody":       {func(p *kerneltest.Provider) { p.BendUser = func(c map[string]any) { delete(c, "sub") } }, openid.Untrue},
		"answer of another house":  {answer("iss", "https://evil.example"), openid.Untrue}, // mix-up, RFC 9207
		"answer without its house": {answer("iss"), openid.Untrue},
		"two codes":                {answer("code", "a", "b"), openid.Untrue},
		"two states":               {answer("state", "a", "b"), openid.Lapsed},
		"another state":            {answer("state", "another"), openid.Lapsed}, // sign-in CSRF
		"no state":                 {answer("state"), openid.Lapsed},
		"another's code":           {answer("code", "another"), openid.Lapsed},
		"no code":                  {answer("code"), openid.Lapsed},
		"the person turned back":   {answer("error", "access_denied"), openid.Cancelled},
		"the house refuses":        {answer("error", "unauthorized_client"), openid.Denied},
		"we are unknown":           {func(p *kerneltest.Provider) { p.Secret = "changed" }, openid.Denied},
		"speaks of another house": {func(p *kerneltest.Provider) {
			p.BendMeta = func(m map[string]any) { m["issuer"] = "https://evil.example" }
		}, openid.Unreachable},
		"sends browsers to scripts": {func(p *kerneltest.Provider) {
			p.BendMeta = func(m map[string]any) { m["authorization_endpoint"] = "javascript:alert(1)" }
		}, openid.Unreachable},
		"keys lie in the cloud's cellar": {func(p *kerneltest.Provider) {
			p.BendMeta = func(m map[string]any) { m["jwks_uri"] = "http://169.254.169.254/keys" }
		}, openid.Untrue},
		"leads the secret elsewhere": {func(p *kerneltest.Provider) {
			p.Answer = func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
			}
		}, openid.Unreachable},
		"talks without end": {func(p *kerneltest.Provider) {
			p.Answer = func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				_ = json.NewEncoder(w).Encode(map[string]string{"access_token": strings.Repeat("x", 1<<20)})
			}
		}, openid.Unreachable},
	} {
		t.Run(name, func(t *testing.T) {
			theirs, p := house(t)
			c.bend(theirs)
			said, err := signIn(t, openid.New(outward.New(inside)), p)
			if got := openid.KindOf(err); got != c.want {
				t.Errorf("%s (%v), want %s", got, err, c.want)
			}
			if said.Subject != "" {
				t.Errorf("refused, and yet it says %+v", said)
			}
		})
	}
}

func TestAnAnswerCountsOnceAndForItsQuestionOnly(t *testing.T) {
	theirs, p := house(t)
	d := openid.New(outward.New(inside))
	address, q, err := d.Ask(t.Context(), p, "")
	if err != nil {
		t.Fatal(err)
	}
	back := visit(t, address, "chen")
	other := p
	other.Issuer = "https://other.example"
	late, guess := q, q
	late.Asked -= 11 * 60
	guess.Verifier = strings.Repeat("v", 43)
	for name, try := range map[string]func() (openid.Said, error){
		"no question": func() (openid.Said, error) { return d.Judge(t.Context(), p, openid.Question{}, back) },
		"doubled, and no question": func() (openid.Said, error) {
			return d.Judge(t.Context(), p, openid.Question{}, url.Values{"code": {"a", "b"}})
		},
		"doubled, of another state": func() (openid.Said, error) {
			return d.Judge(t.Context(), p, q, url.Values{"code": {"a", "b"}, "state": {"another"}})
		},
		"broken question": func() (openid.Said, error) { return d.Judge(t.Context(), p, openid.Unpack("{"), back) },
		"too late":        func() (openid.Said, error) { return d.Judge(t.Context(), p, late, back) },
		"another house":   func() (openid.Said, error) { return d.Judge(t.Context(), other, q, back) },
		"stolen code":     func() (openid.Said, error) { return d.Judge(t.Context(), p, guess, back) }, // without the verifier (PKCE)
	} {
		if _, err := try(); openid.KindOf(err) != openid.Lapsed {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := d.Judge(t.Context(), p, q, back); err != nil {
		t.Errorf("the answer to its question: %v", err)
	}
	if _, err := d.Judge(t.Context(), p, q, back); openid.KindOf(err) != openid.Lapsed {
		t.Errorf("the same code again: %v", err)
	}
	p.Anew = true
	theirs.Bend = func(c map[string]any) { c["auth_time"] = time.Now().Unix() - 3600 }
	if _, err := signIn(t, d, p); openid.KindOf(err) != openid.Stale {
		t.Errorf("whoever sat there before is taken for who sits there now: %v", err)
	}
	theirs.Bend = func(c map[string]any) { delete(c, "auth_time") }
	if _, err := signIn(t, d, p); openid.KindOf(err) != openid.Stale {
		t.Errorf("nobody says when: %v", err)
	}
}

// A provider at an inner address is reached only where the operator allows it; a typed address must not open the house's own ports.
func TestAProviderIsNoWayIntoTheHouse(t *testing.T) {
	_, p := house(t)
	if _, _, err := openid.New(outward.New(nil)).Ask(t.Context(), p, ""); openid.KindOf(err) != openid.Unreachable || !strings.Contains(err.Error(), "内部网段") {
		t.Errorf("127.0.0.1 was asked: %v", err)
	}
}
