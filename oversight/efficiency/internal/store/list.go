package store

import (
	"context"

	"tongban/kernel/db"
)

// Pending tells which of the cases have a reminder or an urging that may end by what happens to them.
func (q *Queries) Pending(ctx context.Context, cases []string) (map[string]bool, error) {
	cards := (&db.Where{}).And("severity = 'blue' AND ended_at IS NULL").In("thing", cases)
	urgings := (&db.Where{Args: cards.Args}).And("state = 'open'").In("case_id", cases)
	rows, err := q.db.QueryContext(ctx, "SELECT thing FROM efficiency_card"+cards.String()+" UNION SELECT case_id FROM efficiency_urge"+urgings.String(), urgings.Args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]bool{}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out[id] = true
	}
	return out, rows.Err()
}
