package account

import (
	"tongban/kernel/web"
)

// objects says whose an account is: only who manages accounts of its unit reaches it here. The link of the first start is a secret.
func objects() []web.Object {
	return []web.Object{
		web.KeptObject("账户", `SELECT id, unit, '', '', '' FROM account_account WHERE kind = 'staff'`, PermManage, "/admin/users/{id}"),
		web.BearerObject("初始设置", "/setup/{token}"),
	}
}
