package licence

import (
	"context"
	"strings"

	"tongban/handling/licence/internal/store"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/notify"
	"tongban/kernel/problem"
	"tongban/kernel/worklist"
)

// End revokes, withdraws, cancels, suspends or restores an issued licence. Whoever checks the licence sees it at once, and the holder is
// told why, by which article, and what he can do about it.
func (m *Module) End(ctx context.Context, tx *db.Tx, id ID, e Ending, version int64) error {
	l, err := m.Find(ctx, &tx.View, id)
	if err != nil {
		return err
	}
	if err := tx.Require(PermRevoke, place(l)); err != nil {
		return err
	}
	if err := e.Check(); err != nil {
		return err
	}
	if version != 0 && version != l.Version {
		return problem.Conflict("《%s》%s 刚刚被别人改过，现在是“%s”。请刷新后再办", l.Name, l.Number, Moves().Label(l.State))
	}
	basis := strings.TrimSpace(e.Basis)
	if d := strings.TrimSpace(e.Document); d != "" {
		basis += "（" + d + "）"
	}
	return m.move(ctx, tx, l, e.Act, strings.TrimSpace(e.Reason), basis)
}

// move changes the state of an issued licence by the table.
func (m *Module) move(ctx context.Context, tx *db.Tx, l Licence, act Act, reason, basis string) error {
	next, err := Moves().Step(l.State, act)
	if err != nil {
		return problem.Conflict("%s", err.Error())
	}
	ended := db.At(tx.Now)
	if next == Valid {
		ended = db.Time{}
	}
	n, err := store.New(tx).Move(ctx, store.MoveParams{State: string(next), Reason: reason, Basis: basis, EndedAt: ended, ID: string(l.ID), Version: l.Version})
	if err := changed(n, err); err != nil {
		return err
	}
	tx.Record("licence", string(l.ID), string(l.State), string(next), map[string]string{"number": l.Number, "reason": reason, "basis": basis})
	tx.Publish(EndedEvent{Told: l.told(tx.Now), Act: act, State: next, Reason: reason, Basis: basis})
	text := "您的《" + l.Name + "》（" + l.Number + "）" + Moves().ActLabel(act) + "。理由：" + reason
	if basis != "" {
		text += "。依据：" + basis
	}
	if act != ActExpire && act != ActRestore {
		text += "。如有异议，可以依法申请行政复议或者提起行政诉讼；咨询请拨打 12345"
	}
	return m.k.Notify.Send(ctx, tx, notify.Message{To: l.Holder, Title: "证照" + Moves().ActLabel(act), Text: text, URL: "/my/licences"})
}

// Remake orders a licence again that was voided before it was issued. The voided number stays voided; the new licence takes a new one.
func (m *Module) Remake(ctx context.Context, tx *db.Tx, id ID) (ID, error) {
	l, err := m.Find(ctx, &tx.View, id)
	if err != nil {
		return "", err
	}
	if err := tx.Require(PermIssue, place(l)); err != nil {
		return "", err
	}
	if l.State != Voided {
		return "", problem.Conflict("只有作废的证照才能重新制证，《%s》现在是“%s”", l.Name, Moves().Label(l.State))
	}
	if again, found, err := m.OfCase(ctx, &tx.View, l.CaseID); err != nil || found {
		return again.ID, err
	}
	worklist.Close(ctx, tx, task(l.ID))
	l.ID = ID(tx.NewID())
	return l.ID, m.insert(ctx, tx, l)
}

// Retry tries at once what failed before.
func (m *Module) Retry(ctx context.Context, tx *db.Tx, id ID) error {
	l, err := m.Find(ctx, &tx.View, id)
	if err != nil {
		return err
	}
	if err := tx.Require(PermIssue, place(l)); err != nil {
		return err
	}
	if l.State != Ordered && l.State != Numbered {
		return problem.Conflict("《%s》现在是“%s”，不需要再制证", l.ItemName, Moves().Label(l.State))
	}
	tx.Record("licence", string(l.ID), string(l.State), string(l.State), map[string]string{"retry": l.Fault})
	return m.k.Jobs().Enqueue(ctx, tx, makeJob{Licences: []ID{l.ID}})
}

func place(l Licence) authz.Place { return authz.Place{Unit: l.Unit} }
