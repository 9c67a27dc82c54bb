package authz

import (
	"fmt"
	"slices"
)

// Rights is the closed list of permissions the running product knows.
type Rights struct{ defined map[Permission]Definition }

// NewRights gathers the definitions of all modules. A permission defined twice, or implying one that nobody defines, is a
// fault of the programmer and refused at boot.
func NewRights(definitions []Definition) (*Rights, error) {
	r := &Rights{defined: map[Permission]Definition{}}
	for _, d := range definitions {
		if _, twice := r.defined[d.Permission]; twice {
			return nil, fmt.Errorf("authz: permission %s is defined twice", d.Permission)
		}
		r.defined[d.Permission] = d
	}
	for _, d := range definitions {
		for _, implied := range d.Implies {
			if _, known := r.defined[implied]; !known {
				return nil, fmt.Errorf("authz: %s implies %s, which no module defines", d.Permission, implied)
			}
		}
	}
	return r, nil
}

// Known reports whether some module defines the permission.
func (r *Rights) Known(p Permission) bool { _, ok := r.defined[p]; return ok }

// Title is the permission's Chinese title.
func (r *Rights) Title(p Permission) string { return r.defined[p].Title }

// Closure adds every permission implied by the given ones, sorted, each once.
func (r *Rights) Closure(given []Permission) []Permission {
	seen := map[Permission]bool{}
	var walk func(Permission)
	walk = func(p Permission) {
		if seen[p] {
			return
		}
		seen[p] = true
		for _, implied := range r.defined[p].Implies {
			walk(implied)
		}
	}
	for _, p := range given {
		walk(p)
	}
	out := make([]Permission, 0, len(seen))
	for p := range seen {
		out = append(out, p)
	}
	slices.Sort(out)
	return out
}

// All lists every definition, sorted by permission.
func (r *Rights) All() []Definition {
	out := make([]Definition, 0, len(r.defined))
	for _, d := range r.defined {
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b Definition) int {
		if a.Permission < b.Permission {
			return -1
		}
		return 1
	})
	return out
}
