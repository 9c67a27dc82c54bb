package licence

import (
	"context"
	"time"

	"tongban/handling/licence/internal/store"
	"tongban/handling/seal"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/job"
)

var machine = authz.Machine("licence", "job:licence_make")

type makeJob struct {
	Licence ID `json:"licence"`
}

// Kind implements job.Args.
func (makeJob) Kind() string { return "licence_make" }

type sweepJob struct{}

// Kind implements job.Args.
func (sweepJob) Kind() string { return "licence_sweep" }

func (m *Module) jobs() []job.Work {
	return []job.Work{
		job.Handle(func(ctx context.Context, a makeJob) error { return m.Make(ctx, a.Licence) }),
		job.Every(10*time.Minute, sweepJob{}, func(ctx context.Context, _ sweepJob) error {
			if _, err := m.Drain(ctx); err != nil {
				return err
			}
			return m.expire(ctx)
		}),
	}
}

// Drain carries every unfinished licence as far as it will go and returns how many came into force: for what jobs left behind, and for
// demo scenes, whose clock does not wait for jobs. One that cannot be made holds up no other; its unit has a task about it.
func (m *Module) Drain(ctx context.Context) (issued int, err error) {
	ids, err := store.New(m.k.View(machine)).Unfinished(ctx)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		// Its own failure is written down by Make.
		if err := m.Make(ctx, ID(id)); err != nil && ctx.Err() != nil {
			return issued, err
		}
	}
	if _, err := m.seals.Drain(ctx); err != nil {
		return issued, err
	}
	for _, id := range ids {
		l, err := m.Find(ctx, m.k.View(machine), ID(id))
		if err != nil {
			return issued, err
		}
		if l.State != Sealing {
			continue
		}
		if u, err := m.seals.Use(ctx, m.k.View(machine), l.SealUse); err != nil || u.State != seal.Signed {
			continue // it waits to be released by a person
		}
		if err := m.act(ctx, "licence.issue", l.ID, func(tx *db.Tx) error { return m.signed(ctx, tx, l.SealUse) }); err != nil {
			return issued, err
		}
		issued++
	}
	return issued, nil
}

// expire marks what has outlived its term. Checking never waits for it: StateOn reads the date.
func (m *Module) expire(ctx context.Context) error {
	today := calendar.DayOf(m.k.Watch.Now())
	ids, err := store.New(m.k.View(machine)).Outlived(ctx, today.String())
	if err != nil {
		return err
	}
	for _, id := range ids {
		err := m.act(ctx, "licence.expire", ID(id), func(tx *db.Tx) error {
			l, err := m.Find(ctx, &tx.View, ID(id))
			if err != nil || l.State != Valid || l.StateOn(today) != Expired {
				return err
			}
			return m.move(ctx, tx, l, ActExpire, "有效期已于"+l.ValidUntil.Chinese()+"届满", "行政许可法第七十条第（一）项")
		})
		if err != nil {
			return err
		}
	}
	return nil
}
