package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/md5" // #nosec G501 -- see "md5" below
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"text/template"
	"time"
	"unicode/utf8"

	"github.com/emmansun/gmsm/sm3"

	"tongban/kernel/logging"
)

// httpGateway sends text messages through any gateway that takes a request over HTTP; how the request looks is the county's template.
type httpGateway struct {
	url, body *template.Template
	method    string
	headers   map[string]*template.Template
	success   *regexp.Regexp
	secrets   map[string]string
	client    *http.Client
}

// newClient never follows a redirect: it would carry number, text and secret to somebody else.
func newClient() *http.Client {
	return &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute, TLSHandshakeTimeout: 5 * time.Second}}
}

// parse reads a template of the file. The functions are what gateways in use ask for: JSON, URL escaping, and their kinds of signatures.
func (g *httpGateway) parse(text string) (*template.Template, error) {
	hexOf := func(sum []byte) string { return hex.EncodeToString(sum) }
	return template.New("").Option("missingkey=error").Funcs(template.FuncMap{
		"secret": func(name string) (string, error) {
			value, ok := g.secrets[name]
			if !ok {
				return "", fmt.Errorf("secrets 里没有 %s", name)
			}
			return value, nil
		},
		"json":   func(v any) (string, error) { b, err := json.Marshal(v); return string(b), err },
		"base64": func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
		// MD5 proves nothing any more, but the gateways of two national operators sign with it.
		"md5": func(s string) string {
			sum := md5.Sum([]byte(s)) /* #nosec G401 -- the operators ask for it */
			return hexOf(sum[:])
		},
		"sha256": func(s string) string { sum := sha256.Sum256([]byte(s)); return hexOf(sum[:]) },
		"sm3":    func(s string) string { sum := sm3.Sum([]byte(s)); return hexOf(sum[:]) },
		"hmacSHA256": func(key, s string) string {
			h := hmac.New(sha256.New, []byte(key))
			h.Write([]byte(s))
			return hexOf(h.Sum(nil))
		},
	}).Parse(text)
}

// request fills in the templates.
func (g *httpGateway) request(d Dispatch, now time.Time) (*http.Request, error) {
	data := struct {
		Dispatch
		Now  time.Time
		Unix int64
	}{d, now.In(beijing), now.Unix()}
	fill := func(t *template.Template) (string, error) {
		var b strings.Builder
		err := t.Execute(&b, data)
		return b.String(), err
	}
	address, err := fill(g.url)
	if err != nil {
		return nil, fmt.Errorf("url：%w", err)
	}
	body, err := fill(g.body)
	if err != nil {
		return nil, fmt.Errorf("body：%w", err)
	}
	r, err := http.NewRequest(g.method, address, strings.NewReader(body))
	if err != nil {
		return nil, errors.New("url 填好后不是有效的网址：请用 urlquery 转义其中的内容")
	}
	for name, t := range g.headers {
		value, err := fill(t)
		if err != nil {
			return nil, fmt.Errorf("headers.%s：%w", name, err)
		}
		r.Header.Set(name, value)
	}
	return r, nil
}

// Send implements Sender.
func (g *httpGateway) Send(ctx context.Context, d Dispatch) error {
	r, err := g.request(d, time.Now())
	if err != nil {
		return Unsent{err}
	}
	response, err := g.client.Do(r.WithContext(ctx))
	if err != nil {
		return g.unanswered(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	if err != nil {
		return g.unanswered(err)
	}
	if response.StatusCode/100 == 2 && g.success.Match(answer) {
		return nil
	}
	return Unsent{fmt.Errorf("网关没有接受（HTTP %d）：%s", response.StatusCode, g.clean(string(answer)))}
}

// unanswered is an exchange that broke. Only when no connection came about is it sure that nothing left.
func (g *httpGateway) unanswered(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err // u itself prints the address, which may hold number and secret
	}
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		return Unsent{fmt.Errorf("连不上网关：%s", g.clean(dial.Err.Error()))}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return errors.New("网关没有在时限内应答")
	}
	return fmt.Errorf("与网关的连接中断：%s", g.clean(err.Error()))
}

// clean makes what the other side said fit for a page: short, without numbers, without our secrets.
func (g *httpGateway) clean(s string) string {
	for _, value := range g.secrets {
		s = strings.ReplaceAll(s, value, "***")
	}
	s = logging.Mask(string(bytes.ToValidUTF8([]byte(s), []byte("?"))))
	s = strings.Join(strings.Fields(strings.ReplaceAll(s, "\x00", "")), " ")
	if utf8.RuneCountInString(s) > 200 {
		s = string([]rune(s)[:200]) + "…"
	}
	return s
}

// Reach implements Sender: it opens a connection and asks for nothing.
func (g *httpGateway) Reach(ctx context.Context) error {
	r, err := g.request(Dispatch{ID: "0", To: "13900000000"}, time.Now())
	if err != nil {
		return err
	}
	port := r.URL.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[r.URL.Scheme]
	}
	return knock(ctx, net.JoinHostPort(r.URL.Hostname(), port))
}

// knock opens a connection and closes it again.
func knock(ctx context.Context, address string) error {
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("连不上 %s：%w", address, err)
	}
	return c.Close()
}
