package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tongban/base/account"
	"tongban/handling/casework"
	"tongban/handling/seal"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/flow"
	"tongban/kernel/pack"
	"tongban/oversight/review"
)

// histories is how many random lives of a case, of a seal and of a rectification are tried.
const histories = 100_000

// crowd are few people who all hold every right and help each other: whatever is refused, another of them tries.
var crowd = []string{"A", "B", "C", "D"}

// live lets the crowd try random acts on one thing along its table. A rule that bars one leaves the act to the next who tries; a right
// handed on from A to B and back again changes nothing, because the rules look at the person who acts (D9).
func live[S, A ~string](dice *rand.Rand, table flow.Table[S, A], rules []authz.Separation, alias func(A) A) []authz.Deed {
	var at S
	for _, s := range table.States {
		if s.Start {
			at = s.Name
		}
	}
	var life []authz.Deed
	if dice.IntN(2) == 0 {
		life = append(life, authz.Deed{Act: string(casework.ActOpen), Actor: crowd[dice.IntN(len(crowd))]}) // handed in for somebody
	}
	for range 40 {
		var open []flow.Move[S, A]
		for _, m := range table.Moves {
			if m.From == at && (!table.Ended(m.To) || dice.IntN(20) == 0) {
				open = append(open, m)
			}
		}
		if len(open) == 0 {
			break
		}
		m, who := open[dice.IntN(len(open))], crowd[dice.IntN(len(crowd))]
		if _, barred := authz.Barred(rules, life, string(alias(m.Act)), authz.Actor{Kind: authz.Staff, ID: who}); barred {
			continue
		}
		life = append(life, authz.Deed{Act: string(alias(m.Act)), Actor: who})
		at = m.To
	}
	return life
}

// doubled finds somebody who did one of each group, in any order: the oracle knows nothing of who came first.
func doubled(life []authz.Deed, one, other []string) string {
	for _, a := range life {
		for _, b := range life {
			if a.Actor == b.Actor && slices.Contains(one, a.Act) && slices.Contains(other, b.Act) {
				return fmt.Sprintf("%s did %s and %s in %v", a.Actor, a.Act, b.Act, life)
			}
		}
	}
	return ""
}

func cases(n int, rules []authz.Separation) (wrong string, decided int) {
	decide := []string{string(casework.ActGrant), string(casework.ActRefuse)}
	for i := range n {
		life := live(rand.New(rand.NewPCG(1, uint64(i))), casework.Moves(), rules, func(a casework.Act) casework.Act { return a })
		if slices.ContainsFunc(life, func(d authz.Deed) bool { return slices.Contains(decide, d.Act) }) {
			decided++
		}
		for _, pair := range [][2][]string{
			{{string(casework.ActAccept), string(casework.ActOpen)}, decide},                         // D1 受审分离
			{{string(casework.ActAccept), string(casework.ActOpen)}, {string(casework.ActAssess)}},   // D1, D5
			{{string(casework.ActAssess)}, append(slices.Clone(decide), string(casework.ActExtend))}, // 审决分离
		} {
			if wrong = doubled(life, pair[0], pair[1]); wrong != "" {
				return wrong, decided
			}
		}
	}
	return "", decided
}

func TestNoHistoryOfColludingOfficersBreaksTheSeparationOfDuties(t *testing.T) {
	wrong, decided := cases(histories, casework.Separations())
	if wrong != "" {
		t.Error(wrong)
	}
	if decided < histories/10 {
		t.Errorf("only %d of %d histories reach a decision", decided, histories)
	}
	for i := range casework.Separations() { // each rule is needed: without it the harness finds a breach
		twin := slices.Delete(casework.Separations(), i, i+1)
		if wrong, _ := cases(histories, twin); wrong == "" {
			t.Errorf("without %+v nothing is found", casework.Separations()[i])
		}
	}
	t.Logf("%d histories, %d with a decision, 0 breaches; %d broken twins", histories, decided, len(casework.Separations()))
}

func TestNoHistoryOfARectificationBreaksItsSeparation(t *testing.T) {
	try := func(rules []authz.Separation) string {
		for i := range histories {
			life := live(rand.New(rand.NewPCG(2, uint64(i))), review.Moves(), rules, review.SameAs)
			for _, pair := range [][2]string{{string(review.ActVerify), string(review.ActRectify)}, {string(review.ActVerify), string(review.ActVisit)}, {string(review.ActRectify), string(review.ActVisit)}, {string(review.ActDispute), string(review.ActExclude)}} {
				if wrong := doubled(life, []string{pair[0]}, []string{pair[1]}); wrong != "" {
					return wrong
				}
			}
		}
		return ""
	}
	if wrong := try(review.Separations()); wrong != "" {
		t.Error(wrong)
	}
	if try(nil) == "" {
		t.Error("without any rule nothing is found")
	}
}

// D4: who releases a use of a seal is neither who decided, nor who asked, nor who administers seals; a rule does not get around it.
func TestNoSealIsUsedByOnePersonAlone(t *testing.T) {
	type check func(seal.Seal, seal.Use, authz.Actor) error
	try := func(may check, covers func(seal.Rule, seal.Use) bool) string {
		for i := range histories {
			dice := rand.New(rand.NewPCG(3, uint64(i)))
			who := func() string { return crowd[dice.IntN(len(crowd))] }
			s := seal.Seal{Code: "s", Name: "章", Unit: "u", Keeper: who(), EstablishedBy: who()}
			u := seal.Use{Purpose: seal.ForDecision, DecidedBy: who(), RequestedBy: who()}
			s.Rule = seal.Rule{Name: "规则", By: who(), Purposes: []string{seal.ForDecision}}
			by := authz.Actor{Kind: authz.Staff, ID: who()}
			if dice.IntN(3) == 0 {
				by.Grants = []authz.Grant{{Permissions: []authz.Permission{seal.PermManage, seal.PermRelease}, Reach: authz.Reach{Everywhere: true}}}
			}
			if may(s, u, by) == nil && (by.ID == u.DecidedBy || by.ID == u.RequestedBy || by.ID == s.EstablishedBy || by.Holds(seal.PermManage)) {
				return fmt.Sprintf("%s released %+v", by.ID, u)
			}
			if covers(s.Rule, u) && (s.Rule.By == u.DecidedBy || s.Rule.By == u.RequestedBy) {
				return fmt.Sprintf("the rule of %s released %+v", s.Rule.By, u)
			}
		}
		return ""
	}
	if wrong := try(seal.MayRelease, seal.Rule.Covers); wrong != "" {
		t.Error(wrong)
	}
	if try(func(seal.Seal, seal.Use, authz.Actor) error { return nil }, seal.Rule.Covers) == "" || try(seal.MayRelease, func(seal.Rule, seal.Use) bool { return true }) == "" {
		t.Error("a broken twin is not found")
	}
}

// D6 and the roles of the pack: whatever set of roles one person may hold together, it never joins powers that the law keeps apart.
func TestNoSetOfRolesJoinsWhatIsKeptApart(t *testing.T) {
	kt, _ := house(t, db.SQLite)
	apart := [][2][]authz.Permission{
		{{account.PermManage}, {account.PermConfirm}}, {{account.PermManage}, {account.PermAudit}}, {{account.PermConfirm}, {account.PermAudit}}, // 三员分立
		{{account.PermManage, account.PermConfirm, account.PermAudit}, {casework.PermDecide, casework.PermAccept, casework.PermAssess, seal.PermRelease, seal.PermRequest, seal.PermManage}},
		{{seal.PermManage}, {seal.PermRelease, seal.PermRequest, casework.PermDecide}}, // 管章不用章
		{{seal.PermRelease}, {casework.PermDecide}}, // 用印与决定分离
	}
	var staff []account.Role
	for _, r := range pack.All[account.Role](kt.Library.Current(), "role") {
		if r.Side != "public" {
			staff = append(staff, r)
		}
	}
	found := map[string]bool{}
	try := func(clash func([]account.Role) bool) {
		for i := range histories / 4 {
			dice := rand.New(rand.NewPCG(4, uint64(i)))
			var held []account.Role
			for range 2 + dice.IntN(3) {
				held = append(held, staff[dice.IntN(len(staff))])
			}
			if clash(held) {
				continue
			}
			var all []authz.Permission
			for _, r := range held {
				all = append(all, r.Permissions...)
			}
			all = kt.Rights().Closure(all)
			for _, pair := range apart {
				holds := func(list []authz.Permission) authz.Permission {
					for _, p := range list {
						if slices.Contains(all, p) {
							return p
						}
					}
					return ""
				}
				if a, b := holds(pair[0]), holds(pair[1]); a != "" && b != "" {
					for _, x := range held { // name the smallest pair of roles that does it
						for _, y := range held {
							both := kt.Rights().Closure(append(slices.Clone(x.Permissions), y.Permissions...))
							if slices.Contains(both, a) && slices.Contains(both, b) {
								pair := []string{x.Code, y.Code}
								slices.Sort(pair)
								found[strings.Join(slices.Compact(pair), " + ")+" joins "+string(a)+" and "+string(b)] = true
							}
						}
					}
				}
			}
		}
	}
	try(func(held []account.Role) bool { _, _, clash := account.Clash(held); return clash })
	for f := range found {
		t.Error(f)
	}
	clear(found)
	try(func([]account.Role) bool { return false })
	if len(found) == 0 {
		t.Error("without not_with nothing is found")
	}
}
