package opinion

import (
	"tongban/handling/casework"
	"tongban/kernel/web"
)

// objects says whose a request is, and that a case and its papers are also theirs who were asked about it.
func objects() []web.Object {
	return []web.Object{
		web.KeptObject("征求意见", `SELECT id, unit, '', '', '' FROM opinion_opinion
 UNION ALL SELECT o.id, c.unit, '', '', '' FROM opinion_opinion o JOIN casework_case c ON c.id = o.case_id`, casework.PermRead, "/w/opinions/{id}", "/api/v1/opinions/{id}"),
		web.KeptObject("办件", `SELECT c.number, o.unit, '', '', '' FROM opinion_opinion o JOIN casework_case c ON c.id = o.case_id`, casework.PermRead, "/w/cases/{no}", "/api/v1/cases/{number}"),
		web.KeptObject("文书", `SELECT n.id, o.unit, '', '', '' FROM casework_notice n JOIN opinion_opinion o ON o.case_id = n.case_id`, casework.PermRead, "/papers/{id}", "/api/v1/papers/{id}"),
	}
}
