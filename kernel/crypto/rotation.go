package crypto

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/emmansun/gmsm/smx509"
)

// CurrentFor is the id of the key that the purpose seals with now.
func (k *Keyring) CurrentFor(purpose string) string {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.material.currentFor(purpose)
}

// Currents names the keys in use for sealing, such as "k2" or "k2 party.phone=k3". It changes with every rotation.
func (k *Keyring) Currents() string {
	k.mu.RLock()
	defer k.mu.RUnlock()
	out := []string{k.material.Default}
	for _, purpose := range slices.Sorted(maps.Keys(k.material.Current)) {
		out = append(out, purpose+"="+k.material.Current[purpose])
	}
	return strings.Join(out, " ")
}

// IDs lists the keys, the oldest first. All of them open what they sealed.
func (k *Keyring) IDs() (out []string) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	for _, r := range k.material.Roots {
		out = append(out, r.ID)
	}
	return out
}

// SignerInfo is what may be told of a signing key.
type SignerInfo struct {
	Name        string
	From, Until time.Time
}

// Signers lists the signing keys by name.
func (k *Keyring) Signers() (out []SignerInfo, err error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	for _, name := range slices.Sorted(maps.Keys(k.material.Signers)) {
		cert, err := smx509.ParseCertificate(k.material.Signers[name].Certificate)
		if err != nil {
			return nil, fmt.Errorf("%w：签名证书 %s 损坏：%w", ErrKeyFile, name, err)
		}
		out = append(out, SignerInfo{name, cert.NotBefore, cert.NotAfter})
	}
	return out, nil
}

// Refresh reads the key file again if another process has written it since it was read last.
func (k *Keyring) Refresh() error {
	info, err := os.Stat(k.path)
	if err != nil {
		return fmt.Errorf("%w：%w", ErrKeyFile, err)
	}
	k.mu.RLock()
	same := info.ModTime().Equal(k.seen)
	k.mu.RUnlock()
	if same {
		return nil
	}
	if err := k.Reload(); err != nil {
		return err
	}
	k.mu.Lock()
	k.seen = info.ModTime()
	k.mu.Unlock()
	return nil
}

// RenewSigner gives a signer a new key with a self-signed certificate. The old private key is gone then: nothing can be signed with it
// any more. What it signed is verified with its certificate, which lies beside each signature.
func (k *Keyring) RenewSigner(name string, subject CertificateSubject, from, until time.Time) (*Signer, error) {
	s, err := NewSigner(subject, from, until)
	if err != nil {
		return nil, err
	}
	der, err := smx509.MarshalPKCS8PrivateKey(s.key)
	if err != nil {
		return nil, err
	}
	err = k.change(func(m *keyMaterial) error {
		if _, ok := m.Signers[name]; !ok {
			return errors.New("没有这枚签名密钥：" + name)
		}
		m.Signers[name] = signerRecord{Key: der, Certificate: s.cert.Raw}
		return nil
	})
	return s, err
}
