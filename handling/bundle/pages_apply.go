package bundle

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"tongban/handling/guide"
	"tongban/kernel/authz"
	"tongban/kernel/db"
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
		return w.Go(d.ResumeURL())
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
		{Term: "要交的材料", Value: needWords(o.Needs)},
		{Term: "承诺办结", Value: fmt.Sprintf("提交后 %d 个工作日内", o.Promised)},
		{Term: "费用", Value: feeWords(o)}}
	page.Fields = []templ.Component{ui.DescriptionList{Facts: facts}}
	before, found, err := m.unfinished(r, slug)
	if err != nil {
		return err
	}
	if found {
		words := fmt.Sprintf("上次保存在 %s，%d 天后自动删除。可以接着填，也可以重新开始。", web.Stamp(before.UpdatedAt), before.DaysLeft(r.Now))
		page.Actions = ui.Actions{ui.LinkButton{Label: "接着填", URL: before.ResumeURL()}, ui.Button{Label: "重新开始", Kind: ui.Secondary, Name: "go", Value: "anew"}}
		if link != "" && before.Edition == e.Edition().Number && !maps.Equal(before.Answers, answers) {
			words += "您刚才的回答和那时不同：按新的回答接着填，已填的内容都保留。"
			page.Form.Hidden["d"] = string(before.ID)
			page.Actions = ui.Actions{ui.Button{Label: "按新的回答接着填", Name: "go", Value: "change"}, ui.LinkButton{Label: "按原来的回答接着填", Kind: ui.Secondary, URL: before.ResumeURL()},
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

// needWords counts as the guide does: what is to be brought, what only wants a signature, what is spared.
func needWords(needs []material.Need) string {
	asked, drawn, spared := 0, 0, 0
	for _, n := range needs {
		switch {
		case n.Asked():
			asked++
		case n.Waived():
			spared++
		default:
			drawn++
		}
	}
	words := fmt.Sprintf("%d 种", asked)
	if spared > 0 {
		words += fmt.Sprintf("，另有 %d 种免交", spared)
	}
	if drawn > 0 {
		words += fmt.Sprintf("，%d 份申请表由系统生成、只要签名", drawn)
	}
	return words
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
	if problem.KindOf(err) == problem.KindNotFound && r.Actor.Kind == authz.Guest {
		return Work{}, false, m.loginAgain(w, r, id)
	}
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
	return w.ShowStatus(http.StatusConflict, ui.ErrorPage(ui.ErrorInfo{Status: http.StatusConflict, Title: "已提交，编号 " + s.Number,
		What: "这份申请已于 " + web.Stamp(s.SubmittedAt) + " 提交，没有重复提交。", WhatNow: "不用再交一次，可以查看收件凭证和办理进度。",
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
	values := work.Values
	if posted, ok := m.rescued(r, work, st); ok {
		typed, _ := st.Form.Read(posted, r.Now)
		values = form.Reconcile(typed, work.Values)
	}
	return w.ShowPublic(stepFrame(work), m.fieldsPage(r, work, st, values, nil))
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
