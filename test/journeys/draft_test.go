package journeys

import (
	"strings"
	"testing"
	"time"

	"tongban/test/browser"
)

// begin brings somebody who is signed in to the first page of the form for her noodle shop.
func begin(t *testing.T, p *browser.Person) {
	t.Helper()
	p.Unwatched(func() {
		p.Open("/events/open-restaurant/ask")
		answer(t, p, noodles)
		p.Press("看办事指南")
		p.Press("开始办理")
		if p.Sees("重新开始") {
			p.Press("重新开始")
		} else {
			p.Press("开始填写")
		}
	})
}

// complete goes on from any step to the check page.
func complete(t *testing.T, p *browser.Person, facts browser.Facts) {
	t.Helper()
	p.Unwatched(func() {
		fillForm(t, p, facts)
		handIn(t, p)
	})
	p.See("核对后提交")
}

// TestPrefill is journey 2: what the county knows already stands in the form with its source; what the owner corrects is kept beside
// what the source said, and the examiner reads both.
func TestPrefill(t *testing.T) { everywhere(t, prefill) }

func prefill(t *testing.T, view browser.View) {
	county := stage.County(t, 0)
	p := county.Person("chen", view)
	p.Enter("demo-chen")
	begin(t, p)
	if got := p.Value("申请人姓名"); got != "陈秀兰" {
		t.Errorf("the name is not filled in: %q", got)
	}
	if got := strings.ReplaceAll(p.Value("申请人身份号码"), " ", ""); got != "431199198803150024" {
		t.Errorf("the number is not filled in: %q", got)
	}
	p.See("来源")
	p.Type("住址：门牌号", "新街7号")
	complete(t, p, owner)
	p.See("新街7号", "来源")
	number := submit(t, p)
	p.Open("/t/" + number)
	examiner := county.Person("examiner", browser.Desktop)
	examiner.Enter("market-regulation-approver")
	examiner.Open("/w/cases")
	examiner.Press("个体工商户设立登记")
	examiner.See("申请人改过")
	examiner.SeeNot("431199198803150024", "新街7号") // masked until a reason is given
	examiner.Press("查看完整的个人信息")
	examiner.Picture("reveal")
	examiner.Fill(browser.Facts{"为什么": "核对住址", "查看": "核对住址", "事由": "核对住址", "用途": "核对住址"})
	examiner.Press("查看")
	examiner.See("新街7号", "申请人改过", "文庙路18号")
	phone := county.Person("chen-phone", browser.Phone.WithoutScript())
	phone.Enter("demo-chen")
	phone.Open("/my")
	phone.Press("谁用过我的数据")
	phone.See("核对住址", "申请表全文", "市监局")
	phone.Picture("readings")
}

// TestSubmitOnce is journey 9: an impatient double click, the same form in two tabs, back and again: one submission, one text message.
func TestSubmitOnce(t *testing.T) { everywhere(t, submitOnce) }

func submitOnce(t *testing.T, view browser.View) {
	county := stage.County(t, 0)
	p := county.Person("chen", view)
	p.Enter("demo-chen")
	begin(t, p)
	complete(t, p, owner)
	other := p.Tab()
	other.Open(p.Address())
	other.See("核对后提交")
	other.Choose("我已阅读并同意")

	p.Choose("我已阅读并同意")
	p.PressTwice("提交申请")
	p.See("申请已提交")
	number := p.Find(`编号 (\d{14})`)

	other.MayAnswer(409)
	other.Press("提交申请")
	other.See("已提交，编号 "+number, "没有重复提交")
	other.Press("查看办理进度")
	other.See(number, "我要开餐饮店")

	p.MayAnswer(409)
	p.Again()
	p.See("申请已提交", number)
	p.Back()
	p.Again() // whatever the browser kept of the page before, the county knows better
	p.See("已提交，编号 " + number)

	p.Open("/my/cases")
	if n := strings.Count(p.Words(), number); n != 1 {
		t.Errorf("the submission %s stands %d times in the list of my matters", number, n)
	}
	p.Open("/demo/messages")
	if n := strings.Count(p.Words(), "已提交，编号 "+number); n != 1 {
		t.Errorf("%d text messages name the submission, there should be one:\n%s", n, p.Words())
	}
}

// TestExpiredLogin is journey 10: the login ends in the middle of the form. Logging in leads back to the same step, and the answers
// are still there, with and without script.
func TestExpiredLogin(t *testing.T) {
	for _, v := range []struct {
		name string
		view browser.View
	}{{"desktop", browser.Desktop}, {"phone-without-script", browser.Phone.WithoutScript()}} {
		t.Run(v.name, func(t *testing.T) {
			county := stage.County(t, 0)
			p := county.Person("chen", v.view)
			p.Enter("demo-chen")
			begin(t, p)
			p.Unwatched(func() {
				for range 2 {
					answer(t, p, owner)
					p.Press("保存并继续")
				}
			})
			step := p.Address()
			p.See("名称")
			p.Type("名称", "秀兰面馆")
			p.Forget()
			p.MayAnswer(401)
			p.Press("保存并继续")
			p.See("登录已过期")
			p.Press("去登录")
			logIn(t, p, "13900000001")
			if got := p.Address(); !strings.HasPrefix(got, strings.Split(step, "?")[0]) {
				t.Errorf("login leads to %s, not back to %s", got, step)
			}
			if got := p.Value("名称"); got != "秀兰面馆" {
				t.Errorf("what was typed when the login ended is gone: %q", got)
			}
			complete(t, p, owner)
			p.See("陈秀兰", "秀兰面馆")
			submit(t, p)
		})
	}
}

// TestLoginWarnsBeforeItEnds is the other half of journey 10: at nine tenths of the time without use the reader is told, and one press
// goes on. Whoever lets it pass finds what stood on the page after logging in again.
func TestLoginWarnsBeforeItEnds(t *testing.T) {
	const idle = 40 * time.Second
	county := stage.County(t, 0, "--idle", idle.String())
	p := county.Person("chen", browser.Desktop)
	p.Enter("demo-chen")
	begin(t, p)
	p.Unwatched(func() {
		for range 2 {
			answer(t, p, owner)
			p.Press("保存并继续")
		}
	})
	p.Type("名称", "秀兰面馆")
	p.Await("后将退出登录", idle)
	p.Picture("warned")
	p.Press("继续使用")
	p.SeeNot("后将退出登录")
	p.Await("后将退出登录", idle)
	p.Await("登录已过期", idle)
	p.Picture("ended")
	p.MayAnswer(401)
	p.Press("重新登录")
	p.See("登录已过期", "填好的内容都在")
	p.Press("去登录")
	logIn(t, p, "13900000001")
	if got := p.Value("名称"); got != "秀兰面馆" {
		t.Errorf("what was typed when the login ended is gone: %q", got)
	}

	bare := county.Person("bare", browser.Phone.WithoutScript())
	bare.Enter("demo-chen")
	bare.Open("/my")
	bare.See("登录保持到")
}
