package casework

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"tongban/handling/casework/internal/store"
	"tongban/kernel/authz"
	"tongban/kernel/config"
	"tongban/kernel/db"
	"tongban/kernel/job"
	"tongban/kernel/problem"
)

type redate struct{}

// Kind implements job.Args.
func (redate) Kind() string { return "casework_redate" }

func (m *Module) jobs() []job.Work {
	return []job.Work{job.Every(time.Minute, redate{}, func(ctx context.Context, _ redate) error {
		_, err := m.Redate(ctx)
		return err
	})}
}

// redated is the version of the working calendar by which the dates kept for lists were last derived.
const redated = "casework.calendar"

// Redate brings the dates that lists sort by up to date after a change of the working calendar: the clocks have been recomputed by then,
// this only copies what they say. It does nothing while the calendar is the one it saw last.
func (m *Module) Redate(ctx context.Context) (moved int, err error) {
	machine := authz.Machine("casework", "job")
	v := m.k.View(machine)
	if err := m.k.Clocks.Refresh(ctx, v); err != nil { // another process may have changed it a moment ago
		return 0, err
	}
	version := strconv.FormatInt(m.k.Clocks.Version(), 10)
	seen, err := config.Get(ctx, v, redated)
	if err != nil || seen == version || seen == "" && version == "0" {
		return 0, err
	}
	for after := ""; ; {
		cases, err := shownAll(store.New(v).OpenCases(ctx, store.OpenCasesParams{ID: after, Limit: 200}))
		if err != nil {
			return moved, err
		}
		if len(cases) == 0 {
			break
		}
		after = string(cases[len(cases)-1].ID)
		if _, err := m.k.DB.Run(ctx, db.Act{Actor: machine, Name: "casework.redate", Now: m.k.Watch.Now()}, func(tx *db.Tx) error {
			for _, c := range cases {
				changed, err := m.redate(ctx, tx, c)
				if err != nil {
					return err
				}
				if changed {
					moved++
				}
			}
			return nil
		}); err != nil {
			return moved, err
		}
	}
	_, err = m.k.DB.Run(ctx, db.Act{Actor: machine, Name: "casework.redated", Now: m.k.Watch.Now()}, func(tx *db.Tx) error {
		return config.Set(ctx, tx, redated, version)
	})
	return moved, err
}

// redate copies the dates of the running clock. A case that somebody changes at the same moment gets its dates from that act.
func (m *Module) redate(ctx context.Context, tx *db.Tx, c Case) (bool, error) {
	name := c.RunningClock()
	if name == "" {
		return false, nil
	}
	r, err := m.k.Clocks.Find(ctx, &tx.View, c.of(name))
	if problem.KindOf(err) == problem.KindNotFound && err != nil {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	s := &step{Case: c, m: m}
	if err := s.dates(r); err != nil {
		return false, err
	}
	if s.Due.Equal(c.Due) && s.LegalDue.Equal(c.LegalDue) {
		return false, nil
	}
	n, err := store.New(tx).MoveDue(ctx, store.MoveDueParams{DueAt: far(s.Due), LegalAt: db.At(s.LegalDue), ID: string(c.ID), Version: c.Version})
	if err != nil || n == 0 {
		if err != nil {
			err = fmt.Errorf("casework: redate %s: %w", c.Number, err)
		}
		return false, err
	}
	return true, m.task(ctx, tx, s.Case)
}
