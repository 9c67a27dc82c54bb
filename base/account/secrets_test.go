package account_test

import (
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"tongban/base/account"
	"tongban/base/party"
	"tongban/kernel/app"
	"tongban/kernel/crypto"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
)

// fields are the inputs that a person sees on a page, with their kinds.
func fields(a *kerneltest.Answer) map[string]*html.Node {
	out := map[string]*html.Node{}
	for _, i := range append(kerneltest.All(a.Root(), "input"), kerneltest.All(a.Root(), "textarea")...) {
		if name := attribute(i, "name"); attribute(i, "type") != "hidden" {
			out[name] = i
		}
	}
	return out
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// A password is masked while it is typed, a manager of passwords knows it for one and may fill it in, and nothing is asked besides: no
// hint, no question about one's mother.
func TestPasswordsAreTypedMaskedAndNothingElseIsAsked(t *testing.T) {
	o := found(t, db.SQLite, app.Settings{})
	o.employ("clerk", "clerk")
	v := o.Visitor()
	for path, want := range map[string][]string{"/login": {"phone", "login", "password", "totp"}, "/password": {"old", "password"}} {
		if path == "/password" {
			v.Ask(kerneltest.Form("/login/password", url.Values{"_once": {o.DB.NewID()}, "login": {"clerk"}, "password": {good}})).Goes()
		}
		got := fields(v.Get(path).Is(200))
		for name, input := range got {
			if name != "q" && !slices.Contains(want, name) {
				t.Errorf("%s asks for %s", path, name)
			}
			if name != "password" && name != "old" {
				continue
			}
			if attribute(input, "type") != "password" || !slices.Contains([]string{"current-password", "new-password"}, attribute(input, "autocomplete")) || attribute(input, "readonly") != "" || attribute(input, "maxlength") != "" {
				t.Errorf("%s: %s is %v", path, name, input.Attr)
			}
		}
		for _, name := range want {
			if got[name] == nil {
				t.Errorf("%s does not ask for %s", path, name)
			}
		}
	}
}

// Long passwords are kept and asked for whole.
func TestALongPasswordCountsToItsLastCharacter(t *testing.T) {
	o := open(t, db.SQLite)
	o.employ("clerk", "clerk")
	long := strings.Repeat("Zq7 长夜 ", 16) + "末" // 113 characters
	if n := len([]rune(long)); n < 100 || n > 128 {
		t.Fatal(n)
	}
	o.as(mustLogin(o, "clerk")).Must("account.change-password", func(tx *db.Tx) error { return o.m.ChangePassword(o.Ctx, tx, good, long) })
	try := func(password string) int {
		return o.Post("/login/password", url.Values{"login": {"clerk"}, "password": {password}}, kerneltest.Nobody).Status
	}
	if try(long) != 303 {
		t.Error("a long password is not accepted")
	}
	if try(strings.TrimSuffix(long, "末")+"尾") == 303 || try(long[:len(long)-3]) == 303 {
		t.Error("the end of a long password does not count")
	}
	for _, p := range account.Policies() {
		if err := p.Check(strings.Repeat("aB3 词", 13)); err != nil { // 65
			t.Errorf("%s refuses a password of 65 characters: %v", p.Code, err)
		}
	}
}

func mustLogin(o *office, login string) account.Account {
	o.T.Helper()
	a, err := o.m.ByLogin(o.Ctx, o.Look(), login)
	if err != nil {
		o.T.Fatal(err)
	}
	return a
}

// A code has a million possibilities: whoever reads the database, or a backup, must not find it by trying them all.
func TestCodesLieUnderAKeyInTheDatabase(t *testing.T) {
	o := open(t, db.SQLite)
	phone, err := party.ParsePhone("13900001234")
	if err != nil {
		t.Fatal(err)
	}
	o.As(kerneltest.Nobody).Must("account.send-code", func(tx *db.Tx) error { return o.m.SendCode(o.Ctx, tx, phone, "login", "198.51.100.7") })
	var kept, index string
	if err := o.Look().QueryRowContext(o.Ctx, `SELECT code_hash, phone_index FROM account_code`).Scan(&kept, &index); err != nil {
		t.Fatal(err)
	}
	for n := range 1_000_000 {
		code := fmt.Sprintf("%06d", n)
		if kept == code || kept == crypto.HashHex([]byte(code)) || kept == crypto.HashHex([]byte(index+":"+code)) {
			t.Fatalf("the code is found: %s", code)
		}
	}
}

// What the guide for administrators tells about passwords and sessions is what the house does.
func TestTheGuideTellsThePoliciesAsTheyAre(t *testing.T) {
	text, err := os.ReadFile("../../docs/security/decisions.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range account.Policies() {
		row := fmt.Sprintf("| %s | %d | %d | %d | %d | %d | %d min | %d min | %d h | %s |", p.Code, p.Shortest, p.Classes, p.History, p.Days, p.Tries, int(p.Rest.Minutes()), int(p.Idle.Minutes()), int(p.Longest.Hours()),
			map[bool]string{true: "everybody", false: "weighty roles"}[p.TwoForAll])
		if !strings.Contains(string(text), row) {
			t.Errorf("docs/security/decisions.md should say: %s", row)
		}
	}
	guide, err := os.ReadFile("../../docs/roles/administrator.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range account.UsualWords() {
		if !strings.Contains(string(guide), w) {
			t.Errorf("docs/roles/administrator.md does not name the word %s", w)
		}
	}
}
