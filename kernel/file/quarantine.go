package file

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"tongban/kernel/db"
	"tongban/kernel/problem"
)

// Caught is a file in which the scanner found malware (查出病毒的文件). Its bytes lie in quarantine and are never given out.
type Caught struct {
	ID    string
	Hash  string
	Size  int64
	Name  string
	Virus string
	By    string // account that sent it; empty for a visitor
	At    time.Time
	Held  bool // the bytes are still there
}

// EventName implements db.Event.
func (Caught) EventName() string { return "file.caught" }

// Subject implements db.Event.
func (c Caught) Subject() string { return c.ID }

// Guard has every uploaded file looked at before it is kept. Without a scanner nothing is looked at, and doctor says so.
func (s *Store) Guard(scanner *Scanner, d *db.DB) { s.scanner, s.db = scanner, d }

// Scanner is who looks at uploads; nil: nobody.
func (s *Store) Scanner() *Scanner { return s.scanner }

// inspect asks the scanner. While it does not answer nothing is taken: a file that nobody looked at could reach a clerk's machine.
func (s *Store) inspect(ctx context.Context, v *db.View, tmp *os.File, b Blob) error {
	if s.scanner == nil {
		return nil
	}
	if _, err := tmp.Seek(0, io.SeekStart); err != nil {
		return err
	}
	virus, err := s.scanner.Scan(ctx, tmp)
	if err != nil {
		return problem.Busy(60*time.Second, "“%s”没有收下：病毒检查暂时不可用。请过一会儿再传，已保存的内容不受影响", b.Name).Wrap(err)
	}
	if virus == "" {
		return nil
	}
	refusal := problem.Invalid("“%s”带有病毒（%s），没有收下。请用杀毒软件检查这台设备，再用干净的文件上传", b.Name, virus)
	if err := s.quarantine(ctx, v, tmp, b, virus); err != nil {
		slog.ErrorContext(ctx, "a caught file is not on record", "hash", b.Hash, "virus", virus, "error", err)
		return refusal.Wrap(err)
	}
	return refusal
}

// quarantine puts the bytes aside and writes down who sent them, in a command of its own: the command that wanted the file never runs.
func (s *Store) quarantine(ctx context.Context, v *db.View, tmp *os.File, b Blob, virus string) error {
	if err := tmp.Sync(); err != nil {
		return noRoom(err)
	}
	if err := os.Rename(tmp.Name(), s.cell(b.Hash)); err != nil {
		return noRoom(err)
	}
	if err := syncDir(filepath.Dir(s.cell(b.Hash))); err != nil {
		return err
	}
	_, err := s.db.Run(context.WithoutCancel(ctx), db.Act{Actor: v.Actor, Name: "file.quarantine", Now: v.Now}, func(tx *db.Tx) error {
		c := Caught{ID: tx.NewID(), Hash: b.Hash, Size: b.Size, Name: b.Name, Virus: virus, By: tx.Actor.ID, At: tx.Now, Held: true}
		if _, err := tx.ExecContext(ctx, `INSERT INTO file_caught (id, hash, size, name, virus, given_by, given_at, held) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			c.ID, c.Hash, c.Size, c.Name, c.Virus, c.By, db.At(c.At), c.Held); err != nil {
			return err
		}
		tx.Record("file", c.ID, "", "quarantined", map[string]any{"virus": c.Virus, "sha256": c.Hash, "size": c.Size})
		tx.Publish(c)
		return nil
	})
	return err
}

// Quarantined lists what was caught, newest first; before is the id of the last one of the page before.
func Quarantined(ctx context.Context, v *db.View, before string, limit int) ([]Caught, error) {
	if before == "" {
		before = "~"
	}
	rows, err := v.QueryContext(ctx, `SELECT id, hash, size, name, virus, given_by, given_at, held FROM file_caught WHERE id < $1 ORDER BY id DESC LIMIT $2`, before, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Caught
	for rows.Next() {
		var c Caught
		var at db.Time
		if err := rows.Scan(&c.ID, &c.Hash, &c.Size, &c.Name, &c.Virus, &c.By, &at, &c.Held); err != nil {
			return nil, err
		}
		c.At = at.Time
		out = append(out, c)
	}
	return out, rows.Err()
}

// Destroy empties the quarantined bytes of a caught file. Its name stays in quarantine, so that the same bytes kept earlier, before
// anybody knew, are not given out again. Whether the actor may is for the caller to ask.
func (s *Store) Destroy(ctx context.Context, tx *db.Tx, id string) error {
	var hash string
	err := tx.QueryRowContext(ctx, `SELECT hash FROM file_caught WHERE id = $1 AND held`, id).Scan(&hash)
	if errors.Is(err, sql.ErrNoRows) {
		return problem.NotFound("没有这个隔离的文件，或者已经销毁")
	}
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `UPDATE file_caught SET held = $1 WHERE hash = $2`, false, hash); err != nil {
		return err
	}
	tx.Record("file", id, "quarantined", "destroyed", map[string]any{"sha256": hash})
	tx.AfterCommit(func() {
		if err := os.Truncate(s.cell(hash), 0); err != nil && !errors.Is(err, fs.ErrNotExist) {
			slog.ErrorContext(ctx, "quarantined bytes stay", "hash", hash, "error", err)
		}
	})
	return nil
}

// cell is the place of bytes in quarantine.
func (s *Store) cell(hash string) string { return filepath.Join(s.dir, quarantineDir, hash) }

// caught reports whether these bytes are known to be malware.
func (s *Store) caught(hash string) bool {
	_, err := os.Lstat(s.cell(hash))
	return err == nil
}

const quarantineDir = "quarantine"
