package client

import (
	"maps"
	"slices"

	"tongban/ui"
)

// webhooks tells what programs may be told unasked, and how they know that it was us. Nothing where nothing is opened to them.
func (p manual) webhooks() []ui.Section {
	if len(p.Webhooks) == 0 {
		return nil
	}
	var rows []ui.Row
	laidOut := false
	body := ui.Group{ui.Prose{
		"不想反复来查的，可以订阅：有了进展，平台把事件推送到您的网址。请平台管理员在“事件推送”里登记网址和要哪些事件，他会给您密钥。",
		"事件是 CloudEvents 1.0 的 JSON（application/cloudevents+json），只有编号和状态，没有个人信息；要看详情，用自己的令牌按 data.url 来读。只推送您的应用有权看的、或者由它申报的。"}}
	for _, name := range slices.Sorted(maps.Keys(p.Webhooks)) {
		op := p.Webhooks[name].Post
		rows = append(rows, ui.Row{ID: name, Cells: ui.Cells(name, op.Summary, op.Description)})
		for _, content := range op.RequestBody.Content {
			if !laidOut {
				laidOut = true
				body = append(body, table("事件的内容", p.fields(content.Schema, false)), ui.Listing(example(p.resolve(content.Schema), p)))
			}
		}
	}
	body = append(body, ui.Table{Caption: "有哪些事件", Columns: []ui.Column{{Label: "type", Main: true}, {Label: "什么时候"}, {Label: "给谁"}}, Rows: rows},
		ui.Passage{ID: "webhook-signature", Title: "核对签名", Body: ui.Group{ui.Prose{
			"照 Standard Webhooks 签名，现成的程序库都能核对。自己核对：把请求头 webhook-id、webhook-timestamp 和请求体原文用英文句点连起来，用密钥（去掉 whsec_ 后按 Base64 还原）算 HMAC-SHA256，结果按 Base64 写出，与请求头 webhook-signature 里 v1, 后面的比较。约定用国密的，算 HMAC-SM3，与 v1sm3, 后面的比较。",
			"webhook-signature 里可能有几个签名，用空格分开，有一个对就行：换发密钥后的 24 小时内，新旧密钥各签一个。webhook-timestamp 与本机时间相差五分钟以上的不要接受。用 openssl 核对："},
			ui.Listing("printf '%s.%s.%s' \"$WEBHOOK_ID\" \"$WEBHOOK_TIMESTAMP\" \"$BODY\" |\n  openssl dgst -sha256 -mac HMAC -macopt hexkey:$(echo \"${SECRET#whsec_}\" | base64 -d | od -An -v -tx1 | tr -d ' \\n') -binary | base64")}},
		ui.Passage{ID: "webhook-delivery", Title: "送达和重试", Body: ui.Prose{
			"请在 10 秒内答复 2xx，先收下再处理。没有收下的，5 秒后再试，越试越疏，两天里一共试 9 次；之后由管理员决定重新推送还是不再推送。答复 429 或 503 并写明 Retry-After 的，按您说的时间再来；答复 410 的，订阅随即暂停。平台不跟随跳转。",
			"同一个事件可能收到不止一次，webhook-id 总是一样的：见过的就答复 2xx，不要再处理。先后不作保证：以按 data.url 读到的状态为准。"}})
	return []ui.Section{{ID: "webhooks", Title: "事件推送（webhook）", Body: body}}
}
