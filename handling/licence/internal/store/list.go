package store

import "context"

const licenceColumns = `id, case_id, case_number, item, item_name, edition, batch, unit, holder, holder_name, holder_kind, kind, name, type, number, identifier,
 code, issuer, issuer_code, issued_on, valid_until, face, seal, seal_use, file, blob, hash, state, reason, basis, decided_by, decided_name, ordered_at,
 numbered_at, issued_at, ended_at, fault, version`

// LicencesWhere reads licences. The clause is made by code (db.Where), its values are arguments.
func (q *Queries) LicencesWhere(ctx context.Context, clause string, args ...any) ([]LicenceLicence, error) {
	rows, err := q.db.QueryContext(ctx, "SELECT "+licenceColumns+" FROM licence_licence"+clause, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []LicenceLicence
	for rows.Next() {
		var l LicenceLicence
		if err := rows.Scan(&l.ID, &l.CaseID, &l.CaseNumber, &l.Item, &l.ItemName, &l.Edition, &l.Batch, &l.Unit, &l.Holder, &l.HolderName, &l.HolderKind,
			&l.Kind, &l.Name, &l.Type, &l.Number, &l.Identifier, &l.Code, &l.Issuer, &l.IssuerCode, &l.IssuedOn, &l.ValidUntil, &l.Face, &l.Seal, &l.SealUse,
			&l.File, &l.Blob, &l.Hash, &l.State, &l.Reason, &l.Basis, &l.DecidedBy, &l.DecidedName, &l.OrderedAt, &l.NumberedAt, &l.IssuedAt, &l.EndedAt,
			&l.Fault, &l.Version); err != nil {
			return nil, err
		}
		out = append(out, l)
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
