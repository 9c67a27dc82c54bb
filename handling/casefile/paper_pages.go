package casefile

import (
	"bytes"

	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/web"
)

// showPaper shows a paper to who may see its case. To others it does not exist.
func (m *Module) showPaper(w *web.Response, r *web.Request) error {
	n, err := m.cases.Notice(r.Ctx, r.View, r.PathValue("id"))
	if err != nil {
		return err
	}
	c, err := m.cases.Find(r.Ctx, r.View, n.Case)
	if err != nil {
		return err
	}
	ok, err := m.cases.MayRead(r.Ctx, r.View, c)
	if err != nil {
		return err
	}
	if !ok && r.Actor.Kind == authz.Guest {
		return problem.Unauthenticated("请先登录，再查看文书")
	}
	if !ok {
		return problem.NotFound("没有这份文书")
	}
	file, err := m.cases.PDF(n)
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
	n, err := m.cases.Notice(r.Ctx, r.View, r.PathValue("id"))
	if err != nil {
		return err
	}
	c, err := m.cases.Find(r.Ctx, r.View, n.Case)
	if err != nil {
		return err
	}
	_, err = r.Act("casework.serve", func(tx *db.Tx) error { return m.cases.Serve(r.Ctx, tx, n.ID, f.How) })
	return w.After(err, c.URL()+"#papers")
}
