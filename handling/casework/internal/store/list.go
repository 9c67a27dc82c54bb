package store

import (
	"context"
	"strconv"
	"strings"
)

const caseColumns = `id, number, item, item_name, item_version, edition, batch, batch_title, unit, holder, applicant, applicant_name, agent, channel,
 instant, state, stage, flags, reason, notices, opened_at, received_at, accepted_at, decided_at, closed_at, due_at, legal_at, version`

// CasesWhere reads the cases of a list page. The clause is made by code (db.Where), its values are arguments.
func (q *Queries) CasesWhere(ctx context.Context, clause string, args ...any) ([]CaseworkCase, error) {
	rows, err := q.db.QueryContext(ctx, "SELECT "+caseColumns+" FROM casework_case"+clause, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []CaseworkCase
	for rows.Next() {
		var c CaseworkCase
		if err := rows.Scan(&c.ID, &c.Number, &c.Item, &c.ItemName, &c.ItemVersion, &c.Edition, &c.Batch, &c.BatchTitle, &c.Unit, &c.Holder,
			&c.Applicant, &c.ApplicantName, &c.Agent, &c.Channel, &c.Instant, &c.State, &c.Stage, &c.Flags, &c.Reason, &c.Notices, &c.OpenedAt,
			&c.ReceivedAt, &c.AcceptedAt, &c.DecidedAt, &c.ClosedAt, &c.DueAt, &c.LegalAt, &c.Version); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// Counted is the number of rows under a key.
type Counted struct {
	Key string
	N   int
}

// CountWhere counts cases by a column of code's choosing.
func (q *Queries) CountWhere(ctx context.Context, column, clause string, args ...any) ([]Counted, error) {
	rows, err := q.db.QueryContext(ctx, "SELECT "+column+", count(*) FROM casework_case"+clause+" GROUP BY "+column+" ORDER BY "+column, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Counted
	for rows.Next() {
		var c Counted
		if err := rows.Scan(&c.Key, &c.N); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// UnitByUnit is the clause that lists each unit by its index and puts the lists together. where is the condition without the units, end the
// order by id with its limit, and units are their placeholders.
func UnitByUnit(where, end string, units []string) string {
	var parts []string
	for i, unit := range units {
		parts = append(parts, "SELECT id FROM (SELECT id FROM casework_case"+where+" AND unit = "+unit+end+") AS u"+strconv.Itoa(i))
	}
	return " WHERE id IN (SELECT id FROM (" + strings.Join(parts, " UNION ALL ") + ") AS k" + end + ")" + end
}
