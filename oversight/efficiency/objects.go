package efficiency

import (
	"tongban/kernel/web"
)

// objects says whose a card, an urging and the figures of a unit are.
func objects() []web.Object {
	return []web.Object{
		web.KeptObject("红黄牌", `SELECT id, unit, '', '', holder FROM efficiency_card`, PermRead, "/sv/cards/{id}"),
		web.KeptObject("催办", `SELECT id, unit, '', '', holder FROM efficiency_urge UNION ALL SELECT id, '', '', '', made_by FROM efficiency_urge`, PermRead, "/sv/urges/{id}"),
		web.KeptObject("办件的时限", `SELECT case_id, unit, '', '', '' FROM efficiency_case`, PermRead, "/sv/cases/{id}"),
		web.KeptObject("单位的效能", `SELECT DISTINCT unit, unit, '', '', '' FROM efficiency_case`, PermRead, "/l/units/{code}"),
		web.WordObject("对红黄牌的动作", []string{"answer", "appeal"}, "/sv/cards/{id}/{act}"),
	}
}
