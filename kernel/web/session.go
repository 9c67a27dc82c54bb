package web

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"encoding/base64"
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
	var data string
	v := s.db.View(guestActor, time.Now())
	err := v.QueryRowContext(ctx, `SELECT data FROM web_session WHERE token = $1 AND expires_at > $2`, token, db.At(time.Now())).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	content, err := base64.StdEncoding.DecodeString(data)
	return content, err == nil, err
}

func (s sessionStore) CommitCtx(ctx context.Context, token string, data []byte, expires time.Time) error {
	return s.db.Housekeep(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO web_session (token, data, expires_at) VALUES ($1, $2, $3)
 ON CONFLICT (token) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at`, token, base64.StdEncoding.EncodeToString(data), db.At(expires)) // the content is binary, the column text
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

// Term is how long a session may last: left alone, and in all. Zero means the usual.
type Term struct{ Idle, Longest time.Duration }

// usualTerm is for those of whom no policy speaks.
var usualTerm = Term{Idle: 30 * time.Minute, Longest: 12 * time.Hour}

// SignIn starts a session for the account under a new token (no session fixation), for the term.
func (r *Request) SignIn(account string, term Term) error {
	s := r.site.sessions
	if err := s.RenewToken(r.Ctx); err != nil {
		return err
	}
	now := r.site.wall()
	s.Put(r.Ctx, "account", account)
	s.Put(r.Ctx, "idle", int64(cmp.Or(term.Idle, usualTerm.Idle)/time.Second))
	s.Put(r.Ctx, "until", now.Add(cmp.Or(term.Longest, usualTerm.Longest)).Unix())
	s.Put(r.Ctx, "seen", now.Unix())
	return nil
}

// Wall is the machine's own time, for what must not follow a clock that a demo county moves: one-time passwords, sessions.
func (r *Request) Wall() time.Time { return r.site.wall() }

// inTerm reports whether the session may go on. That somebody was there is noted only now and then, so that reading a page does not
// write a session.
func (s *Site) inTerm(ctx context.Context) bool {
	now, idle, seen := s.wall().Unix(), s.sessions.GetInt64(ctx, "idle"), s.sessions.GetInt64(ctx, "seen")
	if now >= s.sessions.GetInt64(ctx, "until") || now-seen > idle {
		return false
	}
	if now-seen > idle/10 {
		s.sessions.Put(ctx, "seen", now)
	}
	return true
}
