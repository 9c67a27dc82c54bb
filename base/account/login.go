package account

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"time"

	"tongban/base/account/internal/store"
	"tongban/base/party"
	"tongban/kernel/crypto"
	"tongban/kernel/db"
	"tongban/kernel/notify"
	"tongban/kernel/problem"
)

// errLogin is the same for a wrong name and a wrong password, so that nobody learns which accounts exist.
func errLogin() *problem.Error {
	return problem.Unauthenticated("账户名或密码不对，请检查后再试。连续输错几次，账户会锁定一段时间")
}

// CheckPassword proves who somebody is by password and, where the account has one, a second factor. It counts failures; the count is
// kept even though the login fails, so it runs in a command of its own. The one-time password follows the machine's clock (wall), as the
// phone does.
func (m *Module) CheckPassword(ctx context.Context, run func(func(*db.Tx) error) error, v *db.View, login, password, code string, wall time.Time) (Account, error) {
	row, err := store.New(v).ByLogin(ctx, login)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Account{}, err
	}
	policy, err := m.Policy(ctx, v)
	if err != nil {
		return Account{}, err
	}
	if row.LockedUntil.After(v.Now) {
		return Account{}, problem.TooMany(row.LockedUntil.Sub(v.Now), "这个账户因多次输错已锁定，请在 %d 分钟后再试，或联系本单位管理员", 1+int(row.LockedUntil.Sub(v.Now)/time.Minute))
	}
	good, _, err := m.passwords.Verify(ctx, password, row.Password) // an unknown account costs the same time
	if err != nil {
		return Account{}, err
	}
	good = good && row.State == "active"
	step := row.TotpStep
	if good && row.Totp != "" {
		secret, err := m.k.Keys.OpenText(sealTOTP, row.Totp)
		if err != nil {
			return Account{}, err
		}
		step, good = crypto.VerifyTOTP(secret, code, wall, row.TotpStep)
	}
	if row.ID == "" {
		return Account{}, errLogin()
	}
	if err := run(func(tx *db.Tx) error {
		// Others may be trying at the same time: what counts is what stands now. The password that comes after the last try that was
		// allowed is wrong too, and a one-time password is good once.
		if good {
			n, err := store.New(tx).PassLogin(ctx, store.PassLoginParams{Step: step, ID: row.ID, LastStep: row.TotpStep, Now: db.At(tx.Now)})
			if err != nil {
				return err
			}
			good = n == 1
		}
		if good {
			tx.Record("account", row.ID, "", "", map[string]string{"event": "login"})
			return nil
		}
		tx.Record("account", row.ID, "", "", map[string]string{"event": "login-refused"})
		return store.New(tx).RefuseLogin(ctx, store.RefuseLoginParams{Tries: int64(policy.Tries), Until: db.At(tx.Now.Add(policy.Rest)), ID: row.ID, Now: db.At(tx.Now)})
	}); err != nil {
		return Account{}, err
	}
	if !good {
		return Account{}, errLogin()
	}
	return m.Find(ctx, v, row.ID)
}

const (
	sealTOTP  = "account.totp"
	codeLife  = 10 * time.Minute
	codePause = time.Minute
	codeTries = 5
)

// budget is how many codes may be sent in a time.
type budget struct {
	most int64
	span time.Duration
}

// What codes may be sent, so that nobody's phone is flooded and nobody spends the county's messages. A hall's machines share an address.
var (
	perPhone   = budget{10, 24 * time.Hour}
	perAddress = budget{100, time.Hour}
)

// spend counts a code against a budget of a phone or an address. What is refused is not counted: the command is undone.
func (m *Module) spend(ctx context.Context, tx *db.Tx, what, whose string, b budget) error {
	n, err := store.New(tx).CountSent(ctx, store.CountSentParams{Who: m.k.Keys.Index("account.sent", what+":"+whose), Until: db.At(tx.Now.Add(b.span))})
	if err != nil || n.Used <= b.most {
		return err
	}
	wait := n.Until.Sub(tx.Now)
	if what == "phone" {
		return problem.TooMany(wait, "这个手机号码今天要的验证码太多了，请 %d 小时后再试，或者到政务大厅窗口办理", 1+int(wait/time.Hour))
	}
	return problem.TooMany(wait, "从这个网络要的验证码太多了，请 %d 分钟后再试，或者到政务大厅窗口办理", 1+int(wait/time.Minute))
}

// SendCode sends a six-digit code to a phone for one purpose, asked for from an address. One a minute and ten a day; it is good for ten
// minutes and five tries.
func (m *Module) SendCode(ctx context.Context, tx *db.Tx, phone party.Phone, purpose, from string) error {
	if !phone.IsMobile() {
		return problem.Invalid("请填写 11 位手机号码，固定电话收不到短信").On("phone", "请填写 11 位手机号码")
	}
	if !m.k.Settings.Demo && !m.k.Notify.Carries(notify.Text) {
		return problem.Conflict("本县还没有开通短信验证码登录。请持身份证到政务大厅窗口办理，或者拨打 12345 咨询")
	}
	q := store.New(tx)
	index := m.k.Keys.Index("account.phone", phone.Full())
	old, err := q.Code(ctx, store.CodeParams{PhoneIndex: index, Purpose: purpose})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if wait := codePause - tx.Now.Sub(old.SentAt.Time); err == nil && wait > 0 {
		return problem.TooMany(wait, "验证码刚刚发过，请等 %d 秒后再发", 1+int(wait/time.Second))
	}
	if err := q.DropSent(ctx, db.At(tx.Now)); err != nil {
		return err
	}
	if err := m.spend(ctx, tx, "phone", phone.Full(), perPhone); err != nil {
		return err
	}
	if !m.k.Settings.Demo { // where no message costs anything
		if err := m.spend(ctx, tx, "address", from, perAddress); err != nil {
			return err
		}
	}
	code := crypto.Digits(6)
	if err := q.PutCode(ctx, store.PutCodeParams{PhoneIndex: index, Purpose: purpose, CodeHash: m.codeHash(index, code), SentAt: db.At(tx.Now)}); err != nil {
		return err
	}
	tx.Record("phone", index, "", "", map[string]string{"event": "code-sent", "purpose": purpose})
	return m.k.Notify.Send(ctx, tx, notify.Message{Phone: phone.Full(), Title: "验证码", Until: tx.Now.Add(codeLife), Text: "您的验证码是 " + code + "，10 分钟内有效。工作人员不会向您索要验证码。"})
}

func (m *Module) codeHash(index, code string) string {
	return m.k.Keys.Index("account.code", index+":"+code)
}

// CheckCode proves that somebody holds the phone. The try is counted whatever comes of it.
func (m *Module) CheckCode(ctx context.Context, run func(func(*db.Tx) error) error, v *db.View, phone party.Phone, purpose, code string) error {
	index := m.k.Keys.Index("account.phone", phone.Full())
	key := store.CodeParams{PhoneIndex: index, Purpose: purpose}
	row, err := store.New(v).Code(ctx, key)
	expired := problem.Invalid("验证码已失效，请重新获取").On("code", "验证码已失效，请重新获取")
	if errors.Is(err, sql.ErrNoRows) {
		return expired
	}
	if err != nil {
		return err
	}
	if row.Tries >= codeTries || v.Now.Sub(row.SentAt.Time) > codeLife {
		return expired
	}
	good, spent := crypto.SameSecret(row.CodeHash, m.codeHash(index, code)), false
	if err := run(func(tx *db.Tx) error {
		q := store.New(tx)
		tx.Record("phone", index, "", "", map[string]string{"event": "code-tried", "purpose": purpose})
		try := store.CountTryParams{PhoneIndex: index, Purpose: purpose, CodeHash: row.CodeHash, Tries: codeTries}
		var n int64
		if good {
			n, err = q.DropCode(ctx, store.DropCodeParams(try))
		} else {
			n, err = q.CountTry(ctx, try)
		}
		spent = n == 0
		return err
	}); err != nil {
		return err
	}
	if spent { // by others who tried at the same time
		return expired
	}
	if !good {
		return problem.Invalid("验证码不对，请看最新一条短信").On("code", "验证码不对，请看最新一条短信")
	}
	return nil
}

// needsTwo reports whether the policy asks two factors of the account.
func (m *Module) needsTwo(p Policy, a Account) bool {
	return a.Kind == Staff && (p.TwoForAll || m.weighty(a.Roles))
}

// NeedsTwo reports whether the account may only be entered by two factors.
func (m *Module) NeedsTwo(ctx context.Context, v *db.View, a Account) (bool, error) {
	p, err := m.Policy(ctx, v)
	return m.needsTwo(p, a), err
}

// Due reports why somebody who has just proven who he is may not go in yet: his password is too old, or his roles need a second factor
// that he does not have. He gets a one-time link of his own to set both.
func (m *Module) Due(ctx context.Context, v *db.View, a Account) (why string, err error) {
	policy, err := m.Policy(ctx, v)
	if err != nil || a.Kind != Staff {
		return "", err
	}
	if !a.Second && m.needsTwo(policy, a) {
		return "您的岗位要求动态口令，请先启用。", nil
	}
	if policy.Days == 0 {
		return "", nil
	}
	since, err := m.since(ctx, v, a.ID)
	if err == nil && v.Now.Sub(since) > time.Duration(policy.Days)*24*time.Hour {
		why = "密码已用满 " + strconv.Itoa(policy.Days) + " 天，请设置新密码。"
	}
	return why, err
}

// OwnStart gives somebody who has proven who he is the one-time link of a new start.
func (m *Module) OwnStart(ctx context.Context, tx *db.Tx, a Account) (string, error) {
	token := crypto.Token(24)
	tx.Record("account", a.ID, a.State, a.State, map[string]string{"event": "own-start"})
	return token, store.New(tx).Invite(ctx, store.InviteParams{TokenHash: crypto.HashHex([]byte(token)), Purpose: restartFor(a.ID), MadeAt: db.At(tx.Now)})
}

// Register opens a citizen's account once the phone is proven: the person's record, the account, and the role every citizen has. Name and
// number are only said, and both are known of many people. So somebody whom the county knows is believed only with the phone that it has of
// him, and nobody enters an account that exists already.
func (m *Module) Register(ctx context.Context, tx *db.Tx, i party.Identity) (Account, error) {
	taken := problem.Conflict("不能用这个手机号码为这个身份证号注册：已经注册过，或者姓名、手机号码与本县已有的记录不一致").
		WithNext("请用原来的手机号码登录。换了号码的，请带身份证到政务大厅窗口办理，或者用登录页上的统一身份认证。")
	if known, alike, err := m.parties.Compare(ctx, &tx.View, i); err != nil {
		return Account{}, err
	} else if known && !alike {
		return Account{}, taken
	}
	p, err := m.parties.Ensure(ctx, tx, i)
	if err != nil {
		return Account{}, err
	}
	if _, err := m.OfParty(ctx, &tx.View, p.ID); err == nil {
		return Account{}, taken
	} else if problem.KindOf(err) != problem.KindNotFound {
		return Account{}, err
	}
	phone, err := party.ParsePhone(i.Phone)
	if err != nil {
		return Account{}, err
	}
	return m.Create(ctx, tx, Create{Kind: Citizen, Login: "c-" + p.ID, Name: p.Name, Party: p.ID, Phone: phone})
}

// ByPhone finds the citizen's account that uses the phone.
func (m *Module) ByPhone(ctx context.Context, v *db.View, phone party.Phone) (Account, error) {
	row, err := store.New(v).ByPhone(ctx, m.k.Keys.Index("account.phone", phone.Full()))
	return m.read(ctx, v, row, err)
}
