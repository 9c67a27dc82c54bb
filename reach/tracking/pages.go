package tracking

import (
	"slices"
	"strings"

	"tongban/handling/bundle"
	"tongban/handling/casework"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/file"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

// maxUpload bounds one posted page of materials: several photos at once.
const maxUpload = 6 * file.MaxBytes

func (m *Module) routes() []web.Route {
	return []web.Route{
		web.Page("/done/{receipt}", authz.Anyone, m.showDone),
		web.Page("/done/{receipt}/receipt.pdf", authz.Anyone, m.downloadReceipt),
		web.Page("/done/{receipt}/form.pdf", authz.SignedIn, m.downloadForm),
		web.Page("/t", authz.Anyone, m.showAsk),
		web.Form("/t", authz.Anyone, m.postAsk),
		web.Page("/t/{receipt}", authz.Anyone, m.showTrack),
		web.Page("/t/{receipt}/supplement", authz.Anyone, m.showSupplement),
		web.Upload("/t/{receipt}/supplement", authz.Anyone, maxUpload, m.postSupplement),
		web.Upload("/t/{receipt}/later", authz.Anyone, maxUpload, m.postLater),
		web.Page("/t/{receipt}/withdraw", authz.SignedIn, m.showWithdraw),
		web.Form("/t/{receipt}/withdraw", authz.SignedIn, m.postWithdraw),
		web.Form("/t/{receipt}/continue", authz.SignedIn, m.postContinue),
		web.Form("/t/{receipt}/partly", authz.SignedIn, m.postPartly),
		web.Page("/my", authz.SignedIn, m.showMy),
		web.Page("/my/cases", authz.SignedIn, m.showMyCases),
		web.Page("/my/readings", authz.SignedIn, m.showReadings),
		web.Page("/my/drafts", authz.SignedIn, m.showMyDrafts),
		web.Form("/my/drafts/{draft}/drop", authz.SignedIn, m.postDrop),
		web.Page("/w/submissions/{number}", casework.PermRead, m.showSubmission),
		m.apiTrack(),
	}
}

// frame is the frame of this module's public pages.
func frame(title string, crumbs ...ui.Link) ui.PublicPage {
	trail := append([]ui.Link{{Label: "首页", URL: "/"}}, crumbs...)
	return ui.PublicPage{Page: ui.Page{Title: title, Crumbs: append(trail, ui.Link{Label: title})}}
}

// sessionShown keeps the receipts whose number and digits the visitor has shown.
const sessionShown = "tracking.shown"

// trust remembers in the session that the visitor has shown number and digits of a receipt. The last few are kept.
func trust(r *web.Request, number string) {
	list := slices.DeleteFunc(strings.Fields(r.Recall(sessionShown)), func(s string) bool { return s == number })
	list = append(list, number)
	if len(list) > 10 {
		list = list[len(list)-10:]
	}
	r.Remember(sessionShown, strings.Join(list, " "))
}

func trusted(r *web.Request, number string) bool {
	return slices.Contains(strings.Fields(r.Recall(sessionShown)), number)
}

// tracked finds the submission of the address for who may see it; others are sent to prove that they hold its receipt.
func (m *Module) tracked(w *web.Response, r *web.Request) (s bundle.Submission, ok bool, err error) {
	number := bundle.Tidy(r.Value("receipt"))
	ask := func() (bundle.Submission, bool, error) { return s, false, w.Go("/t?no=" + number) }
	if !bundle.IsNumber(number) {
		return s, false, problem.NotFound("没有这个编号：编号是 14 位数字，请对照收件凭证核对").WithNext("请到“查进度”重新输入编号。")
	}
	s, err = m.bundles.ByNumber(r.Ctx, r.View, number)
	if problem.KindOf(err) == problem.KindNotFound && err != nil {
		return ask() // the same answer as for a number that exists and was not shown to be the visitor's
	}
	if err != nil {
		return s, false, err
	}
	if trusted(r, s.Number) {
		return s, true, nil
	}
	may, err := m.bundles.MayRead(r.Ctx, r.View, s)
	if err != nil || may {
		return s, may, err
	}
	return ask()
}

// as runs a form's command in the visitor's name, or, for a guest who has shown number and digits, in the name of the receipt.
func (m *Module) as(r *web.Request, s bundle.Submission, name string, do func(*db.Tx) error) error {
	if !s.OwnedBy(r.Actor) && r.Actor.Kind != authz.Staff {
		stand := *r
		stand.Actor = authz.Machine("receipt:"+s.Number, "track")
		_, err := stand.Act(name, do)
		return err
	}
	_, err := r.Act(name, do)
	return err
}
