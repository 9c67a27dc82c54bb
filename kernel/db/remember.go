package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strings"
)

// mostKept bounds how many compiled statements a connection keeps. The product's own are some hundreds.
const mostKept = 1000

// remembering is SQLite's driver with a memory: to compile a statement costs more than to run most of them. Whoever asks, a store, the
// sessions or the job library, does not have to know. PostgreSQL's driver does the same by itself.
type remembering struct {
	sqlite driver.Driver
	place  string
}

// openRemembering opens a pool of connections that keep their statements.
func openRemembering(place string) (*sql.DB, error) {
	plain, err := sql.Open("sqlite", place)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(remembering{plain.Driver(), place}), plain.Close()
}

// engine is what a connection of SQLite's driver can do.
type engine interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// Connect implements driver.Connector.
func (r remembering) Connect(context.Context) (driver.Conn, error) {
	c, err := r.sqlite.Open(r.place)
	if err != nil {
		return nil, err
	}
	e, able := c.(engine)
	if !able {
		return nil, fmt.Errorf("db: the driver gives %T", c)
	}
	return &connection{engine: e, kept: map[string]*kept{}}, nil
}

// Driver implements driver.Connector.
func (r remembering) Driver() driver.Driver { return r.sqlite }

// connection keeps what was compiled on it. The pool lets nobody use it while another does.
type connection struct {
	engine
	kept map[string]*kept
}

type kept struct {
	driver.Stmt
	busy bool // its rows are still being read
}

// find gives the compiled statement; nil where it is none to keep, or one that is at work.
func (c *connection) find(ctx context.Context, query string) (*kept, error) {
	if k := c.kept[query]; k != nil {
		if k.busy {
			return nil, nil
		}
		return k, nil
	}
	if onceOnly(query) {
		return nil, nil
	}
	c.makeRoom()
	s, err := c.PrepareContext(ctx, positional(query))
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, query)
	}
	k := &kept{Stmt: s}
	c.kept[query] = k
	return k, nil
}

// makeRoom gives up any one that is not at work once the store is full: what is composed for one search must not keep out what comes again.
func (c *connection) makeRoom() {
	if len(c.kept) < mostKept {
		return
	}
	for query, k := range c.kept {
		if !k.busy {
			_ = k.Close()
			delete(c.kept, query)
			return
		}
	}
}

// onceOnly reports what changes the tables or the engine itself, and does not come again.
func onceOnly(query string) bool {
	for _, word := range []string{"CREATE ", "DROP ", "ALTER ", "PRAGMA ", "VACUUM"} {
		if strings.Contains(query, word) {
			return true
		}
	}
	return false
}

// ExecContext implements driver.ExecerContext.
func (c *connection) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	k, err := c.find(ctx, query)
	if err != nil {
		return nil, err
	}
	if k == nil {
		return c.engine.ExecContext(ctx, query, args)
	}
	return k.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
}

// QueryContext implements driver.QueryerContext.
func (c *connection) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	k, err := c.find(ctx, query)
	if err != nil {
		return nil, err
	}
	if k == nil {
		return c.engine.QueryContext(ctx, query, args)
	}
	r, err := k.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	k.busy = true
	return &answer{r, k}, nil
}

// answer frees its statement when it is read.
type answer struct {
	driver.Rows
	of *kept
}

// Close implements driver.Rows.
func (a *answer) Close() error {
	a.of.busy = false
	return a.Rows.Close()
}

// Close implements driver.Conn.
func (c *connection) Close() error {
	for _, k := range c.kept {
		_ = k.Stmt.Close()
	}
	clear(c.kept)
	return c.engine.Close()
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
