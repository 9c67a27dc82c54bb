package opinion

import (
	"context"
	"time"

	"tongban/handling/casework"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/web"
)

// Inquiry is a request for an opinion as the API tells it.
type Inquiry struct {
	ID         string `json:"id" doc:"征求意见的编号" example:"01JDQ6Z3K8V7M2N4P6R8T0W2Y8"`
	Case       string `json:"case" doc:"办件编号" example:"TB2025010600001"`
	Unit       string `json:"unit" doc:"征求哪个单位，单位代码" example:"market-regulation"`
	Question   string `json:"question" doc:"征求什么意见" example:"该场所是否通过消防检查"`
	AskedAt    string `json:"asked_at" format:"date-time" doc:"什么时候征求的" example:"2026-11-24T10:00:00+08:00"`
	Due        string `json:"due" format:"date-time" doc:"反馈期限：从这一刻起就超期了" example:"2026-11-28T00:00:00+08:00"`
	Conclusion string `json:"conclusion" enum:",agree,conditions,disagree,recalled" doc:"空还没有反馈，agree 同意，conditions 有条件同意，disagree 不同意，recalled 已撤回" example:"agree"`
	Text       string `json:"text" doc:"反馈的意见" example:"已通过检查"`
	GivenBy    string `json:"given_by" doc:"谁反馈的" example:"何消防"`
}

// Asking asks another unit.
type Asking struct {
	Unit     string `json:"unit" minLength:"1" maxLength:"60" doc:"征求哪个单位，单位代码" example:"market-regulation"`
	Question string `json:"question" minLength:"1" maxLength:"1000" doc:"征求什么意见" example:"该场所是否通过消防检查"`
	Days     int    `json:"days" minimum:"1" maximum:"20" doc:"几个工作日内反馈" example:"3"`
}

// Replying answers for the unit that was asked.
type Replying struct {
	Conclusion string `json:"conclusion" enum:"agree,conditions,disagree" doc:"agree 同意，conditions 有条件同意，disagree 不同意" example:"agree"`
	Text       string `json:"text,omitempty" maxLength:"2000" doc:"意见；有条件同意和不同意的必须写" example:"已通过检查"`
}

// Recalling takes a request back.
type Recalling struct {
	Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"为什么撤回" example:"申请人改了经营场所"`
}

type (
	ofCaseIn struct {
		Number string `path:"number" maxLength:"40" doc:"办件编号" example:"TB2025010600001"`
	}
	askIn struct {
		Number string `path:"number" maxLength:"40" doc:"办件编号" example:"TB2025010600001"`
		Body   Asking
	}
	answerIn struct {
		ID   string `path:"id" maxLength:"40" doc:"征求意见的编号" example:"01JDQ6Z3K8V7M2N4P6R8T0W2Y8"`
		Body Replying
	}
	recallIn struct {
		ID   string `path:"id" maxLength:"40" doc:"征求意见的编号" example:"01JDQ6Z3K8V7M2N4P6R8T0W2Y8"`
		Body Recalling
	}
)

func (m *Module) api() []web.Route {
	const tag = "征求意见"
	return []web.Route{
		web.API("GET", "/api/v1/cases/{number}/opinions", casework.PermRead, "列征求意见", m.apiOf).In(tag).
			Saying("一个办件征求过哪些单位的意见、各是怎样反馈的。"),
		web.API("POST", "/api/v1/cases/{number}/opinions", casework.PermAssess, "征求意见", m.apiAsk).In(tag).Made().Matching().
			Saying("审查中征求另一个单位的意见。办件的期限照常计算；对方有自己的反馈期限，到期没有反馈可以继续办理。"),
		web.API("POST", "/api/v1/opinions/{id}/answer", PermGive, "反馈意见", m.apiAnswer).In(tag).
			Saying("被征求的单位反馈意见，只能反馈一次。"),
		web.API("POST", "/api/v1/opinions/{id}/recall", casework.PermAssess, "撤回征求意见", m.apiRecall).In(tag).
			Saying("不再需要对方的意见时撤回，对方的待办随即消失。"),
	}
}

func inquiryOf(o Opinion, c casework.Case) Inquiry {
	moment := func(t time.Time) string { return t.In(web.Beijing).Format(time.RFC3339) }
	return Inquiry{ID: o.ID, Case: c.Number, Unit: o.Unit, Question: o.Question, AskedAt: moment(o.AskedAt), Due: moment(o.Due), Conclusion: string(o.Conclusion), Text: o.Text, GivenBy: o.GivenName}
}

// readable finds a case for who may see it; for others there is none.
func (m *Module) readable(ctx context.Context, v *db.View, c casework.Case, err error) (casework.Case, error) {
	if err != nil {
		return c, err
	}
	ok, err := m.cases.MayRead(ctx, v, c)
	if err == nil && (!ok || !v.Actor.Official()) {
		err = problem.NotFound("没有这个办件，请核对办件编号")
	}
	return c, err
}

func (m *Module) apiOf(r *web.Request, in *ofCaseIn) (*web.Answer[[]Inquiry], error) {
	found, err := m.cases.ByNumber(r.Ctx, r.View, in.Number)
	c, err := m.readable(r.Ctx, r.View, found, err)
	if err != nil {
		return nil, err
	}
	all, err := m.Of(r.Ctx, r.View, c.ID)
	out := []Inquiry{}
	for _, o := range all {
		out = append(out, inquiryOf(o, c))
	}
	return &web.Answer[[]Inquiry]{Body: out}, err
}

func (m *Module) apiAsk(r *web.Request, in *askIn) (*web.Answer[Inquiry], error) {
	found, err := m.cases.ByNumber(r.Ctx, r.View, in.Number)
	c, err := m.readable(r.Ctx, r.View, found, err)
	if err != nil {
		return nil, err
	}
	out, err := web.Do(r, "opinion.ask", func(tx *db.Tx) (Inquiry, error) {
		now, err := m.cases.Find(r.Ctx, &tx.View, c.ID)
		if err != nil {
			return Inquiry{}, err
		}
		if err := r.Unchanged("办件 "+c.Number, now.Version); err != nil {
			return Inquiry{}, err
		}
		o, err := m.Ask(r.Ctx, tx, c.ID, in.Body.Unit, in.Body.Question, in.Body.Days)
		return inquiryOf(o, c), err
	})
	return &web.Answer[Inquiry]{Body: out}, err
}

// ending carries out what ends a request, for those who may read its case.
func (m *Module) ending(r *web.Request, id, name string, do func(tx *db.Tx) error) (*web.Answer[Inquiry], error) {
	out, err := web.Do(r, name, func(tx *db.Tx) (Inquiry, error) {
		o, err := m.Find(r.Ctx, &tx.View, id)
		if err != nil {
			return Inquiry{}, err
		}
		found, err := m.cases.Find(r.Ctx, &tx.View, o.Case)
		c, err := m.readable(r.Ctx, &tx.View, found, err)
		if err != nil {
			return Inquiry{}, err
		}
		if err := do(tx); err != nil {
			return Inquiry{}, err
		}
		o, err = m.Find(r.Ctx, &tx.View, id)
		return inquiryOf(o, c), err
	})
	return &web.Answer[Inquiry]{Body: out}, err
}

func (m *Module) apiAnswer(r *web.Request, in *answerIn) (*web.Answer[Inquiry], error) {
	return m.ending(r, in.ID, "opinion.give", func(tx *db.Tx) error {
		return m.Give(r.Ctx, tx, in.ID, Conclusion(in.Body.Conclusion), in.Body.Text)
	})
}

func (m *Module) apiRecall(r *web.Request, in *recallIn) (*web.Answer[Inquiry], error) {
	return m.ending(r, in.ID, "opinion.recall", func(tx *db.Tx) error { return m.Recall(r.Ctx, tx, in.ID, in.Body.Reason) })
}
