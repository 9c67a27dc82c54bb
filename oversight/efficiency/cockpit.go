package efficiency

import (
	"cmp"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"tongban/handling/casework"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/chart"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

func monthOf(day calendar.Day) calendar.Day { return calendar.Date(day.Year(), day.Month(), 1) }

// reach is the part of the county whose rates the viewer sees: all, or his units added up.
func (m *Module) showCockpit(w *web.Response, r *web.Request) error {
	loads, err := m.Loads(r.Ctx, r.View, "")
	if err != nil {
		return err
	}
	today := calendar.DayOf(r.Now)
	byUnit, err := m.RatesBy(r.Ctx, r.View, ByUnit, "", monthOf(today), today)
	if err != nil {
		return err
	}
	scope := r.Actor.Scope(PermRead)
	var all Sums
	for code, s := range byUnit {
		if !scope.Covers(authz.Place{Unit: code}) {
			delete(byUnit, code)
			continue
		}
		all = all.Add(s)
	}
	top := "" // the unit whose trend is drawn
	if !scope.Everywhere() {
		top = r.Actor.Unit
	}
	d := ui.Dashboard{Title: "领导驾驶舱", Lead: "先看红牌。每个数字都可以点开看清单。", Updated: "数据时间 " + when(r.Now), KPIs: kpis(loads, all)}
	red, err := m.redTile(r)
	if err != nil {
		return err
	}
	trend, err := m.trend(r, top)
	if err != nil {
		return err
	}
	d.Tiles = append(d.Tiles, red, ui.DashTile{Title: "各单位", Wide: true, Flush: true, Body: m.unitTable(loads, byUnit)}, trend)
	more, err := m.k.Slots().Show(r.Ctx, r.View, SlotCockpit, top)
	if err != nil {
		return err
	}
	for _, c := range more {
		d.Tiles = append(d.Tiles, ui.DashTile{Title: "群众评价", Body: c})
	}
	items, err := m.itemTile(r, top, today)
	if err != nil {
		return err
	}
	d.Tiles = append(d.Tiles, items)
	return w.ShowDesk(d)
}

func kpis(loads []Load, s Sums) ui.KPIStrip {
	var t Load
	for _, l := range loads {
		t.Open, t.Today, t.Late, t.LegalLate = t.Open+l.Open, t.Today+l.Today, t.Late+l.Late, t.LegalLate+l.LegalLate
		t.Blue, t.Yellow, t.Red = t.Blue+l.Blue, t.Yellow+l.Yellow, t.Red+l.Red
	}
	alarm := func(n int, tone ui.Tone) ui.Tone {
		if n == 0 {
			return ui.Neutral
		}
		return tone
	}
	n := strconv.Itoa
	return ui.KPIStrip{
		{Label: "在办", Value: n(t.Open), Unit: "件", URL: "/l/cases?show=open"},
		{Label: "今日到期", Value: n(t.Today), Unit: "件", URL: "/l/cases?show=today", Tone: alarm(t.Today, ui.Warn)},
		{Label: "红牌", Value: n(t.Red), Unit: "张", URL: "/sv/cards?tab=live&severity=stern", Tone: alarm(t.Red, ui.Bad)},
		{Label: "黄牌", Value: n(t.Yellow), Unit: "张", URL: "/sv/cards?tab=live&severity=yellow", Tone: alarm(t.Yellow, ui.Warn)},
		{Label: "蓝色提醒", Value: n(t.Blue), Unit: "条", URL: "/sv/cards?tab=live&severity=blue"},
		{Label: "超过法定期限", Value: n(t.LegalLate), Unit: "件", URL: "/l/cases?show=legal", Tone: alarm(t.LegalLate, ui.Bad)},
		{Label: "本月按时办结率", Value: s.OnTimeRate().String(), Note: fmt.Sprintf("办结 %d 件，提前 %s", s.Closed, s.EarlyRate()), URL: "/l/cases?show=closed"},
		{Label: "本月提速率", Value: s.LegalSpeedUp().String(), Note: "比法定期限；比承诺期限 " + s.PromisedSpeedUp().String(), URL: "/l/cases?show=closed"},
	}
}

// redTile lists the worst open cards first, with the phone of whoever can do something about them.
func (m *Module) redTile(r *web.Request) (ui.DashTile, error) {
	var cards []Card
	for _, s := range []Severity{Grave, Red, Yellow} {
		list, _, err := m.Cards(r.Ctx, r.View, Filter{Tab: TabOpen, Severity: s, Limit: 10 - len(cards)})
		if err != nil {
			return ui.DashTile{}, err
		}
		cards = append(cards, list...)
		if len(cards) >= 10 {
			break
		}
	}
	slices.SortStableFunc(cards, func(a, b Card) int {
		return cmp.Or(b.Severity.Rank()-a.Severity.Rank(), a.CrossedAt.Compare(b.CrossedAt))
	})
	tile := ui.DashTile{Title: "红黄牌（先办这些）", Wide: true, Flush: true, More: ui.Link{Label: "全部红黄牌", URL: "/sv/cards"}}
	if len(cards) == 0 {
		tile.Flush = false
		tile.Body = ui.EmptyState{Title: "没有待处理的红黄牌", Text: "所有办件都在期限以内。"}
		return tile, nil
	}
	duties, err := m.duties(r, cards)
	if err != nil {
		return tile, err
	}
	rows := make([]ui.Row, 0, len(cards))
	for _, c := range cards {
		person, phone := c.HolderName, ""
		if u, ok := m.org.Unit(c.Unit); ok {
			phone = u.Phone
		}
		if duty, is := duties[casework.ID(c.Thing)]; is {
			person, phone = cmp.Or(duty.Person, person), cmp.Or(duty.Phone, phone)
		}
		rows = append(rows, ui.Row{ID: c.ID, URL: "/sv/cards/" + c.ID, Tone: tone(c.Severity), Cells: []templ.Component{m.cardTag(c), ui.Two{Main: c.about(), Small: c.Title},
			ui.Two{Main: m.org.Name(c.Unit), Small: cmp.Or(person, "还没有人认领")}, ui.Text(cmp.Or(phone, "—")), ui.Text(c.Due), ui.Text(moves.Label(c.State))}})
	}
	tile.Body = ui.Table{Caption: "待处理的红黄牌", Columns: []ui.Column{{Label: "级别"}, {Label: "办件", Main: true}, {Label: "责任单位 / 经手人"}, {Label: "电话"}, {Label: "期限"}, {Label: "状态"}}, Rows: rows}
	return tile, nil
}

// duties says who answers now for the cases that cards are about.
func (m *Module) duties(r *web.Request, cards []Card) (map[casework.ID]casework.Duty, error) {
	var ids []string
	for _, c := range cards {
		if c.CaseNumber != "" {
			ids = append(ids, c.Thing)
		}
	}
	cases, err := m.cases.Some(r.Ctx, r.View, ids)
	if err != nil {
		return nil, err
	}
	return m.cases.Duties(r.Ctx, r.View, cases)
}

func (m *Module) unitTable(loads []Load, rates map[string]Sums) ui.Table {
	at := map[string]Load{}
	var codes []string
	for _, l := range loads {
		at[l.Unit] = l
		codes = append(codes, l.Unit)
	}
	for code := range rates {
		if _, ok := at[code]; !ok {
			codes = append(codes, code)
		}
	}
	slices.SortFunc(codes, func(a, b string) int {
		return cmp.Or(at[b].Red-at[a].Red, at[b].Yellow-at[a].Yellow, at[b].Open-at[a].Open, strings.Compare(a, b))
	})
	link := func(n int, address string) templ.Component {
		if n == 0 {
			return ui.Text("0")
		}
		return ui.Anchor{Label: strconv.Itoa(n), URL: address}
	}
	rate := func(x Rate, address string) templ.Component {
		if !x.Known {
			return ui.Text(x.String())
		}
		return ui.Anchor{Label: x.String(), URL: address}
	}
	t := ui.Table{Caption: "各单位在办和本月办结", Columns: []ui.Column{{Label: "单位", Main: true}, {Label: "在办", Number: true}, {Label: "今日到期", Number: true}, {Label: "红牌", Number: true},
		{Label: "黄牌", Number: true}, {Label: "本月办结", Number: true}, {Label: "按时办结率", Number: true}, {Label: "法定提速率", Number: true, Wide: true}, {Label: "承诺提速率", Number: true, Wide: true}}}
	for _, code := range codes {
		l, s, q := at[code], rates[code], "&unit="+url.QueryEscape(code)
		t.Rows = append(t.Rows, ui.Row{ID: code, URL: "/l/units/" + url.PathEscape(code), Cells: []templ.Component{ui.Text(m.org.Name(code)), link(l.Open, "/l/cases?show=open"+q),
			link(l.Today, "/l/cases?show=today"+q), link(l.Red, "/sv/cards?tab=live&severity=stern"+q), link(l.Yellow, "/sv/cards?tab=live&severity=yellow"+q),
			link(int(s.Closed), "/l/cases?show=closed"+q), rate(s.OnTimeRate(), "/l/cases?show=closed"+q), rate(s.LegalSpeedUp(), "/l/cases?show=closed"+q), rate(s.PromisedSpeedUp(), "/l/cases?show=closed"+q)}})
	}
	return t
}

func hundred(r Rate) float64 {
	if !r.Known {
		return math.NaN()
	}
	return math.Round(r.Value*1000) / 10
}

func (m *Module) trend(r *web.Request, unit string) (ui.DashTile, error) {
	months, err := m.Months(r.Ctx, r.View, unit, calendar.DayOf(r.Now), 6)
	if err != nil {
		return ui.DashTile{}, err
	}
	line := chart.Line{Caption: chart.Caption{Title: "近六个月按时办结率和提速率"}, LabelTitle: "月份", Unit: "%",
		Series: []chart.Series{{Name: "按时办结率"}, {Name: "法定提速率"}, {Name: "承诺提速率"}}}
	for _, x := range months {
		line.Labels = append(line.Labels, x.Label)
		for i, rate := range []Rate{x.OnTimeRate(), x.LegalSpeedUp(), x.PromisedSpeedUp()} {
			line.Series[i].Values = append(line.Series[i].Values, hundred(rate))
		}
	}
	head, body := line.Table()
	table := ui.Table{Caption: "近六个月按时办结率和提速率"}
	for _, h := range head {
		table.Columns = append(table.Columns, ui.Column{Label: h, Number: len(table.Columns) > 0})
	}
	for _, cells := range body {
		table.Rows = append(table.Rows, ui.Row{Cells: ui.Cells(cells...)})
	}
	note := "按办结日期统计；实际用时为工作时间，扣除依法不计入期限的时间；即办件不计入提速率。"
	return ui.DashTile{Title: "逐月走势", Wide: true, Body: ui.Figure{SVG: line.SVG(), Label: "近六个月按时办结率和提速率的走势", Table: table, Note: note}}, nil
}

func (m *Module) itemTile(r *web.Request, unit string, today calendar.Day) (ui.DashTile, error) {
	rates, err := m.RatesBy(r.Ctx, r.View, ByItem, unit, monthOf(today), today)
	if err != nil {
		return ui.DashTile{}, err
	}
	names := map[string]string{}
	codes := make([]string, 0, len(rates))
	for code := range rates {
		codes = append(codes, code)
		names[code] = m.itemName(code)
	}
	slices.SortFunc(codes, func(a, b string) int {
		return cmp.Or(cmp.Compare(rates[b].Closed, rates[a].Closed), strings.Compare(a, b))
	})
	t := ui.Table{Caption: "本月各事项办结", Columns: []ui.Column{{Label: "事项", Main: true}, {Label: "办结", Number: true}, {Label: "按时", Number: true}, {Label: "法定提速率", Number: true}}}
	for _, code := range codes[:min(len(codes), 12)] {
		s := rates[code]
		list := url.Values{"show": {string(ShowClosed)}, "item": {code}}
		if unit != "" {
			list.Set("unit", unit)
		}
		t.Rows = append(t.Rows, ui.Row{ID: code, URL: "/l/cases?" + list.Encode(), Cells: ui.Cells(names[code], strconv.FormatInt(s.Closed, 10), s.OnTimeRate().String(), s.LegalSpeedUp().String())})
	}
	tile := ui.DashTile{Title: "本月各事项", Flush: true, Body: t}
	if len(t.Rows) == 0 {
		tile.Flush, tile.Body = false, ui.EmptyState{Title: "本月还没有办结的事项"}
	}
	return tile, nil
}

func (m *Module) showUnit(w *web.Response, r *web.Request) error {
	u, ok := m.org.Unit(r.PathValue("code"))
	if !ok || !r.Actor.May(PermRead, authz.Place{Unit: u.Code}) {
		return problem.NotFound("没有这个单位，或者不在您可以查看的范围")
	}
	today := calendar.DayOf(r.Now)
	loads, err := m.Loads(r.Ctx, r.View, u.Code)
	if err != nil {
		return err
	}
	now, err := m.Rates(r.Ctx, r.View, u.Code, monthOf(today), today)
	if err != nil {
		return err
	}
	past, err := m.Rates(r.Ctx, r.View, u.Code, monthOf(today).PlusMonths(-1), monthOf(today).Plus(-1))
	if err != nil {
		return err
	}
	lost, err := m.Points(r.Ctx, r.View, u.Code, monthOf(today), today)
	if err != nil {
		return err
	}
	d := ui.Dashboard{Title: u.Short, Lead: strings.TrimSpace(u.Name + " " + u.Phone), Updated: "数据时间 " + when(r.Now), KPIs: kpis(loads, now)}
	for i := range d.KPIs {
		if d.KPIs[i].URL != "" {
			d.KPIs[i].URL += "&unit=" + url.QueryEscape(u.Code)
		}
	}
	row := func(name string, f func(Sums) Rate) ui.Row {
		return ui.Row{Cells: ui.Cells(name, f(now).String(), f(past).String())}
	}
	d.Tiles = append(d.Tiles, ui.DashTile{Title: "和上月比", Flush: true, Body: ui.Table{Caption: "本月和上月", Columns: []ui.Column{{Label: "指标", Main: true}, {Label: "本月", Number: true}, {Label: "上月", Number: true}},
		Rows: []ui.Row{row("按时办结率", Sums.OnTimeRate), row("提前办结率", Sums.EarlyRate), row("法定提速率", Sums.LegalSpeedUp), row("承诺提速率", Sums.PromisedSpeedUp),
			{Cells: ui.Cells("办结件数", strconv.FormatInt(now.Closed, 10), strconv.FormatInt(past.Closed, 10))},
			{Cells: ui.Cells("本月计分", strconv.FormatFloat(float64(lost)/100, 'f', -1, 64), "")}}}})
	trend, err := m.trend(r, u.Code)
	if err != nil {
		return err
	}
	d.Tiles = append(d.Tiles, trend)
	more, err := m.k.Slots().Show(r.Ctx, r.View, SlotCockpit, u.Code)
	if err != nil {
		return err
	}
	for _, c := range more {
		d.Tiles = append(d.Tiles, ui.DashTile{Title: "群众评价", Body: c})
	}
	return w.ShowDesk(d)
}

var shows = []struct {
	Show  Show
	Label string
}{{ShowOpen, "在办"}, {ShowToday, "今日到期"}, {ShowLate, "已超期"}, {ShowLegal, "超过法定期限"}, {ShowClosed, "本月办结"}, {ShowMissed, "本月超期办结"}}

func (m *Module) showCases(w *web.Response, r *web.Request) error {
	show, unit, item := Show(r.Value("show")), r.Value("unit"), r.Value("item")
	if !slices.ContainsFunc(shows, func(s struct {
		Show  Show
		Label string
	}) bool {
		return s.Show == show
	}) {
		show = ShowOpen
	}
	rows, next, err := m.Watched(r.Ctx, r.View, show, unit, item, r.Value("after"), 50)
	if err != nil {
		return err
	}
	address := func(s Show, after string) string {
		q := url.Values{"show": {string(s)}}
		if unit != "" {
			q.Set("unit", unit)
		}
		if item != "" {
			q.Set("item", item)
		}
		if after != "" {
			q.Set("after", after)
		}
		return "/l/cases?" + q.Encode()
	}
	list := ui.List{Title: "办件时限", Filters: ui.FilterBar{Into: "list", Keep: map[string]string{"show": string(show), "item": item}, Fields: []templ.Component{
		ui.Select{Name: "unit", Label: "单位", Blank: "全部单位", Value: unit, Options: m.unitOptions(r.View)}}},
		Table: ui.Table{Caption: "办件", Columns: []ui.Column{{Label: "编号", Code: true, Main: true}, {Label: "事项"}, {Label: "单位"}, {Label: "状态"}, {Label: "本步期限"}, {Label: "法定期限"}},
			Rows: ui.Rows(rows, func(c CaseRow) ui.Row {
				return ui.Row{ID: c.ID, URL: "/w/cases/" + c.Number, Cells: ui.Cells(c.Number, c.ItemName, m.org.Name(c.Unit), casework.StageLabel(casework.Stage(c.Stage)),
					cmp.Or(casework.LastDay(c.Due), "—"), cmp.Or(casework.LastDay(c.Legal), "—"))}
			})},
		Empty: ui.EmptyState{Title: "没有这样的办件"}}
	for _, s := range shows {
		list.Tabs.Tabs = append(list.Tabs.Tabs, ui.Tab{Label: s.Label, URL: address(s.Show, ""), Current: s.Show == show})
	}
	list.Tabs.Into = "list"
	if item != "" {
		list.Lead = "只看：" + m.itemName(item)
	}
	if next != "" {
		list.Pager = ui.Pager{NextURL: address(show, next), Into: "list"}
	}
	return w.ShowDesk(list)
}
