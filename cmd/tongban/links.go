package main

import (
	"errors"
	"net"
	"net/url"
	"strings"
)

// links are the addresses under which a listener can be opened, the best one first. A listener on every interface (0.0.0.0, ::) is
// reached from other machines under the machine's own addresses; "http://0.0.0.0" in a QR code would lead a phone nowhere.
func links(at net.Addr, machine []net.Addr) []string {
	tcp, ok := at.(*net.TCPAddr)
	if !ok {
		return []string{"http://" + at.String()}
	}
	if !tcp.IP.IsUnspecified() {
		return []string{link(tcp.IP, tcp)}
	}
	var out []string
	for _, a := range machine {
		if own, ok := a.(*net.IPNet); ok && own.IP.IsGlobalUnicast() && (own.IP.To4() != nil || tcp.IP.To4() == nil) {
			out = append(out, link(own.IP, tcp))
		}
	}
	return append(out, link(net.IPv4(127, 0, 0, 1), tcp))
}

func link(ip net.IP, tcp *net.TCPAddr) string {
	return "http://" + (&net.TCPAddr{IP: ip, Port: tcp.Port}).String()
}

var errBaseURL = errors.New("--base-url 写成网站的网址，例如 https://zw.nanling.example，不带路径和参数")

// publicAddress is the address that links, QR codes and messages carry: what the operator says, or else where the listener is reached.
func publicAddress(said string, at net.Addr, machine []net.Addr) (string, error) {
	if said == "" {
		return links(at, machine)[0], nil
	}
	u, err := url.Parse(said)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return "", errBaseURL
	}
	return u.Scheme + "://" + u.Host, nil
}
