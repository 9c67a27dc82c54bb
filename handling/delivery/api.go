package delivery

import (
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/web"
)

// ParcelSheet is a parcel as the API tells it.
type ParcelSheet struct {
	ID            string       `json:"id" doc:"送达件编号" example:"01JDQ6Z3K8V7M2N4P6R8T0W2Y6"`
	Title         string       `json:"title" doc:"办的什么事" example:"我要开餐饮店"`
	ApplicantName string       `json:"applicant_name" doc:"申请人" example:"李小满"`
	Outlet        string       `json:"outlet" doc:"在哪个单位的窗口领，单位代码" example:"service-centre"`
	Way           string       `json:"way" enum:"window,post,download" doc:"window 窗口领取，post 邮寄，download 电子送达" example:"window"`
	State         string       `json:"state" enum:"ready,posted,completed" doc:"ready 待领取，posted 已寄出，completed 已送达" example:"ready"`
	Results       []ParcelItem `json:"results" doc:"里面有什么"`
	Version       int64        `json:"version" doc:"版本，与 ETag 相同" example:"1"`
}

// ParcelItem is one result in a parcel.
type ParcelItem struct {
	Name   string `json:"name" doc:"事项名称" example:"食品经营许可"`
	Case   string `json:"case" doc:"办件编号" example:"TB2025010600001"`
	Number string `json:"number" doc:"证照或者文书的编号" example:"JY24311990000012"`
	Given  bool   `json:"given" doc:"已交给申请人" example:"false"`
}

// HandingOver is who takes a parcel at the window.
type HandingOver struct {
	Tail       string `json:"tail" minLength:"4" maxLength:"4" doc:"当面核对的申请人证件号码后四位" example:"0012"`
	Receiver   string `json:"receiver" minLength:"1" maxLength:"100" doc:"领取人姓名" example:"李小满"`
	Agent      bool   `json:"agent,omitempty" doc:"代领" example:"false"`
	NumberKind string `json:"number_kind,omitempty" maxLength:"10" doc:"代领人的证件种类；不写是居民身份证" example:"111"`
	Number     string `json:"number,omitempty" maxLength:"40" doc:"代领人的证件号码" example:"431199199001010010"`
	Authority  string `json:"authority,omitempty" maxLength:"200" doc:"凭什么代领" example:"授权委托书"`
}

// What is sent with the acts beside handing over.
type (
	// Choosing changes how the result is fetched.
	Choosing struct {
		Way     string `json:"way" enum:"window,post,download" doc:"window 窗口领取，post 邮寄，download 电子送达" example:"post"`
		Address string `json:"address,omitempty" maxLength:"200" doc:"邮寄的收件地址，写到门牌号；不写用已有的" example:"南岭县文庙路7号"`
	}
	// Posting says who carries a parcel.
	Posting struct {
		Carrier  string `json:"carrier" minLength:"1" maxLength:"50" doc:"快递公司" example:"邮政快递"`
		Tracking string `json:"tracking" minLength:"6" maxLength:"40" doc:"快递单号" example:"EM431199000CN"`
	}
	// Arriving says who signed.
	Arriving struct {
		Receiver string `json:"receiver,omitempty" maxLength:"100" doc:"谁签收的；不写是申请人" example:"李小满"`
	}
	// Bouncing says why a parcel came back.
	Bouncing struct {
		Reason string `json:"reason" minLength:"1" maxLength:"200" doc:"退回原因" example:"无人签收"`
	}
)

// turnIn is an act on a parcel.
type turnIn[B any] struct {
	ID   string `path:"id" maxLength:"40" doc:"送达件编号" example:"01JDQ6Z3K8V7M2N4P6R8T0W2Y6"`
	Body B
}

type (
	parcelsIn struct {
		State string `query:"state" enum:"ready,posted,completed" doc:"到了哪一步" example:"ready"`
		Way   string `query:"way" enum:"window,post,download" doc:"怎样领" example:"window"`
		After string `query:"after" maxLength:"40" doc:"上一页 Link 里的位置" example:"01JDQ6Z3K8V7M2N4P6R8T0W2Y6"`
		Limit int    `query:"limit" minimum:"1" maximum:"100" default:"50" doc:"一页几件" example:"50"`
	}
	parcelsOut struct {
		Link string `header:"Link" doc:"下一页"`
		Body []ParcelSheet
	}
	parcelIn struct {
		ID string `path:"id" maxLength:"40" doc:"送达件编号" example:"01JDQ6Z3K8V7M2N4P6R8T0W2Y6"`
	}
	parcelOut struct {
		ETag string `header:"ETag" doc:"送达件的版本"`
		Body ParcelSheet
	}
	handIn struct { // huma sees nothing of an embedded type that is not exported
		ID   string `path:"id" maxLength:"40" doc:"送达件编号" example:"01JDQ6Z3K8V7M2N4P6R8T0W2Y6"`
		Body HandingOver
	}
)

func (m *Module) api() []web.Route {
	const tag = "送达"
	return []web.Route{
		web.API("GET", "/api/v1/parcels", PermRead, "列送达件", m.apiParcels).In(tag).
			Saying("权限范围内出件窗口的送达件，新的在前。翻页用答复头 Link。"),
		web.API("GET", "/api/v1/parcels/{id}", PermRead, "读送达件", m.apiParcel).In(tag).
			Saying("一份送达件里有什么、在哪里领。"),
		web.API("POST", "/api/v1/parcels/{id}/hand", PermHand, "当面送达", m.apiHand).In(tag).Matching().
			Saying("核对领取人之后把结果交给他（行政许可法第四十四条：十个工作日内送达）。后四位连续五次不符要等一会儿；代领的要留代领人的证件和授权。全部交付后，相关办件办结。"),
		act(m, "way", "delivery.choose", authz.SignedIn, "改领取方式", "申请人和出件窗口可以改，交付或者寄出以前。改成电子送达的，随即送达。",
			func(r *web.Request, tx *db.Tx, p Parcel, b Choosing) error {
				return m.Choose(r.Ctx, tx, p.ID, b.Way, b.Address, 0)
			}),
		act(m, "post", "delivery.post", PermHand, "登记寄出", "申请人选择邮寄的，登记快递公司和单号，申请人会收到单号。",
			func(r *web.Request, tx *db.Tx, p Parcel, b Posting) error {
				return m.SendOff(r.Ctx, tx, p.ID, b.Carrier, b.Tracking, 0)
			}),
		act(m, "arrive", "delivery.arrive", PermHand, "登记签收", "快递已签收，视为送达；全部交付后，相关办件办结。",
			func(r *web.Request, tx *db.Tx, p Parcel, b Arriving) error {
				_, err := m.Arrive(r.Ctx, tx, p.ID, b.Receiver)
				return err
			}),
		act(m, "bounce", "delivery.bounce", PermHand, "登记退回", "快递退回的，改为窗口领取，并通知申请人。",
			func(r *web.Request, tx *db.Tx, p Parcel, b Bouncing) error {
				return m.Bounce(r.Ctx, tx, p.ID, b.Reason)
			}),
	}
}

// act is the route of one act on a parcel: the command of the page, on the parcel as the caller read it.
func act[B any](m *Module, path, name string, right authz.Permission, title, text string, do func(*web.Request, *db.Tx, Parcel, B) error) web.Route {
	return web.API("POST", "/api/v1/parcels/{id}/"+path, right, title, func(r *web.Request, in *turnIn[B]) (*parcelOut, error) {
		s, err := web.Do(r, name, func(tx *db.Tx) (ParcelSheet, error) {
			seeing := right
			if right == authz.SignedIn {
				seeing = PermRead
			}
			p, err := m.seen(&tx.View, r, in.ID, seeing)
			if err != nil {
				return ParcelSheet{}, err
			}
			if err := r.Unchanged("这份送达件", p.Version); err != nil {
				return ParcelSheet{}, err
			}
			if err := do(r, tx, p, in.Body); err != nil {
				return ParcelSheet{}, err
			}
			after, err := m.Find(r.Ctx, &tx.View, p.ID)
			return parcelSheet(after), err
		})
		return &parcelOut{web.ETag(s.Version), s}, err
	}).In("送达").Saying(text + "答复是办理之后的送达件。").Matching()
}

func parcelSheet(p Parcel) ParcelSheet {
	s := ParcelSheet{ID: string(p.ID), Title: p.Title, ApplicantName: p.ApplicantName, Outlet: p.Outlet, Way: p.Way, State: string(p.State), Results: []ParcelItem{}, Version: p.Version}
	for _, r := range p.Results {
		s.Results = append(s.Results, ParcelItem{r.Name, r.CaseNumber, r.Number, r.Hand != ""})
	}
	return s
}

func (m *Module) apiParcels(r *web.Request, in *parcelsIn) (*parcelsOut, error) {
	list, next, err := m.List(r.Ctx, r.View, Filter{State: State(in.State), Way: in.Way, After: ID(in.After), Limit: in.Limit})
	out := &parcelsOut{Link: r.NextPage(string(next)), Body: []ParcelSheet{}}
	for _, p := range list {
		out.Body = append(out.Body, parcelSheet(p))
	}
	return out, err
}

// seen finds a parcel for who may see it, whose own it is included; for others there is none.
func (m *Module) seen(v *db.View, r *web.Request, id string, right authz.Permission) (Parcel, error) {
	p, err := m.Find(r.Ctx, v, ID(id))
	if err == nil && !v.Actor.May(right, place(p)) && !(right == PermRead && owns(v.Actor, p)) {
		err = problem.NotFound("没有这份送达件")
	}
	return p, err
}

func (m *Module) apiParcel(r *web.Request, in *parcelIn) (*parcelOut, error) {
	p, err := m.seen(r.View, r, in.ID, PermRead)
	return &parcelOut{web.ETag(p.Version), parcelSheet(p)}, err
}

func (m *Module) apiHand(r *web.Request, in *handIn) (*parcelOut, error) {
	p, err := m.seen(r.View, r, in.ID, PermHand)
	if err != nil {
		return nil, err
	}
	if p.State == Ready { // a repetition of a call that was carried out proves nothing again
		same := false
		act := db.Act{Actor: r.Actor, Name: "delivery.recognise", Now: r.Now}
		if _, err := m.k.DB.Run(r.Ctx, act, func(tx *db.Tx) error { same, err = m.Recognise(r.Ctx, tx, p.ID, in.Body.Tail); return err }); err != nil {
			return nil, err
		}
		if !same {
			return nil, problem.Invalid("后四位与申请人登记的证件号码不符，请核对证件").On("body.tail", "请照证件填写后四位")
		}
	}
	b := in.Body
	s, err := web.Do(r, "delivery.hand", func(tx *db.Tx) (ParcelSheet, error) {
		now, err := m.seen(&tx.View, r, in.ID, PermHand)
		if err != nil {
			return ParcelSheet{}, err
		}
		if now.Version == p.Version+1 { // the recognition above counts too
			now.Version = p.Version
		}
		if err := r.Unchanged("这份送达件", now.Version); err != nil {
			return ParcelSheet{}, err
		}
		to := Receiver{Name: b.Receiver, Agent: b.Agent, NumberKind: b.NumberKind, Number: b.Number, Authority: b.Authority}
		if _, err := m.HandOver(r.Ctx, tx, p.ID, to, 0); err != nil {
			return ParcelSheet{}, err
		}
		after, err := m.Find(r.Ctx, &tx.View, p.ID)
		return parcelSheet(after), err
	})
	return &parcelOut{web.ETag(s.Version), s}, err
}
