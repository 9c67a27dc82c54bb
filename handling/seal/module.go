package seal

import (
	"embed"

	"tongban/base/account"
	"tongban/base/org"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/flow"
	"tongban/kernel/web"
	"tongban/ui"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Module keeps the seals.
type Module struct {
	k        *app.Kernel
	org      *org.Module
	accounts *account.Module
	signer   Signer
}

// New makes the module with the county's software key as its signer.
func New(k *app.Kernel, units *org.Module, accounts *account.Module) *Module {
	return &Module{k: k, org: units, accounts: accounts, signer: Software(k, units)}
}

// SignWith puts another signer, such as the county's seal machine, in place of the software key. It is called before the first command.
func (m *Module) SignWith(s Signer) { m.signer = s }

// Manifest implements app.Module.
func (m *Module) Manifest() app.Manifest {
	return app.Manifest{
		Name: "seal", Title: "电子印章",
		Schema: db.Schema{Name: "seal", Files: migrations},
		Permissions: []authz.Definition{
			{Permission: PermRead, Title: "查看印章和用印登记"},
			{Permission: PermRequest, Title: "申请用印", Implies: []authz.Permission{PermRead}},
			{Permission: PermRelease, Title: "放行用印", Implies: []authz.Permission{PermRead}},
			{Permission: PermManage, Title: "管理印章", Implies: []authz.Permission{PermRead}},
		},
		Routes:     m.routes(),
		Objects:    objects(),
		Nav:        []web.NavEntry{{Desk: web.Counter, Group: "文书", Order: 60, Label: "用印", Icon: ui.IconStamp, URL: "/w/seals", Permission: PermRead, Counts: []string{"seal.release"}}},
		Jobs:       m.jobs(),
		Invariants: invariants(),
		Flows:      []func() flow.Picture{SealMoves().Picture, Moves().Picture},
	}
}
