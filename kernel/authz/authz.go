// Package authz says who may do what, and to which rows.
//
// A permission is a verb on a noun (casework.decide). It is granted over a reach: some units, some regions, or everything.
// The same reach answers two questions that must never disagree: may this actor touch this one thing (Scope.Covers), and
// which rows may a list show (Scope.Where). A property test holds them equal.
package authz

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Permission is the right to one kind of act, written module.verb.
type Permission string

const (
	// Anyone marks a route that needs no login.
	Anyone Permission = "anyone"
	// SignedIn marks a route that needs an account but no particular right; the handler shows only the actor's own things.
	SignedIn Permission = "signed-in"
)

// Definition declares a permission: its Chinese title, and the lesser permissions that come with it.
type Definition struct {
	Permission Permission
	Title      string
	Implies    []Permission
}

// Kind tells what stands behind an actor.
type Kind string

const (
	Guest   Kind = "guest"   // nobody signed in
	Citizen Kind = "citizen" // a natural person, for himself or for a firm
	Staff   Kind = "staff"   // a public servant or window clerk
	Client  Kind = "client"  // a program that acts for a unit through the API
	System  Kind = "system"  // a timer, a listener or an import, always with a cause in Via
)

// Actor is who acts. It rides in every transaction; without one there is no transaction.
type Actor struct {
	Kind   Kind
	ID     string // account id; for System the name of the mechanism
	Name   string // as shown to others and kept in the audit log
	Unit   string // unit code for staff and programs
	Office string // the unit's short name, as shown
	Party  string // party id for a citizen
	Grants []Grant
	Via    string // the event, job or device through which the act came
}

// Grant gives permissions over a reach.
type Grant struct {
	Permissions []Permission
	Reach       Reach
}

// Reach is the part of the county a grant covers.
type Reach struct {
	Everywhere bool
	Units      []string
	Regions    []string // division codes; a code covers everything below it
}

// Place is where a thing belongs: the unit that answers for it and the region it lies in.
type Place struct {
	Unit   string
	Region string
}

// Machine is the actor of a timer, listener or import. Its rights are those of the code that runs it.
func Machine(name, via string) Actor {
	return Actor{Kind: System, ID: name, Name: name, Via: via}
}

// Holds reports whether the actor has the permission anywhere at all. It is for menus; commands ask May.
func (a Actor) Holds(p Permission) bool {
	switch {
	case p == Anyone, a.Kind == System:
		return true
	case p == SignedIn:
		return a.Kind == Citizen || a.Official()
	}
	return slices.ContainsFunc(a.Grants, func(g Grant) bool { return slices.Contains(g.Permissions, p) })
}

// Official reports whether the actor acts for a unit: a public servant, or a program of it.
func (a Actor) Official() bool { return a.Kind == Staff || a.Kind == Client }

// May reports whether the actor has the permission over the place.
func (a Actor) May(p Permission, at Place) bool {
	return p == Anyone || p == SignedIn && a.Holds(p) || a.Scope(p).Covers(at)
}

// Scope is all that the actor may touch with the permission.
func (a Actor) Scope(p Permission) Scope {
	if a.Kind == System {
		return Scope{reach: Reach{Everywhere: true}}
	}
	var s Scope
	for _, g := range a.Grants {
		if !slices.Contains(g.Permissions, p) {
			continue
		}
		s.reach.Everywhere = s.reach.Everywhere || g.Reach.Everywhere
		s.reach.Units = append(s.reach.Units, g.Reach.Units...)
		s.reach.Regions = append(s.reach.Regions, g.Reach.Regions...)
	}
	return s
}

// Scope is a set of places, as a Go check and as an SQL predicate.
type Scope struct{ reach Reach }

// ScopeOf makes a scope of a reach.
func ScopeOf(r Reach) Scope { return Scope{reach: r} }

// Everywhere reports whether nothing is out of reach.
func (s Scope) Everywhere() bool { return s.reach.Everywhere }

// Units are the units the scope names; for a scope everywhere they say nothing.
func (s Scope) Units() []string { return unique(s.reach.Units) }

// Empty reports whether the scope holds no place at all.
func (s Scope) Empty() bool {
	return !s.reach.Everywhere && len(s.reach.Units) == 0 && len(s.reach.Regions) == 0
}

// Covers reports whether the place lies within the scope.
func (s Scope) Covers(at Place) bool {
	if s.reach.Everywhere || at.Unit != "" && slices.Contains(s.reach.Units, at.Unit) {
		return true
	}
	return slices.ContainsFunc(s.reach.Regions, func(r string) bool { return r != "" && strings.HasPrefix(at.Region, r) })
}

// Where is the scope as a predicate over the two columns, with placeholders from $from on. A column name of "" means the
// table has no such column. The columns come from code, never from a request.
func (s Scope) Where(unitColumn, regionColumn string, from int) (predicate string, args []any) {
	if s.reach.Everywhere {
		return "TRUE", nil
	}
	var either []string
	next := func(value any) string {
		args = append(args, value)
		return "$" + strconv.Itoa(from+len(args)-1)
	}
	if unitColumn != "" {
		for _, unit := range unique(s.reach.Units) {
			either = append(either, unitColumn+" = "+next(unit))
		}
	}
	if regionColumn != "" {
		// A prefix by length instead of LIKE: a region code cannot smuggle in a wildcard, and no collation can disagree.
		for _, region := range unique(s.reach.Regions) {
			either = append(either, "substr("+regionColumn+", 1, "+strconv.Itoa(utf8.RuneCountInString(region))+") = "+next(region))
		}
	}
	if len(either) == 0 {
		return "FALSE", nil
	}
	return "(" + strings.Join(either, " OR ") + ")", args
}

func unique(list []string) []string {
	out := slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == "" })
	slices.Sort(out)
	return slices.Compact(out)
}
