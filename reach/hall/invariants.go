package hall

import "tongban/kernel/check"

// invariants of the intakes.
func invariants() []check.Invariant {
	return []check.Invariant{
		{ID: "I17-intake", Title: "提交了的收件都有编号和时间，没有提交的都没有", Check: check.None(
			`SELECT count(*) FROM hall_intake`,
			`SELECT id FROM hall_intake WHERE (state = 'submitted') <> (number <> '') OR (state = 'submitted') <> (submitted_at IS NOT NULL)`,
			"核对该收件的审计记录和申请，查明提交是否完成")},
		{ID: "I13-marks", Title: "材料标记都属于有材料清单的收件", Check: check.None(
			`SELECT count(*) FROM hall_mark`,
			`SELECT m.intake || ' ' || m.type FROM hall_mark m WHERE NOT EXISTS (SELECT 1 FROM hall_intake i WHERE i.id = m.intake AND (i.draft <> '' OR i.state = 'dropped' OR i.link <> ''))`,
			"从备份恢复 hall_intake")},
	}
}
