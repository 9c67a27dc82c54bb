package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/vault"
	"tongban/packs/nanling"
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

func TestADrillRestoresBesideTheCountyAndIsRemembered(t *testing.T) {
	dir := t.TempDir()
	c := &common{Data: filepath.Join(dir, "county")}
	k, _, err := c.county(t.Context(), false)
	if err == nil {
		err = loadPack(t.Context(), k, nanling.FS, "测试")
	}
	if err == nil {
		err = k.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	key, file := filepath.Join(dir, "key"), filepath.Join(dir, "county.age")
	if err := os.WriteFile(key, []byte("a passphrase of the drill"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (&backup{File: file, Key: key}).Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if err := (&restore{File: file, Key: key, Drill: true}).Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	drill, err := vault.Noted(c.Data, vault.LastDrill)
	if err != nil || time.Since(drill.At) > time.Minute || drill.Took <= 0 {
		t.Errorf("the drill is noted as %+v, %v", drill, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".tongban-drill-*")); len(left) > 0 {
		t.Errorf("the drill left %v behind", left)
	}
}
