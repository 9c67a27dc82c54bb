package client

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"tongban/base/client/internal/store"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/problem"
)

// Find reads a program.
func (m *Module) Find(ctx context.Context, v *db.View, id ID) (Client, error) {
	row, err := store.New(v).Find(ctx, string(id))
	if errors.Is(err, sql.ErrNoRows) {
		return Client{}, problem.NotFound("没有这个接入应用")
	}
	if err != nil {
		return Client{}, fmt.Errorf("client: %w", err)
	}
	return shown(row)
}

// Acting is a program as an actor with all that it was given, for those who tell it something; false while it is suspended.
func (m *Module) Acting(ctx context.Context, v *db.View, id ID) (authz.Actor, bool, error) {
	c, err := m.Find(ctx, v, id)
	if err != nil {
		return authz.Actor{}, false, err
	}
	return m.actor(c, c.Permissions), c.State == Active, nil
}

// Page lists the programs that the viewer may manage, by id, after the given one. There are few in a county: those of other units are read
// and left out.
func (m *Module) Page(ctx context.Context, v *db.View, after ID, limit int) ([]Client, error) {
	const batch = 200
	scope := v.Actor.Scope(PermManage)
	var out []Client
	for {
		rows, err := store.New(v).Page(ctx, store.PageParams{ID: string(after), Limit: batch})
		if err != nil {
			return nil, fmt.Errorf("client: %w", err)
		}
		for _, row := range rows {
			after = ID(row.ID)
			if !scope.Covers(authz.Place{Unit: row.Unit}) {
				continue
			}
			c, err := shown(row)
			if err != nil {
				return nil, err
			}
			if out = append(out, c); len(out) == limit {
				return out, nil
			}
		}
		if len(rows) < batch {
			return out, nil
		}
	}
}

// UseSince lists how often a program called on each day since the given one, newest first.
func (m *Module) UseSince(ctx context.Context, v *db.View, id ID, since calendar.Day) ([]Use, error) {
	rows, err := store.New(v).UseSince(ctx, store.UseSinceParams{Client: string(id), Day: since.String()})
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	var out []Use
	for _, row := range rows {
		out = append(out, Use{Day: row.Day, Calls: row.Calls, Refused: row.Refused})
	}
	return out, nil
}

func shown(row store.ClientClient) (Client, error) {
	c := Client{ID: ID(row.ID), Name: row.Name, Unit: row.Unit, Contact: row.Contact, Note: row.Note, PerMinute: int(row.PerMinute), PerDay: int(row.PerDay),
		State: State(row.State), MadeAt: row.MadeAt.Time, RotatedAt: row.RotatedAt.Time, TokenAt: row.TokenAt.Time, Version: row.Version, secretHash: row.SecretHash, epoch: row.Epoch}
	return c, row.Permissions.Unpack(&c.Permissions)
}

// Label is the state in Chinese.
func (s State) Label() string {
	if s == Suspended {
		return "已停用"
	}
	return "在用"
}
