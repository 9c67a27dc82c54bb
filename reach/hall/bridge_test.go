package hall_test

import (
	"encoding/json"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"tongban/kernel/authz"
	"tongban/kernel/config"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/reach/hall"
)

// A county with real devices sets their address; from then on the card comes from there and the picture too.
func TestTheCountysOwnDevices(t *testing.T) {
	h := open(t, db.SQLite)
	card := hall.Card{Name: "赵春花", Number: people(t, h)[4].number, Address: "南岭县青石街道文庙社区9号", Until: "2040-01-01"}
	broken := false
	devices := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case broken:
			http.Error(w, "no card", http.StatusNotFound)
		case r.URL.Path == "/v1/idcard":
			_ = json.NewEncoder(w).Encode(card)
		case r.URL.Path == "/v1/camera":
			_ = png.Encode(w, image.NewGray(image.Rect(0, 0, 30, 30)))
		}
	}))
	defer devices.Close()
	set := func(address string) {
		h.As(authz.Machine("test", "setup")).Must("config.set", func(tx *db.Tx) error { return config.Set(h.Ctx, tx, hall.SettingBridge, address) })
	}
	set(devices.URL + "/")
	at := h.Post("/w/intake/card", url.Values{"card": {"1"}}, clerk).Goes()
	h.Get(at+"/what", clerk).Is(200, kerneltest.HasText("赵春花"), kerneltest.HasText("已读卡核验"))

	broken = true
	h.Post("/w/intake/card", nil, clerk).Is(422, kerneltest.HasText("手工填写"))
	devices.Close()
	h.Post("/w/intake/card", nil, clerk).Is(422, kerneltest.HasText("没有应答"))
	if n := h.Count(`SELECT count(*) FROM hall_intake`); n != 1 {
		t.Errorf("%d intakes", n)
	}
}
