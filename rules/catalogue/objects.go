package catalogue

import (
	"tongban/kernel/web"
)

// objects says what the addresses of the catalogue name.
func objects() []web.Object {
	return []web.Object{
		web.OpenObject("事项", "/items/{code}", "/api/v1/items/{code}"),
		web.OpenObject("一件事的清单", "/api/v1/things/{code}"),
		web.WholeObject("标准数据的一版", "/admin/editions/{number}"),
	}
}
