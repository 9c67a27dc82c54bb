package app

import (
	"context"
	"time"

	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/job"
	"tongban/kernel/web"
)

var machine = authz.Machine("kernel", "job")

type (
	sweep    struct{}
	seal     struct{}
	sessions struct{}
	orphans  struct{}
	renewal  struct{}
	witness  struct{}
	tidied   struct{}
)

func (sweep) Kind() string    { return "clock_sweep" }
func (seal) Kind() string     { return "audit_seal" }
func (sessions) Kind() string { return "web_sessions" }
func (orphans) Kind() string  { return "file_orphans" }
func (renewal) Kind() string  { return "kernel_reseal" }
func (witness) Kind() string  { return "audit_checkpoint" }
func (tidied) Kind() string   { return "event_tidy" }

// housework is what the kernel itself does by the clock.
func (k *Kernel) housework() []job.Work {
	sealing := 5 * time.Second
	if k.DB.Engine == db.SQLite { // chains every entry in its own commit: nothing is pending, and an idle county sleeps
		sealing = time.Hour
	}
	return []job.Work{
		job.Every(20*time.Second, sweep{}, func(ctx context.Context, _ sweep) error {
			_, err := k.Clocks.Sweep(ctx, k.DB, k.Watch.Now())
			return err
		}),
		job.Every(sealing, seal{}, func(ctx context.Context, _ seal) error {
			_, err := k.DB.SealAudit(ctx)
			return err
		}),
		job.Every(10*time.Minute, renewal{}, func(ctx context.Context, _ renewal) error { return k.keepResealing(ctx) }),
		job.Every(time.Hour, witness{}, func(ctx context.Context, _ witness) error { return k.checkpoint(ctx) }),
		job.Every(time.Hour, sessions{}, func(ctx context.Context, _ sessions) error { return web.SweepSessions(ctx, k.DB) }),
		job.Every(6*time.Hour, tidied{}, func(ctx context.Context, _ tidied) error {
			_, err := k.TidyEvents(ctx)
			return err
		}),
		job.Every(6*time.Hour, orphans{}, func(ctx context.Context, _ orphans) error {
			_, err := k.Files.Sweep(ctx, k.View(machine))
			return err
		}),
	}
}
