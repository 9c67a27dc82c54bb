package store

import "context"

const useColumns = `u.id, u.seal, u.subject, u.case_number, u.title, u.hash, u.file, u.purpose, u.state, u.requested_by, u.requested_at, u.decided_by,
 u.decided_name, u.released_by, u.released_name, u.released_rule, u.released_at, u.reason, u.voided_by, u.ended_at, u.version`

// UsesWhere reads rows u of the register beside their seals s. The clause is made by code (db.Where), its values are arguments.
func (q *Queries) UsesWhere(ctx context.Context, clause string, args ...any) ([]SealUse, error) {
	rows, err := q.db.QueryContext(ctx, "SELECT "+useColumns+" FROM seal_use u JOIN seal_seal s ON s.code = u.seal"+clause, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []SealUse
	for rows.Next() {
		var u SealUse
		if err := rows.Scan(&u.ID, &u.Seal, &u.Subject, &u.CaseNumber, &u.Title, &u.Hash, &u.File, &u.Purpose, &u.State, &u.RequestedBy, &u.RequestedAt,
			&u.DecidedBy, &u.DecidedName, &u.ReleasedBy, &u.ReleasedName, &u.ReleasedRule, &u.ReleasedAt, &u.Reason, &u.VoidedBy, &u.EndedAt, &u.Version); err != nil {
			return nil, err
		}
		out = append(out, u)
	}
	return out, rows.Err()
}
