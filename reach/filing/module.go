package filing

import (
	"tongban/base/org"
	"tongban/base/party"
	"tongban/handling/bundle"
	"tongban/handling/casework"
	"tongban/kernel/app"
)

// Module takes applications through the API.
type Module struct {
	k       *app.Kernel
	org     *org.Module
	parties *party.Module
	bundles *bundle.Module
	cases   *casework.Module
}

// New makes the module.
func New(k *app.Kernel, units *org.Module, parties *party.Module, bundles *bundle.Module, cases *casework.Module) *Module {
	return &Module{k: k, org: units, parties: parties, bundles: bundles, cases: cases}
}

// Manifest implements app.Module.
func (m *Module) Manifest() app.Manifest {
	return app.Manifest{Name: "filing", Title: "接口申报", Routes: m.api(), Objects: objects()}
}
