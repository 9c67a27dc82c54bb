// Package config keeps the county's settings: small named values that people change while the product runs, each change an
// audited command.
package config

import (
	"context"
	"database/sql"
	"embed"
	"errors"

	"tongban/kernel/db"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema is the package's table.
func Schema() db.Schema { return db.Schema{Name: "config", Files: migrations} }

// Get reads a setting; a setting that was never set is "".
func Get(ctx context.Context, v *db.View, name string) (string, error) {
	var value string
	err := v.QueryRowContext(ctx, `SELECT value FROM config_setting WHERE name = $1`, name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, err
}

// Set changes a setting and records the old and the new value.
func Set(ctx context.Context, tx *db.Tx, name, value string) error {
	old, err := Get(ctx, &tx.View, name)
	if err != nil || old == value {
		return err
	}
	tx.Record("setting", name, "", "", map[string]string{"old": old, "new": value})
	_, err = tx.ExecContext(ctx, `INSERT INTO config_setting (name, value, changed_at) VALUES ($1, $2, $3)
 ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at`, name, value, db.At(tx.Now))
	return err
}
