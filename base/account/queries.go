package account

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"tongban/base/account/internal/store"
	"tongban/kernel/crypto"
	"tongban/kernel/db"
	"tongban/kernel/problem"
)

// Managed lists the staff accounts whose units the viewer manages, by login, after the given one.
func (m *Module) Managed(ctx context.Context, v *db.View, after string, limit int) ([]Account, error) {
	w := (&db.Where{}).Within(v.Actor.Scope(PermManage), "unit", "").And("kind = 'staff'").And("login > ?", after)
	query := "SELECT id, kind, login, name, unit, party, phone, totp, state, version FROM account_account" + w.String() + " ORDER BY login LIMIT " + w.Bind(limit)
	rows, err := v.QueryContext(ctx, query, w.Args...)
	if err != nil {
		return nil, fmt.Errorf("account: managed: %w", err)
	}
	defer rows.Close()
	var found []store.AccountAccount
	for rows.Next() {
		var a store.AccountAccount
		if err := rows.Scan(&a.ID, &a.Kind, &a.Login, &a.Name, &a.Unit, &a.Party, &a.Phone, &a.Totp, &a.State, &a.Version); err != nil {
			return nil, fmt.Errorf("account: managed: %w", err)
		}
		found = append(found, a)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("account: managed: %w", err)
	}
	var out []Account
	for _, row := range found {
		a, err := m.read(ctx, v, row, nil)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// bump makes a new version of the account, by which its sessions end.
func (m *Module) bump(ctx context.Context, tx *db.Tx, a Account) error {
	return m.state(ctx, tx, a, a.State)
}

func (m *Module) state(ctx context.Context, tx *db.Tx, a Account, to string) error {
	n, err := store.New(tx).SetState(ctx, store.SetStateParams{State: to, ID: a.ID, Version: a.Version})
	if err == nil && n == 0 {
		err = problem.Conflict("这个账户刚刚被别人改动过，请刷新后再办")
	}
	if err == nil && to != a.State {
		tx.Record("account", a.ID, a.State, to, nil)
	}
	return err
}

const changeColumns = "SELECT id, account, kind, roles, reason, asked_by, asked_name, asked_at, state FROM account_change"

// Waiting lists the changes that wait for a second administrator, the oldest first.
func (m *Module) Waiting(ctx context.Context, v *db.View) ([]Change, error) {
	return m.changes(ctx, v, changeColumns+" WHERE state = 'waiting' ORDER BY id LIMIT 200")
}

// Change reads one change.
func (m *Module) Change(ctx context.Context, v *db.View, id string) (Change, error) {
	list, err := m.changes(ctx, v, changeColumns+" WHERE id = $1", id)
	if err == nil && len(list) == 0 {
		return Change{}, problem.NotFound("没有这项变更")
	}
	if err != nil {
		return Change{}, err
	}
	return list[0], nil
}

func (m *Module) changes(ctx context.Context, v *db.View, query string, args ...any) ([]Change, error) {
	rows, err := v.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("account: changes: %w", err)
	}
	defer rows.Close()
	var out []Change
	for rows.Next() {
		var c Change
		var roles string
		var at db.Time
		if err := rows.Scan(&c.ID, &c.Account, &c.Kind, &roles, &c.Reason, &c.AskedBy, &c.AskedName, &at, &c.State); err != nil {
			return nil, fmt.Errorf("account: changes: %w", err)
		}
		c.Roles, c.AskedAt = strings.Fields(roles), at.Time
		out = append(out, c)
	}
	return out, rows.Err()
}

func (m *Module) keepChange(ctx context.Context, tx *db.Tx, c Change) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO account_change (id, account, kind, roles, reason, asked_by, asked_name, asked_at, state, ruled_by, ruled_at)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', NULL)`, c.ID, c.Account, c.Kind, strings.Join(c.Roles, " "), c.Reason, c.AskedBy, c.AskedName, db.At(c.AskedAt), c.State)
	return err
}

func (m *Module) ruled(ctx context.Context, tx *db.Tx, c Change, to string) error {
	done, err := tx.ExecContext(ctx, `UPDATE account_change SET state = $1, ruled_by = $2, ruled_at = $3 WHERE id = $4 AND state = 'waiting'`, to, tx.Actor.ID, db.At(tx.Now), c.ID)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return problem.Conflict("这项变更刚刚已经复核过了")
}

// withRole counts the accounts that hold the role, whatever their state.
func (m *Module) withRole(ctx context.Context, v *db.View, role string) (int, error) {
	var n int
	err := v.QueryRowContext(ctx, `SELECT count(*) FROM account_role WHERE role = $1`, role).Scan(&n)
	return n, err
}

// Beginner is the account that a one-time link opens.
func (m *Module) Beginner(ctx context.Context, v *db.View, token string) (Account, error) {
	var purpose string
	err := v.QueryRowContext(ctx, `SELECT purpose FROM account_invitation WHERE token_hash = $1 AND used_at IS NULL AND made_at > $2`,
		crypto.HashHex([]byte(token)), db.At(v.Now.Add(-invitationLife))).Scan(&purpose)
	id, ok := strings.CutPrefix(purpose, restartFor(""))
	if errors.Is(err, sql.ErrNoRows) || err == nil && !ok {
		return Account{}, errLink()
	}
	if err != nil {
		return Account{}, err
	}
	a, err := m.Find(ctx, v, id)
	if err == nil && a.State != "active" {
		err = errLink()
	}
	return a, err
}

// earlier are the hashes of the last passwords.
func (m *Module) earlier(ctx context.Context, v *db.View, account string, n int) ([]string, error) {
	rows, err := v.QueryContext(ctx, `SELECT hash FROM account_password WHERE account = $1 ORDER BY set_at DESC LIMIT $2`, account, n)
	if err != nil {
		return nil, fmt.Errorf("account: passwords: %w", err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var hash string
		if err := rows.Scan(&hash); err != nil {
			return nil, fmt.Errorf("account: passwords: %w", err)
		}
		out = append(out, hash)
	}
	return out, rows.Err()
}

func (m *Module) keepPassword(ctx context.Context, tx *db.Tx, account, hash string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO account_password (account, set_at, hash) VALUES ($1, $2, $3) ON CONFLICT (account, set_at) DO UPDATE SET hash = excluded.hash`, account, db.At(tx.Now), hash)
	return err
}

// since is when the password was set; for a password older than the record, when the account was made.
func (m *Module) since(ctx context.Context, v *db.View, account string) (time.Time, error) {
	var at db.Time
	err := v.QueryRowContext(ctx, `SELECT set_at FROM account_password WHERE account = $1 ORDER BY set_at DESC LIMIT 1`, account).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		err = v.QueryRowContext(ctx, `SELECT made_at FROM account_account WHERE id = $1`, account).Scan(&at)
	}
	return at.Time, err
}

// voidLinks ends every one-time link of the account that was not used.
func (m *Module) voidLinks(ctx context.Context, tx *db.Tx, account string) error {
	_, err := tx.ExecContext(ctx, `UPDATE account_invitation SET used_at = $1 WHERE purpose = $2 AND used_at IS NULL`, db.At(tx.Now), restartFor(account))
	return err
}
