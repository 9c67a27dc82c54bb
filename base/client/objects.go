package client

import "tongban/kernel/web"

// objects says whose a program is: its unit's.
func objects() []web.Object {
	return []web.Object{web.KeptObject("接入应用", `SELECT id, unit, '', '', '' FROM client_client`, PermManage, "/admin/clients/{id}")}
}
