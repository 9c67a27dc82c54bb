package web_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/logging"
	"tongban/kernel/web"
)

// Whoever could guess a token would be signed in: 32 bytes of chance, none like another.
func TestTokensOfSessionsCannotBeGuessed(t *testing.T) {
	kt := kerneltest.New(t, db.SQLite, func(*app.Kernel) []app.Module { return []app.Module{&shop{}} })
	seen, bits := map[string]bool{}, [256]int{}
	for range 200 {
		_, token, _ := strings.Cut(cookie(kt.Ask(kerneltest.Form("/shop/sign-in", nil), kerneltest.Nobody)), "=")
		raw, err := base64.RawURLEncoding.DecodeString(token)
		if err != nil || len(raw) < 16 || seen[token] {
			t.Fatalf("%q: %d bytes, seen before: %v, %v", token, len(raw), seen[token], err)
		}
		seen[token] = true
		for i, b := range raw[:16] {
			for k := range 8 {
				bits[8*i+k] += int(b >> k & 1)
			}
		}
	}
	for i, n := range bits[:128] {
		if n < 50 || n > 150 { // of 200; by chance once in 10^12
			t.Errorf("bit %d is set %d times of 200", i, n)
		}
	}
}

type file struct{ name string }

func (f file) Manifest() app.Manifest {
	return app.Manifest{Name: "file", Routes: []web.Route{web.Page("/file", authz.Anyone, func(w *web.Response, _ *web.Request) error {
		return w.Download(f.name, "application/pdf", time.Unix(0, 0), false, bytes.NewReader([]byte("x")))
	})}}
}

// The name of a file comes from whoever sent it in; to the browser it must be a name and nothing else.
func TestTheNameOfAFileIsOnlyAName(t *testing.T) {
	for _, name := range []string{"许可证.pdf", `a"; filename="evil.exe`, "a.pdf; filename*=UTF-8''evil.exe", "a\r\nSet-Cookie: x=y.pdf", "a\nb.pdf", "../../etc/passwd", "<script>.pdf"} {
		kt := kerneltest.New(t, db.SQLite, func(*app.Kernel) []app.Module { return []app.Module{file{name}} })
		a := kt.Get("/file", kerneltest.Nobody)
		how, given, err := mime.ParseMediaType(a.Header.Get("Content-Disposition"))
		if err != nil || how != "attachment" || given["filename"] != name || len(given) != 1 {
			t.Errorf("%q is told as %s %q (%v)", name, how, given, err)
		}
		if strings.ContainsAny(a.Header.Get("Content-Disposition"), "\r\n") || a.Header.Get("Set-Cookie") != "" {
			t.Errorf("%q makes a header of its own", name)
		}
	}
}

func TestUnexpectedFaultsAreInTheLog(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(logging.New(&log, "info"))
	defer slog.SetDefault(before)
	s := &shop{fault: errors.New("the disk is full")}
	kt := kerneltest.New(t, db.SQLite, func(*app.Kernel) []app.Module { return []app.Module{s} })
	kt.Get("/shop/fault", kerneltest.Nobody).Is(500, kerneltest.Lacks("the disk is full"))
	kt.Get("/shop/panic", kerneltest.Nobody).Is(500)
	for _, want := range []string{"request failed", "the disk is full", `"path":"/shop/fault"`, `"msg":"panic"`, "a secret of the programmer", "web_test.go"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q:\n%.2000s", want, log.String())
		}
	}
}

// Where two machines on the way could disagree about where a request ends, one person's request would carry another's. What can be read
// two ways is refused, or read once and the connection closed.
func TestNoRequestIsSmuggledInAnother(t *testing.T) {
	kt := kerneltest.New(t, db.SQLite, func(*app.Kernel) []app.Module { return []app.Module{&shop{}} })
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.Path)
		_, _ = io.Copy(io.Discard, r.Body)
		kt.Site().Handler().ServeHTTP(w, r)
	}))
	defer server.Close()
	const inner = "GET /shop/work HTTP/1.1\r\nHost: x\r\n\r\n"
	const head = "POST /shop/unlimited HTTP/1.1\r\nHost: x\r\n"
	for name, text := range map[string]string{
		"two lengths":          head + "Content-Length: 0\r\nContent-Length: " + fmt.Sprint(len(inner)) + "\r\n\r\n" + inner,
		"length and chunks":    head + "Content-Length: " + fmt.Sprint(len("0\r\n\r\n"+inner)) + "\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + inner,
		"unknown encoding":     head + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + inner,
		"encoding twice":       head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + inner,
		"blank before colon":   head + "Transfer-Encoding : chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + inner,
		"negative length":      head + "Content-Length: -1\r\n\r\n" + inner,
		"length with plus":     head + "Content-Length: +5\r\n\r\n0\r\n\r\n" + inner,
		"bad chunk":            head + "Transfer-Encoding: chunked\r\n\r\n0x5\r\nabcde\r\n0\r\n\r\n" + inner,
		"bare carriage return": head + "X: a\rTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n" + inner,
	} {
		asked = nil
		c, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(c, text)
		_ = c.(*net.TCPConn).CloseWrite()
		answers := 0
		for r := bufio.NewReader(c); ; answers++ {
			a, err := http.ReadResponse(r, nil)
			if err != nil {
				break
			}
			_, _ = io.Copy(io.Discard, a.Body)
			a.Body.Close()
		}
		c.Close()
		inside := 0
		for _, path := range asked {
			if path == "GET /shop/work" {
				inside++
			}
		}
		// Length beside chunks is read by the chunks, as the standard says; a proxy that reads otherwise must not exist: docs/operations.
		if want := 0; inside != want && name != "length and chunks" {
			t.Errorf("%s: the inner request was answered (%v, %d answers)", name, asked, answers)
		}
	}
}
