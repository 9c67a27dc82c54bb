package catalogue

import (
	"tongban/base/account"
	"tongban/base/org"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/pack"
	"tongban/kernel/slot"
	"tongban/kernel/web"
	"tongban/ui"
)

// Slots on the pages of this module. The subject is the item's code.
const (
	SlotItem        slot.Point = "catalogue.item"         // sections after the fixed blocks, such as ratings
	SlotItemActions slot.Point = "catalogue.item.actions" // buttons at the head, such as applying or booking
)

// Module shows the catalogue.
type Module struct {
	k   *app.Kernel
	org *org.Module
}

// New makes the module.
func New(k *app.Kernel, units *org.Module) *Module { return &Module{k: k, org: units} }

// Manifest implements app.Module.
func (m *Module) Manifest() app.Manifest {
	return app.Manifest{
		Name: "catalogue", Title: "事项目录",
		Sections: Sections(),
		Validate: Check,
		Objects:  objects(),
		Routes: append(m.api(),
			web.Page("/items", authz.Anyone, m.showItems),
			web.Page("/items/{code}", authz.Anyone, m.showItem),
			web.Page("/changes", authz.Anyone, m.showChanges),
			web.Page(feedPath, authz.Anyone, m.showFeed),
			web.Page("/admin/editions/{number}", account.PermOperate, m.showEdition),
		),
		Nav: []web.NavEntry{{Desk: web.Public, Order: 30, Label: "事项目录", Icon: ui.IconList, URL: "/items", Permission: authz.Anyone}},
	}
}

// FindItem finds an item of the edition in force.
func (m *Module) FindItem(code string) (Item, error) { return FindItem(m.k.Library.Current(), code) }

// FindBundle finds a thing (一件事) of the edition in force.
func (m *Module) FindBundle(code string) (Bundle, error) {
	return FindBundle(m.k.Library.Current(), code)
}

// Search finds items and things of the edition in force.
func (m *Module) Search(q string, limit int) []Hit { return Search(m.k.Library.Current(), q, limit) }

var _ func(*pack.Edition) []pack.Finding = Check
