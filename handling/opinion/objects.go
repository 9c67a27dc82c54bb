package opinion

import "tongban/kernel/web"

// objects says whose an opinion is: the unit's that was asked. Those of the case reach it through the case.
func objects() []web.Object {
	return []web.Object{web.KeptObject("征求意见", `SELECT id, unit, '', '', '' FROM opinion_opinion`, PermGive, "/w/opinions/{id}")}
}
