package web

import (
	"crypto/tls"
	"net/http/httptest"
	"net/netip"
	"testing"
)

func TestOnlyTheCountysProxiesAreBelievedAboutVisitors(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("fd00::/8")}
	for _, x := range []struct {
		why, from string
		forwarded []string
		want      string
	}{
		{"nobody stands between", "203.0.113.7:5555", nil, "203.0.113.7"},
		{"a visitor invents an address", "203.0.113.7:5555", []string{"198.51.100.1"}, "203.0.113.7"},
		{"a visitor claims to be a proxy", "203.0.113.7:5555", []string{"198.51.100.1, 127.0.0.1"}, "203.0.113.7"},
		{"our proxy", "127.0.0.1:4000", []string{"203.0.113.7"}, "203.0.113.7"},
		{"our proxy appended to what the visitor invented", "127.0.0.1:4000", []string{"198.51.100.1, 203.0.113.7"}, "203.0.113.7"},
		{"the same in lines of their own", "127.0.0.1:4000", []string{"198.51.100.1", "203.0.113.7"}, "203.0.113.7"},
		{"two proxies of ours", "127.0.0.1:4000", []string{"198.51.100.1, 203.0.113.7, 10.1.2.3"}, "203.0.113.7"},
		{"the visitor invents one of ours", "127.0.0.1:4000", []string{"10.1.9.9, 203.0.113.7"}, "203.0.113.7"},
		{"with a port", "127.0.0.1:4000", []string{"203.0.113.7:1234"}, "203.0.113.7"},
		{"IPv6", "[fd00::1]:4000", []string{"[2001:db8::7]:1234"}, "2001:db8::7"},
		{"an IPv4 address in IPv6's clothes", "[::ffff:203.0.113.7]:4000", []string{"198.51.100.1"}, "203.0.113.7"},
		{"our proxy in IPv6's clothes", "[::ffff:127.0.0.1]:4000", []string{"203.0.113.7"}, "203.0.113.7"},
		{"our proxy says nothing", "127.0.0.1:4000", nil, "127.0.0.1"},
		{"our proxy passes on rubbish", "127.0.0.1:4000", []string{"unknown"}, "127.0.0.1"},
		{"rubbish before the truth", "127.0.0.1:4000", []string{"<script>\r\nx, 203.0.113.7"}, "203.0.113.7"},
		{"empty entries", "127.0.0.1:4000", []string{",, 203.0.113.7 ,"}, "203.0.113.7"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = x.from
		r.Header["X-Forwarded-For"] = x.forwarded
		if got := originOf(r, proxies); got.Address != x.want {
			t.Errorf("%s: %s, want %s", x.why, got.Address, x.want)
		}
	}
	// The broken twin believes everybody, and is caught by the second case.
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = "203.0.113.7:5555"
	r.Header.Set("X-Forwarded-For", "198.51.100.1")
	if got := originOf(r, []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}); got.Address == "203.0.113.7" {
		t.Error("the test would not see a site that believes everybody")
	}
	r.Header.Set("X-Forwarded-Proto", "https")
	if originOf(r, nil).Secure {
		t.Error("a visitor is believed about TLS")
	}
	r.RemoteAddr = "127.0.0.1:1"
	if !originOf(r, proxies).Secure {
		t.Error("our proxy is not believed about TLS")
	}
	r.RemoteAddr, r.TLS = "203.0.113.7:5555", &tls.ConnectionState{}
	if !originOf(r, proxies).Secure {
		t.Error("TLS of our own is not seen")
	}
}

func TestOneSubscriberCountsAsOneHoweverManyAddressesHeHas(t *testing.T) {
	if subscriber("2001:db8::1") != subscriber("2001:db8::ffff") || subscriber("2001:db8::1") == subscriber("2001:db8:0:1::1") || subscriber("192.0.2.1") == subscriber("192.0.2.2") {
		t.Error("callers are told apart wrongly")
	}
}
