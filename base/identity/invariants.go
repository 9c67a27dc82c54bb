package identity

import "tongban/kernel/check"

func invariants() []check.Invariant {
	return []check.Invariant{
		{ID: "identity-1", Title: "身份平台的密钥加密存放", Check: check.None(
			`SELECT count(*) FROM identity_provider`, `SELECT code FROM identity_provider WHERE secret NOT LIKE 'k%:%'`, "在“身份平台”里重新填写密钥")},
		{ID: "identity-2", Title: "身份平台的关联结束了才有结束时间", Check: check.None(
			`SELECT count(*) FROM identity_link`, `SELECT id FROM identity_link WHERE (state = 'linked') <> (ended_at IS NULL)`, "查明写入来源；请本人重新关联")},
	}
}
