package crypto

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emmansun/gmsm/smx509"
)

var county = CertificateSubject{CommonName: "南岭县行政审批服务局电子签章", Organization: "南岭县行政审批服务局", Province: "湖南省", Locality: "南岭县"}

// The clock of openssl verify is the real one; -attime moves it to ours.
var from = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func signer(t testing.TB, k *Keyring) *Signer {
	t.Helper()
	s, err := k.Signer("county", county, from, from.AddDate(5, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSignatureHoldsForThisDocumentAndThisSignerOnly(t *testing.T) {
	s, other := signer(t, keyring(t)), signer(t, keyring(t))
	document := []byte("准予行政许可决定书 南审批许字〔2026〕1号")
	sig, err := s.Sign(document)
	if err != nil {
		t.Fatal(err)
	}
	if err := Verify(s.Certificate(), document, sig); err != nil {
		t.Error(err)
	}
	for name, err := range map[string]error{
		"document":     Verify(s.Certificate(), append(document, ' '), sig),
		"signer":       Verify(other.Certificate(), document, sig),
		"no signature": Verify(s.Certificate(), document, nil),
		"certificate":  Verify([]byte("x"), document, sig),
		"cut":          Verify(s.Certificate(), document, sig[:len(sig)-1]),
	} {
		if !errors.Is(err, ErrSignature) {
			t.Errorf("another %s: %v", name, err)
		}
	}
}

func TestSignerLivesInTheKeyFile(t *testing.T) {
	k := keyring(t)
	s := signer(t, k)
	again, err := Load(k.path, "")
	if err != nil {
		t.Fatal(err)
	}
	same, err := again.Signer("county", CertificateSubject{CommonName: "别的名字"}, from, from.AddDate(1, 0, 0))
	if err != nil || !bytes.Equal(same.Certificate(), s.Certificate()) {
		t.Error("another certificate", err)
	}
	sig, _ := same.Sign([]byte("x"))
	if err := Verify(s.Certificate(), []byte("x"), sig); err != nil {
		t.Error(err)
	}
	if out := fmt.Sprintf("%v %+v %#v", s, s, *s); strings.Contains(out, s.key.D.String()) {
		t.Error("the key prints")
	}
	if _, err := NewSigner(CertificateSubject{}, from, from.AddDate(1, 0, 0)); err == nil {
		t.Error("a certificate for nobody")
	}
	if _, err := NewSigner(county, from, from); err == nil {
		t.Error("a certificate for no time")
	}
}

func TestDetachedMessageTellsWhoSignedAndWhen(t *testing.T) {
	s, other := signer(t, keyring(t)), signer(t, keyring(t))
	document := []byte("1 号文件")
	at := from.AddDate(1, 0, 0)
	message, err := s.SignDetached(document)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(message, document) {
		t.Error("the message holds the document")
	}
	who, err := VerifyDetached(document, message, [][]byte{other.Certificate(), s.Certificate()}, at)
	if err != nil || !bytes.Equal(who, s.Certificate()) {
		t.Fatal(err)
	}
	trusted := [][]byte{s.Certificate()}
	for name, check := range map[string]func() ([]byte, error){
		"another document": func() ([]byte, error) { return VerifyDetached([]byte("2 号文件"), message, trusted, at) },
		"no document":      func() ([]byte, error) { return VerifyDetached(nil, message, trusted, at) },
		"a stranger":       func() ([]byte, error) { return VerifyDetached(document, message, [][]byte{other.Certificate()}, at) },
		"nobody trusted":   func() ([]byte, error) { return VerifyDetached(document, message, nil, at) },
		"before it held":   func() ([]byte, error) { return VerifyDetached(document, message, trusted, from.AddDate(0, 0, -1)) },
		"after it held":    func() ([]byte, error) { return VerifyDetached(document, message, trusted, from.AddDate(6, 0, 0)) },
		"no message":       func() ([]byte, error) { return VerifyDetached(document, nil, trusted, at) },
		"half a message":   func() ([]byte, error) { return VerifyDetached(document, message[:len(message)/2], trusted, at) },
	} {
		if _, err := check(); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// No byte of the message may change and still speak for another document.
	for i := range message {
		b := bytes.Clone(message)
		b[i] ^= 0x55
		if _, err := VerifyDetached([]byte("2 号文件"), b, trusted, at); err == nil {
			t.Fatalf("byte %d", i)
		}
	}
}

// openssl runs the independent check; without it the fact is not shown.
func openssl(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("openssl", args...).CombinedOutput()
	if err != nil {
		t.Errorf("openssl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func TestOpenSSLAgrees(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not installed")
	}
	s := signer(t, keyring(t))
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	document := []byte("准予行政许可决定书")
	sig, err := s.Sign(document)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := smx509.ParseCertificate(s.Certificate())
	if err != nil {
		t.Fatal(err)
	}
	pub, err := smx509.MarshalPKIXPublicKey(cert.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	doc, sigFile, certFile := write("doc", document), write("sig", sig), write("cert.pem", s.CertificatePEM())
	pubFile := write("pub.pem", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: pub}))
	if out := openssl(t, "dgst", "-sm3", "-verify", pubFile, "-sigopt", "distid:1234567812345678", "-signature", sigFile, doc); !strings.Contains(out, "Verified OK") {
		t.Error(out)
	}
	if out := openssl(t, "verify", "-vfyopt", "distid:1234567812345678", "-attime", fmt.Sprint(from.AddDate(1, 0, 0).Unix()), "-CAfile", certFile, certFile); !strings.Contains(out, "OK") {
		t.Error(out)
	}
	if out := openssl(t, "x509", "-in", certFile, "-noout", "-subject", "-nameopt", "utf8"); !strings.Contains(out, "南岭县行政审批服务局电子签章") {
		t.Error(out)
	}
	if out := openssl(t, "dgst", "-sm3", doc); !strings.Contains(out, HashHex(document)) {
		t.Error(out)
	}
	message, err := s.SignDetached(document)
	if err != nil {
		t.Fatal(err)
	}
	// OpenSSL does not know the message types of GB/T 35275, but reads the form.
	if out := openssl(t, "asn1parse", "-inform", "DER", "-in", write("message", message)); !strings.Contains(out, "1.2.156.10197.6.1.4.2.2") {
		t.Error(out)
	}
}

func FuzzVerifyDetached(f *testing.F) {
	s := signer(f, keyring(f))
	message, err := s.SignDetached([]byte("x"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(message)
	f.Add([]byte{0x30, 0x80})
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := VerifyDetached([]byte("y"), data, [][]byte{s.Certificate()}, from.AddDate(1, 0, 0)); err == nil {
			t.Fatal("a message speaks for a document never signed")
		}
	})
}
