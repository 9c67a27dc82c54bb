package store

import "context"

// IDsWhere reads the ids of a list page. The clause is made by code (db.Where), its values are arguments.
func (q *Queries) IDsWhere(ctx context.Context, clause string, args ...any) ([]string, error) {
	rows, err := q.db.QueryContext(ctx, "SELECT id FROM delivery_parcel"+clause, args...)
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

// CountWhere counts parcels under a clause.
func (q *Queries) CountWhere(ctx context.Context, clause string, args ...any) (int, error) {
	rows, err := q.db.QueryContext(ctx, "SELECT count(*) FROM delivery_parcel"+clause, args...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		if err := rows.Scan(&n); err != nil {
			return 0, err
		}
	}
	return n, rows.Err()
}
