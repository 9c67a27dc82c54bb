package hall

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	"tongban/kernel/config"
	"tongban/kernel/db"
	"tongban/kernel/problem"
)

// Bridge is what stands between the product and the devices at a window.
type Bridge interface {
	// Card reads the card that lies on the reader.
	Card(ctx context.Context) (Card, error)
	// Camera takes one picture of what lies under the document camera (高拍仪).
	Camera(ctx context.Context) (io.ReadCloser, error)
}

// SettingBridge is the county's setting with the address of the device bridge, such as http://192.0.2.7:17650.
const SettingBridge = "hall.bridge"

// bridge finds the devices of the county: those of the setting, else in a demo county the simulator with the card that the visitor picked.
func (m *Module) bridge(ctx context.Context, v *db.View, card int) (Bridge, error) {
	base, err := config.Get(ctx, v, SettingBridge)
	switch {
	case err != nil:
		return nil, err
	case base != "":
		return device{base: strings.TrimRight(base, "/"), client: &http.Client{Timeout: deviceTimeout}}, nil
	case m.k.Settings.Demo:
		return simulator{card: card}, nil
	}
	return nil, problem.Conflict("还没有接入读卡器和高拍仪，请手工填写身份信息、用“选择文件”上传").WithNext("设备地址由系统管理员在设置 " + SettingBridge + " 里填写。")
}

// deviceTimeout is how long a device may take; a card lies on the reader for a second or two.
const deviceTimeout = 10 * time.Second

// device is a bridge at an address.
type device struct {
	base   string
	client *http.Client
}

// Card implements Bridge.
func (d device) Card(ctx context.Context) (Card, error) {
	body, err := d.get(ctx, "/v1/idcard")
	if err != nil {
		return Card{}, err
	}
	defer body.Close()
	var c Card
	if err := json.NewDecoder(io.LimitReader(body, 64<<10)).Decode(&c); err != nil {
		return c, problem.Conflict("读卡器送来的内容不能识别，请取下身份证重放一次；仍不行就手工填写").Wrap(err)
	}
	return c, nil
}

// Camera implements Bridge. What comes back is judged by its bytes when it is kept, like any upload.
func (d device) Camera(ctx context.Context) (io.ReadCloser, error) { return d.get(ctx, "/v1/camera") }

func (d device) get(ctx context.Context, path string) (io.ReadCloser, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, d.base+path, nil)
	if err != nil {
		return nil, err
	}
	answer, err := d.client.Do(r)
	if err != nil {
		return nil, problem.Busy(5*time.Second, "窗口设备没有应答，请检查设备是否接好、放好证件再试；急办请手工填写").Wrap(err)
	}
	if answer.StatusCode != http.StatusOK {
		_ = answer.Body.Close()
		return nil, problem.Conflict("窗口设备没有读到内容，请把证件放正再试；仍不行就手工填写")
	}
	return answer.Body, nil
}
