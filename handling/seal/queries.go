package seal

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"strings"

	"tongban/handling/seal/internal/store"
	"tongban/kernel/crypto"
	"tongban/kernel/db"
	"tongban/kernel/problem"
)

// Find reads a seal.
func (m *Module) Find(ctx context.Context, v *db.View, code string) (Seal, error) {
	row, err := store.New(v).Seal(ctx, code)
	if errors.Is(err, sql.ErrNoRows) {
		return Seal{}, problem.NotFound("没有这枚印章")
	}
	return readSeal(row), err
}

// All lists the seals of the county.
func (m *Module) All(ctx context.Context, v *db.View) ([]Seal, error) {
	rows, err := store.New(v).Seals(ctx)
	var out []Seal
	for _, row := range rows {
		out = append(out, readSeal(row))
	}
	return out, err
}

// For picks the active seal of a unit among all, or that of the nearest unit above it: the bureau decides many units' items in its own name.
func (m *Module) For(unit string, all []Seal) (Seal, error) {
	for at, hops := unit, 0; at != "" && hops < 8; hops++ {
		for _, s := range all {
			if s.Unit == at && s.State == Active {
				return s, nil
			}
		}
		u, _ := m.org.Unit(at)
		at = u.Parent
	}
	return Seal{}, problem.Conflict("%s没有可用的电子印章，请印章管理员设立或恢复后再办", m.org.Name(unit))
}

// Use reads a row of the register.
func (m *Module) Use(ctx context.Context, v *db.View, id string) (Use, error) {
	row, err := store.New(v).Use(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return Use{}, problem.NotFound("没有这条用印登记")
	}
	return readUse(row), err
}

// uses reads rows of the register by one of its columns, all in one question.
func (m *Module) uses(ctx context.Context, v *db.View, column string, values []string) ([]Use, error) {
	w := (&db.Where{}).In(column, values)
	return usesOf(store.New(v).UsesWhere(ctx, w.String()+" ORDER BY u.id", w.Args...))
}

func usesOf(rows []store.SealUse, err error) ([]Use, error) {
	out := make([]Use, len(rows))
	for i, row := range rows {
		out[i] = readUse(row)
	}
	return out, err
}

// Signed gives, of those of the uses that are signed, the hash of the document.
func (m *Module) Signed(ctx context.Context, v *db.View, uses []string) (map[string]string, error) {
	list, err := m.uses(ctx, v, "u.id", uses)
	out := map[string]string{}
	for _, u := range list {
		if u.State == Signed {
			out[u.ID] = u.Hash
		}
	}
	return out, err
}

// Signature reads what a use yielded; not-found before it was signed.
func (m *Module) Signature(ctx context.Context, v *db.View, use string) (Signature, error) {
	row, err := store.New(v).Signature(ctx, use)
	if errors.Is(err, sql.ErrNoRows) {
		return Signature{}, problem.NotFound("这份文件还没有签章")
	}
	if err != nil {
		return Signature{}, err
	}
	value, err := base64.StdEncoding.DecodeString(row.Signature)
	return Signature{Use: row.Use, Hash: row.Hash, Value: value, Certificate: []byte(row.Certificate), At: row.SignedAt.Time}, err
}

// Filter narrows the register.
type Filter struct {
	Seal  string
	State State
	After string // id of the last row seen
	Limit int    // 0 means 50
}

// Register lists uses, newest first, of the seals within the viewer's reach.
func (m *Module) Register(ctx context.Context, v *db.View, f Filter) (uses []Use, next string, err error) {
	if f.Limit <= 0 {
		f.Limit = 50
	}
	w := (&db.Where{}).Within(v.Actor.Scope(PermRead), "s.unit", "")
	if f.Seal != "" {
		w.And("u.seal = ?", f.Seal)
	}
	if f.State != "" {
		w.And("u.state = ?", string(f.State))
	}
	if f.After != "" {
		w.And("u.id < ?", f.After)
	}
	uses, err = usesOf(store.New(v).UsesWhere(ctx, w.String()+` ORDER BY u.id DESC LIMIT `+w.Bind(f.Limit+1), w.Args...))
	if err == nil && len(uses) > f.Limit {
		uses = uses[:f.Limit]
		next = uses[f.Limit-1].ID
	}
	return uses, next, err
}

func readSeal(r store.SealSeal) Seal {
	return Seal{Code: r.Code, Name: r.Name, Unit: r.Unit, Keeper: r.Keeper, KeeperName: r.KeeperName, State: SealState(r.State),
		Rule:        Rule{Name: r.Rule, Purposes: strings.Fields(r.RulePurposes), By: r.RuleBy, ByName: r.RuleByName},
		Certificate: r.Certificate, From: r.ValidFrom.Time, Until: r.ValidUntil.Time, EstablishedBy: r.EstablishedBy, EstablishedAt: r.EstablishedAt.Time, Version: r.Version}
}

func readUse(r store.SealUse) Use {
	return Use{ID: r.ID, Seal: r.Seal, About: r.Subject, CaseNumber: r.CaseNumber, Title: r.Title, Hash: r.Hash, File: r.File, Purpose: r.Purpose,
		State: State(r.State), RequestedBy: r.RequestedBy, RequestedAt: r.RequestedAt.Time, DecidedBy: r.DecidedBy, DecidedName: r.DecidedName,
		ReleasedBy: r.ReleasedBy, ReleasedName: r.ReleasedName, ReleasedRule: r.ReleasedRule, ReleasedAt: r.ReleasedAt.Time, Reason: r.Reason,
		EndedAt: r.EndedAt.Time, Version: r.Version}
}

// Verify checks a signature against the document and the certificate kept with it.
func (m *Module) Verify(sig Signature, document []byte) error {
	block, _ := pem.Decode(sig.Certificate)
	if block == nil {
		return crypto.ErrSignature
	}
	return crypto.Verify(block.Bytes, document, sig.Value)
}
