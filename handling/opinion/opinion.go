package opinion

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"tongban/handling/casework"
	"tongban/handling/opinion/internal/store"
	"tongban/kernel/authz"
	"tongban/kernel/clock"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/worklist"
	"tongban/rules/licensing"
)

// Conclusion is what an asked unit says.
type Conclusion string

// The conclusions.
const (
	NoAnswer   Conclusion = ""
	Agree      Conclusion = "agree"
	Conditions Conclusion = "conditions" // 有条件同意
	Disagree   Conclusion = "disagree"
	Recalled   Conclusion = "recalled" // no longer needed
)

// Label is the conclusion in Chinese.
func (c Conclusion) Label() string {
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

// Opinion is what another unit was asked and what it answered.
type Opinion struct {
	ID         string
	Case       casework.ID
	No         int
	Unit       string
	Question   string
	Days       int // working days to answer
	AskedBy    string
	AskedAt    time.Time
	Due        time.Time
	Conclusion Conclusion
	Text       string
	GivenBy    string
	GivenName  string
	GivenAt    time.Time
}

// TaskGive is the kind of the task of the unit that was asked.
const TaskGive = "opinion.give"

func (o Opinion) ref() string   { return fmt.Sprintf("opinion:%s:%d", o.Case, o.No) }
func (o Opinion) clock() string { return fmt.Sprintf("opinion-%d", o.No) }
func (o Opinion) url() string   { return "/w/opinions/" + o.ID }

// Ask asks another unit, with a deadline of its own.
func (m *Module) Ask(ctx context.Context, tx *db.Tx, id casework.ID, unit, question string, days int) (Opinion, error) {
	c, err := m.cases.Admit(ctx, tx, id, casework.PermAssess, casework.ActAskOpinion)
	if err != nil {
		return Opinion{}, err
	}
	if c.State != casework.Accepted && c.State != casework.Suspended {
		return Opinion{}, problem.Conflict("办件 %s 处于“%s”，审查中才能征求意见", c.Number, casework.StateLabel(c.State))
	}
	if _, ok := m.org.Unit(unit); !ok || unit == c.Unit {
		return Opinion{}, problem.Invalid("请选择要征求意见的单位").On("unit", "选择本单位以外的一个单位")
	}
	if days <= 0 || days > licensing.DecisionDays {
		return Opinion{}, problem.Invalid("反馈期限应为 1 至 %d 个工作日", licensing.DecisionDays).On("days", "填写工作日数")
	}
	if strings.TrimSpace(question) == "" {
		return Opinion{}, problem.Invalid("请写明要征求什么意见").On("question", "写明需要对方核实或者答复的问题")
	}
	before, err := m.Of(ctx, &tx.View, id)
	if err != nil {
		return Opinion{}, err
	}
	o := Opinion{ID: tx.NewID(), Case: id, No: len(before) + 1, Unit: unit, Question: question, Days: days, AskedBy: tx.Actor.Name, AskedAt: tx.Now}
	if o.Due, err = m.cases.StartBeside(ctx, tx, c, o.clock(), "反馈意见："+c.ItemName, unit, clock.Workdays(days)); err != nil {
		return o, err
	}
	if err := store.New(tx).Ask(ctx, store.AskParams{ID: o.ID, CaseID: string(id), No: int64(o.No), Unit: unit, Question: question,
		Days: int64(days), AskedBy: o.AskedBy, AskedAt: db.At(tx.Now), DueAt: db.At(o.Due)}); err != nil {
		return o, fmt.Errorf("opinion: ask: %w", err)
	}
	if err := worklist.Open(ctx, tx, worklist.Task{Ref: o.ref(), Kind: TaskGive, Title: c.ItemName, Note: m.org.Name(c.Unit) + "：" + question,
		Unit: unit, Right: PermGive, URL: o.url(), Due: o.Due}); err != nil {
		return o, err
	}
	return o, m.cases.Remark(ctx, tx, c, casework.ActAskOpinion, m.org.Name(unit)+"："+question, map[string]any{"unit": unit, "days": days})
}

// Give answers for the unit that was asked.
func (m *Module) Give(ctx context.Context, tx *db.Tx, id string, c Conclusion, words string) error {
	o, err := m.Find(ctx, &tx.View, id)
	if err != nil {
		return err
	}
	if err := tx.Require(PermGive, authz.Place{Unit: o.Unit}); err != nil {
		return err
	}
	if c != Agree && c != Conditions && c != Disagree {
		return problem.Invalid("请选择同意、有条件同意或者不同意").On("conclusion", "请选择一项")
	}
	if c != Agree && strings.TrimSpace(words) == "" {
		return problem.Invalid("有条件同意和不同意的，请写明条件或者理由").On("words", "请写明")
	}
	return m.end(ctx, tx, o, c, words)
}

// Recall takes a request back that is no longer needed.
func (m *Module) Recall(ctx context.Context, tx *db.Tx, id, why string) error {
	o, err := m.Find(ctx, &tx.View, id)
	if err != nil {
		return err
	}
	c, err := m.cases.Find(ctx, &tx.View, o.Case)
	if err != nil {
		return err
	}
	if err := tx.Require(casework.PermAssess, authz.Place{Unit: c.Unit}); err != nil {
		return err
	}
	return m.end(ctx, tx, o, Recalled, why)
}

func (m *Module) end(ctx context.Context, tx *db.Tx, o Opinion, c Conclusion, words string) error {
	k, err := m.cases.Find(ctx, &tx.View, o.Case)
	if err != nil {
		return err
	}
	n, err := store.New(tx).Give(ctx, store.GiveParams{Conclusion: string(c), Words: words, GivenBy: tx.Actor.ID, GivenName: tx.Actor.Name,
		GivenAt: db.At(tx.Now), ID: o.ID})
	if err != nil {
		return fmt.Errorf("opinion: %w", err)
	}
	if n == 0 {
		return problem.Conflict("这份征求意见已经答复或者撤回，不能再改")
	}
	if err := m.cases.StopBeside(ctx, tx, k, o.clock()); err != nil {
		return err
	}
	worklist.Close(ctx, tx, o.ref())
	note := m.org.Name(o.Unit) + "：" + c.Label()
	if words != "" {
		note += "。" + words
	}
	return m.cases.Remark(ctx, tx, k, casework.ActGiveOpinion, note, map[string]any{"unit": o.Unit, "conclusion": c})
}

// waits is the gate before a decision: an answer is waited for until its deadline, and no longer.
func (m *Module) waits(ctx context.Context, v *db.View, act casework.Act, c casework.Case) error {
	if act != casework.ActGrant && act != casework.ActRefuse {
		return nil
	}
	all, err := m.Of(ctx, v, c.ID)
	for _, o := range all {
		if o.Conclusion == NoAnswer && v.Now.Before(o.Due) {
			return problem.Conflict("还在等待%s反馈意见（期限 %s）。收到意见、过了期限或者撤回征求后才能作出决定", m.org.Name(o.Unit), casework.LastDay(o.Due))
		}
	}
	return err
}

// reads lets the units that were asked read the case.
func (m *Module) reads(ctx context.Context, v *db.View, c casework.Case) (bool, error) {
	if !v.Actor.Holds(PermGive) || !v.Actor.Official() {
		return false, nil
	}
	all, err := m.Of(ctx, v, c.ID)
	for _, o := range all {
		if v.Actor.May(PermGive, authz.Place{Unit: o.Unit}) {
			return true, nil
		}
	}
	return false, err
}

// Of lists what other units were asked about a case, in order.
func (m *Module) Of(ctx context.Context, v *db.View, id casework.ID) ([]Opinion, error) {
	rows, err := store.New(v).OfCase(ctx, string(id))
	if err != nil {
		return nil, fmt.Errorf("opinion: of a case: %w", err)
	}
	var out []Opinion
	for _, r := range rows {
		out = append(out, shown(r))
	}
	return out, nil
}

// Find reads one request.
func (m *Module) Find(ctx context.Context, v *db.View, id string) (Opinion, error) {
	r, err := store.New(v).Find(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return Opinion{}, problem.NotFound("没有这份征求意见")
	}
	return shown(r), err
}

func shown(r store.OpinionOpinion) Opinion {
	return Opinion{ID: r.ID, Case: casework.ID(r.CaseID), No: int(r.No), Unit: r.Unit, Question: r.Question, Days: int(r.Days), AskedBy: r.AskedBy, AskedAt: r.AskedAt.Time,
		Due: r.DueAt.Time, Conclusion: Conclusion(r.Conclusion), Text: r.Words, GivenBy: r.GivenBy, GivenName: r.GivenName, GivenAt: r.GivenAt.Time}
}
