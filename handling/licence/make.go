package licence

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"slices"
	"strconv"

	"tongban/base/party"
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

// onDecided writes down that granted cases are to get their licences. What is ordered already is not ordered again.
func (m *Module) onDecided(ctx context.Context, tx *db.Tx, decided []casework.Decided) error {
	decided = slices.DeleteFunc(decided, func(e casework.Decided) bool { return !e.Granted })
	there, err := m.ordered(ctx, &tx.View, decided)
	if err != nil {
		return err
	}
	holders, orders := map[string]party.Party{}, []Licence{}
	for _, e := range decided {
		if there[string(e.CaseID)] {
			continue
		}
		p, known := holders[e.Applicant]
		if !known {
			if p, err = m.parties.Find(ctx, &tx.View, e.Applicant); err != nil {
				return err
			}
			holders[e.Applicant] = p
		}
		orders = append(orders, Licence{ID: ID(tx.NewID()), CaseID: string(e.CaseID), CaseNumber: e.Number, Item: e.Item, ItemName: e.ItemName, Edition: e.Edition,
			Group: e.Group, Unit: e.Unit, Holder: e.Applicant, HolderName: p.Name, HolderKind: p.Kind, DecidedBy: e.By, DecidedName: e.ByName})
	}
	return m.insert(ctx, tx, orders...)
}

// ordered tells which of the decided cases have a licence, made or in the making.
func (m *Module) ordered(ctx context.Context, v *db.View, decided []casework.Decided) (map[string]bool, error) {
	list, err := m.some(ctx, v, "case_id", texts(decided, func(e casework.Decided) string { return string(e.CaseID) }))
	out := map[string]bool{}
	for _, l := range list {
		out[l.CaseID] = out[l.CaseID] || l.State != Voided
	}
	return out, err
}

func (m *Module) insert(ctx context.Context, tx *db.Tx, orders ...Licence) error {
	if len(orders) == 0 {
		return nil
	}
	ids := make([]ID, len(orders))
	for i, l := range orders {
		err := store.New(tx.Deferred()).Insert(ctx, store.InsertParams{ID: string(l.ID), CaseID: l.CaseID, CaseNumber: l.CaseNumber, Item: l.Item, ItemName: l.ItemName,
			Edition: l.Edition, Batch: l.Group, Unit: l.Unit, Holder: l.Holder, HolderName: l.HolderName, HolderKind: l.HolderKind, Code: newCode(),
			DecidedBy: l.DecidedBy, DecidedName: l.DecidedName, OrderedAt: db.At(tx.Now)})
		if err != nil {
			return err
		}
		tx.Record("licence", string(l.ID), "", string(Ordered), map[string]string{"case": l.CaseNumber, "item": l.Item})
		ids[i] = l.ID
	}
	return m.k.Jobs().Enqueue(ctx, tx, makeJob{Licences: ids})
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

// Make takes licences as far as they go: number, document, intent to seal, and the signature where the rule of the seal released it. It may
// be cut off anywhere and run again. Licences that are made together share their commands; one that cannot be made holds up no other, and
// its unit has a task about it.
func (m *Module) Make(ctx context.Context, ids ...ID) error {
	return m.make(ctx, texts(ids, func(id ID) string { return string(id) }))
}

func (m *Module) make(ctx context.Context, ids []string) error {
	var failures []error
	for _, step := range []struct {
		from State
		take func(context.Context, []Licence) error
	}{{Ordered, m.takeNumbers}, {Numbered, m.draw}, {Sealing, m.sign}} {
		list, err := m.some(ctx, m.k.View(machine), "id", ids)
		if err != nil {
			return err
		}
		list = slices.DeleteFunc(list, func(l Licence) bool { return l.State != step.from })
		failures = append(failures, m.together(ctx, list, step.take))
	}
	return errors.Join(failures...)
}

// together takes a step for all, and where that fails for each by itself.
func (m *Module) together(ctx context.Context, list []Licence, take func(context.Context, []Licence) error) error {
	if len(list) == 0 {
		return nil
	}
	err := take(ctx, list)
	if err == nil || ctx.Err() != nil {
		return err
	}
	if len(list) == 1 {
		m.failed(ctx, list[0], err)
		return err
	}
	var failures []error
	for _, l := range list {
		failures = append(failures, m.together(ctx, []Licence{l}, take))
	}
	return errors.Join(failures...)
}

// still reads within a command those of the licences that are where they were when the step began: another process may have been faster.
func (m *Module) still(ctx context.Context, tx *db.Tx, list []Licence) ([]Licence, error) {
	now, err := m.some(ctx, &tx.View, "id", texts(list, func(l Licence) string { return string(l.ID) }))
	return slices.DeleteFunc(now, func(l Licence) bool { return l.State != list[0].State }), err
}

// takeNumbers gives licences their numbers and writes down everything that will stand on them. Nothing of that is computed twice, so that
// a document is the same however often it is drawn.
func (m *Module) takeNumbers(ctx context.Context, list []Licence) error {
	return m.act(ctx, "licence.number", func(tx *db.Tx) error {
		list, err := m.still(ctx, tx, list)
		if err != nil {
			return err
		}
		seals, err := m.seals.All(ctx, &tx.View)
		if err != nil {
			return err
		}
		given := map[string][]form.Value{} // of each submission
		for _, l := range list {
			values, known := given[l.Group]
			if !known {
				if values, err = m.forms.Values(ctx, &tx.View, l.Group); err != nil {
					return err
				}
				given[l.Group] = values
			}
			if err := m.takeNumber(ctx, tx, l, values, seals); err != nil {
				return err
			}
		}
		return nil
	})
}

// takeNumber spends the next number of its series on a licence.
func (m *Module) takeNumber(ctx context.Context, tx *db.Tx, l Licence, given []form.Value, seals []seal.Seal) error {
	ed, err := m.k.Library.At(ctx, &tx.View, l.Edition)
	if err != nil {
		return err
	}
	item, err := catalogue.FindItem(ed, l.Item)
	if err != nil {
		return err
	}
	l.NumberedAt = tx.Now
	if err := m.fill(&l, ed, item, given, seals); err != nil {
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
	next, err := Moves().Step(l.State, ActNumber)
	if err != nil {
		return problem.Conflict("%s", err.Error())
	}
	until := ""
	if !l.ValidUntil.IsZero() {
		until = l.ValidUntil.String()
	}
	n, err := store.New(tx).Number(ctx, store.NumberParams{Kind: string(l.Kind), Name: l.Name, Type: l.Type, Number: l.Number, Identifier: l.Identifier, Issuer: l.Issuer,
		IssuerCode: l.IssuerCode, IssuedOn: l.IssuedOn.String(), ValidUntil: until, Face: l.face, Seal: l.Seal, State: string(next), NumberedAt: db.At(tx.Now),
		ID: string(l.ID), Version: l.Version})
	if err := changed(n, err); err != nil {
		return err
	}
	tx.Record("licence", string(l.ID), string(l.State), string(next), map[string]string{"number": l.Number, "identifier": l.Identifier})
	return store.New(tx.Deferred()).TakeNumber(ctx, store.TakeNumberParams{Series: series, Period: period, Seq: seq, Number: l.Number, Licence: string(l.ID), TakenAt: db.At(tx.Now)})
}

// fill writes into a licence all that will stand on it but its number, and tries whether it can be drawn: a character that no font has is
// found before a number is spent on it.
func (m *Module) fill(l *Licence, ed *pack.Edition, item catalogue.Item, given []form.Value, seals []seal.Seal) error {
	lines, err := faceOf(ed, item, given)
	if err != nil {
		return err
	}
	s, err := m.seals.For(l.Unit, seals)
	if err != nil {
		return err
	}
	l.Seal = s.Code
	if err := m.name(l, item); err != nil {
		return err
	}
	if l.face, err = m.sealFace(lines); err != nil {
		return err
	}
	return m.k.Papers.Check(m.compose(*l, lines, s))
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

// faceOf picks the values that the licence shows from the form of the submission.
func faceOf(ed *pack.Edition, item catalogue.Item, given []form.Value) ([]Line, error) {
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

// paper is a document that is drawn and kept, and in no register yet.
type paper struct {
	blob file.Blob
	hash string
}

// draw makes the documents, keeps them, and enters the intents to seal them. The bytes are on disk before the rows name them.
func (m *Module) draw(ctx context.Context, list []Licence) error {
	papers := map[ID]paper{}
	for _, l := range list {
		p, err := m.paper(ctx, l)
		if err != nil {
			return err
		}
		papers[l.ID] = p
	}
	return m.act(ctx, "licence.paper", func(tx *db.Tx) error {
		list, err := m.still(ctx, tx, list)
		if err != nil || len(list) == 0 {
			return err
		}
		intents := make([]seal.Intent, len(list))
		for i, l := range list {
			purpose := seal.ForDecision
			if l.Kind == KindLicence {
				purpose = seal.ForLicence
			}
			intents[i] = seal.Intent{Seal: l.Seal, About: about(l.ID), CaseNumber: l.CaseNumber, Title: l.Name + " " + l.Number, Hash: papers[l.ID].hash,
				File: papers[l.ID].blob.Hash, Purpose: purpose, DecidedBy: l.DecidedBy, DecidedName: l.DecidedName}
		}
		uses, err := m.seals.Request(ctx, tx, intents...)
		if err != nil {
			return err
		}
		for i, l := range list {
			if err := m.intend(ctx, tx, l, papers[l.ID], uses[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

func (m *Module) paper(ctx context.Context, l Licence) (p paper, err error) {
	lines, err := m.Face(l)
	if err != nil {
		return p, err
	}
	s, err := m.seals.Find(ctx, m.k.View(machine), l.Seal)
	if err != nil {
		return p, err
	}
	pdf, err := m.k.Papers.Render(m.compose(l, lines, s), l.NumberedAt.In(calendar.Zone()))
	if err != nil {
		return p, err
	}
	p.hash = crypto.HashHex(pdf)
	p.blob, err = m.k.Files.Put(l.Name+" "+l.Number+".pdf", file.PDF, pdf)
	return p, err
}

// intend ties a licence to its document and to the register of seals.
func (m *Module) intend(ctx context.Context, tx *db.Tx, l Licence, p paper, use seal.Use) error {
	kept, err := file.Keep(ctx, tx, p.blob)
	if err != nil {
		return err
	}
	next, err := Moves().Step(l.State, ActPaper)
	if err != nil {
		return problem.Conflict("%s", err.Error())
	}
	n, err := store.New(tx).Paper(ctx, store.PaperParams{File: kept.ID, Blob: p.blob.Hash, Hash: p.hash, SealUse: use.ID, State: string(next), ID: string(l.ID), Version: l.Version})
	if err := changed(n, err); err != nil {
		return err
	}
	if l.Fault != "" {
		worklist.Close(ctx, tx, task(l.ID))
	}
	tx.Record("licence", string(l.ID), string(l.State), string(next), map[string]string{"hash": p.hash, "seal_use": use.ID})
	return nil
}

// about is what the register of seals calls a licence.
func about(id ID) string { return "licence:" + string(id) }

// sign has the documents signed whose use is released. What waits for a person's release stays for that.
func (m *Module) sign(ctx context.Context, list []Licence) error {
	_, err := m.seals.Sign(ctx, usesOf(list)...)
	return err
}

func usesOf(list []Licence) []string { return texts(list, func(l Licence) string { return l.SealUse }) }

// texts is what each of several is looked up by.
func texts[T any](list []T, of func(T) string) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = of(x)
	}
	return out
}

// onSigned brings licences into force once their documents are signed.
func (m *Module) onSigned(ctx context.Context, tx *db.Tx, signed []seal.SignedEvent) error {
	hashes, uses := map[string]string{}, make([]string, len(signed))
	for i, e := range signed {
		hashes[e.Use], uses[i] = e.Hash, e.Use
	}
	return m.issue(ctx, tx, uses, hashes)
}

// issue brings the licences of the uses into force. hashes are what was signed.
func (m *Module) issue(ctx context.Context, tx *db.Tx, uses []string, hashes map[string]string) error {
	list, err := m.some(ctx, &tx.View, "seal_use", uses)
	if err != nil {
		return err
	}
	for _, l := range list {
		if l.State != Sealing {
			continue
		}
		if hashes[l.SealUse] != l.Hash {
			return problem.Internal("licence: seal use %s signed %s, the document of %s is %s", l.SealUse, hashes[l.SealUse], l.ID, l.Hash)
		}
		next, err := Moves().Step(l.State, ActIssue)
		if err != nil {
			return problem.Conflict("%s", err.Error())
		}
		n, err := store.New(tx).Issue(ctx, store.IssueParams{State: string(next), IssuedAt: db.At(tx.Now), ID: string(l.ID), Version: l.Version})
		if err := changed(n, err); err != nil {
			return err
		}
		if l.Fault != "" {
			worklist.Close(ctx, tx, task(l.ID))
		}
		tx.Record("licence", string(l.ID), string(l.State), string(next), map[string]string{"number": l.Number, "seal_use": l.SealUse})
		tx.Publish(IssuedEvent{l.told(tx.Now)})
	}
	return nil
}

// onVoided gives a licence up whose seal was refused: its number is voided, never used again.
func (m *Module) onVoided(ctx context.Context, tx *db.Tx, e seal.VoidedEvent) error {
	list, err := m.some(ctx, &tx.View, "seal_use", []string{e.Use})
	if err != nil || len(list) == 0 {
		return err
	}
	l := list[0]
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
	if why == l.Fault {
		return // its unit knows
	}
	_, _ = m.k.DB.Run(ctx, db.Act{Actor: machine, Name: "licence.fault", Now: m.k.Watch.Now()}, func(tx *db.Tx) error {
		if now, err := m.Find(ctx, &tx.View, l.ID); err != nil || now.State != l.State {
			return err // another process was faster, and it was no fault
		}
		tx.Record("licence", string(l.ID), string(l.State), string(l.State), map[string]string{"fault": why})
		if err := store.New(tx).Fault(ctx, store.FaultParams{Fault: why, ID: string(l.ID)}); err != nil {
			return err
		}
		return worklist.Open(ctx, tx, worklist.Task{Ref: task(l.ID), Kind: "licence.fault", Title: "制证没有成功：" + l.ItemName, Note: l.CaseNumber + "　" + why,
			Unit: l.Unit, Right: PermIssue, URL: "/w/licences/" + string(l.ID)})
	})
}

func task(id ID) string { return "licence:make:" + string(id) }

// act runs one step of the making. That a step is not done twice is seen from the states of the licences, within the command.
func (m *Module) act(ctx context.Context, name string, do func(*db.Tx) error) error {
	_, err := m.k.DB.Run(ctx, db.Act{Actor: machine, Name: name, Now: m.k.Watch.Now()}, do)
	return err
}

func changed(n int64, err error) error {
	if err == nil && n == 0 {
		return problem.Conflict("这份证照刚刚被别人改过，请刷新后再办")
	}
	return err
}
