package journeys

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tongban/test/browser"
)

// An administrator registers a program, subscribes it, sees that its receiver is broken, and once it is well sends again what was lost.
func TestAnAdministratorSubscribesAProgramAndMendsWhatDidNotArrive(t *testing.T) {
	county := stage.County(t, 0, "--webhook-networks", "127.0.0.0/8")
	var well atomic.Bool
	var last atomic.Value
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || !well.Load() {
			w.WriteHeader(http.StatusGone)
			return
		}
		last.Store(r.Header.Get("webhook-id") + " " + string(body))
	}))
	defer receiver.Close()
	p := county.As(t, "admin", browser.Desktop)
	p.Enter("admin")
	p.Open("/admin/clients/new")
	p.Type("应用名称", "村务通小程序")
	p.Answer("所属单位", "南岭县行政审批服务局")
	p.Choose("查看办件")
	p.Type("负责人和联系方式", "数据股 内线 612")
	p.Press("登记，发给密钥")
	p.See("请现在记下密钥")
	p.Open("/admin/webhooks")
	p.Picture("empty")
	p.Press("新建订阅")
	p.Press("开始推送，发给密钥")
	p.See("请选择接入应用", "请至少选一种事件", "请写成完整的网址")
	p.Picture("faults")
	p.Answer("接入应用", "村务通小程序（审批局）")
	p.Type("推送到", receiver.URL+"/events")
	p.Choose("办件受理")
	p.Choose("办件已作决定")
	p.Press("开始推送，发给密钥")
	p.See("请现在记下密钥", "whsec_")
	p.Picture("secret")
	p.Press("到订阅页")
	p.Press("推送测试")
	until(t, p, "不再接收推送")
	p.Picture("paused")
	p.Open("/admin/webhooks/undelivered")
	p.See("村务通小程序", "数据股 内线 612")
	p.Picture("undelivered")
	p.Open("/admin/webhooks")
	p.Press("村务通小程序")
	p.Press("恢复推送")
	well.Store(true)
	p.Press("测试")
	p.Picture("message")
	p.Press("重新推送")
	until(t, p, "已送达")
	p.Picture("arrived")
	if text, _ := last.Load().(string); !strings.Contains(text, `"type":"tongban.webhook.test"`) {
		t.Errorf("the receiver got %q", text)
	}
	p.Open("/admin/webhooks")
	p.Picture("list")
	p.Open("/api#webhooks")
	p.See("核对签名")
}

// until reads the page again until the words stand there.
func until(t *testing.T, p *browser.Person, words string) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !strings.Contains(p.Words(), words); p.Again() {
		if time.Now().After(end) {
			t.Fatalf("%q does not come:\n%s", words, p.Words())
		}
	}
}
