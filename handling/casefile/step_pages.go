package casefile

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"tongban/handling/casework"
	"tongban/kernel/db"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/rules/form"
	"tongban/rules/licensing"
	"tongban/rules/material"
	"tongban/ui"
)

// builder makes the page of one act.
type builder func(r *web.Request, f *file, s web.Sent) ui.FormPage

// form shows the page of an act.
func (m *Module) form(w *web.Response, r *web.Request, build builder) error {
	c, err := m.Asked(r)
	if err != nil {
		return err
	}
	f, err := m.file(r, c)
	if err != nil {
		return err
	}
	return w.ShowDesk(build(r, f, web.Sent{}))
}

// submit carries out an act on the case of the address: as the page showed it, once. A refusal that the person can mend shows the form
// again; after success the page of the case says what comes next.
func (m *Module) submit(w *web.Response, r *web.Request, name string, build builder, do func(ctx context.Context, tx *db.Tx, c casework.Case, v url.Values) (done string, err error)) error {
	posted, err := r.Posted()
	if err != nil {
		return err
	}
	c, err := m.Asked(r)
	if err != nil {
		return err
	}
	out, err := r.Act("casework."+name, func(tx *db.Tx) error {
		if err := m.cases.Unchanged(r.Ctx, tx, c.ID, r.Version()); err != nil {
			return err
		}
		done, err := do(r.Ctx, tx, c, posted)
		tx.Answer(done)
		return err
	})
	if err != nil {
		kind := problem.KindOf(err)
		if build == nil || kind != problem.KindInvalid && kind != problem.KindConflict {
			return err
		}
		f, again := m.file(r, c)
		if again != nil {
			return again
		}
		return w.DeskAgain(build(r, f, web.Sent{Values: posted, Err: err}))
	}
	said := out.Reply
	now, err := m.cases.Find(r.Ctx, r.View, c.ID)
	if err != nil {
		return err
	}
	if now.Stage != casework.StageDone {
		duty, err := m.cases.Responsible(r.Ctx, r.View, now)
		if err != nil {
			return err
		}
		said += "下一步：" + duty.Next + "，由" + duty.UnitName + duty.Person + "负责"
		if !duty.By.IsZero() {
			said += "，期限 " + casework.LastDay(duty.By)
		}
		said += "。"
	}
	r.Flash(said)
	address := c.URL()
	if in := posted.Get("in"); in != "" {
		address += "?in=" + url.QueryEscape(in)
	}
	return w.Go(address)
}

// page is the frame of every act's form.
func (f *file) page(r *web.Request, title, lead, path, button string) ui.FormPage {
	hidden := keepIn(r)
	if in := r.PostForm.Get("in"); in != "" {
		hidden = map[string]string{"in": in}
	}
	return ui.FormPage{Title: title, Lead: f.Number + " " + f.ItemName + " · " + f.ApplicantName + "。" + lead, Back: ui.Link{Label: "返回办件", URL: f.URL()},
		Form:    ui.FormSpec{Action: f.URL() + path, Once: r.Fresh(), Version: f.Version, Hidden: hidden},
		Actions: ui.Actions{ui.Button{Label: button, Shortcut: "Alt+Enter"}, ui.LinkButton{Label: "取消", URL: f.URL(), Kind: ui.Quiet}}}
}

func (m *Module) postAccept(w *web.Response, r *web.Request) error {
	return m.submit(w, r, "accept", nil, func(ctx context.Context, tx *db.Tx, c casework.Case, _ url.Values) (string, error) {
		x, err := m.cases.Accept(ctx, tx, c.ID)
		return "已受理，" + x.Notice.Title + " " + x.Notice.Number + "。", err
	})
}

func (m *Module) declineForm(r *web.Request, f *file, s web.Sent) ui.FormPage {
	p := f.page(r, "不予受理", "材料不齐不是不予受理的理由，请改用一次告知补正。", "/decline", "不予受理")
	p.Fields = []templ.Component{
		ui.Choice{Name: "ground", Label: "法定情形", Error: s.Fault("ground"), Selected: s.Values["ground"], Options: []ui.Option{
			{Value: string(licensing.NotCompetent), Label: "不属于本机关职权范围", Hint: licensing.NotCompetent.Duty()}, {Value: string(licensing.NoLicenceNeeded), Label: "依法不需要取得行政许可", Hint: licensing.NoLicenceNeeded.Duty()}}},
		ui.Field{Kind: ui.Multiline, Name: "reason", Label: "理由", Hint: "不属于本机关职权的，写明应向哪个机关申请", Value: s.Get("reason"), Error: s.Fault("reason"),
			Phrases: []string{"该事项由上一级机关实施，请向上一级机关申请。", "该活动依法不需要取得行政许可。"}},
	}
	return s.Onto(p)
}

func (m *Module) showDecline(w *web.Response, r *web.Request) error {
	return m.form(w, r, m.declineForm)
}

func (m *Module) postDecline(w *web.Response, r *web.Request) error {
	return m.submit(w, r, "decline", m.declineForm, func(ctx context.Context, tx *db.Tx, c casework.Case, v url.Values) (string, error) {
		n, err := m.cases.Decline(ctx, tx, c.ID, licensing.Outcome(v.Get("ground")), v.Get("reason"))
		return "已作出" + n.Title + " " + n.Number + "。", err
	})
}

func materialName(ed *pack.Edition, code string) string {
	t, _ := pack.Find[material.Type](ed, material.KindType, code)
	return cmp.Or(t.Name, code)
}

func elementName(ed *pack.Edition, code string) string {
	e, _ := pack.Find[form.Element](ed, form.KindElement, code)
	return cmp.Or(e.Label, code)
}

// findings are the things a correction notice may name: the item's materials, its elements by topic, and others, all on one page so that
// everything is told at once.
func findings(f *file) []casework.Defect {
	var out []casework.Defect
	seen := map[string]bool{}
	for _, n := range f.item.Materials {
		if !seen[n.Type] {
			seen[n.Type] = true
			out = append(out, casework.Defect{Kind: casework.OfMaterial, Thing: n.Type, Name: materialName(f.ed, n.Type)})
		}
	}
	for _, v := range f.values {
		out = append(out, casework.Defect{Kind: casework.OfElement, Thing: v.Element, Name: elementName(f.ed, v.Element)})
	}
	return out
}

const otherFindings = 3

func (m *Module) correctForm(r *web.Request, f *file, s web.Sent) ui.FormPage {
	p := f.page(r, "一次告知补正", "把发现的问题全部列出来，一次告知；没有列出的，以后不能再要求补正（行政许可法第三十二条）。只填有问题的项。", "/correct", "告知申请人")
	other := 0
	add := func(i int, d casework.Defect, open bool) {
		field := func(part string) string { return fmt.Sprintf("%s-%d", part, i) }
		filled := s.Get(field("what")) != "" || s.Fault(field("what")) != ""
		body := ui.Group{}
		if d.Kind == casework.OfOther {
			other++
			body = append(body, ui.Field{Name: field("name"), Label: "哪一项", Value: s.Get(field("name")), Optional: true})
		}
		body = append(body, ui.Field{Name: field("what"), Label: "有什么问题", Value: s.Get(field("what")), Error: s.Fault(field("what")), Optional: true,
			Suggestions: []string{"缺少这份材料", "看不清，请重新拍照", "没有盖章或者签字", "不在有效期内", "与申请内容不一致"}},
			ui.Field{Name: field("how"), Label: "怎么补", Value: s.Get(field("how")), Optional: true, Suggestions: []string{"补交", "重新上传清晰的照片", "盖章或者签字后重新提交", "更正后重新提交"}})
		p.Fields = append(p.Fields, ui.Disclosure(ui.DisclosureSpec{Summary: cmp.Or(d.Name, fmt.Sprintf("其他问题 %d", other)), Open: filled || open, Body: body}))
	}
	list := findings(f)
	lacking := map[string]bool{}
	for _, x := range f.pieces {
		lacking[x.Type] = x.State.Label() != "已交" && !x.Has()
	}
	for i, d := range list {
		add(i+1, d, d.Kind == casework.OfMaterial && lacking[d.Thing])
	}
	for i := range otherFindings {
		add(len(list)+i+1, casework.Defect{Kind: casework.OfOther}, false)
	}
	return s.Onto(p)
}

func (m *Module) showCorrect(w *web.Response, r *web.Request) error {
	return m.form(w, r, m.correctForm)
}

func (m *Module) postCorrect(w *web.Response, r *web.Request) error {
	return m.submit(w, r, "ask", m.correctForm, func(ctx context.Context, tx *db.Tx, c casework.Case, v url.Values) (string, error) {
		f, err := m.file(r, c)
		if err != nil {
			return "", err
		}
		var defects []casework.Defect
		list := findings(f)
		for range otherFindings {
			list = append(list, casework.Defect{Kind: casework.OfOther})
		}
		for i, d := range list {
			at := func(part string) string { return strings.TrimSpace(v.Get(fmt.Sprintf("%s-%d", part, i+1))) }
			if d.What, d.How = at("what"), at("how"); d.Kind == casework.OfOther {
				d.Name = cmp.Or(at("name"), "其他")
			}
			if d.What != "" || d.How != "" {
				if d.What == "" {
					return "", problem.Invalid("“%s”只写了怎么补，没有写有什么问题", d.Name).On(fmt.Sprintf("what-%d", i+1), "请写明有什么问题")
				}
				defects = append(defects, d)
			}
		}
		n, err := m.cases.AskCorrection(ctx, tx, c.ID, defects)
		return fmt.Sprintf("已一次告知 %d 项补正内容，%s。", len(defects), n.Number), err
	})
}

func (m *Module) postSupplement(w *web.Response, r *web.Request) error {
	return m.submit(w, r, "supplement", nil, func(ctx context.Context, tx *db.Tx, c casework.Case, _ url.Values) (string, error) {
		_, err := m.cases.Supplement(ctx, tx, c.ID)
		return "已登记补正材料。", err
	})
}

func (m *Module) postLapse(w *web.Response, r *web.Request) error {
	return m.submit(w, r, "lapse", nil, func(ctx context.Context, tx *db.Tx, c casework.Case, v url.Values) (string, error) {
		return "已按逾期未补正结束。", m.cases.Lapse(ctx, tx, c.ID, v.Get("note"))
	})
}

func (m *Module) postWithdraw(w *web.Response, r *web.Request) error {
	return m.submit(w, r, "withdraw", nil, func(ctx context.Context, tx *db.Tx, c casework.Case, v url.Values) (string, error) {
		return "已登记撤回。", m.cases.Withdraw(ctx, tx, c.ID, v.Get("reason"))
	})
}

// assessForm is the examination (A98): form and materials side by side above the review points.
func (m *Module) assessForm(r *web.Request, f *file, s web.Sent) ui.FormPage {
	p := f.page(r, "审查", "对照申请内容和材料，逐项核对审查要点。", "/assess", "提交审查意见")
	p.Fields = []templ.Component{m.sideBySide(f)}
	for i, point := range f.item.Points {
		name := fmt.Sprintf("point-%d", i)
		p.Fields = append(p.Fields, ui.Choice{Name: name, Label: fmt.Sprintf("%d．%s", i+1, point.Text), Hint: point.Basis, Inline: true, Error: s.Fault(name), Selected: s.Values[name],
			Options: []ui.Option{{Value: "yes", Label: "符合"}, {Value: "no", Label: "不符合"}}},
			ui.Group{ui.Text("系统核对："), machineCheck(f, point)},
			ui.Field{Name: name + "-note", Label: fmt.Sprintf("第 %d 项的说明", i+1), Value: s.Get(name + "-note"), Optional: true})
	}
	p.Fields = append(p.Fields,
		ui.Choice{Name: "grant", Label: "审查意见", Error: s.Fault("grant"), Inline: true, Selected: s.Values["grant"], Options: []ui.Option{{Value: "yes", Label: "建议准予"}, {Value: "no", Label: "建议不予许可"}}},
		ui.Field{Kind: ui.Multiline, Name: "text", Label: "说明", Value: s.Get("text"), Error: s.Fault("text"), Optional: true, Hint: "建议不予许可的，写明理由",
			Phrases: []string{"申请材料齐全，符合法定条件，建议准予。", "不符合法定条件，建议不予许可。"}})
	return s.Onto(p)
}

func (m *Module) showAssess(w *web.Response, r *web.Request) error { return m.form(w, r, m.assessForm) }

func (m *Module) postAssess(w *web.Response, r *web.Request) error {
	return m.submit(w, r, "assess", m.assessForm, func(ctx context.Context, tx *db.Tx, c casework.Case, v url.Values) (string, error) {
		if v.Get("grant") == "" {
			return "", problem.Invalid("请选择审查意见").On("grant", "建议准予还是不予许可")
		}
		a := casework.Assessment{Grant: v.Get("grant") == "yes", Text: v.Get("text")}
		_, item, err := m.cases.Pinned(ctx, &tx.View, c)
		if err != nil {
			return "", err
		}
		for i := range item.Points {
			name := fmt.Sprintf("point-%d", i)
			if answer := v.Get(name); answer != "" {
				a.Points = append(a.Points, casework.Checked{Point: i, Passed: answer == "yes", Note: v.Get(name + "-note")})
			}
		}
		return "审查意见已提交。", m.cases.Assess(ctx, tx, c.ID, a)
	})
}

// decideForm is the decision (W A103): everything seen so far, the result, reasons and remedies.
func (m *Module) decideForm(r *web.Request, f *file, s web.Sent) ui.FormPage {
	p := f.page(r, "作出决定", "决定作出后不能更改，文书自动编号。", "/decide", "作出决定")
	if f.Stage != casework.StageDecide && !(f.Instant && f.Stage == casework.StageReceive) {
		p.Notice = ui.Notice{Tone: ui.Warn, Text: "办件现在是“" + casework.StageLabel(f.Stage) + "”，还不能作出决定。"}
		p.Actions = ui.Actions{ui.LinkButton{Label: "返回办件", URL: f.URL(), Kind: ui.Secondary}}
	} else if err := casework.StillLacking(f.ed, f.item, f.pieces); err != nil {
		p.Notice = ui.Notice{Tone: ui.Warn, Text: problem.MessageFor(err)}
	}
	p.Fields = []templ.Component{m.sideBySide(f)}
	if len(f.item.Points) > 0 {
		p.Fields = append(p.Fields, ui.Panel(ui.PanelSpec{Title: "审查意见", Flush: true, Body: m.pointTable(f)}))
	}
	p.Fields = append(p.Fields, f.seen...)
	grant, refuse := "准予行政许可", "不予行政许可"
	if f.item.Kind != casework.LicenceKind {
		grant, refuse = "准予办理", "不予办理"
	}
	p.Fields = append(p.Fields,
		ui.Choice{Name: "granted", Label: "决定", Error: s.Fault("granted"), Inline: true, Selected: s.Values["granted"], Options: []ui.Option{{Value: "yes", Label: grant}, {Value: "no", Label: refuse}}},
		ui.Field{Kind: ui.Multiline, Name: "reasons", Label: "理由", Optional: true, Value: s.Get("reasons"), Error: s.Fault("reasons"), Hint: "不予的，应当说明理由；文书会写明申请行政复议和提起行政诉讼的途径、期限"},
		ui.Field{Name: "basis", Label: "法律依据", Optional: true, Value: cmp.Or(s.Get("basis"), casework.BasisOf(f.item)), Error: s.Fault("basis")})
	if f.Flags.Assessed && r.Actor.May(casework.PermDecide, f.Place()) {
		p.Actions = append(p.Actions, ui.Button{Label: "退回重审", Kind: ui.Secondary, Action: f.URL() + "/send-back"})
	}
	return s.Onto(p)
}

func (m *Module) showDecide(w *web.Response, r *web.Request) error { return m.form(w, r, m.decideForm) }

func (m *Module) postDecide(w *web.Response, r *web.Request) error {
	return m.submit(w, r, "decide", m.decideForm, func(ctx context.Context, tx *db.Tx, c casework.Case, v url.Values) (string, error) {
		if v.Get("granted") == "" {
			return "", problem.Invalid("请选择准予还是不予").On("granted", "请选择一项")
		}
		verdict := casework.Verdict{Granted: v.Get("granted") == "yes", Reasons: v.Get("reasons"), Basis: v.Get("basis")}
		decide := m.cases.Decide
		if c.Instant {
			decide = m.cases.DecideAtOnce
		}
		n, err := decide(ctx, tx, c.ID, verdict)
		return "已作出" + n.Title + " " + n.Number + "。", err
	})
}

func (m *Module) postSendBack(w *web.Response, r *web.Request) error {
	return m.submit(w, r, "send_back", m.decideForm, func(ctx context.Context, tx *db.Tx, c casework.Case, v url.Values) (string, error) {
		err := m.cases.SendBack(ctx, tx, c.ID, v.Get("reasons"))
		if len(problem.FieldsOf(err)) > 0 {
			err = problem.Invalid("请在“理由”里写明退回的原因").On("reasons", "写明需要重新审查什么")
		}
		return "已退回重审。", err
	})
}

func (m *Module) suspendForm(r *web.Request, f *file, s web.Sent) ui.FormPage {
	p := f.page(r, "特别程序", "所需时间不计算在办理期限内，要书面告知申请人（行政许可法第四十五条）。文书自动出具。", "/suspend", "启动特别程序")
	var options []ui.Option
	for _, x := range licensing.ExcludedProcedures() {
		options = append(options, ui.Option{Value: string(x), Label: x.String()})
	}
	for _, x := range f.item.Excluded {
		if name := licensing.ExcludedProcedure(x.Kind).String(); name == x.Kind {
			options = append(options, ui.Option{Value: x.Kind, Label: specialNames[x.Kind] + "（" + x.Basis + "）"})
		}
	}
	p.Fields = []templ.Component{
		ui.Select{Name: "procedure", Label: "程序", Options: options, Value: s.Get("procedure"), Blank: "请选择", Error: s.Fault("procedure")},
		ui.Field{Kind: ui.Whole, Name: "days", Label: "预计时间", Unit: "个工作日", Value: s.Get("days"), Error: s.Fault("days")},
		ui.Field{Kind: ui.Multiline, Name: "reason", Label: "原因", Value: s.Get("reason"), Error: s.Fault("reason")},
		ui.Field{Name: "document", Label: "已有告知书文号", Optional: true, Value: s.Get("document"), Hint: "不填则由系统出具特别程序告知书"},
	}
	return s.Onto(p)
}

// specialNames are procedures that stop the clock only on a basis of the item's own (local practice, domain 22).
var specialNames = map[string]string{"publicity": "公示", "site_visit": "现场勘验", "consultation": "征求意见"}

func (m *Module) showSuspend(w *web.Response, r *web.Request) error {
	return m.form(w, r, m.suspendForm)
}

func (m *Module) postSuspend(w *web.Response, r *web.Request) error {
	return m.submit(w, r, "suspend", m.suspendForm, func(ctx context.Context, tx *db.Tx, c casework.Case, v url.Values) (string, error) {
		x := casework.Suspension{Procedure: licensing.ExcludedProcedure(v.Get("procedure")), Name: specialNames[v.Get("procedure")], Days: whole(v.Get("days")), Reason: v.Get("reason"), Document: v.Get("document")}
		if x.Procedure == "" {
			return "", problem.Invalid("请选择特别程序").On("procedure", "请选择一项")
		}
		_, err := m.cases.Suspend(ctx, tx, c.ID, x)
		return "特别程序已启动，办理期限暂停计算。", err
	})
}

func whole(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return n
}

func (m *Module) postResume(w *web.Response, r *web.Request) error {
	return m.submit(w, r, "resume", nil, func(ctx context.Context, tx *db.Tx, c casework.Case, v url.Values) (string, error) {
		return "已恢复办理，期限继续计算。", m.cases.Resume(ctx, tx, c.ID, v.Get("note"))
	})
}

func (m *Module) extendForm(r *web.Request, f *file, s web.Sent) ui.FormPage {
	days, by := licensing.ExtensionOf(casework.TermsOf(f.item).Joint)
	p := f.page(r, "批准延长期限", fmt.Sprintf("最多延长 %d 个工作日，须经%s批准，理由要告知申请人（行政许可法第四十二条）。", days, by), "/extend", "批准延长")
	p.Form.Hidden = merge(p.Form.Hidden, "by", string(by))
	p.Fields = []templ.Component{
		ui.Field{Kind: ui.Whole, Name: "days", Label: "延长", Unit: "个工作日", Value: s.Get("days"), Error: s.Fault("days")},
		ui.Field{Kind: ui.Multiline, Name: "reason", Label: "理由", Value: s.Get("reason"), Error: s.Fault("reason"), Hint: "会写进告知书"},
		ui.Field{Name: "approver", Label: "批准人", Value: cmp.Or(s.Get("approver"), r.Actor.Name), Error: s.Fault("approver")},
	}
	return s.Onto(p)
}

func merge(hidden map[string]string, name, value string) map[string]string {
	out := map[string]string{name: value}
	for k, v := range hidden {
		out[k] = v
	}
	return out
}

func (m *Module) showExtend(w *web.Response, r *web.Request) error { return m.form(w, r, m.extendForm) }

func (m *Module) postExtend(w *web.Response, r *web.Request) error {
	return m.submit(w, r, "extend", m.extendForm, func(ctx context.Context, tx *db.Tx, c casework.Case, v url.Values) (string, error) {
		_, err := m.cases.Extend(ctx, tx, c.ID, casework.Extension{Days: whole(v.Get("days")), Reason: v.Get("reason"), By: licensing.Approver(v.Get("by")), Approver: v.Get("approver")})
		return "已批准延长期限，告知书已出具。", err
	})
}

func (m *Module) postClose(w *web.Response, r *web.Request) error {
	return m.submit(w, r, "close", nil, func(ctx context.Context, tx *db.Tx, c casework.Case, _ url.Values) (string, error) {
		return "已办结。", m.cases.Close(ctx, tx, c.ID)
	})
}

func (m *Module) postAssign(w *web.Response, r *web.Request) error {
	return m.submit(w, r, "assign", nil, func(ctx context.Context, tx *db.Tx, c casework.Case, v url.Values) (string, error) {
		return "经办人已更新。", m.cases.Assign(ctx, tx, c.ID, v.Get("account"))
	})
}

func (m *Module) postMark(w *web.Response, r *web.Request) error {
	return m.submit(w, r, "mark", nil, func(ctx context.Context, tx *db.Tx, c casework.Case, v url.Values) (string, error) {
		return "标记已更新。", m.cases.Mark(ctx, tx, c.ID, func(f *casework.Flags) {
			f.Urgent, f.Green, f.Contested = slices.Contains(v["flag"], "urgent"), slices.Contains(v["flag"], "green"), slices.Contains(v["flag"], "contested")
		}, v.Get("note"))
	})
}
