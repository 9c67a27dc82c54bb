package casework

import (
	"context"
	"fmt"
	"strings"

	"tongban/handling/casework/internal/store"
	"tongban/kernel/authz"
	"tongban/kernel/clock"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/worklist"
	"tongban/rules/catalogue"
)

// AllPassed is the finding that every review point of the item is in order.
func AllPassed(item catalogue.Item) []Checked {
	out := make([]Checked, len(item.Points))
	for i, p := range item.Points {
		out[i] = Checked{Point: i, Text: p.Text, Passed: true}
	}
	return out
}

// Assess puts the examination on file (审查, art. 34): every review point looked at, and a proposal.
func (m *Module) Assess(ctx context.Context, tx *db.Tx, id ID, a Assessment) error {
	s, err := m.begin(ctx, tx, id, PermAssess, ActAssess)
	if err != nil {
		return err
	}
	if err := checkPoints(s.item, &a); err != nil {
		return err
	}
	if err := store.New(tx).InsertAssessment(ctx, store.InsertAssessmentParams{ID: tx.NewID(), CaseID: string(s.ID), Grants: a.Grant, Words: a.Text,
		Points: db.Pack(a.Points), Actor: tx.Actor.ID, ActorName: tx.Actor.Name, At: db.At(tx.Now)}); err != nil {
		return fmt.Errorf("casework: assess: %w", err)
	}
	s.Flags.Assessed = true
	tx.Publish(Assessed{About: s.about(tx), Grant: a.Grant})
	note := "建议准予"
	if !a.Grant {
		note = "建议不予许可"
	}
	if a.Text != "" {
		note += "：" + a.Text
	}
	return s.finish(ctx, tx, told{note: note, detail: map[string]any{"grant": a.Grant, "points": len(a.Points)}})
}

// checkPoints holds an assessment against the item's review points and fills in their words.
func checkPoints(item catalogue.Item, a *Assessment) error {
	seen := map[int]bool{}
	failed := 0
	for i, c := range a.Points {
		if c.Point < 0 || c.Point >= len(item.Points) {
			return problem.Invalid("审查要点与事项不符，请刷新页面后重新审查")
		}
		seen[c.Point] = true
		a.Points[i].Text = item.Points[c.Point].Text
		if !c.Passed {
			failed++
		}
	}
	switch {
	case len(seen) < len(item.Points):
		p := problem.Invalid("还有 %d 项审查要点没有核对，请逐项核对后提交", len(item.Points)-len(seen))
		for i := range item.Points {
			if !seen[i] {
				p = p.On(fmt.Sprintf("point-%d", i), "请核对这一项")
			}
		}
		return p
	case a.Grant && failed > 0:
		return problem.Invalid("有 %d 项审查要点不符合，不能建议准予；请改为建议不予许可，或核实后修改", failed).On("grant", "与审查要点的结论不一致")
	case !a.Grant && strings.TrimSpace(a.Text) == "":
		return problem.Invalid("建议不予许可的，请写明理由").On("text", "请写明理由")
	}
	return nil
}

// SendBack returns an assessed case to assessment (退回重审).
func (m *Module) SendBack(ctx context.Context, tx *db.Tx, id ID, reason string) error {
	s, err := m.begin(ctx, tx, id, PermDecide, ActSendBack)
	if err != nil {
		return err
	}
	if !s.Flags.Assessed {
		return problem.Conflict("办件 %s 还没有审查意见，不需要退回", s.Number)
	}
	if strings.TrimSpace(reason) == "" {
		return problem.Invalid("请写明退回的原因").On("reason", "写明需要重新审查什么")
	}
	s.Flags.Assessed = false
	return s.finish(ctx, tx, told{note: reason})
}

// opinionClock names the clock of the n-th opinion.
func opinionClock(n int) string { return fmt.Sprintf("opinion-%d", n) }

func opinionRef(o Opinion) string { return fmt.Sprintf("casework:opinion:%s:%d", o.Case, o.No) }

// AskOpinion asks another unit (征求意见), with a deadline of its own. It does not stop the clock of the case: asking units is no
// procedure of art. 45.
func (m *Module) AskOpinion(ctx context.Context, tx *db.Tx, id ID, unit, question string, days int) (Opinion, error) {
	s, err := m.begin(ctx, tx, id, PermAssess, ActAskOpinion)
	if err != nil {
		return Opinion{}, err
	}
	if s.State != Accepted && s.State != Suspended {
		return Opinion{}, problem.Conflict("办件 %s 处于“%s”，审查中才能征求意见", s.Number, StateLabel(s.State))
	}
	if _, ok := m.org.Unit(unit); !ok || unit == s.Unit {
		return Opinion{}, problem.Invalid("请选择要征求意见的单位").On("unit", "选择本单位以外的一个单位")
	}
	if days <= 0 || days > DecisionDays {
		return Opinion{}, problem.Invalid("反馈期限应为 1 至 %d 个工作日", DecisionDays).On("days", "填写工作日数")
	}
	if strings.TrimSpace(question) == "" {
		return Opinion{}, problem.Invalid("请写明要征求什么意见").On("question", "写明需要对方核实或者答复的问题")
	}
	before, err := m.Opinions(ctx, &tx.View, id)
	if err != nil {
		return Opinion{}, err
	}
	o := Opinion{ID: tx.NewID(), Case: id, No: len(before) + 1, Unit: unit, Question: question, Days: days, AskedBy: tx.Actor.Name, AskedAt: tx.Now}
	terms := clock.Clock{Promised: clock.Workdays(days)}
	r, err := m.k.Clocks.Start(ctx, tx, clock.Begin{Of: s.of(opinionClock(o.No)), Title: "反馈意见：" + s.ItemName, Unit: unit, Clock: terms, At: tx.Now,
		Marks: m.marks(s.ed, "step", terms)})
	if err != nil {
		return o, err
	}
	due, err := r.Ledger.Due(m.k.Clocks.Calendar())
	if err != nil {
		return o, err
	}
	o.Due = due.Promised.End
	if err := store.New(tx).InsertOpinion(ctx, store.InsertOpinionParams{ID: o.ID, CaseID: string(id), No: int64(o.No), Unit: unit, Question: question,
		Days: int64(days), AskedBy: o.AskedBy, AskedAt: db.At(tx.Now), DueAt: db.At(o.Due)}); err != nil {
		return o, fmt.Errorf("casework: ask opinion: %w", err)
	}
	if err := worklist.Open(ctx, tx, worklist.Task{Ref: opinionRef(o), Kind: "casework.opinion", Title: s.ItemName, Note: m.org.Name(s.Unit) + "：" + question,
		Unit: unit, Right: PermOpine, URL: "/w/opinions/" + o.ID, Due: o.Due}); err != nil {
		return o, err
	}
	return o, s.finish(ctx, tx, told{note: m.org.Name(unit) + "：" + question, detail: map[string]any{"unit": unit, "days": days}})
}

// GiveOpinion answers for the unit that was asked.
func (m *Module) GiveOpinion(ctx context.Context, tx *db.Tx, opinion string, c Conclusion, words string) error {
	o, err := m.Opinion(ctx, &tx.View, opinion)
	if err != nil {
		return err
	}
	if err := tx.Require(PermOpine, authz.Place{Unit: o.Unit}); err != nil {
		return err
	}
	if c != Agree && c != Conditions && c != Disagree {
		return problem.Invalid("请选择同意、有条件同意或者不同意").On("conclusion", "请选择一项")
	}
	if c != Agree && strings.TrimSpace(words) == "" {
		return problem.Invalid("有条件同意和不同意的，请写明条件或者理由").On("words", "请写明")
	}
	return m.endOpinion(ctx, tx, o, c, words)
}

// RecallOpinion takes a request back that is no longer needed.
func (m *Module) RecallOpinion(ctx context.Context, tx *db.Tx, opinion, why string) error {
	o, err := m.Opinion(ctx, &tx.View, opinion)
	if err != nil {
		return err
	}
	s, err := m.load(ctx, tx, o.Case, ActGiveOpinion)
	if err != nil {
		return err
	}
	if err := tx.Require(PermAssess, authz.Place{Unit: s.Unit}); err != nil {
		return err
	}
	return m.endOpinion(ctx, tx, o, Recalled, why)
}

func (m *Module) endOpinion(ctx context.Context, tx *db.Tx, o Opinion, c Conclusion, words string) error {
	s, err := m.load(ctx, tx, o.Case, ActGiveOpinion)
	if err != nil {
		return err
	}
	n, err := store.New(tx).GiveOpinion(ctx, store.GiveOpinionParams{Conclusion: string(c), Words: words, GivenBy: tx.Actor.ID, GivenName: tx.Actor.Name,
		GivenAt: db.At(tx.Now), ID: o.ID})
	if err != nil {
		return fmt.Errorf("casework: opinion: %w", err)
	}
	if n == 0 {
		return problem.Conflict("这份征求意见已经答复或者撤回，不能再改")
	}
	if err := m.stopClock(ctx, tx, s.Case, opinionClock(o.No), tx.Now); err != nil {
		return err
	}
	worklist.Close(ctx, tx, opinionRef(o))
	note := m.org.Name(o.Unit) + "：" + ConclusionLabel(c)
	if words != "" {
		note += "。" + words
	}
	return s.record(ctx, tx, told{note: note, detail: map[string]any{"unit": o.Unit, "conclusion": c}})
}

// ConclusionLabel is the conclusion in Chinese.
func ConclusionLabel(c Conclusion) string {
	switch c {
	case Agree:
		return "同意"
	case Conditions:
		return "有条件同意"
	case Disagree:
		return "不同意"
	case Recalled:
		return "已撤回征求"
	}
	return "等待反馈"
}
