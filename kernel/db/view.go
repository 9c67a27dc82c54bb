package db

import (
	"context"
	"database/sql"
	"errors"
	"runtime/debug"
	"time"

	"tongban/kernel/authz"
)

// View is what a question needs: who asks, when, and a connection to read from. Every Tx is also a View, so that a command asks
// in the same words as a page.
type View struct {
	Actor authz.Actor
	Now   time.Time
	q     querier
}

type querier interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
	PrepareContext(context.Context, string) (*sql.Stmt, error)
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
	QueryRowContext(context.Context, string, ...any) *sql.Row
}

// View opens a question on the reading connections.
func (d *DB) View(actor authz.Actor, now time.Time) *View {
	if d.options.Trace != nil {
		return &View{Actor: actor, Now: now, q: traced{d.read, d.options.Trace}}
	}
	return &View{Actor: actor, Now: now, q: d.read}
}

// traced tells of every question.
type traced struct {
	querier
	tell func(query string, args []any)
}

func (t traced) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	t.tell(query, args)
	return t.querier.QueryContext(ctx, query, args...)
}

func (t traced) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	t.tell(query, args)
	return t.querier.QueryRowContext(ctx, query, args...)
}

var errReadOnly = errors.New("db: a view cannot write; use a command")

// ExecContext writes only inside a command.
func (v *View) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if tx, ok := v.q.(*Tx); ok {
		return tx.ExecContext(ctx, query, args...)
	}
	return nil, errReadOnly
}

// PrepareContext implements the query interface of the stores.
func (v *View) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	return v.q.PrepareContext(ctx, query)
}

// QueryContext implements the query interface of the stores.
func (v *View) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return v.q.QueryContext(ctx, query, args...)
}

// QueryRowContext implements the query interface of the stores.
func (v *View) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return v.q.QueryRowContext(ctx, query, args...)
}

func stack() string { return string(debug.Stack()) }
