package client

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tongban/base/client/internal/store"
	"tongban/kernel/authz"
	"tongban/kernel/crypto"
	"tongban/kernel/db"
	"tongban/kernel/problem"
)

// Offered lists the permissions that some operation of the API asks for, sorted. Only they can be given to a program.
func (m *Module) Offered() []authz.Permission {
	var out []authz.Permission
	for _, r := range m.k.Site().Routes() {
		if r.Typed() && r.Permission != authz.Anyone && r.Permission != authz.SignedIn && !slices.Contains(out, r.Permission) {
			out = append(out, r.Permission)
		}
	}
	slices.Sort(out)
	return out
}

// NewSecret makes a secret. It is shown to a person once and kept nowhere.
func NewSecret() string { return "tbs_" + crypto.Token(32) }

// Register takes a program in.
func (m *Module) Register(ctx context.Context, tx *db.Tx, r Registration, secret string) (Client, error) {
	if err := tx.Require(PermManage, authz.Place{Unit: r.Unit}); err != nil {
		return Client{}, err
	}
	_, known := m.org.Unit(r.Unit)
	if err := r.Check(m.Offered(), known); err != nil {
		return Client{}, err
	}
	c := Client{ID: ID("app-" + strings.ToLower(tx.NewID())), Name: r.Name, Unit: r.Unit, Contact: r.Contact, Note: r.Note, Permissions: r.Permissions, PerMinute: r.PerMinute,
		PerDay: r.PerDay, State: Active, MadeAt: tx.Now, RotatedAt: tx.Now, Version: 1}
	if err := store.New(tx).Insert(ctx, store.InsertParams{ID: string(c.ID), Name: c.Name, Unit: c.Unit, Contact: c.Contact, Note: c.Note, Permissions: db.Pack(c.Permissions),
		PerMinute: int64(c.PerMinute), PerDay: int64(c.PerDay), SecretHash: hash(secret), MadeBy: tx.Actor.ID, MadeAt: db.At(tx.Now)}); err != nil {
		return c, fmt.Errorf("client: register: %w", err)
	}
	tx.Record("client", string(c.ID), "", string(Active), map[string]any{"name": c.Name, "unit": c.Unit, "permissions": c.Permissions})
	return c, nil
}

// Change gives a program other permissions or bounds. They count from its next call.
func (m *Module) Change(ctx context.Context, tx *db.Tx, id ID, r Registration, version int64) error {
	c, err := m.manage(ctx, tx, id)
	if err != nil {
		return err
	}
	r.Name, r.Unit = c.Name, c.Unit // what it is called and for whom it acts stands in past entries of the audit log
	if err := r.Check(m.Offered(), true); err != nil {
		return err
	}
	n, err := store.New(tx).Change(ctx, store.ChangeParams{Permissions: db.Pack(r.Permissions), PerMinute: int64(r.PerMinute), PerDay: int64(r.PerDay), Contact: r.Contact,
		Note: r.Note, ID: string(id), Version: version})
	tx.Record("client", string(id), string(c.State), string(c.State), map[string]any{"permissions": r.Permissions, "per_minute": r.PerMinute, "per_day": r.PerDay})
	return settled(n, err)
}

// Rotate gives a program a new secret. The old one and all its tokens are worthless at once.
func (m *Module) Rotate(ctx context.Context, tx *db.Tx, id ID, secret string, version int64) error {
	c, err := m.manage(ctx, tx, id)
	if err != nil {
		return err
	}
	n, err := store.New(tx).Rotate(ctx, store.RotateParams{SecretHash: hash(secret), RotatedAt: db.At(tx.Now), ID: string(id), Version: version})
	tx.Record("client", string(id), string(c.State), string(c.State), map[string]string{"event": "new secret"})
	return settled(n, err)
}

// Turn suspends a program or lets it in again. Tokens given before are worthless either way.
func (m *Module) Turn(ctx context.Context, tx *db.Tx, id ID, to State, version int64) error {
	c, err := m.manage(ctx, tx, id)
	if err != nil {
		return err
	}
	if to != Active && to != Suspended || to == c.State {
		return problem.Conflict("应用“%s”现在是“%s”，不用再办", c.Name, c.State.Label())
	}
	n, err := store.New(tx).Turn(ctx, store.TurnParams{State: string(to), ID: string(id), Version: version})
	tx.Record("client", string(id), string(c.State), string(to), nil)
	return settled(n, err)
}

func (m *Module) manage(ctx context.Context, tx *db.Tx, id ID) (Client, error) {
	c, err := m.Find(ctx, &tx.View, id)
	if err != nil {
		return c, err
	}
	return c, tx.Require(PermManage, authz.Place{Unit: c.Unit})
}

func settled(n int64, err error) error {
	if err == nil && n == 0 {
		return problem.Conflict("这个应用刚刚被别人改动过，请刷新后再办")
	}
	return err
}

// hash is what is kept of a secret. The secret is 256 random bits, so a plain hash is enough: there is nothing to guess.
func hash(secret string) string { return crypto.HashHex([]byte(secret)) }

// noteToken writes down that a program got a token.
func (m *Module) noteToken(ctx context.Context, tx *db.Tx, c Client, scope []authz.Permission) error {
	tx.Record("client", string(c.ID), "", "", map[string]any{"scope": scope})
	return store.New(tx).TokenGiven(ctx, store.TokenGivenParams{TokenAt: db.At(tx.Now), ID: string(c.ID)})
}
