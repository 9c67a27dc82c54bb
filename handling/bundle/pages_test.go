package bundle_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"tongban/handling/bundle"
	"tongban/handling/guide"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/rules/form"
)

// browser keeps a session like a visitor's browser; it runs no script.
type browser struct {
	*trial
	cookie string
}

func (b *browser) ask(r *http.Request) *kerneltest.Answer {
	b.T.Helper()
	if b.cookie != "" {
		r.Header.Set("Cookie", b.cookie)
	}
	a := b.Ask(r, kerneltest.Nobody)
	if set := a.Header.Get("Set-Cookie"); strings.HasPrefix(set, "tongban=") {
		b.cookie, _, _ = strings.Cut(set, ";")
	}
	return a
}

func (b *browser) get(path string) *kerneltest.Answer {
	b.T.Helper()
	return b.ask(httptest.NewRequest(http.MethodGet, path, nil))
}

// send fills in the form of a page and posts it.
func (b *browser) send(page *kerneltest.Answer, action string, with url.Values) *kerneltest.Answer {
	b.T.Helper()
	form := url.Values(page.Values(action))
	for name, v := range with {
		form[name] = v
	}
	return b.ask(kerneltest.Form(action, form))
}

func (b *browser) signIn(id string) { b.T.Helper(); b.get("/kerneltest/sign-in/" + id) }

// typed are values as they are typed into the boxes of a form.
func typed(f form.Form) url.Values {
	out := url.Values{}
	values := filling(f)
	for _, x := range f.Fields() {
		if !x.Asked() {
			continue
		}
		v := form.Get(values, x.Code).Text
		switch x.Kind {
		case form.Day:
			d := strings.Split(v, "-")
			out[x.Code+".year"], out[x.Code+".month"], out[x.Code+".day"] = d[:1], d[1:2], d[2:]
		case form.Address:
			region, text, _ := strings.Cut(v, "|")
			out[x.Code+".region"], out[x.Code+".text"] = []string{region}, []string{text}
		case form.Money:
			out[x.Code] = []string{"100000"}
		default:
			out[x.Code] = []string{v}
		}
	}
	return out
}

// A visitor without script and without login fills the form, signs in before submitting, submits twice, and follows the matter.
func TestFromTheGuideToTheReceiptWithoutScript(t *testing.T) {
	c := begin(t, db.SQLite)
	c.Get("/my", c.citizen) // makes the account known to the door
	b := &browser{trial: c}
	e, err := guide.NewEngine(c.Library.Current(), "open-restaurant")
	if err != nil {
		t.Fatal(err)
	}
	answers, err := e.Relevant(restaurant())
	if err != nil {
		t.Fatal(err)
	}
	const base = "/events/open-restaurant/apply"
	start := b.get(base+"?g="+e.Link(answers)).Is(200, kerneltest.HasText("开始填写"), kerneltest.HasText("6 项"))
	to := b.send(start, base, nil).Goes()
	id := to[strings.LastIndex(to, "=")+1:]
	o, err := e.Outcome(answers, calendar.DayOf(at))
	if err != nil {
		t.Fatal(err)
	}
	boxes := typed(o.Form)
	page := b.get(to).Is(200, kerneltest.HasText("申请人姓名"))
	b.send(page, base+"/applicant", url.Values{"go": {"next"}}).Is(422, kerneltest.HasText("错误："), kerneltest.HasText("请填写申请人姓名"))
	seen := map[string]bool{}
	for next := to; !strings.HasPrefix(next, "/check/"); {
		page := b.get(next).Is(200)
		path, _, _ := strings.Cut(next, "?")
		step := path[strings.LastIndex(path, "/")+1:]
		if step == "start" {
			step = "applicant"
		}
		if seen[step] {
			t.Fatalf("%s comes twice", step)
		}
		seen[step] = true
		if step == "materials" {
			page.Is(200, kerneltest.HasText("免交"), kerneltest.HasText("用手机拍照上传"))
			b.send(page, base+"/materials", url.Values{"go": {"next"}}).Is(422, kerneltest.HasText("还没有上传"))
			for _, n := range o.Needs {
				if n.Kind == "form" && !strings.Contains(n.Name, "承诺") || n.Waived() {
					continue
				}
				form := url.Values(b.get(next).Values(base + "/materials"))
				form.Set("go", "upload")
				b.ask(kerneltest.Upload(base+"/materials", form, n.Code, n.Code+".pdf", []byte("%PDF-1.4\n%"+n.Code))).Goes()
			}
			next = b.send(b.get(next), base+"/materials", url.Values{"go": {"next"}}).Goes()
			continue
		}
		with := url.Values{"go": {"next"}}
		for name := range page.Values(base + "/" + step) {
			if v, ok := boxes[name]; ok {
				with[name] = v
			}
		}
		for name, v := range boxes { // choices are in no form values until picked
			if strings.Contains(page.Body, `name="`+name+`"`) {
				with[name] = v
			}
		}
		next = b.send(page, base+"/"+step, with).Goes()
	}
	check := "/check/" + id
	b.get(check).Is(200, kerneltest.HasText("登录后提交"), kerneltest.HasText("盘小兰"))
	if to := (&browser{trial: c}).get(check).Goes(); !strings.HasPrefix(to, "/login?next=") { // another visitor
		t.Errorf("another visitor is led to %s", to)
	}
	b.signIn(c.citizen.ID)
	ready := b.get(check).Is(200, kerneltest.HasText("提交申请"), kerneltest.HasText("修改"))
	b.send(ready, check, url.Values{"way": {"window"}}).Is(422, kerneltest.HasText("请阅读并勾选声明"))
	with := url.Values{"way": {"window"}, "declared": {"yes"}}
	done := b.send(ready, check, with).Goes()
	if again := b.send(ready, check, with); again.Status != 409 && again.Goes() != done {
		t.Errorf("the second click leads to %d", again.Status)
	}
	number := strings.TrimPrefix(done, "/done/")
	if !bundle.IsNumber(number) {
		t.Fatalf("done at %s", done)
	}
	b.get(check).Is(409, kerneltest.HasText("已提交，编号 "+number), kerneltest.HasText("查看办理进度"))
	b.get(base+"/applicant?d="+id).Is(409, kerneltest.HasText(number))
	if n := c.Count(`SELECT count(*) FROM bundle_submission`); n != 1 {
		t.Fatalf("%d submissions", n)
	}
	b.get(done).Is(200, kerneltest.HasText(number), kerneltest.HasText("最迟办好"))
	for _, pdf := range []string{done + "/receipt.pdf", done + "/form.pdf"} {
		if a := b.get(pdf).Is(200); !strings.HasPrefix(a.Body, "%PDF-") {
			t.Errorf("%s is no PDF", pdf)
		}
	}
	c.Settle()
	b.get("/t/"+number).Is(200, kerneltest.HasText("每个事项办到哪了"), kerneltest.HasText("为什么是这个日期"), kerneltest.HasText("撤回申请"))
	b.get("/my").Is(200, kerneltest.HasText("正在办理"), kerneltest.HasText(number))
	b.get("/my/cases").Is(200, kerneltest.HasText(number))
	b.get("/my/drafts").Is(200, kerneltest.HasText("没有草稿"))
	// Somebody with the receipt in hand.
	v := &browser{trial: c}
	if got := v.get("/t/" + number).Goes(); got != "/t?no="+number {
		t.Errorf("a stranger is sent to %s", got)
	}
	ask := v.get("/t").Is(200)
	v.send(ask, "/t", url.Values{"no": {number}, "tail": {"0000"}}).Is(422, kerneltest.HasText("编号或者证件号码后四位不对"))
	digits := citizenNumber("43119919900307002X")[14:]
	if got := v.send(v.get("/t"), "/t", url.Values{"no": {" " + number[:8] + " " + number[8:]}, "tail": {digits}}).Goes(); got != "/t/"+number {
		t.Errorf("the right digits lead to %s", got)
	}
	v.get("/t/"+number).Is(200, kerneltest.HasText("盘**"), kerneltest.Lacks("盘小兰"), kerneltest.Lacks("撤回申请"))
	v.get(done + "/receipt.pdf").Is(200)
	if a := v.get(done + "/form.pdf"); a.Status == 200 {
		t.Error("who only knows the digits reads the whole form")
	}
	api := v.get("/api/v1/track/" + number + "?tail=" + digits).Is(200)
	var told struct {
		Number string `json:"number"`
		Parts  []struct {
			State string `json:"state"`
		} `json:"parts"`
	}
	if err := json.Unmarshal([]byte(api.Body), &told); err != nil || told.Number != number || len(told.Parts) != 6 {
		t.Errorf("the API says %s (%v)", api.Body, err)
	}
}

// The session ends in the middle; after signing in again everything typed is there, at the step where it was left.
func TestAnExpiredSessionKeepsTheDraft(t *testing.T) {
	c := begin(t, db.SQLite)
	c.Get("/my", c.citizen)
	b := &browser{trial: c}
	b.signIn(c.citizen.ID)
	e, _ := guide.NewEngine(c.Library.Current(), "open-restaurant")
	answers, _ := e.Relevant(restaurant())
	const base = "/events/open-restaurant/apply"
	to := b.send(b.get(base+"?g="+e.Link(answers)), base, nil).Goes()
	page := b.get(to).Is(200, kerneltest.HasText("来源"))
	b.send(page, base+"/applicant", url.Values{"applicant_phone": {"13907460002"}, "go": {"save"}}).Goes()
	b.cookie = "" // the session is over
	if to := b.get(strings.Replace(to, "/start", "/applicant", 1)).Goes(); !strings.HasPrefix(to, "/login?next=") {
		t.Errorf("without a login the step leads to %s", to)
	}
	b.cookie = ""
	b.send(page, base+"/applicant", url.Values{"applicant_phone": {"13907460003"}, "go": {"next"}}).Is(401, kerneltest.HasText("登录已过期"))
	b.signIn(c.citizen.ID)
	b.get("/my/drafts").Is(200, kerneltest.HasText("90 天"))
	b.get(base+"?g="+e.Link(answers)).Is(200, kerneltest.HasText("您有一份没填完的申请"), kerneltest.HasText("接着填"), kerneltest.HasText("重新开始"))
	a := b.get(strings.Replace(to, "/start", "/applicant", 1)).Is(200)
	if got := a.Values(base + "/applicant")["applicant_phone"]; !slices.Equal(got, []string{"13907460003"}) {
		t.Errorf("the phone typed when the login had ended is %v", got)
	}
	a = b.get(strings.Replace(to, "/start", "/applicant", 1)).Is(200)
	if got := a.Values(base + "/applicant")["applicant_phone"]; !slices.Equal(got, []string{"13907460002"}) {
		t.Errorf("the phone saved before is %v", got)
	}
}

func TestEveryRouteKeepsTheRules(t *testing.T) {
	c := begin(t, db.SQLite)
	own := map[string]bool{}
	for _, r := range c.m.Manifest().Routes {
		own[r.Pattern()] = true
	}
	for _, f := range c.Walk().Findings {
		if own[f.Route] {
			t.Error(f)
		}
	}
}
