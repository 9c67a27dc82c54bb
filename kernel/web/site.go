package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/danielgtaylor/huma/v2"
	"github.com/klauspost/compress/gzhttp"

	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/problem"
)

// Options are what the county sets about its site.
type Options struct {
	BaseURL string        // public address, if it stands behind a proxy
	County  func() string // name of the county as the edition in force gives it
	Hotline string
	Demo    bool
	Filling func() string  // how far a demo county is with filling itself; nil or empty: it stands
	Secure  bool           // cookies only over TLS
	Proxies []netip.Prefix // machines of the county in front of it, whose word about visitors counts; none: nobody's
	Idle    time.Duration  // no session may be left alone for longer, whatever the policy says; 0: as it says

	// Observe hears of every request that a route answered; nil: nobody listens.
	Observe func(route, kind string, status int, took time.Duration)

	Permissions []authz.Definition // named in the API document
	Caller      Caller             // nil: no program may call
	Describe    []func(*huma.OpenAPI)
}

// Caller finds the actor behind the token of a program that calls the API (RFC 6750), afresh for every request: a suspended program is
// out at once. It also refuses who calls too often.
type Caller func(ctx context.Context, v *db.View, token string) (authz.Actor, error)

// Identify finds the actor behind a signed-in account, afresh for every request: a dismissed clerk is out at once.
type Identify func(ctx context.Context, v *db.View, account string) (authz.Actor, error)

// Site serves the routes of all modules.
type Site struct {
	db       *db.DB
	now      func() time.Time
	options  Options
	identify Identify
	sessions *scs.SessionManager
	mux      *http.ServeMux
	routes   []Route
	chrome   *chrome
	document *huma.OpenAPI
	costly   chan struct{} // a place for each costly request that runs
	busy     atomic.Pointer[busyPage]
	wall     func() time.Time // of the machine: a session ages even where the county's clock is moved
}

// NewSite mounts the routes.
func NewSite(d *db.DB, now func() time.Time, o Options, identify Identify, routes []Route, nav []NavEntry) *Site {
	s := &Site{db: d, now: now, options: o, identify: identify, mux: http.NewServeMux(), routes: routes, chrome: newChrome(nav), costly: make(chan struct{}, mostCostly), wall: time.Now}
	s.sessions = scs.New()
	s.sessions.Store, s.sessions.Codec = sessionStore{d}, sessionForm{}
	s.sessions.Lifetime = 12 * time.Hour
	s.sessions.HashTokenInStore = true
	s.sessions.Cookie.Name = "tongban"
	if o.Secure {
		s.sessions.Cookie.Name = "__Host-tongban"
	}
	s.sessions.Cookie.Secure = o.Secure
	s.sessions.Cookie.HttpOnly = true
	s.sessions.Cookie.SameSite = http.SameSiteLaxMode
	s.sessions.Cookie.Persist = false
	s.sessions.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) {
		s.showError(&Response{w, s.request(r, authz.Actor{Kind: authz.Guest})}, problem.Busy(2*time.Second, "系统暂时读不到您的登录状态，请稍后刷新本页").Wrap(err), false)
	}
	s.mountAPI()
	for _, route := range routes {
		if route.register != nil {
			continue
		}
		s.mux.HandleFunc(route.Pattern(), func(w http.ResponseWriter, r *http.Request) { s.serve(route, w, r) })
	}
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { s.unknown(w, r) })
	return s
}

// Routes lists what is mounted, for the battery that walks every route.
func (s *Site) Routes() []Route { return s.routes }

// Match finds the route that answers a request.
func (s *Site) Match(r *http.Request) (Route, bool) {
	_, pattern := s.mux.Handler(r)
	i := slices.IndexFunc(s.routes, func(route Route) bool { return route.Pattern() == pattern })
	if i < 0 {
		return Route{}, false
	}
	return s.routes[i], true
}

// Raw mounts a handler that is no page of the product (static files, health).
func (s *Site) Raw(pattern string, h http.Handler) { s.mux.Handle(pattern, h) }

// Handler is the whole door: compression, protection against cross-site forms, sessions, routes.
func (s *Site) Handler() http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.showError(&Response{w, s.request(r, authz.Actor{Kind: authz.Guest})}, problem.Forbidden("这份表单不是从本网站打开的，为保护您的信息没有提交。请从本网站首页重新进入办理"), false)
	}))
	return s.headers(s.crowd(gzhttp.GzipHandler(s.origin(s.sessions.LoadAndSave(guard.Handler(s.mux))))))
}

// headers sets what every answer carries. No inline script or style is ever allowed.
func (s *Site) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		if s.options.Secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(self), geolocation=(self), microphone=()")
		next.ServeHTTP(w, r)
	})
}

func (s *Site) request(r *http.Request, actor authz.Actor) *Request {
	now, actor := s.now(), through(actor, originIn(r.Context()))
	var id [6]byte
	rand.Read(id[:])
	return &Request{Request: r, Ctx: r.Context(), Actor: actor, Now: now, View: s.db.View(actor, now), ID: hex.EncodeToString(id[:]), site: s}
}

// serve answers one request by its route.
func (s *Site) serve(route Route, hw http.ResponseWriter, hr *http.Request) {
	started := time.Now()
	out := &status{ResponseWriter: hw}
	actor, err := s.caller(route, hr)
	r := s.request(hr, actor)
	r.answer = out.Header()
	r.route, r.asked, r.known = route, actor.ID, s.wall()
	w := &Response{out, r}
	hr.Body = http.MaxBytesReader(out, hr.Body, cmp.Or(route.MaxBody, usualBody))
	defer func() {
		if cause := recover(); cause != nil {
			slog.ErrorContext(r.Ctx, "panic", "request", r.ID, "route", route.Pattern(), "cause", cause, "stack", string(debug.Stack()))
			s.showError(w, problem.Internal("处理这一页时出了错"), route.API)
		}
		if s.options.Observe != nil {
			s.options.Observe(route.Pattern(), route.kind(), cmp.Or(out.code, http.StatusOK), time.Since(started))
		}
		slog.DebugContext(r.Ctx, "request", "request", r.ID, "route", route.Pattern(), "status", out.code, "took", time.Since(started), "actor", r.Actor.ID)
	}()
	if err == nil {
		err = sane(hr.URL)
	}
	if err == nil {
		err = s.admit(route, r)
	}
	if err == nil {
		err = s.handle(route, w, r)
	}
	if err != nil {
		s.showError(w, err, route.API)
	}
}

// handle lets the route answer, a costly one only where there is a place.
func (s *Site) handle(route Route, w *Response, r *Request) error {
	if !route.costly {
		return route.Handle(w, r)
	}
	select {
	case s.costly <- struct{}{}:
		defer func() { <-s.costly }()
		return route.Handle(w, r)
	default:
		return problem.Busy(15*time.Second, "正在为别人导出，请过十几秒再点一次")
	}
}

// admit refuses who may not open the route at all. The command behind it decides about the particular thing.
func (s *Site) admit(route Route, r *Request) error {
	if r.Actor.Holds(route.Permission) {
		return nil
	}
	if r.Actor.Kind == authz.Guest {
		if route.API {
			return problem.Unauthenticated("这个接口需要令牌：请先用客户端凭证换取，放在 Authorization: Bearer 请求头里").WithNext("换取令牌的地址是 " + TokenPath + "。")
		}
		if at := r.Ended(); at != "" && r.Method != http.MethodGet {
			return problem.Unauthenticated("登录已在 %s 过期，刚才的操作没有做", at).WithNext("请重新登录，再做一次。")
		}
		return problem.Unauthenticated("请先登录再继续")
	}
	if route.API {
		return problem.Forbidden("没有这个接口所需的权限 %s", route.Permission).WithNext("请联系本单位管理员，为账户或者接入应用开通权限。").Coded("scope")
	}
	return problem.Forbidden("您的账号没有打开这一页的权限。如工作需要，请联系本单位管理员授权")
}

// caller is who asks for a route. Only API routes take a token, and whoever shows one is judged by it alone.
func (s *Site) caller(route Route, r *http.Request) (authz.Actor, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !route.API || s.options.Caller == nil || !strings.EqualFold(scheme, "Bearer") {
		return s.actor(r)
	}
	actor, err := s.options.Caller(r.Context(), s.db.View(guestActor, s.now()), strings.TrimSpace(token))
	if err != nil {
		actor = guestActor
	}
	return actor, err
}

func (s *Site) actor(r *http.Request) (authz.Actor, error) {
	guest := authz.Actor{Kind: authz.Guest}
	account := s.sessions.GetString(r.Context(), "account")
	if account == "" {
		return guest, nil
	}
	if !s.inTerm(r) {
		return guest, nil
	}
	actor, err := s.identify(r.Context(), s.db.View(guest, s.now()), account)
	if errors.Is(err, ErrNoAccount) {
		return guest, s.sessions.Destroy(r.Context())
	}
	return actor, err
}

// ErrNoAccount is what Identify answers for an account that is gone or switched off.
var ErrNoAccount = errors.New("web: no such account")

// SignOut ends the session.
func (r *Request) SignOut() error {
	// The next person at the same screen, a kiosk's or a counter's, finds no page of this one by going back, and no kept file.
	r.answer.Set("Clear-Site-Data", `"cache", "storage"`)
	return r.site.sessions.Destroy(r.Ctx)
}

// Remember keeps a small value in the session, such as the display mode or where to go after login.
func (r *Request) Remember(name, value string) { r.site.sessions.Put(r.Ctx, name, value) }

// Recall gives a value kept in the session.
func (r *Request) Recall(name string) string { return r.site.sessions.GetString(r.Ctx, name) }

// Take gives a value kept in the session and forgets it.
func (r *Request) Take(name string) string { return r.site.sessions.PopString(r.Ctx, name) }

type status struct {
	http.ResponseWriter
	code int
}

func (w *status) WriteHeader(code int) {
	if w.code == 0 {
		w.code = code
		w.ResponseWriter.WriteHeader(code)
	}
}

func (w *status) Write(b []byte) (int, error) {
	if w.code == 0 {
		w.code = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *status) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func asError[T error](err error, target *T) bool { return errors.As(err, target) }

// ignoreGone drops the error of a visitor who left before the page arrived.
func ignoreGone(err error) error {
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, net.ErrClosed) || errors.Is(err, io.ErrClosedPipe) {
		return nil
	}
	return err
}

func isAPI(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, "/api/") || strings.Contains(r.Header.Get("Accept"), "application/json")
}
