package docket

import (
	"context"
	"fmt"

	"tongban/handling/docket/internal/store"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/web"
)

// SavedFilter is a filter of the case list that a person keeps under a name.
type SavedFilter struct{ ID, Name, Query string }

// SavedFilters are the viewer's own.
func (m *Module) SavedFilters(ctx context.Context, v *db.View) ([]SavedFilter, error) {
	rows, err := store.New(v).Filters(ctx, v.Actor.ID)
	if err != nil {
		return nil, fmt.Errorf("docket: filters: %w", err)
	}
	var out []SavedFilter
	for _, r := range rows {
		out = append(out, SavedFilter{r.ID, r.Name, r.Query})
	}
	return out, nil
}

// SaveFilter keeps the viewer's filter of the case list under a name.
func (m *Module) SaveFilter(ctx context.Context, tx *db.Tx, name, query string) error {
	if name == "" || len([]rune(name)) > 20 {
		return problem.Invalid("请给筛选起一个 1 到 20 个字的名字").On("name", "1 到 20 个字")
	}
	if len(query) > 500 {
		return problem.Invalid("筛选条件太长，请减少条件后再保存")
	}
	err := store.New(tx).SaveFilter(ctx, store.SaveFilterParams{ID: tx.NewID(), Account: tx.Actor.ID, Name: name, Query: query, MadeAt: db.At(tx.Now)})
	if err != nil {
		return fmt.Errorf("docket: filter: %w", err)
	}
	return nil
}

// DropFilter forgets a saved filter of the viewer.
func (m *Module) DropFilter(ctx context.Context, tx *db.Tx, id string) error {
	_, err := store.New(tx).DropFilter(ctx, store.DropFilterParams{ID: id, Account: tx.Actor.ID})
	return err
}

// postFilter keeps or forgets a filter of the list.
func (m *Module) postFilter(w *web.Response, r *web.Request) error {
	f, err := web.ReadForm[struct {
		Name  string `form:"name"`
		Query string `form:"query"`
		Drop  string `form:"drop"`
	}](r)
	if err != nil {
		return err
	}
	_, err = r.Act("docket.filter", func(tx *db.Tx) error {
		if f.Drop != "" {
			return m.DropFilter(r.Ctx, tx, f.Drop)
		}
		return m.SaveFilter(r.Ctx, tx, f.Name, f.Query)
	})
	return w.After(err, "/w/cases?"+f.Query)
}
