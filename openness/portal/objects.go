package portal

import (
	"tongban/kernel/web"
)

// objects says what the addresses of the portal name.
func objects() []web.Object {
	return []web.Object{
		web.OpenObject("单位", "/units/{code}"),
		web.OpenObject("大厅", "/halls/{code}"),
		web.OpenObject("组件", "/ui/{key}"),
		web.KeptObject("网站找错", `SELECT id, unit, '', '', '' FROM portal_report`, PermSteward, "/w/reports/{id}"),
	}
}
