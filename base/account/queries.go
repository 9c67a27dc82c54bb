package account

import (
	"context"
	"fmt"

	"tongban/base/account/internal/store"
	"tongban/kernel/db"
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
