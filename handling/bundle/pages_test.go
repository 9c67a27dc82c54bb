package bundle_test

import (
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

// A visitor without script and without login fills the form, signs in before submitting, and submits twice.
func TestFromTheGuideToTheReceiptWithoutScript(t *testing.T) {
	c := begin(t, db.SQLite)
	b := c.Visitor()
	e, err := guide.NewEngine(c.Library.Current(), "open-restaurant")
	if err != nil {
		t.Fatal(err)
	}
	answers, err := e.Relevant(restaurant())
	if err != nil {
		t.Fatal(err)
	}
	const base = "/events/open-restaurant/apply"
	start := b.Get(base+"?g="+e.Link(answers)).Is(200, kerneltest.HasText("开始填写"), kerneltest.HasText("6 项"))
	to := b.Send(start, base, nil).Goes()
	id := to[strings.LastIndex(to, "=")+1:]
	o, err := e.Outcome(answers, calendar.DayOf(at))
	if err != nil {
		t.Fatal(err)
	}
	boxes := typed(o.Form)
	page := b.Get(to).Is(200, kerneltest.HasText("申请人姓名"))
	b.Send(page, base+"/applicant", url.Values{"go": {"next"}}).Is(422, kerneltest.HasText("错误："), kerneltest.HasText("请填写申请人姓名"))
	seen := map[string]bool{}
	for next := to; !strings.HasPrefix(next, "/check/"); {
		page := b.Get(next).Is(200)
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
			b.Send(page, base+"/materials", url.Values{"go": {"next"}}).Is(422, kerneltest.HasText("还没有上传"))
			for _, n := range o.Needs {
				if n.Kind == "form" && !strings.Contains(n.Name, "承诺") || n.Waived() {
					continue
				}
				form := url.Values(b.Get(next).Values(base + "/materials"))
				form.Set("go", "upload")
				b.Ask(kerneltest.Upload(base+"/materials", form, n.Code, n.Code+".pdf", []byte("%PDF-1.4\n%"+n.Code))).Goes()
			}
			next = b.Send(b.Get(next), base+"/materials", url.Values{"go": {"next"}}).Goes()
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
		next = b.Send(page, base+"/"+step, with).Goes()
	}
	check := "/check/" + id
	b.Get(check).Is(200, kerneltest.HasText("登录后提交"), kerneltest.HasText("盘小兰"))
	if to := c.Visitor().Get(check).Goes(); !strings.HasPrefix(to, "/login?next=") { // another visitor
		t.Errorf("another visitor is led to %s", to)
	}
	b.SignIn(c.citizen)
	ready := b.Get(check).Is(200, kerneltest.HasText("提交申请"), kerneltest.HasText("修改"))
	b.Send(ready, check, url.Values{"way": {"window"}}).Is(422, kerneltest.HasText("请阅读并勾选声明"))
	with := url.Values{"way": {"window"}, "declared": {"yes"}}
	done := b.Send(ready, check, with).Goes()
	if again := b.Send(ready, check, with).Goes(); again != done { // the answer may have been lost on the way
		t.Errorf("the second click leads to %s, the first to %s", again, done)
	}
	number := strings.TrimPrefix(done, "/done/")
	if !bundle.IsNumber(number) {
		t.Fatalf("done at %s", done)
	}
	b.Get(check).Is(409, kerneltest.HasText("已提交，编号 "+number), kerneltest.HasText("查看办理进度"))
	b.Get(base+"/applicant?d="+id).Is(409, kerneltest.HasText(number))
	if n := c.Count(`SELECT count(*) FROM bundle_submission`); n != 1 {
		t.Fatalf("%d submissions", n)
	}
}

// The session ends in the middle; after signing in again everything typed is there, at the step where it was left.
func TestAnExpiredSessionKeepsTheDraft(t *testing.T) {
	c := begin(t, db.SQLite)
	b := c.Visitor()
	b.SignIn(c.citizen)
	e, _ := guide.NewEngine(c.Library.Current(), "open-restaurant")
	answers, _ := e.Relevant(restaurant())
	const base = "/events/open-restaurant/apply"
	to := b.Send(b.Get(base+"?g="+e.Link(answers)), base, nil).Goes()
	page := b.Get(to).Is(200, kerneltest.HasText("来源"))
	b.Send(page, base+"/applicant", url.Values{"applicant_phone": {"13907460002"}, "go": {"save"}}).Goes()
	b.Forget() // the session is over
	if to := b.Get(strings.Replace(to, "/start", "/applicant", 1)).Goes(); !strings.HasPrefix(to, "/login?next=") {
		t.Errorf("without a login the step leads to %s", to)
	}
	b.Forget()
	b.Send(page, base+"/applicant", url.Values{"applicant_phone": {"13907460003"}, "go": {"next"}}).Is(401, kerneltest.HasText("登录已过期"))
	b.SignIn(c.citizen)
	b.Get(base+"?g="+e.Link(answers)).Is(200, kerneltest.HasText("您有一份没填完的申请"), kerneltest.HasText("接着填"), kerneltest.HasText("重新开始"))
	a := b.Get(strings.Replace(to, "/start", "/applicant", 1)).Is(200)
	if got := a.Values(base + "/applicant")["applicant_phone"]; !slices.Equal(got, []string{"13907460003"}) {
		t.Errorf("the phone typed when the login had ended is %v", got)
	}
	a = b.Get(strings.Replace(to, "/start", "/applicant", 1)).Is(200)
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
