package opinion

import "tongban/kernel/check"

func invariants() []check.Invariant {
	return []check.Invariant{{ID: "opinion-answers", Title: "每份答复都有结论、答复人和时间", Check: check.None(
		`SELECT count(*) FROM opinion_opinion`,
		`SELECT id FROM opinion_opinion WHERE (conclusion = '') <> (given_at IS NULL) OR conclusion <> '' AND given_by = ''`,
		"用审计记录核对是谁在什么时候答复或者撤回的")}}
}
