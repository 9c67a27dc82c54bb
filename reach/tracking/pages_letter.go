package tracking

import (
	"cmp"
	"fmt"

	"tongban/handling/bundle"
	"tongban/handling/casework"
	"tongban/kernel/db"
	"tongban/kernel/file"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/rules/form"
	"tongban/rules/material"
	"tongban/ui"
)

// letter is what the supplement page works on.
type letter struct {
	bundle.Submission
	ed     *pack.Edition
	open   bundle.Corrections
	gaps   []bundle.Gap
	fields form.Form // the fields asked again
	values []form.Value
	pieces []material.Piece
}

func (m *Module) letter(r *web.Request, s bundle.Submission) (letter, error) {
	l := letter{Submission: s}
	var err error
	if l.open, err = m.bundles.Corrections(r.Ctx, r.View, s.ID); err != nil {
		return l, err
	}
	l.gaps = l.open.Gaps()
	w, err := m.bundles.WorkOf(r.Ctx, r.View, s)
	if err != nil {
		return l, err
	}
	l.ed, l.values, l.pieces = w.Ed, w.Values, w.Pieces
	asked := map[string]bool{}
	for _, g := range l.gaps {
		asked[g.Thing] = asked[g.Thing] || g.Kind == casework.OfElement
	}
	l.fields = w.Form
	l.fields.Topics = nil
	for _, t := range w.Form.Topics {
		var fields []form.Field
		for _, f := range t.Fields {
			if asked[f.Code] {
				f.Optional, f.Known, f.Later = false, form.Value{}, "" // asked again, even if the guide had answered it
				fields = append(fields, f)
			}
		}
		if len(fields) > 0 {
			l.fields.Topics = append(l.fields.Topics, form.Topic{Code: t.Code, Title: t.Title, Fields: fields})
		}
	}
	return l, nil
}

func (m *Module) showSupplement(w *web.Response, r *web.Request) error {
	s, ok, err := m.tracked(w, r)
	if err != nil || !ok {
		return err
	}
	l, err := m.letter(r, s)
	if err != nil {
		return err
	}
	if len(l.open) == 0 {
		r.Flash("现在没有需要补正的内容。")
		return w.Go("/t/" + s.Number)
	}
	// Seen: what units ask from now on is another letter.
	act := db.Act{Actor: r.Actor, Name: "bundle.open-letter", Now: r.Now, Key: "letter:" + l.open[len(l.open)-1].Letter + ":" + fmt.Sprint(len(l.open)) + ":" + r.Actor.ID}
	if _, err := m.k.DB.Run(r.Ctx, act, func(tx *db.Tx) error { return m.bundles.OpenLetter(r.Ctx, tx, s.ID) }); err != nil {
		return err
	}
	return w.ShowPublic(supplementFrame(s), m.supplementPage(r, l, l.values, nil))
}

func supplementFrame(s bundle.Submission) ui.PublicPage {
	return frame("补正材料", ui.Link{Label: "办理进度", URL: "/t/" + s.Number})
}

// supplementPage asks only for what is missing, with the reason of each and the deadline.
func (m *Module) supplementPage(r *web.Request, l letter, values []form.Value, cause error) ui.FormPage {
	page := ui.FormPage{Title: "补正材料", Lead: fmt.Sprintf("“%s”有 %d 处需要补正。只补下面列出的，其余不用重交。", l.Title, len(l.gaps)),
		Back: ui.Link{Label: "返回办理进度", URL: "/t/" + l.Number}, Faults: web.Faults(cause),
		Notice: ui.Notice{Tone: ui.Warn, Title: casework.LastDay(l.open.Until()) + "前补齐", Text: "补齐后退回原经办人接着办。等您补正的时间不计入办理时限。来不及的，请在到期前打电话给办理单位说明。"},
		Form:   ui.FormSpec{Action: "/t/" + l.Number + "/supplement", Once: r.Fresh(), Files: true}}
	if cause != nil && len(page.Faults) == 0 {
		page.Notice = ui.Notice{Tone: ui.Bad, Text: problem.MessageFor(cause)}
	}
	wrong := problem.FieldsOf(cause)
	for _, g := range l.gaps {
		why := ui.Notice{Tone: ui.Info, Title: cmp.Or(l.nameOf(g), g.Name), Body: ui.Prose(g.Why)}
		switch g.Kind {
		case casework.OfMaterial:
			t, ok := pack.Find[material.Type](l.ed, material.KindType, g.Thing)
			if !ok {
				t = material.Type{Code: g.Thing, Name: g.Name}
			}
			u := material.Uploader(t, l.of(g.Thing), false)
			u.Error = problem.FieldMessage(cause, g.Thing)
			if !l.OwnedBy(r.Actor) {
				for i := range u.Files {
					u.Files[i].URL = ""
				}
			}
			page.Fields = append(page.Fields, why, u)
		case casework.OfElement:
			page.Fields = append(page.Fields, why)
			for n, t := range l.fields.Topics {
				for k, f := range t.Asked() {
					if f.Code == g.Thing {
						page.Fields = append(page.Fields, l.fields.Components(l.masked(r, values), wrong)[n][k])
					}
				}
			}
		default:
			page.Fields = append(page.Fields, why)
		}
	}
	page.Actions = ui.Actions{ui.Button{Label: "提交补正", Name: "go", Value: "send"}, ui.Button{Label: "先上传选好的文件", Kind: ui.Secondary, Name: "go", Value: "upload"}}
	return page
}

// nameOf is the name of what is asked, as the standard has it.
func (l letter) nameOf(g bundle.Gap) string {
	switch g.Kind {
	case casework.OfMaterial:
		return material.NameOf(l.ed, g.Thing)
	case casework.OfElement:
		return form.LabelOf(l.ed, g.Thing)
	}
	return g.Name
}

// masked leaves personal values out of the boxes for who has only shown number and digits.
func (l letter) masked(r *web.Request, values []form.Value) []form.Value {
	if l.OwnedBy(r.Actor) {
		return values
	}
	var out []form.Value
	for _, v := range values {
		if e, ok := pack.Find[form.Element](l.ed, form.KindElement, v.Element); ok && e.Personal && form.Get(l.values, v.Element).Text == v.Text {
			continue
		}
		out = append(out, v)
	}
	return out
}

// of are the files of a material that were given since it was sent back, and the one sent back while nothing replaces it.
func (l letter) of(typ string) []material.Piece {
	var out []material.Piece
	for _, p := range l.pieces {
		if p.Type == typ && p.File != "" {
			if p.State == material.Returned {
				p.ID = "" // replaced by what comes, not taken away before
			}
			out = append(out, p)
		}
	}
	return out
}

func (m *Module) postSupplement(w *web.Response, r *web.Request) error {
	posted, err := r.Posted()
	if err != nil {
		return err
	}
	s, ok, err := m.tracked(w, r)
	if err != nil || !ok {
		return err
	}
	l, err := m.letter(r, s)
	if err != nil {
		return err
	}
	if len(l.open) == 0 {
		return problem.Conflict("现在没有需要补正的内容：可能已经补过了").WithNext("请查看办理进度。")
	}
	page := "/t/" + s.Number
	if piece := posted.Get("_remove"); piece != "" {
		err := m.as(r, s, "bundle.letter-detach", func(tx *db.Tx) error { return m.bundles.TakeFromLetter(r.Ctx, tx, s.ID, piece) })
		return w.After(err, page+"/supplement")
	}
	give := bundle.Mending{Files: map[string][]file.Blob{}}
	var cause error
	for _, g := range l.gaps {
		if g.Kind != casework.OfMaterial {
			continue
		}
		blobs, err := m.materials.Receive(r.Ctx, r.View, r.MultipartForm, g.Thing)
		if err != nil {
			if !problem.Mendable(err) {
				return err
			}
			cause = problem.Invalid("有文件没有传成功").On(g.Thing, problem.MessageFor(err)).Wrap(err)
			continue
		}
		if len(blobs) > 0 {
			give.Files[g.Thing] = blobs
		}
	}
	values, wrong := l.fields.Read(posted, r.Now)
	give.Values = values
	send := posted.Get("go") != "upload"
	if send && len(wrong) > 0 {
		bad := problem.Invalid("还有内容没有补齐")
		for _, f := range wrong {
			bad = bad.On(f.Name, f.Message)
		}
		cause = bad
	}
	if cause == nil && send {
		cause = m.as(r, s, "bundle.supplement", func(tx *db.Tx) error { return m.bundles.Supplement(r.Ctx, tx, s.ID, give) })
		if cause == nil {
			r.Flash("补正已提交，退回原经办人接着办。")
			return w.Go(page)
		}
		if !problem.Mendable(cause) {
			return cause
		}
	}
	// What could be uploaded is kept, so that nothing is chosen twice.
	kept := m.as(r, s, "bundle.letter-add", func(tx *db.Tx) error {
		for typ, blobs := range give.Files {
			if err := m.bundles.AddToLetter(r.Ctx, tx, s.ID, typ, blobs); err != nil {
				return err
			}
		}
		return nil
	})
	if kept != nil && !problem.Mendable(kept) {
		return kept
	}
	if cause == nil {
		cause = kept
	}
	if cause == nil {
		return w.Go(page + "/supplement")
	}
	if l, err = m.letter(r, s); err != nil {
		return err
	}
	return w.PublicAgain(supplementFrame(s), m.supplementPage(r, l, form.Reconcile(values, l.values), cause))
}
