package review

import (
	"tongban/kernel/web"
)

// objects says whose a review is. The invitation is a secret that the applicant was sent.
func objects() []web.Object {
	return []web.Object{
		web.BearerObject("评价邀请", "/review/{token}"),
		web.KeptObject("评价", `SELECT id, unit, '', '', '' FROM review_review`, PermRead, "/sv/reviews/{id}"),
		web.WordObject("整改的动作", []string{"verify", "rectify"}, "/sv/reviews/{id}/{act}"),
		web.KeptObject("整改证明", `SELECT s.evidence, t.unit, '', '', '' FROM review_step s JOIN review_task t ON t.id = s.task WHERE s.evidence <> ''`, PermRead, "/sv/reviews/{id}/evidence/{file}"),
	}
}
