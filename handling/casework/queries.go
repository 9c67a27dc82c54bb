package casework

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"tongban/base/account"
	"tongban/handling/casework/internal/store"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/rules/licensing"
)

// Place is where the case lies, for questions of right.
func (c Case) Place() authz.Place { return authz.Place{Unit: c.Unit} }

// Find reads a case. Whether the reader may see it is the caller's to ask (MayRead).
func (m *Module) Find(ctx context.Context, v *db.View, id ID) (Case, error) {
	return find(store.New(v).FindCase(ctx, string(id)))
}

// Some reads cases by their ids; what does not exist is not among them.
func (m *Module) Some(ctx context.Context, v *db.View, ids []string) ([]Case, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	w := (&db.Where{}).In("id", ids)
	return shownAll(store.New(v).CasesWhere(ctx, w.String(), w.Args...))
}

// ByNumber reads a case by the number people use.
func (m *Module) ByNumber(ctx context.Context, v *db.View, number string) (Case, error) {
	return find(store.New(v).CaseByNumber(ctx, number))
}

// InGroup lists the cases that came with one submission, in the order of their opening.
func (m *Module) InGroup(ctx context.Context, v *db.View, group string) ([]Case, error) {
	if group == "" {
		return nil, nil
	}
	return shownAll(store.New(v).CasesInBatch(ctx, group))
}

// OfApplicant lists the newest cases of a person or firm.
func (m *Module) OfApplicant(ctx context.Context, v *db.View, party string, limit int) ([]Case, error) {
	if party == "" {
		return nil, nil
	}
	return shownAll(store.New(v).CasesOfApplicant(ctx, store.CasesOfApplicantParams{Applicant: party, Limit: int32(limit)}))
}

// MayRead reports whether the viewer may see the case: staff by right over its unit, the applicant and who acts for him, and
// readers of other modules.
func (m *Module) MayRead(ctx context.Context, v *db.View, c Case) (bool, error) {
	if v.Actor.May(PermRead, c.Place()) || c.owned(v.Actor) {
		return true, nil
	}
	for _, r := range m.readers {
		if ok, err := r(ctx, v, c); err != nil || ok {
			return ok, err
		}
	}
	return false, nil
}

// Deeds are the acts of a case as separation of duties reads them.
func (m *Module) Deeds(ctx context.Context, v *db.View, id ID) ([]authz.Deed, error) {
	rows, err := store.New(v).Deeds(ctx, string(id))
	if err != nil {
		return nil, fmt.Errorf("casework: deeds: %w", err)
	}
	out := make([]authz.Deed, len(rows))
	for i, r := range rows {
		out[i] = authz.Deed{Act: r.Act, Actor: r.Actor}
	}
	return out, nil
}

// Timeline lists what happened to a case, oldest first; public leaves out what is for the office only.
func (m *Module) Timeline(ctx context.Context, v *db.View, id ID, public bool) ([]Deed, error) {
	rows, err := store.New(v).Deeds(ctx, string(id))
	if err != nil {
		return nil, fmt.Errorf("casework: timeline: %w", err)
	}
	var out []Deed
	for _, r := range rows {
		if public && !r.Open {
			continue
		}
		out = append(out, Deed{ID: r.ID, Act: Act(r.Act), Actor: r.Actor, ActorKind: r.ActorKind, ActorName: r.ActorName, Unit: r.Unit, From: State(r.FromState),
			To: State(r.ToState), Note: r.Note, Open: r.Open, At: r.At.Time, LegalAt: r.LegalAt.Time})
	}
	return out, nil
}

// Defects are all things the applicant was told to mend, oldest first.
func (m *Module) Defects(ctx context.Context, v *db.View, id ID) ([]Defect, error) {
	rows, err := store.New(v).Defects(ctx, string(id))
	if err != nil {
		return nil, fmt.Errorf("casework: defects: %w", err)
	}
	var out []Defect
	for _, r := range rows {
		out = append(out, Defect{Kind: r.Kind, Thing: r.Thing, Name: r.Name, What: r.What, How: r.How, Fixed: r.FixedAt.Time})
	}
	return out, nil
}

// Notices are the papers of a case, oldest first.
func (m *Module) Notices(ctx context.Context, v *db.View, id ID) ([]Notice, error) {
	rows, err := store.New(v).Notices(ctx, string(id))
	if err != nil {
		return nil, fmt.Errorf("casework: notices: %w", err)
	}
	var out []Notice
	for _, r := range rows {
		n, err := paper(r)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}

// Notice reads a paper. Whether the reader may see it is the caller's to ask.
func (m *Module) Notice(ctx context.Context, v *db.View, id string) (Notice, error) {
	r, err := store.New(v).FindNotice(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return Notice{}, problem.NotFound("没有这份文书")
	}
	if err != nil {
		return Notice{}, err
	}
	return paper(r)
}

func paper(r store.CaseworkNotice) (Notice, error) {
	n := Notice{ID: r.ID, Case: ID(r.CaseID), Kind: NoticeKind(r.Kind), Number: r.Number, Title: r.Title, Unit: r.Unit, Issuer: r.Issuer,
		IssuedAt: r.IssuedAt.Time, ToldAt: r.ToldAt.Time, ToldHow: r.ToldHow}
	return n, r.Letter.Unpack(&n.Wording)
}

// Assessments are the examinations on file, oldest first; the last one counts.
func (m *Module) Assessments(ctx context.Context, v *db.View, id ID) ([]Assessment, error) {
	rows, err := store.New(v).Assessments(ctx, string(id))
	if err != nil {
		return nil, err
	}
	var out []Assessment
	for _, r := range rows {
		a := Assessment{Grant: r.Grants, Text: r.Words, By: r.Actor, ByName: r.ActorName, At: r.At.Time}
		if err := r.Points.Unpack(&a.Points); err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// Suspensions are the special procedures of a case, oldest first.
func (m *Module) Suspensions(ctx context.Context, v *db.View, id ID) ([]Suspension, error) {
	rows, err := store.New(v).Suspensions(ctx, string(id))
	if err != nil {
		return nil, err
	}
	var out []Suspension
	for _, r := range rows {
		out = append(out, Suspension{Procedure: licensing.ExcludedProcedure(r.Procedure), Name: r.Name, Days: int(r.Days), Reason: r.Reason, Document: r.Document,
			From: r.FromAt.Time, Until: r.UntilAt.Time, Ended: r.EndedAt.Time, EndedNote: r.EndedNote})
	}
	return out, nil
}

// Able lists the people of the case's unit who may do its present step.
func (m *Module) Able(ctx context.Context, v *db.View, c Case) ([]account.Account, error) {
	return m.accounts.InUnit(ctx, v, c.Unit, c.Right())
}

// next says what comes now, to the applicant and to the desk alike.
var next = map[Stage]string{
	StageHold:    "等前面的事项办好后自动开始办理",
	StageReceive: "核对材料，决定受理或者一次告知需要补正的内容",
	StageCorrect: "等申请人补正材料，补齐后即受理",
	StageAssess:  "审查申请材料",
	StageDecide:  "作出准予或者不予的决定",
	StageSuspend: "等特别程序结束后继续审查",
	StageDeliver: "制作证照和文书，送达申请人",
}

// Responsible names the one unit and person who answer for the case now, what comes next and by when (I11). While the step is given to
// nobody in particular, the first of the unit who may do it is named.
func (m *Module) Responsible(ctx context.Context, v *db.View, c Case) (Duty, error) {
	all, err := m.Duties(ctx, v, []Case{c})
	return all[c.ID], err
}

// Duties is Responsible for several cases. A unit is asked once for who may do a step, however many cases lie there.
func (m *Module) Duties(ctx context.Context, v *db.View, cases []Case) (map[ID]Duty, error) {
	type desk struct {
		unit  string
		right authz.Permission
	}
	first := map[desk]string{}
	out := map[ID]Duty{}
	for _, c := range cases {
		unit, _ := m.org.Unit(c.Unit)
		d := Duty{Unit: c.Unit, UnitName: m.org.Name(c.Unit), Phone: unit.Phone, Next: next[c.Stage], By: c.Due}
		if _, item, err := m.Pinned(ctx, v, c); err != nil {
			return nil, err
		} else if item.Phone != "" && item.Unit == c.Unit {
			d.Phone = item.Phone
		}
		var err error
		if d.Person, err = m.holder(ctx, v, c); err != nil {
			return nil, err
		}
		if at := (desk{c.Unit, c.Right()}); d.Person == "" {
			if _, asked := first[at]; !asked {
				able, err := m.Able(ctx, v, c)
				if err != nil {
					return nil, err
				}
				first[at] = ""
				if len(able) > 0 {
					first[at] = able[0].Name
				}
			}
			d.Person = first[at]
		}
		out[c.ID] = d
	}
	return out, nil
}

// holder is the name of whom the step is given to; empty when it is given to nobody, or to somebody whose account is no more.
func (m *Module) holder(ctx context.Context, v *db.View, c Case) (string, error) {
	if c.Holder == "" {
		return "", nil
	}
	a, err := m.accounts.Find(ctx, v, c.Holder)
	if err != nil && problem.KindOf(err) == problem.KindNotFound {
		return "", nil
	}
	return a.Name, err
}
