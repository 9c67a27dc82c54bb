package casework

import (
	"context"
	"fmt"
	"time"

	"tongban/handling/casework/internal/store"
	"tongban/kernel/authz"
	"tongban/kernel/clock"
	"tongban/kernel/db"
	"tongban/kernel/number"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/rules/catalogue"
	"tongban/rules/competence"
)

// Open receives an application (收件) and pins item and edition to it. Without Hold the five working days of art. 32 begin.
func (m *Module) Open(ctx context.Context, tx *db.Tx, o Opening) (Case, error) {
	if tx.Actor.Kind == authz.Staff && !tx.Actor.Holds(PermOpen) { // a counter receives for units of the whole hall
		return Case{}, tx.Require(PermOpen, authz.Place{Unit: tx.Actor.Unit})
	}
	ed := m.k.Library.Current()
	if o.Edition != 0 {
		var err error
		if ed, err = m.k.Library.At(ctx, &tx.View, o.Edition); err != nil {
			return Case{}, err
		}
	}
	item, ok := pack.Find[catalogue.Item](ed, "item", o.Item)
	if !ok {
		return Case{}, problem.NotFound("事项目录里没有“%s”，请从事项目录重新选择", o.Item)
	}
	if o.Applicant == "" || o.ApplicantName == "" {
		return Case{}, problem.Invalid("请先登记申请人，再提交申请")
	}
	if o.Unit == "" {
		var err error
		if o.Unit, err = competence.Decider(ed, item, today(tx.Now)); err != nil {
			return Case{}, err
		}
	}
	if o.Channel == "" {
		o.Channel = Online
	}
	if o.Number == "" {
		one, err := Numbers(ctx, tx, 1)
		if err != nil {
			return Case{}, err
		}
		o.Number = one[0]
	}
	flags := o.Flags
	flags.Hold = o.Hold
	s := &step{m: m, act: ActOpen, item: item, ed: ed, Case: Case{ID: ID(tx.NewID()), Number: o.Number, Item: item.Code, ItemName: item.Name,
		ItemVersion: ed.Version("item", item.Code), Edition: ed.Number, Group: o.Group, GroupTitle: o.GroupTitle, Unit: o.Unit, Applicant: o.Applicant,
		ApplicantName: o.ApplicantName, Agent: o.Agent, Channel: o.Channel, Instant: item.Handling == catalogue.Instant, State: Received, Flags: flags,
		OpenedAt: tx.Now, ReceivedAt: tx.Now, Version: 1}}
	if !o.Hold {
		if err := s.startNotice(ctx, tx); err != nil {
			return Case{}, err
		}
	}
	s.Stage = stageOf(s.Case)
	c := s.Case
	err := store.New(tx.Deferred()).InsertCase(ctx, store.InsertCaseParams{ID: string(c.ID), Number: c.Number, Item: c.Item, ItemName: c.ItemName, ItemVersion: c.ItemVersion,
		Edition: c.Edition, Batch: c.Group, BatchTitle: c.GroupTitle, Unit: c.Unit, Applicant: c.Applicant, ApplicantName: c.ApplicantName, Agent: c.Agent,
		Channel: string(c.Channel), Instant: c.Instant, State: string(c.State), Stage: string(c.Stage), Flags: db.Pack(c.Flags), Notices: int64(c.Notices),
		OpenedAt: db.At(c.OpenedAt), ReceivedAt: db.At(c.ReceivedAt), DueAt: far(c.Due), LegalAt: db.At(c.LegalDue), Version: c.Version})
	if err != nil {
		return Case{}, fmt.Errorf("casework: open: %w", err)
	}
	if err := s.record(ctx, tx, told{open: true, detail: map[string]any{"number": c.Number, "item": c.Item, "edition": c.Edition, "hold": o.Hold}}); err != nil {
		return Case{}, err
	}
	tx.Publish(Opened{About: s.about(tx), Hold: o.Hold})
	return c, m.task(ctx, tx, c)
}

// Numbers takes the next case numbers of the day: TB, the date, five digits. Each is for a case that the same command opens.
func Numbers(ctx context.Context, tx *db.Tx, n int) ([]string, error) {
	on := tx.Now.In(zone).Format("20060102")
	first, err := number.Several(ctx, tx, "case", on, n)
	if err != nil {
		return nil, err
	}
	var out []string
	for i := range n {
		out = append(out, caseNumber(on, first+int64(i)))
	}
	return out, nil
}

// startNotice begins the five working days of art. 32, or fewer where the item promises so.
func (s *step) startNotice(ctx context.Context, tx *db.Tx) error {
	s.Notices++
	terms := TermsOf(s.item).Notice
	marks := append(s.m.marks(s.ed, "step", terms), clock.Mark{Name: markDeemed, Side: clock.Statutory, Threshold: clock.Threshold{Percent: 100}})
	return s.start(ctx, tx, s.noticeClock(), "受理："+s.ItemName, terms, s.ReceivedAt, marks)
}

// Release starts the handling of a case that waited for another: it counts as received now.
func (m *Module) Release(ctx context.Context, tx *db.Tx, id ID) error {
	s, err := m.begin(ctx, tx, id, PermOpen, ActRelease)
	if err != nil {
		return err
	}
	if !s.Flags.Hold {
		return problem.Conflict("办件 %s 没有在等待，不需要启动", s.Number)
	}
	s.Flags.Hold, s.ReceivedAt = false, tx.Now
	if err := s.startNotice(ctx, tx); err != nil {
		return err
	}
	tx.Publish(Released{s.about(tx)})
	return s.finish(ctx, tx, told{open: true, note: "前置事项已办好，开始办理"})
}

// Withdraw takes the application back, by the applicant or at the counter in his name.
func (m *Module) Withdraw(ctx context.Context, tx *db.Tx, id ID, reason string) error {
	s, err := m.beginOwn(ctx, tx, id, PermAccept, ActWithdraw)
	if err != nil {
		return err
	}
	if err := s.stopAll(ctx, tx); err != nil {
		return err
	}
	s.Reason, s.ClosedAt, s.Flags.Hold = reason, tx.Now, false
	tx.Publish(WasWithdrawn{About: s.about(tx), Reason: reason})
	return s.finish(ctx, tx, told{open: true, note: reason})
}

// Close ends a decided case: decision and licence are with the applicant (办结).
func (m *Module) Close(ctx context.Context, tx *db.Tx, id ID) error {
	s, err := m.begin(ctx, tx, id, PermClose, ActClose)
	if err != nil {
		return err
	}
	if err := s.stop(ctx, tx, ClockDelivery, tx.Now); err != nil {
		return err
	}
	s.ClosedAt = tx.Now
	tx.Publish(WasClosed{s.about(tx)})
	return s.finish(ctx, tx, told{open: true})
}

// stopAll ends every clock of the case that still runs.
func (s *step) stopAll(ctx context.Context, tx *db.Tx) error {
	all, err := s.m.k.Clocks.All(ctx, &tx.View, string(s.ID))
	if err != nil {
		return err
	}
	for _, r := range all[string(s.ID)] {
		if err := s.stop(ctx, tx, r.Name, tx.Now); err != nil {
			return err
		}
	}
	s.Due, s.LegalDue = time.Time{}, time.Time{}
	return nil
}
