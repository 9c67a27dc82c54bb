package outward_test

import (
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tongban/kernel/outward"
)

func request(t *testing.T, address string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestOnlyThePublicInternetIsPublic(t *testing.T) {
	for address, want := range map[string]bool{
		"8.8.8.8": true, "223.5.5.5": true, "2400:3200::1": true, "::ffff:8.8.8.8": true,
		"127.0.0.1": false, "127.8.8.8": false, "::1": false, "0.0.0.0": false, "::": false, "0.1.2.3": false,
		"10.1.2.3": false, "172.16.0.1": false, "172.31.255.255": false, "172.32.0.1": true, "192.168.1.1": false, "100.64.0.1": false, "100.128.0.1": true,
		"169.254.169.254": false, "fe80::1": false, "fd00:ec2::254": false, "fec0::1": false,
		"192.0.2.1": false, "198.18.0.1": false, "198.51.100.7": false, "203.0.113.7": false, "2001:db8::1": false,
		"224.0.0.1": false, "ff02::1": false, "255.255.255.255": false, "240.0.0.1": false,
		"::ffff:127.0.0.1": false, "::ffff:169.254.169.254": false, "::127.0.0.1": false, "64:ff9b::7f00:1": false, "2002:7f00:1::": false, "2001:0:4136:e378:8000:63bf:3fff:fdd2": false,
	} {
		at := netip.MustParseAddr(address)
		if got := outward.New(nil).May(at); got != want {
			t.Errorf("%s may be connected to: %v", address, got)
		}
	}
	if outward.Public(netip.Addr{}) {
		t.Error("no address is public")
	}
}

func TestAddressesAreJudgedAsTheyAreTyped(t *testing.T) {
	inner, err := outward.ParseNetworks([]string{"10.20.0.0/16"})
	if err != nil {
		t.Fatal(err)
	}
	c := outward.New(inner)
	for _, good := range []string{"https://platform.example/events", "https://8.8.8.8/", "http://10.20.3.4:8080/events", "https://10.20.3.4/", "https://[2400:3200::1]:8443/a?b=c"} {
		if err := c.Check(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", "events", "//platform.example/", "ftp://platform.example/", "javascript:alert(1)", "https:///x", "https://user:word@platform.example/", "https://platform.example/#x",
		"http://platform.example/", "http://8.8.8.8/", "http://10.21.0.1/", "https://10.21.0.1/", "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://169.254.169.254/latest/meta-data",
		"https://platform.example/" + strings.Repeat("x", 500)} {
		if c.Check(bad) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	if _, err := outward.ParseNetworks([]string{"10.20.0.0"}); err == nil {
		t.Error("half a network is taken")
	}
}

// counting is a server of this machine, which nobody outside may have called by us.
func counting(t *testing.T, answer http.HandlerFunc) (*httptest.Server, *atomic.Int64) {
	t.Helper()
	var calls atomic.Int64
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s, &calls
}

// A name that passes as typed may lead anywhere a moment later: what counts is where the connection goes.
func TestANameThatLeadsInsideIsNotFollowed(t *testing.T) {
	s, calls := counting(t, func(http.ResponseWriter, *http.Request) {})
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	address := "https://localhost:" + port + "/"
	c := outward.New(nil)
	if err := c.Check(address); err != nil {
		t.Fatalf("as typed it is a name like any other: %v", err)
	}
	var refused outward.Refused
	if _, err := c.Do(t.Context(), request(t, address)); !errors.As(err, &refused) || calls.Load() != 0 {
		t.Errorf("%v after %d calls", err, calls.Load())
	}
	// The broken twin judges the name only, and reaches the machine's own port.
	twin := s.Client()
	twin.Transport.(*http.Transport).TLSClientConfig.ServerName = "example.com"
	if answer, err := twin.Do(request(t, address)); err != nil || calls.Load() == 0 {
		t.Errorf("the twin does not get there, so this test proves nothing: %v", err)
	} else {
		answer.Body.Close()
	}
}

func TestARedirectIsAnAnswerAndNoWay(t *testing.T) {
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("followed") }))
	defer inside.Close()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, inside.URL, http.StatusTemporaryRedirect)
	}))
	defer s.Close()
	loopback, _ := outward.ParseNetworks([]string{"127.0.0.0/8"})
	answer, err := outward.New(loopback).Do(t.Context(), request(t, s.URL))
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusTemporaryRedirect {
		t.Error(answer.Status)
	}
}

// A connection that an old version of TLS or a stranger's certificate protects is none.
func TestOldEncryptionAndStrangersAreRefused(t *testing.T) {
	loopback, _ := outward.ParseNetworks([]string{"127.0.0.0/8"})
	for name, most := range map[string]uint16{"TLS 1.1": tls.VersionTLS11, "an unknown authority": tls.VersionTLS13} {
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Errorf("%s: a request went through", name) }))
		s.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: most} // #nosec G402 -- the server that must be refused
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		s.StartTLS()
		_, err := outward.New(loopback).Do(t.Context(), request(t, s.URL))
		if err == nil || most == tls.VersionTLS11 && !strings.Contains(err.Error(), "protocol version") || most == tls.VersionTLS13 && !strings.Contains(err.Error(), "certificate") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := outward.New(loopback).Library(time.Minute, 1).Get(s.URL); err == nil {
			t.Errorf("%s: a library gets through", name)
		}
		s.Close()
	}
}

// What a library of ours asks for passes the same guard, and no answer is endless.
func TestALibraryIsGuardedToo(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/away" {
			http.Redirect(w, r, "/", http.StatusFound)
			return
		}
		_, _ = io.WriteString(w, strings.Repeat("x", 5000))
	}))
	defer s.Close()
	if _, err := outward.New(nil).Library(time.Minute, 100).Get(s.URL); err == nil {
		t.Error("it reaches this machine's own port")
	}
	loopback, _ := outward.ParseNetworks([]string{"127.0.0.0/8"})
	c := outward.New(loopback).Library(time.Minute, 100)
	answer, err := c.Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(answer.Body)
	answer.Body.Close()
	if len(body) != 100 {
		t.Errorf("%d bytes of an endless answer", len(body))
	}
	if answer, err = c.Get(s.URL + "/away"); err != nil || answer.StatusCode != http.StatusFound {
		t.Errorf("a redirect was followed: %v", err)
	} else {
		answer.Body.Close()
	}
}
