package web

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"tongban/kernel/problem"
)

// Problem is an error as machines read it (RFC 9457), in the same words as the page.
type Problem struct {
	Type     string  `json:"type" doc:"错误种类的说明在哪里" example:"/api#conflict"`
	Title    string  `json:"title" doc:"错误种类" example:"现在的状态不允许这样办"`
	Status   int     `json:"status" doc:"HTTP 状态码" example:"409"`
	Code     string  `json:"code" doc:"稳定的错误代码，供程序判断" example:"conflict"`
	Detail   string  `json:"detail" doc:"哪里不对" example:"办件 TB2025010600001 已办结，不能再补正"`
	Next     string  `json:"next,omitempty" doc:"现在该怎么办" example:"请重新读取，看清最新情况再办。"`
	Instance string  `json:"instance,omitempty" doc:"这次请求的编号，查问时请提供" example:"urn:tongban:request:5f2c9a0b7d31"`
	Errors   []Fault `json:"errors,omitempty" doc:"逐项的问题"`
}

// Fault is what is wrong with one thing that was sent.
type Fault struct {
	Location string `json:"location" doc:"哪一项：字段名，或者 body.、query.、header. 开头的位置" example:"body.reasons"`
	Message  string `json:"message" doc:"哪里不对、怎样改" example:"请写明不予许可的理由"`
}

// Error implements error.
func (p *Problem) Error() string { return p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// problemOf is an error as the document promises it.
func problemOf(r *Request, err error) *Problem {
	code := problem.CodeOf(err)
	p := &Problem{Type: RefusalsPath + "#" + code, Status: problem.Status(err), Code: code, Detail: problem.MessageFor(err), Next: problem.NextFor(err),
		Instance: "urn:tongban:request:" + r.ID}
	p.Title = meaning(p.Status)
	for _, f := range problem.FieldsOf(err) {
		p.Errors = append(p.Errors, Fault{Location: f.Name, Message: f.Message})
	}
	return p
}

// translate says in Chinese what huma found wrong with a request. It sees every answer; only huma's own errors are changed.
func translate(ctx huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	p := &Problem{Status: m.Status, Code: "invalid", Title: meaning(m.Status), Detail: "请求的内容与接口说明不符"}
	switch m.Status {
	case http.StatusUnsupportedMediaType:
		p.Code, p.Detail = "media-type", "请求体的 Content-Type 不是这个接口接受的，一般用 application/json"
	case http.StatusRequestEntityTooLarge:
		p.Code, p.Detail = "too-large", "请求体太大"
	case http.StatusRequestTimeout:
		p.Code, p.Detail = "busy", "没有在规定的时间内收完请求体，请重发"
	case http.StatusInternalServerError:
		p.Code, p.Detail = "internal", "系统出了问题，已经记录下来。"
	default:
		if m.Detail != "validation failed" {
			p.Detail = "请求体不能识别：" + inChinese(m.Detail)
		}
	}
	p.Type = RefusalsPath + "#" + p.Code
	for _, e := range m.Errors {
		p.Errors = append(p.Errors, Fault{Location: e.Location, Message: inChinese(e.Message)})
	}
	if r, ok := ctx.Context().Value(requestKey{}).(*Request); ok {
		p.Instance = "urn:tongban:request:" + r.ID
	}
	return p, nil
}

// phrases are what huma says, and what we say instead. A sentence that is not among them is shown as a general one: what a caller reads
// is Chinese, and English of a library tells more about us than about his mistake.
var phrases = []struct {
	says *regexp.Regexp
	ours string
}{
	{regexp.MustCompile(`^expected required property (\S+) to be present$`), "缺少必填项 $1"},
	{regexp.MustCompile(`^unexpected property$`), "接口没有这一项，请删去或者检查拼写"},
	{regexp.MustCompile(`^required (path|query|header|cookie|form) parameter is missing$`), "缺少必填参数"},
	{regexp.MustCompile(`^unknown query parameter$`), "接口没有这个参数"},
	{regexp.MustCompile(`^expected value to be one of "(.*)"$`), "只能是这些值之一：$1"},
	{regexp.MustCompile(`^expected length >= (\d+)$`), "至少 $1 个字符"},
	{regexp.MustCompile(`^expected length <= (\d+)$`), "最多 $1 个字符"},
	{regexp.MustCompile(`^expected array length >= (\d+)$`), "至少 $1 项"},
	{regexp.MustCompile(`^expected array length <= (\d+)$`), "最多 $1 项"},
	{regexp.MustCompile(`^expected number >= (\S+)$`), "不能小于 $1"},
	{regexp.MustCompile(`^expected number <= (\S+)$`), "不能大于 $1"},
	{regexp.MustCompile(`^expected object with at least (\d+) properties$`), "至少 $1 项"},
	{regexp.MustCompile(`^expected object with at most (\d+) properties$`), "最多 $1 项"},
	{regexp.MustCompile(`^expected string to be RFC 3339 date-time$`), "时间要写成 2026-11-23T09:00:00+08:00"},
	{regexp.MustCompile(`^expected string to be RFC 3339 date$`), "日期要写成 2026-11-23"},
	{regexp.MustCompile(`^expected string to match pattern (.*)$`), "格式要符合 $1"},
	{regexp.MustCompile(`^expected string`), "要写成文字"},
	{regexp.MustCompile(`^expected (number|integer)|^invalid (integer|float)`), "要写成数字"},
	{regexp.MustCompile(`^expected boolean|^invalid boolean`), "要写成 true 或 false"},
	{regexp.MustCompile(`^expected array items to be unique`), "各项不能重复"},
	{regexp.MustCompile(`^expected array`), "要写成数组"},
	{regexp.MustCompile(`^expected object`), "要写成对象"},
	{regexp.MustCompile(`^request body is required`), "缺少请求体"},
	{regexp.MustCompile(`(?i)json|unexpected end|invalid character`), "不是完整的 JSON"},
}

func inChinese(message string) string {
	for _, p := range phrases {
		if m := p.says.FindStringSubmatchIndex(message); m != nil {
			return strings.TrimSpace(string(p.says.ExpandString(nil, p.ours, message, m)))
		}
	}
	return "与接口说明不符"
}
