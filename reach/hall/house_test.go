package hall_test

import (
	"testing"
	"time"

	"tongban/base/account"
	"tongban/base/address"
	"tongban/base/org"
	"tongban/base/party"
	"tongban/base/servicepoint"
	"tongban/handling/bundle"
	"tongban/handling/casework"
	"tongban/handling/delivery"
	"tongban/handling/guide"
	"tongban/handling/licence"
	"tongban/handling/seal"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/pack"
	"tongban/packs/nanling"
	"tongban/reach/hall"
	"tongban/rules/catalogue"
	"tongban/rules/competence"
	"tongban/rules/form"
	"tongban/rules/material"
)

// house is the county 南岭 with the window and everything below it.
type house struct {
	*kerneltest.Kit
	m       *hall.Module
	bundles *bundle.Module
	parties *party.Module
	cases   *casework.Module
	guides  *guide.Module
}

// clerk sits at the window of the service centre.
var clerk = authz.Actor{Kind: authz.Staff, ID: "clerk-ou", Name: "欧文静", Unit: "service-centre", Grants: []authz.Grant{{
	Permissions: []authz.Permission{bundle.PermIntake, casework.PermOpen, casework.PermRead, casework.PermAccept}, Reach: authz.Reach{Everywhere: true}}}}

func open(t *testing.T, engine db.Engine) *house {
	t.Helper()
	h := &house{}
	h.Kit = kerneltest.Open(t, kerneltest.Setup{Engine: engine, Settings: app.Settings{Demo: true}, Modules: func(k *app.Kernel) []app.Module {
		units, parties := org.New(k), party.New(k)
		accounts, err := account.New(k, units, parties)
		if err != nil {
			t.Fatal(err)
		}
		cat := catalogue.New(k, units)
		comp := competence.New(k, cat, units)
		forms, mats := form.New(k), material.New(k)
		cases := casework.New(k, units, accounts, parties, mats)
		licences := licence.New(k, units, parties, forms, seal.New(k, units, accounts))
		parcels := delivery.New(k, units, parties, cases)
		guides := guide.New(k, cat, comp, forms, mats, units)
		bundles := bundle.New(k, units, accounts, parties, cat, comp, forms, mats, guides, cases, licences, parcels)
		h.m = hall.New(k, units, accounts, parties, cat, forms, mats, guides, bundles, cases)
		h.bundles, h.parties, h.cases, h.guides = bundles, parties, cases, guides
		return []app.Module{units, address.New(k), servicepoint.New(k), parties, accounts, cat, comp, forms, mats, cases, licences, parcels, guides, bundles, h.m}
	}})
	content, _ := pack.Load(nanling.FS, h.Sections())
	h.As(authz.Machine("pack", "load")).Must("pack.publish", func(tx *db.Tx) error {
		_, err := h.Library.Publish(h.Ctx, tx, content, "测试")
		return err
	})
	h.Move(time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)) // a Monday, 10:00 in Beijing
	return h
}
