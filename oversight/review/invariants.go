package review

import "tongban/kernel/check"

func (m *Module) invariants() []check.Invariant {
	return []check.Invariant{
		{ID: "I19", Title: "差评只能经核实、整改、回访后办结，三步由三人办理", Check: check.None(
			`SELECT count(*) FROM review_task`,
			`SELECT t.id FROM review_task t WHERE t.state = 'closed' AND (t.verifier = '' OR t.rectifier = '' OR t.visitor = '' OR t.visitor = t.verifier OR t.visitor = t.rectifier
  OR t.verifier = t.rectifier OR NOT t.satisfied OR t.verified_at IS NULL OR t.rectified_at IS NULL OR t.visited_at IS NULL
  OR t.rectified_at < t.verified_at OR t.visited_at < t.rectified_at
  OR NOT EXISTS (SELECT 1 FROM review_step s WHERE s.task = t.id AND s.act = 'verify' AND s.how <> '')
  OR NOT EXISTS (SELECT 1 FROM review_step s WHERE s.task = t.id AND s.act = 'rectify')
  OR NOT EXISTS (SELECT 1 FROM review_step s WHERE s.task = t.id AND s.act = 'visit' AND s.how <> ''))`,
			"重新打开这件差评，补办缺少的步骤")},
		{ID: "review-1", Title: "每条差评都有整改任务", Check: check.None(
			`SELECT count(*) FROM review_review WHERE grade <= 2 AND round = 1`,
			`SELECT id FROM review_review r WHERE r.grade <= 2 AND r.round = 1 AND NOT EXISTS (SELECT 1 FROM review_task t WHERE t.id = r.id)`,
			"为这条差评补建整改任务")},
		{ID: "review-2", Title: "一份邀请一次有效评价，整改后最多再评一次", Check: check.None(
			`SELECT count(*) FROM review_review`,
			`SELECT r.id FROM review_review r WHERE r.round = 2 AND NOT EXISTS (SELECT 1 FROM review_review f JOIN review_task t ON t.id = f.id
  WHERE f.invitation = r.invitation AND f.round = 1 AND t.state = 'closed')`,
			"查明重复评价的来源，保留先提交的一次")},
		{ID: "review-3", Title: "不计入的评价都经过复核", Check: check.None(
			`SELECT count(*) FROM review_review WHERE excluded`,
			`SELECT r.id FROM review_review r WHERE r.excluded AND NOT EXISTS (SELECT 1 FROM review_step s WHERE s.task = r.id AND s.act = 'exclude' AND s.unit <> r.unit)`,
			"恢复计入，重新复核")},
	}
}
