// Package notify tells people what happened: always in the in-site inbox (站内信), and by SMS where a phone is known. The inbox row is
// part of the command; the SMS leaves by a job once the command is committed.
package notify

import (
	"context"
	"embed"
	"fmt"
	"time"

	"tongban/kernel/authz"
	"tongban/kernel/crypto"
	"tongban/kernel/db"
	"tongban/kernel/job"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema is the package's tables.
func Schema() db.Schema { return db.Schema{Name: "notify", Files: migrations} }

// Message is one notice to one person.
type Message struct {
	To    string // account id or party id whose inbox it goes to
	Phone string // mobile number for the SMS; empty sends none
	Title string
	Text  string
	URL   string // page in the product that the notice is about
}

// Sender carries an SMS or mail out of the house. It may be asked twice for the same id and must then send once.
type Sender interface {
	Send(ctx context.Context, id, to, text string) error
}

// Desk sends messages.
type Desk struct {
	db   *db.DB
	keys *crypto.Keyring
	jobs func() *job.Queue
	out  Sender // nil: the county has no gateway; messages stay in the outbox page (demo, tests)
}

// NewDesk prepares the desk. jobs is asked at send time, because the queue opens after all work is declared.
func NewDesk(d *db.DB, keys *crypto.Keyring, jobs func() *job.Queue, out Sender) *Desk {
	return &Desk{d, keys, jobs, out}
}

// purpose binds a sealed phone number to this use.
const purpose = "notify.phone"

var machine = authz.Machine("notify", "job")

type deliver struct {
	ID string `json:"id"`
}

// Kind implements job.Args.
func (deliver) Kind() string { return "notify_deliver" }

// Send puts the message into the inbox and, with a phone, enqueues the SMS.
func (n *Desk) Send(ctx context.Context, tx *db.Tx, m Message) error {
	id := tx.NewID()
	if m.To != "" {
		if _, err := tx.ExecContext(ctx, `INSERT INTO notify_message (id, recipient, title, body, url, sent_at) VALUES ($1, $2, $3, $4, $5, $6)`,
			id, m.To, m.Title, m.Text, m.URL, db.At(tx.Now)); err != nil {
			return fmt.Errorf("notify: %w", err)
		}
	}
	if m.Phone == "" {
		return nil
	}
	sealed, err := n.keys.Seal(purpose, []byte(m.Phone))
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO notify_sms (id, phone, body, state, made_at) VALUES ($1, $2, $3, 'waiting', $4)`,
		id, sealed, m.Text, db.At(tx.Now)); err != nil {
		return fmt.Errorf("notify: %w", err)
	}
	if n.out == nil {
		return nil
	}
	return n.jobs().Enqueue(ctx, tx, deliver{ID: id})
}

// Letter is a message as its reader sees it.
type Letter struct {
	ID, Title, Text, URL string
	At                   time.Time
	Read                 bool
}

// Inbox lists the newest messages to any of the recipients.
func (n *Desk) Inbox(ctx context.Context, v *db.View, recipients []string, before string, limit int) ([]Letter, error) {
	w := (&db.Where{}).In("recipient", recipients)
	if before != "" {
		w.And("id < ?", before)
	}
	rows, err := v.QueryContext(ctx, `SELECT id, title, body, url, sent_at, read_at FROM notify_message`+w.String()+` ORDER BY id DESC LIMIT `+w.Bind(limit), w.Args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Letter
	for rows.Next() {
		var l Letter
		var sent, read db.Time
		if err := rows.Scan(&l.ID, &l.Title, &l.Text, &l.URL, &sent, &read); err != nil {
			return nil, err
		}
		l.At, l.Read = sent.Time, !read.IsZero()
		out = append(out, l)
	}
	return out, rows.Err()
}

// SMS is a text message as the outbox page shows it.
type SMS struct {
	ID, Phone, Text, State string
	At                     time.Time
}

// Outbox lists the newest text messages with their numbers masked, for the sink page of a demo county.
func (n *Desk) Outbox(ctx context.Context, v *db.View, limit int) ([]SMS, error) {
	rows, err := v.QueryContext(ctx, `SELECT id, phone, body, state, made_at FROM notify_sms ORDER BY id DESC LIMIT $1`, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []SMS
	for rows.Next() {
		var s SMS
		var at db.Time
		if err := rows.Scan(&s.ID, &s.Phone, &s.Text, &s.State, &at); err != nil {
			return nil, err
		}
		if plain, err := n.keys.Open(purpose, s.Phone); err == nil && len(plain) >= 7 {
			s.Phone = string(plain[:3]) + "****" + string(plain[len(plain)-4:])
		} else {
			s.Phone = "****"
		}
		s.At = at.Time
		out = append(out, s)
	}
	return out, rows.Err()
}

// Jobs is the work of the desk.
func (n *Desk) Jobs() []job.Work {
	return []job.Work{job.Handle(n.deliver)}
}

func (n *Desk) deliver(ctx context.Context, args deliver) error {
	v := n.db.View(machine, time.Now())
	var phone, body, state string
	if err := v.QueryRowContext(ctx, `SELECT phone, body, state FROM notify_sms WHERE id = $1`, args.ID).Scan(&phone, &body, &state); err != nil {
		return err
	}
	if state == "sent" || n.out == nil {
		return nil
	}
	plain, err := n.keys.Open(purpose, phone)
	if err != nil {
		return err
	}
	if err := n.out.Send(ctx, args.ID, string(plain), body); err != nil {
		return err
	}
	_, err = n.db.Run(ctx, db.Act{Actor: machine, Name: "notify.sent", Now: time.Now(), Key: "sms:" + args.ID}, func(tx *db.Tx) error {
		tx.Record("sms", args.ID, "waiting", "sent", nil)
		_, err := tx.ExecContext(ctx, `UPDATE notify_sms SET state = 'sent' WHERE id = $1`, args.ID)
		return err
	})
	return err
}
