package delivery

import (
	"context"
	"crypto/rand"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"tongban/handling/casework"
	"tongban/handling/delivery/internal/store"
	"tongban/kernel/authz"
	"tongban/kernel/clock"
	"tongban/kernel/db"
	"tongban/kernel/notify"
	"tongban/kernel/number"
	"tongban/kernel/problem"
	"tongban/kernel/worklist"
)

// What the sealed columns are bound to.
const (
	sealPhone   = "delivery.phone"
	sealAddress = "delivery.address"
	sealCode    = "delivery.code"
	sealAgent   = "delivery.agent"
)

// Prepare puts results into the parcel of a submission and tells the applicant. Asked again with the same results it does nothing; new
// ones are added, and open a parcel again whose first part is already with the applicant. Results an applicant wants in electronic form
// only are delivered by it.
func (m *Module) Prepare(ctx context.Context, tx *db.Tx, p Parcel) (Parcel, error) {
	if p.Group == "" || len(p.Results) == 0 {
		return p, problem.Internal("delivery: a parcel needs its submission and results")
	}
	have, found, err := m.OfGroup(ctx, &tx.View, p.Group)
	if err != nil {
		return p, err
	}
	var fresh []Result
	for _, r := range p.Results {
		if !slices.ContainsFunc(have.Results, func(h Result) bool { return h.CaseID == r.CaseID }) {
			fresh = append(fresh, r)
		}
	}
	if found && len(fresh) == 0 {
		return have, nil
	}
	if !found {
		if have, err = m.open(ctx, tx, p); err != nil {
			return p, err
		}
	} else if have, err = m.refill(ctx, tx, have, p.Asked); err != nil {
		return p, err
	}
	if err := m.add(ctx, tx, have.ID, fresh); err != nil {
		return p, err
	}
	if have, err = m.Find(ctx, &tx.View, have.ID); err != nil {
		return p, err
	}
	if have.Way == Download && have.State == Ready {
		return m.give(ctx, tx, have, Hand{Way: Download, Receiver: have.ApplicantName, Clerk: tx.Actor.ID, ClerkName: "电子送达"}, ActHand)
	}
	if have.State == Posted {
		return have, nil // what comes while the first part is on its way is told when that has arrived
	}
	return have, m.tell(ctx, tx, have)
}

// open makes the parcel of a submission.
func (m *Module) open(ctx context.Context, tx *db.Tx, p Parcel) (Parcel, error) {
	who, err := m.parties.Reveal(ctx, &tx.View, p.Applicant)
	if err != nil {
		return p, err
	}
	if p.Phone == "" {
		p.Phone = who.Phone
	}
	if p.Address == "" {
		p.Address = who.Address
	}
	p.ID, p.ApplicantName, p.Way, p.Outlet = ID(tx.NewID()), who.Name, wayOf(p.Ways), m.outlet(p.Outlet)
	row := store.InsertParams{ID: string(p.ID), Batch: p.Group, Title: p.Title, Applicant: p.Applicant, ApplicantName: p.ApplicantName, Way: p.Way, Outlet: p.Outlet,
		Asked: p.Asked, ReadyAt: db.At(tx.Now)}
	if row.Phone, err = m.k.Keys.SealText(sealPhone, p.Phone); err != nil {
		return p, err
	}
	if row.Address, err = m.k.Keys.SealText(sealAddress, p.Address); err != nil {
		return p, err
	}
	if row.Code, row.CodeIndex, err = m.newCode(ctx, tx); err != nil {
		return p, err
	}
	tx.Record("parcel", string(p.ID), "", string(Ready), map[string]string{"group": p.Group, "way": p.Way, "asked": p.Asked})
	return p, store.New(tx.Deferred()).Insert(ctx, row)
}

// refill opens a parcel again for results that came later.
func (m *Module) refill(ctx context.Context, tx *db.Tx, p Parcel, asked string) (Parcel, error) {
	next, err := Moves().Step(p.State, ActRefill)
	if err != nil {
		return p, problem.Conflict("%s", err.Error())
	}
	if asked == "" {
		asked = p.Asked
	}
	row := store.RefillParams{State: string(next), Asked: asked, Code: p.code, ReadyAt: db.At(tx.Now), ID: string(p.ID), Version: p.Version}
	if p.State == Done {
		if row.Code, row.CodeIndex, err = m.newCode(ctx, tx); err != nil {
			return p, err
		}
	} else if code, err := m.Code(p); err != nil {
		return p, err
	} else {
		row.CodeIndex = m.k.Keys.Index(sealCode, code)
	}
	tx.Record("parcel", string(p.ID), string(p.State), string(next), map[string]string{"asked": asked})
	n, err := store.New(tx).Refill(ctx, row)
	return p, changed(n, err)
}

// add puts results into a parcel. Everything else about them is read from their cases.
func (m *Module) add(ctx context.Context, tx *db.Tx, id ID, results []Result) error {
	ids := make([]string, len(results))
	for i, r := range results {
		ids[i] = r.CaseID
	}
	cases, err := m.cases.Some(ctx, &tx.View, ids)
	if err != nil {
		return err
	}
	for _, r := range results {
		at := slices.IndexFunc(cases, func(c casework.Case) bool { return string(c.ID) == r.CaseID })
		if at < 0 {
			return problem.NotFound("没有这个办件，请核对办件编号")
		}
		c := cases[at]
		if c.State != casework.Granted && c.State != casework.Refused && c.State != casework.Closed {
			return problem.Conflict("办件 %s 还没有决定，没有可以送达的结果", c.Number)
		}
		if r.Name == "" {
			r.Name = c.ItemName
		}
		err := store.New(tx.Deferred()).InsertResult(ctx, store.InsertResultParams{CaseID: r.CaseID, Parcel: string(id), CaseNumber: c.Number, Name: r.Name, Unit: c.Unit,
			Granted: c.State == casework.Granted || c.State == casework.Closed && r.Licence != "", Licence: r.Licence, Number: r.Number, AddedAt: db.At(tx.Now)})
		if err != nil {
			return err
		}
	}
	return nil
}

// newCode makes a pick-up code that no open parcel has.
func (m *Module) newCode(ctx context.Context, tx *db.Tx) (sealed, index string, err error) {
	for range 50 {
		n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
		if err != nil {
			return "", "", err
		}
		code := fmt.Sprintf("%06d", n)
		index = m.k.Keys.Index(sealCode, code)
		if _, found, err := m.byIndex(ctx, &tx.View, index); err != nil {
			return "", "", err
		} else if !found {
			sealed, err = m.k.Keys.SealText(sealCode, code)
			return sealed, index, err
		}
	}
	return "", "", problem.Busy(0, "暂时没有空闲的取件码，请稍后再试")
}

// tell puts the parcel on the outlet's list and tells the applicant what to do.
func (m *Module) tell(ctx context.Context, tx *db.Tx, p Parcel) error {
	code, err := m.Code(p)
	if err != nil {
		return err
	}
	phone, err := m.k.Keys.OpenText(sealPhone, p.phone)
	if err != nil {
		return err
	}
	u, _ := m.org.Unit(p.Outlet)
	text := fmt.Sprintf("您的“%s”共 %d 项结果已办好。", p.Title, len(p.Waiting()))
	task := worklist.Task{Ref: task(p.ID), Unit: p.Outlet, Right: PermHand, URL: "/w/outlet/" + string(p.ID), Note: p.ApplicantName, Due: m.due(ctx, &tx.View, p)}
	if p.Way == Post {
		task.Kind, task.Title = "delivery.post", "寄出："+p.Title
		text += "将按您留的地址邮寄，寄出后会告诉您快递单号。"
	} else {
		task.Kind, task.Title = "delivery.window", "待领取："+p.Title
		text += fmt.Sprintf("请凭取件码 %s 和本人证件到%s（%s）领取。", code, orElse(u.Name, "政务服务中心出件窗口"), orElse(u.Address, "地址请拨打 12345 咨询"))
	}
	if err := worklist.Open(ctx, tx, task); err != nil {
		return err
	}
	return m.k.Notify.Send(ctx, tx, notify.Message{To: p.Applicant, Phone: phone, Title: "结果已办好", Text: text + "电子证照在“我的证照”里也能看到。", URL: "/my/deliveries/" + string(p.ID)})
}

// Choose changes how an applicant wants to receive what is still here.
func (m *Module) Choose(ctx context.Context, tx *db.Tx, id ID, way, address string, version int64) error {
	p, err := m.Find(ctx, &tx.View, id)
	if err != nil {
		return err
	}
	if !owns(tx.Actor, p) {
		if err := tx.Require(PermHand, place(p)); err != nil {
			return err
		}
	}
	if p.State != Ready {
		return problem.Conflict("“%s”%s，不能再改领取方式", p.Title, Moves().Label(p.State))
	}
	address = strings.TrimSpace(address)
	switch {
	case way != Window && way != Post && way != Download:
		return problem.Invalid("请选择领取方式").On("way", "请选择领取方式")
	case way == Post && address == "" && p.address == "":
		return problem.Invalid("请填写邮寄地址").On("address", "邮寄要有收件地址，请写到门牌号")
	}
	sealed := p.address
	if address != "" {
		if sealed, err = m.k.Keys.SealText(sealAddress, address); err != nil {
			return err
		}
	}
	n, err := store.New(tx).SetWay(ctx, store.SetWayParams{Way: way, Address: sealed, ID: string(id), Version: orVersion(version, p.Version)})
	if err := changed(n, err); err != nil {
		return err
	}
	tx.Record("parcel", string(id), string(p.State), string(p.State), map[string]string{"way": way, "before": p.Way})
	if p, err = m.Find(ctx, &tx.View, id); err != nil {
		return err
	}
	if way == Download {
		_, err := m.give(ctx, tx, p, Hand{Way: Download, Receiver: p.ApplicantName, Clerk: tx.Actor.ID, ClerkName: tx.Actor.Name}, ActHand)
		return err
	}
	return m.tell(ctx, tx, p)
}

// Recognise compares the last four characters of the applicant's number, and writes down that it was tried. A clerk who found the person
// to be the right one may hand over to him for half an hour; after five wrong answers the parcel rests.
func (m *Module) Recognise(ctx context.Context, tx *db.Tx, id ID, lastFour string) (bool, error) {
	p, err := m.Find(ctx, &tx.View, id)
	if err != nil {
		return false, err
	}
	if err := tx.Require(PermHand, place(p)); err != nil {
		return false, err
	}
	if wait := p.resting(tx.Now); wait > 0 {
		return false, problem.TooMany(wait, "后四位连续 %d 次不符，请 %d 分钟后再核对，或核对证件原件后请值班负责人处理", maxTries, int(wait.Minutes())+1)
	}
	same, err := m.parties.Matches(ctx, &tx.View, p.Applicant, lastFour)
	if err != nil {
		return false, err
	}
	row := store.TriedParams{Tries: p.tries + 1, TriedAt: db.At(tx.Now), ID: string(id)}
	if p.tries >= maxTries {
		row.Tries = 1 // it has rested
	}
	if same {
		row.Tries, row.CheckedBy, row.CheckedAt = 0, tx.Actor.ID, db.At(tx.Now)
	}
	tx.Record("parcel", string(id), string(p.State), string(p.State), map[string]any{"recognised": same})
	return same, store.New(tx).Tried(ctx, row)
}

// HandOver gives everything in the parcel to the person at the window, who signs for it.
func (m *Module) HandOver(ctx context.Context, tx *db.Tx, id ID, to Receiver, version int64) (Hand, error) {
	p, err := m.Find(ctx, &tx.View, id)
	if err != nil {
		return Hand{}, err
	}
	if err := tx.Require(PermHand, place(p)); err != nil {
		return Hand{}, err
	}
	if p.State != Ready {
		return Hand{}, problem.Conflict("“%s”%s，不能再在窗口领取", p.Title, Moves().Label(p.State))
	}
	if version != 0 && version != p.Version {
		return Hand{}, stale()
	}
	if !p.checked(tx.Actor.ID, tx.Now) {
		return Hand{}, problem.Conflict("还没有核对领取人。请先核对申请人证件号码的后四位，再交付")
	}
	if to, err = to.Check(p.ApplicantName); err != nil {
		return Hand{}, err
	}
	h := Hand{Way: Window, Receiver: to.Name, Agent: to.Agent, Authority: to.Authority, Clerk: tx.Actor.ID, ClerkName: tx.Actor.Name}
	if to.Agent {
		h.AgentMask = masked(to.Number)
	}
	h, err = m.giveAs(ctx, tx, p, h, to.Number, ActHand)
	return h, err
}

// SendOff notes that the parcel was given to the post.
func (m *Module) SendOff(ctx context.Context, tx *db.Tx, id ID, carrier, tracking string, version int64) error {
	p, err := m.Find(ctx, &tx.View, id)
	if err != nil {
		return err
	}
	if err := tx.Require(PermHand, place(p)); err != nil {
		return err
	}
	carrier, tracking = strings.TrimSpace(carrier), strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(tracking), " ", ""))
	if carrier == "" || len(tracking) < 6 || len(tracking) > 40 {
		return problem.Invalid("请填写快递公司和快递单号").On("tracking", "请照面单填写快递单号，6 至 40 位")
	}
	if p.Way != Post {
		return problem.Conflict("申请人选择的是%s，不是邮寄", WayName(p.Way))
	}
	next, err := Moves().Step(p.State, ActPost)
	if err != nil {
		return problem.Conflict("%s", err.Error())
	}
	n, err := store.New(tx).Post(ctx, store.PostParams{State: string(next), Carrier: carrier, Tracking: tracking, PostedAt: db.At(tx.Now), ID: string(id), Version: orVersion(version, p.Version)})
	if err := changed(n, err); err != nil {
		return err
	}
	if err := store.New(tx).MarkSent(ctx, store.MarkSentParams{Sent: true, Parcel: string(id)}); err != nil {
		return err
	}
	tx.Record("parcel", string(id), string(p.State), string(next), map[string]string{"carrier": carrier, "tracking": tracking})
	worklist.Close(ctx, tx, task(id))
	if err := worklist.Open(ctx, tx, worklist.Task{Ref: task(id) + ":arrive", Kind: "delivery.post", Title: "登记签收：" + p.Title, Note: carrier + " " + tracking, Unit: p.Outlet,
		Right: PermHand, URL: "/w/outlet/" + string(id), Due: m.due(ctx, &tx.View, p)}); err != nil {
		return err
	}
	phone, err := m.k.Keys.OpenText(sealPhone, p.phone)
	if err != nil {
		return err
	}
	return m.k.Notify.Send(ctx, tx, notify.Message{To: p.Applicant, Phone: phone, Title: "结果已寄出", Text: fmt.Sprintf("您的“%s”结果已由%s寄出，单号 %s。收到后请核对件数。", p.Title, carrier, tracking),
		URL: "/my/deliveries/" + string(id)})
}

// Arrive notes who signed for what the post brought. Bounced mail comes back with Bounce.
func (m *Module) Arrive(ctx context.Context, tx *db.Tx, id ID, receiver string) (Hand, error) {
	p, err := m.Find(ctx, &tx.View, id)
	if err != nil {
		return Hand{}, err
	}
	if err := tx.Require(PermHand, place(p)); err != nil {
		return Hand{}, err
	}
	if receiver = strings.TrimSpace(receiver); receiver == "" {
		receiver = p.ApplicantName
	}
	worklist.Close(ctx, tx, task(id)+":arrive")
	h, err := m.giveAs(ctx, tx, p, Hand{Way: Post, Receiver: receiver, Carrier: p.Carrier, Tracking: p.Tracking, Clerk: tx.Actor.ID, ClerkName: tx.Actor.Name}, "", ActArrive)
	if err != nil {
		return h, err
	}
	if p, err = m.Find(ctx, &tx.View, id); err == nil && p.State == Ready {
		err = m.tell(ctx, tx, p)
	}
	return h, err
}

// Bounce notes that the post brought the parcel back; it waits again, now at the window unless the applicant chooses otherwise.
func (m *Module) Bounce(ctx context.Context, tx *db.Tx, id ID, reason string) error {
	p, err := m.Find(ctx, &tx.View, id)
	if err != nil {
		return err
	}
	if err := tx.Require(PermHand, place(p)); err != nil {
		return err
	}
	if reason = strings.TrimSpace(reason); reason == "" {
		return problem.Invalid("请写明退回原因").On("reason", "请照面单写明退回原因，例如：无人签收")
	}
	next, err := Moves().Step(p.State, ActBounce)
	if err != nil {
		return problem.Conflict("%s", err.Error())
	}
	q := store.New(tx)
	n, err := q.Post(ctx, store.PostParams{State: string(next), PostedAt: db.Time{}, ID: string(id), Version: p.Version})
	if err := changed(n, err); err != nil {
		return err
	}
	n, err = q.SetWay(ctx, store.SetWayParams{Way: Window, Address: p.address, ID: string(id), Version: p.Version + 1})
	if err := changed(n, err); err != nil {
		return err
	}
	if err := q.MarkSent(ctx, store.MarkSentParams{Sent: false, Parcel: string(id)}); err != nil {
		return err
	}
	tx.Record("parcel", string(id), string(p.State), string(next), map[string]string{"reason": reason, "tracking": p.Tracking})
	worklist.Close(ctx, tx, task(id)+":arrive")
	if p, err = m.Find(ctx, &tx.View, id); err != nil {
		return err
	}
	return m.tell(ctx, tx, p)
}

func (m *Module) give(ctx context.Context, tx *db.Tx, p Parcel, h Hand, act Act) (Parcel, error) {
	if _, err := m.giveAs(ctx, tx, p, h, "", act); err != nil {
		return p, err
	}
	return m.Find(ctx, &tx.View, p.ID)
}

// giveAs writes the handing over down: the receipt with its number, what was handed over, the end of the clocks of art. 44.
func (m *Module) giveAs(ctx context.Context, tx *db.Tx, p Parcel, h Hand, agentNumber string, act Act) (Hand, error) {
	list, code, ended := p.Waiting(), "", db.At(tx.Now)
	if act == ActArrive {
		list = slices.DeleteFunc(list, func(r Result) bool { return !r.Sent })
	}
	if len(list) < len(p.Waiting()) {
		act, ended = ActRest, db.Time{}
		plain, err := m.Code(p)
		if err != nil {
			return h, err
		}
		code = m.k.Keys.Index(sealCode, plain)
	}
	next, err := Moves().Step(p.State, act)
	if err != nil {
		return h, problem.Conflict("%s", err.Error())
	}
	year := tx.Now.In(zone).Format("2006")
	seq, err := number.Next(ctx, tx, seriesReceipt, year)
	if err != nil {
		return h, err
	}
	h.ID, h.Parcel, h.Number, h.Unit, h.At = tx.NewID(), p.ID, fmt.Sprintf("%s送〔%s〕%d号", m.org.Name(p.Outlet), year, seq), p.Outlet, tx.Now
	relation := "self"
	if h.Agent {
		relation = "agent"
	}
	sealed, err := m.k.Keys.SealText(sealAgent, agentNumber)
	if err != nil {
		return h, err
	}
	q := store.New(tx)
	if err := q.InsertHand(ctx, store.InsertHandParams{ID: h.ID, Parcel: string(p.ID), Number: h.Number, Way: h.Way, Receiver: h.Receiver, Relation: relation,
		AgentNumber: sealed, AgentMask: h.AgentMask, Authority: h.Authority, Carrier: h.Carrier, Tracking: h.Tracking, Clerk: h.Clerk, ClerkName: h.ClerkName,
		Unit: h.Unit, At: db.At(tx.Now)}); err != nil {
		return h, err
	}
	var cases []string
	for _, r := range list {
		n, err := q.HandResult(ctx, store.HandResultParams{Hand: h.ID, CaseID: r.CaseID})
		if err := changed(n, err); err != nil {
			return h, err
		}
		cases = append(cases, r.CaseID)
	}
	if err := m.stopClocks(ctx, tx, cases); err != nil {
		return h, err
	}
	n, err := q.Complete(ctx, store.CompleteParams{State: string(next), CodeIndex: code, CompletedAt: ended, ID: string(p.ID), Version: p.Version})
	if err := changed(n, err); err != nil {
		return h, err
	}
	worklist.Close(ctx, tx, task(p.ID))
	tx.Record("parcel", string(p.ID), string(p.State), string(next), map[string]any{"receipt": h.Number, "way": h.Way, "agent": h.Agent, "cases": len(cases)})
	tx.Publish(Completed{Parcel: p.ID, Group: p.Group, Title: p.Title, Applicant: p.Applicant, ApplicantName: p.ApplicantName, Cases: cases, Outlet: p.Outlet, Way: h.Way, Receipt: h.Number, At: tx.Now})
	return h, m.k.Notify.Send(ctx, tx, notify.Message{To: p.Applicant, Title: "结果已送达", Text: fmt.Sprintf("您的“%s”共 %d 项结果已%s，送达回证编号 %s。", p.Title, len(cases), WayName(h.Way), h.Number),
		URL: "/my/deliveries/" + string(p.ID)})
}

// stopClocks ends the clocks of art. 44 of cases at the moment of handing over. Refusals have no such clock, and closing a case ends one
// that does not run.
func (m *Module) stopClocks(ctx context.Context, tx *db.Tx, cases []string) error {
	clocks, err := m.k.Clocks.Named(ctx, &tx.View, casework.ClockDelivery, cases)
	if err != nil {
		return err
	}
	for _, id := range cases {
		if r, has := clocks[id]; has && r.Ledger.Phase() == clock.Running {
			if _, err := m.k.Clocks.Append(tx, r, clock.Entry{Kind: clock.Stop, At: tx.Now}); err != nil {
				return err
			}
		}
	}
	return nil
}

func task(id ID) string { return "delivery:hand:" + string(id) }

func place(p Parcel) authz.Place { return authz.Place{Unit: p.Outlet} }

func owns(a authz.Actor, p Parcel) bool { return a.Party != "" && a.Party == p.Applicant }

func stale() error {
	return problem.Conflict("这份送达件刚刚被别人办过，请刷新后再看")
}

func changed(n int64, err error) error {
	if err == nil && n == 0 {
		return stale()
	}
	return err
}

func orVersion(asked, now int64) int64 {
	if asked != 0 {
		return asked
	}
	return now
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func masked(number string) string {
	r := []rune(number)
	if len(r) < 8 {
		return strings.Repeat("*", len(r))
	}
	return string(r[:4]) + strings.Repeat("*", len(r)-8) + string(r[len(r)-4:])
}
