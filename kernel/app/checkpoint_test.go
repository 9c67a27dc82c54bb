package app_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tongban/kernel/app"
	"tongban/kernel/audit"
	"tongban/kernel/crypto"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
)

func note(kt *kerneltest.Kit) {
	kt.As(kerneltest.Clerk("c1")).Must("test.note", func(tx *db.Tx) error { tx.Record("x", "1", "", "", nil); return nil })
}

func checkpoint(t *testing.T, kt *kerneltest.Kit) audit.Checkpoint {
	t.Helper()
	c, err := kt.Checkpoint(kt.Ctx)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestACheckpointIsWrittenOnceForEachHeadAndHolds(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		note(kt)
		first := checkpoint(t, kt)
		if again := checkpoint(t, kt); again.Head != first.Head {
			t.Errorf("nothing happened, and the head went from %v to %v", first.Head, again.Head)
		}
		note(kt)
		if second := checkpoint(t, kt); second.Seq != first.Seq+1 {
			t.Errorf("the second checkpoint is of row %d after %d", second.Seq, first.Seq)
		}
		v, n, err := kt.VerifyAudit(kt.Ctx, nil)
		if err != nil || !v.Whole() || n != 2 {
			t.Errorf("%+v, %d witnesses, %v", v, n, err)
		}
	})
}

func TestACheckpointThatWasTouchedIsNoWitness(t *testing.T) {
	kt := kerneltest.New(t, db.SQLite)
	kt.Broken()
	note(kt)
	good := checkpoint(t, kt)
	stranger, err := crypto.NewSigner(crypto.CertificateSubject{CommonName: "审计见证"}, time.Now(), time.Now().AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	for what, touch := range map[string]func(*audit.Checkpoint){
		"row":       func(c *audit.Checkpoint) { c.Seq++ },
		"hash":      func(c *audit.Checkpoint) { c.Hash = strings.Repeat("0", 64) },
		"time":      func(c *audit.Checkpoint) { c.At = c.At.Add(time.Second) },
		"county":    func(c *audit.Checkpoint) { c.County += "县" },
		"signature": func(c *audit.Checkpoint) { c.Signature[len(c.Signature)-1] ^= 1 },
		"signed by a stranger": func(c *audit.Checkpoint) {
			c.Hash, c.Certificate = strings.Repeat("0", 64), string(stranger.CertificatePEM())
			c.Signature, _ = stranger.Sign([]byte(c.Statement()))
		},
	} {
		if err := os.RemoveAll(kt.AuditDir()); err != nil {
			t.Fatal(err)
		}
		c := good
		c.Signature = append([]byte(nil), good.Signature...)
		touch(&c)
		if _, err := c.Write(kt.AuditDir()); err != nil {
			t.Fatal(err)
		}
		if v, _, err := kt.VerifyAudit(kt.Ctx, nil); err != nil || v.Whole() || !strings.Contains(v.Fault, "签名不对") {
			t.Errorf("%s: %+v, %v", what, v, err)
		}
	}
	if err := os.RemoveAll(kt.AuditDir()); err != nil {
		t.Fatal(err)
	}
	name, err := good.Write(kt.AuditDir())
	if err == nil {
		err = os.Rename(name, filepath.Join(kt.AuditDir(), "audit-000000000999.json"))
	}
	if err != nil {
		t.Fatal(err)
	}
	if v, _, _ := kt.VerifyAudit(kt.Ctx, nil); !strings.Contains(v.Fault, "改了名") {
		t.Errorf("%+v", v)
	}
}

func TestEveryCheckpointReachesTheOtherKeeperAlsoAfterHisSilence(t *testing.T) {
	var deaf atomic.Bool
	deaf.Store(true)
	heard := make(chan audit.Checkpoint, 10)
	keeper := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if deaf.Load() {
			http.Error(w, "later", http.StatusServiceUnavailable)
			return
		}
		var c audit.Checkpoint
		body, _ := io.ReadAll(r.Body)
		if json.Unmarshal(body, &c) == nil {
			heard <- c
		}
	}))
	defer keeper.Close()
	outside := t.TempDir()
	kt := kerneltest.Open(t, kerneltest.Setup{Engine: db.SQLite, Settings: app.Settings{AuditDir: outside, AuditWebhook: keeper.URL}})
	note(kt)
	first := checkpoint(t, kt)
	kt.Work(func() bool {
		return kt.Count(`SELECT count(*) FROM river_job WHERE kind = 'audit_checkpoint' AND state = 'retryable'`) > 0
	})
	deaf.Store(false)
	var got audit.Checkpoint
	kt.Work(func() bool {
		select {
		case got = <-heard:
			return true
		default:
			return false
		}
	})
	if got.Head != first.Head || crypto.Verify(got.DER(), []byte(got.Statement()), got.Signature) != nil {
		t.Errorf("the other keeper holds %+v, want %+v with a signature that holds", got, first)
	}
	if names, _ := filepath.Glob(filepath.Join(outside, "audit-*.json")); len(names) == 0 {
		t.Error("nothing lies in the folder that was asked for")
	}
}
