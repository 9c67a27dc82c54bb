package notify

import (
	"context"
	"strings"
	"sync"
	"time"

	"tongban/kernel/db"
	"tongban/kernel/problem"
)

// SMS is a message that left or shall leave the house, as the outbox pages show it.
type SMS struct {
	ID, To, Text, State, Channel, Reason string
	Tries                                int
	At                                   time.Time
}

// Outbox lists the newest messages with their addresses masked, for the sink page of a demo county.
func (n *Desk) Outbox(ctx context.Context, v *db.View, limit int) ([]SMS, error) {
	return n.list(ctx, v, "", limit)
}

// Trouble lists the newest messages that found no way out, or still look for one after a failure.
func (n *Desk) Trouble(ctx context.Context, v *db.View, limit int) ([]SMS, error) {
	return n.list(ctx, v, ` WHERE state IN ('failed', 'expired') OR state = 'waiting' AND tries > 0`, limit)
}

func (n *Desk) list(ctx context.Context, v *db.View, where string, limit int) ([]SMS, error) {
	rows, err := v.QueryContext(ctx, `SELECT id, phone, mail, body, state, channel, reason, tries, made_at FROM notify_sms`+where+` ORDER BY id DESC LIMIT $1`, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []SMS
	for rows.Next() {
		var s SMS
		var phone, mail string
		var at db.Time
		if err := rows.Scan(&s.ID, &phone, &mail, &s.Text, &s.State, &s.Channel, &s.Reason, &s.Tries, &at); err != nil {
			return nil, err
		}
		s.To, s.At = n.masked(phone, mail), at.Time
		out = append(out, s)
	}
	return out, rows.Err()
}

// masked is who a message goes to, as others may read it.
func (n *Desk) masked(phone, mail string) string {
	if plain, err := n.keys.OpenText(purpose, phone); err == nil && len(plain) >= 7 {
		return plain[:3] + "****" + plain[len(plain)-4:]
	}
	if plain, err := n.keys.OpenText(purposeMail, mail); err == nil {
		if name, host, ok := strings.Cut(plain, "@"); ok && name != "" {
			return name[:1] + "***@" + host
		}
	}
	return "****"
}

// Standings tells how every channel does, in the order in which they are tried.
func (n *Desk) Standings(ctx context.Context, v *db.View) ([]Standing, error) {
	used := map[string]int{}
	rows, err := v.QueryContext(ctx, `SELECT channel, used FROM notify_spent WHERE day = $1 AND number = ''`, v.Now.In(beijing).Format("2006-01-02"))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var n int
		if err := rows.Scan(&name, &n); err != nil {
			return nil, err
		}
		used[name] = n
	}
	var out []Standing
	for _, l := range n.lines {
		s := l.standing(time.Now())
		s.Used = used[l.Name]
		out = append(out, s)
	}
	return out, rows.Err()
}

// Retry gives a message that failed another round of tries.
func (n *Desk) Retry(ctx context.Context, tx *db.Tx, id string) error {
	r, err := tx.ExecContext(ctx, `UPDATE notify_sms SET state = 'waiting', tries = 0, ended_at = NULL WHERE id = $1 AND state = 'failed'`, id)
	if err != nil {
		return err
	}
	if rows, err := r.RowsAffected(); err != nil || rows == 0 {
		return problem.Conflict("这条消息已经发出、已经过期或正在重发，请刷新后再看")
	}
	tx.Record("sms", id, "failed", "waiting", nil)
	return n.jobs().Enqueue(ctx, tx, deliver{ID: id})
}

// Reached is whether the other side of a channel can be reached.
type Reached struct {
	Name string
	Err  error
}

// Reach knocks at every channel side by side, and sends nothing.
func (n *Desk) Reach(ctx context.Context) []Reached {
	out := make([]Reached, len(n.lines))
	var knocking sync.WaitGroup
	for i, l := range n.lines {
		knocking.Go(func() { out[i] = Reached{l.Name, l.Sender.Reach(ctx)} })
	}
	knocking.Wait()
	return out
}
