package seal

import "tongban/kernel/check"

func invariants() []check.Invariant {
	return []check.Invariant{
		{ID: "I8-intent", Title: "每个签章都有先登记的用印意图，哈希一致", Check: check.None(
			`SELECT count(*) FROM seal_signature`,
			`SELECT g.use FROM seal_signature g LEFT JOIN seal_use u ON u.id = g.use WHERE u.id IS NULL OR u.hash <> g.hash OR u.state <> 'signed' OR u.requested_at > g.signed_at`,
			"停用该印章，核对该用印登记与签章文件，并报告印章管理员")},
		{ID: "I8-finished", Title: "登记为已签章的都有签章", Check: check.None(
			`SELECT count(*) FROM seal_use`,
			`SELECT u.id FROM seal_use u LEFT JOIN seal_signature g ON g.use = u.id WHERE u.state = 'signed' AND g.use IS NULL OR u.state <> 'signed' AND g.use IS NOT NULL`,
			"从备份核对签章表；不要手工补写签章")},
		{ID: "I8-foureyes", Title: "放行人不是决定人，也不是印章管理员", Check: check.None(
			`SELECT count(*) FROM seal_use WHERE state IN ('released', 'signed')`,
			`SELECT u.id FROM seal_use u JOIN seal_seal s ON s.code = u.seal WHERE u.state IN ('released', 'signed') AND (u.released_by = '' OR u.decided_by = '' OR u.released_by = u.decided_by OR u.released_by = s.established_by)`,
			"停用该印章并核查这次用印的决定人和放行人")},
	}
}
