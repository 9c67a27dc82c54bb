package casework

import (
	"tongban/kernel/web"
)

// objects says whose a case, an opinion and a paper are.
func objects() []web.Object {
	return []web.Object{
		web.KeptObject("办件", `SELECT number, unit, '', applicant, agent FROM casework_case
 UNION ALL SELECT number, '', '', agent, '' FROM casework_case WHERE agent <> ''
 UNION ALL SELECT c.number, o.unit, '', '', '' FROM casework_opinion o JOIN casework_case c ON c.id = o.case_id`, PermRead, "/w/cases/{no}"),
		web.KeptObject("征求意见", `SELECT o.id, o.unit, '', '', '' FROM casework_opinion o
 UNION ALL SELECT o.id, c.unit, '', '', '' FROM casework_opinion o JOIN casework_case c ON c.id = o.case_id`, PermRead, "/w/opinions/{id}"),
		web.KeptObject("文书", `SELECT n.id, c.unit, '', c.applicant, c.agent FROM casework_notice n JOIN casework_case c ON c.id = n.case_id
 UNION ALL SELECT n.id, o.unit, '', '', '' FROM casework_notice n JOIN casework_opinion o ON o.case_id = n.case_id`, PermRead, "/papers/{id}"),
	}
}
