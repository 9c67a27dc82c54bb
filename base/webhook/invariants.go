package webhook

import (
	"context"

	"tongban/kernel/check"
	"tongban/kernel/meter"
)

func invariants() []check.Invariant {
	return []check.Invariant{
		{ID: "webhook-1", Title: "推送密钥加密存放，旧密钥有失效时间", Check: check.None(
			`SELECT count(*) FROM webhook_subscription`,
			`SELECT id FROM webhook_subscription WHERE secret NOT LIKE 'k%:%' OR former <> '' AND (former NOT LIKE 'k%:%' OR former_until IS NULL)`,
			"在“事件推送”里给这个订阅换发密钥")},
		{ID: "webhook-2", Title: "推送消息结束了才有结束时间，没有结束的还在等", Check: check.None(
			`SELECT count(*) FROM webhook_message`,
			`SELECT id FROM webhook_message WHERE (state = 'waiting') <> (ended_at IS NULL)`,
			"查明写入来源；在“事件推送”里重新推送这条消息")},
		{ID: "webhook-3", Title: "记为已送达的消息，对方答复过 2xx", Check: check.None(
			`SELECT count(*) FROM webhook_message WHERE state = 'sent'`,
			`SELECT m.id FROM webhook_message m WHERE m.state = 'sent' AND NOT EXISTS (SELECT 1 FROM webhook_try t WHERE t.message = m.id AND t.status >= 200 AND t.status < 300)`,
			"在“事件推送”里重新推送这条消息")},
	}
}

func (m *Module) gauges() []meter.Gauge {
	return []meter.Gauge{
		{Name: "tongban_webhooks_waiting", Help: "Messages to programs that wait to be delivered.", Read: m.reading(`SELECT count(*) FROM webhook_message WHERE state = 'waiting'`)},
		{Name: "tongban_webhooks_dead", Help: "Messages to programs that did not arrive and wait for a person.", Read: m.reading(`SELECT count(*) FROM webhook_message WHERE state = 'dead'`)},
	}
}

func (m *Module) reading(count string) func(context.Context) ([]meter.Value, error) {
	return func(ctx context.Context) ([]meter.Value, error) {
		var n int64
		err := m.k.View(machine).QueryRowContext(ctx, count).Scan(&n)
		return meter.One(n), err
	}
}
