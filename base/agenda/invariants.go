package agenda

import "tongban/kernel/check"

func invariants() []check.Invariant {
	return []check.Invariant{{ID: "agenda-1", Title: "日程订阅的地址只存摘要，一人一个", Check: check.None(
		`SELECT count(*) FROM agenda_link`,
		`SELECT account FROM agenda_link WHERE length(digest) <> 64`,
		"请本人在“日程订阅”里停用，重新生成")}}
}
