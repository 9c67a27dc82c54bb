package tracking_test

import (
	"net/url"
	"testing"

	"tongban/handling/casework"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/file"
	"tongban/kernel/kerneltest"
	"tongban/kernel/problem"
)

// A noodle shop is submitted without the proof of its premises. Nothing is granted until the applicant has handed it in.
func TestAToleratedMaterialIsHandedInLater(t *testing.T) {
	onBoth(t, func(t *testing.T, engine db.Engine) {
		const lease = "premises-proof"
		c := begin(t, engine, lease)
		s, other := c.s, kerneltest.Person("zhou")
		first := c.part("individual-registration")
		c.As(clerk).Must("casework.accept", func(tx *db.Tx) error { _, err := c.cases.Accept(c.Ctx, tx, first.Case); return err })
		c.Settle()
		err := c.As(chief).Run("casework.decide", func(tx *db.Tx) error {
			_, err := c.cases.Decide(c.Ctx, tx, first.Case, casework.Verdict{Granted: true})
			return err
		})
		if problem.KindOf(err) != problem.KindConflict {
			t.Fatalf("granted without the proof: %v", err)
		}
		hand := func(who authz.Actor, typ string, files ...file.Blob) error {
			return c.As(who).Run("bundle.later", func(tx *db.Tx) error { return c.bundles.HandInLater(c.Ctx, tx, s.ID, typ, files) })
		}
		paper := c.photo("lease.pdf")
		if err := hand(other, lease, paper); problem.KindOf(err) != problem.KindNotFound {
			t.Errorf("a stranger hands in: %v", err)
		}
		if err := hand(c.citizen, "floor-plan", paper); problem.KindOf(err) != problem.KindConflict {
			t.Errorf("what does not lack: %v", err)
		}
		// The applicant has the receipt and no account; the page runs no script.
		page, action := "/t/"+s.Number, "/t/"+s.Number+"/later"
		b := c.Visitor()
		b.Send(b.Get("/t"), "/t", url.Values{"no": {s.Number}, "tail": {tail}}).Goes()
		shown := b.Get(page).Is(200, kerneltest.HasText("还要补交的容缺材料"), kerneltest.HasText("2026年11月"), kerneltest.HasText("作出决定前"))
		b.Send(shown, action, nil).Is(422, kerneltest.HasText("还没有选择文件"))
		if to := b.Ask(kerneltest.Upload(action, url.Values(b.Get(page).Values(action)), lease, "lease.pdf", []byte("%PDF-1.4\n%lease"))).Goes(); to != page {
			t.Errorf("after handing in: %s", to)
		}
		b.Get(page).Is(200, kerneltest.HasText("已补交"), kerneltest.Lacks("还要补交的容缺材料"))
		if err := hand(c.citizen, lease, paper); problem.KindOf(err) != problem.KindConflict {
			t.Errorf("handed in twice: %v", err)
		}
		c.As(chief).Must("casework.decide", func(tx *db.Tx) error {
			_, err := c.cases.Decide(c.Ctx, tx, first.Case, casework.Verdict{Granted: true})
			return err
		})
		c.Settle()
	})
}
