package kerneltest

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"tongban/kernel/authz"
	"tongban/kernel/web"
)

// Holder is somebody in the authorisation matrix: a role of the pack in a unit, a citizen, or nobody.
type Holder struct {
	Role  string
	Actor authz.Actor
}

// Matrix asks every declared route as every holder, for things of every relation to him, and compares each answer with what the
// declarations say: permission of the route, reach of the grant, owner of the thing. Pages, exports and API calls are routes alike. Who
// may not, must be turned away and leave nothing behind; who may, must not be turned away. What the field wants otherwise stands in
// agreed with its reason, under the route, or the route and a relation, or the route and a kind of thing that its list shows (* for all).
func Matrix(t *testing.T, kt *Kit, holders []Holder, agreed map[string]string) {
	t.Helper()
	w, asked := kt.Weigh(holders, agreed)
	for _, f := range w.Findings {
		t.Error(f)
	}
	var rows []string
	for _, relation := range slices.Sorted(maps.Keys(asked)) {
		rows = append(rows, fmt.Sprintf("%s %d", relation, asked[relation]))
	}
	t.Logf("%d routes × %d holders: %d requests (%s), %d deviations", w.Routes, len(holders), w.Requests, strings.Join(rows, ", "), len(w.Findings))
}

// Weigh fills the matrix and says how many requests there were of each relation and medium.
func (kt *Kit) Weigh(holders []Holder, agreed map[string]string) (Walked, map[string]int) {
	kt.T.Helper()
	m := &matrix{walker: &walker{Kit: kt, forms: map[string]url.Values{}}, asked: map[string]int{}, agreed: agreed}
	m.things = kt.belongings()
	var routes []web.Route
	for _, r := range kt.Site().Routes() {
		if !strings.HasPrefix(r.Path, signIn) {
			routes = append(routes, r)
		}
	}
	m.Routes = len(routes)
	for _, h := range holders {
		before := m.acts()
		for _, m.allowed = range []bool{false, true} {
			for _, r := range routes {
				m.try(h, r)
			}
			if !m.allowed && m.acts() != before {
				m.Findings = append(m.Findings, Finding{"matrix", h.Role + " of " + h.Actor.Unit, "something was written for somebody who may not"})
			}
		}
	}
	return m.Walked, m.asked
}

type matrix struct {
	*walker
	things  []kept
	allowed bool // first what is forbidden is tried, then what is allowed
	agreed  map[string]string
	asked   map[string]int // requests by relation and medium
}

// try asks one route as one holder.
func (m *matrix) try(h Holder, r web.Route) {
	found, unexplained := targets(r, m.things, 4)
	if unexplained != "" {
		m.find(r, "unclassified", "no module says what %s names", unexplained)
		return
	}
	if len(r.Variables()) > 0 && len(found) == 0 || len(found) == 0 && r.Method != http.MethodGet {
		if !h.Actor.Holds(r.Permission) { // nothing to try it on; the door itself must be shut
			m.judge(h, r, target{Route: r, address: r.Example()}, false, "door")
		}
		return
	}
	if len(found) == 0 {
		may := h.Actor.Holds(r.Permission) && !(desk(r.Path) && h.Actor.Kind != authz.Staff)
		m.judge(h, r, target{Route: r, address: r.Example()}, may, "door")
		return
	}
	for _, t := range found {
		may := t.kept.may(r, t.id, h.Actor)
		if may && r.Method != http.MethodGet {
			continue // what is allowed is tried by the tests of the command; here it would use the things up
		}
		if !may && h.Actor.Kind == authz.Staff && t.kept.silent(t.id) && r.Permission != authz.SignedIn {
			continue // the declaration says nothing about staff
		}
		m.judge(h, r, t, may, t.kept.relation(t.id, h.Actor))
	}
}

// silent reports whether the owners of a thing say nothing about staff: no unit, no region, no account.
func (k kept) silent(id string) bool {
	return !slices.ContainsFunc(k.owners[id], func(o owner) bool { return o.unit != "" || o.region != "" || o.account != "" })
}

// relation names how an actor stands to a thing.
func (k kept) relation(id string, a authz.Actor) string {
	if a.Kind == authz.Guest {
		return "nobody"
	}
	relation := "other unit"
	if a.Kind == authz.Citizen {
		relation = "other citizen"
	}
	for _, o := range k.owners[id] {
		switch {
		case o.party != "" && o.party == a.Party, o.account != "" && o.account == a.ID:
			return "own"
		case o.unit != "" && o.unit == a.Unit:
			relation = "same unit"
		}
	}
	return relation
}

// judge sends the request and compares.
func (m *matrix) judge(h Holder, r web.Route, t target, may bool, relation string) {
	if may != m.allowed || m.agreed[r.Pattern()+" "+relation] != "" || m.agreed[r.Pattern()] != "" {
		return
	}
	medium := "page"
	switch {
	case r.API:
		medium = "API"
	case strings.Contains(r.Path, "export") || strings.HasSuffix(r.Path, ".xlsx"):
		medium = "export"
	}
	m.asked[relation+"/"+medium]++
	var hr *http.Request
	if t.id == "" {
		hr = m.bare(r)
	} else if hr = m.request(t); r.API {
		hr.Header.Set("Accept", "application/json")
	}
	a := m.ask(r, hr, h.Actor)
	away := turnedAway(a, t.kept.object)
	switch {
	case may && away && r.Permission == authz.Anyone && t.id == "": // a step of a sign-in, sends back to where it begins
	case may && t.id == "" && a.Status == http.StatusNotFound: // let in, and told that there is nothing, such as a report of a month without any
	case may && away:
		m.find(r, "matrix", "%s of %s is turned away (%d) from %s, which is %s", h.Role, h.Actor.Unit, a.Status, t.address, relation)
	case !may && !away:
		m.find(r, "matrix", "%s of %s gets %d for %s, which is %s", h.Role, h.Actor.Unit, a.Status, t.address, relation)
	case may && t.id == "" && !sink(r):
		if shown := m.foreign(r, a, h.Actor); shown != "" {
			m.find(r, "matrix", "%s of %s is shown %s", h.Role, h.Actor.Unit, shown)
		}
	}
}

// foreign names a thing in a list that the viewer may not open.
func (m *matrix) foreign(r web.Route, a *Answer, viewer authz.Actor) string {
	if m.agreed[r.Pattern()+" *"] != "" {
		return ""
	}
	var others []kept
	for _, k := range m.things {
		o := kept{object: k.object}
		for _, id := range k.ids {
			if !k.may(web.Route{Path: "/", Permission: authz.SignedIn}, id, viewer) && !k.silent(id) && m.agreed[r.Pattern()+" "+k.object.Title] == "" {
				o.ids = append(o.ids, id)
			}
		}
		others = append(others, o)
	}
	return contains(a, others)
}
