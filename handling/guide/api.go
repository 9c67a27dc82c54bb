package guide

import (
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/web"
	"tongban/rules/material"
)

// Situation is what a guide is asked about.
type Situation struct {
	Things  []string       `json:"things" minItems:"1" maxItems:"5" uniqueItems:"true" doc:"要办的一件事的代码；只办一个事项的写 item: 和事项代码" example:"[\"open-restaurant\"]"`
	Answers map[string]any `json:"answers,omitempty" doc:"已有的回答：问题代码和值。是否题写 true 或 false，选择题写选项代码，数量题写数字" example:"{\"floor_area\": 50}"`
}

// Guidance is what a guide answers.
type Guidance struct {
	Things    []string       `json:"things" doc:"要办的一件事"`
	Answers   map[string]any `json:"answers" doc:"起作用的回答；对结果没有影响的已去掉"`
	Link      string         `json:"link" doc:"这个结果的短码。网页上打开、带到任何窗口都是同一个结果" example:"AQEBAAECA9x1"`
	Edition   int64          `json:"edition" doc:"标准数据版本" example:"1"`
	Decided   bool           `json:"decided" doc:"不用再问了；false 时结果是最多可能要办的"`
	Questions []GuideAsk     `json:"questions" doc:"还要问的，按问的顺序；答了就不再改变结果的不问"`
	Stops     []GuideStop    `json:"stops" doc:"不能这样办的原因；空数组为能办"`
	Parts     []GuidePart    `json:"parts" doc:"要办的事项，按先后"`
	Materials []GuideNeed    `json:"materials" doc:"一套材料，同样的只列一次"`
	Fields    []GuideField   `json:"fields" doc:"一张表单，同样的只列一次"`
	FeeCents  int64          `json:"fee_cents" doc:"费用合计，分" example:"0"`
	Promised  int            `json:"promised_workdays" doc:"承诺最多几个工作日全部办好" example:"11"`
	Statutory int            `json:"statutory_workdays" doc:"按法定时限最多几个工作日" example:"25"`
	Visits    int            `json:"visits" doc:"最多跑几次" example:"0"`
}

// GuideAsk is a question that is still open.
type GuideAsk struct {
	Code    string        `json:"code" doc:"问题代码" example:"floor_area"`
	Text    string        `json:"text" doc:"问题" example:"经营场所面积有多大？"`
	Help    string        `json:"help" doc:"补充说明" example:"按实际使用的面积填写"`
	Kind    string        `json:"kind" enum:"choice,bool,number" doc:"choice 选择，bool 是否，number 数量" example:"number"`
	Unit    string        `json:"unit" doc:"数量的单位" example:"平方米"`
	Why     string        `json:"why" doc:"为什么要问" example:"面积不同，要办的许可不同"`
	Options []GuideOption `json:"options" doc:"选择题的选项"`
}

// GuideOption is a possible answer.
type GuideOption struct {
	Code string `json:"code" doc:"选项代码" example:"company"`
	Text string `json:"text" doc:"选项" example:"企业"`
}

// GuideStop is the end of the way.
type GuideStop struct {
	Thing string `json:"thing" doc:"哪件事" example:"thing:open-restaurant"`
	Text  string `json:"text" doc:"为什么不能这样办" example:"这个地址不能开办餐饮"`
	Next  string `json:"next" doc:"该怎么办" example:"请向生态环境部门咨询"`
}

// GuidePart is an item to be done.
type GuidePart struct {
	Item  string   `json:"item" doc:"事项代码" example:"food-operation-licence"`
	Name  string   `json:"name" doc:"事项名称" example:"食品经营许可"`
	Unit  string   `json:"unit" doc:"今天由谁办，单位代码" example:"approval-bureau"`
	After []string `json:"after" doc:"要先办好的事项代码"`
	Begin int      `json:"begin_workday" doc:"受理后第几个工作日可以开始" example:"0"`
	End   int      `json:"end_workday" doc:"第几个工作日前办好" example:"8"`
	Why   string   `json:"why" doc:"为什么要办" example:"经营食品要取得许可"`
}

// GuideNeed is a material.
type GuideNeed struct {
	Type      string   `json:"type" doc:"材料类型代码" example:"lease-contract"`
	Name      string   `json:"name" doc:"材料名称" example:"房屋租赁合同"`
	Necessity string   `json:"necessity" enum:"required,tolerable,optional" doc:"required 必交，tolerable 可容缺后补，optional 选交" example:"required"`
	Items     []string `json:"items" doc:"哪些事项要"`
	Forms     []string `json:"forms" doc:"怎样交：electronic 电子件，paper 纸质"`
	Waived    string   `json:"waived" doc:"免交的原因；空为要交" example:"已有电子证照，不用提交"`
	Why       []string `json:"why" doc:"为什么要"`
}

// GuideField is a field of the form.
type GuideField struct {
	Code     string   `json:"code" doc:"数据元代码" example:"premises_address"`
	Label    string   `json:"label" doc:"叫什么" example:"经营场所地址"`
	Kind     string   `json:"kind" doc:"填写的种类" example:"address"`
	Optional bool     `json:"optional" doc:"可以不填"`
	Items    []string `json:"items" doc:"哪些事项要"`
	Why      string   `json:"why" doc:"为什么要填" example:"决定由哪个单位办理"`
}

type guideIn struct{ Body Situation }

func (m *Module) apiGuide() web.Route {
	return web.API("POST", "/api/v1/guide", authz.Anyone, "情形导办", func(r *web.Request, in *guideIn) (*web.Answer[Guidance], error) {
		e, err := m.Engine(in.Body.Things...)
		if err != nil {
			return nil, err
		}
		answers, err := e.Relevant(in.Body.Answers)
		if err != nil {
			return nil, err
		}
		o, err := e.Outcome(answers, calendar.DayOf(r.Now))
		if err != nil {
			return nil, err
		}
		asks, err := e.Questions(answers)
		if err != nil {
			return nil, err
		}
		return &web.Answer[Guidance]{Body: guidance(e, answers, o, asks)}, nil
	}).In("情形导办").Unkeyed().Saying("按回答确定要办哪些事项、交哪些材料、填哪些内容、多久、多少钱。第一次只写要办的事，按答复里的 questions 逐步补上回答，直到 decided 为 true。" +
		"什么都不保存，可以随意调用。不需要令牌。")
}

func guidance(e *Engine, answers map[string]any, o Outcome, asks []Ask) Guidance {
	g := Guidance{Things: e.Codes(), Answers: answers, Link: e.Link(answers), Edition: e.Edition().Number, Decided: o.Decided, Questions: []GuideAsk{}, Stops: []GuideStop{},
		Parts: []GuidePart{}, Materials: []GuideNeed{}, Fields: []GuideField{}, FeeCents: o.Total, Promised: o.Promised, Statutory: o.Statutory, Visits: o.Visits}
	for _, a := range asks {
		q := GuideAsk{Code: a.Code, Text: a.Text, Help: a.Help, Kind: a.Kind, Unit: a.Unit, Why: a.Why, Options: []GuideOption{}}
		for _, x := range a.Options {
			q.Options = append(q.Options, GuideOption{x.Code, x.Text})
		}
		g.Questions = append(g.Questions, q)
	}
	for _, s := range o.Stops {
		g.Stops = append(g.Stops, GuideStop{s.Bundle, s.Text, s.Next})
	}
	for _, p := range o.Parts {
		g.Parts = append(g.Parts, GuidePart{p.Item.Code, p.Item.Name, p.Unit.Code, p.After, p.Begin, p.End, p.Why})
	}
	for _, n := range o.Needs {
		g.Materials = append(g.Materials, NeedLine(n))
	}
	for _, f := range o.Form.Fields() {
		if f.Asked() {
			g.Fields = append(g.Fields, GuideField{f.Code, f.Label, string(f.Kind), f.Optional, f.Items, f.Why})
		}
	}
	return g
}

// NeedLine is a material as the API tells it.
func NeedLine(n material.Need) GuideNeed {
	degree := n.Necessity
	if degree == "" {
		degree = material.Required
	}
	return GuideNeed{Type: n.Code, Name: n.Name, Necessity: string(degree), Items: n.Items, Forms: n.Forms, Waived: n.Waiver.Why, Why: n.Why}
}
