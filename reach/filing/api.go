package filing

import (
	"bytes"
	"context"
	"slices"
	"time"

	"tongban/base/party"
	"tongban/handling/bundle"
	"tongban/handling/casework"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/file"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/rules/form"
	"tongban/rules/material"
)

type (
	beginIn  struct{ Body Beginning }
	draftIn  struct{ Where }
	sheetOut struct {
		ETag string `header:"ETag" doc:"草稿的版本"`
		Body Sheet
	}
	fillIn struct {
		Where
		Body Filling
	}
	answerIn struct {
		Where
		Body Answering
	}
	uploadIn struct {
		Where
		Type    string `path:"type" maxLength:"100" doc:"材料类型代码" example:"lease-contract"`
		Name    string `query:"name" maxLength:"200" default:"材料" doc:"文件名" example:"租赁合同.pdf"`
		RawBody []byte `contentType:"application/octet-stream"`
	}
	detachIn struct {
		Where
		Piece string `path:"piece" maxLength:"40" doc:"文件编号" example:"01JDQ6Z3K8V7M2N4P6R8T0W2Y5"`
	}
	submitIn struct {
		Where
		Body Closing
	}
	receiptIn struct {
		Number string `path:"number" maxLength:"40" doc:"提交编号" example:"20261123000018"`
	}
)

// Where is the draft that a call is about.
type Where struct {
	ID string `path:"id" maxLength:"40" doc:"草稿编号" example:"01JDQ6Z3K8V7M2N4P6R8T0W2Y4"`
}

const apiTag = "申报"

func (m *Module) api() []web.Route {
	return append([]web.Route{
		web.API("POST", "/api/v1/drafts", authz.SignedIn, "开始申报", m.begin).In(apiTag).Made().
			Saying("按情形导办的回答开始一份草稿，自动带出已知的内容。接入应用要有“代填代交”权限（bundle.intake），写明申请人；登录的群众为自己办。九十天没有动的草稿自动删除。"),
		web.API("GET", "/api/v1/drafts/{id}", authz.SignedIn, "读草稿", m.read).In(apiTag).
			Saying("草稿的表单、材料、还缺什么：missing 为空就可以提交。个人信息只显示是否已填。"),
		web.API("PUT", "/api/v1/drafts/{id}/fields", authz.SignedIn, "填表单", m.fill).In(apiTag).Matching().
			Saying("填写表单的几项，没有写的不变。值按数据元的种类核对，有一项不对就都不保存，errors 逐项说明。"),
		web.API("PUT", "/api/v1/drafts/{id}/answers", authz.SignedIn, "改回答", m.reanswer).In(apiTag).Matching().
			Saying("改变情形导办的回答：要办的事项、要填的内容、要交的材料随之改变，已填的内容保留。"),
		web.API("POST", "/api/v1/drafts/{id}/materials/{type}", authz.SignedIn, "上传材料", m.upload).In(apiTag).Made().UpTo(file.MaxBytes + 1<<20).
			Saying("请求体就是文件本身。文件种类按内容识别，支持 PDF、JPG、PNG 等，超过大小、种类不对的不收。"),
		web.API("DELETE", "/api/v1/drafts/{id}/pieces/{piece}", authz.SignedIn, "删材料", m.detach).In(apiTag).
			Saying("删去一个已上传的文件。"),
		web.API("POST", "/api/v1/drafts/{id}/submit", authz.SignedIn, "提交申请", m.submit).In(apiTag).Made().
			Saying("提交草稿：得到一个编号，各事项分头开始办理，各单位五个工作日内决定是否受理（行政许可法第三十二条）。还缺内容的，errors 逐项说明，什么都不会提交。"),
		web.API("DELETE", "/api/v1/drafts/{id}", authz.SignedIn, "删草稿", m.drop).In(apiTag).
			Saying("删去草稿，填写的内容和材料一并删除。"),
		web.API("GET", "/api/v1/submissions/{number}", authz.SignedIn, "读申报结果", m.receipt).In(apiTag).
			Saying("自己提交的（或者代为提交的）一件事办到了哪一步：各事项的办件编号、单位、结果、证照编号。"),
	}, m.after()...)
}

func (m *Module) begin(r *web.Request, in *beginIn) (*sheetOut, error) {
	b := in.Body
	return m.changing(r, "bundle.begin", func(tx *db.Tx) (bundle.ID, error) {
		s := bundle.Start{Bundles: b.Things, Answers: b.Answers, Channel: casework.Online}
		if b.Applicant == nil && r.Actor.Official() {
			return "", problem.Invalid("请写明申请人").On("body.applicant", "接入应用和工作人员代为申请，要写明为谁申请")
		}
		if b.Applicant != nil {
			if !r.Actor.Official() {
				return "", problem.Invalid("登录的群众为自己办，不写申请人").On("body.applicant", "请删去这一项")
			}
			if err := tx.Require(bundle.PermIntake, authz.Place{Unit: tx.Actor.Unit}); err != nil {
				return "", err
			}
			p, err := m.parties.Ensure(r.Ctx, tx, party.Identity{Kind: b.Applicant.Kind, Name: b.Applicant.Name, NumberKind: b.Applicant.numberKind(), Number: b.Applicant.Number, Phone: b.Applicant.Phone})
			if err != nil {
				return "", err
			}
			s.Applicant = p.ID
		}
		d, err := m.bundles.Begin(r.Ctx, tx, s, "")
		return d.ID, err
	})
}

func (a Applicant) numberKind() string {
	if a.NumberKind == "" && a.Kind == party.Company {
		return party.NumberUSCC
	}
	return a.NumberKind
}

// changing runs a command on a draft and answers with the draft as it then is.
func (m *Module) changing(r *web.Request, name string, do func(tx *db.Tx) (bundle.ID, error)) (*sheetOut, error) {
	s, err := web.Do(r, name, func(tx *db.Tx) (Sheet, error) {
		id, err := do(tx)
		if err != nil {
			return Sheet{}, err
		}
		return m.sheet(r.Ctx, &tx.View, id)
	})
	return &sheetOut{web.ETag(s.Version), s}, err
}

// of finds the draft of a call, as the caller read it.
func (m *Module) of(r *web.Request, v *db.View, id string) (bundle.Draft, error) {
	d, err := m.bundles.FindDraft(r.Ctx, v, bundle.ID(id), "")
	if err != nil {
		return d, err
	}
	return d, r.Unchanged("这份草稿", d.Version)
}

func (m *Module) read(r *web.Request, in *draftIn) (*sheetOut, error) {
	s, err := m.sheet(r.Ctx, r.View, bundle.ID(in.ID))
	return &sheetOut{web.ETag(s.Version), s}, err
}

func (m *Module) fill(r *web.Request, in *fillIn) (*sheetOut, error) {
	return m.changing(r, "bundle.fill", func(tx *db.Tx) (bundle.ID, error) {
		d, err := m.of(r, &tx.View, in.ID)
		if err != nil {
			return "", err
		}
		w, err := m.bundles.Work(r.Ctx, &tx.View, d)
		if err != nil {
			return "", err
		}
		values, err := read(w.Form, in.Body.Values, tx.Now)
		if err != nil {
			return "", err
		}
		return d.ID, m.bundles.Fill(r.Ctx, tx, d.ID, "", values, "")
	})
}

func (m *Module) reanswer(r *web.Request, in *answerIn) (*sheetOut, error) {
	return m.changing(r, "bundle.reanswer", func(tx *db.Tx) (bundle.ID, error) {
		d, err := m.of(r, &tx.View, in.ID)
		if err != nil {
			return "", err
		}
		return d.ID, m.bundles.Reanswer(r.Ctx, tx, d.ID, "", in.Body.Answers)
	})
}

func (m *Module) upload(r *web.Request, in *uploadIn) (*sheetOut, error) {
	if _, err := m.of(r, r.View, in.ID); err != nil {
		return nil, err
	}
	blob, err := m.k.Files.Receive(r.Ctx, r.View, in.Name, bytes.NewReader(in.RawBody))
	if err != nil {
		return nil, err
	}
	return m.changing(r, "bundle.attach", func(tx *db.Tx) (bundle.ID, error) {
		return bundle.ID(in.ID), m.bundles.Attach(r.Ctx, tx, bundle.ID(in.ID), "", bundle.Files{in.Type: {blob}}, "")
	})
}

func (m *Module) detach(r *web.Request, in *detachIn) (*sheetOut, error) {
	return m.changing(r, "bundle.detach", func(tx *db.Tx) (bundle.ID, error) {
		return bundle.ID(in.ID), m.bundles.Detach(r.Ctx, tx, bundle.ID(in.ID), "", in.Piece)
	})
}

func (m *Module) drop(r *web.Request, in *draftIn) (*sheetOut, error) {
	return m.changing(r, "bundle.drop", func(tx *db.Tx) (bundle.ID, error) {
		return bundle.ID(in.ID), m.bundles.Drop(r.Ctx, tx, bundle.ID(in.ID), "")
	})
}

// wayElement holds how the result is wanted, for items that ask it in the form.
const wayElement = "delivery_way"

func (m *Module) submit(r *web.Request, in *submitIn) (*web.Answer[Receipt], error) {
	out, err := web.Do(r, "bundle.submit", func(tx *db.Tx) (Receipt, error) {
		d, err := m.of(r, &tx.View, in.ID)
		if err != nil {
			return Receipt{}, err
		}
		way := bundle.Way(in.Body.Way)
		if way == "" && d.State == "open" {
			w, err := m.bundles.Work(r.Ctx, &tx.View, d)
			if err != nil {
				return Receipt{}, err
			}
			way = bundle.Way(form.Get(w.Values, wayElement).Text)
		}
		s, err := m.bundles.Submit(r.Ctx, tx, d.ID, "", bundle.Closing{Way: way, Declared: in.Body.Declared})
		if err != nil {
			return Receipt{}, err
		}
		return m.receiptOf(r.Ctx, &tx.View, s)
	})
	return &web.Answer[Receipt]{Body: out}, err
}

func (m *Module) receipt(r *web.Request, in *receiptIn) (*web.Answer[Receipt], error) {
	s, err := m.submitted(r, r.View, in.Number)
	if err != nil {
		return nil, err
	}
	out, err := m.receiptOf(r.Ctx, r.View, s)
	return &web.Answer[Receipt]{Body: out}, err
}

// concerns reports whether somebody submitted, or for whom it was submitted.
func concerns(a authz.Actor, s bundle.Submission) bool {
	return a.ID == s.Agent || a.Kind == authz.Citizen && (a.ID == s.Account || a.Party != "" && a.Party == s.Applicant)
}

func (m *Module) receiptOf(ctx context.Context, v *db.View, s bundle.Submission) (Receipt, error) {
	out := Receipt{Number: s.Number, Title: s.Title, State: string(s.State), StateText: s.State.Label(), SubmittedAt: s.SubmittedAt, Parts: []Part{}}
	if !s.Due.IsZero() {
		out.Due = s.Due.In(web.Beijing).Format(time.RFC3339)
	}
	parts, err := m.bundles.Parts(ctx, v, s.ID)
	for _, p := range parts {
		out.Parts = append(out.Parts, Part{Item: p.Item, Name: p.ItemName, Case: p.CaseNumber, Unit: m.org.Name(p.Unit), State: string(p.State), StateText: bundle.PartLabel(p.State),
			After: append([]string{}, p.After...), Reason: p.Reason, LicenceNumber: p.LicenceNumber})
	}
	return out, err
}

func (m *Module) sheet(ctx context.Context, v *db.View, id bundle.ID) (Sheet, error) {
	d, err := m.bundles.FindDraft(ctx, v, id, "")
	if err != nil {
		return Sheet{}, err
	}
	w, err := m.bundles.Work(ctx, v, d)
	if err != nil {
		return Sheet{}, err
	}
	s := Sheet{ID: string(d.ID), Title: d.Title, State: d.State, Edition: d.Edition, Answers: d.Answers, Items: []string{}, Fields: []Field{}, Materials: []Need{}, Missing: []Gap{},
		UpdatedAt: d.UpdatedAt, Version: d.Version}
	for _, i := range w.Items() {
		s.Items = append(s.Items, i.Code)
	}
	for _, f := range w.Form.Fields() {
		s.Fields = append(s.Fields, fieldOf(f, form.Get(w.Values, f.Code)))
	}
	for _, n := range w.Needs {
		s.Materials = append(s.Materials, needOf(n, w.Pieces))
	}
	if d.State == "open" {
		for _, f := range w.Missing() {
			s.Missing = append(s.Missing, Gap{f.Name, f.Message})
		}
		s.Ready = len(s.Missing) == 0 && w.Decided && len(w.Stops) == 0
	}
	return s, nil
}

func fieldOf(f form.Field, v form.Value) Field {
	if v.Text == "" {
		v = f.Known
	}
	out := Field{Code: f.Code, Label: f.Label, Topic: f.Topic, Kind: string(f.Kind), Help: f.Help, Options: []Option{}, Optional: f.Optional, Asked: f.Asked(), Filled: v.Text != "",
		Value: v.Text, Source: v.Source}
	if f.Personal { // who fills knows it; who reads later does not need it
		out.Value = ""
	}
	for _, o := range f.Options {
		out.Options = append(out.Options, Option{o.Code, o.Text})
	}
	return out
}

func needOf(n material.Need, pieces []material.Piece) Need {
	out := Need{Type: n.Code, Name: n.Name, Necessity: string(n.Necessity), Waived: n.Waiver.Why, Given: []Item{}}
	if out.Necessity == "" {
		out.Necessity = string(material.Required)
	}
	for _, p := range pieces {
		if p.Type == n.Code && p.Has() {
			out.Given = append(out.Given, Item{p.ID, p.Name, p.Size})
		}
	}
	return out
}

// read takes the named values into the form, as if they had been typed there. One that cannot be read refuses all.
func read(f form.Form, typed map[string]string, now time.Time) ([]form.Value, error) {
	bad := problem.Invalid("有几项不能用，请按提示修改")
	for code := range typed {
		if x, ok := f.Field(code); !ok || !x.Asked() {
			bad = bad.On("body.values."+code, "本次办理不用填这一项")
		}
	}
	posted := map[string][]string{}
	var topics []form.Topic
	for _, t := range f.Topics {
		t.Fields = slices.DeleteFunc(slices.Clone(t.Fields), func(x form.Field) bool {
			text, named := typed[x.Code]
			posted[x.Code] = []string{text}
			return !named || !x.Asked()
		})
		for n := range t.Fields {
			t.Fields[n].Optional = true // what is still missing is told when the whole is submitted
		}
		topics = append(topics, t)
	}
	f.Topics = topics
	values, faults := f.Read(posted, now)
	for _, x := range faults {
		bad = bad.On("body.values."+x.Name, x.Message)
	}
	if len(bad.Fields) > 0 {
		return nil, bad
	}
	return values, nil
}
