package identity

import "tongban/kernel/web"

// objects says whose a link is. Which provider somebody comes by is no secret.
func objects() []web.Object {
	return []web.Object{
		web.OpenObject("身份平台登录", "/login/with/{code}", "/login/back/{code}", "/login/first/{code}", "/identity/with/{code}", "/identity/connect/{code}"),
		web.KeptObject("身份平台关联", `SELECT id, '', '', '', account FROM identity_link WHERE state = 'linked'`, "", "/identity/links/{id}"),
		web.WholeObject("身份平台", "/admin/identity/{code}"),
	}
}
