package journeys

import (
	"strings"
	"testing"
	"time"

	"tongban/test/browser"
)

// TestFromApplicationToLicence is the whole story: the parts are taken on, examined and decided by different people, the licences are
// issued and anyone can check them, the outlet hands over, the citizen rates.
func TestFromApplicationToLicence(t *testing.T) {
	county := stage.County(t, 0)
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
	citizen.Press("食品经营许可证")
	citizen.Picture("licence")
	licence := citizen.Find(`(JY\d{14}|[0-9A-Z]{8,}\d{6,})`)
	stranger := county.Person("stranger", browser.Phone)
	stranger.Open("/verify/" + licence)
	stranger.See("有效", "食品经营许可证")
	stranger.SeeNot("431199198803150024")

	// Everything is handed over together.
	citizen.Open("/t/" + number)
	citizen.SeeSoon("取件码", 30*time.Second)
	code := citizen.Find(`取件码[：\s]*([0-9A-Z-]{4,})`)
	outlet := clerk(county, "outlet")
	outlet.Open("/w/outlet")
	outlet.Picture("outlet")
	_ = code
	outlet.Press("我要开餐饮店")
	outlet.Picture("parcel")
	t.Log(strings.Join(outlet.Questions(), ", "))
}
