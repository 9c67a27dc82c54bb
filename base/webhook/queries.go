package webhook

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"tongban/base/client"
	"tongban/base/webhook/internal/store"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/problem"
)

// Find reads a subscription.
func (m *Module) Find(ctx context.Context, v *db.View, id ID) (Subscription, error) {
	row, err := store.New(v).Find(ctx, string(id))
	if errors.Is(err, sql.ErrNoRows) {
		return Subscription{}, problem.NotFound("没有这个推送订阅")
	}
	if err != nil {
		return Subscription{}, fmt.Errorf("webhook: %w", err)
	}
	return shown(row)
}

// Page lists the subscriptions that the viewer may manage, by id, after the given one. There are few in a county.
func (m *Module) Page(ctx context.Context, v *db.View, after ID, limit int) ([]Subscription, error) {
	const batch = 200
	scope := v.Actor.Scope(client.PermManage)
	var out []Subscription
	for {
		rows, err := store.New(v).Page(ctx, store.PageParams{ID: string(after), Limit: batch})
		if err != nil {
			return nil, fmt.Errorf("webhook: %w", err)
		}
		for _, row := range rows {
			after = ID(row.ID)
			if !scope.Covers(authz.Place{Unit: row.Unit}) {
				continue
			}
			s, err := shown(row)
			if err != nil {
				return nil, err
			}
			if out = append(out, s); len(out) == limit {
				return out, nil
			}
		}
		if len(rows) < batch {
			return out, nil
		}
	}
}

// served are the subscriptions that have not ended.
func (m *Module) served(ctx context.Context, v *db.View) ([]Subscription, error) {
	rows, err := store.New(v).Served(ctx)
	if err != nil {
		return nil, fmt.Errorf("webhook: %w", err)
	}
	var out []Subscription
	for _, row := range rows {
		s, err := shown(row)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func (s Subscription) hears(event string) bool { return slices.Contains(s.Events, event) }

// Message reads a message.
func (m *Module) Message(ctx context.Context, v *db.View, id string) (Message, error) {
	row, err := store.New(v).Message(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return Message{}, problem.NotFound("没有这条推送消息，或者已过保存期")
	}
	if err != nil {
		return Message{}, fmt.Errorf("webhook: %w", err)
	}
	return message(row), nil
}

// Log lists the messages of a subscription, the newest first, before the given one; in one state only, where one is given.
func (m *Module) Log(ctx context.Context, v *db.View, id ID, state MessageState, before string, limit int) ([]Message, error) {
	if before == "" {
		before = "~"
	}
	var rows []store.WebhookMessage
	var err error
	if state == "" {
		rows, err = store.New(v).Log(ctx, store.LogParams{Subscription: string(id), ID: before, Limit: int32(limit)})
	} else {
		rows, err = store.New(v).LogIn(ctx, store.LogInParams{Subscription: string(id), State: string(state), ID: before, Limit: int32(limit)})
	}
	return messages(rows), err
}

// Undelivered lists what did not arrive and waits for those who may manage it, the newest first, before the given one.
func (m *Module) Undelivered(ctx context.Context, v *db.View, before string, limit int) ([]Message, error) {
	if before == "" {
		before = "~"
	}
	const batch = 500
	scope := v.Actor.Scope(client.PermManage)
	units := map[ID]string{}
	var out []Message
	for {
		rows, err := store.New(v).Dead(ctx, store.DeadParams{ID: before, Limit: batch})
		if err != nil {
			return nil, fmt.Errorf("webhook: %w", err)
		}
		for _, msg := range messages(rows) {
			before = msg.ID
			if _, known := units[msg.Subscription]; !known {
				s, err := m.Find(ctx, v, msg.Subscription)
				if err != nil {
					return nil, err
				}
				units[s.ID] = s.Unit
			}
			if !scope.Covers(authz.Place{Unit: units[msg.Subscription]}) {
				continue
			}
			if out = append(out, msg); len(out) == limit {
				return out, nil
			}
		}
		if len(rows) < batch {
			return out, nil
		}
	}
}

// Tries lists the attempts at a message, the newest first.
func (m *Module) Tries(ctx context.Context, v *db.View, id string) ([]Try, error) {
	rows, err := store.New(v).Tries(ctx, id)
	var out []Try
	for _, row := range rows {
		out = append(out, Try{At: row.At.Time, Status: int(row.Status), Millis: row.Millis, Reason: row.Reason, Answer: row.Answer})
	}
	return out, err
}

func messages(rows []store.WebhookMessage) []Message {
	out := make([]Message, 0, len(rows))
	for _, row := range rows {
		out = append(out, message(row))
	}
	return out
}

func message(row store.WebhookMessage) Message {
	return Message{ID: row.ID, Subscription: ID(row.Subscription), Event: row.Event, Name: row.Name, Subject: row.Subject, Unit: row.Unit, Agent: row.Agent, Body: row.Body,
		State: MessageState(row.State), Tries: int(row.Tries), NextAt: row.NextAt.Time, MadeAt: row.MadeAt.Time, EndedAt: row.EndedAt.Time, Reason: row.Reason}
}

func shown(row store.WebhookSubscription) (Subscription, error) {
	s := Subscription{ID: ID(row.ID), Client: client.ID(row.Client), Unit: row.Unit, URL: row.Url, Algorithm: Algorithm(row.Algorithm), State: State(row.State), Reason: row.Reason,
		FormerUntil: row.FormerUntil.Time, Failures: int(row.Failures), QuietUntil: row.QuietUntil.Time, SentAt: row.SentAt.Time, MadeAt: row.MadeAt.Time, Version: row.Version,
		secret: row.Secret, former: row.Former}
	return s, row.Events.Unpack(&s.Events)
}
