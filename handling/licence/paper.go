package licence

import (
	"errors"

	"tongban/base/party"
	"tongban/handling/seal"
	"tongban/kernel/document"
)

// compose lays out the document. It uses nothing but what was written down with the number: the same licence gives the same bytes.
func (m *Module) compose(l Licence, lines []Line, s seal.Seal) document.Paper {
	p := document.Paper{Title: l.Name, Creator: "tongban", QR: &document.QR{Text: m.checkURL(l.Code), Caption: "扫码验真"}}
	sign := document.Signature{Issuer: l.Issuer, Date: l.IssuedOn.Chinese(), Seal: &document.Seal{Name: s.Owner(), Note: s.Note()}}
	if l.Kind == KindLicence {
		p.Size, p.Number = document.Landscape, "编号："+l.Number
		p.Blocks = []document.Block{document.Fields{Plain: true, Rows: l.rows(lines)}, sign}
		p.Footer = "电子证照标识：" + l.Identifier + "\n验真码：" + l.Code + "　　电子证照与纸质证照具有同等法律效力，是否有效以扫码核验结果为准"
		return p
	}
	what := "符合规定的条件，准予办理，特发此件。"
	if l.Kind == KindRecord {
		what = "材料齐全，已予备案，特发此凭证。"
	}
	p.Issuer, p.Number = l.Issuer, l.Number
	p.Blocks = []document.Block{
		document.Paragraph{Text: l.HolderName + "：", Flush: true},
		document.Paragraph{Text: "你（单位）提出的“" + l.ItemName + "”申请（办件编号 " + l.CaseNumber + "），经审查，" + what},
		document.Fields{Rows: l.rows(lines)[1:]},
		sign,
	}
	p.Footer = "验真码：" + l.Code + "　　是否有效以扫码核验结果为准"
	return p
}

// rows are what stands on the face, the holder first and the term last. What repeats the holder's name stands once.
func (l Licence) rows(lines []Line) []document.Field {
	label := "持证人"
	if l.HolderKind == party.Company {
		label = "持证单位"
	}
	rows := []document.Field{{Label: label, Value: l.HolderName}}
	for _, x := range lines {
		if x.Shown != l.HolderName {
			rows = append(rows, document.Field{Label: x.Label, Value: x.Shown})
		}
	}
	return append(rows, document.Field{Label: "有效期", Value: l.Term()})
}

// checkURL is where the QR code leads.
func (m *Module) checkURL(code string) string {
	base := m.k.Settings.BaseURL
	if base == "" {
		base = "http://127.0.0.1:8080"
	}
	return base + "/verify/" + code
}

// missingGlyph names the character that no font can draw, in words; empty for other errors.
func missingGlyph(err error) string {
	var g *document.MissingGlyphError
	if errors.As(err, &g) {
		return g.Error()
	}
	return ""
}
