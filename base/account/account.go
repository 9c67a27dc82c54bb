// Package account knows who may enter (账户): staff with their unit, roles and second factor, citizens with their phone. It turns an
// account into the actor that rides in every command; what a role may do is data in the pack.
//
// Tables: account_account, account_role, account_change, account_password, account_code, account_sent, account_invitation, account_passkey.
package account

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"slices"
	"strconv"
	"strings"

	"tongban/base/account/internal/store"
	"tongban/base/org"
	"tongban/base/party"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/crypto"
	"tongban/kernel/db"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/kernel/slot"
	"tongban/kernel/web"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Permissions of the module.
const (
	PermManage  authz.Permission = "account.manage"
	PermAudit   authz.Permission = "audit.read"
	PermOperate authz.Permission = "system.operate"
	PermConfirm authz.Permission = "account.confirm"
)

// Points on the pages of this module that others fill.
const (
	SlotCitizenIn slot.Point = "account.in.citizen" // further ways in on the sign-in page, for citizens
	SlotStaffIn   slot.Point = "account.in.staff"   // and for staff
	SlotWays      slot.Point = "account.ways"       // a person's own further ways in; the subject is the account
)

// Kinds of accounts.
const (
	Staff   = "staff"
	Citizen = "citizen"
)

// Account is a person's way in.
type Account struct {
	ID      string
	Kind    string
	Login   string
	Name    string
	Unit    string
	Party   string
	Phone   party.Phone
	State   string
	Second  bool // has a second factor
	Roles   []string
	Version int64
}

// Role is a set of permissions over a scope, as the pack defines it.
type Role struct {
	Code        string             `json:"code"`
	Title       string             `json:"title"`
	Permissions []authz.Permission `json:"permissions"`
	Scope       string             `json:"scope"` // own, unit, county
	Side        string             `json:"side"`  // public, staff, administrator
	NotWith     []string           `json:"not_with"`
	Confirm     bool               `json:"confirm"` // given only with the consent of a second administrator
	Note        string             `json:"note"`
	Start       string             `json:"start"` // page where those who have the role begin, zero = the desk
}

// Module keeps the accounts.
type Module struct {
	k         *app.Kernel
	org       *org.Module
	parties   *party.Module
	passwords *crypto.Passwords

	// Found puts the first edition in force when a new county is set up: its name, its units, and the roles its people can have. The
	// command line provides it, because what a county begins with is data.
	Found func(ctx context.Context, tx *db.Tx, county, region string, units []string) error

	// Closes shut what else opens an account when its owner starts anew. Modules above that know of other ways in add theirs.
	Closes []func(ctx context.Context, tx *db.Tx, account string) error
}

// New makes the module. Password hashing is bounded so that a storm of logins cannot take all memory.
func New(k *app.Kernel, units *org.Module, parties *party.Module) (*Module, error) {
	passwords, err := crypto.NewPasswords(crypto.PasswordCost{Memory: 19 * 1024, Time: 2, Threads: 1}, 2)
	return &Module{k: k, org: units, parties: parties, passwords: passwords}, err
}

// Manifest implements app.Module.
func (m *Module) Manifest() app.Manifest {
	return app.Manifest{
		Name: "account", Title: "账户",
		Schema: db.Schema{Name: "account", Files: migrations},
		Sealed: []app.Sealed{
			{Table: "account_account", Key: []string{"id"}, Column: "phone", Purpose: purpose},
			{Table: "account_account", Key: []string{"id"}, Column: "totp", Purpose: sealTOTP},
		},
		Permissions: []authz.Definition{
			{Permission: PermManage, Title: "管理账户和角色"},
			{Permission: PermConfirm, Title: "复核账户变更、选定登录安全策略"},
			{Permission: PermAudit, Title: "查看审计日志"},
			{Permission: PermOperate, Title: "系统运行维护"},
		},
		Sections: Sections(),
		Validate: m.validateRoles,
		Routes:   m.routes(),
		Objects:  objects(),
		Nav:      m.nav(),
	}
}

// purpose binds a sealed phone number to this table.
const purpose = "account.phone"

func (m *Module) read(ctx context.Context, v *db.View, row store.AccountAccount, err error) (Account, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return Account{}, problem.NotFound("没有这个账户")
	}
	if err != nil {
		return Account{}, err
	}
	a, err := m.shown(row)
	if err == nil && row.Kind != Citizen { // who has the rights of every person, and no role
		a.Roles, err = store.New(v).Roles(ctx, row.ID)
	}
	return a, err
}

// shown is the account of a row, without its roles.
func (m *Module) shown(row store.AccountAccount) (Account, error) {
	a := Account{ID: row.ID, Kind: row.Kind, Login: row.Login, Name: row.Name, Unit: row.Unit, Party: row.Party, State: row.State,
		Second: row.Totp != "", Version: row.Version}
	if row.Phone != "" {
		plain, err := m.k.Keys.OpenText(purpose, row.Phone)
		if err != nil {
			return a, err
		}
		a.Phone, _ = party.ParsePhone(plain)
	}
	return a, nil
}

// Find reads an account.
func (m *Module) Find(ctx context.Context, v *db.View, id string) (Account, error) {
	row, err := store.New(v).Find(ctx, id)
	return m.read(ctx, v, row, err)
}

// ByLogin reads an account by its login name.
func (m *Module) ByLogin(ctx context.Context, v *db.View, login string) (Account, error) {
	row, err := store.New(v).ByLogin(ctx, login)
	return m.read(ctx, v, row, err)
}

// OfParty reads the account of a natural person; not-found when he has none.
func (m *Module) OfParty(ctx context.Context, v *db.View, id string) (Account, error) {
	row, err := store.New(v).ByParty(ctx, id)
	return m.read(ctx, v, row, err)
}

// InUnit lists the active staff of a unit who hold the permission, without their phones; an empty permission lists all.
func (m *Module) InUnit(ctx context.Context, v *db.View, unit string, p authz.Permission) ([]Account, error) {
	rows, err := store.New(v).InUnit(ctx, unit)
	if err != nil {
		return nil, err
	}
	var all []Account
	for _, r := range rows { // one for each role of a person
		if n := len(all); n == 0 || all[n-1].ID != r.ID {
			all = append(all, Account{ID: r.ID, Kind: r.Kind, Name: r.Name, Unit: r.Unit, State: "active"})
		}
		all[len(all)-1].hold(r.Role)
	}
	return slices.DeleteFunc(all, func(a Account) bool { return p != "" && !m.actor(a).Holds(p) }), nil
}

func (a *Account) hold(role string) {
	if role != "" {
		a.Roles = append(a.Roles, role)
	}
}

// Identify implements web.Identify: the actor behind a session, with the rights of this moment. A session of an earlier version of the
// account is over: its roles, password or state were changed since. Every request asks this, so it asks the database once and no more than
// it has to know.
func (m *Module) Identify(ctx context.Context, v *db.View, session string) (authz.Actor, error) {
	id, version, pinned := strings.Cut(session, ":")
	rows, err := store.New(v).Identity(ctx, id)
	if err != nil {
		return authz.Actor{}, err
	}
	if len(rows) == 0 || rows[0].State != "active" || pinned && version != strconv.FormatInt(rows[0].Version, 10) {
		return authz.Actor{}, web.ErrNoAccount
	}
	a := Account{ID: id, Kind: rows[0].Kind, Name: rows[0].Name, Unit: rows[0].Unit, Party: rows[0].Party, State: rows[0].State, Version: rows[0].Version}
	for _, r := range rows {
		a.hold(r.Role)
	}
	lacking, err := m.lacksPasskey(ctx, v, a)
	if err != nil {
		return authz.Actor{}, err
	}
	if lacking { // he may sign in and register one, no more
		a.Roles = slices.DeleteFunc(slices.Clone(a.Roles), m.administers)
	}
	return m.actor(a), nil
}

// ActorOf is the actor of an account, for demo scenes and tests.
func (m *Module) ActorOf(ctx context.Context, v *db.View, login string) (authz.Actor, error) {
	a, err := m.ByLogin(ctx, v, login)
	if err != nil {
		return authz.Actor{}, err
	}
	return m.actor(a), nil
}

// actor gives the account its rights: each role's permissions with all they imply, over the role's scope.
func (m *Module) actor(a Account) authz.Actor {
	actor := authz.Actor{Kind: authz.Kind(a.Kind), ID: a.ID, Name: a.Name, Unit: a.Unit, Office: m.org.Name(a.Unit), Party: a.Party}
	edition := m.k.Library.Current()
	roles := a.Roles
	if a.Kind == Citizen {
		roles = append(roles, "citizen") // what every person may do with his own matters
	}
	for _, code := range roles {
		if role, ok := pack.Find[Role](edition, "role", code); ok { // one that the pack in force no longer defines gives nothing
			grant, _ := pack.Cached(edition, "account.grant:"+code+"/"+a.Unit, func() (authz.Grant, error) { return m.grant(role, a.Unit), nil })
			actor.Grants = append(actor.Grants, grant)
		}
	}
	return actor
}

// grant is what a role gives in a unit. All who have it there share it; nobody changes it.
func (m *Module) grant(role Role, unit string) authz.Grant {
	grant := authz.Grant{Permissions: m.k.Rights().Closure(role.Permissions)}
	switch role.Scope {
	case "county":
		grant.Reach.Everywhere = true
	case "unit":
		grant.Reach.Units = m.org.Below(unit)
	}
	return grant
}

// validateRoles reports roles that name permissions no module defines.
func (m *Module) validateRoles(e *pack.Edition) []pack.Finding {
	var out []pack.Finding
	for _, role := range pack.All[Role](e, "role") {
		for _, p := range role.Permissions {
			if !m.k.Rights().Known(p) {
				out = append(out, pack.Finding{File: "role/" + role.Code, Path: "permissions", Severity: pack.Warn,
					Message: "角色“" + role.Title + "”的权限 " + string(p) + " 本版本还没有", Remedy: "删去该权限，或等待相应模块启用"})
			}
		}
	}
	return out
}

// Create is what a new account needs.
type Create struct {
	Kind     string
	Login    string
	Name     string
	Unit     string
	Party    string
	Phone    party.Phone
	Password string // empty: enters by phone code or demo only
	Roles    []string
}

// Create opens an account. The caller has asked for PermManage where a person does it; citizens open their own by registering.
func (m *Module) Create(ctx context.Context, tx *db.Tx, c Create) (Account, error) {
	a := Account{ID: tx.NewID(), Kind: c.Kind, Login: c.Login, Name: c.Name, Unit: c.Unit, Party: c.Party, Phone: c.Phone, State: "active", Roles: c.Roles, Version: 1}
	var hash, sealed, index string
	var err error
	if c.Password != "" {
		if hash, err = m.passwords.Hash(ctx, c.Password); err != nil {
			return a, err
		}
	}
	if !c.Phone.IsZero() {
		if sealed, err = m.k.Keys.SealText(purpose, c.Phone.Full()); err != nil {
			return a, err
		}
		index = m.k.Keys.Index(purpose, c.Phone.Full())
	}
	q := store.New(tx)
	err = q.Insert(ctx, store.InsertParams{ID: a.ID, Kind: a.Kind, Login: a.Login, Name: a.Name, Unit: a.Unit, Party: a.Party,
		Phone: sealed, PhoneIndex: index, Password: hash, MadeAt: db.At(tx.Now)})
	switch {
	case db.IsDuplicate(err) && c.Kind == Citizen: // a citizen's name is made of his record: what stands in the way is his own, switched off
		return a, problem.Forbidden("您在本县的账户已停用").WithNext("请带身份证到政务大厅窗口办理恢复。")
	case db.IsDuplicate(err):
		return a, problem.Conflict("账户名“%s”已经有人使用，请换一个", c.Login)
	}
	if err != nil {
		return a, err
	}
	if hash != "" {
		if err := m.keepPassword(ctx, tx, a.ID, hash); err != nil {
			return a, err
		}
	}
	for _, role := range c.Roles {
		if err := m.GiveRole(ctx, tx, a.ID, role); err != nil {
			return a, err
		}
	}
	tx.Record("account", a.ID, "", "active", map[string]any{"login": a.Login, "kind": a.Kind, "unit": a.Unit})
	return a, nil
}

// GiveRole gives an account a role.
func (m *Module) GiveRole(ctx context.Context, tx *db.Tx, account, role string) error {
	if _, ok := pack.Find[Role](m.k.Library.Current(), "role", role); !ok {
		return problem.Invalid("没有“%s”这个角色", role)
	}
	tx.Record("account", account, "", "", map[string]string{"role": role})
	return store.New(tx).GiveRole(ctx, store.GiveRoleParams{Account: account, Role: role, GivenBy: tx.Actor.ID, GivenAt: db.At(tx.Now)})
}

// session is how a session names the account: with its version.
func (a Account) session() string { return a.ID + ":" + strconv.FormatInt(a.Version, 10) }

// place is where an account belongs.
func place(a Account) authz.Place { return authz.Place{Unit: a.Unit} }
