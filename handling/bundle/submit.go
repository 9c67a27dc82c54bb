package bundle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tongban/handling/bundle/internal/store"
	"tongban/handling/casework"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/notify"
	"tongban/kernel/problem"
	"tongban/rules/form"
	"tongban/rules/material"
)

// declarations are what an applicant signs by submitting.
func declarations() []string {
	return []string{
		"我填写的内容和提交的材料真实，我对其实质内容的真实性负责（行政许可法第三十一条）。",
		"我同意受理单位为办理本次申请核对有关部门的数据、使用我已有的电子证照，不作他用。",
	}
}

// given names what was with a submission when it was acknowledged, so that a loss can be seen later (I1).
type given struct {
	Elements  []string `json:"elements"`
	Materials []string `json:"materials"`
}

// Submit hands a draft in: one number, one case for each item, one receipt. Whoever submits the same draft again is told the number it
// has (I2). Everything happens in this command or nothing does (I17).
func (m *Module) Submit(ctx context.Context, tx *db.Tx, id ID, proof Proof, c Closing) (Submission, error) {
	d, err := m.change(ctx, tx, id, proof)
	if err != nil {
		return Submission{}, err
	}
	if d.Account == "" && d.Agent == "" {
		return Submission{}, problem.Unauthenticated("提交前请先登录，已填写的内容都在")
	}
	if d.Applicant == "" {
		return Submission{}, problem.Invalid("还没有登记申请人，请先核对申请人身份")
	}
	w, err := m.Work(ctx, &tx.View, d)
	if err != nil {
		return Submission{}, err
	}
	if err := w.ready(c); err != nil {
		return Submission{}, err
	}
	// The draft is closed first: whoever submits it at the same moment waits here, and then learns the number.
	n, err := store.New(tx).EndDraft(ctx, store.EndDraftParams{State: "submitted", UpdatedAt: db.At(tx.Now), ID: string(id)})
	if err == nil && n == 0 {
		err = m.already(ctx, &tx.View, d)
	}
	if err != nil {
		return Submission{}, err
	}
	s, err := m.hand(ctx, tx, w, c)
	if err != nil {
		return s, err
	}
	parts, err := m.open(ctx, tx, s, w)
	if err != nil {
		return s, err
	}
	if err := m.complete(ctx, tx, w); err != nil {
		return s, err
	}
	tx.Record("submission", string(s.ID), "", string(Running), map[string]any{"number": s.Number, "items": len(parts), "channel": s.Channel})
	tx.Publish(Submitted{About: s.about(tx.Now), Bundles: s.Bundles, Parts: brought(parts), Due: s.Due})
	tx.Answer(s.Number)
	return s, m.tellWith(ctx, tx, s, w.Values, "申请已提交", fmt.Sprintf("您的“%s”已提交，编号 %s，共 %d 个事项。%s凭编号和证件号码后四位可随时查进度：%s",
		s.Title, s.Number, len(parts), dueWords(s.Due), m.link(s)))
}

func dueWords(due time.Time) string {
	if due.IsZero() {
		return ""
	}
	return "承诺最迟 " + casework.LastDay(due) + "前办好。"
}

// ready refuses what is not complete, in the words of the check page.
func (w Work) ready(c Closing) error {
	if !w.Decided {
		return problem.Invalid("情形问题还没有答完，不能确定要办哪些事项").WithNext("请先把问题答完，再提交。")
	}
	if len(w.Stops) > 0 {
		return problem.Conflict("%s", w.Stops[0].Text).WithNext("%s", w.Stops[0].Next)
	}
	if len(w.Parts) == 0 {
		return problem.Conflict("按您的情形没有需要办理的事项，不用提交")
	}
	if len(w.Conflicts) > 0 {
		return problem.Conflict("这几件事互为前提，不能一次办理，请分开提交")
	}
	bad := problem.Invalid("还有内容没有填全，请补齐后再提交")
	for _, f := range w.Missing() {
		bad = bad.On(f.Name, f.Message)
	}
	if c.Way != AtWindow && c.Way != ByPost && c.Way != Download {
		bad = bad.On("way", "请选择怎样领取结果")
	}
	if !c.Declared {
		bad = bad.On("declared", "请阅读并勾选声明")
	}
	if len(bad.Fields) > 0 {
		return bad
	}
	return nil
}

// hand writes the submission itself.
func (m *Module) hand(ctx context.Context, tx *db.Tx, w Work, c Closing) (Submission, error) {
	d := w.Draft
	who, err := m.parties.Find(ctx, &tx.View, d.Applicant)
	if err != nil {
		return Submission{}, err
	}
	s := Submission{ID: d.ID, Bundles: d.Bundles, Title: d.Title, Lead: w.lead(), Edition: d.Edition, Answers: d.Answers, Account: d.Account, Applicant: who.ID,
		ApplicantName: who.Name, Channel: d.Channel, Way: c.Way, Declared: declarations(), State: Running, SubmittedAt: tx.Now, Version: 1}
	if d.Agent != "" {
		s.Agent, s.AgentName = d.Agent, tx.Actor.Name
	}
	if w.Promised > 0 {
		on, err := m.k.Clocks.Calendar().Table.Add(calendar.DayOf(tx.Now), w.Promised)
		if err != nil {
			return s, err
		}
		s.Due = on.End()
	}
	if s.Number, err = nextNumber(ctx, tx); err != nil {
		return s, err
	}
	var with given
	for _, v := range w.Values {
		with.Elements = append(with.Elements, v.Element)
	}
	for _, p := range w.Pieces {
		if p.Has() && !slices.Contains(with.Materials, p.Type) {
			with.Materials = append(with.Materials, p.Type)
		}
	}
	err = store.New(tx.Deferred()).InsertSubmission(ctx, store.InsertSubmissionParams{ID: string(s.ID), Number: s.Number, Bundles: db.Pack(s.Bundles), Title: s.Title, Lead: s.Lead,
		Edition: s.Edition, Answers: db.Pack(s.Answers), Account: s.Account, Applicant: s.Applicant, ApplicantName: s.ApplicantName, Agent: s.Agent, AgentName: s.AgentName,
		Channel: string(s.Channel), Way: string(s.Way), Declared: db.Pack(s.Declared), Given: db.Pack(with),
		SubmittedAt: db.At(tx.Now), DueAt: db.At(s.Due)})
	return s, err
}

// lead is the unit that leads the matter: that of the first thing, or of its only item.
func (w Work) lead() string {
	for _, b := range w.Engine.Bundles() {
		if b.Lead != "" {
			return b.Lead
		}
	}
	return w.Parts[0].Unit.Code
}

// open opens a case for each item; what needs another's result waits on hold.
func (m *Module) open(ctx context.Context, tx *db.Tx, s Submission, w Work) ([]Part, error) {
	var parts []Part
	numbers, err := casework.Numbers(ctx, tx, len(w.Parts))
	if err != nil {
		return nil, err
	}
	for n, planned := range w.Parts {
		c, err := m.cases.Open(ctx, tx, casework.Opening{Number: numbers[n], Item: planned.Item.Code, Edition: s.Edition, Group: string(s.ID), GroupTitle: s.Title, Applicant: s.Applicant,
			ApplicantName: s.ApplicantName, Agent: s.Agent, Channel: s.Channel, Unit: planned.Unit.Code, Hold: len(planned.After) > 0})
		if err != nil {
			return nil, err
		}
		p := Part{Submission: s.ID, Item: planned.Item.Code, ItemName: planned.Item.Name, Case: c.ID, CaseNumber: c.Number, Unit: c.Unit, After: planned.After,
			Why: planned.Why, State: Handling}
		if len(p.After) > 0 {
			p.State = Waiting
		}
		if err := store.New(tx.Deferred()).InsertPart(ctx, store.InsertPartParams{Submission: string(s.ID), Item: p.Item, ItemName: p.ItemName, Place: int64(n), CaseID: string(p.Case),
			CaseNumber: p.CaseNumber, Unit: p.Unit, AfterItems: db.Pack(p.After), Why: p.Why, State: string(p.State)}); err != nil {
			return nil, fmt.Errorf("bundle: part %s: %w", p.Item, err)
		}
		parts = append(parts, p)
	}
	return parts, nil
}

// complete notes why materials that nobody handed in are not there: spared, or to be supplied later (容缺). Values and pieces become the
// applicant's, to be offered again in later matters.
func (m *Module) complete(ctx context.Context, tx *db.Tx, w Work) error {
	group := string(w.ID)
	var excuses []material.Excuse
	for _, n := range w.Needs {
		if n.Waived() {
			excuses = append(excuses, material.Excuse{Type: n.Code, Waiver: n.Waiver})
		}
	}
	for _, n := range material.Missing(w.Needs, w.Pieces) {
		why := "请在受理时把纸质原件交到窗口"
		if n.Necessity == material.Tolerable {
			why = toleranceWords(n)
		}
		excuses = append(excuses, material.Excuse{Type: n.Code, Lacks: why})
	}
	if err := m.materials.Excused(ctx, tx, group, w.Pieces, excuses); err != nil {
		return err
	}
	return errors.Join(m.forms.Assign(ctx, tx, group, w.Applicant), m.materials.Assign(ctx, tx, group, w.Applicant))
}

// toleranceWords says until when a tolerable material may lack and what follows otherwise.
func toleranceWords(n material.Need) string {
	t := n.Tolerance
	words := "可容缺后补"
	if t.Days > 0 {
		words = fmt.Sprintf("可在受理后 %d 个工作日内补交", t.Days)
	}
	switch t.Until {
	case "decide":
		words += "，最晚在作出决定前"
	case "deliver":
		words += "，最晚在领证前"
	}
	if t.Consequence != "" {
		words += "；" + t.Consequence
	}
	return words
}

// already answers who submits a draft that was submitted before: with its number and the way to it.
func (m *Module) already(ctx context.Context, v *db.View, d Draft) error {
	s, err := m.Find(ctx, v, d.ID)
	if err != nil {
		return err
	}
	return Already(s.Number)
}

// Already is the refusal of a second submission of the same draft.
func Already(number string) error {
	return problem.Conflict("已提交，编号 %s", number).WithNext("不用再交一次。请凭编号 %s 查看办理进度。", number)
}

// tell sends the applicant a message: always to the inbox, and by SMS to the phone given in the form or known of the person.
func (m *Module) tell(ctx context.Context, tx *db.Tx, s Submission, title, text string) error {
	values, err := m.forms.Values(ctx, &tx.View, string(s.ID))
	if err != nil {
		return err
	}
	return m.tellWith(ctx, tx, s, values, title, text)
}

// tellWith is tell with the values of the form as the command read them.
func (m *Module) tellWith(ctx context.Context, tx *db.Tx, s Submission, values []form.Value, title, text string) error {
	phone := m.phone(ctx, &tx.View, s, values)
	to := s.Account
	if to == "" {
		to = s.Applicant
	}
	return m.k.Notify.Send(ctx, tx, notify.Message{To: to, Phone: phone, Title: title, Text: text, URL: "/t/" + s.Number})
}

// phone is where the applicant reads SMS: the number of the form, else the one the county knows. Without one only the inbox is used.
func (m *Module) phone(ctx context.Context, v *db.View, s Submission, values []form.Value) string {
	for _, code := range []string{"applicant_phone", "contact_phone"} {
		if n := slices.IndexFunc(values, func(x form.Value) bool { return x.Element == code && x.Text != "" }); n >= 0 {
			return values[n].Text
		}
	}
	who, err := m.parties.Reveal(ctx, v, s.Applicant)
	if err != nil {
		return ""
	}
	return who.Phone
}

// link is the address of the tracking page for messages.
func (m *Module) link(s Submission) string {
	return m.k.Settings.BaseURL + "/t/" + s.Number
}

// Intake fills and submits a matter for an applicant who is present, in one command: what a counter or a demo scene does (窗口代填).
type Intake struct {
	Start
	Values []form.Value
	Files  Files
	Closing
}

// Intake begins, fills and submits in one command.
func (m *Module) Intake(ctx context.Context, tx *db.Tx, in Intake) (Submission, error) {
	d, err := m.Begin(ctx, tx, in.Start, "")
	if err != nil {
		return Submission{}, err
	}
	if err := m.Fill(ctx, tx, d.ID, "", in.Values, "check"); err != nil {
		return Submission{}, err
	}
	if err := m.Attach(ctx, tx, d.ID, "", in.Files, ""); err != nil {
		return Submission{}, err
	}
	return m.Submit(ctx, tx, d.ID, "", in.Closing)
}
