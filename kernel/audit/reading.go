package audit

import (
	"context"
	"encoding/json"
	"fmt"
)

// Reading is one look at a person's data, as the log keeps it.
type Reading struct {
	Entry
	What    string `json:"read"`
	Purpose string `json:"purpose"`
	About   string `json:"about"` // number or title of the matter
	Group   string `json:"group"` // the submission or draft
}

// Readings lists who read a party's personal data, newest first; before is the entry of the last one of the page before.
func Readings(ctx context.Context, q Querier, party, before string, limit int) ([]Reading, error) {
	if before == "" {
		before = "~"
	}
	rows, err := q.QueryContext(ctx, `SELECT `+columns+` FROM audit_reading r JOIN audit_entry e ON e.id = r.entry_id
 WHERE r.party = $1 AND r.entry_id < $2 ORDER BY r.entry_id DESC LIMIT $3`, party, before, limit)
	if err != nil {
		return nil, fmt.Errorf("audit: readings: %w", err)
	}
	defer rows.Close()
	var out []Reading
	for rows.Next() {
		e, err := scan(rows)
		if err != nil {
			return nil, err
		}
		r := Reading{Entry: e}
		if err := json.Unmarshal(e.Detail, &r); err != nil {
			return nil, fmt.Errorf("audit: reading %s: %w", e.ID, err)
		}
		r.Entry = e
		out = append(out, r)
	}
	return out, rows.Err()
}
