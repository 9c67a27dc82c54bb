package pack

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"tongban/kernel/db"
	"tongban/kernel/problem"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Tables is the schema of published editions.
func Tables() db.Schema { return db.Schema{Name: "pack", Files: migrations} }

// Edition is everything that was in force together at one time: each definition in one version. It never changes; a running matter
// names the edition it began under and keeps it (I18).
type Edition struct {
	Number      int64
	PublishedAt time.Time
	PublishedBy string
	Note        string
	Meta        Meta

	defs  map[string][]definition // by kind, in the pack's order
	index map[string]int          // kind/code -> place in defs[kind]
	typed sync.Map                // kind/code -> decoded value
}

type definition struct {
	Code    string
	Version int64
	Digest  string
	Body    []byte
}

// Version is the version of a definition inside the edition; 0 when there is none.
func (e *Edition) Version(kind, code string) int64 {
	i, ok := e.index[kind+"/"+code]
	if !ok {
		return 0
	}
	return e.defs[kind][i].Version
}

// Find gives a definition as the module that owns it reads it.
func Find[T any](e *Edition, kind, code string) (T, bool) {
	var zero T
	i, ok := e.index[kind+"/"+code]
	if !ok {
		return zero, false
	}
	if v, ok := e.typed.Load(kind + "/" + code); ok {
		if t, ok := v.(T); ok {
			return t, true
		}
	}
	var t T
	if err := json.Unmarshal(e.defs[kind][i].Body, &t); err != nil {
		return zero, false // publishing decodes every definition, so this is damage; the caller says what is missing
	}
	e.typed.Store(kind+"/"+code, t)
	return t, true
}

// All gives every definition of a kind in the pack's order.
func All[T any](e *Edition, kind string) []T {
	out := make([]T, 0, len(e.defs[kind]))
	for _, d := range e.defs[kind] {
		if t, ok := Find[T](e, kind, d.Code); ok {
			out = append(out, t)
		}
	}
	return out
}

// Cached keeps a value computed from the edition, such as an index or compiled rules, as long as the edition is in memory. Readers who
// come first side by side may each compute it; all of them get the one that is kept, because rules refer to the vocabulary they were
// compiled with.
func Cached[T any](e *Edition, name string, compute func() (T, error)) (T, error) {
	if v, ok := e.typed.Load("#" + name); ok {
		return v.(T), nil
	}
	t, err := compute()
	if err != nil {
		return t, err
	}
	kept, _ := e.typed.LoadOrStore("#"+name, t)
	return kept.(T), nil
}

// Library holds the published editions.
type Library struct {
	current atomic.Pointer[Edition]
	mu      sync.Mutex
	past    map[int64]*Edition
}

// NewLibrary makes an empty library; Refresh fills it.
func NewLibrary() *Library { return &Library{past: map[int64]*Edition{}} }

// Current is the edition in force; an empty one before the first pack is published.
func (l *Library) Current() *Edition {
	if e := l.current.Load(); e != nil {
		return e
	}
	return &Edition{}
}

// Refresh brings the newest edition into memory. Another process may have published it.
func (l *Library) Refresh(ctx context.Context, v *db.View) error {
	var newest int64
	if err := v.QueryRowContext(ctx, `SELECT COALESCE(MAX(number), 0) FROM pack_edition`).Scan(&newest); err != nil {
		return err
	}
	if newest == 0 || newest == l.Current().Number {
		return nil
	}
	e, err := l.At(ctx, v, newest)
	if err == nil {
		l.current.Store(e)
	}
	return err
}

// At gives an edition by its number, from memory where possible.
func (l *Library) At(ctx context.Context, v *db.View, number int64) (*Edition, error) {
	l.mu.Lock()
	e := l.past[number]
	l.mu.Unlock()
	if e != nil {
		return e, nil
	}
	e, err := read(ctx, v, number)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.past) > 16 {
		clear(l.past)
	}
	l.past[number] = e
	return e, nil
}

func read(ctx context.Context, v *db.View, number int64) (*Edition, error) {
	e := &Edition{Number: number, defs: map[string][]definition{}, index: map[string]int{}}
	var at db.Time
	var meta db.JSON
	err := v.QueryRowContext(ctx, `SELECT published_at, published_by, note, meta FROM pack_edition WHERE number = $1`, number).Scan(&at, &e.PublishedBy, &e.Note, &meta)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, problem.NotFound("没有第 %d 版标准数据", number)
	}
	if err != nil {
		return nil, err
	}
	e.PublishedAt = at.Time
	if err := meta.Unpack(&e.Meta); err != nil {
		return nil, err
	}
	rows, err := v.QueryContext(ctx, `SELECT e.kind, e.code, e.version, e.digest, d.body FROM pack_entry e JOIN pack_definition d ON d.digest = e.digest
 WHERE e.edition = $1 ORDER BY e.kind, e.place`, number)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var kind string
		var d definition
		if err := rows.Scan(&kind, &d.Code, &d.Version, &d.Digest, (*db.JSON)(&d.Body)); err != nil {
			return nil, err
		}
		e.index[kind+"/"+d.Code] = len(e.defs[kind])
		e.defs[kind] = append(e.defs[kind], d)
	}
	return e, rows.Err()
}

// Preview makes an edition of a pack that is not published, for validators and dry runs.
func Preview(c *Content) *Edition {
	e := &Edition{Meta: c.Meta, defs: map[string][]definition{}, index: map[string]int{}}
	for kind, docs := range c.docs {
		for _, d := range docs {
			e.index[kind+"/"+d.Code] = len(e.defs[kind])
			e.defs[kind] = append(e.defs[kind], definition{Code: d.Code, Version: 1, Digest: d.Digest, Body: d.JSON})
		}
	}
	return e
}

// earlier is the version of a definition that comes back after it had been taken out: a version names one text for ever, so another
// text gets the next one.
func earlier(ctx context.Context, tx *db.Tx, kind string, d Doc) (int64, error) {
	var version int64
	var digest string
	err := tx.QueryRowContext(ctx, `SELECT version, digest FROM pack_entry WHERE kind = $1 AND code = $2 ORDER BY edition DESC LIMIT 1`, kind, d.Code).Scan(&version, &digest)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return 1, nil
	case err != nil:
		return 0, fmt.Errorf("pack: earlier version of %s/%s: %w", kind, d.Code, err)
	case digest != d.Digest:
		version++
	}
	return version, nil
}

// Publish makes the pack's content the next edition. A definition that did not change keeps its version; one that did gets the
// next. Publishing content equal to the edition in force does nothing. The caller has validated the content.
func (l *Library) Publish(ctx context.Context, tx *db.Tx, c *Content, note string) (*Edition, error) {
	current := l.Current()
	e := &Edition{Number: current.Number + 1, PublishedAt: tx.Now, PublishedBy: tx.Actor.Name, Note: note, Meta: c.Meta,
		defs: map[string][]definition{}, index: map[string]int{}}
	changed := current.Meta != c.Meta
	total := 0
	for _, s := range c.sections {
		for _, d := range c.docs[s.Kind] {
			total++
			def := definition{Code: d.Code, Version: 1, Digest: d.Digest, Body: d.JSON}
			if i, ok := current.index[s.Kind+"/"+d.Code]; ok {
				old := current.defs[s.Kind][i]
				def.Version = old.Version
				if old.Digest != d.Digest {
					def.Version++
					changed = true
				}
			} else {
				changed = true
				version, err := earlier(ctx, tx, s.Kind, d)
				if err != nil {
					return nil, err
				}
				def.Version = version
			}
			e.index[s.Kind+"/"+d.Code] = len(e.defs[s.Kind])
			e.defs[s.Kind] = append(e.defs[s.Kind], def)
		}
	}
	if !changed && total == len(current.index) {
		return current, nil
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO pack_edition (number, published_at, published_by, note, meta) VALUES ($1, $2, $3, $4, $5)`,
		e.Number, db.At(tx.Now), tx.Actor.Name, note, db.Pack(c.Meta)); db.IsDuplicate(err) {
		return nil, problem.Conflict("刚刚已有人发布了第 %d 版标准数据。请与现行版本重新比较后再发布", e.Number).Wrap(err)
	} else if err != nil {
		return nil, fmt.Errorf("pack: publish edition %d: %w", e.Number, err)
	}
	for kind, defs := range e.defs {
		for place, d := range defs {
			if _, err := tx.ExecContext(ctx, `INSERT INTO pack_definition (digest, kind, code, body) VALUES ($1, $2, $3, $4) ON CONFLICT (digest) DO NOTHING`,
				d.Digest, kind, d.Code, string(d.Body)); err != nil {
				return nil, err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO pack_entry (edition, kind, code, version, digest, place) VALUES ($1, $2, $3, $4, $5, $6)`,
				e.Number, kind, d.Code, d.Version, d.Digest, place); err != nil {
				return nil, err
			}
		}
	}
	tx.Record("edition", fmt.Sprint(e.Number), "", "published", map[string]any{"definitions": total, "note": note})
	tx.AfterCommit(func() {
		l.mu.Lock()
		l.past[e.Number] = e
		l.mu.Unlock()
		l.current.Store(e)
	})
	return e, nil
}

// Editions lists the published editions, newest first, without their content.
func (l *Library) Editions(ctx context.Context, v *db.View, limit int) ([]*Edition, error) {
	rows, err := v.QueryContext(ctx, `SELECT number, published_at, published_by, note FROM pack_edition ORDER BY number DESC LIMIT $1`, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []*Edition
	for rows.Next() {
		e := &Edition{}
		var at db.Time
		if err := rows.Scan(&e.Number, &at, &e.PublishedBy, &e.Note); err != nil {
			return nil, err
		}
		e.PublishedAt = at.Time
		out = append(out, e)
	}
	return out, rows.Err()
}
