package web

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"time"

	"tongban/kernel/db"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema is the package's table.
func Schema() db.Schema { return db.Schema{Name: "web", Files: migrations} }

// sessionStore keeps sessions in the county's database, so that every process of several knows them. It implements scs.CtxStore.
type sessionStore struct{ db *db.DB }

func (s sessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	var data, account string
	v := s.db.View(guestActor, time.Now())
	err := v.QueryRowContext(ctx, `SELECT data, account FROM web_session WHERE token = $1 AND expires_at > $2 AND NOT ended`, token, db.At(time.Now())).Scan(&data, &account)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	if account == "" {
		// A login from before accounts were noted: its owner neither sees it nor can end it from elsewhere, so it ends here.
		_, values, err := sessionForm{}.Decode([]byte(data))
		if _, in := values["account"]; in || err != nil {
			return nil, false, err
		}
	}
	return []byte(data), true, nil
}

func (s sessionStore) CommitCtx(ctx context.Context, token string, data []byte, expires time.Time) error {
	_, values, err := sessionForm{}.Decode(data)
	if err != nil {
		return err
	}
	account, _ := values["account"].(string)
	return s.db.Housekeep(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO web_session (token, data, expires_at, account, ended) VALUES ($1, $2, $3, $4, FALSE)
 ON CONFLICT (token) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at, account = excluded.account WHERE NOT web_session.ended`, token, string(data), db.At(expires), holder(account))
		return err
	})
}

func (s sessionStore) DeleteCtx(ctx context.Context, token string) error {
	return s.db.Housekeep(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM web_session WHERE token = $1`, token)
		return err
	})
}

func (s sessionStore) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}
func (s sessionStore) Commit(token string, b []byte, expires time.Time) error {
	return s.CommitCtx(context.Background(), token, b, expires)
}
func (s sessionStore) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }

// SweepSessions forgets expired sessions.
func SweepSessions(ctx context.Context, d *db.DB) error {
	return d.Housekeep(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM web_session WHERE expires_at <= $1`, db.At(time.Now()))
		return err
	})
}
