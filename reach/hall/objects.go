package hall

import (
	"tongban/kernel/web"
)

// objects says whose an intake is: the clerk's who began it.
func objects() []web.Object {
	return []web.Object{
		web.KeptObject("收件", `SELECT id, '', '', '', clerk FROM hall_intake`, "", "/w/intake/{id}"),
		web.WordObject("材料的种类", []string{"id-card"}, "/w/intake/{id}/phone/{type}"),
	}
}
