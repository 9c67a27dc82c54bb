package passkey_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"tongban/kernel/kerneltest"
	"tongban/kernel/passkey"
)

var (
	site   = passkey.Site{Host: "zw.example", Origin: "https://zw.example"}
	person = passkey.Person{Holder: []byte("holder-1"), Login: "su", Name: "苏"}
)

// registered is an honest authenticator with its key.
func registered(t *testing.T) (*kerneltest.Authenticator, passkey.Key) {
	t.Helper()
	a := kerneltest.NewAuthenticator(site.Origin)
	k, err := register(a, "one", "one")
	if err != nil {
		t.Fatal(err)
	}
	return a, k
}

func register(a *kerneltest.Authenticator, asked, expected string) (passkey.Key, error) {
	r, err := passkey.Read[passkey.Registration](a.Make(site.AskCreate(asked, "县", person, nil)))
	if err != nil {
		return passkey.Key{}, err
	}
	return site.Register(expected, r)
}

func use(a *kerneltest.Authenticator, k passkey.Key, asked, expected string) (uint32, error) {
	r, err := passkey.Read[passkey.Assertion](a.Use(site.AskUse(asked)))
	if err != nil {
		return 0, err
	}
	return site.Verify(expected, k, person.Holder, r)
}

func TestAKeyOpensWhatItWasMadeFor(t *testing.T) {
	a, k := registered(t)
	for range 3 {
		n, err := use(a, k, "two", "two")
		if err != nil {
			t.Fatal(err)
		}
		k.Counter = n
	}
	a.Still, a.Counter, k.Counter = true, 0, 0
	if _, err := use(a, k, "two", "two"); err != nil {
		t.Errorf("one that does not count: %v", err)
	}
}

func TestWhatIsNotTheKeyIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*kerneltest.Authenticator, *passkey.Key)
		want  error
	}{
		"another site asks":               {func(a *kerneltest.Authenticator, _ *passkey.Key) { a.Origin = "https://zw.example.evil" }, passkey.ErrOrigin},
		"without TLS":                     {func(a *kerneltest.Authenticator, _ *passkey.Key) { a.Origin = "http://zw.example" }, passkey.ErrOrigin},
		"another port":                    {func(a *kerneltest.Authenticator, _ *passkey.Key) { a.Origin = "https://zw.example:8443" }, passkey.ErrOrigin},
		"made for another site":           {func(_ *kerneltest.Authenticator, k *passkey.Key) { k.Host = "other.example" }, passkey.ErrSite},
		"nobody verified":                 {func(a *kerneltest.Authenticator, _ *passkey.Key) { a.Flags = 0x01 }, passkey.ErrPresence},
		"nobody present":                  {func(a *kerneltest.Authenticator, _ *passkey.Key) { a.Flags = 0x04 }, passkey.ErrPresence},
		"a copy of what cannot be copied": {func(a *kerneltest.Authenticator, _ *passkey.Key) { a.Flags = 0x15 }, passkey.ErrMalformed},
		"copied key":                      {func(_ *kerneltest.Authenticator, k *passkey.Key) { k.Counter = 7 }, passkey.ErrCloned},
		"another's key of the same name":  {func(_ *kerneltest.Authenticator, k *passkey.Key) { k.Public = another(t) }, passkey.ErrSignature},
		"another person":                  {func(a *kerneltest.Authenticator, _ *passkey.Key) { a.Holder = []byte("holder-2") }, passkey.ErrHolder},
		"nobody's name":                   {func(a *kerneltest.Authenticator, _ *passkey.Key) { a.Holder = nil }, passkey.ErrHolder},
		"another key":                     {func(a *kerneltest.Authenticator, _ *passkey.Key) { a.ID = []byte("x") }, passkey.ErrSite},
	} {
		t.Run(name, func(t *testing.T) {
			a, k := registered(t)
			c.spoil(a, &k)
			if _, err := use(a, k, "two", "two"); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
	a, k := registered(t)
	for _, expected := range []string{"", "three"} {
		if _, err := use(a, k, "two", expected); !errors.Is(err, passkey.ErrChallenge) {
			t.Errorf("challenge %q: %v", expected, err)
		}
	}
	if _, err := use(a, k, "", ""); !errors.Is(err, passkey.ErrChallenge) {
		t.Errorf("no challenge at all: %v", err)
	}
}

func TestARegistrationIsHeldAgainstTheQuestion(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*passkey.Registration)
		want  error
	}{
		"another identity": {func(r *passkey.Registration) { r.ID = []byte("x") }, passkey.ErrMalformed},
		"short data":       {func(r *passkey.Registration) { r.Data = r.Data[:36] }, passkey.ErrMalformed},
		"no key":           {func(r *passkey.Registration) { r.Data = r.Data[:40] }, passkey.ErrMalformed},
		"cut identity":     {func(r *passkey.Registration) { r.Data = r.Data[:60] }, passkey.ErrMalformed},
		"an answer to a sign-in": {func(r *passkey.Registration) {
			r.ClientData = bytes.Replace(r.ClientData, []byte("create"), []byte("get"), 1)
		}, passkey.ErrCeremony},
		"in a frame": {func(r *passkey.Registration) {
			r.ClientData = bytes.Replace(r.ClientData, []byte("false"), []byte("true"), 1)
		}, passkey.ErrOrigin},
		"no public key": {func(r *passkey.Registration) { r.Public = nil }, passkey.ErrKey},
		"a weak key":    {func(r *passkey.Registration) { r.Public = marshal(t, weak(t).Public()) }, passkey.ErrKey},
		"another curve": {func(r *passkey.Registration) { r.Public = marshal(t, curve(t).Public()) }, passkey.ErrKey},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := passkey.Read[passkey.Registration](kerneltest.NewAuthenticator(site.Origin).Make(site.AskCreate("one", "县", person, nil)))
			if err != nil {
				t.Fatal(err)
			}
			c.spoil(&r)
			if _, err := site.Register("one", r); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
	if _, err := register(kerneltest.NewAuthenticator(site.Origin), "one", "two"); !errors.Is(err, passkey.ErrChallenge) {
		t.Errorf("another challenge: %v", err)
	}
}

// Every kind of key that is asked for is also understood.
func TestEveryAlgorithmIsTaken(t *testing.T) {
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []crypto.Signer{edKey, rsaKey, ecKey} {
		a, k := registered(t)
		k.Public = marshal(t, key.Public())
		r, err := passkey.Read[passkey.Assertion](a.Use(site.AskUse("two")))
		if err != nil {
			t.Fatal(err)
		}
		client := sha256.Sum256(r.ClientData)
		message := append(bytes.Clone(r.Data), client[:]...)
		if _, ok := key.(ed25519.PrivateKey); ok {
			r.Signature, err = key.Sign(rand.Reader, message, crypto.Hash(0))
		} else {
			hash := sha256.Sum256(message)
			r.Signature, err = key.Sign(rand.Reader, hash[:], crypto.SHA256)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := site.Verify("two", k, person.Holder, r); err != nil {
			t.Errorf("%T: %v", key, err)
		}
		r.Signature[len(r.Signature)-1] ^= 1
		if _, err := site.Verify("two", k, person.Holder, r); !errors.Is(err, passkey.ErrSignature) {
			t.Errorf("%T, one bit wrong: %v", key, err)
		}
	}
}

func TestQuestionsNameNobody(t *testing.T) {
	_, k := registered(t)
	text, err := json.Marshal(site.AskCreate("one", "县", person, []passkey.Key{k}))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"userVerification":"required"`, `"residentKey":"required"`, `"attestation":"none"`, `"excludeCredentials":[{`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%s lacks %s", text, want)
		}
	}
	if text, err = json.Marshal(site.AskUse("one")); err != nil || strings.Contains(string(text), "allowCredentials") {
		t.Errorf("%s, %v", text, err)
	}
}

// No bytes of a stranger bring the reader down, and none but the right ones are taken.
func FuzzVerify(f *testing.F) {
	a := kerneltest.NewAuthenticator(site.Origin)
	k, err := register(a, "one", "one")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(a.Use(site.AskUse("another")))
	f.Add(a.Make(site.AskCreate("another", "县", person, nil)))
	f.Add(`{"id":"","client":"e30","data":"AA"}`)
	f.Fuzz(func(t *testing.T, text string) {
		if r, err := passkey.Read[passkey.Assertion](text); err == nil {
			if _, err := site.Verify("two", k, person.Holder, r); err == nil {
				t.Error("taken")
			}
		}
		if r, err := passkey.Read[passkey.Registration](text); err == nil {
			if _, err := site.Register("two", r); err == nil {
				t.Error("taken")
			}
		}
	})
}

func another(t *testing.T) []byte {
	t.Helper()
	return marshal(t, kerneltest.NewAuthenticator("").Private.Public())
}

func weak(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	t.Setenv("GODEBUG", "rsa1024min=0")
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func curve(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func marshal(t *testing.T, key crypto.PublicKey) []byte {
	t.Helper()
	b, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
