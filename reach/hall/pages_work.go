package hall

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"tongban/handling/bundle"
	"tongban/handling/casework"
	"tongban/kernel/db"
	"tongban/kernel/file"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/rules/form"
	"tongban/rules/material"
	"tongban/ui"
)

// firstOpen is the first control that still has to be filled; the cursor goes there.
func firstOpen(w bundle.Work) string {
	for _, f := range w.Form.Fields() {
		if f.Asked() && !f.Optional && form.Get(w.Values, f.Code).Text == "" {
			switch f.Kind {
			case form.Address:
				return f.Code + ".region"
			case form.Day:
				return f.Code + "-year"
			}
			return f.Code
		}
	}
	return "save"
}

func (m *Module) showForm(w *web.Response, r *web.Request) error {
	i, work, err := m.work(r.Ctx, r.View, ID(r.PathValue("id")))
	if err != nil {
		return m.elsewhere(w, i, err)
	}
	return w.ShowDesk(m.formPage(r, i, work, work.Values, nil))
}

// elsewhere leads a clerk who opened a step too early, or too late, to where the intake stands.
func (m *Module) elsewhere(w *web.Response, i Intake, err error) error {
	if i.ID != "" && (i.State == Submitted || i.State == Open && i.Draft == "") {
		return w.Go("/w/intake/" + string(i.ID))
	}
	return err
}

// formPage puts what is still missing first: it is all that the clerk has to type. What the county knows, and what may stay empty, is folded away beneath.
func (m *Module) formPage(r *web.Request, i Intake, work bundle.Work, values []form.Value, wrong []problem.Field) ui.Wizard {
	f := ui.FormPage{Title: "表单", Lead: m.lead(r, i), Wide: true, Form: ui.FormSpec{Action: at(i.ID, "form", ""), Once: r.Fresh(), Version: work.Version}}
	for _, x := range wrong {
		f.Faults = append(f.Faults, ui.Fault{Field: x.Name, Text: x.Message})
	}
	var missing, known, spare ui.Group
	components := work.Form.Components(values, wrong)
	for n, t := range work.Form.Topics {
		for k, x := range t.Asked() {
			c := components[n][k]
			switch {
			case form.Get(work.Values, x.Code).Text != "" && !complained(x, wrong):
				known = append(known, c)
			case x.Optional && !complained(x, wrong):
				spare = append(spare, c)
			default:
				missing = append(missing, c)
			}
		}
	}
	if len(missing) > 0 {
		f.Fields = append(f.Fields, missing...)
	} else {
		f.Notice = ui.Notice{Tone: ui.OK, Text: "需要填写的都已带出，请核对后继续。"}
	}
	fold := func(title string, g ui.Group, open bool) {
		if len(g) > 0 {
			f.Fields = append(f.Fields, ui.Disclosure(ui.DisclosureSpec{Summary: fmt.Sprintf("%s（%d 项）", title, len(g)), Open: open, Body: g}))
		}
	}
	fold("已带出的信息，可以核对修改", known, len(missing) == 0)
	fold("选填", spare, false)
	f.Actions = ui.Actions{ui.Button{Label: "保存并继续", Shortcut: "Alt+Enter"}}
	return ui.Wizard{FormPage: f, Steps: way(i, "form")}
}

// complained tells whether one of the controls of a field was found wrong.
func complained(x form.Field, wrong []problem.Field) bool {
	return slices.ContainsFunc(wrong, func(f problem.Field) bool {
		rest, ok := strings.CutPrefix(f.Name, x.Code)
		return ok && (rest == "" || rest[0] == '.' || rest[0] == '-')
	})
}

func (m *Module) postForm(w *web.Response, r *web.Request) error {
	typed, err := r.Posted()
	if err != nil {
		return err
	}
	i, work, err := m.work(r.Ctx, r.View, ID(r.PathValue("id")))
	if err != nil {
		return err
	}
	values, wrong := work.Form.Read(typed, r.Now)
	if len(wrong) > 0 {
		return w.DeskAgain(m.formPage(r, i, work, form.Reconcile(values, work.Values), wrong))
	}
	if _, err := r.Act("hall.fill", func(tx *db.Tx) error {
		return m.bundles.Fill(r.Ctx, tx, work.ID, "", values, "materials")
	}); err != nil {
		return err
	}
	return w.Go(at(i.ID, "materials", "keys"))
}

func (m *Module) showMaterials(w *web.Response, r *web.Request) error {
	i, work, err := m.work(r.Ctx, r.View, ID(r.PathValue("id")))
	if err != nil {
		return m.elsewhere(w, i, err)
	}
	body, err := m.materialsPage(r, i, work, nil)
	if err != nil {
		return err
	}
	return w.ShowDesk(body)
}

// marked is the list of materials with their marks.
func (m *Module) marked(r *web.Request, i Intake) (map[string]Mark, error) {
	return m.Marks(r.Ctx, r.View, i.ID)
}

// withReader are the marks as the list shows them: what the reader has seen counts before anything is posted.
func withReader(marks map[string]Mark, needs []material.Need, cardRead bool) map[string]Mark {
	out := maps.Clone(marks)
	for _, n := range needs {
		if out[n.Code] == "" && seenByReader(n, cardRead) {
			out[n.Code] = Spared
		}
	}
	return out
}

func (m *Module) materialsPage(r *web.Request, i Intake, work bundle.Work, cause error) (ui.Wizard, error) {
	marks, err := m.marked(r, i)
	if err != nil {
		return ui.Wizard{}, err
	}
	needs := toCheck(work.Needs)
	marks = withReader(marks, needs, i.Card)
	f := ui.FormPage{Title: "材料", Lead: m.lead(r, i), Form: ui.FormSpec{Action: at(i.ID, "materials", ""), Once: r.Fresh(), Version: work.Version, Files: true}}
	// Enter in a box presses the first button of the form: it must be the one that saves, never one that removes a file.
	save := ui.Actions{ui.Button{Label: "保存并核对", Shortcut: "Alt+Enter"}}
	if len(needs) == 0 {
		f.Notice = ui.Notice{Tone: ui.OK, Text: "没有要交的材料，全部由系统调取或者免交。"}
		f.Fields = append(f.Fields, save, m.sparedList(work))
		return ui.Wizard{FormPage: withFaults(f, cause), Steps: way(i, "materials")}, nil
	}
	shoot := "拍摄下一份"
	if n, ok := toCapture(needs, marks, work.Pieces); ok {
		shoot = "拍摄“" + n.Name + "”（" + Mark(cmp.Or(string(marks[n.Code]), string(askedFor(n)))).String() + "）"
	}
	save = append(save, ui.Button{Label: shoot, Kind: ui.Secondary, Icon: ui.IconCamera, Shortcut: "F6", Action: at(i.ID, "capture", "")})
	f.Fields = append(f.Fields,
		ui.Field{Name: "keys", Label: "连续核对", Optional: true, Autocomplete: "off", Width: ui.Width22, Shortcut: "Alt+K", Error: problem.FieldMessage(cause, "keys"),
			Hint: "按下表顺序，一种材料输入一个数字：1 原件，2 复印件，3 电子件，4 免交，5 容缺，0 先不核对；已读卡核验的跳过。按 F6 逐份拍摄，没有输入的按要求记为原件或复印件"},
		m.needTable(i, needs, marks, work.Pieces, cause), save, m.uploads(i, needs, work.Pieces, cause), m.sparedList(work))
	return ui.Wizard{FormPage: withFaults(f, cause), Steps: way(i, "materials")}, nil
}

// needTable is the checklist: what is asked for, what was shown, what is on file.
func (m *Module) needTable(i Intake, needs []material.Need, marks map[string]Mark, there []material.Piece, cause error) ui.Table {
	t := ui.Table{Caption: "材料清单", Columns: []ui.Column{{Label: "号", Code: true}, {Label: "材料", Main: true}, {Label: "要求"}, {Label: "核对"}, {Label: "已收"}}}
	for n, need := range needs {
		s := ui.Select{Name: "mark." + need.Code, Label: "核对 " + strconv.Itoa(n+1), Blank: "未核对", Value: string(marks[need.Code]), Error: problem.FieldMessage(cause, "mark."+need.Code)}
		for k, mark := range marks2() {
			if MayMark(need, mark, i.Card) == nil {
				s.Options = append(s.Options, ui.Option{Value: string(mark), Label: strconv.Itoa(k+1) + " " + mark.String()})
			}
		}
		t.Rows = append(t.Rows, ui.Row{ID: need.Code, Cells: []templ.Component{ui.Text(strconv.Itoa(n + 1)),
			ui.Two{Main: need.Name, Small: strings.Join(append(asked(need), need.Why...), "；")}, necessity(need), s, onFile(need, there)}})
	}
	return t
}

// marks2 is the list of marks, for ranging over it with their keys.
func marks2() []Mark { return marks[:] }

// necessity is how much a material is needed, short enough for a column.
func necessity(n material.Need) ui.Tag {
	switch n.Necessity {
	case material.Tolerable:
		return ui.Tag{Text: "可容缺", Tone: ui.Warn}
	case material.Optional:
		return ui.Tag{Text: "选交"}
	}
	return ui.Tag{Text: "必交", Tone: ui.Info}
}

// asked says in which pieces a material is asked for; nothing where the item does not say.
func asked(n material.Need) []string {
	var out []string
	if n.Originals > 0 {
		out = append(out, fmt.Sprintf("原件 %d 份", n.Originals))
	}
	if n.Copies > 0 {
		out = append(out, fmt.Sprintf("复印件 %d 份", n.Copies))
	}
	return out
}

func piecesOf(n material.Need, there []material.Piece) []material.Piece {
	return slices.DeleteFunc(slices.Clone(there), func(p material.Piece) bool { return p.Type != n.Code })
}

func onFile(n material.Need, there []material.Piece) templ.Component {
	var out ui.Group
	for _, p := range piecesOf(n, there) {
		switch p.State {
		case material.Given:
			out = append(out, ui.Anchor{Label: cmp.Or(p.Name, n.Name), URL: "/files/" + p.ID})
		case material.Lacking:
			out = append(out, ui.Tag{Text: p.State.Label(), Tone: ui.Warn})
		default:
			out = append(out, ui.Tag{Text: p.State.Label(), Tone: ui.OK})
		}
	}
	if len(out) == 0 {
		return ui.Text("—")
	}
	return out
}

// toCapture finds the first material that was shown, or must be, and of which no picture is on file.
func toCapture(needs []material.Need, marks map[string]Mark, there []material.Piece) (material.Need, bool) {
	for _, n := range needs {
		due := marks[n.Code].Handed() || marks[n.Code] == "" && n.Necessity == material.Required
		if due && !slices.ContainsFunc(there, func(p material.Piece) bool { return p.Type == n.Code && p.Has() }) {
			return n, true
		}
	}
	return material.Need{}, false
}

// uploads are the slower ways of taking papers in: a file, or the applicant's own phone.
func (m *Module) uploads(i Intake, needs []material.Need, there []material.Piece, cause error) templ.Component {
	var out ui.Group
	open := false
	for _, n := range needs {
		u := ui.Upload{Name: n.Code, Label: n.Name, Multiple: true, Optional: n.Necessity != material.Required, PhoneURL: at(i.ID, "phone/"+n.Code, ""), Error: problem.FieldMessage(cause, n.Code)}
		open = open || u.Error != ""
		for _, p := range piecesOf(n, there) {
			if p.Has() {
				u.Files = append(u.Files, ui.UploadedFile{ID: p.ID, Name: p.Name, URL: "/files/" + p.ID, Status: ui.Tag{Text: "已收", Tone: ui.OK}})
			}
		}
		out = append(out, u)
	}
	return ui.Disclosure(ui.DisclosureSpec{Summary: "选择文件上传、用申请人的手机拍照、移除", Open: open, Body: out})
}

// sparedList tells what nobody has to hand in, and why.
func (m *Module) sparedList(work bundle.Work) templ.Component {
	var facts []ui.Fact
	for _, n := range work.Needs {
		if n.Waived() {
			facts = append(facts, ui.Fact{Term: n.Name, Value: material.WaiverWords(work.Ed, n.Waiver)})
		}
	}
	if len(facts) == 0 {
		return ui.Group{}
	}
	return ui.Disclosure(ui.DisclosureSpec{Summary: fmt.Sprintf("免交的材料（%d 种）", len(facts)), Body: ui.DescriptionList{Facts: facts}})
}

// readMarks takes the marks of a posted list: those typed in one go count before those of the single boxes.
func readMarks(typed map[string][]string, needs []material.Need, before map[string]Mark, cardRead bool) (map[string]Mark, error) {
	get := func(name string) string {
		if v := typed[name]; len(v) > 0 {
			return v[0]
		}
		return ""
	}
	set, err := ParseMarks(get("keys"), typedNeeds(get("keys"), needs, cardRead))
	if err != nil {
		return nil, err
	}
	for _, n := range needs {
		chosen := Mark(get("mark." + n.Code))
		if _, quick := set[n.Code]; !quick && chosen != "" && chosen != before[n.Code] {
			set[n.Code] = chosen
		}
		if seenByReader(n, cardRead) && set[n.Code] == "" && before[n.Code] == "" {
			set[n.Code] = Spared
		}
	}
	return set, nil
}

// takeIn keeps what a posted list says: marks, files, and pieces to be taken out. picture is what the camera took, if it was asked to.
func (m *Module) takeIn(r *web.Request, i Intake, work bundle.Work, capture bool) error {
	typed, err := r.Posted()
	if err != nil {
		return err
	}
	before, err := m.marked(r, i)
	if err != nil {
		return err
	}
	needs := toCheck(work.Needs)
	set, err := readMarks(typed, needs, before, i.Card)
	if err != nil {
		return err
	}
	given := map[string][]file.Blob{}
	for _, n := range needs {
		blobs, err := m.materials.Receive(r.Ctx, r.View, r.MultipartForm, n.Code)
		if err != nil {
			return problem.Invalid("“%s”没有收成功", n.Name).On(n.Code, problem.MessageFor(err)).Wrap(err)
		}
		given[n.Code] = blobs
		if len(blobs) > 0 && set[n.Code] == "" && !before[n.Code].Handed() {
			set[n.Code] = Electronic
		}
	}
	if capture {
		now := map[string]Mark{} // what is posted counts before what is kept
		for _, n := range needs {
			now[n.Code] = Mark(cmp.Or(string(set[n.Code]), string(before[n.Code])))
		}
		n, ok := toCapture(needs, now, work.Pieces)
		if !ok { // or the last picture has been taken, its answer was lost, and the key knows
			_, err := r.Act("hall.take-in", func(*db.Tx) error {
				return problem.Conflict("没有要拍摄的材料：请先标记收到的是原件还是复印件（1、2、3）")
			})
			return err
		}
		blob, err := m.shoot(r, n)
		if err != nil {
			return err
		}
		given[n.Code] = append(given[n.Code], blob)
		if now[n.Code] == "" {
			set[n.Code] = askedFor(n)
		}
	}
	_, err = r.Act("hall.take-in", func(tx *db.Tx) error {
		if piece := typed.Get("_remove"); piece != "" {
			if err := m.bundles.Detach(r.Ctx, tx, work.ID, "", piece); err != nil {
				return err
			}
		}
		if err := m.SetMarks(r.Ctx, tx, i.ID, set); err != nil {
			return err
		}
		return m.bundles.Attach(r.Ctx, tx, work.ID, "", given, "")
	})
	return err
}

// shoot takes one picture of a material with the camera of the window.
func (m *Module) shoot(r *web.Request, n material.Need) (file.Blob, error) {
	b, err := m.bridge(r.Ctx, r.View, len(n.Code))
	if err != nil {
		return file.Blob{}, err
	}
	picture, err := b.Camera(r.Ctx)
	if err != nil {
		return file.Blob{}, err
	}
	defer picture.Close()
	return m.k.Files.Receive(r.Ctx, r.View, n.Name+".png", io.LimitReader(picture, uploadLimit))
}

func (m *Module) postMaterials(w *web.Response, r *web.Request) error { return m.postTake(w, r, false) }

func (m *Module) postCapture(w *web.Response, r *web.Request) error { return m.postTake(w, r, true) }

// complete tells whether everything that must be there is there, and every paper that was shown has its picture.
func (m *Module) complete(r *web.Request, id ID) (bool, error) {
	i, work, err := m.work(r.Ctx, r.View, id)
	if err != nil {
		return false, err
	}
	marks, err := m.marked(r, i)
	if err != nil {
		return false, err
	}
	needs := toCheck(work.Needs)
	_, more := toCapture(needs, marks, work.Pieces)
	open := slices.ContainsFunc(needs, func(n material.Need) bool { return marks[n.Code] == "" })
	return !more && !open && len(work.Missing()) == 0, nil
}

func (m *Module) postTake(w *web.Response, r *web.Request, capture bool) error {
	typed, err := r.Posted()
	if err != nil {
		return err
	}
	i, work, err := m.work(r.Ctx, r.View, ID(r.PathValue("id")))
	if err != nil {
		return err
	}
	if err := m.takeIn(r, i, work, capture); err != nil {
		return again(w, err, func(cause error) (templ.Component, error) {
			_, now, err := m.work(r.Ctx, r.View, i.ID)
			if err != nil {
				return nil, err
			}
			return m.materialsPage(r, i, now, cause)
		})
	}
	done, err := m.complete(r, i.ID)
	if err != nil {
		return err
	}
	if capture && !done || typed.Get("_remove") != "" {
		return w.Go(at(i.ID, "materials", "")) // no cursor in a box: F6 and Alt+Enter come next
	}
	return w.Go(at(i.ID, "check", "declared"))
}

func (m *Module) showPhone(w *web.Response, r *web.Request) error {
	i, work, err := m.work(r.Ctx, r.View, ID(r.PathValue("id")))
	if err != nil {
		return m.elsewhere(w, i, err)
	}
	n := slices.IndexFunc(work.Needs, func(n material.Need) bool { return n.Code == r.PathValue("type") })
	if n < 0 {
		return problem.NotFound("本次办理不需要这种材料")
	}
	var token string
	if _, err := m.k.DB.Run(r.Ctx, db.Act{Actor: r.Actor, Name: "hall.phone", Now: r.Now}, func(tx *db.Tx) error {
		token, err = m.materials.OpenPhone(r.Ctx, tx, string(work.ID), work.Needs[n].Code)
		return err
	}); err != nil {
		return err
	}
	code, err := material.PhonePanel(r.BaseURL(), token, work.Needs[n].Type)
	if err != nil {
		return err
	}
	return w.ShowDesk(ui.Article{Title: "用手机拍照上传：" + work.Needs[n].Name, Lead: "请申请人用自己的手机扫码拍照。传好后点“已传好，返回”。",
		Body: ui.Group{code, ui.Actions{ui.LinkButton{Label: "已传好，返回", URL: at(i.ID, "materials", ""), Shortcut: "Alt+Enter"}}}})
}

func (m *Module) showCheck(w *web.Response, r *web.Request) error {
	i, work, err := m.work(r.Ctx, r.View, ID(r.PathValue("id")))
	if err != nil {
		return m.elsewhere(w, i, err)
	}
	body, err := m.checkPage(r, i, work, bundle.Closing{}, nil)
	if err != nil {
		return err
	}
	return w.ShowDesk(body)
}

func (m *Module) checkPage(r *web.Request, i Intake, work bundle.Work, c bundle.Closing, cause error) (ui.Wizard, error) {
	marks, err := m.marked(r, i)
	if err != nil {
		return ui.Wizard{}, err
	}
	f := ui.FormPage{Title: "核对提交", Lead: m.lead(r, i), Form: ui.FormSpec{Action: at(i.ID, "check", ""), Once: r.Fresh(), Version: work.Version}}
	var links []ui.NotedLink
	for _, x := range work.Missing() {
		url := at(i.ID, "materials", "keys")
		if _, ok := work.Form.Field(x.Name); ok {
			url = at(i.ID, "form", x.Name)
		}
		links = append(links, ui.NotedLink{Link: ui.Link{Label: x.Message, URL: url}})
	}
	if len(links) > 0 {
		f.Notice = ui.Notice{Tone: ui.Warn, Title: fmt.Sprintf("还有 %d 处没有收齐，补齐后才能提交", len(links)), Body: ui.LinkList{Links: links}}
		f.Actions = ui.Actions{ui.LinkButton{Label: "返回材料", URL: at(i.ID, "materials", ""), Kind: ui.Secondary}}
		cause = nil
	}
	t := ui.Table{Caption: "将要办理的事项", Columns: []ui.Column{{Label: "事项", Main: true}, {Label: "谁来办"}, {Label: "承诺"}}}
	for _, p := range work.Parts {
		t.Rows = append(t.Rows, ui.Row{ID: p.Item.Code, Cells: []templ.Component{ui.Text(p.Item.Name), ui.Text(p.Unit.Short), ui.Text(cmp.Or(p.Item.Promised.String(), "—"))}})
	}
	f.Fields = append(f.Fields, t)
	for _, list := range work.Form.Summary(work.Values, func(string) string { return at(i.ID, "form", "") }, at(i.ID, "situation", ""), false) {
		f.Fields = append(f.Fields, list)
	}
	f.Fields = append(f.Fields, m.markSummary(i, work, marks))
	if form.Get(work.Values, bundle.ElementWay).Text == "" {
		ch := ui.Choice{Name: "way", Label: "怎样领取结果", Inline: true, Selected: []string{cmp.Or(string(c.Way), string(work.Ways()[0]))}, Error: problem.FieldMessage(cause, "way")}
		for _, way := range work.Ways() {
			ch.Options = append(ch.Options, ui.Option{Value: string(way), Label: way.Label()})
		}
		f.Fields = append(f.Fields, ch)
	}
	declared := ui.Choice{Name: "declared", Label: "申请人确认", Many: true, Error: problem.FieldMessage(cause, "declared"), Options: []ui.Option{{Value: "yes", Label: "申请人已核对并确认",
		Hint: "填写的内容和提交的材料真实，申请人对其实质内容的真实性负责（行政许可法第三十一条）；同意为办理本次申请核对有关数据和电子证照。"}}}
	if c.Declared {
		declared.Selected = []string{"yes"}
	}
	f.Fields = append(f.Fields, declared)
	if len(links) == 0 {
		f.Actions = ui.Actions{ui.Button{Label: "提交申请", Icon: ui.IconSend, Shortcut: "Alt+Enter"}, ui.LinkButton{Label: "返回材料", URL: at(i.ID, "materials", ""), Kind: ui.Quiet}}
	}
	notice := f.Notice
	f = withFaults(f, cause)
	if notice.Title != "" {
		f.Notice = notice
	}
	return ui.Wizard{FormPage: f, Steps: way(i, "check")}, nil
}

func (m *Module) markSummary(i Intake, work bundle.Work, marks map[string]Mark) ui.SummaryList {
	list := ui.SummaryList{Title: "材料"}
	for _, n := range toCheck(work.Needs) {
		words := marks[n.Code].String()
		files := 0
		for _, p := range piecesOf(n, work.Pieces) {
			if p.Has() {
				files++
			}
		}
		if files > 0 {
			words += fmt.Sprintf("，已收 %d 个文件", files)
		}
		list.Answers = append(list.Answers, ui.Answer{Label: n.Name, Value: words, ChangeURL: at(i.ID, "materials", "")})
	}
	return list
}

func (m *Module) postCheck(w *web.Response, r *web.Request) error {
	typed, err := r.Posted()
	if err != nil {
		return err
	}
	i, err := m.Find(r.Ctx, r.View, ID(r.PathValue("id")))
	if err != nil {
		return err
	}
	if i.State == Submitted { // a second click finds the receipt, not an error (I2)
		return w.Go(at(i.ID, "done", ""))
	}
	_, work, err := m.work(r.Ctx, r.View, i.ID)
	if err != nil {
		return m.elsewhere(w, i, err)
	}
	c := bundle.Closing{Way: bundle.Way(cmp.Or(form.Get(work.Values, bundle.ElementWay).Text, typed.Get("way"))), Declared: typed.Get("declared") == "yes"}
	if _, err := r.Act("hall.submit", func(tx *db.Tx) error { _, err := m.Submit(r.Ctx, tx, i.ID, c); return err }); err != nil {
		return again(w, err, func(cause error) (templ.Component, error) { return m.checkPage(r, i, work, c, cause) })
	}
	return w.Go(at(i.ID, "done", ""))
}

// dueWords says by when the whole is promised.
func dueWords(s bundle.Submission) string {
	if s.Due.IsZero() {
		return ""
	}
	return "承诺最迟 " + casework.LastDay(s.Due) + "前办好"
}
