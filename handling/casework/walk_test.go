package casework_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"tongban/handling/casework"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/problem"
	"tongban/rules/licensing"
)

// Whatever people try in whatever order, each attempt either happens whole or is refused in words, and at the end every case obeys the
// table, the five days, one responsible unit and the separation of duties (I5, I10, I11, I13, I17, I18; the kit checks them all).
func TestAnyHistoryKeepsTheInvariants(t *testing.T) {
	onBoth(t, func(t *testing.T, c trial) {
		seed := uint64(time.Now().UnixNano())
		if s := os.Getenv("TONGBAN_WALK_SEED"); s != "" {
			seed, _ = strconv.ParseUint(s, 10, 64)
		}
		dice := rand.New(rand.NewPCG(seed, 7))
		t.Logf("TONGBAN_WALK_SEED=%d", seed)
		people := []authz.Actor{citizen, clerk, assessor, chief, head, kerneltest.Clerk("reader", casework.PermRead), authz.Machine("rule", "test")}
		var ids []casework.ID
		pick := func() casework.ID { return ids[dice.IntN(len(ids))] }
		defect := []casework.Defect{{Kind: casework.OfMaterial, Thing: "floor-plan", Name: "平面图", What: "缺"}}
		acts := []struct {
			name string
			do   func(tx *db.Tx) error
		}{
			{"open", func(tx *db.Tx) error {
				item := []string{"food-operation-licence", "individual-registration"}[dice.IntN(2)]
				k, err := c.m.Open(c.Ctx, tx, casework.Opening{Item: item, Applicant: citizen.Party, ApplicantName: "李小满", Hold: dice.IntN(4) == 0})
				if err == nil {
					ids = append(ids, k.ID)
				}
				return err
			}},
			{"accept", func(tx *db.Tx) error { _, err := c.m.Accept(c.Ctx, tx, pick()); return err }},
			{"decline", func(tx *db.Tx) error {
				_, err := c.m.Decline(c.Ctx, tx, pick(), licensing.NotCompetent, "上级")
				return err
			}},
			{"ask", func(tx *db.Tx) error { _, err := c.m.AskCorrection(c.Ctx, tx, pick(), defect); return err }},
			{"supplement", func(tx *db.Tx) error { _, err := c.m.Supplement(c.Ctx, tx, pick()); return err }},
			{"lapse", func(tx *db.Tx) error { return c.m.Lapse(c.Ctx, tx, pick(), "联系不上") }},
			{"release", func(tx *db.Tx) error { return c.m.Release(c.Ctx, tx, pick()) }},
			{"assess", func(tx *db.Tx) error {
				return c.m.Assess(c.Ctx, tx, pick(), casework.Assessment{Points: c.points(), Grant: true})
			}},
			{"send_back", func(tx *db.Tx) error { return c.m.SendBack(c.Ctx, tx, pick(), "再看") }},
			{"suspend", func(tx *db.Tx) error {
				_, err := c.m.Suspend(c.Ctx, tx, pick(), casework.Suspension{Procedure: licensing.Testing, Days: 3})
				return err
			}},
			{"resume", func(tx *db.Tx) error { return c.m.Resume(c.Ctx, tx, pick(), "") }},
			{"extend", func(tx *db.Tx) error {
				_, err := c.m.Extend(c.Ctx, tx, pick(), casework.Extension{Days: 4, Reason: "复杂", By: licensing.AgencyHead})
				return err
			}},
			{"decide", func(tx *db.Tx) error {
				_, err := c.m.Decide(c.Ctx, tx, pick(), casework.Verdict{Granted: dice.IntN(2) == 0, Reasons: "见意见"})
				return err
			}},
			{"decide_at_once", func(tx *db.Tx) error {
				_, err := c.m.DecideAtOnce(c.Ctx, tx, pick(), casework.Verdict{Granted: true})
				return err
			}},
			{"withdraw", func(tx *db.Tx) error {
				if dice.IntN(10) > 0 {
					return nil
				}
				return c.m.Withdraw(c.Ctx, tx, pick(), "不办了")
			}},
			{"close", func(tx *db.Tx) error { return c.m.Close(c.Ctx, tx, pick()) }},
			{"assign", func(tx *db.Tx) error { return c.m.Assign(c.Ctx, tx, pick(), tx.Actor.ID) }},
		}
		done := map[string]int{}
		now := at
		for i := range 400 {
			a := acts[dice.IntN(len(acts))]
			if i < 10 {
				a = acts[0]
			}
			before := len(ids)
			err := c.As(people[dice.IntN(len(people))]).Run("casework."+a.name, a.do)
			switch _, said := problem.Of(err); {
			case err == nil:
				done[a.name]++
			case !said || problem.KindOf(err) == problem.KindInternal:
				t.Fatalf("%s failed instead of being refused: %v", a.name, err)
			default:
				ids = ids[:before]
			}
			if dice.IntN(6) == 0 {
				now = now.Add(time.Duration(dice.IntN(20)) * time.Hour)
				c.Move(now)
			}
			if dice.IntN(25) == 0 {
				c.Settle()
			}
		}
		c.Settle()
		if len(done) < 8 {
			t.Errorf("only these acts ever succeeded: %v", done)
		}
		t.Log(fmt.Sprint(done))
	})
}
