package form

import (
	"tongban/kernel/check"
)

func invariants() []check.Invariant {
	return []check.Invariant{
		{ID: "form-1", Title: "加密保存的表单值没有明文", Check: check.None(
			`SELECT count(*) FROM form_value`,
			`SELECT group_id || ' ' || element FROM form_value WHERE sealed AND text <> '' AND text NOT LIKE 'k%:%'`,
			"查明写入来源，用 form.Keep 重新保存该值")},
	}
}
