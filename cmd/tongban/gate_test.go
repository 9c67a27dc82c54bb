package main

import (
	"context"
	"flag"
	"fmt"
	"testing"

	"tongban/base/account"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/web"
)

// lived is the house with a county in it that has handled cases for weeks.
func lived(t *testing.T, engine db.Engine, cases int) (*kerneltest.Kit, *county) {
	t.Helper()
	kt, m := house(t, engine)
	if err := m.openDemo(t.Context(), kt.Kernel); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	wait, err := kt.Kernel.Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	err = m.play(ctx, kt.Kernel, cases, 7, func(int, int, string) {})
	stop()
	wait()
	if err != nil {
		t.Fatal(err)
	}
	return kt, m
}

func TestEveryRouteOfTheHouseWithstandsTheBattery(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			kt, _ := lived(t, engine, 40)
			kerneltest.Contract(t, kt)
			kerneltest.Battery(t, kt)
		})
	}
}

// units whose people stand in the matrix: the bureau that decides most cases, one that decides some, and a township.
var matrixUnits = []string{"approval-bureau", "market-regulation", "qingshi-service"}

// holders are every role of the pack in several units, two citizens with cases, one without, and nobody.
func holders(t *testing.T, kt *kerneltest.Kit, m *county) []kerneltest.Holder {
	t.Helper()
	out := []kerneltest.Holder{{Role: "nobody", Actor: kerneltest.Nobody}, {Role: "no role", Actor: kerneltest.Clerk("matrix-without-role")}}
	for _, role := range m.account.Roles() {
		if role.Side == "public" {
			continue
		}
		units := matrixUnits
		if role.Scope == "county" {
			units = units[2:] // it reaches everything from anywhere
		}
		for _, unit := range units {
			login := fmt.Sprintf("matrix-%s-%s", role.Code, unit)
			kt.As(authz.Machine("test", "matrix")).Must("test.employ", func(tx *db.Tx) error {
				_, err := m.account.Create(t.Context(), tx, account.Create{Kind: account.Staff, Login: login, Name: role.Title, Unit: unit, Roles: []string{role.Code}})
				return err
			})
			actor, err := m.account.ActorOf(t.Context(), kt.Look(), login)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, kerneltest.Holder{Role: role.Code, Actor: actor})
		}
	}
	for _, login := range []string{"demo-chen", "demo-zhou", "demo-elder"} {
		actor, err := m.account.ActorOf(t.Context(), kt.Look(), login)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, kerneltest.Holder{Role: "citizen " + login, Actor: actor})
	}
	return out
}

func TestEveryRoleReachesWhatItMayAndNothingElse(t *testing.T) {
	kt, m := lived(t, db.SQLite, 60)
	o := overhear(t, kt, m, products)
	kerneltest.Matrix(t, kt, holders(t, kt, m), map[string]string{
		"GET /w/seals 办件":                     "the register of uses names the case whose document was sealed; its administrator reads the register, not the case",
		"GET /w/seals/register.xlsx 办件":       "the same register as a table",
		"GET /api/v1/parcels 办件":              "a parcel names the cases whose results lie in it; the outlet hands them over and reads the number, not the case",
		"GET /api *":                          "the manual shows invented numbers; a demo county may have given one of them to a case",
		"GET /admin/audit *":                  "the audit log names every thing by its id; only an audit administrator of the whole county opens it",
		"GET /w 红黄牌":                          "the task of a card that is nobody's in particular, see the next",
		"GET /api/v1/track/{receipt}":         "asks everybody for number and last four characters and counts wrong ones; bundle has the test",
		"POST /sv/cards/{id}/{act} same unit": "see the next",
		"GET /sv/cards/{id} same unit":        "a card that is nobody's in particular is answered by those of the unit who read its cases; efficiency has the test",
		"GET /sv/urges/{id} same unit":        "the same for urgings",
		"POST /sv/urges/{id} same unit":       "the same for urgings",
		"GET /w/cases 办件的时限":                  "the address of the next page holds the id of a case that the reader may see; its clock goes by the same id",
		"GET /w 催办":                           "the task of an urging that is nobody's in particular",
	})
	for _, w := range o.wrong() {
		t.Error(w)
	}
	t.Logf("%d answers to %d people whose numbers are known: no full number in addresses, titles, exports or log, none shown to staff without a reading", o.answers, len(o.owners))
}

// A siege of its own length and seed: go test ./cmd/tongban -run Siege -siege.requests=1000000 -siege.seed=2
var (
	siegeSeed     = flag.Uint64("siege.seed", 1, "seed of the siege")
	siegeRequests = flag.Int("siege.requests", 20_000, "hostile requests of the siege")
)

func TestTheHouseWithstandsASiege(t *testing.T) {
	kt, m := lived(t, db.SQLite, 40)
	walked := kt.Besiege(kerneltest.Siege{Seed: *siegeSeed, Requests: *siegeRequests, Holders: holders(t, kt, m),
		Rerun: "go test ./cmd/tongban -run Siege",
		Only: func(r web.Route) bool {
			return r.Pattern() != "POST /demo/clock" && r.Pattern() != "POST /admin/health/check" // one moves the world away, one costs a second
		},
		Counts: map[string]string{
			"POST /login/password":           "failures lock the account",
			"POST /login/enter":              "each try of a code counts",
			"POST /t":                        "wrong last four characters count, by visitor and by receipt",
			"GET /api/v1/track/{receipt}":    "the same",
			"POST /w/outlet/{id}/recognise":  "the same, by parcel",
			"POST /api/v1/parcels/{id}/hand": "the same",
		}})
	for _, f := range walked.Findings {
		t.Error(f)
	}
	t.Logf("seed %d: %d hostile requests over %d routes, answers by hundreds %v, %d findings", *siegeSeed, walked.Requests, walked.Routes, walked.Answers, len(walked.Findings))
	if n := walked.Answers[2] + walked.Answers[3]; n*10 < walked.Requests {
		t.Errorf("only %d of %d requests came through: the siege does not reach what it is meant to try", n, walked.Requests)
	}
}
