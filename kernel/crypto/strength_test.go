package crypto

import (
	"encoding/base64"
	"testing"
	"time"
)

// Every key and every secret has at least 128 bits; an eighth less, and this fails.
func TestKeysHaveAtLeast128Bits(t *testing.T) {
	k := keyring(t)
	for _, id := range k.material.Current {
		if n := len(k.material.secret(id)); n < 16 {
			t.Errorf("the secret %s has %d bytes", id, n)
		}
	}
	s, err := NewSigner(CertificateSubject{CommonName: "x"}, time.Now(), time.Now().AddDate(1, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	if n := s.key.Curve.Params().BitSize; n < 256 {
		t.Errorf("SM2 over %d bits", n)
	}
	if raw, err := base64.RawURLEncoding.DecodeString(Token(24)); err != nil || len(raw) < 16 {
		t.Errorf("a token of %d bytes: %v", len(raw), err)
	}
	if n := len(Hash(nil)); n < 32 {
		t.Errorf("a hash of %d bytes", n)
	}
}
