package webhook

import (
	"tongban/base/client"
	"tongban/kernel/web"
)

// objects says whose a subscription and its messages are: the unit's whose program it is.
func objects() []web.Object {
	return []web.Object{
		web.KeptObject("推送订阅", `SELECT id, unit, '', '', '' FROM webhook_subscription`, client.PermManage, "/admin/webhooks/{id}"),
		web.KeptObject("推送消息", `SELECT m.id, s.unit, '', '', '' FROM webhook_message m JOIN webhook_subscription s ON s.id = m.subscription`, client.PermManage,
			"/admin/webhooks/{id}/messages/{message}"),
	}
}
