package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/wneessen/go-mail"

	"tongban/kernel/logging"
)

// postOffice sends mail through the county's mail server.
type postOffice struct {
	host    string
	port    int
	from    string
	secret  string
	options []mail.Option
}

// post reads the settings of a mail channel.
func (x mailChannel) post(dir string, secret func(string) (string, error)) (Sender, error) {
	from, err := netmail.ParseAddress(x.From)
	if err != nil {
		return nil, errors.New("from 要写成 南岭县政务服务 <no-reply@…> 的样子")
	}
	if x.Host == "" {
		return nil, errors.New("缺少 host：邮件服务器的主机名")
	}
	secure := &tls.Config{ServerName: x.Host, MinVersion: tls.VersionTLS12}
	if x.CA != "" {
		if !filepath.IsAbs(x.CA) {
			x.CA = filepath.Join(dir, x.CA)
		}
		pem, err := os.ReadFile(x.CA)
		if err != nil {
			return nil, fmt.Errorf("ca：%w", err)
		}
		if secure.RootCAs = x509.NewCertPool(); !secure.RootCAs.AppendCertsFromPEM(pem) {
			return nil, errors.New("ca 文件里没有证书")
		}
	}
	o := &postOffice{host: x.Host, port: x.Port, from: from.String()}
	o.options = []mail.Option{mail.WithTLSConfig(secure)}
	switch x.TLS {
	case "", "starttls": // mandatory: a server that forgets STARTTLS must not get the password in the clear
		o.port = orPort(x.Port, 587)
		o.options = append(o.options, mail.WithTLSPolicy(mail.TLSMandatory))
	case "tls":
		o.port = orPort(x.Port, 465)
		o.options = append(o.options, mail.WithSSL())
	case "none":
		if x.User != "" {
			return nil, errors.New("tls: none 不能和 user 一起用，口令会明文传送")
		}
		o.port = orPort(x.Port, 25)
		o.options = append(o.options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		return nil, errors.New("tls 只能是 starttls、tls 或 none")
	}
	o.options = append(o.options, mail.WithPort(o.port))
	if x.User != "" {
		if o.secret, err = secret(x.Password); err != nil {
			return nil, fmt.Errorf("password：%w", err)
		}
		o.options = append(o.options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(x.User), mail.WithPassword(o.secret))
	}
	_, err = mail.NewClient(o.host, o.options...)
	return o, err
}

func orPort(port, usual int) int {
	if port == 0 {
		return usual
	}
	return port
}

// Send implements Sender. The message id is made of ours, so that a server which sees it twice can drop the second.
func (o *postOffice) Send(ctx context.Context, d Dispatch) error {
	client, err := mail.NewClient(o.host, o.options...) // its own each time: the library's client keeps one connection
	if err != nil {
		return Unsent{err}
	}
	m := mail.NewMsg()
	if err := errors.Join(m.From(o.from), m.To(d.To)); err != nil {
		return Unsent{errors.New("邮件地址不能用")}
	}
	m.Subject(d.Title)
	m.SetDate()
	m.SetMessageIDWithValue(strings.ToLower(d.ID) + "@" + o.host)
	m.SetBodyString(mail.TypeTextPlain, d.Text)
	if err := client.DialAndSendWithContext(ctx, m); err != nil {
		return o.failure(err, d)
	}
	return nil
}

func (o *postOffice) failure(err error, d Dispatch) error {
	said := strings.ReplaceAll(err.Error(), d.To, "收件人")
	if o.secret != "" {
		said = strings.ReplaceAll(said, o.secret, "***")
	}
	out := fmt.Errorf("邮件服务器没有接受：%s", logging.Mask(said))
	var dial *net.OpError
	var refused *mail.SendError
	if errors.As(err, &dial) && dial.Op == "dial" || errors.As(err, &refused) {
		return Unsent{out}
	}
	return out
}

// Reach implements Sender.
func (o *postOffice) Reach(ctx context.Context) error {
	return knock(ctx, net.JoinHostPort(o.host, strconv.Itoa(o.port)))
}
