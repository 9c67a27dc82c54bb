// Package passkey is the side of the house in WebAuthn (W3C, level 3): it makes challenges and judges what an authenticator answered.
//
// No attestation is asked for: which make of key an officer holds is nothing the house decides by. So a registration carries no signature
// to check, and the browser hands over the public key as SubjectPublicKeyInfo and the authenticator data as they are (level 2,
// getPublicKey and getAuthenticatorData): neither CBOR nor COSE is read here. docs/adr says why this is not a library.
//
// The package is pure: it keeps nothing. Who calls it keeps the challenge with the session and uses it once.
package passkey

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
)

// The reasons for which an answer is refused. They go to the log; people are told one sentence for all.
var (
	ErrMalformed = errors.New("passkey: not what a browser sends")
	ErrCeremony  = errors.New("passkey: an answer to another question")
	ErrChallenge = errors.New("passkey: not the challenge of this session")
	ErrOrigin    = errors.New("passkey: from another site")
	ErrSite      = errors.New("passkey: made for another site")
	ErrPresence  = errors.New("passkey: nobody was present or he was not verified")
	ErrKey       = errors.New("passkey: a key of a kind that is not taken")
	ErrSignature = errors.New("passkey: the signature is wrong")
	ErrCloned    = errors.New("passkey: the counter went back: the key was copied")
	ErrHolder    = errors.New("passkey: of another person")
)

// Site is who asks: the host that keys are bound to, and the one origin from which answers are taken.
type Site struct {
	Host   string // such as zw.nanling.example
	Origin string // such as https://zw.nanling.example
}

// Key is a registered passkey.
type Key struct {
	ID      []byte
	Host    string // of the site it was made for
	Public  []byte // SubjectPublicKeyInfo
	Counter uint32 // 0: this authenticator does not count
	Synced  bool   // may be copied to other devices by its maker's cloud
}

// Registration is what the browser says after making a key.
type Registration struct {
	ID         Bytes `json:"id"`
	ClientData Bytes `json:"client"`
	Data       Bytes `json:"data"` // authenticator data
	Public     Bytes `json:"key"`
}

// Assertion is what the browser says when a key was used.
type Assertion struct {
	ID         Bytes `json:"id"`
	ClientData Bytes `json:"client"`
	Data       Bytes `json:"data"`
	Signature  Bytes `json:"signature"`
	Holder     Bytes `json:"holder"` // the user handle given at registration
}

// Bytes travel as base64url without padding.
type Bytes []byte

// UnmarshalText implements encoding.TextUnmarshaler.
func (b *Bytes) UnmarshalText(text []byte) error {
	raw, err := base64.RawURLEncoding.DecodeString(string(text))
	*b = raw
	return err
}

// MarshalText implements encoding.TextMarshaler.
func (b Bytes) MarshalText() ([]byte, error) {
	return []byte(base64.RawURLEncoding.EncodeToString(b)), nil
}

// mostSent is more than any authenticator answers; it bounds what is read of a stranger.
const mostSent = 16 << 10

// Read reads a Registration or an Assertion as the page's script sends it.
func Read[T Registration | Assertion](text string) (T, error) {
	var out T
	if len(text) > mostSent {
		return out, ErrMalformed
	}
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		return out, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return out, nil
}

// Register judges a new key (§7.1, without attestation).
func (s Site) Register(challenge string, r Registration) (Key, error) {
	if err := s.asked("webauthn.create", challenge, r.ClientData); err != nil {
		return Key{}, err
	}
	d, err := parse(r.Data)
	if err != nil {
		return Key{}, err
	}
	if err := d.vouches(s.Host); err != nil {
		return Key{}, err
	}
	// The identity of the key stands in the data too; what the browser says beside it must agree.
	if len(d.id) == 0 || len(d.id) > 1023 || !bytes.Equal(d.id, r.ID) {
		return Key{}, fmt.Errorf("%w: the identity of the key", ErrMalformed)
	}
	if _, err := public(r.Public); err != nil {
		return Key{}, err
	}
	return Key{ID: d.id, Host: s.Host, Public: r.Public, Counter: d.counter, Synced: d.flags&flagSyncable != 0}, nil
}

// Verify judges the use of a key (§7.2) and returns its counter, to be kept. ErrCloned comes only after everything else was right: then
// the key has been copied, and whoever keeps it should block it.
func (s Site) Verify(challenge string, k Key, holder []byte, a Assertion) (counter uint32, err error) {
	if !bytes.Equal(a.ID, k.ID) || k.Host != s.Host {
		return 0, ErrSite
	}
	// The handle tells whose key it is; a key that keeps none would answer to anybody's name.
	if subtle.ConstantTimeCompare(a.Holder, holder) != 1 {
		return 0, ErrHolder
	}
	if err := s.asked("webauthn.get", challenge, a.ClientData); err != nil {
		return 0, err
	}
	d, err := parse(a.Data)
	if err != nil {
		return 0, err
	}
	if err := d.vouches(s.Host); err != nil {
		return 0, err
	}
	key, err := public(k.Public)
	if err != nil {
		return 0, err
	}
	client := sha256.Sum256(a.ClientData)
	if !signed(key, append(bytes.Clone(a.Data), client[:]...), a.Signature) {
		return 0, ErrSignature
	}
	if (d.counter != 0 || k.Counter != 0) && d.counter <= k.Counter {
		return 0, ErrCloned
	}
	return d.counter, nil
}

// asked checks that the browser answered this question, of this session, asked by this site.
func (s Site) asked(ceremony, challenge string, clientData []byte) error {
	var c struct {
		Type        string `json:"type"`
		Challenge   string `json:"challenge"`
		Origin      string `json:"origin"`
		CrossOrigin bool   `json:"crossOrigin"`
		TopOrigin   string `json:"topOrigin"`
	}
	if err := json.Unmarshal(clientData, &c); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	switch {
	case c.Type != ceremony:
		return ErrCeremony
	case challenge == "" || subtle.ConstantTimeCompare([]byte(c.Challenge), []byte(challenge)) != 1:
		return ErrChallenge
	case c.Origin != s.Origin || c.CrossOrigin || c.TopOrigin != "": // in a frame of somebody else's page the person does not see whom he answers
		return ErrOrigin
	}
	return nil
}

// Flags of the authenticator data (§6.1).
const (
	flagPresent  = 1 << 0
	flagVerified = 1 << 2
	flagSyncable = 1 << 3
	flagSynced   = 1 << 4
	flagKey      = 1 << 6
)

// said is the authenticator data as far as it is needed: everything up to the identity of the key.
type said struct {
	site    []byte // hash of the host
	flags   byte
	counter uint32
	id      []byte // of the key, at registration
}

func parse(data []byte) (said, error) {
	const head, maker = 37, 16
	if len(data) < head {
		return said{}, fmt.Errorf("%w: %d bytes of authenticator data", ErrMalformed, len(data))
	}
	d := said{site: data[:32], flags: data[32], counter: binary.BigEndian.Uint32(data[33:head])}
	if d.flags&flagKey == 0 {
		return d, nil
	}
	rest := data[head:]
	if len(rest) < maker+2 {
		return said{}, fmt.Errorf("%w: no key in the authenticator data", ErrMalformed)
	}
	n := int(binary.BigEndian.Uint16(rest[maker:]))
	if rest = rest[maker+2:]; len(rest) < n {
		return said{}, fmt.Errorf("%w: the identity of the key", ErrMalformed)
	}
	d.id = rest[:n:n]
	return d, nil
}

// vouches checks that the authenticator speaks for this site, that somebody touched it, and that it knew him (PIN, finger, face): that
// is what makes one key two factors.
func (d said) vouches(host string) error {
	want := sha256.Sum256([]byte(host))
	if !bytes.Equal(d.site, want[:]) {
		return ErrSite
	}
	if d.flags&flagPresent == 0 || d.flags&flagVerified == 0 {
		return ErrPresence
	}
	if d.flags&flagSynced != 0 && d.flags&flagSyncable == 0 {
		return fmt.Errorf("%w: a copy of what cannot be copied", ErrMalformed)
	}
	return nil
}

// Algorithms are the kinds of keys that are taken, by their COSE numbers, the preferred first: ES256, EdDSA, RS256.
func Algorithms() []int { return []int{-7, -8, -257} }

// public reads a key of one of the Algorithms.
func public(spki []byte) (crypto.PublicKey, error) {
	key, err := x509.ParsePKIXPublicKey(spki)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		if k.Curve == elliptic.P256() {
			return k, nil
		}
	case ed25519.PublicKey:
		return k, nil
	case *rsa.PublicKey:
		if n := k.Size() * 8; n >= 2048 && n <= 4096 {
			return k, nil
		}
	}
	return nil, ErrKey
}

func signed(key crypto.PublicKey, message, signature []byte) bool {
	hash := sha256.Sum256(message)
	switch k := key.(type) {
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(k, hash[:], signature)
	case ed25519.PublicKey:
		return ed25519.Verify(k, message, signature)
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(k, crypto.SHA256, hash[:], signature) == nil
	}
	return false
}
