package client

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"tongban/base/client/internal/store"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/problem"
)

// writeEvery is how often what was counted is written down. What a process that dies had not written is lost: quotas are soft by that much.
const writeEvery = 10 * time.Second

// meters count the calls of each program, in memory.
type meters struct {
	db   *db.DB
	mu   sync.Mutex
	each map[ID]*meter
}

type meter struct {
	mu             sync.Mutex
	perMinute      int
	limit          *rate.Limiter
	day            string
	before         int64 // calls of the day that are written down already, by this process or another
	calls, refused int64 // not written yet
	written        time.Time
}

func newMeters(d *db.DB) *meters { return &meters{db: d, each: map[ID]*meter{}} }

func (ms *meters) of(id ID) *meter {
	ms.mu.Lock()
	defer ms.mu.Unlock()
	m := ms.each[id]
	if m == nil {
		m = &meter{}
		ms.each[id] = m
	}
	return m
}

// count takes one call of the program into account, and refuses it beyond rate or quota.
func (ms *meters) count(ctx context.Context, v *db.View, c Client) error {
	m := ms.of(c.ID)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.turn(ctx, v, c); err != nil {
		return err
	}
	err := m.judge(v.Now, c)
	if err != nil {
		m.refused++
	} else {
		m.calls++
	}
	if elapsed := v.Now.Sub(m.written); elapsed >= writeEvery || elapsed < 0 {
		if bad := ms.write(ctx, v, c.ID, m); bad != nil {
			return bad
		}
	}
	return err
}

// turn begins the day and follows changed bounds.
func (m *meter) turn(ctx context.Context, v *db.View, c Client) error {
	if m.perMinute != c.PerMinute {
		m.perMinute, m.limit = c.PerMinute, rate.NewLimiter(rate.Limit(float64(c.PerMinute)/60), c.PerMinute)
	}
	day := calendar.DayOf(v.Now).String()
	if day == m.day {
		return nil
	}
	row, err := store.New(v).UseOn(ctx, store.UseOnParams{Client: string(c.ID), Day: day})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	m.day, m.before, m.calls, m.refused = day, row.Calls, 0, 0
	return nil
}

func (m *meter) judge(now time.Time, c Client) error {
	if m.before+m.calls >= int64(c.PerDay) {
		wait := calendar.DayOf(now).End().Sub(now)
		return problem.TooMany(wait, "应用“%s”今天的 %d 次额度已用完", c.Name, c.PerDay).WithNext("明天零点后恢复；确需增加，请联系平台管理员。").Coded("quota")
	}
	r := m.limit.ReserveN(now, 1)
	if wait := r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
		return problem.TooMany(wait, "应用“%s”调用太频繁，每分钟最多 %d 次", c.Name, c.PerMinute).Coded("rate")
	}
	return nil
}

// write writes down what was counted, and learns what other processes have.
func (ms *meters) write(ctx context.Context, v *db.View, id ID, m *meter) error {
	m.written = v.Now
	if m.calls+m.refused == 0 {
		return nil
	}
	err := ms.db.Housekeep(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		if err := q.Count(ctx, store.CountParams{Client: string(id), Day: m.day, Calls: m.calls, Refused: m.refused}); err != nil {
			return err
		}
		row, err := q.UseOn(ctx, store.UseOnParams{Client: string(id), Day: m.day})
		m.before = row.Calls
		return err
	})
	if err == nil {
		m.calls, m.refused = 0, 0
	}
	return err
}

// unwritten is what was counted today and is not written down yet.
func (ms *meters) unwritten(id ID, day string) Use {
	m := ms.of(id)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.day != day {
		return Use{Day: day}
	}
	return Use{Day: day, Calls: m.calls, Refused: m.refused}
}
