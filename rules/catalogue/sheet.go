package catalogue

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"tongban/base/org"
	"tongban/base/servicepoint"
	"tongban/kernel/pack"
	"tongban/kernel/web"
	"tongban/ui"
)

// showItem is the guide sheet (办事指南) of an item: blocks in the order in which people know them, so that every sheet reads alike.
func (m *Module) showItem(w *web.Response, r *web.Request) error {
	ed := m.k.Library.Current()
	i, err := FindItem(ed, r.Value("code"))
	if err != nil {
		return err
	}
	s := sheet{ed, i}
	page := ui.Article{Title: i.Name, Tags: s.tags(), Meta: []string{KindName(i.Kind), s.unit().Name},
		Lead:   s.lead(),
		Body:   i.Linked(r, ed),
		Source: fmt.Sprintf("标准数据第 %d 版，本事项第 %d 个版本。标“待核实”的内容使用前由县里核对，标“本县规定”的各地可能不同。", ed.Number, ed.Version(KindItem, i.Code)),
		Sections: []ui.Section{
			{ID: "basics", Title: "基本信息", Body: ui.DescriptionList{Facts: s.basics(), Wide: true}},
			{ID: "conditions", Title: "受理条件", Body: s.conditions()},
			{ID: "materials", Title: "材料", Lead: "带条件的材料只在所写情形下才要；有电子证照的免交。", Body: s.materials()},
			{ID: "flow", Title: "流程", Body: s.flow()},
			{ID: "basis", Title: "依据", Body: s.basis()},
			{ID: "fees", Title: "收费", Body: s.fees()},
			{ID: "windows", Title: "窗口", Body: s.windows()},
			{ID: "faq", Title: "常见问题", Body: s.faq()},
			{ID: "remedy", Title: "不服决定怎么办", Body: s.remedy()},
			{ID: "versions", Title: "权限和版本", Body: s.versions()},
		}}
	page.Actions = append(page.Actions, ui.LinkButton{Label: "按我的情况导办", URL: "/items/" + i.Code + "/ask"})
	if board := m.k.Slots(); board != nil {
		actions, err := board.Show(r.Ctx, r.View, SlotItemActions, i.Code)
		if err != nil {
			return err
		}
		page.Actions = append(page.Actions, actions...)
		more, err := board.Show(r.Ctx, r.View, SlotItem, i.Code)
		if err != nil {
			return err
		}
		if len(more) > 0 {
			page.Sections = append(page.Sections, ui.Section{ID: "more", Title: "群众评价和办理情况", Body: ui.Group(more)})
		}
	}
	if in := s.partOf(); len(in) > 0 {
		page.Notice = ui.Notice{Tone: ui.Info, Title: "这个事项常常和别的一起办", Text: "从“一件事”进来，只填一张表，材料只交一次。", Body: ui.LinkList{Links: in}}
	}
	frame := ui.PublicPage{Page: ui.Page{Title: i.Name + " 办事指南", Crumbs: []ui.Link{{Label: "首页", URL: "/"}, {Label: "事项目录", URL: "/items"}, {Label: i.Name}}}}
	return w.ShowPublic(frame, page)
}

// sheet is the guide sheet of one item in the making.
type sheet struct {
	ed *pack.Edition
	i  Item
}

func (s sheet) unit() org.Unit {
	u, ok := pack.Find[org.Unit](s.ed, org.Kind, s.i.Unit)
	if !ok {
		return org.Unit{Code: s.i.Unit, Name: s.i.Unit, Short: s.i.Unit}
	}
	return u
}

func (s sheet) tags() []ui.Tag {
	var out []ui.Tag
	for _, c := range badges(s.i) {
		if t, ok := c.(ui.Tag); ok {
			out = append(out, t)
		}
	}
	return out
}

func (s sheet) lead() string {
	words := s.i.Promised.String()
	switch {
	case words == "":
		words = "没有写承诺时限"
	case s.i.Promised.Amount > 0:
		words = "承诺 " + words + "办结"
	}
	if s.i.Statutory.Unit != "" {
		words += "（法定 " + s.i.Statutory.String() + "）"
	}
	return words + "；" + visits(s.i) + "；" + s.feeWords() + "。"
}

func (s sheet) feeWords() string {
	if len(s.i.Fees) == 0 {
		return "不收费"
	}
	return "按标准收费"
}

// mark is how far a fact may be trusted, as a citizen reads it; a verified one carries none.
func (m Mark) tag() ui.Tag {
	switch m {
	case Unverified:
		return ui.Tag{Text: "待核实", Tone: ui.Warn}
	case Local:
		return ui.Tag{Text: "本县规定"}
	}
	return ui.Tag{}
}

// MarkWords is the mark as a citizen reads it: 待核实, 本县规定; empty for what is verified.
func MarkWords(m Mark) string { return m.tag().Text }

// marked puts the mark of a field behind its words.
func (s sheet) marked(field, words string, own Mark) ui.Fact {
	m := own
	if m == "" {
		m = s.i.Marks[field]
	}
	f := ui.Fact{Value: words}
	if t := m.tag(); t.Text != "" && words != "" {
		f.Body = ui.Group{ui.Text(words + " "), t}
	}
	return f
}

func (s sheet) basics() []ui.Fact {
	i := s.i
	u := s.unit()
	fact := func(term, field, words string, own Mark) ui.Fact {
		f := s.marked(field, words, own)
		f.Term = term
		return f
	}
	limit := func(l Limit) string {
		if l.Note != "" && l.Unit != "" {
			return l.String() + "（" + strings.TrimSuffix(l.Note, "。") + "）"
		}
		return l.String()
	}
	out := []ui.Fact{
		fact("实施编码", "basic_code", or(grouped(ImplementationCodeOf(s.ed, i)), "基本编码 "+i.BasicCode), ""),
		fact("实施单位", "unit", u.Name, ""),
		fact("办件类型", "handling", map[Handling]string{Instant: "即办件", Promised: "承诺件"}[i.Handling], ""),
		fact("法定办结时限", "statutory", limit(i.Statutory), i.Statutory.Mark),
		fact("承诺办结时限", "promised", limit(i.Promised), i.Promised.Mark),
		fact("到现场次数", "visits", visits(i)+note(i.VisitWhy), ""),
		fact("服务对象", "subjects", s.subjects(), ""),
		fact("行使层级", "level", LevelName(i.Level), ""),
		fact("通办范围", "scope", i.Scope, ""),
		fact("办理结果", "result", s.result(), ""),
		fact("怎么办", "service", s.ways(), ""),
		fact("咨询电话", "phone", or(i.Phone, u.Phone), ""),
		fact("监督投诉", "complaint", or(i.Complaint, "12345"), ""),
	}
	if i.Delegator != "" {
		out = append(out, fact("委托部门", "delegator", unitFull(s.ed, i.Delegator), ""))
	}
	if len(i.Joint) > 0 {
		var names []string
		for _, j := range i.Joint {
			names = append(names, unitFull(s.ed, j))
		}
		out = append(out, fact("联办单位", "joint", strings.Join(names, "、"), ""))
	}
	return out
}

// grouped writes an implementation or handling code so that a person can compare it.
func grouped(code string) string {
	if len(code) < 31 {
		return ""
	}
	return strings.TrimSpace(ImplementationCode(code[:31]).Grouped() + " " + code[31:])
}

func note(words string) string {
	if words == "" {
		return ""
	}
	return "（" + words + "）"
}

func unitFull(ed *pack.Edition, code string) string {
	if u, ok := pack.Find[org.Unit](ed, org.Kind, code); ok {
		return u.Name
	}
	return code
}

func (s sheet) subjects() string {
	var names []string
	for _, x := range s.i.Subjects {
		names = append(names, subjectName(x))
	}
	return strings.Join(names, "、")
}

func (s sheet) result() string {
	r := s.i.Result
	if r.Name == "" {
		return ""
	}
	if r.Years > 0 {
		return r.Name + "，有效期 " + strconv.Itoa(r.Years) + " 年"
	}
	return r.Name
}

func (s sheet) ways() string {
	v := s.i.Service
	var out []string
	for _, x := range []struct {
		yes   bool
		words string
	}{{v.Online, "网上办"}, {len(s.i.Windows) > 0, "窗口办"}, {v.Kiosk, "自助终端办"}, {v.Post, "邮寄办"}, {v.Booking, "可预约"}, {v.OnlineFee, "网上缴费"}} {
		if x.yes {
			out = append(out, x.words)
		}
	}
	return strings.Join(out, "、")
}

func (s sheet) conditions() templ.Component {
	var rows []ui.Row
	for _, c := range s.i.Conditions {
		rows = append(rows, ui.Row{Cells: []templ.Component{ui.Text(c.Text), ui.Text(or(s.when(c.When), "所有情形")), ui.Text(or(c.Basis, "—"))}})
	}
	for _, p := range s.i.Prohibited {
		rows = append(rows, ui.Row{Tone: ui.Warn, Cells: []templ.Component{ui.Text("禁止：" + p), ui.Text("所有情形"), ui.Text("—")}})
	}
	var out ui.Group
	for _, n := range s.i.Needs {
		if i, err := FindItem(s.ed, n); err == nil {
			out = append(out, ui.Notice{Tone: ui.Warn, Text: "要先办好“" + i.Name + "”。", Actions: ui.Actions{ui.LinkButton{Label: "看它怎么办", URL: "/items/" + i.Code, Kind: ui.Quiet}}})
		}
	}
	if len(rows) > 0 {
		out = append(out, ui.Table{Caption: "受理条件", Columns: []ui.Column{{Label: "条件", Main: true}, {Label: "适用情形"}, {Label: "依据"}}, Rows: rows})
	}
	if s.i.Quota != "" {
		out = append(out, ui.Text("数量限制："+s.i.Quota))
	}
	if len(out) == 0 {
		return ui.Text("没有特别条件。")
	}
	return out
}

// when puts a condition into words as far as that is simple; else it names the questions it depends on.
func (s sheet) when(when string) string {
	if strings.TrimSpace(when) == "" {
		return ""
	}
	r, err := Rule(s.ed, when)
	if err != nil {
		return ""
	}
	var names []string
	for _, v := range r.Variables() {
		if q, ok := pack.Find[Question](s.ed, KindQuestion, v); ok {
			names = append(names, q.Label())
		}
	}
	return "看情形：" + strings.Join(names, "、")
}

func (s sheet) materials() templ.Component {
	var rows []ui.Row
	for _, n := range s.i.Materials {
		t, _ := pack.Find[coded](s.ed, "material", n.Type)
		name := ui.Group{ui.Two{Main: or(t.Name, n.Type), Small: n.Standard}}
		if tag := n.Mark.tag(); tag.Text != "" {
			name = append(name, tag)
		}
		spared := "—"
		if len(n.Waivers) > 0 {
			spared = n.Waivers[0].Why
		}
		rows = append(rows, ui.Row{Cells: []templ.Component{name, ui.Text(necessity(n)), ui.Text(copies(n)), ui.Text(or(s.when(n.When), "所有情形")), ui.Text(or(spared, "—"))}})
	}
	if len(rows) == 0 {
		return ui.Text("不用交材料。")
	}
	return ui.Table{Caption: "申请材料", Columns: []ui.Column{{Label: "材料", Main: true}, {Label: "必要性"}, {Label: "份数"}, {Label: "适用情形"}, {Label: "怎样免交"}}, Rows: rows}
}

func necessity(n MaterialNeed) string {
	switch n.Necessity {
	case "optional":
		return "选交"
	case "tolerable":
		if n.Tolerance.Days > 0 {
			return fmt.Sprintf("可容缺，%d 个工作日内补", n.Tolerance.Days)
		}
		return "可容缺"
	}
	return "必交"
}

func copies(n MaterialNeed) string {
	var out []string
	if n.Originals > 0 {
		out = append(out, fmt.Sprintf("原件 %d 份", n.Originals))
	}
	if n.Copies > 0 {
		out = append(out, fmt.Sprintf("复印件 %d 份", n.Copies))
	}
	if slices.Contains(n.Form, "electronic") {
		out = append(out, "可传电子件")
	}
	return or(strings.Join(out, "，"), "1 份")
}

func (s sheet) flow() templ.Component {
	names := map[string]string{"accept": "受理", "assess": "审查", "decide": "决定", "deliver": "送达"}
	var rows []ui.Row
	for _, st := range s.i.Stages {
		days := "当场"
		if st.Days > 0 {
			days = fmt.Sprintf("%d 个工作日", st.Days)
		}
		rows = append(rows, ui.Row{Cells: []templ.Component{ui.Text(or(names[st.Stage], st.Stage)), ui.Text(st.Post), ui.Text(days), ui.Text(or(st.Standard, "—")), ui.Text(or(st.Result, "—"))}})
	}
	var out ui.Group
	if len(rows) > 0 {
		out = append(out, ui.Table{Caption: "办理流程", Columns: []ui.Column{{Label: "环节", Main: true}, {Label: "岗位"}, {Label: "时限"}, {Label: "审查标准"}, {Label: "结果"}}, Rows: rows})
	}
	for _, p := range s.i.Excluded {
		out = append(out, ui.Text(fmt.Sprintf("%s所需时间不计入办理时限，最长 %s（%s）。", procedure(p.Kind), p.Limit, or(p.Basis, "行政许可法第四十五条"))))
	}
	if len(out) == 0 {
		return ui.Text("申请 → 受理 → 审查 → 决定 → 送达。")
	}
	return out
}

func procedure(kind string) string {
	if n := map[string]string{"hearing": "听证", "tender": "招标", "auction": "拍卖", "inspection": "检验", "testing": "检测", "quarantine": "检疫", "appraisal": "鉴定", "expert_review": "专家评审"}[kind]; n != "" {
		return n
	}
	return kind
}

func (s sheet) basis() templ.Component {
	var out ui.Group
	for _, b := range s.i.LegalBasis {
		name := "《" + b.Law + "》" + b.Number + b.Article
		facts := []ui.Fact{}
		if b.Text != "" {
			facts = append(facts, ui.Fact{Term: "条款内容", Value: b.Text})
		}
		if b.Issuer != "" {
			facts = append(facts, ui.Fact{Term: "发布机关", Value: b.Issuer})
		}
		if b.Since != "" {
			facts = append(facts, ui.Fact{Term: "施行日期", Value: b.Since})
		}
		body := ui.Group{ui.DescriptionList{Facts: facts}}
		if t := b.Mark.tag(); t.Text != "" {
			body = append(ui.Group{t}, body...)
		}
		out = append(out, ui.Disclosure(ui.DisclosureSpec{Summary: name, Open: len(s.i.LegalBasis) == 1, Body: body}))
	}
	return out
}

func (s sheet) fees() templ.Component {
	if len(s.i.Fees) == 0 {
		return ui.Text("不收费。")
	}
	var rows []ui.Row
	for _, f := range s.i.Fees {
		amount := templ.Component(ui.Money{Fen: f.Amount})
		if f.Rule != "" || f.Text != "" {
			amount = ui.Text(or(f.Text, "按标准计算"))
		}
		name := ui.Group{ui.Two{Main: f.Name, Small: f.Per}}
		if t := f.Mark.tag(); t.Text != "" {
			name = append(name, t)
		}
		rows = append(rows, ui.Row{Cells: []templ.Component{name, amount, ui.Text(or(f.Basis, "—")), ui.Text(or(f.Waive, "—"))}})
	}
	return ui.Table{Caption: "收费项目", Columns: []ui.Column{{Label: "项目", Main: true}, {Label: "标准"}, {Label: "依据"}, {Label: "减免"}}, Rows: rows}
}

func (s sheet) windows() templ.Component {
	facts := WindowFacts(s.ed, s.i.Windows)
	u := s.unit()
	if len(facts) == 0 {
		facts = []ui.Fact{{Term: u.Short, Value: strings.TrimSpace(u.Address + "\n" + u.Hours + "\n电话 " + or(s.i.Phone, u.Phone))}}
	}
	return ui.DescriptionList{Facts: facts}
}

// WindowFacts describes windows such as hall/A01: where they are, when they are open, whom to call.
func WindowFacts(ed *pack.Edition, windows []string) []ui.Fact {
	var out []ui.Fact
	for _, w := range windows {
		code, no, _ := strings.Cut(w, "/")
		p, ok := pack.Find[servicepoint.Point](ed, servicepoint.Kind, code)
		if !ok {
			continue
		}
		term := p.Name
		for _, c := range p.Counters {
			if c.No == no {
				term += " " + no + " 号窗口 " + c.Name
			}
		}
		if n := slices.IndexFunc(out, func(f ui.Fact) bool { return f.Term == term }); n >= 0 {
			continue
		}
		lines := []string{p.Address}
		for _, h := range p.Hours {
			lines = append(lines, strings.TrimSpace(map[string]string{"summer": "夏季", "winter": "冬季"}[h.Season]+" "+or(h.Text, h.From+"—"+h.To)))
		}
		if p.Phone != "" {
			lines = append(lines, "电话 "+p.Phone)
		}
		out = append(out, ui.Fact{Term: term, Value: strings.Join(lines, "\n")})
	}
	return out
}

func (s sheet) faq() templ.Component {
	var out ui.Group
	for _, q := range s.i.Questions {
		out = append(out, ui.Disclosure(ui.DisclosureSpec{Summary: q.Q, Body: ui.Text(q.A)}))
	}
	if len(out) == 0 {
		return ui.Text("还没有整理。有疑问请拨打 " + or(s.i.Phone, "12345") + "。")
	}
	return out
}

func (s sheet) remedy() templ.Component {
	return ui.DescriptionList{Facts: []ui.Fact{
		{Term: "行政复议", Value: or(s.i.Remedy.Review, "县人民政府（行政复议机构）")},
		{Term: "行政诉讼", Value: or(s.i.Remedy.Court, "有管辖权的人民法院")},
	}}
}

// versions says since when the unit decides, and which version of the standard this is.
func (s sheet) versions() templ.Component {
	var facts []ui.Fact
	for _, t := range s.i.Transfers {
		facts = append(facts, ui.Fact{Term: "权限划转", Value: fmt.Sprintf("%s 起由%s划转到%s，依据%s", t.Date, unitName(s.ed, t.From), unitName(s.ed, t.To), t.Instrument)})
	}
	version := fmt.Sprintf("本事项第 %d 个版本", s.ed.Version(KindItem, s.i.Code))
	if s.i.Effective != "" {
		version += "，" + s.i.Effective + " 起生效"
	}
	facts = append(facts, ui.Fact{Term: "版本", Value: fmt.Sprintf("%s；随标准数据第 %d 版发布。已经受理的办件按受理时的版本办。", version, s.ed.Number)})
	return ui.DescriptionList{Facts: facts}
}

// partOf lists the things (一件事) that the item belongs to.
func (s sheet) partOf() []ui.NotedLink {
	var out []ui.NotedLink
	for _, b := range Bundles(s.ed) {
		if slices.ContainsFunc(b.Parts, func(p Part) bool { return p.Item == s.i.Code }) {
			out = append(out, ui.NotedLink{Link: ui.Link{Label: b.Name, URL: "/events/" + b.Code}, Note: b.Summary})
		}
	}
	return out
}
