package app

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"tongban/kernel/audit"
	"tongban/kernel/crypto"
)

// witnessKey is the name of the key that signs checkpoints. It lies in the key file, which the database's administrator does not need.
const witnessKey = "audit.checkpoint"

// AuditDir is where checkpoints are written: the folder the county chose, at best on another machine, or one beside the data.
func (k *Kernel) AuditDir() string {
	return cmp.Or(k.Settings.AuditDir, filepath.Join(k.Settings.DataDir, "checkpoints"))
}

func (k *Kernel) witness() (*crypto.Signer, error) {
	now := time.Now()
	return k.Keys.Signer(witnessKey, crypto.CertificateSubject{CommonName: "审计见证", Organization: k.Library.Current().Meta.Title}, now.Add(-time.Hour), now.AddDate(20, 0, 0))
}

// Checkpoint signs the head of the audit chain and writes it down outside the database. While nothing was done since the last one, it
// returns that.
func (k *Kernel) Checkpoint(ctx context.Context) (audit.Checkpoint, error) {
	if _, err := k.DB.SealAudit(ctx); err != nil {
		return audit.Checkpoint{}, err
	}
	head, err := audit.ReadHead(ctx, k.look())
	if err != nil {
		return audit.Checkpoint{}, err
	}
	list, err := k.Checkpoints()
	if err != nil {
		return audit.Checkpoint{}, err
	}
	if len(list) > 0 && list[len(list)-1].Head == head {
		return list[len(list)-1], nil
	}
	signer, err := k.witness()
	if err != nil {
		return audit.Checkpoint{}, err
	}
	c := audit.Checkpoint{Head: head, County: k.Library.Current().Meta.Title, At: k.Watch.Now().Truncate(time.Second), Certificate: string(signer.CertificatePEM())}
	if c.Signature, err = signer.Sign([]byte(c.Statement())); err != nil {
		return c, err
	}
	_, err = c.Write(k.AuditDir())
	return c, err
}

// Checkpoints reads what was written down, proves every signature, and that it is this county's.
func (k *Kernel) Checkpoints() ([]audit.Checkpoint, error) {
	return audit.Checkpoints(k.AuditDir(), func(certificate, statement, signature []byte) error {
		signer, err := k.witness()
		if err != nil {
			return err
		}
		if !bytes.Equal(certificate, signer.Certificate()) {
			return crypto.ErrSignature
		}
		return crypto.Verify(certificate, statement, signature)
	})
}

// VerifyAudit reads the whole chain and holds it against every checkpoint.
func (k *Kernel) VerifyAudit(ctx context.Context, each func(done, all int64)) (audit.Verdict, int, error) {
	list, err := k.Checkpoints()
	if err != nil {
		return audit.Verdict{Fault: err.Error()}, 0, nil
	}
	v, err := audit.Verify(ctx, k.look(), each, audit.Heads(list)...)
	return v, len(list), err
}

// checkpoint is the hourly work: sign, write, and post whatever the other side has not confirmed yet. What fails is tried again by the
// queue, and by the next hour.
func (k *Kernel) checkpoint(ctx context.Context) error {
	if _, err := k.Checkpoint(ctx); err != nil {
		return err
	}
	if k.Settings.AuditWebhook == "" {
		return nil
	}
	list, err := k.Checkpoints()
	if err != nil {
		return err
	}
	posted := filepath.Join(k.AuditDir(), "posted")
	text, err := os.ReadFile(posted)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	upTo, _ := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64) // unreadable: all are posted again, which does no harm
	for _, c := range list {
		if c.Seq <= upTo {
			continue
		}
		if err := post(ctx, k.Settings.AuditWebhook, c); err != nil {
			return err
		}
		if err := os.WriteFile(posted, []byte(strconv.FormatInt(c.Seq, 10)), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// post sends a checkpoint to the county's other keeper. The address may hold a secret, so errors do not repeat it.
func post(ctx context.Context, address string, c audit.Checkpoint) error {
	body, err := json.Marshal(c)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return errors.New("审计见证的推送网址不对：写成 https://…")
	}
	r.Header.Set("Content-Type", "application/json")
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(r)
	if err != nil {
		return errors.New("审计见证推不出去：对方没有应答")
	}
	defer answer.Body.Close()
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("审计见证推不出去：对方答 %d", answer.StatusCode)
	}
	return nil
}
