package material

import "tongban/kernel/check"

func invariants() []check.Invariant {
	return []check.Invariant{
		{ID: "material-1", Title: "已交的材料都有文件", Check: check.None(
			`SELECT count(*) FROM material_piece`,
			`SELECT id || '（' || type || '）' FROM material_piece p WHERE state = 'given' AND NOT EXISTS (SELECT 1 FROM file_object f WHERE f.id = p.file_id)`,
			"从备份恢复 file_object，或退回该材料请申请人重传")},
	}
}
