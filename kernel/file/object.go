package file

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"tongban/kernel/check"
	"tongban/kernel/db"
	"tongban/kernel/problem"
)

// Object is a kept file as the county knows it.
type Object struct {
	ID string
	Blob
	By string // account that gave it
	At time.Time
}

// Keep writes the row of a blob; from then on the bytes belong to the county.
func Keep(_ context.Context, tx *db.Tx, b Blob) (Object, error) {
	o := Object{ID: tx.NewID(), Blob: b, By: tx.Actor.ID, At: tx.Now}
	tx.Later(`INSERT INTO file_object (id, hash, size, kind, name, given_by, given_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		o.ID, o.Hash, o.Size, string(o.Kind), o.Name, o.By, db.At(o.At))
	return o, nil
}

// Find reads the row of a file. Whether the viewer may see it is for the module that shows it to decide.
func Find(ctx context.Context, v *db.View, id string) (Object, error) {
	var o Object
	var at db.Time
	err := v.QueryRowContext(ctx, `SELECT id, hash, size, kind, name, given_by, given_at FROM file_object WHERE id = $1`, id).
		Scan(&o.ID, &o.Hash, &o.Size, &o.Kind, &o.Name, &o.By, &at)
	o.At = at.Time
	if errors.Is(err, sql.ErrNoRows) {
		return o, problem.NotFound("没有这个文件")
	}
	return o, err
}

// Invariants of the store: every row has its bytes, unchanged in size (I1).
func (s *Store) Invariants() []check.Invariant {
	return []check.Invariant{{ID: "I1-file", Title: "每个附件的文件都在，大小不变", Module: "file", Check: func(ctx context.Context, v *db.View) (check.Finding, error) {
		f := check.Finding{Remedy: "从备份恢复该文件（文件名即哈希值）"}
		rows, err := v.QueryContext(ctx, `SELECT id, hash, size, name FROM file_object`)
		if err != nil {
			return f, err
		}
		defer rows.Close()
		for rows.Next() {
			var id, hash, name string
			var size int64
			if err := rows.Scan(&id, &hash, &size, &name); err != nil {
				return f, err
			}
			f.Rows++
			if info, err := os.Stat(s.path(hash)); (err != nil || info.Size() != size) && f.Bad == "" {
				f.Bad = id + "（" + name + "）"
			}
		}
		return f, rows.Err()
	}}, {ID: "I1-bytes", Title: "附件的内容与存入时一致（每天核对一部分，一轮 64 天）", Module: "file", Check: s.unchanged}}
}

// round is in how many days all bytes are read again. Hashes are evenly spread, so a day reads its part of them.
const round = 64

func (s *Store) unchanged(ctx context.Context, v *db.View) (check.Finding, error) {
	f := check.Finding{Remedy: "磁盘损坏或文件被改动：从备份恢复该文件（文件名即哈希值），并检查磁盘"}
	part := int64(v.Now.Unix()/86400) % round * (256 / round)
	for n := part; n < part+256/round; n++ {
		names, err := filepath.Glob(filepath.Join(s.dir, fmt.Sprintf("%02x", n), "*"))
		if err != nil {
			return f, err
		}
		for _, name := range names {
			if ctx.Err() != nil {
				return f, ctx.Err()
			}
			f.Rows++
			if err := s.intact(filepath.Base(name)); err != nil && f.Bad == "" {
				f.Bad = filepath.Base(name)
			}
		}
	}
	return f, nil
}

// intact reads the bytes again, also such as are no longer given out.
func (s *Store) intact(hash string) error {
	f, err := s.open(hash)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = whole(f, hash)
	return err
}
