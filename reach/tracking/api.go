package tracking

import (
	"time"

	"tongban/handling/bundle"
	"tongban/handling/casework"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/rules/material"
)

// tracking is the answer of the API: the same as the page, without names.
type tracking struct {
	Number      string         `json:"number" doc:"提交编号" example:"20261123000018"`
	Title       string         `json:"title" doc:"办的什么事" example:"我要开餐饮店"`
	State       bundle.State   `json:"state" enum:"running,decided,delivered" doc:"整件事到了哪一步" example:"running"`
	StateText   string         `json:"state_text" doc:"状态的中文说法" example:"办理中"`
	SubmittedAt time.Time      `json:"submitted_at" doc:"提交时间"`
	Due         string         `json:"due" doc:"最迟哪天办好，中文" example:"2026年12月7日"`
	ToDo        []string       `json:"to_do" doc:"等申请人做的事；空数组为没有"`
	Parts       []trackingPart `json:"parts" doc:"各事项"`
}

type trackingPart struct {
	Item      string           `json:"item" doc:"事项代码" example:"food-operation-licence"`
	Name      string           `json:"name" doc:"事项名称" example:"食品经营许可"`
	Case      string           `json:"case" doc:"办件编号" example:"TB2025010600001"`
	State     bundle.PartState `json:"state" enum:"waiting,handling,granted,refused,declined,lapsed,withdrawn" doc:"这一项到了哪一步" example:"handling"`
	StateText string           `json:"state_text" doc:"状态的中文说法" example:"办理中"`
	Unit      string           `json:"unit" doc:"办理单位" example:"县行政审批服务局"`
	Phone     string           `json:"phone,omitempty" doc:"办理单位的电话" example:"0735-0000000"`
	Next      string           `json:"next,omitempty" doc:"下一步" example:"决定是否受理"`
	By        string           `json:"by,omitempty" doc:"这一步最迟哪天，中文" example:"2026年11月30日"`
	After     []string         `json:"after" doc:"要先办好的事项代码；空数组为没有"`
}

type trackIn struct {
	Receipt string `path:"receipt" maxLength:"40" doc:"提交编号，14 位数字" example:"20261123000018"`
	Tail    string `query:"tail" maxLength:"10" doc:"申请人证件号码的后四位；申请人本人登录后不用写" example:"002X"`
}

// apiTrack answers who holds a receipt.
func (m *Module) apiTrack() web.Route {
	return web.API("GET", "/api/v1/track/{receipt}", authz.Anyone, "查询办理进度", func(r *web.Request, in *trackIn) (*web.Answer[tracking], error) {
		s, err := m.bundles.ByNumber(r.Ctx, r.View, in.Receipt)
		if err != nil && problem.KindOf(err) != problem.KindNotFound {
			return nil, err
		}
		if err != nil || !s.OwnedBy(r.Actor) {
			act := db.Act{Actor: r.Actor, Name: "tracking.wrong-tail", Now: r.Now}
			run := func(do func(*db.Tx) error) error { _, err := m.k.DB.Run(r.Ctx, act, do); return err }
			s, err = m.Prove(r.Ctx, run, r.View, in.Receipt, in.Tail, r.Subscriber())
		}
		if problem.KindOf(err) == problem.KindInvalid && err != nil {
			err = problem.NotFound("%s", problem.MessageFor(err)) // the same for a wrong number and for wrong digits
		}
		if err != nil {
			return nil, err
		}
		x, err := m.see(r, s)
		return &web.Answer[tracking]{Body: m.tracking(x)}, err
	}).In("查进度").Saying("凭提交编号和申请人证件号码后四位查办理进度：每个事项由谁办、到了哪一步、最迟哪天、要不要申请人做什么。不需要令牌。" +
		"编号或者后四位不对，答复都是 404；连续输错要等一会儿（429）。答复里没有申请人的姓名和号码。")
}

func (m *Module) tracking(x seen) tracking {
	out := tracking{Number: x.Number, Title: x.Title, State: x.State, StateText: x.State.Label(), SubmittedAt: x.SubmittedAt, Due: x.dueValue(), ToDo: []string{}, Parts: []trackingPart{}}
	for _, g := range x.open.Gaps() {
		out.ToDo = append(out.ToDo, "补正："+g.Name)
	}
	for _, g := range x.later {
		out.ToDo = append(out.ToDo, "容缺补交："+material.NameOf(x.ed, g.Type))
	}
	for _, p := range x.parts {
		d := x.duties[p.Case]
		out.Parts = append(out.Parts, trackingPart{Item: p.Item, Name: p.ItemName, Case: p.CaseNumber, State: p.State, StateText: p.Tag().Text, Unit: m.org.Name(p.Unit),
			Phone: d.Phone, Next: d.Next, By: casework.LastDay(d.By), After: append([]string{}, p.After...)})
	}
	return out
}
