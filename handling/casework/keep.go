package casework

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"tongban/handling/casework/internal/store"
	"tongban/kernel/authz"
	"tongban/kernel/clock"
	"tongban/kernel/db"
	"tongban/kernel/flow"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/rules/catalogue"
)

// never stands for "no deadline" in the column lists sort by.
var never = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

func far(t time.Time) db.Time {
	if t.IsZero() {
		return db.At(never)
	}
	return db.At(t)
}

func shown(row store.CaseworkCase) (Case, error) {
	c := Case{ID: ID(row.ID), Number: row.Number, Item: row.Item, ItemName: row.ItemName, ItemVersion: row.ItemVersion, Edition: row.Edition,
		Group: row.Batch, GroupTitle: row.BatchTitle, Unit: row.Unit, Holder: row.Holder, Applicant: row.Applicant, ApplicantName: row.ApplicantName,
		Agent: row.Agent, Channel: Channel(row.Channel), Instant: row.Instant, State: State(row.State), Stage: Stage(row.Stage), Reason: row.Reason,
		Notices: int(row.Notices), OpenedAt: row.OpenedAt.Time, ReceivedAt: row.ReceivedAt.Time, AcceptedAt: row.AcceptedAt.Time,
		DecidedAt: row.DecidedAt.Time, ClosedAt: row.ClosedAt.Time, LegalDue: row.LegalAt.Time, Version: row.Version}
	if row.DueAt.Before(never) {
		c.Due = row.DueAt.Time
	}
	return c, row.Flags.Unpack(&c.Flags)
}

func shownAll(rows []store.CaseworkCase, err error) ([]Case, error) {
	if err != nil {
		return nil, fmt.Errorf("casework: %w", err)
	}
	out := make([]Case, 0, len(rows))
	for _, row := range rows {
		c, err := shown(row)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

func find(row store.CaseworkCase, err error) (Case, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return Case{}, problem.NotFound("没有这个办件，请核对办件编号")
	}
	if err != nil {
		return Case{}, fmt.Errorf("casework: %w", err)
	}
	return shown(row)
}

// step is one act on a case in progress: what was loaded, and what the act needs besides.
type step struct {
	Case
	m    *Module
	act  Act
	from State
	item catalogue.Item
	ed   *pack.Edition
}

// begin loads the case, and refuses the act to who may not do it: by right, by kinship with the matter, by what he did before, by the
// table, or by another module's condition.
func (m *Module) begin(ctx context.Context, tx *db.Tx, id ID, p authz.Permission, act Act) (*step, error) {
	s, err := m.load(ctx, tx, id, act)
	if err != nil {
		return nil, err
	}
	if err := tx.Require(p, authz.Place{Unit: s.Unit}); err != nil {
		return nil, err
	}
	return s, s.admit(ctx, tx)
}

// beginOwn is begin for what the applicant, or who acts for him, may do too.
func (m *Module) beginOwn(ctx context.Context, tx *db.Tx, id ID, p authz.Permission, act Act) (*step, error) {
	s, err := m.load(ctx, tx, id, act)
	if err != nil {
		return nil, err
	}
	if !s.owned(tx.Actor) {
		if tx.Actor.Kind == authz.Citizen {
			return nil, problem.NotFound("没有这个办件，请核对办件编号")
		}
		if err := tx.Require(p, authz.Place{Unit: s.Unit}); err != nil {
			return nil, err
		}
	}
	return s, s.moves(ctx, tx)
}

func (m *Module) load(ctx context.Context, tx *db.Tx, id ID, act Act) (*step, error) {
	c, err := find(store.New(tx).FindCase(ctx, string(id)))
	if err != nil {
		return nil, err
	}
	s := &step{Case: c, m: m, act: act, from: c.State}
	s.ed, s.item, err = m.Pinned(ctx, &tx.View, c)
	return s, err
}

// Pinned is the edition the case began under and its item there (I18).
func (m *Module) Pinned(ctx context.Context, v *db.View, c Case) (*pack.Edition, catalogue.Item, error) {
	ed, err := m.k.Library.At(ctx, v, c.Edition)
	if err != nil {
		return nil, catalogue.Item{}, err
	}
	item, ok := pack.Find[catalogue.Item](ed, "item", c.Item)
	if !ok {
		return nil, item, fmt.Errorf("casework: item %s is not in edition %d", c.Item, c.Edition)
	}
	return ed, item, nil
}

// owned reports whether the actor is the applicant or acts for him.
func (c Case) owned(a authz.Actor) bool {
	if a.Kind != authz.Citizen {
		return false
	}
	return a.Party != "" && (a.Party == c.Applicant || a.Party == c.Agent) || c.Agent != "" && a.ID == c.Agent
}

// admit checks recusal, separation of duties, the table and the gates.
func (s *step) admit(ctx context.Context, tx *db.Tx) error {
	if p := tx.Actor.Party; p != "" && (p == s.Applicant || p == s.Agent) {
		return problem.Forbidden("您是办件 %s 的申请人或者代办人，按回避的规定不能办理这一步，请交由其他人员办理", s.Number)
	}
	if !s.Instant && authz.Separates(separations, string(s.act)) {
		deeds, err := s.m.Deeds(ctx, &tx.View, s.ID)
		if err != nil {
			return err
		}
		if rule, barred := authz.Barred(separations, deeds, string(s.act), tx.Actor); barred {
			return problem.Forbidden("%s（%s）。请交由本单位其他有权限的人员办理", rule.Why, rule.Name)
		}
	}
	return s.moves(ctx, tx)
}

// moves checks the table and the conditions of other modules.
func (s *step) moves(ctx context.Context, tx *db.Tx) error {
	if _, ok := actLabels[s.act]; ok {
		if Ended(s.State) {
			return problem.Conflict("办件 %s 已是“%s”，不能再%s", s.Number, StateLabel(s.State), ActLabel(s.act))
		}
		return nil
	}
	next, err := flow.Step(moves, s.State, s.act)
	if err != nil {
		return s.m.refusedMove(ctx, tx, s.Case, err)
	}
	if s.Flags.Hold && s.act != ActRelease && s.act != ActWithdraw {
		return problem.Conflict("办件 %s 在等待前置事项办好，还不能%s；前置事项办好后会自动启动", s.Number, ActLabel(s.act))
	}
	for _, gate := range s.m.gates {
		if err := gate(ctx, &tx.View, s.act, s.Case); err != nil {
			return err
		}
	}
	s.State = next
	return nil
}

// refusedMove adds to the table's refusal who changed the case last: the reader's page was older than the case.
func (m *Module) refusedMove(ctx context.Context, tx *db.Tx, c Case, err error) error {
	p := problem.Conflict("%s", "办件 "+c.Number+"："+err.Error())
	if last, found := store.New(tx).LastDeed(ctx, string(c.ID)); found == nil {
		p = p.WithNext("最近一次操作：%s %s%s。请刷新页面看最新情况。", last.At.In(zone).Format("1月2日15:04"), last.ActorName, ActLabel(Act(last.Act)))
	}
	return p
}

// Unchanged refuses an act on a page that is older than the case, naming who changed it.
func (m *Module) Unchanged(ctx context.Context, tx *db.Tx, id ID, seen int64) error {
	if seen == 0 {
		return nil
	}
	version, err := store.New(tx).Version(ctx, string(id))
	if err != nil || version == seen {
		return err
	}
	c, err := m.Find(ctx, &tx.View, id)
	if err != nil {
		return err
	}
	p := problem.Conflict("您打开这一页之后，办件 %s 有了变化", c.Number)
	if last, err := store.New(tx).LastDeed(ctx, string(id)); err == nil {
		p = p.WithNext("%s %s%s。请刷新页面看最新情况，再决定怎么办。", last.At.In(zone).Format("2006-01-02 15:04"), last.ActorName, ActLabel(Act(last.Act)))
	}
	return p
}

// told says how an act is written into the history.
type told struct {
	note   string
	open   bool      // the applicant sees it
	legal  time.Time // zero: now
	detail any
}

// finish derives the stage, saves the case against its version, writes deed and audit entry, and puts the next task on the list.
func (s *step) finish(ctx context.Context, tx *db.Tx, t told) error {
	before := s.Stage
	s.Stage = stageOf(s.Case)
	if s.Stage != before && s.act != ActAssign && s.act != ActSupplement {
		s.Holder = "" // the next step is somebody else's until it is given to one; what was asked comes back to who asked
	}
	n, err := store.New(tx).UpdateCase(ctx, store.UpdateCaseParams{Unit: s.Unit, Holder: s.Holder, State: string(s.State), Stage: string(s.Stage),
		Flags: db.Pack(s.Flags), Reason: s.Reason, Notices: int64(s.Notices), ReceivedAt: db.At(s.ReceivedAt), AcceptedAt: db.At(s.AcceptedAt),
		DecidedAt: db.At(s.DecidedAt), ClosedAt: db.At(s.ClosedAt), DueAt: far(s.Due), LegalAt: db.At(s.LegalDue), ID: string(s.ID), Version: s.Version})
	if err != nil {
		return fmt.Errorf("casework: save %s: %w", s.Number, err)
	}
	if n == 0 {
		return problem.Conflict("办件 %s 刚刚被别人办理过，请刷新页面看最新情况后再办", s.Number)
	}
	s.Version++
	if err := s.record(ctx, tx, t); err != nil {
		return err
	}
	return s.m.task(ctx, tx, s.Case)
}

// record writes the deed and the audit entry of the act.
func (s *step) record(ctx context.Context, tx *db.Tx, t told) error {
	if t.legal.IsZero() {
		t.legal = tx.Now
	}
	from := s.from
	if s.act == ActOpen {
		from = ""
	}
	tx.Record("case", string(s.ID), string(from), string(s.State), t.detail)
	a := tx.Actor
	return store.New(tx.Deferred()).InsertDeed(ctx, store.InsertDeedParams{ID: tx.NewID(), CaseID: string(s.ID), Act: string(s.act), ActorKind: string(a.Kind),
		Actor: a.ID, ActorName: a.Name, Unit: a.Unit, FromState: string(from), ToState: string(s.State), Note: t.note, Open: t.open,
		At: db.At(tx.Now), LegalAt: db.At(t.legal)})
}

// about is the head of the step's event.
func (s *step) about(tx *db.Tx) About {
	return About{CaseID: s.ID, Number: s.Number, Item: s.Item, ItemName: s.ItemName, Edition: s.Edition, Group: s.Group, GroupTitle: s.GroupTitle,
		Unit: s.Unit, Applicant: s.Applicant, ApplicantName: s.ApplicantName, Agent: s.Agent, At: tx.Now, LegalAt: tx.Now, By: tx.Actor.ID, ByName: tx.Actor.Name}
}

// of names a clock of the case.
func (c Case) of(name string) clock.Of { return clock.Of{Subject: string(c.ID), Name: name} }

// noticeClock is the clock of art. 32 that runs now: each supplement starts another.
func (c Case) noticeClock() string {
	if c.Notices <= 1 {
		return ClockNotice
	}
	return fmt.Sprintf("%s-%d", ClockNotice, c.Notices)
}

// correctionClock is the applicant's clock after the last notice.
func (c Case) correctionClock() string {
	if c.Notices <= 1 {
		return ClockCorrection
	}
	return fmt.Sprintf("%s-%d", ClockCorrection, c.Notices)
}

// start starts a clock of the case and makes its dates those of the case.
func (s *step) start(ctx context.Context, tx *db.Tx, name, title string, terms clock.Clock, at time.Time, marks []clock.Mark) error {
	r, err := s.m.k.Clocks.Start(ctx, tx, clock.Begin{Of: s.of(name), Title: title, Unit: s.Unit, Holder: s.Holder, Clock: terms, At: at, Marks: marks})
	if err != nil {
		return err
	}
	return s.dates(r)
}

// enter writes an entry into a clock of the case and takes over its dates.
func (s *step) enter(ctx context.Context, tx *db.Tx, name string, e clock.Entry) error {
	r, err := s.m.k.Clocks.Enter(ctx, tx, s.of(name), e)
	if err != nil {
		return err
	}
	return s.dates(r)
}

// dates takes over what a clock says: the promised end, or the statutory one where nothing is promised.
func (s *step) dates(r clock.Record) error {
	due, err := r.Ledger.Due(s.m.k.Clocks.Calendar())
	if err != nil {
		return err
	}
	s.Due, s.LegalDue = due.Promised.End, due.Statutory.End
	if s.Due.IsZero() {
		s.Due = s.LegalDue
	}
	return nil
}

// stop ends a clock of the case.
func (s *step) stop(ctx context.Context, tx *db.Tx, name string, at time.Time) error {
	s.Due, s.LegalDue = time.Time{}, time.Time{}
	return s.m.stopClock(ctx, tx, s.Case, name, at)
}

func (m *Module) stopClock(ctx context.Context, tx *db.Tx, c Case, name string, at time.Time) error {
	r, err := m.k.Clocks.Find(ctx, &tx.View, c.of(name))
	if problem.KindOf(err) == problem.KindNotFound && err != nil {
		return nil
	}
	if err != nil {
		return err
	}
	if r.Ledger.Phase() == clock.Stopped {
		return nil
	}
	if last := r.Ledger.Entries[len(r.Ledger.Entries)-1].At; at.Before(last) {
		at = last
	}
	_, err = m.k.Clocks.Append(tx, r, clock.Entry{Kind: clock.Stop, At: at})
	return err
}
