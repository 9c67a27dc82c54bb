package app

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tongban/kernel/config"
	"tongban/kernel/db"
)

// Sealed names a column whose texts the county's keyring sealed, so that they can be sealed again with a newer key. A module declares
// each of its own; a test of the whole house finds one that was forgotten.
type Sealed struct {
	Table   string
	Key     []string // columns of the primary key
	Column  string
	Purpose string
	Where   string // condition that the text is sealed at all, where a column holds both
}

// String names the column.
func (s Sealed) String() string { return s.Table + "." + s.Column }

// Stale is how many texts of a column were sealed with a key that its purpose has left behind.
type Stale struct {
	Sealed
	Rows int64
}

// Stale counts, for every column that holds some, what is sealed with an older key.
func (k *Kernel) Stale(ctx context.Context) ([]Stale, error) {
	known, err := config.Get(ctx, k.View(machine), resealed)
	if err != nil || known == k.Keys.Currents()+" 2" {
		return nil, err // looked at in full since the last rotation
	}
	var out []Stale
	for _, s := range k.sealed {
		where, args := k.stale(s)
		n := Stale{Sealed: s}
		if err := k.View(machine).QueryRowContext(ctx, `SELECT count(*) FROM `+s.Table+where, args...).Scan(&n.Rows); err != nil {
			return nil, fmt.Errorf("%s: %w", s, err)
		}
		if n.Rows > 0 {
			out = append(out, n)
		}
	}
	return out, nil
}

// stale is the condition that a text is sealed, and not with the key its purpose has now.
func (k *Kernel) stale(s Sealed) (where string, args []any) {
	prefix := k.Keys.CurrentFor(s.Purpose) + ":"
	where = fmt.Sprintf(` WHERE %s <> '' AND substr(%s, 1, %d) <> $1`, s.Column, s.Column, len(prefix))
	if s.Where != "" {
		where += " AND " + s.Where
	}
	return where, []any{prefix}
}

// Reseal seals again what was sealed with an older key, batch by batch, each in a command of its own: it may be stopped or killed at any
// point and called again. each is told how many texts are done. A running county goes on meanwhile; a text that changes under our hands
// is left to the one who changed it.
func (k *Kernel) Reseal(ctx context.Context, batch int, each func(done int)) (int, error) {
	total := 0
	for _, s := range k.sealed {
		after := make([]any, len(s.Key))
		for i := range after {
			after[i] = ""
		}
		for {
			rows, err := k.staleRows(ctx, s, after, batch)
			if err != nil {
				return total, fmt.Errorf("%s：%w", s, err)
			}
			if len(rows) == 0 {
				break
			}
			if err := k.resealRows(ctx, s, rows); err != nil {
				return total, fmt.Errorf("%s：%w", s, err)
			}
			total += len(rows)
			after = rows[len(rows)-1].key
			if each != nil {
				each(total)
			}
		}
	}
	return total, nil
}

type sealedRow struct {
	key  []any
	text string
}

func (k *Kernel) staleRows(ctx context.Context, s Sealed, after []any, limit int) ([]sealedRow, error) {
	where, args := k.stale(s)
	marks := make([]string, len(s.Key))
	for i, a := range after {
		args = append(args, a)
		marks[i] = fmt.Sprintf("$%d", len(args))
	}
	key := strings.Join(s.Key, ", ")
	args = append(args, limit)
	rows, err := k.View(machine).QueryContext(ctx, fmt.Sprintf(`SELECT %s, %s FROM %s%s AND (%s) > (%s) ORDER BY %s LIMIT $%d`,
		key, s.Column, s.Table, where, key, strings.Join(marks, ", "), key, len(args)), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []sealedRow
	for rows.Next() {
		keys, text := make([]string, len(s.Key)), ""
		into := []any{}
		for i := range keys {
			into = append(into, &keys[i])
		}
		if err := rows.Scan(append(into, &text)...); err != nil {
			return nil, err
		}
		r := sealedRow{text: text}
		for _, part := range keys {
			r.key = append(r.key, part)
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

func (k *Kernel) resealRows(ctx context.Context, s Sealed, rows []sealedRow) error {
	fresh := make([]string, len(rows))
	for i, r := range rows {
		plain, err := k.Keys.Open(s.Purpose, r.text)
		if err != nil {
			return fmt.Errorf("第 %v 行打不开：%w", r.key, err)
		}
		if fresh[i], err = k.Keys.Seal(s.Purpose, plain); err != nil {
			return err
		}
	}
	_, err := k.DB.Run(ctx, db.Act{Actor: machine, Name: "kernel.reseal", Now: k.Watch.Now()}, func(tx *db.Tx) error {
		tx.Record("keys", s.String(), "", k.Keys.CurrentFor(s.Purpose), map[string]int{"rows": len(rows)})
		for i, r := range rows {
			args := append([]any{fresh[i], r.text}, r.key...)
			var is []string
			for n, column := range s.Key {
				is = append(is, fmt.Sprintf("%s = $%d", column, n+3))
			}
			if _, err := tx.ExecContext(ctx, fmt.Sprintf(`UPDATE %s SET %s = $1 WHERE %s = $2 AND %s`, s.Table, s.Column, s.Column, strings.Join(is, " AND ")), args...); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

// resealed says with which keys everything was last found sealed, and how often in a row: a process that had not yet heard of a rotation
// may seal with the old key for some seconds after the first time.
const resealed = "kernel.resealed"

// keepResealing follows a rotation of keys in a running county. It costs nothing as long as nobody rotates.
func (k *Kernel) keepResealing(ctx context.Context) error {
	current := k.Keys.Currents()
	v := k.View(machine)
	known, err := config.Get(ctx, v, resealed)
	if err != nil || known == current+" 2" {
		return err
	}
	n, err := k.Reseal(ctx, resealBatch, nil)
	if err != nil {
		return err
	}
	next := current + " 1"
	if n == 0 && known == next {
		next = current + " 2"
	}
	_, err = k.DB.Run(ctx, db.Act{Actor: machine, Name: "kernel.reseal", Now: k.Watch.Now()}, func(tx *db.Tx) error { return config.Set(ctx, tx, resealed, next) })
	return err
}

// resealBatch is small enough that no clerk waits for it.
const resealBatch = 100

// declare checks and keeps the sealed columns of a module.
func (k *Kernel) declare(list []Sealed) error {
	for _, s := range list {
		if len(s.Key) == 0 || s.Purpose == "" || slices.ContainsFunc(k.sealed, func(o Sealed) bool { return o.String() == s.String() }) {
			return fmt.Errorf("sealed column %s is declared twice or without key or purpose", s)
		}
		k.sealed = append(k.sealed, s)
	}
	return nil
}
