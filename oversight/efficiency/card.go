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

// Kinds of tasks.
const (
	kindAnswer = "efficiency.answer"
	kindJudge  = "efficiency.judge"
	kindClose  = "efficiency.close"
	kindUrge   = "efficiency.urge"
)

// markLate is the mark on the clocks of a card's own life.
const markLate = "card-late"

func cardTask(id string) string { return "efficiency:card:" + id }

// onCrossed gives the card of a mark, unless it was given already or the mark gives none.
func (m *Module) onCrossed(ctx context.Context, tx *db.Tx, e clock.Crossed) error {
	if e.Mark == markLate {
		return m.onCardLate(ctx, tx, e)
	}
	edition := m.k.Library.Current()
	c, isCase, err := m.caseOf(ctx, &tx.View, e.Thing)
	if err != nil {
		return err
	}
	if isCase {
		if edition, err = m.k.Library.At(ctx, &tx.View, c.Edition); err != nil {
			return err
		}
	}
	t, gives := thresholdOf(edition, e.Name, e.Mark)
	if !gives {
		return nil
	}
	q := store.New(tx)
	_, err = q.CardOf(ctx, store.CardOfParams{Clock: e.Clock, Mark: e.Mark})
	if err == nil {
		return nil // given before
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	return m.issue(ctx, tx, e, t, c)
}

func (m *Module) issue(ctx context.Context, tx *db.Tx, e clock.Crossed, t Threshold, c casework.Case) error {
	year := tx.Now.In(zone).Format("2006")
	n, err := number.Next(ctx, tx, seriesCard, year)
	if err != nil {
		return err
	}
	card := Card{ID: tx.NewID(), Number: fmt.Sprintf("效能〔%s〕%d号", year, n), Clock: e.Clock, Mark: e.Mark, Thing: e.Thing, ClockName: e.Name, Title: e.Title,
		CaseNumber: c.Number, ItemName: c.ItemName, Unit: e.Unit, Holder: e.Holder, Severity: t.Severity(), Basis: t.Name, Points: int64(t.Points * 100),
		CrossedAt: e.At, Due: e.Due, IssuedAt: tx.Now, State: Issued, Version: 1}
	if card.Holder != "" {
		if a, err := m.accounts.Find(ctx, &tx.View, card.Holder); err == nil {
			card.HolderName = a.Name
		} else if problem.KindOf(err) != problem.KindNotFound {
			return err
		}
	}
	if days := t.ReplyDays(); days > 0 {
		if err := m.run(ctx, tx, &card, "answer", "答复"+card.Severity.String(), card.Unit, card.Holder, days); err != nil {
			return err
		}
	}
	err = store.New(tx).InsertCard(ctx, store.InsertCardParams{ID: card.ID, Number: card.Number, Clock: card.Clock, Mark: card.Mark, Thing: card.Thing,
		ClockName: card.ClockName, Title: card.Title, CaseNumber: card.CaseNumber, ItemName: card.ItemName, Unit: card.Unit, Holder: card.Holder, HolderName: card.HolderName,
		Severity: string(card.Severity), Basis: card.Basis, Points: card.Points, CrossedAt: db.At(card.CrossedAt), DueWords: card.Due, IssuedAt: db.At(card.IssuedAt),
		State: string(card.State), Term: card.term, DueAt: db.At(card.DueAt)})
	if err != nil {
		return err
	}
	tx.Record("efficiency_card", card.ID, "", string(Issued), map[string]any{"severity": card.Severity, "thing": card.Thing, "clock": card.ClockName,
		"crossed": card.CrossedAt.UTC().Format(time.RFC3339), "unit": card.Unit, "holder": card.Holder, "basis": card.Basis})
	tx.Publish(Carded{Card: card.ID, Number: card.Number, Thing: card.Thing, Unit: card.Unit, Holder: card.Holder, Severity: card.Severity, Crossed: card.CrossedAt, At: tx.Now})
	if err := m.todo(ctx, tx, card); err != nil {
		return err
	}
	return m.tell(ctx, tx, t.Tell, card.Unit, card.Holder, notify.Message{Title: card.Severity.String() + "：" + card.about(),
		Text: card.Title + "，" + t.Name + "（" + when(card.CrossedAt) + "），期限到" + card.Due + "。" + m.whatToDo(card), URL: "/sv/cards/" + card.ID})
}

// about names what the card is about.
func (c Card) about() string {
	if c.CaseNumber != "" {
		return c.CaseNumber + " " + c.ItemName
	}
	return c.Title
}

// whatToDo is the sentence after the news.
func (m *Module) whatToDo(c Card) string {
	by := ""
	if !c.DueAt.IsZero() {
		by = "请在" + casework.LastDay(c.DueAt) + "前"
	}
	switch {
	case c.Severity == Blue:
		return "请抓紧办理，不需要答复。"
	case c.State == Issued || c.State == Served:
		return by + "签收并反馈整改；有正当理由的，可以提出申辩。"
	case c.State == Defended:
		return "申辩正在核实，" + strings.Replace(by, "请在", "核实人员应在", 1) + "答复。"
	case c.State == Upheld:
		return by + "反馈整改情况。"
	case c.State == Answered:
		return "整改情况已反馈，等待效能监督销号。"
	}
	return ""
}

// todo puts the card's present step on the right list.
func (m *Module) todo(ctx context.Context, tx *db.Tx, c Card) error {
	t := worklist.Task{Ref: cardTask(c.ID), Unit: c.Unit, URL: "/sv/cards/" + c.ID, Due: c.DueAt, Note: c.Number + " " + c.Basis}
	switch c.State {
	case Issued, Served, Upheld:
		if c.Severity == Blue {
			return nil
		}
		// Every staff member who handles cases reads them, so this right reaches whoever held the case.
		t.Kind, t.Title, t.Holder, t.Right, t.Inside = kindAnswer, "答复"+c.Severity.String()+"："+c.about(), c.Holder, casework.PermRead, true
	case Defended:
		t.Kind, t.Title, t.Right = kindJudge, "核实申辩："+c.about(), PermInstruct
	case Answered:
		t.Kind, t.Title, t.Right = kindClose, "销号："+c.about(), PermInstruct
	default:
		worklist.Close(ctx, tx, t.Ref)
		return nil
	}
	return worklist.Open(ctx, tx, t)
}

// run starts the clock of the card's next step. Its name is new each time, so that no step's ledger is ever touched twice.
func (m *Module) run(ctx context.Context, tx *db.Tx, c *Card, step, title, unit, holder string, days int) error {
	name := fmt.Sprintf("%s-%d", step, c.Version)
	r, err := m.k.Clocks.Start(ctx, tx, clock.Begin{Of: clock.Of{Subject: c.ID, Name: name}, Title: title, Unit: unit, Holder: holder,
		Clock: clock.Clock{Promised: clock.Workdays(days)}, At: tx.Now, Marks: []clock.Mark{{Name: markLate, Side: clock.Promised, Threshold: clock.Threshold{Percent: 100}}}})
	if err != nil {
		return err
	}
	due, err := r.Ledger.Due(m.k.Clocks.Calendar())
	c.term, c.DueAt = name, due.Promised.End
	return err
}

// onCardLate tells the leaders that a step of a card's life is late; it gives no further card.
func (m *Module) onCardLate(ctx context.Context, tx *db.Tx, e clock.Crossed) error {
	c, err := m.Card(ctx, &tx.View, e.Thing)
	if err != nil || !c.Open() || c.term != e.Name {
		return err
	}
	if err := store.New(tx).CardLate(ctx, c.ID); err != nil {
		return err
	}
	tx.Record("efficiency_card", c.ID, string(c.State), string(c.State), map[string]string{"late": e.Name})
	return m.tell(ctx, tx, []string{"holder", "section", "leader"}, c.Unit, c.Holder, notify.Message{Title: "预警牌逾期未处理：" + c.about(),
		Text: c.Number + "（" + c.Severity.String() + "）" + e.Title + "的期限" + e.Due + "已过。请立即处理。", URL: "/sv/cards/" + c.ID})
}

// step moves a card by the table, writes its life, and sets its clock and its task.
func (m *Module) step(ctx context.Context, tx *db.Tx, c Card, act Act, words string, days func(Card) (step, title string, n int)) error {
	next, err := moves.Step(c.State, act)
	if err != nil {
		return problem.Conflict("%s", err.Error())
	}
	from := c.State
	if c.term != "" && act != ActServe {
		if _, err := m.k.Clocks.Enter(ctx, tx, clock.Of{Subject: c.ID, Name: c.term}, clock.Entry{Kind: clock.Stop, At: tx.Now, Reason: moves.ActLabel(act)}); err != nil {
			return err
		}
		c.term, c.DueAt = "", time.Time{}
	}
	c.State = next
	if days != nil {
		step, title, n := days(c)
		c.Version++ // the version the row is about to get names the clock
		err := m.run(ctx, tx, &c, step, title, c.Unit, "", n)
		c.Version--
		if err != nil {
			return err
		}
	}
	if moves.Ended(next) {
		c.EndedAt = tx.Now
	}
	q := store.New(tx)
	n, err := q.MoveCard(ctx, store.MoveCardParams{State: string(next), Term: c.term, DueAt: db.At(c.DueAt), EndedAt: db.At(c.EndedAt), ID: c.ID, Version: c.Version})
	if err != nil {
		return err
	}
	if n == 0 {
		return problem.Conflict("%s刚刚被别人处理了，请刷新后再办", c.Number)
	}
	err = q.InsertEntry(ctx, store.InsertEntryParams{ID: tx.NewID(), Card: c.ID, Act: string(act), FromState: string(from), ToState: string(next), Words: words,
		Actor: tx.Actor.ID, ActorName: tx.Actor.Name, Unit: tx.Actor.Unit, At: db.At(tx.Now)})
	if err != nil {
		return err
	}
	tx.Record("efficiency_card", c.ID, string(from), string(next), map[string]string{"act": string(act)})
	return m.todo(ctx, tx, c)
}

// answerable loads a card for its holder's side.
func (m *Module) answerable(ctx context.Context, tx *db.Tx, id string, words *string) (Card, error) {
	c, err := m.Card(ctx, &tx.View, id)
	if err != nil {
		return c, err
	}
	if !MayAnswer(c, tx.Actor) {
		return c, problem.Forbidden("这张牌不是发给您或您负责的单位的，不能由您答复")
	}
	if c.Severity == Blue {
		return c, problem.Conflict("蓝色提醒不需要答复，抓紧办理即可")
	}
	if words != nil {
		if *words = strings.TrimSpace(*words); *words == "" {
			return c, problem.Invalid("请写明情况").On("words", "请写明情况：发生了什么、怎么处理、以后怎样避免")
		}
	}
	return c, nil
}

// Serve signs for a card (签收).
func (m *Module) Serve(ctx context.Context, tx *db.Tx, id string) error {
	c, err := m.answerable(ctx, tx, id, nil)
	if err != nil {
		return err
	}
	return m.step(ctx, tx, c, ActServe, "", nil)
}

// Defend gives the reasons why the card should be withdrawn (申辩), once.
func (m *Module) Defend(ctx context.Context, tx *db.Tx, id, words string) error {
	c, err := m.answerable(ctx, tx, id, &words)
	if err != nil {
		return err
	}
	life, err := m.Life(ctx, &tx.View, id)
	if err != nil {
		return err
	}
	for _, e := range life {
		if e.Act == ActDefend {
			return problem.Conflict("这张牌已经申辩过一次，请反馈整改情况")
		}
	}
	return m.step(ctx, tx, c, ActDefend, words, func(Card) (string, string, int) { return "judge", "核实申辩", judgeDays })
}

// Answer tells what was done about it (整改反馈).
func (m *Module) Answer(ctx context.Context, tx *db.Tx, id, words string) error {
	c, err := m.answerable(ctx, tx, id, &words)
	if err != nil {
		return err
	}
	return m.step(ctx, tx, c, ActAnswer, words, func(Card) (string, string, int) { return "close", "销号", closeDays })
}

// Judge decides a defence: withdraw the card, with its points, or uphold it.
func (m *Module) Judge(ctx context.Context, tx *db.Tx, id string, withdraw bool, words string) error {
	c, err := m.judged(ctx, tx, id, &words)
	if err != nil {
		return err
	}
	news := notify.Message{URL: "/sv/cards/" + id}
	if withdraw {
		err = m.step(ctx, tx, c, ActWithdraw, words, nil)
		tx.Publish(Recalled{Card: c.ID, Thing: c.Thing, Unit: c.Unit, Holder: c.Holder, At: tx.Now})
		news.Title, news.Text = "申辩成立，已撤销："+c.about(), c.Number+"已撤销，不计分。核实意见："+words
	} else {
		err = m.step(ctx, tx, c, ActUphold, words, func(Card) (string, string, int) { return "answer", "反馈整改", answerDays })
		news.Title, news.Text = "申辩不成立："+c.about(), c.Number+"维持。请在5个工作日内反馈整改情况。核实意见："+words
	}
	if err != nil {
		return err
	}
	return m.tell(ctx, tx, []string{"holder", "section"}, c.Unit, c.Holder, news)
}

// Close ends a card whose answer satisfies (销号).
func (m *Module) Close(ctx context.Context, tx *db.Tx, id, words string) error {
	if strings.TrimSpace(words) == "" {
		words = "整改到位"
	}
	c, err := m.judged(ctx, tx, id, &words)
	if err != nil {
		return err
	}
	return m.step(ctx, tx, c, ActClose, words, nil)
}

// Return sends an answer back that does not satisfy.
func (m *Module) Return(ctx context.Context, tx *db.Tx, id, words string) error {
	c, err := m.judged(ctx, tx, id, &words)
	if err != nil {
		return err
	}
	if err := m.step(ctx, tx, c, ActReturn, words, func(Card) (string, string, int) { return "answer", "重新反馈整改", answerDays }); err != nil {
		return err
	}
	return m.tell(ctx, tx, []string{"holder", "section"}, c.Unit, c.Holder, notify.Message{Title: "整改反馈被退回：" + c.about(), Text: c.Number + "：" + words + "。请在5个工作日内重新反馈。", URL: "/sv/cards/" + id})
}

// judged loads a card for the supervisor's side.
func (m *Module) judged(ctx context.Context, tx *db.Tx, id string, words *string) (Card, error) {
	c, err := m.Card(ctx, &tx.View, id)
	if err != nil {
		return c, err
	}
	if err := tx.Require(PermInstruct, authz.Place{Unit: c.Unit}); err != nil {
		return c, err
	}
	life, err := m.Life(ctx, &tx.View, id)
	if err != nil {
		return c, err
	}
	var deeds []authz.Deed
	if c.CaseNumber != "" {
		if deeds, err = m.cases.Deeds(ctx, &tx.View, casework.ID(c.Thing)); err != nil {
			return c, err
		}
	}
	if why, ok := MayJudge(c, life, deeds, tx.Actor); !ok {
		return c, problem.Forbidden("%s", why)
	}
	if *words = strings.TrimSpace(*words); *words == "" {
		return c, problem.Invalid("请写明核实情况").On("words", "请写明核实情况和理由，责任人会看到")
	}
	return c, nil
}

// tell brings a message to the people a threshold names. The supervisor sees cards on his list and on the cockpit.
func (m *Module) tell(ctx context.Context, tx *db.Tx, whom []string, unit, holder string, msg notify.Message) error {
	to := map[string]bool{}
	for _, who := range whom {
		switch who {
		case "holder":
			if holder != "" {
				to[holder] = true
				continue
			}
			list, err := m.accounts.InUnit(ctx, &tx.View, unit, PermRead)
			if err != nil {
				return err
			}
			for _, a := range list {
				to[a.ID] = true
			}
		case "section":
			if err := m.nearest(ctx, tx, unit, PermRemind, to); err != nil {
				return err
			}
		case "leader":
			if err := m.nearest(ctx, tx, unit, PermInstruct, to); err != nil {
				return err
			}
		}
	}
	for account := range to {
		msg.To = account
		if err := m.k.Notify.Send(ctx, tx, msg); err != nil {
			return err
		}
	}
	return nil
}

// nearest gathers those with the right in the unit, or in the nearest unit above it that has somebody.
func (m *Module) nearest(ctx context.Context, tx *db.Tx, unit string, p authz.Permission, into map[string]bool) error {
	for hops := 0; unit != "" && hops < 8; hops++ {
		list, err := m.accounts.InUnit(ctx, &tx.View, unit, p)
		if err != nil {
			return err
		}
		for _, a := range list {
			into[a.ID] = true
		}
		if len(list) > 0 {
			return nil
		}
		u, _ := m.org.Unit(unit)
		unit = u.Parent
	}
	return nil
}
