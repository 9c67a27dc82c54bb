package casework

import (
	"strings"

	"tongban/kernel/document"
	"tongban/kernel/problem"
)

// Sheet is the paper as it is drawn: the wording as it was issued, never re-computed.
func (n Notice) Sheet() document.Paper {
	w := n.Wording
	p := document.Paper{Issuer: w.Unit, Title: n.Title, Number: n.Number, Creator: "通办"}
	if w.To != "" {
		p.Blocks = append(p.Blocks, document.Paragraph{Text: w.To, Flush: true})
	}
	for _, text := range w.Paragraphs {
		for line := range strings.SplitSeq(text, "\n") {
			p.Blocks = append(p.Blocks, document.Paragraph{Text: line})
		}
	}
	if len(w.Rows) > 0 {
		f := document.Fields{}
		for _, r := range w.Rows {
			f.Rows = append(f.Rows, document.Field{Label: r.Label, Value: r.Value})
		}
		p.Blocks = append(p.Blocks, f)
	}
	if w.Basis != "" {
		p.Footer = "依据：" + w.Basis
	}
	sign := document.Signature{Issuer: w.Unit, Date: w.Date}
	if w.Seal == "special" {
		sign.Seal = &document.Seal{Name: w.Unit, Note: "行政审批专用章"}
	} else if w.Seal == "unit" {
		sign.Seal = &document.Seal{Name: w.Unit}
	}
	p.Blocks = append(p.Blocks, sign)
	return p
}

// PDF draws a paper of a case. The same paper gives the same bytes.
func (m *Module) PDF(n Notice) ([]byte, error) {
	file, err := m.k.Papers.Render(n.Sheet(), n.IssuedAt)
	if err != nil {
		return nil, problem.Internal("draw paper %s", n.Number).Wrap(err)
	}
	return file, nil
}
