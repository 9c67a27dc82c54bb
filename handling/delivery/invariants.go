package delivery

import "tongban/kernel/check"

func invariants() []check.Invariant {
	return []check.Invariant{
		{ID: "delivery-complete", Title: "送达件办结，当且仅当其中每项结果都已交付", Check: check.None(
			`SELECT count(*) FROM delivery_parcel`,
			`SELECT p.id FROM delivery_parcel p LEFT JOIN delivery_result r ON r.parcel = p.id AND r.hand = '' GROUP BY p.id, p.state, p.completed_at
 HAVING (p.state = 'completed') <> (count(r.case_id) = 0) OR (p.state = 'completed') <> (p.completed_at IS NOT NULL)`,
			"核对该送达件的送达回证和结果清单")},
		{ID: "delivery-receipt", Title: "每项交付的结果都有送达回证，且回证属于同一送达件", Check: check.None(
			`SELECT count(*) FROM delivery_result`,
			`SELECT r.case_id FROM delivery_result r LEFT JOIN delivery_hand h ON h.id = r.hand AND h.parcel = r.parcel WHERE r.hand <> '' AND h.id IS NULL`,
			"核对该办件的送达回证；没有回证的应补办送达")},
		{ID: "delivery-code", Title: "取件码只在未送达时有效", Check: check.None(
			`SELECT count(*) FROM delivery_parcel`,
			`SELECT id FROM delivery_parcel WHERE (state = 'completed') <> (code_index = '')`,
			"作废该送达件的取件码")},
	}
}
