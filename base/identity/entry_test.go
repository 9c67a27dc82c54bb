package identity_test

import (
	"net/url"
	"testing"
	"time"

	"tongban/base/account"
	"tongban/base/identity"
	"tongban/base/party"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/problem"
)

// One house may be registered twice, for citizens and for staff, at other levels. Whoever is linked through the one entry is a stranger to
// the other: the citizens' button would open a desk without its second factor, also when the staff entry is out of force.
func TestALinkCountsAtTheEntryOnlyThroughWhichItWasMade(t *testing.T) {
	both(t, identity.Staff, func(t *testing.T, o *office) {
		o.Settings.Demo = true
		citizens := o.provider(identity.Citizens)
		citizens.Code, citizens.Title = "people", "群众入口"
		o.put(citizens)
		o.employ("clerk", "clerk")
		o.theirs.Knows("c", map[string]any{"name": "员工clerk", "id_number": "431199198507070011", "acr": "L3"})
		desk := o.Visitor()
		desk.Ask(kerneltest.Form("/login/demo", url.Values{"_once": {o.DB.NewID()}, "login": {"clerk"}})).Goes()
		desk.Get(o.away(desk, "/identity/with/trial", "c")).Goes()
		desk.Send(desk.Get("/identity/connect/trial"), "/identity/connect/trial", nil).Goes()

		w := o.Visitor()
		if to := w.Get(o.away(w, "/login/with/people", "c")).Goes(); to != "/login/first/people" || inside(w) {
			t.Errorf("the citizens' button leads a member of staff to %s", to)
		}
		clerk, err := o.accounts.ByLogin(o.Ctx, o.Look(), "clerk")
		if err != nil {
			t.Fatal(err)
		}
		links, err := o.m.Links(o.Ctx, o.Look(), clerk.ID)
		if err != nil || len(links) != 1 {
			t.Fatalf("%v %v", links, err)
		}
		staff, err := o.m.Find(o.Ctx, o.Look(), "trial")
		if err != nil {
			t.Fatal(err)
		}
		second, turned := staff, staff
		second.Code, turned.Side = "second", identity.Citizens
		come := func(at identity.Provider) error {
			return o.As(kerneltest.Nobody).Run("identity.come", func(tx *db.Tx) error {
				_, err := o.m.Come(o.Ctx, tx, at, links[0], true)
				return err
			})
		}
		kind(t, come(second), problem.KindForbidden)
		kind(t, come(turned), problem.KindForbidden)
		if err := come(staff); err != nil {
			t.Error(err)
		}
	})
}

// To the key of a form all guests are one, and keys stand in the audit log: whoever reads one there must not be let in as its owner.
func TestTheFormOfAnotherLetsNobodyInAsHim(t *testing.T) {
	both(t, identity.Citizens, func(t *testing.T, o *office) {
		const first = "/login/first/trial"
		ready := func(who string) (*kerneltest.Visitor, *kerneltest.Answer) {
			v := o.Visitor()
			if to := o.come(v, who).Goes(); to != first {
				t.Fatalf("%s is led to %s", who, to)
			}
			return v, v.Get(first).Is(200)
		}
		owner, page := ready("chen-xiaoman-0077")
		twice, _ := ready("chen-xiaoman-0077") // pressed twice, and the first answer was lost
		thief, _ := ready("zhou")
		owner.Send(page, first, nil).Goes()
		thief.Send(page, first, nil).Is(422, kerneltest.HasText("从头再点一次"))
		if inside(thief) {
			t.Error("by the key of another's form somebody is in that one's account")
		}
		if n := o.Count(`SELECT count(*) FROM identity_link`); n != 1 {
			t.Errorf("%d links, want the owner's", n)
		}
		if to := twice.Send(page, first, nil).Goes(); to != "/my" || !inside(twice) {
			t.Errorf("pressing twice leads the owner to %s", to)
		}
	})
}

// Whether the phone of an account is his only its owner can tell; until he has, neither is it taken from him nor is he let in beside it.
func TestNothingIsDoneBeforeTheQuestionAboutThePhoneIsAnswered(t *testing.T) {
	both(t, identity.Citizens, func(t *testing.T, o *office) {
		var a account.Account
		o.As(kerneltest.Nobody).Must("account.register", func(tx *db.Tx) (err error) {
			a, err = o.accounts.Register(o.Ctx, tx, party.Identity{Kind: party.Person, Name: "周大河", Number: "431199199001011238", Phone: "13900000666"})
			return err
		})
		p, err := o.m.Find(o.Ctx, o.Look(), "trial")
		if err != nil {
			t.Fatal(err)
		}
		answer := func(name, phone string) error {
			return o.As(kerneltest.Nobody).Run("identity.first", func(tx *db.Tx) error {
				_, err := o.m.First(o.Ctx, tx, p, identity.Found{Provider: "trial", Subject: "z", Enough: true, Name: name, Number: "431199199001011238", At: time.Now().Unix()}, phone)
				return err
			})
		}
		for _, phone := range []string{"", "yes"} {
			if err := answer("周大河", phone); problem.FieldMessage(err, "phone") == "" {
				t.Errorf("answered %q: %v", phone, err)
			}
		}
		kind(t, answer("周小河", "mine"), problem.KindConflict)
		if b, err := o.accounts.Find(o.Ctx, o.Look(), a.ID); err != nil || b.Phone.IsZero() || b.Version != a.Version || o.Count(`SELECT count(*) FROM identity_link`) != 0 {
			t.Errorf("something was done: %+v %v", b, err)
		}
		if err := answer("周大河", "mine"); err != nil {
			t.Error(err)
		}
		if b, err := o.accounts.Find(o.Ctx, o.Look(), a.ID); err != nil || b.Phone.IsZero() {
			t.Errorf("his own phone was taken away: %+v %v", b, err)
		}
	})
}
