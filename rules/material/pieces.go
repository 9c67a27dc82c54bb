package material

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tongban/kernel/db"
	"tongban/kernel/file"
	"tongban/kernel/flow"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/rules/catalogue"
	"tongban/rules/material/internal/store"
)

// State is where a piece stands.
type State string

// The states of a piece.
const (
	Given    State = "given"    // 已交
	Waived   State = "waived"   // 免交
	Lacking  State = "lacking"  // 容缺, to be supplied later
	Returned State = "returned" // 退回补正
	removed  State = "removed"  // the row is gone; only the audit log knows it
)

type act string

// moves is what can happen to a piece.
func moves() flow.Table[State, act] {
	return flow.Table[State, act]{Name: "材料",
		States: []flow.State[State]{{Name: Given, Label: "已交", Start: true}, {Name: Waived, Label: "免交", Start: true}, {Name: Lacking, Label: "容缺待补", Start: true},
			{Name: Returned, Label: "退回补正"}, {Name: removed, Label: "已移除", End: true}},
		Moves: []flow.Move[State, act]{
			{From: Given, Act: "return", To: Returned, Label: "退回补正", Basis: "行政许可法第三十二条"},
			{From: Waived, Act: "return", To: Returned, Label: "要求补交", Basis: "行政许可法第三十二条"},
			{From: Given, Act: "remove", To: removed, Label: "移除"},
			{From: Waived, Act: "remove", To: removed, Label: "取消免交"},
			{From: Lacking, Act: "remove", To: removed, Label: "已补交"},
			{From: Returned, Act: "remove", To: removed, Label: "换成新的"},
		}}
}

// Label is the state in Chinese.
func (s State) Label() string { return moves().Label(s) }

// Piece is one file handed in, or the note that a material is spared or lacking.
type Piece struct {
	ID      string
	Group   string
	Type    string
	State   State
	File    string // id of the file; empty when nothing was handed in
	Name    string // of the file
	Kind    file.Kind
	Size    int64
	Source  string // upload, phone, counter, earlier, or the way of the waiver: result, licence, data, commitment, check
	Ref     string // piece re-used, licence type, item whose result stands for it
	Note    string // why it is spared, lacking or returned
	GivenAt time.Time
	GivenBy string
	Version int64
}

// Has tells whether something was handed in.
func (p Piece) Has() bool { return p.File != "" && p.State == Given }

// The sources of a piece that was handed in.
const (
	ByUpload  = "upload"
	ByPhone   = "phone"
	AtCounter = "counter"
	ByReuse   = "earlier"
)

// defaultPages is how many files of a type may be given where the type sets no limit.
const defaultPages = 10

// Attach hands a file in under a type. It replaces a note that the material was spared or lacking, and pieces that were returned. More files than the type
// allows, or of a kind it does not take, are refused in words.
func (m *Module) Attach(ctx context.Context, tx *db.Tx, group, typ string, o file.Object) (Piece, error) {
	return m.attach(ctx, tx, group, typ, o, ByUpload, "")
}

// AttachFrom is Attach with the way in which the file came.
func (m *Module) AttachFrom(ctx context.Context, tx *db.Tx, group, typ string, o file.Object, source string) (Piece, error) {
	return m.attach(ctx, tx, group, typ, o, source, "")
}

func (m *Module) attach(ctx context.Context, tx *db.Tx, group, typ string, o file.Object, source, ref string) (Piece, error) {
	t, err := m.typeOf(typ)
	if err != nil {
		return Piece{}, err
	}
	there, err := store.New(tx).OfType(ctx, store.OfTypeParams{GroupID: group, Type: typ})
	if err != nil {
		return Piece{}, err
	}
	return m.attachBeside(ctx, tx, pieces(there), t, group, o, source, ref)
}

func (m *Module) typeOf(code string) (Type, error) {
	t, ok := pack.Find[Type](m.k.Library.Current(), KindType, code)
	if !ok {
		return t, problem.NotFound("没有“%s”这种材料，可能标准已经调整", code).WithNext("请返回办事指南，按最新的材料清单准备。")
	}
	return t, nil
}

// attachBeside is attach beside the pieces of the type that are there.
func (m *Module) attachBeside(ctx context.Context, tx *db.Tx, there []Piece, t Type, group string, o file.Object, source, ref string) (Piece, error) {
	if len(t.Accept) > 0 && !slices.Contains(t.Accept, string(o.Kind)) {
		words := fmt.Sprintf("“%s”只收 %s，“%s”不是。请另存或拍照后再传", t.Name, t.formats(), o.Name)
		return Piece{}, problem.Invalid("%s", words).On(t.Code, words)
	}
	given := 0
	for _, p := range there {
		if p.State != Given {
			if err := m.remove(ctx, tx, p); err != nil {
				return Piece{}, err
			}
			continue
		}
		if p.File == o.ID {
			return p, nil // the same file again
		}
		given++
	}
	limit := t.Pages
	if limit == 0 {
		limit = defaultPages
	}
	if given >= limit {
		words := fmt.Sprintf("“%s”最多交 %d 个文件，已经交满。请先移除不要的，再传新的", t.Name, limit)
		return Piece{}, problem.Invalid("%s", words).On(t.Code, words)
	}
	p := Piece{ID: tx.NewID(), Group: group, Type: t.Code, State: Given, File: o.ID, Name: o.Name, Kind: o.Kind, Size: o.Size, Source: source, Ref: ref}
	return p, m.put(ctx, tx, &p)
}

func (m *Module) put(ctx context.Context, tx *db.Tx, p *Piece) error {
	p.GivenAt, p.GivenBy, p.Version = tx.Now, tx.Actor.ID, 1
	tx.Record("material", p.ID, "", string(p.State), map[string]any{"group": p.Group, "type": p.Type, "file": p.File, "source": p.Source})
	return store.New(tx.Deferred()).Put(ctx, store.PutParams{ID: p.ID, GroupID: p.Group, Type: p.Type, State: string(p.State), FileID: p.File, FileName: p.Name,
		FileKind: string(p.Kind), FileSize: p.Size, Source: p.Source, SourceRef: p.Ref, Note: p.Note, GivenAt: db.At(p.GivenAt), GivenBy: p.GivenBy})
}

// Waive notes that the material is spared, and by what. A piece already handed in stays; a note of lacking or a returned piece is replaced.
func (m *Module) Waive(ctx context.Context, tx *db.Tx, group, typ string, w catalogue.Waiver) (Piece, error) {
	if w.By == "" {
		return Piece{}, problem.Invalid("没有写明凭什么免交")
	}
	return m.note(ctx, tx, Piece{Group: group, Type: typ, State: Waived, Source: w.By, Ref: w.From, Note: WaiverWords(m.k.Library.Current(), w)})
}

// Lack notes that the material may be supplied later (容缺); why says until when and what follows otherwise.
func (m *Module) Lack(ctx context.Context, tx *db.Tx, group, typ, why string) (Piece, error) {
	return m.note(ctx, tx, Piece{Group: group, Type: typ, State: Lacking, Note: why})
}

// Excuse is why a material of a group is not there: what spares it, or why it may come later.
type Excuse struct {
	Type   string
	Waiver catalogue.Waiver // By is empty when it is lacking
	Lacks  string
}

// Excused is Waive and Lack for several materials, beside the pieces of the group that the command has read.
func (m *Module) Excused(ctx context.Context, tx *db.Tx, group string, there []Piece, excuses []Excuse) error {
	for _, x := range excuses {
		p := Piece{Group: group, Type: x.Type, State: Lacking, Note: x.Lacks}
		if x.Waiver.By != "" {
			p = Piece{Group: group, Type: x.Type, State: Waived, Source: x.Waiver.By, Ref: x.Waiver.From, Note: WaiverWords(m.k.Library.Current(), x.Waiver)}
		}
		if _, err := m.noteBeside(ctx, tx, ofType(there, x.Type), p); err != nil {
			return err
		}
	}
	return nil
}

func ofType(all []Piece, typ string) []Piece {
	var out []Piece
	for _, p := range all {
		if p.Type == typ {
			out = append(out, p)
		}
	}
	return out
}

func (m *Module) note(ctx context.Context, tx *db.Tx, p Piece) (Piece, error) {
	there, err := store.New(tx).OfType(ctx, store.OfTypeParams{GroupID: p.Group, Type: p.Type})
	if err != nil {
		return p, err
	}
	return m.noteBeside(ctx, tx, pieces(there), p)
}

func (m *Module) noteBeside(ctx context.Context, tx *db.Tx, there []Piece, p Piece) (Piece, error) {
	for _, old := range there {
		switch {
		case old.State == Given:
			return old, nil
		case old.State == p.State && old.Source == p.Source && old.Ref == p.Ref:
			return old, nil
		}
		if err := m.remove(ctx, tx, old); err != nil {
			return p, err
		}
	}
	p.ID = tx.NewID()
	return p, m.put(ctx, tx, &p)
}

// Remove takes a piece out of its group. The bytes stay as long as another piece names them.
func (m *Module) Remove(ctx context.Context, tx *db.Tx, id string) error {
	p, err := m.Find(ctx, &tx.View, id)
	if err != nil {
		return err
	}
	return m.remove(ctx, tx, p)
}

func (m *Module) remove(ctx context.Context, tx *db.Tx, p Piece) error {
	to, err := moves().Step(p.State, "remove")
	if err != nil {
		return err
	}
	tx.Record("material", p.ID, string(p.State), string(to), map[string]any{"group": p.Group, "type": p.Type, "file": p.File})
	_, err = store.New(tx).Drop(ctx, p.ID)
	return err
}

// Return sends a piece back to be mended; why tells the applicant what is wrong and how to mend it (一次性告知).
func (m *Module) Return(ctx context.Context, tx *db.Tx, id, why string) error {
	if strings.TrimSpace(why) == "" {
		return problem.Invalid("请写明这份材料哪里不对、怎么改").On("why", "请写明原因")
	}
	p, err := m.Find(ctx, &tx.View, id)
	if err != nil {
		return err
	}
	to, err := moves().Step(p.State, "return")
	if err != nil {
		return problem.Conflict("这份材料现在是“%s”，不能退回", p.State.Label()).Wrap(err)
	}
	tx.Record("material", p.ID, string(p.State), string(to), map[string]any{"group": p.Group, "type": p.Type, "why": why})
	n, err := store.New(tx).Turn(ctx, store.TurnParams{State: string(to), Note: why, ID: p.ID, Version: p.Version})
	if err == nil && n == 0 {
		return problem.Conflict("这份材料刚刚被别人改动过，请刷新后再看")
	}
	return err
}

// Reuse hands in again what the party gave in an earlier group. The caller has made sure that the piece is the party's own.
func (m *Module) Reuse(ctx context.Context, tx *db.Tx, group, party, id string) (Piece, error) {
	old, err := m.Find(ctx, &tx.View, id)
	if err != nil {
		return Piece{}, err
	}
	own, err := m.Earlier(ctx, &tx.View, party, old.Type)
	if err != nil {
		return Piece{}, err
	}
	if !slices.ContainsFunc(own, func(p Piece) bool { return p.ID == id }) {
		return Piece{}, problem.NotFound("没有这份材料")
	}
	o, err := file.Find(ctx, &tx.View, old.File)
	if err != nil {
		return Piece{}, err
	}
	return m.attach(ctx, tx, group, old.Type, o, ByReuse, old.ID)
}

// Assign remembers whose group it was, when it is submitted: its pieces may be handed in again in the party's later submissions.
func (m *Module) Assign(ctx context.Context, tx *db.Tx, group, party string) error {
	return store.New(tx).Assign(ctx, store.AssignParams{GroupID: group, Party: party, At: db.At(tx.Now)})
}

// Forget removes all pieces of a group, when its draft is deleted.
func (m *Module) Forget(ctx context.Context, tx *db.Tx, group string) error {
	tx.Record("material", group, "", string(removed), nil)
	return store.New(tx).DropGroup(ctx, group)
}

// Find finds a piece.
func (m *Module) Find(ctx context.Context, v *db.View, id string) (Piece, error) {
	row, err := store.New(v).Find(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return Piece{}, problem.NotFound("没有这份材料，可能已经移除")
	}
	return piece(row), err
}

// Pieces lists the pieces of a group, by type and in the order of giving.
func (m *Module) Pieces(ctx context.Context, v *db.View, group string) ([]Piece, error) {
	rows, err := store.New(v).OfGroup(ctx, group)
	return pieces(rows), err
}

// maxEarlier is how many earlier pieces are offered.
const maxEarlier = 20

// Earlier lists what the party handed in before under the type, newest first, each file once.
func (m *Module) Earlier(ctx context.Context, v *db.View, party, typ string) ([]Piece, error) {
	if party == "" {
		return nil, nil
	}
	rows, err := store.New(v).Earlier(ctx, store.EarlierParams{Party: party, Type: typ, Limit: maxEarlier})
	var out []Piece
	for _, p := range pieces(rows) {
		if p.File != "" && !slices.ContainsFunc(out, func(x Piece) bool { return x.File == p.File }) {
			out = append(out, p)
		}
	}
	return out, err
}

// Missing lists the needs of which nothing was handed in, noted as spared, or noted as lacking: what still keeps the set from being complete. What is optional
// or drawn up from the form never does.
func Missing(needs []Need, there []Piece) []Need {
	var out []Need
	for _, n := range needs {
		if !n.Asked() || n.Necessity == Optional {
			continue
		}
		if !slices.ContainsFunc(there, func(p Piece) bool { return p.Type == n.Code && p.State != Returned }) {
			out = append(out, n)
		}
	}
	return out
}

func pieces(rows []store.MaterialPiece) []Piece {
	var out []Piece
	for _, row := range rows {
		out = append(out, piece(row))
	}
	return out
}

func piece(row store.MaterialPiece) Piece {
	return Piece{ID: row.ID, Group: row.GroupID, Type: row.Type, State: State(row.State), File: row.FileID, Name: row.FileName, Kind: file.Kind(row.FileKind),
		Size: row.FileSize, Source: row.Source, Ref: row.SourceRef, Note: row.Note, GivenAt: row.GivenAt.Time, GivenBy: row.GivenBy, Version: row.Version}
}
