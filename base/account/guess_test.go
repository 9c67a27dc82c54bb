package account_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"tongban/base/account"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
)

// The key of a form keeps a second click from acting twice. It must not keep a second guess from being counted.
func TestAGuessSentAgainUnderTheKeyOfTheFirstIsAnotherGuess(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			o := open(t, engine)
			o.employ("clerk", "clerk")
			key := o.DB.NewID()
			try := func(password string) *kerneltest.Answer {
				return o.Post("/login/password", url.Values{"_once": {key}, "login": {"clerk"}, "password": {password}}, kerneltest.Nobody)
			}
			for range 5 {
				try("guess guess guess").Is(422)
			}
			try(good).Is(422, kerneltest.HasText("已锁定"))

			v, once := o.Visitor(), o.DB.NewID()
			v.Ask(kerneltest.Form("/login/code", url.Values{"_once": {o.DB.NewID()}, "phone": {"13900001234"}})).Goes()
			enter := func(code string) *kerneltest.Answer {
				return v.Ask(kerneltest.Form("/login/enter", url.Values{"_once": {once}, "code": {code}}))
			}
			code := o.lastCode(t)
			wrong := strings.Map(func(r rune) rune { return '0' + (r-'0'+1)%10 }, code)
			for range 5 {
				enter(wrong).Is(422)
			}
			enter(code).Is(422, kerneltest.HasText("已失效"))
		})
	}
}

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

// lastCode is the code of the newest text message.
func (o *office) lastCode(t *testing.T) string {
	t.Helper()
	var text string
	if err := o.Look().QueryRowContext(o.Ctx, `SELECT body FROM notify_sms ORDER BY id DESC LIMIT 1`).Scan(&text); err != nil {
		t.Fatal(err)
	}
	return sixDigits.FindString(text)
}

// Who guesses at many doors at once gets no more tries than who waits for each answer: what counts is what stands when the try is judged.
func TestGuessesMadeAtOnceAreAllCounted(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			o := open(t, engine)
			o.employ("clerk", "clerk")
			plain := func(do func(*db.Tx) error) error { return o.As(kerneltest.Nobody).Run("account.login", do) }
			late := func(do func(*db.Tx) error) error { // five others are counted between the look and the count
				for range 5 {
					if _, err := o.m.CheckPassword(o.Ctx, plain, o.Look(), "clerk", "guess guess guess", "", time.Now()); err == nil {
						t.Error("a wrong password is taken")
					}
				}
				return plain(do)
			}
			if _, err := o.m.CheckPassword(o.Ctx, late, o.Look(), "clerk", good, "", time.Now()); err == nil {
				t.Error("the sixth try of several at once is let in")
			}
			if n := o.Count(`SELECT count(*) FROM account_account WHERE locked_until IS NOT NULL`); n != 1 {
				t.Errorf("%d accounts locked", n)
			}
			var a account.Account
			o.Move(o.Watch.Now().Add(account.Policies()[0].Rest + 1))
			a, err := o.m.CheckPassword(o.Ctx, plain, o.Look(), "clerk", good, "", time.Now())
			if err != nil || a.ID == "" {
				t.Errorf("after the rest: %v", err)
			}
		})
	}
}
