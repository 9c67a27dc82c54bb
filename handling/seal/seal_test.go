package seal_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"

	"tongban/base/account"
	"tongban/base/org"
	"tongban/base/party"
	"tongban/handling/seal"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/crypto"
	"tongban/kernel/db"
	"tongban/kernel/file"
	"tongban/kernel/kerneltest"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
)

var county = fstest.MapFS{
	"pack.yaml":    {Data: []byte("name: trial\ntitle: 南岭县\narea: \"431199\"\nversion: \"1\"\ndescription: 测试用\n")},
	"units/u.yaml": {Data: []byte("code: approval-bureau\nname: 南岭县行政审批服务局\nshort: 审批局\n---\ncode: section\nname: 市场准入股\nshort: 市场股\nparent: approval-bureau\n")},
}

var at = calendar.MustDay("2026-11-23").At(calendar.HM(9, 0))

var (
	keeper  = kerneltest.Clerk("keeper", seal.PermRead, seal.PermRelease)
	second  = kerneltest.Clerk("second", seal.PermRead, seal.PermRelease)
	chief   = kerneltest.Clerk("chief", seal.PermRead, seal.PermRelease, seal.PermRequest)
	steward = kerneltest.Clerk("steward", seal.PermRead, seal.PermManage)
	both    = kerneltest.Clerk("both", seal.PermRead, seal.PermManage, seal.PermRelease, seal.PermRequest)
	reader  = kerneltest.Clerk("reader", seal.PermRead)
	machine = authz.Machine("licence", "job:licence_make")
)

type trial struct {
	*kerneltest.Kit
	m *seal.Module
}

func begin(t testing.TB, engines ...db.Engine) trial {
	t.Helper()
	c := trial{}
	c.Kit = kerneltest.New(t, engineOf(engines), func(k *app.Kernel) []app.Module {
		units, parties := org.New(k), party.New(k)
		accounts, err := account.New(k, units, parties)
		if err != nil {
			t.Fatal(err)
		}
		c.m = seal.New(k, units, accounts)
		return []app.Module{units, parties, accounts, c.m}
	})
	content, findings := pack.Load(county, []pack.Section{{Kind: "unit", Glob: "units/*.yaml", Key: "code"}})
	if len(findings) > 0 {
		t.Fatal(findings)
	}
	c.Move(at)
	c.As(machine).Must("pack.load", func(tx *db.Tx) error { _, err := c.Library.Publish(c.Ctx, tx, content, ""); return err })
	f, err := c.m.Prepare(c.Ctx, seal.Founding{Code: "approval", Name: "南岭县行政审批服务局审批专用章", Unit: "approval-bureau", Keeper: keeper.ID, KeeperName: keeper.Name}, at)
	if err != nil {
		t.Fatal(err)
	}
	c.As(steward).Must("seal.establish", func(tx *db.Tx) error { _, err := c.m.Establish(c.Ctx, tx, f); return err })
	return c
}

func (c trial) intent(t testing.TB, about string) seal.Intent {
	t.Helper()
	document := []byte("%PDF-1.7 准予行政许可决定书 " + about)
	blob, err := c.Files.Put(about+".pdf", file.PDF, document)
	if err != nil {
		t.Fatal(err)
	}
	c.As(machine).Must("test.keep", func(tx *db.Tx) error { _, err := file.Keep(c.Ctx, tx, blob); return err })
	return seal.Intent{Seal: "approval", About: about, CaseNumber: "TB2026112300001", Title: "准予行政许可决定书", Hash: crypto.HashHex(document), File: blob.Hash, Purpose: seal.ForDecision,
		DecidedBy: chief.ID, DecidedName: chief.Name}
}

func (c trial) request(t testing.TB, who authz.Actor, i seal.Intent) (u seal.Use, err error) {
	t.Helper()
	var uses []seal.Use
	err = c.As(who).Run("seal.request", func(tx *db.Tx) error { uses, err = c.m.Request(c.Ctx, tx, i); return err })
	if err != nil {
		return u, err
	}
	return uses[0], nil
}

func (c trial) release(who authz.Actor, id string) error {
	return c.As(who).Run("seal.release", func(tx *db.Tx) error { _, err := c.m.Release(c.Ctx, tx, id); return err })
}

func (c trial) rule(t testing.TB, who authz.Actor, r seal.Rule) error {
	t.Helper()
	s, err := c.m.Find(c.Ctx, c.Look(), "approval")
	if err != nil {
		t.Fatal(err)
	}
	return c.As(who).Run("seal.rule", func(tx *db.Tx) error { return c.m.SetRule(c.Ctx, tx, "approval", r, s.Version) })
}

func TestNobodyReleasesWhatHeDecidedOrAdministers(t *testing.T) {
	c := begin(t)
	for who, allowed := range map[*authz.Actor]bool{&keeper: true, &second: true, &chief: false, &steward: false, &both: false, &reader: false, &machine: false} {
		u, err := c.request(t, machine, c.intent(t, "case:"+who.ID))
		if err != nil {
			t.Fatal(err)
		}
		err = c.release(*who, u.ID)
		if allowed && err != nil || !allowed && problem.KindOf(err) != problem.KindForbidden {
			t.Errorf("release by %s: %v, allowed %v", who.ID, err, allowed)
		}
		if now, _ := c.m.Use(c.Ctx, c.Look(), u.ID); allowed != (now.State == seal.Released) {
			t.Errorf("after %s it is %s", who.ID, now.State)
		}
	}
	if _, err := c.request(t, both, c.intent(t, "case:x")); problem.KindOf(err) != problem.KindForbidden {
		t.Errorf("who administers seals asked for one: %v", err)
	}
	if _, err := c.request(t, reader, c.intent(t, "case:y")); problem.KindOf(err) != problem.KindForbidden {
		t.Errorf("asked without the right: %v", err)
	}
	i := c.intent(t, "case:z")
	i.DecidedBy = ""
	if _, err := c.request(t, machine, i); err == nil {
		t.Error("sealed without a decision")
	}
}

func TestRuleReleasesInTheNameOfItsKeeperButNeverHisOwnDecision(t *testing.T) {
	c := begin(t)
	order := seal.Rule{Name: "准予决定生效即放行", Purposes: []string{seal.ForDecision}}
	for _, who := range []authz.Actor{second, steward, both} {
		if err := c.rule(t, who, order); problem.KindOf(err) != problem.KindForbidden {
			t.Errorf("%s gave the seal a rule: %v", who.ID, err)
		}
	}
	if err := c.rule(t, keeper, order); err != nil {
		t.Fatal(err)
	}
	u, err := c.request(t, machine, c.intent(t, "case:1"))
	if err != nil || u.State != seal.Released || u.ReleasedRule != order.Name || u.ReleasedBy != keeper.ID {
		t.Errorf("%+v %v", u, err)
	}
	own := c.intent(t, "case:2")
	own.DecidedBy = keeper.ID
	if u, err = c.request(t, machine, own); err != nil || u.State != seal.Intended {
		t.Errorf("the keeper's own decision is %s %v", u.State, err)
	}
	other := c.intent(t, "case:3")
	other.Purpose = seal.ForNotice
	if u, err = c.request(t, machine, other); err != nil || u.State != seal.Intended {
		t.Errorf("a purpose the rule does not name is %s %v", u.State, err)
	}
}

func TestSignatureIsMadeOnceAfterTheIntentOverTheseBytes(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) { signatureIsMadeOnceAfterTheIntentOverTheseBytes(t, begin(t, engine)) })
	}
}

func signatureIsMadeOnceAfterTheIntentOverTheseBytes(t *testing.T, c trial) {
	i := c.intent(t, "case:1")
	u, err := c.request(t, machine, i)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := c.request(t, machine, i); err != nil || again.ID != u.ID {
		t.Errorf("asked twice, two uses: %v", err)
	}
	i.Hash = strings.Repeat("0", 64)
	if _, err := c.request(t, machine, i); problem.KindOf(err) != problem.KindConflict {
		t.Errorf("another document under the same use: %v", err)
	}
	if n, err := c.m.Drain(c.Ctx); n != 0 || err != nil {
		t.Errorf("%d signed before release, %v", n, err)
	}
	if err := c.release(keeper, u.ID); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := c.m.Sign(c.Ctx, u.ID); err != nil {
			t.Fatal(err)
		}
	}
	sig, err := c.m.Signature(c.Ctx, c.Look(), u.ID)
	if err != nil {
		t.Fatal(err)
	}
	document, _ := c.Files.Read(u.File)
	if err := c.m.Verify(sig, document); err != nil {
		t.Error(err)
	}
	if c.m.Verify(sig, append(document, ' ')) == nil {
		t.Error("the signature holds for another document")
	}
	if n := c.Count(`SELECT count(*) FROM event_outbox WHERE name = 'seal.signed'`); n != 1 {
		t.Errorf("%d seal.signed", n)
	}
	if err := c.As(keeper).Run("seal.void", func(tx *db.Tx) error { return c.m.Void(c.Ctx, tx, u.ID, "晚了") }); problem.KindOf(err) != problem.KindConflict {
		t.Errorf("voided after signing: %v", err)
	}
}

func TestOtherBytesThanThoseReleasedAreNeverSigned(t *testing.T) {
	c := begin(t)
	i, other := c.intent(t, "case:1"), c.intent(t, "case:2")
	i.File = other.File // the register says one hash, the file is another
	u, err := c.request(t, machine, i)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.release(keeper, u.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := c.m.Sign(c.Ctx, u.ID); err == nil {
		t.Error("signed")
	}
	if n := c.Count(`SELECT count(*) FROM seal_signature`); n != 0 {
		t.Errorf("%d signatures", n)
	}
}

func TestSuspendedSealSealsNothing(t *testing.T) {
	c := begin(t)
	u, err := c.request(t, machine, c.intent(t, "case:1"))
	if err != nil {
		t.Fatal(err)
	}
	move := func(act seal.SealAct, reason string, version int64) error {
		return c.As(steward).Run("seal.move", func(tx *db.Tx) error { return c.m.Move(c.Ctx, tx, "approval", act, reason, version) })
	}
	if err := move(seal.Suspend, "", 1); problem.KindOf(err) != problem.KindInvalid {
		t.Errorf("suspended without a reason: %v", err)
	}
	if err := move(seal.Suspend, "证书泄露待查", 1); err != nil {
		t.Fatal(err)
	}
	if err := c.release(keeper, u.ID); problem.KindOf(err) != problem.KindConflict {
		t.Errorf("released with a suspended seal: %v", err)
	}
	if _, err := c.request(t, machine, c.intent(t, "case:2")); problem.KindOf(err) != problem.KindConflict {
		t.Errorf("asked for a suspended seal: %v", err)
	}
	offered := func() (seal.Seal, error) {
		all, err := c.m.All(c.Ctx, c.Look())
		if err != nil {
			t.Fatal(err)
		}
		return c.m.For("section", all)
	}
	if _, err := offered(); err == nil {
		t.Error("a suspended seal is offered")
	}
	if err := move(seal.Restore, "查明无碍", 2); err != nil {
		t.Fatal(err)
	}
	if s, err := offered(); err != nil || s.Code != "approval" || s.Note() != "审批专用章" || s.Owner() != "南岭县行政审批服务局" {
		t.Errorf("%+v %v", s, err)
	}
}

func TestInvariantsSeeASignatureWithoutIntentAndTwoEyes(t *testing.T) {
	for name, harm := range map[string]string{
		"I8-intent":   `UPDATE seal_signature SET hash = 'x'`,
		"I8-finished": `DELETE FROM seal_signature`,
		"I8-foureyes": `UPDATE seal_use SET released_by = decided_by`,
	} {
		c := begin(t)
		u, err := c.request(t, machine, c.intent(t, "case:1"))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.release(keeper, u.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := c.m.Drain(c.Ctx); err != nil {
			t.Fatal(err)
		}
		c.Broken()
		c.Tamper(harm)
		seen := fmt.Sprint(c.Unsound())
		if !strings.Contains(seen, name) {
			t.Errorf("%s is not seen: %s", name, seen)
		}
	}
}

func TestPages(t *testing.T) {
	c := begin(t)
	u, err := c.request(t, machine, c.intent(t, "case:1"))
	if err != nil {
		t.Fatal(err)
	}
	c.Get("/w/seals", reader).Is(200)
	c.Get("/w/seals/register.xlsx", reader).Is(200)
	c.Get("/w/seals/marks", steward).Is(200)
	c.Get("/w/seals/marks/approval", keeper).Is(200)
	c.Get("/w/seals/marks/approval", steward).Is(200)
	c.Get("/w/seals/marks/new", steward).Is(200)
	if a := c.Get("/w/seals/uses/"+u.ID, chief).Is(200); strings.Contains(a.Body, "/release") {
		t.Error("who decided is offered to release")
	}
	c.Post("/w/seals/uses/"+u.ID+"/void", url.Values{}, keeper).Is(422)
	c.Post("/w/seals/uses/"+u.ID+"/release", url.Values{}, chief).Is(403)
	c.Post("/w/seals/uses/"+u.ID+"/release", url.Values{}, keeper).Is(303)
	if a := c.Get("/seals/approval.pem", kerneltest.Nobody).Is(200); !strings.Contains(a.Body, "BEGIN CERTIFICATE") || strings.Contains(a.Body, "PRIVATE") {
		t.Error("no certificate")
	}
	c.Get("/seals/nothing.pem", kerneltest.Nobody).Is(404)
	for _, wrong := range [][]string{seal.Moves().Check(), seal.SealMoves().Check()} {
		if wrong != nil {
			t.Error(wrong)
		}
	}
}

// engineOf is the engine asked for, or the embedded one.
func engineOf(engines []db.Engine) db.Engine {
	for _, e := range engines {
		return e
	}
	return db.SQLite
}

func TestARenewedSealSignsWithItsNewKeyAndTheOldSignaturesHold(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			c := begin(t, engine)
			sign := func(about string) (seal.Signature, []byte) {
				t.Helper()
				u, err := c.request(t, machine, c.intent(t, about))
				if err == nil {
					err = c.release(keeper, u.ID)
				}
				if err == nil {
					_, err = c.m.Sign(c.Ctx, u.ID)
				}
				if err != nil {
					t.Fatal(err)
				}
				sig, err := c.m.Signature(c.Ctx, c.Look(), u.ID)
				if err != nil {
					t.Fatal(err)
				}
				document, err := c.Files.Read(u.File)
				if err != nil {
					t.Fatal(err)
				}
				return sig, document
			}
			old, first := sign("case:1")
			if _, err := c.m.PrepareRenewal(c.Ctx, c.DB.View(keeper, at), "approval", 5); problem.KindOf(err) != problem.KindForbidden {
				t.Errorf("the keeper renewed the seal: %v", err)
			}
			r, err := c.m.PrepareRenewal(c.Ctx, c.DB.View(steward, c.Watch.Now()), "approval", 5)
			if err != nil {
				t.Fatal(err)
			}
			c.As(steward).Must("seal.renew", func(tx *db.Tx) error { return c.m.Renew(c.Ctx, tx, r) })
			if err := c.As(steward).Run("seal.renew", func(tx *db.Tx) error { return c.m.Renew(c.Ctx, tx, r) }); problem.KindOf(err) != problem.KindConflict {
				t.Errorf("renewed twice by one renewal: %v", err)
			}
			fresh, second := sign("case:2")
			if string(old.Certificate) == string(fresh.Certificate) {
				t.Error("the seal signs with its old key")
			}
			for i, s := range []struct {
				sig      seal.Signature
				document []byte
			}{{old, first}, {fresh, second}} {
				if err := c.m.Verify(s.sig, s.document); err != nil {
					t.Errorf("signature %d: %v", i, err)
				}
			}
			old.Certificate = fresh.Certificate
			if c.m.Verify(old, first) == nil {
				t.Error("an old signature holds under the new certificate")
			}
			if s, err := c.m.Find(c.Ctx, c.Look(), "approval"); err != nil || s.Certificate != string(fresh.Certificate) {
				t.Errorf("the register does not know the new certificate: %v", err)
			}
		})
	}
}
