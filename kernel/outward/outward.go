// Package outward sends requests to addresses that somebody typed into a page. Whoever may type one must not thereby reach what only this
// machine reaches: its own ports, the county's inner networks, the metadata service of a cloud (SSRF). So it connects to public addresses
// only, and to the inner networks that the operator names; it judges the address it is about to connect to, not the name, so a name that
// resolves otherwise the second time gains nothing (DNS rebinding). It never follows a redirect and uses no proxy.
package outward

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// Client sends such requests.
type Client struct {
	allowed []netip.Prefix
	http    *http.Client
}

// New makes a client that reaches the internet and the inner networks allowed.
func New(allowed []netip.Prefix) *Client {
	c := &Client{allowed: allowed}
	c.http = &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:                  nil, // a proxy would resolve and connect in our place
			DialContext:            c.dialer().DialContext,
			ForceAttemptHTTP2:      true,
			MaxIdleConns:           64,
			MaxIdleConnsPerHost:    2,
			MaxConnsPerHost:        4,
			IdleConnTimeout:        time.Minute,
			TLSHandshakeTimeout:    5 * time.Second,
			ResponseHeaderTimeout:  10 * time.Second,
			MaxResponseHeaderBytes: 16 << 10,
		},
	}
	return c
}

// Now is the time by which the world outside goes. A county's own clock may be moved for a demonstration; whoever checks a signature of ours,
// or waits for our next try, knows nothing of that.
func (c *Client) Now() time.Time { return time.Now() }

// Refused is that an address may not be connected to. The same request will be refused again.
type Refused struct{ Address string }

// Error implements error.
func (r Refused) Error() string {
	return fmt.Sprintf("网址指向 %s：不是公网地址，也不在平台允许的内部网段里", r.Address)
}

// dialer connects only where it may. Control is called with the address after the name was resolved, just before connecting.
func (c *Client) dialer() *net.Dialer {
	return &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return Refused{address}
		}
		if !c.May(at.Addr()) {
			return Refused{at.Addr().Unmap().WithZone("").String()}
		}
		return nil
	}}
}

// May reports whether an address may be connected to.
func (c *Client) May(at netip.Addr) bool {
	at = at.Unmap().WithZone("")
	for _, p := range c.allowed {
		if p.Contains(at) {
			return true
		}
	}
	return Public(at)
}

// inner reports whether an address lies in one of the networks that the operator named.
func (c *Client) inner(at netip.Addr) bool { return c.May(at) && !Public(at.Unmap().WithZone("")) }

// special are the networks that are no part of the public internet (IANA special-purpose registries, RFC 6890), and those by which an
// address of version 6 leads to one of version 4.
var special = networks(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24",
	"192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8")

func networks(texts ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, t := range texts {
		out = append(out, netip.MustParsePrefix(t))
	}
	return out
}

// Public reports whether an address is one of the public internet.
func Public(at netip.Addr) bool {
	if !at.IsValid() || !at.IsGlobalUnicast() {
		return false
	}
	for _, p := range special {
		if p.Contains(at) {
			return false
		}
	}
	return true
}

// ParseNetworks reads the inner networks that an operator allows, such as "10.20.0.0/16".
func ParseNetworks(texts []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, t := range texts {
		p, err := netip.ParsePrefix(strings.TrimSpace(t))
		if err != nil {
			return nil, fmt.Errorf("“%s”不是网段：请写成 10.20.0.0/16 这样", t)
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

// ErrAddress is that a text is no address to send to.
var ErrAddress = errors.New("请写成完整的网址，以 https:// 开头")

// Check says what is wrong with an address as it is typed. Where its name leads is judged at every request.
func (c *Client) Check(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil, u.Host == "", u.Hostname() == "", u.Opaque != "", len(address) > 500:
		return ErrAddress
	case u.Scheme != "https" && u.Scheme != "http":
		return ErrAddress
	case u.User != nil:
		return errors.New("网址里不要写用户名和口令：对方凭签名核对，不需要口令")
	case u.Fragment != "":
		return errors.New("网址里不要带 # 和后面的内容")
	}
	at, err := netip.ParseAddr(strings.Trim(u.Hostname(), "[]"))
	if err == nil && !c.May(at) {
		return Refused{at.String()}
	}
	if u.Scheme == "http" && (err != nil || !c.inner(at)) {
		return errors.New("请用 https：不加密的网址只可用于平台允许的内部网段，并且直接写 IP 地址")
	}
	return nil
}

// Library is a client for a library that makes its requests itself: each must pass Check, may take patience in all, and its answer ends
// after most bytes.
func (c *Client) Library(patience time.Duration, most int64) *http.Client {
	return &http.Client{Timeout: patience, CheckRedirect: c.http.CheckRedirect, Transport: bounded{c, most}}
}

type bounded struct {
	c    *Client
	most int64
}

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := b.c.Check(r.URL.String()); err != nil {
		return nil, err
	}
	answer, err := b.c.http.Transport.RoundTrip(r)
	if err == nil {
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(answer.Body, b.most), answer.Body}
	}
	return answer, err
}

// Do sends one request. Its address must pass Check.
func (c *Client) Do(ctx context.Context, r *http.Request) (*http.Response, error) {
	if err := c.Check(r.URL.String()); err != nil {
		return nil, err
	}
	answer, err := c.http.Do(r.WithContext(ctx)) // #nosec G704 -- this client is the guard: it dials nothing inside the house
	var refused Refused
	if errors.As(err, &refused) {
		return nil, refused
	}
	return answer, err
}
