package client

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"tongban/kernel/authz"
	"tongban/kernel/problem"
)

// Bounds of a registration.
const (
	mostPerMinute = 6000
	mostPerDay    = 1_000_000
)

// Lifetime is how long a token is good. Suspending a program ends its tokens at once all the same.
const Lifetime = 15 * time.Minute

// Check says what is wrong with a registration. offered are the permissions that some operation of the API asks for; no other is of use to
// a program.
func (r Registration) Check(offered []authz.Permission, unitKnown bool) error {
	bad := problem.Invalid("有几处需要修改")
	if r.Name = strings.TrimSpace(r.Name); r.Name == "" || len([]rune(r.Name)) > 40 {
		bad = bad.On("name", "请填写应用名称，不超过 40 个字")
	}
	if !unitKnown {
		bad = bad.On("unit", "请从列表中选择单位")
	}
	if strings.TrimSpace(r.Contact) == "" {
		bad = bad.On("contact", "请填写由谁负责、怎样联系，出了问题好找人")
	}
	if len(r.Permissions) == 0 || slices.ContainsFunc(r.Permissions, func(p authz.Permission) bool { return !slices.Contains(offered, p) }) {
		bad = bad.On("permissions", "请至少选一项权限，只给用得着的")
	}
	if r.PerMinute < 1 || r.PerMinute > mostPerMinute {
		bad = bad.On("per_minute", "每分钟的次数填 1 到 6000")
	}
	if r.PerDay < 1 || r.PerDay > mostPerDay {
		bad = bad.On("per_day", "每天的次数填 1 到 1000000")
	}
	if len(bad.Fields) > 0 {
		return bad
	}
	return nil
}

// claim is what a token says. It is signed, not sealed: it holds nothing that its bearer does not know.
type claim struct {
	Client ID                 `json:"c"`
	Epoch  int64              `json:"e"`
	Until  int64              `json:"u"` // seconds
	Scope  []authz.Permission `json:"s"`
}

// prefix makes a token known for what it is where it leaks, for those who search for such things.
const prefix = "tbt_"

// write puts a claim into a token; sign is a keyed hash.
func (c claim) write(sign func(string) string) string {
	text, _ := json.Marshal(c) // strings and numbers always can
	body := prefix + base64.RawURLEncoding.EncodeToString(text)
	return body + "." + sign(body)
}

// read takes a claim out of a token, if its signature is ours.
func read(token string, sign func(string) string, same func(a, b string) bool) (c claim, ok bool) {
	body, signature, found := strings.Cut(token, ".")
	if !found || !strings.HasPrefix(body, prefix) || len(token) > 8<<10 || !same(signature, sign(body)) {
		return claim{}, false
	}
	text, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(body, prefix))
	return c, err == nil && json.Unmarshal(text, &c) == nil
}

// within keeps of the wanted permissions those that were given; none wanted means all.
func within(wanted, given []authz.Permission) ([]authz.Permission, bool) {
	if len(wanted) == 0 {
		return given, true
	}
	for _, p := range wanted {
		if !slices.Contains(given, p) {
			return nil, false
		}
	}
	return wanted, true
}
