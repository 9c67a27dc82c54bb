package casework

import (
	"context"
	"fmt"
	"strings"

	"tongban/handling/casework/internal/store"
	"tongban/kernel/calendar"
	"tongban/kernel/clock"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/rules/licensing"
)

// Suspend stops the clock for a special procedure (特别程序, art. 45), on a written notice that tells the applicant how long it takes. A
// procedure that is not in the article needs a basis in the item.
func (m *Module) Suspend(ctx context.Context, tx *db.Tx, id ID, x Suspension) (Notice, error) {
	s, err := m.begin(ctx, tx, id, PermSuspend, ActSuspend)
	if err != nil {
		return Notice{}, err
	}
	basis := ""
	for _, p := range s.item.Excluded {
		if p.Kind != string(x.Procedure) {
			continue
		}
		basis = p.Basis
		if l := term(p.Limit); l.Unit == clock.Workday && x.Days > l.Amount {
			return Notice{}, problem.Invalid("“%s”最多 %d 个工作日（%s）", procedureName(x), l.Amount, p.Basis).On("days", "请改短")
		}
	}
	var n Notice
	entry := licensing.Exclusion{Procedure: x.Procedure, Name: x.Name, Basis: basis, Document: x.Document, Days: x.Days, From: tx.Now}
	if x.Document == "" {
		entry.Document = "待编号" // checked first, so that no number is taken for a refused act
	}
	pause, err := licensing.MayExclude(entry)
	if err != nil {
		return n, said(err)
	}
	last, err := m.k.Clocks.Calendar().Add(today(tx.Now), x.Days)
	if err != nil {
		return n, said(err)
	}
	until := last.End()
	if x.Document == "" {
		if n, err = s.issue(ctx, tx, NoticeProcedure, map[string]string{"procedure": procedureName(x), "days": clock.Workdays(x.Days).String(),
			"from": today(tx.Now).Chinese(), "reasons": x.Reason, "basis": orElse(basis, "《中华人民共和国行政许可法》第四十五条")}); err != nil {
			return n, err
		}
		x.Document = n.Number
	}
	pause.Document = x.Document
	if err := s.enter(ctx, tx, ClockHandling, pause); err != nil {
		return n, err
	}
	if err := store.New(tx.Deferred()).InsertSuspension(ctx, store.InsertSuspensionParams{ID: tx.NewID(), CaseID: string(s.ID), Procedure: string(x.Procedure), Name: procedureName(x),
		Document: x.Document, Reason: x.Reason, Days: int64(x.Days), FromAt: db.At(tx.Now), UntilAt: db.At(until)}); err != nil {
		return n, fmt.Errorf("casework: suspend: %w", err)
	}
	tx.Publish(WasSuspended{About: s.about(tx), Procedure: procedureName(x), Days: x.Days, Notice: x.Document, Reason: x.Reason})
	note := fmt.Sprintf("%s，预计 %d 个工作日，期间不计入办理期限。%s", procedureName(x), x.Days, x.Document)
	return n, s.finish(ctx, tx, told{open: true, note: note, detail: map[string]any{"procedure": x.Procedure, "days": x.Days, "document": x.Document}})
}

func procedureName(x Suspension) string { return orElse(x.Name, x.Procedure.String()) }

// Resume ends the special procedure; the clock runs on.
func (m *Module) Resume(ctx context.Context, tx *db.Tx, id ID, note string) error {
	s, err := m.begin(ctx, tx, id, PermSuspend, ActResume)
	if err != nil {
		return err
	}
	if err := s.enter(ctx, tx, ClockHandling, clock.Entry{Kind: clock.Resume, At: tx.Now, Reason: note}); err != nil {
		return err
	}
	before, err := m.Suspensions(ctx, &tx.View, id)
	if err != nil {
		return err
	}
	if _, err := store.New(tx).EndSuspension(ctx, store.EndSuspensionParams{EndedAt: db.At(tx.Now), EndedNote: note, CaseID: string(s.ID)}); err != nil {
		return err
	}
	n, err := s.issue(ctx, tx, NoticeResumption, map[string]string{"procedure": before[len(before)-1].Name, "ended": today(tx.Now).Chinese(), "from": today(tx.Now).Plus(1).Chinese()})
	if err != nil {
		return err
	}
	tx.Publish(Resumed{s.about(tx)})
	return s.finish(ctx, tx, told{open: true, note: note, detail: map[string]any{"notice": n.Number}})
}

// Extend lengthens the term with the head's approval and a reason told to the applicant (art. 42). The actor is the one who approves.
func (m *Module) Extend(ctx context.Context, tx *db.Tx, id ID, x Extension) (Notice, error) {
	s, err := m.begin(ctx, tx, id, PermExtend, ActExtend)
	if err != nil {
		return Notice{}, err
	}
	terms := TermsOf(s.item)
	r, err := m.k.Clocks.Find(ctx, &tx.View, s.of(ClockHandling))
	if err != nil {
		return Notice{}, err
	}
	due, err := r.Ledger.Due(m.k.Clocks.Calendar())
	if err != nil {
		return Notice{}, err
	}
	already := 0
	for _, e := range r.Ledger.Entries {
		already += e.MoreStatutory
	}
	if err := licensing.MayExtend(licensing.ExtensionRequest{Procedure: terms.Joint, Days: x.Days, Granted: already, By: x.By, Reason: x.Reason,
		Due: due.Statutory.Day, Today: today(tx.Now)}); err != nil {
		return Notice{}, said(err)
	}
	x.Approver = orElse(x.Approver, tx.Actor.Name)
	e := clock.Entry{Kind: clock.Extend, At: tx.Now, Reason: x.Reason, Approver: x.By.String() + x.Approver, MorePromised: x.Days, MoreStatutory: x.Days}
	if due.Promised.Passed(tx.Now) {
		e.MorePromised = 0 // the promise is broken already; only the law's term grows
	}
	if err := s.enter(ctx, tx, ClockHandling, e); err != nil {
		return Notice{}, err
	}
	s.Flags.Extended = true
	n, err := s.issue(ctx, tx, NoticeExtension, map[string]string{"days": clock.Workdays(x.Days).String(), "reasons": x.Reason, "approver": x.By.String()})
	if err != nil {
		return n, err
	}
	tx.Publish(WasExtended{About: s.about(tx), Days: x.Days, Reason: x.Reason, Due: s.Due})
	note := fmt.Sprintf("经%s%s批准延长 %d 个工作日：%s", x.By, x.Approver, x.Days, x.Reason)
	return n, s.finish(ctx, tx, told{open: true, note: note, detail: map[string]any{"days": x.Days, "by": x.By, "notice": n.Number}})
}

// said turns a refusal of the law into what a page shows.
func said(err error) error {
	switch e := err.(type) {
	case *clock.Refused:
		return problem.Conflict("%s", e.Text)
	case *calendar.NotCovered:
		return problem.Conflict("%s", e.Error())
	}
	return err
}

func orElse(s, other string) string {
	if strings.TrimSpace(s) == "" {
		return other
	}
	return s
}
