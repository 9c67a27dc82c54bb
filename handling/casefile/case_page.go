package casefile

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"tongban/handling/casework"
	"tongban/kernel/authz"
	"tongban/kernel/clock"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/kernel/slot"
	"tongban/kernel/web"
	"tongban/rules/catalogue"
	"tongban/rules/form"
	"tongban/rules/material"
	"tongban/ui"
)

// Asked reads the case of an address; one the reader may not see does not exist for him.
func (m *Module) Asked(r *web.Request) (casework.Case, error) {
	c, err := m.cases.ByNumber(r.Ctx, r.View, r.PathValue("no"))
	if err != nil {
		return c, err
	}
	ok, err := m.cases.MayRead(r.Ctx, r.View, c)
	if err != nil {
		return c, err
	}
	if !ok {
		return c, problem.NotFound("没有这个办件，请核对办件编号")
	}
	return c, nil
}

// file is all of a case that its page shows (卷).
type file struct {
	casework.Case
	item        catalogue.Item
	ed          *pack.Edition
	values      []form.Value
	pieces      []material.Piece
	defects     []casework.Defect
	notices     []casework.Notice
	assessments []casework.Assessment
	deeds       []casework.Deed
	clocks      []clock.Record
	seen        []templ.Component // what other modules show whoever decides
}

func (m *Module) file(r *web.Request, c casework.Case) (*file, error) {
	f := &file{Case: c}
	var err error
	if f.ed, f.item, err = m.cases.Pinned(r.Ctx, r.View, c); err != nil {
		return nil, err
	}
	if f.values, err = m.values(r, f.ed, f.item, c.Group); err != nil {
		return nil, err
	}
	if f.pieces, err = m.pieces(r, f.item, c.Group); err != nil {
		return nil, err
	}
	if f.defects, err = m.cases.Defects(r.Ctx, r.View, c.ID); err != nil {
		return nil, err
	}
	if f.notices, err = m.cases.Notices(r.Ctx, r.View, c.ID); err != nil {
		return nil, err
	}
	if f.assessments, err = m.cases.Assessments(r.Ctx, r.View, c.ID); err != nil {
		return nil, err
	}
	if f.deeds, err = m.cases.Timeline(r.Ctx, r.View, c.ID, false); err != nil {
		return nil, err
	}
	clocks, err := m.k.Clocks.All(r.Ctx, r.View, string(c.ID))
	if err != nil {
		return nil, err
	}
	f.clocks = clocks[string(c.ID)]
	if c.Stage == casework.StageDecide {
		f.seen, err = m.slot(r, casework.SlotDecide, c.ID)
	}
	return f, err
}

// values are what the applicant filled in, as far as this item needs it: a unit sees no more of a shared form than its own item's part.
func (m *Module) values(r *web.Request, ed *pack.Edition, item catalogue.Item, group string) ([]form.Value, error) {
	if group == "" {
		return nil, nil
	}
	all, err := m.forms.Values(r.Ctx, r.View, group)
	place := map[string]int{} // as the item's list has them, which is how the form asked
	for i, n := range item.Elements {
		place[n.Element] = i + 1
	}
	all = slices.DeleteFunc(all, func(v form.Value) bool { return place[v.Element] == 0 })
	slices.SortFunc(all, func(a, b form.Value) int { return place[a.Element] - place[b.Element] })
	return all, err
}

func (m *Module) pieces(r *web.Request, item catalogue.Item, group string) ([]material.Piece, error) {
	if group == "" {
		return nil, nil
	}
	all, err := m.mats.Pieces(r.Ctx, r.View, group)
	return slices.DeleteFunc(all, func(p material.Piece) bool {
		return !slices.ContainsFunc(item.Materials, func(n catalogue.MaterialNeed) bool { return n.Type == p.Type })
	}), err
}

// showCase is the page of a case (W89).
func (m *Module) showCase(w *web.Response, r *web.Request) error {
	c, err := m.Asked(r)
	if err != nil {
		return err
	}
	f, err := m.file(r, c)
	if err != nil {
		return err
	}
	page, err := m.detail(r, f)
	if err != nil {
		return err
	}
	return w.ShowDesk(page)
}

func (m *Module) detail(r *web.Request, f *file) (ui.Detail, error) {
	duty, err := m.cases.Responsible(r.Ctx, r.View, f.Case)
	if err != nil {
		return ui.Detail{}, err
	}
	in, back := r.Value("in"), "/w/cases"
	d := ui.Detail{Title: f.ItemName, Number: f.Number, Tags: Tags(f.Case), Clock: m.Badge(f.Case, r.Now), Facts: m.facts(f), Actions: m.actions(r, f), Notice: m.notice(f, duty, r.Now)}
	if q, err := url.ParseQuery(in); err == nil && in != "" {
		back += "?" + in
		prev, next, err := m.cases.Neighbours(r.Ctx, r.View, casework.FilterOf(q), f.Case)
		if err != nil {
			return d, err
		}
		link := func(no string) string {
			if no == "" {
				return ""
			}
			return "/w/cases/" + no + "?in=" + url.QueryEscape(in)
		}
		d.PrevURL, d.NextURL = link(prev), link(next)
	}
	d.Back = ui.Link{Label: "返回清单", URL: back}
	acts, err := m.slot(r, casework.SlotAction, f.ID)
	if err != nil {
		return d, err
	}
	d.Actions = append(d.Actions, acts...)
	banner, err := m.slot(r, casework.SlotBanner, f.ID)
	if err != nil {
		return d, err
	}
	if len(banner) > 0 {
		d.Banner = ui.Group(banner)
	}
	d.Sections = m.sections(r, f)
	more, err := m.slot(r, casework.SlotSection, f.ID)
	if err != nil {
		return d, err
	}
	for _, x := range more {
		d.Sections = append(d.Sections, ui.Section{Body: x})
	}
	d.Sections = append(d.Sections, ui.Section{ID: "timeline", Title: "办理过程", Body: m.timeline(f.deeds)})
	d.Aside, err = m.aside(r, f, duty)
	return d, err
}

func (m *Module) slot(r *web.Request, p slot.Point, id casework.ID) ([]templ.Component, error) {
	return m.k.Slots().Show(r.Ctx, r.View, p, string(id))
}

func (m *Module) facts(f *file) []ui.Fact {
	facts := []ui.Fact{{Term: "申请人", Value: f.ApplicantName}, {Term: "承办单位", Value: m.org.Name(f.Unit)}, {Term: "来源", Value: f.Channel.Label()},
		{Term: "收件", Value: stamp(f.ReceivedAt)}}
	if f.GroupTitle != "" {
		facts = append(facts, ui.Fact{Term: "所属申请", Value: f.GroupTitle})
	}
	if !f.AcceptedAt.IsZero() {
		facts = append(facts, ui.Fact{Term: "受理", Value: stamp(f.AcceptedAt)})
	}
	if !f.Due.IsZero() {
		facts = append(facts, ui.Fact{Term: "本环节期限", Value: casework.LastDay(f.Due)})
	}
	if !f.LegalDue.IsZero() {
		facts = append(facts, ui.Fact{Term: "法定期限", Value: casework.LastDay(f.LegalDue)})
	}
	if !f.DecidedAt.IsZero() {
		facts = append(facts, ui.Fact{Term: "决定", Value: stamp(f.DecidedAt)})
	}
	return facts
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(web.Beijing).Format("2006-01-02 15:04")
}

// notice says what the case waits for, and what the law makes of a late one.
func (m *Module) notice(f *file, d casework.Duty, now time.Time) ui.Notice {
	switch {
	case f.Stage == casework.StageReceive && !now.Before(f.LegalDue) && !f.LegalDue.IsZero():
		return ui.Notice{Tone: ui.Bad, Title: "五个工作日已过，依法视为受理", Text: "自收到申请材料之日起即为受理，不能再要求补正或者不予受理（行政许可法第三十二条）。"}
	case f.Stage == casework.StageHold:
		return ui.Notice{Text: "这件在等前面的事项办好，办好后自动开始计时，现在不用处理。"}
	case f.Stage == casework.StageCorrect:
		return ui.Notice{Tone: ui.Warn, Text: "已一次告知补正，等申请人补齐，期限到 " + casework.LastDay(f.Due) + "。"}
	case f.Stage == casework.StageSuspend:
		return ui.Notice{Tone: ui.Warn, Text: "特别程序进行中，暂停计时。结束后请及时恢复办理。"}
	}
	return ui.Notice{}
}

// actions are what this reader may do with the case now. The command behind each decides again.
func (m *Module) actions(r *web.Request, f *file) []templ.Component {
	may := func(p authz.Permission) bool { return r.Actor.May(p, f.Place()) }
	var out []templ.Component
	link := func(on bool, label, path string, kind ui.ButtonKind, key string) {
		if on {
			out = append(out, ui.LinkButton{Label: label, URL: f.URL() + path + inQuery(r), Kind: kind, Shortcut: key})
		}
	}
	post := func(on bool, label, path string, kind ui.ButtonKind, key string) {
		if on {
			out = append(out, ui.Form(ui.FormSpec{Action: f.URL() + path, Once: r.Fresh(), Version: f.Version, Label: label, Hidden: keepIn(r),
				Body: ui.Button{Label: label, Kind: kind, Shortcut: key}}))
		}
	}
	switch f.Stage {
	case casework.StageReceive:
		link(f.Instant && may(casework.PermInstant), "当场决定", "/decide", ui.Primary, "Alt+D")
		kind := ui.Primary
		if f.Instant && may(casework.PermInstant) {
			kind = ui.Secondary
		}
		post(may(casework.PermAccept), "受理", "/accept", kind, "Alt+Enter")
		link(may(casework.PermAccept), "一次告知补正", "/correct", ui.Secondary, "Alt+B")
		link(may(casework.PermAccept), "不予受理", "/decline", ui.Quiet, "")
	case casework.StageCorrect:
		post(may(casework.PermOpen), "登记补正材料已交", "/supplement", ui.Primary, "Alt+Enter")
	case casework.StageAssess:
		link(may(casework.PermAssess), "审查", "/assess", ui.Primary, "Alt+Enter")
	case casework.StageDecide:
		link(may(casework.PermDecide) || f.Instant && may(casework.PermInstant), "作出决定", "/decide", ui.Primary, "Alt+Enter")
	case casework.StageSuspend:
		post(may(casework.PermSuspend), "特别程序已结束，恢复办理", "/resume", ui.Primary, "Alt+Enter")
	case casework.StageDeliver:
		post(may(casework.PermClose), "已送达，办结", "/close", ui.Primary, "Alt+Enter")
	}
	if f.State == casework.Accepted {
		link(may(casework.PermSuspend), "特别程序", "/suspend", ui.Quiet, "")
		link(may(casework.PermExtend), "批准延期", "/extend", ui.Quiet, "")
	}
	return out
}

// keepIn carries the list the reader came from through a form.
func keepIn(r *web.Request) map[string]string {
	if in := r.Value("in"); in != "" {
		return map[string]string{"in": in}
	}
	return nil
}

func inQuery(r *web.Request) string {
	if in := r.Value("in"); in != "" {
		return "?in=" + url.QueryEscape(in)
	}
	return ""
}

// sections are the parts of the page in a fixed order: what was applied for beside its materials, the examination, papers.
func (m *Module) sections(r *web.Request, f *file) []ui.Section {
	out := []ui.Section{{ID: "application", Title: "申请内容和材料", Body: m.sideBySide(f), Actions: m.revealing(r, f)}}
	if len(f.defects) > 0 {
		out = append(out, ui.Section{ID: "defects", Title: "补正内容", Flush: true, Body: defectTable(f.defects)})
	}
	if len(f.item.Points) > 0 {
		out = append(out, ui.Section{ID: "points", Title: "审查要点", Flush: true, Body: m.pointTable(f)})
	}
	if len(f.notices) > 0 {
		out = append(out, ui.Section{ID: "papers", Title: "文书", Flush: true, Body: m.noticeTable(r, f)})
	}
	return out
}

// Contents shows what was applied for and handed in, personal values masked, to whom the caller lets read the case.
func (m *Module) Contents(r *web.Request, c casework.Case) (templ.Component, error) {
	f, err := m.file(r, c)
	if err != nil {
		return nil, err
	}
	return m.sideBySide(f), nil
}

// sideBySide is the form beside the materials, personal values masked.
func (m *Module) sideBySide(f *file) templ.Component {
	var left templ.Component = ui.EmptyState{Title: "没有填写的内容", Text: "这件没有随表单提交内容。"}
	if len(f.values) > 0 {
		left = ui.DescriptionList{Facts: shownValues(f.ed, f.values, form.Shown)}
	}
	return ui.Split{LeftTitle: "申请内容", RightTitle: "申请材料", Left: left, Right: pieceTable(f)}
}

// toStaff turns a source, which speaks to the applicant (来自您的账户), into words for the desk.
var toStaff = strings.NewReplacer("来自", "", "您刚才", "申请人", "您以前", "申请人以前", "您", "申请人")

func shownValues(ed *pack.Edition, values []form.Value, show func(*pack.Edition, string, string) string) []ui.Fact {
	var facts []ui.Fact
	for _, v := range values {
		if v.Text == "" {
			continue
		}
		e, _ := pack.Find[form.Element](ed, form.KindElement, v.Element)
		fact := ui.Fact{Term: cmp.Or(e.Label, v.Element), Value: show(ed, v.Element, v.Text)}
		if v.Source != "" {
			note := "来源：" + toStaff.Replace(v.Source)
			if v.Corrected() {
				note += "；原为 " + cmp.Or(show(ed, v.Element, v.Original), "空") + "，申请人改过"
			}
			fact.Body = ui.Two{Main: fact.Value, Small: note}
		}
		facts = append(facts, fact)
	}
	return facts
}

func pieceTable(f *file) templ.Component {
	if len(f.pieces) == 0 {
		return ui.EmptyState{Title: "没有材料", Text: "这件不需要材料，或者材料由别的途径取得。"}
	}
	return ui.Table{Caption: "申请材料", Columns: []ui.Column{{Label: "材料", Main: true}, {Label: "状态"}, {Label: "说明"}},
		Rows: ui.Rows(f.pieces, func(p material.Piece) ui.Row {
			t, _ := pack.Find[material.Type](f.ed, material.KindType, p.Type)
			tone := ui.OK
			if p.State != material.Given && p.State != material.Waived {
				tone = ui.Warn
			}
			row := ui.Row{ID: p.ID, Cells: []templ.Component{ui.Two{Main: cmp.Or(t.Name, p.Type), Small: p.Name}, ui.Tag{Text: p.State.Label(), Tone: tone}, ui.Text(p.Note)}}
			if p.Has() {
				row.URL = "/files/" + p.File
			}
			return row
		})}
}

func defectTable(defects []casework.Defect) templ.Component {
	return ui.Table{Caption: "补正内容", Columns: []ui.Column{{Label: "哪一项", Main: true}, {Label: "问题"}, {Label: "怎么补"}, {Label: "补正"}},
		Rows: ui.Rows(defects, func(d casework.Defect) ui.Row {
			state := ui.Tag{Text: "待补正", Tone: ui.Warn}
			if !d.Fixed.IsZero() {
				state = ui.Tag{Text: "已补交 " + stamp(d.Fixed), Tone: ui.OK}
			}
			return ui.Row{Cells: []templ.Component{ui.Text(d.Name), ui.Text(d.What), ui.Text(d.How), state}}
		})}
}

// pointTable shows each review point with what the machine found and what the assessor found.
func (m *Module) pointTable(f *file) templ.Component {
	t := ui.Table{Caption: "审查要点", Columns: []ui.Column{{Label: "要点", Main: true}, {Label: "系统核对"}, {Label: "审查结论"}}}
	var last casework.Assessment
	if n := len(f.assessments); n > 0 && f.Flags.Assessed {
		last = f.assessments[n-1]
	}
	for i, p := range f.item.Points {
		var found templ.Component = ui.Tag{Text: "待审查"}
		for _, c := range last.Points {
			if c.Point != i {
				continue
			}
			found = ui.Group{ui.Tag{Text: "符合", Tone: ui.OK}, ui.Text(c.Note)}
			if !c.Passed {
				found = ui.Group{ui.Tag{Text: "不符合", Tone: ui.Bad}, ui.Text(c.Note)}
			}
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{ui.Two{Main: p.Text, Small: p.Basis}, machineCheck(f, p), found}})
	}
	if last.ByName == "" {
		return t
	}
	verdict := ui.Tag{Text: "建议准予", Tone: ui.OK}
	if !last.Grant {
		verdict = ui.Tag{Text: "建议不予许可", Tone: ui.Bad}
	}
	return ui.Group{t, ui.OpinionBox{Unit: m.org.Name(f.Unit), Person: last.ByName, When: stamp(last.At), Verdict: verdict, Text: last.Text}}
}

// machineCheck is what a point's material and rule say without a person.
func machineCheck(f *file, p catalogue.Point) templ.Component {
	if p.Material != "" {
		for _, x := range f.pieces {
			if x.Type != p.Material {
				continue
			}
			if x.State == material.Given || x.State == material.Waived {
				return ui.Tag{Text: "材料" + x.State.Label(), Tone: ui.OK}
			}
			return ui.Tag{Text: "材料" + x.State.Label(), Tone: ui.Warn}
		}
	}
	if p.Rule == "" {
		return ui.Text("由人工审查")
	}
	verdict, err := checkRule(f.ed, p.Rule, f.values)
	switch {
	case err != nil, verdict == "":
		return ui.Tag{Text: "数据不全，由人工审查"}
	case verdict == "true":
		return ui.Tag{Text: "符合", Tone: ui.OK}
	}
	return ui.Tag{Text: "不符合", Tone: ui.Bad}
}

func (m *Module) noticeTable(r *web.Request, f *file) templ.Component {
	return ui.Table{Caption: "文书", Columns: []ui.Column{{Label: "文书", Main: true}, {Label: "文号", Code: true}, {Label: "出具"}, {Label: "送达"}},
		Rows: ui.Rows(f.notices, func(n casework.Notice) ui.Row {
			var served templ.Component = ui.Text(stamp(n.ToldAt) + " " + n.ToldHow)
			if n.ToldAt.IsZero() {
				served = ui.Tag{Text: "待送达", Tone: ui.Warn}
				if r.Actor.May(casework.PermAccept, f.Place()) {
					served = ui.Form(ui.FormSpec{Action: "/papers/" + n.ID + "/served", Once: r.Fresh(), Label: n.Title + "送达", Body: ui.Button{Label: "已当面送达", Kind: ui.Secondary}})
				}
			}
			return ui.Row{ID: n.ID, URL: "/papers/" + n.ID, Cells: []templ.Component{ui.Text(n.Title), ui.Text(n.Number), ui.Text(stamp(n.IssuedAt) + " " + n.Issuer), served}}
		})}
}

func (m *Module) timeline(deeds []casework.Deed) templ.Component {
	t := ui.Timeline{}
	for i, d := range deeds {
		who := d.ActorName
		switch {
		case d.ActorKind == string(authz.System):
			who = "系统" // the mechanism's own name says nothing to a clerk
		case d.Unit != "":
			who = m.org.Name(d.Unit) + " " + who
		}
		e := ui.Event{When: stamp(d.At), Title: casework.ActLabel(d.Act), Who: who, Text: d.Note, Now: i == len(deeds)-1}
		if !d.LegalAt.Equal(d.At) {
			e.Text = "法律上自 " + stamp(d.LegalAt) + " 起生效。" + e.Text
		}
		t.Events = append(t.Events, e)
	}
	return t
}
