package db

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"testing/fstest"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
)

//go:embed migrations/*.sql
var ownMigrations embed.FS

// Schema is the set of migrations one module owns; Name is also the prefix of its tables.
type Schema struct {
	Name  string
	Files fs.FS // holds migrations/*.sql
}

// Own is the kernel's schema: keys, audit log, outbox.
func Own() Schema { return Schema{Name: "db", Files: ownMigrations} }

// Migrate brings every schema up to date, in the given order. A file named 00002_x.sqlite.sql or 00002_x.postgres.sql is meant
// for that engine only; all others serve both.
func (d *DB) Migrate(ctx context.Context, schemas []Schema) error {
	dialect := goose.DialectSQLite3
	if d.Engine == Postgres {
		dialect = goose.DialectPostgres
	}
	return d.Alone(ctx, func() error { return d.migrate(ctx, dialect, schemas) })
}

func (d *DB) migrate(ctx context.Context, dialect goose.Dialect, schemas []Schema) error {
	for _, s := range schemas {
		files, err := d.pick(s)
		if err != nil {
			return fmt.Errorf("migrations of %s: %w", s.Name, err)
		}
		store, err := database.NewStore(database.Dialect(dialect), s.Name+"_migration")
		if err != nil {
			return err
		}
		provider, err := goose.NewProvider("", d.write, files, goose.WithStore(store), goose.WithDisableGlobalRegistry(true))
		if errors.Is(err, goose.ErrNoMigrations) {
			continue
		}
		if err != nil {
			return fmt.Errorf("migrations of %s: %w", s.Name, err)
		}
		if _, err := provider.Up(ctx); err != nil {
			return fmt.Errorf("migrations of %s: %w", s.Name, err)
		}
	}
	return nil
}

// Alone changes the schema while no other process does: several that start at the same moment take turns. On SQLite the directory is
// locked already. It does not nest.
func (d *DB) Alone(ctx context.Context, change func() error) error {
	if d.Engine == SQLite {
		return change()
	}
	conn, err := d.write.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	// Asked for again and again, never waited for: a waiting SELECT keeps its snapshot, CREATE INDEX CONCURRENTLY waits for all snapshots,
	// and the two processes would wait for each other for ever, unseen by the server.
	const key = `hashtextextended('tongban migrations of ' || current_schema(), 0)`
	for mine := false; !mine; {
		if err := conn.QueryRowContext(ctx, `SELECT pg_try_advisory_lock(`+key+`)`).Scan(&mine); err != nil {
			return err
		}
		if mine {
			break
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	defer func() {
		// A lock that cannot be given back ends with its connection.
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock(`+key+`)`)
	}()
	return change()
}

// pick gathers the module's files for this engine.
func (d *DB) pick(s Schema) (fs.FS, error) {
	out := fstest.MapFS{}
	names, err := fs.Glob(s.Files, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		base := path.Base(name)
		stem := strings.TrimSuffix(base, ".sql")
		if engine := path.Ext(stem); engine != "" {
			if engine != "."+string(d.Engine) {
				continue
			}
			base = strings.TrimSuffix(stem, engine) + ".sql"
		}
		text, err := fs.ReadFile(s.Files, name)
		if err != nil {
			return nil, err
		}
		out[base] = &fstest.MapFile{Data: text}
	}
	return out, nil
}
