package account

import (
	"context"
	"encoding/base64"
	"log/slog"
	"slices"
	"strconv"
	"strings"

	"tongban/kernel/authz"
	"tongban/kernel/config"
	"tongban/kernel/db"
	"tongban/kernel/notify"
	"tongban/kernel/pack"
	"tongban/kernel/passkey"
	"tongban/kernel/problem"
)

// mostPasskeys is how many keys an account may have; more are a sign that somebody collects.
const mostPasskeys = 10

// errPasskey is the same whatever was wrong, so that nobody learns which keys and accounts exist.
func errPasskey() *problem.Error {
	return problem.Unauthenticated("通行密钥没有通过验证。请再试一次，或者用密码和动态口令登录")
}

// AddPasskey registers a key that the person's own browser has just made for this site. Whoever calls has seen a second factor a moment ago.
// All other sessions of the account end; the account is returned as the present one must name it from now on.
func (m *Module) AddPasskey(ctx context.Context, tx *db.Tx, site passkey.Site, challenge, title, answer string) (Account, error) {
	a, err := m.self(ctx, tx)
	if err != nil {
		return a, err
	}
	have, err := m.Passkeys(ctx, &tx.View, a.ID)
	if err != nil {
		return a, err
	}
	switch n := len([]rune(title)); {
	case n == 0:
		return a, problem.Invalid("请给这把密钥起个名字").On("title", "请写一个认得出的名字，例如：办公室电脑")
	case n > 30:
		return a, problem.Invalid("名字太长").On("title", "名字最多 30 个字")
	case len(have) >= mostPasskeys:
		return a, problem.Conflict("最多登记 %d 把通行密钥，请先删除不用的", mostPasskeys)
	}
	r, err := passkey.Read[passkey.Registration](answer)
	if err != nil {
		return a, errNoAnswer(err)
	}
	key, err := site.Register(challenge, r)
	if err != nil {
		return a, problem.Invalid("这把通行密钥不能登记。请刷新本页再试一次").Wrap(err)
	}
	p := Passkey{ID: base64.RawURLEncoding.EncodeToString(key.ID), Account: a.ID, Title: title, Key: key, State: "active"}
	if err := m.keepPasskey(ctx, tx, p); err != nil {
		return a, err
	}
	tx.Record("passkey", p.ID, "", "active", map[string]any{"account": a.ID, "title": title, "synced": key.Synced})
	if err := m.k.Notify.Send(ctx, tx, notify.Message{To: a.ID, Title: "新登记了一把通行密钥", Text: "“" + title + "”从现在起可以登录您的账户。如果不是您本人登记的，请立即删除它，并向安全管理员反映。", URL: "/passkeys"}); err != nil {
		return a, err
	}
	return m.renew(ctx, tx, a)
}

// errNoAnswer is for a form without what the page's script should have put in.
func errNoAnswer(cause error) error {
	return problem.Invalid("浏览器没有给出通行密钥。请用新版的浏览器，以 https 域名（不是 IP 地址）打开本站，按提示验证指纹、面容或者 PIN").Wrap(cause)
}

// RemovePasskey takes a key away from whoever it belongs to. Other sessions of the account end.
func (m *Module) RemovePasskey(ctx context.Context, tx *db.Tx, id string, version int64) (Account, error) {
	a, err := m.self(ctx, tx)
	if err != nil {
		return a, err
	}
	p, err := m.passkey(ctx, &tx.View, id)
	if err == nil && (p.Account != a.ID || p.State != "active") {
		err = problem.NotFound("没有这把通行密钥")
	}
	if err != nil {
		return a, err
	}
	if a.Version != version {
		return a, problem.Conflict("您的账户刚刚有变动，请刷新后再办")
	}
	have, err := m.Passkeys(ctx, &tx.View, a.ID)
	if err != nil {
		return a, err
	}
	if must, err := m.mustHavePasskey(ctx, &tx.View, a); err != nil {
		return a, err
	} else if must && len(have) == 1 {
		return a, problem.Conflict("您的岗位必须有通行密钥。请先登记另一把，再删除这一把")
	}
	if err := m.setPasskeyState(ctx, tx, p, "removed"); err != nil {
		return a, err
	}
	tx.Record("passkey", p.ID, p.State, "removed", map[string]string{"account": a.ID, "title": p.Title})
	if err := m.k.Notify.Send(ctx, tx, notify.Message{To: a.ID, Title: "删除了一把通行密钥", Text: "“" + p.Title + "”不能再登录您的账户。如果不是您本人删除的，请立即向安全管理员反映。", URL: "/passkeys"}); err != nil {
		return a, err
	}
	return m.renew(ctx, tx, a)
}

// self is the account of the member of staff who acts.
func (m *Module) self(ctx context.Context, tx *db.Tx) (Account, error) {
	a, err := m.Find(ctx, &tx.View, tx.Actor.ID)
	if err == nil && (a.Kind != Staff || a.State != "active") {
		err = problem.Forbidden("通行密钥只用于工作人员账户")
	}
	return a, err
}

// CheckPasskey proves who somebody is by a key alone: he had it in hand, and it had verified him. What came of it is kept even though
// the login fails, so it runs in a command of its own. A key that was copied is blocked, and its owner is told.
func (m *Module) CheckPasskey(ctx context.Context, run func(func(*db.Tx) error) error, v *db.View, site passkey.Site, challenge, answer string) (Account, error) {
	r, err := passkey.Read[passkey.Assertion](answer)
	if err != nil {
		return Account{}, errNoAnswer(err)
	}
	p, err := m.passkey(ctx, v, base64.RawURLEncoding.EncodeToString(r.ID))
	if err != nil && problem.KindOf(err) == problem.KindNotFound {
		return Account{}, errPasskey().Wrap(err)
	}
	if err != nil {
		return Account{}, err
	}
	a, err := m.Find(ctx, v, p.Account)
	if err != nil {
		return Account{}, err
	}
	counter, fault := site.Verify(challenge, p.Key, []byte(a.ID), r)
	switch {
	case p.State != "active":
		fault = errPasskey()
	case a.State != "active" || a.Kind != Staff:
		fault = errPasskey()
	}
	if err := run(func(tx *db.Tx) error {
		switch {
		case fault == nil:
			tx.Record("account", a.ID, "", "", map[string]string{"event": "login", "passkey": p.ID})
			return m.usePasskey(ctx, tx, p, counter)
		case fault == passkey.ErrCloned:
			tx.Record("passkey", p.ID, p.State, "blocked", map[string]string{"account": a.ID, "reason": "counter"})
			if err := m.setPasskeyState(ctx, tx, p, "blocked"); err != nil {
				return err
			}
			return m.k.Notify.Send(ctx, tx, notify.Message{To: a.ID, Title: "一把通行密钥被停用", Text: "“" + p.Title + "”的使用次数对不上，可能被人复制，已自动停用。请向安全管理员反映，再登记一把新的。", URL: "/passkeys"})
		}
		tx.Record("account", a.ID, "", "", map[string]string{"event": "login-refused", "passkey": p.ID})
		return nil
	}); err != nil {
		return Account{}, err
	}
	if fault != nil {
		slog.InfoContext(ctx, "passkey refused", "passkey", p.ID, "reason", fault)
		return Account{}, errPasskey().Wrap(fault)
	}
	return a, nil
}

// passkeySetting says who must have a passkey: nobody, or administrators.
const passkeySetting = "account.passkey"

// PasskeysRequired reports whether administrators must have a passkey.
func (m *Module) PasskeysRequired(ctx context.Context, v *db.View) (bool, error) {
	who, err := config.Get(ctx, v, passkeySetting)
	return who == "administrators", err
}

// RequirePasskeys makes a passkey a must for administrators, or no longer. Whoever asks for it has one himself: else he would lock
// himself out, and perhaps everybody.
func (m *Module) RequirePasskeys(ctx context.Context, tx *db.Tx, yes bool) error {
	if err := tx.Require(PermConfirm, authz.Place{}); err != nil {
		return err
	}
	now, err := m.PasskeysRequired(ctx, &tx.View)
	if err != nil || now == yes {
		return err
	}
	if !yes {
		return config.Set(ctx, tx, passkeySetting, "")
	}
	have, err := m.Passkeys(ctx, &tx.View, tx.Actor.ID)
	if err != nil {
		return err
	}
	if len(have) == 0 {
		return problem.Invalid("请先为自己登记通行密钥，再要求管理员必须有").On("passkeys", "请先在“登录方式”里为自己登记一把通行密钥，确认能用后再要求别人")
	}
	return config.Set(ctx, tx, passkeySetting, "administrators")
}

// mustHavePasskey reports whether the account's roles need a passkey.
func (m *Module) mustHavePasskey(ctx context.Context, v *db.View, a Account) (bool, error) {
	if a.Kind != Staff || !slices.ContainsFunc(a.Roles, m.administers) {
		return false, nil
	}
	return m.PasskeysRequired(ctx, v)
}

// lacksPasskey reports whether the account must have a passkey and has none: then its administrator roles give nothing.
func (m *Module) lacksPasskey(ctx context.Context, v *db.View, a Account) (bool, error) {
	must, err := m.mustHavePasskey(ctx, v, a)
	if err != nil || !must {
		return false, err
	}
	have, err := m.Passkeys(ctx, v, a.ID)
	return len(have) == 0, err
}

func (m *Module) administers(code string) bool {
	r, ok := pack.Find[Role](m.k.Library.Current(), "role", code)
	return ok && r.Side == "administrator"
}

// keysInWords says how many passkeys there are.
func keysInWords(list []Passkey) string {
	if len(list) == 0 {
		return "没有登记"
	}
	var titles []string
	for _, p := range list {
		titles = append(titles, p.Title)
	}
	return strconv.Itoa(len(list)) + " 把：" + strings.Join(titles, "、")
}
