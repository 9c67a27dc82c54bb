package journeys

import (
	"testing"
	"time"

	"tongban/test/browser"
)

// TestFromApplicationToLicence is the whole story: the parts are taken on, examined and decided by different people, the licences are
// issued and anyone can check them, the outlet hands over, the citizen rates. The
// books of a county are kept in either of two databases; the story is the same.
func TestFromApplicationToLicence(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { fromApplicationToLicence(t, stage.County(t, 0)) })
	t.Run("postgres", func(t *testing.T) { fromApplicationToLicence(t, stage.PostgresCounty(t, 0)) })
}

func fromApplicationToLicence(t *testing.T, county *browser.County) {
	t.Helper()
	citizen := county.Person("chen", browser.Desktop)
	citizen.Enter("demo-chen")
	begin(t, citizen)
	complete(t, citizen, owner)
	number := submit(t, citizen)

	window := clerk(county, "window")
	const register, tax = "个体工商户设立登记", "新办纳税人信息确认"
	grantAtOnce(window, register)
	citizen.Open("/t/" + number)
	citizen.SeeSoon("准予", 10*time.Second)

	// What waited for the business licence begins by itself.
	for _, item := range []string{tax, fire} {
		window.Unwatched(func() { window.Open("/w/cases") })
		window.SeeSoon(item, 10*time.Second)
	}
	grantAtOnce(window, tax)
	accept(window, food)
	examiner, approver := clerk(county, "assessor"), clerk(county, "approver")
	examine(examiner, food)
	grant(approver, food)
	take(window, fire)
	if window.Sees("当场决定") {
		grantAtOnce(window, fire)
	} else {
		accept(window, fire)
		examine(clerk(county, "fire-rescue-assessor"), fire)
		grant(clerk(county, "fire-rescue-approver"), fire)
	}

	// The licences stand in the wallet and can be checked by anybody.
	citizen.Open("/my/licences")
	citizen.SeeSoon("食品经营许可证", 30*time.Second)
	citizen.See("营业执照")
	check := citizen.Find(`食品经营许可证[\s\S]*?验真码 ([0-9A-Z]{12})`)
	document(t, citizen, "下载 PDF", "陈秀兰")
	stranger := county.Person("stranger", browser.Phone)
	stranger.Open("/")
	stranger.Press("证照验真")
	stranger.Fill(browser.Facts{"证照编号": check, "编号": check, "验真码": check})
	stranger.Key("Enter")
	stranger.See("有效", "食品经营许可证")
	stranger.SeeNot("431199198803150024", "陈秀兰")

	// Everything is handed over together, to her alone.
	citizen.Open("/demo/messages")
	citizen.SeeSoon("请凭取件码", 20*time.Second)
	code := citizen.Find(`请凭取件码 (\d{3} ?\d{3})`)
	outlet := clerk(county, "outlet")
	outlet.Open("/w/outlet")
	outlet.Type("取件码", code)
	outlet.Press("查找")
	outlet.See("我要开餐饮店", "核对领取人")
	outlet.Type("后四位", "0024")
	outlet.Press("核对")
	outlet.See("后四位相符", "点清 4 项")
	outlet.Press("交付并签收")
	outlet.See("送达回证")
	document(t, outlet, "送达回证（PDF）", "陈秀兰", "雷小燕")

	// She rates what was done for her, once, without logging in.
	citizen.Open("/demo/messages")
	citizen.SeeSoon("请为这次服务打分", 20*time.Second)
	stranger.Open(citizen.Find(`(/review/[0-9A-Za-z_-]+)`))
	stranger.Answer("满意吗", "非常满意")
	stranger.Press("提交评价")
	stranger.See("评价已收到")
	citizen.Open("/t/" + number)
	citizen.See("已送达")
}

// TestLatePartReachesTheLeader: one part is left lying; when its term has passed there is a red card and the leader sees it at the top
// of the cockpit, and the number opens the list.
func TestLatePartReachesTheLeader(t *testing.T) {
	county := stage.County(t, 0)
	citizen := county.Person("chen", browser.Desktop)
	citizen.Enter("demo-chen")
	begin(t, citizen)
	complete(t, citizen, owner)
	number := submit(t, citizen)
	window := clerk(county, "window")
	grantAtOnce(window, "个体工商户设立登记")
	window.Unwatched(func() { window.Open("/w/cases") })
	window.SeeSoon(food, 10*time.Second)
	accept(window, food)

	window.Open("/demo/clock")
	window.Press("往后 20 个工作日")
	window.See("演示时间已拨到")
	leader := clerk(county, "leader")
	leader.Open("/l")
	leader.SeeSoon(food, 45*time.Second)
	leader.Picture("cockpit")
	leader.Press(food)
	leader.See("红牌", "审批局", "下一步")
	examiner := clerk(county, "assessor")
	take(examiner, food)
	examiner.See("红牌")
	citizen.Open("/t/" + number)
	citizen.See("超")
}
