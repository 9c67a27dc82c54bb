package db

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
)

// mostPrepared bounds how many compiled statements are kept. The product's own statements are some hundreds; what is composed for
// one search is compiled each time once the store is full.
const mostPrepared = 1000

// prepared keeps the compiled statements of a SQLite pool for its life: compiling costs more than running most of them. PostgreSQL's
// driver keeps its own.
type prepared struct {
	pool *sql.DB
	mu   sync.RWMutex
	kept map[string]*sql.Stmt
}

func newPrepared(pool *sql.DB) *prepared { return &prepared{pool: pool, kept: map[string]*sql.Stmt{}} }

// find gives a statement that was kept before.
func (p *prepared) find(query string) *sql.Stmt {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.kept[query]
}

// keep compiles a statement and keeps it; nil when there are enough.
func (p *prepared) keep(ctx context.Context, query string) (*sql.Stmt, error) {
	if s := p.find(query); s != nil {
		return s, nil
	}
	p.mu.RLock()
	full := len(p.kept) >= mostPrepared
	p.mu.RUnlock()
	if full {
		return nil, nil
	}
	s, err := p.pool.PrepareContext(ctx, positional(query))
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, query)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if first := p.kept[query]; first != nil { // somebody else was faster
		_ = s.Close()
		return first, nil
	}
	p.kept[query] = s
	return s, nil
}

// positional writes $1, $2 … as ?, where each stands once and in order: SQLite looks up a parameter that has a name by going through all
// names before it.
func positional(query string) string {
	for i, p := range parameter.FindAllString(query, -1) {
		if argument(p) != i {
			return query
		}
	}
	return parameter.ReplaceAllString(query, "?")
}

// asked is the reading pool of SQLite with its compiled statements.
type asked struct {
	*sql.DB
	prepared *prepared
}

// QueryContext implements querier.
func (a asked) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if s, err := a.prepared.keep(ctx, query); err == nil && s != nil {
		return s.QueryContext(ctx, args...)
	}
	return a.DB.QueryContext(ctx, query, args...)
}

// QueryRowContext implements querier.
func (a asked) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if s, err := a.prepared.keep(ctx, query); err == nil && s != nil {
		return s.QueryRowContext(ctx, args...)
	}
	return a.DB.QueryRowContext(ctx, query, args...)
}

// statements are those of one physical transaction of the SQLite writer.
type statements struct {
	known *prepared
	ready map[string]*sql.Stmt
	fresh []string // compiled for this transaction only; the writer keeps them once its connection is free
}

// find gives the statement for the transaction. The writer's only connection is busy with it, so a new one is compiled within it.
func (b *statements) find(ctx context.Context, tx *sql.Tx, query string) (*sql.Stmt, error) {
	if s, ok := b.ready[query]; ok {
		return s, nil
	}
	if kept := b.known.find(query); kept != nil {
		s := tx.StmtContext(ctx, kept)
		b.ready[query] = s
		return s, nil
	}
	s, err := tx.PrepareContext(ctx, positional(query))
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, query)
	}
	b.ready[query], b.fresh = s, append(b.fresh, query)
	return s, nil
}

func (b *statements) exec(ctx context.Context, tx *sql.Tx, query string) error {
	s, err := b.find(ctx, tx, query)
	if err == nil {
		_, err = s.ExecContext(ctx)
	}
	return err
}

// keep compiles for good what the transaction had to compile for itself.
func (b *statements) keep(ctx context.Context) {
	for _, query := range b.fresh {
		if _, err := b.known.keep(ctx, query); err != nil {
			return // it is compiled again where it is needed, and its fault told there
		}
	}
}
