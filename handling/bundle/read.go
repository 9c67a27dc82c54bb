package bundle

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"tongban/handling/bundle/internal/store"
	"tongban/handling/casework"
	"tongban/handling/guide"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/problem"
)

// Find reads a submission. Whether the viewer may see it is for the caller to decide.
func (m *Module) Find(ctx context.Context, v *db.View, id ID) (Submission, error) {
	return shown(store.New(v).Submission(ctx, string(id)))
}

// ByNumber reads a submission by its number.
func (m *Module) ByNumber(ctx context.Context, v *db.View, number string) (Submission, error) {
	return shown(store.New(v).ByNumber(ctx, Tidy(number)))
}

// Parts lists the parts of a submission in the order of the plan.
func (m *Module) Parts(ctx context.Context, v *db.View, id ID) ([]Part, error) {
	return shownParts(store.New(v).Parts(ctx, string(id)))
}

// ofCases reads the parts behind cases; a case that came alone has none.
func (m *Module) ofCases(ctx context.Context, v *db.View, cases []string) ([]Part, error) {
	return shownParts(store.New(v).PartsOfCases(ctx, cases))
}

// OfCase finds the part behind a case; false when the case came alone.
func (m *Module) OfCase(ctx context.Context, v *db.View, id casework.ID) (Part, bool, error) {
	parts, err := m.ofCases(ctx, v, []string{string(id)})
	if err != nil || len(parts) == 0 {
		return Part{}, false, err
	}
	return parts[0], true, nil
}

func shownParts(rows []store.BundlePart, err error) ([]Part, error) {
	if err != nil {
		return nil, fmt.Errorf("bundle: %w", err)
	}
	out := make([]Part, 0, len(rows))
	for _, row := range rows {
		p, err := shownPart(row)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

func shown(row store.BundleSubmission, err error) (Submission, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return Submission{}, problem.NotFound("没有这个编号的申请，请核对编号")
	}
	if err != nil {
		return Submission{}, fmt.Errorf("bundle: %w", err)
	}
	s := Submission{ID: ID(row.ID), Number: row.Number, Title: row.Title, Lead: row.Lead, Edition: row.Edition, Account: row.Account, Applicant: row.Applicant,
		ApplicantName: row.ApplicantName, Agent: row.Agent, AgentName: row.AgentName, Channel: casework.Channel(row.Channel), Way: Way(row.Way), State: State(row.State),
		PartialAt: row.PartialAt.Time, SubmittedAt: row.SubmittedAt.Time, Due: row.DueAt.Time, DecidedAt: row.DecidedAt.Time, DeliveredAt: row.DeliveredAt.Time,
		Version: row.Version}
	return s, errors.Join(row.Bundles.Unpack(&s.Bundles), row.Answers.Unpack(&s.Answers), row.Declared.Unpack(&s.Declared))
}

func shownPart(row store.BundlePart) (Part, error) {
	p := Part{Submission: ID(row.Submission), Item: row.Item, ItemName: row.ItemName, Case: casework.ID(row.CaseID), CaseNumber: row.CaseNumber, Unit: row.Unit,
		Why: row.Why, State: PartState(row.State), Blocked: row.Blocked, Reason: row.Reason, Notice: row.Notice, Licence: row.Licence, LicenceNumber: row.LicenceNumber,
		Ready: row.Ready, Parcel: row.Parcel, DecidedAt: row.DecidedAt.Time, DeliveredAt: row.DeliveredAt.Time}
	return p, row.AfterItems.Unpack(&p.After)
}

// Plan is what the things would bring about under the answers, by an edition: for those who want to know before they begin.
func (m *Module) Plan(ctx context.Context, v *db.View, s Start) (guide.Outcome, error) {
	ed := m.k.Library.Current()
	if s.Edition != 0 {
		var err error
		if ed, err = m.k.Library.At(ctx, v, s.Edition); err != nil {
			return guide.Outcome{}, err
		}
	}
	e, err := guide.NewEngine(ed, s.Bundles...)
	if err != nil {
		return guide.Outcome{}, err
	}
	o, err := e.Outcome(s.Answers, calendar.DayOf(v.Now))
	o.Needs = selfMade(o.Needs)
	return o, err
}

// MayRead decides who reads a submission in full: its applicant, who acts for him, and staff who may read one of its cases. Others
// must show its number and the last digits (reach/tracking).
func (m *Module) MayRead(ctx context.Context, v *db.View, s Submission) (bool, error) {
	if s.OwnedBy(v.Actor) {
		return true, nil
	}
	if v.Actor.Kind != authz.Staff {
		return false, nil
	}
	if lead := (authz.Place{Unit: s.Lead}); v.Actor.May(PermIntake, lead) || v.Actor.May(casework.PermRead, lead) {
		return true, nil // the lead unit answers for the whole, also where it decides no part of it
	}
	parts, err := m.Parts(ctx, v, s.ID)
	if err != nil {
		return false, err
	}
	for _, p := range parts {
		if v.Actor.May(casework.PermRead, authz.Place{Unit: p.Unit}) {
			return true, nil
		}
	}
	return false, nil
}

// mayReadFiles lets the owner of a draft or submission, and who handles one of its cases, read its files.
func (m *Module) mayReadFiles(ctx context.Context, v *db.View, group string) error {
	if d, err := m.FindDraft(ctx, v, ID(group), ""); err == nil && d.State == "open" {
		return nil
	}
	s, err := m.Find(ctx, v, ID(group))
	if err != nil {
		return err
	}
	ok, err := m.MayRead(ctx, v, s)
	if err == nil && !ok {
		err = problem.NotFound("没有这个文件，或者您不能查看")
	}
	return err
}

// Mine lists the newest submissions of the viewer, by account or party, before the given id.
func (m *Module) Mine(ctx context.Context, v *db.View, before ID, limit int) ([]Submission, error) {
	if before == "" {
		before = "~"
	}
	rows, err := store.New(v).SubmissionsOf(ctx, store.SubmissionsOfParams{Account: v.Actor.ID, Applicant: partyOf(v), ID: string(before), Limit: int32(limit)})
	if err != nil {
		return nil, fmt.Errorf("bundle: %w", err)
	}
	out := make([]Submission, 0, len(rows))
	for _, row := range rows {
		s, err := shown(row, nil)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// partyOf is the viewer's party; a dash, which is nobody's, for who has none.
func partyOf(v *db.View) string { return cmp.Or(v.Actor.Party, "-") }

// PartsOfMine gives the parts of a page of the viewer's submissions, as Mine listed them.
func (m *Module) PartsOfMine(ctx context.Context, v *db.View, page []Submission) (map[ID][]Part, error) {
	out := map[ID][]Part{}
	if len(page) == 0 {
		return out, nil
	}
	rows, err := store.New(v).PartsOfMine(ctx, store.PartsOfMineParams{Account: v.Actor.ID, Applicant: partyOf(v), ID: string(page[len(page)-1].ID), ID_2: string(page[0].ID)})
	if err != nil {
		return nil, fmt.Errorf("bundle: %w", err)
	}
	for _, row := range rows {
		p, err := shownPart(row)
		if err != nil {
			return nil, err
		}
		out[p.Submission] = append(out[p.Submission], p)
	}
	return out, nil
}

// CorrectionsOfMine gives what is still to be mended in a page of the viewer's submissions.
func (m *Module) CorrectionsOfMine(ctx context.Context, v *db.View, page []Submission) (map[ID]Corrections, error) {
	out := map[ID]Corrections{}
	if len(page) == 0 {
		return out, nil
	}
	rows, err := store.New(v).OpenCorrectionsOfMine(ctx, store.OpenCorrectionsOfMineParams{Account: v.Actor.ID, Applicant: partyOf(v), ID: string(page[len(page)-1].ID), ID_2: string(page[0].ID)})
	if err != nil {
		return nil, fmt.Errorf("bundle: %w", err)
	}
	for _, row := range rows {
		c, err := shownCorrection(row)
		if err != nil {
			return nil, err
		}
		out[ID(row.Submission)] = append(out[ID(row.Submission)], c)
	}
	return out, nil
}

// Drafts lists the unfinished drafts of the viewer's account, last touched first.
func (m *Module) Drafts(ctx context.Context, v *db.View) ([]Draft, error) {
	if v.Actor.Kind != authz.Citizen {
		return nil, nil
	}
	rows, err := store.New(v).DraftsOf(ctx, v.Actor.ID)
	if err != nil {
		return nil, err
	}
	var out []Draft
	for _, row := range rows {
		d, err := shownDraft(row)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// Unfinished finds the viewer's draft of the same things, to be resumed or thrown away; false when there is none.
func (m *Module) Unfinished(ctx context.Context, v *db.View, slug string) (Draft, bool, error) {
	if v.Actor.Kind != authz.Citizen {
		return Draft{}, false, nil
	}
	row, err := store.New(v).Unfinished(ctx, store.UnfinishedParams{Account: v.Actor.ID, Slug: slug})
	if errors.Is(err, sql.ErrNoRows) {
		return Draft{}, false, nil
	}
	if err != nil {
		return Draft{}, false, err
	}
	d, err := shownDraft(row)
	return d, err == nil, err
}
