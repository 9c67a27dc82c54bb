package tracking

import (
	"fmt"
	"strings"
	"time"

	"tongban/handling/bundle"
	"tongban/handling/casework"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/rules/material"
	"tongban/ui"
)

// laterSection asks for what was allowed to lack: each with its latest moment and a form of its own, for one may be at hand before another.
func (m *Module) laterSection(r *web.Request, x seen, cause error) ui.Section {
	if len(x.later) == 0 {
		return ui.Section{}
	}
	s := ui.Section{ID: "later", Title: "还要补交的容缺材料", Lead: "提交时准许您以后再交的。拍照上传，也可以把原件带到窗口。"}
	staff := r.Actor.Kind == authz.Staff && !x.OwnedBy(r.Actor)
	var body ui.Group
	if list := web.Faults(cause); len(list) > 0 {
		body = append(body, ui.ErrorSummary{Faults: list})
	}
	for _, g := range x.later {
		t, _ := pack.Find[material.Type](x.ed, material.KindType, g.Type) // it was asked under this edition
		body = append(body, ui.Notice{Tone: ui.Warn, Title: t.Name, Body: m.laterWords(x, g, r.Now)})
		if staff && !r.Actor.May(bundle.PermIntake, authz.Place{Unit: x.Lead}) {
			continue // reads only
		}
		u := material.Uploader(t, nil, false)
		u.Error = problem.FieldMessage(cause, g.Type)
		body = append(body, ui.Form(ui.FormSpec{Action: "/t/" + x.Number + "/later", Once: r.Fresh(), Files: true, Label: "补交" + t.Name, Hidden: map[string]string{"type": g.Type},
			Body: ui.Group{u, ui.Actions{ui.Button{Label: "补交" + t.Name, Kind: ui.Secondary}}}}))
	}
	s.Body = body
	return s
}

// laterWords says for what the material is needed, until when it must come, and what follows otherwise.
func (m *Module) laterWords(x seen, g bundle.Tolerated, now time.Time) ui.Prose {
	var names []string
	var by time.Time
	for _, p := range x.parts {
		for _, item := range g.Items {
			if p.Item != item {
				continue
			}
			names = append(names, p.ItemName)
			// Days run from acceptance; a part that is not accepted yet has no date.
			if c := x.cases[p.Case]; !c.AcceptedAt.IsZero() && g.Tolerance.Days > 0 {
				on, err := m.k.Clocks.Calendar().Table.Add(calendar.DayOf(c.AcceptedAt), g.Tolerance.Days)
				if err == nil && (by.IsZero() || on.End().Before(by)) {
					by = on.End()
				}
			}
		}
	}
	last := "作出决定前"
	if g.Tolerance.Until == "deliver" {
		last = "领证前"
	}
	when := "最晚在" + last + "补交。"
	switch {
	case !by.IsZero() && !now.Before(by):
		when = "应在" + casework.LastDay(by) + "前补交，已经过了，请马上补交。"
	case !by.IsZero():
		when = "最晚 " + casework.LastDay(by) + "，并且在" + last + "补交。"
	case g.Tolerance.Days > 0:
		when = fmt.Sprintf("受理后 %d 个工作日内补交，最晚在%s。", g.Tolerance.Days, last)
	}
	out := ui.Prose{"用于" + strings.Join(names, "、") + "。" + when}
	if g.Tolerance.Consequence != "" {
		out = append(out, strings.TrimSuffix(g.Tolerance.Consequence, "。")+"。")
	}
	return out
}

func (m *Module) postLater(w *web.Response, r *web.Request) error {
	posted, err := r.Posted()
	if err != nil {
		return err
	}
	s, ok, err := m.tracked(w, r)
	if err != nil || !ok {
		return err
	}
	typ := posted.Get("type")
	blobs, cause := m.materials.Receive(r.Ctx, r.View, r.MultipartForm, typ)
	if cause == nil {
		cause = m.as(r, s, "bundle.hand-in-later", func(tx *db.Tx) error { return m.bundles.HandInLater(r.Ctx, tx, s.ID, typ, blobs) })
	} else if problem.Mendable(cause) {
		cause = problem.Invalid("有文件没有传成功").On(typ, problem.MessageFor(cause)).Wrap(cause)
	}
	if cause != nil && !problem.Mendable(cause) {
		return cause
	}
	x, err := m.see(r, s)
	if err != nil {
		return err
	}
	if cause == nil {
		r.Flash("“" + material.NameOf(x.ed, typ) + "”已补交，经办人可以看到了。")
		return w.Go("/t/" + s.Number)
	}
	page, err := m.trackPage(r, x, cause)
	if err != nil {
		return err
	}
	return w.PublicAgain(frame("办理进度"), page)
}
