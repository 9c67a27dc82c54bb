package bundle

import (
	"context"
	"time"

	"tongban/handling/bundle/internal/store"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/job"
)

type sweep struct{}

// Kind implements job.Args.
func (sweep) Kind() string { return "bundle_sweep" }

func (m *Module) jobs() []job.Work {
	return []job.Work{job.Every(6*time.Hour, sweep{}, func(ctx context.Context, _ sweep) error {
		_, err := m.Sweep(ctx)
		return err
	})}
}

// Sweep removes drafts that nobody touched for ninety days.
func (m *Module) Sweep(ctx context.Context) (removed int, err error) {
	actor := authz.Machine("bundle.sweep", "job")
	now := m.k.Watch.Now()
	old, err := store.New(m.k.View(actor)).OldDrafts(ctx, db.At(now.AddDate(0, 0, -KeepDays)))
	if err != nil {
		return 0, err
	}
	for _, id := range old {
		_, err := m.k.DB.Run(ctx, db.Act{Actor: actor, Name: "bundle.expire", Now: now, Key: "bundle-expire:" + id}, func(tx *db.Tx) error {
			return m.Drop(ctx, tx, ID(id), "")
		})
		if err != nil {
			return removed, err
		}
		removed++
	}
	return removed, nil
}
