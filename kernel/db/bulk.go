package db

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/stdlib"

	"tongban/kernel/audit"
)

// Table is a table as those see it who read and write whole rows without knowing what they mean.
type Table struct {
	Name    string
	Columns []string
	Key     []int // which of them make the primary key
}

// Column is the place of a column; -1 when there is none of that name.
func (t Table) Column(name string) int { return slices.Index(t.Columns, name) }

// Tables are the county's tables in the order in which they were made: what a row refers to lies in an earlier one.
func (d *DB) Tables(ctx context.Context) ([]Table, error) {
	query := `SELECT m.name, c.name, c.pk > 0 FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.rowid, c.cid`
	if d.Engine == Postgres {
		query = `SELECT t.relname, a.attname, COALESCE(a.attnum = ANY(i.indkey), false) FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid
 LEFT JOIN pg_index i ON i.indrelid = t.oid AND i.indisprimary
 WHERE t.relkind = 'r' AND t.relnamespace = current_schema()::regnamespace AND a.attnum > 0 AND NOT a.attisdropped ORDER BY t.oid, a.attnum`
	}
	rows, err := d.read.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Table
	for rows.Next() {
		var table, column string
		var key bool
		if err := rows.Scan(&table, &column, &key); err != nil {
			return nil, err
		}
		if len(out) == 0 || out[len(out)-1].Name != table {
			out = append(out, Table{Name: table})
		}
		t := &out[len(out)-1]
		if key {
			t.Key = append(t.Key, len(t.Columns))
		}
		t.Columns = append(t.Columns, column)
	}
	return out, rows.Err()
}

// Dump gives every row of a table. What is no number stands there as the text that the database would print.
func (d *DB) Dump(ctx context.Context, t Table, each func(row []any) error) error {
	list := `"` + strings.Join(t.Columns, `", "`) + `"`
	if d.Engine == Postgres {
		list = `"` + strings.Join(t.Columns, `"::text, "`) + `"::text`
	}
	rows, err := d.read.QueryContext(ctx, `SELECT `+list+` FROM `+t.Name) // #nosec G202 -- names of the county's own tables, read from its schema
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		row := make([]any, len(t.Columns))
		into := make([]any, len(row))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i, v := range row {
			if b, isBytes := v.([]byte); isBytes {
				row[i] = string(b)
			}
		}
		if err := each(row); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Bulk is one transaction that writes very many rows past the commands. Nothing acknowledges them to anybody: it is there to make the
// past of a county in which nobody works yet.
type Bulk struct {
	d     *DB
	conn  *sql.Conn
	tx    *sql.Tx
	head  audit.Head
	ready map[string]*sql.Stmt
}

// Bulk runs do in one transaction. No command may run meanwhile.
func (d *DB) Bulk(ctx context.Context, do func(*Bulk) error) error {
	if _, err := d.SealAudit(ctx); err != nil { // what is chained now goes after what waits to be
		return err
	}
	conn, err := d.write.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if d.Engine == SQLite { // the indexes of a large county stay in memory; who makes a past ends with it
		if _, err := conn.ExecContext(ctx, `PRAGMA cache_size = -200000`); err != nil {
			return err
		}
		if _, err := conn.ExecContext(ctx, `PRAGMA wal_autocheckpoint = 20000`); err != nil {
			return err
		}
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if d.Engine == Postgres { // whoever holds this row is the sealer
		if _, err := tx.ExecContext(ctx, `SELECT id FROM audit_lock WHERE id = 1 FOR UPDATE`); err != nil {
			return err
		}
	}
	b := &Bulk{d: d, conn: conn, tx: tx, ready: map[string]*sql.Stmt{}}
	if b.head, err = audit.ReadHead(ctx, tx); err != nil {
		return err
	}
	if err := do(b); err != nil {
		return err
	}
	for _, s := range b.ready {
		if err := s.Close(); err != nil {
			return err
		}
	}
	return d.feel(tx.Commit())
}

// Exec runs a statement beside the rows.
func (b *Bulk) Exec(ctx context.Context, query string, args ...any) error {
	_, err := b.tx.ExecContext(ctx, query, args...)
	return err
}

// Insert writes rows, one after the other in cells.
func (b *Bulk) Insert(ctx context.Context, t Table, cells []any) error {
	if b.d.Engine == Postgres {
		return b.copyIn(ctx, t, cells)
	}
	width := len(t.Columns)
	for _, rows := range []int{100, 10, 1} {
		for len(cells) >= rows*width {
			if err := b.insert(ctx, t, rows, cells[:rows*width]); err != nil {
				return fmt.Errorf("%s: %w", t.Name, err)
			}
			cells = cells[rows*width:]
		}
	}
	return nil
}

func (b *Bulk) insert(ctx context.Context, t Table, rows int, cells []any) error {
	name := fmt.Sprint(t.Name, rows)
	s := b.ready[name]
	if s == nil {
		one := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(t.Columns)), ", ") + ")"
		var err error
		s, err = b.tx.PrepareContext(ctx, `INSERT INTO `+t.Name+` ("`+strings.Join(t.Columns, `", "`)+`") VALUES `+strings.TrimSuffix(strings.Repeat(one+", ", rows), ", ")) // #nosec G202 -- likewise
		if err != nil {
			return err
		}
		b.ready[name] = s
	}
	_, err := s.ExecContext(ctx, cells...)
	return err
}

var escaped = strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`)

func (b *Bulk) copyIn(ctx context.Context, t Table, cells []any) error {
	var text bytes.Buffer
	for i, v := range cells {
		switch v := v.(type) {
		case nil:
			text.WriteString(`\N`)
		case string:
			_, _ = escaped.WriteString(&text, v)
		default:
			fmt.Fprint(&text, v)
		}
		if (i+1)%len(t.Columns) == 0 {
			text.WriteByte('\n')
		} else {
			text.WriteByte('\t')
		}
	}
	return b.conn.Raw(func(driver any) error {
		_, err := driver.(*stdlib.Conn).Conn().PgConn().CopyFrom(ctx, &text, `COPY `+t.Name+` ("`+strings.Join(t.Columns, `", "`)+`") FROM STDIN`)
		return err
	})
}

// chainTable is where links go.
var chainTable = Table{Name: "audit_chain", Columns: []string{"seq", "entry_id", "hash"}}

// Chain puts entries that were inserted on the audit chain, in their order.
func (b *Bulk) Chain(ctx context.Context, entries []audit.Entry) error {
	cells := make([]any, 0, 3*len(entries))
	for _, e := range entries {
		b.head = b.head.Next(e)
		cells = append(cells, b.head.Args(e)...)
	}
	return b.Insert(ctx, chainTable, cells)
}
