package licence

import (
	"context"
	"errors"
	"slices"
	"time"

	"tongban/handling/licence/internal/store"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/job"
)

var machine = authz.Machine("licence", "job:licence_make")

type makeJob struct {
	Licences []ID `json:"licences"`
}

// Kind implements job.Args.
func (makeJob) Kind() string { return "licence_make" }

type sweepJob struct{}

// Kind implements job.Args.
func (sweepJob) Kind() string { return "licence_sweep" }

func (m *Module) jobs() []job.Work {
	return []job.Work{
		job.Handle(func(ctx context.Context, a makeJob) error { return m.Make(ctx, a.Licences...) }),
		job.Every(10*time.Minute, sweepJob{}, func(ctx context.Context, _ sweepJob) error {
			_, err := m.Drain(ctx)
			return errors.Join(err, m.expire(ctx))
		}),
	}
}

// Drain carries every unfinished licence as far as it will go and returns how many came into force: for what jobs left behind, and for
// demo scenes, whose clock does not wait for jobs. One that cannot be made holds up no other.
func (m *Module) Drain(ctx context.Context) (issued int, err error) {
	ids, err := store.New(m.k.View(machine)).Unfinished(ctx)
	if err != nil {
		return 0, err
	}
	var failures []error
	for some := range slices.Chunk(ids, atOnce) {
		n, err := m.drain(ctx, some)
		if issued += n; err != nil {
			failures = append(failures, err)
		}
	}
	return issued, errors.Join(failures...)
}

// atOnce is how many licences share a command when many are left behind.
const atOnce = 16

func (m *Module) drain(ctx context.Context, ids []string) (issued int, err error) {
	// What fails is written down there.
	if err := m.make(ctx, ids); err != nil && ctx.Err() != nil {
		return 0, err
	}
	list, err := m.some(ctx, m.k.View(machine), "id", ids)
	if err != nil {
		return 0, err
	}
	list = slices.DeleteFunc(list, func(l Licence) bool { return l.State != Sealing })
	hashes, err := m.seals.Signed(ctx, m.k.View(machine), usesOf(list)) // what waits to be released by a person is not among them
	if err != nil || len(hashes) == 0 {
		return 0, err
	}
	list = slices.DeleteFunc(list, func(l Licence) bool { return hashes[l.SealUse] == "" })
	err = m.together(ctx, list, func(ctx context.Context, some []Licence) error {
		err := m.act(ctx, "licence.issue", func(tx *db.Tx) error { return m.issue(ctx, tx, usesOf(some), hashes) })
		if err == nil {
			issued += len(some)
		}
		return err
	})
	return issued, err
}

// expire marks what has outlived its term. Checking never waits for it: StateOn reads the date.
func (m *Module) expire(ctx context.Context) error {
	today := calendar.DayOf(m.k.Watch.Now())
	ids, err := store.New(m.k.View(machine)).Outlived(ctx, today.String())
	if err != nil {
		return err
	}
	for _, id := range ids {
		err := m.act(ctx, "licence.expire", func(tx *db.Tx) error {
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
