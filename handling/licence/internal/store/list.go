package store

import "context"

// IDsWhere reads the ids of a list page. The clause is made by code (db.Where), its values are arguments.
func (q *Queries) IDsWhere(ctx context.Context, clause string, args ...any) ([]string, error) {
	rows, err := q.db.QueryContext(ctx, "SELECT id FROM licence_licence"+clause, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, rows.Err()
}

// CountByState counts licences by state under a clause.
func (q *Queries) CountByState(ctx context.Context, clause string, args ...any) (map[string]int, error) {
	rows, err := q.db.QueryContext(ctx, "SELECT state, count(*) FROM licence_licence"+clause+" GROUP BY state", args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]int{}
	for rows.Next() {
		var state string
		var n int
		if err := rows.Scan(&state, &n); err != nil {
			return nil, err
		}
		out[state] = n
	}
	return out, rows.Err()
}
