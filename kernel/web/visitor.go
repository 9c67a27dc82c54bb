package web

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"tongban/kernel/authz"
)

// Origin is where a request comes from, as far as it can be believed.
type Origin struct {
	Address string // of the visitor; as the connection names it where that is no IP address
	Secure  bool   // the visitor speaks TLS, with us or with a proxy of the county
}

type originKey struct{}

// origin tells every handler who the visitor is. What a proxy of the county says is believed (X-Forwarded-For, X-Forwarded-Proto); what
// anybody else says of himself is not, or every limit by address could be walked around by inventing one.
func (s *Site) origin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o := originOf(r, s.options.Proxies)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), originKey{}, o)))
	})
}

func originOf(r *http.Request, proxies []netip.Prefix) Origin {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	at, err := address(host)
	if err != nil {
		return Origin{Address: host, Secure: r.TLS != nil}
	}
	o := Origin{Secure: r.TLS != nil}
	if ours(at, proxies) {
		o.Secure = o.Secure || lastOf(r.Header.Values("X-Forwarded-Proto")) == "https"
	}
	// Each proxy adds whom it saw at the end: from there back to the first that is not ours. What stands before that anybody may have written.
	hops := listed(r.Header.Values("X-Forwarded-For"))
	for ours(at, proxies) && len(hops) > 0 {
		before, err := address(hops[len(hops)-1])
		if err != nil {
			break
		}
		at, hops = before, hops[:len(hops)-1]
	}
	o.Address = at.String()
	return o
}

func ours(a netip.Addr, proxies []netip.Prefix) bool {
	return slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(a) })
}

// address reads an IP address, also one with a port as some proxies write it.
func address(s string) (netip.Addr, error) {
	if with, err := netip.ParseAddrPort(s); err == nil {
		return with.Addr().Unmap().WithZone(""), nil
	}
	a, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return a.Unmap().WithZone(""), err
}

func listed(lines []string) []string {
	var out []string
	for _, part := range strings.Split(strings.Join(lines, ","), ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

func lastOf(lines []string) string {
	all := listed(lines)
	if len(all) == 0 {
		return ""
	}
	return strings.ToLower(all[len(all)-1])
}

func originIn(ctx context.Context) Origin {
	o, _ := ctx.Value(originKey{}).(Origin)
	return o
}

// Visitor is the address of who asks, for the record.
func (r *Request) Visitor() string { return originIn(r.Ctx).Address }

// Subscriber is whom the visitor's address counts as where requests are counted: an IPv4 address, or the /64 that one subscriber gets of
// IPv6, who could otherwise come from another address each time.
func (r *Request) Subscriber() string { return subscriber(r.Visitor()) }

func subscriber(host string) string {
	a, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}

// through puts the visitor's address into what the audit log says of a person or program that came over the network.
func through(a authz.Actor, o Origin) authz.Actor {
	switch {
	case a.Kind == authz.System || o.Address == "":
	case a.Via == "":
		a.Via = o.Address
	default:
		a.Via += " " + o.Address
	}
	return a
}
