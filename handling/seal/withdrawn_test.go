package seal_test

import (
	"testing"

	"tongban/handling/seal"
	"tongban/kernel/db"
)

// The keeper's standing order releases uses of jobs. When the keeper is dismissed, or no longer may release, the next job's use waits for a
// person although the order still stands on paper.
func TestStandingOrderEndsWithTheRightsOfWhoAnswersForIt(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			c := begin(t, engine)
			if err := c.rule(t, keeper, seal.Rule{Name: "决定生效即放行", Purposes: []string{seal.ForDecision}}); err != nil {
				t.Fatal(err)
			}
			use := func(about string) seal.State {
				t.Helper()
				u, err := c.request(t, machine, c.intent(t, about))
				if err != nil {
					t.Fatal(err)
				}
				return u.State
			}
			if got := use("case:1"); got != seal.Released {
				t.Fatalf("under the order a use is %s", got)
			}
			c.Tamper(`INSERT INTO account_account (id, kind, login, name, unit, party, phone, phone_index, password, totp, totp_step, state, failures, made_at, version)
 VALUES ('keeper', 'staff', 'keeper', '保管人', 'approval-bureau', '', '', '', '', '', 0, 'active', 0, '2026-11-23T01:00:00.000000Z', 1)`)
			if got := use("case:2"); got != seal.Intended {
				t.Errorf("the keeper has no right any more, and a use is %s", got)
			}
			c.Tamper(`UPDATE account_account SET state = 'off'`)
			if got := use("case:3"); got != seal.Intended {
				t.Errorf("the keeper is dismissed, and a use is %s", got)
			}
		})
	}
}
