package casework

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tongban/handling/casework/internal/store"
	"tongban/kernel/clock"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/kernel/worklist"
	"tongban/rules/licensing"
)

// CorrectionDays is the applicant's time to mend, in working days. The law sets none; domain practice is 15 to 30 days (local).
const CorrectionDays = 15

const markOver = "over"

// AskCorrection tells the applicant, once, everything that must be mended (一次性告知, art. 32). A second notice may only repeat what the
// first named and the supplement did not mend.
func (m *Module) AskCorrection(ctx context.Context, tx *db.Tx, id ID, defects []Defect) (Notice, error) {
	s, err := m.begin(ctx, tx, id, PermAccept, ActAsk)
	if err != nil {
		return Notice{}, err
	}
	if err := checkDefects(defects); err != nil {
		return Notice{}, err
	}
	if err := s.inTime(tx.Now); err != nil {
		return Notice{}, err
	}
	if err := s.onlyOnce(ctx, tx, defects); err != nil {
		return Notice{}, err
	}
	if err := s.stop(ctx, tx, s.noticeClock(), tx.Now); err != nil {
		return Notice{}, err
	}
	terms := clock.Clock{Promised: clock.Workdays(CorrectionDays)}
	if err := s.start(ctx, tx, s.correctionClock(), "申请人补正："+s.ItemName, terms, tx.Now,
		[]clock.Mark{{Name: markOver, Side: clock.Promised, Threshold: clock.Threshold{Percent: 100}}}); err != nil {
		return Notice{}, err
	}
	n, err := s.issue(ctx, tx, NoticeCorrection, map[string]string{"reasons": defectLines(defects), "due": LastDay(s.Due),
		"remedy": "网上按查询编号提交，或者把补正的材料交到收件窗口。"})
	if err != nil {
		return n, err
	}
	q := store.New(tx)
	for _, d := range defects {
		if err := q.InsertDefect(ctx, store.InsertDefectParams{ID: tx.NewID(), CaseID: string(s.ID), Notice: n.ID, Kind: d.Kind, Thing: d.Thing,
			Name: d.Name, What: d.What, How: d.How}); err != nil {
			return n, fmt.Errorf("casework: defect: %w", err)
		}
	}
	tx.Publish(CorrectionAsked{About: s.about(tx), Defects: defects, Notice: n.Number, Until: s.Due})
	return n, s.finish(ctx, tx, told{open: true, note: defectLines(defects), detail: map[string]any{"defects": len(defects), "notice": n.Number}})
}

func checkDefects(defects []Defect) error {
	if len(defects) == 0 {
		return problem.Invalid("请至少列出一项需要补正的内容；要一次告知全部内容")
	}
	for i, d := range defects {
		if d.Kind != OfMaterial && d.Kind != OfElement && d.Kind != OfOther || d.Name == "" || strings.TrimSpace(d.What) == "" {
			return problem.Invalid("第 %d 项补正内容没有写全，请写明是哪一项、有什么问题、怎么补", i+1).On(fmt.Sprintf("what-%d", i+1), "请写明有什么问题")
		}
	}
	return nil
}

func defectLines(defects []Defect) string {
	lines := make([]string, len(defects))
	for i, d := range defects {
		lines[i] = fmt.Sprintf("%d．%s：%s", i+1, d.Name, strings.TrimRight(strings.TrimSpace(d.What), "。；"))
		if how := strings.TrimRight(strings.TrimSpace(d.How), "。；"); how != "" {
			lines[i] += "；" + how
		}
		lines[i] += "。"
	}
	return strings.Join(lines, "\n")
}

// onlyOnce refuses a second notice that names what the first did not.
func (s *step) onlyOnce(ctx context.Context, tx *db.Tx, defects []Defect) error {
	before, err := s.m.Defects(ctx, &tx.View, s.ID)
	if err != nil || len(before) == 0 {
		return err
	}
	var first, second []string
	for _, d := range before {
		first = append(first, d.key())
	}
	names := map[string]string{}
	for _, d := range defects {
		second = append(second, d.key())
		names[d.key()] = d.Name
	}
	extra := licensing.BeyondFirstNotice(first, second)
	if len(extra) == 0 {
		return nil
	}
	for i, k := range extra {
		extra[i] = names[k]
	}
	return problem.Conflict("第一次告知没有提到“%s”，不能再要求补正（行政许可法第三十二条：一次告知需要补正的全部内容）", strings.Join(extra, "、"))
}

// Supplement receives what the applicant mended (补正提交). The term of art. 32 begins anew for what was received now, and the case comes
// back to who asked.
func (m *Module) Supplement(ctx context.Context, tx *db.Tx, id ID) (Case, error) {
	s, err := m.beginOwn(ctx, tx, id, PermOpen, ActSupplement)
	if err != nil {
		return Case{}, err
	}
	if err := s.stop(ctx, tx, s.correctionClock(), tx.Now); err != nil {
		return Case{}, err
	}
	if err := store.New(tx).FixDefects(ctx, store.FixDefectsParams{FixedAt: db.At(tx.Now), CaseID: string(s.ID)}); err != nil {
		return Case{}, err
	}
	if s.Holder, err = m.asker(ctx, &tx.View, s.Case); err != nil {
		return Case{}, err
	}
	s.ReceivedAt, s.Flags.Supplemented = tx.Now, true
	if err := s.startNotice(ctx, tx); err != nil {
		return Case{}, err
	}
	tx.Publish(Supplemented{s.about(tx)})
	err = s.finish(ctx, tx, told{open: true})
	return s.Case, err
}

// asker is who told the applicant what to mend; empty, which is whoever may, when he may not take the case up any more.
func (m *Module) asker(ctx context.Context, v *db.View, c Case) (string, error) {
	deeds, err := m.Timeline(ctx, v, c.ID, false)
	if err != nil {
		return "", err
	}
	for _, d := range slices.Backward(deeds) {
		if d.Act != ActAsk {
			continue
		}
		who, err := m.accounts.Identify(ctx, v, d.Actor)
		if errors.Is(err, web.ErrNoAccount) || err == nil && !who.May(c.Right(), c.Place()) {
			return "", nil
		}
		return d.Actor, err
	}
	return "", nil
}

// offerLapse puts the lapse before a clerk: no machine takes a person's application for given up.
func (m *Module) offerLapse(ctx context.Context, tx *db.Tx, id ID) error {
	s, err := m.load(ctx, tx, id, ActLapse)
	if err != nil || s.State != Correcting {
		return err
	}
	return worklist.Open(ctx, tx, worklist.Task{Ref: stepRef(id), Kind: "casework.lapse", Title: s.ItemName, Note: s.ApplicantName + "：补正期限已过，请联系申请人后确认",
		Unit: s.Unit, Right: PermAccept, URL: s.URL()})
}

// Lapse ends a case whose applicant did not mend in time and, asked again, does not mean to.
func (m *Module) Lapse(ctx context.Context, tx *db.Tx, id ID, note string) error {
	s, err := m.begin(ctx, tx, id, PermAccept, ActLapse)
	if err != nil {
		return err
	}
	if tx.Now.Before(s.Due) {
		return problem.Conflict("补正期限到 %s 才届满，现在不能按逾期未补正办理", LastDay(s.Due))
	}
	if strings.TrimSpace(note) == "" {
		return problem.Invalid("请写明怎样联系过申请人").On("note", "写明联系的时间、方式和结果")
	}
	if err := s.stop(ctx, tx, s.correctionClock(), tx.Now); err != nil {
		return err
	}
	s.Reason, s.ClosedAt = note, tx.Now
	tx.Publish(HasLapsed{s.about(tx)})
	return s.finish(ctx, tx, told{open: true, note: note})
}
