package licence

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"unicode"

	"tongban/handling/licence/internal/store"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/problem"
)

// Find reads a licence. Whether the viewer may see it is the caller's to ask (MayRead).
func (m *Module) Find(ctx context.Context, v *db.View, id ID) (Licence, error) {
	row, err := store.New(v).Find(ctx, string(id))
	if errors.Is(err, sql.ErrNoRows) {
		return Licence{}, problem.NotFound("没有这份证照")
	}
	return read(row), err
}

// OfCase finds what a granted case gave.
func (m *Module) OfCase(ctx context.Context, v *db.View, caseID string) (l Licence, found bool, err error) {
	return one(store.New(v).OfCase(ctx, caseID))
}

// some reads licences by one of their columns, all in one question, in the order of their making.
func (m *Module) some(ctx context.Context, v *db.View, column string, values []string) ([]Licence, error) {
	w := (&db.Where{}).In(column, values)
	return several(store.New(v).LicencesWhere(ctx, w.String()+" ORDER BY id", w.Args...))
}

func one(row store.LicenceLicence, err error) (Licence, bool, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return Licence{}, false, nil
	}
	return read(row), err == nil, err
}

// InGroup lists what the cases of a submission gave, made or still in the making.
func (m *Module) InGroup(ctx context.Context, v *db.View, group string) ([]Licence, error) {
	if group == "" {
		return nil, nil
	}
	return several(store.New(v).OfBatch(ctx, group))
}

// Of lists everything ever issued to a party, newest first, whatever became of it.
func (m *Module) Of(ctx context.Context, v *db.View, party string) ([]Licence, error) {
	if party == "" {
		return nil, nil
	}
	return several(store.New(v).OfHolder(ctx, party))
}

// InForce lists what a party holds that is valid today.
func (m *Module) InForce(ctx context.Context, v *db.View, party string) ([]Licence, error) {
	all, err := m.Of(ctx, v, party)
	today := calendar.DayOf(v.Now)
	return slices.DeleteFunc(all, func(l Licence) bool { return l.StateOn(today) != Valid }), err
}

// Types lists the licence types a party holds in force: what spares him materials (material.Exemptions.Licences).
func (m *Module) Types(ctx context.Context, v *db.View, party string) ([]string, error) {
	return store.New(v).TypesHeld(ctx, store.TypesHeldParams{Holder: party, ValidUntil: calendar.DayOf(v.Now).String()})
}

// MayRead reports whether the viewer may have the document itself: the holder, and staff by right over the issuing unit.
func MayRead(v *db.View, l Licence) bool {
	return v.Actor.Party != "" && v.Actor.Party == l.Holder || v.Actor.May(PermRead, place(l))
}

// Filter narrows the list for staff.
type Filter struct {
	States []State
	Unit   string
	Text   string // number, case number, or two characters of the holder's name or more
	After  ID
	Limit  int // 0 means 50
}

func (m *Module) where(ctx context.Context, v *db.View, f Filter) (*db.Where, error) {
	w := (&db.Where{}).Within(v.Actor.Scope(PermRead), "unit", "")
	if f.Unit != "" {
		w.And("unit = ?", f.Unit)
	}
	text := normal(f.Text)
	if text == "" {
		return w, nil
	}
	holders, err := m.parties.Search(ctx, v, f.Text)
	if err != nil {
		return nil, err
	}
	either, values := "number <> '' AND number = ? OR case_number = ? OR code = ?", []any{text, text, text}
	for _, h := range holders {
		either, values = either+" OR holder = ?", append(values, h)
	}
	return w.And("("+either+")", values...), nil
}

// List lists licences of the viewer's units, newest first. Next is the cursor of the following page, empty at the end.
func (m *Module) List(ctx context.Context, v *db.View, f Filter) (list []Licence, next ID, err error) {
	if f.Limit <= 0 {
		f.Limit = 50
	}
	w, err := m.where(ctx, v, f)
	if err != nil {
		return nil, "", err
	}
	if len(f.States) > 0 {
		states := make([]string, len(f.States))
		for i, s := range f.States {
			states[i] = string(s)
		}
		w.In("state", states)
	}
	if f.After != "" {
		w.And("id < ?", string(f.After))
	}
	list, err = several(store.New(v).LicencesWhere(ctx, w.String()+` ORDER BY id DESC LIMIT `+w.Bind(f.Limit+1), w.Args...))
	if err == nil && len(list) > f.Limit {
		list = list[:f.Limit]
		next = list[f.Limit-1].ID
	}
	return list, next, err
}

// Counts counts the licences of the viewer's units that are still being made, by state: those that were made are too many to be counted
// for every page.
func (m *Module) Counts(ctx context.Context, v *db.View, f Filter) (map[string]int, error) {
	w, err := m.where(ctx, v, f)
	if err != nil {
		return nil, err
	}
	w.And("state IN ('ordered', 'numbered', 'sealing')")
	return store.New(v).CountByState(ctx, w.String(), w.Args...)
}

// normal brings a number that somebody typed or scanned into the form it is kept in.
func normal(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' {
			r = r - '！' + '!'
		}
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || unicode.IsControl(r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, s)
}

// maxAsked is the longest thing that could be a code, a number or an identifier.
const maxAsked = 160

// shown finds an issued licence by its checking code, its number or its identifier: always one question to the database, whatever was
// asked, so that the time tells nothing.
func (m *Module) shown(ctx context.Context, v *db.View, asked string) (l Licence, found bool, err error) {
	asked = normal(asked)
	if len(asked) > maxAsked || asked == "" {
		asked = "-"
	}
	return one(store.New(v).Shown(ctx, asked))
}

func several(rows []store.LicenceLicence, err error) ([]Licence, error) {
	var out []Licence
	for _, row := range rows {
		out = append(out, read(row))
	}
	return out, err
}

func read(r store.LicenceLicence) Licence {
	l := Licence{ID: ID(r.ID), CaseID: r.CaseID, CaseNumber: r.CaseNumber, Item: r.Item, ItemName: r.ItemName, Edition: r.Edition, Group: r.Batch, Unit: r.Unit,
		Holder: r.Holder, HolderName: r.HolderName, HolderKind: r.HolderKind, Kind: Kind(r.Kind), Name: r.Name, Type: r.Type, Number: r.Number,
		Identifier: r.Identifier, Code: r.Code, Issuer: r.Issuer, IssuerCode: r.IssuerCode, Seal: r.Seal, SealUse: r.SealUse, File: r.File, Blob: r.Blob,
		Hash: r.Hash, State: State(r.State), Reason: r.Reason, Basis: r.Basis, DecidedBy: r.DecidedBy, DecidedName: r.DecidedName, OrderedAt: r.OrderedAt.Time,
		NumberedAt: r.NumberedAt.Time, IssuedAt: r.IssuedAt.Time, EndedAt: r.EndedAt.Time, Fault: r.Fault, Version: r.Version, face: r.Face}
	l.IssuedOn, _ = calendar.ParseDay(r.IssuedOn)
	l.ValidUntil, _ = calendar.ParseDay(r.ValidUntil)
	return l
}
