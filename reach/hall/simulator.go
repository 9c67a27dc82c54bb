package hall

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"

	"tongban/kernel/problem"
	"tongban/kernel/web"
)

// people are the cards of the simulator: invented, their numbers under area 431199, which no division of the country has.
func people() []Card {
	cards := []Card{
		{Name: "唐桂英", Sex: "女", Nation: "汉", Birth: "1941-03-08", Address: "南岭县青石街道文庙社区解放路18号", Number: "43119919410308002"},
		{Name: "盘小兰", Sex: "女", Nation: "瑶", Birth: "1988-07-15", Address: "南岭县南塔街道政务路5号2栋301室", Number: "43119919880715004"},
		{Name: "欧阳建国", Sex: "男", Nation: "汉", Birth: "1975-11-02", Address: "南岭县青石街道文庙社区北门巷7号", Number: "43119919751102011"},
		{Name: "张𬱖", Sex: "男", Nation: "汉", Birth: "1996-01-29", Address: "南岭县南塔街道塔下路22号", Number: "43119919960129013"},
		{Name: "赵春花", Sex: "女", Nation: "瑶", Birth: "1993-05-20", Address: "南岭县青石街道文庙社区瑶家路3号", Number: "43119919930520026"},
		{Name: "古丽娜尔·买买提", Sex: "女", Nation: "维吾尔", Birth: "1999-09-09", Address: "南岭县南塔街道东门路66号", Number: "43119919990909028"},
		{Name: "陈大山", Sex: "男", Nation: "汉", Birth: "1960-12-31", Address: "南岭县青石街道文庙社区渡口路1号", Number: "43119919601231031"},
		{Name: "李过期", Sex: "男", Nation: "汉", Birth: "1982-04-04", Address: "南岭县南塔街道老街9号", Number: "43119919820404033", Until: "2020-04-04"},
	}
	for i := range cards {
		c := &cards[i]
		c.Number += string(checkDigit(c.Number))
		c.Issuer = "南岭县公安局"
		c.From = "2016-06-01"
		if c.Until == "" {
			c.Until = "2036-06-01"
		}
	}
	cards[0].Until = "" // older people hold a card for life
	return cards
}

// checkDigit is the last character of a citizen number (GB 11643, ISO 7064 MOD 11-2).
func checkDigit(body string) byte {
	weights := [...]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += w * int(body[i]-'0')
	}
	return "10X98765432"[sum%11]
}

// simulator stands for the devices of a window in a demo county.
type simulator struct{ card int }

// Card implements Bridge.
func (s simulator) Card(context.Context) (Card, error) {
	all := people()
	if s.card < 0 || s.card >= len(all) {
		return Card{}, problem.NotFound("模拟读卡器里没有这张卡，请选第 1 到 %d 张", len(all))
	}
	return all[s.card], nil
}

// Camera implements Bridge: a sheet with grey lines, as if something were written on it.
func (s simulator) Camera(context.Context) (io.ReadCloser, error) {
	const width, height = 420, 594 // A4 upright
	page := image.NewGray(image.Rect(0, 0, width, height))
	for i := range page.Pix {
		page.Pix[i] = 255
	}
	for y := 70; y < height-70; y += 26 {
		end := width - 50 - (y*37+s.card*61)%120
		for x := 50; x < end; x++ {
			for d := range 5 {
				page.SetGray(x, y+d, color.Gray{Y: 170})
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, page); err != nil {
		return nil, err
	}
	return io.NopCloser(&b), nil
}

// The device bridge as a demo county answers it, for trying a window without devices.
type (
	bridgeIn struct {
		Card int `query:"card" minimum:"0" doc:"第几张模拟卡，从 1 起；不写是第 1 张" example:"1"`
	}
	bridgeOut struct{ Body Card }
)

func (m *Module) simulateCard(r *web.Request, in *bridgeIn) (*bridgeOut, error) {
	if !m.k.Settings.Demo {
		return nil, problem.NotFound("设备桥在窗口电脑上；只有演示县由本系统模拟")
	}
	c, err := simulator{card: max(0, in.Card-1)}.Card(r.Ctx)
	return &bridgeOut{c}, err
}

// cardLabel names a card of the simulator for the list of the demo county.
func cardLabel(n int, c Card) string {
	return fmt.Sprintf("%d　%s（%s，%s年生）", n+1, c.Name, c.Sex, c.Birth[:4])
}
