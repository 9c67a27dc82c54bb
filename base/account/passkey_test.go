package account_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"tongban/base/account"
	"tongban/kernel/authz"
	"tongban/kernel/crypto"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/passkey"
	"tongban/kernel/problem"
)

// window is a browser at the county's real door.
type window struct {
	o    *office
	at   string
	http http.Client
}

func (o *office) window(at string) *window {
	o.T.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		o.T.Fatal(err)
	}
	return &window{o, at, http.Client{Jar: jar}}
}

func (o *office) door() string {
	server := httptest.NewServer(o.Site().Handler())
	o.T.Cleanup(server.Close)
	return server.URL
}

// post sends a form and returns where that led, with what status, and what stands there.
func (w *window) post(path string, form url.Values) (landed string, status int, body string) {
	w.o.T.Helper()
	if form.Get("_once") == "" {
		form.Set("_once", w.o.DB.NewID())
	}
	r, err := w.http.PostForm(w.at+path, form)
	if err != nil {
		w.o.T.Fatal(err)
	}
	return w.read(r)
}

func (w *window) get(path string) (landed string, status int, body string) {
	w.o.T.Helper()
	r, err := w.http.Get(w.at + path)
	if err != nil {
		w.o.T.Fatal(err)
	}
	return w.read(r)
}

func (w *window) read(r *http.Response) (string, int, string) {
	w.o.T.Helper()
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.o.T.Fatal(err)
	}
	return r.Request.URL.Path, r.StatusCode, string(body)
}

// must fails the test unless the form led there.
func (w *window) must(path, landed string, form url.Values) {
	w.o.T.Helper()
	if at, status, body := w.post(path, form); at != landed || status != http.StatusOK && at != desk {
		w.o.T.Fatalf("POST %s led to %s (%d), not to %s: %s", path, at, status, landed, words(body))
	}
}

// desk is where staff are led after signing in; nothing stands there in this small county.
const desk = "/w"

var tags = regexp.MustCompile(`(?s)<(script|style|svg).*?</(script|style|svg)>|<[^>]*>|\s+`)

func words(page string) string { return tags.ReplaceAllString(page, "") }

// question is what the page's script is told to ask the browser.
type question struct {
	Create passkey.Creation `json:"create"`
	Get    passkey.Request  `json:"get"`
}

func (w *window) question(path string) (q question, status int) {
	w.o.T.Helper()
	_, status, body := w.post(path, url.Values{})
	if status == http.StatusOK {
		if err := json.Unmarshal([]byte(body), &q); err != nil {
			w.o.T.Fatalf("%s: %v: %s", path, err, body)
		}
	}
	return q, status
}

// secured gives an account a one-time password and returns its secret.
func (o *office) secured(a account.Account) string {
	o.T.Helper()
	secret, _, err := crypto.NewTOTP("通办", a.Login)
	if err != nil {
		o.T.Fatal(err)
	}
	o.machine(func(tx *db.Tx) error {
		token, err := o.m.OwnStart(o.Ctx, tx, a)
		if err != nil {
			return err
		}
		_, err = o.m.Begin(o.Ctx, tx, token, good+" 2", secret, code(o, secret, 0), time.Now())
		return err
	})
	return secret
}

func code(o *office, secret string, ahead time.Duration) string {
	c, err := totp.GenerateCode(secret, time.Now().Add(ahead))
	if err != nil {
		o.T.Fatal(err)
	}
	return c
}

// holder is a member of staff who has registered a passkey, and the window where he did it.
func (o *office) holder(at, login string, roles ...string) (account.Account, *kerneltest.Authenticator, *window) {
	o.T.Helper()
	a := o.employ(login, roles...)
	secret, w := o.secured(a), o.window(at)
	w.must("/login/password", "/w", url.Values{"login": {login}, "password": {good + " 2"}, "totp": {code(o, secret, 30*time.Second)}})
	key := kerneltest.NewAuthenticator(at)
	q, _ := w.question("/passkeys/ask")
	w.must("/passkeys", "/passkeys", url.Values{"title": {"办公室电脑"}, "credential": {key.Make(q.Create)}})
	return o.now(a.ID), key, w
}

// in signs in by passkey and reports whether that worked.
func (w *window) in(key *kerneltest.Authenticator) bool {
	w.o.T.Helper()
	q, _ := w.question("/login/passkey/ask")
	return w.enters(key.Use(q.Get))
}

func (w *window) enters(answer string) bool {
	w.o.T.Helper()
	landed, status, body := w.post("/login/passkey", url.Values{"credential": {answer}})
	if status >= http.StatusInternalServerError {
		w.o.T.Fatalf("%d: %s", status, words(body))
	}
	return landed == desk
}

func TestAPasskeySignsInAndIsShownAndRemoved(t *testing.T) {
	both(t, func(t *testing.T, o *office) {
		at := o.door()
		a, key, w := o.holder(at, "su", "approver")
		if _, status, page := w.get("/passkeys"); status != http.StatusOK || !strings.Contains(page, "办公室电脑") {
			t.Errorf("the session that registered it has ended: %d %s", status, words(page))
		}
		other := o.window(at)
		for range 2 {
			if !other.in(key) {
				t.Fatal("the passkey does not open the account")
			}
		}
		if _, status, _ := other.get("/admin/users"); status != http.StatusOK {
			t.Errorf("signed in by passkey he may not do what he may: %d", status)
		}
		list, err := o.m.Passkeys(o.Ctx, o.Look(), a.ID)
		if err != nil || len(list) != 1 || list[0].UsedAt.IsZero() || list[0].Key.Counter != key.Counter {
			t.Fatalf("kept: %+v, %v", list, err)
		}
		if again, _ := other.question("/passkeys/ask"); len(again.Create.Exclude) != 1 {
			t.Error("the same authenticator may be registered twice")
		}
		w = other
		w.must("/passkeys/"+list[0].ID+"/remove", "/passkeys", url.Values{"_v": {strconv.FormatInt(o.now(a.ID).Version, 10)}})
		if o.window(at).in(key) {
			t.Error("a removed passkey opens the account")
		}
		if n := o.Count(`SELECT count(*) FROM audit_entry WHERE object_kind = 'passkey'`); n != 2 {
			t.Errorf("%d entries of the register in the audit log", n)
		}
	})
}

func TestAPasskeyIsOnlyRegisteredAfterASecondFactor(t *testing.T) {
	both(t, func(t *testing.T, o *office) {
		o.employ("he", "clerk")
		w := o.window(o.door())
		w.must("/login/password", "/w", url.Values{"login": {"he"}, "password": {good}})
		if _, status := w.question("/passkeys/ask"); status != http.StatusForbidden {
			t.Errorf("the question is asked after a password alone: %d", status)
		}
		key := kerneltest.NewAuthenticator(w.at)
		if _, status, _ := w.post("/passkeys", url.Values{"title": {"x"}, "credential": {key.Make(passkey.Creation{})}}); status != http.StatusForbidden {
			t.Errorf("a key is taken after a password alone: %d", status)
		}
		if _, status := o.window(w.at).question("/passkeys/ask"); status == http.StatusOK {
			t.Error("a stranger may ask")
		}
	})
}

func TestAttacksOnPasskeys(t *testing.T) {
	both(t, func(t *testing.T, o *office) {
		at := o.door()
		a, key, _ := o.holder(at, "su")
		_, thief, _ := o.holder(at, "tan")

		mine, his := o.window(at), o.window(at)
		q, _ := mine.question("/login/passkey/ask")
		answer := key.Use(q.Get)
		his.question("/login/passkey/ask")
		if his.enters(answer) {
			t.Error("an answer to the challenge of another session")
		}
		if !mine.enters(answer) {
			t.Fatal("the right answer is refused")
		}
		if mine.post("/logout", url.Values{}); mine.enters(answer) {
			t.Error("an answer is taken twice")
		}
		if mine.enters("") || mine.enters("{") || mine.enters(strings.Repeat("x", 20_000)) {
			t.Error("nonsense is taken")
		}

		phished := *key
		phished.Origin = "https://" + strings.TrimPrefix(at, "http://") + ".evil.example"
		if his.in(&phished) {
			t.Error("an answer that was given to another site")
		}
		wrongKey := *key
		wrongKey.Private = thief.Private
		if his.in(&wrongKey) {
			t.Error("the signature of another key")
		}
		other := *thief
		other.Holder = []byte(a.ID)
		if his.in(&other) {
			t.Error("another's key in the name of its victim")
		}
		unseen := *key
		unseen.Flags = 0x01
		if his.in(&unseen) {
			t.Error("nobody was verified")
		}

		key.Counter = 100
		if !his.in(key) {
			t.Fatal("a higher counter is refused")
		}
		copied := *key
		copied.Counter = 5
		if o.window(at).in(&copied) {
			t.Error("a copied key opens the account")
		}
		if o.window(at).in(key) {
			t.Error("after a copy was seen the key is still taken")
		}
		if n := o.Count(`SELECT count(*) FROM account_passkey WHERE state = 'blocked' AND account = $1`, a.ID); n != 1 {
			t.Errorf("%d keys blocked", n)
		}
	})
}

func TestAPasskeyGoesWithItsOwner(t *testing.T) {
	both(t, func(t *testing.T, o *office) {
		at := o.door()
		boss := o.employ("boss", "system-administrator")
		a, key, _ := o.holder(at, "su")
		w := o.window(at)
		if !w.in(key) {
			t.Fatal("the passkey does not open the account")
		}
		o.as(boss).Must("account.dismiss", func(tx *db.Tx) error { return o.m.Dismiss(o.Ctx, tx, a.ID, o.now(a.ID).Version) })
		if landed, _, _ := w.get("/passkeys"); landed != "/login" {
			if _, status, _ := w.get("/passkeys"); status < http.StatusBadRequest {
				t.Error("the session of a dismissed person goes on")
			}
		}
		if o.window(at).in(key) {
			t.Error("the key of a dismissed person opens his account")
		}
		o.as(boss).Must("account.reinstate", func(tx *db.Tx) error { return o.m.Reinstate(o.Ctx, tx, a.ID, o.now(a.ID).Version) })
		if !o.window(at).in(key) {
			t.Error("reinstated, he does not get in")
		}
		o.as(boss).Must("account.restart", func(tx *db.Tx) error {
			_, _, err := o.m.Restart(o.Ctx, tx, a.ID, "手机丢了", o.now(a.ID).Version)
			return err
		})
		if o.window(at).in(key) {
			t.Error("after a new start the old key opens the account")
		}
	})
}

func TestAdministratorsMayHaveToHaveAPasskey(t *testing.T) {
	both(t, func(t *testing.T, o *office) {
		at := o.door()
		bare := o.employ("bare", "security-administrator")
		kind(t, o.as(bare).Run("account.policy", func(tx *db.Tx) error { return o.m.RequirePasskeys(o.Ctx, tx, true) }), problem.KindInvalid)
		head, key, _ := o.holder(at, "head", "security-administrator")
		o.as(head).Must("account.policy", func(tx *db.Tx) error { return o.m.RequirePasskeys(o.Ctx, tx, true) })
		clerk := o.employ("clerk", "approver")

		may := func(a account.Account, p authz.Permission) bool {
			actor, err := o.m.Identify(o.Ctx, o.Look(), a.ID)
			if err != nil {
				t.Fatal(err)
			}
			return actor.Holds(p)
		}
		if may(bare, account.PermConfirm) {
			t.Error("an administrator without a passkey administers")
		}
		if !may(head, account.PermConfirm) || !may(clerk, account.PermManage) {
			t.Error("others lose their rights with him")
		}
		list, err := o.m.Passkeys(o.Ctx, o.Look(), head.ID)
		if err != nil || len(list) != 1 {
			t.Fatal(list, err)
		}
		kind(t, o.as(head).Run("account.remove-passkey", func(tx *db.Tx) error {
			_, err := o.m.RemovePasskey(o.Ctx, tx, list[0].ID, o.now(head.ID).Version)
			return err
		}), problem.KindConflict)
		if w := o.window(at); !w.in(key) {
			t.Error("he does not get in")
		}
	})
}

// Whoever has only the password of somebody with a passkey does not get a second factor by it.
func TestAPasswordAloneMakesNoSecondFactorBesideAPasskey(t *testing.T) {
	both(t, func(t *testing.T, o *office) {
		at := o.door()
		a, key, _ := o.holder(at, "su", "approver")
		o.Tamper(`UPDATE account_account SET totp = '' WHERE id = $1`, a.ID)
		w := o.window(at)
		landed, status, page := w.post("/login/password", url.Values{"login": {"su"}, "password": {good + " 2"}})
		if landed != "/login/password" || status != http.StatusUnprocessableEntity || !strings.Contains(page, "请用通行密钥登录") {
			t.Errorf("led to %s (%d)", landed, status)
		}
		if !w.in(key) {
			t.Error("by passkey he does not get in")
		}
	})
}
