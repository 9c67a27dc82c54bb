package bundle

import (
	"crypto/rand"
	"encoding/base64"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"tongban/handling/casework"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/file"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

// maxUpload bounds one posted page of materials: several photos at once.
const maxUpload = 6 * file.MaxBytes

func (m *Module) routes() []web.Route {
	var out []web.Route
	for _, place := range []string{"/events/{slug}/apply", "/items/{code}/apply"} {
		out = append(out,
			web.Page(place, authz.Anyone, m.showStart),
			web.Form(place, authz.Anyone, m.postStart),
			web.Page(place+"/{step}", authz.Anyone, m.showStep),
			web.Form(place+"/{step}", authz.Anyone, m.postStep),
			web.Upload(place+"/materials", authz.Anyone, maxUpload, m.postMaterials),
			web.Page(place+"/materials/phone", authz.Anyone, m.showPhoneCode),
			web.Page(place+"/materials/reuse", authz.SignedIn, m.showReuse),
			web.Form(place+"/materials/reuse", authz.SignedIn, m.postReuse),
		)
	}
	return append(out,
		web.Page("/check/{draft}", authz.Anyone, m.showCheck),
		web.Form("/check/{draft}", authz.Anyone, m.postCheck),
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
		web.Page("/w/submissions/{number}", casework.PermRead, m.showSubmission),
		web.Page("/my", authz.SignedIn, m.showMy),
		web.Page("/my/cases", authz.SignedIn, m.showMyCases),
		web.Page("/my/drafts", authz.SignedIn, m.showMyDrafts),
		web.Form("/my/drafts/{draft}/drop", authz.SignedIn, m.postDrop),
		web.Route{Method: http.MethodGet, Path: "/api/v1/track/{receipt}", Permission: authz.Anyone, Handle: m.apiTrack, API: true, Title: "查询办理进度"},
	)
}

// frame is the frame of this module's public pages.
func frame(title string, crumbs ...ui.Link) ui.PublicPage {
	trail := append([]ui.Link{{Label: "首页", URL: "/"}}, crumbs...)
	return ui.PublicPage{Page: ui.Page{Title: title, Crumbs: append(trail, ui.Link{Label: title})}}
}

// Names in the session.
const (
	sessionProof = "bundle.proof"
	sessionTrack = "bundle.track"
	sessionDraft = "bundle.draft."
)

// proof is what this session keeps of a guest's drafts.
func proof(r *web.Request) Proof { return Proof(r.Recall(sessionProof)) }

// newProof gives the session a proof, once.
func newProof(r *web.Request) Proof {
	if p := proof(r); p != "" {
		return p
	}
	raw := make([]byte, 24)
	rand.Read(raw)
	p := base64.RawURLEncoding.EncodeToString(raw)
	r.Remember(sessionProof, p)
	return Proof(p)
}

// trust remembers in the session that the visitor has shown number and digits of a receipt. The last few are kept.
func trust(r *web.Request, number string) {
	list := slices.DeleteFunc(strings.Fields(r.Recall(sessionTrack)), func(s string) bool { return s == number })
	list = append(list, number)
	if len(list) > 10 {
		list = list[len(list)-10:]
	}
	r.Remember(sessionTrack, strings.Join(list, " "))
}

func trusted(r *web.Request, number string) bool {
	return slices.Contains(strings.Fields(r.Recall(sessionTrack)), number)
}

// visitor is where a request comes from, for counting wrong answers.
func visitor(r *web.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// tracked finds the submission of the address for who may see it; others are sent to prove that they hold its receipt.
func (m *Module) tracked(w *web.Response, r *web.Request) (s Submission, ok bool, err error) {
	number := tidy(r.Value("receipt"))
	ask := func() (Submission, bool, error) { return s, false, w.Go("/t?no=" + number) }
	if !IsNumber(number) {
		return s, false, problem.NotFound("没有这个编号：编号是 14 位数字，请对照收件凭证核对").WithNext("请到“查进度”重新输入编号。")
	}
	s, err = m.ByNumber(r.Ctx, r.View, number)
	if problem.KindOf(err) == problem.KindNotFound && err != nil {
		return ask() // the same answer as for a number that exists and was not shown to be the visitor's
	}
	if err != nil {
		return s, false, err
	}
	if trusted(r, s.Number) {
		return s, true, nil
	}
	may, err := m.mayTrack(r.Ctx, r.View, s)
	if err != nil || may {
		return s, may, err
	}
	return ask()
}

// as runs a form's command in the visitor's name, or, for a guest who has shown number and digits, in the name of the receipt.
func (m *Module) as(r *web.Request, s Submission, name string, do func(*db.Tx) error) error {
	if !s.ownedBy(r.Actor) && r.Actor.Kind != authz.Staff {
		stand := *r
		stand.Actor = authz.Machine("receipt:"+s.Number, "track")
		_, err := stand.Act(name, do)
		return err
	}
	_, err := r.Act(name, do)
	return err
}

// faults heads a form with what was wrong.
func faults(err error) []ui.Fault {
	var out []ui.Fault
	for _, f := range problem.FieldsOf(err) {
		out = append(out, ui.Fault{Field: f.Name, Text: f.Message})
	}
	return out
}

func faultOf(err error, name string) string {
	for _, f := range problem.FieldsOf(err) {
		if f.Name == name {
			return f.Message
		}
	}
	return ""
}

// correctable reports whether the person can mend the error on the same page.
func correctable(err error) bool {
	switch problem.KindOf(err) {
	case problem.KindInvalid, problem.KindTooLarge, problem.KindTooMany:
		return err != nil
	}
	return false
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return calendar.DayOf(t).Chinese()
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(calendar.Zone()).Format("2006-01-02 15:04")
}

// partTag is the state of a part as a pill.
func partTag(p Part) ui.Tag {
	t := ui.Tag{Text: PartLabel(p.State)}
	switch p.State {
	case Granted:
		t.Tone = ui.OK
	case Refused, NotTaken, Lapsed:
		t.Tone = ui.Bad
	case Handling:
		t.Tone = ui.Info
	case Waiting:
		if p.Blocked != "" {
			t = ui.Tag{Text: "等您选择", Tone: ui.Warn}
		}
	}
	return t
}

func (s Submission) tag() ui.Tag {
	t := ui.Tag{Text: s.State.Label(), Tone: ui.Info}
	if s.State != Running {
		t.Tone = ui.OK
	}
	return t
}
