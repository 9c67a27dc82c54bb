// Package address knows the county's divisions (区划): towns, townships, streets, villages and communities, with their codes.
package address

import (
	"strings"

	"tongban/kernel/app"
	"tongban/kernel/pack"
)

// Kind of the documents in a pack.
const Kind = "region"

// Region is one division. Its code is 6 digits for the county, 9 for a township-level body, 12 for a village-level one; a code
// begins with the code of what it lies in.
type Region struct {
	Code       string `json:"code"`
	Name       string `json:"name"`
	Kind       string `json:"kind"` // county, street, town, township, village, community
	Parent     string `json:"parent"`
	Population int    `json:"population"`
	Col        int    `json:"col"` // place on the schematic map
	Row        int    `json:"row"`
	Since      string `json:"since"`
	Note       string `json:"note"`
}

// Module answers questions about divisions.
type Module struct{ k *app.Kernel }

// New makes the module.
func New(k *app.Kernel) *Module { return &Module{k} }

// Manifest implements app.Module.
func (m *Module) Manifest() app.Manifest {
	return app.Manifest{
		Name: "address", Title: "地名地址",
		Sections: Sections(),
	}
}

// Find finds a division of the edition in force.
func (m *Module) Find(code string) (Region, bool) {
	return pack.Find[Region](m.k.Library.Current(), Kind, code)
}

// All lists every division in the pack's order.
func (m *Module) All() []Region { return pack.All[Region](m.k.Library.Current(), Kind) }

// Under lists the divisions directly below one.
func (m *Module) Under(code string) []Region {
	var out []Region
	for _, r := range m.All() {
		if r.Parent == code || r.Parent == "" && len(r.Code) == len(code)+3 && strings.HasPrefix(r.Code, code) {
			out = append(out, r)
		}
	}
	return out
}

// Words is the full name of a division, from the county down: 南岭县青石街道文庙社区.
func (m *Module) Words(code string) string {
	words := ""
	for _, n := range []int{6, 9, 12} {
		if len(code) < n {
			break
		}
		if r, ok := m.Find(code[:n]); ok {
			words += r.Name
		}
	}
	return words
}
