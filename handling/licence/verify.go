package licence

import (
	"bytes"
	"net/http"
	"net/url"
	"time"

	"github.com/a-h/templ"

	"tongban/kernel/calendar"
	"tongban/kernel/document"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

// Checked is what anybody may learn of a licence: never more than what is printed on it, the holder masked. One in the making, or voided,
// was never issued and is answered like one that never was.
type Checked struct {
	State      string `json:"state" enum:"valid,suspended,expired,withdrawn,revoked,penalised,cancelled,unknown" doc:"现在的状态；只有 valid 可以使用" example:"valid"`
	StateText  string `json:"state_text" doc:"状态的中文说法" example:"有效"`
	Name       string `json:"name" doc:"证照名称" example:"食品经营许可证"`
	Number     string `json:"number" doc:"证照编号" example:"JY24311990000012"`
	Identifier string `json:"identifier" doc:"电子证照标识（GB/T 36904）" example:"1.2.156.3005.2.11330105002500287C.2025052201.002.0"`
	Holder     string `json:"holder" doc:"持证人，姓名只显示第一个字" example:"陈**"`
	Issuer     string `json:"issuer" doc:"颁发机关" example:"南岭县行政审批服务局"`
	IssuedOn   string `json:"issued_on" doc:"颁发日期" example:"2026-11-23"`
	ValidUntil string `json:"valid_until" doc:"有效期至；空为长期" example:"2031-11-22"`
	Digest     string `json:"sm3" doc:"证照文件的 SM3 值，十六进制" example:"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"`
	Seal       string `json:"seal" doc:"印章编码，证书在 /seals/{seal}.pem" example:"approval"`
	Signature  string `json:"signature" doc:"签名文件的地址" example:"/verify/K7QX2M9PT4WA/signature"`
	CheckedAt  string `json:"checked_at" format:"date-time" doc:"核验时间" example:"2026-11-23T10:15:00+08:00"`
}

func checkedOf(l Licence, found bool, now time.Time) Checked {
	c := Checked{State: "unknown", StateText: "没有查到", CheckedAt: now.In(web.Beijing).Format(time.RFC3339)}
	if !found {
		return c
	}
	state := l.StateOn(calendar.DayOf(now))
	c.State, c.StateText = string(state), Moves().Label(state)
	c.Name, c.Number, c.Identifier, c.Holder, c.Issuer = l.Name, l.Number, l.Identifier, MaskHolder(l.HolderKind, l.HolderName), l.Issuer
	c.IssuedOn, c.Digest, c.Seal, c.Signature = l.IssuedOn.String(), l.Hash, l.Seal, "/verify/"+l.Code+"/signature"
	if !l.ValidUntil.IsZero() {
		c.ValidUntil = l.ValidUntil.String()
	}
	return c
}

// slow refuses callers who ask too often. It runs on the machine's clock: a test clock that is moved must not open the door.
func (m *Module) slow(r *web.Request) error {
	if wait := m.limit.wait(r.Subscriber(), r.Wall()); wait > 0 {
		return problem.TooMany(wait, "核验得太频繁了，请稍等片刻再查。批量核验请通过数据共享接口")
	}
	return nil
}

func verifyPage() ui.PublicPage {
	return ui.PublicPage{Page: ui.Page{Crumbs: []ui.Link{{Label: "首页", URL: "/"}, {Label: "证照验真"}}}}
}

func (m *Module) askForm() templ.Component {
	return ui.FilterBar{Action: "/verify", Button: "核验", Fields: []templ.Component{ui.Field{Name: "no", Label: "验真码、证照编号或电子证照标识", Hint: "扫证照上的二维码可以直接到达结果", Width: ui.Width22, MaxLength: maxAsked}}}
}

func (m *Module) showVerify(w *web.Response, r *web.Request) error {
	if asked := normal(r.URL.Query().Get("no")); asked != "" && len(asked) <= maxAsked {
		return w.Go("/verify/" + url.PathEscape(asked))
	}
	return w.ShowPublic(verifyPage(), ui.Article{Title: "证照、文书验真", Lead: "查一份由本县颁发的电子证照或文书是不是真的、现在是否有效。不需要登录。",
		Body:     m.askForm(),
		Sections: []ui.Section{{ID: "how", Title: "能看到什么", Body: ui.Prose{"证照名称、编号、颁发机关、日期和现在的状态；持证人姓名只显示第一个字。", "撤销、吊销、注销的证照会立即显示。"}}}})
}

// showChecked answers for one number. What is not known is answered on the same page in the same words, only without facts.
func (m *Module) showChecked(w *web.Response, r *web.Request) error {
	if err := m.slow(r); err != nil {
		return err
	}
	l, found, err := m.shown(r.Ctx, r.View, r.PathValue("no"))
	if err != nil {
		return err
	}
	c := checkedOf(l, found, r.Now)
	notice := ui.Notice{Tone: ui.Bad, Title: "没有查到这份证照", Text: "请对照证照核对号码。号码无误仍查不到的，这份证照不是本县通过本平台颁发的，请向颁发机关核实，或拨打 12345。"}
	if found {
		notice = verdict(l, State(c.State))
	}
	signature := templ.Component(ui.Text("—"))
	certificate := templ.Component(ui.Text("—"))
	if found {
		signature = ui.Anchor{Label: "下载签名文件", URL: c.Signature}
		certificate = ui.Anchor{Label: "下载印章证书", URL: "/seals/" + c.Seal + ".pem"}
	}
	until := c.ValidUntil
	if found && until == "" {
		until = "长期"
	}
	if !found {
		// Not found, and yet a page of its own: the status goes out before the page is shown.
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusNotFound)
	}
	return w.ShowPublic(verifyPage(), ui.Article{Title: "核验结果", Lead: "核验时间：" + r.Now.In(web.Beijing).Format("2006-01-02 15:04:05"), Notice: notice,
		Body: ui.DescriptionList{Facts: []ui.Fact{{Term: "名称", Value: c.Name}, {Term: "编号", Value: c.Number}, {Term: "电子证照标识", Value: c.Identifier}, {Term: "持证人", Value: c.Holder},
			{Term: "颁发机关", Value: c.Issuer}, {Term: "颁发日期", Value: c.IssuedOn}, {Term: "有效期至", Value: until}, {Term: "现在的状态", Value: c.StateText}}},
		Sections: []ui.Section{
			{ID: "self", Title: "自己验证文件", Lead: "手上有 PDF 文件的，可以不依赖本网站验证它有没有被改过。", Body: ui.Group{
				ui.DescriptionList{Facts: []ui.Fact{{Term: "文件 SM3 值", Value: c.Digest}, {Term: "签名", Body: signature}, {Term: "印章证书", Body: certificate}}},
				ui.Prose{"在装有 OpenSSL 3 的电脑上，把三个文件放在一起，依次运行：", "openssl x509 -in 印章.pem -pubkey -noout > 公钥.pem",
					"openssl dgst -sm3 -verify 公钥.pem -sigopt distid:1234567812345678 -signature 证照.sig 证照.pdf", "显示 Verified OK，说明文件就是颁发时的文件。文件真实不等于现在仍有效，是否有效以本页的状态为准。"}}},
			{ID: "again", Title: "再查一份", Body: m.askForm()},
		}})
}

// verdict says in words what the state means for who relies on the licence.
func verdict(l Licence, state State) ui.Notice {
	when := ""
	if !l.EndedAt.IsZero() {
		when = "自" + calendar.DayOf(l.EndedAt).Chinese() + "起"
	}
	basis := ""
	if l.Basis != "" {
		basis = "依据：" + l.Basis + "。"
	}
	switch state {
	case Valid:
		return ui.Notice{Tone: ui.OK, Title: "真实有效", Text: "这份证照由“" + l.Issuer + "”颁发，现在有效。"}
	case Expired:
		return ui.Notice{Tone: ui.Warn, Title: "已失效", Text: "这份证照是真的，但有效期已于" + l.ValidUntil.Chinese() + "届满，不能再使用。"}
	case Suspended:
		return ui.Notice{Tone: ui.Warn, Title: "已暂扣", Text: "这份证照" + when + "被暂扣，暂扣期间不能使用。" + basis}
	}
	return ui.Notice{Tone: ui.Bad, Title: Moves().Label(state), Text: "这份证照" + when + Moves().Label(state) + "，不能再使用。" + basis}
}

// serveCheckedSignature gives the detached signature: it holds nothing of the licence, and who has the document can check it.
func (m *Module) serveCheckedSignature(w *web.Response, r *web.Request) error {
	if err := m.slow(r); err != nil {
		return err
	}
	l, found, err := m.shown(r.Ctx, r.View, r.PathValue("no"))
	if err != nil {
		return err
	}
	if !found {
		return problem.NotFound("没有查到这份证照")
	}
	return m.signature(w, r, l)
}

func (m *Module) signature(w *web.Response, r *web.Request, l Licence) error {
	sig, err := m.seals.Signature(r.Ctx, r.View, l.SealUse)
	if err != nil {
		return err
	}
	return w.Download(l.Name+" "+l.Number+".sig", "application/octet-stream", sig.At, false, bytes.NewReader(sig.Value))
}

// showMine is the wallet (证照夹): every licence as a card with its code.
func (m *Module) showMine(w *web.Response, r *web.Request) error {
	page := ui.PublicPage{Page: ui.Page{Crumbs: []ui.Link{{Label: "首页", URL: "/"}, {Label: "我的", URL: "/my"}, {Label: "我的证照"}}}}
	all, err := m.Of(r.Ctx, r.View, r.Actor.Party)
	if err != nil {
		return err
	}
	list := ui.List{Title: "我的证照", Lead: "电子证照与纸质证照具有同等法律效力。出示二维码，对方扫码就能核验。",
		Empty: ui.EmptyState{Title: "还没有电子证照", Text: "办件准予后，证照会自动放到这里。", Icon: ui.IconBadgeCheck, Action: ui.LinkButton{Label: "去办事", URL: "/events"}}}
	today := calendar.DayOf(r.Now)
	var cards ui.Group
	for _, l := range all {
		svg, err := document.QRSVG(r.BaseURL() + "/verify/" + l.Code)
		if err != nil {
			return err
		}
		state := l.StateOn(today)
		card := ui.Group{ui.DescriptionList{Facts: []ui.Fact{{Term: "编号", Value: l.Number}, {Term: "持证人", Value: l.HolderName}, {Term: "颁发机关", Value: l.Issuer},
			{Term: "颁发日期", Value: l.IssuedOn.Chinese()}, {Term: "有效期", Value: l.Term()}}}}
		if l.Reason != "" && state != Valid {
			card = append(card, ui.Notice{Tone: ui.Warn, Title: Moves().Label(state), Text: "理由：" + l.Reason + "。依据：" + orDash(l.Basis)})
		}
		if state == Valid {
			card = append(card, ui.QR{SVG: svg, Label: l.Name + "的验真二维码", Caption: "验真码 " + l.Code, URL: "/verify/" + l.Code})
		}
		card = append(card, ui.Actions{ui.LinkButton{Label: "下载 PDF", URL: "/licences/" + string(l.ID) + "/pdf", Kind: ui.Secondary, Icon: ui.IconDownload, Download: true},
			ui.LinkButton{Label: "下载签名", URL: "/licences/" + string(l.ID) + "/signature", Kind: ui.Quiet, Download: true}})
		cards = append(cards, ui.Panel(ui.PanelSpec{ID: "l-" + string(l.ID), Title: l.Name, Tag: stateTag(state), Body: card}))
	}
	if len(cards) > 0 {
		list.Body = cards
	}
	return w.ShowPublic(page, list)
}

func stateTag(s State) ui.Tag {
	tone := ui.Bad
	switch s {
	case Valid:
		tone = ui.OK
	case Ordered, Numbered, Sealing:
		tone = ui.Info
	case Suspended, Expired:
		tone = ui.Warn
	}
	return ui.Tag{Text: Moves().Label(s), Tone: tone}
}

func orDash(s string) string {
	if s == "" {
		return "—"
	}
	return s
}
