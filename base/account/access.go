package account

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"tongban/base/account/internal/store"
	"tongban/kernel/authz"
	"tongban/kernel/crypto"
	"tongban/kernel/db"
	"tongban/kernel/notify"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/kernel/worklist"
)

// Kinds of changes that may need a second administrator.
const (
	ChangeRoles   = "roles"
	ChangeRestart = "restart" // password and second factor anew
)

// Change is a change of an account that one administrator asked for and another confirms or refuses.
type Change struct {
	ID        string
	Account   string
	Kind      string
	Roles     []string // to be given
	Reason    string
	AskedBy   string
	AskedName string
	AskedAt   time.Time
	State     string
}

// weighty reports whether a role is given only with the consent of a second administrator: who decides, seals or administers could
// otherwise be made by one person alone (三员分立).
func (r Role) weighty() bool { return r.Confirm || r.Side == "administrator" }

func (m *Module) weighty(codes []string) bool {
	return slices.ContainsFunc(codes, func(code string) bool {
		r, ok := pack.Find[Role](m.k.Library.Current(), "role", code)
		return ok && r.weighty()
	})
}

// managed loads a staff account for an administrator of its unit, in the version that was on his page.
func (m *Module) managed(ctx context.Context, tx *db.Tx, id string, version int64) (Account, error) {
	a, err := m.Find(ctx, &tx.View, id)
	if err == nil && a.Kind != Staff {
		err = problem.NotFound("没有这个账户")
	}
	if err != nil {
		return a, err
	}
	if err := tx.Require(PermManage, authz.Place{Unit: a.Unit}); err != nil {
		return a, err
	}
	if a.ID == tx.Actor.ID {
		return a, problem.Conflict("不能改自己的账户，请由另一位管理员办理")
	}
	if a.Version != version {
		return a, problem.Conflict("这个账户刚刚被别人改动过，请刷新后再办")
	}
	return a, nil
}

// SetRoles gives an account exactly these roles. What is taken away ends at once; so does every session of the account. A weighty role
// that is new waits for the second administrator: then the change is returned.
func (m *Module) SetRoles(ctx context.Context, tx *db.Tx, id string, roles []string, reason string, version int64) (waiting string, err error) {
	a, err := m.managed(ctx, tx, id, version)
	if err != nil {
		return "", err
	}
	if a.State != "active" {
		return "", problem.Conflict("这个账户已停用，请先恢复")
	}
	if err := m.compatible(roles); err != nil {
		return "", err
	}
	q := store.New(tx)
	var heavy []string
	for _, role := range a.Roles {
		if slices.Contains(roles, role) {
			continue
		}
		if _, err := q.TakeRole(ctx, store.TakeRoleParams{Account: id, Role: role}); err != nil {
			return "", err
		}
		tx.Record("account", id, "", "", map[string]string{"role-taken": role, "reason": reason})
	}
	for _, role := range roles {
		switch {
		case slices.Contains(a.Roles, role):
		case m.weighty([]string{role}):
			heavy = append(heavy, role)
		default:
			if err := m.GiveRole(ctx, tx, id, role); err != nil {
				return "", err
			}
		}
	}
	if err := m.bump(ctx, tx, a); err != nil {
		return "", err
	}
	if len(heavy) == 0 {
		return "", nil
	}
	_, waiting, err = m.ask(ctx, tx, a, Change{Kind: ChangeRoles, Roles: heavy, Reason: reason})
	return waiting, err
}

// Restart takes password, second factor and passkeys from an account and returns a one-time link token by which its owner sets both anew. For an
// account with a weighty role it waits for the second administrator, who gets the token: nobody alone can become another person.
func (m *Module) Restart(ctx context.Context, tx *db.Tx, id, reason string, version int64) (token, waiting string, err error) {
	a, err := m.managed(ctx, tx, id, version)
	if err != nil {
		return "", "", err
	}
	if a.State != "active" {
		return "", "", problem.Conflict("这个账户已停用，请先恢复")
	}
	if m.weighty(a.Roles) {
		return m.ask(ctx, tx, a, Change{Kind: ChangeRestart, Reason: reason})
	}
	token, err = m.restart(ctx, tx, a)
	return token, "", err
}

// Reinstate switches an account on again.
func (m *Module) Reinstate(ctx context.Context, tx *db.Tx, id string, version int64) error {
	a, err := m.managed(ctx, tx, id, version)
	if err != nil {
		return err
	}
	if m.weighty(a.Roles) {
		return problem.Conflict("“%s”停用时担任须复核的角色。请先去掉这些角色，恢复后再申请授予", a.Name)
	}
	return m.state(ctx, tx, a, "active")
}

// ask opens a change for the second administrator. As long as the county has never had one, nobody could confirm: then the change is
// carried out at once, and the record says so.
func (m *Module) ask(ctx context.Context, tx *db.Tx, a Account, c Change) (token, waiting string, err error) {
	if strings.TrimSpace(c.Reason) == "" {
		return "", "", problem.Invalid("请写明理由").On("reason", "请写明理由，复核的管理员要看")
	}
	c.ID, c.Account, c.AskedBy, c.AskedName, c.AskedAt = tx.NewID(), a.ID, tx.Actor.ID, tx.Actor.Name, tx.Now
	alone, err := m.alone(ctx, &tx.View)
	if err != nil {
		return "", "", err
	}
	if open, err := m.Waiting(ctx, &tx.View); err != nil {
		return "", "", err
	} else if slices.ContainsFunc(open, func(o Change) bool { return o.Account == a.ID && o.Kind == c.Kind }) {
		return "", "", problem.Conflict("这个账户已有一项同样的变更在等待复核")
	}
	c.State = "waiting"
	if alone {
		c.State = "confirmed"
	}
	if err := m.keepChange(ctx, tx, c); err != nil {
		return "", "", err
	}
	tx.Record("account-change", c.ID, "", c.State, map[string]any{"account": a.ID, "kind": c.Kind, "roles": c.Roles, "reason": c.Reason, "alone": alone})
	if alone {
		token, err = m.carryOut(ctx, tx, a, c)
		return token, "", err
	}
	return "", c.ID, worklist.Open(ctx, tx, worklist.Task{Ref: "account:change:" + c.ID, Kind: "account.confirm", Title: "复核账户变更：" + a.Name, Note: c.Reason, Right: PermConfirm, URL: "/admin/changes"})
}

// alone reports whether the county never had anybody who could confirm, in service or dismissed.
func (m *Module) alone(ctx context.Context, v *db.View) (bool, error) {
	for _, role := range m.Roles() {
		if !slices.Contains(m.k.Rights().Closure(role.Permissions), PermConfirm) {
			continue
		}
		if n, err := m.withRole(ctx, v, role.Code); err != nil || n > 0 {
			return false, err
		}
	}
	return true, nil
}

// Rule confirms or refuses a change. It is done by somebody who neither asked for it nor is its subject.
func (m *Module) Rule(ctx context.Context, tx *db.Tx, id string, confirm bool) (token string, err error) {
	c, err := m.Change(ctx, &tx.View, id)
	if err != nil {
		return "", err
	}
	a, err := m.Find(ctx, &tx.View, c.Account)
	if err != nil {
		return "", err
	}
	if err := tx.Require(PermConfirm, authz.Place{Unit: a.Unit}); err != nil {
		return "", err
	}
	switch {
	case c.State != "waiting":
		return "", problem.Conflict("这项变更已经复核过了")
	case c.AskedBy == tx.Actor.ID:
		return "", problem.Forbidden("这项变更是您提出的，须由另一位管理员复核（三员分立）")
	case c.Account == tx.Actor.ID:
		return "", problem.Forbidden("这项变更涉及您本人的账户，须由另一位管理员复核")
	case confirm && a.State != "active":
		return "", problem.Conflict("这个账户已停用，不能再变更")
	}
	to := "refused"
	if confirm {
		to = "confirmed"
	}
	if err := m.ruled(ctx, tx, c, to); err != nil {
		return "", err
	}
	tx.Record("account-change", c.ID, c.State, to, map[string]any{"account": a.ID, "kind": c.Kind, "roles": c.Roles})
	worklist.Close(ctx, tx, "account:change:"+c.ID)
	if !confirm {
		return "", nil
	}
	return m.carryOut(ctx, tx, a, c)
}

// carryOut does what was asked, under the rules of this moment.
func (m *Module) carryOut(ctx context.Context, tx *db.Tx, a Account, c Change) (token string, err error) {
	if c.Kind == ChangeRestart {
		return m.restart(ctx, tx, a)
	}
	a, err = m.Find(ctx, &tx.View, a.ID)
	if err != nil {
		return "", err
	}
	if err := m.compatible(append(slices.Clone(a.Roles), c.Roles...)); err != nil {
		return "", err
	}
	for _, role := range c.Roles {
		if err := m.GiveRole(ctx, tx, a.ID, role); err != nil {
			return "", err
		}
	}
	return "", m.bump(ctx, tx, a)
}

// restartFor binds a one-time link to the account it opens.
func restartFor(account string) string { return "restart:" + account }

func (m *Module) restart(ctx context.Context, tx *db.Tx, a Account) (string, error) {
	q := store.New(tx)
	if err := q.SetPassword(ctx, store.SetPasswordParams{Password: "", ID: a.ID}); err != nil {
		return "", err
	}
	if err := q.SetSecondFactor(ctx, store.SetSecondFactorParams{Totp: "", ID: a.ID}); err != nil {
		return "", err
	}
	for _, shut := range append([]func(context.Context, *db.Tx, string) error{m.voidPasskeys}, m.Closes...) {
		if err := shut(ctx, tx, a.ID); err != nil {
			return "", err
		}
	}
	if err := m.voidLinks(ctx, tx, a.ID); err != nil {
		return "", err
	}
	token := crypto.Token(24)
	tx.Record("account", a.ID, a.State, a.State, map[string]string{"event": "restart"})
	if err := q.Invite(ctx, store.InviteParams{TokenHash: crypto.HashHex([]byte(token)), Purpose: restartFor(a.ID), MadeAt: db.At(tx.Now)}); err != nil {
		return "", err
	}
	return token, m.k.Notify.Send(ctx, tx, notify.Message{To: a.ID, Title: "您的登录方式已重置", Text: "管理员重置了您的密码、动态口令和通行密钥。如果不是您要求的，请立即向审计管理员反映。", URL: "/inbox"})
}

// Begin uses the one-time link of a new start: the owner sets his password and, where his roles need it, scans a second factor.
func (m *Module) Begin(ctx context.Context, tx *db.Tx, token, password, secret, code string, wall time.Time) (Account, error) {
	a, err := m.Beginner(ctx, &tx.View, token)
	if err != nil {
		return a, err
	}
	policy, err := m.Policy(ctx, &tx.View)
	if err != nil {
		return a, err
	}
	step, ok := int64(0), true
	if policy.TwoForAll || m.weighty(a.Roles) || code != "" {
		step, ok = crypto.VerifyTOTP(secret, code, wall, 0) // the machine's clock, as on the phone
	}
	if !ok {
		return a, problem.Invalid("动态口令不对").On("code", "动态口令不对：请确认手机时间准确，再输入验证器上显示的 6 位数字")
	}
	if err := m.newPassword(ctx, tx, a, policy, password); err != nil {
		return a, err
	}
	q := store.New(tx)
	used, err := q.UseInvitation(ctx, store.UseInvitationParams{UsedAt: db.At(tx.Now), TokenHash: crypto.HashHex([]byte(token)), Purpose: restartFor(a.ID), MadeAt: db.At(tx.Now.Add(-invitationLife))})
	if err == nil && used == 0 {
		err = errLink()
	}
	if err != nil || step == 0 {
		return a, err
	}
	sealed, err := m.k.Keys.SealText(sealTOTP, secret)
	if err != nil {
		return a, err
	}
	if err := q.SetSecondFactor(ctx, store.SetSecondFactorParams{Totp: sealed, ID: a.ID}); err != nil {
		return a, err
	}
	return a, q.NoteLogin(ctx, store.NoteLoginParams{TotpStep: step, ID: a.ID})
}

func errLink() error {
	return problem.Gone("这个链接已经用过或超过 24 小时。请找本单位管理员重新办理")
}

// ChangePassword sets a new password for the person who is signed in, after the old one. Sessions elsewhere end.
func (m *Module) ChangePassword(ctx context.Context, tx *db.Tx, old, password string) error {
	row, err := store.New(tx).Find(ctx, tx.Actor.ID)
	if errors.Is(err, sql.ErrNoRows) {
		return problem.NotFound("没有这个账户")
	}
	if err != nil {
		return err
	}
	good, _, err := m.passwords.Verify(ctx, old, row.Password)
	if err != nil {
		return err
	}
	if !good || row.Password == "" {
		return problem.Invalid("原密码不对").On("old", "原密码不对，请重新输入")
	}
	policy, err := m.Policy(ctx, &tx.View)
	if err != nil {
		return err
	}
	return m.newPassword(ctx, tx, Account{ID: row.ID, Login: row.Login, Name: row.Name, Unit: row.Unit}, policy, password)
}

// newPassword keeps a password that the policy allows and that is none of the last ones.
func (m *Module) newPassword(ctx context.Context, tx *db.Tx, a Account, policy Policy, password string) error {
	if err := policy.Check(password, m.words(a.Login, a.Name, a.Unit)...); err != nil {
		return err
	}
	earlier, err := m.earlier(ctx, &tx.View, a.ID, policy.History)
	if err != nil {
		return err
	}
	for _, hash := range earlier {
		same, _, err := m.passwords.Verify(ctx, password, hash)
		if err != nil {
			return err
		}
		if same {
			return problem.Invalid("这个密码用过").On("password", "不能再用最近用过的密码，请换一个")
		}
	}
	hash, err := m.passwords.Hash(ctx, password)
	if err != nil {
		return err
	}
	tx.Record("account", a.ID, "", "", map[string]string{"event": "password"})
	if err := store.New(tx).SetPassword(ctx, store.SetPasswordParams{Password: hash, ID: a.ID}); err != nil {
		return err
	}
	return m.keepPassword(ctx, tx, a.ID, hash)
}
