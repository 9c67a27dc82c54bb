package bundle

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"tongban/handling/guide"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/file"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/rules/catalogue"
	"tongban/rules/form"
	"tongban/rules/material"
	"tongban/ui"
)

// wanted reads what the visitor wants to begin: from a guide's link, or from the address alone.
func (m *Module) wanted(r *web.Request, link string) (*guide.Engine, map[string]any, error) {
	if link == "" {
		code := r.PathValue("slug")
		switch item := r.PathValue("code"); {
		case item != "":
			code = catalogue.SinglePrefix + item
		case code == "combine":
			return nil, nil, problem.NotFound("还没有选要一起办的事").WithNext("请先到“几件事一起办”里选。")
		}
		e, err := guide.NewEngine(m.k.Library.Current(), code)
		return e, map[string]any{}, err
	}
	e, answers, err := m.guides.Follow(r, link)
	if err != nil || e.Edition().Number == m.k.Library.Current().Number {
		return e, answers, err
	}
	// The standard has changed since: what is begun today follows today's rules.
	now, err := guide.NewEngine(m.k.Library.Current(), e.Codes()...)
	if err != nil {
		return nil, nil, err
	}
	if kept, err := now.Relevant(answers); err == nil {
		return now, kept, nil
	}
	return now, map[string]any{}, nil
}

// showStart is the page before the form: what will be needed, and the draft that is already there.
func (m *Module) showStart(w *web.Response, r *web.Request) error {
	if id := r.Value("d"); id != "" {
		d, err := m.FindDraft(r.Ctx, r.View, ID(id), proof(r))
		if err != nil {
			return err
		}
		return w.Go(d.resumeURL())
	}
	link := r.Value("g")
	e, answers, err := m.wanted(r, link)
	if err != nil {
		return err
	}
	slug := strings.Join(e.Codes(), "+")
	open, err := e.Questions(answers)
	if err != nil {
		return err
	}
	if len(open) > 0 {
		r.Flash("先回答几个问题，才知道您要办哪些事项、交哪些材料。")
		return w.Go(placeOf(e.Codes()) + "/ask?g=" + e.Link(answers))
	}
	o, err := m.Plan(r.Ctx, r.View, Start{Bundles: e.Codes(), Edition: e.Edition().Number, Answers: answers})
	if err != nil {
		return err
	}
	if len(o.Stops) > 0 {
		return problem.Conflict("%s", o.Stops[0].Text).WithNext("%s", o.Stops[0].Next)
	}
	page := ui.FormPage{Title: e.Name(), Lead: "一张表单、一套材料，一次提交。填到一半可以保存，回来接着填。",
		Form: ui.FormSpec{Action: placeOf(e.Codes()) + "/apply", Once: r.Fresh(), Hidden: map[string]string{"g": e.Link(answers)}}}
	facts := []ui.Fact{{Term: "要办的事项", Value: fmt.Sprintf("%d 项：%s", len(o.Parts), strings.Join(itemNames(o), "、"))},
		{Term: "要交的材料", Value: fmt.Sprintf("%d 份，另有 %d 份免交", countNeeds(o.Needs, false), countNeeds(o.Needs, true))},
		{Term: "承诺办结", Value: fmt.Sprintf("提交后 %d 个工作日内", o.Promised)},
		{Term: "费用", Value: feeWords(o)}}
	page.Fields = []templ.Component{ui.DescriptionList{Facts: facts}}
	before, found, err := m.unfinished(r, slug)
	if err != nil {
		return err
	}
	if found {
		words := fmt.Sprintf("上次保存在 %s，%d 天后自动删除。可以接着填，也可以重新开始。", moment(before.UpdatedAt), before.DaysLeft(r.Now))
		page.Actions = ui.Actions{ui.LinkButton{Label: "接着填", URL: before.resumeURL()}, ui.Button{Label: "重新开始", Kind: ui.Secondary, Name: "go", Value: "anew"}}
		if link != "" && before.Edition == e.Edition().Number && !maps.Equal(before.Answers, answers) {
			words += "您刚才的回答和那时不同：按新的回答接着填，已填的内容都保留。"
			page.Form.Hidden["d"] = string(before.ID)
			page.Actions = ui.Actions{ui.Button{Label: "按新的回答接着填", Name: "go", Value: "change"}, ui.LinkButton{Label: "按原来的回答接着填", Kind: ui.Secondary, URL: before.resumeURL()},
				ui.Button{Label: "重新开始", Kind: ui.Quiet, Name: "go", Value: "anew"}}
		}
		page.Notice = ui.Notice{Title: "您有一份没填完的申请", Text: words}
		return w.ShowPublic(frame("开始办理"), page)
	}
	page.Actions = ui.Actions{ui.Button{Label: "开始填写"}}
	if r.Actor.Kind == authz.Guest {
		page.Notice = ui.Notice{Text: "登录后可自动带出姓名、证件号码和已有证照。不登录也能先填，提交前再登录，填的内容都在。",
			Actions: ui.Actions{ui.LinkButton{Label: "先登录", URL: "/login?next=" + url.QueryEscape(r.URL.RequestURI()), Kind: ui.Quiet}}}
	}
	return w.ShowPublic(frame("开始办理"), page)
}

func itemNames(o guide.Outcome) []string {
	var out []string
	for _, i := range o.Items() {
		out = append(out, i.Name)
	}
	return out
}

func countNeeds(needs []material.Need, waived bool) int {
	n := 0
	for _, x := range needs {
		if x.Waived() == waived {
			n++
		}
	}
	return n
}

func feeWords(o guide.Outcome) string {
	if o.Total == 0 {
		return "不收费"
	}
	return ui.Yuan(o.Total) + " 元"
}

func (m *Module) postStart(w *web.Response, r *web.Request) error {
	posted, err := r.Posted()
	if err != nil {
		return err
	}
	e, answers, err := m.wanted(r, posted.Get("g"))
	if err != nil {
		return err
	}
	hold := newProof(r)
	if id := posted.Get("d"); id != "" && posted.Get("go") == "change" {
		_, err := r.Act("bundle.reanswer", func(tx *db.Tx) error { return m.Reanswer(r.Ctx, tx, ID(id), hold, answers) })
		return w.After(err, placeOf(e.Codes())+"/apply/start?d="+id)
	}
	out, err := r.Act("bundle.begin", func(tx *db.Tx) error {
		d, err := m.Begin(r.Ctx, tx, Start{Bundles: e.Codes(), Edition: e.Edition().Number, Answers: answers}, hold)
		tx.Answer(string(d.ID))
		return err
	})
	if err != nil {
		return err
	}
	r.Remember(sessionDraft+strings.Join(e.Codes(), "+"), out.Reply)
	return w.Go(placeOf(e.Codes()) + "/apply/start?d=" + out.Reply)
}

// unfinished finds the visitor's draft of the same things: by account, or by what the session began.
func (m *Module) unfinished(r *web.Request, slug string) (Draft, bool, error) {
	d, found, err := m.Unfinished(r.Ctx, r.View, slug)
	if err != nil || found {
		return d, found, err
	}
	id := r.Recall(sessionDraft + slug)
	if id == "" {
		return d, false, nil
	}
	d, err = m.FindDraft(r.Ctx, r.View, ID(id), proof(r))
	return d, err == nil && d.State == "open", nil
}

// opened finds the draft of a page for the visitor. A guest's draft goes to the account that has signed in since. One that is submitted
// already is answered with its number (409).
func (m *Module) opened(w *web.Response, r *web.Request, id string) (Work, bool, error) {
	d, err := m.FindDraft(r.Ctx, r.View, ID(id), proof(r))
	if err != nil {
		return Work{}, false, err
	}
	if d.State == "submitted" {
		return Work{}, false, m.showAlready(w, r, d)
	}
	if d.State != "open" {
		return Work{}, false, problem.Gone("这份草稿已经删除").WithNext("请重新开始办理。")
	}
	if d.Account == "" && d.Agent == "" && r.Actor.Kind == authz.Citizen {
		act := db.Act{Actor: r.Actor, Name: "bundle.claim", Now: r.Now, Key: "bundle-claim:" + id + ":" + r.Actor.ID}
		if _, err := m.k.DB.Run(r.Ctx, act, func(tx *db.Tx) error { return m.Claim(r.Ctx, tx, d.ID, proof(r)) }); err != nil {
			return Work{}, false, err
		}
		if d, err = m.FindDraft(r.Ctx, r.View, ID(id), proof(r)); err != nil {
			return Work{}, false, err
		}
	}
	work, err := m.Work(r.Ctx, r.View, d)
	return work, err == nil, err
}

// showAlready answers who comes back to a draft that has been submitted: a second tab, a refresh, a bookmark.
func (m *Module) showAlready(w *web.Response, r *web.Request, d Draft) error {
	s, err := m.Find(r.Ctx, r.View, d.ID)
	if err != nil {
		return err
	}
	trust(r, s.Number)
	return w.ShowStatus(http.StatusConflict, ui.ErrorPage(ui.ErrorInfo{Status: http.StatusConflict, Title: "已提交，编号 " + s.Number,
		What: "这份申请已于 " + moment(s.SubmittedAt) + " 提交，没有重复提交。", WhatNow: "不用再交一次，可以查看收件凭证和办理进度。",
		Retry: ui.Link{Label: "查看办理进度", URL: "/t/" + s.Number}, Second: ui.Link{Label: "收件凭证", URL: "/done/" + s.Number},
		Page: ui.Page{County: m.k.Library.Current().Meta.Title, User: ui.User{Name: r.Actor.Name}}}))
}

func (m *Module) showStep(w *web.Response, r *web.Request) error {
	work, ok, err := m.opened(w, r, r.Value("d"))
	if err != nil || !ok {
		return err
	}
	code := r.Value("step")
	if code == "check" {
		return w.Go(work.checkURL())
	}
	if code == stepMaterials {
		return w.ShowPublic(stepFrame(work), m.materialsPage(r, work, nil))
	}
	st, _ := work.step(code)
	if st.Code == stepMaterials {
		return w.Go(work.url(stepMaterials))
	}
	return w.ShowPublic(stepFrame(work), m.fieldsPage(r, work, st, work.Values, nil))
}

func stepFrame(w Work) ui.PublicPage { return frame("填写申请", ui.Link{Label: w.Title}) }

// fieldsPage is one topic of the form.
func (m *Module) fieldsPage(r *web.Request, work Work, st step, values []form.Value, wrong []problem.Field) ui.Wizard {
	hidden := map[string]string{"d": string(work.ID)}
	back := work.before(st.Code)
	next := "保存并继续"
	if r.Value("back") == "check" || r.PostForm.Get("back") == "check" {
		hidden["back"], back, next = "check", ui.Link{Label: "返回核对", URL: work.checkURL()}, "保存，返回核对"
	}
	page := ui.FormPage{Title: st.Title, Back: back, Faults: form.Faults(wrong),
		Form: ui.FormSpec{Action: work.base() + "/" + st.Code, Once: r.Fresh(), Hidden: hidden}}
	for n, fields := range st.Form.Components(values, wrong) {
		if len(st.Form.Topics) > 1 && len(fields) > 0 {
			page.Fields = append(page.Fields, ui.Heading{Title: st.Form.Topics[n].Title})
		}
		page.Fields = append(page.Fields, fields...)
	}
	if len(st.Form.Topics) == 1 {
		page.Fields = append(page.Fields, whyAsked(st.Form.Topics[0]))
	}
	page.Actions = ui.Actions{ui.Button{Label: next, Name: "go", Value: "next"}, ui.Button{Label: "保存，以后再填", Kind: ui.Secondary, Name: "go", Value: "save"}}
	if st.Code == stepAll {
		page.Actions = append(page.Actions, ui.LinkButton{Label: "一页一类填写", Kind: ui.Quiet, URL: work.url("start")})
	} else {
		page.Actions = append(page.Actions, ui.LinkButton{Label: "整页填写", Kind: ui.Quiet, URL: work.url(stepAll)})
	}
	return ui.Wizard{FormPage: page, Steps: work.way(st.Code)}
}

// whyAsked unfolds for what each field is used and on which ground.
func whyAsked(t form.Topic) templ.Component {
	var facts []ui.Fact
	for _, f := range t.Asked() {
		facts = append(facts, ui.Fact{Term: f.Label, Value: f.Why})
	}
	return ui.Disclosure(ui.DisclosureSpec{Summary: "这些内容用来做什么", Body: ui.DescriptionList{Facts: facts}})
}

func (m *Module) postStep(w *web.Response, r *web.Request) error {
	posted, err := r.Posted()
	if err != nil {
		return err
	}
	work, ok, err := m.opened(w, r, posted.Get("d"))
	if err != nil || !ok {
		return err
	}
	st, _ := work.step(r.Value("step"))
	values, wrong := st.Form.Read(posted, r.Now)
	later := posted.Get("go") == "save"
	if len(wrong) > 0 && !later {
		return w.PublicAgain(stepFrame(work), m.fieldsPage(r, work, st, form.Reconcile(values, work.Values), wrong))
	}
	next := work.after(st.Code)
	if posted.Get("back") == "check" {
		next = work.checkURL()
	}
	at := st.Code
	if !later {
		at = stepName(next)
	}
	if _, err := r.Act("bundle.fill", func(tx *db.Tx) error { return m.Fill(r.Ctx, tx, work.ID, proof(r), values, at) }); err != nil {
		return err
	}
	if !later {
		return w.Go(next)
	}
	return m.saved(w, r, work)
}

// stepName is the step an address leads to.
func stepName(address string) string {
	if strings.HasPrefix(address, "/check/") {
		return "check"
	}
	path, _, _ := strings.Cut(address, "?")
	return path[strings.LastIndex(path, "/")+1:]
}

// saved tells where to find a draft that was put aside.
func (m *Module) saved(w *web.Response, r *web.Request, work Work) error {
	words := fmt.Sprintf("已保存。%d 天内都可以接着填，过期自动删除。", KeepDays)
	if r.Actor.Kind == authz.Citizen {
		r.Flash(words)
		return w.Go("/my/drafts")
	}
	r.Flash(words + "您还没有登录：请在这台设备上继续，或者现在登录，草稿会存到您的账户。")
	return w.Go(work.url(work.Step))
}

// materialsPage is the step at which everything is handed in once.
func (m *Module) materialsPage(r *web.Request, work Work, cause error) ui.Wizard {
	hidden := map[string]string{"d": string(work.ID)}
	back := r.Value("back") == "check" || r.PostForm.Get("back") == "check"
	if back {
		hidden["back"] = "check"
	}
	page := ui.FormPage{Title: "上传材料", Lead: "同一份材料只交一次，所有事项共用。照片要拍清四角和文字。", Back: work.before(stepMaterials),
		Faults: faults(cause), Form: ui.FormSpec{Action: work.base() + "/" + stepMaterials, Once: r.Fresh(), Hidden: hidden, Files: true}}
	if cause != nil && len(page.Faults) == 0 {
		page.Notice = ui.Notice{Tone: ui.Bad, Title: "没有上传成功", Text: problem.MessageFor(cause)}
	}
	var spared, paper []ui.ChecklistItem
	ask := func(want material.Necessity) {
		for _, n := range work.Needs {
			if n.Waived() || n.Necessity != want {
				continue
			}
			if !slices.Contains(n.Forms, "electronic") {
				paper = append(paper, ui.ChecklistItem{Label: n.Name, Hint: "请带纸质原件到窗口。" + n.Help, Tag: ui.Tag{Text: "交纸质"}})
				continue
			}
			page.Fields = append(page.Fields, m.uploader(r, work, n, faultOf(cause, n.Code)))
		}
	}
	ask(material.Required)
	ask(material.Tolerable)
	ask(material.Optional)
	for _, n := range work.Needs {
		if n.Waived() {
			spared = append(spared, ui.ChecklistItem{Label: n.Name, Done: true, Tag: ui.Tag{Text: "免交", Tone: ui.OK}, Hint: material.WaiverWords(work.Ed, n.Waiver)})
		}
	}
	if len(paper) > 0 {
		page.Fields = append(page.Fields, ui.Checklist{Title: "到窗口交纸质", Items: paper})
	}
	if len(spared) > 0 {
		page.Fields = append(page.Fields, ui.Checklist{Title: fmt.Sprintf("您不用交的 %d 份", len(spared)), Items: spared})
	}
	next := "继续"
	if back {
		next = "返回核对"
	}
	page.Actions = ui.Actions{ui.Button{Label: next, Name: "go", Value: "next"}, ui.Button{Label: "上传选好的文件", Kind: ui.Secondary, Name: "go", Value: "upload"},
		ui.Button{Label: "保存，以后再填", Kind: ui.Quiet, Name: "go", Value: "save"}}
	return ui.Wizard{FormPage: page, Steps: work.way(stepMaterials)}
}

// uploader is the control for one material, with what is there, why it is asked and what may stand for it.
func (m *Module) uploader(r *web.Request, work Work, n material.Need, fault string) templ.Component {
	u := material.Uploader(n.Type, work.pieces(n.Code), n.Necessity != material.Required)
	u.Error = fault
	if n.Necessity == material.Tolerable {
		u.Hint = strings.TrimSpace(u.Hint + " 暂时没有也能先提交：" + toleranceWords(n) + "。")
	}
	for _, p := range n.Possible {
		u.Hint = strings.TrimSpace(u.Hint + " " + material.WaiverWords(work.Ed, p) + "。")
	}
	if r.Actor.Kind == authz.Guest {
		for i := range u.Files {
			u.Files[i].URL = "" // shown again only to an account
		}
	}
	q := "?d=" + url.QueryEscape(string(work.ID)) + "&m=" + url.QueryEscape(n.Code)
	u.PhoneURL = work.base() + "/materials/phone" + q
	if earlier, err := m.materials.Earlier(r.Ctx, r.View, work.Applicant, n.Code); err == nil && len(earlier) > 0 {
		u.ReuseURL = work.base() + "/materials/reuse" + q
	}
	return ui.Group{u, ui.Disclosure(ui.DisclosureSpec{Summary: "为什么要交“" + n.Name + "”", Body: ui.Prose(n.Why)})}
}

func (m *Module) postMaterials(w *web.Response, r *web.Request) error {
	posted, err := r.Posted()
	if err != nil {
		return err
	}
	work, ok, err := m.opened(w, r, posted.Get("d"))
	if err != nil || !ok {
		return err
	}
	if piece := posted.Get("_remove"); piece != "" {
		_, err := r.Act("bundle.detach", func(tx *db.Tx) error { return m.Detach(r.Ctx, tx, work.ID, proof(r), piece) })
		return w.After(err, m.materialsURL(work, posted))
	}
	given := map[string][]file.Blob{}
	var wrong error
	for _, n := range work.Needs {
		blobs, err := m.materials.Receive(r.MultipartForm, n.Code)
		if err != nil { // the others are kept; only this one is refused
			if !correctable(err) {
				return err
			}
			wrong = problem.Invalid("有文件没有传成功").On(n.Code, problem.MessageFor(err)).Wrap(err)
			continue
		}
		if len(blobs) > 0 {
			given[n.Code] = blobs
		}
	}
	_, err = r.Act("bundle.attach", func(tx *db.Tx) error {
		for _, n := range work.Needs {
			if len(given[n.Code]) == 0 {
				continue
			}
			if _, err := m.Attach(r.Ctx, tx, work.ID, proof(r), n.Code, given[n.Code]...); err != nil {
				if len(problem.FieldsOf(err)) == 0 && problem.KindOf(err) != problem.KindInternal {
					return problem.Invalid("%s", problem.MessageFor(err)).On(n.Code, problem.MessageFor(err)).Wrap(err)
				}
				return err
			}
		}
		return m.Fill(r.Ctx, tx, work.ID, proof(r), nil, stepMaterials)
	})
	if err == nil {
		err = wrong
	}
	if err != nil && !correctable(err) {
		return err
	}
	work, ok, again := m.opened(w, r, posted.Get("d"))
	if again != nil || !ok {
		return again
	}
	if err == nil && posted.Get("go") == "next" {
		bad := problem.Invalid("还有材料没有上传")
		for _, f := range work.Missing() {
			if work.stepOf(f.Name) == stepMaterials {
				bad = bad.On(f.Name, f.Message)
			}
		}
		if len(bad.Fields) > 0 {
			err = bad
		}
	}
	if err != nil {
		return w.PublicAgain(stepFrame(work), m.materialsPage(r, work, err))
	}
	switch posted.Get("go") {
	case "save":
		return m.saved(w, r, work)
	case "next":
		return w.Go(work.checkURL())
	}
	return w.Go(m.materialsURL(work, posted))
}

func (m *Module) materialsURL(work Work, posted url.Values) string {
	if posted.Get("back") == "check" {
		return work.url(stepMaterials) + "&back=check"
	}
	return work.url(stepMaterials)
}

// showPhoneCode shows the code with which a phone uploads for this page.
func (m *Module) showPhoneCode(w *web.Response, r *web.Request) error {
	work, ok, err := m.opened(w, r, r.Value("d"))
	if err != nil || !ok {
		return err
	}
	n := slices.IndexFunc(work.Needs, func(n material.Need) bool { return n.Code == r.Value("m") })
	if n < 0 {
		return problem.NotFound("本次办理不需要这种材料")
	}
	var token string
	act := db.Act{Actor: r.Actor, Name: "bundle.phone", Now: r.Now}
	if _, err := m.k.DB.Run(r.Ctx, act, func(tx *db.Tx) error {
		token, err = m.materials.OpenPhone(r.Ctx, tx, string(work.ID), work.Needs[n].Code)
		return err
	}); err != nil {
		return err
	}
	qr, err := material.PhonePanel(r.BaseURL(), token, work.Needs[n].Type)
	if err != nil {
		return err
	}
	return w.ShowPublic(stepFrame(work), ui.Article{Title: "用手机拍照上传：" + work.Needs[n].Name, Lead: "用手机扫下面的码，在手机上拍照上传。传好后回到这里，点“已传好，刷新”。",
		Body: ui.Group{qr, ui.Actions{ui.LinkButton{Label: "已传好，刷新", URL: work.url(stepMaterials)}}}})
}

// showReuse offers what the applicant gave in earlier matters.
func (m *Module) showReuse(w *web.Response, r *web.Request) error {
	work, ok, err := m.opened(w, r, r.Value("d"))
	if err != nil || !ok {
		return err
	}
	earlier, err := m.materials.Earlier(r.Ctx, r.View, work.Applicant, r.Value("m"))
	if err != nil {
		return err
	}
	var options []ui.Option
	for _, p := range earlier {
		options = append(options, ui.Option{Value: p.ID, Label: p.Name, Hint: day(p.GivenAt) + "提交"})
	}
	page := ui.FormPage{Title: "从我的材料选取", Lead: "请确认材料仍然有效、内容没有变化。", Back: ui.Link{Label: "返回上传材料", URL: work.url(stepMaterials)},
		Form: ui.FormSpec{Action: work.base() + "/materials/reuse", Once: r.Fresh(), Hidden: map[string]string{"d": string(work.ID)}}}
	if len(options) == 0 {
		page.Fields = []templ.Component{ui.EmptyState{Title: "没有可选的材料", Text: "您以前没有交过这种材料，请直接上传。"}}
	} else {
		page.Fields = []templ.Component{ui.Choice{Name: "piece", Label: "选一份", Options: options}}
		page.Actions = ui.Actions{ui.Button{Label: "用这一份"}}
	}
	return w.ShowPublic(stepFrame(work), page)
}

func (m *Module) postReuse(w *web.Response, r *web.Request) error {
	posted, err := r.Posted()
	if err != nil {
		return err
	}
	work, ok, err := m.opened(w, r, posted.Get("d"))
	if err != nil || !ok {
		return err
	}
	if posted.Get("piece") != "" {
		_, err = r.Act("bundle.reuse", func(tx *db.Tx) error { return m.Reuse(r.Ctx, tx, work.ID, proof(r), posted.Get("piece")) })
	}
	return w.After(err, work.url(stepMaterials))
}
