// Package servicepoint knows where people can go (服务网点): the county hall, township centres, village stations and other windows.
package servicepoint

import (
	"tongban/kernel/app"
	"tongban/kernel/pack"
)

// Kind of the documents in a pack.
const Kind = "servicepoint"

// Module answers questions about service points.
type Module struct{ k *app.Kernel }

// New makes the module.
func New(k *app.Kernel) *Module { return &Module{k} }

// Manifest implements app.Module.
func (m *Module) Manifest() app.Manifest {
	return app.Manifest{
		Name: "servicepoint", Title: "服务网点",
		Sections: Sections(),
	}
}

// Find finds a point of the edition in force.
func (m *Module) Find(code string) (Point, bool) {
	return pack.Find[Point](m.k.Library.Current(), Kind, code)
}

// All lists every point in the pack's order.
func (m *Module) All() []Point { return pack.All[Point](m.k.Library.Current(), Kind) }
