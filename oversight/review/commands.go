package review

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tongban/handling/casework"
	"tongban/kernel/calendar"
	"tongban/kernel/clock"
	"tongban/kernel/config"
	"tongban/kernel/crypto"
	"tongban/kernel/db"
	"tongban/kernel/notify"
	"tongban/kernel/problem"
	"tongban/kernel/worklist"
	"tongban/oversight/review/internal/store"
)

// Kinds of tasks.
const (
	kindVerify  = "review.verify"
	kindRectify = "review.rectify"
	kindVisit   = "review.visit"
	kindPublish = "review.publish"
)

const (
	purposeToken = "review.token"
	daysSetting  = "review.rectify.days"
	clockName    = "rectify"
)

func taskRef(id string) string    { return "review:task:" + id }
func publishRef(id string) string { return "review:publish:" + id }

// Invite opens the invitation of a group of cases and sends its link. The token is answered once, for the caller and the message; the
// table keeps its blind index only.
func (m *Module) Invite(ctx context.Context, tx *db.Tx, group string, way Way) (token string, err error) {
	q := store.New(tx)
	if _, err := q.InvitationOf(ctx, group); err == nil {
		return "", problem.Conflict("这件事已经发过评价邀请，不再重复发送")
	} else if !errors.Is(err, sql.ErrNoRows) {
		return "", err
	}
	cases, err := m.cases.InGroup(ctx, &tx.View, group)
	if err != nil {
		return "", err
	}
	if len(cases) == 0 {
		return "", problem.NotFound("没有这件事的办件，不能邀请评价")
	}
	first := cases[0]
	title := first.GroupTitle
	if title == "" {
		title = first.ItemName
	}
	token = crypto.Token(18)
	id := tx.NewID()
	err = q.Invite(ctx, store.InviteParams{ID: id, Token: m.k.Keys.Index(purposeToken, token), Batch: group, Title: title, Applicant: first.Applicant,
		ApplicantName: first.ApplicantName, Unit: first.Unit, Way: string(way), SentOn: calendar.DayOf(tx.Now).String(), SentAt: db.At(tx.Now)})
	if err != nil {
		return "", err
	}
	for _, c := range cases {
		if err := q.InsertPart(ctx, store.InsertPartParams{Invitation: id, CaseID: string(c.ID), Number: c.Number, ItemName: c.ItemName, Unit: c.Unit}); err != nil {
			return "", err
		}
	}
	tx.Record("review_invitation", id, "", "sent", map[string]string{"group": group})
	// Nothing in the words prompts for a good grade (评价不诱导).
	return token, m.send(ctx, tx, first.Applicant, "请评价这次办事："+title, "您办理的“"+title+"”已经办完。请为这次服务打分，评价对工作人员保密。", "/review/"+token)
}

// send tells a party, into the inbox of his account or under his own id, and by SMS where a phone is known.
func (m *Module) send(ctx context.Context, tx *db.Tx, party, title, text, url string) error {
	msg := notify.Message{To: party, Title: title, Text: text, URL: url}
	if a, err := m.accounts.OfParty(ctx, &tx.View, party); err == nil {
		msg.To = a.ID
	} else if problem.KindOf(err) != problem.KindNotFound {
		return err
	}
	if i, err := m.parties.Reveal(ctx, &tx.View, party); err == nil {
		msg.Phone = i.Phone
	} else if problem.KindOf(err) != problem.KindNotFound {
		return err
	}
	if msg.Phone != "" {
		msg.Text += "链接：" + strings.TrimSuffix(m.k.Settings.BaseURL, "/") + url
	}
	return m.k.Notify.Send(ctx, tx, msg)
}

// Words is what a person fills in.
type Words struct {
	Grade      Grade
	Dimensions map[string]Grade
	About      string // case it is about; empty: the whole thing
	Text       string
	Channel    string // online, mobile, window, kiosk, hotline, paper
}

// Give takes the review of an invitation: the first, or the one more after a rectification.
func (m *Module) Give(ctx context.Context, tx *db.Tx, token string, w Words) (Review, error) {
	inv, err := m.ByToken(ctx, &tx.View, token)
	if err != nil {
		return Review{}, err
	}
	earlier, err := m.Of(ctx, &tx.View, inv.ID)
	if err != nil {
		return Review{}, err
	}
	round, err := m.round(ctx, &tx.View, earlier)
	if err != nil {
		return Review{}, err
	}
	w.Text = strings.TrimSpace(w.Text)
	bad := problem.Invalid("有几处需要补充")
	if w.Grade < VeryBad || w.Grade > VeryGood {
		bad = bad.On("grade", "请选择您对这次服务的满意程度")
	}
	if utf8.RuneCountInString(w.Text) > 500 {
		bad = bad.On("words", "请把文字缩短到 500 字以内")
	}
	unit, known := inv.Unit, w.About == ""
	for _, p := range inv.Parts {
		if p.CaseID == w.About {
			unit, known = p.Unit, true
		}
	}
	if !known {
		bad = bad.On("about", "请从列出的事项中选择")
	}
	marks := map[string]Grade{}
	for _, d := range Dimensions(inv.Way) {
		if g := w.Dimensions[d.Code]; g >= VeryBad && g <= VeryGood {
			marks[d.Code] = g
		}
	}
	if len(bad.Fields) > 0 {
		return Review{}, bad
	}
	if w.Channel == "" {
		w.Channel = "online"
	}
	r := Review{ID: tx.NewID(), Invitation: inv.ID, Round: round, Unit: unit, About: w.About, Grade: w.Grade, Dimensions: marks, Words: w.Text,
		Shown: Mask(w.Text, inv.ApplicantName), Publication: NoWords, Channel: w.Channel, At: tx.Now, Version: 1}
	if w.Text != "" {
		r.Publication = Waiting
	}
	err = store.New(tx).InsertReview(ctx, store.InsertReviewParams{ID: r.ID, Invitation: inv.ID, Round: int64(round), Unit: unit, About: w.About, Grade: int64(w.Grade),
		Dimensions: db.Pack(marks), Words: r.Words, Shown: r.Shown, Publication: string(r.Publication), Channel: r.Channel, GivenOn: calendar.DayOf(tx.Now).String(), GivenAt: db.At(tx.Now)})
	if db.IsDuplicate(err) {
		return r, errGiven()
	}
	if err != nil {
		return r, err
	}
	tx.Record("review", r.ID, "", "given", map[string]any{"grade": r.Grade, "round": round, "unit": unit, "channel": r.Channel})
	tx.Publish(Given{Review: r.ID, Group: inv.Group, Unit: unit, Grade: r.Grade, Round: round, At: tx.Now})
	if r.Publication == Waiting {
		err := worklist.Open(ctx, tx, worklist.Task{Ref: publishRef(r.ID), Kind: kindPublish, Title: "审核公开评价：" + inv.Title, Unit: unit, Right: PermVerify, URL: "/sv/reviews/" + r.ID})
		if err != nil {
			return r, err
		}
	}
	if r.Grade.Bad() && round == 1 { // the re-rating after a rectification does not begin another
		return r, m.open(ctx, tx, inv, r)
	}
	return r, nil
}

func errGiven() error {
	return problem.Conflict("这次办事您已经评价过了，感谢您的意见。评价只能提交一次")
}

// round says which review an invitation still takes: 1, or 2 once a bad review was rectified and visited.
func (m *Module) round(ctx context.Context, v *db.View, earlier []Review) (int, error) {
	switch len(earlier) {
	case 0:
		return 1, nil
	case 1:
		if t, err := m.Task(ctx, v, earlier[0].ID); err == nil && t.State == Closed {
			return 2, nil
		} else if err != nil && problem.KindOf(err) != problem.KindNotFound {
			return 0, err
		}
	}
	return 0, errGiven()
}

// open begins the work on a bad review, with its clock.
func (m *Module) open(ctx context.Context, tx *db.Tx, inv Invitation, r Review) error {
	days := rectifyDays
	set, err := config.Get(ctx, &tx.View, daysSetting)
	if err != nil {
		return err
	}
	if n, err := strconv.Atoi(set); err == nil && n > 0 && n <= 60 {
		days = n
	}
	mark := func(name string, th clock.Threshold) clock.Mark {
		return clock.Mark{Name: name, Side: clock.Promised, Threshold: th}
	}
	marks := []clock.Mark{mark("red", clock.Threshold{Percent: 100})}
	if days > 3 {
		marks = append(marks, mark("yellow", clock.Threshold{Left: 3}))
	}
	rec, err := m.k.Clocks.Start(ctx, tx, clock.Begin{Of: clock.Of{Subject: r.ID, Name: clockName}, Title: "差评整改：" + inv.Title, Unit: r.Unit,
		Clock: clock.Clock{Promised: clock.Workdays(days)}, At: tx.Now, Marks: marks})
	if err != nil {
		return err
	}
	due, err := rec.Ledger.Due(m.k.Clocks.Calendar())
	if err != nil {
		return err
	}
	err = store.New(tx).InsertTask(ctx, store.InsertTaskParams{ID: r.ID, Unit: r.Unit, State: string(Opened), OpenedAt: db.At(tx.Now), DueAt: db.At(due.Promised.End)})
	if err != nil {
		return err
	}
	tx.Record("review_task", r.ID, "", string(Opened), nil)
	return m.todo(ctx, tx, Task{ID: r.ID, Unit: r.Unit, State: Opened, Due: due.Promised.End}, inv.Title)
}

// todo puts the present step on the list of those whose turn it is.
func (m *Module) todo(ctx context.Context, tx *db.Tx, t Task, title string) error {
	w := worklist.Task{Ref: taskRef(t.ID), Unit: t.Unit, URL: "/sv/reviews/" + t.ID, Due: t.Due}
	switch t.State {
	case Opened:
		w.Kind, w.Title, w.Right = kindVerify, "核实差评："+title, PermVerify
	case Disputed:
		w.Kind, w.Title, w.Right = kindVerify, "复核差评申诉："+title, PermVerify
	case Confirmed:
		w.Kind, w.Title, w.Right = kindRectify, "差评整改："+title, PermRectify
	case Rectified:
		w.Kind, w.Title, w.Right = kindVisit, "回访差评："+title, PermVerify
	default:
		worklist.Close(ctx, tx, w.Ref)
		return nil
	}
	if !t.Due.IsZero() {
		w.Note = "整改期限到" + casework.LastDay(t.Due)
	}
	return worklist.Open(ctx, tx, w)
}

// Account is what a step says of itself.
type Account struct {
	How      string // call-back: how the person was reached
	Words    string
	Evidence string // file
}

// step moves the work on a bad review by the table.
func (m *Module) step(ctx context.Context, tx *db.Tx, id string, act Act, a Account, change func(*Task)) error {
	t, err := m.Task(ctx, &tx.View, id)
	if err != nil {
		return err
	}
	next, err := moves.Step(t.State, act)
	if err != nil {
		return problem.Conflict("%s", err.Error())
	}
	if err := m.mayStep(ctx, tx, t, act); err != nil {
		return err
	}
	if a.Words = strings.TrimSpace(a.Words); a.Words == "" {
		return problem.Invalid("请写明情况").On("words", "请写明经过和结果，它会留在记录里")
	}
	a.How = strings.TrimSpace(a.How)
	if calls(act) && a.How == "" {
		return problem.Invalid("请写明回访情况").On("how", "请写明怎样联系到评价人（电话、上门等）和联系结果")
	}
	from := t.State
	t.State = next
	change(&t)
	over := moves.Ended(next)
	if over {
		t.EndedAt = tx.Now
	}
	q := store.New(tx)
	n, err := q.MoveTask(ctx, store.MoveTaskParams{State: string(next), Verifier: t.Verifier, Rectifier: t.Rectifier, Visitor: t.Visitor, VerifiedAt: db.At(t.VerifiedAt),
		RectifiedAt: db.At(t.RectifiedAt), VisitedAt: db.At(t.VisitedAt), Satisfied: t.Satisfied, EndedAt: db.At(t.EndedAt), ID: id, Version: t.Version})
	if err != nil {
		return err
	}
	if n == 0 {
		return problem.Conflict("这件差评刚刚被别人处理了，请刷新后再办")
	}
	err = q.InsertStep(ctx, store.InsertStepParams{ID: tx.NewID(), Task: id, Act: string(act), FromState: string(from), ToState: string(next), How: a.How, Words: a.Words,
		Evidence: a.Evidence, Actor: tx.Actor.ID, ActorName: tx.Actor.Name, Unit: tx.Actor.Unit, At: db.At(tx.Now)})
	if err != nil {
		return err
	}
	tx.Record("review_task", id, string(from), string(next), map[string]string{"act": string(act)})
	r, err := m.Find(ctx, &tx.View, id)
	if err != nil {
		return err
	}
	inv, err := m.invitation(ctx, &tx.View, r.Invitation)
	if err != nil {
		return err
	}
	if over {
		if _, err := m.k.Clocks.Enter(ctx, tx, clock.Of{Subject: id, Name: clockName}, clock.Entry{Kind: clock.Stop, At: tx.Now, Reason: moves.Label(next)}); err != nil {
			return err
		}
		tx.Publish(Ended{Review: id, Group: inv.Group, Unit: t.Unit, Excluded: next == Excluded, InTime: tx.Now.Before(t.Due), At: tx.Now})
	}
	return m.todo(ctx, tx, t, inv.Title)
}

// calls are the acts that speak with the person who rated.
func calls(a Act) bool { return a == ActVerify || a == ActVisit || a == ActAgain }

// mayStep asks for the right over the unit, and keeps persons and units apart.
func (m *Module) mayStep(ctx context.Context, tx *db.Tx, t Task, act Act) error {
	right := PermVerify
	if act == ActRectify || act == ActDispute {
		right = PermRectify
	}
	if err := tx.Require(right, place(t.Unit)); err != nil {
		return err
	}
	if (act == ActExclude || act == ActReject) && tx.Actor.Unit == t.Unit {
		return problem.Forbidden("申诉要由%s以外的人员复核", m.org.Name(t.Unit))
	}
	life, err := m.Life(ctx, &tx.View, t.ID)
	if err != nil {
		return err
	}
	if why, yes := barred(life, act, tx.Actor); yes {
		return problem.Forbidden("%s", why)
	}
	return nil
}

// Verify records that a named person called back and found the review true.
func (m *Module) Verify(ctx context.Context, tx *db.Tx, id string, a Account) error {
	return m.step(ctx, tx, id, ActVerify, a, func(t *Task) { t.Verifier, t.VerifiedAt = tx.Actor.ID, tx.Now })
}

// Dispute says that the review is mistaken or malicious; people of another unit judge it.
func (m *Module) Dispute(ctx context.Context, tx *db.Tx, id string, a Account) error {
	return m.step(ctx, tx, id, ActDispute, a, func(*Task) {})
}

// Rule judges a dispute.
func (m *Module) Rule(ctx context.Context, tx *db.Tx, id string, exclude bool, a Account) error {
	if !exclude {
		return m.step(ctx, tx, id, ActReject, a, func(*Task) {})
	}
	if err := m.step(ctx, tx, id, ActExclude, a, func(t *Task) { t.VerifiedAt = tx.Now }); err != nil {
		return err
	}
	return store.New(tx).Exclude(ctx, id)
}

// Rectify reports what the unit did about it, with evidence.
func (m *Module) Rectify(ctx context.Context, tx *db.Tx, id string, a Account) error {
	return m.step(ctx, tx, id, ActRectify, a, func(t *Task) { t.Rectifier, t.RectifiedAt = tx.Actor.ID, tx.Now })
}

// Visit asks the person again, by somebody who neither verified nor rectified. Dissatisfied, the unit rectifies once more; satisfied, the
// work ends and the person may rate once more.
func (m *Module) Visit(ctx context.Context, tx *db.Tx, id string, satisfied bool, a Account) error {
	act := ActVisit
	if !satisfied {
		act = ActAgain
	}
	err := m.step(ctx, tx, id, act, a, func(t *Task) { t.Visitor, t.VisitedAt, t.Satisfied = tx.Actor.ID, tx.Now, satisfied })
	if err != nil || !satisfied {
		return err
	}
	r, err := m.Find(ctx, &tx.View, id)
	if err != nil {
		return err
	}
	inv, err := m.invitation(ctx, &tx.View, r.Invitation)
	if err != nil {
		return err
	}
	return m.send(ctx, tx, inv.Applicant, "您反映的问题已经整改："+inv.Title, "您可以再评价一次，原来的评价也会保留。请打开上次收到的评价链接。", "/reviews")
}

// Publish lets the masked words be read by everybody, or keeps them back with a reason.
func (m *Module) Publish(ctx context.Context, tx *db.Tx, id string, show bool, shown, reason string) error {
	r, err := m.Find(ctx, &tx.View, id)
	if err != nil {
		return err
	}
	if err := tx.Require(PermVerify, place(r.Unit)); err != nil {
		return err
	}
	inv, err := m.invitation(ctx, &tx.View, r.Invitation)
	if err != nil {
		return err
	}
	to := Published
	if !show {
		to = Withheld
		if strings.TrimSpace(reason) == "" {
			return problem.Invalid("请写明不公开的理由").On("reason", "请写明不公开的理由，例如含有他人隐私或与办事无关")
		}
	}
	if shown = strings.TrimSpace(shown); shown == "" {
		shown = r.Shown
	}
	n, err := store.New(tx).Publish(ctx, store.PublishParams{Publication: string(to), Shown: Mask(shown, inv.ApplicantName), ID: id})
	if err != nil {
		return err
	}
	if n == 0 {
		return problem.Conflict("这条评价已经审核过，请刷新后再看")
	}
	worklist.Close(ctx, tx, publishRef(id))
	tx.Record("review", id, string(Waiting), string(to), map[string]string{"reason": reason})
	return nil
}

// Reveal gives name and phone of who rated to the person who has to call back; that it was asked is on record.
func (m *Module) Reveal(ctx context.Context, tx *db.Tx, id string) (name, phone string, err error) {
	r, err := m.Find(ctx, &tx.View, id)
	if err != nil {
		return "", "", err
	}
	if err := tx.Require(PermVerify, place(r.Unit)); err != nil {
		return "", "", err
	}
	t, err := m.Task(ctx, &tx.View, id)
	if err != nil || moves.Ended(t.State) {
		return "", "", problem.Conflict("这条评价没有待核实或回访的差评，不需要查看联系方式")
	}
	inv, err := m.invitation(ctx, &tx.View, r.Invitation)
	if err != nil {
		return "", "", err
	}
	i, err := m.parties.Reveal(ctx, &tx.View, inv.Applicant)
	if err != nil {
		return "", "", err
	}
	err = tx.Read(db.Reading{Party: inv.Applicant, Kind: "review", ID: id, What: "姓名、电话", Purpose: "差评核实或回访", Group: inv.Group})
	return i.Name, i.Phone, err
}

// when is an instant in words.
func when(t time.Time) string { return t.In(calendar.Zone()).Format("2006年1月2日15:04") }
