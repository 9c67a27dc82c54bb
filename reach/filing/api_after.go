package filing

import (
	"bytes"
	"time"

	"tongban/handling/bundle"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/file"
	"tongban/kernel/problem"
	"tongban/kernel/web"
)

// Letter is what the units ask to be mended in a submission, all at once (一次性告知).
type Letter struct {
	Until string  `json:"until,omitempty" format:"date-time" doc:"从这一刻起就逾期了；没有要补的不写" example:"2026-12-01T00:00:00+08:00"`
	Asked []Asked `json:"asked" doc:"要补的每一项；空的就是没有要补的"`
}

// Asked is one thing to mend.
type Asked struct {
	Kind  string   `json:"kind" enum:"material,element,other" doc:"material 材料，element 填写的内容，other 其他" example:"material"`
	Thing string   `json:"thing,omitempty" doc:"材料类型代码或者数据元代码" example:"lease-contract"`
	Name  string   `json:"name" doc:"补什么" example:"房屋租赁合同"`
	Why   []string `json:"why" doc:"各单位认为哪里不对、怎样补"`
}

// What is sent with the acts on a submission.
type (
	// TakingBack withdraws parts of a submission.
	TakingBack struct {
		Items  []string `json:"items,omitempty" maxItems:"50" doc:"撤回哪些事项，事项代码；不写是所有还没有决定的"`
		Reason string   `json:"reason,omitempty" maxLength:"200" doc:"原因" example:"申请人不再开办"`
	}
	// GoingOn begins parts that waited for a result which failed.
	GoingOn struct {
		Items []string `json:"items" minItems:"1" maxItems:"50" doc:"继续办哪些事项，事项代码"`
	}
	// AskingPart asks for what is ready.
	AskingPart struct{}
	// Mending answers the letter.
	Mending struct {
		Values map[string]string `json:"values,omitempty" doc:"要补的填写内容：数据元代码和值，写法与填表单相同"`
	}
)

type (
	backIn struct {
		Number string `path:"number" maxLength:"40" doc:"提交编号" example:"20261123000018"`
		Body   TakingBack
	}
	onIn struct {
		Number string `path:"number" maxLength:"40" doc:"提交编号" example:"20261123000018"`
		Body   GoingOn
	}
	partIn struct {
		Number string `path:"number" maxLength:"40" doc:"提交编号" example:"20261123000018"`
		Body   AskingPart
	}
	mendIn struct {
		Number string `path:"number" maxLength:"40" doc:"提交编号" example:"20261123000018"`
		Body   Mending
	}
	laterIn struct {
		Number  string `path:"number" maxLength:"40" doc:"提交编号" example:"20261123000018"`
		Type    string `path:"type" maxLength:"100" doc:"材料类型代码" example:"lease-contract"`
		Name    string `query:"name" maxLength:"200" default:"材料" doc:"文件名" example:"租赁合同.pdf"`
		RawBody []byte `contentType:"application/octet-stream"`
	}
	pieceIn struct {
		Number string `path:"number" maxLength:"40" doc:"提交编号" example:"20261123000018"`
		Piece  string `path:"piece" maxLength:"40" doc:"文件编号" example:"01JDQ6Z3K8V7M2N4P6R8T0W2Y5"`
	}
)

// after is what can be done with a submission once it is handed in, by who handed it in or for whom.
func (m *Module) after() []web.Route {
	const at = "/api/v1/submissions/{number}"
	return []web.Route{
		web.API("GET", at+"/correction", authz.SignedIn, "读补正要求", m.correction).In(apiTag).
			Saying("各单位要求补正的全部内容，合在一起（行政许可法第三十二条：一次告知）。没有要补的，asked 是空的。"),
		web.API("POST", at+"/correction/materials/{type}", authz.SignedIn, "补交材料", m.mendFile).In(apiTag).Made().UpTo(file.MaxBytes + 1<<20).
			Saying("补正要求里的材料，请求体就是文件本身。先传齐，再提交补正。"),
		web.API("DELETE", at+"/correction/pieces/{piece}", authz.SignedIn, "删补交的材料", m.unmendFile).In(apiTag).
			Saying("删去一个补交的文件，提交补正之前可以。"),
		web.API("POST", at+"/supplement", authz.SignedIn, "提交补正", m.supplement).In(apiTag).
			Saying("补正要求里的都补齐以后提交，各办件退回原经办人接着办。还缺的，errors 逐项说明，什么都不会提交。"),
		web.API("POST", at+"/later/{type}", authz.SignedIn, "补交容缺的材料", m.handInLater).In(apiTag).Made().UpTo(file.MaxBytes + 1<<20).
			Saying("受理时容许缺的材料，在事项办结前补交。请求体就是文件本身。"),
		web.API("POST", at+"/withdraw", authz.SignedIn, "撤回整件事", m.withdraw).In(apiTag).
			Saying("作出决定以前撤回全部或者其中几个事项，排在后面的事项随之不办。"),
		web.API("POST", at+"/continue", authz.SignedIn, "继续办后面的事项", m.goOn).In(apiTag).
			Saying("前面的事项没有办成、申请人另有同样的证照的，继续办排在它后面的事项，由办理单位核对。"),
		web.API("POST", at+"/partly", authz.SignedIn, "先领已办好的", m.partly).In(apiTag).
			Saying("不等全部办好，先领已经办好的。只有申请人提出才分开送达。"),
	}
}

// submitted finds a submission for who handed it in or for whom it was handed in; for others there is none.
func (m *Module) submitted(r *web.Request, v *db.View, number string) (bundle.Submission, error) {
	s, err := m.bundles.ByNumber(r.Ctx, v, number)
	if err == nil && !concerns(r.Actor, s) {
		err = problem.NotFound("没有这个编号的申请，请核对编号")
	}
	return s, err
}

// acting runs a command on a submission and answers with what it then is.
func (m *Module) acting(r *web.Request, name, number string, do func(tx *db.Tx, s bundle.Submission) error) (*web.Answer[Receipt], error) {
	out, err := web.Do(r, name, func(tx *db.Tx) (Receipt, error) {
		s, err := m.submitted(r, &tx.View, number)
		if err != nil {
			return Receipt{}, err
		}
		if err := do(tx, s); err != nil {
			return Receipt{}, err
		}
		now, err := m.bundles.Find(r.Ctx, &tx.View, s.ID)
		if err != nil {
			return Receipt{}, err
		}
		return m.receiptOf(r.Ctx, &tx.View, now)
	})
	return &web.Answer[Receipt]{Body: out}, err
}

func (m *Module) correction(r *web.Request, in *receiptIn) (*web.Answer[Letter], error) {
	s, err := m.submitted(r, r.View, in.Number)
	if err != nil {
		return nil, err
	}
	l, err := m.letterOf(r, r.View, s)
	return &web.Answer[Letter]{Body: l}, err
}

func (m *Module) letterOf(r *web.Request, v *db.View, s bundle.Submission) (Letter, error) {
	out := Letter{Asked: []Asked{}}
	open, err := m.bundles.Corrections(r.Ctx, v, s.ID)
	if until := open.Until(); !until.IsZero() {
		out.Until = until.In(web.Beijing).Format(time.RFC3339)
	}
	for _, g := range open.Gaps() {
		out.Asked = append(out.Asked, Asked{Kind: g.Kind, Thing: g.Thing, Name: g.Name, Why: g.Why})
	}
	return out, err
}

// received keeps a file that a call carries, for who may hand it in.
func (m *Module) received(r *web.Request, in *laterIn) ([]file.Blob, error) {
	if _, err := m.submitted(r, r.View, in.Number); err != nil {
		return nil, err
	}
	blob, err := m.k.Files.Receive(r.Ctx, r.View, in.Name, bytes.NewReader(in.RawBody))
	return []file.Blob{blob}, err
}

func (m *Module) mendFile(r *web.Request, in *laterIn) (*web.Answer[Receipt], error) {
	files, err := m.received(r, in)
	if err != nil {
		return nil, err
	}
	return m.acting(r, "bundle.letter-add", in.Number, func(tx *db.Tx, s bundle.Submission) error {
		return m.bundles.AddToLetter(r.Ctx, tx, s.ID, in.Type, files)
	})
}

func (m *Module) unmendFile(r *web.Request, in *pieceIn) (*web.Answer[Receipt], error) {
	return m.acting(r, "bundle.letter-detach", in.Number, func(tx *db.Tx, s bundle.Submission) error {
		return m.bundles.TakeFromLetter(r.Ctx, tx, s.ID, in.Piece)
	})
}

func (m *Module) supplement(r *web.Request, in *mendIn) (*web.Answer[Receipt], error) {
	return m.acting(r, "bundle.supplement", in.Number, func(tx *db.Tx, s bundle.Submission) error {
		w, err := m.bundles.WorkOf(r.Ctx, &tx.View, s)
		if err != nil {
			return err
		}
		values, err := read(w.Form, in.Body.Values, tx.Now)
		if err != nil {
			return err
		}
		return m.bundles.Supplement(r.Ctx, tx, s.ID, bundle.Mending{Values: values})
	})
}

func (m *Module) handInLater(r *web.Request, in *laterIn) (*web.Answer[Receipt], error) {
	files, err := m.received(r, in)
	if err != nil {
		return nil, err
	}
	return m.acting(r, "bundle.hand-in-later", in.Number, func(tx *db.Tx, s bundle.Submission) error {
		return m.bundles.HandInLater(r.Ctx, tx, s.ID, in.Type, files)
	})
}

func (m *Module) withdraw(r *web.Request, in *backIn) (*web.Answer[Receipt], error) {
	items := in.Body.Items
	if len(items) == 0 {
		items = []string{""} // all that are not decided
	}
	return m.acting(r, "bundle.withdraw", in.Number, func(tx *db.Tx, s bundle.Submission) error {
		for _, item := range items {
			if err := m.bundles.Withdraw(r.Ctx, tx, s.ID, item, in.Body.Reason); err != nil {
				return err
			}
		}
		return nil
	})
}

func (m *Module) goOn(r *web.Request, in *onIn) (*web.Answer[Receipt], error) {
	return m.acting(r, "bundle.continue", in.Number, func(tx *db.Tx, s bundle.Submission) error {
		for _, item := range in.Body.Items {
			if err := m.bundles.Continue(r.Ctx, tx, s.ID, item); err != nil {
				return err
			}
		}
		return nil
	})
}

func (m *Module) partly(r *web.Request, in *partIn) (*web.Answer[Receipt], error) {
	return m.acting(r, "bundle.partly", in.Number, func(tx *db.Tx, s bundle.Submission) error {
		return m.bundles.ReleasePartly(r.Ctx, tx, s.ID)
	})
}
