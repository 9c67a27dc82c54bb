package guide

import (
	"tongban/kernel/web"
)

// objects says what the addresses of the guide name: situations without a person.
func objects() []web.Object {
	return []web.Object{
		web.OpenObject("一件事", "/events/{slug}"),
		web.OpenObject("导办结果", "/events/{slug}/guide/{hash}", "/items/{code}/guide/{hash}"),
	}
}
