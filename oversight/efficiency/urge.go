package efficiency

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"tongban/handling/casework"
	"tongban/kernel/authz"
	"tongban/kernel/clock"
	"tongban/kernel/db"
	"tongban/kernel/notify"
	"tongban/kernel/number"
	"tongban/kernel/problem"
	"tongban/kernel/worklist"
	"tongban/oversight/efficiency/internal/store"
)

func urgeTask(id string) string { return "efficiency:urge:" + id }

// Remind urges whoever holds a case (催办): a note into the inbox and onto the list.
func (m *Module) Remind(ctx context.Context, tx *db.Tx, id casework.ID, words string) (Urging, error) {
	return m.urge(ctx, tx, id, Urge, words, 0)
}

// Order instructs whoever holds a case (督办): it has a number, and a report must be given within so many working days.
func (m *Module) Order(ctx context.Context, tx *db.Tx, id casework.ID, words string, days int) (Urging, error) {
	if days < 1 || days > 30 {
		return Urging{}, problem.Invalid("请填写报告期限").On("days", "报告期限为 1 至 30 个工作日")
	}
	return m.urge(ctx, tx, id, Instruct, words, days)
}

func (m *Module) urge(ctx context.Context, tx *db.Tx, id casework.ID, kind Kind, words string, days int) (Urging, error) {
	c, err := m.cases.Find(ctx, &tx.View, id)
	if err != nil {
		return Urging{}, err
	}
	right, verb := PermRemind, "催办"
	if kind == Instruct {
		right, verb = PermInstruct, "督办"
	}
	if err := tx.Require(right, authz.Place{Unit: c.Unit}); err != nil {
		return Urging{}, err
	}
	if casework.Ended(c.State) {
		return Urging{}, problem.Conflict("办件 %s 已经%s，不需要%s", c.Number, casework.StateLabel(c.State), verb)
	}
	if words = strings.TrimSpace(words); words == "" {
		return Urging{}, problem.Invalid("请写明%s要求", verb).On("words", "请写明要求：要做什么、什么时候完成")
	}
	u := Urging{ID: tx.NewID(), Kind: kind, CaseID: string(c.ID), CaseNumber: c.Number, ItemName: c.ItemName, Unit: c.Unit, Holder: c.Holder, Words: words,
		By: tx.Actor.ID, ByName: tx.Actor.Name, At: tx.Now, State: "open"}
	if kind == Instruct {
		year := tx.Now.In(zone).Format("2006")
		n, err := number.Next(ctx, tx, seriesInstruct, year)
		if err != nil {
			return u, err
		}
		u.Number = fmt.Sprintf("督办〔%s〕%d号", year, n)
		r, err := m.k.Clocks.Start(ctx, tx, clock.Begin{Of: clock.Of{Subject: u.ID, Name: "report"}, Title: "报告督办事项：" + c.ItemName, Unit: c.Unit, Holder: c.Holder,
			Clock: clock.Clock{Promised: clock.Workdays(days)}, At: tx.Now, Marks: []clock.Mark{{Name: string(Red), Side: clock.Promised, Threshold: clock.Threshold{Percent: 100}}}})
		if err != nil {
			return u, err
		}
		due, err := r.Ledger.Due(m.k.Clocks.Calendar())
		if err != nil {
			return u, err
		}
		u.Due = due.Promised.End
	}
	err = store.New(tx).InsertUrge(ctx, store.InsertUrgeParams{ID: u.ID, Number: u.Number, Kind: string(kind), CaseID: u.CaseID, CaseNumber: u.CaseNumber, ItemName: u.ItemName,
		Unit: u.Unit, Holder: u.Holder, Words: words, MadeBy: u.By, MadeName: u.ByName, MadeAt: db.At(u.At), DueAt: db.At(u.Due)})
	if err != nil {
		return u, err
	}
	tx.Record("efficiency_urge", u.ID, "", "open", map[string]string{"case": u.CaseID, "kind": string(kind), "number": u.Number})
	tx.Publish(Urged{ID: u.ID, CaseID: u.CaseID, Kind: kind, Unit: u.Unit, At: tx.Now})
	title := verb + "：" + c.Number + " " + c.ItemName
	err = worklist.Open(ctx, tx, worklist.Task{Ref: urgeTask(u.ID), Kind: kindUrge, Title: title, Note: u.Number + " " + words, Unit: c.Unit, Holder: c.Holder,
		Right: casework.PermRead, Inside: true, URL: "/sv/urges/" + u.ID, Due: u.Due})
	if err != nil {
		return u, err
	}
	text := u.ByName + "：" + words
	if !u.Due.IsZero() {
		text += "。请在" + casework.LastDay(u.Due) + "前书面报告。"
	}
	return u, m.tell(ctx, tx, []string{"holder", "section"}, c.Unit, c.Holder, notify.Message{Title: title, Text: text, URL: "/sv/urges/" + u.ID})
}

// MayReply says whether the actor may answer an urging.
func MayReply(u Urging, a authz.Actor) bool {
	return a.Kind == authz.Staff && (u.Holder == a.ID || u.Holder == "" && handles(a, u.Unit) || a.May(PermRemind, authz.Place{Unit: u.Unit}))
}

// Reply answers an urging or reports on an instruction.
func (m *Module) Reply(ctx context.Context, tx *db.Tx, id, words string) error {
	u, err := m.Urging(ctx, &tx.View, id)
	if err != nil {
		return err
	}
	if !MayReply(u, tx.Actor) {
		return problem.Forbidden("这份催办不是发给您或您负责的单位的，不能由您回复")
	}
	if words = strings.TrimSpace(words); words == "" {
		return problem.Invalid("请写明办理进展").On("words", "请写明办理进展和预计完成时间")
	}
	n, err := store.New(tx).EndUrge(ctx, store.EndUrgeParams{State: "answered", Answer: words, AnsweredBy: tx.Actor.ID, AnsweredName: tx.Actor.Name, AnsweredAt: db.At(tx.Now), ID: id})
	if err != nil {
		return err
	}
	if n == 0 {
		return problem.Conflict("这份催办已经回复过，不需要再办")
	}
	if u.Kind == Instruct {
		if _, err := m.k.Clocks.Enter(ctx, tx, clock.Of{Subject: u.ID, Name: "report"}, clock.Entry{Kind: clock.Stop, At: tx.Now, Reason: "已报告"}); err != nil {
			return err
		}
	}
	worklist.Close(ctx, tx, urgeTask(id))
	tx.Record("efficiency_urge", id, "open", "answered", nil)
	return m.k.Notify.Send(ctx, tx, notify.Message{To: u.By, Title: "已回复：" + u.CaseNumber + " " + u.ItemName, Text: tx.Actor.Name + "：" + words, URL: "/sv/urges/" + id})
}

// Urging reads one.
func (m *Module) Urging(ctx context.Context, v *db.View, id string) (Urging, error) {
	row, err := store.New(v).Urge(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return Urging{}, problem.NotFound("没有这份催办或督办")
	}
	return readUrge(row), err
}

// UrgingsOf lists those of a case, newest first.
func (m *Module) UrgingsOf(ctx context.Context, v *db.View, caseID string) ([]Urging, error) {
	rows, err := store.New(v).UrgesOf(ctx, caseID)
	var out []Urging
	for _, row := range rows {
		out = append(out, readUrge(row))
	}
	return out, err
}

func readUrge(r store.EfficiencyUrge) Urging {
	return Urging{ID: r.ID, Number: r.Number, Kind: Kind(r.Kind), CaseID: r.CaseID, CaseNumber: r.CaseNumber, ItemName: r.ItemName, Unit: r.Unit, Holder: r.Holder, Words: r.Words,
		By: r.MadeBy, ByName: r.MadeName, At: r.MadeAt.Time, Due: r.DueAt.Time, Answer: r.Answer, AnsweredBy: r.AnsweredBy, AnsweredName: r.AnsweredName,
		AnsweredAt: r.AnsweredAt.Time, State: r.State}
}

// moment is a point in time as lists and records show it.
func moment(t time.Time) string { return t.In(zone).Format("2006-01-02 15:04") }

// when is an instant in words.
func when(t time.Time) string { return t.In(zone).Format("2006年1月2日15:04") }
