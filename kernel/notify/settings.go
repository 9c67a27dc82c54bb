package notify

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"text/template"
	"time"

	"go.yaml.in/yaml/v3"
)

// settings is the county's file of channels (docs/operations/notify.md). Secrets are named, never written: env:NAME or file:PATH.
type settings struct {
	Order []string      `yaml:"order"` // names of channels in the order in which they are tried; empty: as they stand
	SMS   []smsSettings `yaml:"sms"`
	Mail  []mailChannel `yaml:"mail"`
}

type costs struct {
	Signature string        `yaml:"signature"`
	Longest   int           `yaml:"longest"`
	PerNumber *int          `yaml:"per_number_per_day"`
	PerDay    int           `yaml:"per_day"`
	Timeout   time.Duration `yaml:"timeout"`
}

type smsSettings struct {
	Name    string            `yaml:"name"`
	URL     string            `yaml:"url"`
	Method  string            `yaml:"method"`
	Headers map[string]string `yaml:"headers"`
	Body    string            `yaml:"body"`
	Success string            `yaml:"success"` // regular expression that the answer must match
	Secrets map[string]string `yaml:"secrets"`
	costs   `yaml:",inline"`
}

type mailChannel struct {
	Name     string `yaml:"name"`
	Host     string `yaml:"host"`
	Port     int    `yaml:"port"`
	TLS      string `yaml:"tls"` // starttls, tls, none
	CA       string `yaml:"ca"`  // file with the certificate of the county's own authority
	User     string `yaml:"user"`
	Password string `yaml:"password"` // env:NAME or file:PATH
	From     string `yaml:"from"`
	costs    `yaml:",inline"`
}

// usualPerNumber keeps one number from being bombed where the file says nothing.
const usualPerNumber = 20

// Load reads the county's channels from a file.
func Load(path string) ([]Channel, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("读不了通知通道配置：%w", err)
	}
	channels, err := Parse(text, filepath.Dir(path), os.LookupEnv)
	if err != nil {
		return nil, fmt.Errorf("通知通道配置 %s：%w", path, err)
	}
	return channels, nil
}

// Parse reads the text of such a file; relative names of secret files start at dir.
func Parse(text []byte, dir string, env func(string) (string, bool)) ([]Channel, error) {
	var s settings
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&s); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("不是约定的格式：%w", err)
	}
	known := map[string]Channel{}
	var names []string
	add := func(name string, c costs, m Means, sender Sender, err error) error {
		if name == "" {
			return errors.New("有一个通道没有 name，请起一个名字")
		}
		if _, twice := known[name]; twice {
			return fmt.Errorf("有两个通道都叫“%s”，请改其中一个的名字", name)
		}
		if err != nil {
			return fmt.Errorf("通道“%s”：%w", name, err)
		}
		per := usualPerNumber
		if c.PerNumber != nil {
			per = *c.PerNumber
		}
		if per < 0 || c.PerDay < 0 || c.Longest < 0 || c.Timeout < 0 {
			return fmt.Errorf("通道“%s”：额度、字数和超时不能是负数", name)
		}
		known[name] = Channel{Name: name, Means: m, Sender: sender, Signature: c.Signature, Longest: c.Longest, PerNumber: per, PerDay: c.PerDay, Patience: c.Timeout}
		names = append(names, name)
		return nil
	}
	secret := func(ref string) (string, error) { return reveal(ref, dir, env) }
	for _, x := range s.SMS {
		sender, err := x.gateway(secret)
		if err := add(x.Name, x.costs, Text, sender, err); err != nil {
			return nil, err
		}
	}
	for _, x := range s.Mail {
		sender, err := x.post(dir, secret)
		if err := add(x.Name, x.costs, Mail, sender, err); err != nil {
			return nil, err
		}
	}
	if len(s.Order) == 0 {
		s.Order = names
	}
	var out []Channel
	for _, name := range s.Order {
		c, ok := known[name]
		if !ok {
			return nil, fmt.Errorf("order 里的“%s”不是任何通道的名字，或写了两次", name)
		}
		delete(known, name)
		out = append(out, c)
	}
	for name := range known {
		return nil, fmt.Errorf("通道“%s”不在 order 里，不会被使用：请加进去，或删掉这个通道", name)
	}
	return out, nil
}

// reveal reads a secret from where it is kept.
func reveal(ref, dir string, env func(string) (string, bool)) (string, error) {
	kind, name, _ := strings.Cut(ref, ":")
	switch kind {
	case "env":
		value, ok := env(name)
		if !ok || value == "" {
			return "", fmt.Errorf("环境变量 %s 没有设置", name)
		}
		return value, nil
	case "file":
		if !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		info, err := os.Stat(name)
		if err != nil {
			return "", fmt.Errorf("读不了密钥文件：%w", err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			return "", fmt.Errorf("密钥文件 %s 别的用户也能读，请先执行 chmod 600", name)
		}
		value, err := os.ReadFile(name)
		return strings.TrimSpace(string(value)), err
	}
	return "", errors.New("密钥不能直接写在配置里：请写成 env:环境变量名 或 file:文件名")
}

func (x smsSettings) gateway(secret func(string) (string, error)) (Sender, error) {
	g := &httpGateway{method: strings.ToUpper(x.Method), secrets: map[string]string{}, headers: map[string]*template.Template{}, client: newClient()}
	if g.method == "" {
		g.method = "POST"
	}
	if g.method != "POST" && g.method != "GET" && g.method != "PUT" {
		return nil, errors.New("method 只能是 POST、PUT 或 GET")
	}
	for name, ref := range x.Secrets {
		value, err := secret(ref)
		if err != nil {
			return nil, fmt.Errorf("secrets.%s：%w", name, err)
		}
		g.secrets[name] = value
	}
	if x.Success == "" {
		return nil, errors.New("缺少 success：写出表示成功的应答内容的正则表达式，很多网关失败时也返回 200")
	}
	var err error
	if g.success, err = regexp.Compile(x.Success); err != nil {
		return nil, fmt.Errorf("success 不是有效的正则表达式：%w", err)
	}
	if g.url, err = g.parse(x.URL); err != nil {
		return nil, fmt.Errorf("url：%w", err)
	}
	if g.body, err = g.parse(x.Body); err != nil {
		return nil, fmt.Errorf("body：%w", err)
	}
	for name, text := range x.Headers {
		if g.headers[name], err = g.parse(text); err != nil {
			return nil, fmt.Errorf("headers.%s：%w", name, err)
		}
	}
	// A template that fails only when the first message is sent would fail at night.
	probe, err := g.request(Dispatch{ID: "0", To: "13900000000", Title: "试", Text: "试"}, time.Unix(0, 0))
	if err != nil {
		return nil, err
	}
	if s := probe.URL.Scheme; s != "http" && s != "https" || probe.URL.Host == "" {
		return nil, errors.New("url 要写成 https://… 的完整网址")
	}
	return g, nil
}
