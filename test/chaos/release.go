package chaos

import (
	"context"
	"io/fs"
	"testing/fstest"

	"tongban/kernel/db"
)

// Release is which of the county's programs runs.
type Release string

// The releases. The next one has a schema that the present one does not know, and writes a column that the present one leaves alone.
const (
	Present Release = ""
	Next    Release = "next"
	Harsh   Release = "harsh" // a twin: its schema takes away what the present one uses
)

// schema are the migrations of the release.
func (r Release) schema() db.Schema {
	if r == Present {
		return db.Schema{Name: "chaos", Files: migrations}
	}
	out := fstest.MapFS{}
	names, _ := fs.Glob(migrations, "migrations/*.sql") // the pattern is right
	for _, name := range names {
		text, _ := migrations.ReadFile(name) // it was just listed
		out[name] = &fstest.MapFile{Data: text}
	}
	add := func(name, text string) { out["migrations/"+name] = &fstest.MapFile{Data: []byte(text)} }
	if r == Harsh {
		add("00002_form.sql", "-- +goose Up\nALTER TABLE chaos_case RENAME COLUMN form TO paper;\n")
		return db.Schema{Name: "chaos", Files: out}
	}
	add("00002_channel.sql", "-- +goose Up\nALTER TABLE chaos_case ADD COLUMN channel text NOT NULL DEFAULT 'unknown';\n")
	add("00003_channel.sqlite.sql", "-- +goose Up\nCREATE INDEX chaos_case_channel ON chaos_case (channel, id);\n")
	add("00003_channel.postgres.sql", "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX CONCURRENTLY IF NOT EXISTS chaos_case_channel ON chaos_case (channel, id);\n")
	add("00004_positive.postgres.sql", "-- +goose Up\nALTER TABLE chaos_case ADD CONSTRAINT chaos_case_positive CHECK (number > 0) NOT VALID;\n")
	add("00005_positive.postgres.sql", "-- +goose Up\nALTER TABLE chaos_case VALIDATE CONSTRAINT chaos_case_positive;\n")
	return db.Schema{Name: "chaos", Files: out}
}

// insert writes an application as the release does.
func (r Release) insert(ctx context.Context, tx *db.Tx, id, form string, n int64) error {
	query := `INSERT INTO chaos_case (id, form, number, state) VALUES ($1, $2, $3, 'taken')`
	switch r {
	case Next:
		query = `INSERT INTO chaos_case (id, form, number, state, channel) VALUES ($1, $2, $3, 'taken', 'window')`
	case Harsh:
		query = `INSERT INTO chaos_case (id, paper, number, state) VALUES ($1, $2, $3, 'taken')`
	}
	_, err := tx.ExecContext(ctx, query, id, form, n)
	return err
}
