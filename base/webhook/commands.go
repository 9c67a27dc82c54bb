package webhook

import (
	"context"
	"encoding/json"
	"fmt"

	"tongban/base/client"
	"tongban/base/webhook/internal/store"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/event"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/kernel/worklist"
)

// Subscribe begins to tell a program of some kinds of events. The secret was shown, or will be, to a person once; here it is kept sealed.
func (m *Module) Subscribe(ctx context.Context, tx *db.Tx, id client.ID, w Wish, secret string) (ID, error) {
	c, err := m.clients.Find(ctx, &tx.View, id)
	if err != nil && problem.KindOf(err) != problem.KindNotFound {
		return "", err
	}
	if err := w.Check(m.k.Outward.Check, m.names(), err == nil); err != nil {
		return "", err
	}
	if err := tx.Require(client.PermManage, authz.Place{Unit: c.Unit}); err != nil {
		return "", err
	}
	sealed, err := m.k.Keys.SealText(purpose, secret)
	if err != nil {
		return "", err
	}
	made := tx.NewID()
	if err := store.New(tx).Insert(ctx, store.InsertParams{ID: made, Client: string(id), Unit: c.Unit, Url: w.URL, Events: db.Pack(w.Events), Algorithm: string(w.Algorithm),
		Secret: sealed, MadeBy: tx.Actor.ID, MadeAt: db.At(tx.Now)}); err != nil {
		return "", fmt.Errorf("webhook: subscribe: %w", err)
	}
	tx.Record("webhook", made, "", string(Active), map[string]any{"client": id, "url": w.URL, "events": w.Events, "algorithm": w.Algorithm})
	tx.AfterCommit(func() { m.want(w.Events) })
	return ID(made), nil
}

// Change sends to another address, or of other events. Messages made before keep their content.
func (m *Module) Change(ctx context.Context, tx *db.Tx, id ID, w Wish, version int64) error {
	s, err := m.manage(ctx, tx, id)
	if err != nil {
		return err
	}
	if err := w.Check(m.k.Outward.Check, m.names(), true); err != nil {
		return err
	}
	n, err := store.New(tx).Change(ctx, store.ChangeParams{Url: w.URL, Events: db.Pack(w.Events), Algorithm: string(w.Algorithm), ID: string(id), Version: version})
	tx.Record("webhook", string(id), string(s.State), string(s.State), map[string]any{"url": w.URL, "before": s.URL, "events": w.Events, "algorithm": w.Algorithm})
	tx.AfterCommit(func() { m.want(w.Events) })
	return settled(n, err)
}

// Rotate gives a new secret. For a day messages carry two signatures, so that the receiver changes over when it suits.
func (m *Module) Rotate(ctx context.Context, tx *db.Tx, id ID, secret string, version int64) error {
	s, err := m.manage(ctx, tx, id)
	if err != nil {
		return err
	}
	sealed, err := m.k.Keys.SealText(purpose, secret)
	if err != nil {
		return err
	}
	n, err := store.New(tx).Rotate(ctx, store.RotateParams{FormerUntil: db.At(m.k.Outward.Now().Add(bothFor)), Secret: sealed, ID: string(id), Version: version})
	tx.Record("webhook", string(id), string(s.State), string(s.State), map[string]string{"event": "new secret"})
	return settled(n, err)
}

// Forget ends the time in which the former secret signs too: it has leaked, or nobody needs it any more.
func (m *Module) Forget(ctx context.Context, tx *db.Tx, id ID, version int64) error {
	s, err := m.manage(ctx, tx, id)
	if err != nil {
		return err
	}
	n, err := store.New(tx).Forget(ctx, store.ForgetParams{ID: string(id), Version: version})
	tx.Record("webhook", string(id), string(s.State), string(s.State), map[string]string{"event": "former secret forgotten"})
	return settled(n, err)
}

// Turn pauses a subscription, goes on with it, or ends it for good. What happened while it was paused is sent then.
func (m *Module) Turn(ctx context.Context, tx *db.Tx, id ID, to State, version int64) error {
	s, err := m.manage(ctx, tx, id)
	if err != nil {
		return err
	}
	if s.State == Ended || to == s.State || to != Active && to != Paused && to != Ended {
		return problem.Conflict("这个订阅现在是“%s”，不用再办", s.State.Label())
	}
	n, err := store.New(tx).Turn(ctx, store.TurnParams{State: string(to), ID: string(id), Version: version})
	if err := settled(n, err); err != nil {
		return err
	}
	tx.Record("webhook", string(id), string(s.State), string(to), nil)
	if to != Active {
		return nil
	}
	list, err := store.New(tx).Due(ctx, store.DueParams{Subscription: string(id), NextAt: db.At(m.k.Outward.Now()), Limit: mostLanes})
	if err != nil {
		return err
	}
	for _, message := range list { // they go on with the rest
		if err := m.k.Jobs().Enqueue(ctx, tx, deliver{ID: message.ID}); err != nil {
			return err
		}
	}
	return nil
}

// Test sends a message that only shows whether the way is open.
func (m *Module) Test(ctx context.Context, tx *db.Tx, id ID) error {
	s, err := m.manage(ctx, tx, id)
	if err != nil {
		return err
	}
	if s.State != Active {
		return problem.Conflict("这个订阅%s，不能推送；请先恢复", s.State.Label())
	}
	if err := store.New(tx).Rouse(ctx, string(id)); err != nil {
		return err
	}
	tx.Record("webhook", string(id), "", "", map[string]string{"event": "test"})
	return m.put(ctx, tx, s, event.Heard{ID: tx.NewID(), Name: testName, At: tx.Now}, event.Notice{Kind: "test", Number: string(id), State: "test", URL: "/api"})
}

// tell is the listener: it makes a message for every program that wants to hear of the event and may.
func (m *Module) tell(ctx context.Context, tx *db.Tx, f event.Fact, heard event.Heard) error {
	list, err := m.served(ctx, &tx.View)
	if err != nil {
		return err
	}
	n, err := f.Tell(heard.Payload)
	if err != nil {
		return err
	}
	for _, s := range list {
		if !s.hears(f.Event) {
			continue
		}
		may, err := m.may(ctx, &tx.View, s.Client, f.Right, n.Unit, n.Agent)
		if err != nil {
			return err
		}
		if !may {
			continue
		}
		if err := m.put(ctx, tx, s, heard, n); err != nil {
			return err
		}
	}
	return nil
}

// may reports whether a program may hear of a thing: it may read things of that unit, or it handed this one in.
func (m *Module) may(ctx context.Context, v *db.View, id client.ID, right authz.Permission, unit, agent string) (bool, error) {
	actor, active, err := m.clients.Acting(ctx, v, id)
	if err != nil || !active {
		return false, err
	}
	return agent == string(id) || actor.May(right, authz.Place{Unit: unit}), nil
}

// put makes a message and sends it on its way, once for each event and subscription.
func (m *Module) put(ctx context.Context, tx *db.Tx, s Subscription, heard event.Heard, n event.Notice) error {
	body, err := json.Marshal(Event{SpecVersion: "1.0", ID: heard.ID, Source: m.source(), Type: typePrefix + heard.Name, Subject: n.Number, Time: heard.At.In(web.Beijing),
		DataContentType: "application/json", Data: n})
	if err != nil {
		return err
	}
	id := tx.NewID()
	rows, err := store.New(tx).Put(ctx, store.PutParams{ID: id, Subscription: string(s.ID), Event: heard.ID, Name: heard.Name, Subject: n.Number, Unit: n.Unit, Agent: n.Agent,
		Body: string(body), NextAt: db.At(m.k.Outward.Now()), MadeAt: db.At(tx.Now)})
	if err != nil {
		return fmt.Errorf("webhook: message: %w", err)
	}
	if rows == 0 || s.State != Active {
		return nil
	}
	return m.k.Jobs().Enqueue(ctx, tx, deliver{ID: id})
}

// source is the platform as CloudEvents want it named: its public address, where it has one.
func (m *Module) source() string {
	if m.k.Settings.BaseURL == "" {
		return "/"
	}
	return m.k.Settings.BaseURL
}

// Replay sends a message once more, under the same webhook-id, with all its tries before it.
func (m *Module) Replay(ctx context.Context, tx *db.Tx, message string) error {
	msg, s, err := m.owned(ctx, tx, message)
	if err != nil {
		return err
	}
	if s.State == Ended {
		return problem.Conflict("订阅已终止，不能再推送")
	}
	n, err := store.New(tx).Renew(ctx, store.RenewParams{NextAt: db.At(m.k.Outward.Now()), ID: message})
	if err != nil {
		return err
	}
	if n == 0 {
		return problem.Conflict("这条消息现在是“%s”，不用重新推送", msg.State.Label())
	}
	tx.Record("webhook_message", message, string(msg.State), string(Waiting), map[string]string{"subscription": string(s.ID)})
	if s.State == Active {
		if err := store.New(tx).Rouse(ctx, string(s.ID)); err != nil { // whoever asks for it knows that the receiver is well again
			return err
		}
		if err := m.k.Jobs().Enqueue(ctx, tx, deliver{ID: message}); err != nil {
			return err
		}
	}
	return m.relieve(ctx, tx, s.ID)
}

// Drop gives a message up.
func (m *Module) Drop(ctx context.Context, tx *db.Tx, message string) error {
	msg, s, err := m.owned(ctx, tx, message)
	if err != nil {
		return err
	}
	n, err := store.New(tx).End(ctx, store.EndParams{State: string(Dropped), EndedAt: db.At(tx.Now), Reason: msg.Reason, ID: message, State_2: string(Dead)})
	if err != nil {
		return err
	}
	if n == 0 {
		return problem.Conflict("这条消息现在是“%s”，不用再办", msg.State.Label())
	}
	tx.Record("webhook_message", message, string(msg.State), string(Dropped), map[string]string{"subscription": string(s.ID)})
	return m.relieve(ctx, tx, s.ID)
}

// burden puts what did not arrive on the list of those who answer for the program: one task, however many messages.
func (m *Module) burden(ctx context.Context, tx *db.Tx, s Subscription, reason string) error {
	c, err := m.clients.Find(ctx, &tx.View, s.Client)
	if err != nil {
		return err
	}
	return worklist.Open(ctx, tx, worklist.Task{Ref: task(s.ID), Kind: "webhook.dead", Title: "有事件没有推送到：" + c.Name, Note: reason, Unit: s.Unit, Right: client.PermManage,
		URL: "/admin/webhooks/undelivered"})
}

// relieve takes the task away once nothing is left of it.
func (m *Module) relieve(ctx context.Context, tx *db.Tx, id ID) error {
	n, err := store.New(tx).DeadOf(ctx, string(id))
	if err == nil && n == 0 {
		worklist.Close(ctx, tx, task(id))
	}
	return err
}

func task(id ID) string { return "webhook:dead:" + string(id) }

func (m *Module) manage(ctx context.Context, tx *db.Tx, id ID) (Subscription, error) {
	s, err := m.Find(ctx, &tx.View, id)
	if err != nil {
		return s, err
	}
	return s, tx.Require(client.PermManage, authz.Place{Unit: s.Unit})
}

// owned is a message with its subscription, for who manages it; for others there is none.
func (m *Module) owned(ctx context.Context, tx *db.Tx, message string) (Message, Subscription, error) {
	msg, err := m.Message(ctx, &tx.View, message)
	if err != nil {
		return msg, Subscription{}, err
	}
	s, err := m.manage(ctx, tx, msg.Subscription)
	return msg, s, err
}

func settled(n int64, err error) error {
	if err == nil && n == 0 {
		return problem.Conflict("这个订阅刚刚被别人改动过，请刷新后再办")
	}
	return err
}
