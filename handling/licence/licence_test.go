package licence_test

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"tongban/base/account"
	"tongban/base/org"
	"tongban/base/party"
	"tongban/handling/casework"
	"tongban/handling/licence"
	"tongban/handling/seal"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/document"
	"tongban/kernel/kerneltest"
	"tongban/kernel/problem"
	"tongban/rules/form"
	"tongban/rules/material"
)

// county is a small pack: one bureau with a licence and a record, and the elements on the licence's face.
var county = fstest.MapFS{
	"pack.yaml": {Data: []byte("name: trial\ntitle: 南岭县\narea: \"431199\"\nversion: \"1\"\ndescription: 测试用\n")},
	"units/u.yaml": {Data: []byte(`code: approval-bureau
name: 南岭县行政审批服务局
short: 审批局
uscc: 11431199MB00107434
region: "431199001"
phone: "0799-0100084"
---
code: station
name: 南岭县青石街道便民服务中心
short: 青石便民中心
parent: approval-bureau
`)},
	"items/i.yaml": {Data: []byte(`code: food-operation-licence
name: 食品经营许可（新办）
kind: "01"
handling: promised
unit: approval-bureau
statutory: {amount: 20, unit: workday}
promised: {amount: 8, unit: workday}
result: {kind: licence, name: 食品经营许可证, licence_type: 11431199MB00107434001, prefix: JY, years: 5, face: [business_name, premises_address, food_kind]}
---
code: fire-record
name: 建设工程消防验收备案
kind: "07"
handling: promised
unit: approval-bureau
statutory: {amount: 20, unit: workday}
promised: {amount: 8, unit: workday}
result: {kind: record, name: 建设工程消防验收备案凭证}
`)},
	"elements/e.yaml": {Data: []byte(`code: business_name
label: 经营者名称
kind: text
topic: business
sources: [{from: licence, licence: 11431199MB00107434001, field: name, say: 来自您的食品经营许可证}]
---
code: premises_address
label: 经营场所
kind: text
topic: premises
---
code: food_kind
label: 经营项目
kind: select
topic: business
options: [{code: hot, text: 热食类食品制售}]
`)},
}

// at is a moment of working time: Monday, 23 November 2026.
var at = calendar.MustDay("2026-11-23").At(calendar.HM(9, 0))

var (
	work = []authz.Permission{casework.PermRead, casework.PermOpen, casework.PermAccept, casework.PermAssess, casework.PermDecide, casework.PermClose,
		licence.PermRead, licence.PermIssue}
	clerk    = kerneltest.Clerk("clerk", work...)
	assessor = kerneltest.Clerk("assessor", work...)
	chief    = kerneltest.Clerk("chief", append(work, licence.PermRevoke)...)
	keeper   = kerneltest.Clerk("keeper", seal.PermRead, seal.PermRelease)
	steward  = kerneltest.Clerk("steward", seal.PermRead, seal.PermManage)
	outsider = authz.Actor{Kind: authz.Staff, ID: "outsider", Name: "外单位", Unit: "station", Grants: []authz.Grant{{
		Permissions: []authz.Permission{licence.PermRead, licence.PermRevoke}, Reach: authz.Reach{Units: []string{"station"}}}}}
)

type trial struct {
	*kerneltest.Kit
	cases    *casework.Module
	forms    *form.Module
	seals    *seal.Module
	parties  *party.Module
	licences *licence.Module
}

// begin boots a county whose seal is released by the keeper's rule, or by hand.
func begin(t testing.TB, byRule bool, engines ...db.Engine) trial {
	t.Helper()
	c := trial{}
	c.Kit = kerneltest.Open(t, kerneltest.Setup{Engine: engineOf(engines), Settings: app.Settings{BaseURL: "https://nanling.example"}, Modules: func(k *app.Kernel) []app.Module {
		units, parties := org.New(k), party.New(k)
		accounts, err := account.New(k, units, parties)
		if err != nil {
			t.Fatal(err)
		}
		c.parties, c.forms, c.seals = parties, form.New(k), seal.New(k, units, accounts)
		materials := material.New(k)
		c.cases = casework.New(k, units, accounts, parties, materials)
		c.licences = licence.New(k, units, parties, c.forms, c.seals)
		return []app.Module{units, parties, accounts, c.forms, materials, c.seals, c.cases, c.licences}
	}})
	c.Move(at)
	c.PutInForce(county, "unit", "item", "element")
	f, err := c.seals.Prepare(c.Ctx, seal.Founding{Code: "approval", Name: "南岭县行政审批服务局审批专用章", Unit: "approval-bureau", Keeper: keeper.ID, KeeperName: keeper.Name}, at)
	if err != nil {
		t.Fatal(err)
	}
	c.As(steward).Must("seal.establish", func(tx *db.Tx) error { _, err := c.seals.Establish(c.Ctx, tx, f); return err })
	if byRule {
		c.As(keeper).Must("seal.rule", func(tx *db.Tx) error {
			return c.seals.SetRule(c.Ctx, tx, "approval", seal.Rule{Name: "准予决定生效即放行", Purposes: []string{seal.ForLicence, seal.ForDecision}}, 1)
		})
	}
	return c
}

// grant takes a case of an applicant through to a granted decision and returns what was ordered for it.
func (c trial) grant(t testing.TB, item string, who party.Identity, values map[string]string) licence.Licence {
	t.Helper()
	var k casework.Case
	c.As(clerk).Must("test.open", func(tx *db.Tx) error {
		p, err := c.parties.Ensure(c.Ctx, tx, who)
		if err != nil {
			return err
		}
		group := tx.NewID()
		var list []form.Value
		for element, text := range values {
			list = append(list, form.Value{Element: element, Text: text})
		}
		if err := c.forms.Keep(c.Ctx, tx, group, list); err != nil {
			return err
		}
		k, err = c.cases.Open(c.Ctx, tx, casework.Opening{Item: item, Group: group, GroupTitle: "开餐饮店", Applicant: p.ID, ApplicantName: p.Name, Channel: casework.Counter, Agent: p.ID})
		return err
	})
	c.As(clerk).Must("test.accept", func(tx *db.Tx) error { _, err := c.cases.Accept(c.Ctx, tx, k.ID); return err })
	c.As(assessor).Must("test.assess", func(tx *db.Tx) error {
		return c.cases.Assess(c.Ctx, tx, k.ID, casework.Assessment{Grant: true, Text: "符合条件"})
	})
	c.As(chief).Must("test.decide", func(tx *db.Tx) error {
		_, err := c.cases.Decide(c.Ctx, tx, k.ID, casework.Verdict{Granted: true})
		return err
	})
	c.Settle()
	l, found, err := c.licences.OfCase(c.Ctx, c.Look(), string(k.ID))
	if err != nil || !found {
		t.Fatalf("no licence was ordered for the granted case: %v", err)
	}
	return l
}

func (c trial) again(t testing.TB, id licence.ID) licence.Licence {
	t.Helper()
	l, err := c.licences.Find(c.Ctx, c.Look(), id)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (c trial) drain(t testing.TB) {
	t.Helper()
	if _, err := c.licences.Drain(c.Ctx); err != nil {
		t.Fatal(err)
	}
	c.Settle()
}

var (
	chen = party.Identity{Kind: party.Person, Name: "陈秀兰", Number: "431199198503072423", Phone: "13900000001"}
	rare = party.Identity{Kind: party.Person, Name: "张𬱖", Number: "431199199001011238", Phone: "13900000002"}
	face = map[string]string{"business_name": "南岭县龘香小吃店", "premises_address": "南岭县南塔街道文昌路18号", "food_kind": "hot"}
)

func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

func TestGrantedCaseGetsOneLicenceInForce(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) { grantedCaseGetsOneLicenceInForce(t, begin(t, true, engine)) })
	}
}

func grantedCaseGetsOneLicenceInForce(t *testing.T, c trial) {
	l := c.grant(t, "food-operation-licence", chen, face)
	c.Move(at.AddDate(0, 0, 1))
	c.drain(t)
	l = c.again(t, l.ID)
	if l.State != licence.Valid || !strings.HasPrefix(l.Number, "JY431199202600001") {
		t.Fatalf("licence %s is %s, fault %q", l.Number, l.State, l.Fault)
	}
	if l.IssuedOn.String() != "2026-11-24" || l.ValidUntil.String() != "2031-11-23" {
		t.Errorf("issued %s, until %s", l.IssuedOn, l.ValidUntil)
	}
	id, err := licence.ParseIdentifier(l.Identifier)
	if err != nil || id.Serial != l.Number || id.Issuer != "11431199MB00107434" {
		t.Errorf("identifier %q: %v", l.Identifier, err)
	}
	pdf, err := c.Files.Read(l.Blob)
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.licences.Paper(c.Ctx, l)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"食品经营许可证", l.Number, l.Identifier, "陈秀兰", "南岭县龘香小吃店", "热食类食品制售", "至2031年11月23日", "南岭县行政审批服务局"} {
		if !strings.Contains(document.Text(p), want) {
			t.Errorf("the licence does not say %q:\n%s", want, document.Text(p))
		}
	}
	if diff := cmp.Diff(squeeze(document.Text(p)), squeeze(pdftotext(t, pdf))); diff != "" {
		t.Errorf("what is copied out differs from what was written (-want +got):\n%s", diff)
	}
	sig, err := c.seals.Signature(c.Ctx, c.Look(), l.SealUse)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.seals.Verify(sig, pdf); err != nil {
		t.Error(err)
	}
	if n := c.Count(`SELECT count(*) FROM event_outbox WHERE name = 'licence.issued'`); n != 1 {
		t.Errorf("%d licence.issued", n)
	}
	c.drain(t)
	if n := c.Count(`SELECT count(*) FROM event_outbox WHERE name = 'licence.issued'`); n != 1 {
		t.Errorf("%d licence.issued after draining again", n)
	}
}

func pdftotext(t testing.TB, pdf []byte) string {
	t.Helper()
	cmd := exec.Command("pdftotext", "-raw", "-enc", "UTF-8", "-", "-")
	cmd.Stdin = strings.NewReader(string(pdf))
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("NOT CHECKED: pdftotext: %v", err)
	}
	return string(out)
}

func TestJobsOfAServingProcessMakeTheLicence(t *testing.T) {
	c := begin(t, true)
	l := c.grant(t, "food-operation-licence", rare, face)
	c.Work(func() bool {
		l, err := c.licences.Find(c.Ctx, c.Look(), l.ID)
		return err == nil && l.State == licence.Valid
	})
	if l := c.again(t, l.ID); l.HolderName != "张𬱖" {
		t.Errorf("holder %q", l.HolderName)
	}
}

// dying is a signer whose process dies after the signature was made and before anybody saw it.
type dying struct{ seal.Signer }

var errKilled = errors.New("killed")

func (d *dying) Certificate(ctx context.Context, s seal.Seal) ([]byte, error) { return nil, errKilled }
func (d *dying) Sign(ctx context.Context, s seal.Seal, document []byte) ([]byte, []byte, error) {
	return nil, nil, errKilled
}

func TestCutOffAnywhereItEndsWithOneNumberAndOneSignature(t *testing.T) {
	cuts := map[string]func(t *testing.T, c trial, l licence.Licence){
		"after the order": func(t *testing.T, c trial, l licence.Licence) {},
		"after the number": func(t *testing.T, c trial, l licence.Licence) {
			if err := c.licences.TakeNumber(c.Ctx, l); err != nil {
				t.Fatal(err)
			}
		},
		"after the number, twice": func(t *testing.T, c trial, l licence.Licence) {
			for range 2 {
				if err := c.licences.TakeNumber(c.Ctx, l); err != nil {
					t.Fatal(err)
				}
			}
		},
		"after the bytes were kept": func(t *testing.T, c trial, l licence.Licence) {
			if err := c.licences.TakeNumber(c.Ctx, l); err != nil {
				t.Fatal(err)
			}
			if _, _, err := c.licences.Put(c.Ctx, c.again(t, l.ID)); err != nil {
				t.Fatal(err)
			}
		},
		"after the intent": func(t *testing.T, c trial, l licence.Licence) {
			if err := c.licences.TakeNumber(c.Ctx, l); err != nil {
				t.Fatal(err)
			}
			if err := c.licences.Draw(c.Ctx, c.again(t, l.ID)); err != nil {
				t.Fatal(err)
			}
		},
		"after the intent, drawn again": func(t *testing.T, c trial, l licence.Licence) {
			if err := c.licences.TakeNumber(c.Ctx, l); err != nil {
				t.Fatal(err)
			}
			l = c.again(t, l.ID)
			for range 2 {
				if err := c.licences.Draw(c.Ctx, l); err != nil {
					t.Fatal(err)
				}
			}
		},
		"in the signer": func(t *testing.T, c trial, l licence.Licence) {
			c.seals.SignWith(&dying{})
			if err := c.licences.Make(c.Ctx, l.ID); !errors.Is(err, errKilled) {
				t.Fatal(err)
			}
			c.seals.SignWith(seal.Software(c.Kernel, org.New(c.Kernel)))
		},
		"after the signature": func(t *testing.T, c trial, l licence.Licence) {
			if err := c.licences.Make(c.Ctx, l.ID); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if _, err := c.seals.Sign(c.Ctx, c.again(t, l.ID).SealUse); err != nil {
					t.Fatal(err)
				}
			}
		},
	}
	for name, cut := range cuts {
		t.Run(name, func(t *testing.T) {
			c := begin(t, true)
			l := c.grant(t, "food-operation-licence", chen, face)
			cut(t, c, l)
			before := c.again(t, l.ID).Number
			c.Move(at.AddDate(0, 0, 3)) // the process comes back days later
			c.drain(t)
			c.drain(t)
			l = c.again(t, l.ID)
			if l.State != licence.Valid || before != "" && l.Number != before {
				t.Errorf("%s is %s (%s), before the cut %s", l.Number, l.State, l.Fault, before)
			}
			for query, want := range map[string]int64{
				`SELECT count(*) FROM licence_number`:                             1,
				`SELECT value FROM number_counter WHERE series = 'licence.JY'`:    1,
				`SELECT count(*) FROM seal_use`:                                   1,
				`SELECT count(*) FROM seal_signature`:                             1,
				`SELECT count(*) FROM event_outbox WHERE name = 'licence.issued'`: 1,
				`SELECT count(*) FROM file_object`:                                1,
			} {
				if got := c.Count(query); got != want {
					t.Errorf("%s = %d, want %d", query, got, want)
				}
			}
		})
	}
}

func TestTwoProcessesMakeOneLicence(t *testing.T) {
	c := begin(t, true)
	l := c.grant(t, "food-operation-licence", chen, face)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() { _, _ = c.licences.Drain(c.Ctx) })
	}
	all.Wait()
	c.drain(t)
	if l = c.again(t, l.ID); l.State != licence.Valid || c.Count(`SELECT count(*) FROM licence_number`) != 1 || c.Count(`SELECT count(*) FROM seal_signature`) != 1 {
		t.Errorf("%s %s %s", l.Number, l.State, l.Fault)
	}
}

func TestRefusedSealVoidsTheNumberAndTheNextTakesANewOne(t *testing.T) {
	c := begin(t, false)
	first := c.grant(t, "food-operation-licence", chen, face)
	c.drain(t)
	first = c.again(t, first.ID)
	if first.State != licence.Sealing {
		t.Fatalf("without a release it is %s (%s)", first.State, first.Fault)
	}
	if err := c.As(chief).Run("seal.release", func(tx *db.Tx) error { _, err := c.seals.Release(c.Ctx, tx, first.SealUse); return err }); problem.KindOf(err) != problem.KindForbidden {
		t.Errorf("who decided also released: %v", err)
	}
	c.As(keeper).Must("seal.void", func(tx *db.Tx) error { return c.seals.Void(c.Ctx, tx, first.SealUse, "照面地址有误") })
	c.Settle()
	if first = c.again(t, first.ID); first.State != licence.Voided {
		t.Fatalf("refused by the keeper, it is %s", first.State)
	}
	var second licence.ID
	c.As(clerk).Must("licence.remake", func(tx *db.Tx) (err error) { second, err = c.licences.Remake(c.Ctx, tx, first.ID); return })
	c.drain(t)
	l := c.again(t, second)
	c.As(keeper).Must("seal.release", func(tx *db.Tx) error { _, err := c.seals.Release(c.Ctx, tx, l.SealUse); return err })
	c.drain(t)
	if l = c.again(t, second); l.State != licence.Valid || l.Number == first.Number {
		t.Errorf("%s %s after %s", l.Number, l.State, first.Number)
	}
	if n := c.Count(`SELECT count(*) FROM licence_number WHERE voided_at IS NOT NULL`); n != 1 {
		t.Errorf("%d voided numbers", n)
	}
}

func TestCharacterNoFontHasSpendsNoNumber(t *testing.T) {
	c := begin(t, true)
	l := c.grant(t, "food-operation-licence", chen, map[string]string{"business_name": "南岭县\U000F0001小吃店"})
	c.drain(t)
	if l = c.again(t, l.ID); l.State != licence.Ordered || !strings.Contains(l.Fault, "缺字") {
		t.Errorf("%s, fault %q", l.State, l.Fault)
	}
	if n := c.Count(`SELECT count(*) FROM number_counter WHERE series LIKE 'licence.%'`); n != 0 {
		t.Errorf("%d counters moved", n)
	}
	if n := c.Count(`SELECT count(*) FROM worklist_task WHERE kind = 'licence.fault'`); n != 1 {
		t.Errorf("%d tasks for the unit", n)
	}
}

func TestOneThatCannotBeMadeHoldsUpNoOther(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			c := begin(t, true, engine)
			first := c.grant(t, "food-operation-licence", chen, face)
			bad := c.grant(t, "food-operation-licence", chen, map[string]string{"business_name": "南岭县\U000F0001小吃店"})
			last := c.grant(t, "food-operation-licence", rare, face)
			if err := c.licences.Make(c.Ctx, first.ID, bad.ID, last.ID); err == nil {
				t.Error("nothing is said of the one that failed")
			}
			c.Settle()
			for _, l := range []licence.Licence{first, last} {
				if l = c.again(t, l.ID); l.State != licence.Valid {
					t.Errorf("%s beside a bad one is %s (%s)", l.CaseNumber, l.State, l.Fault)
				}
			}
			if bad = c.again(t, bad.ID); bad.State != licence.Ordered || !strings.Contains(bad.Fault, "缺字") {
				t.Errorf("%s, fault %q", bad.State, bad.Fault)
			}
			if n := c.Count(`SELECT value FROM number_counter WHERE series = 'licence.JY'`); n != 2 {
				t.Errorf("%d numbers for two licences", n)
			}
			again := c.Count(`SELECT count(*) FROM audit_entry WHERE action = 'licence.fault'`)
			_ = c.licences.Make(c.Ctx, bad.ID)
			if n := c.Count(`SELECT count(*) FROM audit_entry WHERE action = 'licence.fault'`); n != again {
				t.Errorf("the same fault is written down %d times", n)
			}
		})
	}
}

func TestRecordGivesADocumentAndNoLicence(t *testing.T) {
	c := begin(t, true)
	l := c.grant(t, "fire-record", chen, nil)
	c.drain(t)
	if l = c.again(t, l.ID); l.State != licence.Valid || l.Kind != licence.KindRecord || l.Identifier != "" || l.Number != "审批局备字〔2026〕1号" {
		t.Errorf("%+v", l)
	}
}

// engineOf is the engine asked for, or the embedded one.
func engineOf(engines []db.Engine) db.Engine {
	for _, e := range engines {
		return e
	}
	return db.SQLite
}
