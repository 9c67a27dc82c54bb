package store

import (
	"context"

	"tongban/kernel/db"
)

const partColumns = `submission, item, item_name, place, case_id, case_number, unit, after_items, why, state, blocked, reason, notice, licence, licence_number, ready,
 parcel, decided_at, delivered_at`

// PartsOfCases reads the parts behind cases, in the order of their plans.
func (q *Queries) PartsOfCases(ctx context.Context, cases []string) ([]BundlePart, error) {
	w := (&db.Where{}).In("case_id", cases)
	rows, err := q.db.QueryContext(ctx, "SELECT "+partColumns+" FROM bundle_part"+w.String()+" ORDER BY submission, place", w.Args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []BundlePart
	for rows.Next() {
		var p BundlePart
		if err := rows.Scan(&p.Submission, &p.Item, &p.ItemName, &p.Place, &p.CaseID, &p.CaseNumber, &p.Unit, &p.AfterItems, &p.Why, &p.State, &p.Blocked, &p.Reason,
			&p.Notice, &p.Licence, &p.LicenceNumber, &p.Ready, &p.Parcel, &p.DecidedAt, &p.DeliveredAt); err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// PackParts puts the results of cases into a parcel, unless they are in one.
func (q *Queries) PackParts(ctx context.Context, parcel string, cases []string) error {
	w := (&db.Where{Args: []any{parcel}}).And("parcel = ''").In("case_id", cases)
	_, err := q.db.ExecContext(ctx, "UPDATE bundle_part SET parcel = $1"+w.String(), w.Args...)
	return err
}

// DeliverParts notes when the results of cases came to the applicant.
func (q *Queries) DeliverParts(ctx context.Context, at db.Time, cases []string) error {
	w := (&db.Where{Args: []any{at}}).And("delivered_at IS NULL").In("case_id", cases)
	_, err := q.db.ExecContext(ctx, "UPDATE bundle_part SET delivered_at = $1"+w.String(), w.Args...)
	return err
}
