package casework

import (
	"tongban/kernel/web"
)

// objects says whose a case and a paper are.
func objects() []web.Object {
	return []web.Object{
		web.KeptObject("办件", `SELECT number, unit, '', applicant, agent FROM casework_case
 UNION ALL SELECT number, '', '', agent, '' FROM casework_case WHERE agent <> ''`, PermRead, "/w/cases/{no}", "/api/v1/cases/{number}"),
		web.KeptObject("文书", `SELECT n.id, c.unit, '', c.applicant, c.agent FROM casework_notice n JOIN casework_case c ON c.id = n.case_id`, PermRead, "/papers/{id}", "/api/v1/papers/{id}"),
	}
}
