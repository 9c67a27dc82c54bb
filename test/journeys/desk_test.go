package journeys

import (
	"strings"
	"testing"

	"tongban/test/browser"
)

// clerk sits down at a desk of the county.
func clerk(county *browser.County, login string) *browser.Person {
	p := county.Person(login, browser.Desktop)
	p.Enter(login)
	return p
}

// take opens the case of an item in the list of running cases.
func take(p *browser.Person, item string) {
	p.Unwatched(func() { p.Open("/w/cases") })
	p.Press(item)
	p.See(item, "申请内容")
}

// grantAtOnce decides an instant item at the window.
func grantAtOnce(p *browser.Person, item string) {
	take(p, item)
	p.Press("当场决定")
	p.Answer("决定", "准予")
	p.Press("作出决定")
	p.See("已作出")
}

// accept takes a case on.
func accept(p *browser.Person, item string) {
	take(p, item)
	p.PressIn("", "受理")
	p.See("已受理")
}

// examine goes through the review points of a case and proposes to grant it.
func examine(p *browser.Person, item string) {
	take(p, item)
	p.Press("审查")
	for _, point := range p.Questions() {
		if p.Offers(point, "符合") {
			p.Answer(point, "符合")
		}
	}
	p.Answer("审查意见", "建议准予")
	p.Press("提交审查意见")
	p.See("审查意见已提交")
}

// grant decides a case that has been examined.
func grant(p *browser.Person, item string) {
	take(p, item)
	p.Press("作出决定")
	p.Answer("决定", "准予")
	p.Press("作出决定")
	p.See("已作出")
}

// finding is what a clerk writes about one material.
type finding struct{ thing, what, how string }

// askCorrection tells everything that is wrong with a case at once.
func askCorrection(p *browser.Person, item string, list ...finding) {
	take(p, item)
	p.Press("一次告知补正")
	for _, f := range list {
		p.Unfold(f.thing)
		p.TypeIn(f.thing, "有什么问题", f.what)
		p.TypeIn(f.thing, "怎么补", f.how)
	}
	p.Press("告知申请人")
	p.See("已一次告知")
}

// restaurantOfMrsChen has its business licence already, so that its permits begin side by side.
func restaurantOfMrsChen() (situation, facts browser.Facts) {
	situation, facts = browser.Facts{}, browser.Facts{"统一社会信用代码": "92431199MA00CHEN1T"}
	for k, v := range noodles {
		situation[k] = v
	}
	situation["已经有营业执照了吗"] = "是"
	for k, v := range owner {
		facts[k] = v
	}
	facts["法定代表人（负责人）姓名"], facts["法定代表人（负责人）身份号码"] = "陈秀兰", "431199198803150024"
	return situation, facts
}

// TestCorrection is journey 3: two units find three things wrong; the citizen reads one letter, gives only these three, and the case goes
// back to the same desk. While she was asked the clock stood.
func TestCorrection(t *testing.T) {
	for _, v := range []struct {
		name string
		view browser.View
	}{{"desktop", browser.Desktop}, {"phone", browser.Phone}, {"without-script", browser.Desktop.WithoutScript()}} {
		t.Run(v.name, func(t *testing.T) { correction(t, v.view) })
	}
}

const (
	food = "食品经营许可（餐饮服务，新办）"
	fire = "公众聚集场所投入使用、营业前消防安全检查"
)

func correction(t *testing.T, view browser.View) {
	county := stage.County(t, 0)
	citizen := county.Person("chen", view)
	citizen.Enter("demo-chen")
	situation, facts := restaurantOfMrsChen()
	citizen.Unwatched(func() {
		citizen.Open("/events/open-restaurant/ask")
		answer(t, citizen, situation)
		citizen.Press("看办事指南")
		citizen.Press("开始办理")
		citizen.Press("开始填写")
	})
	complete(t, citizen, facts)
	number := submit(t, citizen)

	window := clerk(county, "window")
	askCorrection(window, food, finding{"场所平面布局图", "看不清，请重新拍照", "重新上传清晰的照片"}, finding{"主要设备设施布局和操作流程", "缺少这份材料", "补交"})
	askCorrection(window, fire, finding{"消防安全告知承诺书", "没有盖章或者签字", "盖章或者签字后重新提交"})

	citizen.Open("/demo/messages")
	citizen.See("补正")
	citizen.Open("/inbox")
	citizen.See("补正")
	citizen.Open("/t/" + number)
	citizen.See("补正")
	citizen.Press("补正")
	citizen.See("场所平面布局图", "看不清，请重新拍照", "主要设备设施布局和操作流程", "缺少这份材料", "消防安全告知承诺书", "没有盖章或者签字")
	citizen.SeeNot("居民身份证", "食品经营许可申请书")
	asked := citizen.Uploads()
	if len(asked) != 3 {
		t.Errorf("the letter asks for %d things, not three: %v", len(asked), asked)
	}
	for _, label := range asked {
		citizen.Upload(label, scan(t, label))
	}
	citizen.Press("提交补正")
	citizen.See("补正已提交")

	for _, item := range []string{food, fire} {
		take(window, item)
		window.See("补正内容", "待受理", "已补交", "放回待办") // it came back to her who had asked
	}
	accept(window, food)
	citizen.Open("/t/" + number)
	citizen.See("办理时限停下，等您补正", "时限重新起算：收到补正之日起五个工作日内")
	if words := citizen.Words(); strings.Index(words, "办理时限停下") > strings.Index(words, "时限重新起算") {
		t.Error("the timeline tells the clock's standing still after its going on")
	}
}
