package material

import (
	"tongban/kernel/web"
)

// objects says whose a file is. Which staff may see it, the readers say whom the modules above name; a phone has the secret of the code it scanned.
func objects() []web.Object {
	return []web.Object{
		web.KeptObject("材料文件", `SELECT p.file_id, '', '', g.party, '' FROM material_piece p JOIN material_group g ON g.group_id = p.group_id WHERE p.file_id <> ''`, "", "/files/{id}"),
		web.BearerObject("手机上传", "/u/{token}"),
	}
}
