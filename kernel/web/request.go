package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-playground/form/v4"

	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/problem"
)

// Request is what a handler is asked: by whom, when, and with a view to read from.
type Request struct {
	*http.Request
	Ctx   context.Context
	Actor authz.Actor
	Now   time.Time
	View  *db.View
	ID    string // of this request, shown on error pages and in the log

	site   *Site
	route  Route
	asked  string      // the account or program that came through the door
	known  time.Time   // when its rights were last found
	answer http.Header // of the answer, for what a command tells beside it
	said   string      // by Flash
	forget bool        // the words of the request before are on this page: the browser drops them
}

// Value is a value of the query or of the path, trimmed.
func (r *Request) Value(name string) string {
	if v := r.PathValue(name); v != "" {
		return v
	}
	return strings.TrimSpace(r.URL.Query().Get(name))
}

// Posted is the form that was sent. Reading fails only on a body that is no form or too large.
func (r *Request) Posted() (url.Values, error) {
	if r.PostForm == nil {
		var err error
		if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
			err = r.ParseMultipartForm(1 << 20)
		} else {
			err = r.ParseForm()
		}
		if err != nil {
			return nil, badBody(err)
		}
	}
	for name, values := range r.PostForm {
		for i, v := range values {
			if !readable(v) {
				return nil, problem.Invalid("填写的内容里有不能识别的字符，请删去后重新填写")
			}
			r.PostForm[name][i] = strings.TrimSpace(strings.ReplaceAll(v, "\r\n", "\n"))
		}
	}
	return r.PostForm, nil
}

// readable reports whether both databases can keep the text.
func readable(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// maxAddress is far more than any page of the product needs.
const maxAddress = 8 << 10

// sane refuses addresses that no page of the product has made, before anything reads them.
func sane(u *url.URL) error {
	if len(u.Path)+len(u.RawQuery) > maxAddress {
		return problem.TooLarge("网址太长。请从首页重新进入")
	}
	query, err := url.QueryUnescape(u.RawQuery)
	if err != nil || !readable(query) || !readable(u.Path) {
		return problem.Invalid("网址里有不能识别的字符。请从首页重新进入")
	}
	return nil
}

func badBody(err error) error {
	var tooLarge *http.MaxBytesError
	if asError(err, &tooLarge) {
		return problem.TooLarge("提交的内容太大（最多 %d MB）。请压缩图片或分几次上传", max(1, tooLarge.Limit>>20))
	}
	return problem.Invalid("没有收到完整的表单，可能是网络中断。请返回上一页再提交一次").Wrap(err)
}

// ReadForm decodes the posted form into a struct by its `form` tags. Unknown fields are ignored: nothing but the declared fields
// can ever be set.
func ReadForm[T any](r *Request) (T, error) {
	var f T
	values, err := r.Posted()
	if err != nil {
		return f, err
	}
	d := form.NewDecoder()
	if err := d.Decode(&f, values); err != nil {
		return f, problem.Invalid("表单里有一项不是要求的格式（例如该填数字的地方填了文字），请检查后重新提交").Wrap(err)
	}
	return f, nil
}

// Version is the version of the thing as the form's page showed it; 0 when the form carries none.
func (r *Request) Version() int64 {
	var n int64
	for _, c := range r.PostForm.Get("_v") {
		if c < '0' || c > '9' || n > 1<<52 {
			return 0
		}
		n = n*10 + int64(c-'0')
	}
	return n
}

// Act carries out a command for the request: its actor, its now, and the key of its form. The reply is what the command answered,
// or what it answered when the same form was sent before.
func (r *Request) Act(name string, do func(*db.Tx) error) (db.Outcome, error) {
	values, err := r.Posted()
	if err != nil {
		return db.Outcome{}, err
	}
	key := values.Get("_once")
	if key == "" {
		key = r.Header.Get(headerKey)
	}
	if key == "" || len(key) > 100 {
		return db.Outcome{}, problem.Invalid("这份表单不完整（缺少提交编号），无法保证只办一次。请返回上一页刷新后再提交")
	}
	if err := r.Still(); err != nil {
		return db.Outcome{}, err
	}
	return r.site.db.Run(r.Ctx, db.Act{Actor: r.Actor, Name: name, Now: r.Now, Key: "form:" + r.Actor.ID + ":" + key}, do)
}

// Try carries out a command that judges a secret: a password, a code, four digits. Whoever sends it again tries again, so it goes under no
// key: under the key of the form the second try would be answered like the first and not be counted.
func (r *Request) Try(name string, do func(*db.Tx) error) error {
	if err := r.Still(); err != nil {
		return err
	}
	_, err := r.site.db.Run(r.Ctx, db.Act{Actor: r.Actor, Name: name, Now: r.Now}, do)
	return err
}

// Fresh is a new key for a form about to be shown.
func (r *Request) Fresh() string { return r.site.db.NewID() }

// BaseURL is the address of the product as the visitor reached it, for links in QR codes and messages.
func (r *Request) BaseURL() string {
	if r.site.options.BaseURL != "" {
		return r.site.options.BaseURL
	}
	scheme := "http"
	if originIn(r.Ctx).Secure {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}
