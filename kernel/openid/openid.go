// Package openid lets somebody sign in where another house knows him (OpenID Connect): it asks that house, the provider, by the
// authorisation code flow with PKCE, and judges the answer. What the person is then, and which account he gets, others decide.
//
// Signatures and claims of ID tokens are checked by go-oidc. What that library leaves to its caller stands here: state, nonce and their
// end, the issuer in the answer (RFC 9207), the authorised party, the age of the token, the time of the sign-in, whose the rest of the
// claims are. Every request goes through kernel/outward.
package openid

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"tongban/kernel/crypto"
	"tongban/kernel/outward"
)

// Limits of talking with a provider.
const (
	patience   = 8 * time.Second  // for one answer of the provider
	mostSaid   = 512 << 10        // bytes of one answer
	lasts      = 10 * time.Minute // from the question to the person's coming back
	oldest     = 10 * time.Minute // age of an ID token: it was made for this sign-in
	drift      = 2 * time.Minute  // between the provider's clock and ours
	metaLasts  = time.Hour        // keys that a provider withdraws are forgotten at the latest then
	longestSub = 255              // characters of a subject (Core 2)
)

// signing are the algorithms believed in an ID token. A secret of ours would be no proof of the provider (HS256), none is none.
var signing = []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA}

// Provider is another house, as this one was registered with it.
type Provider struct {
	Issuer string
	Client string // our name there
	Secret string
	Back   string   // our address to which it sends people back; one of its own for each provider, so that answers cannot be mixed up
	Scopes []string // besides openid
	Needs  []string // claims without which the provider's second source (userinfo) is asked too
	Anew   bool     // the person must sign in there just now, a login that he has there already does not count
}

// Question is what must come back with the person. It is kept in his session, and taken out before an answer is judged.
type Question struct {
	Issuer   string
	State    string
	Nonce    string
	Verifier string
	Asked    int64 // Unix seconds, of the machine's clock
	For      string
}

// Said is what a provider said of a person and was believed.
type Said struct {
	Issuer  string
	Subject string
	claims  map[string]any
}

// Text is a claim as text; empty if it was not said or is no word or number.
func (s Said) Text(name string) string {
	switch v := s.claims[name].(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

// Desk asks providers and remembers what they say of themselves.
type Desk struct {
	out  *outward.Client
	http *http.Client

	mu  sync.Mutex
	met map[string]*house
}

// house is a provider as it describes itself.
type house struct {
	*oidc.Provider
	meta metadata
	till time.Time
}

type metadata struct {
	Methods []string `json:"token_endpoint_auth_methods_supported"`
	Names   bool     `json:"authorization_response_iss_parameter_supported"`
}

// New makes a desk that reaches providers by the client.
func New(c *outward.Client) *Desk {
	return &Desk{out: c, http: c.Library(patience, mostSaid), met: map[string]*house{}}
}

// meet learns where a provider's doors and keys are.
func (d *Desk) meet(ctx context.Context, issuer string) (*house, error) {
	now := d.out.Now()
	d.mu.Lock()
	h := d.met[issuer]
	d.mu.Unlock()
	if h != nil && now.Before(h.till) {
		return h, nil
	}
	p, err := oidc.NewProvider(oidc.ClientContext(ctx, d.http), issuer)
	if err != nil {
		return nil, refuse(Unreachable, "discovery: %.300s", err) // the error may hold a whole page of theirs
	}
	h = &house{Provider: p, till: now.Add(metaLasts)}
	if err := p.Claims(&h.meta); err != nil {
		return nil, refuse(Unreachable, "discovery: %w", err)
	}
	// The browser is sent there: it must be an address as one of ours would be.
	if err := d.out.Check(p.Endpoint().AuthURL); err != nil {
		return nil, refuse(Unreachable, "authorization_endpoint: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.met[issuer] = h
	return h, nil
}

// Meet reports whether a provider can be reached and is who it should be; it is asked afresh.
func (d *Desk) Meet(ctx context.Context, issuer string) error {
	d.mu.Lock()
	delete(d.met, issuer)
	d.mu.Unlock()
	_, err := d.meet(ctx, issuer)
	return err
}

func (h *house) config(p Provider) oauth2.Config {
	c := oauth2.Config{ClientID: p.Client, ClientSecret: p.Secret, RedirectURL: p.Back, Scopes: append([]string{oidc.ScopeOpenID}, p.Scopes...), Endpoint: h.Endpoint()}
	// The library would try one way after the other, and a code counts once.
	c.Endpoint.AuthStyle = oauth2.AuthStyleInHeader
	if m := h.meta.Methods; len(m) > 0 && !slices.Contains(m, "client_secret_basic") {
		c.Endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	return c
}

// Ask begins a sign-in: where the browser goes, and what must come back.
func (d *Desk) Ask(ctx context.Context, p Provider, purpose string) (address string, q Question, err error) {
	h, err := d.meet(ctx, p.Issuer)
	if err != nil {
		return "", q, err
	}
	q = Question{Issuer: p.Issuer, State: crypto.Token(32), Nonce: crypto.Token(32), Verifier: oauth2.GenerateVerifier(), Asked: d.out.Now().Unix(), For: purpose}
	options := []oauth2.AuthCodeOption{oidc.Nonce(q.Nonce), oauth2.S256ChallengeOption(q.Verifier)}
	if p.Anew {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	c := h.config(p)
	return c.AuthCodeURL(q.State, options...), q, nil
}

// Judge judges what came back with the browser. Every error is a Refusal.
func (d *Desk) Judge(ctx context.Context, p Provider, q Question, back url.Values) (Said, error) {
	// What answers no question is not worth calling untrue: anybody can send it, as often as he likes.
	if q.State == "" || len(back["state"]) != 1 || !crypto.SameSecret(back.Get("state"), q.State) || q.Issuer != p.Issuer || d.out.Now().Unix()-q.Asked > int64(lasts/time.Second) {
		return Said{}, refuse(Lapsed, "no question of ours, or an old one")
	}
	for name, values := range back {
		if len(values) > 1 {
			return Said{}, refuse(Untrue, "%s came back twice", name)
		}
	}
	h, err := d.meet(ctx, p.Issuer)
	if err != nil {
		return Said{}, err
	}
	if iss := back.Get("iss"); iss != "" && iss != p.Issuer || iss == "" && h.meta.Names {
		return Said{}, refuse(Untrue, "the answer is of the issuer %q", iss)
	}
	switch back.Get("error") {
	case "":
	case "access_denied", "login_required", "interaction_required", "consent_required":
		return Said{}, refuse(Cancelled, "%s", back.Get("error"))
	default:
		return Said{}, refuse(Denied, "%.100q", back.Get("error"))
	}
	return d.exchange(ctx, h, p, q, back.Get("code"))
}

// exchange gets for the code what the provider says of the person, and judges it.
func (d *Desk) exchange(ctx context.Context, h *house, p Provider, q Question, code string) (Said, error) {
	now, c := d.out.Now(), h.config(p)
	ctx = oidc.ClientContext(ctx, d.http)
	token, err := c.Exchange(ctx, code, oauth2.VerifierOption(q.Verifier))
	if err != nil {
		return Said{}, exchanged(err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := h.Verifier(&oidc.Config{ClientID: p.Client, SupportedSigningAlgs: signing, Now: d.out.Now}).Verify(ctx, raw)
	if err != nil {
		return Said{}, refuse(Untrue, "%w", err)
	}
	said := Said{Issuer: id.Issuer, Subject: id.Subject, claims: map[string]any{}}
	if err := id.Claims(&said.claims); err != nil {
		return Said{}, refuse(Untrue, "%w", err)
	}
	if err := said.believed(p, q, id, now); err != nil {
		return Said{}, err
	}
	if id.AccessTokenHash != "" {
		if err := id.VerifyAccessToken(token.AccessToken); err != nil {
			return Said{}, refuse(Untrue, "%w", err)
		}
	}
	if err := d.more(ctx, h, p, c.TokenSource(ctx, token), said); err != nil {
		return Said{}, err
	}
	return said, nil
}

// believed is what the library leaves to its caller.
func (s Said) believed(p Provider, q Question, id *oidc.IDToken, now time.Time) error {
	age, azp := now.Sub(id.IssuedAt), s.Text("azp")
	switch {
	case !crypto.SameSecret(id.Nonce, q.Nonce):
		return refuse(Untrue, "the nonce is not ours")
	case id.Subject == "" || len(id.Subject) > longestSub:
		return refuse(Untrue, "no subject, or one of %d characters", len(id.Subject))
	case azp != "" && azp != p.Client, azp == "" && len(id.Audience) > 1:
		return refuse(Untrue, "made for the party %q of %d", azp, len(id.Audience))
	case id.IssuedAt.IsZero() || age > oldest || age < -drift:
		return refuse(Untrue, "made %v ago", age)
	}
	if !p.Anew {
		return nil
	}
	at, _ := s.claims["auth_time"].(float64)
	if seen := time.Unix(int64(at), 0); seen.Before(time.Unix(q.Asked, 0).Add(-drift)) {
		return refuse(Stale, "signed in there at %v", seen)
	}
	return nil
}

// more asks the provider's second source for what the ID token does not say. It counts only if it speaks of the same person.
func (d *Desk) more(ctx context.Context, h *house, p Provider, by oauth2.TokenSource, said Said) error {
	missing := func(name string) bool { return name != "" && said.claims[name] == nil }
	if h.UserInfoEndpoint() == "" || !slices.ContainsFunc(p.Needs, missing) {
		return nil
	}
	info, err := h.UserInfo(ctx, by)
	if err != nil {
		return refuse(Unreachable, "userinfo: %w", err)
	}
	if info.Subject != said.Subject {
		return refuse(Untrue, "userinfo speaks of another subject")
	}
	rest := map[string]any{}
	if err := info.Claims(&rest); err != nil {
		return refuse(Untrue, "userinfo: %w", err)
	}
	for name, value := range rest {
		if _, signed := said.claims[name]; !signed { // what was signed stands
			said.claims[name] = value
		}
	}
	return nil
}

// Pack is the question as a session keeps it.
func (q Question) Pack() string {
	text, err := json.Marshal(q)
	if err != nil {
		return "" // a struct of words and a number
	}
	return string(text)
}

// Unpack reads a question; what is none is the empty one, to which no answer fits.
func Unpack(text string) (q Question) {
	if json.Unmarshal([]byte(text), &q) != nil {
		return Question{}
	}
	return q
}
