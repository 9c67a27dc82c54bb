package licence

import (
	"bytes"
	"context"
	"strings"
	"time"

	"github.com/a-h/templ"

	"tongban/handling/seal"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/file"
	"tongban/kernel/problem"
	"tongban/kernel/sheet"
	"tongban/kernel/web"
	"tongban/ui"
)

func (m *Module) routes() []web.Route {
	return []web.Route{
		web.Page("/verify", authz.Anyone, m.showVerify),
		web.Page("/verify/{no}", authz.Anyone, m.showChecked),
		web.Page("/verify/{no}/signature", authz.Anyone, m.serveCheckedSignature),
		m.apiVerify(),
		web.Page("/my/licences", authz.SignedIn, m.showMine),
		web.Page("/licences/{id}/pdf", authz.SignedIn, m.servePDF),
		web.Page("/licences/{id}/signature", authz.SignedIn, m.serveSignature),
		web.Page("/w/licences", PermRead, m.showList),
		web.Page("/w/licences/export.xlsx", PermRead, m.export).Costly(),
		web.Page("/w/licences/{id}", PermRead, m.showLicence),
		web.Form("/w/licences/{id}/end", PermRevoke, m.postEnd),
		web.Form("/w/licences/{id}/remake", PermIssue, m.postRemake),
		web.Form("/w/licences/{id}/retry", PermIssue, m.postRetry),
	}
}

// staffOnly keeps people whose right to read covers their own things only off the desk.
func staffOnly(r *web.Request) error {
	if r.Actor.Kind != authz.Staff {
		return problem.Forbidden("这一页供工作人员使用。您的证照在“我的证照”里")
	}
	return nil
}

// own reads a licence whose document the viewer may have; any other is unknown to him. Reading by staff is recorded.
func (m *Module) own(r *web.Request) (Licence, error) {
	l, err := m.Find(r.Ctx, r.View, ID(r.PathValue("id")))
	if err == nil && (!MayRead(r.View, l) || !l.Issued()) {
		err = problem.NotFound("没有这份证照")
	}
	if err != nil || r.Actor.Party == l.Holder && l.Holder != "" {
		return l, err
	}
	return l, m.recordReading(r.Background(), r, l)
}

// recordReading writes down that somebody of the staff took a document with personal data.
func (m *Module) recordReading(ctx context.Context, r *web.Request, l Licence) error {
	_, err := m.k.DB.Run(ctx, db.Act{Actor: r.Actor, Name: "licence.read", Now: r.Now}, func(tx *db.Tx) error {
		return tx.Read(db.Reading{Party: l.Holder, Kind: "licence", ID: string(l.ID), What: "证照文件", Purpose: "查看证照", About: l.Name + " " + l.Number})
	})
	return err
}

func (m *Module) servePDF(w *web.Response, r *web.Request) error {
	l, err := m.own(r)
	if err != nil {
		return err
	}
	pdf, err := m.k.Files.Read(l.Blob)
	if err != nil {
		return err
	}
	return w.Download(l.Name+" "+l.Number+".pdf", file.PDF.MIME(), l.IssuedAt, r.URL.Query().Get("show") != "", bytes.NewReader(pdf))
}

func (m *Module) serveSignature(w *web.Response, r *web.Request) error {
	l, err := m.own(r)
	if err != nil {
		return err
	}
	return m.signature(w, r, l)
}

// tabs of the list for staff.
var tabs = []struct {
	key, label string
	states     []State
}{
	{"", "全部", nil},
	{"making", "制证中", []State{Ordered, Numbered, Sealing}},
	{"valid", "有效", []State{Valid}},
	{"stopped", "暂扣、失效", []State{Suspended, Expired}},
	{"ended", "撤销、注销等", []State{Withdrawn, Revoked, Penalised, Cancelled}},
	{"voided", "作废", []State{Voided}},
}

func filterOf(r *web.Request) (Filter, string) {
	f, key := Filter{Text: r.Value("q"), After: ID(r.Value("after"))}, r.Value("tab")
	for _, t := range tabs {
		if t.key == key {
			f.States = t.states
			return f, key
		}
	}
	return f, ""
}

func (m *Module) showList(w *web.Response, r *web.Request) error {
	if err := staffOnly(r); err != nil {
		return err
	}
	f, key := filterOf(r)
	all, next, err := m.List(r.Ctx, r.View, f)
	if err != nil {
		return err
	}
	counts, err := m.Counts(r.Ctx, r.View, Filter{Text: f.Text})
	if err != nil {
		return err
	}
	list := ui.List{Title: "证照", Empty: ui.EmptyState{Title: "没有符合条件的证照", Text: "准予的办件会自动制证，结果在这里。", Icon: ui.IconBadgeCheck},
		Actions: []templ.Component{ui.LinkButton{Label: "导出", URL: "/w/licences/export.xlsx?tab=" + key, Kind: ui.Quiet, Icon: ui.IconDownload, Download: true}},
		Filters: ui.FilterBar{Action: "/w/licences", Into: "list", Keep: map[string]string{"tab": key}, Fields: []templ.Component{ui.Field{Kind: ui.SearchKind, Name: "q", Label: "证照编号、办件编号或持证人", Value: f.Text}}},
		Table:   ui.Table{Caption: "证照", Columns: []ui.Column{{Label: "证照", Main: true}, {Label: "编号", Code: true}, {Label: "持证人"}, {Label: "颁发日期"}, {Label: "有效期"}, {Label: "状态"}}}}
	for _, t := range tabs {
		n := 0
		for _, s := range t.states {
			n += counts[string(s)]
		}
		list.Tabs.Tabs = append(list.Tabs.Tabs, ui.Tab{Label: t.label, URL: "/w/licences?tab=" + t.key, Count: n, Current: t.key == key})
	}
	list.Tabs.Into = "list"
	today := calendar.DayOf(r.Now)
	list.Table.Rows = ui.Rows(all, func(l Licence) ui.Row {
		issued, term := "", ""
		if !l.IssuedOn.IsZero() {
			issued, term = l.IssuedOn.String(), l.Term()
		}
		return ui.Row{ID: string(l.ID), URL: "/w/licences/" + string(l.ID), Cells: []templ.Component{ui.Two{Main: orElse(l.Name, l.ItemName), Small: l.CaseNumber}, ui.Text(l.Number),
			ui.Text(l.HolderName), ui.Text(issued), ui.Text(term), stateTag(l.StateOn(today))}}
	})
	if next != "" {
		list.Pager = ui.Pager{NextURL: "/w/licences?tab=" + key + "&after=" + string(next), Into: "list"}
	}
	return w.ShowDesk(list)
}

const mostExported = 20_000

func (m *Module) export(w *web.Response, r *web.Request) error {
	if err := staffOnly(r); err != nil {
		return err
	}
	f, _ := filterOf(r)
	f.Limit = mostExported
	all, _, err := m.List(r.Ctx, r.View, f)
	if err != nil {
		return err
	}
	today := calendar.DayOf(r.Now)
	var out bytes.Buffer
	err = sheet.Write(&out, sheet.Sheet{Name: "证照", Columns: []sheet.Column{{Title: "证照名称", Width: 30}, {Title: "编号", Width: 24}, {Title: "电子证照标识", Width: 70}, {Title: "持证人", Width: 24},
		{Title: "颁发机关", Width: 26}, {Title: "颁发日期"}, {Title: "有效期至"}, {Title: "状态"}, {Title: "办件编号", Width: 22}, {Title: "理由", Width: 30}, {Title: "依据", Width: 30}},
		Rows: func(yield func([]any, error) bool) {
			for _, l := range all {
				issued, until := "", ""
				if !l.IssuedOn.IsZero() {
					issued, until = l.IssuedOn.String(), "长期"
				}
				if !l.ValidUntil.IsZero() {
					until = l.ValidUntil.String()
				}
				if !yield([]any{orElse(l.Name, l.ItemName), l.Number, l.Identifier, MaskHolder(l.HolderKind, l.HolderName), l.Issuer, issued, until,
					Moves().Label(l.StateOn(today)), l.CaseNumber, l.Reason, l.Basis}, nil) {
					return
				}
			}
		}})
	if err != nil {
		return err
	}
	return w.Download("证照-"+today.String()+".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", r.Now, false, bytes.NewReader(out.Bytes()))
}

func (m *Module) showLicence(w *web.Response, r *web.Request) error {
	page, err := m.licencePage(r, Ending{}, nil)
	if err != nil {
		return err
	}
	return w.ShowDesk(page)
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(web.Beijing).Format("2006-01-02 15:04")
}

func (m *Module) licencePage(r *web.Request, e Ending, cause error) (ui.Detail, error) {
	if err := staffOnly(r); err != nil {
		return ui.Detail{}, err
	}
	l, err := m.Find(r.Ctx, r.View, ID(r.PathValue("id")))
	if err == nil && !r.Actor.May(PermRead, place(l)) {
		err = problem.NotFound("没有这份证照")
	}
	if err != nil {
		return ui.Detail{}, err
	}
	state, base := l.StateOn(calendar.DayOf(r.Now)), "/w/licences/"+string(l.ID)
	d := ui.Detail{Title: orElse(l.Name, l.ItemName), Number: l.Number, Tags: []ui.Tag{stateTag(state)}, Back: ui.Link{Label: "返回证照列表", URL: "/w/licences"},
		Facts: []ui.Fact{{Term: "持证人", Value: l.HolderName}, {Term: "颁发机关", Value: orElse(l.Issuer, m.org.Name(l.Unit))}, {Term: "办件", Body: ui.Anchor{Label: l.CaseNumber, URL: "/w/cases/" + l.CaseNumber}}}}
	if !l.IssuedOn.IsZero() {
		d.Facts = append(d.Facts, ui.Fact{Term: "颁发日期", Value: l.IssuedOn.Chinese()}, ui.Fact{Term: "有效期", Value: l.Term()})
	}
	switch {
	case cause != nil:
		d.Notice = ui.Notice{Tone: ui.Bad, Title: "没有办成", Text: words(cause)}
	case l.Fault != "":
		d.Notice = ui.Notice{Tone: ui.Bad, Title: "制证没有成功", Text: l.Fault + "。系统会自动重试；原因消除后也可以马上重试。"}
	case l.Reason != "":
		d.Notice = ui.Notice{Tone: ui.Warn, Title: Moves().Label(state) + "　" + stamp(l.EndedAt), Text: "理由：" + l.Reason + "。依据：" + orDash(l.Basis)}
	}
	if l.Issued() {
		d.Actions = []templ.Component{ui.LinkButton{Label: "查看文件", URL: "/licences/" + string(l.ID) + "/pdf?show=1", Icon: ui.IconFileText, NewTab: true},
			ui.LinkButton{Label: "下载签名", URL: "/licences/" + string(l.ID) + "/signature", Kind: ui.Quiet, Download: true}, ui.LinkButton{Label: "核验页", URL: "/verify/" + l.Code, Kind: ui.Quiet, NewTab: true}}
	}
	facts := []ui.Fact{{Term: "电子证照标识", Value: l.Identifier}, {Term: "验真码", Value: l.Code}, {Term: "文件 SM3 值", Value: l.Hash}, {Term: "决定人", Value: l.DecidedName},
		{Term: "准予决定", Value: stamp(l.OrderedAt)}, {Term: "赋号", Value: stamp(l.NumberedAt)}, {Term: "颁发", Value: stamp(l.IssuedAt)}}
	if l.SealUse != "" && r.Actor.Holds(seal.PermRead) {
		facts = append(facts, ui.Fact{Term: "用印登记", Body: ui.Anchor{Label: l.SealUse, URL: "/w/seals/uses/" + l.SealUse}})
	}
	d.Sections = append(d.Sections, ui.Section{ID: "making", Title: "制证和签章", Body: ui.DescriptionList{Facts: facts}})
	if (l.State == Ordered || l.State == Numbered) && r.Actor.May(PermIssue, place(l)) {
		d.Sections = append(d.Sections, ui.Section{ID: "retry", Title: "重试制证", Body: ui.Form(ui.FormSpec{Action: base + "/retry", Once: r.Fresh(), Label: "重试制证", Body: ui.Button{Label: "马上重试"}})})
	}
	if l.State == Voided && r.Actor.May(PermIssue, place(l)) {
		d.Sections = append(d.Sections, ui.Section{ID: "remake", Title: "重新制证", Lead: "作废的编号不再使用，重新制证会用新的编号。", Body: ui.Form(ui.FormSpec{Action: base + "/remake", Once: r.Fresh(), Label: "重新制证", Body: ui.Button{Label: "重新制证"}})})
	}
	if s, ok := m.endSection(r, l, e, cause); ok {
		d.Sections = append(d.Sections, s)
	}
	return d, nil
}

func (m *Module) endSection(r *web.Request, l Licence, e Ending, cause error) (ui.Section, bool) {
	if !l.Issued() || !r.Actor.May(PermRevoke, place(l)) {
		return ui.Section{}, false
	}
	var options []ui.Option
	for _, act := range Endings() {
		if Moves().Can(l.State, act) {
			options = append(options, ui.Option{Value: string(act), Label: Moves().ActLabel(act), Hint: hints[act]})
		}
	}
	if len(options) == 0 {
		return ui.Section{}, false
	}
	return ui.Section{ID: "end", Title: "撤销、注销等处理", Lead: "处理后核验页立即显示新的状态，持证人会收到通知。", Body: ui.Disclosure(ui.DisclosureSpec{Summary: "处理这份证照", Open: cause != nil,
		Body: ui.Form(ui.FormSpec{Action: "/w/licences/" + string(l.ID) + "/end", Once: r.Fresh(), Version: l.Version, Label: "处理这份证照", Body: ui.Group{
			ui.Choice{Name: "act", Label: "处理方式", Options: options, Selected: []string{string(e.Act)}, Error: fault(cause, "act")},
			ui.Field{Kind: ui.Multiline, Name: "reason", Label: "事实和理由", Value: e.Reason, Rows: 3, Error: fault(cause, "reason")},
			ui.Field{Name: "basis", Label: "法律依据", Value: e.Basis, Hint: "写到条款，例如：行政许可法第六十九条第二款", Error: fault(cause, "basis")},
			ui.Field{Name: "document", Label: "决定书文号", Value: e.Document, Optional: true},
			ui.Button{Label: "确认处理", Kind: ui.Danger}}})})}, true
}

var hints = map[Act]string{
	ActRevoke:   "违法准予，或者以欺骗、贿赂等不正当手段取得（行政许可法第六十九条）",
	ActWithdraw: "法律或者客观情况重大变化，为公共利益需要（行政许可法第八条）",
	ActPenalise: "行政处罚决定吊销",
	ActCancel:   "有效期届满、主体终止、被撤销撤回吊销后等办理手续（行政许可法第七十条）",
	ActSuspend:  "行政处罚决定暂扣",
	ActRestore:  "暂扣期满，恢复使用",
}

func fault(err error, field string) string {
	if p, ok := problem.Of(err); ok {
		for _, f := range p.Fields {
			if f.Name == field {
				return f.Message
			}
		}
	}
	return ""
}

func words(err error) string {
	out := []string{problem.MessageFor(err)}
	if p, ok := problem.Of(err); ok {
		for _, f := range p.Fields {
			out = append(out, f.Message)
		}
	}
	return strings.Join(out, "\n")
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func (m *Module) postEnd(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	e := Ending{Act: Act(form.Get("act")), Reason: form.Get("reason"), Basis: form.Get("basis"), Document: form.Get("document")}
	_, err = r.Act("licence.end", func(tx *db.Tx) error { return m.End(r.Ctx, tx, ID(r.PathValue("id")), e, r.Version()) })
	if p, ok := problem.Of(err); ok && p.Kind == problem.KindInvalid {
		page, again := m.licencePage(r, e, err)
		if again != nil {
			return again
		}
		return w.DeskAgain(page)
	}
	if err == nil {
		r.Flash("已处理，核验页已经显示新的状态，持证人会收到通知。")
	}
	return w.After(err, "/w/licences/"+r.PathValue("id"))
}

func (m *Module) postRemake(w *web.Response, r *web.Request) error {
	out, err := r.Act("licence.remake", func(tx *db.Tx) error {
		id, err := m.Remake(r.Ctx, tx, ID(r.PathValue("id")))
		tx.Answer(string(id))
		return err
	})
	if err == nil {
		r.Flash("已重新安排制证，会用新的编号。")
	}
	return w.After(err, "/w/licences/"+out.Reply)
}

func (m *Module) postRetry(w *web.Response, r *web.Request) error {
	_, err := r.Act("licence.retry", func(tx *db.Tx) error { return m.Retry(r.Ctx, tx, ID(r.PathValue("id"))) })
	if err == nil {
		r.Flash("已安排重试，稍后刷新本页看结果。")
	}
	return w.After(err, "/w/licences/"+r.PathValue("id"))
}
