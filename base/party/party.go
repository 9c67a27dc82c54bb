package party

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"strings"

	"tongban/base/party/internal/store"
	"tongban/kernel/app"
	"tongban/kernel/crypto"
	"tongban/kernel/db"
	"tongban/kernel/problem"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Kinds of parties.
const (
	Person  = "person"
	Company = "company"
)

// NumberUSCC is the kind of number of a legal person; persons use the codes of CredentialKinds.
const NumberUSCC = "uscc"

// Identity is what somebody says of himself, in full. It lives in memory only.
type Identity struct {
	Kind       string
	Name       string
	NumberKind string // GA/T 517 code, default 111 (居民身份证); NumberUSCC for a company
	Number     string
	Phone      string // may be empty
	Region     string
	Address    string
}

// Party is a person or firm as pages show it: numbers masked.
type Party struct {
	ID         string
	Kind       string
	Name       string
	NumberKind string
	NumberMask string
	PhoneMask  string
	Region     string
	Address    string
	Version    int64
}

// Module keeps the parties.
type Module struct{ k *app.Kernel }

// New makes the module.
func New(k *app.Kernel) *Module { return &Module{k} }

// Manifest implements app.Module.
func (m *Module) Manifest() app.Manifest {
	return app.Manifest{Name: "party", Title: "自然人法人", Schema: db.Schema{Name: "party", Files: migrations}, Sealed: []app.Sealed{
		{Table: "party_party", Key: []string{"id"}, Column: "number", Purpose: sealNumber},
		{Table: "party_party", Key: []string{"id"}, Column: "phone", Purpose: sealPhone},
	}}
}

// What the sealed columns are bound to.
const (
	sealNumber = "party.number"
	sealPhone  = "party.phone"
	indexTail  = "party.tail"
)

// Check validates an identity and brings its parts into their canonical form.
func (i Identity) Check() (Identity, error) {
	var err error
	bad := problem.Invalid("身份信息有误，请按提示改正")
	switch i.Kind {
	case Company:
		i.NumberKind = NumberUSCC
		if i.Name, err = ParseOrganisationName(i.Name); err != nil {
			bad = bad.On("name", problem.MessageFor(err))
		}
		code, err := ParseUSCC(i.Number)
		if err != nil {
			bad = bad.On("number", problem.MessageFor(err))
		}
		i.Number = string(code)
	case Person:
		if i.Name, err = ParsePersonName(i.Name); err != nil {
			bad = bad.On("name", problem.MessageFor(err))
		}
		if i.NumberKind == "" {
			i.NumberKind = "111"
		}
		number, err := ParseCredential(CredentialKind(i.NumberKind), i.Number)
		if err != nil {
			bad = bad.On("number", problem.MessageFor(err))
		}
		i.Number = number.Full()
	default:
		return i, problem.Invalid("请选择个人或单位")
	}
	if i.Phone != "" {
		phone, err := ParsePhone(i.Phone)
		if err != nil {
			bad = bad.On("phone", problem.MessageFor(err))
		}
		i.Phone = phone.Full()
	}
	if len(bad.Fields) > 0 {
		return i, bad
	}
	return i, nil
}

func (m *Module) index(i Identity) string { return indexOf(m.k.Keys, i) }

// Ensure finds the party of a number, or opens its record. A known party keeps its name; a phone or address it lacked is filled in.
func (m *Module) Ensure(ctx context.Context, tx *db.Tx, i Identity) (Party, error) {
	i, err := i.Check()
	if err != nil {
		return Party{}, err
	}
	q := store.New(tx)
	row, err := q.ByNumber(ctx, m.index(i))
	if err == nil {
		return m.fill(ctx, tx, row, i)
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return Party{}, err
	}
	row = store.PartyParty{ID: tx.NewID(), Kind: i.Kind, Name: i.Name, NumberKind: i.NumberKind, NumberIndex: m.index(i),
		NumberMask: mask(i.Number), TailIndex: m.k.Keys.Index(indexTail, tail(i.Number)), Region: i.Region, Address: i.Address, Version: 1}
	if row.Number, err = m.k.Keys.SealText(sealNumber, i.Number); err != nil {
		return Party{}, err
	}
	if row.Phone, row.PhoneMask, err = m.sealPhone(i.Phone); err != nil {
		return Party{}, err
	}
	err = q.Insert(ctx, store.InsertParams{ID: row.ID, Kind: row.Kind, Name: row.Name, NumberKind: row.NumberKind, Number: row.Number,
		NumberIndex: row.NumberIndex, NumberMask: row.NumberMask, TailIndex: row.TailIndex, Phone: row.Phone, PhoneMask: row.PhoneMask,
		Region: row.Region, Address: row.Address, MadeAt: db.At(tx.Now)})
	if pairs := grams(row.Name); err == nil && len(pairs) > 0 {
		err = q.AddGrams(ctx, row.ID, pairs)
	}
	tx.Record("party", row.ID, "", "known", map[string]string{"kind": row.Kind})
	return shown(row), err
}

func (m *Module) fill(ctx context.Context, tx *db.Tx, row store.PartyParty, i Identity) (Party, error) {
	before := row
	var err error
	if row.Phone == "" && i.Phone != "" {
		if row.Phone, row.PhoneMask, err = m.sealPhone(i.Phone); err != nil {
			return Party{}, err
		}
	}
	if row.Region == "" {
		row.Region = i.Region
	}
	if row.Address == "" {
		row.Address = i.Address
	}
	if row == before {
		return shown(row), nil
	}
	tx.Record("party", row.ID, "", "", map[string]string{"filled": "contact"})
	return shown(row), store.New(tx).Fill(ctx, store.FillParams{Phone: row.Phone, PhoneMask: row.PhoneMask, Region: row.Region, Address: row.Address, ID: row.ID})
}

func (m *Module) sealPhone(phone string) (sealed, mask string, err error) {
	if phone == "" {
		return "", "", nil
	}
	p, err := ParsePhone(phone)
	if err != nil {
		return "", "", err
	}
	sealed, err = m.k.Keys.SealText(sealPhone, p.Full())
	return sealed, p.Masked(), err
}

// Find reads a party, numbers masked.
func (m *Module) Find(ctx context.Context, v *db.View, id string) (Party, error) {
	row, err := store.New(v).Find(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return Party{}, problem.NotFound("没有这个办事人的记录")
	}
	return shown(row), err
}

// ByNumber finds a party by its full number; not-found when the county does not know it.
func (m *Module) ByNumber(ctx context.Context, v *db.View, i Identity) (Party, error) {
	i.Name = strings.TrimSpace(i.Name)
	if i.NumberKind == "" {
		i.NumberKind = "111"
	}
	row, err := store.New(v).ByNumber(ctx, m.index(i))
	if errors.Is(err, sql.ErrNoRows) {
		return Party{}, problem.NotFound("没有这个办事人的记录")
	}
	return shown(row), err
}

// Compare holds what somebody says of himself against the county's record: whether there is one of his number, and whether name and phone
// are those in it. A record without a phone is like nobody: whoever knows a number, and many do, could otherwise be its person.
func (m *Module) Compare(ctx context.Context, v *db.View, i Identity) (known, alike bool, err error) {
	if i, err = i.Check(); err != nil {
		return false, false, err
	}
	p, err := m.ByNumber(ctx, v, i)
	if problem.KindOf(err) == problem.KindNotFound && err != nil {
		return false, false, nil
	}
	if err != nil {
		return false, false, err
	}
	kept, err := m.Reveal(ctx, v, p.ID)
	return true, err == nil && kept.Name == i.Name && kept.Phone != "" && kept.Phone == i.Phone, err
}

// Reveal gives a party in full. The caller records who looks and why; that is what makes it lawful.
func (m *Module) Reveal(ctx context.Context, v *db.View, id string) (Identity, error) {
	row, err := store.New(v).Find(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return Identity{}, problem.NotFound("没有这个办事人的记录")
	}
	if err != nil {
		return Identity{}, err
	}
	i := Identity{Kind: row.Kind, Name: row.Name, NumberKind: row.NumberKind, Region: row.Region, Address: row.Address}
	if i.Number, err = m.k.Keys.OpenText(sealNumber, row.Number); err != nil {
		return i, err
	}
	i.Phone, err = m.k.Keys.OpenText(sealPhone, row.Phone)
	return i, err
}

// Matches reports whether the four characters are the last of the party's number. Callers bound how often it may be asked.
func (m *Module) Matches(ctx context.Context, v *db.View, id, lastFour string) (bool, error) {
	row, err := store.New(v).Find(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil && crypto.SameSecret(row.TailIndex, m.k.Keys.Index(indexTail, tail(lastFour))), err
}

func shown(row store.PartyParty) Party {
	return Party{ID: row.ID, Kind: row.Kind, Name: row.Name, NumberKind: row.NumberKind, NumberMask: row.NumberMask,
		PhoneMask: row.PhoneMask, Region: row.Region, Address: row.Address, Version: row.Version}
}

// mask hides the middle of a number of any kind.
func mask(number string) string {
	r := []rune(number)
	if len(r) < 8 {
		return strings.Repeat("*", len(r))
	}
	return string(r[:6]) + strings.Repeat("*", max(0, len(r)-10)) + string(r[len(r)-4:])
}

func tail(number string) string {
	number = strings.ToUpper(strings.TrimSpace(number))
	if r := []rune(number); len(r) > 4 {
		return string(r[len(r)-4:])
	}
	return number
}
