package seal

import (
	"context"
	"time"

	"tongban/handling/seal/internal/store"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/problem"
)

// Renewal is a new key for a seal that is in use.
type Renewal struct {
	seal        Seal
	certificate []byte
	from, until time.Time
}

// PrepareRenewal gives a seal a new key, before the command that puts its certificate into the register: keys lie outside the database.
// The old key is destroyed. Between the two a signature may already be made with the new key; it carries its own certificate.
func (m *Module) PrepareRenewal(ctx context.Context, v *db.View, code string, years int) (Renewal, error) {
	s, err := m.Find(ctx, v, code)
	if err != nil {
		return Renewal{}, err
	}
	if !v.Actor.May(PermManage, authz.Place{Unit: s.Unit}) {
		return Renewal{}, problem.Forbidden("您没有管理印章“%s”的权限", s.Name)
	}
	if s.State == Destroyed {
		return Renewal{}, problem.Conflict("印章“%s”已销毁，不能再更换密钥", s.Name)
	}
	if years < 1 || years > 20 {
		return Renewal{}, problem.Invalid("证书有效期请填 1 至 20 年")
	}
	r := Renewal{seal: s, from: v.Now, until: v.Now.AddDate(years, 0, 0)}
	s.From, s.Until = r.from, r.until
	r.certificate, err = m.signer.Renew(ctx, s)
	return r, err
}

// Renew puts the new certificate into the register of seals. What was sealed before keeps the certificate of its day.
func (m *Module) Renew(ctx context.Context, tx *db.Tx, r Renewal) error {
	if err := tx.Require(PermManage, authz.Place{Unit: r.seal.Unit}); err != nil {
		return err
	}
	n, err := store.New(tx).RenewSeal(ctx, store.RenewSealParams{Certificate: string(r.certificate), ValidFrom: db.At(r.from), ValidUntil: db.At(r.until), Code: r.seal.Code, Version: r.seal.Version})
	if err != nil {
		return err
	}
	if n == 0 {
		return problem.Conflict("印章“%s”刚刚被别人改过，请重新执行一次", r.seal.Name)
	}
	tx.Record("seal", r.seal.Code, string(r.seal.State), string(r.seal.State), map[string]string{"event": "renewed", "until": r.until.Format(time.DateOnly)})
	return nil
}
