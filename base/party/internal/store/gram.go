package store

import (
	"context"
	"strconv"
	"strings"
)

// AddGrams keeps the pairs of characters of a party's name.
func (q *Queries) AddGrams(ctx context.Context, party string, grams []string) error {
	var rows []string
	var args []any
	for _, g := range grams {
		rows = append(rows, "($"+strconv.Itoa(len(args)+1)+", $"+strconv.Itoa(len(args)+2)+")")
		args = append(args, g, party)
	}
	_, err := q.db.ExecContext(ctx, "INSERT INTO party_gram (gram, party) VALUES "+strings.Join(rows, ", "), args...)
	return err
}

// GramSize counts the parties of a pair, no further than limit.
func (q *Queries) GramSize(ctx context.Context, gram string, limit int) (n int, err error) {
	err = q.db.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM party_gram WHERE gram = $1 LIMIT $2) AS g", gram, limit).Scan(&n)
	return n, err
}

// Named is a party's id and name.
type Named struct{ ID, Name string }

// OfGram lists the parties of a pair.
func (q *Queries) OfGram(ctx context.Context, gram string, limit int) ([]Named, error) {
	rows, err := q.db.QueryContext(ctx, "SELECT p.id, p.name FROM party_gram g JOIN party_party p ON p.id = g.party WHERE g.gram = $1 LIMIT $2", gram, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Named
	for rows.Next() {
		var n Named
		if err := rows.Scan(&n.ID, &n.Name); err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, rows.Err()
}
