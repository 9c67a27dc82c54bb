package authz_test

import (
	"fmt"
	"testing"

	"tongban/kernel/authz"
)

const accept, decide, read authz.Permission = "casework.accept", "casework.decide", "casework.read"

func TestRightIsHeldOnlyWhereItWasGranted(t *testing.T) {
	clerk := authz.Actor{Kind: authz.Staff, ID: "c1", Grants: []authz.Grant{
		{Permissions: []authz.Permission{accept}, Reach: authz.Reach{Units: []string{"a"}}},
		{Permissions: []authz.Permission{decide}, Reach: authz.Reach{Regions: []string{"431199001"}}}}}
	for _, c := range []struct {
		p    authz.Permission
		at   authz.Place
		want bool
	}{
		{accept, authz.Place{Unit: "a"}, true}, {accept, authz.Place{Unit: "b"}, false}, {accept, authz.Place{}, false},
		{decide, authz.Place{Unit: "a"}, false}, {decide, authz.Place{Region: "431199001002"}, true}, {decide, authz.Place{Region: "431199002"}, false},
		{read, authz.Place{Unit: "a"}, false}, {authz.Anyone, authz.Place{}, true}, {authz.SignedIn, authz.Place{Unit: "b"}, true},
	} {
		if got := clerk.May(c.p, c.at); got != c.want {
			t.Errorf("%s at %+v: %v", c.p, c.at, got)
		}
	}
	guest := authz.Actor{Kind: authz.Guest}
	if guest.May(authz.SignedIn, authz.Place{}) || guest.Holds(authz.SignedIn) || guest.Holds(accept) || !guest.Holds(authz.Anyone) {
		t.Error("a guest holds what only people with an account hold")
	}
	if machine := authz.Machine("sweeper", "job"); !machine.May(decide, authz.Place{Unit: "anywhere"}) {
		t.Error("a machine may not do its work")
	}
}

func TestImpliedRightsComeAlongAndLooseEndsAreRefused(t *testing.T) {
	r, err := authz.NewRights([]authz.Definition{{Permission: decide, Implies: []authz.Permission{accept}}, {Permission: accept, Implies: []authz.Permission{read}}, {Permission: read, Implies: []authz.Permission{decide}}})
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(r.Closure([]authz.Permission{accept})); got != "[casework.accept casework.decide casework.read]" {
		t.Error(got) // even in a circle
	}
	for _, bad := range [][]authz.Definition{{{Permission: read}, {Permission: read}}, {{Permission: read, Implies: []authz.Permission{accept}}}} {
		if _, err := authz.NewRights(bad); err == nil {
			t.Errorf("%v was taken", bad)
		}
	}
}

func TestWhoAcceptedMayNotDecide(t *testing.T) {
	rules := []authz.Separation{{Act: "decide", After: "accept", Name: "受审分离"}}
	history := []authz.Deed{{Act: "accept", Actor: "c1"}, {Act: "assess", Actor: "c2"}}
	for actor, want := range map[string]bool{"c1": true, "c2": false, "c3": false} {
		if _, barred := authz.Barred(rules, history, "decide", authz.Actor{ID: actor}); barred != want {
			t.Errorf("%s: barred %v", actor, barred)
		}
	}
	if _, barred := authz.Barred(rules, history, "assess", authz.Actor{ID: "c1"}); barred {
		t.Error("a rule about another act bars")
	}
}
