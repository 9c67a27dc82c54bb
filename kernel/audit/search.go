package audit

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Filter narrows a search of the log; empty fields do not narrow.
type Filter struct {
	Actor  string // display name, exact
	Object string // id of the thing
	Action string // beginning of the command's name
	Before string // id of the last entry of the page before
}

// Search lists entries, newest first.
func Search(ctx context.Context, q Querier, f Filter, limit int) ([]Entry, error) {
	var parts []string
	var args []any
	and := func(condition, value string) {
		if value != "" {
			args = append(args, value)
			parts = append(parts, fmt.Sprintf(condition, len(args)))
		}
	}
	and("e.actor_name = $%d", f.Actor)
	and("e.object_id = $%d", f.Object)
	and("e.id < $%d", f.Before)
	if f.Action != "" {
		args = append(args, f.Action)
		parts = append(parts, fmt.Sprintf("substr(e.action, 1, %d) = $%d", len([]rune(f.Action)), len(args)))
	}
	where := ""
	if len(parts) > 0 {
		where = " WHERE " + strings.Join(parts, " AND ")
	}
	args = append(args, limit)
	rows, err := q.QueryContext(ctx, `SELECT `+columns+` FROM audit_entry e`+where+fmt.Sprintf(` ORDER BY e.id DESC LIMIT $%d`, len(args)), args...)
	if err != nil {
		return nil, fmt.Errorf("audit: search: %w", err)
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

// Local is the entry's time as a person in the county reads it.
func (e Entry) Local() string {
	t, err := time.Parse(time.RFC3339Nano, e.At)
	if err != nil {
		return e.At
	}
	return t.In(time.FixedZone("北京时间", 8*3600)).Format("2006-01-02 15:04:05")
}
