package notify

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"tongban/kernel/db"
	"tongban/kernel/job"
	"tongban/kernel/logging"
)

// waits are the pauses between the tries of a message: a day in all, so that a gateway may be away for a night.
var waits = [...]time.Duration{time.Second, 15 * time.Second, time.Minute, 5 * time.Minute, 20 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour}

// mostTries is how often a message is tried before it is given to a person.
const mostTries = len(waits) + 1

type (
	deliver struct {
		ID   string `json:"id"`
		Soon bool   `json:"soon,omitempty"` // it helps nobody after a while
	}
	tidy struct{}
)

// Kind implements job.Args.
func (deliver) Kind() string { return "notify_deliver" }

// InsertOpts gives messages a queue of their own, in which a code that somebody waits for goes before the news of the day.
func (d deliver) InsertOpts() job.Options {
	o := job.Options{Queue: job.Messages, Priority: 2}
	if d.Soon {
		o.Priority = 1
	}
	return o
}

// Kind implements job.Args.
func (tidy) Kind() string { return "notify_tidy" }

// Jobs is the work of the desk.
func (n *Desk) Jobs() []job.Work {
	return []job.Work{job.Handle(n.deliver), job.Every(24*time.Hour, tidy{}, n.tidy)}
}

// Undelivered tells that a message found no way out, or came too late.
type Undelivered struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

// EventName implements db.Event.
func (Undelivered) EventName() string { return "notify.undelivered" }

// Subject implements db.Event.
func (u Undelivered) Subject() string { return u.ID }

// parcel is a message as it waits for its way out.
type parcel struct {
	id, phone, mail, title, body, state, wanted string
	tries                                       int
	until                                       db.Time
}

func (n *Desk) load(ctx context.Context, id string) (parcel, error) {
	p := parcel{id: id}
	err := n.db.View(machine, n.now()).QueryRowContext(ctx, `SELECT phone, mail, title, body, state, wanted, tries, until_at FROM notify_sms WHERE id = $1`, id).
		Scan(&p.phone, &p.mail, &p.title, &p.body, &p.state, &p.wanted, &p.tries, &p.until)
	if err != nil {
		return p, err
	}
	if p.phone, err = n.keys.OpenText(purpose, p.phone); err != nil {
		return p, err
	}
	p.mail, err = n.keys.OpenText(purposeMail, p.mail)
	return p, err
}

// deliver takes one message out by the first channel that accepts it. What fails here is tried again later; what cannot succeed, or has
// failed too often, is ended and told.
func (n *Desk) deliver(ctx context.Context, args deliver) error {
	p, err := n.load(ctx, args.ID)
	if err != nil || p.state != "waiting" {
		return err
	}
	if !p.until.IsZero() && n.now().After(p.until.Time) {
		return n.end(ctx, p, "expired", "", "过了有效时间仍没有发出")
	}
	var met []string
	hopeless, asked := true, false
	var paused time.Duration // until the first channel is tried again
	for _, l := range n.lines {
		to := p.phone
		if l.Means == Mail {
			to = p.mail
		}
		if to == "" || p.wanted != "" && p.wanted != l.Name {
			continue
		}
		text := l.Signature + p.body
		if why := l.unfit(text); why != "" {
			met = append(met, l.Name+"："+why)
			continue
		}
		hopeless = false
		if wait := l.admit(time.Now()); wait > 0 {
			met = append(met, l.Name+"：通道连续失败，暂停使用")
			if paused == 0 || wait < paused {
				paused = wait
			}
			continue
		}
		asked = true
		if err = n.attempt(ctx, l, Dispatch{ID: p.id, To: to, Title: p.title, Text: text}); err == nil {
			return n.end(ctx, p, "sent", l.Name, "")
		}
		met = append(met, l.Name+"："+logging.Mask(err.Error()))
	}
	reason := strings.Join(met, "；")
	if len(met) == 0 {
		reason = "没有能到达收件人的通道"
	}
	if !hopeless && !asked { // nobody was asked, so it is no try; those who wait come back one after the other
		return job.Again(paused + rand.N(5*time.Second)) // #nosec G404 -- spreads repetitions; nothing is guessed from it
	}
	if hopeless || p.tries+1 >= mostTries {
		return n.end(ctx, p, "failed", "", reason)
	}
	if err := n.end(ctx, p, "waiting", "", reason); err != nil {
		return err
	}
	return job.Again(waits[p.tries])
}

// attempt asks one channel, within its budget.
func (n *Desk) attempt(ctx context.Context, l *line, d Dispatch) error {
	b := n.bill(l, d)
	if err := n.spend(ctx, l, b); err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, l.Patience)
	defer cancel()
	err := l.Sender.Send(limited, d)
	l.note(time.Now(), err)
	var unsent Unsent
	if errors.As(err, &unsent) {
		return errors.Join(err, n.giveBack(ctx, l, b))
	}
	return err
}

// end writes down how a try ended, and that it was the last one unless the message still waits.
func (n *Desk) end(ctx context.Context, p parcel, state, channel, reason string) error {
	_, err := n.db.Run(ctx, db.Act{Actor: machine, Name: "notify." + state, Now: n.now()}, func(tx *db.Tx) error {
		ended := db.At(tx.Now)
		if state == "waiting" {
			ended = db.Time{}
		}
		r, err := tx.ExecContext(ctx, `UPDATE notify_sms SET state = $1, channel = $2, reason = $3, tries = tries + 1, ended_at = $4 WHERE id = $5 AND state = 'waiting'`,
			state, channel, reason, ended, p.id)
		if err != nil {
			return err
		}
		if rows, err := r.RowsAffected(); err != nil || rows == 0 {
			return err // the same job ran twice, and the other was first
		}
		tx.Record("sms", p.id, "waiting", state, map[string]string{"channel": channel, "reason": reason})
		if state == "failed" || state == "expired" {
			tx.Publish(Undelivered{ID: p.id, Reason: reason})
		}
		return nil
	})
	return err
}

var errBudget = errors.New("今天的额度已用完")

// bill is what one try takes from the budgets of a day, and whose. It is made once: what is given back after midnight was taken before.
type bill struct {
	day, number string
	pieces      int
}

func (n *Desk) bill(l *line, d Dispatch) bill {
	return bill{n.now().In(beijing).Format("2006-01-02"), n.keys.Index(purposeNumber, d.To), l.cost(d.Text)}
}

var beijing = time.FixedZone("北京时间", 8*3600)

// spend takes the message from the budgets of its number and of the day, before it leaves: an attempt whose answer is lost may have cost
// money all the same.
func (n *Desk) spend(ctx context.Context, l *line, b bill) error {
	_, err := n.db.Run(ctx, db.Act{Actor: machine, Name: "notify.spend", Now: n.now()}, func(tx *db.Tx) error {
		if err := take(ctx, tx, l.Name, b.day, b.number, 1, l.PerNumber); err != nil {
			return fmt.Errorf("这个号码%w", err)
		}
		if err := take(ctx, tx, l.Name, b.day, "", b.pieces, l.PerDay); err != nil {
			return fmt.Errorf("全县%w", err)
		}
		return nil
	})
	return err
}

func take(ctx context.Context, tx *db.Tx, channel, day, number string, n, limit int) error {
	if limit > 0 && n > limit {
		return errBudget
	}
	if limit == 0 {
		limit = 1 << 40
	}
	r, err := tx.ExecContext(ctx, `INSERT INTO notify_spent (channel, day, number, used) VALUES ($1, $2, $3, $4)
 ON CONFLICT (day, channel, number) DO UPDATE SET used = notify_spent.used + excluded.used WHERE notify_spent.used + excluded.used <= $5`, channel, day, number, n, limit)
	if err != nil {
		return err
	}
	if rows, err := r.RowsAffected(); err != nil || rows == 0 {
		return errors.Join(err, errBudget)
	}
	return nil
}

func (n *Desk) giveBack(ctx context.Context, l *line, b bill) error {
	_, err := n.db.Run(ctx, db.Act{Actor: machine, Name: "notify.give-back", Now: n.now()}, func(tx *db.Tx) error {
		tx.Later(`UPDATE notify_spent SET used = used - 1 WHERE channel = $1 AND day = $2 AND number = $3`, l.Name, b.day, b.number)
		tx.Later(`UPDATE notify_spent SET used = used - $1 WHERE channel = $2 AND day = $3 AND number = ''`, b.pieces, l.Name, b.day)
		return nil
	})
	return err
}

// tidy forgets the budgets of past days.
func (n *Desk) tidy(ctx context.Context, _ tidy) error {
	_, err := n.db.Run(ctx, db.Act{Actor: machine, Name: "notify.tidy", Now: n.now()}, func(tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM notify_spent WHERE day < $1`, tx.Now.In(beijing).AddDate(0, 0, -7).Format("2006-01-02"))
		return err
	})
	return err
}
