package main

import (
	"context"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tongban/base/client"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
)

// The example is what others begin with: it must work as it stands, from the guide to the hand of the applicant.
func TestTheExampleCarriesAMatterThroughTheAPI(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "thing")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "tongban/examples/thing").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	carries(t, binary)
}

// The same in a shell, with curl and nothing else.
func TestTheShellExampleCarriesAMatterThroughTheAPI(t *testing.T) {
	for _, tool := range []string{"sh", "curl", "awk", "base64", "od"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	carries(t, "sh", filepath.Join("..", "..", "examples", "thing.sh"))
}

// carries runs an example against a county until the result is in the hand of the applicant.
func carries(t *testing.T, command string, args ...string) {
	t.Helper()
	kt, m := house(t, db.SQLite)
	if err := m.openDemo(t.Context(), kt.Kernel); err != nil {
		t.Fatal(err)
	}
	work, stop := context.WithCancel(t.Context())
	wait, err := kt.Kernel.Start(work) // licence, signature and parcel are made beside
	if err != nil {
		t.Fatal(err)
	}
	defer func() { stop(); wait() }()
	server := httptest.NewServer(kt.Site().Handler())
	defer server.Close()
	run := exec.CommandContext(t.Context(), command, args...)
	run.Env = append(os.Environ(), "TONGBAN="+server.URL, "FRONT="+credentials(kt, "前台", "approval-bureau", "bundle.intake", "casework.accept"),
		"EXAMINER="+credentials(kt, "审查", "approval-bureau", "casework.assess"), "DECIDER="+credentials(kt, "决定", "approval-bureau", "casework.decide"),
		"OUTLET="+credentials(kt, "出件", "service-centre", "delivery.read", "delivery.hand"))
	said, err := run.CombinedOutput()
	if err != nil || !strings.Contains(string(said), "completed") {
		t.Fatalf("%v: %s", err, said)
	}
	if n := kt.Count(`SELECT count(*) FROM audit_entry WHERE actor_kind = 'client' AND action IN ('bundle.submit', 'casework.accept', 'casework.assess', 'casework.decide', 'delivery.hand')`); n < 5 {
		t.Errorf("%d entries of programs in the audit log", n)
	}
	frugal(t, kt)
}

// credentials registers a program and gives its id and secret.
func credentials(kt *kerneltest.Kit, name, unit string, permissions ...string) string {
	a := kt.Post("/admin/clients/new", url.Values{"name": {name}, "unit": {unit}, "contact": {"数据股"}, "permissions": permissions, "per_minute": {"6000"}, "per_day": {"9000"}},
		kerneltest.Clerk("admin", client.PermManage)).Is(200)
	return regexp.MustCompile(`app-[0-9a-z]{26}`).FindString(a.Body) + ":" + regexp.MustCompile(`tbs_[A-Za-z0-9_-]{40,}`).FindString(a.Body)
}
