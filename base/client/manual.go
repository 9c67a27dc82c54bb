package client

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/danielgtaylor/huma/v2"

	"tongban/kernel/authz"
	"tongban/kernel/web"
	"tongban/ui"
)

// manual is the page about the API (接口说明), told from the same document that programs read at /openapi.json.
type manual struct {
	*huma.OpenAPI
	base   string
	title  func(authz.Permission) string
	common []string                   // statuses that every operation may answer with
	shown  map[string]*huma.Operation // answers already told, by the name of their schema, and by which operation
}

// told is an operation with the route that serves it.
type told struct {
	web.Route
	*huma.Operation
}

// describe says in the document whose work the API is and where one asks to be let in.
func describe(d *huma.OpenAPI) {
	d.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	d.Info.Contact = &huma.Contact{Name: "平台管理员：怎样申请接入", URL: web.RefusalsPath + "#begin"}
}

func (m *Module) showManual(w *web.Response, r *web.Request) error {
	page := m.manual(r)
	all := page.operations(m.k.Site().Routes())
	page.common = shared(all)
	sections := []ui.Section{page.begin(), page.once(), page.versions(), page.paging(), page.limits(), page.problems()}
	for _, group := range groups(all) {
		sections = append(sections, page.group(group))
	}
	sections = append(sections, page.webhooks()...)
	return w.ShowPublic(ui.PublicPage{Page: ui.Page{Crumbs: []ui.Link{{Label: "首页", URL: "/"}, {Label: "接口说明"}}}}, ui.Article{Title: "接口说明",
		Lead:     "业务系统、乡镇平台、自助设备可以通过接口办事：网页上办的每一步，接口走同样的规则、同样的权限、同样的留痕。",
		Actions:  []templ.Component{ui.LinkButton{Label: "下载 OpenAPI 文档（JSON）", URL: "/openapi.json", Kind: ui.Secondary, Icon: ui.IconDownload}},
		Sections: sections})
}

func (m *Module) manual(r *web.Request) manual {
	return manual{OpenAPI: r.Document(), base: r.BaseURL(), title: m.k.Rights().Title, shown: map[string]*huma.Operation{}}
}

// operations are those of the document, in the order of the house.
func (p manual) operations(routes []web.Route) []told {
	var all []told
	for _, r := range routes {
		if !r.Typed() {
			continue
		}
		item := p.Paths[r.Path]
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Delete, item.Patch} {
			if op != nil && op.Method == r.Method {
				all = append(all, told{r, op})
			}
		}
	}
	return all
}

// groups puts operations of one tag together.
func groups(all []told) [][]told {
	var out [][]told
	for _, op := range all {
		at := slices.IndexFunc(out, func(g []told) bool { return slices.Equal(g[0].Tags, op.Tags) })
		if at < 0 {
			out, at = append(out, nil), len(out)
		}
		out[at] = append(out[at], op)
	}
	return out
}

// shared are the refusals that every operation may answer with.
func shared(all []told) []string {
	var out []string
	for status := range all[0].Responses {
		if status >= "400" && !slices.ContainsFunc(all, func(op told) bool { return op.Responses[status] == nil }) {
			out = append(out, status)
		}
	}
	slices.Sort(out)
	return out
}

func (p manual) begin() ui.Section {
	minutes := int(Lifetime / time.Minute)
	return ui.Section{ID: "begin", Title: "怎样开始", Body: ui.Group{
		ui.Prose{"1. 向本单位的平台管理员申请：写明是哪个系统、要办哪些事、由谁负责。管理员在“接入应用”里登记，给出应用标识（client_id）和密钥（client_secret）。密钥只显示一次，请存放在密钥库里，不要写进代码。",
			fmt.Sprintf("2. 用标识和密钥换取令牌（OAuth 2.0 客户端凭证，RFC 6749 第4.4节）。令牌 %d 分钟内有效，过期重新换取：", minutes)},
		ui.Listing("curl -u \"$CLIENT_ID:$CLIENT_SECRET\" '" + p.base + web.TokenPath + "' \\\n  -d grant_type=client_credentials"),
		ui.Prose{"3. 把答复里的 access_token 放在请求头里，调用别的接口。标明“任何人”的接口不需要令牌："},
		ui.Listing("curl -H \"Authorization: Bearer $TOKEN\" '" + p.base + "/api/v1/items?limit=5'"),
		ui.Prose{"每个接口下面的“试一试”有答复的各项说明，可以直接发一次真的请求，看请求和答复的原样。",
			"应用只能在所属单位和它的下级单位范围内办事，只有给它的权限。每一步都以应用的名称记入审计日志。受理和决定要由不同的人来办，对应用也一样。",
			"请求和答复都是 UTF-8 的 JSON；时间按 RFC 3339 写，例如 2026-11-23T09:00:00+08:00；金额以分为单位。以后可能增加答复里的项和错误代码，请不要因为有不认识的就出错；已有的不会改变意思。"}}}
}

func (p manual) once() ui.Section {
	return ui.Section{ID: "once", Title: "只办一次（Idempotency-Key）", Body: ui.Prose{
		"改变数据的请求要带 Idempotency-Key：自己编的 8 到 100 个可见的英文字符，每办一次换一个，例如 UUID。",
		"没有收到答复，不知道办成没有，就用同一个编号原样重发：已经办成的，得到同样的答复，另有答复头 Idempotency-Replayed: true，不会办两次；没有办成的，这次照常办理。"}}
}

func (p manual) versions() ui.Section {
	return ui.Section{ID: "versions", Title: "不覆盖别人（ETag 和 If-Match）", Body: ui.Prose{
		"读取办件、草稿、送达件时，答复头 ETag 是它的版本，例如 \"v3\"。办理时用 If-Match 原样带回，表示是看着这一版办的。",
		"期间被别人改过的，答复 412（stale），什么都没有办；请重新读取再定。作决定必须带 If-Match，没有带的答复 428（if-match-required）。"}}
}

func (p manual) paging() ui.Section {
	return ui.Section{ID: "paging", Title: "翻页（Link）", Body: ui.Group{ui.Prose{"列表一次给一页，limit 是一页几件。答复头 Link 里 rel=\"next\" 是下一页的地址（RFC 8288），照着请求就是，不要自己拼；没有这个答复头就是到头了。"},
		ui.Listing(`Link: </api/v1/cases?after=2026-12-01T00%3A00%3A00Z~01JDQ6Z3K8&limit=50>; rel="next"`)}}
}

func (p manual) limits() ui.Section {
	return ui.Section{ID: "limits", Title: "次数", Body: ui.Prose{
		"每个应用每分钟、每天能调用几次，登记时定下，管理员随时可以改；换取令牌也算一次。超过的答复 429（rate、quota），Retry-After 是要等的秒数。",
		"不需要令牌的查验、查进度接口按来源限制次数，防止猜编号。系统忙不过来时答复 503，也写明要等几秒。"}}
}

// problems explains every code, each under an anchor of its name: the type of a problem leads here.
func (p manual) problems() ui.Section {
	body := ui.Group{ui.Prose{"错误一律是 application/problem+json（RFC 9457）。程序看 code：它稳定不变；人看 detail 和 next：哪里不对、怎么办。type 是本页上这个 code 的说明。查问时请提供 instance。换取令牌的 400 和 401 另按 OAuth 2.0 的写法。"},
		ui.Listing(example(p.resolve(&huma.Schema{Ref: "#/components/schemas/Problem"}), p)),
		ui.Prose{"每个接口都可能答复 " + strings.Join(p.common, "、") + "；各接口另有的，写在接口下面。"}}
	for _, refusal := range web.Refusals() {
		passage := ui.Passage{ID: refusal.Code, Title: refusal.Code, Body: ui.Prose{refusal.Means + refusal.Mend}}
		for _, status := range refusal.Statuses {
			passage.Tags = append(passage.Tags, ui.Tag{Text: strconv.Itoa(status)})
		}
		body = append(body, passage)
	}
	return ui.Section{ID: "problems", Title: "错误", Body: body}
}

func (p manual) group(all []told) ui.Section {
	contents, body := ui.LinkList{}, ui.Group{}
	for _, op := range all {
		contents.Links = append(contents.Links, ui.NotedLink{Link: ui.Link{Label: op.Summary, URL: "#" + op.OperationID}, Note: op.Pattern()})
		body = append(body, p.passage(op))
	}
	return ui.Section{ID: "group-" + all[0].OperationID, Title: strings.Join(all[0].Tags, "、"), Body: append(ui.Group{contents}, body...)}
}

// passage tells one operation.
func (p manual) passage(op told) ui.Passage {
	text, _, _ := strings.Cut(op.Description, "\n\n") // a second paragraph names the permission, which is told in words below
	facts := []ui.Fact{{Term: "谁可以用", Value: p.who(op)}}
	if own := p.refusals(op); own != "" {
		facts = append(facts, ui.Fact{Term: "另有错误", Value: own})
	}
	body := ui.Group{ui.Listing(op.Pattern()), ui.Prose{text}, ui.DescriptionList{Facts: facts}}
	if len(op.Parameters) > 0 {
		body = append(body, table(op.Summary+"：参数", p.parameters(op)))
	}
	body = append(body, p.asked(op)...)
	body = append(body, ui.Listing(p.curl(op)))
	if p.triable(op) { // what it answers stands there: the whole on one page would be too heavy for a slow line
		body = append(body, ui.Anchor{Label: "答复的内容和试一试：" + op.Summary, URL: tryPath + op.OperationID})
	} else {
		body = append(body, p.answer(op)...)
	}
	return ui.Passage{ID: op.OperationID, Title: op.Summary, Body: body}
}

// who may call, in words.
func (p manual) who(op told) string {
	switch op.Permission {
	case authz.Anyone:
		return "任何人，不需要令牌"
	case authz.SignedIn:
		return "任何接入应用；在网页上登录的人"
	}
	return fmt.Sprintf("有“%s”权限（%s）的接入应用；有同样权限的工作人员", p.title(op.Permission), op.Permission)
}

// refusals are those that not every operation has.
func (p manual) refusals(op told) string {
	var out []string
	for status, answer := range op.Responses {
		if status >= "400" && !slices.Contains(p.common, status) {
			out = append(out, status+" "+answer.Description)
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// asked is what the body of a request holds.
func (p manual) asked(op told) ui.Group {
	if op.RequestBody == nil {
		return nil
	}
	var out ui.Group
	for kind, content := range op.RequestBody.Content {
		switch fields := p.fields(content.Schema, true); {
		case len(fields) > 0:
			out = append(out, ui.Prose{"请求体（" + kind + "）："}, table(op.Summary+"：请求体", fields))
		case kind == "application/json":
			out = append(out, ui.Prose{"请求体写 {}。"})
		default:
			out = append(out, ui.Prose{"请求体是文件本身（" + kind + "）。"})
		}
	}
	return out
}

// answer is what a good answer holds. The same thing is told once, where it first comes up.
func (p manual) answer(op told) ui.Group {
	var out ui.Group
	for status, answer := range op.Responses {
		if status >= "300" {
			continue
		}
		out = append(out, ui.Prose{"答复 " + status + "：" + answer.Description})
		var heads []field
		for name, head := range answer.Headers {
			heads = append(heads, field{name, "答复头", p.text(head.Description, head.Schema)})
		}
		slices.SortFunc(heads, byName)
		if len(heads) > 0 {
			out = append(out, table(op.Summary+"：答复头", heads))
		}
		for _, content := range answer.Content {
			name := content.Schema.Ref
			if content.Schema.Items != nil {
				name = "[]" + content.Schema.Items.Ref
			}
			if first := p.shown[name]; first != nil && name != "" {
				out = append(out, ui.Text("内容与这个接口的答复相同："), ui.Anchor{Label: first.Summary, URL: "#" + first.OperationID})
				continue
			}
			p.shown[name] = op.Operation
			if fields := p.fields(content.Schema, false); len(fields) > 0 {
				out = append(out, table(op.Summary+"：答复", fields))
			}
		}
	}
	return out
}

func table(caption string, fields []field) ui.Table {
	return ui.Table{Caption: caption, Columns: []ui.Column{{Label: "名称", Main: true}, {Label: "种类"}, {Label: "说明"}},
		Rows: ui.Rows(fields, func(f field) ui.Row { return ui.Row{ID: f.name, Cells: ui.Cells(f.name, f.kind, f.text)} })}
}
