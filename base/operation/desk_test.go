package operation

import (
	"testing"

	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/kerneltest"
	"tongban/kernel/web"
)

// shop is a module with one place of the administration.
type shop struct{}

// Manifest implements app.Module.
func (shop) Manifest() app.Manifest {
	return app.Manifest{Name: "shop", Title: "商店",
		Permissions: []authz.Definition{{Permission: permAudit, Title: "查审计"}, {Permission: permOperate, Title: "运行维护"}, {Permission: "shop.keep", Title: "看店"}},
		Nav:         []web.NavEntry{{Desk: web.Admin, Group: "店里", Order: 1, Label: "货架", URL: "/admin/shelf", Permission: "shop.keep"}, {Desk: web.Counter, Group: "店里", Order: 2, Label: "柜台", URL: "/w/till", Permission: "shop.keep"}}}
}

func TestAnAdministratorBeginsWithWhatHeMayDo(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		kt.Get("/admin", kerneltest.Clerk("keeper", "shop.keep")).Is(200, kerneltest.In("main", kerneltest.HasText("货架"), kerneltest.Lacks("审计日志"), kerneltest.Lacks("柜台")))
		kt.Get("/admin", kerneltest.Clerk("auditor", permAudit)).Is(200, kerneltest.In("main", kerneltest.HasText("审计日志"), kerneltest.Lacks("运行状况")))
		kt.Get("/admin", kerneltest.Clerk("clerk")).Is(200, kerneltest.HasText("没有管理事务"), kerneltest.Lacks("审计日志"))
		kt.Get("/admin", kerneltest.Person("li")).Is(403)
		kt.Get("/admin", kerneltest.Nobody).Goes()
	}, func(k *app.Kernel) []app.Module { return []app.Module{New(k), shop{}} })
}
