package db

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
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
		if err := d.up(ctx, provider); err != nil {
			return fmt.Errorf("migrations of %s: %w", s.Name, err)
		}
	}
	return nil
}

// yielding begins every migration of PostgreSQL that is a transaction. A change of a table waits for all who read it, such as a report or a
// backup, and everybody else who wants the table waits behind the change: so it gives up soon, lets them pass, and is tried again.
const yielding = "SET LOCAL lock_timeout = '1s';\n"

// up migrates, as often as it has to give way, for as long as the longest backup may take.
func (d *DB) up(ctx context.Context, p *goose.Provider) error {
	for end := time.Now().Add(2 * time.Hour); ; {
		if err := d.clear(ctx); err != nil {
			return err
		}
		_, err := p.Up(ctx)
		if err == nil || !says(err, -1, "55P03") || time.Now().After(end) { // lock_not_available
			return err
		}
		slog.InfoContext(ctx, "a migration gave way to who uses its table, and will be tried again", "error", err)
		select {
		case <-time.After(2 * time.Second):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// clear removes what a process left that died while it built an index without locking: an index that is never used, and stands in the way of
// the one to be built. An index that somebody builds at this moment is let be.
func (d *DB) clear(ctx context.Context) error {
	if d.Engine != Postgres {
		return nil
	}
	rows, err := d.write.QueryContext(ctx, `SELECT quote_ident(c.relname) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
 WHERE NOT i.indisvalid AND c.relnamespace = current_schema()::regnamespace AND NOT EXISTS (SELECT 1 FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)`)
	if err != nil {
		return err
	}
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return errors.Join(err, rows.Close())
		}
		names = append(names, name)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, name := range names {
		if _, err := d.write.ExecContext(ctx, `DROP INDEX CONCURRENTLY IF EXISTS `+name); err != nil {
			return err
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
		if d.Engine == Postgres && !bytes.Contains(text, []byte("+goose NO TRANSACTION")) {
			text = bytes.Replace(text, []byte("-- +goose Up\n"), []byte("-- +goose Up\n"+yielding), 1)
		}
		out[base] = &fstest.MapFile{Data: text}
	}
	return out, nil
}
