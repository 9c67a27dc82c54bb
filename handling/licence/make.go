package licence

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"strconv"

	"tongban/handling/casework"
	"tongban/handling/licence/internal/store"
	"tongban/handling/seal"
	"tongban/kernel/calendar"
	"tongban/kernel/crypto"
	"tongban/kernel/db"
	"tongban/kernel/file"
	"tongban/kernel/number"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/kernel/worklist"
	"tongban/rules/catalogue"
	"tongban/rules/form"
)

// sealedFace binds the sealed face to this table.
const sealedFace = "licence.face"

// order writes down that a granted case is to get its licence. Ordered again it gives the order there is.
func (m *Module) order(ctx context.Context, tx *db.Tx, e casework.Decided) (ID, error) {
	if l, found, err := m.OfCase(ctx, &tx.View, string(e.CaseID)); err != nil || found {
		return l.ID, err
	}
	p, err := m.parties.Find(ctx, &tx.View, e.Applicant)
	if err != nil {
		return "", err
	}
	l := Licence{ID: ID(tx.NewID()), CaseID: string(e.CaseID), CaseNumber: e.Number, Item: e.Item, ItemName: e.ItemName, Edition: e.Edition, Group: e.Group,
		Unit: e.Unit, Holder: e.Applicant, HolderName: p.Name, HolderKind: p.Kind, DecidedBy: e.By, DecidedName: e.ByName}
	return l.ID, m.insert(ctx, tx, l)
}

func (m *Module) insert(ctx context.Context, tx *db.Tx, l Licence) error {
	err := store.New(tx).Insert(ctx, store.InsertParams{ID: string(l.ID), CaseID: l.CaseID, CaseNumber: l.CaseNumber, Item: l.Item, ItemName: l.ItemName,
		Edition: l.Edition, Batch: l.Group, Unit: l.Unit, Holder: l.Holder, HolderName: l.HolderName, HolderKind: l.HolderKind, Code: newCode(),
		DecidedBy: l.DecidedBy, DecidedName: l.DecidedName, OrderedAt: db.At(tx.Now)})
	if err != nil {
		return err
	}
	tx.Record("licence", string(l.ID), "", string(Ordered), map[string]string{"case": l.CaseNumber, "item": l.Item})
	return m.k.Jobs().Enqueue(ctx, tx, makeJob{Licence: l.ID})
}

// newCode makes a code for checking: 12 characters, 60 bits of chance, without letters that look like digits.
func newCode() string {
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	var b [12]byte
	rand.Read(b[:])
	for i := range b {
		b[i] = alphabet[b[i]%32]
	}
	return string(b[:])
}

// Make takes the next steps of making a licence until it waits for its seal. It may be cut off anywhere and run again.
func (m *Module) Make(ctx context.Context, id ID) error {
	for {
		l, err := m.Find(ctx, m.k.View(machine), id)
		if err != nil {
			return err
		}
		switch l.State {
		case Ordered:
			err = m.takeNumber(ctx, l)
		case Numbered:
			err = m.draw(ctx, l)
		default:
			return nil
		}
		if err != nil {
			if ctx.Err() == nil {
				m.failed(ctx, l, err)
			}
			return err
		}
	}
}

// takeNumber gives the licence its number and writes down everything that will stand on it. Nothing of that is computed twice, so that
// the document is the same however often it is drawn.
func (m *Module) takeNumber(ctx context.Context, l Licence) error {
	return m.act(ctx, "licence.number", l.ID, func(tx *db.Tx) error {
		l, err := m.Find(ctx, &tx.View, l.ID)
		if err != nil || l.State != Ordered {
			return err
		}
		ed, err := m.k.Library.At(ctx, &tx.View, l.Edition)
		if err != nil {
			return err
		}
		item, err := catalogue.FindItem(ed, l.Item)
		if err != nil {
			return err
		}
		lines, err := m.faceOf(ctx, &tx.View, ed, item, l.Group)
		if err != nil {
			return err
		}
		s, err := m.seals.For(ctx, &tx.View, l.Unit)
		if err != nil {
			return err
		}
		l.Seal, l.NumberedAt = s.Code, tx.Now
		if err := m.name(&l, item); err != nil {
			return err
		}
		// A character that no font can draw is found before a number is spent on it.
		if err := m.k.Papers.Check(m.compose(l, lines, s)); err != nil {
			return err
		}
		series, period := seriesOf(item.Result, l.Unit), strconv.Itoa(l.IssuedOn.Year())
		seq, err := number.Next(ctx, tx, series, period)
		if err != nil {
			return err
		}
		if err := m.count(&l, item, seq); err != nil {
			return err
		}
		if l.face, err = m.sealFace(lines); err != nil {
			return err
		}
		q := store.New(tx)
		if err := q.TakeNumber(ctx, store.TakeNumberParams{Series: series, Period: period, Seq: seq, Number: l.Number, Licence: string(l.ID), TakenAt: db.At(tx.Now)}); err != nil {
			return err
		}
		next, err := Moves().Step(l.State, ActNumber)
		if err != nil {
			return problem.Conflict("%s", err.Error())
		}
		until := ""
		if !l.ValidUntil.IsZero() {
			until = l.ValidUntil.String()
		}
		n, err := q.Number(ctx, store.NumberParams{Kind: string(l.Kind), Name: l.Name, Type: l.Type, Number: l.Number, Identifier: l.Identifier, Issuer: l.Issuer,
			IssuerCode: l.IssuerCode, IssuedOn: l.IssuedOn.String(), ValidUntil: until, Face: l.face, Seal: l.Seal, State: string(next), NumberedAt: db.At(tx.Now),
			ID: string(l.ID), Version: l.Version})
		if err := changed(n, err); err != nil {
			return err
		}
		tx.Record("licence", string(l.ID), string(l.State), string(next), map[string]string{"number": l.Number, "identifier": l.Identifier})
		return nil
	})
}

// name fills in what the item and the unit say of the licence.
func (m *Module) name(l *Licence, item catalogue.Item) error {
	u, ok := m.org.Unit(l.Unit)
	if !ok {
		return problem.Conflict("单位“%s”已不在机构名录里，不能颁发证照。请管理员核对机构名录", l.Unit)
	}
	l.Kind, l.Name, l.Type = Kind(item.Result.Kind), item.Result.Name, item.Result.LicenceType
	if l.Kind == "" {
		l.Kind = KindApproval
	}
	if l.Name == "" {
		l.Name = item.Name
	}
	l.Issuer, l.IssuerCode = u.Name, u.USCC
	l.IssuedOn = calendar.DayOf(l.NumberedAt)
	l.ValidUntil = until(l.IssuedOn, item.Result.Years)
	return nil
}

// count composes number and identifier from a sequence number.
func (m *Module) count(l *Licence, item catalogue.Item, seq int64) error {
	if l.Kind != KindLicence {
		l.Number = DocumentNumber(m.org.Name(l.Unit), l.Kind, l.IssuedOn.Year(), seq)
		return nil
	}
	u, _ := m.org.Unit(l.Unit)
	area := m.k.Library.Current().Meta.Area
	if len(u.Region) >= 6 {
		area = u.Region[:6]
	}
	l.Number = Number(item.Result.Prefix, area, l.IssuedOn.Year(), seq)
	id, err := NewIdentifier(l.Type, l.IssuerCode, l.Number, 1)
	if err != nil {
		return problem.Conflict("事项“%s”的证照类型代码或颁发机构代码有误，不能赋予电子证照标识：%s", item.Name, problem.MessageFor(err)).Wrap(err)
	}
	l.Identifier = id.String()
	return nil
}

// faceOf reads the values that the licence shows from the form of the submission.
func (m *Module) faceOf(ctx context.Context, v *db.View, ed *pack.Edition, item catalogue.Item, group string) ([]Line, error) {
	if len(item.Result.Face) == 0 {
		return nil, nil
	}
	given, err := m.forms.Values(ctx, v, group)
	if err != nil {
		return nil, err
	}
	var out []Line
	for _, code := range item.Result.Face {
		e, ok := pack.Find[form.Element](ed, "element", code)
		if !ok {
			return nil, problem.Conflict("事项“%s”的照面项“%s”不在数据元字典里，请管理员核对", item.Name, code)
		}
		if g := form.Get(given, code); g.Text != "" {
			out = append(out, Line{Element: code, Label: e.Label, Text: g.Text, Shown: g.Shown})
		}
	}
	return out, nil
}

func (m *Module) sealFace(lines []Line) (string, error) {
	if len(lines) == 0 {
		return "", nil
	}
	return m.k.Keys.Seal(sealedFace, db.Pack(lines))
}

// Face opens the face of a licence. It may hold personal data; the caller answers for who sees it.
func (m *Module) Face(l Licence) ([]Line, error) {
	if l.face == "" {
		return nil, nil
	}
	plain, err := m.k.Keys.Open(sealedFace, l.face)
	if err != nil {
		return nil, err
	}
	var lines []Line
	return lines, json.Unmarshal(plain, &lines)
}

// draw makes the document, keeps it, and enters the intent to seal it. The bytes are on disk before the row names them.
func (m *Module) draw(ctx context.Context, l Licence) error {
	lines, err := m.Face(l)
	if err != nil {
		return err
	}
	s, err := m.seals.Find(ctx, m.k.View(machine), l.Seal)
	if err != nil {
		return err
	}
	pdf, err := m.k.Papers.Render(m.compose(l, lines, s), l.NumberedAt.In(calendar.Zone()))
	if err != nil {
		return err
	}
	blob, err := m.k.Files.Put(l.Name+" "+l.Number+".pdf", file.PDF, pdf)
	if err != nil {
		return err
	}
	return m.intend(ctx, l, s, blob, crypto.HashHex(pdf))
}

func (m *Module) intend(ctx context.Context, l Licence, s seal.Seal, blob file.Blob, hash string) error {
	return m.act(ctx, "licence.paper", l.ID, func(tx *db.Tx) error {
		l, err := m.Find(ctx, &tx.View, l.ID)
		if err != nil || l.State != Numbered {
			return err
		}
		kept, err := file.Keep(ctx, tx, blob)
		if err != nil {
			return err
		}
		purpose := seal.ForDecision
		if l.Kind == KindLicence {
			purpose = seal.ForLicence
		}
		use, err := m.seals.Request(ctx, tx, seal.Intent{Seal: s.Code, About: about(l.ID), CaseNumber: l.CaseNumber, Title: l.Name + " " + l.Number, Hash: hash,
			File: blob.Hash, Purpose: purpose, DecidedBy: l.DecidedBy, DecidedName: l.DecidedName})
		if err != nil {
			return err
		}
		next, err := Moves().Step(l.State, ActPaper)
		if err != nil {
			return problem.Conflict("%s", err.Error())
		}
		n, err := store.New(tx).Paper(ctx, store.PaperParams{File: kept.ID, Blob: blob.Hash, Hash: hash, SealUse: use.ID, State: string(next), ID: string(l.ID), Version: l.Version})
		if err := changed(n, err); err != nil {
			return err
		}
		worklist.Close(ctx, tx, task(l.ID))
		tx.Record("licence", string(l.ID), string(l.State), string(next), map[string]string{"hash": hash, "seal_use": use.ID})
		return nil
	})
}

// about is what the register of seals calls a licence.
func about(id ID) string { return "licence:" + string(id) }

// signed brings a licence into force once its document is signed.
func (m *Module) signed(ctx context.Context, tx *db.Tx, use string) error {
	l, found, err := m.ofUse(ctx, &tx.View, use)
	if err != nil || !found || l.State != Sealing {
		return err
	}
	sig, err := m.seals.Signature(ctx, &tx.View, use)
	if err != nil {
		return err
	}
	if sig.Hash != l.Hash {
		return problem.Internal("licence: seal use %s signed %s, the document of %s is %s", use, sig.Hash, l.ID, l.Hash)
	}
	next, err := Moves().Step(l.State, ActIssue)
	if err != nil {
		return problem.Conflict("%s", err.Error())
	}
	n, err := store.New(tx).Issue(ctx, store.IssueParams{State: string(next), IssuedAt: db.At(tx.Now), ID: string(l.ID), Version: l.Version})
	if err := changed(n, err); err != nil {
		return err
	}
	tx.Record("licence", string(l.ID), string(l.State), string(next), map[string]string{"number": l.Number, "seal_use": use})
	tx.Publish(IssuedEvent{l.told(tx.Now)})
	return nil
}

// sealRefused gives a licence up whose seal was refused: its number is voided, never used again.
func (m *Module) sealRefused(ctx context.Context, tx *db.Tx, e seal.VoidedEvent) error {
	l, found, err := m.ofUse(ctx, &tx.View, e.Use)
	if err != nil || !found {
		return err
	}
	next, err := Moves().Step(l.State, ActVoid)
	if err != nil {
		return problem.Conflict("%s", err.Error())
	}
	q := store.New(tx)
	n, err := q.Move(ctx, store.MoveParams{State: string(next), Reason: "用印被退回：" + e.Reason, Basis: "", EndedAt: db.At(tx.Now), ID: string(l.ID), Version: l.Version})
	if err := changed(n, err); err != nil {
		return err
	}
	if err := q.VoidNumber(ctx, store.VoidNumberParams{VoidedAt: db.At(tx.Now), Licence: string(l.ID)}); err != nil {
		return err
	}
	tx.Record("licence", string(l.ID), string(l.State), string(next), map[string]string{"number": l.Number, "reason": e.Reason})
	tx.Publish(VoidedEvent{l.told(tx.Now), e.Reason})
	return worklist.Open(ctx, tx, worklist.Task{Ref: task(l.ID), Kind: "licence.fault", Title: "重新制证：" + l.Name,
		Note: "用印被退回：" + e.Reason, Unit: l.Unit, Right: PermIssue, URL: "/w/licences/" + string(l.ID)})
}

// failed tells the unit that a licence could not be made, and why. The job tries again by itself.
func (m *Module) failed(ctx context.Context, l Licence, cause error) {
	why := problem.MessageFor(cause)
	if g := missingGlyph(cause); g != "" {
		why = g
	}
	_, _ = m.k.DB.Run(ctx, db.Act{Actor: machine, Name: "licence.fault", Now: m.k.Watch.Now()}, func(tx *db.Tx) error {
		tx.Record("licence", string(l.ID), string(l.State), string(l.State), map[string]string{"fault": why})
		if err := store.New(tx).Fault(ctx, store.FaultParams{Fault: why, ID: string(l.ID)}); err != nil {
			return err
		}
		return worklist.Open(ctx, tx, worklist.Task{Ref: task(l.ID), Kind: "licence.fault", Title: "制证没有成功：" + l.ItemName, Note: l.CaseNumber + "　" + why,
			Unit: l.Unit, Right: PermIssue, URL: "/w/licences/" + string(l.ID)})
	})
}

func task(id ID) string { return "licence:make:" + string(id) }

// act runs one step of the making under a key of its own, so that a step done is not done again.
func (m *Module) act(ctx context.Context, name string, id ID, do func(*db.Tx) error) error {
	_, err := m.k.DB.Run(ctx, db.Act{Actor: machine, Name: name, Now: m.k.Watch.Now(), Key: name + ":" + string(id)}, do)
	return err
}

func changed(n int64, err error) error {
	if err == nil && n == 0 {
		return problem.Conflict("这份证照刚刚被别人改过，请刷新后再办")
	}
	return err
}
