package account

import (
	"context"
	"time"

	"tongban/base/account/internal/store"
	"tongban/kernel/crypto"
	"tongban/kernel/db"
	"tongban/kernel/problem"
)

// invitationLife is how long a one-time link may be used.
const invitationLife = 24 * time.Hour

// FirstAdmin is the purpose of the link that the first start prints.
const FirstAdmin = "first-administrator"

// Empty reports whether the county has no staff account yet.
func (m *Module) Empty(ctx context.Context, v *db.View) (bool, error) {
	n, err := store.New(v).Count(ctx)
	return n == 0, err
}

// Invite makes a one-time token; only its fingerprint is kept.
func (m *Module) Invite(ctx context.Context, tx *db.Tx, purpose string) (token string, err error) {
	token = crypto.Token(24)
	tx.Record("invitation", purpose, "", "open", nil)
	return token, store.New(tx).Invite(ctx, store.InviteParams{TokenHash: crypto.HashHex([]byte(token)), Purpose: purpose, MadeAt: db.At(tx.Now)})
}

// Invited reports whether the token may still be used.
func (m *Module) Invited(ctx context.Context, v *db.View, token, purpose string) (bool, error) {
	n, err := store.New(v).OpenInvitations(ctx, store.OpenInvitationsParams{TokenHash: crypto.HashHex([]byte(token)), Purpose: purpose, MadeAt: db.At(v.Now.Add(-invitationLife))})
	return n > 0, err
}

// Setup is what the first administrator says.
type Setup struct {
	County   string
	Region   string   // six-digit division code
	Units    []string // full names, the administrator's own first
	Name     string
	Login    string
	Password string
	Secret   string // of the second factor, shown on the page before
	Code     string
}

// SetUp uses the one-time link: the county gets its name and its first administrator, with a second factor from the first day.
func (m *Module) SetUp(ctx context.Context, tx *db.Tx, token string, s Setup, wall time.Time) (Account, error) {
	if err := Policies()[0].Check(s.Password, append(m.words(s.Login, s.Name, ""), append(s.Units, s.County)...)...); err != nil {
		return Account{}, err
	}
	step, ok := crypto.VerifyTOTP(s.Secret, s.Code, wall, 0)
	if !ok {
		return Account{}, problem.Invalid("动态口令不对").On("code", "动态口令不对：请确认手机时间准确，再输入验证器上显示的 6 位数字")
	}
	used, err := store.New(tx).UseInvitation(ctx, store.UseInvitationParams{UsedAt: db.At(tx.Now), TokenHash: crypto.HashHex([]byte(token)), Purpose: FirstAdmin, MadeAt: db.At(tx.Now.Add(-invitationLife))})
	if err != nil {
		return Account{}, err
	}
	if used == 0 {
		return Account{}, problem.Gone("这个初始设置链接已经用过或超过 24 小时。请重新启动 tongban serve，使用新打印的链接")
	}
	if m.Found != nil {
		if err := m.Found(ctx, tx, s.County, s.Region, s.Units); err != nil {
			return Account{}, err
		}
	}
	a, err := m.Create(ctx, tx, Create{Kind: Staff, Login: s.Login, Name: s.Name, Unit: FirstUnit, Password: s.Password})
	if err != nil {
		return a, err
	}
	if err := store.New(tx).GiveRole(ctx, store.GiveRoleParams{Account: a.ID, Role: administrator, GivenBy: a.ID, GivenAt: db.At(tx.Now)}); err != nil {
		return a, err
	}
	sealed, err := m.k.Keys.SealText(sealTOTP, s.Secret)
	if err != nil {
		return a, err
	}
	q := store.New(tx)
	if err := q.SetSecondFactor(ctx, store.SetSecondFactorParams{Totp: sealed, ID: a.ID}); err != nil {
		return a, err
	}
	if err := q.NoteLogin(ctx, store.NoteLoginParams{TotpStep: step, ID: a.ID}); err != nil {
		return a, err
	}
	return a, nil
}

// administrator is the role of the first administrator; FirstUnit is the code of the unit he belongs to, the first that he names.
const (
	administrator = "system-administrator"
	FirstUnit     = "unit-1"
)
