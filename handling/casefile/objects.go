package casefile

import "tongban/kernel/web"

// objects says what an address names beside the case, which casework explains: a file is found only among those of the case before it.
func objects() []web.Object {
	return []web.Object{web.WordObject("材料文件", []string{"nothing-here"}, "/api/v1/cases/{number}/materials/{piece}")}
}
