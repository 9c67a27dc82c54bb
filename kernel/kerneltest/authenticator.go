package kerneltest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"

	"tongban/kernel/passkey"
)

// Authenticator is a browser with a security key in it, for tests that sign in by passkey and for tests that attack it: every field may
// be changed between two questions.
type Authenticator struct {
	Origin  string // of the page that asks, as the browser sees it
	Holder  []byte // what the key answers instead of a name
	ID      []byte
	Counter uint32 // of the last use; 0 and Still: it does not count
	Still   bool
	Flags   byte
	Private *ecdsa.PrivateKey
}

// NewAuthenticator is an honest one at the origin.
func NewAuthenticator(origin string) *Authenticator {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	id := make([]byte, 32)
	rand.Read(id)
	return &Authenticator{Origin: origin, ID: id, Flags: 0x05, Private: key}
}

// Make answers the question for a new key, as the page's script would send it.
func (a *Authenticator) Make(c passkey.Creation) string {
	a.Holder, _ = base64.RawURLEncoding.DecodeString(c.User.ID)
	public, err := x509.MarshalPKIXPublicKey(&a.Private.PublicKey)
	if err != nil {
		panic(err)
	}
	data := a.data(c.RP.ID, 0x40)
	data = append(data, make([]byte, 16)...)
	data = binary.BigEndian.AppendUint16(data, uint16(len(a.ID)))
	data = append(append(data, a.ID...), 0xa5) // and a key in CBOR, which nobody reads
	return sent(passkey.Registration{ID: a.ID, ClientData: a.client("webauthn.create", c.Challenge), Data: data, Public: public})
}

// Use answers the question for the use of a key.
func (a *Authenticator) Use(q passkey.Request) string {
	if !a.Still {
		a.Counter++
	}
	data, client := a.data(q.RPID, 0), a.client("webauthn.get", q.Challenge)
	hash := sha256.Sum256(client)
	message := sha256.Sum256(append(bytes.Clone(data), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, a.Private, message[:])
	if err != nil {
		panic(err)
	}
	return sent(passkey.Assertion{ID: a.ID, ClientData: client, Data: data, Signature: signature, Holder: a.Holder})
}

func (a *Authenticator) data(host string, more byte) []byte {
	site := sha256.Sum256([]byte(host))
	return binary.BigEndian.AppendUint32(append(site[:], a.Flags|more), a.Counter)
}

func (a *Authenticator) client(ceremony, challenge string) []byte {
	text, err := json.Marshal(map[string]any{"type": ceremony, "challenge": challenge, "origin": a.Origin, "crossOrigin": false})
	if err != nil {
		panic(err)
	}
	return text
}

func sent(answer any) string {
	text, err := json.Marshal(answer)
	if err != nil {
		panic(err)
	}
	return string(text)
}
