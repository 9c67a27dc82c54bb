package app

import (
	"context"
	"syscall"
	"time"

	"tongban/kernel/audit"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/meter"
	"tongban/kernel/vault"
)

// gauges are the numbers of the kernel's own tables and surroundings.
func (k *Kernel) gauges() []meter.Gauge {
	count := func(name, help, query string, args ...func() any) meter.Gauge {
		return meter.Gauge{Name: name, Help: help, Read: func(ctx context.Context) ([]meter.Value, error) {
			var n int64
			err := k.look().QueryRowContext(ctx, query, called(args)...).Scan(&n)
			return meter.One(n), err
		}}
	}
	groups := func(name, label, help, query string) meter.Gauge {
		return meter.Gauge{Name: name, Label: label, Help: help, Read: func(ctx context.Context) ([]meter.Value, error) {
			return k.grouped(ctx, query)
		}}
	}
	age := func(name, help, query string, args ...func() any) meter.Gauge {
		return meter.Gauge{Name: name, Help: help, Read: func(ctx context.Context) ([]meter.Value, error) {
			var oldest db.Time
			if err := k.look().QueryRowContext(ctx, query, called(args)...).Scan(&oldest); err != nil || oldest.IsZero() {
				return meter.One(0), err
			}
			return meter.One(max(0, k.Watch.Now().Sub(oldest.Time).Seconds())), nil
		}}
	}
	now := func() any { return db.At(k.Watch.Now()) }
	return []meter.Gauge{
		{Name: "tongban_db_queue_length", Help: "Commands that wait for the SQLite writer.", Read: func(context.Context) ([]meter.Value, error) { return meter.One(k.DB.Waiting()), nil }},
		{Name: "tongban_db_bytes", Help: "Size of the database on disk.", Read: func(ctx context.Context) ([]meter.Value, error) {
			n, err := k.DB.Size(ctx)
			return meter.One(n), err
		}},
		{Name: "tongban_disk_free_bytes", Help: "Free space where the data directory lies.", Read: func(context.Context) ([]meter.Value, error) {
			free, _, err := Disk(k.Settings.DataDir)
			return meter.One(free), err
		}},
		count("tongban_outbox_due", "Deliveries of events that wait for their listener.", `SELECT count(*) FROM event_delivery WHERE state = 'due'`),
		age("tongban_outbox_oldest_seconds", "Age of the oldest event that waits for a listener.",
			`SELECT min(o.at) FROM event_delivery d JOIN event_outbox o ON o.id = d.event_id WHERE d.state = 'due'`),
		count("tongban_outbox_parked", "Deliveries that failed for good and wait for a person.", `SELECT count(*) FROM event_delivery WHERE state = 'parked'`),
		count("tongban_clocks_due", "Clocks that passed a mark which nobody was told of yet.", `SELECT count(*) FROM clock_clock WHERE next_at <= $1`, now),
		age("tongban_clocks_lag_seconds", "How late the sweeper is for the clock that waits longest.", `SELECT min(next_at) FROM clock_clock WHERE next_at <= $1`, now),
		groups("tongban_jobs", "state", "Jobs by state.", `SELECT state, count(*) FROM river_job GROUP BY state`),
		count("tongban_sessions", "Sessions that have not expired.", `SELECT count(*) FROM web_session WHERE expires_at > $1`, func() any { return db.At(time.Now()) }),
		groups("tongban_messages", "state", "Text messages and mails that have not left.", `SELECT state, count(*) FROM notify_sms WHERE state IN ('waiting', 'failed', 'expired') GROUP BY state`),
		{Name: "tongban_channel_paused", Label: "channel", Help: "1 while a channel is left alone after failures.", Read: k.pausedChannels},
		count("tongban_audit_pending", "Audit entries that are not in the chain yet.", `SELECT count(*) FROM audit_pending`),
		{Name: "tongban_audit_entries", Help: "Length of the audit chain.", Read: func(ctx context.Context) ([]meter.Value, error) {
			head, err := audit.ReadHead(ctx, k.look())
			return meter.One(head.Seq), err
		}},
		{Name: "tongban_backup_timestamp_seconds", Help: "When the last backup was made; 0: never.", Read: k.recorded(vault.LastBackup)},
		{Name: "tongban_restore_drill_timestamp_seconds", Help: "When a backup was last restored to see whether it can be; 0: never.", Read: k.recorded(vault.LastDrill)},
		{Name: "tongban_calendar_missing_year", Help: "The year whose holidays are not in the calendar yet; 0: none.", Read: func(context.Context) ([]meter.Value, error) {
			year, missing := k.Clocks.Calendar().MissingYear(calendar.DayOf(k.Watch.Now()))
			if !missing {
				year = 0
			}
			return meter.One(year), nil
		}},
		{Name: "tongban_edition", Help: "Number of the edition of the county's data in force.", Read: func(context.Context) ([]meter.Value, error) { return meter.One(int64(k.Library.Current().Number)), nil }},
		{Name: "tongban_info", Label: "engine", Help: "Which database runs below.", Read: func(context.Context) ([]meter.Value, error) {
			return []meter.Value{{Label: string(k.DB.Engine), N: 1}}, nil
		}},
	}
}

func called(args []func() any) (out []any) {
	for _, a := range args {
		out = append(out, a())
	}
	return out
}

func (k *Kernel) look() *db.View { return k.View(authz.Machine("kernel", "meter")) }

func (k *Kernel) grouped(ctx context.Context, query string) (out []meter.Value, err error) {
	rows, err := k.look().QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var v meter.Value
		if err := rows.Scan(&v.Label, &v.N); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

func (k *Kernel) pausedChannels(ctx context.Context) (out []meter.Value, err error) {
	list, err := k.Notify.Standings(ctx, k.look())
	for _, s := range list {
		v := meter.Value{Label: s.Name}
		if !s.Paused.IsZero() {
			v.N = 1
		}
		out = append(out, v)
	}
	return out, err
}

// recorded reads when something last happened that leaves its note beside the data.
func (k *Kernel) recorded(name string) func(context.Context) ([]meter.Value, error) {
	return func(context.Context) ([]meter.Value, error) {
		r, err := vault.Noted(k.Settings.DataDir, name)
		if err != nil || r.At.IsZero() {
			return meter.One(0), err
		}
		return meter.One(r.At.Unix()), nil
	}
}

// Disk is the free and the whole space where a directory lies.
func Disk(dir string) (free, total int64, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, 0, err
	}
	return int64(s.Bavail) * int64(s.Bsize), int64(s.Blocks) * int64(s.Bsize), nil
}
