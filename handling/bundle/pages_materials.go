package bundle

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/rules/material"
	"tongban/ui"
)

// materialsPage is the step at which everything is handed in once.
func (m *Module) materialsPage(r *web.Request, work Work, cause error) ui.Wizard {
	hidden := map[string]string{"d": string(work.ID)}
	back := r.Value("back") == "check" || r.PostForm.Get("back") == "check"
	if back {
		hidden["back"] = "check"
	}
	page := ui.FormPage{Title: "上传材料", Lead: "同一份材料只交一次，所有事项共用。照片要拍清四角和文字。", Back: work.before(stepMaterials),
		Faults: web.Faults(cause), Form: ui.FormSpec{Action: work.base() + "/" + stepMaterials, Once: r.Fresh(), Hidden: hidden, Files: true}}
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
			page.Fields = append(page.Fields, m.uploader(r, work, n, problem.FieldMessage(cause, n.Code)))
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
	given := Files{}
	var wrong error
	for _, n := range work.Needs {
		blobs, err := m.materials.Receive(r.Ctx, r.View, r.MultipartForm, n.Code)
		if err != nil { // the others are kept; only this one is refused
			if !problem.Mendable(err) {
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
		return m.Attach(r.Ctx, tx, work.ID, proof(r), given, stepMaterials)
	})
	if err == nil {
		err = wrong
	}
	if err != nil && !problem.Mendable(err) {
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
		options = append(options, ui.Option{Value: p.ID, Label: p.Name, Hint: web.Date(p.GivenAt) + "提交"})
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
