package filing

import "tongban/kernel/web"

// objects says what the addresses name beside drafts and submissions, which bundle explains.
func objects() []web.Object {
	return []web.Object{
		web.WordObject("材料类型", []string{"nothing-here"}, "/api/v1/drafts/{id}/materials/{type}", "/api/v1/submissions/{number}/correction/materials/{type}", "/api/v1/submissions/{number}/later/{type}"),
		web.WordObject("材料文件", []string{"nothing-here"}, "/api/v1/drafts/{id}/pieces/{piece}", "/api/v1/submissions/{number}/correction/pieces/{piece}"),
	}
}
