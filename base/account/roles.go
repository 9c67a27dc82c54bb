package account

import (
	"context"
	"slices"

	"tongban/base/account/internal/store"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
)

// Roles lists the roles of the pack in force.
func (m *Module) Roles() []Role { return pack.All[Role](m.k.Library.Current(), "role") }

// RoleTitle is the Chinese title of a role.
func (m *Module) RoleTitle(code string) string {
	if r, ok := pack.Find[Role](m.k.Library.Current(), "role", code); ok {
		return r.Title
	}
	return code
}

// start is the page where somebody of the staff begins: that of the first role which names one, else the desk.
func (m *Module) start(a Account) string {
	for _, code := range a.Roles {
		if r, ok := pack.Find[Role](m.k.Library.Current(), "role", code); ok && r.Start != "" {
			return r.Start
		}
	}
	return "/w"
}

// StaffPage lists staff accounts by login, after the given one.
func (m *Module) StaffPage(ctx context.Context, v *db.View, after string, limit int) ([]Account, error) {
	rows, err := store.New(v).Staff(ctx, store.StaffParams{Login: after, Limit: int32(limit)})
	if err != nil {
		return nil, err
	}
	var out []Account
	for _, row := range rows {
		a, err := m.read(ctx, v, row, nil)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// Employ opens a staff account.
func (m *Module) Employ(ctx context.Context, tx *db.Tx, c Create) (Account, error) {
	if err := tx.Require(PermManage, authz.Place{Unit: c.Unit}); err != nil {
		return Account{}, err
	}
	if _, ok := m.org.Unit(c.Unit); !ok {
		return Account{}, problem.Invalid("没有这个单位").On("unit", "请从列表中选择单位")
	}
	if c.Password != "" {
		policy, err := m.Policy(ctx, &tx.View)
		if err != nil {
			return Account{}, err
		}
		if err := policy.Check(c.Password, m.words(c.Login, c.Name, c.Unit)...); err != nil {
			return Account{}, err
		}
	}
	if err := m.compatible(c.Roles); err != nil {
		return Account{}, err
	}
	c.Kind = Staff
	if tx.Actor.Kind == authz.System { // at the machine itself, with the key in hand
		return m.Create(ctx, tx, c)
	}
	heavy := slices.DeleteFunc(slices.Clone(c.Roles), func(code string) bool { return !m.weighty([]string{code}) })
	c.Roles = slices.DeleteFunc(c.Roles, func(code string) bool { return m.weighty([]string{code}) })
	a, err := m.Create(ctx, tx, c)
	if err != nil || len(heavy) == 0 {
		return a, err
	}
	_, _, err = m.ask(ctx, tx, a, Change{Kind: ChangeRoles, Roles: heavy, Reason: "新开账户"})
	return a, err
}

// compatible refuses roles that one person must not hold together (三员分离, 受审分离).
func (m *Module) compatible(roles []string) error {
	var held []Role
	for _, code := range roles {
		role, ok := pack.Find[Role](m.k.Library.Current(), "role", code)
		if !ok {
			return problem.Invalid("没有“%s”这个角色", code)
		}
		held = append(held, role)
	}
	if a, b, clash := Clash(held); clash {
		return problem.Invalid("角色“%s”和“%s”不能由同一个人担任", a.Title, b.Title).On("roles", "请去掉其中一个角色")
	}
	return nil
}

// Clash finds two roles that one person must not hold together.
func Clash(held []Role) (a, b Role, clash bool) {
	for _, a := range held {
		for _, b := range held {
			if slices.Contains(a.NotWith, b.Code) {
				return a, b, true
			}
		}
	}
	return Role{}, Role{}, false
}

// Dismiss switches an account off; its sessions end with the next request.
func (m *Module) Dismiss(ctx context.Context, tx *db.Tx, id string, version int64) error {
	a, err := m.Find(ctx, &tx.View, id)
	if err != nil {
		return err
	}
	if err := tx.Require(PermManage, authz.Place{Unit: a.Unit}); err != nil {
		return err
	}
	if a.ID == tx.Actor.ID {
		return problem.Conflict("不能停用自己的账户，请由另一位管理员办理")
	}
	n, err := store.New(tx).SetState(ctx, store.SetStateParams{State: "off", ID: id, Version: version})
	if err != nil {
		return err
	}
	if n == 0 {
		return problem.Conflict("这个账户刚刚被别人改动过，请刷新后再办")
	}
	tx.Record("account", id, a.State, "off", nil)
	return nil
}
