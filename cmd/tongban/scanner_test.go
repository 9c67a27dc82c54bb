package main

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/file"
	"tongban/kernel/kerneltest"
)

func TestMalwareComesToWhoRunsTheCounty(t *testing.T) {
	kt := real(t, db.SQLite, nil)
	admin := authz.Actor{Kind: authz.Staff, ID: "a1", Name: "系统管理员", Grants: []authz.Grant{{Permissions: []authz.Permission{"system.operate"}, Reach: authz.Reach{Everywhere: true}}}}
	kt.Get("/admin/quarantine", admin).Is(200, kerneltest.HasText("没有启用病毒检查"), kerneltest.HasText("没有隔离的文件"))
	kt.Files.Guard(kerneltest.Clamd(t), kt.DB)
	if _, err := kt.Files.Receive(kt.Ctx, kt.View(kerneltest.Person("p1")), "租赁合同.pdf", strings.NewReader("%PDF-1.7\n"+kerneltest.EICAR)); err == nil {
		t.Fatal("malware was taken")
	}
	kt.Settle()
	if n := kt.Count(`SELECT count(*) FROM worklist_task WHERE ref = $1`, "operation.caught"); n != 1 {
		t.Errorf("%d tasks for who runs the county", n)
	}
	page := kt.Get("/admin/quarantine", admin).Is(200, kerneltest.HasText("租赁合同.pdf"), kerneltest.HasText("Eicar-Test-Signature"), kerneltest.HasText("隔离中"))
	at := regexp.MustCompile(`/admin/quarantine/\w+/destroy`).FindString(page.Body)
	kt.Post(at, nil, kerneltest.Clerk("c1", "casework.read")).Is(403)
	kt.Post(at, url.Values(page.Values(at)), admin).Is(303)
	kt.Post(at, nil, admin).Is(404)
	kt.Post("/admin/quarantine/seen", nil, admin).Is(303)
	kt.Get("/admin/quarantine", admin).Is(200, kerneltest.HasText("已销毁"))
	if n := kt.Count(`SELECT count(*) FROM worklist_task WHERE ref = $1`, "operation.caught"); n != 0 {
		t.Error("what was seen stays on the list")
	}
	if list, err := file.Quarantined(kt.Ctx, kt.Look(), "", 10); err != nil || len(list) != 1 || list[0].Held {
		t.Errorf("%+v, %v", list, err)
	}
}
