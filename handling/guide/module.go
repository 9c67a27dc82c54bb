package guide

import (
	"tongban/base/org"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/web"
	"tongban/rules/catalogue"
	"tongban/rules/competence"
	"tongban/rules/form"
	"tongban/rules/material"
	"tongban/ui"
)

// Module shows the guide.
type Module struct {
	k    *app.Kernel
	cat  *catalogue.Module
	comp *competence.Module
	form *form.Module
	mat  *material.Module
	org  *org.Module
}

// New makes the module.
func New(k *app.Kernel, cat *catalogue.Module, comp *competence.Module, forms *form.Module, mat *material.Module, units *org.Module) *Module {
	return &Module{k: k, cat: cat, comp: comp, form: forms, mat: mat, org: units}
}

// Manifest implements app.Module.
func (m *Module) Manifest() app.Manifest {
	return app.Manifest{
		Name: "guide", Title: "智能导办",
		Objects: objects(),
		Routes: []web.Route{
			m.apiGuide(),
			web.Page("/events", authz.Anyone, m.showEvents),
			web.Page("/events/combine", authz.Anyone, m.showCombine),
			web.Form("/events/combine", authz.Anyone, m.postCombine),
			web.Page("/events/{slug}", authz.Anyone, m.showEvent),
			web.Page("/events/{slug}/ask", authz.Anyone, m.showAsk),
			web.Form("/events/{slug}/ask", authz.Anyone, m.postAsk),
			web.Page("/events/{slug}/guide/{hash}", authz.Anyone, m.showGuide),
			web.Page("/events/{slug}/guide/{hash}/guide.pdf", authz.Anyone, m.pdfGuide),
			web.Page("/items/{code}/ask", authz.Anyone, m.showAsk),
			web.Form("/items/{code}/ask", authz.Anyone, m.postAsk),
			web.Page("/items/{code}/guide/{hash}", authz.Anyone, m.showGuide),
			web.Page("/items/{code}/guide/{hash}/guide.pdf", authz.Anyone, m.pdfGuide),
		},
		Nav: []web.NavEntry{{Desk: web.Public, Order: 20, Label: "一件事一次办", Icon: ui.IconRoute, URL: "/events", Permission: authz.Anyone}},
	}
}

// Engine prepares the guide for things of the edition in force.
func (m *Module) Engine(bundles ...string) (*Engine, error) {
	return NewEngine(m.k.Library.Current(), bundles...)
}
