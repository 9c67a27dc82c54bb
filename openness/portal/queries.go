package portal

import (
	"context"

	"tongban/kernel/db"
	"tongban/openness/portal/internal/store"
)

// Reports lists the reports in the viewer's reach, newest first. after is the id of the last one seen.
func (m *Module) Reports(ctx context.Context, v *db.View, open bool, after string, limit int) ([]Report, error) {
	w := (&db.Where{}).Within(v.Actor.Scope(PermSteward), "unit", "")
	if open {
		w.And("state = ?", string(Open))
	} else {
		w.And("state <> ?", string(Open))
	}
	if after != "" {
		w.And("id < ?", after)
	}
	rows, err := v.QueryContext(ctx, `SELECT id, number, page, kind, words, phone_mask, unit, state, answer, answered_by, made_at, answered_at, version FROM portal_report`+
		w.String()+` ORDER BY id DESC LIMIT `+w.Bind(limit), w.Args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Report
	for rows.Next() {
		var r store.PortalReport
		if err := rows.Scan(&r.ID, &r.Number, &r.Page, &r.Kind, &r.Words, &r.PhoneMask, &r.Unit, &r.State, &r.Answer, &r.AnsweredBy, &r.MadeAt, &r.AnsweredAt, &r.Version); err != nil {
			return nil, err
		}
		out = append(out, read(r))
	}
	return out, rows.Err()
}
