package casework

import (
	"bytes"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"tongban/base/account"
	"tongban/kernel/authz"
	"tongban/kernel/problem"
	"tongban/kernel/sheet"
	"tongban/kernel/web"
	"tongban/kernel/worklist"
	"tongban/ui"
)

func (m *Module) routes() []web.Route {
	page := func(path string, p authz.Permission, h web.Handler) web.Route { return web.Page(path, p, staff(h)) }
	form := func(path string, p authz.Permission, h web.Handler) web.Route { return web.Form(path, p, staff(h)) }
	return []web.Route{
		page("/w", authz.SignedIn, m.showDesk),
		page("/w/cases", PermRead, m.showList),
		page("/w/cases/export", PermExport, m.exportList),
		form("/w/cases/batch", PermRead, m.postBatch),
		form("/w/cases/filters", PermRead, m.postFilter),
		page("/w/search", PermRead, m.showSearch),
		page("/w/scan", PermRead, m.showScan),
		page("/w/cases/{no}", PermRead, m.showCase),
		form("/w/cases/{no}/accept", PermAccept, m.postAccept),
		page("/w/cases/{no}/decline", PermAccept, m.showDecline),
		form("/w/cases/{no}/decline", PermAccept, m.postDecline),
		page("/w/cases/{no}/correct", PermAccept, m.showCorrect),
		form("/w/cases/{no}/correct", PermAccept, m.postCorrect),
		form("/w/cases/{no}/supplement", PermOpen, m.postSupplement),
		form("/w/cases/{no}/lapse", PermAccept, m.postLapse),
		form("/w/cases/{no}/withdraw", PermAccept, m.postWithdraw),
		page("/w/cases/{no}/assess", PermAssess, m.showAssess),
		form("/w/cases/{no}/assess", PermAssess, m.postAssess),
		page("/w/cases/{no}/opinion", PermAssess, m.showAskOpinion),
		form("/w/cases/{no}/opinion", PermAssess, m.postAskOpinion),
		form("/w/opinions/{id}/recall", PermAssess, m.postRecall),
		page("/w/opinions/{id}", PermOpine, m.showOpinion),
		form("/w/opinions/{id}", PermOpine, m.postOpinion),
		page("/w/cases/{no}/suspend", PermSuspend, m.showSuspend),
		form("/w/cases/{no}/suspend", PermSuspend, m.postSuspend),
		form("/w/cases/{no}/resume", PermSuspend, m.postResume),
		page("/w/cases/{no}/extend", PermExtend, m.showExtend),
		form("/w/cases/{no}/extend", PermExtend, m.postExtend),
		page("/w/cases/{no}/decide", PermInstant, m.showDecide),
		form("/w/cases/{no}/decide", PermInstant, m.postDecide),
		form("/w/cases/{no}/send-back", PermDecide, m.postSendBack),
		form("/w/cases/{no}/close", PermClose, m.postClose),
		form("/w/cases/{no}/assign", PermRead, m.postAssign),
		form("/w/cases/{no}/mark", PermAssign, m.postMark),
		form("/w/cases/{no}/reveal", PermReveal, m.postReveal),
		form("/papers/{id}/served", PermAccept, m.postServed),
		web.Page("/papers/{id}", authz.Anyone, m.showPaper),
		page("/admin/flows", account.PermOperate, m.showFlows),
	}
}

func (m *Module) nav() []web.NavEntry {
	tasks := slices.Sorted(maps.Keys(kinds))
	return []web.NavEntry{
		{Desk: web.Counter, Group: "办理", Order: 10, Label: "我的待办", Icon: ui.IconInbox, URL: "/w", Permission: PermRead, Counts: tasks, Key: "T"},
		{Desk: web.Counter, Group: "办理", Order: 20, Label: "办件", Icon: ui.IconFolderOpen, URL: "/w/cases", Permission: PermRead, Key: "C"},
		{Desk: web.Counter, Group: "办理", Order: 30, Label: "已结束", Icon: ui.IconHistory, URL: "/w/cases?tab=done", Permission: PermRead, Key: "D"},
		{Desk: web.Admin, Group: "管理", Order: 960, Label: "办件流转表", Icon: ui.IconRoute, URL: "/admin/flows", Permission: account.PermOperate},
	}
}

// staff keeps the pages of the office to the office: a citizen too holds casework.read, over his own cases.
func staff(h web.Handler) web.Handler {
	return func(w *web.Response, r *web.Request) error {
		if r.Actor.Kind != authz.Staff {
			return problem.Forbidden("这一页供工作人员使用。您的办件请在“我的办件”里查看")
		}
		return h(w, r)
	}
}

// kinds are the tasks of this module as tabs of the desk.
var kinds = map[string]string{"casework.receive": "待受理", "casework.assess": "待审查", "casework.decide": "待决定", "casework.resume": "特别程序",
	"casework.opinion": "待反馈意见", "casework.lapse": "补正逾期", "casework.deliver-notice": "文书送达"}

// kindTitle names a kind of task; those of other modules by the module's title.
func (m *Module) kindTitle(kind string) string {
	if t, ok := kinds[kind]; ok {
		return t
	}
	name, _, _ := strings.Cut(kind, ".")
	for _, x := range m.k.Modules() {
		if x.Name == name {
			return x.Title
		}
	}
	return kind
}

// showDesk is what the person has to do today (W83).
func (m *Module) showDesk(w *web.Response, r *web.Request) error {
	counts, err := worklist.Counts(r.Ctx, r.View)
	if err != nil {
		return err
	}
	kind := r.Value("kind")
	tasks, next, err := worklist.Mine(r.Ctx, r.View, worklist.Page{Kind: kind, After: r.Value("after")})
	if err != nil {
		return err
	}
	total := 0
	for _, n := range counts {
		total += n
	}
	tabs := ui.Tabs{Label: "待办种类", Into: "list", Tabs: []ui.Tab{{Label: "全部", URL: "/w", Count: total, Current: kind == ""}}}
	for _, k := range slices.Sorted(maps.Keys(counts)) {
		tabs.Tabs = append(tabs.Tabs, ui.Tab{Label: m.kindTitle(k), URL: "/w?kind=" + url.QueryEscape(k), Count: counts[k], Current: k == kind})
	}
	list := ui.Worklist{Title: "我的待办", Tabs: tabs, Table: ui.Table{Caption: "待办事项", Into: "list",
		Columns: []ui.Column{{Label: "事项", Main: true}, {Label: "要做什么"}, {Label: "时限"}, {Label: "单位", Wide: true}}},
		Empty: ui.EmptyState{Icon: ui.IconCircleCheck, Title: "没有待办", Text: "新的办件会自动出现在这里。"}}
	for _, t := range tasks {
		list.Table.Rows = append(list.Table.Rows, ui.Row{ID: t.Ref, URL: t.URL, Tone: m.tone(t.Due, r.Now), Cells: []templ.Component{
			ui.Two{Main: t.Title, Small: t.Note}, ui.Text(m.kindTitle(t.Kind)), m.badge(t.Opened, t.Due, r.Now), ui.Text(m.org.Name(t.Unit))}})
	}
	if next != "" {
		list.Pager = ui.Pager{NextURL: "/w?" + url.Values{"kind": {kind}, "after": {next}}.Encode(), Into: "list"}
	}
	if list.KPIs, err = m.kpis(r); err != nil {
		return err
	}
	return w.ShowDesk(list)
}

// kpis are the numbers of the desk; each opens its list.
func (m *Module) kpis(r *web.Request) (ui.KPIStrip, error) {
	if !r.Actor.Holds(PermRead) {
		return nil, nil
	}
	var out ui.KPIStrip
	for _, k := range []struct {
		label string
		f     Filter
		tone  ui.Tone
	}{
		{"已超期", Filter{Due: "late"}, ui.Bad}, {"今天到期", Filter{Due: "today"}, ui.Warn}, {"三个工作日内到期", Filter{Due: "soon"}, ui.Neutral},
		{"待受理", Filter{Stage: StageReceive}, ui.Neutral}, {"待审查", Filter{Stage: StageAssess}, ui.Neutral}, {"待决定", Filter{Stage: StageDecide}, ui.Neutral},
		{"交给我的", Filter{Mine: true}, ui.Neutral},
	} {
		n, err := m.Count(r.Ctx, r.View, k.f)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			k.tone = ui.Neutral
		}
		out = append(out, ui.KPI{Label: k.label, Value: fmt.Sprint(n), Unit: "件", URL: "/w/cases?" + k.f.Values().Encode(), Tone: k.tone})
	}
	return out, nil
}

// tone marks rows that are late or due today.
func (m *Module) tone(due, now time.Time) ui.Tone {
	switch {
	case due.IsZero():
		return ui.Neutral
	case !now.Before(due):
		return ui.Bad
	case !today(now).End().Before(due):
		return ui.Warn
	}
	return ui.Neutral
}

// badge shows how much of a term is left, in working days.
func (m *Module) badge(start, due, now time.Time) templ.Component {
	if due.IsZero() {
		return ui.Text("不计时限")
	}
	table := m.k.Clocks.Calendar().Table
	last := today(due.Add(-time.Nanosecond))
	b := ui.ClockBadge{Due: LastDay(due)}
	left, err := table.Between(today(now), last)
	total, err2 := table.Between(today(start), last)
	if err != nil || err2 != nil {
		return ui.Text(LastDay(due))
	}
	switch {
	case !now.Before(due):
		b.Card, b.Used, b.Left = ui.RedCard, 100, fmt.Sprintf("%d 个工作日", max(1, -left))
	case left == 0:
		b.Left, b.Used = "不到 1 个工作日", 95
	default:
		b.Left = fmt.Sprintf("%d 个工作日", left)
		if total > 0 {
			b.Used = min(100, max(0, (total-left)*100/total))
		}
	}
	return b
}

// stages are the tabs of the list, in the order of the work.
var stages = []Stage{StageReceive, StageCorrect, StageAssess, StageDecide, StageSuspend, StageDeliver, StageHold}

// showList is the list of cases (W88): tabs with counts, filters in the address, batch acts.
func (m *Module) showList(w *web.Response, r *web.Request) error {
	f := FilterOf(r.URL.Query())
	list, err := m.listPage(r, f)
	if err != nil {
		return err
	}
	return w.ShowDesk(list)
}

func (m *Module) listPage(r *web.Request, f Filter) (ui.List, error) {
	page, err := m.List(r.Ctx, r.View, f)
	if err != nil {
		return ui.List{}, err
	}
	counts, err := m.Counts(r.Ctx, r.View, f)
	if err != nil {
		return ui.List{}, err
	}
	address := func(change func(*Filter)) string {
		g := f
		change(&g)
		return "/w/cases?" + g.Values().Encode()
	}
	total := 0
	for _, n := range counts {
		total += n
	}
	tabs := ui.Tabs{Into: "list", Tabs: []ui.Tab{{Label: "在办", URL: address(func(g *Filter) { g.Stage = "" }), Count: total, Current: f.Stage == ""}}}
	for _, s := range append(slices.Clone(stages), StageDone) {
		tabs.Tabs = append(tabs.Tabs, ui.Tab{Label: StageLabel(s), URL: address(func(g *Filter) { g.Stage = s }), Count: counts[s], Current: f.Stage == s})
	}
	list := ui.List{Title: "办件", Tabs: tabs, Table: m.table(page.Cases, f, r.Now),
		Empty: ui.EmptyState{Icon: ui.IconInbox, Title: "没有符合条件的办件", Text: "换一个状态，或者减少筛选条件。"}}
	if r.Actor.Holds(PermExport) {
		list.Actions = append(list.Actions, ui.LinkButton{Label: "导出表格", URL: "/w/cases/export?" + f.Values().Encode(), Icon: ui.IconDownload, Kind: ui.Secondary, Download: true})
	}
	if q := f.Values().Encode(); q != "" {
		list.Actions = append(list.Actions, ui.Disclosure(ui.DisclosureSpec{Summary: "保存筛选", Body: ui.Form(ui.FormSpec{Action: "/w/cases/filters", Once: r.Fresh(),
			Label: "保存筛选", Hidden: map[string]string{"query": q}, Body: ui.Group{ui.Field{Name: "name", ID: "filter-name", Label: "名称", Width: ui.Width14, MaxLength: 20}, ui.Button{Label: "保存", Kind: ui.Secondary}}})}))
	}
	var saved []SavedFilter
	if list.Filters, saved, err = m.filterBar(r, f, address); err != nil {
		return list, err
	}
	if len(saved) > 0 {
		drop := ui.Group{}
		for _, x := range saved {
			drop = append(drop, ui.Button{Label: "删除“" + x.Name + "”", Kind: ui.Quiet, Name: "drop", Value: x.ID})
		}
		list.Actions = append(list.Actions, ui.Disclosure(ui.DisclosureSpec{Summary: "管理常用筛选", Body: ui.Form(ui.FormSpec{Action: "/w/cases/filters", Once: r.Fresh(),
			Label: "管理常用筛选", Hidden: map[string]string{"query": f.Values().Encode()}, Body: drop})}))
	}
	place := func(name, cursor string) string {
		if cursor == "" {
			return ""
		}
		q := f.Values()
		q.Set(name, cursor)
		return "/w/cases?" + q.Encode()
	}
	list.Pager = ui.Pager{PrevURL: place("before", page.Prev), NextURL: place("after", page.Next), Into: "list"}
	list.Batch = m.batchBar(r, f)
	if list.Batch.Action != "" {
		list.Table.Check = "case"
	}
	return list, nil
}

// table is the rows of a list; each leads into the case with the list's filter, so that next and previous stay inside it.
func (m *Module) table(cases []Case, f Filter, now time.Time) ui.Table {
	in := url.QueryEscape(f.Values().Encode())
	return ui.Table{Caption: "办件清单", Into: "list",
		Columns: []ui.Column{{Label: "办件编号", Code: true}, {Label: "事项", Main: true}, {Label: "申请人"}, {Label: "状态"}, {Label: "时限"}, {Label: "承办单位", Wide: true}},
		Rows: ui.Rows(cases, func(c Case) ui.Row {
			return ui.Row{ID: c.Number, Label: c.Number + " " + c.ItemName, URL: c.url() + "?in=" + in, Tone: m.tone(c.Due, now), Cells: []templ.Component{
				ui.Text(c.Number), ui.Two{Main: c.ItemName, Small: c.GroupTitle}, ui.Text(c.ApplicantName), ui.Group(tags(c)), m.caseBadge(c, now), ui.Text(m.org.Name(c.Unit))}}
		})}
}

// began is when the term of the present step began.
func (c Case) began() time.Time {
	switch c.State {
	case Accepted, Suspended:
		return c.AcceptedAt
	case Granted, Refused:
		return c.DecidedAt
	}
	return c.ReceivedAt
}

func (m *Module) caseBadge(c Case, now time.Time) templ.Component {
	switch {
	case c.State == Suspended:
		return ui.ClockBadge{Left: "暂停计时", Paused: "特别程序"}
	case c.Stage == StageDone:
		return ui.Text(orElse(plainDay(c.ClosedAt), "—"))
	}
	return m.badge(c.began(), c.Due, now)
}

// tags are the state of a case and its flags.
func tags(c Case) []templ.Component {
	tone := ui.Info
	switch c.State {
	case Granted, Closed:
		tone = ui.OK
	case Refused, Declined, Lapsed, Withdrawn:
		tone = ui.Neutral
	case Correcting, Suspended:
		tone = ui.Warn
	}
	label := StateLabel(c.State)
	if c.Stage != StageDone && c.Stage != StageDeliver {
		label = StageLabel(c.Stage)
	}
	out := []templ.Component{ui.Tag{Text: label, Tone: tone}}
	for _, x := range []struct {
		on   bool
		text string
		tone ui.Tone
	}{{c.Flags.Urgent, "加急", ui.Bad}, {c.Flags.Green, "绿色通道", ui.OK}, {c.Flags.Deemed, "视为受理", ui.Warn}, {c.Flags.Extended, "已延期", ui.Warn},
		{c.Flags.Contested, "有异议", ui.Bad}, {c.Instant && c.Stage != StageDone, "即办件", ui.Info}} {
		if x.on {
			out = append(out, ui.Tag{Text: x.text, Tone: x.tone})
		}
	}
	return out
}

var channels = map[Channel]string{Online: "网上", Counter: "窗口", Mobile: "手机", Kiosk: "自助终端", Helper: "帮代办", Post: "邮寄", Cross: "跨域"}

func (m *Module) filterBar(r *web.Request, f Filter, address func(func(*Filter)) string) (ui.FilterBar, []SavedFilter, error) {
	items, err := m.itemsOf(r.Ctx, r.View, f)
	if err != nil {
		return ui.FilterBar{}, nil, err
	}
	var itemOptions, unitOptions, channelOptions, flagOptions []ui.Option
	for _, i := range items {
		itemOptions = append(itemOptions, ui.Option{Value: i.Key, Label: m.itemName(i.Key)})
	}
	for _, u := range m.org.Units() {
		if r.Actor.May(PermRead, authz.Place{Unit: u.Code}) {
			unitOptions = append(unitOptions, ui.Option{Value: u.Code, Label: u.Short})
		}
	}
	for _, c := range []Channel{Online, Mobile, Counter, Kiosk, Helper, Post, Cross} {
		channelOptions = append(channelOptions, ui.Option{Value: string(c), Label: channels[c]})
	}
	for _, name := range slices.Sorted(maps.Keys(flagLabels)) {
		flagOptions = append(flagOptions, ui.Option{Value: name, Label: flagLabels[name]})
	}
	mine := ""
	if f.Mine {
		mine = "1"
	}
	bar := ui.FilterBar{Action: "/w/cases", Into: "list", Keep: map[string]string{"tab": string(f.Stage)},
		Fields: []templ.Component{
			ui.Field{Kind: ui.SearchKind, Name: "q", Label: "编号、申请人、事项", Value: f.Query, Optional: false},
			ui.Select{Name: "item", Label: "事项", Blank: "全部事项", Options: itemOptions, Value: f.Item},
			ui.Select{Name: "due", Label: "时限", Blank: "不限", Value: f.Due, Options: []ui.Option{{Value: "late", Label: "已超期"}, {Value: "today", Label: "今天到期"}, {Value: "soon", Label: "三个工作日内到期"}}},
			ui.Select{Name: "mine", Label: "经办人", Blank: "不限", Value: mine, Options: []ui.Option{{Value: "1", Label: "交给我的"}}},
		},
		More: []templ.Component{
			ui.Select{Name: "unit", Label: "承办单位", Blank: "全部单位", Options: unitOptions, Value: f.Unit},
			ui.Select{Name: "channel", Label: "来源渠道", Blank: "全部渠道", Options: channelOptions, Value: string(f.Channel)},
			ui.Select{Name: "flag", Label: "标记", Blank: "不限", Options: flagOptions, Value: f.Flag},
		}}
	drop := func(on bool, label string, change func(*Filter)) {
		if on {
			bar.Chips = append(bar.Chips, ui.Chip{Label: label, RemoveURL: address(change)})
		}
	}
	drop(f.Query != "", "含“"+f.Query+"”", func(g *Filter) { g.Query = "" })
	drop(f.Item != "", m.itemName(f.Item), func(g *Filter) { g.Item = "" })
	drop(f.Due != "", map[string]string{"late": "已超期", "today": "今天到期", "soon": "三个工作日内到期"}[f.Due], func(g *Filter) { g.Due = "" })
	drop(f.Mine, "交给我的", func(g *Filter) { g.Mine = false })
	drop(f.Unit != "", m.org.Name(f.Unit), func(g *Filter) { g.Unit = "" })
	drop(f.Channel != "", channels[f.Channel], func(g *Filter) { g.Channel = "" })
	drop(f.Flag != "", flagLabels[f.Flag], func(g *Filter) { g.Flag = "" })
	saved, err := m.SavedFilters(r.Ctx, r.View)
	for _, s := range saved {
		if s.Query != f.Values().Encode() {
			bar.Chips = append(bar.Chips, ui.Chip{Label: "常用：" + s.Name, URL: "/w/cases?" + s.Query})
		}
	}
	return bar, saved, err
}

// exportList writes the list as a table file.
func (m *Module) exportList(w *web.Response, r *web.Request) error {
	f := FilterOf(r.URL.Query())
	var file bytes.Buffer
	err := sheet.Write(&file, sheet.Sheet{Name: "办件", Columns: []sheet.Column{{Title: "办件编号", Width: 20}, {Title: "事项", Width: 26}, {Title: "申请人", Width: 16}, {Title: "状态"},
		{Title: "承办单位"}, {Title: "来源渠道"}, {Title: "所属申请", Width: 20}, {Title: "收件日期", Kind: sheet.Date}, {Title: "受理日期", Kind: sheet.Date},
		{Title: "承诺期限", Kind: sheet.Date}, {Title: "法定期限", Kind: sheet.Date}, {Title: "决定日期", Kind: sheet.Date}},
		Rows: func(yield func([]any, error) bool) {
			for c, err := range m.Each(r.Ctx, r.View, f) {
				if err != nil {
					yield(nil, err)
					return
				}
				if !yield([]any{c.Number, c.ItemName, c.ApplicantName, StateLabel(c.State), m.org.Name(c.Unit), channels[c.Channel], c.GroupTitle,
					local(c.ReceivedAt), local(c.AcceptedAt), lastInstant(c.Due), lastInstant(c.LegalDue), local(c.DecidedAt)}, nil) {
					return
				}
			}
		}})
	if err != nil {
		return err
	}
	return w.Download("办件-"+today(r.Now).String()+".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", r.Now, false, bytes.NewReader(file.Bytes()))
}

func local(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(zone)
}

func lastInstant(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Add(-time.Nanosecond).In(zone)
}

// showSearch finds cases by number, applicant or item, ended ones too; a full number opens its case.
func (m *Module) showSearch(w *web.Response, r *web.Request) error {
	q := r.Value("q")
	if c, err := m.ByNumber(r.Ctx, r.View, strings.ToUpper(q)); err == nil {
		if ok, err := m.MayRead(r.Ctx, r.View, c); err != nil {
			return err
		} else if ok {
			return w.Go(c.url())
		}
	}
	out := ui.List{Title: "查找“" + q + "”", Empty: ui.EmptyState{Icon: ui.IconSearch, Title: "没有找到", Text: "可以输入办件编号、申请人或者事项名称的一部分。"}}
	if q == "" {
		out.Title = "查找办件"
		return w.ShowDesk(out)
	}
	f := Filter{Query: q}
	open, err := m.List(r.Ctx, r.View, f)
	if err != nil {
		return err
	}
	f.Stage = StageDone
	ended, err := m.List(r.Ctx, r.View, f)
	if err != nil {
		return err
	}
	out.Lead = fmt.Sprintf("在办 %d 件，已结束 %d 件", len(open.Cases), len(ended.Cases))
	out.Table = m.table(append(open.Cases, ended.Cases...), Filter{Query: q}, r.Now)
	return w.ShowDesk(out)
}

// showScan opens what a bar code or QR code names: a case, or whatever page of ours the code leads to.
func (m *Module) showScan(w *web.Response, r *web.Request) error {
	code := r.Value("c")
	if code == "" {
		return w.ShowDesk(ui.List{Title: "扫码", Empty: ui.EmptyState{Icon: ui.IconScanLine, Title: "请扫一个码", Text: "按 F2 后扫受理通知书、收件凭证或者证照上的二维码、条形码。"}})
	}
	if u, err := url.Parse(code); err == nil && u.Host != "" {
		if u.Host == r.Host {
			return w.Go(u.RequestURI())
		}
		code = code[strings.LastIndex(code, "/")+1:]
	}
	return w.Go("/w/search?q=" + url.QueryEscape(code))
}

// showFlows draws the table by which cases move.
func (m *Module) showFlows(w *web.Response, r *web.Request) error {
	t := ui.Table{Caption: "办件流转表", Columns: []ui.Column{{Label: "现状态"}, {Label: "操作", Main: true}, {Label: "新状态"}, {Label: "条件"}, {Label: "由谁"}, {Label: "依据"}}}
	var steps []string
	for _, x := range moves.Moves {
		t.Rows = append(t.Rows, ui.Row{Cells: ui.Cells(moves.Label(x.From), x.Label, moves.Label(x.To), x.Guard, x.By, x.Basis)})
		steps = append(steps, moves.Label(x.From)+"，"+x.Label+"，到"+moves.Label(x.To))
	}
	return w.ShowDesk(ui.Article{Title: "办件流转表", Lead: "办件只按这张表变更状态，任何途径都一样。", Sections: []ui.Section{
		{Title: "流转图", Body: ui.FlowPicture{Title: "办件流转图", SVG: moves.SVG(), Steps: steps}}, {Title: "流转表", Flush: true, Body: t}}})
}
