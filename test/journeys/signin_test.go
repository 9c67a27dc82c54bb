package journeys

import (
	"strings"
	"testing"
	"time"

	"tongban/test/browser"
)

// TestPasskey: a member of staff registers a passkey, leaves, comes back by it alone, and removes it; then it opens nothing. The browser
// judges the page's script and the house's questions, Chromium's own authenticator signs.
func TestPasskey(t *testing.T) {
	county := stage.County(t, 0)
	county.URL = strings.Replace(county.URL, "127.0.0.1", "localhost", 1)
	p := county.Person("passkey", browser.Desktop)
	p.HasAuthenticator()
	p.Enter("admin")
	p.Open("/passkeys")
	p.See("登录方式", "没有登记", "登记通行密钥")
	p.Picture("empty")
	p.Type("名称", "办公室电脑")
	p.Press("登记")
	p.Await("已登记“办公室电脑”", 10*time.Second)
	p.See("我的通行密钥", "还没有用过")
	p.Picture("one")

	p.Type("名称", "第二次")
	p.Press("登记")
	p.Await("这台设备上的通行密钥已经登记过", 10*time.Second)

	phone := county.Person("phone", browser.Phone)
	phone.Enter("admin")
	phone.Open("/passkeys")
	phone.See("我的通行密钥", "办公室电脑")

	p.Leave()
	p.Open("/login")
	p.Picture("login")
	p.Press("用通行密钥登录")
	p.Await("审批工作台", 10*time.Second)
	p.Open("/passkeys")
	p.See("谢安民", "上次使用")
	p.SeeNot("还没有用过")

	p.Press("删除")
	p.Await("已删除", 10*time.Second)
	p.See("没有登记")
	p.Leave()
	p.MayAnswer(422)
	p.Open("/login")
	p.Press("用通行密钥登录")
	p.Await("通行密钥没有通过验证", 10*time.Second)
}

// Without script the button says what is needed.
func TestPasskeyWithoutScript(t *testing.T) {
	p := stage.County(t, 0).Person("noscript", browser.Desktop.WithoutScript())
	p.MayAnswer(422)
	p.Open("/login")
	p.Press("用通行密钥登录")
	p.See("浏览器没有给出通行密钥")
}
