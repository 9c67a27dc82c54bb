package identity

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"tongban/base/identity/internal/store"
	"tongban/kernel/db"
	"tongban/kernel/problem"
)

// Find reads a provider.
func (m *Module) Find(ctx context.Context, v *db.View, code string) (Provider, error) {
	row, err := store.New(v).Provider(ctx, code)
	if errors.Is(err, sql.ErrNoRows) {
		return Provider{}, problem.NotFound("没有这个身份平台")
	}
	return shown(row), err
}

// inForce reads a provider by which people may come.
func (m *Module) inForce(ctx context.Context, v *db.View, code string) (Provider, error) {
	p, err := m.Find(ctx, v, code)
	if err == nil && p.State != On {
		err = problem.NotFound("这个身份平台没有启用").WithNext("请用登录页上的其他方式登录。")
	}
	return p, err
}

// All lists the providers.
func (m *Module) All(ctx context.Context, v *db.View) ([]Provider, error) {
	rows, err := store.New(v).Providers(ctx)
	var out []Provider
	for _, row := range rows {
		out = append(out, shown(row))
	}
	return out, err
}

func shown(row store.IdentityProvider) Provider {
	return Provider{Code: row.Code, Title: row.Title, Side: row.Side, Issuer: row.Issuer, Client: row.Client, Scopes: strings.Fields(row.Scopes),
		Claims: Claims{row.NameClaim, row.NumberClaim, row.PhoneClaim, row.LevelClaim}, Levels: strings.Fields(row.Levels), Anew: row.Anew,
		State: State(row.State), SetBy: row.SetBy, SetAt: row.SetAt.Time, Version: row.Version, secret: row.Secret}
}

// Links lists the providers by which somebody can sign in.
func (m *Module) Links(ctx context.Context, v *db.View, account string) ([]Link, error) {
	rows, err := store.New(v).LinksOf(ctx, account)
	var out []Link
	for _, r := range rows {
		out = append(out, Link{ID: r.ID, Provider: r.Provider, Title: r.Title, Account: r.Account, Enough: r.Enough, State: r.State, MadeAt: r.MadeAt.Time, UsedAt: r.UsedAt.Time})
	}
	return out, err
}

// linked finds the link of a subject; not-found when it has none.
func (m *Module) linked(ctx context.Context, v *db.View, subject string) (Link, error) {
	r, err := store.New(v).Link(ctx, subject)
	return link(r, err)
}

func link(r store.IdentityLink, err error) (Link, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return Link{}, problem.NotFound("没有这个关联")
	}
	return Link{ID: r.ID, Provider: r.Provider, Account: r.Account, Enough: r.Enough, State: r.State, MadeAt: r.MadeAt.Time, UsedAt: r.UsedAt.Time}, err
}
