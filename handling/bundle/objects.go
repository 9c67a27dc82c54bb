package bundle

import (
	"tongban/handling/casework"
	"tongban/kernel/web"
)

// objects says whose a draft and a submission are. A receipt number alone opens nothing: /t asks for the last four characters too.
func objects() []web.Object {
	return []web.Object{
		web.KeptObject("申请", `SELECT s.number, p.unit, '', s.applicant, s.account FROM bundle_submission s JOIN bundle_part p ON p.submission = s.id
 UNION ALL SELECT number, lead, '', applicant, agent FROM bundle_submission`, casework.PermRead,
			"/t/{receipt}", "/done/{receipt}", "/w/submissions/{number}").WithGate("/t"),
		web.KeptObject("进度接口", `SELECT number, '', '', applicant, account FROM bundle_submission`, "", "/api/v1/track/{receipt}").WithGate("/t"), // asks everybody else for the last four characters
		web.KeptObject("草稿", `SELECT id, '', '', '', account FROM bundle_draft WHERE account <> '' UNION ALL SELECT id, '', '', '', agent FROM bundle_draft WHERE agent <> ''`, "",
			"/check/{draft}", "/my/drafts/{draft}", "/api/v1/drafts/{id}"),
		web.WordObject("申请的步骤", []string{"form", "materials"}, "/events/{slug}/apply/{step}", "/items/{code}/apply/{step}"),
		web.KeptObject("接口的申请", `SELECT number, '', '', applicant, account FROM bundle_submission UNION ALL SELECT number, '', '', '', agent FROM bundle_submission WHERE agent <> ''`, "",
			"/api/v1/submissions/{number}"),
	}
}
