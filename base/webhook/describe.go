package webhook

import (
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// How the events stand in the document.
const (
	tag         = "事件推送"
	bySignature = "signature"
)

// describe adds to the API document what programs receive: one webhook for each kind of event (OpenAPI 3.1).
func (m *Module) describe(d *huma.OpenAPI) {
	shape := d.Components.Schemas.Schema(reflect.TypeFor[Event](), true, "Event")
	header := func(name, text, example string) *huma.Param {
		return &huma.Param{Name: name, In: "header", Required: true, Description: text, Example: example, Schema: &huma.Schema{Type: huma.TypeString}}
	}
	var titles []string
	for _, f := range m.facts {
		titles = append(titles, f.Title)
	}
	d.Tags = append(d.Tags, &huma.Tag{Name: tag, Description: "平台主动告诉订阅的应用：" + strings.Join(titles, "、")})
	d.Components.SecuritySchemes[bySignature] = &huma.SecurityScheme{Type: "apiKey", In: "header", Name: "webhook-signature",
		Description: "平台对事件的签名（Standard Webhooks），用订阅时发给的密钥核对。"}
	d.Webhooks = map[string]*huma.PathItem{}
	for _, f := range m.facts {
		d.Webhooks[typePrefix+f.Event] = &huma.PathItem{Post: &huma.Operation{OperationID: "on-" + f.Event, Method: http.MethodPost, Tags: []string{tag}, Summary: f.Title,
			Security:    []map[string][]string{{bySignature: {}}},
			Description: "所需权限：" + string(f.Right) + "；自己申报的不需要。",
			Parameters: []*huma.Param{
				header("webhook-id", "事件的编号；重发不变，收到两次的只算一次", "01JDQ6Z3K8V7M2N4P6R8T0W2Y4"),
				header("webhook-timestamp", "这次推送的时间，Unix 秒；与本机相差五分钟以上的不要接受", "1764000000"),
				header("webhook-signature", "签名，可能有几个，用空格分开，有一个对就行", "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="),
			},
			RequestBody: &huma.RequestBody{Required: true, Description: "CloudEvents 1.0，结构化 JSON", Content: map[string]*huma.MediaType{"application/cloudevents+json": {Schema: shape}}},
			Responses: map[string]*huma.Response{
				"204": {Description: "收到。任何 2xx 都算收到，请在十秒内答复，先收下再处理"},
				"410": {Description: "不再接收，订阅随即暂停"},
			}}}
	}
}
