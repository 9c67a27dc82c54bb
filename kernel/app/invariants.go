package app

import (
	"context"

	"tongban/kernel/check"
	"tongban/kernel/db"
	"tongban/kernel/logging"
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
			// A join, because SQLite makes an index for one by itself; for EXISTS it would read the whole log for every key.
			`SELECT o.key || '（' || o.command || '）' FROM db_once o LEFT JOIN audit_entry e ON e.once_key = o.key WHERE e.id IS NULL`,
			"有操作绕过了审计：查明写入来源")},
		{ID: "I3-once", Title: "每条审计记录都出自一次办理", Module: "audit", Check: check.None(
			`SELECT count(*) FROM audit_entry`,
			`SELECT id || '（' || action || '）' FROM audit_entry e WHERE e.once_key NOT LIKE 'auto-%' AND NOT EXISTS (SELECT 1 FROM db_once o WHERE o.key = e.once_key)`,
			"有审计记录不是由办理写下的，或办理回执被删除：与最近的链头见证和备份核对")},
		{ID: "I16", Title: "每次查看个人信息都写明目的，本人都查得到", Module: "audit", Check: check.None(
			`SELECT count(*) FROM audit_reading`,
			`SELECT r.entry_id || '（没有目的或记录不在）' FROM audit_reading r LEFT JOIN audit_entry e ON e.id = r.entry_id
  WHERE e.id IS NULL OR e.detail LIKE '%"purpose":""%' OR e.detail NOT LIKE '%"purpose":"%'`,
			"有人绕过登记查看了个人信息，或登记被改动：查明是哪个操作，按个人信息泄露处置")},
		{ID: "I21", Title: "审计记录里没有完整的证件号码和手机号码", Module: "audit", Check: noFullNumbers},
		{ID: "I15", Title: "发出的每个事件都已送达、待送或停放", Module: "event", Check: check.None(
			`SELECT count(*) FROM event_delivery`,
			`SELECT event_id || ' → ' || listener FROM event_delivery d WHERE NOT EXISTS (SELECT 1 FROM event_outbox o WHERE o.id = d.event_id)`,
			"事件正文缺失：从备份恢复 event_outbox")},
		{ID: "I15-parked", Title: "没有停放的事件", Module: "event", Check: check.None(
			`SELECT count(*) FROM event_delivery`,
			`SELECT event_id || ' → ' || listener || '：' || reason FROM event_delivery WHERE state = 'parked'`,
			"按原因修复后重新投递")},
		{ID: "I15-jobs", Title: "没有放弃的后台任务", Module: "job", Check: check.None(
			`SELECT count(*) FROM river_job`,
			`SELECT kind || '（第 ' || attempt || ' 次失败后放弃）' FROM river_job WHERE state = 'discarded'`,
			"按任务日志修复原因后重新排队；它对外的效果（签章、短信等）还没有发生")},
	}
}

// newest is how many audit entries are searched for full numbers: what is older was searched by the checks of the days before.
const newest = 50_000

func noFullNumbers(ctx context.Context, v *db.View) (check.Finding, error) {
	f := check.Finding{Remedy: "查明是哪个操作写下的，先停用它；审计记录不能修改，按个人信息泄露处置"}
	rows, err := v.QueryContext(ctx, `SELECT id, action, detail FROM audit_entry ORDER BY id DESC LIMIT $1`, newest)
	if err != nil {
		return f, err
	}
	defer rows.Close()
	for rows.Next() {
		var id, action, detail string
		if err := rows.Scan(&id, &action, &detail); err != nil {
			return f, err
		}
		f.Rows++
		if f.Bad == "" && logging.Mask(detail) != detail {
			f.Bad = id + "（" + action + "）"
		}
	}
	return f, rows.Err()
}
