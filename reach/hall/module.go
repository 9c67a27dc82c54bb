package hall

import (
	"embed"
	"time"

	"tongban/base/account"
	"tongban/base/org"
	"tongban/base/party"
	"tongban/handling/bundle"
	"tongban/handling/casework"
	"tongban/handling/guide"
	"tongban/kernel/app"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/web"
	"tongban/rules/catalogue"
	"tongban/rules/form"
	"tongban/rules/material"
	"tongban/ui"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Module is the window.
type Module struct {
	k         *app.Kernel
	org       *org.Module
	accounts  *account.Module
	parties   *party.Module
	catalogue *catalogue.Module
	forms     *form.Module
	materials *material.Module
	guides    *guide.Module
	bundles   *bundle.Module
	cases     *casework.Module
}

// New makes the module.
func New(k *app.Kernel, units *org.Module, accounts *account.Module, parties *party.Module, cat *catalogue.Module, forms *form.Module, mats *material.Module,
	guides *guide.Module, bundles *bundle.Module, cases *casework.Module) *Module {
	return &Module{k: k, org: units, accounts: accounts, parties: parties, catalogue: cat, forms: forms, materials: mats, guides: guides, bundles: bundles, cases: cases}
}

// uploadLimit bounds the files of one posting of the material list.
const uploadLimit = 64 << 20

// Manifest implements app.Module.
func (m *Module) Manifest() app.Manifest {
	p := bundle.PermIntake
	return app.Manifest{
		Name: "hall", Title: "政务大厅",
		Schema:  db.Schema{Name: "hall", Files: migrations},
		Objects: objects(),
		Routes: []web.Route{
			web.Page("/w/intake", p, m.showStart),
			web.Form("/w/intake", p, m.postStart),
			web.Form("/w/intake/card", p, m.postCard),
			web.Page("/w/intake/{id}", p, m.showAt),
			web.Page("/w/intake/{id}/what", p, m.showWhat),
			web.Form("/w/intake/{id}/what", p, m.postWhat),
			web.Page("/w/intake/{id}/situation", p, m.showSituation),
			web.Form("/w/intake/{id}/situation", p, m.postSituation),
			web.Page("/w/intake/{id}/form", p, m.showForm),
			web.Form("/w/intake/{id}/form", p, m.postForm),
			web.Page("/w/intake/{id}/materials", p, m.showMaterials),
			web.Upload("/w/intake/{id}/materials", p, uploadLimit, m.postMaterials),
			web.Upload("/w/intake/{id}/capture", p, uploadLimit, m.postCapture),
			web.Page("/w/intake/{id}/phone/{type}", p, m.showPhone),
			web.Page("/w/intake/{id}/check", p, m.showCheck),
			web.Form("/w/intake/{id}/check", p, m.postCheck),
			web.Page("/w/intake/{id}/done", p, m.showDone),
			web.Page("/w/intake/{id}/receipt", p, m.showReceipt),
			web.Page("/w/intake/{id}/receipt.pdf", p, m.pdfReceipt),
			web.Form("/w/intake/{id}/drop", p, m.postDrop),
			web.API("GET", "/bridge/v1/idcard", p, "读居民身份证（演示县的设备桥模拟器）", m.simulateCard).In("设备桥").
				Saying("窗口电脑上的设备桥怎样答复读卡请求。真实的设备桥在窗口电脑上，地址由系统管理员设置；只有演示县由本系统用虚构的卡模拟。"),
		},
		Invariants: invariants(),
		Nav:        []web.NavEntry{{Desk: web.Counter, Group: "窗口", Order: 200, Label: "综合受理", Icon: ui.IconIdCard, URL: "/w/intake", Permission: p, Key: "W", Shortcut: "N"}},
	}
}

func today(t time.Time) calendar.Day { return calendar.DayOf(t) }
