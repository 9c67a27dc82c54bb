package casefile

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"tongban/handling/casework"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	kept "tongban/kernel/file"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/rules/form"
	"tongban/rules/material"
)

// Contents are what the applicant filled in and handed in, as far as this item needs it.
type Contents struct {
	Number    string            `json:"number" doc:"办件编号" example:"TB2025010600001"`
	Full      bool              `json:"full" doc:"个人信息是完整的；否则隐去一部分" example:"false"`
	Values    []ContentValue    `json:"values" doc:"填写的内容，按事项的顺序"`
	Materials []ContentMaterial `json:"materials" doc:"交来的材料"`
}

// ContentValue is one thing filled in.
type ContentValue struct {
	Element string `json:"element" doc:"数据元代码" example:"premises_address"`
	Name    string `json:"name" doc:"名称" example:"经营场所"`
	Value   string `json:"value" doc:"规范写法；个人信息没有写明目的时不给" example:"431199001|解放路1号"`
	Text    string `json:"text" doc:"给人看的写法" example:"南岭县城关镇解放路1号"`
	Source  string `json:"source" doc:"从哪里带出来的；自己填的为空" example:"营业执照"`
}

// ContentMaterial is one piece handed in, or the note that it is spared or lacking.
type ContentMaterial struct {
	ID    string `json:"id" doc:"文件编号，读文件时用" example:"01JDQ6Z3K8V7M2N4P6R8T0W2Y5"`
	Type  string `json:"type" doc:"材料类型代码" example:"lease-contract"`
	Name  string `json:"name" doc:"材料名称" example:"房屋租赁合同"`
	File  string `json:"file" doc:"文件名；没有文件的为空" example:"租赁合同.pdf"`
	Size  int64  `json:"size" doc:"字节数" example:"120034"`
	State string `json:"state" enum:"given,waived,lacking,returned" doc:"given 已交，waived 免交，lacking 容缺待补，returned 退回补正" example:"given"`
	Note  string `json:"note" doc:"为什么免交、容缺、退回" example:"由本次办理的营业执照代替"`
}

// Purpose is why personal data are read.
type Purpose struct {
	Purpose string `json:"purpose" minLength:"2" maxLength:"60" doc:"查看的目的，记入审计日志，申请人看得到" example:"核对身份证件号码"`
}

// Service is how a paper reached the applicant.
type Service struct {
	How string `json:"how,omitempty" maxLength:"100" doc:"怎样送达的；不写是当面送达" example:"挂号信"`
}

// Served is a paper that reached the applicant.
type Served struct {
	ID     string `json:"id" doc:"文书标识" example:"01JDQ6Z3K8V7M2N4P6R8T0W2Y7"`
	Number string `json:"number" doc:"文号" example:"南审批受〔2026〕1号"`
	Case   string `json:"case" doc:"办件编号" example:"TB2025010600001"`
}

type (
	contentsIn struct {
		Number string `path:"number" maxLength:"40" doc:"办件编号" example:"TB2025010600001"`
	}
	readingIn struct {
		Number string `path:"number" maxLength:"40" doc:"办件编号" example:"TB2025010600001"`
		Body   Purpose
	}
	fileIn struct {
		Number string `path:"number" maxLength:"40" doc:"办件编号" example:"TB2025010600001"`
		Piece  string `path:"piece" maxLength:"40" doc:"文件编号" example:"01JDQ6Z3K8V7M2N4P6R8T0W2Y5"`
		Body   Purpose
	}
	servedIn struct {
		ID   string `path:"id" maxLength:"40" doc:"文书标识" example:"01JDQ6Z3K8V7M2N4P6R8T0W2Y7"`
		Body Service
	}
	paperIn struct {
		ID string `path:"id" maxLength:"40" doc:"文书标识" example:"01JDQ6Z3K8V7M2N4P6R8T0W2Y7"`
	}
)

func (m *Module) api() []web.Route {
	const tag = "案卷"
	return []web.Route{
		web.API("GET", "/api/v1/cases/{number}/contents", casework.PermRead, "读申请内容", m.apiContents).In(tag).
			Saying("申请人填写的内容和交来的材料，只有本事项需要的部分。个人信息隐去一部分；要看完整的，用“读完整的申请内容”。"),
		web.API("POST", "/api/v1/cases/{number}/reading", casework.PermReveal, "读完整的申请内容", m.apiReading).In(tag).
			Saying("写明目的，读完整的申请内容，包括个人信息（个人信息保护法第六条）。每次查看连同目的记入审计日志。"),
		web.API("POST", "/api/v1/cases/{number}/materials/{piece}/reading", casework.PermReveal, "读材料文件", m.apiFile).In(tag).Giving().
			Saying("写明目的，读一个材料文件，答复就是文件本身。每次查看连同目的记入审计日志。"),
		web.API("GET", "/api/v1/papers/{id}", authz.SignedIn, "读文书", m.apiPaper).In(tag).Giving().
			Saying("办件的文书（受理通知书、补正告知书、决定书等），PDF。能看这个办件的才能看。"),
		web.API("POST", "/api/v1/papers/{id}/served", casework.PermAccept, "登记文书送达", m.apiServed).In(tag).
			Saying("文书已经用平台以外的途径送达申请人的，登记怎样送达的。"),
	}
}

// opened is a case with what belongs to it, for programs and people of the office.
func (m *Module) opened(r *web.Request, number string) (*file, error) {
	c, err := m.cases.ByNumber(r.Ctx, r.View, number)
	if err != nil {
		return nil, err
	}
	ok, err := m.cases.MayRead(r.Ctx, r.View, c)
	if err != nil {
		return nil, err
	}
	if !ok || !r.Actor.Official() {
		return nil, problem.NotFound("没有这个办件，请核对办件编号")
	}
	return m.file(r, c)
}

func (m *Module) contents(f *file, full bool) Contents {
	out := Contents{Number: f.Number, Full: full, Values: []ContentValue{}, Materials: []ContentMaterial{}}
	for _, v := range f.values {
		e, known := pack.Find[form.Element](f.ed, form.KindElement, v.Element)
		one := ContentValue{Element: v.Element, Name: elementName(f.ed, v.Element), Value: v.Text, Text: form.ShownInFull(f.ed, v.Element, v.Text), Source: v.Source}
		if !full && (e.Personal || !known) {
			one.Value, one.Text = "", form.Shown(f.ed, v.Element, v.Text)
		}
		out.Values = append(out.Values, one)
	}
	for _, p := range f.pieces {
		out.Materials = append(out.Materials, ContentMaterial{p.ID, p.Type, materialName(f.ed, p.Type), p.Name, p.Size, string(p.State), p.Note})
	}
	return out
}

func (m *Module) apiServed(r *web.Request, in *servedIn) (*web.Answer[Served], error) {
	out, err := web.Do(r, "casework.serve", func(tx *db.Tx) (Served, error) {
		n, err := m.cases.Notice(r.Ctx, &tx.View, in.ID)
		if err != nil {
			return Served{}, err
		}
		c, err := m.cases.Find(r.Ctx, &tx.View, n.Case)
		if err != nil {
			return Served{}, err
		}
		may, err := m.cases.MayRead(r.Ctx, &tx.View, c)
		if err == nil && !may {
			err = problem.NotFound("没有这份文书")
		}
		if err != nil {
			return Served{}, err
		}
		return Served{n.ID, n.Number, c.Number}, m.cases.Serve(r.Ctx, tx, n.ID, in.Body.How)
	})
	return &web.Answer[Served]{Body: out}, err
}

func (m *Module) apiContents(r *web.Request, in *contentsIn) (*web.Answer[Contents], error) {
	f, err := m.opened(r, in.Number)
	if err != nil {
		return nil, err
	}
	return &web.Answer[Contents]{Body: m.contents(f, false)}, nil
}

// reading puts on record who reads what for which purpose, before anything is shown (I16). The content itself is no part of the answer that
// is kept for a repetition.
func (m *Module) reading(r *web.Request, f *file, purpose, what string) error {
	if purpose = strings.TrimSpace(purpose); len([]rune(purpose)) < 2 {
		return problem.Invalid("请写明查看的目的，会记入审计日志").On("body.purpose", "请写明目的")
	}
	_, err := r.Act("casework.reveal", func(tx *db.Tx) error {
		if err := tx.Require(casework.PermReveal, f.Place()); err != nil {
			return err
		}
		return tx.Read(db.Reading{Party: f.Applicant, Kind: "case", ID: string(f.ID), What: what, Purpose: purpose, About: f.Number + " " + f.ItemName})
	})
	return err
}

func (m *Module) apiReading(r *web.Request, in *readingIn) (*web.Answer[Contents], error) {
	f, err := m.opened(r, in.Number)
	if err != nil {
		return nil, err
	}
	if !r.Actor.May(casework.PermReveal, f.Place()) {
		return nil, problem.Forbidden("没有查看完整个人信息的权限（%s）", casework.PermReveal)
	}
	if err := m.reading(r, f, in.Body.Purpose, fmt.Sprintf("申请表全文（%d 项）", len(f.values))); err != nil {
		return nil, err
	}
	return &web.Answer[Contents]{Body: m.contents(f, true)}, nil
}

func (m *Module) apiFile(r *web.Request, in *fileIn) (*web.File, error) {
	f, err := m.opened(r, in.Number)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(f.pieces, func(p material.Piece) bool { return p.ID == in.Piece && p.File != "" })
	if at < 0 {
		return nil, problem.NotFound("这个办件没有这个材料文件")
	}
	if !r.Actor.May(casework.PermReveal, f.Place()) {
		return nil, problem.Forbidden("没有查看完整个人信息的权限（%s）", casework.PermReveal)
	}
	p := f.pieces[at]
	o, err := kept.Find(r.Ctx, r.View, p.File)
	if err != nil {
		return nil, err
	}
	content, err := m.k.Files.Open(o.Hash)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	bytes, err := io.ReadAll(content)
	if err != nil {
		return nil, err
	}
	if err := m.reading(r, f, in.Body.Purpose, materialName(f.ed, p.Type)); err != nil {
		return nil, err
	}
	return web.Attached(o.Name, o.Kind.MIME(), bytes), nil
}

func (m *Module) apiPaper(r *web.Request, in *paperIn) (*web.File, error) {
	n, err := m.cases.Notice(r.Ctx, r.View, in.ID)
	if err != nil {
		return nil, err
	}
	c, err := m.cases.Find(r.Ctx, r.View, n.Case)
	if err != nil {
		return nil, err
	}
	ok, err := m.cases.MayRead(r.Ctx, r.View, c)
	if err == nil && !ok {
		err = problem.NotFound("没有这份文书")
	}
	if err != nil {
		return nil, err
	}
	paper, err := m.cases.PDF(n)
	if err != nil {
		return nil, err
	}
	return web.Attached(n.Title+"-"+c.Number+".pdf", "application/pdf", paper), nil
}
