package bundle

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tongban/handling/bundle/internal/store"
	"tongban/handling/casework"
	"tongban/handling/guide"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/file"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/rules/catalogue"
	"tongban/rules/form"
	"tongban/rules/material"
)

// purposeProof binds the index of a guest's proof to this use.
const purposeProof = "bundle.proof"

// Begin starts a draft and fills it with what the county already knows of the applicant. A person who is not signed in shows the proof
// later; staff fill for an applicant and need PermIntake.
func (m *Module) Begin(ctx context.Context, tx *db.Tx, s Start, proof Proof) (Draft, error) {
	d := Draft{ID: ID(tx.NewID()), Applicant: s.Applicant, Channel: s.Channel, Answers: s.Answers, State: "open", MadeAt: tx.Now, UpdatedAt: tx.Now, Version: 1}
	switch tx.Actor.Kind {
	case authz.Citizen:
		d.Account, d.Applicant = tx.Actor.ID, tx.Actor.Party
	case authz.Guest:
		if len(proof) < 20 {
			return d, problem.Invalid("您的浏览器没有保存登录状态（Cookie），无法保存草稿。请允许本网站使用 Cookie，或者登录后再办")
		}
		d.secret, d.Applicant = m.k.Keys.Index(purposeProof, string(proof)), ""
	case authz.Staff, authz.Client:
		if err := tx.Require(PermIntake, authz.Place{Unit: tx.Actor.Unit}); err != nil {
			return d, err
		}
		d.Agent, d.Unit = tx.Actor.ID, tx.Actor.Unit
	default:
		d.Agent = tx.Actor.ID
	}
	if d.Channel == "" {
		d.Channel = casework.Online
		if tx.Actor.Kind == authz.Staff {
			d.Channel = casework.Counter
		}
	}
	ed := m.k.Library.Current()
	if s.Edition != 0 {
		var err error
		if ed, err = m.k.Library.At(ctx, &tx.View, s.Edition); err != nil {
			return d, err
		}
	}
	engine, err := guide.NewEngine(ed, s.Bundles...)
	if err != nil {
		return d, err
	}
	d.Edition, d.Bundles, d.Title = ed.Number, engine.Codes(), engine.Name()
	d.Slug = strings.Join(d.Bundles, "+")
	if d.Answers, err = engine.Relevant(d.Answers); err != nil {
		return d, err
	}
	if err := store.New(tx).InsertDraft(ctx, store.InsertDraftParams{ID: string(d.ID), Account: d.Account, Secret: d.secret, Applicant: d.Applicant, Agent: d.Agent,
		Unit: d.Unit, Channel: string(d.Channel), Bundles: db.Pack(d.Bundles), Slug: d.Slug, Title: d.Title, Edition: d.Edition, Answers: db.Pack(d.Answers),
		MadeAt: db.At(tx.Now)}); err != nil {
		return d, fmt.Errorf("bundle: begin: %w", err)
	}
	tx.Record("draft", string(d.ID), "", "open", map[string]any{"bundles": d.Bundles, "edition": d.Edition})
	if tx.Actor.Official() && d.Applicant != "" { // what the county knows of her fills the form before somebody else's eyes
		if err := tx.Read(db.Reading{Party: d.Applicant, Kind: "draft", ID: string(d.ID), What: "登记的身份、联系方式和以前填过的内容", Purpose: "代为填写申请", About: d.Title}); err != nil {
			return d, err
		}
	}
	return d, m.prefill(ctx, tx, d)
}

// prefill keeps what the sources know for fields that hold nothing yet.
func (m *Module) prefill(ctx context.Context, tx *db.Tx, d Draft) error {
	if d.Applicant == "" {
		return nil
	}
	w, err := m.Work(ctx, &tx.View, d)
	if err != nil {
		return err
	}
	values, err := m.forms.Prefill(ctx, &tx.View, d.Applicant, w.Form)
	if err != nil {
		return err
	}
	values = slices.DeleteFunc(values, func(v form.Value) bool { return w.value(v.Element).Text != "" })
	return m.forms.Keep(ctx, tx, string(d.ID), values)
}

// Work is a draft with all that is computed from it: what is to be done, the one form, the one list of materials, and what is given so far.
type Work struct {
	Draft
	Ed     *pack.Edition
	Engine *guide.Engine
	guide.Outcome
	Values []form.Value
	Pieces []material.Piece
}

// Work loads a draft's work.
func (m *Module) Work(ctx context.Context, v *db.View, d Draft) (Work, error) {
	w := Work{Draft: d}
	var err error
	if w.Ed, err = m.k.Library.At(ctx, v, d.Edition); err != nil {
		return w, err
	}
	var held []string // what the applicant holds may spare him papers
	if d.Applicant != "" {
		if held, err = m.licences.Types(ctx, v, d.Applicant); err != nil {
			return w, err
		}
	}
	plan, err := m.plans.of(w.Ed, d, held, calendar.DayOf(v.Now))
	if err != nil {
		return w, err
	}
	w.Engine, w.Outcome = plan.engine, plan.outcome
	if w.Values, err = m.forms.Values(ctx, v, string(d.ID)); err != nil {
		return w, err
	}
	w.Pieces, err = m.materials.Pieces(ctx, v, string(d.ID))
	return w, err
}

// value is what a field of the work holds.
func (w Work) value(element string) form.Value {
	for _, v := range w.Values {
		if v.Element == element {
			return v
		}
	}
	if f, ok := w.Form.Field(element); ok {
		return f.Known
	}
	return form.Value{}
}

// Missing lists what must still be given before the draft can be submitted, by the name of the control; the message says how to mend it.
func (w Work) Missing() []problem.Field {
	var out []problem.Field
	for _, f := range w.Form.Fields() {
		if !f.Optional && w.value(f.Code).Text == "" {
			out = append(out, problem.Field{Name: f.Code, Message: "还没有填写“" + f.Label + "”"})
		}
	}
	for _, n := range material.Missing(w.Needs, w.Pieces) {
		if n.Necessity == material.Required && slices.Contains(n.Forms, "electronic") {
			out = append(out, problem.Field{Name: n.Code, Message: "还没有上传“" + n.Name + "”"})
		}
	}
	return out
}

// ElementWay holds how the result is wanted, for items that ask it in the form.
const ElementWay = "delivery_way"

// Ways are the ways of getting the result that every item of the matter offers.
func (w Work) Ways() []Way {
	var out []Way
	for _, way := range []Way{AtWindow, ByPost, Download} {
		if !slices.ContainsFunc(w.Items(), func(i catalogue.Item) bool {
			return len(i.Result.Delivery) > 0 && !slices.Contains(i.Result.Delivery, string(way))
		}) {
			out = append(out, way)
		}
	}
	if len(out) == 0 {
		out = []Way{AtWindow}
	}
	return out
}

// WorkOf is the work of what was submitted, as it stands now.
func (m *Module) WorkOf(ctx context.Context, v *db.View, s Submission) (Work, error) {
	return m.Work(ctx, v, Draft{ID: s.ID, Bundles: s.Bundles, Edition: s.Edition, Answers: s.Answers})
}

// FindDraft reads a draft for who may see it: its owner, the clerk who fills it, or the guest whose session began it.
func (m *Module) FindDraft(ctx context.Context, v *db.View, id ID, proof Proof) (Draft, error) {
	row, err := store.New(v).Draft(ctx, string(id))
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Draft{}, fmt.Errorf("bundle: %w", err)
	}
	d, bad := shownDraft(row)
	if err != nil || !m.mayFill(v.Actor, d, proof) {
		return Draft{}, problem.NotFound("没有这份草稿：可能已经提交、删除，或者是在另一台设备上没有登录时填的").
			WithNext("登录后在“我的—草稿”里查看；没有的话，请重新开始办理。")
	}
	return d, bad
}

// mayFill decides whose draft it is.
func (m *Module) mayFill(a authz.Actor, d Draft, proof Proof) bool {
	switch {
	case a.Kind == authz.System:
		return true
	case d.Account == "" && d.secret != "":
		return proof != "" && m.k.Keys.Index(purposeProof, string(proof)) == d.secret
	case a.Kind == authz.Citizen:
		return d.Account == a.ID
	case a.Official():
		return d.Agent == a.ID
	}
	return false
}

// change loads a draft that is still open, for a command.
func (m *Module) change(ctx context.Context, tx *db.Tx, id ID, proof Proof) (Draft, error) {
	d, err := m.FindDraft(ctx, &tx.View, id, proof)
	if err != nil {
		return d, err
	}
	switch d.State {
	case "submitted":
		return d, m.already(ctx, &tx.View, d)
	case "dropped":
		return d, problem.Gone("这份草稿已经删除，请重新开始办理")
	}
	return d, nil
}

// touch saves the draft itself.
func (m *Module) touch(ctx context.Context, tx *db.Tx, d Draft) error {
	n, err := store.New(tx).TouchDraft(ctx, store.TouchDraftParams{Step: d.Step, Answers: db.Pack(d.Answers), Applicant: d.Applicant,
		UpdatedAt: db.At(tx.Now), ID: string(d.ID), Version: d.Version})
	if err == nil && n == 0 {
		return problem.Conflict("这份草稿刚刚在另一个窗口改过，请刷新后再填")
	}
	return err
}

// Fill keeps values of the form and where the person is now. A value that a source had given and the person changed keeps both.
func (m *Module) Fill(ctx context.Context, tx *db.Tx, id ID, proof Proof, values []form.Value, step string) error {
	d, err := m.change(ctx, tx, id, proof)
	if err != nil {
		return err
	}
	before, err := m.forms.Values(ctx, &tx.View, string(id))
	if err != nil {
		return err
	}
	if err := m.forms.KeepOver(ctx, tx, string(id), form.Reconcile(values, before), before); err != nil {
		return err
	}
	if step != "" {
		d.Step = step
	}
	return m.touch(ctx, tx, d)
}

// Reanswer changes the answers of a draft: what is to be done, filled and handed in follows; what was filled stays.
func (m *Module) Reanswer(ctx context.Context, tx *db.Tx, id ID, proof Proof, answers map[string]any) error {
	d, err := m.change(ctx, tx, id, proof)
	if err != nil {
		return err
	}
	ed, err := m.k.Library.At(ctx, &tx.View, d.Edition)
	if err != nil {
		return err
	}
	engine, err := guide.NewEngine(ed, d.Bundles...)
	if err != nil {
		return err
	}
	if d.Answers, err = engine.Relevant(answers); err != nil {
		return err
	}
	d.Step = ""
	tx.Record("draft", string(id), "open", "open", map[string]any{"answers": len(d.Answers)})
	if err := m.touch(ctx, tx, d); err != nil {
		return err
	}
	d.Version++
	return m.prefill(ctx, tx, d)
}

// Files are received files by the type of material under which they are handed in.
type Files map[string][]file.Blob

// Attach hands in files under types of material that the matter needs, and keeps where the person is now.
func (m *Module) Attach(ctx context.Context, tx *db.Tx, id ID, proof Proof, files Files, step string) error {
	d, err := m.change(ctx, tx, id, proof)
	if err != nil {
		return err
	}
	w, err := m.Work(ctx, &tx.View, d)
	if err != nil {
		return err
	}
	for typ := range files {
		if !slices.ContainsFunc(w.Needs, func(n material.Need) bool { return n.Code == typ }) {
			return problem.Invalid("本次办理不需要这种材料，不用上传")
		}
	}
	source := material.ByUpload
	if d.Channel == casework.Counter {
		source = material.AtCounter
	}
	if _, err := m.materials.AttachMany(ctx, tx, string(id), source, files); err != nil {
		return err
	}
	if step != "" {
		d.Step = step
	}
	return m.touch(ctx, tx, d)
}

// Reuse hands in again what the applicant gave in an earlier matter.
func (m *Module) Reuse(ctx context.Context, tx *db.Tx, id ID, proof Proof, piece string) error {
	d, err := m.change(ctx, tx, id, proof)
	if err != nil {
		return err
	}
	if d.Applicant == "" {
		return problem.Unauthenticated("登录后才能从以前的材料中选取")
	}
	if _, err := m.materials.Reuse(ctx, tx, string(id), d.Applicant, piece); err != nil {
		return err
	}
	return m.touch(ctx, tx, d)
}

// Detach takes a piece away again.
func (m *Module) Detach(ctx context.Context, tx *db.Tx, id ID, proof Proof, piece string) error {
	d, err := m.change(ctx, tx, id, proof)
	if err != nil {
		return err
	}
	pieces, err := m.materials.Pieces(ctx, &tx.View, string(id))
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(pieces, func(p material.Piece) bool { return p.ID == piece }) {
		return problem.NotFound("没有这个文件，可能已经删除")
	}
	if err := m.materials.Remove(ctx, tx, piece); err != nil {
		return err
	}
	return m.touch(ctx, tx, d)
}

// Claim moves a guest's draft to the account that has signed in since, and fills in what is known of the person.
func (m *Module) Claim(ctx context.Context, tx *db.Tx, id ID, proof Proof) error {
	d, err := m.change(ctx, tx, id, proof)
	if err != nil || d.Account != "" {
		return err
	}
	if tx.Actor.Kind != authz.Citizen {
		return problem.Unauthenticated("请先登录")
	}
	n, err := store.New(tx).ClaimDraft(ctx, store.ClaimDraftParams{Account: tx.Actor.ID, Applicant: tx.Actor.Party, UpdatedAt: db.At(tx.Now), ID: string(id), Version: d.Version})
	if err != nil || n == 0 {
		return err
	}
	tx.Record("draft", string(id), "open", "open", map[string]string{"claimed_by": tx.Actor.ID})
	d.Account, d.Applicant = tx.Actor.ID, tx.Actor.Party
	return m.prefill(ctx, tx, d)
}

// Applicant says for whom a clerk fills the draft.
func (m *Module) Applicant(ctx context.Context, tx *db.Tx, id ID, party string) error {
	d, err := m.change(ctx, tx, id, "")
	if err != nil {
		return err
	}
	d.Applicant = party
	if err := m.touch(ctx, tx, d); err != nil {
		return err
	}
	tx.Record("draft", string(id), "open", "open", map[string]string{"applicant": party})
	return m.prefill(ctx, tx, d)
}

// Drop throws a draft away, by its owner or after ninety days.
func (m *Module) Drop(ctx context.Context, tx *db.Tx, id ID, proof Proof) error {
	if _, err := m.change(ctx, tx, id, proof); err != nil {
		return err
	}
	if _, err := store.New(tx).EndDraft(ctx, store.EndDraftParams{State: "dropped", UpdatedAt: db.At(tx.Now), ID: string(id)}); err != nil {
		return err
	}
	tx.Record("draft", string(id), "open", "dropped", nil)
	// What is not needed is not kept.
	return errors.Join(m.forms.Forget(ctx, tx, string(id)), m.materials.Forget(ctx, tx, string(id)))
}

func shownDraft(row store.BundleDraft) (Draft, error) {
	d := Draft{ID: ID(row.ID), Account: row.Account, Applicant: row.Applicant, Agent: row.Agent, Unit: row.Unit, Channel: casework.Channel(row.Channel),
		Slug: row.Slug, Title: row.Title, Edition: row.Edition, Step: row.Step, State: row.State, MadeAt: row.MadeAt.Time,
		UpdatedAt: row.UpdatedAt.Time, Version: row.Version, secret: row.Secret}
	return d, errors.Join(row.Bundles.Unpack(&d.Bundles), row.Answers.Unpack(&d.Answers))
}
