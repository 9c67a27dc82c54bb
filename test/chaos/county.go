// Package chaos kills a serving county again and again under load, and compares what its clients were told with what is there.
//
// county.go is the victim: a county with one module that takes applications. chaos_test.go is the killer. The victim can be made
// to lie in two ways; a harness that does not catch both is worth nothing.
package chaos

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"net/http"
	"strconv"
	"sync"

	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/check"
	"tongban/kernel/db"
	"tongban/kernel/event"
	"tongban/kernel/number"
	"tongban/kernel/web"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Twin is a way in which the victim is broken on purpose.
type Twin string

// Sound is not broken; the others are.
const (
	Sound                    Twin = ""
	AcknowledgesBeforeCommit Twin = "acknowledges-before-commit"
	AuditsApart              Twin = "audits-apart" // the audit entry goes in a second transaction
)

// County is a county that takes applications at POST /take.
type County struct {
	*app.Kernel
	twin   Twin
	behind sync.WaitGroup
}

// Open opens the county in a directory, or in a PostgreSQL when database is given.
func Open(ctx context.Context, dir, database string, twin Twin) (*County, error) {
	k, err := app.Open(ctx, app.Settings{DataDir: dir, Database: database})
	if err != nil {
		return nil, err
	}
	c := &County{Kernel: k, twin: twin}
	modules := []app.Module{c}
	if err := k.Migrate(ctx, modules); err != nil {
		return nil, err
	}
	nobody := func(context.Context, *db.View, string) (authz.Actor, error) { return authz.Actor{}, web.ErrNoAccount }
	return c, k.Assemble(ctx, modules, nobody)
}

type taken struct {
	Case string `json:"case"`
}

// EventName implements db.Event.
func (taken) EventName() string { return "chaos.taken" }

// Subject implements db.Event.
func (t taken) Subject() string { return t.Case }

// Manifest implements app.Module.
func (c *County) Manifest() app.Manifest {
	return app.Manifest{Name: "chaos", Schema: db.Schema{Name: "chaos", Files: migrations},
		Routes: []web.Route{web.Form("/take", authz.Anyone, c.take)},
		Listeners: []event.Listener{event.On("chaos.hear", func(ctx context.Context, tx *db.Tx, t taken) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO chaos_heard (id, case_id) VALUES ($1, $2)`, tx.NewID(), t.Case)
			return err
		})},
		Invariants: []check.Invariant{
			{ID: "chaos-1", Title: "每件申请恰有一条受理记录", Check: check.None(`SELECT count(*) FROM chaos_case`,
				`SELECT c.id FROM chaos_case c WHERE (SELECT count(*) FROM audit_entry e WHERE e.object_kind = 'application' AND e.object_id = c.id) <> 1`, "")},
			{ID: "chaos-2", Title: "一张表单只有一件申请", Check: check.None(`SELECT count(*) FROM chaos_case`,
				`SELECT form FROM chaos_case GROUP BY form HAVING count(*) > 1`, "")},
			{ID: "chaos-3", Title: "编号不断号", Check: check.None(`SELECT count(*) FROM chaos_case`,
				`SELECT c.form FROM chaos_case c WHERE c.number > 1 AND NOT EXISTS (SELECT 1 FROM chaos_case d WHERE d.number = c.number - 1)`, "")},
		}}
}

// take takes an application and answers with its number.
func (c *County) take(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	do := func(tx *db.Tx) error { return c.accept(r.Background(), tx, form.Get("_once")) }
	switch c.twin {
	case AcknowledgesBeforeCommit:
		act := db.Act{Actor: r.Actor, Name: "chaos.take", Now: r.Now, Key: form.Get("_once")}
		c.behind.Go(func() { _, _ = c.DB.Run(r.Background(), act, do) })
		_, err := fmt.Fprint(w, "0")
		return err
	case AuditsApart:
		if err := c.apart(r, form.Get("_once")); err != nil {
			return err
		}
		_, err := fmt.Fprint(w, "0")
		return err
	}
	out, err := r.Act("chaos.take", do)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain")
	w.WriteHeader(http.StatusOK)
	_, err = fmt.Fprint(w, out.Reply)
	return err
}

func (c *County) accept(ctx context.Context, tx *db.Tx, form string) error {
	n, err := number.Next(ctx, tx, "chaos", "")
	if err != nil {
		return err
	}
	id := tx.NewID()
	if _, err := tx.ExecContext(ctx, `INSERT INTO chaos_case (id, form, number) VALUES ($1, $2, $3)`, id, form, n); err != nil {
		return err
	}
	tx.Record("application", id, "", "accepted", nil)
	tx.Publish(taken{id})
	tx.Answer(strconv.FormatInt(n, 10))
	return nil
}

// apart is what the kernel forbids: the change in one transaction, its audit entry in the next.
func (c *County) apart(r *web.Request, form string) error {
	id := c.DB.NewID()
	if err := c.DB.Housekeep(r.Ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(r.Ctx, `INSERT INTO chaos_case (id, form, number) SELECT $1, $2, COALESCE(MAX(number), 0) + 1 FROM chaos_case`, id, form)
		return err
	}); err != nil {
		return err
	}
	_, err := r.Act("chaos.take", func(tx *db.Tx) error { tx.Record("application", id, "", "accepted", nil); return nil })
	return err
}
