package catalogue

import (
	"slices"

	"tongban/kernel/authz"
	"tongban/kernel/pack"
	"tongban/kernel/web"
)

// ItemLine is an item in a list of the API.
type ItemLine struct {
	Code     string `json:"code" doc:"事项代码，在本县内不变" example:"food-operation-licence"`
	Name     string `json:"name" doc:"事项名称" example:"食品经营许可"`
	Kind     string `json:"kind" doc:"事项类型，两位代码（GB/T 39554）" example:"01"`
	KindName string `json:"kind_name" doc:"事项类型" example:"行政许可"`
	Unit     string `json:"unit" doc:"实施主体，单位代码" example:"approval-bureau"`
	UnitName string `json:"unit_name" doc:"实施主体" example:"县审批局"`
	Handling string `json:"handling" enum:"instant,promised" doc:"instant 即办件，promised 承诺件" example:"promised"`
	Promised string `json:"promised" doc:"承诺办结时限" example:"8 个工作日"`
	Visits   int    `json:"visits" doc:"最多到现场几次" example:"0"`
}

// ItemSheet is the guide sheet of an item for machines.
type ItemSheet struct {
	ItemLine
	Edition    int64       `json:"edition" doc:"标准数据版本" example:"1"`
	BasicCode  string      `json:"basic_code" doc:"基本编码" example:"000132099000"`
	Level      string      `json:"level" doc:"行使层级，一位数字" example:"4"`
	Subjects   []string    `json:"subjects" doc:"服务对象：person 个人，company 企业，institution 事业单位，organisation 社会组织"`
	Themes     []string    `json:"themes" doc:"主题分类"`
	Phone      string      `json:"phone" doc:"咨询电话" example:"0799-0100001"`
	Complaint  string      `json:"complaint" doc:"监督投诉电话" example:"12345"`
	Statutory  string      `json:"statutory" doc:"法定办结时限" example:"20 个工作日"`
	Result     string      `json:"result" doc:"办成后得到什么" example:"食品经营许可证"`
	Conditions []string    `json:"conditions" doc:"受理条件"`
	Materials  []SheetNeed `json:"materials" doc:"材料。要不要、能不能免，按情形导办的结果为准"`
	Fees       []SheetFee  `json:"fees" doc:"收费；空数组为不收费"`
	Basis      []SheetLaw  `json:"basis" doc:"设定依据"`
}

// SheetNeed is a material on a sheet.
type SheetNeed struct {
	Type      string `json:"type" doc:"材料类型代码" example:"lease-contract"`
	Necessity string `json:"necessity" doc:"required 必要，optional 非必要，tolerable 可容缺后补" example:"required"`
	When      string `json:"when" doc:"什么情形下才要，CEL 表达式；空为都要" example:"place_kind == \"rented\""`
	Basis     string `json:"basis" doc:"要求提供的依据" example:"食品经营许可和备案管理办法"`
}

// SheetFee is a fee on a sheet.
type SheetFee struct {
	Name  string `json:"name" doc:"收费项目" example:"工本费"`
	Cents int64  `json:"cents" doc:"金额，分；按情形计算的为 0" example:"1000"`
	Text  string `json:"text" doc:"收费标准" example:"不收费"`
	Basis string `json:"basis" doc:"收费依据" example:"国务院关于清理规范城镇供水供电供气供暖行业收费的政策"`
}

// SheetLaw is a legal basis on a sheet.
type SheetLaw struct {
	Law     string `json:"law" doc:"法律法规名称" example:"中华人民共和国食品安全法"`
	Article string `json:"article" doc:"条款" example:"第三十五条"`
	Text    string `json:"text" doc:"条文" example:"国家对食品生产经营实行许可制度。"`
	Mark    string `json:"mark" doc:"可信程度：v 见于公开法规，k 待核实，local 本县规定" example:"v"`
}

// ThingLine is a thing (一件事) in a list of the API.
type ThingLine struct {
	Code    string `json:"code" doc:"一件事代码" example:"open-restaurant"`
	Name    string `json:"name" doc:"一件事名称" example:"我要开餐饮店"`
	Side    string `json:"side" enum:"person,company" doc:"谁来办" example:"company"`
	Event   string `json:"event" doc:"人生事件或者经营事件" example:"开办"`
	Summary string `json:"summary" doc:"一句话说明" example:"开餐饮店要办的事一次办完"`
	Lead    string `json:"lead" doc:"牵头单位，单位代码" example:"approval-bureau"`
}

// ThingSheet is a thing with what may belong to it.
type ThingSheet struct {
	ThingLine
	Edition   int64       `json:"edition" doc:"标准数据版本" example:"1"`
	Questions []string    `json:"questions" doc:"情形问题的代码，按问的顺序"`
	Parts     []ThingPart `json:"parts" doc:"可能要办的事项；要办哪些由情形导办确定"`
}

// ThingPart is an item of a thing.
type ThingPart struct {
	Item  string   `json:"item" doc:"事项代码" example:"food-operation-licence"`
	When  string   `json:"when" doc:"什么情形下要办，CEL 表达式；空为都要" example:"floor_area > 50.0"`
	After []string `json:"after" doc:"要先办好的事项代码"`
	Why   string   `json:"why" doc:"为什么要办" example:"经营食品要取得许可"`
}

type (
	itemsIn struct {
		Q       string `query:"q" maxLength:"60" doc:"平常的说法，例如“开饭店”；支持拼音首字母" example:"开饭店"`
		Unit    string `query:"unit" maxLength:"60" doc:"实施主体，单位代码" example:"approval-bureau"`
		Theme   string `query:"theme" maxLength:"60" doc:"主题" example:"准营准办"`
		Subject string `query:"subject" maxLength:"60" doc:"服务对象" example:"company"`
		After   string `query:"after" maxLength:"100" doc:"从哪个事项代码之后接着列，取自上一页的 Link" example:"food-operation-licence"`
		Limit   int    `query:"limit" minimum:"1" maximum:"100" default:"50" doc:"一页几项" example:"50"`
	}
	itemsOut struct {
		Link string `header:"Link" doc:"下一页"`
		Body []ItemLine
	}
	itemIn struct {
		Code string `path:"code" maxLength:"100" doc:"事项代码" example:"food-operation-licence"`
	}
	thingIn struct {
		Code string `path:"code" maxLength:"100" doc:"一件事代码" example:"open-restaurant"`
	}
)

const apiTag = "事项和一件事"

func (m *Module) api() []web.Route {
	return []web.Route{
		web.API("GET", "/api/v1/items", authz.Anyone, "列事项", m.apiItems).In(apiTag).
			Saying("事项目录，与网页“事项目录”相同。不需要令牌。带 q 时按相关程度排，最多两百项。"),
		web.API("GET", "/api/v1/items/{code}", authz.Anyone, "读办事指南", m.apiItem).In(apiTag).
			Saying("一个事项的办事指南：时限、条件、材料、收费、依据。不需要令牌。"),
		web.API("GET", "/api/v1/things", authz.Anyone, "列一件事", m.apiThings).In(apiTag).
			Saying("全部一件事。要开几证、要交什么，用“情形导办”接口按回答确定。不需要令牌。"),
		web.API("GET", "/api/v1/things/{code}", authz.Anyone, "读一件事", m.apiThing).In(apiTag).
			Saying("一件事可能涉及的事项和情形问题。不需要令牌。"),
	}
}

func lineOf(ed *pack.Edition, i Item) ItemLine {
	return ItemLine{Code: i.Code, Name: i.Name, Kind: i.Kind, KindName: KindName(i.Kind), Unit: i.Unit, UnitName: unitName(ed, i.Unit), Handling: string(i.Handling),
		Promised: i.Promised.String(), Visits: i.Visits}
}

func (m *Module) apiItems(r *web.Request, in *itemsIn) (*itemsOut, error) {
	ed := m.k.Library.Current()
	found := m.found(ed, facets{q: in.Q, theme: in.Theme, unit: in.Unit, subject: in.Subject})
	if at := slices.IndexFunc(found, func(i Item) bool { return i.Code == in.After }); at >= 0 {
		found = found[at+1:]
	}
	out := &itemsOut{Body: []ItemLine{}}
	if len(found) > in.Limit {
		found = found[:in.Limit]
		out.Link = r.NextPage(found[in.Limit-1].Code)
	}
	for _, i := range found {
		out.Body = append(out.Body, lineOf(ed, i))
	}
	return out, nil
}

func (m *Module) apiItem(_ *web.Request, in *itemIn) (*web.Answer[ItemSheet], error) {
	ed := m.k.Library.Current()
	i, err := FindItem(ed, in.Code)
	if err != nil {
		return nil, err
	}
	s := ItemSheet{ItemLine: lineOf(ed, i), Edition: ed.Number, BasicCode: i.BasicCode, Level: i.Level, Subjects: i.Subjects, Themes: i.Themes, Phone: i.Phone, Complaint: i.Complaint,
		Statutory: i.Statutory.String(), Result: i.Result.Name, Conditions: []string{}, Materials: []SheetNeed{}, Fees: []SheetFee{}, Basis: []SheetLaw{}}
	for _, c := range i.Conditions {
		s.Conditions = append(s.Conditions, c.Text)
	}
	for _, n := range i.Materials {
		s.Materials = append(s.Materials, SheetNeed{n.Type, n.Necessity, n.When, n.Basis})
	}
	for _, f := range i.Fees {
		s.Fees = append(s.Fees, SheetFee{f.Name, f.Amount, f.Text, f.Basis})
	}
	for _, b := range i.LegalBasis {
		s.Basis = append(s.Basis, SheetLaw{b.Law, b.Article, b.Text, string(b.Mark)})
	}
	return &web.Answer[ItemSheet]{Body: s}, nil
}

func thingLine(b Bundle) ThingLine {
	return ThingLine{Code: b.Code, Name: b.Name, Side: b.Side, Event: b.Event, Summary: b.Summary, Lead: b.Lead}
}

func (m *Module) apiThings(*web.Request, *struct{}) (*web.Answer[[]ThingLine], error) {
	out := []ThingLine{}
	for _, b := range Bundles(m.k.Library.Current()) {
		out = append(out, thingLine(b))
	}
	return &web.Answer[[]ThingLine]{Body: out}, nil
}

func (m *Module) apiThing(_ *web.Request, in *thingIn) (*web.Answer[ThingSheet], error) {
	ed := m.k.Library.Current()
	b, err := FindBundle(ed, in.Code)
	if err != nil {
		return nil, err
	}
	s := ThingSheet{ThingLine: thingLine(b), Edition: ed.Number, Questions: b.Questions, Parts: []ThingPart{}}
	for _, p := range b.Parts {
		s.Parts = append(s.Parts, ThingPart{p.Item, p.When, p.After, p.Why})
	}
	return &web.Answer[ThingSheet]{Body: s}, nil
}
