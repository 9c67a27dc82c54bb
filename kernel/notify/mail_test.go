package notify_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tongban/kernel/db"
	"tongban/kernel/notify"
)

// mailServer is a mail server of the smallest kind: it offers STARTTLS, wants a password, and keeps what it was given.
type mailServer struct {
	net.Listener
	secure *tls.Config
	plain  bool // it forgets to offer STARTTLS

	mu   sync.Mutex
	said []string // commands, with the state of the connection
	mail string
}

func newMailServer(t *testing.T, plain bool) (s *mailServer, ca string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail"}, DNSNames: []string{"localhost"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	ca = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	s = &mailServer{Listener: l, plain: plain, secure: &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.serve(c)
		}
	}()
	return s, ca
}

func (s *mailServer) serve(c net.Conn) {
	defer func() { c.Close() }()
	in, secret := bufio.NewReader(c), false
	say := func(line string) { fmt.Fprintf(c, "%s\r\n", line) }
	say("220 mail.nanling.example ESMTP")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		s.mu.Lock()
		s.said = append(s.said, fmt.Sprintf("%v %s", secret, line))
		s.mu.Unlock()
		switch verb, _, _ := strings.Cut(strings.ToUpper(line), " "); verb {
		case "EHLO":
			switch {
			case secret:
				say("250-localhost\r\n250 AUTH PLAIN")
			case s.plain:
				say("250-localhost\r\n250 AUTH PLAIN")
			default:
				say("250-localhost\r\n250 STARTTLS")
			}
		case "STARTTLS":
			say("220 go ahead")
			c = tls.Server(c, s.secure)
			in, secret = bufio.NewReader(c), true
		case "AUTH":
			say("235 welcome")
		case "DATA":
			say("354 go ahead")
			var body strings.Builder
			for {
				line, err := in.ReadString('\n')
				if err != nil || line == ".\r\n" {
					break
				}
				body.WriteString(line)
			}
			s.mu.Lock()
			s.mail = body.String()
			s.mu.Unlock()
			say("250 queued")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func (s *mailServer) heard() (commands, mail string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.said, "\n"), s.mail
}

func (s *mailServer) file(ca string) string {
	_, port, _ := net.SplitHostPort(s.Addr().String())
	return `
mail:
  - name: 邮件
    host: localhost
    port: ` + port + `
    ca: ` + ca + `
    user: tongban
    password: env:SMS_TOKEN
    from: 南岭县政务服务 <no-reply@nanling.example>
`
}

func TestMailTravelsEncryptedAndSignedIn(t *testing.T) {
	s, ca := newMailServer(t, false)
	kt := county(t, db.SQLite, channels(t, s.file(ca)))
	tell(kt, notify.Message{Mail: "chen@nanling.example", Title: "已受理", Text: "您的申请已受理"})
	kt.Work(states(kt, "sent"))
	commands, mail := s.heard()
	password := base64.StdEncoding.EncodeToString([]byte("\x00tongban\x00geheim-4711"))
	for _, want := range []string{"false STARTTLS", "true AUTH PLAIN " + password, "true RCPT TO:<chen@nanling.example>"} {
		if !strings.Contains(commands, want) {
			t.Errorf("the server did not hear %q:\n%s", want, commands)
		}
	}
	if !strings.Contains(mail, "Message-ID: <") || !strings.Contains(mail, "charset=UTF-8") {
		t.Errorf("the mail reads\n%s", mail)
	}
	out, err := kt.Notify.Outbox(kt.Ctx, kt.Look(), 1)
	if err != nil || out[0].To != "c***@nanling.example" || kt.Count(`SELECT count(*) FROM notify_sms WHERE mail LIKE '%chen%'`) != 0 {
		t.Errorf("%+v, %v", out, err)
	}
}

func TestAPasswordNeverCrossesAnOpenConnection(t *testing.T) {
	s, ca := newMailServer(t, true)
	kt := county(t, db.SQLite, channels(t, s.file(ca)))
	tell(kt, notify.Message{Mail: "chen@nanling.example", Title: "已受理", Text: "您的申请已受理"})
	kt.Work(func() bool { return kt.Count(`SELECT count(*) FROM notify_sms WHERE tries = 1`) == 1 })
	if commands, mail := s.heard(); strings.Contains(commands, "AUTH") || mail != "" {
		t.Errorf("the server heard\n%s", commands)
	}
	stranger, _ := newMailServer(t, false) // somebody else under the name of the mail server
	kt = county(t, db.SQLite, channels(t, stranger.file(ca)))
	tell(kt, notify.Message{Mail: "chen@nanling.example", Title: "已受理", Text: "您的申请已受理"})
	kt.Work(func() bool { return kt.Count(`SELECT count(*) FROM notify_sms WHERE tries = 1`) == 1 })
	if commands, _ := stranger.heard(); strings.Contains(commands, "AUTH") {
		t.Errorf("a stranger heard\n%s", commands)
	}
}

func TestAMessageWithoutAPhoneGoesByMailAndOneWithBothByTextFirst(t *testing.T) {
	o := newOperator(t)
	s, ca := newMailServer(t, false)
	kt := county(t, db.SQLite, channels(t, "order: [移动, 邮件]\n"+gatewayFile("移动", o.URL, "")+s.file(ca)))
	tell(kt, notify.Message{Phone: phone, Mail: "chen@nanling.example", Text: "甲"})
	tell(kt, notify.Message{Mail: "chen@nanling.example", Text: "乙"})
	kt.Work(func() bool { return kt.Count(`SELECT count(*) FROM notify_sms WHERE state = 'sent'`) == 2 })
	if n := kt.Count(`SELECT count(*) FROM notify_sms WHERE channel = '移动' AND body = '甲' OR channel = '邮件' AND body = '乙'`); n != 2 {
		t.Errorf("%d of two messages took the right way", n)
	}
}
