// Package notify tells people what happened: always in the in-site inbox (站内信), and by text message or mail where an address is
// known. The inbox row is part of the command; what leaves the house goes by a job once the command is committed (deliver.go), by the
// first channel that takes it (channel.go), within a budget. Which channels a county has stands in its file (settings.go).
package notify

import (
	"context"
	"embed"
	"time"

	"tongban/kernel/authz"
	"tongban/kernel/crypto"
	"tongban/kernel/db"
	"tongban/kernel/job"
	"tongban/kernel/problem"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema is the package's tables.
func Schema() db.Schema { return db.Schema{Name: "notify", Files: migrations} }

// Message is one notice to one person.
type Message struct {
	To    string // account id or party id whose inbox it goes to
	Phone string // mobile number for the text message; empty sends none
	Mail  string // address for when no text message gets through, or no phone is known
	Title string
	Text  string
	URL   string    // page in the product that the notice is about
	Until time.Time // after that it helps nobody any more; zero: it always does
}

// Desk sends messages.
type Desk struct {
	db    *db.DB
	keys  *crypto.Keyring
	now   func() time.Time
	jobs  func() *job.Queue
	lines []*line // none: the county has no channel; messages stay in the outbox page (demo, tests)
}

// NewDesk prepares the desk. jobs is asked at send time, because the queue opens after all work is declared.
func NewDesk(d *db.DB, keys *crypto.Keyring, now func() time.Time, jobs func() *job.Queue, channels []Channel) *Desk {
	desk := &Desk{db: d, keys: keys, now: now, jobs: jobs}
	for _, c := range channels {
		if c.Patience == 0 {
			c.Patience = defaultPatience
		}
		desk.lines = append(desk.lines, &line{Channel: c})
	}
	return desk
}

const defaultPatience = 10 * time.Second

// Purposes bind sealed addresses to this use.
const (
	purpose       = "notify.phone"
	purposeMail   = "notify.mail"
	purposeNumber = "notify.number" // blind index under which a number's messages of a day are counted
)

// Carries reports whether the county has a channel of that means.
func (n *Desk) Carries(m Means) bool {
	for _, l := range n.lines {
		if l.Means == m {
			return true
		}
	}
	return false
}

// Send puts the message into the inbox and, with a phone or mail address, enqueues it for the way out.
func (n *Desk) Send(ctx context.Context, tx *db.Tx, m Message) error {
	id := tx.NewID()
	if m.To != "" {
		tx.Later(`INSERT INTO notify_message (id, recipient, title, body, url, sent_at) VALUES ($1, $2, $3, $4, $5, $6)`,
			id, m.To, m.Title, m.Text, m.URL, db.At(tx.Now))
	}
	if m.Phone == "" && m.Mail == "" {
		return nil
	}
	return n.post(ctx, tx, id, m, "")
}

// Try sends a message by one channel only, so that an operator sees whether it works.
func (n *Desk) Try(ctx context.Context, tx *db.Tx, channel, to string) error {
	for _, l := range n.lines {
		if l.Name != channel {
			continue
		}
		m := Message{Title: "通道测试", Text: "这是一条测试消息，收到即说明“" + l.Name + "”可用，无需回复。", Until: tx.Now.Add(10 * time.Minute)}
		if l.Means == Mail {
			m.Mail = to
		} else {
			m.Phone = to
		}
		id := tx.NewID()
		tx.Record("channel", channel, "", "", map[string]string{"event": "test", "dispatch": id})
		return n.post(ctx, tx, id, m, channel)
	}
	return problem.NotFound("没有“%s”这个通道，可能刚改过配置，请刷新后再试", channel)
}

func (n *Desk) post(ctx context.Context, tx *db.Tx, id string, m Message, wanted string) error {
	phone, err := n.keys.SealText(purpose, m.Phone)
	if err != nil {
		return err
	}
	mail, err := n.keys.SealText(purposeMail, m.Mail)
	if err != nil {
		return err
	}
	tx.Later(`INSERT INTO notify_sms (id, phone, mail, title, body, state, wanted, channel, tries, reason, until_at, made_at)
 VALUES ($1, $2, $3, $4, $5, 'waiting', $6, '', 0, '', $7, $8)`,
		id, phone, mail, m.Title, m.Text, wanted, db.At(m.Until), db.At(tx.Now))
	if len(n.lines) == 0 {
		return nil
	}
	return n.jobs().Enqueue(ctx, tx, deliver{ID: id, Soon: !m.Until.IsZero()})
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

var machine = authz.Machine("notify", "job")
