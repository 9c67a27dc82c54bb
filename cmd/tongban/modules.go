package main

import (
	"tongban/base/account"
	"tongban/base/address"
	"tongban/base/agenda"
	"tongban/base/client"
	"tongban/base/demo"
	"tongban/base/identity"
	"tongban/base/operation"
	"tongban/base/org"
	"tongban/base/party"
	"tongban/base/servicepoint"
	"tongban/base/webhook"
	"tongban/base/workcalendar"
	"tongban/handling/bundle"
	"tongban/handling/casefile"
	"tongban/handling/casework"
	"tongban/handling/delivery"
	"tongban/handling/docket"
	"tongban/handling/guide"
	"tongban/handling/licence"
	"tongban/handling/opinion"
	"tongban/handling/seal"
	"tongban/kernel/app"
	"tongban/openness/portal"
	"tongban/oversight/efficiency"
	"tongban/oversight/review"
	"tongban/reach/filing"
	"tongban/reach/hall"
	"tongban/reach/tracking"
	"tongban/rules/catalogue"
	"tongban/rules/competence"
	"tongban/rules/form"
	"tongban/rules/material"
)

// county is the product: every module, in the order of the house. This is the only central list.
type county struct {
	list     []app.Module
	account  *account.Module
	party    *party.Module
	cases    *casework.Module
	bundles  *bundle.Module
	licences *licence.Module
	seals    *seal.Module
	parcels  *delivery.Module
	ratings  *review.Module

	opinions    *opinion.Module
	programs    *client.Module
	supervision *efficiency.Module
}

// modules builds the house on the kernel. Parameters of a constructor are the module's dependencies.
func modules(k *app.Kernel) (*county, error) {
	units := org.New(k)
	divisions := address.New(k)
	points := servicepoint.New(k)
	parties := party.New(k)
	accounts, err := account.New(k, units, parties)
	if err != nil {
		return nil, err
	}
	platforms := identity.New(k, accounts)
	programs := client.New(k, units)
	pushes := webhook.New(k, units, programs)
	calendars := agenda.New(k, accounts)
	days, running, demonstration := workcalendar.New(k), operation.New(k), demo.New(k)

	items := catalogue.New(k, units)
	powers := competence.New(k, items, units)
	forms := form.New(k)
	materials := material.New(k)

	seals := seal.New(k, units, accounts)
	cases := casework.New(k, units, accounts, parties, materials)
	files := casefile.New(k, units, forms, materials, cases)
	opinions := opinion.New(k, units, cases, files)
	lists := docket.New(k, units, cases, files)
	licences := licence.New(k, units, parties, forms, seals)
	parcels := delivery.New(k, units, parties, cases)
	guides := guide.New(k, items, powers, forms, materials, units)
	bundles := bundle.New(k, units, accounts, parties, items, powers, forms, materials, guides, cases, licences, parcels)

	progress := tracking.New(k, units, parties, materials, cases, licences, bundles)
	applications := filing.New(k, units, parties, bundles, cases)
	windows := hall.New(k, units, accounts, parties, items, forms, materials, guides, bundles, cases)

	supervision := efficiency.New(k, units, accounts, items, cases)
	ratings := review.New(k, units, accounts, parties, cases, parcels)

	front := portal.New(k, units, points, bundles, supervision, ratings)
	return &county{
		list: []app.Module{
			units, divisions, points, parties, accounts, platforms, programs, pushes, calendars, days, running, demonstration,
			items, powers, forms, materials,
			seals, cases, files, opinions, lists, licences, parcels, guides, bundles,
			progress, applications, windows,
			supervision, ratings,
			front,
		},
		account:  accounts,
		party:    parties,
		cases:    cases,
		bundles:  bundles,
		licences: licences,
		seals:    seals,
		parcels:  parcels,
		ratings:  ratings,

		opinions:    opinions,
		programs:    programs,
		supervision: supervision,
	}, nil
}
