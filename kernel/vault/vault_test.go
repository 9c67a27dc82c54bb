package vault

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const passphrase = "correct horse battery"

// county makes a small data directory.
func county(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	d, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "tongban.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := d.Exec(`CREATE TABLE c (n text); INSERT INTO c VALUES ('TB2026112300001')`); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"keys.json": `{"k":1}`, "files/ab/abcd": "租赁合同", "files/incoming/up-1": "half"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestWhatWasBackedUpComesBackWhole(t *testing.T) {
	ctx, from, file := context.Background(), county(t), filepath.Join(t.TempDir(), "b.tongban")
	if _, err := Backup(ctx, Source{DataDir: from}, file, passphrase, time.Now()); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "new")
	if _, err := Restore(ctx, Source{DataDir: to}, file, passphrase); err != nil {
		t.Fatal(err)
	}
	d, err := sql.Open("sqlite", "file:"+filepath.Join(to, "tongban.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var n string
	if err := d.QueryRow(`SELECT n FROM c`).Scan(&n); err != nil || n != "TB2026112300001" {
		t.Errorf("the case number came back as %q, %v", n, err)
	}
	if b, _ := os.ReadFile(filepath.Join(to, "files/ab/abcd")); string(b) != "租赁合同" {
		t.Errorf("the attachment came back as %q", b)
	}
	if _, err := os.Stat(filepath.Join(to, "files/incoming/up-1")); err == nil {
		t.Error("a half-received upload is in the backup")
	}
}

func TestABackupIsUnreadableWithoutItsPassphrase(t *testing.T) {
	ctx, from, file := context.Background(), county(t), filepath.Join(t.TempDir(), "b.tongban")
	if _, err := Backup(ctx, Source{DataDir: from}, file, passphrase, time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(ctx, Source{DataDir: filepath.Join(t.TempDir(), "x")}, file, "another passphrase"); err == nil {
		t.Error("a wrong passphrase restored the county")
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(raw), "TB2026112300001") || strings.Contains(string(raw), "租赁合同") {
		t.Error("the backup shows what is in it")
	}
}

func TestADamagedBackupIsRefused(t *testing.T) {
	ctx, from, file := context.Background(), county(t), filepath.Join(t.TempDir(), "b.tongban")
	if _, err := Backup(ctx, Source{DataDir: from}, file, passphrase, time.Now()); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, cut := range []int{len(raw) / 2, len(raw) - 1} {
		if err := os.WriteFile(file, raw[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Restore(ctx, Source{DataDir: filepath.Join(t.TempDir(), "x")}, file, passphrase); err == nil {
			t.Errorf("a backup cut at %d of %d bytes was restored", cut, len(raw))
		}
	}
}

func TestRestoreNeverOverwritesACounty(t *testing.T) {
	ctx, from, file := context.Background(), county(t), filepath.Join(t.TempDir(), "b.tongban")
	if _, err := Backup(ctx, Source{DataDir: from}, file, passphrase, time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := Restore(ctx, Source{DataDir: from}, file, passphrase); err == nil {
		t.Error("restore wrote into a directory that holds a county")
	}
}
