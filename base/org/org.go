// Package org is the county's organisation (机构): government, bureaus, centres, townships and their service stations, as the pack in
// force defines them. Who decides which item is rules/competence; who works where is base/account.
package org

import (
	"slices"

	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/pack"
)

// Kind of the documents in a pack.
const Kind = "unit"

// PermManage is the right to change units.
const PermManage authz.Permission = "org.manage"

// Unit is one body of the county.
type Unit struct {
	Code       string `json:"code"`
	Name       string `json:"name"`  // full name, as on documents
	Short      string `json:"short"` // as people say it
	USCC       string `json:"uscc"`  // 统一社会信用代码
	Kind       string `json:"kind"`  // government, bureau, centre, section, institution, federation, company, township, station, party
	Parent     string `json:"parent"`
	Region     string `json:"region"` // division code of its seat
	Phone      string `json:"phone"`
	Address    string `json:"address"`
	Hours      string `json:"hours"`
	LeaderPost string `json:"leader_post"`
	Vertical   bool   `json:"vertical"` // 垂管: answers to a higher level, its powers cannot be transferred
	Order      int    `json:"order"`
	Note       string `json:"note"`
}

// Module answers questions about units.
type Module struct{ k *app.Kernel }

// New makes the module.
func New(k *app.Kernel) *Module { return &Module{k} }

// Manifest implements app.Module.
func (m *Module) Manifest() app.Manifest {
	return app.Manifest{
		Name: "org", Title: "机构",
		Permissions: []authz.Definition{{Permission: PermManage, Title: "管理机构"}},
		Sections:    Sections(),
	}
}

// Unit finds a unit of the edition in force.
func (m *Module) Unit(code string) (Unit, bool) {
	return pack.Find[Unit](m.k.Library.Current(), Kind, code)
}

// Units lists all units in the pack's order.
func (m *Module) Units() []Unit { return pack.All[Unit](m.k.Library.Current(), Kind) }

// Name is the short name of a unit; the code itself for one that is not known any more.
func (m *Module) Name(code string) string {
	if u, ok := m.Unit(code); ok {
		return u.Short
	}
	return code
}

// Below lists the unit and everything under it. The list is shared: callers do not change it.
func (m *Module) Below(code string) []string {
	out, _ := pack.Cached(m.k.Library.Current(), "org.below:"+code, func() ([]string, error) { return below(code, m.Units()), nil })
	return out
}

func below(code string, all []Unit) []string {
	out := []string{code}
	for i := 0; i < len(out); i++ {
		for _, u := range all {
			if u.Parent == out[i] && !slices.Contains(out, u.Code) {
				out = append(out, u.Code)
			}
		}
	}
	return out
}
