// Package servicepoint knows where people can go (服务网点): the county hall, township centres, village stations and other windows.
package servicepoint

import (
	"time"

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
		Validate: validate,
	}
}

// Find finds a point of the edition in force.
func (m *Module) Find(code string) (Point, bool) {
	return pack.Find[Point](m.k.Library.Current(), Kind, code)
}

// All lists every point in the pack's order.
func (m *Module) All() []Point { return pack.All[Point](m.k.Library.Current(), Kind) }

// Serving answers whether a point is open at an instant, by its own hours and the working calendar.
func (m *Module) Serving(p Point, at time.Time) (Serving, bool) {
	return p.Serving(m.k.Clocks.Calendar().Table, at)
}

// validate reports opening hours that cannot be kept.
func validate(e *pack.Edition) []pack.Finding {
	var out []pack.Finding
	for _, p := range pack.All[Point](e, Kind) {
		for _, wrong := range p.check() {
			out = append(out, pack.Finding{File: Kind + "/" + p.Code, Path: "hours", Message: "网点“" + p.Name + "”的作息有误：" + wrong, Remedy: "按季节写清 from、to、days（1 到 7）和 times（例如 08:30-12:00），全年每天只属于一个季节"})
		}
	}
	return out
}
