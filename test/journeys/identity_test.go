package journeys

import (
	"testing"

	"tongban/kernel/kerneltest"
	"tongban/test/browser"
)

// Two administrators let the province's platform vouch for people; a citizen comes by it on his phone, agrees once, comes again, and
// turns back there.
func TestACitizenSignsInByTheProvincesPlatform(t *testing.T) {
	theirs := kerneltest.NewProvider(t)
	theirs.Knows("gu", map[string]any{"name": "顾长安", "userinfo:id_number": "431199198507070011", "acr": "L3"})
	theirs.Knows("lu", map[string]any{"name": "路小满", "acr": "L1"})
	county := stage.County(t, 0, "--webhook-networks", "127.0.0.0/8")
	admin := county.Person("admin", browser.Desktop)
	admin.Open("/login")
	admin.SeeNot("试验平台")
	admin.Enter("admin")
	admin.Open("/admin/identity")
	admin.Picture("none")
	admin.Press("登记身份平台")
	admin.Type("代码", "province")
	admin.Type("平台名称", "试验平台")
	admin.Type("发行者网址（issuer）", "https://10.9.9.9")
	admin.Type("客户端标识（client_id）", theirs.Client)
	admin.Type("密钥（client_secret）", theirs.Secret)
	admin.Type("够格的等级", "L3 L4")
	admin.MayAnswer(422)
	admin.Press("登记，送复核")
	admin.See("不是公网地址")
	admin.Picture("fault")
	admin.Type("发行者网址（issuer）", theirs.URL)
	admin.Type("密钥（client_secret）", theirs.Secret)
	admin.Press("登记，送复核")
	admin.See("等待复核", "已登记")
	admin.Press("试连接")
	admin.See("连接正常")
	admin.Picture("waiting")
	admin.SeeNot("复核通过，启用")

	security := county.Person("security", browser.Desktop)
	security.Enter("security")
	security.Open("/admin/identity")
	security.Press("试验平台")
	security.Press("复核通过，启用")
	security.See("在用")
	security.Picture("on")

	p := county.Person("citizen", browser.Phone)
	p.Open("/login")
	p.Picture("login")
	leave := func(to string) {
		p.Unwatched(func() {
			p.Press("用试验平台登录")
			p.See("不登录")
			p.Press(to)
		})
	}
	leave("顾长安")
	p.See("首次登录", "顾长安", "核验了您的实名")
	p.SeeNot("431199198507070011")
	p.Picture("first")
	p.Press("确认，登录")
	p.See("顾长安", "现在要您办的")
	p.Press("登录和安全")
	p.See("就是这里", "已关联的身份平台", "已由它核验实名")
	p.Picture("sessions")
	p.Leave()
	p.Open("/login?next=/my/licences")
	leave("顾长安")
	p.See("我的证照")
	p.Leave()
	p.Open("/login")
	p.MayAnswer(422)
	leave("不登录")
	p.See("没有完成登录", "换一种方式登录")
	p.Picture("turned-back")
	p.Open("/login")
	leave("路小满")
	p.See("还没有实名")
	p.Picture("unverified")
}
