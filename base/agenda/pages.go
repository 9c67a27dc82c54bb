package agenda

import (
	"context"
	"database/sql"
	"errors"
	"net/http"

	"github.com/a-h/templ"

	"tongban/base/agenda/internal/store"
	"tongban/kernel/authz"
	"tongban/kernel/crypto"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/kernel/worklist"
	"tongban/ui"
)

// staff keeps the page to the office; what an applicant waits for stands on his own pages.
func staff(r *web.Request) error {
	if r.Actor.Kind != authz.Staff {
		return problem.Forbidden("日程订阅供工作人员使用。您的办件进度请在“我的办件”里查看")
	}
	return nil
}

func (m *Module) showLink(w *web.Response, r *web.Request) error {
	if err := staff(r); err != nil {
		return err
	}
	link, err := store.New(r.View).Of(r.Ctx, r.Actor.ID)
	has := err == nil
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	button, lead := "生成订阅地址", "把您的待办期限放进手机、电脑里的日历，快到期时由日历提醒。"
	d := ui.Detail{Title: "日程订阅"}
	if has {
		button, lead = "换一个地址", "原来的地址随即失效，日历里要换成新的。"
		d.Tags = []ui.Tag{{Text: "已开通", Tone: ui.OK}}
		d.Facts = []ui.Fact{{Term: "开通", Value: web.Stamp(link.MadeAt.Time)}}
		d.Actions = []templ.Component{ui.Form(ui.FormSpec{Action: "/w/agenda/end", Once: r.Fresh(), Label: "停用", Body: ui.Button{Label: "停用", Kind: ui.Danger}})}
	}
	d.Sections = []ui.Section{
		{Title: "订阅地址", Lead: lead, Body: ui.Form(ui.FormSpec{Action: "/w/agenda", Once: r.Fresh(), Label: button, Body: ui.Button{Label: button}})},
		{Title: "会看到什么", Body: ui.Prose{"有期限的待办：事项名称和到期时间，不写申请人。点开日历里的链接，登录后看详情。", "地址就是钥匙，谁拿到谁就能看到，请不要转发；怀疑泄露的，换一个地址或者停用。调离、停用账户后，地址随即失效。"}},
	}
	return w.ShowDesk(d)
}

// postLink makes an address, instead of the one before. It is shown this once.
func (m *Module) postLink(w *web.Response, r *web.Request) error {
	if err := staff(r); err != nil {
		return err
	}
	secret := crypto.Token(32)
	out, err := r.Act("agenda.link", func(tx *db.Tx) error {
		tx.Record("agenda", r.Actor.ID, "", "linked", nil)
		return store.New(tx).Put(r.Ctx, store.PutParams{Account: r.Actor.ID, Digest: crypto.HashHex([]byte(secret)), MadeAt: db.At(tx.Now)})
	})
	if err != nil {
		return err
	}
	if out.Repeated {
		r.Flash("刚才已经生成。地址只显示一次；没有记下来的，请换一个地址。")
		return w.Go("/w/agenda")
	}
	return w.ShowDesk(ui.Detail{Title: "日程订阅", Back: ui.Link{Label: "返回", URL: "/w/agenda"},
		Notice:   ui.Notice{Tone: ui.Warn, Title: "请现在复制地址", Text: "地址只显示这一次。在日历程序里选“通过网址订阅日历”，把它粘贴进去。"},
		Sections: []ui.Section{{Title: "订阅地址", Body: ui.Listing(r.BaseURL() + "/agenda/" + secret)}}})
}

func (m *Module) postEnd(w *web.Response, r *web.Request) error {
	if err := staff(r); err != nil {
		return err
	}
	_, err := r.Act("agenda.end", func(tx *db.Tx) error {
		n, err := store.New(tx).Drop(r.Ctx, r.Actor.ID)
		if err == nil && n == 0 {
			err = problem.Conflict("没有开通日程订阅，不用停用")
		}
		tx.Record("agenda", r.Actor.ID, "linked", "", nil)
		return err
	})
	if err == nil {
		r.Flash("已停用，原来的地址不能再用。")
	}
	return w.After(err, "/w/agenda")
}

// mostEntries is how many deadlines a feed tells, the most pressing first.
const mostEntries = 200

// showFeed is the calendar behind an address, with what its owner may see at this moment.
func (m *Module) showFeed(w *web.Response, r *web.Request) error {
	owner, err := m.owner(r.Ctx, r.View, r.PathValue("secret"))
	if err != nil {
		return err
	}
	tasks, _, err := worklist.Mine(r.Ctx, m.k.View(owner), worklist.Page{Limit: mostEntries})
	if err != nil {
		return err
	}
	var entries []Entry
	for _, t := range tasks {
		if t.Due.IsZero() {
			break // those without a deadline come last
		}
		entries = append(entries, Entry{UID: crypto.HashHex([]byte(t.Ref))[:32] + "@tongban", Summary: "到期：" + t.Title, URL: r.BaseURL() + t.URL, Due: t.Due})
	}
	h := w.Header()
	h.Set("Content-Type", "text/calendar; charset=utf-8")
	h.Set("Content-Disposition", `inline; filename="agenda.ics"`)
	h.Set("Cache-Control", "private, no-store")
	h.Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(http.StatusOK)
	_, err = w.Write([]byte(Calendar("待办期限", entries, r.Now)))
	return err
}

// owner finds whose feed it is. A wrong address and one of somebody who left are the same.
func (m *Module) owner(ctx context.Context, v *db.View, secret string) (authz.Actor, error) {
	none := problem.NotFound("没有这个日程，地址可能已经停用或者换过")
	id, err := store.New(v).Behind(ctx, crypto.HashHex([]byte(secret)))
	if errors.Is(err, sql.ErrNoRows) {
		return authz.Actor{}, none
	}
	if err != nil {
		return authz.Actor{}, err
	}
	owner, err := m.accounts.Identify(ctx, v, id)
	if errors.Is(err, web.ErrNoAccount) {
		return owner, none
	}
	return owner, err
}
