package crypto

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/emmansun/gmsm/pkcs7"
	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
)

// ErrSignature is in the chain of every error about a signature that does not
// hold: another document, another key, or a damaged signature.
var ErrSignature = errors.New("crypto: signature does not hold")

// CertificateSubject is whom a certificate names; all texts may be Chinese.
type CertificateSubject struct {
	CommonName   string // 名称, such as 南岭县行政审批服务局电子签章
	Organization string // 单位
	Province     string // 省
	Locality     string // 市、县
}

func (s CertificateSubject) name() pkix.Name {
	n := pkix.Name{CommonName: s.CommonName, Country: []string{"CN"}}
	if s.Organization != "" {
		n.Organization = []string{s.Organization}
	}
	if s.Province != "" {
		n.Province = []string{s.Province}
	}
	if s.Locality != "" {
		n.Locality = []string{s.Locality}
	}
	return n
}

// Signer is an SM2 key with its certificate. It is safe for concurrent use.
type Signer struct {
	key  *sm2.PrivateKey
	cert *smx509.Certificate
}

// Signer returns the signer of that name from the key file, and makes key and
// self-signed certificate (software key) when there is none; subject, from and
// until are used only then.
func (k *Keyring) Signer(name string, subject CertificateSubject, from, until time.Time) (*Signer, error) {
	k.mu.RLock()
	record, ok := k.material.Signers[name]
	k.mu.RUnlock()
	if ok {
		return record.signer()
	}
	err := k.change(func(m *keyMaterial) error {
		// Another process may have been first.
		if record, ok = m.Signers[name]; ok {
			return nil
		}
		s, err := NewSigner(subject, from, until)
		if err != nil {
			return err
		}
		der, err := smx509.MarshalPKCS8PrivateKey(s.key)
		if err != nil {
			return err
		}
		record = signerRecord{Key: der, Certificate: s.cert.Raw}
		if m.Signers == nil {
			m.Signers = map[string]signerRecord{}
		}
		m.Signers[name] = record
		return nil
	})
	if err != nil {
		return nil, err
	}
	return record.signer()
}

func (r signerRecord) signer() (*Signer, error) {
	parsed, err := smx509.ParsePKCS8PrivateKey(r.Key)
	if err != nil {
		return nil, fmt.Errorf("%w：签名私钥损坏：%w", ErrKeyFile, err)
	}
	key, ok := parsed.(*sm2.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%w：签名私钥不是 SM2 密钥", ErrKeyFile)
	}
	cert, err := smx509.ParseCertificate(r.Certificate)
	if err != nil {
		return nil, fmt.Errorf("%w：签名证书损坏：%w", ErrKeyFile, err)
	}
	if pub, ok := cert.PublicKey.(*ecdsa.PublicKey); !ok || !pub.Equal(&key.PublicKey) {
		return nil, fmt.Errorf("%w：签名证书与私钥不是一对", ErrKeyFile)
	}
	return &Signer{key: key, cert: cert}, nil
}

// NewSigner makes a key and a self-signed certificate that lasts from from until
// until, for digital signatures only.
func NewSigner(subject CertificateSubject, from, until time.Time) (*Signer, error) {
	if subject.CommonName == "" || !until.After(from) {
		return nil, errors.New("crypto: a certificate needs a name and a time in which it holds")
	}
	key, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("crypto: sm2: %w", err)
	}
	serial := new(big.Int).SetBytes(randomBytes(16))
	serial.SetBit(serial, 127, 0) // positive, at most 16 octets
	template := &smx509.Certificate{
		SerialNumber:       serial,
		Subject:            subject.name(),
		NotBefore:          from,
		NotAfter:           until,
		KeyUsage:           smx509.KeyUsageDigitalSignature | smx509.KeyUsageContentCommitment,
		SignatureAlgorithm: smx509.SM2WithSM3,
	}
	der, err := smx509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("crypto: certificate: %w", err)
	}
	cert, err := smx509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("crypto: certificate: %w", err)
	}
	return &Signer{key: key, cert: cert}, nil
}

// Certificate returns the certificate in DER.
func (s *Signer) Certificate() []byte { return append([]byte(nil), s.cert.Raw...) }

// CertificatePEM returns the certificate in PEM.
func (s *Signer) CertificatePEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.cert.Raw})
}

// Format prints whose signer it is, never the key, under every verb.
func (s *Signer) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "crypto.Signer(%s)", s.cert.Subject.CommonName)
}

// Sign signs the document (not its digest: SM2 hashes the signer's identity with
// it) and returns the signature in DER, with SM3 and the user id
// 1234567812345678 of GB/T 35276.
func (s *Signer) Sign(document []byte) ([]byte, error) {
	sig, err := s.key.SignWithSM2(rand.Reader, nil, document)
	if err != nil {
		return nil, fmt.Errorf("crypto: sign: %w", err)
	}
	return sig, nil
}

// Verify checks a signature by [Signer.Sign] against the certificate (DER) of
// the signer; nil means it holds. Whether the certificate is to be trusted, and
// held at the time, is another question.
func Verify(certificate, document, signature []byte) error {
	cert, err := smx509.ParseCertificate(certificate)
	if err != nil {
		return fmt.Errorf("%w: certificate: %w", ErrSignature, err)
	}
	pub, ok := cert.PublicKey.(*ecdsa.PublicKey)
	if !ok || !sm2.IsSM2PublicKey(pub) {
		return fmt.Errorf("%w: not an SM2 certificate", ErrSignature)
	}
	if !sm2.VerifyASN1WithSM2(pub, nil, document, signature) {
		return ErrSignature
	}
	return nil
}

// SignDetached returns a signed message of GB/T 35275 (CMS) in DER that holds
// the certificate but not the document. It has no signed attributes, hence no
// signing time: the time belongs into the document that is signed.
func (s *Signer) SignDetached(document []byte) ([]byte, error) {
	sd, err := pkcs7.NewSMSignedData(document)
	if err != nil {
		return nil, fmt.Errorf("crypto: cms: %w", err)
	}
	if err := sd.SignWithoutAttr(s.cert, s.key, pkcs7.SignerInfoConfig{}); err != nil {
		return nil, fmt.Errorf("crypto: cms: %w", err)
	}
	sd.Detach()
	der, err := sd.Finish()
	if err != nil {
		return nil, fmt.Errorf("crypto: cms: %w", err)
	}
	return der, nil
}

// VerifyDetached checks a message by [Signer.SignDetached] over the document:
// one signer, whose certificate is one of the trusted ones (DER) or issued by
// one, and held at the given time. It returns the signer's certificate in DER.
func VerifyDetached(document, message []byte, trusted [][]byte, at time.Time) (certificate []byte, err error) {
	// The message is a stranger's, and the parser below has been seen to panic
	// on malformed ones (gmsm v0.44.1, found by FuzzVerifyDetached).
	defer func() {
		if p := recover(); p != nil {
			certificate, err = nil, fmt.Errorf("%w: malformed message: %v", ErrSignature, p)
		}
	}()
	p7, err := parseMessage(message)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	// A message with signed attributes is refused: a document signed without
	// them could otherwise be passed off as the attributes of another.
	if len(p7.Signers) != 1 || len(p7.Signers[0].AuthenticatedAttributes) > 0 {
		return nil, fmt.Errorf("%w: not one plain signer", ErrSignature)
	}
	if len(p7.Content) > 0 {
		return nil, fmt.Errorf("%w: the message brings a document of its own", ErrSignature)
	}
	roots := smx509.NewCertPool()
	for _, der := range trusted {
		cert, err := smx509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("crypto: trusted certificate: %w", err)
		}
		roots.AddCert(cert)
	}
	p7.Content = document
	if err := p7.VerifyWithChainAtTime(roots, &at); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	cert := p7.GetOnlySigner()
	if cert == nil {
		return nil, fmt.Errorf("%w: no certificate of the signer", ErrSignature)
	}
	return cert.Raw, nil
}

// maxMessage bounds a detached message in bytes; ours have about one thousand.
const maxMessage = 1 << 20

// parseMessage reads a message that is one whole DER value and nothing else.
func parseMessage(message []byte) (*pkcs7.PKCS7, error) {
	if len(message) > maxMessage {
		return nil, errors.New("message too long")
	}
	var outer asn1.RawValue
	if rest, err := asn1.Unmarshal(message, &outer); err != nil || len(rest) > 0 || outer.Tag != asn1.TagSequence || !outer.IsCompound {
		return nil, errors.New("not one DER sequence")
	}
	return pkcs7.Parse(message)
}
