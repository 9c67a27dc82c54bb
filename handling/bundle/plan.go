package bundle

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tongban/handling/bundle/internal/store"
	"tongban/handling/casework"
	"tongban/handling/delivery"
	"tongban/handling/licence"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/rules/form"
)

// onDecided follows a decision: what waited for a grant begins, what waited for a refusal is blocked and its applicant told.
func (m *Module) onDecided(ctx context.Context, tx *db.Tx, decided []casework.Decided) error {
	return m.follow(ctx, tx, told(decided, func(e casework.Decided) ended {
		if e.Granted {
			return ended{e.CaseID, actGrant, e.Reasons, e.Notice}
		}
		return ended{e.CaseID, actRefuse, e.Reasons, e.Notice}
	}))
}

func (m *Module) onDeclined(ctx context.Context, tx *db.Tx, declined []casework.WasDeclined) error {
	return m.follow(ctx, tx, told(declined, func(e casework.WasDeclined) ended { return ended{e.CaseID, actDecline, e.Reason, e.Notice} }))
}

func (m *Module) onLapsed(ctx context.Context, tx *db.Tx, lapsed []casework.HasLapsed) error {
	return m.follow(ctx, tx, told(lapsed, func(e casework.HasLapsed) ended { return ended{e.CaseID, actLapse, "", ""} }))
}

func (m *Module) onWithdrawn(ctx context.Context, tx *db.Tx, withdrawn []casework.WasWithdrawn) error {
	return m.follow(ctx, tx, told(withdrawn, func(e casework.WasWithdrawn) ended { return ended{e.CaseID, actWithdraw, e.Reason, ""} }))
}

// ended is what became of a case.
type ended struct {
	Case           casework.ID
	act            act
	reason, notice string
}

func told[E any](events []E, what func(E) ended) map[casework.ID]ended {
	out := map[casework.ID]ended{}
	for _, e := range events {
		x := what(e)
		out[x.Case] = x
	}
	return out
}

// follow ends the parts behind cases and goes on with their plans. A part that has ended already is left alone: the applicant's own
// withdrawal is known here before its event comes.
func (m *Module) follow(ctx context.Context, tx *db.Tx, cases map[casework.ID]ended) error {
	return m.forParts(ctx, tx, slices.Collect(maps.Keys(cases)), func(p Part) (bool, error) {
		if p.Ended() {
			return false, nil
		}
		x := cases[p.Case]
		_, err := m.end(ctx, tx, p, x.act, x.reason, x.notice)
		return true, err
	})
}

// forParts does something to the parts behind cases, and goes on with the plan of every submission of which it did it to some.
func (m *Module) forParts(ctx context.Context, tx *db.Tx, cases []casework.ID, do func(Part) (bool, error)) error {
	ids := make([]string, len(cases))
	for i, id := range cases {
		ids[i] = string(id)
	}
	parts, err := m.ofCases(ctx, &tx.View, ids)
	if err != nil {
		return err
	}
	var touched []ID
	for _, p := range parts {
		did, err := do(p)
		if err != nil {
			return err
		}
		if did && !slices.Contains(touched, p.Submission) {
			touched = append(touched, p.Submission)
		}
	}
	for _, id := range touched {
		if err := m.goOn(ctx, tx, id); err != nil {
			return err
		}
	}
	return nil
}

// end moves a part to an end. A refusal is itself a result to be handed over: the written decision;
// a grant's comes with the licence. What was never accepted or was given up has no result; its notice reached the applicant by itself.
func (m *Module) end(ctx context.Context, tx *db.Tx, p Part, a act, reason, notice string) (Part, error) {
	from := p.State
	if from == Waiting && a != actWithdraw { // decided although it waited: the case had been released by hand
		from = Handling
	}
	to, err := moves.Step(from, a)
	if err != nil {
		return p, problem.Conflict("%s", err.Error())
	}
	tx.Record("part", string(p.Submission)+"/"+p.Item, string(p.State), string(to), map[string]string{"case": string(p.Case)})
	p.State, p.Blocked, p.Reason, p.Notice, p.DecidedAt = to, "", reason, notice, tx.Now
	p.Ready = p.Ready || to == Refused
	return p, m.save(ctx, tx, p)
}

func (m *Module) save(ctx context.Context, tx *db.Tx, p Part) error {
	return store.New(tx.Deferred()).MovePart(ctx, store.MovePartParams{State: string(p.State), Blocked: p.Blocked, Reason: p.Reason, Notice: p.Notice,
		DecidedAt: db.At(p.DecidedAt), Ready: p.Ready, CaseID: string(p.Case)})
}

// goOn carries the plan forward after a part has ended: release, block, hand over, close the whole.
func (m *Module) goOn(ctx context.Context, tx *db.Tx, id ID) error {
	s, err := m.Find(ctx, &tx.View, id)
	if err != nil {
		return err
	}
	parts, err := m.Parts(ctx, &tx.View, id)
	if err != nil {
		return err
	}
	for _, p := range release(parts) {
		tx.Publish(Continued{About: s.about(tx.Now), Item: p.Item, Case: p.Case})
	}
	blocks, err := m.block(ctx, tx, s, parts)
	if err != nil {
		return err
	}
	if blocks { // they are not what was read
		return m.settle(ctx, tx, s)
	}
	return m.settleWith(ctx, tx, s, parts)
}

// begin starts a part that waited: its case is released and its term runs from now.
func (m *Module) onContinued(ctx context.Context, tx *db.Tx, e Continued) error {
	p, ok, err := m.OfCase(ctx, &tx.View, e.Case)
	if err != nil || !ok || p.State != Waiting {
		return err
	}
	to, err := moves.Step(p.State, actRelease)
	if err != nil {
		return err
	}
	if err := m.cases.Release(ctx, tx, p.Case); err != nil {
		return err
	}
	tx.Record("part", string(p.Submission)+"/"+p.Item, string(p.State), string(to), nil)
	p.State, p.Blocked = to, ""
	return m.save(ctx, tx, p)
}

// block marks what can no longer begin and tells the applicant once what he can do about it. It reports whether there was any.
func (m *Module) block(ctx context.Context, tx *db.Tx, s Submission, parts []Part) (bool, error) {
	var names []string
	cause := ""
	for item, by := range blocked(parts) {
		p, _ := find(parts, item)
		if p.Blocked != "" {
			continue
		}
		p.Blocked = by
		if err := m.save(ctx, tx, p); err != nil {
			return false, err
		}
		names, cause = append(names, p.ItemName), by
		tx.Record("part", string(p.Submission)+"/"+p.Item, string(Waiting), string(Waiting), map[string]string{"blocked_by": by})
	}
	if len(names) == 0 {
		return false, nil
	}
	slices.Sort(names)
	tx.Publish(Blocked{About: s.about(tx.Now), Items: names})
	return true, m.tell(ctx, tx, s, "有事项不能继续，请您选择", fmt.Sprintf("您的“%s”（%s）中，“%s”没有办成，排在它后面的%s暂时不能开始。您可以撤回这几项，或者说明已另行取得所需证照后继续办。请打开：%s",
		s.Title, s.Number, cause, strings.Join(names, "、"), m.link(s)))
}

// settle derives the state of the whole, and hands over what can be handed over.
func (m *Module) settle(ctx context.Context, tx *db.Tx, s Submission) error {
	parts, err := m.Parts(ctx, &tx.View, s.ID)
	if err != nil {
		return err
	}
	return m.settleWith(ctx, tx, s, parts)
}

// settleWith is settle with the parts as they stand now.
func (m *Module) settleWith(ctx context.Context, tx *db.Tx, s Submission, parts []Part) error {
	if list := deliverable(parts, !s.PartialAt.IsZero()); len(list) > 0 {
		if err := m.parcel(ctx, tx, s, list); err != nil {
			return err
		}
	}
	to := stateOf(parts)
	if to == s.State {
		return nil
	}
	before := s.State
	s.State = to
	if to != Running && s.DecidedAt.IsZero() {
		s.DecidedAt = tx.Now
	}
	if to == Delivered {
		s.DeliveredAt = tx.Now
	}
	if err := store.New(tx.Deferred()).Settle(ctx, store.SettleParams{State: string(s.State), DecidedAt: db.At(s.DecidedAt), DeliveredAt: db.At(s.DeliveredAt), ID: string(s.ID)}); err != nil {
		return err
	}
	tx.Record("submission", string(s.ID), string(before), string(to), nil)
	if before == Running {
		tx.Publish(AllDecided{About: s.about(tx.Now), Parts: brought(parts)})
	}
	if to == Delivered {
		tx.Publish(AllDelivered{s.about(tx.Now)})
	}
	return nil
}

// parcel hands results to delivery: one parcel for all of them (一次送达).
func (m *Module) parcel(ctx context.Context, tx *db.Tx, s Submission, list []Part) error {
	values, err := m.forms.Values(ctx, &tx.View, string(s.ID))
	if err != nil {
		return err
	}
	parcel := delivery.Parcel{Group: string(s.ID), Title: s.Title, Applicant: s.Applicant, Phone: m.phone(ctx, &tx.View, s, values), Ways: []string{string(s.Way)}}
	if s.Way == ByPost {
		parcel.Address = form.Get(values, "delivery_address").Shown
	}
	if !s.PartialAt.IsZero() {
		parcel.Asked = "申请人于" + web.Date(s.PartialAt) + "申请先领已办好的结果"
	}
	for _, p := range list {
		parcel.Results = append(parcel.Results, delivery.Result{CaseID: string(p.Case), Name: p.ItemName, Licence: p.Licence, Number: cmp.Or(p.LicenceNumber, p.Notice)})
	}
	made, err := m.deliveries.Prepare(ctx, tx, parcel)
	if err != nil {
		return err
	}
	cases := make([]string, len(list))
	for i, p := range list {
		cases[i] = string(p.Case)
	}
	return store.New(tx.Deferred()).PackParts(ctx, string(made.ID), cases)
}

// onIssued notes that the licences of parts are there.
func (m *Module) onIssued(ctx context.Context, tx *db.Tx, issued []licence.IssuedEvent) error {
	licences, cases := map[casework.ID]licence.IssuedEvent{}, make([]casework.ID, len(issued))
	for i, e := range issued {
		cases[i] = casework.ID(e.CaseID)
		licences[cases[i]] = e
	}
	return m.forParts(ctx, tx, cases, func(p Part) (bool, error) {
		if p.Ready {
			return false, nil
		}
		l := licences[p.Case]
		tx.Record("part", string(p.Submission)+"/"+p.Item, string(p.State), string(p.State), map[string]string{"licence": l.Number})
		return true, store.New(tx.Deferred()).IssuePart(ctx, store.IssuePartParams{Licence: string(l.Licence), LicenceNumber: l.Number, CaseID: string(p.Case)})
	})
}

// onDelivered notes what is with the applicant.
func (m *Module) onDelivered(ctx context.Context, tx *db.Tx, e delivery.Completed) error {
	s, err := m.Find(ctx, &tx.View, ID(e.Group))
	if problem.KindOf(err) == problem.KindNotFound && err != nil {
		return nil
	}
	if err != nil {
		return err
	}
	if err := store.New(tx.Deferred()).DeliverParts(ctx, db.At(tx.Now), e.Cases); err != nil {
		return err
	}
	return m.settle(ctx, tx, s)
}

// own loads a submission for a command of its applicant, or of the clerk who submitted it for him.
func (m *Module) own(ctx context.Context, tx *db.Tx, id ID) (Submission, error) {
	s, err := m.Find(ctx, &tx.View, id)
	if err != nil {
		return s, err
	}
	if !s.OwnedBy(tx.Actor) {
		if err := tx.Require(PermIntake, authz.Place{Unit: s.Lead}); err != nil {
			return s, problem.NotFound("没有这个编号的申请，请核对编号")
		}
	}
	return s, nil
}

// OwnedBy reports whether the actor is the applicant or acts for him.
func (s Submission) OwnedBy(a authz.Actor) bool {
	switch a.Kind {
	case authz.System:
		return true
	case authz.Citizen:
		return a.ID == s.Account && s.Account != "" || a.Party != "" && a.Party == s.Applicant
	case authz.Staff, authz.Client:
		return s.Agent != "" && a.ID == s.Agent
	}
	return false
}

// Withdraw takes one part back, or all that are not decided when item is empty (撤回), before the decision.
func (m *Module) Withdraw(ctx context.Context, tx *db.Tx, id ID, item, reason string) error {
	s, err := m.own(ctx, tx, id)
	if err != nil {
		return err
	}
	parts, err := m.Parts(ctx, &tx.View, id)
	if err != nil {
		return err
	}
	if strings.TrimSpace(reason) == "" {
		reason = "申请人撤回"
	}
	n := 0
	for _, p := range parts {
		if p.Ended() || item != "" && p.Item != item {
			continue
		}
		if err := m.cases.Withdraw(ctx, tx, p.Case, reason); err != nil {
			return err
		}
		if _, err := m.end(ctx, tx, p, actWithdraw, reason, ""); err != nil {
			return err
		}
		n++
	}
	if n == 0 {
		return problem.Conflict("没有可以撤回的事项：可能已经作出决定或者撤回过了")
	}
	return m.goOn(ctx, tx, s.ID)
}

// Continue begins a blocked part because the applicant says that he has what the failed item would have given; the unit checks it.
func (m *Module) Continue(ctx context.Context, tx *db.Tx, id ID, item string) error {
	s, err := m.own(ctx, tx, id)
	if err != nil {
		return err
	}
	parts, err := m.Parts(ctx, &tx.View, id)
	if err != nil {
		return err
	}
	p, ok := find(parts, item)
	if !ok || p.State != Waiting || p.Blocked == "" {
		return problem.Conflict("这个事项不在等您选择，请刷新页面看最新情况")
	}
	tx.Record("part", string(s.ID)+"/"+item, string(Waiting), string(Waiting), map[string]string{"continued_without": p.Blocked})
	tx.Publish(Continued{About: s.about(tx.Now), Item: item, Case: p.Case})
	return nil
}

// ReleasePartly records that the applicant asks for what is ready before the whole is done; only on such a request is anything handed
// over in parts.
func (m *Module) ReleasePartly(ctx context.Context, tx *db.Tx, id ID) error {
	s, err := m.own(ctx, tx, id)
	if err != nil {
		return err
	}
	parts, err := m.Parts(ctx, &tx.View, id)
	if err != nil {
		return err
	}
	if !s.PartialAt.IsZero() {
		return problem.Conflict("您已经申请过先领已办好的，办好一项就会通知您一项")
	}
	if len(deliverable(parts, true)) == 0 {
		return problem.Conflict("现在还没有办好、可以先领的结果")
	}
	n, err := store.New(tx).AskPartial(ctx, store.AskPartialParams{PartialAt: db.At(tx.Now), ID: string(id)})
	if err == nil && n == 0 {
		err = problem.Conflict("全部事项都已办好，正在一起送达，不用再申请先领")
	}
	if err != nil {
		return err
	}
	tx.Record("submission", string(id), string(s.State), string(s.State), map[string]bool{"partly": true})
	s.PartialAt = tx.Now
	return m.settle(ctx, tx, s)
}
