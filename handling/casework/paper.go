package casework

import (
	"bytes"
	"strings"

	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/document"
	"tongban/kernel/problem"
	"tongban/kernel/web"
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

// showPaper shows a paper to who may see its case. To others it does not exist.
func (m *Module) showPaper(w *web.Response, r *web.Request) error {
	n, err := m.Notice(r.Ctx, r.View, r.PathValue("id"))
	if err != nil {
		return err
	}
	c, err := m.Find(r.Ctx, r.View, n.Case)
	if err != nil {
		return err
	}
	ok, err := m.MayRead(r.Ctx, r.View, c)
	if err != nil {
		return err
	}
	if !ok && r.Actor.Kind == authz.Guest {
		return problem.Unauthenticated("请先登录，再查看文书")
	}
	if !ok {
		return problem.NotFound("没有这份文书")
	}
	file, err := m.PDF(n)
	if err != nil {
		return err
	}
	return w.Download(n.Title+"-"+c.Number+".pdf", "application/pdf", n.IssuedAt, true, bytes.NewReader(file))
}

// postServed records that a paper was handed over.
func (m *Module) postServed(w *web.Response, r *web.Request) error {
	f, err := web.ReadForm[struct {
		How string `form:"how"`
	}](r)
	if err != nil {
		return err
	}
	n, err := m.Notice(r.Ctx, r.View, r.PathValue("id"))
	if err != nil {
		return err
	}
	c, err := m.Find(r.Ctx, r.View, n.Case)
	if err != nil {
		return err
	}
	_, err = r.Act("casework.serve", func(tx *db.Tx) error { return m.Serve(r.Ctx, tx, n.ID, f.How) })
	return w.After(err, c.URL()+"#papers")
}
