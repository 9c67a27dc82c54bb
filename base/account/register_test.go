package account_test

import (
	"testing"

	"tongban/base/party"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/problem"
)

// Names and numbers of people are known of many; only the phone is proven. Whoever could register with another's number would read his
// matters, his papers and his licences.
func TestNobodyRegistersAsSomebodyWhomTheCountyKnows(t *testing.T) {
	both(t, func(t *testing.T, o *office) {
		register := func(name, number, phone string) error {
			return o.As(kerneltest.Nobody).Run("account.register", func(tx *db.Tx) error {
				_, err := o.m.Register(o.Ctx, tx, party.Identity{Kind: party.Person, Name: name, Number: number, Phone: phone})
				return err
			})
		}
		const chen, zhou, gu = "431199196803152426", "431199199001011238", "431199198507070011"
		if err := register("陈小满", chen, "13900000077"); err != nil {
			t.Fatal(err)
		}
		kind(t, register("陈小满", chen, "13900000078"), problem.KindConflict) // an account of somebody else
		kind(t, register("陈小满", chen, "13900000077"), problem.KindConflict) // he has one already, and signs in by it

		known := func(name, number, phone string) {
			o.machine(func(tx *db.Tx) error {
				_, err := o.parties.Ensure(o.Ctx, tx, party.Identity{Kind: party.Person, Name: name, Number: number, Phone: phone})
				return err
			})
		}
		known("周大河", zhou, "13900000011") // came to a window, with his phone
		known("顾长安", gu, "")              // and without
		kind(t, register("周大河", zhou, "13900000012"), problem.KindConflict)
		kind(t, register("周小河", zhou, "13900000011"), problem.KindConflict)
		kind(t, register("顾长安", gu, "13900000013"), problem.KindConflict)
		if n := o.Count(`SELECT count(*) FROM account_account WHERE kind = 'citizen'`); n != 1 {
			t.Errorf("%d citizens have accounts, one registered as himself", n)
		}
		if err := register("周大河", zhou, "13900000011"); err != nil {
			t.Error("the phone that the county has of him does not open his account:", err)
		}
	})
}
