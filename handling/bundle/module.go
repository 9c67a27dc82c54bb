package bundle

import (
	"embed"

	"tongban/base/account"
	"tongban/base/org"
	"tongban/base/party"
	"tongban/handling/casework"
	"tongban/handling/delivery"
	"tongban/handling/guide"
	"tongban/handling/licence"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/flow"
	"tongban/rules/catalogue"
	"tongban/rules/competence"
	"tongban/rules/form"
	"tongban/rules/material"
)

//go:embed migrations/*.sql
var migrations embed.FS

// PermIntake is the right to fill and submit for an applicant who is present or has asked for it.
const PermIntake authz.Permission = "bundle.intake"

// Module keeps matters from draft to delivery.
type Module struct {
	k          *app.Kernel
	org        *org.Module
	accounts   *account.Module
	parties    *party.Module
	catalogue  *catalogue.Module
	competence *competence.Module
	forms      *form.Module
	materials  *material.Module
	guides     *guide.Module
	cases      *casework.Module
	licences   *licence.Module
	deliveries *delivery.Module
	plans      plans
}

// New makes the module. It tells form where values come from and material who may read the papers of a draft or submission.
func New(k *app.Kernel, units *org.Module, accounts *account.Module, parties *party.Module, cat *catalogue.Module, comp *competence.Module, forms *form.Module,
	mats *material.Module, guides *guide.Module, cases *casework.Module, licences *licence.Module, deliveries *delivery.Module) *Module {
	m := &Module{k: k, org: units, accounts: accounts, parties: parties, catalogue: cat, competence: comp, forms: forms, materials: mats, guides: guides,
		cases: cases, licences: licences, deliveries: deliveries}
	mats.AllowReaders(m.mayReadFiles)
	return m
}

// Manifest implements app.Module.
func (m *Module) Manifest() app.Manifest {
	return app.Manifest{
		Name: "bundle", Title: "一件事联办",
		Schema:      db.Schema{Name: "bundle", Files: migrations},
		Permissions: []authz.Definition{{Permission: PermIntake, Title: "代填代交一件事申请"}},
		Routes:      m.routes(),
		Objects:     objects(),
		Listeners:   m.listeners(),
		Facts:       facts(),
		Jobs:        m.jobs(),
		Slots:       m.fills(),
		Given:       givenAnew(),
		Invariants:  m.invariants(),
		Flows:       []func() flow.Picture{moves.Picture},
	}
}
