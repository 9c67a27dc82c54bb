package casework

import (
	"context"
	"strings"
	"time"

	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/clock"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/rules/licensing"
)

// Receipt is what acceptance gives the applicant: the number of the written proof and the promised day.
type Receipt struct {
	Case   Case
	Notice Notice
}

// Accept accepts a complete application (受理, art. 32). When the five working days are over already, the law has accepted it as of the
// day of receipt, and the terms run from there whoever presses the button.
func (m *Module) Accept(ctx context.Context, tx *db.Tx, id ID) (Receipt, error) {
	s, err := m.begin(ctx, tx, id, PermAccept, ActAccept)
	if err != nil {
		return Receipt{}, err
	}
	n, err := s.acceptNow(ctx, tx)
	return Receipt{s.Case, n}, err
}

// acceptNow accepts by a person's act: from now, or from the day of receipt where the law was faster.
func (s *step) acceptNow(ctx context.Context, tx *db.Tx) (Notice, error) {
	late, err := s.silent(tx.Now)
	if err != nil {
		return Notice{}, err
	}
	asOf := tx.Now
	if late {
		s.Flags.Deemed, asOf = true, s.ReceivedAt
	}
	return s.accept(ctx, tx, asOf, tx.Now)
}

// DeemAccepted carries out the law's consequence of silence (art. 32): accepted as of the day of receipt. Since is when silence became
// acceptance, however late the system noticed. A case that is past that step is left alone.
func (m *Module) DeemAccepted(ctx context.Context, tx *db.Tx, id ID, since time.Time) error {
	s, err := m.load(ctx, tx, id, ActDeem)
	if err != nil || s.State != Received || s.Flags.Hold {
		return err
	}
	if err := tx.Require(PermAccept, authz.Place{Unit: s.Unit}); err != nil {
		return err
	}
	if late, err := s.silent(tx.Now); err != nil || !late {
		return err
	}
	if err := s.moves(ctx, tx); err != nil {
		return err
	}
	s.Flags.Deemed = true
	_, err = s.accept(ctx, tx, s.ReceivedAt, since)
	return err
}

// silent reports whether the five days went by without a word (art. 32).
func (s *step) silent(now time.Time) (bool, error) {
	_, late, err := licensing.DeemedAccepted(today(s.ReceivedAt), calendar.Day{}, today(now), s.m.k.Clocks.Calendar().Table)
	return late, err
}

// accept is what both ways of acceptance have in common. The handling term runs from asOf.
func (s *step) accept(ctx context.Context, tx *db.Tx, asOf, noticeEnded time.Time) (Notice, error) {
	if err := s.stop(ctx, tx, s.noticeClock(), noticeEnded); err != nil {
		return Notice{}, err
	}
	s.AcceptedAt = asOf
	terms := TermsOf(s.item).Handling
	if err := s.start(ctx, tx, ClockHandling, "办理："+s.ItemName, terms, asOf, s.m.marks(s.ed, "case", terms)); err != nil {
		return Notice{}, err
	}
	n, err := s.issue(ctx, tx, NoticeAcceptance, nil)
	if err != nil {
		return n, err
	}
	about := s.about(tx)
	about.LegalAt = asOf
	tx.Publish(WasAccepted{About: about, Deemed: s.Flags.Deemed, Due: s.Due})
	note := "受理通知书：" + n.Number
	if s.Flags.Deemed {
		note = "收到申请后五个工作日内没有一次性告知，自收到申请材料之日起即为受理（行政许可法第三十二条）。" + note
	}
	return n, s.finish(ctx, tx, told{open: true, note: note, legal: asOf, detail: map[string]any{"deemed": s.Flags.Deemed, "as_of": asOf, "notice": n.Number}})
}

// Decline refuses to accept (不予受理): no licence is needed, or another body decides. Nothing else is a lawful ground (art. 32); what is
// missing is asked for, never declined.
func (m *Module) Decline(ctx context.Context, tx *db.Tx, id ID, ground licensing.Outcome, reason string) (Notice, error) {
	s, err := m.begin(ctx, tx, id, PermAccept, ActDecline)
	if err != nil {
		return Notice{}, err
	}
	if ground != licensing.NoLicenceNeeded && ground != licensing.NotCompetent {
		return Notice{}, problem.Invalid("不予受理只有两种法定情形：依法不需要取得许可，或者不属于本机关职权。材料不齐请一次性告知补正").On("ground", "请选择不予受理的情形")
	}
	if strings.TrimSpace(reason) == "" {
		return Notice{}, problem.Invalid("请写明不予受理的理由").On("reason", "写明理由；不属于本机关职权的，写明应向哪个机关申请")
	}
	if err := s.inTime(tx.Now); err != nil {
		return Notice{}, err
	}
	if err := s.stop(ctx, tx, s.noticeClock(), tx.Now); err != nil {
		return Notice{}, err
	}
	s.Reason, s.ClosedAt = reason, tx.Now
	n, err := s.issue(ctx, tx, NoticeDecline, map[string]string{"reasons": reason, "remedy": advice(ground)})
	if err != nil {
		return n, err
	}
	tx.Publish(WasDeclined{About: s.about(tx), Reason: reason, Notice: n.Number})
	return n, s.finish(ctx, tx, told{open: true, note: reason, detail: map[string]any{"ground": ground, "notice": n.Number}})
}

// advice says what a person who was not accepted can do.
func advice(ground licensing.Outcome) string {
	if ground == licensing.NotCompetent {
		return "请向上述有权的机关提出申请；不清楚该找谁的，请拨打 12345。"
	}
	return "这件事依法不需要取得许可，您可以直接从事。"
}

// inTime refuses what may only be said within the five days: afterwards the law has accepted already.
func (s *step) inTime(now time.Time) error {
	late, err := s.silent(now)
	if err != nil || !late {
		return err
	}
	return problem.Conflict("办件 %s 收到后已超过五个工作日没有告知，依照行政许可法第三十二条自收到之日起即为受理，不能再%s；请点“受理”按受理日期继续办理", s.Number, ActLabel(s.act))
}

// onCrossed hears the end of the five days, and the end of the applicant's time to mend.
func (m *Module) onCrossed(ctx context.Context, tx *db.Tx, e clock.Crossed) error {
	switch {
	case e.Mark == markDeemed && (e.Name == ClockNotice || strings.HasPrefix(e.Name, ClockNotice+"-")):
		return m.DeemAccepted(ctx, tx, ID(e.Thing), e.At)
	case e.Mark == markOver && (e.Name == ClockCorrection || strings.HasPrefix(e.Name, ClockCorrection+"-")):
		return m.offerLapse(ctx, tx, ID(e.Thing))
	}
	return nil
}
