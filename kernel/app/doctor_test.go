package app_test

import (
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"tongban/kernel/app"
	"tongban/kernel/crypto"
	"tongban/kernel/db"
	"tongban/kernel/file"
	"tongban/kernel/kerneltest"
	"tongban/kernel/notify"
	"tongban/kernel/vault"
)

// found is what the doctor says of one thing.
func found(kt *kerneltest.Kit, name string) app.Diagnosis {
	for _, d := range kt.Diagnose(kt.Ctx) {
		if d.Name == name {
			return d
		}
	}
	return app.Diagnosis{Text: "nothing is said of " + name}
}

func TestTheDoctorSeesEachIllnessAndSaysWhatToDo(t *testing.T) {
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := nobody.Addr().String()
	nobody.Close()
	channels, err := notify.Parse([]byte("sms: [{name: 移动, url: http://"+address+", success: ok}]"), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	kt := kerneltest.Open(t, kerneltest.Setup{Engine: db.SQLite, Settings: app.Settings{Channels: channels, DB: db.Options{Unsafe: true}}})
	ill := func(name string, s app.Severity, remedy string) {
		t.Helper()
		if d := found(kt, name); d.Severity != s || !strings.Contains(d.Text, remedy) {
			t.Errorf("%s: %d %s", name, d.Severity, d.Text)
		}
	}
	ill("断电保护", app.Ill, "synchronous=OFF")
	ill("通道 移动", app.Ill, "连不上")
	ill("备份", app.Ill, "tongban backup")
	ill("病毒检查", app.Advice, "--scanner")
	kt.Files.Guard(kerneltest.Clamd(t), kt.DB)
	ill("病毒检查", app.Sound, "ClamAV 1.4.3")
	gone, err := file.NewScanner("tcp://" + address)
	if err != nil {
		t.Fatal(err)
	}
	kt.Files.Guard(gone, kt.DB)
	ill("病毒检查", app.Ill, "上传会被拒绝")
	ill("恢复演练", app.Advice, "演练")
	ill("标准数据", app.Ill, "pack load")
	ill("审计见证", app.Advice, "--audit-dir")
	for _, r := range []struct {
		age time.Duration
		s   app.Severity
	}{{time.Hour, app.Sound}, {27 * time.Hour, app.Ill}} {
		if err := vault.Note(kt.Settings.DataDir, vault.LastBackup, vault.Record{At: time.Now().Add(-r.age)}); err != nil {
			t.Fatal(err)
		}
		ill("备份", r.s, "上次是")
	}
	for name, until := range map[string]time.Duration{"old": -time.Hour, "soon": 30 * 24 * time.Hour, "good": 300 * 24 * time.Hour} {
		if _, err := kt.Keys.Signer("seal."+name, crypto.CertificateSubject{CommonName: name}, time.Now().AddDate(-1, 0, 0), time.Now().Add(until)); err != nil {
			t.Fatal(err)
		}
	}
	ill("印章证书 old", app.Ill, "tongban keys rotate --seal old")
	ill("印章证书 soon", app.Advice, "tongban keys rotate --seal soon")
	ill("印章证书 good", app.Sound, "有效至")
	if err := os.Chmod(kt.Settings.DataDir, 0o755); err != nil {
		t.Fatal(err)
	}
	ill("数据目录", app.Ill, "chmod go-rwx")
	if err := kt.Keys.RotateAll(); err != nil {
		t.Fatal(err)
	}
	kt.As(kerneltest.Clerk("c1")).Must("test.tell", func(tx *db.Tx) error {
		return kt.Notify.Send(kt.Ctx, tx, notify.Message{Phone: "13900000001", Text: "一"})
	})
	ill("加密密钥", app.Sound, "")
	if err := kt.Keys.RotateAll(); err != nil {
		t.Fatal(err)
	}
	ill("加密密钥", app.Advice, "tongban keys reseal")
}

func TestAHealthyMachineIsNotIll(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		if err := os.Chmod(kt.Settings.DataDir, 0o700); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"数据库", "时钟", "公文字体", "事件", "数据目录"} {
			if d := found(kt, name); d.Severity != app.Sound || strings.HasPrefix(d.Text, "nothing") {
				t.Errorf("%s: %d %s", name, d.Severity, d.Text)
			}
		}
	})
}
