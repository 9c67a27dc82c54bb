package main

import (
	"net"
	"slices"
	"testing"
)

func TestLinksLeadToWhereTheCountyListens(t *testing.T) {
	machine := []net.Addr{cidr(t, "127.0.0.1/8"), cidr(t, "::1/128"), cidr(t, "fe80::1/64"), cidr(t, "10.20.0.7/16"), cidr(t, "2001:db8::7/64")}
	for _, c := range []struct {
		at   string
		port int
		want []string
	}{
		{"127.0.0.1", 41234, []string{"http://127.0.0.1:41234"}},
		{"10.20.0.7", 80, []string{"http://10.20.0.7:80"}},
		{"::1", 8080, []string{"http://[::1]:8080"}},
		{"0.0.0.0", 8080, []string{"http://10.20.0.7:8080", "http://127.0.0.1:8080"}},
		{"::", 8080, []string{"http://10.20.0.7:8080", "http://[2001:db8::7]:8080", "http://127.0.0.1:8080"}},
	} {
		if got := links(&net.TCPAddr{IP: net.ParseIP(c.at), Port: c.port}, machine); !slices.Equal(got, c.want) {
			t.Errorf("%s:%d is reached under %v, want %v", c.at, c.port, got, c.want)
		}
	}
}

func TestAnyFreePortIsKnownBeforeTheFirstLinkIsMade(t *testing.T) {
	listener, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	base, err := publicAddress("", listener.Addr(), nil)
	if err != nil || base != "http://127.0.0.1:"+port {
		t.Errorf("the county is reached under %s, %v; it listens on port %s", base, err, port)
	}
}

func TestAPublicAddressIsASiteAndNothingElse(t *testing.T) {
	at := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}
	for said, want := range map[string]string{
		"https://zw.nanling.example": "https://zw.nanling.example", "https://zw.nanling.example/": "https://zw.nanling.example",
		"zw.nanling.example": "", "ftp://zw.nanling.example": "", "https://zw.nanling.example/portal": "", "https://": "", "https://x/?y": "",
	} {
		if got, err := publicAddress(said, at, nil); got != want || (err != nil) != (want == "") {
			t.Errorf("%q becomes %q, %v", said, got, err)
		}
	}
}

func cidr(t *testing.T, text string) net.Addr {
	t.Helper()
	ip, n, err := net.ParseCIDR(text)
	if err != nil {
		t.Fatal(err)
	}
	return &net.IPNet{IP: ip, Mask: n.Mask}
}
