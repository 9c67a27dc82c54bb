package account

import (
	"context"
	"encoding/base64"
	"fmt"
	"time"

	"tongban/kernel/db"
	"tongban/kernel/passkey"
	"tongban/kernel/problem"
)

// Passkey is a key by which a member of staff signs in without a password (通行密钥).
type Passkey struct {
	ID      string
	Account string
	Title   string // as its owner calls it
	Key     passkey.Key
	State   string // active, removed, blocked
	MadeAt  time.Time
	UsedAt  time.Time
}

const passkeyColumns = "SELECT id, account, title, host, public, counter, synced, state, made_at, used_at FROM account_passkey" // #nosec G101 -- public keys

// Passkeys are the keys of an account that may be used.
func (m *Module) Passkeys(ctx context.Context, v *db.View, account string) ([]Passkey, error) {
	return m.passkeys(ctx, v, passkeyColumns+" WHERE account = $1 AND state = 'active' ORDER BY made_at, id", account)
}

// passkey reads a key whatever its state; not-found when nobody ever registered it.
func (m *Module) passkey(ctx context.Context, v *db.View, id string) (Passkey, error) {
	list, err := m.passkeys(ctx, v, passkeyColumns+" WHERE id = $1", id)
	if err == nil && len(list) == 0 {
		err = problem.NotFound("没有这把通行密钥")
	}
	if err != nil {
		return Passkey{}, err
	}
	return list[0], nil
}

func (m *Module) passkeys(ctx context.Context, v *db.View, query string, args ...any) ([]Passkey, error) {
	rows, err := v.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("account: passkeys: %w", err)
	}
	defer rows.Close()
	var out []Passkey
	for rows.Next() {
		var p Passkey
		var public string
		var counter int64
		var made, used db.Time
		if err := rows.Scan(&p.ID, &p.Account, &p.Title, &p.Key.Host, &public, &counter, &p.Key.Synced, &p.State, &made, &used); err != nil {
			return nil, fmt.Errorf("account: passkeys: %w", err)
		}
		p.Key.Counter, p.MadeAt, p.UsedAt = uint32(counter), made.Time, used.Time
		if p.Key.ID, err = base64.RawURLEncoding.DecodeString(p.ID); err != nil {
			return nil, fmt.Errorf("account: passkey %s: %w", p.ID, err)
		}
		if p.Key.Public, err = base64.RawURLEncoding.DecodeString(public); err != nil {
			return nil, fmt.Errorf("account: passkey %s: %w", p.ID, err)
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

func (m *Module) keepPasskey(ctx context.Context, tx *db.Tx, p Passkey) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO account_passkey (id, account, title, host, public, counter, synced, state, made_at, used_at)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL)`, p.ID, p.Account, p.Title, p.Key.Host, base64.RawURLEncoding.EncodeToString(p.Key.Public), int64(p.Key.Counter), p.Key.Synced, p.State, db.At(tx.Now))
	if db.IsDuplicate(err) {
		err = problem.Conflict("这把通行密钥已经登记过，请换一把")
	}
	return err
}

// usePasskey notes the use of a key. Its counter must still be what the judgement rested on: of two uses at once one is lost.
func (m *Module) usePasskey(ctx context.Context, tx *db.Tx, p Passkey, counter uint32) error {
	return m.onePasskey(tx.ExecContext(ctx, `UPDATE account_passkey SET counter = $1, used_at = $2 WHERE id = $3 AND counter = $4 AND state = 'active'`, int64(counter), db.At(tx.Now), p.ID, int64(p.Key.Counter)))
}

func (m *Module) setPasskeyState(ctx context.Context, tx *db.Tx, p Passkey, to string) error {
	return m.onePasskey(tx.ExecContext(ctx, `UPDATE account_passkey SET state = $1 WHERE id = $2 AND state = 'active'`, to, p.ID))
}

func (m *Module) onePasskey(done interface{ RowsAffected() (int64, error) }, err error) error {
	if err != nil {
		return err
	}
	n, err := done.RowsAffected()
	if err == nil && n == 0 {
		err = problem.Conflict("这把通行密钥刚刚用过或者已经不能用，请再试一次")
	}
	return err
}

// voidPasskeys takes all keys from an account.
func (m *Module) voidPasskeys(ctx context.Context, tx *db.Tx, account string) error {
	_, err := tx.ExecContext(ctx, `UPDATE account_passkey SET state = 'removed' WHERE account = $1 AND state = 'active'`, account)
	return err
}

// renew makes a new version of the account, by which all its sessions end, and returns the account in it.
func (m *Module) renew(ctx context.Context, tx *db.Tx, a Account) (Account, error) {
	err := m.bump(ctx, tx, a)
	a.Version++
	return a, err
}
