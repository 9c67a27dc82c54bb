package seal

import (
	"bytes"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"

	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/sheet"
	"tongban/kernel/web"
	"tongban/ui"
)

func (m *Module) routes() []web.Route {
	return []web.Route{
		web.Page("/w/seals", PermRead, m.showRegister),
		web.Page("/w/seals/register.xlsx", PermRead, m.exportRegister).Costly(),
		web.Page("/w/seals/uses/{id}", PermRead, m.showUse),
		web.Form("/w/seals/uses/{id}/release", PermRelease, m.postRelease),
		web.Form("/w/seals/uses/{id}/void", PermRelease, m.postVoid),
		web.Page("/w/seals/marks", PermRead, m.showSeals),
		web.Page("/w/seals/marks/new", PermManage, m.showFounding),
		web.Form("/w/seals/marks/new", PermManage, m.postFounding),
		web.Page("/w/seals/marks/{code}", PermRead, m.showSeal),
		web.Form("/w/seals/marks/{code}/rule", PermRelease, m.postRule),
		web.Form("/w/seals/marks/{code}/move", PermManage, m.postMove),
		web.Page("/seals/{file}", authz.Anyone, m.serveCertificate),
	}
}

func clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(web.Beijing).Format("2006-01-02 15:04")
}

func tag(s State) ui.Tag {
	return ui.Tag{Text: Moves().Label(s), Tone: map[State]ui.Tone{Intended: ui.Warn, Released: ui.Info, Signed: ui.OK, Voided: ui.Bad}[s]}
}

func releasedBy(u Use) string {
	switch {
	case u.ReleasedBy == "":
		return ""
	case u.ReleasedRule != "":
		return "按规则“" + u.ReleasedRule + "”（" + u.ReleasedName + " 负责）"
	}
	return u.ReleasedName
}

func (m *Module) showRegister(w *web.Response, r *web.Request) error {
	state := State(r.Value("state"))
	uses, next, err := m.Register(r.Ctx, r.View, Filter{Seal: r.Value("seal"), State: state, After: r.Value("after")})
	if err != nil {
		return err
	}
	list := ui.List{Title: "用印登记", Lead: "每次用印先登记、再放行、后签章；登记不可更改。",
		Actions: []templ.Component{ui.LinkButton{Label: "印章", URL: "/w/seals/marks", Kind: ui.Secondary, Icon: ui.IconStamp},
			ui.LinkButton{Label: "导出", URL: "/w/seals/register.xlsx?state=" + string(state), Kind: ui.Quiet, Icon: ui.IconDownload, Download: true}},
		Tabs:  ui.Tabs{Into: "list", Tabs: []ui.Tab{{Label: "全部", URL: "/w/seals", Current: state == ""}}},
		Empty: ui.EmptyState{Title: "没有用印记录", Text: "准予的决定需要证照或文书时，系统会在这里登记。", Icon: ui.IconStamp},
		Table: ui.Table{Caption: "用印登记", Columns: []ui.Column{{Label: "文书", Main: true}, {Label: "用途"}, {Label: "决定人"}, {Label: "放行"}, {Label: "登记时间"}, {Label: "状态"}}}}
	for _, s := range []State{Intended, Released, Signed, Voided} {
		list.Tabs.Tabs = append(list.Tabs.Tabs, ui.Tab{Label: Moves().Label(s), URL: "/w/seals?state=" + string(s), Current: state == s})
	}
	list.Table.Rows = ui.Rows(uses, func(u Use) ui.Row {
		return ui.Row{ID: u.ID, URL: "/w/seals/uses/" + u.ID, Cells: []templ.Component{ui.Two{Main: u.Title, Small: u.CaseNumber}, ui.Text(PurposeName(u.Purpose)),
			ui.Text(u.DecidedName), ui.Text(releasedBy(u)), ui.Text(clock(u.RequestedAt)), tag(u.State)}}
	})
	if next != "" {
		list.Pager = ui.Pager{NextURL: "/w/seals?state=" + string(state) + "&after=" + next, Into: "list"}
	}
	return w.ShowDesk(list)
}

const mostExported = 20_000

func (m *Module) exportRegister(w *web.Response, r *web.Request) error {
	uses, _, err := m.Register(r.Ctx, r.View, Filter{Seal: r.Value("seal"), State: State(r.Value("state")), Limit: mostExported})
	if err != nil {
		return err
	}
	var out bytes.Buffer
	err = sheet.Write(&out, sheet.Sheet{Name: "用印登记", Columns: []sheet.Column{{Title: "登记号", Width: 30}, {Title: "印章"}, {Title: "文书", Width: 40}, {Title: "办件编号", Width: 20},
		{Title: "用途"}, {Title: "文件SM3", Width: 66}, {Title: "决定人"}, {Title: "放行", Width: 30}, {Title: "登记时间", Width: 18}, {Title: "放行时间", Width: 18}, {Title: "状态"}, {Title: "理由", Width: 30}},
		Rows: func(yield func([]any, error) bool) {
			for _, u := range uses {
				if !yield([]any{u.ID, u.Seal, u.Title, u.CaseNumber, PurposeName(u.Purpose), u.Hash, u.DecidedName, releasedBy(u), clock(u.RequestedAt), clock(u.ReleasedAt), Moves().Label(u.State), u.Reason}, nil) {
					return
				}
			}
		}})
	if err != nil {
		return err
	}
	return w.Download("用印登记.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", r.Now, false, bytes.NewReader(out.Bytes()))
}

// seen reads a use that the viewer's reach covers; any other is unknown to him.
func (m *Module) seen(r *web.Request) (Use, Seal, error) {
	u, err := m.Use(r.Ctx, r.View, r.PathValue("id"))
	if err != nil {
		return u, Seal{}, err
	}
	s, err := m.Find(r.Ctx, r.View, u.Seal)
	if err == nil && !r.Actor.May(PermRead, authz.Place{Unit: s.Unit}) {
		err = problem.NotFound("没有这条用印登记")
	}
	return u, s, err
}

func (m *Module) showUse(w *web.Response, r *web.Request) error {
	page, err := m.usePage(r, nil)
	if err != nil {
		return err
	}
	return w.ShowDesk(page)
}

func (m *Module) usePage(r *web.Request, cause error) (ui.Detail, error) {
	u, s, err := m.seen(r)
	if err != nil {
		return ui.Detail{}, err
	}
	d := ui.Detail{Title: u.Title, Number: u.CaseNumber, Tags: []ui.Tag{tag(u.State)}, Back: ui.Link{Label: "返回用印登记", URL: "/w/seals"},
		Facts: []ui.Fact{{Term: "印章", Value: s.Name}, {Term: "用途", Value: PurposeName(u.Purpose)}, {Term: "作出决定", Value: u.DecidedName}, {Term: "放行", Value: releasedBy(u)}},
		Sections: []ui.Section{{ID: "register", Title: "登记内容", Body: ui.DescriptionList{Facts: []ui.Fact{{Term: "登记号", Value: u.ID}, {Term: "文件 SM3 值", Value: u.Hash},
			{Term: "登记时间", Value: clock(u.RequestedAt)}, {Term: "放行时间", Value: clock(u.ReleasedAt)}, {Term: "结束时间", Value: clock(u.EndedAt)}, {Term: "退回理由", Value: orDash(u.Reason)}}}}}}
	if cause != nil {
		d.Notice = ui.Notice{Tone: ui.Bad, Title: "没有办成", Text: problem.MessageFor(cause)}
	}
	if sig, err := m.Signature(r.Ctx, r.View, u.ID); err == nil {
		d.Sections = append(d.Sections, ui.Section{ID: "signature", Title: "签章", Body: ui.DescriptionList{Facts: []ui.Fact{{Term: "签章时间", Value: clock(sig.At)}, {Term: "算法", Value: "SM2 签名，SM3 摘要"},
			{Term: "证书", Body: ui.Anchor{Label: "下载印章证书", URL: "/seals/" + u.Seal + ".pem"}}}}})
	}
	if (u.State == Intended || u.State == Released) && r.Actor.May(PermRelease, authz.Place{Unit: s.Unit}) {
		if why := MayRelease(s, u, r.Actor); why != nil {
			d.Sections = append(d.Sections, ui.Section{ID: "act", Title: "放行", Body: ui.Notice{Tone: ui.Warn, Text: problem.MessageFor(why)}})
			return d, nil
		}
		var forms ui.Group
		if u.State == Intended {
			forms = append(forms, ui.Form(ui.FormSpec{Action: "/w/seals/uses/" + u.ID + "/release", Once: r.Fresh(), Label: "放行", Body: ui.Button{Label: "放行用印", Icon: ui.IconStamp, Shortcut: "Alt+Enter"}}))
		}
		forms = append(forms, ui.Disclosure(ui.DisclosureSpec{Summary: "不放行，退回作废", Open: cause != nil, Body: ui.Form(ui.FormSpec{Action: "/w/seals/uses/" + u.ID + "/void", Once: r.Fresh(), Label: "退回作废",
			Body: ui.Group{ui.Field{Kind: ui.Multiline, Name: "reason", Label: "退回理由", Hint: "承办人会看到", Rows: 3}, ui.Button{Label: "退回作废", Kind: ui.Danger}}})}))
		d.Sections = append(d.Sections, ui.Section{ID: "act", Title: "放行", Lead: "放行后系统立即签章，不能收回。请先核对文书。", Body: forms})
	}
	return d, nil
}

func orDash(s string) string {
	if s == "" {
		return "—"
	}
	return s
}

func (m *Module) postRelease(w *web.Response, r *web.Request) error {
	_, err := r.Act("seal.release", func(tx *db.Tx) error { _, err := m.Release(r.Ctx, tx, r.PathValue("id")); return err })
	if err == nil {
		r.Flash("已放行，系统正在签章。")
	}
	return w.After(err, "/w/seals/uses/"+r.PathValue("id"))
}

func (m *Module) postVoid(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	_, err = r.Act("seal.void", func(tx *db.Tx) error { return m.Void(r.Ctx, tx, r.PathValue("id"), form.Get("reason")) })
	if p, ok := problem.Of(err); ok && p.Kind == problem.KindInvalid {
		page, again := m.usePage(r, err)
		if again != nil {
			return again
		}
		return w.DeskAgain(page)
	}
	if err == nil {
		r.Flash("已退回作废，承办单位会收到待办。")
	}
	return w.After(err, "/w/seals/uses/"+r.PathValue("id"))
}

func (m *Module) showSeals(w *web.Response, r *web.Request) error {
	all, err := m.All(r.Ctx, r.View)
	if err != nil {
		return err
	}
	list := ui.List{Title: "印章", Lead: "每枚印章属于一个单位，由一个人保管；按放行规则用印，每次都先登记。", Empty: ui.EmptyState{Title: "还没有电子印章", Text: "由印章管理员设立，指定保管人后才能签发证照和文书。", Icon: ui.IconStamp},
		Table: ui.Table{Caption: "印章", Columns: []ui.Column{{Label: "印章", Main: true}, {Label: "单位"}, {Label: "保管人"}, {Label: "放行"}, {Label: "证书有效期至"}, {Label: "状态"}}}}
	if r.Actor.Holds(PermManage) {
		list.Actions = []templ.Component{ui.LinkButton{Label: "设立印章", URL: "/w/seals/marks/new", Icon: ui.IconPlus}}
	}
	for _, s := range all {
		if !r.Actor.May(PermRead, authz.Place{Unit: s.Unit}) {
			continue
		}
		how := "逐件放行"
		if s.Rule.Name != "" {
			how = "规则：" + s.Rule.Name
		}
		list.Table.Rows = append(list.Table.Rows, ui.Row{ID: s.Code, URL: "/w/seals/marks/" + s.Code, Cells: []templ.Component{ui.Text(s.Name), ui.Text(m.org.Name(s.Unit)),
			ui.Text(s.KeeperName), ui.Text(how), ui.Text(s.Until.In(web.Beijing).Format("2006-01-02")), sealTag(s.State)}})
	}
	return w.ShowDesk(list)
}

func sealTag(s SealState) ui.Tag {
	return ui.Tag{Text: SealMoves().Label(s), Tone: map[SealState]ui.Tone{Active: ui.OK, Suspended: ui.Warn, Destroyed: ui.Bad}[s]}
}

func (m *Module) showSeal(w *web.Response, r *web.Request) error {
	page, err := m.sealPage(r, nil)
	if err != nil {
		return err
	}
	return w.ShowDesk(page)
}

func (m *Module) sealPage(r *web.Request, cause error) (ui.Detail, error) {
	s, err := m.Find(r.Ctx, r.View, r.PathValue("code"))
	if err == nil && !r.Actor.May(PermRead, authz.Place{Unit: s.Unit}) {
		err = problem.NotFound("没有这枚印章")
	}
	if err != nil {
		return ui.Detail{}, err
	}
	rule := "逐件由放行人放行"
	if s.Rule.Name != "" {
		names := make([]string, len(s.Rule.Purposes))
		for i, p := range s.Rule.Purposes {
			names[i] = PurposeName(p)
		}
		rule = s.Rule.Name + "（" + strings.Join(names, "、") + "；" + s.Rule.ByName + " 负责）"
	}
	d := ui.Detail{Title: s.Name, Number: s.Code, Tags: []ui.Tag{sealTag(s.State)}, Back: ui.Link{Label: "返回印章列表", URL: "/w/seals/marks"},
		Facts: []ui.Fact{{Term: "单位", Value: m.org.Name(s.Unit)}, {Term: "保管人", Value: s.KeeperName}, {Term: "放行方式", Value: rule},
			{Term: "证书有效期", Value: s.From.In(web.Beijing).Format("2006-01-02") + " 至 " + s.Until.In(web.Beijing).Format("2006-01-02")}},
		Actions: []templ.Component{ui.LinkButton{Label: "用印登记", URL: "/w/seals?seal=" + s.Code, Kind: ui.Secondary}, ui.LinkButton{Label: "下载证书", URL: "/seals/" + s.Code + ".pem", Kind: ui.Quiet, Icon: ui.IconDownload, Download: true}}}
	if cause != nil {
		d.Notice = ui.Notice{Tone: ui.Bad, Title: "没有办成", Text: problem.MessageFor(cause)}
	}
	if r.Actor.May(PermRelease, authz.Place{Unit: s.Unit}) && MayRule(s, r.Actor) == nil && s.State == Active {
		var options []ui.Option
		for _, p := range []string{ForLicence, ForDecision, ForNotice, ForReceipt} {
			options = append(options, ui.Option{Value: p, Label: PurposeName(p)})
		}
		d.Sections = append(d.Sections, ui.Section{ID: "rule", Title: "放行规则", Lead: "规则放行的每一次用印都记在您名下；您本人作出决定的文书不适用规则，须由别人放行。留空规则名称即恢复逐件放行。",
			Body: ui.Form(ui.FormSpec{Action: "/w/seals/marks/" + s.Code + "/rule", Once: r.Fresh(), Version: s.Version, Label: "放行规则", Body: ui.Group{
				ui.Field{Name: "name", Label: "规则名称", Value: s.Rule.Name, Optional: true, Hint: "例如：准予决定生效即放行"},
				ui.Choice{Name: "purposes", Label: "适用的用途", Many: true, Optional: true, Options: options, Selected: s.Rule.Purposes}, ui.Button{Label: "保存规则", Kind: ui.Secondary}}})})
	}
	if r.Actor.May(PermManage, authz.Place{Unit: s.Unit}) && !SealMoves().Ended(s.State) {
		var options []ui.Option
		for _, move := range SealMoves().Allowed(s.State) {
			options = append(options, ui.Option{Value: string(move.Act), Label: SealMoves().ActLabel(move.Act)})
		}
		d.Sections = append(d.Sections, ui.Section{ID: "move", Title: "停用、恢复、销毁", Body: ui.Form(ui.FormSpec{Action: "/w/seals/marks/" + s.Code + "/move", Once: r.Fresh(), Version: s.Version, Label: "停用、恢复、销毁",
			Body: ui.Group{ui.Choice{Name: "act", Label: "处理", Options: options, Inline: true}, ui.Field{Kind: ui.Multiline, Name: "reason", Label: "理由", Rows: 2}, ui.Button{Label: "确认处理", Kind: ui.Danger}}})})
	}
	return d, nil
}

// again shows the page of a seal once more with what was wrong.
func (m *Module) again(w *web.Response, r *web.Request, err error, done string) error {
	if p, ok := problem.Of(err); ok && p.Kind == problem.KindInvalid {
		page, fault := m.sealPage(r, err)
		if fault != nil {
			return fault
		}
		return w.DeskAgain(page)
	}
	if err == nil {
		r.Flash(done)
	}
	return w.After(err, "/w/seals/marks/"+r.PathValue("code"))
}

func (m *Module) postRule(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	_, err = r.Act("seal.rule", func(tx *db.Tx) error {
		return m.SetRule(r.Ctx, tx, r.PathValue("code"), Rule{Name: form.Get("name"), Purposes: known(form["purposes"])}, r.Version())
	})
	return m.again(w, r, err, "放行规则已保存。")
}

func known(purposes []string) []string {
	var out []string
	for _, p := range purposes {
		if p == ForLicence || p == ForDecision || p == ForNotice || p == ForReceipt {
			out = append(out, p)
		}
	}
	return out
}

func (m *Module) postMove(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	_, err = r.Act("seal.move", func(tx *db.Tx) error {
		return m.Move(r.Ctx, tx, r.PathValue("code"), SealAct(form.Get("act")), form.Get("reason"), r.Version())
	})
	return m.again(w, r, err, "印章状态已更新。")
}

func (m *Module) showFounding(w *web.Response, r *web.Request) error {
	return w.ShowDesk(m.foundingPage(r, Founding{}, nil))
}

func (m *Module) foundingPage(r *web.Request, f Founding, cause error) ui.FormPage {
	var units []ui.Option
	for _, u := range m.org.Units() {
		if r.Actor.May(PermManage, authz.Place{Unit: u.Code}) {
			units = append(units, ui.Option{Value: u.Code, Label: u.Name})
		}
	}
	at := func(field string) string {
		if p, ok := problem.Of(cause); ok {
			for _, x := range p.Fields {
				if x.Name == field {
					return x.Message
				}
			}
		}
		return ""
	}
	page := ui.FormPage{Title: "设立印章", Lead: "设立后由保管人决定怎样放行。印章管理员本人不能用印。", Back: ui.Link{Label: "返回印章列表", URL: "/w/seals/marks"},
		Form: ui.FormSpec{Action: "/w/seals/marks/new", Once: r.Fresh()},
		Fields: []templ.Component{
			ui.Field{Name: "code", Label: "印章代码", Value: f.Code, Hint: "小写字母、数字和短横线，例如 approval", Width: ui.Width14, Error: at("code")},
			ui.Field{Name: "name", Label: "印章名称", Value: f.Name, Hint: "与印模文字一致，例如：南岭县行政审批服务局审批专用章", Error: at("name")},
			ui.Select{Name: "unit", Label: "所属单位", Blank: "请选择", Options: units, Value: f.Unit, Error: at("unit")},
			ui.Field{Name: "keeper", Label: "保管人账户名", Value: f.Keeper, Width: ui.Width14, Error: at("keeper")},
		},
		Actions: ui.Actions{ui.Button{Label: "设立印章", Shortcut: "Alt+S"}}}
	if p, ok := problem.Of(cause); ok {
		for _, x := range p.Fields {
			page.Faults = append(page.Faults, ui.Fault{Field: x.Name, Text: x.Message})
		}
		if len(p.Fields) == 0 {
			page.Notice = ui.Notice{Tone: ui.Bad, Title: "没有办成", Text: problem.MessageFor(cause)}
		}
	}
	return page
}

func (m *Module) postFounding(w *web.Response, r *web.Request) error {
	form, err := r.Posted()
	if err != nil {
		return err
	}
	f := Founding{Code: form.Get("code"), Name: form.Get("name"), Unit: form.Get("unit"), Keeper: form.Get("keeper")}
	if !r.Actor.May(PermManage, authz.Place{Unit: f.Unit}) && f.Unit != "" {
		return problem.Forbidden("您没有管理这个单位印章的权限")
	}
	err = m.found(r, f)
	if p, ok := problem.Of(err); ok && (p.Kind == problem.KindInvalid || p.Kind == problem.KindConflict) {
		return w.DeskAgain(m.foundingPage(r, f, err))
	}
	if err == nil {
		r.Flash("印章已设立，请保管人确定放行方式。")
	}
	return w.After(err, "/w/seals/marks/"+f.Code)
}

func (m *Module) found(r *web.Request, f Founding) error {
	login := f.Keeper
	if login != "" {
		a, err := m.accounts.ByLogin(r.Ctx, r.View, login)
		if err != nil || a.Kind != "staff" || a.State != "active" {
			return problem.Invalid("没有“%s”这位工作人员", login).On("keeper", "没有“"+login+"”这位在岗的工作人员，请核对账户名")
		}
		f.Keeper, f.KeeperName = a.ID, a.Name
	}
	f, err := m.Prepare(r.Ctx, f, r.Now)
	if err != nil {
		return err
	}
	_, err = r.Act("seal.establish", func(tx *db.Tx) error { _, err := m.Establish(r.Ctx, tx, f); return err })
	return err
}

// serveCertificate gives a seal's certificate to whoever wants to check a signature himself.
func (m *Module) serveCertificate(w *web.Response, r *web.Request) error {
	code, ok := strings.CutSuffix(r.PathValue("file"), ".pem")
	if !ok {
		return problem.NotFound("没有这份证书")
	}
	s, err := m.Find(r.Ctx, r.View, code)
	if err != nil {
		return problem.NotFound("没有这份证书")
	}
	h := w.Header()
	h.Set("Content-Type", "application/x-pem-file")
	h.Set("Content-Disposition", `attachment; filename="`+s.Code+`.pem"`)
	http.ServeContent(w, r.Request, "", s.EstablishedAt, strings.NewReader(s.Certificate))
	return nil
}
