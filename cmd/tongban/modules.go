package main

import (
	"tongban/base/account"
	"tongban/base/address"
	"tongban/base/demo"
	"tongban/base/operation"
	"tongban/base/org"
	"tongban/base/party"
	"tongban/base/servicepoint"
	"tongban/base/workcalendar"
	"tongban/kernel/app"
)

// county is the product: every module, in the order of the house. This is the only central list.
type county struct {
	list    []app.Module
	account *account.Module
	party   *party.Module
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
	demonstration, days, running := demo.New(k), workcalendar.New(k), operation.New(k)
	return &county{
		list:    []app.Module{units, divisions, points, parties, accounts, days, running, demonstration},
		account: accounts,
		party:   parties,
	}, nil
}
