package casework

import (
	"context"

	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/worklist"
)

func stepRef(id ID) string { return "casework:step:" + string(id) }

// URL is the page of the case.
func (c Case) URL() string { return "/w/cases/" + c.Number }

// Right is the permission the present stage asks for.
func (c Case) Right() authz.Permission {
	switch c.Stage {
	case StageReceive, StageCorrect, StageHold:
		return PermAccept
	case StageAssess:
		return PermAssess
	case StageSuspend:
		return PermSuspend
	case StageDecide:
		if c.Instant {
			return PermInstant
		}
		return PermDecide
	}
	return PermClose
}

// task puts what the case waits for on the list of whoever can do it, or takes it off.
func (m *Module) task(ctx context.Context, tx *db.Tx, c Case) error {
	t := worklist.Task{Ref: stepRef(c.ID), Title: c.ItemName, Note: c.ApplicantName, Unit: c.Unit, Holder: c.Holder, Right: c.Right(), URL: c.URL(), Due: c.Due}
	if c.GroupTitle != "" {
		t.Note += " · " + c.GroupTitle
	}
	switch c.Stage {
	case StageReceive:
		t.Kind = "casework.receive"
	case StageAssess:
		t.Kind = "casework.assess"
	case StageDecide:
		t.Kind = "casework.decide"
		t.URL += "/decide"
	case StageSuspend:
		t.Kind = "casework.resume"
	case StageDeliver:
		if c.State == Granted {
			worklist.Close(ctx, tx, t.Ref) // licence and delivery put their own steps on the list
			return nil
		}
		t.Kind = "casework.deliver-notice"
	default:
		worklist.Close(ctx, tx, t.Ref)
		return nil
	}
	return worklist.Open(ctx, tx, t)
}

// Assign gives the present step of a case to one person of its unit; a person may also take a step himself. An empty account gives it
// back to all who may do it.
func (m *Module) Assign(ctx context.Context, tx *db.Tx, id ID, to string) error {
	s, err := m.load(ctx, tx, id, ActAssign)
	if err != nil {
		return err
	}
	place := authz.Place{Unit: s.Unit}
	right := s.Right()
	if own := to == tx.Actor.ID || to == "" && s.Holder == tx.Actor.ID; !own || !tx.Actor.May(right, place) {
		if err := tx.Require(PermAssign, place); err != nil {
			return err
		}
	}
	if err := s.moves(ctx, tx); err != nil {
		return err
	}
	note := "放回待办"
	if to == tx.Actor.ID && to != "" {
		note = "自己认领"
	} else if to != "" {
		able, err := m.Able(ctx, &tx.View, s.Case)
		if err != nil {
			return err
		}
		for _, a := range able {
			if a.ID == to {
				note = "指派给" + a.Name
			}
		}
		if note == "放回待办" {
			return problem.Invalid("这个人没有办理这一步的权限，请另选一人").On("account", "请从名单中选择")
		}
	}
	s.Holder = to
	if name := s.RunningClock(); name != "" {
		if err := m.k.Clocks.Hand(ctx, tx, s.of(name), s.Unit, to); err != nil {
			return err
		}
	}
	return s.finish(ctx, tx, told{note: note, detail: map[string]any{"holder": to}})
}

// RunningClock is the clock of the present step.
func (c Case) RunningClock() string {
	switch c.State {
	case Received:
		if !c.Flags.Hold {
			return c.noticeClock()
		}
	case Correcting:
		return c.correctionClock()
	case Accepted, Suspended:
		return ClockHandling
	case Granted:
		return ClockDelivery
	}
	return ""
}

// Mark changes the flags that are for the work only: urgent, green channel, contested.
func (m *Module) Mark(ctx context.Context, tx *db.Tx, id ID, change func(*Flags), note string) error {
	s, err := m.load(ctx, tx, id, ActMark)
	if err != nil {
		return err
	}
	if err := tx.Require(PermAssign, authz.Place{Unit: s.Unit}); err != nil {
		return err
	}
	if err := s.moves(ctx, tx); err != nil {
		return err
	}
	wanted := s.Flags
	change(&wanted)
	s.Flags.Urgent, s.Flags.Green, s.Flags.Contested = wanted.Urgent, wanted.Green, wanted.Contested
	return s.finish(ctx, tx, told{note: note, detail: s.Flags})
}

var taskLabels = map[string]string{"casework.receive": "待受理", "casework.assess": "待审查", "casework.decide": "待决定", "casework.resume": "特别程序",
	"casework.lapse": "补正逾期", "casework.deliver-notice": "文书送达"}

// TaskLabel names a kind of task of this module; empty for those of others.
func TaskLabel(kind string) string { return taskLabels[kind] }
