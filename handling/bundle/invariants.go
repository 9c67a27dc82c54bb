package bundle

import (
	"context"
	"slices"

	"tongban/handling/bundle/internal/store"
	"tongban/kernel/check"
	"tongban/kernel/db"
	"tongban/kernel/number"
	"tongban/rules/form"
	"tongban/rules/material"
)

func (m *Module) invariants() []check.Invariant {
	return []check.Invariant{
		{ID: "I1-submission", Title: "每件已提交的申请，提交时的填报内容和材料都在", Check: m.checkGiven},
		{ID: "I2", Title: "一份草稿只提交一次，一个事项只有一个办件", Check: check.None(
			`SELECT count(*) FROM bundle_draft WHERE state = 'submitted'`,
			`SELECT d.id FROM bundle_draft d WHERE d.state = 'submitted' AND (SELECT count(*) FROM bundle_submission s WHERE s.id = d.id) <> 1
 UNION ALL SELECT p.case_id FROM bundle_part p GROUP BY p.case_id HAVING count(*) <> 1`,
			"核对该草稿的办件，撤销多出的办件并记录原因")},
		{ID: "I7-submission", Title: "申请编号只发一次，当天的申请数加跳过的号数等于计数器", Check: number.Complete("submission",
			`SELECT 'submission', substr(number, 1, 8), count(*), max(CAST(substr(number, 9, length(number) - 9) AS bigint)) FROM bundle_submission GROUP BY substr(number, 1, 8)`)},
		{ID: "I14", Title: "一件事的每个事项都有着落；整件办结当且仅当全部事项办结", Check: check.None(
			`SELECT count(*) FROM bundle_part`,
			`SELECT s.number FROM bundle_submission s WHERE
 (s.state = 'running') <> EXISTS (SELECT 1 FROM bundle_part p WHERE p.submission = s.id AND p.state IN ('waiting', 'handling'))
 OR (s.state = 'delivered') <> (s.delivered_at IS NOT NULL)`,
			"等事件送达后再查一次；仍不一致的，核对该申请各办件的结果，重放未送达的事件")},
		{ID: "I14-ready", Title: "没有办结的事项不会进入送达", Check: check.None(
			`SELECT count(*) FROM bundle_part WHERE parcel <> ''`,
			`SELECT case_number FROM bundle_part WHERE (parcel <> '' OR ready) AND state NOT IN ('granted', 'refused')
 OR delivered_at IS NOT NULL AND parcel = ''`,
			"收回误送的结果，核对送达记录")},
	}
}

// checkGiven compares what every submission came with to what is there now. A piece may be replaced by a better one, never lost.
func (m *Module) checkGiven(ctx context.Context, v *db.View) (check.Finding, error) {
	f := check.Finding{Remedy: "从备份恢复该申请的填报内容（form_value）和材料（material_piece）"}
	rows, err := store.New(v).AllGiven(ctx)
	if err != nil {
		return f, err
	}
	for _, row := range rows {
		f.Rows++
		var with given
		if err := row.Given.Unpack(&with); err != nil {
			return f, err
		}
		values, err := m.forms.Values(ctx, v, row.ID)
		if err != nil {
			return f, err
		}
		pieces, err := m.materials.Pieces(ctx, v, row.ID)
		if err != nil {
			return f, err
		}
		for _, e := range with.Elements {
			if !slices.ContainsFunc(values, func(x form.Value) bool { return x.Element == e }) {
				f.Bad = row.Number + " 缺 " + e
			}
		}
		for _, t := range with.Materials {
			if !slices.ContainsFunc(pieces, func(p material.Piece) bool { return p.Type == t && p.File != "" }) {
				f.Bad = row.Number + " 缺 " + t
			}
		}
	}
	if f.Bad == "" {
		f.Remedy = ""
	}
	return f, nil
}
