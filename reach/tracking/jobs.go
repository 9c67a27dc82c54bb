package tracking

import (
	"context"
	"time"

	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/job"
	"tongban/reach/tracking/internal/store"
)

type forget struct{}

// Kind implements job.Args.
func (forget) Kind() string { return "tracking_forget" }

func (m *Module) jobs() []job.Work {
	return []job.Work{job.Every(6*time.Hour, forget{}, func(ctx context.Context, _ forget) error { return m.Forget(ctx) })}
}

// Forget drops wrong answers of yesterday.
func (m *Module) Forget(ctx context.Context) error {
	now := m.k.Watch.Now()
	_, err := m.k.DB.Run(ctx, db.Act{Actor: authz.Machine("tracking.forget", "job"), Name: "tracking.forget", Now: now}, func(tx *db.Tx) error {
		return store.New(tx).ForgetWrong(ctx, db.At(now.Add(-wrongDay)))
	})
	return err
}
