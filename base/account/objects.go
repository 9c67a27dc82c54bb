package account

import (
	"tongban/kernel/web"
)

// objects says whose an account is: only who manages accounts of its unit reaches it here. The link of the first start is a secret.
func objects() []web.Object {
	return []web.Object{
		web.KeptObject("账户", `SELECT id, unit, '', '', '' FROM account_account WHERE kind = 'staff'`, PermManage, "/admin/users/{id}"),
		web.KeptObject("账户变更", `SELECT c.id, a.unit, '', '', '' FROM account_change c JOIN account_account a ON a.id = c.account`, PermConfirm, "/admin/changes/{id}"),
		web.KeptObject("通行密钥", `SELECT id, '', '', '', account FROM account_passkey WHERE state = 'active'`, "", "/passkeys/{id}"),
		web.BearerObject("初始设置", "/setup/{token}"),
		web.BearerObject("设置登录方式", "/start/{token}"),
	}
}
