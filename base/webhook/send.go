package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tongban/base/webhook/internal/store"
	"tongban/kernel/db"
	"tongban/kernel/job"
	"tongban/kernel/logging"
	"tongban/kernel/outward"
)

type (
	deliver struct {
		ID string `json:"id"`
	}
	sweep struct{}
	tidy  struct{}
)

// Kind implements job.Args.
func (deliver) Kind() string { return "webhook_deliver" }

// Kind implements job.Args.
func (sweep) Kind() string { return "webhook_sweep" }

// Kind implements job.Args.
func (tidy) Kind() string { return "webhook_tidy" }

// InsertOpts gives what waits for strangers a queue of its own.
func (deliver) InsertOpts() job.Options { return job.Options{Queue: job.Outward} }

// shift is how long one job goes on with a receiver's messages before others have its place.
const shift = 20 * time.Second

// deliver tries a message, and then what else waits for the same receiver, one after the other. Pauses are on the wall clock: a test clock
// that is moved must not change how failures are retried.
//
// At most so many jobs are at one receiver (lanes.go). Who finds them all there leaves his message to them, and who finds a receiver that
// is left alone leaves it to the sweep: however many messages wait for a receiver that is slow or dead, they keep no place from others.
func (m *Module) deliver(ctx context.Context, args deliver) error {
	msg, err := m.Message(ctx, m.k.View(machine), args.ID)
	if err != nil || msg.State != Waiting {
		return err
	}
	// What was never tried waits for nothing but its receiver: a time in the future was written before the clock was set back.
	if wait := msg.NextAt.Sub(m.k.Outward.Now()); wait > 0 && msg.Tries > 0 {
		return job.Again(wait)
	}
	if !m.lanes.enter(msg.Subscription) {
		return nil
	}
	defer m.lanes.leave(msg.Subscription)
	for end := m.k.Outward.Now().Add(shift); m.k.Outward.Now().Before(end); {
		goOn, err := m.try(ctx, msg)
		if err != nil || !goOn {
			return err
		}
		list, err := store.New(m.k.View(machine)).Due(ctx, store.DueParams{Subscription: string(msg.Subscription), NextAt: db.At(m.k.Outward.Now()), Limit: 2 * mostLanes})
		if err != nil || len(list) == 0 {
			return err
		}
		next, free := m.lanes.pick(messages(list))
		if !free {
			return nil
		}
		msg = next
	}
	return m.enqueue(ctx, []string{msg.ID})
}

// try tries one message once, unless somebody else is at it. goOn: others for the same receiver may follow.
func (m *Module) try(ctx context.Context, msg Message) (goOn bool, err error) {
	if !m.lanes.hold(msg.ID) {
		return true, nil
	}
	defer m.lanes.release(msg.ID)
	v := m.k.View(machine)
	if msg, err = m.Message(ctx, v, msg.ID); err != nil || msg.State != Waiting {
		return true, err // another process was first
	}
	s, err := m.Find(ctx, v, msg.Subscription)
	if err != nil || s.State == Paused {
		return false, err // it is enqueued anew when the subscription goes on
	}
	if s.State == Ended {
		return true, m.end(ctx, msg, Dropped, "订阅已终止")
	}
	if f, known := m.fact(msg.Name); known {
		may, err := m.may(ctx, v, s.Client, f.Right, msg.Unit, msg.Agent)
		if err != nil {
			return false, err
		}
		if !may {
			return true, m.end(ctx, msg, Withheld, "应用已停用，或者不再有“"+m.k.Rights().Title(f.Right)+"”的权限")
		}
	}
	now := m.k.Outward.Now()
	if s.QuietUntil.After(now) {
		return false, m.touch(ctx, msg, s.QuietUntil)
	}
	t, got := m.attempt(ctx, s, msg, now)
	if ctx.Err() != nil {
		return false, ctx.Err() // the process ends; whether it arrived nobody knows, so it goes once more, under the same id
	}
	return true, m.record(ctx, s, msg, t, got)
}

// attempt posts the message.
func (m *Module) attempt(ctx context.Context, s Subscription, msg Message, now time.Time) (Try, verdict) {
	t := Try{At: m.k.Watch.Now()}
	fail := func(reason string) (Try, verdict) {
		t.Millis, t.Reason = m.k.Outward.Now().Sub(now).Milliseconds(), reason
		return t, verdict{reason: reason}
	}
	signatures, err := m.signatures(s, msg, now)
	if err != nil {
		return fail("密钥打不开：请换发密钥")
	}
	r, err := http.NewRequest(http.MethodPost, s.URL, strings.NewReader(msg.Body))
	if err != nil {
		return fail("网址不对：请修改网址")
	}
	r.Header.Set("Content-Type", "application/cloudevents+json; charset=utf-8")
	r.Header.Set("User-Agent", "tongban-webhook/1")
	r.Header.Set("Webhook-Id", msg.Event)
	r.Header.Set("Webhook-Timestamp", strconv.FormatInt(now.Unix(), 10))
	r.Header.Set("Webhook-Signature", signatures)
	limited, cancel := context.WithTimeout(ctx, m.patience)
	defer cancel()
	answer, err := m.k.Outward.Do(limited, r)
	if err != nil {
		return fail(unanswered(err, m.patience))
	}
	defer answer.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(answer.Body, 4<<10)) // only for people to read; the status decides
	v := judge(answer.StatusCode, answer.Header.Get("Retry-After"), now)
	t.Status, t.Millis, t.Reason, t.Answer = answer.StatusCode, m.k.Outward.Now().Sub(now).Milliseconds(), v.reason, tidied(said)
	return t, v
}

// signatures are that of the secret in force and, for a while after a change, that of the former.
func (m *Module) signatures(s Subscription, msg Message, now time.Time) (string, error) {
	secret, err := m.k.Keys.OpenText(purpose, s.secret)
	if err != nil {
		return "", err
	}
	out, err := Sign(s.Algorithm, secret, msg.Event, now, []byte(msg.Body))
	if err != nil || s.former == "" || !now.Before(s.FormerUntil) {
		return out, err
	}
	if secret, err = m.k.Keys.OpenText(purpose, s.former); err != nil {
		return "", err
	}
	second, err := Sign(s.Algorithm, secret, msg.Event, now, []byte(msg.Body))
	return out + " " + second, err
}

// record writes down how a try ended, and what comes next.
func (m *Module) record(ctx context.Context, s Subscription, msg Message, t Try, got verdict) error {
	_, err := m.k.DB.Run(ctx, db.Act{Actor: machine, Name: "webhook.try", Now: m.k.Watch.Now()}, func(tx *db.Tx) error {
		q, now := store.New(tx), m.k.Outward.Now()
		tries, state, due, ended := msg.Tries+1, Waiting, now, db.Time{}
		pause, more := next(tries, rand.Float64()) // #nosec G404 -- likewise
		switch {
		case got.arrived:
			state, ended = Sent, db.At(tx.Now)
		case got.gone || !more:
			state, ended = Dead, db.At(tx.Now)
		default:
			due = now.Add(max(pause, got.rest))
		}
		n, err := q.Advance(ctx, store.AdvanceParams{State: string(state), NextAt: db.At(due), EndedAt: ended, Reason: got.reason, ID: msg.ID, Tries: int64(msg.Tries)})
		if err != nil {
			return err
		}
		if err := q.NoteTry(ctx, store.NoteTryParams{ID: tx.NewID(), Message: msg.ID, At: db.At(t.At), Status: int64(t.Status), Millis: t.Millis, Reason: t.Reason, Answer: t.Answer}); err != nil {
			return err
		}
		tx.Record("webhook_message", msg.ID, string(Waiting), string(state), map[string]any{"subscription": s.ID, "status": t.Status, "try": tries})
		if got.arrived {
			if s.Failures >= breakAfter { // it is well again: what failed meanwhile need not wait for its hour
				if err := q.Forward(ctx, store.ForwardParams{NextAt: db.At(now), Subscription: string(s.ID), Limit: atOnce}); err != nil {
					return err
				}
			}
			return q.Well(ctx, store.WellParams{SentAt: db.At(tx.Now), ID: string(s.ID)})
		}
		if n == 0 {
			return nil // the same message was tried twice at once, and the other was first
		}
		if state == Waiting {
			if err := m.k.Jobs().Enqueue(ctx, tx, deliver{ID: msg.ID}); err != nil {
				return err
			}
		}
		latest, err := m.Find(ctx, &tx.View, s.ID)
		if err != nil {
			return err
		}
		quiet := db.Time{}
		if r := max(rest(latest.Failures+1), got.rest); r > 0 {
			quiet = db.At(now.Add(r))
		}
		if err := q.Ill(ctx, store.IllParams{Failures: int64(latest.Failures + 1), QuietUntil: quiet, ID: string(s.ID)}); err != nil {
			return err
		}
		if got.gone {
			if _, err := q.Gone(ctx, store.GoneParams{Reason: got.reason, ID: string(s.ID)}); err != nil {
				return err
			}
			tx.Record("webhook", string(s.ID), string(Active), string(Paused), map[string]string{"reason": got.reason})
		}
		if state == Dead {
			return m.burden(ctx, tx, s, got.reason)
		}
		return nil
	})
	return err
}

// end closes a message without a try.
func (m *Module) end(ctx context.Context, msg Message, state MessageState, reason string) error {
	_, err := m.k.DB.Run(ctx, db.Act{Actor: machine, Name: "webhook." + string(state), Now: m.k.Watch.Now()}, func(tx *db.Tx) error {
		tx.Record("webhook_message", msg.ID, string(msg.State), string(state), map[string]string{"reason": reason})
		_, err := store.New(tx).End(ctx, store.EndParams{State: string(state), EndedAt: db.At(tx.Now), Reason: reason, ID: msg.ID, State_2: string(Waiting)})
		return err
	})
	return err
}

// touch notes when a message will be looked at again.
func (m *Module) touch(ctx context.Context, msg Message, at time.Time) error {
	return m.k.DB.Housekeep(ctx, func(tx *sql.Tx) error {
		return store.New(tx).Touch(ctx, store.TouchParams{NextAt: db.At(at), ID: msg.ID})
	})
}

// sweep takes up what should have been tried and was not, because a process died with it or its receiver was left alone: for each receiver
// as many messages as may be at it at once. Whoever is there goes on with the rest.
func (m *Module) sweep(ctx context.Context, _ sweep) error {
	now, v := m.k.Outward.Now(), m.k.View(machine)
	subscriptions, err := m.served(ctx, v)
	if err != nil {
		return err
	}
	var stalled []string
	for _, s := range subscriptions {
		if s.State != Active || s.QuietUntil.After(now) {
			continue
		}
		list, err := store.New(v).Due(ctx, store.DueParams{Subscription: string(s.ID), NextAt: db.At(now.Add(-late)), Limit: mostLanes})
		if err != nil {
			return err
		}
		for _, msg := range list {
			stalled = append(stalled, msg.ID)
		}
	}
	return m.enqueue(ctx, stalled)
}

// late is when a message that is due and was not tried counts as stalled; a job is there within seconds.
const late = 10 * time.Second

// enqueue sends waiting messages on their way.
func (m *Module) enqueue(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := m.k.DB.Run(ctx, db.Act{Actor: machine, Name: "webhook.sweep", Now: m.k.Watch.Now()}, func(tx *db.Tx) error {
		for _, id := range ids {
			if err := m.k.Jobs().Enqueue(ctx, tx, deliver{ID: id}); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

// keepFor is how long the log of what ended is kept. What waits for a person is kept until he acts.
const keepFor = 90 * 24 * time.Hour

// tidy forgets old messages.
func (m *Module) tidy(ctx context.Context, _ tidy) error {
	const batch = 500
	for {
		list, err := store.New(m.k.View(machine)).Old(ctx, store.OldParams{EndedAt: db.At(m.k.Watch.Now().Add(-keepFor)), Limit: batch})
		if err != nil || len(list) == 0 {
			return err
		}
		err = m.k.DB.Housekeep(ctx, func(tx *sql.Tx) error {
			for _, id := range list {
				if err := store.New(tx).Remove(ctx, id); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}

// unanswered says in words why no answer came. It does not repeat the address: that may hold what is meant for the receiver only.
func unanswered(err error, patience time.Duration) string {
	var (
		refused     outward.Refused
		name        *net.DNSError
		certificate *tls.CertificateVerificationError
		dial        *net.OpError
	)
	switch {
	case errors.As(err, &refused):
		return refused.Error()
	case errors.As(err, &name):
		return "找不到网址里的主机名：请核对网址"
	case errors.As(err, &certificate):
		return "对方的 HTTPS 证书不可信：过期、域名不符，或者不是公认机构签发的"
	case errors.Is(err, context.DeadlineExceeded) || isTimeout(err):
		return "对方 " + span(patience) + "内没有答复"
	case errors.As(err, &dial) && dial.Op == "dial":
		return "连不上对方：没有服务在这个地址，或者被防火墙挡住"
	}
	return "与对方的连接中断"
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// tidied makes what a receiver said fit for a page: short, without numbers of people.
func tidied(said []byte) string {
	s := strings.Join(strings.Fields(string(bytes.ReplaceAll(bytes.ToValidUTF8(said, []byte("?")), []byte{0}, nil))), " ")
	s = logging.Mask(s)
	if utf8.RuneCountInString(s) > mostAnswer {
		s = string([]rune(s)[:mostAnswer]) + "…"
	}
	return s
}
