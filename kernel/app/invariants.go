package app

import (
	"context"

	"tongban/kernel/check"
	"tongban/kernel/db"
)

// ownInvariants are the laws of the kernel's own tables.
func (k *Kernel) ownInvariants() []check.Invariant {
	return []check.Invariant{
		{ID: "I4", Title: "审计链从第一行到最后一行相符，并与签署的见证相符", Module: "audit", Check: func(ctx context.Context, _ *db.View) (check.Finding, error) {
			verdict, _, err := k.VerifyAudit(ctx, nil)
			return check.Finding{Rows: verdict.Entries, Bad: verdict.Fault, Remedy: "保全现场，与最近的链头见证和备份核对，查明改动人"}, err
		}},
		{ID: "I3", Title: "每次办理都有审计记录", Module: "audit", Check: check.None(
			`SELECT count(*) FROM db_once`,
			`SELECT key || '（' || command || '）' FROM db_once o WHERE NOT EXISTS (SELECT 1 FROM audit_entry e WHERE e.once_key = o.key)`,
			"有操作绕过了审计：查明写入来源")},
		{ID: "I15", Title: "发出的每个事件都已送达、待送或停放", Module: "event", Check: check.None(
			`SELECT count(*) FROM event_delivery`,
			`SELECT event_id || ' → ' || listener FROM event_delivery d WHERE NOT EXISTS (SELECT 1 FROM event_outbox o WHERE o.id = d.event_id)`,
			"事件正文缺失：从备份恢复 event_outbox")},
		{ID: "I15-parked", Title: "没有停放的事件", Module: "event", Check: check.None(
			`SELECT count(*) FROM event_delivery`,
			`SELECT event_id || ' → ' || listener || '：' || reason FROM event_delivery WHERE state = 'parked'`,
			"按原因修复后重新投递")},
	}
}
