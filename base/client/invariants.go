package client

import "tongban/kernel/check"

func invariants() []check.Invariant {
	return []check.Invariant{
		{ID: "client-1", Title: "接入应用的密钥只存摘要", Check: check.None(
			`SELECT count(*) FROM client_client`,
			`SELECT id FROM client_client WHERE length(secret_hash) <> 64`,
			"停用该应用，换发密钥")},
		{ID: "client-2", Title: "调用次数属于一个接入应用，不为负", Check: check.None(
			`SELECT count(*) FROM client_use`,
			`SELECT u.client || ' ' || u.day FROM client_use u LEFT JOIN client_client c ON c.id = u.client WHERE c.id IS NULL OR u.calls < 0 OR u.refused < 0`,
			"查明写入来源，删去该行")},
	}
}
