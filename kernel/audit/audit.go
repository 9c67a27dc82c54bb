// Package audit keeps the log that nobody can edit unseen: one entry for every change, written in the change's own
// transaction, and chained by SM3 so that a later edit, deletion or insertion breaks the chain at that row.
//
// Entries and chain are two tables. On SQLite the single writer chains the entries inside the same commit; on PostgreSQL, where
// several processes write at once, a sealer chains them in small batches moments later, so that no command waits for another.
package audit

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/emmansun/gmsm/sm3"
)

// Entry is one fact of the log: who did what to which thing, when, and what changed.
type Entry struct {
	ID         string          `json:"id"`
	At         string          `json:"at"` // UTC, microseconds, as stored
	ActorKind  string          `json:"actor_kind"`
	ActorID    string          `json:"actor_id"`
	ActorName  string          `json:"actor_name"`
	ActorUnit  string          `json:"actor_unit"`
	Via        string          `json:"via"`
	Action     string          `json:"action"` // the command, such as casework.decide
	ObjectKind string          `json:"object_kind"`
	ObjectID   string          `json:"object_id"`
	From       string          `json:"from"` // state before; empty when the entry is no change of state
	To         string          `json:"to"`
	Detail     json.RawMessage `json:"detail"` // never a full ID or phone number
	Key        string          `json:"key"`    // idempotency key of the command
}

// Querier is what the log needs of a connection.
type Querier interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
	QueryRowContext(context.Context, string, ...any) *sql.Row
}

// Genesis is the hash before the first entry.
const Genesis = "0000000000000000000000000000000000000000000000000000000000000000"

// Link is the next hash of the chain: SM3 over the previous hash and the stored fields, each with its length before it, so that
// neither a space nor a letter moved from one field to the next goes unseen.
func Link(previous string, e Entry) string {
	h := sm3.New()
	h.Write([]byte(previous))
	for _, field := range e.Args() {
		fmt.Fprintf(h, "%d:%s", len(field.(string)), field)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// InsertSQL writes an entry; Args gives its arguments in order.
const InsertSQL = `INSERT INTO audit_entry
 (id, at, actor_kind, actor_id, actor_name, actor_unit, via, action, object_kind, object_id, from_state, to_state, detail, once_key)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`

// Args are the arguments of InsertSQL.
func (e Entry) Args() []any {
	return []any{e.ID, e.At, e.ActorKind, e.ActorID, e.ActorName, e.ActorUnit, e.Via, e.Action, e.ObjectKind, e.ObjectID,
		e.From, e.To, string(e.Detail), e.Key}
}

const columns = `e.id, e.at, e.actor_kind, e.actor_id, e.actor_name, e.actor_unit, e.via, e.action, e.object_kind, e.object_id,
 e.from_state, e.to_state, e.detail, e.once_key`

func scan(row interface{ Scan(...any) error }, more ...any) (Entry, error) {
	var e Entry
	var detail string
	err := row.Scan(append([]any{&e.ID, &e.At, &e.ActorKind, &e.ActorID, &e.ActorName, &e.ActorUnit, &e.Via, &e.Action,
		&e.ObjectKind, &e.ObjectID, &e.From, &e.To, &detail, &e.Key}, more...)...)
	e.Detail = json.RawMessage(detail)
	return e, err
}

// Head is the end of the chain.
type Head struct {
	Seq  int64
	Hash string
}

// ReadHead finds the end of the chain.
func ReadHead(ctx context.Context, q Querier) (Head, error) {
	h := Head{Hash: Genesis}
	err := q.QueryRowContext(ctx, `SELECT seq, hash FROM audit_chain ORDER BY seq DESC LIMIT 1`).Scan(&h.Seq, &h.Hash)
	if err == sql.ErrNoRows {
		return h, nil
	}
	return h, err
}

// Next is the end of the chain once the entry is on it.
func (h Head) Next(e Entry) Head { return Head{Seq: h.Seq + 1, Hash: Link(h.Hash, e)} }

// ChainSQL puts an entry, already inserted, on the chain; Args of the head it becomes gives its arguments.
const ChainSQL = `INSERT INTO audit_chain (seq, entry_id, hash) VALUES ($1, $2, $3)`

// Args are the arguments of ChainSQL for the entry that made this head.
func (h Head) Args(e Entry) []any { return []any{h.Seq, e.ID, h.Hash} }

// Unchained reads up to limit entries that are not in the chain yet, oldest first. Where entries are written by several
// processes, audit_pending holds their ids until the sealer has chained them.
func Unchained(ctx context.Context, q Querier, limit int) ([]Entry, error) {
	rows, err := q.QueryContext(ctx, `SELECT `+columns+` FROM audit_pending p JOIN audit_entry e ON e.id = p.entry_id ORDER BY p.entry_id LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("audit: read unchained entries: %w", err)
	}
	defer rows.Close()
	var out []Entry
	for rows.Next() {
		e, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, rows.Err()
}
