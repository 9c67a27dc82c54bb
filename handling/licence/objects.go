package licence

import (
	"tongban/kernel/web"
)

// objects says whose a licence is. Whoever has a licence before him may verify it: its code cannot be guessed.
func objects() []web.Object {
	return []web.Object{
		web.KeptObject("证照", `SELECT id, unit, '', holder, '' FROM licence_licence`, PermRead, "/licences/{id}", "/w/licences/{id}"),
		web.BearerObject("证照查验码", "/verify/{no}", "/api/v1/licences/{code}"),
	}
}
