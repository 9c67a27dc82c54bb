package main

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
)

func TestWhoRunsTheCountyReadsDoctorAndMonthlyReport(t *testing.T) {
	kt := real(t, db.SQLite, nil)
	keeper := func(id string, p authz.Permission) authz.Actor {
		return authz.Actor{Kind: authz.Staff, ID: id, Name: id, Grants: []authz.Grant{{Permissions: []authz.Permission{p}, Reach: authz.Reach{Everywhere: true}}}}
	}
	operator, auditor := keeper("a1", "system.operate"), keeper("a2", "audit.read")
	kt.Get("/admin/doctor", operator).Is(200, kerneltest.HasText("从来没有备份过"), kerneltest.HasText("synchronous=FULL"))
	kt.Get("/admin/channels", operator).Is(200, kerneltest.HasText("还没有配置通道"))
	kt.Get("/admin/doctor", auditor).Is(403)
	kt.Get("/admin/audit/report.pdf", operator).Is(403)
	kt.Get("/admin/audit/report.pdf", auditor).Is(404)
	kt.Get("/admin/audit/report.pdf?month=2026-13", auditor).Is(400)
	c, err := kt.Checkpoint(kt.Ctx)
	if err != nil {
		t.Fatal(err)
	}
	pdf := kt.Get("/admin/audit/report.pdf", auditor).Is(200).Body
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Skip("pdftotext is not installed")
	}
	run := exec.Command("pdftotext", "-layout", "-", "-")
	run.Stdin = bytes.NewReader([]byte(pdf))
	text, err := run.Output()
	if err != nil {
		t.Fatal(err)
	}
	squeezed := strings.Join(strings.Fields(string(text)), "")
	for _, want := range []string{"审计月报", "南岭县", c.Hash[:16], "审计管理员（签字）"} {
		if !strings.Contains(squeezed, want) {
			t.Errorf("the report does not say %q:\n%s", want, text)
		}
	}
}
