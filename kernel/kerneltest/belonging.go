package kerneltest

import (
	"archive/zip"
	"bytes"
	"cmp"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"

	"tongban/kernel/authz"
	"tongban/kernel/web"
)

// owner is one of those to whom a thing belongs.
type owner struct{ id, unit, region, party, account string }

// kept are the things of one kind in the county under test, in the order of their ids.
type kept struct {
	object web.Object
	ids    []string
	owners map[string][]owner
}

// belongings reads whose every kept thing is, as the modules declare it.
func (kt *Kit) belongings() []kept {
	kt.T.Helper()
	var out []kept
	for _, m := range kt.Modules() {
		for _, o := range m.Objects {
			k := kept{object: o, owners: map[string][]owner{}}
			if o.Reach == web.Kept {
				rows, err := kt.Look().QueryContext(kt.Ctx, o.Owners)
				if err != nil {
					kt.T.Fatalf("%s: owners of %s: %v", m.Name, o.Title, err)
				}
				for rows.Next() {
					var r owner
					if err := rows.Scan(&r.id, &r.unit, &r.region, &r.party, &r.account); err != nil {
						kt.T.Fatal(err)
					}
					if k.owners[r.id] == nil {
						k.ids = append(k.ids, r.id)
					}
					k.owners[r.id] = append(k.owners[r.id], r)
				}
				rows.Close()
				slices.Sort(k.ids)
			}
			out = together(out, k)
		}
	}
	return out
}

// together adds a kind of things. What a module below explained already is also theirs whom this one names.
func together(all []kept, k kept) []kept {
	i := slices.IndexFunc(all, func(x kept) bool { return k.object.Reach == web.Kept && slices.Equal(x.object.At, k.object.At) })
	if i < 0 {
		return append(all, k)
	}
	for id, more := range k.owners {
		all[i].owners[id] = append(all[i].owners[id], more...)
	}
	return all
}

// nobodys reports whether the declaration names nobody at all: a login alone never opens such a thing.
func (k kept) nobodys() bool {
	return !slices.ContainsFunc(k.ids, func(id string) bool { return !k.silent(id) || k.owners[id][0].party != "" })
}

// may says who reaches a thing through a route: its own people, and staff whose right reaches its place. It is written from the
// declarations alone and shares no line with what the product does.
func (k kept) may(r web.Route, id string, a authz.Actor) bool {
	right := r.Permission
	if right == authz.Anyone || right == authz.SignedIn {
		right = k.object.Sees
	} else if !a.Holds(right) {
		return false
	}
	if a.Kind == authz.Citizen && desk(r.Path) {
		return false
	}
	for _, o := range k.owners[id] {
		place := authz.Place{Unit: o.unit, Region: o.region}
		if o.party != "" && o.party == a.Party || o.account != "" && o.account == a.ID || right != "" && a.Kind == authz.Staff && a.Scope(right).Covers(place) {
			return true
		}
	}
	return false
}

// sink reports whether a page is of the demo county only: its sink of messages shows everything on purpose, and a real county has no
// such page.
func sink(r web.Route) bool { return strings.HasPrefix(r.Path, "/demo/") }

// desk reports whether an address is one of the office.
func desk(path string) bool {
	return slices.ContainsFunc([]string{"/w", "/l", "/sv", "/admin"}, func(d string) bool { return path == d || strings.HasPrefix(path, d+"/") })
}

// target is a route with a real thing in its address.
type target struct {
	web.Route
	address string
	kept    kept
	id      string
}

// targets fills a route's variables with real things, at most n, one of each unit before a second of any. A variable that no module
// explains is returned as unexplained.
func targets(r web.Route, all []kept, n int) (out []target, unexplained string) {
	var lists [][]string
	var last *kept
	for _, address := range r.Variables() {
		at := slices.IndexFunc(all, func(k kept) bool { return slices.Contains(k.object.At, address) })
		if at < 0 {
			return nil, address
		}
		switch k := all[at]; k.object.Reach {
		case web.Kept:
			last = &k
			lists = append(lists, k.spread(n))
		case web.Word:
			lists = append(lists, k.object.Words)
		default:
			lists = append(lists, []string{"nothing-here"})
		}
	}
	if last == nil {
		return nil, ""
	}
	for i := range n {
		t := target{Route: r, kept: *last}
		var values []string
		for _, list := range lists {
			if len(list) == 0 {
				return out, ""
			}
			v := list[i%len(list)]
			values = append(values, url.PathEscape(v))
			if last.owners[v] != nil {
				t.id = v
			}
		}
		t.address = r.Fill(values...)
		if slices.ContainsFunc(out, func(x target) bool { return x.address == t.address }) {
			break
		}
		out = append(out, t)
	}
	return out, ""
}

// spread picks n ids of as many units and people as there are.
func (k kept) spread(n int) []string {
	var first, rest []string
	seen := map[string]bool{}
	for _, id := range k.ids {
		o := k.owners[id][0]
		if key := o.unit + "|" + o.account; !seen[key] && len(first) < n {
			seen[key] = true
			first = append(first, id)
		} else {
			rest = append(rest, id)
		}
	}
	return append(first, rest[:min(len(rest), n-len(first))]...)
}

// request asks for the target as a page or posts what its form holds.
func (w *walker) request(t target) *http.Request {
	if t.Method == http.MethodGet {
		return httptest.NewRequest(http.MethodGet, t.address, nil)
	}
	if t.Typed() {
		return w.called(t.Route, t.address)
	}
	filled := url.Values{}
	for _, name := range usual {
		filled.Set(name, "1")
	}
	for name, v := range w.forms[t.address] {
		filled[name] = v
	}
	filled.Set("_once", w.DB.NewID())
	hr := Form(t.address, filled)
	hr.Method = t.Method
	return hr
}

// turnedAway reports whether the answer shows nothing of the thing.
func turnedAway(a *Answer, o web.Object) bool {
	switch a.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusTooManyRequests:
		return true
	case http.StatusSeeOther:
		to, _, _ := strings.Cut(a.Header.Get("Location"), "?")
		return to == "/login" || o.Gate != "" && to == o.Gate
	}
	return false
}

// strangers asks every route for things of another unit, as somebody with every right there, and for things of another citizen. It
// fails a route that shows or changes them, a variable nobody explains, and a declaration under which not even the owner gets in.
func (w *walker) strangers(routes []web.Route) {
	var every []authz.Permission
	for _, d := range w.Rights().All() {
		every = append(every, d.Permission)
	}
	elsewhere := authz.Actor{Kind: authz.Staff, ID: "battery-elsewhere", Name: "外单位", Unit: "battery-elsewhere",
		Grants: []authz.Grant{{Permissions: every, Reach: authz.Reach{Units: []string{"battery-elsewhere"}, Regions: []string{"999999"}}}}}
	stranger := authz.Actor{Kind: authz.Citizen, ID: "battery-stranger", Name: "旁人", Party: "party-battery-stranger", Grants: []authz.Grant{{Permissions: every}}}
	all := w.belongings()
	reached := map[string]bool{}
	for _, r := range routes {
		found, unexplained := targets(r, all, 3)
		if unexplained != "" {
			w.find(r, "unclassified", "no module says what %s names (Manifest.Objects)", unexplained)
		}
		for _, t := range found {
			if r.Method == http.MethodGet && w.welcome(t, every) {
				reached[t.kept.object.Title] = true
			}
		}
	}
	for _, k := range all {
		switch {
		case k.object.Reach == web.Kept && len(k.ids) == 0:
			w.Untried = append(w.Untried, k.object.Title)
		case k.object.Reach == web.Kept && !reached[k.object.Title] && hasPage(routes, k.object) && !k.nobodys():
			w.Findings = append(w.Findings, Finding{"owner", k.object.At[0], "nobody to whom a " + k.object.Title + " belongs gets to see it: whose it is, is not as declared"})
		}
	}
	for _, r := range routes {
		found, _ := targets(r, all, 3)
		for _, t := range found {
			for rule, who := range map[string]authz.Actor{"wrong-unit": elsewhere, "wrong-citizen": stranger} {
				before := w.acts()
				a := w.ask(r, w.request(t), who)
				if wrote := w.acts() != before && t.kept.object.Gate == ""; wrote || !turnedAway(a, t.kept.object) {
					w.find(r, rule, "%d for a %s of others (%s), written: %v", a.Status, t.kept.object.Title, t.address, wrote)
				}
			}
		}
		if len(r.Variables()) > 0 || r.Method != http.MethodGet || sink(r) {
			continue
		}
		for rule, who := range map[string]authz.Actor{"wrong-unit": elsewhere, "wrong-citizen": stranger} {
			if shown := contains(w.ask(r, w.bare(r), who), all); shown != "" {
				w.find(r, rule, "the list shows %s, which belongs to others", shown)
			}
		}
	}
}

func hasPage(routes []web.Route, o web.Object) bool {
	return slices.ContainsFunc(routes, func(r web.Route) bool {
		at := r.Variables()
		return r.Method == http.MethodGet && len(at) > 0 && slices.Contains(o.At, at[len(at)-1])
	})
}

// welcome opens a thing as each of those to whom it belongs, and learns the forms on the page.
func (w *walker) welcome(t target, every []authz.Permission) bool {
	in := false
	for _, o := range t.kept.owners[t.id] {
		people := []authz.Actor{w.all}
		if o.party != "" || o.account != "" {
			id := cmp.Or(o.account, "battery-"+o.party)
			people = append(people, authz.Actor{Kind: authz.Citizen, ID: id, Name: "本人", Party: o.party})
		}
		if o.account != "" {
			people = append(people, authz.Actor{Kind: authz.Staff, ID: o.account, Name: "本人", Grants: []authz.Grant{{Permissions: every}}})
		}
		for _, who := range people {
			a := w.ask(t.Route, w.request(t), who)
			in = in || (a.Status < 400 || a.Status == http.StatusConflict || a.Status == http.StatusGone) && !turnedAway(a, t.kept.object)
			if a.Status == http.StatusOK && a.root != nil {
				w.learn(a)
			}
		}
	}
	return in
}

// contains names a kept thing whose id stands in the answer, spreadsheets unpacked.
func contains(a *Answer, all []kept) string {
	if a.Status != http.StatusOK {
		return ""
	}
	text := a.Body
	if packed, err := zip.NewReader(bytes.NewReader([]byte(text)), int64(len(text))); err == nil {
		var plain strings.Builder
		for _, f := range packed.File {
			if r, err := f.Open(); err == nil {
				_, _ = io.Copy(&plain, r)
				r.Close()
			}
		}
		text = plain.String()
	}
	for _, k := range all {
		for _, id := range k.ids {
			if len(id) >= 10 && strings.ContainsAny(id, "0123456789") && strings.Contains(text, id) { // codes such as a unit's stand everywhere
				return k.object.Title + " " + id
			}
		}
	}
	return ""
}
