package main

import (
	"context"

	"tongban/base/client"
	"tongban/handling/bundle"
	"tongban/handling/casework"
	"tongban/handling/delivery"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
)

// enlist is the scene that registers the programs of the demo county, which visitors may call as on the pages of the API: together they
// carry a matter from draft to delivery, and none of them alone, because who accepts does not decide.
func (m *county) enlist(k *app.Kernel) app.Scene {
	programs := []client.Registration{
		{Name: "乡镇便民服务平台", Permissions: []authz.Permission{bundle.PermIntake, casework.PermAccept, delivery.PermHand}},
		{Name: "审查系统", Permissions: []authz.Permission{casework.PermAssess}},
		{Name: "决定系统", Permissions: []authz.Permission{casework.PermDecide, casework.PermExtend}},
	}
	return app.Scene{Order: 50, Title: "接入应用", Play: func(ctx context.Context, stage *app.Stage) error {
		_, err := k.DB.Run(ctx, db.Act{Actor: authz.Machine("demo", "scenes"), Name: "client.register", Now: stage.Now()}, func(tx *db.Tx) error {
			for _, p := range programs {
				p.Unit, p.Contact, p.Note, p.PerMinute, p.PerDay = "approval-bureau", "演示县数据股", "演示用，密钥是公开的。", 120, 20_000
				if _, err := m.programs.Register(ctx, tx, p, client.DemoSecret); err != nil {
					return err
				}
			}
			return nil
		})
		return err
	}}
}
