package casework

import (
	"context"
	"fmt"
	"strings"

	"tongban/handling/casework/internal/store"
	"tongban/kernel/db"
	"tongban/kernel/problem"
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
	if err := store.New(tx.Deferred()).InsertAssessment(ctx, store.InsertAssessmentParams{ID: tx.NewID(), CaseID: string(s.ID), Grants: a.Grant, Words: a.Text,
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
