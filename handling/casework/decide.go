package casework

import (
	"context"
	"strings"

	"tongban/kernel/authz"
	"tongban/kernel/clock"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/rules/licensing"
)

// Decide grants or refuses (决定, arts. 34, 38) in writing, with reasons for a refusal, legal basis and the ways to contest it. Whoever
// received or assessed the case may not decide it.
func (m *Module) Decide(ctx context.Context, tx *db.Tx, id ID, v Verdict) (Notice, error) {
	act := ActRefuse
	if v.Granted {
		act = ActGrant
	}
	s, err := m.begin(ctx, tx, id, PermDecide, act)
	if err != nil {
		return Notice{}, err
	}
	return s.decide(ctx, tx, v)
}

// DecideAtOnce accepts and decides an instant item (即办件) in one act (art. 34: 能够当场作出决定的，应当当场作出), by a clerk who holds that
// authority. A case that is accepted already is only decided.
func (m *Module) DecideAtOnce(ctx context.Context, tx *db.Tx, id ID, v Verdict) (Notice, error) {
	s, err := m.load(ctx, tx, id, ActAccept)
	if err != nil {
		return Notice{}, err
	}
	if err := tx.Require(PermInstant, authz.Place{Unit: s.Unit}); err != nil {
		return Notice{}, err
	}
	if !s.Instant {
		return Notice{}, problem.Conflict("“%s”不是即办件，受理、审查和决定要分开办理", s.ItemName)
	}
	if s.State == Received {
		if err := s.admit(ctx, tx); err != nil {
			return Notice{}, err
		}
		if _, err := s.acceptNow(ctx, tx); err != nil {
			return Notice{}, err
		}
		s.from = s.State
	}
	s.act = ActRefuse
	if v.Granted {
		s.act = ActGrant
	}
	if err := s.admit(ctx, tx); err != nil {
		return Notice{}, err
	}
	return s.decide(ctx, tx, v)
}

func (s *step) decide(ctx context.Context, tx *db.Tx, v Verdict) (Notice, error) {
	v.Reasons = strings.TrimSpace(v.Reasons)
	if !v.Granted && v.Reasons == "" {
		return Notice{}, problem.Invalid("不予许可的，应当说明理由（行政许可法第三十八条）").On("reasons", "请写明不予许可的理由")
	}
	if !s.Instant && !s.Flags.Assessed {
		return Notice{}, problem.Conflict("办件 %s 还没有审查意见，审查后才能作出决定", s.Number)
	}
	if v.Granted {
		if err := s.complete(ctx, &tx.View); err != nil {
			return Notice{}, err
		}
	}
	if err := s.stop(ctx, tx, ClockHandling, tx.Now); err != nil {
		return Notice{}, err
	}
	s.DecidedAt, s.Reason = tx.Now, v.Reasons
	kind := NoticeRefusal
	if v.Granted {
		kind = NoticeGrant
		// The certificate must reach the applicant within ten working days (art. 44).
		terms := clock.Clock{Statutory: clock.Workdays(licensing.DeliveryDays)}
		if err := s.start(ctx, tx, ClockDelivery, "送达："+s.ItemName, terms, tx.Now, s.m.marks(s.ed, "step", terms)); err != nil {
			return Notice{}, err
		}
	}
	n, err := s.issue(ctx, tx, kind, map[string]string{"reasons": v.Reasons, "basis": orElse(v.Basis, BasisOf(s.item)),
		"remedy": "消除上述不予许可的原因后，可以重新提出申请。"})
	if err != nil {
		return n, err
	}
	tx.Publish(Decided{About: s.about(tx), Granted: v.Granted, Reasons: v.Reasons, Notice: n.Number})
	note := n.Title + "：" + n.Number
	if v.Reasons != "" {
		note += "。" + v.Reasons
	}
	return n, s.finish(ctx, tx, told{open: true, note: note, detail: map[string]any{"granted": v.Granted, "notice": n.Number}})
}
