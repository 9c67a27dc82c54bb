package bundle

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tongban/handling/bundle/internal/store"
	"tongban/handling/casework"
	"tongban/kernel/db"
	"tongban/kernel/file"
	"tongban/kernel/problem"
	"tongban/rules/form"
	"tongban/rules/material"
)

// onCorrection puts what a unit asks to be mended into the applicant's letter. What several units ask before the applicant has opened it
// is one letter, and one SMS (一次性告知).
func (m *Module) onCorrection(ctx context.Context, tx *db.Tx, e casework.CorrectionAsked) error {
	p, ok, err := m.OfCase(ctx, &tx.View, e.CaseID)
	if err != nil || !ok {
		return err
	}
	s, err := m.Find(ctx, &tx.View, p.Submission)
	if err != nil {
		return err
	}
	open, err := m.Corrections(ctx, &tx.View, s.ID)
	if err != nil {
		return err
	}
	letter := ""
	for _, c := range open {
		if c.ReadAt.IsZero() {
			letter = c.Letter
		}
	}
	joined := letter != ""
	if !joined {
		letter = tx.NewID()
	}
	if err := store.New(tx.Deferred()).InsertCorrection(ctx, store.InsertCorrectionParams{ID: tx.NewID(), Letter: letter, Submission: string(s.ID), CaseID: string(e.CaseID),
		ItemName: e.ItemName, Unit: e.Unit, Notice: e.Notice, Defects: db.Pack(e.Defects), UntilAt: db.At(e.Until), AskedAt: db.At(tx.Now)}); err != nil {
		return fmt.Errorf("bundle: correction: %w", err)
	}
	tx.Record("correction", letter, "", "open", map[string]any{"submission": s.ID, "case": e.CaseID, "defects": len(e.Defects)})
	for _, d := range e.Defects { // what was given and is not right goes back to its place in the list of materials
		if d.Kind == casework.OfMaterial {
			if err := m.sendBack(ctx, tx, s.ID, d); err != nil {
				return err
			}
		}
	}
	if joined {
		return nil
	}
	return m.tell(ctx, tx, s, "请补正材料", fmt.Sprintf("您的“%s”（%s）有内容需要补正，请在%s前补齐，只补列出的几项：%s/supplement",
		s.Title, s.Number, casework.LastDay(e.Until), m.link(s)))
}

func (m *Module) sendBack(ctx context.Context, tx *db.Tx, id ID, d casework.Defect) error {
	pieces, err := m.materials.Pieces(ctx, &tx.View, string(id))
	if err != nil {
		return err
	}
	for _, p := range pieces {
		if p.Type != d.Thing || p.State != material.Given && p.State != material.Waived {
			continue
		}
		if err := m.materials.Return(ctx, tx, p.ID, strings.TrimSpace(d.What+"。"+d.How)); err != nil {
			return err
		}
	}
	return nil
}

// onSupplemented closes the letter for a case that was supplemented on another way, such as at the counter.
func (m *Module) onSupplemented(ctx context.Context, tx *db.Tx, e casework.Supplemented) error {
	_, err := store.New(tx).SupplyCorrection(ctx, store.SupplyCorrectionParams{SuppliedAt: db.At(tx.Now), CaseID: string(e.CaseID)})
	return err
}

// Corrections lists what is still to be mended in a submission.
func (m *Module) Corrections(ctx context.Context, v *db.View, id ID) (Corrections, error) {
	rows, err := store.New(v).OpenCorrections(ctx, string(id))
	if err != nil {
		return nil, fmt.Errorf("bundle: %w", err)
	}
	var out Corrections
	for _, row := range rows {
		c, err := shownCorrection(row)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

func shownCorrection(row store.BundleCorrection) (Correction, error) {
	c := Correction{Letter: row.Letter, Case: casework.ID(row.CaseID), ItemName: row.ItemName, Unit: row.Unit, Notice: row.Notice, Until: row.UntilAt.Time,
		AskedAt: row.AskedAt.Time, ReadAt: row.ReadAt.Time}
	return c, row.Defects.Unpack(&c.Defects)
}

// Gap is one thing to mend, whichever units asked for it.
type Gap struct {
	Kind, Thing, Name string
	Why               []string // what each unit found and how to mend it
}

// Gaps merges the findings of several units: each thing is asked once.
func (list Corrections) Gaps() []Gap {
	var out []Gap
	for _, c := range list {
		for _, d := range c.Defects {
			why := c.ItemName + "：" + strings.TrimRight(d.What, "。")
			if d.How != "" {
				why += "。" + strings.TrimRight(d.How, "。")
			}
			why += "。"
			n := -1
			for k, g := range out {
				if g.Kind == d.Kind && g.Thing == d.Thing && (d.Thing != "" || g.Name == d.Name) {
					n = k
				}
			}
			if n < 0 {
				out = append(out, Gap{Kind: d.Kind, Thing: d.Thing, Name: d.Name})
				n = len(out) - 1
			}
			out[n].Why = append(out[n].Why, why)
		}
	}
	return out
}

// Until is the first moment by which something must be mended.
func (list Corrections) Until() time.Time {
	var first time.Time
	for _, c := range list {
		if first.IsZero() || !c.Until.IsZero() && c.Until.Before(first) {
			first = c.Until
		}
	}
	return first
}

// OpenLetter notes that the applicant has seen what is asked; what units ask from now on is another letter.
func (m *Module) OpenLetter(ctx context.Context, tx *db.Tx, id ID) error {
	_, err := store.New(tx).ReadLetters(ctx, store.ReadLettersParams{ReadAt: db.At(tx.Now), Submission: string(id)})
	return err
}

// Mending is what the applicant gives in answer to the letter.
type Mending struct {
	Values []form.Value
	Files  map[string][]file.Blob // by material type
}

// mending loads what is to be mended for who may answer it. Who has shown number and last four digits comes as the receipt itself.
func (m *Module) mending(ctx context.Context, tx *db.Tx, id ID) (Submission, Corrections, error) {
	s, err := m.own(ctx, tx, id)
	if err != nil {
		return s, nil, err
	}
	open, err := m.Corrections(ctx, &tx.View, id)
	if err == nil && len(open) == 0 {
		err = problem.Conflict("现在没有需要补正的内容：可能已经补过了").WithNext("请查看办理进度。")
	}
	return s, open, err
}

// AddToLetter keeps files given in answer to the letter, before it is sent off.
func (m *Module) AddToLetter(ctx context.Context, tx *db.Tx, id ID, typ string, files []file.Blob) error {
	s, open, err := m.mending(ctx, tx, id)
	if err != nil {
		return err
	}
	for _, g := range open.Gaps() {
		if g.Kind == casework.OfMaterial && g.Thing == typ {
			_, err := m.materials.AttachAll(ctx, tx, string(s.ID), typ, material.ByUpload, files)
			return err
		}
	}
	return problem.Invalid("这种材料不用补交，请只补列出的几项")
}

// TakeFromLetter takes away a file that was given in answer to the letter and not sent off yet.
func (m *Module) TakeFromLetter(ctx context.Context, tx *db.Tx, id ID, piece string) error {
	_, open, err := m.mending(ctx, tx, id)
	if err != nil {
		return err
	}
	p, err := m.materials.Find(ctx, &tx.View, piece)
	if err != nil {
		return err
	}
	if p.Group != string(id) || !p.Has() || p.GivenAt.Before(open.since()) {
		return problem.NotFound("没有这个文件，可能已经删除")
	}
	return m.materials.Remove(ctx, tx, piece)
}

// Supplement sends off everything that was asked, in one command: each case goes back to the person who asked (补正提交).
func (m *Module) Supplement(ctx context.Context, tx *db.Tx, id ID, give Mending) error {
	s, open, err := m.mending(ctx, tx, id)
	if err != nil {
		return err
	}
	for typ, files := range give.Files {
		if len(files) == 0 {
			continue
		}
		if err := m.AddToLetter(ctx, tx, id, typ, files); err != nil {
			return err
		}
	}
	before, err := m.forms.Values(ctx, &tx.View, string(id))
	if err != nil {
		return err
	}
	if err := m.forms.Keep(ctx, tx, string(id), form.Reconcile(give.Values, before)); err != nil {
		return err
	}
	if err := m.mended(ctx, &tx.View, s, open, give.Values); err != nil {
		return err
	}
	for _, c := range open {
		if _, err := m.cases.Supplement(ctx, tx, c.Case); err != nil {
			return err
		}
		if _, err := store.New(tx).SupplyCorrection(ctx, store.SupplyCorrectionParams{SuppliedAt: db.At(tx.Now), CaseID: string(c.Case)}); err != nil {
			return err
		}
	}
	tx.Record("submission", string(id), string(s.State), string(s.State), map[string]int{"supplemented": len(open)})
	return m.tell(ctx, tx, s, "补正已提交", fmt.Sprintf("您的“%s”（%s）补正内容已收到，退回原经办人继续办理。进度：%s", s.Title, s.Number, m.link(s)))
}

// mended refuses a half answer: what is asked must all be there.
func (m *Module) mended(ctx context.Context, v *db.View, s Submission, open Corrections, values []form.Value) error {
	pieces, err := m.materials.Pieces(ctx, v, string(s.ID))
	if err != nil {
		return err
	}
	since := open.since()
	bad := problem.Invalid("还有内容没有补齐")
	for _, g := range open.Gaps() {
		switch g.Kind {
		case casework.OfMaterial:
			there := false
			for _, p := range pieces {
				there = there || p.Type == g.Thing && p.Has() && !p.GivenAt.Before(since)
			}
			if !there {
				bad = bad.On(g.Thing, "还没有补交“"+g.Name+"”")
			}
		case casework.OfElement:
			if form.Get(values, g.Thing).Text == "" {
				bad = bad.On(g.Thing, "请填写“"+g.Name+"”")
			}
		}
	}
	if len(bad.Fields) > 0 {
		return bad
	}
	return nil
}

// since is when the first of the corrections was asked: only what was given since then answers it.
func (list Corrections) since() time.Time {
	var first time.Time
	for _, c := range list {
		if first.IsZero() || c.AskedAt.Before(first) {
			first = c.AskedAt
		}
	}
	return first
}
