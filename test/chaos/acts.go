package chaos

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"tongban/kernel/db"
	"tongban/kernel/number"
	"tongban/kernel/problem"
	"tongban/kernel/web"
)

// postTake takes an application and answers with its number.
func (c *County) postTake(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	once := form.Get("_once")
	do := func(tx *db.Tx) error { return c.take(r.Background(), tx, once) }
	var out db.Outcome
	switch c.options.Twin {
	case AcknowledgesBeforeCommit:
		act := db.Act{Actor: r.Actor, Name: "chaos.take", Now: r.Now, Key: once}
		c.behind.Go(func() { _, _ = c.DB.Run(r.Background(), act, do) })
		out.Reply = "0"
	case AuditsApart, Keyless:
		out.Reply, err = "0", c.apart(r, once)
	case CountsThenWrites:
		var last int64
		if err := r.View.QueryRowContext(r.Ctx, `SELECT COALESCE(MAX(number), 0) FROM chaos_case`).Scan(&last); err != nil {
			return err
		}
		c.counted.Store(once, last+1)
		out, err = r.Act("chaos.take", do)
	default:
		out, err = r.Act("chaos.take", do)
	}
	if err != nil && c.options.Twin == SaysYesAnyway {
		out.Reply, err = "0", nil
	}
	return say(w, out.Reply, err)
}

func say(w *web.Response, what string, err error) error {
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain")
	w.WriteHeader(http.StatusOK)
	_, err = fmt.Fprint(w, what)
	return err
}

func (c *County) take(ctx context.Context, tx *db.Tx, form string) error {
	if c.options.Slow > 0 {
		time.Sleep(c.options.Slow)
	}
	n, err := number.Next(ctx, tx, "chaos", "")
	if err != nil {
		return err
	}
	if counted, broken := c.counted.Load(form); broken {
		n = counted.(int64)
	}
	id := tx.NewID()
	if err := c.options.Release.insert(ctx, tx, id, form, n); err != nil {
		return err
	}
	tx.Record("application", id, "", "taken", nil)
	tx.Publish(taken{id, form})
	tx.Answer(strconv.FormatInt(n, 10))
	if c.outside != nil {
		return c.inform(ctx, tx, form, n)
	}
	return nil
}

// apart is what the kernel forbids: the change in one transaction, without a key, and its audit entry in the next.
func (c *County) apart(r *web.Request, form string) error {
	id := c.DB.NewID()
	if err := c.DB.Housekeep(r.Ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(r.Ctx, `INSERT INTO chaos_case (id, form, number, state) SELECT $1, $2, COALESCE(MAX(number), 0) + 1, 'taken' FROM chaos_case`, id, form)
		return err
	}); err != nil {
		return err
	}
	_, err := r.Act("chaos.take", func(tx *db.Tx) error { tx.Record("application", id, "", "taken", nil); return nil })
	return err
}

// postDecide decides an application, once: whoever comes second is told that it is decided.
func (c *County) postDecide(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	verdict := form.Get("verdict")
	if verdict != "granted" && verdict != "refused" {
		return problem.Invalid("请选择准予或不予")
	}
	undecided := false
	if c.options.Twin == ChecksThenActs {
		var state string
		if err := r.View.QueryRowContext(r.Ctx, `SELECT state FROM chaos_case WHERE form = $1`, form.Get("case")).Scan(&state); err != nil {
			return err
		}
		undecided = state == "taken"
		time.Sleep(3 * time.Millisecond) // a person looks at the page
	}
	out, err := r.Act("chaos.decide", func(tx *db.Tx) error { return c.decide(r.Background(), tx, form.Get("case"), verdict, undecided) })
	return say(w, out.Reply, err)
}

func (c *County) decide(ctx context.Context, tx *db.Tx, form, verdict string, undecided bool) error {
	var id string
	err := tx.QueryRowContext(ctx, `UPDATE chaos_case SET state = $1 WHERE form = $2 AND (state = 'taken' OR $3 = 1) RETURNING id`, verdict, form, bit(undecided)).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return problem.Conflict("这件申请已经决定")
	}
	if err != nil {
		return err
	}
	tx.Record("application", id, "taken", verdict, nil)
	tx.Publish(decided{id, form})
	tx.Answer(verdict)
	return nil
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// hear writes down that an event was heard.
func (c *County) hear(ctx context.Context, tx *db.Tx, of, what string) error {
	const insert = `INSERT INTO chaos_heard (id, case_id, what) VALUES ($1, $2, $3)`
	id := tx.NewID()
	if c.options.Twin == HearsApart {
		tx.AfterCommit(func() {
			c.behind.Go(func() {
				_ = c.DB.Housekeep(context.WithoutCancel(ctx), func(tx *sql.Tx) error {
					_, err := tx.ExecContext(ctx, insert, id, of, what)
					return err
				})
			})
		})
		return nil
	}
	_, err := tx.ExecContext(ctx, insert, id, of, what)
	return err
}

// showList is a page that staff look at: the newest applications.
func (c *County) showList(w *web.Response, r *web.Request) error {
	rows, err := r.View.QueryContext(r.Ctx, `SELECT form, number, state FROM chaos_case ORDER BY id DESC LIMIT 50`)
	if err != nil {
		return err
	}
	defer rows.Close()
	text := ""
	for rows.Next() {
		var form, state string
		var n int64
		if err := rows.Scan(&form, &n, &state); err != nil {
			return err
		}
		text += fmt.Sprintf("%d %s %s\n", n, form, state)
	}
	return say(w, text, rows.Err())
}

func (c *County) showReady(w *web.Response, r *web.Request) error {
	if err := c.DB.Ready(r.Ctx); err != nil {
		return problem.Busy(time.Second, "数据库没有应答").Wrap(err)
	}
	return say(w, "ready", nil)
}
