package docket

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"tongban/handling/casework"
	"tongban/kernel/pack"
	"tongban/kernel/web"
	"tongban/rules/catalogue"
	"tongban/ui"
)

// mostItems is how many items a search names.
const mostItems = 5

// showSearch finds cases by number or applicant, ended ones too, and leads to the lists of items so named; a full number opens its case.
func (m *Module) showSearch(w *web.Response, r *web.Request) error {
	q := r.Value("q")
	if c, err := m.cases.ByNumber(r.Ctx, r.View, strings.ToUpper(q)); err == nil {
		if ok, err := m.cases.MayRead(r.Ctx, r.View, c); err != nil {
			return err
		} else if ok {
			return w.Go(c.URL())
		}
	}
	out := ui.List{Title: "查找“" + q + "”", Empty: ui.EmptyState{Icon: ui.IconSearch, Title: "没有找到", Text: "可以输入办件编号、申请人的证件号码，或者姓名、名称里连着的两个字。"}}
	if q == "" {
		out.Title = "查找办件"
		return w.ShowDesk(out)
	}
	f := casework.Filter{Query: q}
	open, err := m.cases.List(r.Ctx, r.View, f)
	if err != nil {
		return err
	}
	f.Stage = casework.StageDone
	ended, err := m.cases.List(r.Ctx, r.View, f)
	if err != nil {
		return err
	}
	out.Lead = fmt.Sprintf("在办 %d 件，已结束 %d 件", len(open.Cases), len(ended.Cases))
	for _, i := range pack.All[catalogue.Item](m.k.Library.Current(), "item") {
		if strings.Contains(i.Name, q) && len(out.Actions) < mostItems {
			out.Actions = append(out.Actions, ui.LinkButton{Label: "事项：" + i.Name, URL: address(casework.Filter{Item: i.Code}, func(*casework.Filter) {}), Kind: ui.Secondary})
		}
	}
	out.Table = m.table(append(open.Cases, ended.Cases...), casework.Filter{Query: q}, r.Now)
	return w.ShowDesk(out)
}

// showScan opens what a bar code or QR code names: a case, or whatever page of ours the code leads to.
func (m *Module) showScan(w *web.Response, r *web.Request) error {
	code := r.Value("c")
	if code == "" {
		return w.ShowDesk(ui.List{Title: "扫码", Lead: "在任何页面直接扫受理通知书、收件凭证或者证照上的码，就打开那一件。没有扫码枪的，把编号输在这里。",
			Filters: ui.FilterBar{Action: "/w/scan", Button: "打开", Fields: []templ.Component{ui.Field{Name: "c", Label: "编号", Width: ui.Width22, Autocomplete: "off"}}},
			Empty:   ui.EmptyState{Icon: ui.IconScanLine, Title: "请扫一个码", Text: "受理通知书、收件凭证上的二维码和条形码，证照上的二维码。"}})
	}
	if u, err := url.Parse(code); err == nil && u.Host != "" {
		if u.Host == r.Host {
			return w.Go(u.RequestURI())
		}
		code = code[strings.LastIndex(code, "/")+1:]
	}
	return w.Go("/w/search?q=" + url.QueryEscape(code))
}
