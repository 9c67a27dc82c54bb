// Package webhook tells programs what happened (事件推送): a program that subscribes to kinds of events gets each as a CloudEvents 1.0 message
// in structured JSON, signed after Standard Webhooks (webhook-id, webhook-timestamp, webhook-signature) with HMAC-SHA256, or with HMAC-SM3
// (GB/T 32905) where a county asks for national algorithms.
//
// Which events there are is said by the modules that publish them (Facts of their manifests). A message is thin: which thing, where it
// stands, where to read more; it names no person. A program hears of what it may read, and of what it handed in itself; that is judged when
// the event happens and again before every try, so a right withdrawn is withdrawn at once.
//
// A message is made in one transaction with the receipt of its event, and sent at least once: its webhook-id stays the same over tries and
// replays, and no order is promised. What fails is tried again for two days, then it lies with its owner, the unit of the program, to be sent
// again or given up. Addresses are judged when they are connected to (kernel/outward).
//
// Tables: webhook_subscription, webhook_message, webhook_try. Events in: the facts of all modules. Events out: none.
package webhook
