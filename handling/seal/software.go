package seal

import (
	"context"
	"time"

	"tongban/base/org"
	"tongban/kernel/app"
	"tongban/kernel/crypto"
	"tongban/kernel/pack"
)

// software is the county's own key, kept in its key file. The law wants certified devices for seals with full force; this is for
// counties that have none yet, and for demonstration.
type software struct {
	keys    *crypto.Keyring
	org     *org.Module
	library *pack.Library
}

// Software is the signer of a county without a seal machine.
func Software(k *app.Kernel, units *org.Module) Signer { return software{k.Keys, units, k.Library} }

func (w software) key(s Seal) (*crypto.Signer, error) {
	subject, from := w.names(s)
	return w.keys.Signer("seal."+s.Code, subject, from, s.Until)
}

// names is what the certificate of a seal says.
func (w software) names(s Seal) (subject crypto.CertificateSubject, from time.Time) {
	owner := s.Unit
	if u, ok := w.org.Unit(s.Unit); ok {
		owner = u.Name
	}
	subject = crypto.CertificateSubject{CommonName: s.Name, Organization: owner, Locality: w.library.Current().Meta.Title}
	from = s.From
	if !from.IsZero() {
		from = from.Add(-time.Hour) // a verifier's clock may run behind
	}
	return subject, from
}

// Renew implements Signer.
func (w software) Renew(_ context.Context, s Seal) ([]byte, error) {
	subject, from := w.names(s)
	key, err := w.keys.RenewSigner("seal."+s.Code, subject, from, s.Until)
	if err != nil {
		return nil, err
	}
	return key.CertificatePEM(), nil
}

// Certificate implements Signer.
func (w software) Certificate(_ context.Context, s Seal) ([]byte, error) {
	key, err := w.key(s)
	if err != nil {
		return nil, err
	}
	return key.CertificatePEM(), nil
}

// Sign implements Signer.
func (w software) Sign(_ context.Context, s Seal, document []byte) (value, certificate []byte, err error) {
	key, err := w.key(s)
	if err != nil {
		return nil, nil, err
	}
	value, err = key.Sign(document)
	return value, key.CertificatePEM(), err
}
