package client

import "tongban/kernel/web"

// objects says whose a program is: its unit's.
func objects() []web.Object {
	return []web.Object{
		web.WordObject("接口的操作", []string{"get-api-v1-items", "get-api-v1-cases-number", "post-api-v1-cases-number-accept"}, tryPath+"{operation}"),
		web.KeptObject("接入应用", `SELECT id, unit, '', '', '' FROM client_client`, PermManage, "/admin/clients/{id}"),
	}
}
