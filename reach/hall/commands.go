package hall

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"

	"tongban/handling/bundle"
	"tongban/handling/casework"
	"tongban/handling/guide"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/reach/hall/internal/store"
	"tongban/rules/material"
)

// Receive begins an intake: the person or firm at the window is found by its number, or its record is opened.
func (m *Module) Receive(ctx context.Context, tx *db.Tx, a Arrival) (Intake, error) {
	if err := tx.Require(bundle.PermIntake, authz.Place{Unit: tx.Actor.Unit}); err != nil {
		return Intake{}, err
	}
	p, err := m.parties.Ensure(ctx, tx, a.Identity)
	if err != nil {
		return Intake{}, err
	}
	i := Intake{ID: ID(tx.NewID()), Clerk: tx.Actor.ID, ClerkName: tx.Actor.Name, Unit: tx.Actor.Unit, Party: p.ID, PartyName: p.Name, PartyKind: p.Kind,
		Card: a.Card, State: Open, MadeAt: tx.Now, Version: 1}
	err = store.New(tx).Insert(ctx, store.InsertParams{ID: string(i.ID), Clerk: i.Clerk, ClerkName: i.ClerkName, Unit: i.Unit, Party: i.Party, PartyName: i.PartyName,
		PartyKind: i.PartyKind, Card: i.Card, MadeAt: db.At(tx.Now)})
	tx.Record("intake", string(i.ID), "", string(Open), map[string]any{"party": i.Party, "card": i.Card})
	return i, err
}

// Situate keeps what is to be done and in which situation. As soon as nothing is left to ask, the draft is begun, filled with what the county knows of the
// applicant. A changed situation throws the earlier draft away: another list of papers and another form follow from it.
func (m *Module) Situate(ctx context.Context, tx *db.Tx, id ID, e *guide.Engine, answers map[string]any) (Intake, error) {
	i, err := m.own(ctx, &tx.View, id)
	if err != nil {
		return i, err
	}
	if answers, err = e.Relevant(answers); err != nil {
		return i, err
	}
	link := e.Link(answers)
	if i.Draft != "" {
		if link == i.Link {
			return i, nil
		}
		if err := m.bundles.Drop(ctx, tx, bundle.ID(i.Draft), ""); err != nil {
			return i, err
		}
		i.Draft = ""
	}
	i.Link, i.Title = link, e.Name()
	asks, err := e.Questions(answers)
	if err != nil {
		return i, err
	}
	o, err := e.Outcome(answers, today(tx.Now))
	if err != nil {
		return i, err
	}
	if len(asks) == 0 && len(o.Stops) == 0 && len(o.Parts) > 0 {
		d, err := m.bundles.Begin(ctx, tx, bundle.Start{Bundles: e.Codes(), Edition: e.Edition().Number, Answers: answers, Applicant: i.Party, Channel: casework.Counter}, "")
		if err != nil {
			return i, err
		}
		i.Draft = string(d.ID)
	}
	return i, m.save(ctx, tx, &i)
}

// SetMarks keeps what was shown for the materials. Sparing and lacking are noted in the file at once, on their ground; a mark that says something was handed over
// takes such a note back.
func (m *Module) SetMarks(ctx context.Context, tx *db.Tx, id ID, set map[string]Mark) error {
	i, w, err := m.work(ctx, &tx.View, id)
	if err != nil {
		return err
	}
	bad := problem.Invalid("有材料的标记不能用")
	q := store.New(tx)
	for _, typ := range slices.Sorted(maps.Keys(set)) {
		n := slices.IndexFunc(w.Needs, func(n material.Need) bool { return n.Code == typ })
		if n < 0 {
			return problem.Invalid("本次办理不需要这种材料，请刷新材料清单")
		}
		need := w.Needs[n]
		if err := MayMark(need, set[typ], i.Card); err != nil {
			bad = bad.On("mark."+typ, problem.MessageFor(err))
			continue
		}
		if err := m.note(ctx, tx, i, need, set[typ], w.Pieces); err != nil {
			return err
		}
		if err := q.Mark(ctx, store.MarkParams{Intake: string(i.ID), Type: typ, Mark: string(set[typ]), MarkedBy: tx.Actor.ID, At: db.At(tx.Now)}); err != nil {
			return err
		}
	}
	if len(bad.Fields) > 0 {
		return bad
	}
	tx.Record("intake", string(i.ID), "", "", map[string]any{"marks": set})
	return nil
}

// note brings the file into line with a mark.
func (m *Module) note(ctx context.Context, tx *db.Tx, i Intake, n material.Need, mark Mark, there []material.Piece) error {
	for _, p := range there {
		if p.Type == n.Code && (p.State == material.Waived || p.State == material.Lacking) {
			if err := m.materials.Remove(ctx, tx, p.ID); err != nil {
				return err
			}
		}
	}
	switch mark {
	case Spared:
		waiver, _ := MaySpare(n, i.Card)
		_, err := m.materials.Waive(ctx, tx, i.Draft, n.Code, waiver)
		return err
	case Lacking:
		_, err := m.materials.Lack(ctx, tx, i.Draft, n.Code, ToleranceWords(n.Tolerance))
		return err
	}
	return nil
}

// Submit hands the matter in for the applicant: the same command as a citizen's, with the clerk as receiver.
func (m *Module) Submit(ctx context.Context, tx *db.Tx, id ID, c bundle.Closing) (bundle.Submission, error) {
	i, err := m.own(ctx, &tx.View, id)
	if err != nil {
		return bundle.Submission{}, err
	}
	if i.Draft == "" {
		return bundle.Submission{}, problem.Invalid("还没有选好要办的事和情形，不能提交")
	}
	s, err := m.bundles.Submit(ctx, tx, bundle.ID(i.Draft), "", c)
	if err != nil {
		return s, err
	}
	i.Number, i.State, i.SubmittedAt = s.Number, Submitted, tx.Now
	tx.Record("intake", string(i.ID), string(Open), string(Submitted), map[string]string{"number": s.Number})
	return s, m.save(ctx, tx, &i)
}

// GiveUp ends an intake without submitting: the applicant went away. Nothing of what was filled in is kept.
func (m *Module) GiveUp(ctx context.Context, tx *db.Tx, id ID) error {
	i, err := m.own(ctx, &tx.View, id)
	if err != nil {
		return err
	}
	if i.Draft != "" {
		if err := m.bundles.Drop(ctx, tx, bundle.ID(i.Draft), ""); err != nil {
			return err
		}
	}
	i.State, i.Draft = Dropped, ""
	tx.Record("intake", string(i.ID), string(Open), string(Dropped), nil)
	return m.save(ctx, tx, &i)
}

func (m *Module) save(ctx context.Context, tx *db.Tx, i *Intake) error {
	n, err := store.New(tx).Save(ctx, store.SaveParams{Link: i.Link, Title: i.Title, Draft: i.Draft, Number: i.Number, State: string(i.State), SubmittedAt: db.At(i.SubmittedAt), ID: string(i.ID), Version: i.Version})
	if err == nil && n == 0 {
		return problem.Conflict("这次收件刚刚在另一个窗口改过，请刷新后再办")
	}
	i.Version++
	return err
}

// Find reads an intake of the viewer's own, whatever its state.
func (m *Module) Find(ctx context.Context, v *db.View, id ID) (Intake, error) {
	row, err := store.New(v).Find(ctx, string(id))
	if errors.Is(err, sql.ErrNoRows) || err == nil && row.Clerk != v.Actor.ID && v.Actor.Kind != authz.System {
		return Intake{}, problem.NotFound("没有这次收件，或者它是别的窗口收的").WithNext("请从“综合受理”重新开始。")
	}
	if err != nil {
		return Intake{}, fmt.Errorf("hall: %w", err)
	}
	return shown(row), nil
}

// own reads an intake that can still be changed.
func (m *Module) own(ctx context.Context, v *db.View, id ID) (Intake, error) {
	i, err := m.Find(ctx, v, id)
	switch {
	case err != nil:
		return i, err
	case i.State == Submitted:
		return i, problem.Conflict("这次收件已提交，编号 %s，不能再改", i.Number).WithNext("需要补正或撤回的，请打开办件办理。")
	case i.State == Dropped:
		return i, problem.Gone("这次收件已放弃，请重新开始")
	}
	return i, nil
}

// work loads an intake with the draft behind it.
func (m *Module) work(ctx context.Context, v *db.View, id ID) (Intake, bundle.Work, error) {
	i, err := m.own(ctx, v, id)
	if err != nil {
		return i, bundle.Work{}, err
	}
	if i.Draft == "" {
		return i, bundle.Work{}, problem.Conflict("请先选好要办的事，把情形问题答完")
	}
	d, err := m.bundles.FindDraft(ctx, v, bundle.ID(i.Draft), "")
	if err != nil {
		return i, bundle.Work{}, err
	}
	w, err := m.bundles.Work(ctx, v, d)
	return i, w, err
}

// Marks are the marks of an intake by material type.
func (m *Module) Marks(ctx context.Context, v *db.View, id ID) (map[string]Mark, error) {
	rows, err := store.New(v).Marks(ctx, string(id))
	out := map[string]Mark{}
	for _, r := range rows {
		out[r.Type] = Mark(r.Mark)
	}
	return out, err
}

// Mine lists the viewer's newest intakes of a state since the day before yesterday.
func (m *Module) Mine(ctx context.Context, v *db.View, s State, limit int) ([]Intake, error) {
	rows, err := store.New(v).OfClerk(ctx, store.OfClerkParams{Clerk: v.Actor.ID, State: string(s), MadeAt: db.At(v.Now.AddDate(0, 0, -2)), Limit: int32(limit)})
	var out []Intake
	for _, r := range rows {
		out = append(out, shown(r))
	}
	return out, err
}

func shown(r store.HallIntake) Intake {
	return Intake{ID: ID(r.ID), Clerk: r.Clerk, ClerkName: r.ClerkName, Unit: r.Unit, Party: r.Party, PartyName: r.PartyName, PartyKind: r.PartyKind, Card: r.Card,
		Link: r.Link, Title: r.Title, Draft: r.Draft, Number: r.Number, State: State(r.State), MadeAt: r.MadeAt.Time, SubmittedAt: r.SubmittedAt.Time, Version: r.Version}
}
